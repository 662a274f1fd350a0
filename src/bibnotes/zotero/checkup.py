"""What works with Zotero and what does not, step by step, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..config import ZoteroSettings
from ..errors import BibnotesError
from .access import Access, Group
from .collections import find_collection, read_collections
from .connection import Line
from .gateway import Gateway
from .opening import Surroundings, require_key, require_readable
from .server import Kind, Server

State = Literal["ok", "limited", "failed"]
_Finding: TypeAlias = tuple[State, str, str]  # state, message, hint
_Step: TypeAlias = Callable[[], _Finding]

_FIRST_WRITABLE = 10  # the version of Zotero whose local API can write


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. ``limited``: it can be read, not written.

    ``message`` says what was found, ``hint`` what to do about it.
    """

    server: Kind
    name: str
    state: State
    message: str
    hint: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was tried; ``uses`` is the server that commands will take, None if none works."""

    checks: tuple[Check, ...]
    uses: Kind | None
    exit_code: int


def check_up(settings: ZoteroSettings, surroundings: Surroundings) -> Checkup:
    """Try the servers that the settings allow, one step after another."""
    order: tuple[Kind, ...] = ("local", "web") if settings.server == "auto" else (settings.server,)
    checks = {kind: list(_EXAMINATIONS[kind](settings, surroundings).checks()) for kind in order}
    working = [kind for kind in order if all(check.state != "failed" for check in checks[kind])]
    everything = tuple(check for kind in order for check in checks[kind])
    failed = [check.exit_code for check in everything if check.state == "failed"]
    return Checkup(everything, working[0] if working else None, 0 if working else failed[-1])


class _Examination:
    """Steps on one server; after one that fails the next ones make no sense."""

    kind: Kind

    def __init__(self, settings: ZoteroSettings, surroundings: Surroundings) -> None:
        self.settings = settings
        url = settings.local_url if self.kind == "local" else settings.web_url
        self.line = Line(Server(self.kind, url), None, surroundings.patience, surroundings.log)
        self.library = "user/0" if settings.id == "user" else settings.id

    @property
    def gateway(self) -> Gateway:
        return Gateway(self.line, self.library)

    def steps(self) -> Iterator[tuple[str, _Step]]:
        raise NotImplementedError

    def checks(self) -> Iterator[Check]:
        for name, step in self.steps():
            try:
                state, message, hint = step()
            except BibnotesError as error:
                yield Check(self.kind, name, "failed", error.message, error.hint, error.exit_code)
                return
            yield Check(self.kind, name, state, message, hint)

    def common_steps(self) -> Iterator[tuple[str, _Step]]:
        yield "library", self.holds_items
        if wanted := self.settings.collection:
            yield "collection", lambda: self.has_collection(wanted)

    def holds_items(self) -> _Finding:
        page = self.gateway.items()
        count = f"{page.total} items without attachments"
        return "ok", f"{self.library} holds {count}, version {page.version}", ""

    def has_collection(self, wanted: str) -> _Finding:
        key, path = find_collection(read_collections(self.gateway)[0], wanted)
        return "ok", f"{path} ({key})", ""


class _Desktop(_Examination):
    kind = "local"

    def steps(self) -> Iterator[tuple[str, _Step]]:
        yield "program", self.runs
        yield "local API", self.lets_in
        yield "groups", self.has_groups
        yield from self.common_steps()

    def runs(self) -> _Finding:
        self.gateway.ping()
        version = self.line.zotero_version or "of unknown version"
        return "ok", f"Zotero {version} runs at {self.line.server.url}", ""

    def lets_in(self) -> _Finding:
        self.gateway.greet()
        if _major(self.line.zotero_version) < _FIRST_WRITABLE:
            hint = f"To write on this computer, update Zotero to version {_FIRST_WRITABLE}."
            return "limited", "programs may read, but this Zotero lets none write", hint
        return "ok", "programs may read; before the first write Zotero asks", ""

    def has_groups(self) -> _Finding:
        groups = Gateway(self.line, "user/0").groups()
        return "ok", "; ".join(f"{group.library} {group.name}" for group in groups) or "none", ""


class _Web(_Examination):
    kind = "web"
    access: Access

    def steps(self) -> Iterator[tuple[str, _Step]]:
        yield "server", self.answers
        yield "key", self.has_key
        yield "permissions", self.key_may
        yield "groups", self.has_groups
        yield from self.common_steps()

    def answers(self) -> _Finding:
        self.gateway.greet()
        return "ok", f"{self.line.server.url} answers", ""

    def has_key(self) -> _Finding:
        key = require_key(self.settings)
        self.line.key = key.value
        self.access = self.gateway.key_access()
        owner = f"{self.access.user} (user/{self.access.user_id})"
        if self.settings.id == "user":
            self.library = f"user/{self.access.user_id}"
        return "ok", f"the key in {key.place} belongs to {owner}", ""

    def key_may(self) -> _Finding:
        require_readable(self.line.server, self.access, self.library)
        if not self.access.writes(self.library):
            hint = "To write, give the key write access at zotero.org/settings/keys."
            return "limited", f"the key may read {self.library}, and not write", hint
        return "ok", f"the key may read and write {self.library}", ""

    def has_groups(self) -> _Finding:
        groups = Gateway(self.line, f"user/{self.access.user_id}").groups()
        described = [describe_group(group, self.access) for group in groups]
        ours = next((group for group in groups if group.library == self.library), None)
        said = "; ".join(described) or "none that the key may see"
        if ours and not ours.lets_edit(self.access.user_id):
            return "limited", said, f"{ours.name} lets only its administrators write."
        return "ok", said, ""


def describe_group(group: Group, access: Access) -> str:
    """A group in words: how the settings name it, its name, what may be done there."""
    writes = access.writes(group.library) and group.lets_edit(access.user_id)
    return f"{group.library} {group.name} ({'read and write' if writes else 'read only'})"


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdigit() else 0


_EXAMINATIONS: dict[Kind, type[_Examination]] = {"local": _Desktop, "web": _Web}
