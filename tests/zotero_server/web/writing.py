"""Writing over the web API: batches, single objects, deletions, settings."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

from tests.zotero_server.exchange import ObjectError, Refusal, Request, Response
from tests.zotero_server.store import Data, Library, Record, Setting, is_key
from tests.zotero_server.web.forms import CollectionForm, Form, ItemForm, NoteCleaner, is_change
from tests.zotero_server.web.rendering import WebRenderer
from tests.zotero_server.writing import Written, checked_batch, modified, write_batch

SETTINGS = frozenset({"tagColors"})

_LABELS = {"items": "Item", "collections": "Collection", "searches": "Search"}
_RELATED = re.compile(r"http://zotero\.org/(?P<path>\w+/\d+)/items/(?P<key>\w{8})")


class WebWriter:
    """One write request to one library. Library.lock is held by the caller."""

    def __init__(
        self, request: Request, library: Library, renderer: WebRenderer, clean_note: NoteCleaner
    ) -> None:
        self.request = request
        self.library = library
        self.renderer = renderer
        self.forms: dict[str, Form] = {
            "items": ItemForm(library, clean_note),
            "collections": CollectionForm(library),
        }

    # Batches

    def post(self, kind: str) -> Response:
        """Writes up to 50 objects; each fails or succeeds for itself."""
        objects = checked_batch(self._json(), kind)
        self._check_library_version(self.request.header("If-Unmodified-Since-Version"))
        result = write_batch(
            self.request,
            kind,
            objects,
            partial(self._write_in_batch, kind),
            partial(self.renderer.json, kind),
        )
        return Response.json(result, self._version_header(self.library.version))

    def _write_in_batch(self, kind: str, sent: Data) -> Written:
        key = sent.get("key")
        if key is not None and not is_key(key):
            raise ObjectError(400, f"'{key}' is not a valid {_LABELS[kind].lower()} key")
        version = sent.get("version")
        if key and version is None and not self.request.header("If-Unmodified-Since-Version"):
            raise ObjectError(
                428,
                "Either If-Unmodified-Since-Version or 'version' property must be provided for "
                "'key'-based writes",
            )
        old = self.library.records(kind).get(key or "")
        if old is None and version:
            raise ObjectError(
                404, f"{_LABELS[kind]} doesn't exist (expected version {version}; use 0 instead)"
            )
        if old and version is not None and version < old.version:
            raise ObjectError(412, modified(_LABELS[kind], version, old.version))
        return self._write(kind, key or self.library.new_key(), sent, old)

    # Single objects

    def put(self, kind: str, key: str) -> Response:
        return self._write_single(kind, key, replace=True)

    def patch(self, kind: str, key: str) -> Response:
        return self._write_single(kind, key, replace=False)

    def _write_single(self, kind: str, key: str, *, replace: bool) -> Response:
        sent = self._json()
        version = self._single_version(sent)
        old = self.library.records(kind).get(key)
        if old is None:
            self._check_creation(kind, version, replace=replace)
        elif version is None:
            raise Refusal(
                428,
                "Either If-Unmodified-Since-Version or object version property must be provided "
                "for key-based writes",
            )
        else:
            self._check_object_version(_LABELS[kind], version, old.version)
        before = self.library.version
        try:
            if old and replace:
                self.forms[kind].check_replacement(sent)
            _, changed = self._write(kind, key, sent, old)
        except ObjectError as error:
            raise Refusal(int(error.code), str(error.message)) from error
        answered = self.library.version if changed else before
        return Response(204, self._version_header(answered))

    def _single_version(self, sent: Data) -> int | None:
        in_header = self.request.header("If-Unmodified-Since-Version")
        if in_header is not None and not in_header.isdigit():
            raise Refusal(400, f"Invalid If-Unmodified-Since-Version value '{in_header}'")
        in_json = sent.get("version")
        if in_json is not None and not isinstance(in_json, int):
            raise Refusal(400, f"Invalid JSON 'version' property value '{in_json}'")
        if in_header is None:
            return in_json
        if in_json is not None and in_json != int(in_header):
            raise Refusal(
                400,
                "If-Unmodified-Since-Version value does not match JSON 'version' property "
                f"({in_header} != {in_json})",
            )
        return int(in_header)

    def _check_creation(self, kind: str, version: int | None, *, replace: bool) -> None:
        if version:
            raise Refusal(412, f"{_LABELS[kind]} not found (expected version {version})")
        if version is None and not replace:
            raise Refusal(
                404,
                f"{_LABELS[kind]} not found (to create, use If-Unmodified-Since-Version: 0, JSON "
                "'version' 0, or PUT method)",
            )

    def _write(self, kind: str, key: str, sent: Data, old: Record | None) -> Written:
        """Stores an object; also says whether that changed it."""
        data = self.forms[kind].merged(key, sent, old)
        if old and not is_change(sent, data, old):
            self.library.advance()
            return old, False
        record = self.library.save(kind, key, data)
        if kind == "items":
            self._relate_back(record)
        return record, True

    def _relate_back(self, record: Record) -> None:
        """An item that is related to gets the relation too, and the same version."""
        targets = record.data["relations"].get("dc:relation", [])
        for target in [targets] if isinstance(targets, str) else targets:
            found = _RELATED.fullmatch(target)
            other = self.library.items.get(found["key"]) if found else None
            if other and other is not record:
                own = f"http://zotero.org/{self.library.path}/items/{record.key}"
                other.data["relations"].setdefault("dc:relation", own)
                other.version = record.version

    # Deletions

    def delete_one(self, kind: str, key: str) -> Response:
        version = self.request.header("If-Unmodified-Since-Version")
        if version is None:
            raise Refusal(428, "If-Unmodified-Since-Version must be provided for delete requests")
        record = self.library.records(kind).get(key)
        if record is None:
            raise Refusal(412, f"{_LABELS[kind]} not found (expected version {version})")
        self._check_object_version(_LABELS[kind], int(version), record.version)
        return self._erase(kind, [key])

    def delete_many(self, kind: str) -> Response:
        """Deletes by `itemKey` or the like; unknown keys and no keys at all are fine."""
        self._check_library_version(self.request.header("If-Unmodified-Since-Version"))
        keys = self.request.param(f"{_LABELS[kind].lower()}Key") or ""
        return self._erase(kind, keys.split(","))

    def _erase(self, kind: str, keys: list[str]) -> Response:
        self.library.erase(kind, keys, self.library.advance())
        return Response(204, self._version_header(self.library.version))

    def delete_tags(self) -> Response:
        version = self.request.header("If-Unmodified-Since-Version")
        if version is None:
            raise Refusal(428, "If-Unmodified-Since-Version not provided")
        self._check_library_version(version)
        names = set((self.request.param("tag") or "").split(" || "))
        self.library.drop_tags(names, self.library.advance())
        return Response(204, self._version_header(self.library.version))

    # Settings

    def put_setting(self, name: str) -> Response:
        if name not in SETTINGS:
            raise Refusal(400, f"Invalid setting '{name}'")
        sent = self._json()
        old = self.library.settings.get(name)
        version = self._single_version(sent)
        if old and version is not None:
            self._check_object_version("Setting", version, old.version)
        self.library.settings[name] = Setting(sent["value"], self.library.advance())
        self.library.deletions.get("settings", {}).pop(name, None)
        return Response(204, self._version_header(self.library.version))

    def delete_setting(self, name: str) -> Response:
        if name not in self.library.settings:
            raise Refusal(404, "Setting not found")
        self.library.erase_setting(name)
        return Response(204, self._version_header(self.library.version))

    # Common to all

    def _json(self) -> Any:
        try:
            text = self.request.body.decode()
        except UnicodeDecodeError as error:
            raise Refusal(400, "JSON Error: Malformed UTF-8 characters") from error
        try:
            value = json.loads(text)
        except ValueError as error:
            raise Refusal(400, "JSON Error: Syntax error, malformed JSON") from error
        if re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
            raise Refusal(400, "Uploaded data must be a JSON array")
        return value

    def _check_library_version(self, given: str | None) -> None:
        if given is None:
            return
        if not given.isdigit():
            raise Refusal(400, "Invalid If-Unmodified-Since-Version value")
        if int(given) < self.library.version:
            raise Refusal(412, modified("Library", int(given), self.library.version))

    def _check_object_version(self, label: str, given: int, version: int) -> None:
        if given < version:
            raise Refusal(412, modified(label, given, version), self._version_header(version))

    @staticmethod
    def _version_header(version: int) -> dict[str, str]:
        return {"Last-Modified-Version": str(version)}
