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
from collections.abc import Sequence

from .author_line import UNLIKE_AUTHORS
from .line import BOLD
from .line_forms import Form, Label
from .line_runs import Run, find_runs
from .page_habits import PLAIN, Habits, find_habits, is_dense, title_style
from .paper_lines import REVIEW, Role, names_go_on

_READINGS = 3  # the first knows only forms; the page has settled after two more
_NEVER = -1e9
_A_PAPER = 2.0  # what it takes to begin a paper: a page has more lines than papers
_A_LOST_TITLE = 1.5

_BODY = (Role.BEFORE, Role.ABSTRACT, Role.AFTER)
_BODY_STEPS = {
    (Role.TITLE, Role.BEFORE),
    (Role.TITLE, Role.ABSTRACT),
    (Role.AUTHORS, Role.BEFORE),
    (Role.AUTHORS, Role.ABSTRACT),
    (Role.BEFORE, Role.ABSTRACT),
    (Role.ABSTRACT, Role.AFTER),
}


def read_roles(forms: Sequence[Form]) -> list[Role]:
    """The role of every line."""
    if not forms:
        return []
    runs = find_runs(forms)
    habits = Habits(dense=is_dense(forms))
    roles: list[Role] = []
    for _ in range(_READINGS):
        points = [_points(form, run, habits) for form, run in zip(forms, runs, strict=True)]
        roles = _best_path(forms, runs, points, habits)
        habits = find_habits(forms, runs, roles)
    return roles


# --- points ---------------------------------------------------------------------------------------


def _points(form: Form, run: Run, habits: Habits) -> list[float]:
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


def _section_points(form: Form, habits: Habits) -> float:
    """Points for the heading of a section: it stands above those of the papers."""
    level = form.line.heading
    if form.label:
        return 0.0
    usual = max(habits.titles, key=lambda style: habits.titles[style], default=PLAIN)
    if level in (0, BOLD):  # 一、 counts sections, unless it counts the papers
        counts = form.number.startswith("一") and not form.ends_sentence and form.weight < 12
        return 5.0 * counts if form.number != usual[1] else 0.0
    return 6.0 if level < usual[0] else 1.0


def _head_points(form: Form, habits: Habits) -> float:
    """Points for a line that begins a paper against one in its body, whichever it is."""
    if form.label:
        return 0.0
    style = title_style(form)
    as_titles = habits.titles.get(style, 0.0) if style != PLAIN else 0.0
    return 3 * as_titles + 8 * max(0.0, form.authors.likeness - UNLIKE_AUTHORS)


def _tag_points(form: Form, habits: Habits) -> list[float]:
    lead = 5.0 if habits.leading_tags else 2.0
    if form.line.heading not in (0, BOLD):  # the heading of a group, or of a review
        return [4.0, _NEVER, _NEVER, 0.0, _NEVER, 0.0]
    return [0.0, lead, _NEVER, 3.0, -3.0, 3.0]


def _title_points(form: Form, run: Run, habits: Habits) -> float:
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
    points += _style_points(title_style(form), habits)
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


def _style_points(style: tuple[int, str], habits: Habits) -> float:
    if not habits.titles:
        return 0.0
    share = habits.titles.get(style, 0.0)
    return 2.5 * (share - 1) if style == PLAIN else 4 * share - 1


def _author_points(form: Form, habits: Habits) -> float:
    if form.label is Label.AUTHORS:
        return 6.0 if len(form.authors.names) > 1 else 3.0
    likeness = form.authors.likeness
    if form.label or likeness < UNLIKE_AUTHORS:
        return _NEVER
    points = 12 * likeness - 6
    if habits.separator and form.authors.separator:
        points += 1.0 if form.authors.separator == habits.separator else -1.5
    if form.line.heading not in (0, BOLD):
        points -= 3.0
    return points


def _body_points(form: Form, run: Run, habits: Habits, share: float) -> tuple[float, float]:
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


def _language_points(form: Form, habits: Habits) -> float:
    """Points for an abstract against a review by the languages that both have on this page."""
    return _log_odds(form, habits.han_abstracts) - _log_odds(form, habits.han_reviews)


def _log_odds(form: Form, han_share: float) -> float:
    """Points for a line's language, where this share of such lines is Chinese."""
    return 2 * math.log(2 * (han_share if form.han else 1 - han_share)) if form.weight >= 3 else 0.0


def _length_points(run: Run, habits: Habits) -> float:
    """Points for an abstract against a review by the lengths that both have on this page."""
    if habits.lengths is None:
        return 0.0
    abstract, review = habits.lengths
    length = math.log(max(run.weight, 1))
    return _clip(2 * (abs(length - math.log(review)) - abs(length - math.log(abstract))), -3, 3)


def _capitals(text: str) -> float:
    """The share of words of four letters and more that have a capital."""
    long = re.findall(r"[^\W\d_]{4,}", text[:300])
    return sum(not word.islower() for word in long) / len(long) if long else 0.3


def _clip(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


# --- steps ----------------------------------------------------------------------------------------


def _step(
    before: Role, role: Role, last: Form, here: Form, habits: Habits, run: Run, *, joined: bool
) -> float:
    """Points for going from one role to the next; ``joined`` says that both lines are one run."""
    within = last.block == here.block and not habits.dense
    if before is role:
        return _staying(role, last, here, habits)
    if role in _BODY and (before, role) not in _BODY_STEPS:
        return _NEVER
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


def _staying(role: Role, last: Form, here: Form, habits: Habits) -> float:
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
        return 4.0 if names_go_on(last, here) else -2.0
    if role is Role.ABSTRACT:
        if within:
            return 0.0
        return -8.0 if last.han is not here.han and here.label is None else -3.0
    if role in REVIEW and not within:
        return -3.0 if habits.one_block_reviews and not last.is_tag else 0.0
    return 0.0


def _into_body(
    before: Role, role: Role, last: Form, here: Form, habits: Habits, *, joined: bool
) -> float:
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


def _lacks_label(role: Role, here: Form, habits: Habits) -> bool:
    """Whether an abstract or a review begins without the label that all others have."""
    if role is Role.ABSTRACT:
        return habits.labels_abstracts and here.label is not Label.ABSTRACT
    return habits.labels_reviews and here.label is not Label.REVIEW and not here.is_tag


def _without_authors(title: Form, habits: Habits) -> float:
    """Points for a title that nothing but its own form shows to be one."""
    style = title_style(title)
    if style == PLAIN and not title.is_fact:
        return -12.0
    return -1.5 if habits.titles.get(style, 0) >= 0.5 and not habits.authored else -6.0


def _runs_on(last: Form, here: Form) -> bool:
    """Whether a title goes on in the next line."""
    return here.text[:1].islower() or bool(
        re.search(r"[:,\-–—]$|\b(?:and|of|for|with|in)$", last.text)
    )


def _best_path(
    forms: Sequence[Form],
    runs: Sequence[Run],
    points: Sequence[Sequence[float]],
    habits: Habits,
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
