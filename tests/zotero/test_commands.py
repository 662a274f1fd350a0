"""login, logout, doctor and the options of a Zotero library, as a user meets them."""

from __future__ import annotations

import json
import os
import pty
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bibnotes.cli import zotero_options
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.exchange import Request, Response
from tests.zotero_server.faults import Handle, answer, cut_before, first
from tests.zotero_server.web.accounts import KEY, KEY_INVALID, KEY_NONOTES

from .commands import Run, arguments, environment, run


@pytest.fixture
def bibnotes(
    tmp_path: Path, web: ZoteroServer[WebApi], local: ZoteroServer[LocalApi]
) -> Callable[..., Run]:
    """Runs a command in a folder, with both servers in the environment."""
    folder = tmp_path / "work"
    folder.mkdir()

    def command(*words: str, **options: str) -> Run:
        addresses = {
            "BIBNOTES_ZOTERO_WEB_URL": web.url,
            "BIBNOTES_ZOTERO_LOCAL_URL": local.url,
        }
        return run(*words, folder=folder, **{**addresses, **options})  # type: ignore[arg-type]

    return command


Bibnotes = Callable[..., Run]


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "zotero-keys.json"


# login and logout


def test_login_checks_the_key_and_says_what_it_may_do(bibnotes: Bibnotes, tmp_path: Path) -> None:
    done = bibnotes("login", typed=f"{KEY}\n")
    assert done.code == 0
    assert "testuser (user/475001)" in done.err
    assert "read and write your own library" in done.err
    assert "group/5001 Members Group (read and write)" in done.err
    assert "group/5002 Admins Only Group (read only)" in done.err
    assert KEY in key_file(tmp_path).read_text()
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600


def test_after_login_the_library_can_be_read_until_logout(
    bibnotes: Bibnotes, web: ZoteroServer[WebApi]
) -> None:
    web.api.library.add("book", citationKey="ana21")
    bibnotes("login", typed=KEY)
    assert bibnotes("papers", "--zotero", "--server", "web").out == "ana21: \n"
    assert "removed" in bibnotes("logout").err
    assert bibnotes("papers", "--zotero", "--server", "web").code == 4
    assert "No key" in bibnotes("logout").err


@pytest.mark.parametrize("key", [KEY_INVALID, "not a key", "ключ", ""])
def test_a_key_that_is_none_is_not_kept(bibnotes: Bibnotes, tmp_path: Path, key: str) -> None:
    done = bibnotes("login", typed=key)
    assert done.code == (4 if key else 2)
    assert not key_file(tmp_path).exists()


def test_a_key_without_notes_is_kept_and_its_lack_is_said(bibnotes: Bibnotes) -> None:
    done = bibnotes("login", typed=KEY_NONOTES)
    assert done.code == 0
    assert "without its notes" in done.err


def test_the_environment_needs_no_login_and_logout_says_that_it_stays(bibnotes: Bibnotes) -> None:
    assert bibnotes("papers", "--zotero", "--server", "web", ZOTERO_API_KEY=KEY).code == 0
    assert "ZOTERO_API_KEY is still set" in bibnotes("logout", ZOTERO_API_KEY=KEY).err


def test_a_key_is_not_sent_to_an_address_that_a_folder_names(
    bibnotes: Bibnotes, tmp_path: Path, local: ZoteroServer[LocalApi]
) -> None:
    """A bibnotes.yaml can come from anybody."""
    bibnotes("login", typed=KEY)
    (tmp_path / "work" / "bibnotes.yaml").write_text(f"zotero: {{web_url: '{local.url}'}}")
    done = bibnotes(
        "papers", "--zotero", "--server", "web", ZOTERO_API_KEY=KEY, BIBNOTES_ZOTERO_WEB_URL=""
    )
    assert done.code == 4
    assert len(local.log) == 0


def test_the_key_is_typed_without_being_shown(
    bibnotes: Bibnotes, tmp_path: Path, web: ZoteroServer[WebApi]
) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        arguments("login"),
        cwd=tmp_path,
        env=environment(BIBNOTES_ZOTERO_WEB_URL=web.url),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = b""
    while b"Key for" not in shown:
        shown += os.read(controller, 1000)
    os.write(controller, KEY.encode() + b"\n")
    try:
        while more := os.read(controller, 1000):
            shown += more
    except OSError:  # the end, on Linux
        pass
    assert process.wait(30) == 0
    os.close(controller)
    assert "Logged in" in shown.decode()
    assert KEY not in shown.decode()


def test_the_desktop_needs_no_login(bibnotes: Bibnotes) -> None:
    assert bibnotes("login", "--server", "local").code == 2


# the options


def test_the_options_choose_papers(bibnotes: Bibnotes, web: ZoteroServer[WebApi]) -> None:
    collection = web.api.library.add_collection("ICML 2021")
    web.api.library.add("book", citationKey="a", collections=[collection], tags=["NAS"])
    web.api.library.add("book", citationKey="b", collections=[collection])
    web.api.library.add("book", citationKey="c", tags=["NAS"])
    words = ("papers", "--zotero", "--server", "web", "--tag", "nas")
    assert bibnotes(*words, ZOTERO_API_KEY=KEY).out == "a: \nc: \n"
    assert bibnotes(*words, "--collection", "ICML 2021", ZOTERO_API_KEY=KEY).out == "a: \n"
    lost = bibnotes(*words, "--collection", "ICML 2020", ZOTERO_API_KEY=KEY)
    assert lost.code == 3
    assert "Did you mean ICML 2021?" in lost.err


def test_the_options_need_zotero(bibnotes: Bibnotes) -> None:
    done = bibnotes("papers", "--collection", "ICML 2021")
    assert done.code == 2
    assert "Add --zotero." in done.err


def test_verbose_tells_of_requests_on_the_standard_error(
    bibnotes: Bibnotes, local: ZoteroServer[LocalApi]
) -> None:
    local.api.library.add("book", citationKey="a")
    done = bibnotes("papers", "--zotero", "--verbose")
    assert done.out == "a: \n"
    told = [line.split(" ")[:3] for line in done.err.splitlines()]
    assert told == [["GET", "/api/", "200"], ["GET", "/api/users/0/items", "200"]]


# doctor


def test_the_doctor_as_text(bibnotes: Bibnotes) -> None:
    done = bibnotes("doctor", ZOTERO_API_KEY=KEY)
    assert done.code == 0
    lines = done.out.splitlines()
    assert "pyzotero" in lines[0]
    assert [line.split()[:2] for line in lines[1:4]] == [["ok", "local"]] * 3
    assert lines[-1] == "--zotero uses Zotero on this computer"


def test_the_doctor_as_json(bibnotes: Bibnotes, local: ZoteroServer[LocalApi]) -> None:
    local.api.enabled = False
    done = bibnotes("doctor", "--json", ZOTERO_API_KEY=KEY)
    report = json.loads(done.out)
    assert report["uses"] == "web"
    assert set(report) == {"versions", "uses", "checks"}
    (failed,) = [check for check in report["checks"] if check["state"] == "failed"]
    assert (failed["server"], failed["name"], failed["exit_code"]) == ("local", "local API", 4)
    assert failed["hint"]


def test_the_exit_is_that_of_what_failed(bibnotes: Bibnotes, local: ZoteroServer[LocalApi]) -> None:
    assert bibnotes("doctor", "--server", "web").code == 4
    local.api.enabled = False
    assert bibnotes("doctor", "--server", "local").code == 4
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        done = bibnotes("doctor", "--server", "local", BIBNOTES_ZOTERO_LOCAL_URL=nobody)
    assert done.code == 5
    assert "Start Zotero" in done.out


# No key shows, whatever happens


TROUBLES = ("none", "503", "418", "cut", "revoked", "wrong key", "html")


def _echo(request: Request, _handle: Handle) -> Response:
    """A server, or what stands before it, that repeats all that it was sent."""
    sent = " ".join(request.headers.values())
    return Response.text(f"<h1>{sent}</h1>", {"X-Zotero-Version": "9"}, 418, "text/html")


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        *(("papers --zotero", trouble) for trouble in TROUBLES),
        *(("doctor", trouble) for trouble in ("none", "418", "wrong key")),
        *(("login", trouble) for trouble in ("none", "418", "wrong key")),
    ],
)
def test_no_key_shows(
    bibnotes: Bibnotes,
    web: ZoteroServer[WebApi],
    tmp_path: Path,
    command: str,
    trouble: str,
) -> None:
    key = KEY_INVALID if trouble == "wrong key" else KEY
    troubles = {
        "503": answer(503, KEY, retry_after=9999),
        "418": _echo,
        "cut": cut_before(),
        "revoked": first(lambda: web.api.accounts.keys.pop(KEY, None)),
        "html": lambda _request, _handle: Response.text(f"<p>{KEY}</p>", content_type="text/html"),
    }
    if trouble in troubles:
        web.faults.on(troubles[trouble], times=None if trouble != "cut" else 1)
    typed = key if command == "login" else ""
    words = [*command.split(), "--server", "web", "--verbose"]
    done = bibnotes(*words, typed=typed, ZOTERO_API_KEY=key, BIBNOTES_DEBUG="1")
    assert key not in done.all
    assert "Bearer" not in done.all
    assert done.code in ((0,) if trouble in ("none", "cut") else (1, 4, 5))
    assert "Traceback" not in done.err
    for file in (tmp_path / "cache").rglob("*"):
        assert not file.is_file() or key.encode() not in file.read_bytes()


# What takes long


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    monkeypatch.setattr(zotero_options, "_BAR_AFTER", -1.0)
    return zotero_options.Bar().show


def test_a_bar_shows_how_much_is_read_and_goes_at_the_end(
    bar: Callable[[int, int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    bar(100, 400)
    bar(400, 400)
    clear = "\r\x1b[K"
    shown = capsys.readouterr().err.replace(clear, "\r")  # without a terminal click drops the code
    assert shown == "\r[######..................] 100 of 400 items from Zotero\r"


def test_what_is_quick_shows_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    bar = zotero_options.Bar()
    bar.show(100, 400)
    bar.show(400, 400)
    assert capsys.readouterr().err == ""


def test_there_is_no_bar_where_nobody_watches(
    bibnotes: Bibnotes, web: ZoteroServer[WebApi]
) -> None:
    web.latency = 0.4
    for number in range(250):
        web.api.library.add("book", citationKey=str(number))
    done = bibnotes("papers", "--zotero", "--server", "web", ZOTERO_API_KEY=KEY)
    assert (done.code, done.err) == (0, "")
