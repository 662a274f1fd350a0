"""Faults on demand, over real HTTP.

A fault stands around the handling of a request: it may answer in its place, change its answer, act
before it, or cut the connection. `Faults.on` says which requests it happens to:

    server.faults.on(answer(429, retry_after=2), request=3)
    server.faults.on(cut_after(), when=is_write)
    server.faults.on(first(lambda: library.edit(key, title="Other")), when=is_write)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.zotero_server.exchange import Cut, ObjectError, Request, Response

Handle = Callable[[Request], Response]
Fault = Callable[[Request, Handle], Response]
Condition = Callable[[Request], bool]


def is_write(request: Request) -> bool:
    return request.method not in {"GET", "HEAD", "OPTIONS"}


def is_read(request: Request) -> bool:
    return not is_write(request)


def answer(status: int, body: str = "", *, retry_after: int | None = None) -> Fault:
    """Answers with this status, 429, 500, 503 …, and does nothing of what was asked."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

    def fault(_request: Request, _handle: Handle) -> Response:
        return Response.text(body, headers, status, "text/html; charset=UTF-8")

    return fault


def backoff(seconds: int) -> Fault:
    """Asks for a pause in the header of an answer that is otherwise as usual."""

    def fault(request: Request, handle: Handle) -> Response:
        response = handle(request)
        response.headers["Backoff"] = str(seconds)
        return response

    return fault


def cut_before() -> Fault:
    """Closes the connection before the request is handled."""

    def fault(_request: Request, _handle: Handle) -> Response:
        raise Cut

    return fault


def cut_after() -> Fault:
    """Handles the request, then closes the connection: a write took effect, its answer is lost."""

    def fault(request: Request, handle: Handle) -> Response:
        handle(request)
        raise Cut

    return fault


def cut_midway() -> Fault:
    """Handles the request, then closes the connection in the middle of the answer."""

    def fault(request: Request, handle: Handle) -> Response:
        raise Cut(handle(request))

    return fault


def hang(seconds: float, *, handled: bool = False) -> Fault:
    """Keeps the client waiting, then closes; with `handled` the request takes effect before."""

    def fault(request: Request, handle: Handle) -> Response:
        if handled:
            handle(request)
        time.sleep(seconds)
        raise Cut

    return fault


def delay(seconds: float) -> Fault:
    """Handles the request after a while."""

    def fault(request: Request, handle: Handle) -> Response:
        time.sleep(seconds)
        return handle(request)

    return fault


def first(action: Callable[[], object]) -> Fault:
    """Acts just before the request is handled: as another client, or by revoking a key."""

    def fault(request: Request, handle: Handle) -> Response:
        action()
        return handle(request)

    return fault


def fail_objects(
    code: int | str = 500,
    message: str | None = "An error occurred",
    *,
    which: Callable[[int, Any], bool] = lambda _index, _sent: True,
) -> Fault:
    """Lets objects of a batch fail inside an answer of 200. `which` gets index and object."""

    def failure(index: int, sent: Any) -> ObjectError | None:
        return ObjectError(code, message) if which(index, sent) else None

    def fault(request: Request, handle: Handle) -> Response:
        return handle(replace(request, fail_object=failure))

    return fault


@dataclass
class _Rule:
    fault: Fault
    request: int | None
    when: Condition
    times: int | None

    def takes(self, request: Request) -> bool:
        if self.times == 0 or self.request not in (None, request.number):
            return False
        return self.when(request)


class Faults:
    """The faults that a server has been told to commit. The latest one told comes first."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def on(
        self,
        fault: Fault,
        *,
        request: int | None = None,
        when: Condition = lambda _request: True,
        times: int | None = 1,
    ) -> None:
        """Commits a fault on the requests that meet every condition given.

        `request` counts from 1 since the log was last cleared. `times` is how often it happens;
        None is for ever.
        """
        with self._lock:
            self._rules.insert(0, _Rule(fault, request, when, times))

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def handle(self, request: Request, handle: Handle) -> Response:
        """Handles a request, or commits the fault that it meets."""
        fault = self._take(request)
        return fault(request, handle) if fault else handle(request)

    def _take(self, request: Request) -> Fault | None:
        with self._lock:
            rule = next((rule for rule in self._rules if rule.takes(request)), None)
            if rule is None:
                return None
            if rule.times is not None:
                rule.times -= 1
            return rule.fault
