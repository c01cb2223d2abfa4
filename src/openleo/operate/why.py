"""Why a place is served, or is not: one answer, made of what the plan of a slot knows."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, LIGHT_KM_PER_MS
from openleo.fleet import Fleet
from openleo.places import cells_from_points, countries, country_of, ecef_km, great_circle_km
from openleo.plan import REASONS
from openleo.radio import Radio
from openleo.route import BOTTLENECKS
from openleo.sky import azimuth_deg, observe
from openleo.twin import Slot, Twin, observe_by
from openleo.world import Area, build_rules

Use = Literal["usable", "too near the GSO arc", "below the mask"]

NO_DEMAND: Final = "no_demand"
"""Reason beside those of the plan: nobody asks for anything here in this world."""

_NEAR_CELLS: Final = 2.0  # a cell so many widths away still answers for a place


@dataclass(frozen=True)
class Overhead:
    """A satellite above a place's horizon; gso_deg: angle from the geostationary arc (180: it is hidden)."""

    index: int
    name: str
    number: int
    satellite_class: str
    elevation_deg: float
    azimuth_deg: float
    range_km: float
    gso_deg: float
    use: Use


@dataclass(frozen=True)
class RoundTrip:
    """A round trip in its parts: light on each link of the way, then processing.

    queue_ms: what is left of the whole, the wait for the busiest link of the way.
    """

    service_link_ms: float
    isl_ms: float
    feeder_link_ms: float
    fibre_ms: float
    satellites_ms: float
    access_ms: float
    gateway_ms: float
    queue_ms: float
    total_ms: float


@dataclass(frozen=True)
class Service:
    """How a cell is served.

    colours: frame and colour of each unit that it holds; beams: time of a beam that they are together.
    way: names of the satellites from the serving one to the one that lands the traffic. bottleneck: what
    keeps the cell from more.
    """

    satellite: Overhead
    colours: tuple[tuple[int, int], ...]
    frames: int
    beams: float
    beam_bps: float
    granted_bps: float
    bottleneck: str
    way: tuple[str, ...]
    isl_km: float
    gateway: str
    gateway_country: str
    pop: str
    round_trip: RoundTrip


@dataclass(frozen=True)
class Answer:
    """Everything that one slot says about one place.

    cell: H3 index as hex, empty where none of the world's cells is near; inside: whether the place lies in
    it; distance_km: to the centre of the nearest cell, 0 inside. reason: of `plan.REASONS`, or `no_demand`.
    rule: the world's area that it is in. landing: countries in which its traffic must land. with_way:
    satellites that may be used and have a way to the ground. overhead: seen from the centre of the cell, as
    the plan sees it.
    """

    world: str
    time: str
    lat_deg: float
    lon_deg: float
    country: str
    cell: str
    inside: bool
    distance_km: float
    demand_bps: float
    served: bool
    reason: str
    service: Service | None
    rule: str
    rule_state: str
    rule_decision: str
    landing: tuple[str, ...]
    mask_deg: float
    gso_avoidance_deg: float
    same_colour_deg: float
    with_way: int
    nearest_gateway: str
    nearest_gateway_km: float | None
    granted_bps: float
    bottleneck: str
    overhead: tuple[Overhead, ...]

    def count(self, use: Use) -> int:
        """How many of the satellites overhead stand so."""
        return sum(each.use == use for each in self.overhead)


def overhead(
    position_km: NDArray[np.float64], fleet: Fleet, radio: Radio, lat_deg: float, lon_deg: float
) -> tuple[Overhead, ...]:
    """The satellites above a place's horizon, the highest first, each with whether the radio may use it.

    position_km: (S, 3) ECEF, NaN for a satellite that is lost. lat_deg, lon_deg: of the place.
    """
    place = ecef_km(np.array([lat_deg]), np.array([lon_deg]))
    horizon = observe(position_km, place, mask_deg=0.0, threads=1)
    seen = observe_by(radio, position_km, place, threads=1)
    use: dict[int, Use] = dict.fromkeys(seen.satellite.tolist(), "too near the GSO arc")
    use |= dict.fromkeys(seen.satellite[seen.seen_from(0)].tolist(), "usable")
    azimuth = azimuth_deg(position_km[horizon.satellite], place[0])
    found = []
    for k in np.argsort(-horizon.elevation_deg, kind="stable").tolist():
        s = int(horizon.satellite[k])
        found.append(
            Overhead(
                s,
                str(fleet.elements.name[s]),
                int(fleet.elements.number[s]),
                fleet.classes[fleet.satellite_class[s]].name,
                float(horizon.elevation_deg[k]),
                float(azimuth[k]),
                float(horizon.range_km[k]),
                float(horizon.gso_deg[k]),
                use.get(s, "below the mask"),
            )
        )
    return tuple(found)


def explain(twin: Twin, slot: Slot, lat_deg: float, lon_deg: float) -> Answer:
    """Explain what a slot's plan holds for a place: who serves it and how, or why nobody does.

    slot: of `twin.slots`. lat_deg, lon_deg: the place. A place outside every cell of the world is answered
    for by the nearest cell within two cells' width; farther off nobody asks for anything, and the reason is
    `no_demand`.
    """
    world, cells, position = twin.world, twin.cells, slot.geometry.position_km
    cell, inside, distance_km = _cell(twin, lat_deg, lon_deg)
    at = (float(cells.lat_deg[cell]), float(cells.lon_deg[cell])) if cell >= 0 else (lat_deg, lon_deg)
    above = overhead(position, twin.fleet, world.radio, *at)
    code = int(country_of(lat_deg, lon_deg))
    area: Area | None = None
    landing: tuple[str, ...] = ()
    reason, demand, granted, group, bottleneck = NO_DEMAND, 0.0, 0.0, 0, BOTTLENECKS[0]
    service = None
    if cell >= 0:
        number = int(twin.rules.area[cell])
        area = twin.rules.areas[number] if number >= 0 else None
        group = int(twin.rules.landing[cell])
        landing = twin.rules.landings[group]
        demand = float(cells.demand_bps[cell])
        if demand > 0.0:
            reason = REASONS[slot.reason[cell]]
        if slot.plan.satellite[cell] >= 0:
            granted = float(slot.routes.granted_bps[cell])
            bottleneck = BOTTLENECKS[slot.routes.bottleneck[cell]]
        if slot.served[cell]:
            service = _service(twin, slot, cell)
    else:
        area = _area(twin, lat_deg, lon_deg)
    open_to = slot.backhaul.open_to[group]
    gateway, gateway_km = _nearest_gateway(twin, lat_deg, lon_deg, landing)
    return Answer(
        world=world.name, time=f"{np.datetime_as_string(slot.time, 's')}Z", lat_deg=lat_deg, lon_deg=lon_deg,
        country=countries()[code].name if code >= 0 else "",
        cell=f"{int(cells.id[cell]):x}" if cell >= 0 else "", inside=inside, distance_km=distance_km,
        demand_bps=demand, served=service is not None, reason=reason, service=service,
        rule=area.name if area else "", rule_state=area.state if area else "",
        rule_decision=area.decision if area else "", landing=landing,
        mask_deg=world.radio.elevation_mask_deg, gso_avoidance_deg=world.radio.gso_avoidance_deg,
        same_colour_deg=world.radio.same_colour_deg,
        with_way=sum(each.use == "usable" and bool(open_to[each.index]) for each in above),
        nearest_gateway=gateway, nearest_gateway_km=gateway_km, granted_bps=granted, bottleneck=bottleneck,
        overhead=above,
    )  # fmt: skip


def _cell(twin: Twin, lat_deg: float, lon_deg: float) -> tuple[int, bool, float]:
    """The cell that answers for a place (-1: none is near), whether the place lies in it, and how far off "
    "it is."""
    cells = twin.cells
    cell = cells.where(lat_deg, lon_deg)
    if cell >= 0 or not len(cells):
        return cell, cell >= 0, 0.0
    away_km = great_circle_km(cells.lat_deg, cells.lon_deg, np.array([lat_deg]), np.array([lon_deg]))
    nearest = int(np.argmin(away_km))
    area_km2 = 4.0 * np.pi * EARTH_MEAN_RADIUS_KM**2 / (2.0 + 120.0 * 7.0**twin.world.cells.resolution)
    width_km = np.sqrt(2.0 / np.sqrt(3.0) * area_km2)
    km = float(away_km[nearest])
    return nearest if km <= _NEAR_CELLS * width_km else -1, False, km


def _area(twin: Twin, lat_deg: float, lon_deg: float) -> Area | None:
    """The area of the world's rules that a place outside its cells is in."""
    at = (np.array([lat_deg]), np.array([lon_deg]), np.zeros(1))
    rules = build_rules(twin.world, cells_from_points(*at, twin.world.cells.resolution))
    return rules.areas[rules.area[0]] if rules.area[0] >= 0 else None


def _service(twin: Twin, slot: Slot, cell: int) -> Service:
    """How a cell that is served is served."""
    plan, routes, sky, delay = slot.plan, slot.routes, slot.geometry.sky, twin.world.delay
    satellite, pair = int(plan.satellite[cell]), int(plan.pair[cell])
    names, position = twin.fleet.elements.name, slot.geometry.position_km
    place = twin.horizons.places_km[cell]
    way = routes.way(twin.network, satellite, int(routes.tree[cell]))
    isl_km = float(np.linalg.norm(np.diff(position[way], axis=0), axis=1).sum())
    feeder_km = float(slot.backhaul.feeder_km[way[-1]])
    at = int(routes.gateway[cell])
    gateway, pop = twin.ground.gateways[at], int(routes.pop[cell])
    parts = {
        "service_link_ms": 2.0 * float(sky.range_km[pair]) / LIGHT_KM_PER_MS,
        "isl_ms": 2.0 * isl_km / LIGHT_KM_PER_MS,
        "feeder_link_ms": 2.0 * feeder_km / LIGHT_KM_PER_MS,
        "fibre_ms": 2.0 * float(twin.ground.fibre_ms[at]),
        "satellites_ms": 2.0 * delay.hop_ms * len(way),
        "access_ms": delay.access_ms,
        "gateway_ms": delay.gateway_ms,
    }
    total_ms = float(routes.rtt_ms[cell])
    bits = int(plan.colours[cell])
    held = [divmod(bit, plan.n_colours) for bit in range(plan.frames * plan.n_colours) if bits >> bit & 1]
    return Service(
        satellite=Overhead(
            satellite, str(names[satellite]), int(twin.fleet.elements.number[satellite]),
            twin.fleet.classes[twin.fleet.satellite_class[satellite]].name, float(sky.elevation_deg[pair]),
            float(azimuth_deg(position[[satellite]], place)[0]), float(sky.range_km[pair]),
            float(sky.gso_deg[pair]), "usable",
        ),
        colours=tuple(held),
        frames=plan.frames,
        beams=float(plan.share[cell]),
        beam_bps=float(slot.geometry.links.rate_bps[pair]),
        granted_bps=float(routes.granted_bps[cell]),
        bottleneck=BOTTLENECKS[routes.bottleneck[cell]],
        way=tuple(str(names[s]) for s in way),
        isl_km=isl_km,
        gateway=gateway.name,
        gateway_country=gateway.country,
        pop=twin.ground.pops[pop].name if pop >= 0 else "",
        round_trip=RoundTrip(
            **parts, queue_ms=max(total_ms - sum(parts.values()), 0.0), total_ms=total_ms
        ),
    )  # fmt: skip


def _nearest_gateway(
    twin: Twin, lat_deg: float, lon_deg: float, landing: tuple[str, ...]
) -> tuple[str, float | None]:
    """The nearest gateway at which the traffic may land, and how far it is."""
    allowed = [each for each in twin.ground.gateways if not landing or each.country in landing]
    if not allowed:
        return "", None
    lat, lon = (np.array([getattr(each, name) for each in allowed]) for name in ("lat_deg", "lon_deg"))
    km = great_circle_km(lat, lon, np.array([lat_deg]), np.array([lon_deg]))
    return allowed[int(np.argmin(km))].name, float(km.min())


def verdict(answer: Answer) -> str:
    """The answer in one sentence."""
    if answer.service is None:
        return f"Not served: {_because(answer)}"
    it, satellite = answer.service, answer.service.satellite
    return (
        f"Served by {satellite.name}, {satellite.elevation_deg:.0f}° high: {rate_text(it.granted_bps)} of "
        f"{rate_text(answer.demand_bps)} asked for, {it.round_trip.total_ms:.0f} ms to "
        f"{it.pop or it.gateway} and back."
    )


def _because(answer: Answer) -> str:
    usable = answer.count("usable")
    in_view = _satellites(usable + answer.count("too near the GSO arc"))
    could = f"{_satellites(answer.with_way)} could serve"
    if answer.reason == "gso_arc":
        return (
            f"{in_view} in view, but none {answer.gso_avoidance_deg:g}° or more from the geostationary arc."
        )
    if answer.reason == "no_gateway":
        where = f" in {', '.join(answer.landing)}, where its traffic must land" if answer.landing else ""
        return f"{_satellites(usable)} could be used, but none has a way to a gateway{where}."
    if answer.reason == "capacity" and answer.bottleneck in ("isl", "feeder"):
        links = "links between satellites" if answer.bottleneck == "isl" else "feeder links to the gateways"
        return (
            f"a satellite would serve it, but {links} are full and leave it {rate_text(answer.granted_bps)}."
        )
    return {
        NO_DEMAND: "nobody asks for anything here in this world.",
        "no_satellite": f"no satellite stands above the elevation mask of {answer.mask_deg:g}°.",
        "capacity": f"{could}, but their beams and capacity are given to other cells.",
        "colour": f"{could}, but each free channel would disturb one within {answer.same_colour_deg:g}°.",
        "rule": f"a rule of this world forbids it: {answer.rule} ({answer.rule_state}).",
    }[answer.reason]


def change(answer: Answer) -> str:
    """What would change the answer, in a sentence; empty where the place gets all that it asks for."""
    if answer.service:
        return {
            "none": "",
            "beam": "More beams or colours, or a better link: its satellite, or a cell near by, holds them.",
            "isl": "More capacity between satellites: a link on the way is full.",
            "feeder": "More capacity to the ground: a feeder link on the way is full.",
        }[answer.service.bottleneck]
    if answer.reason == "no_satellite":
        highest = answer.overhead[0] if answer.overhead else None
        now = (
            f"{highest.name}, the highest, stands at {highest.elevation_deg:.1f}°"
            if highest
            else "none is up"
        )
        return f"More satellites at this latitude, or a lower radio.elevation_mask_deg: {now}."
    if answer.reason == "gso_arc":
        seen = [each for each in answer.overhead if each.use == "too near the GSO arc"]
        best = max(seen, key=lambda each: each.gso_deg, default=None)
        now = f": {best.name}, the farthest from it, is {best.gso_deg:.1f}° away" if best else ""
        return f"Satellites farther from the arc, or less radio.gso_avoidance_deg{now}."
    if answer.reason == "no_gateway":
        now = "this world has none where its traffic may land"
        if answer.nearest_gateway_km is not None:
            now = f"the nearest allowed, {answer.nearest_gateway}, is {answer.nearest_gateway_km:.0f} km away"
        return f"A gateway near by, or links between satellites: {now}."
    return {
        NO_DEMAND: "A world whose cells cover this place (cells.area), or demand of your own (demand.file).",
        "capacity": "More satellites in view, more beams or capacity on each, or less demand around.",
        "colour": "More channels (radio.downlink_channels), or a smaller radio.same_colour_deg.",
        "rule": f"Another decision about {answer.rule}: the state of that area in the world.",
    }[answer.reason]


def standing(answer: Answer) -> dict[str, str]:
    """Licence, service and sales, each by itself: what this world says of them."""
    decision = f"{answer.rule}: {answer.rule_decision}"
    licence = decision if answer.rule_state == "not-licensed" else ""
    service = {
        "": "on: no rule of this world says otherwise",
        "on": f"on. {decision}",
        "off": f"off. {decision}",
        "not-licensed": "off, for want of a licence",
    }[answer.rule_state]
    return {
        "licence": f"not licensed. {licence}" if licence else "no rule in this world says",
        "service": service,
        "sales": "not modelled yet: planned",
    }


def _satellites(number: int) -> str:
    return "1 satellite" if number == 1 else f"{number} satellites"


def rate_text(bps: float) -> str:
    """Bit/s as people say them: 23 900 000 is 23.9 Mbit/s."""
    for unit, least in (("Tbit/s", 1e12), ("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bps >= least:
            return f"{bps / least:.3g} {unit}"
    return f"{bps:.0f} bit/s"
