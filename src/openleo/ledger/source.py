"""Where a log is read from: a folder, or a URL; paths are those of C2SP tlog-tiles."""

import http.client
import io
import os
import socket
import ssl
import stat
import time
import zlib
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

from openleo.ledger.encoding import shown
from openleo.ledger.errors import Refused, TooLarge, Unavailable

TIMEOUT_S: Final = 20.0
SLOWEST: Final = 100_000
"""Bytes per second: an answer may take the time-out and as long as its largest body takes at this rate."""

_HEADERS: Final = {"Accept-Encoding": "gzip, identity", "User-Agent": "openleo-ledger"}
_LARGEST_ERROR: Final = 1 << 16
"""Bytes of the page that comes with a status other than 200; what is beyond them is not read."""


class Source(Protocol):
    """Anything that gives the bytes of a path such as `checkpoint` or `tile/0/000`."""

    def read(self, path: str, most: int) -> bytes | None:
        """The bytes at a path, None where there is nothing.

        Raises Unavailable where it cannot be read, TooLarge where it holds more than `most` bytes.
        """
        ...


class Folder:
    """A log in a folder, as `openleo ledger export` leaves it."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def __str__(self) -> str:
        return str(self.path)

    def read(self, path: str, most: int) -> bytes | None:
        """The bytes of a file; raises Unavailable where the system refuses it, TooLarge."""
        try:
            # Unbuffered, and no more asked for than is there: a tile in 6 us, not 16, a bundle in 10, not 48.
            with open(f"{self.path}/{path}", "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise Unavailable(f"{self.path / path}: not a plain file")
                if status.st_size > most:
                    raise TooLarge(f"{self.path / path}: larger than {most} bytes")
                return file.read(status.st_size)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable(f"{self.path / path}: {error.strerror}") from error


class Web:
    """A log behind an `http` or `https` URL; threads may share it, and its connections are used again."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        """timeout_s: of connecting, and of each wait for a byte.

        Raises Refused for anything but an http or https URL without name, password and query.
        """
        try:
            parts = urlsplit(url)
            self._port = parts.port
            self._host = (parts.hostname or "").encode("idna").decode("ascii")
        except ValueError:
            self._host = ""
        if (
            not self._host
            or parts.scheme not in ("http", "https")
            or parts.query
            or parts.fragment
            or "@" in parts.netloc
        ):
            raise Refused(
                f"URL: {shown(url.rpartition('@')[2])}; such as https://log.example/tenerife is allowed, "
                "without name, password and query"
            )
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._prefix = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._timeout_s = timeout_s
        self._idle: list[http.client.HTTPConnection] = []

    def __str__(self) -> str:
        return self.url

    def _connection(self) -> http.client.HTTPConnection:
        if self._idle:
            try:
                return self._idle.pop()
            except IndexError:
                pass  # another thread took it
        if self._context is not None:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout_s, context=self._context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)

    def ask(self, method: str, path: str, body: bytes | None, most: int) -> tuple[int, bytes, dict[str, str]]:
        """One request; returns status, body and headers (names in lower case).

        most: bytes of the body that come with status 200; with any other, the body ends there.
        One that finds its connection closed meanwhile is sent over a new one. Raises Unavailable, also for an
        answer that is slower than SLOWEST, and TooLarge.
        """
        while True:
            connection = self._connection()
            fresh = connection.sock is None
            until = time.monotonic() + self._timeout_s + most / SLOWEST
            connection.response_class = partial(_Answer, until, self._timeout_s)  # type: ignore[assignment]
            try:
                if not fresh:
                    connection.sock.settimeout(self._timeout_s)
                connection.request(method, f"{self._prefix}/{path}", body, _HEADERS)
                answer = self._answer(connection, path, most)
            except (http.client.HTTPException, OSError, UnicodeError) as error:
                connection.close()
                if fresh or isinstance(error, TimeoutError):
                    raise Unavailable(f"{self.url}/{path}: {error or type(error).__name__}") from error
            except BaseException:
                connection.close()
                raise
            else:
                if connection.sock is not None:
                    self._idle.append(connection)
                return answer

    def _answer(
        self, connection: http.client.HTTPConnection, path: str, most: int
    ) -> tuple[int, bytes, dict[str, str]]:
        response = connection.getresponse()
        given = {name.lower(): value for name, value in response.getheaders()}
        well, where = response.status == 200, f"{self.url}/{path}"
        # What cannot be compressed, as hashes, is longer with gzip than without.
        reach = most + most // 1000 + 1024 if well else _LARGEST_ERROR
        if well and (response.length or 0) > reach:
            raise TooLarge(f"{where}: larger than {most} bytes")
        raw = response.read(reach + 1)
        if well and len(raw) <= reach:
            if response.length:
                raise http.client.IncompleteRead(raw, response.length)
            if not raw and response.length is None and not response.chunked:
                raise http.client.RemoteDisconnected("nothing came after the headers")
        if not response.isclosed():
            connection.close()
        if well:
            return 200, _plain(raw, given.get("content-encoding", ""), most, where), given
        try:
            plain = _plain(raw, given.get("content-encoding", ""), reach, where)
        except Unavailable:
            plain = b""
        return response.status, plain[:most], given

    def read(self, path: str, most: int) -> bytes | None:
        """The body of a GET, None for 404 and 410; raises Unavailable for other statuses, and TooLarge."""
        status, raw, _ = self.ask("GET", path, None, most)
        if status in (404, 410):
            return None
        if status != 200:
            raise Unavailable(f"{self.url}/{path}: HTTP status {status}")
        return raw

    def close(self) -> None:
        """Close the connections that no thread is using."""
        while self._idle:
            self._connection().close()


class _Answer(http.client.HTTPResponse):
    """An answer that must be there by some time: of a slow drip, no single wait is ever too long."""

    def __init__(self, until: float, timeout_s: float, sock: socket.socket, *args: Any, **keys: Any) -> None:
        super().__init__(sock, *args, **keys)
        self.fp.close()
        self.fp = io.BufferedReader(_Timely(until, timeout_s, sock))


class _Timely(io.RawIOBase):
    """The bytes of a socket, up to a time of the monotonic clock."""

    def __init__(self, until: float, timeout_s: float, sock: socket.socket) -> None:
        self._until = until
        self._timeout_s = timeout_s
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("slower than is allowed")
        self._sock.settimeout(min(left_s, self._timeout_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _plain(raw: bytes, encoding: str, most: int, where: str) -> bytes:
    """The body without its compression; raises TooLarge where it has more than `most` bytes, Unavailable."""
    plain = raw
    if encoding.lower() == "gzip":
        unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            plain = unzip.decompress(raw, most + 1)
        except zlib.error as error:
            raise Unavailable(f"{where}: gzip: {error}") from error
        if len(plain) <= most and (not unzip.eof or unzip.unused_data):
            raise Unavailable(f"{where}: its gzip is cut off, or more follows it")
    elif encoding.lower() not in ("", "identity"):
        raise Unavailable(f"{where}: its encoding is {shown(encoding)}; gzip and identity are allowed")
    if len(plain) > most:
        raise TooLarge(f"{where}: larger than {most} bytes")
    return plain


def source_of(place: str | Path) -> Folder | Web:
    """A folder or a URL. Raises Unavailable where there is no such folder, Refused for other kinds of URL."""
    text = str(place)
    if "://" in text:
        return Web(text)
    if not Path(text).is_dir():
        raise Unavailable(f"{text}: no such folder")
    return Folder(text)
