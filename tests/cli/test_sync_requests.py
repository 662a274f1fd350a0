"""What a sync costs in requests: they grow with the change, not with the library."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest

from tests.zotero_server import LocalApi, ZoteroServer
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY

from .conftest import Shell

FILE = "refs.bib"
AT_ONCE = {"web": 100, "local": 50}  # the rows of a page; the keys that are asked for in one go


def fill(shell: Shell, store: Library, papers: int) -> list[str]:
    """Papers with a priority and a review, in both; returns the keys of their notes."""
    entry = (
        "@book{{key{0},\n  title = {{Paper {0}}},\n"
        "  annote = {{First of {0}.}},\n  keywords = {{skim}},\n}}\n"
    )
    shell.write(FILE, "".join(entry.format(number) for number in range(papers)))
    return [
        store.add_note(
            store.add("book", title=f"Paper {number}", citationKey=f"key{number}", tags=["skim"]),
            f"<p>First of {number}.</p>",
            ["bibnotes"],
        )
        for number in range(papers)
    ]


@pytest.fixture
def shell(zotero_shell: Shell) -> Shell:
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    return zotero_shell


@pytest.fixture(params=["web", "local"])
def server(request: pytest.FixtureRequest) -> ZoteroServer[Any]:
    server: ZoteroServer[Any] = request.getfixturevalue(request.param)
    return server


def kind(server: ZoteroServer[Any]) -> str:
    return "local" if isinstance(server.api, LocalApi) else "web"


def may_write(shell: Shell, server: ZoteroServer[Any]) -> None:
    """Ask for what the desktop asks its user for; on the web the key says it."""
    if kind(server) == "local":
        assert shell.here("login", "--server", "local").code == 0


def requests(shell: Shell, server: ZoteroServer[Any]) -> tuple[int, int]:
    """Sync, and return how many requests that took, and how many of them wrote."""
    server.log.clear()
    ran = shell.here("sync", "--zotero", "--server", kind(server), FILE, "--yes")
    assert ran.code == 0, ran.err
    return len(server.log), len(server.log.writes)


def edit(shell: Shell, old: str, new: str, count: int) -> None:
    text = shell.read(FILE)
    assert text.count(old) >= count
    shell.write(FILE, text.replace(old, new, count))


def test_a_thousand_changed_texts_take_twenty_writes_and_with_priorities_forty(
    shell: Shell, server: ZoteroServer[Any]
) -> None:
    library = server.api.library
    may_write(shell, server)
    notes = fill(shell, library, 1000)
    assert requests(shell, server)[1] == 0
    edit(shell, "First of", "Second of", 1000)
    assert requests(shell, server)[1] <= 20
    edit(shell, "Second of", "Third of", 1000)
    edit(shell, "{skim}", "{close-read}", 1000)
    assert requests(shell, server)[1] <= 40
    assert "Third of 999." in library.item(notes[-1])["note"]
    paper = library.item(library.item(notes[-1])["parentItem"])
    assert [tag["tag"] for tag in paper["tags"]] == ["close-read"]


def test_requests_do_not_grow_with_the_library(shell: Shell, server: ZoteroServer[Any]) -> None:
    """Five papers are changed here and five there, in a small library and in one of ten times."""
    taken = []
    for papers in (200, 2000):
        server.reset()
        may_write(shell, server)
        shell.variables["BIBNOTES_CACHE_DIR"] += f"-{papers}"
        notes = fill(shell, server.api.library, papers)
        requests(shell, server)
        edit(shell, "First of", "Second of", 5)
        for note in notes[-5:]:
            server.api.library.edit(note, note="<p>Another text.</p>")
        taken.append(requests(shell, server))
        assert shell.read(FILE).count("Another text.") == 5
        assert "Second of 4." in server.api.library.item(notes[4])["note"]
        shell.path(".bibnotes").rename(shell.path(f"base-{papers}"))
    assert taken[0] == taken[1]
    assert taken[0][0] < 10


def test_reads_grow_with_the_changes_of_others(shell: Shell, server: ZoteroServer[Any]) -> None:
    """More of 1,000 papers are changed in Zotero each time, and at last all of them."""
    notes = fill(shell, server.api.library, 1000)
    requests(shell, server)
    for changed in (0, 50, 500, 1000):
        for note in notes[:changed]:
            server.api.library.edit(note, note=f"<p>One of {changed}.</p>")
        reads, writes = requests(shell, server)
        assert writes == 0
        assert reads <= 3 + ceil(changed / AT_ONCE[kind(server)])
        assert shell.read(FILE).count(f"One of {changed}.") == changed
