"""bibnotes digest: the papers of a library, grouped by priority, as Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

import click

from ..citing import annotated, documents
from ..digest import markdown
from ..digest.build import build, default_title
from ..digest.papers_json import digest_json, encode
from ..errors import UsageError
from . import destination, libraries, options, zotero_options
from .environment import Environment, say, say_problems
from .zotero_options import Choice


@click.command(name="digest")
@click.argument("files", metavar="[LIBRARY]...", nargs=-1)
@options.filters
@zotero_options.zotero
@click.option(
    "--group-by",
    type=click.Choice(["priority", "year"]),
    default="priority",
    show_default=True,
    help="What the headings are; only a digest by priority can be attached with priorities.",
)
@options.sort
@options.reverse
@click.option("--abstract", is_flag=True, help="Print the abstracts too.")
@click.option("--title", help="The digest's title.")
@options.style
@options.language
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
    help="What to print.",
)
@options.output
@options.force
def command(
    files: Sequence[str],
    search: str,
    priorities: Sequence[str],
    year: str | None,
    zotero: Choice,
    group_by: Literal["priority", "year"],
    sort: Literal["file", "key", "author", "title", "year"],
    reverse: bool,
    abstract: bool,
    title: str | None,
    style: str | None,
    lang: str | None,
    form: Literal["markdown", "json"],
    output: str | None,
    force: bool,
) -> None:
    """Print the papers of a library, grouped by priority, with their reviews.

    The Markdown is a valid pandoc document that cites every paper, and a sheet: edit it and
    attach it. With --style it is an annotated bibliography instead, each paper as its formatted
    reference with the review below; FILE may then end in .html, .docx, .odt or .pdf.

    \b
    bibnotes digest refs.bib
    bibnotes digest refs.bib --search Architecture --lang zh -o digest.md
    bibnotes digest refs.bib --style apa -o reviews.docx
    bibnotes digest refs.bib other.bib --year 2019-2021 --format json
    """
    _require_sense(style, form, output)
    environment = Environment.of_process()
    language = environment.language(lang)
    wanted = options.chosen(environment, search, priorities, year)
    opened = libraries.all_opened(environment, files, lang, zotero)
    abstracts = abstract or form == "json"
    sources = [
        (library, list(libraries.papers([library], wanted, abstracts=abstracts)))
        for library in opened
    ]
    digest = build(
        chain.from_iterable(papers for _, papers in sources),
        scale=environment.settings.scale,
        language=language,
        group_by=group_by,
        sort=sort,
        reverse=reverse,
        title=title or default_title([library.name for library in opened], language),
        search=search,
    )
    target = destination.of(output, opened)
    made: Iterable[str] | bytes
    if style:
        how = options.formatting(environment, style, lang)
        text = annotated.render(digest, sources, how, abstracts=abstract)
        made = _converted(text, target, how.locale)
    elif form == "json":
        made = [encode(digest_json(digest)), "\n"]
    else:
        names = libraries.beside(libraries.citable(opened), target)
        made = markdown.render(digest, bibliography=names, abstracts=abstract)
    destination.write(made, target, digest.total, force=force)
    for library in opened:
        say_problems(library)


def _require_sense(style: str | None, form: str, output: str | None) -> None:
    """Raise UsageError for options that do not go together."""
    if style and form == "json":
        raise UsageError("--style is about a document, and JSON is none")
    ending = Path(output or "").suffix.lower()
    if not style and ending in documents.ENDINGS:
        raise UsageError(f"A {ending} file needs a citation style", "Add --style apa, or another.")


def _converted(text: str, target: Path | None, locale: str) -> Iterable[str] | bytes:
    """The text as the kind of document that the file's ending says; Markdown for any other."""
    ending = target.suffix.lower() if target else ""
    if ending not in documents.ENDINGS:
        return [text]
    data, warnings = documents.convert(text, ending, locale)
    if warnings:
        say(warnings)
    return data
