"""A terminal for a command, on which somebody types."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from .conftest import Ran, Shell


def typed(shell: Shell, answers: str, *words: str) -> Ran:
    """Run a command on a terminal on which somebody types."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", *words],
        cwd=shell.folder,
        env={**shell.environment(), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # the end of what a terminal's other side says, on Linux
        pass
    os.close(ours)
    return Ran(process.wait(timeout=60), "", said.decode(errors="replace"))
