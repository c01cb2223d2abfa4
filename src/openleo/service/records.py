"""The records of the controller: their enumerations, and the rows in which arrays and the store hold them.

A row type is a NumPy structured type; a batch of check-ins or the register of terminals is an array of rows.
Times are microseconds since 1970-01-01 UTC, 0 where there is none; numbers that name something else are -1
where there is none; a measured quantity that was not given is NaN.
"""

from enum import IntEnum, IntFlag
from typing import Final

import numpy as np


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
        self._numbers = {kind: {name: k for k, name in enumerate(names)} for kind, names in self._names.items()}

    def number(self, kind: str, name: str) -> int:
        """The number of a name, a new one where it is new; -1 for the empty name."""
        if not name:
            return -1
        numbers = self._numbers.setdefault(kind, {})
        if name not in numbers:
            numbers[name] = len(numbers)
            self._names.setdefault(kind, []).append(name)
        return numbers[name]

    def name(self, kind: str, number: int) -> str:
        """The name of a number, empty for -1."""
        return self._names[kind][number] if number >= 0 else ""

    def all(self, kind: str) -> tuple[str, ...]:
        """All names of a kind, by number."""
        return tuple(self._names.get(kind, ()))
