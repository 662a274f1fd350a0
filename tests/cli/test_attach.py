"""``bibnotes attach``, as its users run it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import Ran, Shell
from .terminal import typed

CASES = Path(__file__).parents[1] / "data" / "bibtex-cases"
NERO = "Learning by Turning: Neural Architecture Aware Optimisation"


def digest(shell: Shell, name: str = "digest.md") -> str:
    assert shell("digest", "sample.bib", "-o", name).code == 0
    return shell.read(name)


def edit(shell: Shell, old: str, new: str, name: str = "digest.md") -> None:
    text = shell.read(name)
    assert text.count(old) == 1
    shell.write(name, text.replace(old, new))


class TestADigest:
    def test_unedited_changes_nothing(self, shell: Shell) -> None:
        digest(shell)
        before = shell.path().stat()
        ran = shell("attach", "digest.md", "sample.bib")
        assert (ran.code, ran.err) == (0, "sample.bib: 0 changed\n")
        assert shell.path().stat() == before

    def test_edited_brings_text_and_priority_and_touches_nothing_else(self, shell: Shell) -> None:
        text, before = digest(shell), shell.read()
        start = text.index(f"\n### {NERO}")
        section = text[start:].split("\n### ", 2)[1]
        moved = text.replace(f"\n### {section}", "").replace(
            "## Interesting (4)\n",
            f"## Interesting (4)\n\n### {section.rstrip()}\n\n> 看更新规则。\n",
        )
        shell.write("digest.md", moved)
        ran = shell("attach", "digest.md", "sample.bib")
        assert ran.code == 0
        assert "liu21c: Interesting, text added (1 line)" in ran.err
        changed = set(shell.read().splitlines()) ^ set(before.splitlines())
        assert changed == {
            "  keywords  = {optimisation},",
            "  keywords  = {optimisation, interesting},",
            "  annote    = {看更新规则。},",
        }

    def test_attached_twice_changes_nothing_the_second_time(self, shell: Shell) -> None:
        digest(shell)
        edit(shell, "只看一个批次", "只看两个批次")
        assert "1 changed" in shell("attach", "digest.md", "sample.bib").err
        assert "0 changed" in shell("attach", "digest.md", "sample.bib").err

    def test_dry_run_shows_a_diff_and_writes_nothing(self, shell: Shell) -> None:
        digest(shell)
        edit(shell, "只看一个批次", "只看两个批次")
        before = sorted(shell.folder.rglob("*"))
        ran = shell("attach", "digest.md", "sample.bib", "--dry-run")
        assert ran.out.startswith("--- sample.bib\n+++ sample.bib\n@@ ")
        assert "1 would change" in ran.err
        assert sorted(shell.folder.rglob("*")) == before

    def test_undo_takes_it_back_and_attaching_brings_it_again(self, shell: Shell) -> None:
        digest(shell)
        edit(shell, "只看一个批次", "只看两个批次")
        before = shell.read()
        shell("attach", "digest.md", "sample.bib")
        attached = shell.read()
        assert shell("undo").code == 0
        assert shell.read() == before
        assert "1 changed" in shell("attach", "digest.md", "sample.bib").err
        assert shell.read() == attached

    def test_much_removed_at_once_needs_a_yes(self, shell: Shell) -> None:
        text, before = digest(shell), shell.read()
        shell.write("digest.md", re.sub("(?m)^>.*\n", "", text))
        ran = shell("attach", "digest.md", "sample.bib")
        assert ran.code == 2
        assert "This would remove what 8 of 8 reviews say" in ran.err
        assert shell.read() == before
        assert shell("attach", "digest.md", "sample.bib", "--yes").code == 0
        assert "annote" not in shell.read().split("@", 1)[1]

    def test_in_a_folder_with_one_bib_file_that_is_the_library(self, shell: Shell) -> None:
        digest(shell)
        assert shell("attach", "digest.md").err.startswith("sample.bib: the only one")


class TestConflicts:
    @pytest.fixture(autouse=True)
    def _both_sides_edited(self, shell: Shell) -> None:
        digest(shell)
        edit(shell, "只看一个批次", "只看两个批次")
        shell("set", "sample.bib", "mellor21a", "--review", "没想到。")

    def test_are_shown_and_change_neither_side(self, shell: Shell) -> None:
        before = shell.read()
        ran = shell("attach", "digest.md", "sample.bib")
        assert ran.code == 6
        assert "mellor21a: both were changed differently [-sample.bib-] {+what" in ran.err
        assert "  [-没想到。-]\n  {+- **想法**：只看两个批次" in ran.err
        assert "--prefer" in ran.err
        assert shell.read() == before

    def test_are_settled_for_the_sheet(self, shell: Shell) -> None:
        assert shell("attach", "digest.md", "sample.bib", "--prefer", "sheet").code == 0
        assert (
            "只看两个批次" in shell("list", "sample.bib", "--search", "key:mellor21a", "--json").out
        )

    def test_are_settled_for_the_library_for_good(self, shell: Shell) -> None:
        before = shell.read()
        assert shell("attach", "digest.md", "sample.bib", "--prefer", "library").code == 0
        assert shell.read() == before
        assert shell("attach", "digest.md", "sample.bib").code == 0

    @pytest.mark.parametrize(
        ("answer", "code", "text"),
        [
            ("+\ny\n", 0, "只看两个批次"),
            ("-\n", 0, "没想到。"),
            (
                "b\ny\n",
                0,
                "精读要看**：打分式的来由，批次和初始化带来的波动，以及与进化搜索结合的那一节。\n\n没想到。",
            ),
            ("e\ny\n", 0, "没料到。"),
            ("s\n", 6, "没想到。"),
        ],
    )
    def test_are_asked_about_on_a_terminal(
        self, shell: Shell, answer: str, code: int, text: str
    ) -> None:
        shell.variables["EDITOR"] = "sed -i s/想/料/"
        ran = typed(shell, answer, "attach", "digest.md", "sample.bib")
        assert ran.code == code, ran.err
        assert "Conflict 1 of 1" in ran.err
        (paper,) = _papers(shell("list", "sample.bib", "--search", "key:mellor21a", "--json"))
        assert text in paper["review"]


class TestAYamlSheet:
    def test_attached_again_after_an_edit_is_no_conflict(self, shell: Shell) -> None:
        shell.write("r.yaml", "- key: liu21c\n  review: one\n")
        assert shell("attach", "r.yaml", "sample.bib").code == 0
        shell.write("r.yaml", "- key: liu21c\n  review: two\n")
        assert shell("attach", "r.yaml", "sample.bib").code == 0
        assert "annote    = {two}" in shell.read()

    def test_and_the_library_edited_in_different_lines_are_merged(self, shell: Shell) -> None:
        shell.write("r.yaml", "- key: liu21c\n  review: |\n    one\n    two\n    three\n")
        shell("attach", "r.yaml", "sample.bib")
        shell.write("r.yaml", "- key: liu21c\n  review: |\n    ONE\n    two\n    three\n")
        shell("set", "sample.bib", "liu21c", "--review", "one\ntwo\nthree\nfour")
        assert shell("attach", "r.yaml", "sample.bib").code == 0
        assert "annote    = {ONE\ntwo\nthree\nfour}" in shell.read()

    def test_mistakes_are_named_with_their_lines(self, shell: Shell) -> None:
        shell.write("r.yaml", "- key: liu21c\n  review: [1]\n- 12\n")
        ran = shell("attach", "r.yaml", "sample.bib")
        assert ran.code == 2
        assert "r.yaml:2" in ran.err
        assert "r.yaml:3" in ran.err


class TestPairing:
    @pytest.fixture(autouse=True)
    def _a_title_alone(self, shell: Shell) -> None:
        self.sheet = f"- title: {NERO.split(':')[0]}\n  review: 看。\n"
        shell.write("r.yaml", self.sheet)

    def test_a_doubt_is_shown_and_left_alone(self, shell: Shell) -> None:
        before = shell.read()
        ran = shell("attach", "r.yaml", "sample.bib")
        assert ran.code == 7
        assert "r.yaml:1: which paper is “Learning by Turning”?\n  1. liu21c:" in ran.err
        assert shell.read() == before

    @pytest.mark.parametrize("review", ["1", "Learning by Turning", "learning by turning"])
    def test_a_doubt_is_settled_and_remembered_in_the_sheet(
        self, shell: Shell, review: str
    ) -> None:
        ran = shell("attach", "r.yaml", "sample.bib", "--pair", f"{review}=liu21c")
        assert ran.code == 0, ran.err
        assert "r.yaml: 1 noted\n" in ran.err
        assert "annote    = {看。}" in shell.read()
        assert shell.read("r.yaml") == self.sheet.replace("- title", "- key: liu21c\n  title")

    def test_a_doubt_is_settled_on_a_terminal(self, shell: Shell) -> None:
        ran = typed(shell, "1\ny\n", "attach", "r.yaml", "sample.bib")
        assert ran.code == 0, ran.err
        assert "annote    = {看。}" in shell.read()

    def test_no_on_a_terminal_writes_nothing(self, shell: Shell) -> None:
        before = shell.read()
        assert typed(shell, "1\nn\n", "attach", "r.yaml", "sample.bib").code == 1
        assert shell.read() == before
        assert shell.read("r.yaml") == self.sheet

    @pytest.mark.parametrize(
        ("wish", "code"),
        [("1", 2), ("=liu21c", 2), ("7=liu21c", 3), ("1=liu21d", 3)],
    )
    def test_a_wish_that_names_nothing_is_an_error(
        self, shell: Shell, wish: str, code: int
    ) -> None:
        assert shell("attach", "r.yaml", "sample.bib", "--pair", wish).code == code

    @pytest.mark.parametrize(
        ("wishes", "what"),
        [
            (("1=liu21c", "1=mellor21a"), "two papers for one review"),
            (("Learning by Turning=liu21c", "3=liu21c"), "one paper for two reviews"),
        ],
    )
    def test_wishes_that_contradict_each_other_are_both_named(
        self, shell: Shell, wishes: tuple[str, str], what: str
    ) -> None:
        shell.write("r.yaml", f"{self.sheet}- title: Turning\n  review: 再看。\n")
        before = shell.read()
        pairs = [f"--pair={wish}" for wish in wishes]
        ran = shell("attach", "r.yaml", "sample.bib", *pairs)
        assert ran.code == 2
        assert f"--pair {wishes[0]} and --pair {wishes[1]} name {what}" in ran.err
        assert shell.read() == before

    def test_a_wish_may_be_said_twice(self, shell: Shell) -> None:
        pairs = ["--pair=1=liu21c", "--pair=Learning by Turning=liu21c"]
        assert shell("attach", "r.yaml", "sample.bib", *pairs).code == 0

    def test_what_the_library_does_not_have_is_named_and_the_rest_done(self, shell: Shell) -> None:
        shell.write("r.yaml", "- {key: gone, review: x}\n- {key: liu21c, review: y}\n")
        ran = shell("attach", "r.yaml", "sample.bib")
        assert ran.code == 7
        assert "r.yaml:1: sample.bib has no paper like gone" in ran.err
        assert "annote    = {y}" in shell.read()


class TestOddInput:
    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (("gone.md",), 3, "gone.md does not exist"),
            (("sample.bib",), 2, "is a BibTeX file"),
            (("empty.md",), 2, "empty.md"),
            (("noise.bin",), 2, "noise.bin: "),
            ((".",), 2, "it is a folder"),
            (("digest.md", "digest.md"), 2, "cannot be attached to itself"),
        ],
    )
    def test_is_named(self, shell: Shell, words: tuple[str, ...], code: int, said: str) -> None:
        digest(shell)
        shell.write("empty.md", "")
        shell.path("noise.bin").write_bytes(bytes(range(256)) * 4)
        ran = shell("attach", *words, *(["sample.bib"] if len(words) == 1 else []))
        assert (ran.code, said in ran.err) == (code, True), ran.err

    def test_standard_input_is_read(self, shell: Shell) -> None:
        ran = shell("attach", "-", "sample.bib", stdin="- {key: liu21c, review: 好}\n")
        assert ran.code == 0
        assert "annote    = {好}" in shell.read()


@pytest.mark.parametrize("case", sorted(CASES.glob("*.bib")), ids=lambda case: case.stem)
def test_every_hard_file_is_edited_or_refused_by_name(case: Path, shell: Shell) -> None:
    """What is edited changes in its own lines; what is not is named, and the exit is 7."""
    shutil.copy(case, shell.path("case.bib"))
    listed = shell("list", "case.bib", "--json")
    keys = _keys(listed)
    if not keys:
        return
    sheet = "".join(f"- {{key: {_json(key)}, review: 看 {n}}}\n" for n, key in enumerate(keys))
    shell.write("r.yaml", sheet)
    before = shell.path("case.bib").read_bytes()
    ran = shell("attach", "r.yaml", "case.bib", "--yes")
    after = shell.path("case.bib").read_bytes()
    reviews = {each["key"]: each["review"] for each in _papers(shell("list", "case.bib", "--json"))}
    done = {key for n, key in enumerate(keys) if f"看 {n}" in reviews.get(key, "")}
    assert (ran.code == 0) == (done == set(keys))
    for key in set(keys) - done:
        assert ran.code in (1, 7)
        assert key in ran.err
    assert shell("undo").code == (0 if after != before else 3)
    assert shell.path("case.bib").read_bytes() == before


def _papers(ran: Ran) -> list[dict[str, str]]:
    return json.loads(ran.out)


def _keys(ran: Ran) -> list[str]:
    return list(dict.fromkeys(paper["key"] for paper in _papers(ran) if paper["key"]))


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
