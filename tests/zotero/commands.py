"""bibnotes as a process of its own, with the commands that are about Zotero.

`papers` is the smallest command that takes the options of a Zotero library.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import sys, types, click
from bibnotes import cli
from bibnotes.cli import zotero_options
from bibnotes.cli.environment import Environment, write

@click.command(name="papers")
@zotero_options.zotero
def command(zotero):
    library = zotero_options.opened(Environment.of_process(), zotero)
    write(f"{paper.key}: {paper.review.text}\\n" for paper in library.papers())

sys.modules["bibnotes.cli.papers"] = types.SimpleNamespace(command=command)
cli._COMMANDS = (*cli._COMMANDS, "papers", "login", "logout", "doctor")
cli.main()
"""


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


def arguments(*words: str) -> list[str]:
    return [sys.executable, "-c", _PROGRAM, *words]


def environment(**variables: str) -> dict[str, str]:
    names = ("PATH", "HOME", "BIBNOTES_CACHE_DIR", "BIBNOTES_STATE_DIR", "PYTHON_KEYRING_BACKEND")
    kept = {name: os.environ[name] for name in (*names, "PYTHONPATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **variables}


def run(*words: str, folder: Path, typed: str = "", **variables: str) -> Run:
    done = subprocess.run(
        arguments(*words),
        cwd=folder,
        env=environment(**variables),
        input=typed.encode(),
        capture_output=True,
        timeout=60,
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())
