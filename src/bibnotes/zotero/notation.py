"""A text that came back from a note, in the notation in which its unchanged parts were written.

HTML does not say whether an item began with `-` or `*`, or how a paragraph's columns were aligned.
So what still says the same is given as it stood before, and nobody's file changes for a notation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from . import markdown_reader, markdown_writer
from .note_tree import bare


@dataclass(frozen=True, slots=True)
class _Part:
    """Some lines of a text that say one thing, with the blank lines above them."""

    said: str
    above: str
    lines: str


def in_notation_of(before: str, text: str) -> str:
    """``text``, with each block that ``before`` says too as it stands there."""
    wanted = _said(text)
    if _said(before) == wanted:
        return before
    old, new = list(_parts(before)), list(_parts(text))
    matcher = SequenceMatcher(
        None, [part.said for part in old], [part.said for part in new], autojunk=False
    )
    out: list[str] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        kept = old[i:j] if tag == "equal" else new[k:m]
        for at, part in enumerate(kept):
            above = part.above if at and part.above else "\n\n"
            out += [above if out else "", part.lines]
    joined = "".join(out)
    return joined if _said(joined) == wanted else text


def _parts(text: str) -> Iterator[_Part]:
    lines = text.split("\n")
    end = 0
    for first, last, blocks in markdown_reader.spans(text):
        stop = last
        while stop > first + 1 and not lines[stop - 1].strip(" \t"):
            stop -= 1
        above = "\n".join(("", *lines[end:first], "")) if end else ""
        said = markdown_writer.write(bare(blocks))
        yield _Part(said, above, "\n".join(lines[first:stop]))
        end = stop


def _said(text: str) -> str:
    return markdown_writer.write(bare(markdown_reader.read(text)))
