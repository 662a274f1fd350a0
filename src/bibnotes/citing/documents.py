"""Markdown as a document for people: HTML, docx, odt, PDF and others, through pandoc."""

from __future__ import annotations

import shutil
import subprocess

from ..errors import BibnotesError
from ..model import EAST_ASIAN
from . import pandoc

ENDINGS = (".html", ".htm", ".docx", ".odt", ".epub", ".rtf", ".tex", ".pdf")
# XeTeX must be told where a line of Chinese may end; many Chinese fonts have no bullet.
_CHINESE_LINES = r'\XeTeXlinebreaklocale "zh" \XeTeXlinebreakskip = 0pt plus 1pt '
_BULLET = r"\renewcommand{\labelitemi}{$\bullet$}"


def convert(markdown: str, ending: str, locale: str) -> tuple[bytes, str]:
    """The document as a file, and what pandoc warns of. ``locale`` is its language, ``zh-CN``.

    Raises BibnotesError where pandoc, or for a PDF xelatex, is missing or fails.
    """
    if ending == ".pdf":
        return pandoc.document(markdown, ending, *_pdf_options(markdown))
    # Quiet, since pandoc warns that it has no Chinese for words that are not used here.
    options = ["--quiet", *(["--mathml"] if ending in (".html", ".htm") else [])]
    return pandoc.document(markdown, ending, "-M", f"lang={locale}", *options)


def _pdf_options(markdown: str) -> list[str]:
    if not shutil.which("xelatex"):
        raise BibnotesError(
            "A PDF needs xelatex, which is not installed",
            "On Debian: apt install texlive-xetex texlive-fonts-recommended lmodern. "
            "Or write a .docx or .html file.",
        )
    options = ["--pdf-engine", "xelatex"]
    return [*options, *_for_chinese()] if EAST_ASIAN.search(markdown) else options


def _for_chinese() -> list[str]:
    """What prints Chinese: one of the system's fonts that have it, with Latin letters too."""
    if not shutil.which("fc-match"):
        return []
    found = subprocess.run(
        ["fc-match", "-f", "%{family[0]}", ":lang=zh-cn"], capture_output=True, check=False
    )
    font = found.stdout.decode("utf-8", "replace")
    return (
        ["-V", f"mainfont={font}", "-V", f"header-includes={_CHINESE_LINES}{_BULLET}"]
        if font
        else []
    )
