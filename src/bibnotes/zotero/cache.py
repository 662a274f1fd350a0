"""What was read of a Zotero library, so that the next run asks only for what changed.

Everything here can be read again: a cache that is damaged, of another format or of another library
is thrown away.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .. import files
from ..errors import BibnotesError, ConflictError
from ..model import Json
from ..state import cache_folder
from .collections import Collections
from .items import citation_key, is_paper, kept, readers

T = TypeVar("T")

FORMAT = 4
_LOCK_WAIT = 60.0  # seconds
_ATTEMPTS = 2  # the second one with a new file

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE items (
    key TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    parent TEXT,
    added TEXT,
    trashed INTEGER NOT NULL,
    kind TEXT NOT NULL,  -- paper, review, note (any other), other
    citation TEXT,       -- a paper's citation key
    made_up INTEGER,
    data TEXT            -- of a paper what items.kept says, of a note its text and tags
);
CREATE INDEX papers ON items (added, key) WHERE kind = 'paper';
CREATE INDEX notes ON items (parent) WHERE kind IN ('review', 'note');
CREATE TABLE collections (key TEXT PRIMARY KEY, name TEXT, parent TEXT) WITHOUT ROWID;
CREATE TABLE texts (note TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID; -- what notes were made of
"""
_SAVE = """
INSERT INTO items (key, version, parent, added, trashed, kind, citation, made_up, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    version = excluded.version, parent = excluded.parent, added = excluded.added,
    trashed = excluded.trashed, kind = excluded.kind, citation = excluded.citation,
    made_up = excluded.made_up, data = excluded.data
"""
# Zotero's dates have seconds; by key the order does not depend on how the cache was filled.
_ALIVE = "FROM items WHERE kind = 'paper' AND NOT trashed ORDER BY added, key"
_PAPERS = f"SELECT key, version, data {_ALIVE}"
_MERGED = """SELECT key, data FROM items WHERE kind = 'paper' AND data LIKE '%"replaces"%'"""
_CITATIONS = f"SELECT key, citation, made_up {_ALIVE}"
_NOTES = "SELECT key, version, parent, trashed, data FROM items WHERE"
_REVIEWS = f"{_NOTES} kind = 'review' AND NOT trashed ORDER BY added, key"
_NOTE = f"{_NOTES} key = ? AND kind IN ('review', 'note')"
_CHILD_NOTES = (
    f"{_NOTES} parent = ? AND kind IN ('review', 'note') AND NOT trashed ORDER BY added, key"
)


_REFUSED = re.compile("full|readonly|unable to open|I/O|locked|locking")


class DamagedError(Exception):
    """The cache cannot be read any more."""


class RefusedError(DamagedError):
    """The system does not let the cache be used; nothing is wrong with what is in it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An item as it is kept: its key, version, and what ``items.kept`` says of it."""

    key: str
    version: int
    data: Json


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note; ``parent`` is None where it stands alone."""

    key: str
    version: int
    parent: str | None
    html: str
    tags: list[Json]
    trashed: bool = False

    @classmethod
    def of_item(cls, item: Json) -> NoteRow:
        """A note as the server gives it."""
        data = item["data"]
        return cls(
            item["key"],
            item["version"],
            data.get("parentItem") or None,
            data.get("note", ""),
            data["tags"],
            bool(data.get("deleted")),
        )


class Cache:
    """The items and collections of one library, in a file or, without a path, for this run only.

    Methods raise DamagedError, and RefusedError where the system refuses.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    @classmethod
    def connect(cls, path: Path | None, identity: str) -> Cache:
        """The cache in a file, which is made if need be; None makes one for this run.

        Raises DamagedError for a file that is no cache of this library and format.
        """
        with _explained():
            # Only one thread uses it, but another may be the one that throws it away.
            database = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA journal_mode = WAL")  # others may read while one writes
            database.execute("PRAGMA synchronous = NORMAL")
        cache = cls(database)
        try:
            cache._prepare(identity)
        except BaseException:
            cache.close()
            raise
        return cache

    def _prepare(self, identity: str) -> None:
        ((format_number,),) = self._rows("PRAGMA user_version")
        if format_number == 0 and not self._rows("SELECT 1 FROM sqlite_master"):
            with self._changing():
                for statement in _TABLES.split(";\n"):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {FORMAT}")
            self._set_fact("identity", identity)
            return
        if format_number != FORMAT or self._fact("identity") != identity:
            raise DamagedError(identity)
        if self._rows("PRAGMA quick_check(1)") != [("ok",)]:
            raise DamagedError(identity)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __del__(self) -> None:
        # The connection is part of a cycle: without this the file would stay open.
        self.close()

    def freeze(self) -> None:
        """Show one state from now on, whatever other runs write."""
        with _explained():
            self._database.execute("BEGIN")
        self._rows("SELECT 1 FROM facts LIMIT 1")

    def thaw(self) -> None:
        """Show what there is now."""
        if self._database.in_transaction:
            with _explained():
                self._database.execute("COMMIT")

    # Which state of the library this is

    @property
    def version(self) -> int | None:
        """The library version that everything here is of; None while something is missing."""
        return self._number("version")

    def complete(self, version: int) -> None:
        """Say that all is here as it is in this version of the library."""
        self._set_fact("version", version)

    def incomplete(self) -> None:
        """Say that something may be missing or out of date."""
        self._set_fact("version", None)

    @property
    def is_empty(self) -> bool:
        """Whether no item is here."""
        return not self._rows("SELECT 1 FROM items LIMIT 1")

    @property
    def library_name(self) -> str:
        """What Zotero calls the library, "" while that is not known."""
        return self._fact("name") or ""

    # Items

    def save(self, items: Iterable[Json]) -> None:
        """Take items as the server gives them, in place of what was known of them."""
        items = list(items)
        with self._changing():
            self._database.executemany(_SAVE, map(_row, items))
        if items and (name := items[0].get("library", {}).get("name")):
            self._set_fact("name", name)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget items that are no more."""
        with self._changing():
            self._database.executemany("DELETE FROM items WHERE key = ?", ((k,) for k in keys))

    def versions(self) -> dict[str, int]:
        """The version of each item that is known, by key."""
        return dict(self._rows("SELECT key, version FROM items"))

    def papers(self) -> Iterator[Row]:
        """The papers that are not in the trash, by when they were added, then by key."""
        for key, version, data in self._each(_PAPERS):
            yield Row(key, version, _loaded(data, itemType=str))

    def paper(self, key: str) -> Row | None:
        """The paper with an item key, if there is one and it is not in the trash."""
        found = self._rows(
            "SELECT key, version, data FROM items WHERE key = ? AND kind = 'paper' AND NOT trashed",
            key,
        )
        return next(
            (Row(key, version, _loaded(data, itemType=str)) for key, version, data in found), None
        )

    def replaced(self) -> dict[str, str]:
        """Into which item another one was merged, by the key of that other one."""
        return {
            old: key
            for key, data in self._each(_MERGED)
            for old in _loaded(data).get("replaces", ())
        }

    def citations(self) -> list[tuple[str, str, bool]]:
        """Of each paper in order: item key, citation key, and whether that was made up."""
        found = self._rows(_CITATIONS)
        if not all(isinstance(citation, str) for _, citation, _ in found):
            raise DamagedError("citation")
        return [(key, citation, bool(made)) for key, citation, made in found]

    def reviews(self) -> Iterator[NoteRow]:
        """The notes with a review's tag that are not in the trash, the oldest first."""
        return map(_note_row, self._each(_REVIEWS))

    def child_notes(self, paper: str) -> list[NoteRow]:
        """All notes of a paper that are not in the trash, the oldest first."""
        return [_note_row(row) for row in self._each(_CHILD_NOTES, paper)]

    def note(self, key: str) -> NoteRow | None:
        """The note with a key, also from the trash where the server lists it (the web does)."""
        found = self._rows(_NOTE, key)
        return _note_row(found[0]) if found else None

    def holds(self, key: str) -> bool:
        """Whether an item of this key is known, whatever it is."""
        return bool(self._rows("SELECT 1 FROM items WHERE key = ?", key))

    def is_trashed(self, key: str) -> bool:
        """Whether an item is known to be in the trash; only the web lists what is."""
        return bool(self._rows("SELECT 1 FROM items WHERE key = ? AND trashed", key))

    # Texts

    def remember(self, texts: Mapping[str, str]) -> None:
        """Note the texts that notes were made of, by the keys of the notes; "" forgets one."""
        with self._changing():
            self._database.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?)", texts.items())
            self._database.execute("DELETE FROM texts WHERE text = ''")

    def texts(self) -> dict[str, str]:
        """The texts that are remembered: those in a notation that HTML does not keep."""
        return dict(self._rows("SELECT note, text FROM texts"))

    # Collections

    @property
    def collections_version(self) -> int | None:
        """The library version that the collections are of, None where there are none."""
        return self._number("collections_version")

    def save_collections(self, collections: Collections, version: int) -> None:
        """Take these as all the collections of a version of the library."""
        rows = [(key, name, parent) for key, (name, parent) in collections.items()]
        with self._changing():
            self._database.execute("DELETE FROM collections")
            self._database.executemany("INSERT INTO collections VALUES (?, ?, ?)", rows)
        self._set_fact("collections_version", version)

    def collections(self) -> Collections:
        """The name and the parent of each collection, by key."""
        return {
            key: (name, parent)
            for key, name, parent in self._rows("SELECT key, name, parent FROM collections")
        }

    # How SQLite is spoken to

    def _number(self, name: str) -> int | None:
        value = self._fact(name)
        if value is None:
            return None
        if not value.isdigit():
            raise DamagedError(name)
        return int(value)

    def _fact(self, name: str) -> str | None:
        found = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return found[0][0] if found else None

    def _set_fact(self, name: str, value: object) -> None:
        text = None if value is None else str(value)
        with self._changing():
            self._database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, text))

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return list(self._each(query, *values))

    def _each(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        with _explained():
            yield from self._database.execute(query, values)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with _explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


class Store:
    """Where the cache of one library is kept: in a file, or nowhere but in this run.

    ``identity`` tells libraries, servers and databases apart; None is a library that nothing tells
    from others, so what was read of it cannot be used again.
    """

    def __init__(self, identity: str | None) -> None:
        self._identity = identity or ""
        self._path = path_of(identity) if identity else None
        self._cache: Cache | None = None

    def refreshed(self, refresh: Callable[[Cache], None], use: Callable[[Cache], T]) -> T:
        """What is made of the cache after ``refresh`` had it for itself, frozen in that state.

        Where it cannot be kept in its file, it is for this run only. Raises ConflictError where
        another run has it for more than a minute, and what ``refresh`` and ``use`` raise.
        """

        def refreshed(cache: Cache) -> T:
            refresh(cache)
            cache.freeze()
            return use(cache)

        with self._held():
            for _ in range(_ATTEMPTS):
                try:
                    return refreshed(self._opened())
                except RefusedError:
                    break
                except DamagedError:
                    self.discard()
            self._close()
            self._path = None
            return refreshed(self._opened())

    def remember(self, texts: Mapping[str, str]) -> None:
        """Note the texts that notes were made of; see Cache. The cache is not frozen after it."""
        if not texts:
            return
        with self._held(), suppress(DamagedError):  # then it is thrown away by who reads it
            self._opened().remember(texts)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only bibnotes on this computer that writes to the library.

        Raises ConflictError where another one is for more than a minute.
        """
        again = "Nothing was written. Run the command again later."
        with self._alone(".writing", "Another bibnotes is writing to this Zotero library", again):
            yield

    def discard(self) -> None:
        """Throw away what is kept, as far as that is allowed."""
        self._close()
        if self._path:
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(BibnotesError):
                    files.remove(self._path.with_name(self._path.name + suffix))

    def _close(self) -> None:
        if self._cache:
            self._cache.close()
            self._cache = None

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other runs away while we change it."""
        again = "Run the command again later."
        with self._alone(".lock", "Another bibnotes is reading this Zotero library", again):
            yield

    @contextmanager
    def _alone(self, suffix: str, message: str, hint: str) -> Iterator[None]:
        """Hold a lock beside the cache; without a place for one, nobody is kept away."""
        path = self._keepable_path()
        if path is None:
            yield
            return
        with files.hold(path.with_suffix(suffix), wait=_LOCK_WAIT) as ours:
            if not ours:
                raise ConflictError(message, hint)
            yield

    def _keepable_path(self) -> Path | None:
        """Where it is kept; nowhere if there can be no folder for it."""
        if self._path:
            try:
                files.make_folder(self._path.parent)
            except BibnotesError:
                self._path = None
        return self._path

    def _opened(self) -> Cache:
        if self._cache is None:
            self._cache = Cache.connect(self._path, self._identity)
        self._cache.thaw()
        return self._cache


def path_of(identity: str) -> Path:
    """The file for a library; people can recognise its name."""
    readable = re.sub(r"[^a-z0-9]+", "-", identity.lower()).strip("-")[:60]
    digits = hashlib.sha256(identity.encode()).hexdigest()[:10]
    return cache_folder() / "zotero" / f"{readable}-{digits}.sqlite"


@contextmanager
def _explained() -> Iterator[None]:
    """Tell a cache that is damaged from a system that refuses."""
    try:
        yield
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.OperationalError) and _REFUSED.search(str(error)):
            raise RefusedError(str(error)) from error
        raise DamagedError(str(error)) from error


def _row(item: Json) -> tuple[Any, ...]:
    """An item as the server gives it, as a row of the table."""
    data = item["data"]
    kind, citation, text = "other", ("", False), None
    if is_paper(data):
        kept_data = kept(item)
        kind, citation, text = "paper", citation_key(kept_data), _dumped(kept_data)
    elif data["itemType"] == "note":
        kind = "review" if list(readers(data["tags"])) else "note"
        text = _dumped({"note": data.get("note", ""), "tags": data["tags"]})
    return (
        item["key"],
        item["version"],
        data.get("parentItem") or None,
        data.get("dateAdded", ""),
        bool(data.get("deleted")),
        kind,
        *citation,
        text,
    )


def _note_row(row: tuple[Any, ...]) -> NoteRow:
    key, version, parent, trashed, text = row
    note = _loaded(text, note=str, tags=list)
    return NoteRow(key, version, parent, note["note"], note["tags"], bool(trashed))


def _dumped(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False)


def _loaded(text: str, **parts: type) -> Json:
    """A mapping with at least these parts, each of its type."""
    try:
        data: Json = json.loads(text)
    except (TypeError, ValueError) as error:
        raise DamagedError(text) from error
    whole = isinstance(data, dict)
    if not whole or not all(isinstance(data.get(name), kind) for name, kind in parts.items()):
        raise DamagedError(text)
    return data
