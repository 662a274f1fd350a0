"""Changes to single fields of one entry, as pure functions from an entry's bytes to new bytes.

Every edit can be taken back exactly: a field that is added goes, with the separator before it,
behind the last one, so that trailing commas, comments between lines and the closing delimiter
stay where they are; a field that is removed takes just that separator with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..model import Json
from .source import Entry, Field, scan

_LEAD = re.compile(rb"(\s*,\s*)([^\s=]+)([ \t]*)=(\s*)")
_NEWLINE = re.compile(rb"\r\n|\r|\n")


class StaleError(Exception):
    """The field does not hold what the edit expects."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field that gets (``old`` is None), changes or loses (``new`` is None) its value.

    Values include their delimiters. ``lead`` is all from the end of the value before to the
    beginning of this one, and ``after`` the name of the field before; "" for the key.
    """

    field: bytes
    old: bytes | None
    new: bytes | None
    lead: bytes = b""
    after: bytes = b""

    def reversed(self) -> Edit:
        """The edit that takes this one back."""
        return Edit(self.field, self.new, self.old, self.lead, self.after)

    def to_json(self) -> Json:
        """Plain JSON; bytes that are not UTF-8 survive as lone surrogates."""
        return {name: _text(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, stored: Json) -> Edit:
        """The edit that ``to_json`` described."""
        return cls(
            _bytes(stored["field"]) or b"",
            _bytes(stored["old"]),
            _bytes(stored["new"]),
            _bytes(stored["lead"]) or b"",
            _bytes(stored["after"]) or b"",
        )


def apply(text: bytes, edit: Edit) -> bytes:
    """The entry after the edit. Raises StaleError where it does not hold the old value."""
    entry = only_entry(text)
    found = entry.field(edit.field)
    if (None if found is None else text[found.value : found.end]) != edit.old:
        raise StaleError
    if found is None:
        at = _behind(entry, edit.after)
        return text[:at] + edit.lead + (edit.new or b"") + text[at:]
    if edit.new is None:
        return text[: _before(entry, found)] + text[found.end :]
    return text[: found.value] + edit.new + text[found.end :]


def setting(text: bytes, name: bytes, value: bytes, layout: bytes) -> Edit:
    """The edit that gives a field this value; ``layout`` is the file's lead for a bare entry."""
    entry = only_entry(text)
    found = entry.field(name)
    if found:
        return Edit(name, text[found.value : found.end], value)
    last = entry.fields[-1].name if entry.fields else b""
    return Edit(name, None, value, _lead(text, entry, name, layout), last)


def removing(text: bytes, name: bytes) -> Edit:
    """The edit that removes a field. Raises StaleError where there is none."""
    entry = only_entry(text)
    found = entry.field(name)
    if found is None:
        raise StaleError
    n = entry.fields.index(found)
    after = entry.fields[n - 1].name if n else b""
    lead = text[_before(entry, found) : found.value]
    return Edit(name, text[found.value : found.end], None, lead, after)


def only_entry(text: bytes) -> Entry:
    """The entry that these bytes are. Raises StaleError where they are not exactly one."""
    entries = scan(text).entries
    if (
        len(entries) != 1
        or entries[0].damage
        or (entries[0].start, entries[0].end) != (0, len(text))
    ):
        raise StaleError
    return entries[0]


def quotes_values(text: bytes, entry: Entry) -> bool:
    """Whether the entry's habit is to delimit values by quotes."""
    first = {text[found.value] for found in entry.fields} & set(b'{"')
    return first == set(b'"')


def layout_of(data: bytes, entries: list[Entry]) -> bytes:
    """How the file leads a field named ``x``: from the first entry with a field on its own line."""
    for entry in entries:
        for before, found in _gaps(entry):
            if _NEWLINE.search(data, before, found.start):
                return _renamed(data[before : found.value], b"x")
    newline = _NEWLINE.search(data)
    return b"," + (newline[0] if newline else b"\n") + b"  x = "


def _lead(text: bytes, entry: Entry, name: bytes, layout: bytes) -> bytes:
    """What stands before a new field's value: as the entry's last field has it, aligned alike."""
    parts = [
        match.groups()
        for before, found in _gaps(entry)
        if (match := _LEAD.fullmatch(text, before, found.value))
    ]
    if not parts:
        return _renamed(layout, name) if _NEWLINE.search(text) else b", " + name + b" = "
    separator, _, before_sign, behind_sign = parts[-1]
    before_sign = _padding(name, [(part[1], part[2]) for part in parts]) or before_sign
    if not before_sign:
        behind_sign = _padding(name, [(part[1], part[3]) for part in parts]) or behind_sign
    return separator + _cased(name, [part[1] for part in parts]) + before_sign + b"=" + behind_sign


def _padding(name: bytes, parts: list[tuple[bytes, bytes]]) -> bytes:
    """Spaces that keep a column, if names of different lengths are padded to one width."""
    widths = {len(other) + len(space) for other, space in parts}
    if len(widths) != 1 or len({len(other) for other, _ in parts}) == 1:
        return b""
    return b" " * max(widths.pop() - len(name), 1)


def _cased(name: bytes, others: list[bytes]) -> bytes:
    for change in (bytes.upper, bytes.title):
        if all(other == change(other) != other.lower() for other in others):
            return change(name)
    return name


def _renamed(lead: bytes, name: bytes) -> bytes:
    return _LEAD.sub(lambda m: m[1] + name + m[3] + b"=" + m[4], lead, count=1)


def _behind(entry: Entry, after: bytes) -> int:
    """The end of the value of the field ``after``; of the key for ""; of the last one if gone."""
    if not after:
        return entry.key_end
    found = entry.field(after) or (entry.fields[-1] if entry.fields else None)
    return found.end if found else entry.key_end


def _before(entry: Entry, found: Field) -> int:
    return next(before for before, other in _gaps(entry) if other is found)


def _gaps(entry: Entry) -> list[tuple[int, Field]]:
    """Each field with the end of what stands before it."""
    ends = [entry.key_end, *(found.end for found in entry.fields)]
    return list(zip(ends, entry.fields, strict=False))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else value.encode("utf-8", "surrogateescape")
