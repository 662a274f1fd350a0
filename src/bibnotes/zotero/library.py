"""A Zotero library as a library of papers and reviews.

A review's text is the child note that carries the tag ``bibnotes``, its priority a tag of the item.
A reader of a group has ``bibnotes: ana`` and ``精读 (ana)`` instead, and sees only these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import BibnotesError, UsageError
from ..escape import one_line
from ..library import Prepared
from ..model import Change, Json, Paper, Problem, Review, ZoteroSource
from ..scale import Scale
from . import items
from .cache import Cache, DamagedError, NoteRow, Row, Store
from .collections import find_collection
from .gateway import Gateway
from .made_up_keys import Taken
from .note_html import to_markdown
from .reading import Progress, refresh, refresh_collections
from .server import LibraryAddress


@dataclass(frozen=True, slots=True)
class Selection:
    """Which papers of a library are meant.

    ``collection`` is a key or a name. As in Zotero's own search, what is only in a collection
    inside it does not count. Each of the ``tags`` must be there; case does not matter.
    """

    collection: str | None = None
    tags: tuple[str, ...] = ()


class ZoteroLibrary:
    """One library on one server, read when it is first needed.

    ``reader`` is whose reviews these are; without one they are of the notes that name nobody.
    ``progress`` is told how many items of how many were read.
    """

    def __init__(
        self,
        gateway: Gateway,
        store: Store,
        address: LibraryAddress,
        *,
        scale: Scale,
        selection: Selection | None = None,
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        self._gateway, self._store, self._address = gateway, store, address
        self._scale, self._selection = scale, selection or Selection()
        self._progress = progress
        self._state: _State | None = None

    @property
    def name(self) -> str:
        """The name of the library in Zotero, with the collection's after a slash."""
        return self._read().name

    @property
    def address(self) -> str:
        """Server or database, library and reader; the collection is not part of it."""
        return str(self._address)

    @property
    def server(self) -> str:
        """What a message calls the server: ``api.zotero.org``."""
        return self._gateway.line.server.name

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:  # noqa: ARG002 - they cost nothing here
        """The papers in the order in which they were added; what is in the trash is left out."""
        state = self._read()
        with self._undamaged():
            yield from map(state.paper, state.rows())

    def find(self, key: str) -> list[Paper]:
        """The papers of this citation key in the whole library, else the one of this item key."""
        state = self._read()
        with self._undamaged():
            return [state.paper(row) for row in state.find(key)]

    def problems(self) -> list[Problem]:
        """Notes that are not read, since they stand alone or are the second of their item.

        Of a selection, only those of its papers.
        """
        state = self._read()
        with self._undamaged():
            return list(state.problems())

    def remarks(self) -> list[Problem]:
        """Papers with two priorities, and papers that share a citation key."""
        state = self._read()
        with self._undamaged():
            return list(state.remarks())

    def prepare(self, changes: Iterable[Change]) -> Prepared:  # noqa: ARG002 - not yet
        """Not possible yet. Raises UsageError."""
        raise UsageError("This bibnotes only reads Zotero libraries")

    def refresh(self) -> None:
        """Look what the library holds now. Raises what Gateway raises."""
        self._state = None
        self._read()

    def _read(self) -> _State:
        if self._state is None:
            self._state = self._store.refreshed(self._refresh, self._made)
        return self._state

    def _made(self, cache: Cache) -> _State:
        return _State(cache, self._address, self._scale, self._selection)

    def _refresh(self, cache: Cache) -> None:
        refresh(self._gateway, cache, self._progress)
        if self._selection.collection:
            refresh_collections(self._gateway, cache)

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except DamagedError:
            self._store.discard()
            raise BibnotesError(
                "What was kept of the Zotero library is damaged, and was thrown away",
                "Run the command again: it reads the library anew.",
            ) from None


class _State:
    """What a library held when it was read."""

    def __init__(
        self, cache: Cache, address: LibraryAddress, scale: Scale, selection: Selection
    ) -> None:
        self._cache, self._address, self._scale = cache, address, scale
        self._reader = address.reader
        self._tags = {tag.strip().casefold() for tag in selection.tags}
        self.name = one_line(cache.library_name) or address.library
        self._collection = ""
        if selection.collection:
            self._collection, path = find_collection(cache.collections(), selection.collection)
            self.name += f"/{one_line(path)}"
        self._citations = _citations(cache)
        self._notes: dict[str, list[NoteRow]] = {}
        for note in cache.reviews():
            if self._is_ours(note):
                self._notes.setdefault(note.parent or "", []).append(note)

    def rows(self) -> Iterator[Row]:
        return filter(self._is_selected, self._cache.papers())

    def find(self, key: str) -> list[Row]:
        found = [item for item, (citation, _) in self._citations.items() if citation == key]
        rows = map(self._cache.paper, found or [key])
        return [row for row in rows if row]

    def paper(self, row: Row) -> Paper:
        notes = self._notes.get(row.key, ())
        levels = items.levels(row.data.get("tags", ()), self._scale, self._reader)
        text = to_markdown(notes[0].html) if notes else ""
        return items.paper(
            row.key,
            row.version,
            row.data,
            library=self._address.library,
            citation=self._citations[row.key],
            review=Review(levels[0] if levels else None, text, tuple(levels[1:])),
            note=notes[0].key if notes else None,
        )

    def problems(self) -> Iterator[Problem]:
        whole = not (self._collection or self._tags)
        for note in self._notes.get("", ()) if whole else ():
            tag = items.review_tag(self._reader)
            yield self._problem(note.key, note.version, f"a note tagged {tag} belongs to no item")
        for row in self.rows():
            notes = self._notes.get(row.key, ())
            if len(notes) > 1:
                others = ", ".join(note.key for note in notes[1:])
                tag = items.review_tag(self._reader)
                message = f"{len(notes)} notes are tagged {tag}; {others} is not read"
                yield self._problem(row.key, row.version, message)

    def remarks(self) -> Iterator[Problem]:
        uses = Counter(citation for citation, _ in self._citations.values())
        for row in self.rows():
            levels = items.levels(row.data.get("tags", ()), self._scale, self._reader)
            if len(levels) > 1:
                message = f"more than one priority: {', '.join(levels[1:])} stands there too"
                yield self._problem(row.key, row.version, message)
            if uses[self._citations[row.key][0]] > 1:
                message = "another item has the same citation key"
                yield self._problem(row.key, row.version, message)

    def _problem(self, item: str, version: int, message: str) -> Problem:
        source = ZoteroSource(self._address.library, item, version)
        return Problem(source, message, self._citations.get(item, ("", False))[0])

    def _is_ours(self, note: NoteRow) -> bool:
        wanted = (self._reader or "").casefold()
        return any(reader.casefold() == wanted for reader in items.readers(note.tags))

    def _is_selected(self, row: Row) -> bool:
        if self._collection and self._collection not in row.data.get("collections", ()):
            return False
        return not self._tags or self._tags <= _folded_tags(row.data)


def _folded_tags(data: Json) -> set[str]:
    return {tag["tag"].strip().casefold() for tag in data.get("tags", ())}


def _citations(cache: Cache) -> dict[str, tuple[str, bool]]:
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
