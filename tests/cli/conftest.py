"""The real command, as its own process, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """A user's working folder with sample.bib in it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str | bytes = "", **variables: str) -> Ran:
        """Run ``bibnotes WORDS``."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        ran = subprocess.run(
            [sys.executable, "-m", "bibnotes", *words],
            cwd=self.folder,
            env=self.environment(variables),
            input=data,
            capture_output=True,
            timeout=60,
            check=False,
        )
        ended = Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
        assert "Traceback" not in ended.err
        assert "defect" not in ended.err
        return ended

    def script(self, command: str) -> Ran:
        """Run a shell command in which ``python`` is the one that runs the tests."""
        command = command.replace("python -m", f"{sys.executable} -m")
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def environment(self, variables: Mapping[str, str] = {}) -> dict[str, str]:
        """The variables of a user without a configuration of their own."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        own = {"BIBNOTES_STATE_DIR": str(self.folder.parent / "state"), "LC_ALL": "C.UTF-8"}
        return {**kept, **own, **self.variables, **variables}

    def path(self, name: str = "sample.bib") -> Path:
        return self.folder / name

    def read(self, name: str = "sample.bib") -> str:
        return self.path(name).read_bytes().decode()

    def write(self, name: str, text: str) -> Path:
        self.path(name).write_bytes(text.encode())
        return self.path(name)


def heed_interrupts() -> None:
    """For a new process: a run in the background inherits that SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(ROOT / "sample.bib", folder)
    return Shell(folder)


@pytest.fixture
def zotero_shell(
    shell: Shell, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi], tmp_path: Path
) -> Shell:
    """One with both Zotero servers in reach, without a key and without a keyring."""
    shell.variables |= {
        "BIBNOTES_ZOTERO_WEB_URL": web.url,
        "BIBNOTES_ZOTERO_LOCAL_URL": local.url,
        "BIBNOTES_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    return shell
