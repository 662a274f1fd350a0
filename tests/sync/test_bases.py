"""Where a file met Zotero libraries before, and the base that it shares with one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bibnotes.base import Base
from bibnotes.config import ZoteroSettings
from bibnotes.errors import UsageError
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sync.bases import Shared, met_before, require_met, server_met
from bibnotes.zotero.server import LibraryAddress

from .setting import BASE, known

WEB = LibraryAddress("web", "https://api.zotero.org", "user/475001")
OTHER_WEB = LibraryAddress("web", "https://zotero.example.org", "user/475001")
DESKTOP = LibraryAddress("local", "database", "user/0")
GROUP = LibraryAddress("web", "https://api.zotero.org", "group/5001", "ana")


@pytest.fixture
def bib(tmp_path: Path) -> Path:
    path = tmp_path / "refs.bib"
    path.write_text("")
    return path


def meet(path: Path, *addresses: LibraryAddress) -> None:
    for address in addresses:
        Base(path, str(address)).save([known(BASE)], DEFAULT_SCALE)


def test_a_file_met_the_libraries_that_the_settings_mean(bib: Path) -> None:
    meet(bib, WEB, GROUP)
    assert met_before(bib, ZoteroSettings()) == [WEB]
    assert met_before(bib, ZoteroSettings(id="user/475001")) == [WEB]
    assert met_before(bib, ZoteroSettings(id="group/5002")) == []
    assert met_before(bib, ZoteroSettings(id="group/5001", reader="ana")) == [GROUP]


def test_a_file_that_met_a_library_for_another_reader_alone_is_refused(bib: Path) -> None:
    meet(bib, WEB, GROUP)
    with pytest.raises(UsageError, match="as reader ana, and is now to be synced as reader ben"):
        met_before(bib, ZoteroSettings(id="group/5001", reader="ben"))
    ben = replace(GROUP, reader="ben")
    meet(bib, ben)
    assert met_before(bib, ZoteroSettings(id="group/5001", reader="ben")) == [ben]
    assert met_before(bib, ZoteroSettings(id="group/5001", reader="Ben")) == [ben]
    with pytest.raises(UsageError, match="as reader ana and as reader ben, and") as said:
        met_before(bib, ZoteroSettings(id="group/5001"))
    assert all(str(Base(bib, str(one)).file) in said.value.hint for one in (GROUP, ben))


def test_the_server_of_the_last_time_is_taken() -> None:
    assert server_met("refs.bib", "auto", []) == "auto"
    assert server_met("refs.bib", "auto", [WEB]) == "web"
    assert server_met("refs.bib", "local", [WEB, DESKTOP]) == "local"


def test_another_server_or_library_is_not_taken_for_it() -> None:
    with pytest.raises(UsageError, match="on this computer and on the web"):
        server_met("refs.bib", "auto", [WEB, DESKTOP])
    with pytest.raises(UsageError, match="not with the server local"):
        server_met("refs.bib", "local", [WEB])
    with pytest.raises(UsageError, match=r"reached now is user/475001 on zotero\.example"):
        require_met("refs.bib", str(OTHER_WEB), [WEB])
    require_met("refs.bib", str(OTHER_WEB), [])
    require_met("refs.bib", str(WEB), [DESKTOP, WEB])


def test_a_library_that_moved_brings_its_base_along_once(bib: Path) -> None:
    meet(bib, WEB)
    shared = Shared.moved(bib, str(OTHER_WEB), [WEB])
    assert [*shared.known.values()] == [known(BASE)]
    shared.save([*shared.known.values()], DEFAULT_SCALE, [])
    assert met_before(bib, ZoteroSettings()) == [OTHER_WEB]
    assert Shared.moved(bib, str(OTHER_WEB), [OTHER_WEB]).left is None


def test_which_of_several_libraries_moved_is_asked(bib: Path) -> None:
    meet(bib, WEB, DESKTOP)
    with pytest.raises(UsageError, match="which of them moved") as caught:
        Shared.moved(bib, str(OTHER_WEB), [WEB, DESKTOP])
    for address in (WEB, DESKTOP):
        assert address.name in caught.value.message
        assert str(Base(bib, str(address)).file) in caught.value.hint
    assert Shared.moved(bib, str(WEB), [WEB, DESKTOP]).left is None


def test_the_scale_that_it_was_read_by_is_known_again(bib: Path) -> None:
    meet(bib, WEB)
    assert Shared.at(bib, str(WEB)).read_by == DEFAULT_SCALE
    assert Shared.at(bib, str(GROUP)).read_by is None
