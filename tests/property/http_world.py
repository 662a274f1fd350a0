"""A .bib file and a Zotero library behind HTTP, edited by their users and synced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from bibnotes.base import Base
from bibnotes.bibtex.library import BibLibrary
from bibnotes.cli.environment import Environment
from bibnotes.cli.sync_pair import SyncPair
from bibnotes.cli.zotero_options import Choice
from bibnotes.model import Change, Outcome, Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sync import Done, Plan, Side, apply
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server.store import Data, Library

from .sync_world import Fuse, Place, World

NUMBERS = count()


class HttpWorld(World):
    """One .bib file in a folder of its own, and what a test server holds."""

    def __init__(self, store: Library, folder: Path, variables: dict[str, str]) -> None:
        super().__init__(0)
        self.environment = Environment(folder, variables)
        self.path = folder / f"{next(NUMBERS)}.bib"
        self.path.write_text("")
        self.zotero = Place(ZoteroPapers(store))  # type: ignore[arg-type]
        self.files = [Place(BibPapers(self.path))]  # type: ignore[arg-type]

    def pair(self) -> SyncPair:
        choice = Choice(zotero=True, server="web")
        name = str(self.path)
        return SyncPair.of(self.environment, name, choice, everything=False, moved=False, yes=True)

    def plan(self, number: int, prefer: Side | None = None) -> Plan:
        return self.pair().plan({}, prefer)

    def apply(self, number: int, plan: Plan, fuse: Fuse) -> Done:
        pair, file = self.pair(), self.files[0]
        writers = [_broken(writer, fuse) for writer in pair.writers(plan)]
        ends = apply(plan, *writers)
        file.base = Base(self.path, pair.zotero.address).load()
        file.unseen.clear()
        return ends


def _broken(write: Callable[[Any], Any], fuse: Fuse) -> Callable[[Any], Any]:
    """A writer that the fuse stops, before it writes or before it can say so."""

    def writes(what: Any) -> Any:
        ends: list[Any] = []
        fuse.run(lambda: ends.append(write(what)))
        return ends[0]

    return writes


class ZoteroPapers:
    """What people see and do in Zotero, as MemoryLibrary has it."""

    def __init__(self, store: Library) -> None:
        self._store = store

    def papers(self) -> Iterator[Paper]:
        for data in list(self._store.all_items()):
            if data["itemType"] == "book" and not data.get("deleted"):
                yield self._paper(data)

    def _paper(self, data: Data) -> Paper:
        notes = self._store.notes(data["key"])
        assert len(notes) < 2, notes
        levels = [level.id for tag in data["tags"] if (level := DEFAULT_SCALE.by_tag(tag["tag"]))]
        text = to_markdown(notes[0]["note"]) if notes else ""
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
        notes = self._store.notes(paper)
        if notes and review.text:
            self._store.edit(notes[0]["key"], note=to_html(review.text))
        elif notes:
            self._store.trash(notes[0]["key"])
        elif review.text:
            self._store.add_note(paper, to_html(review.text), ["bibnotes"])


class BibPapers:
    """What people see and do in a .bib file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _library(self) -> BibLibrary:
        return BibLibrary.open(self._path, scale=DEFAULT_SCALE, language="zh")

    def papers(self) -> Iterator[Paper]:
        return self._library().papers()

    def has(self, paper: str) -> bool:
        return bool(self._library().find(paper))

    def review(self, paper: str) -> Review:
        return self._library().find(paper)[0].review

    def add(self, paper: Paper) -> None:
        entry = f"@book{{{paper.key},\n  title = {{{paper.title}}},\n  doi = {{{paper.doi}}},\n}}\n"
        self._path.write_text(self._path.read_text() + entry)

    def remove(self, paper: str) -> None:
        entry = re.compile(rf"(?s)@book\{{{paper},.*?\n\}}\n")
        text, found = entry.subn("", self._path.read_text())
        assert found == 1
        self._path.write_text(text)

    def replace(self, paper: str, new: Paper) -> None:
        text = self._path.read_text().replace(f"{{{paper},\n", f"{{{new.key},\n")
        self._path.write_text(text)

    def put(self, paper: str, review: Review) -> None:
        outcomes: list[Outcome] = []
        self._library().prepare([Change(paper, self.review(paper), review)]).apply(outcomes.append)
