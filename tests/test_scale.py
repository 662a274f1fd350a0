"""The scale: what a tag, a word or a heading means, and what a scale must not hold."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bibnotes.scale import (
    DEFAULT_SCALE,
    REVIEWED,
    UNREAD,
    Level,
    Scale,
    clashes,
    group_label,
    normal_tag,
)

LANGUAGES = ("en", "zh")


def level(name: str, *also: str, label: str = "", jabref: str = "") -> Level:
    said = label or name
    return Level(name, {"en": said, "zh": said}, {"en": name, "zh": name}, also, jabref)


def meaning(found: Level | None) -> str | None:
    return found.id if found else None


def test_the_default_scale_has_three_levels_the_highest_first():
    assert [each.id for each in DEFAULT_SCALE.levels] == ["close-read", "interesting", "skim"]
    assert [DEFAULT_SCALE.rank(each.id) for each in DEFAULT_SCALE.levels] == [0, 1, 2]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("精读", "close-read"),
        ("close-read", "close-read"),
        ("must-read", "close-read"),
        ("兴趣文章", "interesting"),
        ("interesting", "interesting"),
        ("略读", "skim"),
        ("泛读", "skim"),
        ("skim", "skim"),
        ("【兴趣文章】", "interesting"),
        ("[Must-Read]", "close-read"),
        ("  SKIM\t", "skim"),
        ("【 精读 】", "close-read"),
        ("精读文章", None),
        ("reading", None),
        ("Close read", None),  # a label is for people, not for keywords
        ("", None),
        ("[]", None),
    ],
)
def test_a_tag_means_a_level_whatever_its_case_brackets_and_space(tag, expected):
    assert meaning(DEFAULT_SCALE.by_tag(tag)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("close-read", "close-read"),
        ("Close read", "close-read"),
        ("精读", "close-read"),
        ("must-read", "close-read"),
        ("prio1", None),  # JabRef's word, not a person's
        ("reviewed", None),
        ("later", None),
    ],
)
def test_a_person_names_a_level_by_id_label_or_tag(word, expected):
    assert meaning(DEFAULT_SCALE.find(word)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("prio1", "close-read"), ("Prio2", "interesting"), ("prio3", "skim"), ("prio4", None)],
)
def test_jabrefs_priority_means_a_level(value, expected):
    assert meaning(DEFAULT_SCALE.by_jabref(value)) == expected


def test_a_level_without_a_jabref_word_is_never_meant_by_jabref():
    assert Scale((level("now"), level("later"))).by_jabref("") is None


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Close read", "close-read"),
        ("精读", "close-read"),
        ("Reviewed", REVIEWED),
        ("已写短评", REVIEWED),
        ("not yet reviewed", UNREAD),
        ("未读", UNREAD),
        ("Read later", None),
    ],
)
def test_a_heading_names_a_level_or_a_computed_group_in_either_language(heading, expected):
    assert DEFAULT_SCALE.find_group(heading) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_leads_back_to_its_level_or_group(language):
    for each in DEFAULT_SCALE.levels:
        assert DEFAULT_SCALE.find_group(each.label(language)) == each.id
        assert DEFAULT_SCALE.by_tag(each.tag(language)) is each
    for group in (REVIEWED, UNREAD):
        assert DEFAULT_SCALE.find_group(group_label(group, language)) == group


def test_two_priorities_on_one_paper_come_highest_first_and_each_once():
    tags = ["skim", "must-read", "精读", "略读"]
    found = [DEFAULT_SCALE.by_tag(tag) for tag in tags]
    assert DEFAULT_SCALE.ordered(each for each in found if each) == ["close-read", "skim"]


def test_a_level_that_the_scale_does_not_have_is_an_error():
    with pytest.raises(KeyError):
        DEFAULT_SCALE.level("later")
    with pytest.raises(KeyError):
        DEFAULT_SCALE.rank("later")


def test_levels_can_be_renamed_added_and_reordered():
    scale = Scale((level("later", "someday"), level("now")))
    assert scale.rank("later") < scale.rank("now")
    assert meaning(scale.by_tag("Someday")) == "later"
    assert scale.by_tag("精读") is None


@given(st.text())
def test_a_tag_and_its_normal_form_mean_the_same(tag):
    assert normal_tag(normal_tag(tag)) == normal_tag(tag)
    assert normal_tag(f" 【{tag}】 ") == normal_tag(tag)


@given(st.text())
def test_composed_and_decomposed_letters_are_one_tag(tag):
    assert normal_tag(unicodedata.normalize("NFD", tag)) == normal_tag(tag)


def test_the_default_scale_has_no_clash():
    assert list(clashes(DEFAULT_SCALE.levels)) == []


@pytest.mark.parametrize(
    ("second", "word"),
    [
        (level("now"), "now"),  # one id twice
        (level("soon", "urgent"), "urgent"),  # one tag, two levels
        (level("soon", label="Now"), "Now"),  # a label that is another level's id
        (level("soon", "[URGENT]"), "[URGENT]"),  # spelled otherwise
        (level("soon", jabref="prio1"), "prio1"),
    ],
)
def test_a_word_that_means_two_levels_is_a_clash(second, word):
    first = level("now", "urgent", jabref="prio1")
    assert (second, word, first) in list(clashes((first, second)))


@pytest.mark.parametrize("word", ["reviewed", "Unread", "未读", "Not yet reviewed"])
def test_the_names_of_the_computed_groups_are_taken(word):
    assert [(found, name) for found, name, _ in clashes((level("x", word),))] == [
        (level("x", word), word)
    ]


def test_words_that_moved_to_another_level_are_found() -> None:
    close, interesting, skim = DEFAULT_SCALE.levels
    assert DEFAULT_SCALE.moved(DEFAULT_SCALE) == frozenset()
    assert DEFAULT_SCALE.moved(Scale((close, interesting))) == frozenset()
    new = Level("new", {"en": "New", "zh": "新"}, {"en": "new", "zh": "新"}, jabref="prio4")
    assert DEFAULT_SCALE.moved(Scale((*DEFAULT_SCALE.levels, new))) == frozenset()
    swapped = replace(interesting, jabref=skim.jabref), replace(skim, jabref=interesting.jabref)
    assert DEFAULT_SCALE.moved(Scale((close, *swapped))) == {
        ("interesting", "skim"),
        ("skim", "interesting"),
    }
    taken = replace(interesting, also=("Must-Read",)), replace(close, also=())
    assert DEFAULT_SCALE.moved(Scale(taken)) == {("close-read", "interesting")}


def test_a_level_that_only_has_another_id_is_found_by_its_words() -> None:
    close, interesting, skim = DEFAULT_SCALE.levels
    assert DEFAULT_SCALE.renamed(DEFAULT_SCALE) == {}
    renamed = Scale((replace(close, id="deep"), interesting, skim))
    assert DEFAULT_SCALE.renamed(renamed) == {"close-read": "deep"}
    fewer = replace(close, id="deep", also=(), labels={"en": "Deep", "zh": "深"})
    assert DEFAULT_SCALE.renamed(Scale((fewer, interesting))) == {"close-read": "deep"}


def test_a_level_whose_words_mean_several_levels_now_or_none_has_no_other_id() -> None:
    close, interesting, skim = DEFAULT_SCALE.levels
    split = replace(close, id="deep", also=()), replace(interesting, also=("must-read",))
    assert DEFAULT_SCALE.renamed(Scale((*split, skim))) == {}
    assert DEFAULT_SCALE.renamed(Scale((interesting, skim))) == {}
    swapped = replace(close, id="interesting"), replace(interesting, id="close-read")
    assert DEFAULT_SCALE.renamed(Scale((*swapped, skim))) == {}


def test_a_scale_is_the_same_after_json() -> None:
    stored = json.loads(json.dumps(DEFAULT_SCALE.to_json()))
    assert Scale.of_json(stored) == DEFAULT_SCALE


@pytest.mark.parametrize(
    "damage",
    [{"labels": None}, {"tags": []}, {"also": None}, {"also": [1]}, {"jabref": 1}, {"id": None}],
)
def test_a_damaged_scale_is_a_type_error(damage: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Scale.of_json([DEFAULT_SCALE.to_json()[0] | damage])
