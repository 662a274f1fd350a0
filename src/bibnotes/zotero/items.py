"""Items of Zotero as papers: what each field of each type means to bibnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import normalize

from ..model import Json, Name, Paper, Review, ZoteroSource
from ..scale import Level, Scale
from .made_up_keys import made_up_key

REVIEW_TAG = "bibnotes"

_NO_PAPERS = {"note", "attachment", "annotation"}

# The words of Zotero's own BibTeX export; all other types are misc there too.
_TYPES = {
    "book": "book",
    "bookSection": "incollection",
    "encyclopediaArticle": "incollection",
    "dictionaryEntry": "incollection",
    "journalArticle": "article",
    "magazineArticle": "article",
    "newspaperArticle": "article",
    "thesis": "phdthesis",
    "manuscript": "unpublished",
    "patent": "patent",
    "conferencePaper": "inproceedings",
    "report": "techreport",
}

# Where a work appeared, then who stands behind it; a type has few of these, the first one counts.
_VENUES = (
    "publicationTitle",
    "proceedingsTitle",
    "conferenceName",
    "bookTitle",
    "encyclopediaTitle",
    "dictionaryTitle",
    "websiteTitle",
    "blogTitle",
    "forumTitle",
    "programTitle",
    "meetingName",
    "repository",
    "university",
    "institution",
    "publisher",
    "company",
    "studio",
    "label",
    "network",
    "distributor",
)

# Who counts as an author where a type has no "author".
_AUTHORS = {
    "author",
    "artist",
    "cartographer",
    "director",
    "interviewee",
    "inventor",
    "performer",
    "podcaster",
    "presenter",
    "programmer",
    "sponsor",
}

_FIELDS = ("title", "caseName", "nameOfAct", "subject")  # each the title of some type
_KEPT = {
    "itemType",
    "creators",
    "date",
    "tags",
    "collections",
    "abstractNote",
    "DOI",
    "ISBN",
    "url",
    "archiveID",
    "extra",
    "citationKey",
    *_FIELDS,
    *_VENUES,
}

_EXTRA_NAME = re.compile(r"[A-Za-z][A-Za-z ._-]*")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
# What Zotero's titles may be marked up with; everything else that looks like HTML is text there.
_RICH_TEXT = re.compile(
    r"</?(?:i|b|sub|sup|sc)>|<span (?:class=\"nocase\"|style=\"[^\"<>]*\")>|</span>"
)
_DOI_PREFIX = re.compile(r"(?i)^\s*(?:https?://(?:dx\.)?doi\.org/|doi:)\s*")
_ARXIV = re.compile(
    r"(?i)arxiv(?:\.org/(?:abs|pdf)/|:)\s*([a-z-]+(?:\.[a-z]+)?/\d{7}|\d{4}\.\d{4,5})"
)
_PREFIX = re.compile(r"((?:[a-zà-öø-ÿ'’]+\s+)+)(?=\S)")
_READER_TAG = re.compile(r"(.+?)\s*\(([^()]+)\)")


def is_paper(data: Json) -> bool:
    """Whether an item is the record of a work, and not a note or a file."""
    return data["itemType"] not in _NO_PAPERS


def kept(item: Json) -> Json:
    """What of an item bibnotes needs to know; empty fields are left out."""
    data = {name: value for name, value in item["data"].items() if name in _KEPT and value}
    if parsed := item.get("meta", {}).get("parsedDate"):
        data["parsedDate"] = parsed
    if replaced := _replaced(item["data"].get("relations") or {}):
        data["replaces"] = replaced
    return data


def _replaced(relations: Json) -> list[str]:
    """The keys of the items that were merged into one."""
    said = relations.get("dc:replaces", [])
    addresses = [said] if isinstance(said, str) else said
    return [address.rpartition("/")[2] for address in addresses]


def citation_key(data: Json) -> tuple[str, bool]:
    """The citation key, and whether it had to be made up.

    It is the native field, else the line ``Citation Key:`` of Extra.
    """
    if key := data.get("citationKey", "").strip() or _extra(data).get("citation key", ""):
        return key, False
    authors = _creators(data)
    first = f"{authors[0].prefix} {authors[0].family}" if authors else ""
    return made_up_key(first, _title(data), _digits(_year(data))), True


def review_tag(reader: str | None) -> str:
    """The tag of the notes that hold a reader's reviews."""
    return f"{REVIEW_TAG}: {reader}" if reader else REVIEW_TAG


def readers(tags: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The readers whose review a note is, by its tags; "" stands for the only reader.

    Names are in NFC, as those of the settings are.
    """
    for tag in _names(tags):
        word, colon, reader = normalize("NFC", tag).partition(":")
        if word.strip().casefold() == REVIEW_TAG and (reader.strip() or not colon):
            yield reader.strip()


def levels(tags: Iterable[Mapping[str, Any]], scale: Scale, reader: str | None) -> list[str]:
    """The ids of the levels that a reader's tags on an item mean, the highest first."""
    wanted = (reader or "").casefold()
    return scale.ordered(
        level for whose, level in _levels(tags, scale) if whose.casefold() == wanted
    )


def level_readers(tags: Iterable[Mapping[str, Any]], scale: Scale) -> list[str]:
    """The readers whose priority the tags on an item tell; "" stands for the only reader."""
    return [reader for reader, _ in _levels(tags, scale)]


def _levels(tags: Iterable[Mapping[str, Any]], scale: Scale) -> Iterator[tuple[str, Level]]:
    """Each level that a tag means, with its reader."""
    for tag in _names(tags):
        level, whose = scale.by_tag(tag), ""
        if level is None and (found := _READER_TAG.fullmatch(tag)):
            level, whose = scale.by_tag(found[1]), normalize("NFC", found[2].strip())
        if level:
            yield whose, level


def paper(
    key: str,
    version: int,
    data: Json,
    *,
    library: str,
    citation: tuple[str, bool],
    review: Review,
    note: str | None,
    others: tuple[tuple[str, Review], ...] = (),
) -> Paper:
    """An item with its review. ``citation`` is its key and whether that was made up."""
    extra = _extra(data)
    return Paper(
        id=key,
        key=citation[0],
        type=_TYPES.get(data["itemType"], "misc"),
        title=_title(data),
        authors=tuple(_creators(data)),
        year=_year(data),
        venue=next((data[name] for name in _VENUES if name in data), ""),
        abstract=data.get("abstractNote", ""),
        doi=_DOI_PREFIX.sub("", data.get("DOI") or extra.get("doi", "")).strip(),
        arxiv=_arxiv(data, extra),
        isbn=(data.get("ISBN") or extra.get("isbn", "")).strip(),
        url=data.get("url", "").strip(),
        keywords=tuple(_names(data.get("tags", ()))),
        review=review,
        source=ZoteroSource(library, key, version, note),
        made_up_key=citation[1],
        others=others,
    )


def _names(tags: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (tag["tag"].strip() for tag in tags)


def _title(data: Json) -> str:
    title: str = next((data[name] for name in _FIELDS if name in data), "")
    return _RICH_TEXT.sub("", title).strip()


def _year(data: Json) -> str:
    """The year of the date; a date without one is shown as it stands."""
    date: str = data.get("parsedDate", "") or data.get("date", "")
    found = _YEAR.search(date)
    return found[0] if found else date.strip()


def _digits(year: str) -> str:
    return year if year.isdigit() else ""


def _creators(data: Json) -> list[Name]:
    """The authors; where there is none the editors, then whoever there is."""
    creators = data.get("creators", ())
    for wanted in (_AUTHORS.__contains__, "editor".__eq__, bool):
        if found := [each for each in creators if wanted(each["creatorType"])]:
            return [_name(each) for each in found]
    return []


def _name(creator: Json) -> Name:
    """A person, or with a single field an institution; "van der" before the name is a prefix."""
    if "name" in creator:
        return Name(creator["name"].strip())
    family = creator.get("lastName", "").strip()
    given = creator.get("firstName", "").strip()
    found = _PREFIX.match(family)
    prefix = found[1].strip() if found else ""
    rest = family[found.end() :] if found else family
    if not family:
        return Name(given)
    return Name(rest, given=given, prefix=prefix)


def _extra(data: Json) -> dict[str, str]:
    """The lines of Extra that say ``Name: value``, by their names in lower case; the first counts.

    A line that says no value does not count.
    """
    found: dict[str, str] = {}
    for line in data.get("extra", "").splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if value and _EXTRA_NAME.fullmatch(name):
            found.setdefault(name.lower(), value)
    return found


def _arxiv(data: Json, extra: Mapping[str, str]) -> str:
    stated = f"arXiv:{extra['arxiv']}" if "arxiv" in extra else ""
    places = (data.get("archiveID", ""), stated, data.get("url", ""))
    found = next(filter(None, map(_ARXIV.search, places)), None)
    return found[1] if found else ""
