"""An entry as an item of CSL-JSON, with all that a bibliography prints of it.

Types and variables are those that pandoc gives the fields of BibTeX and biblatex, so that a
reference looks the same wherever it is formatted; the tests compare the two.
"""

from __future__ import annotations

import re

from .. import csl
from ..model import Json, Paper
from .latex import to_unicode
from .names import split_names
from .record import Record

_PARTS = frozenset(
    b"inproceedings conference incollection inbook bookinbook suppbook suppcollection"
    b" inreference".split()
)
_JOURNAL_TYPES = frozenset((b"article", b"periodical", b"suppperiodical"))
_IN_A_SERIES = _PARTS | frozenset(b"book mvbook collection mvcollection proceedings manual".split())
_PREPRINTS = frozenset((b"misc", b"unpublished"))
# Variable <- the first of these fields that says something.
_TEXTS = {
    "volume": (b"volume", b"part"),
    "edition": (b"edition",),
    "chapter-number": (b"chapter",),
    "collection-title": (b"series",),
    "container-title-short": (b"shortjournal",),
    "event-title": (b"eventtitle",),
    "event-place": (b"venue",),
    "number-of-pages": (b"pagetotal",),
    "number-of-volumes": (b"volumes",),
    "original-publisher": (b"origpublisher",),
    "original-publisher-place": (b"origlocation",),
    "publisher": (b"publisher", b"institution", b"school", b"organization"),
    "publisher-place": (b"location", b"address"),
    "status": (b"pubstate",),
    "version": (b"version",),
}
_OWN_TEXTS = {"ISSN": b"issn", "PMCID": b"pmcid", "PMID": b"pmid", "note": b"note"}
_PEOPLE = {"editor": b"editor", "translator": b"translator", "container-author": b"bookauthor"}
_DATES = {"accessed": b"urldate", "event-date": b"eventdate", "original-date": b"origdate"}
_GENRES = {b"phdthesis": "PhD thesis", b"mastersthesis": "Master’s thesis"}
_THESES = {"phdthesis": "PhD thesis", "mathesis": "Master’s thesis"}
_LANGUAGES = {
    **dict.fromkeys(("english", "american", "usenglish"), "en-US"),
    **dict.fromkeys(("british", "ukenglish"), "en-GB"),
    **dict.fromkeys(("german", "ngerman"), "de-DE"),
    "chinese": "zh-CN",
    "french": "fr-FR",
    "italian": "it-IT",
    "japanese": "ja-JP",
    "korean": "ko-KR",
    "portuguese": "pt-PT",
    "russian": "ru-RU",
    "spanish": "es-ES",
}
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DASHES = re.compile(r"\s*[-–—]+\s*")


def csl_item(record: Record, paper: Paper) -> Json:
    """The item of an entry; ``paper`` is what the library says of it."""
    item = csl.of_paper(paper)
    item |= {variable: _first(record, names) for variable, names in _TEXTS.items()}
    item |= {variable: to_unicode(record.own(name)) for variable, name in _OWN_TEXTS.items()}
    item |= {variable: _people(record, name) for variable, name in _PEOPLE.items()}
    item |= {variable: csl.date(record.own(name)) for variable, name in _DATES.items()}
    item |= _titles(record) | _kind(record, paper)
    item["issued"] = _issued(record)
    item["page"] = _DASHES.sub("-", _first(record, (b"pages", b"eid")))
    item["language"] = _language(record)
    item["author"] = _people(record, b"author")
    return csl.filled(item)


def _titles(record: Record) -> Json:
    kind = record.entry.type
    main = _title(record, b"maintitle", b"mainsubtitle")
    titles = {
        "title": _title(record, b"title", b"subtitle"),
        "title-short": protected(record.own(b"shorttitle")),
        "container-title": _title(record, b"journaltitle", b"journalsubtitle")
        or protected(record.text(b"journal")),
    }
    if kind in _PARTS:
        book = _title(record, b"booktitle", b"booksubtitle")
        titles["container-title"] = main or book or titles["container-title"]
        titles["volume-title"] = book if main else ""
    return titles


def _kind(record: Record, paper: Paper) -> Json:
    """The type, and what depends on it: the number, the genre, where a preprint is."""
    kind = record.entry.type
    number = _first(record, (b"number", b"issue"))
    genre = _first(record, (b"type",))
    if kind in _JOURNAL_TYPES:
        return {"type": "article-journal", "issue": number, "genre": genre}
    if paper.arxiv and kind in _PREPRINTS:
        address = paper.url or f"https://arxiv.org/abs/{paper.arxiv}"
        return {
            "type": "article",
            "number": f"arXiv:{paper.arxiv}",
            "publisher": "arXiv",
            "URL": address,
        }
    return {
        "type": csl.TYPES.get(paper.type, "document"),
        "collection-number" if kind in _IN_A_SERIES else "number": number,
        "genre": _THESES.get(genre, genre) or _GENRES.get(kind, ""),
        "publisher": _first(record, _TEXTS["publisher"]) or _how_published(record),
    }


def _how_published(record: Record) -> str:
    how = record.own(b"howpublished")
    return "" if "\\url" in how or "://" in how else to_unicode(how)


def _issued(record: Record) -> Json:
    """The ``date`` of biblatex, else BibTeX's year, month and day."""
    if date := record.text(b"date"):
        return csl.date(date)
    year = to_unicode(record.text(b"year"))
    month = _month(record.text(b"month"))
    if not month or not year.isdigit():
        return csl.date(year)
    day = record.own(b"day").strip()
    return csl.date("-".join([year, month, *([day] if day.isdigit() else [])]))


def _month(text: str) -> str:
    word = to_unicode(text).lower()
    if word[:3] in _MONTHS:
        return f"{_MONTHS.index(word[:3]) + 1:02}"
    return word if word.isdigit() and 1 <= int(word) <= len(_MONTHS) else ""


def _language(record: Record) -> str:
    word = to_unicode(record.own(b"langid") or record.own(b"language")).lower()
    return _LANGUAGES.get(word) or (word if _LANGUAGE_CODE.fullmatch(word) else "")


def _people(record: Record, name: bytes) -> list[Json]:
    return csl.of_names(*split_names(record.text(name)))


def _first(record: Record, names: tuple[bytes, ...]) -> str:
    return next((text for name in names if (text := to_unicode(record.text(name)))), "")


def _title(record: Record, name: bytes, sub: bytes) -> str:
    title, subtitle = protected(record.text(name)), protected(record.own(sub))
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


# Noncharacters, which no text has, stand for tags while TeX is read.
_TAGS = {
    "\ufdd0": csl.NO_CASE,
    "\ufdd1": csl.NO_CASE_END,
    "\ufdd2": "<sup>",
    "\ufdd3": "</sup>",
    "\ufdd4": "<sub>",
    "\ufdd5": "</sub>",
}
_NO_CASE = ("\ufdd0", "\ufdd1")
_RAISED = {r"\textsuperscript{": ("\ufdd2", "\ufdd3"), r"\textsubscript{": ("\ufdd4", "\ufdd5")}
_TEXT = ("", "")
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)\s*\{?|[{}$]", re.DOTALL)


def protected(value: str) -> str:
    r"""A title as Unicode; what braces protect from a style's change of case is in a span.

    ``{NAS}`` is protected; ``{\"o}``, ``\emph{x}`` and formulas are not. ``\textsuperscript`` and
    ``\textsubscript`` become tags.
    """
    value = value.translate(dict.fromkeys(map(ord, _TAGS)))
    if "{" not in value:
        return to_unicode(value)
    parts: list[str] = []
    groups: list[tuple[str, str]] = []  # the marks of those that are open
    at, formula = 0, False
    for token in _TOKEN.finditer(value):
        parts.append(value[at : token.start()])
        mark, at = token[0], token.end()
        if mark == "$":
            formula = not formula
        elif mark == "}" and groups:
            mark += groups.pop()[1]
        elif mark.endswith("{"):
            bare = mark == "{" and not formula and _NO_CASE not in groups
            protects = bare and value[at : at + 1] not in ("\\", "}")
            groups.append(_NO_CASE if protects else _RAISED.get(mark, _TEXT))
            mark = groups[-1][0] + mark
        parts.append(mark)
    text = to_unicode(value if any(map(any, groups)) else "".join([*parts, value[at:]]))
    for mark, tag in _TAGS.items():
        text = text.replace(mark, tag)
    return text
