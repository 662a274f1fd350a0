from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bibnotes.zotero.note_html import lost, normal, said, to_html, to_markdown
from tests.zotero.note_rewrites import BLOCKS, cleaned, edited

RECORDED = Path(__file__).parents[1] / "data" / "zotero"


def recorded_notes(name: str) -> list[str]:
    """Every note that was answered in a recording of the desktop."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("note"), str):
                found.append(value["note"])
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    recording = json.loads(gzip.decompress((RECORDED / "local" / name).read_bytes()))
    look([exchange["response"]["body"] for exchange in recording["exchanges"]])
    return found


# What people write most comes back as it was written.

AS_WRITTEN = {
    "lines": "line one\nline two\n\nsecond paragraph",
    "emphasis": "**bold**, *em*, ***both***, ~~struck~~ and `code`",
    "emphasis in emphasis": "**bold with *em* in it** and *em with **bold** in it*",
    "headings": "# One\n\n## Two\n\ntext\n\n###### Six",
    "bullets": "- one\n- two\n  - deeper\n    - deepest\n- three",
    "numbers": "3. three\n4. four\n   - in between\n5. five",
    "a loose list": "- one\n\n- two\n\n  still two",
    "a to-do list": "- [ ] compare the tables\n- [x] read",
    "quotes": "> quoted\n>\n> > in a quote\n\nafter",
    "code": "```python\ndef f():\n\n    return 1\n```",
    "a table": "| model | top-1 |\n| --- | ---: |\n| *A* | 71.2 |\n| `a\\|b` | |",
    "links": 'see [the paper](https://e.org/a_(b)?x=1&y=2 "its title"), <https://e.org/>, <a@e.o>',
    "a Zotero link": "[open](zotero://select/library/items/ABCD2345)",
    "a link in Chinese": "[词条](https://e.org/神经架构)",
    "formulas": "a cost of $5 and $6, $O(n^2)$, $\\alpha_i*\\beta_i$",
    "a displayed formula": "so\n\n$$\na\n+ b \\\\\n- c\n$$\n\nholds",
    "sub and sup": "H<sub>2</sub>O and 10<sup>-3</sup>",
    "a hard break": "one\\\ntwo",
    "a rule": "above\n\n---\n\nbelow",
    "an image": "![a plot](https://e.org/plot.png)",
    "an image with a title": '![a plot](https://e.org/plot.png "Fig. 3: \\"ours\\"")',
    "a fence that says more": "```{r, echo=FALSE}\nx = 1\n\n  y\n```\n\n- ~~~ 见附录\n  z\n  ~~~",
    "a fence in a fence": "````\n```python\nx\n```\n````",
    "numbers that jump": "3. good\n4. also\n\n7) weak",
    "wide indents": "　　第一段。\n\n　　第二段",
    "Chinese emphasis": "**想法**：看初始化；**“引号”**后，用BERT**“预训练”**的，*（括号）*里",
    "text like Markdown": "snake_case, 5*3, 2 * 3, a < b, [1], C#, 50%, ~10, x^2, AT&T, @one",
    "HTML is text": "<b>not bold</b> <!-- seen --> <br>",
    "references are text": "[注]: 见附录\n[^1]: note\n\n[1]: https://e.org [a][1]",
    "escapes that are needed": "\\*not em\\* and \\`not code\\` and \\$x\\$",
    "lines that begin like blocks": "\\- no item\n\n1986\\. A year\n\n\\# no heading\n\n\\> none",
    "a backslash at the end": "读完摘要:**想法** 100% {sic}, $a_b$\n\n- @one\n- `x & y`\\",
    "two lists in a row": "- a\n\n* b",
    "nothing": "",
}


@pytest.mark.parametrize("text", AS_WRITTEN.values(), ids=AS_WRITTEN)
def test_what_people_write_comes_back_exactly(text: str) -> None:
    assert to_markdown(to_html(text)) == text
    assert to_markdown(cleaned(to_html(text))) == text


# Notation that HTML does not keep comes back in one notation.

NORMALISED = {
    "bullets": ("* a\n* b", "- a\n- b"),
    "signs of emphasis": ("_a_ and __b__", "*a* and **b**"),
    "a list right below a line": ("要点：\n- a", "要点：\n\n- a"),
    "underlined headings": ("Title\n=====\nSub\n---", "# Title\n\n## Sub"),
    "indented code": ("a\n\n    code", "a\n\n```\ncode\n```"),
    "numbers that do not count": ("1. a\n1. b", "1. a\n2. b"),
    "two spaces at a line's end": ("a  \nb", "a\\\nb"),
    "blank lines": ("a\n\n\n\nb  ", "a\n\nb"),
    "a table's layout": ("a|b\n:--|---\n1   | 2", "| a | b |\n| :--- | --- |\n| 1 | 2 |"),
    "needless escapes": ("\\#1 \\+", "#1 +"),
    "entities": ("&auml;&amp;b", "ä&b"),
    "Markdown that says nothing": ("#", "\\#"),
}


@pytest.mark.parametrize(("text", "back"), NORMALISED.values(), ids=NORMALISED)
def test_notation_becomes_the_usual_one(text: str, back: str) -> None:
    assert to_markdown(to_html(text)) == back


@pytest.mark.parametrize("text", [text for text, _ in NORMALISED.values()], ids=NORMALISED)
def test_a_text_that_is_remembered_comes_back_in_its_notation(text: str) -> None:
    assert to_markdown(edited(to_html(text)), like=text) == text


def test_a_change_in_the_note_leaves_the_other_blocks_notation_alone() -> None:
    text = "要点：\n* a\n* b\n\n\nSecond __para__\n\n| a   | b |\n|:----|---|\n| 1 | 2 |"
    html = edited(to_html(text)).replace("Second", "Changed")
    assert to_markdown(html, like=text) == (
        "要点：\n* a\n* b\n\nChanged **para**\n\n| a   | b |\n|:----|---|\n| 1 | 2 |"
    )


# What CommonMark reads and does not show is kept too.

KEPT = {
    "cells that have no head": (
        "| a | b |\n| --- | --- |\n| 1 | 2 | third |\n| 3 |",
        "| a | b | |\n| --- | --- | --- |\n| 1 | 2 | third |\n| 3 | | |",
    ),
    "a bar in a formula": (
        "> |model|acc|\n> |-|-:|\n> $p(a|b)$ | 93",
        "> | model | acc | |\n> | --- | ---: | --- |\n> | $p(a | b)$ | 93 |",
    ),
    "a fence with nothing in it": ("好\n\n~~~太*棒*了", "好\n\n\\~\\~\\~太*棒*了"),
    "an item that begins like a fence": ("- a\n- ```b c\n- d", "- a\n- \\`\\`\\`b c\n- d"),
    "an open fence": ("```python my remark\nx", "```python my remark\nx\n```"),
    "numbers that jump": ("3. a\n7. b\n8. c", "3. a\n\n7) b\n8) c"),
    "a number that comes twice": ("1. a\n2. b\n2. c", "1. a\n2. b\n\n2) c"),
    "a link in a description": ('![a [b](v "t")](u)', '![a \\[b\\](v "t")](u)'),
    "a title of no link": ('[a](<> "b c")', 'a "b c"'),
    "a title of no image": ('![a](<> "b c")', 'a "b c"'),
}


@pytest.mark.parametrize(("text", "back"), KEPT.values(), ids=KEPT)
def test_what_markdown_does_not_show_is_kept(text: str, back: str) -> None:
    assert to_markdown(to_html(text)) == back
    assert to_markdown(cleaned(to_html(text))) == back
    assert to_markdown(edited(to_html(text)), like=text) == text


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("| a | b |\n| - | - |\n| 1 | 2 |", "| a | b |\n| - | - |\n| 1 | 2 | new |"),
        ("good\n\n~~~太棒了", "good"),
        ("```python one\nx\n```", "```python two\nx\n```"),
        ("```{r}\nx\n```", "```{python}\nx\n```"),
        ('![i](u "Fig. 3")', '![i](u "Fig. 4")'),
        ("3. a\n7. b", "3. a\n8. b"),
    ],
)
def test_another_word_is_never_taken_for_the_same(text: str, other: str) -> None:
    assert normal(text) != normal(other)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("| a | b |\n| - | - |\n| 1 | 2 | |", "| a | b |\n| - | - |\n| 1 | 2 |"),
        ("1. a\n1. b", "1. a\n2. b"),
        ("a\n\n```\n```", "a"),
        ("~~~ python\nx\n~~~", "```python\nx\n```"),
    ],
)
def test_another_notation_says_the_same(text: str, other: str) -> None:
    assert normal(text) == normal(other)


# HTML that others wrote.

HIGHLIGHT = (
    '<p><span class="highlight" data-annotation="%7B%7D">“a claim”</span> '
    '<span class="citation" data-citation="%7B%7D">'
    '(<span class="citation-item">Mellor, p. 5</span>)</span> fine</p>'
)
FROM_OTHERS = {
    "plain text": ("line one\nline two", "line one line two"),
    "old tags": ("<b>b</b> <i>i</i> <strike>s</strike> <del>d</del>", "**b** *i* ~~s~~ ~~d~~"),
    "space inside of marks": ("<p>a<b> bold </b>c</p>", "a **bold** c"),
    "marks in a row": ("<p><b>a</b><b>b</b><i> </i></p>", "**ab**"),
    "crossed marks": ("<p><b>a<i>b</b>c</i></p>", "**a*b***c"),
    "styles as marks": ('<p><span style="font-weight:700">b</span></p>', "**b**"),
    "styles of blocks as marks": (
        '<h2 style="font-weight: bold">a</h2><div style="font: bold 9pt x"><p>b</p><p>c</p></div>d',
        "## a\n\n**b**\n\n**c**\n\nd",
    ),
    "styles as sub and sup": (
        'H<span style="vertical-align: sub">2</span>O<span style="vertical-align:super">+</span>',
        "H<sub>2</sub>O<sup>+</sup>",
    ),
    "a line break": ("<p>a<br>b</p>", "a\\\nb"),
    "two line breaks": ("<p>a<br><br>b</p>", "a\n\nb"),
    "empty paragraphs": ("<p>a</p><p></p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
    "divs": ("<div><div>a</div>b</div>", "a\n\nb"),
    "a list in a list, unlisted": ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
    "an item without a list": ("<li>a", "a"),
    "unclosed": ("<p>unclosed <b>bold", "unclosed **bold**"),
    "text that looks like Markdown": (
        "<p># a</p><p>- b</p><p>*c* _d_ `e` [f](g)</p><p>&lt;https://e.org&gt;</p>",
        "\\# a\n\n\\- b\n\n\\*c\\* \\_d\\_ \\`e\\` [f\\](g)\n\n\\<https://e.org>",
    ),
    "a table without a head": (
        "<table><tr><td>1<td>2<tr><td><p>3</p><p>4|</p></table>",
        "| 1 | 2 |\n| --- | --- |\n| 3 4\\| | |",
    ),
    "a highlight with its citation": (
        HIGHLIGHT,
        "“a claim” (Mellor, p. 5) fine",
    ),
    "formulas": (
        '<p><span class="math">$x^2$</span></p><pre class="math">$$y$$</pre>',
        "$x^2$\n\n$$y$$",
    ),
    "what is no formula": ('<p><span class="math">a$b</span></p>', "\\$a\\$b\\$"),
    "code of many lines": (
        "<pre><code class='language-r'>a\n  b</code></pre>",
        "```r\na\n  b\n```",
    ),
    "backquotes in code": ("<p><code>`a``b</code></p>", "``` `a``b ```"),
    "scripts": ("<p>x<script>alert(1)</script>y<style>p{}</style></p>", "xy"),
    "scripts in links": ('<a href=" java\nscript:alert(1)">x</a>', "x"),
    "control characters": ("<p>a\x07\x00b\ud800</p>", "ab"),
    "an image of its own": ('<img data-attachment-key="ABCD2345">', "[image]"),
    "two links in one another": ("<a href='x'><a href='y'>z</a></a>", "[z](y)"),
    "a wrapper": ('<div data-schema-version="9"><p>zotero style</p>\n</div>', "zotero style"),
}


@pytest.mark.parametrize(("html", "text"), FROM_OTHERS.values(), ids=FROM_OTHERS)
def test_what_others_wrote_reads_sensibly(html: str, text: str) -> None:
    assert to_markdown(html) == text


def test_a_note_from_the_desktops_editor() -> None:
    *_, note, _ = [
        note for note in recorded_notes("34-ui-note-edit.json.gz") if "tailX" in note
    ] * 2
    assert to_markdown(note).split("\n\n") == [
        "Marked **bold** **strong** *i* *em* u ~~s~~ `code` <sup>2</sup>",
        "# H1",
        "## H2",
        "##### H5",
        'on js [link](https://example.org/ "tt") [zl](zotero://select/library/items/ABCD2345)',
        "> quote",
        "```\npre\n  text\n```",
        "- one\n- two",
        "3. three",
        "| c |\n| --- |",
        "---",
        "![a](https://example.org/i.png)",
        "() hl $x$ \u00a0 a b",
        "div",
        "ct",
        "tailX",
    ]
    assert lost(note) == [
        "colours",
        "highlight colours",
        "links that run scripts or lead to files",
        "the items behind citations",
        "underlining",
    ]


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<p>a <b>b</b></p>", []),
        ('<p style="text-align: center">a</p>', ["alignment"]),
        ('<td style="text-align: center">a</td>', []),
        ('<p style="padding-left: 40px">a</p>', ["indentation"]),
        ('<span style="font-size: 9px">a</span><u>b</u>', ["fonts", "underlining"]),
        ('<img src="data:image/png;base64,AAAA">', ["images"]),
        ('<img src="https://e.org/x.png">', []),
        ("<iframe src=x></iframe><!-- c -->", ["comments", "embedded content"]),
        ('<p data-tool-id="42">a</p>', ["data of other programs"]),
        ("<table><tr><td colspan=2>a</table>", ["merged cells"]),
        ("<table><tr><td><ul><li>a</ul><h2>b</h2></table>", [
            "headings in tables", "line breaks in tables", "lists in tables"
        ]),
        ("<table><tr><td><table><tr><td>a</table></table>", ["tables in tables"]),
        ("<table><tr><td><pre>a\nb</pre></table>", ["lines of code in tables"]),
        ('<table><tr><td><p>a</p><td><pre>b</pre><td><pre class="math">$$c$$</pre></table>', []),
        ("<table><tr><td><p>a</p><p>b</p></table>", ["line breaks in tables"]),
        ("<table><tr><td><p>a</p><pre>b</pre></table>", ["line breaks in tables"]),
        ("<table><tr><td>a<br>b</table>", ["line breaks in tables"]),
        ("<table><tr><td>\n<p>a <i>b</i></p>\n<p>&nbsp;</p><p><br></p></table>", []),
        ('<p dir="rtl">a</p>', ["writing direction"]),
        ('<p style="direction: rtl">a</p>', ["writing direction"]),
        ('<p dir="ltr">a</p><p dir="auto">b</p>', []),
        ('<ol type="a"><li>a</ol>', ["list numbering"]),
        ('<ol style="list-style-type: lower-roman"><li>a</ol>', ["list numbering"]),
        ('<ol start="-1"><li>a</ol>', ["list numbering"]),
        ("<ol reversed><li>a</ol>", ["list numbering"]),
        ("<ol><li>a<li value=5>b</ol>", ["list numbering"]),
        ('<ol type="1" start="7"><li>a</ol><ul type="square"><li>b</ul>', []),
        ("<p>a</p><template><p>b</p></template><noscript>c</noscript>", ["hidden text"]),
        ("<p>a<script>b</script><style>c</style></p>", ["scripts", "style sheets"]),
        ("<p>a<template> </template><script src=x></script></p>", []),
        ('<p>a <span style="display: none">b</span></p>', ["hidden text"]),
        ("<p hidden>a</p>", ["hidden text"]),
        ("<svg><title>a</title></svg>", ["embedded content"]),
        ("<center>a</center>", ["alignment"]),
        ('<abbr title="b">a</abbr>', ["text that shows on hover"]),
        ('<a href="b" title="c">a</a><img src="b" title="c"><p title="">d</p>', []),
        ('<a href="javascript:b" title="">a</a><a title="c">a</a>', [
            "links that run scripts or lead to files", "text that shows on hover"
        ]),
        ("<ruby>漢<rt>kan</rt></ruby>", ["readings above characters"]),
        ("<q>a</q>", ["quotation marks"]),
        ('<p style="font-variant: small-caps; text-transform: none">a</p>', ["capitals"]),
        ('<p style="text-transform: uppercase; font-variant: normal">a</p>', ["capitals"]),
        ('<p style="font: bold 9pt x">a</p>', ["fonts"]),
        ('<p style="text-decoration: overline">a</p>', ["overlining"]),
        ('<p style="font-weight: bold; vertical-align: super" lang="de">a</p>', []),
        ("<pre>a <b>b</b></pre>", ["emphasis in code and formulas"]),
        ('<pre style="font-weight: bold">a</pre>', ["emphasis in code and formulas"]),
        ('<pre><a href="b">a</a><img src="c"></pre>', ["images", "links in code and formulas"]),
        ("<details><summary>a</summary>b</details>", ["folded parts"]),
        ("<dl><dt>a</dt><dd>b</dd></dl>", ["definition lists"]),
        ('<span class="highlight" data-annotation="x">a</span>', [
            "the places that highlights lead to"
        ]),
    ],
)  # fmt: skip
def test_what_markdown_cannot_keep_is_named(html: str, names: list[str]) -> None:
    assert lost(html) == names


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<pre class="math">$$\\frac{a}{b}$$</pre>', "| $\\frac{a}{b}$ |"),
        ('a <pre class="math">$$\n x \n+ y\n$$</pre> b', "| a $x + y$ b |"),
        ("<pre>a *b*\n</pre>", "| `a *b*` |"),
        ("see<pre>a\n  b</pre>", "| see `a b` |"),
        ("<pre> </pre><pre class=math>$$ $$</pre>x", "| x |"),
    ],
)
def test_formulas_and_code_stay_what_they_are_in_a_table(cell: str, text: str) -> None:
    markdown = to_markdown(f"<table><tr><td>{cell}</td></tr></table>")
    assert markdown.splitlines()[0] == text
    assert normal(markdown) == said(to_html(markdown))


def test_notes_are_the_same_where_they_say_the_same() -> None:
    wrapped = '<div data-schema-version="9"><p>a <strong>b</strong></p></div>'
    assert said("<p>a <b>b</b></p>") == said(wrapped)
    spaced = "<ul>\n<li>\na\n</li>\n<li>\nb</li></ul>"
    assert said("<ul><li><p>a</p></li><li>b</li></ul>") == said(spaced)
    assert said("<p>a</p>") != said("<p><em>a</em></p>")


# The models of both rewriters agree with the recordings.


def _modelled(html: str) -> bool:
    try:
        tags = {element.tag for element in ET.fromstring(f"<x>{html}</x>").iter()} - {"x"}
    except ET.ParseError:
        return False
    marks = {"b", "i", "strong", "em", "s", "sub", "sup", "a", "code", "span", "br", "img"}
    return tags <= BLOCKS | marks and bool(tags)


UNMODELLED = ("javascript", "onclick", "onerror", "target=", "data-", "dir=", "<!--", "ALIGN")
PAIRS = [
    pair
    for pair in json.loads((RECORDED / "note-sanitising.json").read_text("utf-8"))
    if _modelled(pair["sent"]) and not any(word in pair["sent"] for word in UNMODELLED)
]


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["sent"][:30] for pair in PAIRS])
def test_the_cleaners_model_cleans_as_recorded(pair: dict[str, str]) -> None:
    assert cleaned(pair["sent"]) == pair["returned"]


def test_the_editors_model_edits_as_recorded() -> None:
    (sent, *_, edit) = [n for n in recorded_notes("34-ui-note-edit.json.gz") if "<blockquote>" in n]
    begin, end = sent.index("<blockquote>"), sent.index("<hr>")
    form = edited(sent[begin:end].replace("</tr></table>", "</tr></tbody></table>"))
    assert form.removeprefix('<div data-schema-version="9">').removesuffix("</div>") in edit


# The invariants, for whatever may be written.

_PIECES = (
    "* ** _ __ *** ~~ ` `` ``` $ $$ \\ [ ]( ] ( ) < > & &amp; ! # | --- === ~ ^ = + - : 5 a b1 x_y "
    "想法 ： “ ” 后 。 （ ） 😀 é <sub> </sub> <sup>2</sup> <b> <https://e.org/a_b> $x$ $$y$$ [1]: "
    "@k **b** *e* `c`"
).split()
_LAYOUT = [
    *(" ", "  ", "    ", "　", "\u00a0", "\n", "\n\n", "  \n", "\\\n", "\n   ", "\n---\n"),
    *("- ", "* ", "1. ", "> ", "# ", "\n- ", "\n  - ", "\n2) ", "\n> ", "| a | b |\n| --- | :-: |"),
    *("[l](https://e.org)", '[l](<a b> "t")', "![i](https://e.org/i.png)"),
]
texts = st.one_of(
    st.lists(st.sampled_from([*_PIECES, *_LAYOUT]), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30),
)
_COMMON_MARK = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable("reference")
)
_LANGUAGE = re.compile(r"\s*[\w+#.-]*\s*", re.ASCII)
_WIDE = re.compile(r"[^\x00-\u00ff]")
_XML_LACKS = re.compile("[\ufffe\uffff]")
invariant = settings(max_examples=150, deadline=None)


@invariant
@given(text=texts)
@example(text="- *\n  \n  **")
@example(text="$$y$$    *")
@example(text="$\\$$y$$1")
@example(text="- - -- x\n\n- ***")
@example(text="\\\n\u00a0    *")
@example(text="1. x\n3. | a |\n   |---|---|\n   | 1 | 2 |")
@example(text="- x\n\n  1. a\n  3. | a |\n     |---|---|")
def test_the_form_that_comes_back_is_exact(text: str) -> None:
    written = to_markdown(to_html(text))
    assert to_markdown(to_html(written)) == written
    assert normal(normal(text)) == normal(text)
    assert normal(written) == normal(text) == said(to_html(text))


def _shows_all(text: str) -> bool:
    """Whether CommonMark shows every word: of fences, of numbers, of rows."""
    tokens = _COMMON_MARK.parse(text)
    fences = [token for token in tokens if token.type == "fence" and token.info.strip()]
    numbers = {(token.markup, token.info) for token in tokens if token.type == "list_item_open"}
    bars = [line.count("|") for line in text.split("\n")]
    rows = [bars[token.map[0]] for token in tokens if token.type == "tr_open" and token.map]
    return (
        all(token.content.strip() and _LANGUAGE.fullmatch(token.info) for token in fences)
        and len(numbers) == len(dict(numbers))
        and rows == sorted(rows, reverse=True)
    )


@invariant
@given(text=texts)
def test_notation_is_all_that_changes(text: str) -> None:
    """Judged by plain CommonMark, for texts that it and bibnotes take alike."""
    text = re.sub(r"[$]|</?su[bp]>", "", _WIDE.sub("w", text))
    rendered = said(_COMMON_MARK.render(text))
    assume(rendered)  # else the text stands for itself
    assume(_shows_all(text))
    assume(not re.search(r"(?m)^\W*\\$", text))  # a line of a backslash is taken for a blank one
    assume(not re.search(r"(?m)[^\S \t\n][ \t]*$", text))  # wide space at a line's end says nothing
    assert said(_COMMON_MARK.render(to_markdown(to_html(text)))) == rendered


@invariant
@given(text=texts)
def test_a_remembered_text_comes_back_exactly(text: str) -> None:
    html = _XML_LACKS.sub("", to_html(text))
    text = _XML_LACKS.sub("", text)
    for form in (html, cleaned(html)):
        assert to_markdown(form, like=text) == text


@invariant
@given(text=texts)
def test_the_web_servers_cleaner_changes_nothing(text: str) -> None:
    html = to_html(_XML_LACKS.sub("", text))
    assert to_markdown(cleaned(html)) == to_markdown(html)


@invariant
@given(text=texts)
def test_the_desktops_editor_changes_nothing_that_is_said(text: str) -> None:
    html = to_html(_XML_LACKS.sub("", text))
    assert said(edited(html)) == said(html)
    assert not lost(html)
    assert not lost(edited(html))


# `W` is a word. A language is none: see the decision. Nor are numbers, which count (see above).
_WITH_WORDS = (
    "W **W** *W* ~~W~~ `W` $W$ $$W$$ <sub>W</sub> <W> <W@e.org> <https://e.org/W> W_W \\W W\\ $W `W"
    " [W](W) ![W](W) [](W) [W][W] ![W][W] [^W]: [W]: &W; <!--W--> <div>W</div> [[W]] {W} :W: |W W|"
    " [W](<>) [W](W ![W] [![W](W)](W) ![[W](W)](W) ![![W](W)](W) ![<W:W>](W) ==W=="
).split()
_WITH_WORDS += [
    *(
        '[W](W "W")',
        "![W](W 'W W')",
        "[W](<> (W))",
        '![W](<> "W")',
        '[](W "W")',
        '![a [W](W "W")](W)',
    ),
    *("[W]: W 'W'", "<a href='W'>W</a>", "| W | W |", "| W | W | W |", "|W|W|\n|-|-|", "W|W|W|W"),
    *(
        "| W |\n| - |\n| W | W | W |",
        "> W",
        "> | W |\n> |-|\n> |W|W|",
        "- W",
        "* W",
        "  - W",
        "1. W",
    ),
    *("```", "~~~", "```W W", "```{W}", "~~~W W", "~~~ W `W`", "```W,W\nW\n```", "~~~W.注\nW\n~~~"),
    *(
        "- ```W W",
        "> ~~~W W",
        "    W",
        "\tW",
        "# W",
        "# W #",
        "####### W",
        "W\n===",
        "W\n---",
        "---",
    ),
    *("$$\nW\n$$", "W  ", "- [ ] W", "* * *", "W: W", "1234567890. W", "-", ">", "|-|-|"),
]
_numbered = st.tuples(
    st.lists(st.sampled_from(_WITH_WORDS), min_size=1, max_size=6),
    st.lists(st.sampled_from(["\n", "\n", "\n\n", " ", "\n  "]), min_size=6, max_size=6),
)


@st.composite
def texts_with_words(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text, and the words in it, each another."""
    parts, gaps = draw(_numbered)
    text = "".join(map("".join, zip(parts, gaps, strict=False)))
    words = [f"{'q词'[number % 2]}{number}z" for number in range(text.count("W"))]
    pieces = text.split("W")
    return "".join(map("".join, zip(pieces, [*words, ""], strict=True))), words


@settings(invariant, max_examples=400)
@given(texts_with_words())
def test_every_word_is_in_the_note_and_counts(found: tuple[str, list[str]]) -> None:
    text, words = found
    html = to_html(text)
    for form in (html, cleaned(html), edited(html)):
        written = to_markdown(form)
        assert [word for word in words if word not in unescape(form)] == []
        assert [word for word in words if word not in written] == []
        assert to_markdown(to_html(written)) == written
        assert to_markdown(form, like=text) == text
    for word in words:
        assert normal(text.replace(word, "another")) != normal(text)


_HTML = [f"<{tag}>" for tag in "p h1 ul ol li blockquote pre code b em s a table td div br".split()]
_HTML += ["</p>", "</li>", "</ul>", "</b>", "</em>", "</td>", "</pre>", "</span>", "</a>"]
_HTML += ['<span class="math">', '<pre class="math">', '<a href="https://e.org">', '<img src="x">']
_HTML += ["<!-- c -->", "&lt;b&gt;", "&nbsp;", "\x07"]


@invariant
@example("<em>5<code><b>x</b></code></em>")
@given(html=st.lists(st.sampled_from([*_HTML, *_PIECES, " ", "\n"]), max_size=14).map("".join))
def test_any_html_is_read_and_its_text_can_be_written(html: str) -> None:
    text = to_markdown(html)
    assert to_markdown(to_html(text)) == text
    assert normal(text) == said(html)


@pytest.mark.parametrize(
    "part", ["<div>", "<ul><li>", "<blockquote>", "<b>", "<table><td>", "x<br>", "["]
)
def test_depth_and_length_are_bounded(part: str) -> None:
    assert max(map(len, to_markdown(part * 5_000 + "end").split("\n"))) < 11_000


def test_nothing_is_lost_where_markdown_nests_too_deep() -> None:
    assert "end" in to_markdown(to_html("> " * 200 + "end"))


def test_reading_plain_notes_does_not_load_the_markdown_parser() -> None:
    code = (
        "import sys; from bibnotes.zotero.note_html import to_markdown;"
        "to_markdown('<p>a <b>b</b></p><ul><li>c</li></ul>');"
        "sys.exit('markdown_it' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
