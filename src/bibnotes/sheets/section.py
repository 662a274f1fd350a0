"""The parts of a Markdown sheet: groups of sections, each of which is about one paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..digest.markdown import quote as quoted
from ..digest.markdown import unquote
from ..escape import unmarkdown
from ..model import FileSource, Paper, Review
from ..scale import GROUPS, Scale
from .author_line import Authors, read_authors
from .blocks import Block, is_blank, line_end, line_starts, lines_of, read_blocks
from .heading import label_of, read_heading
from .statement import Statement, paper_id, read_name

_INDENTED_QUOTE = re.compile(r"(?m)^ {1,3}(?=>)")
_LINK = re.compile(r"\[[^\[\]]*\]\(<?([^\s()<>]+)>?\)")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_ATTRIBUTED = re.compile(r"- \*\*.+\*\*(?: · .+)?")  # how a digest begins other readers' reviews
_SUFFIXES = {"Jr.", "Sr.", "Jr", "Sr", "II", "III", "IV"}
_LEAST_LIKENESS = 0.3  # below it a line is taken for no list of authors


@dataclass
class Section:
    """A paper's part of a sheet: its heading and what stands below it, in lines of their own."""

    lines: list[str]
    blocks: list[Block]  # below the heading
    line: int = 1  # of the heading in the file

    @classmethod
    def parse(cls, text: str, line: int = 1) -> Section:
        """The section that a text is."""
        lines = lines_of(text)
        return cls(lines, list(read_blocks(lines))[1:], line)

    @property
    def facts(self) -> Block | None:
        """The paragraph that follows the heading: authors, venue and link, or what is there."""
        return self.blocks[0] if self.blocks and self.blocks[0].kind == "paragraph" else None

    @property
    def quote(self) -> tuple[int, int] | None:
        """The lines of the review: the quotes directly below the facts, or below the heading."""
        rest = self.blocks[1 if self.facts else 0 :]
        count = next((n for n, block in enumerate(rest) if block.kind != "quote"), len(rest))
        return (rest[0].start, rest[count - 1].end) if count else None

    @property
    def review(self) -> str:
        """The review's text."""
        start, end = self.quote or (0, 0)
        text = "".join(self.lines[start:end]).replace("\r\n", "\n").replace("\r", "\n")
        return unquote(_INDENTED_QUOTE.sub("", text))

    def with_review(self, text: str, newline: str) -> str:
        """The section's text with another review, "" for none; nothing else changes.

        A quote is set off by blank lines where what follows would otherwise become a part of it.
        """
        lines, starts = self.lines, line_starts(self.lines)
        last = (self.facts.end if self.facts else 1) - 1  # the line before the review
        start, end = self.quote or (last + 1, last + 1)
        ends_at = starts[end] - len(line_end(lines[end - 1]))
        lines_below = end < len(lines) and not is_blank(lines[end])
        new = quoted(text).replace("\n", newline) + newline * lines_below
        if self.quote and text:
            begins_at = starts[start]
        else:
            begins_at = starts[last + 1] - len(line_end(lines[last]))
            new = 2 * newline * bool(text) + new
        whole = "".join(lines)
        return whole[:begins_at] + new + whole[ends_at:]

    @property
    def has_quote(self) -> bool:
        """Whether there is one anywhere, if only an empty one."""
        return any(block.kind == "quote" for block in self.blocks)

    @property
    def stray_quote(self) -> Block | None:
        """A quote below other text, where no quote is the review."""
        if self.quote:
            return None
        return next((block for block in self.blocks if block.kind == "quote"), None)

    @property
    def loose(self) -> list[Block]:
        """What stands below the facts that is no quote, no comment and no other reader's review."""
        below = self.blocks[1 if self.facts else 0 :]
        return [block for block in below if block.kind != "quote" and self._says_more(block)]

    def _says_more(self, block: Block) -> bool:
        first = self.lines[block.start].strip()
        return not (first.startswith("<!--") or _ATTRIBUTED.fullmatch(first))

    @property
    def abstract(self) -> str:
        """The first paragraph after the review, or after the facts."""
        _, after = self.quote or (0, self.facts.end if self.facts else 0)
        found = (one for one in self.blocks if one.start >= after and one.kind == "paragraph")
        block = next(found, None)
        return unmarkdown(self._one_line(block)) if block else ""

    @property
    def names_paper(self) -> bool:
        """Whether it has more of a paper than a title: a key, a hash, a review or authors."""
        heading = read_heading(self.lines[0])
        return bool(heading.key or heading.base or self.quote or self._said.authors.names)

    def statement(self, name: str, group: str | None) -> Statement:
        """What the section says under the heading of this level or computed group."""
        heading, facts = read_heading(self.lines[0]), self._said
        priority = None if group in GROUPS else group
        paper = Paper(
            id=paper_id(heading.key, heading.title, facts.authors.names, heading.noted_id),
            key=heading.key,
            title=heading.title,
            authors=tuple(map(read_name, facts.authors.names)),
            more_authors=facts.authors.more,
            year=facts.year,
            venue=facts.venue,
            abstract="" if heading.key else self.abstract,  # with a key, it may be a remark
            url=facts.url,
            review=Review(priority, self.review),
            source=FileSource(name, self.line),
        )
        return Statement(
            paper,
            heading.base,
            says_priority=group is not None,
            says_text=not self.stray_quote,  # it may have been the review: that is no removal
            line=self.line,
        )

    @property
    def _said(self) -> _Facts:
        return _Facts(self._one_line(self.facts) if self.facts else "")

    def _one_line(self, block: Block) -> str:
        return " ".join(line.strip() for line in self.lines[block.start : block.end])


class _Facts:
    """The line below the heading, ``authors · venue year · [link](url)``, as far as it goes."""

    def __init__(self, text: str) -> None:
        found = next(iter([*_LINK.finditer(text)][-1:]), None)
        self.url = found[1].replace("&amp;", "&") if found else ""
        parts = unmarkdown(text[: found.start()] if found else text).split(" · ")
        parts = [part for part in map(str.strip, parts) if part and part != "·"]
        self.authors = _authors(parts[0]) if parts else Authors()
        rest = " · ".join(parts[1:] if self.authors.names else parts)
        years = _YEAR.findall(rest)
        self.year = years[-1] if years else ""
        self.venue = rest.removesuffix(self.year).strip()


def _authors(text: str) -> Authors:
    found = read_authors(text)
    if found.likeness < _LEAST_LIKENESS and len(found.names) < 2:
        return Authors()
    names = tuple(name for name in found.names if name not in _SUFFIXES)
    return Authors(names, found.likeness, found.separator, found.more)


@dataclass
class Group:
    """A heading with its own text, and the sections below it.

    ``id`` is the level or computed group that the heading names, if it names one. The first group
    of a sheet has no heading: it is what stands before all headings.
    """

    lines: list[str]
    id: str | None = None
    label: str = ""
    sections: list[Section] = field(default_factory=list)


def read_groups(lines: list[str], blocks: Sequence[Block], scale: Scale) -> Iterator[Group]:
    """The groups of a sheet of these lines: together they hold every line, in order."""
    heads = [n for n, block in enumerate(blocks) if block.kind in ("h1", "h2", "h3")]
    first = blocks[heads[0]].start if heads else len(lines)
    group = Group(lines[:first])
    for n, following in pairwise([*heads, len(blocks)]):
        head = blocks[n]
        end = blocks[following].start if following < len(blocks) else len(lines)
        if head.kind == "h3":
            inside = [_moved(block, -head.start) for block in blocks[n + 1 : following]]
            group.sections.append(Section(lines[head.start : end], inside, head.start + 1))
            continue
        yield group
        group = Group(lines[head.start : end])
        if head.kind == "h2":
            group.label = label_of(head.text)
            group.id = scale.find_group(unmarkdown(head.text)) or scale.find_group(group.label)
    yield group


def _moved(block: Block, by: int) -> Block:
    return block._replace(start=block.start + by, end=block.end + by)
