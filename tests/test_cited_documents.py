"""Documents that cite what was exported: what pandoc, bibtex, biber and LaTeX say of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import latex, pandoc
from tests.cli.conftest import Shell, shell

__all__ = ["shell"]  # the fixture

LATEX_KEYS = ["x--y", "DBLP:conf/icml/X21", "a/b", "王2021", "p.q:", "-d", "e+f"]
KEYS = [*LATEX_KEYS, "it's"]  # biber takes no apostrophe
SPECIAL = r"""A *b* \_d\_ \$5 and \$6 `e' | f\# @g [h] (i) <j> \& k~l \textbackslash{} \^{}m
  $x_1^2$ \textasciitilde{} --- ``q'' 1. n> {\bfseries o} !p + - = ... http://a\_b"""
REFS = "\n".join(
    [
        r"@preamble{ {\providecommand{\noop}[1]{}} }",
        "@string{press = {Example Press}}",
        "@string{publisher = press # {, Town}}",
        *(
            f"@inproceedings{{{key},\n  author = {{王, 小明 and Doe, Jane}},\n"
            f"  title = {{{SPECIAL}}},\n  crossref = {{the-proceedings}},\n"
            f"  pages = {{{number}--{number + 1}}},\n"
            "  annote = {想法 100\\% of $x$, see a\\_b}\n}\n"
            for number, key in enumerate(KEYS, 1)
        ),
        "@article{left-out, author = {Roe, Rick}, title = {Left Out}, journal = {J}, year = 2020}",
        "@proceedings{the-proceedings, editor = {Ed, Eve}, title = {Proceedings of Things},",
        "  booktitle = {Proceedings of Things}, year = 2021, publisher = publisher}",
    ]
)


@pandoc.needs_pandoc
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("place", ["digest.md", "deep/er/摘要 1.md"])
def test_pandoc_cites_every_paper_of_a_digest(shell: Shell, place: str, language: str) -> None:
    """With keys and titles of every kind, and the digest in another folder than the library."""
    shell.write("refs.bib", REFS)
    target = shell.path(place)
    target.parent.mkdir(parents=True, exist_ok=True)
    assert shell("digest", "refs.bib", "-o", place, "--lang", language).code == 0
    page = pandoc.run(
        target.read_text("utf-8"), *pandoc.STRICTLY, "-M", f"lang={language}", cwd=target.parent
    )
    assert page.count("Example Press, Town") >= len(KEYS)  # in the list of references
    assert "(Roe 2020)" in page


@pandoc.needs_pandoc
def test_pandoc_cites_from_every_kind_of_export(shell: Shell) -> None:
    shell.write("refs.bib", REFS)
    cited = shell("cite", "refs.bib", "--", *KEYS).out
    for name, form in {"part.bib": "bibtex", "part.json": "csljson"}.items():
        words = ["--search", "author:doe", "--format", form, "-o", name]
        assert shell("export", "refs.bib", *words).code == 0
        document = f"---\nbibliography: {name}\n---\n\n{cited}"
        page = pandoc.run(document, *pandoc.STRICTLY, cwd=shell.folder)
        assert page.count("Proceedings of Things") == len(KEYS)
        assert "Left Out" not in page


PLAIN = r"""\documentclass{article}
\usepackage{fontspec}
\setmainfont{\cjkfont}
\begin{document}
%s
\bibliographystyle{plain}
\bibliography{part}
\end{document}
"""
BIBLATEX = r"""\documentclass{article}
\usepackage{fontspec}
\setmainfont{\cjkfont}
\XeTeXlinebreaklocale "zh"
\usepackage[backend=biber,style=reading,entryhead=false]{biblatex}
\addbibresource{part.bib}
\DeclareFieldFormat{annotation}{\typeout{printed review: \thefield{entrykey}}#1}
\begin{document}
%s
\printbibliography
\end{document}
"""


def written(shell: Shell, document: str, *words: str) -> Path:
    """A document that cites all papers, beside the export that holds them."""
    shell.write("refs.bib", REFS.replace("it's", "its"))
    cited = shell("cite", "refs.bib", "--as", "latex", "--", *LATEX_KEYS).out
    shell.write("paper.tex", document % cited)
    ran = shell("export", "refs.bib", "--search", "author:doe", "-o", "part.bib", *words)
    assert ran.code == 0, ran.err
    return shell.folder


@latex.needs("xelatex", "bibtex", files=("plain.bst", "fontspec.sty"))
@latex.needs_font
def test_latex_cites_an_export_with_bibtex(shell: Shell) -> None:
    folder = written(shell, PLAIN)
    log = latex.typeset(folder, "paper", "xelatex", "bibtex", rf"\def\cjkfont{{{latex.FONT}}}")
    assert latex.warnings(log) == []
    bbl = (folder / "paper.bbl").read_text("utf-8")
    assert re.findall(r"\\bibitem\{(.*)\}", bbl).count("the-proceedings") == 1  # cited by many
    assert bbl.count(r"\bibitem") == len(LATEX_KEYS) + 1
    assert "Example Press, Town" in bbl


@latex.needs("xelatex", "biber", files=("biblatex.sty", "fontspec.sty"))
@latex.needs_font
@pytest.mark.parametrize(("words", "reviews"), [([], len(LATEX_KEYS)), (["--no-reviews"], 0)])
def test_latex_cites_an_export_with_biber_and_prints_its_reviews(
    shell: Shell, words: list[str], reviews: int
) -> None:
    folder = written(shell, BIBLATEX, *words)
    log = latex.typeset(folder, "paper", "xelatex", "biber", rf"\def\cjkfont{{{latex.FONT}}}")
    assert latex.warnings(log) == []
    printed = re.findall(r"^printed review: (.*)$", log, re.MULTILINE)
    assert len(printed) == reviews
