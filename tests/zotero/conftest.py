"""Folders and a keyring of their own, and settings that lead to the test servers."""

from __future__ import annotations

from pathlib import Path

import keyring
import keyring.backends.fail
import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer

from .setting import Setting


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIBNOTES_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("BIBNOTES_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    keyring.set_keyring(keyring.backends.fail.Keyring())  # like a machine that has none
    monkeypatch.delenv("ZOTERO_API_KEY", raising=False)


@pytest.fixture
def web_setting(web: ZoteroServer[WebApi]) -> Setting:
    return Setting.of_web(web)


@pytest.fixture
def local_setting(local: ZoteroServer[LocalApi]) -> Setting:
    return Setting.of_local(local)


@pytest.fixture(params=["web", "local"])
def setting(request: pytest.FixtureRequest) -> Setting:
    """Each of the two servers in turn."""
    found: Setting = request.getfixturevalue(f"{request.param}_setting")
    return found
