"""What a key of the web server may do, and which groups there are."""

from __future__ import annotations

from dataclasses import dataclass

from ..escape import one_line
from ..model import Json


@dataclass(frozen=True, slots=True)
class Access:
    """What a key may do. ``groups`` maps a group's number, or ``all``, to whether it may write."""

    user_id: int
    user: str
    library: bool
    notes: bool
    write: bool
    groups: dict[str, bool]

    @classmethod
    def of_json(cls, value: Json) -> Access:
        """What `/keys/current` says; rights that are not mentioned are not granted."""
        rights = value.get("access", {})
        own = rights.get("user", {})
        groups = rights.get("groups", {})
        return cls(
            user_id=int(value["userID"]),
            user=one_line(str(value.get("username", ""))),
            library=bool(own.get("library")),
            notes=bool(own.get("notes")),
            write=bool(own.get("write")),
            groups={
                number: bool(right.get("write"))
                for number, right in groups.items()
                if right.get("library")
            },
        )

    def reads(self, library: str) -> bool:
        """Whether the key may read a library, with its notes."""
        kind, _, number = library.partition("/")
        if kind == "group":
            return number in self.groups or "all" in self.groups
        return self.library and self.notes and number == str(self.user_id)

    def writes(self, library: str) -> bool:
        """Whether the key may write to a library; a group may still refuse its members."""
        kind, _, number = library.partition("/")
        if kind == "group":
            return self.groups.get(number, self.groups.get("all", False))
        return self.write and self.reads(library)


@dataclass(frozen=True, slots=True)
class Group:
    """A group as its members see it; the desktop says only its name."""

    id: int
    name: str
    owner: int | None = None
    editing: str | None = None  # "members" or "admins"
    admins: tuple[int, ...] = ()

    @classmethod
    def of_json(cls, value: Json) -> Group:
        """A group as either server describes it."""
        data = value.get("data", {})
        return cls(
            int(value["id"]),
            one_line(str(data.get("name", ""))),
            data.get("owner"),
            data.get("libraryEditing"),
            tuple(data.get("admins", ())),
        )

    @property
    def library(self) -> str:
        """``group/5001``, as the settings have it."""
        return f"group/{self.id}"

    def lets_edit(self, user: int) -> bool:
        """Whether a member may change the group's items."""
        return self.editing != "admins" or user == self.owner or user in self.admins
