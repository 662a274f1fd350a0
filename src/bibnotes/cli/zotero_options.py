"""The options that lead a command to a Zotero library, and the library that they lead to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import UsageError
from .completing import TYPES
from .environment import Environment, say

if TYPE_CHECKING:
    from ..config import ServerChoice, ZoteroSettings
    from ..zotero.library import ZoteroLibrary
    from ..zotero.opening import Surroundings
    from ..zotero.reading import Progress

_F = TypeVar("_F", bound=Callable[..., Any])

_BAR_EVERY = 0.1  # seconds
_BAR_WIDTH = 24
_CLEAR = "\r\x1b[K"

server = click.option(
    "--server",
    type=click.Choice(["auto", "local", "web"]),
    help="Zotero on this computer, on the web, or whichever answers first in this order.",
)
verbose = click.option(
    "--verbose", is_flag=True, help="Tell of each request to Zotero on the standard error."
)

_ZOTERO = click.option("--zotero", is_flag=True, help="Work on a Zotero library.")
_SELECTION = (
    click.option(
        "--collection",
        type=TYPES["collection"],
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
)
_READER = click.option(
    "--reader", metavar="NAME", help="Only the reviews of this reader of the Zotero library."
)


@dataclass(frozen=True)
class Choice:
    """What the options say; without ``zotero`` no Zotero library is meant by them."""

    zotero: bool = False
    collection: str | None = None
    tags: tuple[str, ...] = ()
    reader: str | None = None
    server: ServerChoice | None = None
    verbose: bool = False


def _options(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    """Options, of the names of Choice, which reach a command as one argument ``zotero``."""
    names = [field.name for field in fields(Choice)]

    def decorate(command: _F) -> _F:
        @wraps(command)
        def with_choice(**given: Any) -> Any:
            choice = Choice(**{name: given.pop(name) for name in names if name in given})
            _require_sense(choice)
            return command(**given, zotero=choice)

        decorated: Any = with_choice
        for option in reversed(options):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def _require_sense(choice: Choice) -> None:
    if not choice.zotero and choice != Choice(verbose=choice.verbose):
        raise UsageError(
            "--collection, --tag, --reader and --server are about Zotero", "Add --zotero."
        )
    names = (choice.collection, choice.reader, *choice.tags)
    if any(name is not None and not name.strip() for name in names):
        raise UsageError("--collection, --tag and --reader need a name")


one_paper = _options(_ZOTERO, server, verbose)  # for commands that are told which papers
selection = _options(_ZOTERO, *_SELECTION, server, verbose)
reading = _options(_ZOTERO, *_SELECTION, _READER, server, verbose)


def opened(
    environment: Environment, choice: Choice, *, writes: bool = False, accepts_loss: bool = False
) -> ZoteroLibrary:
    """The Zotero library that is meant; says which. Raises what opening and reading it raise.

    ``writes`` and ``accepts_loss`` as in ``zotero.opening.Surroundings``.
    """
    library = reached(environment, choice, writes=writes, accepts_loss=accepts_loss)
    say(f"{library.name}: {library.server}")
    return library


def reached(
    environment: Environment, choice: Choice, *, writes: bool = False, accepts_loss: bool = False
) -> ZoteroLibrary:
    """The same, for a command that says by itself which library it is."""
    from ..zotero.opening import open_library

    settings = chosen_settings(environment, choice.server)
    if choice.collection:
        settings = replace(settings, collection=choice.collection)
    if choice.reader:
        settings = replace(settings, reader=choice.reader)
    with surroundings(environment, choice.verbose) as around:
        around = replace(around, writes=writes, accepts_loss=accepts_loss)
        library = open_library(settings, around, choice.tags, others=not choice.reader)
        library.refresh()  # while the bar can be seen
    if choice.reader and settings.reader:
        _say_if_unknown(settings.reader, library)
    return library


def _say_if_unknown(reader: str, library: ZoteroLibrary) -> None:
    """Name the readers that there are, for a name that may be mistyped."""
    readers = library.readers()
    if reader.casefold() not in map(str.casefold, readers):
        there = f"reviews are by {', '.join(readers)}" if readers else "no review names its reader"
        say(f"{library.name}: nothing by {reader}; {there}")


def at_address(environment: Environment, address: str) -> ZoteroLibrary:
    """The Zotero library that the journal knows by this address, to write to it."""
    from ..zotero.opening import at_address

    with surroundings(environment) as around:
        return at_address(environment.settings.zotero, replace(around, writes=True), address)


def chosen_settings(environment: Environment, server: ServerChoice | None) -> ZoteroSettings:
    """The settings with the server of the option."""
    settings = environment.settings.zotero
    return replace(settings, server=server) if server else settings


@contextmanager
def surroundings(environment: Environment, verbose: bool = False) -> Iterator[Surroundings]:
    """What Zotero is asked with.

    If that is wished, each request is told of; else, where somebody watches, a bar shows what takes
    long, until the block ends, and whenever something is written.
    """
    from ..zotero.opening import Surroundings

    scale, language = environment.settings.scale, environment.language(None)
    around = Surroundings(scale, language, tell=say)
    if verbose:
        yield replace(around, log=say)
    elif sys.stderr.isatty():
        bar = Bar("items from Zotero")
        with bar.shown():
            yield replace(around, progress=bar.show, writing=_written_bar, tell=_tell_over_bar)
    else:
        yield around


@contextmanager
def _written_bar() -> Iterator[Progress]:
    bar = Bar("changes written to Zotero")
    with bar.shown():
        yield bar.show


def _tell_over_bar(message: str) -> None:
    sys.stderr.write(_CLEAR)
    say(message)


class Bar:
    """A bar on the standard error for what takes longer than a second; it goes when all is done.

    ``what`` it counts stands behind it; it comes ``after`` that many seconds.
    """

    def __init__(self, what: str, after: float = 1.0) -> None:
        self._what, self._after = what, after
        self._text = "waiting for Zotero"

    def show(self, done: int, total: int) -> None:
        """Show how much is done."""
        full = _BAR_WIDTH * done // max(total, 1)
        self._text = f"[{'#' * full:.<{_BAR_WIDTH}}] {done} of {total} {self._what}"

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
        sys.stderr.write(f"{_CLEAR}{line}")
        sys.stderr.flush()
