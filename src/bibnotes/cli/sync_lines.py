"""What a sync says: which two libraries, what becomes of them, and what is left to somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agreement import removes
from ..model import MADE, Change, Outcome, Paper, Problem, Status
from ..scale import Language, Scale
from ..sync import Absent, Conflict, Done, Namesake, Plan, Side
from ..zotero.server import LibraryAddress
from .conflicts import Clash, Sides, conflict_item
from .plan_lines import change_line, cut, doubt_lines, named, repeated_lines

if TYPE_CHECKING:
    from .sync_pair import SyncPair


def which(pair: SyncPair) -> str:
    """The two libraries, before anything is done with them."""
    zotero = pair.zotero
    reader = LibraryAddress.parse(zotero.address).reader
    whose = f", reader {reader}" if reader else ""
    first = "; their first sync, which removes nothing" if pair.is_first else ""
    return f"{pair.name} and the Zotero library “{zotero.name}”, {zotero.server}{whose}{first}"


def sides(name: str) -> Sides[Side]:
    """What is what where both changed a review."""
    return Sides("local", "zotero", (name, "Zotero"), ("(l)ocal", "(z)otero"))


def clash(conflict: Conflict) -> Clash:
    """A conflict of a sync as a person is asked about it."""
    return Clash(
        conflict.zotero.id,
        conflict.local.key or conflict.local.title,
        conflict.here,
        conflict.there,
        conflict.merged,
        _released(conflict)
        or conflict.reason
        or _WHY[conflict.known is None or conflict.known.missed is not None],
        differs=not conflict.unclear,
        released=conflict.released_text if conflict.released else None,
    )


def _released(conflict: Conflict) -> str:
    """That a note was released, and what it says now where that is something else."""
    text = conflict.released_text
    return f"{conflict.reason}; it says “{cut(text)}” now" if text else ""


_WHY = {True: "both have a review, and they differ", False: "both were changed differently"}


@dataclass(frozen=True)
class Telling:
    """What to say of a plan. ``name`` is the local file, ``there`` what of Zotero is synced."""

    name: str
    there: str
    plan: Plan
    problems: Sequence[Problem]  # of the local file
    remarks: Sequence[Problem]  # what in a sheet may not be what was meant
    scale: Scale
    language: Language

    def lists(self, asked: Container[str], *, whole: bool) -> list[list[str]]:
        """What is to change, removals first; then what is left as it is, and why.

        ``asked`` are the papers, by id, of which somebody was told when they were asked.
        """
        plan, name = self.plan, self.name
        removals, taken, sent = self._changes()
        conflicts = [one for one in plan.conflicts if one.zotero.id not in asked]
        doubts = [one for one in plan.doubts if one.left.id not in asked]
        return [
            removals,
            taken,
            sent,
            [self._conflict(one, whole=whole) for one in conflicts],
            ["\n".join(doubt_lines(doubt)) for doubt in doubts],
            [*repeated_lines(plan.repeated)],
            [_namesake_line(one, name) for one in plan.namesakes],
            [f"not read: {problem}" for problem in self._untold()],
            [*map(str, self.remarks)],
            [self._absent(one) for one in plan.absent],
            [f"not in {self.there}: {named(paper)}" for paper in reviewed(plan.only_local)],
            [f"not in {name}: {named(paper)}" for paper in reviewed(plan.only_zotero)],
        ]

    def gone(self) -> list[str]:
        """What is missing on the side that lost too much."""
        side = self.plan.gone[0].side
        where = self.name if side == "local" else "Zotero"
        found = []
        for step in self.plan.steps:
            change = step.to_local if side == "local" else step.to_zotero
            if change and step.known and removes(step.known.review, change.before):
                back = change_line(
                    change.reversed(), _called(step.local), self.scale, self.language
                )
                found.append(f"gone from {where}: {back}")
        return found

    def _changes(self) -> tuple[list[str], list[str], list[str]]:
        """A line for each removal, and for each other change to the file and to Zotero."""
        removals: list[str] = []
        taken: list[str] = []
        sent: list[str] = []
        for step in self.plan.steps:
            for change, where, rest in (
                (step.to_local, self.name, taken),
                (step.to_zotero, "Zotero", sent),
            ):
                if change and change.sets_review:
                    said = change_line(change, _called(step.local), self.scale, self.language)
                    if removes(change.before, change.after):
                        removals.append(f"removal in {where}: {said}")
                    else:
                        rest.append(f"to {where}: {said}")
        return removals, taken, sent

    def _conflict(self, conflict: Conflict, *, whole: bool) -> str:
        said = clash(conflict), sides(self.name), self.scale, self.language
        return conflict_item(*said, whole=whole)

    def _untold(self) -> list[Problem]:
        """What was not read of the local file, if it is not the reason of a conflict."""
        told = {one.local.id for one in self.plan.conflicts if one.unclear}
        told |= {paper.id for paper in self.plan.repeated}
        return [one for one in self.problems if not (one.key and one.key in told)]

    def _absent(self, one: Absent) -> str:
        paper = cut(one.agreed.local)
        gone, left = (self.there, self.name)
        if one.missing == "local":
            gone, left = self.name, "Zotero"
        what = f"is not in {gone} any more"
        if one.into:
            what = f"was merged into {cut(one.into)} in Zotero: the two are one item there now"
        return f"absent: {paper} {what}; its review stays in {left}"

    def summary(self, done: Done) -> str:
        """What a sync came to, in one line."""
        plan = self.plan
        taken, sent = _made(done.taken), _made(done.sent)
        removals = [one for one in (*taken, *sent) if removes(one.before, one.after)]
        unchanged = len(plan.steps) - _touched(plan, done)
        unmade = Counter(_UNMADE.get(one.status, _NOT_WRITTEN) for one in done.unmade)
        written = [
            (sum(one not in removals for one in taken), "taken from Zotero"),
            (sum(one not in removals for one in sent), "sent to Zotero"),
            (len(removals), "removed"),
        ]
        left = [
            (unchanged, "unchanged"),
            (len(plan.conflicts), "in conflict"),
            (len(plan.absent), "absent"),
            (len(reviewed((*plan.only_local, *plan.only_zotero))) + len(plan.doubts), "not paired"),
            (len(plan.repeated), "there twice"),
            (len(plan.namesakes), "with the citation key of another"),
            *((number, what) for what, number in unmade.items()),
        ]
        parts = [f"{number} {what}" for number, what in (*written, *left) if number]
        if not any(number for number, _ in written) and unmade.keys() <= {_NOT_WRITTEN}:
            parts.insert(0, self._nothing(done))
        return ", ".join(parts)

    def _nothing(self, done: Done) -> str:
        if done.unmade:
            return "nothing written"
        met = self.plan.steps or self.plan.conflicts
        return "nothing to do" if met else "nothing to do: no paper is in both"


def _namesake_line(one: Namesake, name: str) -> str:
    """Why the sheet of this name does not get a paper."""
    items = ", ".join((one.paper.id, *one.others))
    same = f"another item has the citation key {cut(one.paper.key)}"
    return f"not put into {name}: {named(one.paper)}: {same} ({items})"


_NOT_WRITTEN = "not written"
_UNMADE = {Status.PARTLY: "written in part", Status.UNKNOWN: "may be written"}


def _made(outcomes: Iterable[Outcome]) -> list[Change]:
    """The changes of reviews that were made, or would be."""
    return [one.change for one in outcomes if one.status in MADE and one.change.sets_review]


def _touched(plan: Plan, done: Done) -> int:
    """Of how many pairs a review was changed or could not be; some may have been changed alike."""
    sent, taken = (
        {
            one.change.paper
            for one in outcomes
            if one.change.sets_review and one.status is not Status.UNCHANGED
        }
        for outcomes in (done.sent, done.taken)
    )
    return sum(step.zotero.id in sent or step.local.id in taken for step in plan.steps)


def _called(paper: Paper) -> str:
    return paper.key or paper.title


def reviewed(papers: Iterable[Paper]) -> list[Paper]:
    """Those with a review."""
    return [paper for paper in papers if paper.review]
