"""bibnotes digest: the papers of a library, grouped by priority, as Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

import click

from .. import csl, exports
from ..citing import annotated, documents, pandoc
from ..digest import markdown
from ..digest.build import build, default_title
from ..digest.papers_json import digest_json, encode
from ..errors import PartialError, UsageError
from ..files import real_path
from ..library import Library
from ..model import Paper, Problem
from ..scale import Language, Scale
from . import destination, libraries, options, zotero_options
from .completing import TYPES
from .environment import Environment, counted, say, say_all, say_problems
from .zotero_options import Choice

_MARKDOWN = (".md", ".markdown", ".txt")


@click.command(name="digest")
@click.argument("files", type=TYPES["library"], metavar="[LIBRARY]...", nargs=-1)
@options.filters
@zotero_options.reading
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
@click.option(
    "--bibliography",
    type=TYPES["file"],
    metavar="FILE",
    help="Write the papers for pandoc to cite from, as BibTeX or, for a .json, as CSL-JSON.",
)
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
    bibliography: str | None,
    style: str | None,
    lang: str | None,
    form: Literal["markdown", "json"],
    output: str | None,
    force: bool,
) -> None:
    """Print the papers of a library, grouped by priority, with their reviews.

    The Markdown is a valid pandoc document that cites every paper, and a sheet: edit it and
    attach it. With --style it is an annotated bibliography instead, each paper as its formatted
    reference with the review below. FILE may then end in .md, .markdown or .txt, or else in .html,
    .htm, .docx, .odt, .epub, .rtf, .tex or .pdf.

    \b
    bibnotes digest refs.bib
    bibnotes digest refs.bib --search Architecture --lang zh -o digest.md
    bibnotes digest --zotero -o digest.md --bibliography refs.bib
    bibnotes digest refs.bib --style apa -o reviews.docx
    bibnotes digest refs.bib other.bib --year 2019-2021 --format json
    """
    _require_sense(style, form, output, bibliography)
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
        cited = [bibliography] if bibliography else libraries.citable(opened)
        names = libraries.beside(cited, target)
        made = markdown.render(digest, bibliography=names, abstracts=abstract)
    book = _bibliography(bibliography, sources, environment.settings.scale, language)
    if book:
        made = destination.encoded(made)
        _require_free(book, made, target, force=force)
        destination.write(book.data, book.target, book.papers, force=force)
    destination.write(made, target, digest.total, force=force)
    for library in opened:
        say_problems(library)
    if book:
        _require_complete(book)


def _require_sense(
    style: str | None, form: str, output: str | None, bibliography: str | None
) -> None:
    """Raise UsageError for options that do not go together."""
    if style is not None and form == "json":
        raise UsageError("--style is about a document, and JSON is none")
    if bibliography and (style or form == "json"):
        raise UsageError("--bibliography goes with a digest that cites", "Leave the other out.")
    ending = Path(output or "").suffix.lower()
    if form == "json" and ending in documents.ENDINGS:
        raise UsageError(
            f"A {ending} file is no JSON", "Leave --format out, or write a .json file."
        )
    if style is None and ending in documents.ENDINGS:
        raise UsageError(f"A {ending} file needs a citation style", "Add --style apa, or another.")
    if style is not None and ending not in ("", *_MARKDOWN, *documents.ENDINGS):
        known = ", ".join([*_MARKDOWN, *documents.ENDINGS])
        raise UsageError(f"No {ending} file can be written", f"There are {known}.")


class _Bibliography(NamedTuple):
    """The file that a digest cites from: what it holds, and of how many papers."""

    target: Path
    data: bytes
    papers: int
    left_out: Sequence[Problem] = ()
    unread: Sequence[str] = ()  # keys with which pandoc refuses the file


def _bibliography(
    name: str | None,
    sources: Sequence[tuple[Library, Sequence[Paper]]],
    scale: Scale,
    language: Language,
) -> _Bibliography | None:
    """The papers as a file for pandoc, if one is wanted. Raises UsageError."""
    if not name:
        return None
    target = destination.of(name, [library for library, _ in sources])
    if target is None:
        raise UsageError("--bibliography needs the name of a file")
    if target.suffix.lower() == ".json":
        items = [item for library, papers in sources for item in csl.items(library, papers)]
        return _Bibliography(target, destination.encoded([encode(items), "\n"]), len(items))
    if len(sources) > 1:
        raise UsageError("A .bib file is made of one library", "Write a .json file instead.")
    library, papers = sources[0]
    made = exports.bibtex(library, papers, scale, language)
    lost = {problem.key for problem in made.problems}
    unread = [key for paper in papers if not pandoc.reads_key(key := paper.key) and key not in lost]
    return _Bibliography(
        target, made.data, exports.held(papers, made.problems), made.problems, unread
    )


def _require_free(book: _Bibliography, made: bytes, target: Path | None, *, force: bool) -> None:
    """Refuse before the first of the two files is written, not after."""
    if target and real_path(target) == real_path(book.target):
        raise UsageError(f"{target} cannot be both the digest and its bibliography")
    destination.check(book.data, book.target, force=force)
    destination.check(made, target, force=force)


def _require_complete(book: _Bibliography) -> None:
    """Say what pandoc will not find. Raises PartialError for papers that were left out."""
    say_all(book.left_out)
    if book.unread:
        say(f"{book.target}: pandoc cannot read the file, because of {', '.join(book.unread)}")
        say(f"Write --bibliography {book.target.with_suffix('.json')} instead.")
    if book.left_out:
        raise PartialError(
            f"{counted(len(book.left_out), 'paper')} could not be written to {book.target}",
            "Give them other keys, or write a .json file.",
        )


def _converted(text: str, target: Path | None, locale: str) -> Iterable[str] | bytes:
    """The text as the kind of document that the file's ending says, or as it is."""
    ending = target.suffix.lower() if target else ""
    if ending not in documents.ENDINGS:
        return [text]
    data, warnings = documents.convert(text, ending, locale)
    if warnings:
        say(warnings)
    return data
