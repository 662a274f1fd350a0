"""A sheet, Markdown or YAML, as a library of papers and reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import files
from ..errors import BibnotesError, UsageError
from ..model import Change, Json, Outcome, Paper, Problem, Review, Status
from ..scale import Language, Scale
from .edit import Draft, Edit, RefusedError, Sheet
from .front_matter import is_sheet
from .markdown import MarkdownSheet
from .prepared import PreparedSheet
from .statement import Statement
from .yaml import YamlSheet

_MARKDOWN_NAMES = (".md", ".markdown")


@dataclass(frozen=True)
class Notes:
    """What changes to a sheet note beside the reviews.

    ``keys`` are citation keys, by ``Paper.id``, of papers that have none in the sheet; ``stamp``
    writes into each changed section the hash of ``Change.after``, as the review that both sides
    agree on. For either alone a change from a review to the same one is planned. ``new`` are
    papers, by the id that the sheet gives them (see ``SheetLibrary.new``), that a change adds.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    stamp: bool = False
    new: Mapping[str, Paper] = field(default_factory=dict)


class SheetLibrary:
    """One sheet, read once; ``prepare`` looks at it again.

    It is read as Markdown where its front matter says ``bibnotes:``, or it is called ``.md``, else
    as YAML. Reading raises UsageError for what is no sheet, names every mistake and its line.
    """

    def __init__(
        self,
        name: str,
        raw: bytes,
        path: Path | None = None,
        *,
        scale: Scale,
        language: Language,
        notes: Notes | None = None,
    ) -> None:
        self._name, self._path = name, path
        self._scale, self._language = scale, language
        self._notes = notes or Notes()
        self._read(raw)

    @classmethod
    def open(cls, path: Path, *, name: str = "", scale: Scale, language: Language) -> SheetLibrary:
        """The library in a file. Raises NotFoundError, NotAllowedError, UsageError."""
        return cls(name or str(path), files.read(path), path, scale=scale, language=language)

    @property
    def name(self) -> str:
        """The path as it was given; ``-`` for the standard input."""
        return self._name

    @property
    def address(self) -> str:
        """The absolute path of the file itself."""
        return f"sheet:{files.real_path(self._path)}" if self._path else "sheet:-"

    def statements(self) -> Sequence[Statement]:
        """What the sheet says, in its order, also of papers that it has twice.

        Of a text that may stand where it is not read it says nothing, as ``remarks`` tell.
        """
        unquoted = self._sheet.unquoted
        return tuple(
            replace(one, says_text=False) if one.paper.id in unquoted else one
            for one in self._sheet.statements
        )

    @property
    def scale(self) -> Scale:
        """By which its priorities are read."""
        return self._scale

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        """The papers in the order of the sheet; of one that is there twice the first place."""
        for one in self._sheet.statements:
            if not one.repeats or one.line == one.repeats[0]:
                yield one.paper if abstracts else replace(one.paper, abstract="")

    def find(self, key: str) -> list[Paper]:
        """The paper of this key, if there is one."""
        return [paper for paper in self.papers() if paper.key == key]

    def problems(self) -> Sequence[Problem]:
        """Papers that are there twice, and what could not be read."""
        return self._sheet.problems

    def remarks(self) -> Sequence[Problem]:
        """What may be meant for a review, and is not read as one."""
        return self._sheet.remarks

    def headings(self) -> Collection[str]:
        """The papers, by id, that may be headings of the user's own: there is but a title."""
        return self._sheet.headings

    def noting(self, notes: Notes) -> SheetLibrary:
        """The sheet, in which changes also note what is given."""
        return SheetLibrary(
            self._name,
            self._raw,
            self._path,
            scale=self._scale,
            language=self._language,
            notes=notes,
        )

    def new(self, paper: Paper) -> Statement | None:
        """What the sheet would say of a paper that it has not yet; None where it cannot have it."""
        try:
            said = self._sheet.new(paper).statement
        except RefusedError:
            return None
        return None if said.paper.id in self._ids else said

    def prepare(self, changes: Iterable[Change]) -> PreparedSheet:
        """Plan changes on the file as it is now.

        Raises UsageError for the standard input, and what reading a file raises.
        """
        if self._path is None:
            raise UsageError("The standard input cannot be changed", "Name the file instead.")
        raw = files.read(self._path)
        if raw != self._raw:
            self._read(raw)
        plan = _Plan(self._name, self._sheet, self._notes)
        outcomes = plan.outcomes(list(changes))
        return PreparedSheet(
            self._name,
            self._path,
            self._raw,
            self._sheet.text,
            plan.draft.splices(),
            outcomes,
            lambda text: self._require(text, plan.draft),
        )

    def _read(self, raw: bytes) -> None:
        self._raw = raw
        self._sheet = self._parsed(_decoded(self._name, raw))
        self._ids = {one.paper.id for one in self._sheet.statements}

    def _parsed(self, text: str) -> Sheet:
        is_markdown = self._name.lower().endswith(_MARKDOWN_NAMES) or is_sheet(self._raw)
        read = MarkdownSheet if is_markdown else YamlSheet
        return read(self._name, text, scale=self._scale, language=self._language)

    def _require(self, text: str, draft: Draft) -> None:
        """See that a new text says what was planned, and nothing else.

        Raises BibnotesError otherwise: a defect of bibnotes, caught before anything is written.
        """
        found = self._parsed(text)
        said, planned = (
            Counter(map(_essence, one)) for one in (found.statements, draft.statements())
        )
        if said != planned or [*found.outline] != [*draft.outline]:
            raise BibnotesError(
                f"{self._name} would not read back as planned; nothing was written",
                "Please report this, with the papers that were to be changed.",
            )


def _decoded(name: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: this is not UTF-8", "Save the file as UTF-8.") from error


def _essence(statement: Statement) -> Statement:
    """A statement without its place."""
    paper = replace(statement.paper, source=None)
    return replace(statement, paper=paper, line=0, repeats=())


def takes_out(restore: Json | None) -> bool:
    """Whether a change, by what `prepare` noted of it, took a paper out of a sheet again."""
    return bool(restore and "removed" in restore)


class _Plan:
    """What becomes of changes to a sheet, worked out on a draft of it."""

    def __init__(self, name: str, sheet: Sheet, notes: Notes) -> None:
        self.draft = sheet.draft()
        self._name, self._sheet, self._notes = name, sheet, notes
        self._places: dict[str, int] = {}
        for place, statement in enumerate(sheet.statements):
            self._places.setdefault(statement.paper.id, place)

    def outcomes(self, changes: Sequence[Change]) -> list[Outcome]:
        """The outcome of each change.

        What is taken back is taken back in the opposite order, so that each change finds the sheet
        as it left it.
        """
        order = sorted(range(len(changes)), key=lambda n: _turn(changes[n]))
        found = {n: self._outcome(changes[n], turn) for turn, n in enumerate(order)}
        return [found[n] for n in range(len(changes))]

    def _outcome(self, change: Change, turn: int) -> Outcome:
        paper = change.restore["id"] if change.restore else change.paper
        place = self._places.get(paper)
        if place is None:
            return self._added(change, paper, turn)
        edit = Edit(
            change.after,
            change.sets_priority,
            change.sets_text,
            self._notes.stamp,
            self._notes.keys.get(paper, ""),
        )
        status, reason = self._judged(change, place, edit)
        if status is not Status.PLANNED:
            return Outcome(change, status, reason)
        try:
            if change.restore:
                restore = self.draft.take_back(place, change.restore)
            else:
                restore = self.draft.make(place, edit)
        except RefusedError as refused:
            return Outcome(change, Status.REFUSED, str(refused))
        self._places[restore["id"]] = place
        return Outcome(change, Status.PLANNED, restore={**restore, "turn": turn})

    def _added(self, change: Change, paper: str, turn: int) -> Outcome:
        """What becomes of a change to a paper that is not there: new ones are added."""
        try:
            if change.restore and takes_out(change.restore):
                text, group = change.restore["was"], change.restore["removed"]
            elif (new := self._notes.new.get(paper)) and not change.restore:
                text, group, _ = self._sheet.new(replace(new, review=change.after))
            else:
                return Outcome(change, Status.MISSING, f"{self._name} has no paper {paper!r}")
            place, restore = self.draft.add(text, group)
        except RefusedError as refused:
            return Outcome(change, Status.REFUSED, str(refused))
        if not _agrees(self.draft.statement(place).paper.review, change.after, change):
            self.draft.take_back(place, restore)
            return Outcome(change, Status.REFUSED, "its text would not read back as it is")
        self._places[restore["id"]] = place
        return Outcome(change, Status.PLANNED, restore={**restore, "turn": turn})

    def _judged(self, change: Change, place: int, edit: Edit) -> tuple[Status, str]:
        now = self.draft.statement(place).paper.review
        done = _agrees(now, change.after, change)
        if done and self._is_done(change, place, edit):
            return Status.UNCHANGED, ""
        if lines := self.draft.statement(place).repeats:
            return Status.REFUSED, f"it is there twice (lines {_listed(lines)})"
        if edit.key and self._places.get(edit.key, place) != place:
            return Status.REFUSED, f"another paper of the sheet has the key {edit.key!r}"
        if not done and not _agrees(now, change.before, change):
            return Status.CHANGED, "its review was changed by somebody else"
        if change.restore and not self.draft.is_as_made(place, change.restore):
            return Status.CHANGED, "its section was changed by somebody else"
        return Status.PLANNED, ""

    def _is_done(self, change: Change, place: int, edit: Edit) -> bool:
        if change.restore:
            is_new = self.draft.is_as_made(place, change.restore)
            return self.draft.is_taken_back(place, change.restore) or not is_new
        return not self.draft.needs(place, edit)


def _turn(change: Change) -> int:
    """Takings back come first, the last change first."""
    return -1 - int(change.restore.get("turn", 0)) if change.restore else 0


def _agrees(now: Review, review: Review, change: Change) -> bool:
    """Whether a paper says what ``review`` says, in the parts that the change is to set.

    A sheet has one priority a paper: ``Review.also`` does not count.
    """
    if change.sets_text and now.text != review.text:
        return False
    return not change.sets_priority or now.priority == review.priority


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
