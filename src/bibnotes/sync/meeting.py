"""Which papers of both sides meet, and which are left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from ..agreement import Statement, once, remembered, removes, wished_over, with_history
from ..base import Agreed, Missed
from ..match import Doubt, Pair, Pairing, are_two_works, may_be_one, pair
from ..match.text import squash
from ..model import Paper
from .sides import Local, Side, Zotero

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Absent:
    """A paper that both sides had and one of them has no more: its review stays on the other.

    ``into`` is the local paper whose item its own was merged into, "" where it was not.
    """

    agreed: Agreed
    missing: Side
    into: str = ""


class Meeting:
    """Who meets whom, as earlier runs, the user and what identifies the papers have it.

    ``wished`` says, by ``Paper.id``, which item a local paper is; that counts for more than what
    earlier runs agreed on. Papers that are said twice take part, so that nothing else is taken for
    theirs, and are left out of the rest. What may be a heading of the user's own is one unless it
    meets somebody, or may.
    """

    def __init__(
        self, local: Local, zotero: Zotero, known: Iterable[Agreed], wished: Mapping[str, str]
    ) -> None:
        self._local, self._zotero = local, zotero
        self._said, self._repeated = once(local.statements)
        everything = self._said | {one.paper.id: one for one in self._repeated}
        self._base = followed(known, zotero.ids, zotero.replaced)
        self._earlier = remembered(everything, self._base.values())
        self._earlier |= self._retitled(everything, wished)
        settled = wished_over(self._earlier, wished)
        papers = [statement.paper for statement in everything.values()]
        self._pairing: Pairing = pair(papers, zotero.papers, settled)
        if renamed := dict(self._renamed()):
            self._pairing = pair(papers, zotero.papers, settled | renamed)

    def _retitled(
        self, said: Mapping[str, Statement], wished: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        """Pairs of earlier runs whose title became another, however near, on both sides alike.

        Or on one, and the user says that they are a pair still; of one that lacks a part of what
        was agreed, that does not say that it was removed: it may have been entered anew.
        """
        items = {paper.id: paper for paper in self._zotero.papers}
        for one in self._base.values():
            if one.local in self._earlier or one.local not in said or one.other not in items:
                continue
            paper, item = said[one.local].paper, items[one.other]
            is_alike = paper.title and squash(paper.title) == squash(item.title)
            is_said = wished.get(one.local) == one.other
            is_one = is_alike or (is_said and not removes(one.review, paper.review))
            if is_one and not are_two_works(paper, replace(paper, title=one.title)):
                yield one.local, one.other

    @cached_property
    def pairs(self) -> list[tuple[Statement, Pair, Agreed | None]]:
        """What the local side says of each paper that was found, and what was agreed of it."""
        found = (one for one in self._pairing.pairs if one.left.id in self._said)
        return [(self._said[one.left.id], one, self._known(one)) for one in found]

    @cached_property
    def repeated(self) -> list[Paper]:
        """The papers that the local side has twice, each place of them."""
        return [one.paper for one in self._repeated if one.paper.id not in self._headings]

    @cached_property
    def _headings(self) -> set[str]:
        """What is no paper but a heading of the user's own."""
        alone = {paper.id for paper in self._pairing.unmatched_left}
        return alone.intersection(self._local.headings)

    def _known(self, found: Pair) -> Agreed | None:
        """What was agreed of an item, unless that was about another paper that is there still.

        A local paper under another id that still has the text was renamed; without that it may
        have been entered anew.
        """
        one = self._base.get(found.right.id)
        if one is None or self._is_here(one):
            return one if one and one.local == found.left.id else None
        text = found.left.review.text
        is_renamed = bool(text) and text == one.review.text
        return one if is_renamed else one.missed_on("local")

    def _renamed(self) -> Iterator[tuple[str, str]]:
        """Papers in doubt whose title, and no other, was that of an item when its key was another.

        Of what identifies a paper the base keeps the title alone.
        """
        gone = (one for one in self._base.values() if one.title and not self._is_here(one))
        was = _once_there((one.title, one.other) for one in gone)
        doubted = _once_there((doubt.left.title, doubt) for doubt in self._pairing.doubts)
        for title, doubt in doubted.items():
            meant = (one.paper for one in doubt.candidates if one.paper.id == was.get(title))
            yield from ((doubt.left.id, one.id) for one in meant if may_be_one(doubt.left, one))

    @cached_property
    def reviews(self) -> int:
        """How many reviews were agreed on."""
        return sum(bool(one.review) for one in self._base.values())

    @cached_property
    def doubts(self) -> list[Doubt]:
        """The papers that a person has to place, as far as there is a review to place."""
        return [
            with_history(doubt, self._base)
            for doubt in self._pairing.doubts
            if doubt.left.id in self._said
            and not self._found.issuperset(_candidates(doubt))
            and (doubt.left.review or any(each.paper.review for each in doubt.candidates))
        ]

    @cached_property
    def absent(self) -> list[Absent]:
        """The papers that one side has no more. One that may be meant by a doubt is not missed."""
        there = self._found | self._meant
        return [
            Absent(one, missing, self._merged_into(one) if missing == "zotero" else "")
            for one in self._left
            if (missing := self._missing(one)) and missing != "both" and one.other not in there
        ]

    def _merged_into(self, one: Agreed) -> str:
        """The local paper of the item that the one of another paper was merged into."""
        heir = self._base.get(_heir(one.other, self._zotero.replaced))
        is_there = heir and heir.other in self._zotero.ids and self._is_here(heir)
        return heir.local if heir and is_there else ""

    @cached_property
    def only_local(self) -> list[Paper]:
        """The local papers that Zotero never had."""
        had = {one.agreed.local for one in self.absent if one.missing == "zotero"}
        asked = {doubt.left.id for doubt in self.doubts}
        doubtful = (doubt.left for doubt in self._pairing.doubts)
        papers = (*doubtful, *self._pairing.unmatched_left)
        known = asked | had | self._headings
        return [one for one in papers if one.id in self._said and one.id not in known]

    @cached_property
    def only_zotero(self) -> list[Paper]:
        """The papers of Zotero that the local side never had, and that no paper there may mean."""
        had = {one.agreed.other for one in self.absent if one.missing == "local"}
        papers = self._pairing.unmatched_right
        return [paper for paper in papers if paper.id not in had | self._meant]

    def unmet(self) -> Iterator[Agreed]:
        """What was agreed of the papers that did not meet now; they may come back."""
        for one in self._left:
            yield one.missed_on(self._missing(one) or "local")

    @cached_property
    def _left(self) -> list[Agreed]:
        """What was agreed of the papers that did not meet now, nor became other items."""
        met = {found.right.id for _, found, _ in self.pairs}
        item_of = {found.left.id: found.right.id for found in self._pairing.pairs}
        return [
            one
            for one in self._base.values()
            if one.other not in met
            and not (self._is_here(one) and item_of.get(one.local, one.other) != one.other)
        ]

    @cached_property
    def _found(self) -> set[str]:
        return {found.right.id for found in self._pairing.pairs}

    @cached_property
    def _meant(self) -> set[str]:
        """The items that somebody has to choose from."""
        return {item for doubt in self._pairing.doubts for item in _candidates(doubt)}

    def _is_here(self, one: Agreed) -> bool:
        """Whether the local paper is there still, and its id not another one's."""
        return self._earlier.get(one.local) == one.other

    def _missing(self, one: Agreed) -> Missed | None:
        """The side on which a paper is not any more."""
        if one.other in self._zotero.ids:
            return None if self._is_here(one) else "local"
        return "zotero" if self._is_here(one) else "both"


def followed(
    known: Iterable[Agreed], there: Container[str], replaced: Mapping[str, str]
) -> dict[str, Agreed]:
    """The base by item key; of an item that was merged into another, by the other's.

    ``there`` are the keys of the items that there are. Zotero moves the notes of a merged item,
    with their keys.
    """
    base = {one.other: one for one in known}
    for key in [key for key in base if key not in there]:
        new = _heir(key, replaced)
        if new in there and new not in base:
            base[new] = replace(base.pop(key), other=new)
    return base


def _heir(key: str, replaced: Mapping[str, str]) -> str:
    """The item that an item was merged into, and that again, up to the last."""
    seen = {key}
    while (into := replaced.get(key)) and into not in seen:
        key = into
        seen.add(key)
    return key


def _once_there(values: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    """The values by their names, of names that only one has."""
    listed = list(values)
    uses = Counter(name for name, _ in listed)
    return {name: value for name, value in listed if uses[name] == 1}


def _candidates(doubt: Doubt) -> Iterator[str]:
    return (candidate.paper.id for candidate in doubt.candidates)
