from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bibnotes.errors import UsageError
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.listing import (
    Listed,
    Listing,
    decode,
    looks_like_listing,
    open_listing,
    read_listing,
)

from . import layouts

PAGES = sorted(
    page
    for page in layouts.DATA.rglob("*")
    if page.suffix in (".txt", ".md", ".html") and page.with_suffix(".yaml").exists()
)
SEED_PAGE = os.environ.get("BIBNOTES_SEED_PAGE", "")


def read(text: str) -> Listing:
    return read_listing(text, DEFAULT_SCALE)


def opened(page: Path) -> Listing:
    return open_listing(page.name, page.read_bytes(), DEFAULT_SCALE)


def said(listing: Listing) -> list[dict[str, Any]]:
    """The papers as the .yaml beside a page writes them, abstracts apart."""
    return [
        {
            "title": paper.title,
            "authors": list(paper.authors),
            "priority": paper.review.priority,
            "review": paper.review.text,
        }
        for paper in listing.papers
    ]


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_reads_a_page_whole(page: Path) -> None:
    expected = yaml.safe_load(page.with_suffix(".yaml").read_text("utf-8"))
    listing = opened(page)
    assert said(listing) == [
        {
            "title": paper["title"],
            "authors": paper["authors"],
            "priority": paper.get("priority"),
            "review": paper.get("review", "").strip(),
        }
        for paper in expected["papers"]
    ]
    for paper, wanted in zip(listing.papers, expected["papers"], strict=True):
        first, last = wanted.get("abstract", ("", ""))
        assert bool(paper.abstract) == bool(first)
        assert paper.abstract.startswith(first)
        assert paper.abstract.endswith(last)
    remarks = "\n".join(remark.text for remark in listing.remarks)
    assert [each for each in expected["remarks"] if each not in remarks] == []
    spoken = "\n".join(f"{p.title}\n{p.authors}\n{p.abstract}\n{p.review}" for p in listing.papers)
    assert [each for each in expected.get("absent", ()) if each in spoken] == []


@pytest.mark.parametrize("seed", range(0, 1200, 10))
def test_reads_the_same_papers_in_whatever_layout(seed: int) -> None:
    layout = layouts.random_layout(seed)
    expected = layouts.expected(layout)
    papers = [_without_place(paper) for paper in read(layouts.page(layout)).papers]
    assert papers == expected


def _without_place(paper: Listed) -> Listed:
    """The paper without what layouts do not set: line, address, year."""
    return replace(paper, line=0, url="", year="", more_authors=False)


def test_a_page_of_ours_of_the_seed_pages_shape_keeps_every_line_once() -> None:
    page = layouts.DATA / "middots-zh.txt"
    assert _lines_of(opened(page)) == sorted(_chinese_lines(decode(page.read_bytes())))


# --- the page that bibnotes began with ------------------------------------------------------------

_TAGGED = {
    "Joe Mellor": "close-read",
    "Miao Zhang": "close-read",
    "Samet Oymak": "close-read",
    "Niv Nayman": "interesting",
    "Yiyang Zhao": "interesting",
    "Shen Yan": "interesting",
    "Vu Nguyen": "interesting",
}


@pytest.mark.skipif(not SEED_PAGE, reason="BIBNOTES_SEED_PAGE names no file")
def test_seed_page() -> None:
    page = Path(SEED_PAGE)
    listing = opened(page)
    papers = listing.papers
    assert len(papers) == 16
    untitled = {"Jingjing Xu", "Niv Nayman", "Yiyang Zhao", "Vu Nguyen"}
    assert {paper.authors[0] for paper in papers if not paper.title} == untitled
    assert all(len(paper.authors) > 1 and len(paper.abstract) > 800 for paper in papers)
    tags = {paper.authors[0]: paper.review.priority for paper in papers}
    assert {name: tag for name, tag in tags.items() if tag} == _TAGGED
    reviewed = {paper.authors[0] for paper in papers if paper.review.text}
    assert reviewed == {*_TAGGED, "Jingjing Xu"}
    lines = [line for paper in papers for line in paper.review.text.splitlines()]
    assert not [line for line in lines if not _HAN.search(line)]  # the abstracts are in English
    remarks = [remark.text for remark in listing.remarks]
    assert len(remarks) == 7
    assert remarks[0].startswith("ICML 2021")
    assert re.match("搜索.*得到的16篇$", remarks[4])
    assert "欢迎讨论" in remarks[5]
    assert remarks[6].startswith("posted @")
    assert _lines_of(listing) == sorted(_chinese_lines(decode(page.read_bytes())))
    whole = [line for line in _chinese_lines(decode(page.read_bytes())) if line in lines]
    assert whole == lines  # in the page's order


_HAN = re.compile(r"[㐀-鿿]")
_TAG_LINES = ("精读", "【兴趣文章】", "【略读】")


def _chinese_lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if _HAN.search(line) and line not in _TAG_LINES]


def _lines_of(listing: Listing) -> list[str]:
    """Every Chinese line that a listing gives back, as a review or as a remark."""
    reviews = [line for paper in listing.papers for line in paper.review.text.splitlines()]
    remarks = [remark.text for remark in listing.remarks if _HAN.search(remark.text)]
    return sorted(reviews + remarks)


# --- what is told apart ---------------------------------------------------------------------------


def test_tells_listings_from_sheets_and_bibtex() -> None:
    assert all(looks_like_listing(decode(page.read_bytes())) for page in PAGES)
    assert not looks_like_listing("---\nbibnotes: 1\n---\n\n## Close read\n")
    assert not looks_like_listing("- key: mellor21a\n  priority: skim\n")
    assert not looks_like_listing("@article{a, title={T}}\n")
    assert not looks_like_listing("")


def test_a_number_in_a_title_stays() -> None:
    page = "3D Printing of Bridges\n\nAda Example, Benno Sample\n\nAbstract: We print bridges.\n"
    (paper,) = read(page).papers
    assert paper.title == "3D Printing of Bridges"


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    page = (
        "\ufeffA preface.\r\n\r\n1. Fine Sand\r\nAda Example; Benno Sample\r\n\r\n短评:很好。\r\n"
    )
    (paper,) = read(page).papers
    assert (paper.line, paper.title, paper.review.text) == (3, "Fine Sand", "很好。")


def test_a_word_wrapped_after_its_hyphen_is_whole_again() -> None:
    page = (
        "1. Fine Sand\nAda Example; Benno Sample\n\n"
        "Abstract: Sieving sand is slow, and nobody likes it. We do it in a third of the wall-\n"
        "clock time of those that came before. We show that this is best for any grain, with pre-\n"
        "and post-treatment, and that its cost grows with the square root of the load.\n"
    )
    (paper,) = read(page).papers
    assert "wall-clock time" in paper.abstract
    assert "pre- and post-treatment" in paper.abstract


def test_more_authors_than_are_named() -> None:
    (paper,) = read("# Fine Sand\n\nAda Example, Benno Sample, et al.\n\n短评:很好。\n").papers
    assert (paper.authors, paper.more_authors) == (("Ada Example", "Benno Sample"), True)


def test_where_and_when_a_paper_appeared() -> None:
    page = (
        "### [Fine Sand](https://example.org/sand) (ICML 2021)\n\nAda Example; Benno Sample\n\n"
        "短评:很好。\n"
    )
    (paper,) = read(page).papers
    assert (paper.title, paper.url, paper.year) == (
        "Fine Sand",
        "https://example.org/sand",
        "2021",
    )


def test_two_tags_on_one_paper_are_both_kept() -> None:
    (paper,) = read("# Fine Sand [skim]\n\nAda Example; Benno Sample\n\n精读\n很好。\n").papers
    assert (paper.review.priority, paper.review.also) == ("close-read", ("skim",))


# --- input from outside ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "p.txt: the file is empty"),
        (b" \r\n\r\n", "p.txt: the file is empty"),
        (bytes(range(256)) * 40, "p.txt: this is not text"),
        (b"\x7fELF" + b"\x00" * 400, "p.txt: this is not text"),
        (b"Milk\nEggs\n", "p.txt: no paper was found on this page"),
        (b"<html><body><script>var a = 1</script></body></html>", "p.txt: no paper was found"),
        (b"a" * 20_000_001, "p.txt: more than 20 MB"),
    ],
    ids=["empty", "blank", "bytes", "program", "shopping", "script", "large"],
)
def test_what_is_no_listing_is_said_so(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        open_listing("p.txt", data, DEFAULT_SCALE)
    assert raised.value.message.startswith(message)
    assert raised.value.hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_reads_the_encodings_that_pages_are_saved_in(encoding: str) -> None:
    page = layouts.DATA / "labels-zh.txt"
    data = decode(page.read_bytes()).encode(encoding)
    assert open_listing("p.txt", data, DEFAULT_SCALE) == opened(page)


def test_a_tag_behind_a_blank_line_is_of_the_paper_before_it() -> None:
    (paper,) = read("Fine Sand\n\n精读").papers
    assert (paper.title, paper.review.priority) == ("Fine Sand", "close-read")
    alone = read("精读\n精读")
    assert (alone.papers, [remark.text for remark in alone.remarks]) == ((), ["精读", "精读"])


_PIECES = st.sampled_from(
    [
        *("Fine Sand", "Ada Example · Benno Sample", "王示例、李样本", "精读", "【兴趣文章】"),
        *("Abstract:", "短评:", "1.", "〔2〕", "#", "> ", "- ", "---", "[a](https://example.org)"),
        *(",", "(", "\\", "*", " ", "\t", "\n", "\n\n", "\r\n", "\x00", "\u2028", "\ud7ff"),
        *("<html>", "<p>", "</p>", "<div>", "<script>", "</script>", "<!--", "&#0;", "&amp;"),
        "We propose a sieve that wastes no sand and show that it is optimal.",
        "2021",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=8), max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text: str) -> None:
    listing = read(text)
    assert all(paper.title or paper.authors for paper in listing.papers)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        open_listing("p.txt", data, DEFAULT_SCALE)


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 19_000, "," * 19_000, ", " * 9_000, ";" * 19_000, "[" * 60_000, "*" * 60_000),
        *("Ada" + "(a) " * 4_500 + "Benno", "a" + " " * 19_000 + "b", "[a](https://x " * 9_000),
        *("a\n" * 6_000, ",\n" * 3_000, "<div>" * 40_000 + "x", "<ul><li>" * 20_000 + "x"),
        *("<html>" + "</p>" * 40_000, "<html><!--" + "-" * 100_000, "<html>" + "&lt;" * 40_000),
    ],
    ids=lambda text: text[:8].strip(),
)
def test_what_would_take_minutes_by_any_step_that_is_not_linear(text: str) -> None:
    assert len(read(text).papers) <= 1


def test_nothing_of_a_saved_site_but_its_main_content() -> None:
    page = """<!DOCTYPE html><html><head><title>t</title><script>var x = 1</script></head><body>
    <nav><a href="/">Home</a> <a href="/b">Archive of everything</a></nav><main>
    <h2>Fine Sand</h2><p>Ada Example &middot; Benno Sample</p><!-- hidden -->
    <p style="display: none">unseen</p><script>document.write("unseen")</script>
    <p>We propose a sieve that wastes no sand and show that it is optimal for every grain.</p>
    <p>短评:很好 &lt;3 &amp; 快。</p></main>
    <div class="comments"><p>First!</p></div><footer>&copy; nobody</footer></body></html>"""
    (paper,) = read(page).papers
    assert paper.title == "Fine Sand"
    assert paper.authors == ("Ada Example", "Benno Sample")
    assert paper.review.text == "很好 <3 & 快。"
    assert read(page).remarks == ()
