"""doctor, as a user meets it; what it finds in each case is in tests/zotero/test_checkup.py."""

from __future__ import annotations

import json
import socket

from tests.zotero_server import LocalApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY

from .conftest import Shell


def test_the_doctor_as_text(zotero_shell: Shell) -> None:
    done = zotero_shell("doctor", ZOTERO_API_KEY=KEY)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "pyzotero" in lines[0]
    assert [line.split()[:2] for line in lines[1:4]] == [["ok", "local"]] * 3
    assert lines[-1] == "--zotero uses Zotero on this computer"


def test_the_doctor_as_json(zotero_shell: Shell, local: ZoteroServer[LocalApi]) -> None:
    local.api.enabled = False
    done = zotero_shell("doctor", "--json", ZOTERO_API_KEY=KEY)
    report = json.loads(done.out)
    assert report["uses"] == "web"
    assert set(report) == {"versions", "uses", "checks"}
    (failed,) = [check for check in report["checks"] if check["state"] == "failed"]
    assert (failed["server"], failed["name"], failed["exit_code"]) == ("local", "local API", 4)
    assert failed["hint"]


def test_the_exit_is_that_of_what_failed(
    zotero_shell: Shell, local: ZoteroServer[LocalApi]
) -> None:
    assert zotero_shell("doctor", "--server", "web").code == 4
    local.api.enabled = False
    assert zotero_shell("doctor", "--server", "local").code == 4
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        done = zotero_shell("doctor", "--server", "local", BIBNOTES_ZOTERO_LOCAL_URL=nobody)
    assert done.code == 5
    assert "Start Zotero" in done.out
