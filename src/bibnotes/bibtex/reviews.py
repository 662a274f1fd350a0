"""Where a .bib entry keeps its review, how it is read, and which edits make it another one.

Two profiles (DESIGN: BibTeX): ``jabref`` keeps the text in ``comment`` and the priority in
``priority = {prioN}``; ``bibtex`` keeps the text in ``annote`` and the priority as a tag in
``keywords``. Reading understands both; a review is edited where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from ..model import Change, Review
from ..scale import Language, Level, Scale
from . import keywords
from .edit import Edit, apply, quotes_values, removing, setting
from .latex import to_unicode
from .record import Record, Records
from .reviewtext import fits_in_quotes, plain, read_plain, read_typeset, typeset
from .source import MONTHS, scan, tokens

Profile = Literal["bibtex", "jabref"]

_TEXT_FIELDS: dict[Profile, tuple[bytes, ...]] = {
    "bibtex": (b"annote", b"annotation", b"comment"),
    "jabref": (b"comment", b"annote", b"annotation"),
}


class RefusedError(Exception):
    """The entry cannot be given this review; the message says why."""


@dataclass(frozen=True)
class Habits:
    """What decides how a review is written into a file."""

    scale: Scale
    profile: Profile
    language: Language  # of the tag that is written
    layout: bytes  # how the file leads a field
    newline: bytes

    @cached_property
    def _levels(self) -> dict[str, Level | None]:
        return {}

    def level_of(self, keyword: str) -> Level | None:
        """The level that a keyword means; a file repeats its keywords."""
        if keyword not in self._levels:
            self._levels[keyword] = self.scale.by_tag(to_unicode(keyword))
        return self._levels[keyword]

    def means_level(self, keyword: str) -> bool:
        """Whether a keyword is a reading priority."""
        return self.level_of(keyword) is not None


def read(record: Record, habits: Habits) -> Review:
    """The review of an entry."""
    return review_of(record, keyword_list(record), habits)


def review_of(record: Record, words: Iterable[str], habits: Habits) -> Review:
    """The review of an entry whose keywords are known."""
    found = [level for word in words if (level := habits.level_of(word))]
    if record.has(b"priority") and (level := _jabref_level(record, habits)):
        found.append(level)
    levels = habits.scale.ordered(found) if found else []
    text = next(filled_texts(record, habits.profile), (b"", ""))[1]
    return Review(levels[0] if levels else None, text, tuple(levels[1:]))


def keyword_list(record: Record) -> list[str]:
    """The entry's keywords as text, the reading priority's tags among them."""
    return keywords.split(record.own(b"keywords")) if record.has(b"keywords") else []


def other_keywords(record: Record, habits: Habits) -> list[str]:
    """The keywords that are no reading priority."""
    return [word for word in keyword_list(record) if not habits.means_level(word)]


def filled_texts(record: Record, profile: Profile) -> Iterator[tuple[bytes, str]]:
    """The fields that hold a review text, with it; the one that counts comes first."""
    for name in _TEXT_FIELDS[profile]:
        if record.has(name):
            read_text = read_plain if name == b"comment" else read_typeset
            parts = [part for value in record.all(name) if (part := read_text(value)).strip()]
            if parts:
                yield name, "\n\n".join(part.strip("\n") for part in parts)


def edits(text: bytes, change: Change, habits: Habits) -> tuple[bytes, tuple[Edit, ...]]:
    """The entry with ``change.after``, and the edits that lead there, in order.

    Raises RefusedError where fields would have to be merged or macros edited for it.
    """
    made: list[Edit] = []
    if change.sets_text:
        made.append(_text_edit(text, change.after.text, habits))
        text = apply(text, made[-1])
    if change.sets_priority:
        for edit in _priority_edits(text, change.after.priority, habits):
            text = apply(text, edit)
            made.append(edit)
    return text, tuple(made)


def without(text: bytes, habits: Habits, *, of_others: bool) -> bytes:
    """The entry without its review: every field that may hold a text, and the priority.

    ``of_others``: also without what named readers say, in ``comment-ana`` and ``精读 (ana)``.
    """
    for found in alone(text).entry.fields:
        others = of_others and found.name.startswith(b"comment-")
        if found.name in _TEXT_FIELDS[habits.profile] or others:
            text = apply(text, removing(text, found.name))
    for edit in _priority_edits(text, None, habits):
        text = apply(text, edit)

    def meant(word: str) -> bool:
        return means_level_to_anybody(to_unicode(word), habits.scale)

    tags = _keywords_edit(alone(text), text, None, habits, meant) if of_others else None
    return apply(text, tags) if tags else text


_OF_A_READER = re.compile(r"(.+?)\s*\([^()]+\)")


def means_level_to_anybody(word: str, scale: Scale) -> bool:
    """Whether a keyword is a priority, also one of a named reader: ``精读 (ana)``."""
    of_reader = _OF_A_READER.fullmatch(word)
    return bool(scale.by_tag(word) or (of_reader and scale.by_tag(of_reader[1])))


def _text_edit(text: bytes, new: str, habits: Habits) -> Edit:
    record = alone(text)
    filled = [name for name, _ in filled_texts(record, habits.profile)]
    if filled and len(record.all(filled[0])) > 1:
        raise RefusedError(
            f"it has several {filled[0].decode()} fields, which are read as one text; "
            "join them by hand first"
        )
    if len(filled) > 1 and not new:
        names = b" and ".join(filled).decode()
        raise RefusedError(f"its {names} both hold a text; empty one of them by hand first")
    name = filled[0] if filled else _empty_text_field(record, habits.profile)
    return _field_edit(record, text, name, _encoded(name, new, habits), habits)


def _empty_text_field(record: Record, profile: Profile) -> bytes:
    """The field for a first text: one that stands there empty, or the profile's own."""
    own = _TEXT_FIELDS[profile][:1] if profile == "jabref" else _TEXT_FIELDS[profile][:2]
    return next((name for name in own if record.has(name)), own[0])


def _encoded(name: bytes, text: str, habits: Habits) -> bytes:
    value = plain(text) if name == b"comment" else typeset(text)
    return value.encode("utf-8").replace(b"\n", habits.newline)


def _field_edit(record: Record, text: bytes, name: bytes, value: bytes, habits: Habits) -> Edit:
    """The edit that makes a field say ``value``; without one the field goes.

    A field that stood empty gets a space behind its value: emptied again, it stays.
    """
    found = record.entry.field(name)
    if found is None:
        new = _delimited(value, quoted=quotes_values(text, record.entry))
        return setting(text, name, new, habits.layout)
    raw = text[found.value : found.end]
    tail = b""
    if _is_literal(raw) and len(list(tokens(text, found.value, found.end))) == 1:
        inner = raw[1:-1]
        tail = inner[len(inner.rstrip()) :]
        if not inner.strip():
            tail = b" " + tail
        elif not tail.startswith(b" "):
            tail = b""
    if not value and not tail:
        return removing(text, name)
    inner = value + tail if value else tail[1:]
    return setting(text, name, _delimited(inner, quoted=raw[:1] == b'"'), habits.layout)


def _delimited(value: bytes, *, quoted: bool) -> bytes:
    """A value between quotes if that is the habit here and it can stand there, else in braces."""
    if quoted and fits_in_quotes(value.decode("utf-8", "surrogateescape")):
        return b'"' + value + b'"'
    return b"{" + value + b"}"


def _priority_edits(text: bytes, level_id: str | None, habits: Habits) -> Iterator[Edit]:
    """First the field that gains or keeps the priority, then the one that loses it."""
    record = alone(text)
    level = habits.scale.level(level_id) if level_id else None
    in_field = record.has(b"priority") and _jabref_level(record, habits) is not None
    field = _goes_in_field(record, level, habits, in_field=in_field)
    if field and level:
        yield _field_edit(record, text, b"priority", level.jabref.encode(), habits)
    elif in_field:
        yield _field_edit(record, text, b"priority", b"", habits)
    tag = level.tag(habits.language) if level and not field else None
    if edit := _keywords_edit(record, text, tag, habits, habits.means_level):
        yield edit


def _goes_in_field(record: Record, level: Level | None, habits: Habits, *, in_field: bool) -> bool:
    """Whether the priority is to stand in JabRef's field; else it is a keyword."""
    if level is None or not level.jabref:
        return False
    in_keywords = any(map(habits.means_level, keyword_list(record)))
    if in_field != in_keywords:
        return in_field
    unknown = record.own(b"priority").strip() and not in_field  # somebody's own value
    return habits.profile == "jabref" and not unknown


def _keywords_edit(
    record: Record, text: bytes, tag: str | None, habits: Habits, meant: Callable[[str], bool]
) -> Edit | None:
    """The edit by which ``tag`` stands in the keywords and none ``meant``, if one is due."""
    found = record.entry.field(b"keywords")
    if found is None:
        if tag is None:
            return None
        value = _delimited(tag.encode("utf-8"), quoted=quotes_values(text, record.entry))
        return setting(text, b"keywords", value, habits.layout)
    value = _retagged(text, list(tokens(text, found.value, found.end)), tag, meant)
    if not value:
        return removing(text, b"keywords")
    if value == text[found.value : found.end]:
        return None
    return setting(text, b"keywords", value, habits.layout)


def _retagged(
    text: bytes, parts: list[tuple[int, int]], tag: str | None, meant: Callable[[str], bool]
) -> bytes:
    """The value of ``keywords`` with another tag; empty where the field is to go.

    Where ``#`` joins several parts, the tag comes and goes as a part of its own.
    """
    values = [text[start:end] for start, end in parts]
    if len(values) == 1 and _is_literal(values[0]):
        inner = keywords.retagged(_inner(values[0]), meant, tag)
        return b"" if inner is None else _with_inner(values[0], inner)
    if len(values) > 1 and _is_literal(values[-1]):
        words = keywords.split(_inner(values[-1]))
        if words and all(map(meant, words)):
            del parts[-1], values[-1]
    for n, value in enumerate(values):
        if _is_literal(value):
            values[n] = _with_inner(value, keywords.retagged(_inner(value), meant, None) or "")
    joints = [text[end:start] for (_, end), (start, _) in pairwise(parts)]
    joined = b"".join(value + joint for value, joint in zip(values, [*joints, b""], strict=True))
    return joined if tag is None else joined + b" # {, " + tag.encode("utf-8") + b"}"


def _is_literal(value: bytes) -> bool:
    return value[:1] in (b"{", b'"')


def _inner(value: bytes) -> str:
    return value[1:-1].decode("utf-8", "surrogateescape")


def _with_inner(value: bytes, inner: str) -> bytes:
    return value[:1] + inner.encode("utf-8", "surrogateescape") + value[-1:]


def _jabref_level(record: Record, habits: Habits) -> Level | None:
    return habits.scale.by_jabref(record.own(b"priority"))


def alone(text: bytes, outer: Callable[[bytes], bytes | None] = MONTHS.get) -> Record:
    """An entry by itself; ``outer`` knows the file's macros."""
    source = scan(text)
    source.outer = outer
    return Records(source).record(source.entries[0])
