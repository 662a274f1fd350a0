"""Who may do what on the web API: users, groups, keys, and what wrong keys lead to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.zotero_server.exchange import Refusal
from tests.zotero_server.store import Library, now

KEY = "RWrw" * 6
KEY_READONLY = "ROro" * 6
KEY_NONOTES = "NNnn" * 6
KEY_OTHER = "OUou" * 6
KEY_INVALID = "QZqz" * 6
"""A key that nobody was given."""

USER_ID = 475001
OTHER_USER_ID = 475002
GROUP_ID = 5001
READONLY_GROUP_ID = 5002

WRONG_KEYS_ALLOWED = 6
THROTTLED_SECONDS = 300


@dataclass(frozen=True)
class User:
    id: int
    name: str
    display_name: str


@dataclass(frozen=True)
class Group:
    """A private group. `editing` is `members` or `admins`; the owner may always edit."""

    id: int
    version: int
    name: str
    owner: int
    editing: str
    members: tuple[int, ...] = ()
    created: str = field(default_factory=now)

    def has(self, user: User) -> bool:
        return user.id == self.owner or user.id in self.members

    def may_edit(self, user: User) -> bool:
        return user.id == self.owner or (self.editing == "members" and user.id in self.members)


@dataclass(frozen=True)
class Access:
    """What a key grants to its owner."""

    user: User
    write: bool = True
    notes: bool = True
    groups: bool = True

    def as_json(self, key: str) -> dict[str, Any]:
        """The answer of /keys/current."""
        user = {"library": True, "files": True, "notes": self.notes, "write": self.write}
        access: dict[str, Any] = {"user": {name: True for name, has in user.items() if has}}
        if self.groups:
            access["groups"] = {"all": {"library": True, "write": self.write}}
        return {
            "key": key,
            "userID": self.user.id,
            "username": self.user.name,
            "displayName": self.user.display_name,
            "access": access,
        }


class Accounts:
    """The users of the recordings, their groups and their keys.

    `grant` and `revoke` may be called at any time, also between two requests of a client.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.user = User(USER_ID, "testuser", "Test User")
        self.other = User(OTHER_USER_ID, "otheruser", "Other User")
        self.users = {user.id: user for user in (self.user, self.other)}
        self.groups = {
            GROUP_ID: Group(GROUP_ID, 1, "Members Group", USER_ID, "members"),
            READONLY_GROUP_ID: Group(
                READONLY_GROUP_ID, 2, "Admins Only Group", OTHER_USER_ID, "admins", (USER_ID,)
            ),
        }
        self.keys = {
            KEY: Access(self.user),
            KEY_READONLY: Access(self.user, write=False),
            KEY_NONOTES: Access(self.user, notes=False, groups=False),
            KEY_OTHER: Access(self.other),
        }
        self._clock = clock
        self._failures: list[float] = []

    def grant(self, key: str, access: Access) -> None:
        self.keys[key] = access

    def revoke(self, key: str) -> None:
        del self.keys[key]

    def access(self, key: str) -> Access:
        """What a key grants. After six wrong ones every key is refused for five minutes."""
        since = self._clock() - THROTTLED_SECONDS
        self._failures = [at for at in self._failures if at > since]
        if len(self._failures) >= WRONG_KEYS_ALLOWED:
            raise Refusal(429, "Too many authentication failures")
        if key not in self.keys:
            self._failures.append(self._clock())
            raise Refusal(403, "Invalid key")
        return self.keys[key]

    def key_of(self, access: Access) -> str:
        return next(key for key, granted in self.keys.items() if granted is access)

    def may_read(self, access: Access | None, library: Library) -> bool:
        if access is None:
            return False
        if library.kind == "user":
            return access.user.id == library.id
        return access.groups and self.groups[library.id].has(access.user)

    def may_write(self, access: Access | None, library: Library) -> bool:
        if access is None or not access.write or not self.may_read(access, library):
            return False
        return library.kind == "user" or self.groups[library.id].may_edit(access.user)

    def groups_of(self, user: User) -> list[Group]:
        return [group for group in self.groups.values() if group.has(user)]
