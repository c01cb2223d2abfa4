"""Where a log is read from: a folder, or a URL; paths are those of C2SP tlog-tiles."""

import http.client
import ssl
import threading
import zlib
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from openleo.ledger.errors import Refused, TooLarge, Unavailable

TIMEOUT_S: Final = 20.0


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
            with (self.path / path).open("rb") as file:
                raw = file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable(f"{self.path / path}: {error.strerror}") from error
        if len(raw) > most:
            raise TooLarge(f"{self.path / path}: larger than {most} bytes")
        return raw


class Web:
    """A log behind an `http` or `https` URL; one connection a thread, kept open."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        """Raises Refused for anything but an http or https URL without query."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Refused(f"URL: {url!r}; such as https://log.example/tenerife is allowed")
        self.url = url.rstrip("/")
        self._parts = parts
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._mine = threading.local()

    def __str__(self) -> str:
        return self.url

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if found is None:
            host, port = self._parts.hostname or "", self._parts.port
            if self._parts.scheme == "https":
                found = http.client.HTTPSConnection(
                    host, port, timeout=self._timeout_s, context=ssl.create_default_context()
                )
            else:
                found = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
            self._mine.connection = found
        return found

    def ask(self, method: str, path: str, body: bytes | None, most: int) -> tuple[int, bytes, dict[str, str]]:
        """One request; returns status, body and headers (names in lower case).

        A connection that the other side closed meanwhile is opened once more. Raises Unavailable.
        """
        headers = {"Accept-Encoding": "gzip, identity", "User-Agent": "openleo-ledger"}
        for attempt in (1, 2):
            connection = self._connection()
            fresh = connection.sock is None
            try:
                connection.request(method, f"{self._prefix}/{path}", body, headers)
                response = connection.getresponse()
                raw = response.read(most + 1)
                if len(raw) > most:
                    raise TooLarge(f"{self.url}/{path}: larger than {most} bytes")
                given = {name.lower(): value for name, value in response.getheaders()}
                if not response.isclosed():
                    connection.close()
                return response.status, _plain(raw, given, most, f"{self.url}/{path}"), given
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                if fresh or attempt == 2:
                    raise Unavailable(f"{self.url}/{path}: {error or type(error).__name__}") from error
            except BaseException:
                connection.close()
                raise
        raise AssertionError("the second attempt returns or raises")

    def read(self, path: str, most: int) -> bytes | None:
        """The body of a GET, None for 404 and 410; raises Unavailable for any other status but 200."""
        status, raw, _ = self.ask("GET", path, None, most)
        if status in (404, 410):
            return None
        if status != 200:
            raise Unavailable(f"{self.url}/{path}: HTTP status {status}")
        return raw

    def close(self) -> None:
        """Close this thread's connection."""
        self._connection().close()


def _plain(raw: bytes, headers: dict[str, str], most: int, where: str) -> bytes:
    """The body without its compression, never more than `most` bytes of it."""
    if headers.get("content-encoding", "identity").lower() != "gzip":
        return raw
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unzip.decompress(raw, most + 1)
    except zlib.error as error:
        raise Unavailable(f"{where}: gzip: {error}") from error
    if len(plain) > most:
        raise TooLarge(f"{where}: larger than {most} bytes")
    if not unzip.eof:
        raise Unavailable(f"{where}: its gzip is cut off")
    return plain


def source_of(place: str | Path) -> Folder | Web:
    """A folder or a URL. Raises Unavailable where there is no such folder, Refused for other kinds of URL."""
    text = str(place)
    if "://" in text:
        return Web(text)
    if not Path(text).is_dir():
        raise Unavailable(f"{text}: no such folder")
    return Folder(text)
