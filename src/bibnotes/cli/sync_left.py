"""What a sync leaves undone: its exit code, and what really helps."""

from __future__ import annotations

from collections.abc import Container

from ..errors import BibnotesError, ConflictError, PartialError
from ..model import Status
from ..sync import Done, Plan
from .environment import counted
from .plan_lines import candidate_names

_MEND = "Mend what is named above; of two notes, take the tag off one. Then sync again."


def left(plan: Plan, done: Done, asked: Container[str]) -> BibnotesError | None:
    """The error that tells what was left, conflicts first; None where nothing was.

    ``asked`` are the papers, by id, about which somebody was asked.
    """
    if plan.conflicts:
        count = counted(len(plan.conflicts), "review")
        return ConflictError(f"{count} in conflict, left as on both sides", _way_out(plan, asked))
    if done.unmade:
        count = counted(len(done.unmade), "review")
        return PartialError(f"{count} could not be written, as told above", _again(done))
    if doubts := [doubt for doubt in plan.doubts if doubt.left.review]:
        example = doubts[0]
        review = example.left.key or str(example.left.source).rpartition(":")[2]
        meant = candidate_names(example)[0]
        return PartialError(
            f"{counted(len(doubts), 'review')} could not be paired",
            f"Say which item is meant, as with --pair {review}={meant}, or answer on a terminal.",
        )
    if plan.repeated:
        return PartialError(
            f"{counted(len(plan.repeated), 'review')} not taken, of papers that are there twice",
            "Leave one of each.",
        )
    return None


def _again(done: Done) -> str:
    if any(outcome.status is Status.CHANGED for outcome in done.unmade):
        return "Sync again: it takes what was changed meanwhile."
    return "See to the reasons that are given, then sync again."


def _way_out(plan: Plan, asked: Container[str]) -> str:
    """What settles the conflicts that are left."""
    ways = []
    if differing := [one for one in plan.conflicts if not (one.released or one.unclear)]:
        skipped = all(one.zotero.id in asked for one in differing)
        again = "the next sync asks again" if skipped else "on a terminal, each is asked about"
        ways.append(f"Edit one side; or take one with --prefer local or --prefer zotero; {again}.")
    if any(one.released and not one.unclear for one in plan.conflicts):
        ways.append("bibnotes adopt gives a note its tag again; or say on a terminal what counts.")
    if any(one.unclear for one in plan.conflicts):
        ways.append(_MEND)
    return " ".join(ways)
