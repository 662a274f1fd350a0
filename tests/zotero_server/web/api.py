"""The web API: who may come in, and which part of the server answers.

Behaves as the recordings of Zotero's server software do (tests/data/zotero/web).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.zotero_server import schema
from tests.zotero_server.exchange import Refusal, Request, Response
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import Access, Accounts
from tests.zotero_server.web.forms import NoteCleaner
from tests.zotero_server.web.reading import NotModified, WebReader, check_parameters
from tests.zotero_server.web.rendering import WebRenderer, group_json
from tests.zotero_server.web.sanitising import recorded_form
from tests.zotero_server.web.writing import WebWriter
from tests.zotero_server.writing import WriteTokens

READING = frozenset({"GET", "HEAD"})
TEXT = "text/html; charset=UTF-8"
API_VERSIONS = ("1", "2", "3")
NOT_FOUND = "<h1>Not Found</h1>\n<p>The page you requested could not be found.</p>\n"

_KEY = r"([2-9A-NP-Z]{8})"
_ROUTES: dict[str, tuple[str, Callable[..., Response]]] = {
    r"items": ("HEAD, GET, POST, DELETE", WebReader.items),
    r"items/top": ("GET", WebReader.top),
    r"items/trash": ("GET", WebReader.trash),
    r"items/tags": ("GET", WebReader.item_tags),
    r"items/top/tags": ("GET", WebReader.top_tags),
    rf"items/{_KEY}": ("HEAD, GET, PUT, PATCH, DELETE", WebReader.item),
    rf"items/{_KEY}/children": ("GET", WebReader.children),
    rf"items/{_KEY}/tags": ("GET", WebReader.item_tags),
    r"collections": ("HEAD, GET, POST, DELETE", WebReader.collections),
    r"collections/top": ("GET", WebReader.top_collections),
    rf"collections/{_KEY}": ("HEAD, GET, PUT, PATCH, DELETE", WebReader.collection),
    rf"collections/{_KEY}/collections": ("GET", WebReader.subcollections),
    rf"collections/{_KEY}/items": ("GET", WebReader.collection_items),
    rf"collections/{_KEY}/items/top": ("GET", WebReader.collection_top),
    r"searches": ("GET", WebReader.searches),
    r"settings": ("GET", WebReader.settings),
    r"settings/(\w+)": ("GET, PUT, DELETE", WebReader.setting),
    r"tags": ("HEAD, GET, DELETE", WebReader.tags),
    r"tags/([^/]+)": ("HEAD, GET, DELETE", WebReader.tag),
    r"deleted": ("GET", WebReader.deleted),
}


@dataclass(frozen=True)
class Route:
    """What a path inside a library leads to; `allowed` is as the Allow header names it."""

    kind: str
    allowed: str
    read: Callable[..., Response]
    arguments: tuple[str, ...]


class WebApi:
    """The web server with the users, groups and keys of `accounts` and one library for each.

    `clean_note` is what it makes of a note's HTML; a test may replace it.
    """

    def __init__(self, clean_note: NoteCleaner = recorded_form) -> None:
        self.clean_note = clean_note
        self.reset()

    def reset(self) -> None:
        """Back to empty libraries and the keys of the start."""
        self.accounts = Accounts()
        users = self.accounts.users.values()
        groups = self.accounts.groups.values()
        libraries = [Library("user", user.id, user.display_name) for user in users]
        libraries += [Library("group", group.id, group.name) for group in groups]
        self.libraries = {library.path: library for library in libraries}
        self.tokens = WriteTokens()

    @property
    def library(self) -> Library:
        """The library of the user whom the usual keys belong to."""
        return self.libraries[f"users/{self.accounts.user.id}"]

    def handle(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(200, {"Content-Type": TEXT})
        try:
            answer = self._admit(request)
        except Refusal as refusal:
            return _refused(refusal)
        version = request.header("Zotero-API-Version") or "3"
        try:
            response = answer()
        except NotModified:
            return Response(304)
        except Refusal as refusal:
            response = _refused(refusal)
        if version != "3":
            response.headers.pop("Total-Results", None)
        response.headers |= {
            "Zotero-API-Version": version,
            "Zotero-Schema-Version": schema.VERSION,
        }
        return response

    # Admission: what is refused here carries no version of the API.

    def _admit(self, request: Request) -> Callable[[], Response]:
        """Checks what concerns the request as such; returns what will answer it."""
        if request.header("Expect"):
            raise Refusal(417, "Expect header is not supported")
        version = request.header("Zotero-API-Version") or "3"
        if version not in API_VERSIONS:
            raise Refusal(400, f"Invalid API version '{version}'")
        access = self._access(request)
        path = request.path.strip("/")
        if not re.match(r"(users|groups)/", path):
            return self._global(request, path, access)
        kind, owner, *rest = path.split("/", 2)
        check_parameters(request)
        if rest == ["groups"]:
            return lambda: self._groups(request, access)
        library = self._library(kind, owner)
        if not rest:
            return lambda: self._group(request, library, access)
        route = _route(rest[0])
        if request.method not in READING:
            self._admit_write(request, access)
        return lambda: self._answer(request, library, access, route)

    def _access(self, request: Request) -> Access | None:
        given = [request.header("Zotero-API-Key"), request.param("key")]
        authorization = request.header("Authorization")
        if authorization is not None:
            found = re.fullmatch(r"Bearer (\w+)", authorization)
            if not found:
                raise Refusal(400, "Invalid Authorization header format")
            given.append(found[1])
        keys = {key for key in given if key}
        if len(keys) > 1:
            raise Refusal(400, "Zotero-API-Key header and 'key' parameter differ")
        return self.accounts.access(keys.pop()) if keys else None

    def _library(self, kind: str, owner: str) -> Library:
        if kind == "users" and (not owner.isdigit() or int(owner) == 0):
            raise Refusal(400, "Invalid user ID")
        library = self.libraries.get(f"{kind}/{owner}")
        if library is None:
            raise Refusal(404, f"User {owner} not found" if kind == "users" else "Not found")
        return library

    def _admit_write(self, request: Request, access: Access | None) -> None:
        if access is None:
            raise Refusal(403, "An API key is required for write requests.")
        if request.method in {"POST", "PUT", "PATCH"} and not request.body:
            raise Refusal(400, f"{request.method} data not provided")
        self.tokens.check(request)

    # Answers about one library

    def _answer(
        self, request: Request, library: Library, access: Access | None, route: Route
    ) -> Response:
        reads = request.method in READING
        with library.lock:
            if reads and not self.accounts.may_read(access, library):
                raise Refusal(403, "Forbidden")
            if request.method not in route.allowed.split(", ") and request.method != "HEAD":
                raise Refusal(405, "Method not allowed", {"Allow": route.allowed})
            if not reads and not self.accounts.may_write(access, library):
                raise Refusal(403, "Write access denied")
            notes = access is not None and access.notes
            renderer = WebRenderer(library, request.origin, self.accounts.user, notes=notes)
            reader = WebReader(request, library, renderer)
            if reads:
                return route.read(reader, *route.arguments)
            if route.kind == "items" and route.arguments:
                reader.check_visible(route.arguments[0])
            writer = WebWriter(request, library, renderer, self.clean_note)
            response = _write(request.method, writer, route)
            if not _last_failed(request, response):
                self.tokens.use(request)
            return response

    # Answers about users, groups and the schema

    def _groups(self, request: Request, access: Access | None) -> Response:
        if access is None:
            raise Refusal(403, "Forbidden")
        groups = self.accounts.groups_of(access.user) if access.groups else []
        headers = {
            "Total-Results": str(len(groups)),
            "Link": f'<https://www.zotero.org{request.path}>; rel="alternate"',
        }
        if request.param("format") == "versions":
            return Response.json({str(group.id): group.version for group in groups}, headers)
        forms = [group_json(group, request.origin, access.user) for group in groups]
        return Response.json(forms, headers)

    def _group(self, request: Request, library: Library, access: Access | None) -> Response:
        if access is None or not self.accounts.may_read(access, library):
            raise Refusal(403, "Forbidden")
        group = self.accounts.groups[library.id]
        headers = {"Last-Modified-Version": str(group.version)}
        return Response.json(group_json(group, request.origin, access.user), headers)

    def _global(self, request: Request, path: str, access: Access | None) -> Callable[[], Response]:
        if found := re.fullmatch(r"keys/(\w{24})", path):
            access, path = self.accounts.keys.get(found[1]), "keys/current"
        answers: dict[str, Callable[[], Response]] = {
            "": lambda: Response.text("Nothing to see here.", content_type=TEXT),
            "keys/current": lambda: _key_info(access, self.accounts),
            "itemTypes": lambda: Response.json(_item_types()),
            "items/new": lambda: _template(request.param("itemType")),
        }
        if path not in answers:
            raise Refusal(404, NOT_FOUND)
        return answers[path]


def _refused(refusal: Refusal) -> Response:
    return Response.text(refusal.message, refusal.headers, refusal.status, TEXT)


def _route(path: str) -> Route:
    for pattern, (allowed, read) in _ROUTES.items():
        if found := re.fullmatch(pattern, path):
            return Route(path.split("/")[0], allowed, read, found.groups())
    raise Refusal(404, NOT_FOUND)


def _write(method: str, writer: WebWriter, route: Route) -> Response:
    if route.kind == "tags":
        return writer.delete_tags()
    if route.kind == "settings":
        setting = {"PUT": writer.put_setting, "DELETE": writer.delete_setting}
        return setting[method](*route.arguments)
    if not route.arguments:
        many = {"POST": writer.post, "DELETE": writer.delete_many}
        return many[method](route.kind)
    one = {"PUT": writer.put, "PATCH": writer.patch, "DELETE": writer.delete_one}
    return one[method](route.kind, *route.arguments)


def _last_failed(request: Request, response: Response) -> bool:
    """Whether the last object of a batch failed: its write token then counts as unused."""
    if request.method != "POST":
        return False
    result = json.loads(response.body)
    answered = [int(index) for part in result.values() for index in part]
    return str(max(answered, default=-1)) in result["failed"]


def _key_info(access: Access | None, accounts: Accounts) -> Response:
    if access is None:
        raise Refusal(403, "Forbidden")
    return Response.json(access.as_json(accounts.key_of(access)))


def _item_types() -> list[dict[str, str]]:
    names = [name for name in schema.ITEM_TYPES if name not in {"annotation", "attachment"}]
    return [{"itemType": name, "localized": schema.label(name)} for name in names]


def _template(item_type: str | None) -> Response:
    """An empty item of a type, to fill in and send."""
    if item_type is None:
        raise Refusal(400, "'itemType' not provided")
    if item_type not in schema.FIELDS:
        raise Refusal(400, f"Invalid item type '{item_type}'")
    template: dict[str, Any] = {"itemType": item_type}
    if schema.is_regular(item_type):
        first, *_ = schema.CREATOR_TYPES[item_type]
        template["creators"] = [{"creatorType": first, "firstName": "", "lastName": ""}]
    if item_type == "note":
        template["note"] = ""
    template |= dict.fromkeys(schema.FIELDS[item_type], "")
    return Response.json(template | {"tags": [], "collections": [], "relations": {}})
