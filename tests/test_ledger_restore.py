"""What was put back from a backup, copied, or changed on the disk: a log refuses to contradict itself.

And it says what to do: a mirror that holds all that was signed brings it forward.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rfc6962
from ledger_faults import Kept, Seer, a_seen_log
from ledger_folders import ORIGIN, a_log, flip, write_log
from ledger_witnesses import Clock, eventually
from ledger_writers import LATER, Nursery, Said, an_entry

from openleo.ledger import acts
from openleo.ledger.audit import audit
from openleo.ledger.entries import seconds_of
from openleo.ledger.errors import Halted, LedgerError, Missing, Unavailable, Unverified
from openleo.ledger.export import export
from openleo.ledger.log import Log
from openleo.ledger.note import Signer
from openleo.ledger.restore import restore
from openleo.ledger.source import Folder

NOW = seconds_of(LATER)
OLD, NEW = 300, 900
"""Entries of the backup, and of the log when it was lost."""


class Lost:
    """A log, an old backup of its folder, and a mirror that is up to date."""

    def __init__(self, where: Path) -> None:
        self.folder = where / "log"
        self.marker = where / "log.signed"
        self.backup = where / "backup"
        self.mirror = where / "mirror"
        self.kept = Kept(self.folder)
        Log.create(self.folder, ORIGIN)
        self.grow("old", OLD - 1)
        shutil.copytree(self.folder, self.backup)
        self.grow("new", NEW - OLD)
        export(Folder(self.folder / "public"), self.mirror, now=NOW)

    def grow(self, tag: str, count: int) -> None:
        """Append so many entries, one of which is a text."""
        with Log.open(self.folder) as log:
            names = [f"{tag}-{n}" for n in range(count - 1)]
            self.kept.acknowledged(names, log.append([an_entry(name) for name in names])[0])
            acts.write_text(log, tag, tag.encode())
        self.kept.look()

    def put_back(self, *names: str) -> None:
        """Take these files or folders of the log from the backup; without names, all of it."""
        for name in names or [path.name for path in self.folder.iterdir()]:
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            there = self.backup / name
            shutil.copytree(there, path) if there.is_dir() else shutil.copy(there, path)

    def files(self) -> dict[Path, bytes]:
        """All that is there."""
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def lost(tmp_path: Path) -> Lost:
    return Lost(tmp_path)


@pytest.fixture(scope="module")
def born() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


def refuses(folder: Path, reason: str) -> None:
    """A log does not open, and says why."""
    with pytest.raises(Halted, match=reason):
        Log.open(folder)


# ------------------------------------------------------------------ old backups


@pytest.mark.parametrize(
    ("put_back", "reason"),
    [
        ((), "size 900 was signed, and .* holds 300 entries: it was put back from an old backup"),
        (("state.sqlite",), "size 900 was signed, and .* holds 300 entries"),
        (("public",), "not what this log wrote: .*tile/.* is missing"),
        (("public", "state.sqlite"), "size 900 was signed, and .* holds 300 entries"),
    ],
)
def test_what_was_put_back_refuses_and_a_mirror_brings_it_forward(
    lost: Lost, put_back: tuple[str, ...], reason: str
) -> None:
    lost.put_back(*put_back)
    before = lost.files()
    refuses(lost.folder, reason)
    assert {path: raw for path, raw in lost.files().items() if path.name != "lock"} == {
        path: raw for path, raw in before.items() if path.name != "lock"
    }, "it refused, and changed something"
    assert restore(lost.folder, Folder(lost.mirror)).size == NEW
    lost.kept.reopened("after")
    assert audit(Folder(lost.folder / "public"), now=NOW).ok


def test_a_state_put_back_alone_is_brought_forward_from_the_logs_own_files(lost: Lost) -> None:
    lost.put_back("state.sqlite")
    assert restore(lost.folder, Folder(lost.folder / "public")).size == NEW
    lost.kept.reopened("after")


def test_a_log_whose_state_is_lost_is_brought_forward(lost: Lost) -> None:
    (lost.folder / "state.sqlite").unlink()
    refuses(lost.folder, "state.sqlite: missing: .*openleo ledger restore")
    assert restore(lost.folder, Folder(lost.folder / "public")).size == NEW
    (lost.folder / "state.sqlite").write_bytes(b"not a database, and longer than nothing" * 100)
    refuses(lost.folder, "not a database.*take this file away")
    (lost.folder / "state.sqlite").unlink()
    assert restore(lost.folder, Folder(lost.mirror)).size == NEW
    lost.kept.reopened("after")


def test_a_marker_put_back_with_its_log_going_on_refuses(lost: Lost, tmp_path: Path) -> None:
    shutil.copy(lost.marker, tmp_path / "old.signed")
    lost.grow("newer", 10)
    shutil.copy(tmp_path / "old.signed", lost.marker)
    refuses(lost.folder, "the marker says 900, and a checkpoint of size 910 is published")
    export(Folder(lost.folder / "public"), lost.mirror, now=NOW)
    restore(lost.folder, Folder(lost.mirror))
    lost.kept.reopened("after")


def test_a_log_without_its_marker_refuses_and_is_brought_up_to_a_mirror(lost: Lost) -> None:
    lost.marker.unlink()
    refuses(lost.folder, "the marker is missing: .*openleo ledger restore")
    lost.put_back()
    refuses(lost.folder, "the marker is missing")
    restore(lost.folder, Folder(lost.mirror))
    lost.kept.reopened("after")


def test_a_wrong_marker_refuses_and_says_what_to_do(lost: Lost) -> None:
    raw = lost.marker.read_bytes()
    for wrong in (raw + b"901 AAAA\n", raw + b"\x00\x00\x00\n", raw + b"0901 " + raw.split()[1] + b"\n"):
        lost.marker.write_bytes(wrong)
        refuses(lost.folder, "of the marker: .*take this file away")
    lost.marker.unlink()
    restore(lost.folder, Folder(lost.mirror))
    lost.kept.reopened("after")


def test_a_line_that_was_torn_off_the_marker_is_none(lost: Lost) -> None:
    whole = lost.marker.read_bytes()
    for torn in (b"9", b"901 AAAA", b"901 ", b"\x00" * 7, b"901 " + whole.split()[-1]):
        lost.marker.write_bytes(whole + torn)
        lost.kept.reopened(f"after {torn!r}")
        assert lost.marker.read_bytes().endswith(b"\n")
        whole = lost.marker.read_bytes()


def test_the_marker_of_another_log_refuses(lost: Lost, tmp_path: Path) -> None:
    Log.create(tmp_path / "other", ORIGIN)
    shutil.copy(tmp_path / "other.signed", lost.marker)
    refuses(lost.folder, "the marker says 1, and a checkpoint of size 900 is published")
    with Log.open(tmp_path / "other") as log:
        log.append([an_entry(f"{n}") for n in range(NEW - 1)])
    shutil.copy(tmp_path / "other.signed", lost.marker)
    refuses(lost.folder, "another root was signed at size 900: this is another history")
    with pytest.raises(Halted, match="another history: its root at size 900 is not that of the marker"):
        restore(lost.folder, Folder(lost.mirror))


def test_the_key_of_another_log_refuses(lost: Lost, tmp_path: Path) -> None:
    for origin in (ORIGIN, "log.example/other"):
        Log.create(tmp_path / origin[-5:], origin)
        shutil.copy(tmp_path / origin[-5:] / "key", lost.folder / "key")
        refuses(lost.folder, "no signature of a known key")
        (lost.folder / "public" / "checkpoint").rename(tmp_path / "checkpoint")
        refuses(lost.folder, "a key is missing with which this log says that it signs")
        with pytest.raises(Unverified, match="no signature of a known key"):
            restore(lost.folder, Folder(lost.mirror))
        (tmp_path / "checkpoint").rename(lost.folder / "public" / "checkpoint")
    lost.put_back("key")
    lost.kept.reopened("after")


def test_a_log_that_replaced_its_key_is_brought_forward_with_the_newest_key(lost: Lost) -> None:
    with Log.open(lost.folder) as log:
        log.rotate()
        log.finish_rotation()
    lost.kept.look()
    export(Folder(lost.folder / "public"), lost.mirror, now=NOW)
    newest = (lost.folder / "key").read_bytes()
    lost.put_back()
    with pytest.raises(Unverified, match="no signature of a known key"):
        restore(lost.folder, Folder(lost.mirror))
    (lost.folder / "key").write_bytes(newest)
    refuses(lost.folder, "no signature of a known key|put back from an old backup")
    assert restore(lost.folder, Folder(lost.mirror)).size == NEW + 2
    lost.kept.reopened("after")
    assert (lost.folder / "key").read_bytes() == newest


def test_what_was_withdrawn_does_not_come_back_with_a_backup(lost: Lost) -> None:
    (path, *_) = sorted((lost.backup / "public" / "object").iterdir())
    with Log.open(lost.folder) as log:
        acts.withdraw(log, path.name, "it had to go")
    export(Folder(lost.folder / "public"), lost.mirror, now=NOW)
    lost.put_back()
    assert (lost.folder / "public" / "object" / path.name).exists()
    restore(lost.folder, Folder(lost.mirror))
    assert not (lost.folder / "public" / "object" / path.name).exists()
    lost.kept.reopened("after")


# ------------------------------------------------------------------ mirrors


def test_a_mirror_that_holds_less_is_refused_and_nothing_changes(lost: Lost) -> None:
    lost.put_back()
    with pytest.raises(Halted, match=r"holds 300 entries, and the marker .* 900: another mirror is needed"):
        restore(lost.folder, Folder(lost.backup / "public"))
    with pytest.raises(Unavailable, match="there is no checkpoint"):
        restore(lost.folder, Folder(lost.folder.parent))
    refuses(lost.folder, "put back from an old backup")


def test_a_mirror_of_another_history_is_refused(lost: Lost, tmp_path: Path) -> None:
    key = Signer.parse((lost.folder / "key").read_text())
    entries = rfc6962.log(lost.mirror, [key.verifier.vkey])
    changed = [*entries[:500], an_entry("another"), *entries[501:]]
    for size in (NEW, NEW + 50):  # signed by the log's own key: whoever did that forked it
        write_log(tmp_path / f"{size}", key, (changed * 2)[:size])
        for put_back in (True, False):
            if put_back:
                lost.put_back()
            with pytest.raises(Halted, match="another history: its root at size 900"):
                restore(lost.folder, Folder(tmp_path / f"{size}"))
    write_log(tmp_path / "stranger", a_log(9), entries)
    with pytest.raises(Unverified, match="no signature of a known key"):
        restore(lost.folder, Folder(tmp_path / "stranger"))
    shutil.copy(lost.mirror / "checkpoint", tmp_path / "900" / "checkpoint")
    with pytest.raises(LedgerError, match=r"another history|do not give the root"):
        restore(lost.folder, Folder(tmp_path / "900"))


def test_a_mirror_with_a_flipped_bit_is_refused(lost: Lost) -> None:
    lost.put_back()
    (text,) = {path.name for path in (lost.mirror / "object").iterdir()} - {
        path.name for path in (lost.folder / "public" / "object").iterdir()
    }
    for name, reason in (
        ("tile/entries/002", "do not give the root|another history"),
        ("tile/entries/003.p/132", "do not give the root|another history"),
        ("checkpoint", "checkpoint|signature|note|key"),
        (f"object/{text}", "SHA-256"),
    ):
        flip(lost.mirror / name, 8 * 40)
        with pytest.raises(LedgerError, match=reason):
            restore(lost.folder, Folder(lost.mirror))
        refuses(lost.folder, "put back from an old backup")
        flip(lost.mirror / name, 8 * 40)
    (lost.mirror / "tile/entries/001").rename(lost.mirror / "away")
    with pytest.raises(Missing):
        restore(lost.folder, Folder(lost.mirror))
    (lost.mirror / "away").rename(lost.mirror / "tile/entries/001")
    restore(lost.folder, Folder(lost.mirror))
    lost.kept.reopened("after")


# ------------------------------------------------------------------ flipped bits in the log's own folder


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tile/entries/003.p/132", r"tile/entries/003\.p/132: (its entries are not those|bundle: entry)"),
        ("tile/0/003.p/132", r"tile/entries/003\.p/132: its entries are not those"),
        ("tile/1/000.p/3", "tiles do not give the root .*openleo ledger audit"),
        ("checkpoint", "public/checkpoint: "),
    ],
)
@pytest.mark.parametrize("bit", [0, 8 * 41 + 3])
def test_a_flipped_bit_where_the_log_grows_is_found_before_a_start(
    lost: Lost, name: str, reason: str, bit: int
) -> None:
    flip(lost.folder / "public" / name, bit)
    refuses(lost.folder, reason)
    restore(lost.folder, Folder(lost.mirror))
    lost.kept.reopened("after")


def test_a_flipped_bit_in_the_state_or_the_key_is_found_before_a_start(lost: Lost) -> None:
    raw = (lost.folder / "key").read_bytes()
    (lost.folder / "key").write_bytes(raw.replace(b"a", b"b"))
    with pytest.raises(Halted, match="key: ") as error:
        Log.open(lost.folder)
    assert raw.split(b"+")[-1].strip().decode()[:8] not in str(error.value)
    (lost.folder / "key").write_bytes(raw)
    state = (lost.folder / "state.sqlite").read_bytes()
    at = state.index(rfc6962.log(lost.mirror, [vkey_of(lost)]) and root_of(lost))
    flip(lost.folder / "state.sqlite", 8 * at)
    refuses(lost.folder, "do not give the root that was committed")


def vkey_of(lost: Lost) -> str:
    """The log's key, as others know it."""
    return Signer.parse((lost.folder / "key").read_text()).verifier.vkey


def root_of(lost: Lost) -> bytes:
    """The root that is published."""
    return rfc6962.checkpoint((lost.folder / "public" / "checkpoint").read_bytes(), [vkey_of(lost)])[1]


def test_a_flipped_bit_under_a_running_writer_stops_it_before_it_signs(lost: Lost) -> None:
    with Log.open(lost.folder) as log:
        flip(lost.folder / "public" / "tile/1/000.p/3", 8 * 41)
        before = log.checkpoint
        said = set()
        for _ in range(3):
            with pytest.raises(
                Halted, match=r"tile/1/000\.p/3 does not hold what this log wrote there"
            ) as why:
                log.append([an_entry("a")])
            said.add(why.value)
        assert len(said) == 3  # each its own: what is raised twice grows
        assert log.checkpoint == before == (lost.folder / "public" / "checkpoint").read_bytes()
        assert "tile/1/000.p/3" in log.health()["halted"]
        with pytest.raises(Halted):
            log.wait()
        with pytest.raises(Halted):
            log.rotate()
    refuses(lost.folder, "tiles do not give the root")


def test_a_bundle_that_was_spoilt_before_it_was_signed_is_not_signed_by_the_next_start(
    tmp_path: Path, born: Nursery
) -> None:
    Log.create(tmp_path / "log", ORIGIN)
    with born.writer() as writer:
        writer.do("open", folder=str(tmp_path / "log"))
        writer.do("die", call="fdatasync", after=0)  # before the marker is synced: committed, and not signed
        writer.ask("append", names=[f"{n}" for n in range(600)])
        writer.wait_gone()
    flip(tmp_path / "log" / "public" / "tile" / "entries" / "001", 8 * 41)
    refuses(tmp_path / "log", "tile/0/001 does not go together with tile/entries/001")
    flip(tmp_path / "log" / "public" / "tile" / "entries" / "001", 8 * 41)
    with Log.open(tmp_path / "log") as log:
        assert log.wait().size == 601


# ------------------------------------------------------------------ two writers


def test_a_second_writer_of_a_folder_is_refused(lost: Lost, born: Nursery) -> None:
    with born.writer() as writer:
        writer.do("open", folder=str(lost.folder))
        refuses(lost.folder, "another process writes this log; one may at a time")
        with pytest.raises(Halted, match="another process writes this log"):
            restore(lost.folder, Folder(lost.mirror))
        lost.kept.acknowledged(["a"], writer.do("append", names=["a"]))
        writer.kill()  # and the lock with it
        lost.kept.reopened("after")


def test_a_copy_of_a_folder_beside_it_has_the_same_marker_and_does_not_sign_beside_it(
    lost: Lost, tmp_path: Path, born: Nursery
) -> None:
    shutil.copytree(lost.folder, tmp_path / "copy")
    with born.writer() as writer, born.writer() as other:
        writer.do("open", folder=str(lost.folder))
        with pytest.raises(Said, match=r"Halted: .*another process signs with this marker"):
            other.do("open", folder=str(tmp_path / "copy"))
        lost.kept.acknowledged(["a"], writer.do("append", names=["a"]))
        writer.do("close")
        # one after the other does not help the copy either: it lacks what was signed meanwhile
        with pytest.raises(Said, match=r"Halted: .*put back from an old backup"):
            other.do("open", folder=str(tmp_path / "copy"))
    lost.kept.reopened("after")


def test_a_marker_that_is_replaced_under_a_running_writer_stops_it(lost: Lost, tmp_path: Path) -> None:
    shutil.copy(lost.marker, tmp_path / "copy.signed")
    with Log.open(lost.folder) as log:
        (tmp_path / "copy.signed").rename(lost.marker)
        with pytest.raises(Halted, match="the marker was removed or replaced while the log was open"):
            log.append([an_entry("a")])
    lost.kept.reopened("after")


def test_a_copy_with_a_copy_of_the_marker_is_stopped_by_witnesses_alone(tmp_path: Path) -> None:
    seer = Seer(tmp_path / "witness")
    try:
        a_seen_log(tmp_path / "one" / "log", seer)
        with Log.open(tmp_path / "one" / "log") as log:
            log.wait()
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        with Log.open(tmp_path / "one" / "log") as one, Log.open(tmp_path / "two" / "log") as two:
            one.append([an_entry("one")])
            for _ in range(2):
                with pytest.raises(Halted, match="has cosigned another root at size 2"):
                    two.append([an_entry("two")])
            assert two.published.size == 1
            one.append([an_entry("more")])
        with Log.open(tmp_path / "two" / "log") as two, pytest.raises(Halted, match="cosigned size 3"):
            two.wait()
        with Log.open(tmp_path / "one" / "log") as one:
            assert one.append([an_entry("still more")]) == range(3, 4)
    finally:
        seer.close()
    # Without witnesses nothing stops it: two checkpoints of one size, which a monitor of both would show.
    Log.create(tmp_path / "three" / "log", ORIGIN)
    shutil.copytree(tmp_path / "three", tmp_path / "four")
    signed = []
    for name in ("three", "four"):
        with Log.open(tmp_path / name / "log") as log:
            log.append([an_entry(name)])
            signed.append(log.checkpoint.split(b"\n")[1:3])
    assert signed[0][0] == signed[1][0] == b"2"
    assert signed[0][1] != signed[1][1]


# ------------------------------------------------------------------ witnesses


@pytest.fixture
def seers(tmp_path: Path) -> Iterator[Callable[..., Seer]]:
    """Witnesses that are closed in the end."""
    made: list[Seer] = []

    def make(name: str, clock: Clock | None = None) -> Seer:
        made.append(Seer(tmp_path / name, f"witness.example/{name}", clock))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_all_is_published_when_a_witness_comes_back(tmp_path: Path, seers: Callable[..., Seer]) -> None:
    seer = seers("one")
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log", timeout_s=0.3) as log:
        log.wait(10)
        seer.away = True
        with pytest.raises(Unavailable, match="will be published"):
            log.append([an_entry("a")])
        for _ in range(3):
            with pytest.raises(Unavailable, match="nothing was written"):
                log.append([an_entry("b")])
        assert rfc6962.checkpoint(log.checkpoint, [vkey])[0] == 1
        seer.away = False
        assert log.append([an_entry("c")], timeout_s=10) == range(2, 3)
        assert rfc6962.log(log.store.public, [vkey, seer.verifier.vkey])[1:] == [an_entry("a"), an_entry("c")]


def test_a_witness_that_lies_stops_a_log_until_it_states_other_witnesses(
    tmp_path: Path, seers: Callable[..., Seer]
) -> None:
    seer = seers("one")
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.lies = "409 1000000"
        with pytest.raises(Halted, match=r"has cosigned size 1000000.*in the log as 1 to 1, not published"):
            log.append([an_entry("a")])
        with pytest.raises(Halted, match="has cosigned size 1000000"):
            log.append([an_entry("b")])
        with pytest.raises(Halted):
            log.wait()
    with Log.open(tmp_path / "log") as log:
        with pytest.raises(Halted, match="has cosigned size 1000000"):
            log.wait()
        with pytest.raises(Halted, match=r"has cosigned size 1000000.*in the log as 2 to 2"):
            log.rotate()  # the same witness
        assert "1000000" in log.health()["halted"]
        log.change_policy("quorum none", "the witness lies")
        assert log.health()["halted"] is None
        log.finish_rotation()
        assert log.append([an_entry("c")]) == range(5, 6)
        (new,) = log.health()["keys"]
    assert new != vkey
    entries = rfc6962.log(tmp_path / "log" / "public", [new])
    assert (entries[1], entries[5]) == (an_entry("a"), an_entry("c"))
    assert audit(Folder(tmp_path / "log" / "public"), now=NOW).ok


@pytest.mark.parametrize("off_s", [-3600, 3600])
def test_a_log_whose_clock_is_an_hour_wrong_publishes_nothing_and_says_why(
    tmp_path: Path, seers: Callable[..., Seer], off_s: int
) -> None:
    clock, ours = Clock(), Clock()
    one, two = seers("one", clock), seers("two", clock)
    a_seen_log(tmp_path / "log", one, two, quorum="group both all one two\nquorum both\n")
    ours.now = clock.now + off_s
    with Log.open(tmp_path / "log", clock=ours, timeout_s=0.3) as log:
        why = rf"3600 s {'before' if off_s > 0 else 'after'} our clock; at most 300 s are allowed"
        with pytest.raises(Unavailable, match=why):
            log.wait()
        assert log.checkpoint == b""
        assert all("our clock" in words for words in log.health()["witnesses"].values())
        ours.now = clock.now  # it is put right while the log runs
        assert log.wait(10).size == 1
        assert log.append([an_entry("a")], timeout_s=10) == range(1, 2)


@pytest.mark.parametrize("off_s", [-3600, 3600])
def test_a_witness_whose_clock_is_an_hour_wrong_does_not_count_and_is_named(
    tmp_path: Path, seers: Callable[..., Seer], off_s: int
) -> None:
    clock, wrong = Clock(), Clock()
    wrong.now = clock.now + off_s
    one, two = seers("one", clock), seers("two", wrong)
    (vkey,) = a_seen_log(tmp_path / "log", one, two, quorum="group any any one two\nquorum any\n")
    with Log.open(tmp_path / "log", clock=clock) as log:
        assert log.append([an_entry("a")]) == range(1, 2)
        rfc6962.checkpoint(log.checkpoint, [vkey, one.verifier.vkey])
        assert two.verifier.name.encode() not in log.checkpoint
        eventually(lambda: "our clock" in log.health()["witnesses"]["two"])
        assert log.health()["witnesses"]["one"] == ""
