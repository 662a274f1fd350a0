"""Which server and which library are meant, and how the library is opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..config import ServerChoice, ZoteroSettings
from ..errors import NotAllowedError, NotFoundError, NotReachableError, UsageError
from ..scale import Language, Scale
from . import keys
from .access import Access
from .cache import Store
from .connection import Line, Log
from .consent import Tell
from .gateway import Gateway
from .library import ZoteroLibrary
from .prepared import Watch, unwatched
from .reading import Progress
from .retry import Patience
from .server import LibraryAddress, Server
from .snapshot import Selection
from .style import Style

LOGIN = "Make a key at zotero.org/settings/keys, and give it to bibnotes login."
_CHANGE = "Change its permissions at zotero.org/settings/keys, or give another to bibnotes login."

OWN = "user/0"  # what the desktop calls its user's library


class NoKeyError(NotAllowedError):
    """There is no key for a library that is not to be read, or to be written, without one."""


@dataclass(frozen=True)
class Surroundings:
    """What the library is read and written with.

    ``log`` gets a line a request, ``progress`` counts items that are read, ``writing`` shows for as
    long as its block lasts how many changes have their end, ``tell`` gets what the user is to know
    while we wait. ``language`` is that of the tags that are written. ``writes`` says that something
    will be, with ``accepts_loss`` as ZoteroLibrary has it.
    """

    scale: Scale
    language: Language = "en"
    patience: Patience = field(default_factory=Patience)
    log: Log | None = None
    progress: Progress = lambda _done, _total: None
    writing: Watch = unwatched
    tell: Tell = lambda _message: None
    writes: bool = False
    accepts_loss: bool = False


def open_library(
    settings: ZoteroSettings,
    surroundings: Surroundings,
    tags: tuple[str, ...] = (),
    *,
    others: bool = True,
) -> ZoteroLibrary:
    """The library that the settings mean, on the server that they mean.

    ``tags`` and ``others`` select what is shown of it, as ``Selection`` has it. ``auto`` is the
    desktop if it lets us in and has the library, else the web. Raises NotReachableError,
    NotAllowedError, NotFoundError, and UsageError for a reader whom no tag can name.
    """
    if settings.reader and {*"()"} & {*settings.reader}:
        raise UsageError(
            f"A reader's name cannot hold brackets: {settings.reader}",
            "Tags of priorities end in it, as in “精读 (ana)”. Change zotero.reader.",
        )
    gateway = _CONNECT[settings.server](settings, surroundings)
    server_id = gateway.line.server_id
    server = gateway.line.server
    place = server_id or server.url
    address = LibraryAddress(server.kind, place, gateway.library, settings.reader)
    # Zotero before version 10 does not say which database it has: nothing can be kept for later.
    keepable = server_id or not server.is_local
    store = Store(str(replace(address, reader=None)) if keepable else None)
    return ZoteroLibrary(
        gateway,
        store,
        address,
        style=Style(surroundings.scale, surroundings.language, settings.reader),
        selection=Selection(settings.collection, tags, others),
        progress=surroundings.progress,
        writing=surroundings.writing,
        tell=surroundings.tell,
        accepts_loss=surroundings.accepts_loss,
    )


def at_address(settings: ZoteroSettings, surroundings: Surroundings, address: str) -> ZoteroLibrary:
    """The library that the journal knows by this address.

    Raises UsageError for what is no such address, NotFoundError where the settings lead to another
    server or database, and what ``open_library`` raises.
    """
    wanted = LibraryAddress.parse(address)
    library_id = "user" if wanted.library == OWN else wanted.library
    reader = settings.reader if wanted.is_of(settings.reader) else wanted.reader
    there = replace(settings, server=wanted.kind, id=library_id, reader=reader, collection=None)
    library = open_library(there, surroundings)
    if library.address != str(wanted):
        raise NotFoundError(
            f"{wanted.name} is not the library that is reached now, "
            f"{LibraryAddress.parse(library.address).name}",
            "Open the same Zotero database, or set the same server in bibnotes.yaml.",
        )
    return library


def connect_local(settings: ZoteroSettings, surroundings: Surroundings) -> Gateway:
    """The desktop, after it has answered and has the library.

    Raises NotReachableError, NotFoundError, and NotAllowedError where it lets nobody in, or can
    only be read.
    """
    library = OWN if settings.id == "user" else settings.id
    gateway = Gateway(_line(Server("local", settings.local_url), None, surroundings), library)
    gateway.ping()
    gateway.greet()
    if surroundings.writes:
        gateway.require_writable()
    if library != OWN:
        gateway.require_library()
    return gateway


def connect_web(settings: ZoteroSettings, surroundings: Surroundings) -> Gateway:
    """The web server, after it has said what the key may do.

    Raises NotReachableError, and NotAllowedError for a key that may not write what is to be
    written, or not read the library with its notes: reviews are notes, and papers without them
    would look as if nobody had read them.
    """
    server = Server("web", settings.web_url)
    key = web_key(settings, writes=surroundings.writes)
    line = _line(server, key.value if key else None, surroundings)
    if key is None:
        return Gateway(line, settings.id)
    access = Gateway(line, OWN).key_access()
    gateway = Gateway(line, f"user/{access.user_id}" if settings.id == "user" else settings.id)
    require_readable(gateway, access)
    if surroundings.writes and not access.writes(gateway.library):
        raise NotAllowedError(
            f"The key for {server.name} lets bibnotes read {gateway.library}, and not write to it",
            _CHANGE,
        )
    return gateway


def web_key(settings: ZoteroSettings, *, writes: bool = False) -> keys.Key | None:
    """The key for the web server; None for a group to be read without one: it may be public.

    Raises NoKeyError where there is none.
    """
    key = keys.find_web(settings)
    if key is None and (writes or not settings.id.startswith("group/")):
        name = Server("web", settings.web_url).name
        ignored = f"{keys.ENVIRONMENT} is not for the address that bibnotes.yaml names. "
        hint = f"{ignored if settings.ignores_api_key else ''}{LOGIN}"
        raise NoKeyError(f"There is no key for {name}", hint)
    return key


def require_readable(gateway: Gateway, access: Access) -> None:
    """Raise NotAllowedError where a key may not read a library with its notes."""
    library = gateway.library
    if access.reads(library):
        return
    if library.startswith("group/"):  # it may be public
        with suppress(NotAllowedError):
            gateway.require_library()
            return
    own = library == f"user/{access.user_id}"
    what = "the notes of the library" if own and access.library else f"the library {library}"
    raise NotAllowedError(
        f"The key for {gateway.line.server.name} does not let bibnotes read {what}", _CHANGE
    )


def _connect_any(settings: ZoteroSettings, surroundings: Surroundings) -> Gateway:
    try:
        return connect_local(settings, surroundings)
    except (NotReachableError, NotAllowedError, NotFoundError) as error:
        local = error
    try:
        return connect_web(settings, surroundings)
    except NoKeyError:
        local.hint = f"{local.hint} Or {LOGIN[0].lower()}{LOGIN[1:]}"
        raise local from None


def _line(server: Server, key: str | None, surroundings: Surroundings) -> Line:
    return Line(server, key, surroundings.patience, surroundings.log)


_CONNECT: dict[ServerChoice, Callable[[ZoteroSettings, Surroundings], Gateway]] = {
    "auto": _connect_any,
    "local": connect_local,
    "web": connect_web,
}
