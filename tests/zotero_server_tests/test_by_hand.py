"""The servers run as a process of their own, too, and can be emptied from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.zotero_server.web.accounts import KEY
from tests.zotero_server_tests.client import Client

COMMAND = [sys.executable, "-m", "tests.zotero_server"]
ROOT = Path(__file__).parents[2]
ITEMS = "/users/475001/items"


@pytest.fixture
def url() -> Iterator[str]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def test_a_server_by_hand_can_be_reset(url: str) -> None:
    client = Client(url, {"Zotero-API-Key": KEY})
    client.post(ITEMS, [{"itemType": "book", "title": "A title"}])
    assert client.get(ITEMS).headers["Total-Results"] == "1"
    subprocess.run([*COMMAND, "--reset", "--port", str(urlsplit(url).port)], cwd=ROOT, check=True)
    assert client.get(ITEMS).headers["Total-Results"] == "0"
