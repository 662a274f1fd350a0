"""bibnotes cite: citations of papers, in the form that a text takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import click

from ..citing import citations, pandoc, references
from ..errors import NotFoundError, UsageError
from ..library import Library
from ..model import Paper
from . import clipboard, libraries, options, zotero_options
from .choosing import chosen
from .completing import TYPES
from .environment import Environment, say, say_problems, write
from .zotero_options import Choice

_Form = Literal["pandoc", "latex", "markdown"]


@click.command(name="cite")
@click.argument("words", type=TYPES["words"], metavar="[LIBRARY] WORDS...", nargs=-1)
@options.filters
@zotero_options.reading
@click.option(
    "--as",
    "form",
    type=click.Choice(["pandoc", "latex", "markdown"]),
    help="[@key] for pandoc (the default), \\cite{key} for LaTeX, or a link; with --style the "
    "markup of the reference, which is else plain text.",
)
@click.option(
    "--command",
    "latex_command",
    metavar="NAME",
    help="The command of --as latex.  [default: cite]",
)
@options.style
@click.option("--all", "take_all", is_flag=True, help="Cite all that is found, and do not ask.")
@click.option("--copy", is_flag=True, help="Put the citation on the clipboard too.")
@options.language
def command(
    words: Sequence[str],
    search: str,
    priorities: Sequence[str],
    year: str | None,
    zotero: Choice,
    form: _Form | None,
    latex_command: str | None,
    style: str | None,
    take_all: bool,
    copy: bool,
    lang: str | None,
) -> None:
    """Print citations of the papers that WORDS name: citation keys, or words as in --search.

    Where words find several papers, you are asked which one; a script gets an error that lists
    them. With --style the citation is the formatted reference.

    \b
    bibnotes cite refs.bib mellor21a
    bibnotes cite refs.bib author:zhang transport --as latex --command parencite
    bibnotes cite refs.bib mellor21a --style apa
    bibnotes cite refs.bib --priority close-read --all --copy
    """
    environment = Environment.of_process()
    if latex_command and form != "latex":
        raise UsageError("--command is about LaTeX", "Add --as latex.")
    name, rest = libraries.named(environment, words)
    if not (rest or search or priorities or year):
        raise UsageError("Nothing to look for", "Give citation keys, or words of the papers.")
    wanted = options.chosen(environment, " ".join([search, *rest]), priorities, year)
    library = libraries.one_opened(environment, name, zotero, lang)
    narrowed = options.chosen(environment, search, priorities, year)
    papers = list(filter(narrowed.matches, _by_key(library, rest)))
    if not papers:
        papers = list(libraries.papers([library], wanted, abstracts=False))
        say_problems(library)
    if not papers:
        raise NotFoundError(f"{library.name}: no paper was found", "Try fewer words.")
    if len(papers) > 1 and not take_all and len(papers) != len(rest):
        papers = chosen(environment, papers, lang)
    if style:
        cited = _references(environment, library, papers, style, lang, form)
    elif form == "latex":
        cited = citations.latex(papers, latex_command or "cite")
    else:
        cited = citations.links(papers) if form == "markdown" else citations.pandoc(papers)
    write([cited, "\n"])
    for paper in papers:
        if paper.made_up_key:
            say(f"{paper.key}: made up by bibnotes, since the item has no citation key")
    if copy:
        clipboard.copy(cited)
        say("Copied")


def _by_key(library: Library, words: Sequence[str]) -> list[Paper]:
    """The papers, if every word is a citation key."""
    found = [library.find(word) for word in words]
    return [papers[0] for papers in found] if all(found) else []


def _references(
    environment: Environment,
    library: Library,
    papers: Sequence[Paper],
    style: str,
    lang: str | None,
    form: _Form | None,
) -> str:
    """The papers' references, plain where no form is asked for; a blank line between them."""
    how = options.formatting(environment, style, lang)
    text = "\n\n".join(references.formatted(how.items(library, papers), how))
    if form in ("markdown", "pandoc"):
        return text
    return pandoc.text(text, "-t", form or "plain", "--wrap", "none").strip()
