"""A run that dies at any request: what it did is found out, can be taken back and finished."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from bibnotes import journal
from bibnotes.journal import Journal, State
from bibnotes.model import Change, Review, Status
from bibnotes.zotero import writing
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import Fault, Handle, is_write

from .reviewing import Reviewing
from .setting import Setting

PAPERS = 6

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


@pytest.fixture(autouse=True)
def _two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", PAPERS)


class Child:
    """A process of ours that runs until a request kills it, or to its end."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.pid = os.fork()
        if not self.pid:
            try:
                act()
            finally:
                os._exit(0)

    def died(self) -> bool:
        _, status = os.waitpid(self.pid, 0)
        return os.WIFSIGNALED(status)


def anything(_request: Request) -> bool:
    return True


def killed_at(
    setting: Setting, number: int | None, act: Callable[[], object], *, after: bool
) -> bool:
    """Runs ``act`` in a process that dies when this request arrives or, ``after``, was handled.

    Without a number it is the first write.
    """
    children: list[Child] = []

    def deadly() -> Fault:
        def fault(request: Request, handle: Handle) -> Response:
            response = handle(request) if after else None
            os.kill(children[0].pid, signal.SIGKILL)
            return response or Response.text("")

        return fault

    setting.server.log.clear()
    setting.server.faults.on(deadly(), request=number, when=anything if number else is_write)
    children.append(Child(act))
    died = children[0].died()
    setting.server.faults.clear()
    return died


def undo_all(setting: Setting) -> None:
    """Take back every run that can be, as calling undo again and again does."""
    while run := Journal().latest_undoable():
        library = setting.library()
        if changes := journal.changes_back(run, library, Journal()):
            journal.write(library, changes, Journal(), command="undo", undoes=run.id)


def requests(setting: Setting) -> Iterator[tuple[int, Reviewing]]:
    """Each request of a run in turn, to break off at, with papers in a library as it was."""
    for number in count(1):
        setting.server.reset()
        setting.forget()
        yield number, Reviewing.of(setting, PAPERS)


@pytest.mark.parametrize("after", [False, True])
def test_a_run_killed_at_any_request_is_undone_or_finished(setting: Setting, after: bool) -> None:
    states = set()
    for number, papers in requests(setting):
        original = papers.all_said()
        if not killed_at(setting, number, papers.run, after=after):
            break
        undo_all(setting)
        assert papers.all_said() == original, number
        states |= {run.state for run in Journal().runs() if not run.undoes}
        papers.run()
        assert list(papers.unfinished()) == [], number
        undo_all(setting)
        assert papers.all_said() == original, number
        assert not Journal().open_runs(), number
    assert number > 5
    assert State.UNDONE in states
    assert states <= {State.UNDONE, State.NOTHING}


@pytest.mark.parametrize("after", [False, True])
def test_an_undo_killed_at_any_request_is_finished_by_the_next(
    setting: Setting, after: bool
) -> None:
    for number, papers in requests(setting):
        original = papers.all_said()
        papers.run()
        if not killed_at(setting, number, lambda: undo_all(setting), after=after):
            break
        undo_all(setting)
        assert papers.all_said() == original, number
    assert number > 4


@pytest.mark.parametrize("added", ["2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_what_a_dead_run_did_is_seen_beside_a_second_note(web_setting: Setting, added: str) -> None:
    """Somebody tagged another note of the item before anybody looked."""
    (item,) = web_setting.fill(1)
    library = web_setting.library()
    changes = [Change(item, Review(), Review("skim", "ours"))]
    assert killed_at(
        web_setting,
        None,
        lambda: journal.write(library, changes, Journal(), command="set"),
        after=True,
    )
    (ours,) = web_setting.store.notes(item)
    web_setting.store.add_note(item, "<p>theirs</p>", ["bibnotes"], dateAdded=added)
    undo_all(web_setting)
    assert [run.state for run in Journal().runs() if not run.undoes] == [State.UNDONE]
    assert [note["note"] for note in web_setting.store.notes(item)] == ["<p>theirs</p>"]
    assert web_setting.store.item(ours["key"])["deleted"]
    assert web_setting.store.item(item)["tags"] == []


def test_on_the_desktop_it_is_seen_too_but_nobody_knows_which_note_it_was(
    local_setting: Setting,
) -> None:
    local_setting.allow_writing()
    (item,) = local_setting.fill(1)
    library = local_setting.library()
    changes = [Change(item, Review(), Review(None, "ours"))]
    assert killed_at(
        local_setting,
        None,
        lambda: journal.write(library, changes, Journal(), command="set"),
        after=True,
    )
    assert len(local_setting.store.notes(item)) == 1
    local_setting.store.add_note(item, "<p>theirs</p>", ["bibnotes"])
    again = local_setting.library()
    journal.recover(again, Journal())
    (run,) = Journal().runs()
    assert run.state is State.DONE
    (outcome,) = again.prepare(journal.changes_back(run, again, Journal())).outcomes
    assert outcome.status is Status.REFUSED
    assert "several of its notes" in outcome.reason


def test_of_what_a_dead_run_did_the_part_that_nobody_edited_is_taken_back(
    setting: Setting,
) -> None:
    setting.allow_writing()
    (item,) = setting.fill(1)
    note = setting.store.add_note(item, "<p>old</p>", ["bibnotes"])
    library = setting.library()
    changes = [Change(item, Review(None, "old"), Review("skim", "ours"))]
    assert killed_at(
        setting,
        None,
        lambda: journal.write(library, changes, Journal(), command="set"),
        after=True,
    )
    setting.store.edit(note, note="<p>theirs</p>")
    again = setting.library()
    journal.recover(again, Journal())
    (run,) = Journal().runs()
    assert [outcome.status for outcome in run.outcomes] == [Status.PARTLY]
    back = journal.changes_back(run, again, Journal())
    (end,) = journal.write(again, back, Journal(), command="undo", undoes=run.id)
    assert end.status is Status.PARTLY
    assert setting.store.item(item)["tags"] == []
    assert setting.store.item(note)["note"] == "<p>theirs</p>"
