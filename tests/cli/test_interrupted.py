"""What the user stops stops at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from tests.zotero_server import WebApi, ZoteroServer
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import Handle, hang, is_write
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


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_who_stops_a_run_in_the_middle_of_writing_is_told_how_far_it_came(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    zotero_shell.variables["ZOTERO_API_KEY"] = KEY
    items = [web.api.library.add("book", citationKey=f"ana{number}") for number in range(60)]
    words = ("set", "--zotero", "--server", "web", *(f"ana{number}" for number in range(60)))
    reached, stopped = threading.Event(), threading.Event()

    def wait(request: Request, handle: Handle) -> Response:
        response = handle(request)
        if web.log.writes:  # so this is the second
            reached.set()
            stopped.wait(20)
        return response

    web.faults.on(wait, when=is_write, times=None)
    process = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", *words, "--priority", "skim"],
        cwd=zotero_shell.folder,
        env=zotero_shell.environment(),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    assert reached.wait(20)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=25)
    stopped.set()
    web.faults.clear()
    assert process.returncode == 130
    assert "bibnotes: interrupted\nChanged in Test User so far: 50 of 60, and perhaps more." in told
    assert "Run the command again for the rest, or take it back with bibnotes undo.\n" in told
    assert zotero_shell("undo").code == 0
    assert [web.api.library.item(item)["tags"] for item in items] == [[]] * 60
