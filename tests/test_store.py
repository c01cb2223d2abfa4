"""The store on both databases: what was acknowledged is there, once and in order; what was not is not."""

import json
import multiprocessing
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from postgres import Cluster
from sqlalchemy import select, text

from openleo.errors import InputError, OpenLEOError
from openleo.service.entries import Entry
from openleo.service.records import CHECKIN, HISTORY, no_history
from openleo.service.store import Store, StoreError, StoreUnavailable, schema
from openleo.service.store.backup import backup, check, migrate, restore
from openleo.service.store.keeping import reduce
from openleo.service.store.tracing import walk
from openleo.service.terminals import Register

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Decisions:
    """Decisions as arrays, as the policy gives them."""

    outcome: NDArray[Any]
    reasons: NDArray[Any]
    primary: NDArray[Any]
    zone: NDArray[Any]
    valid_us: NDArray[Any]
    retry_us: NDArray[Any]
    retry_km: NDArray[Any]
    rate_mbps: NDArray[Any]
    satellite: NDArray[Any]
    gateway: NDArray[Any]
    finding: NDArray[Any]


def decided(count: int, outcome: int = 4) -> Decisions:
    none = np.full(count, -1, np.int32)
    return Decisions(
        np.full(count, outcome, np.int8), np.full(count, 2**63 + 5, np.uint64), np.full(count, 2, np.int8),
        none.copy(), np.full(count, 7, np.int64), np.full(count, 9, np.int64),
        np.full(count, 1.5, np.float32), np.full(count, np.inf, np.float32), none, none,
        np.zeros(count, np.uint32),
    )  # fmt: skip


def checkins(terminals: list[int], sequence: int, **values: Any) -> NDArray[Any]:
    rows = np.zeros(len(terminals), CHECKIN)
    rows["terminal"], rows["sequence"], rows["cell"] = terminals, sequence, 2**64 - 3
    rows["lat_deg"], rows["lon_deg"], rows["delay_ms"] = 12.5, -45.25, np.nan
    for name, value in values.items():
        rows[name] = value
    return rows


def record(store: Store, rows: NDArray[Any], received_us: int = 1000) -> NDArray[np.int64]:
    """Record check-ins, and their sequence numbers in the histories, as a controller does."""
    with store.locked(rows["terminal"]) as held:
        places = held.places(rows["terminal"])
        held.histories["sequence"][places] = rows["sequence"]
        held.histories["time_us"][places] = received_us
        held.histories["lat_deg"][places] = rows["lat_deg"]
        held.histories["lon_deg"][places] = rows["lon_deg"]
        return held.record(rows, decided(len(rows)), received_us=received_us)


def same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return all(
        np.array_equal(one[name], other[name], equal_nan=HISTORY[name].kind == "f")
        for name in HISTORY.names or ()
    )


def stored(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(select(schema.checkins).order_by("number")))


def test_a_check_in_is_read_back_as_it_was_written(store_url: str) -> None:
    with Store.open(store_url) as store:
        record(
            store, checkins([3], 17, speed_kmh=np.float32(4.5), version=2, satellite=44, flags=1, time_us=5)
        )
        (row,) = stored(store)
    assert (row.number, row.terminal, row.previous, row.sequence, row.time_us) == (0, 3, -1, 17, 5)
    assert (row.lat_deg, row.lon_deg, row.speed_kmh, row.satellite, row.version) == (12.5, -45.25, 4.5, 44, 2)
    assert row.delay_ms is None or np.isnan(row.delay_ms)
    assert row.cell % 2**64 == 2**64 - 3
    assert row.reasons % 2**64 == 2**63 + 5
    assert (row.outcome, row.reason, row.valid_us, row.retry_us, row.retry_km) == (4, 2, 7, 9, 1.5)
    assert row.rate_mbps == np.inf


def test_check_ins_of_a_terminal_are_a_chain(store_url: str) -> None:
    rng = np.random.default_rng(5)
    last: dict[int, int] = {}
    expected: list[tuple[int, int, int]] = []
    with Store.open(store_url) as store:
        for turn in range(20):
            terminals = rng.integers(-1, 6, rng.integers(1, 12)).tolist()
            numbers = record(store, checkins(terminals, turn)).tolist()
            for terminal, number in zip(terminals, numbers, strict=True):
                expected.append((number, terminal, last.get(terminal, -1) if terminal >= 0 else -1))
                last[terminal] = number
        found = [(row.number, row.terminal, row.previous) for row in stored(store)]
        assert found == sorted(expected)
        histories = store.histories(np.arange(6))
        assert histories["checkin"].tolist() == [last.get(terminal, -1) for terminal in range(6)]
        with store.read() as connection:
            chain = walk(connection, last[2], 1000)
            assert chain["number"].tolist() == [n for n, terminal, _ in sorted(expected) if terminal == 2]
            assert walk(connection, last[2], 2)["number"].tolist() == chain["number"].tolist()[-2:]


def test_only_what_is_kept_is_stored_and_chained(store_url: str) -> None:
    with Store.open(store_url) as store:
        rows = checkins([1, 1, 1], 4)
        with store.locked(rows["terminal"]) as held:
            numbers = held.record(rows, decided(3), received_us=1, keep=np.array([True, False, True]))
        assert numbers.tolist() == [0, -1, 1]
        assert [(row.number, row.previous) for row in stored(store)] == [(0, -1), (1, 0)]


def test_a_turn_that_fails_leaves_nothing(store_url: str) -> None:
    class Mishap(Exception):
        pass

    with Store.open(store_url) as store:
        record(store, checkins([1, 2], 1))
        before = store.histories(np.arange(4))

        def fail() -> None:
            rows = checkins([1, 3], 2)
            with store.locked(rows["terminal"]) as held:
                held.histories["sequence"] = 2
                held.record(rows, decided(2), received_us=1)
                held.find([("clone", "terminal 1", "{}")], 1)
                held.count(1, {("here", "served"): 1.0})
                raise Mishap

        with pytest.raises(Mishap):
            fail()
        assert same(store.histories(np.arange(4)), before)
        assert len(stored(store)) == 2
        with store.read() as connection:
            assert not connection.execute(select(schema.findings)).all()
            assert not connection.execute(select(schema.figures)).all()
        assert record(store, checkins([1], 2)).tolist()[0] >= 2


def test_histories_are_the_same_after_every_start(store_url: str) -> None:
    rng = np.random.default_rng(11)
    expected = no_history(5000)
    store = Store.open(store_url)
    for turn in range(60):
        some = rng.integers(0, 5000, rng.choice([1, 30, 900, 3000]))
        rows = checkins(some.tolist(), turn)
        record(store, rows, received_us=turn + 1)
        expected["sequence"][some], expected["time_us"][some] = turn, turn + 1
        if rng.random() < 0.1:
            store.close()
            store = Store.open(store_url)
            found = store.histories(np.arange(5000))
            assert found["sequence"].tolist() == expected["sequence"].tolist()
            assert found["time_us"].tolist() == expected["time_us"].tolist()
    many = store.checkins()
    store.close()
    with Store.open(store_url) as store:
        assert store.checkins() == many
        checkin = store.histories(np.arange(5000))["checkin"]
        newest = {row.terminal: row.number for row in stored(store)}
        assert checkin.tolist() == [newest.get(terminal, -1) for terminal in range(5000)]


def test_the_log_of_an_sqlite_store_stays_short(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    rng = np.random.default_rng(3)
    with Store.open(file) as store:
        for turn in range(200):
            record(store, checkins(rng.integers(0, 4096, 400).tolist(), turn))
    with sqlite3.connect(file) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM history_log").fetchone()
    connection.close()
    assert kept < 60  # of 200: about two rounds over four chunks


def test_two_servers_lose_no_update_and_take_no_replay(postgres: Cluster) -> None:
    url = postgres.database()
    taken: list[int] = []
    with Store.open(url) as one, Store.open(url) as two:

        def serve(store: Store, seed: int) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(60):
                terminals = np.unique(rng.integers(0, 8, 4))
                with store.locked(terminals) as held:
                    rows = checkins(held.terminals.tolist(), 0)
                    rows["sequence"] = held.histories["sequence"] + 1
                    held.histories["sequence"] = rows["sequence"]
                    taken.extend(held.record(rows, decided(len(rows)), received_us=1).tolist())

        threads = [
            threading.Thread(target=serve, args=(store, seed)) for seed, store in enumerate((one, two))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = stored(one)
        assert sorted(taken) == [row.number for row in rows]
        for terminal in range(8):
            mine = [row for row in rows if row.terminal == terminal]
            assert sorted(row.sequence for row in mine) == list(range(len(mine)))
            by_sequence = sorted(mine, key=lambda row: row.sequence)
            assert [row.previous for row in by_sequence] == [-1, *(row.number for row in by_sequence[:-1])]


def _claims(file: str, answers: Any) -> None:
    try:
        with Store.open(file) as store:
            store.serve()
        answers.put("served")
    except StoreUnavailable as error:
        answers.put(str(error))


def test_one_process_writes_check_ins_into_an_sqlite_file(tmp_path: Path) -> None:
    file = str(tmp_path / "store.db")
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with Store.open(file) as store:
        record(store, checkins([1], 1))
        process = context.Process(target=_claims, args=(file, answers))
        process.start()
        assert "another process writes check-ins" in answers.get(timeout=60)
        process.join()
        with Store.open(file) as reader:  # reading is allowed
            assert reader.histories(np.array([1]))["sequence"].tolist() == [1]
            assert reader.checkins() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkins SET outcome = 0",
        "UPDATE checkins SET lat_deg = 1.0",
        "UPDATE checkins SET lat_deg = NULL, lon_deg = NULL, previous = 5",
        "DELETE FROM checkins",
        "UPDATE transfers SET to_owner = 5",
        "DELETE FROM transfers",
        "UPDATE changes SET kind = 'x'",
        "DELETE FROM changes",
        "DELETE FROM terminals",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_recorded(store_url: str, statement: str) -> None:
    with Store.open(store_url) as store:
        Register.load(store).add([Entry(hardware="K1", owner="A", sold="NG")], by="me", now_us=1)
        record(store, checkins([0], 1))
        with pytest.raises(StoreError, match=r"are never (changed|deleted)"), store.begin() as connection:
            connection.execute(text(statement))


def test_of_a_kind_a_subject_has_one_open_finding(store_url: str) -> None:
    with Store.open(store_url) as store:
        for _ in range(2):
            with store.locked(np.array([1])) as held:
                numbers = held.find([("clone", "terminal 1", "{}"), ("drone", "terminal 1", "{}")], 5)
                held.count(20_000, {("here", "served"): 2.0, ("here", "refused"): 0.5})
        assert len(set(numbers)) == 2
        with store.read() as connection:
            rows = connection.execute(select(schema.findings)).all()
            figures = connection.execute(select(schema.figures.c.measure, schema.figures.c.value)).all()
        assert sorted((row.number, row.kind, row.state) for row in rows) == sorted(
            zip(numbers, ("clone", "drone"), ("open", "open"), strict=True)
        )
        assert dict(figures) == {"served": 4.0, "refused": 1.0}  # type: ignore[arg-type]


def test_rule_sets_in_force_are_kept_with_their_zones(store_url: str) -> None:
    zones = [("NG", "", "Nigeria"), ("", "Somewhere", "a | b")]
    with Store.open(store_url) as store:
        first = store.put_in_force("aa", "rules", 1, zones, 10)
        assert store.put_in_force("bb", "rules", 2, zones[:1], 20) != first
        assert store.put_in_force("aa", "rules", 1, zones, 30) == first
        with store.read() as connection:
            held = connection.execute(select(schema.in_force).order_by("number")).all()
            assert [row.from_us for row in held] == [10, 20, 30]
            kept = connection.execute(select(schema.zones).where(schema.zones.c.rules == first)).all()
        assert [(row.country, row.area, row.regions) for row in kept] == zones


def test_old_positions_are_reduced_to_decision_and_zone(store_url: str) -> None:
    with Store.open(store_url) as store:
        Register.load(store).add([Entry(hardware=f"K{i}") for i in range(4)], by="me", now_us=1)
        for day in range(10):
            record(store, checkins([day % 4], day), received_us=(day + 1) * DAY_US)
        assert reduce(store, 7 * DAY_US) == 6
        assert reduce(store, 7 * DAY_US) == 0
        rows = stored(store)
        assert [row.lat_deg is None or np.isnan(row.lat_deg) for row in rows] == [True] * 6 + [False] * 4
        assert all(row.outcome == 4 and row.terminal >= 0 for row in rows)
        assert {row.cell for row in rows[:6]} == {0}
        last = store.histories(np.arange(4))  # of days 9, 10, 7 and 8
        assert np.isnan(last["lat_deg"]).tolist() == [False, False, False, False]
        assert reduce(store, 9 * DAY_US) == 2
        assert np.isnan(store.histories(np.arange(4))["lat_deg"]).tolist() == [False, False, True, True]
        assert record(store, checkins([2], 50), received_us=20 * DAY_US).tolist() == [10]


def filled(url: str) -> NDArray[Any]:
    with Store.open(url) as store:
        register = Register.load(store)
        register.add(
            [Entry(hardware=f"K{i}", account="A", owner="O", sold="NG", key=b"k" * 32) for i in range(1100)],
            by="me", now_us=1,
        )  # fmt: skip
        for turn in range(5):
            record(store, checkins(list(range(turn, 1100, 2)), turn))
        register.transfer(7, "P", by="me", now_us=2)
        return store.histories(np.arange(1100))


def test_a_backup_is_the_store(store_url: str, tmp_path: Path) -> None:
    histories = filled(store_url)
    file = tmp_path / "copy.db"
    with Store.open(store_url) as store:
        store.serve()  # a server that goes on
        kept = backup(store_url, file)
    with Store.open(store_url) as store, Store.open(file, create=False) as copy:
        assert kept == check(file) == store.checkins() == copy.checkins()
        assert same(copy.histories(np.arange(1100)), histories)
        one, other = Register.load(store), Register.load(copy)
        assert np.array_equal(one.keys, other.keys)
        assert one.numbers(["K3", "K1099"]).tolist() == other.numbers(["K3", "K1099"]).tolist() == [3, 1099]
        for before, after in zip(stored(store), stored(copy), strict=True):
            assert before[:6] == after[:6]
    with pytest.raises(InputError, match="there already"):
        backup(store_url, file)


def test_a_backup_is_restored_into_either_database(store_url: str, tmp_path: Path) -> None:
    histories = filled(str(tmp_path / "source.db"))
    file = tmp_path / "copy.db"
    backup(tmp_path / "source.db", file)
    many = restore(file, store_url)
    with Store.open(store_url, create=False) as store:
        assert store.checkins() == many
        assert same(store.histories(np.arange(1100)), histories)
        register = Register.load(store)  # and goes on where it was
        assert register.add([Entry(hardware="new")], by="me", now_us=3).tolist() == [1100]
        register.transfer(7, "Q", by="me", now_us=4)
        assert record(store, checkins([7], 9)).tolist() == [many]
        assert stored(store)[-1].previous == histories["checkin"][7]
    with pytest.raises(InputError, match=r"there already|holds a store already"):
        restore(file, store_url)


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    filled(str(tmp_path / "source.db"))
    file = tmp_path / "copy.db"
    backup(tmp_path / "source.db", file)
    raw = bytearray(file.read_bytes())
    for at in range(8192, 60_000):
        raw[at] = 0x5A
    file.write_bytes(raw)
    with pytest.raises(StoreError, match=r"copy\.db"):
        restore(file, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
    (tmp_path / "words.db").write_text("no database " * 100)
    with pytest.raises(StoreError, match="is no store"):
        restore(tmp_path / "words.db", tmp_path / "new.db")


def test_steps_of_a_migration_run_in_order_and_once(store_url: str) -> None:
    steps = (
        schema.Migration(9, *(("INSERT INTO names VALUES ('step', 1, 'nine')",),) * 2),
        schema.Migration(8, *(("INSERT INTO names VALUES ('step', 0, 'eight')",),) * 2),
    )
    with Store.open(store_url) as store:
        with store.begin() as connection:
            assert schema.migrate(connection, steps) == (schema.VERSION, 9)
        with store.begin() as connection:
            assert schema.migrate(connection, steps) == (9, 9)
            names = connection.execute(select(schema.names.c.name).where(schema.names.c.kind == "step"))
            assert sorted(names.scalars()) == ["eight", "nine"]
    with pytest.raises(
        StoreError, match=f"tables have version 9, this program's {schema.VERSION}: update the program"
    ):
        Store.open(store_url)
    with pytest.raises(OpenLEOError, match="update it"):
        migrate(store_url)


def test_histories_of_an_earlier_layout_are_migrated(store_url: str) -> None:
    histories = filled(store_url)
    fields = [[name, HISTORY[name].str] for name in (HISTORY.names or ())[:-2]]  # two fields came later
    old = np.dtype([(name, kind) for name, kind in fields], align=True)
    rows = np.zeros(len(histories), old)
    for name in old.names or ():
        rows[name] = histories[name]
    with Store.open(store_url) as store, store.begin() as connection:
        if store.dialect == "sqlite":
            connection.execute(text("DELETE FROM history_log"))
            connection.execute(text("DELETE FROM history_chunks"))
            for chunk in range(2):
                packed = rows[chunk * 1024 : (chunk + 1) * 1024].tobytes()
                connection.execute(
                    text("INSERT INTO history_chunks VALUES (:chunk, :rows)"),
                    {"chunk": chunk, "rows": packed},
                )
        else:
            for number, row in enumerate(rows):
                connection.execute(
                    text("UPDATE histories SET row = :row WHERE terminal = :number"),
                    {"row": row.tobytes(), "number": number},
                )
        connection.execute(
            schema.about.update().where(schema.about.c.name == "history").values(value=json.dumps(fields))
        )
    with pytest.raises(StoreError, match="openleo store migrate"):
        Store.open(store_url)
    assert migrate(store_url) == (schema.VERSION, schema.VERSION)
    with Store.open(store_url) as store:
        found = store.histories(np.arange(1100))
        for name in old.names or ():
            assert np.array_equal(found[name], histories[name], equal_nan=HISTORY[name].kind == "f")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("mysql://root@host/x", "postgresql://user@host/database is allowed"),
        ("nonsense://", "is allowed"),
        ("/no/such/folder/store.db", "there is no folder"),
    ],
)
def test_what_is_no_store_is_refused_with_words(where: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Store.open(where)


def test_passwords_are_not_told(tmp_path: Path) -> None:
    with pytest.raises(OpenLEOError) as refused:
        Store.open("postgresql://user:sesame@localhost:1/x")
    assert "sesame" not in str(refused.value)
    with pytest.raises(InputError, match="there is no such store"):
        Store.open(tmp_path / "none.db", create=False)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()
    with pytest.raises(OpenLEOError, match="not of a store"):
        Store.open(file)
    (tmp_path / "words").write_text("no database " * 100)
    with pytest.raises(StoreError, match="is no store"):
        Store.open(tmp_path / "words")


def test_a_server_that_comes_back_is_used_again(postgres: Cluster) -> None:
    url = postgres.database()
    with Store.open(url) as store:
        record(store, checkins([1, 2], 1))
        postgres.restart("immediate")
        assert record(store, checkins([1], 2)).tolist()  # old connections are found dead and replaced
        assert [row.sequence for row in stored(store) if row.terminal == 1] == [1, 2]
        postgres.stop("fast")
        try:
            with pytest.raises(StoreUnavailable):
                record(store, checkins([1], 3))
        finally:
            postgres.start()
        record(store, checkins([1], 3))
        assert store.histories(np.array([1]))["sequence"].tolist() == [3]
