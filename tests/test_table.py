"""The table of `list`: columns that line up, cut to the terminal, harmless."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from bibnotes.escape import CONTROL
from bibnotes.model import Name, Paper, Review
from bibnotes.scale import Level, Scale
from bibnotes.table import table
from tests.test_escape import hostile

KNAS = Paper(
    "xu21m",
    "xu21m",
    title="KNAS: Green Neural Architecture Search",
    authors=(Name("Xu", given="Jingjing"), Name("Zhao"), Name("Lin")),
    year="2021",
    review=Review("close-read"),
)
HEMET = Paper(
    "lou21a",
    "lou21a",
    title="HEMET：同态加密友好的移动网络",
    authors=(Name("Lou", given="Qian"), Name("Jiang", given="Lei")),
    year="in press",
    review=Review(None, "Text."),
)
BARE = Paper("b", "b", title="Nothing")


def lines(*papers, **options):
    return [line.removesuffix("\n") for line in table(papers, **options)]


def test_columns_are_priority_key_authors_year_and_title():
    assert lines(KNAS, HEMET, BARE) == [
        "Close read  xu21m   Xu et al.    2021      KNAS: Green Neural Architecture Search",
        "Reviewed    lou21a  Lou & Jiang  in press  HEMET：同态加密友好的移动网络",
        "            b                              Nothing",
    ]


def test_wide_characters_take_two_columns():
    assert lines(KNAS, HEMET, BARE, language="zh") == [
        "精读      xu21m   Xu 等        2021      KNAS: Green Neural Architecture Search",
        "已写短评  lou21a  Lou & Jiang  in press  HEMET：同态加密友好的移动网络",
        "          b                              Nothing",
    ]


def test_a_column_that_is_empty_everywhere_is_left_out():
    assert lines(BARE) == ["b  Nothing"]


def test_no_papers_make_no_lines():
    assert lines() == []
    assert lines(width=80) == []


@pytest.mark.parametrize(
    ("authors", "more", "language", "shown"),
    [
        ([Name("Mellor", given="Joe")], False, "en", "Mellor"),
        ([Name("Mellor", given="Joe")], True, "en", "Mellor et al."),
        ([Name("Mellor"), Name("Turner")], False, "en", "Mellor & Turner"),
        ([Name("Mellor"), Name("Turner"), Name("Storkey")], False, "zh", "Mellor 等"),
        ([Name("Berg", given="Jan", prefix="van den")], False, "en", "van den Berg"),
        ([Name("European Example Agency")], False, "en", "European Example Agency"),
        ([Name("王", given="小明")], False, "zh", "王小明"),
        ([Name("王小明"), Name("李四"), Name("张三")], False, "zh", "王小明等"),
        ([], True, "en", ""),
    ],
)
def test_authors_are_short(authors, more, language, shown):
    paper = Paper("b", "b", authors=tuple(authors), more_authors=more)
    assert lines(paper, language=language) == [f"b  {shown}".rstrip()]


def test_titles_give_way_first():
    cut = lines(KNAS, HEMET, BARE, width=70)
    assert cut == [
        "Close read  xu21m   Xu et al.    2021      KNAS: Green Neural Archite…",
        "Reviewed    lou21a  Lou & Jiang  in press  HEMET：同态加密友好的移动…",
        "            b                              Nothing",
    ]


def test_a_key_stays_whole_while_there_is_room():
    key = "mellorNeuralArchitectureSearch2021"
    assert key in lines(Paper(key, key, title="A Title " * 10), width=80)[0]


@pytest.mark.parametrize("width", [*range(13, 60), 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    for line in lines(KNAS, HEMET, BARE, width=width, language="zh"):
        assert wcswidth(line) <= width


def test_priorities_have_colours_only_if_asked():
    plain = lines(KNAS, HEMET, BARE, width=70)
    coloured = lines(KNAS, HEMET, BARE, width=70, colour=True)
    assert coloured[0].startswith("\x1b[1;31mClose read\x1b[0m  xu21m")
    assert coloured[1:] == plain[1:]
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured[0]) == plain[0]


def test_a_scale_of_the_users_has_its_own_labels():
    level = Level("now", {"en": "Read now", "zh": "马上读"}, {"en": "now", "zh": "马上"})
    paper = Paper("b", "b", review=Review("now"))
    assert lines(paper, scale=Scale((level,)), language="zh") == ["马上读  b"]


@given(hostile, st.none() | st.integers(20, 100))
def test_a_record_stays_on_its_line_and_has_no_controls(text, width):
    paper = Paper(text, text, title=text, authors=(Name(text),), year=text)
    [line] = lines(paper, width=width)
    assert "\n" not in line
    assert not CONTROL.search(line)
