"""What a library and a sheet, or two libraries, make of one paper: what attach and sync share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from .base import Agreed
from .match import Candidate, Doubt, are_two_works, is_one_title
from .match.text import squash
from .merge import Merged, merge
from .model import Paper, Review
from .scale import Scale


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

    @property
    def stamps(self) -> bool:
        """Whether the hash of a review that is written there is noted."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What a library says of a paper that is no sheet: all there is."""

    paper: Paper
    base: str | None = None
    says_priority: bool = True
    says_text: bool = True
    stamps: bool = False


_S = TypeVar("_S", bound=Statement)

_MANY, _MUCH = 10, 0.2  # removals that need consent (DESIGN: Sync)


def once(statements: Iterable[_S]) -> tuple[dict[str, _S], list[_S]]:
    """The statements by the id of their paper, and those whose paper has more than one."""
    by_id: dict[str, list[_S]] = {}
    for statement in statements:
        by_id.setdefault(statement.paper.id, []).append(statement)
    repeated = [each for group in by_id.values() if len(group) > 1 for each in group]
    return {key: group[0] for key, group in by_id.items() if len(group) == 1}, repeated


def remembered(
    said: Mapping[str, Statement], known: Iterable[Agreed], there: Iterable[Paper] = ()
) -> dict[str, str]:
    """The pairs of earlier runs, by ``Paper.id``, as far as their ids still mean the same paper.

    A citation key that another paper has now says nothing; ``there`` are the papers of the other
    library, where its ids may pass on as well.
    """
    known = list(known)
    here = _Ids((statement.paper for statement in said.values()), (one.title for one in known))
    others = _Ids(there, (one.other_title for one in known))
    return {
        one.local: one.other
        for one in known
        if (statement := said.get(one.local))
        and here.mean_still(one.local, one.title, one.review.text if statement.says_text else "")
        and others.mean_still(one.other, one.other_title, one.review.text)
    }


def wished_over(earlier: Mapping[str, str], wished: Mapping[str, str]) -> dict[str, str]:
    """The pairs of earlier runs, with those instead that the user names now."""
    meant = set(wished.values())
    return {paper: item for paper, item in earlier.items() if item not in meant} | dict(wished)


def with_history(doubt: Doubt, known: Mapping[str, Agreed]) -> Doubt:
    """A doubt that says of a candidate that the paper was paired with it before.

    ``known`` is by ``Agreed.other``.
    """

    def told(candidate: Candidate) -> Candidate:
        one = known.get(candidate.paper.id)
        if not one or one.local != doubt.left.id:
            return candidate
        return replace(candidate, why=f"{candidate.why}; paired with it before")

    return replace(doubt, candidates=tuple(map(told, doubt.candidates)))


class _Ids:
    """The ids of one library, beside the titles that its papers had when pairs were noted."""

    def __init__(self, papers: Iterable[Paper], noted: Iterable[str]) -> None:
        self._papers = {paper.id: paper for paper in papers}
        self._now = {squash(paper.title) for paper in self._papers.values()}
        self._noted = {squash(title) for title in noted} - {""}

    def mean_still(self, key: str, title: str, text: str) -> bool:
        """Whether an id means the paper that had this title and text, as far as anybody knows.

        A title with slips in it was mended. One that stands under another id now, or was noted of
        another one, is that of another paper, however near; so may any be that did not bring its
        text along.
        """
        paper = self._papers.get(key)
        if not paper or not title or squash(paper.title) == squash(title):
            return True
        if squash(title) in self._now or squash(paper.title) in self._noted:
            return False
        was = replace(paper, title=title)
        if is_one_title(paper, was):
            return True
        return bool(text) and text == paper.review.text and not are_two_works(paper, was)


def completed(statement: Statement, other: Review) -> Review:
    """The review of a statement; on what it does not say it follows the other library."""
    review = statement.paper.review
    priority = review.priority if statement.says_priority else other.priority
    also = other.also if priority == other.priority else ()
    return Review(priority, review.text if statement.says_text else other.text, also)


def agreed_text(statement: Statement, text: str, known: Agreed | None) -> str:
    """The text on which both sides agree then; where the statement tells none, that of before.

    What it tells later was not written with the other library's text in view.
    """
    if statement.says_text:
        return text
    return known.review.text if known else ""


def merged(
    statement: Statement,
    here: Review,
    there: Review,
    known: Agreed | None,
    scale: Scale,
    *,
    doubted: Iterable[Review] = (),
    two_way: bool = False,
) -> Merged:
    """Merge what a statement says (``completed``) with what the other library says.

    The base is the stored one while the sheet still names the hash that it named then, also where
    the other library says again what that hash is of. Else it is the review of that hash; where
    nobody has that, whatever differs is a conflict. ``doubted`` are those of both reviews that may
    lack what nobody removed. ``two_way``: a sheet with a hash that neither was stored nor is of
    what the other library says is an old one, or made from something else, be it edited since or
    not: then it is no reason to replace a review on either side.
    """
    stored = known.review if known else None
    base: Review | None
    if known and known.mark == statement.base:
        base = stored
    elif statement.base == there.digest():
        base = there
    elif two_way and known and statement.base:
        base = known.as_far_as(here)
    elif two_way or statement.base is None:
        base = stored
    else:
        had = _had(statement, here, there, known, scale)
        base = next((review for review in had if review.digest() == statement.base), None)
        if base is None:
            return Merged(here, here.priority != there.priority, here.text != there.text)
    return merge(None if base is None else without_removals(base, *doubted), here, there)


def without_removals(base: Review, *sides: Review) -> Review:
    """A base for which what one of the sides lacks was never there, so that a merge copies it."""
    return Review(
        base.priority if all(side.priority for side in sides) else None,
        base.text if all(side.text for side in sides) else "",
    )


def removes(before: Review, after: Review) -> bool:
    """Whether a change leaves less than was there: no text, or no priority."""
    return bool((before.text and not after.text) or (before.priority and not after.priority))


def is_much(removals: int, reviews: int) -> bool:
    """Whether so many removals need a person's yes: over ten, or over a fifth of the reviews."""
    return removals > _MANY or removals > reviews * _MUCH


def _had(
    statement: Statement, here: Review, there: Review, known: Agreed | None, scale: Scale
) -> Iterator[Review]:
    """The reviews that the sheet may have been made from, the likeliest first."""
    yield here
    yield there
    yield replace(here, priority=there.priority)  # each side may have changed another part
    yield replace(there, priority=here.priority)
    yield Review()  # an imported sheet was made from none
    if known:
        yield known.review
    if not statement.says_priority:  # then the sheet's hash has a priority that it does not show
        for priority in (None, *(level.id for level in scale.levels)):
            yield replace(here, priority=priority)
            yield replace(there, priority=priority)
