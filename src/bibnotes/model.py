"""The words of bibnotes as frozen dataclasses: papers, reviews and changes to them. No I/O."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

# Han characters, kana and Hangul: names are written family first, without a space.
EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Name:
    """One person or institution, in BibTeX's four parts, as Unicode without braces.

    An institution (a braced name) has only a ``family``.
    """

    family: str
    given: str = ""
    prefix: str = ""  # "von", "de la"
    suffix: str = ""  # "Jr."

    def __str__(self) -> str:
        """``Given von Family, Jr.``: how the name is shown and how JSON has it."""
        full = " ".join(part for part in (self.given, self.prefix, self.family) if part)
        return f"{full}, {self.suffix}" if self.suffix else full


@dataclass(frozen=True, slots=True)
class Review:
    r"""What the reader thinks of a paper: a priority, or a text, or both.

    ``priority`` is the id of a level of the scale. ``text`` is Markdown with ``\n`` line ends;
    blank lines before it and white space after it carry no meaning and are dropped. ``also``
    holds lower levels that stand on the paper too: they are kept until the priority is set anew.
    """

    priority: str | None = None
    text: str = ""
    also: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        text = self.text
        if text and (text[-1].isspace() or text[0].isspace() or "\r" in text):
            object.__setattr__(self, "text", _canonical(text))

    def __bool__(self) -> bool:
        return bool(self.priority or self.text)

    def digest(self) -> str:
        """Eight hexadecimal digits that stand for priority and text, as in a digest's headings."""
        said = f"{self.priority or ''}\n{self.text}"
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _canonical(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:])


@dataclass(frozen=True, slots=True)
class FileSource:
    """A paper's place in a file: the path as the user gave it, and the line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """``refs.bib:12``, as compilers write it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ZoteroSource:
    """A paper's place in a Zotero library: ``library`` is ``user/475001`` or ``group/123456``."""

    library: str
    item: str
    version: int
    note: str | None = None  # the key of the note that holds the review

    def __str__(self) -> str:
        """``user/475001/ABCD2345``."""
        return f"{self.library}/{self.item}"

    @property
    def link(self) -> str:
        """The address that shows the item in Zotero's window."""
        kind, _, number = self.library.partition("/")
        place = f"groups/{number}" if kind == "group" else "library"
        return f"zotero://select/{place}/items/{self.item}"


@dataclass(frozen=True, slots=True)
class Paper:
    """One bibliographic record with its review. Every text is Unicode, as a person reads it.

    ``id`` is what the library knows the paper by (in a .bib the citation key, in Zotero the item
    key); ``key`` is the citation key. ``year`` is a string, since records also say "in press".
    ``made_up_key`` says that the record has no citation key and ``key`` was made for it.
    """

    id: str
    key: str
    type: str = "misc"
    title: str = ""
    authors: tuple[Name, ...] = ()
    more_authors: bool = False  # the list ends in "and others"
    year: str = ""
    venue: str = ""
    abstract: str = ""
    doi: str = ""
    arxiv: str = ""
    isbn: str = ""
    url: str = ""
    keywords: tuple[str, ...] = ()
    review: Review = field(default_factory=Review)
    source: FileSource | ZoteroSource | None = None
    made_up_key: bool = False
    others: tuple[tuple[str, Review], ...] = ()  # what other readers think, with their names


@dataclass(frozen=True, slots=True)
class Change:
    """A review that is to become another one.

    Only the part that differs between ``before`` and ``after`` is written, and only while the
    paper still says what ``before`` says of it. ``restore`` is what the library noted when it made
    the opposite change (see Outcome): with it the change is taken back exactly. ``adopts`` is what
    says the text of ``after`` already and becomes the review: in Zotero the key of a note. One
    that ``rewrites`` is what it says now, if not "", gets that text.
    """

    paper: str  # Paper.id
    before: Review
    after: Review
    restore: Json | None = None
    adopts: str | None = None
    rewrites: str = ""

    @property
    def sets_priority(self) -> bool:
        """Whether the priority is to be written."""
        return (self.before.priority, self.before.also) != (self.after.priority, self.after.also)

    @property
    def sets_text(self) -> bool:
        """Whether the text is to be written."""
        return self.before.text != self.after.text

    @property
    def sets_review(self) -> bool:
        """Whether any of it is; a change to the same review only notes something beside it."""
        return self.sets_priority or self.sets_text

    @property
    def parts(self) -> tuple[Change, ...]:
        """That of the priority and that of the text, each saying nothing of the other.

        One that sets neither has a single part.
        """
        before, after = self.before, self.after
        priority = Change(self.paper, replace(before, text=""), replace(after, text=""))
        text = Change(self.paper, Review(text=before.text), Review(text=after.text))
        set_here = tuple(part for part in (priority, text) if part.before != part.after)
        return set_here or (Change(self.paper, before, after),)

    def without(self, parts: Container[Change]) -> Change | None:
        """What is left of it without these parts, if anything."""
        left = [part for part in self.parts if part not in parts]
        if len(left) == len(self.parts):
            return self
        return replace(self, before=left[0].before, after=left[0].after) if left else None

    def reversed(self, restore: Json | None = None) -> Change:
        """The change that takes this one back."""
        return Change(self.paper, self.after, self.before, restore)


class Status(Enum):
    """What became of a change."""

    PLANNED = "planned"  # it can be made
    DONE = "done"
    PARTLY = "partly"  # of priority and text one was written, the other could not be
    UNCHANGED = "unchanged"  # the paper says this already
    MISSING = "missing"  # no such paper
    REFUSED = "refused"  # the record cannot be edited safely
    CHANGED = "changed"  # somebody changed the review since
    FAILED = "failed"  # the attempt was made and did not succeed
    UNKNOWN = "unknown"  # it was sent, and what became of it could not be looked up


MADE = frozenset({Status.PLANNED, Status.DONE})
"""Of what was made, or would be."""

UNMADE = frozenset({*Status} - MADE - {Status.UNCHANGED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change, and why if it was not made.

    ``restore`` is plain JSON with which the library can take exactly this change back. ``key`` is
    the paper's citation key where ``Change.paper`` is something else. ``remarks`` say what
    somebody should know of it before it is made.
    """

    change: Change
    status: Status
    reason: str = ""
    restore: Json | None = None
    key: str = field(default="", compare=False)
    remarks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """What a message calls the paper."""
        return self.key or self.change.paper


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a library that a person should look at; the rest was read."""

    source: FileSource | ZoteroSource
    message: str
    key: str = ""

    def __str__(self) -> str:
        """Where it is, on which paper, and what it is."""
        return ": ".join(filter(None, (str(self.source), self.key, self.message)))
