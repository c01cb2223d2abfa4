"""The records of the controller: their enumerations, and the rows in which arrays and the store hold them.

A row type is a NumPy structured type; a batch of check-ins or the register of terminals is an array of rows.
Times are microseconds since 1970-01-01 UTC, 0 where there is none; numbers that name something else are -1
where there is none; a measured quantity that was not given is NaN.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, IntFlag
from typing import Any, Final

import numpy as np

from openleo.errors import InputError

NAN: Final = float("nan")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Outcome(IntEnum):
    """What a terminal gets, in order: each includes what stands below it."""

    REFUSE = 0
    EMERGENCY = 1
    WALLED = 2
    LIMITED = 3
    SERVE = 4

    @property
    def text(self) -> str:
        """As people read it."""
        return ("refuse", "emergency only", "walled garden", "limited", "serve")[self]


class Licence(IntEnum):
    """What the authority of a place says, the most restrictive first."""

    PROHIBITED = 0
    NONE = 1
    PENDING = 2
    LICENSED = 3


class Service(IntEnum):
    """Whether the network serves a place, the most restrictive first."""

    OFF = 0
    EMERGENCY = 1
    LISTED = 2
    ON = 3


class Motion(IntEnum):
    """How a terminal may move."""

    FIXED = 0
    PORTABLE = 1
    VEHICLE = 2
    VESSEL = 3
    AIRCRAFT = 4


class Usage(IntEnum):
    """What a terminal is used for, as declared."""

    CIVIL = 0
    HUMANITARIAN = 1
    EMERGENCY = 2
    GOVERNMENT = 3
    DEFENCE = 4


class TerminalState(IntEnum):
    """Where a terminal is in its life."""

    ACTIVE = 0
    SUSPENDED = 1
    LOST = 2
    STOLEN = 3
    FOUND = 4
    RETIRED = 5


class AccountState(IntEnum):
    """How the account of a terminal stands."""

    NONE = 0
    ACTIVE = 1
    UNPAID = 2
    SUSPENDED = 3


class Flag(IntFlag):
    """Of a check-in."""

    DISTRESS = 1
    """It is a distress call."""
    UNSIGNED = 2
    """Its signature or code is wrong."""


class FindingKind(IntEnum):
    """What a finding says; a rule set says for each what it does by itself (`effects`), if anything."""

    DRONE = 0
    """Speed and height out of class, several times in a row."""
    CLONE = 1
    """One identity in two places."""
    IMPOSSIBLE_TRAVEL = 2
    """Faster from one place to the next than anything flies."""
    LOCATION_REFUTED = 3
    """The satellite that served was not above that horizon, or the delay cannot be that range."""
    UNCERTAIN = 4
    """The circle of the position lies over a line."""
    RESALE = 5
    """Many terminals of a dealer or account in a country where they were not sold."""
    STAY_ABROAD = 6
    """Longer outside the country of its service address than allowed."""

    @property
    def word(self) -> str:
        """As rule files, the store and the faces name it."""
        return self.name.lower()


class CellState(IntEnum):
    """What the plan of the slot holds for a cell."""

    SERVED = 0
    FULL = 1
    NO_COVERAGE = 2


CHECKIN: Final = np.dtype(
    [
        ("terminal", "i8"),  # number in the register, -1: not known
        ("sequence", "i8"),  # grows with each check-in of a terminal
        ("time_us", "i8"),  # as the terminal says
        ("lat_deg", "f8"),
        ("lon_deg", "f8"),
        ("accuracy_m", "f4"),  # radius of the circle around the reported position that holds the true one
        ("speed_kmh", "f4"),
        ("altitude_m", "f4"),  # above ground
        ("delay_ms", "f4"),  # round trip on the service link, as the radio measures it
        ("satellite", "i4"),  # catalogue number of the serving satellite
        ("version", "i4"),
        ("cell", "u8"),  # H3 cell, 0: none
        ("flags", "i4"),  # Flag
    ],
    align=True,
)
"""A check-in."""

TERMINAL: Final = np.dtype(
    [
        ("home_lat_deg", "f8"),  # service address, NaN: none
        ("home_lon_deg", "f8"),
        ("lists", "u8"),  # a bit for each list it is on: Names "list"
        ("paid_until_us", "i8"),  # by its sponsor or account, grace included; 0: nobody has to pay
        ("quota_used_mb", "f4"),
        ("account", "i4"),  # Names "account"
        ("dealer", "i4"),  # Names "dealer"
        ("sponsor", "i4"),  # Names "sponsor"
        ("sold", "i2"),  # Names "country": country of sale
        ("home", "i2"),  # Names "country": of the service address
        ("plan", "i2"),  # Names "plan"
        ("use", "i2"),  # Names "use": declared use
        ("state", "i1"),  # TerminalState
        ("account_state", "i1"),  # AccountState
        ("motion", "i1"),  # Motion
        ("usage", "i1"),  # Usage
    ],
    align=True,
)
"""What the register says of a terminal, as far as decisions need it."""

HISTORY: Final = np.dtype(
    [
        ("sequence", "i8"),  # of the last check-in that was taken, -1: none
        ("time_us", "i8"),  # its time
        ("first_us", "i8"),  # first check-in ever
        ("lat_deg", "f8"),  # its position
        ("lon_deg", "f8"),
        ("other_lat_deg", "f8"),  # where the terminal was before its last jump (see policy), NaN: none
        ("other_lon_deg", "f8"),
        ("other_us", "i8"),
        ("valid_us", "i8"),  # end of the last grant
        ("uncertain_us", "i8"),  # since when its circle has lain over a line, 0: it does not
        ("abroad_us", "i8"),  # since when it has been outside the country of its service address
        ("served_us", "i8"),  # time for which it was granted service, in all
        ("refused_us", "i8"),  # first refusal
        ("checkin", "i8"),  # number of the last check-in in the store, -1: none
        ("accuracy_m", "f4"),
        ("zone", "i4"),  # number of the zone that it was in, -1: none
        ("country", "i2"),  # Names "country": that it was in
        ("out_of_class", "i2"),  # check-ins in a row with speed or height out of class
        ("outcome", "i1"),  # Outcome that held last, -1: none
    ],
    align=True,
)
"""What the last check-ins of a terminal leave behind for the next decision."""


def no_history(count: int) -> np.ndarray:
    """Histories (count,) of terminals that have never checked in."""
    rows = np.zeros(count, HISTORY)
    for name in ("sequence", "checkin", "zone", "country", "outcome"):
        rows[name] = -1
    for name in ("lat_deg", "lon_deg", "other_lat_deg", "other_lon_deg"):
        rows[name] = np.nan
    return rows


class Names:
    """Numbers for names, kind by kind ("list", "plan", "use", "country", "account", "dealer", "sponsor").

    Numbers count from 0 in the order in which names come, and never change.
    """

    def __init__(self, known: dict[str, list[str]] | None = None) -> None:
        self._names = {kind: list(names) for kind, names in (known or {}).items()}
        self._numbers = {
            kind: {name: k for k, name in enumerate(names)} for kind, names in self._names.items()
        }

    def number(self, kind: str, name: str) -> int:
        """The number of a name, a new one where it is new; -1 for the empty name."""
        if not name:
            return -1
        numbers = self._numbers.setdefault(kind, {})
        if name not in numbers:
            numbers[name] = len(numbers)
            self._names.setdefault(kind, []).append(name)
        return numbers[name]

    def numbers(self, kind: str, names: Iterable[str]) -> list[int]:
        """The numbers of many names, as `number` gives them."""
        return [self.number(kind, name) for name in names]

    def name(self, kind: str, number: int) -> str:
        """The name of a number, empty for -1."""
        return self._names[kind][number] if number >= 0 else ""

    def all(self, kind: str) -> tuple[str, ...]:
        """All names of a kind, by number."""
        return tuple(self._names.get(kind, ()))


def microseconds(time: datetime | None) -> int:
    """Microseconds since 1970-01-01 UTC, 0 for None; a time without an offset is UTC."""
    if time is None:
        return 0
    known = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (known - _EPOCH) // timedelta(microseconds=1)


def instant(time_us: int) -> datetime | None:
    """The same the other way: a time in UTC, None for 0."""
    return _EPOCH + timedelta(microseconds=int(time_us)) if time_us else None


@dataclass(frozen=True)
class CheckIn:
    """What a terminal says of itself; the fields of a CHECKIN row with names for numbers."""

    time: datetime
    lat_deg: float
    lon_deg: float
    accuracy_m: float
    sequence: int = 0
    speed_kmh: float = NAN
    altitude_m: float = NAN
    delay_ms: float = NAN
    satellite: int = -1
    version: int = -1
    cell: int = 0
    distress: bool = False
    signed: bool = True


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """What decisions need to know of a terminal; the fields of a TERMINAL row with names for numbers."""

    plan: str = ""
    lists: tuple[str, ...] = ()
    sold: str = ""
    home: str = ""
    home_lat_deg: float = NAN
    home_lon_deg: float = NAN
    use: str = ""
    account: str = ""
    dealer: str = ""
    sponsor: str = ""
    motion: Motion = Motion.FIXED
    usage: Usage = Usage.CIVIL
    state: TerminalState = TerminalState.ACTIVE
    account_state: AccountState = AccountState.ACTIVE
    paid_until: datetime | None = None
    quota_used_mb: float = 0.0


@dataclass(frozen=True, kw_only=True)
class History:
    """What the last check-ins left behind: the fields of a HISTORY row, in its units."""

    sequence: int = -1
    time_us: int = 0
    first_us: int = 0
    lat_deg: float = NAN
    lon_deg: float = NAN
    other_lat_deg: float = NAN
    other_lon_deg: float = NAN
    other_us: int = 0
    valid_us: int = 0
    uncertain_us: int = 0
    abroad_us: int = 0
    served_us: int = 0
    refused_us: int = 0
    checkin: int = -1
    accuracy_m: float = 0.0
    zone: int = -1
    country: int = -1
    out_of_class: int = 0
    outcome: int = -1


def checkin_row(checkin: CheckIn, terminal: int) -> np.ndarray:
    """A check-in as a CHECKIN row (1,), of the terminal with that number in the register (-1: none).

    Raises InputError for a number that the row cannot hold.
    """
    row = np.zeros(1, CHECKIN)
    for name in CHECKIN.names or ():
        if name not in ("terminal", "time_us", "flags"):
            value = getattr(checkin, name)
            try:
                row[name] = value
            except OverflowError:
                raise InputError(f"{name}: {value} given; a number of {CHECKIN[name]} is allowed") from None
    row["terminal"], row["time_us"] = terminal, microseconds(checkin.time)
    row["flags"] = (Flag.DISTRESS if checkin.distress else 0) | (0 if checkin.signed else Flag.UNSIGNED)
    return row


def terminal_row(terminal: Terminal, names: "Names") -> np.ndarray:
    """A terminal as a TERMINAL row (1,); takes new numbers from `names` where a name is new.

    Raises InputError where there are more than 64 lists: a row has a bit for each.
    """
    row = np.zeros(1, TERMINAL)
    for name in ("home_lat_deg", "home_lon_deg", "quota_used_mb"):
        row[name] = getattr(terminal, name)
    for name in ("state", "account_state", "motion", "usage"):
        row[name] = int(getattr(terminal, name))
    for name, kind in (("account", "account"), ("dealer", "dealer"), ("sponsor", "sponsor"), ("plan", "plan"),
                       ("use", "use"), ("sold", "country"), ("home", "country")):  # fmt: skip
        row[name] = names.number(kind, getattr(terminal, name))
    row["lists"] = lists_mask(terminal.lists, names)
    row["paid_until_us"] = microseconds(terminal.paid_until)
    return row


def lists_mask(lists: tuple[str, ...], names: "Names") -> np.uint64:
    """Lists as bits, by their numbers. Raises InputError beyond 64 lists."""
    mask = 0
    for name in lists:
        number = names.number("list", name)
        if number >= 64:
            raise InputError(f"list {name!r}: the 65th; at most 64 lists are allowed")
        mask |= 1 << number
    return np.uint64(mask)


def history_row(history: History) -> np.ndarray:
    """A history as a HISTORY row (1,)."""
    row = np.zeros(1, HISTORY)
    for field in dataclasses.fields(History):
        row[field.name] = getattr(history, field.name)
    return row


def history_of(row: Any) -> History:
    """One HISTORY row as a `History`."""
    return History(**{field.name: row[field.name].item() for field in dataclasses.fields(History)})
