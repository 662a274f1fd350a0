"""Items of CSL-JSON hold what the specification knows, and nothing empty."""

from __future__ import annotations

import pytest

from bibnotes import csl
from bibnotes.model import Name, Paper, Review

# Version 1.0.2 of the specification, appendix III.
KNOWN_TYPES = set(
    """
    article article-journal article-magazine article-newspaper bill book broadcast chapter classic
    collection dataset document entry entry-dictionary entry-encyclopedia event figure graphic
    hearing interview legal_case legislation manuscript map motion_picture musical_score pamphlet
    paper-conference patent performance periodical personal_communication post post-weblog
    regulation report review review-book software song speech standard thesis treaty webpage
    """.split()
)


def test_every_type_is_one_of_the_specifications() -> None:
    assert set(csl.TYPES.values()) <= KNOWN_TYPES


def test_a_paper_says_what_it_knows() -> None:
    paper = Paper(
        "id",
        "k",
        type="inproceedings",
        title="T",
        authors=(Name("Berg", "Jan", "van der", "Jr."),),
        year="2021",
        venue="V",
        keywords=("a", "b"),
        review=Review("skim", "想法"),
    )
    assert csl.of_paper(paper) == {
        "id": "k",
        "type": "paper-conference",
        "title": "T",
        "author": [
            {"family": "Berg", "given": "Jan", "dropping-particle": "van der", "suffix": "Jr."}
        ],
        "issued": {"date-parts": [[2021]]},
        "container-title": "V",
        "keyword": "a, b",
        "annote": "想法",
    }


def test_an_item_always_has_an_id_and_a_type() -> None:
    assert csl.of_paper(Paper("id", "")) == {"id": "id", "type": "document"}


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2021", {"date-parts": [[2021]]}),
        (" 2021-07-18T10:00:00Z ", {"date-parts": [[2021, 7, 18]]}),
        ("2020-03/2020-05", {"date-parts": [[2020, 3], [2020, 5]]}),
        ("2020~", {"date-parts": [[2020]], "circa": True}),
        ("2020-05?/2021", {"date-parts": [[2020, 5], [2021]], "circa": True}),
        ("2020/", {"date-parts": [[2020]], "circa": True}),
        ("../2020", {"date-parts": [[2020]], "circa": True}),
        ("/", {"literal": "/"}),
        ("2020/2021/2022", {"literal": "2020/2021/2022"}),
        ("forthcoming", {"literal": "forthcoming"}),
        ("", {}),
    ],
)
def test_a_date_is_in_parts_or_as_it_is_said(text: str, date: object) -> None:
    assert csl.date(text) == date
