"""What a filter takes: words in a paper's fields, its priority, its year."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bibnotes.bibtex.latex import to_unicode
from bibnotes.errors import UsageError
from bibnotes.model import Name, Paper, Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.search import (
    Filter,
    Years,
    fold,
    group_of,
    parse_priorities,
    parse_query,
    parse_years,
)

KNAS = Paper(
    "xu21m",
    "xu21m",
    type="inproceedings",
    title="KNAS: Green Neural Architecture Search",
    authors=(Name("Xu", given="Jingjing"), Name("Gödel", given="Zoë", prefix="van der")),
    year="2021",
    venue="Proceedings of the 38th International Conference on Machine Learning",
    abstract="Gradients stand in\nfor training; the network’s score costs little.",
    doi="10.1000/knas",
    keywords=("精读", "green AI"),
    review=Review(None, "用梯度核评估结构"),
)


def found(query, paper=KNAS):
    return Filter(parse_query(query, to_unicode)).matches(paper)


@pytest.mark.parametrize(
    "query",
    ["", "green", "KNAS gradients", "conference", "jingjing", "精读", "梯度核", "xu21m"],
)
def test_every_word_must_occur_in_some_field(query):
    assert found(query)
    assert not found(f"{query} transformer")


@pytest.mark.parametrize(
    "query",
    [
        "godel",
        "GÖDEL",
        "Go\u0308del",
        'G{\\"o}del',
        '"van der G\\"odel"',
        "zoe",
        "ＫＮＡＳ",
        "network's",
        "“neural architecture”",
        "「neural architecture」",
        '"neural architecture"',
        '"stand in for"',
    ],
)
def test_case_accents_latex_width_quotes_and_line_ends_do_not_matter(query):
    assert found(query)


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        ("strasse", "Straße"),
        ("malmo", "Malmø"),
        ("lodz", "Łódź"),
        ("difference", "diﬀerence"),
        ("few-shot", "few–shot"),
        ("aether", "Æther"),
        ("İstanbul", "istanbul"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("data base", "data\u3000base"),
        ("hyphenation", "hyphen\u00adation"),
    ],
)
def test_spellings_of_one_word_are_alike(word, spelled):
    assert fold(word) == fold(spelled)


@pytest.mark.parametrize(
    ("one", "other"), [("简体", "簡體"), ("か", "が"), ("は", "ぱ"), ("각", "가")]
)
def test_east_asian_characters_stay_distinct(one, other):
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_is_done_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_ascii_and_other_letters_fold_the_same_way(text, other):
    assert fold(f"{text}A{other}") == fold(f"{text.lower()}a{other}")


@pytest.mark.parametrize(
    "query", ["Jingjing Xu", '"Jingjing Xu"', '"Xu, Jingjing"', "author:“van der Gödel, Zoë”"]
)
def test_a_name_is_found_in_either_order(query):
    assert found(query)


def test_a_chinese_name_is_found_as_it_is_written():
    paper = Paper("1", "wang", authors=(Name("王", given="小明"),))
    assert found("王小明", paper)
    assert found("作者：王小明", paper)


def test_a_phrase_does_not_cross_two_names_or_two_tags():
    assert not found('"xu van"')
    assert not found('keyword:"精读 green"')


@pytest.mark.parametrize(
    "query",
    [
        "title:green",
        "Title:GREEN",
        "title：green",
        'title:"neural architecture"',
        "author:jingjing",
        "venue:38th",
        "journal:38th",
        "booktitle:38th",
        "abstract:gradients",
        "tag:精读",
        "keyword:green",
        "review:梯度核",
        "note:梯度核",
        "短评：梯度核",
        "key:xu21",
        "year:2021",
        "doi:10.1000/knas",
        "type:proceedings",
    ],
)
def test_a_word_can_be_looked_for_in_one_field(query):
    assert found(query)


@pytest.mark.parametrize("query", ["title:jingjing", "author:green", "abstract:knas", "doi:xu21m"])
def test_a_word_that_stands_in_another_field_is_not_found(query):
    assert not found(query)


@pytest.mark.parametrize("query", ["http://x", "BERT:", "title:", "tıtle:x", "a:b"])
def test_a_prefix_that_is_no_field_is_part_of_the_word(query):
    assert found(query, Paper("1", "k", title=f"On {query} and more"))
    assert not found(query, Paper("1", "k", title="On x and b"))


@pytest.mark.parametrize("query", ['"deep learning', "title:“deep", "「深度"])
def test_an_open_quotation_mark_is_named(query):
    with pytest.raises(UsageError) as error:
        parse_query(query)
    assert "not closed" in error.value.message
    assert error.value.hint


def test_a_quotation_mark_inside_a_word_is_part_of_it():
    assert found('5"', Paper("1", "k", title='A 5" disk'))


@given(st.text())
def test_any_query_is_taken_or_refused_in_words(query):
    with suppress(UsageError):
        assert all(word.text for word in parse_query(query))


@pytest.mark.parametrize(
    ("query", "needed"),
    [("", False), ("title:x key:y", False), ("x", True), ("abstract:x", True)],
)
def test_a_filter_says_whether_it_needs_the_abstracts(query, needed):
    assert Filter(parse_query(query)).needs_abstract is needed


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2021", Years(2021, 2021)),
        ("2019-2021", Years(2019, 2021)),
        ("2019–2021", Years(2019, 2021)),
        ("2019--2021", Years(2019, 2021)),
        ("2019～2021", Years(2019, 2021)),
        (" 2019 - 2021 ", Years(2019, 2021)),
        ("2019-", Years(2019, None)),
        ("-2021", Years(None, 2021)),
    ],
)
def test_years_are_a_year_or_a_range(text, years):
    assert parse_years(text) == years


@pytest.mark.parametrize("text", ["", "-", "19", "2019-21", "20192021", "last", "2021-2019"])
def test_what_is_no_range_of_years_is_refused_with_an_example(text):
    with pytest.raises(UsageError) as error:
        parse_years(text)
    assert "Write 20" in error.value.hint


@pytest.mark.parametrize(
    ("year", "taken"),
    [
        ("2021", True),
        ("2021/2022", True),
        ("2018-2019", True),
        ("circa 2020", True),
        ("2021-11-19", True),
        ("2022", False),
        ("20201", False),
        ("in press", False),
        ("", False),
    ],
)
def test_a_record_lies_in_the_range_in_whole_or_in_part(year, taken):
    assert Filter(years=parse_years("2019-2021")).matches(Paper("1", "k", year=year)) is taken


@pytest.mark.parametrize(
    ("review", "group"),
    [
        (Review("skim", "Text."), "skim"),
        (Review("skim"), "skim"),
        (Review(None, "Text."), "reviewed"),
        (Review(), "unread"),
    ],
)
def test_a_paper_belongs_to_its_level_or_to_a_computed_group(review, group):
    assert group_of(review) == group


@pytest.mark.parametrize(
    ("word", "group"),
    [
        ("close-read", "close-read"),
        ("Close read", "close-read"),
        ("【精读】", "close-read"),
        ("泛读", "skim"),
        ("reviewed", "reviewed"),
        ("已写短评", "reviewed"),
        ("Not yet reviewed", "unread"),
        ("未读", "unread"),
    ],
)
def test_a_priority_is_named_by_id_label_or_tag(word, group):
    assert parse_priorities([word], DEFAULT_SCALE) == {group}


def test_one_of_several_priorities_is_enough():
    wanted = Filter(priorities=parse_priorities(["精读", "unread"], DEFAULT_SCALE))
    reviews = [Review("close-read"), Review(), Review("skim"), Review(None, "Text.")]
    taken = [wanted.matches(Paper("1", "k", review=review)) for review in reviews]
    assert taken == [True, True, False, False]


def test_an_unknown_priority_is_answered_with_the_known_ones():
    with pytest.raises(UsageError) as error:
        parse_priorities(["urgent"], DEFAULT_SCALE)
    assert "'urgent'" in error.value.message
    assert "close-read (精读)" in error.value.hint
    assert "unread (未读)" in error.value.hint


def test_words_priority_and_year_are_all_asked_for():
    wanted = Filter(parse_query("green"), frozenset({"reviewed"}), Years(2021, None))
    assert wanted.matches(KNAS)
    assert not wanted.matches(Paper("1", "k", title="Green", year="2021"))
    assert not wanted.matches(Paper("1", "k", title="Green", review=KNAS.review, year="2020"))
