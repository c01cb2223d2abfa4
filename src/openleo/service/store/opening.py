"""How a database is reached, and what its errors are called here."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from openleo.errors import InputError, OpenLEOError

BUSY_S: Final = 10.0
"""How long a transaction waits for another one before it gives up."""

_FULL: Final = {sqlite3.SQLITE_FULL, "53100"}
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03"}
_IN_THE_WAY: Final = {"40P01", "40001"}
_GONE: Final = re.compile(r"57P0\d|08\w{3}|53300|25006")


class StoreError(OpenLEOError):
    """The store refuses something or is damaged; asking again does not help."""


class StoreUnavailable(StoreError):
    """The store cannot be written or reached now: full disk, locked, server gone; ask again."""


def engine_of(where: str | Path, *, create: bool) -> Engine:
    """The database that a URL or a path means: a file is SQLite, postgresql://... is PostgreSQL by pg8000.

    create: a file that is not there may be made.
    Raises InputError for another database, and for a file that is not there.
    """
    url = _url(where)
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8, pool_timeout=BUSY_S)
    path = Path(url.database or "")
    if not create and not path.is_file():
        raise InputError(f"{path}: there is no such store: openleo terminal import makes one")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    engine = create_engine(url, connect_args={"timeout": BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _url(where: str | Path) -> URL:
    words = str(where)
    if "://" not in words:
        return URL.create("sqlite", database=words)
    try:
        url = make_url(words)
        backend = url.get_backend_name()
    except ArgumentError as error:
        raise InputError(f"store: {hidden(words)!r} is no URL of a database") from error
    if backend == "postgresql" and url.drivername in ("postgresql", "postgresql+pg8000"):
        return url.set(drivername="postgresql+pg8000")
    if backend == "sqlite" and url.database:
        return URL.create("sqlite", database=url.database)
    raise InputError(
        f"store: {hidden(words)!r} given; a file (SQLite) or postgresql://user@host/database is allowed"
    )


def hidden(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:...@", url)


def prepare_sqlite(connection: sqlite3.Connection, _: object = None) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit that returned is on the disk
    connection.execute("PRAGMA foreign_keys = ON")


def connect_sqlite(path: Path) -> sqlite3.Connection:
    """A connection of the driver's own, to a store that is there."""
    connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    prepare_sqlite(connection)
    return connection


def _begin(connection: Any) -> None:
    # a writer takes its turn at once: one that began by reading may find that another wrote meanwhile
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def told(url: str) -> Iterator[None]:
    """Errors of the database as StoreError and StoreUnavailable, each with what to do."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable(f"{url}: no connection became free within {BUSY_S:g} s") from error
    except DBAPIError as error:
        raise _named(url, error.orig) from error
    except sqlite3.Error as error:
        raise _named(url, error) from error
    except (ConnectionError, EOFError) as error:
        raise StoreUnavailable(f"{url}: the database does not answer: {error}") from error
    except Exception as error:
        if type(error).__module__.startswith("pg8000"):
            raise _named(url, error) from error
        raise


def _named(url: str, error: BaseException | None) -> StoreError:
    if isinstance(error, sqlite3.Error):
        code: Any = getattr(error, "sqlite_errorcode", None)
        code = code & 0xFF if isinstance(code, int) else None
        words = str(error)
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return StoreUnavailable(f"{url}: cannot be written: {words}")
        if code == sqlite3.SQLITE_NOTADB:
            return StoreError(f"{url}: is no store: {words}")
    else:
        told_by_server = error.args[0] if error is not None and error.args else ""
        code = told_by_server.get("C") if isinstance(told_by_server, dict) else None
        words = told_by_server.get("M", "") if isinstance(told_by_server, dict) else str(error)
        if code is None or _GONE.fullmatch(str(code)):
            return StoreUnavailable(f"{url}: the database does not answer: {words}")
    if code in _FULL:
        return StoreUnavailable(f"{url}: the disk is full: {words}")
    if code in _IN_THE_WAY:
        return StoreUnavailable(f"{url}: another transaction was in the way: {words}")
    if code in _BUSY:
        return StoreUnavailable(f"{url}: locked by another program for more than {BUSY_S:g} s: {words}")
    return StoreError(f"{url}: {words}")
