"""Texts that a user wrote and that could not be stored where they belong."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from . import files, state

_UNSAFE = re.compile(r"[^\w.-]+")


def keep(name: str, text: str) -> Path:
    """Store a text in the user's own state folder; returns where it is."""
    folder = state.folder() / "drafts"
    files.make_folder(folder)
    path = folder / f"{secrets.token_hex(3)}-{_UNSAFE.sub('_', name)[-80:]}"
    files.create(path, text.encode("utf-8", "surrogatepass"))
    return path
