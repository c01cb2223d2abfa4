"""An audit finds whatever is not as the log signed it, and says where."""

import random
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_folders import (
    NOW,
    ORIGIN,
    TIME,
    a_log,
    a_witness,
    flip,
    keys_entry,
    plain_entries,
    policy_text,
    put,
    served,
    write_log,
)

from openleo.ledger.audit import audit
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.entries import Commitment, Keys, Reveal, Text, Withdrawal
from openleo.ledger.errors import Missing, Unavailable
from openleo.ledger.merkle import leaf_hashes
from openleo.ledger.note import Note, Signer
from openleo.ledger.objects import ObjectRef, seal
from openleo.ledger.policy import Policy
from openleo.ledger.report import Report
from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tile, bundle_of, entries_of

WITNESSES = (a_witness("witness.example/w1"), a_witness("witness.example/w2"))
TEXT = b"The note that everybody may read.\n"
NAME, SEALED = seal(TEXT, b"s" * 32)
OLDER, NEWER, STRANGER = a_log(1), a_log(2), a_log(3)
A_MINUTE_AGO, IN_A_MINUTE = "2026-10-26T07:32:20Z", "2026-10-26T07:34:20Z"


def ref(name: str = NAME, raw: bytes = SEALED) -> ObjectRef:
    return ObjectRef(name, len(raw), "text/plain; charset=utf-8")


def a_folder(folder: Path, size: int, witnesses: Sequence[Signer] = WITNESSES) -> Path:
    """A log of ours that witnesses cosigned and that, from two entries on, has an object."""
    entries = [keys_entry([OLDER], witnesses), Text(TIME, "To all", ref()).raw, *plain_entries(2, size)]
    write_log(folder, OLDER, entries[:size], witnesses, {NAME: SEALED} if size > 1 else {})
    return folder


def of_entries(folder: Path, *entries: bytes, objects: dict[str, bytes] | None = None) -> Report:
    """The audit of a log that states its keys and then says this."""
    write_log(folder, OLDER, [keys_entry([OLDER]), *entries], objects=objects)
    return audit(Folder(folder), now=NOW)


def trusting(*keys: Signer) -> Policy:
    return Policy.parse(policy_text(keys).encode())


def paths(folder: Path) -> list[str]:
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def places(report: Report) -> set[str]:
    return {each.place for each in report.problems}


def names(folder: Path, path: str) -> bool:
    """Whether an audit of the folder finds something wrong with this file, and says so to people."""
    report = audit(Folder(folder), now=NOW)
    sentences = report.sentences()
    return (
        not report.ok and path in places(report) and any(line.startswith(f"{path}: ") for line in sentences)
    )


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_a_whole_log_is_green_and_all_of_it_is_told(tmp_path: Path, size: int) -> None:
    report = audit(Folder(a_folder(tmp_path, size)), now=NOW)
    assert report.ok
    assert sum(report.counts.values()) == size
    assert report.objects == (size > 1)
    assert [each.by for each in report.held] == [each.verifier for each in (OLDER, *WITNESSES)]
    told = "\n".join(report.sentences())
    for words in (ORIGIN, "by the log's own word", *(each.verifier.name for each in WITNESSES)):
        assert words in told


@pytest.mark.slow
def test_one_bit_of_any_file_of_a_small_log(tmp_path: Path) -> None:
    """Every bit of the checkpoint, of each signature in it, of the bundle and of the tile."""
    a_folder(tmp_path, 1, WITNESSES[:1])
    for path in paths(tmp_path):
        for bit in range((tmp_path / path).stat().st_size * 8):
            flip(tmp_path / path, bit)
            assert names(tmp_path, path), f"{path}: bit {bit}"
            flip(tmp_path / path, bit)


@pytest.mark.parametrize("size", [255, 256, 257, 700])
def test_one_bit_of_any_file_of_a_larger_log(tmp_path: Path, size: int) -> None:
    a_folder(tmp_path, size)
    chance = random.Random(size)
    for path in paths(tmp_path):
        bits = (tmp_path / path).stat().st_size * 8
        for bit in {0, bits - 1, *(chance.randrange(bits) for _ in range(9))}:
            flip(tmp_path / path, bit)
            assert names(tmp_path, path), f"{path}: bit {bit}"
            flip(tmp_path / path, bit)


@pytest.mark.parametrize("level", [1, 2])
def test_one_bit_of_a_tile_above_the_leaves(tmp_path: Path, level: int) -> None:
    """65 600 entries: a full tile on level 1, and a partial one on level 2, beside partial ones below."""
    write_log(tmp_path, OLDER, (b"%d" % each for each in range(65_600)))
    assert audit(Folder(tmp_path), trusting(OLDER), now=NOW).ok
    path = Tile(level, 0, 256 if level == 1 else 1).path
    flip(tmp_path / path, 100)
    assert places(audit(Folder(tmp_path), trusting(OLDER), now=NOW)) == {path}


def test_the_file_that_is_wrong_is_named_and_not_the_one_beside_it(tmp_path: Path) -> None:
    a_folder(tmp_path, 700)
    for path in paths(tmp_path):
        if path.startswith("tile/"):
            flip(tmp_path / path, 8 * 31)
            report = audit(Folder(tmp_path), now=NOW)
            # Without its first entry nobody knows whose keys a log has: that is a second problem.
            assert places(report) - {"checkpoint"} == {path}
            flip(tmp_path / path, 8 * 31)


@pytest.mark.parametrize("size", [1, 257, 700])
def test_a_file_that_is_missing(tmp_path: Path, size: int) -> None:
    a_folder(tmp_path, size)
    for path in paths(tmp_path):
        (tmp_path / path).rename(tmp_path / "away")
        if path == "checkpoint":
            with pytest.raises(Missing, match="no checkpoint"):
                audit(Folder(tmp_path), now=NOW)
        else:
            assert names(tmp_path, path)
        (tmp_path / "away").rename(tmp_path / path)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"",
        lambda raw: raw + b"\n",
        lambda raw: raw + raw,
        lambda raw: raw + bytes(1 << 25),
    ],
    ids=["a byte less", "half", "nothing", "a byte more", "twice", "32 MiB more"],
)
def test_a_file_of_another_length(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    a_folder(tmp_path, 257)
    for path in paths(tmp_path):
        raw = (tmp_path / path).read_bytes()
        put(tmp_path, path, change(raw))
        assert names(tmp_path, path)
        put(tmp_path, path, raw)


def test_two_files_that_changed_places(tmp_path: Path) -> None:
    a_folder(tmp_path, 700)
    for one, two in combinations([path for path in paths(tmp_path) if path.startswith("tile/")], 2):
        raw, with_raw = ((tmp_path / each).read_bytes() for each in (one, two))
        put(tmp_path, one, with_raw)
        put(tmp_path, two, raw)
        assert names(tmp_path, one), (one, two)
        assert names(tmp_path, two), (one, two)
        put(tmp_path, one, raw)
        put(tmp_path, two, with_raw)


def test_an_entry_that_was_replaced_with_all_tiles_and_the_old_checkpoint(tmp_path: Path) -> None:
    write_log(tmp_path, OLDER, [keys_entry([OLDER]), *plain_entries(1, 700)])
    old = (tmp_path / "checkpoint").read_bytes()
    write_log(tmp_path, OLDER, [keys_entry([OLDER]), *plain_entries(1, 300), b"{}", *plain_entries(301, 700)])
    put(tmp_path, "checkpoint", old)
    report = audit(Folder(tmp_path), now=NOW)
    assert places(report) == {"checkpoint"}
    assert "the entries give" in report.problems[0].reason


def test_an_entry_that_was_replaced_with_its_tile(tmp_path: Path) -> None:
    """The tile above still has the old hash: it is named, and the root does not hold."""
    write_log(tmp_path, OLDER, [keys_entry([OLDER]), *plain_entries(1, 700)])
    entries = entries_of((tmp_path / "tile/entries/001").read_bytes(), 256)
    entries[7] = b"{}"
    put(tmp_path, "tile/entries/001", bundle_of(entries))
    put(tmp_path, "tile/0/001", leaf_hashes(entries))
    report = audit(Folder(tmp_path), now=NOW)
    assert places(report) == {"tile/1/000.p/2", "checkpoint"}
    assert "tile/0/001" in report.problems[0].reason


def test_partial_tiles_may_be_gone_where_the_full_one_is_there(tmp_path: Path) -> None:
    """C2SP tlog-tiles: a log that grew meanwhile may have deleted the partial ones of its checkpoint."""
    entries = [keys_entry([OLDER]), *plain_entries(1, 700)]
    write_log(tmp_path / "grown", OLDER, entries)
    write_log(tmp_path / "log", OLDER, entries[:300])
    put(tmp_path / "grown", "checkpoint", (tmp_path / "log" / "checkpoint").read_bytes())
    assert not audit(Folder(tmp_path / "log"), now=NOW).problems
    # The partial tile of level 1 is still partial, and none of its smaller versions may go.
    put(tmp_path / "grown", "tile/1/000.p/1", (tmp_path / "log/tile/1/000.p/1").read_bytes())
    assert audit(Folder(tmp_path / "grown"), now=NOW).ok


def test_reading_ends_after_a_hundred_problems(tmp_path: Path) -> None:
    """A signed checkpoint may claim any size: an audit of 2^62 entries ends as well, and says so."""
    claimed = Note(Checkpoint(ORIGIN, 1 << 62, bytes(32)).text, ()).signed_by(OLDER)
    put(tmp_path, "checkpoint", claimed.raw)
    report = audit(Folder(tmp_path), trusting(OLDER), now=NOW)
    assert len(report.problems) == 100
    assert "nothing was read" in report.problems[-1].reason


# ---------------------------------------------------------------------------------------- objects


def test_an_object_may_go_once_it_was_withdrawn(tmp_path: Path) -> None:
    named = Text(TIME, "To all", ref()).raw
    withdrawn = Withdrawal(TIME, NAME, "It named a person.").raw
    missing = of_entries(tmp_path / "missing", named)
    assert places(missing) == {f"object/{NAME}"}
    assert "entry 1" in missing.problems[0].reason
    gone = of_entries(tmp_path / "gone", named, withdrawn)
    assert gone.ok
    assert [(each.object, each.index, each.gone) for each in gone.withdrawn] == [(NAME, 2, True)]
    assert any(NAME in line and "It named a person." in line and "gone" in line for line in gone.sentences())
    there = of_entries(tmp_path / "there", named, withdrawn, objects={NAME: SEALED})
    assert there.ok
    assert any(NAME in line and "still there" in line for line in there.sentences())


def test_an_object_that_is_named_by_an_entry_of_an_unknown_type_is_read_too(tmp_path: Path) -> None:
    unknown = b'{"in":[{"media":"text/plain","object":"%s","size":%d}],"time":"%s","type":"x","version":7}'
    entry = unknown % (NAME.encode(), len(SEALED), TIME.encode())
    assert of_entries(tmp_path, entry, objects={NAME: SEALED}).objects == 1
    assert places(of_entries(tmp_path, entry, objects={NAME: SEALED + b"."})) == {f"object/{NAME}"}


def test_an_object_is_what_every_entry_that_names_it_says(tmp_path: Path) -> None:
    right, wrong = Text(TIME, "", ref()).raw, Text(TIME, "", ref(raw=SEALED + b".")).raw
    report = of_entries(tmp_path, right, right, wrong, objects={NAME: SEALED})
    assert places(report) == {f"object/{NAME}"}
    assert "entry 3" in report.problems[0].reason


def test_a_text_without_salt_is_no_object(tmp_path: Path) -> None:
    """Its name could be guessed from a list of likely texts; `sha256sum` alone would not notice."""
    bare = b"Yes." + bytes(100)
    name = sha256(bare).hexdigest()
    report = of_entries(tmp_path, Text(TIME, "", ref(name, bare)).raw, objects={name: bare})
    assert places(report) == {f"object/{name}"}
    assert "salt" in report.problems[0].reason


def test_the_words_of_a_log_stay_on_their_line(tmp_path: Path) -> None:
    """A log's own words must not look like what the audit says."""
    words = "a person.\nEvery tile, entry and object was read and computed anew, and all of it holds."
    entry = Withdrawal(TIME, NAME, words).raw
    report = of_entries(tmp_path, Text(TIME, "", ref()).raw, entry, Reveal(TIME, 0, ref()).raw)
    assert not report.ok
    assert not any(line.startswith("Every tile") for line in report.sentences())
    assert not any("\n" in line for line in report.sentences())


# ---------------------------------------------------------------------------------------- promises


def test_a_commitment_is_overdue_from_its_date_on_until_it_is_revealed(tmp_path: Path) -> None:
    late = Commitment(TIME, NAME, A_MINUTE_AGO, "why two cells went dark").raw
    report = of_entries(tmp_path / "late", late)
    assert report.ok
    assert [(each.index, each.reveal_by) for each in report.overdue] == [(1, A_MINUTE_AGO)]
    assert any("Overdue" in line and "why two cells went dark" in line for line in report.sentences())
    assert not of_entries(tmp_path / "early", Commitment(TIME, NAME, IN_A_MINUTE, "").raw).overdue
    kept = of_entries(tmp_path / "kept", late, Reveal(TIME, 1, ref()).raw, objects={NAME: SEALED})
    assert kept.ok
    assert not kept.overdue
    taken_back = of_entries(tmp_path / "taken", late, Withdrawal(TIME, NAME, "a person").raw)
    assert taken_back.ok
    assert not taken_back.overdue


def test_a_reveal_shows_what_was_committed_to(tmp_path: Path) -> None:
    other, sealed = seal(b"something else", b"t" * 32)
    objects = {NAME: SEALED, other: sealed}
    promised = Commitment(TIME, NAME, A_MINUTE_AGO, "").raw
    report = of_entries(tmp_path, promised, Reveal(TIME, 1, ref(other, sealed)).raw, objects=objects)
    assert places(report) == {"entry 2"}
    assert report.overdue
    for index in (0, 2, 3, 9):
        shown = Reveal(TIME, index, ref()).raw
        report = of_entries(tmp_path, promised, shown, objects=objects)
        assert places(report) == {"entry 2"}, index
        assert f"entry {index}: no commitment" in report.problems[0].reason


# ---------------------------------------------------------------------------------------- keys


def rotated(folder: Path, *steps: bytes, by: Signer | Sequence[Signer]) -> Report:
    """A log that begins with the older key, has 20 entries between these, and is signed by somebody."""
    entries = [keys_entry([OLDER])]
    for at, step in enumerate(steps):
        entries += [*plain_entries(20 * at, 20 * at + 20), step]
    write_log(folder, by, entries)
    return audit(Folder(folder), now=NOW)


OVERLAP = keys_entry([OLDER, NEWER], before=[OLDER])
ENDED = keys_entry([NEWER], before=[OLDER, NEWER])


def test_a_key_is_replaced_with_an_overlap(tmp_path: Path) -> None:
    during = rotated(tmp_path / "during", OVERLAP, by=[OLDER, NEWER])
    assert during.ok
    assert {each.by for each in during.held} == {OLDER.verifier, NEWER.verifier}
    after = rotated(tmp_path / "after", OVERLAP, ENDED, by=NEWER)
    assert after.ok
    assert [each.index for each in after.keys] == [0, 21, 42]
    for key in (OLDER, NEWER):
        for moment in ("during", "after"):
            report = audit(Folder(tmp_path / moment), trusting(key), now=NOW)
            assert report.ok, (key.verifier.vkey, moment)
    led = audit(Folder(tmp_path / "after"), trusting(OLDER), now=NOW)
    assert "entry 42" in led.word
    assert NEWER.verifier.vkey in led.word
    assert "renew" in led.word


def test_a_policy_that_knows_no_key_of_the_chain_is_led_nowhere(tmp_path: Path) -> None:
    rotated(tmp_path, OVERLAP, ENDED, by=NEWER)
    report = audit(Folder(tmp_path), trusting(STRANGER), now=NOW)
    assert places(report) == {"checkpoint"}


def test_both_keys_of_an_overlap_sign(tmp_path: Path) -> None:
    for number, signer in enumerate((OLDER, NEWER)):
        report = rotated(tmp_path / str(number), OVERLAP, by=signer)
        assert places(report) == {"checkpoint"}
        assert "did not sign" in report.problems[0].reason


@pytest.mark.parametrize(
    "step",
    [
        keys_entry([STRANGER]),
        keys_entry([OLDER, STRANGER]).replace(b"stated by a test", b"stated by a thief"),
        keys_entry([STRANGER], before=[NEWER]),
    ],
    ids=["by the new key alone", "changed after it was signed", "by a key that was never in force"],
)
def test_keys_that_those_before_did_not_sign_are_not_followed(tmp_path: Path, step: bytes) -> None:
    report = rotated(tmp_path / "honest", step, by=OLDER)
    assert places(report) == {"entry 21"}
    assert "not followed" in report.problems[0].reason
    stolen = rotated(tmp_path / "stolen", step, by=STRANGER)
    assert places(stolen) >= {"entry 21", "checkpoint"}


def test_a_key_that_did_not_agree_is_not_stated(tmp_path: Path) -> None:
    """Whoever names a key of somebody else as its own gets no signature of it."""
    vkeys = (OLDER.verifier.vkey, NEWER.verifier.vkey)
    alone = Keys(TIME, vkeys, policy_text([OLDER, NEWER]), "without asking").signed([OLDER])
    assert places(rotated(tmp_path, alone.raw, by=OLDER)) == {"entry 21"}


def test_keys_in_the_first_entry_sign_it(tmp_path: Path) -> None:
    unsigned = Keys(TIME, (OLDER.verifier.vkey,), policy_text([OLDER]), "nobody signed")
    write_log(tmp_path, OLDER, [unsigned.raw])
    assert places(audit(Folder(tmp_path), now=NOW)) == {"entry 0", "checkpoint"}


def test_keys_of_another_log_are_not_followed(tmp_path: Path) -> None:
    other = a_log(1, "log.example/la-palma")
    write_log(tmp_path, OLDER, [keys_entry([other])])
    assert places(audit(Folder(tmp_path), now=NOW)) == {"entry 0", "checkpoint"}


@pytest.mark.parametrize(
    ("witnesses", "at", "words"),
    [
        (WITNESSES[:1], NOW, "quorum"),
        ((), NOW, "quorum"),
        (WITNESSES, NOW + 3600, "future"),
        ((*WITNESSES, a_witness("witness.example/unasked")), NOW, "does not state"),
    ],
    ids=["one of two", "none", "an hour ahead", "one that nobody stated"],
)
def test_the_checkpoint_is_cosigned_as_the_log_itself_states(
    tmp_path: Path, witnesses: tuple[Signer, ...], at: int, words: str
) -> None:
    write_log(tmp_path, OLDER, [keys_entry([OLDER], WITNESSES)], witnesses, cosigned_at=at)
    report = audit(Folder(tmp_path), now=NOW)
    assert places(report) == {"checkpoint"}
    assert words in report.problems[0].reason


@pytest.mark.parametrize("at", [0, NOW + 10**9, 1 << 62])
def test_a_witness_that_nobody_asks_for_may_state_any_time(tmp_path: Path, at: int) -> None:
    write_log(tmp_path, OLDER, [keys_entry([OLDER])], WITNESSES[:1], cosigned_at=at)
    asking = policy_text([OLDER], WITNESSES[:1]).replace("quorum every", "quorum none")
    report = audit(Folder(tmp_path), Policy.parse(asking.encode()), now=NOW)
    assert report.ok
    assert any(line.startswith(f"Cosigned by {WITNESSES[0].verifier.name}") for line in report.sentences())


def test_a_policy_may_ask_for_more_witnesses_than_the_log_does(tmp_path: Path) -> None:
    write_log(tmp_path, OLDER, [keys_entry([OLDER])])
    asking = Policy.parse(policy_text([OLDER], WITNESSES).encode())
    assert "quorum" in audit(Folder(tmp_path), asking, now=NOW).problems[0].reason


# ---------------------------------------------------------------------------------------- logs of others


def test_a_log_of_others_is_audited_with_a_policy(tmp_path: Path) -> None:
    entries = [b"", b"\xff\xfe", b"plain text", *(b"leaf %d" % each for each in range(600))]
    stranger = a_witness("witness.example/theirs")
    write_log(tmp_path, OLDER, entries, [stranger])
    report = audit(Folder(tmp_path), trusting(OLDER), now=NOW)
    assert report.ok
    assert report.unreadable_count == 603
    assert report.unreadable == tuple(range(20))
    assert any("603 entries" in line for line in report.sentences())
    assert not audit(Folder(tmp_path), trusting(NEWER), now=NOW).ok
    without = audit(Folder(tmp_path), now=NOW)
    assert places(without) == {"checkpoint"}
    assert "no policy" in without.problems[0].reason


def test_an_entry_about_keys_in_a_log_that_does_not_begin_with_one_is_nothing(tmp_path: Path) -> None:
    write_log(tmp_path, OLDER, [b"theirs", keys_entry([STRANGER]), keys_entry([a_log(1, "other.example/x")])])
    report = audit(Folder(tmp_path), trusting(OLDER), now=NOW)
    assert report.ok
    assert not report.keys


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.binary(max_size=40), max_size=600),
    st.randoms(use_true_random=False),
)
def test_any_entries_come_back_in_order_and_no_change_passes(
    tmp_path_factory: pytest.TempPathFactory, entries: list[bytes], chance: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("log")
    write_log(folder, OLDER, entries)
    seen: list[tuple[int, bytes]] = []
    report = audit(
        Folder(folder), trusting(OLDER), now=NOW, visit=lambda index, raw, meaning: seen.append((index, raw))
    )
    assert report.ok
    assert seen == list(enumerate(entries))
    path = chance.choice(paths(folder))
    flip(folder / path, chance.randrange((folder / path).stat().st_size * 8))
    assert not audit(Folder(folder), trusting(OLDER), now=NOW).ok
    shutil.rmtree(folder)


@pytest.mark.slow
def test_seventy_thousand_entries(tmp_path: Path) -> None:
    """273 full tiles and one of 112 on level 0, one full and one of 17 above, one of 1 on top."""
    write_log(tmp_path, OLDER, [keys_entry([OLDER]), *plain_entries(1, 70_000)])
    progress: list[tuple[int, int]] = []
    read: list[str] = []
    report = audit(
        Folder(tmp_path),
        now=NOW,
        progress=lambda *at: progress.append(at),
        keep=lambda path, raw: read.append(path),
    )
    assert report.ok
    assert report.counts == {"decision@1": 69_999, "keys@1": 1}
    assert sorted(read) == paths(tmp_path)
    assert progress[-1] == (70_000, 70_000)


# ---------------------------------------------------------------------------------------- over HTTP


def test_a_log_behind_a_url_is_audited_as_in_a_folder(tmp_path: Path) -> None:
    a_folder(tmp_path, 700)
    by_url: list[bytes] = []
    by_folder: list[bytes] = []
    with served(tmp_path) as web:
        assert audit(web, now=NOW, visit=lambda index, raw, meaning: by_url.append(raw)).ok
        audit(Folder(tmp_path), now=NOW, visit=lambda index, raw, meaning: by_folder.append(raw))
        assert by_url == by_folder
        flip(tmp_path / "tile/entries/001", 999)
        assert places(audit(web, now=NOW)) == {"tile/entries/001"}
        (tmp_path / "tile/0/002.p/188").unlink()
        assert places(audit(web, now=NOW)) == {"tile/entries/001", "tile/0/002.p/188"}


def test_a_server_that_stops_answering_is_no_proof_of_anything(tmp_path: Path) -> None:
    a_folder(tmp_path, 700)
    with served(tmp_path, lambda path: 503 * ("tile/entries/002" in path)) as web:
        with pytest.raises(Unavailable, match="503") as caught:
            audit(web, now=NOW)
        assert caught.value.exit_code == 4
