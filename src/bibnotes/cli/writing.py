"""Planned changes on their way to a library: shown, journaled, made, and told of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import click

from .. import journal
from ..errors import BibnotesError, ConflictError, FileChangedError, NotFoundError, PartialError
from ..library import Library, Prepared
from ..model import MADE, UNMADE, Change, Outcome, Status
from .environment import counted, say, say_all, write

_TRIES = 5  # several runs at once write one after the other


def carry_out(
    library: Library,
    changes: Iterable[Change],
    command: str,
    *,
    dry_run: bool = False,
) -> None:
    """Make the changes, or show them as a diff; raises what tells how much could not be done."""
    raise_if_unmade(made(library, changes, command, dry_run=dry_run))


def require_yes(question: str, *, default: bool = True) -> None:
    """Ask on the terminal before anything is written. Raises BibnotesError for a no."""
    if not click.confirm(question, default=default, err=True):
        raise BibnotesError("Nothing was written, as you wished")


def made(
    library: Library,
    changes: Iterable[Change],
    command: str,
    *,
    dry_run: bool = False,
    undoes: journal.Run | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> list[Outcome]:
    """Make the changes, or show them as a diff; says, and returns, what became of each.

    Papers that are gone are called what ``names`` has, by ``Paper.id``, or what the run that they
    undo called them.
    """
    wanted = list(changes)
    stops: list[BibnotesError] = []
    if dry_run:
        prepared = library.prepare(wanted)
        write([prepared.diff()])
        _tell_remarks(library, prepared)
        outcomes = [_if_made(outcome) for outcome in prepared.outcomes]
    else:
        outcomes = _made(library, wanted, command, undoes.id if undoes else None, stops.append)
    if undoes:
        names = {outcome.change.paper: outcome.key for outcome in undoes.outcomes}
    outcomes = [replace(one, key=one.key or names.get(one.change.paper, "")) for one in outcomes]
    _tell(library, outcomes, dry_run=dry_run)
    say_all(stop.hint for stop in stops if stop.hint)
    return outcomes


def _if_made(planned: Outcome) -> Outcome:
    """What the end of a change would be; where a part of it has to be left there is a reason."""
    partly = planned.status is Status.PLANNED and planned.reason
    return replace(planned, status=Status.PARTLY) if partly else planned


def _made(
    library: Library,
    changes: Sequence[Change],
    command: str,
    undoes: str | None,
    stopped: Callable[[BibnotesError], None],
) -> list[Outcome]:
    """Make the changes; where somebody wrote the file meanwhile, look again and go on."""
    attempt = partial(
        journal.write,
        library,
        changes,
        journal.Journal(),
        command=command,
        undoes=undoes,
        show=partial(_tell_remarks, library),
        stopped=stopped,
    )
    for _ in range(_TRIES - 1):
        with suppress(FileChangedError):
            return attempt()
    return attempt()


def _tell_remarks(library: Library, prepared: Prepared) -> None:
    for outcome in prepared.outcomes:
        for remark in outcome.remarks:
            say(f"{library.name}: {outcome.name}: {remark}")


def _tell(library: Library, outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    words = _WOULD if dry_run else _DID
    numbers = Counter(_end(outcome) for outcome in outcomes)
    told = [f"{numbers[what]} {said}" for what, said in words.items() if numbers[what]]
    if not numbers.keys() & _TOUCHED:
        told.insert(0, f"0 {words[Status.DONE]}")
    say(f"{library.name}: {', '.join(told)}")
    for outcome in outcomes:
        if outcome.status in UNMADE:
            what = words.get(outcome.status, "not changed")
            say(f"{library.name}: {outcome.name}: {what}: {outcome.reason}")


def _end(outcome: Outcome) -> Status | None:
    """What became of a review; None where it was to stay, and something beside it was noted."""
    if outcome.status not in MADE:
        return outcome.status
    return Status.DONE if outcome.change.sets_review else None


def raise_if_unmade(outcomes: Sequence[Outcome]) -> None:
    """Let the exit code tell what could not be done; the first reason counts.

    What was changed in part, or may be, is a part of the work.
    """
    unmade = [outcome for outcome in outcomes if outcome.status in UNMADE]
    if not unmade:
        return
    numbers = Counter(_LEFT.get(outcome.status, "could not be changed") for outcome in unmade)
    (what, number), *others = sorted(numbers.items())
    message = f"{number} of {counted(len(outcomes), 'paper')} {what}"
    message += "".join(f", {number} {what}" for what, number in others)
    if len(unmade) < len(outcomes) or any(one.status in _LEFT for one in unmade):
        raise PartialError(message)
    raise _ERRORS.get(unmade[0].status, BibnotesError)(message)


_TOUCHED = {Status.DONE, Status.PARTLY, Status.UNKNOWN, None}
_DID = {
    Status.DONE: "changed",
    Status.PARTLY: "changed in part",
    Status.UNKNOWN: "may be changed",
    None: "noted",
    Status.UNCHANGED: "as before",
}
_WOULD = {
    Status.DONE: "would change",
    Status.PARTLY: "would change in part",
    None: "would be noted",
    Status.UNCHANGED: "as before",
}
_LEFT = {
    Status.PARTLY: "could be changed in part only",
    Status.UNKNOWN: "may be changed",
}
_ERRORS = {Status.MISSING: NotFoundError, Status.CHANGED: ConflictError}
