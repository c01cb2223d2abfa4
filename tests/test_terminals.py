"""The register: enrolment, transfers, lists, payers; what a change does, here and in another process."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_store import checkins, decided, record

from openleo.cli import openleo
from openleo.cli.store import store as store_command
from openleo.cli.terminal import terminal as terminal_command
from openleo.errors import InputError
from openleo.formats.register import read_terminals, write_terminals
from openleo.service.entries import Entry
from openleo.service.evidence import recorded, seen
from openleo.service.listing import given_out, take_in
from openleo.service.records import TERMINAL, AccountState, Motion, TerminalState, Usage, microseconds
from openleo.service.sponsors import FOREVER, bill, goes_dark, pay, settle, stop_paying
from openleo.service.store import Store
from openleo.service.store.ownership import SPONSORSHIP, transfers
from openleo.service.terminals import Register
from openleo.service.trace import trace

DAY = 86_400_000_000
KEY = bytes(range(1, 33))
BEGIN = microseconds(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def filled(store: Store, count: int = 8) -> Register:
    register = Register.load(store)
    register.add(
        [
            Entry(
                hardware=f"KIT-{number}", account=f"account {number % 2}", plan="roam", motion=Motion.VEHICLE,
                usage=Usage.HUMANITARIAN, use="a clinic", declared_by="its owner", sold="QM", sold_us=BEGIN,
                dealer="Dealer 1", owner=f"Owner {number}", lists=("aid",), home="QN", home_lat_deg=1.5,
                home_lon_deg=-2.5,
            )
            for number in range(count)
        ],
        by="desk", now_us=BEGIN,
    )  # fmt: skip
    return register


def same(one: Register, other: Register) -> bool:
    return (
        all(
            np.array_equal(one.rows[name], other.rows[name], equal_nan=TERMINAL[name].kind == "f")
            for name in TERMINAL.names or ()
        )
        and np.array_equal(one.keys, other.keys)
        and [one.hardware(k) for k in range(len(one))] == [other.hardware(k) for k in range(len(other))]
    )


def test_the_rows_say_what_was_entered(store: Store) -> None:
    register = filled(store)
    row, names = register.rows[3], register.names
    assert len(register) == 8
    assert register.number("KIT-3") == register.find("KIT-3") == 3
    assert register.numbers(["KIT-5", "none", "KIT-0"]).tolist() == [5, -1, 0]
    assert names.name("account", row["account"]) == "account 1"
    assert names.name("plan", row["plan"]) == "roam"
    assert (names.name("country", row["sold"]), names.name("country", row["home"])) == ("QM", "QN")
    assert names.name("dealer", row["dealer"]) == "Dealer 1"
    assert (row["home_lat_deg"], row["home_lon_deg"], row["paid_until_us"]) == (1.5, -2.5, 0)
    assert (row["motion"], row["usage"]) == (Motion.VEHICLE, Usage.HUMANITARIAN)
    assert (row["state"], row["account_state"]) == (TerminalState.ACTIVE, AccountState.ACTIVE)
    assert row["lists"] == 1 << names.number("list", "aid")
    assert register.key(3) is None


def test_a_terminal_without_anything_has_nothing(store: Store) -> None:
    register = Register.load(store)
    register.add([Entry(hardware="K")], by="desk", now_us=1)
    row = register.rows[0]
    for name in ("account", "dealer", "sponsor", "sold", "home", "plan", "use"):
        assert row[name] == -1
    assert row["account_state"] == AccountState.NONE
    assert math.isnan(row["home_lat_deg"])


def test_a_register_is_loaded_as_it_was_packed_or_not(store: Store) -> None:
    register = filled(store, 2500)  # three chunks
    assert same(Register.load(store), register)
    register.set_state([5, 1500], TerminalState.STOLEN, by="desk", now_us=2)
    register.set_account_state("account 1", AccountState.UNPAID, by="desk", now_us=3)
    register.add([Entry(hardware="late", key=KEY)], by="desk", now_us=4)
    for _ in range(2):
        loaded = Register.load(store)
        assert same(loaded, register)
    assert loaded.rows["account_state"][:4].tolist() == [1, 2, 1, 2]
    assert loaded.key(2500) == KEY


def test_registers_of_two_servers_see_each_other(store_url: str) -> None:
    with Store.open(store_url) as first, Store.open(store_url) as second:
        one = filled(first)
        other = Register.load(second)
        assert same(one, other)
        one.set_list("front", [1, 2, 5], True, by="desk", now_us=2)
        other.add([Entry(hardware="other", plan="sea", owner="Owner 77")], by="desk", now_us=3)
        one.set_account_state("account 0", AccountState.SUSPENDED, by="desk", now_us=4)
        (number,) = one.add([Entry(hardware="third", plan="ice")], by="desk", now_us=5).tolist()
        other.revoke([number], by="desk", now_us=6)
        assert one.refresh() == 1
        assert one.refresh() == other.refresh() == 0
        assert same(one, other)
        assert one.names.all("plan") == other.names.all("plan") == ("roam", "sea", "ice")
        assert one.names.number("country", "QZ") == other.names.number("country", "QZ")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"hardware": ""}, "hardware: '' given"),
        ({"hardware": "K" * 65}, "1 to 64 of"),
        ({"hardware": "x'; DROP TABLE terminals; --"}, "1 to 64 of"),
        ({"hardware": "K", "key": b"short"}, "5 bytes given"),
        ({"hardware": "K", "key": bytes(32)}, "32 bytes of an Ed25519 public key"),
        ({"hardware": "K", "account": "a" * 10_000}, "account: 'aaa"),
        ({"hardware": "K", "owner": "a\nb"}, "printable"),
        ({"hardware": "K", "sold": "qm"}, "two capital letters"),
        ({"hardware": "K", "home_lat_deg": 91.0, "home_lon_deg": 0.0}, "-90 to 90"),
        ({"hardware": "K", "home_lat_deg": 1.0}, "one of them is missing"),
        ({"hardware": "K", "quota_used_mb": math.inf}, "0 or more"),
        ({"hardware": "K", "lists": ("a;b",)}, "lists"),
        ({"hardware": "K", "sold_us": -1}, "1970 to 2100"),
        ({"hardware": "KIT-1"}, "'KIT-1' is in the register already"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be_is_refused(
    tmp_path: Path, entry: dict[str, Any], words: str
) -> None:
    with Store.open(tmp_path / "store.db") as store:
        with pytest.raises(InputError) as refused:
            filled(store).add([Entry(**entry)], by="desk", now_us=2)
        assert words in str(refused.value)
        assert len(str(refused.value)) < 300


def test_of_many_entries_all_are_taken_in_or_none(store: Store) -> None:
    register = filled(store)
    entries = [Entry(hardware=f"new-{number}", plan="new") for number in range(20_000)]
    with pytest.raises(InputError, match="'KIT-1' is in the register already"):
        register.add([*entries, Entry(hardware="KIT-1")], by="desk", now_us=2)
    assert len(register) == len(Register.load(store)) == 8
    assert register.names.all("plan") == Register.load(store).names.all("plan") == ("roam",)
    assert register.add(entries[:3], by="desk", now_us=2).tolist() == [8, 9, 10]


def test_sql_in_a_name_is_a_name(store: Store) -> None:
    name = "Robert'); DROP TABLE terminals; -- \\ \" % $1 ? :x \u00e9\u4e16"
    register = Register.load(store)
    register.add(
        [Entry(hardware="K", account=name, owner=name, use=name, declared_by=name)], by=name, now_us=1
    )
    register.transfer(0, name + "2", by=name, now_us=2, note=name)
    again = Register.load(store)
    assert again.names.name("account", again.rows["account"][0]) == name
    found = trace(again, "K")
    assert (found.owners[-1].owner, found.owners[-1].note, found.declared_by) == (name + "2", name, name)


def test_a_code_enrols_its_terminal_once(store: Store) -> None:
    register = filled(store)
    one, two = register.codes([2, 3], by="desk", now_us=BEGIN)
    with pytest.raises(InputError, match="ask for a new one"):
        register.enrol(one, KEY, hardware="KIT-3", now_us=BEGIN + 1)  # another terminal's
    with pytest.raises(InputError, match="ask for a new one"):
        register.enrol("AAAAA-AAAAA-AAAAA-AAAAA", KEY, now_us=BEGIN + 1)
    with pytest.raises(InputError, match="ask for a new one"):
        register.enrol(two, KEY, now_us=BEGIN + 31 * DAY)
    assert register.enrol(one.lower().replace("-", " "), KEY, hardware="KIT-2", now_us=BEGIN + 1) == 2
    assert register.key(2) == Register.load(store).key(2) == KEY
    with pytest.raises(InputError, match="ask for a new one"):
        register.enrol(one, KEY, now_us=BEGIN + 2)
    (three,) = register.codes([3], by="desk", now_us=BEGIN)
    with pytest.raises(InputError, match="ask for a new one"):
        register.enrol(two, KEY, now_us=BEGIN + 1)  # a later code made it void
    assert register.enrol(three, KEY, now_us=BEGIN + 1) == 3
    register.revoke([2, 3], by="desk", now_us=BEGIN + 3, why="copied")
    assert register.key(2) is None
    assert not Register.load(store).keys[2:4].any()


def test_codes_are_nowhere_in_the_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        (code,) = filled(store).codes([1], by="desk", now_us=BEGIN)
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for said in (code, code.replace("-", ""), code.split("-")[1]):
        assert said.encode() not in held


def test_lists_are_bits_and_there_are_sixty_four(store: Store) -> None:
    register = filled(store, 3)
    for number in range(63):
        register.set_list(f"list {number}", [number % 3], True, by="desk", now_us=2)
    register.set_list("aid", [0], False, by="desk", now_us=3)
    expected = [0, 1, 1]
    for number in range(63):
        expected[number % 3] |= 1 << (number + 1)
    assert register.rows["lists"].tolist() == expected == Register.load(store).rows["lists"].tolist()
    with pytest.raises(InputError, match="at most 64 lists"):
        register.set_list("one more", [0], True, by="desk", now_us=4)


def test_declarations_say_who_declared(store: Store) -> None:
    register = filled(store)
    register.declare(
        [1], motion=Motion.AIRCRAFT, usage=Usage.EMERGENCY, use="rescue", by="a ministry", now_us=2
    )
    register.set_home([1], "QP", 10.0, 20.0, by="desk", now_us=3)
    register.set_plan([1], "sea", by="desk", now_us=3)
    register.use_quota([1], 1500.0, by="desk", now_us=3)
    row = register.rows[1]
    assert (row["motion"], row["usage"], row["home_lat_deg"], row["quota_used_mb"]) == (4, 2, 10.0, 1500.0)
    found = trace(register, "KIT-1")
    assert (found.use, found.declared_by, found.plan) == ("rescue", "a ministry", "sea")
    assert [each["what"] for each in found.changes] == ["added", "declared", "home", "plan", "quota"]


def test_transfers_are_a_chain_that_stays(store: Store) -> None:
    register = filled(store)
    register.transfer(
        4, "Second", by="desk", now_us=BEGIN + DAY, dealer="Dealer 2", country="QP", account="new"
    )
    register.transfer(4, "Third", by="desk", now_us=BEGIN + 3 * DAY, time_us=BEGIN + 2 * DAY, note="a gift")
    with store.read() as connection:
        rows = transfers(connection, 4)
    names = register.names
    owners = [(row.kind, *(names.name("owner", of) for of in (row.from_owner, row.to_owner))) for row in rows]
    assert owners == [
        ("sale", "", "Owner 4"), ("transfer", "Owner 4", "Second"), ("transfer", "Second", "Third"),
    ]  # fmt: skip
    assert [row.time_us for row in rows] == [BEGIN, BEGIN + DAY, BEGIN + 2 * DAY]
    assert names.name("account", register.rows["account"][4]) == "new"
    assert register.rows["account_state"][4] == AccountState.ACTIVE


def test_a_replacement_takes_the_place(store: Store) -> None:
    register = filled(store)
    (code,) = register.codes([1], by="desk", now_us=BEGIN)
    register.enrol(code, KEY, now_us=BEGIN)
    register.add([Entry(hardware="spare", owner="the shop")], by="desk", now_us=BEGIN)
    pay(register, [1], "Sponsor", price_month=30.0, from_us=BEGIN, by="desk", now_us=BEGIN)
    register.replace(1, 8, by="desk", now_us=BEGIN + DAY, why="broken")
    old, new = register.rows[1], register.rows[8]
    assert old["state"] == TerminalState.RETIRED
    assert register.key(1) is None
    for name in (
        "account",
        "plan",
        "lists",
        "home",
        "home_lat_deg",
        "motion",
        "use",
        "sponsor",
        "paid_until_us",
    ):
        assert new[name] == old[name]
    found = trace(register, "spare")
    assert [(each.kind, each.before, each.owner) for each in found.owners] == [
        ("sale", "", "the shop"), ("replacement", "the shop", "Owner 1"),
    ]  # fmt: skip
    (cost,) = bill(register, BEGIN, BEGIN + 31 * DAY)
    assert (cost.terminals, cost.cost) == (2, pytest.approx(30.0))


# ---------------------------------------------------------------------- payers


def test_a_payer_that_stops_leaves_dark_after_notice_and_grace(store: Store) -> None:
    register = filled(store)
    pay(register, range(6), "One", price_month=50.0, from_us=BEGIN, notice_days=30, grace_days=14, by="desk",
        now_us=BEGIN)  # fmt: skip
    pay(register, [0, 1], "Two", price_month=40.0, from_us=BEGIN + 50 * DAY, by="desk", now_us=BEGIN)
    pay(register, [2], "Two", price_month=40.0, from_us=BEGIN + 90 * DAY, by="desk", now_us=BEGIN)
    assert set(register.rows["paid_until_us"][:6].tolist()) == {FOREVER}
    assert register.rows["paid_until_us"][6] == 0
    told = BEGIN + 10 * DAY
    expected = [(number, told + 44 * DAY) for number in (2, 3, 4, 5)]
    assert [(each.terminal, each.from_us) for each in goes_dark(register, "One", now_us=told)] == expected
    assert set(register.rows["paid_until_us"][:6].tolist()) == {FOREVER}  # nothing was changed
    dark = stop_paying(register, "One", by="desk", now_us=told)
    assert [(each.terminal, each.from_us) for each in dark] == expected
    until = register.rows["paid_until_us"]
    assert until[:6].tolist() == [FOREVER, FOREVER, *[told + 44 * DAY] * 4]
    assert register.names.name("sponsor", register.rows["sponsor"][0]) == "One"
    assert settle(register, BEGIN + 60 * DAY) == 2  # the second payer has begun
    assert register.names.name("sponsor", register.rows["sponsor"][0]) == "Two"
    assert until[2] == told + 44 * DAY
    assert settle(register, BEGIN + 95 * DAY) == 1  # and ends the dark of the third
    assert register.rows["paid_until_us"][2] == FOREVER
    assert settle(register, BEGIN + 96 * DAY) == 0
    assert same(Register.load(store), register)
    with pytest.raises(InputError, match="there is no 'Nobody'"):
        goes_dark(register, "Nobody", now_us=told)


def test_what_sponsors_owe(store: Store) -> None:
    register = filled(store)
    pay(
        register,
        range(4),
        "One",
        price_month=31.0,
        from_us=BEGIN,
        to_us=BEGIN + 41 * DAY,
        by="desk",
        now_us=BEGIN,
    )
    pay(register, [4], "Two", price_month=28.0, from_us=BEGIN + 30 * DAY, by="desk", now_us=BEGIN)
    costs = bill(register, BEGIN, BEGIN + 59 * DAY)  # January and February
    assert [(each.month, each.sponsor, each.terminals) for each in costs] == [
        ("2026-01", "One", 4), ("2026-01", "Two", 1), ("2026-02", "One", 4), ("2026-02", "Two", 1),
    ]  # fmt: skip
    assert [each.cost for each in costs] == pytest.approx([124.0, 28.0 / 31, 4 * 31.0 * 10 / 28, 28.0])


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(0, 20), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    now=st.integers(0, 400),
)
def test_paid_until_is_the_first_moment_without_a_payer(
    spans: list[tuple[int, int, int, bool]], now: int
) -> None:
    """Against a reading day by day: paid on a day if somebody pays, or stopped paying within the grace."""
    from openleo.service.sponsors import paid

    rows = np.zeros(len(spans), SPONSORSHIP)
    for row, (begin, length, grace, given_up) in zip(rows, sorted(spans), strict=True):
        row["from_us"], row["grace_us"], row["payer"] = (begin + 1) * DAY, grace * DAY, begin
        end = (begin + 1 + length) * DAY
        if given_up:
            row["told_us"], row["stop_us"] = 1, end
        else:
            row["to_us"] = end
    _, _, (until,) = paid(rows, now * DAY)
    covered = set()
    for begin, length, grace, _ in spans:
        if length:
            covered |= set(range(begin + 1, begin + 1 + length + grace))
    begun = [each for each in spans if each[1] and each[0] + 1 <= now]
    if not begun:
        assert until == 0
        return
    day = now if now in covered else max(each for each in covered if each <= now)
    while day in covered:
        day += 1
    assert until == day * DAY


# ---------------------------------------------------------------------- files


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_exported_is_imported_as_it_was(store: Store, tmp_path: Path, ending: str) -> None:
    register = filled(store)
    register.set_list("front, line", [1, 2], True, by="desk", now_us=BEGIN)
    register.set_state([3], TerminalState.LOST, by="desk", now_us=BEGIN)
    (code,) = register.codes([1], by="desk", now_us=BEGIN)
    register.enrol(code, KEY, now_us=BEGIN)
    pay(register, [0, 5], "One", price_month=50.0, from_us=BEGIN, by="desk", now_us=BEGIN)
    file = tmp_path / f"fleet.{ending}"
    assert write_terminals(file, given_out(register)) == 8
    with Store.open(tmp_path / "other.db") as store2:
        again = Register.load(store2)
        assert take_in(again, read_terminals(file), by="desk", now_us=BEGIN) == 8
        assert list(given_out(again)) == list(given_out(register))
        for name in ("state", "motion", "usage", "paid_until_us", "home_lat_deg", "lists"):
            assert again.rows[name].tolist() == register.rows[name].tolist()
        assert np.array_equal(again.keys, register.keys)
    if ending == "parquet":
        assert pq.read_table(file).num_rows == 8
    with pytest.raises(InputError, match="there already"):
        write_terminals(file, given_out(register))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nK\n", "column 'hardware' missing"),
        ("hardware,colour\nK,red\n", "column 'colour' not known"),
        ("hardware,plan,plan\nK,a,b\n", "column 'plan' given twice"),
        ("hardware,plan\nK\n", "line 2: 1 fields; the header has 2"),
        ("hardware\nK\nK\n", "'K' is given twice"),
        ("hardware,motion\nK,hovering\n", "line 2, column motion: 'hovering' given; fixed, portable"),
        ("hardware,sold_at\nK,yesterday\n", "line 2, column sold_at: 'yesterday' given"),
        ("hardware,home_lat,home_lon\nK,north,1\n", "line 2, column home_lat: 'north' given"),
        ("hardware,key\nK,zz\n", "line 2, column key: no hex"),
        ("hardware,owner\nK," + "a" * 10_001 + "\n", "10001 letters; 10000 are allowed"),
        ("hardware,sponsor,price_month\nK,S,-1\n", "price: -1.0 given"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "fleet.csv").write_text(text)
    with Store.open(tmp_path / "store.db") as store:
        register = Register.load(store)
        with pytest.raises(InputError) as refused:
            take_in(register, read_terminals(tmp_path / "fleet.csv"), by="desk", now_us=1)
    assert words in str(refused.value)


def test_a_trace_tells_the_whole_story(store: Store) -> None:
    register = filled(store)
    rules = store.put_in_force("aa", "rules", 1, [("QM", "", "Middle land"), ("QP", "", "Far land")], BEGIN)
    for turn, zone in enumerate((0, 0, 1)):
        rows = checkins([2, 3], turn, time_us=BEGIN + turn * DAY)
        made = decided(2, outcome=4 if zone == 0 else 0)
        made.zone[:] = zone
        made.primary[:] = 0 if zone == 0 else 10
        with store.locked(rows["terminal"]) as held:
            held.record(rows, made, received_us=BEGIN + turn * DAY, rules=rules)
    register.transfer(2, "Stranger", by="desk", now_us=BEGIN + DAY)
    found = trace(register, "KIT-2")
    assert found.sentence.startswith(
        "KIT-2 was sold by Dealer 1 in QM on 2026-01-01 to Owner 2, changed hands once, last on 2026-01-02 "
        "to Stranger, and was refused last on 2026-01-03T00:00:00Z in QP: "
    )
    assert [(stay.country, stay.checkins, stay.outcome, stay.reason) for stay in found.stays] == [
        ("QM", 2, "serve", "none"), ("QP", 1, "refuse", "unlicensed"),
    ]  # fmt: skip
    assert found.plain()["stays"][0]["regions"] == "Middle land"
    assert "has never checked in" in trace(register, "KIT-7").sentence
    with pytest.raises(InputError, match="'KIT-99' is not in the register"):
        trace(register, "KIT-99")


def test_records_of_sales_and_where_terminals_were_seen(store: Store) -> None:
    register = filled(store)
    rules = store.put_in_force("aa", "rules", 1, [("QM", "", ""), ("QP", "", ""), ("", "", "")], BEGIN)
    for turn, zone in enumerate((0, 1, 1, 2)):
        rows = checkins([2], turn)
        made = decided(1)
        made.zone[:] = zone
        with store.locked(rows["terminal"]) as held:
            held.histories["first_us"] = BEGIN
            held.record(rows, made, received_us=BEGIN + turn, rules=rules)
    register.transfer(2, "Stranger", by="desk", now_us=BEGIN + DAY)
    records, where = recorded(register), seen(register)
    names = register.names
    assert [names.name("owner", int(buyer)) for buyer in records.buyer[:2]] == ["Owner 0", "Owner 1"]
    assert {names.name("dealer", int(number)) for number in records.dealer} == {"Dealer 1"}
    assert set(records.sold_us.tolist()) == {BEGIN}
    assert not records.gaps.any()
    assert where.first_us.tolist() == [0, 0, BEGIN, 0, 0, 0, 0, 0]
    countries = {names.name("country", int(number)) for number in where.country[where.terminal == 2]}
    assert countries == {"QM", "QP"}


# ---------------------------------------------------------------------- command line


def run(*words: str, code: int = 0, command: Any = terminal_command) -> str:
    result = CliRunner().invoke(openleo, [command.name, *words])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_the_register_at_the_command_line(tmp_path: Path) -> None:
    store, fleet = ("--store", str(tmp_path / "store.db")), tmp_path / "fleet.csv"
    fleet.write_text(
        "hardware,plan,sold,sold_at,dealer,owner,sponsor,price_month,paid_from\n"
        "KIT-1,roam,QM,2026-01-01,Dealer 1,Owner 1,One,31,2026-01-01\n"
        "KIT-2,roam,QM,2026-01-02,Dealer 1,Owner 2,,,\n"
    )
    assert "there is no such store" in run("show", *store, code=2)
    assert "2 terminals added; the register holds 2" in run("import", str(fleet), *store)
    assert "'KIT-1' is in the register already" in run("import", str(fleet), *store, code=2)
    assert "roam" in run("show", *store)
    assert run("trace", "KIT-1", *store).startswith(
        "KIT-1 was sold by Dealer 1 in QM on 2026-01-01 to Owner 1"
    )
    run("set", "KIT-1", "stolen", *store)
    run("transfer", "KIT-1", "Stranger", *store)
    assert "stolen" in run("show", "KIT-1", *store)
    assert len(run("code", "KIT-2", *store).strip()) == 23
    run("revoke", "KIT-2", *store)
    assert "31.00" in run("sponsors", "--from", "2026-01-01", "--to", "2026-02-01", *store)
    assert "1 terminals would go dark" in run("sponsors", "--stop", "One", *store)
    assert "is not in the register" in run("trace", "KIT-9", *store, code=2)
    run("export", str(tmp_path / "out.parquet"), *store)
    assert pq.read_table(tmp_path / "out.parquet").column("state").to_pylist() == ["stolen", "active"]


def test_a_store_at_the_command_line(tmp_path: Path) -> None:
    file = str(tmp_path / "store.db")
    with Store.open(file) as store:
        filled(store)
        record(store, checkins([1, 2], 1), received_us=BEGIN)
    copy, new = str(tmp_path / "copy.db"), str(tmp_path / "new.db")
    assert "2 check-ins" in run("backup", copy, "--store", file, command=store_command)
    assert "2 check-ins restored" in run("restore", copy, "--store", new, command=store_command)
    assert "as before" in run("migrate", "--store", new, command=store_command)
    assert "2 check-ins reduced" in run("reduce", "--days", "30", "--store", new, command=store_command)
    assert "there already" in run("restore", copy, "--store", new, code=2, command=store_command)
    with Store.open(new) as store:
        assert np.isnan(store.histories(np.array([1, 2]))["lat_deg"]).all()
