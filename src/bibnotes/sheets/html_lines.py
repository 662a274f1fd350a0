"""Saved HTML as lines: the main content only, without scripts, navigation and comments.

lxml hands over the events of libxml2's parser, line by line. It was chosen among the parsers that
were tried for staying linear on everything (a hundred thousand nested, unclosed or repeated tags):
html.parser and the HTML5 tree builders go quadratic on some of these. No tree is built, so depth
costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from lxml import etree  # type: ignore[import-untyped]

from .line import BOLD, Line, without_links, words

_HTML = re.compile(r"(?i)<(?:!doctype\s+html|html|head|body)[\s>]|</(?:p|div|li|h[1-6]|td|span)>")
_LOOKED_AT = 20_000


# Never read.
_UNSEEN = words("script style template noscript head svg math iframe object select button textarea")
# Dropped unless most of the page's text is in it.
_ASIDES = words("nav aside form footer header")
_SECTIONS = words("main article section")
_ASIDE_NAME = re.compile(
    r"(?i)(?:site-?|page-?|blog-?|post-?|main-?|article-?)?"
    r"(?:nav|navbar|navigation|menu|side-?bar|comments|comment-?list|respond|breadcrumbs?|related"
    r"|share|sharing|social|toc|pagination|pager|widget|ads?|cookies?|search|copyright"
    r"|(?<!entry-)(?<!post-)(?<!article-)(?:footer|header))"
    r"(?:s|-?(?:list|area|wrap|wrapper|container|section|box|form|bar|inner))?$"
)
_PARAGRAPHS = words(
    "p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table tr section article main header footer nav "
    "aside form figure hr fieldset details"
)
_LINES = words("div li dt dd td th br caption figcaption summary address center")
_BOXES = words("body div td table ul ol blockquote") | _ASIDES | _SECTIONS
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BOLDS = frozenset(("b", "strong"))
_NOT_SHOWN = re.compile(r"(?i)display\s*:\s*none")
_SPACE = re.compile(r"\s+")
_SPACE_AMONG_HAN = re.compile(r"(?<=[⺀-鿿、-〟＀-￯])\s*\n\s*(?=[⺀-鿿、-〟＀-￯])")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_MAIN_SHARE = 0.75  # of a box's text that its one main part holds


def is_html(text: str) -> bool:
    """Whether a page is HTML rather than text or Markdown with a stray tag."""
    tags = _HTML.findall(text[:_LOOKED_AT])
    return len(tags) >= 3 or any(not tag.startswith("</") for tag in tags)


def html_lines(text: str) -> list[Line]:
    """The lines of the main content of an HTML page that are not blank, in order."""
    page = _Page()
    parser = etree.HTMLParser(target=page, huge_tree=True)
    try:
        for page.number, line in enumerate(text.splitlines(keepends=True), start=1):
            parser.feed(line)
        parser.close()
    except (etree.ParseError, ValueError):
        pass  # nothing in it, or nothing more: what was seen stands
    whole = page.close()
    return list(_lines(_kept(page.pieces, _main(whole), whole)))


class _End(Enum):
    """What a piece ends: a line by a block, a line by <br>, or a paragraph."""

    LINE = 1
    BREAK = 2
    PARAGRAPH = 3


@dataclass(frozen=True, slots=True)
class _Piece:
    """A bit of text, or an end."""

    number: int
    text: str = ""
    end: _End | None = None
    heading: int = 0
    bold: bool = False


@dataclass(slots=True)
class _Box:
    """An element that may hold the main content: a stretch of the page's pieces."""

    tag: str
    aside: bool
    first: int
    last: int = 0
    prose: int = 0  # characters
    linked: int = 0
    headings: set[int] = field(default_factory=set)
    inner: list[_Box] = field(default_factory=list)

    @property
    def said(self) -> int:
        """Characters outside links."""
        return self.prose - self.linked

    def is_like(self, other: _Box) -> bool:
        """Whether the two seem parts of one sequence, as sections of a page are."""
        return self.tag == other.tag and (
            self.tag in _SECTIONS or bool(self.headings & other.headings)
        )


class _Page:
    """What the parser calls; gathers the pieces of the text and the boxes they are in."""

    def __init__(self) -> None:
        self.number = 1  # of the line that is being fed
        self.pieces: list[_Piece] = []
        self._boxes = [_Box("html", aside=False, first=0)]
        self._at = 1  # the line of the text that comes next
        self._unseen = 0  # elements open within one that is not read, and itself
        self._heading = 0
        self._bold = 0
        self._raised = 0
        self._verbatim = 0
        self._sections = 0
        self._links: list[tuple[str, int]] = []
        self._ordinals: list[int | None] = []  # of the lists that are open; None without numbers

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._at = self.number
        if self._unseen or tag in _UNSEEN or _is_hidden(attributes):
            self._unseen += 1
            return
        if tag in _BOXES:
            self._enter(tag, attributes)
        self._end_text(tag)
        self._heading = _HEADINGS.get(tag, self._heading)
        self._count(tag, 1)
        if tag in ("ul", "ol"):
            self._ordinals.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._mark_item()
        elif tag == "a":
            self._links.append((attributes.get("href") or "", len(self.pieces)))

    def end(self, tag: str) -> None:
        self._at = self.number
        if self._unseen:
            self._unseen -= 1
            return
        if tag == "a" and self._links:
            self._link(*self._links.pop())
        if tag != "br":
            self._end_text(tag)
        if tag in _HEADINGS:
            self._heading = 0
        self._count(tag, -1)
        if tag in ("ul", "ol") and self._ordinals:
            self._ordinals.pop()
        if tag in _BOXES and len(self._boxes) > 1:
            self._leave()

    def data(self, text: str) -> None:
        before = len(text) - len(text.lstrip())
        number = self._at + text.count("\n", 0, before)
        self._at += text.count("\n")
        if self._unseen:
            return
        box = self._boxes[-1]
        box.prose += len(text) - before
        box.linked += bool(self._links) * (len(text) - before)
        if self._heading and before < len(text):
            box.headings.add(self._heading)
        if self._verbatim:
            self._add_verbatim(number, text)
        else:
            self._add(number, text.translate(_SUPERSCRIPT) if self._raised else text)

    def comment(self, text: str) -> None:
        """Comments are not read."""

    def close(self) -> _Box:
        """The whole page as a box."""
        while len(self._boxes) > 1:
            self._leave()
        self._boxes[0].last = len(self.pieces)
        return self._boxes[0]

    def _add(self, number: int, text: str = "", end: _End | None = None) -> None:
        self.pieces.append(_Piece(number, text, end, self._heading, self._bold > 0))

    def _add_verbatim(self, number: int, text: str) -> None:
        for n, line in enumerate(text.split("\n")):
            if n:
                self._add(number + n, end=_End.BREAK)
            self._add(number + n, line)

    def _end_text(self, tag: str) -> None:
        if tag == "br":
            self._add(self._at, end=_End.BREAK)
        elif tag in _PARAGRAPHS:
            self._add(self._at, end=_End.PARAGRAPH)
        elif tag in _LINES:
            holds_boxes = tag == "div" and bool(self._boxes[-1].inner)
            self._add(self._at, end=_End.PARAGRAPH if holds_boxes else _End.LINE)

    def _count(self, tag: str, step: int) -> None:
        self._bold += step * (tag in _BOLDS)
        self._raised += step * (tag == "sup")
        self._verbatim += step * (tag == "pre")
        self._sections += step * (tag in _SECTIONS)

    def _mark_item(self) -> None:
        ordinal = self._ordinals[-1] if self._ordinals else None
        if ordinal is None:
            self._add(self._at, "- ")
        else:
            self._ordinals[-1] = ordinal + 1
            self._add(self._at, f"{ordinal + 1}. ")

    def _link(self, target: str, first: int) -> None:
        """Make the pieces since ``first`` a Markdown link where they are text that leads away."""
        inside = self.pieces[first:]
        said = "".join(piece.text for piece in inside).strip()
        if (
            said
            and target.startswith(("http://", "https://"))
            and not re.search(r"[\s()<>]", target)
            and not re.search(r"[\[\]]|https?://|^www\.", said)
            and not any(piece.end for piece in inside)
        ):
            self.pieces[first] = replace(inside[0], text="[" + inside[0].text.lstrip())
            self._add(self._at, f"]({target})")

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        outer = self._boxes[-1]
        if not outer.inner and outer.tag == "div":
            self._add(self._at, end=_End.PARAGRAPH)  # a div of blocks is no single line
        aside = _is_aside(tag, attributes, within_section=self._sections > 0)
        box = _Box(tag, aside, len(self.pieces))
        outer.inner.append(box)
        self._boxes.append(box)

    def _leave(self) -> None:
        box = self._boxes.pop()
        box.last = len(self.pieces)
        outer = self._boxes[-1]
        outer.prose += box.prose
        outer.linked += box.linked
        outer.headings |= box.headings


def _is_hidden(attributes: dict[str, str]) -> bool:
    return "hidden" in attributes or bool(_NOT_SHOWN.search(attributes.get("style") or ""))


def _is_aside(tag: str, attributes: dict[str, str], within_section: bool) -> bool:
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"[:200].split()
    role = attributes.get("role") or ""
    return (
        (tag in _ASIDES and not (within_section and tag in ("header", "footer")))
        or role in ("navigation", "banner", "contentinfo", "complementary", "search")
        or any(_ASIDE_NAME.match(name) for name in names)
    )


def _main(whole: _Box) -> _Box:
    """The innermost box that holds most of the text; where papers have a box each, theirs."""
    box = whole
    while True:
        inner = [each for each in box.inner if not _is_dropped(each, whole)]
        if not inner:
            return box
        dropped = sum(each.said for each in box.inner) - sum(each.said for each in inner)
        best = max(inner, key=lambda each: each.said)
        if best.said < _MAIN_SHARE * (box.said - dropped):
            return box
        if any(each.said and each is not best and best.is_like(each) for each in inner):
            return box
        box = best


def _is_dropped(box: _Box, whole: _Box) -> bool:
    """Some sites wrap everything in a form, or a div that is named after its sidebar."""
    return box.aside and 2 * box.said <= whole.said


def _kept(pieces: list[_Piece], main: _Box, whole: _Box) -> Iterator[_Piece]:
    at = main.first
    boxes = list(reversed(main.inner))
    while boxes:
        box = boxes.pop()
        if _is_dropped(box, whole):
            yield from pieces[at : box.first]
            at = box.last
        else:
            boxes.extend(reversed(box.inner))
    yield from pieces[at : main.last]


def _lines(pieces: Iterable[_Piece]) -> Iterator[Line]:
    block = 0
    parts: list[_Piece] = []
    for piece in (*pieces, _Piece(0, end=_End.PARAGRAPH)):
        if piece.end is None:
            parts.append(piece)
            continue
        line = _line(block, parts)
        if line:
            yield line
        if piece.end is _End.PARAGRAPH or (piece.end is _End.BREAK and not line):
            block += 1
        parts = []


def _line(block: int, parts: list[_Piece]) -> Line | None:
    raw = "".join(part.text for part in parts)
    raw = _SPACE.sub(" ", _SPACE_AMONG_HAN.sub("", raw)).strip()
    filled = [part for part in parts if part.text.strip()]
    if not raw or not filled:
        return None
    heading = max(part.heading for part in filled)
    if not heading and all(part.bold for part in filled):
        heading = BOLD
    return Line(filled[0].number, block, raw, without_links(raw), heading)
