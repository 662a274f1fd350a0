"""bibnotes sync: a .bib file or a sheet and a Zotero library, made to say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ..errors import ConflictError, PartialError, UsageError
from ..model import Change, Paper
from ..sync import Done, Plan, Side
from . import libraries, options, pairs, zotero_options
from .environment import Environment, counted, say, say_all
from .plan_lines import change_lines, doubt_lines, named, repeated_lines
from .sync_answers import asked, conflict_lines
from .writing import require_yes
from .zotero_options import Choice

if TYPE_CHECKING:
    from .sync_pair import SyncPair

_SHOWN = 10  # papers named one by one


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
@options.yes
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
    pair = SyncPair.of(environment, name, zotero, everything=everything, moved=moved, yes=yes)
    if not pair.path.exists():
        pair.make_sheet(dry_run=dry_run)
        if dry_run:
            return
    ask = environment.asks and not yes and not dry_run
    papers = [statement.paper for statement in pair.local_side.statements]
    plan = _settled(pair, pairs.wished(wishes, papers, pair.zotero), prefer, ask=ask)
    say_all(_plan_lines(pair, plan))
    plan.require(yes=yes or dry_run or _consents(pair, plan, ask=ask))
    done = pair.write(plan, dry_run=dry_run)
    say(f"{name} and {pair.zotero.name}: {_summary(plan, done)}")
    _raise_if_left(plan, done)


def _settled(pair: SyncPair, chosen: dict[str, str], prefer: Side | None, *, ask: bool) -> Plan:
    """The plan, once the user was asked what takes a person."""
    plan = pair.plan(chosen, prefer)
    if ask and plan.doubts:
        chosen |= pairs.asked(plan.doubts)
        plan = pair.plan(chosen, prefer)
    conflicts = [conflict for conflict in plan.conflicts if not conflict.unclear]
    if ask and conflicts:
        environment = pair.environment
        answers = asked(conflicts, environment.settings.scale, environment.language(None))
        plan = pair.plan(chosen, prefer, answers)
    return plan


def _consents(pair: SyncPair, plan: Plan, *, ask: bool) -> bool:
    """Whether the user says yes, to a first sync and to removals. Raises BibnotesError on a no."""
    if not ask or plan.gone or not (plan.to_local or plan.to_zotero):
        return False
    if not (pair.is_first or plan.removals):
        return False
    require_yes(f"Write {pair.name} and {pair.zotero.name}?")
    return True


def _plan_lines(pair: SyncPair, plan: Plan) -> Iterator[str]:
    """What is to change on either side, and what is left to somebody."""
    scale, language = pair.environment.settings.scale, pair.environment.language(None)
    here = {step.local.id: step.local.key or step.local.title for step in plan.steps}
    there = {step.zotero.id: step.zotero.key for step in plan.steps}
    for changes, keys, to in ((plan.to_local, here, pair.name), (plan.to_zotero, there, "Zotero")):
        for line in change_lines(_telling(changes), keys, scale, language, _SHOWN):
            yield f"to {to}: {line}"
    yield from repeated_lines(plan.repeated)
    for doubt in plan.doubts:
        yield from doubt_lines(doubt)
    for conflict in plan.conflicts:
        yield from conflict_lines(conflict, scale, language)
    for one in plan.absent[:_SHOWN]:
        side = pair.name if one.missing == "local" else "Zotero"
        yield f"{one.agreed.local}: not in {side} any more; its review stays where it is"
    yield from _unpaired(_reviewed(plan.only_local), "Zotero")
    yield from _unpaired(_reviewed(plan.only_zotero), pair.name)


def _telling(changes: Iterable[Change]) -> list[Change]:
    """Changes of a review; a change to the same one only notes what was agreed on."""
    return [change for change in changes if change.sets_priority or change.sets_text]


def _unpaired(papers: Sequence[Paper], library: str) -> Iterator[str]:
    for paper in papers[:_SHOWN]:
        yield f"not in {library}: {named(paper)}"
    if len(papers) > _SHOWN:
        yield f"… and {len(papers) - _SHOWN} more papers with a review are not in {library}"


def _reviewed(papers: Iterable[Paper]) -> list[Paper]:
    return [paper for paper in papers if paper.review]


def _summary(plan: Plan, done: Done) -> str:
    taken, sent = _telling(plan.to_local), _telling(plan.to_zotero)
    changed = {step.zotero.id for step in plan.steps if _telling(step.changes)}
    counts = [
        (len(taken), "taken from Zotero"),
        (len(sent), "sent to Zotero"),
        (len(plan.steps) - len(changed), "unchanged"),
        (len(plan.removals), "of them removed something"),
        (len(plan.conflicts), "in conflict"),
        (len(plan.absent), "absent"),
        (len(_reviewed((*plan.only_local, *plan.only_zotero))) + len(plan.doubts), "not paired"),
        (len(done.unmade), "not written"),
    ]
    return ", ".join(f"{number} {what}" for number, what in counts if number) or "nothing to do"


def _raise_if_left(plan: Plan, done: Done) -> None:
    """Let the exit code tell what was left: conflicts first."""
    if plan.conflicts:
        raise ConflictError(
            f"{counted(len(plan.conflicts), 'review')} in conflict, left as on both sides",
            "Take one side with --prefer local or --prefer zotero, or edit one of them.",
        )
    if done.unmade:
        raise PartialError(f"{counted(len(done.unmade), 'review')} could not be written")
    if doubts := _reviewed(doubt.left for doubt in plan.doubts):
        raise PartialError(
            f"{counted(len(doubts), 'review')} could not be paired",
            "Say which paper is meant with --pair LINE=KEY.",
        )
