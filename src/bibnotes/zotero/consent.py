"""The desktop's leave to write: kept where its user said “Always Allow”, else asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model import Json
from . import keys
from .connection import NoConsentError
from .gateway import Answer, Gateway, Written

PROGRAM = "bibnotes"  # what Zotero's dialog calls us

Tell = Callable[[str], None]

_ASKING = (
    "Zotero asks in its window whether bibnotes may write: “Always Allow” is remembered, "
    "“Allow” is good for one change, of 50 notes and tags at most"
)


def ask(gateway: Gateway, tell: Tell) -> keys.Key | None:
    """Ask the desktop's user, and wait for as long as that takes.

    The key is used from now on. It is returned with its place if it is good for good, and kept
    there. Raises NotAllowedError for a denial.
    """
    tell(_ASKING)
    value, remembered = gateway.ask_consent(
        PROGRAM,
        lambda seconds: tell(f"Zotero asks again in {seconds:.0f} s: five times a minute at most"),
    )
    gateway.line.key = keys.sendable(value)
    return keys.keep(gateway.line.server.url, value) if remembered else None


def write(
    gateway: Gateway, objects: Sequence[Json], library_version: int | None, tell: Tell
) -> Answer[list[Written]]:
    """Write as ``Gateway.write`` does; where the desktop does not know our key, ask, once."""
    line = gateway.line
    if line.server.is_local and not line.key and (kept := keys.find(line.server.url)):
        line.key = kept.value
    try:
        return gateway.write(objects, library_version=library_version)
    except NoConsentError:
        _renew(gateway, tell)
    return gateway.write(objects, library_version=library_version)


def _renew(gateway: Gateway, tell: Tell) -> None:
    """Use another key than the one that was refused: that of a login since, else a new one."""
    line = gateway.line
    kept = keys.find(line.server.url)
    if kept and kept.value != line.key:
        line.key = kept.value
        return
    if kept:
        keys.forget(line.server.url)
    ask(gateway, tell)
