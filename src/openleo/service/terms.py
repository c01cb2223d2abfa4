"""What the rules say of every zone at one instant, as arrays: for the planner, and for the policy kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.reasons import Reason
from openleo.service.records import FindingKind, Licence, Motion, Names, Outcome, Service, Usage
from openleo.service.rulefile import Region, RuleFile
from openleo.service.zones import Division

Bools = NDArray[np.bool_]
I1 = NDArray[np.int8]
I2 = NDArray[np.int16]
F4 = NDArray[np.float32]
U4 = NDArray[np.uint32]
U8 = NDArray[np.uint64]

DAY_US: Final = 86_400_000_000
NEVER_US: Final = 2**62
"""An instant that never comes: terms that do not change hold until then."""

LIST_WORDS: Final = 4
"""How many different demands for lists may meet in one zone."""

FINDINGS: Final = tuple(kind.word for kind in FindingKind)
"""The kinds of finding, in the order of `Terms.effects`."""

LIMITS: Final = ("max_speed_kmh", "max_altitude_m", "max_coast_km", "rate_mbps")

_OUTCOME = {"": Outcome.SERVE, "refuse": Outcome.REFUSE, "emergency": Outcome.EMERGENCY,
            "walled": Outcome.WALLED, "limited": Outcome.LIMITED}  # fmt: skip

_TOPIC = {
    Reason.UNLICENSED: "licence", Reason.PROHIBITED: "licence", Reason.LICENCE_PENDING: "licence",
    Reason.AT_SEA: "licence", Reason.SERVICE_OFF: "service", Reason.EMERGENCY_ONLY_HERE: "service",
    Reason.NOT_ON_LIST: "lists", Reason.TOO_FAST: "max_speed_kmh", Reason.TOO_HIGH: "max_altitude_m",
    Reason.MOTION_CLASS: "motion", Reason.USAGE_CLASS: "usage", Reason.USE_PROHIBITED: "prohibited_uses",
    Reason.COUNTRY_OF_SALE: "sold_in",
}  # fmt: skip
"""What of a region's statements a reason goes back to."""


@dataclass(frozen=True)
class Law:
    """What holds in each of Z zones while the same R regions are in force, and which region says it.

    `licence`, `service` (Z,) int8; `listed` (Z, G) bool: which of the `demands`, tuples of list names, hold;
    `limits` {key: (Z,) float32}; `motion`, `usage` (Z,) uint32 bits allowed; `uses` {use: (Z,) bool}
    prohibited; `landing`, `sold` (Z,) int16 into `landings` and `sales`, of which the first is None (any);
    `deny_emergency` (Z,) bool; `by` {topic: (Z,) int16 into the regions, -1: none, elsewhere}; `specific`
    (Z,) int16: the narrowest region in force there, -1 for none.
    """

    licence: I1
    service: I1
    demands: tuple[tuple[str, ...], ...]
    listed: Bools
    limits: dict[str, F4]
    motion: U4
    usage: U4
    uses: dict[str, Bools]
    landings: tuple[tuple[str, ...] | None, ...]
    landing: I2
    sales: tuple[tuple[str, ...] | None, ...]
    sold: I2
    deny_emergency: Bools
    by: dict[str, I2]
    specific: I2


def law(file: RuleFile, division: Division, active: Sequence[bool]) -> Law:
    """What holds while the regions marked `active` (R,) are in force.

    Each statement is the most restrictive of all regions at the place, so their order does not matter; it
    only picks which of several that say the same is named: polygons, cells, bands and disputed areas before
    countries, countries before the sea, then the first in the file.
    """
    count = len(division.country)
    by = {topic: np.full(count, -1, np.int16) for topic in {*_TOPIC.values(), *LIMITS, "landing", "deny"}}
    licence, service = np.full(count, 9, np.int8), np.full(count, 9, np.int8)
    limits = {name: np.full(count, np.inf, np.float32) for name in LIMITS}
    motion, usage = np.full(count, 2**32 - 1, np.uint32), np.full(count, 2**32 - 1, np.uint32)
    uses: dict[str, Bools] = {}
    demands: list[tuple[str, ...]] = []
    listed: list[Bools] = []
    landings, landing = _Groups(), np.zeros(count, np.int16)
    sales, sold = _Groups(), np.zeros(count, np.int16)
    deny = np.zeros(count, np.bool_)
    specific = np.full(count, -1, np.int16)
    for r in sorted(range(len(file.regions)), key=lambda r: (_breadth(file.regions[r]), r)):
        if not active[r]:
            continue
        region, here = file.regions[r], division.member[:, r]
        specific[here & (specific < 0)] = r
        if region.licence:
            value = Licence[region.licence.upper()]
            # A licence of one claimant does not cover a disputed area unless the region names it
            where = here & division.licensable[:, r] if value == Licence.LICENSED else here
            _least(licence, int(value), where, by["licence"], r)
        if region.service:
            _least(service, int(Service[region.service.upper()]), here, by["service"], r)
        if region.lists:
            demand = tuple(sorted(set(region.lists)))
            if demand not in demands:
                demands.append(demand)
                listed.append(np.zeros(count, np.bool_))
            listed[demands.index(demand)] |= here
            by["lists"][here & (by["lists"] < 0)] = r
        for name in LIMITS:
            value = getattr(region, name)
            if np.isfinite(value):
                _least(limits[name], _held(value), here, by[name], r)
        for topic, bits, kinds in (("motion", motion, Motion), ("usage", usage, Usage)):
            if allowed := getattr(region, topic):
                bits[here] &= np.uint32(sum(1 << kinds[name.upper()] for name in set(allowed)))
                by[topic][here & (by[topic] < 0)] = r
        for use in region.prohibited_uses:
            uses.setdefault(use, np.zeros(count, np.bool_))[here] = True
            by["prohibited_uses"][here & (by["prohibited_uses"] < 0)] = r
        for topic, groups, index, codes in (
            ("landing", landings, landing, division.codes(region.landing)),
            ("sold_in", sales, sold, division.codes(region.sold_in)),
        ):
            if codes:
                groups.narrow(index, here, codes)
                by[topic][here & (by[topic] < 0)] = r
        if region.deny_emergency:
            deny |= here
            by["deny"][here & (by["deny"] < 0)] = r
    nothing = (licence == 9) & (service == 9)
    service[nothing] = Service[file.elsewhere.service.upper()]
    service[service == 9] = Service.ON
    licence[licence == 9] = Licence[file.elsewhere.licence.upper()]
    licence[-1], service[-1], deny[-1] = Licence.PROHIBITED, Service.OFF, True  # of the zone that cannot be
    return Law(
        licence, service, tuple(demands), np.array(listed, np.bool_).reshape(-1, count).T, limits, motion,
        usage, uses, tuple(landings.groups), landing, tuple(sales.groups), sold, deny, by, specific,
    )  # fmt: skip


class _Groups:
    """Sets of countries that meet in zones: the first is None (any), the others are intersections."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, ...] | None] = [None]

    def narrow(self, index: I2, here: Bools, codes: Sequence[str]) -> None:
        """Let only these countries stay allowed in the zones `here`."""
        for group in np.unique(index[here]).tolist():
            before = self.groups[group]
            after = tuple(sorted(set(codes) if before is None else set(codes) & set(before)))
            if after not in self.groups:
                self.groups.append(after)
            index[here & (index == group)] = self.groups.index(after)


def _held(value: float) -> float:
    """A number as 32 bits hold it; infinity stays."""
    return value if np.isinf(value) else min(value, float(np.finfo(np.float32).max))


def _breadth(region: Region) -> int:
    return 2 if region.sea else 1 if region.countries else 0


def _least(held: NDArray[Any], value: float, where: Bools, by: I2, r: int) -> None:
    smaller = where & (held > np.asarray(value, held.dtype))
    held[smaller] = value
    by[smaller] = r


@dataclass(frozen=True)
class Terms:
    """The rules as the policy kernel reads them: arrays over Z zones and over plans, and scalars.

    country: (Z,) int16 Names "country", -1 at sea and where the country is disputed. sea: (Z,) bool.
    licence, service: (Z,) int8. list_masks: (Z, 4) uint64: each word that is not 0 must share a bit with
    the terminal's lists. max_speed_kmh, max_altitude_m, max_coast_km, rate_mbps: (Z,) float32, inf: none.
    motion, usage: (Z,) uint32, a bit for each class allowed. prohibited_uses: (Z,) uint64, a bit for each
    Names "use". sold_in: (Z,) int16 row of sold_table, -1: any; sold_table: (G, n) bool over Names "country".
    deny_emergency: (Z,) bool. plan_*: by Names "plan" number; plan_known: false for a plan that the register
    names and the rules do not. effects: (7,) int8 the most that a terminal gets with an open finding of each
    of `FINDINGS`; SERVE: no effect. until_us: until when all of this holds.
    """

    country: I2
    sea: Bools
    licence: I1
    service: I1
    list_masks: U8
    max_speed_kmh: F4
    max_altitude_m: F4
    max_coast_km: F4
    motion: U4
    usage: U4
    prohibited_uses: U8
    sold_in: I2
    sold_table: Bools
    rate_mbps: F4
    deny_emergency: Bools
    plan_known: Bools
    plan_rate_mbps: F4
    plan_quota_mb: F4
    plan_over_quota: I1
    plan_limited_mbps: F4
    plan_address_km: F4
    plan_roaming_us: NDArray[np.int64]
    plan_at_sea: Bools
    plan_motion: U4
    plan_speed_kmh: F4
    grant_us: int
    hold_us: int
    clock_us: int
    late_us: int
    max_accuracy_m: float
    border_tolerance_m: float
    oldest_version: int
    retry_us: int
    effects: I1
    until_us: int
    digest: str
    _law: Law
    _regions: tuple[Region, ...]
    _elsewhere: str

    def says(self, zone: int, reason: Reason) -> tuple[str, str]:
        """The region that a reason goes back to in a zone, and its decision.

        The name is empty where no region says it but the default of the rule set; both are empty for a reason
        that is no matter of place, such as a bad signature.
        """
        topic = _TOPIC.get(reason)
        if topic is None or zone < 0:
            return "", ""
        region = int(self._law.by[topic][zone])
        if reason == Reason.AT_SEA and np.isfinite(self.max_coast_km[zone]):
            region = int(self._law.by["max_coast_km"][zone])
        if region >= 0:
            return self._regions[region].name, self._regions[region].decision
        return ("", self._elsewhere) if topic in ("licence", "service") else ("", "")


def terms_of(
    file: RuleFile, division: Division, held: Law, names: Names, until_us: int, digest: str
) -> Terms:
    """Number what the law names, so that a kernel can read it."""
    numbers = np.array([*names.numbers("country", division.country_names), -1], np.int16)
    country = np.where(division.disputed, np.int16(-1), numbers[division.country])
    total = len(names.all("country"))
    sold_table = np.zeros((max(len(held.sales) - 1, 0), total), np.bool_)
    for row, codes in enumerate(held.sales[1:]):
        for code in codes or ():
            sold_table[row, names.number("country", code)] = True
    words = [sum(_bit(names, "list", name) for name in demand) for demand in held.demands]
    masks = np.zeros((len(country), LIST_WORDS), np.uint64)
    used = np.zeros(len(country), np.int64)
    for g, word in enumerate(words):
        here = held.listed[:, g]
        masks[here, used[here]] = np.uint64(word)
        used[here] += 1
    prohibited = np.zeros(len(country), np.uint64)
    for use, here in held.uses.items():
        prohibited[here] |= np.uint64(_bit(names, "use", use))
    for each in file.plans:
        names.number("plan", each.name)
    by_name = {each.name: each for each in file.plans}
    plans = [by_name.get(name) for name in names.all("plan")]

    def plan(read: Any, otherwise: Any, dtype: Any) -> NDArray[Any]:
        return np.array([otherwise if each is None else read(each) for each in plans], dtype)

    return Terms(
        country=country, sea=division.country < 0, licence=held.licence, service=held.service,
        list_masks=masks, **held.limits,
        motion=held.motion, usage=held.usage, prohibited_uses=prohibited,
        sold_in=(held.sold - 1).astype(np.int16), sold_table=sold_table, deny_emergency=held.deny_emergency,
        plan_known=plan(lambda _: True, False, np.bool_),
        plan_rate_mbps=plan(lambda p: _held(p.rate_mbps), 0.0, np.float32),
        plan_quota_mb=plan(lambda p: _held(p.quota_mb), np.inf, np.float32),
        plan_over_quota=plan(lambda p: _OUTCOME[p.over_quota], Outcome.REFUSE, np.int8),
        plan_limited_mbps=plan(lambda p: _held(p.limited_mbps), 0.0, np.float32),
        plan_address_km=plan(lambda p: _held(p.address_km), np.inf, np.float32),
        plan_roaming_us=plan(lambda p: int(min(p.roaming_days * DAY_US, NEVER_US)), NEVER_US, np.int64),
        plan_at_sea=plan(lambda p: p.at_sea, False, np.bool_),
        plan_motion=plan(_motion_bits, 2**32 - 1, np.uint32),
        plan_speed_kmh=plan(lambda p: _held(p.max_speed_kmh), np.inf, np.float32),
        grant_us=round(file.grant_s * 1e6), hold_us=round(file.hold_s * 1e6),
        clock_us=round(file.clock_s * 1e6), late_us=round(file.late_s * 1e6),
        max_accuracy_m=file.max_accuracy_km * 1e3, border_tolerance_m=file.border_tolerance_km * 1e3,
        oldest_version=file.oldest_version, retry_us=round(file.retry_s * 1e6),
        effects=np.array([_OUTCOME[getattr(file.effects, kind, "")] for kind in FINDINGS], np.int8),
        until_us=until_us, digest=digest, _law=held, _regions=file.regions,
        _elsewhere=file.elsewhere.decision,
    )  # fmt: skip


def _motion_bits(plan: Any) -> int:
    return sum(1 << Motion[name.upper()] for name in set(plan.motion)) if plan.motion else 2**32 - 1


def _bit(names: Names, kind: str, name: str) -> int:
    """The bit of a name in a word of 64."""
    number = names.number(kind, name)
    if number >= 64:
        raise InputError(f"{kind} {name!r}: {number} others came before it; rules can tell 64 apart")
    return 1 << number
