"""bibnotes cite: citations of papers, in the form that a text takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NoReturn

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
@click.option(
    "--lang",
    type=click.Choice(["en", "zh", "auto"]),
    help="Language of a reference's own words, and of priorities; auto follows the locale.",
)
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
    if latex_command and style:
        raise UsageError("--command cites, and --style writes the reference", "Leave one out.")
    name, rest = libraries.named(environment, words)
    if not (rest or search or priorities or year):
        raise UsageError("Nothing to look for", "Give citation keys, or words of the papers.")
    wanted = options.chosen(environment, " ".join([search, *rest]), priorities, year)
    library = libraries.one_opened(environment, name, zotero, lang)
    by_key = _by_key(library, rest)
    if by_key:
        narrowed = options.chosen(environment, search, priorities, year)
        papers = list(filter(narrowed.matches, by_key))
    else:
        papers = list(libraries.papers([library], wanted, abstracts=False))
    say_problems(library)
    for paper in by_key:
        if paper not in papers:
            say(f"{paper.key}: left out, since it is not what the options ask for")
    if not papers:
        _nothing_found(library, rest)
    if len(papers) > 1 and not take_all and not by_key:
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
    """The papers, each once, if every word is a citation key. Raises UsageError."""
    if not all(map(library.find, words)):
        return []
    found = [libraries.paper(library, word) for word in words]
    return list({paper.id: paper for paper in found}.values())


def _nothing_found(library: Library, words: Sequence[str]) -> NoReturn:
    """Raise NotFoundError; among citation keys a word is a key that was mistyped, and is named."""
    if any(map(library.find, words)):
        for word in words:
            libraries.paper(library, word)
    raise NotFoundError(f"{library.name}: no paper was found", "Try fewer words.")


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
