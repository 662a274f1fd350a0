"""One Zotero library on one server, in objects and versions. Only this module knows pyzotero.

pyzotero makes the requests; `Connection` sends them. It never gets the key, which it would put
into addresses and messages.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import Any, Generic, TypeVar
from urllib.parse import urljoin

from pyzotero.zotero import Zotero

from ..errors import NotAllowedError, NotFoundError, NotReachableError
from ..model import Json
from .access import Access, Group
from .connection import AnswerLostError, Connection, Line, NotModified, answer_lost

T = TypeVar("T")
S = TypeVar("S", bound=Sized)
J = TypeVar("J")

PAGE = 100  # the web server's limit
AT_ONCE = 4
KEYS_AT_ONCE = 50  # the web server's limit for itemKey
BATCH = 50  # and for a write
BATCH_BYTES = 1_000_000  # of a write's JSON: many a proxy takes no more than 1 MiB
FIRST_WRITABLE = 10  # the version of Zotero whose local API can write
_PING_ATTEMPTS = 2

_PARTS = {"key", "version", "data"}  # of each object in a list

# Attachments are the larger half of many libraries and hold nothing for us.
_NO_ATTACHMENTS = {"itemType": "-attachment"}
# New items come last, so that pages which were read stay as they are.
_OLDEST_FIRST = {"sort": "dateAdded", "direction": "asc"}


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What was asked for, and the version of the library that it was read from.

    ``total`` is the number of objects on all pages.
    """

    value: T
    version: int
    total: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one object of a write failed. ``code`` is an HTTP status, 0 where a text was given."""

    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one object of a write: its key and data now, or why it failed.

    ``data`` is None for an object that was ``unchanged``.
    """

    key: str | None
    data: Json | None = None
    failure: Failure | None = None


class _NonsenseError(NotReachableError):
    """An answer that is not Zotero's."""


class Gateway:
    """Asks a server for one library, with at most four requests at a time, a client each.

    ``library`` is ``user/475001`` or ``group/5001``; the desktop's own is ``user/0``. Every method
    raises NotReachableError, NotAllowedError or NotFoundError, and BibnotesError for an answer
    that makes no sense.
    """

    def __init__(self, line: Line, library: str) -> None:
        self.line = line
        self.library = library
        self._mine = threading.local()

    # Reading

    def items(self, *, start: int = 0, since: int | None = None) -> Answer[list[Json]]:
        """A page of the items that are no attachments, oldest first; on the web with the trash.

        ``since``: only those with a higher version.
        """
        query = {**_OLDEST_FIRST, **self._everything, "limit": PAGE, "start": start}
        if since is not None:
            query["since"] = since
        return self._listed(lambda zotero: zotero.items(**query))

    def changed_items(self, since: int) -> Answer[list[Json]] | None:
        """The first page of what has a higher version; None where the library is the same."""
        query = {**_OLDEST_FIRST, **self._everything, "limit": PAGE, "start": 0, "since": since}
        try:
            return self._listed(lambda zotero: zotero.items(**query), unless=since)
        except NotModified:
            return None

    def items_of(self, keys: Sequence[str]) -> Answer[list[Json]]:
        """The items of at most KEYS_AT_ONCE keys, those in the trash too on the web.

        The desktop adds the children of these items.
        """
        trash = {} if self.line.server.is_local else {"includeTrashed": 1}
        query = self._named(keys)
        return self._listed(lambda zotero: zotero.items(**query, **trash))

    def exports(self, keys: Sequence[str], form: str) -> dict[str, Any]:
        """What the server itself makes of at most KEYS_AT_ONCE items: ``bibtex``, ``csljson``.

        By the item's key; what it cannot export is not there.
        """
        query = {"itemKey": ",".join(keys), "include": f"data,{form}", "limit": None}
        listed = self._listed(lambda zotero: zotero.items(**query)).value
        return {item["key"]: item[form] for item in listed if item["key"] in keys and form in item}

    def versions(self, unless: int | None = None) -> Answer[dict[str, int]] | None:
        """Key and version of everything that ``items`` would give.

        None where the library still has the version ``unless``.
        """
        try:
            return self._call(
                lambda zotero: zotero.item_versions(**self._everything), dict, unless=unless
            )
        except NotModified:
            return None

    def deleted(self, since: int) -> Answer[list[str]]:
        """The keys of the items that were deleted for good since a version. The web only."""
        answer = self._call(lambda zotero: zotero.deleted(since=since), dict)
        gone = self._understood(lambda said: list(said["items"]), answer.value)
        return Answer(gone, answer.version, answer.total)

    def collections(self, start: int = 0) -> Answer[list[Json]]:
        """A page of the collections."""
        return self._listed(lambda zotero: zotero.collections(limit=PAGE, start=start))

    def pages(
        self, read: Callable[[int], Answer[list[Json]]], first: Answer[list[Json]]
    ) -> Iterator[Answer[list[Json]]]:
        """The first page and those after it, in order."""
        yield first
        yield from self.in_parallel(read, range(PAGE, first.total, PAGE))

    def in_parallel(self, ask: Callable[[J], T], jobs: Iterable[J]) -> Iterator[T]:
        """The answers for all jobs, in their order; never are many kept waiting in memory.

        Where one fails, the others end before the error is raised; after a refusal none begins.
        """
        jobs = iter(jobs)
        begin = list(islice(jobs, 2 * AT_ONCE))
        if len(begin) < 2:
            yield from map(ask, begin)
            return
        refusals: list[NotAllowedError] = []

        def asked(job: J) -> T:
            if refusals:  # the server counts how often it sees a wrong key
                raise refusals[0]
            try:
                return ask(job)
            except NotAllowedError as refusal:
                refusals.append(refusal)
                raise

        pool = ThreadPool(AT_ONCE)  # unlike an executor it lets an interrupted program end at once
        waiting: deque[AsyncResult[T]] = deque()
        try:
            for job in begin:
                waiting.append(pool.apply_async(asked, (job,)))
            while waiting:
                yield waiting.popleft().get()
                for job in islice(jobs, 1):
                    waiting.append(pool.apply_async(asked, (job,)))
        except Exception:
            with self.line.pace.stopped():
                pool.close()
                pool.join()
            raise
        finally:
            pool.terminate()

    # Writing

    def trashed(self, keys: Sequence[str]) -> Answer[list[Json]]:
        """What of at most KEYS_AT_ONCE keys is in the trash; the desktop may add others."""
        query = self._named(keys)
        return self._listed(lambda zotero: zotero.trash(**query))

    def write(
        self, objects: Sequence[Json], *, library_version: int | None = None
    ) -> Answer[list[Written]]:
        """Send at most BATCH new or changed objects, and say what became of each, in order.

        One may fail while the others are written. An object with a ``key`` carries the ``version``
        that it was read with; new ones on the web may have a key of their own and version 0.
        ``library_version``: write nothing if the library has a higher one.

        Raises AnswerLostError where it is not known whether anything was written,
        LibraryChangedError for an older ``library_version``, NoConsentError where the desktop's
        user has not allowed it.
        """
        indices = [str(index) for index in range(len(objects))]
        try:
            answer = self._call(
                lambda zotero: zotero.create_items(list(objects), last_modified=library_version),
                dict,
            )
            written = self._understood(
                lambda said: [_written(said, i) for i in indices], answer.value
            )
        except _NonsenseError as error:
            what = "did not answer a write in a way that makes sense"
            raise answer_lost(self.line.server, what) from error
        return Answer(written, answer.version, len(written))

    # What belongs to the server and not to a library

    def key_access(self) -> Access:
        """What the key may do. The web only. Raises NotAllowedError for a key it does not know."""
        with self._always_there():
            answer = self._call(lambda zotero: zotero.key_info(), dict, plain=True)
        return self._understood(Access.of_json, answer.value)

    def groups(self) -> list[Group]:
        """The groups that the user of the library is a member of and the key may see."""
        answer = self._call(lambda zotero: zotero.groups(), list, plain=True)
        return [self._understood(Group.of_json, group) for group in answer.value]

    def require_writable(self) -> None:
        """Raise NotAllowedError where the desktop has answered, but can only be read."""
        line = self.line
        if line.server.is_local and not line.server_id:
            raise NotAllowedError(
                f"{line.server.name} can only be read: it is version {line.zotero_version}",
                f"Writing needs Zotero {FIRST_WRITABLE}. Update it, or use --server web.",
            )

    def ask_consent(self, name: str, on_pause: Callable[[float], None]) -> tuple[str, bool]:
        """Have the desktop ask its user whether a program of this name may write.

        Waits for as long as its dialog is open; ``on_pause`` is told for how many seconds it opens
        none. Returns a key, and whether it is good for more than one write. Raises NotAllowedError
        for a denial.
        """
        connection = Connection(self.line, until_answered=True, on_pause=on_pause)
        zotero = self._zotero(connection)
        with closing(connection):
            try:
                answer = zotero.authorize_local(name)
            except AnswerLostError:
                raise NotAllowedError(
                    f"{self.line.server.name} has not answered whether bibnotes may write",
                    "Run the command again, and leave Zotero open until you have chosen.",
                ) from None
            except (ValueError, LookupError) as error:
                raise self._nonsense() from error
        return self._understood(lambda said: (str(said["key"]), bool(said["remember"])), answer)

    def greet(self) -> None:
        """Ask for nothing: whether the server answers, and on the desktop which database it has."""
        with self._always_there():
            self._client()[1].get(f"{self.line.server.url}/")

    def ping(self) -> None:
        """Whether the desktop runs at all, whatever its settings; waits for a few seconds only."""
        patience = self.line.patience
        quick = replace(patience, attempts=_PING_ATTEMPTS, timeout=patience.ping_timeout)
        line = replace(self.line, patience=quick)
        line.pace = self.line.pace
        with closing(Connection(line)) as connection, self._always_there():
            connection.get(urljoin(line.server.url, "/connector/ping"))
        self.line.zotero_version = line.zotero_version

    def require_library(self) -> None:
        """See that the library is there and may be read. Raises NotFoundError, NotAllowedError."""
        self._listed(lambda zotero: zotero.collections(limit=1))

    def close(self) -> None:
        """Close this thread's connection; the others close when their threads end."""
        if hasattr(self._mine, "client"):
            self._client()[1].close()
            del self._mine.client

    # How a question becomes an answer

    @property
    def _everything(self) -> dict[str, Any]:
        if self.line.server.is_local:  # there the trash comes with nothing
            return _NO_ATTACHMENTS
        return {**_NO_ATTACHMENTS, "includeTrashed": 1}

    def _named(self, keys: Sequence[str]) -> dict[str, Any]:
        """The query for the items of these keys, without a limit where children come with them."""
        return {"itemKey": ",".join(keys), "limit": None if self.line.server.is_local else PAGE}

    def _client(self) -> tuple[Zotero, Connection]:
        """The client of the thread that asks: one of pyzotero's is not safe for several."""
        if not hasattr(self._mine, "client"):
            connection = Connection(self.line)
            self._mine.client = self._zotero(connection), connection
        client: tuple[Zotero, Connection] = self._mine.client
        return client

    def _zotero(self, connection: Connection) -> Zotero:
        server = self.line.server
        kind, number = self.library.split("/")
        # What a key may do is asked at keys/KEY: with "current" for KEY, the key stays out.
        zotero = Zotero(number, kind, "current", local=server.is_local, client=connection)
        zotero.endpoint = server.url
        return zotero

    def _listed(
        self, ask: Callable[[Zotero], Any], *, unless: int | None = None
    ) -> Answer[list[Json]]:
        answer = self._call(ask, list, unless=unless, paged=True)
        if not all(isinstance(each, dict) and each.keys() >= _PARTS for each in answer.value):
            raise self._nonsense()
        return answer

    def _understood(self, parse: Callable[[Json], T], value: Json) -> T:
        try:
            return parse(value)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._nonsense() from error

    def _call(
        self,
        ask: Callable[[Zotero], Any],
        expected: type[S],
        *,
        unless: int | None = None,
        plain: bool = False,
        paged: bool = False,
    ) -> Answer[S]:
        """``plain``: an answer that belongs to no library, and so has no version.

        ``paged``: one that must say how many there are, else a page would pass for the whole.
        """
        zotero, connection = self._client()
        connection.unless = unless
        try:
            value = ask(zotero)
        except (ValueError, LookupError) as error:
            raise self._nonsense() from error
        finally:
            zotero.url_params = None  # after an error pyzotero would send them again
            connection.unless = None
        headers = zotero.request.headers if zotero.request and not plain else {}
        version = headers.get("Last-Modified-Version", "0" if plain else "")
        if not isinstance(value, expected):
            raise self._nonsense()
        total = headers.get("Total-Results", "" if paged else str(len(value)))
        if not (version.isdigit() and total.isdigit()):
            raise self._nonsense()
        return Answer(value, int(version), int(total))

    @contextmanager
    def _always_there(self) -> Iterator[None]:
        """For what every Zotero has: where it is missing, something else answers."""
        try:
            yield
        except NotFoundError:
            raise self._nonsense() from None

    def _nonsense(self) -> _NonsenseError:
        return _NonsenseError(
            f"What answers as {self.line.server.name} is not Zotero",
            "Check the address in bibnotes.yaml, and whether the network wants you to log in.",
        )


def _written(answer: Json, index: str) -> Written:
    """What became of one object; the parts of the answer are by index, as text.

    Raises LookupError, TypeError or ValueError where the answer does not tell.
    """
    if index in answer.get("successful", {}):
        made = answer["successful"][index]
        return Written(_key(made["key"]), made["data"])
    if index in answer.get("unchanged", {}):
        return Written(_key(answer["unchanged"][index]))
    failed = answer["failed"][index]
    if not failed["code"]:
        raise ValueError(failed)
    code = str(failed["code"])  # the desktop may give a text, and no message
    number = int(code) if code.isdigit() else 0
    return Written(None, failure=Failure(number, str(failed.get("message") or code)))


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
