from __future__ import annotations

import pytest

from bibnotes.sheets.author_line import SURE_AUTHORS, UNLIKE_AUTHORS, read_authors

BOTH = ("Ada Example", "Benno Sample")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example · Benno Sample", BOTH),
        ("Ada Example, Benno Sample and Cleo Specimen", (*BOTH, "Cleo Specimen")),
        ("Ada Example; Benno Sample", BOTH),
        ("Ada Example / Benno Sample", BOTH),
        ("Ada Example & Benno Sample", BOTH),
        ("Example, Ada; Sample, Benno", BOTH),
        ("Example, A., Sample, B.", ("A. Example", "B. Sample")),
        ("Example A, Sample B", ("A Example", "B Sample")),
        ("*Ada Example¹, Benno Sample²†*", BOTH),
        ("Ada Example (University of Nowhere), Benno Sample [2]", BOTH),
        ("Ada Example, Benno Sample -- ICML 2021", BOTH),
        ("Ada van der Example · Benno O'Sample · C. D. Specimen-Muster", None),
        ("王示例、李样本和张占位", ("王示例", "李样本", "张占位")),
        ("王示例/李样本", ("王示例", "李样本")),
        ("王示例 李样本", ("王示例", "李样本")),
    ],
)
def test_names_are_read_from_a_line(line: str, names: tuple[str, ...] | None) -> None:
    found = read_authors(line)
    assert found.likeness >= SURE_AUTHORS
    assert found.names == (names or tuple(line.split(" · ")))


@pytest.mark.parametrize(
    "line",
    [
        "Sleep, Memory, and Attention in Networks",
        "Learning to Rank / Ranking to Learn",
        "We propose a sieve that wastes no sand.",
        "https://example.org/a / https://example.org/b",
        "3/4 of the load",
        "思路和我们去年的想法撞车了",
        "University of Nowhere, Placeholder Institute",
        "",
    ],
)
def test_what_is_no_list_of_names(line: str) -> None:
    assert read_authors(line).likeness < UNLIKE_AUTHORS


def test_the_rest_of_a_shortened_list() -> None:
    assert [read_authors(f"Ada Example, Benno Sample{end}").more for end in (" et al.", "")] == [
        True,
        False,
    ]
    assert read_authors("王示例、李样本等").more
