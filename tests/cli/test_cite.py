from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pandoc

from .conftest import Ran, Shell
from .terminal import started

STYLE = Path(__file__).parents[1] / "data" / "citing" / "short.csl"


def test_keys_are_cited_in_one_citation(shell: Shell) -> None:
    assert shell("cite", "sample.bib", "mellor21a") == Ran(0, "[@mellor21a]\n", "")
    assert shell("cite", "sample.bib", "xu21m", "mellor21a").out == "[@xu21m; @mellor21a]\n"


def test_a_key_must_pass_the_other_filters(shell: Shell) -> None:
    assert shell("cite", "sample.bib", "mellor21a", "--priority", "close-read").code == 0
    assert shell("cite", "sample.bib", "mellor21a", "--priority", "skim").code == 3


def test_keys_that_the_filters_drop_are_named_and_the_others_cited(shell: Shell) -> None:
    keys = ["mellor21a", "xu21m", "nguyen21d"]
    ran = shell("cite", "sample.bib", *keys, "--search", "transport")
    assert (ran.code, ran.out) == (0, "[@nguyen21d]\n")
    assert "mellor21a: left out" in ran.err
    assert "xu21m: left out" in ran.err


def test_a_repeated_key_is_cited_once(shell: Shell) -> None:
    assert shell("cite", "sample.bib", "xu21m", "mellor21a", "XU21M").out == (
        "[@xu21m; @mellor21a]\n"
    )


def test_a_mistyped_key_among_keys_is_named(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "mellor21a", "xu21n")
    assert (ran.code, ran.out) == (3, "")
    assert "has no paper 'xu21n'" in ran.err
    assert "xu21m" in ran.err


def test_as_many_hits_as_words_are_still_asked_about(shell: Shell) -> None:
    shell.write("x.bib", "@misc{a, title={One tree}}\n@misc{b, title={One bush}}")
    assert "3 papers match" in shell("cite", "sample.bib", "author:zhang", "author:zhang", "a").err
    ran = shell("cite", "x.bib", "one", "title:one")
    assert (ran.code, ran.out) == (2, "")


def test_what_is_no_paper_is_not_cited(shell: Shell) -> None:
    shell.write("x.bib", "@xdata{common, publisher={P}}\n@misc{broken title={T}}\n@misc{a}")
    assert shell("cite", "x.bib", "common").code == 3
    ran = shell("cite", "x.bib", "broken")
    assert (ran.code, ran.out) == (3, "")
    ran = shell("cite", "x.bib", "a")
    assert (ran.out, "x.bib:2" in ran.err) == ("[@a]\n", True)


def test_words_that_find_one_paper_cite_it(shell: Shell) -> None:
    assert shell("cite", "sample.bib", "optimal", "transport").out == "[@nguyen21d]\n"
    assert shell("cite", "sample.bib", "author:oymak", "--priority", "精读").out == "[@oymak21a]\n"
    assert shell("cite", "sample.bib", "--search", "review:梯度核假设").out == "[@xu21m]\n"


def test_the_only_library_of_the_folder_need_not_be_named(shell: Shell) -> None:
    assert shell("cite", "mellor21a").out == "[@mellor21a]\n"


def test_each_document_gets_its_own_form(shell: Shell) -> None:
    words = ["cite", "sample.bib", "mellor21a", "xu21m"]
    assert shell(*words, "--as", "latex").out == "\\cite{mellor21a,xu21m}\n"
    latex = shell(*words, "--as", "latex", "--command", "parencite")
    assert latex.out == "\\parencite{mellor21a,xu21m}\n"
    assert shell("cite", "sample.bib", "mellor21a", "--as", "markdown").out == (
        "[Neural Architecture Search without Training]"
        "(https://proceedings.mlr.press/v139/mellor21a.html)\n"
    )


def test_several_hits_are_listed_for_a_script(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "author:zhang")
    assert (ran.code, ran.out) == (2, "")
    assert "3 papers match" in ran.err
    assert "zhang21s" in ran.err
    assert "DARTS 外层调架构" in ran.err
    assert "--all" in ran.err


def test_all_hits_are_taken_on_request(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "author:zhang", "--all")
    assert ran.out == "[@zhang21s; @yan21c; @niu21a]\n"


def test_nothing_found_and_nothing_asked_are_told_apart(shell: Shell) -> None:
    assert shell("cite", "sample.bib", "nowhere").code == 3
    assert shell("cite", "sample.bib").code == 2
    shell.write("empty.bib", "")
    assert shell("cite", "empty.bib", "x").code == 3


def test_a_latex_command_is_no_wish_of_pandoc(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "mellor21a", "--command", "parencite")
    assert (ran.code, "--as latex" in ran.err) == (2, True)
    words = ["--as", "latex", "--command", "parencite", "--style", str(STYLE)]
    assert shell("cite", "sample.bib", "mellor21a", *words).code == 2


def test_a_paper_without_a_title_is_cited(shell: Shell) -> None:
    shell.write("x.bib", "@misc{k, year = 2020}")
    assert shell("cite", "x.bib", "k", "--as", "markdown").out == "k\n"


def test_a_key_that_pandoc_cannot_take_is_named(shell: Shell) -> None:
    shell.write("x.bib", "@misc(a{b, title = {T})")
    ran = shell("cite", "x.bib", "title:t")
    assert (ran.code, "cannot take 'a{b'" in ran.err) == (1, True)


def test_a_sheet_that_knows_keys_is_cited(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "digest.md")
    assert shell("cite", "digest.md", "optimal", "transport").out == "[@nguyen21d]\n"


def test_titles_cannot_reach_the_terminal(shell: Shell) -> None:
    shell.write("x.bib", "@misc{a, title={T \x1b[31m}}\n@misc{b, title={T \x1b]0;x}}")
    ran = shell("cite", "x.bib", "title:t")
    assert ran.code == 2
    assert "\x1b" not in ran.err


class Terminal:
    """A person at a terminal, for a command whose output is piped on."""

    def __init__(self, shell: Shell, *words: str) -> None:
        self._us, self._command = started(shell, *words, stdout=subprocess.PIPE)

    def sees(self, text: str) -> str:
        """What is on the terminal once the text is there."""
        shown = b""
        while text.encode() not in shown:
            assert select.select([self._us], [], [], 30)[0], shown
            shown += os.read(self._us, 4096)
        return shown.decode()

    def types(self, line: str) -> None:
        os.write(self._us, f"{line}\n".encode())

    def output(self) -> str:
        """What the command has printed when it has ended."""
        assert self._command.stdout
        with self._command.stdout as stdout:
            printed = stdout.read().decode()
        assert self._command.wait(30) == 0
        os.close(self._us)
        return printed


def test_a_person_picks_from_a_list_with_reviews(shell: Shell) -> None:
    terminal = Terminal(shell, "cite", "sample.bib", "author:zhang")
    shown = terminal.sees("Which?")
    assert "Close read" in shown
    assert "DARTS 外层调架构" in shown
    terminal.types("4")
    terminal.sees("none of 1 to 3")
    terminal.types("1, 3")
    assert terminal.output() == "[@zhang21s; @niu21a]\n"


def test_a_person_takes_all(shell: Shell) -> None:
    terminal = Terminal(shell, "cite", "sample.bib", "author:zhang")
    terminal.sees("Which?")
    terminal.types("all")
    assert terminal.output() == "[@zhang21s; @yan21c; @niu21a]\n"


def wayland(shell: Shell, copies: str) -> dict[str, str]:
    """Variables of a screen on which files stand in for the programs of the clipboard."""
    folder = shell.path("bin")
    folder.mkdir()
    for name, command in {"wl-copy": copies, "wl-paste": "cat clipboard"}.items():
        shell.write(f"bin/{name}", f"#!/bin/sh\n{command}\n").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "WAYLAND_DISPLAY": "wayland-0"}


def test_a_citation_goes_to_the_clipboard(shell: Shell) -> None:
    ran = shell("cite", "mellor21a", "--copy", **wayland(shell, "cat > clipboard"))
    assert (ran.code, ran.out) == (0, "[@mellor21a]\n")
    assert shell.read("clipboard") == "[@mellor21a]"


def test_a_clipboard_that_takes_nothing_is_said(shell: Shell) -> None:
    ran = shell("cite", "mellor21a", "--copy", **wayland(shell, ": > clipboard"))
    assert (ran.code, "did not take" in ran.err) == (1, True)


def test_a_missing_clipboard_is_said_and_the_citation_printed(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "mellor21a", "--copy", PATH="/nowhere")
    assert (ran.code, ran.out) == (1, "[@mellor21a]\n")
    assert "no clipboard" in ran.err


@pandoc.needs_pandoc
def test_a_reference_is_formatted_in_a_style(shell: Shell) -> None:
    style = ["--style", str(STYLE)]
    assert shell("cite", "sample.bib", "mellor21a", *style).out == (
        "Mellor, Turner, Storkey and Crowley. Neural architecture search without training. 2021.\n"
    )
    latex = shell("cite", "sample.bib", "mellor21a", *style, "--as", "latex").out
    assert r"Turner, Storkey and Crowley. \emph{" in latex
    marked = shell("cite", "sample.bib", "mellor21a", "xu21m", *style, "--as", "markdown").out
    assert marked.count("\n\n") == 1
    assert "*[KNAS: Green neural architecture search](https://" in marked


@pandoc.needs_pandoc
def test_chinese_names_and_titles_stay_whole(shell: Shell) -> None:
    shell.write("zh.bib", "@article{k, author={王, 小明 and 李四}, title={想法 {A}}, year={2020}}")
    out = shell("cite", "zh.bib", "k", "--style", str(STYLE)).out
    assert out == "王小明 and 李四. 想法 A. 2020.\n"


@pandoc.needs_pandoc
def test_the_language_of_a_reference_is_chosen(shell: Shell) -> None:
    shell.write("k.bib", "@article{k, author={A, B and C, D}, title={T Of It}, year={2020}}")
    out = shell("cite", "k.bib", "k", "--style", str(STYLE), "--lang", "zh").out
    assert out == "A 和 C. T Of It. 2020.\n"


def test_a_broken_style_is_named(shell: Shell) -> None:
    shell.write("bad.csl", "<style")
    ran = shell("cite", "sample.bib", "mellor21a", "--style", "bad.csl")
    assert (ran.code, "bad.csl is no citation style" in ran.err) == (1, True)
    assert shell("cite", "sample.bib", "mellor21a", "--style", "nowhere").code == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs a PATH without pandoc")
def test_without_pandoc_there_is_a_word_and_other_forms_work(shell: Shell) -> None:
    ran = shell("cite", "sample.bib", "mellor21a", "--style", str(STYLE), PATH="/nowhere")
    assert (ran.code, "pandoc, which is not installed" in ran.err) == (1, True)
    assert shell("cite", "sample.bib", "mellor21a", PATH="/nowhere").code == 0
