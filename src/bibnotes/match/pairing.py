"""Pair two libraries, one to one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..model import Paper
from .case import Case, Verdict
from .identifiers import address
from .shelf import Shelf

_SHOWN = 5  # candidates of a doubt
_STRENGTH = ("settled", "key", "DOI", "arXiv id", "ISBN", "URL")


@dataclass(frozen=True, slots=True)
class Pair:
    """One paper in two libraries; ``reason`` is the evidence, such as "DOI"."""

    left: Paper
    right: Paper
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that may be meant, and what speaks for and against it."""

    paper: Paper
    why: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A paper that a person has to place; of the candidates the likeliest comes first."""

    left: Paper
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which paper of one library is which of another; everything in the order of its library.

    Each left paper is in ``pairs``, ``doubts`` or ``unmatched_left``; each right paper is in
    ``pairs`` or ``unmatched_right``, even if it is a candidate of a doubt.
    """

    pairs: tuple[Pair, ...]
    doubts: tuple[Doubt, ...]
    unmatched_left: tuple[Paper, ...]
    unmatched_right: tuple[Paper, ...]


def pair(
    left: Iterable[Paper],
    right: Iterable[Paper],
    settled: Mapping[str, str] = MappingProxyType({}),
) -> Pairing:
    """Pair each left paper with at most one right paper, and each right one with at most one left.

    ``settled`` gives, by ``Paper.id``, pairs that a person or an earlier run decided on; one that
    names a paper that is not there, or is there twice, counts for nothing. The result does not
    depend on the order of the papers.
    """
    lefts, shelf = tuple(left), Shelf(right)
    shared = _more_than_once(address(paper) for paper in lefts)
    verdicts = [Case(paper, shelf, shared).verdict(settled.get(paper.id)) for paper in lefts]
    winners = _winners(lefts, verdicts)
    taken = {place: lefts[number] for place, number in winners.items()}
    pairs, doubts, unmatched = [], [], []
    for number, (paper, verdict) in enumerate(zip(lefts, verdicts, strict=True)):
        if not verdict.found:
            unmatched.append(paper)
        elif verdict.reason and winners[verdict.found[0].place] == number:
            pairs.append(Pair(paper, shelf.papers[verdict.found[0].place], verdict.reason))
        else:
            doubts.append(_doubt(paper, verdict, Case(paper, shelf, shared), shelf, taken))
    rest = (paper for place, paper in enumerate(shelf.papers) if place not in taken)
    return Pairing(tuple(pairs), tuple(doubts), tuple(unmatched), tuple(rest))


def _more_than_once(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value, count in Counter(values).items() if value and count > 1)


def _winners(lefts: Sequence[Paper], verdicts: Sequence[Verdict]) -> dict[int, int]:
    """Who gets each claimed right paper: the strongest claim, then the closest, then by id."""
    claims: defaultdict[int, list[int]] = defaultdict(list)
    for number, verdict in enumerate(verdicts):
        if verdict.reason:
            claims[verdict.found[0].place].append(number)

    def strength(number: int) -> tuple[object, ...]:
        reason, (found,) = verdicts[number]
        rank = _STRENGTH.index(reason) if reason in _STRENGTH else len(_STRENGTH)
        paper = lefts[number]
        return rank, found.distance, paper.id, paper.key, repr(paper)

    return {
        place: numbers[0] if len(numbers) == 1 else min(numbers, key=strength)
        for place, numbers in claims.items()
    }


def _doubt(
    paper: Paper, verdict: Verdict, case: Case, shelf: Shelf, taken: Mapping[int, Paper]
) -> Doubt:
    shown = []
    for found in verdict.found[:_SHOWN]:
        why = case.why(found)
        if found.place in taken:
            other = taken[found.place]
            why += f"; paired with {other.key or other.title or other.id} already"
        shown.append(Candidate(shelf.papers[found.place], why))
    return Doubt(paper, tuple(shown))
