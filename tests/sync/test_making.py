"""How a plan is made, whatever cannot be."""

from __future__ import annotations

import pytest

from bibnotes import sync
from bibnotes.base import Agreed
from bibnotes.errors import NotReachableError
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.statement import Statement
from bibnotes.sync import Local, Plan, Zotero

from .setting import BASE, NEW, here, known, planned, there

MERGED = Review("skim", "zero\none\ntwo\nthree")


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


def test_the_note_that_was_made_is_part_of_the_base() -> None:
    """So that it is known again where somebody takes the tag off it."""
    plan = planned([here(NEW)], [there(Review())])
    saved: list[Agreed] = []

    def send(changes: list[Change]) -> list[Outcome]:
        restore = {"note": {"key": "NOTE2345", "deleted": 1}}
        return [Outcome(change, Status.DONE, restore=restore) for change in changes]

    sync.apply(plan, send, lambda _: [], saved.extend)
    assert [one.note for one in saved] == ["NOTE2345"]


def test_what_was_not_brought_back_is_not_removed_where_it_is_still() -> None:
    """A program emptied Zotero, ``--prefer local`` was to undo that, and the run died halfway."""
    places = range(10)
    base = [known(BASE, n) for n in places]
    mine, emptied = [here(BASE, n) for n in places], [there(Review("skim"), n) for n in places]
    assert planned(mine, emptied, base).gone
    saved: list[list[Agreed]] = []

    def died(_: list[Change]) -> list[Outcome]:
        raise NotReachableError("cut")

    with pytest.raises(NotReachableError):
        sync.apply(planned(mine, emptied, base, prefer="local"), died, died, saved.append)
    half = [there(BASE, n) if n < 6 else emptied[n] for n in places]
    assert planned(mine, half, base, prefer="local").removals
    again = planned(mine, half, saved[-1], prefer="local")
    assert not again.removals
    assert [change.paper for change in again.to_zotero] == [half[n].id for n in range(6, 10)]


def test_nor_is_what_could_not_be_brought_back() -> None:
    places = range(3)
    plan = planned(
        [here(BASE, n) for n in places],
        [there(Review("skim"), n) for n in places],
        [known(BASE, n) for n in places],
        prefer="local",
    )
    saved: list[list[Agreed]] = []
    refused = "ITEM0001"

    def send(changes: list[Change]) -> list[Outcome]:
        return [
            Outcome(one, Status.REFUSED if one.paper == refused else Status.DONE) for one in changes
        ]

    sync.apply(plan, send, lambda _: [], saved.append)
    now = [there(Review("skim") if n == 1 else BASE, n) for n in places]
    again = planned([here(BASE, n) for n in places], now, saved[-1])
    assert ([change.paper for change in again.to_zotero], again.to_local) == ([refused], [])


def test_a_removal_that_only_notes_a_hash_brings_nothing_back() -> None:
    emptied = Statement(here(Review()), BASE.digest(), line=1, says_priority=True, says_text=True)
    base = [known(BASE, mark=BASE.digest())]
    plan = sync.plan(Local([emptied]), Zotero([there(BASE)]), base, DEFAULT_SCALE)
    (step,) = plan.steps
    assert step.to_local
    assert step.until_made == step.known
    saved: list[list[Agreed]] = []
    sync.apply(plan, lambda _: [], lambda _: [], saved.append)
    assert len(saved) == 1
