"""The options that lead a command to a Zotero library, and the library that they lead to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import UsageError
from .environment import Environment, say

if TYPE_CHECKING:
    from ..config import ServerChoice, ZoteroSettings
    from ..zotero.library import ZoteroLibrary
    from ..zotero.opening import Surroundings

_F = TypeVar("_F", bound=Callable[..., Any])

_BAR_EVERY = 0.1  # seconds
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
        metavar="NAME|PATH|KEY",
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
    server: ServerChoice | None = None
    verbose: bool = False


def zotero(command: _F) -> _F:
    """The options, which reach the command as one argument ``zotero``, a Choice."""

    @wraps(command)
    def with_choice(
        *,
        zotero: bool,
        collection: str | None,
        tags: tuple[str, ...],
        server: ServerChoice | None,
        verbose: bool,
        **others: Any,
    ) -> Any:
        choice = Choice(zotero, collection, tags, server, verbose)
        if not zotero and choice != Choice(verbose=verbose):
            raise UsageError("--collection, --tag and --server are about Zotero", "Add --zotero.")
        if collection == "" or not all(tags):
            raise UsageError("--collection and --tag need a name")
        return command(**others, zotero=choice)

    decorated: Any = with_choice
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def opened(environment: Environment, choice: Choice) -> ZoteroLibrary:
    """The Zotero library that is meant; says which. Raises what opening and reading it raise."""
    from ..zotero.opening import open_library

    settings = chosen_settings(environment, choice.server)
    if choice.collection:
        settings = replace(settings, collection=choice.collection)
    with surroundings(environment, choice.verbose) as around:
        library = open_library(settings, around, choice.tags)
        name = library.name  # reads the library
    say(f"{name}: {library.server}")
    return library


def at_address(environment: Environment, address: str) -> ZoteroLibrary:
    """The Zotero library that the journal knows by this address, ``zotero-web:…``."""
    from ..zotero.opening import at_address

    with surroundings(environment) as around:
        return at_address(environment.settings.zotero, around, address)


def chosen_settings(environment: Environment, server: ServerChoice | None) -> ZoteroSettings:
    """The settings with the server of the option."""
    settings = environment.settings.zotero
    return replace(settings, server=server) if server else settings


@contextmanager
def surroundings(environment: Environment, verbose: bool = False) -> Iterator[Surroundings]:
    """What Zotero is asked with.

    If that is wished, each request is told of; else, where somebody watches, a bar shows what takes
    long, until the block ends.
    """
    from ..zotero.opening import Surroundings

    scale = environment.settings.scale
    if verbose:
        yield Surroundings(scale, log=say)
    elif sys.stderr.isatty():
        bar = Bar()
        with bar.shown():
            yield Surroundings(scale, progress=bar.show)
    else:
        yield Surroundings(scale)


class Bar:
    """A bar on the standard error for what takes longer than a second; it goes when all is done."""

    def __init__(self, after: float = 1.0) -> None:
        self._after = after  # seconds
        self._text = "waiting for Zotero"

    def show(self, done: int, total: int) -> None:
        """Show how much is done."""
        full = _BAR_WIDTH * done // max(total, 1)
        self._text = f"[{'#' * full:.<{_BAR_WIDTH}}] {done} of {total} items from Zotero"

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep the bar on the terminal, from its time on, as long as the block lasts."""
        end = threading.Event()
        painter = threading.Thread(target=self._paint, args=(end,), daemon=True)
        painter.start()
        try:
            yield
        finally:
            end.set()
            painter.join()

    def _paint(self, end: threading.Event) -> None:
        if end.wait(self._after):
            return
        while not end.wait(_BAR_EVERY):
            self._draw(self._text)
        self._draw("")

    def _draw(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()
