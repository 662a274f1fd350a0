from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bibnotes.bibtex.reviewtext import fits_in_quotes, plain, read_plain, read_typeset, typeset

SPECIAL = [
    *("\\", "{", "}", "$", "$$", "\\$", "\\\\", "%", "#", "&", "_", "^", "~", '"', "`", "``"),
    *("\n", "\n\n", "\n@", "  @", "@misc{x,", "\t", " ", "```sh\n", "\n```\n", "- ", "> "),
    *("{@}", "\\{", "\\}", "\\&", "\\textbackslash{}", "\\textbraceleft{}", "\\textasciitilde{}"),
    *(
        "$x_1$",
        "$a{b}$",
        "$$\nx\n$$",
        "$\\{$",
        "$5",
        "\\begin{matrix}",
        "a",
        "1",
        "精读",
        "👩‍🔬",
        "מאמר",
    ),
]
# Every character but control characters and surrogates; new lines and tabs are text.
CHARACTERS = st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t")
TEXTS = st.lists(st.sampled_from(SPECIAL) | CHARACTERS, max_size=20).map("".join)
VALUES = st.lists(st.sampled_from([*SPECIAL, "\r", "\r\n", "\0"]) | CHARACTERS).map("".join)


def braces_balance(value: str) -> bool:
    depth = 0
    for brace in re.findall(r"[{}]", value):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert read_typeset(typeset(text)) == text
    assert read_plain(plain(text)) == text


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_no_text_breaks_its_field(text: str) -> None:
    for value in (typeset(text), plain(text)):
        assert braces_balance(value)
        assert braces_balance(re.sub(r"\\.", "", value, flags=re.DOTALL))
        assert not re.search(r"(?m)^\s*@", value)
        assert not re.search(r"(?<!\\)(\\\\)*\\\Z", value)


@settings(deadline=None)
@given(VALUES)
def test_any_value_can_be_read_and_written(value: str) -> None:
    for read, write in ((read_typeset, typeset), (read_plain, plain)):
        text = read(value)
        assert "\r" not in text
        assert read(write(value)) == value.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.skipif(not shutil.which("bibtex"), reason="needs bibtex")
@settings(max_examples=15, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_bibtex_finds_the_entries_that_were_written(texts: list[str]) -> None:
    fields = []
    for text in texts:
        for value in (typeset(text), plain(text)):
            fields.append(f"{{{value}}}")
            if fits_in_quotes(value):
                fields.append(f'"{value}"')
    bib = "".join(f"@misc{{k{i},\nannote = {field}\n}}\n" for i, field in enumerate(fields))
    assert bibtex_keys(bib) == [f"k{i}" for i in range(len(fields))]


def bibtex_keys(bib: str) -> list[str]:
    style = "ENTRY{annote}{}{}\nFUNCTION{misc}{cite$ write$ newline$}\nREAD\nITERATE{call.type$}\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "keys.bst").write_text(style)
        (folder / "case.bib").write_bytes(bib.encode())
        (folder / "case.aux").write_text("\\citation{*}\n\\bibstyle{keys}\n\\bibdata{case}\n")
        run = subprocess.run(["bibtex", "case"], cwd=folder, capture_output=True, check=False)
        assert run.returncode == 0, run.stdout
        return (folder / "case.bbl").read_text().split()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50% of R&D in a_b, #1 for $5", r"50\% of R\&D in a\_b, \#1 for \$5"),
        ("C:\\x {y}", r"C:\textbackslash{}x \textbraceleft{}y\textbraceright{}"),
        ("~/x^2", r"\textasciitilde{}/x\textasciicircum{}2"),
        ("@misc{x}\n  @y a@b", "{@}misc\\textbraceleft{}x\\textbraceright{}\n  {@}y a@b"),
        ('"quoted" -- 短评 👍', '"quoted" -- 短评 👍'),
    ],
)
def test_text_is_written_so_that_latex_prints_it(text: str, value: str) -> None:
    assert typeset(text) == value


@pytest.mark.parametrize(
    "formula",
    [
        "$x_1$",
        "$O(n^{2})$",
        r"$\{a, b\}$",
        r"$a \$ b$",
        "$a\nb$",
        "$$x$$",
        "$$\n\\frac{a}{b}\n$$",
        r"$\begin{matrix}a & b\\c & d\end{matrix}$",
        r"$50\%$",
    ],
)
def test_formulas_stay_formulas(formula: str) -> None:
    assert typeset(f"50% {formula} of it_") == rf"50\% {formula} of it\_"


@pytest.mark.parametrize(
    "text",
    [
        "from $5 to $6",
        "$ a$ b",
        "$a $ b",
        "$a$5",
        r"\$a$ b",
        "`$a$`",
        "```\n$a$ $b$\n```",
        "$$ $$",
        "$a}{b$",
        "$\\{a}$",
        "$a\n\nb$",
        "$a\n@b$",
        "$a % b$",
        "$#1$",
        "$a & b$",
    ],
)
def test_what_is_no_formula_or_would_break_is_text(text: str) -> None:
    assert not re.search(r"(?<!\\)\$", typeset(text))
    assert read_typeset(typeset(text)) == text


def test_a_formula_may_follow_two_backslashes() -> None:
    assert typeset(r"\\$x_1$") == r"\textbackslash{}\textbackslash{}$x_1$"


def test_the_rest_of_a_broken_formula_may_hold_a_whole_one() -> None:
    assert typeset("$a % b$x_1$") == r"\$a \% b$x_1$"
    assert typeset("$$x_1$") == r"\$$x_1$"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (r"\emph{fine} and \'{e} -- \LaTeX", r"\emph{fine} and \'{e} -- \LaTeX"),
        (r"R\&D, 50\% of $x\_1$", r"R&D, 50% of $x\_1$"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("{Kept} {@} {\\textbackslash}n", "{Kept} {@} {\\textbackslash}n"),
        ("$ } \\", "$ } \\"),
    ],
)
def test_what_others_wrote_stays_as_it_is(value: str, text: str) -> None:
    assert read_typeset(value) == text


@pytest.mark.parametrize(
    "text",
    ["50% & $x_{1}$ ~ ^ \\emph{x} `a\\b`", "# 短评\n\n- a@b {c}\n- \\{d\\}", r"\textbackslash", ""],
)
def test_plain_text_stays_as_it_is_where_it_can(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a } b { 50%", r"a \textbraceright{} b \textbraceleft{} 50%"),
        ("x\n@y{z}", "x\n{@}y\\textbraceleft{}z\\textbraceright{}"),
        ("ends in \\", r"ends in \textbackslash{}"),
        (r"\{ }", r"\textbackslash{}\textbraceleft{} \textbraceright{}"),
        (
            r"write \textbackslash{}",
            r"write \textbackslash{}textbackslash\textbraceleft{}\textbraceright{}",
        ),
    ],
)
def test_plain_text_is_escaped_where_it_must_be(text: str, value: str) -> None:
    assert plain(text) == value


@pytest.mark.parametrize(
    ("value", "fits"),
    [("plain", True), ('{"}', True), ('a "b"', False), ('{a} "', False), (r"\"{o}", False)],
)
def test_a_bare_quote_does_not_fit_between_quotes(value: str, fits: bool) -> None:
    assert fits_in_quotes(value) is fits


@pytest.mark.parametrize("codec", [typeset, read_typeset, plain, read_plain])
@pytest.mark.parametrize(
    "unit", ["\\", "{", "}", "$", "$x", "$\\", "`", "`$ ", "$a\n", "\n", "\n ", "\n@", "{@}", "\\$"]
)
def test_hostile_texts_end(codec: Callable[[str], str], unit: str) -> None:
    assert codec(unit * (100_000 // len(unit)))


def test_many_runs_of_backquotes_end() -> None:
    text = " ".join("`" * length for length in range(1, 800)) + "$x$"
    assert typeset(text) == text
