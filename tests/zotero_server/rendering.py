"""The parts of the JSON of objects that both servers have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.zotero_server.exchange import JSON
from tests.zotero_server.search import creator_names
from tests.zotero_server.store import Library, Record

_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")

Json = dict[str, Any]


def link(href: str, media_type: str = JSON) -> dict[str, str]:
    return {"href": href, "type": media_type}


class ChildCounts:
    """How many children each item of a library has; only those that count.

    Counted anew when the library changes, as one request can write an item and then its child.
    """

    def __init__(self, library: Library, counts: Callable[[Record], bool]) -> None:
        self._library = library
        self._counts = counts
        self._version: int | None = None
        self._found: Counter[str] = Counter()

    def __getitem__(self, key: str) -> int:
        if self._version != self._library.version:
            self._version = self._library.version
            children = (r for r in self._library.items.values() if r.parent and self._counts(r))
            self._found = Counter(str(child.parent) for child in children)
        return self._found[key]


def citation_meta(record: Record, join: Callable[[str], str]) -> Json:
    """`creatorSummary` and `parsedDate`, each where there is one."""
    meta: Json = {}
    names = creator_names(record)
    if len(names) == 1:
        meta["creatorSummary"] = names[0]
    elif len(names) == 2:
        meta["creatorSummary"] = f"{join(names[0])} and {join(names[1])}"
    elif names:
        meta["creatorSummary"] = f"{names[0]} et al."
    if found := _DATE.search(record.data.get("date", "")):
        meta["parsedDate"] = found.group()
    return meta


def collection_meta(library: Library, record: Record) -> Json:
    key = record.key
    return {
        "numCollections": sum(
            c.data["parentCollection"] == key for c in library.collections.values()
        ),
        "numItems": sum(key in i.data["collections"] for i in library.items.values()),
    }
