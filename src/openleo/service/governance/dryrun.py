"""What a change of rules would do, before it is made: who would lose service and who would gain it.

Each terminal is put at its last known position and decided by both rule sets, by the same kernel as in
service: what comes out is what each would get if it checked in again at that instant. Nothing is stored. How
many Gbit/s that is says the planner (`operate.dryrun`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.ledger.entries import time_of
from openleo.places.cells import ids_at
from openleo.service.governance.entries import Touches
from openleo.service.policy import decide_batch
from openleo.service.reasons import Reason, reasons_of
from openleo.service.records import CHECKIN, Names, Outcome, instant, microseconds
from openleo.service.store import latest

if TYPE_CHECKING:
    from openleo.service.policy import Decisions
    from openleo.service.regions import RuleSet
    from openleo.service.terminals import Register
    from openleo.service.terms import Terms

Bools = NDArray[np.bool_]
Rows = NDArray[np.void]

RESOLUTION: Final = 5
"""Of the H3 cells in which terminals are counted."""

AT_ONCE: Final = 131_072
"""Terminals decided together: a million at once would need 0.5 GB."""

ELSEWHERE: Final = "elsewhere"
NOT_A_PLACE: Final = "everywhere"
"""What says it where it is no region: what holds where none says anything, or no matter of place at all."""

_NUMBERED: Final = ("country", "list", "plan", "use")  # kinds of names that terms have arrays over


class Effect(IntEnum):
    """What a change does to a terminal. Service is the Internet, at whatever rate."""

    LOSES = 0
    GAINS = 1
    LESS = 2
    MORE = 3

    @property
    def text(self) -> str:
        """As people read it."""
        return ("loses service", "gains service", "gets less", "gets more")[self]


@dataclass(frozen=True)
class LastSeen:
    """The last check-in of T terminals, as far as the store keeps it.

    histories: (T,) HISTORY. checkins: (T,) CHECKIN; a position that is not known is NaN.
    """

    histories: Rows
    checkins: Rows


@dataclass(frozen=True)
class Checked:
    """A list of terminals, held against those that a change affects; hardware numbers, in order.

    given: how many different ones the list has. hit: on the list and affected. unaffected: on the list, and
    the change does nothing to them. unplaced: on the list, and no position of them is known. unknown: on the
    list and not in the register. unlisted: affected and not on the list.
    """

    given: int
    hit: int
    unaffected: tuple[str, ...]
    unplaced: tuple[str, ...]
    unknown: tuple[str, ...]
    unlisted: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the change affects those on the list and nobody else."""
        return not (self.unaffected or self.unplaced or self.unknown or self.unlisted)


@dataclass(frozen=True)
class DryRun:
    """What a change would do at an instant, terminal by terminal; arrays (K,) over those that it affects.

    before, after: digests, "" for no rules. terminals: in the register. placed: of how many a position is
    known. never: how many never checked in. terminal: numbers in the register. effect: `Effect`. was, gets:
    `Outcome` before and after. was_for, gets_for: primary `Reason`. was_mbps, gets_mbps: limit of the rate,
    inf for none, NaN where nothing is granted. lat_deg, lon_deg: last known position. cell: H3 index.
    account, region, country: into `accounts` ("" for none), `regions` and `countries` ("" at sea); region:
    what says it, in the rules after the change for who loses or gets less, in those before it for the others.
    listed: on the list that was given, None without one.
    """

    at_us: int
    before: str
    after: str
    terminals: int
    placed: int
    never: int
    terminal: NDArray[np.int64]
    effect: NDArray[np.int8]
    was: NDArray[np.int8]
    gets: NDArray[np.int8]
    was_for: NDArray[np.int8]
    gets_for: NDArray[np.int8]
    was_mbps: NDArray[np.float32]
    gets_mbps: NDArray[np.float32]
    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    cell: NDArray[np.uint64]
    account: NDArray[np.int32]
    region: NDArray[np.int32]
    country: NDArray[np.int32]
    hardware: tuple[str, ...]
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    countries: tuple[str, ...]
    listed: Bools | None
    checked: Checked | None

    def __len__(self) -> int:
        return len(self.terminal)

    @property
    def at(self) -> datetime:
        """The instant, UTC."""
        return instant(self.at_us) or datetime(1970, 1, 1, tzinfo=UTC)

    def which(self, *effects: Effect) -> Bools:
        """Which of the affected terminals (K,) are affected so."""
        return np.isin(self.effect, [int(each) for each in effects])

    def count(self, which: Bools | None = None) -> dict[str, int]:
        """How many terminals, accounts, cells and regions there are among those affected, or some of them."""
        here: Any = slice(None) if which is None else which
        account = self.account[here]
        return {
            "terminals": len(account),
            "accounts": len(np.unique(account[account > 0])),
            "cells": len(np.unique(self.cell[here])),
            "regions": len(np.unique(self.region[here])),
        }

    def touches(self, gbps: float | None = None) -> Touches:
        """The figures that a change carries with it in public: no terminal, account or cell is named.

        gbps: by how much cells get more or less, None where no planner was asked.
        """
        counted = self.count()
        return Touches(
            counted["terminals"], counted["accounts"], counted["cells"], gbps,
            int(self.which(Effect.LOSES).sum()), int(self.which(Effect.GAINS).sum()),
            self.terminals - self.placed, time_of(self.at_us // 1_000_000),
        )  # fmt: skip


def last_seen(register: "Register") -> LastSeen:
    """Read what the store keeps of the last check-in of each terminal.

    Where the check-in itself is not there, speed, height and software are as of one that did not give them.
    """
    numbers = np.arange(len(register))
    histories = register.store.histories(numbers)
    said = latest.said(register.store, histories["checkin"].astype(np.int64))
    rows = np.zeros(len(numbers), CHECKIN)
    rows["terminal"], rows["delay_ms"], rows["satellite"] = numbers, np.nan, -1
    for name in ("lat_deg", "lon_deg", "accuracy_m"):
        rows[name] = histories[name]
    for name in ("speed_kmh", "altitude_m", "version"):
        rows[name] = said[name]
    return LastSeen(histories, rows)


def dry_run(
    before: "RuleSet | None", after: "RuleSet", register: "Register", seen: LastSeen, at: datetime,
    terminals: Sequence[str] | None = None,
) -> DryRun:  # fmt: skip
    """Say what each terminal would get at an instant under either rule set.

    before: the rules in force, None where none are. seen: of `last_seen`. at: when the change would be in
    force. terminals: hardware numbers that the change is meant for, None where none are given. Plans of slots
    and satellites have no part in it, and no grant of before goes on.
    Raises InputError where the rules name more lists or uses than a row can hold.
    """
    at_us = microseconds(at)
    with register.lock:
        rows = register.rows[: len(seen.histories)].copy()
    names = Names({kind: list(register.names.all(kind)) for kind in _NUMBERED})
    placed = np.flatnonzero(np.isfinite(seen.histories["lat_deg"]))
    parts: list[tuple[NDArray[np.int64], Kept, Kept]] = []
    terms = tuple(None if rules is None else rules.terms(at_us, names) for rules in (before, after))
    for first in range(0, len(placed), AT_ONCE):
        chosen = placed[first : first + AT_ONCE]
        made = [
            _decide(rules, held, rows[chosen], seen, chosen, at_us)
            for rules, held in zip((before, after), terms, strict=True)
        ]
        changed = _changed(*made)
        parts.append((chosen[changed], _only(made[0], changed), _only(made[1], changed)))
    number = np.concatenate([each[0] for each in parts]) if parts else np.empty(0, np.int64)
    was, gets = _joined([each[1] for each in parts]), _joined([each[2] for each in parts])
    lat, lon = (seen.histories[name][number].astype(np.float64) for name in ("lat_deg", "lon_deg"))
    effect = _effects(was, gets)
    region, regions = _regions((before, after), terms, (was, gets), effect, lat, lon, at)
    country, countries = _countries(after, lat, lon)
    account, accounts = _named(rows["account"][number], register)
    hardware = tuple(register.hardware(int(each)) for each in number)
    listed, checked = _check(terminals, register, number, hardware, seen)
    return DryRun(
        at_us, "" if before is None else before.digest, after.digest, len(rows), len(placed),
        int((seen.histories["sequence"] < 0).sum()), number, effect, was["outcome"], gets["outcome"],
        was["primary"], gets["primary"], was["rate_mbps"], gets["rate_mbps"], lat, lon,
        ids_at(lat, lon, RESOLUTION), account, region, country, hardware, accounts, regions, countries,
        listed, checked,
    )  # fmt: skip


_KEPT: Final = ("outcome", "primary", "rate_mbps", "zone", "reasons")
Kept = dict[str, NDArray[Any]]


def _decide(
    rules: "RuleSet | None", terms: "Terms | None", register: Rows, seen: LastSeen, chosen: NDArray[np.int64],
    at_us: int,
) -> "Decisions":  # fmt: skip
    """Decide terminals (N,) as if each checked in now; what was granted before is over."""
    histories, checkins = seen.histories[chosen], seen.checkins[chosen]
    histories["time_us"] = np.minimum(histories["time_us"], at_us)
    histories["sequence"], histories["valid_us"] = -1, 0
    checkins["terminal"], checkins["time_us"] = np.arange(len(chosen)), at_us
    zone_map = None if rules is None else rules.zone_map
    return decide_batch(checkins, register, histories, terms, zone_map, at_us)


def _changed(was: "Decisions", gets: "Decisions") -> Bools:
    served = (was.outcome >= Outcome.LIMITED) & (gets.outcome >= Outcome.LIMITED)
    return np.asarray((was.outcome != gets.outcome) | (served & (was.rate_mbps != gets.rate_mbps)))


def _only(made: "Decisions", which: Bools) -> Kept:
    return {name: getattr(made, name)[which] for name in _KEPT}


def _joined(parts: Sequence[Kept]) -> Kept:
    if not parts:
        return {name: np.empty(0, np.float32 if name == "rate_mbps" else np.int32) for name in _KEPT}
    return {name: np.concatenate([each[name] for each in parts]) for name in _KEPT}


def _effects(was: Kept, gets: Kept) -> NDArray[np.int8]:
    had, has = was["outcome"] >= Outcome.LIMITED, gets["outcome"] >= Outcome.LIMITED
    lower = gets["outcome"] < was["outcome"]
    lower |= (gets["outcome"] == was["outcome"]) & (gets["rate_mbps"] < was["rate_mbps"])
    effect = np.where(lower, Effect.LESS, Effect.MORE)
    effect[had & ~has], effect[has & ~had] = Effect.LOSES, Effect.GAINS
    return effect.astype(np.int8)


def _regions(
    rules: "tuple[RuleSet | None, RuleSet]", terms: "tuple[Terms | None, ...]", made: tuple[Kept, Kept],
    effect: NDArray[np.int8], lat: NDArray[np.float64], lon: NDArray[np.float64], at: datetime,
) -> tuple[NDArray[np.int32], tuple[str, ...]]:  # fmt: skip
    """What says it: the region behind the primary reason, or the narrowest there where there is none."""
    named = np.full(len(effect), NOT_A_PLACE, object)
    down = np.isin(effect, (Effect.LOSES, Effect.LESS))
    for set_, held, kept, mine in zip(rules, terms, made, (~down, down), strict=True):
        if set_ is None or held is None or not mine.any():
            continue
        at_all = np.flatnonzero(mine)
        keys = np.stack([kept[name][at_all].astype(np.int64) for name in ("zone", "primary", "reasons")])
        each, of = np.unique(keys, axis=1, return_inverse=True)
        for k, (zone, primary, reasons) in enumerate(each.T.tolist()):
            named[at_all[of.reshape(-1) == k]] = _said(held, zone, Reason(primary), reasons)
        plain = at_all[kept["primary"][at_all] == Reason.NONE]  # a limit of the rate is no reason
        if len(plain):
            known = np.array([*(region.name for region in set_.regions), ELSEWHERE], object)
            named[plain] = known[set_.over(lat[plain], lon[plain], at).region]
    names, number = np.unique(named.astype(str), return_inverse=True)
    return number.reshape(-1).astype(np.int32), tuple(names.tolist())


def _said(terms: "Terms", zone: int, primary: Reason, reasons: int) -> str:
    """The region behind the primary reason; behind another where that one names none, as over a line."""
    for reason in (primary, *reasons_of(reasons)):
        region, decision = terms.says(zone, reason)
        if region or decision:
            return region or ELSEWHERE
    return NOT_A_PLACE


def _countries(
    rules: "RuleSet", lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """The country of each point, the name of the disputed area in one, "" at sea."""
    zones, of = np.unique(rules.zones_at(lat, lon), return_inverse=True)
    told = [rules.division.zone(zone) for zone in zones.tolist()]
    names, number = np.unique(
        np.array([each.country or each.area for each in told], str), return_inverse=True
    )
    return number.reshape(-1)[of.reshape(-1)].astype(np.int32), tuple(names.tolist())


def _named(account: NDArray[np.int32], register: "Register") -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Accounts by their place among those that occur; the first is none."""
    known, of = np.unique(account, return_inverse=True)
    names = ("", *(register.names.name("account", int(each)) for each in known if each >= 0))
    place = np.cumsum(known >= 0)
    return np.where(known >= 0, place, 0)[of.reshape(-1)].astype(np.int32), names


def _check(
    terminals: Sequence[str] | None, register: "Register", number: NDArray[np.int64],
    hardware: tuple[str, ...], seen: LastSeen,
) -> tuple[Bools | None, Checked | None]:  # fmt: skip
    if terminals is None:
        return None, None
    given = tuple(dict.fromkeys(terminals))
    of = register.numbers(given)
    known = (of >= 0) & (of < len(seen.histories))
    placed = known.copy()
    placed[known] = np.isfinite(seen.histories["lat_deg"][of[known]])
    hit = np.isin(of, number) & known
    listed = np.isin(number, of)

    def those(which: Bools) -> tuple[str, ...]:
        return tuple(given[int(k)] for k in np.flatnonzero(which))

    unlisted = tuple(hardware[int(k)] for k in np.flatnonzero(~listed))
    checked = Checked(
        len(given), int(hit.sum()), those(placed & ~hit), those(known & ~placed), those(~known), unlisted
    )
    return listed, checked
