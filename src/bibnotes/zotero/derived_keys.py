"""The keys of the notes that bibnotes makes on the web, the same on every machine and every try."""

from __future__ import annotations

import hashlib

_CHARACTERS = "23456789ABCDEFGHIJKLMNPQRSTUVWXYZ"  # those of Zotero's own keys
_LENGTH = 8


def derived_key(item: str, reader: str | None, n: int) -> str:
    """The n-th key, from 0, for the note of a reader's review of an item."""
    named = f"{item}\n{(reader or '').casefold()}\n{n}"
    number = int.from_bytes(hashlib.sha256(named.encode("utf-8", "surrogatepass")).digest(), "big")
    key = ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_CHARACTERS))
        key += _CHARACTERS[digit]
    return key
