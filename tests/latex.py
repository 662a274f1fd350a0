"""What bibtex, biber and LaTeX make of files; tests that ask them are skipped by name without."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest


def needs(*programs: str, files: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """Skip a test, by the names of what is missing: programs, and files of the TeX tree."""
    missing = [name for name in programs if not shutil.which(name)]
    missing += [name for name in files if not in_tex_tree(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def in_tex_tree(name: str) -> bool:
    if not shutil.which("kpsewhich"):
        return False
    return subprocess.run(["kpsewhich", name], capture_output=True, check=False).returncode == 0


def chinese_font() -> str | None:
    """A font with Latin and Chinese characters."""
    if not shutil.which("fc-list"):
        return None
    command = ["fc-list", "--format=%{family[0]}\\n", ":lang=zh-cn:lang=en"]
    fonts = subprocess.run(command, capture_output=True, check=False, encoding="utf-8").stdout
    return min(fonts.splitlines(), default=None)


FONT = chinese_font()
needs_font = pytest.mark.skipif(
    not FONT, reason="not installed: a font with Latin and Chinese characters"
)


def run(folder: Path, *command: str) -> str:
    """What the program prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "max_print_line": "1000"},  # TeX breaks the lines of its log
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def typeset(folder: Path, name: str, latex: str, bibliography: str, setting: str = "") -> str:
    """Compile the document ``name`` with its bibliography, and return the log of the last run."""
    command = [latex, "-interaction=nonstopmode", "-halt-on-error", f"-jobname={name}"]
    command.append(rf"{setting}\input{{{name}}}")
    run(folder, *command)
    assert warnings(run(folder, bibliography, name)) == []
    run(folder, *command)
    run(folder, *command)
    return (folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def warnings(output: str) -> list[str]:
    """The lines in which bibtex, biber, LaTeX or biblatex complains."""
    openings = "Warning--|WARN|ERROR|LaTeX Warning|Package biblatex Warning|Missing character"
    return re.findall(rf"^(?:{openings}).*", output, re.MULTILINE)
