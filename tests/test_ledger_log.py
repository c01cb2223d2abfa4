"""The writer of a log as those meet it who append: what they are answered, and what is there then."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import rfc6962
from ledger_faults import Kept, Seer, a_seen_log
from ledger_folders import ORIGIN, flip
from ledger_witnesses import eventually
from ledger_writers import LATER, an_entry

from openleo.ledger import acts
from openleo.ledger.audit import audit
from openleo.ledger.canonical import canonical
from openleo.ledger.entries import Keys, Text, read_entry, seconds_of
from openleo.ledger.errors import Halted, Malformed, NotWritten, Refused, Unavailable, Unverified
from openleo.ledger.log import Log
from openleo.ledger.note import Verifier
from openleo.ledger.objects import open_object
from openleo.ledger.source import Folder
from openleo.ledger.tiles import LONGEST_ENTRY
from openleo.ledger.waiting import MOST_WAITING

NOW = seconds_of(LATER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log with its first entry."""
    Log.create(tmp_path / "log", ORIGIN)
    return tmp_path / "log"


@pytest.fixture
def seer(tmp_path: Path) -> Iterator[Seer]:
    """A witness."""
    made = Seer(tmp_path / "witness")
    yield made
    made.close()


@pytest.fixture
def pool() -> Iterator[Callable[..., "Future[object]"]]:
    """Calls in threads of their own."""
    with ThreadPoolExecutor(64) as threads:
        yield threads.submit


def names_of(folder: Path, *vkeys: str) -> list[str]:
    """The entries of tests that are published, as the second verifier reads them."""
    entries = rfc6962.log(folder / "public", list(vkeys))
    return [json.loads(raw)["name"] for raw in entries if b'"type":"test"' in raw]


# ------------------------------------------------------------------ appending


def test_each_of_many_threads_is_answered_where_its_own_entries_stand(
    folder: Path, pool: Callable[..., "Future[range]"]
) -> None:
    kept = Kept(folder)
    with Log.open(folder) as log:
        batches = [[f"{n}-{k}" for k in range(1 + n % 4)] for n in range(64)]
        asked = [pool(log.append, [an_entry(name) for name in batch]) for batch in batches]
        for batch, answer in zip(batches, asked, strict=True):
            kept.acknowledged(batch, answer.result()[0])
            assert len(answer.result()) == len(batch)
        (vkey,) = log.health()["keys"]
        for name, index in kept.told.items():
            assert rfc6962.receipt(log.proof(index).raw, an_entry(name), [vkey]) == index
    kept.check([vkey])


def test_appends_that_come_while_one_is_published_go_in_together(
    tmp_path: Path, seer: Seer, pool: Callable[..., "Future[range]"]
) -> None:
    a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.gate.clear()
        seer.sizes.clear()
        first = pool(log.append, [an_entry("first")])
        eventually(lambda: seer.sizes == [2])
        others = [pool(log.append, [an_entry(f"n{n}")]) for n in range(20)]
        eventually(lambda: log.health()["waiting"] == 21)
        seer.gate.set()
        assert sorted(answer.result()[0] for answer in others) == list(range(2, 22))
        assert first.result() == range(1, 2)
        assert seer.sizes == [2, 22]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "none given"),
        ([b'{"type": "test"}'], "entry 0 of 1"),
        ([an_entry("right"), b"[]"], "entry 1 of 2"),
        ([canonical({"type": "test", "version": 1})], "time"),
        ([an_entry("x" * LONGEST_ENTRY)], "at most 65535"),
    ],
)
def test_what_is_no_entry_is_refused_and_nothing_of_it_appended(
    folder: Path, entries: list[bytes], reason: str
) -> None:
    with Log.open(folder) as log:
        with pytest.raises(Refused, match=reason):
            log.append(entries)
        assert log.health()["size"] == log.published.size == 1


def test_keys_are_stated_by_the_log_alone(folder: Path) -> None:
    with Log.open(folder) as log, pytest.raises(Refused, match="stated by the log itself"):
        log.append([log.tree().entry(0)])


def test_the_longest_entry_is_taken(folder: Path) -> None:
    with Log.open(folder) as log:
        longest = an_entry("x" * (LONGEST_ENTRY - len(an_entry(""))))
        assert len(longest) == LONGEST_ENTRY
        assert log.append([longest] * 3) == range(1, 4)
        assert log.tree().entry(2) == longest


def test_what_a_log_had_no_time_for_is_not_written(
    tmp_path: Path, seer: Seer, pool: Callable[..., "Future[range]"]
) -> None:
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.gate.clear()
        first = pool(log.append, [an_entry("first")])
        eventually(lambda: log.health()["size"] == 2)
        with pytest.raises(NotWritten, match="nothing was written"):
            log.append([an_entry("late")], timeout_s=0.01)
        assert log.health()["waiting"] == 1
        seer.gate.set()
        assert first.result() == range(1, 2)
        assert log.append([an_entry("next")]) == range(2, 3)
        assert names_of(tmp_path / "log", vkey) == ["first", "next"]


def test_what_is_written_and_late_is_said_to_be_in_the_log_and_is_published_later(
    tmp_path: Path, seer: Seer
) -> None:
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.away = True
        with pytest.raises(Unavailable, match=r"in the log as 1 to 2, and will be published") as late:
            log.append([an_entry("a"), an_entry("b")], timeout_s=0.3)
        assert not isinstance(late.value, NotWritten)
        assert "gone to lunch" in str(late.value)
        assert "gone to lunch" in log.health()["trouble"]
        assert log.published.size == 1
        with pytest.raises(Unavailable, match=r"size 3 is not published yet: .*gone to lunch"):
            log.wait(0.0)
        with pytest.raises(Refused, match="0 to 0"):
            log.proof(1)
        seer.away = False
        assert log.wait(10).size == 3
        assert log.health()["trouble"] is None
        assert names_of(tmp_path / "log", vkey) == ["a", "b"]


def test_a_full_queue_lets_others_wait_and_then_refuses_them(
    tmp_path: Path, seer: Seer, pool: Callable[..., "Future[range]"]
) -> None:
    a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.gate.clear()
        many = pool(log.append, [an_entry("many")] * MOST_WAITING)
        eventually(lambda: log.health()["waiting"] == MOST_WAITING)
        with pytest.raises(NotWritten, match="takes no entries now"):
            log.append([an_entry("one more")], timeout_s=0.01)
        waits = pool(log.append, [an_entry("one that waits")])
        seer.gate.set()
        assert many.result() == range(1, MOST_WAITING + 1)
        assert waits.result() == range(MOST_WAITING + 1, MOST_WAITING + 2)


# ------------------------------------------------------------------ closing and opening


def test_what_was_not_published_when_a_log_was_closed_is_published_when_it_is_opened(
    tmp_path: Path, seer: Seer, pool: Callable[..., "Future[range]"]
) -> None:
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.wait()
        seer.away = True
        written = pool(log.append, [an_entry("written")])
        eventually(lambda: log.health()["trouble"] is not None)
        queued = pool(log.append, [an_entry("queued")])
        eventually(lambda: log.health()["waiting"] == 2)
    with pytest.raises(Unavailable, match="in the log as 1 to 1, and will be published"):
        written.result()
    with pytest.raises(NotWritten, match="was closed: nothing was written"):
        queued.result()
    with pytest.raises(NotWritten, match="takes no entries"):
        log.append([an_entry("too late")])
    seer.away = False
    with Log.open(tmp_path / "log") as log:
        assert log.wait().size == 2
    assert names_of(tmp_path / "log", vkey) == ["written"]


def test_closing_while_many_append_leaves_nobody_waiting_and_nobody_in_doubt(
    folder: Path, pool: Callable[..., "Future[range]"]
) -> None:
    kept = Kept(folder)
    started = threading.Barrier(33)
    in_doubt: list[str] = []

    def append(tag: str) -> None:
        started.wait()
        for number in range(1 << 20):
            name = f"{tag}-{number}"
            try:
                kept.acknowledged([name], log.append([an_entry(name)])[0])
            except NotWritten:
                kept.refused.add(name)
                return
            except Unavailable as error:
                in_doubt.append(str(error))
                return

    with Log.open(folder) as log:
        done = [pool(append, f"t{n}") for n in range(32)]
        started.wait()
        eventually(lambda: len(kept.told) > 100)
    for each in done:
        each.result()
    assert kept.refused
    assert all("they are in the log as" in said for said in in_doubt), in_doubt
    kept.reopened()


def test_a_log_says_how_it_is(tmp_path: Path, seer: Seer) -> None:
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        log.append([an_entry("a")])
        assert json.loads(json.dumps(log.health())) == {
            "origin": ORIGIN,
            "size": 2,
            "published": 2,
            "waiting": 0,
            "halted": None,
            "trouble": None,
            "keys": [vkey],
            "quorum": "one",
            "witnesses": {"one": ""},
        }


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("quorum one", "no witness or group"),
        ("", "no quorum line"),
        ("witness w witness.example/w+00000000+AAAA http://127.0.0.1:1\nquorum w", "witness.example/w"),
        ("log {other}\nquorum none", "not those of the entry"),
        ("witness w {seer} ftp://witness.example\nquorum w", "https"),
        ("# \ud800\nquorum none", "Unicode"),
        ("{many}quorum none", "at most 112"),
    ],
)
def test_a_policy_that_a_log_could_not_live_under_is_refused_before_anything_is_made_or_stated(
    tmp_path: Path, folder: Path, lines: str, reason: str
) -> None:
    import ledger_folders

    keys = [ledger_folders.a_witness(f"witness.example/w{n}").verifier.vkey for n in range(113)]
    given = {
        "{other}": ledger_folders.a_log(7).verifier.vkey,
        "{seer}": keys[0],
        "{many}": "".join(f"witness w{n} {key}\n" for n, key in enumerate(keys)),
    }
    for word, meant in given.items():
        lines = lines.replace(word, meant)
    with pytest.raises(Refused, match=reason):
        Log.create(tmp_path / "new", ORIGIN, policy_lines=lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.signed"]
    with Log.open(folder) as log:
        with pytest.raises(Refused, match=reason):
            log.change_policy(lines, "a reason")
        assert log.append([an_entry("a")]) == range(1, 2)


def test_a_folder_with_something_in_it_is_not_made_a_log(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Refused, match="something in this folder"):
        Log.create(folder, ORIGIN)
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="a file"):
        Log.create(tmp_path / "file", ORIGIN)
    with pytest.raises(Refused, match="outside it is allowed"):
        Log.create(tmp_path / "new", ORIGIN, marker=tmp_path / "new" / "marker")
    with pytest.raises(Halted, match="there is a marker already"):
        Log.create(tmp_path / "new", ORIGIN, marker=tmp_path / "log.signed")
    with pytest.raises(Refused, match="name"):
        Log.create(tmp_path / "newer", "a log")
    with pytest.raises(Unavailable, match="no log here"):
        Log.open(tmp_path / "newest")
    (tmp_path / "empty").mkdir()
    Log.create(tmp_path / "empty", ORIGIN)


def test_a_folder_moved_with_its_marker_goes_on(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "else").mkdir()
    for name in ("log", "log.signed"):
        (tmp_path / name).rename(tmp_path / "else" / name)
    with Log.open(tmp_path / "else" / "log") as log:
        assert log.append([an_entry("a")]) == range(1, 2)


# ------------------------------------------------------------------ texts


def test_a_text_stands_beside_the_log_and_vanishes_once_its_withdrawal_is_published(
    tmp_path: Path, seer: Seer, pool: Callable[..., "Future[int]"]
) -> None:
    a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log") as log:
        index = acts.write_text(log, "Decision 7", b"Service is on.")
        entry = read_entry(log.tree().entry(index))
        assert isinstance(entry, Text)
        path = log.store.public / "object" / entry.text.object
        assert open_object(entry.text.object, path.read_bytes()) == b"Service is on."
        seer.gate.clear()
        gone = pool(acts.withdraw, log, entry.text.object, "an address stood in it")
        eventually(lambda: log.health()["size"] == 3)
        assert path.exists()  # the published log names it still
        seer.gate.set()
        assert gone.result() == 2
        assert not path.exists()
        with pytest.raises(Refused, match="none of that name"):
            acts.withdraw(log, entry.text.object, "once more")
        assert log.tree().entry(index) == entry.raw
    assert audit(Folder(tmp_path / "log" / "public"), now=NOW).ok


def test_a_text_whose_entry_did_not_get_in_is_gone(tmp_path: Path, seer: Seer) -> None:
    a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log", timeout_s=0.2) as log:
        index = acts.commit(log, b"a promise", LATER, "a promise")
        seer.away = True
        with pytest.raises(Unavailable, match="will be published"):
            log.append([an_entry("a")])
        for act in (
            lambda: acts.write_text(log, "", b"a text"),
            lambda: acts.commit(log, b"a text", LATER, "words"),
            lambda: acts.reveal(log, index),
        ):
            with pytest.raises(NotWritten):
                act()
        with pytest.raises(Refused, match="title"):
            acts.write_text(log, "\N{RIGHT-TO-LEFT OVERRIDE}", b"a text")
        with pytest.raises(Refused, match="reveal_by"):
            acts.commit(log, b"a text", "soon", "words")
        assert not list((log.store.public / "object").iterdir())
        assert len(list((log.store.folder / "private").iterdir())) == 1


def test_a_commitment_hides_its_text_until_it_is_revealed(folder: Path) -> None:
    with Log.open(folder) as log:
        index = acts.commit(log, b"We will.", LATER, "what we will do")
        files = [path.read_bytes() for path in log.store.public.rglob("*") if path.is_file()]
        assert not any(b"We will." in raw for raw in files)
        at = acts.reveal(log, index)
        entry = read_entry(log.tree().entry(at))
        commitment = read_entry(log.tree().entry(index))
        entry.check(commitment)
        name = entry.text.object
        assert open_object(name, (log.store.public / "object" / name).read_bytes()) == b"We will."
        assert not list((log.store.folder / "private").iterdir())
        with pytest.raises(Refused, match="revealed already"):
            acts.reveal(log, index)
        with pytest.raises(Refused, match="a reveal, not a commitment"):
            acts.reveal(log, at)
    assert audit(Folder(folder / "public"), now=NOW).ok


def test_private_files_are_their_owners_alone(folder: Path) -> None:
    with Log.open(folder) as log:
        acts.commit(log, b"We will.", LATER, "what we will do")
        log.rotate()
        (private,) = (folder / "private").iterdir()
        for path in (private, folder / "key", folder.with_name("log.signed")):
            assert path.stat().st_mode & 0o077 == 0
    (folder / "key").chmod(0o640)
    with pytest.raises(Halted, match="chmod 600") as error:
        Log.open(folder)
    assert "PRIVATE" not in str(error.value)


# ------------------------------------------------------------------ receipts


def test_no_receipt_is_handed_out_that_would_not_hold(folder: Path) -> None:
    with Log.open(folder) as log:
        log.append([an_entry(f"{n}") for n in range(600)])
        flip(log.store.public / "tile" / "0" / "000", 8 * 32 * 9)
        with pytest.raises(Malformed, match="entry 9: its bundle and its tile disagree"):
            log.proof(9)
        with pytest.raises(Unverified, match="openleo ledger audit"):
            log.proof(8)
        assert log.proof(300).index == 300


# ------------------------------------------------------------------ keys and witnesses


def test_a_rotation_overlaps_and_ends_with_the_new_key_alone(folder: Path) -> None:
    with Log.open(folder) as log:
        (old,) = log.health()["keys"]
        with pytest.raises(Refused, match="no rotation to finish"):
            log.finish_rotation()
        new = log.rotate("it was due")
        assert log.health()["keys"] == [old, new]
        with pytest.raises(Refused, match="two keys sign already"):
            log.rotate()
        for vkey in (old, new):
            rfc6962.checkpoint(log.checkpoint, [vkey])
        log.finish_rotation()
        assert log.health()["keys"] == [new]
        with pytest.raises(ValueError, match="not signed by its log"):
            rfc6962.checkpoint(log.checkpoint, [old])
        log.append([an_entry("a")])
    assert len((folder / "key").read_text().splitlines()) == 1
    with Log.open(folder) as log:
        assert log.health()["keys"] == [new]
        assert new in (folder / "policy").read_text()
        assert old not in (folder / "policy").read_text()
    statements = [read_entry(raw) for raw in rfc6962.log(folder / "public", [new]) if b'"keys"' in raw]
    before: tuple[Verifier, ...] = ()
    for each in statements:
        assert isinstance(each, Keys)
        each.check(before)
        before = each.verifiers
    assert audit(Folder(folder / "public"), now=NOW).ok


def test_of_many_who_replace_the_key_at_once_one_does(
    folder: Path, pool: Callable[..., "Future[str]"]
) -> None:
    with Log.open(folder) as log:
        asked = [pool(log.rotate) for _ in range(8)]
        refused = [answer.exception() for answer in asked]
        assert sum(each is None for each in refused) == 1
        assert all(each is None or isinstance(each, Refused) for each in refused)
        assert len(log.health()["keys"]) == 2
    with Log.open(folder) as log:
        log.finish_rotation()
    assert audit(Folder(folder / "public"), now=NOW).ok


def test_a_key_that_was_replaced_is_never_taken_up_again(folder: Path) -> None:
    old = (folder / "key").read_text()
    with Log.open(folder) as log:
        (retired,) = log.health()["keys"]
        log.rotate()
        log.finish_rotation()
    # as it is where the program was killed before it could remove the old key
    (folder / "key").write_text(old + (folder / "key").read_text())
    with Log.open(folder) as log:
        log.rotate()
        assert retired not in log.health()["keys"]
        assert old not in (folder / "key").read_text()


def test_nor_is_one_whose_end_was_published_late(tmp_path: Path, seer: Seer) -> None:
    (old,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log", timeout_s=10) as log:
        new = log.rotate()
        seer.follow([old, new])
        seer.away = True
        with pytest.raises(Unavailable, match="will be published"):
            log.append([an_entry("a")], timeout_s=0.3)
    with Log.open(tmp_path / "log", timeout_s=0.5) as log:
        with pytest.raises(Unavailable, match="will be published"):
            log.finish_rotation()
        seer.away = False
        log.wait(10)
        newest = log.rotate()
        assert log.health()["keys"] == [new, newest]
        assert newest != old


def test_a_key_that_was_made_and_not_stated_is_taken_up(tmp_path: Path, seer: Seer) -> None:
    a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log", timeout_s=0.3) as log:
        log.wait()
        seer.away = True
        with pytest.raises(Unavailable, match="will be published"):
            log.append([an_entry("a")])
        with pytest.raises(Unavailable, match="will be published"):
            log.rotate()
        with pytest.raises(NotWritten, match="an earlier change of keys"):
            log.finish_rotation()
        keys = log.health()["keys"]
        assert len(keys) == 2
    with Log.open(tmp_path / "log", timeout_s=10) as log:
        assert log.health()["keys"] == keys
        seer.away = False
        assert log.wait().size == 3


def test_a_witness_that_is_gone_for_good_can_be_replaced(tmp_path: Path, seer: Seer) -> None:
    (vkey,) = a_seen_log(tmp_path / "log", seer)
    with Log.open(tmp_path / "log", timeout_s=10) as log:
        log.wait()
        seer.away = True
        with pytest.raises(Unavailable, match="will be published"):
            log.append([an_entry("a")], timeout_s=0.3)
        log.change_policy("quorum none", "the witness is gone")
        assert log.append([an_entry("b")]) == range(3, 4)
        assert log.health()["witnesses"] == {}
    assert names_of(tmp_path / "log", vkey) == ["a", "b"]
