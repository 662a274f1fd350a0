"""The desktop's API answers as the real desktop did.

The recordings 02 to 33 were made one after the other on one database, so they are replayed in that
order; what happened in between without being recorded is made up for in `UNRECORDED`. Left out are
exports (23, 39 and parts of 27), saved searches (25), attachments (28), the schema (31), the
connector (36), and eight simultaneous writes (37): this server takes one write at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.zotero_server import LocalApi, ZoteroServer
from tests.zotero_server.local.authorisation import DIALOG_SECONDS, Button
from tests.zotero_server.local.desktop import NoteEditor
from tests.zotero_server_tests.recordings import Exchange, Replay, load, names

ONE_DATABASE = [name for name in names("local") if "02" <= name[:2] <= "33"]
EXPORTS = {"bibtex", "biblatex", "csljson"}

# What happened without being recorded


def write_long_note(desktop: Desktop) -> None:
    """A note of 400,007 characters was written and deleted again."""
    library = desktop.api.library
    library.remove(library.add_note(desktop.replay.names["EZDNJE45"], "<p></p>"))


def write_fifty_books(desktop: Desktop) -> None:
    """50 books in one batch. Their keys are in a list of all keys; four are known by title."""
    known = {0: "87J8RCWM", 47: "46MYGQNA", 48: "4G9C6W4J", 49: "PSWDXU26"}
    later = {"ZND3R2ST", *known.values(), *desktop.replay.names}
    all_keys = load("local", "22-search").exchanges[25].response["body"].split()
    others = iter([key for key in all_keys if key not in later])
    for n in range(50):
        key = known.get(n) or next(others)
        desktop.api.library.add("book", key=key, title=f"Batch {n:02}", date=str(1950 + n))


def save_a_search(desktop: Desktop) -> None:
    """Recording 25: a saved search was made and deleted."""
    desktop.api.library.version += 2


def attach_three_files(desktop: Desktop) -> None:
    """Recording 28: three attachments were made, and one of them got its file."""
    library = desktop.api.library
    keys = [
        library.add("attachment", parentItem=desktop.replay.names["EZDNJE45"]) for _ in range(3)
    ]
    library.edit(keys[0], filename="a.txt")


def let_a_minute_pass(desktop: Desktop) -> None:
    now = desktop.api.dialog.clock()
    desktop.api.dialog.clock = lambda: now + DIALOG_SECONDS


UNRECORDED: dict[tuple[str, int], Callable[[Desktop], None]] = {
    ("11", 10): write_long_note,
    ("16", 9): write_fifty_books,
    ("26", 0): save_a_search,
    ("29", 0): attach_three_files,
    ("33", 0): let_a_minute_pass,
}


class Desktop:
    """A desktop that is replayed to; its user presses what the recorded one pressed."""

    def __init__(self, server: ZoteroServer[LocalApi], server_id: str) -> None:
        self.api = server.api
        self.api.server_id = server_id
        self.replay = Replay(server.url.removesuffix("/api"))

    def differences(self, name: str, *exchanges: Exchange) -> list[str]:
        found = []
        for exchange in exchanges:
            step = UNRECORDED.get((name[:2], exchange.number))
            if step:
                step(self)
            if exchange.is_summary or dict(exchange.query).get("format") in EXPORTS:
                continue
            self._press_as_recorded(exchange)
            answer = self.replay.send(exchange)
            found += [
                f"[{exchange.number}] {line}" for line in self.replay.differences(exchange, answer)
            ]
        return found

    def _press_as_recorded(self, exchange: Exchange) -> None:
        body = exchange.response["body"]
        if isinstance(body, dict) and "denied" in body:
            self.api.dialog.press(Button.DENY)
        if isinstance(body, dict) and "remember" in body:
            always = body["remember"]
            self.api.dialog.press(Button.ALWAYS_ALLOW if always else Button.ALLOW)


def server_id_of(name: str) -> str:
    headers = (exchange.response.get("headers", {}) for exchange in load("local", name).exchanges)
    return next(str(h["Zotero-Server-ID"]) for h in headers if "Zotero-Server-ID" in h)


@pytest.fixture(scope="module")
def found(running_local: ZoteroServer[LocalApi]) -> dict[str, list[str]]:
    """The differences in each recording of the one database."""
    running_local.reset()
    desktop = Desktop(running_local, server_id_of(ONE_DATABASE[0]))
    return {
        name: desktop.differences(name, *load("local", name).exchanges) for name in ONE_DATABASE
    }


@pytest.mark.parametrize("name", ONE_DATABASE)
def test_answers_as_recorded(found: dict[str, list[str]], name: str) -> None:
    assert found[name] == []


def test_a_disabled_api_refuses_everything(local: ZoteroServer[LocalApi]) -> None:
    name = "01-local-api-disabled"
    desktop = Desktop(local, server_id_of(name))
    local.api.enabled = False
    assert desktop.differences(name, *load("local", name).exchanges) == []


def test_a_dismissed_dialog_allows_or_denies(local: ZoteroServer[LocalApi]) -> None:
    name = "35-authorize-dismiss"
    desktop = Desktop(local, server_id_of(name))
    assert desktop.differences(name, *load("local", name).exchanges) == []


def test_an_edit_in_the_window_is_one_more_version(local: ZoteroServer[LocalApi]) -> None:
    name = "34-ui-note-edit"
    exchanges = load("local", name).exchanges
    desktop = Desktop(local, server_id_of(name))
    authorise(desktop)
    local.api.library.version = 35
    assert desktop.differences(name, *exchanges[:4]) == []
    note = desktop.replay.names["ENEJZSGC"]
    local.api.library.edit(note, note=exchanges[4].response["body"]["data"]["note"])
    local.api.after_write.append(NoteEditor(note))
    assert desktop.differences(name, *exchanges[4:]) == []


def test_an_open_note_is_saved_again_by_the_editor(local: ZoteroServer[LocalApi]) -> None:
    name = "38-open-editor-resaves"
    exchanges = load("local", name).exchanges
    desktop = Desktop(local, server_id_of(name))
    authorise(desktop)
    library = local.api.library
    library.version = 14
    paper = dict(exchanges[0].response["body"][0]["data"])
    item_type, key, _ = (paper.pop(name) for name in ("itemType", "key", "version"))
    library.add(item_type, key=key, **paper)
    library.add_note(key, "<p>there already</p>")
    library.version = 208
    assert desktop.differences(name, *exchanges[:5]) == []
    library.version += 1
    assert desktop.differences(name, exchanges[5]) == []
    local.api.after_write.append(NoteEditor(desktop.replay.names["BVQ5WMGE"]))
    assert desktop.differences(name, *exchanges[6:]) == []


def authorise(desktop: Desktop) -> None:
    """The consent that these recordings begin after."""
    desktop.replay.names["KEY"] = desktop.api.keys.issue(remember=True)
