"""Commands that write to a Zotero library, as a user meets them."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any
from unicodedata import normalize

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import (
    Condition,
    Handle,
    cut_after,
    cut_before,
    delay,
    fail_objects,
    first,
    is_write,
)
from tests.zotero_server.local.authorisation import Button
from tests.zotero_server.web.accounts import KEY, KEY_READONLY

from .conftest import Shell
from .terminal import typed


@pytest.fixture
def shell_with_key(zotero_shell: Shell) -> Shell:
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    return zotero_shell


@pytest.fixture(params=["web", "local"])
def place(
    request: pytest.FixtureRequest, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
) -> tuple[ZoteroServer[Any], tuple[str, ...]]:
    """Each server, and the options that lead to it."""
    servers: dict[str, ZoteroServer[Any]] = {"web": web, "local": local}
    return servers[request.param], ("--zotero", "--server", request.param)


Place = tuple[ZoteroServer[Any], tuple[str, ...]]


def texts(server: ZoteroServer[Any], item: str) -> list[str]:
    return [note["note"] for note in server.api.library.notes(item)]


def tags(server: ZoteroServer[Any], item: str) -> list[str]:
    return [tag["tag"] for tag in server.api.library.item(item)["tags"]]


def test_set_and_undo(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21", tags=["NAS"])
    done = shell_with_key("set", *options, "ana21", "--priority", "skim", "--review", "好 *x*")
    assert done.code == 0, done.err
    assert "1 changed" in done.err
    assert texts(server, item) == ["<p>好 <em>x</em></p>"]
    assert tags(server, item) == ["NAS", "skim"]
    again = shell_with_key("set", *options, "ana21", "--priority", "skim", "--review", "好 *x*")
    assert "1 as before" in again.err
    undone = shell_with_key("undo")
    assert undone.code == 0, undone.err
    assert texts(server, item) == []
    assert tags(server, item) == ["NAS"]


@pytest.mark.parametrize("wish", [("--review", "mine"), ("--priority", "skim"), ("--clear",)])
def test_of_several_items_with_one_citation_key_none_is_changed_until_it_is_said_which(
    shell_with_key: Shell, place: Place, wish: tuple[str, ...]
) -> None:
    server, options = place
    one, other = (
        server.api.library.add("book", citationKey="ana21", title=title, tags=["精读"])
        for title in ("The Book", "Its Second Edition")
    )
    server.api.library.add_note(one, "<p>theirs</p>", ["bibnotes"])
    asked = shell_with_key("set", *options, "ana21", *wish)
    assert asked.code == 2, asked.err
    assert f"{one} “The Book”; {other} “Its Second Edition”" in asked.err
    assert texts(server, one) == ["<p>theirs</p>"]
    told = shell_with_key("set", *options, other, *wish)
    assert (told.code, ": 1 changed" in told.err) == (0, True), told.err
    assert (texts(server, one), tags(server, one)) == (["<p>theirs</p>"], ["精读"])


def test_undo_takes_back_what_it_can_of_a_paper_and_the_rest_later(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21", tags=["NAS"])
    note = server.api.library.add_note(item, "<p>old</p>", ["bibnotes"])
    words = ("set", *options, "ana21", "--priority")
    assert shell_with_key(*words, "close-read").code == 0
    assert shell_with_key(*words, "skim", "--review", "new").code == 0
    server.api.library.edit(note, note="<p>theirs</p>")
    why = "its note was changed by somebody else"
    shown = shell_with_key("undo", "--dry-run")
    assert shown.code == 7, shown.err
    assert ": 1 would change in part\n" in shown.err
    assert f"ana21: would change in part: {why}; only its priority is taken back" in shown.err
    assert tags(server, item) == ["NAS", "skim"]
    undone = shell_with_key("undo")
    assert undone.code == 7, undone.err
    assert ": 1 changed in part\n" in undone.err
    assert f"ana21: changed in part: {why}; only its priority is taken back" in undone.err
    assert "1 of 1 paper could be changed in part only\n" in undone.err
    assert "The run before" not in undone.err
    assert (tags(server, item), texts(server, item)) == (["NAS", "close-read"], ["<p>theirs</p>"])
    again = shell_with_key("undo")
    assert (again.code, f"ana21: not changed: {why}\n" in again.err) == (6, True), again.err
    assert "The run before that can be undone: bibnotes undo" in again.err
    server.api.library.edit(note, note="<p>new</p>")
    assert shell_with_key("undo").code == 0
    assert texts(server, item) == ["<p>old</p>"]
    assert shell_with_key("undo").code == 0
    assert tags(server, item) == ["NAS"]
    assert shell_with_key("undo").code == 3


def undone_but_for_the_note(shell: Shell, place: Place) -> tuple[str, str]:
    """An item of which a run and its undo left the note, which somebody edited; both keys."""
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    words = ("set", *options, "ana21", "--priority", "skim", "--review", "mine")
    assert shell(*words).code == 0
    (note,) = server.api.library.notes(item)
    server.api.library.edit(note["key"], note="<p>theirs</p>")
    assert shell("undo").code == 7
    return item, note["key"]


def test_undo_of_an_undo_of_a_part_brings_back_that_part(
    shell_with_key: Shell, place: Place
) -> None:
    server, _ = place
    item, _ = undone_but_for_the_note(shell_with_key, place)
    undo, run = json.loads(shell_with_key("undo", "--list", "--json").out)
    assert (undo["state"], run["state"]) == ("partly done", "partly undone")
    again = shell_with_key("undo", undo["id"])
    assert again.code == 0, again.err
    assert (tags(server, item), texts(server, item)) == (["skim"], ["<p>theirs</p>"])
    states = [run["state"] for run in json.loads(shell_with_key("undo", "--list", "--json").out)]
    assert states == ["done", "undone", "done"]


def test_undo_tries_no_part_again_that_it_took_back(shell_with_key: Shell, place: Place) -> None:
    """What somebody sets again after that is theirs, though it reads as the run left it."""
    server, _ = place
    item, note = undone_but_for_the_note(shell_with_key, place)
    assert tags(server, item) == []
    server.api.library.edit(item, tags=[{"tag": "skim"}])
    assert shell_with_key("undo").code == 6
    server.api.library.edit(note, note="<p>mine</p>")
    assert shell_with_key("undo").code == 0
    assert (tags(server, item), texts(server, item)) == (["skim"], [])
    assert shell_with_key("undo").code == 3


def test_a_part_that_an_undo_of_an_undo_had_to_leave_is_tried_no_more(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    item = web.api.library.add("book", citationKey="ana21")
    words = ("set", "--zotero", "--server", "web", "ana21")
    assert shell_with_key(*words, "--priority", "skim", "--review", "mine").code == 0
    assert shell_with_key("undo").code == 0
    web.api.library.add_note(item, "<p>theirs</p>", ["bibnotes"])
    undo = json.loads(shell_with_key("undo", "--list", "--json").out)[0]["id"]
    assert shell_with_key("undo", undo).code == 7
    assert tags(web, item) == ["skim"]
    assert [shell_with_key("undo").code for _ in range(2)] == [0, 3]
    assert (tags(web, item), texts(web, item)) == ([], ["<p>theirs</p>"])


def test_undo_names_a_paper_that_is_gone_by_its_citation_key_and_says_where_it_is(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    library = server.api.library
    item, other = library.add("book", citationKey="ana21"), library.add("book", title="Other")
    assert shell_with_key("set", *options, "ana21", "--review", "new").code == 0
    library.trash(item)
    trashed = shell_with_key("undo")
    assert trashed.code == 3, trashed.err
    assert "ana21: not changed: it is in Zotero's trash; restore it there\n" in trashed.err
    library.edit(other, relations={"dc:replaces": f"http://zotero.org/users/475001/items/{item}"})
    merged = shell_with_key("undo")
    assert merged.code == 3, merged.err
    assert "ana21: not changed: it was merged into “Other”\n" in merged.err
    library.edit(other, relations={})
    library.remove(item)
    gone = shell_with_key("undo")
    assert (gone.code, f" has no item {item}\n" in gone.err) == (3, True), gone.err


def test_an_adoption_is_undone_though_the_note_was_edited_since(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    note = server.api.library.add_note(item, "<p>mine</p>", ["diary"])
    assert shell_with_key("adopt", *options).code == 0
    server.api.library.edit(note, note="<p>more</p>")
    undone = shell_with_key("undo")
    assert undone.code == 0, undone.err
    assert (texts(server, item), server.api.library.item(note)["tags"]) == (
        ["<p>more</p>"],
        [{"tag": "diary"}],
    )


def test_a_review_whose_adoption_was_undone_before_it_is_undone_once_it_is_tagged_again(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    note = server.api.library.add_note(item, "<p>old</p>")
    assert shell_with_key("adopt", *options).code == 0
    assert shell_with_key("set", *options, "ana21", "--review", "new").code == 0
    adopt = json.loads(shell_with_key("undo", "--list", "--json").out)[1]["id"]
    assert shell_with_key("undo", adopt).code == 0
    why = f"its note {note} is not tagged bibnotes any more; tag it so in Zotero, then undo"
    left = shell_with_key("undo")
    assert (left.code, f"ana21: not changed: {why}\n" in left.err) == (6, True), left.err
    server.api.library.edit(note, tags=[{"tag": "bibnotes"}])
    assert shell_with_key("undo").code == 0
    assert texts(server, item) == ["<p>old</p>"]


def test_where_nobody_knows_what_was_written_undo_looks_again(
    shell_with_key: Shell, place: Place
) -> None:
    """The answer was lost, and the item was in the trash when bibnotes looked."""
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")

    def lost_and_trashed(request: Request, handle: Handle) -> Response:
        handle(request)
        server.api.library.trash(item)
        raise Cut

    server.faults.on(
        lost_and_trashed, when=lambda one: one.path.endswith("/items") and is_write(one)
    )
    lost = shell_with_key("set", *options, "ana21", "--review", "new")
    assert (lost.code, "ana21: may be changed" in lost.err) == (7, True), lost.err
    assert ": 1 may be changed\n" in lost.err
    assert "bibnotes: 1 of 1 paper may be changed\n" in lost.err
    for _ in range(2):
        assert shell_with_key("undo").code == 3
    server.api.library.edit(item, deleted=0)
    undone = shell_with_key("undo")
    assert (undone.code, texts(server, item)) == (0, []), undone.err
    assert shell_with_key("undo").code == 3


def test_undo_knows_the_scale_of_a_run(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21", tags=["NAS"])
    shell_with_key.write("bibnotes.yaml", "scale:\n  - {id: dull, label: Dull, tags: [dull]}\n")
    assert shell_with_key("set", *options, "ana21", "--priority", "dull").code == 0
    assert tags(server, item) == ["NAS", "dull"]
    shell_with_key.path("bibnotes.yaml").unlink()
    undone = shell_with_key("undo")
    assert "1 changed" in undone.err, undone.err
    assert tags(server, item) == ["NAS"]


def test_undo_names_the_database_that_is_to_be_open(
    shell_with_key: Shell, local: ZoteroServer[LocalApi]
) -> None:
    local.api.library.add("book", citationKey="ana21")
    words = ("set", "--zotero", "--server", "local", "ana21", "--review", "x")
    assert shell_with_key(*words).code == 0
    before, local.api.server_id = local.api.server_id, "OTHERdb12345"
    undone = shell_with_key("undo")
    assert undone.code == 3, undone.err
    here = "user/0 on this computer (database {})"
    reached = f"{here.format(before)} is not the library that is reached now, "
    assert f"{reached}{here.format('OTHERdb12345')}\n" in undone.err
    assert "Open the same Zotero database" in undone.err
    assert "Or take an older run: bibnotes undo --list" in undone.err


def test_a_dry_run_shows_and_writes_nothing(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    server.api.library.add("book", citationKey="ana21")
    done = shell_with_key(
        "set", *options, "ana21", "--review", "好", "--priority", "skim", "--dry-run"
    )
    assert done.code == 0, done.err
    assert "+tag: skim\n+好\n" in done.out
    assert not server.log.writes


def test_attach_a_digest_that_was_edited(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    items = [
        server.api.library.add("book", title=f"Title {n}", citationKey=f"ana2{n}") for n in range(3)
    ]
    digest = shell_with_key("digest", *options, "-o", "digest.md", "--lang", "zh")
    assert digest.code == 0, digest.err
    unedited = shell_with_key("attach", "digest.md", *options)
    assert (unedited.code, server.log.writes) == (0, [])
    text = shell_with_key.read("digest.md")
    heading = next(line for line in text.splitlines() if "@ana21" in line)
    shell_with_key.write("digest.md", text.replace(heading, f"## 精读\n\n{heading}\n\n> 好书"))
    attached = shell_with_key("attach", "digest.md", *options, LC_ALL="zh_CN.UTF-8")
    assert attached.code == 0, attached.err
    assert "精读" in tags(server, items[1])
    assert texts(server, items[1]) == ["<p>好书</p>"]
    again = shell_with_key("attach", "digest.md", *options)
    assert again.code == 0, again.err
    assert "0 changed" in again.err
    assert shell_with_key("undo").code == 0
    assert all(texts(server, item) == [] for item in items)


def test_what_markdown_cannot_keep_needs_yes_and_undo_brings_it_back(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    html = '<p><span style="color: #ff0000">old</span></p>'
    server.api.library.add_note(item, html, ["bibnotes"])
    refused = shell_with_key("set", *options, "ana21", "--review", "new")
    assert refused.code == 1
    assert "ana21: not changed: its note has" in refused.err
    assert "--yes" in refused.err
    assert texts(server, item) == [html]
    assert shell_with_key("set", *options, "ana21", "--review", "new", "--yes").code == 0
    assert texts(server, item) == ["<p>new</p>"]
    assert shell_with_key("undo").code == 0
    assert texts(server, item) == [html]


@pytest.mark.parametrize("command", ["set", "attach", "sync"])
def test_with_yes_what_markdown_cannot_keep_is_named_before_it_goes(
    shell_with_key: Shell, place: Place, command: str
) -> None:
    server, options = place
    item = server.api.library.add("book", title="Ana’s book", citationKey="ana21")
    html = '<p><span style="color: #ff0000">old</span></p>'
    server.api.library.add_note(item, html, ["bibnotes"])
    shell_with_key.write("r.yaml", "- key: ana21\n  review: new\n")
    words = {
        "set": ("set", *options, "ana21", "--review", "new"),
        "attach": ("attach", "r.yaml", *options, "--prefer", "sheet"),
        "sync": ("sync", "r.yaml", *options, "--prefer", "local"),
    }[command]
    shown = shell_with_key(*words, "--yes", "--dry-run")
    assert "ana21: its note loses colours, which Markdown cannot keep" in shown.err
    assert texts(server, item) == [html]
    done = shell_with_key(*words, "--yes")
    assert done.code == 0, done.err
    named, written = "ana21: its note loses colours", "1 changed"
    assert 0 < done.err.index(named) < done.err.index(written)
    assert done.err.count(named) == 1


def test_the_same_in_another_notation_is_no_conflict(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    server.api.library.add_note(item, "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", ["bibnotes"])
    shell_with_key.write("r.yaml", "- key: ana21\n  review: |\n    * a\n    * b\n")
    done = shell_with_key("attach", "r.yaml", *options)
    assert done.code == 0, done.err
    assert not server.log.writes
    shell_with_key.write("r.yaml", "- key: ana21\n  review: |\n    * a\n    * c\n")
    assert shell_with_key("attach", "r.yaml", *options).code == 0
    assert "<li>c</li>" in texts(server, item)[0]


def test_a_paper_that_fails_is_named_and_the_others_are_written(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    good = web.api.library.add("book", citationKey="good")
    web.api.library.add("book", citationKey="bad")
    options = ("--zotero", "--server", "web")
    long = "好" * 500_001
    shell_with_key.write("r.yaml", f"- key: good\n  review: ok\n- key: bad\n  review: {long}\n")
    done = shell_with_key("attach", "r.yaml", *options)
    assert done.code == 7, done.err
    assert "bad: not changed: a note on the web has at most 500000 characters" in done.err
    assert texts(web, good) == ["<p>ok</p>"]


def test_a_note_that_the_web_server_may_refuse_is_named(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    text = "好" * 83_400
    done = shell_with_key("set", *options, "ana21", "--review", "-", stdin=text)
    assert done.code == 0, done.err
    assert "ana21: its note has 250207 bytes; Zotero's web server may refuse" in done.err
    assert texts(server, item) == [f"<p>{text}</p>"]
    assert "bytes" not in shell_with_key("set", *options, "ana21", "--priority", "skim").err


def test_a_lost_answer_is_looked_up(shell_with_key: Shell, place: Place) -> None:
    server, options = place
    item = server.api.library.add("book", citationKey="ana21")
    server.faults.on(
        cut_after(), when=lambda request: request.path.endswith("/items") and is_write(request)
    )
    done = shell_with_key("set", *options, "ana21", "--review", "good")
    assert done.code == 0, done.err
    assert "1 changed" in done.err
    assert texts(server, item) == ["<p>good</p>"]


def test_where_a_lost_answer_cannot_be_looked_up_the_papers_are_named(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    keys = ["ana21", "bob21", "eve21"]
    items = [web.api.library.add("book", citationKey=key) for key in keys]
    gone: list[Request] = []

    def lost(request: Request, handle: Handle) -> Response:
        handle(request)
        gone.append(request)
        raise Cut

    web.faults.on(lost, when=is_write)
    web.faults.on(cut_before(), when=lambda _: bool(gone), times=None)
    ran = shell_with_key("set", "--zotero", "--server", "web", *keys, "--review", "mine")
    assert ran.code == 7, ran.err
    assert [key for key in keys if f"{key}: may be changed: " in ran.err] == keys
    web.faults.clear()
    assert shell_with_key("undo").code == 0
    assert [texts(web, item) for item in items] == [[], [], []]


def test_undo_takes_back_what_was_written_of_a_paper_that_was_trashed_meanwhile(
    shell_with_key: Shell, place: Place
) -> None:
    server, options = place
    library = server.api.library
    item = library.add("book", citationKey="ana21")
    library.add_note(item, "<p>old</p>", ["bibnotes"])
    server.faults.on(first(lambda: library.trash(item)), when=is_write)
    done = shell_with_key("set", *options, "ana21", "--priority", "skim", "--review", "new")
    assert done.code == 7, done.err
    assert "ana21: changed in part: " in done.err
    library.restore(item)
    assert texts(server, item) == ["<p>new</p>"]
    undone = shell_with_key("undo")
    assert undone.code == 0, undone.err
    assert (texts(server, item), tags(server, item)) == (["<p>old</p>"], [])


def test_who_denies_the_second_of_two_batches_is_told_how_to_go_on(
    shell_with_key: Shell, local: ZoteroServer[LocalApi]
) -> None:
    library, dialog = local.api.library, local.api.dialog
    items = [library.add("book", citationKey=f"ana{number}") for number in range(60)]
    dialog.button = Button.ALLOW
    local.faults.on(first(lambda: setattr(dialog, "button", Button.DENY)), when=is_second_asking())
    words = ("set", "--zotero", "--server", "local", *(f"ana{n}" for n in range(60)))
    ran = shell_with_key(*words, "--priority", "skim")
    assert (ran.code, ": 50 changed\n" in ran.err) == (7, True), ran.err
    assert ran.err.count("Run the command again, and choose “Always Allow”") == 1
    assert [tags(local, item) for item in items] == [["skim"]] * 50 + [[]] * 10


def is_second_asking() -> Condition:
    """The second time that the desktop is asked for leave to write."""
    asked: list[Request] = []

    def condition(request: Request) -> bool:
        if request.path.endswith("/authorize"):
            asked.append(request)
        return len(asked) == 2

    return condition


def test_a_key_that_may_only_read_is_told_before_anything_is_sent(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    web.api.library.add("book", citationKey="ana21")
    done = shell_with_key(
        "set", "--zotero", "--server", "web", "ana21", "--review", "x", ZOTERO_API_KEY=KEY_READONLY
    )
    assert done.code == 4
    assert "not write to it" in done.err
    assert not web.log.writes


def test_in_a_group_that_only_administrators_may_change_the_key_alone_is_not_blamed(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    web.api.libraries["groups/5002"].add("book", citationKey="ana21")
    shell_with_key.write("bibnotes.yaml", "zotero: {id: group/5002, server: web}")
    ran = shell_with_key("set", "--zotero", "ana21", "--review", "x")
    assert ran.code == 4, ran.err
    assert "does not let you write to this library: the key or the group forbids it" in ran.err
    assert "bibnotes doctor shows which.\n" in ran.err
    assert "Admins Only Group lets only its administrators write" in shell_with_key("doctor").out


def test_without_a_server_named_an_old_desktop_is_read_and_the_web_written(
    shell_with_key: Shell, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
) -> None:
    local.api.zotero_version = "9.0.1"
    here = local.api.library.add("book", citationKey="ana21")
    item = web.api.library.add("book", citationKey="ana21")
    assert shell_with_key("set", "--zotero", "ana21", "--review", "x").code == 0
    assert texts(web, item) == ["<p>x</p>"]
    assert texts(local, here) == []
    refused = shell_with_key("set", "--zotero", "--server", "local", "ana21", "--review", "x")
    assert refused.code == 4
    assert "Writing needs Zotero 10" in refused.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_a_bar_shows_how_much_is_written(
    shell_with_key: Shell, web: ZoteroServer[WebApi]
) -> None:
    for number in range(60):
        web.api.library.add("book", citationKey=f"p{number}")
    sheet = "".join(f"- key: p{number}\n  review: good\n" for number in range(60))
    shell_with_key.write("r.yaml", sheet)
    slow, words = delay(1.5), ("attach", "r.yaml", "--zotero", "--server", "web", "--yes")
    web.faults.on(slow, when=is_write, times=2)
    shown = typed(shell_with_key, "", *words).err
    assert "] 50 of 60 changes written to Zotero\r" in shown
    assert "60 changed" in shown
    assert shell_with_key("undo").code == 0
    web.faults.on(slow, when=is_write, times=2)
    assert "written to Zotero" not in shell_with_key(*words).err


class TestConsent:
    """Zotero on this computer asks its user before bibnotes may write."""

    SET = ("set", "--zotero", "--server", "local", "ana21", "--review")

    @pytest.fixture
    def item(self, local: ZoteroServer[LocalApi]) -> str:
        return local.api.library.add("book", citationKey="ana21")

    def asked(self, local: ZoteroServer[LocalApi]) -> int:
        return sum("authorize" in line for line in local.log.lines)

    def test_a_login_is_remembered(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        done = zotero_shell("login", "--server", "local")
        assert done.code == 0, done.err
        assert "lets bibnotes write" in done.err
        assert zotero_shell(*self.SET, "one").code == 0
        assert zotero_shell(*self.SET, "two").code == 0
        assert self.asked(local) == 1
        assert texts(local, item) == ["<p>two</p>"]

    def test_allowing_once_is_not_a_login(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi]
    ) -> None:
        local.api.dialog.press(Button.ALLOW)
        done = zotero_shell("login", "--server", "local")
        assert done.code == 4
        assert "good for one change, of 50 notes and tags at most" in done.err
        assert "Always Allow" in done.err

    def test_allowing_once_is_enough_for_one_change(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        local.api.dialog.press(Button.ALLOW)
        for text in ("one", "two"):
            assert zotero_shell(*self.SET, text).code == 0
        assert self.asked(local) == 2
        assert texts(local, item) == ["<p>two</p>"]

    @pytest.mark.parametrize("command", [("login", "--server", "local"), (*SET, "x")])
    def test_a_denial_is_explained(
        self,
        zotero_shell: Shell,
        local: ZoteroServer[LocalApi],
        item: str,
        command: tuple[str, ...],
    ) -> None:
        local.api.dialog.press(Button.DENY)
        done = zotero_shell(*command)
        assert done.code == 4
        assert "was told not to let bibnotes write" in done.err
        assert "Always Allow" in done.err
        assert texts(local, item) == []

    def test_a_key_that_was_cleared_is_asked_for_once_more(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        zotero_shell("login", "--server", "local")
        local.api.keys.clear()
        assert zotero_shell(*self.SET, "one").code == 0
        assert zotero_shell(*self.SET, "two").code == 0
        assert self.asked(local) == 2
        assert texts(local, item) == ["<p>two</p>"]

    def test_a_login_while_a_run_writes_is_not_forgotten(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi]
    ) -> None:
        """The run had leave for a single batch; the login was made before the next one."""
        for number in range(60):
            local.api.library.add("book", citationKey=f"p{number}")
        logins: list[int] = []

        def log_in() -> None:
            local.api.dialog.press(Button.ALWAYS_ALLOW)
            logins.append(zotero_shell("login", "--server", "local").code)

        local.api.dialog.press(Button.ALLOW)
        writes = (r for r in range(3))
        local.faults.on(
            first(log_in),
            when=lambda r: is_write(r) and r.path.endswith("/items") and next(writes) == 2,
        )
        sheet = "".join(f"- key: p{number}\n  review: good\n" for number in range(60))
        zotero_shell.write("r.yaml", sheet)
        done = zotero_shell("attach", "r.yaml", "--zotero", "--server", "local")
        assert (done.code, logins) == (0, [0]), done.err
        assert self.asked(local) == 2
        assert zotero_shell(*self.SET[:-2], "p1", "--review", "x").code == 0
        assert self.asked(local) == 2

    @pytest.mark.parametrize("button", [Button.ALLOW, Button.ALWAYS_ALLOW])
    def test_putting_back_what_failed_asks_nobody(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str, button: Button
    ) -> None:
        """The leave for one change is used up by then, or it fails too; what is left is told."""
        local.api.library.add_note(item, "<p>old</p>", ["bibnotes"])
        local.api.dialog.press(button)
        local.faults.on(fail_objects(413, "too long"), when=is_write, times=None)
        done = zotero_shell(*self.SET, "new")
        assert done.code == 1, done.err
        assert self.asked(local) == 1
        assert "too long; Zotero shows half of it until it is restarted" in done.err

    def test_a_key_that_is_never_good_is_not_asked_for_for_ever(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        local.faults.on(
            first(local.api.keys.clear), when=lambda r: r.path.endswith("/items"), times=None
        )
        done = zotero_shell(*self.SET, "x")
        assert done.code == 4
        assert self.asked(local) == 1

    def test_the_dialog_is_waited_for(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        local.api.dialog.press(Button.NONE)

        def press() -> None:
            while not local.api.dialog.waiting:
                time.sleep(0.01)
            local.api.dialog.press(Button.ALWAYS_ALLOW)

        user = threading.Thread(target=press)
        user.start()
        done = zotero_shell(*self.SET, "x")
        user.join()
        assert done.code == 0, done.err
        assert "Zotero asks in its window" in done.err
        assert texts(local, item) == ["<p>x</p>"]

    def test_logout_forgets_it(
        self, zotero_shell: Shell, local: ZoteroServer[LocalApi], item: str
    ) -> None:
        zotero_shell("login", "--server", "local")
        assert "was removed from" in zotero_shell("logout").err
        assert zotero_shell(*self.SET, "x").code == 0
        assert self.asked(local) == 2


class TestAdopt:
    """Notes that were there before bibnotes."""

    @pytest.fixture
    def items(self, place: Place) -> dict[str, str]:
        """Papers without a note, with one, with two, and with a review beside a note."""
        library = place[0].api.library
        items = {n: library.add("book", citationKey=n) for n in ("none", "one", "two", "has")}
        html = '<div data-schema-version="9"><p style="color: red">很<b>好</b></p></div>'
        library.add_note(items["one"], html, ["mine"])
        library.add_note(items["two"], "<p>first</p>")
        library.add_note(items["two"], "<p>second</p>")
        library.add_note(items["has"], "<p>a note</p>")
        library.add_note(items["has"], "<p>review</p>", ["bibnotes"])
        return items

    def note_tags(self, place: Place, item: str) -> list[list[str]]:
        notes = place[0].api.library.notes(item)
        return [sorted(tag["tag"] for tag in note["tags"]) for note in notes]

    def test_the_only_note_becomes_the_review_and_undo_takes_it_back(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        server, options = place
        before = texts(server, items["one"])
        done = shell_with_key("adopt", *options)
        assert done.code == 7, done.err
        assert "one: 很**好**" in done.err
        assert "two: which of these 2 notes is the review?" in done.err
        assert self.note_tags(place, items["one"]) == [["bibnotes", "mine"]]
        assert texts(server, items["one"]) == before
        assert self.note_tags(place, items["two"]) == [[], []]
        assert self.note_tags(place, items["has"]) == [[], ["bibnotes"]]
        assert "很**好**" in shell_with_key("digest", *options).out
        assert shell_with_key("undo").code == 0
        assert self.note_tags(place, items["one"]) == [["mine"]]
        assert texts(server, items["one"]) == before

    def test_a_dry_run_writes_nothing_and_filters_choose(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        server, options = place
        done = shell_with_key("adopt", *options, "--dry-run", "--search", "key:one")
        assert done.code == 0, done.err
        assert "+很**好**" in done.out
        assert not server.log.writes

    def test_a_second_note_that_says_the_same_is_not_made(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        server, options = place
        done = shell_with_key("set", *options, "one", "--review", "很**好**")
        assert done.code == 1
        assert "bibnotes adopt --zotero" in done.err
        assert len(texts(server, items["one"])) == 1

    def test_each_thing_is_said_once(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        _, options = place
        dry = shell_with_key("adopt", *options, "--dry-run")
        assert dry.code == 7
        assert (dry.out + dry.err).count("很**好**") == 1
        assert "1 would change" in dry.err
        done = shell_with_key("adopt", *options)
        assert done.code == 7
        said = [line for line in done.err.splitlines() if "asks in its window" not in line]
        assert said[1] == "one: 很**好**"
        assert said[2].endswith(": 1 changed")
        assert said[3] == "two: which of these 2 notes is the review?"
        assert [line.split(": ")[-1] for line in said[4:6]] == ["first", "second"]
        assert said[6].endswith("1 paper with several notes left as before")
        again = shell_with_key("adopt", *options)
        assert "changed" not in again.err
        assert again.err.count("two:") == 1

    def test_where_nothing_can_be_adopted_that_is_said(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        server, options = place
        for key, why in (
            ("none", "none of the 2 papers with a note to adopt is among those chosen"),
            ("has", "none of the 2 papers with a note to adopt is among those chosen"),
        ):
            done = shell_with_key("adopt", *options, "--search", f"key:{key}")
            assert (done.code, why in done.err) == (0, True), done.err
            assert "changed" not in done.err
        done = shell_with_key("adopt", *options, "--tag", "zz", "--tag", "NAS")
        assert done.code == 0
        assert "no paper tagged zz, NAS, without a review has a note to adopt" in done.err
        for item in (items["one"], items["two"]):
            server.api.library.trash(item)
        done = shell_with_key("adopt", *options)
        assert done.code == 0
        assert "no paper without a review has a note to adopt" in done.err
        assert not server.log.writes

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    def test_what_the_user_skips_is_no_failure(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        _, options = place
        shown = typed(shell_with_key, "s\ny\n", "adopt", *options).err
        assert "1 changed" in shown
        assert shown.count("which of these 2 notes") == 1
        assert "Error" not in shown
        assert "left as before" not in shown
        assert self.note_tags(place, items["two"]) == [[], []]

    @pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
    def test_of_several_the_user_chooses(
        self, shell_with_key: Shell, place: Place, items: dict[str, str]
    ) -> None:
        _, options = place
        shown = typed(shell_with_key, "2\ny\n", "adopt", *options).err
        assert "2 changed" in shown
        assert self.note_tags(place, items["two"]) == [[], ["bibnotes"]]


class TestReaders:
    """A group library in which several people keep reviews."""

    @pytest.fixture
    def item(self, web: ZoteroServer[WebApi]) -> str:
        library = web.api.libraries["groups/5001"]
        item = library.add("book", citationKey="ana21", tags=["略读 (Ben)", "NAS"])
        library.add_note(item, "<p>Ben’s</p><p>view</p>", ["bibnotes: Ben"])
        return item

    @pytest.fixture
    def group(self, shell_with_key: Shell, item: str) -> Shell:
        shell_with_key.write("bibnotes.yaml", "zotero: {id: group/5001, server: web, reader: ana}")
        return shell_with_key

    def test_each_writes_only_their_own(
        self, group: Shell, web: ZoteroServer[WebApi], item: str
    ) -> None:
        library = web.api.libraries["groups/5001"]
        done = group("set", "--zotero", "ana21", "--priority", "精读", "--review", "mine")
        assert done.code == 0, done.err
        assert [tag["tag"] for tag in library.item(item)["tags"]] == [
            "NAS",
            "close-read (ana)",
            "略读 (Ben)",
        ]
        notes = {note["tags"][0]["tag"]: note["note"] for note in library.notes(item)}
        assert notes == {
            "bibnotes: Ben": "<p>Ben’s</p><p>view</p>",
            "bibnotes: ana": "<p>mine</p>",
        }
        assert group("set", "--zotero", "ana21", "--clear").code == 0
        assert [note["tags"][0]["tag"] for note in library.notes(item)] == ["bibnotes: Ben"]
        assert [tag["tag"] for tag in library.item(item)["tags"]] == ["NAS", "略读 (Ben)"]

    def test_a_digest_shows_all_with_their_names(self, group: Shell) -> None:
        group("set", "--zotero", "ana21", "--priority", "精读", "--review", "mine")
        digest = group("digest", "--zotero", "-o", "d.md")
        assert digest.code == 0, digest.err
        text = group.read("d.md")
        assert "## Close read (1)" in text
        assert "\n> mine\n\n- **Ben** · Skim\n\n  Ben’s\n\n  view\n" in text
        assert "2 papers" not in text
        assert group("attach", "d.md", "--zotero").code == 0
        assert '"others"' in group("list", "--zotero", "--json").out

    def test_a_digest_of_one_reader(self, group: Shell) -> None:
        digest = group("digest", "--zotero", "--reader", "ben").out
        assert "## Skim (1)" in digest
        assert "> Ben’s\n" in digest
        assert "**Ben**" not in digest

    def test_a_reader_of_whom_nothing_is_there_is_named_with_those_of_whom_there_is(
        self, group: Shell
    ) -> None:
        group("set", "--zotero", "ana21", "--priority", "skim")
        ran = group("digest", "--zotero", "--reader", "bne")
        assert (ran.code, ": nothing by bne; reviews are by ana, Ben\n" in ran.err) == (0, True)
        assert "nothing by" not in group("list", "--zotero", "--reader", "BEN").err
        assert "nothing by" not in group("list", "--zotero", "--reader", "ana").err

    @pytest.mark.parametrize("written", ["NFC", "NFD"])
    def test_a_name_is_the_same_however_its_letters_are_made(
        self, shell_with_key: Shell, web: ZoteroServer[WebApi], written: str
    ) -> None:
        """macOS hands out names in which é is e and an accent."""
        zoé, other = (normalize(form, "Zoé") for form in ("NFC", "NFD"))
        there = normalize(written, zoé)
        library = web.api.libraries["groups/5001"]
        item = library.add("book", citationKey="ana21", tags=[f"skim ({there})"])
        note = library.add_note(item, "<p>mine</p>", [f"bibnotes: {there}"])
        for reader in (zoé, other):
            shell_with_key.write(
                "bibnotes.yaml", f"zotero: {{id: group/5001, server: web, reader: {reader}}}"
            )
            digest = shell_with_key("digest", "--zotero").out
            assert "## Skim (1)" in digest
            assert "> mine" in digest
            assert "**Zo" not in digest
            assert "> mine" in shell_with_key("digest", "--zotero", "--reader", reader).out
        assert shell_with_key("set", "--zotero", "ana21", "--review", "new").code == 0
        assert [each["key"] for each in library.notes(item)] == [note]
        assert shell_with_key("undo").code == 0
        assert [each["note"] for each in library.notes(item)] == ["<p>mine</p>"]

    def test_another_readers_review_below_a_paper_is_not_taken_for_ones_own(
        self, group: Shell, web: ZoteroServer[WebApi], item: str
    ) -> None:
        group("digest", "--zotero", "-o", "d.md")
        text = group.read("d.md")
        assert "- **Ben** · Skim" in text
        group.write("d.md", text.replace("Ben’s", "changed"))
        assert group("attach", "d.md", "--zotero").code == 0
        assert not web.log.writes
