"""What every library offers, whether it is a .bib file, a Zotero library or a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from .model import Change, Json, Outcome, Paper, Problem
from .scale import Scale


class Prepared(Protocol):
    """Changes that were checked against a library and can be shown, applied or dropped."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One for each change, in order: PLANNED, or why it will not be made."""

    def diff(self) -> str:
        """What applying would change, for a person: a unified diff where there is a file."""

    def apply(self, report: Callable[[Outcome], None]) -> None:
        """Make the planned changes and report each one's end (DONE, CHANGED, FAILED, UNKNOWN).

        What is PARTLY made is best reported with just the part of the change that was.
        Where another way back becomes due, the change is reported PLANNED with it before. Raises
        what stops it, ConflictError or NotAllowedError, after it has reported what was written.
        """


class Library(Protocol):
    """Anything that holds papers with their reviews."""

    @property
    def name(self) -> str:
        """What a message calls the library: the path as given, or the Zotero library's name."""

    @property
    def address(self) -> str:
        """What the journal and the base know it by: the same on every run, whatever the folder."""

    @property
    def scale(self) -> Scale:
        """By which its priorities are read."""

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        """The papers in the library's own order; without abstracts this can be much faster."""

    def find(self, key: str) -> Sequence[Paper]:
        """The papers of this citation key; faster than looking through all."""

    def problems(self) -> Sequence[Problem]:
        """What could not be read."""

    def remarks(self) -> Sequence[Problem]:
        """What was read, but says two things at once: for ``check``."""

    def prepare(self, changes: Iterable[Change]) -> Prepared:
        """Check the changes against the library as it is now; nothing is written."""


@runtime_checkable
class HoldsRecords(Protocol):
    """A library that knows more of its papers than a Paper holds: pages, publishers, editors."""

    def csl_items(self, papers: Iterable[Paper]) -> list[Json]:
        """These papers of the library as CSL-JSON, in their order, with all that it knows."""


class Excerpt(NamedTuple):
    """Papers as a .bib file in its encoding, and those that it should hold too but cannot."""

    data: bytes
    problems: list[Problem]


@runtime_checkable
class ExportsEntries(Protocol):
    """A library that can say its papers in BibTeX, each by itself."""

    def entries(self, papers: Iterable[Paper]) -> Mapping[str, bytes]:
        """An entry in UTF-8 for each ``Paper.id`` that it can write, under whatever key."""
