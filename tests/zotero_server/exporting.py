"""Items in the export formats that bibnotes asks for, in the form that Zotero's translators have.

``tests/data/zotero/local/27-citation-keys`` records what the desktop writes; only the fields that
tests look at are here.
"""

from __future__ import annotations

import re
from typing import Any

from tests.zotero_server.store import Record

FORMATS = frozenset({"bibtex", "csljson"})

_TYPES = {
    "book": ("book", "book"),
    "conferencePaper": ("inproceedings", "paper-conference"),
    "journalArticle": ("article", "article-journal"),
}
_YEAR = re.compile(r"\d{4}")
_SPECIAL = re.compile(r"[&%$#_]")


def bibtex(record: Record) -> str:
    """Tabs, braces around words with capitals, a key of its own where the item has none."""
    data = record.data
    kind = _TYPES.get(record.item_type, ("misc", ""))[0]
    key = data.get("citationKey") or f"generated_{record.key.lower()}"
    fields = {
        "title": re.sub(r"\b[A-Z]{2,}\b", r"{\g<0>}", _latex(data.get("title", ""))),
        "pages": data.get("pages", "").replace("-", "--"),
        "author": " and ".join(
            f"{name['lastName']}, {name['firstName']}" for name in _people(data)
        ),
        "year": _year(data),
        "keywords": ", ".join(_latex(tag["tag"]) for tag in data.get("tags", ())),
    }
    lines = [f"\t{name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"\n@{kind}{{{key},\n{''.join(lines)}}}\n"


def csl(record: Record, identifier: str) -> dict[str, Any]:
    """The item as the servers' CSL-JSON."""
    data = record.data
    item: dict[str, Any] = {"id": identifier}
    item["type"] = _TYPES.get(record.item_type, ("", "document"))[1]
    if title := data.get("title"):
        item["title"] = title
    if pages := data.get("pages"):
        item["page"] = pages
    if people := _people(data):
        item["author"] = [
            {"family": name["lastName"], "given": name["firstName"]} for name in people
        ]
    if year := _year(data):
        item["issued"] = {"date-parts": [[int(year)]]}
    return item


def _people(data: dict[str, Any]) -> list[dict[str, str]]:
    return [name for name in data.get("creators", ()) if "lastName" in name]


def _year(data: dict[str, Any]) -> str:
    found = _YEAR.search(data.get("date", ""))
    return found[0] if found else ""


def _latex(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
