"""Fetching element sets from a real HTTP server on this computer, and keeping them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from openleo.errors import DataMissing, InputError
from openleo.formats.celestrak import Fetched, cached, fetch
from openleo.formats.elements import read_elements

HEADER = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,"
    "MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,"
    "MEAN_MOTION_DOT,MEAN_MOTION_DDOT\r\n"
)
ROW = "SAT-{0},2026-001A,2026-05-30T07:25:28.869024,15.4,.0003,53.1,154,54,305,0,U,{0},9,1,.001,.0008,0\r\n"
ELEMENTS = HEADER + ROW.format(44714) + ROW.format(100000001)
NOW = datetime(2026, 5, 30, 12, tzinfo=UTC)


class Server(ThreadingHTTPServer):
    """Answers each query with what the test put there, and remembers what it was asked."""

    status = 200
    body = ELEMENTS.encode()
    length_too_many = 0
    asked: list[tuple[dict[str, list[str]], str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/NORAD/elements/gp.php"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        self.server.asked.append((query, self.headers["User-Agent"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body) + self.server.length_too_many))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """This computer is asked directly, whatever the environment says of proxies."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: Server, cache: Path, hours: float = 0.0, group: str = "starlink", max_age_h: float = 2.0
) -> Fetched:
    return fetch(
        group, cache=cache, max_age_h=max_age_h, now=NOW + timedelta(hours=hours), base_url=server.url
    )


def test_elements_are_downloaded_as_omm(server: Server, tmp_path: Path) -> None:
    got = ask(server, tmp_path / "new" / "cache")
    query, agent = server.asked[0]
    assert query == {"GROUP": ["starlink"], "FORMAT": ["csv"]}
    assert "openleo" in agent
    assert (got.age_h, got.fresh) == (0.0, True)
    assert "2 element sets" in got.message
    assert read_elements(got.path)[0].number.tolist() == [44714, 100000001]
    assert list(got.path.parent.iterdir()) == [got.path]


def test_nothing_is_downloaded_again_within_two_hours(server: Server, tmp_path: Path) -> None:
    ask(server, tmp_path)
    got = ask(server, tmp_path, 1.9, max_age_h=0.0)
    assert len(server.asked) == 1
    assert got.fresh
    assert got.age_h == pytest.approx(1.9, abs=1e-3)
    assert "1.9 h ago" in got.message
    assert ask(server, tmp_path, 2.1).age_h == 0.0
    assert len(server.asked) == 2
    assert ask(server, tmp_path, 12.0, max_age_h=24.0).age_h == pytest.approx(9.9, abs=1e-3)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"", "it is empty"),
        (200, b'Invalid query: "GROUP=starlnik&FORMAT=csv"', "Invalid query"),
        (200, b"<!DOCTYPE html><html><body>Sorry</body></html>", "no element sets"),
        (200, HEADER.encode(), "holds no element set"),
        (200, ELEMENTS.encode()[:-40], "no element sets"),
        (
            403,
            b"GP data has not updated since your last successful\ndownload",
            "HTTP 403: 'GP data has not updated",
        ),
        (503, b"", "HTTP 503"),
    ],
)
def test_an_answer_without_elements_leaves_the_cache(
    server: Server, tmp_path: Path, status: int, body: bytes, words: str
) -> None:
    ask(server, tmp_path)
    server.status, server.body = status, body
    got = ask(server, tmp_path, 30.0)
    assert got.path.read_bytes() == ELEMENTS.encode()
    assert not got.fresh
    assert got.age_h == pytest.approx(30.0, abs=1e-3)
    assert "30.0 h ago" in got.message
    assert words in got.message
    assert list(tmp_path.iterdir()) == [got.path]


def test_a_download_cut_off_leaves_the_cache(server: Server, tmp_path: Path) -> None:
    ask(server, tmp_path)
    server.body, server.length_too_many = (HEADER + ROW.format(1)).encode(), 100
    assert read_elements(ask(server, tmp_path, 3.0).path)[0].number.tolist() == [44714, 100000001]


def test_offline_the_cache_does_and_says_how_old_it_is(server: Server, tmp_path: Path) -> None:
    ask(server, tmp_path)
    server.server_close()
    got = fetch("starlink", cache=tmp_path, now=NOW + timedelta(days=2), base_url="http://127.0.0.1:9/")
    assert (got.fresh, got.path) == (False, tmp_path / "starlink.csv")
    assert "48.0 h ago" in got.message
    assert "cannot be reached" in got.message


def test_offline_without_cache_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        DataMissing, match=r"no element sets of 'oneweb': .*Give a file of them with --fleet"
    ) as caught:
        fetch("oneweb", cache=tmp_path, base_url="http://127.0.0.1:9/")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("group", ["", "../starlink", "star link", "starlink&FORMAT=tle", "Starlink", "-a"])
def test_a_name_that_is_no_group_is_refused(server: Server, tmp_path: Path, group: str) -> None:
    with pytest.raises(InputError, match="allowed are a-z, 0-9 and -"):
        ask(server, tmp_path, group=group)
    assert server.asked == []


def test_what_is_cached_can_be_listed(server: Server, tmp_path: Path) -> None:
    assert cached(tmp_path / "nowhere") == []
    ask(server, tmp_path, group="starlink")
    ask(server, tmp_path, 5.0, group="last-30-days")
    kept = cached(tmp_path, now=NOW + timedelta(hours=6))
    assert [(each.group, round(each.age_h, 2), each.fresh) for each in kept] == [
        ("last-30-days", 1.0, True),
        ("starlink", 6.0, False),
    ]
