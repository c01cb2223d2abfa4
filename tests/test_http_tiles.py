"""The log as files of a server's copy: other verifiers read it as they read any log."""

import contextlib
import gzip
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import rfc6962
import serving
from enforced_log import Governed, governed
from ledger_folders import flip

from openleo.ledger import acts
from openleo.ledger.audit import audit
from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.export import export
from openleo.ledger.note import Note
from openleo.ledger.policy import Policy
from openleo.ledger.source import Web
from openleo.ledger.tiles import Tile, bundle_of, tiles_of


@dataclass
class Copied:
    """A log, and a server that enforces it and hands on its copy."""

    log: Governed
    service: serving.Service
    url: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        """What anyone gets of a path under the log's address."""
        return self.service.ask("GET", f"/log/{path}", headers=headers)

    def grow(self, count: int) -> None:
        """So many entries more, and the server has seen them."""
        said = {"type": "weather", "version": 1, "time": self.log.log.now()}
        size = self.log.log.published.size
        self.log.log.append([canonical({**said, "number": size + each}) for each in range(count)])
        enforcement = self.service.controller.in_force.enforcement
        enforcement.follow()
        assert enforcement.size == size + count


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copied]:
    folder = tmp_path_factory.mktemp("log")
    with governed(folder) as log:
        log.publish(in_s=10)
        acts.write_text(log.log, "The north", b"It may be served.")
        with serving.served(str(folder / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            yield Copied(log, service, f"{service.url}/log")


def test_the_checkpoint_is_the_one_that_was_signed_and_cosigned_byte_for_byte(copied: Copied) -> None:
    answer = copied.get("checkpoint")
    assert answer.content == copied.log.log.checkpoint
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "witness.example/w1" in answer.text


def test_tiles_and_bundles_stand_where_the_specification_puts_them(copied: Copied) -> None:
    size = copied.log.log.published.size
    for tile in tiles_of(size):
        answer = copied.get(tile.path)
        assert answer.content == (copied.log.public / tile.path).read_bytes()
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_bundle_is_compressed_for_those_who_take_that(copied: Copied) -> None:
    path = Tile(None, 0, copied.log.log.published.size).path
    plain = copied.get(path, **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with copied.service.http.stream(
        "GET", f"{copied.url}/{path}", headers={"accept-encoding": "gzip"}
    ) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in copied.get(path, **{"accept-encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1", "tile/0/0000", "tile/0/x000/000", "tile/00/000", "tile/64/000", "tile/-1/000",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000/", "tile/0",
        "tile/data/000", "tile/entries/000.p/5/", "tile/..%2f..%2fnewest",
        "tile/0/%2e%2e/%2e%2e/checkpoint", "tile/0//000", "tile/0/000.p/999", "tile/0/001", "tile/0/000%00",
        "tile/0/000%0a", "tile/0/٠٠٠", "tile/%252e%252e/000", "tile/entries/x" + "0" * 300,
        "object/%2e%2e/checkpoint", "object/" + "a" * 64, "object/" + "A" * 64, "object/checkpoint",
    ],
)  # fmt: skip
def test_any_other_path_is_not_there(copied: Copied, path: str) -> None:
    answer = copied.get(path)
    assert answer.status_code in (404, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(copied.log.folder) not in answer.text


def test_a_tile_beyond_the_trusted_checkpoint_is_not_handed_out(copied: Copied) -> None:
    size = copied.log.log.published.size
    folder = copied.service.controller.in_force.enforcement.mirror.folder / "log" / "tile/0/000.p"
    (folder / str(size + 1)).write_bytes(bytes(32 * (size + 1)))
    try:
        assert copied.get(f"tile/0/000.p/{size + 1}").status_code == 404
    finally:
        (folder / str(size + 1)).unlink()


def test_the_policy_is_that_of_the_server_without_where_its_witnesses_are(copied: Copied) -> None:
    answer = copied.get("policy")
    found = Policy.parse(answer.content)
    trusted = copied.log.policy
    assert (found.logs, found.witnesses, found.quorum) == (trusted.logs, trusted.witnesses, trusted.quorum)
    assert "http" not in answer.text


def test_a_text_beside_the_log_is_handed_out_and_kept_in_no_cache(copied: Copied) -> None:
    names = [each.name for each in (copied.log.public / "object").iterdir()]
    assert names
    for name in names:
        answer = copied.get(f"object/{name}")
        assert hashlib.sha256(answer.content).hexdigest() == name
        assert answer.headers["cache-control"] == "no-store"


def test_strangers_audit_this_server_as_a_log(copied: Copied) -> None:
    tile = Tile(0, 0, copied.log.log.published.size)
    file = copied.service.controller.in_force.enforcement.mirror.folder / "log" / tile.path
    with contextlib.closing(Web(copied.url)) as source:
        report = audit(source, copied.log.policy, now=copied.log.clock.s)
        assert report.ok, report.problems
        assert report.checkpoint is not None
        assert report.checkpoint.size == copied.log.log.published.size
        was = file.read_bytes()
        flip(file, 77)
        try:
            report = audit(source, copied.log.policy, now=copied.log.clock.s)
            assert not report.ok
            assert tile.path in {each.place for each in report.problems}
        finally:
            file.write_bytes(was)


def test_a_second_verifier_reads_what_was_mirrored_from_this_server(copied: Copied, tmp_path: Path) -> None:
    with contextlib.closing(Web(copied.url)) as source:
        export(source, tmp_path / "site", policy=copied.log.policy, now=copied.log.clock.s)
    keys = [key.vkey for key in copied.log.policy.keys]
    done = subprocess.run(
        [sys.executable, rfc6962.__file__, str(tmp_path / "site"), *keys], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_was_partial_once_is_handed_out_when_the_log_has_grown(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:
            copied = Copied(log, service, f"{service.url}/log")
            small = log.log.published.size
            was = {each: copied.get(f"tile/{each}/000.p/{small}").content for each in ("0", "entries")}
            for more in (10, 300):
                copied.grow(more)
                for each, raw in was.items():
                    assert copied.get(f"tile/{each}/000.p/{small}").content == raw
                for tile in tiles_of(log.log.published.size):
                    assert copied.get(tile.path).content == (log.public / tile.path).read_bytes()
            entries = log.log.tree().entries(0, 200)
            assert copied.get("tile/entries/000.p/200").content == bundle_of(list(entries))
            # in memory a checkpoint; on the disk a changed tile: handed out as it is, for readers find it
            tile = tmp_path / "mirror" / "log" / "tile/0/000"
            flip(tile, 77)
            assert copied.get("tile/0/000").content == tile.read_bytes()


def test_a_server_with_a_rule_file_says_that_it_follows_no_log(tmp_path: Path) -> None:
    with serving.served(str(tmp_path / "h.db")) as service:
        for path in ("checkpoint", "policy", "tile/0/000", f"object/{'a' * 64}"):
            answer = service.ask("GET", f"/log/{path}")
            assert answer.status_code == 404
            assert "no log" in answer.json()["detail"]


def test_a_log_that_was_not_reached_yet_is_asked_for_again(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        silent = log.enforcement("other", Web("http://127.0.0.1:9"))
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=silent) as service:
            for path in ("checkpoint", "tile/0/000.p/4"):
                answer = service.ask("GET", f"/log/{path}")
                assert answer.status_code == 503
                assert answer.headers["retry-after"]
            assert Policy.parse(service.ask("GET", "/log/policy").content).quorum == "w1"


def test_entries_are_listed_by_kind_and_by_region(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.publish(in_s=10)
        log.publish("FR", in_s=300)
        log.publish("FR", "DE", in_s=900)
        with serving.served(str(tmp_path / "h.db"), clock=log.clock, enforced=log.enforcement()) as service:

            def listed(query: str) -> list[int]:
                headers = {"accept": "application/json"}
                found, before = list[int](), ""
                while True:
                    value = service.ask("GET", f"/log?{query}{before}", headers=headers).json()
                    found += [each["index"] for each in value["entries"]]
                    if value["next"] is None:
                        return found
                    before = f"&before={value['next']}"

            every = listed("limit=200")
            kinds = {each: service.ask("GET", f"/log/{each}.json").json()["type"] for each in every}
            for kind in ("rules-change", "keys", "checkpoint-seen", "request"):
                for limit in (1, 50):
                    expected = [each for each in every if kinds[each] == kind]
                    assert listed(f"kind={kind}&limit={limit}") == expected
            assert listed("region=off%20FR") == [4]
            assert listed("region=off%20DE&kind=rules-change") == [6]
            assert listed("region=off%20DE&kind=keys") == []
            assert listed("region=Nowhere") == []
            answer = service.ask("GET", "/log?kind=%3Cb%3E")
            assert (answer.status_code, answer.json()["field"]) == (422, "kind")
            value = service.ask("GET", "/log", headers={"accept": "application/json"}).json()
            states = {each["index"]: each["state"] for each in value["entries"]}
            assert (states[4], states[3]) == ("waiting", None)


def test_the_checkpoint_says_the_size_of_what_is_listed(copied: Copied) -> None:
    said = Checkpoint.parse(Note.parse(copied.get("checkpoint").content).text)
    listed = copied.service.ask("GET", "/log?limit=1", headers={"accept": "application/json"}).json()
    assert listed["checkpoint"]["size"] == said.size
    assert listed["entries"][0]["index"] == said.size - 1
