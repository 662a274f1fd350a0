"""A review in the user's own editor. What was written there is never thrown away unstored."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..errors import BibnotesError, UsageError
from ..model import Paper
from .environment import say, utf8

_UNSAFE = re.compile(r"[^\w.-]+")


@contextmanager
def edited(paper: Paper) -> Iterator[str]:
    """The review of a paper as the editor left it.

    Its file goes when the block ends well. On any error it stays and is named, unless it says what
    it said before. Raises UsageError where the editor fails or leaves no text.
    """
    before = (paper.review.text + "\n").encode("utf-8", "surrogatepass")
    path = _file(paper.key, before)
    try:
        yield _text(path)
    except BaseException:
        if path.exists() and path.read_bytes() != before:
            say(f"Your text is kept in {path}")
        else:
            path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def _file(key: str, data: bytes) -> Path:
    prefix = f"bibnotes-{_UNSAFE.sub('_', key)[:40]}-"
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".md")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return Path(name)


def _text(path: Path) -> str:
    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        raise BibnotesError(
            error.message, "Set VISUAL or EDITOR to an editor that works."
        ) from error
    if not path.exists():
        raise UsageError("The editor removed the review's file; nothing was changed")
    return utf8(path.read_bytes(), "What the editor saved")
