"""How far a log's tree is committed, and which objects it has yet to remove: one small SQLite file."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openleo.ledger.errors import Halted, LedgerError, NotWritten, Unavailable
from openleo.ledger.merkle import EMPTY_ROOT

_FORMAT: Final = 1
_NOTHING_COMMITTED: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_CANTOPEN)
"""The write-ahead log could not be written to the end, and without its end a transaction is none."""
_DISK: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
)


class State:
    """The file, open, and locked against other programs that would open it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open it; all that it says is on the disk then.

        create: of a log without entries. Raises Halted where it holds something else, Unavailable where the
        disk refuses.
        """
        self.path = path
        try:
            self._file = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        try:
            for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                self._file.execute(f"PRAGMA {setting}")
            if create:
                self._create()
            # A program that was killed may have left a transaction that was written and not synced.
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            found = self._file.execute("SELECT format FROM state").fetchall()
            if found != [(_FORMAT,)]:
                raise Halted(f"{path}: format {found}; this program reads {_FORMAT}")
        except sqlite3.Error as error:
            self._file.close()
            raise self._trouble(error) from error
        except BaseException:
            self._file.close()
            raise

    def _create(self) -> None:
        with self._file:
            self._file.execute("BEGIN IMMEDIATE")
            self._file.execute("CREATE TABLE state (format INTEGER, size INTEGER, root BLOB, keys INTEGER)")
            self._file.execute("CREATE TABLE withdrawn (name TEXT PRIMARY KEY)")
            self._file.execute("INSERT INTO state VALUES (?, 0, ?, 0)", (_FORMAT, EMPTY_ROOT))

    def _trouble(self, error: sqlite3.Error) -> LedgerError:
        if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DISK:
            return Unavailable(f"{self.path}: {error}")
        return Halted(
            f"{self.path}: {error}. If a mirror holds all that was signed, take this file away, and bring "
            "the log up to the mirror: openleo ledger restore"
        )

    def read(self) -> tuple[int, bytes, int]:
        """Size, root, and the index of the last entry that states keys; raises as opening does."""
        try:
            size, root, keys = self._file.execute("SELECT size, root, keys FROM state").fetchone()
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        return size, root, keys

    def commit(self, size: int, root: bytes, keys: int | None = None, withdrawn: Sequence[str] = ()) -> None:
        """Say, durably, how far the tree is.

        keys: index of an entry that states keys, if there is a new one. withdrawn: names of objects to be
        removed. Raises NotWritten where the disk refuses; Unavailable, but not that, where it is not known
        whether the disk kept it.
        """
        try:
            with self._file:
                self._file.execute("BEGIN IMMEDIATE")
                # A row that does not change is not written; but what was before must be, after a failed sync.
                self._file.execute("UPDATE state SET size = NULL")
                self._file.execute(
                    "UPDATE state SET size = ?, root = ?, keys = coalesce(?, keys)", (size, root, keys)
                )
                self._file.executemany(
                    "INSERT OR IGNORE INTO withdrawn VALUES (?)", [(name,) for name in withdrawn]
                )
        except sqlite3.Error as error:
            nothing = getattr(error, "sqlite_errorcode", 0) in _NOTHING_COMMITTED
            raise (NotWritten if nothing else Unavailable)(f"{self.path}: {error}") from error

    def withdrawn(self) -> list[str]:
        """The names of objects that are still to be removed; raises as opening does."""
        try:
            return [name for (name,) in self._file.execute("SELECT name FROM withdrawn")]
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def removed(self, name: str) -> None:
        """An object is gone; raises as opening does."""
        try:
            self._file.execute("DELETE FROM withdrawn WHERE name = ?", (name,))
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
