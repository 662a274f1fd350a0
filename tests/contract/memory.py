"""A library in memory: for tests of what is the same for every library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from bibnotes.errors import NotReachableError
from bibnotes.model import Change, Json, Outcome, Paper, Problem, Review, Status
from bibnotes.scale import DEFAULT_SCALE, Scale


class MemoryLibrary:
    """Papers in a dict, in their order.

    ``put`` is what somebody else does to a paper; ``meddle``, if set, runs when changes are about
    to be applied, after they were prepared. ``fail_after`` applied changes the library is not
    reachable any more. ``taken_back`` holds the ``restore`` of every applied change that had one.
    """

    def __init__(
        self,
        papers: Iterable[Paper] = (),
        *,
        address: str = "memory:1",
        scale: Scale = DEFAULT_SCALE,
    ) -> None:
        self._scale = scale
        self._papers = {paper.id: paper for paper in papers}
        self._address = address
        self.meddle: Callable[[], None] = lambda: None
        self.fail_after: int | None = None
        self.taken_back: list[Json] = []

    @property
    def name(self) -> str:
        return "the library in memory"

    @property
    def address(self) -> str:
        return self._address

    @property
    def scale(self) -> Scale:
        return self._scale

    def papers(self, *, abstracts: bool = True) -> Iterator[Paper]:
        for paper in list(self._papers.values()):
            yield paper if abstracts else replace(paper, abstract="")

    def find(self, key: str) -> Sequence[Paper]:
        return [paper for paper in self._papers.values() if paper.key == key]

    def problems(self) -> Sequence[Problem]:
        return []

    def remarks(self) -> Sequence[Problem]:
        return []

    def prepare(self, changes: Iterable[Change]) -> MemoryPrepared:
        return MemoryPrepared(self, list(changes))

    def review(self, paper: str) -> Review:
        return self._papers[paper].review

    def put(self, paper: str, review: Review) -> None:
        self._papers[paper] = replace(self._papers[paper], review=review)

    def has(self, paper: str) -> bool:
        return paper in self._papers

    def add(self, paper: Paper) -> None:
        self._papers[paper.id] = paper

    def remove(self, paper: str) -> None:
        del self._papers[paper]

    def replace(self, paper: str, new: Paper) -> None:
        """Put another paper in the place of one, whatever its id is."""
        papers = [new if old.id == paper else old for old in self._papers.values()]
        self._papers = {one.id: one for one in papers}

    def check(self, change: Change) -> Outcome:
        """PLANNED, or why the change cannot be made now."""
        if change.paper not in self._papers:
            return Outcome(change, Status.MISSING, f"no paper {change.paper}")
        now = self.review(change.paper)
        if now == _changed(now, change, change.after):
            return Outcome(change, Status.UNCHANGED)
        if now != _changed(now, change, change.before):
            return Outcome(change, Status.CHANGED, "the review was changed since")
        return Outcome(change, Status.PLANNED, restore={"was": now.text})

    def make(self, change: Change) -> None:
        self.put(change.paper, _changed(self.review(change.paper), change, change.after))
        if change.restore:
            self.taken_back.append(change.restore)


class MemoryPrepared:
    """Changes that were checked against a MemoryLibrary."""

    def __init__(self, library: MemoryLibrary, changes: Sequence[Change]) -> None:
        self._library = library
        self._outcomes = [library.check(change) for change in changes]

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._outcomes

    def diff(self) -> str:
        return "".join(
            f"{one.change.paper}: {one.change.before} -> {one.change.after}\n"
            for one in self._outcomes
            if one.status is Status.PLANNED
        )

    def apply(self, report: Callable[[Outcome], None]) -> None:
        self._library.meddle()
        made = 0
        for planned in self._outcomes:
            if planned.status is not Status.PLANNED:
                continue
            if made == self._library.fail_after:
                raise NotReachableError("The memory does not answer", "Try again.")
            now = self._library.check(planned.change)
            if now.status is Status.PLANNED:
                self._library.make(planned.change)
                now = replace(now, status=Status.DONE)
                made += 1
            report(now)


def _changed(now: Review, change: Change, to: Review) -> Review:
    """The review with the parts that the change writes as ``to`` has them."""
    if change.sets_priority:
        now = replace(now, priority=to.priority, also=to.also)
    if change.sets_text:
        now = replace(now, text=to.text)
    return now
