"""Where a command's output goes: a file that nobody's work is lost in, or the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from .. import outputs
from ..bibtex.library import BibLibrary
from ..errors import UsageError
from ..files import real_path
from ..library import Library
from .environment import counted, say


def of(output: str | None, sources: Iterable[Library]) -> Path | None:
    """The file that -o names, None for the standard output.

    Raises UsageError for a .bib file that the output is made from, whatever is forced.
    """
    if not output or output == "-":
        return None
    target = Path(output)
    names = [each.name for each in sources if isinstance(each, BibLibrary) and each.name != "-"]
    if real_path(target) in [real_path(Path(name)) for name in names]:
        raise UsageError(f"{output} is the library itself", "Write to another file.")
    return target


def write(data: bytes, target: Path | None, papers: int, *, force: bool) -> None:
    """Write what was made of so many papers. Raises ConflictError, and what ``files`` raises."""
    if target is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    new = outputs.write(target, data, force=force)
    say(f"{target}: {counted(papers, 'paper')}" + ("" if new else ", as before"))
