"""`bibnotes set` and `bibnotes undo`, killed at every call with which they change files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .. import faults

ROOT = Path(__file__).parents[2]
SET = [sys.executable, "-m", "bibnotes", "set", "refs.bib", "liu21c", "--priority", "skim"]
UNDO = [sys.executable, "-m", "bibnotes", "undo"]

pytestmark = pytest.mark.skipif(bool(faults.why_not()), reason=faults.why_not())


def prepared(folder: Path) -> None:
    shutil.copy(ROOT / "sample.bib", folder / "refs.bib")


def after_set(folder: Path) -> None:
    prepared(folder)
    run(SET, folder)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=faults.environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.tmp")] + [
        path.name for path in (folder / "state").rglob("*.open")
    ]


def test_set_killed_anywhere_leaves_the_old_or_the_new_file_and_a_journal_that_agrees(
    tmp_path: Path,
) -> None:
    old = (ROOT / "sample.bib").read_bytes()
    whole = tmp_path / "whole"
    whole.mkdir()
    after_set(whole)
    new = (whole / "refs.bib").read_bytes()
    seen = set()
    for point, folder in faults.killed_runs(SET, prepared, tmp_path / "set"):
        found = (folder / "refs.bib").read_bytes()
        assert found in (old, new), point
        seen.add(found == new)
        undone = run(UNDO, folder)
        assert undone.returncode in ((0,) if found == new else (0, 3)), (point, undone.stderr)
        assert (folder / "refs.bib").read_bytes() == old, point
        again = run(SET, folder)
        assert again.returncode == 0, (point, again.stderr)
        assert (folder / "refs.bib").read_bytes() == new, point
        assert not leftovers(folder), point
    assert seen == {True, False}


def test_undo_killed_anywhere_is_finished_by_the_next_one(tmp_path: Path) -> None:
    old = (ROOT / "sample.bib").read_bytes()
    for point, folder in faults.killed_runs(UNDO, after_set, tmp_path / "undo"):
        done = (folder / "refs.bib").read_bytes() == old
        again = run(UNDO, folder)
        assert again.returncode in ((0, 3) if done else (0,)), (point, again.stderr)
        assert (folder / "refs.bib").read_bytes() == old, point
