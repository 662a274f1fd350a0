"""What is to be written into a sheet, and what the formats of sheets offer to write it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..model import Json, Paper, Problem, Review
from .statement import Statement


class RefusedError(Exception):
    """Something cannot be written into the sheet; the message says why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What to write about one paper.

    ``stamp`` also notes the review as the one that both sides agree on, ``key`` notes the citation
    key of a paper that has none; "" leaves it.
    """

    review: Review
    sets_priority: bool = False
    sets_text: bool = False
    stamp: bool = False
    key: str = ""


class Splice(NamedTuple):
    """The text between two offsets of a file, and what comes in its place."""

    start: int
    end: int
    new: str


class New(NamedTuple):
    """What a sheet is to have of a paper that it lacks, below the heading of which group."""

    text: str
    group: str
    statement: Statement


class Draft(Protocol):
    """A sheet that is being edited. Places count the statements of the sheet from 0."""

    def statements(self) -> Iterator[Statement]:
        """What the draft says of all papers."""

    @property
    def outline(self) -> Sequence[str | None]:
        """The headings of the draft, as ``Sheet.outline`` has them."""

    def statement(self, place: int) -> Statement:
        """What the draft says in this place; the line is that in the sheet."""

    def needs(self, place: int, edit: Edit) -> bool:
        """Whether the edit's stamp or key would change anything."""

    def make(self, place: int, edit: Edit) -> Json:
        """Edit the draft and return what `take_back` needs. Raises RefusedError."""

    def is_as_made(self, place: int, restore: Json) -> bool:
        """Whether nobody edited this place since `make`."""

    def is_taken_back(self, place: int, restore: Json) -> bool:
        """Whether this place reads as before `make`."""

    def add(self, text: str, group: str) -> tuple[int, Json]:
        """Add a paper; returns its place, and what `take_back` needs. Raises RefusedError."""

    def take_back(self, place: int, restore: Json) -> Json:
        """Undo what `make` did, where `is_as_made`, and return what takes that back."""

    def splices(self) -> list[Splice]:
        """What the draft changes in the file, in order."""


class Sheet(Protocol):
    """The text of a sheet, read."""

    @property
    def text(self) -> str:
        """The whole text, line ends as they are."""

    @property
    def statements(self) -> Sequence[Statement]:
        """What the sheet says, in its order."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be read."""

    @property
    def remarks(self) -> Sequence[Problem]:
        """What was read, but may not be what was meant."""

    @property
    def unquoted(self) -> Collection[str]:
        """The papers, by id, whose text may stand where it is not read: it was not removed."""

    @property
    def outline(self) -> Sequence[str | None]:
        """The headings that give priorities, by the ids of levels and groups; None for others."""

    @property
    def headings(self) -> Collection[str]:
        """The papers, by id, that may be headings of the user's own."""

    def new(self, paper: Paper) -> New:
        """What the sheet would say of a paper that it does not have. Raises RefusedError."""

    def draft(self) -> Draft:
        """A draft that says what the sheet says."""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text after splices, which are in order and do not overlap."""
    parts, at = [], 0
    for start, end, new in splices:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def fingerprint(text: str) -> str:
    """What tells a text from an edited one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
