"""A paper's identifiers in the one spelling in which they are compared."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..model import Paper

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_DOI_ADDRESS = re.compile(r"(?:doi\.org/|/doi/(?:abs/|full/|pdf/|epdf/)?)(10\.\d{4,9}/.+)", re.I)
_ARXIV = re.compile(
    r"(?<!\d)(?<!\d\.)\d{4}\.\d{4,5}(?!\d)|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?!\d)", re.I
)
_DASH = re.compile("[-\u2010-\u2015 ]")
_ISBN = re.compile(r"(?<!\d)(?:97[89])?\d{9}[\dx]", re.I)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([^/?#]+)([^#]*)", re.I)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


def doi(paper: Paper) -> str:
    """The DOI in lower case without its resolver; arXiv's own DOIs count as arXiv ids."""
    text = paper.doi
    if not text and "10." in paper.url and (found := _DOI_ADDRESS.search(paper.url)):
        text = found[1].partition("?")[0]
    if not text or not (found := _DOI.search(unquote(text) if "%" in text else text)):
        return ""
    name = found[0].rstrip(".,;").lower()
    return "" if name.startswith("10.48550/arxiv.") else name


def arxiv(paper: Paper) -> str:
    """The arXiv id without version and subject class, also from an arXiv DOI or address."""
    for text in (paper.arxiv, paper.doi, paper.url):
        if text and (text is paper.arxiv or "arxiv" in text.lower()):
            found = _ARXIV.search(text)
            if found:
                archive, slash, number = found[0].lower().rpartition("/")
                return archive.partition(".")[0] + slash + number
    return ""


def isbns(paper: Paper) -> list[str]:
    """The ISBNs as 12 digits: those of 13 without the check digit, those of 10 after 978."""
    if not paper.isbn:
        return []
    found = (_ISBN.findall(_DASH.sub("", part)) for part in re.split(r"[,;/()]", paper.isbn))
    return [
        isbn[:12] if len(isbn) == 13 else f"978{isbn[:9]}" for several in found for isbn in several
    ]


def address(paper: Paper) -> str:
    """The URL without scheme, ``www.``, fragment and trailing slash; the host in lower case."""
    if not paper.url or not (found := _ADDRESS.match(paper.url.strip())):
        return ""
    return found[1].lower() + found[2].rstrip("/")


def year(paper: Paper) -> int | None:
    """The first number of four digits in the year."""
    found = _YEAR.search(paper.year)
    return int(found[0]) if found else None
