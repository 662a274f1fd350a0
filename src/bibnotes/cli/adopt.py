"""bibnotes adopt: notes that are in Zotero already, made the reviews of their papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ..errors import PartialError, UsageError
from ..model import UNMADE, Change
from . import options, zotero_options
from .environment import Environment, counted, say, say_all
from .plan_lines import cut
from .writing import made, require_yes
from .zotero_options import Choice

if TYPE_CHECKING:
    from ..zotero.adoption import Adoptable
    from ..zotero.library import ZoteroLibrary

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
    found = [one for one in library.adoptable() if wanted.matches(one.paper)]
    chosen = {one.paper.id: _only(one) or (_asked(one) if ask else None) for one in found}
    changes = [library.adoption(one, note) for one in found if (note := chosen[one.paper.id])]
    open_ones = [one for one in found if not chosen[one.paper.id]]
    _say_plan(found, changes, open_ones)
    if ask and changes:
        require_yes(f"Change {library.name}?")
    _adopt(library, changes, len(open_ones), dry_run=dry_run)


def _adopt(library: ZoteroLibrary, changes: Sequence[Change], left: int, *, dry_run: bool) -> None:
    """Make the changes. Raises PartialError where papers are left."""
    outcomes = made(library, changes, "adopt", dry_run=dry_run)
    left += sum(outcome.status in UNMADE for outcome in outcomes)
    if left:
        raise PartialError(
            f"{counted(left, 'paper')} left as told above",
            "On a terminal bibnotes asks which of several notes is the review.",
        )


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


def _say_plan(
    found: Sequence[Adoptable], changes: Sequence[Change], left: Sequence[Adoptable]
) -> None:
    keys = {one.paper.id: one.paper.key for one in found}
    for change in changes:
        say(f"{keys[change.paper]}: {_first(change.after.text)}")
    for one in left:
        say_all(_choices(one))


def _first(text: str) -> str:
    """How a note begins."""
    return cut(" ".join(text.split()))
