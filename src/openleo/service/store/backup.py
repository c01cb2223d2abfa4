"""Copies of a store: a backup is an SQLite store, whichever database it came from and goes to."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from openleo.errors import InputError
from openleo.service.records import HISTORY
from openleo.service.store import schema
from openleo.service.store.database import Store
from openleo.service.store.opening import StoreError, connect_sqlite, engine_of, hidden, told
from openleo.service.store.register import put_rows
from openleo.service.store.schema import CHUNK

AT_ONCE: Final = 5_000
AT_ONCE_LEAVES: Final = 32
"""Chunks of leaf hashes, 128 KiB each."""


def backup(where: str | Path, file: Path) -> int:
    """Copy a store to a new file, as it is at one instant; servers go on meanwhile. Returns its check-ins.

    Raises InputError where the file is there already, and what `Store.open` raises.
    """
    if file.exists():
        raise InputError(f"{file}: is there already; a new file is allowed")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with Store.open(where, create=False) as store:
            if store.dialect == "sqlite":
                _copy_file(Path(store.engine.url.database or ""), part)
            else:
                with Store.open(part) as target:
                    _copy(store, target)
        kept = check(part)
        part.rename(file)
    finally:
        for each in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))):
            each.unlink(missing_ok=True)
    return kept


def restore(file: Path, where: str | Path) -> int:
    """Copy a backup to where no store is yet. Returns its check-ins.

    One of an earlier version is brought to this program's. Raises InputError where there is no such file, or
    a store with anything in it; StoreError where the backup is damaged or of a later version.
    """
    if not file.is_file():
        raise InputError(f"{file}: there is no such file")
    kept = check(file)
    url = hidden(str(where))
    engine = engine_of(where, create=True)
    to = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    engine.dispose()
    if to is not None:
        if to.exists():
            raise InputError(f"{to}: is there already; a new file is allowed")
        _copy_newest(file, to)
        return kept
    with Store.open(where) as target:
        with target.read() as connection:
            for table in (schema.terminals, schema.checkins, schema.changes, schema.names):
                if connection.execute(select(func.count()).select_from(table)).scalar_one():
                    raise InputError(f"{url}: holds a store already; an empty database is allowed")
        with ExitStack() as stack:
            try:
                store = stack.enter_context(Store.open(file, create=False))
            except StoreError:  # perhaps of an earlier version: the backup itself stays as it is
                newest = Path(stack.enter_context(TemporaryDirectory(prefix="openleo-"))) / "store.db"
                _copy_newest(file, newest)
                store = stack.enter_context(Store.open(newest, create=False))
            _copy(store, target)
    return kept


def _copy_newest(file: Path, to: Path) -> None:
    """Copy a backup to a new file, and bring that to this program's version."""
    _copy_file(file, to)
    try:
        migrate(to)
    except BaseException:
        to.unlink()
        raise
    Store.open(to, create=False).close()


def check(file: Path) -> int:
    """How many check-ins a backup holds. Raises StoreError where it is damaged, no store, or unfinished."""
    with (
        told(str(file)),
        closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        (well,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if well != "ok":
            raise StoreError(f"{file}: damaged: {well}")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone():
            raise StoreError(f"{file}: is no store")
        return int(connection.execute("SELECT count(*) FROM checkins").fetchone()[0])


def migrate(where: str | Path) -> tuple[int, int]:
    """Bring the tables of a store to this program's version, in one transaction; returns both versions.

    Raises OpenLEOError where the store is newer than this program.
    """
    engine = engine_of(where, create=False)
    try:
        with told(hidden(str(where))), engine.begin() as connection:
            if not schema.version(connection):
                raise StoreError(f"{hidden(str(where))}: there is no store in this database")
            versions = schema.migrate(connection)
            schema.lay_out(connection)
            return versions
    finally:
        engine.dispose()


def _copy_file(source: Path, target: Path) -> None:
    """All pages in one step: writers of the source wait for nothing and change nothing of the copy."""
    with told(str(target)), closing(connect_sqlite(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
        other.execute("PRAGMA journal_mode = WAL")


def _copy(source: Store, target: Store) -> None:
    """All rows of a store, as they are at one instant, into an empty one."""
    with source.read() as old, target.begin() as new:
        if source.dialect == "postgresql":
            old.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for table in schema.TABLES.sorted_tables:
            columns = [column.name for column in table.columns]
            if table is schema.packed:
                continue
            if table is schema.about:
                new.execute(table.delete())
            wanted = select(table).order_by(*table.primary_key.columns)
            at_once = AT_ONCE_LEAVES if table is schema.leaves else AT_ONCE
            found = old.execution_options(yield_per=at_once).execute(wanted)
            for part in found.partitions():
                put_rows(new, table, columns, [tuple(row) for row in part])
        _copy_histories(old, new)
        if target.dialect == "postgresql":
            _set_sequences(new)


def _copy_histories(old: Connection, new: Connection) -> None:
    if new.dialect.name == "postgresql":
        rows = _all_histories(old)
        raw, size = rows.tobytes(), HISTORY.itemsize
        put_rows(
            new, schema.HISTORY_ROWS, ("terminal", "row"),
            ((number, raw[number * size : (number + 1) * size]) for number in range(len(rows))),
        )  # fmt: skip
        return
    put_rows(new, schema.HISTORY_CHUNKS, ("chunk", "rows"), _chunks(old))


def _all_histories(old: Connection) -> Any:
    from openleo.service.store.histories import Histories

    terminals = old.execute(select(func.coalesce(func.max(schema.terminals.c.number) + 1, 0))).scalar_one()
    driver: Any = old.connection.driver_connection
    return Histories(driver, terminals).get(slice(0, terminals))


def _chunks(old: Connection) -> Iterator[tuple[int, bytes]]:
    """Rows of PostgreSQL as chunks; terminals are numbered without gaps, and each has a row."""
    packed: dict[int, dict[int, bytes]] = {}
    found = old.execution_options(yield_per=AT_ONCE).execute(
        text("SELECT terminal, row FROM histories ORDER BY terminal")
    )
    for terminal, row in found:
        packed.setdefault(terminal // CHUNK, {})[terminal % CHUNK] = bytes(row)
    from openleo.service.records import no_history

    none = no_history(1).tobytes()
    for chunk, rows in packed.items():
        yield chunk, b"".join(rows.get(place, none) for place in range(max(rows) + 1))


def _set_sequences(new: Connection) -> None:
    """Let new rows go on after those that were copied."""
    for table in schema.TABLES.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = new.execute(select(func.max(column))).scalar()
            if last is not None:
                name = new.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
                new.execute(select(func.setval(name, last)))
    last = new.execute(select(func.max(schema.checkins.c.number))).scalar()
    if last is not None:
        new.execute(select(func.setval("checkins_number", last)))
