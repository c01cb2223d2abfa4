"""What a terminal gets, check-in by check-in: the one implementation of the rules of decision.

What the checks (`kernels.checks`) allow at its own zone and at those around it is brought together: the
outcome, the zone that decides, until when a grant holds, and when or where asking again makes sense.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.kernels import terms
from openleo.kernels.checks import (
    Caps,
    apply_effects,
    beyond_address,
    both,
    has,
    is_position,
    judge_message,
    judge_terminal,
    judge_zone,
    leap_of,
    lowest,
    note,
    out_of_class,
    plan_of_cell,
    plan_row,
    refuted,
    speed_of,
)
from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.terms import (
    EMERGENCY,
    LIMITED,
    REFUSE,
    SERVE,
    UNCERTAIN_LOCATION,
    WALLED,
    Ints,
    PlanArrays,
    Row,
    Rows,
    SkyArrays,
)
from openleo.kernels.zones import ZoneMap, coast_km, zones_at, zones_near

RETRY_KM: Final = 10.0
"""How far a refused terminal is told about what lies around it."""

FARTHEST_KM: Final = 300.0
"""How far a moving terminal is looked ahead of; a grant ends before it could get farther."""

CHUNK: Final = 64
"""So many rows are fetched from memory together before they are decided: a register does not fit into a
cache, and fetched one by one they cost as much as all that is decided about them (measured)."""

NEAR: Final = 16
"""Zones looked at around a position, the nearest first."""

ANSWER: Final = np.dtype(
    [
        ("reasons", "u8"), ("valid_us", "i8"), ("retry_us", "i8"),
        ("retry_km", "f4"), ("rate_mbps", "f4"), ("zone", "i4"), ("satellite", "i4"), ("gateway", "i4"),
        ("finding", "u4"), ("outcome", "i1"), ("primary", "i1"),
    ],
    align=True,
)  # fmt: skip
"""What is decided; see `service.policy.Decisions`."""

Doubles = NDArray[np.float64]


@inlined
def age_us(c: Row, rules: Row, now_us: int) -> int:
    """How old a position is; at most the tolerated clock error, for beyond it nobody can say."""
    return int(min(max(now_us - c.time_us, 0), rules.clock_us))


@inlined
def radius_of(c: Row, t: Row, rules: Row, own: int, base: int, mercy: bool, now_us: int) -> float:
    """How far around a position other zones matter (km): where its circle reaches, where it could get while
    a grant lasts, and where a refused one would get more. own: what it gets in its own zone."""
    if base == REFUSE and not mercy:
        return 0.0
    radius_km = 1e-3 * (c.accuracy_m + rules.border_tolerance_m)
    if own > REFUSE or mercy:
        ahead_us = rules.grant_us + age_us(c, rules, now_us)
        radius_km = min(radius_km + speed_of(c, t) * ahead_us / 3.6e9, FARTHEST_KM)
    return float(max(radius_km, RETRY_KM)) if own < base else float(radius_km)


@inlined
def gets_there(caps: Caps, base: int, mercy: bool, z: Row) -> int:
    """What a terminal gets in a zone: at most `base`; a distress call at least emergency, unless denied."""
    outcome = min(base, lowest(caps))
    return max(outcome, EMERGENCY) if mercy and not z.deny_emergency else outcome


@inlined
def far_of(z: Row, c: Row, zm: ZoneMap) -> float:
    """How far from the coast a position is, where the zone is sea and limits that."""
    if not z.sea or z.max_coast_km == np.inf:
        return 0.0
    return float(coast_km(zm.base, c.lon_deg, c.lat_deg, 1.1 * z.max_coast_km + 1.0))


@inlined
def held_outcome(h: Row, known: bool, rules: Row, now_us: int) -> int:
    """What held before a position became uncertain, for as long as it may go on; -1 where nothing does."""
    if not known or h.outcome < 0 or now_us > h.valid_us + rules.hold_us:
        return -1
    if h.uncertain_us != 0 and now_us - h.uncertain_us > rules.hold_us:
        return -1
    return int(h.outcome)


@inlined
def least_of(count: int, km: Doubles, reach_km: Doubles, gets: Ints) -> tuple[bool, int, bool]:
    """Whether the zones that the circle touches differ in what the terminal gets, in which of them it gets
    least (the nearest of those), and whether none of them lets an emergency through."""
    differ, least, denied = False, 0, gets[0] < EMERGENCY
    for i in range(1, count):  # the nearest first
        if km[i] <= reach_km[i]:
            differ |= gets[i] != gets[0]
            denied &= gets[i] < EMERGENCY
            least = i if gets[i] < gets[least] else least
    return differ, least, denied


@inlined
def settle(
    own: int, least: int, h: Row, known: bool, rules: Row, now_us: int, caps: Caps, least_caps: Caps
) -> tuple[int, bool, bool, Caps]:
    """The outcome over a line: `own` is what the reported position gets, `least` what a part of its circle
    does. Also whether what held before goes on, whether the other zone decides, and what is noted."""
    # Never past the accuracy stated: what the reported position itself gets is the most
    held = min(held_outcome(h, known, rules, now_us), own)
    holds = held > least
    outcome = held if holds else least
    elsewhere = not holds and outcome < own
    if elsewhere:
        caps = both(caps, least_caps)
    caps = note(caps, outcome if outcome < own else SERVE, UNCERTAIN_LOCATION)
    if rules.uncertain < SERVE:
        caps = note(caps, rules.uncertain, UNCERTAIN_LOCATION)
        outcome = min(outcome, rules.uncertain)
    return outcome, holds, elsewhere, caps


@inlined
def grant_end(
    count: int, radius_km: float, outcome: int, c: Row, t: Row, h: Row, holds: bool, rules: Row, now_us: int,
    km: Doubles, reach_km: Doubles, gets: Ints,
) -> int:  # fmt: skip
    """Until when a grant holds: no later than the terminal could get where it would get less."""
    end_us = min(now_us + rules.grant_us, rules.until_us)
    if holds:
        since_us = h.uncertain_us if h.uncertain_us != 0 else now_us
        end_us = min(end_us, since_us + rules.hold_us)
    speed_kmh = speed_of(c, t)
    if speed_kmh <= 0.0:
        return int(end_us)
    free_km = radius_km - 1e-3 * (c.accuracy_m + rules.border_tolerance_m)
    for i in range(1, count):
        if gets[i] < outcome:
            free_km = min(free_km, km[i] if km[i] <= reach_km[i] else km[i] - reach_km[i])
    age = age_us(c, rules, now_us)
    way_us = min(max(free_km, 0.0) / speed_kmh * 3.6e9, float(rules.grant_us + age))
    return int(max(min(end_us, now_us - age + int(way_us)), now_us))


@inlined
def retry_distance(
    count: int, base: int, outcome: int, over_km: float, km: Doubles, reach_km: Doubles, gets: Ints
) -> float:
    """How far to move before asking again makes sense, at least; infinite where moving does not help."""
    if outcome >= SERVE:
        return 0.0
    if outcome == base:
        return over_km if over_km > 0.0 else np.inf
    best_km, overlap_km = RETRY_KM, 0.0
    for i in range(1, count):
        if gets[i] > outcome:
            best_km = min(best_km, km[i] + reach_km[i])
        if gets[i] < gets[0]:
            overlap_km = max(overlap_km, reach_km[i] - km[i])
    return min(overlap_km, RETRY_KM) if gets[0] > outcome else best_km


@inlined
def first_of(bits: int, priority: NDArray[np.int8]) -> int:
    """The first reason of a mask, in the order of priority; 0 for none."""
    for reason in priority:
        if has(bits, reason):
            return int(reason)
    return 0


@inlined
def remember(
    c: Row, h: Row, own: int, country: int, abroad_us: int, leapt: int, out: int, differ: bool,
    outcome: int, valid_us: int, now_us: int,
) -> None:  # fmt: skip
    """Leave behind what the next decision needs. own: the zone, -1 where none is known."""
    if h.first_us == 0:
        h.first_us = c.time_us
    if c.time_us >= h.time_us and is_position(c):
        if leapt:
            h.other_lat_deg, h.other_lon_deg, h.other_us = h.lat_deg, h.lon_deg, h.time_us
        h.lat_deg, h.lon_deg, h.accuracy_m = c.lat_deg, c.lon_deg, c.accuracy_m
    h.time_us = max(c.time_us, h.time_us)
    h.out_of_class = out
    if own >= 0:
        h.zone, h.country, h.abroad_us = own, country, abroad_us
        h.uncertain_us = (h.uncertain_us if h.uncertain_us != 0 else now_us) if differ else 0
    running_us = max(h.valid_us - now_us, 0) if h.outcome >= LIMITED else 0
    granted_us = max(valid_us - now_us, 0) if outcome >= LIMITED else 0
    h.served_us += granted_us - running_us
    if outcome <= EMERGENCY and h.refused_us == 0:
        h.refused_us = now_us
    h.outcome = outcome
    h.valid_us = valid_us if outcome > REFUSE else min(h.valid_us, now_us)


@inlined
def decide_one(
    c: Row, t: Row, h: Row, known: bool, rules: Row, zones: Rows, plans: Rows, sold_table: NDArray[np.bool_],
    zm: ZoneMap, sky: SkyArrays, has_sky: bool, plan: PlanArrays, has_plan: bool, priority: NDArray[np.int8],
    wait_us: NDArray[np.int64], now_us: int, here: int, zone: Ints, km: Doubles, reach_km: Doubles,
    gets: Ints, a: Row,
) -> None:  # fmt: skip
    """Decide one check-in, write the answer into `a` and what the next one needs into `h`.

    here: the zone of its position, where that is one and there are rules. zone, km, reach_km, gets: (NEAR,)
    work space for the zones around, the own one first.
    """
    caps, trusted, timely = judge_message(c, h, known, rules, now_us)
    own, country, row, findings, leapt, out = -1, -1, -1, 0, 0, 0
    abroad_us, over_km = h.abroad_us, 0.0
    p = plans[plan_row(t, plans)]
    if trusted:
        placed = is_position(c) and c.accuracy_m <= rules.max_accuracy_m
        if not placed:
            caps = note(caps, REFUSE, terms.UNKNOWN_LOCATION)
        elif rules.loaded:
            own = here
            country = int(zones[own].country)
        if known:
            caps = judge_terminal(c, t, p, rules, now_us, caps)
            out = h.out_of_class
            if own >= 0:
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
            if placed:
                out, leapt = out_of_class(c, t, h), leap_of(c, h, timely)
                findings |= 1 << terms.DRONE if out >= terms.DRONE_CHECKINS else 0
                findings |= 1 << terms.LEAPT if leapt == 1 else 0
                findings |= 1 << terms.CLONED if leapt == 2 else 0
                findings |= 1 << terms.REFUTED if has_sky and refuted(c, sky) else 0
                caps = apply_effects(findings, rules, caps)
        if has_plan and c.cell != 0:
            row = plan_of_cell(c, plan)
            if row < 0:
                caps = note(caps, REFUSE, terms.NO_COVERAGE if row == -1 else terms.CELL_FULL)
    mercy = trusted and c.flags & terms.DISTRESS != 0 and not has(caps[0], terms.NO_COVERAGE)
    base = lowest(caps)
    outcome, said, differ, valid_us, retry_km, rate = base, -1, False, 0, np.inf, np.nan
    if own >= 0:
        z = zones[own]
        own_caps = judge_zone(z, c, t, p, known, far_of(z, c, zm), sold_table)
        zone[0], km[0], gets[0] = own, 0.0, gets_there(own_caps, base, mercy, z)
        reach_km[0] = 1e-3 * c.accuracy_m
        radius_km = radius_of(c, t, rules, gets[0], base, mercy, now_us)
        count = zones_near(zm, c.lon_deg, c.lat_deg, radius_km, zone, km) if radius_km > 0.0 else 1
        if count == NEAR:  # there may be more, farther than these
            radius_km = km[NEAR - 1]
        for i in range(1, count):
            z = zones[zone[i]]
            there = judge_zone(z, c, t, p, known, far_of(z, c, zm), sold_table)
            gets[i] = gets_there(there, base, mercy, z)
            border = z.country >= 0 and country >= 0 and z.country != country
            reach_km[i] = 1e-3 * (c.accuracy_m + (rules.border_tolerance_m if border else 0.0))
        differ, least, denied = least_of(count, km, reach_km, gets)
        caps, outcome, said, holds = both(caps, own_caps), gets[0], own, False
        if differ:
            z = zones[zone[least]]
            there = judge_zone(z, c, t, p, known, far_of(z, c, zm), sold_table)
            outcome, holds, elsewhere, caps = settle(
                gets[0], gets[least], h, known, rules, now_us, caps, there
            )
            said = zone[least] if elsewhere else own
        if mercy and not denied:
            outcome = max(outcome, EMERGENCY)
        valid_us = grant_end(count, radius_km, outcome, c, t, h, holds, rules, now_us, km, reach_km, gets)
        if row >= 0:  # no grant outlives the plan that it was made by
            valid_us = min(valid_us, plan.until_us)
        retry_km = retry_distance(count, base, outcome, over_km, km, reach_km, gets)
        rate = float(p.rate_mbps)
        if outcome == LIMITED and has(caps[LIMITED], terms.OVER_QUOTA):
            rate = min(rate, float(p.limited_mbps))
        for i in range(count):
            if km[i] <= reach_km[i]:
                rate = min(rate, float(zones[zone[i]].rate_mbps))
    elif trusted:
        if not rules.loaded:  # running grants run to their end, and nothing else is served
            running = known and h.valid_us > now_us and h.outcome > REFUSE
            caps = note(caps, h.outcome if running else REFUSE, terms.NO_RULES)
            outcome, valid_us = lowest(caps), h.valid_us if running else 0
        if mercy and outcome < EMERGENCY:
            outcome, valid_us = EMERGENCY, now_us + rules.grant_us
    if row >= 0 and not rate < plan.rate_mbps[row]:
        rate = float(plan.rate_mbps[row])
    if known and differ:
        findings |= 1 << terms.UNCERTAIN
    low = lowest(caps)
    primary = first_of(
        caps[0] if low == 0 else caps[1] if low == 1 else caps[2] if low == 2 else caps[3], priority
    )
    wait = wait_us[primary] if wait_us[primary] >= 0 else rules.retry_us
    retry_us = valid_us if outcome == SERVE else now_us + wait
    if wait > 0 and outcome < SERVE and now_us < rules.until_us:
        retry_us = min(retry_us, rules.until_us)  # other rules begin then
    if known and trusted:
        h.sequence = c.sequence
        if timely:
            remember(c, h, own, country, abroad_us, leapt, out, differ, outcome, valid_us, now_us)
    served = outcome > REFUSE
    a.outcome, a.primary, a.zone, a.finding = outcome, primary, said, findings
    a.reasons = caps[0] | caps[1] | caps[2] | caps[3] | caps[4]
    a.valid_us, a.retry_us = valid_us if served else 0, retry_us
    a.retry_km, a.rate_mbps = retry_km, rate if served else 0.0
    a.satellite = plan.satellite[row] if served and row >= 0 else -1
    a.gateway = plan.gateway[row] if served and row >= 0 else -1


@kernel
def decide_rows(
    checkins: Rows, register: Rows, histories: Rows, stranger: Rows, nothing: Rows, rules: Rows, zones: Rows,
    plans: Rows, sold_table: NDArray[np.bool_], zm: ZoneMap, sky: SkyArrays, plan: PlanArrays,
    priority: NDArray[np.int8], wait_us: NDArray[np.int64], now_us: int, answers: Rows,
) -> None:  # fmt: skip
    """Decide check-ins (N,) in their order; `histories` change in place, so that each sees those before it.

    stranger, nothing: (1,) row and history of a terminal that is not in the register. rules: (1,) RULE_TERMS.
    zones: (Z,) ZONE_TERMS. plans: (P + 1,) PLAN_TERMS. sold_table: as in `service.terms.Terms`. priority:
    reasons, the first first. wait_us: (64,) by reason, how long to wait at least, -1 for what the rules say.
    answers: (N,) ANSWER, filled.
    """
    zone, km, reach_km = np.empty(NEAR, np.int32), np.empty(NEAR), np.empty(NEAR)
    gets, here, warm = np.empty(NEAR, np.int32), np.empty(CHUNK, np.int32), np.zeros(1, np.int64)
    lon, lat = np.empty(CHUNK), np.empty(CHUNK)
    has_sky, has_plan = sky.satellite.size > 0, plan.cell.size > 0
    for first in range(0, checkins.size, CHUNK):
        last = min(first + CHUNK, checkins.size)
        for i in range(first, last):
            c = checkins[i]
            k = c.terminal
            placed = is_position(c)
            lon[i - first], lat[i - first] = c.lon_deg if placed else 0.0, c.lat_deg if placed else 0.0
            if 0 <= k < register.size:
                warm[0] += register[k].plan + histories[k].sequence + histories[k].outcome
        if rules[0].loaded:
            zones_at(zm, lon[: last - first], lat[: last - first], here)
        for i in range(first, last):
            k = checkins[i].terminal
            known = 0 <= k < register.size
            t = register[k] if known else stranger[0]
            h = histories[k] if known else nothing[0]
            decide_one(
                checkins[i], t, h, known, rules[0], zones, plans, sold_table, zm, sky, has_sky, plan,
                has_plan, priority, wait_us, now_us, here[i - first], zone, km, reach_km, gets, answers[i],
            )  # fmt: skip
