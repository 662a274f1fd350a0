"""Which library a command works on, by DESIGN's rule, and how it is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from .. import files
from ..bibtex.library import BibLibrary
from ..errors import NotFoundError, UsageError
from ..escape import one_line
from ..library import Library
from ..model import Paper
from ..search import Filter
from ..sheets.front_matter import is_sheet, is_sheet_name
from . import zotero_options
from .environment import Environment, read_input, say
from .zotero_options import Choice

_BIBTEX, _SHEET, _ZOTERO = "bibtex:", "sheet:", "zotero-"
_HEAD = 65_536  # bytes of a file that tell whether it is a sheet


def named(environment: Environment, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The library that the first word names, if it names one, and the other words."""
    if words and _names_library(environment, words[0]):
        return words[0], list(words[1:])
    return None, list(words)


def opened(environment: Environment, name: str | None, language: str | None = None) -> Library:
    """The library of this name, or the one that is meant where none is named.

    Raises UsageError where nothing says which, and what opening raises.
    """
    return _open(environment, name or meant(environment), language)


def one_opened(
    environment: Environment, name: str | None, zotero: Choice, language: str | None = None
) -> Library:
    """The library of this name, or the Zotero library that is chosen, or the one that is meant.

    Raises UsageError where a name and Zotero are given, and what opening raises.
    """
    if not zotero.zotero:
        return opened(environment, name, language)
    if name:
        raise UsageError(f"{name} and --zotero are two libraries", "Name one of them.")
    return zotero_options.opened(environment, zotero)


def all_opened(
    environment: Environment, names: Sequence[str], language: str | None, zotero: Choice
) -> list[Library]:
    """The libraries of these names and the Zotero library that is chosen.

    Where there is neither, the one that is meant.
    """
    found = [opened(environment, name, language) for name in names]
    if zotero.zotero:
        found.append(zotero_options.opened(environment, zotero))
    return found or [opened(environment, None, language)]


def opened_to_write(
    environment: Environment, name: str | None, zotero: Choice, *, accepts_loss: bool
) -> Library:
    """The library of this name, the Zotero library that is chosen, or the one that is meant.

    ``accepts_loss``: what Markdown cannot keep of a note in Zotero may go. Raises UsageError where
    both are named.
    """
    if not zotero.zotero:
        return opened(environment, name)
    if name:
        raise UsageError(f"{name} and --zotero are two libraries", "Name one of them.")
    return zotero_options.opened(environment, zotero, writes=True, accepts_loss=accepts_loss)


def at_address(environment: Environment, address: str) -> Library:
    """The library that the journal knows by this address. Raises NotFoundError, UsageError."""
    if address.startswith(_ZOTERO):
        return zotero_options.at_address(environment, address)
    if not address.startswith((_BIBTEX, _SHEET)):
        raise UsageError(f"This bibnotes does not know how to open {address}")
    return _open(environment, place(address), None)


def place(address: str) -> str:
    """Where a library of this address is, for people."""
    if address.startswith(_ZOTERO):
        from ..zotero.server import LibraryAddress

        return LibraryAddress.parse(address).name
    return address.removeprefix(_BIBTEX).removeprefix(_SHEET)


def on_disk(opened: Sequence[Library]) -> list[str]:
    """The names of the files among libraries."""
    files_ = [each for each in opened if each.address.startswith((_BIBTEX, _SHEET))]
    return [each.name for each in files_ if each.name != "-"]


def citable(opened: Sequence[Library]) -> list[str]:
    """The names of the .bib files among libraries: what pandoc can cite from."""
    return [each.name for each in opened if isinstance(each, BibLibrary) and each.name != "-"]


def beside(names: Sequence[str], target: Path | None) -> list[str]:
    """Paths as a file at ``target`` has to name them, or the standard output in this folder."""
    folder = target.parent if target else Path()
    return [Path(os.path.relpath(name, folder)).as_posix() for name in names]


def _names_library(environment: Environment, word: str) -> bool:
    if word == "-" or word.endswith(".bib") or is_sheet_name(word):
        return True
    return (environment.folder / word).is_file()


def meant(environment: Environment) -> str:
    """The library of bibnotes.yaml, else the only one in the folder; says which."""
    settings = environment.settings
    if settings.library:
        chosen, why = _shown(environment, settings.library), f"named in {settings.file}"
    else:
        chosen, why = _only_one(environment), "the only one in this folder"
    say(f"{chosen}: {why}")
    return chosen


def _only_one(environment: Environment) -> str:
    """The only .bib file in the folder or, where there is none, the only Markdown sheet.

    A digest made from the .bib file thus does not hide it.
    """
    files_here = [
        path
        for path in sorted(environment.folder.iterdir())
        if not path.name.startswith(".") and path.is_file()
    ]
    found = [path.name for path in files_here if path.name.endswith(".bib")]
    if not found:
        found = [path.name for path in files_here if path.suffix == ".md" and _holds_sheet(path)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"This folder has {len(found)} libraries: {', '.join(found)}",
            "Name one, or set `library` in bibnotes.yaml.",
        )
    raise UsageError(
        "No library was named, and this folder has none",
        "Name a .bib file or a sheet, - for the standard input, or --zotero.",
    )


def _holds_sheet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_sheet(file.read(_HEAD))
    except OSError:
        return False


def _shown(environment: Environment, path: Path) -> str:
    """A path as short as it can be written in this folder."""
    try:
        return str(path.relative_to(environment.folder))
    except ValueError:
        return str(path)


def _open(environment: Environment, name: str, language: str | None) -> Library:
    path = None if name == "-" else Path(name)
    raw = files.read(path) if path else read_input()
    settings, chosen = environment.settings, environment.language(language)
    if is_sheet_name(name) or is_sheet(raw):
        from ..sheets.library import SheetLibrary  # here, since most runs read no sheet

        return SheetLibrary(name, raw, path, scale=settings.scale, language=chosen)
    return BibLibrary(
        name,
        raw,
        path,
        scale=settings.scale,
        language=chosen,
        profile=None if settings.profile == "auto" else settings.profile,
    )


def paper(library: Library, key: str) -> Paper:
    """The only paper of a citation key.

    Raises UsageError, with their items, where several share it, and NotFoundError, with what is
    wrong with its entry or with keys that are spelt alike.
    """
    found = library.find(key)
    if len(found) > 1:
        items = "; ".join(f"{paper.id} “{one_line(paper.title)}”" for paper in found)
        message = f"{library.name} has {len(found)} papers with the key {key!r}: {items}"
        raise UsageError(message, f"Give the key of the item that is meant, as {found[0].id}.")
    if found:
        return found[0]
    for problem in library.problems():
        if problem.key == key:
            raise NotFoundError(str(problem))
    keys = (paper.key for paper in library.papers(abstracts=False))
    close = get_close_matches(key, keys, n=3)
    hint = f"Did you mean {' or '.join(close)}?" if close else "bibnotes list shows the keys."
    raise NotFoundError(f"{library.name} has no paper {key!r}", hint)


def papers(opened: Sequence[Library], wanted: Filter, *, abstracts: bool) -> Iterator[Paper]:
    """The papers of several libraries that pass the filter."""
    needed = abstracts or wanted.needs_abstract
    for library in opened:
        yield from filter(wanted.matches, library.papers(abstracts=needed))
