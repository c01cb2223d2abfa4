"""The rules of decision once more, in plain Python, written from docs/models/decisions.md: slow."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from policy_world import COUNTRIES, SOUTH, WEST, ZONES, Rules, square
from pyproj import Geod, Transformer

from openleo.service.policy import CLOCK_US, GRANT_US, RETRY_US, PlanNow, SkyNow
from openleo.service.reasons import PRIORITY, WORDING, Reason
from openleo.service.records import (
    AccountState,
    CellState,
    FindingKind,
    Flag,
    Licence,
    Motion,
    Outcome,
    Service,
    TerminalState,
)

GEOD = Geod(ellps="WGS84")
TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)

SPEED_KMH = {
    Motion.FIXED: 10.0, Motion.PORTABLE: 30.0, Motion.VEHICLE: 130.0, Motion.VESSEL: 90.0,
    Motion.AIRCRAFT: 1200.0,
}  # fmt: skip
HEIGHT_M = {
    Motion.FIXED: 150.0, Motion.PORTABLE: 150.0, Motion.VEHICLE: 150.0, Motion.VESSEL: 60.0,
    Motion.AIRCRAFT: 15_000.0,
}  # fmt: skip
STAY_US = 60 * 86_400_000_000
NEVER_US = 2**62

Row = dict[str, Any]


def row_of(array: np.ndarray, k: int) -> Row:
    """A row of a structured array as plain numbers."""
    return dict(zip(array.dtype.names or (), array[k].item(), strict=True))


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    return GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2] / 1e3


def zone_distances(lat: float, lon: float) -> dict[int, float]:
    """How far each zone of the small world is, in km; 0 for the one that holds the point."""
    kx = distance_km(lat, lon - 0.005, lat, lon + 0.005) / 0.01
    ky = distance_km(lat - 0.005, lon, lat + 0.005, lon) / 0.01
    found = {}
    for zone in range(1, ZONES):
        south, west = square(zone)
        dx = max(west - lon, 0.0, lon - west - 1) * kx
        dy = max(south - lat, 0.0, lat - south - 1) * ky
        found[zone] = math.hypot(dx, dy)
    inner = (lon - WEST, WEST + 4 - lon, lat - SOUTH, SOUTH + 3 - lat)
    scale = (kx, kx, ky, ky)
    found[0] = max(min(a * k for a, k in zip(inner, scale, strict=True)), 0.0)
    return found


@dataclass
class Verdict:
    """What the reference says; `close` where a rounding of a distance could turn it."""

    outcome: Outcome = Outcome.SERVE
    primary: Reason = Reason.NONE
    reasons: set[Reason] = field(default_factory=set)
    findings: set[FindingKind] = field(default_factory=set)
    zone: int = -1
    valid_us: int = 0
    retry_us: int = 0
    retry_km: float = math.inf
    rate_mbps: float = math.nan
    satellite: int = -1
    gateway: int = -1
    close: bool = False


class Case:
    """One check-in under judgement."""

    def __init__(self, c: Row, t: Row | None, h: Row | None, rules: Rules | None, now_us: int) -> None:
        self.c, self.t, self.h, self.now_us = c, t, h, now_us
        self.rules = rules if rules is not None and now_us < rules.until_us else None
        self.said: list[tuple[Outcome, Reason]] = []

    def cap(self, outcome: int, reason: Reason) -> None:
        self.said.append((Outcome(outcome), reason))

    def lowest(self) -> Outcome:
        return min((outcome for outcome, _ in self.said), default=Outcome.SERVE)

    def plan(self) -> int:
        """The number of a plan that the rules know, -1 without one."""
        if self.rules is None or self.t is None or not 0 <= self.t["plan"] < len(self.rules.plan_known):
            return -1
        return self.t["plan"] if self.rules.plan_known[self.t["plan"]] else -1

    def speed_kmh(self) -> float:
        motion = Motion(self.t["motion"]) if self.t else Motion.FIXED
        return self.c["speed_kmh"] if self.c["speed_kmh"] >= 0 else SPEED_KMH[motion]

    def position(self) -> bool:
        c = self.c
        return abs(c["lat_deg"]) <= 90 and abs(c["lon_deg"]) <= 180 and 0 <= c["accuracy_m"] < math.inf

    def message(self) -> tuple[bool, bool]:
        c, h = self.c, self.h
        trusted = timely = True
        if c["flags"] & Flag.UNSIGNED:
            self.cap(Outcome.REFUSE, Reason.BAD_SIGNATURE)
            trusted = False
        if h is None:
            self.cap(Outcome.REFUSE, Reason.UNKNOWN_TERMINAL)
        elif c["sequence"] <= h["sequence"]:
            self.cap(Outcome.REFUSE, Reason.REPLAY)
            trusted = False
        if abs(c["time_us"] - self.now_us) > (self.rules.clock_us if self.rules else CLOCK_US):
            self.cap(Outcome.REFUSE, Reason.CLOCK)
            timely = False
        if h and c["time_us"] < h["time_us"] - (self.rules.late_us if self.rules else 0):
            self.cap(Outcome.REFUSE, Reason.LATE)
            timely = False
        return trusted, timely

    def terminal(self) -> None:
        t, rules = self.t, self.rules
        assert t
        gone = Reason.TERMINAL_LOST_OR_STOLEN
        state = {
            TerminalState.SUSPENDED: Reason.TERMINAL_SUSPENDED,
            TerminalState.RETIRED: Reason.TERMINAL_RETIRED,
            TerminalState.LOST: gone, TerminalState.STOLEN: gone, TerminalState.FOUND: gone,
        }.get(TerminalState(t["state"]))  # fmt: skip
        if state:
            self.cap(Outcome.REFUSE, state)
        account = {
            AccountState.NONE: Reason.NO_ACCOUNT, AccountState.SUSPENDED: Reason.ACCOUNT_SUSPENDED,
            AccountState.UNPAID: Reason.UNPAID,
        }.get(AccountState(t["account_state"]))  # fmt: skip
        if account:
            self.cap(Outcome.WALLED, account)
        if t["paid_until_us"] and self.now_us >= t["paid_until_us"]:
            self.cap(Outcome.WALLED, Reason.UNPAID)
        if rules is None:
            return
        if rules.oldest_version and self.c["version"] < rules.oldest_version:
            self.cap(Outcome.WALLED, Reason.VERSION)
        plan = self.plan()
        if t["plan"] >= 0 and plan < 0:
            self.cap(Outcome.WALLED, Reason.NO_ACCOUNT)
        if plan >= 0:
            if not int(rules.plan_motion[plan]) >> t["motion"] & 1:
                self.cap(Outcome.REFUSE, Reason.MOTION_CLASS)
            if self.speed_kmh() > rules.plan_speed_kmh[plan]:
                self.cap(Outcome.REFUSE, Reason.TOO_FAST)
            if t["quota_used_mb"] > rules.plan_quota_mb[plan]:
                self.cap(rules.plan_over_quota[plan], Reason.OVER_QUOTA)

    def address(self, abroad_us: int) -> tuple[float, bool]:
        plan, rules, t = self.plan(), self.rules, self.t
        assert rules
        assert t
        over_km, limit_us = 0.0, STAY_US
        if plan >= 0:
            if rules.plan_address_km[plan] < math.inf:
                if math.isnan(t["home_lat_deg"]):
                    over_km = math.nan
                else:
                    home = t["home_lat_deg"], t["home_lon_deg"]
                    over_km = distance_km(self.c["lat_deg"], self.c["lon_deg"], *home)
                    over_km -= float(rules.plan_address_km[plan])
                if math.isnan(over_km) or over_km > 0:
                    self.cap(Outcome.WALLED, Reason.TOO_FAR_FROM_ADDRESS)
            if rules.plan_roaming_us[plan] < NEVER_US:
                limit_us = int(rules.plan_roaming_us[plan])
                if abroad_us and self.now_us - abroad_us > limit_us:
                    self.cap(Outcome.WALLED, Reason.ROAMING_TOO_LONG)
        return over_km, bool(abroad_us and self.now_us - abroad_us > limit_us)

    def leap(self) -> FindingKind | None:
        c, h = self.c, self.h
        assert h
        if math.isnan(h["lat_deg"]):
            return None

        def reached(lat: float, lon: float, since_us: int) -> bool:
            hours = max(c["time_us"] - since_us, 1_000_000) / 3.6e9
            slack = (c["accuracy_m"] + h["accuracy_m"]) / 1e3
            return distance_km(lat, lon, c["lat_deg"], c["lon_deg"]) <= slack + 1200 * hours

        if reached(h["lat_deg"], h["lon_deg"], h["time_us"]):
            return None
        if not math.isnan(h["other_lat_deg"]) and reached(
            h["other_lat_deg"], h["other_lon_deg"], h["other_us"]
        ):
            return FindingKind.CLONE
        return FindingKind.IMPOSSIBLE_TRAVEL

    def refuted(self, sky: SkyNow) -> bool:
        c = self.c
        which = np.flatnonzero(sky.satellite == c["satellite"])
        if not len(which):
            return False
        place = np.array(TO_ECEF.transform(c["lon_deg"], c["lat_deg"], 0.0)) / 1e3
        above = np.array(TO_ECEF.transform(c["lon_deg"], c["lat_deg"], 1000.0)) / 1e3 - place
        way = sky.position_ecef_km[which[0]] - place
        range_km = float(np.linalg.norm(way))
        elevation = math.degrees(math.asin(float(way @ above) / range_km / float(np.linalg.norm(above))))
        accuracy_km = c["accuracy_m"] / 1e3
        if elevation < sky.horizon_deg - math.degrees(accuracy_km / range_km):
            return True
        return abs(c["delay_ms"] / 2 * 299.792458 - range_km) > accuracy_km + sky.tolerance_km

    def zone(self, zone: int) -> list[tuple[Outcome, Reason]]:
        """What the rules of a zone say, whatever else is known."""
        r, c, t = self.rules, self.c, self.t
        assert r
        said: list[tuple[Outcome, Reason]] = []
        licence, service = Licence(r.licence[zone]), Service(r.service[zone])
        if licence != Licence.LICENSED:
            none = Reason.AT_SEA if r.sea[zone] else Reason.UNLICENSED
            said.append(
                (
                    Outcome.REFUSE,
                    {
                        Licence.NONE: none, Licence.PENDING: Reason.LICENCE_PENDING,
                        Licence.PROHIBITED: Reason.PROHIBITED,
                    }[licence],
                )
            )  # fmt: skip
        if service == Service.OFF:
            said.append((Outcome.REFUSE, Reason.SERVICE_OFF))
        if service == Service.EMERGENCY:
            said.append((Outcome.EMERGENCY, Reason.EMERGENCY_ONLY_HERE))
        masks = [int(mask) for mask in r.list_masks[zone] if mask]
        lists = t["lists"] if t else 0
        if any(not mask & lists for mask in masks) or (service == Service.LISTED and not masks):
            said.append((Outcome.REFUSE, Reason.NOT_ON_LIST))
        if t is None:
            return said
        plan = self.plan()
        height = c["altitude_m"]
        if math.isnan(height):
            height = 15_000.0 if t["motion"] == Motion.AIRCRAFT else 0.0
        bought_sea = plan < 0 or r.plan_at_sea[plan]
        for denied, reason in (
            (self.speed_kmh() > r.max_speed_kmh[zone], Reason.TOO_FAST),
            (height > r.max_altitude_m[zone], Reason.TOO_HIGH),
            (not int(r.motion[zone]) >> t["motion"] & 1, Reason.MOTION_CLASS),
            (not int(r.usage[zone]) >> t["usage"] & 1, Reason.USAGE_CLASS),
            (0 <= t["use"] < 64 and int(r.prohibited_uses[zone]) >> t["use"] & 1, Reason.USE_PROHIBITED),
            (
                r.sold_in[zone] >= 0
                and not (0 <= t["sold"] < COUNTRIES and r.sold_table[r.sold_in[zone], t["sold"]]),
                Reason.COUNTRY_OF_SALE,
            ),
            (r.sea[zone] and not bought_sea, Reason.AT_SEA),
            (r.sea[zone] and self.coast_km > r.max_coast_km[zone], Reason.AT_SEA),
        ):
            if denied:
                said.append((Outcome.REFUSE, reason))
        return said

    coast_km = 0.0


def decide(
    c: Row, t: Row | None, h: Row | None, rules: Rules | None, now_us: int, sky: SkyNow | None = None,
    plan: PlanNow | None = None,
) -> Verdict:  # fmt: skip
    """Decide one check-in; `h` is changed to what the next decision needs."""
    case, out = Case(c, t, h, rules, now_us), Verdict()
    rules = case.rules
    trusted, timely = case.message()
    own, abroad_us, over_km, leapt = -1, h["abroad_us"] if h else 0, 0.0, None
    out_of_class = h["out_of_class"] if h else 0
    row = -1
    if trusted:
        located = case.position() and (rules is None or c["accuracy_m"] <= rules.max_accuracy_m)
        if not located:
            case.cap(Outcome.REFUSE, Reason.UNKNOWN_LOCATION)
        km = zone_distances(c["lat_deg"], c["lon_deg"]) if located else {}
        if located and rules is not None:
            own = min((zone for zone in km if km[zone] == 0.0), key=lambda zone: (zone == 0, zone))
            case.coast_km = min(km[zone] for zone in range(1, ZONES))
            country = int(rules.country[own])
            if country >= 0 and t and h:
                abroad_us = (h["abroad_us"] or now_us) if t["home"] >= 0 and country != t["home"] else 0
        if t and h:
            case.terminal()
            stays = False
            if own >= 0:
                over_km, stays = case.address(abroad_us)
            if located:
                motion = Motion(t["motion"])
                flying = c["speed_kmh"] > SPEED_KMH[motion] and c["altitude_m"] > HEIGHT_M[motion]
                out_of_class = h["out_of_class"] + 1 if flying else 0
                leapt = case.leap() if timely else None
                seen = {
                    FindingKind.DRONE: out_of_class >= 2,
                    FindingKind.CLONE: leapt == FindingKind.CLONE,
                    FindingKind.IMPOSSIBLE_TRAVEL: leapt == FindingKind.IMPOSSIBLE_TRAVEL,
                    FindingKind.LOCATION_REFUTED: sky is not None and case.refuted(sky),
                    FindingKind.STAY_ABROAD: stays,
                }
                out.findings = {kind for kind, found in seen.items() if found}
                brings = {
                    FindingKind.DRONE: Reason.MOTION_CLASS, FindingKind.CLONE: Reason.CLONE,
                    FindingKind.IMPOSSIBLE_TRAVEL: Reason.IMPOSSIBLE_TRAVEL,
                    FindingKind.LOCATION_REFUTED: Reason.LOCATION_REFUTED,
                    FindingKind.STAY_ABROAD: Reason.ROAMING_TOO_LONG,
                }  # fmt: skip
                for kind in out.findings:
                    if rules is not None and rules.effects[kind] < Outcome.SERVE:
                        case.cap(rules.effects[kind], brings[kind])
        if plan is not None and c["cell"]:
            which = np.flatnonzero(plan.cell == np.uint64(c["cell"]))
            state = CellState(int(plan.reason[which[0]])) if len(which) else CellState.NO_COVERAGE
            if state == CellState.NO_COVERAGE:
                case.cap(Outcome.REFUSE, Reason.NO_COVERAGE)
            elif state == CellState.FULL:
                case.cap(Outcome.REFUSE, Reason.CELL_FULL)
            else:
                row = int(which[0])
    dark = (Outcome.REFUSE, Reason.NO_COVERAGE) in case.said
    distress = trusted and bool(c["flags"] & Flag.DISTRESS) and not dark
    base, differ = case.lowest(), False
    outcome = base
    if own >= 0:
        assert rules is not None
        said = {zone: case.zone(zone) for zone in km}
        gets, reach = {}, {}
        for zone in km:
            gets[zone] = min([base, *(outcome for outcome, _ in said[zone])])
            if distress and not rules.deny_emergency[zone]:
                gets[zone] = max(gets[zone], Outcome.EMERGENCY)
            border = rules.country[zone] >= 0 <= rules.country[own] != rules.country[zone]
            reach[zone] = (c["accuracy_m"] + (rules.border_tolerance_m if border else 0)) / 1e3
        out.close = any(
            abs(km[zone] - reach[zone]) < 0.01 * km[zone]
            for zone in km
            if zone != own and gets[zone] != gets[own]
        )
        touched = sorted(
            (zone for zone in km if km[zone] <= reach[zone]), key=lambda zone: (zone != own, km[zone])
        )
        out.close |= len({km[zone] for zone in touched[1:]}) < len(touched) - 1
        least = min(touched, key=lambda zone: gets[zone])
        differ = len({gets[zone] for zone in touched}) > 1
        case.said += said[own]
        out.zone, outcome, holds = own, gets[own], False
        if differ:
            outcome = gets[least]
            began = h["uncertain_us"] if h else 0
            runs = h is not None and h["outcome"] >= 0 and now_us <= h["valid_us"] + rules.hold_us
            if runs and not (began and now_us - began > rules.hold_us):
                assert h
                held = min(Outcome(h["outcome"]), gets[own])
                if held > outcome:
                    outcome, holds = held, True
            if not holds and outcome < gets[own]:
                case.said += said[least]
                out.zone = least
            case.cap(outcome if outcome < gets[own] else Outcome.SERVE, Reason.UNCERTAIN_LOCATION)
            if rules.effects[FindingKind.UNCERTAIN] < Outcome.SERVE:
                case.cap(rules.effects[FindingKind.UNCERTAIN], Reason.UNCERTAIN_LOCATION)
                outcome = min(outcome, Outcome(rules.effects[FindingKind.UNCERTAIN]))
        if distress and any(gets[zone] >= Outcome.EMERGENCY for zone in touched):
            outcome = max(outcome, Outcome.EMERGENCY)
        end = min(now_us + rules.grant_us, rules.until_us)
        if holds:
            end = min(end, ((h["uncertain_us"] if h else 0) or now_us) + rules.hold_us)
        if case.speed_kmh() > 0:
            way = min(
                (
                    km[zone] if zone in touched else km[zone] - reach[zone]
                    for zone in km
                    if gets[zone] < outcome and zone != own
                ),
                default=math.inf,
            )
            if way < math.inf:
                since = max(min(c["time_us"], now_us), now_us - rules.clock_us)
                end = min(end, since + max(way, 0.0) / case.speed_kmh() * 3.6e9)
        out.valid_us = max(int(end), now_us)
        if outcome == Outcome.SERVE:
            out.retry_km = 0.0
        elif outcome == base:
            out.retry_km = over_km if over_km > 0 else math.inf
        else:
            if gets[own] > outcome:  # away from the lines that its circle touches
                better = [max(reach[zone] - km[zone] for zone in touched if gets[zone] < gets[own])]
            else:
                better = [km[zone] + reach[zone] for zone in km if gets[zone] > outcome]
            out.retry_km = min([5.0, *better])
        out.rate_mbps = min(float(rules.rate_mbps[zone]) for zone in touched)
        if case.plan() >= 0:
            out.rate_mbps = min(out.rate_mbps, float(rules.plan_rate_mbps[case.plan()]))
            if (Outcome.LIMITED, Reason.OVER_QUOTA) in case.said and outcome == Outcome.LIMITED:
                out.rate_mbps = min(out.rate_mbps, float(rules.plan_limited_mbps[case.plan()]))
    elif trusted:
        if rules is None:
            running = h is not None and h["valid_us"] > now_us and h["outcome"] > Outcome.REFUSE
            case.cap(h["outcome"] if running and h else Outcome.REFUSE, Reason.NO_RULES)
            outcome = case.lowest()
            out.valid_us = h["valid_us"] if running and h else 0
        if distress and outcome < Outcome.EMERGENCY:
            outcome = Outcome.EMERGENCY
            out.valid_us = now_us + (rules.grant_us if rules is not None else GRANT_US)
    if row >= 0 and plan is not None and not out.rate_mbps < plan.rate_mbps[row]:
        out.rate_mbps = float(plan.rate_mbps[row])
    if differ and h:
        out.findings.add(FindingKind.UNCERTAIN)
    out.outcome, out.reasons = outcome, {reason for _, reason in case.said}
    lowest = case.lowest()
    decisive = [reason for cap, reason in case.said if cap == lowest] if lowest < Outcome.SERVE else []
    out.primary = min(decisive, key=PRIORITY.index, default=Reason.NONE)
    if outcome == Outcome.SERVE:
        out.retry_us = out.valid_us
    else:
        wait_s = WORDING[out.primary].wait_s
        wait = (rules.retry_us if rules is not None else RETRY_US) if wait_s is None else round(wait_s * 1e6)
        out.retry_us = now_us + wait
        if wait > 0 and rules is not None:
            out.retry_us = min(out.retry_us, rules.until_us)
    if outcome == Outcome.REFUSE:
        out.valid_us, out.rate_mbps = 0, 0.0
    elif row >= 0 and plan is not None:
        out.satellite, out.gateway = int(plan.satellite[row]), int(plan.gateway[row])
    if h and trusted:
        h["sequence"] = c["sequence"]
        if timely:
            remember(case, out, own, abroad_us, leapt, out_of_class, differ)
    return out


def remember(
    case: Case,
    out: Verdict,
    own: int,
    abroad_us: int,
    leapt: FindingKind | None,
    out_of_class: int,
    differ: bool,
) -> None:
    """Change the history to what the next decision needs."""
    c, h, now_us = case.c, case.h, case.now_us
    assert h
    h["first_us"] = h["first_us"] or c["time_us"]
    if c["time_us"] >= h["time_us"] and case.position():
        if leapt:
            h["other_lat_deg"], h["other_lon_deg"], h["other_us"] = h["lat_deg"], h["lon_deg"], h["time_us"]
        h["lat_deg"], h["lon_deg"], h["accuracy_m"] = c["lat_deg"], c["lon_deg"], c["accuracy_m"]
    h["time_us"] = max(c["time_us"], h["time_us"])
    h["out_of_class"] = out_of_class
    if own >= 0:
        assert case.rules
        h["zone"], h["country"], h["abroad_us"] = own, int(case.rules.country[own]), abroad_us
        h["uncertain_us"] = (h["uncertain_us"] or now_us) if differ else 0
    left = max(h["valid_us"] - now_us, 0) if h["outcome"] >= Outcome.LIMITED else 0
    h["served_us"] += (max(out.valid_us - now_us, 0) if out.outcome >= Outcome.LIMITED else 0) - left
    if out.outcome <= Outcome.EMERGENCY and not h["refused_us"]:
        h["refused_us"] = now_us
    h["outcome"] = int(out.outcome)
    h["valid_us"] = out.valid_us if out.outcome > Outcome.REFUSE else min(h["valid_us"], now_us)
