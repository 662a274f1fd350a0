"""What tells that a file is a sheet: its name, or its front matter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .blocks import lines_of

YAML_NAMES = (".yaml", ".yml", ".json")
_SHEET_NAMES = (".md", ".markdown", *YAML_NAMES)
_BOM = b"\xef\xbb\xbf"
_MOST = 65_536  # bytes of front matter
_FENCE = ("---", "...")
_VERSION = re.compile(r"bibnotes[ \t]*:[ \t]*([^#]*)")


def is_sheet_name(name: str) -> bool:
    """Whether a file of this name is read as a sheet."""
    return name.lower().endswith(_SHEET_NAMES)


def is_sheet(data: bytes) -> bool:
    """Whether a file is a Markdown sheet, of whatever version: its front matter says so."""
    if not data.startswith((b"---", _BOM + b"---")):
        return False
    text = data[:_MOST].decode("utf-8-sig", "replace")
    return read_front_matter(lines_of(text))[1] is not None


def read_front_matter(lines: Sequence[str]) -> tuple[int, str | None]:
    """How many lines the front matter has, and the version that it gives, if it does."""
    if not lines or lines[0].rstrip() != "---":
        return 0, None
    version = None
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() in _FENCE:
            return number, version
        if found := _VERSION.match(line):
            version = found[1].strip().strip("\"'")
    return 0, None
