"""People edit files and a Zotero library at random, runs break off anywhere, and all is synced."""

from __future__ import annotations

import os
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bibnotes.errors import NotReachableError
from bibnotes.model import Review

from .sync_world import Fuse, Place, World

EXAMPLES = int(os.environ.get("BIBNOTES_SYNC_EXAMPLES", "2000"))
LEVELS = (None, "close-read", "interesting", "skim")
numbers = st.integers(0, 11)
prefers = st.sampled_from((None, None, "local", "zotero"))


class Syncing(RuleBasedStateMachine):
    """One file and one library."""

    files = 1
    works = 3

    def __init__(self) -> None:
        super().__init__()
        self.world = self.new_world()
        for place in (self.world.zotero, *self.world.files):
            for work in range(self.works):
                self.world.add(place, work, text=False)

    def new_world(self) -> World:
        return World(self.files)

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

    @rule(place=numbers, paper=numbers, key=st.sampled_from(("key0", "key1", "new", "key9")))
    def rename(self, place: int, paper: int, key: str) -> None:
        if found := self.chosen(place, paper):
            self.world.rename(*found, key)

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
    def nothing_is_doubled(self) -> None:
        self.world.check_nothing_is_doubled()


class SyncingThree(Syncing):
    """Two files and one group library."""

    files = 2
    works = 2

    def teardown(self) -> None:
        """When all is settled, all three say the same."""
        for prefer in ("local", "zotero", "zotero"):
            for number in range(self.files):
                self.world.sync(number, prefer)
        for number in range(self.files):
            plan = self.world.plan(number)
            assert (plan.to_local, plan.to_zotero, plan.conflicts) == ([], [], ())
            self.world.check_both_agree(number, plan)
        self.world.check_nothing_is_lost()


def settings_of(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


TestSyncing = Syncing.TestCase
TestSyncing.settings = settings_of(EXAMPLES)
TestSyncingThree = SyncingThree.TestCase
TestSyncingThree.settings = settings_of(EXAMPLES // 4)
