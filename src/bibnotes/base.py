"""What both sides of a pair of libraries said after they last met: the base of a merge.

It sits in ``.bibnotes/`` beside the local file, one JSON file for each pair of local file and other
library, and is replaced whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from . import files
from .errors import BibnotesError, NotFoundError, UsageError
from .journal import Run
from .model import Change, Json, Review

_FORMAT = 1
_ENDING = ".base.json"


@dataclass(frozen=True, slots=True)
class Agreed:
    """One paper on which both sides agreed: its id on either side, and its review.

    ``mark`` is the hash that stood in the sheet's heading then, if there was one: a digest made
    anew has another. ``title`` is the local paper's: a citation key may pass on to another paper.
    ``missed`` says on which side the last run did not find the paper: what reads otherwise when it
    is back there was not edited. ``note`` is the key of the note that held the text.
    """

    local: str  # Paper.id
    other: str
    review: Review
    mark: str | None = None
    title: str = ""
    missed: Literal["local", "zotero"] | None = None
    note: str | None = None


class Base:
    """The base of one pair. ``other`` is the other library's address, its reader included."""

    def __init__(self, local: Path, other: str) -> None:
        self._local, self._other = local, other
        digest = hashlib.sha256(other.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        name = files.real_path(local).name
        self.file = files.real_path(local).parent / ".bibnotes" / f"{name[:80]}-{digest}{_ENDING}"
        self._raw = files.read_if_any(self.file)
        self._scale = ""

    @property
    def other(self) -> str:
        """The address of the other library, its reader included."""
        return self._other

    def load(self) -> dict[str, Agreed]:
        """What was agreed, by ``Agreed.other``; empty where the pair never met.

        Raises BibnotesError where the file is damaged, UsageError where a newer bibnotes wrote it.
        """
        if self._raw is None:
            return {}
        try:
            stored = json.loads(self._raw)
            version, papers = stored["bibnotes"], stored["papers"]
            found = [_agreed(paper) for paper in papers]
        except (ValueError, KeyError, TypeError) as error:
            raise BibnotesError(
                f"{self.file} is damaged: {error}",
                "Move it away; the next run then compares both sides as if they had never met.",
            ) from error
        if version != _FORMAT:
            raise UsageError(f"{self.file} was written by another version of bibnotes")
        self._scale = str(stored.get("scale", ""))
        return {agreed.other: agreed for agreed in found}

    @property
    def scale(self) -> str:
        """`Scale.fingerprint` of the scale by which the loaded base was read, "" if unknown."""
        return self._scale

    def save(self, agreed: Iterable[Agreed], scale: str = "") -> None:
        """Replace the base; nothing is written where it stays the same."""
        papers = [_stored(one) for one in sorted(agreed, key=lambda one: one.other)]
        head = {"bibnotes": _FORMAT, "other": self._other, "scale": scale}
        text = json.dumps({**head, "papers": papers}, ensure_ascii=False, indent=1)
        data = text.encode("utf-8", "surrogatepass")
        if data != self._raw:
            files.companion_folder(self._local)
            files.replace(self.file, data, self._raw)
            self._raw = data


def met(local: Path) -> list[str]:
    """The addresses of the libraries with which a local file has a base."""
    folder = files.real_path(local).parent / ".bibnotes"
    prefix = f"{files.real_path(local).name[:80]}-"
    found = []
    for name in sorted(files.names_in(folder)):
        if name.startswith(prefix) and name.endswith(_ENDING):
            with suppress(ValueError, KeyError, TypeError, NotFoundError):
                other = str(json.loads(files.read(folder / name))["other"])
                if Base(local, other).file.name == name:  # no file whose name only begins alike
                    found.append(other)
    return found


def after_undo(known: Mapping[str, Agreed], runs: Iterable[Run]) -> dict[str, Agreed]:
    """The base once more as it was, where the last run on a paper took back what was agreed.

    ``runs`` are those of the other library, the newest first. Without this, an undone review would
    look like one that somebody removed there.
    """
    last: dict[str, tuple[bool, Change]] = {}
    for run in runs:
        for outcome in run.done:
            last.setdefault(outcome.change.paper, (run.undoes is not None, outcome.change))
    return {
        paper: replace(agreed, review=_taken_back(agreed.review, *last[paper]))
        if paper in last
        else agreed
        for paper, agreed in known.items()
    }


def _taken_back(review: Review, is_undo: bool, change: Change) -> Review:
    if not is_undo:
        return review
    if change.sets_priority and review.priority == change.before.priority:
        review = replace(review, priority=change.after.priority)
    if change.sets_text and review.text == change.before.text:
        review = replace(review, text=change.after.text)
    return review


def _stored(agreed: Agreed) -> Json:
    review = agreed.review
    return {
        "local": agreed.local,
        "other": agreed.other,
        "priority": review.priority,
        "text": review.text,
        "mark": agreed.mark,
        "title": agreed.title,
        **({"missed": agreed.missed} if agreed.missed else {}),
        **({"note": agreed.note} if agreed.note else {}),
    }


def _agreed(stored: Any) -> Agreed:
    local, other, text = stored["local"], stored["other"], stored["text"]
    priority, mark = stored["priority"], stored["mark"]
    title, note = stored.get("title", ""), stored.get("note")
    texts = (local, other, text, priority or "", mark or "", title, note or "")
    if not all(isinstance(value, str) for value in texts):
        raise TypeError("a paper's entry has a wrong type")
    missed = stored.get("missed")
    if missed not in (None, "local", "zotero"):
        raise TypeError("a paper's entry has a wrong value")
    return Agreed(local, other, Review(priority, text), mark, title, missed, note)
