"""A terminal for a command, on which somebody types."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TypeAlias

from .conftest import Ran, Shell

Stream: TypeAlias = "IO[bytes] | int | None"


def started(
    shell: Shell, *words: str, stdout: Stream = None, stderr: Stream = None
) -> tuple[int, subprocess.Popen[bytes]]:
    """A command on a terminal of its own, of which we hold the other side.

    What it prints goes there too, if not elsewhere.
    """
    import pty  # not on Windows, where the tests are skipped

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", *words],
        cwd=shell.folder,
        env={**shell.environment(), "TERM": "dumb"},
        stdin=theirs,
        stdout=stdout or theirs,
        stderr=stderr or theirs,
        start_new_session=True,
    )
    os.close(theirs)
    return ours, process


def shown(ours: int) -> Iterator[bytes]:
    """What comes on a terminal, piece by piece to the end."""
    with suppress(OSError):  # the end of what a terminal's other side says, on Linux
        while chunk := os.read(ours, 4096):
            yield chunk
    os.close(ours)


def typed(shell: Shell, answers: str, *words: str) -> Ran:
    """Run a command on a terminal on which somebody types."""
    ours, process = started(shell, *words)
    os.write(ours, answers.encode())
    said = b"".join(shown(ours))
    return Ran(process.wait(timeout=60), "", said.decode(errors="replace"))
