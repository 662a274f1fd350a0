"""What attaching a sheet or a listing to a library would change: a plan, made by pure functions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from . import agreement
from .agreement import (
    Statement,
    completed,
    is_much,
    once,
    remembered,
    removes,
    wished_over,
    with_history,
)
from .base import Agreed
from .match import Doubt, pair
from .merge import Merged, settled
from .model import Change, Paper, Review
from .reread import Reread, unmet
from .scale import Scale

Side = Literal["sheet", "library"]


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
    the paper's id in the library; ``kept`` is what stays agreed on where a change is not made.
    """

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    doubts: tuple[Doubt, ...]
    unplaced: tuple[Paper, ...]
    repeated: tuple[Paper, ...]  # said twice in the sheet: neither is taken
    unchanged: int
    reviewed: int
    agreed: Mapping[str, Agreed]
    kept: Mapping[str, Agreed]

    @property
    def removals(self) -> int:
        """How many changes remove a text or a priority."""
        return sum(removes(change.before, change.after) for change in self.changes)

    @property
    def removes_much(self) -> bool:
        """Whether so much would go that somebody has to say yes."""
        return is_much(self.removals, self.reviewed)


def plan(
    statements: Iterable[Statement],
    papers: Sequence[Paper],
    known: Mapping[str, Agreed],
    scale: Scale,
    *,
    settled_pairs: Mapping[str, str] = MappingProxyType({}),
    prefer: Side | Mapping[str, Side | Review] | None = None,
    alike: Callable[[str, str], bool] = operator.eq,
    read_by: Scale | None = None,
) -> Plan:
    """Plan what the statements of a sheet change in a library.

    ``known`` is the base of the pair, by library id. ``settled_pairs`` says, by ``Paper.id``, which
    paper a statement means. ``prefer`` settles conflicts for one side, for all or by library
    id; by id it may also say what the review is to be. ``alike`` tells whether two texts say the
    same to the library, whatever their notation. ``read_by`` is the scale that the base was read
    by: where its words are other ones, no priority was removed, nor set by a word that means
    another level now.
    """
    said, repeated = once(statements)
    earlier = remembered(said, known.values(), papers)
    pairing = pair(
        (statement.paper for statement in said.values()),
        papers,
        wished_over(earlier, settled_pairs),
    )
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    reread = Reread.of(read_by, scale)
    kept = {key: unmet(one, reread) for key, one in known.items()}
    agreed = dict(kept)
    for found in pairing.pairs:
        statement, paper = said[found.left.id], found.right
        sheet = completed(statement, paper.review)
        if alike(sheet.text, paper.review.text):
            sheet = replace(sheet, text=paper.review.text)
        before = known.get(paper.id)
        if before and before.local != found.left.id and earlier.get(before.local) == paper.id:
            before = None  # it was about a paper that the sheet has still
        if before and reread:
            before = replace(before, review=reread.met(before.review, sheet, paper.review))
        merged = agreement.merged(statement, sheet, paper.review, before, scale)
        side = prefer if prefer is None or isinstance(prefer, str) else prefer.get(paper.id)
        if merged.conflict and side is None:
            conflicts.append(Conflict(paper.key, sheet, paper.review, merged, paper.id))
            continue
        if merged.conflict and isinstance(side, Review):
            review = side
        else:
            review = settled(merged, sheet, paper.review, take_one=side == "sheet")
        if review != paper.review:
            changes.append(Change(paper.id, paper.review, review))
        agreed[paper.id] = Agreed(
            found.left.id,
            paper.id,
            replace(sheet, text=agreement.agreed_text(statement, sheet.text, before)),
            statement.base,
            title=found.left.title,
            other_title=paper.title,
            note=before.note if before else None,
        )
    return Plan(
        tuple(changes),
        tuple(conflicts),
        tuple(
            with_history(doubt, known)
            for doubt in pairing.doubts
            if _says_something(said[doubt.left.id])
        ),
        tuple(paper for paper in pairing.unmatched_left if _says_something(said[paper.id])),
        tuple(statement.paper for statement in repeated),
        len(pairing.pairs) - len(changes) - len(conflicts),
        sum(bool(found.right.review) for found in pairing.pairs),
        agreed,
        kept,
    )


def _says_something(statement: Statement) -> bool:
    """Whether there is a review to place; an unedited section of a digest says nothing new."""
    review = statement.paper.review
    return bool(review) if statement.base is None else review.digest() != statement.base
