"""``bibnotes sync``, killed at every request and at every call with which it changes files."""

from __future__ import annotations

import copy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import Handle
from tests.zotero_server.web.accounts import KEY

from .. import faults
from .conftest import Ran, Shell

ROOT = Path(__file__).parents[2]
SYNC = [sys.executable, "-m", "bibnotes", "sync", "--zotero", "--server", "web", "refs.bib"]
SYNC += ["--yes"]
PAPERS = {  # their titles, and what Zotero says of them at first
    "mellor21a": ("Neural Architecture Search without Training", ""),
    "xu21m": ("KNAS: Green Neural Architecture Search", "from Zotero\n\n- one"),
    "liu21c": (
        "Learning by Turning: Neural Architecture Aware Optimisation",
        "in Zotero only",
    ),
}

State = tuple[bytes, list[tuple[str, list[str], list[str]]]]


class Scene:
    """A file and a library that differ in all the ways that a sync evens out."""

    def __init__(self, web: ZoteroServer[WebApi], nowhere: Path) -> None:
        self.web = web
        self.env = {
            "BIBNOTES_ZOTERO_WEB_URL": web.url,
            "ZOTERO_API_KEY": KEY,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "BIBNOTES_CACHE_DIR": str(nowhere / "file" / "no-folder"),  # each run reads anew
            "LC_ALL": "C.UTF-8",
        }
        (nowhere / "file").write_text("")
        self.begun = nowhere / "begun"

    def prepare(self, folder: Path) -> None:
        """Both sides synced once, and then changed: made once, and copied for each run."""
        store = self.web.api.library
        if not self.begun.exists():
            self.begin()
            self.stored = copy.deepcopy((store.items, store.deletions, store.version))
        shutil.copytree(self.begun, folder, dirs_exist_ok=True)
        store.items, store.deletions, store.version = copy.deepcopy(self.stored)

    def begin(self) -> None:
        self.begun.mkdir()
        shutil.copy(ROOT / "sample.bib", self.begun / "refs.bib")
        store = self.web.api.library
        items = {}
        for key, (title, text) in PAPERS.items():
            items[key] = store.add("book", citationKey=key, title=title)
            if text:
                store.add_note(items[key], to_html(text), ["bibnotes"])
        assert self.run(self.begun, "--prefer", "zotero").code == 0
        file = self.begun / "refs.bib"
        file.write_text(file.read_text().replace("- one", "- two"))  # to be sent
        self.edit(items["liu21c"], "in Zotero only\n\nand more")  # to be taken
        (note,) = store.notes(items["mellor21a"])
        store.trash(note["key"])  # a removal

    def edit(self, item: str, text: str) -> None:
        (note,) = self.web.api.library.notes(item)
        self.web.api.library.edit(note["key"], note=to_html(text))

    def run(self, folder: Path, *more: str) -> Ran:
        """Run to the end, in this process: only a run that is killed needs one of its own."""
        state = {"BIBNOTES_STATE_DIR": str(folder / "state")}
        return Shell(folder, self.env | state).here(*SYNC[3:], *more)

    def state(self, folder: Path) -> State:
        store = self.web.api.library
        papers = [
            (
                item["citationKey"],
                [tag["tag"] for tag in item["tags"]],
                [to_markdown(note["note"]) for note in store.notes(item["key"])],
            )
            for item in store.all_items()
            if item["itemType"] == "book"
        ]
        return (folder / "refs.bib").read_bytes(), papers


@pytest.fixture
def scene(web: ZoteroServer[WebApi], tmp_path: Path) -> Scene:
    return Scene(web, tmp_path)


@pytest.fixture
def whole(scene: Scene, tmp_path: Path) -> State:
    """What an uninterrupted run leaves."""
    folder = tmp_path / "whole"
    folder.mkdir()
    scene.prepare(folder)
    ran = scene.run(folder)
    assert ran.code == 0, ran.err
    assert "1 taken from Zotero, 1 sent to Zotero, 1 removed" in ran.err
    return scene.state(folder)


def check_ends_alike(scene: Scene, folder: Path, whole: State, point: object) -> None:
    again = scene.run(folder)
    assert again.code == 0, (point, again.err)
    assert scene.state(folder) == whole, point
    assert not list(folder.glob("*.tmp")), point
    assert not list((folder / "state").rglob("*.open")), point


def test_killed_at_any_request(scene: Scene, whole: State, tmp_path: Path) -> None:
    ended = False
    number = 0
    while not ended:
        number += 1
        for handled in (False, True):
            folder = tmp_path / f"{number}-{handled}"
            folder.mkdir()
            scene.prepare(folder)
            ended = not killed(scene, folder, number, handled=handled)
            check_ends_alike(scene, folder, whole, (number, handled))
    assert number > 3


def killed(scene: Scene, folder: Path, number: int, *, handled: bool) -> bool:
    """Run, and be killed when this request comes: before or after it takes effect."""
    process: list[subprocess.Popen[bytes]] = []

    def kill(request: Request, handle: Handle) -> Response:
        if handled:
            handle(request)
        process[0].send_signal(signal.SIGKILL)
        process[0].wait()
        raise Cut

    scene.web.log.clear()
    scene.web.faults.on(kill, request=number)
    process.append(
        subprocess.Popen(
            SYNC,
            cwd=folder,
            env=faults.environment(folder, scene.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    process[0].wait()
    scene.web.faults.clear()
    return process[0].returncode == -signal.SIGKILL


@pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())
def test_killed_at_any_change_of_a_file(scene: Scene, whole: State, tmp_path: Path) -> None:
    seen = set()
    for point, folder in faults.killed_runs(SYNC, scene.prepare, tmp_path / "runs", scene.env):
        seen.add(scene.state(folder) == whole)
        check_ends_alike(scene, folder, whole, point)
    assert seen == {True, False}
