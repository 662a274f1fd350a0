"""What speaks for and against two records being one paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from ..model import Paper
from . import identifiers
from .people import MANY, Person, people_in_common, person
from .text import squash, words
from .titles import Titles, compare_words, telling, weight

# The year of a preprint is often that of the publication less one.
_PREPRINTS = frozenset({"arxiv", "biorxiv", "chemrxiv", "corr", "medrxiv", "preprint", "ssrn"})


class Facts:
    """A paper's facts as they are compared, each worked out when first asked for."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    @cached_property
    def title(self) -> str:
        """The title, squashed."""
        return squash(self.paper.title)

    @cached_property
    def words(self) -> list[str]:
        """The words of the title."""
        return words(self.paper.title)

    @cached_property
    def weight(self) -> float:
        """How much the title says."""
        return weight(self.words)

    @cached_property
    def people(self) -> list[Person]:
        """The authors, in order, as far as they are compared."""
        return [person(name) for name in self.paper.authors[:MANY]]

    @cached_property
    def latin(self) -> bool:
        """Whether the authors' names are in Latin letters."""
        return all(word.isascii() for name in self.people for word in name)

    @cached_property
    def year(self) -> int | None:
        """The year, None where the record has none."""
        return identifiers.year(self.paper)

    @cached_property
    def doi(self) -> str:
        """The DOI, "" where the record has none."""
        return identifiers.doi(self.paper)

    @cached_property
    def arxiv(self) -> str:
        """The arXiv id, "" where the record has none."""
        return identifiers.arxiv(self.paper)

    @cached_property
    def preprint(self) -> bool:
        """Whether the record is of a preprint, or knows of one."""
        return bool(self.arxiv) or not _PREPRINTS.isdisjoint(words(self.paper.venue))


class Likeness(NamedTuple):
    """What two records have in common, the abstracts aside."""

    titles: Titles
    people: float | None  # share of the shorter list that the other has too; None: not comparable
    matched: int  # how many people are on both
    whole: bool  # whether both lists of people are complete and the same
    gap: int | None  # years between them
    conflict: str  # the identifier that says they are two, or ""

    @property
    def agrees(self) -> bool:
        """Whether the people do not speak against it."""
        return self.people is None or self.people >= 0.5

    @property
    def free(self) -> bool:
        """Whether neither people nor identifiers speak against it."""
        return self.agrees and not self.conflict


def compare(left: Facts, right: Facts, known: Callable[[str], bool]) -> Likeness:
    """Compare all but the abstracts; ``known`` tells whether the right library uses a word."""
    matched = people_in_common(left.people, right.people)
    shorter = min(len(left.people), len(right.people))
    comparable = shorter and (matched or left.latin == right.latin)
    complete = not (left.paper.more_authors or right.paper.more_authors)
    return Likeness(
        compare_titles(left, right, known),
        matched / shorter if comparable else None,
        matched,
        0 < matched == len(left.people) == len(right.people) and complete,
        None if left.year is None or right.year is None else abs(left.year - right.year),
        _conflict(left, right),
    )


def compare_titles(left: Facts, right: Facts, known: Callable[[str], bool]) -> Titles:
    """How the titles compare. A word that the left abstract has too is no slip."""
    if not left.title or not right.title:
        return Titles.UNKNOWN
    if left.title == right.title:
        return Titles.SAME
    return compare_words(
        left.words,
        right.words,
        lambda word: known(word) or word in _word_set(left.paper.abstract),
    )


def are_two_works(one: Paper, other: Paper) -> bool:
    """Whether the titles leave no doubt that two records are not of the same work."""
    titles = compare_titles(Facts(one), Facts(other), lambda _word: True)
    return titles in (Titles.SIBLING, Titles.OTHER)


def is_one_title(one: Paper, other: Paper) -> bool:
    """Whether two records have one title, but for slips of the pen."""
    titles = compare_titles(Facts(one), Facts(other), lambda _word: False)
    return titles in (Titles.SAME, Titles.SLIP)


def may_be_one(one: Paper, other: Paper) -> bool:
    """Whether two records have one title, and nothing else in them says that they are two."""
    like = compare(Facts(one), Facts(other), lambda _word: True)
    return like.titles is Titles.SAME and like.free and not like.gap


def _conflict(left: Facts, right: Facts) -> str:
    if left.doi and right.doi and left.doi != right.doi:
        return "DOI"
    if left.arxiv and right.arxiv and left.arxiv != right.arxiv:
        return "arXiv id"
    return ""


def compare_abstracts(left: Facts, right: Facts) -> float | None:
    """How much of the shorter abstract the longer one has too, from 0 to 1; None if one is missing.

    Counted in pairs of neighbouring words, unless single words rule it out.
    """
    one, other = left.paper.abstract, right.paper.abstract
    if not one or not other:
        return None
    if _shared(_word_set(one), _word_set(other)) < 0.5:
        return 0.0
    return _shared(_word_pairs(one), _word_pairs(other))


def title_in_abstract(titled: Facts, other: Facts) -> float:
    """The share of a title's words that another record's abstract uses, from 0 to 1."""
    title = telling(titled.words)
    if not title or not other.paper.abstract:
        return 0.0
    spoken = _word_set(other.paper.abstract)
    return sum(word in spoken or word.rstrip("s") in spoken for word in title) / len(title)


def _shared(one: frozenset[Any], other: frozenset[Any]) -> float:
    return len(one & other) / max(8, min(len(one), len(other)))


# Small caches: one abstract is held against several, but not all of them fit into memory.
@lru_cache(maxsize=256)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(words(text))


@lru_cache(maxsize=256)
def _word_pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(words(text)))
