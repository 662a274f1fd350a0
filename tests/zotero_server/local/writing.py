"""Writing over the desktop's API: batches, single objects, deletions."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.zotero_server.exchange import JSON, ObjectError, Refusal, Request, Response
from tests.zotero_server.local.forms import CollectionForm, ItemForm
from tests.zotero_server.local.rendering import LocalRenderer
from tests.zotero_server.store import Data, Library, Record, is_key
from tests.zotero_server.writing import BATCH_LIMIT, Written, checked_batch, modified, write_batch

AfterWrite = Callable[[Library, str], None]


class InternalError(Exception):
    """The desktop lets an error of its own through: a bare 500."""


class LocalWriter:
    """One write request to one library. Library.lock is held by the caller."""

    def __init__(self, request: Request, library: Library, renderer: LocalRenderer) -> None:
        self.request = request
        self.library = library
        self.renderer = renderer
        self.forms: dict[str, ItemForm | CollectionForm] = {
            "items": ItemForm(library),
            "collections": CollectionForm(library),
        }
        self.written: list[str] = []

    # Batches

    def post(self, kind: str) -> Response:
        """Writes up to 50 objects; each fails or succeeds for itself."""
        objects = checked_batch(self._json(), kind)
        if not objects:
            raise Refusal(400, f"No {kind} provided")
        self._check_library_version(self.request.header("If-Unmodified-Since-Version"))
        result = write_batch(
            self.request,
            kind,
            objects,
            partial(self._write_in_batch, kind),
            partial(self.renderer.json, kind),
        )
        for index, failure in result["failed"].items():
            result["failed"][index] = {"key": _key_of(objects[int(index)]), **failure}
        return Response.json(result, self._version_header())

    def _write_in_batch(self, kind: str, sent: Data) -> Written:
        label = kind.removesuffix("s")
        key, version = sent.get("key"), sent.get("version")
        if key is None:
            return self._create(kind, sent), True
        if not is_key(key):
            raise ObjectError(400, f"Invalid key: '{key}'")
        if version is None and not self.request.header("If-Unmodified-Since-Version"):
            raise ObjectError(
                428,
                "Either If-Unmodified-Since-Version or 'version' property must be provided for "
                "'key'-based writes",
            )
        record = self.library.records(kind).get(key)
        if record is None:
            if version:
                raise ObjectError(
                    404, f"{label} doesn't exist (expected version {version}; use 0 instead)"
                )
            self.forms[kind].create(sent)
            raise ObjectError(400, f"'primaryData' not loaded for {label} (null/1/{key})")
        if version is not None and version != record.version:
            raise ObjectError(
                412, f"{label} version mismatch: expected {version}, found {record.version}"
            )
        return record, self._change(kind, record, sent, replace=False)

    def _create(self, kind: str, sent: Data) -> Record:
        data = self.forms[kind].create(sent)
        record = self.library.save(kind, self.library.new_key(), data)
        self.written.append(record.key)
        return record

    def _change(self, kind: str, record: Record, sent: Data, *, replace: bool) -> bool:
        changed = self.forms[kind].change(record, sent, replace=replace)
        if changed:
            record.version = self.library.advance()
            record.unsaved = False
            self.written.append(record.key)
        return changed

    # Single objects

    def put(self, kind: str, key: str) -> Response:
        return self._write_single(kind, key, replace=True)

    def patch(self, kind: str, key: str) -> Response:
        return self._write_single(kind, key, replace=False)

    def _write_single(self, kind: str, key: str, *, replace: bool) -> Response:
        sent = self._json()
        if not isinstance(sent, dict):
            raise Refusal(400, "Uploaded data must be a JSON object")
        record = self.library.records(kind).get(key)
        if record is None:
            if "itemType" not in sent:
                raise Refusal(400, "itemType property not provided")
            raise InternalError
        self._check_versions(kind, record, sent)
        try:
            self._change(kind, record, sent, replace=replace)
        except ObjectError as error:
            raise InternalError from error
        return Response(204, self._version_header(record.version))

    def _check_versions(self, kind: str, record: Record, sent: Data) -> None:
        """The version in the body has to be the object's own; it wins over the header."""
        label = kind.removesuffix("s")
        in_json = sent.get("version")
        if in_json is None:
            self._check_object_version(kind, record)
        elif not isinstance(in_json, int):
            raise Refusal(400, "Invalid version value")
        elif in_json != record.version:
            raise Refusal(
                412, f"{label} version mismatch: expected {in_json}, found {record.version}"
            )

    def _check_object_version(self, kind: str, record: Record) -> None:
        given = self._version_given()
        if given < record.version:
            label = kind.removesuffix("s")
            raise Refusal(412, modified(label, given, record.version))

    # Deletions

    def delete_one(self, kind: str, key: str) -> Response:
        record = self.library.records(kind).get(key)
        if record is None:
            raise Refusal(404, "Not found")
        self._check_object_version(kind, record)
        self.library.erase(kind, [key], self.library.advance())
        return Response(204, self._version_header())

    def delete_many(self, kind: str) -> Response:
        """Deletes by `itemKey` or the like, one version for each; unknown keys are passed over."""
        name = f"{kind.removesuffix('s')}Key"
        given = self._version_given()
        if self.request.param(name) is None:
            raise Refusal(400, f"'{name}' not provided")
        keys = (self.request.param(name) or "").split(",")
        if len(keys) > BATCH_LIMIT:
            raise Refusal(413, f"Cannot delete more than {BATCH_LIMIT} objects at a time")
        for key in keys:
            if not is_key(key):
                raise Refusal(400, f"Invalid key: '{key}'")
        self._check_library_version(str(given))
        for key in keys:
            if key in self.library.records(kind):
                self.library.erase(kind, [key], self.library.advance())
        return Response(204, self._version_header())

    def delete_tags(self) -> Response:
        """Takes tags off all items; an unknown tag leaves even the version as it is."""
        given = self._version_given()
        if self.request.param("tag") is None:
            raise Refusal(400, "'tag' not provided")
        self._check_library_version(str(given))
        names = set((self.request.param("tag") or "").split(" || "))
        if any(record.tag_names & names for record in self.library.items.values()):
            self.library.drop_tags(names, self.library.advance())
        return Response(204, self._version_header())

    # Common to all

    def _json(self) -> Any:
        if not self.request.body or self.request.header("Content-Type") is None:
            raise Refusal(400, "Empty request body")
        try:
            return json.loads(self.request.body)
        except ValueError as error:
            assert self.request.header("Content-Type") != JSON, "checked before"
            raise Refusal(400, "Uploaded data must be a JSON array") from error

    def _version_given(self) -> int:
        given = self.request.header("If-Unmodified-Since-Version")
        if given is None:
            raise Refusal(428, "If-Unmodified-Since-Version not provided")
        if not given.isdigit():
            raise Refusal(400, "Invalid If-Unmodified-Since-Version value")
        return int(given)

    def _check_library_version(self, given: str | None) -> None:
        if given is not None and int(given) < self.library.version:
            raise Refusal(412, modified("Library", int(given), self.library.version))

    def _version_header(self, version: int | None = None) -> dict[str, str]:
        return {"Last-Modified-Version": str(self.library.version if version is None else version)}


def _key_of(sent: Any) -> str:
    return str(sent.get("key", "")) if isinstance(sent, dict) else ""
