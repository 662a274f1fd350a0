"""Citations that pandoc, LaTeX and Markdown take as they are."""

from __future__ import annotations

import pytest

from bibnotes.citing import citations
from bibnotes.errors import BibnotesError, UsageError
from bibnotes.model import Paper, ZoteroSource
from tests import pandoc


def papers(*keys: str) -> list[Paper]:
    return [Paper(key, key, title=f"Title of {key}") for key in keys]


def test_pandoc_takes_several_keys_in_one_citation() -> None:
    assert citations.pandoc(papers("a")) == "[@a]"
    assert citations.pandoc(papers("a", "x--y", "王2021")) == "[@a; @{x--y}; @王2021]"


@pandoc.needs_pandoc
def test_pandoc_reads_back_the_keys_that_were_cited() -> None:
    keys = ["a", "x--y", "DBLP:conf/icml/X21", "a,b", "王2021", "a;b"]
    (block,) = pandoc.blocks(citations.pandoc(papers(*keys)))
    assert pandoc.keys(pandoc.inlines(block)) == [tuple(keys)]


@pytest.mark.parametrize("key", ["", "a b", "a{b"])
def test_a_key_that_pandoc_cannot_take_is_named(key: str) -> None:
    with pytest.raises(BibnotesError) as caught:
        citations.pandoc(papers("good", key))
    assert "--as markdown" in caught.value.hint
    assert "good" not in caught.value.message


@pytest.mark.parametrize(
    ("command", "cited"),
    [("cite", r"\cite{a,b:c}"), ("parencite", r"\parencite{a,b:c}"), (r"\Cite*", r"\Cite*{a,b:c}")],
)
def test_latex_takes_any_command(command: str, cited: str) -> None:
    assert citations.latex(papers("a", "b:c"), command) == cited


@pytest.mark.parametrize("command", ["", "cite{", "cite me", "引用"])
def test_what_is_no_command_is_refused(command: str) -> None:
    with pytest.raises(UsageError):
        citations.latex(papers("a"), command)


@pytest.mark.parametrize("key", ["a,b", "a b", "a%b", "a#b", "a{b}", "a\\b", "a~b", ""])
def test_a_key_that_latex_cannot_take_is_named(key: str) -> None:
    with pytest.raises(BibnotesError):
        citations.latex(papers(key))


def test_links_lead_to_where_a_paper_is_read() -> None:
    found = [
        Paper("a", "a", title="A *b* [c]", url="https://example.org/a(b)"),
        Paper("d", "d", doi="10.1/x"),
        Paper("e", "e", title="No address"),
        Paper("f", "f", title="F", source=ZoteroSource("group/5", "ABCD2345", 1)),
    ]
    assert citations.links(found).split("\n") == [
        r"[A \*b\* \[c\]](https://example.org/a%28b%29)",
        "[d](https://doi.org/10.1/x)",
        "No address",
        "[F](zotero://select/groups/5/items/ABCD2345)",
    ]
