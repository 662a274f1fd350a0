"""Note trees from Markdown, with markdown-it-py.

The dialect is CommonMark with tables and strike-through as on GitHub, formulas by pandoc's rule,
and <sub> and <sup>, which are the only HTML that is not text. Two things differ on purpose. Beside
Chinese, Japanese and Korean text emphasis may begin and end at punctuation, where CommonMark asks
for a space that nobody writes there. And no word vanishes that CommonMark reads and does not show.
References (`[1]: https://…`, `[注]: 见附录`) are text, as is a fence with nothing in it; a fence
that says more than a language is code as it stands; a table is as wide as its widest row; a list
whose numbers do not follow each other is several.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from unicodedata import category, east_asian_width

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, fence, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize as emphasis
from markdown_it.rules_inline.strikethrough import tokenize as strikethrough
from markdown_it.token import Token

from . import note_tree as tree

_MAX_NESTING = 4 * tree.MAX_DEPTH  # markdown-it drops what is deeper
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?")
_SUB_OR_SUP = re.compile(r"<(su[bp])>(?=.)", re.DOTALL)
_WIDE_SPACES = re.compile(r"[^\S \t\n]\s*\Z")
_BLANK_LINES = re.compile(r"\n\s*\n")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]*")


def read(text: str) -> tree.Blocks:
    """Read Markdown. A text in which Markdown sees nothing (`#`, `-`) stands for itself."""
    return tuple(block for _, _, blocks in spans(text) for block in blocks)


def spans(text: str) -> list[tuple[int, int, tree.Blocks]]:
    """The blocks with the lines that say them: the first one's number, and that after the last."""
    text = _UNREADABLE.sub("", _LINE_ENDS.sub("\n", text))
    tokens = _parser().parse(text)
    lines = text.split("\n")
    if all(token.level < _MAX_NESTING - 1 for token in tokens):
        found = _Tokens(tokens, lines).spans()
        if found or not text.strip():
            return found
    return [(0, len(lines), tuple(_literal(text)))]


def _literal(text: str) -> list[tree.Block]:
    lines = (tree.Piece(tree.Kind.TEXT, line) for line in text.split("\n"))
    return tree.blocks_of(piece for line in lines for piece in (line, tree.Piece(tree.Kind.LINE)))


class _Parser(MarkdownIt):
    """MarkdownIt with links as they stand: percent-encoding would change the text."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return tree.is_safe(url)


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable("strikethrough")
    parser.disable(["html_block", "html_inline", "reference"])
    parser.inline.ruler.at("emphasis", _beside_wide(emphasis))
    parser.inline.ruler.at("strikethrough", _beside_wide(strikethrough))
    parser.inline.ruler.after("escape", "formula", _formula)
    parser.inline.ruler.after("autolink", "sub_or_sup", _sub_or_sup)
    interrupted: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", "display", _display, interrupted)
    parser.block.ruler.at("fence", _fence, interrupted)
    # After lists, so that what stands in an item reads the same whichever item it is.
    parser.block.ruler.after("list", "table_after_list", _table, {"alt": ["paragraph"]})
    return parser


# Rules of the dialect.


def _beside_wide(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Let marks open and close beside wide characters, whatever punctuation is on the other side.

    Underscores keep CommonMark's rule.
    """

    def tokenize(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.delimiters)
        if not rule(state, silent):
            return False
        added = state.delimiters[count:]
        if added and state.src[start] != "_":
            before = state.src[start - 1 : start] or " "
            after = state.src[state.pos : state.pos + 1] or " "
            if _is_wide(before) or _is_wide(after):
                for delimiter in added:
                    delimiter.open = delimiter.open or not after.isspace()
                    delimiter.close = delimiter.close or not before.isspace()
        return True

    return tokenize


def _is_wide(character: str) -> bool:
    """Chinese, Japanese or Korean, or punctuation that is used among them: “”, ‘’, …, —."""
    width = east_asian_width(character)
    return width in "WFH" or (width == "A" and category(character).startswith("P"))


def _formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    kind = tree.Kind.DISPLAY
    found = tree.DISPLAY.match(state.src, state.pos, state.posMax)
    if not found or not found[1].strip():
        kind = tree.Kind.MATH
        found = tree.MATH.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push(kind.value, "", 0).content = found[1]
    state.pos = found.end()
    return True


def _sub_or_sup(state: StateInline, silent: bool) -> bool:
    found = _SUB_OR_SUP.match(state.src, state.pos, state.posMax)
    end = state.src.find(f"</{found[1]}>", found.end(), state.posMax) if found else -1
    if not found or end <= found.end():
        return False
    if not silent:
        limit, state.pos, state.posMax = state.posMax, found.end(), end
        state.push(f"{found[1]}_open", found[1], 1)
        state.md.inline.tokenize(state)
        state.push(f"{found[1]}_close", found[1], -1)
        state.posMax = limit
    state.pos = end + len("</sub>")
    return True


def _display(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A paragraph that begins and ends with `$$`: nothing within it is anything else."""
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", begin) or state.is_code_block(start):
        return False
    for line in range(start, end):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
        if not text or (line > start and state.sCount[line] < state.blkIndent):
            return False
        if text.endswith("$$") and (line > start or len(text) > len("$$$$")):
            break
    else:
        return False
    text = state.getLines(start, line + 1, state.blkIndent, False).strip()
    found = tree.DISPLAY.fullmatch(text)
    if not found or not found[1].strip():
        return False
    if not silent:
        token = state.push("display", "", 0)
        token.content, token.map = found[1], [start, line + 1]
        state.line = line + 1
    return True


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A fence; text if there is nothing in it, code as it stands if it says more than a language.

    A language is an ASCII word: without spaces a Chinese remark looks like one.
    """
    if not fence(state, start, end, silent):
        return False
    if silent:
        return True
    token = state.tokens[-1]
    code, remark = token.content.strip("\n"), token.info.rstrip()
    if remark and not code.strip():
        state.tokens.pop()
        state.push("paragraph_open", "p", 1).map = token.map
        state.tokens[-1].hidden = True  # it asks for no space in a list
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = token.markup + remark, token.map, []
        state.push("paragraph_close", "p", -1)
    elif not _LANGUAGE.fullmatch(remark.strip()):
        token.content = f"{token.markup}{remark}\n{code}\n{token.markup}"
        token.info = ""
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, with the cells that its head has none above."""
    at = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    tokens, state.tokens[at:] = state.tokens[at:], []
    width = sum(token.type == "th_open" for token in tokens)
    row = start
    for token in tokens:
        if token.type == "tr_open" and token.map:
            row = token.map[0]
        elif token.type == "tr_close" and row > start:
            for cell in _cells(getLine(state, row))[width:]:
                state.push("td_open", "td", 1)
                inline = state.push("inline", "", 0)
                inline.content, inline.map, inline.children = cell, [row, row + 1], []
                state.push("td_close", "td", -1)
        state.tokens.append(token)
    return True


def _cells(row: str) -> list[str]:
    """The cells of a row up to the last that says something."""
    cells = [cell.strip() for cell in escapedSplit(row.strip().removeprefix("|"))]
    while cells and not cells[-1]:
        cells.pop()
    return cells


# Tokens to blocks.


class _Tokens:
    def __init__(self, tokens: list[Token], lines: list[str]) -> None:
        self._tokens = iter(tokens)
        self._lines = lines
        self._depth = 0
        self._spaced = False  # whether the item that is open has spaced text

    def spans(self) -> list[tuple[int, int, tree.Blocks]]:
        """What stands at the top, line by line; nothing for what says nothing."""
        found = []
        for token in self._tokens:
            first, last = token.map or (0, 0)
            blocks = tuple(self._block(token))
            if blocks:
                found.append((first, last, blocks))
        return found

    def blocks(self, until: str) -> list[tree.Block]:
        """The blocks up to a token of this type."""
        found: list[tree.Block] = []
        for token in self._tokens:
            if token.type == until:
                break
            found += self._block(token)
        return found

    def _block(self, token: Token) -> list[tree.Block]:
        kind = token.type
        if kind == "paragraph_open":
            self._spaced |= not token.hidden
            return self._paragraph()
        if kind == "heading_open":
            pieces = tree.one_line(_pieces(next(self._tokens)))
            return [tree.Heading(int(token.tag[1]), pieces)] if pieces else []
        if kind in ("fence", "code_block"):
            return _code(token)
        if kind == "display":
            return [tree.Formula(_BLANK_LINES.sub("\n", token.content))]
        if kind == "hr":
            return [tree.Rule()]
        if kind == "blockquote_open":
            return self._inside(self._quote)
        if kind == "bullet_list_open":
            return self._inside(partial(self._items, "bullet_list_close", None))
        if kind == "ordered_list_open":
            start = token.attrGet("start")
            number = 1 if start is None else int(start)
            return self._inside(partial(self._items, "ordered_list_close", number))
        if kind == "table_open":
            return self._table()
        return []

    def _inside(self, read: Callable[[], list[tree.Block]]) -> list[tree.Block]:
        spaced, self._spaced = self._spaced, False
        self._depth += 1
        blocks = read()
        self._depth -= 1
        self._spaced = spaced
        return blocks

    def _quote(self) -> list[tree.Block]:
        blocks = self.blocks("blockquote_close")
        if self._depth > tree.MAX_DEPTH or not blocks:
            return blocks
        return [tree.Quote(tuple(blocks))]

    def _items(self, until: str, start: int | None) -> list[tree.Block]:
        found: list[tree.Blocks] = []
        numbers: list[str] = []
        for token in self._tokens:
            if token.type == until:
                break
            if token.type == "list_item_open":
                numbers.append(token.info)
                found.append(tuple(self.blocks("list_item_close")))
        if self._depth > tree.MAX_DEPTH:
            return [block for item in found for block in item]
        made = (
            tree.items(found[first:last], number, loose=self._spaced)
            for first, last, number in _counted(numbers, start)
        )
        return [each for each in made if each]

    def _paragraph(self) -> list[tree.Block]:
        inline = next(self._tokens)
        indent = self._indent(inline)
        return tree.blocks_of((tree.Piece(tree.Kind.TEXT, indent), *_pieces(inline)))

    def _indent(self, inline: Token) -> str:
        """The wide spaces that a paragraph begins with: markdown-it strips them."""
        line = self._lines[inline.map[0]].rstrip() if inline.map else ""
        first = inline.content.split("\n", 1)[0].rstrip()
        before = line[: len(line) - len(first)] if first and line.endswith(first) else ""
        found = _WIDE_SPACES.search(before)
        return found[0] if found else ""

    def _table(self) -> list[tree.Block]:
        rows: list[list[tree.Inline]] = []
        align: list[str] = []
        for token in self._tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if len(rows) == 1:
                    align.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                rows[-1].append(tree.one_line(_pieces(next(self._tokens))))
        if not any(cell for row in rows for cell in row):
            return []
        return [tree.table(rows, align)]


def _code(token: Token) -> list[tree.Block]:
    text = token.content.strip("\n")
    return [tree.Code(text, token.info.strip())] if text.strip() else []


def _counted(numbers: list[str], start: int | None) -> Iterator[tuple[int, int, int | None]]:
    """The stretches of a list that count one by one, each with its first number.

    All with one number, which is how many people write it, are one stretch too.
    """
    first, number = 0, start
    for at in range(1, len(numbers)):
        if start is None or len(set(numbers)) == 1:
            break
        if int(numbers[at]) != (int(numbers[at - 1]) + 1) % tree.NUMBERS:
            yield first, at, number
            first, number = at, int(numbers[at])
    yield first, len(numbers), number


_KIND_OF = {
    "text": tree.Kind.TEXT,
    "code_inline": tree.Kind.CODE,
    "softbreak": tree.Kind.LINE,
    "hardbreak": tree.Kind.BREAK,
    "math": tree.Kind.MATH,
    "display": tree.Kind.DISPLAY,
}


def _pieces(inline: Token) -> Iterator[tree.Piece]:
    marks: list[tree.Mark] = []
    empty_link = ""
    for token in inline.children or ():
        kind = _KIND_OF.get(token.type)
        # A link without a target is none.
        here = frozenset(mark for mark in marks if mark.tag != "a" or mark.href)
        if kind:
            empty_link = ""
            yield tree.Piece(kind, token.content, here)
        elif token.type == "image":
            empty_link = ""
            yield _image(token, here)
        elif token.type == "link_open":
            empty_link = _attribute(token, "href")
            marks.append(tree.Mark("a", empty_link, _title(token)))
        elif token.nesting > 0:
            marks.append(tree.Mark(token.tag))
        elif token.nesting < 0:
            mark = marks.pop()
            if token.type == "link_close" and empty_link:  # there is nothing else to show
                yield tree.Piece(tree.Kind.TEXT, empty_link, here)
            elif mark.title and not mark.href:
                yield tree.Piece(tree.Kind.TEXT, f' "{mark.title}"', here)


def _attribute(token: Token, name: str) -> str:
    return tree.address(str(token.attrGet(name) or ""))


def _title(token: Token) -> str:
    return " ".join(_attribute(token, "title").split())


def _image(token: Token, marks: frozenset[tree.Mark]) -> tree.Piece:
    source, title = _attribute(token, "src"), _title(token)
    inside = token.children or []
    text = "".join(child.content or " " for child in inside)
    if any(child.type in ("image", "link_open") and child.markup != "autolink" for child in inside):
        text = token.content  # what leads somewhere else stays as it is written
    text = " ".join(text.split())
    if not source:
        return tree.Piece(tree.Kind.TEXT, f'{text} "{title}"' if title else text, marks)
    return tree.Piece(tree.Kind.IMAGE, text, marks, source, title)
