"""Files and a Zotero library in memory, that people edit at random and that are synced.

What is known of every line that anybody wrote: whether somebody took it out. So it can be said at
any time what must still be there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bibnotes import sync
from bibnotes.agreement import Whole
from bibnotes.base import Agreed
from bibnotes.errors import NotReachableError
from bibnotes.model import Change, Outcome, Paper, Review, Status
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sync import Done, Local, Plan, Side, Zotero
from tests.contract.memory import MemoryLibrary

TITLES = (
    "Weight Sharing Considered Slowly",
    "Growing Networks From Single Neurons",
    "Searching Cells Without Any Training",
    "Bandits for the Patient Architect",
)


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

    library: MemoryLibrary
    base: dict[str, Agreed] = field(default_factory=dict)  # a file's with the Zotero library
    trash: dict[str, Paper] = field(default_factory=dict)
    unseen: dict[str, set[str]] = field(default_factory=dict)

    def papers(self) -> list[Paper]:
        return list(self.library.papers())

    def write(self, changes: list[Change], fuse: Fuse) -> list[Outcome]:
        outcomes = [self.library.check(change) for change in changes]
        for change, outcome in zip(changes, outcomes, strict=True):
            if outcome.status is Status.PLANNED:
                fuse.run(lambda change=change: self.library.make(change))
        return [
            replace(one, status=Status.DONE) if one.status is Status.PLANNED else one
            for one in outcomes
        ]


class World:
    """Some files and one Zotero library, with what people did to them."""

    def __init__(self, files: int) -> None:
        self.files = [Place(MemoryLibrary()) for _ in range(files)]
        self.zotero = Place(MemoryLibrary())
        self.taken_out: set[str] = set()
        self.written = 0

    def copy(self) -> World:
        return copy.deepcopy(self)

    # What people do.

    def place(self, number: int) -> Place:
        return [self.zotero, *self.files][number % (len(self.files) + 1)]

    def add(self, place: Place, work: int, text: bool) -> None:
        new = f"ITEM222{'ABCD'[work]}" if place is self.zotero else f"key{work}"
        if any(paper.title == TITLES[work] for paper in place.papers()):
            return
        paper = Paper(new, f"key{work}", title=TITLES[work], doi=f"10.1/{work}")
        if place.library.has(paper.id) or paper.id in place.trash:
            return
        place.library.add(paper)
        # An entry that is cut and comes back bare looks as if its review had been emptied.
        self.taken_out |= place.unseen.pop(paper.title, set())
        if text:
            self.edit(place, paper.id, Review(None, self.line()))

    def line(self) -> str:
        self.written += 1
        return f"w{self.written}"

    def edit(self, place: Place, paper: str, review: Review) -> None:
        gone = lines(place.library.review(paper)) - lines(review)
        self.taken_out |= gone
        place.library.put(paper, review)

    def cut(self, place: Place, paper: str) -> None:
        """Remove an entry from a file, or put an item into the trash."""
        (cut,) = (one for one in place.papers() if one.id == paper)
        place.library.remove(paper)
        if place is self.zotero:
            place.trash[paper] = cut
        else:
            place.unseen[cut.title] = lines(cut.review)
        self.taken_out |= lines(cut.review) - self.everywhere()

    def restore(self, paper: str) -> None:
        self.zotero.library.add(self.zotero.trash.pop(paper))

    def rename(self, place: Place, paper: str, key: str) -> None:
        """Give a paper another citation key: in a file that is its id."""
        (old,) = (one for one in place.papers() if one.id == paper)
        new = replace(old, key=key, id=paper if place is self.zotero else key)
        if new.id != paper and place.library.has(new.id):
            return
        place.library.replace(paper, new)

    # Sync.

    def plan(self, number: int, prefer: Side | None = None) -> Plan:
        file = self.files[number]
        return sync.plan(
            Local([Whole(paper) for paper in file.papers()]),
            Zotero(self.zotero.papers()),
            file.base.values(),
            DEFAULT_SCALE,
            prefer=prefer,
        )

    def sync(self, number: int, prefer: Side | None = None, fuse: Fuse | None = None) -> Plan:
        """Sync as the command does, unless it stops; what a person settles is taken out."""
        plan = self.plan(number, prefer)
        if plan.gone:
            return plan
        conflicts = {one.zotero.id: one for one in self.plan(number).conflicts}
        for step in plan.steps:
            if one := conflicts.get(step.zotero.id):
                self.taken_out |= (lines(one.here) | lines(one.there)) - lines(step.agreed.review)
        assert not self.apply(number, plan, fuse or Fuse()).unmade
        return plan

    def apply(self, number: int, plan: Plan, fuse: Fuse) -> Done:
        file = self.files[number]
        return sync.apply(
            plan,
            lambda changes: self.zotero.write(changes, fuse),
            lambda changes: file.write(changes, fuse),
            lambda agreed: fuse.run(lambda: self.keep(file, agreed)),
        )

    def keep(self, file: Place, agreed: list[Agreed]) -> None:
        file.base = {one.other: one for one in agreed}
        file.unseen.clear()
        assert len(file.base) == len(agreed)

    # What must hold.

    def everywhere(self) -> set[str]:
        places = [self.zotero, *self.files]
        papers = [*self.zotero.trash.values(), *(one for place in places for one in place.papers())]
        return {line for paper in papers for line in lines(paper.review)}

    def check_nothing_is_lost(self) -> None:
        required = {f"w{number + 1}" for number in range(self.written)} - self.taken_out
        assert required <= self.everywhere(), required - self.everywhere()

    def check_nothing_is_doubled(self) -> None:
        for place in (self.zotero, *self.files):
            for paper in place.papers():
                text = paper.review.text.split("\n")
                assert len(text) == len(set(text)), paper
            titles = [paper.title for paper in place.papers()]
            assert len(titles) == len(set(titles))

    def check_both_agree(self, number: int, plan: Plan) -> None:
        """After a sync that nothing came between: what is paired says the same."""
        here = {paper.id: paper.review for paper in self.files[number].papers()}
        there = {paper.id: paper for paper in self.zotero.papers()}
        for step in plan.steps:
            assert here[step.local.id] == there[step.zotero.id].review
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
        return [(place.papers(), place.base, place.trash) for place in (self.zotero, *self.files)]


def lines(review: Review) -> set[str]:
    return {line for line in review.text.split("\n") if line}


def _noteless(agreed: Agreed) -> Agreed:
    """What was agreed on; which note holds it, the next sync finds out."""
    return replace(agreed, note=None)
