"""Text from records in the places it lands in: terminal, Markdown, links, YAML."""

from urllib.parse import unquote

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bibnotes.escape import (
    CONTROL,
    entities,
    harmless,
    link_url,
    markdown,
    one_line,
    paragraph,
    unentities,
    unmarkdown,
    yaml_string,
)

from . import pandoc

SPECIAL = [
    *"*_|<>&`[]#$~^@\\\"'-.{}!:+=()%/;,?1aAiI ",
    *("--", "---", "...", "**", "~~", "``", "$$", "  ", "\n", "\t", "1. ", "(a) ", "I. ", "iv) "),
    *("$x$", "$\\alpha_1$", "$a{b}$", "$a{b$", "$5 and $10", "\\text{", "\\("),
    *("<script>", "</b>", "<!--", "-->", "&amp;", "&#65;", "[@k]", "![a](b)", "{#id}", ":::"),
    *(
        "é",
        "王小明",
        "“",
        "”",
        "’",
        "👩🏽‍🔬",
        "שלום",
        "مرحبا",
        "\u200b",
        "\u200f",
        "\xa0",
        "\u3000",
    ),
    *("\x1b[31m", "\x07", "\x00", "\x9b", "\u202e", "\u2066", "\u2028", "\ud800"),
    *("http://a_b.c/", "x@y.zz", "Mr. ", "e.g. "),
]
hostile = st.lists(st.sampled_from(SPECIAL) | st.text(max_size=3), max_size=10).map("".join)
# Each example is a run of pandoc over a document of many texts.
many = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two lines"),
        ("a \t\r\n b", "a b"),
        (" padded ", "padded"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("left\u202etfel", "lefttfel"),
        ("a\x00 \x9bb", "a b"),
        ("zero\u200dwidth joiners stay", "zero\u200dwidth joiners stay"),
    ],
)
def test_a_line_for_a_terminal_has_single_spaces_and_no_controls(text, shown):
    assert one_line(text) == shown


def test_lines_for_a_terminal_keep_tabs_and_line_ends():
    assert harmless("a\tb\r\nc\x1b[2J\u2067") == "a\tb\nc[2J"


@given(hostile)
def test_no_place_gets_control_characters(text):
    for escape in (harmless, one_line, markdown, paragraph, link_url, yaml_string, entities):
        assert not CONTROL.search(escape(text))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Neural Architecture Search (2nd ed.)", "Neural Architecture Search (2nd ed.)"),
        ("snake_case and _this_", r"snake_case and \_this\_"),
        ("C# and #tags", r"C# and \#tags"),
        ("R&D &amp; AT&T", r"R&D \&amp; AT&T"),
        ("well-known -- or not", r"well-known -\- or not"),
        ("$n$-body problems cost $5", r"$n$-body problems cost \$5"),
        ("costs $5 and $10", r"costs \$5 and \$10"),
        ("$a{b$ is no formula", r"\$a\{b\$ is no formula"),
        ("$<script>$ is none either", r"\$\<script>\$ is none either"),
    ],
)
def test_markdown_escapes_what_would_act_and_leaves_the_rest(text, escaped):
    assert markdown(text) == escaped


@given(hostile)
def test_escaped_markdown_comes_back(text):
    assert unmarkdown(markdown(text)) == one_line(text)


@pytest.mark.parametrize("piece", ["$", "\\", "$\\", "$a ", "_", "-", "&", "[", "$a{", "<"])
def test_much_hostile_text_is_escaped_in_linear_time(piece):
    text = one_line(piece * 200_000)
    assert unmarkdown(markdown(text)) == text


@pandoc.needs_pandoc
@many
@given(st.lists(hostile.filter(one_line), min_size=40, max_size=60))
def test_pandoc_reads_paragraphs_as_the_text_they_are(texts):
    # "%" would begin a title block at the start of the document, where a digest has front matter.
    _, *blocks = pandoc.blocks("\n\n".join(["Start", *map(paragraph, texts)]))
    assert [block["t"] for block in blocks] == ["Para"] * len(texts)
    for block, text in zip(blocks, texts, strict=True):
        assert pandoc.letters(pandoc.text(block["c"])) == pandoc.letters(one_line(text))


@pandoc.needs_pandoc
@many
@given(st.lists(hostile.map(lambda text: text.replace("$", "")).filter(one_line), min_size=40))
def test_commonmark_reads_paragraphs_as_the_text_they_are(texts):
    blocks = pandoc.blocks("\n\n".join(map(paragraph, texts)), "commonmark")
    assert [pandoc.letters(pandoc.text(block["c"])) for block in blocks] == [
        pandoc.letters(one_line(text)) for text in texts
    ]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("1. First", r"1\. First"),
        ("# Heading", r"\# Heading"),
        ("> quote", r"\> quote"),
        ("- item", r"\- item"),
        ("(ii) item", r"(ii\) item"),
        ("A. Einstein", "A. Einstein"),
        ("2021 was a year", "2021 was a year"),
    ],
)
def test_a_paragraph_begins_no_other_block(text, escaped):
    assert paragraph(text) == escaped


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://example.org/a_b?c=d&e=f#g", "https://example.org/a_b?c=d&e=f#g"),
        ("https://example.org/a(1) b", "https://example.org/a%281%29%20b"),
        ('https://example.org/<">', "https://example.org/%3C%22%3E"),
        ("https://example.org/王\u030a", "https://example.org/%E7%8E%8B%CC%8A"),
        ("https://example.org/?a&copy;", "https://example.org/?a&amp;copy;"),
    ],
)
def test_an_address_is_escaped_only_where_markdown_would_cut_or_change_it(url, written):
    assert link_url(url) == written


@pandoc.needs_pandoc
@many
@given(st.lists(hostile.map("https://example.org/".__add__), min_size=40, max_size=60))
@pytest.mark.parametrize("form", ["markdown", "commonmark"])
def test_a_link_leads_where_the_address_says(form, urls):
    document = "\n\n".join(f"[link]({link_url(url)})" for url in urls)
    for block, url in zip(pandoc.blocks(document, form), urls, strict=True):
        [link] = block["c"]
        address = link_url(url).replace("&amp;", "&")
        assert pandoc.letters(unquote(link["c"][2][0])) == pandoc.letters(unquote(address))


@given(st.text())
def test_yaml_strings_come_back(text):
    quoted = yaml_string(text)
    assert "\n" not in quoted
    assert yaml.safe_load(quoted) == text


@given(hostile | st.lists(st.sampled_from(["&", "#38;", "#27;", "\x1b", "#0;"])).map("".join))
def test_control_characters_come_back_from_entities(text):
    assert unentities(entities(text)) == text


@pytest.mark.parametrize("text", ["&amp; &#8212; &#x1b; & AT&T", "# Title\n\n- a\tb"])
def test_entities_leave_other_markdown_alone(text):
    assert entities(text) == text
