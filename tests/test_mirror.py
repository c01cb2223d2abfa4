"""A controller's copy of the log, and what stays of a copying that was cut off: nobody changed it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from controlled import MINUTE_US, Served
from enforced_log import Governed, governed
from ledger_folders import flip

from openleo.ledger import disk
from openleo.ledger.errors import Unavailable
from openleo.ledger.source import Folder
from openleo.service.governance.mirror import NEWEST, Mirror
from openleo.service.records import Outcome


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        made.publish(in_s=10)
        made.clock.pass_s(10)
        yield made


class Cut:
    """A log that is no longer there after so many objects and tiles."""

    def __init__(self, folder: Path, after: int) -> None:
        self.whole = Folder(folder)
        self.left = after

    def __str__(self) -> str:
        return str(self.whole)

    def read(self, path: str, most: int) -> bytes | None:
        """As a `Source` reads."""
        if "/" in path:
            self.left -= 1
            if self.left < 0:
                raise Unavailable("the way to it is cut")
        return self.whole.read(path, most)


def test_what_a_copying_left_that_was_cut_off_is_not_told_as_tampering(log: Governed) -> None:
    held = log.enforcement()
    change = log.publish("FR", in_s=300)
    left = 0
    for after in range(12):
        held.source = Cut(log.public, after)
        held.follow()
        left += any((held.mirror.folder / "log" / ".part").rglob("*"))
        held.follow()
        assert not held.tampering
        assert not log.enforcement(source=Cut(log.public, after)).tampering  # nor at the next start
    assert left, "nothing was ever left"
    held.source = Folder(log.public)
    held.follow()
    log.clock.pass_s(300)
    assert held.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]
    assert not held.tampering


def test_a_disk_that_was_full_in_the_middle_is_not_told_as_tampering(
    log: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *given: object) -> None:
        if path.name == NEWEST:
            raise Unavailable(f"{path}: cannot be written: no space left on device")
        disk.write_file(path, *given)  # type: ignore[arg-type]

    held = log.enforcement()
    change = log.publish("FR", in_s=300)
    with monkeypatch.context() as patched:
        patched.setattr("openleo.service.governance.mirror.write_file", full)
        for _ in range(3):
            held.follow()
            assert "no space left" in str(held.status(log.clock())["wrong"])
            assert not held.tampering
    held.follow()
    log.clock.pass_s(300)
    assert held.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]
    assert not held.tampering


def test_a_checkpoint_whose_writing_was_cut_off_is_not_told_as_tampering(log: Governed) -> None:
    held = log.enforcement()
    left = held.mirror.folder / ".newest.a1b2c3d4.tmp"
    left.write_bytes(log.log.checkpoint[:100])
    assert not log.enforcement().tampering
    assert not left.exists()


def test_a_copy_made_anew_is_put_in_its_place_after_a_kill(log: Governed) -> None:
    folder = log.enforcement().mirror.folder
    shutil.copytree(folder / "log", folder / "anew")
    (folder / "log").rename(folder / "changed")
    again = log.enforcement(source=Folder(log.folder / "nowhere"))
    assert again.rules_at(log.clock()) is not None
    assert not again.tampering


# ---------------------------------------------------------------------- a disk that fails once


def once(patched: pytest.MonkeyPatch, name: str) -> None:
    """The next call of this method of the copy finds a tile that the disk does not give."""
    real = getattr(Mirror, name)

    def failing(*given: Any) -> Any:
        patched.setattr(Mirror, name, real)
        raise Unavailable("tile/0/000.p/7: input/output error")

    patched.setattr(Mirror, name, failing)


@pytest.mark.parametrize("name", ["proof", "reader", "pack"])
def test_where_a_tile_cannot_be_read_once_the_old_goes_on_and_the_new_is_tried_again(
    log: Governed, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    held = log.enforcement()
    before = held.held(log.clock())
    assert before is not None
    change = log.publish("FR", in_s=300)
    once(monkeypatch, name)
    held.follow()
    now = held.held(log.clock())
    assert now is not None
    assert now.rules.digest == before.rules.digest
    held.follow()
    assert held.status(log.clock())["wrong"] == []
    log.clock.pass_s(300)
    assert held.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]


def test_what_held_goes_on_where_its_proof_cannot_be_read_again_for_long(
    log: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise Unavailable("tile/0/000.p/7: input/output error")

    held = log.enforcement()
    change = log.publish("FR", in_s=300)
    held.follow()
    log.log.append([b'{"time":"2026-10-26T12:00:10Z","type":"other","version":1}'])
    with monkeypatch.context() as patched:
        patched.setattr(Mirror, "proof", failing)
        for _ in range(3):
            held.follow()
            assert held.rules_at(log.clock()) is not None
        log.clock.pass_s(300)
        assert held.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]


@pytest.mark.parametrize("back", [False, True])
def test_a_copy_that_was_changed_while_it_was_read_is_read_anew(
    log: Governed, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    held = log.enforcement()
    before = held.rules_at(log.clock())
    assert before is not None
    change = log.publish("FR", in_s=300)
    reader = Mirror.reader

    def changed(mirror: Mirror) -> Any:  # a moment after it was audited
        monkeypatch.setattr(Mirror, "reader", reader)
        tile = next(each for each in (mirror.folder / "log" / "tile" / "0").rglob("*") if each.is_file())
        flip(tile, 3)
        found = reader(mirror)
        if back:
            flip(tile, 3)
        return found

    monkeypatch.setattr(Mirror, "reader", changed)
    held.follow()
    assert held.rules_at(log.clock()) == before
    held.follow()
    assert back or any("was changed" in each for each in held.tampering)
    log.clock.pass_s(300)
    assert held.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]


def test_what_was_copied_and_cannot_be_read_shortens_grants_as_a_silent_log_does(
    log: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> Any:
        raise Unavailable("tile/0/000.p/7: input/output error")

    with Served(log, log.enforcement()) as served:
        log.clock.pass_s(60)
        log.publish("FR", in_s=240)
        monkeypatch.setattr(Mirror, "reader", failing)
        log.clock.pass_s(140)
        served.enforcement.follow()
        begins_us = log.clock() + 100_000_000
        granted = served.ask(0).decisions
        assert granted.outcome[0] == Outcome.SERVE
        assert granted.valid_us[0] <= begins_us + MINUTE_US
        assert "input/output error" in served.wrong
