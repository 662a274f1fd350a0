"""Files that bibnotes generates: replaced freely while nobody has edited them.

What was last written is remembered by its hash, in ``.bibnotes/NAME.output`` beside the file. A
file with other bytes holds somebody's work, and is replaced only on request.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from . import files
from .errors import ConflictError


def write(path: Path, data: bytes, *, force: bool = False) -> bool:
    """Write a generated file; returns whether its bytes changed.

    Raises ConflictError where the file was edited, or made by somebody else, unless forced, and
    what ``files.replace`` raises.
    """
    with files.locked(path):
        there = files.read_if_any(path)
        if there == data:
            return False
        memory = _memory(path)
        known = files.read_if_any(memory)
        if there is not None and not force:
            _require_ours(path, there, known)
        # Both the old and the new: whichever is there after a failure, bibnotes wrote it.
        ours = [] if there is None or force else [_hash(there)]
        files.replace(memory, b"\n".join([*ours, _hash(data)]) + b"\n", known)
        return files.replace(path, data, there)


def check(path: Path, data: bytes, *, force: bool = False) -> None:
    """Raise the ConflictError that ``write`` would raise now."""
    there = files.read_if_any(path)
    if there is not None and there != data and not force:
        _require_ours(path, there, files.read_if_any(_memory(path)))


def _memory(path: Path) -> Path:
    return files.companion_folder(path) / f"{files.short_name(path)}.output"


def _require_ours(path: Path, there: bytes, known: bytes | None) -> None:
    if _hash(there) not in (known or b"").split():
        raise ConflictError(
            f"{path} was edited since bibnotes wrote it, or is another file",
            "Attach its reviews first, write to another name, or replace it with --force.",
        )


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
