r"""What a note says, apart from how HTML or Markdown write it: blocks of pieces with marks.

Both are read into this tree and written from it. It has one way to say each thing, so that two
texts say the same where their trees are equal: white space is folded, marks hold no white space at
their ends, empty blocks are gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import NamedTuple, TypeAlias

MAX_DEPTH = 16  # of quotes and lists in one another; what is deeper is said one level up
NUMBERS = 10**9  # an item in Markdown has no higher number: after the last comes 0


class Kind(Enum):
    """What a piece of a line is."""

    TEXT = "text"
    CODE = "code"
    MATH = "math"  # a formula in the line, without its dollar signs
    DISPLAY = "display"  # a formula that gets a block of its own
    IMAGE = "image"  # the text is its description
    LINE = "line"  # the text goes on in a new line of the source
    BREAK = "break"  # a line break that was asked for


class Mark(NamedTuple):
    """How pieces are set off: strong, em, s, sub, sup, or a with its target."""

    tag: str
    href: str = ""
    title: str = ""


class Piece(NamedTuple):
    """A stretch of one kind with the same marks."""

    kind: Kind
    text: str = ""
    marks: frozenset[Mark] = frozenset()
    target: str = ""  # of an image …
    title: str = ""  # … and what it shows on hover


Inline: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Pieces, in one or more lines."""

    pieces: Inline


@dataclass(frozen=True, slots=True)
class Heading:
    """Pieces in one line; ``level`` is 1 to 6."""

    level: int
    pieces: Inline


@dataclass(frozen=True, slots=True)
class Code:
    """Lines as they are."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula, without its dollar signs."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Blocks that are quoted."""

    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Items:
    """A list: ``start`` is its first number, None for bullets. In a loose one, text is spaced."""

    items: tuple[Blocks, ...]
    start: int | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, the first one the head; ``align`` is left, center, right or "" a column."""

    rows: tuple[tuple[Inline, ...], ...]
    align: tuple[str, ...]


Block: TypeAlias = Paragraph | Heading | Code | Formula | Rule | Quote | Items | Table
Blocks: TypeAlias = tuple[Block, ...]

# Formulas by pandoc's rule, from their first dollar sign on.
MATH = re.compile(r"\$(?![\s$])((?:[^$\\]|\\.)+)(?<!\s)\$(?!\d)", re.DOTALL)
DISPLAY = re.compile(r"\$\$((?:[^$\\]|\\.)+)\$\$", re.DOTALL)

_UNSAFE = re.compile(r"(?i)(?:javascript|vbscript|data|file):")
_UNSEEN_IN_SCHEME = re.compile(r"[\x00-\x20\x7f-\xa0]")
_UNSEEN_IN_ADDRESS = re.compile(r"[\t\n\r\f]")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BREAKS = (Kind.LINE, Kind.BREAK)
_LINE_ENDS = (*_BREAKS, Kind.DISPLAY)
_MERGING = (Kind.TEXT, Kind.CODE)
_RANK = ("a", "strong", "em", "s", "sub", "sup")


def is_safe(href: str) -> bool:
    """Whether a link may lead there: neither into a script nor to a file on the machine."""
    return not _UNSAFE.match(_UNSEEN_IN_SCHEME.sub("", href))


def address(text: str) -> str:
    """A link's target as a browser takes it: white space at its ends and line ends do not count."""
    return _UNSEEN_IN_ADDRESS.sub("", text).strip()


def blocks_of(pieces: Iterable[Piece]) -> list[Block]:
    """Pieces as paragraphs: two breaks in a row part them, and so does a displayed formula."""
    blocks: list[Block] = []
    line: list[Piece] = []
    for piece in _tidy(pieces):
        empty_line = piece.kind in _BREAKS and (not line or line[-1].kind in _BREAKS)
        if piece.kind is Kind.DISPLAY or (empty_line and line):
            _end_paragraph(line, blocks)
        if piece.kind is Kind.DISPLAY:
            blocks.append(Formula(piece.text))
        elif not empty_line:
            line.append(piece)
    _end_paragraph(line, blocks)
    return blocks


def _end_paragraph(line: list[Piece], blocks: list[Block]) -> None:
    while line and line[-1].kind in _BREAKS:
        line.pop()
    if line:
        blocks.append(Paragraph(tuple(_marked(line))))
        line.clear()


def one_line(pieces: Iterable[Piece]) -> Inline:
    """Pieces in a single line, for a heading or a cell."""
    return tuple(_marked(_stripped(_tidy(_flat(piece) for piece in pieces))))


def _flat(piece: Piece) -> Piece:
    if piece.kind in _BREAKS:
        return Piece(Kind.TEXT, " ", piece.marks)
    if piece.kind is Kind.DISPLAY:
        text = piece.text.strip()
        if MATH.fullmatch(f"${text}$"):
            return Piece(Kind.MATH, text, piece.marks)
        return Piece(Kind.TEXT, f"$${text}$$", piece.marks)
    return piece


def _stripped(pieces: list[Piece]) -> list[Piece]:
    while pieces and pieces[0].kind is Kind.TEXT:
        text = pieces[0].text.lstrip()
        pieces[:1] = [pieces[0]._replace(text=text)] if text else []
        if text:
            break
    return pieces


def _tidy(pieces: Iterable[Piece]) -> list[Piece]:
    """Fold the white space as a browser does; at the end of a line every kind of it is dropped."""
    out: list[Piece] = []
    for piece in merged(pieces):
        kind, text = piece.kind, _SPACES.sub(" ", piece.text)
        if kind in (Kind.CODE, Kind.MATH):
            text = text.strip(" ")
            if not text:
                kind, text = Kind.TEXT, " "
        if kind is Kind.TEXT:
            if not out or out[-1].kind in _LINE_ENDS or _ends_in_space(out[-1]):
                text = text.lstrip(" ")
            if text[:1].isdigit() and out and out[-1].kind is Kind.MATH:
                text = f" {text}"  # pandoc takes no formula before a digit
            if text:
                out.append(Piece(kind, text, piece.marks))
        elif kind in _LINE_ENDS:
            _end_line(out)
            out.append(piece)
        else:
            out.append(piece._replace(text=text))
    _end_line(out)
    return out


def _ends_in_space(piece: Piece) -> bool:
    return piece.kind is Kind.TEXT and piece.text.endswith(" ")


def _end_line(pieces: list[Piece]) -> None:
    while pieces and pieces[-1].kind is Kind.TEXT:
        last = pieces.pop()
        text = last.text.rstrip()
        if text:
            pieces.append(last._replace(text=text))
            break


def merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces, with neighbours that differ in nothing as one."""
    kind, marks, texts = Kind.TEXT, frozenset[Mark](), list[str]()
    for piece in pieces:
        if texts and (piece.kind is not kind or piece.marks != marks):
            yield Piece(kind, "".join(texts), marks)
            texts = []
        if piece.kind in _MERGING:
            kind, marks = piece.kind, piece.marks
            texts.append(piece.text)
        else:
            yield piece
    if texts:
        yield Piece(kind, "".join(texts), marks)


_EDGES = re.compile(r"(\s*)(.*?)(\s*)\Z", re.DOTALL)


def _marked(pieces: list[Piece]) -> Iterator[Piece]:
    """Keep marks off the white space and the breaks at their ends."""
    if not any(piece.marks for piece in pieces):
        return merged(pieces)
    parts: list[Piece] = []
    for piece in pieces:
        found = _EDGES.match(piece.text) if piece.kind is Kind.TEXT else None
        texts = found.groups() if found else (piece.text,)
        parts += [piece._replace(text=text) for text in texts if text or not found]
    return merged(_without_marks_at_ends(parts))


def _without_marks_at_ends(parts: list[Piece]) -> Iterator[Piece]:
    before: frozenset[Mark] = frozenset()
    gap: list[Piece] = []
    for part in parts:
        if part.kind in _BREAKS or (part.kind is Kind.TEXT and part.text.isspace()):
            gap.append(part)
            continue
        inside = before & part.marks
        for between in gap:
            inside &= between.marks
        yield from (between._replace(marks=inside) for between in gap)
        gap.clear()
        yield part
        before = part.marks
    yield from (between._replace(marks=frozenset()) for between in gap)


def items(found: Sequence[Blocks], start: int | None, *, loose: bool) -> Items | None:
    """A list; None where nothing is in it."""
    if not any(found):
        return None
    # Space shows between items or blocks: a single paragraph has none.
    single = len(found) == 1 and len(found[0]) == 1
    spaced = not single and any(isinstance(block, Paragraph) for item in found for block in item)
    needed = any(
        needs_blank_line(before, after) for item in found for before, after in pairwise(item)
    )
    return Items(tuple(found), start, needed or (loose and spaced))


def table(rows: Sequence[Sequence[Inline]], align: Sequence[str]) -> Table:
    """A table as wide as its widest row."""
    width = max(map(len, rows))
    padded = tuple((*row, *[()] * (width - len(row))) for row in rows)
    return Table(padded, tuple([*align, *[""] * width][:width]))


def needs_blank_line(before: Block, after: Block) -> bool:
    """Whether only a blank line keeps two blocks of an item apart in Markdown."""
    if isinstance(before, Heading | Code | Rule):
        return False
    if not isinstance(before, Paragraph):
        return True
    if isinstance(after, Items):
        return after.start not in (None, 1) or not after.items[0]
    return not isinstance(after, Code | Quote)


def bare(blocks: Blocks) -> Blocks:
    """The blocks without what Zotero's editor drops when a note is edited there.

    That is a code block's language, the alignment of columns, the space in loose lists and marks
    on code. How a line came to end, and white space at the ends of a formula, say nothing either.
    """
    return tuple(_bare(block) for block in blocks)


def _bare(block: Block) -> Block:
    if isinstance(block, Paragraph | Heading):
        return replace(block, pieces=_bare_pieces(block.pieces))
    if isinstance(block, Code):
        return Code(block.text)
    if isinstance(block, Formula):
        return Formula(block.text.strip())
    if isinstance(block, Quote):
        return Quote(bare(block.blocks))
    if isinstance(block, Items):
        found = items([bare(item) for item in block.items], block.start, loose=False)
        return found or block
    if isinstance(block, Table):
        rows = tuple(tuple(_bare_pieces(cell) for cell in row) for row in block.rows)
        return Table(rows, ("",) * len(block.align))
    return block


def _bare_pieces(pieces: Inline) -> Inline:
    plain = (
        piece._replace(kind=Kind.LINE) if piece.kind is Kind.BREAK else piece for piece in pieces
    )
    return with_plain_code(plain)


def with_plain_code(pieces: Iterable[Piece]) -> Inline:
    """The pieces without marks on code, but links."""
    plain: list[Piece] = []
    for piece in pieces:
        if piece.kind is Kind.CODE:
            links = frozenset(mark for mark in piece.marks if mark.tag == "a")
            piece = piece._replace(marks=links)
        plain.append(piece)
    return tuple(_marked(plain))


class Step(NamedTuple):
    """One step of writing a line: a mark begins or ends, or a piece stands there."""

    opens: Mark | None = None
    closes: Mark | None = None
    piece: Piece | None = None


def nested(pieces: Inline) -> Iterator[Step]:
    """A line as elements in one another; the mark that reaches farthest is outermost."""
    reach: list[dict[Mark, int]] = []
    ends: dict[Mark, int] = {}
    for at in range(len(pieces) - 1, -1, -1):
        ends = {mark: ends.get(mark, at) for mark in pieces[at].marks}
        reach.append(ends)
    reach.reverse()
    inside: list[Mark] = []
    for piece, until in zip(pieces, reach, strict=True):
        while any(mark not in piece.marks for mark in inside):
            yield Step(closes=inside.pop())
        for mark in sorted(
            piece.marks - set(inside), key=lambda m: (-until[m], _RANK.index(m.tag), m)
        ):
            inside.append(mark)
            yield Step(opens=mark)
        yield Step(piece=piece)
    while inside:
        yield Step(closes=inside.pop())
