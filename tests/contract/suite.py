"""What every library must do, whatever holds its papers: one suite that each of them runs.

A subclass says in ``holding`` how a library with given reviews is made, and in ``reopened`` how
somebody else opens the same library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bibnotes.errors import ConflictError
from bibnotes.library import Library
from bibnotes.model import Change, Outcome, Review, Status

TEXT = "读完摘要:**想法** 100% {sic}, $a_b$\n\n- @one\n- `x & y`\\"
texts = st.text(
    st.one_of(
        st.sampled_from("\\{}%&$_#~^\"'@-*`<>|,;= \n精读"),
        st.characters(exclude_categories=("Cc", "Cs")),
    ),
    max_size=40,
)


class ReadingContract:
    """What a library that is only read must do."""

    def holding(self, reviews: Mapping[str, Review]) -> Library:
        """A library with one paper a review, under its citation key."""
        raise NotImplementedError

    def reopened(self, library: Library) -> Library:
        """The same library as another program sees it now."""
        raise NotImplementedError

    @pytest.fixture
    def library(self) -> Library:
        return self.holding(
            {
                "mellor21a": Review("close-read", "看初始化时的激活"),
                "xu21m": Review(None, "two\n\nparagraphs"),
                "liu21c": Review(),
            }
        )

    def test_papers_come_in_order_with_their_reviews(self, library: Library) -> None:
        assert [(paper.key, paper.review) for paper in library.papers()] == [
            ("mellor21a", Review("close-read", "看初始化时的激活")),
            ("xu21m", Review(None, "two\n\nparagraphs")),
            ("liu21c", Review()),
        ]

    def test_papers_can_be_listed_twice(self, library: Library) -> None:
        assert list(library.papers()) == list(library.papers(abstracts=True))

    def test_a_paper_is_found_by_its_key(self, library: Library) -> None:
        (paper,) = library.find("xu21m")
        assert paper.review.text == "two\n\nparagraphs"
        assert library.find("nobody") == []

    def test_a_sound_library_has_no_problems(self, library: Library) -> None:
        assert not library.problems()
        assert not library.remarks()

    def test_the_address_stays_the_same(self, library: Library) -> None:
        assert self.reopened(library).address == library.address


class WritingContract(ReadingContract):
    """What changing reviews must do, on top of reading them."""

    def test_preparing_writes_nothing(self, library: Library) -> None:
        prepared = library.prepare([self.change(library, "liu21c", Review("skim", TEXT))])
        assert [outcome.status for outcome in prepared.outcomes] == [Status.PLANNED]
        assert prepared.diff()
        assert self.said(self.reopened(library)) == self.said(library)

    def test_a_first_review_is_added(self, library: Library) -> None:
        self.make(library, "liu21c", Review("interesting", TEXT))
        assert self.said(library)["liu21c"] == Review("interesting", TEXT)

    def test_a_review_is_replaced(self, library: Library) -> None:
        self.make(library, "mellor21a", Review("skim", TEXT))
        assert self.said(library)["mellor21a"] == Review("skim", TEXT)

    def test_a_review_is_removed(self, library: Library) -> None:
        self.make(library, "mellor21a", Review())
        assert self.said(library)["mellor21a"] == Review()

    def test_the_other_papers_stay_as_they_are(self, library: Library) -> None:
        before = self.said(library)
        self.make(library, "xu21m", Review("skim", "new"))
        after = self.said(library)
        assert after.pop("xu21m") != before.pop("xu21m")
        assert after == before

    def test_several_papers_change_at_once(self, library: Library) -> None:
        new = {key: Review("skim", f"{key}: {TEXT}") for key in self.said(library)}
        changes = [self.change(library, key, review) for key, review in new.items()]
        assert {outcome.status for outcome in self.apply(library, changes)} == {Status.DONE}
        assert self.said(library) == new

    def test_priority_and_text_of_one_paper_can_be_two_changes(self, library: Library) -> None:
        changes = [
            Change("liu21c", Review(), Review("skim")),
            Change("liu21c", Review("skim"), Review("skim", "text")),
        ]
        self.apply(library, [replace(change, paper=self.id(library)) for change in changes])
        assert self.said(library)["liu21c"] == Review("skim", "text")

    def test_only_the_part_that_differs_is_written(self, library: Library) -> None:
        """Somebody wrote a text meanwhile; a change of the priority does not touch it."""
        stale = self.change(library, "xu21m", Review("skim", "two\n\nparagraphs"))
        self.make(library, "xu21m", Review(None, "by somebody else"))
        (outcome,) = self.apply(library, [stale])
        assert outcome.status is Status.DONE
        assert self.said(library)["xu21m"] == Review("skim", "by somebody else")

    def test_what_somebody_else_changed_is_left_alone(self, library: Library) -> None:
        stale = self.change(library, "xu21m", Review(None, "mine"))
        self.make(library, "xu21m", Review(None, "by somebody else"))
        (outcome,) = library.prepare([stale]).outcomes
        assert outcome.status is Status.CHANGED
        assert outcome.reason
        assert self.said(library)["xu21m"].text == "by somebody else"

    def test_a_change_between_plan_and_write_is_not_overwritten(self, library: Library) -> None:
        prepared = library.prepare([self.change(library, "xu21m", Review(None, "mine"))])
        other = self.reopened(library)
        self.make(other, "xu21m", Review(None, "by somebody else"))
        outcomes: list[Outcome] = []
        try:
            prepared.apply(outcomes.append)
        except ConflictError:
            assert not outcomes
        else:
            assert [outcome.status for outcome in outcomes] == [Status.CHANGED]
        assert self.said(library)["xu21m"].text == "by somebody else"

    def test_a_paper_that_says_it_already_is_unchanged(self, library: Library) -> None:
        change = Change(self.id(library, "xu21m"), Review(), Review(None, "two\n\nparagraphs"))
        prepared = library.prepare([change])
        assert [outcome.status for outcome in prepared.outcomes] == [Status.UNCHANGED]
        assert prepared.diff() == ""

    def test_an_unknown_paper_is_missing_and_the_others_change(self, library: Library) -> None:
        changes = [
            Change("nobody", Review(), Review("skim")),
            self.change(library, "liu21c", Review("skim")),
        ]
        statuses = [outcome.status for outcome in self.apply(library, changes)]
        assert statuses == [Status.MISSING, Status.DONE]
        assert self.said(library)["liu21c"] == Review("skim")

    def test_a_change_is_taken_back_with_what_its_outcome_noted(self, library: Library) -> None:
        before = self.said(library)
        changes = [self.change(library, key, Review("skim", TEXT)) for key in before]
        done = self.apply(library, changes)
        back = [outcome.change.reversed(outcome.restore) for outcome in done]
        assert {outcome.status for outcome in self.apply(library, back)} == {Status.DONE}
        assert self.said(library) == before

    def test_what_was_changed_since_is_not_taken_back(self, library: Library) -> None:
        done = self.apply(library, [self.change(library, "xu21m", Review(None, "first"))])
        self.make(library, "xu21m", Review(None, "second"))
        back = [outcome.change.reversed(outcome.restore) for outcome in done]
        assert [outcome.status for outcome in self.apply(library, back)] == [Status.CHANGED]
        assert self.said(library)["xu21m"].text == "second"

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(text=texts)
    def test_every_text_comes_back_exactly(self, text: str) -> None:
        library = self.holding({"mellor21a": Review("skim", "old")})
        self.make(library, "mellor21a", Review("skim", text))
        assert self.said(library)["mellor21a"] == Review("skim", text)

    # How the tests above speak of a library.

    def said(self, library: Library) -> dict[str, Review]:
        return {paper.key: paper.review for paper in self.reopened(library).papers()}

    def id(self, library: Library, key: str = "liu21c") -> str:
        return library.find(key)[0].id

    def change(self, library: Library, key: str, review: Review) -> Change:
        (paper,) = self.reopened(library).find(key)
        return Change(paper.id, paper.review, review)

    def make(self, library: Library, key: str, review: Review) -> None:
        self.apply(library, [self.change(library, key, review)])

    def apply(self, library: Library, changes: Sequence[Change]) -> list[Outcome]:
        prepared = library.prepare(changes)
        ends: list[Outcome] = []
        prepared.apply(ends.append)
        made = iter(ends)
        return [
            next(made) if outcome.status is Status.PLANNED else outcome
            for outcome in prepared.outcomes
        ]


class LibraryContract(WritingContract):
    """Inherited by the test class of each library that is read and written."""
