"""The smallest library that is a file, and a command that changes it: for tests of what may
happen to a process on the way.

A line of the file is a paper: its id, its priority and its text as JSON, with tabs between.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bibnotes import files
from bibnotes.journal import Journal, write
from bibnotes.model import Change, Outcome, Paper, Problem, Review, Status
from bibnotes.scale import DEFAULT_SCALE, Scale


class TinyLibrary:
    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def address(self) -> str:
        return str(files.real_path(self.path))

    @property
    def scale(self) -> Scale:
        return DEFAULT_SCALE

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        for line in files.read(self.path).decode().splitlines():
            key = line.partition("\t")[0]
            yield Paper(id=key, key=key, review=parsed(line))

    def problems(self) -> Sequence[Problem]:
        return []

    def review(self, paper: str) -> Review:
        return next(one.review for one in self.papers() if one.id == paper)

    def prepare(self, changes: Iterable[Change]) -> TinyPrepared:
        return TinyPrepared(self.path, list(changes))


class TinyPrepared:
    def __init__(self, path: Path, changes: Sequence[Change]) -> None:
        self._path = path
        self._old = files.read(path)
        self._lines = {line.partition("\t")[0]: line for line in self._old.decode().splitlines()}
        self._outcomes = [self._edit(change) for change in changes]

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._outcomes

    @property
    def _new(self) -> bytes:
        return "".join(f"{line}\n" for line in self._lines.values()).encode()

    def _edit(self, change: Change) -> Outcome:
        if change.paper not in self._lines:
            return Outcome(change, Status.MISSING)
        line = self._lines[change.paper]
        if parsed(line) == change.after:
            return Outcome(change, Status.UNCHANGED)
        if parsed(line) != change.before:
            return Outcome(change, Status.CHANGED)
        kept = (change.restore or {}).get("line")
        self._lines[change.paper] = kept or formatted(change.paper, change.after)
        return Outcome(change, Status.PLANNED, restore={"line": line})

    def diff(self) -> str:
        old, new = (text.decode().splitlines(keepends=True) for text in (self._old, self._new))
        return "".join(difflib.unified_diff(old, new, str(self._path), str(self._path)))

    def apply(self, report: Callable[[Outcome], None]) -> None:
        with files.locked(self._path):
            files.replace(self._path, self._new, self._old)
        for outcome in self._outcomes:
            if outcome.status is Status.PLANNED:
                report(replace(outcome, status=Status.DONE))


def parsed(line: str) -> Review:
    _, priority, text = line.split("\t")
    return Review(priority or None, json.loads(text))


def formatted(paper: str, review: Review) -> str:
    return f"{paper}\t{review.priority or ''}\t{json.dumps(review.text, ensure_ascii=False)}"


def main(path: str, paper: str, priority: str, text: str) -> None:
    library = TinyLibrary(Path(path))
    change = Change(paper, library.review(paper), Review(priority, text))
    for outcome in write(library, [change], Journal(), command="set"):
        print(outcome.status.value)


if __name__ == "__main__":
    main(*sys.argv[1:])
