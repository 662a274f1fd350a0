"""Running pandoc, which formats references and writes documents; everything else does without."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ..errors import BibnotesError

_PDF_ERROR = "Error producing PDF"
_IN_KEYS = "!$&'()*+,-./:;=?@[]_`"
_TIMEOUT = 300  # seconds; a PDF of a long digest takes one or two minutes


def text(markdown: str, *options: str) -> str:
    """What pandoc makes of a Markdown document, as text. Raises BibnotesError."""
    return _run(markdown, "-f", "markdown", *options).stdout.decode("utf-8")


def document(markdown: str, ending: str, *options: str) -> tuple[bytes, str]:
    """The document as a file of this kind, ``.docx``, and pandoc's warnings, each once.

    TeX and HTML in it are text: they come from records and reviews. Raises BibnotesError.
    """
    options = ("-f", "markdown-raw_tex-raw_html-raw_attribute", "--standalone", *options)
    with tempfile.TemporaryDirectory(prefix="bibnotes-") as folder:
        made = Path(folder) / f"document{ending}"
        done = _run(markdown, *options, "-o", str(made))
        warnings = dict.fromkeys(done.stderr.decode("utf-8", "replace").splitlines())
        return made.read_bytes(), "\n".join(warnings)


def reads_key(key: str) -> bool:
    """Whether pandoc reads a .bib file that has this key; with another one it refuses the file."""
    return all(letter.isalnum() or letter in _IN_KEYS for letter in key)


def _run(markdown: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(
            [_program(), *options],
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
        said = said[said.find(_PDF_ERROR) :] if _PDF_ERROR in said else said  # before: TeX's log
        raise BibnotesError(f"pandoc refuses: {said or f'exit code {done.returncode}'}")
    return done


def _program() -> str:
    found = shutil.which("pandoc")
    if not found:
        raise BibnotesError(
            "This needs pandoc, which is not installed",
            "Get it from https://pandoc.org/installing.html, or: apt install pandoc, "
            "brew install pandoc.",
        )
    return found
