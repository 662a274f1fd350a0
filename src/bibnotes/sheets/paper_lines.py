"""Which lines of a listing belong to which paper, once it is known what each line is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum

from .line_forms import Form


class Role(IntEnum):
    """What a line is. A review stands BEFORE or AFTER the abstract; without one it is BEFORE."""

    REMARK = 0
    TITLE = 1
    AUTHORS = 2
    BEFORE = 3
    ABSTRACT = 4
    AFTER = 5


REVIEW = (Role.BEFORE, Role.AFTER)


def split_papers(forms: Sequence[Form], roles: Sequence[Role]) -> list[list[int]]:
    """The lines of each paper, by their place in ``forms``; a line that is in none is a remark."""
    papers: list[list[int]] = []
    before, last = Role.REMARK, None
    for n, (form, role) in enumerate(zip(forms, roles, strict=True)):
        if _starts_paper(last, before, form, role):
            papers.append([])
        if role is not Role.REMARK:
            papers[-1].append(n)
        before, last = role, form
    return _named(papers, forms)


def _named(papers: Iterable[list[int]], forms: Sequence[Form]) -> list[list[int]]:
    """The papers that have more than tags; what has only these is of the one before."""
    named: list[list[int]] = []
    for lines in papers:
        if not all(forms[n].is_tag for n in lines):
            named.append(lines)
        elif named:
            named[-1] += lines
    return named


def _starts_paper(last: Form | None, before: Role, here: Form, role: Role) -> bool:
    """Whether a line begins a paper, seen together with the line before it."""
    if role is Role.TITLE:
        return before is not Role.TITLE or (
            last is not None and last.block != here.block and not (last.is_tag or last.is_fact)
        )
    if role is Role.AUTHORS:
        if before is Role.AUTHORS:
            return not (here.is_fact or (last is not None and names_go_on(last, here)))
        return before is not Role.TITLE
    return False


def names_go_on(last: Form, here: Form) -> bool:
    """Whether a list of authors goes on in the next line of its block."""
    if last.block != here.block:
        return False
    return bool(
        re.search(r"[,;、·&•|/]$|\band$", last.text) or re.match(r"[·&•|,;、/]|and\b", here.text)
    ) or (here.authors.separator == "" and last.authors.separator == "")
