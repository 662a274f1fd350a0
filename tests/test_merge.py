from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bibnotes.merge import Merged, both, merge, merge_lines, settled
from bibnotes.model import Review

BASE = Review("skim", "one\ntwo\nthree")


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        (BASE, BASE, BASE),
        (BASE, Review("close-read", BASE.text), Review("close-read", BASE.text)),
        (Review("skim", "new"), BASE, Review("skim", "new")),
        (Review("skim", "alike"), Review("skim", "alike"), Review("skim", "alike")),
        (Review("close-read", BASE.text), Review("skim", "new"), Review("close-read", "new")),
        (Review(), BASE, Review()),
        (
            Review("skim", "ONE\ntwo\nthree"),
            Review("skim", "one\ntwo\nthree\nfour"),
            Review("skim", "ONE\ntwo\nthree\nfour"),
        ),
    ],
)
def test_what_one_side_changed_is_taken(one: Review, other: Review, result: Review) -> None:
    for left, right in ((one, other), (other, one)):
        merged = merge(BASE, left, right)
        assert (merged.review, merged.conflict) == (result, False)


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        (Review("close-read", "x"), Review("interesting", "x"), (True, False)),
        (Review("skim", "one\n2\nthree"), Review("skim", "one\nII\nthree"), (False, True)),
        (Review("skim", ""), Review("skim", "one\ntwo\nthree\nfour"), (False, True)),
        (Review(None, BASE.text), Review("close-read", BASE.text), (True, False)),
    ],
)
def test_what_both_changed_differently_is_a_conflict(
    one: Review, other: Review, parts: tuple[bool, bool]
) -> None:
    merged = merge(BASE, one, other)
    assert (merged.priority_conflict, merged.text_conflict) == parts
    assert settled(merged, one, other, take_one=True) == one
    assert settled(merged, one, other, take_one=False) == other


def test_without_a_base_what_one_side_has_is_copied() -> None:
    merged = merge(None, Review("skim", ""), Review(None, "text"))
    assert (merged.review, merged.conflict) == (Review("skim", "text"), False)


def test_without_a_base_a_text_that_contains_the_other_is_taken() -> None:
    merged = merge(None, Review(None, "one\ntwo"), Review(None, "two"))
    assert (merged.review, merged.conflict) == (Review(None, "one\ntwo"), False)
    assert merge(None, Review(None, "one"), Review(None, "one more")).text_conflict


def test_where_nobody_had_a_text_one_that_contains_the_other_is_taken() -> None:
    assert merge(Review("skim"), Review(None, "a\nb"), Review(None, "a")) == Merged(
        Review(None, "a\nb")
    )
    assert merge(Review(), Review(None, "a"), Review(None, "b")).text_conflict


reviews = st.builds(
    Review,
    st.sampled_from([None, "close-read", "skim"]),
    st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=5).map("\n".join),
)


@given(base=st.none() | reviews, one=reviews, other=reviews)
def test_merging_does_not_depend_on_the_side(
    base: Review | None, one: Review, other: Review
) -> None:
    left, right = merge(base, one, other), merge(base, other, one)
    assert (left.priority_conflict, left.text_conflict) == (
        right.priority_conflict,
        right.text_conflict,
    )
    if not left.conflict:
        assert left.review == right.review


@given(base=reviews, one=reviews)
def test_a_side_that_did_not_change_never_stands_in_the_way(base: Review, one: Review) -> None:
    assert merge(base, one, base).review == one
    assert merge(base, one, one).review == one


lines = st.lists(st.sampled_from("abcdef"), max_size=8).map("\n".join)


@given(base=lines, one=lines, other=lines)
def test_a_merged_text_has_every_line_that_a_side_added(base: str, one: str, other: str) -> None:
    merged = merge_lines(base, one, other)
    if merged is not None:
        kept = merged.split("\n")
        for side in (one, other):
            added = set(side.split("\n")) - set(base.split("\n"))
            assert added <= set(kept)


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        (Review("skim", "a"), Review("skim", "b"), Review("skim", "a\n\nb")),
        (Review(None, "a"), Review(None, "a\n\nb"), Review(None, "a\n\nb")),
        (Review("interesting", "a"), Review("close-read", ""), Review("close-read", "a")),
        (Review(None, "a"), Review("close-read", "a"), Review("close-read", "a")),
    ],
)
def test_both_are_both_texts_and_the_higher_priority(
    one: Review, other: Review, result: Review
) -> None:
    ranks = ["close-read", "interesting", "skim"]
    merged = merge(Review("skim", "base\nof both"), one, other)
    assert both(merged, one, other, ranks.index) == result
