"""A part of a .bib file says of its papers what the whole file says, in the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bibnotes.bibtex.library import BibLibrary
from bibnotes.model import Paper, Review
from bibnotes.scale import DEFAULT_SCALE

HERE = Path(__file__).parents[1]
FILES = [HERE.parent / "sample.bib", *sorted((HERE / "data" / "bibtex-cases").glob("*.bib"))]

RICH = r"""% Encoding: UTF-8
@preamble{ "\providecommand{\noop}[1]{}" # extra }
@string{extra = "\relax"}
@string{press = {Example Press}}
@string{place = "Town, " # land}
@string{land = {Nowhere}}
@string{where = place # " again"}
@string(unused = {never})

@misc{child, title = {The Child}, crossref = {Parent}, month = jul}
A note between the entries.
@misc{single, title = {Single} # { and } # press,
  annote = {read {it}}, keywords = {a, 精读} }
@string{press = {Other Press}}
@misc{later, publisher = press, title = {Later}, address = where, annote = mine # {!}}
@proceedings{parent, title = {The Parent}, xdata = {shared, more}}
@xdata{shared, publisher = press}
@xdata{more, location = {Town}}
@misc{other, title = {Other}}
"""


def library(data: bytes | str) -> BibLibrary:
    raw = data.encode() if isinstance(data, str) else data
    return BibLibrary("refs.bib", raw, scale=DEFAULT_SCALE, language="zh")


def excerpt(data: bytes | str, *keys: str, with_reviews: bool = True) -> str:
    source = library(data)
    papers = [paper for paper in source.papers() if paper.key in keys]
    made = source.excerpt(papers, with_reviews=with_reviews)
    assert made.problems == []
    return made.data.decode()


def said(paper: Paper) -> Paper:
    return replace(paper, source=None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_paper_alone_reads_as_in_the_whole_file(path: Path) -> None:
    whole = library(path.read_bytes())
    for paper in whole.papers():
        part = whole.excerpt([paper], with_reviews=True)
        if not part.problems:
            (found,) = library(part.data).find(paper.key)
            assert said(found) == said(paper)


@given(st.sets(st.sampled_from(["child", "single", "later", "parent", "other"])), st.booleans())
def test_any_papers_together_read_as_in_the_whole_file(keys: set[str], crlf: bool) -> None:
    data = RICH.replace("\n", "\r\n") if crlf else RICH
    part = library(excerpt(data, *keys))
    assert [said(found) for found in part.papers() if found.key in keys] == [
        said(paper) for paper in library(data).papers() if paper.key in keys
    ]
    assert part.problems() == []


def test_only_what_is_needed_is_there_in_the_order_of_the_file() -> None:
    assert (
        excerpt(RICH, "later")
        == r"""% Encoding: UTF-8
@preamble{ "\providecommand{\noop}[1]{}" # extra }

@string{place = "Town, " # land}

@string{where = place # " again"}

@string{press = {Other Press}}
@misc{later, publisher = press, title = {Later}, address = where, annote = mine # {!}}
"""
    )


def test_parents_come_with_their_parents_and_their_macros() -> None:
    part = excerpt(RICH, "child")
    for text in ("@misc{child", "@proceedings{parent", "@xdata{shared", "@xdata{more", "Other"):
        assert text in part
    assert "Example Press" not in part
    assert "@misc{other" not in part


def test_a_macro_is_the_one_that_stood_before_its_use() -> None:
    assert "Example Press" in excerpt(RICH, "single")
    assert "Other Press" not in excerpt(RICH, "single")


def test_without_reviews_only_review_and_priority_are_gone() -> None:
    part = excerpt(RICH, "single", "later", with_reviews=False)
    assert "@misc{single, title = {Single} # { and } # press, keywords = {a} }" in part
    assert "@misc{later, publisher = press, title = {Later}, address = where}" in part
    papers = list(library(part).papers())
    assert [paper.review for paper in papers] == [Review(), Review()]


def test_every_field_that_may_hold_a_review_goes() -> None:
    data = "@a{k, annote={1}, comment={2}, annote={3}, annotation={4}, priority={prio1}, note={5}}"
    assert excerpt(data, "k", with_reviews=False) == "@a{k, note={5}}\n"


def test_another_programs_priority_stays() -> None:
    data = "@a{k, priority={high}}"
    assert excerpt(data, "k", with_reviews=False) == data + "\n"


def test_a_review_that_cannot_be_taken_out_keeps_its_entry_out() -> None:
    source = library("@string{tag = {精读}}\n@a{k, keywords = tag}\n@a{l, title = {L}}")
    part = source.excerpt(list(source.papers()), with_reviews=False)
    assert part.data == b"@a{l, title = {L}}\n"
    assert [str(problem) for problem in part.problems] == [
        "refs.bib:2: k: left out: a part of its review comes from an @string"
    ]


def test_a_damaged_entry_is_left_out_and_named() -> None:
    source = library("@a{k, title={T} oops}\n@a{l, title={L}}")
    part = source.excerpt(list(source.papers()), with_reviews=True)
    assert part.data == b"@a{l, title={L}}\n"
    assert [problem.key for problem in part.problems] == ["k"]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "gb18030", "latin-1", "utf-8"])
def test_the_encoding_is_kept(codec: str) -> None:
    title = "Überblick" if codec == "latin-1" else "架构搜索综述与它的问题"
    data = f"% x\n@a{{k, title={{{title}}}}}\n@a{{l, title={{{title}}}}}\n".encode(codec)
    source = library(data)
    part = source.excerpt(source.find("k"), with_reviews=True).data
    assert part == data[: len("".encode(codec))] + f"@a{{k, title={{{title}}}}}\n".encode(
        codec.removesuffix("-sig").replace("utf-16", "utf-16-le")
    )


def test_a_declared_encoding_is_declared_again() -> None:
    data = "% Encoding: ISO8859_1\r\n\r\n@a{k, title={é}}\r\n".encode("latin-1")
    assert library(data).excerpt(library(data).find("k"), with_reviews=True).data == (
        "% Encoding: ISO8859_1\r\n@a{k, title={é}}\r\n".encode("latin-1")
    )


def test_no_paper_is_no_byte() -> None:
    assert excerpt(RICH) == ""
