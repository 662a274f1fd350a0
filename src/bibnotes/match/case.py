"""One left paper, judged by what the right library has to say about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from ..model import Paper
from .identifiers import address, isbns
from .likeness import (
    Facts,
    Likeness,
    compare,
    compare_abstracts,
    compare_titles,
    title_in_abstract,
)
from .people import possible_signs
from .shelf import Index, Shelf
from .text import difference
from .titles import SPECIFIC, Titles

_CROWD = 32  # papers with one title or identifier above which they are narrowed down first
_LOOKED_AT = 24  # papers that share words with a title
_RARE = 4  # words of a title that papers are looked up by
_SAME_PEOPLE = 200  # papers by people of the same names

_ALIKE = 0.5  # share of an abstract's word pairs from which two abstracts are one
_UNLIKE = 0.25  # share up to which they are two

_SAME = (Titles.SAME, Titles.SLIP)
_NEAR = (Titles.SAME, Titles.SLIP, Titles.CLOSE, Titles.SIBLING)


class Found(NamedTuple):
    """A right paper that may be the left one, by its place on the shelf."""

    place: int
    like: Likeness
    sign: str = ""  # the identifier that is the same
    alike: float | None = None  # how alike the abstracts are
    said: float = 0.0  # how much of its title the left abstract uses

    @property
    def distance(self) -> tuple[float, ...]:
        """Sorts the likelier paper first."""
        like = self.like
        return (
            bool(like.conflict),
            like.titles.value,
            not self.sign,
            -max(self.alike or 0, self.said),
            -(0.5 if like.people is None else like.people),
            0.5 if like.gap is None else like.gap,
        )


class Verdict(NamedTuple):
    """With a reason: a claim on the only paper found. Without: a doubt, or nothing found."""

    reason: str
    found: Sequence[Found]


class Case:
    """A left paper and a shelf; ``shared`` are the addresses that several left papers give."""

    def __init__(self, paper: Paper, shelf: Shelf, shared: frozenset[str]) -> None:
        self._paper = paper
        self._facts = Facts(paper)
        self._shelf = shelf
        self._shared = shared
        self._others: dict[int, Facts] = {}

    def verdict(self, settled: str | None) -> Verdict:
        """The evidence in order, strongest first: the first that is clear decides."""
        holders = self._shelf.by_id[settled] if settled is not None else ()
        if len(holders) == 1:
            return Verdict("settled", [self._found(holders[0])])
        suspects: list[Found] = []
        verdict = self._identified(suspects)
        if not verdict.found:
            verdict = self._recognised()
            if verdict.reason and any(_objects(each, verdict.found[0]) for each in suspects):
                verdict = Verdict("", verdict.found)
        if verdict.reason:
            return verdict
        return Verdict("", self._likeliest([*verdict.found, *suspects]))

    def why(self, found: Found) -> str:
        """What speaks for and against a candidate, for a person."""
        other = self._other(found.place)
        said = [
            f"same {found.sign}" if found.sign else "",
            self._why_title(found.like.titles, other),
            _why_people(found.like.people),
            self._why_year(found.like.gap, other),
            "" if found.alike is None else f"{found.alike:.0%} of the abstract",
            f"another {found.like.conflict}" if found.like.conflict else "",
        ]
        return ", ".join(filter(None, said))

    def _why_title(self, titles: Titles, other: Facts) -> str:
        if titles is Titles.UNKNOWN:
            return ""
        if titles not in _NEAR:
            return "another title"
        if titles is Titles.SAME:
            return "same title"
        ours, theirs = (" ".join(each) for each in difference(self._facts.words, other.words))
        return f"nearly the same title ({ours or '–'} / {theirs or '–'})"

    def _why_year(self, gap: int | None, other: Facts) -> str:
        if gap is None:
            return ""
        return f"{other.year}, not {self._facts.year}" if gap else "same year"

    def _other(self, place: int) -> Facts:
        if place not in self._others:
            self._others[place] = Facts(self._shelf.papers[place])
        return self._others[place]

    def _found(self, place: int, sign: str = "") -> Found:
        return Found(place, compare(self._facts, self._other(place), self._shelf.knows), sign)

    def _likeliest(self, found: Iterable[Found]) -> list[Found]:
        ordered = sorted(found, key=lambda each: (each.distance, self._shelf.rank(each.place)))
        once: dict[int, Found] = {}
        for each in ordered:
            once.setdefault(each.place, each)
        return list(once.values())

    # ---- by identifier

    def _identified(self, suspects: list[Found]) -> Verdict:
        """Narrow down by each identifier in turn; what one does not bear out is suspect."""
        reason = ""
        held: list[Found] = []
        for sign, index, value in self._signs():
            found = [self._found(place, sign) for place in self._holders(index, value)]
            borne_out = {each.place: each for each in found if self._bears_out(each)}
            suspects += [each for each in found if each.place not in borne_out]
            both = [each for each in held if each.place in borne_out]
            if held and borne_out and not both:
                return Verdict("", [*held, *borne_out.values()])
            held = both or held or list(borne_out.values())
            reason = reason or (sign if held else "")
        one = _the_one(held)
        if one is None or (reason == "key" and self._outdone(one)):
            return Verdict("", held)
        return Verdict(reason, [one])

    def _signs(self) -> Iterator[tuple[str, Index, str]]:
        shelf = self._shelf
        if self._paper.key:
            yield "key", shelf.by_key, self._paper.key
        if self._facts.doi:
            yield "DOI", shelf.by_doi, self._facts.doi
        if self._facts.arxiv:
            yield "arXiv id", shelf.by_arxiv, self._facts.arxiv
        for isbn in isbns(self._paper):
            yield "ISBN", shelf.by_isbn, isbn
        if self._paper.url:
            yield "URL", shelf.by_address, address(self._paper)

    def _holders(self, index: Index, value: str) -> Sequence[int]:
        """The papers with a value; of a crowd those by the same people or with the same title."""
        holders = index[value]
        if len(holders) <= _CROWD:
            return holders
        titled = self._shelf.by_title[self._facts.title]
        likely = self._by_people if self._facts.people else titled
        if len(likely) > _CROWD:
            return ()
        return [place for place in likely if index.has(value, place)]

    def _bears_out(self, found: Found) -> bool:
        """Whether an identifier that is the same can be believed."""
        like, sign = found.like, found.sign
        if like.conflict and (sign, like.conflict) != ("DOI", "arXiv id"):
            return False
        own = self._is_own(sign)
        if like.titles is Titles.UNKNOWN:
            return own and not self._differ(found)
        if sign == "key" or not own:
            sure = like.titles is Titles.SAME and self._facts.weight >= SPECIFIC
            return like.titles in _SAME and (sure or like.people != 0)
        return like.titles in (*_SAME, Titles.CLOSE)

    def _is_own(self, sign: str) -> bool:
        """Not a book's ISBN, nor the address of a page that many papers are on."""
        if sign != "URL":
            return sign != "ISBN"
        value = address(self._paper)
        return value not in self._shared and len(self._shelf.by_address[value]) == 1

    def _differ(self, found: Found) -> bool:
        """Whether people, year or abstract tell two records apart whose titles cannot."""
        like, other = found.like, self._other(found.place)
        if like.people == 0 or (like.gap or 0) > 1:
            return True
        if found.sign == "key" and self._facts.title and other.title:  # in different scripts
            return like.people is None
        told = self._with_abstract(found)
        if told.alike is None:
            return bool(self._paper.abstract and other.title) and told.said < 0.5
        return told.alike < _ALIKE and told.said < 1

    def _outdone(self, found: Found) -> bool:
        """Whether not this paper but another of the same title has the right year."""
        if not found.like.gap:
            return False
        twins = map(self._found, self._holders(self._shelf.by_title, self._facts.title))
        return any(twin.like.agrees and twin.like.gap == 0 for twin in twins)

    # ---- by title

    def _recognised(self) -> Verdict:
        steps: tuple[Callable[[], Verdict], ...] = (self._titled, self._nearly_titled)
        verdict = Verdict("", ())
        for step in steps:
            verdict = step()
            if verdict.found:
                break
        return verdict if verdict.reason else self._described(verdict.found)

    def _titled(self) -> Verdict:
        """The same title, with year or people; a telling one also alone."""
        found = list(map(self._found, self._holders(self._shelf.by_title, self._facts.title)))
        agreeing = [each for each in found if each.like.agrees]
        free = [each for each in agreeing if each.like.free]
        one = _the_one(free)
        reason = self._title_decides(one, alone=free == agreeing) if one else ""
        if one and reason:
            return Verdict(reason, [one])
        return Verdict("", found if self._facts.weight >= SPECIFIC else agreeing)

    def _title_decides(self, found: Found, *, alone: bool) -> str:
        """What a title needs beside it is less, the more it says; "" where it is not enough.

        Not ``alone`` means that a version with another identifier is there.
        """
        like, weight = found.like, self._facts.weight
        if not weight or not self._year_fits(found) or (like.gap != 0 and not alone):
            return ""
        if like.people is None:
            return "" if weight < SPECIFIC else "title" if like.gap is None else "title and year"
        if like.gap == 0:
            return "title, authors and year"
        enough = weight >= SPECIFIC or (like.whole and weight + like.matched >= 4)
        return "title and authors" if like.people == 1 and enough else ""

    def _year_fits(self, found: Found) -> bool:
        """The same year, none, or one apart where a preprint explains it."""
        like, other = found.like, self._other(found.place)
        explained = like.gap == 1 and like.whole and (self._facts.preprint or other.preprint)
        return not like.gap or explained

    def _nearly_titled(self) -> Verdict:
        """A title with a slip or two in it, by the same people; other near titles are doubts."""
        near = map(self._found, self._near_titles())
        found = [each for each in near if each.like.titles in _SAME or each.like.agrees]
        one = _the_one([each for each in found if each.like.titles in _SAME and each.like.free])
        if one and one.like.people == 1 and self._facts.weight >= 3 and self._few_slips(one):
            return Verdict("nearly the title, and authors", [one])
        return Verdict("", found)

    def _few_slips(self, found: Found) -> bool:
        ours, _ = difference(self._facts.words, self._other(found.place).words)
        return found.like.gap == 0 or (found.like.gap is None and len(ours) < 2)

    def _near_titles(self) -> list[int]:
        by_word = self._shelf.by_word
        counts = ((len(by_word[word]), word) for word in set(self._facts.words))
        rare = [by_word[word] for count, word in sorted(counts) if count]
        found = self._shelf.most_often(rare[:_RARE], _LOOKED_AT)
        return [place for place in found if self._compare_titles(place) in _NEAR]

    def _compare_titles(self, place: int) -> Titles:
        return compare_titles(self._facts, self._other(place), self._shelf.knows)

    # ---- by people and abstract

    @cached_property
    def _by_people(self) -> list[int]:
        by_person = self._shelf.by_person
        signs = chain.from_iterable(map(possible_signs, self._facts.people))
        return self._shelf.most_often((by_person[sign] for sign in signs), _SAME_PEOPLE)

    def _described(self, found: Sequence[Found]) -> Verdict:
        """The abstract decides among papers with near titles, or else by the same people."""
        by_people = not found and bool(self._paper.abstract or not self._paper.title)
        if by_people:
            found = [each for each in map(self._found, self._with_twins()) if each.like.agrees]
        found = [self._with_abstract(each) for each in found]
        one = _same_abstract(found) or self._told_by_title(found)
        if one and _acceptable(one.like):
            named = one.like.titles is not Titles.UNKNOWN
            return Verdict("title and abstract" if named else "authors and abstract", [one])
        return Verdict("", [each for each in found if not by_people or _worth_a_look(each)])

    def _with_twins(self) -> set[int]:
        """The papers by the same people and those that share a title with one of them."""
        titles = {self._other(place).title for place in self._by_people}
        twins = (self._shelf.by_title[title][:_CROWD] for title in titles)
        return {*self._by_people, *chain.from_iterable(twins)}

    def _with_abstract(self, found: Found) -> Found:
        if not self._paper.abstract:
            return found
        other = self._other(found.place)
        alike = compare_abstracts(self._facts, other)
        return found._replace(alike=alike, said=title_in_abstract(other, self._facts))

    def _told_by_title(self, found: Sequence[Found]) -> Found | None:
        """The only paper that just these people wrote, if the abstract here uses all its title."""
        one = _the_one([each for each in found if each.said == 1 and self._tells(each)])
        return one if one and not _versions_of(one, found) else None

    def _tells(self, found: Found) -> bool:
        like = found.like
        named = like.titles is Titles.UNKNOWN and like.whole and like.matched >= 3
        return named and not like.gap and self._other(found.place).weight >= SPECIFIC


def _the_one(found: Sequence[Found]) -> Found | None:
    """The only one; of several versions the one of the right year, if no other is near."""
    closest = min((each.like.titles.value for each in found), default=0)
    found = [each for each in found if each.like.titles.value == closest]
    if len(found) == 1:
        return found[0]
    exact = [each for each in found if each.like.gap == 0]
    return exact[0] if len(exact) == 1 and not _versions_of(exact[0], found) else None


def _versions_of(one: Found, found: Iterable[Found]) -> list[Found]:
    """The others that could be meant as well: no year tells them apart beyond a slip."""
    exact = one.like.gap == 0
    return [each for each in found if each is not one and not (exact and (each.like.gap or 0) > 1)]


def _same_abstract(found: Sequence[Found]) -> Found | None:
    """The only paper with the abstract, if no other's abstract, or else title, fits as well."""
    one = _the_one([each for each in found if (each.alike or 0) >= _ALIKE])
    rivals = one and any(
        each.said >= 0.75 if each.alike is None else each.alike >= _UNLIKE
        for each in _versions_of(one, found)
    )
    return None if rivals else one


def _acceptable(like: Likeness) -> bool:
    """Whether nothing speaks against a paper that has the same abstract."""
    known = like.people is not None or like.titles is not Titles.UNKNOWN
    near = like.titles not in (Titles.SIBLING, Titles.OTHER)
    return known and near and not like.conflict and (like.gap or 0) <= 1


def _worth_a_look(found: Found) -> bool:
    """Whether a paper by the same people is worth showing."""
    if found.like.titles is Titles.OTHER:
        return (found.alike or 0) >= _ALIKE
    many = found.like.matched > 1 or max(found.alike or 0, found.said) >= 0.6
    return many and (found.like.people or 0) >= 0.75


def _objects(suspect: Found, claimed: Found) -> bool:
    """Whether an identifier points elsewhere, and not just by a key that two people chose alike."""
    if suspect.place == claimed.place:
        return False
    return suspect.sign != "key" or suspect.like.titles in _NEAR


def _why_people(people: float | None) -> str:
    if people is None:
        return ""
    return "same authors" if people == 1 else "some of the authors" if people else "other authors"
