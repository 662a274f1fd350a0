from __future__ import annotations

import unicodedata

import pytest
from bibtexparser.latexenc import latex_to_unicode
from hypothesis import given, settings
from hypothesis import strategies as st

from bibnotes.bibtex.latex import to_unicode

ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
}


def accented_letters() -> list[tuple[str, str, str]]:
    """The letters of Latin-1 and Latin Extended-A with their accent's command and their base."""
    letters = []
    for letter in map(chr, range(0xC0, 0x180)):
        base, *marks = unicodedata.normalize("NFD", letter)
        if marks:
            letters.append((letter, ACCENTS[marks[0]], base))
    return letters


@pytest.mark.parametrize(("letter", "accent", "base"), accented_letters())
def test_an_accent_reads_alike_in_every_spelling(letter: str, accent: str, base: str) -> None:
    spellings = [
        rf"\{accent}{{{base}}}",
        rf"{{\{accent}{{{base}}}}}",
        rf"{{\{accent} {base}}}",
        rf"\{accent} {base}",
    ]
    if not accent.isalpha():
        spellings += [rf"\{accent}{base}", rf"{{\{accent}{base}}}"]
    if base == "i":
        spellings += [rf"\{accent}{{\i}}", rf"\{accent}\i ", rf"{{\{accent}\i}}"]
    assert {to_unicode(f"x{spelling}y") for spelling in spellings} == {f"x{letter}y"}


def test_bibtexparser_agrees_where_it_knows_the_letter() -> None:
    unknown_to_it = set("Ååïĩīĭ")
    for letter, accent, base in accented_letters():
        if letter not in unknown_to_it:
            value = rf"\{accent}{{{base}}}"
            assert to_unicode(value) == latex_to_unicode(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (r"Erd{\H{o}}s, P{\'a}l", "Erdős, Pál"),
        (r"{\O}ystein \AA ngstr{\"o}m", "Øystein Ångström"),
        (r"stra\ss e Stra{\ss}e \L{}\'od\'z", "straße Straße Łódź"),
        (r"\oe uvre {\OE}uvre \ae\AE \dh \TH{} \dj \i\j", "œuvre Œuvre æÆðÞ đıȷ"),
        (r"\t{oo} \b{b} \d{u}", "o͡o ḇ ụ"),
        (r"\={\"u} \'{\^a}", "ǖ ấ"),
        (r"\'{\em e} {\bf\"o} \' {a}", "é ö á"),
        (r"\"{} \~{}user \^{}", "¨ ~user ^"),
        (r"\'", "´"),
    ],
)
def test_letters(value: str, text: str) -> None:
    assert to_unicode(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("pp. 1--2 --- and a-b", "pp. 1–2 — and a-b"),
        ("-{-} apart", "-- apart"),
        ("``double'' and `single'", "“double” and ‘single’"),
        ("it isn't O'Brien's", "it isn't O'Brien's"),
        ("!`Hola! ?`Qu{\\'e}?", "¡Hola! ¿Qué?"),
        ("D.~E. Knuth", "D. E. Knuth"),
        (r"\textendash\textemdash\textquotedblleft x\textquotedblright", "–—“x”"),
        (r"and so on\ldots{} \dots", "and so on… …"),
    ],
)
def test_dashes_and_quotes(value: str, text: str) -> None:
    assert to_unicode(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (r"R\&D at 50\% for \$5, \#1 in a\_b, \{set\}", "R&D at 50% for $5, #1 in a_b, {set}"),
        (r"\textbackslash{}n \textasciitilde\textasciicircum \textbar", r"\n ~^|"),
        (r"J.\,R. Tolkien\ and \\ others", "J. R. Tolkien and others"),
        (r"hy\-phen a\/b et al.\@ x", "hyphen ab et al. x"),
        (r"\emph{x} \textit{y} {\em z} {\bf w} \textsc{V} {\sc u}", "x y z w V u"),
        (r"H\textsubscript{2}O, \mbox{no break}", "H2O, no break"),
        (r"\url{https://example.org/a_b/~c--d\%20e}", "https://example.org/a_b/~c--d%20e"),
        (r"\href{https://example.org/{x}}{a {\"o}}", "a ö"),
        (r"{\LaTeX} and \TeX\ and \LaTeX{}", "LaTeX and TeX and LaTeX"),
        (r"{\Lambda}CDM, {\textgreek{x}}", "ΛCDM, x"),
        (r"{\noopsort{1973a}}1974", "1974"),
        (r"\unknown{kept \"o} and \unknown alone", r"kept ö and \unknown alone"),
        (r"a\hspace*{1em}b", "a b"),
    ],
)
def test_commands(value: str, text: str) -> None:
    assert to_unicode(value) == text


@pytest.mark.parametrize(
    "formula",
    [
        r"$O(n^{2})$",
        r"$\"{o} -- {x} \$ ~ `$",
        r"$$\sum_{i=1}^{n} x_i$$",
        r"\(a_{b}\)",
        r"\[\frac{1}{2}\]",
        r"\ensuremath{\mathbb{R}^{n}}",
    ],
)
def test_formulas_stay_as_they_are(formula: str) -> None:
    assert to_unicode(rf"{{A}} f{{\"u}}r {formula} -- {{B}}") == f"A für {formula} – B"


def test_a_dollar_without_its_partner_is_text() -> None:
    assert to_unicode(r"worth $5 in {\"O}rebro") == "worth $5 in Örebro"


def test_braces_go_and_white_space_is_folded() -> None:
    value = "\n  {{Neural} {A}rchitecture\r\n\t{S}earch} without   Training "
    assert to_unicode(value) == "Neural Architecture Search without Training"


def test_chinese_and_emoji_pass() -> None:
    assert to_unicode("{神经}网络——综述 👩‍🔬") == "神经网络——综述 👩‍🔬"


def test_decomposed_letters_are_composed() -> None:
    assert to_unicode("e\u0301") == "é"


@settings(deadline=None)
@given(st.text(alphabet="\\{}$`'\"-~^ \n()[]aiué中", max_size=40))
def test_no_value_is_too_odd_and_no_letter_is_lost(value: str) -> None:
    text = to_unicode(value)
    assert text == " ".join(text.split())
    if "\\" not in value:
        assert [c for c in text if c in "aiu中"] == [c for c in value if c in "aiu中"]


@settings(deadline=None)
@given(st.text(max_size=60).filter(lambda text: not set(text) & set("\\{}$~`'-")))
def test_text_without_latex_is_only_folded(value: str) -> None:
    assert to_unicode(value) == unicodedata.normalize("NFC", " ".join(value.split()))


@pytest.mark.parametrize(
    "unit",
    [
        *("\\", "{", "}", "$", "`", "\x00", "$$$ ", "\\'", '{\\"', "\\("),
        *("\\url{", "\\href{", "\\ensuremath{", "\u0301\u0323", "e\u0301\u0323"),
    ],
    ids=ascii,
)
def test_hostile_values_end(unit: str) -> None:
    assert len(to_unicode(unit * (300_000 // len(unit)))) <= 300_000
