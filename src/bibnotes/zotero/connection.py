"""HTTP with one of Zotero's servers: keys, patience, and what an answer without data means.

What comes back from here is an answer to work with; everything else is an error for the user.
Nothing that a server says gets into a message, so no key does that it might echo.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx2

from ..errors import BibnotesError, ConflictError, NotAllowedError, NotFoundError, NotReachableError
from .retry import Pace, Patience, TooLong
from .server import Server

Log = Callable[[str], None]

_AGAIN = {429, 500, 502, 503, 504}
_TOO_LARGE = 413
_NOTHING_DONE = {429}  # refused at the door: a write can be sent again
# Refused for what it is; any other status, 503 too, may come from somewhere between us.
_REFUSED = {400, 401, 403, 404, 405, 409, 411, 412, 413, 414, 415, 417, 428, 501}
_CONNECT_ATTEMPTS = 3  # nobody there, or no network: that seldom changes within seconds
_LOCAL_API_OFF = "not enabled"
_WHAT_THERE_IS = "Set zotero.id to one that bibnotes doctor lists."
_OTHER_USER = "logged-in user"
_DENIED = "denied"
_REPEATED = "token already used"
SERVER_ID = "Zotero-Server-ID"


class NotModified(Exception):  # noqa: N818
    """The server has nothing newer than what we know."""


class AnswerLostError(NotReachableError):
    """A write was sent and no clear answer came: whether it took effect has to be looked up."""


class LibraryChangedError(ConflictError):
    """The library is not in the version that a write was meant for; nothing was written."""


class TooLargeError(BibnotesError):
    """A request is larger than the server, or what stands before it, takes; nothing was written."""


class NoConsentError(NotAllowedError):
    """The desktop does not know the key, or none was sent; nothing was written."""


@dataclass
class Line:
    """What all connections to one server share.

    ``key`` goes to ``server.url`` and nowhere else; to the desktop only with a write.
    ``server_id`` is that of the desktop's database, once known. ``log`` gets a line a request.
    """

    server: Server
    key: str | None = field(default=None, repr=False)
    patience: Patience = field(default_factory=Patience)
    log: Log | None = None
    server_id: str | None = None
    zotero_version: str = ""

    def __post_init__(self) -> None:
        self.pace = Pace(self.patience)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Made once for all connections: to load the certificates takes longer than a request."""
        if self.server.url.startswith("https:"):
            return httpx2.create_ssl_context()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and nobody is to be trusted


class Connection(httpx2.Client):
    """One thread's connection. ``unless`` is the library version that the next read knows.

    ``on_pause`` is told for how many seconds the server asks us to wait before another attempt.
    """

    def __init__(
        self,
        line: Line,
        *,
        until_answered: bool = False,
        on_pause: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        limit = httpx2.Timeout(None if until_answered else line.patience.timeout, connect=10.0)
        # A proxy of the environment does not lead to this computer. Redirects would take the key
        # along to wherever they lead.
        super().__init__(
            timeout=limit,
            trust_env=not line.server.is_local,
            follow_redirects=False,
            verify=line.tls,
        )
        self._line, self._on_pause = line, on_pause
        self.unless: int | None = None

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send until there is an answer to work with.

        Raises NotModified, AnswerLostError, or the error that tells the user why there is none.
        """
        line = self._line
        self._address(request)
        for attempt in range(1, line.patience.attempts + 1):
            try:
                line.pace.wait()
                response = self._sent(request, options)
            except TooLong as asked:
                raise _too_long(line.server, asked.seconds) from None
            except httpx2.RequestError as error:
                self._require_repeatable(request, error, attempt)
                line.pace.sleep(line.patience.wait_after(attempt))
                continue
            pause = line.pace.heed(response.headers)
            if request.method != "GET" and not _is_clear(response):
                raise answer_lost(line.server, f"answered {response.status_code} to a write")
            if response.status_code not in _AGAIN:
                return self._accepted(response)
            if attempt < line.patience.attempts:
                if pause:
                    self._on_pause(pause)
                else:
                    line.pace.sleep(line.patience.wait_after(attempt))
        raise _gave_up(line.server, response.status_code)

    def _address(self, request: httpx2.Request) -> None:
        """Give the request what only this server may have."""
        line, reads = self._line, request.method == "GET"
        if not _is_at(request.url, line.server):
            raise BibnotesError(f"{request.url.host} is not {line.server.name}")
        request.headers.pop("Authorization", None)
        if line.key and not (line.server.is_local and reads):
            request.headers["Authorization"] = f"Bearer {line.key}"
        if line.server_id:
            request.headers[SERVER_ID] = line.server_id
        if self.unless is not None and reads:
            request.headers["If-Modified-Since-Version"] = str(self.unless)
        request.extensions["timeout"] = self.timeout.as_dict()  # pyzotero sets its own

    def _sent(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        begun = time.monotonic()
        said = "no answer"
        try:
            response = super().send(request, **options)
            said = str(response.status_code)
            _require_whole(response)
        finally:
            if self._line.log:
                took = time.monotonic() - begun
                self._line.log(f"{request.method} {request.url.path} {said} {took:.2f} s")
        return response

    def _require_repeatable(
        self, request: httpx2.Request, error: httpx2.RequestError, attempt: int
    ) -> None:
        """Raise what a broken exchange means, unless it is worth another attempt."""
        line = self._line
        unreachable = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
        if request.method != "GET" and not unreachable:
            raise answer_lost(line.server, f"did not answer a write: {_reason(error)}") from None
        limit = line.patience.attempts
        if unreachable:
            limit = 1 if line.server.is_local else min(limit, _CONNECT_ATTEMPTS)
        if attempt >= limit:
            raise _unreachable(line.server, error) from None

    def _accepted(self, response: httpx2.Response) -> httpx2.Response:
        line = self._line
        # pyzotero would wait for these on its own.
        for name in ("Backoff", "Retry-After"):
            response.headers.pop(name, None)
        line.zotero_version = response.headers.get("X-Zotero-Version", line.zotero_version)
        if response.status_code == httpx2.codes.NOT_MODIFIED:
            raise NotModified
        if not response.is_success:
            if _REPEATED in response.text[:200]:  # it was sent again, and took effect before
                raise answer_lost(line.server, "has this write already")
            raise refusal(line, response)
        line.server_id = line.server_id or response.headers.get(SERVER_ID)
        return response


def _is_at(url: httpx2.URL, server: Server) -> bool:
    own = httpx2.URL(server.url)
    return (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port) and (
        url.path.startswith(own.path.rstrip("/") + "/") or url.path == "/connector/ping"
    )


def _is_clear(response: httpx2.Response) -> bool:
    """Whether a status tells if a write took effect; of redirects none is followed."""
    known = response.status_code in _NOTHING_DONE | _REFUSED
    return known or response.is_success or response.has_redirect_location


def _require_whole(response: httpx2.Response) -> None:
    """Raise where an answer without a length was cut: its JSON then does not end."""
    if "Content-Length" in response.headers or "Transfer-Encoding" in response.headers:
        return  # httpx has counted
    if response.is_success and response.headers.get("Content-Type", "").startswith("application/j"):
        try:
            json.loads(response.content)
        except ValueError:
            message = "the answer ends too early"
            raise httpx2.RemoteProtocolError(message, request=response.request) from None


def refusal(line: Line, response: httpx2.Response) -> BibnotesError:
    """The error that a status without data stands for."""
    server, status = line.server, response.status_code
    if response.is_redirect:
        return BibnotesError(
            f"{server.name} sends us to another address ({status})",
            f"Set zotero.{server.kind}_url to the server's own address.",
        )
    text = response.text[:200]
    if status == httpx2.codes.PRECONDITION_FAILED and SERVER_ID not in text:
        return LibraryChangedError(
            f"The library on {server.name} was changed meanwhile", "Run the command again."
        )
    if status == _TOO_LARGE:
        return TooLargeError(f"{server.name} refuses it as too large ({status})")
    explain = _local_refusal if server.is_local else _web_refusal
    return explain(line, response) or BibnotesError(
        f"{server.name} answered {status}, which bibnotes cannot make sense of",
        "bibnotes doctor shows what works.",
    )


def _web_refusal(line: Line, response: httpx2.Response) -> BibnotesError | None:
    name, status = line.server.name, response.status_code
    if status == httpx2.codes.FORBIDDEN and not line.key:
        return NotAllowedError(
            f"{name} shows this library only with a key", "bibnotes login keeps one."
        )
    if status == httpx2.codes.FORBIDDEN and response.request.method != "GET":
        return NotAllowedError(
            f"{name} does not let you write to this library: the key or the group forbids it",
            "bibnotes doctor shows which.",
        )
    if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        return NotAllowedError(
            f"{name} does not accept the key for this, or does not know it any more",
            "bibnotes doctor shows what it may do; bibnotes login takes another.",
        )
    if status == httpx2.codes.NOT_FOUND:
        return NotFoundError(f"{name} has no such library", _WHAT_THERE_IS)
    if status == httpx2.codes.CONFLICT:
        return NotReachableError(
            f"{name} has locked this library for now",
            "Run the command again later: it goes on where it stopped.",
        )
    return None


def _local_refusal(line: Line, response: httpx2.Response) -> BibnotesError | None:
    name, status, text = line.server.name, response.status_code, response.text[:200]
    if status == httpx2.codes.FORBIDDEN and _LOCAL_API_OFF in text:
        return NotAllowedError(
            f"{name} does not let other programs in",
            "In Zotero's settings, Advanced, tick “Allow other applications on this computer to "
            "communicate with Zotero”.",
        )
    if status == httpx2.codes.UNAUTHORIZED:
        return NoConsentError(
            f"{name} has not allowed bibnotes to write", "bibnotes login --server local asks."
        )
    if status == httpx2.codes.FORBIDDEN and _DENIED in text:
        return NotAllowedError(
            f"{name} was told not to let bibnotes write",
            "Run the command again, and choose “Always Allow” (or “Allow”) in Zotero's window.",
        )
    if status == httpx2.codes.NOT_FOUND or _OTHER_USER in text:
        return NotFoundError(f"{name} has no such library", _WHAT_THERE_IS)
    if status == httpx2.codes.PRECONDITION_FAILED and SERVER_ID in text:
        return ConflictError(
            f"{name} has another database open than before", "Run the command again."
        )
    return None


def answer_lost(server: Server, what: str) -> AnswerLostError:
    """The error for a write after which a server did what is said here."""
    hint = "Run the command again: it looks what was done, and does the rest."
    return AnswerLostError(f"{server.name} {what}", hint)


def _too_long(server: Server, seconds: float) -> NotReachableError:
    return NotReachableError(
        f"{server.name} asks not to be asked for {seconds:.0f} seconds",
        "Run the command again after that: it goes on where it stopped.",
    )


def _gave_up(server: Server, status: int) -> NotReachableError:
    hint = "Run the command again later: it goes on where it stopped."
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        hint += " After several wrong keys Zotero refuses every key for five minutes."
    return NotReachableError(f"{server.name} answered {status} again and again", hint)


def _unreachable(server: Server, error: httpx2.RequestError) -> NotReachableError:
    reason = _reason(error)
    if server.is_local and isinstance(error, httpx2.ConnectError):
        return NotReachableError(
            f"{server.name} does not answer: it is not running",
            "Start Zotero, or use --server web.",
        )
    if server.is_local:
        return NotReachableError(
            f"{server.name} does not answer: {reason}",
            "Restart Zotero and run the command again: it goes on where it stopped. Or use "
            "--server web.",
        )
    return NotReachableError(
        f"{server.name} does not answer: {reason}",
        "Check the network, and run the command again: it goes on where it stopped.",
    )


def _reason(error: httpx2.RequestError) -> str:
    if isinstance(error, httpx2.ConnectError):
        return "no connection could be made"
    if isinstance(error, httpx2.TimeoutException):
        return "it takes too long"
    if isinstance(error, httpx2.ProxyError):
        return "the proxy refuses"
    return "the connection was cut"
