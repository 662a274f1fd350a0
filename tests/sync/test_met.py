"""What becomes of one paper that both sides have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes import sync
from bibnotes.agreement import Whole
from bibnotes.model import Change, Review
from bibnotes.scale import DEFAULT_SCALE, Scale
from bibnotes.sheets.statement import Statement
from bibnotes.sync import Local, Plan, Zotero

from .setting import BASE, NEW, OTHER, here, known, of_one, planned, there


@pytest.mark.parametrize(
    ("mine", "theirs", "base", "result"),
    [
        (BASE, BASE, BASE, (None, None)),
        (BASE, NEW, BASE, (NEW, None)),
        (NEW, BASE, BASE, (None, NEW)),
        (NEW, NEW, BASE, (None, None)),
        (NEW, OTHER, BASE, "conflict"),
        (Review("skim", "ONE\ntwo"), Review("skim", "one\nTWO"), BASE, "conflict"),
        (
            Review("skim", "zero\none\ntwo"),
            Review("skim", "one\ntwo\nthree"),
            BASE,
            (Review("skim", "zero\none\ntwo\nthree"), Review("skim", "zero\none\ntwo\nthree")),
        ),
        (Review("interesting", BASE.text), Review("close-read", BASE.text), BASE, "conflict"),
        (Review("skim"), BASE, BASE, (None, Review("skim"))),
        (BASE, Review(None, BASE.text), BASE, (Review(None, BASE.text), None)),
        (Review("skim"), NEW, BASE, "conflict"),
        (Review(), Review(), BASE, (None, None)),
        (NEW, Review(), None, (None, NEW)),
        (Review(), NEW, None, (NEW, None)),
        (Review("skim"), Review(None, "text"), None, (Review("skim", "text"),) * 2),
        (NEW, OTHER, None, "conflict"),
        (Review(None, "one"), Review(None, "one\ntwo"), None, (Review(None, "one\ntwo"), None)),
    ],
)
def test_each_part_is_settled_by_what_changed(
    mine: Review, theirs: Review, base: Review | None, result: object
) -> None:
    assert of_one(mine, theirs, base) == result


def test_preferring_a_side_settles_conflicts_and_nothing_else() -> None:
    assert of_one(NEW, OTHER, prefer="local") == (None, NEW)
    assert of_one(NEW, OTHER, prefer="zotero") == (OTHER, None)
    assert of_one(BASE, NEW, prefer="local") == (NEW, None)


def test_an_answer_settles_one_paper() -> None:
    both = Review("close-read", "new\n\nother")
    assert of_one(NEW, OTHER, answers={"ITEM0000": both}) == (both, both)
    assert of_one(NEW, OTHER, answers={"ITEM0000": "zotero"}) == (OTHER, None)
    assert of_one(NEW, OTHER, answers={"ITEM0001": "zotero"}) == "conflict"


def test_lower_levels_stay_where_they_are_and_are_no_change() -> None:
    double = replace(BASE, also=("interesting",))
    assert of_one(BASE, double) == (None, None)
    assert of_one(replace(BASE, text="new"), double) == (None, replace(double, text="new"))


def test_an_item_with_two_notes_is_a_conflict_that_no_preference_settles() -> None:
    unclear = {"ITEM0000": "two notes are tagged bibnotes"}
    for prefer in (None, "local", "zotero"):
        assert of_one(BASE, BASE, prefer=prefer, zotero_too={"unclear": unclear}) == "conflict"


RELEASED = {"zotero_too": {"released": {"ITEM0000": {}}}}


def test_a_released_note_removes_nothing_unless_somebody_says_so_of_this_paper() -> None:
    theirs = Review("skim")
    for prefer in (None, "zotero"):
        assert of_one(BASE, theirs, prefer=prefer, **RELEASED) == "conflict"
    assert of_one(BASE, theirs, prefer="local", **RELEASED) == (None, BASE)
    assert of_one(BASE, theirs, answers={"ITEM0000": "local"}, **RELEASED) == (None, BASE)
    assert of_one(BASE, theirs, answers={"ITEM0000": "zotero"}, **RELEASED) == (theirs, None)


def test_a_released_note_that_says_the_same_is_given_its_tag_again() -> None:
    notes = {"ITEM0000": {"NOTE0001": "another", "NOTE0002": BASE.text}}
    plan = planned(
        [here(BASE)],
        [there(Review("skim"))],
        [known(BASE)],
        prefer="local",
        zotero_too={"released": notes},
    )
    assert [change.adopts for change in plan.to_zotero] == ["NOTE0002"]


@pytest.mark.parametrize(
    ("note", "text", "rewrites"),
    [
        ("theirs", "mine\n\ntheirs", "theirs"),
        ("theirs", "of neither", None),
        ("", "of neither\n\n\nat all", None),
    ],
)
def test_a_released_note_is_rewritten_where_the_new_text_has_all_of_it(
    note: str, text: str, rewrites: str | None
) -> None:
    plan = planned(
        [here(BASE)],
        [there(Review("skim"))],
        [known(BASE, note="NOTE0001")],
        answers={"ITEM0000": Review("skim", text)},
        zotero_too={"released": {"ITEM0000": {"NOTE0001": note, "NOTE0002": "mine"}}},
    )
    (change,) = plan.to_zotero
    assert change.after.text == text
    expected = (None, "") if rewrites is None else ("NOTE0001", rewrites)
    assert (change.adopts, change.rewrites) == expected


def test_a_released_note_leaves_the_priority_to_the_side_that_is_taken() -> None:
    mine, theirs = Review("interesting", BASE.text), Review("close-read")
    answer = {"answers": {"ITEM0000": "zotero"}, **RELEASED}
    assert of_one(mine, theirs, **answer) == (Review("close-read"), None)
    assert of_one(mine, theirs, prefer="local", **RELEASED) == (None, mine)


def test_of_a_released_note_both_texts_are_the_one_that_there_is() -> None:
    (conflict,) = planned(
        [here(BASE)], [there(Review("skim"))], [known(BASE)], **RELEASED
    ).conflicts
    assert conflict.released
    assert conflict.merged.text_conflict
    assert conflict.merged.review == BASE


def test_a_damaged_entry_is_not_taken_for_a_removal() -> None:
    local = Local([Whole(here(Review("skim")))], {"key0": "line 3: the entry never ends"})
    plan = sync.plan(local, Zotero([there(BASE)]), [known(BASE)], DEFAULT_SCALE)
    assert [one.reason for one in plan.conflicts] == ["line 3: the entry never ends"]


def test_what_says_the_same_is_no_change() -> None:
    def stars_as_dashes(like: str, text: str) -> str:
        return like if like.replace("*", "-") == text.replace("*", "-") else text

    notation = {"zotero_too": {"notation": stars_as_dashes}}
    mine, theirs = Review("skim", "* a\n* b"), Review("skim", "- a\n- b")
    assert of_one(mine, theirs, None, **notation) == (None, None)
    assert of_one(mine, theirs, mine, **notation) == (None, None)
    assert of_one(mine, theirs, theirs, **notation) == (None, None)
    assert of_one(mine, Review("skim", "- a\n- c"), mine, **notation)[0].text == "- a\n- c"


def test_a_level_whose_tags_changed_is_no_removed_priority() -> None:
    """In Zotero the old tag stays, and means nothing any more."""
    skim = replace(DEFAULT_SCALE.levels[2], also=("skimmed",))
    before = Scale((*DEFAULT_SCALE.levels[:2], skim))
    plan = planned([here(BASE)], [there(Review(None, BASE.text))], [known(BASE)], read_by=before)
    assert plan.to_zotero[0].after == BASE
    assert not plan.to_local


def test_a_word_that_means_another_level_now_set_no_priority() -> None:
    """In the file it reads otherwise; nobody can say which level is meant."""
    close, interesting, skim = DEFAULT_SCALE.levels
    before = Scale((close, replace(interesting, jabref=skim.jabref), replace(skim, jabref="prio2")))
    pairs = [here(replace(BASE, priority="interesting"))], [there(BASE)], [known(BASE)]
    assert planned(*pairs).to_zotero
    plan = planned(*pairs, read_by=before)
    assert (len(plan.conflicts), plan.to_zotero, plan.to_local) == (1, [], [])
    assert planned([here(BASE)], *pairs[1:], read_by=before).conflicts == ()
    marked = [here(replace(BASE, priority="close-read"))], *pairs[1:]
    assert planned(*marked, read_by=before).to_zotero[0].after.priority == "close-read"


def test_nor_did_one_on_a_paper_that_was_not_there_when_the_words_changed() -> None:
    close, interesting, skim = DEFAULT_SCALE.levels
    before = Scale((close, replace(interesting, jabref=skim.jabref), replace(skim, jabref="prio2")))
    (kept,) = planned([], [there(BASE)], [known(BASE)], read_by=before).kept
    reads_otherwise = there(replace(BASE, priority="interesting"))
    assert planned([here(BASE)], [reads_otherwise], [kept]).conflicts


def said(review: Review, stamp: Review | None, **says: bool) -> Statement:
    parts = {"says_priority": True, "says_text": True} | says
    return Statement(here(review), stamp.digest() if stamp else None, line=1, **parts)


def sheet_plan(statement: Statement, theirs: Review, base: Review | None = None) -> Plan:
    agreed = [known(base, mark=statement.base)] if base else []
    return sync.plan(Local([statement]), Zotero([there(theirs)]), agreed, DEFAULT_SCALE)


def test_a_sheet_of_a_git_clone_is_compared_by_its_hashes_and_removes_nothing() -> None:
    plan = sheet_plan(said(NEW, BASE), BASE)
    assert (plan.to_local, plan.to_zotero[0].after) == ([Change("key0", NEW, NEW)], NEW)
    plan = sheet_plan(said(BASE, BASE), Review("skim"))
    assert (plan.to_local, plan.to_zotero[0].after) == ([], BASE)


def test_an_unedited_digest_of_something_else_is_not_overwritten() -> None:
    """Its hash tells that it was not edited, not that Zotero ever held it."""
    plan = sheet_plan(said(BASE, BASE), NEW)
    assert (plan.to_local, plan.to_zotero, len(plan.conflicts)) == ([], [], 1)
    plan = sheet_plan(said(NEW, NEW), BASE, BASE)
    assert plan.to_zotero[0].after == NEW


def test_a_sheet_that_came_back_from_a_copy_overwrites_nothing() -> None:
    """Its hash tells that it says what it said when it was made: nobody edited it."""
    agreed = [known(NEW, mark=NEW.digest())]
    plan = sync.plan(Local([said(BASE, BASE)]), Zotero([there(NEW)]), agreed, DEFAULT_SCALE)
    assert (plan.to_local, plan.to_zotero, len(plan.conflicts)) == ([], [], 1)
    empty = Local([replace(said(Review(), None), base=Review().digest())])
    plan = sync.plan(empty, Zotero([there(NEW)]), agreed, DEFAULT_SCALE)
    assert (plan.to_local[0].after, plan.to_zotero) == (NEW, [])


def test_an_edited_section_gets_the_hash_of_what_was_agreed_on() -> None:
    plan = sheet_plan(said(NEW, BASE), BASE, BASE)
    assert plan.to_local == [Change("key0", NEW, NEW)]
    assert plan.steps[0].agreed.mark == NEW.digest()


def test_below_a_heading_of_the_users_own_a_priority_is_neither_taken_nor_removed() -> None:
    plan = sheet_plan(said(Review(None, "one\ntwo"), BASE, says_priority=False), BASE, BASE)
    assert (plan.to_local, plan.to_zotero) == ([], [])
    plan = sheet_plan(said(Review(None, "one\ntwo"), BASE, says_priority=False), NEW, BASE)
    assert plan.to_local[0].after == Review(None, "new")
    assert plan.steps[0].agreed.review == NEW


def test_a_paper_that_comes_back_empty_gets_its_review_back() -> None:
    (kept,) = planned([], [there(BASE)], [known(BASE)]).kept
    assert kept.missed == "local"
    plan = planned([here(Review())], [there(BASE)], [kept])
    assert plan.to_local == [Change("key0", Review(), BASE)]
    assert not plan.to_zotero


def test_a_paper_that_comes_back_as_it_was_takes_what_changed_meanwhile() -> None:
    (kept,) = planned([], [there(NEW)], [known(BASE)]).kept
    assert planned([here(BASE)], [there(NEW)], [kept]).to_local[0].after == NEW


def test_a_paper_that_comes_back_with_more_is_no_conflict() -> None:
    more = replace(BASE, text=BASE.text + "\n\nthree")
    (kept,) = planned([], [there(BASE)], [known(BASE)]).kept
    assert planned([here(more)], [there(BASE)], [kept]).to_zotero[0].after == more


def test_a_paper_that_comes_back_with_another_text_is_a_conflict() -> None:
    (kept,) = planned([], [there(BASE)], [known(BASE)]).kept
    assert planned([here(NEW)], [there(BASE)], [kept]).conflicts
