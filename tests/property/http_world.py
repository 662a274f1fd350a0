"""Files and a Zotero library behind HTTP, edited by their users and synced."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from bibnotes.agreement import Whole
from bibnotes.base import Base
from bibnotes.bibtex.library import BibLibrary
from bibnotes.cli import libraries
from bibnotes.cli.environment import Environment
from bibnotes.cli.sync_pair import SyncPair
from bibnotes.cli.zotero_options import Choice
from bibnotes.journal import Journal, changes_back, write
from bibnotes.model import Change, Outcome, Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import Notes, SheetLibrary
from bibnotes.sheets.statement import Statement
from bibnotes.sync import Done, Plan, Side, apply
from bibnotes.sync.libraries import LocalLibrary
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server.store import Data, Library

from .memory_places import Note
from .sync_world import NO_ANSWERS, Answers, Fuse, Place, World

NUMBERS = count()


class HttpWorld(World):
    """Files in a folder of their own, and what a test server holds."""

    def __init__(
        self, store: Library, folder: Path, variables: dict[str, str], *endings: str
    ) -> None:
        super().__init__()
        self.environment = Environment(folder, variables)
        self.zotero = Place(ZoteroPapers(store))
        self.files = []
        for ending in endings:
            path = folder / f"{next(NUMBERS)}{ending}"
            papers = BibPapers(path) if ending == ".bib" else SheetPapers(path)
            self.files.append(Place(papers))

    def pair(self, number: int) -> SyncPair:
        choice = Choice(zotero=True, server="web")
        name = str(self.files[number].library.path)
        return SyncPair.of(self.environment, name, choice, everything=False, moved=False, yes=True)

    def plan(self, number: int, prefer: Side | None = None, answers: Answers = NO_ANSWERS) -> Plan:
        pair = self.pair(number)
        self.files[number].base = dict(pair.shared.known)
        return pair.plan({}, prefer, answers)

    def apply(self, number: int, plan: Plan, fuse: Fuse) -> Done:
        pair, file = self.pair(number), self.files[number]
        writers = [_broken(writer, fuse) for writer in pair.writers(plan)]
        for change in plan.to_zotero:
            self.replace_what_lost_its_tag(change.paper, change.after)
        ends = apply(plan, *writers)
        file.base = Base(pair.path, pair.zotero.address).load()
        file.unseen.clear()
        return ends

    def undo(self, number: int) -> None:
        journal = Journal()
        runs = [run for run in journal.runs() if run.sets_a_review and not run.undone_by]
        if runs:
            before, run = self.everywhere(), runs[number % len(runs)]
            library = libraries.at_address(self.environment, run.address)
            changes = changes_back(run, library, journal)
            place = self.zotero
            if not run.address.startswith("zotero"):
                (place,) = (
                    one for one in self.files if run.address.endswith(str(one.library.path))
                )
            if place is self.zotero:
                for change in changes:
                    self.replace_what_lost_its_tag(change.paper, change.after)
            write(library, changes, journal, command="undo", undoes=run.id)
            self.heed_undo(place, changes, before)

    def lose_the_base(self, file: Place) -> None:
        shutil.rmtree(file.library.path.parent / ".bibnotes", ignore_errors=True)
        for one in self.files:
            super().lose_the_base(one)


def _broken(write: Callable[[Any], Any], fuse: Fuse) -> Callable[[Any], Any]:
    """A writer that the fuse stops, before it writes or before it can say so."""

    def writes(what: Any) -> Any:
        ends: list[Any] = []
        fuse.run(lambda: ends.append(write(what)))
        return ends[0]

    return writes


class ZoteroPapers:
    """What people see and do in Zotero, as MemoryZotero has it."""

    def __init__(self, store: Library) -> None:
        self._store = store

    def papers(self) -> Iterator[Paper]:
        for data in list(self._store.all_items()):
            if data["itemType"] == "book" and not data.get("deleted"):
                yield self._paper(data)

    @property
    def notes(self) -> list[str]:
        """The items that have notes."""
        notes = (data for data in self._store.all_items() if data["itemType"] == "note")
        return [note["parentItem"] for note in notes]

    def tagged(self, item: str) -> list[Note]:
        return [note for note in self._notes(item) if note.tagged]

    def untagged(self, item: str) -> list[Note]:
        return [note for note in self._notes(item) if not note.tagged]

    def _notes(self, item: str) -> list[Note]:
        return [
            Note(note["key"], to_markdown(note["note"]), bool(note["tags"]))
            for note in self._store.notes(item)
        ]

    def own_lines(self, item: str) -> set[str]:
        return {line for note in self.untagged(item) for line in note.text.split("\n")}

    def doubled(self) -> dict[str, str]:
        return {paper.id: "" for paper in self.papers() if len(self.tagged(paper.id)) > 1}

    def _paper(self, data: Data) -> Paper:
        notes = self.tagged(data["key"])
        levels = [level.id for tag in data["tags"] if (level := DEFAULT_SCALE.by_tag(tag["tag"]))]
        text = notes[0].text if notes else ""
        review = Review(levels[0] if levels else None, text)
        return Paper(data["key"], data["citationKey"], title=data["title"], review=review)

    def has(self, paper: str) -> bool:
        return paper in self._store.items

    def review(self, paper: str) -> Review:
        return self._paper(self._store.item(paper)).review

    def add(self, paper: Paper) -> None:
        """Add an item, or take it out of the trash."""
        if self.has(paper.id):
            self._store.restore(paper.id)
            return
        self._store.add(
            "book", key=paper.id, citationKey=paper.key, title=paper.title, DOI=paper.doi
        )

    def remove(self, paper: str) -> None:
        self._store.trash(paper)

    def replace(self, paper: str, new: Paper) -> None:
        self._store.edit(paper, citationKey=new.key)

    def put(self, paper: str, review: Review) -> None:
        tags = [DEFAULT_SCALE.level(review.priority).tag("zh")] if review.priority else []
        if review.priority != self.review(paper).priority:
            self._store.edit(paper, tags=tags)
        notes = self.tagged(paper)
        if notes and review.text:
            self._store.edit(notes[0].key, note=to_html(review.text))
        elif notes:
            self._store.trash(notes[0].key)
        elif review.text:
            self.add_note(paper, review.text)

    def add_note(self, item: str, text: str) -> None:
        self._store.add_note(item, to_html(text), ["bibnotes"])

    def tag(self, note: Note, tagged: bool) -> None:
        self._store.edit(note.key, tags=["bibnotes"] if tagged else [])

    def drop(self, item: str, note: Note) -> None:
        self._store.trash(note.key)

    def merge(self, item: str, into: Paper) -> None:
        """Merge an item into a new one, which gets its notes, as Zotero does."""
        old = self._store.item(item)
        names = ("title", "citationKey", "DOI", "tags")
        kept = {name: old[name] for name in names if name in old}
        before = old["relations"].get("dc:replaces", [])
        replaces = [*before, f"http://zotero.org/users/475001/items/{item}"]
        new = self._store.add("book", key=into.id, relations={"dc:replaces": replaces}, **kept)
        for note in self._store.notes(item):
            self._store.edit(note["key"], parentItem=new)
        self._store.remove(item)


class FilePapers:
    """What people see and do in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def papers(self) -> Iterator[Paper]:
        return self._library().papers()

    def has(self, paper: str) -> bool:
        return bool(self._library().find(paper))

    def review(self, paper: str) -> Review:
        return self._library().find(paper)[0].review

    def put(self, paper: str, review: Review) -> None:
        self._make(self._library(), Change(paper, self.review(paper), review))

    def _make(self, library: LocalLibrary, change: Change) -> None:
        outcomes: list[Outcome] = []
        library.prepare([change]).apply(outcomes.append)

    def _sub(self, pattern: str, new: str) -> None:
        text, found = re.subn(pattern, new, self.path.read_text())
        assert found == 1, (pattern, text)
        self.path.write_text(text)


class BibPapers(FilePapers):
    """A .bib file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        path.write_text("")

    def _library(self) -> BibLibrary:
        return BibLibrary.open(self.path, scale=DEFAULT_SCALE, language="zh")

    def statements(self) -> list[Whole]:
        return [Whole(paper) for paper in self.papers()]

    def add(self, paper: Paper) -> None:
        entry = f"@book{{{paper.key},\n  title = {{{paper.title}}},\n  doi = {{{paper.doi}}},\n}}\n"
        self.path.write_text(self.path.read_text() + entry)

    def remove(self, paper: str) -> None:
        self._sub(rf"(?s)@book\{{{paper},.*?\n\}}\n", "")

    def replace(self, paper: str, new: Paper) -> None:
        self._sub(rf"\{{{paper},\n", f"{{{new.key},\n")


class SheetPapers(FilePapers):
    """A Markdown sheet."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        path.write_text("---\nbibnotes: 1\n---\n")

    def _library(self) -> SheetLibrary:
        return SheetLibrary.open(self.path, scale=DEFAULT_SCALE, language="zh")

    def statements(self) -> Sequence[Statement]:
        return self._library().statements()

    def add(self, paper: Paper) -> None:
        sheet = self._library().noting(Notes(new={paper.key: paper}))
        self._make(sheet, Change(paper.key, Review(), Review()))

    def remove(self, paper: str) -> None:
        self._sub(rf"(?s)\n### [^\n]*\[@{paper}\].*?(?=\n##|\Z)", "")

    def replace(self, paper: str, new: Paper) -> None:
        self._sub(rf"\[@{paper}\]", f"[@{new.key}]")

    def make_anew(self) -> None:
        for paper in self.papers():
            stamp = rf"(### [^\n]*\[@{paper.id}\])[^\n]*"
            self._sub(stamp, rf"\1 <!-- bibnotes {paper.review.digest()} -->")
