"""Titles of CSL-JSON as Markdown, and in the case of sentences."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from bibnotes.citing.markup import markdown, sentence_case
from tests import pandoc
from tests.test_escape import hostile

NAS = '<span class="nocase">NAS</span>'


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"On {NAS}", "On [NAS]{.nocase}"),
        ("<i>In vivo</i> H<sub>2</sub>O, 10<sup>3</sup>", "*In vivo* H~2~O, 10^3^"),
        ("<b>x</b>", "**x**"),
        ("<i>x<sup>2</sup></i>", "*x^2^*"),
        ("\ufdd0x\ufdd4", "x"),
        ("a <script> & <i>b", r"a \<script> & \<i>b"),
        ("1. a *b* $x^2$", r"1\. a \*b\* $x^2$"),
        ("<i> spaced </i>", r"\<i> spaced \</i>"),
    ],
)
def test_tags_become_markup_and_all_else_is_text(text: str, read: str) -> None:
    assert markdown(text) == read


@pandoc.needs_pandoc
def test_pandoc_reads_hostile_titles_as_one_paragraph() -> None:
    titles = [f"{NAS} {text}" for text in ("<b>", "---", "# x", "[a](b)", "@k", "`c`", "$ 5 $")]
    for title in titles:
        (block,) = pandoc.blocks(markdown(title))
        assert block["t"] == "Para"


@given(hostile)
def test_no_text_is_lost_on_the_way_to_sentence_case(text: str) -> None:
    assert sentence_case(text).casefold() == text.casefold()


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("Architecture Search without Training", "Architecture search without training"),
        (f"Green {NAS} Search: A Kernel", f"Green {NAS} search: A kernel"),
        ("BERT and ImageNet Models", "BERT and ImageNet models"),
        ("What Fits? A Study of U-Nets", "What fits? A study of u-nets"),
        ("Few-Shot Learning of Gödel’s World", "Few-shot learning of gödel’s world"),
        ("想法 Of Things", "想法 of things"),
        ("On $A Big Formula$", "On $A Big Formula$"),
    ],
)  # fmt: skip
def test_words_lose_a_capital_that_only_titles_give_them(title: str, sentence: str) -> None:
    assert sentence_case(title) == sentence


@pandoc.needs_pandoc
def test_pandoc_changes_the_case_alike() -> None:
    title = "Self-Supervised Learning of BERT-Style Models: An Overview. Next? A Few Words on GANs"
    record = f"@article{{k, title={{{title}}}}}"
    (theirs,) = pandoc.run(record, "-f", "biblatex", "-t", "csljson", read=json.loads)
    assert sentence_case(title) == theirs["title"]
