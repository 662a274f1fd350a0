"""Whatever fault meets whichever request of a run, no review is lost, doubled or misreported."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from bibnotes import journal
from bibnotes.errors import BibnotesError
from bibnotes.journal import Journal
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server.exchange import Request
from tests.zotero_server.faults import (
    Fault,
    answer,
    backoff,
    cut_after,
    cut_before,
    cut_midway,
    delay,
    fail_objects,
    hang,
)

from .setting import Setting

FAULTS: dict[str, Callable[[], Fault]] = {
    "429": lambda: answer(429),
    "429 with a time": lambda: answer(429, retry_after=1),
    "500": lambda: answer(500),
    "502": lambda: answer(502),
    "503": lambda: answer(503),
    "504": lambda: answer(504),
    "backoff": lambda: backoff(1),
    "cut before": cut_before,
    "cut after": cut_after,
    "cut midway": cut_midway,
    "slow": lambda: delay(0.01),
    "timeout": lambda: hang(0.2),
    "timeout after": lambda: hang(0.2, handled=True),
    "an object fails": lambda: fail_objects(which=lambda index, _sent: index == 3),
    "every second object fails": lambda: fail_objects(which=lambda index, _sent: index % 2 == 0),
}
MANY = bool(os.environ.get("BIBNOTES_MANY_PAPERS"))
PAPERS = 300 if MANY else 27  # 27 papers are two batches: each has a tag and a note
WISHED = {str(number): Review("skim", f"Review {number}: **好**") for number in range(PAPERS)}
WISHED |= {"1": Review("close-read", ""), "2": Review(None, "changed"), "3": Review()}
HELD = {"1": Review("skim", "goes"), "2": Review(None, "old"), "3": Review("skim", "goes too")}
OTHERS = {"tag": "NAS", "type": 1}


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest, setting: Setting) -> Callable[[], Fault]:
    if "timeout" in request.param:
        setting.timeout = 0.1
    return FAULTS[request.param]


@pytest.mark.parametrize("stays", [False, True], ids=["once", "for good"])
def test_a_fault_at_any_request_loses_and_doubles_nothing(
    setting: Setting, folders: Folders, fault: Callable[[], Fault], stays: bool
) -> None:
    begin(setting, folders)
    run(setting)
    for number in range(1, len(setting.server.log) + 1):
        begin(setting, folders)
        setting.server.faults.on(
            fault(),
            when=partial(is_at, number, later=stays),
            times=None if stays else 1,
        )
        with suppress(BibnotesError):
            run(setting)
        setting.server.faults.clear()
        assert_told_truly(setting)
        run(setting)
        assert_as_wished(setting, number)


def is_at(number: int, request: Request, *, later: bool) -> bool:
    return request.number == number or (later and request.number > number)


class Folders:
    """A cache and a journal for each run, as if on a new machine."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self._folder, self._environment, self._count = folder, environment, 0

    def renew(self) -> None:
        self._count += 1
        for name in ("cache", "state"):
            folder = self._folder / f"{name}-{self._count}"
            self._environment.setenv(f"BIBNOTES_{name.upper()}_DIR", str(folder))


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    return Folders(tmp_path, monkeypatch)


def begin(setting: Setting, folders: Folders) -> None:
    """A library in which some papers have a review, and nothing known of it."""
    setting.server.reset()
    folders.renew()
    for number in range(PAPERS):
        held = HELD.get(str(number), Review())
        tags = ["略读"] if held.priority else []
        added = f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z"
        item = setting.store.add(
            "book", title=str(number), dateAdded=added, tags=[OTHERS, *({"tag": t} for t in tags)]
        )
        if held.text:
            setting.store.add_note(item, to_html(held.text), ["bibnotes"])
    setting.server.log.clear()


def run(setting: Setting) -> list[Outcome]:
    """Give every paper the review that is wished for it, journaled."""
    library = setting.library()
    changes = [
        Change(paper.id, paper.review, WISHED[paper.title])
        for paper in library.papers()
        if paper.review != WISHED[paper.title]
    ]
    return journal.write(library, changes, Journal(), command="attach")


def assert_told_truly(setting: Setting) -> None:
    """What the journal says of each paper is what the server holds, once the run was judged."""
    journal.recover(setting.library(), Journal())
    for ran in Journal().runs():
        assert ran.ended
        for outcome in ran.outcomes:
            change = outcome.change
            parts = [
                (change.before.priority, change.after.priority, priority(setting, change.paper)),
                (change.before.text, change.after.text, text(setting, change.paper)),
            ]
            made = {now == after for before, after, now in parts if before != after}
            expected = {True: Status.DONE, False: Status.FAILED}
            status = Status.PARTLY if len(made) > 1 else expected[made.pop()]
            assert outcome.status is status, outcome


def assert_as_wished(setting: Setting, number: int) -> None:
    """One note and one tag a reviewed paper; what was there else stays, in the trash if need be."""
    for item in list(setting.store.all_items()):
        if item["itemType"] != "note":
            wished = WISHED[item["title"]]
            assert (priority(setting, item["key"]), text(setting, item["key"])) == (
                wished.priority,
                wished.text,
            ), number
            assert OTHERS in item["tags"]
    notes = [item for item in setting.store.all_items() if item["itemType"] == "note"]
    assert len(notes) == PAPERS, number
    trashed = sorted(to_markdown(note["note"]) for note in notes if note.get("deleted"))
    assert trashed == ["goes", "goes too"]


def priority(setting: Setting, item: str) -> str | None:
    found = [
        level
        for tag in setting.store.item(item)["tags"]
        if (level := DEFAULT_SCALE.by_tag(tag["tag"]))
    ]
    assert len(found) < 2
    return found[0].id if found else None


def text(setting: Setting, item: str) -> str:
    notes = setting.store.notes(item)
    assert len(notes) < 2
    assert all(note["tags"] == [{"tag": "bibnotes"}] for note in notes)
    return to_markdown(notes[0]["note"]) if notes else ""
