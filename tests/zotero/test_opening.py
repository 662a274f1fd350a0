"""Which server is taken, and what is said where none can be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bibnotes.config import ZoteroSettings
from bibnotes.errors import (
    BibnotesError,
    NotAllowedError,
    NotFoundError,
    NotReachableError,
    UsageError,
)
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.zotero.checkup import check_up
from bibnotes.zotero.opening import Surroundings, at_address, open_library
from bibnotes.zotero.retry import Patience
from bibnotes.zotero.server import LibraryAddress
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.faults import hang
from tests.zotero_server.web.accounts import (
    KEY,
    KEY_INVALID,
    KEY_NONOTES,
    KEY_OTHER,
    KEY_READONLY,
    Access,
)

QUICK = Surroundings(DEFAULT_SCALE, Patience(sleep=lambda _seconds: None))


@pytest.fixture
def both(web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]) -> ZoteroSettings:
    web.api.library.add("book", title="on the web")
    local.api.library.add("book", title="here")
    return ZoteroSettings(web_url=web.url, local_url=local.url, api_key=KEY)


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/api"


def titles(settings: ZoteroSettings) -> list[str]:
    return [paper.title for paper in open_library(settings, QUICK).papers()]


def test_auto_takes_the_desktop_if_it_answers(
    both: ZoteroSettings, web: ZoteroServer[WebApi]
) -> None:
    assert titles(both) == ["here"]
    assert len(web.log) == 0


def test_auto_takes_the_web_if_zotero_does_not_run(both: ZoteroSettings, nobody: str) -> None:
    assert titles(replace(both, local_url=nobody)) == ["on the web"]


def test_auto_takes_the_web_if_the_desktop_lets_nobody_in(
    both: ZoteroSettings, local: ZoteroServer[LocalApi]
) -> None:
    local.api.enabled = False
    assert titles(both) == ["on the web"]


def test_auto_takes_the_web_if_the_desktop_has_no_such_library(
    both: ZoteroSettings, web: ZoteroServer[WebApi]
) -> None:
    web.api.libraries["groups/5001"].add("book", title="the group's")
    assert titles(replace(both, id="group/5001")) == ["the group's"]
    with pytest.raises(NotFoundError) as error:
        titles(replace(both, id="user/475001", api_key=None))
    assert "bibnotes login" in error.value.hint


def publish(web: ZoteroServer[WebApi]) -> None:
    """Let everybody read the group."""
    accounts = web.api.accounts
    private = accounts.may_read
    accounts.may_read = lambda access, library: (  # type: ignore[method-assign]
        library.path == "groups/5001" or private(access, library)
    )
    web.api.libraries["groups/5001"].add("book", title="the group's")


@pytest.mark.parametrize("key", [None, KEY, KEY_NONOTES])
def test_a_public_group_needs_no_key_that_is_for_it(
    both: ZoteroSettings, web: ZoteroServer[WebApi], key: str | None
) -> None:
    publish(web)
    group = replace(both, server="web", id="group/5001", api_key=key)
    assert titles(group) == ["the group's"]
    found = check_up(group, QUICK)
    assert (found.uses, found.exit_code) == ("web", 0)


def test_doctor_and_opening_take_the_same_server(
    both: ZoteroSettings, local: ZoteroServer[LocalApi], web: ZoteroServer[WebApi], nobody: str
) -> None:
    web.api.library.add_collection("On the web")
    local.api.add_group(5001, "Here too")
    for settings in (
        both,
        replace(both, local_url=nobody),
        replace(both, id="user/475001"),
        replace(both, id="group/5001"),
        replace(both, id="group/5002"),
        replace(both, id="group/999"),
        replace(both, collection="On the web"),
        replace(both, api_key=KEY_INVALID, local_url=nobody),
        replace(both, api_key=None, id="group/5001", local_url=nobody),
    ):
        found = check_up(settings, QUICK)
        assert (found.uses if found.exit_code == 0 else found.exit_code) == outcome(settings)


def outcome(settings: ZoteroSettings) -> str | int:
    """The server that is read, or the exit code of why it is not."""
    try:
        library = open_library(settings, QUICK)
        list(library.papers())
    except BibnotesError as error:
        return error.exit_code
    return LibraryAddress.parse(library.address).kind


def test_a_desktop_that_hangs_costs_no_more_than_a_moment(
    both: ZoteroSettings, local: ZoteroServer[LocalApi]
) -> None:
    local.faults.on(hang(0.5), times=None)
    brief = replace(QUICK, patience=Patience(ping_timeout=0.2, sleep=lambda _seconds: None))
    assert open_library(both, brief).server in both.web_url
    assert len(local.log) <= 2


def test_a_server_can_be_chosen(both: ZoteroSettings) -> None:
    assert titles(replace(both, server="web")) == ["on the web"]
    assert titles(replace(both, server="local")) == ["here"]


def test_the_desktop_alone_is_not_replaced_by_the_web(both: ZoteroSettings, nobody: str) -> None:
    with pytest.raises(NotReachableError, match="not running"):
        titles(replace(both, server="local", local_url=nobody))


def test_neither_server_can_be_used(both: ZoteroSettings, nobody: str) -> None:
    with pytest.raises(NotReachableError) as error:
        titles(replace(both, local_url=nobody, api_key=None))
    assert "Start Zotero" in error.value.hint
    assert "bibnotes login" in error.value.hint


def test_the_web_needs_a_key(both: ZoteroSettings) -> None:
    with pytest.raises(NotAllowedError, match="no key") as error:
        titles(replace(both, server="web", api_key=None))
    assert "bibnotes login" in error.value.hint


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (KEY_INVALID, "does not accept the key"),
        (KEY_NONOTES, "does not let bibnotes read the notes"),
    ],
)
def test_a_key_that_is_not_enough_gives_no_part_of_a_library(
    both: ZoteroSettings, key: str, said: str
) -> None:
    with pytest.raises(NotAllowedError, match=said):
        titles(replace(both, server="web", api_key=key))


def test_a_key_that_may_only_read_is_enough(both: ZoteroSettings) -> None:
    assert titles(replace(both, server="web", api_key=KEY_READONLY)) == ["on the web"]


@pytest.mark.parametrize("library", ["user/475002", "user/999999"])
def test_the_library_of_somebody_else(both: ZoteroSettings, library: str) -> None:
    with pytest.raises(NotAllowedError, match=library):
        titles(replace(both, server="web", id=library))


def test_a_group_that_the_key_is_not_for(both: ZoteroSettings) -> None:
    with pytest.raises(NotAllowedError, match="group/5001"):
        titles(replace(both, server="web", id="group/5001", api_key=KEY_NONOTES))


def test_a_group_that_is_not_there(both: ZoteroSettings) -> None:
    for server in ("web", "local"):
        with pytest.raises(NotFoundError):
            titles(replace(both, server=server, id="group/999"))


def test_a_key_for_one_group(both: ZoteroSettings, web: ZoteroServer[WebApi]) -> None:
    web.api.libraries["groups/5001"].add("book", title="the group's")
    assert titles(replace(both, server="web", id="group/5001")) == ["the group's"]


def test_another_users_key_opens_their_library(both: ZoteroSettings) -> None:
    assert titles(replace(both, server="web", api_key=KEY_OTHER)) == []


def test_a_key_revoked_between_two_requests(
    both: ZoteroSettings, web: ZoteroServer[WebApi]
) -> None:
    library = open_library(replace(both, server="web"), QUICK)
    web.api.accounts.revoke(KEY)
    with pytest.raises(NotAllowedError):
        list(library.papers())
    web.api.accounts.grant(KEY, Access(web.api.accounts.user))
    assert titles(replace(both, server="web")) == ["on the web"]


@pytest.mark.parametrize("server", ["web", "local"])
def test_a_library_is_found_again_by_its_address(both: ZoteroSettings, server: str) -> None:
    library = open_library(replace(both, server=server, reader="王 Ana"), QUICK)
    again = at_address(replace(both, server="auto"), QUICK, library.address)
    assert again.address == library.address
    assert list(again.papers()) == list(library.papers())
    assert at_address(both, QUICK, library.address.replace("ana", "Ana")).address == again.address


def test_an_address_of_another_server_is_not_opened(both: ZoteroSettings) -> None:
    elsewhere = LibraryAddress("web", "https://elsewhere.example", "user/475001")
    with pytest.raises(NotFoundError, match="elsewhere"):
        at_address(both, QUICK, str(elsewhere))


def test_an_address_of_another_database_is_not_opened(
    both: ZoteroSettings, local: ZoteroServer[LocalApi]
) -> None:
    address = open_library(both, QUICK).address
    local.api.server_id = "another12345"
    with pytest.raises(NotFoundError, match="another12345"):
        at_address(both, QUICK, address)


@pytest.mark.parametrize("address", ["bibtex:/x.bib", "zotero-web:user/1", "zotero-x:y/user/1"])
def test_what_is_no_address(both: ZoteroSettings, address: str) -> None:
    with pytest.raises(UsageError):
        at_address(both, QUICK, address)


def test_every_error_says_what_to_do(both: ZoteroSettings, nobody: str) -> None:
    for settings in (
        replace(both, server="local", local_url=nobody),
        replace(both, server="web", web_url=nobody),
        replace(both, server="web", api_key=None),
        replace(both, server="web", api_key=KEY_INVALID),
        replace(both, server="web", api_key=KEY_NONOTES),
        replace(both, server="web", id="group/999"),
    ):
        with pytest.raises(BibnotesError) as error:
            titles(settings)
        assert error.value.hint
        assert error.value.exit_code in (3, 4, 5)


def test_a_reader_whom_no_tag_can_name(both: ZoteroSettings) -> None:
    with pytest.raises(UsageError, match="brackets"):
        open_library(replace(both, reader="ana (lab)"), QUICK)
