"""The clock: one slot after another; composes the stages."""

import os
import time as clock
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openleo import plan as planning
from openleo import route as routing
from openleo.constants import UNIX_EPOCH_JD
from openleo.errors import InputError
from openleo.fleet import Fleet, plus_grid
from openleo.formats.links import read_links
from openleo.link import Links, carry
from openleo.orbit import Propagator, prepare
from openleo.places import Cells, ecef_km
from openleo.plan import COVERED_BPS, REASONS, Payloads, Plan
from openleo.route import Backhaul, GroundSegment, Network, Routes
from openleo.rules import Rules, RulesAt, no_rules
from openleo.sky import Horizons, Sky, observe_by
from openleo.sky import prepare as prepare_places
from openleo.world import Gateway, World, build_cells, build_fleet, build_ground, slot_times

UNSERVED = REASONS[1:]
"""The six reasons for which a cell with demand is not served."""


@dataclass(frozen=True)
class Geometry:
    """What a slot's plan is made of: positions (S, 3) ECEF km, who sees whom, and what each pair carries.

    error: (S,) uint8, SGP4's code for a satellite that is lost (see `orbit.error_text`); its position is NaN.
    """

    position_km: NDArray[np.float64]
    error: NDArray[np.uint8]
    sky: Sky
    links: Links
    orbit_ms: float
    sky_ms: float
    link_ms: float


@dataclass(frozen=True)
class Past:
    """What the next slot builds on: whom each of C cells had and why not, where each of S feeder links went.

    satellite: (C,) int32, -1 for none. reason: (C,) int8 into plan.REASONS. feeder: (S,) int32, the gateway.
    """

    satellite: NDArray[np.int32]
    reason: NDArray[np.int8]
    feeder: NDArray[np.int32]


@dataclass(frozen=True)
class Slot:
    """One slot: where the satellites are, who sees whom, who serves whom, and how it travels.

    rules: those that held in it. reason: (C,) int8 into plan.REASONS, after the ways to the ground were
    shared out: a cell whose share of them is no service counts as `capacity`. stages_ms: wall time of each
    stage; duration_ms: of the slot as a whole.
    """

    index: int
    time: np.datetime64
    rules: Rules
    geometry: Geometry
    backhaul: Backhaul
    plan: Plan
    routes: Routes
    reason: NDArray[np.int8]
    handover: float
    stages_ms: dict[str, float]
    duration_ms: float

    @property
    def served(self) -> NDArray[np.bool_]:
        """Cells that are covered (C,)."""
        return np.asarray((self.plan.satellite >= 0) & (self.reason == planning.SERVED))

    @property
    def past(self) -> Past:
        """What the next slot builds on."""
        return Past(self.plan.satellite, self.reason, self.backhaul.feeder)

    def thinned(self) -> "Slot":
        """The same to keep: of the pairs of the sky those alone that light a cell, a tenth of the memory.

        `sky.start` still says how many each cell saw, and no longer where its pairs stand.
        """
        plan, sky, links = self.plan, self.geometry.sky, self.geometry.links
        lit = plan.pair >= 0
        pairs, pair = plan.pair[lit], np.full(len(lit), -1, np.int64)
        pair[lit] = np.arange(len(pairs))
        names = ("satellite", "elevation_deg", "range_km", "gso_deg")
        seen = replace(sky, **{name: getattr(sky, name)[pairs] for name in names})
        geometry = replace(self.geometry, sky=seen, links=replace(links, rate_bps=links.rate_bps[pairs]))
        return replace(self, plan=replace(plan, pair=pair), geometry=geometry)

    def fields(self) -> dict[str, NDArray[Any]]:
        """The slot as arrays over the cells, named as in `maps.FIELDS`."""
        sky, plan, routes, served = self.geometry.sky, self.plan, self.routes, self.served
        elevation = np.full(len(served), np.nan, np.float32)
        lit = plan.pair >= 0
        elevation[lit] = sky.elevation_deg[plan.pair[lit]]
        return {
            "served": served.astype(np.uint8),
            "reason": self.reason,
            "satellite": np.where(served, plan.satellite, -1).astype(np.int32),
            "throughput_bps": np.where(served, routes.granted_bps, 0.0).astype(np.float32),
            "share": np.where(served, plan.share, 0.0).astype(np.float32),
            "latency_ms": np.where(served, routes.rtt_ms, np.nan).astype(np.float32),
            "satellites_in_view": sky.above_mask.astype(np.int16),
            "satellites_usable": sky.usable.astype(np.int16),
            "elevation_deg": np.where(served, elevation, np.nan).astype(np.float32),
            "gateway": np.where(served, routes.gateway, -1).astype(np.int16),
            "pop": np.where(served, routes.pop, -1).astype(np.int16),
            "hops": np.where(served, routes.hops, -1).astype(np.int8),
            "bottleneck": routes.bottleneck,
        }


@dataclass(frozen=True)
class Twin:
    """A world ready to run: its satellites, cells, ground and rules as arrays.

    rules_at: where rules change in time, what gives those of an instant.
    """

    world: World
    fleet: Fleet
    cells: Cells
    rules: Rules
    ground: GroundSegment
    network: Network
    payloads: Payloads
    feeder_bps: NDArray[np.float64]
    propagator: Propagator
    horizons: Horizons
    rules_at: RulesAt | None = None
    skipped: tuple[str, ...] = ()
    threads: int | None = None

    @classmethod
    def open(
        cls,
        world: World,
        *,
        rules: Rules | RulesAt | None = None,
        elements: Path | None = None,
        lenient: bool = False,
        threads: int | None = None,
    ) -> "Twin":
        """Make a world ready to run.

        rules: arrays over the world's cells that hold all the time, or what makes them of cells, gateways and
        an instant; None where nothing is forbidden. A world that names a rule file is opened by
        `openleo.open_twin`, which reads it. elements: a file of element sets flown instead of the world's own
        fleet. lenient: broken records in it are skipped (their messages stand in `Twin.skipped`). threads: at
        most this many, as many as the machine has where None. Raises InputError for whatever is wrong in the
        world or in the files that it names, and where it names a rule file and no rules are given.
        """
        if world.rules and rules is None:
            raise InputError(
                f"{world.name}: rules: {world.rules!r} given; a twin takes rules as arrays: "
                "openleo.open_twin(world) reads the file, replace(world, rules='') goes without"
            )
        fleet, skipped = build_fleet(world, elements, lenient=lenient)
        cells = build_cells(world)
        gateways, pops = build_ground(world)
        rules_at = rules if callable(rules) else None
        if rules_at:
            rules = rules_at(cells, gateways, _instant(world.epoch))
        held = rules if isinstance(rules, Rules) else no_rules(len(cells), len(gateways))
        held.check(len(cells), len(gateways))
        gateways = _placed(gateways, held)
        lat = np.array([each.lat_deg for each in gateways])
        polar = np.abs(lat) >= world.ground.polar_latitude_deg
        mask = np.where(polar, world.ground.polar_elevation_mask_deg, world.ground.elevation_mask_deg)
        gateway_km = ecef_km(lat, np.array([each.lon_deg for each in gateways])).reshape(-1, 3)
        ground = routing.ground_segment(gateways, pops, gateway_km, mask, held.landings, world.delay)
        links = np.empty((0, 2), np.int32)
        if world.isl.topology == "grid":
            links = plus_grid(fleet, cross_plane_shift=world.isl.cross_plane_shift)
        elif world.isl.topology == "list":
            links = read_links(world.path(world.isl.file), fleet.elements.number)
        kind = fleet.satellite_class
        preference = np.array([each.preference for each in fleet.classes] or [0.0], np.float32)
        payloads = Payloads(
            np.empty((0, 3)),
            np.array([each.beams for each in fleet.classes] or [0], np.int32)[kind],
            np.array([each.capacity_gbps * 1e9 for each in fleet.classes] or [0.0])[kind],
            preference[kind],
        )
        feeder_bps = np.array([each.feeder_gbps * 1e9 for each in fleet.classes] or [0.0])[kind]
        return cls(
            world, fleet, cells, held, ground, routing.network_of(links, len(kind)), payloads, feeder_bps,
            prepare(fleet.elements), prepare_places(cells.ecef_km(), block_start=cells.block_start),
            rules_at, tuple(skipped), threads,
        )  # fmt: skip

    def at(self, time: np.datetime64, *, anew: bool = False) -> "Twin":
        """The twin with the rules of that instant (UTC); itself while its rules hold.

        anew: they are asked for although those that it has would hold.
        """
        if self.rules_at is None or (self.rules.hold_at(time) and not anew):
            return self
        ground = self.ground
        rules = self.rules_at(self.cells, ground.gateways, time)
        rules.check(len(self.cells), len(ground.gateways))
        gateways = _placed(ground.gateways, rules)
        if rules.landings != self.rules.landings or gateways != ground.gateways:
            ground = routing.ground_segment(
                gateways, ground.pops, ground.gateway_km, ground.mask_deg, rules.landings,
                self.world.delay,
            )  # fmt: skip
        return replace(self, rules=rules, ground=ground)

    def digest(self) -> str:
        """SHA-256 over the world and the rules that it runs by."""
        return self.world.digest(self.rules.digest)

    @property
    def elements_epoch(self) -> np.datetime64:
        """Median epoch of the element sets, UTC; the world's own epoch where there are none."""
        jd = self.fleet.elements.epoch_jd + self.fleet.elements.epoch_fr
        if not len(jd):
            return _instant(self.world.epoch)
        seconds = np.round((float(np.median(jd)) - UNIX_EPOCH_JD) * 86400.0)
        return np.datetime64(int(seconds) * 1_000_000, "us")

    def default_start(self, elements: bool) -> datetime:
        """When a run begins unless told otherwise: the world's epoch, or an element file's median one."""
        if not elements:
            return self.world.epoch
        return datetime.fromtimestamp(int(self.elements_epoch.astype(np.int64)) / 1e6, UTC)

    def slots(
        self, start: datetime, count: int, *, first: int = 0, before: Slot | Past | None = None
    ) -> Iterator[Slot]:
        """Run `count` slots from the one that contains `start`; the next geometry is made beside the plan.

        first: index of the first slot to run (those before it are taken as done, for a run that goes on).
        before: the slot before the first, or what it left: its satellites are kept where they can be.
        """
        times = slot_times(start, count, self.world.slot_s)
        if first >= count:
            return
        past = before.past if isinstance(before, Slot) else before
        # one thread is left to the plan, which is nearly serial; more threads than processors only wait
        beside = max((self.threads or os.cpu_count() or 1) - 1, 1)
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self.look, times[first])
            for index in range(first, count):
                begun = clock.perf_counter()
                geometry = coming.result()
                if index + 1 < count:
                    coming = pool.submit(self.look, times[index + 1], threads=beside)
                slot = self.at(times[index])._decide(index, times[index], geometry, past, begun)
                past = slot.past
                yield slot

    def slot(self, time: np.datetime64, *, before: Slot | None = None) -> Slot:
        """Plan the one slot that begins at an instant; before: the slot before it."""
        begun = clock.perf_counter()
        index = before.index + 1 if before else 0
        past = before.past if before else None
        return self.at(time)._decide(index, time, self.look(time), past, begun)

    def look(self, time: np.datetime64, *, threads: int | None = None) -> Geometry:
        """Positions, sky and links at one instant; on at most so many threads, or as the twin has it."""
        threads = threads or self.threads
        radio, begun = self.world.radio, clock.perf_counter()
        ephemeris = self.propagator.at(np.array([time]), dut1=self.world.earth.dut1)
        position = ephemeris.position_ecef_km[0]
        at_sky = clock.perf_counter()
        sky = observe_by(radio, position, self.horizons, threads=threads)
        at_link = clock.perf_counter()
        eirp = [each.beam_eirp_dbw for each in self.fleet.classes]
        links = carry(sky, radio, eirp, self.fleet.satellite_class, threads=threads)
        done = clock.perf_counter()
        return Geometry(
            position, ephemeris.error[0], sky, links,
            (at_sky - begun) * 1e3, (at_link - at_sky) * 1e3, (done - at_link) * 1e3,
        )  # fmt: skip

    def _decide(
        self, index: int, time: np.datetime64, geometry: Geometry, before: Past | None, begun: float
    ) -> Slot:
        """Plan a slot, by the rules that the twin holds."""
        world, cells, rules = self.world, self.cells, self.rules
        radio, position, sky = world.radio, geometry.position_km, geometry.sky
        started = clock.perf_counter()
        worth = None
        if not len(self.network.head):
            # bent pipe: an antenna lights what its satellite sees, and nothing else
            seen = np.bincount(sky.satellite, minlength=len(position)).astype(float)
            worth = seen / max(seen.max(initial=0.0), 1.0)
        backhaul = routing.connect(
            position, self.network, world.isl, self.ground, world.delay, self.feeder_bps,
            usable=np.isfinite(position[:, 0]), before=before.feeder if before else None,
            worth=worth,
        )  # fmt: skip
        connected = clock.perf_counter()
        plan = planning.schedule(
            sky, geometry.links.rate_bps,
            replace(self.payloads, position_km=position),
            self.horizons.places_km, cells.demand_bps, frames=radio.frames,
            n_colours=radio.downlink_channels * radio.polarisations, same_colour_deg=radio.same_colour_deg,
            neighbours=cells.neighbours, lit=rules.lit, landing=rules.landing, open_to=backhaul.open_to,
            before=before.satellite if before else None, weights=world.plan, threads=1,
        )  # fmt: skip
        planned = clock.perf_counter()
        slant = np.zeros(len(plan.satellite), np.float32)
        lit = plan.pair >= 0
        slant[lit] = sky.range_km[plan.pair[lit]]
        routes = routing.send(
            plan, cells.demand_bps, slant, rules.landing, self.network, backhaul, self.ground, world.isl,
            world.delay, self.feeder_bps, self.payloads.capacity_bps,
        )  # fmt: skip
        least = np.minimum(cells.demand_bps, COVERED_BPS) * (1.0 - 1e-6)
        cut = (plan.satellite >= 0) & (routes.granted_bps < least)
        reason = np.where(cut, planning.CAPACITY, plan.reason).astype(np.int8)
        done = clock.perf_counter()
        handover = float("nan")
        if before:
            now = np.where(reason == planning.SERVED, plan.satellite, -1)
            handover = _handover(now, np.where(before.reason == planning.SERVED, before.satellite, -1))
        stages = {
            "orbit": geometry.orbit_ms, "sky": geometry.sky_ms, "link": geometry.link_ms,
            "connect": (connected - started) * 1e3, "plan": (planned - connected) * 1e3,
            "route": (done - planned) * 1e3,
        }  # fmt: skip
        return Slot(
            index, time, rules, geometry, backhaul, plan, routes, reason, handover, stages,
            (done - begun) * 1e3,
        )  # fmt: skip


def _placed(gateways: tuple[Gateway, ...], rules: Rules) -> tuple[Gateway, ...]:
    """The same gateways, without a country where the rules say that they stand in none."""
    return tuple(
        replace(each, country="") if nowhere else each
        for each, nowhere in zip(gateways, rules.nowhere.tolist(), strict=True)
    )


def _instant(at: datetime) -> np.datetime64:
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def figures(twin: Twin, slot: Slot) -> dict[str, Any]:
    """The slot in figures: coverage, satisfied demand, handover, round trip, and the unserved by reason."""
    demand = twin.cells.demand_bps
    wanted = demand > 0.0
    served = slot.served & wanted
    granted = np.minimum(np.where(slot.plan.satellite >= 0, slot.routes.granted_bps, 0.0), demand)
    asked, cells = float(demand.sum()), int(wanted.sum())
    counts = np.bincount(slot.reason[wanted], minlength=len(REASONS))
    p50, p95 = _quantiles(slot.routes.rtt_ms[served], demand[served], (0.5, 0.95))
    return {
        "slot": slot.index,
        "time": f"{np.datetime_as_string(slot.time, 's')}Z",
        "cells_with_demand": cells,
        "served": int(served.sum()),
        "coverage": float(served.sum() / cells) if cells else 0.0,
        "satisfied": float(granted.sum() / asked) if asked else 0.0,
        "handover": slot.handover,
        "rtt_ms": {"p50": p50, "p95": p95},
        "unserved": {name: int(counts[i]) for i, name in enumerate(REASONS) if i > 0},
        "satellites_serving": len(np.unique(slot.plan.satellite[served])),
        "satellites_lost": int((slot.geometry.error > 0).sum()),
        "slot_ms": slot.duration_ms,
        "stages_ms": slot.stages_ms,
    }


def summarise(twin: Twin, slots: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over slots of what `figures` gives, with what the run was made of; NaN becomes None."""

    def mean(name: str) -> float | None:
        values = np.array([each[name] for each in slots], float)
        kept = values[np.isfinite(values)]
        return float(kept.mean()) if len(kept) else None

    def plain(value: float) -> float | int:
        return int(value) if value == int(value) else value

    demand = twin.cells.demand_bps
    rtt = {name: [each["rtt_ms"][name] for each in slots] for name in ("p50", "p95")}
    return {
        "world": twin.world.name,
        "world_hash": twin.digest(),
        "rules": twin.rules.name or None,
        "rules_hash": twin.rules.digest or None,
        "elements_epoch": f"{np.datetime_as_string(twin.elements_epoch, 's')}Z",
        "start": slots[0]["time"] if slots else None,
        "slots": len(slots),
        "satellites": len(twin.fleet.elements),
        "satellites_read": twin.fleet.read,
        "satellites_left_out": twin.fleet.left_out,
        "satellites_lost": max((each["satellites_lost"] for each in slots), default=0),
        "gateways": len(twin.ground.gateways),
        "cells": len(twin.cells),
        "cells_with_demand": int((demand > 0.0).sum()),
        "demand_tbps": float(demand.sum() / 1e12),
        "coverage": mean("coverage"),
        "satisfied": mean("satisfied"),
        "handover": mean("handover"),
        "slot_ms_median": float(np.median([each["slot_ms"] for each in slots])) if slots else None,
        "rtt_ms": {
            name: float(np.nanmean(values)) if np.isfinite(values).any() else None
            for name, values in rtt.items()
        },
        "unserved": {
            name: plain(float(np.mean([each["unserved"][name] for each in slots]))) if slots else 0
            for name in UNSERVED
        },
    }


def _handover(now: NDArray[np.int32], before: NDArray[np.int32]) -> float:
    """Of the cells served in both slots, the share whose satellite changed; NaN where there is none."""
    both = (now >= 0) & (before >= 0)
    return float((now[both] != before[both]).mean()) if both.any() else float("nan")


def _quantiles(
    values: NDArray[np.float32], weights: NDArray[np.float64], wanted: tuple[float, ...]
) -> tuple[float, ...]:
    """Weighted quantiles: the least value below which that share of the weight lies; NaN of nothing."""
    if not len(values) or not weights.sum():
        return tuple(float("nan") for _ in wanted)
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order])
    return tuple(float(values[order][np.searchsorted(share, q * share[-1])]) for q in wanted)
