"""What the kernels of decision read: numbers of the records, and rows of rules, zones and plans.

The numbers are those of `service.records` and `service.reasons`. Rows, not columns: a check-in needs one row
of each. Functions in the inner loop take rows and numbers, no arrays and no tuples of arrays, for each of
those is counted in and out at every call, even an inlined one (6 us a check-in with columns, measured).
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Row = Any
"""One row of a structured array, for which there is no type."""

Rows = NDArray[np.void]

# Outcomes, and how many there are
REFUSE: Final = 0
EMERGENCY: Final = 1
WALLED: Final = 2
LIMITED: Final = 3
SERVE: Final = 4
OUTCOMES: Final = 5

# Licence, service, states and flags of the records
PROHIBITED_LICENCE: Final = 0
NO_LICENCE: Final = 1
PENDING_LICENCE: Final = 2
OFF: Final = 0
EMERGENCY_SERVICE: Final = 1
LISTED: Final = 2
NO_ACCOUNT_STATE: Final = 0
UNPAID_STATE: Final = 2
SUSPENDED_STATE: Final = 3
ACTIVE_TERMINAL: Final = 0
SUSPENDED_TERMINAL: Final = 1
RETIRED_TERMINAL: Final = 5
DISTRESS: Final = 1
UNSIGNED: Final = 2
FULL_CELL: Final = 1
DARK_CELL: Final = 2

# Reasons
NO_ACCOUNT: Final = 1
ACCOUNT_SUSPENDED: Final = 2
UNKNOWN_TERMINAL: Final = 3
BAD_SIGNATURE: Final = 4
REPLAY: Final = 5
CLONE: Final = 6
IMPOSSIBLE_TRAVEL: Final = 7
CLOCK: Final = 8
VERSION: Final = 9
UNLICENSED: Final = 10
PROHIBITED: Final = 11
SERVICE_OFF: Final = 12
NOT_ON_LIST: Final = 13
AT_SEA: Final = 14
TOO_FAR_FROM_ADDRESS: Final = 15
ROAMING_TOO_LONG: Final = 16
COUNTRY_OF_SALE: Final = 17
TOO_FAST: Final = 18
TOO_HIGH: Final = 19
MOTION_CLASS: Final = 20
USAGE_CLASS: Final = 21
OVER_QUOTA: Final = 22
UNPAID: Final = 23
UNKNOWN_LOCATION: Final = 24
LOCATION_REFUTED: Final = 25
CELL_FULL: Final = 26
NO_COVERAGE: Final = 27
TERMINAL_SUSPENDED: Final = 28
TERMINAL_LOST_OR_STOLEN: Final = 29
TERMINAL_RETIRED: Final = 30
EMERGENCY_ONLY_HERE: Final = 31
USE_PROHIBITED: Final = 32
LICENCE_PENDING: Final = 33
UNCERTAIN_LOCATION: Final = 34
NO_RULES: Final = 35
LATE: Final = 36

AIRCRAFT: Final = 4

# Kinds of finding
DRONE: Final = 0
CLONED: Final = 1
LEAPT: Final = 2
REFUTED: Final = 3
UNCERTAIN: Final = 4
ABROAD: Final = 6

CLASS_SPEED_KMH: Final = np.array([10.0, 30.0, 130.0, 90.0, 1200.0])
"""Greatest speed of each motion class, fixed to aircraft (assumed: a fixed one may be carried about its
place, a vehicle keeps to motorways, the fastest ferries make 50 knots, airliners stay below 1 200 km/h)."""

CLASS_HEIGHT_M: Final = np.array([150.0, 150.0, 150.0, 60.0, 15_000.0])
"""Greatest height above ground of each motion class (assumed: masts, high buildings and bridges; a ship's
mast; airliners and business jets)."""

DRONE_CHECKINS: Final = 2
"""So many check-ins in a row out of class, in speed and height, make a finding: one may be a bad fix."""

STAY_US: Final = 60 * 86_400_000_000
"""A stay abroad longer than this is a finding where the plan names no limit of its own."""

NEVER_US: Final = 2**62
"""A time that no stay reaches: the plan names no limit."""

RULE_TERMS: Final = np.dtype(
    [
        ("grant_us", "i8"), ("hold_us", "i8"), ("clock_us", "i8"), ("late_us", "i8"), ("retry_us", "i8"),
        ("until_us", "i8"), ("max_accuracy_m", "f8"), ("border_tolerance_m", "f8"), ("oldest_version", "i8"),
        ("drone", "i1"), ("clone", "i1"), ("impossible_travel", "i1"), ("location_refuted", "i1"),
        ("uncertain", "i1"), ("resale", "i1"), ("stay_abroad", "i1"), ("loaded", "?"),
    ],
    align=True,
)  # fmt: skip
"""What holds everywhere, as in `service.terms.Terms`, the effects of findings each by itself. loaded: false
where there are no rules; then only `clock_us`, `late_us`, `grant_us` and `retry_us` are read."""

ZONE_TERMS: Final = np.dtype(
    [
        ("prohibited_uses", "u8"),
        ("lists_0", "u8"), ("lists_1", "u8"), ("lists_2", "u8"), ("lists_3", "u8"),
        ("sold_0", "u8"), ("sold_1", "u8"), ("sold_2", "u8"), ("sold_3", "u8"), ("sold_4", "u8"),
        ("max_speed_kmh", "f4"), ("max_altitude_m", "f4"), ("max_coast_km", "f4"), ("rate_mbps", "f4"),
        ("motion", "u4"), ("usage", "u4"),
        ("country", "i2"), ("licence", "i1"), ("service", "i1"), ("sea", "?"), ("deny_emergency", "?"),
        ("sold_anywhere", "?"),
    ],
    align=True,
)  # fmt: skip
"""What holds in a zone; meanings and units as in `service.terms.Terms`, list_masks in four parts, and the
countries of sale as bits in five."""

SOLD_BITS: Final = 320
"""So many countries of sale can be told apart."""

PLAN_TERMS: Final = np.dtype(
    [
        ("roaming_us", "i8"),
        ("rate_mbps", "f4"), ("quota_mb", "f4"), ("limited_mbps", "f4"), ("address_km", "f4"),
        ("speed_kmh", "f4"), ("motion", "u4"),
        ("over_quota", "i1"), ("at_sea", "?"), ("known", "?"),
    ],
    align=True,
)  # fmt: skip
"""What a plan holds, likewise; the last row of plans is that of a terminal without one."""


SEEN: Final = np.dtype(
    [
        ("best_0", "f8"), ("best_1", "f8"), ("best_2", "f8"), ("best_3", "f8"),
        ("free_1", "f8"), ("free_2", "f8"), ("free_3", "f8"), ("free_4", "f8"),
        ("overlap_km", "f8"), ("rate_mbps", "f8"),
        ("least_0", "u8"), ("least_1", "u8"), ("least_2", "u8"), ("least_3", "u8"), ("least_4", "u8"),
        ("least", "i8"), ("zone", "i8"), ("differ", "?"), ("denied", "?"),
    ],
    align=True,
)  # fmt: skip
"""What is seen of the zones around a position, km: how far it is to more than each outcome (best) and to
less (free), how far the circle reaches over a line; the least that any zone it touches gives, which one that
is and what is noted there; whether they differ; whether none lets an emergency through."""


class SkyArrays(NamedTuple):
    """Where satellites stand: numbers (S,) sorted, positions (S, 3) ECEF; S is 0 where nobody knows."""

    satellite: NDArray[np.int32]
    position_km: NDArray[np.float64]
    horizon_deg: float
    tolerance_km: float


class PlanArrays(NamedTuple):
    """The plan of the slot by H3 cell, sorted (C,); C is 0 where none is running. until_us: when it ends."""

    cell: NDArray[np.uint64]
    satellite: Ints
    gateway: Ints
    rate_mbps: NDArray[np.float32]
    state: NDArray[np.int8]
    until_us: int
