"""What the user stops stops at once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.faults import hang
from tests.zotero_server.web.accounts import KEY

from .conftest import Shell, heed_interrupts


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_nobody_waits_for_a_server_that_hangs(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    for number in range(300):
        web.api.library.add("book", title=str(number))
    web.faults.on(hang(300), when=lambda request: request.param("start") == "100")
    words = ("list", "--zotero", "--server", "web", "--verbose")
    process = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", *words],
        cwd=zotero_shell.folder,
        env=zotero_shell.environment({"ZOTERO_API_KEY": KEY}),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    assert process.stderr
    told = [process.stderr.readline() for _ in range(3)]  # the key, the pages at 0 and 200
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=25)  # less than it waits for an answer
    assert all(line.startswith("GET") for line in told)
    assert (process.returncode, rest.strip()) == (130, "bibnotes: interrupted")
