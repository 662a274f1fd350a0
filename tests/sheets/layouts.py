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
    html: bool = False
    lost_titles: bool = False
    lost_abstracts: bool = False


def random_layout(seed: int) -> Layout:
    pick = random.Random(seed)
    chinese = pick.random() < 0.25
    language = "zh" if chinese else pick.choice(("zh", "en"))
    labelled = pick.random() < 0.5
    same_language = chinese or language == "en"
    as_html = pick.random() < 0.25
    return Layout(
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
    )


def papers_for(layout: Layout) -> list[Source]:
    """The papers as the page will have them: some unread, untagged, without title or abstract."""
    name = "papers-zh.yaml" if layout.chinese else "papers.yaml"
    papers = sources(name, layout.language)
    for n, paper in enumerate(papers):
        priority = ("close-read", "interesting", None, None)[n % 4]
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


def expected(layout: Layout) -> list[Listed]:
    return [
        Listed(
            title=paper.title,
            authors=paper.authors,
            abstract=paper.abstract,
            review=Review(paper.priority, paper.review),
            line=0,
        )
        for paper in papers_for(layout)
    ]


def page(layout: Layout) -> str:
    blocks: list[str] = []
    chinese = layout.language == "zh"
    if layout.framed:
        blocks += (
            ["春季论文速记", "两个小时看完了摘要\uff0c随手记几句。\n标了精读的以后再写。", "搜索“systems”得到的几篇"]
            if chinese
            else ["Spring reading notes", "I read the abstracts on a train.\nWhat I tag I will read in full.",
                  "== 8 papers found for systems =="]
        )
    papers = papers_for(layout)
    for n, paper in enumerate(papers, start=1):
        blocks += _paper(n, paper, layout)
        if layout.framed and n == len(papers) // 2:
            blocks.append("第二部分" if chinese else "Part 2")
    if layout.framed:
        blocks.append("个人整理\uff0c欢迎讨论。" if chinese else "That's all for now, comments welcome.")
    if layout.html:
        return _as_html(blocks, layout)
    text = "\n\n".join(blocks) + "\n"
    return text.replace("\n", "\r\n") if layout.crlf else text


def _paper(n: int, paper: Source, layout: Layout) -> list[str]:
    authors = (AUTHORS_ZH if layout.chinese else AUTHORS)[layout.authors](paper.authors)
    word = WORDS[paper.priority][layout.language == "zh"] if paper.priority else ""
    tag = TAGS[layout.tag](word) if word else ""
    title = TITLES[layout.title](n, paper.title) if paper.title else ""
    if tag and layout.tag == "in title":
        title, tag = f"{title} {tag}", ""
        if layout.title == "**":
            title = f"**{paper.title} [{word}]**"
    head = [part for part in (title, authors) if part]
    if tag and layout.tag == "under authors":
        head.append(tag)
        tag = ""
    joined = ("\n\n" if layout.blank_after_title else "\n").join(head)
    abstract = layout.abstract_label + paper.abstract if paper.abstract else ""
    abstract = _wrapped(abstract, layout.wrap)
    gap = "\n\n" if layout.blank_between_lines else "\n"
    review = gap.join(paper.review.splitlines())
    if review:
        review = layout.review_label + review
    if tag:
        review = tag + ("" if layout.tag == "inline" else "\n") + review
    body = [review, abstract] if layout.review_first else [abstract, review]
    body = [part.strip("\n") for part in body if part]
    blocks = [joined]
    if body and not layout.blank_after_authors and not layout.review_first and abstract:
        blocks[-1] += "\n" + body.pop(0)
    return blocks + body


def _wrapped(text: str, width: int) -> str:
    if not width:
        return text
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in text.splitlines())


def _as_html(blocks: Sequence[str], layout: Layout) -> str:
    body = []
    for block in "\n\n".join(blocks).split("\n\n"):
        first, *rest = block.split("\n")
        level = len(first) - len(first.lstrip("#"))
        if 0 < level < 7 and first[level : level + 1] == " ":
            body.append(f"<h{level}>{_inline(first[level + 1 :])}</h{level}>")
            first, rest = (rest[0], rest[1:]) if rest else ("", [])
        if first:
            body.append("<p>" + "<br>\n".join(map(_inline, (first, *rest))) + "</p>")
    inner = "\n".join(body)
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Ada Example, Benno Sample</title>"
        "<script>var authors = 'Ada Example, Benno Sample';</script></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/notes'>Notes</a></li></ul></nav>"
        f"<div class='layout'><div class='post'>\n{inner}\n</div>"
        "<div id='sidebar'><h3>Recent</h3><ul><li><a href='/a'>An older post</a></li></ul></div></div>"
        "<div id='comments'><h3>2 comments</h3><p>First! Great notes, they helped me a lot.</p></div>"
        "<footer>Powered by Example</footer></body></html>"
    )


def _inline(text: str) -> str:
    if text.startswith("[") and "](" in text:
        said, _, target = text[1:].partition("](")
        target, _, rest = target.partition(")")
        return f'<a href="{target}">{html.escape(said)}</a>{html.escape(rest)}'
    if text.startswith("**"):
        said, _, rest = text[2:].partition("**")
        return f"<b>{html.escape(said)}</b>{html.escape(rest)}"
    return html.escape(text)
