from __future__ import annotations

import json

from .conftest import Shell


def test_the_digest_of_the_sample_groups_by_priority(shell: Shell) -> None:
    ran = shell("digest", "sample.bib")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:6] == [
        "---",
        'title: "Reading digest: sample.bib"',
        "bibliography: sample.bib",
        "bibnotes: 1",
        "---",
        "16 papers: 3 close read, 4 interesting, 1 reviewed, 8 not yet reviewed",
    ]
    assert [line for line in lines if line.startswith("## ")] == [
        "## Close read (3)",
        "## Interesting (4)",
        "## Reviewed (1)",
        "## Not yet reviewed (8)",
    ]


def test_a_search_in_chinese_opens_like_the_page_it_began_with(shell: Shell) -> None:
    out = shell("digest", "sample.bib", "--lang", "zh", "--search", "Architecture").out
    assert "\n搜索“Architecture”得到的16篇\n" in out


def test_the_same_papers_give_the_same_bytes(shell: Shell) -> None:
    assert shell("digest", "sample.bib").out == shell("digest", "sample.bib").out


def test_filters_choose_papers(shell: Shell) -> None:
    words = ["--search", "author:oymak", "--priority", "精读", "--year", "2019-2021"]
    out = shell("digest", "sample.bib", *words).out
    assert "[@oymak21a]" in out
    assert "1 paper: 1 close read" in out


def test_a_review_is_searched_in_its_own_words(shell: Shell) -> None:
    assert "[@xu21m]" in shell("digest", "sample.bib", "--search", "review:梯度核假设").out


def test_json_has_title_counts_and_groups(shell: Shell) -> None:
    digest = json.loads(shell("digest", "sample.bib", "--format", "json").out)
    assert set(digest) == {"title", "counts", "groups"}
    first = digest["groups"][0]
    assert (first["id"], first["label"]) == ("close-read", "Close read")
    assert " ".join(first["papers"][0]) == (
        "key made_up_key type title authors year venue abstract doi url keywords priority review"
        " source"
    )
    assert first["papers"][0]["source"] == {"file": "sample.bib", "line": 24}


def test_abstracts_are_printed_on_request(shell: Shell) -> None:
    words = ["digest", "sample.bib", "--search", "key:xu21m"]
    assert "gradients of a randomly" not in shell(*words).out
    assert "gradients of a randomly" in shell(*words, "--abstract").out


def test_papers_are_grouped_by_year_and_sorted(shell: Shell) -> None:
    out = shell("digest", "sample.bib", "--group-by", "year", "--sort", "key", "--reverse").out
    assert "## 2021 (16)" in out
    assert out.index("@zietlow21a") < out.index("@abeyrathna21a")


def test_several_files_are_one_digest(shell: Shell) -> None:
    shell.write("more.bib", "@misc{more, title = {More}, keywords = {skim}}")
    out = shell("digest", "sample.bib", "more.bib").out
    assert "17 papers" in out
    assert "bibliography:\n  - sample.bib\n  - more.bib\n" in out


def test_the_bibliography_is_relative_to_the_file_written(shell: Shell) -> None:
    shell.path("out").mkdir()
    ran = shell("digest", "sample.bib", "-o", "out/digest.md", "--title", "Mine")
    assert (ran.code, ran.out, ran.err) == (0, "", "out/digest.md: 16 papers\n")
    assert 'title: "Mine"\nbibliography: ../sample.bib\n' in shell.read("out/digest.md")


def test_an_edited_digest_is_not_overwritten_unasked(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "d.md")
    before = shell.path("d.md").stat().st_mtime_ns
    assert shell("digest", "sample.bib", "-o", "d.md").code == 0
    assert shell.path("d.md").stat().st_mtime_ns == before
    assert shell("digest", "sample.bib", "-o", "d.md", "--abstract").code == 0
    shell.write("d.md", shell.read("d.md") + "\nmy own words\n")
    ran = shell("digest", "sample.bib", "-o", "d.md")
    assert (ran.code, "d.md was edited" in ran.err) == (6, True)
    assert "my own words" in shell.read("d.md")
    assert shell("digest", "sample.bib", "-o", "d.md", "--force").code == 0
    assert "my own words" not in shell.read("d.md")


def test_damage_is_named_and_the_rest_is_printed(shell: Shell) -> None:
    shell.write("bad.bib", "@misc{a, title={A}}\n@misc{b, title={B} oops}\n@misc{c, title={C}}\n")
    ran = shell("digest", "bad.bib")
    assert ran.code == 0
    assert "3 papers" in ran.out
    assert ran.err == (
        "bad.bib:2: b: the rest of the entry is not read: a comma or a } is missing\n"
    )


def test_titles_cannot_reach_the_terminal_or_the_markup(shell: Shell) -> None:
    shell.write("x.bib", "@misc{k, title={a *b* <script> \x1b[31m| c}, author={A \x1b]0;x}}")
    for command in ("digest", "list"):
        out = shell(command, "x.bib").out
        assert "\x1b" not in out
    assert "a \\*b\\* \\<script>" in shell("digest", "x.bib").out


def test_a_digest_is_never_written_over_its_own_library(shell: Shell) -> None:
    before = shell.read()
    ran = shell("digest", "sample.bib", "-o", "./sample.bib", "--force")
    assert (ran.code, "is the library itself" in ran.err) == (2, True)
    assert shell.read() == before


def test_a_write_that_failed_does_not_look_like_an_edit(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "d.md")
    command = "ulimit -f 1; exec python -m bibnotes digest sample.bib --abstract -o d.md"
    failed = shell.script(command)
    assert failed.code == 1
    assert shell("digest", "sample.bib", "--abstract", "-o", "d.md").code == 0


def test_several_digests_in_one_folder_do_not_meet(shell: Shell) -> None:
    one = "python -m bibnotes digest sample.bib"
    ran = shell.script(f"{one} -o a.md & {one} -o b.md & {one} -o c.md & wait")
    assert ran.err.count(": 16 papers") == 3


def test_a_folder_is_no_place_for_a_digest(shell: Shell) -> None:
    shell.path("sub").mkdir()
    assert shell("digest", "sample.bib", "-o", "sub").code == 2
    assert sorted(path.name for path in shell.folder.iterdir()) == ["sample.bib", "sub"]


def test_an_output_that_cannot_be_written_is_named(shell: Shell) -> None:
    ran = shell.script("python -m bibnotes digest sample.bib > /dev/full")
    assert (ran.code, "no space" in ran.err.lower()) == (1, True)
    assert shell.script("python -m bibnotes digest sample.bib >&-").err == ""


def test_a_digest_can_bring_its_own_bibliography(shell: Shell) -> None:
    shell.path("out").mkdir()
    ran = shell(
        *("digest", "sample.bib", "--priority", "精读"),
        *("-o", "out/d.md", "--bibliography", "out/refs.bib"),
    )
    assert (ran.code, ran.err) == (0, "out/refs.bib: 3 papers\nout/d.md: 3 papers\n")
    assert "\nbibliography: refs.bib\n" in shell.read("out/d.md")
    assert shell.read("out/refs.bib").count("@inproceedings") == 3
    ran = shell("digest", "sample.bib", "--bibliography", "out/refs.json")
    assert "\nbibliography: out/refs.json\n" in ran.out


def test_papers_that_a_bibliography_lacks_are_named(shell: Shell) -> None:
    shell.write("refs.bib", "@misc{a, title={A}}\n@misc{b, title={B} oops}")
    ran = shell("digest", "refs.bib", "-o", "d.md", "--bibliography", "part.bib")
    assert ran.code == 7
    assert "part.bib: 1 paper\n" in ran.err
    assert "b: left out" in ran.err
    assert "part.bib" in shell.read("d.md")


def test_a_bibliography_that_pandoc_cannot_read_is_said(shell: Shell) -> None:
    shell.write("refs.bib", "@misc{hash#k, title={A}}\n@misc{a:b, title={B}}")
    ran = shell("digest", "refs.bib", "-o", "d.md", "--bibliography", "part.bib")
    assert "because of hash#k\n" in ran.err
    assert "--bibliography part.json" in ran.err
    ran = shell("digest", "refs.bib", "-o", "d.md", "--bibliography", "part.json")
    assert (ran.code, "pandoc" in ran.err) == (0, False)


def test_a_digest_and_its_bibliography_are_both_written_or_neither(shell: Shell) -> None:
    ran = shell("digest", "sample.bib", "-o", "x.md", "--bibliography", "./x.md")
    assert (ran.code, shell.path("x.md").exists()) == (2, False)
    shell.write("mine.md", "Mine")
    ran = shell("digest", "sample.bib", "-o", "mine.md", "--bibliography", "part.bib")
    assert (ran.code, shell.path("part.bib").exists()) == (6, False)
