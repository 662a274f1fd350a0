"""A digest: the papers of a library in groups, with their counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal

from ..model import Name, Paper, ZoteroSource
from ..scale import DEFAULT_SCALE, GROUPS, Language, Scale
from ..search import fold, group_of, year_span

GroupBy = Literal["priority", "year"]
Sort = Literal["file", "key", "author", "title", "year"]

_NO_YEAR: dict[Language, str] = {"en": "No year", "zh": "年份不详"}


@dataclass(frozen=True, slots=True)
class Group:
    """Papers under one heading. ``id`` is a level's or computed group's, or a year ("": none)."""

    id: str
    label: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many papers a level or computed group holds, 0 included."""

    id: str
    label: str
    papers: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The groups in order, the empty ones left out. ``search`` is the query as it was typed."""

    title: str
    language: Language
    groups: tuple[Group, ...]
    counts: tuple[Count, ...]
    search: str = ""

    @property
    def total(self) -> int:
        """The number of papers."""
        return sum(count.papers for count in self.counts)


def build(
    papers: Iterable[Paper],
    *,
    scale: Scale = DEFAULT_SCALE,
    language: Language = "en",
    group_by: GroupBy = "priority",
    sort: Sort = "file",
    reverse: bool = False,
    title: str = "",
    search: str = "",
) -> Digest:
    """Group papers by priority or by year; the counts are by priority either way.

    Priorities stand in the scale's order, then reviewed, then unread; of the years the newest comes
    first, and papers without a year last.
    """
    listed = ordered(papers, sort, reverse=reverse)
    by_priority = _by_priority(listed, scale, language)
    groups = by_priority if group_by == "priority" else _by_year(listed, language)
    return Digest(
        title,
        language,
        tuple(group for group in groups if group.papers),
        tuple(Count(group.id, group.label, len(group.papers)) for group in by_priority),
        search,
    )


def _by_priority(papers: Iterable[Paper], scale: Scale, language: Language) -> list[Group]:
    found = _grouped(papers, lambda paper: group_of(paper.review))
    labels = {level.id: level.label(language) for level in (*scale.levels, *GROUPS.values())}
    unknown = [group for group in found if group not in labels]  # the scale changed since
    ids = [*(level.id for level in scale.levels), *unknown, *GROUPS]
    return [Group(group, labels.get(group, group), tuple(found.get(group, ()))) for group in ids]


def _by_year(papers: Iterable[Paper], language: Language) -> list[Group]:
    found = _grouped(papers, lambda paper: paper.year.strip())
    return [
        Group(year, year or _NO_YEAR[language], tuple(found[year]))
        for year in sorted(found, key=_newest_first)
    ]


def _newest_first(year: str) -> tuple[bool, int, str]:
    span = year_span(year)
    return (not year, -span[0] if span else 0, year)


def _grouped(papers: Iterable[Paper], key: Callable[[Paper], str]) -> dict[str, list[Paper]]:
    groups: dict[str, list[Paper]] = {}
    for paper in papers:
        groups.setdefault(key(paper), []).append(paper)
    return groups


def ordered(papers: Iterable[Paper], sort: Sort = "file", *, reverse: bool = False) -> list[Paper]:
    """Papers in the library's own order (``file``) or by a field.

    Years stand with the newest first, texts without regard to case and accents; papers that lack
    the field come last, reversed or not.
    """
    if sort == "file":
        listed = list(papers)
        return listed[::-1] if reverse else listed
    keyed = [(_SORT_KEYS[sort](paper), paper) for paper in papers]
    known = [pair for pair in keyed if pair[0]]
    known.sort(key=itemgetter(0), reverse=reverse != (sort == "year"))
    return [paper for _, paper in known] + [paper for key, paper in keyed if not key]


def _family_first(name: Name) -> str:
    return f"{name.prefix} {name.family} {name.given}"


def _year_key(paper: Paper) -> str:
    span = year_span(paper.year)
    return f"{span[0]:04}" if span else ""


_SORT_KEYS: dict[Sort, Callable[[Paper], str]] = {
    "key": lambda paper: fold(paper.key),
    "author": lambda paper: fold("; ".join(map(_family_first, paper.authors))),
    "title": lambda paper: fold(paper.title),
    "year": _year_key,
}

_SCHEME = re.compile(r"(?:https?|ftp)://[^\s]", re.IGNORECASE)
_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE)
_ARXIV_PREFIX = re.compile(r"(?:https?://arxiv\.org/abs/|arxiv:)\s*", re.IGNORECASE)


def link(paper: Paper) -> str:
    """Where the paper is read: its URL, else by its DOI or arXiv id, else in Zotero, else ""."""
    if _SCHEME.match(paper.url):
        return paper.url
    if paper.doi:
        return "https://doi.org/" + _DOI_PREFIX.sub("", paper.doi, count=1)
    if paper.arxiv:
        return "https://arxiv.org/abs/" + _ARXIV_PREFIX.sub("", paper.arxiv, count=1)
    return zotero_link(paper)


def zotero_link(paper: Paper) -> str:
    """What shows the paper in Zotero's window, "" for one from elsewhere."""
    return paper.source.link if isinstance(paper.source, ZoteroSource) else ""


def default_title(names: Sequence[str], language: Language) -> str:
    """What a digest of these libraries is called: "Reading digest: sample.bib"."""
    listed = [name for name in names if name != "-"]
    kind, colon = ("阅读摘要", "：") if language == "zh" else ("Reading digest", ": ")
    return kind + colon + ", ".join(listed) if listed else kind
