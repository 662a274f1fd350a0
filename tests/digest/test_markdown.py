"""A digest as Markdown: its form, and what pandoc, YAML and a reader of sheets make of it."""

import re
from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bibnotes.digest.build import build
from bibnotes.digest.markdown import citation, quote, render, unquote
from bibnotes.escape import CONTROL, one_line
from bibnotes.model import Name, Paper, Review, ZoteroSource
from tests import pandoc
from tests.test_escape import hostile

ZOTERO = ZoteroSource("user/475001", "ABCD2345", 7)

MELLOR = Paper(
    "mellor21a",
    "mellor21a",
    title="Neural Architecture Search without Training",
    authors=(
        Name("Mellor", given="Joe"),
        Name("Turner", given="Jack"),
        Name("Storkey", given="Amos"),
        Name("Crowley", given="Elliot J."),
    ),
    year="2021",
    venue="ICML 2021",
    abstract="- One measures the overlap of activations.",
    url="https://proceedings.mlr.press/v139/mellor21a.html",
    review=Review("close-read", "用不训练的方式评估。\n\n> 问题：随机初始化？"),
)


def rendered(*papers, bibliography=(), abstracts=False, **options):
    return "".join(render(build(papers, **options), bibliography=bibliography, abstracts=abstracts))


def section(paper, **options):
    """What stands under the group's heading, up to and without the last line feed."""
    return rendered(paper, **options).split("(1)\n\n", 1)[1].removesuffix("\n")


def test_a_digest_has_the_documented_form():
    mark = MELLOR.review.digest()
    digest = rendered(
        Paper("b", "b", title="Another Title"),
        replace(MELLOR, authors=MELLOR.authors[:2], url="https://example.org/mellor21a"),
        title="Reading digest: sample.bib",
        bibliography=["sample.bib"],
    )
    assert (
        digest
        == f"""\
---
title: "Reading digest: sample.bib"
bibliography: sample.bib
bibnotes: 1
---
2 papers: 1 close read, 1 not yet reviewed

## Close read (1)

### Neural Architecture Search without Training [@mellor21a] <!-- bibnotes {mark} -->

Joe Mellor, Jack Turner · ICML 2021 · [link](https://example.org/mellor21a)

> 用不训练的方式评估。
>
> > 问题：随机初始化？

## Not yet reviewed (1)

### Another Title [@b] <!-- bibnotes {Review().digest()} -->
"""
    )


@pytest.mark.parametrize(
    ("language", "number", "opening"),
    [
        ("en", 1, "Search “Architecture”: 1 paper\n\n1 paper: 1 close read\n"),
        ("en", 3, "Search “Architecture”: 3 papers\n\n3 papers: 3 close read\n"),
        ("zh", 3, "搜索“Architecture”得到的3篇\n\n共3篇：精读3\n"),
        ("en", 0, "Search “Architecture”: 0 papers\n\n0 papers\n"),
        ("zh", 0, "搜索“Architecture”得到的0篇\n\n共0篇\n"),
    ],
)
def test_a_search_opens_the_page(language, number, opening):
    digest = rendered(*[MELLOR] * number, language=language, search="Architecture")
    assert digest.split("---\n")[2].split("\n##")[0] == opening


def test_counts_name_every_group_that_has_papers():
    papers = [
        replace(MELLOR, review=review)
        for review in (Review("skim"), Review(None, "Text."), Review(), Review(), Review("skim"))
    ]
    assert "\n5 papers: 2 skim, 1 reviewed, 2 not yet reviewed\n" in rendered(*papers)
    assert "\n共5篇：略读2，已写短评1，未读2\n" in rendered(*papers, language="zh")


@pytest.mark.parametrize(
    ("fields", "facts"),
    [
        ({"venue": "Journal of Examples"}, "Joe Mellor · Journal of Examples 2021"),
        ({"venue": "ICML 2021"}, "Joe Mellor · ICML 2021"),
        ({"venue": "arXiv:2021.01234"}, "Joe Mellor · arXiv:2021.01234 2021"),
        ({"venue": ""}, "Joe Mellor · 2021"),
        ({"venue": "", "year": ""}, "Joe Mellor"),
        ({"venue": "", "year": "", "authors": ()}, ""),
        ({"venue": "", "year": "in press"}, "Joe Mellor · in press"),
        ({"venue": "", "more_authors": True}, "Joe Mellor et al. · 2021"),
        ({"venue": "", "doi": "10.1/x(1)"}, "Joe Mellor · 2021 · [link](https://doi.org/10.1/x%281%29)"),
        ({"source": ZOTERO, "venue": ""}, f"Joe Mellor · 2021 · [Zotero]({ZOTERO.link})"),
        ({"venue": "A * B\nC"}, r"Joe Mellor · A \* B C 2021"),
        ({"authors": (Name("1. FC Example"),), "venue": ""}, r"1\. FC Example · 2021"),
    ],
)  # fmt: skip
def test_facts_are_authors_venue_year_and_link(fields, facts):
    paper = Paper("k", "k", **{"authors": (Name("Mellor", given="Joe"),), "year": "2021", **fields})
    head, *lines = section(paper).split("\n\n")
    assert head.startswith("### [@k] <!-- ")
    assert lines == ([facts] if facts else [])


def test_more_authors_are_said_in_the_digests_language():
    paper = Paper("k", "k", authors=(Name("王小明"),), more_authors=True)
    assert "\n王小明 等\n" in rendered(paper, language="zh")


def test_an_abstract_is_a_paragraph_below_the_review():
    lines = section(MELLOR, abstracts=True).split("\n\n")
    assert lines[-1] == r"\- One measures the overlap of activations."
    assert lines[-2].startswith("> ")
    assert "overlap" not in section(MELLOR)


def test_grouped_by_year_the_headings_are_years():
    digest = rendered(MELLOR, Paper("b", "b"), group_by="year", language="zh")
    assert [line for line in digest.split("\n") if line.startswith("## ")] == [
        "## 2021 (1)",
        "## 年份不详 (1)",
    ]


@pytest.mark.parametrize(
    ("files", "written"),
    [
        ([], None),
        (["refs.bib"], "bibliography: refs.bib\n"),
        (["参考/文献.bib"], "bibliography: 参考/文献.bib\n"),
        (["../my refs.bib"], 'bibliography: "../my refs.bib"\n'),
        (["a.bib", "b.bib"], "bibliography:\n  - a.bib\n  - b.bib\n"),
    ],
)
def test_the_bibliography_is_one_file_or_a_list(files, written):
    front = rendered(MELLOR, bibliography=files).split("---\n")[1]
    assert written in front if written else "bibliography" not in front


@given(hostile)
def test_front_matter_is_yaml_whatever_the_title(title):
    digest = rendered(title=title, bibliography=["a.bib"])
    assert digest.startswith("---\n")
    front = yaml.safe_load(digest.split("\n---\n")[0])
    assert list(front) == ["title", "bibliography", "bibnotes"]


@pandoc.needs_pandoc
@pytest.mark.parametrize("name", ["a*b*.bib", "it's_.bib", "_x--y_.bib", "a...b.bib", "文献.bib"])
def test_pandoc_finds_the_bibliography_by_any_name(name, tmp_path):
    (tmp_path / name).write_text(
        "@article{mellor21a, author={Mellor, Joe}, title={A Title}, year={2021}}", encoding="utf-8"
    )
    digest = rendered(MELLOR, bibliography=[name])
    page = pandoc.run(digest, "--citeproc", "-t", "plain", cwd=tmp_path)
    assert "(Mellor 2021)" in page


@given(hostile, hostile)
def test_no_control_characters_reach_a_digest(text, key):
    paper = Paper(
        text + key,
        key,
        title=text,
        authors=(Name(text),),
        year=text,
        venue=text,
        abstract=text,
        url=f"https://example.org/{text}",
        review=Review(None, text),
    )
    digest = rendered(
        paper, title=text, search=text, bibliography=[text], abstracts=True, group_by="year"
    )
    assert not CONTROL.search(digest)


asks_pandoc = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def _headings(papers):
    """The headings of the papers as pandoc reads them; all of them are unread."""
    found = pandoc.blocks(rendered(*papers))
    return [pandoc.inlines(block) for block in found if block["t"] == "Header"][1:]


@pandoc.needs_pandoc
@asks_pandoc
@given(st.lists(hostile.filter(one_line), min_size=40, max_size=60))
def test_pandoc_reads_a_heading_as_the_title_and_one_citation(titles):
    papers = [Paper(f"k{n}", f"k{n}", title=title) for n, title in enumerate(titles)]
    headings = _headings(papers)
    assert len(headings) == len(papers)
    for heading, paper in zip(headings, papers, strict=True):
        said = pandoc.letters(pandoc.text(heading))
        assert said == pandoc.letters(f"{one_line(paper.title)}<Cite><RawInline>")
        assert pandoc.keys(heading) == [(paper.key,)]


@pytest.mark.parametrize(
    ("key", "cited"),
    [
        ("mellor21a", "[@mellor21a]"),
        ("DBLP:conf/icml/X21", "[@DBLP:conf/icml/X21]"),
        ("王2021", "[@王2021]"),
        ("Müller-2021", "[@Müller-2021]"),
        ("𰑼2021", "[@{𰑼2021}]"),
        ("x--y", "[@{x--y}]"),
        ("-x", "[@{-x}]"),
        ("x:", "[@{x:}]"),
        ("a,b", "[@{a,b}]"),
        ("{a}b", "[@{{a}b}]"),
        ("10.1002/(SICI)1097<693::AID>3.0.CO;2-O", "[@{10.1002/(SICI)1097<693::AID>3.0.CO;2-O}]"),
        ("", ""),
        ("a b", ""),
        ("a{b", ""),
        ("}a{", ""),
        ("a\\{b", ""),
        ("a\x07b", ""),
        ("<script>", ""),
    ],
)
def test_a_key_is_cited_bare_in_braces_or_not_at_all(key, cited):
    assert citation(key) == cited


key_parts = st.sampled_from([*"abZ09_王é²:.#$%&-+?<>~/*@!\"'()[]{}|\\^`;,="]) | st.characters()


@pandoc.needs_pandoc
@asks_pandoc
@given(st.lists(st.lists(key_parts, min_size=1, max_size=6).map("".join), min_size=60))
def test_pandoc_reads_every_key_that_is_cited(keys):
    papers = [Paper(key, key, title="A Title") for key in keys]
    for heading, key in zip(_headings(papers), keys, strict=True):
        assert pandoc.keys(heading) == ([(key,)] if citation(key) else [])
        assert pandoc.text(heading).startswith("A Title ")


def _written_heading(paper, **options):
    (heading,) = re.findall("(?m)^### .*$", "".join(render(build([paper]), **options)))
    return heading


def test_a_paper_without_a_key_goes_by_its_title():
    mark = f"<!-- bibnotes {Review().digest()} -->"
    assert _written_heading(Paper("x", "", title="Title")) == f"### Title {mark}"
    assert _written_heading(Paper("x", "")) == f"### [untitled] {mark}"


def test_a_digest_can_say_that_all_its_reviews_are_news():
    paper = Paper("k", "k", title="T", review=Review("skim", "text"))
    assert Review().digest() in _written_heading(paper, base=Review())


@pytest.mark.parametrize(
    ("paper", "heading"),
    [
        (Paper("a b", "a b", title="Title"), "### Title <!-- bibnotes {hash} a%20b -->"),
        (Paper("AB2C--D", "a b", title="Title"), "### Title <!-- bibnotes {hash} AB2C%2D%2DD -->"),
        (Paper("-->", "a b"), "### <!-- bibnotes {hash} %2D%2D%3E -->"),
    ],
)
def test_a_paper_that_cannot_be_cited_is_known_by_its_id(paper, heading):
    assert section(paper) == heading.format(hash=Review().digest())


REVIEWS = [
    "> quoted\n>> twice\n>",
    "    code\n\n```\nfence\n",
    "| a | b |\n| - | - |\n| 1 | 2 |",
    "hard break  \nnext",
    "<!-- a comment\n## and no end",
    "---\ntitle: x\n---",
    "\x1b[31mred&#27;&#38;#27;\x85\u2028\u202e",
    "tabs\tand\n\n\n   spaces",
]


@given(st.text() | hostile | st.text("> \n-#`ab", max_size=30))
@example("\n".join(REVIEWS))
def test_a_review_comes_back_exactly(text):
    review = Review(None, text)
    assert unquote(quote(review.text)) == review.text


@given(st.text() | st.text("> \n-#`ab", max_size=30))
def test_every_line_of_a_quoted_review_is_in_the_quote(text):
    quoted = quote(Review(None, text).text)
    assert all(line.startswith(">") and line != "> " for line in quoted.split("\n") if quoted)


def test_a_quote_is_read_without_the_space_too():
    assert unquote(">a\n>\n> b") == "a\n\nb"


@pandoc.needs_pandoc
@pytest.mark.parametrize("text", REVIEWS)
def test_pandoc_keeps_a_review_inside_its_quote(text):
    found = pandoc.blocks(rendered(replace(MELLOR, review=Review(None, text)), MELLOR))
    assert [block["t"] for block in found] == [
        *("Para", "Header", "Header", "Para", "BlockQuote"),
        *("Header", "Header", "Para", "BlockQuote"),
    ]


def test_equal_papers_make_equal_bytes():
    once, again = (list(render(build([MELLOR, MELLOR]))) for _ in range(2))
    assert once == again
