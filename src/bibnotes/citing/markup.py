"""Titles of CSL-JSON: their few tags, the case of their words, and how they read in Markdown."""

from __future__ import annotations

import re
from re import Match

from ..csl import NO_CASE, NO_CASE_END
from ..escape import paragraph

# What a tag is in Markdown; a pair of noncharacters stands for each meanwhile.
_MARKS = {"nocase": ("[", "]{.nocase}"), "i": ("*", "*"), "b": ("**", "**")} | {
    "sup": ("^", "^"),
    "sub": ("~", "~"),
}
_STANDINS = {name: (chr(0xFDD0 + 2 * n), chr(0xFDD1 + 2 * n)) for n, name in enumerate(_MARKS)}
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
# Powers and indices first: they may stand in the others, which hold no tags by then.
_ELEMENTS = (
    re.compile(r"<(?P<open>su[pb])>(?P<text>[^<\s]+)</(?P=open)>"),
    re.compile(rf"(?P<open>{NO_CASE})(?P<text>\S(?:[^<]*\S)?){NO_CASE_END}"),
    re.compile(r"<(?P<open>[ib])>(?P<text>\S(?:[^<]*\S)?)</(?P=open)>"),
)


def markdown(text: str) -> str:
    """Text of CSL-JSON as one paragraph of Markdown: its tags become markup, all else is text."""
    text = _NONCHARACTERS.sub("", text)
    for element in _ELEMENTS:
        text = element.sub(_with_standins, text)
    text = paragraph(text)
    for name, standins in _STANDINS.items():
        for standin, mark in zip(standins, _MARKS[name], strict=True):
            text = text.replace(standin, mark)
    return text


def _with_standins(found: Match[str]) -> str:
    name = found["open"] if found["open"] in _MARKS else "nocase"
    opening, closing = _STANDINS[name]
    return opening + found["text"] + closing


# What keeps its case, as a whole; what ends a sentence; a word.
_PIECE = re.compile(
    rf"{NO_CASE}.*?{NO_CASE_END}|\$[^$]*\$|<[^<>]*>|[:.?!—]|[^\W_]+(?:['’][^\W_]+)*"
)


def sentence_case(title: str) -> str:
    """An English title as sentences have it: words with only a capital first lose it.

    The first word of a title and of a subtitle keeps it, and so does what braces protect in a .bib
    file. BibTeX's styles do this themselves; citation styles expect titles like that.
    """
    begins = True

    def changed(piece: Match[str]) -> str:
        nonlocal begins
        word = piece[0]
        if word[0] in ":.?!—":
            begins = True
            return word
        first, begins = begins, False
        lower = word.lower()
        return lower if not first and word[0].isupper() and word[1:] == lower[1:] else word

    return _PIECE.sub(changed, title)
