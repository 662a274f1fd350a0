"""bibnotes export: chosen papers as BibTeX, CSL-JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import click

from .. import csl, papers_csv
from ..bibtex.library import BibLibrary
from ..digest.papers_json import encode
from ..errors import PartialError, UsageError
from ..library import Library
from ..model import Paper, Problem, Review
from ..scale import Scale
from . import destination, libraries, options, zotero_options
from .environment import Environment, counted, say, say_problems
from .zotero_options import Choice

_Form = Literal["bibtex", "csljson", "csv"]


@click.command(name="export")
@click.argument("library", metavar="[LIBRARY]", required=False)
@options.filters
@zotero_options.zotero
@click.option(
    "--format",
    "form",
    type=click.Choice(["bibtex", "csljson", "csv"]),
    default="bibtex",
    show_default=True,
    help="What to write.",
)
@click.option("--no-reviews", is_flag=True, help="Leave out reviews and priorities.")
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
    papers = list(libraries.papers([source], wanted, abstracts=form == "csljson"))
    data, left_out = _exported(environment.settings.scale, source, papers, form, not no_reviews)
    destination.write(data, target, len(papers), force=force)
    if not papers:
        say(f"{source.name}: no paper was found")
    say_problems(source)
    for problem in left_out:
        say(str(problem))
    if left_out:
        raise PartialError(f"{counted(len(left_out), 'entry')} could not be exported")


def _exported(
    scale: Scale, source: Library, papers: Sequence[Paper], form: _Form, with_reviews: bool
) -> tuple[Iterable[str] | bytes, Sequence[Problem]]:
    """The papers in that form, and what had to be left out."""
    if form == "bibtex":
        if not isinstance(source, BibLibrary):
            raise UsageError(
                f"{source.name} is no .bib file and has no BibTeX",
                "Export it as csljson, or the .bib file that it speaks of.",
            )
        return source.excerpt(papers, with_reviews=with_reviews)
    if not with_reviews:
        papers = [_unreviewed(paper, scale) for paper in papers]
    if form == "csljson":
        return [encode(csl.items(source, papers)), "\n"], []
    return papers_csv.render(papers, with_reviews=with_reviews), []


def _unreviewed(paper: Paper, scale: Scale) -> Paper:
    keywords = tuple(word for word in paper.keywords if not scale.by_tag(word))
    return replace(paper, review=Review(), keywords=keywords)
