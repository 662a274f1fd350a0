"""Slices of a result and the Link headers that lead to the others.

The two servers agree on the relations and differ in nearly everything else: order, which
parameters are repeated, what comes after the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
Params = list[tuple[str, str]]

WEB_DEFAULT = 25
WEB_MOST = 100


def whole_number(text: str | None) -> int | None:
    """The value of a parameter, or None where it is not a whole number."""
    return int(text) if text is not None and re.fullmatch(r"-?\d+", text) else None


@dataclass(frozen=True)
class Page:
    """`limit` objects from `start` on; a limit of None is all of them."""

    start: int
    limit: int | None

    def cut(self, results: Sequence[T]) -> Sequence[T]:
        if self.limit is None:
            return results
        if self.limit < 0:
            return results[:0]
        return results[self.start : self.start + self.limit]

    def last_start(self, total: int) -> int:
        """Where the last page begins; after the end of the results, where they would fill one."""
        assert self.limit is not None
        if self.start >= total:
            return max(0, total - self.limit)
        return (total - 1) // self.limit * self.limit


def web_page(limit: str | None, start: str | None, *, default: int | None) -> Page:
    """Limits that are no positive number count as absent; lists of objects end at 100."""
    asked = whole_number(limit)
    size = asked if asked is not None and asked > 0 else default
    if default is not None and size is not None:
        size = min(size, WEB_MOST)
    return Page(max(0, whole_number(start) or 0), size)


def web_links(url: str, params: Params, page: Page, total: int) -> list[str]:
    """Parameters are sorted; `start=0` and a default limit are left out."""
    starts: dict[str, int] = {}
    if page.start > 0:
        starts = {"first": 0, "prev": max(0, page.start - (page.limit or 0))}
    if page.limit is not None:
        if page.start + page.limit < total:
            starts["next"] = page.start + page.limit
        if page.start != page.last_start(total) or page.start >= total > 0:
            starts["last"] = page.last_start(total)
    return [_link(url, sorted(_with_start(params, at)), rel) for rel, at in starts.items()]


def local_page(limit: str | None, start: str | None) -> Page:
    return Page(max(0, whole_number(start) or 0), whole_number(limit) or None)


def local_links(url: str, params: Params, page: Page, total: int) -> list[str]:
    """Parameters stay where they are; there is always a link to the last page."""
    if page.limit is None:
        return [_link(url, params, "last")]
    if page.limit < 0:
        return []
    starts: dict[str, int] = {}
    if page.start > 0:
        starts = {"first": 0, "prev": max(0, min(page.start, total) - page.limit)}
    starts["last"] = page.last_start(total) if total else 0
    if page.start + page.limit < total:
        starts["next"] = page.start + page.limit
    return [_link(url, _with_start(params, at), rel) for rel, at in starts.items()]


def _with_start(params: Params, start: int) -> Params:
    if start == 0:
        return [(name, value) for name, value in params if name != "start"]
    if any(name == "start" for name, _ in params):
        return [(n, str(start)) if n == "start" else (n, value) for n, value in params]
    return [*params, ("start", str(start))]


def _link(url: str, params: Params, rel: str) -> str:
    query = f"?{urlencode(params)}" if params else ""
    return f'<{url}{query}>; rel="{rel}"'
