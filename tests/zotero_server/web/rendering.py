"""The JSON of the web API: every field of an item is there, empty or not."""

from __future__ import annotations

from urllib.parse import quote_plus

from tests.zotero_server import schema
from tests.zotero_server.rendering import ChildCounts, Json, citation_meta, collection_meta, link
from tests.zotero_server.search import Tag, tag_meta
from tests.zotero_server.store import Library, Record
from tests.zotero_server.web.accounts import Group, User

SITE = "https://www.zotero.org"


def user_link(user: User) -> Json:
    return {
        "id": user.id,
        "username": user.name,
        "name": user.display_name,
        "links": {"alternate": link(f"{SITE}/{user.name}", "text/html")},
    }


class WebRenderer:
    """Objects of one library. `notes` says whether the reader may know of notes."""

    def __init__(self, library: Library, origin: str, author: User, *, notes: bool) -> None:
        self.library = library
        self.origin = origin
        self.author = author
        self.notes = notes
        self._child_counts = ChildCounts(library, self._counts_as_child)

    @property
    def page(self) -> str:
        """The library's page on the website."""
        if self.library.kind == "user":
            return f"{SITE}/{self.author.name}"
        return f"{SITE}/{self.library.path}"

    def library_json(self) -> Json:
        return {
            "type": self.library.kind,
            "id": self.library.id,
            "name": self.library.name,
            "links": {"alternate": link(self.page, "text/html")},
        }

    def json(self, kind: str, record: Record) -> Json:
        meta, data = {"items": self._item, "collections": self._collection}[kind](record)
        own = f"{kind}/{record.key}"
        links = {
            "self": link(f"{self.origin}/{self.library.path}/{own}"),
            "alternate": link(f"{self.page}/{own}", "text/html"),
        }
        if record.parent:
            links["up"] = link(f"{self.origin}/{self.library.path}/{kind}/{record.parent}")
        head = {"key": record.key, "version": record.version}
        return {
            **head,
            "library": self.library_json(),
            "links": links,
            "meta": meta,
            "data": {**head, **data},
        }

    def _item(self, record: Record) -> tuple[Json, Json]:
        meta: Json = {}
        if self.library.kind == "group":
            meta["createdByUser"] = user_link(self.author)
        meta |= citation_meta(record, lambda name: name)
        meta["numChildren"] = self._child_counts[record.key]
        data = dict.fromkeys(schema.FIELDS[record.item_type], "") | record.data
        if record.parent:
            del data["collections"]
        return meta, data

    def _counts_as_child(self, record: Record) -> bool:
        return not record.is_trashed and (self.notes or record.item_type != "note")

    def _collection(self, record: Record) -> tuple[Json, Json]:
        return collection_meta(self.library, record), record.data

    def tag_json(self, tag: Tag) -> Json:
        path = f"{self.library.path}/tags/{quote_plus(tag[0])}"
        return {
            "tag": tag[0],
            "links": {
                "self": link(f"{self.origin}/{path}"),
                "alternate": link(f"http://zotero.org/{path}", "text/html"),
            },
            "meta": tag_meta(self.library, tag),
        }


def group_json(group: Group, origin: str, user: User) -> Json:
    data: Json = {
        "id": group.id,
        "version": group.version,
        "name": group.name,
        "owner": group.owner,
        "type": "Private",
        "description": "",
        "url": "",
        "libraryEditing": group.editing,
        "libraryReading": "members",
        "fileEditing": "none",
    }
    if group.members:
        data["members"] = list(group.members)
    return {
        "id": group.id,
        "version": group.version,
        "links": {
            "self": link(f"{origin}/groups/{group.id}"),
            "alternate": link(f"{SITE}/groups/{group.id}", "text/html"),
        },
        "meta": {
            "created": group.created,
            "lastModified": group.created,
            "numItems": 0,
            "isAdmin": group.owner == user.id,
        },
        "data": data,
    }
