"""Whatever fault meets whichever request of a run: nothing lost, nothing twice, nothing untrue.

The runs over every request are those of the real command, and what is compared with the server is
what its user is told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from itertools import count
from typing import Any

import pytest

from bibnotes.journal import Journal
from bibnotes.model import Status
from bibnotes.zotero import opening, writing
from bibnotes.zotero.gateway import BATCH
from bibnotes.zotero.opening import Surroundings
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import (
    Condition,
    Fault,
    Handle,
    answer,
    backoff,
    cut_after,
    cut_before,
    cut_midway,
    fail_objects,
    first,
    hang,
    is_write,
)

from .attaching import Attach
from .reviewing import TAGS, Reviewing
from .setting import Setting

# In two batches, of a size for that; BIBNOTES_TEST_PAPERS=300 is for a long run.
PAPERS = int(os.environ.get("BIBNOTES_TEST_PAPERS", "6"))
MIDDLE = 3  # an object in the middle of a batch


@pytest.fixture(autouse=True)
def _two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    if PAPERS < BATCH:
        monkeypatch.setattr(writing, "BATCH", PAPERS)


def fail_one(code: int) -> Fault:
    return fail_objects(code, which=lambda index, _sent: index == MIDDLE)


def answered_after(status: int) -> Fault:
    """Handles the request, but a proxy answers that it could not."""

    def fault(request: Request, handle: Handle) -> Response:
        handle(request)
        return Response.text("", {}, status, "text/html")

    return fault


def said_after(body: Callable[[Response], Response]) -> Fault:
    """Handles the request, but something makes of a good answer what it likes."""

    def fault(request: Request, handle: Handle) -> Response:
        response = handle(request)
        return body(response) if response.status == HTTPStatus.OK else response

    return fault


def page(good: Response) -> Response:
    """Where the network wants somebody to log in."""
    return Response.text("<html>Log in</html>", good.headers, content_type="text/html")


def without_version(good: Response) -> Response:
    headers = {**good.headers}
    headers.pop("Last-Modified-Version", None)
    return replace(good, headers=headers)


def without_objects(good: Response) -> Response:
    """A write's answer that speaks of no object."""
    is_answer = b'"successful"' in good.body
    return Response.json({}, good.headers) if is_answer else good


def after_batch(number: int) -> Condition:
    """The writes after so many."""
    seen: list[Request] = []

    def condition(request: Request) -> bool:
        if is_write(request):
            seen.append(request)
        return is_write(request) and len(seen) > number

    return condition


FAULTS: dict[str, Callable[[], Fault]] = {
    "429": lambda: answer(429),
    "500": lambda: answer(500),
    "503": lambda: answer(503),
    "500 after it took effect": lambda: answered_after(500),
    "503 after it took effect": lambda: answered_after(503),
    "408 after it took effect": lambda: answered_after(408),
    "524 after it took effect": lambda: answered_after(524),
    "a page after it took effect": lambda: said_after(page),
    "no version after it took effect": lambda: said_after(without_version),
    "no object is spoken of": lambda: said_after(without_objects),
    "backoff": lambda: backoff(1),
    "cut before": cut_before,
    "cut after it took effect": cut_after,
    "cut midway": cut_midway,
    "timeout": lambda: hang(0.2),
    "timeout after it took effect": lambda: hang(0.2, handled=True),
    "one object fails": lambda: fail_one(500),
    "one object is stale": lambda: fail_one(412),
    "all objects fail": lambda: fail_objects(500),
}


LASTING = (
    "503",
    "503 after it took effect",
    "500 after it took effect",
    "cut before",
    "cut after it took effect",
    "a page after it took effect",
    "no object is spoken of",
    "all objects fail",
)


@pytest.fixture
def attach(
    setting: Setting, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Attach]:
    """``bibnotes attach`` of somebody who has run nothing yet, with no patience to wait."""
    monkeypatch.setattr(
        opening,
        "Surroundings",
        lambda *given, **named: replace(Surroundings(*given, **named), patience=setting.patience),
    )
    return lambda: Attach.of(setting, tmp_path_factory.mktemp("user"), PAPERS)


@pytest.mark.parametrize("fault", FAULTS)
def test_running_again_ends_as_one_whole_run(
    setting: Setting, attach: Callable[[], Attach], fault: str
) -> None:
    try_at_every_request(setting, attach, fault, lasts=False)


@pytest.mark.parametrize("fault", LASTING)
def test_also_if_the_fault_lasts_from_some_request_on(
    setting: Setting, attach: Callable[[], Attach], fault: str
) -> None:
    try_at_every_request(setting, attach, fault, lasts=True)


def try_at_every_request(
    setting: Setting, attach: Callable[[], Attach], fault: str, *, lasts: bool
) -> None:
    """A run with the fault at each request in turn, and one without it after that."""
    if "timeout" in fault:
        setting.timeout = 0.1
    for number in count(1):
        setting.server.reset()
        user = attach()
        setting.server.log.clear()
        if lasts:
            setting.server.faults.on(FAULTS[fault](), when=from_request(number), times=None)
        else:
            setting.server.faults.on(FAULTS[fault](), request=number)
        told = user.run()
        setting.server.faults.clear()
        assert list(user.untrue(told)) == [], (number, told)
        if len(setting.server.log) < number:  # the run is over before the fault
            break
        again = user.run()
        assert again.code == 0, (number, again)
        assert list(user.untrue(again)) == [], (number, again)
        assert list(user.papers.unfinished()) == [], number
    assert number > 4


def from_request(number: int) -> Condition:
    return lambda request: request.number >= number


def test_a_fault_that_lasts_is_left_and_told_of(setting: Setting) -> None:
    papers = Reviewing.of(setting, PAPERS)
    setting.allow_writing()
    setting.server.faults.on(answer(503), when=after_batch(1), times=None)
    outcomes, error = papers.tried()
    assert error is None
    assert {outcome.status for outcome in outcomes} == {Status.DONE, Status.FAILED}
    assert list(papers.untrue(outcomes)) == []
    setting.server.faults.clear()
    papers.run()
    assert list(papers.unfinished()) == []


def test_an_object_that_is_always_refused_does_not_hold_up_the_others(setting: Setting) -> None:
    papers = Reviewing.of(setting, PAPERS)
    refused = next(iter(papers.wanted))
    fault = fail_objects(413, "too long", which=lambda _i, sent: sent.get("parentItem") == refused)
    setting.server.faults.on(fault, when=is_write, times=None)
    outcomes, _ = papers.tried()
    assert list(papers.untrue(outcomes)) == []
    (partly,) = [outcome for outcome in outcomes if outcome.status is not Status.DONE]
    assert (partly.change.paper, partly.status) == (refused, Status.PARTLY)
    assert partly.reason == "too long"


@pytest.mark.parametrize("at", range(2))
def test_what_others_write_meanwhile_stays(setting: Setting, at: int) -> None:
    """Between plan and write, at each batch: a title, a tag, a priority, a text."""
    papers = Reviewing.of(setting, PAPERS)
    keys = list(papers.wanted)
    new, old = keys[-3], keys[-2]
    store = setting.store

    def others() -> None:
        store.edit(keys[-1], title="Another title", tags=[*TAGS, "theirs"])
        store.edit(new, tags=[*TAGS, "skim"])
        (note,) = store.notes(old)
        store.edit(note["key"], note="<p>theirs</p>")

    setting.allow_writing()
    setting.server.faults.on(first(others), when=after_batch(at))
    outcomes, _ = papers.tried()
    assert list(papers.untrue(outcomes)) == []
    status = {outcome.change.paper: outcome.status for outcome in outcomes}
    assert {"tag": "theirs"} in store.item(keys[-1])["tags"]
    assert store.item(keys[-1])["title"] == "Another title"
    assert status[keys[-1]] is Status.DONE
    assert {"tag": "skim"} in store.item(new)["tags"]
    assert status[new] in (Status.CHANGED, Status.PARTLY)
    assert papers.said(old)[1] == ["theirs"]
    assert status[old] in (Status.CHANGED, Status.PARTLY)


def test_a_failed_change_of_the_desktop_leaves_no_half_of_it(local_setting: Setting) -> None:
    """What it had set before it stumbled would be saved with the next good write."""
    papers = Reviewing.of(local_setting, 3)
    store = local_setting.store
    key = list(papers.wanted)[1]
    (note,) = store.notes(key)

    def stumbling(request: Request, handle: Handle) -> Response:
        objects: list[Any] = json.loads(request.body)
        for sent in objects:
            if sent.get("key") == note["key"]:
                sent["tags"] = [{"tag": ""}]
        return handle(replace(request, body=json.dumps(objects).encode()))

    local_setting.allow_writing()
    local_setting.server.faults.on(stumbling, when=is_write)
    outcomes, _ = papers.tried()
    assert list(papers.untrue(outcomes)) == []
    assert store.item(note["key"])["note"] == note["note"]
    papers.run()
    assert list(papers.unfinished()) == []


def test_each_outcome_is_in_the_journal(setting: Setting) -> None:
    papers = Reviewing.of(setting, 3)
    setting.server.faults.on(fail_one(413), when=is_write)
    outcomes, _ = papers.tried()
    assert list(Journal().runs()[0].outcomes) == outcomes
