"""What attaching a sheet or a listing to a library would change: a plan, made by pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeVar

from .base import Agreed
from .match import Doubt, pair
from .merge import Merged, merge, settled
from .model import Change, Paper, Review
from .scale import Scale

Side = Literal["sheet", "library"]

_MANY, _MUCH = 10, 0.2  # removals that need consent (DESIGN: Sync)


class Statement(Protocol):
    """What a sheet says of one paper (see sheets.statement)."""

    @property
    def paper(self) -> Paper:
        """What identifies the paper, with its review."""

    @property
    def base(self) -> str | None:
        """The hash of the review that the sheet was made from, None where it names none."""

    @property
    def says_priority(self) -> bool:
        """Whether the priority of the review was meant."""

    @property
    def says_text(self) -> bool:
        """Whether the text of the review was meant."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A paper that sheet and library changed differently."""

    key: str
    sheet: Review
    library: Review
    merged: Merged
    paper: str  # Paper.id in the library


@dataclass(frozen=True)
class Plan:
    """What is to be written, what takes a person, and what both sides will have agreed on.

    ``doubts`` and ``unplaced`` leave out papers of which the sheet says nothing new. ``reviewed``
    counts the paired papers that have a review in the library. ``agreed`` is by ``Agreed.other``,
    the paper's id in the library.
    """

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    doubts: tuple[Doubt, ...]
    unplaced: tuple[Paper, ...]
    repeated: tuple[Paper, ...]  # said twice in the sheet: neither is taken
    unchanged: int
    reviewed: int
    agreed: Mapping[str, Agreed]

    @property
    def removals(self) -> int:
        """How many changes remove a text or a priority."""
        return sum(_removes(change.before, change.after) for change in self.changes)

    @property
    def removes_much(self) -> bool:
        """Whether so much would go that somebody has to say yes: over ten, or over a fifth."""
        return self.removals > _MANY or self.removals > self.reviewed * _MUCH


def plan(
    statements: Iterable[Statement],
    papers: Sequence[Paper],
    known: Mapping[str, Agreed],
    scale: Scale,
    *,
    settled_pairs: Mapping[str, str] | None = None,
    prefer: Side | Mapping[str, Side] | None = None,
) -> Plan:
    """Plan what the statements of a sheet change in a library.

    ``known`` is the base of the pair, by library id. ``settled_pairs`` says, by ``Paper.id``, which
    paper a statement means. ``prefer`` settles conflicts for one side, for all or by library id.
    """
    said, repeated = _once(statements)
    remembered = {agreed.local: agreed.other for agreed in known.values()}
    pairing = pair(
        (statement.paper for statement in said.values()),
        papers,
        remembered | dict(settled_pairs or {}),
    )
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    agreed = dict(known)
    for found in pairing.pairs:
        statement, paper = said[found.left.id], found.right
        sheet = _said(statement, paper.review)
        merged = _merged(statement, sheet, paper.review, known.get(paper.id), scale)
        side = prefer if prefer is None or isinstance(prefer, str) else prefer.get(paper.id)
        if merged.conflict and side is None:
            conflicts.append(Conflict(paper.key, sheet, paper.review, merged, paper.id))
            continue
        review = settled(merged, sheet, paper.review, take_one=side == "sheet")
        if review != paper.review:
            changes.append(Change(paper.id, paper.review, review))
        agreed[paper.id] = Agreed(found.left.id, paper.id, sheet, statement.base)
    return Plan(
        tuple(changes),
        tuple(conflicts),
        tuple(doubt for doubt in pairing.doubts if _says_something(said[doubt.left.id])),
        tuple(paper for paper in pairing.unmatched_left if _says_something(said[paper.id])),
        tuple(statement.paper for statement in repeated),
        len(pairing.pairs) - len(changes) - len(conflicts),
        sum(bool(found.right.review) for found in pairing.pairs),
        agreed,
    )


_S = TypeVar("_S", bound=Statement)


def _once(statements: Iterable[_S]) -> tuple[dict[str, _S], list[_S]]:
    """The statements by the id of their paper, and those whose paper has more than one."""
    by_id: dict[str, list[_S]] = {}
    for statement in statements:
        by_id.setdefault(statement.paper.id, []).append(statement)
    repeated = [each for group in by_id.values() if len(group) > 1 for each in group]
    return {key: group[0] for key, group in by_id.items() if len(group) == 1}, repeated


def _says_something(statement: Statement) -> bool:
    """Whether there is a review to place; an unedited section of a digest says nothing new."""
    review = statement.paper.review
    return bool(review) if statement.base is None else review.digest() != statement.base


def _said(statement: Statement, library: Review) -> Review:
    """The review of a statement; on what it does not say it follows the library."""
    review = statement.paper.review
    priority = review.priority if statement.says_priority else library.priority
    also = library.also if priority == library.priority else ()
    return Review(priority, review.text if statement.says_text else library.text, also)


def _merged(
    statement: Statement, sheet: Review, library: Review, known: Agreed | None, scale: Scale
) -> Merged:
    if statement.base is None or (known and known.mark == statement.base):
        return merge(known.review if known else None, sheet, library)
    for review in _had(statement, sheet, library, known, scale):
        if review.digest() == statement.base:
            return merge(review, sheet, library)
    return Merged(sheet, sheet.priority != library.priority, sheet.text != library.text)


def _had(
    statement: Statement, sheet: Review, library: Review, known: Agreed | None, scale: Scale
) -> Iterator[Review]:
    """The reviews that the sheet may have been made from, the likeliest first."""
    yield sheet
    yield library
    yield Review()  # an imported sheet was made from none
    if known:
        yield known.review
    if not statement.says_priority:  # then the sheet's hash has a priority that it does not show
        for priority in (None, *(level.id for level in scale.levels)):
            yield replace(sheet, priority=priority)
            yield replace(library, priority=priority)


def _removes(before: Review, after: Review) -> bool:
    return bool((before.text and not after.text) or (before.priority and not after.priority))
