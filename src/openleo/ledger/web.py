"""A small HTTP/1.1 server for a witness or a log: it reads strictly, and holds nothing without bound.

What RFC 9112 leaves to a server is refused here: chunked bodies (411), lines that end in a bare newline and
folded headers (400). TLS, compression and rate limits are the work of a proxy before it.
"""

import contextlib
import logging
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, Final

LARGEST_HEAD: Final = 1 << 14
"""Bytes of a request line with its headers."""
MOST_CONNECTIONS: Final = 128
TIMEOUT_S: Final = 20.0
"""For a whole request to arrive, for each part of an answer to leave, and for the next request to begin."""

_PART: Final = 1 << 18
_LINGER_S: Final = 2.0
_LINGER: Final = 1 << 20
_REQUEST = re.compile(r"([A-Z]{1,16}) (?:https?://[^/?#]+(?=/))?(/[!-~]*) HTTP/1\.([01])", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """What a client asks: GET or POST, a path without its query, headers (names in lower case), a body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What it gets: an HTTP status, a body with its media type, and further headers."""

    status: int
    body: bytes = b""
    media: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def sentence(cls, status: int, text: str) -> "Answer":
        """A status with its reason for people."""
        return cls(status, f"{text}\n".encode("utf-8", "backslashreplace"))


class _Wrong(Exception):
    """A request that is answered without asking anybody; its connection is closed after that."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.answer = Answer.sentence(status, text)


class Server:
    """A server that asks `answer` for each request, each connection in a thread of its own."""

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        largest_body: int = 0,
        most_connections: int = MOST_CONNECTIONS,
        timeout_s: float = TIMEOUT_S,
        log: Callable[[str], None] | None = None,
    ) -> None:
        """Listen; `serve_forever` or `start` answers.

        answer: called by many threads at once; GET stands for HEAD too. port: 0 takes a free one.
        largest_body: bytes; a larger one is refused with 413. most_connections: one more gets 503.
        log: called with a line for each request; there is no log without it. Raises OSError where the address
        cannot be had.
        """
        self.answer = answer
        self.largest_body = largest_body
        self.timeout_s = timeout_s
        self.log = log
        self._open: dict[socket.socket, threading.Thread] = {}
        self._host = host
        self._most = most_connections
        self._change = threading.Lock()
        self._serving = False
        self._thread: threading.Thread | None = None
        self._tcp = _Tcp(self, host, port)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._tcp.server_address[1])

    @property
    def url(self) -> str:
        """Its URL by the address that it was given, without a slash at the end."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    def serve_forever(self) -> None:
        """Answer until `close` is called by another thread."""
        self._serving = True
        self._tcp.serve_forever(poll_interval=0.05)

    def start(self) -> None:
        """Answer in a thread of its own."""
        self._serving = True
        self._thread = threading.Thread(target=self.serve_forever, name=f"server {self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop: requests that were read are still answered, for some seconds; connections are closed."""
        if self._serving:
            self._tcp.shutdown()
        if self._thread:
            self._thread.join()
        self._tcp.server_close()
        for how, wait_s in ((socket.SHUT_RD, 5.0), (socket.SHUT_RDWR, 1.0)):
            with self._change:
                there = dict(self._open)
                for each in there:
                    with contextlib.suppress(OSError):
                        each.shutdown(how)
            end_s = time.monotonic() + wait_s
            for thread in there.values():
                thread.join(max(0.0, end_s - time.monotonic()))

    def _take(self, connection: socket.socket) -> None:
        """Answer a new connection in a thread, or refuse it where there are too many."""
        thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
        with self._change:
            full = len(self._open) >= self._most
            if not full:
                self._open[connection] = thread
        if not full:
            thread.start()
            return
        # Some two hundred bytes into an empty buffer: this thread, which accepts, does not wait.
        connection.settimeout(0)
        with connection, contextlib.suppress(OSError):
            connection.sendall(_raw(Answer.sentence(503, f"{self._most} connections are open"), True, True))

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _converse(self, _Reader(connection, self.timeout_s), connection)
        except OSError:
            pass  # the other side went away, or was too slow in taking what it had asked for
        finally:
            with self._change:
                del self._open[connection]
                connection.close()


class _Tcp(socketserver.TCPServer):
    """The socket that listens."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, server: Server, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.server = server
        super().__init__((host, port), socketserver.BaseRequestHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.server._take(request)


class _Reader:
    """The bytes of a connection: until a time, and never more of them than were asked for and a head."""

    def __init__(self, connection: socket.socket, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._buffer = bytearray()
        self._end_s = 0.0

    def begin(self) -> bool:
        """Wait for a request; False where the other side closed, or asked nothing for too long."""
        self._end_s = time.monotonic() + self._timeout_s
        try:
            # Empty lines before a request are passed over (RFC 9112, 2.2).
            while bytes(self._buffer[:2]) in (b"", b"\r", b"\r\n"):
                if len(self._buffer) < 2:
                    self._more()
                else:
                    del self._buffer[:2]
        except (EOFError, TimeoutError):
            return False
        self._end_s = time.monotonic() + self._timeout_s
        return True

    def head(self) -> str:
        """A request line and headers, without the empty line after them."""
        while (end := self._buffer.find(b"\r\n\r\n", 0, LARGEST_HEAD)) < 0:
            if len(self._buffer) >= LARGEST_HEAD:
                raise _Wrong(431, f"request line and headers: at most {LARGEST_HEAD} bytes are allowed")
            self._more()
        return self.take(end + 4)[:-4].decode("latin-1")

    def take(self, size: int) -> bytes:
        """The next bytes."""
        while len(self._buffer) < size:
            self._more()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> None:
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        some = self._connection.recv(LARGEST_HEAD)
        if not some:
            raise EOFError
        self._buffer += some


def _converse(server: Server, reader: _Reader, connection: socket.socket) -> None:
    """Answer one request after the other."""
    while reader.begin():
        method, target, close = "-", "-", True
        try:
            method, target, minor, headers = _parse(reader.head())
            size = _size_of_body(server, method, headers)
            if size and headers.get("expect", "").lower() == "100-continue":
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = reader.take(size)
            tokens = {token.strip().lower() for token in headers.get("connection", "").split(",")}
            close = minor == "0" or "close" in tokens
            path = target.partition("?")[0].partition("#")[0]
            answer = _answer(server, Request("GET" if method == "HEAD" else method, path, headers, body))
        except _Wrong as wrong:
            answer = wrong.answer
        except EOFError:
            return
        except TimeoutError:
            answer = Answer.sentence(408, f"the request was not whole after {server.timeout_s:g} s")
        if server.log:
            server.log(f'"{method} {target}" {answer.status} {len(answer.body)}')
        raw = memoryview(_raw(answer, close, method != "HEAD"))
        connection.settimeout(server.timeout_s)
        for at in range(0, len(raw), _PART):
            connection.sendall(raw[at : at + _PART])
        if close:
            _linger(connection)
            return


def _parse(head: str) -> tuple[str, str, str, dict[str, str]]:
    """Method, target, minor version and headers."""
    first, *lines = head.split("\r\n")
    request = _REQUEST.fullmatch(first)
    if not request:
        raise _Wrong(400, f"request line: {first[:80]!r}; such as: GET /checkpoint HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if not header:
            raise _Wrong(400, f"header: {line[:80]!r}; a name, a colon and a value are allowed")
        name = header[1].lower()
        headers[name] = f"{headers[name]}, {header[2]}" if name in headers else header[2]
    method, target, minor = request.groups()
    if minor == "1" and "host" not in headers:
        raise _Wrong(400, "header: Host is missing")
    if method not in ("GET", "HEAD", "POST"):
        raise _Wrong(501, f"method: {method}; GET, HEAD and POST are allowed")
    return method, target, minor, headers


def _size_of_body(server: Server, method: str, headers: Mapping[str, str]) -> int:
    length = headers.get("content-length")
    if "transfer-encoding" in headers or (method == "POST" and length is None):
        raise _Wrong(411, "header: a body needs its Content-Length, and no Transfer-Encoding")
    if length is None:
        return 0
    if not re.fullmatch(r"\d{1,18}", length, re.ASCII):
        raise _Wrong(400, f"header: Content-Length: {length[:40]!r}; a decimal number is allowed")
    if int(length) > server.largest_body:
        raise _Wrong(413, f"body: {int(length)} bytes; at most {server.largest_body} are allowed")
    return int(length)


def _answer(server: Server, request: Request) -> Answer:
    try:
        return server.answer(request)
    except Exception:  # noqa: BLE001 - whatever it is, the client hears of it, and the server goes on
        _LOG.exception("%s %s failed", request.method, request.path)
        return Answer.sentence(500, "the server failed at this; its operator finds the reason in its log")


def _raw(answer: Answer, close: bool, with_body: bool) -> bytes:
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
    lines = [
        f"HTTP/1.1 {answer.status} {phrase}",
        f"Date: {formatdate(usegmt=True)}",
        *(f"{name}: {value}" for name, value in answer.headers),
    ]
    if answer.status not in (204, 304):
        lines += [f"Content-Type: {answer.media}", f"Content-Length: {len(answer.body)}"]
    if close:
        lines.append("Connection: close")
    head = "\r\n".join((*lines, "", "")).encode("latin-1")
    return head + answer.body if with_body and answer.status not in (204, 304) else head


def _linger(connection: socket.socket) -> None:
    """Take some of what still comes: closing on it would take the answer away from the one who reads it."""
    end_s, left = time.monotonic() + _LINGER_S, _LINGER
    connection.shutdown(socket.SHUT_WR)
    while left > 0 and (left_s := end_s - time.monotonic()) > 0:
        connection.settimeout(left_s)
        some = connection.recv(_PART)
        if not some:
            return
        left -= len(some)
