"""What a sync leaves undone: its exit code, and what really helps."""

from __future__ import annotations

from collections.abc import Container

from ..errors import BibnotesError, ConflictError, PartialError
from ..model import Status
from ..sync import Done, Plan
from .environment import counted
from .plan_lines import candidate_names

_MENDS = {
    "local": "Mend the entries named above.",
    "zotero": "Of two notes of an item, take the tag off one in Zotero.",
}


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
            "Leave one of each, or give two papers two citation keys, here and in Zotero.",
        )
    if plan.namesakes:
        return PartialError(
            f"{counted(len(plan.namesakes), 'paper')} left out, with a citation key of another",
            "Give one of the items another key in Zotero, and in the file if it is there already; "
            "then sync again.",
        )
    return None


def _again(done: Done) -> str:
    if any(outcome.status is Status.CHANGED for outcome in done.unmade):
        return "Sync again: it takes what was changed meanwhile."
    return "See to the reasons that are given, then sync again."


def _way_out(plan: Plan, asked: Container[str]) -> str:
    """What settles the conflicts that are left."""
    unclear = {one.unclear for one in plan.conflicts}
    clear = [one for one in plan.conflicts if not one.unclear]
    ways = [way for side, way in _MENDS.items() if side in unclear]
    if released := [one for one in clear if one.released]:
        adopt = ", as bibnotes adopt does" if any(one.notes for one in released) else ""
        ways.append(f"Give a note its tag again{adopt}, or take one with --prefer local.")
    if differing := [one for one in clear if not one.released]:
        skipped = all(one.zotero.id in asked for one in differing)
        again = "the next sync asks again" if skipped else "on a terminal, each is asked about"
        same = "Let both say the same, or take one with --prefer local or --prefer zotero"
        ways.append(f"{same}; {again}.")
        if any(one.is_only_named for one in differing):
            ways.append("Where --pair named a wrong item, name the right one.")
    elif unclear:
        ways.append("Then sync again.")
    return " ".join(ways)
