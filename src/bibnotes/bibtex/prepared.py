"""Changes to a .bib file that are worked out and can be shown, made or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from .. import files
from ..diff import Piece, unified
from ..errors import BibnotesError
from ..model import Outcome, Status
from .encoding import Encoding, decode
from .source import Entry, Source, scan

_CONTEXT = 3  # lines around a change in a diff


@dataclass(frozen=True)
class PreparedBib:
    """Changes to one .bib file, each entry's new bytes worked out."""

    name: str
    path: Path
    raw: bytes
    encoding: Encoding
    source: Source
    drafts: dict[int, bytes]  # an entry's start -> its new bytes
    outcomes: list[Outcome]

    def diff(self) -> str:
        """The unified diff of the file."""
        return unified(self.name, self._pieces())

    def apply(self, report: Callable[[Outcome], None]) -> None:
        """Replace the file, once the new one reads as planned; all changes together or none."""
        if self.drafts:
            new = self._scanned()
            self._compare(scan(new))
            with files.locked(self.path):
                files.replace(self.path, self.encoding.to_file(new), self.raw)
        for outcome in self.outcomes:
            if outcome.status is Status.PLANNED:
                report(replace(outcome, status=Status.DONE))

    def _scanned(self) -> bytes:
        """The whole new file, in the form in which it is scanned."""
        return self._spliced(0, len(self.source.data), self._edited())

    def _spliced(self, start: int, end: int, edited: Iterable[Entry]) -> bytes:
        """What stands between two offsets once these entries, which lie there, are edited."""
        parts, at = [], start
        for entry in edited:
            parts += [self.source.data[at : entry.start], self.drafts[entry.start]]
            at = entry.end
        return b"".join([*parts, self.source.data[at:end]])

    def _edited(self) -> list[Entry]:
        return [entry for entry in self.source.entries if entry.start in self.drafts]

    def _compare(self, new: Source) -> None:
        """See that the new file has the same entries, and the drafts where they were planned.

        Raises BibnotesError otherwise: a defect of bibnotes, caught before anything is written.
        """
        old = self.source
        planned = (
            self.drafts.get(entry.start) or old.data[entry.start : entry.end]
            for entry in old.entries
        )
        found = (new.data[entry.start : entry.end] for entry in new.entries)
        if not all(one == other for one, other in zip_longest(planned, found)):
            raise BibnotesError(
                f"{self.name} would not read back as planned; nothing was written",
                "Please report this, with the entries that were to be changed.",
            )

    def _pieces(self) -> Iterator[Piece]:
        """The edited entries with the lines around them; what touches is one piece."""
        line, counted = 1, 0
        for start, end, edited in self._windows():
            line += self.source.data.count(self.source.newline, counted, start)
            counted = start
            old, new = self.source.data[start:end], self._spliced(start, end, edited)
            yield Piece(line, self._lines(old), self._lines(new))

    def _windows(self) -> list[tuple[int, int, list[Entry]]]:
        windows: list[tuple[int, int, list[Entry]]] = []
        for entry in self._edited():
            start, end, edited = self._line_start(entry.start), self._line_end(entry.end), [entry]
            if windows and start <= windows[-1][1] + 1:
                start, _, before = windows.pop()
                edited = [*before, entry]
            windows.append((start, end, edited))
        return windows

    def _line_start(self, at: int) -> int:
        """The beginning of the line some lines before the one at this offset."""
        for _ in range(_CONTEXT + 1):
            at = self.source.data.rfind(self.source.newline, 0, at)
            if at < 0:
                return 0
        return at + 1

    def _line_end(self, at: int) -> int:
        """The end of the line some lines after the one at this offset, without its newline."""
        for _ in range(_CONTEXT + 1):
            end = self.source.data.find(self.source.newline, at)
            if end < 0:
                return len(self.source.data.removesuffix(self.source.newline))
            at = end + 1
        return at - 1

    def _lines(self, part: bytes) -> list[str]:
        return [decode(line).rstrip("\r") for line in part.split(self.source.newline)]
