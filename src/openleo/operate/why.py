"""Why a place is served, or is not: one answer, made of what the plan of a slot knows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, LIGHT_KM_PER_MS
from openleo.fleet import Fleet
from openleo.places import countries, ecef_km, great_circle_km, spots
from openleo.plan import REASONS
from openleo.radio import Radio
from openleo.route import BOTTLENECKS
from openleo.sky import azimuth_deg, observe, observe_by
from openleo.twin import Slot, Twin

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet, Standing

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
class Ruling:
    """What holds on one matter, and who says so: a region, or none where it is what holds elsewhere."""

    state: str
    region: str
    decision: str


@dataclass(frozen=True)
class Answer:
    """Everything that one slot, and the rules, say about one place.

    country: empty at sea and in a disputed area. cell: H3 index as hex, empty where none of the world's cells
    is near; inside: whether the place lies in it; distance_km: to the centre of the nearest cell, 0 inside.
    reason: of `plan.REASONS`, or `no_demand`.
    rules: name of the rule set, empty where there is none. area: the disputed area that the place is in, and
    who claims it. licence, permit (whether the network is on there) and sales: at the place itself. rule:
    what keeps its cell dark, at the point of the cell that the plan goes by; None where nothing does.
    landing: countries in which its traffic must land. with_way: satellites that may be used and have a way to
    the ground. overhead: seen from the centre of the cell, as the plan sees it.
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
    rules: str
    rules_digest: str
    area: str
    claimants: tuple[str, ...]
    licence: Ruling
    permit: Ruling
    sales: Ruling
    rule: Ruling | None
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


def explain(twin: Twin, slot: Slot, lat_deg: float, lon_deg: float, rules: "RuleSet | None" = None) -> Answer:
    """Explain what a slot's plan holds for a place: who serves it and how, or why nobody does.

    slot: of `twin.slots`. lat_deg, lon_deg: the place. rules: those that the twin was opened with. A place
    outside every cell of the world is answered for by the nearest cell within two cells' width; farther off
    nobody asks for anything, and the reason is `no_demand`.
    """
    world, cells, position = twin.world, twin.cells, slot.geometry.position_km
    cell, inside, distance_km = _cell(twin, lat_deg, lon_deg)
    at = spot = (lat_deg, lon_deg)
    if cell >= 0:
        at = (float(cells.lat_deg[cell]), float(cells.lon_deg[cell]))
        lat, lon = spots(cells)
        spot = (float(lat[cell]), float(lon[cell]))
    above = overhead(position, twin.fleet, world.radio, *at)
    time = datetime.fromtimestamp(int(slot.time.astype("datetime64[us]").astype(np.int64)) / 1e6, UTC)
    held = rules or _nothing_said()
    here = held.at(lat_deg, lon_deg, time)
    landing: tuple[str, ...] = ()
    reason, demand, granted, group, bottleneck = NO_DEMAND, 0.0, 0.0, 0, BOTTLENECKS[0]
    service = None
    if cell >= 0:
        group = int(slot.rules.landing[cell])
        landing = slot.rules.landings[group]
        demand = float(cells.demand_bps[cell])
        if demand > 0.0:
            reason = REASONS[slot.reason[cell]]
        if slot.plan.satellite[cell] >= 0:
            granted = float(slot.routes.granted_bps[cell])
            bottleneck = BOTTLENECKS[slot.routes.bottleneck[cell]]
        if slot.served[cell]:
            service = _service(twin, slot, cell)
    open_to = slot.backhaul.open_to[group]
    gateway, gateway_km = _nearest_gateway(twin, lat_deg, lon_deg, landing)
    return Answer(
        world=world.name, time=f"{np.datetime_as_string(slot.time, 's')}Z", lat_deg=lat_deg, lon_deg=lon_deg,
        country=_country(here.country),
        cell=f"{int(cells.id[cell]):x}" if cell >= 0 else "", inside=inside, distance_km=distance_km,
        demand_bps=demand, served=service is not None, reason=reason, service=service,
        rules=rules.name if rules else "", rules_digest=rules.digest if rules else "", area=here.area,
        claimants=here.claimants, licence=_licence(here), permit=_permit(here), sales=_sales(here),
        rule=_against(held.at(*spot, time)), landing=landing,
        mask_deg=world.radio.elevation_mask_deg, gso_avoidance_deg=world.radio.gso_avoidance_deg,
        same_colour_deg=world.radio.same_colour_deg,
        with_way=sum(each.use == "usable" and bool(open_to[each.index]) for each in above),
        nearest_gateway=gateway, nearest_gateway_km=gateway_km, granted_bps=granted, bottleneck=bottleneck,
        overhead=above,
    )  # fmt: skip


def _cell(twin: Twin, lat_deg: float, lon_deg: float) -> tuple[int, bool, float]:
    """The cell that answers for a place (-1: none is near), whether the place is in it, how far off it is."""
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


def _country(code: str) -> str:
    """The name of a country by its code; an invented one, and one without a code, is its own name."""
    return next((each.name for each in countries() if each.code == code), code)


@cache
def _nothing_said() -> "RuleSet":
    """A rule set that forbids nothing: what is left to say is where a place is, and the state of sales."""
    from openleo.service.regions import RuleSet

    return RuleSet.parse({"name": "none", "elsewhere": {"licence": "licensed"}}, Path())


_LICENCE = {"licensed": "licensed", "pending": "pending", "none": "not licensed", "prohibited": "prohibited"}
_PERMIT = {"on": "on", "off": "off", "listed": "on for listed terminals", "emergency": "emergency only"}


def _licence(standing: "Standing") -> Ruling:
    said = standing.by("licence")
    ground = f" ({standing.licence_ground})" if standing.licence_ground else ""
    state = _LICENCE[standing.licence.name.lower()] + ground
    return Ruling(state, said.region if said else "", said.decision if said else "")


def _permit(standing: "Standing") -> Ruling:
    said = standing.by("service")
    state = _PERMIT[standing.service.name.lower()]
    return Ruling(state, said.region if said else "", said.decision if said else "")


def _sales(standing: "Standing") -> Ruling:
    said = standing.by("sales")
    dated = f" ({standing.sales_date})" if standing.sales_date else ""
    return Ruling(standing.sales + dated, said.region if said else "", said.decision if said else "")


def _against(standing: "Standing") -> Ruling | None:
    """What forbids to light a place: its licence, else that service is off; None where nothing does."""
    from openleo.service.records import Licence, Service

    if standing.licence != Licence.LICENSED:
        return _licence(standing)
    return _permit(standing) if standing.service == Service.OFF else None


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
