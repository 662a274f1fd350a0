"""Citation styles: CSL files, by their path or by a name that pandoc or Zotero knows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree

from ..errors import BibnotesError, NotFoundError

BUILT_IN = "chicago-author-date"  # what pandoc takes where no style is named
_CSL = "{http://purl.org/net/xbiblio/csl}"
_SYSTEM = Path("/usr/share/citation-style-language/styles")  # Debian's and Fedora's package
_DEPENDENT = _SYSTEM / "dependent"  # those that only point to another
_MOST_PARENTS = 5


class Style(NamedTuple):
    """A style's file, None for the one that is built into pandoc, and the language it is set in."""

    path: Path | None = None
    locale: str = "en-US"
    italic_et_al: bool = False


def find(name: str, variables: Mapping[str, str]) -> Style:
    """The style that a file's path or a style's name leads to.

    A style that only points to another is followed to it, and keeps its own language. Raises
    NotFoundError, and BibnotesError for a file that is no style.
    """
    path: Path | None = Path(name)
    if not Path(name).is_file():
        if os.path.basename(name) != name:  # noqa: PTH119  # Path would drop a last slash
            raise NotFoundError(f"There is no style {name}", "Check the path.")
        path = _named(name.removesuffix(".csl"), variables)
    locale = ""
    for _ in range(_MOST_PARENTS):
        if path is None:
            return Style(locale=locale or Style().locale)
        root = _parsed(path)
        locale = locale or root.get("default-locale", "")
        parent = _parent(root)
        if not parent and root.find(f"{_CSL}bibliography") is None:
            raise BibnotesError(
                f"The style {path} formats citations only, no references",
                "Take another style: many have a variant with a bibliography.",
            )
        if not parent:
            et_al = root.find(f".//{_CSL}et-al[@font-style='italic']")
            return Style(path, locale or Style().locale, et_al is not None)
        beside = path.with_name(f"{parent}.csl")
        path = beside if beside.is_file() else _named(parent, variables)
    raise BibnotesError(f"{name} points from style to style without an end")


def folders(variables: Mapping[str, str]) -> list[Path]:
    """Where styles are looked for, the user's own places first."""
    home = Path(variables.get("HOME") or variables.get("USERPROFILE") or os.curdir)
    data = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    roaming = variables.get("APPDATA")
    return [
        data / "pandoc" / "csl",
        home / ".pandoc" / "csl",
        *([Path(roaming) / "pandoc" / "csl"] if roaming else []),
        home / ".csl",
        home / "Zotero" / "styles",
        _SYSTEM,
        _DEPENDENT,
    ]


def names(variables: Mapping[str, str]) -> set[str]:
    """The styles that ``find`` knows by name."""
    return {BUILT_IN, *(name for _, name in _kept(variables))}


def _named(name: str, variables: Mapping[str, str]) -> Path | None:
    """The file of a style's name; None for the one that is built in. Raises NotFoundError."""
    wanted = name.casefold()
    for folder, known in _kept(variables):
        if known.casefold() == wanted:
            return folder / f"{known}.csl"
    if wanted == BUILT_IN:
        return None
    close = get_close_matches(name, names(variables), n=3)
    places = ", ".join(str(folder) for folder in folders(variables))
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    raise NotFoundError(
        f"No citation style is called {name!r}",
        f"{hint}Give the path of a .csl file, or put it into one of {places}. "
        "Styles are at https://www.zotero.org/styles.",
    )


def _kept(variables: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Each folder with the names of its styles."""
    for folder in folders(variables):
        if folder.is_dir():
            with os.scandir(folder) as files:
                names = [file.name for file in files if file.name.endswith(".csl")]
            yield from ((folder, name[:-4]) for name in sorted(names))


def _parsed(path: Path) -> ElementTree.Element:
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  # the user's own file
    except (ElementTree.ParseError, OSError, ValueError) as error:
        raise BibnotesError(f"{path} is no citation style: {error}") from error
    if root.tag != f"{_CSL}style":
        raise BibnotesError(f"{path} is no citation style: it begins with <{root.tag}>")
    return root


def _parent(style: ElementTree.Element) -> str:
    """The name of the style that this one only points to, "" for one that stands by itself."""
    for found in style.iterfind(f"{_CSL}info/{_CSL}link[@rel='independent-parent']"):
        return urlsplit(found.get("href", "")).path.rpartition("/")[2]
    return ""
