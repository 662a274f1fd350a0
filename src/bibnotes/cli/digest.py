"""bibnotes digest: the papers of a library, grouped by priority, as Markdown or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from .. import outputs
from ..digest import markdown
from ..digest.build import build, default_title
from ..digest.papers_json import digest_json, encode
from ..errors import UsageError
from ..files import real_path
from . import libraries, options, zotero_options
from .environment import Environment, counted, say, say_problems, write
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
    lang: str | None,
    form: Literal["markdown", "json"],
    output: str | None,
    force: bool,
) -> None:
    """Print the papers of a library, grouped by priority, with their reviews.

    The Markdown is a valid pandoc document that cites every paper, and a sheet: edit it and
    attach it.

    \b
    bibnotes digest refs.bib
    bibnotes digest refs.bib --search Architecture --lang zh -o digest.md
    bibnotes digest refs.bib other.bib --year 2019-2021 --format json
    """
    environment = Environment.of_process()
    language = environment.language(lang)
    wanted = options.chosen(environment, search, priorities, year)
    opened = libraries.all_opened(environment, files, lang, zotero)
    abstracts = abstract or form == "json"
    digest = build(
        libraries.papers(opened, wanted, abstracts=abstracts),
        scale=environment.settings.scale,
        language=language,
        group_by=group_by,
        sort=sort,
        reverse=reverse,
        title=title or default_title([library.name for library in opened], language),
        search=search,
    )
    _require_other_file(output, libraries.files_among(opened))
    target = Path(output) if output and output != "-" else None
    chunks = (
        iter([encode(digest_json(digest)), "\n"])
        if form == "json"
        else markdown.render(
            digest,
            bibliography=libraries.beside(libraries.citable(opened), target),
            abstracts=abstract,
        )
    )
    if target:
        _write_file(target, "".join(chunks), output or "", digest.total, force=force)
    else:
        write(chunks)
    for library in opened:
        say_problems(library)


def _require_other_file(output: str | None, names: list[str]) -> None:
    """Never write the digest over a library that it is made from, whatever is forced."""
    if not output or output == "-":
        return
    target = real_path(Path(output))
    for name in names:
        if name != "-" and real_path(Path(name)) == target:
            raise UsageError(f"{output} is the library itself", "Write the digest to another file.")


def _write_file(target: Path, text: str, name: str, papers: int, *, force: bool) -> None:
    written = outputs.write(target, text.encode("utf-8"), force=force)
    say(f"{name}: {counted(papers, 'paper')}" + ("" if written else ", as before"))
