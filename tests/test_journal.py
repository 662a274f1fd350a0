from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bibnotes import files
from bibnotes.errors import (
    BibnotesError,
    ConflictError,
    NotAllowedError,
    NotFoundError,
    NotReachableError,
    UsageError,
)
from bibnotes.journal import (
    Journal,
    Run,
    State,
    apply_prepared,
    changes_back,
    note_nothing_left,
    recover,
    write,
)
from bibnotes.library import Library
from bibnotes.model import Change, Outcome, Paper, Review, Status
from bibnotes.scale import Level, Scale
from tests import faults
from tests.contract.memory import MemoryLibrary
from tests.tiny_library import TinyLibrary

TINY = [sys.executable, str(Path(__file__).with_name("tiny_library.py"))]
posix = pytest.mark.skipif(os.name == "nt", reason="as POSIX has it")
needs_strace = pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not() or "it works")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


def papers(*keys: str) -> MemoryLibrary:
    return MemoryLibrary(Paper(id=key, key=key) for key in keys)


def set_text(library: MemoryLibrary, paper: str, text: str) -> Change:
    return Change(paper, library.review(paper), Review(library.review(paper).priority, text))


def undo(run: Run, library: Library, journal: Journal) -> list[Outcome]:
    """As the command does it."""
    return write(
        library, changes_back(run, library, journal), journal, command="undo", undoes=run.id
    )


def statuses(outcomes: list[Outcome] | tuple[Outcome, ...]) -> list[Status]:
    return [outcome.status for outcome in outcomes]


def names(journal: Journal) -> list[str]:
    return sorted(files.names_in(journal.folder))


def reopen(journal: Journal, run_id: str, keep: int | None = None) -> Path:
    """Make the run look as if its process had died when the file had this many bytes."""
    closed = journal.folder / f"{run_id}.jsonl"
    path = closed.rename(closed.with_suffix(".open"))
    path.write_bytes(path.read_bytes()[:keep])
    return path


def plan_of(path: Path) -> bytes:
    """The head and the one change of a run."""
    return b"".join(path.read_bytes().splitlines(keepends=True)[:2])


# Writing


def test_a_run_is_noted_with_the_old_and_the_new(journal: Journal) -> None:
    library = papers("a", "b")
    change = Change("b", Review(), Review("skim", "一读\n\n再读"))
    assert statuses(write(library, [change], journal, command="set")) == [Status.DONE]
    assert library.review("b") == change.after
    (run,) = journal.runs()
    assert (run.command, run.library, run.address) == ("set", library.name, library.address)
    assert (run.state, run.changes, run.undoes) == (State.DONE, (change,), None)
    assert run.time.tzinfo is not None
    assert names(journal) == [f"{run.id}.jsonl"]


def test_where_nothing_is_planned_nothing_is_noted(journal: Journal) -> None:
    library = papers("a")
    changes = [Change("a", Review(), Review()), Change("x", Review(), Review("skim"))]
    outcomes = write(library, changes, journal, command="set")
    assert statuses(outcomes) == [Status.UNCHANGED, Status.MISSING]
    assert not journal.folder.exists()


def test_outcomes_come_in_the_order_of_the_changes(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "b", "B"), Change("x", Review(), Review("skim"))]
    changes += [Change("a", Review(), Review()), set_text(library, "a", "A")]
    outcomes = write(library, changes, journal, command="attach")
    assert [outcome.change for outcome in outcomes] == changes
    kinds = [Status.DONE, Status.MISSING, Status.UNCHANGED, Status.DONE]
    assert statuses(outcomes) == kinds
    assert [change.paper for change in journal.runs()[0].changes] == ["b", "a"]


def test_what_was_changed_after_it_was_shown_stays(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
    prepared = library.prepare(changes)
    assert "A" in prepared.diff()
    library.meddle = lambda: library.put("a", Review(text="theirs"))
    outcomes = apply_prepared(prepared, library, journal, command="attach")
    assert statuses(outcomes) == [Status.CHANGED, Status.DONE]
    assert library.review("a").text == "theirs"
    assert journal.runs()[0].state is State.PARTLY


def test_an_error_after_something_was_done_is_told_paper_by_paper(journal: Journal) -> None:
    library = papers("a", "b", "c")
    library.fail_after = 1
    changes = [set_text(library, key, "text") for key in ("a", "b", "c")]
    outcomes = write(library, changes, journal, command="attach")
    (run,) = journal.runs()
    assert list(run.outcomes) == outcomes
    assert statuses(run.outcomes) == [Status.DONE, Status.FAILED, Status.FAILED]
    assert run.outcomes[1].reason == run.failure == "The memory does not answer"
    assert run.state is State.PARTLY
    assert statuses(undo(run, library, journal)) == [Status.DONE]
    assert library.review("a") == Review()


def test_an_error_before_any_change_leaves_nothing_to_undo(journal: Journal) -> None:
    library = papers("a")
    library.fail_after = 0
    with pytest.raises(NotReachableError):
        write(library, [set_text(library, "a", "text")], journal, command="set")
    assert journal.runs()[0].state is State.NOTHING
    assert journal.latest_undoable() is None


@posix
def test_only_its_owner_can_read_the_journal(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (name,) = names(journal)
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((journal.folder / name).stat().st_mode) == 0o600


def test_the_environment_moves_the_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIBNOTES_STATE_DIR", str(tmp_path))
    assert Journal().folder == tmp_path / "journal"
    monkeypatch.delenv("BIBNOTES_STATE_DIR")
    assert Journal().folder.parts[-2:] == ("bibnotes", "journal")


def test_without_a_journal_nothing_is_changed(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    library = papers("a")
    with pytest.raises(BibnotesError):
        write(library, [set_text(library, "a", "text")], Journal(in_the_way), command="set")
    assert library.review("a") == Review()


@posix
def test_a_state_folder_that_cannot_be_written_can_be_moved(tmp_path: Path) -> None:
    library, folder = papers("a"), faults.open_to_all(tmp_path)
    folder.chmod(0o555)

    def attempt() -> None:
        for journal in (Journal(folder), Journal(folder / "journal")):
            with pytest.raises(NotAllowedError, match="permission denied") as caught:
                write(library, [set_text(library, "a", "text")], journal, command="set")
            assert "BIBNOTES_STATE_DIR" in caught.value.hint
        assert library.review("a") == Review()

    faults.in_child(attempt, as_nobody=True)
    folder.chmod(0o755)


any_text = st.text(st.characters(), max_size=20)
reviews = st.builds(
    Review, st.sampled_from([None, "skim", "精读"]), any_text, st.sampled_from([(), ("skim",)])
)


@settings(max_examples=50, deadline=None)
@given(before=reviews, after=reviews)
def test_any_review_is_noted_and_comes_back(
    before: Review, after: Review, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = Journal(tmp_path_factory.mktemp("any"))
    library = MemoryLibrary([Paper(id="a", key="a", review=before)])
    change = Change("a", before, after)
    if write(library, [change], journal, command="set")[0].status is Status.DONE:
        (run,) = journal.runs()
        assert run.changes == (change,)
        undo(run, library, journal)
    assert library.review("a") == before


# Undo


def test_undo_takes_a_run_back_with_what_the_library_noted(journal: Journal) -> None:
    library = MemoryLibrary([Paper(id="a", key="a", review=Review("skim", "old", ("close-read",)))])
    before = library.review("a")
    write(library, [Change("a", before, Review("close-read", "new"))], journal, command="set")
    (run,) = journal.runs()
    assert statuses(undo(run, library, journal)) == [Status.DONE]
    assert library.review("a") == before
    assert library.taken_back == [{"was": "old"}]
    taking_back, taken_back = journal.runs()
    assert (taking_back.command, taking_back.undoes) == ("undo", run.id)
    assert (taken_back.state, taken_back.undone_by) == (State.UNDONE, taking_back.id)


def test_undo_leaves_what_somebody_changed_since(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
    write(library, changes, journal, command="attach")
    library.put("a", Review(text="theirs"))
    outcomes = undo(journal.runs()[0], library, journal)
    assert {one.change.paper: one.status for one in outcomes} == {
        "a": Status.CHANGED,
        "b": Status.DONE,
    }
    assert (library.review("a").text, library.review("b").text) == ("theirs", "")


class TestAnUndoOfAPart:
    """What an undo has to leave stays to be taken back; what is gone is asked for no more."""

    @pytest.fixture
    def library(self, journal: Journal) -> MemoryLibrary:
        """A library with a run on two papers, of which somebody edited one before the undo."""
        library = papers("a", "b")
        changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
        write(library, changes, journal, command="attach")
        library.put("a", Review(text="theirs"))
        undo(journal.runs()[0], library, journal)
        return library

    def test_the_run_can_be_undone_still(self, library: MemoryLibrary, journal: Journal) -> None:
        first, run = journal.runs()
        assert (run.state, run.undone_by) == (State.PARTLY_UNDONE, None)
        assert [outcome.change.paper for outcome in run.left] == ["a"]
        assert {one.change.paper: one.status for one in first.outcomes} == {
            "a": Status.CHANGED,
            "b": Status.DONE,
        }
        assert first.state is State.PARTLY
        assert journal.latest_undoable() == run

    def test_the_next_one_takes_back_the_rest(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        library.put("a", Review(text="A"))
        (outcome,) = undo(journal.runs()[1], library, journal)
        assert (outcome.change.paper, outcome.status) == ("a", Status.DONE)
        second, _, run = journal.runs()
        assert (run.state, run.undone_by) == (State.UNDONE, second.id)
        assert journal.latest_undoable() is None

    def test_where_nothing_more_can_be_done_nothing_more_is_noted(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        before = names(journal)
        assert statuses(undo(journal.runs()[1], library, journal)) == [Status.CHANGED]
        assert names(journal) == before

    @pytest.mark.parametrize("text", ["theirs", "A"])
    def test_what_it_took_back_stands_again_when_it_is_undone(
        self, library: MemoryLibrary, journal: Journal, text: str
    ) -> None:
        library.put("a", Review(text=text))
        first, run = journal.runs()
        undo(run, library, journal)  # the rest, or once more nothing
        undo(first, library, journal)
        assert library.review("b").text == "B"
        left = journal.latest_undoable()
        assert left is not None
        assert [outcome.change.paper for outcome in left.left] == (
            ["b"] if text == "A" else ["a", "b"]
        )
        undo(left, library, journal)
        assert library.review("b") == Review()
        assert (journal.latest_undoable() is None) == (text == "A")

    def test_what_somebody_took_back_by_hand_is_gone(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        write(
            library,
            [set_text(library, "a", "one"), set_text(library, "b", "two")],
            journal,
            command="set",
        )
        library.put("a", Review(text="theirs"))
        assert set(statuses(undo(journal.runs()[0], library, journal))) == {
            Status.DONE,
            Status.UNCHANGED,
        }
        assert journal.runs()[1].state is State.UNDONE

    def test_an_undone_run_that_a_copy_of_the_file_brought_back_is_undone_again(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        for text in ("A", "A"):
            library.put("a", Review(text=text))
            undo(journal.find(run_ids(journal)[-1]), library, journal)
            assert library.review("a") == Review()


class TestAnUndoOfAPriorityOnly:
    """What is left of a run is known by part: of a paper the text may have to stay."""

    @pytest.fixture
    def library(self, journal: Journal) -> MemoryLibrary:
        """A library with a run that set both, of which an undo took back the priority."""
        library = papers("a")
        write(library, [Change("a", Review(), Review("skim", "mine"))], journal, command="set")
        self.partly(journal, library, Change("a", Review("skim", "mine"), Review(None, "mine")))
        library.put("a", Review(text="theirs"))
        return library

    @staticmethod
    def partly(journal: Journal, library: MemoryLibrary, change: Change) -> None:
        """Note an undo of the newest run that could make this part of it only."""
        with journal.opened(
            library, [Outcome(change, Status.PLANNED)], "undo", run_ids(journal)[0]
        ) as record:
            record.note(0, Outcome(change, Status.PARTLY, "its note was changed"))
            record.end()

    def test_what_was_set_again_since_is_not_taken(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        library.put("a", Review("skim", "mine"))
        run = journal.runs()[1]
        assert run.state is State.PARTLY_UNDONE
        assert statuses(undo(run, library, journal)) == [Status.DONE]
        assert library.review("a") == Review("skim")
        assert journal.runs()[2].state is State.UNDONE
        assert journal.latest_undoable() is None

    def test_an_undo_of_it_brings_the_whole_back(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        library.put("a", Review(text="mine"))
        undo(journal.runs()[0], library, journal)
        assert library.review("a") == Review("skim", "mine")
        undo(journal.runs()[2], library, journal)
        assert library.review("a") == Review()

    def test_a_part_that_is_found_to_be_made_only_while_it_is_written_is_noted_too(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        change = Change("a", Review(text="theirs"), Review("close-read", "new"))
        priority, _ = change.parts
        planned = library.prepare([change]).outcomes
        with journal.opened(library, planned, "set", None) as record:
            record.report(replace(planned[0], change=priority, status=Status.PARTLY))
            record.end()
        (outcome,) = journal.runs()[0].outcomes
        assert (outcome.change, outcome.restore) == (priority, planned[0].restore)
        library.put("a", Review("close-read", "new"))
        undo(journal.runs()[0], library, journal)
        assert library.review("a") == Review(text="new")

    def test_what_an_undo_of_an_undo_had_to_leave_stays_gone(
        self, library: MemoryLibrary, journal: Journal
    ) -> None:
        library.put("a", Review(text="mine"))
        undo(journal.runs()[1], library, journal)
        self.partly(journal, library, Change("a", Review(), Review(text="mine")))
        (left,) = journal.runs()[3].left
        assert left.change == Change("a", Review(), Review(text="mine"))


def run_ids(journal: Journal) -> list[str]:
    return [run.id for run in journal.runs()]


@pytest.mark.parametrize("dies", [False, True])
def test_two_changes_of_one_paper_are_taken_back_the_last_one_first(
    journal: Journal, tmp_path: Path, dies: bool
) -> None:
    library = TinyLibrary(tmp_path / "lib.tsv")
    library.path.write_text('a\t\t""\n')
    reviews = [Review(), Review("skim"), Review("close-read", "text")]
    changes = [Change("a", before, after) for before, after in pairwise(reviews)]
    write(library, changes, journal, command="set")
    (run,) = journal.runs()
    if dies:
        lines = (journal.folder / f"{run.id}.jsonl").read_bytes().splitlines(keepends=True)
        reopen(journal, run.id, len(b"".join(lines[:3])))
    assert statuses(undo(run, library, journal)) == [Status.DONE, Status.DONE]
    assert library.review("a") == Review()
    assert journal.latest_undoable() is None


def test_a_run_tells_the_citation_keys_of_its_papers(journal: Journal) -> None:
    library = papers("a")
    change = set_text(library, "a", "text")
    planned = [replace(outcome, key="ana21") for outcome in library.prepare([change]).outcomes]
    with journal.opened(library, planned, "set", None) as record:
        record.note(0, replace(planned[0], status=Status.DONE))
        record.end()
    assert [outcome.name for outcome in journal.runs()[0].outcomes] == ["ana21"]


def test_undo_again_and_again_walks_back(journal: Journal) -> None:
    library = papers("a")
    for text in ("one", "two", "three"):
        write(library, [set_text(library, "a", text)], journal, command="set")
    seen = []
    while run := journal.latest_undoable():
        undo(run, library, journal)
        seen.append(library.review("a").text)
    assert seen == ["two", "one", ""]


def test_an_undo_can_be_undone(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    undo(run, library, journal)
    undo(journal.runs()[0], library, journal)
    assert library.review("a").text == "text"
    assert journal.latest_undoable() == run


def nothing_left(run: Run, library: MemoryLibrary, journal: Journal) -> None:
    """As the command ends where somebody made by hand all that an undo was to make."""
    ends = library.prepare(changes_back(run, library, journal)).outcomes
    assert set(statuses(tuple(ends))) == {Status.UNCHANGED}
    note_nothing_left(run, ends, library, journal)


def test_what_an_undo_took_back_and_somebody_made_again_stands(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
    write(library, changes, journal, command="set")
    library.put("b", Review(text="theirs"))
    undo(journal.runs()[0], library, journal)
    library.put("b", Review(text="B"))
    undo(journal.runs()[1], library, journal)
    first = journal.runs()[1]
    library.put("a", Review(text="A"))
    nothing_left(first, library, journal)
    run = journal.runs()[-1]
    assert [outcome.change.paper for outcome in run.left] == ["a"]  # the other undo took back b
    assert journal.find(first.id).state is State.UNDONE
    undo(run, library, journal)
    assert library.review("a") == Review()


def test_of_two_undos_the_one_that_took_something_back_counts(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    planned = library.prepare(changes_back(run, library, journal)).outcomes
    with journal.opened(library, planned, "undo", run.id) as record:
        library.put("a", Review())
        nothing_left(run, library, journal)  # before the other one could say that it was faster
        record.note(0, replace(planned[0], status=Status.DONE))
        record.end()
    slower, faster, undone = journal.runs()
    assert (undone.undone_by, slower.undoes) == (faster.id, run.id)
    nothing_left(run, library, journal)
    assert len(journal.runs()) == 3


def test_an_undo_that_had_nothing_to_leave_is_done(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
    write(library, changes, journal, command="set")
    library.put("a", Review())
    undo(journal.runs()[0], library, journal)
    assert [run.state for run in journal.runs()] == [State.DONE, State.UNDONE]
    write(library, [set_text(library, "a", "A")], journal, command="set")
    library.put("a", Review())
    nothing_left(journal.runs()[0], library, journal)
    assert [run.state for run in journal.runs()][:2] == [State.DONE, State.UNDONE]


def test_undo_is_for_the_library_of_the_run(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    other = MemoryLibrary(library.papers(), address="memory:2")
    with pytest.raises(UsageError, match="changed the library in memory"):
        undo(journal.runs()[0], other, journal)
    assert other.review("a").text == "text"


_LEVEL = Level(
    "tiresome", {"en": "Tiresome", "zh": "无聊"}, {"en": "tiresome", "zh": "无聊"}, ("dull",)
)
OTHER_SCALE = Scale((_LEVEL,))


def test_a_run_keeps_its_scale(journal: Journal) -> None:
    library = MemoryLibrary([Paper(id="a", key="a")], scale=OTHER_SCALE)
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    assert run.scale == OTHER_SCALE
    assert statuses(undo(run, library, journal)) == [Status.DONE]


def test_a_run_is_not_judged_by_another_scale(journal: Journal) -> None:
    library = MemoryLibrary([Paper(id="a", key="a")], scale=OTHER_SCALE)
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    reopen(journal, run.id, len(plan_of(journal.folder / f"{run.id}.jsonl")))
    other = MemoryLibrary(library.papers())
    with pytest.raises(UsageError, match="another scale"):
        changes_back(run, other, journal)
    recover(other, journal)
    assert journal.runs()[0].state is State.INTERRUPTED
    assert statuses(undo(run, library, journal)) == [Status.DONE]


# Finding runs


def test_ids_follow_the_order_of_runs_whatever_the_clock_says(journal: Journal) -> None:
    journal.folder.mkdir()
    (journal.folder / "29991231-2359-99.jsonl").touch()
    library = papers("a")
    for text in ("one", "two"):
        write(library, [set_text(library, "a", text)], journal, command="set")
    ids = ["29991231-2359-101", "29991231-2359-100"]
    assert [run.id for run in journal.runs()] == ids
    assert [run.changes[0].after.text for run in journal.runs()] == ["two", "one"]


def test_a_run_is_found_by_the_beginning_of_its_id(journal: Journal) -> None:
    library = papers("a")
    for text in ("one", "two"):
        write(library, [set_text(library, "a", text)], journal, command="set")
    newer, older = journal.runs()
    assert journal.find(older.id) == older
    with pytest.raises(NotFoundError, match="no run 1999"):
        journal.find("1999")
    with pytest.raises(UsageError, match="2 runs begin with"):
        journal.find("20")
    (journal.folder / f"{newer.id}.jsonl").unlink()
    assert journal.find("20") == older


def test_an_id_is_found_though_another_begins_with_it(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "one")], journal, command="set")
    (run,) = journal.runs()
    path = journal.folder / f"{run.id}.jsonl"
    (journal.folder / f"{run.id}0.jsonl").write_bytes(path.read_bytes())
    assert journal.find(run.id).id == run.id


# Interrupted runs


def test_a_run_that_dies_at_any_byte_of_its_file_is_settled(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    whole = (journal.folder / f"{run.id}.jsonl").read_bytes()
    planned = len(plan_of(journal.folder / f"{run.id}.jsonl"))
    for size in range(len(whole) + 1):
        (journal.folder / f"{run.id}.jsonl").write_bytes(whole)
        reopen(journal, run.id, size)
        assert journal.problems() == []
        recover(library, journal)
        if size < planned:  # no change is made before the plan is whole
            assert names(journal) == []
        else:
            assert names(journal) == [f"{run.id}.jsonl"]
            (settled,) = journal.runs()
            assert (settled.state, settled.outcomes) == (State.DONE, run.outcomes)


def test_a_run_that_died_before_its_change_did_nothing(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    reopen(journal, run.id, len(plan_of(journal.folder / f"{run.id}.jsonl")))
    library.put("a", Review())
    assert journal.runs()[0].state is State.INTERRUPTED
    assert changes_back(journal.runs()[0], library, journal) == []
    (settled,) = journal.runs()
    assert settled.state is State.NOTHING
    assert settled.outcomes[0].reason == "the run was interrupted"


def test_what_somebody_changed_after_an_interrupted_run_stays(journal: Journal) -> None:
    library = papers("a", "b")
    changes = [set_text(library, "a", "A"), set_text(library, "b", "B")]
    write(library, changes, journal, command="set")
    (run,) = journal.runs()
    lines = (journal.folder / f"{run.id}.jsonl").read_bytes().splitlines(keepends=True)
    reopen(journal, run.id, len(b"".join(lines[:3])))
    library.put("a", Review(text="theirs"))
    library.remove("b")
    recover(library, journal)
    (settled,) = journal.runs()
    assert statuses(settled.outcomes) == [Status.UNKNOWN, Status.UNKNOWN]
    assert settled.state is State.INTERRUPTED
    for _ in range(2):  # it may have been written, so it is looked at each time
        assert journal.latest_undoable() == settled
        outcomes = undo(settled, library, journal)
        assert {one.change.paper: one.status for one in outcomes} == {
            "a": Status.CHANGED,
            "b": Status.MISSING,
        }
    library.put("a", Review(text="A"))
    library.add(Paper(id="b", key="b"))
    assert statuses(undo(settled, library, journal)) == [Status.UNCHANGED, Status.DONE]
    assert journal.latest_undoable() is None


def test_the_run_of_another_library_is_left_for_its_own(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    reopen(journal, run.id, len(plan_of(journal.folder / f"{run.id}.jsonl")))
    recover(MemoryLibrary(library.papers(), address="memory:2"), journal)
    assert journal.runs()[0].state is State.INTERRUPTED
    recover(library, journal)
    assert journal.runs()[0].state is State.DONE


def test_the_next_write_settles_what_died_before(journal: Journal) -> None:
    library = papers("a", "b")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    (run,) = journal.runs()
    reopen(journal, run.id, len(plan_of(journal.folder / f"{run.id}.jsonl")))
    write(library, [set_text(library, "b", "text")], journal, command="set")
    assert [one.state for one in journal.runs()] == [State.DONE, State.DONE]
    assert journal.open_runs() == []


STARTING = """
import sys
from pathlib import Path
from bibnotes import files
with files.hold(Path(sys.argv[1]), wait=0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_that_has_just_begun_keeps_its_lock(journal: Journal) -> None:
    files.make_folder(journal.folder)
    lock = journal.folder / "20261124-0915-01.lock"
    command = [sys.executable, "-c", STARTING, str(lock)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "held\n"
        recover(papers("a"), journal)
        assert names(journal) == [lock.name]
        process.kill()
    recover(papers("a"), journal)
    assert names(journal) == []


AT_WORK = """
import sys
from pathlib import Path
from bibnotes.journal import Journal, write
from bibnotes.model import Change, Paper, Review
from tests.contract.memory import MemoryLibrary

def work():
    print("at work", flush=True)
    sys.stdin.read()

library = MemoryLibrary([Paper(id="a", key="a")])
library.meddle = work
write(library, [Change("a", Review(), Review("skim"))], Journal(Path(sys.argv[1])), command="set")
"""


def test_a_run_at_work_is_left_alone_until_it_dies(journal: Journal) -> None:
    library = papers("a", "b")
    command = [sys.executable, "-c", AT_WORK, str(journal.folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "at work\n"
        (run,) = journal.runs()
        with pytest.raises(ConflictError, match="still at work"):
            undo(run, library, journal)
        write(library, [set_text(library, "b", "meanwhile")], journal, command="set")
        assert [one.state for one in journal.runs()] == [State.DONE, State.INTERRUPTED]
        process.kill()
    recover(library, journal)
    assert [one.state for one in journal.runs()] == [State.DONE, State.NOTHING]


# Damage


def test_a_damaged_file_is_named_and_the_others_are_read(journal: Journal) -> None:
    library = papers("a")
    for text in ("one", "two", "three"):
        write(library, [set_text(library, "a", text)], journal, command="set")
    three, two, one = journal.runs()
    path = journal.folder / f"{two.id}.jsonl"
    head, change, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([head, change[:20], b"\n", *rest]))
    assert journal.runs() == [three, one]
    (problem,) = journal.problems()
    assert (problem.source.file, problem.source.line) == (str(path), 2)
    with pytest.raises(BibnotesError, match=f"{two.id} did cannot be read"):
        journal.find(two.id)


def test_a_run_that_does_not_tell_its_scale_is_undone_by_the_one_in_use(journal: Journal) -> None:
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    path = journal.folder / f"{journal.runs()[0].id}.jsonl"
    head, *rest = path.read_text().splitlines(keepends=True)
    told = json.loads(head)
    del told["scale"]
    path.write_text("".join([json.dumps(told) + "\n", *rest]))
    undo(journal.runs()[0], library, journal)
    assert [paper.review.text for paper in library.papers()] == [""]


@pytest.mark.parametrize(
    "head",
    [
        {"bibnotes": 2},
        {"bibnotes": 1},
        {"bibnotes": 1, "changes": "many"},
        {"bibnotes": 1, "changes": 0, "time": "yesterday"},
        [],
    ],
)
@pytest.mark.parametrize("kind", ["jsonl", "open"])
def test_a_head_that_makes_no_sense_stops_nothing(
    journal: Journal, head: object, kind: str
) -> None:
    journal.folder.mkdir()
    (journal.folder / f"20261124-0915-01.{kind}").write_text(json.dumps(head) + "\n")
    library = papers("a")
    write(library, [set_text(library, "a", "text")], journal, command="set")
    assert len(journal.runs()) == 1
    assert len(journal.problems()) == 1


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_damage_is_fatal(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    journal = Journal(tmp_path_factory.getbasetemp() / "damaged")
    if not journal.folder.exists():
        library = papers("a")
        write(library, [set_text(library, "a", "text")], journal, command="set")
    start = data.draw(st.integers(0, len(SAMPLE)))
    end = data.draw(st.integers(start, min(len(SAMPLE), start + 9)))
    junk = data.draw(st.binary(max_size=9))
    (journal.folder / "20000101-0000-01.jsonl").write_bytes(SAMPLE[:start] + junk + SAMPLE[end:])
    assert journal.runs()[0].command == "set"
    assert journal.latest_undoable() is not None
    assert len(journal.problems()) <= 1


SAMPLE = (
    b'{"bibnotes":1,"time":"2000-01-01T00:00:00+08:00","command":"attach","changes":1,'
    b'"library":"refs.bib","address":"/refs.bib","scale":[{"id":"skim","labels":{"en":"Skim"},'
    b'"tags":{"en":"skim"},"also":[],"jabref":""}]}\n'
    b'{"paper":"a","before":{"priority":null,"text":"","also":[]},'
    b'"after":{"priority":"skim","text":"","also":[]},"restore":null}\n'
    b'{"outcome":0,"status":"done","reason":"","restore":null}\n'
    b'{"end":true}\n'
)


# Real processes: killed, out of room, at the same time

OLD = 'a\t\t"unread"\nb\t\t  "old"\n'
NEW = 'a\t\t"unread"\nb\tskim\t"新的"\n'
SET = [*TINY, "lib.tsv", "b", "skim", "新的"]


def fill(folder: Path) -> None:
    (folder / "lib.tsv").write_bytes(OLD.encode())


@needs_strace
def test_a_run_killed_anywhere_loses_nothing(tmp_path: Path) -> None:
    points = []
    for point, folder in faults.killed_runs(SET, fill, tmp_path):
        points.append(point.call)
        library, journal = TinyLibrary(folder / "lib.tsv"), Journal(folder / "state" / "journal")
        found = library.path.read_bytes().decode()
        assert found in (OLD, NEW), point
        recover(library, journal)
        killed = journal.runs()
        assert [run.state for run in killed] in (
            [[State.DONE]] if found == NEW else [[], [State.NOTHING]]
        ), point
        assert the_next_run_goes_on(library, journal), point
        assert_nothing_is_left(folder)
        if found == NEW:
            undo(killed[0], library, journal)
        assert library.path.read_bytes().decode() == OLD, point
    assert {"openat", "write", "fsync", "flock", "rename", "chmod"} <= set(points)


def fill_and_die(folder: Path) -> None:
    """A folder where a run died when it had replaced the file, before it could say so."""
    fill(folder)
    library, journal = TinyLibrary(folder / "lib.tsv"), Journal(folder / "state" / "journal")
    change = Change("b", library.review("b"), Review("skim", "新的"))
    write(library, [change], journal, command="set")
    path = reopen(journal, journal.runs()[0].id)
    path.write_bytes(plan_of(path))
    path.with_suffix(".lock").touch()
    (folder / ".lib.tsv.bibnotes-0a1b2c3d.tmp").write_bytes(b"half")


@needs_strace
def test_a_run_killed_while_it_recovers_another_loses_nothing(tmp_path: Path) -> None:
    command = [*TINY, "lib.tsv", "a", "close-read", "read"]
    newest = NEW.replace('a\t\t"unread"', 'a\tclose-read\t"read"')
    for point, folder in faults.killed_runs(command, fill_and_die, tmp_path):
        library, journal = TinyLibrary(folder / "lib.tsv"), Journal(folder / "state" / "journal")
        found = library.path.read_bytes().decode()
        assert found in (NEW, newest), point
        recover(library, journal)
        killed, first = [None, *journal.runs()][-2:]
        assert first is not None
        assert first.state is State.DONE, point
        assert (killed is not None and killed.state is State.DONE) == (found == newest), point
        while run := journal.latest_undoable():
            undo(run, library, journal)
        assert library.path.read_bytes().decode() == OLD, point
        assert_nothing_is_left(folder)


def the_next_run_goes_on(library: TinyLibrary, journal: Journal) -> bool:
    """Whether another change can be made and taken back."""
    change = Change("a", library.review("a"), Review("close-read", "read"))
    done = write(library, [change], journal, command="set")
    run = journal.latest_undoable()
    return run is not None and statuses([*done, *undo(run, library, journal)]) == [Status.DONE] * 2


def assert_nothing_is_left(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"lib.tsv", ".bibnotes", "state"}
    assert {path.name for path in (folder / ".bibnotes").iterdir()} == {
        "lib.tsv.lock",
        ".gitignore",
    }
    assert (folder / ".bibnotes" / ".gitignore").read_bytes() == b"*\n"
    assert {path.suffix for path in (folder / "state" / "journal").iterdir()} == {".jsonl"}


@posix
@pytest.mark.parametrize(
    ("room", "size", "state"),
    [
        (-1, 0, None),  # not for the plan
        (+1, 9000, State.NOTHING),  # for the plan, not for the file
        (+1, 0, State.DONE),  # for both, but not to note that it was done
    ],
)
def test_a_full_disk_loses_nothing(
    tmp_path: Path, room: int, size: int, state: State | None
) -> None:
    plan = len(plan_of(set_in(tmp_path / "clean")[1]))
    folder = tmp_path / "small"
    more = f'c\t\t"{"x" * size}"\n' if size else ""
    run, _ = set_in(folder, more, room=plan + room)
    done = state is State.DONE
    assert (run.returncode == 0, "file too large" in run.stderr) == (done, not done), run.stderr
    library, journal = TinyLibrary(folder / "lib.tsv"), Journal(folder / "state" / "journal")
    assert library.path.read_bytes().decode() == (NEW if done else OLD) + more
    recover(library, journal)
    assert [one.state for one in journal.runs()] == ([state] if state else [])
    assert the_next_run_goes_on(library, journal)
    assert_nothing_is_left(folder)


def set_in(
    folder: Path, more: str = "", room: int = 10**9
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A run in a folder where no file may become larger than ``room``; and its journal."""
    folder.mkdir(exist_ok=True)
    (folder / "lib.tsv").write_bytes((OLD + more).encode())
    run = subprocess.run(
        SET,
        cwd=folder,
        env=faults.environment(folder),
        preexec_fn=lambda: faults.leave_room_for(room),
        capture_output=True,
        text=True,
        check=False,
    )
    return run, next((folder / "state" / "journal").iterdir(), folder)


def test_runs_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    library, journal = TinyLibrary(tmp_path / "lib.tsv"), Journal(tmp_path / "state" / "journal")
    keys = ["a", "b", "c", "d"]
    library.path.write_text("".join(f'{key}\t\t""\n' for key in keys))
    processes = [
        subprocess.Popen(
            [*TINY, "lib.tsv", key, "skim", key],
            cwd=tmp_path,
            env=faults.environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for key in keys
    ]
    ended = {key: process.communicate() for key, process in zip(keys, processes, strict=True)}
    done = {key for key, (stdout, _) in ended.items() if stdout == b"done\n"}
    meanwhile = (b"FileChangedError", b"ConflictError")  # written, or being written
    refused = {
        key for key, (_, stderr) in ended.items() if any(name in stderr for name in meanwhile)
    }
    assert done
    assert done | refused == set(keys)
    assert {key for key in keys if library.review(key)} == done
    assert len({run.id for run in journal.runs()}) == len(keys)
    assert {run.changes[0].paper for run in journal.runs() if run.done} == done
    assert_nothing_is_left(tmp_path)
