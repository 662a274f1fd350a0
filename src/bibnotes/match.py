"""Pair the papers of two libraries: a pair only where the evidence is clear, else a doubt.

docs/decisions/pairing.md gives the rules and what they reach.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from .likeness import (
    SPECIFIC,
    Facts,
    Likeness,
    Titles,
    address,
    arxiv,
    compare,
    compare_abstracts,
    compare_titles,
    difference,
    doi,
    isbns,
    possible_signs,
    squash,
    surname_signs,
    title_in_abstract,
    words,
)
from .model import Paper


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
    lefts = tuple(left)
    shelf = _Shelf(right)
    shared = _more_than_once(address(paper) for paper in lefts)
    verdicts = [_Case(paper, shelf, shared).verdict(settled.get(paper.id)) for paper in lefts]
    winners = _winners(lefts, verdicts)
    taken = {index: lefts[number] for index, number in winners.items()}
    pairs, doubts, unmatched = [], [], []
    for number, (paper, verdict) in enumerate(zip(lefts, verdicts, strict=True)):
        if verdict.reason and winners[verdict.found[0].place] == number:
            right_paper = shelf.papers[verdict.found[0].place]
            pairs.append(Pair(paper, right_paper, verdict.reason))
        elif verdict.found:
            doubts.append(
                Doubt(paper, tuple(_Case(paper, shelf, shared).candidates(verdict, taken)))
            )
        else:
            unmatched.append(paper)
    rest = (paper for index, paper in enumerate(shelf.papers) if index not in winners)
    return Pairing(tuple(pairs), tuple(doubts), tuple(unmatched), tuple(rest))


class _Found(NamedTuple):
    """A right paper that may be the left one, by its place on the shelf."""

    place: int
    like: Likeness
    sign: str = ""  # the identifier that is the same
    alike: float | None = None  # how alike the abstracts are
    said: float = 0.0  # how much of its title the left abstract uses


class _Verdict(NamedTuple):
    """With a reason: a claim on the first paper found. Without: a doubt, or nothing found."""

    reason: str
    found: Sequence[_Found]


_STRENGTH = ("settled", "key", "DOI", "arXiv id", "ISBN", "URL")


def _winners(lefts: Sequence[Paper], verdicts: Sequence[_Verdict]) -> dict[int, int]:
    """Who gets each claimed right paper: the strongest claim, then the closest, then by id."""
    claims: defaultdict[int, list[int]] = defaultdict(list)
    for number, verdict in enumerate(verdicts):
        if verdict.reason:
            claims[verdict.found[0].place].append(number)

    def strength(number: int) -> tuple[object, ...]:
        reason, found = verdicts[number]
        rank = _STRENGTH.index(reason) if reason in _STRENGTH else len(_STRENGTH)
        paper = lefts[number]
        return rank, _distance(found[0]), paper.id, paper.key, repr(paper)

    return {
        index: numbers[0] if len(numbers) == 1 else min(numbers, key=strength)
        for index, numbers in claims.items()
    }


def _distance(found: _Found) -> tuple[float, ...]:
    """Sorts the likelier paper first."""
    like = found.like
    return (
        bool(like.conflict),
        like.titles.value,
        not found.sign,
        -max(found.alike or 0, found.said),
        -(0.5 if like.people is None else like.people),
        0.5 if like.gap is None else like.gap,
    )


def _more_than_once(values: Iterable[str]) -> frozenset[str]:
    return frozenset(value for value, count in Counter(values).items() if value and count > 1)


# ---------------------------------------------------------------------------- the right library

_CROWD = 32  # papers with one title or identifier above which they are narrowed down first
_LOOKED_AT = 12  # papers that share words with a title
_SAME_PEOPLE = 64  # papers by people of the same names
_COMMON = 2000  # papers above which a word of their titles finds nothing


class _Index:
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


class _Shelf:
    """The right library, with an index for each kind of evidence, built when first needed."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)

    def knows(self, word: str) -> bool:
        """Whether a title here has the word."""
        return word in self.by_word

    @cached_property
    def by_id(self) -> _Index:
        return _Index([paper.id] for paper in self.papers)

    @cached_property
    def by_key(self) -> _Index:
        return _Index([paper.key] for paper in self.papers)

    @cached_property
    def by_doi(self) -> _Index:
        return _Index([doi(paper)] for paper in self.papers)

    @cached_property
    def by_arxiv(self) -> _Index:
        return _Index([arxiv(paper)] for paper in self.papers)

    @cached_property
    def by_isbn(self) -> _Index:
        return _Index(map(isbns, self.papers))

    @cached_property
    def by_address(self) -> _Index:
        return _Index([address(paper)] for paper in self.papers)

    @cached_property
    def by_title(self) -> _Index:
        return _Index([squash(paper.title)] for paper in self.papers)

    @cached_property
    def by_word(self) -> _Index:
        return _Index(set(words(paper.title)) for paper in self.papers)

    @cached_property
    def by_person(self) -> _Index:
        return _Index(map(_signs_of_people, self.papers))

    def most_often(self, lists: Iterable[Sequence[int]], limit: int) -> list[int]:
        """The papers in most of the lists: at most ``limit``, each half as often as the first."""
        hits = Counter(chain.from_iterable(lists))
        best = max(hits.values(), default=0)
        often: list[int] = []
        for floor in range((best + 1) // 2, best + 1):
            often = [place for place, count in hits.items() if count >= floor]
            if len(often) <= limit:
                return often
        return sorted(often, key=self._place)[:limit]

    def _place(self, index: int) -> tuple[str, ...]:
        """Where papers tie, what they say decides, not the order they came in."""
        paper = self.papers[index]
        return paper.id, paper.key, paper.title, paper.year


def _signs_of_people(paper: Paper) -> set[str]:
    return {sign for name in paper.authors[:24] for sign in surname_signs(name)}


# ------------------------------------------------------------------------------- one left paper

_SHOWN = 5  # candidates of a doubt
_ALIKE = 0.5  # share of an abstract's word pairs from which two abstracts are one
_UNLIKE = 0.25  # share up to which they are two


class _Case:
    """One left paper and what the right library has to say about it."""

    def __init__(self, paper: Paper, shelf: _Shelf, shared: frozenset[str]) -> None:
        self.paper = paper
        self._facts = Facts(paper)
        self._shelf = shelf
        self._shared = shared  # addresses that several left papers give
        self._others: dict[int, Facts] = {}

    def verdict(self, settled: str | None) -> _Verdict:
        """The evidence in order, strongest first; the first that is clear decides."""
        holders = self._shelf.by_id[settled] if settled is not None else ()
        if len(holders) == 1:
            return _Verdict("settled", [self._found(holders[0])])
        suspects: list[_Found] = []
        reason, found = self._identified(suspects)
        if not found:
            reason, found = self._titled()
            if not found:
                reason, found = self._nearly_titled()
            if not reason:
                reason, found = self._described(found)
            if reason and any(_contradicts(suspect, found[0]) for suspect in suspects):
                reason = ""
        if reason:
            return _Verdict(reason, found)
        likeliest = {
            each.place: each for each in sorted([*found, *suspects], key=_distance, reverse=True)
        }
        return _Verdict("", [*likeliest.values()][::-1])

    def candidates(self, verdict: _Verdict, taken: Mapping[int, Paper]) -> Iterator[Candidate]:
        """What a person is shown; ``taken`` has the right papers that others got."""
        for found in verdict.found[:_SHOWN]:
            why = self._why(found)
            if found.place in taken:
                other = taken[found.place]
                why += f"; paired with {other.key or other.title or other.id} already"
            yield Candidate(self._shelf.papers[found.place], why)

    def _other(self, place: int) -> Facts:
        if place not in self._others:
            self._others[place] = Facts(self._shelf.papers[place])
        return self._others[place]

    def _found(self, index: int, sign: str = "") -> _Found:
        like = compare(self._facts, self._other(index), self._shelf.knows)
        return _Found(index, like, sign)

    # ---- key, DOI, arXiv id, ISBN, URL

    def _identified(self, suspects: list[_Found]) -> _Verdict:
        """Narrow down by each identifier in turn; what one does not bear out is suspect."""
        reason = ""
        held: list[_Found] = []
        for sign, index, value in self._signs():
            borne_out: list[_Found] = []
            for found in self._holders(index, value, sign):
                (borne_out if self._bears_out(found) else suspects).append(found)
            if not borne_out:
                continue
            both = {each.place for each in held} & {each.place for each in borne_out}
            if held and not both:
                return _Verdict("", [*held, *borne_out])
            held = [each for each in held or borne_out if not both or each.place in both]
            reason = reason or sign
        one = _the_one(held)
        if one is None or (reason == "key" and self._outdone(one)):
            return _Verdict("", held)
        return _Verdict(reason, [one])

    def _signs(self) -> Iterator[tuple[str, _Index, str]]:
        shelf = self._shelf
        if self.paper.key:
            yield "key", shelf.by_key, self.paper.key
        if self._facts.doi:
            yield "DOI", shelf.by_doi, self._facts.doi
        if self._facts.arxiv:
            yield "arXiv id", shelf.by_arxiv, self._facts.arxiv
        for isbn in isbns(self.paper):
            yield "ISBN", shelf.by_isbn, isbn
        if self.paper.url:
            yield "URL", shelf.by_address, address(self.paper)

    def _holders(self, index: _Index, value: str, sign: str = "") -> list[_Found]:
        holders = index[value]
        if len(holders) > _CROWD:
            likely = self._same_people if self._facts.people else self._same_title
            holders = [other for other in likely if _has(holders, other)]
        return [self._found(holder, sign) for holder in holders]

    def _bears_out(self, found: _Found) -> bool:
        """Whether an identifier that is the same can be believed."""
        like, sign = found.like, found.sign
        if like.conflict and (sign, like.conflict) != ("DOI", "arXiv id"):
            return False
        if like.titles is Titles.UNKNOWN:
            return sign != "ISBN" and self._only_one(found) and not self._differ(found)
        if sign == "key" or not self._only_one(found):
            telling = like.titles is Titles.SAME and self._facts.weight >= SPECIFIC
            return like.titles in _SAME and (telling or like.people != 0)
        return like.titles in _SAME or like.titles is Titles.CLOSE

    def _only_one(self, found: _Found) -> bool:
        """Not a book's ISBN or a page's address, which many papers can have."""
        if found.sign == "URL":
            value = address(self.paper)
            return value not in self._shared and len(self._shelf.by_address[value]) == 1
        return found.sign != "ISBN"

    def _differ(self, found: _Found) -> bool:
        """Whether people, year or abstract tell two records without common titles apart."""
        like, other = found.like, self._other(found.place)
        translated = bool(self.paper.title and other.paper.title)
        if like.people == 0 or (like.gap or 0) > 1 or (translated and like.people is None):
            return True
        told = self._with_abstract(found)
        if told.alike is None:
            return bool(self.paper.abstract and other.paper.title) and told.said < 0.5
        return told.alike < _ALIKE and told.said < 1

    def _outdone(self, found: _Found) -> bool:
        """Whether another paper with the same title has the right year, and this one has not."""
        twins = self._shelf.by_title[self._facts.title]
        return bool(found.like.gap) and any(
            _agree(twin.like) and twin.like.gap == 0 for twin in map(self._found, twins[:_CROWD])
        )

    # ---- title

    @cached_property
    def _same_title(self) -> Sequence[int]:
        same = self._shelf.by_title[self._facts.title]
        return same if len(same) <= _CROWD else []

    def _titled(self) -> _Verdict:
        """The same title, with year or people; a telling one also alone."""
        found = self._holders(self._shelf.by_title, self._facts.title)
        alike = [each for each in found if _agree(each.like)]
        free = [each for each in alike if not each.like.conflict]
        one = _the_one(free)
        reason = one and self._title_decides(one, alone=len(free) == len(alike))
        if one and reason:
            return _Verdict(reason, [one])
        return _Verdict("", found if self._facts.weight >= SPECIFIC else alike)

    def _title_decides(self, found: _Found, *, alone: bool) -> str:
        """What the title needs beside it: less, the more it says."""
        like, weight = found.like, self._facts.weight
        if not weight or not self._year_fits(found) or (like.gap != 0 and not alone):
            return ""
        if like.people is not None and like.gap == 0:
            return "title, authors and year"
        if like.people is not None:
            enough = weight >= SPECIFIC or (like.whole and like.matched + weight >= 4)
            sure = like.people == 1 and enough
            return "title and authors" if sure else ""
        if weight < SPECIFIC:
            return ""
        return "title" if like.gap is None else "title and year"

    def _year_fits(self, found: _Found) -> bool:
        """The same year, none, or one apart where a preprint explains it."""
        like, other = found.like, self._other(found.place)
        explained = like.gap == 1 and like.whole and (self._facts.preprint or other.preprint)
        return not like.gap or explained

    def _nearly_titled(self) -> _Verdict:
        """A title with slips in it, by the same people; other near titles are doubts."""
        near = map(self._found, self._near_titles())
        found = [each for each in near if each.like.titles in _SAME or _agree(each.like)]
        slips = [each for each in found if each.like.titles in _SAME and _free(each.like)]
        one = _the_one(slips)
        if one and one.like.people == 1 and not one.like.gap and self._facts.weight >= 3:
            return _Verdict("nearly the title, and authors", [one])
        return _Verdict("", found)

    def _near_titles(self) -> list[int]:
        by_word, facts = self._shelf.by_word, self._facts
        lists = [(len(by_word[word]), word) for word in set(facts.words) if word in by_word]
        rare = [by_word[word] for count, word in sorted(lists)[:6] if count <= _COMMON]
        found = self._shelf.most_often(rare, _LOOKED_AT)
        knows = self._shelf.knows
        titles = (compare_titles(facts, self._other(place), knows) for place in found)
        return [place for place, like in zip(found, titles, strict=True) if like in _CLOSE_BY]

    # ---- people and abstract

    @cached_property
    def _same_people(self) -> list[int]:
        by_person = self._shelf.by_person
        signs = [sign for person in self._facts.people for sign in possible_signs(person)]
        lists = (by_person[sign] for sign in signs if sign in by_person)
        return self._shelf.most_often(lists, _SAME_PEOPLE)

    def _described(self, found: Sequence[_Found]) -> _Verdict:
        """The abstract decides among papers with near titles, or else by the same people."""
        by_people = not found and (bool(self.paper.abstract) or not self.paper.title)
        if by_people:
            found = [each for each in map(self._found, self._with_twins()) if _agree(each.like)]
        found = [self._with_abstract(each) for each in found]
        one = _the_one([each for each in found if (each.alike or 0) >= _ALIKE])
        rivals = [each for each in found if each is not one and _rivals(each)]
        if one is None:
            one = _the_one([each for each in found if self._told_by_title(each)])
            rivals = [each for each in found if each is not one]
        rivals = [each for each in rivals if one and not _far(each.like, one.like)]
        if one and not rivals and _acceptable(one.like):
            titled = one.like.titles is not Titles.UNKNOWN
            return _Verdict("title and abstract" if titled else "authors and abstract", [one])
        return _Verdict("", [each for each in found if not by_people or _worth_a_look(each)])

    def _with_twins(self) -> Iterable[int]:
        """The papers by the same people and those that share a title with one of them."""
        shelf = self._shelf
        twins = (shelf.by_title[self._other(index).title] for index in self._same_people)
        return {*self._same_people, *chain.from_iterable(each[:_CROWD] for each in twins)}

    def _with_abstract(self, found: _Found) -> _Found:
        if not self.paper.abstract:
            return found
        other = self._other(found.place)
        alike = compare_abstracts(self._facts, other)
        return found._replace(alike=alike, said=title_in_abstract(other, self._facts))

    def _told_by_title(self, found: _Found) -> bool:
        """Whether just these people wrote it and the abstract here uses all words of its title."""
        like, other = found.like, self._other(found.place)
        named = like.titles is Titles.UNKNOWN and like.whole and like.matched >= 3
        return named and found.said == 1 and other.weight >= SPECIFIC

    # ---- what a person is told

    def _why(self, found: _Found) -> str:
        like, other = found.like, self._other(found.place)
        said = [f"same {found.sign}"] if found.sign else []
        if like.titles is Titles.SAME:
            said.append("same title")
        elif like.titles in (Titles.TYPO, *_NEAR):
            ours, theirs = difference(self._facts.words, other.words)
            said.append(f"near title ({' '.join(ours) or '–'} / {' '.join(theirs) or '–'})")
        elif like.titles is Titles.OTHER:
            said.append("another title")
        if like.people is not None:
            full = like.people == 1
            said.append(f"{'same' if full else 'some of the' if like.people else 'other'} authors")
        if like.gap is not None:
            said.append("same year" if not like.gap else f"{other.year}, not {self._facts.year}")
        if found.alike is not None:
            said.append(f"{round(100 * found.alike)} % of the abstract")
        if like.conflict:
            said.append(f"another {like.conflict}")
        return ", ".join(said)


_SAME = (Titles.SAME, Titles.TYPO)
_NEAR = (Titles.CLOSE, Titles.SIBLING)
_CLOSE_BY = (*_SAME, *_NEAR)


def _agree(like: Likeness) -> bool:
    """Whether the people do not speak against it."""
    return like.people is None or like.people >= 0.5


def _far(like: Likeness, right: Likeness) -> bool:
    """Whether the year tells two versions apart beyond a slip."""
    return right.gap == 0 and (like.gap or 0) > 1


def _rivals(found: _Found) -> bool:
    """Whether another paper's abstract or, where it has none, its title fits as well."""
    return found.said >= 0.75 if found.alike is None else found.alike >= _UNLIKE


def _acceptable(like: Likeness) -> bool:
    """Whether nothing speaks against a paper that has the same abstract."""
    known = like.people is not None or like.titles is not Titles.UNKNOWN
    near = like.titles not in (Titles.SIBLING, Titles.OTHER)
    return known and near and not like.conflict and (like.gap or 0) <= 1


def _worth_a_look(found: _Found) -> bool:
    """Whether a paper by the same people is worth showing."""
    if found.like.titles is Titles.OTHER:
        return (found.alike or 0) >= _ALIKE
    many = found.like.matched > 1 or max(found.alike or 0, found.said) >= 0.6
    return many and (found.like.people or 0) >= 0.75


def _free(like: Likeness) -> bool:
    """Whether neither people nor identifiers speak against it."""
    return _agree(like) and not like.conflict


def _the_one(found: Sequence[_Found]) -> _Found | None:
    """The only one; of several versions the one of the right year, if no other is near."""
    if len(found) < 2:
        return found[0] if found else None
    closest = min(each.like.titles.value for each in found)
    found = [each for each in found if each.like.titles.value == closest]
    if len(found) == 1:
        return found[0]
    exact = [each for each in found if each.like.gap == 0]
    far = [each for each in found if (each.like.gap or 0) >= 2]
    return exact[0] if len(exact) == 1 and len(far) == len(found) - 1 else None


def _contradicts(suspect: _Found, claimed: _Found) -> bool:
    """Whether an identifier points elsewhere, and not just by a key that two people chose alike."""
    if suspect.place == claimed.place:
        return False
    return suspect.sign != "key" or suspect.like.titles in (*_SAME, *_NEAR)


def _has(numbers: Sequence[int], number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number
