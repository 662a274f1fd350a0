"""What the desktop makes of the objects that clients send.

It changes an object property by property, and where one is bad it stops: what was set before stays
set, unsaved, and is saved with the next good write.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.zotero_server import schema
from tests.zotero_server.exchange import ObjectError
from tests.zotero_server.store import Data, Library, Record, blank_item, now, sorted_tags

_NOT_FIELDS = frozenset({"key", "version", "itemType", "library", "links", "meta", "data"})
_LIST_PROPERTIES = frozenset({"creators", "tags", "collections", "relations"})
_LONG_FIELDS = frozenset({"abstractNote", "extra"})
_EXTRA_LINE = re.compile(r"(?P<label>[A-Za-z][\w. -]*):\s*(?P<value>.+)")


class ItemForm:
    """Items of one library. Every method raises ObjectError with what Zotero would say."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def create(self, sent: Data) -> Data:
        """The data of a new item."""
        self._check_type(sent)
        self._check_places(sent)
        data = blank_item(sent["itemType"])
        self._apply(data, sent)
        return data

    def change(self, record: Record, sent: Data, *, replace: bool) -> bool:
        """Changes a record in place and says whether there is anything to save."""
        self._check_change_of_type(record, sent)
        self._check_places(sent)
        before = copy.deepcopy(record.data)
        if replace:
            _clear_fields(record.data)
        try:
            self._apply(record.data, sent)
        except ObjectError:
            record.unsaved = record.unsaved or record.data != before
            raise
        changed = record.unsaved or record.data != before
        if changed and record.data["dateModified"] == before["dateModified"]:
            record.data["dateModified"] = now()
        return changed

    def _check_type(self, sent: Data) -> None:
        item_type = sent.get("itemType")
        if item_type is None:
            raise ObjectError(400, "itemType property not provided")
        if item_type not in schema.FIELDS:
            raise ObjectError(400, f"Unknown itemType '{item_type}'")

    def _check_change_of_type(self, record: Record, sent: Data) -> None:
        item_type = sent.get("itemType", record.item_type)
        if schema.is_regular(item_type) != schema.is_regular(record.item_type):
            raise ObjectError(400, "Cannot change item type")

    def _check_places(self, sent: Data) -> None:
        """The parent and the collections have to be there before anything is set."""
        parent = sent.get("parentItem")
        if parent and parent not in self.library.items:
            raise ObjectError(400, f"Parent item 1/{parent} not found")
        for key in sent.get("collections", ()):
            if key not in self.library.collections:
                item = sent.get("key", "null")
                raise ObjectError(400, f"Collection {key} not found for item 1/{item}")

    def _apply(self, data: Data, sent: Data) -> None:
        if "itemType" in sent:
            _change_type(data, sent["itemType"])
        unknown: Data = {}
        for name, value in sent.items():
            if name in _LIST_PROPERTIES or name == "note":
                data[name] = _SETTERS[name](value)
            elif name == "parentItem":
                _set(data, name, value)
            elif name == "deleted":
                _set(data, name, 1 if value else None)
            elif name in schema.FIELDS[data["itemType"]] or name in ("dateAdded", "dateModified"):
                _set(data, name, _field(name, value))
            elif name not in _NOT_FIELDS:
                unknown[name] = value
        if unknown or "extra" in sent:
            _set_extra(data, unknown)


def _set(data: Data, name: str, value: Any) -> None:
    if value:
        data[name] = value
    else:
        data.pop(name, None)


def _clear_fields(data: Data) -> None:
    """What a PUT does first: fields that it does not name are cleared, lists are not."""
    for name in schema.ALL_FIELDS & set(data):
        del data[name]


def _change_type(data: Data, item_type: str) -> None:
    data["itemType"] = item_type
    for name in (schema.ALL_FIELDS - set(schema.FIELDS[item_type])) & set(data):
        del data[name]


def _field(name: str, value: object) -> str:
    """Most fields are one line: line ends become spaces. Other control characters stay."""
    text = "" if value is None else str(value).strip()
    return text if name in _LONG_FIELDS else re.sub(r"\r?\n", " ", text)


def _note(value: object) -> str:
    if not isinstance(value, str):
        was = "object" if value is None else "number"
        raise ObjectError(f"text must be a string in Zotero.Item.setNote() (was {was})")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value).strip()


def _tags(value: object) -> list[Data]:
    """Bare texts are taken too; of one name as manual and automatic the last one counts."""
    if not isinstance(value, list):
        raise ObjectError(400, "tags.concat().map is not a function")
    found: dict[str, Data] = {}
    for tag in value:
        given = {"tag": tag} if isinstance(tag, str) else tag
        name = given.get("tag") if isinstance(given, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise ObjectError(400, "A tag must have a name")
        kept: Data = {"tag": name.strip()}
        if given.get("type"):
            kept["type"] = given["type"]
        found[name.strip()] = kept
    return sorted_tags(found.values())


def _creators(value: list[Data]) -> list[Data]:
    """An unknown creator type counts as author."""
    known = {name for names in schema.CREATOR_TYPES.values() for name in names}
    return [c if c.get("creatorType") in known else {**c, "creatorType": "author"} for c in value]


_SETTERS: dict[str, Any] = {
    "creators": _creators,
    "tags": _tags,
    "collections": list,
    "relations": dict,
    "note": _note,
}


def _set_extra(data: Data, unknown: Data) -> None:
    """Unknown properties become lines of Extra, and lines of Extra become fields."""
    item_type = data["itemType"]
    if not schema.is_regular(item_type):
        raise ObjectError(400, f"'extra' is not a valid field for type '{item_type}'")
    lines = sorted(f"{_label(name)}: {value}" for name, value in unknown.items())
    kept = []
    for line in [*lines, *data.get("extra", "").split("\n")]:
        found = _EXTRA_LINE.fullmatch(line)
        if not found or not _migrate(data, found["label"], found["value"]):
            kept.append(line)
    _set(data, "extra", "\n".join(kept).strip("\n"))


def _migrate(data: Data, label: str, value: str) -> bool:
    """Moves a line of Extra into the field that it names, if that is there and empty."""
    name = label.replace(" ", "").casefold()
    if name == "type" and value in schema.FIELDS:
        _change_type(data, value)
        return True
    fields = {field.casefold(): field for field in schema.FIELDS[data["itemType"]]}
    field = fields.get(name)
    if field is None or data.get(field):
        return False
    data[field] = value
    return True


def _label(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return spaced[0].upper() + spaced[1:]


class CollectionForm:
    """Collections of one library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def create(self, sent: Data) -> Data:
        data: Data = {"parentCollection": False, "relations": {}}
        data |= {name: value for name, value in sent.items() if name not in {"key", "version"}}
        if not data.get("name"):
            raise ObjectError(400, "'name' property not provided for collection")
        parent = data["parentCollection"]
        if parent and parent not in self.library.collections:
            raise ObjectError(400, f"Parent collection {parent} not found")
        return data

    def change(self, record: Record, sent: Data, *, replace: bool) -> bool:
        merged = self.create(sent if replace else {**record.data, **sent})
        changed = merged != record.data
        record.data.update(merged)
        return changed
