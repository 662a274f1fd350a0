"""bibnotes import: a page of papers and remarks becomes a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from .. import files
from ..digest import markdown
from ..digest.build import build, default_title
from ..errors import PartialError, UsageError
from ..library import Library
from ..match import Pairing, pair
from ..model import Problem, Review
from ..sheets.front_matter import YAML_NAMES, is_sheet
from ..sheets.reviews import read_page
from ..sheets.statement import Statement
from ..sheets.yaml import render_yaml
from . import destination, libraries, options, pairs
from .completing import TYPES
from .environment import Environment, counted, read_input, say, say_all
from .plan_lines import doubt_lines, unplaced_lines


@click.command(name="import")
@click.argument("listing", type=TYPES["file"])
@click.option("--library", metavar="FILE", help="Pair the papers with this library's.")
@options.pair
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "yaml"]),
    help="What to write; else the name of the output says it, else markdown.",
)
@options.language
@options.output
@options.force
def command(
    listing: str,
    library: str | None,
    wishes: Sequence[str],
    form: Literal["markdown", "yaml"] | None,
    lang: str | None,
    output: str | None,
    force: bool,
) -> None:
    """Turn LISTING, a page of papers with what somebody wrote about them, into a sheet.

    The page is plain text, Markdown or HTML: for each paper a title, the authors, the abstract and
    a few lines, in no fixed form. With --library the papers get their citation keys. The sheet can
    be edited, and attached.

    \b
    bibnotes import page.txt -o reviews.md
    bibnotes import saved.html --library refs.bib -o reviews.yaml
    """
    environment = Environment.of_process()
    scale, language = environment.settings.scale, environment.language(lang)
    if wishes and not library:
        raise UsageError("--pair is about a library", "Name it with --library.")
    raw = files.read(Path(listing)) if listing != "-" else read_input()
    _require_page(listing, raw)
    page = read_page(listing, raw, scale)
    say_all(page.problems)
    _say_left_out(listing, page.remarks)
    statements, pairing = page.statements, None
    opened = libraries.opened(environment, library) if library else None
    if opened:
        papers = [statement.paper for statement in statements]
        pairing = _paired(statements, opened, pairs.wished(wishes, papers, opened), environment)
        statements = _filled(statements, pairing)
    if output and output.lower().endswith(".json"):
        raise UsageError("A sheet is Markdown or YAML", "Name it .md or .yaml.")
    target = destination.of(output, [opened] if opened else [], [listing])
    if form == "yaml" or (form is None and output and output.lower().endswith(YAML_NAMES)):
        text = render_yaml(statements, scale=scale, language=language)
    else:
        text = _markdown(listing, statements, opened, target, environment, lang)
    destination.write([text], target, len(statements), force=force)
    if pairing and pairing.doubts:
        raise PartialError(
            f"{counted(len(pairing.doubts), 'paper')} could not be paired for certain",
            "Say which one is meant with --pair LINE=KEY, or write its key into the sheet.",
        )


def _require_page(name: str, raw: bytes) -> None:
    ending = Path(name).suffix.lower()
    if is_sheet(raw) or ending in YAML_NAMES:
        raise UsageError(f"{name} is a sheet already", "Attach it: bibnotes attach SHEET LIBRARY.")
    if ending == ".bib":
        raise UsageError(f"{name} is a BibTeX file", "A listing is a page, as text or HTML.")


def _say_left_out(name: str, remarks: Sequence[Problem]) -> None:
    if remarks:
        lines = counted(len(remarks), "line")
        say(f"{name}: {lines} about no paper left out, the first being: {remarks[0].message}")


def _paired(
    statements: Sequence[Statement],
    library: Library,
    chosen: dict[str, str],
    environment: Environment,
) -> Pairing:
    """The pairs; what is in doubt is asked on a terminal, else told."""
    papers, held = [each.paper for each in statements], list(library.papers())
    found = pair(papers, held, chosen)
    if found.doubts and environment.asks:
        found = pair(papers, held, chosen | pairs.asked(found.doubts))
    for doubt in found.doubts:
        say_all(doubt_lines(doubt))
    say_all(unplaced_lines(found.unmatched_left, library.name))
    return found


def _filled(statements: Sequence[Statement], pairing: Pairing) -> list[Statement]:
    """The statements, with what the library knows of the papers that are paired."""
    by_paper = {id(found.left): found.right for found in pairing.pairs}
    return [
        replace(each, paper=replace(by_paper[id(each.paper)], review=each.paper.review))
        if id(each.paper) in by_paper
        else each
        for each in statements
    ]


def _markdown(
    name: str,
    statements: Sequence[Statement],
    library: Library | None,
    target: Path | None,
    environment: Environment,
    lang: str | None,
) -> str:
    """The papers as a digest that was made from no review: all that it says is news."""
    language = environment.language(lang)
    digest = build(
        (statement.paper for statement in statements),
        scale=environment.settings.scale,
        language=language,
        title=default_title([Path(name).name], language),
    )
    citable = libraries.citable([library]) if library else []
    return "".join(
        markdown.render(
            digest,
            bibliography=libraries.beside(citable, target),
            abstracts=library is None,
            base=Review(),
        )
    )
