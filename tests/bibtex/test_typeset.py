r"""LaTeX typesets what ``typeset`` writes: a document that prints every annote compiles."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bibnotes.bibtex.reviewtext import typeset

LATIN_REVIEWS = {
    "specials": r"100 % of R&D, #1 in C_lib, a ~ b, x^2, 3 $ and 5 $, <b>|x|</b>, \"quoted\"",
    "commands": "\\end{document} \\input{nothing} \\undefined \\\\ \\ and a last \\",
    "braces": "} closes more {than it {opens",
    "at": "@article{not, an = {entry}}\n  @string{neither}\n\t@ alone",
    "list": "# Heading\n\n- one\n- two\n  1. three\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "code": "Run `echo $HOME_a$ {x} \\$y`:\n\n```sh\nfor f in *_*; do echo ${f%.*} #$; done\n```",
    "inline": r"It costs $O(n \log n)$, not $\{x : |x|_2 \le 1\}$; $a$, $b$5, $ c$ and \$d\$.",
    "display": "$$\n\\sum_{i=1}^{n} x_i^2\n$$ and $$\\begin{array}{cc}a & b\\\\c & d\\end{array}$$",
    "broken formulas": "$a % b$ $#1$ $x & y$ $\\{x}$ $}{$ $a\n\nb$ $a\n@b$ $$$ $$ $$ $ $\\$ $",
    "carets": "^^M ^^5c ^ ~ ~~struck~~ __bold__ *em* `` ''",
    "long": "unbroken_" * 200,
    "markup": "[link](https://example.org/a_b?c=d&e=%20#f) ![](x.png) <!-- {note} -->",
}
WIDE_REVIEWS = {
    "chinese": "想法:不训练就打分。\n\n- 分数 $s = \\log|K_H|$ 与精度相关\n- 代码:`a_net`,{未}公开",
    "emoji": "👍🏽 👩‍🔬 — naïve “quotes” … ½ €",
    "right-to-left": "מאמר {קצר} 50% مراجعة قصيرة_",
}

STYLE = r"""
ENTRY { annote author title } {} {}
FUNCTION {misc} {
  newline$ "\bibitem{" cite$ * "}" * write$ newline$
  author ". \emph{" * title * "}. " * annote * write$ newline$
}
READ
FUNCTION {begin} { "\begin{thebibliography}{9}" write$ newline$ }
EXECUTE {begin}
ITERATE {call.type$}
FUNCTION {end} { "\end{thebibliography}" write$ newline$ }
EXECUTE {end}
"""

DOCUMENT = r"""
\documentclass{article}
\begin{document}
%s
\nocite{*}
\bibliographystyle{annotated}
\bibliography{reviews}
\end{document}
"""

needs_latex = pytest.mark.skipif(
    not (shutil.which("bibtex") and shutil.which("xelatex")), reason="needs bibtex and xelatex"
)


def chinese_font() -> str | None:
    """The name of an installed font with Chinese characters."""
    if not shutil.which("fc-list"):
        return None
    fonts = run(Path(), "fc-list", ":lang=zh-cn:scalable=true", "family").splitlines()
    return min((font.split(",")[0] for font in fonts), default=None)


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    output = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, output
    return output


def compile_annotated(folder: Path, reviews: dict[str, str], font: str = "") -> str:
    """Print the reviews through bibtex and xelatex; return the log."""
    entries = [
        f"@misc{{k{number},\n  author = {{Doe, Jane}},\n  title = {{{name}}},\n"
        f"  annote = {{{typeset(text)}}}\n}}\n"
        for number, (name, text) in enumerate(reviews.items())
    ]
    select = rf'\font\body="{font}" at 10pt \body' if font else ""
    (folder / "reviews.bib").write_text("\n".join(entries), "utf-8")
    (folder / "annotated.bst").write_text(STYLE, "utf-8")
    (folder / "paper.tex").write_text(DOCUMENT % select, "utf-8")
    (folder / "paper.aux").write_text(
        "\\citation{*}\n\\bibstyle{annotated}\n\\bibdata{reviews}\n", "utf-8"
    )
    assert "Warning" not in run(folder, "bibtex", "paper")
    assert (folder / "paper.bbl").read_text("utf-8").count(r"\bibitem") == len(reviews)
    return run(folder, "xelatex", "-interaction=nonstopmode", "-halt-on-error", "paper")


@needs_latex
def test_latex_prints_reviews_full_of_special_characters(tmp_path: Path) -> None:
    compile_annotated(tmp_path, LATIN_REVIEWS)


@needs_latex
def test_latex_prints_reviews_in_other_scripts(tmp_path: Path) -> None:
    font = chinese_font()
    if font is None:
        pytest.skip("needs a font with Chinese characters and fc-list")
    log = compile_annotated(tmp_path, WIDE_REVIEWS, font)
    assert "There is no 想" not in log
