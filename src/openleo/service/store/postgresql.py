"""Check-ins on PostgreSQL: several servers, each history a row that is locked before it is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from openleo.service.records import HISTORY, no_history
from openleo.service.store.checkins import COPY_POSTGRESQL, binary_rows
from openleo.service.store.turns import Held


class Turn:
    """One transaction of a server among several."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursor = connection.cursor()

    def lock(self, terminals: NDArray[np.int64]) -> NDArray[np.void]:
        """Histories (K,) of terminals (K,), sorted, locked in that order: no ring of waiting."""
        if not len(terminals):
            return no_history(0)
        wanted = _array(terminals)
        packed, count = self._rows(wanted)
        if count < len(terminals):  # made in a transaction of its own: nothing is held out of order
            self._connection.rollback()
            self.query(
                "INSERT INTO histories SELECT terminal, ?::bytea FROM unnest(?::bigint[]) AS new (terminal) "
                "ORDER BY terminal ON CONFLICT DO NOTHING RETURNING terminal",
                (no_history(1).tobytes(), wanted),
            )
            self._connection.commit()
            packed, _ = self._rows(wanted)
        return np.frombuffer(packed, HISTORY).copy()

    def _rows(self, wanted: str) -> tuple[bytes, int]:
        found = self.query(
            "SELECT coalesce(string_agg(row, ''::bytea ORDER BY terminal), ''::bytea), count(*) FROM "
            "(SELECT terminal, row FROM histories WHERE terminal = ANY(?::bigint[]) ORDER BY terminal "
            "FOR UPDATE) AS held",
            (wanted,),
        )
        return bytes(found[0][0]), int(found[0][1])

    def numbers(self, count: int) -> NDArray[np.int64]:
        found = self.query(
            "SELECT string_agg(int8send(nextval('checkins_number')), ''::bytea) FROM generate_series(1, ?)",
            (count,),
        )
        return np.frombuffer(bytes(found[0][0]), ">i8").astype(np.int64)

    def insert(self, rows: NDArray[np.void]) -> None:
        self._cursor.execute(COPY_POSTGRESQL, stream=[binary_rows(rows)])

    def write(self, terminals: NDArray[np.int64], histories: NDArray[np.void]) -> None:
        size = HISTORY.itemsize
        self.query(
            f"UPDATE histories SET row = substring(?::bytea FROM (1 + {size} * (place - 1))::int FOR {size}) "
            "FROM unnest(?::bigint[]) WITH ORDINALITY AS new (of, place) WHERE terminal = of",
            (histories.tobytes(), _array(terminals)),
        )

    def query(self, sql: str, values: Sequence[Any]) -> list[Any]:
        self._cursor.execute(sql.replace("?", "%s"), tuple(values))
        return list(self._cursor.fetchall()) if self._cursor.description else []


@contextmanager
def turn(engine: Engine, terminals: NDArray[np.int64]) -> Iterator[Held]:
    """A transaction with the histories of terminals (K,), sorted, locked to its end; see `Store.locked`."""
    connection = engine.raw_connection()
    try:
        work = Turn(connection)
        held = Held(work, terminals, work.lock(terminals))
        yield held
        held.finish()
        connection.commit()
    except BaseException:
        connection.invalidate() if connection.dbapi_connection is None else _undo(connection)
        raise
    finally:
        connection.close()


def histories(engine: Engine, terminals: NDArray[np.int64]) -> NDArray[np.void]:
    """Histories (K,) of terminals (K,) as they are now, not locked."""
    rows = no_history(len(terminals))
    connection = engine.raw_connection()
    try:
        found = Turn(connection).query(
            "SELECT terminal, row FROM histories WHERE terminal = ANY(?::bigint[])", (_array(terminals),)
        )
        connection.rollback()
    finally:
        connection.close()
    of = dict(found)
    for place, terminal in enumerate(terminals.tolist()):
        if terminal in of:
            rows[place] = np.frombuffer(bytes(of[terminal]), HISTORY)[0]
    return rows


def _undo(connection: Any) -> None:
    """Roll back, or give the connection up where the server does not answer any more."""
    try:
        connection.rollback()
    except Exception:  # noqa: BLE001  # whatever it was, the error that led here is the one to tell
        connection.invalidate()


def _array(numbers: NDArray[np.int64]) -> str:
    return "{" + ",".join(map(str, numbers.tolist())) + "}"
