"""Texts as they are compared: folded, squashed, in words."""

from __future__ import annotations

import html
import re
import unicodedata

# C, C++ and C# are three things, H$_2$O and H2O are one; letters beyond ASCII are left alone.
_TABLE = bytes(
    code if code > 127 or chr(code).isalnum() or chr(code) in "+#" else ord(" ")
    for code in range(256)
).lower()
_DROPPED = b"'{}$^_"
_ANY = "surrogatepass"
_LETTERS = str.maketrans(
    dict(zip("øłđðħıŧŋ’", "olddhitn'", strict=True))
    | {"þ": "th", "æ": "ae", "œ": "oe"}
    | {  # a listing's $\alpha$ is a library's α
        letter: unicodedata.name(letter).split()[-1].lower()
        for letter in "αβγδεζηθικλμνξοπρσςτυφχψω"
    }
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")  # invisible
)
_ACCENT = re.compile("[\u0300-\u036f]")
_NO_WORD = re.compile(r"[^\w\s+#&']")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+")
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
    if word in ("i", "j") or word.lower() in ("ss", "o", "l", "ae", "oe"):
        return word
    if word.lower() == "aa":
        return "a"
    return "" if _TEX_STYLE.fullmatch(word) else f"{word} "


def squash(text: str) -> str:
    """The folded text without spaces: equal for "Few-Shot", "few shot" and "FewShot"."""
    return fold(text).replace(" ", "")


def words(text: str) -> list[str]:
    """The folded text's words; running Chinese and Japanese becomes pairs of characters."""
    found = fold(text).split()
    if not ideographs(text):
        return found
    return [part for word in found for part in _parts(word)]


def _parts(word: str) -> list[str]:
    """A word cut into runs of ideographs, these in pairs, and what is between them."""
    spaced = _IDEOGRAPHS.sub(lambda run: f" {run[0]} ", word).split()
    return [part for run in spaced for part in (_pairs(run) if _IDEOGRAPHS.match(run) else [run])]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]


def ideographs(text: str) -> bool:
    """Whether the text has Chinese or Japanese characters, which are written without spaces."""
    return not text.isascii() and bool(_IDEOGRAPHS.search(text))


def difference(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """The words that only one of the two has, in order."""
    theirs = list(right)
    ours = []
    for word in left:
        if word in theirs:
            theirs.remove(word)
        else:
            ours.append(word)
    return ours, theirs
