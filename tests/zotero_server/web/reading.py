"""Reading over the web API: which objects, in which form, on which page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from tests.zotero_server import exporting, paging, schema, search
from tests.zotero_server.exchange import Refusal, Request, Response
from tests.zotero_server.store import Library, Record, is_key
from tests.zotero_server.web.rendering import SITE, WebRenderer

KEYS_TYPE = "text/plain;charset=UTF-8"
FORMATS = frozenset({"json", "keys", "versions"})
PARTS = frozenset({"data", "html"}) | exporting.FORMATS

_DEFAULTS = {
    "format": "json",
    "include": "data",
    "includeTrashed": "0",
    "limit": str(paging.WEB_DEFAULT),
    "since": "0",
    "sort": "dateModified",
    "start": "0",
}
_IN_LINKS = frozenset(_DEFAULTS) | {"direction", "itemKey", "itemType", "q", "qmode", "tag"}


def check_parameters(request: Request) -> None:
    """Raises Refusal for a value that the server does not take."""
    allowed = {
        "format": FORMATS,
        "sort": search.SORT_FIELDS,
        "direction": frozenset({"asc", "desc"}),
    }
    for name, values in allowed.items():
        value = request.param(name)
        if value is not None and value not in values:
            raise Refusal(400, f"Invalid '{name}' value '{value}'")
    for part in (request.param("include") or "data").split(","):
        if part not in PARTS:
            raise Refusal(400, f"Invalid 'include' value '{part}'")
    if not (request.param("since") or "0").isdigit():
        raise Refusal(400, "Invalid value for 'since' parameter")


class WebReader:
    """One read request to one library. Library.lock is held by the caller."""

    def __init__(self, request: Request, library: Library, renderer: WebRenderer) -> None:
        self.request = request
        self.library = library
        self.renderer = renderer
        self.since = int(request.param("since") or request.param("newer") or 0)
        self.format = request.param("format") or "json"

    # One object

    def item(self, key: str) -> Response:
        self.check_visible(key)
        record = self.library.items.get(key)
        if record is None:
            raise Refusal(404, "Item does not exist")
        return self._single("items", record)

    def collection(self, key: str) -> Response:
        return self._single("collections", self._known_collection(key))

    def check_visible(self, key: str) -> None:
        """Denies a note to a key that may not know of notes."""
        record = self.library.items.get(key)
        if record and record.item_type == "note" and not self.renderer.notes:
            raise Refusal(404, "Not found")

    def _single(self, kind: str, record: Record) -> Response:
        headers = {"Last-Modified-Version": str(record.version)}
        return Response.json(self._object(kind, record), headers)

    # Lists of items

    def items(self) -> Response:
        return self._items(self.library.items.values())

    def top(self) -> Response:
        return self._items(_top(self.library.items.values()))

    def trash(self) -> Response:
        trashed = [record for record in self.library.items.values() if record.is_trashed]
        return self._items(trashed, trash=True)

    def children(self, key: str) -> Response:
        return self._items(self.library.children(key))

    def collection_items(self, key: str) -> Response:
        return self._items(self._members(key))

    def collection_top(self, key: str) -> Response:
        return self._items(_top(self._members(key)))

    def _members(self, collection: str) -> list[Record]:
        """The items of a collection with their children."""
        self._known_collection(collection)
        return [
            record
            for record in self.library.items.values()
            if collection in self.library.items.get(record.parent or "", record).data["collections"]
        ]

    def _items(self, records: Iterable[Record], *, trash: bool = False) -> Response:
        return self._list("items", self._chosen(records, trash=trash))

    def _chosen(self, records: Iterable[Record], *, trash: bool = False) -> list[Record]:
        """The records that the query asks for, in its order."""
        with_trash = trash or self.request.param("includeTrashed") == "1"
        conditions = self._conditions()
        chosen = [
            record
            for record in records
            if record.version > self.since
            and (with_trash or not record.is_trashed)
            and (self.renderer.notes or record.item_type != "note")
            and all(condition(record) for condition in conditions)
        ]
        return self._sorted(chosen)

    def _conditions(self) -> list[Callable[[Record], bool]]:
        """What a record has to meet: one condition for every parameter of the search."""
        params = self.request.params
        keys = self._item_keys()
        everything = self.request.param("qmode") == "everything"
        text_of = search.full_text if everything else search.quick_text
        return [
            *([lambda record: record.key in keys] if keys else []),
            *(partial(search.matches_tag, tag) for tag in params("tag")),
            *(partial(search.matches_type, item_type) for item_type in self._types()),
            *(partial(_contains, text_of, text.casefold()) for text in params("q")),
        ]

    def _item_keys(self) -> list[str]:
        """The keys asked for; one that is none makes the server forget all of them."""
        keys = (self.request.param("itemKey") or "").split(",")
        return keys if all(is_key(key) for key in keys) else []

    def _types(self) -> list[str]:
        expressions = self.request.params("itemType")
        for expression in expressions:
            for name in expression.removeprefix("-").split(" || "):
                if name not in schema.FIELDS:
                    raise Refusal(400, f"Invalid itemType '{name}'")
        return expressions

    def _sorted(self, records: list[Record]) -> list[Record]:
        field = self.request.param("sort") or "dateModified"
        direction = self.request.param("direction") or search.default_direction(field)
        descending = direction == "desc"
        by_version = sorted(records, key=lambda record: record.version, reverse=descending)
        return search.sort_records(by_version, field, descending=descending)

    # Collections and searches

    def collections(self) -> Response:
        return self._collections(self.library.collections.values())

    def top_collections(self) -> Response:
        everything = self.library.collections.values()
        return self._collections(r for r in everything if not r.data["parentCollection"])

    def subcollections(self, key: str) -> Response:
        everything = self.library.collections.values()
        return self._collections(r for r in everything if r.data["parentCollection"] == key)

    def searches(self) -> Response:
        return self._list("searches", [])

    def _collections(self, records: Iterable[Record]) -> Response:
        chosen = [record for record in records if record.version > self.since]
        return self._list("collections", sorted(chosen, key=lambda r: r.data["name"].casefold()))

    def _known_collection(self, key: str) -> Record:
        if key not in self.library.collections:
            raise Refusal(404, "Collection not found")
        return self.library.collections[key]

    # Tags

    def tags(self) -> Response:
        changed = [r for r in self.library.items.values() if r.version > self.since]
        return self._tags(changed)

    def tag(self, name: str) -> Response:
        name = unquote_plus(name)
        tags = [tag for tag in search.tags_of(self.library.items.values()) if tag[0] == name]
        if not tags:
            raise Refusal(404, "Not found")
        return self._page(tags, self.renderer.tag_json)

    def item_tags(self, key: str | None = None) -> Response:
        items = self.library.items
        records = items.values() if key is None else [items[key]] if key in items else []
        return self._tags(self._chosen(records))

    def top_tags(self) -> Response:
        return self._tags(self._chosen(_top(self.library.items.values())))

    def _tags(self, records: Iterable[Record]) -> Response:
        """Tags by name; `q` is the whole name or, with `startsWith`, its beginning."""
        tags = search.tags_of(records)
        text = self.request.param("q")
        if text is not None:
            starting = self.request.param("qmode") == "startsWith"
            tags = [t for t in tags if t[0] == text or (starting and t[0].startswith(text))]
        return self._page(tags, self.renderer.tag_json)

    # Settings and the log of deletions

    def settings(self) -> Response:
        settings = {
            name: {"value": setting.value, "version": setting.version}
            for name, setting in self.library.settings.items()
        }
        self._check_modified()
        return Response.json(settings, self._library_version())

    def setting(self, name: str) -> Response:
        setting = self.library.settings.get(name)
        if setting is None:
            raise Refusal(404, "Setting not found")
        headers = {"Last-Modified-Version": str(setting.version)}
        return Response.json({"value": setting.value, "version": setting.version}, headers)

    def deleted(self) -> Response:
        if self.request.param("since") is None:
            raise Refusal(400, "'since' parameter must be provided")
        kinds = ("collections", "items", "searches", "tags", "settings")
        log = {kind: self.library.deleted_since(kind, self.since) for kind in kinds}
        return Response.json(log, self._library_version())

    # Forms and pages

    def _list(self, kind: str, records: Sequence[Record]) -> Response:
        if self.format == "json":
            return self._page(records, lambda record: self._object(kind, record))
        page = self._page_asked(default=None)
        headers = self._list_headers(page, len(records))
        cut = page.cut(records)
        if self.format == "versions":
            return Response.json({record.key: record.version for record in cut}, headers)
        text = "\n".join(record.key for record in cut) + "\n"
        return Response.text(text, headers, content_type=KEYS_TYPE)

    def _page(self, results: Sequence[Any], form: Any) -> Response:
        default = paging.WEB_MOST if self.request.param("itemKey") else paging.WEB_DEFAULT
        page = self._page_asked(default)
        headers = self._list_headers(page, len(results))
        return Response.json([form(result) for result in page.cut(results)], headers)

    def _page_asked(self, default: int | None) -> paging.Page:
        self._check_modified()
        param = self.request.param
        return paging.web_page(param("limit"), param("start"), default=default)

    def _object(self, kind: str, record: Record) -> dict[str, Any]:
        value = self.renderer.json(kind, record)
        parts = (self.request.param("include") or "").split(",")
        if "html" in parts:
            value["html"] = _note_table(record)
        if "bibtex" in parts:
            value["bibtex"] = exporting.bibtex(record)
        if "csljson" in parts:
            value["csljson"] = exporting.csl(record, f"{self.library.id}/{record.key}")
        return value

    def _check_modified(self) -> None:
        version = self.request.header("If-Modified-Since-Version")
        if version is not None and int(version) >= self.library.version:
            raise NotModified

    def _library_version(self) -> dict[str, str]:
        return {"Last-Modified-Version": str(self.library.version)}

    def _list_headers(self, page: paging.Page, total: int) -> dict[str, str]:
        url = self.request.origin + self.request.path
        links = paging.web_links(url, self._link_params(page), page, total)
        links.append(f'<{SITE}{self.request.path}>; rel="alternate"')
        return {
            **self._library_version(),
            "Total-Results": str(total),
            "Link": ", ".join(links),
        }

    def _link_params(self, page: paging.Page) -> paging.Params:
        """The parameters that matter, without those that say what is so anyway."""
        sort = self.request.param("sort") or _DEFAULTS["sort"]
        defaults = {**_DEFAULTS, "direction": search.default_direction(sort)}
        params = [
            (name, value)
            for name, value in self.request.query
            if name in _IN_LINKS - {"limit", "start"} and value != defaults.get(name)
        ]
        if not self._item_keys():
            params = [(name, value) for name, value in params if name != "itemKey"]
        if page.limit is not None and str(page.limit) != defaults["limit"]:
            params.append(("limit", str(page.limit)))
        return params


class NotModified(Exception):  # noqa: N818
    """Nothing changed since the version that the client named: the answer is a bare 304."""


def _top(records: Iterable[Record]) -> list[Record]:
    return [record for record in records if not record.parent]


def _contains(text_of: Callable[[Record], str], text: str, record: Record) -> bool:
    return text in text_of(record)


def _note_table(record: Record) -> str:
    """The `html` form of a note: a table of its type and its text."""
    cell = '<th style="text-align: right">'
    return (
        f'<table><tr class="itemType">{cell}Item Type</th><td>Note</td></tr>'
        f'<tr class="note">{cell}Note</th><td>{record.data.get("note", "")}</td></tr></table>'
    )
