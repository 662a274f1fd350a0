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
        ("a\nb\nc\nd", "A\nb\nc\nD", ["[-a-]{+A+}", "…", "[-d-]{+D+}"]),
    ],
)
def test_what_changed_is_marked_word_by_word(old: str, new: str, lines: list[str]) -> None:
    assert list(worded(old, new)) == lines
