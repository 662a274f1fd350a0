from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bibnotes.base import Agreed, Base, after_undo, after_undo_on_both, met, took_back
from bibnotes.errors import BibnotesError, UsageError
from bibnotes.journal import Run
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.scale import DEFAULT_SCALE, Scale

AGREED = Agreed("mellor21a", "ABCD2345", Review("close-read", "读\n\ntext"))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.md"
    path.write_text("…")
    return path


def test_a_pair_that_never_met_has_no_base(sheet: Path) -> None:
    assert Base(sheet, "bibtex:/refs.bib").load() == {}
    assert not (sheet.parent / ".bibnotes").exists()


def test_what_was_agreed_is_there_on_the_next_run(sheet: Path) -> None:
    Base(sheet, "bibtex:/refs.bib").save([AGREED])
    assert Base(sheet, "bibtex:/refs.bib").load() == {"ABCD2345": AGREED}
    assert Base(sheet, "bibtex:/other.bib").load() == {}


def test_saving_the_same_writes_nothing(sheet: Path) -> None:
    Base(sheet, "x").save([AGREED])
    base = Base(sheet, "x")
    before = base.file.stat().st_mtime_ns
    base.save([AGREED])
    assert base.file.stat().st_mtime_ns == before


def test_a_link_to_the_file_has_the_same_base(sheet: Path) -> None:
    link = sheet.parent / "sub" / "link.md"
    link.parent.mkdir()
    link.symlink_to(sheet)
    Base(link, "x").save([AGREED])
    assert Base(sheet, "x").load() == {"ABCD2345": AGREED}


def test_git_does_not_see_it(sheet: Path) -> None:
    base = Base(sheet, "x")
    base.save([AGREED])
    assert (base.file.parent / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[]",
        '{"bibnotes": 1}',
        '{"bibnotes": 1, "papers": [1]}',
        '{"bibnotes": 1, "papers": [], "scale": [{"id": "skim", "labels": null}]}',
    ],
)
def test_a_damaged_base_is_named_and_never_taken_for_an_empty_one(sheet: Path, data: str) -> None:
    base = Base(sheet, "x")
    base.save([])
    base.file.write_text(data)
    with pytest.raises(BibnotesError, match="is damaged"):
        Base(sheet, "x").load()


def test_a_base_may_not_know_by_which_scale_it_was_read(sheet: Path) -> None:
    base = Base(sheet, "x")
    base.save([AGREED])
    stored = json.loads(base.file.read_text())
    base.file.write_text(json.dumps({**stored, "scale": "0123456789abcdef"}))
    again = Base(sheet, "x")
    assert (again.load(), again.scale) == ({AGREED.other: AGREED}, None)


def test_a_base_of_a_newer_version_is_refused(sheet: Path) -> None:
    base = Base(sheet, "x")
    base.save([])
    base.file.write_text('{"bibnotes": 2, "papers": []}')
    with pytest.raises(UsageError, match="another version"):
        Base(sheet, "x").load()


def test_the_libraries_that_a_file_met_are_known(sheet: Path) -> None:
    assert met(sheet) == []
    Base(sheet, "zotero-web:https://api.zotero.org/user/475001").save([AGREED])
    Base(sheet, "bibtex:/refs.bib").save([AGREED])
    Base(sheet.with_name("reviews.md-2"), "bibtex:/other.bib").save([AGREED])
    (sheet.parent / ".bibnotes" / "reviews.md-damaged.base.json").write_text("{")
    assert sorted(met(sheet)) == [
        "bibtex:/refs.bib",
        "zotero-web:https://api.zotero.org/user/475001",
    ]


@pytest.mark.parametrize("missed", ["local", "zotero", "both", None])
def test_all_that_is_known_of_a_paper_is_kept(sheet: Path, missed: str | None) -> None:
    agreed = replace(AGREED, title="A title", missed=missed, note="NOTE2345")
    Base(sheet, "x").save([agreed], DEFAULT_SCALE)
    base = Base(sheet, "x")
    assert base.load() == {"ABCD2345": agreed}
    assert base.scale == DEFAULT_SCALE


OLD = Review("skim", "old")
NOW = datetime(2021, 7, 18, tzinfo=timezone.utc)


def run(change: Change, undoes: str | None = None) -> Run:
    return Run("1", NOW, "attach", "refs.bib", "x", (Outcome(change, Status.DONE),), undoes)


def test_what_was_undone_is_the_base_no_longer() -> None:
    made = Change("ABCD2345", OLD, AGREED.review)
    runs = [run(made.reversed(), undoes="1"), run(made)]
    assert after_undo({"ABCD2345": AGREED}, runs)["ABCD2345"].review == OLD
    assert after_undo({"ABCD2345": AGREED}, runs[1:])["ABCD2345"].review == AGREED.review


def test_what_was_undone_step_by_step_is_the_base_no_longer() -> None:
    first = Change("ABCD2345", Review(), OLD)
    second = Change("ABCD2345", OLD, AGREED.review)
    runs = [run(first.reversed(), undoes="1"), run(second.reversed(), undoes="2")]
    assert after_undo({"ABCD2345": AGREED}, runs)["ABCD2345"].review == Review()


def test_an_undo_of_what_was_changed_since_is_an_edit() -> None:
    change = Change("ABCD2345", AGREED.review, OLD)
    edit = replace(run(change), id="2")
    undo = replace(run(change.reversed(), undoes="2"), id="3")
    again = replace(run(change, undoes="3"), id="4")
    assert took_back([again, undo, edit], []) == []


def test_an_undo_of_an_older_undo_is_an_edit(sheet: Path) -> None:
    """What it gives back was not there when both agreed: who lacks it did not remove it."""
    change = Change("ABCD2345", AGREED.review, OLD)
    old = run(change, undoes="0")
    again = replace(run(change.reversed(), undoes="1"), id="2")
    base = Base(sheet, "x")
    base.save([AGREED], runs=[old])
    assert base.undone([again, old]) == []


def test_an_undo_of_what_was_done_again_took_back_what_was_agreed() -> None:
    change = Change("ABCD2345", OLD, AGREED.review)
    first = replace(run(change), id="1")
    undo = replace(run(change.reversed(), undoes="1"), id="2")
    again = replace(run(change, undoes="2"), id="3")
    back = replace(run(change.reversed(), undoes="3"), id="4")
    assert took_back([back], [again, undo, first]) == [back]


def test_what_was_taken_back_and_done_again_is_as_it_was() -> None:
    """Also for a pair that never had the text, of which the undo took nothing back."""
    made = Change("ABCD2345", OLD, AGREED.review)
    first = replace(run(made), id="0")
    undo = replace(run(made.reversed(), undoes="0"), id="2")
    again = replace(run(made, undoes="2"), id="3")
    back = replace(run(made.reversed(), undoes="3"), id="4")
    assert took_back([again, undo], [first]) == []
    assert took_back([back, again, undo], [first]) == [back]


def test_what_could_not_be_done_again_is_taken_back() -> None:
    made = Change("ABCD2345", OLD, AGREED.review)
    first = replace(run(made), id="0")
    undo = replace(run(made.reversed(), undoes="0"), id="2")
    missing = Outcome(made, Status.MISSING)
    again = replace(run(made, undoes="2"), id="3", outcomes=(missing,))
    assert took_back([again, undo], [first]) == [undo]


def test_of_a_paper_the_part_that_could_not_be_done_again_is_taken_back() -> None:
    made = Change(
        "ABCD2345", replace(OLD, priority="close-read"), replace(AGREED.review, priority="skim")
    )
    known = {"ABCD2345": replace(AGREED, review=made.after)}
    first = replace(run(made), id="0")
    undo = replace(run(made.reversed(), undoes="0"), id="2")
    priority, _ = made.parts
    again = replace(run(priority, undoes="2"), id="3")
    (agreed,) = after_undo(known, took_back([again, undo], [first])).values()
    assert agreed.review == Review("skim", "old")


def test_what_is_agreed_again_after_an_undo_is_the_base(sheet: Path) -> None:
    undo = run(Change("ABCD2345", AGREED.review, OLD), undoes="0")
    Base(sheet, "x").save([AGREED])
    base = Base(sheet, "x")
    base.load()
    base.save([AGREED], runs=[undo])
    assert base.since([undo]) == []


def test_a_run_that_left_the_base_the_same_is_known_to_it(sheet: Path) -> None:
    """It may have brought back what a program removed; to undo it is no edit."""
    change = Change("ABCD2345", OLD, AGREED.review)
    first, brought_back = run(change), replace(run(change), id="2")
    base = Base(sheet, "x")
    base.save([AGREED], runs=[first])
    base.save([AGREED], runs=[brought_back, first])
    undo = replace(run(change.reversed(), undoes="2"), id="3")
    again = Base(sheet, "x")
    assert again.load()
    assert again.undone([undo, brought_back, first]) == [undo]


def test_only_a_run_on_the_pair_is_a_reason_to_write_the_same_base(sheet: Path) -> None:
    base = Base(sheet, "x")
    base.save([AGREED])
    before = base.file.read_bytes()
    elsewhere = replace(run(Change("a", OLD, Review())), address="bibtex:/other.bib")
    base.save([AGREED], runs=[elsewhere])
    assert base.file.read_bytes() == before
    base.save([AGREED], runs=[replace(elsewhere, address=f"sheet:{sheet.resolve()}")])
    assert base.file.read_bytes() != before


def test_undoing_a_priority_leaves_the_text_of_the_base() -> None:
    made = Change("ABCD2345", replace(AGREED.review, priority="skim"), AGREED.review)
    (agreed,) = after_undo({"ABCD2345": AGREED}, [run(made.reversed(), undoes="1")]).values()
    assert agreed.review == Review("skim", AGREED.review.text)


def test_an_undo_by_another_scale_leaves_no_priority_agreed() -> None:
    made = Change("ABCD2345", Review("later", "x"), Review(None, "x"))
    undo = replace(run(made, undoes="1"), scale=Scale(DEFAULT_SCALE.levels[:2]))
    known = {"ABCD2345": replace(AGREED, review=Review("skim", "x"))}
    (agreed,) = after_undo(known, [undo], DEFAULT_SCALE).values()
    assert agreed.review == Review(None, "x")
    assert after_undo(known, [undo]) == known


def test_what_was_undone_on_both_sides_is_the_base_no_more() -> None:
    known = {"ABCD2345": AGREED}
    there = Change("ABCD2345", Review("skim", "there"), AGREED.review)
    here = Change("mellor21a", Review("skim", "here"), AGREED.review)
    undone = [run(there.reversed(), undoes="1")], [run(here.reversed(), undoes="1")]
    only_there = after_undo_on_both(known, undone[0], [])
    assert only_there["ABCD2345"].review == Review("skim", "there")
    only_here = after_undo_on_both(known, [], undone[1])
    assert only_here["ABCD2345"].review == Review("skim", "here")
    assert after_undo_on_both(known, *undone)["ABCD2345"].review == Review()
    assert after_undo_on_both(known, [], []) == known


def test_what_was_undone_of_a_paper_whose_key_was_that_of_one_that_is_gone() -> None:
    """The base keeps what is gone, since it may come back, under the key that it had."""
    gone = replace(AGREED, other="GONE2345", review=Review(), missed="both")
    undone = [run(Change("mellor21a", AGREED.review, Review("skim", "here")), undoes="1")]
    for order in ([AGREED, gone], [gone, AGREED]):
        after = after_undo_on_both({one.other: one for one in order}, [], undone)
        assert after["ABCD2345"].review == Review("skim", "here")
        assert after["GONE2345"] == gone


def test_an_undo_from_before_the_base_was_stored_says_nothing(sheet: Path) -> None:
    undo = run(Change("ABCD2345", AGREED.review, OLD), undoes="0")
    base = Base(sheet, "x")
    base.save([AGREED], runs=[undo])
    again = Base(sheet, "x")
    assert again.load()
    assert again.since([replace(undo, id="2"), undo]) == [replace(undo, id="2")]
