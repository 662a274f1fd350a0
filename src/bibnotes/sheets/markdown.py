"""Sheets in Markdown: what a digest says after somebody edited it.

A section is a heading of the third level and all below it up to the next heading of this or a
higher level; headings in code, comments, lists and quotes are none, as CommonMark has it. The
section's priority is that of the group it stands in: the heading of the second level above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ..digest.markdown import section
from ..errors import UsageError
from ..model import FileSource, Paper, Problem, Review
from ..scale import GROUPS, Language, Scale
from ..search import group_of
from .blocks import Block, is_closed, lines_of, read_blocks
from .edit import New, RefusedError
from .front_matter import read_front_matter
from .heading import read_heading
from .markdown_draft import MarkdownDraft
from .section import Section, read_groups
from .statement import Statement, repetitions, with_repeats

VERSION = 1
_OTHER_LEVELS = ("h1", "h2", "h4", "h5", "h6")
_LEVEL = "a paper's heading begins with `### `; this one is not read as one"
_STRAY = (
    "the quote is no review, since it is not directly below the line of facts; nothing is said of "
    "the text"
)
_UNQUOTED = (
    "the text is not read as the review, since it does not begin with `> `; nothing is removed: "
    "begin its lines with `> `, or write a line `>` above it if the review is to go"
)


class MarkdownSheet:
    """A Markdown sheet, read. Raises UsageError for what is none, or of a newer version."""

    def __init__(self, name: str, text: str, *, scale: Scale, language: Language) -> None:
        self.name, self.text, self.scale = name, text, scale
        self._language = language
        lines = lines_of(text)
        self.front, version = read_front_matter(lines)  # lines of the front matter
        _check_version(name, version)
        self._blocks = list(read_blocks(lines, self.front))
        self.groups = list(read_groups(lines, self._blocks, scale))
        self.statements: Sequence[Statement] = with_repeats(list(self._read()))

    @cached_property
    def problems(self) -> list[Problem]:
        """Papers that are there twice, and what hides the sections below it."""
        return [*repetitions(self.name, self.statements), *self._hidden()]

    @cached_property
    def remarks(self) -> list[Problem]:
        """Quotes and other texts that may be meant for reviews, and headings for papers."""
        return [*self._misplaced(), *self._remarks()]

    @cached_property
    def unquoted(self) -> frozenset[str]:
        """Papers that were given a review, and have no quote now but text that may be meant for it.

        Where most papers have a paragraph below, a single one is taken for the abstract.
        """
        levels = (None, *(level.id for level in self.scale.levels))
        no_text = {None, *(Review(level).digest() for level in levels)}
        lost = (
            (one.paper.id, [block.kind for block in part.loose])
            for part, one in self._parts()
            if part.loose and not part.has_quote and one.base not in no_text
        )
        abstract = ["paragraph"] if self._has_abstracts else None
        return frozenset(paper for paper, kinds in lost if kinds != abstract)

    @cached_property
    def headings(self) -> frozenset[str]:
        """Sections of which nothing but a title is known: the user's own, or papers."""
        papers = {one.paper.id for part, one in self._parts() if part.names_paper}
        return frozenset(one.paper.id for one in self.statements) - papers

    @property
    def outline(self) -> Sequence[str | None]:
        """Below which headings, by the ids of levels and groups, the papers stand."""
        return [group.id for group in self.groups]

    @property
    def _has_abstracts(self) -> bool:
        reviewed = [part.loose for part, _ in self._parts() if part.quote]
        followed = [loose for loose in reviewed if loose and loose[-1].kind == "paragraph"]
        return 2 * len(followed) > len(reviewed)

    @cached_property
    def language(self) -> Language:
        """The language of the headings, as far as they tell."""
        levels = {level.id: level for level in (*self.scale.levels, *GROUPS.values())}
        for group in self.groups:
            labels = levels[group.id].labels if group.id else {}
            for language, label in labels.items():
                if label == group.label and list(labels.values()).count(label) == 1:
                    return language
        return self._language

    def new(self, paper: Paper) -> New:
        """The section of a paper, as a digest would have it. Raises RefusedError."""
        text = section(paper, paper.review.digest(), self.language).strip("\n")
        group = group_of(paper.review)
        said = Section.parse(text).statement(self.name, group)
        if said.paper.review != Review(paper.review.priority, paper.review.text):
            raise RefusedError("its review would not read back as it is")
        return New(text, group, said)

    def draft(self) -> MarkdownDraft:
        """A draft that says what the sheet says."""
        return MarkdownDraft(self)

    def _parts(self) -> Iterator[tuple[Section, Statement]]:
        sections = (section for group in self.groups for section in group.sections)
        return zip(sections, self.statements, strict=True)

    def _read(self) -> Iterator[Statement]:
        for group in self.groups:
            for one in group.sections:
                yield one.statement(self.name, group.id)

    def _remarks(self) -> Iterator[Problem]:
        for part, one in self._parts():
            if quote := part.stray_quote:
                yield self._remark(part, quote, one, _STRAY)
            elif one.paper.id in self.unquoted:
                yield self._remark(part, part.loose[0], one, _UNQUOTED)

    def _remark(self, part: Section, block: Block, said: Statement, message: str) -> Problem:
        return Problem(FileSource(self.name, part.line + block.start), message, said.paper.id)

    def _misplaced(self) -> Iterator[Problem]:
        """Headings with a paper's hash that are of another level than papers."""
        lines = lines_of(self.text)
        for block in self._blocks:
            heading = read_heading(lines[block.start])
            if block.kind in _OTHER_LEVELS and heading.base:
                yield Problem(FileSource(self.name, block.start + 1), _LEVEL, heading.key)

    def _hidden(self) -> Iterator[Problem]:
        if not self._blocks or (last := self._blocks[-1]).kind != "other":
            return
        text = "".join(lines_of(self.text)[last.start : last.end])
        if "\n### " in text and not is_closed(text):
            message = "code or a comment begins here and never ends: no heading below it is read"
            yield Problem(FileSource(self.name, last.start + 1), message)


def _check_version(name: str, version: str | None) -> None:
    if version is None:
        raise UsageError(
            f"{name} is no sheet: its front matter does not say `bibnotes: {VERSION}`",
            "A digest is a sheet: bibnotes digest LIBRARY -o FILE.md makes one.",
        )
    if not version.isdecimal() or not int(version):
        raise UsageError(
            f"{name}: `bibnotes` in the front matter must be the number {VERSION}",
            f"Write `bibnotes: {VERSION}`.",
        )
    if int(version) > VERSION:
        raise UsageError(
            f"{name} was made by a newer bibnotes: it is a sheet of version {version}, "
            f"and this bibnotes reads version {VERSION}",
            "Install a newer bibnotes.",
        )
