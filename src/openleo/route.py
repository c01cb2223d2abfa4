"""How it travels: gateways, ISLs and a `Plan` become `Routes`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openleo.constants import (
    FIBRE_REFRACTIVE_INDEX,
    LIGHT_KM_PER_MS,
    WGS84_A_KM,
    WGS84_F,
)
from openleo.kernels import route as kernels
from openleo.places import great_circle_km
from openleo.plan import Plan
from openleo.sky import observe
from openleo.world import Delay, Gateway, IslSpec, Pop

BOTTLENECKS = ("none", "beam", "isl", "feeder")
"""What keeps a cell from all that it asks for, by code."""

_LOTS = 16  # cells are routed in so many lots, each past the congestion that those before it made
_ROUNDS = 4  # of sharing out what links have left


@dataclass(frozen=True)
class Network:
    """ISLs as a graph over S satellites.

    The edges out of u are first[u]:first[u + 1] and lead to head[e]; back[e] is the edge the other way. All
    int64.
    """

    first: NDArray[np.int64]
    head: NDArray[np.int64]
    back: NDArray[np.int64]

    @property
    def tail(self) -> NDArray[np.int64]:
        """Where each edge begins (E,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


@dataclass(frozen=True)
class GroundSegment:
    """The ground network as arrays: W gateways, each with the PoP that is nearest to it by fibre.

    gateway_km: (W, 3) ECEF. mask_deg: (W,). antennas: (W,) int64. pop: (W,) int32 into `pops`. fibre_ms: (W,)
    one way. allowed: (G, W) bool, gateways at which each landing group may come down.
    """

    gateways: tuple[Gateway, ...]
    pops: tuple[Pop, ...]
    gateway_km: NDArray[np.float64]
    mask_deg: NDArray[np.float64]
    antennas: NDArray[np.int64]
    pop: NDArray[np.int32]
    fibre_ms: NDArray[np.float64]
    allowed: NDArray[np.bool_]


@dataclass(frozen=True)
class Backhaul:
    """The way of each satellite to the ground before any traffic: what a plan may build on.

    feeder: (S,) int32 gateway that the satellite is linked to, -1 for none. feeder_km: (S,). edge_km: (E,),
    infinite for an ISL that is too long or too low. delay_ms: (G, S) one way to the PoP, infinite where there
    is no way.
    """

    feeder: NDArray[np.int32]
    feeder_km: NDArray[np.float64]
    edge_km: NDArray[np.float64]
    delay_ms: NDArray[np.float64]

    @property
    def open_to(self) -> NDArray[np.bool_]:
        """Which satellites have a way down for each landing group (G, S)."""
        return np.isfinite(self.delay_ms)


@dataclass(frozen=True)
class Routes:
    """How the traffic of each of C cells travels in a slot.

    granted_bps: (C,) float32, what is left of the plan's grant after ISLs and feeder links. rtt_ms: (C,)
    float32 round trip terminal to PoP, NaN where not served. gateway, pop: (C,) int32. hops: (C,) int16, ISLs
    on the way. bottleneck: (C,) int8 into BOTTLENECKS. edge_load_bps: (E,), down_load_bps: (S,) of each
    satellite's feeder link, as offered (over capacity means cut). tree: (C,) int32, by which tree the cell's
    traffic travels, and step: (K, S) int64, the edge that a satellite's traffic takes first in each tree (-1
    down here, -2 no way).
    """

    granted_bps: NDArray[np.float32]
    rtt_ms: NDArray[np.float32]
    gateway: NDArray[np.int32]
    pop: NDArray[np.int32]
    hops: NDArray[np.int16]
    bottleneck: NDArray[np.int8]
    edge_load_bps: NDArray[np.float64]
    down_load_bps: NDArray[np.float64]
    tree: NDArray[np.int32]
    step: NDArray[np.int64]

    def gateway_load_bps(self, backhaul: Backhaul, gateways: int) -> NDArray[np.float64]:
        """Load of each of so many gateways, (W,): what is offered to the feeder links that it holds."""
        held = backhaul.feeder >= 0
        load = np.bincount(backhaul.feeder[held], self.down_load_bps[held], gateways)
        return np.asarray(load, np.float64)

    def way(self, network: Network, satellite: int, tree: int) -> list[int]:
        """Satellites that traffic of `satellite` passes in a tree, up to the one with the feeder link."""
        path = [satellite]
        while self.step[tree, path[-1]] >= 0:
            path.append(int(network.head[self.step[tree, path[-1]]]))
        return path


def network_of(links: NDArray[np.int32], satellites: int) -> Network:
    """The graph of ISLs (L, 2) over so many satellites; each link counts both ways."""
    both = np.concatenate([links, links[:, ::-1]]).astype(np.int64).reshape(-1, 2)
    order = np.lexsort((both[:, 1], both[:, 0]))
    tail, head = both[order, 0], both[order, 1]
    first = np.searchsorted(tail, np.arange(satellites + 1))
    reverse = np.lexsort((tail, head))  # where (head, tail) stands in the order of (tail, head)
    back = np.empty(len(order), np.int64)
    back[reverse] = np.arange(len(order))
    return Network(first.astype(np.int64), head, back)


def ground_segment(
    gateways: tuple[Gateway, ...],
    pops: tuple[Pop, ...],
    gateway_km: NDArray[np.float64],
    mask_deg: NDArray[np.float64],
    landings: tuple[tuple[str, ...], ...],
    delay: Delay,
) -> GroundSegment:
    """Lay each gateway's fibre to the PoP nearest by great circle; without PoPs traffic ends at the gateway.

    gateway_km: (W, 3) ECEF. mask_deg: (W,). landings: the countries in which each group may come down, empty
    for all.
    """
    n = len(gateways)
    pop, fibre_ms = np.full(n, -1, np.int32), np.zeros(n)
    if n and pops:
        at = np.array([[each.lat_deg, each.lon_deg] for each in gateways])
        to = np.array([[each.lat_deg, each.lon_deg] for each in pops])
        km = great_circle_km(at[:, None, 0], at[:, None, 1], to[None, :, 0], to[None, :, 1])
        pop = np.argmin(km, axis=1).astype(np.int32)
        fibre_ms = km.min(axis=1) * delay.fibre_detour * FIBRE_REFRACTIVE_INDEX / LIGHT_KM_PER_MS
    countries = [each.country for each in gateways]
    allowed = np.array([[not group or code in group for code in countries] for group in landings], np.bool_)
    antennas = np.array([each.antennas for each in gateways], np.int64)
    return GroundSegment(
        gateways, pops, gateway_km, mask_deg, antennas, pop, fibre_ms, allowed.reshape(len(landings), n)
    )


def connect(
    position_km: NDArray[np.float64],
    network: Network,
    isl: IslSpec,
    ground: GroundSegment,
    delay: Delay,
    feeder_bps: NDArray[np.float64],
    *,
    usable: NDArray[np.bool_] | None = None,
    before: NDArray[np.int32] | None = None,
    worth: NDArray[np.float64] | None = None,
) -> Backhaul:
    """Point the gateways' antennas at satellites and find every satellite's way to the ground.

    position_km: (S, 3) ECEF. feeder_bps: (S,) of a satellite's feeder link; the wider go first, and of these
    the higher. usable: (S,), satellites that take part. before: (S,) feeders of the slot before, which are
    kept where they can be. worth: (S,) in 0..1, how much a satellite would be missed, which then comes before
    all else.
    """
    n_sats = len(position_km)
    sky = observe(position_km, ground.gateway_km, mask_deg=ground.mask_deg, threads=1)
    gateway = np.repeat(np.arange(len(ground.gateways)), np.diff(sky.start))
    widest = max(float(feeder_bps.max(initial=0.0)), 1.0)
    score = 0.5 * sky.elevation_deg / 90.0 + feeder_bps[sky.satellite] / widest
    if worth is not None:
        score = 0.1 * score + worth[sky.satellite]
    if before is not None:
        score = score + np.where(before[sky.satellite] == gateway, 0.3, 0.0)
    order = np.argsort(-score, kind="stable")
    if usable is not None:
        order = order[usable[sky.satellite[order]]]
    feeder = np.empty(n_sats, np.int32)
    kernels.choose_feeders(order, gateway, sky.satellite, ground.antennas.copy(), feeder)
    feeder_km = np.full(n_sats, np.inf)
    held = feeder >= 0
    feeder_km[held] = np.linalg.norm(position_km[held] - ground.gateway_km[feeder[held]], axis=1)
    edge_km = isl_lengths_km(position_km, network, isl.max_range_km, isl.min_height_km)
    if usable is not None:
        edge_km[~usable[network.head] | ~usable[network.tail]] = np.inf
    delay_ms = np.full((len(ground.allowed), n_sats), np.inf)
    edge_ms = edge_km / LIGHT_KM_PER_MS + delay.hop_ms
    for g in range(len(ground.allowed)):
        down = _down_ms(g, feeder, feeder_km, ground, delay)
        delay_ms[g] = cheapest_ways(network, edge_ms, down)[0]
    return Backhaul(feeder, feeder_km, edge_km, delay_ms)


def send(
    plan: Plan,
    demand_bps: NDArray[np.float64],
    slant_km: NDArray[np.float32],
    landing: NDArray[np.int16],
    network: Network,
    backhaul: Backhaul,
    ground: GroundSegment,
    isl: IslSpec,
    delay: Delay,
    feeder_bps: NDArray[np.float64],
    capacity_bps: NDArray[np.float64],
) -> Routes:
    """Send what the plan grants to the ground, lot by lot past the congestion, and cut what does not fit.

    Every sixteenth cell makes a lot, and each lot takes the cheapest ways at the loads so far (incremental
    assignment; Sheffi 1985, 5.2). A link that is asked for more than it can carry cuts the flows on it in
    proportion; what the cut leaves idle elsewhere is handed out again, in rounds. What a satellite's flow may
    keep is shared among its cells max-min fair, so that small demands are cut last.

    slant_km: (C,) range to the serving satellite. landing: (C,) group of each cell. feeder_bps, capacity_bps:
    (S,) of a satellite's feeder link, and of the whole satellite. The round trip is light over the way, fixed
    processing, and a queue that grows as load / (1 - load) of the busiest link (Kleinrock 1975, M/M/1).
    """
    n_sats, n_groups, n_cells = len(backhaul.feeder), len(ground.allowed), len(plan.satellite)
    served = np.flatnonzero(plan.satellite >= 0)
    satellite = plan.satellite[served].astype(np.int64)
    tree = ((np.arange(n_cells) % _LOTS) * n_groups + landing).astype(np.int32)
    trees = _LOTS * n_groups
    key = tree[served] * n_sats + satellite
    offered = plan.granted_bps[served].astype(np.float64)
    flow = np.bincount(key, offered, trees * n_sats).astype(np.float64).reshape(trees, n_sats)
    capacity = isl.capacity_gbps * 1e9
    edge_load, down_load = np.zeros(len(network.head)), np.zeros(n_sats)
    step = np.full((trees, n_sats), -2, np.int64)
    hops, down_at = np.zeros((trees, n_sats), np.int64), np.full((trees, n_sats), -1, np.int64)
    path_km = np.zeros((trees, n_sats))
    base_ms = backhaul.edge_km / LIGHT_KM_PER_MS + delay.hop_ms
    downs = [_down_ms(g, backhaul.feeder, backhaul.feeder_km, ground, delay) for g in range(n_groups)]
    for k in range(trees):
        if not flow[k].any():
            continue
        edge_ms = base_ms + _congestion_ms(edge_load / capacity)
        down_ms = downs[k % n_groups] + _congestion_ms(down_load / np.maximum(feeder_bps, 1.0))
        step[k] = cheapest_ways(network, edge_ms, down_ms)[1]
        kernels.send(
            flow[k], network.head, step[k], edge_load, down_load, backhaul.edge_km, hops[k], path_km[k],
            down_at[k],
        )  # fmt: skip
    part, where, busy = np.zeros(flow.shape), np.full(flow.shape, -2, np.int64), np.zeros(flow.shape)
    kernels.allot(
        flow, network.head, step, capacity, feeder_bps, len(network.head), _ROUNDS, part, where, busy
    )
    planned, granted = np.zeros(n_cells), np.zeros(n_cells)
    planned[served] = offered
    group = np.zeros(n_cells, np.int64)
    group[served] = key
    kernels.share_out(served[np.lexsort((offered, key))], group, planned, (flow * part).ravel(), granted)

    way = (tree[served], satellite)
    down = down_at[way]
    landed = down >= 0
    gateway, pop = np.full(n_cells, -1, np.int32), np.full(n_cells, -1, np.int32)
    gateway[served] = np.where(landed, backhaul.feeder[down], -1)
    one_way_ms = (slant_km[served] + path_km[way]) / LIGHT_KM_PER_MS + delay.hop_ms * (hops[way] + 1)
    if len(ground.gateways):
        pop[served] = np.where(landed, ground.pop[gateway[served]], -1)
        one_way_ms += np.where(landed, backhaul.feeder_km[down] / LIGHT_KM_PER_MS, 0.0)
        one_way_ms += ground.fibre_ms[gateway[served]]
    load = flow.sum(axis=0)[satellite] / np.maximum(capacity_bps[satellite], 1.0)
    rtt = np.full(n_cells, np.nan, np.float32)
    queue_ms = queueing_ms(np.maximum(busy[way], load), delay)
    rtt_ms = 2.0 * one_way_ms + delay.access_ms + delay.gateway_ms + queue_ms
    rtt[served] = np.where(landed, rtt_ms, np.nan)
    bottleneck = np.zeros(n_cells, np.int8)
    cut = granted[served] < offered * (1.0 - 1e-9)
    short = offered < demand_bps[served] * (1.0 - 1e-6)
    bottleneck[served] = np.where(cut, np.where(where[way] == -1, 3, 2), np.where(short, 1, 0))
    all_hops = np.zeros(n_cells, np.int16)
    all_hops[served] = hops[way]
    return Routes(
        granted.astype(np.float32), rtt, gateway, pop, all_hops, bottleneck, edge_load, down_load, tree, step
    )


def queueing_ms(load: NDArray[np.float64], delay: Delay) -> NDArray[np.float64]:
    """Round trip spent in queues at a load of 0..: `queue_ms` at one half, at most `queue_max_ms`."""
    full = np.clip(load, 0.0, 0.999)
    return np.minimum(delay.queue_ms * full / (1.0 - full), delay.queue_max_ms)


def _congestion_ms(load: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a loaded link costs beside its length, so that later lots go round it: small, then steep."""
    return 4.0 * np.square(np.minimum(load, 1.0)) + 200.0 * np.maximum(load - 0.8, 0.0)


def _down_ms(
    group: int,
    feeder: NDArray[np.int32],
    feeder_km: NDArray[np.float64],
    ground: GroundSegment,
    delay: Delay,
) -> NDArray[np.float64]:
    """Cost of going down from each satellite itself (S,): feeder and fibre; infinite where it may not."""
    down = np.full(len(feeder), np.inf)
    held = np.flatnonzero(feeder >= 0)
    held = held[ground.allowed[group][feeder[held]]]
    down[held] = feeder_km[held] / LIGHT_KM_PER_MS + delay.hop_ms + ground.fibre_ms[feeder[held]]
    return down


def isl_lengths_km(
    position_km: NDArray[np.float64], network: Network, max_range_km: float, min_height_km: float
) -> NDArray[np.float64]:
    """Length of each edge (E,); infinite where it is too long or its line of sight passes too low.

    position_km: (S, 3) ECEF. min_height_km: over the ellipsoid.
    """
    edge_km = np.empty(len(network.head))
    lowest_km = WGS84_A_KM + min_height_km
    kernels.edge_lengths(network.first, network.head, position_km, max_range_km, lowest_km, WGS84_F, edge_km)
    return edge_km


def cheapest_ways(
    network: Network, edge_ms: NDArray[np.float64], down_ms: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cheapest cost (S,) and first edge (S,) of every satellite's way down: -1 down here, -2 no way.

    edge_ms: (E,) of each edge. down_ms: (S,) of going down from a satellite itself, infinite where it cannot.
    """
    n = len(down_ms)
    cost, step = np.empty(n), np.empty(n, np.int64)
    room = len(network.head) + n
    kernels.shortest(
        network.first, network.head, network.back, edge_ms, down_ms, cost, step, np.empty(room),
        np.empty(room, np.int64),
    )  # fmt: skip
    return cost, step
