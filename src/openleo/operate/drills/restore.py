"""A country's ground network is destroyed; donated terminals, then those of five sponsors, replace it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import BY, Event
from openleo.operate.drills.stage import DAY_S, DAY_US, Act, Stage, Table, play_out, set_stage, spaced
from openleo.places import Cells
from openleo.places.cells import ids_at, positions
from openleo.route import BOTTLENECKS
from openleo.service.records import Outcome
from openleo.service.sponsors import Cost, Dark, bill, pay, stop_paying
from openleo.twin import Slot, Twin
from openleo.world import slot_times

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.service.terminals import Register

FULL: Final = 0.999
"""A cell that is granted less than this part of what it asks for lacks something."""

PAGES_BPS: Final = 1e5
"""What a terminal asks for that gets the account pages and no more."""

COST_DAYS: Final = 120
"""The days for which the cost is shown."""

WORST: Final = 10
"""So many cells are named."""


@dataclass(frozen=True)
class Crowd:
    """Which terminals are there when, and in which cell each stands (T,), -1 for none."""

    scene: Scene
    cell: NDArray[np.int32]
    cells: int
    dark_s: NDArray[np.float64]

    def counts(self, now_us: int) -> NDArray[np.int64]:
        """How many have arrived and are paid for, in each cell (C,)."""
        return self._counted(now_us, lambda now_s: now_s < self.dark_s)

    def demand_bps(self, now_us: int) -> NDArray[np.float64]:
        """What each cell (C,) asks for: those paid for by the hour, the others the account pages."""
        unpaid = self._counted(now_us, lambda now_s: now_s >= self.dark_s)
        return self.counts(now_us) * self.ask_mbps(now_us) * 1e6 + unpaid * PAGES_BPS

    def _counted(self, now_us: int, which: Callable[[float], NDArray[np.bool_]]) -> NDArray[np.int64]:
        now_s = (now_us - self.scene.epoch_us) / 1e6
        there = (self.scene.terminals["from_s"] <= now_s) & (self.cell >= 0) & which(now_s)
        return np.bincount(self.cell[there], minlength=self.cells)

    def hour(self, now_us: int) -> int:
        """The hour of the day, UTC."""
        return now_us // 3_600_000_000 % 24

    def ask_mbps(self, now_us: int) -> float:
        """What one terminal asks for at that hour."""
        ask: float = self.scene.facts["ask_mbps"] * self.scene.facts["busy_by_hour_utc"][self.hour(now_us)]
        return ask


@dataclass
class Watch:
    """What the planner did, slot by slot: rows of the answer, and Mbit/s a terminal by cell."""

    crowd: Crowd
    hours: list[dict[str, Any]] = field(default_factory=list)
    mbps: dict[tuple[int, int], NDArray[np.float64]] = field(default_factory=dict)
    short: dict[tuple[int, int], NDArray[np.bool_]] = field(default_factory=dict)

    def __call__(self, twin: Twin, slot: Slot) -> None:
        """Take down one slot."""
        crowd = self.crowd
        now_us = int(slot.time.astype(np.int64)) + round(
            twin.world.slot_s * 1e6
        )  # the slot contains the hour
        count, ask = crowd.counts(now_us), crowd.ask_mbps(now_us)
        some = count > 0
        demand = twin.cells.demand_bps
        granted = np.where(slot.served, slot.routes.granted_bps, 0.0)
        each = np.where(some, granted / 1e6 / np.maximum(count, 1), np.nan)
        lacks = some & (granted < FULL * demand)
        by = [int((lacks & (slot.routes.bottleneck == k)).sum()) for k in range(len(BOTTLENECKS))]
        beams = lacks & ((slot.routes.bottleneck == BOTTLENECKS.index("beam")) | ~slot.served)
        day = int((now_us - crowd.scene.epoch_us) / 1e6 // DAY_S)
        hour = crowd.hour(now_us)
        shared = np.repeat(each[some], count[some])
        low, middle = np.quantile(shared, [0.05, 0.5]) if len(shared) else (0.0, 0.0)
        self.hours.append(
            {
                "day": day, "hour_utc": hour, "terminals": int(count.sum()), "ask_mbps": round(ask, 2),
                "mbps_median": float(middle), "mbps_5_percent": float(low),
                "carried_gbps": float(granted.sum() / 1e9), "asked_gbps": float(demand.sum() / 1e9),
                "cells": int(some.sum()), "cells_dark": int((some & ~slot.served).sum()),
                "cells_beams_saturated": int(beams.sum()), "cells_held_by_isl": by[2],
                "cells_held_by_feeder": by[3],
                "satellites_usable": float(np.median(slot.geometry.sky.usable[some])) if some.any() else 0.0,
            }
        )  # fmt: skip
        self.mbps[day, hour] = each
        self.short[day, hour] = beams


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: Mbit/s a terminal by hour and cell, cost by sponsor, and who goes dark when one stops."""
    dark: list[Dark] = []
    with set_stage(scene, rules, threads=threads) as stage:
        lat, lon = scene.homes()
        ids = ids_at(lat, lon, scene.world.cells.resolution)
        cells = stage.twin.cells
        watch = Watch(Crowd(scene, positions(cells.id, ids), len(cells), _dark_s(scene)))
        for day in scene.facts["growth_days"]:
            _plan_day(stage, day, watch)
        played = play_out(
            stage, batch_s=240.0, asking=watch.crowd.demand_bps, watching=watch, events=_payments(scene, dark)
        )
        costs = bill(stage.controller.register, scene.epoch_us, scene.epoch_us + COST_DAYS * DAY_US)
    watch.hours.sort(key=lambda each: (each["day"], each["hour_utc"]))
    asked = {
        "area_km2": scene.facts["area_km2"],
        "donated": int((scene.terminals["sponsor"] == 0).sum()),
        "sponsored": int((scene.terminals["sponsor"] > 0).sum()),
        "hours": watch.hours,
        "saturated": _saturated(scene, cells, watch),
        "cells": _cells(scene, cells, watch),
        "sponsors": _costs(scene, costs),
        "dark": _dark(scene, watch.crowd, dark, np.unique(scene.terminal[played.outcome == Outcome.WALLED])),
    }
    return Act(rules, played, asked, _story(scene, asked), _tables(asked, scene))


def _payments(scene: Scene, dark: list[Dark]) -> list[Event]:
    """Sponsors pay as their terminals arrive; one says that it stops, and `dark` learns what follows."""
    arrived = scene.terminals["from_s"]
    events: list[Event] = []
    for k, sponsor in enumerate(scene.facts["sponsors"]):
        own = scene.terminals["sponsor"] == k
        terms = {"notice_days": sponsor["notice_days"], "grace_days": sponsor["grace_days"], "by": BY}
        for second in np.unique(arrived[own]).tolist():
            numbers, time_us = np.flatnonzero(own & (arrived == second)), scene.epoch_us + second * 1_000_000
            begin = partial(_begin, numbers, sponsor["name"], sponsor["price_month"], terms)
            events.append((time_us, begin))
        if "says_day" in sponsor:
            told_us = scene.epoch_us + sponsor["says_day"] * DAY_US
            events.append((told_us, partial(_stop, sponsor["name"], dark)))
    return sorted(events, key=lambda each: each[0])


def _begin(
    numbers: NDArray[np.int64], sponsor: str, price: float, terms: dict[str, Any], register: "Register",
    now_us: int,
) -> None:  # fmt: skip
    pay(register, numbers, sponsor, price_month=price, from_us=now_us, now_us=now_us, **terms)


def _stop(sponsor: str, dark: list[Dark], register: "Register", now_us: int) -> None:
    dark += stop_paying(register, sponsor, by=BY, now_us=now_us, note="no more funds")


def _plan_day(stage: Stage, day: int, watch: Watch) -> None:
    """Plan a slot at each hour of a day on which nobody checks in."""
    for hour in range(24):
        at = stage.scene.after(day * DAY_S + hour * 3600.0)
        cells = replace(stage.twin.cells, demand_bps=watch.crowd.demand_bps(round(at.timestamp() * 1e6)))
        twin = replace(stage.twin, cells=cells)
        watch(twin, twin.slot(slot_times(at, 1, twin.world.slot_s)[0]))


def _dark_s(scene: Scene) -> NDArray[np.float64]:
    """When each terminal (T,) is no longer paid for, grace over, seconds after the epoch; inf: never."""
    ends = [
        (each["paid_to_day"] + each["grace_days"]) * DAY_S if "paid_to_day" in each else np.inf
        for each in scene.facts["sponsors"]
    ]
    each: NDArray[np.float64] = np.array(ends)[scene.terminals["sponsor"]]
    return each


def _saturated(scene: Scene, cells: Cells, watch: Watch) -> list[dict[str, Any]]:
    """The cells in which beams most often leave something to be desired, with the hours of each day."""
    days = sorted({day for day, _ in watch.short})
    hours = sum(watch.short.values(), np.zeros(watch.crowd.cells, np.int64))
    worst = np.argsort(hours, kind="stable")[::-1][:WORST]
    last = watch.crowd.counts(scene.epoch_us + days[-1] * DAY_US)
    return [
        {
            "cell": f"{int(cells.id[c]):x}", "lat_deg": round(float(cells.lat_deg[c]), 3),
            "lon_deg": round(float(cells.lon_deg[c]), 3), "terminals": int(last[c]),
            "hours_utc": {
                str(day): [hour for hour in range(24) if watch.short.get((day, hour), hours < 0)[c]]
                for day in days
            },
        }
        for c in worst.tolist()
        if hours[c]
    ]  # fmt: skip


def _cells(scene: Scene, cells: Cells, watch: Watch) -> dict[str, Any]:
    """Mbit/s a terminal by cell and hour (UTC) on the day when all have arrived; None: the cell is empty."""
    day = next(each["day"] for each in scene.facts["surveys"] if each["name"] == "all arrived")
    by_hour = np.stack([watch.mbps[day, hour] for hour in range(24)])
    some = np.flatnonzero(np.isfinite(by_hour).any(axis=0))
    return {
        "day": day,
        "mbps_by_hour": {
            f"{int(cells.id[c]):x}": [round(x, 2) if np.isfinite(x) else None for x in by_hour[:, c].tolist()]
            for c in some.tolist()
        },
    }


def _costs(scene: Scene, costs: list[Cost]) -> list[dict[str, Any]]:
    """Cost by sponsor and month, as the register bills it."""
    months = sorted({each.month for each in costs})
    found = []
    for sponsor in scene.facts["sponsors"]:
        its = {each.month: each for each in costs if each.sponsor == sponsor["name"]}
        by_month = {month: round(its[month].cost, 2) if month in its else 0.0 for month in months}
        found.append(
            {
                "sponsor": sponsor["name"],
                "terminals": max((each.terminals for each in its.values()), default=0),
                "price_month": sponsor["price_month"],
                "cost_by_month": by_month,
                "cost": round(sum(by_month.values()), 2),
            }
        )
    return found


def _dark(scene: Scene, crowd: Crowd, dark: list[Dark], walled: NDArray[np.int64]) -> dict[str, Any]:
    """Who goes dark when the payer stops, as the register says: how many, when, and where none is left."""
    sponsor = scene.facts["sponsors"][scene.facts["stops"]]
    from_us = min((each.from_us for each in dark), default=0)
    after_us = max(from_us, scene.epoch_us)
    before, after = crowd.counts(after_us - 1_000_000), crowd.counts(after_us)
    return {
        "sponsor": sponsor["name"],
        "terminals": len(dark),
        "announced": f"{scene.after(sponsor['says_day'] * DAY_S):%Y-%m-%d}",
        "paid_to": f"{scene.after(sponsor['paid_to_day'] * DAY_S):%Y-%m-%d}",
        "notice_days": sponsor["notice_days"],
        "grace_days": sponsor["grace_days"],
        "from": f"{scene.after((after_us - scene.epoch_us) / 1e6):%Y-%m-%d}",
        "from_as_scripted": bool(abs(after_us - scene.epoch_us - np.min(crowd.dark_s) * 1e6) < 1e6),
        "cells_left_with_none": int(((before > 0) & (after == 0)).sum()),
        "cells_touched": int((after < before).sum()),
        "seen_walled": len(walled),
    }


def _tables(asked: dict[str, Any], scene: Scene) -> tuple[Table, ...]:
    names = {each["day"]: each["name"] for each in scene.facts["surveys"]}
    rows = [
        (
            f"{each['day']}, {names.get(each['day'], 'arriving')}", f"{each['hour_utc']:02d}:00",
            spaced(each["terminals"]), f"{each['ask_mbps']:.0f}", f"{each['mbps_median']:.1f}",
            f"{each['mbps_5_percent']:.1f}", f"{each['cells_beams_saturated']}/{each['cells']}",
            f"{each['satellites_usable']:.0f}",
        )
        for each in asked["hours"]
        if each["hour_utc"] % 6 == 3
    ]  # fmt: skip
    head = ("day", "UTC", "terminals", "asked", "median", "worst 5 %", "saturated", "overhead")
    paid = [
        (each["sponsor"], spaced(each["terminals"]), f"{each['price_month']:g}",
         *(f"{cost / 1e3:.1f}" for cost in each["cost_by_month"].values()), f"{each['cost'] / 1e3:.1f}")
        for each in asked["sponsors"]
    ]  # fmt: skip
    months = tuple(asked["sponsors"][0]["cost_by_month"])
    return (
        Table("Mbit/s a terminal by hour (every sixth shown); cells with saturated beams", head, tuple(rows)),
        Table(
            f"Cost by sponsor, thousand {scene.facts['currency']}",
            ("sponsor", "terminals", "price", *months, "all"), tuple(paid),
        ),
    )  # fmt: skip


def _story(scene: Scene, asked: dict[str, Any]) -> tuple[str, ...]:
    surveys = {each["name"]: each["day"] for each in scene.facts["surveys"]}
    hours = {name: [each for each in asked["hours"] if each["day"] == day] for name, day in surveys.items()}
    few, all_ = hours["donated"], hours["all arrived"]
    worst = min(all_, key=lambda each: each["carried_gbps"] / each["asked_gbps"])
    most = max(all_, key=lambda each: each["cells_beams_saturated"])
    dark, costs = asked["dark"], asked["sponsors"]
    total = sum(each["cost"] for each in costs)
    dearest = max(costs, key=lambda each: each["cost"])
    return (
        f"The ground network of a country of {spaced(asked['area_km2'])} km2 is destroyed."
        f" {spaced(asked['donated'])} donated terminals come first, then {spaced(asked['sponsored'])} from"
        " five sponsors.",
        f"The first got {min(each['mbps_median'] for each in few):.0f} to"
        f" {max(each['mbps_median'] for each in few):.0f} Mbit/s each, what they asked for at the hour.",
        f"When all had arrived, they asked for {worst['asked_gbps']:.0f} Gbit/s at {worst['hour_utc']:02d}:00"
        f" UTC and {worst['carried_gbps']:.0f} were carried: {worst['mbps_median']:.1f} Mbit/s a terminal at"
        f" the median, {worst['mbps_5_percent']:.1f} for the worst twentieth.",
        f"Beams were saturated in {most['cells_beams_saturated']} of {most['cells']} cells at"
        f" {most['hour_utc']:02d}:00 UTC, the most of that day, and in"
        f" {min(each['cells_beams_saturated'] for each in all_)} at the best hour.",
        f"The sponsors paid {spaced(total)} {scene.facts['currency']} in {COST_DAYS} days;"
        f" {dearest['sponsor']} the most, {spaced(dearest['cost'])}.",
        f"Then {dark['sponsor']} stopped paying: announced {dark['announced']}, paid to {dark['paid_to']},"
        f" {dark['grace_days']} days of grace. {spaced(dark['terminals'])} terminals go dark from"
        f" {dark['from']}; in {dark['cells_left_with_none']} cells nobody else is left. Until then none"
        " of them is refused.",
    )  # fmt: skip
