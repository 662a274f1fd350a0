"""Keys are kept where only their owner can read them, each for its own address."""

from __future__ import annotations

import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import keyring.backends.null
import pytest

from bibnotes.config import ZoteroSettings
from bibnotes.errors import BibnotesError, NotAllowedError
from bibnotes.zotero import keys

from .plain_keyring import PlainKeyring

URL = "https://api.zotero.org"
KEY = "abcdefghijklmnopqrstuvwx"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "zotero-keys.json"


@pytest.fixture
def with_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAIN_KEYRING", str(tmp_path / "keyring.json"))
    keyring.set_keyring(PlainKeyring())


def test_without_a_keyring_a_key_is_kept_in_a_file_for_its_owner(file: Path) -> None:
    assert keys.keep(URL, KEY).place == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys.find(URL) == keys.Key(KEY, str(file))


@pytest.mark.usefixtures("with_keyring")
def test_a_keyring_comes_first(file: Path, tmp_path: Path) -> None:
    assert keys.keep(URL, KEY).place == "the keyring"
    assert keys.find(URL) == keys.Key(KEY, "the keyring")
    assert KEY in (tmp_path / "keyring.json").read_text()
    assert not file.exists()


@pytest.mark.usefixtures("with_keyring")
def test_a_key_is_removed_from_wherever_it_is(file: Path) -> None:
    keys.keep(URL, KEY)
    assert keys.forget(URL) == ["the keyring"]
    assert keys.find(URL) is None
    assert keys.forget(URL) == []


def test_a_keyring_that_keeps_nothing_is_not_trusted(file: Path) -> None:
    keyring.set_keyring(keyring.backends.null.Keyring())
    assert keys.keep(URL, KEY).place == str(file)
    assert keys.find(URL) == keys.Key(KEY, str(file))


class ReadOnlyKeyring(PlainKeyring):
    """One that somebody else fills."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ArithmeticError

    def delete_password(self, service: str, username: str) -> None:
        raise ArithmeticError


@pytest.mark.usefixtures("with_keyring")
def test_a_keyring_that_holds_on_to_another_key_is_named() -> None:
    keys.keep(URL, "theOldKey")
    keyring.set_keyring(ReadOnlyKeyring())
    with pytest.raises(BibnotesError, match="another key") as error:
        keys.keep(URL, KEY)
    assert "Remove it there" in error.value.hint


@pytest.mark.usefixtures("with_keyring")
def test_a_key_stands_in_one_place(file: Path) -> None:
    keyring.set_keyring(ReadOnlyKeyring())
    keys.keep(URL, "theOldKey")
    assert file.exists()
    keyring.set_keyring(PlainKeyring())
    keys.keep(URL, KEY)
    assert not file.exists()


def test_the_old_key_stays_where_the_new_one_cannot_be_kept(file: Path) -> None:
    keys.keep(URL, "theOldKey")
    shutil.rmtree(file.parent / ".bibnotes")
    (file.parent / ".bibnotes").write_text("nothing can be locked here")
    with pytest.raises(BibnotesError, match="Cannot"):
        keys.keep(URL, KEY)
    assert keys.find(URL) == keys.Key("theOldKey", str(file))


def test_keys_that_are_kept_at_once_are_all_kept() -> None:
    addresses = [f"http://127.0.0.1:{9400 + number}" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda address: keys.keep(address, KEY), addresses))
    assert all(keys.find(address) for address in addresses)


def test_a_keyring_that_is_set_wrong_is_none(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "nosuch.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    assert keys.keep(URL, KEY).place == str(file)
    assert keys.find(URL) == keys.Key(KEY, str(file))


def test_the_file_goes_with_its_last_key(file: Path) -> None:
    keys.keep(URL, KEY)
    keys.keep("http://127.0.0.1:9400", KEY)
    assert keys.forget(URL) == [str(file)]
    assert file.exists()
    keys.forget("http://127.0.0.1:9400")
    assert not file.exists()


def test_a_key_is_only_found_for_its_own_address() -> None:
    keys.keep(URL, KEY)
    assert keys.find_web(ZoteroSettings(web_url="https://elsewhere.example")) is None
    found = keys.find_web(ZoteroSettings(web_url=URL))
    assert found
    assert found.value == KEY


def test_the_environment_comes_before_what_is_kept() -> None:
    keys.keep(URL, KEY)
    found = keys.find_web(ZoteroSettings(web_url=URL, api_key="fromEnvironment"))
    assert found == keys.Key("fromEnvironment", "the environment (ZOTERO_API_KEY)")


def test_a_file_that_others_may_read_is_not_used(file: Path) -> None:
    keys.keep(URL, KEY)
    file.chmod(0o644)
    with pytest.raises(NotAllowedError) as error:
        keys.find(URL)
    assert error.value.hint == f"Run: chmod 600 {file}"


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "\xff"])
def test_a_broken_file_is_named(file: Path, text: str) -> None:
    keys.keep(URL, KEY)
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(BibnotesError, match="damaged"):
        keys.find(URL)


@pytest.mark.parametrize("value", ["with space", "two\nlines", "ключ", ""])
def test_what_cannot_be_sent_is_no_key_and_is_not_shown(value: str) -> None:
    with pytest.raises(NotAllowedError) as error:
        keys.keep(URL, value)
    assert not value or value not in f"{error.value.message}{error.value.hint}"


def test_a_key_does_not_show_when_it_is_printed() -> None:
    assert KEY not in repr(keys.Key(KEY, "the keyring"))
