"""Two-way sync of a local library with Zotero: a plan, made by pure functions, and how it is made.

DESIGN's table, in short: what one side changed since both last agreed is taken by the other, texts
that both changed are merged by lines, and whatever is left is a conflict that changes neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from . import agreement
from .agreement import Statement, completed, is_much, once, remembered, removes
from .base import Agreed
from .errors import ConflictError, NotAllowedError
from .match import Doubt, Pair, Pairing, pair
from .merge import Merged, settled
from .model import UNMADE, Change, Outcome, Paper, Review, ZoteroSource
from .scale import Scale

Side = Literal["local", "zotero"]
Settlement: TypeAlias = "Side | Review"  # whose review counts, or what it is to be

_MOST = 0.5  # of the base's texts, or of its priorities
_TOO_FEW = 2  # texts or priorities of which all may go

_NOTHING: Mapping[str, str] = MappingProxyType({})


class LocalStatement(Statement, Protocol):
    """What the local library says of a paper; one that is no sheet says all there is."""

    @property
    def completable(self) -> bool:
        """Whether a part that it does not speak of may be written."""


def _as_it_is(_like: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Local:
    """A .bib file or a sheet. ``damaged`` says, by ``Paper.id``, why a paper cannot be trusted."""

    statements: Sequence[LocalStatement]
    damaged: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all papers."""
        return frozenset(statement.paper.id for statement in self.statements)


@dataclass(frozen=True)
class Zotero:
    """A Zotero library, or one collection of it.

    By item key: ``replaced`` says into which other item one was merged, ``unclear`` why an item's
    review cannot be told, as with two notes. ``released`` are the items whose note lost its tag.
    ``notation`` gives a text (the second) in the notation of another one where both say the same.
    """

    papers: Sequence[Paper]
    replaced: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    released: AbstractSet[str] = frozenset()
    notation: Callable[[str, str], str] = _as_it_is

    @cached_property
    def ids(self) -> frozenset[str]:
        """The keys of all items."""
        return frozenset(paper.id for paper in self.papers)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A paper on which both sides must be asked; ``reason`` is set where it is not the texts."""

    local: Paper
    zotero: Paper
    here: Review
    there: Review
    merged: Merged
    known: Agreed | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A paper that both sides had and one of them has no more: its review stays on the other."""

    agreed: Agreed
    missing: Side


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a pair: a change on either side or none, and what both agree on then."""

    local: Paper
    zotero: Paper
    to_local: Change | None
    to_zotero: Change | None
    agreed: Agreed
    known: Agreed | None  # what both agreed on before

    @property
    def changes(self) -> list[Change]:
        """The changes that there are."""
        return [change for change in (self.to_local, self.to_zotero) if change]


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
        """Raise ConflictError where too much is gone, NotAllowedError where that needs a yes."""
        if self.gone:
            raise ConflictError(*_explained(self.gone[0]))
        if self.needs_yes and not yes:
            raise NotAllowedError(
                f"{len(self.removals)} of {self.reviews} reviews would lose a text or a priority",
                "Look at them with --dry-run. If that is meant, add --yes.",
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
    settled_pairs: Mapping[str, str] = _NOTHING,
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
        _Met.of(said[found.left.id], found, base.get(found.right.id), zotero, same_scale)
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
        if (merged.conflict or reason) and (answer is None or one.is_unclear(local, zotero)):
            conflicts.append(
                Conflict(one.local, one.zotero, one.here, one.there, merged, one.known, reason)
            )
            kept += [replace(one.known, local=one.local.id)] if one.known else []
        else:
            steps.append(one.step(one.outcome(merged, answer, reason), zotero.notation))
    absent = tuple(_absent(base, pairing, local, zotero))
    paired = {found.right.id for found in pairing.pairs}
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
        pairing.doubts,
        tuple(paper for paper in pairing.unmatched_left if paper.id not in gone_there),
        tuple(paper for paper in pairing.unmatched_right if paper.id not in gone_here),
        tuple(statement.paper for statement in repeated),
        tuple(kept),
        () if prefer else gone,
        sum(bool(one.review) for one in base.values()),
    )


@dataclass(frozen=True, slots=True)
class _Met:
    """A pair of papers: what each side says, in the local notation."""

    statement: LocalStatement
    zotero: Paper
    here: Review
    there: Review
    known: Agreed | None
    base: Agreed | None  # ``known`` without what can be no removal

    @classmethod
    def of(
        cls,
        statement: LocalStatement,
        found: Pair,
        known: Agreed | None,
        zotero: Zotero,
        same_scale: bool,
    ) -> _Met:
        own, there = statement.paper.review, found.right.review
        had = known.review.text if known else ""
        there = replace(there, text=_in_notation(zotero.notation, there.text, had, own.text))
        here = completed(statement, there)
        believed = known
        if known and known.missed:
            back = here if known.missed == "local" else there
            believed = replace(known, review=_as_it_came_back(known.review, back))
        if believed and not same_scale:
            fewer = agreement.without_removals(believed.review, here, there)
            review = replace(believed.review, priority=fewer.priority)
            believed = replace(believed, review=review)
        return cls(statement, found.right, here, there, known, believed)

    @property
    def local(self) -> Paper:
        return self.statement.paper

    def merged(self, scale: Scale, *, removals: bool) -> Merged:
        return agreement.merged(
            self.statement,
            self.here,
            self.there,
            self.base,
            scale,
            removals=removals and self.known is not None,
        )

    def is_unclear(self, local: Local, zotero: Zotero) -> bool:
        """Whether one side cannot be told or written, so that no answer helps."""
        return self.local.id in local.damaged or self.zotero.id in zotero.unclear

    def reason(self, local: Local, zotero: Zotero, merged: Merged) -> str:
        """Why a person has to look at the pair, whatever the reviews are."""
        if self.zotero.id in zotero.unclear:
            return zotero.unclear[self.zotero.id]
        same = not merged.conflict and merged.review == self.here == self.there
        if self.local.id in local.damaged and not same:
            return local.damaged[self.local.id]
        lost = self.known and self.known.review.text and not self.there.text
        if lost and self.here.text and self.zotero.id in zotero.released:
            return "its note in Zotero does not carry the tag bibnotes any more"
        return ""

    def outcome(self, merged: Merged, answer: Settlement | None, reason: str) -> Review:
        if isinstance(answer, Review) and (merged.conflict or reason):
            return answer
        if reason:  # the note was released: the merge would be a removal that nobody asked for
            side = self.here if answer == "local" else self.there
            return replace(merged.review, text=side.text)
        return settled(merged, self.here, self.there, take_one=answer == "local")

    def step(self, review: Review, notation: Callable[[str, str], str]) -> Step:
        own, statement = self.local.review, self.statement
        here = _written(own, review)
        if not (statement.says_priority or statement.completable):
            here = replace(here, priority=own.priority, also=own.also)
        if not (statement.says_text or statement.completable):
            here = replace(here, text=own.text)
        there = _written(self.zotero.review, review)
        if _says(notation, review.text, self.zotero.review.text):
            there = replace(there, text=self.zotero.review.text)
        to_local = self._local_change(here)
        source = self.zotero.source
        agreed = Agreed(
            self.local.id,
            self.zotero.id,
            Review(review.priority, review.text),
            to_local.after.digest() if to_local and statement.base else statement.base,
            self.local.title,
            note=source.note if isinstance(source, ZoteroSource) and review.text else None,
        )
        return Step(
            self.local,
            self.zotero,
            to_local,
            _change(self.zotero, there),
            agreed,
            self.known,
        )

    def _local_change(self, after: Review) -> Change | None:
        """The change to the local file; to the same review where its stamp is of an older one."""
        statement, own = self.statement, self.local
        whole = statement.says_priority and statement.says_text
        if whole and statement.base and statement.base != after.digest():
            return Change(own.id, own.review, after)
        return _change(own, after)


def _as_it_came_back(base: Review, back: Review) -> Review:
    """The base of a paper that was missed, without what reads otherwise now that it is back."""
    return Review(
        base.priority if back.priority == base.priority else None,
        base.text if back.text == base.text else "",
    )


def _change(paper: Paper, after: Review) -> Change | None:
    return Change(paper.id, paper.review, after) if after != paper.review else None


def _written(own: Review, review: Review) -> Review:
    """The review that a side is to have; further levels stay until the priority is set anew."""
    also = own.also if own.priority == review.priority else ()
    return Review(review.priority, review.text, also)


def _in_notation(notation: Callable[[str, str], str], text: str, had: str, own: str) -> str:
    """Zotero's text as both sides had it, or as the local one has it, if that says the same."""
    if not text or text in (had, own):
        return text
    for like in (had, own):
        if like and _says(notation, like, text):
            return like
    return notation(had or own, text) if had or own else text


def _says(notation: Callable[[str, str], str], text: str, other: str) -> bool:
    return text == other or bool(text and other and notation(text, other) == text)


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


def _gone(met: Iterable[_Met]) -> Iterator[Gone]:
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


@dataclass
class Done:
    """What became of a plan, change by change."""

    sent: list[Outcome] = field(default_factory=list)
    taken: list[Outcome] = field(default_factory=list)

    @property
    def unmade(self) -> list[Outcome]:
        """The changes that could not be made."""
        return [one for one in (*self.sent, *self.taken) if one.status in UNMADE]


Write: TypeAlias = Callable[[list[Change]], list[Outcome]]
Save: TypeAlias = Callable[[list[Agreed]], None]


def apply(plan: Plan, send: Write, take: Write, save: Save) -> Done:
    """Make a plan: ``send`` to Zotero first, then ``take`` into the local file, ``save`` the base.

    A run that dies in between, and one that is repeated, ends where one whole run would: what was
    made already is found to be what both sides say. What cannot be made on one side is not made on
    the other, and the base does not speak of it. Raises what the three raise.
    """
    done = Done(sent=send(plan.to_zotero))
    unmade = {one.change.paper for one in done.unmade}
    sent = [step for step in plan.steps if step.zotero.id not in unmade]
    done.taken = take([step.to_local for step in sent if step.to_local])
    unmade = {one.change.paper for one in done.taken if one.status in UNMADE}
    agreed = {step.zotero.id for step in sent if step.local.id not in unmade}
    after = [step.agreed if step.zotero.id in agreed else step.known for step in plan.steps]
    save([*filter(None, after), *plan.kept])
    return done
