"""Where a command's output goes: a file that nobody's work is lost in, or the standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from .. import outputs
from ..errors import UsageError
from ..files import real_path

_F = TypeVar("_F")

file: Any = click.option(
    "-o", "--output", metavar="FILE", help="Write to a file; - is the standard output."
)
force: Any = click.option("--force", is_flag=True, help="Replace FILE even if it was edited since.")


def target_of(output: str | None, sources: Sequence[str]) -> Path | None:
    """The file that -o names, None for the standard output.

    Raises UsageError for a library that the output is made from, whatever is forced.
    """
    if not output or output == "-":
        return None
    target = Path(output)
    for name in sources:
        if name != "-" and real_path(Path(name)) == real_path(target):
            raise UsageError(f"{output} is the library itself", "Write to another file.")
    return target


def write(data: bytes, target: Path | None, *, force: bool) -> bool:
    """Write the output; returns whether it is new. Raises ConflictError, and what files raises."""
    if target:
        return outputs.write(target, data, force=force)
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return True


def encoded(chunks: Iterable[str]) -> bytes:
    """Text as UTF-8; a lone surrogate, which is no text, becomes its escape."""
    return "".join(chunks).encode("utf-8", "backslashreplace")
