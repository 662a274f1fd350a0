"""`bibnotes set`, `undo` and `attach`, killed at every call with which they change files."""

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
ATTACH = [*UNDO[:3], "attach", "r.yaml", "refs.bib", "--pair", "1=liu21c"]

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


def with_reviews(folder: Path) -> None:
    prepared(folder)
    (folder / "r.yaml").write_text("- title: Learning by Turning\n  review: 看。\n", "utf-8")


def test_attach_killed_anywhere_is_finished_by_the_next_one(tmp_path: Path) -> None:
    """Sheet, library and base end as after one whole run, and undo takes the library back."""
    whole = tmp_path / "whole"
    whole.mkdir()
    with_reviews(whole)
    run(ATTACH, whole)
    ends = {name: (whole / name).read_bytes() for name in ("refs.bib", "r.yaml")}
    for point, folder in faults.killed_runs(ATTACH, with_reviews, tmp_path / "attach"):
        again = run(ATTACH, folder)
        assert again.returncode == 0, (point, again.stderr)
        assert {name: (folder / name).read_bytes() for name in ends} == ends, point
        assert len(list((folder / ".bibnotes").glob("*.base.json"))) == 1, point
        assert run(UNDO, folder).returncode == 0, point
        assert (folder / "refs.bib").read_bytes() == (ROOT / "sample.bib").read_bytes(), point
        assert not list(folder.glob("*.tmp")), point
