"""Note trees from Markdown, with markdown-it-py.

The dialect is CommonMark with tables and strike-through as on GitHub, formulas by pandoc's rule,
and <sub> and <sup>, which are the only HTML that is not text. Two things differ on purpose. Beside
Chinese, Japanese and Korean text emphasis may begin and end at punctuation, where CommonMark asks
for a space that nobody writes there. And references (`[1]: https://…`) are text: a note has no
place for them, and what CommonMark takes for one (`[注]: 见附录`) would vanish.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from unicodedata import category, east_asian_width

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
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
_LANGUAGE = re.compile(r"[\w+#.-]+")


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
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline", "reference"])
    parser.inline.ruler.at("emphasis", _beside_wide(emphasis))
    parser.inline.ruler.at("strikethrough", _beside_wide(strikethrough))
    parser.inline.ruler.after("escape", "formula", _formula)
    parser.inline.ruler.after("autolink", "sub_or_sup", _sub_or_sup)
    interrupted: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", "display", _display, interrupted)
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
        for token in self._tokens:
            if token.type == until:
                break
            if token.type == "list_item_open":
                found.append(tuple(self.blocks("list_item_close")))
        if self._depth > tree.MAX_DEPTH:
            return [block for item in found for block in item]
        made = tree.items(found, start, loose=self._spaced)
        return [made] if made else []

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
        return [tree.Table(tuple(tuple(row) for row in rows), tuple(align))]


def _code(token: Token) -> list[tree.Block]:
    text = token.content.strip("\n")
    found = _LANGUAGE.match(token.info.strip())
    return [tree.Code(text, found[0] if found else "")] if text.strip() else []


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
            text = "".join(child.content or " " for child in token.children or ())
            yield _image(" ".join(text.split()), _attribute(token, "src"), here)
        elif token.type == "link_open":
            empty_link = _attribute(token, "href")
            title = " ".join(_attribute(token, "title").split())
            marks.append(tree.Mark("a", empty_link, title))
        elif token.nesting > 0:
            marks.append(tree.Mark(token.tag))
        elif token.nesting < 0:
            if token.type == "link_close" and empty_link:  # there is nothing else to show
                yield tree.Piece(tree.Kind.TEXT, empty_link, here)
            marks.pop()


def _attribute(token: Token, name: str) -> str:
    return tree.address(str(token.attrGet(name) or ""))


def _image(text: str, source: str, marks: frozenset[tree.Mark]) -> tree.Piece:
    if not source:
        return tree.Piece(tree.Kind.TEXT, text, marks)
    return tree.Piece(tree.Kind.IMAGE, text, marks, source)
