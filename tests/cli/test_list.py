from __future__ import annotations

import json

from wcwidth import wcswidth

from .conftest import Shell


def test_the_table_is_aligned_for_wide_characters(shell: Shell) -> None:
    lines = shell("list", "sample.bib", "--lang", "zh").out.splitlines()
    assert len(lines) == 16
    assert {wcswidth(line[: line.index("  2021  ")]) for line in lines} == {
        wcswidth(lines[0][: lines[0].index("  2021  ")])
    }


def test_json_is_a_list_of_papers(shell: Shell) -> None:
    papers = json.loads(shell("list", "sample.bib", "--json", "--priority", "reviewed").out)
    (paper,) = papers
    assert (paper["key"], paper["priority"], paper["year"]) == ("xu21m", None, "2021")
    assert paper["authors"][0] == "Jingjing Xu"


def test_there_is_no_colour_where_there_is_no_terminal(shell: Shell) -> None:
    assert "\x1b" not in shell("list", "sample.bib").out
