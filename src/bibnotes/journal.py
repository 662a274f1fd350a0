"""What each run is about to change and has changed, so that it can be undone and recovered.

The journal is a folder with one file of JSON lines a run. A run's file holds, in this order:

- a head: ``bibnotes`` (the format, 1), ``time``, ``command``, ``library`` and ``address``, the
  ``scale`` by which priorities were read, how many ``changes`` follow, and in an undo the run that
  it ``undoes``;
- one line a planned change: ``paper``, ``before``, ``after``, the library's ``restore``, and the
  citation ``key`` where that is something else; in an undo also one for what it had to leave;
- as they come, one line an outcome: ``outcome`` (the number of the change, from 0), ``status``,
  ``reason``, ``restore``, and where it is known to be of a part of the change only, the ``before``
  and ``after`` of that; and ``failed``, an error that ended the run early;
- ``end``.

Head and changes reach the disk before anything is changed. Until its end the file is called
``RUN.open``, then ``RUN.jsonl``; beside it a lock, ``RUN.lock``, lives as long as the process. So
an open file whose lock is free tells of a process that died, and what it got done is found out by
looking at the library: see ``recover``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from itertools import chain, dropwhile, islice
from pathlib import Path

from . import files, state
from .errors import BibnotesError, ConflictError, NotAllowedError, NotFoundError, UsageError
from .library import Library, Prepared
from .model import Change, FileSource, Json, Outcome, Problem, Review, Status
from .scale import Scale

_FORMAT = 1
_TOOK_EFFECT = (Status.DONE, Status.PARTLY)
_OPEN = (Status.PLANNED, Status.UNKNOWN)
_MAY_STAND = (*_TOOK_EFFECT, *_OPEN)
_STANDS_AGAIN = (*_MAY_STAND, Status.UNCHANGED)
_AS_WANTED = (Status.DONE, Status.UNCHANGED)
_NAME = re.compile(r"(\d{8}-\d{4})-(\d{2,})\.(jsonl|open|lock)")


class State(Enum):
    """How far a run came."""

    DONE = "done"
    PARTLY = "partly done"
    NOTHING = "nothing done"
    INTERRUPTED = "interrupted"  # it died, or is still at work; or nobody knows what it did
    PARTLY_UNDONE = "partly undone"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Run:
    """One run that was to change a library, as the journal tells it.

    ``outcomes`` has one for each planned change; PLANNED or UNKNOWN means that what became of it
    is not known (yet); of an undo also for what it had to leave. ``undoes`` and ``undone_by`` are
    ids of other runs; ``taken_back`` has those parts of its changes that do not stand any more.
    """

    id: str
    time: datetime
    command: str
    library: str  # Library.name
    address: str  # Library.address
    outcomes: tuple[Outcome, ...]
    undoes: str | None = None
    undone_by: str | None = None
    taken_back: frozenset[Change] = frozenset()
    partly_undone: bool = False  # perhaps of a change of which nobody knows which part
    failure: str = ""
    ended: bool = False
    scale: Scale | None = None  # by which priorities were read; old runs do not tell

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was planned."""
        return tuple(outcome.change for outcome in self.outcomes)

    @property
    def done(self) -> tuple[Outcome, ...]:
        """What took effect, wholly or partly, as far as the journal knows."""
        return tuple(outcome for outcome in self.outcomes if outcome.status in _TOOK_EFFECT)

    @property
    def may_stand(self) -> tuple[Outcome, ...]:
        """What took effect, or may have."""
        return tuple(outcome for outcome in self.outcomes if outcome.status in _MAY_STAND)

    @property
    def left(self) -> tuple[Outcome, ...]:
        """What took effect, or may have, and was not taken back since, each with what is left."""
        left = ((one, one.change.without(self.taken_back)) for one in self.may_stand)
        return tuple(replace(one, change=change) for one, change in left if change)

    @property
    def sets_a_review(self) -> bool:
        """Whether what is left of it is more than notes beside the reviews."""
        return any(one.change.sets_review for one in self.left)

    @property
    def state(self) -> State:
        """How far it came."""
        if self.undone_by:
            return State.UNDONE
        if not self.ended:
            return State.INTERRUPTED
        if self.partly_undone:
            return State.PARTLY_UNDONE
        as_wanted = all(outcome.status in _AS_WANTED for outcome in self.outcomes)
        if as_wanted and (self.done or self.undoes):
            return State.DONE
        if self.done:
            return State.PARTLY
        return State.INTERRUPTED if self.may_stand else State.NOTHING


def write(
    library: Library,
    changes: Iterable[Change],
    journal: Journal,
    *,
    command: str,
    undoes: str | None = None,
    show: Callable[[Prepared], None] = lambda _prepared: None,
    stopped: Callable[[BibnotesError], None] = lambda _error: None,
) -> list[Outcome]:
    """Make changes in a library, journaled; returns an outcome for each, in order.

    ``show`` gets what is prepared before anything is written, ``stopped`` what ``apply_prepared``
    gives it.
    """
    prepared = library.prepare(changes)
    show(prepared)
    return apply_prepared(
        prepared, library, journal, command=command, undoes=undoes, stopped=stopped
    )


def apply_prepared(
    prepared: Prepared,
    library: Library,
    journal: Journal,
    *,
    command: str,
    undoes: str | None = None,
    stopped: Callable[[BibnotesError], None] = lambda _error: None,
) -> list[Outcome]:
    """Make prepared changes, journaled; returns an outcome for each, in order.

    Where nothing is planned, nothing is written. What ``Prepared.apply`` raises goes on to the
    caller where nothing may be changed; else the outcomes tell how far it came, and ``stopped`` is
    told the error. An interrupt leaves the run open, and says what is known of it.
    """
    recover(library, journal)
    planned = [outcome for outcome in prepared.outcomes if outcome.status is Status.PLANNED]
    if not planned:
        return list(prepared.outcomes)
    noted = prepared.outcomes if undoes else planned  # of an undo also what it leaves
    with journal.opened(library, noted, command, undoes) as record:
        try:
            prepared.apply(record.report)
        except Exception as error:
            record.fail(str(error))
            with suppress(Exception):  # the first error is the one that counts
                _settle(record, library)
            if not (isinstance(error, BibnotesError) and record.may_have_changed):
                raise
            stopped(error)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_told_interrupted(record, library.name)) from None
        else:
            with suppress(BibnotesError):  # then the next run looks
                _settle(record, library)
    ends = map(record.told, record.outcomes)
    if undoes:
        return list(ends)
    return [
        next(ends) if outcome.status is Status.PLANNED else outcome for outcome in prepared.outcomes
    ]


def _told_interrupted(record: Record, name: str) -> str:
    """What the user is told of a run that they stopped: how far it came, and how to go on."""
    changed = sum(outcome.status in _TOOK_EFFECT for outcome in record.outcomes)
    more = ", and perhaps more" if changed < len(record.outcomes) else ""
    so_far = f"Changed in {name} so far: {changed} of {len(record.outcomes)}{more}."
    back = "" if record.undoes else ", or take it back with bibnotes undo"
    return f"{so_far} Run the command again for the rest{back}."


def changes_back(run: Run, library: Library, journal: Journal) -> list[Change]:
    """The changes that take back what is left of a run, the last one first; none for nothing done.

    To be made in a run that ``undoes`` this one, so that it can be undone too. Where all of it was
    taken back before, all is looked at again: a file may have come back from a copy.
    Where the run was interrupted, that is found out and noted first. Raises UsageError where the
    run changed another library, or had another scale: by this one its tags mean something else.
    Raises ConflictError where it is still at work.
    """
    if run.address != library.address:
        raise UsageError(f"Run {run.id} changed {run.library}, not {library.name}")
    if run.scale not in (None, library.scale):
        raise UsageError(f"Run {run.id} had another scale than {library.name} is read by now")
    recover(library, journal)
    run = journal.find(run.id)
    if not run.ended:
        raise ConflictError(f"Run {run.id} is still at work", "Undo it when it has ended.")
    return _back(run.left or run.may_stand)


def _back(outcomes: Sequence[Outcome]) -> list[Change]:
    """Changes that take these back; of two of one paper the later one builds on the earlier."""
    return [outcome.change.reversed(outcome.restore) for outcome in reversed(outcomes)]


def note_nothing_left(
    run: Run, ends: Sequence[Outcome], library: Library, journal: Journal
) -> None:
    """Note an undo that found all of what is left of a run taken back: its ends are UNCHANGED.

    Nothing is noted where another undo has done so since the run was read.
    """
    if not journal.find(run.id).undone_by:
        with journal.opened(library, ends, "undo", run.id) as record:
            record.end()


def recover(library: Library, journal: Journal, *, only_undos: bool = False) -> None:
    """Find out what runs that died in this library got done, and note it.

    To be called before the library is written; of undos also before a base is relied on (see
    ``base.Base.undone``). Raises ConflictError where such an undo cannot be judged, since it had
    another scale than the library is read by now; other runs are then left to their own undo. Costs
    one look into the folder where none died.
    """
    for run_id in journal.open_runs():
        with journal.reopened(run_id) as record:
            if not record or record.address != library.address:
                continue
            if only_undos and not record.undoes:
                continue
            if record.scale in (None, library.scale):
                _settle(record, library)
            elif only_undos:
                raise ConflictError(
                    f"Run {run_id}, an undo, did not end, and the scale was changed since",
                    f"Say bibnotes undo {run_id}: it finds out what was done, by the scale that "
                    "the run had, and takes that back.",
                )


def _settle(record: Record, library: Library) -> None:
    """Judge the changes without an outcome by what the library says now, and end the run.

    A change took effect where it stands, or could be taken back, and did not where that changes
    nothing; where it could be made too, it took effect in part. Else nobody knows: somebody was
    there since.
    """
    unknown = [i for i, one in enumerate(record.outcomes) if one.status in _OPEN]
    if unknown:
        planned = [record.outcomes[i] for i in unknown]
        back = reversed(library.prepare(_back(planned)).outcomes)
        again = library.prepare(one.change for one in planned).outcomes
        for i, one, *seen in zip(unknown, planned, back, again, strict=True):
            why = one.reason or record.failure or "the run was interrupted"
            record.note(i, _judged(one, *seen, why=why))
    record.end()


def _judged(planned: Outcome, back: Outcome, again: Outcome, *, why: str) -> Outcome:
    if back.status is again.status is Status.PLANNED:
        return replace(planned, status=Status.PARTLY, reason=why)
    if Status.PLANNED is back.status or Status.UNCHANGED is again.status:
        left = back.reason if back.status is Status.PLANNED else ""  # of a part, why it has to stay
        return replace(planned, status=Status.PARTLY if left else Status.DONE, reason=left)
    if back.status is Status.UNCHANGED:
        return replace(planned, status=Status.FAILED, reason=why)
    return replace(planned, status=Status.UNKNOWN, reason=why)


class Journal:
    """The runs of one user, in a folder that only they can read.

    The folder is ``$BIBNOTES_STATE_DIR/journal`` or, where that is not set, ``bibnotes/journal`` in
    the place that the system has for such things (on Linux ``~/.local/state``).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state.folder() / "journal"

    def runs(self) -> list[Run]:
        """All runs, newest first; damaged files are left out: see ``problems``."""
        return list(self.newest_first())

    def problems(self) -> list[Problem]:
        """The files that cannot be read, each with its line."""
        found = []
        for path in self._paths():
            try:
                _read(path)
            except _DamagedError as error:
                if not error.torn:
                    found.append(Problem(FileSource(str(path), error.line), str(error)))
        return found

    def find(self, prefix: str) -> Run:
        """The run whose id is, or as the only one begins with, the prefix.

        Raises NotFoundError where there is none, UsageError where there are several.
        """
        ids = {path.stem for path in self._paths()}
        matching = [prefix] if prefix in ids else sorted(i for i in ids if i.startswith(prefix))
        if len(matching) > 1:
            message = f"{len(matching)} runs begin with {prefix}"
            raise UsageError(message, "Give more of it. bibnotes undo --list shows the runs.")
        for run in self.newest_first():
            if run.id in matching:
                return run
        if matching:
            message = f"What run {matching[0]} did cannot be read: its journal file is damaged"
            raise BibnotesError(message, f"It is in {self.folder}.")
        raise NotFoundError(f"There is no run {prefix}", "bibnotes undo --list shows the runs.")

    def latest_undoable(self, before: str | None = None) -> Run | None:
        """The newest run by which a review stands as it set it (or may); no undo itself.

        One that only noted something beside the reviews is passed over: a sync notes in a sheet
        what it sent before, and that is what somebody means to take back. ``before`` is the id of
        a run that it has to be older than.
        """
        runs = self.newest_first()
        if before:
            runs = islice(dropwhile(lambda run: run.id != before, runs), 1, None)
        return next((run for run in runs if not run.undoes and run.sets_a_review), None)

    def open_runs(self) -> list[str]:
        """The ids of the runs without an end: of processes that died or are at work."""
        return sorted({path.stem for path in self._paths(".open", ".lock")})

    @contextmanager
    def opened(
        self, library: Library, planned: Sequence[Outcome], command: str, undoes: str | None
    ) -> Iterator[Record]:
        """Write a new run's plan; at the end of the block its file is closed if it was ended.

        What is not PLANNED has its end already.
        """
        self._make_folder()
        while True:
            run_id = self._next_id()
            with self._claimed(run_id) as ours:
                path = self._path(run_id, ".open")
                if not ours or path.exists() or path.with_suffix(".jsonl").exists():
                    continue  # another process was faster
                record = Record(path, library.address, library.scale, planned, undoes=undoes)
                lines = [
                    _head(library, len(planned), command, undoes),
                    *map(_planned, planned),
                    *(_end(n, o) for n, o in enumerate(planned) if o.status is not Status.PLANNED),
                ]
                files.create(path, b"".join(map(_line, lines)))
                yield record
                return

    @contextmanager
    def reopened(self, run_id: str) -> Iterator[Record | None]:
        """Go on with the file of a run whose process died; None where there is nothing to do."""
        with self._claimed(run_id) as ours:
            yield self._abandoned(run_id) if ours else None

    def _abandoned(self, run_id: str) -> Record | None:
        path = self._path(run_id, ".open")
        try:
            run = _read(path)
        except NotFoundError:
            return None
        except _DamagedError as error:
            if error.torn:  # it died before it changed anything
                files.remove(path)
            return None
        record = Record(path, run.address, run.scale, run.outcomes, run.failure, run.undoes)
        if run.ended:
            record.end()
            return None
        files.append(path, b"\n")  # the last line may be torn
        return record

    @contextmanager
    def _claimed(self, run_id: str) -> Iterator[bool]:
        """Be the only process that writes a run's file; False where another one is."""
        lock = self._path(run_id, ".lock")
        with files.hold(lock, wait=0) as ours:
            try:
                yield ours
            finally:
                if ours and not self._path(run_id, ".open").exists():
                    with suppress(NotAllowedError):  # Windows, which removes it by itself
                        files.remove(lock)

    def newest_first(self) -> Iterator[Run]:
        """All runs, newest first, each read when it is looked at; see ``runs``."""
        later: dict[str, list[_Later]] = {}
        for path in self._paths():
            try:
                run = _read(path)
            except (_DamagedError, NotFoundError):  # not found: it ended just now
                continue
            since = later.pop(run.id, [])
            run = _as_of_now(run, since)
            if run.undoes:
                again = (_Later(one.run, not one.takes_back) for one in since)
                later.setdefault(run.undoes, []).extend([_Later(run, True), *again])
            yield run

    def _next_id(self) -> str:
        """One after the last, whatever the clock says, so that the order of ids is that of runs."""
        minute, number = _now().strftime("%Y%m%d-%H%M"), 0
        newest = next(iter(self._paths(".jsonl", ".open", ".lock")), None)
        if newest and (last := _order(newest.stem)) >= (minute, 0):
            minute, number = last
        return f"{minute}-{number + 1:02d}"

    def _paths(self, *kinds: str) -> list[Path]:
        kinds = kinds or (".jsonl", ".open")
        paths = [
            self.folder / name for name in files.names_in(self.folder) if _NAME.fullmatch(name)
        ]
        wanted = (path for path in paths if path.suffix in kinds)
        return sorted(wanted, key=lambda path: _order(path.stem), reverse=True)

    def _path(self, run_id: str, kind: str) -> Path:
        return self.folder / f"{run_id}{kind}"

    def _make_folder(self) -> None:
        try:
            files.make_folder(self.folder)
        except NotAllowedError as error:
            hint = (
                "Every change is noted there first, so that it can be taken back. "
                "Set BIBNOTES_STATE_DIR to a folder that you can write to."
            )
            raise NotAllowedError(error.message, hint) from error


@dataclass(frozen=True, slots=True)
class _Later:
    """A run that takes another one back, or that makes it again: it takes back one that did."""

    run: Run
    takes_back: bool


def _as_of_now(run: Run, since: Iterable[_Later]) -> Run:
    """A run after those that took it back or made it again; of each part the last one counts."""
    stood = _parts(run.may_stand)
    taken: frozenset[Change] = frozenset()
    undos: list[Run] = []
    for later in sorted(since, key=lambda one: _order(one.run.id)):
        ends = later.run.outcomes
        if later.takes_back:
            undos.append(later.run)
            taken |= stood & {part.reversed() for part in _parts(filter(_is_made, ends))}
        else:
            taken -= _parts(one for one in ends if one.status in _STANDS_AGAIN)
    if taken and taken == stood:
        return replace(run, taken_back=taken, undone_by=max(undos, key=_rank).id)
    partly = bool(taken) or any(undo.left for undo in undos)
    return replace(run, taken_back=taken, partly_undone=partly)


def _rank(undo: Run) -> tuple[bool, bool, tuple[str, int]]:
    """Of several undos of a run the highest undid it: one that stands and took something back."""
    return not undo.undone_by, bool(undo.done), _order(undo.id)


def _parts(outcomes: Iterable[Outcome]) -> frozenset[Change]:
    return frozenset(part for one in outcomes for part in one.change.parts)


def _is_made(outcome: Outcome) -> bool:
    """Whether all that the change of an undo sets is taken back; of a part it has that part."""
    if outcome.status is Status.PARTLY:
        return len(outcome.change.parts) == 1
    return outcome.status in _AS_WANTED


class Record:
    """The file of a run that has not ended: outcomes are added to it as they come."""

    def __init__(
        self,
        path: Path,
        address: str,
        scale: Scale | None,
        planned: Sequence[Outcome],
        failure: str = "",
        undoes: str | None = None,
    ) -> None:
        self.path, self.undoes = path, undoes
        self.address, self.scale = address, scale
        self.outcomes = list(planned)
        self.failure = failure
        self._whole = True
        self._waiting: dict[str, list[int]] = {}
        for i, outcome in enumerate(self.outcomes):
            self._waiting.setdefault(outcome.change.paper, []).append(i)

    @property
    def may_have_changed(self) -> bool:
        """Whether anything is changed, or was sent and nobody knows."""
        changed = (*_TOOK_EFFECT, Status.UNKNOWN)
        return any(outcome.status in changed for outcome in self.outcomes)

    def told(self, outcome: Outcome) -> Outcome:
        """An outcome as the user gets it: what nobody could look up is UNKNOWN."""
        if outcome.status is not Status.PLANNED:
            return outcome
        return replace(outcome, status=Status.UNKNOWN, reason=self.failure)

    def report(self, outcome: Outcome) -> None:
        """Note what became of a change: what ``Prepared.apply`` reports to.

        Of one that takes back and had to leave a part, the outcome may have only the other part.
        """
        waiting = self._waiting[outcome.change.paper]
        same = (n for n in waiting if self.outcomes[n].change == outcome.change)
        unended = (n for n in waiting if self.outcomes[n].status in _OPEN)
        number = next(chain(same, unended))
        if outcome.status is not Status.PLANNED:
            waiting.remove(number)
        self.note(number, outcome)

    def note(self, number: int, outcome: Outcome) -> None:
        """Note what became of the change with this number."""
        part = outcome.change.parts != self.outcomes[number].change.parts
        self.outcomes[number] = outcome
        line = {**_end(number, outcome), **(_reviews(outcome.change) if part else {})}
        self._add(line, durable=outcome.status is Status.PLANNED)

    def fail(self, message: str) -> None:
        """Note the error that ended the run early."""
        self.failure = message
        self._add({"failed": message})

    def end(self) -> None:
        """Nothing more will come."""
        self._add({"end": True}, durable=True)
        if self._whole:
            with suppress(BibnotesError):  # then the next run does it
                files.rename(self.path, self.path.with_suffix(".jsonl"))

    def _add(self, line: Json, *, durable: bool = False) -> None:
        """Add a line, if it can be done: what is missing, the next run finds out by looking.

        A full disk must not stop changes of which the plan is safe, nor make them look undone.
        """
        if self._whole:
            try:
                files.append(self.path, _line(line), durable=durable)
            except BibnotesError:
                self._whole = False


class _DamagedError(Exception):
    """A journal file that cannot be read; torn where its plan was never written to the end."""

    def __init__(self, message: str, line: int, *, torn: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.torn = torn


def _read(path: Path) -> Run:
    try:
        lines = files.read(path).split(b"\n")
    except NotFoundError:
        raise
    except BibnotesError as error:
        raise _DamagedError(error.message, 1) from error
    whole = lines[:-1]  # what follows the last line end is torn, or nothing
    head = _parsed(whole, 0)
    if head.get("bibnotes") != _FORMAT:
        raise _DamagedError("written by another version of bibnotes", 1)
    try:
        count = int(head["changes"])
        outcomes = [_outcome(_parsed(whole, 1 + i), 2 + i) for i in range(count)]
        run = Run(
            id=path.stem,
            time=datetime.fromisoformat(head["time"]),
            command=head["command"],
            library=head["library"],
            address=head["address"],
            outcomes=(),
            scale=Scale.of_json(head["scale"]) if "scale" in head else None,
            undoes=head.get("undoes"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _DamagedError("the head of the run is damaged", 1) from error
    return _followed(run, outcomes, whole[1 + count :])


def _parsed(lines: Sequence[bytes], index: int) -> Json:
    if index >= len(lines):
        raise _DamagedError("the plan of the run is incomplete", index + 1, torn=True)
    try:
        line = json.loads(lines[index].decode("utf-8", "surrogatepass"))
    except ValueError:
        line = None
    if not isinstance(line, dict):
        raise _DamagedError("the line is damaged", index + 1)
    return line


def _outcome(line: Json, number: int) -> Outcome:
    try:
        change = _change(line["paper"], line)
    except (KeyError, TypeError) as error:
        raise _DamagedError("the change is damaged", number) from error
    key = str(line.get("key", ""))
    return Outcome(change, Status.PLANNED, restore=line.get("restore"), key=key)


def _followed(run: Run, outcomes: list[Outcome], lines: Iterable[bytes]) -> Run:
    """The run with what came after its plan; lines torn by a crash tell nothing."""
    failure, ended = "", False
    for raw in lines:
        with suppress(ValueError, KeyError, TypeError, IndexError, AttributeError):
            line = json.loads(raw.decode("utf-8", "surrogatepass"))
            failure = line.get("failed", failure)
            ended = line.get("end", ended)
            if "outcome" in line:
                number = line["outcome"]
                outcomes[number] = replace(
                    outcomes[number],
                    change=_part(outcomes[number].change, line),
                    status=Status(line["status"]),
                    reason=line.get("reason", ""),
                    restore=line.get("restore") or outcomes[number].restore,
                )
    return replace(run, outcomes=tuple(outcomes), failure=failure, ended=ended)


def _part(change: Change, line: Json) -> Change:
    """The part of a change that an outcome is of: it tells which if that is not the whole."""
    if "after" not in line:
        return change
    return _change(change.paper, line)


def _change(paper: str, line: Json) -> Change:
    change = Change(paper, _review(line["before"]), _review(line["after"]))
    hash(change)  # only what is no text has none
    return change


def _head(library: Library, changes: int, command: str, undoes: str | None) -> Json:
    return {
        "bibnotes": _FORMAT,
        "time": _now().isoformat(timespec="seconds"),
        "command": command,
        "library": library.name,
        "address": library.address,
        "scale": library.scale.to_json(),
        "changes": changes,
        **({"undoes": undoes} if undoes else {}),
    }


def _planned(outcome: Outcome) -> Json:
    change = outcome.change
    return {
        "paper": change.paper,
        **_reviews(change),
        "restore": outcome.restore,
        **({"key": outcome.key} if outcome.key else {}),
    }


def _end(number: int, outcome: Outcome) -> Json:
    """What became of the change with this number."""
    return {
        "outcome": number,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "restore": outcome.restore,
    }


def _reviews(change: Change) -> Json:
    return {"before": _review_json(change.before), "after": _review_json(change.after)}


def _review_json(review: Review) -> Json:
    return {"priority": review.priority, "text": review.text, "also": list(review.also)}


def _review(said: Json) -> Review:
    return Review(said["priority"], said["text"], tuple(said["also"]))


def _line(content: Json) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _order(run_id: str) -> tuple[str, int]:
    minute, _, number = run_id.rpartition("-")
    return minute, int(number)


def _now() -> datetime:
    return datetime.now(timezone.utc).astimezone()
