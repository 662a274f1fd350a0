"""The fields of an entry as text: macros expanded, parts joined, parents' fields inherited."""

from __future__ import annotations

from collections.abc import Iterator

from .encoding import decode
from .source import Entry, Field, Source, expand

# What is said of the parent alone: its reviews and tags, and what identifies it.
_OWN = frozenset(
    b"abstract annotation annote comment crossref doi entryset eprint file groups ids isbn keywords"
    b" label note options priority ranking readstatus related shorthand sortkey url xdata"
    b" xref".split()
)
# biblatex's inheritance by data type (manual, appendix B): a part's container is not its title.
_PARTS = frozenset(
    (b"inproceedings", b"conference", b"incollection", b"inbook", b"suppbook", b"suppcollection")
)
_MOST_PARENTS = 64  # a chain longer than this is no bibliography


class Records:
    """The entries of one file, by key.

    Inheritance: a missing field is taken from the ``xdata`` entries, then from the ``crossref``
    parent, as biblatex and bibtex do, with two exceptions. A review and what identifies a paper
    (keywords, annote, doi, url, …) are never inherited; and a parent's title becomes the
    ``booktitle`` of an @inproceedings, @incollection or @inbook, as in biblatex.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._by_key: dict[bytes, Entry] = {}
        for entry in source.entries:
            self._by_key.setdefault(entry.key.lower(), entry)

    def entry(self, key: str) -> Entry | None:
        """The entry of this key, in whatever case (bibtex takes them for one)."""
        return self._by_key.get(key.encode("utf-8", "surrogateescape").lower())

    def record(self, entry: Entry) -> Record:
        """The entry's fields as text."""
        return Record(self, entry)


class Record:
    """One entry's fields as text; the first of several with one name counts, as in bibtex."""

    __slots__ = ("_fields", "_records", "entry")

    def __init__(self, records: Records, entry: Entry) -> None:
        self.entry = entry
        self._records = records
        self._fields = {found.name: found for found in reversed(entry.fields)}

    def own(self, name: bytes) -> str:
        """The entry's own field, "" where it has none; white space as in the file."""
        found = self._fields.get(name)
        return self.value(found) if found else ""

    def all(self, name: bytes) -> list[str]:
        """Every field of this name: Zotero exports each child note as one ``annote``."""
        return [self.value(found) for found in self.entry.fields if found.name == name]

    def has(self, name: bytes) -> bool:
        """Whether the entry itself has the field, be it empty."""
        return name in self._fields

    def text(self, name: bytes) -> str:
        """The entry's own field or the one that it inherits."""
        found = self._fields.get(name)
        if found:
            return self.value(found)
        if b"crossref" in self._fields or b"xdata" in self._fields:
            return self.inherited(name, {self.entry.start})
        return ""

    def value(self, found: Field) -> str:
        """The text of a field of this entry."""
        source = self._records.source
        data, start, end = source.data, found.value, found.end
        if data[start] in b'{"' and data.find(b"#", start, end) < 0:
            return decode(data[start + 1 : end - 1])
        return decode(expand(source, start, end))

    def inherited(self, name: bytes, seen: set[int]) -> str:
        """What the parents say of a field; ``seen`` holds where the entries asked so far begin."""
        for parent, by_crossref in self._parents():
            at = parent.entry.start
            wanted = parent.field_for(name, self.entry) if by_crossref else name
            if not wanted or at in seen or len(seen) > _MOST_PARENTS:
                continue
            seen.add(at)
            if text := parent.own(wanted) or parent.inherited(wanted, seen):
                return text
        return ""

    def field_for(self, name: bytes, child: Entry) -> bytes:
        """Where a field of a crossref child stands here; empty for what it does not inherit."""
        if name in _OWN:
            return b""
        if child.type in _PARTS and name == b"title":
            return b""
        if child.type in _PARTS and name == b"booktitle" and not self.has(b"booktitle"):
            return b"title"
        return name

    def _parents(self) -> Iterator[tuple[Record, bool]]:
        """The records to inherit from: xdata first, then the crossref parent (True)."""
        for key in self.own(b"xdata").split(","):
            yield from self._parent(key, by_crossref=False)
        yield from self._parent(self.own(b"crossref"), by_crossref=True)

    def _parent(self, key: str, *, by_crossref: bool) -> Iterator[tuple[Record, bool]]:
        entry = self._records.entry(key.strip()) if key.strip() else None
        if entry:
            yield Record(self._records, entry), by_crossref
