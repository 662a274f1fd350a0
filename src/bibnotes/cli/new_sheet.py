"""A file that is not there: a sheet to be made, or a name that was mistyped."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from .. import files
from ..errors import NotFoundError, UsageError
from ..sheets.front_matter import is_sheet_name
from .environment import say
from .writing import require_yes

_ALIKE = 0.75  # by difflib's ratio
_DIGITS = re.compile(r"\d+")


def require_meant(path: Path, *, ask: bool, yes: bool, dry_run: bool) -> None:
    """Say that a sheet will be made; ask whether that is meant, or refuse where it looks mistyped.

    Raises NotFoundError, UsageError, and BibnotesError for a no.
    """
    if not path.parent.is_dir():
        raise NotFoundError(
            f"{path} is not there, nor is its folder", "Create the folder, or check its name."
        )
    similar = similar_name(path)
    hint = f"; {similar} is there" if similar else ""
    if ask:
        say(f"{path} is not there{hint}.")
        require_yes(f"Make {path}?", default=not similar)
    elif similar and not yes and not dry_run:
        raise UsageError(
            f"{path} is not there, but {similar} is",
            f"Name {similar}; or add --yes, which makes {path}.",
        )
    else:
        say(f"{path} is not there{hint}: it {'would' if dry_run else 'will'} be made")


def require_there(path: Path) -> None:
    """Raise NotFoundError for a file that cannot be made, if one with a similar name is there.

    Nothing is made behind a link: the file may only be out of reach now.
    """
    if path.is_symlink() and not path.exists():
        files.read(path)  # which says so
    if is_sheet_name(path.name) or path.exists():
        return
    similar = similar_name(path)
    if similar:
        raise NotFoundError(f"{path} does not exist", f"Did you mean {similar}?")


def require_filled(path: Path) -> None:
    """Raise UsageError for a sheet without a byte: it is no sheet, and none is made over it."""
    if is_sheet_name(path.name) and not path.stat().st_size:
        raise UsageError(f"{path} is empty", "Delete it: sync then makes a sheet of this name.")


def similar_name(path: Path) -> str | None:
    """A file of the same kind beside this one whose name may have been meant.

    Names with other numbers are meant to differ: ``icml2021.md`` and ``icml2022.md``.
    """
    wanted = path.stem.casefold()
    stems = {
        other.stem.casefold(): str(path.parent / other)
        for other in map(Path, sorted(files.names_in(path.parent)))
        if other.suffix.lower() == path.suffix.lower()
        and not (path.parent / other).is_dir()
        and _DIGITS.findall(other.stem) == _DIGITS.findall(path.stem)
    }
    found = get_close_matches(wanted, stems, n=1, cutoff=_ALIKE)
    return stems[found[0]] if found else None
