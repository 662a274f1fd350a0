"""What the two sides of a sync say, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from ..agreement import Statement
from ..model import Paper, Review

Side = Literal["local", "zotero"]
Settlement: TypeAlias = "Side | Review"  # whose review counts, or what it is to be
Notation: TypeAlias = Callable[[str, str], str]


def _as_it_is(_like: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Local:
    """A .bib file or a sheet.

    By ``Paper.id``: ``damaged`` says why a paper cannot be trusted, ``headings`` which ones may be
    headings of the user's own.
    """

    statements: Sequence[Statement]
    damaged: Mapping[str, str] = field(default_factory=dict)
    headings: Collection[str] = ()

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all papers."""
        return frozenset(statement.paper.id for statement in self.statements)


@dataclass(frozen=True)
class Zotero:
    """A Zotero library, or one collection of it.

    By item key: ``replaced`` says into which other item one was merged, ``unclear`` why an item's
    review cannot be told, as with two notes. ``released`` has the items whose note lost its tag,
    with what the notes say, by key, that are nobody's review now.
    ``notation`` gives a text (the second) in the notation of another one where both say the same.
    """

    papers: Sequence[Paper]
    replaced: Mapping[str, str] = field(default_factory=dict)
    unclear: Mapping[str, str] = field(default_factory=dict)
    released: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    notation: Callable[[str, str], str] = _as_it_is

    @cached_property
    def ids(self) -> frozenset[str]:
        """The keys of all items."""
        return frozenset(paper.id for paper in self.papers)
