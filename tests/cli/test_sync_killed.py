"""``bibnotes sync``, killed at every request and at every call with which it changes files."""

from __future__ import annotations

import copy
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bibnotes.zotero.note_html import to_html
from tests.zotero_server import ZoteroServer
from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import Handle
from tests.zotero_server.web.accounts import KEY

from .. import faults
from .conftest import Ran, Shell

ROOT = Path(__file__).parents[2]
SETTINGS = [("refs.bib", "web"), ("reviews.md", "local")]
PAPERS = {  # their titles, and what Zotero says of them at first
    "mellor21a": ("Neural Architecture Search without Training", "to be removed"),
    "xu21m": ("KNAS: Green Neural Architecture Search", "from Zotero\n\n- one"),
    "liu21c": (
        "Learning by Turning: Neural Architecture Aware Optimisation",
        "in Zotero only",
    ),
    "niu21a": ("AdaXpert: Adapting Neural Architecture for Growing Data", ""),
}

State = tuple[bytes, list[dict[str, Any]], list[dict[str, Any]]]
"""The bytes of the file, what the base says of each paper, and all that is in the library."""


class Scene:
    """A file and a library that differ in all the ways that a sync evens out."""

    def __init__(self, file: str, server: ZoteroServer[Any], kind: str, nowhere: Path) -> None:
        self.file, self.server, self.kind = file, server, kind
        self.words = ["sync", "--zotero", "--server", kind, file, "--yes"]
        self.command = [sys.executable, "-m", "bibnotes", *self.words]
        self.env = {
            f"BIBNOTES_ZOTERO_{kind.upper()}_URL": server.url,
            "ZOTERO_API_KEY": KEY,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "BIBNOTES_CACHE_DIR": str(nowhere / "file" / "no-folder"),  # each run reads anew
            "LC_ALL": "C.UTF-8",
        }
        (nowhere / "file").write_text("")
        self.begun = nowhere / "begun"
        self.notes: dict[str, str] = {}

    def prepare(self, folder: Path) -> None:
        """Both sides synced once, and then changed: made once, and copied for each run."""
        store = self.server.api.library
        if not self.begun.exists():
            self.begin()
            self.stored = copy.deepcopy((store.items, store.deletions, store.version))
        shutil.copytree(self.begun, folder, dirs_exist_ok=True)
        store.items, store.deletions, store.version = copy.deepcopy(self.stored)

    def begin(self) -> None:
        self.begun.mkdir()
        if self.file.endswith(".bib"):  # a sheet is made by its first sync
            shutil.copy(ROOT / "sample.bib", self.begun / self.file)
        if self.kind == "local":
            self.run(self.begun, "login", "--server", "local")
        for key, (title, text) in PAPERS.items():
            self.add(key, title, text)
        self.run(self.begun, *self.words, "--all", "--prefer", "zotero")
        self.change()

    def change(self) -> None:
        """What happens on both sides after they met."""
        file = self.begun / self.file
        file.write_text(file.read_text().replace("- one", "- two"))  # to be sent
        new = ("niu21a", "--priority", "skim", "--review", "new")  # to be sent, as a new note
        self.run(self.begun, "set", self.file, *new)
        store = self.server.api.library
        store.edit(self.notes["liu21c"], note=to_html("in Zotero only\n\nand more"))  # to be taken
        store.trash(self.notes["mellor21a"])  # a removal
        self.add("later24", "A Paper of Which Only Zotero Knows", "a section of a sheet")

    def add(self, key: str, title: str, text: str) -> None:
        store = self.server.api.library
        item = store.add("book", citationKey=key, title=title)
        if text:
            self.notes[key] = store.add_note(item, to_html(text), ["bibnotes"])

    def run(self, folder: Path, *words: str, point: object = "begun") -> Ran:
        """Run to the end, in this process: only a run that is killed needs one of its own."""
        state = {"BIBNOTES_STATE_DIR": str(folder / "state")}
        ran = Shell(folder, self.env | state).here(*words)
        assert ran.code == 0, (point, ran.err)
        return ran

    def state(self, folder: Path) -> State:
        items = {item["key"]: _same(item) for item in self.server.api.library.all_items()}
        (base,) = (folder / ".bibnotes").glob("*.base.json")
        agreed = json.loads(base.read_bytes())["papers"]
        for paper in agreed:
            paper["note"] = items.get(paper.get("note"))
        return (folder / self.file).read_bytes(), agreed, [*items.values()]


def _same(item: dict[str, Any]) -> dict[str, Any]:
    """What is the same of an item, whenever and under whichever key it was written."""
    varies = {"key", "version", "dateAdded", "dateModified"}
    return {name: value for name, value in item.items() if name not in varies}


@pytest.fixture(params=SETTINGS, ids="-".join)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    file, kind = request.param
    return Scene(file, request.getfixturevalue(kind), kind, tmp_path)


@pytest.fixture
def whole(scene: Scene, tmp_path: Path) -> State:
    """What an uninterrupted run leaves."""
    folder = tmp_path / "whole"
    folder.mkdir()
    scene.prepare(folder)
    ran = scene.run(folder, *scene.words)
    taken = 1 if scene.file.endswith(".bib") else 2
    assert f"{taken} taken from Zotero, 2 sent to Zotero, 1 removed" in ran.err
    return scene.state(folder)


def check_ends_alike(scene: Scene, folder: Path, whole: State, point: object) -> None:
    scene.run(folder, *scene.words, point=point)
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

    scene.server.log.clear()
    scene.server.faults.on(kill, request=number)
    process.append(
        subprocess.Popen(
            scene.command,
            cwd=folder,
            env=faults.environment(folder, scene.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    process[0].wait()
    scene.server.faults.clear()
    return process[0].returncode == -signal.SIGKILL


@pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())
def test_killed_at_any_change_of_a_file(scene: Scene, whole: State, tmp_path: Path) -> None:
    seen = set()
    runs = faults.killed_runs(scene.command, scene.prepare, tmp_path / "runs", scene.env)
    for point, folder in runs:
        seen.add(scene.state(folder) == whole)
        check_ends_alike(scene, folder, whole, point)
    assert seen == {True, False}
