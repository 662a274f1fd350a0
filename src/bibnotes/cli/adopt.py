"""bibnotes adopt: notes that are in Zotero already, made the reviews of their papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ..errors import PartialError, UsageError
from ..model import Outcome
from . import options, zotero_options
from .environment import Environment, counted, say, say_all
from .plan_lines import cut
from .writing import made, raise_if_unmade, require_yes
from .zotero_options import Choice

if TYPE_CHECKING:
    from ..zotero.adoption import Adoptable

_SKIP = "s"


@click.command(name="adopt")
@options.filters
@zotero_options.selection
@options.yes
@options.dry_run
def command(
    search: str,
    priorities: Sequence[str],
    year: str | None,
    zotero: Choice,
    yes: bool,
    dry_run: bool,
) -> None:
    """Make notes that are in Zotero already the reviews of their papers.

    A paper's only note gets the tag that marks a review, and nothing else changes; where there are
    several, you are asked which. Papers that have a review are passed over.

    \b
    bibnotes adopt --zotero --dry-run
    bibnotes adopt --zotero --collection "ICML 2021"
    """
    environment = Environment.of_process()
    wanted = options.chosen(environment, search, priorities, year)
    if not zotero.zotero:
        raise UsageError("Notes can be adopted in a Zotero library only", "Add --zotero.")
    ask = environment.asks and not yes and not dry_run
    library = zotero_options.opened(environment, zotero, writes=True)
    adoptable = library.adoptable()
    found = [one for one in adoptable if wanted.matches(one.paper)]
    if not found:
        say(f"{library.name}: {_none_of(len(adoptable), zotero.tags)}")
        return
    notes = {one.paper.id: _only(one) or (_asked(one) if ask else None) for one in found}
    adopted = [(one, library.adoption(one, note)) for one in found if (note := notes[one.paper.id])]
    others = [one for one in found if not notes[one.paper.id]]
    if not dry_run:  # it shows the diff
        say_all(f"{one.paper.key}: {_first(change.after.text)}" for one, change in adopted)
    if ask and adopted:
        require_yes(f"Change {library.name}?")
    changes = [change for _, change in adopted]
    outcomes = made(library, changes, "adopt", dry_run=dry_run) if changes else []
    if ask:
        others = []  # the user was asked, and said no
    for one in others:
        say_all(_choices(one))
    _raise_if_left(others, outcomes)


def _none_of(adoptable: int, tags: Sequence[str]) -> str:
    if not adoptable:
        tagged = f" tagged {', '.join(tags)}," if tags else ""
        return f"no paper{tagged} without a review has a note to adopt"
    return f"none of the {counted(adoptable, 'paper')} with a note to adopt is among those chosen"


def _raise_if_left(others: Sequence[Adoptable], outcomes: Sequence[Outcome]) -> None:
    """Let the exit code tell what was left."""
    if others:
        raise PartialError(
            f"{counted(len(others), 'paper')} with several notes left as before",
            "On a terminal, without --yes and --dry-run, bibnotes asks which one is the review.",
        )
    raise_if_unmade(outcomes)


def _only(one: Adoptable) -> str | None:
    """The key of a paper's only note."""
    return one.notes[0][0] if len(one.notes) == 1 else None


def _asked(one: Adoptable) -> str | None:
    """The key of the note that the user chose, None for none."""
    say_all(_choices(one))
    answer = click.prompt(
        "Its number, or s to skip it",
        type=click.Choice([*(str(n + 1) for n in range(len(one.notes))), _SKIP]),
        show_choices=False,
        err=True,
    )
    return None if answer == _SKIP else one.notes[int(answer) - 1][0]


def _choices(one: Adoptable) -> Iterator[str]:
    yield f"{one.paper.key}: which of these {len(one.notes)} notes is the review?"
    for number, (key, text) in enumerate(one.notes, 1):
        yield f"  {number}. {key}: {_first(text)}"


def _first(text: str) -> str:
    """How a note begins."""
    return cut(" ".join(text.split()))
