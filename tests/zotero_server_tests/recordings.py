"""Replays recorded exchanges against a server and says where it differs.

Compared are the status, the headers that mean something, and the body; not the times of the day of
the recording, and not the order where a server gives none.
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

DATA = Path(__file__).parents[1] / "data" / "zotero"
NOT_KEPT = "<<item types>>"
OTHER_HOST = "http://localhost:23119"
RECORDED_HOST = "http://zotero.test"

HEADERS = (
    "Allow",
    "Backoff",
    "Last-Modified-Version",
    "Link",
    "Total-Results",
    "WWW-Authenticate",
    "Zotero-API-Version",
    "Zotero-Server-ID",
)
UNORDERED = frozenset({"tags", "items", "collections", "top", "children", "trash"})

_NAME = re.compile(r"\b(?:KEY(?:-[A-Z]+)?|[2-9A-Z]{8})\b")
_REPEATED = re.compile(r"<<repeat:(.):(\d+)>>", re.DOTALL)
_LONG_RUN = re.compile(r"(.)\1{999,}", re.DOTALL)
_COUNTED = re.compile(r"<<(\d+) (?:entries|in all)>>")
_TIME = re.compile(r"20(\d\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Json = Any


@dataclass(frozen=True)
class Exchange:
    """One request and what was answered; `summary` where only an outline was kept."""

    number: int
    request: dict[str, Json]
    response: dict[str, Json]

    @property
    def is_summary(self) -> bool:
        return "query" not in self.request

    @property
    def query(self) -> list[tuple[str, str]]:
        query = self.request["query"] or {}
        pairs = query.items() if isinstance(query, dict) else query
        return [
            (name, str(value))
            for name, values in pairs
            for value in (values if isinstance(values, list) else [values])
        ]


@dataclass(frozen=True)
class Recording:
    name: str
    exchanges: list[Exchange]


def names(server: str) -> list[str]:
    """The recordings of a server, `web` or `local`, in order."""
    return sorted(path.name.split(".")[0] for path in (DATA / server).glob("*.json.gz"))


def load(server: str, name: str) -> Recording:
    content = json.loads(gzip.decompress((DATA / server / f"{name}.json.gz").read_bytes()))
    exchanges = [
        Exchange(number, entry.get("request", {}), entry.get("response", {}))
        for number, entry in enumerate(content["exchanges"])
    ]
    return Recording(name, exchanges)


@dataclass
class Answer:
    """What came back. A connection that was cut has neither status nor body."""

    status: int | None
    reason: str | None
    headers: http.client.HTTPMessage
    body: Json


@dataclass
class Replay:
    """Sends recorded requests to `url` with names and keys of this server in the place of the old.

    `names` maps what the recording says to what is meant: API keys by their names, and the object
    keys that the server chose, which `send` finds out by itself.
    """

    url: str
    names: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def send(self, exchange: Exchange) -> Answer:
        request = exchange.request
        query = [(name, self._meant(value)) for name, value in exchange.query]
        path = self._meant(request["path"]) + (f"?{urlencode(query)}" if query else "")
        headers = {name: self._meant(value) for name, value in request["headers"].items()}
        answer = self._exchange(request["method"], path, self._body(request), headers)
        self._learn(exchange.response.get("body"), answer.body)
        return answer

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read().decode()
        except http.client.RemoteDisconnected:
            return Answer(None, None, http.client.HTTPMessage(), None)
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        value = json.loads(content) if is_json and content else content
        return Answer(response.status, response.reason, response.headers, value)

    def _body(self, request: dict[str, Json]) -> bytes | None:
        body = request["body"]
        if body is None:
            return None
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        text = _REPEATED.sub(lambda found: found[1] * int(found[2]), self._meant(text))
        return text.encode(request.get("body_encoding", "utf-8"))

    def _meant(self, text: str) -> str:
        return _NAME.sub(lambda found: self.names.get(found[0], found[0]), text)

    def _learn(self, recorded: Json, got: Json) -> None:
        """Takes note of the keys that the server chose for new objects, and of API keys."""
        if not isinstance(recorded, dict) or not isinstance(got, dict):
            return
        for index, key in recorded.get("success", {}).items():
            if index in got.get("success", {}):
                self.names[key] = got["success"][index]
        if "remember" in recorded and "key" in got:
            self.names[recorded["key"]] = got["key"]

    def differences(self, exchange: Exchange, answer: Answer) -> Iterator[str]:
        """One line for everything in which the answer is not the recorded one."""
        recorded = exchange.response
        if answer.status != recorded["status"]:
            yield f"status {answer.status}, not {recorded['status']}: {answer.body!r}"
            return
        if answer.status is None:
            return
        if recorded.get("reason") and answer.reason != recorded["reason"]:
            yield f"reason {answer.reason!r}, not {recorded['reason']!r}"
        yield from self._header_differences(recorded["headers"], answer.headers)
        if exchange.request["method"] != "HEAD":
            yield from self._body_differences(exchange, answer.body)

    def _header_differences(
        self, recorded: dict[str, str], got: http.client.HTTPMessage
    ) -> Iterator[str]:
        expected = {name.lower(): value for name, value in recorded.items()}
        for name in HEADERS:
            known = self._known(_decommaed(expected.get(name.lower())))
            if self._plain(_decommaed(got.get(name))) != known:
                yield f"{name}: {got.get(name)!r}, not {expected.get(name.lower())!r}"
        if ("retry-after" in expected) != ("retry-after" in got):
            yield "Retry-After is there in one of both only"
        media_type = expected.get("content-type")
        if _media_type(media_type) != _media_type(got.get("content-type")):
            yield f"Content-Type: {got.get('content-type')!r}, not {media_type!r}"

    def _body_differences(self, exchange: Exchange, got: Json) -> Iterator[str]:
        body = exchange.response["body"]
        if body == NOT_KEPT:
            return
        count = _count(exchange.response)
        if count is not None:
            yield from _counts(body, got, count)
            return
        is_sorted = any(name == "sort" for name, _ in exchange.query)
        if not is_sorted and _is_cut(exchange):
            if len(_entries(body)) != len(_entries(got)):
                yield f"{len(_entries(got))} entries, not {len(_entries(body))}"
            return
        last = exchange.request["path"].rstrip("/").split("/")[-1]
        expected = _comparable(self._mapped(body, self._known), last, is_sorted=is_sorted)
        actual = _comparable(self._mapped(got, self._plain), last, is_sorted=is_sorted)
        if expected != actual:
            yield f"body\n  expected {_shown(expected)}\n  got      {_shown(actual)}"

    def _mapped(self, value: Json, change: Callable[[Any], Json]) -> Json:
        if isinstance(value, dict):
            return {change(k): self._mapped(v, change) for k, v in value.items()}
        if isinstance(value, list):
            return [self._mapped(v, change) for v in value]
        return change(value)

    def _known(self, value: Json) -> Json:
        """What was recorded, in the names of this server."""
        return _undated(self._meant(value)) if isinstance(value, str) else value

    def _plain(self, value: Json) -> Json:
        """What was answered, as it would have been recorded."""
        if not isinstance(value, str):
            return value
        text = value.replace(self.origin, RECORDED_HOST).replace(OTHER_HOST, RECORDED_HOST)
        return _undated(_LONG_RUN.sub(lambda run: f"<<repeat:{run[1]}:{len(run[0])}>>", text))


def _undated(text: str) -> str:
    """Times of the day of the recording and later ones are all the same."""
    return _TIME.sub(lambda found: "<<now>>" if int(found[1]) >= 26 else found[0], text)


def _decommaed(text: str | None) -> str | None:
    """Commas decoded, so that the keys between them stand alone."""
    return text and text.replace("%2C", ",")


def _media_type(content_type: str | None) -> str:
    return (content_type or "").split(";")[0]


def _entries(body: Json) -> list[Json]:
    return body.split() if isinstance(body, str) else list(body)


def _count(response: dict[str, Json]) -> int | None:
    """How many entries an answer had of which not all were kept."""
    if "trimmed_from" in response:
        return int(response["trimmed_from"])
    body = response["body"]
    marker = body[-1] if isinstance(body, list) and body else body
    found = _COUNTED.fullmatch(marker) if isinstance(marker, str) else None
    return int(found[1]) if found else None


def _counts(body: Json, got: Json, count: int) -> Iterator[str]:
    if len(_entries(got)) != count:
        yield f"{len(_entries(got))} entries, not {count}"


def _is_cut(exchange: Exchange) -> bool:
    """Whether the answer is a part of the result: which part depends on the order."""
    limits = [value for name, value in exchange.query if name == "limit"]
    return any(int(limit) > 0 for limit in limits if limit.isdigit())


def _comparable(value: Json, name: str, *, is_sorted: bool) -> Json:
    """A form in which two values are equal if they differ only in an order that means nothing."""
    if isinstance(value, dict):
        return {key: _comparable(item, key, is_sorted=is_sorted) for key, item in value.items()}
    if isinstance(value, list):
        items = [_comparable(item, "", is_sorted=is_sorted) for item in value]
        if name == "tags" or (name in UNORDERED and not is_sorted):
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        return items
    is_lines = isinstance(value, str) and "\n" in value and "<" not in value
    return sorted(value.split()) if is_lines and name in UNORDERED and not is_sorted else value


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)[:1500]
