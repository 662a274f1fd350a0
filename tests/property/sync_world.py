"""Files and a Zotero library in memory, that people edit at random and that are synced.

What is known of every line that anybody wrote: whether somebody took it out. So it can be said at
any time what must still be there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any, TypeAlias

from bibnotes import sync
from bibnotes.agreement import completed
from bibnotes.base import Agreed, took_back
from bibnotes.errors import NotReachableError
from bibnotes.journal import Run
from bibnotes.model import Change, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE, Scale
from bibnotes.sync import Conflict, Done, Local, Plan, Settlement, Side, Zotero
from bibnotes.sync.bases import after
from bibnotes.sync.libraries import zotero_side
from bibnotes.sync.sheet import widened

from .memory_places import MemoryFile, MemorySheet, MemoryZotero

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
Answers: TypeAlias = Mapping[str, Settlement]
_KEY = "23456789"  # a part of what Zotero makes keys of
NO_ANSWERS: Answers = MappingProxyType({})

TITLES = (
    "Weight Sharing for Graph Networks",
    "Weight Sharing for Image Networks",  # only its title tells it from the first
    "Searching Cells Without Any Training",
    "Bandits for the Patient Architect",
)
OTHER_WORDS = Scale(tuple(replace(one, also=("once",)) for one in DEFAULT_SCALE.levels[:1]))
DOIS = ("", "", "10.1/2", "10.1/3")


@dataclass
class Fuse:
    """Breaks at a step: before it takes effect, or after it, so that its answer is lost."""

    steps: int | None = None
    after: bool = False

    def run(self, step: Callable[[], None]) -> None:
        breaks = self.steps == 0
        if self.steps is not None:
            self.steps -= 1
        if breaks and not self.after:
            raise NotReachableError("broken")
        step()
        if breaks:
            raise NotReachableError("broken")


@dataclass
class Place:
    """A library with what was taken out of it: items in the trash, entries that were cut.

    ``unseen`` are the lines of entries that were cut since the last sync, by their titles.
    """

    library: Any
    base: dict[str, Agreed] = field(default_factory=dict)  # a file's with the Zotero library
    seen: int = 0  # how many runs there were when the base was kept
    trash: dict[str, Paper] = field(default_factory=dict)
    unseen: dict[str, set[str]] = field(default_factory=dict)
    old_words: bool = False  # the base was read by other words for the levels

    def papers(self) -> list[Paper]:
        return list(self.library.papers())


class World:
    """Some files and one Zotero library, with what people did to them."""

    def __init__(self, *files: MemoryFile) -> None:
        self.files = [Place(file) for file in files]
        self.zotero = Place(MemoryZotero())
        self.taken_out: set[str] = set()
        self.said: dict[str, list[Review]] = {}  # all that was ever said, by title
        self.of: dict[str, set[str]] = {}  # of which papers a line may be, by their titles
        self.marked: dict[str, set[str | None]] = {}  # the priorities that a paper ever got
        self.put_back: set[str] = set()
        self.said_again: set[str] = set()  # with it also the lines that stood there still
        self.written = 0
        self.merges = 0
        self.runs: list[Run] = []

    def copy(self) -> World:
        return copy.deepcopy(self)

    # What people do anywhere.

    def place(self, number: int) -> Place:
        return [self.zotero, *self.files][number % (len(self.files) + 1)]

    def add(self, place: Place, work: int, text: bool) -> None:
        new = f"ITEM222{'ABCD'[work]}" if place is self.zotero else f"key{work}"
        there = (*place.papers(), *place.trash.values())
        if any(paper.id == new or paper.title == TITLES[work] for paper in there):
            return
        paper = Paper(new, f"key{work}", title=TITLES[work], doi=DOIS[work])
        place.library.add(paper)
        self.miss_what_was_cut(place, paper)
        if text:
            self.edit(place, paper.id, Review(None, self.line()))

    def miss_what_was_cut(self, place: Place, paper: Paper) -> None:
        """An entry that was cut and comes back bare looks as if its review had been emptied."""
        if any(one.local == paper.id for one in place.base.values()):
            self.taken_out |= place.unseen.pop(paper.title, set())

    def line(self) -> str:
        self.written += 1
        return f"w{self.written}"

    def edit(self, place: Place, paper: str, review: Review) -> None:
        self.taken_out |= lines(place.library.review(paper)) - lines(review)
        if place is self.zotero:
            self.replace_what_lost_its_tag(paper, review)
        elif not place.base:
            self.replace_what_the_hash_is_of(place, paper, review)
        place.library.put(paper, review)
        self.said.setdefault(title_of(place, paper), []).append(review)
        self.marked.setdefault(title_of(place, paper), set()).add(review.priority)

    def replace_what_the_hash_is_of(self, file: Place, paper: str, review: Review) -> None:
        """Without a base an edited section was made from what its hash is of, if that is there."""
        (statement,) = (one for one in file.library.statements() if one.paper.id == paper)
        for there in self.zotero.papers():
            if there.title == statement.paper.title and there.review.digest() == statement.base:
                self.taken_out |= lines(there.review) - lines(review)

    def write_an_earlier_text(self, place: Place, paper: str, number: int) -> None:
        """Put back what was said before; where all agreed on something else, that is an edit."""
        earlier = self.said.get(title_of(place, paper), [])
        if not earlier:
            return
        quiet = len(self.files) == 1 and not self.sync(0).gone and not self.plan(0).conflicts
        if not place.library.has(paper):
            return
        text = earlier[number % len(earlier)].text
        new = lines(Review(text=text)) - lines(place.library.review(paper))
        self.edit(place, paper, replace(place.library.review(paper), text=text))
        self.put_back |= new
        self.said_again |= lines(Review(text=text))
        if quiet:
            self.taken_out -= new

    def replace_what_lost_its_tag(self, item: str, review: Review) -> None:
        """Beside another review, what somebody took for their own is no review of the paper."""
        if review.text:
            self.taken_out |= self.zotero.library.own_lines(item) - lines(review)

    def cut(self, place: Place, paper: str) -> None:
        """Remove an entry from a file, or put an item into the trash."""
        (cut,) = (one for one in place.papers() if one.id == paper)
        place.library.remove(paper)
        if place is self.zotero:
            place.trash[paper] = cut
        else:
            place.unseen[cut.title] = lines(cut.review)
        self.taken_out |= lines(cut.review) - self.everywhere()

    def rename(self, place: Place, paper: str, key: str) -> None:
        """Give a paper another citation key: in a file that is its id."""
        (old,) = (one for one in place.papers() if one.id == paper)
        new = replace(old, key=key, id=paper if place is self.zotero else key)
        if new.id != paper and place.library.has(new.id):
            return
        place.library.replace(paper, new)
        self.miss_what_was_cut(place, new)

    # What people do in Zotero.

    def restore(self, paper: str) -> None:
        self.zotero.library.add(self.zotero.trash.pop(paper))

    def merge(self, item: str) -> None:
        """Merge an item into a new one of the same work."""
        (old,) = (one for one in self.zotero.papers() if one.id == item)
        self.merges += 1
        self.zotero.library.merge(
            item, replace(old, id=f"MERGED{_KEY[self.merges // 8]}{_KEY[self.merges % 8]}")
        )

    def write_a_second_note(self, item: str) -> None:
        self.zotero.library.add_note(item, self.line())

    def drop_a_note(self, item: str) -> None:
        """Trash the first of two notes."""
        first, *_ = self.zotero.library.tagged(item)
        self.zotero.library.drop(item, first)
        self.taken_out |= set(first.text.split("\n"))

    def take_the_tag_off(self, item: str) -> None:
        """Take a note for oneself: unless there is another, the files are to keep what it says."""
        first, *others = self.zotero.library.tagged(item)
        self.zotero.library.tag(first, False)
        kept = set() if others else self.everywhere()
        self.taken_out |= set(first.text.split("\n")) - kept

    def put_the_tag_back(self, item: str) -> None:
        self.zotero.library.tag(self.zotero.library.untagged(item)[0], True)

    # What people do with files.

    def make_the_sheet_anew(self, file: Place) -> None:
        """Write over a sheet with a digest of what Zotero says."""
        there = {paper.title: paper.review for paper in self.zotero.papers()}
        for paper in file.papers():
            self.edit(file, paper.id, there.get(paper.title, paper.review))
        file.library.make_anew()

    def change_the_words_of_the_scale(self) -> None:
        """The files are read by the new ones; in Zotero the old tags mean nothing any more."""
        for item in self.zotero.papers():
            self.zotero.library.put(item.id, replace(item.review, priority=None))
        for file in self.files:
            file.old_words = True

    def lose_the_base(self, file: Place) -> None:
        """With it goes what tells a text that was put back from one that was never changed.

        And a conflict over a section that was edited: its hash tells now what it was made from.
        """
        file.base = {}
        self.taken_out |= self.put_back
        for paper in file.papers():
            self.replace_what_the_hash_is_of(file, paper.id, paper.review)

    # Sync.

    def agreed(self, file: Place) -> dict[str, Agreed]:
        since = took_back(self.runs[file.seen :][::-1], self.runs[: file.seen][::-1])
        return after(since, file.base, "zotero", self.address(file))

    def address(self, place: Place) -> str:
        return "zotero" if place is self.zotero else f"file {self.files.index(place)}"

    def plan(self, number: int, prefer: Side | None = None, answers: Answers = NO_ANSWERS) -> Plan:
        file = self.files[number]
        known = self.agreed(file).values()
        there = zotero_side(self.zotero.library, file.base.values())
        plan = sync.plan(
            Local(file.library.statements()),
            Zotero(there.papers, there.replaced, there.unclear, there.released),
            known,
            DEFAULT_SCALE,
            prefer=prefer,
            answers=answers,
            read_by=OTHER_WORDS if file.old_words else DEFAULT_SCALE,
        )
        if isinstance(file.library, MemorySheet):
            return widened(plan, file.library, there, lambda one: bool(one.review))  # type: ignore[arg-type]
        return plan

    def sync(
        self,
        number: int,
        prefer: Side | None = None,
        fuse: Fuse | None = None,
        answers: Answers = NO_ANSWERS,
    ) -> Plan:
        """Sync as the command does, unless it stops; what a person settles is taken out."""
        asking, plan = self.plan(number), self.plan(number, prefer, answers)
        if plan.gone:
            return plan
        if not answers and not self.files[number].base:
            assert not plan.removals, plan.removals
        for one in asking.conflicts:
            asked = prefer if not one.reason else None  # what is asked for other reasons stays
            if not one.unclear and (answer := answers.get(one.zotero.id, asked)):
                self.taken_out |= given_up(one, answer)
        if asking.gone:  # then one side is preferred wherever it differs
            self.taken_out |= lost_by(plan)
        done = self.apply(number, plan, fuse or Fuse())
        if done.unmade:
            self.adopt(done.unmade)
            return self.sync(number, prefer, fuse, answers)
        return plan

    def adopt(self, refused: Sequence[Outcome]) -> None:
        """Do as one is told where a note says already what was to be written."""
        for outcome in refused:
            notes = self.zotero.library.untagged(outcome.change.paper)
            (note,) = (one for one in notes if f"{one.key} says this already" in outcome.reason)
            self.zotero.library.tag(note, True)

    def settle(self, number: int, side: Side) -> None:
        """Sync, and answer to every question alike."""
        conflicts = self.plan(number).conflicts
        self.sync(number, side, answers={one.zotero.id: side for one in conflicts})

    def apply(self, number: int, plan: Plan, fuse: Fuse) -> Done:
        file = self.files[number]
        if isinstance(file.library, MemorySheet):
            new = (step for step in plan.steps if not file.library.has(step.local.id))
            file.library.coming |= {step.local.id: step.local for step in new}
        return sync.apply(
            plan,
            lambda changes: self.write(self.zotero, changes, fuse),
            lambda changes: self.write(file, changes, fuse),
            lambda agreed: fuse.run(lambda: self.keep(file, agreed)),
        )

    def write(
        self, place: Place, changes: Sequence[Change], fuse: Fuse, undoes: str | None = None
    ) -> list[Outcome]:
        """Make changes one by one, and tell the journal of each that was made."""
        outcomes = [place.library.check(change) for change in changes]
        if place is self.zotero:
            for change in changes:
                self.replace_what_lost_its_tag(change.paper, change.after)
        begun = Run(str(len(self.runs)), NOW, "sync", "", self.address(place), (), undoes)
        self.runs.append(begun)
        for outcome in outcomes:
            if outcome.status is Status.PLANNED:
                fuse.run(lambda planned=outcome: self._make(place, planned))  # type: ignore[misc]
        return [
            replace(one, status=Status.DONE) if one.status is Status.PLANNED else one
            for one in outcomes
        ]

    def _make(self, place: Place, planned: Outcome) -> None:
        place.library.make(planned.change)
        done = (*self.runs[-1].outcomes, replace(planned, status=Status.DONE))
        self.runs[-1] = replace(self.runs[-1], outcomes=done)

    def keep(self, file: Place, agreed: list[Agreed]) -> None:
        file.base = {one.other: one for one in agreed}
        file.seen = len(self.runs)
        file.unseen.clear()
        file.old_words = False
        assert len(file.base) == len(agreed)

    def undo(self, number: int) -> None:
        """Take back one of the runs that can be: what it brought is where it came from.

        One that only noted hashes is passed over, as by the command.
        """
        runs = [run for run in self.runs if run.sets_a_review and not run.undone_by]
        if runs:
            run = runs[number % len(runs)]
            self.runs[self.runs.index(run)] = replace(run, undone_by="somebody")
            (place,) = (
                one for one in (self.zotero, *self.files) if self.address(one) == run.address
            )
            back = [outcome.change.reversed(outcome.restore) for outcome in run.done]
            before = self.everywhere()
            self.write(place, back, Fuse(), undoes=run.id)
            self.heed_undo(place, back, before)

    def heed_undo(self, place: Place, changes: Sequence[Change], before: set[str]) -> None:
        """What that took out everywhere; to undo an undo is an edit, also of an earlier line.

        It goes by the key, also where that passed on to another paper.
        """
        titles = {paper.id: paper.title for paper in place.papers()}
        for change in changes:
            for line in lines(change.after) if change.paper in titles else ():
                self.of[line].add(titles[change.paper])
            self.marked.setdefault(titles.get(change.paper, ""), set()).add(change.after.priority)
        self.taken_out |= before - self.everywhere()
        gone = {line for one in changes for line in lines(one.before) - lines(one.after)}
        self.taken_out |= gone & (self.put_back | self.said_again)

    # What must hold.

    def everywhere(self) -> set[str]:
        """The lines of all reviews, the trash included; what a note without the tag says is not."""
        places = [self.zotero, *self.files]
        papers = [*self.zotero.trash.values(), *(one for place in places for one in place.papers())]
        zotero = self.zotero.library
        notes = [note.text for item in zotero.notes for note in zotero.tagged(item)]
        texts = [*notes, *(paper.review.text for paper in papers)]
        return {line for text in texts for line in text.split("\n") if line}

    def check_nothing_is_lost(self) -> None:
        required = {f"w{number + 1}" for number in range(self.written)} - self.taken_out
        assert required <= self.everywhere(), required - self.everywhere()

    def check_nothing_is_doubled(self) -> None:
        for place in (self.zotero, *self.files):
            for paper in place.papers():
                text = [line for line in paper.review.text.split("\n") if line not in self.put_back]
                assert len(text) == len(set(text)), paper
            titles = [paper.title for paper in place.papers()]
            assert len(titles) == len(set(titles))

    def check_nothing_is_of_another_paper(self) -> None:
        for place in (self.zotero, *self.files):
            for paper in place.papers():
                for line in lines(paper.review):
                    assert paper.title in self.of.setdefault(line, {paper.title}), line
                marks = self.marked.get(paper.title, set())
                assert paper.review.priority in {None, *marks}, paper

    def check_both_agree(self, number: int, plan: Plan) -> None:
        """After a sync that nothing came between: what is paired says the same."""
        here = {one.paper.id: one for one in self.files[number].library.statements()}
        there = {paper.id: paper for paper in self.zotero.papers()}
        for step in plan.steps:
            said, review = here[step.local.id], there[step.zotero.id].review
            assert completed(said, review) == review
        titles = {paper.title for paper in there.values()}
        known = {one.local.id for one in (*plan.steps, *plan.conflicts)}
        known |= {one.left.id for one in plan.doubts}
        known |= {one.id for one in plan.only_local if not one.review}  # a doubt over nothing
        assert all(
            paper.id in known for paper in self.files[number].papers() if paper.title in titles
        )

    def check_quiet(self, number: int, before: Plan) -> None:
        """Another sync writes nothing, and shows the same conflicts."""
        again = self.plan(number)
        assert (again.to_local, again.to_zotero) == ([], [])
        shown = [(one.here, one.there) for one in again.conflicts]
        assert shown == [(one.here, one.there) for one in before.conflicts]
        after = (*(one.agreed for one in again.steps), *again.kept)
        assert set(map(_noteless, after)) == set(map(_noteless, self.files[number].base.values()))

    def state(self) -> object:
        """All that a run leaves behind."""
        places = (self.zotero, *self.files)
        bases = [{key: _noteless(one) for key, one in place.base.items()} for place in places]
        said = [file.library.statements() for file in self.files]
        return self.zotero.papers(), self.zotero.trash, said, bases


def given_up(conflict: Conflict, answer: Settlement) -> set[str]:
    """The lines that are gone by an answer."""
    here, there = lines(conflict.here), lines(conflict.there)
    if isinstance(answer, Review):
        return (here | there) - lines(answer)
    if not (conflict.merged.text_conflict or conflict.reason):
        return set()
    return there - here if answer == "local" else here - there


def lost_by(plan: Plan) -> set[str]:
    """All lines that a plan takes out."""
    changes = (*plan.to_local, *plan.to_zotero)
    return {line for one in changes for line in lines(one.before) - lines(one.after)}


def title_of(place: Place, paper: str) -> str:
    (title,) = (one.title for one in place.papers() if one.id == paper)
    return title


def lines(review: Review) -> set[str]:
    return {line for line in review.text.split("\n") if line}


def _noteless(agreed: Agreed) -> Agreed:
    """What was agreed on; which note holds it, and under which hash, the next sync finds out."""
    return replace(agreed, note=None, mark=None)
