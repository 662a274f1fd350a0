"""Note trees from HTML, whoever wrote it: people in Zotero's editor, plugins, web clippers.

lxml hands over the events of libxml2's parser. Among the parsers that were tried it alone stays
linear on everything (html.parser and the HTML5 tree builders do not), and no tree of its own is
built, so depth costs nothing. Nothing that comes in raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from . import note_tree as tree
from .html_writer import SOFT

_End: TypeAlias = Callable[[], None] | None

_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = frozenset(
    "script style template noscript head svg math iframe object embed video audio canvas "
    "select textarea button".split()
)
_MARKS = {
    **dict.fromkeys(("strong", "b"), "strong"),
    **dict.fromkeys(("em", "i"), "em"),
    **dict.fromkeys(("s", "strike", "del"), "s"),
    "sub": "sub",
    "sup": "sup",
}
_CODE = frozenset(("code", "kbd", "samp", "tt"))
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb rt rp s "
    "samp small span strike strong sub sup time tt u var wbr input img br".split()
)
_HEADING = re.compile(r"h[1-6]\Z")
_ROW_PARTS = frozenset(("thead", "tbody", "tfoot", "colgroup", "col"))
_BLANK_LINES = re.compile(r"\n\s*\n")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
_ALIGN = re.compile(r"(?i)text-align:\s*(left|center|right)")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight)-([A-Za-z0-9_+#.-]+)")
_STYLES = {
    "strong": re.compile(r"(?i)(?<![a-z-])font(?:-weight)?:[^;]*\b(?:bold(?:er)?|[6-9]00)\b"),
    "em": re.compile(r"(?i)(?<![a-z-])font(?:-style)?:[^;]*\b(?:italic|oblique)\b"),
    "s": re.compile(r"(?i)text-decoration[a-z-]*:[^;]*line-through"),
    "sub": re.compile(r"(?i)vertical-align:\s*sub\b"),
    "sup": re.compile(r"(?i)vertical-align:\s*super\b"),
}
_BOLD_BY_ITSELF = frozenset("h1 h2 h3 h4 h5 h6 th".split())

# What Markdown cannot keep, as a person calls it. Languages, addresses to jump to and frames are
# left out in silence: nobody would keep a note for them.
_HIDDEN = {
    "script": "scripts",
    "style": "style sheets",
    **dict.fromkeys(("template", "noscript", "head"), "hidden text"),
}
_LOST_STYLES = {
    "colours": re.compile(r"(?i)(?<![a-z-])color:"),
    "highlight colours": re.compile(r"(?i)background(?:-color)?:"),
    "underlining": re.compile(r"(?i)text-decoration[a-z-]*:[^;]*underline"),
    "overlining": re.compile(r"(?i)text-decoration[a-z-]*:[^;]*overline"),
    "fonts": re.compile(r"(?i)(?<![a-z-])font(?:-size|-family)?:"),
    "capitals": re.compile(
        r"(?i)(?:font-variant[a-z-]*:[^;]*caps|text-transform:\s*(?:upper|lower|capital))"
    ),
    "hidden text": re.compile(r"(?i)(?:display:\s*none|visibility:\s*(?:hidden|collapse))"),
    "alignment": re.compile(r"(?i)text-align:\s*(?!left|start)"),
    "indentation": re.compile(r"(?i)(?:padding-left|margin-left|text-indent):"),
    "list numbering": re.compile(r"(?i)list-style(?:-type)?:[^;]*(?:alpha|latin|roman|greek)"),
    "writing direction": re.compile(r"(?i)(?<![a-z-])direction:\s*rtl"),
}
_LOST_TAGS = {
    "u": "underlining",
    "ins": "underlining",
    "mark": "highlight colours",
    "center": "alignment",
    "rt": "readings above characters",
    "q": "quotation marks",
    "font": "fonts",
    "big": "fonts",
    "small": "fonts",
    "input": "form fields",
    "select": "form fields",
    "textarea": "form fields",
    "button": "form fields",
    "details": "folded parts",
    **dict.fromkeys(("dl", "dt", "dd"), "definition lists"),
    **dict.fromkeys(
        ("svg", "math", "iframe", "object", "embed", "video", "audio", "canvas"), "embedded content"
    ),
}
_LOST_DATA = {
    "data-citation": "the items behind citations",
    "data-citation-items": "the items behind citations",
    "data-annotation": "the places that highlights lead to",
}
_LOST_IN_CELLS = {
    **dict.fromkeys(("ul", "ol"), "lists in tables"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "headings in tables"),
    "blockquote": "quotes in tables",
    "table": "tables in tables",
    "hr": "rules in tables",
}
_HARMLESS_DATA = frozenset(("data-schema-version", "data-language"))


@dataclass(slots=True)
class Reading:
    """What a note says, and what of its HTML that leaves out."""

    blocks: tree.Blocks
    lost: list[str]


def read(html: str) -> Reading:
    """Read the HTML of a note. Control characters, hidden elements and comments are dropped."""
    note = _Note()
    parser = etree.HTMLParser(target=note, huge_tree=True, encoding="utf-8")
    try:
        parser.feed(_UNREADABLE.sub("", html).encode())
        parser.close()
    except (etree.ParseError, ValueError):
        pass  # nothing in it, or nothing more: what was seen stands
    return Reading(note.blocks(), sorted(note.lost))


@dataclass(slots=True)
class _Box:
    """A note, quote, list or item that is open, with the blocks in it so far."""

    tag: str
    blocks: list[tree.Block] = field(default_factory=list)
    items: list[list[tree.Block]] = field(default_factory=list)
    spaced: bool = False

    def add(self, blocks: list[tree.Block]) -> None:
        """Add to what is inside; blocks that stand in a list itself go to its last item."""
        if self.tag not in ("ul", "ol"):
            self.blocks += blocks
        elif self.items:
            self.items[-1] += blocks
        elif blocks:
            self.items.append(blocks)


@dataclass(slots=True)
class _Grid:
    """A table that is open."""

    rows: list[list[tree.Inline]] = field(default_factory=list)
    align: list[str] = field(default_factory=list)

    def table(self) -> list[tree.Block]:
        rows = [row for row in self.rows if row]
        return [tree.table(rows, self.align)] if any(map(any, rows)) else []


class _Note:
    """What the parser calls; gathers blocks."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self._boxes = [_Box("note")]
        self._ends: list[_End] = []
        self._pieces: list[tree.Piece] = []
        self._marks: frozenset[tree.Mark] = frozenset()
        self._kind = tree.Kind.TEXT
        self._heading = 0
        self._unseen = 0  # elements open within one that is not read, and itself
        self._hidden = ""  # what the text in it is called, if that has no other name
        self._verbatim: list[str] | None = None  # the text of a <pre> or a formula
        self._language = ""
        self._grid: _Grid | None = None
        self._in_cell = False

    def blocks(self) -> tree.Blocks:
        self._flush()
        return tuple(self._boxes[0].blocks)

    # What lxml calls.

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._ends.append(self._begin(tag, attributes))

    def end(self, tag: str) -> None:  # noqa: ARG002
        finish = self._ends.pop() if self._ends else None
        if finish:
            finish()

    def data(self, text: str) -> None:
        if self._unseen:
            if self._hidden and text.strip():
                self.lost.add(self._hidden)
            return
        if self._verbatim is not None:
            self._verbatim.append(text)
        else:
            self._pieces.append(tree.Piece(self._kind, text, self._marks))

    def comment(self, text: str) -> None:  # noqa: ARG002
        self.lost.add("comments")

    def close(self) -> None:
        """Nothing is left to do."""

    # One element.

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> _End:
        if tag in _LOST_TAGS:
            self.lost.add(_LOST_TAGS[tag])
        if self._unseen or tag in _UNSEEN:
            self._hidden = self._hidden if self._unseen else _HIDDEN.get(tag, "")
            self._unseen += 1
            return self._leave_unseen
        self._note_lost(tag, attributes)
        if self._verbatim is not None:
            return self._begin_in_verbatim(tag, attributes)
        if tag in _INLINE:
            return self._begin_inline(tag, attributes)
        self._flush()
        if not (marks := _marks(tag, attributes) - self._marks):
            return self._begin_block(tag, attributes)
        before, self._marks = self._marks, self._marks | marks
        return partial(self._end_marked, self._begin_block(tag, attributes), before)

    def _end_marked(self, finish: _End, marks: frozenset[tree.Mark]) -> None:
        if finish:
            finish()
        self._marks = marks

    def _leave_unseen(self) -> None:
        self._unseen -= 1

    def _begin_in_verbatim(self, tag: str, attributes: Mapping[str, str]) -> _End:
        if tag == "br" and self._verbatim is not None:
            self._verbatim.append("\n")
        elif tag == "code" and not self._language:
            self._language = _language(attributes)
        elif tag == "img":
            self.lost.add("images")
        elif tag == "a" and attributes.get("href"):
            self.lost.add("links in code and formulas")
        elif _marks(tag, attributes):
            self.lost.add("emphasis in code and formulas")
        return None

    def _begin_inline(self, tag: str, attributes: Mapping[str, str]) -> _End:
        if tag == "br":
            self._break()
            return None
        if tag == "img":
            self._image(attributes)
            return None
        if tag == "span" and _has_class(attributes, "math"):
            self._verbatim = []
            return self._end_math
        before = self._marks, self._kind
        self._marks |= _marks(tag, attributes)
        if tag == "a":
            self._link(attributes)
        if tag in _CODE:
            self._kind = tree.Kind.CODE
        return partial(self._restore, *before) if before != (self._marks, self._kind) else None

    def _restore(self, marks: frozenset[tree.Mark], kind: tree.Kind) -> None:
        self._marks, self._kind = marks, kind

    def _link(self, attributes: Mapping[str, str]) -> None:
        href = tree.address(attributes.get("href") or "")
        if href and not tree.is_safe(href):
            self.lost.add("links that run scripts or lead to files")
        elif href:
            others = {mark for mark in self._marks if mark.tag != "a"}
            title = " ".join((attributes.get("title") or "").split())
            self._marks = frozenset(others | {tree.Mark("a", href, title)})

    def _break(self) -> None:
        kind = tree.Kind.BREAK
        last = self._pieces[-1] if self._pieces else None
        if last and last.kind is tree.Kind.TEXT and last.text.endswith(SOFT):
            kind = tree.Kind.LINE
        self._pieces.append(tree.Piece(kind, "", self._marks))

    def _image(self, attributes: Mapping[str, str]) -> None:
        source = tree.address(attributes.get("src") or "")
        text = " ".join((attributes.get("alt") or "").split())
        if source and tree.is_safe(source):
            title = " ".join((attributes.get("title") or "").split())
            self._pieces.append(tree.Piece(tree.Kind.IMAGE, text, self._marks, source, title))
        else:
            self.lost.add("images")
            self._pieces.append(tree.Piece(tree.Kind.TEXT, f"[{text or 'image'}]", self._marks))

    def _end_math(self) -> None:
        text = "".join(self._verbatim or ())
        self._verbatim = None
        text = text.strip()
        sign = "$$" if text.startswith("$$") else "$"
        text = text.removeprefix(sign).removesuffix(sign).strip()
        if tree.MATH.fullmatch(f"${text}$"):
            self._pieces.append(tree.Piece(tree.Kind.MATH, text, self._marks))
        else:
            self._pieces.append(
                tree.Piece(tree.Kind.TEXT, f"${text}$" if text else "", self._marks)
            )

    # Blocks.

    def _begin_block(self, tag: str, attributes: Mapping[str, str]) -> _End:
        if tag in ("p", "div") and self._boxes[-1].tag == "li":
            self._boxes[-1].spaced |= tag == "p"
        if self._in_cell and tag != "pre":
            if tag in _LOST_IN_CELLS:
                self.lost.add(_LOST_IN_CELLS[tag])
            return self._flush
        if _HEADING.match(tag):
            self._heading = int(tag[1])
            return self._end_heading
        if tag == "pre":
            if any(mark.tag != "a" for mark in self._marks):
                self.lost.add("emphasis in code and formulas")
            self._verbatim, self._language = [], _language(attributes)
            return partial(self._end_pre, math=_has_class(attributes, "math"))
        if tag == "hr":
            self._boxes[-1].add([tree.Rule()])
            return None
        if tag in ("table", "tr", "td", "th"):
            return self._begin_table(tag, attributes)
        if tag in ("blockquote", "ul", "ol", "li"):
            return self._begin_box(tag, attributes)
        return self._flush

    def _end_heading(self) -> None:
        self._flush()
        self._heading = 0

    def _end_pre(self, *, math: bool) -> None:
        text = "".join(self._verbatim or ())
        self._verbatim = None
        if self._in_cell:
            self._add_to_cell(text.strip(), math=math)
            return
        self._boxes[-1].add(_formula(text) if math else _code(text, self._language))

    def _begin_box(self, tag: str, attributes: Mapping[str, str]) -> _End:
        inside = self._boxes[-1]
        if tag == "li":
            if inside.tag not in ("ul", "ol"):
                return self._flush
            return self._open(tag, self._end_item)
        depth = sum(box.tag != "li" for box in self._boxes[: 2 * tree.MAX_DEPTH + 1]) - 1
        if depth >= tree.MAX_DEPTH:
            return self._flush
        if tag == "blockquote":
            return self._open(tag, self._end_quote)
        number = attributes.get("start") or "1"
        start = int(number) if _NUMBER.match(number) else 1
        return self._open(tag, partial(self._end_list, start if tag == "ol" else None))

    def _open(self, tag: str, finish: Callable[[_Box], None]) -> _End:
        self._boxes.append(_Box(tag))
        return partial(self._shut, finish)

    def _shut(self, finish: Callable[[_Box], None]) -> None:
        self._flush()
        finish(self._boxes.pop())

    def _end_item(self, box: _Box) -> None:
        outer = self._boxes[-1]
        outer.items.append(box.blocks)
        outer.spaced |= box.spaced

    def _end_quote(self, box: _Box) -> None:
        if box.blocks:
            self._boxes[-1].add([tree.Quote(tuple(box.blocks))])

    def _end_list(self, start: int | None, box: _Box) -> None:
        found = tree.items([tuple(item) for item in box.items], start, loose=box.spaced)
        if found:
            self._boxes[-1].add([found])

    # Tables: in a cell every block is a stretch of one line.

    def _begin_table(self, tag: str, attributes: Mapping[str, str]) -> _End:
        if tag == "table" and self._grid is None:
            self._grid = _Grid()
            return self._end_table
        if tag == "tr" and self._grid is not None:
            self._grid.rows.append([])
        elif tag in ("td", "th") and self._grid is not None:
            if not self._grid.rows:
                self._grid.rows.append([])
            if len(self._grid.rows) == 1:
                self._grid.align.append(_align(attributes))
            self._in_cell = True
            return self._end_cell
        return self._flush

    def _add_to_cell(self, text: str, *, math: bool) -> None:
        """Keep a block of a formula or code as a piece of the line that a cell is."""
        if math:
            text = " ".join(text.removeprefix("$$").removesuffix("$$").split())
        elif "\n" in text:
            self.lost.add("lines of code in tables")
            text = " ".join(text.splitlines())
        if text:
            kind = tree.Kind.DISPLAY if math else tree.Kind.CODE
            self._pieces.append(tree.Piece(kind, text, self._marks))
            self._flush()

    def _end_cell(self) -> None:
        self._in_cell = False
        if _lines_in(self._pieces) > 1:
            self.lost.add("line breaks in tables")
        if self._grid is not None:
            self._grid.rows[-1].append(tree.one_line(self._pieces))
        self._pieces.clear()

    def _end_table(self) -> None:
        self._flush()
        if self._grid is not None:
            self._boxes[-1].add(self._grid.table())
        self._grid = None

    def _flush(self) -> None:
        """End the line that is open, as what stands around it says."""
        if not self._pieces:
            return
        if self._in_cell:
            self._pieces.append(tree.Piece(tree.Kind.BREAK))
            return
        if self._heading:
            pieces = tree.one_line(self._pieces)
            self._boxes[-1].add([tree.Heading(self._heading, pieces)] if pieces else [])
        else:
            self._boxes[-1].add(tree.blocks_of(self._pieces))
        self._pieces.clear()

    # What Markdown cannot keep.

    def _note_lost(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not attributes:
            return
        style = attributes.get("style") or ""
        for name, pattern in _LOST_STYLES.items():
            kept = name == "alignment" and tag in ("td", "th")
            if style and not kept and pattern.search(style):
                self.lost.add(name)
        if "hidden" in attributes:
            self.lost.add("hidden text")
        if attributes.get("title") and not _keeps_title(tag, attributes):
            self.lost.add("text that shows on hover")
        if "align" in attributes and tag not in ("td", "th"):
            self.lost.add("alignment")
        if {"colspan", "rowspan"} & {n for n in attributes if attributes[n] != "1"}:
            self.lost.add("merged cells")
        if (attributes.get("dir") or "").lower() == "rtl":
            self.lost.add("writing direction")
        if _is_numbered_otherwise(tag, attributes):
            self.lost.add("list numbering")
        for name in attributes:
            if name.startswith("data-") and name not in _HARMLESS_DATA:
                self.lost.add(_LOST_DATA.get(name, "data of other programs"))


def _keeps_title(tag: str, attributes: Mapping[str, str]) -> bool:
    return bool((tag == "a" and attributes.get("href")) or (tag == "img" and attributes.get("src")))


def _is_numbered_otherwise(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether a list counts in another way than from a number on, one by one."""
    if tag == "li":
        return "value" in attributes
    kind, start = attributes.get("type") or "1", attributes.get("start") or "1"
    return tag == "ol" and (kind != "1" or not _NUMBER.match(start) or "reversed" in attributes)


def _lines_in(pieces: Iterable[tree.Piece]) -> int:
    """How many lines with something in them breaks make of the pieces."""
    lines = groupby(pieces, lambda piece: piece.kind is tree.Kind.BREAK)
    return sum(not is_break and any(map(_shows, line)) for is_break, line in lines)


def _shows(piece: tree.Piece) -> bool:
    if piece.kind in (tree.Kind.TEXT, tree.Kind.LINE):
        return bool(piece.text.strip())
    return True


def _marks(tag: str, attributes: Mapping[str, str]) -> frozenset[tree.Mark]:
    names = {_MARKS[tag]} if tag in _MARKS else set()
    style = attributes.get("style")
    if style:
        names |= {name for name, pattern in _STYLES.items() if pattern.search(style)}
    if tag in _BOLD_BY_ITSELF:
        names.discard("strong")
    return frozenset(map(tree.Mark, names))


def _has_class(attributes: Mapping[str, str], name: str) -> bool:
    return name in (attributes.get("class") or "").split()


def _align(attributes: Mapping[str, str]) -> str:
    found = _ALIGN.search(attributes.get("style") or "")
    align = (found[1] if found else attributes.get("align") or "").lower()
    return align if align in ("left", "center", "right") else ""


def _language(attributes: Mapping[str, str]) -> str:
    found = _LANGUAGE.search(attributes.get("class") or "")
    return found[1] if found else ""


def _code(text: str, language: str) -> list[tree.Block]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return [tree.Code(text, language)] if text.strip() else []


def _formula(text: str) -> list[tree.Block]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    inside = text.removeprefix("$$").removesuffix("$$")
    inside = _BLANK_LINES.sub("\n", inside)
    if tree.DISPLAY.fullmatch(f"$${inside}$$") and inside.strip():
        return [tree.Formula(inside)]
    return [tree.Code(inside, "math")] if inside.strip() else []
