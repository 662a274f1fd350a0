"""Papers as CSV by RFC 4180, for spreadsheets: UTF-8 with a byte order mark, lines end in CR LF.

The mark is what tells Excel that the file is UTF-8. A cell that a spreadsheet would take for a
formula begins with an apostrophe instead: records come from anybody, and many reviews begin with
``-``. JSON has the texts as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from .escape import harmless
from .model import Paper

_COLUMNS = ("key", "type", "title", "authors", "year", "venue", "doi", "url", "keywords")
_REVIEW = ("priority", "review")
# Full-width signs begin a formula too, where the system's language is Chinese or Japanese.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t]")


def render(papers: Iterable[Paper], *, with_reviews: bool = True) -> Iterator[str]:
    """A header and a line for each paper; authors and keywords are separated by ``; ``."""
    header = [*_COLUMNS, *(_REVIEW if with_reviews else ())]
    yield "\ufeff" + _line(header)
    for paper in papers:
        yield _line(map(_cell, _values(paper)[: len(header)]))


def _values(paper: Paper) -> list[str]:
    return [
        paper.key,
        paper.type,
        paper.title,
        "; ".join(map(str, paper.authors)) + ("; et al." if paper.more_authors else ""),
        paper.year,
        paper.venue,
        paper.doi,
        paper.url,
        "; ".join(paper.keywords),
        paper.review.priority or "",
        paper.review.text,
    ]


def _cell(text: str) -> str:
    text = harmless(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
