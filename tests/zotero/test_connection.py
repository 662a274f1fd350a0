"""What becomes of a request when the server, or the way to it, fails."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from bibnotes.errors import (
    BibnotesError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    NotReachableError,
)
from bibnotes.zotero.connection import AnswerLostError
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import (
    Handle,
    answer,
    backoff,
    cut_after,
    cut_before,
    cut_midway,
    first,
    hang,
)
from tests.zotero_server.web.accounts import KEY, KEY_INVALID

from .setting import Setting

BOOK = {"itemType": "book", "title": "A title"}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_that_failed_is_tried_again(setting: Setting, status: int) -> None:
    setting.fill(1)
    setting.server.faults.on(answer(status), times=2)
    assert len(setting.gateway().items().value) == 1
    assert len(setting.naps) == 2


@pytest.mark.parametrize("fault", [cut_before(), cut_after(), cut_midway(), hang(0.2)])
def test_a_read_without_an_answer_is_tried_again(setting: Setting, fault: object) -> None:
    setting.fill(1)
    setting.timeout = 0.1
    setting.server.faults.on(fault)
    assert len(setting.gateway().items().value) == 1
    assert [line.split(" ", 2)[2][:9] for line in setting.lines[:1]] == ["no answer"]


def test_it_stops_after_five_attempts(setting: Setting) -> None:
    setting.server.faults.on(answer(503), times=None)
    with pytest.raises(NotReachableError, match="503 again and again"):
        setting.gateway().items()
    assert len(setting.server.log) == 5


def test_cut_connections_end_it_too(setting: Setting) -> None:
    setting.server.faults.on(cut_before(), times=None)
    with pytest.raises(NotReachableError, match="cut"):
        setting.gateway().items()
    assert len(setting.server.log) == 5


def test_the_server_says_when_to_come_back(setting: Setting) -> None:
    setting.server.faults.on(answer(429, retry_after=7))
    setting.gateway().items()
    assert len(setting.naps) == 1
    assert setting.naps[0] == pytest.approx(7, abs=1)


def test_a_pause_asked_for_with_a_good_answer_comes_before_the_next_request(
    setting: Setting,
) -> None:
    setting.server.faults.on(backoff(7))
    gateway = setting.gateway()
    gateway.items()
    assert not setting.naps
    gateway.items()
    assert setting.naps[0] == pytest.approx(7, abs=1)


def test_a_server_that_wants_hours_is_left_alone(setting: Setting) -> None:
    setting.server.faults.on(answer(503, retry_after=7200))
    with pytest.raises(NotReachableError, match="7200 seconds"):
        setting.gateway().items()
    assert len(setting.server.log) == 1


def test_a_write_that_was_refused_at_the_door_is_sent_again(web_setting: Setting) -> None:
    web_setting.server.faults.on(answer(429, retry_after=1))
    (written,) = web_setting.gateway().write([BOOK]).value
    assert [item["key"] for item in web_setting.store.all_items()] == [written.key]


def test_a_good_answer_counts_even_if_a_long_pause_shall_follow(web_setting: Setting) -> None:
    gateway = web_setting.gateway()
    web_setting.server.faults.on(backoff(7200))
    (written,) = gateway.write([BOOK]).value
    assert written.key
    with pytest.raises(NotReachableError, match="7200 seconds"):
        gateway.write([BOOK])
    assert len(web_setting.server.log) == 1


UNCLEAR = [answer(status) for status in (304, 408, 418, 500, 503, 504, 524)]


@pytest.mark.parametrize("fault", [cut_before(), cut_after(), hang(0.2), *UNCLEAR])
def test_a_write_that_may_have_taken_effect_is_not(web_setting: Setting, fault: object) -> None:
    web_setting.timeout = 0.1
    web_setting.server.faults.on(fault)
    with pytest.raises(AnswerLostError):
        web_setting.gateway().write([BOOK])
    assert len(web_setting.lines) == 1


def test_nobody_at_home(setting: Setting) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        gateway = setting.gateway()
        gateway.line.server = replace(gateway.line.server, url=url)
        with pytest.raises(NotReachableError) as error:
            gateway.items()
    if setting.kind == "local":
        assert "not running" in error.value.message
        assert not setting.naps
    else:
        assert len(setting.naps) == 2


def test_the_desktop_lets_nobody_in(local_setting: Setting) -> None:
    local_setting.server.api.enabled = False
    with pytest.raises(NotAllowedError) as error:
        local_setting.gateway().items()
    assert "settings" in error.value.hint


def test_the_desktop_has_another_database_open_than_before(local_setting: Setting) -> None:
    gateway = local_setting.gateway()
    gateway.items()
    local_setting.server.api.server_id = "another12345"
    with pytest.raises(ConflictError, match="another database"):
        gateway.items()


@pytest.mark.parametrize("library", ["group/999", "user/999999"])
def test_a_library_that_is_not_there(setting: Setting, library: str) -> None:
    setting.library_id = library
    with pytest.raises(NotFoundError, match="no such library"):
        setting.gateway().items()


@pytest.mark.parametrize("key", [KEY_INVALID, None])
def test_a_key_that_does_not_open(web_setting: Setting, key: str | None) -> None:
    web_setting.settings = replace(web_setting.settings, api_key=key)
    with pytest.raises(NotAllowedError) as error:
        web_setting.gateway().items()
    assert "bibnotes login" in error.value.hint


def test_a_status_that_nobody_expects(setting: Setting) -> None:
    setting.server.faults.on(answer(418))
    with pytest.raises(BibnotesError, match="418"):
        setting.gateway().items()


def test_a_library_that_is_locked_is_to_be_written_later(web_setting: Setting) -> None:
    web_setting.server.faults.on(answer(409, "Library is locked"))
    with pytest.raises(NotReachableError, match="has locked this library for now") as refused:
        web_setting.gateway().write([BOOK])
    assert "later" in refused.value.hint


def test_a_redirect_is_not_followed_with_the_key(web_setting: Setting) -> None:
    def elsewhere(_request: Request, _handle: Handle) -> Response:
        return Response(302, {"Location": f"{web_setting.server.url}/elsewhere"})

    web_setting.server.faults.on(elsewhere)
    with pytest.raises(BibnotesError, match="another address"):
        web_setting.gateway().items()
    assert len(web_setting.server.log) == 1


@pytest.mark.parametrize("page", ["<html>Log in to the network</html>", "[1, 2", "{}", "[{}]", ""])
@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_what_answers_is_not_zotero(setting: Setting, page: str, content_type: str) -> None:
    def other(_request: Request, _handle: Handle) -> Response:
        return Response.text(page, content_type=content_type)

    setting.server.faults.on(other, times=None)
    gateway = setting.gateway()
    for ask in (gateway.items, gateway.versions, gateway.key_access, gateway.groups):
        with pytest.raises(NotReachableError, match="is not Zotero"):
            ask()


def test_the_key_goes_only_with_writes_to_the_desktop(local_setting: Setting) -> None:
    gateway = local_setting.gateway()
    gateway.line.key = "a-local-key"
    gateway.items()
    with pytest.raises(NotAllowedError):
        gateway.write([BOOK])
    sent = [each.request.header("Authorization") for each in local_setting.server.log.exchanges]
    assert sent == [None, "Bearer a-local-key"]


def test_a_revoked_key_ends_it(web_setting: Setting) -> None:
    gateway = web_setting.gateway()
    web_setting.server.faults.on(
        first(lambda: web_setting.server.api.accounts.revoke(KEY)), request=2
    )
    gateway.items()
    with pytest.raises(NotAllowedError, match="does not know it any more"):
        gateway.items()


def test_each_attempt_is_told_of(web_setting: Setting) -> None:
    web_setting.server.faults.on(answer(503), request=2)
    gateway = web_setting.gateway()
    gateway.key_access()
    gateway.versions(unless=None)
    told = [line.rsplit(" ", 2)[0] for line in web_setting.lines]
    assert told == [
        "GET /keys/current 200",
        "GET /users/475001/items 503",
        "GET /users/475001/items 200",
    ]
