"""The keywords of an entry: reading them, and adding or removing one among the others.

Keywords are separated by commas or semicolons (full-width ones too) outside braces, as Zotero
splits them on import. The others keep their order, their separators and their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_PIECE = re.compile(r"[{}]|[,;，；]\s*")
_SEPARATOR = re.compile(r"\s*[,;，；]\s*")


def split(text: str) -> list[str]:
    """The keywords, in order."""
    if "{" not in text:
        return [word for part in _PIECE.split(text) if (word := part.strip())]
    return [text[start:end] for start, end in _spans(text)]


def retagged(text: str, meant: Callable[[str], bool], tag: str | None) -> str | None:
    """The text with one tag (or, for None, none) in place of the keywords that are meant.

    None where nothing is left of a text that held no more than the tag.
    """
    spans = list(_spans(text))
    hits = [n for n, (start, end) in enumerate(spans) if meant(text[start:end])]
    if tag is not None and hits:
        start, end = spans[hits[0]]
        text = text[:start] + tag + text[end:]
        hits, spans = hits[1:], list(_spans(text))
    elif tag is not None:
        return _added(text, spans, tag)
    if len(spans) == 1 and spans[0] == (0, len(text)) and hits:
        return None
    for n in reversed(hits):
        text = _without(text, spans, n)
        spans = list(_spans(text))
    return text


def _added(text: str, spans: list[tuple[int, int]], tag: str) -> str:
    """The text with one keyword more, behind the last one.

    A field that stood empty gets a space behind its first keyword, so that it is left empty, and
    not removed, when the keyword goes.
    """
    if not spans:
        return f"{tag} {text}"
    end = spans[-1][1]
    return f"{text[:end]}{_separator(text, spans)}{tag}{text[end:]}"


def _without(text: str, spans: list[tuple[int, int]], n: int) -> str:
    """The text without keyword ``n`` and one separator."""
    start, end = spans[n]
    if n > 0:
        start = spans[n - 1][1]
    elif len(spans) > 1:
        end = spans[1][0]
    elif text[end : end + 1] == " ":
        end += 1
    return text[:start] + text[end:]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the keywords stand, without the white space around them."""
    depth, start = 0, 0
    for piece in _PIECE.finditer(text):
        if piece[0] == "{":
            depth += 1
        elif piece[0] == "}":
            depth -= 1
        elif depth <= 0:
            yield from _trimmed(text, start, piece.start())
            start = piece.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    if part.strip():
        yield end - len(part.lstrip()), start + len(part.rstrip())


def _separator(text: str, spans: list[tuple[int, int]]) -> str:
    """What stands between the last two keywords; a comma and a space where that says nothing."""
    if len(spans) > 1:
        between = text[spans[-2][1] : spans[-1][0]]
        if _SEPARATOR.fullmatch(between):
            return between
    return ", "
