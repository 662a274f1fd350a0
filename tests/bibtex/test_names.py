from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bibnotes.bibtex.latex import to_unicode
from bibnotes.bibtex.names import split_names
from bibnotes.model import Name


def one(value: str) -> Name:
    (name,), more = split_names(value)
    assert not more
    return name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Joe Mellor", Name("Mellor", "Joe")),
        ("Mellor, Joe", Name("Mellor", "Joe")),
        ("Crowley, Elliot J.", Name("Crowley", "Elliot J.")),
        ("Ludwig van der Doe", Name("Doe", "Ludwig", "van der")),
        ("van der Doe, Ludwig", Name("Doe", "Ludwig", "van der")),
        ("Jean de La Doe", Name("La Doe", "Jean", "de")),
        ("de Doe", Name("Doe", prefix="de")),
        ("doe, jane", Name("doe", "jane")),
        ("Doe, Jr., John", Name("Doe", "John", suffix="Jr.")),
        ("von Doe, III, John A.", Name("Doe", "John A.", "von", "III")),
        ("Mary Ann Doe", Name("Doe", "Mary Ann")),
        ("D.~E. Doe", Name("Doe", "D. E.")),
        ("Plato", Name("Plato")),
        ("明", Name("明")),
        ("李, 明", Name("李", "明")),
        ("Xiao-ping Doe", Name("Doe", "Xiao-ping")),
        ("Salt-and-Pepper, Ann", Name("Salt-and-Pepper", "Ann")),
    ],
)
def test_the_three_forms(value: str, name: Name) -> None:
    assert one(value) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (r"{\'E}lie Doe Roe", Name("Roe", "Élie Doe")),
        (r"Ann {\'e}lan Doe", Name("Doe", "Ann", "élan")),
        (r"{\O}ystein {\oe}x Doe", Name("Doe", "Øystein", "œx")),
        (r"Erd{\H{o}}s, P{\'a}l", Name("Erdős", "Pál")),
        (r"Ann {\relax von} Doe", Name("Doe", "Ann", "von")),
        ("Ann {van} Doe", Name("Doe", "Ann van")),
        ("{van der Doe}, Ann", Name("van der Doe", "Ann")),
        ("Émile Doe Roe", Name("Roe", "Émile Doe")),
    ],
)
def test_case_is_that_of_the_first_letter_outside_braces(value: str, name: Name) -> None:
    assert one(value) == name


@pytest.mark.parametrize("value", ["{Example Institute and Others, Inc.}", "{{Example} Institute}"])
def test_a_name_in_braces_is_an_institution(value: str) -> None:
    assert one(value) == Name(value.replace("{", "").replace("}", ""))


def test_and_separates_outside_braces_in_any_case_and_over_lines() -> None:
    names, more = split_names("Ann Doe AND Bob Roe\n  and {Salt and Pepper} And Andy Sand")
    assert [name.family for name in names] == ["Doe", "Roe", "Salt and Pepper", "Sand"]
    assert not more


def test_others_at_the_end_says_that_there_are_more() -> None:
    assert split_names("Ann Doe and others ") == ((Name("Doe", "Ann"),), True)
    assert split_names("others") == ((), True)
    assert split_names("{others}") == ((Name("others"),), False)


@pytest.mark.parametrize("value", ["", " ", "and", " and and ", ",", "{} and ,,"])
def test_empty_names_are_dropped(value: str) -> None:
    assert split_names(value) == ((), False)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Doe,", Name("Doe")),
        (", Jane", Name("Jane")),
        ("Doe, Jr, Jane, Ann", Name("Doe", "Jane Ann", suffix="Jr")),
        ("{Doe, Jane", Name("Doe, Jane")),
        ("Jane} Doe", Name("Doe", "Jane")),
        ("Jane Doe\\", Name("Doe\\", "Jane")),
    ],
)
def test_a_damaged_name_is_read_as_well_as_it_can_be(value: str, name: Name) -> None:
    assert one(value) == name


@settings(deadline=None)
@given(st.text(alphabet="aAé明{}\\',~ \n-and", max_size=40))
def test_no_value_is_too_odd(value: str) -> None:
    names, _ = split_names(value)
    assert all(name.family for name in names)


@pytest.mark.parametrize("unit", ["{", "}", "\\", ",", " ", " and ", "{a}", "a ", "{\\a ", "a{ , "])
def test_hostile_values_end(unit: str) -> None:
    names, _ = split_names(unit * (300_000 // len(unit)))
    assert len(names) <= 1


STYLE = r"""
ENTRY { author } {} {}
INTEGERS { n count }
FUNCTION {misc} {
  author num.names$ 'count :=
  #1 'n :=
  { n count > #0 = } {
    "NAME" write$ newline$
    author n "{ff}" format.name$ "given " swap$ * write$ newline$
    author n "{vv}" format.name$ "prefix " swap$ * write$ newline$
    author n "{ll}" format.name$ "family " swap$ * write$ newline$
    author n "{jj}" format.name$ "suffix " swap$ * write$ newline$
    n #1 + 'n :=
  } while$
}
READ
ITERATE {call.type$}
"""


def bibtex_names(value: str) -> list[Name]:
    """What bibtex(1) makes of an author field."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "names.bst").write_text(STYLE)
        (folder / "case.bib").write_text(f"@misc{{k, author = {{{value}}}}}\n")
        (folder / "case.aux").write_text("\\citation{*}\n\\bibstyle{names}\n\\bibdata{case}\n")
        run = subprocess.run(["bibtex", "case"], cwd=folder, capture_output=True, check=False)
        assert run.returncode == 0, run.stdout
        dump = re.sub(r"\n  +", " ", (folder / "case.bbl").read_text())
    return [
        Name(
            **{
                part: to_unicode(text)
                for part, _, text in (line.partition(" ") for line in block.splitlines())
            }
        )
        for block in dump.split("NAME\n")[1:]
    ]


WORDS = st.sampled_from(
    [
        *(
            "Ann",
            "J.",
            "K",
            "Le",
            "McDoe",
            "O'Doe",
            "Doe",
            "Jr.",
            "III",
            "A~B",
            r"{\'E}lie",
            r"\'Elie",
        ),
        *("de", "la", "van", "'t", "d'Roe", "e.e.", "1x", r"{\'e}lan", r"{\'{e}}tienne", r"{\oe}x"),
        *(
            r"{\O}ystein",
            r"D{\'i}az",
            r"\v{S}imko",
            r"{\v S}imko",
            r"{\relax von}",
            r"{\relax Von}",
        ),
        *(
            "{van}",
            "{Doe Roe}",
            "{van Doe}",
            "{a, b}",
            "{{Max} Roe}",
            "e{X}",
            "{X}e",
            r"{\LaTeX} Team",
        ),
    ]
)
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=3).map(
    ", ".join
)


@pytest.mark.skipif(not shutil.which("bibtex"), reason="needs bibtex")
@settings(max_examples=20, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=60))
def test_bibtex_splits_names_alike(names: list[str]) -> None:
    value = " and\n".join(names)
    assert list(split_names(value)[0]) == bibtex_names(value)
