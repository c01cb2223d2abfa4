"""SQL of the register: terminals, names, accounts, changes, transfers, codes, sponsorships."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Select, Table, case, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from openleo.service.records import TERMINAL, AccountState, no_history
from openleo.service.store import schema
from openleo.service.store.schema import CHUNK

REGISTER_LOCK: Final = 0x4F4C454F
MANY: Final = 500
"""Numbers in one list of a statement."""

TERMINALS: Final = schema.terminals
_PLAIN: Final = tuple(name for name in TERMINAL.names or () if name != "account_state")
KEY_BYTES: Final = 32


def take_turn(connection: Connection) -> None:
    """Wait for other changes of the register: on PostgreSQL their numbers then appear in their order."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REGISTER_LOCK})


def put_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert many rows at once, as fast as the database takes them."""
    driver = _driver(connection)
    into = f"{table.name} ({', '.join(_quoted(name) for name in columns)})"
    if connection.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(columns))})", rows)
        return
    driver.cursor().execute(f"COPY {into} FROM STDIN", stream=_copied(rows))


def _quoted(name: str) -> str:
    return f'"{name}"'  # some are words of SQL


def _copied(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as the text format of COPY."""
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join(map(_field, row)))
        if len(lines) == 1000:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, str):
        for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            value = value.replace(plain, escaped)
        return str(value)
    return repr(value)


def names(connection: Connection, kind: str, first: int) -> list[str]:
    """Names of a kind, from a number on."""
    kept = schema.names.c
    if connection.dialect.name == "postgresql":  # one text: its driver takes 10 us a row
        rows = select(kept.name, kept.number).where(kept.kind == kind, kept.number >= first).subquery()
        joined = select(func.string_agg(rows.c.name, aggregate_order_by(literal("\n"), rows.c.number)))
        found = connection.execute(joined).scalar()
        return [] if found is None else str(found).split("\n")
    cursor = _driver(connection).execute(
        "SELECT name FROM names WHERE kind = ? AND number >= ? ORDER BY number", (kind, first)
    )
    return [name for (name,) in cursor.fetchall()]


def put_names(connection: Connection, named: Iterable[tuple[str, int, str]]) -> None:
    """Keep new names: kind, number, name."""
    put_rows(connection, schema.names, ("kind", "number", "name"), named)


def _driver(connection: Connection) -> Any:
    """The connection as its driver has it."""
    return connection.connection.driver_connection


def last_change(connection: Connection) -> int:
    """Number of the newest change, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(schema.changes.c.number), 0))).scalar_one())


def changed_since(connection: Connection, number: int) -> list[Row[Any]]:
    """Changes after a number: number, kind, terminal, many, data."""
    kept = schema.changes.c
    return list(
        connection.execute(
            select(kept.number, kept.kind, kept.terminal, kept.many, kept.data)
            .where(kept.number > number)
            .order_by(kept.number)
        )
    )


def note(
    connection: Connection,
    time_us: int,
    kind: str,
    by: str,
    changed: Iterable[tuple[int, int, Mapping[str, Any]]],
) -> None:
    """Record changes: (first terminal, how many from it on, what), in this order."""
    put_rows(
        connection, schema.changes, ("time_us", "kind", "terminal", "many", "by", "data"),
        (
            (time_us, kind, first, count, by, json.dumps(data, ensure_ascii=False, sort_keys=True))
            for first, count, data in changed
        ),
    )  # fmt: skip


def count(connection: Connection) -> int:
    """How many terminals there are; their numbers are 0 to that."""
    return int(
        connection.execute(select(func.coalesce(func.max(schema.terminals.c.number) + 1, 0))).scalar_one()
    )


def set_terminals(connection: Connection, numbers: NDArray[np.int64], values: Mapping[str, Any]) -> None:
    """Set columns of terminals, the same for all."""
    for some in _some(numbers):
        connection.execute(update(schema.terminals).where(schema.terminals.c.number.in_(some)).values(values))


def set_each(connection: Connection, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set columns of terminals row by row: (value, ..., number)."""
    driver = _driver(connection)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    assignments = ", ".join(f"{_quoted(name)} = {mark}" for name in columns)
    driver.cursor().executemany(f"UPDATE terminals SET {assignments} WHERE number = {mark}", rows)


def columns(connection: Connection, wanted: Sequence[str], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole-numbered columns (N, columns) of terminals (N,), sorted."""
    kept = schema.terminals.c
    found: list[Any] = []
    for some in _some(numbers):
        found += connection.execute(
            select(*(kept[name] for name in wanted)).where(kept.number.in_(some)).order_by(kept.number)
        )
    return np.array([tuple(row) for row in found], np.int64).reshape(-1, len(wanted))


def column(connection: Connection, wanted: str, number: int) -> int:
    """A whole-numbered column of a terminal."""
    return int(columns(connection, (wanted,), np.array([number]))[0, 0])


_PLACE: Final = (
    "account", "plan", "lists", "owner", "home", "home_lat_deg", "home_lon_deg", "motion", "usage", "use",
    "declared_by", "quota_used_mb", "sponsor", "paid_until_us",
)  # fmt: skip


def copy_place(connection: Connection, old: int, new: int) -> None:
    """Give terminal `new` what `old` has: account, plan, lists, owner, address, declarations, payer."""
    kept = schema.terminals.c
    row = connection.execute(select(*(kept[name] for name in _PLACE)).where(kept.number == old)).one()
    values = dict(zip(_PLACE, row, strict=True)) | {"replaces": old}
    connection.execute(update(schema.terminals).where(kept.number == new).values(values))


def new_histories(connection: Connection, first: int, many: int) -> None:
    """Make the rows that servers lock, of terminals that are new; on SQLite there are none to make."""
    if connection.dialect.name == "postgresql" and many:
        connection.execute(
            text(
                "INSERT INTO histories SELECT n, :row FROM "
                "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"
            ),
            {"row": no_history(1).tobytes(), "first": first, "last": first + many - 1},
        )


def set_list(connection: Connection, numbers: NDArray[np.int64], bit: int, on: bool) -> None:
    """Set or clear a bit of `lists` of terminals."""
    # bit 63 is the sign of a stored number
    mask = int(
        np.uint64(1 << bit).view(np.int64) if on else np.uint64(~(1 << bit) & (2**64 - 1)).view(np.int64)
    )
    column = schema.terminals.c.lists
    changed = column.bitwise_or(mask) if on else column.bitwise_and(mask)
    for some in _some(numbers):
        connection.execute(
            update(schema.terminals).where(schema.terminals.c.number.in_(some)).values(lists=changed)
        )


def set_account(connection: Connection, number: int, state: AccountState) -> None:
    """Set the state of an account."""
    changed = connection.execute(
        update(schema.accounts).where(schema.accounts.c.number == number).values(state=int(state))
    )
    if not changed.rowcount:
        connection.execute(insert(schema.accounts).values(number=number, state=int(state)))


def new_accounts(connection: Connection, numbers: Iterable[int]) -> None:
    """Make accounts, active, of those that are not there yet."""
    known = set(connection.execute(select(schema.accounts.c.number)).scalars())
    put_rows(
        connection, schema.accounts, ("number", "state"),
        [(number, int(AccountState.ACTIVE)) for number in sorted(set(numbers) - known)],
    )  # fmt: skip


def numbers_of_account(connection: Connection, account: int) -> NDArray[np.int64]:
    """Terminals of an account."""
    kept = schema.terminals.c
    found = connection.execute(select(kept.number).where(kept.account == account).order_by(kept.number))
    return np.array(list(found.scalars()), np.int64)


def _some(numbers: NDArray[np.int64]) -> Iterator[list[int]]:
    for begin in range(0, len(numbers), MANY):
        yield numbers[begin : begin + MANY].tolist()


def runs(numbers: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Sorted numbers as runs: first, how many."""
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    for run in np.split(numbers, breaks) if len(numbers) else ():
        yield int(run[0]), len(run)


def terminal_rows(
    connection: Connection, numbers: NDArray[np.int64]
) -> tuple[NDArray[np.void], NDArray[np.uint8], list[str]]:
    """TERMINAL rows (N,), keys (N, 32) uint8 (0: none) and hardware numbers of terminals (N,), sorted."""
    first, many = (int(numbers[0]), len(numbers)) if len(numbers) else (0, 0)
    if many and int(numbers[-1]) - first == many - 1 and bool((np.diff(numbers) == 1).all()):
        return _unpacked(connection, first, many)
    parts = [_unpacked_some(connection, some) for some in _some(numbers)]
    rows = [np.concatenate([part[i] for part in parts]) for i in range(2)] if parts else []
    if not parts:
        return np.zeros(0, TERMINAL), np.zeros((0, KEY_BYTES), np.uint8), []
    return rows[0], rows[1], [name for part in parts for name in part[2]]


_STATE: Final = func.coalesce(
    schema.accounts.c.state,
    case((schema.terminals.c.account < 0, int(AccountState.NONE)), else_=int(AccountState.ACTIVE)),
)
_WANTED: Final = select(
    schema.terminals.c.hardware,
    schema.terminals.c.key,
    *(schema.terminals.c[name] for name in _PLAIN),
    _STATE,
).select_from(
    schema.terminals.outerjoin(schema.accounts, schema.accounts.c.number == schema.terminals.c.account)
)  # fmt: skip


def _unpacked(
    connection: Connection, first: int, many: int
) -> tuple[NDArray[np.void], NDArray[np.uint8], list[str]]:
    kept = schema.terminals.c
    wanted = _WANTED.where(kept.number >= first, kept.number < first + many).order_by(kept.number)
    return _arrays(connection, wanted, many)


def _unpacked_some(
    connection: Connection, some: list[int]
) -> tuple[NDArray[np.void], NDArray[np.uint8], list[str]]:
    # sorted as asked for: numbers come sorted
    kept = schema.terminals.c
    wanted = _WANTED.where(kept.number.in_(some)).order_by(kept.number)
    return _arrays(connection, wanted, len(some))


def _arrays(
    connection: Connection, wanted: Select[Any], many: int
) -> tuple[NDArray[np.void], NDArray[np.uint8], list[str]]:
    # the driver's own rows: SQLAlchemy's take three times as long
    found = _driver(connection).cursor()
    found.execute(str(wanted.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})))
    raw = np.zeros(many, _LOADED)
    keys = np.zeros((many, KEY_BYTES), np.uint8)
    hardware: list[str] = []
    at = 0
    while part := found.fetchmany(4096):
        packed = b"".join(bytes(row[1]) if row[1] is not None else bytes(KEY_BYTES) for row in part)
        keys[at : at + len(part)] = np.frombuffer(packed, np.uint8).reshape(-1, KEY_BYTES)
        hardware += [row[0] for row in part]
        raw[at : at + len(part)] = [tuple(row[2:]) for row in part]
        at += len(part)
    rows = np.zeros(many, TERMINAL)
    for name in TERMINAL.names or ():
        rows[name] = raw[name].view(np.uint64) if name == "lists" else raw[name]
    return rows, keys, hardware


_LOADED: Final = np.dtype(
    [(name, "i8" if name == "lists" else TERMINAL[name].str) for name in (*_PLAIN, "account_state")]
)


def load(connection: Connection) -> tuple[NDArray[np.void], NDArray[np.uint8], list[str]]:
    """The whole register: TERMINAL rows (N,), keys (N, 32), hardware numbers.

    Chunks that were packed before are taken as they are; the others are read row by row.
    """
    many = count(connection)
    rows, keys = np.zeros(many, TERMINAL), np.zeros((many, KEY_BYTES), np.uint8)
    hardware: list[list[str]] = [[] for _ in range(0, many, CHUNK)]
    kept = schema.packed.c
    for chunk, its_rows, its_keys, its_hardware in connection.execute(
        select(kept.chunk, kept.terminals, kept.public_keys, kept.hardware)
    ):
        begin = chunk * CHUNK
        here = min(many - begin, CHUNK)
        if here <= 0 or len(its_rows) != here * TERMINAL.itemsize:
            continue  # more terminals were added since
        rows[begin : begin + here] = np.frombuffer(its_rows, TERMINAL)
        keys[begin : begin + here] = np.frombuffer(its_keys, np.uint8).reshape(-1, KEY_BYTES)
        hardware[chunk] = its_hardware.split("\n")
    for chunk in [chunk for chunk, known in enumerate(hardware) if not known]:
        begin = chunk * CHUNK
        here = min(many - begin, CHUNK)
        rows[begin : begin + here], keys[begin : begin + here], hardware[chunk] = _unpacked(
            connection, begin, here
        )
    return rows, keys, [name for some in hardware for name in some]


def is_packed(connection: Connection, many: int) -> bool:
    """Whether all of a register of so many terminals is packed."""
    held = connection.execute(
        select(func.coalesce(func.sum(func.length(schema.packed.c.terminals)), 0))
    ).scalar_one()
    return int(held) == many * TERMINAL.itemsize


def pack(
    connection: Connection, rows: NDArray[np.void], keys: NDArray[np.uint8], hardware: Sequence[str]
) -> None:
    """Keep the chunks that are missing or too short, of a register that nobody else changes meanwhile."""
    kept = schema.packed.c
    fresh: dict[int, int] = {
        int(chunk): int(size)
        for chunk, size in connection.execute(select(kept.chunk, func.length(kept.terminals)))
    }
    new = []
    for chunk in range((len(rows) + CHUNK - 1) // CHUNK):
        of = slice(chunk * CHUNK, min((chunk + 1) * CHUNK, len(rows)))
        packed = rows[of].tobytes()
        if fresh.get(chunk) != len(packed):
            new.append((chunk, packed, keys[of].tobytes(), "\n".join(hardware[of])))
    if not new:
        return
    for chunk, *_ in new:
        if chunk in fresh:
            connection.execute(schema.packed.delete().where(kept.chunk == chunk))
    put_rows(connection, schema.packed, ("chunk", "terminals", "public_keys", "hardware"), new)


def said_of_terminals(connection: Connection) -> list[tuple[int, str, int]]:
    """Owner, who declared the use, and time of sale of each terminal, by number."""
    kept = schema.terminals.c
    rows = connection.execute(select(kept.owner, kept.declared_by, kept.sold_us).order_by(kept.number))
    return [(owner, declared_by, sold_us) for owner, declared_by, sold_us in rows]
