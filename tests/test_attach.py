from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bibnotes.attach import plan
from bibnotes.base import Agreed
from bibnotes.model import Change, Paper, Review
from bibnotes.scale import DEFAULT_SCALE, Scale

OLD = Review("skim", "one\ntwo")


@dataclass(frozen=True)
class Said:
    """A statement of a sheet about the paper k."""

    review: Review
    base: str | None = None
    says_priority: bool = True
    says_text: bool = True
    id: str = "k"

    @property
    def paper(self) -> Paper:
        return Paper(id=self.id, key="k", title="A Title of Some Length", review=self.review)


def planned(said: Said, library: Review, known: Agreed | None = None, **options):
    paper = Paper(id="k", key="k", title="A Title of Some Length", review=library)
    return plan([said], [paper], {"k": known} if known else {}, DEFAULT_SCALE, **options)


def test_an_unedited_digest_changes_nothing_even_if_the_library_moved_on() -> None:
    made = planned(Said(OLD, OLD.digest()), Review("close-read", "new"))
    assert (made.changes, made.conflicts) == ((), ())


def test_an_edited_digest_is_taken_where_the_library_is_as_it_was() -> None:
    made = planned(Said(Review("skim", "edited"), OLD.digest()), OLD)
    assert made.changes == (Change("k", OLD, Review("skim", "edited")),)


def test_where_neither_has_the_hash_it_is_a_conflict() -> None:
    made = planned(Said(Review("skim", "mine"), OLD.digest()), Review("skim", "theirs"))
    assert not made.changes
    assert made.conflicts[0].merged.text_conflict


def test_a_conflict_is_settled_for_the_preferred_side() -> None:
    said, library = Said(Review("skim", "mine"), OLD.digest()), Review("skim", "theirs")
    sheet = planned(said, library, prefer="sheet")
    assert sheet.changes[0].after.text == "mine"
    assert planned(said, library, prefer="library").changes == ()
    assert planned(said, library, prefer={"k": "sheet"}).changes == sheet.changes


def test_the_stored_base_merges_what_both_sides_changed() -> None:
    known = Agreed("k", "k", OLD)
    made = planned(Said(Review("skim", "ONE\ntwo")), Review("skim", "one\ntwo\nthree"), known)
    assert made.changes[0].after.text == "ONE\ntwo\nthree"


CLOSE, INTERESTING, SKIM = DEFAULT_SCALE.levels
SWAPPED = Scale((CLOSE, replace(INTERESTING, jabref="prio3"), replace(SKIM, jabref="prio2")))


@pytest.mark.parametrize("library", ["interesting", None])
def test_words_that_changed_since_set_and_remove_no_priority(library: str | None) -> None:
    known = Agreed("k", "k", OLD)
    for sheet in ("skim", "interesting", None):
        said = Said(Review(sheet, OLD.text))
        made = planned(said, Review(library, OLD.text), known, read_by=SWAPPED)
        assert not made.removals
        assert bool(made.conflicts) == (sheet == "skim" and library == "interesting")
    made = planned(Said(OLD), Review(library, OLD.text), known)
    assert not made.conflicts


def test_what_is_not_settled_after_the_words_changed_has_no_agreed_priority() -> None:
    """The base is one with sync's, which reads it by the words of now."""
    known = Agreed("k", "k", OLD)
    said = Said(Review("skim", "mine"))
    made = planned(said, Review("interesting", "theirs"), known, read_by=SWAPPED)
    assert made.conflicts
    assert made.agreed["k"] == made.kept["k"] == Agreed("k", "k", Review(None, OLD.text))


def test_what_was_agreed_of_another_section_is_no_base_for_the_one_that_the_user_pairs() -> None:
    one, two = Said(OLD), Said(Review("skim", "other"), id="two")
    paper = Paper(id="item", key="k", title="A Title of Some Length", review=OLD)
    known = {"item": Agreed("k", "item", OLD)}
    made = plan([one, two], [paper], known, DEFAULT_SCALE, settled_pairs={"two": "item"})
    assert [conflict.paper for conflict in made.conflicts] == ["item"]
    made = plan([two], [paper], known, DEFAULT_SCALE, settled_pairs={"two": "item"})
    assert [change.after.text for change in made.changes] == ["other"]


def test_attaching_again_after_an_edit_is_no_conflict() -> None:
    first = planned(Said(Review(None, "v1")), Review())
    (agreed,) = first.agreed.values()
    again = planned(Said(Review(None, "v2")), Review(None, "v1"), agreed)
    assert again.changes[0].after.text == "v2"
    assert not again.conflicts


def test_a_digest_made_anew_is_judged_by_its_new_hash() -> None:
    known = Agreed("k", "k", Review("skim", "long ago"), OLD.digest())
    fresh = Review("skim", "fresh")
    made = planned(Said(Review("skim", "edited"), fresh.digest()), fresh, known)
    assert made.changes[0].after.text == "edited"


def test_what_is_not_said_is_not_touched() -> None:
    library = Review("close-read", "text", also=("skim",))
    made = planned(Said(Review(None, "text"), says_priority=False), library)
    assert made.changes == ()
    made = planned(Said(Review("skim", ""), says_text=False), OLD)
    assert made.changes == ()


def test_a_text_that_is_said_only_later_overwrites_none() -> None:
    """When the sheet said nothing of the text, nobody had the library's in view."""
    silent = planned(Said(Review("skim", ""), says_text=False), OLD)
    assert planned(Said(Review("skim", "new")), OLD, silent.agreed["k"]).conflicts
    known = Agreed("k", "k", Review("skim", "before"))
    silent = planned(Said(Review("skim", ""), says_text=False), OLD, known)
    assert planned(Said(Review("skim", "new")), OLD, silent.agreed["k"]).conflicts
    assert planned(Said(Review("skim", "before")), OLD, silent.agreed["k"]).changes == ()


def test_an_emptied_text_is_a_removal_and_is_counted() -> None:
    made = planned(Said(Review("skim", ""), OLD.digest()), OLD)
    assert made.changes[0].after == Review("skim", "")
    assert made.removals == 1


def test_a_paper_that_is_said_twice_is_left_alone() -> None:
    twice = [Said(Review("skim")), Said(Review("close-read"))]
    paper = Paper(id="k", key="k", title="A Title of Some Length")
    made = plan(twice, [paper], {}, DEFAULT_SCALE)
    assert (made.changes, len(made.repeated)) == ((), 2)


def test_a_paper_of_which_nothing_new_is_said_need_not_be_placed() -> None:
    silent = [Said(Review(), id="a"), Said(OLD, OLD.digest(), id="b")]
    assert plan(silent, [], {}, DEFAULT_SCALE).unplaced == ()
    news = [Said(OLD, id="a"), Said(Review(), OLD.digest(), id="b")]
    assert len(plan(news, [], {}, DEFAULT_SCALE).unplaced) == 2


def test_an_imported_sheet_is_news_to_a_library_without_a_review() -> None:
    news = Said(Review("skim", "text"), Review().digest())
    assert planned(news, Review("skim")).changes[0].after == Review("skim", "text")
    assert planned(news, Review("skim", "other")).conflicts
