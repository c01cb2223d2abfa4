"""A monitor trusts a log as long as it only grows, and proves it to anyone where it did not."""

import os
from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import rfc6962
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_folders import (
    NOW,
    ORIGIN,
    a_log,
    a_witness,
    flip,
    plain_entries,
    policy_text,
    put,
    served,
    stopping,
    write_log,
)

from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.monitor import Alarm, Monitor
from openleo.ledger.note import Signer
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder, Source, Web

LOG, WITNESSES = a_log(), (a_witness("witness.example/w1"), a_witness("witness.example/w2"))
POLICY = Policy.parse(policy_text([LOG], WITNESSES).encode())


class Clock:
    """POSIX seconds, as the test says."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def history(size: int, *, other_from: int | None = None) -> list[bytes]:
    """The entries of a log; with other ones from an index on, of another history of it."""
    if other_from is None:
        return plain_entries(0, size)
    return [*plain_entries(0, min(size, other_from)), *plain_entries(100_000 + other_from, 100_000 + size)]


def show(
    folder: Path, size: int, *, other_from: int | None = None, witnesses: Sequence[Signer] = WITNESSES
) -> Folder:
    """What a log shows at some size, in a folder that held something else before, or nothing."""
    for each in sorted(folder.rglob("*"), reverse=True):
        each.unlink() if each.is_file() else each.rmdir()
    write_log(folder, LOG, history(size, other_from=other_from), witnesses)
    return Folder(folder)


def kinds(alarms: Sequence[Alarm]) -> list[str]:
    return [each.kind for each in alarms]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def monitor(tmp_path: Path, log: Path) -> Monitor:
    return Monitor(tmp_path / "monitor", Folder(log), POLICY, clock=Clock())


def at(folder: Path, source: Source, *also: Source) -> Monitor:
    return Monitor(folder, source, POLICY, also=also, clock=Clock())


def proves(evidence: Path | None) -> bool:
    """Whether a folder of evidence shows two histories to a verifier that has none of our code."""
    assert evidence is not None
    key = [LOG.verifier.vkey]
    old, old_root = rfc6962.checkpoint((evidence / "before").read_bytes(), key)
    new, new_root = rfc6962.checkpoint((evidence / "after").read_bytes(), key)
    root, *proof = map(b64decode, (evidence / "proof").read_bytes().splitlines())
    return rfc6962.roots_by_proof(old, new, root, proof) == (root, new_root) and root != old_root


# ------------------------------------------------------------------ a log that only grows


def test_a_log_that_grows_is_trusted(tmp_path: Path, log: Path) -> None:
    """Each look by another monitor, with nothing but the folder of the one before."""
    for size in (1, 2, 255, 256, 257, 700, 701, 701):
        show(log, size)
        checkpoint, alarms = at(tmp_path / "monitor", Folder(log)).step()
        assert not alarms
        assert checkpoint is not None
        assert checkpoint.size == size
        assert (tmp_path / "monitor" / "checkpoint").read_bytes() == (log / "checkpoint").read_bytes()


def test_an_empty_log_is_trusted_and_grows(log: Path, monitor: Monitor) -> None:
    for size in (0, 0, 3):
        show(log, size)
        checkpoint, alarms = monitor.step()
        assert not alarms
        assert checkpoint is not None
        assert checkpoint.size == size


def test_a_log_is_followed_over_http(tmp_path: Path, log: Path) -> None:
    with served(log) as web:
        for size in (10, 600):
            show(log, size)
            checkpoint, alarms = at(tmp_path / "monitor", web).step()
            assert not alarms
            assert checkpoint is not None
            assert checkpoint.size == size


# ------------------------------------------------------------------ contradictions


@pytest.mark.parametrize(
    ("size", "other_from"), [(300, 299), (300, 0), (301, 299), (512, 0), (700, 255), (5000, 298)]
)
def test_rewritten_history_is_proven_and_not_trusted(
    log: Path, monitor: Monitor, size: int, other_from: int
) -> None:
    show(log, 300)
    trusted, _ = monitor.step()
    show(log, size, other_from=other_from)
    for _ in range(2):
        checkpoint, alarms = monitor.step()
        assert checkpoint == trusted
        assert kinds(alarms) == ["rewritten"]
        assert proves(alarms[0].evidence)
        assert len(list((monitor.folder / "evidence").iterdir())) == 1
    show(log, 800)
    assert not monitor.step()[1], "the history that was trusted goes on"


def test_evidence_says_in_words_how_to_check_it(log: Path, monitor: Monitor) -> None:
    show(log, 10)
    monitor.step()
    show(log, 20, other_from=5)
    _, (alarm,) = monitor.step()
    assert alarm.evidence is not None
    words = (alarm.evidence / "README").read_text()
    for each in ("signed two histories", "RFC 9162", "before", "after", "proof", ORIGIN):
        assert each in words
    assert "signed two histories" in alarm.sentence


@pytest.mark.parametrize("witnesses", [(), WITNESSES[:1]])
def test_a_contradiction_counts_without_witnesses(
    log: Path, monitor: Monitor, witnesses: Sequence[Signer]
) -> None:
    show(log, 300)
    monitor.step()
    show(log, 400, other_from=7, witnesses=witnesses)
    _, alarms = monitor.step()
    assert kinds(alarms) == ["quorum", "rewritten"]
    assert proves(alarms[1].evidence)


def test_a_smaller_log_is_not_trusted(log: Path, monitor: Monitor) -> None:
    show(log, 700)
    trusted, _ = monitor.step()
    old = (show(log, 300).path / "checkpoint").read_bytes()
    checkpoint, alarms = monitor.step()
    assert checkpoint == trusted
    assert kinds(alarms) == ["smaller"]
    assert "cannot be seen" in alarms[0].sentence
    show(log, 700)
    put(log, "checkpoint", old)
    checkpoint, alarms = monitor.step()
    assert checkpoint == trusted
    assert kinds(alarms) == ["smaller"], "an old copy of the same log"
    assert "cannot be seen" not in alarms[0].sentence


def test_a_smaller_log_of_another_history_is_proven(log: Path, monitor: Monitor) -> None:
    show(log, 700)
    trusted, _ = monitor.step()
    put(log, "checkpoint", (show(log.parent / "other", 300, other_from=100).path / "checkpoint").read_bytes())
    checkpoint, alarms = monitor.step()
    assert checkpoint == trusted
    assert kinds(alarms) == ["rewritten"]
    assert proves(alarms[0].evidence)


@pytest.mark.parametrize(("mine", "theirs"), [(300, 300), (300, 700), (700, 300), (1, 2), (256, 257)])
def test_two_logs_with_one_key_are_seen_by_comparing_views(tmp_path: Path, mine: int, theirs: int) -> None:
    one = show(tmp_path / "one", mine)
    two = show(tmp_path / "two", theirs, other_from=0)
    checkpoint, alarms = at(tmp_path / "monitor", one, two).step()
    assert checkpoint is not None
    assert checkpoint.size == mine
    assert kinds(alarms) == ["split"]
    assert str(two) in alarms[0].sentence
    assert proves(alarms[0].evidence)


@pytest.mark.parametrize("theirs", [1, 255, 299, 300, 301, 700])
def test_a_mirror_may_be_behind_or_ahead(tmp_path: Path, theirs: int) -> None:
    one, two = show(tmp_path / "one", 300), show(tmp_path / "two", theirs)
    checkpoint, alarms = at(tmp_path / "monitor", one, two).step()
    assert not alarms
    assert checkpoint is not None
    assert checkpoint.size == 300


def test_two_mirrors_that_are_ahead_are_compared_with_each_other(tmp_path: Path) -> None:
    views = [show(tmp_path / "one", 400), show(tmp_path / "two", 500, other_from=350)]
    watched = at(tmp_path / "monitor", show(tmp_path / "log", 300), *views)
    _, alarms = watched.step()
    assert kinds(alarms) == ["split"]
    assert proves(alarms[0].evidence)


def test_a_view_is_compared_while_the_log_itself_is_away(tmp_path: Path) -> None:
    watched = at(tmp_path / "monitor", show(tmp_path / "log", 300), show(tmp_path / "mirror", 300))
    watched.step()
    (tmp_path / "log" / "checkpoint").unlink()
    show(tmp_path / "mirror", 310, other_from=2)
    checkpoint, alarms = watched.step()
    assert checkpoint is not None
    assert kinds(alarms) == ["unreachable", "split"]
    assert proves(alarms[1].evidence)


@settings(max_examples=30, deadline=None)
@given(
    common=st.integers(0, 60),
    steps=st.lists(st.tuples(st.booleans(), st.integers(1, 70)), min_size=1, max_size=8),
)
def test_whatever_is_shown_only_what_goes_with_the_past_is_trusted(
    tmp_path_factory: pytest.TempPathFactory, common: int, steps: list[tuple[bool, int]]
) -> None:
    """Two histories that part after some entries, shown in any order and at any size."""
    folder = tmp_path_factory.mktemp("monitor")
    trusted: tuple[bool, int] | None = None
    for number, (other, size) in enumerate(steps):
        source = show(folder / str(number), size, other_from=common if other else None)
        checkpoint, alarms = at(folder / "memory", source).step()
        if trusted is None:
            trusted = other, size
        elif size < trusted[1]:
            assert kinds(alarms) in (["smaller"], ["rewritten"])
        elif other == trusted[0] or trusted[1] <= common:
            trusted = other, size
            assert not alarms
        else:
            assert kinds(alarms) == ["rewritten"]
            assert proves(alarms[0].evidence)
        assert checkpoint is not None
        assert checkpoint.size == trusted[1]


# ------------------------------------------------------------------ other trouble


def test_a_log_without_a_new_checkpoint_is_stale(tmp_path: Path, log: Path) -> None:
    clock = Clock()
    show(log, 5)
    watched = Monitor(tmp_path / "monitor", Folder(log), POLICY, stale_s=3600, clock=clock)
    assert not watched.step()[1]
    clock.now += 3600
    assert not watched.step()[1]
    clock.now += 1
    assert kinds(watched.step()[1]) == ["stale"]
    assert kinds(Monitor(tmp_path / "monitor", Folder(log), POLICY, stale_s=3600, clock=clock).step()[1]) == [
        "stale"
    ]
    assert not Monitor(tmp_path / "monitor", Folder(log), POLICY, clock=clock).step()[1]
    write_log(log, LOG, history(5), WITNESSES, cosigned_at=int(clock.now))
    assert not watched.step()[1], "cosigned anew: the log is alive"
    clock.now += 3000
    assert not watched.step()[1]


@pytest.mark.parametrize("witnesses", [(), WITNESSES[:1], (WITNESSES[0], a_witness("witness.example/else"))])
def test_a_checkpoint_without_its_quorum_is_not_trusted(
    log: Path, monitor: Monitor, witnesses: Sequence[Signer]
) -> None:
    show(log, 5, witnesses=witnesses)
    assert monitor.step()[0] is None
    show(log, 5)
    trusted, _ = monitor.step()
    show(log, 6, witnesses=witnesses)
    checkpoint, alarms = monitor.step()
    assert checkpoint == trusted
    assert kinds(alarms) == ["quorum"]


def test_a_cosignature_from_the_future_does_not_count(log: Path, monitor: Monitor) -> None:
    write_log(log, LOG, history(5), WITNESSES, cosigned_at=NOW + 3600)
    checkpoint, alarms = monitor.step()
    assert checkpoint is None
    assert kinds(alarms) == ["quorum"]
    assert "future" in alarms[0].sentence


def garbled(log: Path) -> None:
    put(log, "checkpoint", b"no note\n")


def too_large(log: Path) -> None:
    put(log, "checkpoint", bytes(1 << 21))


def with_a_broken_tile(log: Path) -> None:
    flip(log / "tile/0/000.p/20", 5)


def with_a_tile_cut_short(log: Path) -> None:
    put(log, "tile/0/000.p/20", b"short")


def without_checkpoint(log: Path) -> None:
    (log / "checkpoint").unlink()


def without_tile(log: Path) -> None:
    (log / "tile/0/000.p/20").unlink()


def by_another_key(log: Path) -> None:
    write_log(log, a_log(7), history(20), WITNESSES)


def with_a_signature_that_does_not_hold(log: Path) -> None:
    raw = (log / "checkpoint").read_bytes()
    put(log, "checkpoint", raw.replace(b"\n20\n", b"\n21\n"))


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (garbled, "malformed"),
        (too_large, "malformed"),
        (with_a_broken_tile, "malformed"),
        (with_a_tile_cut_short, "malformed"),
        (without_checkpoint, "unreachable"),
        (without_tile, "unreachable"),
        (by_another_key, "unsigned"),
        (with_a_signature_that_does_not_hold, "unsigned"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_what_does_not_hold_is_said_and_not_trusted(
    log: Path, monitor: Monitor, spoil: Callable[[Path], None], kind: str
) -> None:
    for before in (0, 15):
        if before:
            show(log, before)
            assert not monitor.step()[1]
        show(log, 20)
        spoil(log)
        checkpoint, alarms = monitor.step()
        assert kinds(alarms) == [kind]
        assert checkpoint is None if before == 0 else checkpoint is not None and checkpoint.size == 15
        assert alarms[0].evidence is None
        assert not (monitor.folder / "evidence").exists()


def test_another_log_of_the_same_policy_is_no_contradiction(tmp_path: Path, log: Path) -> None:
    other = a_log(2, "log.example/la-palma")
    both = Policy.parse(policy_text([LOG, other], WITNESSES).encode())
    show(log, 5)
    watched = Monitor(tmp_path / "monitor", Folder(log), both, clock=Clock())
    assert not watched.step()[1]
    write_log(log, other, history(9), WITNESSES)
    checkpoint, alarms = watched.step()
    assert checkpoint is not None
    assert checkpoint.origin == ORIGIN
    assert kinds(alarms) == ["malformed"]
    assert "log.example/la-palma" in alarms[0].sentence


def test_a_server_that_is_down(tmp_path: Path, log: Path) -> None:
    show(log, 5)
    with served(log, lambda path: 503) as web:
        assert kinds(at(tmp_path / "monitor", web).step()[1]) == ["unreachable"]
        url = web.url
    gone = Web(url)
    assert kinds(at(tmp_path / "monitor", gone).step()[1]) == ["unreachable"]


def test_a_key_that_was_replaced_asks_for_a_new_policy(log: Path, monitor: Monitor) -> None:
    """During the overlap both sign, and whoever knows either goes on; then the old one is not enough."""
    show(log, 5)
    monitor.step()
    write_log(log, [LOG, a_log(2)], history(6), WITNESSES)
    assert not monitor.step()[1]
    write_log(log, a_log(2), history(7), WITNESSES)
    _, alarms = monitor.step()
    assert kinds(alarms) == ["unsigned"]
    assert "an audit with this policy says so" in alarms[0].sentence


# ------------------------------------------------------------------ its own folder


def test_whatever_interrupts_it_leaves_a_memory_that_can_be_read(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped at each write and rename in turn, while it trusts a checkpoint and keeps evidence."""
    show(log, 300)
    mirror = show(tmp_path / "mirror", 310, other_from=5)
    stops = 0
    while True:
        memory = tmp_path / f"memory{stops}"
        at(memory, Folder(log)).step()
        show(log, 305)
        before = (memory / "checkpoint").read_bytes()
        with monkeypatch.context() as patch:
            left = [stops]
            for place, act in ((Path, "rename"), (os, "fsync"), (os, "utime"), (Path, "mkdir")):
                patch.setattr(place, act, stopping(getattr(place, act), left))
            try:
                at(memory, Folder(log), mirror).step()
            except KeyboardInterrupt:
                pass
            else:
                break
        assert (memory / "checkpoint").read_bytes() in (before, (log / "checkpoint").read_bytes())
        checkpoint, alarms = at(memory, Folder(log), mirror).step()
        assert checkpoint is not None
        assert checkpoint.size == 305
        assert kinds(alarms) == ["split"]
        assert proves(alarms[0].evidence)
        show(log, 300)
        stops += 1
    assert stops > 10


def test_a_memory_that_was_damaged_is_not_begun_anew_silently(log: Path, monitor: Monitor) -> None:
    show(log, 5)
    monitor.step()
    put(monitor.folder, "checkpoint", b"damaged")
    with pytest.raises(Malformed, match="trusted last"):
        monitor.step()


def test_one_monitor_works_in_a_folder(tmp_path: Path, log: Path) -> None:
    show(log, 5)

    class Twice:
        def read(self, path: str, most: int) -> bytes | None:
            with pytest.raises(Refused, match="another process"):
                at(tmp_path / "monitor", Folder(log)).step()
            return Folder(log).read(path, most)

    assert not at(tmp_path / "monitor", Twice()).step()[1]
