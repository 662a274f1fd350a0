"""Files that bibnotes generates: replaced freely while nobody has edited them.

What was last written under a name is remembered by its hash in ``.bibnotes/outputs.json`` beside
the file. A file with other bytes holds somebody's work, and is replaced only on request.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from . import files
from .errors import ConflictError

_MEMORY = "outputs.json"


def write(path: Path, data: bytes, *, force: bool = False) -> bool:
    """Write a generated file; returns whether its bytes changed.

    Raises ConflictError where the file was edited, or made by somebody else, unless forced, and
    what ``files.replace`` raises.
    """
    with files.locked(path):
        there = files.read_if_any(path)
        if there == data:
            return False
        memory = _Memory(path)
        if there is not None and not force and memory.of(path) != _hash(there):
            raise ConflictError(
                f"{path} was edited since bibnotes wrote it, or is another file",
                "Attach its reviews first, write to another name, or replace it with --force.",
            )
        memory.note(path, data)
        return files.replace(path, data, there)


class _Memory:
    """The hashes of what was generated in one folder."""

    def __init__(self, path: Path) -> None:
        self._file = files.companion_folder(path) / _MEMORY
        self._raw = files.read_if_any(self._file)

    def of(self, path: Path) -> str:
        return self._hashes().get(files.real_path(path).name, "")

    def note(self, path: Path, data: bytes) -> None:
        hashes = {**self._hashes(), files.real_path(path).name: _hash(data)}
        text = json.dumps(hashes, ensure_ascii=False, indent=0, sort_keys=True)
        files.replace(self._file, text.encode("utf-8", "surrogatepass"), self._raw)

    def _hashes(self) -> dict[str, str]:
        try:
            hashes = json.loads(self._raw or b"{}")
        except ValueError:
            return {}  # then every file counts as edited
        return hashes if isinstance(hashes, dict) else {}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
