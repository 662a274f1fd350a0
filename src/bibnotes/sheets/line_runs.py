"""Lines of a listing that belong together, and what their words and their shape speak for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .author_line import SURE_AUTHORS, UNLIKE_AUTHORS
from .line_forms import WRAPPED, Form


@dataclass(slots=True)
class Run:
    """Lines of one block that belong together: a paragraph, or the lines of a review."""

    forms: list[Form] = field(default_factory=list)
    wrapped: bool = False  # one paragraph, broken into lines
    shape: float = 0.0  # points for lines that each say something, against one paragraph
    weight: float = 0.0  # of the paragraph, or of the longest line
    abstract: float = 0.0  # points for the words of abstracts
    review: float = 0.0  # points for the words of readers
    remark: float = 0.0  # points for the words of people who run a page
    foreign: bool = False  # a Chinese line above a paper that is in English only


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


def find_runs(forms: Sequence[Form]) -> list[Run]:
    """The run of every line."""
    runs: list[Run] = []
    for n, form in enumerate(forms):
        if n and _joins(forms[n - 1], form):
            runs.append(runs[-1])
        else:
            runs.append(Run())
        runs[-1].forms.append(form)
    for run in {id(run): run for run in runs}.values():
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
        or last.authors.likeness >= UNLIKE_AUTHORS
        or here.authors.likeness >= UNLIKE_AUTHORS
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


def _measure(run: Run) -> None:
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
    evenness = min(widths) / max(1, *widths)
    if max(widths) not in WRAPPED or evenness < 0.6 or lines[-1].width > max(widths) + 12:
        return False
    ends = sum(form.ends_sentence for form in lines[:-1]) / len(widths)
    return ends <= (0.7 if evenness > 0.8 else 0.4)


def _mark_foreign(forms: Sequence[Form], runs: Sequence[Run]) -> None:
    """Mark the Chinese lines that no title of the English paper below can be."""
    only_latin = False
    latin = han = False
    for form, run in zip(reversed(forms), reversed(runs), strict=True):
        if form.authors.likeness >= SURE_AUTHORS:
            only_latin, latin, han = latin and not han, False, False
        elif run.weight >= 25:
            latin, han = latin or not form.han, han or form.han
        run.foreign = form.han and only_latin
