"""SQL of who owns, enrols and pays: transfers, one-time codes, sponsorships."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, true, update

from openleo.service.store import schema
from openleo.service.store.register import put_rows

SPONSORSHIP: Final = np.dtype(
    [
        ("number", "i8"),
        ("terminal", "i8"),
        ("payer", "i4"),
        ("from_us", "i8"),
        ("to_us", "i8"),  # as agreed, 0: until further notice
        ("price_month", "f8"),
        ("notice_us", "i8"),
        ("grace_us", "i8"),
        ("told_us", "i8"),  # when it was given up, 0: it was not
        ("stop_us", "i8"),  # when paying then ends
    ]
)
"""A sponsorship with what became of it."""

TRANSFER_COLUMNS: Final = (
    "terminal", "time_us", "recorded_us", "kind", "from_owner", "to_owner", "dealer", "country", "by", "note",
)  # fmt: skip


def put_transfers(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Record transfers, each as TRANSFER_COLUMNS."""
    put_rows(connection, schema.transfers, TRANSFER_COLUMNS, rows)


def transfers(connection: Connection, terminal: int) -> list[Row[Any]]:
    """The transfers of a terminal, the oldest first."""
    kept = schema.transfers.c
    return list(
        connection.execute(select(schema.transfers).where(kept.terminal == terminal).order_by(kept.number))
    )


def all_transfers(connection: Connection) -> list[Row[Any]]:
    """Terminal, time, kind, owners, dealer and country of each transfer, by terminal, the oldest first."""
    kept = schema.transfers.c
    return list(
        connection.execute(
            select(
                kept.terminal,
                kept.time_us,
                kept.kind,
                kept.from_owner,
                kept.to_owner,
                kept.dealer,
                kept.country,
            ).order_by(kept.terminal, kept.number)
        )
    )


def changes(connection: Connection, terminal: int) -> list[Row[Any]]:
    """What was done to a terminal, the oldest first."""
    kept = schema.changes.c
    mine = (kept.terminal <= terminal) & (kept.terminal + kept.many > terminal) & (kept.terminal >= 0)
    return list(connection.execute(select(schema.changes).where(mine).order_by(kept.number)))


def put_code(
    connection: Connection, hashes: Sequence[bytes], terminals: Sequence[int], made_us: int, ends_us: int
) -> None:
    """Keep hashes of new enrolment codes; earlier ones of these terminals that nobody used are void."""
    kept = schema.codes.c
    for terminal in terminals:
        connection.execute(delete(schema.codes).where(kept.terminal == terminal, kept.used_us == 0))
    put_rows(
        connection, schema.codes, ("hash", "terminal", "made_us", "ends_us"),
        [(each, terminal, made_us, ends_us) for each, terminal in zip(hashes, terminals, strict=True)],
    )  # fmt: skip


def use_code(connection: Connection, hash_: bytes, now_us: int) -> int:
    """The terminal of a code that is used now for the first and only time; -1 where it is not valid."""
    kept = schema.codes.c
    terminal = connection.execute(
        update(schema.codes)
        .where(kept.hash == hash_, kept.used_us == 0, kept.ends_us > now_us)
        .values(used_us=now_us)
        .returning(kept.terminal)
    ).scalar()
    return -1 if terminal is None else int(terminal)


def drop_codes(connection: Connection, terminals: Sequence[int]) -> None:
    """Make unused codes of terminals void."""
    kept = schema.codes.c
    for terminal in terminals:
        connection.execute(delete(schema.codes).where(kept.terminal == terminal, kept.used_us == 0))


def put_sponsorships(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Record sponsorships: terminal, payer, from, to, price a month, notice, grace, recorded, by."""
    put_rows(
        connection, schema.sponsorships,
        (
            "terminal", "payer", "from_us", "to_us", "price_month", "notice_us", "grace_us", "recorded_us",
            "by",
        ),
        rows,
    )  # fmt: skip


def put_stops(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Record that sponsorships were given up: sponsorship, told, to, by, note."""
    put_rows(connection, schema.stops, ("sponsorship", "told_us", "to_us", "by", "note"), rows)


def sponsorships(
    connection: Connection,
    *,
    payer: int | None = None,
    with_payer: int | None = None,
    terminal: int | None = None,
) -> NDArray[np.void]:
    """SPONSORSHIP rows by terminal and start.

    payer: only those. with_payer: those of terminals for which this one ever paid.
    """
    kept = schema.sponsorships.c
    wanted: ColumnElement[bool] = true()
    if payer is not None:
        wanted = kept.payer == payer
    if with_payer is not None:
        wanted = kept.terminal.in_(select(kept.terminal).where(kept.payer == with_payer))
    if terminal is not None:
        wanted = kept.terminal == terminal
    return _sponsorships(connection, wanted)


def _sponsorships(connection: Connection, which: ColumnElement[bool]) -> NDArray[np.void]:
    kept, stop = schema.sponsorships.c, schema.stops.c
    wanted = (
        select(
            kept.number, kept.terminal, kept.payer, kept.from_us, kept.to_us, kept.price_month,
            kept.notice_us, kept.grace_us, func.coalesce(stop.told_us, 0), func.coalesce(stop.to_us, 0),
        )
        .select_from(schema.sponsorships.outerjoin(schema.stops, stop.sponsorship == kept.number))
        .where(which)
        .order_by(kept.terminal, kept.from_us, kept.number)
    )  # fmt: skip
    return np.array([tuple(row) for row in connection.execute(wanted)], SPONSORSHIP)


def due_sponsorships(connection: Connection, since_us: int, now_us: int) -> NDArray[np.void]:
    """SPONSORSHIP rows of the terminals for which somebody begins to pay between two times."""
    kept = schema.sponsorships.c
    begun = select(kept.terminal).where(kept.from_us > since_us, kept.from_us <= now_us)
    return _sponsorships(connection, kept.terminal.in_(begun))


def move_sponsorships(connection: Connection, old: int, new: int, now_us: int, by: str) -> None:
    """End the running sponsorships of a terminal now, and begin them for another on the same terms."""
    rows = sponsorships(connection, terminal=old)
    ends = np.where(rows["told_us"] > 0, rows["stop_us"], rows["to_us"])
    running = rows[(ends == 0) | (ends > now_us)]
    for row, end in zip(running, ends[(ends == 0) | (ends > now_us)].tolist(), strict=True):
        begins = max(int(row["from_us"]), now_us)
        terms = (float(row["price_month"]), int(row["notice_us"]), int(row["grace_us"]))
        put_sponsorships(connection, [(new, int(row["payer"]), begins, end, *terms, now_us, by)])
        if not row["told_us"]:
            put_stops(connection, [(int(row["number"]), now_us, now_us, by, "replaced")])


def mark(connection: Connection, name: str) -> int:
    """A number kept under a name, 0 where none is."""
    found = connection.execute(select(schema.about.c.value).where(schema.about.c.name == name)).scalar()
    return int(found or 0)


def set_mark(connection: Connection, name: str, value: int) -> None:
    """Keep a number under a name."""
    changed = connection.execute(
        update(schema.about).where(schema.about.c.name == name).values(value=str(value))
    )
    if not changed.rowcount:
        connection.execute(insert(schema.about).values(name=name, value=str(value)))


def declared_by(connection: Connection, terminal: int) -> str:
    """Who declared what a terminal is used for, empty for nobody."""
    kept = schema.terminals.c
    return str(connection.execute(select(kept.declared_by).where(kept.number == terminal)).scalar_one())
