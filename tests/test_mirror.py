"""A controller's copy of the log, and what stays of a copying that was cut off: nobody changed it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from enforced_log import Governed, governed

from openleo.ledger import disk
from openleo.ledger.errors import Unavailable
from openleo.ledger.source import Folder
from openleo.service.governance.mirror import NEWEST


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
    left = held.mirror.folder / "checkpoints" / ".newest.a1b2c3d4.tmp"
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
