"""The plan of a sync, made by pure functions."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ..agreement import is_much, removes
from ..base import Agreed
from ..errors import ConflictError, UsageError
from ..match import Doubt
from ..model import Change, Paper, Review
from ..reread import Reread, unmet
from ..scale import Scale
from .meeting import Absent, Meeting
from .met import Conflict, Met, Step
from .sides import Local, Settlement, Side, Zotero

_MOST = 0.5  # of the base's texts, or of its priorities
_TOO_FEW = 2  # texts or priorities of which all may go


@dataclass(frozen=True, slots=True)
class Gone:
    """So much is missing on one side at once that nobody can have meant it."""

    side: Side
    what: Literal["texts", "priorities"]
    gone: int
    had: int


@dataclass(frozen=True, slots=True)
class Namesake:
    """A paper that a sheet cannot get, since ``others``, by item key, have its citation key."""

    paper: Paper
    others: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a sync is to do. ``kept`` is the base of the pairs that agree on nothing new."""

    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]
    absent: tuple[Absent, ...]
    doubts: tuple[Doubt, ...]
    only_local: tuple[Paper, ...]
    only_zotero: tuple[Paper, ...]  # without those that a local paper may mean
    repeated: tuple[Paper, ...]  # said twice in the sheet: neither is taken
    kept: tuple[Agreed, ...]
    gone: tuple[Gone, ...] = ()
    reviews: int = 0  # in the base
    namesakes: tuple[Namesake, ...] = ()

    @property
    def to_local(self) -> list[Change]:
        """The changes to the local file."""
        return [step.to_local for step in self.steps if step.to_local]

    @property
    def to_zotero(self) -> list[Change]:
        """The changes to Zotero."""
        return [step.to_zotero for step in self.steps if step.to_zotero]

    @property
    def removals(self) -> list[Change]:
        """The changes on either side that leave less than was there."""
        changes = (change for step in self.steps for change in step.changes)
        return [change for change in changes if removes(change.before, change.after)]

    @property
    def needs_yes(self) -> bool:
        """Whether so much is removed that a person has to say so."""
        return is_much(len(self.removals), self.reviews)

    def require(self, *, yes: bool = False) -> None:
        """Raise ConflictError where too much is gone, UsageError where that needs a yes."""
        if self.gone:
            raise ConflictError(*_explained(self.gone[0]))
        if self.needs_yes and not yes:
            raise UsageError(
                f"{len(self.removals)} of {self.reviews} reviews would lose a text or a priority",
                "Look at them with --dry-run. If that is meant, add --yes, which also agrees to "
                "losing what Markdown cannot keep of a note.",
            )


def _explained(gone: Gone) -> tuple[str, str]:
    side, other = ("the local file", "zotero") if gone.side == "local" else ("Zotero", "local")
    message = f"{gone.gone} of {gone.had} {gone.what} are gone from {side}: nothing was written"
    hint = (
        f"If another program removed them, --prefer {other} brings them back; "
        f"if they are to go, --prefer {gone.side} --yes removes them on the other side too."
    )
    return message, hint


def plan(
    local: Local,
    zotero: Zotero,
    known: Iterable[Agreed],
    scale: Scale,
    *,
    prefer: Side | None = None,
    answers: Mapping[str, Settlement] = MappingProxyType({}),
    settled_pairs: Mapping[str, str] = MappingProxyType({}),
    read_by: Scale | None = None,
) -> Plan:
    """Plan what makes both sides say the same.

    ``prefer`` settles every conflict that it can (see Conflict), ``answers`` those of single
    papers, by item key. ``settled_pairs`` says, by ``Paper.id``, which item a local paper is.
    ``read_by`` is the scale that the base was read by: where its words are other ones, no priority
    was removed, nor set by a word that means another level now.
    """
    meeting = Meeting(local, zotero, known, settled_pairs)
    reread = Reread.of(read_by, scale)
    met = [
        Met.of(statement, found, agreed, zotero, reread)
        for statement, found, agreed in meeting.pairs
    ]
    gone = tuple(_gone(met))
    doubted = {one.side for one in gone} - {prefer}
    steps: list[Step] = []
    conflicts: list[Conflict] = []
    for one in met:
        merged = one.merged(scale, doubted)
        answer = one.settlement(answers.get(one.zotero.id), prefer)
        before = one.known or _named(one, settled_pairs)
        if conflict := one.conflict(merged, answer, local, zotero):
            conflicts.append(replace(conflict, known=before))
        else:
            step = one.step(one.outcome(merged, answer), zotero.notation)
            steps.append(replace(step, known=before))
    unsettled = (one.known for one in conflicts if one.known)
    return Plan(
        steps=tuple(steps),
        conflicts=tuple(conflicts),
        absent=tuple(meeting.absent),
        doubts=tuple(meeting.doubts),
        only_local=tuple(meeting.only_local),
        only_zotero=tuple(meeting.only_zotero),
        repeated=tuple(meeting.repeated),
        kept=(*unsettled, *(unmet(one, reread) for one in meeting.unmet())),
        gone=() if prefer else gone,
        reviews=meeting.reviews,
    )


def _named(one: Met, named: Container[str]) -> Agreed | None:
    """That the user named a pair, if so: nothing is agreed of it, as if both had missed it."""
    local, other = one.local, one.zotero
    if local.id not in named:
        return None
    return Agreed(local.id, other.id, Review(), None, local.title, other.title, missed="both")


def _gone(met: Iterable[Met]) -> Iterator[Gone]:
    """Where more is missing on one side than anybody removes by hand."""
    had = [(one, one.base.review) for one in met if one.base]
    texts = [(one.here.text, one.there.text or one.released) for one, base in had if base.text]
    priorities = [(one.here.priority, one.there.priority) for one, base in had if base.priority]
    yield from _gone_of("texts", texts)
    yield from _gone_of("priorities", priorities)


def _gone_of(
    what: Literal["texts", "priorities"], parts: Sequence[tuple[object, object]]
) -> Iterator[Gone]:
    """The same of one part of the reviews, as both sides have it."""
    here = Gone("local", what, sum(bool(b and not a) for a, b in parts), len(parts))
    there = Gone("zotero", what, sum(bool(a and not b) for a, b in parts), len(parts))
    for one in (here, there):
        if one.gone > max(_TOO_FEW, _MOST * one.had):
            yield one
