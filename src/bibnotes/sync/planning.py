"""The plan of a sync, made by pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from ..agreement import is_much, once, remembered, removes
from ..base import Agreed
from ..errors import ConflictError, UsageError
from ..match import Doubt, Pairing, pair
from ..merge import Merged
from ..model import Change, Paper, Review
from ..scale import Scale
from .met import Met, Step
from .sides import Local, Settlement, Side, Zotero

_MOST = 0.5  # of the base's texts, or of its priorities
_TOO_FEW = 2  # texts or priorities of which all may go


@dataclass(frozen=True, slots=True)
class Conflict:
    """A paper on which a person must be asked; ``reason`` is set where it is not the reviews.

    One that is ``unclear`` no answer settles: something has to be put right first.
    """

    local: Paper
    zotero: Paper
    here: Review
    there: Review
    merged: Merged
    known: Agreed | None
    reason: str = ""
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A paper that both sides had and one of them has no more: its review stays on the other."""

    agreed: Agreed
    missing: Side


@dataclass(frozen=True, slots=True)
class Gone:
    """So much is missing on one side at once that nobody can have meant it."""

    side: Side
    what: Literal["texts", "priorities"]
    gone: int
    had: int


@dataclass(frozen=True)
class Plan:
    """What a sync is to do. ``kept`` is the base of the pairs that agree on nothing new."""

    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]
    absent: tuple[Absent, ...]
    doubts: tuple[Doubt, ...]
    only_local: tuple[Paper, ...]
    only_zotero: tuple[Paper, ...]
    repeated: tuple[Paper, ...]  # said twice in the sheet: neither is taken
    kept: tuple[Agreed, ...]
    gone: tuple[Gone, ...] = ()
    reviews: int = 0  # in the base

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
    same_scale: bool = True,
) -> Plan:
    """Plan what makes both sides say the same.

    ``prefer`` settles every conflict, ``answers`` those of single papers, by item key.
    ``settled_pairs`` says, by ``Paper.id``, which item a local paper is. Without ``same_scale`` the
    base was read by other words for the levels: then no priority was removed.
    """
    base = _followed(known, zotero)
    said, repeated = once(local.statements)
    pairing = pair(
        (statement.paper for statement in said.values()),
        zotero.papers,
        remembered(said, base.values()) | dict(settled_pairs),
    )
    met = [
        Met.of(said[found.left.id], found, base.get(found.right.id), zotero, same_scale)
        for found in pairing.pairs
    ]
    gone = tuple(_gone(met))
    believed = not gone or prefer == gone[0].side
    steps: list[Step] = []
    conflicts: list[Conflict] = []
    kept: list[Agreed] = []
    for one in met:
        merged = one.merged(scale, removals=believed)
        answer = answers.get(one.zotero.id, prefer)
        reason = one.reason(local, zotero, merged)
        unclear = one.is_unclear(local, zotero)
        if (merged.conflict or reason) and (answer is None or unclear):
            sides = (one.local, one.zotero, one.here, one.there)
            conflicts.append(Conflict(*sides, merged, one.known, reason, unclear))
            kept += [replace(one.known, local=one.local.id)] if one.known else []
        else:
            steps.append(one.step(one.outcome(merged, answer, reason), zotero.notation))
    absent = tuple(_absent(base, pairing, local, zotero))
    paired = {found.right.id for found in pairing.pairs}
    doubts = [one for one in pairing.doubts if not paired.issuperset(_candidates(one))]
    doubtful = {one.left.id for one in doubts}
    unmatched = [one.left for one in pairing.doubts if one.left.id not in doubtful]
    kept += [
        replace(one, missed=_missing(one, local, zotero) or "local")
        for one in base.values()
        if one.other not in paired
    ]
    gone_here = {one.agreed.other for one in absent if one.missing == "local"}
    gone_there = {one.agreed.local for one in absent if one.missing == "zotero"}
    return Plan(
        tuple(steps),
        tuple(conflicts),
        absent,
        tuple(doubts),
        tuple(
            paper for paper in (*unmatched, *pairing.unmatched_left) if paper.id not in gone_there
        ),
        tuple(paper for paper in pairing.unmatched_right if paper.id not in gone_here),
        tuple(statement.paper for statement in repeated),
        tuple(kept),
        () if prefer else gone,
        sum(bool(one.review) for one in base.values()),
    )


def _candidates(doubt: Doubt) -> Iterator[str]:
    return (candidate.paper.id for candidate in doubt.candidates)


def _followed(known: Iterable[Agreed], zotero: Zotero) -> dict[str, Agreed]:
    """The base by item key; of an item that was merged into another, by the other's."""
    base = {one.other: one for one in known}
    for key in [key for key in base if key not in zotero.ids]:
        new, seen = key, {key}
        while (into := zotero.replaced.get(new)) and into not in seen:
            new = into
            seen.add(new)
        if new in zotero.ids and new not in base:
            base[new] = replace(base.pop(key), other=new, note=None)
    return base


def _gone(met: Iterable[Met]) -> Iterator[Gone]:
    """Where more is missing on one side than anybody removes by hand."""
    had = [(one, one.base.review) for one in met if one.base]
    texts = [(one.here.text, one.there.text) for one, base in had if base.text]
    priorities = [(one.here.priority, one.there.priority) for one, base in had if base.priority]
    what: Literal["texts", "priorities"]
    for what, parts in (("texts", texts), ("priorities", priorities)):
        for side, gone in (
            ("local", sum(1 for here, there in parts if there and not here)),
            ("zotero", sum(1 for here, there in parts if here and not there)),
        ):
            if gone > max(_TOO_FEW, _MOST * len(parts)):
                yield Gone("local" if side == "local" else "zotero", what, gone, len(parts))


def _absent(
    base: Mapping[str, Agreed], pairing: Pairing, local: Local, zotero: Zotero
) -> Iterator[Absent]:
    paired = {found.right.id for found in pairing.pairs}
    for one in base.values():
        missing = _missing(one, local, zotero)
        if missing and one.other not in paired:
            yield Absent(one, missing)


def _missing(one: Agreed, local: Local, zotero: Zotero) -> Side | None:
    """The side on which a paper is not any more."""
    if one.local not in local.ids:
        return "local"
    return None if one.other in zotero.ids else "zotero"
