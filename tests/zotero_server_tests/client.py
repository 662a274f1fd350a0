"""A bare HTTP client that keeps its connection, as a patient user of both servers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Client:
    """Sends requests with the same headers to one server."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float = 5) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path
        self._headers = dict(headers)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, objects: Any, **headers: str) -> Answer:
        return self.send("POST", path, objects, **headers)

    def send(self, method: str, path: str, body: Any, **headers: str) -> Answer:
        """Header names are given with `_` in the place of `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(
                method,
                self._prefix + path,
                None if body is None else json.dumps(body),
                {**self._headers, "Content-Type": "application/json", **named},
            )
            response = self._connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise


def web_client(server: ZoteroServer[WebApi], key: str = KEY, timeout: float = 5) -> Client:
    return Client(server.url, {"Zotero-API-Key": key}, timeout)


def local_client(server: ZoteroServer[LocalApi], timeout: float = 5) -> Client:
    """A client without a key: it may read."""
    return Client(server.url, {"Zotero-Server-ID": server.api.server_id}, timeout)


def allowed_client(server: ZoteroServer[LocalApi]) -> Client:
    """A client with a key that the user let it keep."""
    key = server.api.keys.issue(remember=True)
    return Client(server.url, {"Zotero-Server-ID": server.api.server_id, "Zotero-API-Key": key})
