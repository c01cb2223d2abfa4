"""Who is served: check-ins, the register, what came before and the rules become decisions with reasons.

`decide_batch` takes arrays and calls the kernel; `decide` packs one check-in into rows, calls the same kernel
and puts the answer into words. Neither reads a clock or a file. What each check means, and what happens where
data or rules are missing, stands in docs/models/decisions.md.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.reasons import APPEAL, PRIORITY, WORDING, Language, Reason, reasons_of
from openleo.service.records import (
    CHECKIN,
    HISTORY,
    TERMINAL,
    CheckIn,
    FindingKind,
    History,
    Names,
    Outcome,
    Terminal,
    checkin_row,
    history_of,
    history_row,
    instant,
    microseconds,
    no_history,
    terminal_row,
)

if TYPE_CHECKING:
    from openleo.kernels.terms import PlanArrays, SkyArrays
    from openleo.kernels.zones import ZoneMap
    from openleo.service.regions import RuleSet
    from openleo.service.terms import Terms

Rows = NDArray[np.void]

HORIZON_DEG: Final = -2.0
"""A satellite lower than this over a reported position was not above its horizon: refraction bends by 0.6
degrees, and terminals stand on hills (a height of 2 km lowers the horizon by 1.4 degrees)."""

RANGE_TOLERANCE_KM: Final = 60.0
"""By how much a measured delay may miss the range: a satellite moves 7.6 km a second, positions are some
seconds old, and 0.1 ms of the radio's own time are 15 km."""

CLOCK_US: Final = 300_000_000
"""Tolerated clock error where no rules say it."""

GRANT_US: Final = 300_000_000
"""How long an emergency is answered where no rules say it."""

RETRY_US: Final = 60_000_000
"""After a refusal ask again no earlier, where no rules say it."""


@dataclass(frozen=True)
class SkyNow:
    """Where the satellites stand at one instant: numbers (S,) int32, sorted, and ECEF positions (S, 3) km."""

    satellite: NDArray[np.int32]
    position_ecef_km: NDArray[np.float64]
    horizon_deg: float = HORIZON_DEG
    tolerance_km: float = RANGE_TOLERANCE_KM


@dataclass(frozen=True)
class PlanNow:
    """The plan of a slot by H3 cell, sorted by id (C,): who serves it, over what gateway, at what rate.

    reason: (C,) int8, a `CellState`. until_us: when it ceases to hold, and with it the grants that it made,
    0: it does not.
    """

    cell: NDArray[np.uint64]
    satellite: NDArray[np.int32]
    gateway: NDArray[np.int32]
    rate_mbps: NDArray[np.float32]
    reason: NDArray[np.int8]
    until_us: int = 0


@dataclass(frozen=True)
class Decisions:
    """What N check-ins get; arrays (N,).

    outcome: int8 `Outcome`. reasons: uint64, bit r for `Reason` r. primary: int8 `Reason`, 0 for none. zone:
    int32, the zone that decides, -1 for none. valid_us: int64, end of the grant, 0 for none. retry_us: int64,
    ask again no earlier. retry_km: float32, after which distance asking again makes sense, inf where moving
    does not help. rate_mbps: float32, inf for no limit, NaN where it stays as it was granted. satellite,
    gateway: int32, -1 where no plan names them. finding: uint32, bit k for `FindingKind` k.
    """

    outcome: NDArray[np.int8]
    reasons: NDArray[np.uint64]
    primary: NDArray[np.int8]
    zone: NDArray[np.int32]
    valid_us: NDArray[np.int64]
    retry_us: NDArray[np.int64]
    retry_km: NDArray[np.float32]
    rate_mbps: NDArray[np.float32]
    satellite: NDArray[np.int32]
    gateway: NDArray[np.int32]
    finding: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True)
class Clause:
    """One reason of a decision, with the region and the decision of its rule that say so (or empty)."""

    reason: Reason
    region: str
    rule: str

    def text(self, language: Language = "en") -> str:
        """The reason in a sentence."""
        return WORDING[self.reason].text(language)

    def appeal(self, language: Language = "en") -> str:
        """Where to appeal."""
        return APPEAL[WORDING[self.reason].appeal][language == "fr"]


@dataclass(frozen=True)
class Decision:
    """What one check-in gets, and why.

    reason: the primary one, `Reason.NONE` where nothing stands against service. clauses: all reasons, the
    primary first. region, rule: what says the primary one. rules: name, version and digest of the rule set.
    retry_km: None where moving does not help. rate_mbps: None where nothing limits it or nothing is granted.
    history: what the next decision needs.
    """

    outcome: Outcome
    reason: Reason
    reasons: tuple[Reason, ...]
    clauses: tuple[Clause, ...]
    region: str
    rule: str
    rules: str
    valid_until: datetime | None
    retry_after: datetime | None
    retry_km: float | None
    rate_mbps: float | None
    satellite: int
    gateway: int
    findings: tuple[FindingKind, ...]
    history: History = field(repr=False)


def decide(
    checkin: CheckIn,
    terminal: Terminal | None,
    history: History,
    rules: "RuleSet | None",
    now: datetime,
    sky: SkyNow | None = None,
    plan: PlanNow | None = None,
    *,
    names: Names | None = None,
) -> Decision:
    """Decide one check-in. Pure: the same arguments give the same answer.

    terminal: None for one that is not in the register. rules: None where none are in force. names: those that
    `history` was made with; without any, `history.country` goes by the rules' own names. Raises InputError
    for what no row can hold.
    """
    now_us = microseconds(now)
    numbers = names if names is not None else Names()
    terms = rules.terms(now_us, numbers) if rules is not None else None
    register = np.zeros(0, TERMINAL) if terminal is None else terminal_row(terminal, numbers)
    histories = no_history(0) if terminal is None else history_row(history)
    row = checkin_row(checkin, -1 if terminal is None else 0)
    made = decide_batch(
        row, register, histories, terms, rules.zone_map if rules is not None else None, now_us, sky, plan
    )
    after = history if terminal is None else history_of(histories[0])
    return worded(made, 0, terms, "" if rules is None else said_of(rules), after)


def said_of(rules: "RuleSet") -> str:
    """A rule set as decisions name it."""
    return f"{rules.name}, version {rules.version}, {rules.digest}"


def worded(made: Decisions, i: int, terms: "Terms | None", rules: str, history: History) -> Decision:
    """Row i of decisions in words. terms: by which they were made, None for none."""
    primary = Reason(int(made.primary[i]))
    reasons = reasons_of(int(made.reasons[i]))
    reasons = tuple(sorted(reasons, key=lambda reason: reason != primary))
    zone = int(made.zone[i])
    clauses = tuple(
        Clause(reason, *(terms.says(zone, reason) if terms is not None and zone >= 0 else ("", "")))
        for reason in reasons
    )
    first = clauses[0] if primary else None
    km, rate = float(made.retry_km[i]), float(made.rate_mbps[i])
    return Decision(
        outcome=Outcome(int(made.outcome[i])), reason=primary, reasons=reasons, clauses=clauses,
        region=first.region if first else "", rule=first.rule if first else "", rules=rules,
        valid_until=instant(int(made.valid_us[i])), retry_after=instant(int(made.retry_us[i])),
        retry_km=km if np.isfinite(km) else None, rate_mbps=rate if np.isfinite(rate) else None,
        satellite=int(made.satellite[i]), gateway=int(made.gateway[i]),
        findings=tuple(kind for kind in FindingKind if int(made.finding[i]) >> kind & 1), history=history,
    )  # fmt: skip


def decide_batch(
    checkins: Rows,
    register: Rows,
    histories: Rows,
    terms: "Terms | None",
    zone_map: "ZoneMap | None",
    now_us: int,
    sky: SkyNow | None = None,
    plan: PlanNow | None = None,
) -> Decisions:
    """Decide check-ins in their order; each sees what those before it left behind.

    checkins: (N,) CHECKIN rows, whose `terminal` is a row of register and histories, -1 for an unknown one.
    register: (T,) TERMINAL rows. histories: (T,) HISTORY rows, changed in place (but for `checkin`, the
    number in the store). terms, zone_map: of the rules in force, both None without any; terms that
    have run out are none. now_us: the clock, microseconds since 1970-01-01 UTC.
    Raises InputError where arrays have other types or lengths.
    """
    from openleo.kernels.policy import ANSWER, decide_rows

    for name, rows, dtype in (
        ("checkins", checkins, CHECKIN), ("register", register, TERMINAL), ("histories", histories, HISTORY)
    ):  # fmt: skip
        if rows.dtype != dtype or rows.ndim != 1:
            raise InputError(f"{name}: rows of another type given; {dtype} is allowed")
    if len(register) != len(histories):
        raise InputError(
            f"histories: {len(histories)} given; {len(register)}, one for each terminal, are allowed"
        )
    if (terms is None) != (zone_map is None):
        raise InputError("zone_map: given without terms, or terms without zone_map; both or none are allowed")
    known = terms if terms is not None and now_us < terms.until_us else None
    rules = _no_terms() if known is None else _kept(known, _terms)
    answers = np.empty(len(checkins), ANSWER)
    running = plan if plan is not None and (plan.until_us == 0 or now_us < plan.until_us) else None
    if not checkins.flags.writeable or not checkins.flags.c_contiguous:  # one type of array, one compilation
        checkins = np.array(checkins)
    decide_rows(
        checkins, register, histories, _stranger(), no_history(1), *rules,
        _no_zones() if zone_map is None else zone_map, _no_sky() if sky is None else _kept(sky, _sky),
        _no_plan() if running is None else _kept(running, _plan), _PRIORITY, _WAIT_US, now_us, answers,
    )  # fmt: skip
    return Decisions(**{name: answers[name].copy() for name in ANSWER.names or ()})


_PRIORITY: Final = np.array(PRIORITY, np.int8)
_WAIT_US: Final = np.array(
    [
        -1 if reason is None or reason.wait_s is None else round(reason.wait_s * 1e6)
        for reason in (WORDING.get(Reason(r)) if r < len(Reason) else None for r in range(64))
    ],
    np.int64,
)


def _stranger() -> Rows:
    """The row of a terminal that is not in the register."""
    row = np.zeros(1, TERMINAL)
    for name in ("account", "dealer", "sponsor", "sold", "home", "plan", "use"):
        row[name] = -1
    return row


T = TypeVar("T")
_last: Final[dict[str, tuple["weakref.ref[Any]", Any]]] = {}


def _kept(of: Any, make: Callable[[Any], T]) -> T:
    """What is made of terms, of a sky or of a plan, made once while the same is in force: it takes some 50 us
    to 2 ms, and a single check-in is decided in 3 us."""
    held = _last.get(make.__name__)
    if held is None or held[0]() is not of:
        held = _last[make.__name__] = (weakref.ref(of), make(of))
    made: T = held[1]
    return made


def _terms(terms: "Terms") -> tuple[Rows, Rows, Rows]:
    """Terms as the kernel reads them: rules (1,), zones (Z,) and plans (P + 1,)."""
    from openleo.kernels.terms import PLAN_TERMS, SOLD_BITS, ZONE_TERMS

    rules, _, none = _no_terms()
    rules, zones = rules.copy(), np.zeros(len(terms.licence), ZONE_TERMS)
    for name in rules.dtype.names or ():
        if name in EFFECTS:
            rules[name] = terms.effects[EFFECTS.index(name)]
        else:
            rules[name] = True if name == "loaded" else getattr(terms, name)
    sold = np.zeros((len(terms.sold_table) + 1, SOLD_BITS), np.bool_)  # the last row: sold anywhere
    if terms.sold_table[:, SOLD_BITS:].any():
        raise InputError(f"sold_in: at most {SOLD_BITS} countries of sale are allowed")
    table = terms.sold_table[:, :SOLD_BITS]
    sold[:-1, : table.shape[1]] = table
    words = np.packbits(sold, axis=1, bitorder="little").view(np.uint64)[terms.sold_in]
    zones["sold_anywhere"] = terms.sold_in < 0
    for name in ZONE_TERMS.names or ():
        part = name.rpartition("_")
        if part[0] in ("lists", "sold") and part[2].isdecimal():
            zones[name] = (terms.list_masks if part[0] == "lists" else words)[:, int(part[2])]
        elif name != "sold_anywhere":
            zones[name] = getattr(terms, name)
    plans = np.zeros(len(terms.plan_known), PLAN_TERMS)
    for name in PLAN_TERMS.names or ():
        plans[name] = getattr(terms, f"plan_{name}")
    return rules, zones, np.concatenate([plans, none])


@cache
def _no_terms() -> tuple[Rows, Rows, Rows]:
    """What the kernel reads where no rules are in force."""
    from openleo.kernels.terms import NEVER_US, PLAN_TERMS, RULE_TERMS, ZONE_TERMS

    rules, plan = np.zeros(1, RULE_TERMS), np.zeros(1, PLAN_TERMS)
    rules["grant_us"], rules["clock_us"], rules["retry_us"] = GRANT_US, CLOCK_US, RETRY_US
    rules["max_accuracy_m"] = np.inf
    for name in EFFECTS:
        rules[name] = Outcome.SERVE
    plan["roaming_us"], plan["motion"], plan["at_sea"] = NEVER_US, 2**32 - 1, True
    for name in ("rate_mbps", "quota_mb", "limited_mbps", "address_km", "speed_kmh"):
        plan[name] = np.inf
    return rules, np.zeros(0, ZONE_TERMS), plan


EFFECTS: Final = tuple(kind.word for kind in FindingKind)
"""The kinds of finding, in the order of `Terms.effects`."""


@cache
def _no_zones() -> "ZoneMap":
    """Zones that nobody looks at: there are no rules."""
    from openleo.kernels.zones import ZoneMap
    from openleo.places.grids import grid_of

    none = grid_of([], [])
    return ZoneMap(none, none, np.zeros((1, 1), np.int32), 0.0)


@cache
def _no_sky() -> "SkyArrays":
    return _sky(SkyNow(np.empty(0, np.int32), np.empty((0, 3))))


def _sky(sky: SkyNow) -> "SkyArrays":
    from openleo.kernels.terms import SkyArrays

    satellite, position = (
        np.array(sky.satellite, np.int32),
        np.array(sky.position_ecef_km, np.float64, order="C"),
    )
    if position.shape != (len(satellite), 3) or np.any(np.diff(satellite) <= 0):
        raise InputError("sky: satellite (S,) sorted, each once, and position_ecef_km (S, 3) are allowed")
    return SkyArrays(satellite, position, float(sky.horizon_deg), float(sky.tolerance_km))


@cache
def _no_plan() -> "PlanArrays":
    return _plan(PlanNow(*(np.empty(0) for _ in range(5))))  # type: ignore[arg-type]


def _plan(plan: PlanNow) -> "PlanArrays":
    from openleo.kernels.terms import NEVER_US, PlanArrays

    columns = (plan.cell, plan.satellite, plan.gateway, plan.rate_mbps, plan.reason)
    if len({len(column) for column in columns}) > 1:
        raise InputError("plan: its columns have different lengths; one row for each cell is allowed")
    if np.any(plan.cell[1:] <= plan.cell[:-1]):
        raise InputError("plan: cells are not sorted; each once, in growing order, is allowed")
    kinds = (np.uint64, np.int32, np.int32, np.float32, np.int8)
    arrays: list[Any] = [np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return PlanArrays._make((*arrays, plan.until_us or NEVER_US))
