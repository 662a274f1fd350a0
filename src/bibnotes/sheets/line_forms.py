"""What can be told of a line of a listing by its form: labels, tags, numbers, names, language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from ..scale import Level, Scale
from .author_line import NOBODY, Authors, is_affiliation, read_authors
from .line import Line, fold, is_only_links, without_links

_AUTHORS_AFTER_ALL = 0.5  # a line with names and their universities is no affiliation
WRAPPED = range(45, 140)  # columns at which people and programs wrap lines
_RAGGED = 8  # columns that wrapping may leave free, besides those the next word would have taken
_LOOKED_AT = 4_000  # characters of a line; forms show early, and no line may cost more


class Label(Enum):
    """What a line says that it is, as "Abstract: …" does."""

    TITLE = "title"
    AUTHORS = "authors"
    ABSTRACT = "abstract"
    REVIEW = "review"
    FACT = "fact"  # where the paper appeared, its address, its keywords


@dataclass(frozen=True, slots=True)
class Form:
    """A line and what its form tells.

    ``said`` is the line as Markdown without its label and tags, ``plain`` the same without links
    and heading marks, ``text`` that with ASCII punctuation; ``levels`` are what its tags mean;
    ``number`` is the style of a number before it ("#." or "[#]"), "" without one.
    """

    line: Line
    said: str
    plain: str
    text: str
    label: Label | None = None
    levels: tuple[Level, ...] = ()
    number: str = ""
    bullet: bool = False
    continues: bool = False  # with the sentence of the line above
    authors: Authors = NOBODY
    han: bool = False  # more Chinese characters than words of an alphabet
    weight: float = 0.0  # in words; Chinese counts by characters
    width: int = 0  # columns

    @property
    def block(self) -> int:
        """The block of the line: no blank line divides it."""
        return self.line.block

    @property
    def is_tag(self) -> bool:
        """Whether the line is nothing but a tag."""
        return bool(self.levels) and not self.said

    @property
    def is_fact(self) -> bool:
        """Whether the line is about where the paper is found."""
        return self.label is Label.FACT

    @property
    def ends_sentence(self) -> bool:
        """Whether the line ends as a sentence does."""
        return bool(_SENTENCE_END.search(self.text[-10:]))


_ALONE = (Label.ABSTRACT, Label.REVIEW)  # these need no colon on a line of their own
_LABELS = {
    Label.TITLE: "title|paper title|论文标题|论文题目|标题|题目|篇名|论文|paper",
    Label.AUTHORS: r"authors?|author\(s\)|by|论文作者|作者",
    Label.ABSTRACT: "abstract|摘 ?要|论文摘要|原文摘要|英文摘要|中文摘要",
    Label.REVIEW: (
        "(?:my |short |brief |reading |personal )?(?:reviews?|notes?|comments?|take|thoughts?"
        "|remarks?|opinion|impressions?|commentary|verdict|assessment)"
        "|(?:我的|个人)?(?:短评|简评|点评|评论|评语|评价|笔记|备注|感想|想法|看法|读后感|心得|批注|观点)"
        "|一句话(?:评论|点评|短评|评价)?"
    ),
    Label.FACT: (
        "venue|conference|journal|published(?: in)?|publication|booktitle|source|links?|url|pdf"
        "|code|project(?: page)?|github|arxiv(?: id)?|doi|isbn|key ?words|subjects?|session"
        "|affiliations?|date|year|pages|poster|video|slides|openreview|paper (?:link|url|id)"
        "|会议|期刊|出处|来源|论文链接|论文地址|链接|地址|代码|单位|作者单位|机构|关键词|关键字|时间|日期"
        "|年份|发表(?:于|时间)?|收录|领域"
    ),
}
_TAG_LABELS = (
    "tags?|(?:reading )?priority|status|level|verdict"
    "|标签|(?:阅读)?优先级|标记|分类|类别|级别|等级|评级"
)


def _label_pattern(names: str, *, alone: bool = False) -> re.Pattern[str]:
    end = ":|$" if alone else ":"
    return re.compile(
        r"(?i)(?:[-*+•]\s+|\d{1,2}[.)]\s+)?[*_]{0,3}"
        rf"(?:[\[【](?P<bracketed>{names})[\]】][*_]{{0,3}}\s*:?"
        rf"|(?P<plain>{names})[*_]{{0,3}}\s*(?:{end}))[*_]{{0,3}}\s*"
    )


_LABEL_PATTERNS = {
    label: _label_pattern(names, alone=label in _ALONE) for label, names in _LABELS.items()
}
_TAG_LABEL = _label_pattern(_TAG_LABELS)
_BY = re.compile(r"[Bb]y\s+(?=[^\W\d_a-z])")
_DASHED_ABSTRACT = re.compile(r"(?i)[*_]{0,3}abstract[*_]{0,3}\s*[.—–-]+[*_]{0,3}\s+")
_LINK = re.compile(r"\W*\[[^\[\]]+\]\(")
_BARE_ADDRESS = re.compile(r"(?i)\W{0,3}(?:https?://|www\.|10\.\d{4,}/|arxiv:)\S+$")
_NAMES_ADDRESS = re.compile(
    r"(?i)paper$|论文|pdf|code|代码|link|链接|url|地址|project|github|video|slides"
)
_NAMES_DATE = re.compile(r"(?i)date|year|时间|日期|年份")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ABOUT_THE_FILE = re.compile(r"(?i)\d+ pages|\d+ figures|accepted (?:at|to|by|in|for)|to appear in")
_VENUE = re.compile(
    r"(?i)(?:(?:in )?proceedings of\b|published (?:in|as|at)\b|accepted (?:at|to|by)\b"
    r"|presented at\b|arxiv:|doi:).{0,150}$"
    r"|[A-Z][\w&/' .-]{1,40}[ ,'’]*(?:19|20)\d\d[\W_]*(?:(?:oral|spotlight|poster|workshop|findings"
    r"|track|link|pdf|code|pp?\.? ?\d+\S*)[\W_]*)*$"
    r"|\W*(?:oral|spotlight|poster|best paper(?: award)?|outstanding paper)\W*$"
)
_NUMBER = re.compile(
    r"(?i)(?:(?:no\.?|paper|article|论文|文章)\s*)?(?P<open>[\[(【〔#第])?\s*(?:论文|paper\s*)?"
    r"[A-Z]?(?:(?P<digits>\d{1,3})|[一二三四五六七八九十]{1,3})\s*"
    r"(?P<close>[\])】〕]|[.](?!\d)|[、:]|篇|(?<=\d)(?=\s))[.:、]?\s*"
)
_CIRCLED = re.compile(r"[①-⑳]\s*")
_BULLET = re.compile(r"[-*+•●○▪◦–]\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?。…;][\"'”’)\]*_]*$")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_WIDE = re.compile(r"[ᄀ-ᅟ⺀-꓿가-힣豈-﫿︰-﹏＀-｠]")
_WORD = re.compile(r"[^\W\d_㐀-鿿豈-﫿]{2,}|\b[aAI]\b")
_CHARACTERS_A_WORD = 1.7

_TAG_EDGES = " \t*_`#★☆⭐•→-:,;【】[]"
_BRACKETED = r"`[^`]{1,30}`|【[^【】]{1,30}】|\[[^\[\]]{1,30}\]|#[^\s#]{1,30}(?!\S)"
_TAG_FIRST = re.compile(rf"[*_`]{{0,3}}({_BRACKETED})[*_`]{{0,3}}\s*:?\s*|([㐀-鿿]{{2,6}})\s*:\s*")
_TAG_LAST = re.compile(rf"\s*[*_`]{{0,3}}({_BRACKETED})[*_`]{{0,3}}$")
_COUNT = re.compile(r"\s*\(?\d+ ?(?:篇|papers?)?\)?$")
_BETWEEN_TAGS = re.compile(r"[,;、/|()]|\s{2,}")
_LONGEST_TAG = 60


def forms(lines: Iterable[Line], scale: Scale) -> list[Form]:
    """The form of every line."""
    found: list[Form] = []
    for line in lines:
        form = _form(line, scale)
        if found and form.label is None and not form.is_tag and _only_labels(found[-1]):
            form = replace(form, label=found[-1].label)
        found.append(form)
    return _unwrapped(found)


def _unwrapped(found: list[Form]) -> list[Form]:
    """The forms, where a line that goes on with the sentence above it is nothing but that."""
    result: list[Form] = []
    for _, lines in groupby(found, key=lambda form: form.block):
        block = list(lines)
        width = _wrap_width([form.width for form in block])
        last: Form | None = None
        for form in block:
            if last and width and _continues(last, form, width):
                plain = without_links(form.line.raw.strip())
                form = Form(
                    line=form.line,
                    said=form.line.raw.strip(),
                    plain=plain,
                    text=fold(plain),
                    continues=True,
                    han=form.han,
                    weight=form.weight,
                    width=form.width,
                )
            result.append(form)
            last = form
    return result


def _wrap_width(widths: list[int]) -> int:
    """The width at which the lines of a block are wrapped, or 0 if they are not."""
    for width in sorted(set(widths).intersection(WRAPPED), reverse=True):
        alike = sum(width - 2 * _RAGGED < each <= width for each in widths)
        if alike >= min(3, len(widths) - 1) > 0:
            return width
    return 0


def _continues(last: Form, here: Form, width: int) -> bool:
    next_word = here.text.partition(" ")[0] if not here.han else ""
    broken_before = last.width <= width and last.width + len(next_word) >= width - _RAGGED
    return bool(
        broken_before
        and here.width <= max(width, len(next_word))
        and not last.ends_sentence
        and not (last.line.heading or here.line.heading or here.bullet)
        and last.label in (None, Label.ABSTRACT, Label.REVIEW)
        and here.label in (None, Label.FACT)
        and last.authors.likeness < _AUTHORS_AFTER_ALL
        and here.authors.likeness < _AUTHORS_AFTER_ALL
    )


def _only_labels(form: Form) -> bool:
    """Whether a line says nothing but what the next one is."""
    return form.label is not None and not form.said.strip()


def find_level(text: str, scale: Scale) -> Level | None:
    """The level that some words name: "must read" too where the tag is must-read."""
    if len(text) > _LONGEST_TAG:
        return None
    word = fold(text).strip(_TAG_EDGES)
    spellings = (word, re.sub(r"[\s_]+", "-", word), re.sub(r"[-_]+", " ", word))
    return next(filter(None, map(scale.find, spellings)), None) if word else None


def find_group(text: str, scale: Scale) -> Level | None:
    """The level that a heading over several papers names, as in "Must read (3 papers)"."""
    return find_level(_COUNT.sub("", fold(text[:_LONGEST_TAG])), scale)


def after_number(text: str) -> tuple[str, int]:
    """How the number before a title is written, and where the title begins."""
    folded = fold(text[:60])
    circled = _CIRCLED.match(folded)
    if circled:
        return "①", circled.end()
    found = _NUMBER.match(folded)
    if not found or found.end() >= len(text):
        return "", 0
    if not (found["open"] or found["close"]):
        return "", 0
    return f"{found['open'] or ''}{'#' if found['digits'] else '一'}{found['close']}", found.end()


def _form(line: Line, scale: Scale) -> Form:
    whole = line.text if line.heading else line.raw.strip()
    label, said = _take_label(whole)
    levels = _labelled_levels(whole, scale)
    if levels:
        label, said = None, ""
    elif label is not Label.FACT:
        levels, said = _take_tags(said, scale)
        if levels and label is None:  # "[skim] Notes: …"
            label, said = _take_label(said)
    if line.heading and label is None and not levels:
        said, plain = line.raw.strip(), line.text
    else:
        plain = without_links(said)
    text = fold(plain)
    authors = _authors(text, label)
    if label is None and authors.likeness < _AUTHORS_AFTER_ALL and _is_fact(text, said):
        label = Label.FACT
    looked_at = text[:_LOOKED_AT]
    latin, han = len(_WORD.findall(looked_at)), len(_HAN.findall(looked_at))
    return Form(
        line=line,
        said=said,
        plain=plain,
        text=text,
        label=label,
        levels=levels,
        number=after_number(text)[0],
        bullet=bool(_BULLET.match(text)),
        authors=authors,
        han=han > latin,
        weight=latin + han / _CHARACTERS_A_WORD,
        width=len(text) + len(_WIDE.findall(looked_at)),
    )


def _authors(text: str, label: Label | None) -> Authors:
    if label not in (None, Label.AUTHORS):
        return NOBODY
    return read_authors(_BULLET.sub("", text, count=1) if _BULLET.match(text) else text)


def _take_label(text: str) -> tuple[Label | None, str]:
    """What the line calls itself, and the rest of it."""
    start = fold(text[:300])
    by = _BY.match(start)
    if by and read_authors(text[by.end() :]).likeness > 0:
        return Label.AUTHORS, text[by.end() :]
    dashed = _DASHED_ABSTRACT.match(start)
    if dashed:
        return Label.ABSTRACT, text[dashed.end() :]
    for label, pattern in _LABEL_PATTERNS.items():
        found = pattern.match(start)
        if found:
            name = found["bracketed"] or found["plain"]
            label_meant = _meant(label, name, start[found.end() :])
            return label_meant, text[found.end() :] if label_meant else text
    return None, text


def _meant(label: Label, name: str, rest: str) -> Label | None:
    """The label, seen together with what it labels."""
    if _NAMES_ADDRESS.match(name):
        if _BARE_ADDRESS.match(rest) or _LINK.match(rest):
            return Label.FACT
        return label if label is Label.TITLE else None
    if label is Label.FACT and _NAMES_DATE.match(name) and not _YEAR.search(rest):
        return None
    if label is Label.REVIEW and _ABOUT_THE_FILE.search(rest):
        return Label.FACT
    return label


def _labelled_levels(text: str, scale: Scale) -> tuple[Level, ...]:
    """The levels in a line such as "Tags: vision, must read"."""
    found = _TAG_LABEL.match(fold(text[:300]))
    if not found:
        return ()
    rest = text[found.end() : 300]
    whole = find_level(rest, scale) or scale.by_jabref(rest)
    parts = (
        [whole] if whole else [find_level(part, scale) for part in _BETWEEN_TAGS.split(fold(rest))]
    )
    return tuple(level for level in parts if level)


def _take_tags(text: str, scale: Scale) -> tuple[tuple[Level, ...], str]:
    """The levels of the tags at the ends of a line, and what stands between."""
    whole = find_level(text, scale)
    if whole:
        return (whole,), ""
    levels: list[Level] = []
    first = _TAG_FIRST.match(fold(text[:100]))
    while first and (level := find_level(first[1] or first[2], scale)):
        levels.append(level)
        text = text[first.end() :]
        first = _TAG_FIRST.match(fold(text[:100]))
    start = max(0, len(text) - 100)
    last = _TAG_LAST.search(fold(text[start:]))
    while last and (level := find_level(last[1], scale)):
        levels.append(level)
        text = text[: start + last.start()]
        start = max(0, len(text) - 100)
        last = _TAG_LAST.search(fold(text[start:]))
    return tuple(levels), text


def _is_fact(text: str, said: str) -> bool:
    if len(text) > 400 or not text:
        return False
    return bool(
        is_only_links(said) or _BARE_ADDRESS.match(said) or _VENUE.match(text)
    ) or is_affiliation(text)
