"""`bibnotes attach --zotero`, killed at every request with which it writes, and at every step of
its journal: what is undone afterwards, and what the next run does."""

from __future__ import annotations

import queue
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import Handle, is_write
from tests.zotero_server.web.accounts import KEY

from .. import faults
from .conftest import Shell

PAPERS = 27  # two batches
HELD = "<p>held <u>before</u></p>"  # underlining is no Markdown, and has to come back
REVIEWS = "".join(
    f"- key: ana{number}\n  priority: skim\n  review: new {number}\n" for number in range(PAPERS)
)


@pytest.fixture(params=["web", "local"])
def server(
    request: pytest.FixtureRequest, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
) -> ZoteroServer[Any]:
    return web if request.param == "web" else local


def attach(server: ZoteroServer[Any]) -> tuple[str, ...]:
    kind = "local" if isinstance(server.api, LocalApi) else "web"
    return ("attach", "r.yaml", "--zotero", "--server", kind, "--prefer", "sheet", "--yes")


def begin(server: ZoteroServer[Any]) -> None:
    """Papers of which the first two have a review already."""
    server.reset()
    for number in range(PAPERS):
        added = f"2026-01-01T00:00:{number:02}Z"
        item = server.api.library.add(
            "book", citationKey=f"ana{number}", tags=["NAS"], dateAdded=added
        )
        if number < 2:
            server.api.library.add_note(item, HELD, ["bibnotes"])


def state(server: ZoteroServer[Any]) -> list[tuple[list[str], list[str]]]:
    """The tags and the notes of each paper, in order."""
    library = server.api.library
    papers = [item for item in library.all_items() if item["itemType"] == "book"]
    papers.sort(key=lambda paper: paper["dateAdded"])
    return [
        (
            [tag["tag"] for tag in paper["tags"]],
            [note["note"] for note in library.notes(paper["key"])],
        )
        for paper in papers
    ]


BEFORE = [(["NAS"], [HELD] if number < 2 else []) for number in range(PAPERS)]
AFTER = [(["NAS", "skim"], [f"<p>new {number}</p>"]) for number in range(PAPERS)]


def killed(shell: Shell, server: ZoteroServer[Any], write: int, *, handled: bool) -> None:
    """Run attach, and kill it when its nth write arrives, or when the server is done with it."""
    processes: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
    writes = iter(range(1, 100))

    def kill(request: Request, handle: Handle) -> Response:
        if handled:
            handle(request)
        process = processes.get()
        process.kill()
        process.wait()
        raise Cut

    server.faults.on(
        kill,
        when=lambda request: (
            is_write(request) and request.path.endswith("/items") and next(writes) == write
        ),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", *attach(server)],
        cwd=shell.folder,
        env=shell.environment(),
        stderr=subprocess.PIPE,
    )
    processes.put(process)
    assert process.wait(60) == -signal.SIGKILL
    server.faults.clear()


@pytest.fixture
def ready(zotero_shell: Shell, server: ZoteroServer[Any]) -> Shell:
    begin(server)
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    zotero_shell.write("r.yaml", REVIEWS)
    if isinstance(server.api, LocalApi):
        assert zotero_shell("login", "--server", "local").code == 0
    return zotero_shell


@pytest.mark.skipif(sys.platform == "win32", reason="there a process is not killed by a signal")
@pytest.mark.parametrize("handled", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("write", [1, 2])
class TestKilledAtAWrite:
    def test_the_next_run_does_the_rest_and_can_be_undone(
        self, ready: Shell, server: ZoteroServer[Any], write: int, handled: bool
    ) -> None:
        killed(ready, server, write, handled=handled)
        again = ready(*attach(server))
        assert again.code == 0, again.err
        assert state(server) == AFTER
        while ready("undo").code == 0:  # the rest, then what the killed run did
            pass
        assert state(server) == BEFORE

    def test_undo_takes_back_what_was_done(
        self, ready: Shell, server: ZoteroServer[Any], write: int, handled: bool
    ) -> None:
        killed(ready, server, write, handled=handled)
        undone = ready("undo")
        assert undone.code == (3 if (write, handled) == (1, False) else 0), undone.err
        assert state(server) == BEFORE
        again = ready(*attach(server))
        assert again.code == 0, again.err
        assert state(server) == AFTER


@pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())
def test_set_killed_at_any_step_of_its_journal_can_be_undone_and_done_again(
    web: ZoteroServer[WebApi], tmp_path: Path
) -> None:
    variables = {
        "BIBNOTES_ZOTERO_WEB_URL": web.url,
        "BIBNOTES_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "ZOTERO_API_KEY": KEY,
    }
    bibnotes = [sys.executable, "-m", "bibnotes"]
    words = [*bibnotes, "set", "--zotero", "--server", "web", "ana0"]
    words += ["--priority", "skim", "--review", "new 0", "--yes"]

    def prepare(_folder: Path) -> None:
        begin(web)
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)

    def run(command: list[str], folder: Path) -> int:
        env = faults.environment(folder, variables)
        return subprocess.run(
            command, cwd=folder, env=env, capture_output=True, check=False
        ).returncode

    seen = set()
    for point, folder in faults.killed_runs(words, prepare, tmp_path / "runs", variables):
        found = state(web)[0]
        assert found in (BEFORE[0], AFTER[0]), point
        seen.add(found == AFTER[0])
        assert run([*bibnotes, "undo"], folder) == (0 if found == AFTER[0] else 3), point
        assert state(web) == BEFORE, point
        assert run(words, folder) == 0, point
        assert state(web)[0] == AFTER[0], point
        assert not list((folder / "state").rglob("*.open")), point
    assert seen == {True, False}
