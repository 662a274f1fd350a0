"""The documents speak of commands that exist, and every command they show runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bibnotes.cli import bibnotes
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.+)$", re.MULTILINE)
SHARED = {  # of the papers of sample.bib, those that are in Zotero too
    "liu21c": "Learning by Turning: Neural Architecture Aware Optimisation",
    "wies21a": "Which transformer architecture fits my data? "
    "A vocabulary bottleneck in self-attention",
    "lou21a": "HEMET: A Homomorphic-Encryption-Friendly Privacy-Preserving "
    "Mobile Neural Network Architecture",
}
needs_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


def commands(page: Path) -> list[str]:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [command for block in blocks for command in COMMAND.findall(block)]


@pytest.fixture
def zotero(web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]) -> dict[str, str]:
    """Variables that lead to both servers, with the documents' papers, one in their collection."""
    for library in (web.api.library, local.api.library):
        collection = library.add_collection("ICML 2021")
        item = library.add(
            "conferencePaper", title="A paper", tags=["NAS"], collections=[collection]
        )
        library.add_note(item, "<p>What somebody thinks of it</p>")
        for key, title in SHARED.items():
            library.add("conferencePaper", title=title, citationKey=key)
    return {
        "BIBNOTES_ZOTERO_WEB_URL": web.url,
        "BIBNOTES_ZOTERO_LOCAL_URL": local.url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def shell(
    command: str, folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    binaries = Path(sys.executable).parent
    surroundings = {
        **os.environ,
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "BIBNOTES_STATE_DIR": str(folder / "state"),
        "BIBNOTES_CACHE_DIR": str(folder / "cache"),
        "LC_ALL": "C.UTF-8",
        **variables,
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@needs_a_shell
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_runs(page: Path, tmp_path: Path, zotero: dict[str, str]) -> None:
    """In the order of the page, in a folder that holds sample.bib and the page's own files."""
    shutil.copy(ROOT / "sample.bib", tmp_path)
    for file in (ROOT / "tests" / "data" / "docs").glob("*"):
        shutil.copy(file, tmp_path)
    (tmp_path / "zotero-key.txt").write_text(KEY)
    for command in commands(page):
        ran = shell(command, tmp_path, zotero)
        assert ran.returncode == 0, f"$ {command}\n{ran.stdout}{ran.stderr}"


def test_the_reference_is_what_the_help_says() -> None:
    check = [sys.executable, ROOT / "docs" / "make_reference.py", "--check"]
    assert subprocess.run(check, capture_output=True, text=True, check=False).stderr == ""


def command_names() -> list[str]:
    return bibnotes.list_commands(click.Context(bibnotes))


@pytest.mark.parametrize("name", command_names())
def test_every_command_has_help_and_a_place_in_the_guide(name: str) -> None:
    command = bibnotes.get_command(click.Context(bibnotes), name)
    assert command is not None
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert f"bibnotes {name}" in guide


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    shown = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(shown) == 2
    for line in shown:
        assert shlex.split(line)[:4] == ["python3", "-m", "venv", ".venv"]
        assert line.removesuffix(" -m pytest") in script
