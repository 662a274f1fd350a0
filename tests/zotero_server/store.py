"""Libraries as both servers keep them: objects with versions, a counter, a log of deletions."""

from __future__ import annotations

import copy
import itertools
import random
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from tests.zotero_server import schema

KEY_CHARACTERS = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
_KEY = re.compile(f"[{KEY_CHARACTERS}]{{8}}")

Data = dict[str, Any]


def is_key(value: object) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def sorted_tags(tags: Iterable[Data]) -> list[Data]:
    """Tags as both servers return them: by name, the manual one before the automatic one."""
    return sorted(tags, key=lambda tag: (tag["tag"], tag.get("type", 0)))


def blank_item(item_type: str) -> Data:
    """The data of an item that was just made and says nothing yet."""
    stamp = now()
    text: Data = {"creators": []} if schema.is_regular(item_type) else {"note": ""}
    return {
        "itemType": item_type,
        **text,
        "tags": [],
        "collections": [],
        "relations": {},
        "dateAdded": stamp,
        "dateModified": stamp,
    }


@dataclass
class Record:
    """An item, a collection or a saved search.

    `data` holds what has a value: empty fields are left out, `deleted` is there only in the trash.
    `unsaved` marks values that a failed write of the desktop left behind.
    """

    key: str
    version: int
    data: Data
    unsaved: bool = False

    @property
    def is_trashed(self) -> bool:
        return bool(self.data.get("deleted"))

    @property
    def item_type(self) -> str:
        return str(self.data["itemType"])

    @property
    def parent(self) -> str | None:
        """The item that a child hangs under, the collection that another one is in."""
        return self.data.get("parentItem") or self.data.get("parentCollection") or None

    @property
    def tag_names(self) -> set[str]:
        return {tag["tag"] for tag in self.data["tags"]}


@dataclass
class Setting:
    value: Any
    version: int


@dataclass
class Library:
    """One library. Tests edit it with `add`, `edit`, `trash` … as another client would.

    `lock` is held for the length of a request, so such an edit happens between two requests.
    """

    kind: str
    id: int
    name: str
    version: int = 1
    items: dict[str, Record] = field(default_factory=dict)
    collections: dict[str, Record] = field(default_factory=dict)
    searches: dict[str, Record] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    deletions: dict[str, dict[str, int]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def path(self) -> str:
        """`users/475001` or `groups/5001`, as in the addresses of both servers."""
        return f"{self.kind}s/{self.id}"

    def records(self, kind: str) -> dict[str, Record]:
        """The objects of a kind: items, collections or searches."""
        found: dict[str, Record] = getattr(self, kind)
        return found

    def advance(self) -> int:
        self.version += 1
        return self.version

    def new_key(self) -> str:
        """Later keys are greater here, so that what is added in one second has an order."""
        while True:
            number = next(self._numbers)
            digits = [KEY_CHARACTERS[number // 33**place % 33] for place in (3, 2, 1, 0)]
            key = "".join([*digits, *self._random.choices(KEY_CHARACTERS, k=4)])
            if key not in self.items and key not in self.collections:
                return key

    def save(self, kind: str, key: str, data: Data) -> Record:
        """Stores an object under a new version; a key that had been deleted leaves the log."""
        record = Record(key, self.advance(), data)
        self.records(kind)[key] = record
        self.deletions.get(kind, {}).pop(key, None)
        for tag in data.get("tags", ()):
            self.deletions.get("tags", {}).pop(tag["tag"], None)
        return record

    def erase(self, kind: str, keys: Iterable[str], version: int) -> None:
        """Deletes objects for good, with the children of items, and logs them under `version`."""
        for key in keys:
            if key not in self.records(kind):
                continue
            if kind == "items":
                self.erase(kind, [child.key for child in self.children(key)], version)
            if kind == "collections":
                self._leave_collection(key)
            del self.records(kind)[key]
            self._log_deletion(kind, key, version)

    def erase_setting(self, name: str) -> None:
        del self.settings[name]
        self._log_deletion("settings", name, self.advance())

    def drop_tags(self, names: set[str], version: int) -> None:
        """Takes tags off every item; the items that had one get `version`."""
        for record in self.items.values():
            if record.tag_names & names:
                record.data["tags"] = [t for t in record.data["tags"] if t["tag"] not in names]
                record.version = version
        for name in names:
            self._log_deletion("tags", name, version)

    def children(self, key: str) -> list[Record]:
        return [record for record in self.items.values() if record.parent == key]

    def deleted_since(self, kind: str, version: int) -> list[str]:
        return [key for key, at in self.deletions.get(kind, {}).items() if at > version]

    def _log_deletion(self, kind: str, name: str, version: int) -> None:
        self.deletions.setdefault(kind, {})[name] = version

    def _leave_collection(self, key: str) -> None:
        for record in self.items.values():
            members = record.data.get("collections", [])
            if key in members:
                record.data["collections"] = [k for k in members if k != key]

    # What another client does, and what it sees.

    def add(self, item_type: str, *, key: str | None = None, **properties: Any) -> str:
        """Adds an item and returns its key. Tags may be given as texts."""
        with self.lock:
            key = key or self.new_key()
            self.save("items", key, blank_item(item_type) | _given(properties))
            return key

    def add_note(self, parent: str, html: str, tags: Iterable[str] = (), **properties: Any) -> str:
        """Adds a child note and returns its key."""
        return self.add("note", parentItem=parent, note=html, tags=list(tags), **properties)

    def add_collection(
        self, name: str, parent: str | None = None, *, key: str | None = None
    ) -> str:
        with self.lock:
            key = key or self.new_key()
            data: Data = {"name": name, "parentCollection": parent or False, "relations": {}}
            self.save("collections", key, data)
            return key

    def edit(self, key: str, **properties: Any) -> None:
        """Changes an item and gives it a new version; None removes a property."""
        with self.lock:
            data = self.items[key].data | {"dateModified": now()} | _given(properties)
            self.save("items", key, {k: v for k, v in data.items() if v is not None})

    def trash(self, key: str) -> None:
        self.edit(key, deleted=1)

    def restore(self, key: str) -> None:
        self.edit(key, deleted=None)

    def remove(self, key: str) -> None:
        """Deletes an item and its children for good."""
        with self.lock:
            self.erase("items", [key], self.advance())

    def item(self, key: str) -> Data:
        """A copy of an item's data with its key and version."""
        with self.lock:
            record = self.items[key]
            return {"key": key, "version": record.version, **copy.deepcopy(record.data)}

    def notes(self, parent: str) -> list[Data]:
        """The child notes of an item that are not in the trash."""
        with self.lock:
            return [
                self.item(child.key)
                for child in self.children(parent)
                if child.item_type == "note" and not child.is_trashed
            ]

    def all_items(self) -> Iterator[Data]:
        """Copies of all items, the trash included, in the order of their first writing."""
        with self.lock:
            yield from [self.item(key) for key in list(self.items)]


def _given(properties: Data) -> Data:
    given: Data = dict(properties)
    if given.get("tags") is not None:
        tags = [{"tag": tag} if isinstance(tag, str) else dict(tag) for tag in given["tags"]]
        given["tags"] = sorted_tags(tags)
    return given
