"""A plan in words: what would change, and what somebody has to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..attach import Conflict
from ..diff import Piece, unified
from ..match import Candidate, Doubt
from ..model import Change, Name, Paper
from ..scale import Language, Scale

_SHOWN = 40  # changes told of one by one; --dry-run shows all of them
_FIRST = 60  # characters of a text that stand for it


def change_lines(
    changes: Sequence[Change],
    keys: Mapping[str, str],
    scale: Scale,
    language: Language,
    shown: int = _SHOWN,
) -> Iterator[str]:
    """A line for each change, up to a number; ``keys`` are the citation keys by ``Paper.id``."""
    for change in changes[:shown]:
        parts = filter(None, (_priority(change, scale, language), _text(change)))
        yield f"{keys[change.paper] or change.paper}: {', '.join(parts)}"
    if len(changes) > shown:
        yield f"… and {len(changes) - shown} more; --dry-run shows all"


def _priority(change: Change, scale: Scale, language: Language) -> str:
    if not change.sets_priority:
        return ""
    before, after = (
        label(scale, review.priority, language) for review in (change.before, change.after)
    )
    if not after:
        return f"no longer {before}"
    return f"{before} → {after}" if before and before != after else after


def label(scale: Scale, priority: str | None, language: Language) -> str:
    """What people call a priority, "" for none."""
    level = scale.level(priority) if priority else None
    return level.label(language) if level else priority or ""


def _text(change: Change) -> str:
    if not change.sets_text:
        return ""
    before, after = change.before.text, change.after.text
    if not after:
        return "text removed"
    lines = after.count("\n") + 1
    return f"text {'changed' if before else 'added'} ({lines} line{'s' * (lines != 1)})"


def unplaced_lines(papers: Iterable[Paper], library: str) -> Iterator[str]:
    """A line for each paper that the library does not have."""
    for paper in papers:
        yield f"{paper.source}: {library} has no paper like {named(paper)}"


def repeated_lines(papers: Iterable[Paper]) -> Iterator[str]:
    """A line for each paper that the reviews have twice."""
    for paper in papers:
        yield f"{paper.source}: {named(paper)} is there more than once; none of it was taken"


def doubt_lines(doubt: Doubt) -> Iterator[str]:
    """A review that may be about several papers, and those papers."""
    yield f"{doubt.left.source}: which paper is {named(doubt.left)}?"
    for number, candidate in enumerate(doubt.candidates, 1):
        yield f"  {number}. {_candidate(candidate)}"


def _candidate(candidate: Candidate) -> str:
    paper = candidate.paper
    facts = filter(None, (_people(paper.authors), paper.year, cut(paper.title)))
    return f"{paper.key}: {' · '.join(facts)} ({candidate.why})"


def conflict_lines(conflict: Conflict, scale: Scale, language: Language) -> Iterator[str]:
    """What sheet and library say of a paper, as a diff of the library's text to the sheet's."""
    yield f"{conflict.key}: the reviews and the library were changed differently"
    if conflict.merged.priority_conflict:
        for side, review in (("-", conflict.library), ("+", conflict.sheet)):
            yield f"{side}{label(scale, review.priority, language) or '(no priority)'}"
    if conflict.merged.text_conflict:
        old, new = conflict.library.text.split("\n"), conflict.sheet.text.split("\n")
        yield from unified(conflict.key, [Piece(1, old, new)]).splitlines()[2:]


def named(paper: Paper) -> str:
    """A paper in a few words: its key and title, else its authors, else how it begins."""
    if paper.title:
        title = f"“{cut(paper.title)}”"
        return f"{paper.key} {title}" if paper.key else title
    return paper.key or _people(paper.authors) or f"“{cut(paper.abstract or paper.id)}”"


def _people(authors: Sequence[Name]) -> str:
    shown = ", ".join(map(str, authors[:3]))
    return f"{shown}, …" if len(authors) > 3 else shown


def cut(text: str) -> str:
    """A text, or how it begins."""
    return text if len(text) <= _FIRST else text[: _FIRST - 1] + "…"
