"""The same as test_sync_machine, with a real file and a real server between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from bibnotes.errors import NotReachableError
from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY

from .http_world import HttpWorld
from .sync_world import Fuse
from .test_sync_machine import Syncing, numbers, prefers, settings_of

EXAMPLES = int(os.environ.get("BIBNOTES_HTTP_EXAMPLES", "50"))
WEB: list[ZoteroServer[WebApi]] = []
FOLDER: list[Path] = []
NUMBERS = count()


@pytest.fixture(autouse=True, scope="module")
def _surroundings(
    running_web: ZoteroServer[WebApi], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A server, and folders in which runs keep what they keep."""
    folder = tmp_path_factory.mktemp("http")
    WEB[:], FOLDER[:] = [running_web], [folder]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIBNOTES_CACHE_DIR", str(folder / "cache"))
        patch.setenv("BIBNOTES_STATE_DIR", str(folder / "state"))
        yield


class SyncingOverHttp(Syncing):
    """A .bib file and a library on the web."""

    endings: tuple[str, ...] = (".bib",)

    def new_world(self) -> HttpWorld:
        WEB[0].reset()
        number = next(NUMBERS)
        os.environ["BIBNOTES_CACHE_DIR"] = str(FOLDER[0] / f"cache{number}")
        os.environ["BIBNOTES_STATE_DIR"] = str(FOLDER[0] / f"state{number}")
        variables = {
            "BIBNOTES_ZOTERO_WEB_URL": WEB[0].url,
            "ZOTERO_API_KEY": KEY,
            "LC_ALL": "zh_CN.UTF-8",
        }
        folder = FOLDER[0] / f"world{number}"
        folder.mkdir()
        return HttpWorld(WEB[0].api.library, folder, variables, *self.endings)

    @rule(file=numbers, steps=st.integers(0, 3), after=st.booleans(), prefer=prefers)
    def break_off(self, file: int, steps: int, after: bool, prefer: str | None) -> None:
        """Broken off, and begun again."""
        number = file % self.files
        try:
            self.world.sync(number, prefer, Fuse(steps, after))
        except NotReachableError:
            self.world.check_nothing_is_lost()
            plan = self.world.sync(number, prefer)
            if not plan.gone:
                self.world.check_quiet(number, plan)


class SyncingASheetOverHttp(SyncingOverHttp):
    """A Markdown sheet and a library on the web."""

    endings = (".md",)


class SyncingThreeOverHttp(SyncingOverHttp):
    """Two files, of which one is a sheet, and one library on the web, synced in turns."""

    endings = (".bib", ".md")
    works = 2

    def teardown(self) -> None:
        """When all is settled, all three say the same."""
        self.settle_all()


def settings_over_http(examples: int) -> settings:
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    return settings(settings_of(examples), phases=phases)


TestSyncingOverHttp = SyncingOverHttp.TestCase
TestSyncingOverHttp.settings = settings_over_http(EXAMPLES // 2)
TestSyncingASheetOverHttp = SyncingASheetOverHttp.TestCase
TestSyncingASheetOverHttp.settings = settings_over_http(EXAMPLES // 2)
TestSyncingThreeOverHttp = SyncingThreeOverHttp.TestCase
TestSyncingThreeOverHttp.settings = settings_over_http(EXAMPLES // 8)
