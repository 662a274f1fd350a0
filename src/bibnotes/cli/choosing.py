"""Which of several papers is meant: a person is asked, a program is told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence

import click

from ..errors import UsageError
from ..escape import one_line
from ..model import Paper
from ..table import table
from .environment import Environment, counted, say

_MOST_SHOWN = 30
_RANGE = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


def chosen(environment: Environment, papers: Sequence[Paper], language: str | None) -> list[Paper]:
    """The papers that a person picks from a list. Raises UsageError where there is nobody to ask.

    On a terminal the list goes to the standard error, so that the answer can be piped on.
    """
    lines = list(_listed(environment, papers[:_MOST_SHOWN], language))
    if len(papers) > _MOST_SHOWN:
        lines.append(f"… and {len(papers) - _MOST_SHOWN} more")
    if not environment.asks or len(papers) > _MOST_SHOWN:
        listing = "\n".join([f"{counted(len(papers), 'paper')} match:", *lines])
        raise UsageError(listing, "Add words, give citation keys, or take them all with --all.")
    for line in lines:
        say(line)
    return click.prompt(
        "Which? (1, or several: 1,3-5; all)",
        value_proc=lambda answer: _picked(answer, papers),
        err=True,
    )


def _listed(
    environment: Environment, papers: Sequence[Paper], language: str | None
) -> Iterator[str]:
    """A line a paper as `list` has it, numbered; below it the first line of its review."""
    margin = len(str(len(papers))) + 2
    rows = table(
        papers,
        scale=environment.settings.scale,
        language=environment.language(language),
        width=shutil.get_terminal_size().columns - margin if environment.asks else None,
    )
    for number, (row, paper) in enumerate(zip(rows, papers, strict=True), 1):
        yield f"{number:<{margin}}{row.rstrip()}"
        if paper.review.text:
            yield f"{'':<{margin}}{one_line(paper.review.text.splitlines()[0])}"


def _picked(answer: str, papers: Sequence[Paper]) -> list[Paper]:
    """What the answer names. Raises click.UsageError, whereupon the question is put again."""
    if answer.strip().casefold() in ("all", "全部"):
        return list(papers)
    picked: dict[int, Paper] = {}
    for part in re.split(r"[\s,，、]+", answer.strip()):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last <= len(papers):
            raise click.UsageError(f"{part!r} is none of 1 to {len(papers)}")
        picked |= {number: papers[number - 1] for number in range(first, last + 1)}
    return list(picked.values())
