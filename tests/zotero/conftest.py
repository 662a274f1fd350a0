"""One server of each kind, emptied before each test; folders and a keyring of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest

from tests.zotero_server import LocalApi, WebApi, ZoteroServer, local_server, web_server

from .setting import Setting


@pytest.fixture(scope="session")
def running_web() -> Iterator[ZoteroServer[WebApi]]:
    with web_server() as server:
        yield server


@pytest.fixture(scope="session")
def running_local() -> Iterator[ZoteroServer[LocalApi]]:
    with local_server() as server:
        yield server


@pytest.fixture
def web(running_web: ZoteroServer[WebApi]) -> ZoteroServer[WebApi]:
    running_web.reset()
    return running_web


@pytest.fixture
def local(running_local: ZoteroServer[LocalApi]) -> ZoteroServer[LocalApi]:
    running_local.reset()
    return running_local


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
