"""Item types, their fields and their creator types (Zotero's schema 41).

`book` and `journalArticle` are complete, in the order of the recordings; the other types have the
fields that records of papers use.
"""

from __future__ import annotations

import re

VERSION = "41"

_WEB = "url accessDate"
_PLACE_IN_ARCHIVE = "archive archiveLocation shortTitle language libraryCatalog callNumber rights"
_ORIGINAL = "originalDate originalPublisher originalPlace"

_FIELDS = {
    "book": f"title abstractNote series seriesNumber volume numberOfVolumes edition date publisher "
    f"place {_ORIGINAL} format numPages ISBN DOI citationKey {_WEB} ISSN {_PLACE_IN_ARCHIVE} extra",
    "bookSection": f"title abstractNote bookTitle series seriesNumber volume numberOfVolumes "
    f"edition date publisher place {_ORIGINAL} format pages ISBN DOI citationKey {_WEB} ISSN "
    f"{_PLACE_IN_ARCHIVE} extra",
    "conferencePaper": f"title abstractNote proceedingsTitle conferenceName publisher place date "
    f"eventPlace volume issue numberOfVolumes pages series seriesNumber DOI ISBN citationKey "
    f"{_WEB} ISSN {_PLACE_IN_ARCHIVE} extra",
    "journalArticle": f"title abstractNote publicationTitle publisher place date volume issue "
    f"section partNumber partTitle pages series seriesTitle seriesText journalAbbreviation DOI "
    f"citationKey {_WEB} PMID PMCID ISSN {_PLACE_IN_ARCHIVE} extra",
    "preprint": f"title abstractNote genre repository archiveID place date series seriesNumber "
    f"DOI citationKey {_WEB} {_PLACE_IN_ARCHIVE} extra",
    "report": f"title abstractNote reportNumber reportType seriesTitle place institution date "
    f"pages ISBN ISSN DOI citationKey {_WEB} {_PLACE_IN_ARCHIVE} extra",
    "thesis": f"title abstractNote thesisType university place date numPages ISBN DOI "
    f"citationKey {_WEB} {_PLACE_IN_ARCHIVE} extra",
    "webpage": f"title abstractNote websiteTitle websiteType date DOI citationKey {_WEB} "
    f"{_PLACE_IN_ARCHIVE} extra",
    "note": "",
    "annotation": "",
    "attachment": f"title {_WEB}",
}

_PLAIN_FIELDS = (
    f"title abstractNote publisher place date DOI citationKey {_WEB} {_PLACE_IN_ARCHIVE} extra"
)

_ITEM_TYPES = (
    "annotation artwork attachment audioRecording bill blogPost book bookSection case "
    "computerProgram conferencePaper dataset dictionaryEntry document email encyclopediaArticle "
    "film forumPost hearing instantMessage interview journalArticle letter magazineArticle "
    "manuscript map newspaperArticle note patent podcast preprint presentation radioBroadcast "
    "report standard statute thesis tvBroadcast videoRecording webpage"
)
ITEM_TYPES = _ITEM_TYPES.split()

FIELDS = {name: _FIELDS.get(name, _PLAIN_FIELDS).split() for name in ITEM_TYPES}
ALL_FIELDS = frozenset(field for fields in FIELDS.values() for field in fields)

_CREATOR_TYPES = {
    "book": "author contributor editor seriesEditor translator",
    "bookSection": "author bookAuthor contributor editor seriesEditor translator",
    "conferencePaper": "author contributor editor seriesEditor translator",
    "journalArticle": "author contributor editor reviewedAuthor translator",
    "presentation": "presenter contributor",
}

CREATOR_TYPES = {
    name: _CREATOR_TYPES.get(name, "author contributor editor translator").split()
    for name in ITEM_TYPES
}

CHILD_TYPES = frozenset({"note", "attachment", "annotation"})


def label(item_type: str) -> str:
    """The English name of an item type: `journalArticle` is "Journal Article"."""
    return re.sub(r"(?=[A-Z])", " ", item_type).title()


def is_regular(item_type: str) -> bool:
    """Whether items of this type are records of works, with fields and creators."""
    return item_type not in CHILD_TYPES
