"""A part of a .bib file that stands by itself: chosen entries, byte for byte, and what they need.

Needed are the entries that they inherit from or name (``crossref``, ``xdata``, …, also nested), the
``@string`` commands whose macros they use (also through other macros) and every ``@preamble``,
since nothing says which entries use its commands. All of it keeps the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .encoding import declaration
from .record import Records
from .source import Command, Entry, Source, scan, tokens

# Fields that hold keys of entries without which this one is incomplete or biber warns.
_LINKS = (b"crossref", b"xdata", b"entryset", b"xref", b"related")


class _Piece(NamedTuple):
    """What stands between two offsets of the file, and what the excerpt says in its place."""

    start: int
    end: int
    text: bytes


class _Use(NamedTuple):
    """A macro's name in lower case, and the offset before which it must have been defined."""

    name: bytes
    before: int


def with_parents(records: Records, chosen: Iterable[Entry]) -> list[Entry]:
    """The entries and all that they need, each once, in the order of the file."""
    found: dict[int, Entry] = {}
    waiting = list(chosen)
    while waiting:
        entry = waiting.pop()
        if entry.start not in found:
            found[entry.start] = entry
            waiting += _linked(records, entry)
    return [found[start] for start in sorted(found)]


def excerpt(source: Source, entries: Sequence[Entry], texts: Mapping[int, bytes]) -> bytes:
    """The part of the file that holds these entries, each as ``texts`` has it by its start.

    Empty where there is no entry.
    """
    if not entries:
        return b""
    uses = [use for entry in entries for use in _uses_of(texts[entry.start], entry.start)]
    pieces = [_Piece(entry.start, entry.end, texts[entry.start]) for entry in entries]
    pieces += [
        _Piece(command.start, command.end, _closed(source.data, command))
        for command in _commands(source, uses)
    ]
    return declaration(source.data) + _joined(source, sorted(pieces))


def _closed(data: bytes, command: Command) -> bytes:
    """The command; one that lacks its closing delimiter gets it."""
    text = data[command.start : command.end]
    if command.end > command.value_end:
        return text
    opens = next(chr(byte) for byte in text if byte in b"{(")
    return text + (b"}" if opens == "{" else b")")


def _linked(records: Records, entry: Entry) -> Iterator[Entry]:
    record = records.record(entry)
    for name in _LINKS:
        for key in record.own(name).split(","):
            other = records.entry(key.strip()) if key.strip() else None
            if other:
                yield other


def _commands(source: Source, uses: Iterable[_Use]) -> list[Command]:
    """The commands that these uses need, and all preambles with what they need, in any order."""
    by_name: dict[bytes, list[Command]] = {}
    for command in source.commands:
        by_name.setdefault(command.name, []).append(command)
    needed = {command.start: command for command in by_name.get(b"", ())}
    waiting = [*uses, *(use for each in needed.values() for use in _uses(source.data, each))]
    while waiting:
        name, at = waiting.pop()
        definitions = [one for one in by_name.get(name, ()) if one.start < at]
        if definitions and definitions[-1].start not in needed:
            needed[definitions[-1].start] = definitions[-1]
            waiting += _uses(source.data, definitions[-1])
    return list(needed.values())


def _uses_of(text: bytes, start: int) -> Iterator[_Use]:
    """What the text of an entry uses that begins there."""
    for found in scan(text).entries[0].fields:
        for name in _words(text, found.value, found.end):
            yield _Use(name, start)


def _uses(data: bytes, command: Command) -> Iterator[_Use]:
    for name in _words(data, command.value, command.value_end):
        yield _Use(name, command.start)


def _words(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """The names of macros in a value."""
    if data[start] in b'{"' and data.find(b"#", start, end) < 0:
        return
    for at, stop in tokens(data, start, end):
        if data[at] not in b'{"' and not data[at:stop].isdigit():
            yield data[at:stop].lower()


def _joined(source: Source, pieces: list[_Piece]) -> bytes:
    """The pieces with what separates them in the file, or a blank line where other text does."""
    parts, end = [], -1
    for piece in pieces:
        if end >= 0:
            between = source.data[end : piece.start]
            parts.append(between if between.isspace() else _newline(source) * 2)
        parts.append(piece.text)
        end = piece.end
    return b"".join([*parts, _newline(source)])


def _newline(source: Source) -> bytes:
    return b"\r\n" if b"\r\n" in source.data else source.newline
