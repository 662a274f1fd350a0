"""What every line of a listing is: title, authors, abstract, review, or a remark.

The page is read as a sequence. Each line gets points for each role by its form, each step from a
role to the next has its cost, and the best path through all lines is taken (Viterbi's algorithm:
time grows with the number of lines). Then the page is asked how it does things, from what was
found (in which order reviews and abstracts come, in which languages, of what length, what stands
between authors, how titles are set), and is read again with that in mind. So the lines that are
plain settle those that are not.

Points are log odds by rule of thumb: 1 is a hint, 3 is strong, 6 as good as certain.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from statistics import median
from typing import TypeVar

from bibnotes.sheets.line import BOLD
from bibnotes.sheets.line_forms import WRAPPED, Form, Label

_T = TypeVar("_T")
_READINGS = 3  # the first knows only forms; the page has settled after two more
_NEVER = -1e9
_A_PAPER = 2.0  # what it takes to begin a paper: a page has more lines than papers
_A_LOST_TITLE = 1.5
_SURE_AUTHORS = 0.6
_UNLIKE_AUTHORS = 0.3


class Role(IntEnum):
    """What a line is. A review stands BEFORE or AFTER the abstract; without one it is BEFORE."""

    REMARK = 0
    TITLE = 1
    AUTHORS = 2
    BEFORE = 3
    ABSTRACT = 4
    AFTER = 5


REVIEW = (Role.BEFORE, Role.AFTER)
_BODY = (Role.BEFORE, Role.ABSTRACT, Role.AFTER)
_BODY_STEPS = {
    (Role.TITLE, Role.BEFORE),
    (Role.TITLE, Role.ABSTRACT),
    (Role.AUTHORS, Role.BEFORE),
    (Role.AUTHORS, Role.ABSTRACT),
    (Role.BEFORE, Role.ABSTRACT),
    (Role.ABSTRACT, Role.AFTER),
}
_PLAIN = (0, "")  # a title without a heading or a number


def read_roles(forms: Sequence[Form]) -> list[Role]:
    """The role of every line."""
    if not forms:
        return []
    runs = _runs(forms)
    habits = _Habits(dense=_is_dense(forms))
    roles: list[Role] = []
    for _ in range(_READINGS):
        points = [_points(form, run, habits) for form, run in zip(forms, runs, strict=True)]
        roles = _best_path(forms, runs, points, habits)
        habits = _habits(forms, runs, roles)
    return roles


def _starts_paper(last: Form | None, before: Role, here: Form, role: Role) -> bool:
    """Whether a line begins a paper, seen together with the line before it."""
    if role is Role.TITLE:
        return before is not Role.TITLE or (
            last is not None and last.block != here.block and not (last.is_tag or last.is_fact)
        )
    if role is Role.AUTHORS:
        if before is Role.AUTHORS:
            return not (here.is_fact or (last is not None and _continues(last, here)))
        return before is not Role.TITLE
    return False


@dataclass(slots=True)
class _Run:
    """Lines of one block that belong together: a paragraph, or the lines of a review."""

    forms: list[Form] = field(default_factory=list)
    wrapped: bool = False  # one paragraph, broken into lines
    shape: float = 0.0  # points for lines that each say something, against one paragraph
    weight: float = 0.0  # of the paragraph, or of the longest line
    abstract: float = 0.0  # points for the words of abstracts
    review: float = 0.0  # points for the words of readers
    remark: float = 0.0  # points for the words of people who run a page
    foreign: bool = False  # a Chinese line above a paper that is in English only


@dataclass(frozen=True, slots=True)
class _Habits:
    """How a page does things, as far as is known."""

    dense: bool = False  # papers follow each other without a blank line
    titled: float = 0.0  # share of papers that have a title
    authored: bool = False  # nearly all papers have authors
    separator: str = ""  # between them
    titles: dict[tuple[int, str], float] = field(default_factory=dict)  # share of each style
    han_titles: float = 0.5  # the share of Chinese titles
    han_abstracts: float = 0.5
    han_reviews: float = 0.5
    lengths: tuple[float, float] | None = None  # median weight of an abstract, and of a review
    review_first: float = 0.0  # log odds of a review before the abstract
    labels_abstracts: bool = False
    labels_reviews: bool = False
    one_block_reviews: bool = False
    leading_tags: bool = False


# --- runs -----------------------------------------------------------------------------------------

_ABSTRACT_WORDS = re.compile(
    r"(?i)\b(?:we (?:propose|present|show|introduce|study|develop|demonstrate|find|prove|evaluate"
    r"|describe|derive|consider|investigate|observe|cast|treat|give|argue|report|also)"
    r"|(?:in )?this (?:paper|work|article)"
    r"|our (?:method|approach|results|model|code|work|experiments"
    r"|framework|analysis|algorithm)|state[- ]of[- ]the[- ]art|experiments (?:show|on|demonstrate)"
    r"|extensive experiments|et al\.)"
    r"|(?:本文|我们)(?:首先|提出|研究|证明|设计|给出|介绍|分析|针对|还)|实验(?:结果)?(?:表明|证明|显示)"
    r"|结果表明|旨在|关键词"
)
_READER_WORDS = re.compile(
    r"(?i)\b(?:I|I'm|I'd|I'll|I've|my|me|the authors?|they|their|worth|read|skip|nice|neat|cute"
    r"|clever|maybe|probably|check|todo|unclear|wonder|remember|compare with|looks?|seems?|sounds?"
    r"|not sure|hm+|wow|meh)\b"
    r"|\?|!|我|感觉|看看|看上去|看起来|有点|不错|值得|可以借鉴|作者|这篇|该文|挺|吧|吗|呢|啊|想看|待读|水文"
)
_SENTENCES = re.compile(r"[.!?](?=\s|$)|[。]")
_REMARK_WORDS = re.compile(
    r"(?i)posted (?:@|on|by)|阅读\s?\(\d|评论\s?\(\d|收藏|举报|©|copyright|all rights reserved"
    r"|powered by|ICP备|上一篇|下一篇|(?:previous|next|older|newer) posts?\b"
    r"|leave a (?:reply|comment)"
    r"|转载|分享到|版权|share (?:this|on)|\d+ comments?$|subscribe|原文链接|发布于|编辑于|最后更新"
    r"|last (?:updated|modified)|filed under"
)
_CLOSING_WORDS = re.compile(
    r"(?i)未完待续|欢迎(?:讨论|指正|留言|交流|补充)|个人整理|难免|挂一漏万|抛砖引玉|到此(?:为止|结束)|先写到这"
    r"|以上(?:就)?是|(?:完|全文完|END|fin)[。.)]?$|谢谢|感谢(?:阅读|观看)"
    r"|thanks (?:to|for|everyone|everybody)|until (?:the )?next|stay tuned|feedback"
    r"|next (?:season|term|semester|issue|round|post|part|episode|session)|continues? (?:in|next)"
    r"|下次|下期|下周|下一[篇期]|敬请期待|仅供参考|转载请|如有错误|请指[正出]"
    r"|that(?: i|')s (?:all|it)|to be continued|thanks for reading|comments (?:are )?welcome"
    r"|corrections (?:are )?welcome|more (?:next|to come|soon)|next (?:week|time|month)|see you"
    r"|end of (?:the )?(?:list|notes|page)|until next"
)
_SECTION_WORDS = re.compile(
    r"(?i)(?:\d+|[一二三四五六七八九十两几]+)\s?"
    r"(?:篇|papers?\b|articles?\b|results?\b|entries\b|hits\b)"
    r"|^\W*(?:搜索|检索|以下|下面|search(?:ed|ing)?\b|results? (?:for|of)\b)"
)
_SECTION_TITLE = re.compile(
    r"(?i)^\W*(?:part|section|session|track|day|week|chapter|batch|group)\s+"
    r"(?:\d|[A-Z]\b|[IVX]+\b|one|two)"
    r"|^\W*第\s?[\d一二三四五六七八九十]+\s?(?:部分|章|节|组|类|天|周)"
)


def _runs(forms: Sequence[Form]) -> list[_Run]:
    """The run of every line."""
    runs: list[_Run] = []
    for n, form in enumerate(forms):
        if n and _joins(forms[n - 1], form):
            runs.append(runs[-1])
        else:
            runs.append(_Run())
        runs[-1].forms.append(form)
    done: set[int] = set()
    for run in runs:
        if id(run) not in done:
            done.add(id(run))
            _measure(run)
    _mark_foreign(forms, runs)
    if runs and runs[-1].weight < 40:
        runs[-1].remark += 1.5  # pages tend to end with a word to their readers
    return runs


def _joins(last: Form, here: Form) -> bool:
    if here.continues:
        return True
    apart = (
        last.block != here.block
        or here.label is not None
        or (last.label is not None and not last.said)
        or last.is_fact
        or last.is_tag
        or here.is_tag
        or last.line.heading
        or here.line.heading
        or last.authors.likeness >= _UNLIKE_AUTHORS
        or here.authors.likeness >= _UNLIKE_AUTHORS
        or (here.bullet and not last.bullet)
        or _is_aside(last.text)
        or _is_aside(here.text)
        or max(last.width, here.width) > max(160, 2 * min(last.width, here.width))
    )
    return not apart and (last.han == here.han or min(last.weight, here.weight) < 4)


def _is_aside(text: str) -> bool:
    """Whether a line is so plainly a section or a farewell that it joins no other."""
    return len(text) < 80 and any(
        words.search(text) for words in (_SECTION_TITLE, _SECTION_WORDS, _CLOSING_WORDS)
    )


def _measure(run: _Run) -> None:
    lines = run.forms
    text = " ".join(form.text for form in lines)[:4000]
    run.wrapped = _is_wrapped(lines)
    run.weight = sum(form.weight for form in lines) if run.wrapped else max(f.weight for f in lines)
    if lines[0].bullet:
        run.shape = 2.5
    elif len(lines) > 1:
        run.shape = -0.5 if run.wrapped else 1.5
    run.abstract = min(2.0, 0.7 * len(_ABSTRACT_WORDS.findall(text)))
    if (run.wrapped or len(lines) == 1) and len(_SENTENCES.findall(text)) > 2:
        run.abstract += 1.0
    one_phrase = len(lines) == 1 and not lines[0].ends_sentence  # as a title is
    per_word = len(_READER_WORDS.findall(text)) / max(12.0, run.weight)
    run.review = min(1.0 if one_phrase else 2.5, 25 * per_word)
    if run.weight < 40:
        short = len(lines) <= 2
        run.remark = 5.0 * bool(_REMARK_WORDS.search(text)) + short * (
            min(7.0, 3.5 * len(_CLOSING_WORDS.findall(text)))
            + 3.0 * bool(_SECTION_WORDS.search(text))
            + 8.0 * bool(_SECTION_TITLE.match(text))
        )


def _is_wrapped(lines: Sequence[Form]) -> bool:
    """Whether lines are one paragraph that was wrapped: of like width, broken within sentences."""
    if len(lines) < 2 or (lines[0].bullet and any(form.bullet for form in lines[1:])):
        return False
    if 2 * sum(form.continues for form in lines) >= len(lines):
        return True
    widths = [form.width for form in lines[:-1]]
    evenness = min(widths) / max(widths)
    if max(widths) not in WRAPPED or evenness < 0.6 or lines[-1].width > max(widths) + 12:
        return False
    ends = sum(form.ends_sentence for form in lines[:-1]) / len(widths)
    return ends <= (0.7 if evenness > 0.8 else 0.4)


def _mark_foreign(forms: Sequence[Form], runs: Sequence[_Run]) -> None:
    """Mark the Chinese lines that no title of the English paper below can be."""
    only_latin = False
    latin = han = False
    for form, run in zip(reversed(forms), reversed(runs), strict=True):
        if form.authors.likeness >= _SURE_AUTHORS:
            only_latin, latin, han = latin and not han, False, False
        elif run.weight >= 25:
            latin, han = latin or not form.han, han or form.han
        run.foreign = form.han and only_latin


def _is_dense(forms: Sequence[Form]) -> bool:
    sure = [form for form in forms if form.authors.likeness >= _SURE_AUTHORS]
    return len(sure) >= 3 and len(sure) > 1.5 * len({form.block for form in sure})


# --- points ---------------------------------------------------------------------------------------


def _points(form: Form, run: _Run, habits: _Habits) -> list[float]:
    """Points for each role, by form and by what is known of the page."""
    if form.is_tag:
        return _tag_points(form, habits)
    if form.is_fact:
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    share = 1 / len(run.forms)  # the lines of a run have its points together
    head = _head_points(form, habits)
    abstract, review = (points - head for points in _body_points(form, run, habits, share))
    return [
        share * run.remark + _section_points(form, habits) - (4.0 if form.label else 0.0),
        _title_points(form, run, habits),
        _author_points(form, habits),
        review,
        abstract,
        review,
    ]


def _section_points(form: Form, habits: _Habits) -> float:
    """Points for the heading of a section: it stands above those of the papers."""
    level = form.line.heading
    if form.label:
        return 0.0
    usual = max(habits.titles, key=lambda style: habits.titles[style], default=_PLAIN)
    if level in (0, BOLD):  # 一、 counts sections, unless it counts the papers
        counts = form.number.startswith("一") and not form.ends_sentence and form.weight < 12
        return 5.0 * counts if form.number != usual[1] else 0.0
    return 6.0 if level < usual[0] else 1.0


def _head_points(form: Form, habits: _Habits) -> float:
    """Points for a line that begins a paper against one in its body, whichever it is."""
    if form.label:
        return 0.0
    style = _title_style(form)
    as_titles = habits.titles.get(style, 0.0) if style != _PLAIN else 0.0
    return 3 * as_titles + 8 * max(0.0, form.authors.likeness - _UNLIKE_AUTHORS)


def _tag_points(form: Form, habits: _Habits) -> list[float]:
    lead = 5.0 if habits.leading_tags else 2.0
    if form.line.heading not in (0, BOLD):  # the heading of a group, or of a review
        return [4.0, _NEVER, _NEVER, 0.0, _NEVER, 0.0]
    return [0.0, lead, _NEVER, 3.0, -3.0, 3.0]


def _title_points(form: Form, run: _Run, habits: _Habits) -> float:
    if form.label is Label.TITLE:
        return 6.0
    if form.label:
        return _NEVER
    points = 1.5 + min(0.0, _log_odds(form, habits.han_titles))
    if form.line.heading:
        points += 2.0
    if form.number:
        points += 1.5
    if form.levels:
        points += 1.0
    if form.bullet:
        points -= 3.0
    points += _style_points(_title_style(form), habits)
    if form.ends_sentence and form.text[-1] in ".。;…":
        points -= 5.0 if form.text[-1] == "。" else 3.0
    if form.text.endswith((",", ":", "、")):
        points -= 2.0
    points += min(1.0, 3 * _capitals(form.text) - 1) if not form.han else 0.0
    points -= max(0.0, (form.weight - 18) / 3) + run.remark + 3.0 * run.foreign
    points -= form.authors.likeness * 2
    if run.wrapped and len(run.forms) > 3:
        points -= 3.0
    return points


def _style_points(style: tuple[int, str], habits: _Habits) -> float:
    if not habits.titles:
        return 0.0
    share = habits.titles.get(style, 0.0)
    return 2.5 * (share - 1) if style == _PLAIN else 4 * share - 1


def _author_points(form: Form, habits: _Habits) -> float:
    if form.label is Label.AUTHORS:
        return 6.0 if len(form.authors.names) > 1 else 3.0
    likeness = form.authors.likeness
    if form.label or likeness < _UNLIKE_AUTHORS:
        return _NEVER
    points = 12 * likeness - 6
    if habits.separator and form.authors.separator:
        points += 1.0 if form.authors.separator == habits.separator else -1.5
    if form.line.heading not in (0, BOLD):
        points -= 3.0
    return points


def _body_points(form: Form, run: _Run, habits: _Habits, share: float) -> tuple[float, float]:
    """Points for an abstract and for a review. The better of both has none against a remark."""
    if form.label is Label.ABSTRACT:
        return 8.0, -8.0
    if form.label is Label.REVIEW:
        return -8.0, 8.0
    if form.label:
        return (_NEVER, _NEVER) if form.label is Label.AUTHORS else (-8.0, -8.0)
    abstract = 2 * (run.abstract - run.review - run.shape)
    abstract += _clip(4 * math.log(max(run.weight, 1) / 33), -5, 7)
    abstract += _language_points(form, habits) + _length_points(run, habits)
    if form.line.heading or (form.number and run.weight < 30):
        abstract -= 2.0
    return share * min(0.0, abstract), share * min(0.0, -abstract)


def _language_points(form: Form, habits: _Habits) -> float:
    """Points for an abstract against a review by the languages that both have on this page."""
    return _log_odds(form, habits.han_abstracts) - _log_odds(form, habits.han_reviews)


def _log_odds(form: Form, han_share: float) -> float:
    """Points for a line's language, where this share of such lines is Chinese."""
    return 2 * math.log(2 * (han_share if form.han else 1 - han_share)) if form.weight >= 3 else 0.0


def _length_points(run: _Run, habits: _Habits) -> float:
    """Points for an abstract against a review by the lengths that both have on this page."""
    if habits.lengths is None:
        return 0.0
    abstract, review = habits.lengths
    length = math.log(max(run.weight, 1))
    return _clip(2 * (abs(length - math.log(review)) - abs(length - math.log(abstract))), -3, 3)


def _title_style(form: Form) -> tuple[int, str]:
    return form.line.heading, "label" if form.label is Label.TITLE else form.number


def _capitals(text: str) -> float:
    """The share of words of four letters and more that have a capital."""
    long = re.findall(r"[^\W\d_]{4,}", text[:300])
    return sum(not word.islower() for word in long) / len(long) if long else 0.3


def _clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


# --- steps ----------------------------------------------------------------------------------------


def _step(
    before: Role, role: Role, last: Form, here: Form, habits: _Habits, run: _Run, *, joined: bool
) -> float:
    """Points for going from one role to the next; ``joined`` says that both lines are one run."""
    within = last.block == here.block and not habits.dense
    if before is role:
        return _staying(role, last, here, habits)
    if here.continues:
        return -8.0
    if role is Role.REMARK:
        points = -4.0 if within else {Role.TITLE: -5.0, Role.AUTHORS: -2.5}.get(before, -2.0)
        return points - _clip((run.weight - 20) / 15, 0, 5)  # remarks between papers are short
    if here.is_fact and role in (Role.TITLE, Role.AUTHORS):
        return -3.0 if role is Role.TITLE else _NEVER  # an arXiv number may stand above a title
    amid_body = 3.0 if within and before in _BODY else 0.0
    if role is Role.TITLE:
        return -_A_PAPER - amid_body - (2.0 if before is Role.AUTHORS else 0.0)
    if role is Role.AUTHORS:
        if before is Role.TITLE:
            return -1.5 if last.is_tag else 2.0
        lost = _A_LOST_TITLE + 2.0 * habits.titled
        one_name = 3.0 if len(here.authors.names) < 2 and here.label is None else 0.0
        return -_A_PAPER - lost - amid_body - one_name
    return _into_body(before, role, last, here, habits, joined=joined)


def _staying(role: Role, last: Form, here: Form, habits: _Habits) -> float:
    within = last.block == here.block
    if here.is_fact or last.is_fact:
        return 0.0
    if role is Role.TITLE:
        if last.is_tag:
            return 0.0 if within else -1.0
        if here.is_tag:
            return -1.0
        if not within:
            return -4.0
        return (0.5 if _runs_on(last, here) else -1.5) - 4 * here.authors.likeness
    if role is Role.AUTHORS:
        return 4.0 if _continues(last, here) else -2.0
    if role is Role.ABSTRACT:
        if within:
            return 0.0
        return -8.0 if last.han is not here.han and here.label is None else -3.0
    if role in REVIEW and not within:
        return -3.0 if habits.one_block_reviews and not last.is_tag else 0.0
    return 0.0


def _into_body(
    before: Role, role: Role, last: Form, here: Form, habits: _Habits, *, joined: bool
) -> float:
    if (before, role) not in _BODY_STEPS:
        return _NEVER
    if here.is_fact:  # it goes with what stands before it
        return _NEVER if before is Role.TITLE else -1.0
    points = 2.0
    if _lacks_label(role, here, habits):
        points -= 3.0
    if before is Role.AUTHORS:
        return points
    if before is Role.TITLE:
        return points + _without_authors(last, habits)
    if joined:
        return -8.0
    order = habits.review_first if before is Role.BEFORE else -habits.review_first
    marked = here.label is not None or here.is_tag or here.bullet or last.han is not here.han
    within = last.block == here.block and not habits.dense
    return points + min(0.0, order) - (2.0 if within and not marked else 0.0)


def _lacks_label(role: Role, here: Form, habits: _Habits) -> bool:
    """Whether an abstract or a review begins without the label that all others have."""
    if role is Role.ABSTRACT:
        return habits.labels_abstracts and here.label is not Label.ABSTRACT
    return habits.labels_reviews and here.label is not Label.REVIEW and not here.is_tag


def _without_authors(title: Form, habits: _Habits) -> float:
    """Points for a title that nothing but its own form shows to be one."""
    style = _title_style(title)
    if style == _PLAIN and not title.is_fact:
        return -12.0
    return -1.5 if habits.titles.get(style, 0) >= 0.5 and not habits.authored else -6.0


def _runs_on(last: Form, here: Form) -> bool:
    """Whether a title goes on in the next line."""
    return here.text[:1].islower() or bool(
        re.search(r"[:,\-–—]$|\b(?:and|of|for|with|in)$", last.text)
    )


def _continues(last: Form, here: Form) -> bool:
    """Whether a list of authors goes on in the next line of its block."""
    if last.block != here.block:
        return False
    return bool(
        re.search(r"[,;、·&•|]$|\band$", last.text) or re.match(r"[·&•|,;、]|and\b", here.text)
    ) or (here.authors.separator == "" and last.authors.separator == "")


def _best_path(
    forms: Sequence[Form],
    runs: Sequence[_Run],
    points: Sequence[Sequence[float]],
    habits: _Habits,
) -> list[Role]:
    totals = [points[0][role] + _first_step(role) for role in Role]
    came_from: list[list[Role]] = []
    for n in range(1, len(forms)):
        last, here, joined = forms[n - 1], forms[n], runs[n - 1] is runs[n]
        sources, reached = [], []
        for role in Role:
            total, source = max(
                (totals[each] + _step(each, role, last, here, habits, runs[n], joined=joined), each)
                for each in Role
            )
            sources.append(source)
            reached.append(total + points[n][role])
        totals = reached
        came_from.append(sources)
    role = max(Role, key=lambda each: totals[each])
    roles = [role]
    for sources in reversed(came_from):
        role = sources[role]
        roles.append(role)
    return roles[::-1]


def _first_step(role: Role) -> float:
    starts = {Role.REMARK: 0.0, Role.TITLE: -_A_PAPER, Role.AUTHORS: -_A_PAPER - _A_LOST_TITLE}
    return starts.get(role, _NEVER)


# --- habits ---------------------------------------------------------------------------------------


def _habits(forms: Sequence[Form], runs: Sequence[_Run], roles: Sequence[Role]) -> _Habits:
    """What the page does, told from how its lines were read."""
    papers = split_papers(forms, roles)
    titles = [_first(paper, forms, roles, Role.TITLE) for paper in papers]
    abstracts = [_first(paper, forms, roles, Role.ABSTRACT) for paper in papers]
    reviews = [_first(paper, forms, roles, *REVIEW) for paper in papers]
    tags = [n for n, form in enumerate(forms) if form.is_tag and roles[n] is not Role.REMARK]
    return _Habits(
        dense=_is_dense(forms),
        titled=sum(n is not None for n in titles) / max(1, len(titles)),
        authored=len(titles) > 1 and _share_authored(papers, roles) >= 0.8,
        separator=_usual_separator(forms, roles),
        titles=_shares(_title_style(forms[n]) for n in titles if n is not None),
        han_titles=_share_of_han(forms, titles),
        han_abstracts=_share_of_han(forms, abstracts),
        han_reviews=_share_of_han(forms, reviews),
        lengths=_lengths(runs, abstracts, reviews),
        review_first=_order(papers, roles),
        labels_abstracts=_are_labelled(forms, abstracts, Label.ABSTRACT),
        labels_reviews=_are_labelled(forms, reviews, Label.REVIEW),
        one_block_reviews=_in_one_block(papers, forms, roles),
        leading_tags=bool(tags) and all(_leads(n, roles) for n in tags),
    )


def split_papers(forms: Sequence[Form], roles: Sequence[Role]) -> list[list[int]]:
    """The lines of each paper, by their place in ``forms``."""
    papers: list[list[int]] = []
    before, last = Role.REMARK, None
    for n, (form, role) in enumerate(zip(forms, roles, strict=True)):
        if _starts_paper(last, before, form, role):
            papers.append([])
        if role is not Role.REMARK:
            papers[-1].append(n)
        before, last = role, form
    return papers


def _first(
    paper: Iterable[int], forms: Sequence[Form], roles: Sequence[Role], *wanted: Role
) -> int | None:
    """The first line of a role that says something."""
    return next((n for n in paper if roles[n] in wanted and forms[n].said.strip()), None)


def _share_authored(papers: Sequence[Iterable[int]], roles: Sequence[Role]) -> float:
    return sum(any(roles[n] is Role.AUTHORS for n in paper) for paper in papers) / len(papers)


def _usual_separator(forms: Sequence[Form], roles: Sequence[Role]) -> str:
    separators = _shares(
        form.authors.separator
        for form, role in zip(forms, roles, strict=True)
        if role is Role.AUTHORS and len(form.authors.names) > 1
    )
    return next((separator for separator, share in separators.items() if share >= 0.6), "")


def _shares(values: Iterable[_T]) -> dict[_T, float]:
    """The share of each value; nothing where there are too few to tell."""
    counts = Counter(values)
    total = counts.total()
    return {value: count / total for value, count in counts.items()} if total > 1 else {}


def _share_of_han(forms: Sequence[Form], lines: Iterable[int | None]) -> float:
    han = [forms[n].han for n in lines if n is not None and forms[n].weight >= 3]
    return (sum(han) + 0.5) / (len(han) + 1)


def _lengths(
    runs: Sequence[_Run], abstracts: Sequence[int | None], reviews: Sequence[int | None]
) -> tuple[float, float] | None:
    long = [runs[n].weight for n in abstracts if n is not None]
    short = [runs[n].weight for n in reviews if n is not None]
    if min(len(long), len(short)) < 3:
        return None
    return max(1.0, median(long)), max(1.0, median(short))


def _order(papers: Iterable[Iterable[int]], roles: Sequence[Role]) -> float:
    first = after = 0.5
    for paper in papers:
        found = {roles[n] for n in paper}
        if Role.ABSTRACT in found:
            first += Role.BEFORE in found
            after += Role.AFTER in found
    return _clip(2 * math.log(first / after), -5, 5)


def _are_labelled(forms: Sequence[Form], lines: Iterable[int | None], label: Label) -> bool:
    labels = [forms[n].label is label for n in lines if n is not None]
    return len(labels) > 1 and sum(labels) >= 0.8 * len(labels)


def _in_one_block(
    papers: Iterable[Iterable[int]], forms: Sequence[Form], roles: Sequence[Role]
) -> bool:
    blocks = [len({forms[n].block for n in paper if roles[n] in REVIEW}) for paper in papers]
    reviewed = [count for count in blocks if count]
    return len(reviewed) >= 3 and sum(count > 1 for count in reviewed) <= 0.2 * len(reviewed)


def _leads(n: int, roles: Sequence[Role]) -> bool:
    return roles[n] is Role.TITLE or roles[n + 1 : n + 2] == [Role.TITLE]
