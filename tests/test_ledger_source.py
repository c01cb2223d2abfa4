"""Where a log is read from: a folder, and a server that answers well, wrongly, slowly or not at all."""

import gzip
import os
import socket
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ledger_folders import a_log, write_log

from openleo.ledger.errors import Malformed, Missing, Refused, TooLarge, Unavailable
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.source import Folder, Web, source_of
from openleo.ledger.tiles import Tile, Tree

ENTRIES = [b"entry %d" % at for at in range(700)]


@dataclass
class Site:
    """A server on 127.0.0.1 that gives raw answers: what each connection is sent for each request."""

    url: str
    answer: Callable[[str], bytes]
    close_after: bool = False
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    drip_s: float = 0.0


@pytest.fixture
def site() -> Iterator[Site]:
    """A site whose `answer` a test sets."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            made.connections += 1

        def do_GET(self) -> None:
            made.asked.append(self.path)
            self.close_connection = made.close_after
            raw = made.answer(self.path)
            try:
                if made.drip_s:
                    for at in range(len(raw)):
                        self.wfile.write(raw[at : at + 1])
                        if made.stopped.wait(made.drip_s):
                            break
                else:
                    self.wfile.write(raw)
            except OSError:
                self.close_connection = True  # the reader has hung up

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Site(f"http://127.0.0.1:{server.server_port}", lambda path: b"")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web(site: Site) -> Iterator[Web]:
    """A reader of the site."""
    found = Web(site.url + "/log/", timeout_s=5.0)
    yield found
    found.close()


def response(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def chunked(body: bytes, ending: bytes = b"0\r\n\r\n") -> bytes:
    """The same in two pieces, whose length nobody says before."""
    pieces = [body[: len(body) // 2], body[len(body) // 2 :]]
    raw = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + raw + ending


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 700 entries."""
    made = tmp_path_factory.mktemp("log")
    write_log(made, a_log(), ENTRIES)
    return made


def _from(folder: Path, squeeze: bool) -> Callable[[str], bytes]:
    def answer(path: str) -> bytes:
        file = folder / path.removeprefix("/log/")
        if not file.is_file():
            return response(b"<html>" + bytes(9000) + b"</html>", "404 Not Found", "Content-Type: text/html")
        if squeeze:
            return response(gzip.compress(file.read_bytes()), "200 OK", "Content-Encoding: gzip")
        return response(file.read_bytes())

    return answer


@pytest.mark.parametrize("squeeze", [False, True])
def test_a_log_behind_a_url_gives_the_proofs_of_its_folder(
    site: Site, web: Web, folder: Path, squeeze: bool
) -> None:
    site.answer = _from(folder, squeeze)
    near, far = Tree(Folder(folder), 700), Tree(web, 700)
    root = near.root()
    assert far.root() == root
    for at in (0, 255, 256, 511, 512, 699):
        assert far.inclusion(at) == near.inclusion(at)
        check_inclusion(root, 700, at, leaf_hash(ENTRIES[at]), far.inclusion(at))
        assert far.consistency(at) == near.consistency(at)
    assert list(far.entries()) == ENTRIES
    # A partial tile of before is read from the full one: a page of 404, longer than a tile, means no tile.
    older = Tree(web, 400)
    assert older.node(0, 399) == leaf_hash(ENTRIES[399])
    assert list(older.entries(250)) == ENTRIES[250:400]
    assert site.connections == 1
    with pytest.raises(Missing, match=r"/log: tile/0/003.p/9 is missing"):
        far.read(Tile(0, 3, 9))


def test_a_url_is_shown_without_its_last_slash(web: Web, site: Site) -> None:
    assert str(web) == f"{site.url}/log"
    assert site.url in str(source_of(f"{site.url}/"))


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_what_is_not_there_is_none(site: Site, web: Web, folder: Path, status: str) -> None:
    for page in (b"", b"no", bytes(100_000)):
        site.answer = lambda path, page=page: response(page, status)
        assert web.read("tile/0/000", 10) is None
    site.answer = lambda path: response(b"no gzip", status, "Content-Encoding: gzip")
    assert web.read("tile/0/000", 10) is None
    assert Folder(folder).read("tile/0/999", 10) is None
    assert Folder(folder).read("checkpoint/below-a-file", 10) is None


@pytest.mark.parametrize(
    "status", ["204 No Content", "206 Partial Content", "301 Moved", "403 Forbidden", "503 Busy"]
)
def test_any_other_status_is_named(site: Site, web: Web, status: str) -> None:
    site.answer = lambda path: response(b"", status)
    with pytest.raises(Unavailable, match=f"/log/checkpoint: HTTP status {status[:3]}"):
        web.read("checkpoint", 10)


def test_the_words_of_an_error_are_given_to_who_asks(site: Site, web: Web) -> None:
    site.answer = lambda path: response(
        b"12345678901234567890", "409 Conflict", "Content-Type: text/x.tlog.size"
    )
    status, body, headers = web.ask("POST", "add-checkpoint", b"old 1\n", 8)
    assert (status, body, headers["content-type"]) == (409, b"12345678", "text/x.tlog.size")
    site.answer = lambda path: response(gzip.compress(b"7\n"), "409 Conflict", "Content-Encoding: gzip")
    assert web.ask("POST", "add-checkpoint", b"old 1\n", 8)[:2] == (409, b"7\n")


@pytest.mark.parametrize("size", [11, 100_000])
def test_a_file_that_is_too_large_is_refused_and_not_read(
    site: Site, web: Web, tmp_path: Path, size: int
) -> None:
    body = bytes(size)
    for raw in (
        response(body),
        response(body, length=10**12),
        chunked(body),
        response(gzip.compress(body), "200 OK", "Content-Encoding: gzip"),
    ):
        site.answer = lambda path, raw=raw: raw
        with pytest.raises(TooLarge, match="checkpoint: larger than 10 bytes"):
            web.read("checkpoint", 10)
    site.answer = lambda path: response(bytes(10))
    assert web.read("checkpoint", 10) == bytes(10)
    (tmp_path / "checkpoint").write_bytes(body)
    with pytest.raises(TooLarge, match="checkpoint: larger than 10 bytes"):
        Folder(tmp_path).read("checkpoint", 10)
    assert Folder(tmp_path).read("checkpoint", size) == body


def test_a_large_file_of_a_few_gzipped_bytes_is_not_blown_up(site: Site, web: Web) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    site.answer = lambda path: response(bomb, "200 OK", "Content-Encoding: gzip")
    tracemalloc.start()
    with pytest.raises(TooLarge, match="larger than 100000 bytes"):
        web.read("checkpoint", 100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def _several(raw: bytes) -> bytes:
    return response(raw, "200 OK", "Content-Encoding: gzip")


@pytest.mark.parametrize(
    "raw",
    [
        response(b"", length=10),
        response(b"abc", length=10),
        chunked(b"abcdef", ending=b""),
        chunked(b"abcdef", ending=b"5\r\nab"),
        b"HTTP/1.1 200",
        b"",
        b"\x00\xff nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        _several(gzip.compress(b"abcdef")[:-1]),
        _several(gzip.compress(b"abcdef")[:-9]),
        _several(gzip.compress(b"abc") + gzip.compress(b"def")),
        _several(gzip.compress(b"abc") + b"def"),
        _several(zlib.compress(b"abcdef")),
        _several(b""),
        response(b"abc", "200 OK", "Content-Encoding: br"),
        response(b"abc", "200 OK", "Content-Encoding: gzip, gzip"),
    ],
)
def test_an_answer_that_is_cut_off_or_nonsense_is_noticed(site: Site, web: Web, raw: bytes) -> None:
    site.answer = lambda path: raw
    site.close_after = True
    with pytest.raises(Unavailable, match=r"/log/checkpoint: "):
        web.read("checkpoint", 100)
    site.answer = lambda path: response(b"well")
    assert web.read("checkpoint", 100) == b"well"


def test_an_answer_in_pieces_or_up_to_the_end_of_the_connection_is_read(site: Site, web: Web) -> None:
    site.answer = lambda path: chunked(b"abcdef")
    assert web.read("checkpoint", 100) == b"abcdef"
    site.answer = lambda path: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef"
    site.close_after = True
    assert web.read("checkpoint", 100) == b"abcdef"
    site.answer = lambda path: b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"
    assert web.read("checkpoint", 100) == b"abcdef"


def test_a_connection_that_was_closed_between_requests_is_opened_again(site: Site, web: Web) -> None:
    site.answer = lambda path: response(b"well")
    site.close_after = True
    for _ in range(5):
        assert web.read("checkpoint", 100) == b"well"
    site.close_after = False
    assert [web.read("checkpoint", 100) for _ in range(5)] == [b"well"] * 5
    assert (site.connections, len(site.asked)) == (6, 10)


def test_a_connection_that_breaks_in_an_answer_is_tried_once_more(site: Site, web: Web) -> None:
    site.answer = lambda path: response(b"well")
    assert web.read("checkpoint", 100) == b"well"
    answers = [b"HTTP/1.1 2", response(b"well")]
    site.answer = lambda path: answers.pop(0)
    site.close_after = True
    assert web.read("checkpoint", 100) == b"well"
    site.answer = lambda path: b"HTTP/1.1 2"
    with pytest.raises(Unavailable):
        web.read("checkpoint", 100)


def test_a_server_that_says_nothing_is_given_up(site: Site) -> None:
    site.answer = lambda path: response(b"well") if site.stopped.wait(60) else b""
    silent = Web(site.url, timeout_s=0.05)
    with pytest.raises(Unavailable, match="timed out"):
        silent.read("checkpoint", 100)
    assert len(site.asked) == 1
    silent.close()


@pytest.mark.parametrize("raw", [response(b"abc" * 1000), b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000])
def test_a_server_that_drips_is_given_up_though_no_wait_is_long(site: Site, raw: bytes) -> None:
    site.answer = lambda path: raw
    site.drip_s = 0.01
    slow = Web(site.url, timeout_s=0.1)
    with pytest.raises(Unavailable, match=r"slower than is allowed|timed out"):
        slow.read("checkpoint", 3000)
    slow.close()


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = Web(f"http://127.0.0.1:{port}/log")
    with pytest.raises(Unavailable, match=f"http://127.0.0.1:{port}/log/checkpoint: .*refused"):
        gone.read("checkpoint", 10)
    gone.close()


def test_a_server_without_a_certificate_is_not_believed(site: Site) -> None:
    secure = Web(site.url.replace("http:", "https:"), timeout_s=5.0)
    with pytest.raises(Unavailable, match=r"(?i)ssl"):
        secure.read("checkpoint", 10)
    secure.close()
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED


def test_threads_have_connections_of_their_own(site: Site, web: Web) -> None:
    both = threading.Barrier(2)

    def answer(path: str) -> bytes:
        both.wait(10)
        return response(path.encode())

    site.answer = answer
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda path: web.read(path, 100), ["a", "b"]))
    assert found == [b"/log/a", b"/log/b"]
    assert site.connections == 2


def test_a_path_goes_to_the_server_as_url_letters(site: Site) -> None:
    site.answer = lambda path: response(path.encode())
    far = Web(f"{site.url}/a b/ü%20/")
    assert far.read("checkpoint", 100) == b"/a%20b/%C3%BC%20/checkpoint"
    for path in ("object/ü", "object/a b", "object/a\r\nX: y"):
        with pytest.raises(Unavailable, match="object"):
            far.read(path, 100)
    far.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "log.example/tenerife",
        "ftp://log.example/",
        "file:///etc/hostname",
        "http://",
        "http:///log",
        "http://log.example/?a=b",
        "http://log.example/#a",
        "http://log.example:99999/",
        "http://log.example:port/",
        "http://[::1/",
        "http://a..b/",
        f"http://{'a' * 64}.example/",
    ],
)
def test_what_is_no_url_of_a_log_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="such as https://log"):
        Web(url)


def test_a_url_with_a_password_is_refused_and_the_password_not_shown() -> None:
    with pytest.raises(Refused, match=r"'log.example/tenerife'.*without name, password") as caught:
        Web("https://name:hunter2@log.example/tenerife")
    assert "hunter2" not in str(caught.value)


def test_a_place_is_a_folder_or_a_url(tmp_path: Path) -> None:
    assert isinstance(source_of("http://log.example/tenerife"), Web)
    assert isinstance(source_of(tmp_path), Folder)
    assert str(source_of(str(tmp_path))) == str(tmp_path)
    with pytest.raises(Unavailable, match="no such folder"):
        source_of(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="no such folder"):
        source_of(tmp_path / "file")
    with pytest.raises(Refused):
        source_of("file:///etc")


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tile").mkdir()
    (tmp_path / "endless").symlink_to("/dev/zero")
    for path in ("tile", "endless"):
        with pytest.raises(Unavailable, match=path):
            Folder(tmp_path).read(path, 10)
    (tmp_path / "checkpoint").symlink_to(tmp_path / "signed")
    assert Folder(tmp_path).read("checkpoint", 10) is None
    (tmp_path / "signed").write_bytes(b"well")
    assert Folder(tmp_path).read("checkpoint", 10) == b"well"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"well")
    (tmp_path / "checkpoint").chmod(0)
    with pytest.raises(Unavailable, match="checkpoint: Permission denied"):
        Folder(tmp_path).read("checkpoint", 10)


def test_too_large_is_malformed_and_unavailable_alike() -> None:
    # Who looks for either kind of trouble finds it; the exit code is that of what is malformed.
    assert issubclass(TooLarge, Malformed)
    assert issubclass(TooLarge, Unavailable)
    assert TooLarge("").exit_code == 3
