"""Names compared by their words, since a plain string does not tell which is the family name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

from ..model import Name, Paper
from .text import difference, fold, ideographs, squash

MANY = 24  # author lists run to thousands of names; the first two dozen tell papers apart

Person = tuple[str, ...]

_UMLAUT = re.compile("(?<=[aou])e")  # "Mueller" is "Müller", whose dots are gone after folding
_HANGUL = re.compile("[\uac00-\ud7af]")


@lru_cache(maxsize=1 << 16)
def person(name: Name) -> Person:
    """The words of a name; one in Chinese, Japanese or Korean characters is one word."""
    text = f"{name.given} {name.prefix} {name.family}"
    if _written_together(text):
        return ("".join(sorted(squash(text))),)
    return tuple(_UMLAUT.sub("", fold(text)).split())


def _written_together(text: str) -> bool:
    return not text.isascii() and (ideographs(text) or bool(_HANGUL.search(text)))


def same_person(left: Person, right: Person) -> bool:
    """Whether two names can be one person's.

    One word of two or more letters is common to both, and what remains does not contradict:
    initials, dropped or added middle names, short forms, hyphens.
    """
    if left == right:
        return bool(left)
    if not any(word in right for word in left if len(word) > 1):
        return False
    ours, theirs = difference(list(left), list(right))
    if not ours or not theirs or "".join(ours) == "".join(theirs):
        return True
    fewer, more = sorted((ours, theirs), key=len)
    initials = "".join(word[0] for word in more)
    return "".join(fewer) == initials or _all_stand_for(fewer, more)


def _all_stand_for(fewer: list[str], more: list[str]) -> bool:
    rest = list(more)
    for word in fewer:
        full = next((other for other in rest if _stands_for(word, other)), None)
        if full is None:
            return False
        rest.remove(full)
    return True


def _stands_for(one: str, other: str) -> bool:
    """An initial for a name, or its beginning ("Alex", "Alexander"), either way round."""
    short, full = sorted((one, other), key=len)
    return full.startswith(short) and len(short) != 2


def people_in_common(left: Sequence[Person], right: Sequence[Person]) -> int:
    """How many people are in both lists."""
    if left == right:
        return len(left)
    rest = list(right)
    matched = 0
    for ours in left:
        at = next((at for at, theirs in enumerate(rest) if same_person(ours, theirs)), None)
        if at is not None:
            del rest[at]
            matched += 1
    return matched


def signs(paper: Paper) -> set[str]:
    """What finds a paper by its people: their family names, each with the first initial."""
    return {sign for name in paper.authors[:MANY] for sign in _name_signs(name)}


def _name_signs(name: Name) -> list[str]:
    if not name.family.isascii() and _written_together(name.family):
        return list(person(name))
    initial = name.given[:1]
    initial = initial.lower() if initial.isascii() else fold(initial)[:1]
    return [f"{word} {initial}" for word in _family_words(name.family)]


@lru_cache(maxsize=1 << 16)
def _family_words(family: str) -> Person:
    return person(Name(family))


def possible_signs(one: Person) -> list[str]:
    """The signs that a name can have while it is open which of its words is the family name."""
    if len(one) == 1:
        return [one[0], f"{one[0]} "]
    return [f"{word} {other[0]}" for word, other in permutations(one, 2)]
