"""Which review is about which paper, as the user says it: by ``--pair``, or when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import click

from ..errors import NotFoundError, UsageError
from ..library import Library
from ..match import Doubt
from ..model import Paper
from ..search import fold
from . import libraries
from .environment import say
from .plan_lines import doubt_lines

_SKIP = "s"


def wished(wishes: Iterable[str], papers: Sequence[Paper], library: Library) -> dict[str, str]:
    """The pairs of ``--pair``, by ``Paper.id`` on both sides.

    ``papers`` are those of the reviews. Raises UsageError, also for two that contradict each other,
    and NotFoundError.
    """
    found: dict[str, tuple[str, str]] = {}  # with the wish that says so
    for wish in wishes:
        review, equals, key = wish.rpartition("=")
        if not (equals and review and key):
            raise UsageError(f"--pair {wish}: this must be REVIEW=KEY")
        one, other = _review(review, papers).id, libraries.paper(library, key).id
        for paper, (meant, earlier) in found.items():
            if (paper == one) != (meant == other):
                what = "two papers for one review" if paper == one else "one paper for two reviews"
                raise UsageError(
                    f"--pair {earlier} and --pair {wish} name {what}", "Leave one of them out."
                )
        found[one] = other, wish
    return {paper: meant for paper, (meant, _) in found.items()}


def _review(word: str, papers: Sequence[Paper]) -> Paper:
    """The paper of the reviews that a word names: a key, a line, or a title."""
    tests: list[Callable[[Paper], bool]] = [
        lambda paper: word in (paper.key, paper.id),
        lambda paper: str(paper.source).endswith(f":{word}"),
        lambda paper: bool(paper.title) and fold(paper.title) == fold(word),
    ]
    for test in tests:
        if found := list(filter(test, papers)):
            if len(found) > 1:
                lines = ", ".join(str(paper.source) for paper in found)
                raise UsageError(f"--pair {word}: there are several: {lines}", "Give its line.")
            return found[0]
    raise NotFoundError(f"--pair {word}: no review has this key, line or title")


def asked(doubts: Iterable[Doubt]) -> dict[str, str]:
    """The pairs that the user chose on the terminal, by ``Paper.id`` on both sides."""
    chosen: dict[str, str] = {}
    for doubt in doubts:
        for line in doubt_lines(doubt):
            say(line)
        numbers = [str(number + 1) for number in range(len(doubt.candidates))]
        answer = click.prompt(
            "Its number, or s to skip it",
            type=click.Choice([*numbers, _SKIP]),
            show_choices=False,
            err=True,
        )
        if answer != _SKIP:
            chosen[doubt.left.id] = doubt.candidates[int(answer) - 1].paper.id
    return chosen
