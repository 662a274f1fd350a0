"""What a Zotero library held when it was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..escape import one_line
from ..model import Json, Paper, Problem, Review, ZoteroSource
from . import items
from .cache import Cache, NoteRow, Row
from .collections import find_collection
from .edits import Item, Note
from .made_up_keys import Taken
from .note_html import to_markdown
from .style import Style


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers of a library are meant.

    ``collection`` is a key or a name. As in Zotero's own search, what is only in a collection
    inside it does not count. Each of the ``tags`` must be there; case does not matter. ``others``
    says whether the reviews of other readers are shown too.
    """

    collection: str | None = None
    tags: tuple[str, ...] = ()
    others: bool = True


class Snapshot:
    """The papers of a library with one reader's reviews, frozen as the cache is.

    ``library`` is ``user/475001``. ``version`` is the library's when it was read.
    """

    def __init__(self, cache: Cache, library: str, style: Style, selection: Selection) -> None:
        self._cache, self._library, self._style = cache, library, style
        self._tags = {tag.strip().casefold() for tag in selection.tags}
        self.name = one_line(cache.library_name) or library
        self.version = cache.version or 0
        self._collection = ""
        if selection.collection:
            self._collection, path = find_collection(cache.collections(), selection.collection)
            self.name += f"/{one_line(path)}"
        self._citations = _citations(cache)
        self._texts = cache.texts()
        self._shows_others = selection.others
        self._notes: dict[str, list[NoteRow]] = {}
        self._others: dict[str, dict[str, NoteRow]] = {}  # by item and reader, the oldest note
        for note in cache.reviews():
            if style.is_review(note.tags):
                self._notes.setdefault(note.parent or "", []).append(note)
            for reader in items.readers(note.tags):
                self._others.setdefault(note.parent or "", {}).setdefault(reader, note)

    def rows(self) -> Iterator[Row]:
        """The papers that are meant, in the order in which they were added."""
        return filter(self._is_selected, self._cache.papers())

    def find(self, key: str) -> list[Row]:
        """The papers of this citation key in the whole library, else the one of this item key."""
        found = [item for item, (citation, _) in self._citations.items() if citation == key]
        rows = map(self._cache.paper, found or [key])
        return [row for row in rows if row]

    def paper(self, row: Row) -> Paper:
        """A paper with its review, and those of other readers."""
        notes = self._notes.get(row.key, ())
        return items.paper(
            row.key,
            row.version,
            row.data,
            library=self._library,
            citation=self._citations[row.key],
            review=self._review(row, self._style, notes[0] if notes else None),
            note=notes[0].key if notes else None,
            others=tuple(self._reviews_of_others(row)) if self._shows_others else (),
        )

    def _review(self, row: Row, style: Style, note: NoteRow | None) -> Review:
        levels = style.levels(row.data.get("tags", ()))
        text = self.text(note.key, note.html) if note else ""
        return Review(levels[0] if levels else None, text, tuple(levels[1:]))

    def _reviews_of_others(self, row: Row) -> Iterator[tuple[str, Review]]:
        """Each other reader and what they think of a paper, by their names."""
        notes = self._others.get(row.key, {})
        prioritised = items.level_readers(row.data.get("tags", ()), self._style.scale)
        own = (self._style.reader or "").casefold()
        names = {reader.casefold(): reader for reader in (*prioritised, *notes)}
        for reader in (name for folded, name in sorted(names.items()) if folded != own):
            yield reader, self._review(row, replace(self._style, reader=reader), notes.get(reader))

    def readers(self) -> list[str]:
        """The names of all whose reviews or priorities the library has, each in one spelling."""
        found = [reader for notes in self._others.values() for reader in notes]
        for row in self._cache.papers():
            found += items.level_readers(row.data.get("tags", ()), self._style.scale)
        names = {name.casefold(): name for name in found if name}
        return [names[folded] for folded in sorted(names)]

    def citation(self, item: str) -> str:
        """The citation key of an item, "" where it is no paper."""
        return self._citations.get(item, ("", False))[0]

    def called(self, item: str) -> str:
        """What a message calls an item: its title, else its key."""
        row = self._cache.paper(item)
        title = one_line(row.data.get("title", "")) if row else ""
        return f"“{title}”" if title else item

    # For writing

    def item(self, key: str, note: str | None = None) -> Item | None:
        """A paper as it is edited; None where there is none of this item key.

        Of several reviews' notes it is the one with the key ``note``, else the oldest.
        """
        row = self._cache.paper(key)
        if row is None:
            return None
        notes = sorted(self._notes.get(key, ()), key=lambda each: each.key != note)
        edited = Note.of_row(notes[0]) if notes else None
        return Item(key, row.version, row.data.get("tags", []), edited)

    def reviews_of(self, item: str) -> list[str]:
        """The notes of a paper that hold a review of this reader; there should be one at most."""
        return [note.key for note in self._notes.get(item, ())]

    def note(self, key: str) -> NoteRow | None:
        """The note with a key; one in the trash only where the server lists it, as the web does."""
        return self._cache.note(key)

    def holds(self, key: str) -> bool:
        """Whether an item of this key is known; attachments never are."""
        return self._cache.holds(key)

    def is_trashed(self, key: str) -> bool:
        """Whether an item is in the trash, where the server lists that, as the web does."""
        return self._cache.is_trashed(key)

    def plain_notes(self, item: str) -> list[NoteRow]:
        """The notes of a paper that are nobody's review."""
        notes = self._cache.child_notes(item)
        return [note for note in notes if not list(items.readers(note.tags))]

    def text(self, note: str | None, html: str) -> str:
        """What a note says, in the notation in which it was written if that is known."""
        return to_markdown(html, self._texts.get(note or "", ""))

    # For sync

    def doubled(self) -> dict[str, str]:
        """What is wrong with the papers that have several reviews of this reader, by item key."""
        return {
            item: f"{len(notes)} notes are tagged {self._style.review_tag}"
            for item, notes in self._notes.items()
            if item and len(notes) > 1
        }

    def replaced(self) -> dict[str, str]:
        """Into which item another one was merged, by the key of that other one."""
        return self._cache.replaced()

    def is_released(self, item: str, note: str | None) -> bool:
        """Whether this note of a paper is no review of this reader's any more.

        It may be another reader's now. Where it is not known, any note that is nobody's review will
        do.
        """
        if note is None:
            return bool(self.plain_notes(item))
        notes = {each.key for each in self._cache.child_notes(item)}
        return note in notes - {each.key for each in self._notes.get(item, ())}

    def plain_texts(self, item: str) -> dict[str, str]:
        """What the notes of a paper say that are nobody's review, by their keys."""
        return {note.key: self.text(note.key, note.html) for note in self.plain_notes(item)}

    # For check

    def problems(self) -> Iterator[Problem]:
        """Notes that are not read, since they stand alone or are the second of their item."""
        tag = self._style.review_tag
        whole = not (self._collection or self._tags)
        for note in self._notes.get("", ()) if whole else ():
            yield self._problem(note.key, note.version, f"a note tagged {tag} belongs to no item")
        for row in self.rows():
            notes = self._notes.get(row.key, ())
            if len(notes) > 1:
                others = ", ".join(note.key for note in notes[1:])
                message = f"{len(notes)} notes are tagged {tag}; {others} is not read"
                yield self._problem(row.key, row.version, message)

    def remarks(self) -> Iterator[Problem]:
        """Papers with two priorities, and papers that share a citation key."""
        uses = Counter(citation for citation, _ in self._citations.values())
        for row in self.rows():
            levels = self._style.levels(row.data.get("tags", ()))
            if len(levels) > 1:
                message = f"more than one priority: {', '.join(levels[1:])} stands there too"
                yield self._problem(row.key, row.version, message)
            if uses[self._citations[row.key][0]] > 1:
                message = "another item has the same citation key"
                yield self._problem(row.key, row.version, message)

    def _problem(self, item: str, version: int, message: str) -> Problem:
        source = ZoteroSource(self._library, item, version)
        return Problem(source, message, self.citation(item))

    def _is_selected(self, row: Row) -> bool:
        if self._collection and self._collection not in row.data.get("collections", ()):
            return False
        return not self._tags or self._tags <= _folded_tags(row.data)


def _folded_tags(data: Json) -> set[str]:
    return {tag["tag"].strip().casefold() for tag in data.get("tags", ())}


def _citations(cache: Cache) -> Mapping[str, tuple[str, bool]]:
    """Citation key by item key, and whether it is made up; only made-up ones are kept apart."""
    listed = cache.citations()
    taken = Taken(citation for _, citation, made_up in listed if not made_up)
    found: dict[str, tuple[str, bool]] = {}
    for item, citation, made_up in listed:
        key = citation
        if made_up:
            key = taken.distinct(citation or f"zotero{item}")
        found[item] = key, made_up
    return found
