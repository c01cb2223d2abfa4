"""Check-ins on SQLite: one server, one connection that writes, histories in memory."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.store.checkins import INSERT_SQLITE
from openleo.service.store.histories import Histories
from openleo.service.store.opening import StoreUnavailable, connect_sqlite
from openleo.service.store.turns import Held

WAL_PAGES: Final = 16_384
"""Length of the write-ahead log, in pages of 4 kB, from which it begins anew."""

CHECKPOINT_S: Final = 0.5
"""How often the write-ahead log is brought into the database, beside the batches."""


class Writer:
    """The one writer of check-ins of an SQLite file; another process is refused until this one closes."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._claim = _claim(path)
        self._connection = connect_sqlite(path)
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")  # see _checkpoint
        (terminals,) = self._connection.execute(
            "SELECT coalesce(max(number) + 1, 0) FROM terminals"
        ).fetchone()
        (self._number,) = self._connection.execute(
            "SELECT coalesce(max(number) + 1, 0) FROM checkins"
        ).fetchone()
        self._taken = self._number
        self._histories = Histories(self._connection, terminals)
        self._closing = threading.Event()
        self._checkpoints = threading.Thread(target=self._checkpoint, name="checkpoints", daemon=True)
        self._checkpoints.start()

    def close(self) -> None:
        """Bring the log into the database and let another process write."""
        self._closing.set()
        self._checkpoints.join()
        self._connection.close()
        self._claim.close()

    @contextmanager
    def turn(self, terminals: NDArray[np.int64]) -> Iterator[Held]:
        """A transaction with the histories of terminals (K,), sorted; see `Store.locked`."""
        with self.lock:
            run = self._connection.execute
            run("BEGIN IMMEDIATE")
            try:
                self._taken = self._number
                held = Held(self, terminals, self._histories.get(terminals))
                yield held
                held.finish()
                run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    run("ROLLBACK")
                raise
            self._number = self._taken
            if held.changed and len(terminals):
                self._histories.put(terminals, held.histories)

    def histories(self, terminals: NDArray[np.int64] | slice) -> NDArray[np.void]:
        """Copies of histories."""
        with self.lock:
            return self._histories.get(terminals)

    def numbers(self, count: int) -> NDArray[np.int64]:
        self._taken += count
        return np.arange(self._taken - count, self._taken)

    def insert(self, rows: NDArray[np.void]) -> None:
        self._connection.executemany(INSERT_SQLITE, rows.tolist())

    def write(self, terminals: NDArray[np.int64], histories: NDArray[np.void]) -> None:
        self._histories.log(self._connection, terminals, histories)

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._connection.execute(sql, tuple(values)).fetchall()

    def _checkpoint(self) -> None:
        """Bring the write-ahead log into the database on another connection, so that no batch waits for it.

        Where batches never pause, the log never begins anew by itself: when it has grown long, and all but
        the last of it is in the database, one batch waits for the rest. The file keeps its length: to write
        over it takes one flush of the disk, to let it grow two.
        """
        connection = connect_sqlite(self._path)
        connection.execute("PRAGMA busy_timeout = 20")  # a batch waits no longer than that for a reader
        while not self._closing.wait(CHECKPOINT_S):
            try:
                if _bring_in(connection, "PASSIVE") > WAL_PAGES:
                    _bring_in(connection, "PASSIVE")
                    with self.lock:
                        _bring_in(connection, "RESTART")
            except sqlite3.OperationalError:
                continue  # full or locked: nothing is lost, and whoever writes is told
        connection.close()


def _bring_in(connection: sqlite3.Connection, how: str) -> int:
    """Checkpoint; returns the pages in the write-ahead log, some of them in the database already."""
    _, pages, _ = connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
    return int(pages)


def read_histories(path: Path, terminals: NDArray[np.int64]) -> NDArray[np.void]:
    """Histories of terminals as they stand in a store that another process may be writing."""
    connection = connect_sqlite(path)
    try:
        connection.execute("BEGIN")
        return Histories(connection, 0).get(terminals)
    finally:
        connection.close()


def _claim(path: Path) -> sqlite3.Connection:
    """Hold the right to write check-ins: a lock that the system takes back when the process ends, however."""
    claim = sqlite3.connect(f"{path}-serving", timeout=0.0, isolation_level=None, check_same_thread=False)
    try:
        claim.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        claim.close()
        raise StoreUnavailable(
            f"{path}: another process writes check-ins into this store; several servers need PostgreSQL"
        ) from error
    return claim
