"""Where a local file met Zotero libraries before, and the base that it shares with one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .. import files
from ..base import Agreed, Base, after_undo_on_both, met
from ..config import ServerChoice, ZoteroSettings
from ..errors import UsageError
from ..journal import Run
from ..model import Outcome
from ..scale import Scale
from ..sheets.library import takes_out
from ..zotero.edits import keeps_note
from ..zotero.server import LibraryAddress

_MOVED = "If both are the same library, say so with --moved."


def met_before(path: Path, wanted: ZoteroSettings) -> list[LibraryAddress]:
    """Where the Zotero library that the settings mean was, when the file was synced with it.

    Raises UsageError where that was only ever for another reader, of whose reviews the next sync
    would make a second copy for this one.
    """
    found = (LibraryAddress.parse(other) for other in met(path) if other.startswith("zotero-"))
    there = [
        address
        for address in found
        if address.library == wanted.id
        or (wanted.id == "user" and address.library.startswith("user/"))
    ]
    before = [one for one in there if one.is_of(wanted.reader)]
    if there and not before:
        raise _of_another_reader(path, wanted.reader, there)
    return before


def _of_another_reader(
    path: Path, reader: str | None, before: Sequence[LibraryAddress]
) -> UsageError:
    libraries = " and ".join(dict.fromkeys(replace(one, reader=None).name for one in before))
    readers = sorted({one.reader or "" for one in before})
    bases = ", ".join(str(Base(path, str(one)).file) for one in before)
    was, now = " and ".join(map(_as_reader, readers)), _as_reader(reader or "")
    back = f"Set zotero.reader to {readers[0]} again" if readers[0] else "Unset zotero.reader"
    return UsageError(
        f"{path} was last synced with {libraries} {was}, and is now to be synced {now}",
        f"{back}, or name another file to be synced {now}. "
        f"To send the reviews of this file once more, {now}, move away {bases}: "
        "the next sync is then a first one; what was sent before stays as it is.",
    )


def _as_reader(reader: str) -> str:
    return f"as reader {reader}" if reader else "without a reader"


def server_met(name: str, asked: ServerChoice, before: Sequence[LibraryAddress]) -> ServerChoice:
    """The server on which the library was synced before; no other is ever taken for it.

    Raises UsageError where another one is asked for, or where there are two to choose from.
    """
    kinds = sorted({address.kind for address in before})
    if not kinds:
        return asked
    if asked == "auto" and len(kinds) > 1:
        raise UsageError(
            f"{name} was synced with Zotero on this computer and on the web",
            "Say which is meant with --server.",
        )
    if asked not in ("auto", *kinds):
        raise UsageError(
            f"{name} is synced with {_listed(before)}, not with the server {asked}",
            f"Use --server {kinds[0]}. {_MOVED}",
        )
    return kinds[0] if asked == "auto" else asked


def require_met(name: str, reached: str, before: Sequence[LibraryAddress]) -> None:
    """Raise UsageError where the address that was reached is none of those of before."""
    if before and reached not in map(str, before):
        raise UsageError(
            f"{name} is synced with {_listed(before)}; what is reached now is "
            f"{LibraryAddress.parse(reached).name}",
            _MOVED,
        )


@dataclass(frozen=True)
class Shared:
    """The base that a file shares with a library, as it is stored.

    ``read_by`` is the scale by which it was read, None if that is not known.
    ``left`` is the base of the address that the library had before, not needed once this is saved.
    """

    base: Base
    known: Mapping[str, Agreed]
    read_by: Scale | None
    left: Base | None = None

    @classmethod
    def at(cls, path: Path, address: str) -> Shared:
        """What the file shares with the library of an address."""
        base = Base(path, address)
        known = base.load()
        return cls(base, known, base.scale)

    @classmethod
    def moved(cls, path: Path, address: str, before: Sequence[LibraryAddress]) -> Shared:
        """What it shared with the same library at another address, if it did not meet this one.

        Raises UsageError where that may have been one of several.
        """
        if not before or address in map(str, before):
            return cls.at(path, address)
        if len(before) > 1:
            bases = ", ".join(str(Base(path, str(one)).file) for one in before)
            raise UsageError(
                f"{path} was synced with {_listed(before)}; it is not clear which of them moved",
                f"Move all but one of these files away: {bases}",
            )
        left = Base(path, str(before[0]))
        known = left.load()
        return cls(Base(path, address), known, left.scale, left)

    def agreed(self, runs: Iterable[Run], zotero: str, local: str) -> Mapping[str, Agreed]:
        """What was agreed, as it is after the runs on both addresses that were undone since."""
        return after(self.base.undone(runs), self.known, zotero, local, self.read_by)

    def save(self, agreed: Sequence[Agreed], scale: Scale, runs: Iterable[Run]) -> None:
        """Replace what was agreed."""
        self.base.save(agreed, scale, runs)
        if self.left:
            files.remove(self.left.file)


def after(
    undone: Iterable[Run],
    known: Mapping[str, Agreed],
    zotero: str,
    local: str,
    read_by: Scale | None = None,
) -> dict[str, Agreed]:
    """What was agreed, after runs on both addresses that took back some of it.

    A paper that a sheet had got and that was taken out of it again is not known: it is given again.
    A note that lost its tag again still says what was agreed on: it was released.
    """
    listed = list(undone)
    there = [_with_released(run) for run in listed if run.address == zotero]
    here = [run for run in listed if run.address == local]
    out = {one.change.paper for run in here for one in run.done if takes_out(one.restore)}
    left = {item: one for item, one in known.items() if one.local not in out}
    return after_undo_on_both(left, there, here, read_by)


def _with_released(run: Run) -> Run:
    """A run on Zotero, as if the reviews of the notes that it took tags off were there still."""
    return replace(run, outcomes=tuple(map(_keeping_text, run.outcomes)))


def _keeping_text(outcome: Outcome) -> Outcome:
    change = outcome.change
    if change.after.text or not keeps_note(outcome.restore):
        return outcome
    after = replace(change.after, text=change.before.text)
    return replace(outcome, change=replace(change, after=after))


def _listed(addresses: Sequence[LibraryAddress]) -> str:
    return " and ".join(address.name for address in addresses)
