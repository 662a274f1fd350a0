"""A Markdown sheet that is being edited: reviews, headings, and the places of whole sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Json, Review
from ..scale import GROUPS
from ..search import group_of
from .blocks import line_end, lines_of
from .edit import Edit, RefusedError, Splice, fingerprint
from .heading import read_heading, with_key, with_stamp
from .layout import Layout, Part
from .section import Section
from .statement import Statement

if TYPE_CHECKING:
    from .markdown import MarkdownSheet


class MarkdownDraft:
    """See `edit.Draft`. A section moves below the heading of what is set.

    Also one without a priority that gets a text, or loses it.
    """

    def __init__(self, sheet: MarkdownSheet) -> None:
        lines = sheet.groups[0].lines
        self._sheet = sheet
        self._newline = (line_end(lines[0]) if lines else "") or "\n"
        front = sum(map(len, lines[: sheet.front]))
        self._layout = Layout(sheet.groups, front, sheet.scale, sheet.language, self._newline)
        self._statements = list(sheet.statements)
        for part, statement in zip(self._layout.sections, sheet.statements, strict=True):
            part.paper = statement.paper.id
            part.counts = part.paper not in sheet.headings

    def statements(self) -> Iterator[Statement]:
        """What the draft says of all papers."""
        for part, statement in zip(self._layout.sections, self._statements, strict=True):
            if self._layout.has(part):
                yield statement

    @property
    def outline(self) -> Sequence[str | None]:
        """Below which headings, by the ids of levels and groups, the papers stand."""
        return self._layout.outline

    def statement(self, place: int) -> Statement:
        """What the draft says in this place; the line is that in the sheet."""
        return self._statements[place]

    def needs(self, place: int, edit: Edit) -> bool:
        """Whether the edit's stamp or key would change anything."""
        heading = read_heading(lines_of(self._layout.sections[place].text)[0])
        stale = self._is_stamped(place, edit) and heading.base != edit.review.digest()
        return stale or bool(edit.key and heading.key != edit.key)

    def make(self, place: int, edit: Edit) -> Json:
        """Edit the draft and return what `take_back` needs. Raises RefusedError."""
        part = self._layout.sections[place]
        edit = replace(edit, stamp=self._is_stamped(place, edit))
        was, text = part.body, self._edited(part, edit)
        if edit.sets_text and not self._layout.is_set_off(part):
            raise RefusedError("an underlined heading follows without a blank line")
        trace = self._placed(part, Section.parse(text), edit)
        return self._noted(place, was, Part(text).body, trace)

    def _placed(self, part: Part, section: Section, edit: Edit) -> Json:
        """Move a section that is to read so, and bring the counts up to date that change by it."""
        counted, part.counts = part.counts, section.names_paper
        trace: Json = {}
        if edit.sets_priority or (edit.sets_text and self._layout.group_id(part) in GROUPS):
            priority = edit.review.priority if edit.sets_priority else None
            try:
                trace = self._layout.move(part, group_of(Review(priority, section.review)))
            except RefusedError:
                part.counts = counted
                raise
        if not trace and counted != part.counts:
            trace = self._layout.recount({})
        return trace

    def _is_stamped(self, place: int, edit: Edit) -> bool:
        """Whether the hash is written: one of a text that the section does not tell would lie."""
        said = self._statements[place]
        tells = said.says_text and said.paper.id not in self._sheet.unquoted
        return edit.stamp and (tells or edit.sets_text)

    def add(self, text: str, group: str) -> tuple[int, Json]:
        """Add a section last in its group; returns its place, and what `take_back` needs."""
        ended = ((line, line_end(line)) for line in lines_of(text))
        text = "".join(line.removesuffix(end) + (end and self._newline) for line, end in ended)
        part, trace = self._layout.add(text, group)
        said = Section.parse(text).statement(self._sheet.name, group)
        part.paper = said.paper.id
        self._statements.append(said)
        became = fingerprint(part.body)
        added = {"id": said.paper.id, "became": became, "added": group, "around": trace}
        return len(self._statements) - 1, added

    def is_as_made(self, place: int, restore: Json) -> bool:
        """Whether nobody edited this section since `make`."""
        return bool(fingerprint(self._layout.sections[place].body) == restore["became"])

    def is_taken_back(self, place: int, restore: Json) -> bool:
        """Whether this section reads as before `make`."""
        return bool(self._layout.sections[place].body == restore.get("was"))

    def take_back(self, place: int, restore: Json) -> Json:
        """Undo what `make` did, where `is_as_made`, and return what takes that back."""
        part = self._layout.sections[place]
        if group := restore.get("added"):
            self._layout.remove(part, restore.get("around", {}))
            return {"id": part.paper, "was": part.body, "became": "", "removed": group}
        part.counts = Section.parse(restore["was"]).names_paper
        trace: Json = restore["move"]
        if "from" in trace:
            trace = self._layout.move_back(part, trace)
        elif trace:
            trace = self._layout.recount(trace)
        return self._noted(place, part.body, restore["was"], trace)

    def splices(self) -> list[Splice]:
        """What the draft changes in the file, in order."""
        return self._layout.splices(self._sheet.text)

    def _noted(self, place: int, was: str, body: str, trace: Json) -> Json:
        part = self._layout.sections[place]
        part.text = body + part.gap
        section = Section.parse(part.text, self._statements[place].line)
        said = section.statement(self._sheet.name, self._layout.group_id(part))
        self._statements[place], part.paper = said, said.paper.id
        return {"id": part.paper, "was": was, "became": fingerprint(body), "move": trace}

    def _edited(self, part: Part, edit: Edit) -> str:
        """A section with another text, key and hash. Raises RefusedError."""
        section = Section.parse(part.text)
        text, wanted = part.text, section.review
        if edit.sets_text:
            newline = line_end(section.lines[0]) or self._newline
            text, wanted = section.with_review(edit.review.text, newline), edit.review.text
        line, *rest = lines_of(text)
        if edit.key:
            try:
                line = with_key(line, edit.key)
            except ValueError:
                raise RefusedError(f"a heading cannot hold the key {edit.key!r}") from None
        if edit.stamp:
            line = with_stamp(line, edit.review.digest())
        before, after = read_heading(section.lines[0]), read_heading(line)
        if (after.title, after.key) != (before.title, edit.key or before.key):
            raise RefusedError("its heading would not read back as it is")
        text = "".join([line, *rest])
        if Review(None, Section.parse(text).review) != Review(None, wanted):
            raise RefusedError("its text would not read back as it is")
        return text
