"""One Zotero server of each kind for all tests, started when first wanted, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer, local_server, web_server


@pytest.fixture(scope="session")
def running_web() -> Iterator[ZoteroServer[WebApi]]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="session")
def running_local() -> Iterator[ZoteroServer[LocalApi]]:
    with local_server() as server:
        yield server


@pytest.fixture
def web(running_web: ZoteroServer[WebApi]) -> ZoteroServer[WebApi]:
    running_web.reset()
    return running_web


@pytest.fixture
def local(running_local: ZoteroServer[LocalApi]) -> ZoteroServer[LocalApi]:
    running_local.reset()
    return running_local
