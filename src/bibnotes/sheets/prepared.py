"""Changes to a sheet that are worked out and can be shown, made or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import files
from ..diff import Piece, unified
from ..model import Outcome, Status
from .edit import Splice, spliced

_CONTEXT = 3  # lines around a change in a diff


@dataclass(frozen=True)
class PreparedSheet:
    """Changes to one sheet. ``check`` raises where the new text does not say what was planned."""

    name: str
    path: Path
    raw: bytes
    text: str
    splices: Sequence[Splice]
    outcomes: Sequence[Outcome]
    check: Callable[[str], None]

    def diff(self) -> str:
        """The unified diff of the file."""
        return unified(self.name, self._pieces())

    def apply(self, report: Callable[[Outcome], None]) -> None:
        """Replace the file, once the new one reads as planned; all changes together or none."""
        if self.splices:
            new = spliced(self.text, self.splices)
            self.check(new)
            head = self.raw[: len(self.raw) - len(self.text.encode())]  # a byte order mark
            with files.locked(self.path):
                files.replace(self.path, head + new.encode(), self.raw)
        for outcome in self.outcomes:
            if outcome.status is Status.PLANNED:
                report(replace(outcome, status=Status.DONE))

    def _pieces(self) -> Iterator[Piece]:
        """The splices with the lines around them; what touches is one piece."""
        line, counted = 1, 0
        for start, end, splices in self._windows():
            line += self.text.count("\n", counted, start)
            counted = start
            here = [Splice(one.start - start, one.end - start, one.new) for one in splices]
            old = self.text[start:end]
            yield Piece(line, _lines(old), _lines(spliced(old, here)))

    def _windows(self) -> list[tuple[int, int, list[Splice]]]:
        windows: list[tuple[int, int, list[Splice]]] = []
        for splice in self.splices:
            start, end = self._line_start(splice.start), self._line_end(splice.end)
            here = [splice]
            if windows and start <= windows[-1][1]:
                start, _, before = windows.pop()
                here = [*before, splice]
            windows.append((start, end, here))
        return windows

    def _line_start(self, at: int) -> int:
        """The beginning of the line some lines before the one at this offset."""
        for _ in range(_CONTEXT + 1):
            at = self.text.rfind("\n", 0, at)
            if at < 0:
                return 0
        return at + 1

    def _line_end(self, at: int) -> int:
        """The end of the line some lines after the one at this offset, its newline included."""
        for _ in range(_CONTEXT + 1):
            at = self.text.find("\n", at) + 1
            if not at:
                return len(self.text)
        return at


def _lines(part: str) -> list[str]:
    return [line.rstrip("\r") for line in part.removesuffix("\n").split("\n")] if part else []
