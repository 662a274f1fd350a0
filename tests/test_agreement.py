from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.agreement import (
    Whole,
    completed,
    is_much,
    merged,
    once,
    remembered,
    removes,
    with_history,
    without_removals,
)
from bibnotes.base import Agreed
from bibnotes.match import Candidate, Doubt
from bibnotes.merge import Merged
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE

PAPER = Paper("key", "key", title="Weight Sharing Considered Slowly")
OLD, NEW = Review("skim", "old"), Review("close-read", "new")
AGREED = Agreed("key", "ITEM2345", OLD, title=PAPER.title)


def said(review: Review, stamp: Review | None = None, **says: bool) -> Whole:
    return Whole(replace(PAPER, review=review), stamp.digest() if stamp else None, **says)


def test_what_is_said_twice_counts_for_nothing() -> None:
    one, other = said(OLD), Whole(replace(PAPER, id="other"))
    by_id, repeated = once([one, other, one])
    assert by_id == {"other": other}
    assert repeated == [one, one]


def test_a_pair_is_remembered_as_long_as_both_ids_mean_the_same_paper() -> None:
    another = replace(PAPER, title="Bandits for the Patient Architect")
    assert remembered({"key": said(OLD)}, [AGREED]) == {"key": "ITEM2345"}
    assert remembered({}, [AGREED]) == {}
    assert remembered({"key": Whole(another)}, [AGREED]) == {}
    there = replace(another, id="ITEM2345")
    agreed = replace(AGREED, other_title=PAPER.title)
    assert remembered({"key": said(OLD)}, [agreed], [there]) == {}
    assert remembered({"key": said(OLD)}, [AGREED], [there]) == {"key": "ITEM2345"}


NEAR = replace(PAPER, title="Weight Sharing Considered Harmful")


def test_a_near_title_is_the_same_paper_if_it_brought_its_text_along() -> None:
    edited = Review("close-read", OLD.text)
    assert remembered({"key": Whole(replace(NEAR, review=edited))}, [AGREED]) == {"key": "ITEM2345"}
    assert remembered({"key": Whole(replace(NEAR, review=NEW))}, [AGREED]) == {}


def test_that_neither_has_a_text_does_not_make_a_near_title_the_same_paper() -> None:
    """Nor a priority: there are few of them."""
    marked = Review("skim")
    agreed = replace(AGREED, review=marked)
    for review in (Review(), marked):
        assert remembered({"key": Whole(replace(NEAR, review=review))}, [agreed]) == {}
    silent = Whole(replace(NEAR, review=marked), says_text=False)
    assert remembered({"key": silent}, [AGREED]) == {}
    there = replace(NEAR, id="ITEM2345", review=marked)
    agreed = replace(agreed, other_title=PAPER.title)
    assert remembered({"key": said(marked)}, [agreed], [there]) == {}


def test_a_doubt_says_with_which_candidate_the_paper_was_paired_before() -> None:
    doubt = Doubt(PAPER, tuple(Candidate(replace(PAPER, id=item), "why") for item in ("A", "B")))
    told = with_history(doubt, {"A": replace(AGREED, local="other"), "B": AGREED})
    assert [one.why for one in told.candidates] == ["why", "why; paired with it before"]


def test_what_a_statement_does_not_say_follows_the_other_library() -> None:
    assert completed(said(Review(None, "new"), says_priority=False), OLD) == Review("skim", "new")
    assert completed(said(Review("close-read"), says_text=False), OLD) == Review(
        "close-read", "old"
    )
    assert completed(said(NEW), OLD) == NEW


def result(mine: Review, theirs: Review, stamp: Review | None, **more: object) -> Merged:
    known = more.pop("known", None)
    return merged(said(mine, stamp), mine, theirs, known, DEFAULT_SCALE, **more)


def test_the_review_whose_hash_a_sheet_names_is_the_base() -> None:
    assert result(NEW, OLD, OLD) == Merged(NEW)
    assert result(OLD, NEW, OLD) == Merged(NEW)


def test_a_hash_of_what_nobody_has_is_a_conflict_in_what_differs() -> None:
    gone = Review("interesting", "gone")
    assert result(OLD, replace(OLD, text="new"), gone) == Merged(OLD, False, True)


def test_the_hash_of_the_last_run_stands_for_what_was_agreed_then() -> None:
    stamp = Review("interesting", "made from this")
    known = replace(AGREED, mark=stamp.digest())
    assert result(NEW, OLD, stamp, known=known) == Merged(NEW)


def test_what_the_other_library_says_again_is_a_change_of_what_was_agreed_since() -> None:
    """The hash stays where a section says no priority; the text that it is of was put back."""
    known = replace(AGREED, review=NEW, mark=OLD.digest())
    for two_way in (False, True):
        assert result(NEW, OLD, OLD, known=known, two_way=two_way) == Merged(OLD)
    assert result(NEW, OLD, OLD, known=replace(known, mark="another")) == Merged(NEW)


def test_between_two_libraries_an_unedited_sheet_is_no_reason_to_overwrite_it() -> None:
    assert result(OLD, NEW, OLD, two_way=True).conflict
    assert result(OLD, NEW, OLD, two_way=True, known=AGREED) == Merged(NEW)


def test_nor_is_an_older_sheet_that_was_edited() -> None:
    """A copy that came back, of a time before what both agreed on since."""
    older = Review("interesting", "older")
    known = replace(AGREED, mark=OLD.digest())
    assert result(NEW, OLD, older, two_way=True, known=known).conflict
    assert result(NEW, OLD, OLD, two_way=True, known=known) == Merged(NEW)


def test_what_a_doubted_side_lacks_is_copied_there() -> None:
    mine, theirs = Review("skim"), Review(None, "old")
    for doubted, review in [
        ((), Review()),
        ((mine,), Review(None, "old")),
        ((theirs,), Review("skim")),
        ((mine, theirs), OLD),
    ]:
        assert result(mine, theirs, None, known=AGREED, doubted=doubted) == Merged(review)


def test_a_base_keeps_what_no_side_lacks() -> None:
    assert without_removals(OLD, NEW, OLD) == OLD
    assert without_removals(OLD, NEW, Review("skim")) == Review("skim")
    assert without_removals(OLD) == OLD


def test_a_change_that_leaves_less_is_a_removal() -> None:
    assert removes(OLD, Review("skim"))
    assert removes(OLD, Review(None, "new"))
    assert not removes(OLD, NEW)
    assert not removes(Review(), NEW)


@pytest.mark.parametrize(
    ("removals", "reviews", "much"),
    [(0, 0, False), (1, 5, False), (1, 4, True), (10, 100, False), (11, 100, True)],
)
def test_over_ten_removals_or_over_a_fifth_are_much(
    removals: int, reviews: int, much: bool
) -> None:
    assert is_much(removals, reviews) is much
