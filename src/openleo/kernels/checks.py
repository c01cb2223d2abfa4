"""The checks of a check-in: what the message, the register, the place and the sky say against service.

Every check sets the bit of its reason in a row of caps: the row is the outcome that it allows at most. What
holds is the lowest row that has a bit, so the order of checks never matters. The numbers are those of
`service.records` and `service.reasons`; what each check means stands in docs/models/decisions.md.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.constants import LIGHT_KM_PER_MS
from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.motion import distance_km, elevation_and_range, leap
from openleo.kernels.zones import ZoneMap, zone_at

Ints = NDArray[np.int32]
Row = Any  # of CHECKIN, TERMINAL or HISTORY: one row of a structured array, for which there is no type
Caps = NDArray[np.uint64]

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


ZONE_TERMS: Final = np.dtype(
    [
        ("prohibited_uses", "u8"),
        ("lists_0", "u8"), ("lists_1", "u8"), ("lists_2", "u8"), ("lists_3", "u8"),
        ("max_speed_kmh", "f4"), ("max_altitude_m", "f4"), ("max_coast_km", "f4"), ("rate_mbps", "f4"),
        ("motion", "u4"), ("usage", "u4"),
        ("country", "i2"), ("sold_in", "i2"),
        ("licence", "i1"), ("service", "i1"), ("sea", "?"), ("deny_emergency", "?"),
    ],
    align=True,
)  # fmt: skip
"""What holds in a zone; meanings and units as in `service.terms.Terms`, list_masks in four parts."""

PLAN_TERMS: Final = np.dtype(
    [
        ("roaming_us", "i8"),
        ("rate_mbps", "f4"), ("quota_mb", "f4"), ("limited_mbps", "f4"), ("address_km", "f4"),
        ("speed_kmh", "f4"), ("motion", "u4"),
        ("over_quota", "i1"), ("at_sea", "?"), ("known", "?"),
    ],
    align=True,
)  # fmt: skip
"""What a plan holds, likewise. Rows, not columns: a check-in needs one row, and each array that a function
of a kernel takes costs it some 100 ns (6 us a check-in with a column each, measured)."""


class TermArrays(NamedTuple):
    """The rules of one instant: `zones` (Z,) ZONE_TERMS, `plans` (P,) PLAN_TERMS, the rest as in
    `service.terms.Terms`.

    loaded: false where there are no rules; then only `clock_us`, `late_us` and `grant_us` are read.
    """

    loaded: bool
    zones: NDArray[np.void]
    plans: NDArray[np.void]
    sold_table: NDArray[np.bool_]
    effects: NDArray[np.int8]
    grant_us: int
    hold_us: int
    clock_us: int
    late_us: int
    max_accuracy_m: float
    border_tolerance_m: float
    oldest_version: int
    retry_us: int
    until_us: int


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


@inlined
def note(caps: Caps, cap: int, reason: int) -> None:
    """A reason allows at most the outcome `cap`."""
    caps[cap] |= np.uint64(1) << np.uint64(reason)


@inlined
def lowest(caps: Caps) -> int:
    """The outcome that all notes together allow."""
    for outcome in range(SERVE):
        if caps[outcome]:
            return outcome
    return SERVE


@inlined
def has(bits: int, reason: int) -> bool:
    return (np.uint64(bits) >> np.uint64(reason)) & np.uint64(1) != 0


@kernel
def judge_message(
    c: Row, h: Row, known: bool, terms: TermArrays, now_us: int, caps: Caps
) -> tuple[bool, bool]:
    """Whether a message may be believed, and whether it is of now."""
    trusted = timely = True
    if c.flags & UNSIGNED:
        note(caps, REFUSE, BAD_SIGNATURE)
        trusted = False
    if not known:
        note(caps, REFUSE, UNKNOWN_TERMINAL)
    elif c.sequence <= h.sequence:
        note(caps, REFUSE, REPLAY)
        trusted = False
    # As floats: the difference of any two integers must not wrap
    if abs(float(c.time_us) - float(now_us)) > terms.clock_us:
        note(caps, REFUSE, CLOCK)
        timely = False
    if known and c.time_us < h.time_us - terms.late_us:
        note(caps, REFUSE, LATE)
        timely = False
    return trusted, timely


@kernel
def judge_terminal(c: Row, t: Row, terms: TermArrays, now_us: int, caps: Caps) -> None:
    """What the register says of a terminal and its account, wherever it is."""
    if t.state == SUSPENDED_TERMINAL:
        note(caps, REFUSE, TERMINAL_SUSPENDED)
    elif t.state == RETIRED_TERMINAL:
        note(caps, REFUSE, TERMINAL_RETIRED)
    elif t.state != ACTIVE_TERMINAL:
        note(caps, REFUSE, TERMINAL_LOST_OR_STOLEN)
    if t.account_state == NO_ACCOUNT_STATE:
        note(caps, WALLED, NO_ACCOUNT)
    elif t.account_state == SUSPENDED_STATE:
        note(caps, WALLED, ACCOUNT_SUSPENDED)
    if t.account_state == UNPAID_STATE or (t.paid_until_us != 0 and now_us >= t.paid_until_us):
        note(caps, WALLED, UNPAID)
    if not terms.loaded:
        return
    if terms.oldest_version > 0 and c.version < terms.oldest_version:
        note(caps, WALLED, VERSION)
    if t.plan < 0:
        return
    if t.plan >= terms.plans.size or not terms.plans[t.plan].known:
        note(caps, WALLED, NO_ACCOUNT)
        return
    if not (terms.plans[t.plan].motion >> np.uint32(t.motion)) & 1:
        note(caps, REFUSE, MOTION_CLASS)
    if speed_of(c, t) > terms.plans[t.plan].speed_kmh:
        note(caps, REFUSE, TOO_FAST)
    if t.quota_used_mb > terms.plans[t.plan].quota_mb:
        note(caps, terms.plans[t.plan].over_quota, OVER_QUOTA)


@inlined
def speed_of(c: Row, t: Row) -> float:
    """The reported speed; one that is not given counts as the greatest of the motion class."""
    return float(c.speed_kmh) if c.speed_kmh >= 0.0 else CLASS_SPEED_KMH[t.motion]


@inlined
def is_position(c: Row) -> bool:
    """Whether what is given is a position on Earth, with a circle around it."""
    return bool(abs(c.lat_deg) <= 90.0 and abs(c.lon_deg) <= 180.0 and 0.0 <= c.accuracy_m < np.inf)


@inlined
def located(c: Row, terms: TermArrays) -> bool:
    """Whether the position is known as well as the rules ask for."""
    return is_position(c) and c.accuracy_m <= terms.max_accuracy_m


@kernel
def judge_zone(
    zone: int, c: Row, t: Row, known: bool, coast_far_km: float, terms: TermArrays, caps: Caps
) -> None:
    """What a zone's rules say of a terminal in it; of one that is unknown, only what holds for all."""
    z = terms.zones[zone]
    licence, service = z.licence, z.service
    if licence == NO_LICENCE:
        note(caps, REFUSE, AT_SEA if z.sea else UNLICENSED)
    elif licence == PROHIBITED_LICENCE:
        note(caps, REFUSE, PROHIBITED)
    elif licence == PENDING_LICENCE:
        note(caps, REFUSE, LICENCE_PENDING)
    if service == OFF:
        note(caps, REFUSE, SERVICE_OFF)
    elif service == EMERGENCY_SERVICE:
        note(caps, EMERGENCY, EMERGENCY_ONLY_HERE)
    lists, demanded = t.lists if known else np.uint64(0), False
    for mask in (z.lists_0, z.lists_1, z.lists_2, z.lists_3):
        demanded |= mask != 0
        if mask and not mask & lists:
            note(caps, REFUSE, NOT_ON_LIST)
    if service == LISTED and not demanded:  # a list that nobody keeps has nobody on it
        note(caps, REFUSE, NOT_ON_LIST)
    if not known:
        return
    if speed_of(c, t) > z.max_speed_kmh:
        note(caps, REFUSE, TOO_FAST)
    height_m = c.altitude_m if not np.isnan(c.altitude_m) else (CLASS_HEIGHT_M[4] if t.motion == 4 else 0.0)
    if height_m > z.max_altitude_m:
        note(caps, REFUSE, TOO_HIGH)
    if not (z.motion >> np.uint32(t.motion)) & 1:
        note(caps, REFUSE, MOTION_CLASS)
    if not (z.usage >> np.uint32(t.usage)) & 1:
        note(caps, REFUSE, USAGE_CLASS)
    if 0 <= t.use < 64 and has(z.prohibited_uses, t.use):
        note(caps, REFUSE, USE_PROHIBITED)
    row = z.sold_in
    if row >= 0 and not (0 <= t.sold < terms.sold_table.shape[1] and terms.sold_table[row, t.sold]):
        note(caps, REFUSE, COUNTRY_OF_SALE)
    if z.sea:
        bought = 0 <= t.plan < terms.plans.size
        if (bought and not terms.plans[t.plan].at_sea) or coast_far_km > z.max_coast_km:
            note(caps, REFUSE, AT_SEA)


@kernel
def judge_address(
    c: Row, t: Row, abroad_us: int, terms: TermArrays, now_us: int, caps: Caps
) -> tuple[float, bool]:
    """How many km a terminal is beyond what its plan allows around its service address (NaN: it has none),
    and whether it stays outside the country of that address too long."""
    over_km, limit_us = 0.0, STAY_US
    if 0 <= t.plan < terms.plans.size and terms.plans[t.plan].known:
        address_km = terms.plans[t.plan].address_km
        if address_km < np.inf:
            over_km = distance_km(c.lat_deg, c.lon_deg, t.home_lat_deg, t.home_lon_deg) - address_km
            if not over_km <= 0.0:  # NaN as well
                note(caps, WALLED, TOO_FAR_FROM_ADDRESS)
        if terms.plans[t.plan].roaming_us < NEVER_US:
            limit_us = terms.plans[t.plan].roaming_us
            if abroad_us != 0 and now_us - abroad_us > limit_us:
                note(caps, WALLED, ROAMING_TOO_LONG)
    return over_km, abroad_us != 0 and now_us - abroad_us > limit_us


@kernel
def refuted(c: Row, sky: SkyArrays) -> bool:
    """Whether the serving satellite was below the horizon of a position, or the delay cannot be its range."""
    s = np.searchsorted(sky.satellite, c.satellite)
    if s >= sky.satellite.size or sky.satellite[s] != c.satellite:
        return False
    elevation_deg, range_km = elevation_and_range(
        c.lat_deg, c.lon_deg, sky.position_km[s, 0], sky.position_km[s, 1], sky.position_km[s, 2]
    )
    accuracy_km = c.accuracy_m * 1e-3
    if elevation_deg < sky.horizon_deg - np.degrees(accuracy_km / range_km):
        return True
    return bool(abs(0.5 * LIGHT_KM_PER_MS * c.delay_ms - range_km) > accuracy_km + sky.tolerance_km)


@kernel
def judge_evidence(
    c: Row, t: Row, h: Row, timely: bool, terms: TermArrays, sky: SkyArrays, stays: bool, caps: Caps
) -> tuple[int, int, int]:
    """What a check-in shows that people should look at: kinds of findings as bits, the kind of leap, and how
    many check-ins in a row are out of class. A kind lowers the outcome only where a rule says so."""
    out = 0
    if c.speed_kmh > CLASS_SPEED_KMH[t.motion] and c.altitude_m > CLASS_HEIGHT_M[t.motion]:
        out = min(h.out_of_class + 1, 10_000)
    findings = 1 << DRONE if out >= DRONE_CHECKINS else 0
    leapt = leap(c, h) if timely else 0
    if leapt == 1:
        findings |= 1 << LEAPT
    elif leapt == 2:
        findings |= 1 << CLONED
    if sky.satellite.size and refuted(c, sky):
        findings |= 1 << REFUTED
    if stays:
        findings |= 1 << ABROAD
    for kind, reason in (
        (DRONE, MOTION_CLASS), (CLONED, CLONE), (LEAPT, IMPOSSIBLE_TRAVEL), (REFUTED, LOCATION_REFUTED),
        (ABROAD, ROAMING_TOO_LONG),
    ):  # fmt: skip
        if findings >> kind & 1 and terms.loaded and terms.effects[kind] < SERVE:
            note(caps, terms.effects[kind], reason)
    return findings, leapt, out


@kernel
def ask_plan(c: Row, plan: PlanArrays, caps: Caps) -> int:
    """The plan's row for a check-in's cell (-1: none is running, or no cell is named)."""
    if plan.cell.size == 0 or c.cell == 0:
        return -1
    s = np.searchsorted(plan.cell, c.cell)
    if s >= plan.cell.size or plan.cell[s] != c.cell or plan.state[s] == DARK_CELL:
        note(caps, REFUSE, NO_COVERAGE)
        return -1
    if plan.state[s] == FULL_CELL:
        note(caps, REFUSE, CELL_FULL)
        return -1
    return int(s)


@kernel
def judge(
    c: Row, t: Row, h: Row, known: bool, timely: bool, terms: TermArrays, zm: ZoneMap, sky: SkyArrays,
    now_us: int, caps: Caps,
) -> tuple[int, int, float, int, int, int]:  # fmt: skip
    """All checks but those of the message, the plan and the place: the zone (-1: unknown, or no rules), since
    when the terminal is abroad, km beyond its plan's distance, findings, leap, and check-ins out of class."""
    own, abroad_us, over_km, stays = -1, h.abroad_us, 0.0, False
    placed = located(c, terms)
    if not placed:
        note(caps, REFUSE, UNKNOWN_LOCATION)
    elif terms.loaded:
        own = zone_at(zm, c.lon_deg, c.lat_deg)
        country = terms.zones[own].country
        if country >= 0:  # neither the sea nor a disputed area is abroad, or home
            away = t.home >= 0 and country != t.home
            abroad_us = (h.abroad_us if h.abroad_us != 0 else now_us) if away else 0
    if not known:
        return own, abroad_us, over_km, 0, 0, 0
    judge_terminal(c, t, terms, now_us, caps)
    if not placed:
        return own, abroad_us, over_km, 0, 0, h.out_of_class
    if own >= 0:
        over_km, stays = judge_address(c, t, abroad_us, terms, now_us, caps)
    findings, leapt, out = judge_evidence(c, t, h, timely, terms, sky, stays, caps)
    return own, abroad_us, over_km, findings, leapt, out
