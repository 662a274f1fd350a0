"""bibnotes list: the papers of a library as a table, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import click

from ..digest.build import ordered
from ..digest.papers_json import encode, paper_json
from ..table import table
from . import libraries, options, zotero_options
from .completing import TYPES
from .environment import Environment, say_problems, write
from .zotero_options import Choice


@click.command(name="list")
@click.argument("files", type=TYPES["library"], metavar="[LIBRARY]...", nargs=-1)
@options.filters
@zotero_options.reading
@options.sort
@options.reverse
@options.language
@options.json
def command(
    files: Sequence[str],
    search: str,
    priorities: Sequence[str],
    year: str | None,
    zotero: Choice,
    sort: Literal["file", "key", "author", "title", "year"],
    reverse: bool,
    lang: str | None,
    as_json: bool,
) -> None:
    """List the papers of a library: priority, key, authors, year, title.

    \b
    bibnotes list refs.bib
    bibnotes list refs.bib --priority 精读 --sort year
    bibnotes list refs.bib --search "title:attention" --json
    """
    environment = Environment.of_process()
    wanted = options.chosen(environment, search, priorities, year)
    opened = libraries.all_opened(environment, files, lang, zotero)
    found = libraries.papers(opened, wanted, abstracts=as_json)
    papers = ordered(found, sort, reverse=reverse)
    if as_json:
        write([encode(list(map(paper_json, papers))), "\n"])
    else:
        write(
            table(
                papers,
                scale=environment.settings.scale,
                language=environment.language(lang),
                width=environment.width,
                colour=environment.colour,
            )
        )
    for library in opened:
        say_problems(library)
