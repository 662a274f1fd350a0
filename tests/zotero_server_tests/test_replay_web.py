"""The web server answers as Zotero's own server software did."""

from __future__ import annotations

import pytest

from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.web import accounts
from tests.zotero_server_tests.recordings import Replay, load, names

API_KEYS = {
    "KEY": accounts.KEY,
    "KEY-READONLY": accounts.KEY_READONLY,
    "KEY-NONOTES": accounts.KEY_NONOTES,
    "KEY-OTHER": accounts.KEY_OTHER,
    "KEY-INVALID": accounts.KEY_INVALID,
}


@pytest.mark.parametrize("name", names("web"))
def test_answers_as_recorded(web: ZoteroServer[WebApi], name: str) -> None:
    replay = Replay(web.url, dict(API_KEYS))
    differences = [
        f"[{exchange.number}] {line}"
        for exchange in load("web", name).exchanges
        for line in replay.differences(exchange, replay.send(exchange))
    ]
    assert differences == []
