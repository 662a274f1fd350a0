"""The benchmark programs work at all. What they measure is for people to read."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.generate import PROCEEDINGS, write
from benchmarks.requests import first_attach, quiet_sync
from benchmarks.run import Row, table
from bibnotes.bibtex import source

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("generated") / "library.bib"
    write(path, entries=300, megabytes=0.6, seed=1)
    return path


def test_the_generated_file_has_the_size_that_was_asked_for(generated):
    found = source.scan(generated.read_bytes())
    assert len(found.entries) == 300
    assert generated.stat().st_size == pytest.approx(600_000, rel=0.02)


def test_the_generated_file_depends_on_its_seed_alone(generated, tmp_path):
    write(tmp_path / "same.bib", entries=300, megabytes=0.6, seed=1)
    write(tmp_path / "other.bib", entries=300, megabytes=0.6, seed=2)
    assert (tmp_path / "same.bib").read_bytes() == generated.read_bytes()
    assert (tmp_path / "other.bib").read_bytes() != generated.read_bytes()


def test_the_generated_file_is_whole_and_holds_what_real_files_hold(generated):
    text = generated.read_text(encoding="utf-8")
    found = source.scan(generated.read_bytes())
    assert not found.broken
    assert not any(entry.damage or entry.first for entry in found.entries)
    for feature in (
        r"^@string\{",
        r"^  journal = j\d",  # plain
        r"^\ttitle +=",  # aligned
        r"^\s*crossref",
        r"^\s*annote",
        r"author.*\\",
        r"author.*[øéö]",
        "keywords.*(close-read|精读|skim)",
        r"abstract.*\$",
    ):
        assert re.search(feature, text, re.MULTILINE), feature
    assert len(re.findall("^@proceedings", text, re.MULTILINE)) == PROCEEDINGS


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("a", ratio=0.44, budget=0.45), "within"),
        (Row("a", ratio=0.9, budget=0.45), "over by 100%"),
        (Row("a", ratio=0.9), ""),
        (Row("a", trouble="did not run: exit 1"), "did not run: exit 1"),
    ],
)
def test_a_row_says_whether_its_budget_was_kept(row, verdict):
    assert row.verdict() == verdict


def test_the_table_has_a_head_and_a_line_for_each_row():
    head, line = table([Row("start", "0.02 s", "0.01 s click", 2.0, 2.5)]).splitlines()
    assert head.split() == ["work", "bibnotes", "beside", "it", "ratio", "budget"]
    assert line.split() == ["start", "0.02", "s", "0.01", "s", "click", "2.00", "2.50", "within"]


def test_a_first_attach_to_zotero_keeps_to_its_budget_of_requests():
    assert first_attach(papers=200) <= 13


def test_a_sync_with_nothing_to_do_keeps_to_its_budget_of_requests():
    assert quiet_sync(items=300) <= 2


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs os.wait4 to measure other processes")
def test_a_small_run_measures_every_budget():
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "--small", "--alone"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "did not run" not in run.stdout
    for row in (
        "digest: ",
        "digest, memory: ",
        "set one priority: ",
        "set, memory: ",
        "bibnotes --version",
        "requests: first attach",
        "requests: sync with nothing to do",
    ):
        assert f"\n{row}" in run.stdout
