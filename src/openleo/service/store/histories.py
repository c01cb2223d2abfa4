"""Histories of all terminals: in memory beside a log and packed chunks (SQLite), or row by row (PostgreSQL).

One server has all histories in memory. With each batch it writes the rows that changed to a log, and now and
then one chunk of 1 024 terminals, going round; what the log held before the round began is then dropped. At
start the chunks are read and the log is played on top. A batch of 1 000 terminals anywhere in a register of a
million so writes 0.15 MB in sequence and one chunk, where rows of their own would touch 1 000 pages (4 MB).

Several servers have each history in a row that they lock, terminal by terminal in order, before they decide.
"""

import sqlite3
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.records import HISTORY, no_history
from openleo.service.store.schema import CHUNK

DROP: Final = 4
"""Entries of the log dropped with each batch at most, so that no batch waits for a long deletion."""


_WHOLE: Final = np.dtype(f"V{HISTORY.itemsize}")
"""A row as bytes: NumPy copies rows field by field, which takes twenty times as long."""


class Histories:
    """All histories in memory, and where their log and chunks stand. One thread at a time uses it."""

    def __init__(self, connection: sqlite3.Connection, terminals: int) -> None:
        self._rows = no_history(terminals)
        for chunk, packed in connection.execute("SELECT chunk, rows FROM history_chunks"):
            rows = np.frombuffer(packed, HISTORY)
            self.grow(chunk * CHUNK + len(rows))
            self._rows[chunk * CHUNK : chunk * CHUNK + len(rows)] = rows
        self._dirty = np.zeros(0, bool)
        self._first = self._next = 1
        for number, of, packed in connection.execute(
            "SELECT number, terminals, rows FROM history_log ORDER BY number"
        ):
            numbers = np.frombuffer(of, np.int64)
            self.grow(int(numbers.max()) + 1)
            self._rows[numbers] = np.frombuffer(packed, HISTORY)
            self._mark(numbers)
            if self._next == 1:
                self._first = number
            self._next = number + 1
        self._round = self._next  # entries before this one are in the chunks when the round is over
        self._safe = self._first  # entries before this one are in the chunks
        self._at = 0  # the next chunk of the round
        self._owed = 0  # rows logged for which no chunk was written yet
        self._written = np.zeros(0, np.int64)
        self._dropped = self._first

    def grow(self, terminals: int) -> None:
        """Make room for so many terminals."""
        if terminals > len(self._rows):
            more = max(terminals, len(self._rows) + len(self._rows) // 8) - len(self._rows)
            self._rows = np.concatenate([self._rows, no_history(more)])

    def get(self, terminals: NDArray[np.int64] | slice) -> NDArray[np.void]:
        """Copies of the rows of terminals (K,)."""
        if not isinstance(terminals, slice) and len(terminals):
            self.grow(int(terminals.max()) + 1)
        if isinstance(terminals, slice):
            return self._rows[terminals].copy()
        whole: NDArray[np.void] = self._rows.view(_WHOLE)[terminals].view(HISTORY)
        return whole

    def log(
        self, connection: sqlite3.Connection, terminals: NDArray[np.int64], rows: NDArray[np.void]
    ) -> None:
        """Write changed rows (K,) within the transaction of the connection; memory changes by `put` alone."""
        connection.execute(
            "INSERT INTO history_log VALUES (?, ?, ?)", (self._next, terminals.tobytes(), rows.tobytes())
        )
        if self._safe > self._first:
            last = min(self._safe, self._first + DROP)
            connection.execute("DELETE FROM history_log WHERE number < ?", (last,))
            self._dropped = last
        else:
            self._dropped = self._first
        due = (self._owed + len(terminals)) // CHUNK
        self._written = self._at + np.flatnonzero(self._dirty[self._at :])[:due]
        for chunk in self._written.tolist():
            packed = self._rows[chunk * CHUNK : (chunk + 1) * CHUNK].tobytes()
            connection.execute("INSERT OR REPLACE INTO history_chunks VALUES (?, ?)", (chunk, packed))

    def put(self, terminals: NDArray[np.int64], rows: NDArray[np.void]) -> None:
        """Take over what `log` wrote, once it is durable."""
        self._next += 1
        self._first = self._dropped
        self._owed += len(terminals)
        due, self._owed = divmod(self._owed, CHUNK)
        if due:
            self._dirty[self._written] = False
            self._at = int(self._written[-1]) + 1 if len(self._written) == due else len(self._dirty)
            if not self._dirty[self._at :].any():
                # the round is over: all that was logged before it began is in chunks
                self._safe, self._round, self._at = self._round, self._next, 0
        self.grow(int(terminals.max()) + 1)
        self._rows.view(_WHOLE)[terminals] = rows.view(_WHOLE)
        self._mark(terminals)

    def _mark(self, terminals: NDArray[np.int64]) -> None:
        chunks = (len(self._rows) + CHUNK - 1) // CHUNK
        if chunks > len(self._dirty):
            self._dirty = np.concatenate([self._dirty, np.zeros(chunks - len(self._dirty), bool)])
        self._dirty[terminals // CHUNK] = True
