from __future__ import annotations

import pytest

from bibnotes.diff import worded


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("a red car", "a blue car", ["a [-red-]{+blue+} car"]),
        ("读三遍即可", "读两遍即可", ["读[-三-]{+两+}遍即可"]),
        ("one\ntwo\nthree", "one\ntwo\nthree\nfour", ["…", "{+four+}"]),
        ("one\ntwo\nthree", "one", ["…", "[-two-]", "[-three-]"]),
        ("", "new", ["{+new+}"]),
        ("same", "same", ["…"]),
        ("到此为止。", "只看两个批次，为什么？", ["[-到此为止。-]", "{+只看两个批次，为什么？+}"]),
        ("a\nb\nc\nd", "A\nb\nc\nD", ["[-a-]", "{+A+}", "…", "[-d-]", "{+D+}"]),
    ],
)
def test_what_changed_is_marked_word_by_word(old: str, new: str, lines: list[str]) -> None:
    assert list(worded(old, new)) == lines


def test_long_lines_show_what_is_around_the_change() -> None:
    before, after = "见" * 300, "解" * 300
    (line,) = worded(f"{before}一{after}", f"{before}二{after}")
    assert line == f"{'见' * 40}…{'见' * 40}[-一-]{{+二+}}{'解' * 40}…{'解' * 40}"


def test_huge_texts_without_a_common_line_are_not_compared_word_by_word() -> None:
    old, new = "a b " * 50_000, "b a " * 50_000
    assert list(worded(old, new)) == [f"[-{old}-]", f"{{+{new}+}}"]
