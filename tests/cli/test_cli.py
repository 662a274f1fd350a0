"""What holds for every command: help, errors, exit codes, streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import Shell, heed_interrupts


def test_the_version_is_printed_and_nothing_else_is_loaded(shell: Shell) -> None:
    loaded = "import sys, bibnotes.cli; print([m for m in sys.modules if 'yaml' in m])"
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
    assert shell("--version").out.startswith("bibnotes ")


def test_help_lists_every_command(shell: Shell) -> None:
    out = shell("--help").out
    for name in ("check", "digest", "list", "set", "undo"):
        assert f"\n  {name} " in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["digest", "none.bib"], 3, "none.bib does not exist"),
        (["digest", "sub"], 3, "sub"),
        (["digest", "sample.bib", "--year", "soon"], 2, "'soon' is neither a year nor a range"),
        (["digest", "sample.bib", "--priority", "urgent"], 2, "No priority is called 'urgent'"),
        (["list", "sample.bib", "--search", '"open'], 2, "quotation mark that is not closed"),
        (["set", "sample.bib"], 2, "No citation key was given"),
        (["set", "sample.bib", "mellor21a"], 2, "Nothing to set"),
        (["set", "sample.bib", "mellor", "--clear"], 3, "Did you mean mellor21a"),
        (["set", "-", "k", "--clear"], 3, "- has no paper 'k'"),
        (["undo"], 3, "There is nothing to undo"),
        (["undo", "2021"], 3, "There is no run 2021"),
        (["frobnicate"], 2, "No such command"),
    ],
)
def test_an_error_says_what_and_what_next_and_has_its_own_code(
    shell: Shell, words: list[str], code: int, message: str
) -> None:
    ran = shell(*words)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_a_folder_is_no_library(shell: Shell) -> None:
    shell.path("refs.bib").mkdir()
    ran = shell("digest", "refs.bib")
    assert (ran.code, "it is a folder" in ran.err) == (2, True)


def test_without_a_name_the_only_library_in_the_folder_is_meant_and_named(shell: Shell) -> None:
    ran = shell("list", "--priority", "close-read")
    assert len(ran.out.splitlines()) == 3
    assert ran.err == "sample.bib: the only one in this folder\n"


def test_a_digest_beside_the_bib_file_is_not_taken_for_the_library(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "digest.md")
    shell.write("README.md", "# no sheet\n")
    assert shell("list").err.startswith("sample.bib: the only one")
    shell.path().unlink()
    assert shell("list").err.startswith("digest.md: the only one")


def test_two_libraries_in_the_folder_must_be_told_apart(shell: Shell) -> None:
    shell.write("other.bib", "")
    ran = shell("list")
    assert (ran.code, "other.bib, sample.bib" in ran.err) == (2, True)


def test_the_library_of_bibnotes_yaml_is_meant_in_every_folder_below(shell: Shell) -> None:
    shell.write("bibnotes.yaml", "library: sample.bib\nlanguage: zh\n")
    below = shell.path("sub")
    below.mkdir()
    ran = Shell(below)("digest")
    assert ran.out.startswith('---\ntitle: "阅读摘')
    assert "named in" in ran.err


def test_a_wrong_setting_is_named_with_its_line(shell: Shell) -> None:
    shell.write("bibnotes.yaml", "library: sample.bib\nlangage: zh\n")
    ran = shell("digest")
    assert (ran.code, "bibnotes.yaml:2" in ran.err, "language" in ran.err) == (2, True, True)


def test_the_standard_input_is_a_library(shell: Shell) -> None:
    ran = shell("digest", "-", stdin="@misc{k1, title = {标题}, keywords = {精读}}")
    assert "### 标题 [@k1]" in ran.out
    assert "bibliography" not in ran.out


def test_an_empty_file_is_an_empty_library(shell: Shell) -> None:
    shell.write("empty.bib", "")
    assert "0 papers" in shell("digest", "empty.bib").out
    assert shell("list", "empty.bib").out == ""


def test_output_is_utf8_whatever_the_locale(shell: Shell) -> None:
    ran = shell("list", "sample.bib", "--lang", "zh", LC_ALL="C", PYTHONUTF8="0")
    assert "精读" in ran.out


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
@pytest.mark.parametrize("words", [("digest", "sample.bib"), ("list", "sample.bib"), ("--help",)])
def test_a_reader_that_goes_away_ends_the_run_quietly(shell: Shell, words: tuple[str, ...]) -> None:
    ran = _unread(shell, *words, stderr=subprocess.PIPE)
    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")
@pytest.mark.parametrize("words", [("digest", "sample.bib"), ("digest", "gone.bib"), ("frob",)])
def test_also_where_nobody_takes_the_messages(shell: Shell, words: tuple[str, ...]) -> None:
    assert _unread(shell, *words, stderr=subprocess.STDOUT).returncode == 141


def _unread(shell: Shell, *words: str, stderr: int) -> subprocess.CompletedProcess[str]:
    """A run whose standard output nobody reads from the start."""
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "bibnotes", *words],
        cwd=shell.folder,
        env=shell.environment(),
        stdout=writing,
        stderr=stderr,
        text=True,
        check=False,
    )
    os.close(writing)
    return ran


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc when the process waits")
def test_control_c_ends_with_130_and_no_traceback(shell: Shell) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "bibnotes", "digest", "-"],
        cwd=shell.folder,
        env=shell.environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    waits_in = Path(f"/proc/{run.pid}/wchan")
    while "pipe" not in waits_in.read_text():
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert (run.returncode, err.strip()) == (130, "bibnotes: interrupted")
