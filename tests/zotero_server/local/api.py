"""The API of Zotero's desktop: its HTTP server, its checks, and which part answers.

Behaves as the recordings of the real desktop do (tests/data/zotero/local).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.zotero_server import schema
from tests.zotero_server.exchange import JSON, Cut, Refusal, Request, Response
from tests.zotero_server.local.authorisation import Button, Dialog, Keys
from tests.zotero_server.local.reading import LocalReader
from tests.zotero_server.local.rendering import LocalRenderer
from tests.zotero_server.local.writing import AfterWrite, InternalError, LocalWriter
from tests.zotero_server.store import Library
from tests.zotero_server.writing import WriteTokens

ZOTERO_VERSION = "11.0.SOURCE.f2a42bec1"
SERVER_ID = "0WoJPr2YCK7f"
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
REASONS = frozenset({200, 201, 204, 304, 400, 403, 404, 412, 500, 501})
"""Statuses with a reason phrase; the others say `undefined`."""

_ENDPOINTS: dict[str, tuple[str, Callable[..., Response]]] = {
    r"items": ("GET POST DELETE", LocalReader.items),
    r"items/top": ("GET POST", LocalReader.top),
    r"items/trash": ("GET", LocalReader.trash),
    r"items/tags": ("GET", LocalReader.item_tags),
    r"items/([^/]*)": ("GET PUT PATCH DELETE", LocalReader.item),
    r"items/([^/]+)/children": ("GET", LocalReader.children),
    r"collections": ("GET POST DELETE", LocalReader.collections),
    r"collections/top": ("GET", LocalReader.top_collections),
    r"collections/([^/]+)": ("GET PUT PATCH DELETE", LocalReader.collection),
    r"collections/([^/]+)/collections": ("GET", LocalReader.subcollections),
    r"collections/([^/]+)/items": ("GET", LocalReader.collection_items),
    r"collections/([^/]+)/items/top": ("GET", LocalReader.collection_top),
    r"collections/([^/]+)/items/tags": ("GET", LocalReader.collection_item_tags),
    r"searches": ("GET", LocalReader.searches),
    r"settings": ("GET", LocalReader.settings),
    r"tags": ("GET DELETE", LocalReader.tags),
    r"tags/([^/]+)": ("GET", LocalReader.tag),
}
_LIBRARY_PATH = re.compile(r"/api/(users|groups)/([^/]+)/(.*)")


class BareRefusal(Refusal):
    """Refused by the HTTP server itself: the answer has no headers of the API."""


@dataclass(frozen=True)
class Endpoint:
    """What a path inside a library leads to."""

    kind: str
    read: Callable[..., Response]
    arguments: tuple[str, ...]


class LocalApi:
    """A desktop with one user's library, and more after `add_group`.

    `enabled` is the setting "Allow other applications …", `server_id` belongs to the database,
    `dialog` is the user's answer to a request to write, `after_write` what Zotero or a plugin does
    on its own after each object that was written (see desktop.py). A `zotero_version` below 10
    can only be read and knows no server IDs; that is no recording but what is said of it.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to an empty library, an enabled API and a user who allows everything."""
        self.enabled = True
        self.zotero_version = ZOTERO_VERSION
        self.server_id = SERVER_ID
        self.user_id = 0
        self.dialog = Dialog()
        self.keys = Keys()
        self.after_write: list[AfterWrite] = []
        self.tokens = WriteTokens()
        library = Library("user", 0, "My Library", version=0)
        self.libraries = {library.path: library}

    @property
    def library(self) -> Library:
        """The user's own library."""
        return self.libraries["users/0"]

    @property
    def is_writable(self) -> bool:
        return int(self.zotero_version.split(".")[0]) >= 10

    def add_group(self, id: int, name: str) -> Library:  # noqa: A002
        library = Library("group", id, name, version=0)
        self.libraries[library.path] = library
        return library

    def handle(self, request: Request) -> Response:
        _guard_against_browsers(request)
        if (request.header("Host") or "").split(":")[0] not in LOOPBACK:
            headers = {"connection": "close", "server": "httpd.js"}
            return Response.text("Bad request\n", headers, 400, "text/plain;charset=utf-8")
        response = self._answer(request)
        response.headers |= {
            "X-Zotero-Version": self.zotero_version,
            "X-Zotero-Connector-API-Version": "3",
        }
        if response.status not in REASONS:
            response.reason = "undefined"
        return response

    def _answer(self, request: Request) -> Response:
        if request.method in {"HEAD", "OPTIONS"}:
            return Response(200)
        try:
            if request.path == "/connector/ping":
                return _ping()
            answer = self._endpoint(request)
            _check_json(request)
            self._check(request)
            response = answer()
        except InternalError:
            return Response(500)
        except Refusal as refusal:
            response = Response.text(refusal.message, refusal.headers, refusal.status)
            if isinstance(refusal, BareRefusal):
                return response
        response.headers |= {"Zotero-API-Version": "3", "Zotero-Schema-Version": schema.VERSION}
        if self.is_writable:
            response.headers["Zotero-Server-ID"] = self.server_id
        return response

    # Which endpoint

    def _endpoint(self, request: Request) -> Callable[[], Response]:
        fixed: dict[str, tuple[str, Callable[[], Response]]] = {
            "/api/": ("GET", lambda: Response.text("Nothing to see here.")),
            "/api/local/authorize": ("POST", lambda: self._authorise(request)),
            "/api/schema": ("GET", lambda: Response.json({"version": int(schema.VERSION)})),
            "/api/itemTypes": ("GET", lambda: Response.json(_item_types())),
        }
        if not self.is_writable:
            del fixed["/api/local/authorize"]
        if request.path in fixed:
            methods, answer = fixed[request.path]
            self._check_method(request, methods)
            return answer
        found = _LIBRARY_PATH.fullmatch(request.path)
        if not found:
            raise BareRefusal(404, "No endpoint found\n")
        kind, owner, rest = found.groups()
        if (kind, rest) == ("users", "groups"):
            return lambda: self._groups(request)
        for pattern, (methods, read) in _ENDPOINTS.items():
            if inside := re.fullmatch(pattern, rest):
                self._check_method(request, methods)
                endpoint = Endpoint(rest.split("/")[0], read, inside.groups())
                return lambda: self._in_library(request, self._library(kind, owner), endpoint)
        raise BareRefusal(404, "No endpoint found\n")

    def _library(self, kind: str, owner: str) -> Library:
        if kind == "users" and owner not in {"0", str(self.user_id)}:
            raise Refusal(
                400, "Only data for the logged-in user is available locally -- use userID 0"
            )
        library = self.libraries.get(f"{kind}/{'0' if kind == 'users' else owner}")
        if library is None:
            raise Refusal(404, "Not found")
        return library

    def _check_method(self, request: Request, methods: str) -> None:
        supported = methods.split() if self.is_writable else ["GET"]
        if request.method not in supported:
            raise BareRefusal(400, "Endpoint does not support method\n")

    # What is checked for every endpoint of the API

    def _check(self, request: Request) -> None:
        if not self.enabled:
            raise Refusal(403, "Local API is not enabled")
        server_id = request.header("Zotero-Server-ID")
        if not self.is_writable:
            server_id = self.server_id
        if server_id is None and request.method != "GET":
            raise Refusal(428, "Zotero-Server-ID not provided")
        if server_id not in (None, self.server_id):
            raise Refusal(412, "Zotero-Server-ID does not match this server")
        version = request.header("Zotero-API-Version") or request.param("v") or "3"
        if version != "3" and request.path != "/api/":
            raise Refusal(501, f"API version not implemented: {version}")
        if request.method != "GET" and request.path != "/api/local/authorize":
            self._check_key(request)

    def _check_key(self, request: Request) -> None:
        bearer = (request.header("Authorization") or "").removeprefix("Bearer ")
        key = request.header("Zotero-API-Key") or bearer or request.param("key")
        if not key:
            raise BareRefusal(
                401,
                "API key required -- POST /api/local/authorize to obtain one",
                {"WWW-Authenticate": 'Zotero-API-Key realm="Zotero Local API"'},
            )
        if not self.keys.use(key):
            raise BareRefusal(401, "Invalid or expired API key")

    # Answers

    def _authorise(self, request: Request) -> Response:
        app = json.loads(request.body or b"{}").get("appName")
        if not isinstance(app, str) or not app.strip():
            raise Refusal(400, "appName is required")
        button = self.dialog.ask()
        if button is Button.DENY:
            return Response.json({"denied": True}, status=403)
        remember = button is Button.ALWAYS_ALLOW
        return Response.json({"key": self.keys.issue(remember=remember), "remember": remember})

    def _groups(self, request: Request) -> Response:
        groups = [library for library in self.libraries.values() if library.kind == "group"]
        headers = {
            "Total-Results": str(len(groups)),
            "Link": f'<{request.origin}{request.path}>; rel="last"',
        }
        forms = [
            {"id": group.id, "version": 1, "data": {"id": group.id, "name": group.name}}
            for group in groups
        ]
        return Response.json(forms, headers)

    def _in_library(self, request: Request, library: Library, endpoint: Endpoint) -> Response:
        with library.lock:
            renderer = LocalRenderer(library, request.origin)
            if request.method == "GET":
                return endpoint.read(LocalReader(request, library, renderer), *endpoint.arguments)
            self.tokens.check(request)
            self.tokens.use(request)
            writer = LocalWriter(request, library, renderer)
            response = _write(request, writer, endpoint)
            for key in writer.written:
                for act in self.after_write:
                    act(library, key)
            return response


def _guard_against_browsers(request: Request) -> None:
    """Cuts off what looks like a browser, unless it says that it may."""
    browser = (request.header("User-Agent") or "").startswith("Mozilla/")
    if (browser or request.header("Origin")) and not request.header("Zotero-Allowed-Request"):
        raise Cut


def _check_json(request: Request) -> None:
    content_type = request.header("Content-Type")
    if request.path == "/api/local/authorize" and content_type != JSON:
        raise BareRefusal(400, "Endpoint does not support content-type\n")
    if content_type != JSON or not request.body:
        return
    try:
        json.loads(request.body)
    except ValueError as error:
        raise BareRefusal(400, "Invalid JSON provided\n") from error


def _write(request: Request, writer: LocalWriter, endpoint: Endpoint) -> Response:
    if request.method == "POST" and request.path.endswith("/top"):
        raise Refusal(405, "Method not allowed for this path")
    if endpoint.kind == "tags":
        return writer.delete_tags()
    if not endpoint.arguments:
        many = {"POST": writer.post, "DELETE": writer.delete_many}
        return many[request.method](endpoint.kind)
    one = {"PUT": writer.put, "PATCH": writer.patch, "DELETE": writer.delete_one}
    return one[request.method](endpoint.kind, *endpoint.arguments)


def _ping() -> Response:
    page = "<!DOCTYPE html><html><body>Zotero is running</body></html>"
    return Response.text(page, content_type="text/html")


def _item_types() -> list[dict[str, str]]:
    return [{"itemType": name, "localized": schema.label(name)} for name in schema.ITEM_TYPES]
