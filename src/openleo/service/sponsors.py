"""Who pays for a terminal, until when and at which price, and what goes dark when a payer stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.entries import checked_name
from openleo.service.store import ownership
from openleo.service.store import register as sql
from openleo.service.store.register import runs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from openleo.service.terminals import Register

Numbers = Sequence[int] | NDArray[np.int64]

DAY_US: Final = 86_400_000_000
FOREVER: Final = 1 << 62
"""Paid until further notice, in microseconds; far beyond any date, and sums with it stay in 64 bits."""


@dataclass(frozen=True)
class Cost:
    """What a sponsor owes for a month."""

    sponsor: str
    month: str
    """2026-07."""
    terminals: int
    """For which it paid on any day of the month."""
    cost: float
    """In the currency of the prices; a month begun or ended is paid by its share."""


@dataclass(frozen=True)
class Dark:
    """A terminal that is no longer paid for."""

    terminal: int
    hardware: str
    sponsor: str
    """Who paid last."""
    from_us: int
    """From then on, grace over."""


def ends(sponsorships: NDArray[np.void]) -> NDArray[np.int64]:
    """When paying ends for SPONSORSHIP rows (N,), FOREVER where it does not; grace not included."""
    agreed = np.where(sponsorships["to_us"] > 0, sponsorships["to_us"], FOREVER)
    return np.where(sponsorships["told_us"] > 0, np.minimum(agreed, sponsorships["stop_us"]), agreed)


def paid(
    sponsorships: NDArray[np.void], now_us: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Terminals (K,), each one's payer (K,) and until when it is paid for (K,), grace included.

    sponsorships (N,) SPONSORSHIP rows by terminal and start. The payer is the last that began. One that
    begins before the one before has ended, its grace included, takes over without a gap; where there is a
    gap, the terminal is paid for until it begins. A terminal whose first sponsorship has not begun: 0, nobody
    has to pay yet.
    """
    terminals, first = np.unique(sponsorships["terminal"], return_index=True)
    payer = np.full(len(terminals), -1, np.int32)
    until = np.zeros(len(terminals), np.int64)
    end = ends(sponsorships)
    last = np.where(end >= FOREVER, FOREVER, end + sponsorships["grace_us"])
    bounds = np.r_[first, len(sponsorships)]
    for k in range(len(terminals)):
        for i in range(bounds[k], bounds[k + 1]):
            begins = sponsorships["from_us"][i]
            if end[i] <= begins:
                continue  # given up before it began
            if begins <= now_us:
                if end[i] > now_us or payer[k] < 0 or last[i] >= until[k]:
                    payer[k] = sponsorships["payer"][i]
                until[k] = max(until[k], last[i])
            elif until[k] and begins <= until[k]:
                until[k] = max(until[k], last[i])
    return terminals, payer, until


def costs(sponsorships: NDArray[np.void], names: tuple[str, ...], from_us: int, to_us: int) -> list[Cost]:
    """What each sponsor owes for each month between two times, by month and sponsor.

    sponsorships (N,) SPONSORSHIP rows, names: sponsors by number. Grace is not charged.
    """
    found: list[Cost] = []
    for month, begins, over in _months(from_us, to_us):
        share = (
            np.minimum(np.minimum(ends(sponsorships), over), to_us)
            - np.maximum(np.maximum(sponsorships["from_us"], begins), from_us)
        ).clip(0) / (over - begins)
        for payer in np.unique(sponsorships["payer"][share > 0.0]).tolist():
            its = (sponsorships["payer"] == payer) & (share > 0.0)
            cost = float((sponsorships["price_month"][its] * share[its]).sum())
            terminals = len(np.unique(sponsorships["terminal"][its]))
            found.append(Cost(names[payer], month, terminals, cost))
    return sorted(found, key=lambda each: (each.month, each.sponsor))


def _months(from_us: int, to_us: int) -> list[tuple[str, int, int]]:
    """Months that touch a span of time: name, begin, end."""
    found: list[tuple[str, int, int]] = []
    at = datetime.fromtimestamp(from_us / 1e6, UTC)
    year, month = at.year, at.month
    while True:
        begins = round(datetime(year, month, 1, tzinfo=UTC).timestamp() * 1e6)
        if begins >= to_us:
            return found
        later = (year + 1, 1) if month == 12 else (year, month + 1)
        over = round(datetime(*later, 1, tzinfo=UTC).timestamp() * 1e6)
        found.append((f"{year:04}-{month:02}", begins, over))
        year, month = later


def pay(
    register: "Register", terminals: Numbers, sponsor: str, *, price_month: float, from_us: int,
    to_us: int = 0, notice_days: float = 30.0, grace_days: float = 14.0, by: str, now_us: int,
) -> None:  # fmt: skip
    """Record that a sponsor pays for terminals, from and to (0: until further notice), how much a month each.

    notice_days: told so long before it stops, at least. grace_days: served so long after it stopped.
    """
    payer = register.names.number("sponsor", checked_name(sponsor, "sponsor"))
    for value, name in ((price_month, "price"), (notice_days, "notice"), (grace_days, "grace")):
        if not 0.0 <= value < 1e9:
            raise InputError(f"{name}: {value!r} given; 0 or more is allowed")
    if to_us and to_us <= from_us:
        raise InputError("to: a time after from is allowed")
    notice_us, grace_us = (round(days * DAY_US) for days in (notice_days, grace_days))

    def act(connection: "Connection", numbers: NDArray[np.int64]) -> None:
        ownership.put_sponsorships(
            connection,
            (
                (number, payer, from_us, to_us, float(price_month), notice_us, grace_us, now_us, by)
                for number in numbers.tolist()
            ),
        )
        _settle(connection, ownership.sponsorships(connection, with_payer=payer), numbers, now_us)

    register.change("paid", terminals, by, now_us, {"sponsor": sponsor, "price_month": price_month}, act)


def stop_paying(
    register: "Register",
    sponsor: str,
    *,
    by: str,
    now_us: int,
    to_us: int = 0,
    terminals: Numbers | None = None,
    note: str = "",
) -> list[Dark]:
    """Record that a sponsor stops paying, for all of its terminals or some; its notice is kept.

    to_us: when it wants to stop, now unless given. Returns what goes dark by it, and when, soonest first.
    """
    dark = goes_dark(register, sponsor, now_us=now_us, to_us=to_us, terminals=terminals)
    payer = register.names.number("sponsor", sponsor)
    checked_name(by, "by")
    with register.changing() as connection:
        theirs = _running(ownership.sponsorships(connection, payer=payer), now_us, terminals)
        stop_us = _stop(theirs, now_us, to_us)
        ownership.put_stops(
            connection,
            [
                (number, now_us, stop, by, checked_name(note, "note", empty=True))
                for number, stop in zip(theirs["number"].tolist(), stop_us.tolist(), strict=True)
            ],
        )
        touched = np.unique(theirs["terminal"])
        _settle(connection, ownership.sponsorships(connection, with_payer=payer), touched, now_us)
        sql.note(
            connection, now_us, "stopped paying", by,
            ((first, many, {"sponsor": sponsor}) for first, many in runs(touched)),
        )  # fmt: skip
    return dark


def goes_dark(
    register: "Register", sponsor: str, *, now_us: int, to_us: int = 0, terminals: Numbers | None = None
) -> list[Dark]:
    """Which terminals would go dark, and from when, if a sponsor stopped paying; nothing is changed.

    Those that another payer takes over in time do not. Raises InputError where there is no such sponsor.
    """
    if sponsor not in register.names.all("sponsor"):
        raise InputError(f"sponsor: there is no {sponsor!r}")
    payer = register.names.number("sponsor", sponsor)
    with register.store.read() as connection:
        rows = ownership.sponsorships(connection, with_payer=payer)
    theirs = _running(rows[rows["payer"] == payer], now_us, terminals)
    stops = np.isin(rows["number"], theirs["number"])
    after = rows.copy()
    after["stop_us"][stops] = _stop(rows[stops], now_us, to_us)
    after["told_us"][stops] = now_us
    after = after[np.isin(after["terminal"], theirs["terminal"])]
    found = []
    for number, until in zip(*paid(after, now_us)[::2], strict=True):
        if 0 < until < FOREVER:
            found.append(Dark(int(number), register.hardware(int(number)), sponsor, int(until)))
    return sorted(found, key=lambda each: (each.from_us, each.terminal))


def bill(register: "Register", from_us: int, to_us: int) -> list[Cost]:
    """What each sponsor owes for each month between two times."""
    with register.store.read() as connection:
        rows = ownership.sponsorships(connection)
    return costs(rows, register.names.all("sponsor"), from_us, to_us)


def settle(register: "Register", now_us: int) -> int:
    """Let payers take over whose time has come; returns how many terminals that changes.

    Call it now and then: at start and every minute.
    """
    with register.changing() as connection:
        rows = ownership.due_sponsorships(connection, ownership.mark(connection, "settled_us"), now_us)
        changed = _settle(connection, rows, np.unique(rows["terminal"]), now_us)
        ownership.set_mark(connection, "settled_us", now_us)
        sql.note(
            connection,
            now_us,
            "settled",
            "openleo",
            ((first, many, {}) for first, many in runs(changed)),
        )
    return len(changed)


def _settle(
    connection: "Connection", rows: NDArray[np.void], terminals: NDArray[np.int64], now_us: int
) -> NDArray[np.int64]:
    """Set payer and end of payment of terminals as their SPONSORSHIP rows say; returns those that changed."""
    numbers, payer, until = paid(rows[np.isin(rows["terminal"], terminals)], now_us)
    after = np.stack([payer, until], axis=1) if len(numbers) else np.zeros((0, 2), np.int64)
    before = sql.columns(connection, ("sponsor", "paid_until_us"), numbers)
    changed: NDArray[np.bool_] = (before != after).any(axis=1)
    values = [
        (*pair, number)
        for pair, number in zip(after[changed].tolist(), numbers[changed].tolist(), strict=True)
    ]
    if values:
        sql.set_each(connection, ("sponsor", "paid_until_us"), values)
    touched: NDArray[np.int64] = numbers[changed]
    return touched


def _running(rows: NDArray[np.void], now_us: int, terminals: Numbers | None) -> NDArray[np.void]:
    """Sponsorships that were not given up, and run or are to come."""
    chosen = (rows["told_us"] == 0) & (ends(rows) > now_us)
    if terminals is not None:
        chosen &= np.isin(rows["terminal"], np.asarray(terminals, np.int64))
    running: NDArray[np.void] = rows[chosen]
    return running


def _stop(rows: NDArray[np.void], now_us: int, to_us: int) -> NDArray[np.int64]:
    """When sponsorships that are given up now end: as wanted, but not before their notice is over."""
    stop_us: NDArray[np.int64] = np.maximum(now_us + rows["notice_us"], to_us)
    return stop_us
