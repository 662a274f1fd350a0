"""A cache is there to be thrown away."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bibnotes import state
from bibnotes.errors import BibnotesError
from tests.zotero_server.faults import answer

from .setting import Setting


def files(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "zotero").glob("*.sqlite"))


@pytest.fixture
def file(setting: Setting, tmp_path: Path) -> Iterator[Path]:
    """The cache of a library of five papers, with a review."""
    keys = setting.fill(5)
    setting.store.add_note(keys[2], "<p>A review</p>", ["bibnotes"])
    setting.papers()
    (path,) = files(tmp_path)
    yield path
    assert [path] == files(tmp_path)


def execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


def spoil(file: Path, at: int, length: int = 600) -> None:
    data = bytearray(file.read_bytes())
    data[at : at + length] = b"\xa5" * length
    file.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no database": lambda file: file.write_bytes(b"no database at all" * 100),
    "empty": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "a broken page": lambda file: spoil(file, 4096),
    "every page broken": lambda file: [spoil(file, at) for at in range(4096, 40000, 4096)],
    "a table is missing": lambda file: execute(file, "DROP TABLE items"),
    "another format": lambda file: execute(file, "PRAGMA user_version = 999"),
    "another library": lambda file: execute(
        file, "UPDATE facts SET value = 'zotero-web:x/user/1' WHERE name = 'identity'"
    ),
    "no version": lambda file: execute(file, "UPDATE facts SET value = 'x' WHERE name = 'version'"),
    "notes of another shape": lambda file: execute(
        file, "UPDATE items SET data = '[]' WHERE kind = 'review'"
    ),
    "notes without tags": lambda file: execute(
        file, "UPDATE items SET data = '{}' WHERE kind = 'review'"
    ),
    "no citation keys": lambda file: execute(file, "UPDATE items SET citation = NULL"),
    "a future version": lambda file: execute(file, "DELETE FROM facts"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_made_anew(setting: Setting, file: Path, damage: str) -> None:
    DAMAGE[damage](file)
    papers = setting.papers()
    assert [paper.title for paper in papers] == ["0", "1", "2", "3", "4"]
    assert papers[2].review.text == "A review"
    with setting.counted() as requests:
        setting.papers()
    assert len(requests) == setting.before + 1


@pytest.mark.parametrize("data", ["{", "{}", "[]", "2"])
def test_damage_that_shows_late_is_told(setting: Setting, file: Path, data: str) -> None:
    execute(file, f"UPDATE items SET data = '{data}' WHERE kind = 'paper'")
    with pytest.raises(BibnotesError, match="damaged") as error:
        setting.papers()
    assert "Run the command again" in error.value.hint
    assert len(setting.papers()) == 5


def test_another_database_has_a_cache_of_its_own(local_setting: Setting, tmp_path: Path) -> None:
    local_setting.fill(2)
    local_setting.papers()
    local_setting.server.reset()
    local_setting.server.api.server_id = "another12345"
    local_setting.store.add("book", title="theirs")
    assert local_setting.titles() == ["theirs"]
    assert len(files(tmp_path)) == 2


def test_zotero_before_10_has_no_cache_since_nothing_tells_its_databases_apart(
    local_setting: Setting, tmp_path: Path
) -> None:
    local_setting.server.api.zotero_version = "7.0.30"
    local_setting.fill(2)
    assert local_setting.titles() == ["0", "1"]
    assert files(tmp_path) == []


def test_a_group_has_a_cache_of_its_own(web_setting: Setting, tmp_path: Path) -> None:
    group = web_setting.server.api.libraries["groups/5001"]
    group.add("book", title="the group's")
    web_setting.store.add("book", title="mine")
    assert web_setting.titles() == ["mine"]
    assert web_setting.titles(id="group/5001") == ["the group's"]
    assert len(files(tmp_path)) == 2


def test_nobody_else_may_look_into_the_cache(setting: Setting, file: Path) -> None:
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_was_read_in_steps_is_what_is_read_at_once(setting: Setting, tmp_path: Path) -> None:
    """Also where the dates are the same: keys are made up in order, and one note is read."""
    properties = {"title": "Same", "dateAdded": "2026-01-01T00:00:00Z"}
    keys = ["ABCD3333", "ABCD2222", "ABCD4444"]
    for key in keys:
        setting.store.add("book", key=key, **properties)
        notes = [f"{key[:-1]}{end}" for end in ("9", "8")]
        for note in notes:
            setting.store.add(
                "note",
                key=note,
                parentItem=key,
                note=f"<p>{note}</p>",
                tags=["bibnotes"],
                dateAdded="2026-01-01T00:00:00Z",
            )
        setting.papers()
    setting.store.edit(keys[1], title="Same")
    in_steps = setting.papers()
    shutil.rmtree(tmp_path / "cache")
    assert setting.papers() == in_steps
    assert [paper.key for paper in in_steps] == ["Same", "Samea", "Sameb"]


def test_without_a_folder_for_it_the_library_is_read_all_the_same(
    setting: Setting, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("no folder")
    setting.fill(2)
    library = setting.library()
    assert [paper.title for paper in library.papers()] == ["0", "1"]
    setting.store.add("book", title="new")
    library.refresh()
    assert [paper.title for paper in library.papers()] == ["0", "1", "new"]


@pytest.mark.parametrize("suffix", ["", "-wal", "-journal"])
def test_where_the_cache_cannot_be_kept_the_library_is_read_all_the_same(
    setting: Setting, file: Path, suffix: str
) -> None:
    for path in file.parent.glob("*.sqlite*"):
        path.unlink()
    (file.parent / f"{file.name}{suffix}").mkdir()
    library = setting.library()
    assert [paper.title for paper in library.papers()] == ["0", "1", "2", "3", "4"]
    setting.store.add("book", title="new")
    library.refresh()
    assert [paper.title for paper in library.papers()][-1] == "new"


def test_where_sqlite_cannot_lock_the_library_is_read_all_the_same(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network disks, of which a test has none."""
    real = sqlite3.connect

    def connect(path: object, **options: Any) -> sqlite3.Connection:
        if path:
            raise sqlite3.OperationalError("locking protocol")
        return real("", **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    setting.fill(3)
    assert setting.titles() == ["0", "1", "2"]


def test_a_library_shows_one_state_while_another_run_writes(setting: Setting) -> None:
    keys = setting.fill(3)
    library = setting.library()
    papers = library.papers()
    assert next(papers).title == "0"
    setting.store.edit(keys[2], title="changed")
    assert setting.titles() == ["0", "1", "changed"]
    assert [paper.title for paper in papers] == ["1", "2"]
    assert [paper.title for paper in library.papers()] == ["0", "1", "2"]
    library.refresh()
    assert [paper.title for paper in library.papers()] == ["0", "1", "changed"]


def test_a_run_that_was_killed_leaves_a_cache_that_can_be_used(
    web_setting: Setting, tmp_path: Path
) -> None:
    web_setting.fill(350)
    web_setting.server.faults.on(
        answer(503), when=lambda request: request.param("start") == "300", times=None
    )
    program = (
        "from bibnotes.config import ZoteroSettings\n"
        "from bibnotes.scale import DEFAULT_SCALE\n"
        "from bibnotes.zotero.opening import Surroundings, open_library\n"
        "import os\n"
        "def killed(done, total):\n"
        "    if done >= 200: os._exit(9)\n"
        f"settings = ZoteroSettings('web', web_url={web_setting.server.url!r},"
        f" api_key={web_setting.settings.api_key!r})\n"
        "list(open_library(settings, Surroundings(DEFAULT_SCALE, progress=killed)).papers())\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 9
    web_setting.server.faults.clear()
    with web_setting.counted() as requests:
        assert len(web_setting.papers()) == 350
    assert len(requests) == 2 + 3


def test_the_folder_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BIBNOTES_CACHE_DIR", str(tmp_path / "here"))
    assert state.cache_folder() == tmp_path / "here"
    monkeypatch.delenv("BIBNOTES_CACHE_DIR")
    assert state.cache_folder().name == "bibnotes"
