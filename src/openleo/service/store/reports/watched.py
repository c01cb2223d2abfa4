"""Whether a register of reports is still as it was: for whoever keeps what was made of it."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from openleo.service.store.opening import BUSY_S, told

State = tuple[int, ...]
"""Another whenever somebody has written to the register; comparable for as long as one `Watched` lives."""


class Watched:
    """Says of a register in which state it is.

    The times of its files are not enough: a writer changes them before what it wrote can be read, and whoever
    reads in between would keep the old for the new. SQLite counts for a connection what it can read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._opened = 0

    def state(self) -> State:
        """The state now. Raises OSError where the file is gone, and as `opening.told` says."""
        with self._lock, told(str(self._path)):
            held = os.stat(self._path)
            file = held.st_dev, held.st_ino
            if self._connection is None or file != self._file:
                self.close()
                self._connection, self._file = self._connect(), file
                self._opened += 1
            with closing(self._connection.execute("PRAGMA data_version")) as asked:
                (version,) = asked.fetchone()
            return self._opened, int(version), held.st_mtime_ns, held.st_size

    def _connect(self) -> sqlite3.Connection:
        """A connection to a file that is there: none is made."""
        where = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(where, uri=True, timeout=BUSY_S, check_same_thread=False)

    def close(self) -> None:
        """Give the connection back; it is made anew where the state is asked for again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
