r"""Where everything stands in a .bib file: entries, keys and fields as byte spans.

The reference for what an entry is is bibtex(1), whose quirks are kept: there is no comment
character, ``@comment`` hides only its own word, a backslash escapes nothing, and an error costs
the rest of its entry: reading goes on at the next ``@``. The scanner differs in two points, where
bibtex would lose what is whole. Where a value is never closed, reading resumes at the next line
that begins ``@name{``; and a repeated entry is read to its end before it is set aside.

White space is space, tab, CR and LF (a form feed is not); every byte above 0x7f is a letter.
Scanning takes time and memory linear in the size of the file, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

_WS = rb"[ \t\r\n]*"
_ID = rb"[^\x00-\x20\"#%'(),={}0-9][^\x00-\x20\"#%'(),={}]*"

_TYPE = re.compile(rb"@%b(%b)" % (_WS, _ID))
_OPEN = re.compile(rb"%b([{(])%b" % (_WS, _WS))
_BLANK = re.compile(_WS)
_NAME = re.compile(_ID)
COMMENT_OPENS = re.compile(rb"(?i)@%bcomment%b\{" % (_WS, _WS))
_BRACE = re.compile(rb"[{}]")
_BRACE_OR_QUOTE = re.compile(rb'[{}"]')
_RESUME = re.compile(rb"[\r\n][ \t]*(?=@[ \t]*%b[ \t]*[{(])" % _ID)


def _next(closer: bytes) -> re.Pattern[bytes]:
    """What may follow a key or a value: a field's head (1), a ``#`` (2), or the entry's end."""
    end = re.escape(closer)
    return re.compile(
        rb"%b(?:,%b(?:(%b)%b=%b|%b)|(#)%b|%b)" % (_WS, _WS, _ID, _WS, _WS, end, _WS, end)
    )


class _Shape(NamedTuple):
    """What differs between a { } and a ( ) entry."""

    closer: bytes
    key: re.Pattern[bytes]
    next: re.Pattern[bytes]
    bare: re.Pattern[bytes]


def _shape(closer: bytes, key: bytes) -> _Shape:
    bare = rb"[0-9]+|%b(?=[ \t\r\n,#%b]|\Z)" % (_ID, re.escape(closer))
    return _Shape(closer, re.compile(key), _next(closer), re.compile(bare))


_MOST_MACRO_TEXT = 10_000  # bytes
_JOINT = 2  # the group of _next that is a #

_SHAPES = {
    b"{": _shape(b"}", rb"[^ \t\r\n,}]*"),
    b"(": _shape(b")", rb"[^ \t\r\n,]*"),  # in a ( ) entry a key may hold a closing parenthesis
}

# Styles define the months; these are the names that plain.bst gives them.
MONTHS = {
    b"jan": b"January",
    b"feb": b"February",
    b"mar": b"March",
    b"apr": b"April",
    b"may": b"May",
    b"jun": b"June",
    b"jul": b"July",
    b"aug": b"August",
    b"sep": b"September",
    b"oct": b"October",
    b"nov": b"November",
    b"dec": b"December",
}


class Field(NamedTuple):
    """One field: its name in lower case, and offsets of the name, the value and the value's end."""

    name: bytes
    start: int
    value: int
    end: int


@dataclass(slots=True)
class Entry:
    """One entry. ``end`` is behind its closing delimiter, or where bibtex gave up on it.

    ``damage`` says why the rest of the entry could not be read; the fields before it are whole.
    ``doubtful`` entries were found in what a damaged one left behind. ``first`` is the earlier
    entry with the same key, in whatever case: bibtex ignores this one.
    """

    type: bytes
    key: bytes
    start: int
    line: int
    key_end: int
    end: int
    fields: list[Field] = field(default_factory=list)
    damage: str = ""
    damage_at: int = -1
    doubtful: bool = False
    first: Entry | None = None

    def field(self, name: bytes) -> Field | None:
        """The first field of this name (bibtex ignores further ones)."""
        for found in self.fields:
            if found.name == name:
                return found
        return None


class Command(NamedTuple):
    """An @string or @preamble with a value: its macro's name in lower case (b"": none); offsets.

    ``end`` is the end of the value where the closing delimiter is missing; bibtex takes it too.
    """

    name: bytes
    start: int
    value: int
    value_end: int
    end: int


@dataclass
class Source:
    """A scanned file: its entries in order, the @string macros, and where @comment words stand.

    ``broken`` lists damaged @string and @preamble commands: where they begin, and what is wrong.
    """

    data: bytes
    entries: list[Entry] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    macros: dict[bytes, list[tuple[int, bytes]]] = field(default_factory=dict)
    comments: list[int] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    newline: bytes = b"\n"
    outer: Callable[[bytes], bytes | None] = MONTHS.get

    def macro(self, name: bytes, at: int) -> bytes | None:
        """What @string said of a name (in lower case) before this offset, or a month's name.

        ``outer`` answers for what this source does not define: where it is a part of a file, the
        file.
        """
        for defined_at, value in reversed(self.macros.get(name, ())):
            if defined_at < at:
                return value
        return self.outer(name)

    @cached_property
    def repeated(self) -> dict[int, list[int]]:
        """Where an entry begins whose key is repeated -> the lines of the others."""
        repeated: dict[int, list[int]] = {}
        for entry in self.entries:
            if entry.first:
                repeated.setdefault(entry.first.start, []).append(entry.line)
        return repeated

    @cached_property
    def comment_bodies(self) -> list[tuple[int, int]]:
        """Where the bodies of @comment{…} begin and end; bodies that never close are none."""
        starts = [start for start in self.comments if COMMENT_OPENS.match(self.data, start)]
        if not starts:
            return []
        opened: list[tuple[int, int]] = []
        bodies: list[tuple[int, int]] = []
        depth, waiting = 0, iter(starts)
        coming = next(waiting, None)
        for brace in _BRACE.finditer(self.data, starts[0]):
            while coming is not None and coming < brace.start():
                opened.append((coming, depth))
                coming = next(waiting, None)
            if brace[0] == b"{":
                depth += 1
                continue
            depth -= 1
            while opened and opened[-1][1] >= depth:
                bodies.append((opened.pop()[0], brace.end()))
        return bodies

    def line_of(self, entry: Entry, offset: int) -> int:
        """The number of the line, counted from 1, that holds this offset behind the entry's @."""
        return entry.line + self.data.count(self.newline, entry.start, offset)


def scan(data: bytes) -> Source:
    """Find every entry of a file, in any encoding that keeps ASCII's bytes to themselves."""
    source = Source(data, newline=b"\n" if b"\n" in data or b"\r" not in data else b"\r")
    first: dict[bytes, Entry] = {}
    line, counted = 1, 0
    for entry in _Scanner(source).entries():
        line += data.count(source.newline, counted, entry.start)
        entry.line, counted = line, entry.start
        known = first.setdefault(entry.key.lower(), entry)
        if known is not entry:
            entry.first = known
        source.entries.append(entry)
    return source


def tokens(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a well-formed value that ``#`` joins, as spans with their delimiters."""
    at = start
    while at < end:
        if data[at] == 0x7B:
            stop = braced_end(data, at, end)
        elif data[at] == 0x22:
            stop = _quoted_end(data, at, end)
        else:
            hash_at = data.find(b"#", at, end)
            stop = at + len(data[at : hash_at if hash_at >= 0 else end].rstrip(b" \t\r\n"))
        yield at, stop
        at = _skip(data, stop, end)
        if data[at : at + 1] == b"#":
            at = _skip(data, at + 1, end)


def expand(source: Source, start: int, end: int, unknown: bytes | None = None) -> bytes:
    """The text of a value: delimiters removed, macros replaced, parts joined; white space as it is.

    A macro that nobody defined stands for its own name, or for ``unknown`` where that is given
    (bibtex takes it for empty text). So does one that would bring the text of macros in this value
    to over 10,000 bytes: macros made of macros double, and 40 of them would fill any memory.
    """
    data, parts, room = source.data, [], _MOST_MACRO_TEXT
    for at, stop in tokens(data, start, end):
        if data[at] in b'{"':
            parts.append(data[at + 1 : stop - 1])
            continue
        word = data[at:stop]
        value = None if word.isdigit() else source.macro(word.lower(), at)
        room -= len(value or b"")
        if value is None or room < 0:
            value = word if unknown is None or word.isdigit() else unknown
        parts.append(value)
    return b"".join(parts)


def _skip(data: bytes, at: int, limit: int) -> int:
    blank = _BLANK.match(data, at, limit)
    return blank.end() if blank else at


def braced_end(data: bytes, start: int, limit: int) -> int:
    """The offset behind the group that opens at ``start``, or -1 where it is never closed."""
    depth, at = 1, start + 1
    while depth:
        close = data.find(b"}", at, limit)
        if close < 0:
            return -1
        depth += data.count(b"{", at, close) - 1
        at = close + 1
    return at


def _quoted_end(data: bytes, start: int, limit: int) -> int:
    """The offset behind a quoted value; -1 where it is never closed, -2 - x for a stray } at x."""
    quote = data.find(b'"', start + 1, limit)
    if quote >= 0 and data.find(b"{", start, quote) < 0 and data.find(b"}", start, quote) < 0:
        return quote + 1
    depth = 0
    for found in _BRACE_OR_QUOTE.finditer(data, start + 1, limit):
        char = found[0]
        if char == b"{":
            depth += 1
        elif char == b"}":
            depth -= 1
            if depth < 0:
                return -2 - found.start()
        elif depth == 0:
            return found.end()
    return -1


class _Lowered(dict[bytes, bytes]):
    """Names in lower case; a file has few of them, and each is kept once."""

    def __missing__(self, name: bytes) -> bytes:
        lowered = self[name] = name.lower()
        return lowered


class _Scanner:
    """One pass over a file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.data = source.data
        self._lowered = _Lowered()

    def entries(self) -> Iterator[Entry]:
        """All entries; behind one that is never closed, region by region."""
        size = len(self.data)
        unclosed = yield from self._region(0, size, recovered=False)
        if unclosed < 0:
            return
        heads = [found.end() for found in _RESUME.finditer(self.data, unclosed + 1)]
        for start, limit in pairwise([*heads, size]):
            yield from self._region(start, limit, recovered=True)

    def _region(self, at: int, limit: int, *, recovered: bool) -> Generator[Entry, None, int]:
        """The entries between two offsets; returns where the last one begins if it stays open."""
        data = self.data
        doubtful = recovered
        while (at := data.find(b"@", at, limit)) >= 0:
            head = _TYPE.match(data, at, limit)
            if head is None:
                at += 1
                continue
            kind = self._lowered[head[1]]
            opened = _OPEN.match(data, head.end(), limit)
            if kind == b"comment":
                self.source.comments.append(at)
                at = head.end()
            elif opened is None:
                at = head.end()
            elif kind in (b"string", b"preamble"):
                start, at = at, self._command(kind, at, opened.end(), limit, _SHAPES[opened[1]])
                if at >= limit:
                    return start
            else:
                entry = Entry(kind, b"", at, 0, 0, limit)
                closed = self._read(entry, opened.end(), limit, _SHAPES[opened[1]])
                entry.doubtful = recovered or (doubtful and not self._begins_line(at))
                doubtful = bool(entry.damage) or entry.doubtful
                yield entry
                if not closed:
                    return entry.start
                at = entry.end
        return -1

    def _read(self, entry: Entry, at: int, limit: int, shape: _Shape) -> bool:
        """Read the key and the fields of an entry; False where the file ends inside it."""
        data, follow, lowered = self.data, shape.next.match, self._lowered
        add, new_tuple = entry.fields.append, tuple.__new__
        key = shape.key.match(data, at, limit)
        assert key is not None  # noqa: S101  # the pattern takes the empty key too
        entry.key, entry.key_end = key[0], key.end()
        name, name_at, value_at, at = None, 0, 0, key.end()
        while found := follow(data, at, limit):
            kind = found.lastindex
            if kind == _JOINT:
                if name is None:
                    break
            else:
                if name is not None:
                    add(new_tuple(Field, (name, name_at, value_at, at)))  # half the cost of Field()
                if kind is None:
                    entry.end = found.end()
                    return True
                name_at, name_end = found.span(1)
                name = lowered[data[name_at:name_end]]
                value_at = found.end()
            at = self._token(found.end(), limit, shape)
            if at < 0:
                return self._damaged(entry, *self._bad_value(found.end(), limit))
        reason, stop = self._bad_separator(at, limit, shape)
        if name is not None and stop < limit:
            add(Field(name, name_at, value_at, at))
        return self._damaged(entry, reason, stop, limit)

    def _token(self, at: int, limit: int, shape: _Shape) -> int:
        """The offset behind the number, macro name or delimited text at ``at``; negative: none."""
        data = self.data
        first = data[at] if at < limit else 0
        if first == 0x7B:
            close = data.find(b"}", at, limit)
            if close > 0 and data.count(b"{", at, close) == 1:
                return close + 1
            return braced_end(data, at, limit)
        if first == 0x22:
            return _quoted_end(data, at, limit)
        bare = shape.bare.match(data, at, limit)
        return bare.end() if bare else -1

    def _damaged(self, entry: Entry, reason: str, stop: int, limit: int) -> bool:
        entry.damage, entry.damage_at, entry.end = reason, stop, stop
        if stop < limit:
            return True
        entry.damage, entry.damage_at = "it is never closed", entry.start
        return False

    def _bad_value(self, at: int, limit: int) -> tuple[str, int, int]:
        """Why there is no value at ``at``, the offset where bibtex gives up, and the limit."""
        first = self.data[at : at + 1]
        if first == b"{":
            return "a value is never closed", limit, limit
        if first == b'"':
            stop = _quoted_end(self.data, at, limit)
            return "a quoted value has a } too many", limit if stop == -1 else -2 - stop, limit
        word = _NAME.match(self.data, at, limit)
        return "a value is missing", word.end() if word else at, limit

    def _bad_separator(self, at: int, limit: int, shape: _Shape) -> tuple[str, int]:
        """What is wrong behind a key or a value, and the offset where bibtex gives up."""
        data = self.data
        at = _skip(data, at, limit)
        if data[at : at + 1] != b",":
            return f"a comma or a {shape.closer.decode()} is missing", at
        at = _skip(self.data, at + 1, limit)
        name = _NAME.match(data, at, limit)
        if name is None:
            return "a field name is missing", at
        shown = name[0].decode("utf-8", "replace")
        return f"the field name {shown!r} is not followed by =", _skip(self.data, name.end(), limit)

    def _command(self, kind: bytes, start: int, at: int, limit: int, shape: _Shape) -> int:
        """Read an @string or @preamble behind its delimiter; the offset to go on from."""
        name = b""
        if kind == b"string":
            found = _NAME.match(self.data, at, limit)
            at = _skip(self.data, found.end() if found else at, limit)
            if found is None or self.data[at : at + 1] != b"=":
                return self._broken(start, "its name or its = is missing", at)
            name, at = found[0].lower(), _skip(self.data, at + 1, limit)
        value_end, reason = self._value(at, limit, shape)
        if reason:
            return self._broken(start, reason, value_end)
        if name:  # bibtex defines the macro before it looks for the closing delimiter
            text = expand(self.source, at, value_end)
            self.source.macros.setdefault(name, []).append((start, text))
        end = _skip(self.data, value_end, limit)
        closed = self.data[end : end + 1] == shape.closer
        command = Command(name, start, at, value_end, end + 1 if closed else value_end)
        self.source.commands.append(command)
        if not closed:
            return self._broken(start, f"a {shape.closer.decode()} is missing", end)
        return end + 1

    def _broken(self, start: int, reason: str, at: int) -> int:
        self.source.broken.append((start, reason))
        return at

    def _value(self, at: int, limit: int, shape: _Shape) -> tuple[int, str]:
        """The offset behind a value, and "", or the offset where bibtex gives up, and why."""
        while True:
            end = self._token(at, limit, shape)
            if end < 0:
                reason, stop, _ = self._bad_value(at, limit)
                return stop, reason
            more = _skip(self.data, end, limit)
            if self.data[more : more + 1] != b"#":
                return end, ""
            at = _skip(self.data, more + 1, limit)

    def _begins_line(self, at: int) -> bool:
        while at and self.data[at - 1] in b" \t":
            at -= 1
        return at == 0 or self.data[at - 1] in b"\r\n"
