"""Which library a command works on, by DESIGN's rule, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import files
from ..bibtex.library import BibLibrary
from ..errors import UsageError
from ..library import Library
from ..model import Paper
from ..search import Filter
from . import zotero_options
from .environment import Environment, read_input, say
from .zotero_options import Choice

_ENDINGS = (".bib",)
_BIBTEX = "bibtex:"
_ZOTERO = "zotero-"


def named(environment: Environment, words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The library that the first word names, if it names one, and the other words."""
    if words and _names_library(environment, words[0]):
        return words[0], list(words[1:])
    return None, list(words)


def opened(environment: Environment, name: str | None, language: str | None = None) -> Library:
    """The library of this name, or the one that is meant where none is named.

    Raises UsageError where nothing says which, and what opening raises.
    """
    return _open(environment, name or _meant(environment), language)


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


def at_address(environment: Environment, address: str) -> Library:
    """The library that the journal knows by this address. Raises NotFoundError, UsageError."""
    if address.startswith(_ZOTERO):
        return zotero_options.at_address(environment, address)
    if not address.startswith(_BIBTEX):
        raise UsageError(f"This bibnotes does not know how to open {address}")
    return _open(environment, place(address), None)


def place(address: str) -> str:
    """Where a library of this address is, for people."""
    return address.removeprefix(_BIBTEX)


def _names_library(environment: Environment, word: str) -> bool:
    return word == "-" or word.endswith(_ENDINGS) or (environment.folder / word).is_file()


def _meant(environment: Environment) -> str:
    """The library of bibnotes.yaml, else the only one in the folder; says which."""
    settings = environment.settings
    if settings.library:
        chosen, why = _shown(environment, settings.library), f"named in {settings.file}"
    else:
        chosen, why = _only_one(environment), "the only library in this folder"
    say(f"{chosen}: {why}")
    return chosen


def _only_one(environment: Environment) -> str:
    found = sorted(
        path.name
        for path in environment.folder.iterdir()
        if path.name.endswith(_ENDINGS) and not path.name.startswith(".") and path.is_file()
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"This folder has {len(found)} libraries: {', '.join(found)}",
            "Name one, or set `library` in bibnotes.yaml.",
        )
    raise UsageError(
        "No library was named, and this folder has none",
        "Name a .bib file, - for the standard input, or --zotero.",
    )


def _shown(environment: Environment, path: Path) -> str:
    """A path as short as it can be written in this folder."""
    try:
        return str(path.relative_to(environment.folder))
    except ValueError:
        return str(path)


def _open(environment: Environment, name: str, language: str | None) -> Library:
    path = None if name == "-" else Path(name)
    raw = files.read(path) if path else read_input()
    settings = environment.settings
    return BibLibrary(
        name,
        raw,
        path,
        scale=settings.scale,
        language=environment.language(language),
        profile=None if settings.profile == "auto" else settings.profile,
    )


def papers(opened: Sequence[Library], wanted: Filter, *, abstracts: bool) -> Iterator[Paper]:
    """The papers of several libraries that pass the filter."""
    needed = abstracts or wanted.needs_abstract
    for library in opened:
        yield from filter(wanted.matches, library.papers(abstracts=needed))
