"""The way from a plan to the server: one batch after the other, until every change has its end.

A batch is not atomic, its answer may get lost, and others write at the same time. So each object
has its own result; what was refused for an old version, or may have been written or not, is looked
at and planned anew; and nobody is told that something is done before the server has said so.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice

from ..errors import BibnotesError
from ..model import Change, Json, Outcome, Status
from . import consent
from .cache import Store
from .connection import AnswerLostError, LibraryChangedError, TooLargeError
from .edits import makes_review, objects
from .gateway import BATCH, BATCH_BYTES, Answer, Gateway, Written
from .note_html import to_html, to_markdown
from .planning import PRIORITY, TEXT, PaperPlan, Plan, Step, only, why_only, without

_FINAL = {400, 413}  # this object is refused, and will be again
_HALF = "; Zotero shows half of it until it is restarted"
_IN_PART = {Status.DONE: Status.PARTLY, Status.UNCHANGED: Status.CHANGED}
"""What becomes of a change of which a part had to be left from the beginning."""
_STALE = {404, 409, 412}  # refused for what others did, before anything was set

Report = Callable[[Outcome], None]
PlanNow = Callable[[Sequence[Change], Container[str]], Plan]


@dataclass(frozen=True)
class Writer:
    """Writes to one library. ``plan`` looks at the library as it is now, and plans on that.

    ``tell`` says that Zotero waits for its user.
    """

    gateway: Gateway
    store: Store
    plan: PlanNow
    tell: consent.Tell

    @property
    def is_local(self) -> bool:
        """Whether the server is the desktop: it keeps half of what fails, and checks less."""
        return self.gateway.line.server.is_local

    def alone(self) -> AbstractContextManager[None]:
        """One writer at a time on the desktop; the web tells them apart by itself."""
        return self.store.writing() if self.is_local else nullcontext()

    def send(self, sent: Sequence[Json], version: int | None) -> Answer[list[Written]]:
        """Write a batch; with a version, only if the library still has that one."""
        return consent.write(self.gateway, sent, version, self.tell)

    def pause(self, attempt: int) -> bool:
        """Wait before another attempt, counted from 1; False where there were enough."""
        line = self.gateway.line
        if attempt < line.patience.attempts:
            line.pace.sleep(line.patience.wait_after(attempt))
        return attempt < line.patience.attempts


@dataclass
class _Paper:
    """What is known of one paper on its way; those of its changes that are PLANNED have no end.

    ``stood`` has, for each, what stands there by others. ``lost``: it was sent, and not looked up
    yet what was written; ``doubted``: that was so once, and what stands since may be ours.
    ``refused``: the server will not take it.
    """

    plan: PaperPlan | None
    steps: list[Step] = field(default_factory=list)
    stood: list[frozenset[str]] = field(default_factory=list)
    lost: bool = False
    doubted: bool = False
    refused: bool = False
    reason: str = ""

    def add(self, step: Step) -> None:
        """One more change."""
        self.steps.append(step)
        self.stood.append(step.stands)

    @property
    def open(self) -> list[int]:
        """The numbers of the changes without an end."""
        return [n for n, step in enumerate(self.steps) if step.outcome.status is Status.PLANNED]

    @property
    def objects(self) -> list[Json]:
        """What has to be sent, that of the note last."""
        return list(objects(self.plan.before, self.plan.after)) if self.plan else []

    @property
    def makes_review(self) -> bool:
        """Whether a note becomes a review that was none."""
        return bool(self.plan and makes_review(self.plan.before, self.plan.after))

    @property
    def keys(self) -> set[str]:
        """The keys of the objects that have one."""
        return {each["key"] for each in self.objects if "key" in each}

    def lose(self, error: AnswerLostError) -> None:
        """It was sent, and no answer came."""
        self.lost = self.doubted = True
        self.reason = error.message

    def heed(self, sent: Sequence[Json], results: Sequence[Written]) -> None:
        """Its objects were sent, and this became of each."""
        for each, result in zip(sent, results, strict=True):
            if not result.failure:
                self._note(each, result.key)
        failures = [result.failure for result in results if result.failure]
        self.reason = "; ".join(dict.fromkeys(failure.message for failure in failures))
        self.refused = bool(_FINAL & {failure.code for failure in failures})
        for number in [] if failures else self.open:
            self._end(number, Status.DONE)

    def _note(self, sent: Json, key: str | None) -> None:
        """An object was written, and has this key."""
        of_item = sent.get("key") == self.steps[0].outcome.change.paper
        for number in self.open:
            step = self.steps[number]
            if of_item and PRIORITY in step.parts:
                self.steps[number] = replace(step, stands=step.stands | {PRIORITY})
            elif not of_item and TEXT in step.parts:
                self.steps[number] = replace(step, stands=step.stands | {TEXT}, note=key)

    def see(self, number: int, step: Step) -> bool:
        """Take what the library says of a change now; whether it has a new way back."""
        earlier, outcome = self.steps[number], step.outcome
        if outcome.status is Status.MISSING:  # of the rest only the answers to writes tell
            step = earlier
        if not self.doubted:
            self.stood[number] |= step.stands - earlier.stands
        old, new = earlier.outcome.restore or {}, outcome.restore or {}
        restore = without({**old, **new}, self.stood[number])
        left = outcome.reason if outcome.status is Status.PLANNED else ""
        seen = replace(earlier.outcome, restore=restore, reason=left or earlier.outcome.reason)
        self.steps[number] = replace(step, outcome=seen)
        if outcome.status is Status.UNCHANGED:
            self._end(number, Status.DONE if self._written(number) else Status.UNCHANGED)
        elif outcome.status is not Status.PLANNED and self.lost and not self._written(number):
            self._end(number, Status.UNKNOWN, f"{self.reason}; now {outcome.reason}")
        elif outcome.status is not Status.PLANNED:
            self._end(number, outcome.status, outcome.reason)
        elif self.refused:
            self._end(number, Status.FAILED, self.reason)
        return number in self.open and restore != old

    def refuse(self, error: TooLargeError) -> None:
        """It was sent alone, and nothing of it is taken."""
        self.reason = error.message
        self.give_up(self.reason)

    def give_up(self, why: str) -> None:
        """End what has no end."""
        for number in self.open:
            self._end(number, Status.UNKNOWN if self.lost else Status.FAILED, self.reason or why)

    def _end(self, number: int, status: Status, reason: str = "") -> None:
        step, written = self.steps[number], self._written(number)
        outcome = step.outcome
        takes_back = outcome.change.restore is not None
        if written and status not in (Status.DONE, Status.UNKNOWN):
            status = Status.DONE if step.stands == step.parts else Status.PARTLY
            if takes_back and status is Status.PARTLY:
                reason = why_only(written, reason)
        if outcome.reason and status in _IN_PART:
            status, reason = _IN_PART[status], outcome.reason
        change, restore = outcome.change, outcome.restore
        if takes_back and written and status is Status.PARTLY:
            change = only(written, change)
        if restore and written and status is not Status.UNKNOWN:  # the rest is not ours to take
            restore = without(restore, step.parts - written)
        if TEXT in written and restore and restore.get("note", {}).get("key", "") is None:
            restore = {**restore, "note": {**restore["note"], "key": step.note}}
        ended = replace(outcome, change=change, status=status, reason=reason, restore=restore)
        self.steps[number] = replace(step, outcome=ended)

    def _written(self, number: int) -> frozenset[str]:
        """The parts of a change that stand by us, as far as anybody knows."""
        return self.steps[number].stands - self.stood[number]

    def texts(self) -> Iterator[tuple[str, str]]:
        """The note that was written, and the text that it was made of if HTML does not keep it."""
        for number, step in enumerate(self.steps):
            if step.note and TEXT in self._written(number):
                text = step.outcome.change.after.text
                yield step.note, "" if to_markdown(to_html(text)) == text else text


@dataclass
class _Batch:
    """Some papers with what has to be sent of each, in one request."""

    parts: list[tuple[_Paper, list[Json]]] = field(default_factory=list)

    @property
    def papers(self) -> list[_Paper]:
        """Those of which something is sent, or of which the changes cancel each other."""
        return [paper for paper, _ in self.parts]

    @property
    def objects(self) -> list[Json]:
        """What is sent, in order; that of a paper stays together."""
        return [each for _, own in self.parts for each in own]

    def halves(self) -> Iterator[_Batch]:
        """Two smaller ones."""
        middle = len(self.parts) // 2
        yield _Batch(self.parts[:middle])
        yield _Batch(self.parts[middle:])

    def results(
        self, written: Sequence[Written]
    ) -> Iterator[tuple[_Paper, Sequence[Json], Sequence[Written]]]:
        """Each paper with its own objects, and what became of them."""
        ends = iter(written)
        for paper, own in self.parts:
            yield paper, own, list(islice(ends, len(own)))


def _batches(papers: Iterable[_Paper]) -> Iterator[_Batch]:
    batch, number, size = _Batch(), 0, 0
    for paper in papers:
        needed = paper.objects
        needs = sum(map(_size, needed))
        if batch.parts and (number + len(needed) > BATCH or size + needs > BATCH_BYTES):
            yield batch
            batch, number, size = _Batch(), 0, 0
        batch.parts.append((paper, needed))
        number, size = number + len(needed), size + needs
    if batch.parts:
        yield batch


def _size(sent: Json) -> int:
    """The bytes that an object takes in a request."""
    return len(json.dumps(sent, ensure_ascii=False).encode())


class Writing:
    """Planned changes on their way; ``finish`` reports the end of each."""

    def __init__(self, writer: Writer, plan: Plan, report: Report) -> None:
        self._writer, self._report = writer, report
        self._version = plan.version
        self._papers: dict[str, _Paper] = {}  # those without an end
        for step in plan.steps:
            if step.outcome.status is Status.PLANNED:
                key = step.outcome.change.paper
                self._papers.setdefault(key, _Paper(plan.papers[key])).add(step)
        self._taken: set[str] = set()  # keys that the server has, whatever we know
        self._why = "it could not be written"  # of what has no reason of its own

    def finish(self) -> None:
        """Write until every change has its end, or there is no use in trying.

        What stops it is raised after the ends are reported: UNKNOWN for what may have been written.
        """
        self._writer.gateway.require_writable()
        with self._writer.alone():
            try:
                self._go_on()
            except BibnotesError as error:
                self._give_up(error.message)
                raise

    def _go_on(self) -> None:
        fruitless = 0
        while self._papers:
            waiting = self._waiting()
            lost = self._write_all()
            if not self._papers:
                return
            fruitless = 0 if self._waiting() < waiting else fruitless + 1
            goes_on = not fruitless or self._writer.pause(fruitless)
            try:
                self._look()
            except BibnotesError as error:
                raise lost or error from None
            if not goes_on:
                self._give_up(self._why)

    # One pass

    def _write_all(self) -> AnswerLostError | None:
        """Send each batch; stop where the rest has to be planned anew.

        Where a note is to become a review, the library must stay as it was planned on from the
        first batch on: somebody else may make a review too, or trash the paper.
        """
        guarded = any(paper.makes_review for paper in self._papers.values())
        batches = deque(_batches(self._papers.values()))
        while batches:
            batch = batches.popleft()
            if not batch.objects:  # changes that cancel each other
                self._settle(batch, [])
                continue
            try:
                answer = self._writer.send(batch.objects, self._version if guarded else None)
            except AnswerLostError as lost:
                for paper in batch.papers:
                    paper.lose(lost)
                return lost
            except TooLargeError as error:
                self._narrow(batch, batches, error)
                continue
            except LibraryChangedError as changed:
                self._why = f"{changed.message} again and again"
                return None
            self._version = answer.version
            self._settle(batch, answer.value)
        return None

    def _narrow(self, batch: _Batch, batches: deque[_Batch], error: TooLargeError) -> None:
        """Put two smaller batches in the place of one; a paper alone has its end."""
        if len(batch.parts) > 1:
            batches.extendleft(reversed([*batch.halves()]))
            return
        for paper in batch.papers:
            paper.refuse(error)
        self._report_ended()

    def _settle(self, batch: _Batch, written: Sequence[Written]) -> None:
        for paper, sent, results in batch.results(written):
            paper.heed(sent, results)
            self._taken |= _taken(sent, results)
        self._put_back(batch, written)
        self._report_ended()

    def _put_back(self, batch: _Batch, written: Sequence[Written]) -> None:
        """Send old values again: of a failed change the desktop keeps half, and saves it later."""
        if not self._writer.is_local:
            return
        failed = {
            sent["key"]
            for sent, result in zip(batch.objects, written, strict=True)
            if result.failure and "key" in sent and result.failure.code not in _STALE
        }
        plans = [paper.plan for paper in batch.papers if paper.plan and failed & paper.keys]
        old = [each for plan in plans for each in objects(plan.after, plan.before)]
        left = self._unwritten([each for each in old if each.get("key") in failed])
        for paper in batch.papers:
            if left & paper.keys:
                paper.reason += _HALF

    def _unwritten(self, again: Sequence[Json]) -> set[str]:
        """Write, and return the keys of what could not be written."""
        keys = [each["key"] for each in again]
        try:  # not by `send`: nobody is to be asked for leave to change nothing
            results = self._writer.gateway.write(again).value if again else []
        except BibnotesError:
            return set(keys)
        return {key for key, result in zip(keys, results, strict=True) if result.failure}

    # Between passes

    def _look(self) -> None:
        """See what the library holds now; end what has its end, plan the rest anew."""
        waiting = [(paper, number) for paper in self._papers.values() for number in paper.open]
        changes = [paper.steps[number].outcome.change for paper, number in waiting]
        plan = self._writer.plan(changes, self._taken)
        self._version = plan.version
        for key, paper in self._papers.items():
            paper.plan = plan.papers.get(key)
        for (paper, number), step in zip(waiting, plan.steps, strict=True):
            if paper.see(number, step):
                self._report(paper.steps[number].outcome)
        for paper in self._papers.values():
            paper.lost = False
        self._report_ended()

    def _waiting(self) -> int:
        return sum(len(paper.open) for paper in self._papers.values())

    def _give_up(self, why: str) -> None:
        for paper in self._papers.values():
            paper.give_up(why)
        self._report_ended()

    def _report_ended(self) -> None:
        """Report the papers of which each change has its end, in the order of the changes."""
        ended = [key for key, paper in self._papers.items() if not paper.open]
        papers = [self._papers.pop(key) for key in ended]
        self._writer.store.remember(dict(text for paper in papers for text in paper.texts()))
        for paper in papers:
            for step in paper.steps:
                self._report(step.outcome)


def _taken(sent: Sequence[Json], results: Sequence[Written]) -> set[str]:
    """The keys of new notes that were refused, since something has them."""
    return {
        each["key"]
        for each, result in zip(sent, results, strict=True)
        if each.get("version") == 0 and result.failure and result.failure.code in _STALE
    }
