"""Which objects a query asks for, and in which order: what both servers have in common."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from itertools import chain

from tests.zotero_server.store import Data, Library, Record

Tag = tuple[str, int]
"""Name and type of a tag: 0 given by the user, 1 automatic."""

_SORT_FIELDS = (
    "dateAdded dateModified title creator itemType date publisher publicationTitle "
    "journalAbbreviation language accessDate libraryCatalog callNumber rights addedBy numItems "
    "tags"
)
SORT_FIELDS = frozenset(_SORT_FIELDS.split())

_MARKUP = re.compile(r"<[^>]*>")
_YEAR = re.compile(r"\d{4}")


def matches(expression: str, has: Callable[[str], bool]) -> bool:
    """Evaluates Zotero's search syntax: `a || b` is or, a leading `-` is not, `\\-` a dash."""
    if expression.startswith("-"):
        return not matches(expression[1:], has)
    return any(has(term.removeprefix("\\")) for term in expression.split(" || "))


def matches_tag(expression: str, record: Record) -> bool:
    """Whether an item's tags are what is asked for; both servers ignore case here."""
    names = {name.casefold() for name in record.tag_names}
    return matches(expression, lambda name: name.casefold() in names)


def matches_type(expression: str, record: Record) -> bool:
    return matches(expression, lambda name: name == record.item_type)


def note_title(note: str) -> str:
    """The first line of a note without its markup: what Zotero shows as its title."""
    text = html.unescape(_MARKUP.sub("", note.replace("</p>", "\n"))).strip()
    return text.split("\n", 1)[0]


def title(record: Record) -> str:
    if "name" in record.data:
        return str(record.data["name"])
    return str(record.data.get("title") or note_title(record.data.get("note", "")))


def creator_names(record: Record) -> list[str]:
    """Last names, or the whole name where a creator has but one."""
    return [c.get("name") or c.get("lastName", "") for c in record.data.get("creators", ())]


def quick_text(record: Record, *fields: str) -> str:
    """What a search in title, creators and year looks through."""
    creators = chain.from_iterable(
        (c.get("firstName", ""), c.get("lastName", ""), c.get("name", ""))
        for c in record.data.get("creators", ())
    )
    year = _YEAR.search(record.data.get("date", ""))
    words = [title(record), *creators, year.group() if year else ""]
    return " ".join([*words, *(record.data.get(name, "") for name in fields)]).casefold()


def full_text(record: Record) -> str:
    """What a search in everything looks through: all fields, tags and the text of notes."""
    values = [value for value in record.data.values() if isinstance(value, str)]
    return " ".join([quick_text(record), *values, *record.tag_names]).casefold()


def sort_records(records: Iterable[Record], field: str, *, descending: bool) -> list[Record]:
    """Sorts by a field; equal ones stay in the order in which they were."""

    def value(record: Record) -> str:
        if field == "title":
            return title(record).casefold()
        if field == "creator":
            return " ".join(creator_names(record)).casefold()
        return str(record.data.get(field, ""))

    return sorted(records, key=value, reverse=descending)


def default_direction(field: str) -> str:
    return "desc" if field in {"dateAdded", "dateModified", "date"} else "asc"


def tags_of(records: Iterable[Record]) -> list[Tag]:
    """The tags that these items have, each once, sorted."""
    return sorted({_tag(tag) for record in records for tag in record.data["tags"]})


def tag_meta(library: Library, tag: Tag) -> dict[str, int]:
    """How a tag is used in the whole library."""
    items = library.items.values()
    uses = sum(tag in map(_tag, record.data["tags"]) for record in items)
    return {"type": tag[1], "numItems": uses}


def _tag(data: Data) -> Tag:
    return data["tag"], data.get("type", 0)
