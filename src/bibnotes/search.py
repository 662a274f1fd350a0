"""The filter that digest, list, cite and review share: words, priorities, years."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .errors import UsageError
from .model import Name, Paper, Review
from .scale import GROUPS, REVIEWED, UNREAD, Level, Scale

# Letters that Unicode does not decompose, in lower case, and signs that people type in ASCII.
_PLAIN = str.maketrans(
    dict(zip("øłđħŧıðŋ‐‑‒–—−‘’‚“”„", "oldhtidn------'''\"\"\"", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")  # invisible
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_KANA_VOICING = 8  # the combining class of ゛ and ゜, which make other letters, not accents


def fold(text: str) -> str:
    """Text as it is compared: without case, accents, ligatures, full-width forms, line breaks.

    Letters of other scripts stay distinct, as do simplified and traditional characters.
    """
    text = text.lower() if text.isascii() else _NOT_ASCII.sub(_fold_run, text).lower()
    if "  " in text or "\n" in text or "\t" in text or "\r" in text:
        text = " ".join(text.split())
    return text.strip()


def _fold_run(found: re.Match[str]) -> str:
    return _fold_letters(found[0])


@lru_cache(maxsize=4096)
def _fold_letters(letters: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letters)
    bare = "".join(c for c in decomposed if unicodedata.combining(c) in (0, _KANA_VOICING))
    return unicodedata.normalize("NFC", bare.casefold().translate(_PLAIN))


def _authors(paper: Paper) -> Iterator[str]:
    for name in paper.authors:
        yield from _forms(name)


def _forms(name: Name) -> Iterator[str]:
    """The ways in which people write a name."""
    yield str(name)
    if name.given:
        family = f"{name.prefix} {name.family}" if name.prefix else name.family
        yield f"{family}, {name.given}"
        if not family.isascii():
            yield family + name.given  # 王小明


def _anything(paper: Paper) -> Iterator[str]:
    yield paper.title
    yield paper.key
    yield from _authors(paper)
    yield paper.venue
    yield from paper.keywords
    yield paper.review.text
    yield paper.abstract


_ANY = "any"
_TEXTS: dict[str, Callable[[Paper], Iterable[str]]] = {
    _ANY: _anything,
    "title": lambda paper: (paper.title,),
    "author": _authors,
    "venue": lambda paper: (paper.venue,),
    "abstract": lambda paper: (paper.abstract,),
    "keyword": lambda paper: paper.keywords,
    "review": lambda paper: (paper.review.text,),
    "key": lambda paper: (paper.key,),
    "year": lambda paper: (paper.year,),
    "doi": lambda paper: (paper.doi,),
    "type": lambda paper: (paper.type,),
}
_FIELDS = {name: name for name in _TEXTS if name != _ANY} | {
    "authors": "author",
    "journal": "venue",
    "booktitle": "venue",
    "keywords": "keyword",
    "tag": "keyword",
    "tags": "keyword",
    "note": "review",
    "标题": "title",
    "作者": "author",
    "出处": "venue",
    "摘要": "abstract",
    "关键词": "keyword",
    "标签": "keyword",
    "短评": "review",
    "年份": "year",
}
_TERM = re.compile(
    rf"""
    (?:(?P<field>(?ai:{"|".join(_FIELDS)}))[:：])?
    (?: (?P<phrase>"[^"]*"|“[^”]*”|「[^」]*」) | (?P<word>\S+) )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase, folded, and the field it must occur in (``any``: in one of them)."""

    field: str
    text: str


def parse_query(query: str, decode: Callable[[str], str] = str) -> tuple[Word, ...]:
    r"""The words of a search: ``"…"``, ``“…”`` or ``「…」`` around a phrase, ``field:word``.

    A prefix that is no field is part of the word. A query with a backslash or a brace goes through
    ``decode`` first: LaTeX to Unicode, so that ``G{\"o}del`` can be typed as it stands in a .bib.
    Raises UsageError for a phrase that is not closed.
    """
    if "\\" in query or "{" in query:
        query = decode(query)
    words = map(_word, _TERM.finditer(query))
    return tuple(word for word in words if word.text)


def _word(found: re.Match[str]) -> Word:
    text = found["phrase"][1:-1] if found["phrase"] else found["word"]
    if text == found["word"] and text.startswith(('"', "“", "「")):
        raise UsageError(
            f"The search has a quotation mark that is not closed: {text}",
            "Close the phrase, or leave the quotation mark out.",
        )
    return Word(_FIELDS[found["field"].lower()] if found["field"] else _ANY, fold(text))


_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_YEARS = re.compile(r"(\d{4})|(\d{4})?[-‐‑‒–—−~～〜]{1,2}(\d{4})?")


def year_span(year: str) -> tuple[int, int] | None:
    """The first and the last year in a record's ``year``, None for one like "in press"."""
    found = [int(number) for number in _YEAR.findall(year)]
    return (min(found), max(found)) if found else None


@dataclass(frozen=True, slots=True)
class Years:
    """A range of years, both ends included; None is open."""

    first: int | None
    last: int | None

    def include(self, year: str) -> bool:
        """Whether a record of this ``year`` lies in the range, in whole or in part."""
        span = year_span(year)
        return bool(
            span
            and (self.first is None or self.first <= span[1])
            and (self.last is None or span[0] <= self.last)
        )


def parse_years(text: str) -> Years:
    """``2021``, ``2019-2021``, ``2019-`` or ``-2021``. Raises UsageError for anything else."""
    found = _YEARS.fullmatch("".join(text.split()))
    if not found or not any(found.groups()):
        raise UsageError(
            f"{text!r} is neither a year nor a range of years",
            "Write 2021, 2019-2021, 2019- or -2021.",
        )
    first, last = (
        int(year) if year else None for year in (found[1] or found[2], found[1] or found[3])
    )
    if first and last and first > last:
        raise UsageError(f"The range of years {text} runs backwards", f"Write {last}-{first}.")
    return Years(first, last)


def group_of(review: Review) -> str:
    """The id of the level or computed group that a paper with this review belongs to."""
    return review.priority or (REVIEWED if review.text else UNREAD)


def parse_priorities(words: Iterable[str], scale: Scale) -> frozenset[str]:
    """The ids of the levels and computed groups that are named by id, label or tag.

    Raises UsageError for a word that names none.
    """
    return frozenset(_parse_priority(word, scale) for word in words)


def _parse_priority(word: str, scale: Scale) -> str:
    group = scale.find_group(word)
    if group is None:
        raise unknown_priority(word, (*scale.levels, *GROUPS.values()))
    return group


def unknown_priority(word: str, levels: Iterable[Level], *others: str) -> UsageError:
    """The error for a word that names no priority; it lists what there is."""
    known = ", ".join((*map(_described, levels), *others))
    return UsageError(f"No priority is called {word!r}", f"There are {known}.")


def _described(level: Level) -> str:
    return f"{level.id} ({level.label('zh')})"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of a paper: every word, one of the priorities, the years.

    What is empty asks for nothing.
    """

    words: tuple[Word, ...] = ()
    priorities: frozenset[str] = frozenset()
    years: Years | None = None

    @property
    def needs_abstract(self) -> bool:
        """Whether papers must come with their abstracts."""
        return any(word.field in (_ANY, "abstract") for word in self.words)

    def matches(self, paper: Paper) -> bool:
        """Whether the paper is taken."""
        return (
            (not self.priorities or group_of(paper.review) in self.priorities)
            and (self.years is None or self.years.include(paper.year))
            and self._occur(paper)
        )

    def _occur(self, paper: Paper) -> bool:
        texts: dict[str, str] = {}
        for word in self.words:
            text = texts.get(word.field)
            if text is None:
                text = texts[word.field] = _folded(_TEXTS[word.field](paper))
            if word.text not in text:
                return False
        return True


def _folded(texts: Iterable[str]) -> str:
    """Texts to be searched as one; no phrase crosses their bounds."""
    return "\0".join(map(fold, texts))
