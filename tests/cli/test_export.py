from __future__ import annotations

import csv
import io
import json

import pytest

from tests import pandoc

from .conftest import Shell

REFS = """% Encoding: UTF-8
@string{press = {Press}}
@string{unused = {Unused}}
@misc{a, title = {=1+1}, publisher = press, annote = {想法 100 \\%}, keywords = {x, 精读}}
@misc{b, title = {B} oops}
@inproceedings{c, title = {C}, crossref = {p}}
@proceedings{p, title = {P}, publisher = press}
"""


def test_bibtex_is_the_chosen_entries_with_what_they_need(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    ran = shell("export", "refs.bib", "--priority", "精读")
    lines = REFS.splitlines(keepends=True)
    assert ran.out == "".join([lines[0], lines[1], "\n", lines[3]])
    ran = shell("export", "refs.bib", "--search", "key:c")
    assert ran.out == "".join([lines[0], lines[1], "\n", lines[5], lines[6]])


def test_every_paper_of_a_whole_file_gives_its_entries_back(shell: Shell) -> None:
    out = shell("export", "sample.bib").out
    assert out == shell.read()[shell.read().index("@") :]


def test_reviews_are_left_out(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    ran = shell("export", "refs.bib", "--search", "key:a", "--no-reviews")
    assert "@misc{a, title = {=1+1}, publisher = press, keywords = {x}}\n" in ran.out
    for form in ("csljson", "csv"):
        out = shell("export", "sample.bib", "--format", form, "--no-reviews").out
        assert "DARTS" in out
        for said in ("精读", "兴趣文章", "close-read", "外层调架构"):
            assert said not in out


def test_what_other_readers_say_is_left_out_with_the_reviews(shell: Shell) -> None:
    shell.write(
        "refs.bib", "@misc{a, title={A}, comment-ana={Hers}, keywords={x, 精读 (ana)}, comment={C}}"
    )
    ran = shell("export", "refs.bib", "--no-reviews")
    assert ran.out == "@misc{a, title={A}, keywords={x}}\n"


def test_a_paper_without_a_key_is_named_by_its_title(shell: Shell) -> None:
    shell.write("sheet.md", "---\nbibnotes: 1\n---\n\n### A tree\n\n> Good.\n")
    ran = shell("export", "sheet.md", "-o", "part.bib")
    assert ran.code == 7
    assert "it has no key (A tree)" in ran.err
    assert "part.bib: 0 papers" in ran.err
    assert "1 paper could not be exported" in ran.err


def test_the_language_of_priorities_is_chosen(shell: Shell) -> None:
    shell("digest", "sample.bib", "--priority", "精读", "-o", "digest.md")
    assert "keywords = {精读}" in shell("export", "digest.md", "--lang", "zh").out
    assert "keywords = {精读}" not in shell("export", "digest.md", "--lang", "en").out


def test_a_damaged_entry_is_named_and_the_rest_is_written(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    ran = shell("export", "refs.bib")
    assert ran.code == 7
    assert "refs.bib:5: b: left out: it is damaged" in ran.err
    assert "@misc{b" not in ran.out
    assert "@misc{a" in ran.out


def test_csl_json_has_the_record_and_the_review(shell: Shell) -> None:
    items = json.loads(shell("export", "sample.bib", "--format", "csljson").out)
    assert len(items) == 16
    mellor = next(item for item in items if item["id"] == "mellor21a")
    assert mellor["type"] == "paper-conference"
    assert mellor["page"] == "7588-7598"
    assert mellor["issued"] == {"date-parts": [[2021, 7]]}
    assert mellor["annote"].startswith("- **想法**")


@pandoc.needs_pandoc
def test_pandoc_cites_from_the_csl_json(shell: Shell) -> None:
    assert shell("export", "sample.bib", "--format", "csljson", "-o", "refs.json").code == 0
    page = pandoc.run(
        "---\nbibliography: refs.json\n---\n\n[@mellor21a]",
        *("--citeproc", "-t", "plain"),
        cwd=shell.folder,
    )
    assert "(Mellor et al. 2021)" in page
    assert "Neural Architecture Search" in page


def test_csv_opens_in_a_spreadsheet(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    out = shell("export", "refs.bib", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert [row["key"] for row in rows] == ["a", "b", "c", "p"]
    assert rows[0]["title"] == "'=1+1"
    assert (rows[0]["priority"], rows[0]["review"]) == ("close-read", "想法 100 %")


@pytest.mark.parametrize(
    ("form", "nothing"), [("bibtex", ""), ("csljson", "[]\n"), ("csv", "\ufeffkey,")]
)
def test_no_paper_is_an_empty_export(shell: Shell, form: str, nothing: str) -> None:
    ran = shell("export", "sample.bib", "--search", "nowhere", "--format", form)
    assert ran.code == 0
    assert ran.out.startswith(nothing)
    assert "no paper was found" in ran.err


def test_the_bytes_of_the_file_are_kept(shell: Shell) -> None:
    data = "\ufeff@misc{k,\r\n  title = {架构}\r\n}\r\n"
    shell.write("crlf.bib", data)
    assert shell("export", "crlf.bib").out == data
    shell.path("gbk.bib").write_bytes("@misc{k, title = {神经网络架构搜索的综述}}\n".encode("gbk"))
    assert shell("export", "gbk.bib", "-o", "out.bib").code == 0
    assert shell.path("out.bib").read_bytes() == shell.path("gbk.bib").read_bytes()


def test_an_export_is_never_written_over_its_own_library(shell: Shell) -> None:
    before = shell.read()
    assert shell("export", "sample.bib", "-o", "sample.bib", "--force").code == 2
    assert shell.read() == before


def test_an_edited_export_is_kept(shell: Shell) -> None:
    assert shell("export", "sample.bib", "-o", "part.bib").err == "part.bib: 16 papers\n"
    shell.write("part.bib", shell.read("part.bib") + "% mine\n")
    assert shell("export", "sample.bib", "-o", "part.bib").code == 6


def test_a_sheet_is_exported_as_far_as_it_knows(shell: Shell) -> None:
    shell("digest", "sample.bib", "-o", "digest.md")
    items = json.loads(shell("export", "digest.md", "--format", "csljson").out)
    assert {"mellor21a", "xu21m"} <= {item["id"] for item in items}
    ran = shell("export", "digest.md", "--search", "key:xu21m")
    assert ran.code == 0
    assert "author = {Xu, Jingjing and Zhao, Liang" in ran.out
    assert "annote = {- 梯度核假设" in ran.out


def test_a_closed_pipe_ends_quietly(shell: Shell) -> None:
    shell.write("many.bib", "".join(f"@misc{{k{n}, title = {{T}}}}\n" for n in range(5_000)))
    for form in ("bibtex", "csljson", "csv"):
        ran = shell.script(f"python -m bibnotes export many.bib --format {form} | head -n 1")
        assert ran.err == ""
