"""How long to be patient with a server: waits between attempts, and pauses that it asks for."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

_HEADERS = ("Retry-After", "Backoff")


@dataclass(frozen=True)
class Patience:
    """The bounds of trying; every time is in seconds.

    ``ping_timeout`` is for a desktop, which answers a ping at once if it runs. ``longest_pause`` is
    what a server may ask for before we rather stop. ``sleep`` and ``clock`` are given where nobody
    wants to wait.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_pause: float = 120.0
    timeout: float = 30.0
    ping_timeout: float = 3.0
    sleep: Callable[[float], object] | None = None
    clock: Callable[[], float] = time.monotonic

    def wait_after(self, attempt: int) -> float:
        """How long to wait after a failed attempt, counted from 1: double each time, with jitter.

        The jitter keeps clients that failed together from coming back together.
        """
        doubled: float = self.first_wait * 2 ** (attempt - 1)
        return doubled * random.uniform(0.5, 1.0)  # noqa: S311


class TooLong(Exception):  # noqa: N818
    """The server asks for a longer pause than we make; ``seconds`` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Stopped(Exception):  # noqa: N818
    """Another thread failed, so nobody waits for what this one asks."""


class Pace:
    """The pauses that one server asked for, kept by all threads that ask it."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def wait(self) -> None:
        """Sleep until the server wants to be asked again. Raises TooLong, Stopped."""
        with self._lock:
            rest = self._not_before - self._patience.clock()
        if rest > self._patience.longest_pause:
            raise TooLong(rest)
        self.sleep(rest)

    def sleep(self, seconds: float) -> None:
        """Sleep, unless there is no use in going on. Raises Stopped."""
        if seconds > 0:
            (self._patience.sleep or self._stop.wait)(seconds)
        if self._stop.is_set():
            raise Stopped

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let no thread begin another attempt, and none sleep, for as long as the block lasts."""
        self._stop.set()
        try:
            yield
        finally:
            self._stop.clear()

    def heed(self, headers: Mapping[str, str]) -> float:
        """Note the pause that an answer asks for, with Retry-After or Backoff; returns it."""
        seconds = max(_seconds(headers.get(name, "")) for name in _HEADERS)
        with self._lock:
            self._not_before = max(self._not_before, self._patience.clock() + seconds)
        return seconds


def _seconds(value: str) -> float:
    """A header's number of seconds; Zotero sends no dates here."""
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0
