"""What both sides of a pair of libraries said after they last met: the base of a merge.

It sits in ``.bibnotes/`` beside the local file, one JSON file for each pair of local file and other
library, and is replaced whole.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from . import files
from .errors import BibnotesError, ConflictError, NotFoundError, UsageError
from .journal import Run
from .model import Change, Json, Review
from .scale import Scale

Missed: TypeAlias = Literal["local", "zotero", "both"]

_FORMAT = 1
_ENDING = ".base.json"


@dataclass(frozen=True, slots=True)
class Agreed:
    """One paper on which both sides agreed: its id on either side, and its review.

    ``mark`` is the hash that stood in the sheet's heading then, if there was one: a digest made
    anew has another. ``title`` is the local paper's: a citation key may pass on to another paper.
    ``missed`` says on which side the paper was not found since both had it: what reads otherwise
    when it is back there was not edited. ``note`` is the key of the note that held the text.
    """

    local: str  # Paper.id
    other: str
    review: Review
    mark: str | None = None
    title: str = ""
    other_title: str = ""
    missed: Missed | None = None
    note: str | None = None

    def as_far_as(self, side: Review) -> Review:
        """The review without the parts of which a side says something else."""
        return Review(
            self.review.priority if side.priority == self.review.priority else None,
            self.review.text if side.text == self.review.text else "",
        )

    def missed_on(self, side: Missed) -> Agreed:
        """The same once the paper was not found on a side."""
        return replace(self, missed=side if self.missed in (None, side) else "both")


class Base:
    """The base of one pair. ``other`` is the other library's address, its reader included."""

    def __init__(self, local: Path, other: str) -> None:
        self._local, self._other = local, other
        digest = hashlib.sha256(other.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        target = files.real_path(local)
        name = f"{files.short_name(target)}-{digest}{_ENDING}"
        self.file = target.parent / ".bibnotes" / name
        self._raw = files.read_if_any(self.file)
        self._scale: Scale | None = None
        self._seen = ""
        self._looked = ""  # the newest run when undone runs were asked for

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
            if stored["bibnotes"] != _FORMAT:
                raise UsageError(f"{self.file} was written by another version of bibnotes")
            found = [_agreed(paper) for paper in stored["papers"]]
            levels = stored.get("scale")
            scale = Scale.of_json(levels) if levels and isinstance(levels, list) else None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BibnotesError(
                f"{self.file} is damaged: {error}",
                "Move it away; the next run then compares both sides as if they had never met.",
            ) from error
        self._scale = scale
        self._seen = str(stored.get("seen", ""))
        return {agreed.other: agreed for agreed in found}

    @property
    def scale(self) -> Scale | None:
        """The scale by which the loaded base was read, if that is known."""
        return self._scale

    def since(self, runs: Iterable[Run]) -> list[Run]:
        """Of the runs of the journal, the newest first, those after the base was stored."""
        return list(takewhile(lambda run: run.id != self._seen, runs))

    def undone(self, runs: Iterable[Run]) -> list[Run]:
        """Of the runs of the journal, the newest first, those that ``after_undo`` is about."""
        newer: list[Run] = []
        rest = iter(runs)
        for run in rest:
            self._looked = self._looked or run.id
            if run.id == self._seen:
                return took_back(newer, chain([run], rest))
            newer.append(run)
        return took_back(newer, [])

    def require_none_undone(self, runs: Iterable[Run]) -> None:
        """Raise ConflictError where something was undone since ``undone`` was asked.

        ``runs`` are those of the journal now, the newest first.
        """
        since = takewhile(lambda run: run.id != self._looked, runs)
        if self._looked and any(run.undoes for run in since):
            message = "A run was undone while this one waited; nothing was written"
            raise ConflictError(message, "Run the command again: it looks at what is there now.")

    def save(
        self, agreed: Iterable[Agreed], scale: Scale | None = None, runs: Iterable[Run] = ()
    ) -> None:
        """Replace the base; nothing is written where it stays the same and no run was on the pair.

        ``runs`` are those of the journal, the newest first: to undo one of them is no edit.
        """
        papers = [_stored(one) for one in sorted(agreed, key=lambda one: one.other)]
        levels = scale.to_json() if scale else []
        content = {"bibnotes": _FORMAT, "other": self._other, "scale": levels, "papers": papers}
        same = _encoded({**content, "seen": self._seen}) == self._raw
        newer = self.since(runs)
        if same and not any(map(self._is_on_the_pair, newer)):
            return
        seen = newer[0].id if newer else self._seen
        data = _encoded({**content, "seen": seen})
        files.companion_folder(self._local)
        files.replace(self.file, data, self._raw)
        self._raw, self._seen = data, seen

    def _is_on_the_pair(self, run: Run) -> bool:
        _kind, _, path = run.address.partition(":")
        return run.address == self._other or path == str(files.real_path(self._local))


def _encoded(content: Json) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass")


def met(local: Path) -> list[str]:
    """The addresses of the libraries with which a local file has a base."""
    folder = files.real_path(local).parent / ".bibnotes"
    prefix = f"{files.short_name(files.real_path(local))}-"
    found = []
    for name in sorted(files.names_in(folder)):
        if name.startswith(prefix) and name.endswith(_ENDING):
            with suppress(ValueError, KeyError, TypeError, RecursionError, NotFoundError):
                other = str(json.loads(files.read(folder / name))["other"])
                if Base(local, other).file.name == name:  # no file whose name only begins alike
                    found.append(other)
    return found


def took_back(newer: Sequence[Run], older: Iterable[Run]) -> list[Run]:
    """Of the runs since a base was stored, those that took back what was agreed then.

    All are given with the newest first. To undo what was changed since is an edit as any other. So
    is to do again what was undone before, which gives back a text that was not there when both
    agreed: nobody who lacks it has removed it. What was taken back and done again since is as it
    was.
    """
    if not any(run.undoes for run in newer):
        return []
    edits: set[str] = set()  # to undo one of these is an edit
    for run in reversed(list(older)):
        if run.undoes and run.undoes not in edits:
            edits.add(run.id)
    found: dict[str, Run] = {}
    for run in reversed(newer):
        if not run.undoes or run.undoes in edits:
            edits.add(run.id)
        elif undone := found.get(run.undoes):
            found[run.undoes] = _without(undone, run)
        else:
            found[run.id] = run
    return [run for run in reversed(found.values()) if run.done]


def _without(run: Run, again: Run) -> Run:
    """A run without the parts that another one took back; it may not have been able to all."""
    done = {part.reversed() for outcome in again.done for part in outcome.change.parts}
    left = ((outcome, outcome.change.without(done)) for outcome in run.outcomes)
    return replace(
        run, outcomes=tuple(replace(one, change=change) for one, change in left if change)
    )


def after_undo(
    known: Mapping[str, Agreed], runs: Iterable[Run], read_by: Scale | None = None
) -> dict[str, Agreed]:
    """The base once more as it was, where runs on a part took back what was agreed.

    ``runs`` are those of the other library that ``took_back`` gives. Without this, an undone review
    would look like one that somebody removed there. ``read_by`` is the scale of the base: what
    priority was there before a run by another one is not known.
    """
    return _after(known, runs, {other: [other] for other in known}, read_by)


def _after(
    known: Mapping[str, Agreed],
    runs: Iterable[Run],
    papers: Mapping[str, Iterable[str]],
    read_by: Scale | None,
) -> dict[str, Agreed]:
    """The same, where ``papers`` says of which of what was agreed a change of a paper may be."""
    found = dict(known)
    for run in reversed(list(runs)):
        for change in (outcome.change for outcome in run.done):
            for other in papers.get(change.paper, ()):
                review = _taken_back(found[other].review, change)
                if change.sets_priority and run.scale and read_by and run.scale != read_by:
                    review = replace(review, priority=None)
                found[other] = replace(found[other], review=review)
    return found


def _taken_back(review: Review, change: Change) -> Review:
    if change.sets_priority and review.priority == change.before.priority:
        review = replace(review, priority=change.after.priority)
    if change.sets_text and review.text == change.before.text:
        review = replace(review, text=change.after.text)
    return review


def after_undo_on_both(
    known: Mapping[str, Agreed],
    others: Iterable[Run],
    local: Iterable[Run],
    read_by: Scale | None = None,
) -> dict[str, Agreed]:
    """The same with the runs of both libraries; what was taken back on both is the base no more.

    Nobody knows then what both sides said before they agreed: they are compared as if never met.
    """
    named: defaultdict[str, list[str]] = defaultdict(list)  # a key may have been a gone paper's
    for other, one in known.items():
        named[one.local].append(other)
    there, here = after_undo(known, others, read_by), _after(known, local, named, read_by)
    return {
        other: replace(one, review=_neither(one.review, there[other].review, here[other].review))
        for other, one in known.items()
    }


def _neither(review: Review, one: Review, other: Review) -> Review:
    """A review that was changed to one and to another one, without what both changed."""
    priorities = {one.priority, other.priority} - {review.priority}
    texts = {one.text, other.text} - {review.text}
    both_priorities = review.priority not in (one.priority, other.priority)
    both_texts = review.text not in (one.text, other.text)
    return Review(
        None if both_priorities else next(iter(priorities), review.priority),
        "" if both_texts else next(iter(texts), review.text),
    )


def _stored(agreed: Agreed) -> Json:
    review = agreed.review
    return {
        "local": agreed.local,
        "other": agreed.other,
        "priority": review.priority,
        "text": review.text,
        "mark": agreed.mark,
        "title": agreed.title,
        "other_title": agreed.other_title,
        **({"missed": agreed.missed} if agreed.missed else {}),
        **({"note": agreed.note} if agreed.note else {}),
    }


def _agreed(stored: Any) -> Agreed:
    local, other, text = stored["local"], stored["other"], stored["text"]
    priority, mark = stored["priority"], stored["mark"]
    title, note = stored.get("title", ""), stored.get("note")
    other_title = stored.get("other_title", "")
    texts = (local, other, text, priority or "", mark or "", title, other_title, note or "")
    if not all(isinstance(value, str) for value in texts):
        raise TypeError("a paper's entry has a wrong type")
    missed = stored.get("missed")
    if missed not in (None, *get_args(Missed)):
        raise TypeError("a paper's entry has a wrong value")
    return Agreed(local, other, Review(priority, text), mark, title, other_title, missed, note)
