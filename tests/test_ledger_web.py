"""The small HTTP server as clients meet it: what it answers and refuses, and that nobody holds it up."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_witnesses import eventually

from openleo.ledger.source import Web
from openleo.ledger.web import LARGEST_HEAD, Answer, Request, Server

GET = b"GET /checkpoint HTTP/1.1\r\nHost: log.example\r\n\r\n"


def answer(request: Request) -> Answer:
    """What was asked, in words."""
    if request.path == "/fails":
        raise RuntimeError("a secret")
    if request.path == "/304":
        return Answer(304, headers=(("ETag", '"7"'),))
    if request.path == "/large":
        return Answer(200, bytes(20_000_000), "application/octet-stream")
    return Answer(200, b" ".join((request.method.encode(), request.path.encode(), request.body)))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with contextlib.closing(Server(answer, largest_body=1000)) as found:
        found.start()
        yield found


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """A connection to it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        yield connection


def say(server: Server, raw: bytes) -> bytes:
    """Send bytes and no more; returns all that comes until the server closes."""
    with connected(server) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return hear(connection)


def hear(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    heard = b""
    while some := connection.recv(1 << 16):
        heard += some
    return heard


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[int, bytes]:
    connection.request(method, path, body)
    found = connection.getresponse()
    return found.status, found.read()


@contextlib.contextmanager
def client(server: Server) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        yield connection


# ---------------------------------------------------------------- what it answers


def test_one_connection_carries_many_requests(server: Server) -> None:
    with client(server) as connection:
        connection.connect()
        first = connection.sock.getsockname()
        assert ask(connection, "GET", "/a?b=c#d") == (200, b"GET /a ")
        assert ask(connection, "POST", "/a", b"body") == (200, b"POST /a body")
        assert ask(connection, "HEAD", "/a") == (200, b"")
        assert ask(connection, "GET", "/304") == (304, b"")
        assert ask(connection, "GET", "/a", b"a body that means nothing") == (
            200,
            b"GET /a a body that means nothing",
        )
        assert ask(connection, "POST", "/a", b"") == (200, b"POST /a ")
        assert connection.sock.getsockname() == first


def test_head_is_get_without_the_body(server: Server) -> None:
    with client(server) as connection:
        connection.request("HEAD", "/a")
        found = connection.getresponse()
        assert (found.status, found.headers["Content-Length"], found.read()) == (200, "7", b"")


def test_requests_may_be_sent_without_waiting_for_answers(server: Server) -> None:
    last = GET.replace(b"Host", b"Connection: close\r\nHost")
    heard = say(server, b"\r\n" + GET * 5 + last)
    assert heard.count(b"HTTP/1.1 200 OK") == heard.count(b"GET /checkpoint ") == 6
    assert heard.count(b"Connection: close") == 1


def test_a_client_of_http_1_0_gets_its_answer_and_the_end(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /a HTTP/1.0\r\n\r\n")
        assert hear(connection).endswith(b"\r\nConnection: close\r\n\r\nGET /a ")


def test_a_request_as_to_a_proxy_is_taken(server: Server) -> None:
    assert b"GET /a " in say(server, b"GET http://log.example:80/a HTTP/1.1\r\nHost: log.example\r\n\r\n")


def test_a_client_that_waits_for_leave_to_send_gets_it(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert hear(connection).endswith(b"POST /a body")


def test_a_client_that_asks_before_it_sends_too_much_is_told(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(
            b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n"
        )
        assert hear(connection).startswith(b"HTTP/1.1 413 ")


def test_a_large_answer_arrives_whole(server: Server) -> None:
    with client(server) as connection:
        assert ask(connection, "GET", "/large") == (200, bytes(20_000_000))
    source = Web(server.url)
    assert source.read("checkpoint", 100) == b"GET /checkpoint "
    source.close()


def test_a_failure_is_told_without_its_words_and_the_next_request_served(server: Server) -> None:
    with client(server) as connection:
        status, body = ask(connection, "GET", "/fails")
        assert status == 500
        assert b"secret" not in body
        assert ask(connection, "GET", "/a") == (200, b"GET /a ")


def test_requests_are_logged_where_that_is_asked_for() -> None:
    lines: list[str] = []
    with contextlib.closing(Server(answer, log=lines.append)) as server:
        server.start()
        with client(server) as connection:
            ask(connection, "GET", "/a?b")
            ask(connection, "POST", "/a", b"body")
    assert lines == ['"GET /a?b" 200 7', '"POST /a" 413 37']


def test_its_url_is_that_of_its_address() -> None:
    with contextlib.closing(Server(answer, "127.0.0.1")) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
    if socket.has_ipv6:
        try:
            server = Server(answer, "::1")
        except OSError:
            pytest.skip("no IPv6 here")
        with contextlib.closing(server):
            server.start()
            assert server.url == f"http://[::1]:{server.port}"
            source = Web(server.url)
            assert source.read("a", 100) == b"GET /a "
            source.close()


# ---------------------------------------------------------------- what it refuses


def head(*lines: bytes) -> bytes:
    return b"\r\n".join((*lines, b"", b""))


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (head(b"GET /a"), 400),
        (head(b"GET /a HTTP/2.0", b"Host: x"), 400),
        (head(b"GET /a HTTP/1.2", b"Host: x"), 400),
        (head(b"GET a HTTP/1.1", b"Host: x"), 400),
        (head(b"GET  /a HTTP/1.1", b"Host: x"), 400),
        (head(b"get /a HTTP/1.1", b"Host: x"), 400),
        (head(b"GET /\xc3\xa4 HTTP/1.1", b"Host: x"), 400),
        (head(b"GET /a HTTP/1.1"), 400),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"no colon"), 400),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"A : b"), 400),
        (head(b"GET /a HTTP/1.1", b"Host: x", b" folded"), 400),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"A: b\x00c"), 400),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"A: b\nc: d"), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
        (head(b"PUT /a HTTP/1.1", b"Host: x", b"Content-Length: 0"), 501),
        (head(b"OPTIONS /a HTTP/1.1", b"Host: x"), 501),
        (head(b"POST /a HTTP/1.1", b"Host: x"), 411),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Transfer-Encoding: chunked"), 411),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"Transfer-Encoding: chunked"), 411),
        (
            head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: 4", b"Transfer-Encoding: chunked")
            + b"body",
            411,
        ),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: -4") + b"body", 400),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: +4") + b"body", 400),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: 0x4") + b"body", 400),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: 4", b"Content-Length: 4") + b"body", 400),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: 1001"), 413),
        (head(b"POST /a HTTP/1.1", b"Host: x", b"Content-Length: 99999999999999999"), 413),
        (head(b"GET /a HTTP/1.1", b"Host: x", b"A: " + b"b" * LARGEST_HEAD), 431),
        (head(b"GET /" + b"a" * LARGEST_HEAD + b" HTTP/1.1", b"Host: x"), 431),
        (head(b"GET /a HTTP/1.1", b"Host: x", *[b"A: b"] * 5000), 431),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_ends_the_connection(
    server: Server, raw: bytes, status: int
) -> None:
    start, _, text = say(server, raw + GET).partition(b"\r\n\r\n")
    assert start.startswith(b"HTTP/1.1 %d " % status)
    assert start.endswith(b"\r\nConnection: close")
    assert b"\r\nContent-Length: %d\r\n" % len(text) in start, "one answer and no more"
    assert text.endswith(b"\n")
    assert text.decode()[:-1].isprintable()


def test_a_body_that_is_sent_in_spite_of_its_size_does_not_hide_the_answer(server: Server) -> None:
    for size in (1001, 100_000, 900_000):
        with client(server) as connection:
            status, body = ask(connection, "POST", "/a", b"a" * size)
            assert (status, body) == (413, f"body: {size} bytes; at most 1000 are allowed\n".encode())


def test_a_request_that_does_not_come_to_its_end_is_given_up() -> None:
    with contextlib.closing(Server(answer, timeout_s=0.1, largest_body=9)) as server:
        server.start()
        for raw in (GET[:-1], GET[:5], head(b"POST / HTTP/1.1", b"Host: x", b"Content-Length: 9") + b"a"):
            with connected(server) as connection:
                connection.sendall(raw)
                assert hear(connection).startswith(b"HTTP/1.1 408 ")
        with connected(server) as connection:
            assert hear(connection) == b""


def test_a_request_that_drips_is_given_up() -> None:
    """Each byte comes in time, and the whole does not."""
    with contextlib.closing(Server(answer, timeout_s=0.3)) as server:
        server.start()
        with connected(server) as connection:
            connection.settimeout(0.02)
            for _ in range(1000):
                connection.send(b"G")
                with contextlib.suppress(TimeoutError):
                    heard = connection.recv(1000)
                    break
            assert heard.startswith(b"HTTP/1.1 408 ")


def test_a_client_that_does_not_read_is_given_up() -> None:
    with contextlib.closing(Server(answer, timeout_s=0.1)) as server:
        server.start()
        before = set(threading.enumerate())
        with connected(server) as connection:
            connection.sendall(GET.replace(b"checkpoint", b"large"))
            assert connection.recv(1) == b"H"
            eventually(lambda: not set(threading.enumerate()) - before)
            heard = b""
            with contextlib.suppress(ConnectionError):
                heard = hear(connection)
            assert len(heard) < 20_000_000


def test_one_connection_too_many_is_told_so() -> None:
    with contextlib.closing(Server(answer, most_connections=3)) as server, contextlib.ExitStack() as stack:
        server.start()
        clients = [stack.enter_context(client(server)) for _ in range(3)]
        for each in clients:
            assert ask(each, "GET", "/a")[0] == 200
        for _ in range(3):
            with connected(server) as connection:
                assert hear(connection).startswith(b"HTTP/1.1 503 ")
        clients[0].close()

        def served() -> bool:
            with contextlib.suppress(ConnectionError), client(server) as connection:
                return ask(connection, "GET", "/a")[0] == 200
            return False

        eventually(served)
        assert ask(clients[1], "GET", "/a")[0] == 200


def test_it_ends_with_connections_open_and_answers_what_it_was_asked() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> Answer:
        asked.set()
        go_on.wait(30)
        return Answer(200, b"in the end")

    before = set(threading.enumerate())
    server = Server(slow, timeout_s=300)
    server.start()
    with connected(server) as idle, connected(server) as connection:
        connection.sendall(GET)
        asked.wait(30)
        closing = threading.Thread(target=server.close)
        closing.start()
        assert hear(idle) == b""
        go_on.set()
        assert hear(connection).endswith(b"in the end")
        closing.join()
        assert set(threading.enumerate()) <= before, "a thread of its own that goes on"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_it_can_be_closed_before_it_served() -> None:
    Server(answer).close()


WORDS = [
    b"GET",
    b"POST",
    b" ",
    b"/",
    b"/a",
    b" HTTP/1.1",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"Host: x",
    b"Content-Length: ",
]


@settings(max_examples=150, deadline=None)
@given(
    raw=st.lists(st.sampled_from([*WORDS, GET, b"3", b"abc"]) | st.binary(max_size=6), max_size=14).map(
        b"".join
    )
)
def test_whatever_is_sent_it_answers_or_closes(server: Server, raw: bytes) -> None:
    try:
        heard = say(server, raw)
    except ConnectionResetError:
        heard = b""
    assert heard == b"" or heard.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4", b"HTTP/1.1 501"))
    with client(server) as connection:
        assert ask(connection, "GET", "/a") == (200, b"GET /a ")
