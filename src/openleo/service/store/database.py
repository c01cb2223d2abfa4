"""The store: one database that keeps the register, every check-in with its decision, findings and figures."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, insert, select

from openleo.service.store import postgresql, register, schema
from openleo.service.store.opening import StoreError, connect_sqlite, engine_of, hidden, told
from openleo.service.store.sqlite import Writer, read_histories
from openleo.service.store.turns import Held


class Store:
    """An open database; a context manager."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.url = url
        """Without a password."""
        self.engine = engine
        self.dialect = engine.dialect.name
        """"sqlite" or "postgresql"."""
        self._writer: Writer | None = None
        self._watcher: sqlite3.Connection | None = None
        self._watching = threading.Lock()

    @classmethod
    def open(cls, where: str | Path, *, create: bool = True) -> "Store":
        """Open the store that a path (SQLite) or a URL (postgresql+pg8000://user:password@host/name) means.

        create: make the tables where there are none.
        Raises InputError for a URL of something else or a file that is not there; StoreError where the
        database holds something else or tables of another version; StoreUnavailable where it is silent.
        """
        url = hidden(str(where))
        engine = engine_of(where, create=create)
        store = cls(engine, url)
        try:
            with store.begin() as connection:
                found = schema.version(connection)
                if not found:
                    if not create:
                        raise StoreError(f"{url}: there is no store in this database")
                    schema.create(connection)
                elif found == schema.VERSION and not schema.laid_out(connection):
                    raise StoreError(
                        f"{url}: its rows have other fields than this program's: openleo store migrate"
                    )
                elif found != schema.VERSION:
                    raise StoreError(
                        f"{url}: its tables have version {found}, this program's {schema.VERSION}: "
                        + ("openleo store migrate" if found < schema.VERSION else "update the program")
                    )
        except BaseException:
            engine.dispose()
            raise
        return store

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all connections back."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self.engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write; on SQLite batches of this process wait for it."""
        with told(self.url), ExitStack() as stack:
            if self._writer is not None:
                stack.enter_context(self._writer.lock)
            connection = stack.enter_context(self.engine.begin())
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that reads; nobody waits for it."""
        with told(self.url), self.engine.connect().execution_options(reads=True) as connection:
            yield connection

    @contextmanager
    def locked(self, terminals: NDArray[np.int64]) -> Iterator[Held]:
        """A transaction in which the histories of terminals (N,) are this server's alone.

        terminals: numbers in the register, in any order, more than once allowed; -1 is left out.
        Decide on `held.histories`, then `held.record`: when the block is left without an exception, all of it
        is on the disk; otherwise nothing has changed. On SQLite the first call reads all histories, and makes
        this process the only one that may write check-ins.
        Raises StoreUnavailable where the disk is full, the database locked or gone, or another process
        writes check-ins.
        """
        numbers = np.unique(terminals.astype(np.int64))
        numbers = numbers[numbers >= 0]
        with told(self.url):
            turn: AbstractContextManager[Held]
            if self.dialect == "sqlite":
                turn = self._serving().turn(numbers)
            else:
                turn = postgresql.turn(self.engine, numbers)
            with turn as held:
                yield held

    def histories(self, terminals: NDArray[np.int64]) -> NDArray[np.void]:
        """HISTORY rows (N,) of terminals (N,) as they are now; for reading, not for deciding."""
        with told(self.url):
            if self.dialect == "sqlite":
                if self._writer is not None:
                    return self._writer.histories(terminals)
                return read_histories(Path(self.engine.url.database or ""), terminals)
            return postgresql.histories(self.engine, terminals)

    def serve(self) -> None:
        """Be ready for check-ins: on SQLite read all histories now, and let no other process write any."""
        if self.dialect == "sqlite":
            with told(self.url):
                self._serving()

    def _serving(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(Path(self.engine.url.database or ""))
        return self._writer

    def put_in_force(
        self, digest: str, name: str, version: int, zones: Sequence[tuple[str, str, str]], from_us: int
    ) -> int:
        """Record that a rule set is in force from a time on; returns its number.

        zones: country, disputed area and names of regions of each zone, so that a stored check-in can be
        read without the rule set.
        """
        with self.begin() as connection:
            known = select(schema.rules.c.number).where(schema.rules.c.digest == digest)
            number: int | None = connection.execute(known).scalar()
            if number is None:
                number = connection.execute(
                    insert(schema.rules)
                    .values(digest=digest, name=name, version=version)
                    .returning(schema.rules.c.number)
                ).scalar_one()
                rows: list[dict[str, Any]] = [
                    {"rules": number, "zone": zone, "country": country, "area": area, "regions": regions}
                    for zone, (country, area, regions) in enumerate(zones)
                ]
                if rows:
                    connection.execute(insert(schema.zones), rows)
            connection.execute(insert(schema.in_force).values(from_us=from_us, rules=number))
        return number

    def last_change(self) -> int:
        """Number of the newest change of the register, 0 where there is none."""
        with told(self.url):
            if self.dialect == "sqlite":
                return self._watch()
            with self.read() as connection:
                return register.last_change(connection)

    def _watch(self) -> int:
        # a connection of its own: a check-in asks this first, and 10 us are less than a pool's 100
        with self._watching:
            if self._watcher is None:
                self._watcher = connect_sqlite(Path(self.engine.url.database or ""))
            ((number,),) = self._watcher.execute("SELECT coalesce(max(number), 0) FROM changes").fetchall()
            return int(number)

    def checkins(self) -> int:
        """How many check-ins are stored."""
        with self.read() as connection:
            return int(connection.execute(select(func.count()).select_from(schema.checkins)).scalar_one())
