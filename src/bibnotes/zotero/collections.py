"""The collections of a Zotero library, by name and by key."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeAlias

from ..errors import ConflictError, NotFoundError, UsageError
from .gateway import Gateway

# The name of each collection and the key of the one it is in, by key.
Collections: TypeAlias = Mapping[str, tuple[str, str | None]]

_ROUNDS = 6
_SUGGESTED = 10


def read_collections(gateway: Gateway) -> tuple[Collections, int]:
    """All collections, and the version of the library that they are of.

    Raises what Gateway raises, and ConflictError where they do not stay the same for long enough.
    """
    for _ in range(_ROUNDS):
        pages = list(gateway.pages(gateway.collections, gateway.collections()))
        if len({page.version for page in pages}) == 1:
            found = {
                each["key"]: (each["data"]["name"], each["data"].get("parentCollection") or None)
                for page in pages
                for each in page.value
            }
            return found, pages[0].version
    raise ConflictError("The collections change while they are read", "Run the command again.")


def find_collection(collections: Collections, wanted: str) -> tuple[str, str]:
    """Key and path of the collection of this key or name, else of this path.

    Raises NotFoundError, and UsageError where several have the name.
    """
    names = {key: name for key, (name, _) in collections.items()}
    found = [wanted] if wanted in collections else _called(names, wanted)
    if not found and "/" in wanted:
        found = _called({key: path(collections, key) for key in collections}, wanted)
    if len(found) == 1:
        return found[0], path(collections, found[0])
    if not found:
        hint = _suggestion(collections, wanted)
        raise NotFoundError(f"The Zotero library has no collection {wanted!r}", hint)
    listed = ", ".join(f"{key} ({path(collections, key)})" for key in sorted(found))
    raise UsageError(
        f"{len(found)} collections are called {wanted!r}", f"Name one by key: {listed}."
    )


def _suggestion(collections: Collections, wanted: str) -> str:
    names = sorted({name for name, _ in collections.values()})
    if near := get_close_matches(wanted, names, n=3):
        return f"Did you mean {' or '.join(near)}?"
    if not names:
        return "It has none at all."
    more = f" and {len(names) - _SUGGESTED} more" if len(names) > _SUGGESTED else ""
    return f"There are {', '.join(names[:_SUGGESTED])}{more}."


def path(collections: Collections, key: str) -> str:
    """The names of the collections that lead to one, with slashes between them."""
    names: list[str] = []
    place: str | None = key
    while place and place in collections and len(names) < len(collections):
        name, place = collections[place]
        names.insert(0, name)
    return "/".join(names)


def _called(names: Mapping[str, str], wanted: str) -> list[str]:
    """The keys of what is called so; only where there is none, in any case."""
    same = [key for key, name in names.items() if name == wanted]
    folded = wanted.casefold()
    return same or [key for key, name in names.items() if name.casefold() == folded]
