"""A plan in words: what would change, and what somebody has to decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wcwidth import clip, wcswidth

from ..escape import one_line
from ..match import Candidate, Doubt
from ..model import Change, Name, Paper
from ..scale import Language, Scale

_ROOM = 16  # lines of a terminal of 24, without what else a command says
_FIRST = 48  # columns of a text that stand for it
_LONG = 1000  # characters, of which the columns are counted


def told(lists: Sequence[Sequence[str]], *, whole: bool) -> Iterator[str]:
    """Lists of what a plan does, an item a line or several, cut to what fits on one screen.

    Each gives up as much as the others, and says so; ``whole``: none is cut.
    """
    shown = [len(items) for items in lists] if whole else _fitting(lists)
    for items, most in zip(lists, shown, strict=True):
        yield from items[:most]
        if len(items) > most:
            yield f"  … and {len(items) - most} more; --dry-run shows all"


def _fitting(lists: Sequence[Sequence[str]]) -> list[int]:
    """How many items of each list to show: one, and more in turn as long as there is room."""
    shown = [min(1, len(items)) for items in lists]
    grows = True
    while grows:
        grows = False
        for at, items in enumerate(lists):
            more = [*shown[:at], shown[at] + 1, *shown[at + 1 :]]
            if shown[at] < len(items) and sum(map(_height, lists, more)) <= _ROOM:
                shown, grows = more, True
    return shown


def _height(items: Sequence[str], most: int) -> int:
    return sum(item.count("\n") + 1 for item in items[:most]) + (len(items) > most)


def change_line(change: Change, name: str, scale: Scale, language: Language) -> str:
    """A change to the paper of this name in a few words."""
    parts = filter(None, (_priority(change, scale, language), _text(change)))
    return f"{cut(name)}: {', '.join(parts)}"


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
        return f"text removed: “{cut(before)}”"
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
    for number, name in enumerate(candidate_names(doubt)):
        yield f"  {number + 1}. {name}: {_facts(doubt.candidates[number])}"


def candidate_names(doubt: Doubt) -> list[str]:
    """By which ``--pair`` knows each candidate: its citation key, else its id."""
    papers = [candidate.paper for candidate in doubt.candidates]
    keys = Counter(paper.key for paper in papers)
    return [paper.key if paper.key and keys[paper.key] == 1 else paper.id for paper in papers]


def _facts(candidate: Candidate) -> str:
    paper = candidate.paper
    facts = filter(None, (_people(paper.authors), paper.year, cut(paper.title)))
    return f"{' · '.join(facts)} ({candidate.why})"


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
    """A text on one line, or how it begins."""
    line = one_line(text[:_LONG])
    columns = wcswidth(line) if line.isprintable() else len(line)
    if columns <= _FIRST and len(text) <= _LONG:
        return line
    return f"{clip(line, 0, _FIRST - 1).rstrip()}…"
