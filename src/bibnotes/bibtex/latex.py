r"""Field values as a person reads them: LaTeX turned into Unicode, formulas left alone.

A value is cut into pieces once (control sequences, braces, dollars, runs of text). Accents become
combining characters on the letter that follows and are composed by NFC, so that one table of 22
accents serves every letter and every spelling: ``\"o``, ``\"{o}``, ``{\"o}``, ``\"\i``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial

# Composing takes quadratic time in a run of combining characters: longer words stay as they are.
_LONGEST_WORD = 1000
_composed = partial(unicodedata.normalize, "NFC")

_PIECE = re.compile(r"\\(?:[A-Za-z]+\*?\s*|.|\Z)|[{}]|\$\$?|[^\\{}$]+", re.DOTALL)


def to_unicode(value: str) -> str:
    r"""Return the field value ``value`` as one line of Unicode text, in NFC.

    Accents, letters, dashes, quotes and text commands become what they print; braces go, white
    space is folded. An apostrophe stays as typed, except after a lone opening quote: `it's'.
    Formulas (``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``, ``\ensuremath{…}``) stay LaTeX.
    A command that is not known keeps the text of its argument; without one it stays as it is.
    Takes any string, in linear time.
    """
    if "\\" in value or "$" in value:
        value = _Decoder(value).text()
    else:
        value = _ligatures(value).replace("{", "").replace("}", "")
    words = value.split()
    if not value.isascii():
        words = [_composed(word) if len(word) <= _LONGEST_WORD else word for word in words]
    return " ".join(words)


class _Decoder:
    """One value on its way from pieces to text."""

    __slots__ = ("_ends", "_marks", "_missing", "_next", "_out", "_pieces")

    def __init__(self, value: str) -> None:
        self._pieces: list[str] = _PIECE.findall(value)
        self._next = 0
        self._out: list[str] = []
        self._marks: list[str] = []  # combining characters for the letter to come
        self._missing: set[str] = set()  # ends of formulas that do not occur any more
        self._ends: dict[int, int] | None = None  # the piece of each group's end by its start's

    def text(self) -> str:
        pieces = self._pieces
        while self._next < len(pieces):
            piece = pieces[self._next]
            self._next += 1
            if piece[0] == "\\":
                self._command(piece)
            elif piece == "}":
                self._emit("")  # an accent that is still open stands by itself: \"{}
            elif piece[0] == "$":
                self._formula(piece, piece)
            elif piece != "{":
                self._emit(_ligatures(piece))
        self._emit("")
        return "".join(self._out)

    def _emit(self, text: str) -> None:
        if self._marks:
            if text and text.isspace():
                return  # TeX skips it between an accent and its letter
            # The inner of two accents is the nearer to its letter.
            text = _accented(text, "".join(reversed(self._marks)))
            self._marks.clear()
        self._out.append(text)

    def _command(self, piece: str) -> None:
        name = piece[1:].rstrip().rstrip("*") or piece[1:2]
        if name in _ACCENTS:
            self._marks.append(_ACCENTS[name])
        elif name in _SYMBOLS:
            self._emit(_SYMBOLS[name])
        elif name in _FORMULA_ENDS:
            self._formula(piece, _FORMULA_ENDS[name])
        elif not name[:1].isalpha():
            self._emit(name or piece)
        elif name == "ensuremath":
            self._emit(piece + self._argument())
        elif name in _VERBATIM:
            self._emit(_ESCAPED.sub(r"\1", self._argument()[1:-1]))
        elif name in _UNPRINTED:
            self._argument()
            self._emit(" " if name.endswith("space") else "")
        elif name not in _DECLARATIONS and not self._at_group():
            self._emit(piece)

    def _at_group(self) -> bool:
        return self._next < len(self._pieces) and self._pieces[self._next] == "{"

    def _argument(self) -> str:
        """Take the group that comes next, with its braces, as it is written; "" if none does."""
        if not self._at_group():
            return ""
        if self._ends is None:
            self._ends = _group_ends(self._pieces)
        start = self._next
        if start not in self._ends:
            return ""
        self._next = self._ends[start] + 1
        return "".join(self._pieces[start : self._next])

    def _formula(self, opening: str, end: str) -> None:
        """Take a formula as it is written, or ``opening`` as text if no ``end`` follows it."""
        if end not in self._missing:
            try:
                stop = self._pieces.index(end, self._next) + 1
            except ValueError:
                self._missing.add(end)
            else:
                self._emit(opening + "".join(self._pieces[self._next : stop]))
                self._next = stop
                return
        self._emit(opening.lstrip("\\"))


def _group_ends(pieces: list[str]) -> dict[int, int]:
    ends: dict[int, int] = {}
    open_groups: list[int] = []
    for position, piece in enumerate(pieces):
        if piece == "{":
            open_groups.append(position)
        elif piece == "}" and open_groups:
            ends[open_groups.pop()] = position
    return ends


def _ligatures(text: str) -> str:
    """Replace what fonts join: dashes, quotes, ties."""
    if "--" in text:
        text = text.replace("---", "—").replace("--", "–")
    if "''" in text:
        text = text.replace("''", "”")
    if "`" in text:
        text = text.replace("?`", "¿").replace("!`", "¡").replace("``", "“")
        if "`" in text:
            text = text.replace("`", "‘").replace("'", "’")
    return text.replace("~", " ")


def _accented(text: str, marks: str) -> str:
    text = text.lstrip()
    letter = _DOTTED.get(text[:1], text[:1])
    if letter.isalpha():
        return letter + marks + text[1:]
    return "".join(_STANDALONE.get(mark, "") for mark in marks) + text


def _words(text: str) -> list[str]:
    return text.split()


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "h": "\u0309",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "U": "\u030d",
    "G": "\u030f",
    "f": "\u0311",
    "d": "\u0323",
    "textcommabelow": "\u0326",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
    "t": "\u0361",
    "texttie": "\u0361",
}

# What an accent over nothing looks like, as in \~{}.
_STANDALONE = {
    "\u0300": "`",
    "\u0301": "´",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "¯",
    "\u0306": "˘",
    "\u0307": "˙",
    "\u0308": "¨",
    "\u030a": "˚",
    "\u030b": "˝",
    "\u030c": "ˇ",
    "\u0327": "¸",
    "\u0328": "˛",
}

_DOTTED = {"ı": "i", "ȷ": "j"}  # an accent takes the place of the dot

_FORMULA_ENDS = {"(": "\\)", "[": "\\]"}

_VERBATIM = frozenset({"url", "path", "nolinkurl"})
_ESCAPED = re.compile(r"\\([^A-Za-z\s])(?:\{\})?")

# Commands whose first argument is not printed.
_UNPRINTED = frozenset(
    _words("""
    href textcolor color foreignlanguage selectlanguage label hspace vspace begin end
    noopsort NoopSort sortnoop SortNoop
    """)
)

# Commands that say how what follows looks, and print nothing.
_DECLARATIONS = frozenset(
    _words("""
    em it bf rm sf sl sc tt cal itshape slshape scshape upshape bfseries mdseries rmfamily
    sffamily ttfamily normalfont selectfont boldmath unboldmath
    tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge
    relax protect noindent centering raggedright sloppy newblock leavevmode null
    unskip ignorespaces nobreak allowbreak linebreak
    """)
)

_SPACES = (" ", "\t", "\n", "\r", ",", ";", ":", ">", "\\")
_SPACES_BY_NAME = _words("space quad qquad enspace enskip thinspace nobreakspace newline par hfill")

_GREEK = _pairs("""
    alpha α  beta β  gamma γ  delta δ  epsilon ε  zeta ζ  eta η  theta θ  iota ι  kappa κ
    lambda λ  mu μ  nu ν  xi ξ  pi π  rho ρ  sigma σ  tau τ  upsilon υ  phi φ  chi χ  psi ψ
    omega ω  varepsilon ε  vartheta ϑ  varphi φ
    Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ  Psi Ψ  Omega Ω
""")

_SYMBOLS = {
    **{character: character for character in "&%$#_{}"},
    **dict.fromkeys((*_SPACES, *_SPACES_BY_NAME), " "),
    **dict.fromkeys("-/!@", ""),
    **_GREEK,
    **{f"text{name}": letter for name, letter in _GREEK.items()},
    # letters
    **_pairs("""
    ss ß  SS SS  o ø  O Ø  l ł  L Ł  ae æ  AE Æ  oe œ  OE Œ  aa å  AA Å  i ı  j ȷ
    dh ð  DH Ð  dj đ  DJ Đ  th þ  TH Þ  ng ŋ  NG Ŋ  ij ĳ  IJ Ĳ
    """),
    # dashes and quotes
    **_pairs("""
    textendash –  textemdash —  textquoteleft ‘  textquoteright ’  lq ‘  rq ’
    textquotedblleft “  textquotedblright ”  textquotedbl "  textquotesingle '
    textasciigrave `  quotedblbase „  quotesinglbase ‚  glqq „  grqq “  glq ‚  grq ‘
    flqq «  frqq »  guillemotleft «  guillemotright »  guillemetleft «  guillemetright »
    guilsinglleft ‹  guilsinglright ›
    """),
    # what TeX would read as a command
    **_pairs(r"""
    textbackslash \  backslash \  textbraceleft {  lbrace {  textbraceright }  rbrace }
    textasciitilde ~  textasciicircum ^  textunderscore _  textdollar $  textpercent %
    textampersand &  textless <  textgreater >  textbar |  textasteriskcentered *  slash /
    """),
    # signs
    **_pairs("""
    ldots …  dots …  textellipsis …  textbullet •  textperiodcentered ·
    textexclamdown ¡  textquestiondown ¿
    S §  textsection §  P ¶  textparagraph ¶  dag †  textdagger †  ddag ‡  textdaggerdbl ‡
    copyright ©  textcopyright ©  textregistered ®  texttrademark ™  textdegree °  degree °
    textordfeminine ª  textordmasculine º  textmu µ  textohm Ω  textnumero №
    pounds £  textsterling £  euro €  texteuro €  textyen ¥  textcent ¢
    textonehalf ½  textonequarter ¼  textthreequarters ¾
    pm ±  textpm ±  times ×  texttimes ×  textdiv ÷  textlnot ¬  cdot ·  ell ℓ  infty ∞
    leq ≤  geq ≥  neq ≠  approx ≈  sim ∼
    to →  rightarrow →  textrightarrow →  leftarrow ←  textleftarrow ←
    """),
    # names
    **_pairs("TeX TeX  LaTeX LaTeX  LaTeXe LaTeX2e  BibTeX BibTeX  XeTeX XeTeX"),
}
