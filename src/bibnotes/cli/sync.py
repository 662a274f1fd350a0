"""bibnotes sync: a .bib file or a sheet and a Zotero library, made to say the same."""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from ..sync import Done, Plan, Side
from . import conflicts, libraries, new_sheet, options, pairs, zotero_options
from .environment import Environment, counted, say, say_all
from .plan_lines import told
from .sync_left import left
from .sync_lines import Telling, clash, sides, which
from .writing import require_yes
from .zotero_options import Choice

if TYPE_CHECKING:
    from .sync_pair import SyncPair


@click.command(name="sync")
@click.argument("local", required=False)
@zotero_options.selection
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Give a sheet every paper of the library, not only those with a review.",
)
@options.pair
@click.option(
    "--prefer",
    type=click.Choice(["local", "zotero"]),
    help="Whose review to take where both were changed differently.",
)
@click.option(
    "--moved",
    is_flag=True,
    help="The library reached now is the one LOCAL was synced with, at another address.",
)
@options.yes_to(
    "to removals in any number, to losing what Markdown cannot keep of a note in Zotero, to making "
    "a sheet whose name resembles another's"
)
@options.dry_run
def command(
    local: str | None,
    zotero: Choice,
    everything: bool,
    wishes: Sequence[str],
    prefer: Side | None,
    moved: bool,
    yes: bool,
    dry_run: bool,
) -> None:
    """Make LOCAL, a .bib file or a sheet, and a Zotero library say the same.

    Each takes what was changed in the other since they last met. What both changed is merged by
    lines; what cannot be is shown, and stays as it is on both sides. A sheet that does not exist is
    made. Zotero is written first, then LOCAL; bibnotes undo takes back either.

    \b
    bibnotes sync --zotero refs.bib --dry-run
    bibnotes sync --zotero refs.bib
    bibnotes sync --zotero reviews.md --collection "ICML 2021"
    """
    from .sync_pair import SyncPair

    if not zotero.zotero:
        raise UsageError("Nothing says with what to sync", "Add --zotero.")
    environment = Environment.of_process()
    name = local or libraries.meant(environment)
    if name == "-":
        raise UsageError("The standard input cannot be synced", "Name a file.")
    new_sheet.require_there(Path(name))
    pair = SyncPair.of(environment, name, zotero, everything=everything, moved=moved, yes=yes)
    say(which(pair))
    ask = environment.asks and not yes and not dry_run
    if not pair.path.exists():
        new_sheet.require_meant(pair.path, ask=ask, yes=yes, dry_run=dry_run)
        pair = _with_sheet(pair, dry_run=dry_run)
        if dry_run:
            plan = pair.plan({})
            _tell(_telling(pair, plan), (), dry_run=True)
            if error := left(plan, Done(), ()):
                raise error
            return
    new_sheet.require_filled(pair.path)
    papers = [statement.paper for statement in pair.local_side.statements]
    chosen = pairs.wished(wishes, papers, pair.zotero)
    with ExitStack() as texts:
        plan, asked = _settled(pair, chosen, prefer, texts, ask=ask)
        telling = _telling(pair, plan)
        _tell(telling, asked, dry_run=dry_run)
        if yes and plan.removals and not plan.gone:
            say(f"--yes: {counted(len(plan.removals), 'removal')} agreed to")
        plan.require(yes=yes or dry_run or _consents(plan, first=pair.is_first, ask=ask))
        done = pair.write(plan, dry_run=dry_run)
        start = "nothing is written by a dry run; it would be" if dry_run else f"{name} and Zotero"
        say(f"{start}: {telling.summary(done)}")
        error = left(plan, done, asked)
        if error and done.unmade:  # what was written in an editor is kept
            raise error
    if error:
        raise error


def _with_sheet(pair: SyncPair, *, dry_run: bool) -> SyncPair:
    """Make the sheet, or show it; says where it is without a paper."""
    pair = pair.with_sheet(dry_run=dry_run)
    if not (pair.everything or any(map(pair.is_wanted, pair.zotero.papers()))):
        say("Zotero has no paper with a review there; --all gives a sheet every paper")
    return pair


def _settled(
    pair: SyncPair, chosen: dict[str, str], prefer: Side | None, texts: ExitStack, *, ask: bool
) -> tuple[Plan, set[str]]:
    """The plan once the user was asked what takes a person, and the papers asked about, by id.

    Nobody is asked where nothing can be written anyway.
    """
    plan = pair.plan(chosen, prefer)
    asked: set[str] = set()
    if ask and plan.doubts and not plan.gone:
        asked |= {doubt.left.id for doubt in plan.doubts}
        chosen |= pairs.asked(plan.doubts)
        plan = pair.plan(chosen, prefer)
    open_ones = [clash(conflict) for conflict in plan.conflicts if not conflict.unclear]
    if ask and open_ones and not plan.gone:
        asked |= {one.id for one in open_ones}
        environment = pair.environment
        scale, language = environment.settings.scale, environment.language(None)
        answers = conflicts.answers(open_ones, sides(pair.name), scale, language, texts)
        plan = pair.plan(chosen, prefer, answers)
    return plan, asked


def _telling(pair: SyncPair, plan: Plan) -> Telling:
    environment = pair.environment
    scale, language = environment.settings.scale, environment.language(None)
    return Telling(pair.name, pair.there, plan, pair.problems, pair.remarks, scale, language)


def _tell(telling: Telling, asked: Container[str], *, dry_run: bool) -> None:
    """Say what is to be done, or why nothing is."""
    plan = telling.plan
    if plan.gone:
        say_all(told([telling.gone()], whole=dry_run))
        return
    say_all(told(telling.lists(asked, whole=dry_run), whole=dry_run))
    if dry_run and plan.needs_yes:
        lost = f"{len(plan.removals)} of {plan.reviews} reviews would lose something"
        say(f"{lost}: that needs --yes, or a yes on a terminal")


def _consents(plan: Plan, *, first: bool, ask: bool) -> bool:
    """Whether the user says yes, to a first sync and to removals. Raises BibnotesError on a no."""
    if (
        not ask
        or plan.gone
        or not any(one.sets_review for one in (*plan.to_local, *plan.to_zotero))
    ):
        return False
    if plan.removals:
        count = counted(len(plan.removals), "review")
        require_yes(f"Write this, with a text or a priority removed from {count}?", default=False)
    elif first:
        require_yes("Write this?")
    return True
