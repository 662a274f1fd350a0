"""``bibnotes import``, as its users run it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from .conftest import Shell

SEED = os.environ.get("BIBNOTES_SEED_PAGE", "")
PAGE = """\
ICML 2021 里我感兴趣的几篇
下面是我的笔记。

Neural Architecture Search without Training
Joe Mellor · Jack Turner · Amos Storkey · Elliot Crowley

The time and effort involved in hand-designing deep neural networks is immense. We partially predict
a network's trained accuracy from its initial state.

【精读】
不训练就打分。
有代码。

Jingjing Xu · Liang Zhao · Junyang Lin · Rundong Gao · Xu SUN · Hongxia Yang

Searching for an architecture costs energy. A green neural architecture search, which we call KNAS,
ranks the candidates by a kernel of their gradients and trains only the few that are left.

以低碳为切入点。

就这些。谢谢阅读！
"""


class TestTheSheet:
    def test_is_no_json(self, shell: Shell) -> None:
        shell.write("page.txt", PAGE)
        assert shell("import", "page.txt", "-o", "reviews.json").code == 2

    def test_is_a_digest_that_can_be_attached(self, shell: Shell) -> None:
        shell.write("page.txt", PAGE)
        ran = shell("import", "page.txt", "--library", "sample.bib", "-o", "reviews.md")
        assert ran.code == 0, ran.err
        sheet = shell.read("reviews.md")
        assert "bibliography: sample.bib" in sheet
        assert "[@mellor21a]" in sheet
        assert "> 不训练就打分。\n> 有代码。" in sheet
        assert "[@xu21m]" in sheet  # no title on the page
        assert "谢谢" not in sheet
        attached = shell("attach", "reviews.md", "sample.bib", "--prefer", "sheet")
        assert attached.code == 0, attached.err
        assert "annote    = {不训练就打分。\n有代码。}" in shell.read()

    def test_is_yaml_where_the_output_is_called_so(self, shell: Shell) -> None:
        shell.write("page.txt", PAGE)
        assert shell("import", "page.txt", "-o", "reviews.yaml").code == 0
        first, second = yaml.safe_load(shell.read("reviews.yaml"))
        assert first["title"] == "Neural Architecture Search without Training"
        assert first["review"] == "不训练就打分。\n有代码。\n"
        assert "title" not in second
        assert second["review"] == "以低碳为切入点。\n"

    @pytest.mark.parametrize("name", ["reviews.md", "reviews.yaml"])
    def test_without_a_library_is_placed_when_attached(self, shell: Shell, name: str) -> None:
        shell.write("page.txt", PAGE)
        shell("import", "page.txt", "-o", name)
        ran = shell("attach", name, "sample.bib", "--dry-run", "--prefer", "sheet")
        assert ran.code == 0, ran.err
        assert {line.split(":")[0] for line in ran.err.splitlines()} == {
            "mellor21a",
            "xu21m",
            "sample.bib",
        }

    def test_goes_to_the_standard_output_and_comes_from_the_standard_input(
        self, shell: Shell
    ) -> None:
        ran = shell("import", "-", "--format", "yaml", stdin=PAGE)
        assert len(yaml.safe_load(ran.out)) == 2

    def test_is_not_written_over_somebody_s_edits(self, shell: Shell) -> None:
        shell.write("page.txt", PAGE)
        shell("import", "page.txt", "-o", "reviews.md")
        shell.write("reviews.md", shell.read("reviews.md") + "\nmine\n")
        assert shell("import", "page.txt", "-o", "reviews.md").code == 6
        assert shell("import", "page.txt", "-o", "reviews.md", "--force").code == 0


def test_a_listing_is_attached_without_a_sheet_between(shell: Shell) -> None:
    shell.write("page.txt", PAGE)
    ran = shell("attach", "page.txt", "sample.bib", "--prefer", "sheet")
    assert ran.code == 0, ran.err
    assert "annote    = {以低碳为切入点。}" in shell.read()


def test_a_page_says_nothing_of_what_it_does_not_mention(shell: Shell) -> None:
    """The library's priority stays where the page has a text alone."""
    shell("set", "sample.bib", "xu21m", "--priority", "skim", "--review", "")
    shell.write("page.txt", PAGE)
    shell("attach", "page.txt", "sample.bib", "--prefer", "sheet")
    found = json.loads(shell("list", "sample.bib", "--search", "key:xu21m", "--json").out)
    assert (found[0]["priority"], found[0]["review"]) == ("skim", "以低碳为切入点。")


@pytest.mark.parametrize(
    ("name", "data", "code", "said"),
    [
        ("gone.txt", None, 3, "does not exist"),
        ("empty.txt", b"", 2, "the file is empty"),
        ("noise.html", b"<html><script>x</script>" + bytes(range(256)), 2, "noise.html"),
    ],
)
def test_odd_pages_are_named(
    shell: Shell, name: str, data: bytes | None, code: int, said: str
) -> None:
    if data is not None:
        shell.path(name).write_bytes(data)
    ran = shell("import", name)
    assert (ran.code, said in ran.err, name in ran.err) == (code, True, True), ran.err


@pytest.mark.skipif(not SEED, reason="BIBNOTES_SEED_PAGE does not name the page")
def test_the_page_that_it_began_with(shell: Shell) -> None:
    ran = shell("import", SEED, "--library", "sample.bib", "-o", "reviews.yaml")
    assert ran.code == 0, ran.err
    papers = yaml.safe_load(shell.read("reviews.yaml"))
    assert len({paper["key"] for paper in papers}) == 16
    by_priority: dict[str | None, set[str]] = {}
    for paper in papers:
        by_priority.setdefault(paper.get("priority"), set()).add(paper["key"])
    assert by_priority["close-read"] == {"mellor21a", "zhang21s", "oymak21a"}
    assert by_priority["interesting"] == {"nayman21a", "zhao21d", "yan21c", "nguyen21d"}
    reviews = {paper["key"]: paper["review"] for paper in papers if "review" in paper}
    assert set(reviews) - by_priority["close-read"] - by_priority["interesting"] == {"xu21m"}
    page = [line.strip() for line in Path(SEED).read_text("utf-8").splitlines()]
    whole = "\n".join(filter(None, page))
    abstracts = {line for line in page if len(line) > 400}
    for review in reviews.values():
        lines = review.splitlines()
        assert "\n".join(lines) in whole  # whole lines, in order
        assert not abstracts & set(lines)
        assert not any(line.startswith(("搜索“", "posted @", "个人整理")) for line in lines)
