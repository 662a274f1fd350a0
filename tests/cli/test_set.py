from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bibnotes import files

from .conftest import Shell


def test_a_priority_and_a_review_are_set_and_taken_back(shell: Shell) -> None:
    before = shell.read()
    ran = shell("set", "sample.bib", "liu21c", "--priority", "精读", "--review", "短评 100%")
    assert (ran.code, ran.out, ran.err) == (0, "", "sample.bib: 1 changed\n")
    assert "annote    = {短评 100\\%}" in shell.read()
    assert shell("undo").code == 0
    assert shell.read() == before


def test_a_dry_run_shows_a_diff_and_writes_nothing(shell: Shell) -> None:
    before = shell.read()
    ran = shell("set", "sample.bib", "liu21c", "--priority", "skim", "--dry-run")
    assert ran.out.startswith("--- sample.bib\n+++ sample.bib\n@@ ")
    assert "\n+  keywords" in ran.out
    assert (shell.read(), ran.err) == (before, "sample.bib: 1 would change\n")
    assert sorted(path.name for path in shell.folder.iterdir()) == ["sample.bib"]


def test_setting_what_is_there_writes_nothing(shell: Shell) -> None:
    before = shell.path().stat()
    ran = shell("set", "sample.bib", "mellor21a", "--priority", "close-read")
    assert (ran.code, ran.err) == (0, "sample.bib: 0 changed, 1 as before\n")
    assert shell.path().stat().st_mtime_ns == before.st_mtime_ns
    assert sorted(path.name for path in shell.folder.iterdir()) == ["sample.bib"]


def test_a_review_comes_from_the_standard_input(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--review", "-", stdin="first\n\n- second\n")
    assert "annote    = {first\n\n- second}" in shell.read()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX editor")
def test_a_review_is_written_in_the_editor(shell: Shell) -> None:
    editor = shell.write("editor.sh", '#!/bin/sh\nsed -i "s/$/ (edited)/" "$1"\n')
    editor.chmod(0o755)
    ran = shell("set", "sample.bib", "xu21m", "--edit", VISUAL=str(editor))
    assert ran.code == 0
    assert shell.read().count(" (edited)") == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX editor")
@pytest.mark.parametrize(
    ("saves", "code", "message"),
    [
        ('echo "@misc{liu21c}" >> sample.bib; echo "% written" >> "$1"', 1, "its key is repeated"),
        ("printf 'written \\377' > \"$1\"", 2, "What the editor saved is not UTF-8 text"),
        ('echo "% written" >> "$1"; exit 1', 1, "Editing failed"),
    ],
)
def test_a_text_that_could_not_be_stored_is_kept(
    shell: Shell, saves: str, code: int, message: str
) -> None:
    editor = shell.write("editor.sh", f"#!/bin/sh\n{saves}\n")
    editor.chmod(0o755)
    ran = shell("set", "sample.bib", "liu21c", "--edit", EDITOR=str(editor))
    assert (ran.code, message in ran.err) == (code, True)
    kept = Path(ran.err.split("kept in ")[1].splitlines()[0])
    assert b"written" in kept.read_bytes()
    kept.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX editor")
def test_an_editor_that_changes_nothing_or_fails_leaves_nothing(shell: Shell) -> None:
    before = shell.read()
    assert shell("set", "sample.bib", "xu21m", "--edit", EDITOR="true").code == 0
    assert shell("set", "sample.bib", "xu21m", "--edit", EDITOR="false").code == 1
    assert shell("set", "sample.bib", "xu21m", "--edit", EDITOR="rm -f").code == 2
    assert shell.read() == before


def test_what_cannot_be_edited_is_refused_before_the_editor_opens(shell: Shell) -> None:
    shell.write("work.bib", "@misc{k, annote={a}}\n@misc{K}\n")
    ran = shell("set", "work.bib", "k", "--edit", EDITOR="/nonexistent")
    assert (ran.code, "its key is repeated" in ran.err) == (1, True)


def test_a_tag_that_the_encoding_lacks_is_refused_by_name(shell: Shell) -> None:
    shell.path("old.bib").write_bytes("@misc{k, title={Été}}".encode("latin-1"))
    ran = shell("set", "old.bib", "k", "--priority", "skim", LC_ALL="zh_CN.UTF-8")
    assert (ran.code, "which has no '略'" in ran.err) == (1, True)


def test_the_standard_input_is_utf8_whatever_the_locale(shell: Shell) -> None:
    shell("set", "sample.bib", "liu21c", "--review", "-", stdin="中文é", PYTHONIOENCODING="latin-1")
    assert "{中文é}" in shell.read()
    ran = shell("set", "sample.bib", "liu21c", "--review", "-", stdin=b"\xff")
    assert (ran.code, "is not UTF-8" in ran.err) == (2, True)


def test_several_runs_at_once_all_get_their_turn(shell: Shell) -> None:
    keys = ["liu21c", "niu21a", "wies21a"]
    one = "python -m bibnotes set sample.bib {} --priority skim"
    ran = shell.script(" & ".join(map(one.format, keys)) + " & wait")
    assert ran.err == "sample.bib: 1 changed\n" * 3
    assert len(shell("list", "sample.bib", "--priority", "skim").out.splitlines()) == 3


def test_clear_removes_priority_and_review(shell: Shell) -> None:
    shell("set", "sample.bib", "mellor21a", "--clear")
    out = shell("list", "sample.bib", "--priority", "unread").out
    assert "mellor21a" in out


def test_several_papers_are_set_at_once(shell: Shell) -> None:
    ran = shell("set", "sample.bib", "liu21c", "niu21a", "liu21c", "--priority", "略读")
    assert ran.err == "sample.bib: 2 changed\n"
    assert len(shell("list", "sample.bib", "--priority", "skim").out.splitlines()) == 2


def test_what_can_be_changed_is_changed_and_the_rest_is_named(shell: Shell) -> None:
    shell.write("two.bib", "@misc{a, title={A}}\n@misc{b, title={B}}\n@misc{B}\n")
    ran = shell("set", "two.bib", "a", "b", "--priority", "skim")
    assert ran.code == 7
    assert "two.bib: b: not changed: its key is repeated (lines 2, 3)" in ran.err
    assert "@misc{a, title={A}, keywords={skim}}" in shell.read("two.bib")


def test_a_folder_without_rights_is_named(shell: Shell) -> None:
    shell.write("plain", "")
    ran = shell("set", "plain/refs.bib", "k", "--clear")
    assert ran.code == 3


def test_a_damaged_entry_is_refused_by_its_name(shell: Shell) -> None:
    for text in ("@misc{k title={T}}", "@misc{k, title={T} year=2021}"):
        shell.write("x.bib", text)
        ran = shell("set", "x.bib", "k", "--review", "R")
        assert (ran.code != 0, "k: " in ran.err) == (True, True)
        assert shell.read("x.bib") == text


def test_a_file_that_another_run_keeps_is_waited_for_once(shell: Shell) -> None:
    with files.locked(shell.path()):
        ran = shell("set", "sample.bib", "liu21c", "--priority", "skim")
    assert (ran.code, "another bibnotes is writing it" in ran.err) == (6, True)
    runs = json.loads(shell("undo", "--list", "--json").out)
    assert [run["state"] for run in runs] == ["nothing done"]
