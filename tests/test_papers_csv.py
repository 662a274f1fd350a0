"""Papers as CSV: what Python's own reader makes of it, and what a spreadsheet must not."""

from __future__ import annotations

import csv
import io

import pytest

from bibnotes.model import Name, Paper, Review
from bibnotes.papers_csv import render

PAPER = Paper(
    "k1",
    "k1",
    type="article",
    title='Commas, "quotes" and\nlines',
    authors=(Name("Berg", "Jan", "van der", "Jr."), Name("NAS Group")),
    more_authors=True,
    year="2021",
    venue="学报",
    doi="10.1/x",
    url="https://example.org",
    keywords=("a", "b; c"),
    review=Review("close-read", "想法\n\n第二段"),
)


def rows(*papers: Paper, **options: bool) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO("".join(render(papers, **options)).removeprefix("\ufeff")))
    )


def test_every_field_comes_back() -> None:
    assert rows(PAPER) == [
        {
            "key": "k1",
            "type": "article",
            "title": 'Commas, "quotes" and\nlines',
            "authors": "Jan van der Berg, Jr.; NAS Group; et al.",
            "year": "2021",
            "venue": "学报",
            "doi": "10.1/x",
            "url": "https://example.org",
            "keywords": "a; b; c",
            "priority": "close-read",
            "review": "想法\n\n第二段",
        }
    ]


def test_the_header_is_there_without_papers() -> None:
    text = "".join(render([]))
    assert text == ("\ufeffkey,type,title,authors,year,venue,doi,url,keywords,priority,review\r\n")


def test_reviews_are_left_out_as_columns() -> None:
    (row,) = rows(PAPER, with_reviews=False)
    assert list(row)[-1] == "keywords"
    assert "想法" not in "".join(row.values())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "- a list", "@SUM(A1)", "＝1", " =1", "\t=1", "=HYPERLINK(1)"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = rows(Paper("k", "k", title=text))
    assert row["title"] == f"'{text}"


def test_control_characters_are_dropped() -> None:
    (row,) = rows(Paper("k", "k", title="a\x1b[31mb\x00"))
    assert row["title"] == "a[31mb"
