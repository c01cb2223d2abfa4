"""A log over HTTP: what readers and verifiers get, who may append, and what nobody gets."""

import contextlib
import gzip
import hashlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_folders import NOW
from ledger_witnesses import RawServer, served

from openleo.ledger import acts
from openleo.ledger.audit import audit
from openleo.ledger.canonical import canonical
from openleo.ledger.client import LARGEST_BODY, RemoteLog, proof_of
from openleo.ledger.entries import ObjectRef, Reveal, Text, Withdrawal, read_entry
from openleo.ledger.errors import Halted, LedgerError, NotWritten, Refused, Unavailable
from openleo.ledger.log import Log
from openleo.ledger.note import COSIGNATURE, Signer
from openleo.ledger.objects import seal
from openleo.ledger.proof import Proof
from openleo.ledger.report import Report
from openleo.ledger.serve import Site
from openleo.ledger.source import Folder, Web
from openleo.ledger.submitters import make_token, revoke
from openleo.ledger.tiles import bundle_of
from openleo.ledger.web import Answer, Request

ORIGIN = "log.example/tenerife"


def entry(number: int) -> bytes:
    """An entry of a type that the ledger does not know."""
    return canonical({"type": "rule", "version": 1, "time": "2026-11-21T17:00:00Z", "number": number})


@dataclass
class Served:
    """A log that is served, and where."""

    log: Log
    site: Site
    url: str
    port: int

    def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers

    def audited(self) -> Report:
        with contextlib.closing(Web(self.url)) as web:
            return audit(web, now=NOW)

    def remote(self, name: str) -> RemoteLog:
        return RemoteLog(self.url, make_token(self.log.store.folder, name))


@contextlib.contextmanager
def serving(folder: Path, policy: str = "quorum none") -> Iterator[Served]:
    with contextlib.suppress(Unavailable):
        Log.create(folder, ORIGIN, policy_lines=policy, clock=lambda: NOW, timeout_s=5.0)
    with Log.open(folder, clock=lambda: NOW) as log:
        site = Site(log)
        with served(site.answer, LARGEST_BODY) as server:
            yield Served(log, site, server.url, server.port)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A log of 300 entries, to be read: a full tile, and a partial one."""
    with serving(tmp_path_factory.mktemp("large") / "ledger") as found:
        found.log.append([entry(n) for n in range(1, 300)])
        yield found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "ledger") as found:
        yield found


# ---------------------------------------------------------------------- what readers get


def test_the_checkpoint_is_text_and_no_cache_keeps_it(large: Served) -> None:
    status, raw, headers = large.get("/checkpoint")
    assert (status, raw) == (200, large.log.checkpoint)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"]
)
def test_tiles_and_bundles_are_bytes_that_caches_keep(large: Served, path: str) -> None:
    status, raw, headers = large.get(f"/{path}")
    assert (status, raw) == (200, (large.log.store.public / path).read_bytes())
    assert headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in headers["Cache-Control"]
    assert int(headers["Cache-Control"].partition("max-age=")[2].partition(",")[0]) > 30 * 86400
    status, nothing, head = large.get(f"/{path}", method="HEAD")
    assert (status, nothing, head["Content-Length"]) == (200, b"", str(len(raw)))


def test_bundles_are_compressed_for_those_who_take_it(large: Served) -> None:
    plain = large.get("/tile/entries/000")[1]
    for accepted in ("gzip", "identity, GZIP;q=0.5", "gzip, identity"):
        _, raw, headers = large.get("/tile/entries/000", {"Accept-Encoding": accepted})
        assert headers["Content-Encoding"] == "gzip"
        assert headers["Vary"] == "Accept-Encoding"
        assert len(raw) < len(plain) / 4
        assert gzip.decompress(raw) == plain
    for refused in ("identity", "gzip;q=0", "br, gzip;q=0.0, identity"):
        _, raw, headers = large.get("/tile/entries/000", {"Accept-Encoding": refused})
        assert "Content-Encoding" not in headers
        assert raw == plain


def test_an_audit_over_http_finds_what_one_of_the_folder_finds(large: Served) -> None:
    there, here = large.audited(), audit(Folder(large.log.store.public), now=NOW)
    assert there.ok
    assert there.counts == here.counts == {"keys@1": 1, "rule@1": 299}
    assert there.checkpoint == here.checkpoint


@pytest.mark.parametrize("index", [0, 1, 255, 256, 299])
def test_the_receipt_of_an_entry_holds_by_the_policy_of_the_log(large: Served, index: int) -> None:
    status, raw, headers = large.get(f"/proof/{index}")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    proof = Proof.parse(raw)
    assert proof.extra is not None
    checkpoint, _ = proof.check(proof.extra, large.log.store.policy)
    assert (proof.index, checkpoint.size) == (index, 300)
    if index:
        assert read_entry(proof.extra).raw == entry(index)


@pytest.mark.parametrize(
    "path",
    [
        "/key", "/../key", "/public/../key", "/%2e%2e/key", "/state.sqlite", "/submitters", "/private/x",
        "/tile/../../key", "/tile/0/../../../key", "/object/../../key", "/object/" + "0" * 64, "/object/key",
        "/tile/0/002", "/tile/0/0", "/tile/00/000", "/tile/0/000.p/0", "/tile/8/0/000", "/proof/300",
        "/proof/-1", "/proof/01", "/proof/99999999999999999999", "/nothing",
        "/log/300", "/log/300.json", "/log/300.tlog-proof", "/log/-1", "/log/01", "/log/1.html", "/log",
    ],
)  # fmt: skip
def test_what_is_not_public_or_not_there_is_not_found(large: Served, path: str) -> None:
    status, raw, _ = large.get(path)
    assert status == 404
    assert raw.endswith(b"\n")
    assert b"PRIVATE" not in raw
    assert str(large.log.store.folder).encode() not in raw


class Page(HTMLParser):
    """What a browser makes of a page: its text, its tags, where it leads; tags must be closed as opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self._open = "", list[str](), set[str](), list[str]()
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_what_the_log_is_what_it_says_and_what_it_does_not_prove(small: Served) -> None:
    acts.write_text(
        small.log, 'Decision <b>7</b> "x"', b"Service is on.\n<script>alert(1)</script>\x1b[31m\xe2\x80\xae"
    )
    index = acts.write_text(small.log, "Decision 8", b"A name that must go.")
    small.log.append([b'{"<i>":"<i>","time":"2026-11-21T17:00:00Z","type":"rule","version":1}'])
    status, raw, headers = small.get("/")
    page = Page(raw.decode())
    assert status == 200
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    for words in (
        ORIGIN, "4 (checkpoint)", small.log.store.signers[0].verifier.vkey, 'Decision <b>7</b> "x"',
        "Service is on.\n<script>alert(1)</script>", '{"<i>":"<i>"}', "A name that must go.", "no witness",
        "does not prove that a satellite", "openleo ledger audit",
    ):  # fmt: skip
        assert words in page.text, words
    assert not page.tags & {"script", "img", "iframe", "b:", "i"}
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text
    for link in page.links:
        assert link.startswith("https://c2sp.org/") or small.get(f"/{link}")[0] == 200
    text = read_entry(small.log.tree().entry(index))
    assert isinstance(text, Text)
    acts.withdraw(small.log, text.text.object, "It named a person.")
    after = Page(small.get("/")[1].decode()).text
    assert "A name that must go." not in after
    assert "It named a person." in after


def test_each_entry_has_a_page_its_json_and_its_proof(small: Served) -> None:
    acts.write_text(small.log, "Decision <b>7</b>", b"Service is on.\n<script>alert(1)</script>")
    strange = {"<i>": "\u202e", "time": "2026-11-21T17:00:00Z", "type": "rule", "version": 1}
    small.log.append([canonical(strange)])
    for index in range(3):
        raw = small.log.tree().entry(index)
        status, html, headers = small.get(f"/log/{index}")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        page = Page(html.decode())
        leaf = hashlib.sha256(b"\x00" + raw).hexdigest()
        for words in (f"Entry {index}", leaf, "3 (checkpoint)", "openleo ledger verify", "does not prove"):
            assert words in page.text, words
        assert not page.tags & {"script", "img", "iframe", "i"}
        assert "\u202e" not in page.text
        for link in page.links:
            assert small.get(urljoin(f"/log/{index}", link))[0] == 200
        value = json.loads(small.get(f"/log/{index}.json")[1])
        assert value == json.loads(small.get(f"/log/{index}", {"Accept": "application/json"})[1])
        assert (value["leaf_hash"], value["checkpoint"]["size"]) == (leaf, 3)
        assert canonical(value["entry"]) == raw
        proof = Proof.parse(small.get(f"/log/{index}.tlog-proof")[1])
        proof.check(raw, small.log.store.policy)
    assert "Service is on.\n<script>alert(1)</script>" in Page(small.get("/log/1")[1].decode()).text


def test_an_object_is_bytes_for_no_cache_and_goes_when_it_is_withdrawn(small: Served) -> None:
    ref = acts.put(small.log, b"<html>A text</html>", "text/html")
    small.log.append(
        [canonical({"type": "x", "version": 1, "time": "2026-11-21T17:00:00Z", "at": ref.value})]
    )
    status, raw, headers = small.get(f"/object/{ref.object}")
    assert (status, raw[65:]) == (200, b"<html>A text</html>")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    acts.withdraw(small.log, ref.object, "It had to go.")
    assert small.get(f"/object/{ref.object}")[0] == 404
    assert small.audited().ok


# ---------------------------------------------------------------------- who may append


def test_nobody_may_append_until_somebody_was_given_a_token(small: Served) -> None:
    body = bundle_of([entry(1)])
    assert small.get("/append", {"Authorization": "Bearer "}, "POST", body)[0] == 403
    token = make_token(small.log.store.folder, "controller-1")
    for wrong in (
        {},
        {"Authorization": "Bearer "},
        {"Authorization": token},
        {"Authorization": f"Bearer {token}x"},
    ):
        assert small.get("/append", wrong, "POST", body)[0] == 401
    assert small.log.published.size == 1
    status, raw, _ = small.get("/append", {"Authorization": f"bearer {token}"}, "POST", body)
    assert (status, json.loads(raw)) == (200, {"first": 1, "count": 1})
    revoke(small.log.store.folder, "controller-1")
    assert small.get("/append", {"Authorization": f"Bearer {token}"}, "POST", body)[0] == 403
    assert small.log.published.size == 2


def test_a_token_is_kept_as_its_hash_and_a_name_has_one(small: Served) -> None:
    folder = small.log.store.folder
    token = make_token(folder, "controller-1")
    assert all(token.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (folder / "submitters").stat().st_mode & 0o077 == 0
    for name in ("controller-1", "", "two words", "../x", "a" * 65):
        with pytest.raises(Refused, match="name"):
            make_token(folder, name)
    with pytest.raises(Refused, match="controller-2"):
        revoke(folder, "controller-2")


def test_what_is_read_cannot_be_posted_to(small: Served) -> None:
    for path in ("/", "/checkpoint", "/tile/0/000", "/proof/0", "/healthz", "/nothing"):
        status, _, headers = small.get(path, method="POST", body=b"")
        assert (status, headers["Allow"]) == (405, "GET")
    status, _, headers = small.get("/append")
    assert (status, headers["Allow"]) == (405, "POST")


def test_entries_of_several_controllers_stand_in_the_one_log_each_where_its_answer_says(
    small: Served,
) -> None:
    remotes = [small.remote(f"controller-{n}") for n in range(4)]
    where: dict[int, range] = {}

    def hand_over(controller: int) -> None:
        for group in range(5):
            numbers = range(1000 * controller + 10 * group, 1000 * controller + 10 * group + 7)
            indices = remotes[controller].append([entry(n) for n in numbers])
            where.update((n, range(at, at + 1)) for n, at in zip(numbers, indices, strict=True))

    threads = [threading.Thread(target=hand_over, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(where) == 4 * 5 * 7
    entries = list(small.log.tree().entries())
    assert len(entries) == 1 + len(where)
    assert all(entries[at.start] == entry(number) for number, at in where.items())
    assert small.audited().ok


def test_a_remote_log_refuses_what_the_log_refuses(small: Served) -> None:
    remote = small.remote("controller-1")
    for wrong, words in (
        (b"{}", "type"),
        (b'{"type":"x","version":1, "time":"2026-11-21T17:00:00Z"}', "canonical"),
        (read_entry(small.log.tree().entry(0)).raw, "keys"),
        (Text("2026-11-21T17:00:00Z", "", acts.ObjectRef("0" * 64, 70, "text/plain")).raw, "object 0000"),
    ):
        with pytest.raises(Refused, match=words):
            remote.append([entry(1), wrong])
    with pytest.raises(Refused, match="none given"):
        remote.append([])
    with pytest.raises(Refused, match=f"at most {LARGEST_BODY}"):
        remote.append(
            [canonical({"type": "x", "version": 1, "time": "2026-11-21T17:00:00Z", "a": "x" * 60000})] * 80
        )
    assert small.log.published.size == 1


def test_a_text_goes_beside_a_remote_log_before_the_entry_that_names_it(small: Served) -> None:
    remote = small.remote("controller-1")
    ref = remote.put(b"Service is on.", acts.PLAIN)
    (index,) = remote.append([Text("2026-11-21T17:00:00Z", "Decision 7", ref).raw])
    report = small.audited()
    assert (report.ok, report.objects, index) == (True, 1, 1)
    name, raw = seal(b"x")
    token = {"Authorization": f"Bearer {make_token(small.log.store.folder, 'controller-2')}"}
    assert small.get(f"/object/{name}", token, "POST", raw + b"y")[0] == 422
    assert small.get(f"/object/{name}", {}, "POST", raw)[0] == 401
    assert small.get(f"/object/{name}", method="GET")[0] == 404


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=300) | st.lists(st.binary(max_size=40), max_size=5).map(bundle_of))
def test_no_body_gets_anything_into_the_log_but_entries(large: Served, body: bytes) -> None:
    folder = large.log.store.folder
    with contextlib.suppress(Refused):
        (folder / "token").write_text(make_token(folder, "fuzz"))
    token = (folder / "token").read_text()
    answer = large.site.answer(Request("POST", "/append", {"authorization": f"Bearer {token}"}, body))
    assert answer.status == 422
    assert large.log.published.size == 300


def test_a_remote_log_says_whether_what_was_handed_over_may_be_in_the_log() -> None:
    with pytest.raises(NotWritten, match="nothing was handed over"):
        RemoteLog("http://127.0.0.1:9", "token").append([entry(1)])
    dumb = RawServer(lambda connection: None)
    try:
        with pytest.raises(Unavailable, match="not known") as failed:
            RemoteLog(dumb.url, "token").append([entry(1)])
        assert not isinstance(failed.value, NotWritten)
        assert dumb.asked == 1
    finally:
        dumb.close()


@pytest.mark.slow
def test_whoever_hands_entries_over_hears_whether_they_are_in_the_log(tmp_path: Path) -> None:
    silent = Signer("witness.example/w1", bytes(32), COSIGNATURE).verifier
    with serving(tmp_path / "ledger") as found:
        folder = found.log.store.folder
        remote = found.remote("controller-1")
        found.log.change_policy("quorum none", "nothing changes")
    nowhere = f"witness w1 {silent.vkey} http://127.0.0.1:9\nquorum w1"
    with Log.open(folder, clock=lambda: NOW, timeout_s=2.0) as log, pytest.raises(Unavailable):
        log.change_policy(nowhere, "a witness that is not there")
    with Log.open(folder, clock=lambda: NOW, timeout_s=0.3) as log:
        with served(Site(log).answer, LARGEST_BODY) as server:
            late = RemoteLog(server.url, make_token(folder, "controller-2"))
            with pytest.raises(NotWritten, match="nothing was written"):
                late.append([entry(1)])
        assert log.store.edge.size == 3
    with pytest.raises(NotWritten, match="nothing was handed over"):
        remote.append([entry(1)])


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"first":0,"count":2}', b'{"first":"1","count":1}'])
def test_a_remote_log_does_not_believe_an_answer_that_makes_no_sense(raw: bytes) -> None:
    with served(lambda request: Answer(200, raw)) as server, pytest.raises(Unavailable):
        RemoteLog(server.url, "token").append([entry(1)])


def test_a_token_goes_to_another_machine_over_tls_alone_and_into_no_message() -> None:
    for url in (
        "http://log.example/tenerife",
        "ftp://log.example",
        "https://user@log.example",
        "log.example",
    ):
        with pytest.raises(Refused) as refused:
            RemoteLog(url, "hunter2hunter2")
        assert "hunter2" not in str(refused.value)
    RemoteLog("https://log.example/tenerife", "hunter2hunter2")
    for token in ("", "two words", "line\nbreak", "ключ"):
        with pytest.raises(Refused, match="token"):
            RemoteLog("https://log.example/tenerife", token)
    with pytest.raises(LedgerError) as failed:
        RemoteLog("http://127.0.0.1:9", "hunter2hunter2").append([entry(1)])
    assert "hunter2" not in str(failed.value)


def test_a_log_whose_history_forked_says_so_and_takes_nothing(tmp_path: Path) -> None:
    witness = Signer("witness.example/w1", bytes(32), COSIGNATURE).verifier
    ahead = Answer(409, b"1000\n", "text/x.tlog.size")
    with served(lambda request: ahead) as liar:
        policy = f"witness w1 {witness.vkey} {liar.url}\nquorum w1"
        with contextlib.suppress(Halted), serving(tmp_path / "ledger", policy) as found:
            with pytest.raises(Halted):
                found.log.wait(10.0)
            status, raw, _ = found.get("/healthz")
            assert status == 503
            assert "1000" in json.loads(raw)["halted"]
            with pytest.raises(Halted, match="1000"):
                found.remote("controller-1").append([entry(1)])
            assert found.get("/")[0] == 200


def test_how_a_log_is_stands_in_its_health(large: Served) -> None:
    status, raw, headers = large.get("/healthz")
    health = json.loads(raw)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (health["origin"], health["size"], health["published"]) == (ORIGIN, 300, 300)


def test_a_receipt_made_from_tiles_is_the_one_that_the_log_makes(large: Served) -> None:
    with contextlib.closing(Web(large.url)) as web:
        assert proof_of(web, 17).raw == large.log.proof(17).raw
    with pytest.raises(Refused, match="300"):
        proof_of(Folder(large.log.store.public), 300)


def test_what_others_put_there_is_not_shown_or_taken_away_by_submitters(small: Served) -> None:
    name, client = "ab" * 32, small.remote("somebody")
    for entry in (
        Reveal("2026-11-21T17:00:00Z", 0, ObjectRef(name, 100, "text/plain")),
        Withdrawal("2026-11-21T17:00:00Z", name, "Because."),
    ):
        with pytest.raises(Refused, match="made where the log is"):
            client.append([entry.raw])
