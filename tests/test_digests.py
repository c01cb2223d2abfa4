"""Daily roots and receipts: each decision under its root, each root once in the log, no bit can be moved."""

import asyncio
import copy
import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rfc6962
from digested import DAY, DAY_US, ORIGIN, RULES, a_log, after, checked_in, figures, filled, policy_of
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_folders import NOW, a_witness
from ledger_witnesses import served
from serving import rules as some_rules
from sqlalchemy import inspect, text

from openleo.errors import InputError
from openleo.http.app import Api
from openleo.http.keys import load_secrets
from openleo.ledger.canonical import canonical, parse_canonical
from openleo.ledger.client import LARGEST_BODY, RemoteLog
from openleo.ledger.errors import LedgerError, Malformed, NotWritten, Unavailable, Unverified
from openleo.ledger.log import Log
from openleo.ledger.note import Note
from openleo.ledger.policy import Policy
from openleo.ledger.serve import Site
from openleo.ledger.source import Folder, Web
from openleo.ledger.submitters import make_token
from openleo.service.controller import Controller
from openleo.service.duties import beside
from openleo.service.governance.days import Closing, publish_days
from openleo.service.governance.digests import Records, digest_day, digest_days, receipt
from openleo.service.governance.entries import Day, read
from openleo.service.governance.receipts import verify_receipt
from openleo.service.reasons import Reason
from openleo.service.records import Outcome
from openleo.service.store import Store, schema
from openleo.service.store.backup import backup, migrate, restore
from openleo.service.store.digesting import digests, keep_leaves
from openleo.service.store.keeping import reduce


@pytest.fixture
def each_store(store_url: str) -> Iterator[Store]:
    """A store on each of the databases."""
    with Store.open(store_url) as opened:
        filled(opened)
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store where it does not matter on which database."""
    with Store.open(str(tmp_path / "only.db")) as opened:
        filled(opened)
        yield opened


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with a_log(tmp_path / "ledger") as opened:
        yield opened


def put(store: Store, log: Any, day: int) -> dict[int, int]:
    """Roots of days up to one into a log, an hour after it."""
    digest_days(store, after(day))
    return publish_days(store, figures(store, day), log, after(day))


def days(log: Log) -> list[Day]:
    """The entries of days in a log, in its order."""
    found = (read(raw) for raw in log.tree().entries())
    return [each for each in found if isinstance(each, Day)]


def public(log: Log) -> Folder:
    return Folder(log.store.public)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(str(tmp_path_factory.mktemp("empty") / "store.db")) as opened:
        yield opened


# ------------------------------------------------------------------ what a receipt proves


def test_each_receipt_is_verified_by_a_program_that_knows_only_the_specifications(
    each_store: Store, log: Log
) -> None:
    numbers = [
        *checked_in(each_store, DAY, range(30)),
        *checked_in(each_store, DAY, range(9), sequence=2, refused=True),
    ]
    put(each_store, log, DAY)
    vkeys = [each.verifier.vkey for each in log.store.signers]
    leaves = {}
    for number in numbers:
        value = json.loads(receipt(each_store, int(number), public(log)))
        record = json.dumps(
            value["record"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        assert canonical(value["record"]) == record or b"." in record  # numbers have other spellings there
        leaf = hashlib.sha256(b"\0" + bytes.fromhex(value["salt"]) + canonical(value["record"])).digest()
        path = [bytes.fromhex(each) for each in value["path"]]
        leaves[value["index"]] = leaf
        assert rfc6962.root_by_path(value["index"], 39, leaf, path).hex() == value["day"]["root"]
        assert rfc6962.receipt(value["proof"].encode(), canonical(value["day"]), vkeys) == 1
    assert rfc6962.tree([leaves[at] for at in range(39)]).hex() == days(log)[0].root


def test_the_record_is_what_the_terminal_was_answered(store: Store, log: Log) -> None:
    (number,) = checked_in(store, DAY, [7], refused=True)
    put(store, log, DAY)
    found = verify_receipt(receipt(store, int(number), public(log)), log.store.policy)
    assert found.record == {
        "type": "decision", "version": 1, "number": 0, "hardware": "KIT-7", "sequence": 1,
        "time": "2026-07-01T00:00:59.750000Z", "received": "2026-07-01T00:01:00.000000Z",
        "lat_deg": 11.0, "lon_deg": -7 / 3, "accuracy_m": 12.3, "outcome": "refuse",
        "reason": {"number": 10, "word": "unlicensed"},
        "reasons": [{"number": 10, "word": "unlicensed"}, {"number": 23, "word": "unpaid"}],
        "regions": ["North", "Coast"], "rules": RULES, "checkpoint": None, "valid_until": None,
        "retry_after": "2026-07-01T01:01:00.000000Z", "retry_km": None, "rate_mbps": 0, "satellite": None,
    }  # fmt: skip
    assert (found.day.day, found.day.count, found.checkpoint.origin) == ("2026-07-01", 1, ORIGIN)


def test_the_record_names_the_checkpoint_under_which_it_was_decided(store: Store, log: Log) -> None:
    numbers = [
        number
        for sequence, size in enumerate((-1, 7, 7, 9, -1))
        for number in checked_in(store, DAY, [1, 2], sequence=sequence, checkpoint=size)
    ]
    put(store, log, DAY)
    found = [json.loads(receipt(store, int(number), public(log)))["record"] for number in numbers]
    assert [each["checkpoint"] for each in found] == [None, None, 7, 7, 7, 7, 9, 9, None, None]


def test_the_log_tells_no_terminal_no_position_and_nothing_of_fewer_than_ten(store: Store, log: Log) -> None:
    checked_in(store, DAY, range(30))
    checked_in(store, DAY, range(12), sequence=2, refused=True)
    checked_in(store, DAY + 1, range(9), sequence=3, refused=True)
    put(store, log, DAY + 1)
    first, second = days(log)
    assert first.figures == {
        "": {"serve": 30}, "North": {"unlicensed": 12}, "Coast": {"unlicensed": 12}
    }  # fmt: skip
    assert (second.count, second.figures) == (9, {})
    assert b"KIT" not in b"".join(log.tree().entries())


def test_the_same_decision_has_another_leaf_on_another_day(store: Store, log: Log) -> None:
    numbers = [checked_in(store, DAY + k, [3], sequence=k)[0] for k in range(2)]
    put(store, log, DAY + 1)
    salts = {json.loads(receipt(store, int(number), public(log)))["salt"] for number in numbers}
    assert len(salts) == 2
    assert len({each.root for each in days(log)}) == 2


@given(
    numbers=st.tuples(*[st.integers(0, 2**53)] * 2),
    times=st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=3),
    measures=st.lists(st.floats(), min_size=2, max_size=2),
    singles=st.lists(st.floats(width=32), min_size=3, max_size=3),
    reasons=st.sets(st.sampled_from([each for each in Reason if each])),
    hardware=st.text(max_size=20),
)
def test_whatever_a_check_in_holds_its_record_is_canonical_json(
    empty: Store, numbers: Any, times: Any, measures: Any, singles: Any, reasons: Any, hardware: str
) -> None:
    bits = sum(1 << each for each in reasons)
    row = (
        *numbers, times[0], DAY * DAY_US, *measures, singles[0], int(Outcome.LIMITED), int(Reason.CLONE),
        bits, 7, -1, *times[1:], *singles[1:], -1, numbers[0],
    )  # fmt: skip
    record = parse_canonical(Records(empty).raw(row, hardware))
    assert (record["hardware"], record["outcome"], record["rules"]) == (hardware, "limited", "")
    assert record["checkpoint"] == numbers[0]
    assert {each["number"] for each in record["reasons"]} == reasons
    for name, value in zip(("lat_deg", "lon_deg"), measures, strict=True):
        assert record[name] == (value if np.isfinite(value) else None)
    for name, value in zip(("accuracy_m", "retry_km", "rate_mbps"), singles, strict=True):
        assert record[name] == (pytest.approx(value, rel=1e-6) if np.isfinite(value) else None)


# ------------------------------------------------------------------ tampering


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], Policy]:
    """Receipts of a day of eleven check-ins, and the policy under which they hold, with a witness."""
    folder = tmp_path_factory.mktemp("receipts")
    with Store.open(str(folder / "store.db")) as store, a_log(folder / "ledger") as log:
        filled(store)
        numbers = checked_in(store, DAY, range(11), refused=True)
        put(store, log, DAY)
        made = []
        for number in numbers:
            value = json.loads(receipt(store, int(number), public(log)))
            head, parted, checkpoint = value["proof"].encode().partition(b"\n\n")
            note = Note.parse(checkpoint)
            seen = note.with_signatures(
                a_witness(name).sign(note.text, NOW) for name in ("witness.example/w1", "witness.example/w2")
            )
            made.append(resealed(value | {"proof": (head + parted + seen.raw).decode()}))
        return made, Policy.parse(policy_of(log, "witness.example/w1"))


def resealed(value: dict[str, Any]) -> bytes:
    """A receipt made of these members, as if by who lies: what is over the rest fits."""
    bare = {name: member for name, member in value.items() if name != "check"}
    return canonical(bare | {"check": hashlib.sha256(canonical(bare)).hexdigest()})


@pytest.mark.slow
def test_a_receipt_with_any_one_bit_turned_over_does_not_hold(receipts: tuple[list[bytes], Policy]) -> None:
    (*_, raw), policy = receipts
    verify_receipt(raw, policy)
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises(Unverified):
            verify_receipt(bytes(changed), policy)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the leaves of a JSON value stand."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from (each for name, member in inside for each in places(member, (*path, name)))
    if not isinstance(value, dict | list) or not value:
        yield path


def with_other(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The same JSON with another value at a place."""
    made = copy.deepcopy(value)
    at = made
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = new
    return made


def test_no_field_can_be_changed_by_who_makes_the_rest_fit(receipts: tuple[list[bytes], Policy]) -> None:
    (raw, *_), policy = receipts
    value = json.loads(raw)
    assert verify_receipt(resealed(value), policy).record == value["record"]
    tried = 0
    for path in places(value):
        if path == ("check",):
            continue
        old = value
        for name in path:
            old = old[name]
        for new in (None, "", "x", 0, 1, -1, 0.5, [], {}, True, str(old)[::-1], "0" * 64):
            if type(new) is type(old) and new == old:
                continue
            with pytest.raises(Unverified):
                verify_receipt(resealed(with_other(value, path, new)), policy)
            tried += 1
    assert tried > 400


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_parts_of_different_receipts_do_not_make_one(
    receipts: tuple[list[bytes], Policy], data: st.DataObject
) -> None:
    made, policy = receipts
    value, other = (json.loads(each) for each in data.draw(st.permutations(made))[:2])
    names = data.draw(st.sets(st.sampled_from(["record", "salt", "index", "path"]), min_size=1, max_size=3))
    mixed = value | {name: other[name] for name in names}
    if mixed not in (value, other) and not (mixed["path"] == other["path"] == value["path"]):
        with pytest.raises(Unverified):
            verify_receipt(resealed(mixed), policy)


def test_another_terminals_record_does_not_verify(receipts: tuple[list[bytes], Policy]) -> None:
    made, policy = receipts
    mine, other = json.loads(made[3]), json.loads(made[4])
    with pytest.raises(Unverified, match="record, salt and path do not give the root of 2026-07-01"):
        verify_receipt(resealed(mine | {"record": other["record"]}), policy)


def test_a_day_of_another_length_does_not_verify(receipts: tuple[list[bytes], Policy]) -> None:
    made, policy = receipts
    value = json.loads(made[0])
    assert (value["index"], value["count"], len(value["path"])) == (0, 11, 4)
    for count in {*range(9, 17)} - {11}:  # the path of the first is as long in all of these
        with pytest.raises(Unverified, match="the root of 2026-07-01 is over 11"):
            verify_receipt(resealed(value | {"count": count}), policy)


def test_a_record_under_the_root_of_another_day_does_not_verify(
    receipts: tuple[list[bytes], Policy], log: Log
) -> None:
    value = json.loads(receipts[0][0])
    leaf = hashlib.sha256(b"\0" + bytes.fromhex(value["salt"]) + canonical(value["record"])).hexdigest()
    entry = Day(ORIGIN, log.now(), "2026-07-02", leaf, 1, {}, None)
    log.append([entry.raw])
    proof = replace(log.proof(1), extra=None).raw.decode()
    made = value | {"index": 0, "count": 1, "path": [], "day": json.loads(entry.raw), "proof": proof}
    with pytest.raises(Unverified, match=r"received: 2026-07-01T.*; the root is that of 2026-07-02"):
        verify_receipt(resealed(made), log.store.policy)


def test_a_policy_that_asks_for_another_witness_refuses_it(receipts: tuple[list[bytes], Policy]) -> None:
    made, policy = receipts
    w3 = a_witness("witness.example/w3").verifier.vkey
    asks = policy.raw.decode().replace(policy.witnesses["w"].vkey, w3).encode()
    with pytest.raises(Unverified, match=r"receipt: proof: .* not the quorum"):
        verify_receipt(made[0], Policy.parse(asks))


@given(raw=st.binary(max_size=200))
def test_what_is_no_receipt_is_refused_in_words(receipts: tuple[list[bytes], Policy], raw: bytes) -> None:
    with pytest.raises(Malformed):
        verify_receipt(raw, receipts[1])


# ------------------------------------------------------------------ each day once


def test_missed_days_are_made_up_in_order_and_none_stands_twice(each_store: Store, log: Log) -> None:
    for k in (0, 1, 3):
        checked_in(each_store, DAY + k, range(5), sequence=k)
    assert sorted(put(each_store, log, DAY)) == [DAY]
    assert put(each_store, log, DAY) == {}
    made = put(each_store, log, DAY + 4)
    assert list(made) == [DAY + k for k in range(1, 5)]
    assert [read(log.tree().entry(index)) for index in made.values()] == days(log)[1:]
    assert [(each.day, each.count) for each in days(log)] == [
        ("2026-07-01", 5), ("2026-07-02", 5), ("2026-07-03", 0), ("2026-07-04", 5), ("2026-07-05", 0)
    ]  # fmt: skip


def test_a_day_that_is_not_over_has_no_root(store: Store) -> None:
    checked_in(store, DAY, range(5))
    over_us = (DAY + 1) * DAY_US
    assert digest_days(store, over_us + 299_999_999) == []
    assert [each.day for each in digest_days(store, over_us + 300_000_000)] == [DAY]


def cut_off(kind: type[LedgerError], log: Log, *, before: bool) -> Any:
    """A log whose append fails, and may have written all the same."""

    class Cut(Log):
        def __init__(self) -> None:
            self.__dict__ = log.__dict__

        def append(self, entries: Any, timeout_s: float | None = None) -> range:
            if not before:
                log.append(entries)
            raise kind("the line was cut")

    return Cut()


def test_after_a_crash_the_log_is_looked_at_before_a_day_is_handed_over_again(
    each_store: Store, log: Log
) -> None:
    checked_in(each_store, DAY, range(5))
    digest_days(each_store, after(DAY))
    with pytest.raises(Unavailable):
        put(each_store, cut_off(Unavailable, log, before=False), DAY)
    assert len(days(log)) == 1
    assert put(each_store, log, DAY) == {DAY: 1}
    assert len(days(log)) == 1


def test_what_certainly_was_not_written_is_handed_over_at_once_and_all_else_after_a_while(
    each_store: Store, log: Log
) -> None:
    checked_in(each_store, DAY, range(5))
    with pytest.raises(NotWritten):
        put(each_store, cut_off(NotWritten, log, before=True), DAY)
    with pytest.raises(Unavailable):
        put(each_store, cut_off(Unavailable, log, before=True), DAY)
    assert put(each_store, log, DAY) == {}  # it may be on its way
    later = after(DAY) + 3_600_000_000
    assert publish_days(each_store, figures(each_store, DAY), log, later) == {DAY: 1}


def test_two_servers_make_one_root_and_the_receipts_of_both_hold(each_store: Store, log: Log) -> None:
    numbers = checked_in(each_store, DAY, range(20))
    first = digest_day(each_store, DAY)
    second = digest_day(each_store, DAY)
    assert first == second
    put(each_store, log, DAY)
    for number in numbers:
        verify_receipt(receipt(each_store, int(number), public(log)), log.store.policy)


def test_a_root_that_was_left_half_made_is_made_anew(each_store: Store, log: Log) -> None:
    (number, *_) = checked_in(each_store, DAY, range(20))
    keep_leaves(each_store, DAY, 5, 0, int(number), b"r" * 32, b"h" * 32)  # of a server that died then
    assert digest_day(each_store, DAY, lambda: True) is None
    put(each_store, log, DAY)
    verify_receipt(receipt(each_store, int(number), public(log)), log.store.policy)
    with each_store.read() as connection:
        runs = connection.execute(text("SELECT run FROM digest_leaves")).scalars().all()
    assert runs == [digests(each_store, DAY, DAY)[0].run]


@pytest.mark.slow
def test_days_of_many_parts_have_receipts_at_all_their_edges(tmp_path: Path, log: Log) -> None:
    with Store.open(str(tmp_path / "store.db")) as store:
        filled(store, 100)
        for sequence in range(92):
            checked_in(store, DAY, range(100), sequence=sequence, second=sequence)
        put(store, log, DAY)
        for number in (0, 1, 4095, 4096, 4097, 8191, 8192, 9198, 9199):
            found = verify_receipt(receipt(store, number, public(log)), log.store.policy)
            assert (found.receipt.index, found.receipt.count) == (number, 9200)


def test_a_log_of_another_origin_gets_the_days_as_well(store: Store, log: Log, tmp_path: Path) -> None:
    checked_in(store, DAY, range(5))
    put(store, log, DAY)
    Log.create(tmp_path / "other", "log.example/other")
    with Log.open(tmp_path / "other") as other:
        assert put(store, other, DAY) == {DAY: 1}
        assert put(store, other, DAY) == {}


def test_days_go_into_a_log_that_is_served_elsewhere(store: Store, log: Log) -> None:
    (number,) = checked_in(store, DAY, [3])
    site = Site(log)
    with served(site.answer, LARGEST_BODY) as server:
        remote = RemoteLog(server.url, make_token(log.store.folder, "tests"))
        digest_days(store, after(DAY))
        with pytest.raises(Unavailable):
            put(store, lost(remote), DAY)
        later = after(DAY) + 3_600_000_000
        assert publish_days(store, figures(store, DAY), remote, later) == {DAY: 1}
        assert len(days(log)) == 1
        with closing(Web(server.url)) as web:
            assert verify_receipt(receipt(store, int(number), web), log.store.policy).entry == 1


def lost(remote: RemoteLog) -> Any:
    """A log elsewhere that takes entries, and whose answers are lost."""

    class Lost(RemoteLog):
        def __init__(self) -> None:
            self.__dict__ = remote.__dict__

        def append(self, entries: Any) -> range:
            remote.append(entries)
            raise Unavailable("the answer was lost")

    return Lost()


# ------------------------------------------------------------------ figures


@pytest.mark.slow
def test_figures_that_are_too_long_for_an_entry_stand_beside_the_log(store: Store, log: Log) -> None:
    regions = " | ".join(f"Region {k} {'x' * 180}" for k in range(350))
    store.put_in_force("7a" * 32, "wide", 1, [("", "", ""), ("FR", "", regions)], DAY * DAY_US)
    checked_in(store, DAY, range(30), refused=True)
    with store.begin() as connection:
        connection.execute(text("DROP TRIGGER checkins_no_update"))
        connection.execute(text("UPDATE checkins SET rules = 2"))
    assert put(store, log, DAY) == {DAY: 2}
    (day,) = days(log)
    note = json.loads(log.tree().entry(1))
    content = (log.store.public / "object" / note["text"]["object"]).read_bytes().partition(b"\n")[2]
    assert day.figures == {}
    assert note["title"] == "Figures of the decisions of 2026-07-01, by region"
    assert json.loads(content) == {name: {"unlicensed": 30} for name in regions.split(" | ")}


# ------------------------------------------------------------------ how long receipts are given


def test_once_positions_are_gone_so_are_key_and_leaves_and_no_receipt_is_made(
    each_store: Store, log: Log
) -> None:
    numbers = [checked_in(each_store, DAY + k, range(5), sequence=k)[0] for k in range(2)]
    put(each_store, log, DAY + 1)
    before = receipt(each_store, int(numbers[0]), public(log))
    (key,) = (each.key for each in digests(each_store, DAY, DAY))
    assert key is not None
    reduce(each_store, (DAY + 1) * DAY_US)
    with pytest.raises(InputError, match=r"positions of 2026-07-01 are gone.*had to be asked for before"):
        receipt(each_store, int(numbers[0]), public(log))
    verify_receipt(before, log.store.policy)
    verify_receipt(receipt(each_store, int(numbers[1]), public(log)), log.store.policy)
    with each_store.read() as connection:
        kept = connection.execute(text("SELECT day FROM digest_leaves")).scalars().all()
    assert kept == [DAY + 1]
    assert digests(each_store, DAY, DAY)[0].root == bytes.fromhex(days(log)[0].root)


def test_a_key_that_was_removed_is_nowhere_in_the_file(tmp_path: Path, log: Log) -> None:
    file = tmp_path / "store.db"
    with Store.open(str(file)) as store:
        filled(store)
        checked_in(store, DAY, range(5))
        put(store, log, DAY + 60)
        keys = [each.key for each in digests(store, DAY, DAY + 60)]
    raw = file.read_bytes()
    assert len(keys) == 61
    assert all(key is not None and key in raw for key in keys)
    with Store.open(str(file)) as store:
        reduce(store, (DAY + 61) * DAY_US)
    raw = file.read_bytes()
    assert not any(key is not None and key in raw for key in keys)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (
            "UPDATE checkins SET lat_deg = NULL, lon_deg = NULL WHERE number = 2",
            "is not under the root of 2026-07-01",
        ),
        ("UPDATE digests SET key = :other", "is not under the root of 2026-07-01"),
        ("UPDATE digests SET root = :other", "the leaves of 2026-07-01 were changed"),
        ("UPDATE digests SET entry = 0", "entry 0 of .* is not the root of 2026-07-01"),
    ],
)
def test_a_store_that_was_changed_gives_no_receipt(store: Store, log: Log, what: str, said: str) -> None:
    number = checked_in(store, DAY, range(5))[2]
    put(store, log, DAY)
    with store.begin() as connection:
        connection.execute(text(what).bindparams(**({"other": b"k" * 32} if ":other" in what else {})))
    with pytest.raises(Unverified, match=said):
        receipt(store, int(number), public(log))


def test_a_receipt_that_cannot_be_made_yet_says_when(store: Store, log: Log) -> None:
    number = int(checked_in(store, DAY, range(5))[0])
    with pytest.raises(InputError, match="has none of that number"):
        receipt(store, 99, public(log))
    with pytest.raises(InputError, match="2026-07-01 has no root yet"):
        receipt(store, number, public(log))
    digest_days(store, after(DAY))
    with pytest.raises(InputError, match="in no log yet"):
        receipt(store, number, public(log))


# ------------------------------------------------------------------ the store


def test_receipts_are_made_from_a_store_that_was_copied_to_another_database(
    each_store: Store, log: Log, tmp_path: Path
) -> None:
    numbers = checked_in(each_store, DAY, range(5))
    put(each_store, log, DAY)
    backup(
        each_store.engine.url.render_as_string() if each_store.dialect != "sqlite" else each_store.url,
        tmp_path / "copy",
    )
    restore(tmp_path / "copy", tmp_path / "new.db")
    with Store.open(tmp_path / "new.db") as new:
        for number in numbers:
            here = json.loads(receipt(new, int(number), public(log)))
            assert here == json.loads(receipt(each_store, int(number), public(log)))
        assert put(new, log, DAY) == {}


OLD_TRIGGER = {
    "sqlite": "CREATE TRIGGER checkins_no_update BEFORE UPDATE ON checkins WHEN NEW.lat_deg IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'checkins are never changed'); END",
    "postgresql": "CREATE TRIGGER checkins_no_update BEFORE UPDATE ON checkins FOR EACH ROW "
    "WHEN (NEW.lat_deg IS NOT NULL) EXECUTE FUNCTION refuse_change()",
}


def made_old(where: str) -> dict[str, Any]:
    """Make a store one of version 1; returns the columns of what was taken out."""
    with Store.open(where) as store, store.begin() as connection:
        found = inspect(connection)
        columns = {
            name: [(each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(name)]
            for name in ("digests", "digest_leaves", "checkins", "looks")
        }
        for name in ("digests", "digest_leaves", "looks"):
            connection.execute(text(f"DROP TABLE {name}"))
        on = " ON checkins" if store.dialect == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER checkins_no_update{on}"))
        connection.execute(text("ALTER TABLE checkins DROP COLUMN checkpoint"))
        connection.execute(text(OLD_TRIGGER[store.dialect]))
        connection.execute(text("UPDATE about SET value = '1' WHERE name = 'version'"))
        return columns


def test_a_store_of_version_1_becomes_one_like_a_new_one(store_url: str) -> None:
    with Store.open(store_url) as store:
        filled(store)
        checked_in(store, DAY, range(5))
    new = made_old(store_url)
    assert migrate(store_url) == (1, schema.VERSION)
    with Store.open(store_url) as store:
        with store.read() as connection:
            found = inspect(connection)
            for name, columns in new.items():
                assert columns == [
                    (each["name"], str(each["type"]), each["nullable"]) for each in found.get_columns(name)
                ]
                assert found.get_pk_constraint(name)["constrained_columns"]
        assert [each.count for each in digest_days(store, after(DAY))] == [5]


def test_a_backup_of_version_1_is_restored_into_either_database(store_url: str, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with Store.open(str(old)) as store:
        filled(store)
        checked_in(store, DAY, range(5))
    made_old(str(old))
    raw = old.read_bytes()
    where = store_url if "://" in store_url else str(tmp_path / "restored.db")
    assert restore(old, where) == 5
    assert old.read_bytes() == raw
    with Store.open(where) as store:
        assert [each.count for each in digest_days(store, after(DAY))] == [5]
        assert np.isfinite(store.histories(np.arange(5))["lat_deg"]).all()


# ------------------------------------------------------------------ the server


@pytest.mark.slow
def test_while_a_server_runs_with_a_log_days_are_put_there(store_url: str, log: Log) -> None:
    with Store.open(store_url) as store:
        filled(store)
        checked_in(store, DAY, range(5))
    with Controller.open(store_url, some_rules(), clock=lambda: after(DAY)) as controller:
        with beside(controller, keep_days=30.0, closing=Closing(log)):
            assert any(log.published.size > 1 for _ in range(3_000) if log.wait() and waited())
        with beside(controller, keep_days=30.0):
            pass
    assert [each.day for each in days(log)] == ["2026-07-01"]


def waited() -> bool:
    """Let other threads run."""
    import threading

    threading.Event().wait(0.01)
    return True


def test_without_a_log_no_root_is_made(store_url: str) -> None:
    with Store.open(store_url) as store:
        filled(store)
        checked_in(store, DAY, range(5))
    with Controller.open(store_url, some_rules(), clock=lambda: after(DAY)) as controller:
        with beside(controller, keep_days=30.0):
            pass
        assert digests(controller.store, 0, DAY + 1) == []


@pytest.mark.slow
def test_the_api_hands_its_log_to_the_duties(tmp_path: Path, log: Log) -> None:
    with Store.open(str(tmp_path / "store.db")) as store:
        filled(store)
        checked_in(store, DAY, range(5))
    controller = Controller.open(str(tmp_path / "store.db"), some_rules(), clock=lambda: after(DAY))
    api = Api(controller, load_secrets(tmp_path / "secret"), closing=Closing(log))

    async def started() -> bool:
        async with api.inner.router.lifespan_context(api.inner):
            return any(log.published.size > 1 for _ in range(3_000) if log.wait() and waited())

    assert asyncio.run(started())
    assert [each.day for each in days(log)] == ["2026-07-01"]
