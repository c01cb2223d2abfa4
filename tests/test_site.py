"""The built page as it is served: what a browser may do with it, what it keeps, and nothing beside it."""

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import Service, served

from openleo.http import site

SCRIPT = b"export const words = 'planet';\n" * 200


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(str(tmp_path_factory.mktemp("site") / "store.db")) as running:
        yield running


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small build beside a secret that is no part of it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>OpenLEO</title>", encoding="utf-8")
    (folder / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "assets" / "index-Ab12.js").write_bytes(SCRIPT)
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (folder / "assets" / "linked.js").symlink_to(tmp_path / "secret")
    monkeypatch.setenv(site.FOLDER, str(folder))
    return folder


def raw_get(service: Service, target: str) -> bytes:
    """The answer to a path exactly as it is written here: clients would tidy it up."""
    url = httpx.URL(service.url)
    with socket.create_connection((url.host, url.port or 80), timeout=20) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.usefixtures("build")
def test_the_page_may_run_and_reach_nothing_but_its_own_server(service: Service) -> None:
    for path in ("/", "/favicon.svg", "/assets/index-Ab12.js"):
        answer = service.ask("GET", path)
        assert answer.status_code == 200, path
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert not any(bad in answer.headers["content-security-policy"] for bad in ("unsafe", "http:", "*"))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "geolocation=()" in answer.headers["permissions-policy"]
        assert "set-cookie" not in answer.headers


def test_hashed_files_are_kept_for_good_and_the_page_is_asked_for_each_time(
    service: Service, build: Path
) -> None:
    assert "immutable" in service.ask("GET", "/assets/index-Ab12.js").headers["cache-control"]
    first = service.ask("GET", "/")
    assert first.headers["cache-control"] == "no-cache"
    again = service.ask("GET", "/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (build / "index.html").write_text("<!doctype html><title>Another build</title>", encoding="utf-8")
    newer = service.ask("GET", "/", headers={"if-none-match": first.headers["etag"]})
    assert "Another build" in newer.text


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("takes", "coded"),
    [("gzip, deflate, br", "gzip"), ("br, *;q=0.5", "gzip"), ("identity", None), ("gzip;q=0, br", None)],
)
def test_a_large_file_is_compressed_for_who_takes_it(service: Service, takes: str, coded: str | None) -> None:
    with service.http.stream(
        "GET", f"{service.url}/assets/index-Ab12.js", headers={"accept-encoding": takes}
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coded
    assert (gzip.decompress(raw) if coded else raw) == SCRIPT
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    "target",
    [
        "/assets/../../secret", "/assets/..%2f..%2fsecret", "/assets/%2e%2e/%2e%2e/secret",
        "/assets/linked.js", "/assets/..", "/assets/.", "/assets/", "/assets//etc/passwd", "/assets/%00",
        "/assets/..%5c..%5csecret", "/assets/missing.js", "/index.html", "/static/index.html",
    ],
)  # fmt: skip
def test_nothing_beside_the_build_is_given_out(service: Service, target: str) -> None:
    answer = raw_get(service, target)
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:80]
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2]


def test_without_a_build_the_way_leads_to_the_plain_page(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(site.FOLDER, str(tmp_path / "nothing"))
    answer = service.ask("GET", "/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plain")


@pytest.mark.usefixtures("build")
def test_a_head_of_the_page_has_no_body(service: Service) -> None:
    answer = service.ask("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0
