"""bibnotes export: chosen papers as BibTeX, CSL-JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import click

from .. import csl, exports, papers_csv
from ..digest.papers_json import encode
from ..errors import PartialError
from ..library import Library
from ..model import Paper, Problem
from . import destination, libraries, options, zotero_options
from .completing import TYPES
from .environment import Environment, counted, say, say_all, say_problems
from .zotero_options import Choice

_Form = Literal["bibtex", "csljson", "csv"]


@click.command(name="export")
@click.argument("library", type=TYPES["library"], metavar="[LIBRARY]", required=False)
@options.filters
@zotero_options.reading
@click.option(
    "--format",
    "form",
    type=click.Choice(["bibtex", "csljson", "csv"]),
    default="bibtex",
    show_default=True,
    help="What to write.",
)
@click.option("--no-reviews", is_flag=True, help="Leave out reviews and priorities.")
@options.language
@options.output
@options.force
def command(
    library: str | None,
    search: str,
    priorities: Sequence[str],
    year: str | None,
    zotero: Choice,
    form: _Form,
    no_reviews: bool,
    lang: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Write just the chosen papers, for a document that cites them or for another program.

    From a .bib file, BibTeX is its entries byte for byte, with the macros, parents and preambles
    that they need. CSV is for spreadsheets: what one would take for a formula begins with ' there.

    \b
    bibnotes export refs.bib --priority close-read -o paper.bib
    bibnotes export refs.bib --search "author:zhang" --format csljson --no-reviews
    bibnotes export refs.bib --year 2021 --format csv -o papers.csv
    """
    environment = Environment.of_process()
    wanted = options.chosen(environment, search, priorities, year)
    source = libraries.one_opened(environment, library, zotero)
    target = destination.of(output, [source])
    papers = list(libraries.papers([source], wanted, abstracts=form != "csv"))
    data, left_out = _exported(environment, source, papers, form, lang, not no_reviews)
    destination.write(data, target, exports.held(papers, left_out), force=force)
    if not papers:
        say(f"{source.name}: no paper was found")
    say_problems(source)
    say_all(left_out)
    if left_out:
        raise PartialError(f"{counted(len(left_out), 'paper')} could not be exported")


def _exported(
    environment: Environment,
    source: Library,
    papers: Sequence[Paper],
    form: _Form,
    lang: str | None,
    with_reviews: bool,
) -> tuple[Iterable[str] | bytes, Sequence[Problem]]:
    """The papers in that form, and what had to be left out."""
    scale = environment.settings.scale
    if not with_reviews:
        papers = [exports.unreviewed(paper, scale) for paper in papers]
    if form == "csljson":
        return [encode(csl.items(source, papers)), "\n"], []
    if form == "csv":
        return papers_csv.render(papers, with_reviews=with_reviews), []
    language = environment.language(lang)
    return exports.bibtex(source, papers, scale, language, with_reviews=with_reviews)
