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


@pytest.mark.parametrize("undone", [False, True])
def test_a_pair_that_the_user_named_is_kept_though_nothing_is_agreed(undone: bool) -> None:
    """And what an undo says was there once is no base for it."""
    item = replace(there(OTHER), title="Under Another Title", key="")
    assert planned([here(NEW)], [item]).conflicts == ()
    (kept,) = planned([here(NEW)], [item], settled_pairs={"key0": "ITEM0000"}).kept
    assert not kept.review
    if undone:
        kept = replace(kept, review=OTHER)
    assert planned([here(NEW)], [item], [kept]).conflicts
    assert planned([here(Review())], [item], [kept]).to_local[0].after == OTHER
    (step,) = planned([here(NEW)], [item], [kept], prefer="local").steps
    assert (step.to_zotero.after, step.agreed.missed) == (NEW, None)


def test_a_pair_that_the_user_named_is_kept_though_it_cannot_be_written() -> None:
    item = replace(there(Review()), title="Under Another Title", key="")
    (step,) = planned([here(NEW)], [item], settled_pairs={"key0": "ITEM0000"}).steps
    assert (step.known.local, step.known.other) == ("key0", "ITEM0000")


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
        zotero_too={"released": {f"ITEM{n:04}": {} for n in range(5)}},
    )
    assert not plan.gone
    assert len(plan.conflicts) == 5
