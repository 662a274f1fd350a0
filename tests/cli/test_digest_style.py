"""Digests as annotated bibliographies, read back by pandoc from each kind of document."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests import latex, pandoc

from .conftest import Shell

STYLES = Path(__file__).parents[1] / "data" / "citing"
NAMED = Path("/usr/share/citation-style-language/styles")
needs_named_styles = pytest.mark.skipif(
    not NAMED.is_dir(), reason="citation-style-language-styles is not installed"
)
SHORT = ["--style", str(STYLES / "short.csl")]
NUMBERED = ["--style", str(STYLES / "numbered.csl")]

REFS = r"""
@article{k, title = {A $x^2$ <b> \& *b*}, author = {王, 小明}, year = 2021,
  annote = {想法 \% $y$ \textbackslash{}end\textbraceleft{}document\textbraceright{} <i>

- 一
- 二}}
@misc{l, title = {No Year}, keywords = {精读}}
"""


@pandoc.needs_pandoc
def test_each_paper_is_its_reference_followed_by_its_review(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    out = shell("digest", "refs.bib", *SHORT).out
    assert (
        out
        == r"""---
title: "Reading digest: refs.bib"
---
2 papers: 1 close read, 1 reviewed

## Close read (1)

*No year*.

## Reviewed (1)

王小明. *A $x^2$ &lt;b&gt; & \*b\**. 2021.

> 想法 % $y$ \end{document} <i>
>
> - 一
> - 二
"""
    )


@pandoc.needs_pandoc
def test_numbers_follow_the_order_of_the_digest(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    shell.write("more.bib", "@misc{m, title={More}, keywords={精读}}")
    out = shell("digest", "refs.bib", "more.bib", *NUMBERED).out
    assert [line for line in out.splitlines() if line.startswith("\\[")] == [
        r"\[1\] No Year.",
        r"\[2\] More.",
        r"\[3\] A $x^2$ &lt;b&gt; & \*b\*.",
    ]


@pandoc.needs_pandoc
@pytest.mark.parametrize("ending", ["html", "htm", "docx", "odt", "epub"])
def test_a_document_says_what_the_markdown_says(shell: Shell, ending: str) -> None:
    shell.write("refs.bib", REFS)
    ran = shell("digest", "refs.bib", *SHORT, "--lang", "zh", "-o", f"out.{ending}")
    assert (ran.code, ran.err) == (0, f"out.{ending}: 2 papers\n")
    said = pandoc.run("", f"{shell.folder}/out.{ending}", "-t", "plain", "--wrap", "none")
    for text in ("精读 (1)", "王小明. A", "想法 %", "\\end{document} <i>", "-   二"):
        assert text in said


@pandoc.needs_pandoc
@latex.needs("xelatex", "pdftotext", files=("pzdr.tfm", "lmodern.sty"))
@latex.needs_font
def test_a_pdf_prints_chinese(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    ran = shell("digest", "refs.bib", *SHORT, "-o", "out.pdf")
    assert (ran.code, ran.err) == (0, "out.pdf: 2 papers\n")
    printed = subprocess.run(
        ["pdftotext", "out.pdf", "-"], cwd=shell.folder, capture_output=True, check=True
    ).stdout.decode()
    assert "王小明. A" in printed
    assert "想法 %" in printed


def test_other_documents_need_a_style(shell: Shell) -> None:
    ran = shell("digest", "sample.bib", "-o", "out.docx")
    assert (ran.code, "--style" in ran.err) == (2, True)
    assert shell("digest", "sample.bib", *SHORT, "--format", "json").code == 2
    assert "JSON" in shell("digest", "sample.bib", "--format", "json", "-o", "a.docx").err


def test_no_document_is_written_under_a_name_that_lies(shell: Shell) -> None:
    ran = shell("digest", "sample.bib", *SHORT, "-o", "out.doc")
    assert (ran.code, ".docx" in ran.err, shell.path("out.doc").exists()) == (2, True, False)


def test_a_style_must_be_named(shell: Shell) -> None:
    assert shell("digest", "sample.bib", "--style", "").code == 2
    assert shell("cite", "sample.bib", "mellor21a", "--style", "").code == 2


def test_without_pandoc_there_is_a_word(shell: Shell) -> None:
    ran = shell("digest", "sample.bib", *SHORT, PATH="/nowhere")
    assert (ran.code, ran.out) == (1, "")
    assert "https://pandoc.org" in ran.err


@pandoc.needs_pandoc
@needs_named_styles
@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("apa", """Doe, J., et al. (2020). A "b" 'c' it’s -- d ..."""),
        ("ieee", """J. Doe et al., “A "b" 'c' it’s -- d ...” J, 2020."""),
        ("chicago-author-date", """Doe, Jane, et al. 2020. “A "b" 'c' It’s -- d ...” J."""),
        (
            "china-national-standard-gb-t-7714-2015-numeric",
            """DOE J. 等. A "b" 'c' it’s -- d ...[J]""",
        ),
    ],
)
def test_other_authors_and_quotes_are_as_the_style_has_them(
    shell: Shell, style: str, said: str
) -> None:
    fields = "author={Doe, Jane and others}, journal={J}, year=2020"
    title = "A \"b\" 'c' it's {-}{-} d ..."
    shell.write("x.bib", f"@article{{k, {fields}, title={{{title}}}}}")
    marked = shell("cite", "x.bib", "k", "--style", style, "--as", "markdown").out
    read = pandoc.run(marked, "-t", "plain", "--wrap", "none")
    assert read.replace("\xa0", " ").startswith(said)


@pandoc.needs_pandoc
def test_no_paper_is_an_empty_bibliography(shell: Shell) -> None:
    ran = shell("digest", "sample.bib", "--search", "nowhere", *SHORT)
    assert ran.out.endswith("0 papers\n")


@pandoc.needs_pandoc
@needs_named_styles
@pytest.mark.parametrize(
    ("style", "reference"),
    [
        ("apa", "Osborne, M. A. (2021). Optimal transport kernels for sequential and parallel"),
        ("ieee", "M. A. Osborne, “Optimal transport kernels for sequential and parallel neural"),
        (
            "china-national-standard-gb-t-7714-2015-numeric",
            r"等. Optimal Transport Kernels for Sequential and Parallel Neural Architecture",
        ),
    ],
)
def test_styles_are_known_by_name(shell: Shell, style: str, reference: str) -> None:
    assert reference in shell("digest", "sample.bib", "--style", style).out


@pandoc.needs_pandoc
@needs_named_styles
@pytest.mark.parametrize(
    ("style", "reference"),
    [
        ("apa", "王小明, & 李四. (2020). 神经网络架构搜索. *计算机学报*, *1*(2), 3–4."),
        (
            "ieee",
            r"\[1\] 王小明 and 李四, “神经网络架构搜索,” *计算机学报*, vol. 1, no. 2, pp. 3–4",
        ),
        (
            "china-national-standard-gb-t-7714-2015-numeric",
            r"\[1\] 王小明. 李四. 神经网络架构搜索\[J\]. 计算机学报, 2020, 1(2): 3-4.",
        ),
    ],
)
def test_chinese_references_are_whole_in_every_style(
    shell: Shell, style: str, reference: str
) -> None:
    shutil.copy(STYLES / "kinds.bib", shell.folder)
    assert reference in shell("digest", "kinds.bib", "--search", "key:z1", "--style", style).out
