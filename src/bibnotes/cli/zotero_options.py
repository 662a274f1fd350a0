"""The options that lead a command to a Zotero library, and the library that they lead to."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from ..errors import UsageError
from .environment import Environment, say

if TYPE_CHECKING:
    from ..config import ZoteroSettings
    from ..zotero.library import ZoteroLibrary
    from ..zotero.opening import Surroundings

_F = TypeVar("_F", bound=Callable[..., Any])
_Server = Literal["auto", "local", "web"]

_BAR_AFTER = 1.0  # seconds
_BAR_WIDTH = 24

server = click.option(
    "--server",
    type=click.Choice(["auto", "local", "web"]),
    help="Zotero on this computer, on the web, or whichever answers first in this order.",
)
verbose = click.option(
    "--verbose", is_flag=True, help="Tell of each request to Zotero on the standard error."
)

_OPTIONS = (
    click.option("--zotero", is_flag=True, help="Work on a Zotero library."),
    click.option(
        "--collection",
        metavar="NAME|KEY",
        help="Only papers of this collection itself, not of those inside it.",
    ),
    click.option(
        "--tag",
        "tags",
        metavar="TAG",
        multiple=True,
        help="Only papers with this tag, in any case; may be repeated: with all of them.",
    ),
    server,
    verbose,
)


@dataclass(frozen=True)
class Choice:
    """What the options say; without ``zotero`` no Zotero library is meant by them."""

    zotero: bool = False
    collection: str | None = None
    tags: tuple[str, ...] = ()
    server: _Server | None = None
    verbose: bool = False


def zotero(command: _F) -> _F:
    """The options, which reach the command as one argument ``zotero``, a Choice."""

    @wraps(command)
    def with_choice(
        *,
        zotero: bool,
        collection: str | None,
        tags: tuple[str, ...],
        server: _Server | None,
        verbose: bool,
        **others: Any,
    ) -> Any:
        choice = Choice(zotero, collection, tags, server, verbose)
        if not zotero and choice != Choice(verbose=verbose):
            raise UsageError("--collection, --tag and --server are about Zotero", "Add --zotero.")
        return command(**others, zotero=choice)

    decorated: Any = with_choice
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def opened(environment: Environment, choice: Choice) -> ZoteroLibrary:
    """The Zotero library that is meant. Raises what opening it raises."""
    from ..zotero.opening import open_library

    settings = chosen_settings(environment, choice.server)
    if choice.collection:
        settings = replace(settings, collection=choice.collection)
    return open_library(settings, surroundings(environment, choice.verbose), choice.tags)


def at_address(environment: Environment, address: str) -> ZoteroLibrary:
    """The Zotero library that the journal knows by this address, ``zotero-web:…``."""
    from ..zotero.opening import at_address

    return at_address(environment.settings.zotero, surroundings(environment), address)


def chosen_settings(environment: Environment, server: _Server | None) -> ZoteroSettings:
    """The settings with the server of the option."""
    settings = environment.settings.zotero
    return replace(settings, server=server) if server else settings


def surroundings(environment: Environment, verbose: bool = False) -> Surroundings:
    """What libraries are read with.

    Requests are told of if that is wished, progress if it takes long and somebody watches.
    """
    from ..zotero.opening import Surroundings

    scale = environment.settings.scale
    log = say if verbose else None
    if sys.stderr.isatty():
        return Surroundings(scale, log=log, progress=Bar().show)
    return Surroundings(scale, log=log)


class Bar:
    """A bar on the terminal for what takes longer than a second; it goes when all is done."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._shown = False

    def show(self, done: int, total: int) -> None:
        """Show how much is done."""
        now = time.monotonic()
        self._begun = self._begun or now
        if done >= total:
            if self._shown:
                self._draw("")
            self._begun, self._shown = None, False
        elif now - self._begun > _BAR_AFTER:
            full = _BAR_WIDTH * done // total
            self._draw(f"[{'#' * full:.<{_BAR_WIDTH}}] {done} of {total} items from Zotero")
            self._shown = True

    def _draw(self, line: str) -> None:
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
