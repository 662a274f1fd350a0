"""bibnotes check: what in a library a person should look at."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from ..bibtex.library import BibLibrary
from ..escape import one_line
from . import libraries, zotero_options
from .completing import TYPES
from .environment import Environment, say, write
from .zotero_options import Choice


@click.command(name="check")
@click.argument("files", type=TYPES["library"], metavar="[LIBRARY]...", nargs=-1)
@click.option(
    "--second-opinion",
    is_flag=True,
    help="Name the entries of a .bib that bibtexparser does not see (slow).",
)
@zotero_options.reading
def command(files: Sequence[str], second_opinion: bool, zotero: Choice) -> None:
    """Name what is damaged, repeated or said twice in a library; the exit is 1 if anything is.

    \b
    bibnotes check refs.bib
    bibnotes check refs.bib --second-opinion
    """
    environment = Environment.of_process()
    found = 0
    for library in libraries.all_opened(environment, files, None, zotero):
        problems = [*library.problems(), *library.remarks()]
        if second_opinion and isinstance(library, BibLibrary):
            problems += library.second_opinion()
        elif second_opinion:
            say(f"{library.name}: --second-opinion is for .bib files")
        write(f"{one_line(str(problem))}\n" for problem in problems)
        found += len(problems)
        if not problems:
            say(f"{library.name}: nothing to report")
    sys.exit(1 if found else 0)
