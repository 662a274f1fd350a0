"""bibnotes undo: take back what a run changed."""

from __future__ import annotations

import json as json_format
from collections.abc import Iterable, Sequence
from dataclasses import replace

import click

from ..errors import NotFoundError
from ..escape import one_line
from ..journal import Journal, Run, changes_back, note_nothing_left
from ..library import Library
from ..model import UNMADE, Change, Status
from . import libraries, options
from .environment import Environment, counted, say, write
from .writing import made, raise_if_unmade

_NOTHING_TAKEN = UNMADE - {Status.PARTLY, Status.UNKNOWN} | {Status.UNCHANGED}


@click.command(name="undo")
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--list", "listing", is_flag=True, help="List the runs, the newest first.")
@options.dry_run
@options.json
def command(run: str | None, listing: bool, dry_run: bool, as_json: bool) -> None:
    """Take back what the last run changed, or RUN, where nobody has changed it since.

    What somebody changed since stays as it is, and is named; undoing again tries the rest.
    Where all is taken back, undoing again without RUN goes further back; it passes over runs that
    only noted something, as the hashes in a sheet. An undo is a run of its own: giving its id takes
    it back.

    \b
    bibnotes undo --list
    bibnotes undo --dry-run
    bibnotes undo 20261124-0915-01
    """
    journal = Journal()
    for problem in journal.problems():
        say(str(problem))
    if listing:
        write(_json(journal.runs()) if as_json else _lines(journal.runs()))
        return
    chosen = journal.find(run) if run else journal.latest_undoable()
    while chosen:
        library = _opened(chosen)
        changes = changes_back(chosen, library, journal)
        if changes or run:
            _take_back(chosen, library, changes, journal, dry_run=dry_run)
            return
        # that one was interrupted before it changed anything
        chosen = journal.latest_undoable(before=chosen.id)
    raise NotFoundError("There is nothing to undo", "bibnotes undo --list shows the runs.")


def _take_back(
    run: Run, library: Library, changes: Sequence[Change], journal: Journal, *, dry_run: bool
) -> None:
    say(f"Run {run.id}: {run.command} on {library.name}")
    outcomes = made(library, changes, "undo", dry_run=dry_run, undoes=run)
    found = {outcome.status for outcome in outcomes}
    if found <= {Status.UNCHANGED}:
        say("Nothing of this run is left to take back; without RUN, undo goes on to the one before")
        if changes and not dry_run:
            note_nothing_left(run, outcomes, library, journal)
    elif found <= _NOTHING_TAKEN and (older := journal.latest_undoable(before=run.id)):
        say(f"The run before that can be undone: bibnotes undo {older.id}")
    raise_if_unmade(outcomes)


def _opened(run: Run) -> Library:
    """The library of a run, read by the scale that the run had, whatever this folder says."""
    environment = replace(Environment.of_process(), scale=run.scale)
    try:
        return libraries.at_address(environment, run.address)
    except NotFoundError as error:
        hint = error.hint or "Put it back."
        hint += " Or take an older run: bibnotes undo --list, then bibnotes undo RUN."
        raise NotFoundError(f"Run {run.id} cannot be undone: {error.message}", hint) from error


def _lines(runs: Iterable[Run]) -> Iterable[str]:
    for run in runs:
        time = f"{run.time.astimezone():%Y-%m-%d %H:%M}"
        papers = counted(len(run.outcomes), "paper")
        state = f"{run.state.value} by {run.undone_by}" if run.undone_by else run.state.value
        command = f"{run.command} of {run.undoes}" if run.undoes else run.command
        fields = (run.id, time, command, libraries.place(run.address), papers, state)
        yield "  ".join(map(one_line, fields)) + "\n"


def _json(runs: Iterable[Run]) -> Iterable[str]:
    listed = [
        {
            "id": run.id,
            "time": run.time.isoformat(),
            "command": run.command,
            "library": run.library,
            "papers": [change.paper for change in run.changes],
            "state": run.state.value,
            "undoes": run.undoes,
            "undone_by": run.undone_by,
        }
        for run in runs
    ]
    yield json_format.dumps(listed, ensure_ascii=False, indent=2)
    yield "\n"
