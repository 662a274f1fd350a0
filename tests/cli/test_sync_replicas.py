"""Two files and a group library, synced in turns by the real command, end alike."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from bibnotes.bibtex.library import BibLibrary
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.sheets.library import SheetLibrary
from bibnotes.zotero.note_html import to_html, to_markdown
from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.web.accounts import GROUP_ID, KEY

from .conftest import Shell

FILES = ("refs.bib", "reviews.md")
LINES = ("one", "two", "three", "four", "five")
Said = tuple[str | None, str]


@pytest.fixture
def shell(zotero_shell: Shell) -> Shell:
    zotero_shell.variables |= {"ZOTERO_API_KEY": KEY, "LC_ALL": "C.UTF-8"}
    zotero_shell.write("bibnotes.yaml", f"zotero: {{id: group/{GROUP_ID}}}\n")
    return zotero_shell


def sync(shell: Shell, name: str) -> None:
    ran = shell.here("sync", "--zotero", "--server", "web", name, "--yes")
    assert ran.code == 0, ran.err


def edit(path: Path, line: str, new: str) -> None:
    """Change one line, as somebody does in an editor."""
    text, found = re.subn(rf"\b{line}\b", new, path.read_text())
    assert found == 1, text
    path.write_text(text)


def said(path: Path) -> Said:
    kind = BibLibrary if path.suffix == ".bib" else SheetLibrary
    (paper,) = kind.open(path, scale=DEFAULT_SCALE, language="en").papers()
    return paper.review.priority, paper.review.text


@pytest.mark.parametrize("turns", [*product(FILES, repeat=3)], ids="-".join)
def test_three_replicas_converge(
    shell: Shell, web: ZoteroServer[WebApi], turns: tuple[str, ...]
) -> None:
    """Everybody changes another line, and in between somebody syncs."""
    store = web.api.libraries[f"groups/{GROUP_ID}"]
    item = store.add("book", title="Weight Sharing Considered Slowly", citationKey="ana21")
    note = store.add_note(item, to_html("\n\n".join(LINES)), ["bibnotes"])
    refs, reviews = map(shell.path, FILES)
    refs.write_text("@book{ana21,\n  title = {Weight Sharing Considered Slowly},\n}\n")
    for name in FILES:
        sync(shell, name)

    edit(refs, "one", "uno")
    sync(shell, turns[0])
    edit(reviews, "three", "tres")
    sync(shell, turns[1])
    now = to_markdown(store.item(note)["note"])
    store.edit(note, note=to_html(now.replace("five", "cinco")))
    store.edit(item, tags=["skim"])
    sync(shell, turns[2])
    for name in (*FILES, *FILES):
        sync(shell, name)

    text = "uno\n\ntwo\n\ntres\n\nfour\n\ncinco"
    assert said(refs) == said(reviews) == ("skim", text)
    assert to_markdown(store.item(note)["note"]) == text
    assert len(store.notes(item)) == 1
    web.log.clear()
    for name in FILES:
        sync(shell, name)
    assert not web.log.writes
