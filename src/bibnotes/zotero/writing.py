"""The way from a plan to the server: one batch after the other, until every change has its end.

A batch is not atomic, its answer may get lost, and others write at the same time. So each object
has its own result; what was refused for an old version, or may have been written or not, is looked
at and planned anew; and nobody is told that something is done before the server has said so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace

from ..errors import BibnotesError
from ..model import Change, Json, Outcome, Status
from . import consent
from .cache import Store
from .connection import AnswerLostError, LibraryChangedError
from .edits import objects
from .gateway import BATCH, Answer, Gateway, Written
from .note_html import to_markdown
from .planning import PaperPlan, Plan, Step

_FRUITLESS = 3  # passes in which nothing gets its end, before we give up
_FINAL = {400, 413}  # this object is refused, and will be again
_HALF = "; Zotero shows half of it until it is restarted"
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
        """Whether the server is the desktop: new notes there have no keys that tell of repeats."""
        return self.gateway.line.server.is_local

    def alone(self) -> AbstractContextManager[None]:
        """One writer at a time on the desktop; the web tells them apart by itself."""
        return self.store.writing() if self.is_local else nullcontext()

    def send(self, sent: Sequence[Json], version: int) -> Answer[list[Written]]:
        """Write a batch that was planned on a version of the library.

        The desktop gets it only if the library still has that version, where there is a new note in
        it: somebody else may have written the same.
        """
        guarded = self.is_local and any("key" not in each for each in sent)
        return consent.write(self.gateway, sent, version if guarded else None, self.tell)

    def pause(self, attempt: int) -> None:
        """Wait before another attempt, counted from 1."""
        line = self.gateway.line
        line.pace.sleep(line.patience.wait_after(attempt))


@dataclass
class _Batch:
    """The objects of some papers, which go in one request."""

    papers: list[str] = field(default_factory=list)
    objects: list[Json] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)  # whose each object is


def _batches(papers: dict[str, PaperPlan]) -> Iterator[_Batch]:
    """The objects of a paper stay together."""
    batch = _Batch()
    for key, paper in papers.items():
        needed = list(objects(paper.before, paper.after))
        if len(batch.objects) + len(needed) > BATCH:
            yield batch
            batch = _Batch()
        batch.papers.append(key)
        batch.objects += needed
        batch.owners += [key] * len(needed)
    if batch.papers:
        yield batch


class Writing:
    """Planned changes on their way; ``finish`` reports the end of each."""

    def __init__(self, writer: Writer, plan: Plan, report: Report) -> None:
        self._writer, self._plan, self._report = writer, plan, report
        planned = [step for step in plan.steps if step.outcome.status is Status.PLANNED]
        self._steps: dict[int, Step] = dict(enumerate(planned))  # those without an end
        self._ended: dict[int, Outcome] = {}
        self._of_paper: dict[str, list[int]] = defaultdict(list)
        for number, step in self._steps.items():
            self._of_paper[step.outcome.change.paper].append(number)
        # Papers of which something is, or may be, written, with the text that their note has then.
        self._touched: dict[str, dict[str, str]] = {}
        self._reasons: dict[str, str] = {}
        self._final: set[str] = set()
        self._taken: set[str] = set()  # keys that the server has, whatever we know
        self._lost: AnswerLostError | None = None
        self._texts: dict[str, str] = {}  # by the keys of the notes that were made of them

    def finish(self) -> None:
        """Write until every change has its end, or there is no use in trying.

        Raises what ends it before anything is written, and AnswerLostError where it could not be
        looked up what was.
        """
        self._writer.gateway.require_writable()
        with self._writer.alone():
            fruitless = 0
            while self._steps:
                waiting = len(self._steps)
                self._write_all()
                if not self._steps:
                    return
                fruitless = 0 if len(self._steps) < waiting else fruitless + 1
                if fruitless:
                    self._writer.pause(fruitless)
                self._look()
                if fruitless == _FRUITLESS:
                    self._give_up()

    # One pass

    def _write_all(self) -> None:
        """Send each batch; stop where the rest has to be planned anew."""
        version = self._plan.version
        for batch in _batches(self._plan.papers):
            if not batch.objects:  # changes that cancel each other
                self._settle(batch, [])
                continue
            try:
                answer = self._writer.send(batch.objects, version)
            except AnswerLostError as lost:
                self._lost = lost
                for paper in batch.papers:
                    self._touch(paper)
                self._note(batch.papers, lost.message)
                return
            except LibraryChangedError as changed:
                self._note(batch.papers, changed.message)
                return
            except BibnotesError as error:
                self._stop(error)
                return
            version = answer.version
            self._settle(batch, answer.value)

    def _settle(self, batch: _Batch, written: Sequence[Written]) -> None:
        results: dict[str, list[Written]] = {paper: [] for paper in batch.papers}
        for owner, result in zip(batch.owners, written, strict=True):
            results[owner].append(result)
        for paper, own in results.items():
            if any(result.failure for result in own):
                self._fail(paper, own)
                continue
            new_note = own[-1].key if own else None
            self._texts.update(self._text_of(paper, new_note))
            for number in self._open_of(paper):
                self._end(number, Status.DONE, new_note=new_note)
        self._put_back(batch, written)
        self._remember()

    def _fail(self, paper: str, results: Sequence[Written]) -> None:
        failures = [result.failure for result in results if result.failure]
        self._reasons[paper] = "; ".join(failure.message for failure in failures)
        if len(failures) < len(results):
            self._touch(paper)
            for number in self._open_of(paper):
                self._steps[number] = replace(self._steps[number], stands=True)
        if _FINAL & {failure.code for failure in failures}:
            self._final.add(paper)
        note, of_note = self._plan.papers[paper].after.note, results[-1].failure
        if note and note.key and not note.version and of_note and of_note.code in _STALE:
            self._taken.add(note.key)

    def _put_back(self, batch: _Batch, written: Sequence[Written]) -> None:
        """Send old values again: of a failed change the desktop keeps half, and saves it later."""
        if not self._writer.is_local:
            return
        failed = {
            sent["key"]
            for sent, result in zip(batch.objects, written, strict=True)
            if result.failure and "key" in sent and result.failure.code not in _STALE
        }
        plans = (self._plan.papers[paper] for paper in batch.papers)
        old = [each for plan in plans for each in objects(plan.after, plan.before)]
        if again := [each for each in old if each.get("key") in failed]:
            try:  # not by `send`: nobody is to be asked for leave to change nothing
                self._writer.gateway.write(again)
            except BibnotesError:
                halves = {each["key"] for each in again}
                for sent, paper in zip(batch.objects, batch.owners, strict=True):
                    if sent.get("key") in halves:
                        self._reasons[paper] += _HALF

    # Between passes

    def _look(self) -> None:
        """See what the library holds now; end what has its end, plan the rest anew."""
        numbers = list(self._steps)
        changes = [self._steps[number].outcome.change for number in numbers]
        try:
            self._plan = self._writer.plan(changes, self._taken)
        except BibnotesError:
            if self._lost:  # that is what the user has to know
                raise self._lost from None
            raise
        self._lost = None
        for number, step in zip(numbers, self._plan.steps, strict=True):
            self._take(number, step)
        self._remember()
        for paper in list(self._plan.papers):
            if paper in self._final:
                del self._plan.papers[paper]

    def _take(self, number: int, step: Step) -> None:
        outcome, paper = step.outcome, step.outcome.change.paper
        touched = paper in self._touched
        earlier = self._steps[number].outcome.restore or {}
        restore = {**earlier, **(outcome.restore or {})} if touched else outcome.restore
        self._steps[number] = replace(step, outcome=replace(outcome, restore=restore or earlier))
        if outcome.status is Status.UNCHANGED:
            if touched:
                self._texts.update(self._touched[paper])
            self._end(number, Status.DONE if touched else Status.UNCHANGED)
        elif outcome.status is not Status.PLANNED:
            self._end(number, outcome.status, outcome.reason)
        elif paper in self._final:
            self._end(number, Status.FAILED, self._reasons[paper])

    def _give_up(self) -> None:
        for number, step in list(self._steps.items()):
            paper = step.outcome.change.paper
            self._end(number, Status.FAILED, self._reasons.get(paper, "it could not be written"))

    def _stop(self, error: BibnotesError) -> None:
        """Nothing more can be written. Raises the error where nothing was."""
        if not self._ended and not self._touched:
            raise error
        self._note(list(self._plan.papers), error.message)
        with suppress(BibnotesError):
            self._look()
        self._give_up()

    # Ends

    def _note(self, papers: Sequence[str], reason: str) -> None:
        self._reasons.update(dict.fromkeys(papers, reason))

    def _open_of(self, paper: str) -> list[int]:
        return [number for number in self._of_paper[paper] if number in self._steps]

    def _touch(self, paper: str) -> None:
        self._touched[paper] = self._text_of(paper, None)

    def _text_of(self, paper: str, new_note: str | None) -> dict[str, str]:
        """The text that a paper's note was made of, if that is a text that HTML does not keep."""
        plan = self._plan.papers[paper]
        note = plan.after.note
        if note is None or plan.text is None:
            return {}
        key = note.key or new_note
        if key is None:
            return {}
        return {key: "" if to_markdown(note.html) == plan.text else plan.text}

    def _remember(self) -> None:
        self._writer.store.remember(self._texts)
        self._texts = {}

    def _end(
        self, number: int, status: Status, reason: str = "", *, new_note: str | None = None
    ) -> None:
        """Give a change its end; those of one paper are reported together, in their order."""
        step = self._steps.pop(number)
        paper = step.outcome.change.paper
        if step.stands and paper in self._touched and status is not Status.DONE:
            status = Status.PARTLY
        restore = step.outcome.restore
        if new_note and restore and restore.get("note", {}).get("key", "") is None:
            restore = {**restore, "note": {**restore["note"], "key": new_note}}
        self._ended[number] = replace(step.outcome, status=status, reason=reason, restore=restore)
        numbers = self._of_paper[paper]
        if all(each in self._ended for each in numbers):
            for each in numbers:
                self._report(self._ended[each])
