"""Lists of what a plan does, on one screen."""

from __future__ import annotations

import pytest

from bibnotes.cli.plan_lines import cut, told


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_lists_that_fit_are_shown_whole() -> None:
    assert list(told([numbered(8), [], numbered(8)], whole=False)) == numbered(8) * 2


def test_long_lists_give_up_alike_and_say_so() -> None:
    lines = list(told([numbered(100), numbered(2), numbered(50)], whole=False))
    assert len(lines) <= 16
    more = "  … and {} more; --dry-run shows all"
    assert lines == [
        *numbered(6),
        more.format(94),
        *numbered(2),
        *numbered(6),
        more.format(44),
    ]


def test_items_of_several_lines_count_as_many() -> None:
    lines = list(told([["a\n1\n2\n3\n4\n5\n6"] * 9, numbered(9)], whole=False))
    assert lines[1] == "  … and 8 more; --dry-run shows all"


def test_each_list_shows_at_least_one_item() -> None:
    lines = list(told([numbered(9)] * 12, whole=False))
    assert lines.count("0") == 12


def test_a_dry_run_shows_all() -> None:
    assert list(told([numbered(99)], whole=True)) == numbered(99)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("short", "short"),
        ("two\nlines\x1b[31m", "two lines[31m"),
        ("a" * 49, "a" * 47 + "…"),
        ("读" * 25, "读" * 23 + "…"),
        ("读" * 100_000, "读" * 23 + "…"),
        (" " * 2000 + "x", "…"),
    ],
)
def test_a_text_is_cut_by_columns(text: str, shown: str) -> None:
    assert cut(text) == shown
