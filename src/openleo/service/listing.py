"""The register as rows of text: taken in from a file, given out to one."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np

from openleo.errors import InputError
from openleo.service import sponsors
from openleo.service.entries import Entry
from openleo.service.records import Motion, TerminalState, Usage, instant, microseconds
from openleo.service.store import ownership
from openleo.service.store import register as sql
from openleo.service.terminals import Register

Row = tuple[str, Mapping[str, str]]
E = TypeVar("E", bound=IntEnum)


@dataclass(frozen=True)
class _Terms:
    """What a sponsor pays, and how."""

    sponsor: str
    price_month: float
    from_us: int
    to_us: int
    notice_days: float
    grace_days: float


def take_in(register: Register, rows: Iterable[Row], *, by: str, now_us: int) -> int:
    """Take terminals and who pays for them into the register; returns how many.

    rows: where each stands, and its fields by the names of `formats.register.COLUMNS`. All or none of the
    terminals are taken in; payers are recorded after them.
    Raises InputError that names the row, the field, the value and what is allowed.
    """
    paid: dict[_Terms, list[int]] = {}

    def entries() -> Iterator[Entry]:
        for number, (place, row) in enumerate(rows):
            entry, terms = entry_of(place, row, now_us)
            if terms is not None:
                paid.setdefault(terms, []).append(number)
            yield entry

    numbers = register.add(entries(), by=by, now_us=now_us)
    for terms, places in paid.items():
        sponsors.pay(
            register, numbers[places], terms.sponsor, price_month=terms.price_month, from_us=terms.from_us,
            to_us=terms.to_us, notice_days=terms.notice_days, grace_days=terms.grace_days,
            by=by, now_us=now_us,
        )  # fmt: skip
    return len(numbers)


def entry_of(place: str, row: Mapping[str, str], now_us: int) -> tuple[Entry, _Terms | None]:
    """An entry and who pays, from a row of text."""

    def said(name: str) -> str:
        return row.get(name, "")

    def number(name: str, none: float) -> float:
        try:
            value = float(said(name)) if said(name) else none
        except ValueError:
            value = math.inf
        if math.isinf(value):
            raise InputError(f"{place}, column {name}: {said(name)!r} given; a number is allowed")
        return value

    def time(name: str) -> int:
        try:
            return microseconds(datetime.fromisoformat(said(name)) if said(name) else None)
        except ValueError:
            raise InputError(
                f"{place}, column {name}: {said(name)!r} given; a date or time in ISO 8601 is allowed"
            ) from None

    try:
        key = bytes.fromhex(said("key")) if said("key") else None
    except ValueError:
        raise InputError(
            f"{place}, column key: no hex; the 64 digits of an Ed25519 key are allowed"
        ) from None
    entry = Entry(
        hardware=said("hardware"), key=key, account=said("account"), plan=said("plan"),
        motion=_one_of(place, "motion", said("motion"), Motion.FIXED),
        usage=_one_of(place, "usage", said("usage"), Usage.CIVIL),
        use=said("use"), declared_by=said("declared_by"), sold=said("sold"), sold_us=time("sold_at"),
        dealer=said("dealer"), owner=said("owner"),
        lists=tuple(each.strip() for each in said("lists").split(";") if each.strip()),
        home=said("home"),
        home_lat_deg=number("home_lat", math.nan), home_lon_deg=number("home_lon", math.nan),
        state=_one_of(place, "state", said("state"), TerminalState.ACTIVE),
        quota_used_mb=number("quota_used_mb", 0.0),
    )  # fmt: skip
    entry.check(place)
    if not said("sponsor"):
        return entry, None
    terms = _Terms(
        said("sponsor"), number("price_month", 0.0), time("paid_from") or now_us, time("paid_to"),
        number("notice_days", 30.0), number("grace_days", 14.0),
    )  # fmt: skip
    return entry, terms


def _one_of(place: str, name: str, value: str, usual: E) -> E:
    if not value:
        return usual
    kind = type(usual)
    for each in kind:
        if each.name.lower() == value.lower():
            return each
    allowed = ", ".join(each.name.lower() for each in kind)
    raise InputError(f"{place}, column {name}: {value[:40]!r} given; {allowed} are allowed")


def given_out(register: Register) -> Iterator[dict[str, str | float | None]]:
    """Each terminal as a row of text, by number: `take_in` makes the same register of them."""
    names = register.names
    with register.store.read() as connection:
        paying = ownership.sponsorships(connection)
        payers = {int(row["terminal"]): row for row in paying}  # of each terminal, the last that began
        ends = dict(zip(paying["number"].tolist(), sponsors.ends(paying).tolist(), strict=True))
        said = sql.said_of_terminals(connection)
    lists = names.all("list")
    for number, (row, (owner, declared_by, sold_us)) in enumerate(zip(register.rows, said, strict=True)):
        key = register.key(number)
        found: dict[str, str | float | None] = {
            "hardware": register.hardware(number), "key": None if key is None else key.hex(),
            "account": names.name("account", row["account"]), "plan": names.name("plan", row["plan"]),
            "motion": Motion(row["motion"]).name.lower(), "usage": Usage(row["usage"]).name.lower(),
            "use": names.name("use", row["use"]), "declared_by": declared_by,
            "sold": names.name("country", row["sold"]), "sold_at": day_of(sold_us),
            "dealer": names.name("dealer", row["dealer"]), "owner": names.name("owner", owner),
            "lists": ";".join(name for bit, name in enumerate(lists) if int(row["lists"]) >> bit & 1),
            "home": names.name("country", row["home"]), "home_lat": _or_none(row["home_lat_deg"]),
            "home_lon": _or_none(row["home_lon_deg"]), "state": TerminalState(row["state"]).name.lower(),
            "quota_used_mb": float(row["quota_used_mb"]),
        }  # fmt: skip
        if number in payers:
            terms = payers[number]
            end = ends[int(terms["number"])]
            found |= {
                "sponsor": names.name("sponsor", int(terms["payer"])),
                "price_month": float(terms["price_month"]),
                "paid_from": day_of(int(terms["from_us"])),
                "paid_to": None if end >= sponsors.FOREVER else day_of(end),
                "notice_days": float(terms["notice_us"]) / sponsors.DAY_US,
                "grace_days": float(terms["grace_us"]) / sponsors.DAY_US,
            }
        yield found


def day_of(time_us: int) -> str | None:
    """A time in ISO 8601, shorter where it is midnight UTC; None for none."""
    time = instant(time_us)
    if time is None:
        return None
    midnight = time == datetime(time.year, time.month, time.day, tzinfo=UTC)
    return time.date().isoformat() if midnight else time.isoformat().replace("+00:00", "Z")


def _or_none(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
