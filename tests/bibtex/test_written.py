"""Entries that are written for papers from elsewhere read back as what they say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bibnotes.bibtex.library import BibLibrary
from bibnotes.bibtex.source import scan
from bibnotes.bibtex.written import entry_of, is_key, rekeyed
from bibnotes.escape import one_line
from bibnotes.model import Name, Paper
from bibnotes.scale import DEFAULT_SCALE
from tests.test_escape import hostile

PAPER = Paper(
    "k",
    "k",
    type="article",
    title="100 % of {x} & $y^2$",
    authors=(Name("Berg", "Jan", "van der", "Jr."), Name("NAS and Group"), Name("王", "小明")),
    more_authors=True,
    year="2021",
    venue="Journal_of #1",
    doi="10.1/a_b",
    arxiv="2101.00001",
    url="https://example.org/a_b?c={d}",
    keywords=("a", "b"),
)


def read(data: bytes) -> Paper:
    (paper,) = BibLibrary("x.bib", data, scale=DEFAULT_SCALE, language="en").papers()
    return paper


def test_an_entry_says_what_the_paper_does() -> None:
    found = read(entry_of(PAPER))
    for name in ("key", "type", "title", "authors", "more_authors", "year", "venue", "arxiv"):
        assert getattr(found, name) == getattr(PAPER, name)
    assert found.keywords == PAPER.keywords
    assert found.url == "https://example.org/a_b?c=%7Bd%7D"


@given(hostile, hostile, hostile)
def test_any_texts_make_one_whole_entry(title: str, family: str, url: str) -> None:
    paper = Paper("k", "k", title=title, authors=(Name(family, "A"),), venue=title, url=url)
    (entry,) = scan(entry_of(paper)).entries
    assert entry.damage == ""
    assert [found.name for found in entry.fields] == [
        name.encode()
        for name, said in (
            ("title", title),
            ("author", family + "A"),
            ("howpublished", title),
            ("url", url),
        )
        if said
    ]


@given(st.text(max_size=8))
def test_a_key_that_is_taken_for_one_is_one(key: str) -> None:
    if is_key(key):
        assert read(entry_of(Paper(key, key, title="T"))).key == key


def test_an_entry_gets_another_key_and_nothing_else_changes() -> None:
    assert rekeyed(b"\n@book{old ,\n\ttitle = {T},\n}\n", "new") == (
        b"@book{new ,\n\ttitle = {T},\n}"
    )
    assert rekeyed(b"\n@book{two words, title={T}}", "k") == b""
    assert rekeyed(b"", "k") == b""
    assert one_line(rekeyed(b"@a{, title={T}}", "k").decode()) == "@a{k, title={T}}"
