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
    both,
    has,
    is_position,
    judge_message,
    judge_motion,
    judge_stay,
    judge_terminal,
    judge_zone,
    lowest,
    note,
    plan_of_cell,
    refuted,
    speed_of,
)
from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.nearness import box_of, free_km, reach_of, upright, wrapped
from openleo.kernels.polygons import COLUMNS, column_of, row_of
from openleo.kernels.terms import (
    EMERGENCY,
    LIMITED,
    REFUSE,
    SEEN,
    SERVE,
    UNCERTAIN_LOCATION,
    PlanArrays,
    Row,
    Rows,
    SkyArrays,
)
from openleo.kernels.zones import ZoneMap, coast_km, zones_at, zones_near

RETRY_KM: Final = 5.0
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
def held_outcome(h: Row, known: bool, rules: Row, now_us: int) -> int:
    """What held before a position became uncertain, for as long as it may go on; -1 where nothing does."""
    if not known or h.outcome < 0 or now_us > h.valid_us + rules.hold_us:
        return -1
    if h.uncertain_us != 0 and now_us - h.uncertain_us > rules.hold_us:
        return -1
    return int(h.outcome)


@kernel
def free_of_lines(cells: Rows, lines: Rows, lon: float, lat: float, radius_km: float) -> bool:
    """Whether no line of a grid comes near a point, by the boxes of the lines: false is no answer.

    Four positions in five are settled so, at a third of what it costs to find the zones around (measured).
    """
    lat_reach, lon_reach = reach_of(lat, radius_km)
    first_row, last_row, first, last = box_of(lon, lat, lon_reach, lat_reach)
    for row in range(first_row, last_row + 1):
        for turning in range(first, last + 1):
            column = turning % COLUMNS
            x = lon - 360.0 * ((turning - column) // COLUMNS)
            cell = row * COLUMNS + column
            for e in range(cells[cell].start, cells[cell + 1].start):
                line = lines[e]
                if (
                    line.lat0 <= lat + lat_reach
                    and line.lat1 >= lat - lat_reach
                    and min(line.lon0, line.lon1) <= x + lon_reach
                    and max(line.lon0, line.lon1) >= x - lon_reach
                ):
                    return False
    return True


@inlined
def begin(s: Row, own: int, rate_mbps: float) -> None:
    """Begin with the zone of the reported position, in which the terminal gets `own`."""
    s.best_0 = s.best_1 = s.best_2 = s.best_3 = RETRY_KM
    s.free_1 = s.free_2 = s.free_3 = s.free_4 = np.inf
    s.overlap_km, s.rate_mbps = 0.0, rate_mbps
    s.least, s.differ, s.denied = own, False, own < EMERGENCY


@inlined
def add(
    s: Row, own: int, zone: int, gets: int, km: float, reach_km: float, rate_mbps: float, caps: Caps
) -> None:
    """Add a zone at a distance, the nearest first; the circle reaches `reach_km` towards it."""
    touched = km <= reach_km
    way_km, there_km = km if touched else km - reach_km, km + reach_km
    s.free_1 = min(s.free_1, way_km) if gets < 1 else s.free_1
    s.free_2 = min(s.free_2, way_km) if gets < 2 else s.free_2
    s.free_3 = min(s.free_3, way_km) if gets < 3 else s.free_3
    s.free_4 = min(s.free_4, way_km) if gets < 4 else s.free_4
    s.best_0 = min(s.best_0, there_km) if gets > 0 else s.best_0
    s.best_1 = min(s.best_1, there_km) if gets > 1 else s.best_1
    s.best_2 = min(s.best_2, there_km) if gets > 2 else s.best_2
    s.best_3 = min(s.best_3, there_km) if gets > 3 else s.best_3
    if gets < own:
        s.overlap_km = max(s.overlap_km, reach_km - km)
    if touched:
        s.rate_mbps = min(s.rate_mbps, rate_mbps)
        s.differ |= gets != own
        s.denied &= gets < EMERGENCY
        if gets < s.least:
            s.least, s.zone = gets, zone
            s.least_0, s.least_1, s.least_2, s.least_3, s.least_4 = caps


@inlined
def free_of(s: Row, outcome: int) -> float:
    """How far it is to a zone that gives less than an outcome."""
    if outcome == 0:
        return float(np.inf)
    low = s.free_1 if outcome == 1 else s.free_2
    return float(s.free_3 if outcome == 3 else s.free_4 if outcome == 4 else low)


@inlined
def best_of(s: Row, outcome: int) -> float:
    """How far it is to a zone that gives more."""
    low = s.best_0 if outcome == 0 else s.best_1
    return float(s.best_2 if outcome == 2 else s.best_3 if outcome == 3 else low)


@inlined
def settle(
    own: int, s: Row, h: Row, known: bool, rules: Row, now_us: int, caps: Caps
) -> tuple[int, bool, bool, Caps]:
    """The outcome over a line, where `own` is what the reported position gets. Also whether what held before
    goes on, whether another zone decides, and what is noted."""
    least = s.least
    # Never past the accuracy stated: what the reported position itself gets is the most
    held = min(held_outcome(h, known, rules, now_us), own)
    holds = held > least
    outcome = held if holds else least
    elsewhere = not holds and outcome < own
    if elsewhere:
        caps = both(caps, (s.least_0, s.least_1, s.least_2, s.least_3, s.least_4))
    caps = note(caps, outcome if outcome < own else SERVE, UNCERTAIN_LOCATION)
    if rules.uncertain < SERVE:
        caps = note(caps, rules.uncertain, UNCERTAIN_LOCATION)
        outcome = min(outcome, rules.uncertain)
    return outcome, holds, elsewhere, caps


@inlined
def grant_end(free_km: float, c: Row, t: Row, h: Row, holds: bool, rules: Row, now_us: int) -> int:
    """Until when a grant holds: no later than the terminal could be `free_km` on, where it gets less."""
    end_us = min(now_us + rules.grant_us, rules.until_us)
    if holds:
        since_us = h.uncertain_us if h.uncertain_us != 0 else now_us
        end_us = min(end_us, since_us + rules.hold_us)
    speed_kmh = speed_of(c, t)
    if speed_kmh <= 0.0:
        return int(end_us)
    age = age_us(c, rules, now_us)
    way_us = min(max(free_km, 0.0) / speed_kmh * 3.6e9, float(rules.grant_us + age))
    return int(max(min(end_us, now_us - age + int(way_us)), now_us))


@inlined
def retry_distance(own: int, base: int, outcome: int, over_km: float, s: Row) -> float:
    """How far to move before asking again makes sense, at least; infinite where moving does not help."""
    if outcome >= SERVE:
        return 0.0
    if outcome == base:
        return over_km if over_km > 0.0 else np.inf
    return float(min(s.overlap_km, RETRY_KM)) if own > outcome else best_of(s, outcome)


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


@kernel
def decide_rows(
    checkins: Rows, register: Rows, histories: Rows, stranger: Rows, nothing: Rows, rule_rows: Rows,
    zones: Rows, plans: Rows, zm: ZoneMap, sky: SkyArrays, plan: PlanArrays, priority: NDArray[np.int8],
    wait_us: NDArray[np.int64], now_us: int, answers: Rows,
) -> None:  # fmt: skip
    """Decide check-ins (N,) in their order; `histories` change in place, so that each sees those before it.

    stranger, nothing: (1,) row and history of a terminal that is not in the register. rule_rows: (1,)
    RULE_TERMS. zones: (Z,) ZONE_TERMS. plans: (P + 1,) PLAN_TERMS. priority: reasons, the first first.
    wait_us: (64,) by reason, how long to wait at least, -1 for what the rules say. answers: (N,) ANSWER.

    All that takes an array stands here, however long that is: see `kernels.terms`.
    """
    zone, km, here = np.empty(NEAR, np.int32), np.empty(NEAR), np.empty(CHUNK, np.int32)
    lon, lat, warm, seen = np.empty(CHUNK), np.empty(CHUNK), np.zeros(1, np.int64), np.zeros(1, SEEN)
    has_sky, has_plan = sky.satellite.size > 0, plan.cell.size > 0
    rules, s = rule_rows[0], seen[0]
    base_cells, overlay_cells, last_plan = zm.base.cells, zm.overlay.cells, plans.size - 1
    base_lines, overlay_lines = zm.base.lines, zm.overlay.lines
    for first in range(0, checkins.size, CHUNK):
        last = min(first + CHUNK, checkins.size)
        for i in range(first, last):
            c = checkins[i]
            placed = is_position(c)
            lon[i - first], lat[i - first] = c.lon_deg if placed else 0.0, c.lat_deg if placed else 0.0
            if 0 <= c.terminal < register.size:
                t, h = register[c.terminal], histories[c.terminal]
                # A field of each line of cache
                warm[0] += t.paid_until_us + t.plan + h.sequence + h.abroad_us + h.outcome
        if rules.loaded:
            zones_at(zm, lon[: last - first], lat[: last - first], here)
        for i in range(first, last):
            c, a = checkins[i], answers[i]
            known = 0 <= c.terminal < register.size
            t = register[c.terminal] if known else stranger[0]
            h = histories[c.terminal] if known else nothing[0]
            has_terms = 0 <= t.plan < last_plan and plans[t.plan].known
            p = plans[t.plan] if has_terms else plans[last_plan]
            caps, trusted, timely = judge_message(c, h, known, rules, now_us)
            own, country, row, findings, leapt, out = -1, -1, -1, 0, 0, h.out_of_class
            abroad_us, over_km = h.abroad_us, 0.0
            if trusted:
                placed = is_position(c) and c.accuracy_m <= rules.max_accuracy_m
                if not placed:
                    caps = note(caps, REFUSE, terms.UNKNOWN_LOCATION)
                elif rules.loaded:
                    own = here[i - first]
                    country = zones[own].country
                if known:
                    caps = judge_terminal(c, t, p, rules, now_us, caps)
                    if own >= 0:
                        caps, abroad_us, over_km, findings = judge_stay(c, t, h, p, country, now_us, caps)
                    if placed:
                        shown, leapt, out = judge_motion(c, t, h, timely)
                        findings |= shown
                        if has_sky and refuted(c, sky):
                            findings |= 1 << terms.REFUTED
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
                limited_sea = z.sea and z.max_coast_km < np.inf
                far_km = (
                    coast_km(zm.base, c.lon_deg, c.lat_deg, 1.1 * z.max_coast_km + 1.0)
                    if limited_sea
                    else 0.0
                )
                noted = judge_zone(z, c, t, p, known, far_km)
                gets = gets_there(noted, base, mercy, z)
                begin(s, gets, z.rate_mbps)
                radius_km = radius_of(c, t, rules, gets, base, mercy, now_us)
                count, x, y = 1, wrapped(c.lon_deg), upright(c.lat_deg)
                cell, shore_km = row_of(y) * COLUMNS + column_of(x), radius_km + zm.coast_tolerance_km
                alone = shore_km < free_km(base_cells[cell].clear, y) or free_of_lines(
                    base_cells, base_lines, x, y, shore_km
                )
                alone &= radius_km < free_km(overlay_cells[cell].clear, y) or free_of_lines(
                    overlay_cells, overlay_lines, x, y, radius_km
                )
                if radius_km > 0.0 and not alone:
                    count = zones_near(zm, c.lon_deg, c.lat_deg, radius_km, zone, km)
                if count == NEAR:  # there may be more, farther than these
                    radius_km = km[NEAR - 1]
                for k in range(1, count):
                    z = zones[zone[k]]
                    limited_sea = z.sea and z.max_coast_km < np.inf
                    far_km = (
                        coast_km(zm.base, c.lon_deg, c.lat_deg, 1.1 * z.max_coast_km + 1.0)
                        if limited_sea
                        else 0.0
                    )
                    there = judge_zone(z, c, t, p, known, far_km)
                    border = z.country >= 0 and country >= 0 and z.country != country
                    reach_km = 1e-3 * (c.accuracy_m + (rules.border_tolerance_m if border else 0.0))
                    less = gets_there(there, base, mercy, z)
                    add(s, gets, zone[k], less, km[k], reach_km, z.rate_mbps, there)
                caps, outcome, said, differ, holds = both(caps, noted), gets, own, s.differ, False
                if differ:
                    outcome, holds, elsewhere, caps = settle(gets, s, h, known, rules, now_us, caps)
                    said = s.zone if elsewhere else own
                if mercy and not s.denied:
                    outcome = max(outcome, EMERGENCY)
                free = min(free_of(s, outcome), radius_km - 1e-3 * (c.accuracy_m + rules.border_tolerance_m))
                valid_us = grant_end(free, c, t, h, holds, rules, now_us)
                if row >= 0:  # no grant outlives the plan that it was made by
                    valid_us = min(valid_us, plan.until_us)
                retry_km = retry_distance(gets, base, outcome, over_km, s)
                rate = min(s.rate_mbps, p.rate_mbps)
                if outcome == LIMITED and has(caps[LIMITED], terms.OVER_QUOTA):
                    rate = min(rate, p.limited_mbps)
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
            low, primary = lowest(caps), 0
            if low < SERVE:
                decisive = caps[0] if low == 0 else caps[1] if low == 1 else caps[2] if low == 2 else caps[3]
                for reason in priority:
                    if has(decisive, reason):
                        primary = int(reason)
                        break
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
