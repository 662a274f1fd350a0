"""How alike two papers are: titles, people, identifiers and abstracts, whatever their spelling."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote

from .model import Name, Paper

# ---------------------------------------------------------------------------- text

# C, C++ and C# are three things, H$_2$O and H2O are one; letters beyond ASCII are left alone.
_TABLE = bytes(
    code if code > 127 or chr(code).isalnum() or chr(code) in "+#" else ord(" ")
    for code in range(256)
).lower()
_DROPPED = b"'{}$^_"
_ANY = "surrogatepass"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"}
    | {  # a listing's $\alpha$ is a library's α
        letter: unicodedata.name(letter).split()[-1].lower()
        for letter in "αβγδεζηθικλμνξοπρσςτυφχψω"
    }
)
_ACCENT = re.compile("[\u0300-\u036f]")
_NO_WORD = re.compile(r"[^\w\s+#&']")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_TEX_WORD = re.compile(r"\\([a-zA-Z]+)\s*")
_TEX_ACCENT = re.compile(r"\\['\"`^~=.\-]|\\(?=\W)")
_TEX_STYLE = re.compile(r"text\w*|math\w*|emph|operatorname|bf|it|rm|sc|tt|sf|sl|em|[bcdkruvHij]")


def fold(text: str) -> str:
    """The text as lower-case words and spaces, for comparing only.

    Case, accents, ligatures, full-width forms, punctuation, TeX and HTML markup are dropped.
    Simplified and traditional Chinese stay distinct.
    """
    if "\\" in text or "<" in text or "&" in text:
        text = _unmarked(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = _NO_WORD.sub(" ", _ACCENT.sub("", text).translate(_LETTERS))
    return text.encode("utf-8", _ANY).translate(_TABLE, _DROPPED).decode("utf-8", _ANY)


def _unmarked(text: str) -> str:
    text = _TAG.sub("", html.unescape(text))
    return _TEX_ACCENT.sub("", _TEX_WORD.sub(_tex_word, text)).replace("&", " and ")


def _tex_word(match: re.Match[str]) -> str:
    word = match[1]
    if _TEX_STYLE.fullmatch(word):
        return ""
    letters = word.lower() in {"ss", "o", "l", "ae", "oe", "aa"}
    return {"aa": "a"}.get(word.lower(), word) if letters else f"{word} "


def squash(text: str) -> str:
    """The folded text without spaces: equal for "Few-Shot", "few shot" and "FewShot"."""
    return fold(text).replace(" ", "")


def words(text: str) -> list[str]:
    """The folded text's words; running Chinese and Japanese becomes pairs of characters."""
    found = fold(text).split()
    if text.isascii() or not _CJK.search(text):
        return found
    return [part for word in found for part in _parts(word)]


def _parts(word: str) -> list[str]:
    if word.isascii():
        return [word]
    parts: list[str] = []
    end = 0
    for run in _CJK.finditer(word):
        parts += filter(None, [word[end : run.start()]])
        parts += [run[0][i : i + 2] for i in range(max(1, len(run[0]) - 1))]
        end = run.end()
    return parts + [rest for rest in [word[end:]] if rest]


# --------------------------------------------------------------------- identifiers

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_DOI_ADDRESS = re.compile(r"(?:doi\.org/|/doi/(?:abs/|full/|pdf/|epdf/)?)(10\.\d{4,9}/.+)", re.I)
_ARXIV = re.compile(
    r"(?<!\d)(?<!\d\.)\d{4}\.\d{4,5}(?!\d)|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?!\d)", re.I
)
_ISBN = re.compile(r"(?:97[89])?\d{9}[\dx]", re.I)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?([^/?#]+)([^#]*)", re.I)


def doi(paper: Paper) -> str:
    """The DOI in lower case without its resolver; arXiv's own DOIs count as arXiv ids."""
    text = paper.doi
    if not text and "10." in paper.url and (found := _DOI_ADDRESS.search(paper.url)):
        text = found[1]
    if not text or not (found := _DOI.search(unquote(text) if "%" in text else text)):
        return ""
    name = found[0].rstrip(".,;").lower()
    return "" if name.startswith("10.48550/arxiv.") else name


def arxiv(paper: Paper) -> str:
    """The arXiv id without version and subject class, also from an arXiv DOI or address."""
    for text in (paper.arxiv, paper.doi, paper.url):
        if (
            text
            and (text is paper.arxiv or "arxiv" in text.lower())
            and (found := _ARXIV.search(text))
        ):
            archive, slash, number = found[0].lower().rpartition("/")
            return archive.partition(".")[0] + slash + number
    return ""


def isbns(paper: Paper) -> list[str]:
    """The ISBNs as 12 digits: those of 13 without the check digit, those of 10 after 978."""
    if not paper.isbn:
        return []
    found = _ISBN.findall(paper.isbn.replace("-", "").replace("\u2010", ""))
    return [isbn[:12] if len(isbn) == 13 else f"978{isbn[:9]}" for isbn in found]


def address(paper: Paper) -> str:
    """The URL without scheme, ``www.``, fragment and trailing slash; the host in lower case."""
    if not paper.url or not (found := _ADDRESS.match(paper.url.strip())):
        return ""
    return found[1].lower() + found[2].rstrip("/")


def year(paper: Paper) -> int | None:
    """The first number of four digits in the year."""
    text = paper.year
    if len(text) == 4 and text.isdecimal():
        return int(text)
    found = re.search(r"(?<!\d)\d{4}(?!\d)", text)
    return int(found[0]) if found else None


# -------------------------------------------------------------------------- people

_UMLAUT = re.compile("(?<=[aou])e")  # "Mueller" is "Müller", whose dots are gone after folding


@lru_cache(maxsize=1 << 16)
def name_words(name: Name) -> tuple[str, ...]:
    """The words of a name whatever their order; a Chinese or Japanese name is one word."""
    text = f"{name.given} {name.prefix} {name.family}"
    if not text.isascii() and _CJK.search(text):
        return ("".join(sorted(squash(text))),)
    return tuple(_UMLAUT.sub("", fold(text)).split())


def surname_signs(name: Name) -> set[str]:
    """What finds a person by name in an index: each family word with the first given initial."""
    if not name.family.isascii() and _CJK.search(name.family):
        return set(name_words(name))
    initial = name.given[:1]
    initial = initial.lower() if initial.isascii() else fold(initial)[:1]
    return {f"{word} {initial}" for word in _family_words(name.family)}


@lru_cache(maxsize=1 << 16)
def _family_words(family: str) -> tuple[str, ...]:
    return tuple(_UMLAUT.sub("", fold(family)).split())


def possible_signs(person: Sequence[str]) -> set[str]:
    """The signs that a name's words can have if it is not known which is the family name."""
    if len(person) == 1:
        return {person[0], f"{person[0]} "}
    return {f"{word} {other[0]}" for word in person for other in person if word is not other}


def same_person(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two names' words can be one person's.

    One word of two or more letters is common to both, and what remains does not contradict:
    initials, dropped or added middle names, short forms, hyphens.
    """
    if left == right:
        return bool(left)
    if not any(word in right for word in left if len(word) > 1):
        return False
    ours, theirs = difference(left, right)
    if not ours or not theirs or "".join(ours) == "".join(theirs):
        return True
    fewer, more = sorted((ours, theirs), key=len)
    return _stands_for(fewer, more) or _stands_for(["".join(fewer)], ["".join(w[0] for w in more)])


def _stands_for(fewer: list[str], more: list[str]) -> bool:
    rest = list(more)
    for word in fewer:
        full = next((other for other in rest if _short_form(word, other)), None)
        if full is None:
            return False
        rest.remove(full)
    return True


def _short_form(one: str, other: str) -> bool:
    """An initial, or the beginning ("Alex", "Alexander")."""
    short, full = sorted((one, other), key=len)
    return full.startswith(short) and len(short) != 2


# ------------------------------------------------------------------------- titles

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
_PREPRINTS = frozenset({"arxiv", "biorxiv", "chemrxiv", "corr", "medrxiv", "preprint", "ssrn"})
SPECIFIC = 5.0  # weight from which a title alone is enough to tell a paper


class Titles(Enum):
    """What two titles have to do with each other, closest first."""

    SAME = 0
    TYPO = 1  # the same but for a slip or two, which no other title's words explain
    CLOSE = 2
    SIBLING = 3  # close, but a number or a word such as "erratum" tells them apart
    UNKNOWN = 4  # one has none, or they are in different scripts
    OTHER = 5


class Facts:
    """A paper's facts as they are compared, each worked out when first asked for."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    @cached_property
    def title(self) -> str:
        """The title, squashed for comparing."""
        return squash(self.paper.title)

    @cached_property
    def words(self) -> list[str]:
        """The words of the title."""
        return words(self.paper.title)

    @cached_property
    def weight(self) -> float:
        """How much the title says: its words without small and formulaic ones."""
        return sum(
            1.0 if word.isascii() else 0.5
            for word in self.words
            if word not in _SMALL and word not in _FORMULAIC
        )

    @cached_property
    def people(self) -> list[tuple[str, ...]]:
        """The words of each author's name."""
        # Author lists run to thousands of names; the first two dozen tell papers apart.
        return [name_words(name) for name in self.paper.authors[:24]]

    @cached_property
    def year(self) -> int | None:
        """The year, None where the record has none."""
        return year(self.paper)

    @cached_property
    def doi(self) -> str:
        """The DOI in the form in which it is compared."""
        return doi(self.paper)

    @cached_property
    def arxiv(self) -> str:
        """The arXiv id in the form in which it is compared."""
        return arxiv(self.paper)

    @cached_property
    def preprint(self) -> bool:
        """Whether the record knows of a preprint, which is often a year older."""
        return bool(self.arxiv) or not _PREPRINTS.isdisjoint(words(self.paper.venue))

    @cached_property
    def in_chinese(self) -> bool:
        """Whether a name of the people is in Chinese or Japanese characters."""
        return any(_CJK.search(word) for name in self.people for word in name)


def difference(left: Sequence[str], right: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that only one of the two has, in order."""
    theirs = list(right)
    ours = []
    for word in left:
        if word in theirs:
            theirs.remove(word)
        else:
            ours.append(word)
    return ours, theirs


def compare_titles(left: Facts, right: Facts, known: Callable[[str], bool]) -> Titles:
    """How two titles compare; ``known`` tells whether titles of the right library use a word."""
    if not left.title or not right.title:
        return Titles.UNKNOWN
    if left.title == right.title:
        return Titles.SAME
    ours, theirs = difference(left.words, right.words)
    shared = len(left.words) - len(ours)
    if not shared and bool(_CJK.search(left.title)) != bool(_CJK.search(right.title)):
        return Titles.UNKNOWN
    if _are_slips(ours, theirs, left, known):
        return Titles.TYPO
    shorter, longer = sorted((len(left.words), len(right.words)))
    if shared < 0.6 * longer and not (shared == shorter >= 2):
        return Titles.OTHER
    return Titles.SIBLING if any(map(_tells_apart, ours + theirs)) else Titles.CLOSE


def _tells_apart(word: str) -> bool:
    return word in _TELLING or not word.isalpha() or len(word) == 1


def _are_slips(
    ours: list[str], theirs: list[str], left: Facts, known: Callable[[str], bool]
) -> bool:
    ours = [word for word in ours if word not in _ARTICLES]
    theirs = [word for word in theirs if word not in _ARTICLES]
    return len(ours) == len(theirs) <= 2 and all(
        _is_slip(word, meant)
        and (
            _british(word, meant) or (not known(word) and word not in word_set(left.paper.abstract))
        )
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
    start = next((i for i, (a, b) in pairs if a != b), min(len(word), len(meant)))
    ours, theirs = word[start:], meant[start:]
    if len(word) != len(meant):
        return start > 0 and (ours[1:] == theirs or ours == theirs[1:])
    if ours[1:] == theirs[1:]:
        return not {ours[0], theirs[0]} <= set("aeiouy")
    return ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:]


def _british(word: str, meant: str) -> bool:
    return word.replace("s", "z") == meant.replace("s", "z")


# ----------------------------------------------------------------------- abstracts


# Two small caches: one abstract meets several others, but not all of them fit into memory.
@lru_cache(maxsize=256)
def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(words(text))


@lru_cache(maxsize=256)
def _word_pairs(text: str) -> frozenset[tuple[str, str]]:
    found = words(text)
    return frozenset(pairwise(found))


def compare_abstracts(left: Facts, right: Facts) -> float | None:
    """How much of the shorter abstract the longer one has too, from 0 to 1, or None.

    Counted in pairs of neighbouring words, where single words do not rule it out.
    """
    one, other = left.paper.abstract, right.paper.abstract
    if not one or not other:
        return None
    if _shared(word_set(one), word_set(other)) < 0.5:
        return 0.0
    return _shared(_word_pairs(one), _word_pairs(other))


def _shared(one: frozenset[Any], other: frozenset[Any]) -> float:
    return len(one & other) / max(8, min(len(one), len(other)))


def title_in_abstract(titled: Facts, other: Facts) -> float:
    """The share of a title's words that another record's abstract uses, from 0 to 1."""
    telling = {word for word in titled.words if word not in _SMALL}
    if not telling or not other.paper.abstract:
        return 0.0
    spoken = word_set(other.paper.abstract)
    return sum(word in spoken or word.rstrip("s") in spoken for word in telling) / len(telling)


# ------------------------------------------------------------------------- papers


class Likeness(NamedTuple):
    """What speaks for and against two records being one paper."""

    titles: Titles
    people: float | None  # share of the shorter list that the other has too; None: not comparable
    matched: int  # how many people are on both
    whole: bool  # whether the lists of people are complete and the same
    gap: int | None  # years between them
    conflict: str  # the identifier that says they are two, or ""


def compare(left: Facts, right: Facts, known: Callable[[str], bool]) -> Likeness:
    """Compare all but the abstracts."""
    matched = _people_in_common(left, right)
    shorter = min(len(left.people), len(right.people))
    return Likeness(
        compare_titles(left, right, known),
        None if matched is None else matched / shorter,
        matched or 0,
        matched == len(left.people) == len(right.people) and not _more(left, right),
        None if left.year is None or right.year is None else abs(left.year - right.year),
        _conflict(left, right),
    )


def _more(left: Facts, right: Facts) -> bool:
    return left.paper.more_authors or right.paper.more_authors


def _conflict(left: Facts, right: Facts) -> str:
    if left.doi and right.doi and left.doi != right.doi:
        return "DOI"
    if left.arxiv and right.arxiv and left.arxiv != right.arxiv:
        return "arXiv id"
    return ""


def _people_in_common(left: Facts, right: Facts) -> int | None:
    if not left.people or not right.people:
        return None
    if left.people == right.people:
        return len(left.people)
    rest = list(right.people)
    matched = 0
    for ours in left.people:
        for i, theirs in enumerate(rest):
            if same_person(ours, theirs):
                del rest[i]
                matched += 1
                break
    return None if not matched and left.in_chinese != right.in_chinese else matched
