"""The two kinds of Zotero server, and which library of which server is meant."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from ..errors import UsageError

Kind = Literal["web", "local"]

_ADDRESS = re.compile(r"zotero-(web|local):(.+)/((?:user|group)/\d+)(?:\?reader=(.+))?")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is; ``url`` has no slash at the end and holds no key."""

    kind: Kind
    url: str

    @property
    def is_local(self) -> bool:
        """Whether this is the desktop's API."""
        return self.kind == "local"

    @property
    def name(self) -> str:
        """What a message calls it."""
        host = urlsplit(self.url).netloc
        return f"Zotero on this computer ({host})" if self.is_local else host

    @property
    def is_overheard(self) -> bool:
        """Whether others can read on the way what is sent: http that leaves this computer."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class LibraryAddress:
    """What the journal and the base know a Zotero library by.

    ``place`` is the web server's URL, or the id of the desktop's database: versions belong to it,
    and so do item keys until the user has said that both are one library. A ``reader`` is one in
    any case of letters, as Zotero's tags are.
    """

    kind: Kind
    place: str
    library: str  # user/475001, group/5001; the desktop's own is user/0
    reader: str | None = None

    def __str__(self) -> str:
        reader = f"?reader={self.reader.casefold()}" if self.reader else ""
        return f"zotero-{self.kind}:{self.place}/{self.library}{reader}"

    def is_of(self, reader: str | None) -> bool:
        """Whether it holds the reviews of this reader, or of none."""
        return (self.reader or "").casefold() == (reader or "").casefold()

    @property
    def name(self) -> str:
        """What a message calls it: ``group/5001 on api.zotero.org, reader ana``."""
        computer = f"this computer (database {self.place})"
        server = urlsplit(self.place).netloc if self.kind == "web" else computer
        reader = f", reader {self.reader}" if self.reader else ""
        return f"{self.library} on {server}{reader}"

    @classmethod
    def parse(cls, text: str) -> LibraryAddress:
        """The address that ``str`` made this of. Raises UsageError."""
        found = _ADDRESS.fullmatch(text)
        if not found:
            raise UsageError(f"{text} is no address of a Zotero library")
        kind: Kind = "web" if found[1] == "web" else "local"
        return cls(kind, found[2], found[3], found[4])
