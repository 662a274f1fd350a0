"""What a sheet says of one paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..bibtex.names import split_names
from ..model import FileSource, Name, Paper, Problem

_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV|V")


@dataclass(frozen=True, slots=True)
class Statement:
    """One paper of a sheet: what identifies it, and its review as the sheet has it.

    ``base`` is the hash (`Review.digest`) of the review that the sheet was made from, None where
    the sheet does not tell. A part of the review that the sheet says nothing about, as
    ``says_priority`` and ``says_text`` tell, is empty in ``paper.review``; ``completable`` tells
    whether it may be added. ``line`` is counted from 1; ``repeats`` holds the lines of all
    statements about the same paper where there are several: then none of them is ever edited.
    """

    paper: Paper
    base: str | None
    says_priority: bool
    says_text: bool
    line: int
    repeats: tuple[int, ...] = ()
    completable: bool = False

    @property
    def stamps(self) -> bool:
        """Whether the hash of a review that is written there is noted: not in YAML."""
        return not self.completable


def statement_of(paper: Paper, line: int = 1) -> Statement:
    """What a sheet is to say of a paper: its review as far as there is one."""
    review = paper.review
    return Statement(paper, None, bool(review.priority), bool(review.text), line)


def paper_id(key: str, title: str, authors: Iterable[str], *noted: str) -> str:
    """What a sheet knows a paper by: its key, what is noted for the purpose, else what it says."""
    return next(filter(None, (key, *noted, title, "; ".join(authors))), "untitled")


def read_name(text: str) -> Name:
    """A name as ``str(Name)`` writes it, or as "Family, Given"."""
    whole, _, last = text.rpartition(", ")
    suffix = last if whole and _SUFFIX.fullmatch(last) else ""
    names, _ = split_names(whole if suffix else text)
    return replace(names[0], suffix=suffix) if len(names) == 1 else Name(text)


def with_repeats(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements, those about the same paper marked as such."""
    lines: dict[str, list[int]] = {}
    for statement in statements:
        lines.setdefault(statement.paper.id, []).append(statement.line)
    if len(lines) == len(statements):
        return tuple(statements)
    shared = {paper: tuple(here) for paper, here in lines.items() if len(here) > 1}
    return tuple(
        replace(one, repeats=shared[one.paper.id]) if one.paper.id in shared else one
        for one in statements
    )


def repetitions(name: str, statements: Iterable[Statement]) -> list[Problem]:
    """A problem for each statement about a paper that an earlier one is about."""
    return [
        Problem(
            FileSource(name, one.line),
            f"the paper stands in line {one.repeats[0]} already; neither is taken or changed",
            one.paper.id,
        )
        for one in statements
        if one.repeats and one.repeats[0] < one.line
    ]
