"""Looks at the coordinates that a finding is about: each recorded before anything is shown."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, insert, select, text

from openleo.errors import InputError
from openleo.service.store import schema
from openleo.service.store.checkins import rows_of

if TYPE_CHECKING:
    from openleo.service.store.database import Store

MOST: Final = 100
"""Check-ins of one look."""
BEFORE_US: Final = 3_600_000_000
AFTER_US: Final = 86_400_000_000
"""They were received so long before the finding was opened, or after it, at most."""
WALKED: Final = 100_000
"""Check-ins of the terminal that are gone through for them: 17 days of one each 15 s."""

_ABOUT: Final = text(
    "WITH RECURSIVE walk (number, next, depth) AS ("
    " SELECT number, previous, 1 FROM checkins WHERE number = :last"
    " UNION ALL SELECT checkins.number, checkins.previous, walk.depth + 1"
    " FROM walk JOIN checkins ON checkins.number = walk.next"
    " WHERE walk.depth < :walked AND checkins.received_us >= :begins), "
    "about AS (SELECT checkins.number, checkins.previous"
    " FROM walk JOIN checkins ON checkins.number = walk.number"
    " WHERE checkins.received_us BETWEEN :begins AND :ends AND (checkins.findings >> :kind) & 1 = 1"
    " ORDER BY checkins.number LIMIT :most) "
    "SELECT checkins.* FROM checkins"
    " WHERE number IN (SELECT number FROM about UNION SELECT previous FROM about) ORDER BY number LIMIT :most"
)


class NotOpen(InputError):
    """A finding that was closed: its coordinates are shown to nobody any more."""


def look(store: "Store", finding: int, *, by: str, why: str, now_us: int) -> int:
    """Record that somebody looks at the coordinates of an open finding; it is on the disk on return.

    Returns the number of the look. Raises InputError where there is no such finding, NotOpen where it is
    closed.
    """
    with store.begin() as connection:
        asked = select(schema.findings.c.state).where(schema.findings.c.number == finding)
        state = connection.execute(asked.with_for_update()).scalar()
        if state is None:
            raise InputError(f"finding: there is no number {finding}")
        if state != "open":
            raise NotOpen(f"finding: {finding} is {state}; coordinates are shown while it is open")
        made = connection.execute(
            insert(schema.looks)
            .values(finding=finding, looked_us=now_us, by=by, why=why)
            .returning(schema.looks.c.number)
        )
        return int(made.scalar_one())


def looks_at(store: "Store", finding: int, *, after: int = -1, most: int = 100) -> list[Row[Any]]:
    """Who looked at a finding's coordinates, those after one: number, finding, looked_us, by, why."""
    kept = schema.looks.c
    wanted = select(schema.looks).where(kept.finding == finding, kept.number > after)
    with store.read() as connection:
        return list(connection.execute(wanted.order_by(kept.number).limit(most)))


def checkins_about(
    store: "Store", last: int, kind: int, opened_us: int, most: int = MOST
) -> NDArray[np.void]:
    """The check-ins of a terminal that showed a finding, each with the one before it, the oldest first.

    last: number of the terminal's last check-in, -1 for none. kind: of the finding, a `FindingKind`.
    opened_us: when it was opened; from `BEFORE_US` before it to `AFTER_US` after it is looked. Returns rows
    (K,) of CHECKIN_FIELDS, at most so many.
    """
    given = {
        "last": last, "walked": WALKED, "kind": kind, "most": most,
        "begins": opened_us - BEFORE_US, "ends": opened_us + AFTER_US,
    }  # fmt: skip
    with store.read() as connection:
        return rows_of([tuple(row) for row in connection.execute(_ABOUT, given)])
