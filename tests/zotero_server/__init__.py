"""A small Zotero on loopback, for tests: the web API and the desktop's local API.

Both behave as the recordings in tests/data/zotero say, can be looked into and edited as another
client would, and commit faults on demand:

    with web_server() as server:
        key = server.api.library.add("book", title="A title")
        server.faults.on(cut_after(), request=2)
        ...                          # a client at work on server.url
        assert len(server.log.writes) == 1
        assert server.api.library.notes(key) == []
"""

from __future__ import annotations

from tests.zotero_server.listener import ZoteroServer
from tests.zotero_server.local.api import LocalApi
from tests.zotero_server.web.api import WebApi

__all__ = ["LocalApi", "WebApi", "ZoteroServer", "local_server", "web_server"]


def web_server(port: int = 0) -> ZoteroServer[WebApi]:
    """A server like api.zotero.org; `url` is its address."""
    return ZoteroServer(WebApi(), port=port)


def local_server(port: int = 0) -> ZoteroServer[LocalApi]:
    """A server like Zotero's desktop; `url` ends in /api, as pyzotero's `endpoint` does.

    Answers in HTTP/1.0, one connection a request.
    """
    return ZoteroServer(LocalApi(), prefix="/api", http="HTTP/1.0", port=port)
