"""Faults happen to the requests that they are told to, over real HTTP."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.faults import (
    Fault,
    answer,
    backoff,
    cut_after,
    cut_before,
    cut_midway,
    delay,
    fail_objects,
    first,
    hang,
    is_read,
    is_write,
)
from tests.zotero_server.web.accounts import (
    KEY,
    KEY_NONOTES,
    READONLY_GROUP_ID,
)
from tests.zotero_server_tests.client import web_client

Web = ZoteroServer[WebApi]

ITEMS = "/users/475001/items"
BOOK = {"itemType": "book", "title": "A title"}
CUT = (http.client.HTTPException, ConnectionError)


def titles(web: Web) -> list[str]:
    return [item["title"] for item in web.api.library.all_items()]


def test_nothing_goes_wrong_unasked(web: Web) -> None:
    client = web_client(web)
    assert client.post(ITEMS, [BOOK]).status == 200
    assert client.get(ITEMS).status == 200
    assert web.log.lines == [f"POST {ITEMS} 200", f"GET {ITEMS} 200"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_is_answered_and_nothing_done(web: Web, status: int) -> None:
    web.faults.on(answer(status))
    refused = web_client(web).post(ITEMS, [BOOK])
    assert refused.status == status
    assert "Retry-After" not in refused.headers
    assert titles(web) == []


def test_a_429_may_say_when_to_come_back(web: Web) -> None:
    web.faults.on(answer(429, "Request rate limit exceeded", retry_after=2))
    assert web_client(web).get(ITEMS).headers["Retry-After"] == "2"


def test_backoff_comes_with_a_successful_answer(web: Web) -> None:
    web.faults.on(backoff(30))
    done = web_client(web).post(ITEMS, [BOOK])
    assert (done.status, done.headers["Backoff"]) == (200, "30")
    assert titles(web) == ["A title"]


@pytest.mark.parametrize(
    ("fault", "written"),
    [(cut_before(), []), (cut_after(), ["A title"]), (cut_midway(), ["A title"])],
    ids=["before", "after", "midway"],
)
def test_a_cut_connection_loses_the_answer(web: Web, fault: Fault, written: list[str]) -> None:
    web.faults.on(fault)
    with pytest.raises(CUT):
        web_client(web).post(ITEMS, [BOOK])
    assert titles(web) == written
    assert web_client(web).get(ITEMS).status == 200


@pytest.mark.parametrize(("handled", "written"), [(False, []), (True, ["A title"])])
def test_a_server_that_hangs_runs_into_the_timeout(
    web: Web, handled: bool, written: list[str]
) -> None:
    web.faults.on(hang(0.3, handled=handled))
    with pytest.raises(TimeoutError):
        web_client(web, timeout=0.1).post(ITEMS, [BOOK])
    assert titles(web) == written


def test_a_delayed_request_is_answered_all_the_same(web: Web) -> None:
    web.faults.on(delay(0.05))
    web.latency = 0.01
    assert web_client(web).post(ITEMS, [BOOK]).status == 200


def test_objects_fail_inside_a_good_answer(web: Web) -> None:
    web.faults.on(fail_objects(413, "Too long", which=lambda index, _sent: index == 1))
    result = web_client(web).post(ITEMS, [BOOK, {**BOOK, "title": "Another"}]).json
    assert list(result["success"]) == ["0"]
    assert result["failed"] == {"1": {"code": 413, "message": "Too long"}}
    assert titles(web) == ["A title"]


def test_another_client_gets_in_just_before(web: Web) -> None:
    key = web.api.library.add("book", title="Old")
    version = web.api.library.item(key)["version"]
    web.faults.on(first(lambda: web.api.library.edit(key, title="Theirs")), when=is_write)
    sent = [{"key": key, "version": version, "title": "Mine"}]
    result = web_client(web).post(ITEMS, sent).json
    assert result["failed"]["0"]["code"] == 412
    assert titles(web) == ["Theirs"]


def test_a_key_is_revoked_midway(web: Web) -> None:
    web.faults.on(first(lambda: web.api.accounts.revoke(KEY)), request=2)
    client = web_client(web)
    assert [client.get(ITEMS).status for _ in range(3)] == [200, 403, 403]


def test_a_key_without_permission_for_notes_sees_none(web: Web) -> None:
    paper = web.api.library.add("book", title="A title")
    note = web.api.library.add_note(paper, "<p>A review</p>", ["bibnotes"])
    client = web_client(web, KEY_NONOTES)
    assert client.get(f"{ITEMS}?format=keys").text.split() == [paper]
    assert client.get(f"{ITEMS}/{note}").status == 404
    assert client.get("/keys/current").json["access"]["user"].get("notes") is None


def test_a_group_may_be_read_only(web: Web) -> None:
    path = f"/groups/{READONLY_GROUP_ID}/items"
    client = web_client(web)
    assert client.get(path).status == 200
    assert client.post(path, [BOOK]).status == 403


def test_a_fault_waits_for_its_request(web: Web) -> None:
    web.faults.on(answer(503), request=3)
    client = web_client(web)
    assert [client.get(ITEMS).status for _ in range(4)] == [200, 200, 503, 200]


def test_requests_are_counted_from_the_last_clearing(web: Web) -> None:
    client = web_client(web)
    client.get(ITEMS)
    web.log.clear()
    web.faults.on(answer(503), request=1)
    assert client.get(ITEMS).status == 503
    assert len(web.log) == 1


def test_a_fault_waits_for_its_condition_and_happens_so_many_times(web: Web) -> None:
    web.faults.on(answer(503), when=is_read, times=2)
    client = web_client(web)
    assert client.post(ITEMS, [BOOK]).status == 200
    assert [client.get(ITEMS).status for _ in range(3)] == [503, 503, 200]


def test_a_fault_may_last_until_it_is_cleared(web: Web) -> None:
    web.faults.on(answer(503), times=None)
    client = web_client(web)
    assert {client.get(ITEMS).status for _ in range(5)} == {503}
    web.faults.clear()
    assert client.get(ITEMS).status == 200


def test_reset_forgets_everything(web: Web) -> None:
    web.api.library.add("book", title="A title")
    web.api.accounts.revoke(KEY)
    web.faults.on(answer(503), times=None)
    web.reset()
    assert web_client(web).get(ITEMS).json == []


def test_two_writers_of_one_version_cannot_both_win(web: Web) -> None:
    key = web.api.library.add("book", title="Old")
    sent = [{"key": key, "version": web.api.library.item(key)["version"], "title": "New"}]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: web_client(web).post(ITEMS, sent).json, range(2)))
    assert sorted(len(result["success"]) for result in results) == [0, 1]


def test_the_log_knows_how_many_requests_there_were_at_once(web: Web) -> None:
    web.faults.on(first(Barrier(2, timeout=5).wait), times=2)
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda _: web_client(web).get(ITEMS).status, range(2)))
    assert (statuses, web.log.most_at_once) == ([200, 200], 2)
