"""The HTTP side: a threaded server on loopback that hands requests to one of the two APIs."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from tests.zotero_server.exchange import Cut, Request, Response
from tests.zotero_server.faults import Faults, is_write

RESET_PATH = "/-/reset"


class Api(Protocol):
    def handle(self, request: Request) -> Response: ...

    def reset(self) -> None: ...


ApiT = TypeVar("ApiT", bound=Api)


@dataclass(frozen=True)
class Exchange:
    """A request and the status of its answer; None where the connection was cut."""

    request: Request
    status: int | None


@dataclass
class Log:
    """What a server was asked, in the order of the answers.

    `open_now` requests are being answered; never were more than `most_at_once`.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    open_now: int = 0
    most_at_once: int = 0
    _begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> int:
        """Counts a request in and returns its number, from 1."""
        with self._lock:
            self._begun += 1
            self.open_now += 1
            self.most_at_once = max(self.most_at_once, self.open_now)
            return self._begun

    def end(self, request: Request, status: int | None) -> None:
        with self._lock:
            self.open_now -= 1
            self.exchanges.append(Exchange(request, status))

    def clear(self) -> None:
        """Forgets what is done; the next request is number 1 again."""
        with self._lock:
            self.exchanges.clear()
            self._begun = 0
            self.most_at_once = self.open_now

    def __len__(self) -> int:
        return len(self.exchanges)

    @property
    def writes(self) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if is_write(exchange.request)]

    @property
    def lines(self) -> list[str]:
        """One line a request, as `POST /users/475001/items 200`."""
        return [f"{e.request.method} {e.request.path} {e.status}" for e in self.exchanges]


class ZoteroServer(Generic[ApiT]):
    """One of the two servers, on a port of its own. Use it in a `with` statement.

    `api` is the handle to what it holds, `faults` what goes wrong, `log` what it was asked,
    `latency` how many seconds every answer takes.
    """

    def __init__(
        self, api: ApiT, *, prefix: str = "", http: str = "HTTP/1.1", port: int = 0
    ) -> None:
        self.api = api
        self.faults = Faults()
        self.log = Log()
        self.latency = 0.0
        handler = type("Handler", (_Handler,), {"answer": self.answer, "protocol_version": http})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.url = f"http://127.0.0.1:{self._http.server_port}{prefix}"

    def reset(self) -> None:
        """Back to the start: empty libraries, no faults, an empty log, no latency."""
        self.api.reset()
        self.faults.clear()
        self.log = Log()
        self.latency = 0.0

    def answer(self, request: Request) -> Response:
        """Answers one request, with the faults and the latency in force; counts and logs it."""
        if request.path == RESET_PATH:
            self.reset()
            return Response(204)
        log = self.log
        request = replace(request, number=log.begin())
        status: int | None = None
        try:
            time.sleep(self.latency)
            response = self.faults.handle(request, self._handle)
            status = response.status
        finally:
            log.end(request, status)
        return response

    def _handle(self, request: Request) -> Response:
        """A mistake in this server is answered with a 500 that shows it."""
        try:
            return self.api.handle(request)
        except Cut:
            raise
        except Exception:
            return Response.text(traceback.format_exc(), status=500)

    def __enter__(self) -> ZoteroServer[ApiT]:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Turns HTTP into a Request and a Response into HTTP."""

    answer: Callable[[Request], Response]
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, url.path, url.query, headers, body)
        try:
            self._send(type(self).answer(request))
        except Cut as cut:
            if cut.response:
                self._send(cut.response, whole=False)
            self._close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _send(self, response: Response, *, whole: bool = True) -> None:
        self.send_response(response.status, response.reason)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body if whole else response.body[: len(response.body) // 2])

    def _close(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_expect_100(self) -> bool:
        return True

    def log_message(self, *_arguments: object) -> None:
        """Keeps quiet: the server has a log of its own."""
