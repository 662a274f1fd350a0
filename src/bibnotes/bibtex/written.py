"""BibTeX entries for papers that come from elsewhere, one field a line.

What stands in the fields is LaTeX: letters stay Unicode, what LaTeX would read is escaped, and
formulas stay formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Name, Paper
from .reviewtext import typeset
from .source import scan

# What biber and bibtex both take: none of the characters that delimit, and no white space.
_KEY = re.compile(r"""[^\s"#%'(){},=@~\\\x00-\x1f\x7f]+""")
_VENUES = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}


def is_key(key: str) -> bool:
    """Whether an entry can have this citation key."""
    return bool(_KEY.fullmatch(key))


def entry_of(paper: Paper) -> bytes:
    """What a Paper knows as an entry, without its review."""
    lines = [f"  {name} = {{{value}}}" for name, value in _fields(paper) if value]
    return (
        ",\n".join([f"@{paper.type}{{{paper.key}", *lines, "}"]).encode("utf-8", "replace") + b"\n"
    )


def rekeyed(entry: bytes, key: str) -> bytes:
    """The first entry of the bytes under another key; nothing where there is no whole entry."""
    found = next(iter(scan(entry).entries), None)
    if found is None or found.damage:
        return b""
    start = found.key_end - len(found.key)
    return entry[found.start : start] + key.encode() + entry[found.key_end : found.end]


def _fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", typeset(paper.title)
    authors = [*map(_name, paper.authors), *(["others"] if paper.more_authors else [])]
    yield "author", " and ".join(authors)
    yield _VENUES.get(paper.type, "howpublished"), typeset(paper.venue)
    yield "year", typeset(paper.year)
    yield "doi", typeset(paper.doi)
    yield "isbn", typeset(paper.isbn)
    if paper.arxiv:
        yield "eprint", paper.arxiv
        yield "archiveprefix", "arXiv"
    yield "url", "".join(map(_percent, paper.url))
    yield "abstract", typeset(paper.abstract)
    yield "keywords", ", ".join(map(typeset, paper.keywords))


def _name(name: Name) -> str:
    if not name.given and not name.prefix and not name.suffix:
        return f"{{{typeset(name.family)}}}"
    family = f"{name.prefix} {name.family}".strip()
    return ", ".join(typeset(part) for part in (family, name.suffix, name.given) if part)


def _percent(letter: str) -> str:
    """A letter of an address; what would end the field, as its percent code."""
    return f"%{ord(letter):02X}" if letter in "{}\\ " else letter
