"""One line of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINK = re.compile(r"!?\[([^\[\]]{1,500})\]\((https?://[^\s()]{1,1000})[^()]{0,200}\)")
BOLD = 7  # a line set in bold from end to end serves as a heading below all others
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}

_BARE = re.compile(r"\[([^\[\]]{1,40})\]|(?:https?://|www\.)\S+")
# Links that stand beside a title and are no part of it.
_RESOURCE = re.compile(
    r"(?i)(pdf|abs|abstract|code|github|project( page)?|links?|url|html|paper|arxiv|openreview"
    r"|doi|poster|slides|video|supp(lementary)?|bib(tex)?|链接|论文链接|原文|代码|全文)$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank.

    ``number`` counts the file's lines from 1; lines of one ``block`` have no blank line between
    them. ``raw`` is the line as Markdown, with its indentation; ``text`` is what it says, without
    the targets of links and the marks of a heading, which are in ``heading``: 1 to 6, BOLD, or 0
    for none.
    """

    number: int
    block: int
    raw: str
    text: str
    heading: int = 0


def words(text: str) -> frozenset[str]:
    """A set of words, written as text."""
    return frozenset(text.split())


def fold(text: str) -> str:
    """Full-width punctuation and spaces as ASCII: what forms are recognised by, of equal length."""
    return text.translate(_HALF_WIDTH)


def without_links(text: str) -> str:
    """What a line of Markdown says: links by their text, those to a PDF or to code left out."""
    said = _LINK.sub(lambda link: "" if _RESOURCE.match(link[1]) else link[1], text).strip()
    return said or _LINK.sub(r"\1", text)


def is_only_links(text: str) -> bool:
    """Whether some Markdown is nothing but addresses and links to a PDF, to code and the like."""
    rest = _LINK.sub(lambda link: "" if _RESOURCE.match(link[1]) else link[1], text)
    rest = _BARE.sub(lambda found: "" if _RESOURCE.match(found[1] or "pdf") else found[0], rest)
    return rest != text and not re.search(r"\w", rest)


def first_link(text: str) -> str:
    """Where the first link of some Markdown leads, or ""."""
    found = _LINK.search(text)
    return found[2] if found else ""
