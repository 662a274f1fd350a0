"""Reading over the desktop's API, with its leaks: children where only parents were asked for,
the whole library for an unknown collection or a bad key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote_plus

from tests.zotero_server import exporting, paging, schema, search
from tests.zotero_server.exchange import Refusal, Request, Response
from tests.zotero_server.local.rendering import LocalRenderer
from tests.zotero_server.local.writing import InternalError
from tests.zotero_server.store import Library, Record, is_key

QUICK_SEARCHES = frozenset({"titleCreatorYear", "everything"})


class LocalReader:
    """One read request to one library. Library.lock is held by the caller."""

    def __init__(self, request: Request, library: Library, renderer: LocalRenderer) -> None:
        self.request = request
        self.library = library
        self.renderer = renderer
        self.format = request.param("format") or "json"
        self.since = self._since()

    def _since(self) -> int:
        given = self.request.param("since") or "0"
        since = paging.whole_number(given)
        if since is None:
            raise Refusal(400, f"Invalid 'since' value '{given}'")
        return since

    # One object

    def item(self, key: str) -> Response:
        return self._single("items", key)

    def collection(self, key: str) -> Response:
        return self._single("collections", key)

    def _single(self, kind: str, key: str) -> Response:
        record = self.library.records(kind).get(key)
        if record is None:
            raise Refusal(404, "Not found")
        self._check_format()
        if self.format in ("keys", "versions"):
            raise Refusal(400, f"Only multi-object requests can output {self.format}")
        headers = {
            "Total-Results": "1",
            "Link": "",
            "Last-Modified-Version": str(record.version),
        }
        return self._unless_known(
            record.version, headers, lambda: Response.json(self.renderer.json(kind, record))
        )

    # Lists of items

    def items(self) -> Response:
        return self._items(self._alive())

    def top(self) -> Response:
        """Top-level items; with `tag` or `itemType` children get in."""
        searched = self.request.params("tag") or self.request.params("itemType")
        with_trash = self.request.param("includeTrashed") == "1"
        records: Iterable[Record] = self.library.items.values() if with_trash else self._alive()
        return self._items(r for r in records if searched or not r.parent)

    def trash(self) -> Response:
        """What is in the trash, and the children of what is."""
        return self._items(r for r in self.library.items.values() if not self._is_alive(r))

    def children(self, key: str) -> Response:
        return self._items(r for r in self.library.children(key) if self._is_alive(r))

    def collection_items(self, key: str) -> Response:
        return self._items(self._members(key))

    def collection_top(self, key: str) -> Response:
        return self._items(r for r in self._members(key) if not r.parent)

    def _members(self, collection: str) -> list[Record]:
        """The items of a collection with their children; of an unknown one, all there are."""
        if collection not in self.library.collections:
            return self._alive()
        items = self.library.items
        return [
            record
            for record in self._alive()
            if collection in items[record.parent or record.key].data["collections"]
        ]

    def _alive(self) -> list[Record]:
        return [record for record in self.library.items.values() if self._is_alive(record)]

    def _is_alive(self, record: Record) -> bool:
        parent = self.library.items.get(record.parent or "", record)
        return not record.is_trashed and not parent.is_trashed

    def _items(self, records: Iterable[Record]) -> Response:
        return self._list("items", self._chosen(records))

    def _chosen(self, records: Iterable[Record]) -> list[Record]:
        """What the query asks for. Several item types are any of them, even negative ones."""
        tags = self.request.params("tag")
        types = self.request.params("itemType")
        chosen = [
            record
            for record in self._searched(list(records))
            if record.version > self.since
            and all(search.matches_tag(tag, record) for tag in tags)
            and (not types or any(search.matches_type(type_, record) for type_ in types))
        ]
        return self._sorted(chosen)

    def _searched(self, records: list[Record]) -> list[Record]:
        """Filters by `itemKey` and `q`; keys and a search in everything bring children along."""
        keys = (self.request.param("itemKey") or "").split(",")
        if all(is_key(key) for key in keys):
            records = _with_children(records, lambda record: record.key in keys)
        text = self.request.param("q")
        if text is None:
            return records
        mode = self.request.param("qmode") or "titleCreatorYear"
        if mode not in QUICK_SEARCHES:
            raise InternalError
        words = text.casefold().split()
        if mode == "everything":
            return _with_children(
                records, lambda r: all(word in search.full_text(r) for word in words)
            )
        return [r for r in records if all(word in _quick_text(r) for word in words)]

    def _sorted(self, records: list[Record]) -> list[Record]:
        field = self.request.param("sort") or "dateModified"
        direction = self.request.param("direction") or search.default_direction(field)
        for name, value, allowed in (
            ("sort", field, search.SORT_FIELDS),
            ("direction", direction, {"asc", "desc"}),
        ):
            if value not in allowed:
                raise Refusal(400, f"Invalid '{name}' value '{value}'")
        return search.sort_records(records, field, descending=direction == "desc")

    # Collections, searches, settings

    def collections(self) -> Response:
        return self._collections(lambda _record: True)

    def top_collections(self) -> Response:
        return self._collections(lambda record: not record.parent)

    def subcollections(self, key: str) -> Response:
        return self._collections(lambda record: record.parent == key)

    def searches(self) -> Response:
        return self._list("searches", [])

    def settings(self) -> Response:
        return Response.json({})

    def _collections(self, wanted: Callable[[Record], bool]) -> Response:
        records = [
            record
            for record in self.library.collections.values()
            if wanted(record) and record.version > self.since
        ]
        return self._list("collections", sorted(records, key=search.title))

    # Tags

    def tags(self) -> Response:
        """All tags; `q` is ignored, and with `since` there are none."""
        tags = [] if self.since else search.tags_of(self.library.items.values())
        return self._json_list(tags, self.renderer.tag_json)

    def tag(self, name: str) -> Response:
        name = unquote_plus(name)
        tags = [tag for tag in search.tags_of(self.library.items.values()) if tag[0] == name]
        if not tags:
            raise InternalError
        return self._json_list(tags, self.renderer.tag_json)

    def item_tags(self) -> Response:
        return self._tags(self._alive())

    def collection_item_tags(self, key: str) -> Response:
        return self._tags(self._members(key))

    def _tags(self, records: Iterable[Record]) -> Response:
        """The tags of the items that have `itemTag`, where `q` is part of the name."""
        needed = self.request.params("itemTag")
        having = [r for r in records if all(search.matches_tag(tag, r) for tag in needed)]
        text = (self.request.param("q") or "").casefold()
        tags = [tag for tag in search.tags_of(having) if text in tag[0].casefold()]
        return self._json_list(tags, self.renderer.tag_json)

    # Forms and pages

    def _check_format(self) -> None:
        if self.format == "atom":
            raise Refusal(501, "Local API does not support Atom output")
        if self.format not in ("json", "keys", "versions"):
            raise Refusal(400, f"Invalid 'format' value '{self.format}'")

    def _list(self, kind: str, records: Sequence[Record]) -> Response:
        self._check_format()
        if self.format == "json":
            return self._json_list(records, lambda record: self._object(kind, record))
        if self.format == "versions":
            return self._paged(records, lambda cut: Response.json({r.key: r.version for r in cut}))
        return self._paged(records, lambda cut: Response.text("\n".join(r.key for r in cut)))

    def _object(self, kind: str, record: Record) -> dict[str, Any]:
        value = self.renderer.json(kind, record)
        parts = (self.request.param("include") or "").split(",")
        if "bibtex" in parts:
            value["bibtex"] = exporting.bibtex(record)
        if "csljson" in parts:
            item = exporting.csl(record, f"{self.renderer.base}/items/{record.key}")
            value["csljson"] = json.dumps([item], indent="\t", ensure_ascii=False)
        return value

    def _json_list(self, results: Sequence[Any], form: Callable[[Any], Any]) -> Response:
        return self._paged(results, lambda cut: Response.json([form(result) for result in cut]))

    def _paged(
        self, results: Sequence[Any], answer: Callable[[Sequence[Any]], Response]
    ) -> Response:
        page = paging.local_page(self.request.param("limit"), self.request.param("start"))
        url = self.request.origin + self.request.path
        links = paging.local_links(url, self.request.query, page, len(results))
        headers = {
            "Total-Results": str(len(results)),
            "Link": ", ".join(links),
            "Last-Modified-Version": str(self.library.version),
        }
        return self._unless_known(self.library.version, headers, lambda: answer(page.cut(results)))

    def _unless_known(
        self, version: int, headers: dict[str, str], answer: Callable[[], Response]
    ) -> Response:
        """304 for a client that has this version already; also for single objects."""
        known = self.request.header("If-Modified-Since-Version")
        response = Response(304) if known and int(known) >= version else answer()
        response.headers = headers | response.headers
        return response


def _with_children(records: list[Record], wanted: Callable[[Record], bool]) -> list[Record]:
    keys = {record.key for record in records if wanted(record)}
    return [record for record in records if record.key in keys or record.parent in keys]


def _quick_text(record: Record) -> str:
    """Notes are not looked into; citation keys are."""
    return search.quick_text(record, "citationKey") if schema.is_regular(record.item_type) else ""
