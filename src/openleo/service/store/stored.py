"""Check-ins read back: single ones by number, and a day of them summed up for the published figures."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select

from openleo.service.reasons import Reason
from openleo.service.store import schema
from openleo.service.store.checkins import rows_of

if TYPE_CHECKING:
    from openleo.service.store.database import Store

DAY_US: Final = 86_400_000_000
CLOCK_US: Final = 3_600_000_000
"""By how much the server's clock may have been set back: so much earlier the search for a day begins."""

DAY_FIELDS: Final = np.dtype(
    [
        ("terminal", "i8"), ("rules", "i4"), ("zone", "i4"), ("outcome", "i2"), ("reason", "i2"),
        ("uncertain", "i8"), ("checkins", "i8"),
    ]
)  # fmt: skip
"""A day's check-ins of a terminal that are alike: rule set, zone, outcome, primary reason, how many."""


def alive(store: "Store") -> None:
    """Ask the database anything. Raises StoreUnavailable where it does not answer."""
    with store.read() as connection:
        connection.execute(select(schema.about.c.value).limit(1)).fetchall()


def stored(store: "Store", numbers: NDArray[np.int64]) -> NDArray[np.void]:
    """Check-ins with their decisions, rows (K,) of CHECKIN_FIELDS, of those numbers that there are."""
    with store.read() as connection:
        wanted = schema.checkins.c.number.in_(numbers.tolist())
        found = connection.execute(select(schema.checkins).where(wanted).order_by("number"))
        return rows_of([tuple(row) for row in found])


def day(store: "Store", number: int) -> NDArray[np.void]:
    """The check-ins of a day (days since 1970-01-01 UTC, by the server's clock), summed up as DAY_FIELDS."""
    table = schema.checkins.c
    begins_us, ends_us = number * DAY_US, (number + 1) * DAY_US
    uncertain = table.reasons.bitwise_and(1 << Reason.UNCERTAIN_LOCATION).label("uncertain")
    rows = select(table.terminal, table.rules, table.zone, table.outcome, table.reason, uncertain).where(
        table.received_us >= begins_us, table.received_us < ends_us, table.terminal >= 0
    )
    with store.read() as connection:
        if store.dialect == "sqlite":  # which has no index by time: numbers grow with it
            rows = rows.where(
                table.number >= first_at(connection, begins_us - CLOCK_US),
                table.number < first_at(connection, ends_us + CLOCK_US),
            )
        alike = rows.subquery().c
        asked = select(*alike, func.count()).group_by(*alike)
        return np.array([tuple(row) for row in connection.execute(asked)], DAY_FIELDS)


def first_day(store: "Store") -> int | None:
    """The day of the first check-in that is stored, None where there is none."""
    table = schema.checkins.c
    with store.read() as connection:
        found = connection.execute(select(table.received_us).order_by(table.number).limit(1)).scalar()
    return None if found is None else int(found) // DAY_US


def first_at(connection: Connection, time_us: int) -> int:
    """The first number of a check-in received at that time or later, as far as numbers grow with time."""
    table = schema.checkins.c
    low, high = (
        value if value is not None else 0
        for value in connection.execute(select(func.min(table.number), func.max(table.number) + 1)).one()
    )
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(
            select(table.received_us).where(table.number >= middle).order_by(table.number).limit(1)
        ).scalar()
        if found is not None and found < time_us:
            low = middle + 1
        else:
            high = middle
    return int(low)


def zone_regions(store: "Store", rules: int) -> dict[int, str]:
    """The names of regions of each zone of a rule set, as they were put in force."""
    with store.read() as connection:
        asked = select(schema.zones.c.zone, schema.zones.c.regions).where(schema.zones.c.rules == rules)
        return {row.zone: row.regions for row in connection.execute(asked)}


def figures(store: "Store", first: int, last: int) -> dict[tuple[int, str, str], float]:
    """What is kept of figures: {(day, region, measure): value}, of the days from first to last."""
    table = schema.figures.c
    with store.read() as connection:
        found: Any = connection.execute(
            select(table.day, table.region, table.measure, table.value).where(table.day.between(first, last))
        )
        return {(number, region, measure): value for number, region, measure, value in found}


def keep_figures(store: "Store", number: int, measures: dict[tuple[str, str], float]) -> None:
    """Keep figures of a day that is over: {(region, measure): value}; those of these names are replaced."""
    table = schema.figures
    with store.begin() as connection:
        for region, measure in sorted(measures):
            connection.execute(
                delete(table).where(
                    table.c.day == number, table.c.region == region, table.c.measure == measure
                )
            )
        rows = [
            {"day": number, "region": region, "measure": measure, "value": value}
            for (region, measure), value in sorted(measures.items())
        ]
        if rows:
            connection.execute(insert(table), rows)


def chain(store: "Store", last: int, most: int) -> NDArray[np.void]:
    """A terminal's check-ins, rows (K,) of CHECKIN_FIELDS, from that number back, the newest first."""
    found: list[tuple[Any, ...]] = []
    table = schema.checkins.c
    with store.read() as connection:
        while last >= 0 and len(found) < most:
            row = connection.execute(select(schema.checkins).where(table.number == last)).one_or_none()
            if row is None:
                break
            found.append(tuple(row))
            last = row.previous
    return rows_of(found)
