"""Which papers meet, and what is planned for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bibnotes.errors import ConflictError, UsageError
from bibnotes.model import Review
from bibnotes.sync import Plan

from .setting import BASE, NEW, OTHER, here, known, planned, there


def test_a_conflict_keeps_the_base_for_the_next_run() -> None:
    plan = planned([here(NEW)], [there(OTHER)], [known(BASE)])
    assert plan.kept == (known(BASE),)


def test_a_paper_that_is_gone_keeps_its_review_on_the_other_side() -> None:
    plan = planned([], [there(BASE)], [known(BASE)])
    assert (plan.steps, plan.only_zotero) == ((), ())
    assert [one.missing for one in plan.absent] == ["local"]
    plan = planned([here(BASE)], [], [known(BASE)])
    assert (plan.steps, plan.only_local) == ((), ())
    assert [one.missing for one in plan.absent] == ["zotero"]


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


def test_what_is_gone_from_both_sides_is_believed_of_the_preferred_one_alone() -> None:
    """Here the texts are gone, in Zotero the priorities."""
    reviews = [Review("skim", f"text {n}") for n in range(5)]
    base = [known(review, n) for n, review in enumerate(reviews)]
    local = [here(Review("skim"), n) for n in range(5)]
    remote = [there(Review(None, review.text), n) for n, review in enumerate(reviews)]
    with pytest.raises(ConflictError):
        planned(local, remote, base).require(yes=True)
    mine = planned(local, remote, base, prefer="local")
    assert [change.after for change in mine.to_zotero] == [Review("skim")] * 5
    assert not mine.to_local
    theirs = planned(local, remote, base, prefer="zotero")
    assert [change.after for change in theirs.to_local] == [
        Review(None, review.text) for review in reviews
    ]
    assert not theirs.to_zotero


def test_when_most_notes_are_released_each_is_asked_about() -> None:
    reviews = [Review("skim", f"text {n}") for n in range(5)]
    plan = planned(
        [here(review, n) for n, review in enumerate(reviews)],
        [there(Review("skim"), n) for n in range(5)],
        [known(review, n) for n, review in enumerate(reviews)],
        zotero_too={"released": {f"ITEM{n:04}" for n in range(5)}},
    )
    assert not plan.gone
    assert len(plan.conflicts) == 5


def test_two_papers_swap_no_reviews_when_one_is_in_doubt() -> None:
    """A paper of which nothing is clear keeps its base, and says nothing of the others."""
    twin = replace(here(NEW, 0), id="twin", key="twin")
    plan = planned([here(BASE, 0), twin], [there(BASE, 0)], [known(BASE, 0)])
    assert (plan.to_local, plan.to_zotero) == ([], [])
