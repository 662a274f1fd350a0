"""What is peculiar to the desktop: consent, the editor, plugins, what leaks."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.zotero_server import LocalApi, ZoteroServer
from tests.zotero_server.local.authorisation import Button
from tests.zotero_server.local.desktop import CitationKeys, NoteEditor
from tests.zotero_server.local.note_form import editor_form
from tests.zotero_server_tests.client import Client, allowed_client, local_client

Local = ZoteroServer[LocalApi]

ITEMS = "/users/0/items"
BOOK = {"itemType": "book", "title": "A title"}
ASK = {"appName": "a test"}


def with_key(local: Local, key: str) -> Client:
    return Client(local.url, {"Zotero-Server-ID": local.api.server_id, "Zotero-API-Key": key})


@pytest.mark.parametrize(
    ("button", "statuses"),
    [(Button.ALLOW, [200, 401]), (Button.ALWAYS_ALLOW, [200, 200])],
)
def test_a_key_lasts_as_long_as_the_user_said(
    local: Local, button: Button, statuses: list[int]
) -> None:
    local.api.dialog.press(button)
    key = local_client(local).post("/local/authorize", ASK).json["key"]
    client = with_key(local, key)
    assert [client.post(ITEMS, [BOOK]).status for _ in range(2)] == statuses


def test_a_failing_write_uses_up_a_single_key(local: Local) -> None:
    client = with_key(local, local.api.keys.issue(remember=False))
    assert client.post(ITEMS, []).status == 400
    assert client.post(ITEMS, [BOOK]).status == 401


def test_a_remembered_key_ends_when_the_user_clears_it(local: Local) -> None:
    client = allowed_client(local)
    assert client.post(ITEMS, [BOOK]).status == 200
    local.api.keys.clear()
    assert client.post(ITEMS, [BOOK]).status == 401


def test_the_answer_waits_until_the_dialog_is_closed(local: Local) -> None:
    local.api.dialog.press(Button.NONE)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(local_client(local).post, "/local/authorize", ASK)
        while not local.api.dialog.waiting:
            pass
        assert local_client(local).get(ITEMS).status == 200
        local.api.dialog.press(Button.DENY)
        assert asked.result().json == {"denied": True}


def test_every_connection_serves_one_request(local: Local) -> None:
    parts = urlsplit(local.url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}{ITEMS}")
    response = connection.getresponse()
    assert (response.version, response.will_close) == (10, True)
    response.read()
    connection.close()


def test_another_database_refuses_the_old_server_id(local: Local) -> None:
    client = local_client(local)
    local.api.server_id = "AnotherOne12"
    assert client.get(ITEMS).status == 412


def test_several_negative_item_types_exclude_nothing(local: Local) -> None:
    paper = local.api.library.add("book", title="A title")
    note = local.api.library.add_note(paper, "<p>A note</p>")
    path = f"{ITEMS}?format=keys&itemType=-note&itemType=-attachment"
    assert set(local_client(local).get(path).text.split()) == {paper, note}


def test_children_get_in_where_a_tag_is_asked_for(local: Local) -> None:
    paper = local.api.library.add("book", title="A title")
    note = local.api.library.add_note(paper, "<p>A note</p>", ["bibnotes"])
    assert local_client(local).get(f"{ITEMS}/top?format=keys&tag=BIBNOTES").text == note


def test_a_failed_change_is_saved_with_the_next_good_one(local: Local) -> None:
    key = local.api.library.add("book", title="Old", tags=["kept"])
    version = local.api.library.item(key)["version"]
    client = allowed_client(local)
    bad = [{"key": key, "version": version, "title": "Ghost", "tags": [{"name": "no tag"}]}]
    assert client.post(ITEMS, bad).json["failed"]["0"]["code"] == 400
    assert local.api.library.item(key)["title"] == "Ghost"
    assert local.api.library.item(key)["version"] == version
    assert client.post(ITEMS, [{"key": key, "version": version}]).json["success"] == {"0": key}
    assert local.api.library.item(key)["version"] > version


def test_an_open_note_gets_one_more_version(local: Local) -> None:
    paper = local.api.library.add("book", title="A title")
    note = local.api.library.add_note(paper, "<p>Old</p>")
    local.api.after_write.append(NoteEditor(note))
    version = local.api.library.item(note)["version"]
    sent = [{"key": note, "version": version, "note": "<p><b>New</b></p>"}]
    told = allowed_client(local).post(ITEMS, sent).json["successful"]["0"]["version"]
    now = local.api.library.item(note)
    assert now["version"] == told + 1
    assert now["note"] == '<div data-schema-version="9"><p><strong>New</strong></p>\n</div>'


def test_better_bibtex_fills_in_a_citation_key(local: Local) -> None:
    local.api.after_write.append(CitationKeys(lambda record: f"key{record.key}"))
    result = allowed_client(local).post(ITEMS, [BOOK]).json["successful"]["0"]
    now = local.api.library.item(result["key"])
    assert now["citationKey"] == f"key{result['key']}"
    assert now["version"] == result["version"] + 1


def test_zotero_before_10_can_only_be_read(local: Local) -> None:
    local.api.zotero_version = "7.0.30"
    client = local_client(local)
    read = client.get(ITEMS)
    assert (read.status, read.headers["Zotero-Server-ID"]) == (200, None)
    assert client.post(ITEMS, [BOOK]).status == 400
    assert client.post("/local/authorize", ASK).status == 404


def test_a_group_is_a_library_of_its_own(local: Local) -> None:
    group = local.api.add_group(5001, "Members Group")
    client = allowed_client(local)
    assert client.post("/groups/5001/items", [BOOK]).status == 200
    assert [item["title"] for item in group.all_items()] == ["A title"]
    assert client.get(ITEMS).json == []


@pytest.mark.parametrize(
    ("sent", "saved"),
    [
        ("plain", "<p>plain</p>\n"),
        ("<!-- c --><p data-x='1' id='i'>a <i>b</i></p>", "<p>a <em>b</em></p>\n"),
        ("<p>a</p><p>b</p>", "<p>a</p>\n<p>b</p>\n"),
        (
            "<ul><li>one</li><li><p>two</p></li></ul>",
            "<ul>\n<li>\none\n</li>\n<li>\ntwo\n</li>\n</ul>\n",
        ),
        ("<blockquote><p>q</p></blockquote>", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ("<pre>a\n  b</pre><hr>", "<pre>a\n  b</pre>\n<hr>\n"),
        ("<p>x<script>bad()</script>y &amp; &lt;</p>", "<p>xy &amp; &lt;</p>\n"),
        ("<div>d</div><custom-tag>ct</custom-tag>", "<p>d</p>\n<p>ct</p>\n"),
        (
            "<p><s>struck</s>",
            '<p><span style="text-decoration: line-through;">struck</span></p>\n',
        ),
        (
            '<a href="https://example.org/">x</a>',
            '<p><a href="https://example.org/" rel="noopener noreferrer nofollow">x</a></p>\n',
        ),
        (
            "<table><tbody><tr><td><p>c</p></td></tr></tbody></table>",
            "<table>\n<tbody>\n<tr>\n<td>\n<p>c</p>\n</td>\n</tr>\n</tbody>\n</table>\n",
        ),
    ],
)
def test_the_editor_saves_its_own_form(sent: str, saved: str) -> None:
    once = editor_form(sent)
    assert once == f'<div data-schema-version="9">{saved}</div>'
