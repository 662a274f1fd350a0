"""A test server together with what a client needs to read it, and no patience to wait."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from bibnotes.config import ZoteroSettings
from bibnotes.model import Paper
from bibnotes.scale import DEFAULT_SCALE
from bibnotes.zotero import keys
from bibnotes.zotero.connection import Line
from bibnotes.zotero.gateway import Gateway
from bibnotes.zotero.library import ZoteroLibrary
from bibnotes.zotero.opening import Surroundings, open_library
from bibnotes.zotero.retry import Patience
from bibnotes.zotero.server import Kind, Server
from tests.zotero_server import LocalApi, WebApi, ZoteroServer
from tests.zotero_server.store import Library
from tests.zotero_server.web.accounts import KEY


@dataclass
class Setting:
    """``naps`` are the seconds for which the client would have slept.

    ``timeout`` and ``ping_timeout`` are for how many seconds it really waits for an answer.
    """

    server: ZoteroServer[Any]
    kind: Kind
    library_id: str
    settings: ZoteroSettings
    naps: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    timeout: float = 10.0
    ping_timeout: float = 10.0
    seen: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of_web(cls, server: ZoteroServer[WebApi]) -> Setting:
        settings = ZoteroSettings(server="web", web_url=server.url, api_key=KEY)
        return cls(server, "web", "user/475001", settings)

    @classmethod
    def of_local(cls, server: ZoteroServer[LocalApi]) -> Setting:
        settings = ZoteroSettings(server="local", local_url=server.url)
        return cls(server, "local", "user/0", settings)

    @property
    def before(self) -> int:
        """How many requests there are before the library is read: who we are, whether it runs."""
        return 2 if self.kind == "local" else 1

    @property
    def store(self) -> Library:
        """What the server holds, to be edited as another client would."""
        library: Library = self.server.api.library
        return library

    @property
    def patience(self) -> Patience:
        return Patience(
            timeout=self.timeout, ping_timeout=self.ping_timeout, sleep=self.naps.append
        )

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            DEFAULT_SCALE,
            patience=self.patience,
            log=self.lines.append,
            progress=lambda done, total: self.seen.append((done, total)),
        )

    def gateway(self) -> Gateway:
        server = Server(self.kind, self.server.url)
        key = self.settings.api_key
        return Gateway(Line(server, key, self.patience, self.lines.append), self.library_id)

    def library(self, *tags: str, accepts_loss: bool = False, **changed: Any) -> ZoteroLibrary:
        around = replace(self.surroundings, accepts_loss=accepts_loss)
        return open_library(replace(self.settings, **changed), around, tags)

    def papers(self, *tags: str, **changed: Any) -> list[Paper]:
        return list(self.library(*tags, **changed).papers())

    def titles(self, **changed: Any) -> list[str]:
        return [paper.title for paper in self.papers(**changed)]

    def fill(self, count: int, **properties: Any) -> list[str]:
        """Adds books called 0, 1, 2 …, a minute after each other; returns their keys."""
        begin = datetime(2026, 1, 1, tzinfo=timezone.utc)
        return [
            self.store.add(
                "book",
                title=str(number),
                dateAdded=f"{begin + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
                **properties,
            )
            for number in range(count)
        ]

    def allow_writing(self) -> None:
        """As if the desktop's user had said “Always Allow” before; the web has its key."""
        if self.kind == "local":
            keys.keep(self.server.url, self.server.api.keys.issue(remember=True))

    def forget(self) -> None:
        """Throw away what earlier runs kept: caches, the journal, keys."""
        for variable in ("BIBNOTES_CACHE_DIR", "BIBNOTES_STATE_DIR"):
            shutil.rmtree(os.environ[variable], ignore_errors=True)

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The lines of the requests that are made in the block."""
        lines: list[str] = []
        self.server.log.clear()
        yield lines
        lines += self.server.log.lines
