from __future__ import annotations

import random

import pytest

from bibnotes.match import Pairing, pair
from bibnotes.model import Name, Paper


def paper(key: str = "", title: str = "", authors: str = "", **facts: str) -> Paper:
    names = tuple(Name(*reversed(name.rsplit(" ", 1))) for name in authors.split(", ") if name)
    return Paper(id=key or title or authors, key=key, title=title, authors=names, **facts)  # type: ignore[arg-type]


ATTENTION = paper(
    "v17", "Attention Mechanisms for Tiny Swimming Robots", "Ada Example, Bo Sample", year="2017"
)
TURNING = paper("l21", "Learning by Turning Corners", "Cy Specimen", year="2021", doi="10.1234/abc")
LIBRARY = [ATTENTION, TURNING]


def found(pairing: Pairing) -> list[tuple[str, str]]:
    return [(each.right.key, each.reason) for each in pairing.pairs]


@pytest.mark.parametrize(
    ("left", "key"),
    [
        (paper("v17"), "v17"),
        (paper(doi="https://doi.org/10.1234/ABC"), "l21"),
        (paper(title="attention mechanisms for tiny swimming robots", year="2017"), "v17"),
        (
            paper(title="Attention Mechanisms for tiny Swimming Robots.", authors="Ada EXAMPLE"),
            "v17",
        ),
        (
            paper(
                title="Attentoin Mechanisms for Tiny Swimming Robots",
                authors="Ada Example, Bo Sample",
            ),
            "v17",
        ),
    ],
)
def test_a_paper_is_recognised_by_what_is_known_of_it(left: Paper, key: str) -> None:
    assert [each for each, _ in found(pair([left], LIBRARY))] == [key]


def test_the_same_key_with_another_title_is_a_doubt() -> None:
    left = paper("v17", "A Survey of Large Volcanoes", "Di Instance", year="2017")
    pairing = pair([left], LIBRARY)
    assert not pairing.pairs
    assert pairing.doubts[0].candidates[0].why


def test_parts_of_one_work_are_told_apart() -> None:
    library = [
        paper("p1", "Notes on Rivers, Part I", "Ada Example", year="2019"),
        paper("p2", "Notes on Rivers, Part II", "Ada Example", year="2019"),
    ]
    left = paper(title="Notes on Rivers, Part II", authors="Ada Example", year="2019")
    assert [key for key, _ in found(pair([left], library))] == ["p2"]
    assert not pair([paper(title="Notes on Rivers, Part III", year="2019")], library).pairs


def test_two_reviews_never_land_on_one_paper_unseen() -> None:
    lefts = [
        paper("v17"),
        paper(title="Attention Mechanisms for Tiny Swimming Robots", year="2017"),
    ]
    pairing = pair(lefts, LIBRARY)
    assert found(pairing) == [("v17", "key")]
    assert [doubt.left for doubt in pairing.doubts] == [lefts[1]]


def test_what_a_person_settled_stands() -> None:
    left = paper(title="That robot paper")
    assert found(pair([left], LIBRARY, {left.id: "v17"})) == [("v17", "settled")]


def test_a_paper_that_is_not_there_is_left_over() -> None:
    pairing = pair([paper(title="Entirely Different Matters", year="1999")], LIBRARY)
    assert (len(pairing.unmatched_left), len(pairing.unmatched_right)) == (1, 2)


def test_a_library_is_paired_with_itself_in_any_order() -> None:
    shuffled = random.Random(1).sample(LIBRARY, 2)
    assert {(p.left.key, p.right.key) for p in pair(shuffled, LIBRARY).pairs} == {
        ("v17", "v17"),
        ("l21", "l21"),
    }
