"""What goes over the wire: a request as it came in, an answer as it goes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json"

ObjectFailure = Callable[[int, Any], "ObjectError | None"]
"""Says whether the object at an index of a batch shall fail, and how."""


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    `path` is percent-encoded as sent, without the query; `headers` have their names in lower case;
    `number` counts the requests to a server from 1.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    number: int = 0
    fail_object: ObjectFailure | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    def params(self, name: str) -> list[str]:
        """Every value of a query parameter, in order."""
        return [value for key, value in self.query if key == name]

    def param(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next(iter(self.params(name)), None)

    def header(self, name: str) -> str | None:
        """A header by its name in any case."""
        return self.headers.get(name.lower())

    @property
    def origin(self) -> str:
        """Scheme, host and port as the client knows them: links in answers start with it."""
        return f"http://{self.header('Host') or 'localhost'}"


@dataclass
class Response:
    """One HTTP answer. `reason` replaces the usual reason phrase of the status."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    reason: str | None = None

    @classmethod
    def json(cls, value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
        return cls(
            status,
            {**(headers or {}), "Content-Type": JSON},
            json.dumps(value, ensure_ascii=False).encode(),
        )

    @classmethod
    def text(
        cls,
        text: str,
        headers: dict[str, str] | None = None,
        status: int = 200,
        content_type: str = "text/plain",
    ) -> Response:
        return cls(status, {**(headers or {}), "Content-Type": content_type}, text.encode())


class Refusal(Exception):  # noqa: N818
    """The whole request is refused with this status and message."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class ObjectError(Exception):
    """One object of a write fails; the rest of its batch goes on.

    Zotero's desktop sometimes sends a text as `code` and no message at all.
    """

    def __init__(self, code: int | str, message: str | None = None, data: Any = None) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        """The entry under `failed` in the answer to a batch."""
        entry = {"code": self.code, "message": self.message, "data": self.data}
        return {name: value for name, value in entry.items() if value is not None}


class Cut(Exception):  # noqa: N818
    """The connection is closed without an answer, or after half of one."""

    def __init__(self, response: Response | None = None) -> None:
        super().__init__("connection cut")
        self.response = response
