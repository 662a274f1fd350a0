"""What sync reads and writes, in memory: a file, a sheet with hashes in its headings, Zotero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bibnotes.agreement import Whole
from bibnotes.model import Change, Outcome, Paper, Review, Status, ZoteroSource
from tests.contract.memory import MemoryLibrary


class MemoryFile(MemoryLibrary):
    """A .bib file."""

    def statements(self) -> list[Whole]:
        return [Whole(paper) for paper in self.papers()]


class MemorySheet(MemoryFile):
    """A Markdown sheet: ``stamps`` are the hashes in its headings, by paper.

    ``unsorted`` are papers below a heading of the user's own, of which no priority is said.
    ``coming`` are papers that a change may add.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stamps: dict[str, str] = {}
        self.unsorted: set[str] = set()
        self.coming: dict[str, Paper] = {}

    def statements(self) -> list[Whole]:
        return [
            Whole(paper, self.stamps.get(paper.id), says_priority=paper.id not in self.unsorted)
            for paper in self.papers()
        ]

    def new(self, paper: Paper) -> Whole | None:
        said = replace(paper, id=paper.key, source=None)
        return None if self.has(said.id) else Whole(said, paper.review.digest())

    def remove(self, paper: str) -> None:
        super().remove(paper)
        self.stamps.pop(paper, None)
        self.unsorted.discard(paper)

    def replace(self, paper: str, new: Paper) -> None:
        super().replace(paper, new)
        if paper in self.stamps:
            self.stamps[new.id] = self.stamps.pop(paper)
        if paper in self.unsorted:
            self.unsorted.remove(paper)
            self.unsorted.add(new.id)

    def make_anew(self) -> None:
        """Put the hash of what a section says into its heading, as a new digest has it."""
        self.stamps = {paper.id: paper.review.digest() for paper in self.papers()}
        self.unsorted.clear()

    def check(self, change: Change) -> Outcome:
        paper, restore = change.paper, change.restore
        if not self.has(paper):
            new = paper in self.coming if restore is None else "removed" in restore
            return Outcome(change, Status.PLANNED if new else Status.MISSING, restore={"added": 1})
        was = {"was": self.stamps.get(paper)}
        if restore is not None:
            as_made = self.review(paper) == change.before and "removed" not in restore
            if not as_made or self.stamps.get(paper) != change.before.digest():
                return Outcome(change, Status.CHANGED)
            return Outcome(
                change, Status.PLANNED, restore={"removed": 1} if _added(restore) else was
            )
        outcome = super().check(change)
        stale = self.stamps.get(paper) != change.after.digest()
        if outcome.status is Status.UNCHANGED and stale:
            return Outcome(change, Status.PLANNED, restore=was)
        return replace(outcome, restore=was)

    def make(self, change: Change) -> None:
        paper, restore = change.paper, change.restore
        if restore is not None and _added(restore):
            self.remove(paper)
            return
        if not self.has(paper):
            self.add(replace(self.coming[paper], review=change.after))
        else:
            super().make(change)
        if restore is None or "removed" in restore:
            self.stamps[paper] = change.after.digest()
        elif restore["was"]:
            self.stamps[paper] = restore["was"]
        else:
            del self.stamps[paper]


def _added(restore: Mapping[str, object]) -> bool:
    return "added" in restore


@dataclass
class Note:
    """A child note; without the tag it is somebody's own."""

    key: str
    text: str
    tagged: bool = True


class MemoryZotero(MemoryLibrary):
    """Items whose text is in their first tagged note, as ZoteroLibrary has them."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, list[Note]] = {}
        self.merged: dict[str, str] = {}

    # What sync reads.

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        for paper in super().papers(abstracts=abstracts):
            notes = self.tagged(paper.id)
            source = ZoteroSource("group/1", paper.id, 1, notes[0].key if notes else None)
            yield replace(paper, review=self.review(paper.id), source=source)

    def replaced(self) -> dict[str, str]:
        return self.merged

    def doubled(self) -> dict[str, str]:
        return {item: "two notes" for item in self.notes if len(self.tagged(item)) > 1}

    def released(self, notes: Mapping[str, str | None]) -> dict[str, dict[str, str]]:
        return {
            item: {note.key: note.text for note in self.untagged(item)}
            for item, note in notes.items()
            if any(note in (None, one.key) for one in self.notes.get(item, ()) if not one.tagged)
        }

    # What people and sync write.

    def tagged(self, item: str) -> list[Note]:
        return [note for note in self.notes.get(item, ()) if note.tagged]

    def untagged(self, item: str) -> list[Note]:
        return [note for note in self.notes.get(item, ()) if not note.tagged]

    def own_lines(self, item: str) -> set[str]:
        """The lines of notes that somebody took for their own."""
        return {line for note in self.untagged(item) for line in note.text.split("\n")}

    def review(self, paper: str) -> Review:
        notes = self.tagged(paper)
        return replace(super().review(paper), text=notes[0].text if notes else "")

    def put(self, paper: str, review: Review) -> None:
        super().put(paper, replace(review, text=""))
        notes = self.tagged(paper)
        if not notes and review.text:
            self.add_note(paper, review.text)
        elif notes and not review.text:
            self.notes[paper].remove(notes[0])
        elif notes:
            notes[0].text = review.text

    def add(self, paper: Paper) -> None:
        super().add(replace(paper, review=replace(paper.review, text="")))

    def add_note(self, item: str, text: str) -> None:
        """Add a note with the tag, under a key that no note of the item has."""
        notes = self.notes.setdefault(item, [])
        taken = {note.key for note in notes}
        keys = (f"{item}-{number}" for number in range(len(notes) + 1))
        notes.append(Note(next(key for key in keys if key not in taken), text))

    def tag(self, note: Note, tagged: bool) -> None:
        note.tagged = tagged

    def drop(self, item: str, note: Note) -> None:
        self.notes[item].remove(note)

    def merge(self, item: str, into: Paper) -> None:
        """Merge an item into a new one, which gets its notes, as Zotero does."""
        self.add(replace(into, review=super().review(item)))
        self.notes[into.id] = self.notes.pop(item, [])
        self.remove(item)
        self.merged[item] = into.id

    def check(self, change: Change) -> Outcome:
        if self.has(change.paper) and len(self.tagged(change.paper)) > 1:
            return Outcome(change, Status.REFUSED, "two notes")
        outcome = super().check(change)
        if change.sets_text and change.after.text and not change.adopts and not change.restore:
            twins = [one for one in self.untagged(change.paper) if one.text == change.after.text]
            if twins and not self.tagged(change.paper):
                return Outcome(change, Status.REFUSED, f"{twins[0].key} says this already")
        return replace(outcome, restore={"adopted": change.adopts}) if change.adopts else outcome

    def make(self, change: Change) -> None:
        adopted = change.adopts or (change.restore or {}).get("adopted")
        for note in self.notes.get(change.paper, ()):
            if note.key == adopted:
                note.tagged = bool(change.adopts)
        super().make(change)
