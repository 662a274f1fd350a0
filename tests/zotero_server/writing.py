"""What writing has in common on both servers: batches, write tokens, a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.zotero_server.exchange import ObjectError, Refusal, Request
from tests.zotero_server.rendering import Json
from tests.zotero_server.store import Record

BATCH_LIMIT = 50

Written = tuple[Record, bool]
"""The object of a write, and whether the write changed it."""


def modified(label: str, given: int, found: int) -> str:
    return f"{label} has been modified since specified version (expected {given}, found {found})"


def checked_batch(objects: Any, kind: str) -> list[Any]:
    """The objects of a POST. Raises Refusal if they are no list or too many."""
    if not isinstance(objects, list):
        raise Refusal(400, "Uploaded data must be a JSON array")
    if len(objects) > BATCH_LIMIT:
        raise Refusal(413, f"Cannot add more than {BATCH_LIMIT} {kind} at a time")
    return objects


def write_batch(
    request: Request,
    kind: str,
    objects: list[Any],
    write: Callable[[Json], Written],
    render: Callable[[Record], Json],
) -> dict[str, Json]:
    """Writes each object for itself; the result is the answer to a POST, by index."""
    result: dict[str, Json] = {"successful": {}, "success": {}, "unchanged": {}, "failed": {}}
    for number, sent in enumerate(objects):
        index = str(number)
        try:
            if request.fail_object and (error := request.fail_object(number, sent)):
                raise error
            record, changed = write(_checked_object(number, sent, kind))
        except ObjectError as failure:
            result["failed"][index] = failure.as_json()
        else:
            if changed:
                result["successful"][index] = render(record)
                result["success"][index] = record.key
            else:
                result["unchanged"][index] = record.key
    return result


def _checked_object(number: int, sent: Any, kind: str) -> Json:
    if not isinstance(sent, dict):
        label = kind.removesuffix("s")
        raise ObjectError(
            400,
            f"Invalid value for index {number} in uploaded data; expected JSON {label} object",
        )
    return sent


class WriteTokens:
    """The values of Zotero-Write-Token that were used; each is good once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def check(self, request: Request) -> None:
        """Raises Refusal for a token that is malformed or was used before."""
        token = request.header("Zotero-Write-Token")
        if token is None:
            return
        if not 5 <= len(token) <= 32:
            raise Refusal(400, "Write token must be 5-32 characters in length")
        if token in self._used:
            raise Refusal(412, "Write token already used")

    def use(self, request: Request) -> None:
        token = request.header("Zotero-Write-Token")
        if token is not None:
            self._used.add(token)
