"""Unified diffs of files, for a person to read and for patch to take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


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


def _hunks(piece: Piece, grown: int) -> Iterator[str]:
    old, new = piece.line - 1, piece.line - 1 + grown
    for line in list(difflib.unified_diff(piece.old, piece.new, lineterm=""))[2:]:
        hunk = _HUNK.fullmatch(line)
        yield _shifted(hunk, old, new) if hunk else line


def _shifted(hunk: re.Match[str], old: int, new: int) -> str:
    sizes = [f",{size}" if size else "" for size in (hunk[2], hunk[4])]
    return f"@@ -{int(hunk[1]) + old}{sizes[0]} +{int(hunk[3]) + new}{sizes[1]} @@"
