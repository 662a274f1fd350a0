"""Notes that people wrote before they knew bibnotes, made the reviews of their papers.

Only the tag of a review is added to such a note, whatever else it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..model import Change, Paper
from .note_html import said, to_markdown
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Adoptable:
    """A paper without a review of this reader's, and its notes: key and text of each."""

    paper: Paper
    notes: tuple[tuple[str, str], ...]


def adoptable(snapshot: Snapshot) -> Iterator[Adoptable]:
    """The papers that have no review's note, but notes that are nobody's review and say something.

    Notes in the trash are none.
    """
    for row in snapshot.rows():
        if snapshot.reviews_of(row.key):
            continue
        notes = [note for note in snapshot.plain_notes(row.key) if said(note.html)]
        if notes:
            texts = tuple((note.key, to_markdown(note.html)) for note in notes)
            yield Adoptable(snapshot.paper(row), texts)


def adoption(one: Adoptable, note: str) -> Change:
    """The change that makes a note the review of its paper: nothing but the note's tags."""
    before = one.paper.review
    return Change(one.paper.id, before, replace(before, text=dict(one.notes)[note]), adopts=note)
