"""What works with Zotero and what does not, step by step, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..config import ZoteroSettings
from ..errors import BibnotesError
from .access import Access, Group
from .collections import find_collection, read_collections
from .connection import Line
from .gateway import FIRST_WRITABLE, Gateway
from .opening import LOGIN, OWN, Surroundings, require_readable, web_key
from .server import Kind, Server

State = Literal["ok", "limited", "failed"]
_Finding: TypeAlias = tuple[State, str, str]  # state, message, hint
_Step: TypeAlias = Callable[[], _Finding]

_COLLECTION = "collection"  # is looked for only once a server has been chosen


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
    """All that was tried; ``uses`` is the server that commands will take, None if none works.

    ``exit_code`` is 0 if they will find what the settings name there.
    """

    checks: tuple[Check, ...]
    uses: Kind | None
    exit_code: int


def check_up(settings: ZoteroSettings, surroundings: Surroundings) -> Checkup:
    """Try the servers that the settings allow, one step after another."""
    order: tuple[Kind, ...] = ("local", "web") if settings.server == "auto" else (settings.server,)
    checks = {kind: list(_EXAMINATIONS[kind](settings, surroundings).checks()) for kind in order}
    reached = [kind for kind in order if not _failures(checks[kind], besides=_COLLECTION)]
    uses = reached[0] if reached else None
    everything = tuple(check for kind in order for check in checks[kind])
    failures = _failures(checks[uses] if uses else everything)
    return Checkup(everything, uses, failures[-1].exit_code if failures else 0)


def _failures(checks: Iterable[Check], besides: str = "") -> list[Check]:
    return [check for check in checks if check.state == "failed" and check.name != besides]


class _Examination:
    """Steps on one server; after one that fails the next ones make no sense."""

    kind: Kind

    def __init__(self, settings: ZoteroSettings, surroundings: Surroundings) -> None:
        self.settings = settings
        url = settings.local_url if self.kind == "local" else settings.web_url
        self.line = Line(Server(self.kind, url), None, surroundings.patience, surroundings.log)
        self.library = OWN if settings.id == "user" else settings.id

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
            yield _COLLECTION, lambda: self.has_collection(wanted)

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
        if _major(self.line.zotero_version) < FIRST_WRITABLE:
            hint = f"To write on this computer, update Zotero to version {FIRST_WRITABLE}."
            return "limited", "programs may read, but this Zotero lets none write", hint
        return "ok", "programs may read; before the first write Zotero asks", ""

    def has_groups(self) -> _Finding:
        groups = Gateway(self.line, OWN).groups()
        return "ok", "; ".join(f"{group.library} {group.name}" for group in groups) or "none", ""


class _Web(_Examination):
    kind = "web"
    access: Access | None = None  # where there is a key
    _groups: list[Group] | None = None

    def steps(self) -> Iterator[tuple[str, _Step]]:
        yield "server", self.answers
        yield "key", self.has_key
        if access := self.access:
            yield "permissions", lambda: self.key_may(access)
            yield "groups", lambda: self.has_groups(access)
        yield from self.common_steps()

    def answers(self) -> _Finding:
        self.gateway.greet()
        return "ok", f"{self.line.server.url} answers", ""

    def has_key(self) -> _Finding:
        key = web_key(self.settings)
        if key is None:
            return "limited", f"none; {self.library} can be read without if it is public", LOGIN
        self.line.key = key.value
        self.access = access = self.gateway.key_access()
        owner = f"{access.user} (user/{access.user_id})"
        if self.settings.id == "user":
            self.library = f"user/{access.user_id}"
        return "ok", f"the key in {key.place} belongs to {owner}", ""

    def key_may(self, access: Access) -> _Finding:
        require_readable(self.gateway, access)
        if not access.writes(self.library):
            hint = "To write, give the key write access at zotero.org/settings/keys."
            return "limited", f"the key may read {self.library}, and not write", hint
        if self.library.startswith("group/") and not self.own_group(access):
            hint = "Compare zotero.id with the groups listed below."
            said = f"{access.user} is no member of {self.library}: it can be read if it is public"
            return "limited", said, hint
        return "ok", f"the key may read and write {self.library}", ""

    def has_groups(self, access: Access) -> _Finding:
        described = [describe_group(group, access) for group in self.groups(access)]
        said = "; ".join(described) or "none that the key may see"
        ours = self.own_group(access)
        if ours and not ours.lets_edit(access.user_id):
            return "limited", said, f"{ours.name} lets only its administrators write."
        return "ok", said, ""

    def own_group(self, access: Access) -> Group | None:
        """The group that is meant, if the owner of the key is a member of it."""
        return next((each for each in self.groups(access) if each.library == self.library), None)

    def groups(self, access: Access) -> list[Group]:
        """The groups of the key's owner that the key may see; asked for once."""
        if self._groups is None:
            self._groups = Gateway(self.line, f"user/{access.user_id}").groups()
        return self._groups


def describe_group(group: Group, access: Access) -> str:
    """A group in words: how the settings name it, its name, what may be done there."""
    writes = access.writes(group.library) and group.lets_edit(access.user_id)
    return f"{group.library} {group.name} ({'read and write' if writes else 'read only'})"


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdigit() else 0


_EXAMINATIONS: dict[Kind, type[_Examination]] = {"local": _Desktop, "web": _Web}
