"""The checks of a check-in: what the message, the register, the place and the sky say against service.

Every check notes its reason under the outcome that it allows at most. What holds is the lowest outcome that
has a note, so the order of checks never matters. What each means stands in docs/models/decisions.md.
"""

import numpy as np

from openleo.constants import LIGHT_KM_PER_MS
from openleo.kernels import terms
from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.motion import distance_km, elevation_and_range, leap, surely_within
from openleo.kernels.terms import EMERGENCY, REFUSE, SERVE, WALLED, PlanArrays, Row, SkyArrays

Caps = tuple[int, int, int, int, int]
"""For each outcome the reasons that allow no more than it, as bits."""


@inlined
def no_caps() -> Caps:
    """Nothing noted."""
    none = np.uint64(0)
    return none, none, none, none, none  # type: ignore[return-value]


@inlined
def note(caps: Caps, cap: int, reason: int) -> Caps:
    """Note that a reason allows at most the outcome `cap`."""
    none = np.uint64(0)
    bit = np.uint64(1) << np.uint64(reason)
    return (
        caps[0] | (bit if cap == 0 else none), caps[1] | (bit if cap == 1 else none),
        caps[2] | (bit if cap == 2 else none), caps[3] | (bit if cap == 3 else none),
        caps[4] | (bit if cap == 4 else none),
    )  # type: ignore[return-value]  # fmt: skip


@inlined
def both(a: Caps, b: Caps) -> Caps:
    """The notes of both."""
    return a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3], a[4] | b[4]


@inlined
def lowest(caps: Caps) -> int:
    """The outcome that all notes together allow."""
    if caps[0]:
        return 0
    if caps[1]:
        return 1
    if caps[2]:
        return 2
    return 3 if caps[3] else SERVE


@inlined
def has(bits: int, reason: int) -> bool:
    return bool((np.uint64(bits) >> np.uint64(reason)) & np.uint64(1))


@inlined
def judge_message(c: Row, h: Row, known: bool, rules: Row, now_us: int) -> tuple[Caps, bool, bool]:
    """Whether a message may be believed, and whether it is of now."""
    caps = no_caps()
    trusted = timely = True
    if c.flags & terms.UNSIGNED:
        caps = note(caps, REFUSE, terms.BAD_SIGNATURE)
        trusted = False
    if not known:
        caps = note(caps, REFUSE, terms.UNKNOWN_TERMINAL)
    elif c.sequence <= h.sequence:
        caps = note(caps, REFUSE, terms.REPLAY)
        trusted = False
    # As floats: the difference of any two integers must not wrap
    if abs(float(c.time_us) - float(now_us)) > rules.clock_us:
        caps = note(caps, REFUSE, terms.CLOCK)
        timely = False
    if known and c.time_us < h.time_us - rules.late_us:
        caps = note(caps, REFUSE, terms.LATE)
        timely = False
    return caps, trusted, timely


@inlined
def judge_terminal(c: Row, t: Row, p: Row, rules: Row, now_us: int, caps: Caps) -> Caps:
    """What the register says of a terminal and its account, wherever it is. p: the terms of its plan."""
    if t.state == terms.SUSPENDED_TERMINAL:
        caps = note(caps, REFUSE, terms.TERMINAL_SUSPENDED)
    elif t.state == terms.RETIRED_TERMINAL:
        caps = note(caps, REFUSE, terms.TERMINAL_RETIRED)
    elif t.state != terms.ACTIVE_TERMINAL:
        caps = note(caps, REFUSE, terms.TERMINAL_LOST_OR_STOLEN)
    if t.account_state == terms.NO_ACCOUNT_STATE:
        caps = note(caps, WALLED, terms.NO_ACCOUNT)
    elif t.account_state == terms.SUSPENDED_STATE:
        caps = note(caps, WALLED, terms.ACCOUNT_SUSPENDED)
    if t.account_state == terms.UNPAID_STATE or (t.paid_until_us != 0 and now_us >= t.paid_until_us):
        caps = note(caps, WALLED, terms.UNPAID)
    if not rules.loaded:
        return caps
    if rules.oldest_version > 0 and c.version < rules.oldest_version:
        caps = note(caps, WALLED, terms.VERSION)
    if t.plan >= 0 and not p.known:
        caps = note(caps, WALLED, terms.NO_ACCOUNT)
    if not (p.motion >> np.uint32(t.motion)) & 1:
        caps = note(caps, REFUSE, terms.MOTION_CLASS)
    if speed_of(c, t) > p.speed_kmh:
        caps = note(caps, REFUSE, terms.TOO_FAST)
    if t.quota_used_mb > p.quota_mb:
        caps = note(caps, p.over_quota, terms.OVER_QUOTA)
    return caps


@inlined
def speed_of(c: Row, t: Row) -> float:
    """The reported speed; one that is not given counts as the greatest of the motion class."""
    return float(c.speed_kmh) if c.speed_kmh >= 0.0 else terms.CLASS_SPEED_KMH[t.motion]


@inlined
def is_position(c: Row) -> bool:
    """Whether what is given is a position on Earth, with a circle around it."""
    return bool(abs(c.lat_deg) <= 90.0 and abs(c.lon_deg) <= 180.0 and 0.0 <= c.accuracy_m < np.inf)


@inlined
def judge_zone(z: Row, c: Row, t: Row, p: Row, known: bool, far_km: float) -> Caps:
    """What a zone's terms say of a terminal in it; of one that is unknown, only what holds for all.

    far_km: from the coast, where the zone is sea and limits that.
    """
    caps = no_caps()
    if z.licence == terms.NO_LICENCE:
        caps = note(caps, REFUSE, terms.AT_SEA if z.sea else terms.UNLICENSED)
    elif z.licence == terms.PROHIBITED_LICENCE:
        caps = note(caps, REFUSE, terms.PROHIBITED)
    elif z.licence == terms.PENDING_LICENCE:
        caps = note(caps, REFUSE, terms.LICENCE_PENDING)
    if z.service == terms.OFF:
        caps = note(caps, REFUSE, terms.SERVICE_OFF)
    elif z.service == terms.EMERGENCY_SERVICE:
        caps = note(caps, EMERGENCY, terms.EMERGENCY_ONLY_HERE)
    lists = t.lists if known else np.uint64(0)
    if (
        (z.lists_0 and not z.lists_0 & lists) or (z.lists_1 and not z.lists_1 & lists)
        or (z.lists_2 and not z.lists_2 & lists) or (z.lists_3 and not z.lists_3 & lists)
        or (z.service == terms.LISTED and not z.lists_0 | z.lists_1 | z.lists_2 | z.lists_3)
    ):  # fmt: skip
        caps = note(caps, REFUSE, terms.NOT_ON_LIST)
    if not known:
        return caps
    if speed_of(c, t) > z.max_speed_kmh:
        caps = note(caps, REFUSE, terms.TOO_FAST)
    if height_of(c, t) > z.max_altitude_m:
        caps = note(caps, REFUSE, terms.TOO_HIGH)
    if not (z.motion >> np.uint32(t.motion)) & 1:
        caps = note(caps, REFUSE, terms.MOTION_CLASS)
    if not (z.usage >> np.uint32(t.usage)) & 1:
        caps = note(caps, REFUSE, terms.USAGE_CLASS)
    if 0 <= t.use < 64 and has(z.prohibited_uses, t.use):
        caps = note(caps, REFUSE, terms.USE_PROHIBITED)
    if not (z.sold_anywhere or sold_here(z, t)):
        caps = note(caps, REFUSE, terms.COUNTRY_OF_SALE)
    if z.sea and (not p.at_sea or far_km > z.max_coast_km):
        caps = note(caps, REFUSE, terms.AT_SEA)
    return caps


@inlined
def sold_here(z: Row, t: Row) -> bool:
    """Whether a terminal was sold in one of the countries that a zone names."""
    if not 0 <= t.sold < terms.SOLD_BITS:
        return False
    word = t.sold >> 6
    bits = z.sold_0 if word == 0 else z.sold_1 if word == 1 else z.sold_2
    bits = z.sold_3 if word == 3 else z.sold_4 if word == 4 else bits
    return has(bits, t.sold & 63)


@inlined
def height_of(c: Row, t: Row) -> float:
    """The reported height; without one an aircraft counts as high up, all else as on the ground."""
    if not np.isnan(c.altitude_m):
        return float(c.altitude_m)
    return float(terms.CLASS_HEIGHT_M[terms.AIRCRAFT]) if t.motion == terms.AIRCRAFT else 0.0


@inlined
def beyond_address(c: Row, t: Row, p: Row) -> float:
    """How many km a terminal is beyond what its plan allows around its service address; NaN without one."""
    if p.address_km == np.inf:
        return 0.0
    if surely_within(c.lat_deg, c.lon_deg, t.home_lat_deg, t.home_lon_deg, p.address_km):
        return 0.0
    return float(distance_km(c.lat_deg, c.lon_deg, t.home_lat_deg, t.home_lon_deg) - p.address_km)


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


@inlined
def judge_stay(
    c: Row, t: Row, h: Row, p: Row, country: int, now_us: int, caps: Caps
) -> tuple[Caps, int, float, int]:
    """How a terminal stands to its service address: what is noted, since when it is abroad, how far it is
    beyond its plan's distance, and findings. country: of its position, -1 for none."""
    abroad_us, findings = h.abroad_us, 0
    if country >= 0:  # neither the sea nor a disputed area is abroad, or home
        away = t.home >= 0 and country != t.home
        abroad_us = (h.abroad_us if h.abroad_us != 0 else now_us) if away else 0
    over_km = beyond_address(c, t, p)
    if not over_km <= 0.0:  # NaN as well: no address
        caps = note(caps, WALLED, terms.TOO_FAR_FROM_ADDRESS)
    stay_us = now_us - abroad_us if abroad_us != 0 else 0
    if stay_us > p.roaming_us:
        caps = note(caps, WALLED, terms.ROAMING_TOO_LONG)
    if stay_us > (p.roaming_us if p.roaming_us < terms.NEVER_US else terms.STAY_US):
        findings |= 1 << terms.ABROAD
    return caps, abroad_us, over_km, findings


@inlined
def judge_motion(c: Row, t: Row, h: Row, timely: bool) -> tuple[int, int, int]:
    """What its way shows: findings, the kind of leap (0: none), check-ins in a row out of its class."""
    fast = c.speed_kmh > terms.CLASS_SPEED_KMH[t.motion]
    out = min(h.out_of_class + 1, 10_000) if fast and c.altitude_m > terms.CLASS_HEIGHT_M[t.motion] else 0
    findings = 1 << terms.DRONE if out >= terms.DRONE_CHECKINS else 0
    leapt = leap(c, h) if timely and not np.isnan(h.lat_deg) else 0
    if leapt:
        findings |= 1 << (terms.LEAPT if leapt == 1 else terms.CLONED)
    return findings, leapt, out


@inlined
def apply_effects(findings: int, rules: Row, caps: Caps) -> Caps:
    """Note what kinds of findings bring about by themselves, where the rules say so."""
    if findings == 0 or not rules.loaded:
        return caps
    if findings >> terms.DRONE & 1 and rules.drone < SERVE:
        caps = note(caps, rules.drone, terms.MOTION_CLASS)
    if findings >> terms.CLONED & 1 and rules.clone < SERVE:
        caps = note(caps, rules.clone, terms.CLONE)
    if findings >> terms.LEAPT & 1 and rules.impossible_travel < SERVE:
        caps = note(caps, rules.impossible_travel, terms.IMPOSSIBLE_TRAVEL)
    if findings >> terms.REFUTED & 1 and rules.location_refuted < SERVE:
        caps = note(caps, rules.location_refuted, terms.LOCATION_REFUTED)
    if findings >> terms.ABROAD & 1 and rules.stay_abroad < SERVE:
        caps = note(caps, rules.stay_abroad, terms.ROAMING_TOO_LONG)
    return caps


@kernel
def plan_of_cell(c: Row, plan: PlanArrays) -> int:
    """The plan's row for a check-in's cell; -1 where it lacks it, -2 where it is full."""
    s = np.searchsorted(plan.cell, c.cell)
    if s >= plan.cell.size or plan.cell[s] != c.cell or plan.state[s] == terms.DARK_CELL:
        return -1
    return -2 if plan.state[s] == terms.FULL_CELL else int(s)
