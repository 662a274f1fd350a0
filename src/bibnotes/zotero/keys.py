"""Where keys of Zotero's servers are kept: the environment, the system's keyring, or a file.

A key is kept under the address that it belongs to, and only ever found by that address.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .. import files, state
from ..config import ZoteroSettings
from ..errors import BibnotesError, NotAllowedError

T = TypeVar("T")

ENVIRONMENT = "ZOTERO_API_KEY"
_SERVICE = "bibnotes"
_KEYRING = "the keyring"
_SENDABLE = re.compile("[!-~]+")


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and in words where it was found."""

    value: str = field(repr=False)
    place: str


def find_web(settings: ZoteroSettings) -> Key | None:
    """The key for the web server of the settings; the environment's comes first.

    Raises what ``find`` raises.
    """
    if settings.api_key:
        return _checked(settings.api_key, f"the environment ({ENVIRONMENT})")
    return find(settings.web_url)


def find(address: str) -> Key | None:
    """The key that is kept for an address.

    Raises NotAllowedError where others may read the file of keys, BibnotesError for a broken one.
    """
    if value := _in_keyring(address):
        return _checked(value, _KEYRING)
    if value := _in_file().get(address):
        return _checked(value, str(_file()))
    return None


def keep(address: str, value: str) -> Key:
    """Keep a key in the keyring, else in a file that only its owner may read.

    A key that was kept before stays until the new one is. Raises NotAllowedError for what cannot be
    a key, BibnotesError where a keyring goes on giving another.
    """
    sendable(value)
    _with_keyring(lambda keyring: keyring.set_password(_SERVICE, address, value))
    if _in_keyring(address) == value:  # some take a key and do not keep it
        _remove_from_file(address)
        return Key(value, _KEYRING)
    with _changing_file() as kept:
        kept[address] = value
    _remove_from_keyring(address)
    if _in_keyring(address):
        hint = "Remove it there: bibnotes is not let, and it comes before the one in the file."
        raise BibnotesError(f"The keyring holds another key for {address}", hint)
    return Key(value, str(_file()))


def sendable(value: str) -> str:
    """The key as it is, if it can be sent. Raises NotAllowedError."""
    return _checked(value, "what was given").value


def forget(address: str) -> list[str]:
    """Remove the key of an address; returns the places where there was one."""
    removed = {_KEYRING: _remove_from_keyring(address), str(_file()): _remove_from_file(address)}
    return [place for place, was_there in removed.items() if was_there]


def _checked(value: str, place: str) -> Key:
    """The key, if it can be sent at all; what refuses to send it would show it."""
    if not _SENDABLE.fullmatch(value):
        message = f"The key from {place} holds characters that no key has"
        raise NotAllowedError(message, "Copy it again from zotero.org/settings/keys.")
    return Key(value, place)


def _in_keyring(address: str) -> str | None:
    value = _with_keyring(lambda keyring: keyring.get_password(_SERVICE, address))
    return str(value) if value else None


def _remove_from_keyring(address: str) -> bool:
    """Returns whether there was a key."""
    if not _in_keyring(address):
        return False
    _with_keyring(lambda keyring: keyring.delete_password(_SERVICE, address))
    return True


def _with_keyring(use: Callable[[Any], T]) -> T | None:
    """What the system's keyring answers; None where there is none or it cannot be used."""
    try:
        import keyring  # takes long to load, and few commands need it

        return use(keyring)
    except Exception:  # none, locked, denied, set wrong: each backend has its own
        return None


def _file() -> Path:
    return state.folder() / "zotero-keys.json"


def _in_file() -> dict[str, str]:
    path = _file()
    data = files.read_if_any(path)
    if data is None:
        return {}
    if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NotAllowedError(
            f"{path} holds keys, and others may read it", f"Run: chmod 600 {path}"
        )
    try:
        kept = json.loads(data)
        return {str(address): str(value) for address, value in kept.items()}
    except (ValueError, AttributeError):
        hint = "Remove it, and run bibnotes login."
        raise BibnotesError(f"{path} is damaged", hint) from None


def _remove_from_file(address: str) -> bool:
    """Returns whether there was a key."""
    if address not in _in_file():
        return False
    with _changing_file() as kept:
        return kept.pop(address, None) is not None


@contextmanager
def _changing_file() -> Iterator[dict[str, str]]:
    """The keys in the file, which then holds what was made of them; it goes with its last key."""
    path = _file()
    files.make_folder(path.parent)
    with files.locked(path):
        kept = _in_file()
        yield kept
        if kept:
            data = json.dumps(kept, indent=2).encode()
            files.replace(path, data, files.read_if_any(path), mode=0o600)
        else:
            files.remove(path)
