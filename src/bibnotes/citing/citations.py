"""Citations of papers for the text that cites them: pandoc's Markdown, LaTeX, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..digest.build import link
from ..digest.markdown import citation
from ..errors import BibnotesError, UsageError
from ..escape import link_url, markdown, one_line
from ..model import Paper

# A comma separates keys; the others are no letters to TeX, or to bibtex in an .aux file.
_NO_LATEX_KEY = re.compile(r"""[\s,{}%#\\~"'()=@]|[\x00-\x1f\x7f]""")
_COMMAND = re.compile(r"\\?([A-Za-z@]+\*?)")


def pandoc(papers: Sequence[Paper]) -> str:
    """``[@a; @b]``. Raises BibnotesError for keys that pandoc cannot take."""
    cited = [citation(paper.key).removeprefix("[").removesuffix("]") for paper in papers]
    _require(cited, papers, "pandoc")
    return f"[{'; '.join(cited)}]"


def latex(papers: Sequence[Paper], command: str = "cite") -> str:
    r"""``\cite{a,b}``, or another command. Raises UsageError and BibnotesError."""
    name = _COMMAND.fullmatch(command)
    if not name:
        raise UsageError(f"{command!r} is no LaTeX command", "Write its name: parencite.")
    cited = ["" if _NO_LATEX_KEY.search(paper.key) else paper.key for paper in papers]
    _require(cited, papers, "LaTeX")
    return f"\\{name[1]}{{{','.join(cited)}}}"


def links(papers: Iterable[Paper]) -> str:
    """The papers' titles as links of Markdown, a line each; a title without a link is text."""
    return "\n".join(map(_link, papers))


def _link(paper: Paper) -> str:
    title = markdown(paper.title or paper.key)
    address = link(paper)
    return f"[{title}]({link_url(address)})" if address else title


def _require(cited: Sequence[str], papers: Sequence[Paper], reader: str) -> None:
    unfit = [paper for one, paper in zip(cited, papers, strict=True) if not one]
    if not unfit:
        return
    named = ", ".join(repr(one_line(paper.key)) if paper.key else "an empty key" for paper in unfit)
    raise BibnotesError(
        f"{reader} cannot take {named}",
        "Give it another key in the library, or cite it as a link: --as markdown.",
    )
