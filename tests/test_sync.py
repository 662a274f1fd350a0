from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bibnotes import sync
from bibnotes.agreement import Whole
from bibnotes.base import Agreed
from bibnotes.errors import ConflictError, UsageError
from bibnotes.model import Change, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.statement import Statement
from bibnotes.sync import Local, Plan, Zotero

TITLES = (
    "Weight Sharing Considered Slowly",
    "Networks That Grow Their Own Layers",
    "Searching Cells Without Any Training",
    "Bandits for the Patient Architect",
)
BASE = Review("skim", "one\ntwo")


def here(review: Review, number: int = 0) -> Paper:
    return Paper(
        f"key{number}", f"key{number}", title=TITLES[number % 4] + f" {number}", review=review
    )


def there(review: Review, number: int = 0) -> Paper:
    return replace(here(review, number), id=f"ITEM{number:04}")


def known(review: Review, number: int = 0, **more: object) -> Agreed:
    paper = here(review, number)
    return replace(Agreed(paper.id, f"ITEM{number:04}", review, title=paper.title), **more)


def planned(
    local: Iterable[Paper], zotero: Iterable[Paper], base: Iterable[Agreed] = (), **options: object
) -> Plan:
    remote = Zotero(list(zotero), **options.pop("zotero_too", {}))
    return sync.plan(Local([Whole(one) for one in local]), remote, base, DEFAULT_SCALE, **options)


def of_one(
    mine: Review, theirs: Review, base: Review | None = BASE, **options: object
) -> tuple[Review | None, Review | None] | str:
    """What the local file and Zotero become, None where they stay; or that it is a conflict."""
    plan = planned([here(mine)], [there(theirs)], [known(base)] if base else [], **options)
    if plan.conflicts:
        assert not plan.steps
        return "conflict"
    (step,) = plan.steps
    return (
        step.to_local.after if step.to_local else None,
        step.to_zotero.after if step.to_zotero else None,
    )


NEW, OTHER = Review("close-read", "new"), Review("interesting", "other")


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


def test_a_conflict_keeps_the_base_for_the_next_run() -> None:
    plan = planned([here(NEW)], [there(OTHER)], [known(BASE)])
    assert plan.kept == (known(BASE),)


def test_lower_levels_stay_where_they_are_and_are_no_change() -> None:
    double = replace(BASE, also=("interesting",))
    assert of_one(BASE, double) == (None, None)
    assert of_one(replace(BASE, text="new"), double) == (None, replace(double, text="new"))


def test_a_paper_that_is_gone_keeps_its_review_on_the_other_side() -> None:
    plan = planned([], [there(BASE)], [known(BASE)])
    assert (plan.steps, plan.only_zotero) == ((), ())
    assert [one.missing for one in plan.absent] == ["local"]
    plan = planned([here(BASE)], [], [known(BASE)])
    assert (plan.steps, plan.only_local) == ((), ())
    assert [one.missing for one in plan.absent] == ["zotero"]


def test_a_paper_that_comes_back_empty_gets_its_review_back() -> None:
    (kept,) = planned([], [there(BASE)], [known(BASE)]).kept
    assert kept.missed == "local"
    plan = planned([here(Review())], [there(BASE)], [kept])
    assert plan.to_local == [Change("key0", Review(), BASE)]
    assert not plan.to_zotero


def test_a_paper_that_comes_back_as_it_was_takes_what_changed_meanwhile() -> None:
    (kept,) = planned([], [there(NEW)], [known(BASE)]).kept
    assert planned([here(BASE)], [there(NEW)], [kept]).to_local[0].after == NEW


def test_a_paper_that_comes_back_with_another_text_is_a_conflict() -> None:
    (kept,) = planned([], [there(BASE)], [known(BASE)]).kept
    assert planned([here(NEW)], [there(BASE)], [kept]).conflicts


def test_papers_of_one_side_are_named() -> None:
    plan = planned([here(NEW)], [there(OTHER, 1)])
    assert [paper.id for paper in plan.only_local] == ["key0"]
    assert [paper.id for paper in plan.only_zotero] == ["ITEM0001"]


def test_a_renamed_key_is_followed_on_either_side() -> None:
    renamed = replace(here(NEW), id="renamed", key="renamed")
    plan = planned([renamed], [there(BASE)], [known(BASE)])
    assert plan.to_zotero[0].after == NEW
    assert plan.steps[0].agreed.local == "renamed"
    renamed = replace(there(NEW), key="renamed")
    assert planned([here(BASE)], [renamed], [known(BASE)]).to_local[0].after == NEW


def test_a_key_that_passed_on_to_another_paper_is_not_followed() -> None:
    """Two entries swapped their citation keys."""
    one, two = here(Review(None, "of one"), 0), here(Review(None, "of two"), 1)
    swapped = [replace(one, id=two.id, key=two.key), replace(two, id=one.id, key=one.key)]
    base = [known(one.review, 0), known(two.review, 1)]
    plan = planned(swapped, [there(one.review, 0), there(two.review, 1)], base)
    assert (plan.to_local, plan.to_zotero) == ([], [])
    assert {step.agreed.local: step.agreed.other for step in plan.steps} == {
        "key1": "ITEM0000",
        "key0": "ITEM0001",
    }


def test_items_that_were_merged_are_followed() -> None:
    into = replace(there(NEW), id="INTO0001", key="other", title="", doi="")
    merged = {"ITEM0000": "BETWEEN1", "BETWEEN1": "INTO0001"}
    plan = planned([here(BASE)], [into], [known(BASE)], zotero_too={"replaced": merged})
    assert plan.to_local[0].after == NEW
    assert plan.steps[0].agreed.other == "INTO0001"


def test_an_item_with_two_notes_is_a_conflict_that_no_preference_settles() -> None:
    unclear = {"ITEM0000": "two notes are tagged bibnotes"}
    for prefer in (None, "local", "zotero"):
        assert of_one(BASE, BASE, prefer=prefer, zotero_too={"unclear": unclear}) == "conflict"


def test_a_released_note_removes_nothing_without_being_asked() -> None:
    released = {"zotero_too": {"released": {"ITEM0000"}}}
    assert of_one(BASE, Review("skim"), **released) == "conflict"
    assert of_one(BASE, Review("skim"), prefer="local", **released) == (None, BASE)
    assert of_one(BASE, Review("skim"), prefer="zotero", **released) == (Review("skim"), None)


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


def test_many_removals_need_a_yes() -> None:
    reviews = [Review("skim", f"text {n}") for n in range(60)]
    base = [known(review, n) for n, review in enumerate(reviews)]
    remote = [there(review, n) for n, review in enumerate(reviews)]
    local = [here(Review("skim") if n < 11 else one, n) for n, one in enumerate(reviews)]
    plan = planned(local, remote, base)
    assert len(plan.removals) == 11
    with pytest.raises(UsageError, match="11 of 60"):
        plan.require()
    plan.require(yes=True)
    planned([here(reviews[0], 0), *local[1:]], remote, base).require()


def test_a_fifth_of_a_small_library_is_many() -> None:
    reviews = [Review("skim", f"text {n}") for n in range(4)]
    base = [known(review, n) for n, review in enumerate(reviews)]
    remote = [there(review, n) for n, review in enumerate(reviews)]
    local = [here(Review("skim") if n < 1 else one, n) for n, one in enumerate(reviews)]
    assert planned(local, remote, base).needs_yes


@pytest.mark.parametrize("side", ["local", "zotero"])
def test_when_most_texts_are_gone_from_a_side_the_run_stops(side: str) -> None:
    reviews = [Review("skim", f"text {n}") for n in range(5)]
    base = [known(review, n) for n, review in enumerate(reviews)]
    full = [Review(review.priority, review.text) for review in reviews]
    rest = [Review("skim", "" if n < 3 else one.text) for n, one in enumerate(reviews)]
    mine, theirs = (rest, full) if side == "local" else (full, rest)

    def plan(**options: object) -> Plan:
        return planned(
            [here(review, n) for n, review in enumerate(mine)],
            [there(review, n) for n, review in enumerate(theirs)],
            base,
            **options,
        )

    with pytest.raises(ConflictError, match="3 of 5 texts are gone"):
        plan().require(yes=True)
    back = plan(prefer="zotero" if side == "local" else "local")
    back.require()
    assert not back.removals
    gone = plan(prefer=side)
    assert len(gone.removals) == 3
    gone.require(yes=True)


def test_a_level_whose_tags_changed_is_no_removed_priority() -> None:
    """In Zotero the old tag stays, and means nothing any more."""
    plan = planned([here(BASE)], [there(Review(None, BASE.text))], [known(BASE)], same_scale=False)
    assert plan.to_zotero[0].after == BASE
    assert not plan.to_local


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


def applied(plan: Plan, unsent: set[str] = frozenset(), untaken: set[str] = frozenset()):
    """The changes that reach each side, and the base, where some changes cannot be made."""
    seen: list[list[str]] = []
    saved: list[Agreed] = []

    def write(changes: list[Change], failing: set[str]) -> list[Outcome]:
        seen.append([change.paper for change in changes])
        return [
            Outcome(change, Status.REFUSED if change.paper in failing else Status.DONE)
            for change in changes
        ]

    done = sync.apply(
        plan,
        lambda changes: write(changes, unsent),
        lambda changes: write(changes, untaken),
        saved.extend,
    )
    return seen, {one.other: one.review for one in saved}, done


MERGED = Review("skim", "zero\none\ntwo\nthree")


def both_changed() -> Plan:
    """Two papers that are changed on both sides."""
    return planned(
        [here(Review("skim", "zero\none\ntwo"), n) for n in range(2)],
        [there(Review("skim", "one\ntwo\nthree"), n) for n in range(2)],
        [known(BASE, n) for n in range(2)],
    )


def test_zotero_is_written_before_the_file_and_then_the_base() -> None:
    seen, base, done = applied(both_changed())
    assert seen == [["ITEM0000", "ITEM0001"], ["key0", "key1"]]
    assert base == {"ITEM0000": MERGED, "ITEM0001": MERGED}
    assert not done.unmade


def test_what_zotero_refuses_is_not_written_here_either() -> None:
    seen, base, done = applied(both_changed(), unsent={"ITEM0000"})
    assert seen[1] == ["key1"]
    assert base == {"ITEM0000": BASE, "ITEM0001": MERGED}
    assert len(done.unmade) == 1


def test_what_the_file_refuses_is_not_agreed_on() -> None:
    _, base, done = applied(both_changed(), untaken={"key1"})
    assert base == {"ITEM0000": MERGED, "ITEM0001": BASE}
    assert len(done.unmade) == 1


def test_two_papers_swap_no_reviews_when_one_is_in_doubt() -> None:
    """A paper of which nothing is clear keeps its base, and says nothing of the others."""
    twin = replace(here(NEW, 0), id="twin", key="twin")
    plan = planned([here(BASE, 0), twin], [there(BASE, 0)], [known(BASE, 0)])
    assert (plan.to_local, plan.to_zotero) == ([], [])
