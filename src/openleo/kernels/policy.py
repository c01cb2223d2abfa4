"""What a terminal gets, check-in by check-in: the one implementation of the rules of decision.

What the checks (`kernels.checks`) allow at its own zone and at those around it is brought together: the
outcome, the zone that decides, until when a grant holds, and when or where asking again makes sense.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.checks import (
    DISTRESS,
    EMERGENCY,
    LIMITED,
    NO_COVERAGE,
    NO_RULES,
    OUTCOMES,
    OVER_QUOTA,
    PLAN_TERMS,
    REFUSE,
    SERVE,
    UNCERTAIN,
    UNCERTAIN_LOCATION,
    ZONE_TERMS,
    Caps,
    Ints,
    PlanArrays,
    Row,
    SkyArrays,
    TermArrays,
    ask_plan,
    has,
    is_position,
    judge,
    judge_message,
    judge_zone,
    lowest,
    note,
    speed_of,
)
from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.zones import ZoneMap, coast_km, zones_near

Rows = NDArray[np.void]

__all__ = ["ANSWER", "PLAN_TERMS", "ZONE_TERMS", "PlanArrays", "SkyArrays", "TermArrays", "decide_rows"]

RETRY_KM: Final = 10.0
"""How far a refused terminal is told about what lies around it."""

FARTHEST_KM: Final = 300.0
"""How far a moving terminal is looked ahead of; a grant ends before it could get farther."""

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


class Around(NamedTuple):
    """The zones around a position: number, distance (0 for its own), reach of the circle, outcome, caps."""

    zone: Ints
    km: NDArray[np.float64]
    reach_km: NDArray[np.float64]
    gets: NDArray[np.int64]
    caps: Caps


@inlined
def gets_in(
    i: int, c: Row, t: Row, known: bool, base: int, mercy: bool, terms: TermArrays, zm: ZoneMap,
    around: Around,
) -> None:  # fmt: skip
    """Judge the i-th zone around: what the terminal gets in it, and how far its circle reaches towards it."""
    zone, own = terms.zones[around.zone[i]], terms.zones[around.zone[0]]
    far_km, limit_km = 0.0, zone.max_coast_km
    if zone.sea and limit_km < np.inf:
        far_km = coast_km(zm.base, c.lon_deg, c.lat_deg, 1.1 * limit_km + 1.0)
    around.caps[i] = 0
    judge_zone(around.zone[i], c, t, known, far_km, terms, around.caps[i])
    gets = min(base, lowest(around.caps[i]))
    if mercy and not zone.deny_emergency:
        gets = max(gets, EMERGENCY)
    around.gets[i] = gets
    border = zone.country >= 0 and own.country >= 0 and zone.country != own.country
    around.reach_km[i] = 1e-3 * (c.accuracy_m + (terms.border_tolerance_m if border else 0.0))


@inlined
def age_us(c: Row, terms: TermArrays, now_us: int) -> int:
    """How old a position is; at most the tolerated clock error, for beyond it nobody can say."""
    return int(min(max(now_us - c.time_us, 0), terms.clock_us))


@inlined
def ahead_us(c: Row, terms: TermArrays, now_us: int) -> int:
    """How long a terminal goes on from where it was, until the longest grant ends."""
    return int(terms.grant_us + age_us(c, terms, now_us))


@kernel
def look_around(
    c: Row, t: Row, known: bool, base: int, mercy: bool, terms: TermArrays, zm: ZoneMap, now_us: int,
    around: Around,
) -> tuple[int, float]:  # fmt: skip
    """List the zones that matter, the own one (already in place 0) first, each with what the terminal gets
    there: at most `base`, and with `mercy` (a distress call) at least emergency unless the zone denies it.

    Returns their number and the radius (km) within which they are all.
    """
    gets_in(0, c, t, known, base, mercy, terms, zm, around)
    if base == REFUSE and not mercy:
        return 1, 0.0
    radius_km = 1e-3 * (c.accuracy_m + terms.border_tolerance_m)
    if around.gets[0] > REFUSE or mercy:
        radius_km = min(radius_km + speed_of(c, t) * ahead_us(c, terms, now_us) / 3.6e9, FARTHEST_KM)
    if around.gets[0] < base:
        radius_km = max(radius_km, RETRY_KM)
    count = zones_near(zm, c.lon_deg, c.lat_deg, radius_km, around.zone, around.km)
    if count == NEAR:  # there may be more, farther than these
        radius_km = around.km[NEAR - 1]
    for i in range(1, count):
        gets_in(i, c, t, known, base, mercy, terms, zm, around)
    return count, radius_km


@kernel
def over_a_line(count: int, around: Around) -> tuple[bool, int, bool]:
    """Whether the zones that the circle touches differ in what the terminal gets, in which of them it gets
    least (the nearest of those), and whether none of them lets an emergency through."""
    differ, least, denied = False, 0, around.gets[0] < EMERGENCY
    for i in range(1, count):
        if around.km[i] > around.reach_km[i]:
            continue
        differ |= around.gets[i] != around.gets[0]
        denied &= around.gets[i] < EMERGENCY
        nearer = around.gets[i] == around.gets[least] and least > 0 and around.km[i] < around.km[least]
        if around.gets[i] < around.gets[least] or nearer:
            least = i
    return differ, least, denied


@inlined
def held_outcome(h: Row, known: bool, terms: TermArrays, now_us: int) -> int:
    """What held before a position became uncertain, for as long as it may go on; -1 where nothing does."""
    if not known or h.outcome < 0 or now_us > h.valid_us + terms.hold_us:
        return -1
    if h.uncertain_us != 0 and now_us - h.uncertain_us > terms.hold_us:
        return -1
    return int(h.outcome)


@kernel
def settle(
    count: int, h: Row, known: bool, mercy: bool, terms: TermArrays, now_us: int, around: Around, caps: Caps
) -> tuple[int, int, bool, bool]:
    """Bring the zones that the circle touches together: outcome, deciding zone, whether the position is
    uncertain, and whether what held before goes on."""
    differ, least, denied = over_a_line(count, around)
    caps |= around.caps[0]
    own, zone, holds = around.gets[0], 0, False
    outcome = own
    if differ:
        outcome = around.gets[least]
        # Never past the accuracy stated: what the reported position itself gets is the most
        held = min(held_outcome(h, known, terms, now_us), own)
        if held > outcome:
            outcome, holds = held, True
        elif outcome < own:
            caps |= around.caps[least]
            zone = least
        note(caps, outcome if outcome < own else SERVE, UNCERTAIN_LOCATION)
        if terms.effects[UNCERTAIN] < SERVE:
            note(caps, terms.effects[UNCERTAIN], UNCERTAIN_LOCATION)
            outcome = min(outcome, terms.effects[UNCERTAIN])
    if mercy and not denied:
        outcome = max(outcome, EMERGENCY)
    return outcome, around.zone[zone], differ, holds


@kernel
def grant_end(
    count: int, radius_km: float, outcome: int, c: Row, t: Row, h: Row, holds: bool, terms: TermArrays,
    now_us: int, around: Around,
) -> int:  # fmt: skip
    """Until when a grant holds: no later than the terminal could get where it would get less."""
    end_us = min(now_us + terms.grant_us, terms.until_us)
    if holds:
        since_us = h.uncertain_us if h.uncertain_us != 0 else now_us
        end_us = min(end_us, since_us + terms.hold_us)
    speed_kmh = speed_of(c, t)
    if speed_kmh <= 0.0:
        return end_us
    free_km = radius_km - 1e-3 * (c.accuracy_m + terms.border_tolerance_m)
    for i in range(1, count):
        if around.gets[i] < outcome:
            touched = around.km[i] <= around.reach_km[i]
            free_km = min(free_km, around.km[i] - (0.0 if touched else around.reach_km[i]))
    way_us = min(max(free_km, 0.0) / speed_kmh * 3.6e9, float(ahead_us(c, terms, now_us)))
    return int(max(min(end_us, now_us - age_us(c, terms, now_us) + int(way_us)), now_us))


@kernel
def retry_distance(count: int, base: int, outcome: int, over_km: float, around: Around) -> float:
    """How far to move before asking again makes sense, at least; infinite where moving does not help."""
    if outcome >= SERVE:
        return 0.0
    if outcome == base:
        return over_km if over_km > 0.0 else np.inf
    own, best_km, overlap_km = around.gets[0], RETRY_KM, 0.0
    for i in range(1, count):
        if around.gets[i] > outcome:
            best_km = min(best_km, around.km[i] + around.reach_km[i])
        if around.gets[i] < own:
            overlap_km = max(overlap_km, around.reach_km[i] - around.km[i])
    return min(overlap_km, RETRY_KM) if own > outcome else best_km


@kernel
def first_of(bits: int, priority: NDArray[np.int8]) -> int:
    """The first reason of a mask, in the order of priority; 0 for none."""
    for reason in priority:
        if has(bits, reason):
            return int(reason)
    return 0


@kernel
def rate_of(
    count: int, t: Row, known: bool, outcome: int, over_quota: bool, terms: TermArrays, around: Around
) -> float:
    """The smallest rate: of its plan, and of the zones that its circle touches."""
    rate = np.inf
    for i in range(count):
        if around.km[i] <= around.reach_km[i]:
            rate = min(rate, float(terms.zones[around.zone[i]].rate_mbps))
    if known and 0 <= t.plan < terms.plans.size and terms.plans[t.plan].known:
        rate = min(rate, float(terms.plans[t.plan].rate_mbps))
        if over_quota and outcome == LIMITED:
            rate = min(rate, float(terms.plans[t.plan].limited_mbps))
    return rate


@kernel
def remember(
    c: Row, h: Row, zone: int, country: int, abroad_us: int, leapt: int, out: int, differ: bool,
    outcome: int, valid_us: int, now_us: int,
) -> None:  # fmt: skip
    """Leave behind what the next decision needs. `zone` is -1 where none is known."""
    if h.first_us == 0:
        h.first_us = c.time_us
    if c.time_us >= h.time_us and is_position(c):
        if leapt:
            h.other_lat_deg, h.other_lon_deg, h.other_us = h.lat_deg, h.lon_deg, h.time_us
        h.lat_deg, h.lon_deg, h.accuracy_m = c.lat_deg, c.lon_deg, c.accuracy_m
    h.time_us = max(c.time_us, h.time_us)
    h.out_of_class = out
    if zone >= 0:
        h.zone, h.country, h.abroad_us = zone, country, abroad_us
        h.uncertain_us = (h.uncertain_us if h.uncertain_us != 0 else now_us) if differ else 0
    running_us = max(h.valid_us - now_us, 0) if h.outcome >= LIMITED else 0
    granted_us = max(valid_us - now_us, 0) if outcome >= LIMITED else 0
    h.served_us += granted_us - running_us
    if outcome <= EMERGENCY and h.refused_us == 0:
        h.refused_us = now_us
    h.outcome = outcome
    h.valid_us = valid_us if outcome > REFUSE else min(h.valid_us, now_us)


@kernel
def without_rules(h: Row, known: bool, now_us: int, caps: Caps) -> int:
    """Without rules running grants run to their end and nothing else is served; the end of the grant."""
    running = known and h.valid_us > now_us and h.outcome > REFUSE
    note(caps, h.outcome if running else REFUSE, NO_RULES)
    return int(h.valid_us) if running else 0


@kernel
def decide_one(
    c: Row, t: Row, h: Row, known: bool, terms: TermArrays, zm: ZoneMap, sky: SkyArrays, plan: PlanArrays,
    priority: NDArray[np.int8], wait_us: NDArray[np.int64], now_us: int, around: Around, caps: Caps, a: Row,
) -> None:  # fmt: skip
    """Decide one check-in, write the answer into `a` and what the next one needs into `h`."""
    caps[:] = 0
    own, abroad_us, over_km, findings, leapt, out, row = -1, 0, 0.0, 0, 0, 0, -1
    trusted, timely = judge_message(c, h, known, terms, now_us, caps)
    if trusted:
        own, abroad_us, over_km, findings, leapt, out = judge(
            c, t, h, known, timely, terms, zm, sky, now_us, caps
        )
        row = ask_plan(c, plan, caps)
    mercy = trusted and c.flags & DISTRESS != 0 and not has(caps[REFUSE], NO_COVERAGE)
    base = lowest(caps)
    outcome, zone, differ, valid_us, retry_km, rate = base, -1, False, 0, np.inf, np.nan
    if own >= 0:
        around.zone[0], around.km[0] = own, 0.0
        count, radius_km = look_around(c, t, known, base, mercy, terms, zm, now_us, around)
        outcome, zone, differ, holds = settle(count, h, known, mercy, terms, now_us, around, caps)
        valid_us = grant_end(count, radius_km, outcome, c, t, h, holds, terms, now_us, around)
        if row >= 0:  # no grant outlives the plan that it was made by
            valid_us = min(valid_us, plan.until_us)
        retry_km = retry_distance(count, base, outcome, over_km, around)
        rate = rate_of(count, t, known, outcome, has(caps[LIMITED], OVER_QUOTA), terms, around)
    elif trusted:
        if not terms.loaded:
            valid_us = without_rules(h, known, now_us, caps)
            outcome = lowest(caps)
        if mercy and outcome < EMERGENCY:
            outcome, valid_us = EMERGENCY, now_us + terms.grant_us
    if row >= 0 and not rate < plan.rate_mbps[row]:
        rate = plan.rate_mbps[row]
    if known and differ:
        findings |= 1 << UNCERTAIN
    primary = first_of(caps[lowest(caps)], priority) if lowest(caps) < SERVE else 0
    wait = wait_us[primary] if wait_us[primary] >= 0 else terms.retry_us
    retry_us = valid_us if outcome == SERVE else now_us + wait
    if wait > 0 and outcome < SERVE and now_us < terms.until_us:
        retry_us = min(retry_us, terms.until_us)  # other rules begin then
    if known and trusted:
        h.sequence = c.sequence
        if timely:
            country = terms.zones[own].country if own >= 0 else -1
            remember(c, h, own, country, abroad_us, leapt, out, differ, outcome, valid_us, now_us)
    served = outcome > REFUSE
    a.outcome, a.primary, a.zone, a.finding = outcome, primary, zone, findings
    a.reasons = caps[0] | caps[1] | caps[2] | caps[3] | caps[4]
    a.valid_us, a.retry_us = valid_us if served else 0, retry_us
    a.retry_km, a.rate_mbps = retry_km, rate if served else 0.0
    a.satellite = plan.satellite[row] if served and row >= 0 else -1
    a.gateway = plan.gateway[row] if served and row >= 0 else -1


@kernel
def decide_rows(
    checkins: Rows, register: Rows, histories: Rows, stranger: Rows, nothing: Rows, terms: TermArrays,
    zm: ZoneMap, sky: SkyArrays, plan: PlanArrays, priority: NDArray[np.int8], wait_us: NDArray[np.int64],
    now_us: int, answers: Rows,
) -> None:  # fmt: skip
    """Decide check-ins (N,) in their order; `histories` change in place, so that each sees those before it.

    stranger, nothing: (1,) row and history of a terminal that is not in the register. priority: reasons, the
    first first. wait_us: (64,) by reason, how long to wait at least, -1 for what the terms say.
    """
    around = Around(
        np.empty(NEAR, np.int32), np.empty(NEAR), np.empty(NEAR), np.empty(NEAR, np.int64),
        np.empty((NEAR, OUTCOMES), np.uint64),
    )  # fmt: skip
    caps = np.empty(OUTCOMES, np.uint64)
    for i in range(checkins.size):
        k = checkins[i].terminal
        known = 0 <= k < register.size
        t = register[k] if known else stranger[0]
        h = histories[k] if known else nothing[0]
        decide_one(
            checkins[i],
            t,
            h,
            known,
            terms,
            zm,
            sky,
            plan,
            priority,
            wait_us,
            now_us,
            around,
            caps,
            answers[i],
        )
