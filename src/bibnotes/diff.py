"""Unified diffs of files, for a person to read and for patch to take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_WORD = re.compile(r"[^\W\u2e80-\u9fff\uac00-\ud7af]+|\s|.")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_AROUND = 40  # characters that are shown beside a change
_MOST_WORDS = 1_000_000  # pairs of words to compare: more would take seconds
_ALIKE = 0.3  # by difflib's ratio: below it, words that both have are there by chance


class Piece(NamedTuple):
    """A part of a file, from ``line`` on (counted from 1), as it is and as it would be."""

    line: int
    old: list[str]
    new: list[str]


def unified(name: str, pieces: Iterable[Piece]) -> str:
    """The diff of a file in which only these pieces change; "" where none does.

    The pieces come in order and do not overlap; each should hold three lines around its changes.
    Lines are given without their ends.
    """
    lines: list[str] = []
    grown = 0
    for piece in pieces:
        lines.extend(_hunks(piece, grown))
        grown += len(piece.new) - len(piece.old)
    return "\n".join([f"--- {name}", f"+++ {name}", *lines, ""]) if lines else ""


def worded(old: str, new: str) -> Iterator[str]:
    """What changes in a text, word by word: ``[-gone-]`` and ``{+new+}``; other lines are left out.

    A character of a script that is written without spaces is a word. Of long lines, what stays the
    same is shortened; lines that have little in common are marked whole.
    """
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield "…"
        else:
            yield from _block("\n".join(before[i:j]), "\n".join(after[k:m])).split("\n")


def _block(old: str, new: str) -> str:
    """Lines that change, with the words marked that do."""
    before, after = _words(old), _words(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if len(before) * len(after) > _MOST_WORDS or matcher.ratio() < _ALIKE:
        marked = (_each_line(old, "[-", "-]"), _each_line(new, "{+", "+}"))
        return "\n".join(filter(None, marked))
    return "".join(
        _marked(tag, "".join(before[i:j]), "".join(after[k:m]))
        for tag, i, j, k, m in matcher.get_opcodes()
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _marked(tag: str, old: str, new: str) -> str:
    if tag == "equal":
        return "\n".join(map(_shortened, new.split("\n")))
    parts = [(old, "[-", "-]"), (new, "{+", "+}")]
    return "".join(_each_line(text, start, end) for text, start, end in parts if text)


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * _AROUND + 1 else f"{text[:_AROUND]}…{text[-_AROUND:]}"


def _each_line(text: str, start: str, end: str) -> str:
    return "\n".join(f"{start}{line}{end}" if line else line for line in text.split("\n"))


def _hunks(piece: Piece, grown: int) -> Iterator[str]:
    old, new = piece.line - 1, piece.line - 1 + grown
    for line in list(difflib.unified_diff(piece.old, piece.new, lineterm=""))[2:]:
        hunk = _HUNK.fullmatch(line)
        yield _shifted(hunk, old, new) if hunk else line


def _shifted(hunk: re.Match[str], old: int, new: int) -> str:
    sizes = [f",{size}" if size else "" for size in (hunk[2], hunk[4])]
    return f"@@ -{int(hunk[1]) + old}{sizes[0]} +{int(hunk[3]) + new}{sizes[1]} @@"
