"""Zotero libraries on both servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from bibnotes.config import ZoteroSettings
from bibnotes.library import Library
from bibnotes.model import Review
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.zotero.note_html import to_html
from bibnotes.zotero.opening import Surroundings, open_library
from tests.zotero_server import LocalApi, WebApi, ZoteroServer, local_server, web_server
from tests.zotero_server.store import Library as Store
from tests.zotero_server.web.accounts import KEY

from .suite import LibraryContract


class ZoteroContract(LibraryContract):
    """One server; the library is emptied for each new one that is asked for."""

    settings: ZoteroSettings
    server: ZoteroServer[WebApi] | ZoteroServer[LocalApi]

    @pytest.fixture(autouse=True)
    def _own_folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.numbers, self.patch = tmp_path, count(), monkeypatch
        monkeypatch.setenv("BIBNOTES_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

    def holding(self, reviews: Mapping[str, Review]) -> Library:
        self.server.reset()
        # A server that went back to its first version would be taken for unchanged.
        self.patch.setenv("BIBNOTES_CACHE_DIR", str(self.folder / f"cache-{next(self.numbers)}"))
        for number, (key, review) in enumerate(reviews.items()):
            added = f"2026-01-01T00:00:{number:02}Z"
            self.add(self.server.api.library, key, review, added)
        return self.opened()

    def add(self, store: Store, key: str, review: Review, added: str) -> None:
        tags = [DEFAULT_SCALE.level(review.priority).tag("zh")] if review.priority else []
        item = store.add("book", citationKey=key, tags=["NAS", *tags], dateAdded=added)
        if review.text:
            store.add_note(item, to_html(review.text), ["bibnotes"])

    def reopened(self, library: Library) -> Library:
        return self.opened()

    def opened(self) -> Library:
        return open_library(self.settings, Surroundings(DEFAULT_SCALE))


class TestOnTheWeb(ZoteroContract):
    @pytest.fixture(autouse=True)
    def _running(self) -> Iterator[None]:
        with web_server() as self.server:
            self.settings = ZoteroSettings(server="web", web_url=self.server.url, api_key=KEY)
            yield


class TestOnTheDesktop(ZoteroContract):
    @pytest.fixture(autouse=True)
    def _running(self) -> Iterator[None]:
        with local_server() as self.server:
            self.settings = ZoteroSettings(server="local", local_url=self.server.url)
            yield
