"""People edit files and a Zotero library at random, runs break off anywhere, and all is synced."""

from __future__ import annotations

import os
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bibnotes.errors import NotReachableError
from bibnotes.model import Review
from bibnotes.sync import Conflict, Settlement

from .memory_places import MemoryFile, MemorySheet
from .sync_world import Fuse, Place, World, title_of

EXAMPLES = int(os.environ.get("BIBNOTES_SYNC_EXAMPLES", "2000"))
LEVELS = (None, "close-read", "interesting", "skim")
numbers = st.integers(0, 11)
ANSWERS = (None, "local", "zotero", "both", "edited")
prefers = st.sampled_from((None, None, "local", "zotero"))


class Syncing(RuleBasedStateMachine):
    """A .bib file and a library."""

    works = 3

    def __init__(self) -> None:
        super().__init__()
        self.world = self.new_world()
        self.files = len(self.world.files)
        for place in (self.world.zotero, *self.world.files):
            for work in range(self.works):
                self.world.add(place, work, text=False)

    def new_world(self) -> World:
        return World(MemoryFile())

    def chosen(self, place: int, paper: int) -> tuple[Place, str] | None:
        there = self.world.place(place)
        papers = there.papers()
        return (there, papers[paper % len(papers)].id) if papers else None

    @rule(place=numbers, paper=numbers, at=st.sampled_from((0, 1, 9)))
    def write_a_line(self, place: int, paper: int, at: int) -> None:
        if found := self.chosen(place, paper):
            there, key = found
            review = there.library.review(key)
            text = review.text.split("\n") if review.text else []
            text.insert(at, self.world.line())
            self.world.edit(there, key, Review(review.priority, "\n".join(text)))

    @rule(place=numbers, paper=numbers, line=numbers, anew=st.booleans())
    def change_a_line(self, place: int, paper: int, line: int, anew: bool) -> None:
        if found := self.chosen(place, paper):
            there, key = found
            review = there.library.review(key)
            text = review.text.split("\n")
            text[line % len(text) : line % len(text) + 1] = [self.world.line()] if anew else []
            self.world.edit(there, key, Review(review.priority, "\n".join(text)))

    @rule(place=numbers, paper=numbers, number=numbers)
    def write_an_earlier_text(self, place: int, paper: int, number: int) -> None:
        if found := self.chosen(place, paper):
            self.world.write_an_earlier_text(*found, number)

    @rule(place=numbers, paper=numbers, back=numbers)
    def change_a_text_and_put_it_back(self, place: int, paper: int, back: int) -> None:
        """In the same place or another one, once both agreed on the change."""
        if found := self.chosen(place, paper):
            there, key = found
            title = title_of(there, key)
            self.world.edit(there, key, Review(there.library.review(key).priority))
            self.write_a_line(place, paper, 0)
            self.world.sync(0)
            for one in self.world.place(back).papers():
                if one.title == title:
                    self.world.write_an_earlier_text(self.world.place(back), one.id, -3)

    @rule(place=numbers, paper=numbers)
    def empty_the_text(self, place: int, paper: int) -> None:
        if found := self.chosen(place, paper):
            there, key = found
            self.world.edit(there, key, Review(there.library.review(key).priority))

    @rule(place=numbers, paper=numbers, level=st.sampled_from(LEVELS))
    def set_the_priority(self, place: int, paper: int, level: str | None) -> None:
        if found := self.chosen(place, paper):
            there, key = found
            self.world.edit(there, key, Review(level, there.library.review(key).text))

    @rule(place=numbers, work=numbers, text=st.booleans())
    def add(self, place: int, work: int, text: bool) -> None:
        self.world.add(self.world.place(place), work % self.works, text)

    @rule(place=numbers, paper=numbers)
    def cut(self, place: int, paper: int) -> None:
        if found := self.chosen(place, paper):
            self.world.cut(*found)

    @rule(paper=numbers)
    @precondition(lambda self: self.world.zotero.trash)
    def restore(self, paper: int) -> None:
        trash = list(self.world.zotero.trash)
        self.world.restore(trash[paper % len(trash)])

    @rule(place=numbers)
    def swap_keys(self, place: int) -> None:
        """The first two papers; of a suffix that a program gave, nobody may know."""
        there = self.world.place(place)
        if len(papers := there.papers()) > 1:
            one, two = (paper.key for paper in papers[:2])
            ids = [paper.id for paper in papers[:2]]
            self.world.rename(there, ids[0], "between")
            self.world.rename(there, ids[1], one)
            self.world.rename(there, ids[0] if there is self.world.zotero else "between", two)

    @rule(place=numbers, paper=numbers, key=st.sampled_from(("key0", "key1", "new", "key9")))
    def rename(self, place: int, paper: int, key: str) -> None:
        if found := self.chosen(place, paper):
            self.world.rename(*found, key)

    def settle_all(self) -> None:
        """Answer every question; then all places say the same, and nothing is left to write."""
        for item in list(self.world.zotero.library.doubled()):
            while len(self.world.zotero.library.tagged(item)) > 1:
                self.world.drop_a_note(item)
        for prefer in ("local", "zotero", "zotero"):
            for number in range(self.files):
                self.world.settle(number, prefer)
        for number in range(self.files):
            plan = self.world.plan(number)
            assert (plan.to_local, plan.to_zotero, plan.conflicts) == ([], [], ())
            self.world.check_both_agree(number, plan)
        self.world.check_nothing_is_lost()

    # In Zotero only.

    def item(self, paper: int) -> str | None:
        found = self.chosen(0, paper)
        return found[1] if found else None

    @rule(paper=numbers)
    def merge_an_item_into_a_new_one(self, paper: int) -> None:
        if item := self.item(paper):
            self.world.merge(item)

    @rule(paper=numbers)
    def write_a_second_note_or_drop_one(self, paper: int) -> None:
        if not (item := self.item(paper)):
            return
        tagged = self.world.zotero.library.tagged(item)
        if len(tagged) == 1:
            self.world.write_a_second_note(item)
        elif tagged:
            self.world.drop_a_note(item)

    @rule(paper=numbers)
    def take_the_tag_off_a_note_or_put_it_back(self, paper: int) -> None:
        if not (item := self.item(paper)):
            return
        if self.world.zotero.library.untagged(item):
            self.world.put_the_tag_back(item)
        elif self.world.zotero.library.tagged(item):
            self.world.take_the_tag_off(item)

    # Runs.

    @rule(file=numbers)
    def lose_the_base(self, file: int) -> None:
        """As in another clone of a folder in git."""
        self.world.lose_the_base(self.world.files[file % self.files])

    @rule(place=st.integers(0, 1))
    def empty_all_texts_with_a_program(self, place: int) -> None:
        """Which nobody meant: nothing is written before somebody says which side counts."""
        file, zotero, where = self.world.files[0], self.world.zotero, self.world.place(place)
        for paper in file.papers():
            self.world.edit(file, paper.id, Review(paper.review.priority, self.world.line()))
        plan = self.world.sync(0)
        own = any(zotero.library.untagged(paper.id) for paper in zotero.papers())
        texts = sum(bool(step.agreed.review.text) for step in plan.steps)
        if plan.gone or plan.conflicts or own or texts < 3:
            return
        before = {paper.id: paper.review for paper in where.papers()}
        for step in plan.steps:
            paper = step.local.id if where is file else step.zotero.id
            where.library.put(paper, Review(before[paper].priority))
        assert self.world.plan(0).gone
        self.world.sync(0, "zotero" if where is file else "local")
        assert before == {paper.id: paper.review for paper in where.papers()}

    @rule(run=numbers)
    def undo(self, run: int) -> None:
        self.world.undo(run)

    @rule(file=numbers, answers=st.lists(st.sampled_from(ANSWERS), min_size=3, max_size=3))
    def sync_and_answer(self, file: int, answers: list[str | None]) -> None:
        """Answer for each conflict, or leave it."""
        number = file % self.files
        conflicts = [one for one in self.world.plan(number).conflicts if not one.unclear]
        chosen = {
            conflict.zotero.id: self.answer(conflict, answer)
            for conflict, answer in zip(conflicts, answers, strict=False)
            if answer
        }
        plan = self.world.sync(number, answers=chosen)
        if not plan.gone:
            self.world.check_both_agree(number, plan)
            self.world.check_quiet(number, plan)

    def answer(self, conflict: Conflict, answer: str) -> Settlement:
        """A side, or what somebody wrote of both in an editor."""
        here, there = conflict.here, conflict.there
        if answer == "both":
            text = dict.fromkeys([*here.text.split("\n"), *there.text.split("\n")])
            return Review(here.priority or there.priority, "\n".join(filter(None, text)))
        if answer == "edited":
            return Review(there.priority, f"{here.text}\n{self.world.line()}".lstrip())
        return "local" if answer == "local" else "zotero"

    @rule(file=numbers, prefer=prefers)
    def sync(self, file: int, prefer: str | None) -> None:
        number = file % self.files
        plan = self.world.sync(number, prefer)
        if plan.gone:
            return
        self.world.check_both_agree(number, plan)
        self.world.check_quiet(number, plan)

    @rule(file=numbers, steps=st.integers(0, 6), after=st.booleans(), prefer=prefers)
    def break_off(self, file: int, steps: int, after: bool, prefer: str | None) -> None:
        """Once as it should be, and once broken off and begun again: both end alike."""
        number = file % self.files
        whole = self.world.copy()
        whole.sync(number, prefer)
        try:
            self.world.sync(number, prefer, Fuse(steps, after))
        except NotReachableError:
            self.world.check_nothing_is_lost()
            self.world.sync(number, prefer)
        assert self.world.state() == whole.state()

    @rule(file=numbers, steps=st.integers(0, 6), after=st.booleans())
    def break_off_for_good(self, file: int, steps: int, after: bool) -> None:
        with suppress(NotReachableError):
            self.world.sync(file % self.files, None, Fuse(steps, after))

    @invariant()
    def nothing_is_lost(self) -> None:
        self.world.check_nothing_is_lost()

    @invariant()
    def nothing_is_of_another_paper(self) -> None:
        self.world.check_nothing_is_of_another_paper()

    @invariant()
    def nothing_is_doubled(self) -> None:
        self.world.check_nothing_is_doubled()


class SyncingInMemory(Syncing):
    """The same, where other words for the levels are another way to read the same."""

    @rule()
    def change_the_words_of_the_scale(self) -> None:
        """Which removes no priority, also where something else has to be settled first."""
        if self.world.sync(0).gone:
            return
        file = self.world.files[0]
        before = {paper.id: paper.review.priority for paper in file.papers()}
        self.world.change_the_words_of_the_scale()
        for prefer in (None, "local"):
            for step in self.world.sync(0, prefer).steps:
                now = file.library.review(step.local.id).priority
                assert now == (before.get(step.local.id) or now)


class SyncingASheet(SyncingInMemory):
    """A Markdown sheet with hashes in its headings, and a library."""

    def new_world(self) -> World:
        return World(MemorySheet())

    @rule(paper=numbers)
    def move_below_a_heading_of_ones_own(self, paper: int) -> None:
        """Which says no priority, until it is moved below a level's again."""
        if found := self.chosen(1, paper):
            there, key = found
            there.library.put(key, Review(None, there.library.review(key).text))
            there.library.unsorted.add(key)

    @rule(paper=numbers, back=numbers)
    def change_what_a_new_digest_said_and_put_it_back(self, paper: int, back: int) -> None:
        """Below a heading of one's own, where the hash stays that of the digest."""
        self.write_a_line(1, paper, 0)
        self.world.sync(0)
        self.make_the_sheet_anew()
        self.move_below_a_heading_of_ones_own(paper)
        self.change_a_text_and_put_it_back(1, paper, back)

    @rule()
    def make_the_sheet_anew(self) -> None:
        self.world.make_the_sheet_anew(self.world.files[0])

    @rule()
    def make_it_anew_from_something_that_says_the_same(self) -> None:
        self.world.files[0].library.make_anew()


class SyncingThree(SyncingInMemory):
    """Two files, of which one is a sheet, and one group library."""

    works = 2

    def new_world(self) -> World:
        return World(MemoryFile(), MemorySheet())

    def teardown(self) -> None:
        self.settle_all()


def settings_of(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


TestSyncing = SyncingInMemory.TestCase
TestSyncing.settings = settings_of(EXAMPLES * 2 // 5)
TestSyncingASheet = SyncingASheet.TestCase
TestSyncingASheet.settings = settings_of(EXAMPLES * 2 // 5)
TestSyncingThree = SyncingThree.TestCase
TestSyncingThree.settings = settings_of(EXAMPLES // 5)
