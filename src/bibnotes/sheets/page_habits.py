"""How a listing does things: its order, languages, lengths, labels, and how it sets titles."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from .author_line import SURE_AUTHORS
from .line_forms import Form, Label
from .line_runs import Run
from .paper_lines import REVIEW, Role, split_papers

_T = TypeVar("_T")
PLAIN = (0, "")  # a title without a heading or a number


@dataclass(frozen=True, slots=True)
class Habits:
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


def find_habits(forms: Sequence[Form], runs: Sequence[Run], roles: Sequence[Role]) -> Habits:
    """What the page does, told from how its lines were read."""
    papers = split_papers(forms, roles)
    titles = [_first(paper, forms, roles, Role.TITLE) for paper in papers]
    abstracts = [_first(paper, forms, roles, Role.ABSTRACT) for paper in papers]
    reviews = [_first(paper, forms, roles, *REVIEW) for paper in papers]
    tags = [n for n, form in enumerate(forms) if form.is_tag and roles[n] is not Role.REMARK]
    return Habits(
        dense=is_dense(forms),
        titled=sum(n is not None for n in titles) / max(1, len(titles)),
        authored=len(titles) > 1 and _share_authored(papers, roles) >= 0.8,
        separator=_usual_separator(forms, roles),
        titles=_shares(title_style(forms[n]) for n in titles if n is not None),
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
    runs: Sequence[Run], abstracts: Sequence[int | None], reviews: Sequence[int | None]
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
    return max(-5.0, min(5.0, 2 * math.log(first / after)))


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


def is_dense(forms: Sequence[Form]) -> bool:
    """Whether papers follow each other without a blank line."""
    sure = [form for form in forms if form.authors.likeness >= SURE_AUTHORS]
    return len(sure) >= 3 and len(sure) > 1.5 * len({form.block for form in sure})


def title_style(form: Form) -> tuple[int, str]:
    """How a title is set off: the level of its heading, and its label or number."""
    return form.line.heading, "label" if form.label is Label.TITLE else form.number
