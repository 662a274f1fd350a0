"""login and logout, as a user meets them."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.web.accounts import KEY, KEY_INVALID, KEY_NONOTES, KEY_READONLY

from .conftest import Shell
from .terminal import shown, started

WEB = ("list", "--zotero", "--server", "web")


def key_file(shell: Shell) -> Path:
    return shell.folder.parent / "state" / "zotero-keys.json"


def test_login_checks_the_key_and_says_what_it_may_do(zotero_shell: Shell) -> None:
    done = zotero_shell("login", stdin=f"{KEY}\n")
    assert done.code == 0
    assert "testuser (user/475001)" in done.err
    assert "read and write your own library" in done.err
    assert "group/5001 Members Group (read and write)" in done.err
    assert "group/5002 Admins Only Group (read only)" in done.err
    assert KEY in key_file(zotero_shell).read_text()
    assert stat.S_IMODE(key_file(zotero_shell).stat().st_mode) == 0o600


def test_after_login_the_library_can_be_read_until_logout(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    web.api.library.add("book", citationKey="ana21")
    zotero_shell("login", stdin=KEY)
    assert "ana21" in zotero_shell(*WEB).out
    assert "removed" in zotero_shell("logout").err
    assert zotero_shell(*WEB).code == 4
    assert "No key" in zotero_shell("logout").err


@pytest.mark.parametrize("key", [KEY_INVALID, "not a key", "ключ", ""])
def test_a_key_that_is_none_is_not_kept(zotero_shell: Shell, key: str) -> None:
    done = zotero_shell("login", stdin=key)
    assert done.code == (4 if key else 2)
    assert not key_file(zotero_shell).exists()


@pytest.mark.parametrize(
    ("key", "said"), [(KEY_NONOTES, "without its notes"), (KEY_READONLY, "It may read your own")]
)
def test_what_a_key_may_not_do_is_said(zotero_shell: Shell, key: str, said: str) -> None:
    done = zotero_shell("login", stdin=key)
    assert done.code == 0
    assert said in done.err


def test_a_keyring_is_preferred_to_a_file(zotero_shell: Shell, tmp_path: Path) -> None:
    zotero_shell.variables |= {
        "PYTHON_KEYRING_BACKEND": "tests.zotero.plain_keyring.PlainKeyring",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PLAIN_KEYRING": str(tmp_path / "keyring.json"),
    }
    assert "kept in the keyring" in zotero_shell("login", stdin=KEY).err
    assert not key_file(zotero_shell).exists()
    assert zotero_shell(*WEB).code == 0
    assert "removed from the keyring" in zotero_shell("logout").err
    assert zotero_shell(*WEB).code == 4


def test_the_environment_needs_no_login_and_logout_says_that_it_stays(zotero_shell: Shell) -> None:
    assert zotero_shell(*WEB, ZOTERO_API_KEY=KEY).code == 0
    assert "ZOTERO_API_KEY is still set" in zotero_shell("logout", ZOTERO_API_KEY=KEY).err


def test_a_key_is_not_sent_to_an_address_that_a_folder_names(
    zotero_shell: Shell, local: ZoteroServer[LocalApi]
) -> None:
    """A bibnotes.yaml can come from anybody."""
    zotero_shell("login", stdin=KEY)
    zotero_shell.write("bibnotes.yaml", f"zotero: {{web_url: '{local.url}'}}")
    done = zotero_shell(*WEB, ZOTERO_API_KEY=KEY, BIBNOTES_ZOTERO_WEB_URL="")
    assert done.code == 4
    assert len(local.log) == 0


def test_a_key_is_sent_where_a_folder_says_only_if_the_user_says_so_too(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    del zotero_shell.variables["BIBNOTES_ZOTERO_WEB_URL"]
    zotero_shell.write("bibnotes.yaml", f"zotero: {{web_url: '{web.url}'}}")
    refused = zotero_shell("login", stdin=KEY)
    assert refused.code == 2
    assert f"--address {web.url}" in refused.err
    assert zotero_shell("login", "--address", "https://other.example", stdin=KEY).code == 2
    assert len(web.log) == 0
    assert zotero_shell("login", "--address", f"{web.url}/", stdin=KEY).code == 0
    assert zotero_shell(*WEB).code == 0


def test_a_key_of_the_environment_that_is_not_used_is_mentioned(
    zotero_shell: Shell, web: ZoteroServer[WebApi]
) -> None:
    del zotero_shell.variables["BIBNOTES_ZOTERO_WEB_URL"]
    zotero_shell.write("bibnotes.yaml", f"zotero: {{web_url: '{web.url}'}}")
    done = zotero_shell(*WEB, ZOTERO_API_KEY=KEY)
    assert done.code == 4
    assert "ZOTERO_API_KEY is not for the address that bibnotes.yaml names" in done.err


def test_a_key_that_does_not_serve_takes_no_other_s_place(zotero_shell: Shell) -> None:
    zotero_shell("login", stdin=KEY)
    done = zotero_shell("login", stdin=KEY_NONOTES)
    assert done.code == 4
    assert "without its notes" in done.err
    assert "stays" in done.err
    assert zotero_shell(*WEB).code == 0
    zotero_shell("logout")
    assert zotero_shell("login", stdin=KEY_NONOTES).code == 0


def test_an_address_that_others_can_listen_to_is_warned_of(zotero_shell: Shell) -> None:
    away = zotero_shell("login", stdin="", BIBNOTES_ZOTERO_WEB_URL="http://zotero.example")
    assert "can read the key" in away.err
    assert "can read the key" not in zotero_shell("login", stdin=KEY).err


def test_variables_of_other_tools_matter_only_where_zotero_is_used(zotero_shell: Shell) -> None:
    strange = {"ZOTERO_LIBRARY_TYPE": "users", "BIBNOTES_ZOTERO_LOCAL_URL": "localhost"}
    assert zotero_shell("list", "sample.bib", **strange).code == 0
    for words in (("list", "--zotero"), ("doctor",), ("logout",), ("login",)):
        done = zotero_shell(*words, **strange)
        assert done.code == 2
        assert "ZOTERO_LIBRARY_TYPE is `users`" in done.err


def test_a_keyring_that_is_set_wrong_is_no_defect(zotero_shell: Shell) -> None:
    zotero_shell.variables["PYTHON_KEYRING_BACKEND"] = "nosuch.Keyring"
    assert str(key_file(zotero_shell)) in zotero_shell("login", stdin=KEY).err
    assert zotero_shell(*WEB).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_it_is_asked_whether_the_address_of_a_folder_is_right(
    zotero_shell: Shell, web: ZoteroServer[WebApi], answer: str
) -> None:
    del zotero_shell.variables["BIBNOTES_ZOTERO_WEB_URL"]
    zotero_shell.write("bibnotes.yaml", f"zotero: {{web_url: '{web.url}'}}")
    code, said = answered(zotero_shell, ("login",), {"right?": answer, "Key for": KEY})
    assert web.url.encode() in said
    assert (code, b"Logged in" in said) == ((0, True) if answer == "y" else (4, False))
    assert (len(web.log) > 0) is (answer == "y")


def answered(shell: Shell, words: tuple[str, ...], answers: dict[str, str]) -> tuple[int, bytes]:
    """The exit and the output of a command whose questions are answered on a terminal."""
    import termios

    ours, process = started(shell, *words)
    said, open_questions = b"", dict(answers)
    for more in shown(ours):
        said += more
        for question in [each for each in open_questions if each.encode() in said]:
            while "Key" in question and termios.tcgetattr(ours)[3] & termios.ECHO:
                time.sleep(0.01)
            os.write(ours, open_questions.pop(question).encode() + b"\n")
    return process.wait(30), said


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_key_is_typed_without_being_shown(
    zotero_shell: Shell, tmp_path: Path, elsewhere: bool
) -> None:
    """On a terminal, also where the standard error goes to a file."""
    import termios

    messages = tmp_path / "messages"
    with messages.open("wb") as file:
        ours, process = started(zotero_shell, "login", stderr=file if elsewhere else None)
    while process.poll() is None and termios.tcgetattr(ours)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(ours, KEY.encode() + b"\n")
    seen = b"".join(shown(ours))
    assert process.wait(30) == 0
    said = seen + messages.read_bytes()
    assert b"Key for" in said
    assert b"Logged in" in said
    assert KEY.encode() not in said
