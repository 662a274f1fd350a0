"""Citation keys for items that have none, as Better BibTeX makes them by default.

Its formula is ``auth.lower + shorttitle(3,3) + year``: the first family name in lower case, the
first three words of the title that are no function words, each with a capital, and the year.
Unlike Better BibTeX we keep letters outside the Latin alphabet: a Chinese name stays in Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count
from string import ascii_lowercase

_TITLE_WORDS = 3
# The words that its preference `skipWords` lists.
_SKIPPED = """
    a ab aboard about above across after against al along amid among an and anti around as at
    before behind below beneath beside besides between beyond but by d da das de del dell dello dei
    degli della delle dem den der des despite die do down du during ein eine einem einen einer eines
    el en et except for from gli i il in inside into is l la las le les like lo los near nor of off
    on onto or over past per plus round save since so some sur than the through to toward towards un
    una unas under underneath une unlike uno unos until up upon versus via von while with within
    without yet zu zum
"""
_FUNCTION_WORDS = frozenset(_SKIPPED.split())
_MARKUP = re.compile(r"</?\w[^>]*>")
_WORD = re.compile(r"[^\W_]+(?:['’‘\-‐‑][^\W_]+)*")
_NO_LETTER = re.compile(r"[\W_]+")
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i", "ħ": "h"}
)


def made_up_key(family: str, title: str, year: str) -> str:
    """The key without what tells it from others that are the same; "" where nothing is known."""
    words = [_letters(word) for word in _WORD.findall(_MARKUP.sub("", title))]
    words = [word for word in words if word and word.lower() not in _FUNCTION_WORDS]
    short = "".join(word[0].upper() + word[1:] for word in words[:_TITLE_WORDS])
    return _letters(family).lower() + short + _letters(year)


class Taken:
    """The citation keys that are in use."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = set(keys)
        self._suffixes: dict[str, Iterator[str]] = {}  # those that were not tried, by key

    def distinct(self, key: str) -> str:
        """The key, or the first of keya, keyb, … that is not in use. From then on it is."""
        found = key
        if key in self._keys:
            suffixes = self._suffixes.setdefault(key, _suffixes())
            found = next(each for suffix in suffixes if (each := key + suffix) not in self._keys)
        self._keys.add(found)
        return found


def _suffixes() -> Iterator[str]:
    """From a to z, then aa to zz, and so on."""
    for length in count(1):
        for number in range(26**length):
            yield "".join(ascii_lowercase[number // 26**i % 26] for i in reversed(range(length)))


def _letters(text: str) -> str:
    """Letters and digits, without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", _NO_LETTER.sub("", bare))
