"""pyzotero, the client that people use, gets along with both servers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY, USER_ID

pyzotero = pytest.importorskip("pyzotero.zotero")


@pytest.fixture
def web_zotero(web: ZoteroServer[WebApi]) -> Any:
    client = pyzotero.Zotero(USER_ID, "user", KEY)
    client.endpoint = web.url
    return client


@pytest.fixture
def local_zotero(local: ZoteroServer[LocalApi]) -> Any:
    client = pyzotero.Zotero(0, "user", local=True)
    client.endpoint = local.url
    client.authorize_local("a test")
    return client


@pytest.fixture(params=["web_zotero", "local_zotero"])
def zotero(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_items_and_notes_are_written_and_read(zotero: Any) -> None:
    made = zotero.create_items(
        [{"itemType": "book", "title": "A title", "tags": [{"tag": "精读"}]}]
    )
    paper = made["success"]["0"]
    zotero.create_items([{"itemType": "note", "parentItem": paper, "note": "<p>A review</p>"}])
    assert zotero.item(paper)["data"]["tags"] == [{"tag": "精读"}]
    assert [child["data"]["note"] for child in zotero.children(paper)] == ["<p>A review</p>"]
    assert [item["key"] for item in zotero.items(tag="精读")] == [paper]
    assert zotero.tags() == ["精读"]


def test_a_change_with_an_old_version_fails_for_its_object(zotero: Any) -> None:
    paper = zotero.create_items([{"itemType": "book", "title": "One"}])["success"]["0"]
    item = zotero.item(paper)["data"]
    assert zotero.create_items([{**item, "title": "Two"}])["success"] == {"0": paper}
    assert zotero.create_items([{**item, "title": "Three"}])["failed"]["0"]["code"] == 412
    assert zotero.item(paper)["data"]["title"] == "Two"


def test_all_pages_are_read(zotero: Any) -> None:
    for first in range(0, 120, 40):
        books = [{"itemType": "book", "title": f"Book {n}"} for n in range(first, first + 40)]
        zotero.create_items(books)
    titles = {item["data"]["title"] for item in zotero.everything(zotero.items(limit=50))}
    assert titles == {f"Book {n}" for n in range(120)}
    assert len(zotero.item_versions()) == 120


def test_what_changed_since_is_told(zotero: Any) -> None:
    zotero.create_items([{"itemType": "book", "title": "Old"}])
    version = zotero.last_modified_version()
    paper = zotero.create_items([{"itemType": "book", "title": "New"}])["success"]["0"]
    assert list(zotero.item_versions(since=version)) == [paper]


def test_the_web_key_says_what_it_may_do(web_zotero: Any) -> None:
    assert web_zotero.key_info()["access"]["user"]["write"] is True
    assert [group["data"]["name"] for group in web_zotero.groups()] == [
        "Members Group",
        "Admins Only Group",
    ]
