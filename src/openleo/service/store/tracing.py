"""Where a terminal was: its check-ins back along the chain, and what their zones were."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select, text

from openleo.service.store import schema
from openleo.service.store.checkins import rows_of

_WALK = text(
    "WITH RECURSIVE walk (number, next, depth) AS ("
    " SELECT number, previous, 1 FROM checkins WHERE number = :last"
    " UNION ALL SELECT checkins.number, checkins.previous, walk.depth + 1"
    " FROM walk JOIN checkins ON checkins.number = walk.next WHERE walk.depth < :most) "
    "SELECT checkins.* FROM walk JOIN checkins ON checkins.number = walk.number ORDER BY checkins.number"
)


def walk(connection: Connection, last: int, most: int) -> NDArray[np.void]:
    """A terminal's check-ins up to one, at most so many: rows (K,) of CHECKIN_FIELDS, the oldest first."""
    return rows_of([tuple(row) for row in connection.execute(_WALK, {"last": last, "most": most})])


def zones(connection: Connection, rules: int) -> dict[int, tuple[str, str, str]]:
    """Country, disputed area and regions of each zone of a rule set."""
    kept = schema.zones.c
    found = connection.execute(
        select(kept.zone, kept.country, kept.area, kept.regions).where(kept.rules == rules)
    )
    return {zone: (country, area, regions) for zone, country, area, regions in found}


def findings_of(connection: Connection, subject: str) -> list[Row[Any]]:
    """Findings about a subject, such as "terminal 17", the oldest first."""
    kept = schema.findings.c
    return list(
        connection.execute(select(schema.findings).where(kept.subject == subject).order_by(kept.number))
    )


def terminals_in_zones(connection: Connection) -> list[tuple[int, int, int]]:
    """Terminal, rule set and zone of all check-ins, each once."""
    kept = schema.checkins.c
    found = connection.execute(
        select(kept.terminal, kept.rules, kept.zone).where(kept.terminal >= 0, kept.zone >= 0).distinct()
    )
    return [(terminal, rules, zone) for terminal, rules, zone in found]
