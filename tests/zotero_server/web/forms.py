"""What the web API makes of the objects that clients send: checks, cleaning, merging."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, Protocol

from tests.zotero_server import schema
from tests.zotero_server.exchange import ObjectError
from tests.zotero_server.search import note_title
from tests.zotero_server.store import Data, Library, Record, blank_item, is_key, now, sorted_tags

NoteCleaner = Callable[[str], str]

NOTE_LIMIT = 500_000
FIELD_LIMIT = 65_535
NAME_LIMIT = 255

PREDICATES = frozenset({"dc:relation", "dc:replaces", "owl:sameAs"})

_ATTACHMENT_PROPERTIES = "linkMode contentType charset filename md5 mtime path".split()
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}:\d{2}"
_TIMESTAMP = re.compile(f"({_DATE})[T ]({_TIME})Z?")


def clean_text(value: object) -> str:
    """A field as it is stored: trimmed, without control characters, lines ending in `\\n`."""
    text = "1" if value is True else str(value or "")
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip(" \t\n\r")


def _has_value(value: object) -> bool:
    return value not in ("", None, False)


def _shortened(text: str) -> str:
    return f"{text[:50]}…"


def _timestamp(name: str, value: object) -> str:
    found = _TIMESTAMP.fullmatch(str(value))
    if not found:
        raise ObjectError(
            400, f"'{name}' must be in ISO 8601 or UTC 'YYYY-MM-DD hh:mm:ss' format ({value})"
        )
    return f"{found[1]}T{found[2]}Z"


def _access_date(value: object) -> str:
    if value == "CURRENT_TIMESTAMP":
        return now()
    if not value or re.fullmatch(_DATE, str(value)):
        return str(value)
    if not _TIMESTAMP.fullmatch(str(value)):
        raise ObjectError(
            400,
            "'accessDate' must be in ISO 8601 or UTC 'YYYY-MM-DD[ hh:mm:ss]' format or "
            f"'CURRENT_TIMESTAMP' ({value})",
        )
    return _timestamp("accessDate", value)


def is_change(sent: Data, merged: Data, old: Record) -> bool:
    """Whether a write changes an object: any tags sent count as a change, even the same."""
    return merged != old.data or bool(sent.get("tags"))


class Form(Protocol):
    """What a kind of objects demands. Raises ObjectError with what the server would say."""

    def merged(self, key: str, sent: Data, old: Record | None) -> Data:
        """The data to store: what there was, with what was sent laid over it."""

    def check_replacement(self, sent: Data) -> None:
        """Whether a PUT may replace an object by this."""


class ItemForm:
    """Items of one library."""

    def __init__(self, library: Library, clean_note: NoteCleaner) -> None:
        self.library = library
        self.clean_note = clean_note

    def merged(self, key: str, sent: Data, old: Record | None) -> Data:
        item_type = self._item_type(sent, old)
        data = _kept(old.data, item_type) if old else blank_item(item_type)
        data["itemType"] = item_type
        for name, value in sent.items():
            if name not in {"key", "version", "itemType"}:
                self._apply(key, data, name, value)
        self._check_parent(data)
        self._check_collections(data)
        data = {name: data[name] for name in data if name == "note" or _has_value(data[name])}
        if old and is_change(sent, data, old) and data["dateModified"] == old.data["dateModified"]:
            data["dateModified"] = now()
        return data

    def check_replacement(self, sent: Data) -> None:
        for name in ("tags", "collections", "relations"):
            if name not in sent:
                raise ObjectError(400, f"'{name}' property not provided")

    def _item_type(self, sent: Data, old: Record | None) -> str:
        item_type = sent.get("itemType", old.item_type if old else None)
        if item_type is None:
            raise ObjectError(400, "'itemType' property not provided")
        if item_type not in schema.FIELDS:
            raise ObjectError(400, f"'{item_type}' is not a valid itemType")
        return str(item_type)

    def _apply(self, key: str, data: Data, name: str, value: Any) -> None:
        item_type = data["itemType"]
        if name == "tags":
            data["tags"] = _tags(value)
        elif name == "creators" and schema.is_regular(item_type):
            data["creators"] = _creators(item_type, value)
        elif name == "collections":
            data["collections"] = list(dict.fromkeys(value))
        elif name == "relations":
            data["relations"] = _relations(value)
        elif name == "note":
            data["note"] = self._note(key, item_type, value)
        elif name == "parentItem":
            data["parentItem"] = value
        elif name == "deleted":
            data["deleted"] = _deleted(value)
        elif name in ("dateAdded", "dateModified"):
            data[name] = _timestamp(name, value)
        elif name == "accessDate" and name in schema.FIELDS[item_type]:
            data[name] = _access_date(value)
        elif item_type != "attachment" or name not in _ATTACHMENT_PROPERTIES:
            data[name] = self._field(key, item_type, name, value)
        else:
            data[name] = value

    def _field(self, key: str, item_type: str, name: str, value: Any) -> str:
        if name not in schema.ALL_FIELDS:
            raise ObjectError(400, f"Invalid property '{name}'")
        if isinstance(value, (list, dict)):
            raise ObjectError(400, f"Unexpected array for property '{name}'")
        text = clean_text(value)
        if text and name not in schema.FIELDS[item_type]:
            raise ObjectError(400, f"'{name}' is not a valid field for type '{item_type}'")
        if len(text.encode()) > FIELD_LIMIT:
            label, short = name.capitalize(), _shortened(text)
            raise ObjectError(
                413,
                f"{label} field value '{short}' too long for item '1/{key}'",
                {"field": label, "value": short},
            )
        return text

    def _note(self, key: str, item_type: str, value: str) -> str:
        if item_type not in {"note", "attachment"}:
            raise ObjectError(400, "'note' property is valid only for note and attachment items")
        if len(value) > NOTE_LIMIT:
            title = note_title(value)[:79]
            raise ObjectError(413, f"Note '{title}...' too long for item '1/{key}'")
        return self.clean_note(value)

    def _check_parent(self, data: Data) -> None:
        parent = data.get("parentItem")
        if not parent:
            return
        if not is_key(parent):
            raise ObjectError(400, "'parentItem' must be a valid item key or false")
        if data["itemType"] not in schema.CHILD_TYPES:
            raise ObjectError(400, "Child item must be note, attachment, or annotation")
        if data["collections"]:
            raise ObjectError(400, "Child items cannot be assigned to collections")
        if parent not in self.library.items:
            raise ObjectError(409, f"Parent item {parent} not found", {"parentItem": parent})
        if not schema.is_regular(self.library.items[parent].item_type):
            raise ObjectError(
                409, "Parent item cannot be a note or attachment", {"parentItem": parent}
            )

    def _check_collections(self, data: Data) -> None:
        for key in data["collections"]:
            if not is_key(key):
                raise ObjectError(400, f"'{key}' is not a valid collection key")
            if key not in self.library.collections:
                raise ObjectError(409, f"Collection {key} not found", {"collection": key})


def _kept(data: Data, item_type: str) -> Data:
    """A copy of an item's data without the fields that its (new) type lacks."""
    lost = schema.ALL_FIELDS - set(schema.FIELDS[item_type])
    return copy.deepcopy({name: value for name, value in data.items() if name not in lost})


def _tags(sent: Any) -> list[Data]:
    if not isinstance(sent, list):
        raise ObjectError(400, "'tags' property must be an array")
    found: list[Data] = []
    for tag in sent:
        if not isinstance(tag, dict):
            raise ObjectError(400, "Tag must be an object")
        if not tag:
            raise ObjectError(400, "Tag object is empty")
        for name in tag:
            if name not in {"tag", "type"}:
                raise ObjectError(400, f"Invalid tag property '{name}'")
        if tag.get("type", 0) not in (0, 1):
            raise ObjectError(400, f"Invalid tag type '{tag['type']}'")
        name = clean_text(tag.get("tag"))
        if len(name) > NAME_LIMIT:
            raise ObjectError(413, f"Tag '{_shortened(name)}' too long", {"tag": name})
        kept = {"tag": name, "type": 1} if tag.get("type") else {"tag": name}
        if name and kept not in found:
            found.append(kept)
    return sorted_tags(found)


def _creators(item_type: str, sent: list[Data]) -> list[Data]:
    found = []
    for creator in sent:
        if creator.get("creatorType") not in schema.CREATOR_TYPES[item_type]:
            raise ObjectError(
                400,
                f"'{creator.get('creatorType')}' is not a valid creator type for item type "
                f"'{item_type}'",
            )
        if creator.get("firstName") and not creator.get("lastName"):
            raise ObjectError(400, "'lastName' creator field must be set if 'firstName' is set")
        name = creator.get("name") or creator.get("lastName")
        if name and len(name) > NAME_LIMIT:
            raise ObjectError(
                413,
                f"The creator name ‘{_shortened(name)}…’ is too long to sync. Shorten the name "
                "and sync again.\n\nIf you receive this message repeatedly for items saved from "
                "a particular site, you can report this issue in the Zotero Forums.",
                {"field": "creator", "value": _shortened(name)},
            )
        if name:
            found.append(creator)
    return found


def _relations(sent: Data) -> Data:
    for predicate in sent:
        if predicate not in PREDICATES:
            raise ObjectError(400, f"Unsupported predicate '{predicate}'")
    return dict(sent)


def _deleted(value: object) -> int | None:
    if value not in (0, 1, False, True):
        raise ObjectError(500, "An error occurred")
    return 1 if value else None


class CollectionForm:
    """Collections of one library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def merged(self, _key: str, sent: Data, old: Record | None) -> Data:
        data: Data = dict(old.data) if old else {"parentCollection": False, "relations": {}}
        data |= {name: value for name, value in sent.items() if name not in {"key", "version"}}
        if "name" not in data:
            raise ObjectError(400, "'name' property not provided")
        if not data["name"]:
            raise ObjectError(400, "Collection name cannot be empty")
        if len(data["name"]) > NAME_LIMIT:
            short = _shortened(data["name"])
            raise ObjectError(413, f"Collection name '{short}' too long", {"value": short})
        parent = data["parentCollection"]
        if parent and parent not in self.library.collections:
            raise ObjectError(409, f"Parent collection {parent} not found", {"collection": parent})
        return data

    def check_replacement(self, sent: Data) -> None:
        """Nothing more than for a new collection."""
