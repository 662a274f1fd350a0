r"""Names by BibTeX's rules: ``First von Last``, ``von Last, First`` and ``von Last, Jr, First``.

As in bibtex(1), separators count outside braces only, and a word belongs to "von" if its first
letter is lower-case; of what stands in braces only a special character (``{\'e}``) has a case.
Unlike in bibtex(1), a hyphen ends no word: "Xiao-ping" is a given name, not "Xiao" and a "von".
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from ..model import Name
from .latex import to_unicode

_AND = re.compile(r"(?<!\S)and(?!\S)", re.IGNORECASE)
_COMMA = re.compile(",")
_SPACE = re.compile(r"[\s~]+")
_BRACE = re.compile(r"[{}]")
_LETTER_OR_GROUP = re.compile(r"[^\W\d_]|\{")


def split_names(value: str) -> tuple[tuple[Name, ...], bool]:
    """Split the raw value of an ``author`` or ``editor`` field into names, as Unicode.

    The second result says whether the list ends in "and others". A name in braces is an
    institution: it has a family name only. Empty names are dropped. Takes any string.
    """
    raw = [name.strip() for name in _split(value, _AND)]
    more = raw[-1] == "others"
    names = map(_name, raw[:-1] if more else raw)
    return tuple(name for name in names if name.family), more


@lru_cache(maxsize=1 << 15)
def _name(raw: str) -> Name:
    rest, *after = map(_words, _split(raw, _COMMA))
    suffix: list[str] = []
    if not after:  # First von Last
        start = next((i for i, word in enumerate(rest) if _is_lower(word)), len(rest) - 1)
        given, rest = rest[:start], rest[start:]
    elif len(after) == 1:  # von Last, First
        given = after[0]
    else:  # von Last, Jr, First; what follows a third comma belongs to First
        suffix, given = after[0], list(chain(*after[1:]))
    if not rest:
        given, rest = [], given
    family = next((i for i in range(len(rest) - 1, 0, -1) if _is_lower(rest[i - 1])), 0)
    return Name(_text(rest[family:]), _text(given), _text(rest[:family]), _text(suffix))


def _words(part: str) -> list[str]:
    return [word for word in _split(part, _SPACE) if word]


def _text(words: list[str]) -> str:
    return to_unicode(" ".join(words)) if words else ""


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split at the separators that stand outside braces."""
    if "{" not in text:
        return separator.split(text)
    parts = []
    start = counted = depth = 0
    for match in separator.finditer(text):
        here = match.start()
        depth += text.count("{", counted, here) - text.count("}", counted, here)
        counted = here
        if depth <= 0:
            parts.append(text[start:here])
            start = match.end()
    parts.append(text[start:])
    return parts


def _is_lower(word: str) -> bool:
    """Whether the first letter outside braces, or in a special character, is lower-case."""
    position = 0
    while match := _LETTER_OR_GROUP.search(word, position):
        if match[0] != "{":
            return match[0].islower()
        position = _group_end(word, match.start())
        if word.startswith("\\", match.end()):
            special = to_unicode(word[match.start() : position])
            return next((letter.islower() for letter in special if letter.isalpha()), False)
    return False


def _group_end(text: str, start: int) -> int:
    depth = 0
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.end()
    return len(text)
