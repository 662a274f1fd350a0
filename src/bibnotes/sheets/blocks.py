"""The blocks of a Markdown text, and the lines that each of them takes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


class Block(NamedTuple):
    """A block that lies in no other; ``end`` is the line after its last, both counted from 0.

    ``kind`` is ``h1`` to ``h6``, ``paragraph``, ``quote`` or ``other``. ``text`` is what a heading
    holds, before its inline marks are read; "" for the rest.
    """

    kind: str
    start: int
    end: int
    text: str = ""


_KINDS = {"paragraph_open": "paragraph", "blockquote_open": "quote"}


def lines_of(text: str) -> list[str]:
    r"""The lines with their ends, which are ``\n``, ``\r\n`` or ``\r`` as in CommonMark."""
    return io.StringIO(text, newline="").readlines()


def line_starts(lines: Sequence[str]) -> list[int]:
    """Where each line begins, and where the last one ends."""
    return [0, *accumulate(map(len, lines))]


def line_end(line: str) -> str:
    """What ends a line: "" at the end of a file."""
    return line[len(line.rstrip("\r\n")) :]


def is_blank(line: str) -> bool:
    """Whether CommonMark takes a line for blank."""
    return not line.strip(" \t\r\n")


def read_blocks(lines: Sequence[str], first: int = 0) -> Iterator[Block]:
    """The blocks from the line ``first`` on, in order, without blank lines at their ends."""
    text = "".join([line.rstrip("\r\n") + "\n" for line in lines[first:]])
    tokens = list(_tokens(text))
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        if token.level or token.nesting < 0 or not token.map:
            continue
        start, end = (first + line for line in token.map)
        while end > start + 1 and is_blank(lines[end - 1]):
            end -= 1
        if token.type == "heading_open":
            yield Block(token.tag, start, end, following.content if following else "")
        else:
            yield Block(_KINDS.get(token.type, "other"), start, end)


def is_closed(text: str) -> bool:
    """Whether a heading that follows the text is one, and not code or a comment."""
    *_, last = read_blocks([*lines_of(text + "\n\n"), "# end\n"])
    return last.kind == "h1"


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    parser = _parser()
    parser.block.parse(text, parser, {}, tokens)
    return tokens


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here, since most commands read no sheet

    # A link's definition is a paragraph here; to look for many in one takes quadratic time.
    return MarkdownIt("commonmark").disable("reference")
