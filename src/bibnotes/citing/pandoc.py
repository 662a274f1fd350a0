"""Running pandoc, which formats references and writes documents; everything else does without."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import BibnotesError

_TIMEOUT = 300  # seconds; a PDF of a long digest takes one or two minutes


def require() -> None:
    """Raise BibnotesError where pandoc is not installed."""
    _program()


def text(markdown: str, *options: str) -> str:
    """What pandoc makes of a Markdown document, as text. Raises BibnotesError."""
    return _run(markdown, *options).decode("utf-8")


def document(markdown: str, ending: str, *options: str) -> bytes:
    """The document as a file of this kind: ``.docx``, ``.pdf``, … Raises BibnotesError."""
    with tempfile.TemporaryDirectory(prefix="bibnotes-") as folder:
        made = Path(folder) / f"document{ending}"
        _run(markdown, "--standalone", "-o", str(made), *options)
        return made.read_bytes()


def _run(markdown: str, *options: str) -> bytes:
    try:
        done = subprocess.run(
            [_program(), "-f", "markdown", *options],
            input=markdown.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BibnotesError(f"pandoc did not end within {_TIMEOUT} seconds") from error
    except OSError as error:
        raise BibnotesError(f"pandoc does not start: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise BibnotesError(f"pandoc refuses: {said or f'exit code {done.returncode}'}")
    return done.stdout


def _program() -> str:
    found = shutil.which("pandoc")
    if not found:
        raise BibnotesError(
            "This needs pandoc, which is not installed",
            "Get it from https://pandoc.org/installing.html, or: apt install pandoc, "
            "brew install pandoc.",
        )
    return found
