"""Consent to write: the dialog that the desktop opens, and the keys that come of it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.zotero_server.exchange import Refusal

DIALOGS_ALLOWED = 5
DIALOG_SECONDS = 60


class Button(Enum):
    """What the user does with the dialog. Escape and the window's close button mean ALWAYS_ALLOW,
    Return means DENY."""

    ALLOW = "allow"
    ALWAYS_ALLOW = "always allow"
    DENY = "deny"
    NONE = "none"
    """Nothing yet: the dialog stays open until `Dialog.press`."""


@dataclass
class Dialog:
    """The dialog of POST /api/local/authorize. `button` is what the user presses at once.

    `waiting` counts the dialogs that are open now.
    """

    button: Button = Button.ALWAYS_ALLOW
    clock: Callable[[], float] = time.monotonic
    waiting: int = 0
    _opened: list[float] = field(default_factory=list)
    _pressed: threading.Condition = field(default_factory=threading.Condition)

    def ask(self) -> Button:
        """Opens the dialog and returns the button that was pressed, however long that takes."""
        with self._pressed:
            self._check_rate()
            self._opened.append(self.clock())
            self.waiting += 1
            self._pressed.wait_for(lambda: self.button is not Button.NONE)
            self.waiting -= 1
            return self.button

    def press(self, button: Button) -> None:
        """Presses a button in the dialogs that are open, and in those to come."""
        with self._pressed:
            self.button = button
            self._pressed.notify_all()

    def _check_rate(self) -> None:
        since = self.clock() - DIALOG_SECONDS
        self._opened = [at for at in self._opened if at > since]
        if len(self._opened) >= DIALOGS_ALLOWED:
            wait = int(self._opened[0] - since) + 1
            raise Refusal(429, "Too many authorization requests", {"Retry-After": str(wait)})


class Keys:
    """The keys that the user allowed. One of "Allow" is good for a single write request."""

    def __init__(self) -> None:
        self._remembered: dict[str, bool] = {}
        self._lock = threading.Lock()

    def issue(self, *, remember: bool) -> str:
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._remembered[key] = remember
        return key

    def use(self, key: str) -> bool:
        """Whether the key is good; one that is not remembered is used up by this."""
        with self._lock:
            if self._remembered.get(key):
                return True
            return self._remembered.pop(key, None) is not None

    def clear(self) -> None:
        """The user clears them all in Zotero's settings."""
        with self._lock:
            self._remembered.clear()
