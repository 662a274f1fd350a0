"""The words of bibnotes: what a review says, and what a change changes."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bibnotes.model import Change, Name, Paper, Review, ZoteroSource

REVIEWS = st.builds(
    Review,
    st.none() | st.sampled_from(["close-read", "skim"]),
    st.text(),
    st.sampled_from([(), ("skim",)]),
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (Name("Crowley", given="Elliot J."), "Elliot J. Crowley"),
        (Name("Beethoven", given="Ludwig", prefix="van"), "Ludwig van Beethoven"),
        (Name("Example", given="Ana", suffix="Jr."), "Ana Example, Jr."),
        (Name("European Example Agency"), "European Example Agency"),
        (Name("王五"), "王五"),
    ],
)
def test_a_name_is_shown_given_name_first(name, shown):
    assert str(name) == shown


@pytest.mark.parametrize(
    ("library", "link"),
    [
        ("user/475001", "zotero://select/library/items/ABCD2345"),
        ("group/5001", "zotero://select/groups/5001/items/ABCD2345"),
    ],
)
def test_an_item_of_zotero_has_a_link_to_it(library, link):
    assert ZoteroSource(library, "ABCD2345", 7).link == link


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One idea.", "One idea."),
        ("One idea.\n\n", "One idea."),
        ("\n \t\nOne idea.", "One idea."),
        ("    code stays code\n", "    code stays code"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a hard break  \nand more", "a hard break  \nand more"),
        ("想法简单。\u3000", "想法简单。"),
        (" \n\t", ""),
        ("", ""),
    ],
)
def test_a_text_keeps_all_that_means_something_in_markdown(text, kept):
    assert Review(text=text).text == kept


@given(st.text())
def test_a_text_that_was_kept_is_kept_as_it_is(text):
    kept = Review(text=text).text
    assert Review(text=kept).text == kept
    assert "\r" not in kept


@given(st.text(alphabet="ab \t\r\n"))
def test_only_white_space_and_line_ends_are_ever_dropped(text):
    assert "".join(Review(text=text).text.split()) == "".join(text.split())


def test_a_review_is_something_as_soon_as_it_has_a_priority_or_a_text():
    assert not Review()
    assert not Review(text=" \n")
    assert Review(priority="skim")
    assert Review(text="Read it.")


def test_the_hash_of_a_review_does_not_change_between_versions():
    """Digests that people keep hold these: a change here is a change of the format."""
    assert Review().digest() == "01ba4719"
    assert Review("close-read", "想法简单。").digest() == "ada40d7f"


@given(REVIEWS, REVIEWS)
def test_reviews_have_the_same_hash_just_when_they_say_the_same(one, other):
    same = (one.priority, one.text) == (other.priority, other.text)
    assert (one.digest() == other.digest()) == same


def test_a_priority_is_not_taken_for_a_text():
    assert Review(priority="skim").digest() != Review(text="skim").digest()


@pytest.mark.parametrize(
    ("before", "after", "sets"),
    [
        (Review(), Review("skim"), {"priority"}),
        (Review("skim"), Review(), {"priority"}),
        (Review("skim", "a"), Review("skim", "b"), {"text"}),
        (Review("skim", "a"), Review(None, "b"), {"priority", "text"}),
        (Review("skim", "a"), Review("skim", "a\n"), set()),
        (Review("close-read", also=("skim",)), Review("close-read"), {"priority"}),
    ],
)
def test_a_change_sets_only_what_differs(before, after, sets):
    change = Change("mellor21a", before, after)
    assert {
        part
        for part, is_set in {"priority": change.sets_priority, "text": change.sets_text}.items()
        if is_set
    } == sets


@given(REVIEWS, REVIEWS)
def test_a_change_and_its_reverse_lead_back(before, after):
    change = Change("mellor21a", before, after)
    back = change.reversed({"field": "annote"})
    assert (back.before, back.after) == (after, before)
    assert back.restore == {"field": "annote"}
    assert back.reversed() == change


@pytest.mark.parametrize(
    ("after", "parts"),
    [
        (Review("skim", "new", ("tidy",)), [Review("skim", "", ("tidy",)), Review(None, "new")]),
        (Review("skim", "old"), [Review("skim")]),
        (Review("close-read", "old", ("skim",)), [Review("close-read", "", ("skim",))]),
        (Review("close-read", ""), [Review()]),
        (Review("close-read", "old"), [Review("close-read", "old")]),
    ],
)
def test_a_change_is_one_of_the_priority_and_one_of_the_text(after, parts):
    change = Change("a", Review("close-read", "old"), after)
    assert [part.after for part in change.parts] == parts
    assert {part.reversed() for part in change.parts} == set(change.reversed().parts)


def test_what_is_left_of_a_change_is_taken_back_as_the_whole():
    change = Change("a", Review(), Review("skim", "new"), {"tags": [], "note": {}})
    priority, text = change.parts
    assert change.without([]) == change
    assert change.without([priority]) == dataclasses.replace(text, restore=change.restore)
    assert change.without([text]) == dataclasses.replace(priority, restore=change.restore)
    assert change.without([text, priority]) is None


def test_what_was_read_cannot_be_changed_by_accident():
    paper = Paper("mellor21a", "mellor21a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        paper.title = "Another"  # type: ignore[misc]
    assert dataclasses.replace(paper, title="Another").title == "Another"
