"""Daily roots over check-ins: their keys, their leaves, and the check-ins that they are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from openleo.service.store import schema
from openleo.service.store.ownership import mark, set_mark
from openleo.service.store.schema import CHECKIN_FIELDS
from openleo.service.store.stored import CLOCK_US, DAY_US, first_at

if TYPE_CHECKING:
    from openleo.service.store.database import Store

CHUNK: Final = 4096
"""Leaves that are kept together: a power of two, so that a full chunk is a subtree of the day."""

_READ: Final = (
    "number", "sequence", "time_us", "received_us", "lat_deg", "lon_deg", "accuracy_m", "outcome", "reason",
    "reasons", "rules", "zone", "valid_us", "retry_us", "retry_km", "rate_mbps", "granted", "checkpoint",
)  # fmt: skip
DIGESTED: Final = np.dtype([(name, CHECKIN_FIELDS[name]) for name in _READ])
"""What of a check-in is digested; what was left out or taken out is NaN."""

_AT_ONCE: Final = 64
"""Chunks that one transaction removes, so that no check-in waits long."""


@dataclass(frozen=True)
class Digest:
    """The root over a day's check-ins.

    day: since 1970-01-01 UTC. run: whose leaves they are. key: 32 bytes, None once positions of the day are
    gone. entry: its index in the log whose origin is `log`, -1 where it is in none yet. handed_us: when it
    was last handed to a log without a known end, 0 for never.
    """

    day: int
    run: int
    key: bytes | None
    count: int
    root: bytes
    log: str = ""
    entry: int = -1
    handed_us: int = 0


def digests(store: "Store", first: int, last: int) -> list[Digest]:
    """The digests of days from first to last, in their order."""
    kept = schema.digests.c
    wanted = select(schema.digests).where(kept.day.between(first, last)).order_by(kept.day)
    with store.read() as connection:
        return [_digest(row) for row in connection.execute(wanted)]


def _digest(row: Row[Any]) -> Digest:
    key = None if row.key is None else bytes(row.key)
    return Digest(row.day, row.run, key, row.many, bytes(row.root), row.log, row.entry, row.handed_us)


def checkins_of(store: "Store", day: int) -> Iterator[tuple[NDArray[np.void], list[str]]]:
    """The check-ins of a day by number, a chunk at a time: rows (K,) of DIGESTED, hardware numbers.

    Each chunk is read by itself, so that nobody waits while all are read.
    """
    begins_us, ends_us = day * DAY_US, (day + 1) * DAY_US
    table = schema.checkins.c
    with store.read() as connection:
        after = first_at(connection, begins_us - CLOCK_US) - 1
        end = first_at(connection, ends_us + CLOCK_US)
    wanted = _with_hardware().where(
        table.received_us >= begins_us, table.received_us < ends_us, table.number < end
    )
    while True:
        with store.read() as connection:
            found = connection.execute(
                wanted.where(table.number > after).order_by(table.number).limit(CHUNK)
            ).all()
        if found:
            yield _rows(found), [row[-1] for row in found]
            after = found[-1].number
        if len(found) < CHUNK:
            return


def checkin(store: "Store", number: int) -> tuple[Any, str] | None:
    """A check-in, a row of DIGESTED, and its terminal's hardware number; None where there is none."""
    with store.read() as connection:
        row = connection.execute(_with_hardware().where(schema.checkins.c.number == number)).one_or_none()
    return None if row is None else (_rows([row])[0], row[-1])


def _with_hardware() -> Any:
    kept, of = schema.checkins.c, schema.terminals.c
    joined = schema.checkins.join(schema.terminals, of.number == schema.checkins.c.terminal)
    return select(*(kept[name] for name in _READ), of.hardware).select_from(joined)


def _rows(found: Sequence[Any]) -> NDArray[np.void]:
    return np.array([tuple(row)[:-1] for row in found], DIGESTED)


def rule_digests(store: "Store") -> dict[int, str]:
    """The digest of each rule set that was ever in force, by its number."""
    with store.read() as connection:
        found = connection.execute(select(schema.rules.c.number, schema.rules.c.digest))
        return {row.number: row.digest for row in found}


def keep_leaves(store: "Store", day: int, run: int, chunk: int, first: int, root: bytes, raw: bytes) -> None:
    """Keep a chunk of leaf hashes. first: number of its first check-in. root: of the chunk as a tree."""
    with store.begin() as connection:
        connection.execute(
            insert(schema.leaves).values(day=day, run=run, chunk=chunk, first=first, root=root, hashes=raw)
        )


def keep_digest(store: "Store", digest: Digest) -> bool:
    """Keep the digest of a day whose leaves are kept, and remove those of runs that were left unfinished.

    Returns False where the day has one already, of another server: then that one holds.
    """
    kept, leaf = schema.digests.c, schema.leaves.c
    with store.begin() as connection:
        _one_after_the_other(connection)
        there = connection.execute(select(kept.run).where(kept.day == digest.day)).scalar()
        holds = digest.run if there is None else there
        connection.execute(delete(schema.leaves).where(leaf.day == digest.day, leaf.run != holds))
        if there is None:
            connection.execute(
                insert(schema.digests).values(
                    day=digest.day, run=digest.run, key=digest.key, many=digest.count, root=digest.root
                )
            )
        return there is None


def _one_after_the_other(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.exec_driver_sql("LOCK TABLE digests IN SHARE ROW EXCLUSIVE MODE")


def chunks(store: "Store", digest: Digest) -> list[tuple[int, bytes]]:
    """Of each chunk of a digest, in order: the number of its first check-in, and its root."""
    leaf = schema.leaves.c
    wanted = select(leaf.first, leaf.root).where(leaf.day == digest.day, leaf.run == digest.run)
    with store.read() as connection:
        return [(row.first, bytes(row.root)) for row in connection.execute(wanted.order_by(leaf.chunk))]


def hashes(store: "Store", digest: Digest, chunk: int) -> bytes:
    """The leaf hashes of a chunk of a digest, 32 bytes each."""
    leaf = schema.leaves.c
    wanted = select(leaf.hashes).where(
        leaf.day == digest.day, leaf.run == digest.run, leaf.chunk == chunk
    )  # fmt: skip
    with store.read() as connection:
        return bytes(connection.execute(wanted).scalar_one())


def forget(store: "Store", before_us: int) -> None:
    """Remove the keys, and then the leaves, of days that began before a time. The roots stay.

    With its key and a leaf's hash, a position that was taken out could be found again by trying. On SQLite
    the keys are overwritten, not only given free.
    """
    kept, leaf = schema.digests.c, schema.leaves.c
    old = -(-before_us // DAY_US)
    with store.begin() as connection:
        if store.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        connection.execute(
            update(schema.digests).where(kept.day < old, kept.key.is_not(None)).values(key=None)
        )
    forgotten = select(kept.day).where(kept.key.is_(None))
    wanted = select(leaf.day, leaf.run, leaf.chunk).where(leaf.day < old, leaf.day.in_(forgotten))
    while True:
        with store.begin() as connection:
            found = connection.execute(wanted.limit(_AT_ONCE)).all()
            for row in found:
                connection.execute(
                    delete(schema.leaves).where(
                        leaf.day == row.day, leaf.run == row.run, leaf.chunk == row.chunk
                    )
                )
        if len(found) < _AT_ONCE:
            return


def pending(store: "Store", log: str) -> list[Digest]:
    """The digests that stand in no entry of a log yet, by its origin, in the order of their days."""
    kept = schema.digests.c
    wanted = select(schema.digests).where(or_(kept.entry < 0, kept.log != log)).order_by(kept.day)
    with store.read() as connection:
        return [_digest(row) for row in connection.execute(wanted)]


def claim(store: "Store", days: Sequence[int], now_us: int, lease_us: int) -> list[int]:
    """Of these days, those that this server may hand to the log now: no other did so within the lease."""
    kept = schema.digests.c
    free = or_(kept.handed_us < now_us - lease_us, kept.handed_us > now_us)
    with store.begin() as connection:
        _one_after_the_other(connection)
        found = connection.execute(select(kept.day).where(kept.day.in_(days), free).order_by(kept.day))
        mine = list(found.scalars())
        connection.execute(update(schema.digests).where(kept.day.in_(mine)).values(handed_us=now_us))
    return mine


def release(store: "Store", days: Sequence[int]) -> None:
    """Give claimed days back: they were not handed over."""
    with store.begin() as connection:
        connection.execute(
            update(schema.digests).where(schema.digests.c.day.in_(list(days))).values(handed_us=0)
        )


def entered(store: "Store", log: str, found: dict[int, int], looked: int) -> None:
    """Record at which index of a log days stand, and how many of its entries were looked at for that."""
    with store.begin() as connection:
        for day, entry in found.items():
            connection.execute(
                update(schema.digests)
                .where(schema.digests.c.day == day)
                .values(log=log, entry=entry, handed_us=0)
            )
        set_mark(connection, f"looked for days in {log}", looked)


def looked(store: "Store", log: str) -> int:
    """How many entries of a log were looked at for days."""
    with store.read() as connection:
        return mark(connection, f"looked for days in {log}")
