"""The JSON of the desktop's API: empty fields are left out."""

from __future__ import annotations

from urllib.parse import quote_plus

from tests.zotero_server import schema
from tests.zotero_server.rendering import ChildCounts, Json, citation_meta, collection_meta, link
from tests.zotero_server.search import Tag, tag_meta
from tests.zotero_server.store import Library, Record

LOCAL_USER = "QSDLz95d"
"""What the desktop calls a user who never logged in."""


class LocalRenderer:
    """Objects of one library."""

    def __init__(self, library: Library, origin: str) -> None:
        self.library = library
        self.base = f"{origin}/api/{library.path}"
        self._child_counts = ChildCounts(library, lambda _record: True)

    def library_json(self) -> Json:
        return {
            "type": self.library.kind,
            "id": self.library.id,
            "name": self.library.name,
            "links": {"self": link(self.base)},
        }

    def json(self, kind: str, record: Record) -> Json:
        data = dict(record.data)
        links = {"self": link(f"{self.base}/{kind}/{record.key}")}
        if record.parent:
            links["up"] = link(f"{self.base}/{kind}/{record.parent}")
        if kind == "items":
            if record.parent:
                del data["collections"]
            if record.is_trashed:
                data["deleted"] = True
            meta = citation_meta(record, _isolated)
            meta["numChildren"] = self._child_counts[record.key]
            if not schema.is_regular(record.item_type):
                data.pop("creators", None)
        else:
            meta = collection_meta(self.library, record)
        head = {"key": record.key, "version": record.version}
        return {
            **head,
            "library": self.library_json(),
            "links": links,
            "meta": meta,
            "data": {**head, **data},
        }

    def tag_json(self, tag: Tag) -> Json:
        path = f"users/local/{LOCAL_USER}/tags/{quote_plus(tag[0])}"
        return {
            "tag": tag[0],
            "links": {"self": link(f"https://api.zotero.org/{path}")},
            "meta": tag_meta(self.library, tag),
        }


def _isolated(name: str) -> str:
    """A name between the marks that keep its direction from its neighbours."""
    return f"\u2068{name}\u2069"
