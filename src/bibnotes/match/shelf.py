"""The right library, with an index for each kind of evidence, built when first needed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

from ..model import Paper
from . import identifiers
from .people import signs
from .text import squash, words
from .titles import telling

_COMMON = 2000  # papers above which having something in common says nothing


class Index:
    """The places of the papers that have a value; most values have one paper."""

    def __init__(self, values: Iterable[Iterable[str]]) -> None:
        self._first: dict[str, int] = {}
        self._all: dict[str, list[int]] = {}
        for place, own in enumerate(values):
            for value in own:
                first = self._first.setdefault(value, place)
                if first != place:
                    self._all.setdefault(value, [first]).append(place)
        self._first.pop("", None)
        self._all.pop("", None)

    def __contains__(self, value: str) -> bool:
        return value in self._first

    def __getitem__(self, value: str) -> Sequence[int]:
        """The places, in order; none where nothing has the value."""
        if value not in self._first:
            return ()
        return self._all.get(value) or (self._first[value],)

    def has(self, value: str, place: int) -> bool:
        """Whether the paper at a place has the value."""
        places = self[value]
        at = bisect_left(places, place)
        return at < len(places) and places[at] == place


class Shelf:
    """Papers, known by their places."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)

    @cached_property
    def by_id(self) -> Index:
        """By Paper.id."""
        return Index([paper.id] for paper in self.papers)

    @cached_property
    def by_key(self) -> Index:
        """By citation key."""
        return Index([paper.key] for paper in self.papers)

    @cached_property
    def by_doi(self) -> Index:
        """By DOI."""
        return Index([identifiers.doi(paper)] for paper in self.papers)

    @cached_property
    def by_arxiv(self) -> Index:
        """By arXiv id."""
        return Index([identifiers.arxiv(paper)] for paper in self.papers)

    @cached_property
    def by_isbn(self) -> Index:
        """By each ISBN."""
        return Index(set(identifiers.isbns(paper)) for paper in self.papers)

    @cached_property
    def by_address(self) -> Index:
        """By URL."""
        return Index([identifiers.address(paper)] for paper in self.papers)

    @cached_property
    def by_title(self) -> Index:
        """By the squashed title."""
        return Index([squash(paper.title)] for paper in self.papers)

    @cached_property
    def by_word(self) -> Index:
        """By each telling word of the title."""
        return Index(telling(words(paper.title)) for paper in self.papers)

    @cached_property
    def by_person(self) -> Index:
        """By the signs of the authors."""
        return Index(signs(paper) for paper in self.papers)

    def knows(self, word: str) -> bool:
        """Whether a title here has the telling word."""
        return word in self.by_word

    def most_often(self, lists: Iterable[Sequence[int]], limit: int) -> list[int]:
        """The places in most of the lists, at least half as often as the first of them.

        At most ``limit``; none where even more come first, since nothing tells them apart.
        """
        hits = Counter(chain.from_iterable(each for each in lists if len(each) <= _COMMON))
        best = max(hits.values(), default=0)
        for floor in range((best + 1) // 2, best + 1):
            often = [place for place, count in hits.items() if count >= floor]
            if len(often) <= limit:
                return often
        return []

    def rank(self, place: int) -> tuple[str, ...]:
        """Where papers tie, what they say decides, not the order they came in."""
        paper = self.papers[place]
        return paper.id, paper.key, paper.title, paper.year
