"""The same papers laid out as pages of many forms: what people write when nobody prescribes it."""

from __future__ import annotations

import html
import random
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bibnotes.model import Review
from bibnotes.sheets.listing import Listed

DATA = Path(__file__).parents[1] / "data" / "listings"


@dataclass(frozen=True)
class Source:
    """A paper as it is to be laid out, and what a reader should find."""

    title: str
    authors: tuple[str, ...]
    abstract: str
    review: str
    priority: str | None = None


_ENGLISH_GROUPS = ("Must read (2)", "Interesting", "Others")


def sources(name: str, language: str) -> list[Source]:
    return [
        Source(each["title"], tuple(each["authors"]), each["abstract"], each[language].rstrip())
        for each in yaml.safe_load((DATA / name).read_text("utf-8"))
    ]


def _family_given(name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{family}, {given}" if given else family


def _and(names: Sequence[str], comma: str = ", ") -> str:
    if len(names) < 3:
        return " and ".join(names)
    return comma.join(names[:-1]) + ", and " + names[-1]


AUTHORS: dict[str, Callable[[Sequence[str]], str]] = {
    "·": " · ".join,
    "•": " • ".join,
    ",": ", ".join,
    ";": "; ".join,
    "/": " / ".join,
    "and": _and,
    "&": lambda names: " & ".join((", ".join(names[:-1]), names[-1]) if names[1:] else names),
    "Family, Given;": lambda names: "; ".join(map(_family_given, names)),
    "By": lambda names: "By " + _and(names),
    "Authors:": lambda names: "Authors: " + ", ".join(names),
    "affiliations": lambda names: ", ".join(f"{name} (University of Nowhere)" for name in names),
    "marks": lambda names: ", ".join(f"{name}{n % 3 + 1}*" for n, name in enumerate(names)),
    "superscripts": lambda names: ", ".join(f"{name}¹²" for name in names),
}
AUTHORS_ZH: dict[str, Callable[[Sequence[str]], str]] = {
    "、": "、".join,
    "\uff0c": "\uff0c".join,
    ", ": ", ".join,
    "作者\uff1a": lambda names: "作者\uff1a" + "\uff0c".join(names),
    "/": "/".join,
    " ": " ".join,
    "·": " · ".join,
    "学校": lambda names: "、".join(f"{name}\uff08示例大学\uff09" for name in names),
}
TITLES: dict[str, Callable[[int, str], str]] = {
    "plain": lambda n, title: title,
    "1.": lambda n, title: f"{n}. {title}",
    "1)": lambda n, title: f"{n}) {title}",
    "[1]": lambda n, title: f"[{n}] {title}",
    "###": lambda n, title: f"### {title}",
    "## 1.": lambda n, title: f"## {n}. {title}",
    "**": lambda n, title: f"**{title}**",
    "Title:": lambda n, title: f"Title: {title}",
    "(Oral)": lambda n, title: f"{n}. {title} (Oral)",
    "[link]": lambda n, title: f"### [{title}](https://example.org/{n})",
    "1、": lambda n, title: f"{n}、{title}",
    "【1】": lambda n, title: f"【{n}】{title}",
    "〔1〕": lambda n, title: f"〔{n}〕{title}",
}
WORDS = {"close-read": ("must-read", "精读"), "interesting": ("interesting", "兴趣文章")}
TAGS: dict[str, Callable[[str], str]] = {
    "plain": lambda tag: tag,
    "[]": lambda tag: f"[{tag}]",
    "【】": lambda tag: f"【{tag}】",
    "Priority:": lambda tag: f"Priority: {tag.replace('-', ' ')}",
    "标签\uff1a": lambda tag: f"标签\uff1a{tag}",
    "**": lambda tag: f"**{tag}**",
    "#": lambda tag: f"#{tag}",
    "in title": lambda tag: f"[{tag}]",
    "inline": lambda tag: f"[{tag}] ",
    "under authors": lambda tag: f"Tags: {tag}",
}
HTML = ("p", "p", "div", "list", "article", "table", "section")
FACTS = (
    "ICML 2021",
    "https://example.org/paper",
    "[pdf](https://example.org/a.pdf) [code](https://example.org/b)",
    "Venue: Symposium on Examples, 2024",
    "University of Nowhere, Placeholder Institute",
    "arXiv:2101.00001",
    "发表于\uff1a示例会议 2023",
)
ABSTRACT_LABELS = ("", "", "Abstract: ", "Abstract\n", "**Abstract.** ", "摘要\uff1a")
REVIEW_LABELS = ("", "", "Notes: ", "My take:\n", "短评\uff1a", "**Review:** ")


@dataclass(frozen=True)
class Layout:
    language: str = "zh"  # of the reviews
    chinese: bool = False  # the papers
    authors: str = "·"
    title: str = "plain"
    tag: str = "【】"
    abstract_label: str = ""
    review_label: str = ""
    review_first: bool = False
    wrap: int = 0
    bullets: bool = False
    blank_after_title: bool = True
    blank_after_authors: bool = True
    blank_between_lines: bool = False
    framed: bool = True  # a preface, section lines and a farewell
    crlf: bool = False
    html: str = ""  # how the HTML is built, "" for text
    dense: bool = False  # no blank lines at all
    one_paragraph: bool = False  # the review
    fact: str = ""  # a line below the authors
    rules: bool = False  # between papers
    indent: int = 0  # of all but the title
    quoted: bool = False  # the abstract
    wrapped_head: bool = False
    grouped: bool = False  # by priority, under headings
    lost_titles: bool = False
    lost_abstracts: bool = False


def random_layout(seed: int) -> Layout:
    pick = random.Random(seed)
    chinese = pick.random() < 0.25
    language = "zh" if chinese else pick.choice(("zh", "en"))
    labelled = pick.random() < 0.5
    same_language = chinese or language == "en"
    as_html = pick.choice(HTML) if pick.random() < 0.3 else ""
    plain = not as_html
    layout = Layout(
        language=language,
        chinese=chinese,
        authors=pick.choice(list(AUTHORS_ZH if chinese else AUTHORS)),
        title=pick.choice(list(TITLES)),
        tag=pick.choice(list(TAGS)),
        abstract_label=pick.choice(ABSTRACT_LABELS) if labelled else "",
        review_label=pick.choice(REVIEW_LABELS) if labelled else "",
        review_first=pick.random() < 0.3,
        wrap=0 if as_html or chinese else pick.choice((0, 0, 72, 96)),
        bullets=pick.random() < 0.3,
        blank_after_title=pick.random() < 0.6,
        blank_after_authors=pick.random() < 0.7,
        blank_between_lines=pick.random() < 0.15,
        framed=pick.random() < 0.8,
        crlf=pick.random() < 0.2,
        html=as_html,
        lost_titles=not same_language and pick.random() < 0.4,
        lost_abstracts=pick.random() < 0.3,
        dense=plain and pick.random() < 0.1,
        one_paragraph=pick.random() < 0.15,
        fact=pick.choice(FACTS) if pick.random() < 0.3 else "",
        rules=plain and pick.random() < 0.1,
        indent=pick.choice((2, 4)) if plain and pick.random() < 0.1 else 0,
        quoted=plain and pick.random() < 0.1,
        wrapped_head=plain and not chinese and pick.random() < 0.1,
        grouped=pick.random() < 0.1,
    )
    return _feasible(layout)


def _feasible(layout: Layout) -> Layout:
    """The layout without what no reader could tell apart."""
    if layout.dense or layout.wrapped_head:
        layout = replace(layout, lost_titles=False)
    if layout.dense:
        layout = replace(layout, wrap=0, one_paragraph=False, lost_abstracts=False, indent=0)
        layout = replace(layout, blank_between_lines=False, quoted=False, wrapped_head=False)
    if layout.dense and not (layout.abstract_label or layout.review_label or layout.bullets):
        layout = replace(layout, language="zh", chinese=False)
        layout = replace(layout, authors="," if layout.authors in AUTHORS_ZH else layout.authors)
    if layout.one_paragraph:
        layout = replace(layout, bullets=False, blank_between_lines=False)
    if layout.grouped:
        layout = replace(layout, title="###", tag="【】", framed=False, lost_titles=False)
    if layout.wrapped_head:
        layout = replace(layout, title="plain", authors="·", grouped=False)
    return layout


def papers_for(layout: Layout) -> list[Source]:
    """The papers as the page will have them: some unread, untagged, without title or abstract."""
    name = "papers-zh.yaml" if layout.chinese else "papers.yaml"
    papers = sources(name, layout.language)
    for n, paper in enumerate(papers):
        priority = ("close-read", "interesting", None, None)[n % 4]
        if layout.one_paragraph:
            paper = replace(paper, review=_joined(paper.review))
        if layout.bullets:
            paper = replace(
                paper, review="\n".join(f"- {line}" for line in paper.review.splitlines())
            )
        if n % 4 == 3 and n:
            paper = replace(paper, review="")
        if layout.lost_abstracts and n == 2:
            paper = replace(paper, abstract="")
        if layout.lost_titles and n in (0, 5):
            paper = replace(paper, title="")
            priority = None if layout.tag == "in title" else priority
        if layout.tag == "inline" and (not paper.review or layout.bullets):
            priority = None
        papers[n] = replace(paper, priority=priority)
    return papers


def _joined(review: str) -> str:
    chinese = "。" in review
    return _wrapped(("" if chinese else " ").join(review.splitlines()), 0 if chinese else 78)


def _group(paper: Source) -> int:
    return {"close-read": 0, "interesting": 1, None: 2}[paper.priority]


def expected(layout: Layout) -> list[Listed]:
    papers = papers_for(layout)
    if layout.grouped:
        papers.sort(key=_group)
    return [
        Listed(
            title=paper.title,
            authors=paper.authors,
            abstract=paper.abstract,
            review=Review(paper.priority, _laid_out(paper.review, layout)),
            line=0,
        )
        for paper in papers
    ]


def _laid_out(review: str, layout: Layout) -> str:
    return ("\n\n" if layout.blank_between_lines else "\n").join(review.splitlines())


def page(layout: Layout) -> str:
    blocks: list[str] = []
    chinese = layout.language == "zh"
    if layout.framed:
        blocks += (
            [
                "春季论文速记",
                "两个小时看完了摘要\uff0c随手记几句。\n标了精读的以后再写。",
                "搜索“systems”得到的几篇",
            ]
            if chinese
            else [
                "Spring reading notes",
                "I read the abstracts on a train.\nWhat I tag I will read in full.",
                "== 8 papers found for systems ==",
            ]
        )
    papers = papers_for(layout)
    if layout.grouped:
        papers.sort(key=_group)
    for n, paper in enumerate(papers, start=1):
        if layout.grouped and (n == 1 or _group(paper) != _group(papers[n - 2])):
            label = ("精读", "兴趣文章", "其他")[_group(paper)]
            blocks.append(f"## {label if chinese else _ENGLISH_GROUPS[_group(paper)]}")
        blocks += _paper(n, paper, layout)
        if layout.rules and n < len(papers):
            blocks.append("---")
        if layout.framed and n == len(papers) // 2:
            blocks.append("第二部分" if chinese else "Part 2")
    if layout.framed:
        blocks.append(
            "个人整理\uff0c欢迎讨论。" if chinese else "That's all for now, comments welcome."
        )
    if layout.html:
        return _as_html(blocks, layout)
    text = ("\n" if layout.dense else "\n\n").join(blocks) + "\n"
    return text.replace("\n", "\r\n") if layout.crlf else text


def _paper(n: int, paper: Source, layout: Layout) -> list[str]:
    authors = (AUTHORS_ZH if layout.chinese else AUTHORS)[layout.authors](paper.authors)
    word = WORDS[paper.priority][layout.language == "zh"] if paper.priority else ""
    word = "" if layout.grouped else word
    tag = TAGS[layout.tag](word) if word else ""
    title = TITLES[layout.title](n, paper.title) if paper.title else ""
    if layout.wrapped_head:
        title, authors = _wrapped(title, 44), _wrapped(authors, 50)
    if tag and layout.tag == "in title":
        title, tag = f"{title} {tag}", ""
        if layout.title == "**":
            title = f"**{paper.title} [{word}]**"
    head = [part for part in (title, authors) if part]
    if layout.fact:
        head.append(layout.fact)
    if tag and layout.tag == "under authors":
        head.append(tag)
        tag = ""
    gap = "\n" if layout.dense or not layout.blank_after_title else "\n\n"
    joined = gap.join((head[0], "\n".join(head[1:])) if title else ("\n".join(head),))
    abstract = _wrapped(
        layout.abstract_label + paper.abstract if paper.abstract else "", layout.wrap
    )
    if layout.quoted:
        abstract = _prefixed(abstract, "> ")
    review = _laid_out(paper.review, layout)
    if review:
        review = layout.review_label + review
    if tag:
        review = tag + ("" if layout.tag == "inline" else "\n") + review
    body = [review, abstract] if layout.review_first else [abstract, review]
    blocks = [joined, *(part.strip("\n") for part in body if part)]
    attached = not layout.blank_after_authors and not layout.review_first and not layout.quoted
    if abstract and attached:
        blocks[:2] = ["\n".join(blocks[:2])]
    if layout.indent and title:
        first, _, rest = blocks[0].partition("\n")
        blocks[0] = first + ("\n" + _prefixed(rest, " " * layout.indent) if rest else "")
        blocks[1:] = [_prefixed(block, " " * layout.indent) for block in blocks[1:]]
    return blocks


def _prefixed(text: str, prefix: str) -> str:
    return "\n".join(prefix + line if line else line for line in text.splitlines())


def _wrapped(text: str, width: int) -> str:
    if not width:
        return text
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in text.splitlines())


def _as_html(blocks: Sequence[str], layout: Layout) -> str:
    parts = [_html_block(block, layout.html) for block in "\n\n".join(blocks).split("\n\n")]
    inner = "\n".join(parts)
    if layout.html == "table":
        inner = "<table>" + "".join(f"<tr><td>{part}</td></tr>" for part in parts) + "</table>"
    if layout.html in ("article", "section"):
        inner = f"<{layout.html}>{inner}</{layout.html}>"
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Ada Example, Benno Sample</title>"
        "<script>var authors = 'Ada Example, Benno Sample';</script></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/notes'>Notes</a></li></ul></nav>"
        f"<div class='layout'><div class='post'>\n{inner}\n</div>"
        "<div id='sidebar'><h3>Recent</h3><ul><li><a href='/a'>An older post</a></li></ul></div>"
        "</div>"
        "<div id='comments'><h3>2 comments</h3>"
        "<p>First! Great notes, they helped me a lot.</p></div>"
        "<footer>Powered by Example</footer></body></html>"
    )


def _html_block(block: str, form: str) -> str:
    first, *rest = block.split("\n")
    level = len(first) - len(first.lstrip("#"))
    heading = ""
    if 0 < level < 7 and first[level : level + 1] == " ":
        heading = f"<h{level}>{_inline(first[level + 1 :])}</h{level}>"
        first, rest = (rest[0], rest[1:]) if rest else ("", [])
    if not first:
        return heading
    lines = (first, *rest)
    if form == "list" and all(line.startswith("- ") for line in lines):
        return (
            heading + "<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>"
        )
    if form == "div":
        return (
            heading + "".join(f"<div>{_inline(line)}</div>\n" for line in lines) + "<div><br></div>"
        )
    return heading + "<p>" + "<br>\n".join(map(_inline, lines)) + "</p>"


def _inline(text: str) -> str:
    if text.startswith("[") and "](" in text:
        said, _, target = text[1:].partition("](")
        target, _, rest = target.partition(")")
        return f'<a href="{target}">{html.escape(said)}</a>{html.escape(rest)}'
    if text.startswith("**"):
        said, _, rest = text[2:].partition("**")
        return f"<b>{html.escape(said)}</b>{html.escape(rest)}"
    return html.escape(text)
