"""How a cache becomes what the library is now, with as few requests as that takes.

A library that nobody changed costs one request. Whatever happens on the way, what is complete is
what one version of the library held: the pages of a library that changed while they were read do
not fit together, so they are then compared with the list of all versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ..errors import ConflictError
from ..model import Json
from .cache import Cache
from .collections import read_collections
from .gateway import KEYS_AT_ONCE, Answer, Gateway

Progress = Callable[[int, int], None]  # how many are read or written, of how many

_ROUNDS = 6


def refresh(gateway: Gateway, cache: Cache, progress: Progress) -> None:
    """Bring the cache up to date.

    After an interruption the next call goes on with what is missing. Raises what Gateway raises,
    and ConflictError where the library changes faster than it can be read.
    """
    reader = _Reader(gateway, cache, progress)
    for _ in range(_ROUNDS):
        if reader.is_done():
            return
        cache.incomplete()
    raise ConflictError(
        "The Zotero library changes while it is read", "Run the command again: it goes on."
    )


def refresh_collections(gateway: Gateway, cache: Cache) -> None:
    """Bring the collections up to date; no request where they are of the items' version."""
    if cache.collections_version == cache.version is not None:
        return
    cache.save_collections(*read_collections(gateway))


class _Reader:
    """One way of reading after another, until one has all of one version."""

    def __init__(self, gateway: Gateway, cache: Cache, progress: Progress) -> None:
        self._gateway, self._cache, self._progress = gateway, cache, progress

    def is_done(self) -> bool:
        """Whether the cache is complete now; if not, compare what there is with what should be."""
        if self._cache.version is None:
            return self._read_all() if self._cache.is_empty else self._compare()
        if self._gateway.line.server.is_local:  # it keeps no list of what was deleted
            return self._compare()
        return self._catch_up(self._cache.version)

    def _read_all(self) -> bool:
        first = self._gateway.items()
        versions, count = self._save(first, lambda start: self._gateway.items(start=start))
        return self._completed(versions | {first.version}, whole=count == first.total)

    def _catch_up(self, since: int) -> bool:
        first = self._gateway.changed_items(since)
        if first is None:
            return True
        deleted = self._gateway.deleted(since)
        versions, count = self._save(
            first, lambda start: self._gateway.items(start=start, since=since)
        )
        self._cache.drop(deleted.value)
        return self._completed(versions | {deleted.version}, whole=count == first.total)

    def _compare(self) -> bool:
        """Fetch what is missing or old, by key."""
        listed = self._gateway.versions(unless=self._cache.version)
        if listed is None:
            return True
        known = self._cache.versions()
        self._cache.drop(known.keys() - listed.value.keys())
        wanted = [key for key, version in listed.value.items() if known.get(key) != version]
        if not known and len(wanted) > KEYS_AT_ONCE:
            return self._read_all()
        versions = {listed.version}
        done = len(listed.value) - len(wanted)
        for page in self._gateway.in_parallel(self._gateway.items_of, _portions(wanted)):
            versions.add(page.version)
            items = [item for item in page.value if item["key"] in listed.value]
            self._cache.save(items)
            done += len(items)
            self._progress(done, len(listed.value))
        return self._completed(versions, whole=self._cache.versions() == listed.value)

    def _save(
        self, first: Answer[list[Json]], read: Callable[[int], Answer[list[Json]]]
    ) -> tuple[set[int], int]:
        """Save all pages; returns the versions that they were of, and how many items they held."""
        versions: set[int] = set()
        keys: set[str] = set()
        for page in self._gateway.pages(read, first):
            versions.add(page.version)
            keys.update(item["key"] for item in page.value)
            self._cache.save(page.value)
            self._progress(len(keys), first.total)
        return versions, len(keys)

    def _completed(self, versions: set[int], *, whole: bool) -> bool:
        if len(versions) != 1 or not whole:
            return False
        self._cache.complete(versions.pop())
        return True


def _portions(keys: Iterable[str]) -> Iterator[list[str]]:
    keys = iter(keys)
    while portion := list(islice(keys, KEYS_AT_ONCE)):
        yield portion
