"""How long positions are kept: check-ins that are old enough are reduced to decision and region."""

from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import numpy as np
from sqlalchemy import func, select, update

from openleo.service.store import schema
from openleo.service.store.digesting import forget
from openleo.service.store.ownership import mark, set_mark
from openleo.service.store.schema import POSITION

if TYPE_CHECKING:
    from openleo.service.store.database import Store

AT_ONCE: Final = 10_000
"""Check-ins of one transaction, so that none waits long."""

_MARK: Final = "reduced_before_number"


def reduce(store: "Store", before_us: int, stop: Callable[[], bool] = lambda: False) -> int:
    """Take positions out of all check-ins received before a time, and out of histories that are older.

    What stays is terminal, time, decision with its reasons, rule set and zone. On SQLite what is taken out is
    overwritten, not only given free. Of days that began before that time no receipts can be made any more.
    Returns how many check-ins were reduced. Raises StoreUnavailable where another process writes check-ins
    into the same SQLite file: let that one do it. stop: asked between transactions whether to leave the rest
    for another time.
    """
    forget(store, before_us)  # first: a key would outlive what it lets people guess
    _reduce_histories(store, before_us, stop)
    done = 0
    while not stop():
        reduced, over = _reduce_some(store, before_us)
        done += reduced
        if over:
            break
    return done


def _reduce_some(store: "Store", before_us: int) -> tuple[int, bool]:
    kept = schema.checkins.c
    with store.begin() as connection:
        if store.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        first = mark(connection, _MARK)
        # numbers grow with time: the first that is young enough ends it, and the rest is not looked at
        oldest = (
            select(kept.number, kept.received_us)
            .where(kept.number >= first)
            .order_by(kept.number)
            .limit(AT_ONCE)
        )
        old = list(takewhile(lambda row: row.received_us < before_us, connection.execute(oldest)))
        if not old:
            return 0, True
        many, last = len(old), int(old[-1].number)
        nothing = dict.fromkeys(POSITION) | {"cell": 0, "satellite": -1}
        connection.execute(
            update(schema.checkins).where(kept.number >= first, kept.number <= last).values(nothing)
        )
        set_mark(connection, _MARK, last + 1)
        return many, many < AT_ONCE


def _reduce_histories(store: "Store", before_us: int, stop: Callable[[], bool]) -> None:
    with store.read() as connection:
        terminals = connection.execute(
            select(func.coalesce(func.max(schema.terminals.c.number) + 1, 0))
        ).scalar_one()
    for first in range(0, terminals, AT_ONCE):
        if stop():
            return
        some = np.arange(first, min(first + AT_ONCE, terminals))
        rows = store.histories(some)
        old = (rows["time_us"] > 0) & (rows["time_us"] < before_us) & ~np.isnan(rows["lat_deg"])
        old |= (rows["other_us"] > 0) & (rows["other_us"] < before_us) & ~np.isnan(rows["other_lat_deg"])
        if not old.any():
            continue
        with store.locked(some[old]) as held:
            for time, lat, lon in (
                ("time_us", "lat_deg", "lon_deg"),
                ("other_us", "other_lat_deg", "other_lon_deg"),
            ):
                gone = held.histories[time] < before_us  # it may have checked in meanwhile
                held.histories[lat][gone] = held.histories[lon][gone] = np.nan
            held.changed = True
