"""Papers as items of CSL-JSON, the form that citation processors and Zotero read.

https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables; the review is
the item's ``annote``. In titles ``<span class="nocase">`` keeps its letters as they are, whatever
case a style asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .library import HoldsRecords, Library
from .model import Json, Name, Paper

NO_CASE, NO_CASE_END = '<span class="nocase">', "</span>"

# The types of BibTeX and biblatex as CSL calls them; any other is a document.
TYPES = {
    **dict.fromkeys(("article", "periodical", "suppperiodical"), "article-journal"),
    **dict.fromkeys(("inproceedings", "conference"), "paper-conference"),
    **dict.fromkeys(("incollection", "inbook", "bookinbook", "suppbook"), "chapter"),
    **dict.fromkeys(("book", "mvbook", "collection", "mvcollection", "manual"), "book"),
    **dict.fromkeys(("proceedings", "mvproceedings", "reference", "mvreference"), "book"),
    **dict.fromkeys(("thesis", "phdthesis", "mastersthesis"), "thesis"),
    **dict.fromkeys(("report", "techreport"), "report"),
    **dict.fromkeys(("online", "electronic", "www"), "webpage"),
    **dict.fromkeys(("artwork", "image"), "graphic"),
    **dict.fromkeys(("audio", "music"), "song"),
    **dict.fromkeys(("movie", "video"), "motion_picture"),
    "booklet": "pamphlet",
    "dataset": "dataset",
    "inreference": "entry-encyclopedia",
    "jurisdiction": "legal_case",
    "legal": "treaty",
    "legislation": "legislation",
    "letter": "personal_communication",
    "patent": "patent",
    "review": "review",
    "software": "software",
    "standard": "standard",
    "suppcollection": "chapter",
    "unpublished": "manuscript",
}


def items(library: Library, papers: Iterable[Paper]) -> list[Json]:
    """The papers of a library as items, with all that it knows of them."""
    if isinstance(library, HoldsRecords):
        return library.csl_items(papers)
    return [of_paper(paper) for paper in papers]


def of_paper(paper: Paper) -> Json:
    """The item of a paper of which no more is known than the paper says."""
    return filled(
        {
            "id": paper.key or paper.id,
            "type": TYPES.get(paper.type, "document"),
            "title": paper.title,
            "author": of_names(paper.authors, paper.more_authors),
            "issued": date(paper.year),
            "container-title": paper.venue,
            "DOI": paper.doi,
            "ISBN": paper.isbn,
            "URL": paper.url,
            "abstract": paper.abstract,
            "keyword": ", ".join(paper.keywords),
            "annote": paper.review.text,
        }
    )


def filled(item: Json) -> Json:
    """The item without the variables that say nothing."""
    return {variable: value for variable, value in item.items() if value}


def of_names(names: Iterable[Name], more: bool) -> list[Json]:
    """People; where there are more, a last one called others, which pandoc prints as "et al."."""
    return [*map(_of_name, names), *([{"literal": "others"}] if more else [])]


def _of_name(name: Name) -> Json:
    """A person with a family name and the rest, or an institution."""
    if not name.given and not name.prefix and not name.suffix:
        return {"literal": name.family}
    return filled(
        {
            "family": name.family,
            "given": name.given,
            "dropping-particle": name.prefix,
            "suffix": name.suffix,
        }
    )


def date(text: str) -> Json:
    """A date, or a range of two with a slash: ``2021``, ``2021-07-18``, ``2020-03/2020-05``.

    Of EDTF, which biblatex takes: what is doubtful (``2021?``, ``2021~``) or open (``2020/``) is
    about then. What is no date is kept as it is said: "in press".
    """
    ends = [end.strip() for end in text.split("/")]
    known = [end for end in ends if end not in ("", "..")]
    parts = [_date_parts(end.rstrip(_DOUBTFUL)) for end in known]
    if parts and all(parts) and len(ends) <= 2:
        circa = len(known) < len(ends) or any(end[-1] in _DOUBTFUL for end in known)
        return {"date-parts": parts, **({"circa": True} if circa else {})}
    return {"literal": text.strip()} if text.strip() else {}


_DOUBTFUL = "?~%"
_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:T.*)?)?)?")


def _date_parts(text: str) -> list[int]:
    found = _DATE.fullmatch(text.strip())
    return [int(part) for part in found.groups() if part] if found else []
