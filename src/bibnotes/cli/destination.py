"""Where a command's output goes: a file that nobody's work is lost in, or the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from .. import outputs
from ..errors import UsageError
from ..files import real_path
from ..library import Library
from . import libraries
from .environment import counted, say
from .environment import write as write_text


def of(output: str | None, sources: Sequence[Library], others: Sequence[str] = ()) -> Path | None:
    """The file that -o names, None for the standard output.

    ``others`` are files that were read and are no libraries. Raises UsageError for a file that the
    output is made from, whatever is forced.
    """
    if not output or output == "-":
        return None
    target = Path(output)
    for names, what in ((libraries.on_disk(sources), "library"), (others, "page")):
        if real_path(target) in [real_path(Path(name)) for name in names if name != "-"]:
            raise UsageError(f"{output} is the {what} itself", "Write to another file.")
    return target


def write(made: Iterable[str] | bytes, target: Path | None, papers: int, *, force: bool) -> None:
    """Write what was made of so many papers. Raises ConflictError, and what ``files`` raises."""
    if target is None:
        _print(made)
        return
    new = outputs.write(target, encoded(made), force=force)
    say(f"{target}: {counted(papers, 'paper')}" + ("" if new else ", as before"))


def check(made: bytes, target: Path | None, *, force: bool) -> None:
    """Raise ConflictError where ``write`` would: before another file is written."""
    if target:
        outputs.check(target, made, force=force)


def encoded(made: Iterable[str] | bytes) -> bytes:
    """What was made, as a file has it."""
    return made if isinstance(made, bytes) else "".join(made).encode("utf-8", "backslashreplace")


def _print(made: Iterable[str] | bytes) -> None:
    if isinstance(made, bytes):
        sys.stdout.buffer.write(made)
        sys.stdout.flush()
    else:
        write_text(made)
