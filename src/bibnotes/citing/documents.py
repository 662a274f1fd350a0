"""Markdown as a document for people: HTML, docx, odt, PDF and others, through pandoc."""

from __future__ import annotations

import shutil
import subprocess

from ..errors import BibnotesError
from ..model import EAST_ASIAN
from . import pandoc

ENDINGS = (".html", ".docx", ".odt", ".pdf", ".epub", ".rtf", ".tex")
_OPTIONS = {".html": ["--mathml"], ".pdf": ["--pdf-engine", "xelatex"]}
# Where a line of Chinese may end, XeTeX is told; only LuaTeX and packages know by themselves.
_LINES = r'header-includes=\XeTeXlinebreaklocale "zh" \XeTeXlinebreakskip = 0pt plus 1pt'


def convert(markdown: str, ending: str, locale: str) -> tuple[bytes, str]:
    """The document as a file, and what pandoc warns of. ``locale`` is its language, ``zh-CN``.

    Raises BibnotesError where pandoc, or for a PDF xelatex, is missing or fails.
    """
    options = ["-M", f"lang={locale}", *_OPTIONS.get(ending, ())]
    if ending == ".pdf":
        if not shutil.which("xelatex"):
            raise BibnotesError(
                "A PDF needs xelatex, which is not installed",
                "On Debian: apt install texlive-xetex lmodern. Or write a .docx or .html file.",
            )
        if EAST_ASIAN.search(markdown):
            options += _for_chinese()
    return pandoc.document(markdown, ending, *options)


def _for_chinese() -> list[str]:
    """What prints Chinese: one of the system's fonts that have it, with Latin letters too."""
    if not shutil.which("fc-match"):
        return []
    found = subprocess.run(
        ["fc-match", "-f", "%{family[0]}", ":lang=zh-cn"], capture_output=True, check=False
    )
    font = found.stdout.decode("utf-8", "replace")
    return ["-V", f"mainfont={font}", "-V", _LINES] if font else []
