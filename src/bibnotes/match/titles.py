"""What two titles have to do with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from .text import difference

_SMALL = frozenset(
    (
        "a an and are as at by do for from how in into is it its of on or our s t that the "
        "their there this to toward towards under using via we what when which why with "
        "without you your"
    ).split()
)
_ARTICLES = frozenset({"an", "the"})  # "a" can be the sign of a part
# Titles made of nothing else name a part of a book or an issue, not a paper.
_FORMULAIC = frozenset(
    (
        "abstract acknowledgements acknowledgments appendix bibliography book chair chairs "
        "chapter comment comments committee conclusion conclusions contents correction "
        "corrigendum discussion editor editorial editors erratum foreword front guest index "
        "interview introduction issue letter matter message news note notes obituary overview "
        "perspectives preface program proceedings references rejoinder reply report response "
        "retraction review reviews section special summary survey tutorial untitled volume "
        "welcome "
        "引言 前言 序言 绪论 緒論 导论 導論 导言 導言 编者 "
        "編者 结论 結論 总结 總結 勘误 勘誤 目录 目錄"
    ).split()
)
# Where only one of two titles has such a word, they are two papers.
_TELLING = frozenset(
    (
        "addendum comment comments correction corrections corrigendum errata erratum extended "
        "further i ii iii iv v vi vii viii ix x xi xii one two three first second third more "
        "new re rejoinder reply response retraction revisited supplement supplementary update "
        "updated 一 二 三 四 五 六 七 八 九 十 上 中 下 续 續"
    ).split()
)
SPECIFIC = 5.0  # weight from which a title alone is enough to tell a paper


class Titles(Enum):
    """What two titles have to do with each other, closest first."""

    SAME = 0
    SLIP = 1  # the same but for a slip or two
    CLOSE = 2
    SIBLING = 3  # close, but a number or a word such as "erratum" tells them apart
    UNKNOWN = 4  # one has none, or they are in different scripts
    OTHER = 5


def weight(title: Iterable[str]) -> float:
    """How much a title's words say, without small and formulaic ones."""
    said = (word for word in title if word not in _SMALL and word not in _FORMULAIC)
    return sum(1.0 if word.isascii() else 0.5 for word in said)


def telling(title: Iterable[str]) -> set[str]:
    """A title's words without the small ones."""
    return set(title) - _SMALL


def compare_words(left: list[str], right: list[str], known: Callable[[str], bool]) -> Titles:
    """How two titles that are not the same compare, by their words.

    ``known`` tells whether a telling word of the left one is a word, and so no slip of the pen.
    """
    ours, theirs = difference(left, right)
    shared = len(left) - len(ours)
    if not shared and _latin(left) != _latin(right):
        return Titles.UNKNOWN
    if _are_slips(ours, theirs, known):
        return Titles.SLIP
    shorter, longer = sorted((len(left), len(right)))
    if shared < 0.6 * longer and not shared == shorter >= 2:
        return Titles.OTHER
    return Titles.SIBLING if any(map(_tells_apart, ours + theirs)) else Titles.CLOSE


def _latin(title: list[str]) -> bool:
    return all(word.isascii() for word in title)


def _tells_apart(word: str) -> bool:
    return word in _TELLING or not word.isalpha() or len(word) == 1


def _are_slips(ours: list[str], theirs: list[str], known: Callable[[str], bool]) -> bool:
    ours = [word for word in ours if word not in _ARTICLES]
    theirs = [word for word in theirs if word not in _ARTICLES]
    return len(ours) == len(theirs) <= 2 and all(
        _is_slip(word, meant) and (_respelt(word, meant) or not (word in _SMALL or known(word)))
        for word, meant in zip(ours, theirs, strict=True)
    )


def _is_slip(word: str, meant: str) -> bool:
    """One letter added, dropped, put for another or swapped with the next.

    Left out is what makes another word too often: a change to a short word (BERT, BART), a letter
    before the first (symmetric, asymmetric), a vowel put for a vowel (macro, micro).
    """
    if not (word.isascii() and word.isalpha() and meant.isalpha()):
        return False
    if len(meant) < 5 and meant not in _SMALL:
        return False
    pairs = enumerate(zip(word, meant, strict=False))
    start = next((at for at, (a, b) in pairs if a != b), min(len(word), len(meant)))
    ours, theirs = word[start:], meant[start:]
    if len(word) != len(meant):
        return start > 0 and (ours[1:] == theirs or ours == theirs[1:])
    if ours[1:] == theirs[1:]:
        return not {ours[0], theirs[0]} <= set("aeiouy")
    return ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:]


def _respelt(word: str, meant: str) -> bool:
    """British and American spelling."""
    return word.replace("s", "z") == meant.replace("s", "z")
