"""Two bibnotes that write to one library at the same time, on two machines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bibnotes import journal
from bibnotes.journal import Journal
from bibnotes.model import Change, Outcome, Review, Status
from bibnotes.zotero import writing
from bibnotes.zotero.library import ZoteroLibrary
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server.faults import first, is_write

from .setting import Setting

PAPERS = 27  # two batches
PAPER_KEYS = [str(number) for number in range(PAPERS)]
Reviews = Callable[[str], Review]


class Machine:
    """A bibnotes with its own cache and journal; ``says`` is what it makes of each paper."""

    def __init__(
        self, setting: Setting, folder: Path, environment: pytest.MonkeyPatch, says: Reviews
    ) -> None:
        environment.setenv("BIBNOTES_CACHE_DIR", str(folder / "cache"))
        self.library: ZoteroLibrary = setting.library()
        self.journal = Journal(folder / "journal")
        self.papers = list(self.library.papers())
        self.says = says

    def run(self) -> list[Outcome]:
        changes = [Change(paper.id, paper.review, self.says(paper.title)) for paper in self.papers]
        return journal.write(self.library, changes, self.journal, command="attach")


@pytest.fixture
def machines(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[Machine]]:
    def made(*said: Reviews) -> list[Machine]:
        return [
            Machine(setting, tmp_path / str(number), monkeypatch, says)
            for number, says in enumerate(said)
        ]

    return made


def filled(setting: Setting) -> dict[str, str]:
    """Papers, every third with a review; the keys of the items by title."""
    keys = setting.fill(PAPERS, tags=["NAS"])
    for key in keys[::3]:
        setting.store.add_note(key, to_html("before"), ["bibnotes"])
    return dict(zip(PAPER_KEYS, keys, strict=True))


def assert_one_of_each(setting: Setting, items: dict[str, str]) -> dict[str, tuple[str, str]]:
    """One review's note and one priority a paper; returns them by title."""
    found = {}
    for title, item in items.items():
        notes = setting.store.notes(item)
        assert len(notes) == 1, title
        tags = {tag["tag"] for tag in setting.store.item(item)["tags"]}
        assert "NAS" in tags
        assert len(tags) == 2, title
        found[title] = (to_markdown(notes[0]["note"]), (tags - {"NAS"}).pop())
    return found


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("write", [1, 2])
def test_another_run_just_before_a_write_loses_and_doubles_nothing(
    setting: Setting, machines: Callable[..., list[Machine]], write: int, alike: bool
) -> None:
    items = filled(setting)
    ours, other = machines(
        lambda title: Review("skim", f"ours {title}"),
        lambda title: Review(
            "skim" if alike else "interesting", f"{'ours' if alike else 'other'} {title}"
        ),
    )
    setting.server.log.clear()
    writes = iter(range(1, 100))
    ends: list[Outcome] = []
    setting.server.faults.on(
        first(lambda: ends.extend(other.run())),
        when=lambda request: (
            is_write(request) and request.path.endswith("/items") and next(writes) == write
        ),
    )
    outcomes = ours.run()
    found = assert_one_of_each(setting, items)
    for paper, outcome in zip(ours.papers, outcomes, strict=True):
        if outcome.status is Status.DONE:
            assert found[paper.title] == (f"ours {paper.title}", "skim")
    for paper, outcome in zip(other.papers, ends, strict=True):
        if not alike and outcome.status is Status.DONE:
            assert found[paper.title] == (f"other {paper.title}", "interesting")
    told = {Status.DONE, Status.UNCHANGED} if alike else {Status.DONE, Status.CHANGED}
    assert {outcome.status for outcome in (*outcomes, *ends)} <= told


def test_two_runs_side_by_side_end_with_one_note_a_paper(
    web_setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = filled(web_setting)
    web_setting.server.latency = 0.02  # so that their requests meet
    pair = [
        Machine(web_setting, tmp_path / name, monkeypatch, lambda title, n=name: Review("skim", n))
        for name in ("one", "two")
    ]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(Machine.run, pair))
    found = assert_one_of_each(web_setting, items)
    for name, machine, outcomes in zip(("one", "two"), pair, runs, strict=True):
        for paper, outcome in zip(machine.papers, outcomes, strict=True):
            assert outcome.status in (Status.DONE, Status.CHANGED, Status.PARTLY), outcome
            assert (found[paper.title][0] == name) == (outcome.status is Status.DONE)


def meanwhile(setting: Setting, act: Callable[[], object], *, times: int | None = 1) -> None:
    """Have somebody else act between plan and write."""
    setting.allow_writing()
    setting.server.faults.on(first(act), when=is_write, times=times)


def made(setting: Setting, act: Callable[[], object], *changes: Change) -> list[Outcome]:
    """The ends of the changes where somebody else acts between plan and write."""
    prepared = setting.library().prepare(changes)
    meanwhile(setting, act)
    ends: dict[str, Outcome] = {}
    prepared.apply(lambda end: ends.update({end.change.paper: end}))
    return [ends[change.paper] for change in changes]


class TestNoSecondReview:
    """Neither the versions nor the keys of objects tell of another note: the library's does."""

    @pytest.fixture
    def item(self, setting: Setting) -> str:
        return setting.fill(1)[0]

    def reviews(self, setting: Setting, item: str) -> list[str]:
        notes = setting.store.notes(item)
        return [note["note"] for note in notes if {"tag": "bibnotes"} in note["tags"]]

    def test_none_is_made_beside_one_that_somebody_makes_meanwhile(
        self, setting: Setting, item: str
    ) -> None:
        def other() -> None:
            setting.store.add_note(item, "<p>other</p>", ["bibnotes"])

        (end,) = made(setting, other, Change(item, Review(), Review(None, "ours")))
        assert end.status is Status.CHANGED
        assert self.reviews(setting, item) == ["<p>other</p>"]

    def test_none_is_made_beside_a_note_that_says_the_same_by_then(
        self, setting: Setting, item: str
    ) -> None:
        (end,) = made(
            setting,
            lambda: setting.store.add_note(item, "<p>ours</p>"),
            Change(item, Review(), Review(None, "ours")),
        )
        assert (end.status, "bibnotes adopt" in end.reason) == (Status.REFUSED, True)
        assert len(setting.store.notes(item)) == 1

    def test_none_is_made_under_an_item_that_is_in_the_trash_by_then(
        self, setting: Setting, item: str
    ) -> None:
        (end,) = made(
            setting,
            lambda: setting.store.trash(item),
            Change(item, Review(), Review(None, "ours")),
        )
        assert end.status is Status.MISSING
        assert setting.store.notes(item) == []

    def test_none_is_adopted_beside_one_that_somebody_makes_meanwhile(
        self, setting: Setting, item: str
    ) -> None:
        note = setting.store.add_note(item, "<p>a note</p>")
        adoption = Change(item, Review(), Review(None, "a note"), adopts=note)
        (end,) = made(
            setting,
            lambda: setting.store.add_note(item, "<p>other</p>", ["bibnotes"]),
            adoption,
        )
        assert end.status is Status.CHANGED
        assert self.reviews(setting, item) == ["<p>other</p>"]
        assert setting.store.item(note)["tags"] == []

    def test_none_is_rewritten_that_says_something_else_meanwhile(
        self, setting: Setting, item: str
    ) -> None:
        note = setting.store.add_note(item, "<p>old</p>")
        change = Change(item, Review(), Review(None, "new old"), adopts=note, rewrites="old")
        (end,) = made(setting, lambda: setting.store.edit(note, note="<p>older</p>"), change)
        assert end.status is Status.CHANGED
        assert self.reviews(setting, item) == []
        (end,) = made(setting, lambda: None, replace(change, rewrites="older"))
        assert end.status is Status.DONE
        assert self.reviews(setting, item) == ["<p>new old</p>"]
        (end,) = made(setting, lambda: None, end.change.reversed(end.restore))
        assert (end.status, self.reviews(setting, item)) == (Status.DONE, [])
        assert setting.store.item(note)["note"] == "<p>older</p>"

    def test_none_comes_out_of_the_trash_beside_one_that_somebody_makes_meanwhile(
        self, setting: Setting, item: str
    ) -> None:
        note = setting.store.add_note(item, "<p>old</p>", ["bibnotes"])
        change = Change(item, Review(None, "old"), Review())
        (removed,) = made(setting, lambda: None, change)
        assert removed.status is Status.DONE
        (end,) = made(
            setting,
            lambda: setting.store.add_note(item, "<p>other</p>", ["bibnotes"]),
            change.reversed(removed.restore),
        )
        assert end.status is Status.CHANGED
        assert self.reviews(setting, item) == ["<p>other</p>"]
        assert setting.store.item(note)["deleted"]

    def test_the_first_of_several_batches_looks_for_it_too(
        self, setting: Setting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "BATCH", 1)
        first_item, second = setting.fill(2)
        ends = made(
            setting,
            lambda: setting.store.add_note(second, "<p>other</p>", ["bibnotes"]),
            Change(first_item, Review(), Review("skim")),
            Change(second, Review(), Review(None, "ours")),
        )
        assert [end.status for end in ends] == [Status.DONE, Status.CHANGED]
        assert self.reviews(setting, second) == ["<p>other</p>"]


class TestABusyLibrary:
    """Somebody saves something just before each write."""

    @pytest.mark.parametrize("times", [4, None])
    def test_new_reviews_wait_as_long_as_for_any_server(
        self, setting: Setting, times: int | None
    ) -> None:
        (item, other) = setting.fill(2)
        prepared = setting.library().prepare([Change(item, Review(), Review(None, "ours"))])
        saved = iter(range(100))
        meanwhile(setting, lambda: setting.store.edit(other, title=f"{next(saved)}"), times=times)
        ends: list[Outcome] = []
        prepared.apply(ends.append)
        (end,) = ends
        assert len(setting.naps) == 4
        assert sorted(setting.naps) == setting.naps
        if times:
            assert end.status is Status.DONE
        else:
            assert end.status is Status.FAILED
            assert end.reason.endswith("was changed meanwhile again and again")

    def test_what_is_there_already_is_written_all_the_same(self, setting: Setting) -> None:
        """A thousand texts, in as few requests as if nobody else wrote."""
        items = setting.fill(1000)
        for item in items:
            setting.store.add_note(item, "<p>old</p>", ["bibnotes"])
        other = setting.store.add("book")
        changes = [Change(item, Review(None, "old"), Review(None, "new")) for item in items]
        prepared = setting.library().prepare(changes)
        saved = iter(range(100))
        meanwhile(setting, lambda: setting.store.edit(other, title=f"{next(saved)}"), times=None)
        ends: list[Outcome] = []
        with setting.counted() as requests:
            prepared.apply(ends.append)
        assert {end.status for end in ends} == {Status.DONE}
        assert len(requests) == 20


def test_what_others_change_of_a_paper_meanwhile_stays(setting: Setting) -> None:
    """Other tags, another title: the priority is set on what the paper is now."""
    (item,) = setting.fill(1, tags=["NAS"])
    library = setting.library()
    (paper,) = library.papers()
    prepared = library.prepare([Change(paper.id, paper.review, Review("skim", "text"))])
    setting.server.faults.on(
        first(lambda: setting.store.edit(item, title="new", tags=["NAS", {"tag": "x", "type": 1}])),
        when=lambda request: is_write(request) and request.path.endswith("/items"),
    )
    ends: list[Outcome] = []
    prepared.apply(ends.append)
    assert [end.status for end in ends] == [Status.DONE]
    now = setting.store.item(item)
    assert now["title"] == "new"
    assert now["tags"] == [{"tag": "NAS"}, {"tag": "skim"}, {"tag": "x", "type": 1}]
