"""How traffic travels: graph, ways and loads, against scipy, ERFA, plain Python and sums by hand."""

from itertools import pairwise

import erfa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from openleo import Twin, World, open_twin
from openleo.constants import WGS84_A_KM, WGS84_F
from openleo.fleet import plus_grid
from openleo.kernels import route as kernels
from openleo.places import country_index, ecef_km, great_circle_km
from openleo.route import (
    BOTTLENECKS,
    connect,
    ground_segment,
    network_of,
    queueing_ms,
)
from openleo.twin import Slot
from openleo.world import Delay, Gateway, IslSpec, Pop

LIGHT_KM_PER_MS = 299.792458
seeds = st.integers(0, 2**32 - 1)


def random_links(rng: np.random.Generator, satellites: int, links: int) -> NDArray[np.int32]:
    pairs = rng.integers(0, satellites, (links, 2))
    return np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0).astype(np.int32)


@given(seed=seeds)
def test_the_graph_knows_each_link_both_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = random_links(rng, 20, int(rng.integers(0, 60)))
    network = network_of(links, 20)
    both = {(int(a), int(b)) for a, b in links} | {(int(b), int(a)) for a, b in links}
    assert list(zip(network.tail.tolist(), network.head.tolist(), strict=True)) == sorted(both)
    assert np.array_equal(network.head[network.back], network.tail)
    assert np.array_equal(network.tail[network.back], network.head)
    assert network.first[0] == 0
    assert network.first[-1] == len(both)


@settings(deadline=None)
@given(seed=seeds)
def test_shortest_ways_as_scipy_finds_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    network = network_of(random_links(rng, n, int(rng.integers(0, 3 * n))), n)
    edge_ms = rng.uniform(0.1, 10.0, len(network.head))
    edge_ms[rng.random(len(edge_ms)) < 0.2] = np.inf
    start_ms = np.where(rng.random(n) < 0.2, rng.uniform(0.1, 20.0, n), np.inf)
    cost, step = np.empty(n), np.empty(n, np.int64)
    room = len(edge_ms) + n
    kernels.shortest(
        network.first, network.head, network.back, edge_ms, start_ms, cost, step, np.empty(room),
        np.empty(room, np.int64),
    )  # fmt: skip

    # the ground is one more node, to which each satellite has an edge; scipy goes from there, backwards
    ends = np.column_stack([network.tail, network.head])
    ends = np.concatenate([ends, np.column_stack([np.arange(n), np.full(n, n)])])
    value = np.concatenate([edge_ms, start_ms])
    finite = np.isfinite(value)
    graph = coo_array((value[finite], ends[finite][:, ::-1].T), shape=(n + 1, n + 1)).tocsr()
    expected = dijkstra(graph, indices=n)[:n]
    assert np.allclose(cost, expected, rtol=1e-12)
    for s in range(n):
        u, total = s, 0.0
        while step[u] >= 0:
            assert network.tail[step[u]] == u
            total += edge_ms[step[u]]
            u = int(network.head[step[u]])
        assert (step[u] == -2) == np.isinf(expected[s])
        assert total + start_ms[u] == pytest.approx(expected[s], rel=1e-9)


def test_links_end_at_their_range_and_at_the_ground() -> None:
    """Against points all along the line, their height over WGS84 after ERFA.

    A line at just min_height_km may fall to either side: the test stretches the ellipsoid to a sphere, which
    makes 0.3 km of 80 km at the poles.
    """
    rng = np.random.default_rng(7)
    n = 400
    radius = 6378.137 + rng.uniform(300.0, 1500.0, n)
    direction = rng.normal(size=(n, 3))
    position = direction / np.linalg.norm(direction, axis=1, keepdims=True) * radius[:, None]
    position[3] = np.nan
    network = network_of(random_links(rng, n, 6000), n)
    length_km = np.empty(len(network.head))
    kernels.edge_lengths(network.first, network.head, position, 6500.0, WGS84_A_KM + 80.0, WGS84_F, length_km)
    a, b = position[network.tail], position[network.head]
    expected = np.linalg.norm(a - b, axis=1)
    along = np.linspace(0.0, 1.0, 1001)[:, None]
    kept = np.flatnonzero(expected <= 6500.0)
    assert len(kept) > 500
    lowest_km = np.array([
        erfa.gc2gd(1, 1e3 * (a[e] + along * (b[e] - a[e])))[2].min() / 1e3 for e in kept
    ])  # fmt: skip
    clear, low = kept[lowest_km > 80.3], kept[lowest_km < 79.7]
    assert len(clear) > 100
    assert len(low) > 100
    assert np.allclose(length_km[clear], expected[clear], rtol=1e-12)
    assert np.isinf(length_km[low]).all()
    assert np.isinf(length_km[expected > 6500.0]).all()
    assert np.isinf(length_km[np.isnan(expected)]).all()
    assert np.array_equal(length_km, length_km[network.back])


def sites(rng: np.random.Generator, count: int) -> tuple[Gateway, ...]:
    return tuple(
        Gateway(f"g{i}", ("KE", "UG", "DE")[i % 3], lat, lon, int(rng.integers(0, 6)))
        for i, (lat, lon) in enumerate(rng.uniform((-70.0, -180.0), (70.0, 180.0), (count, 2)).tolist())
    )


@settings(deadline=None, max_examples=40)
@given(seed=seeds)
def test_antennas_hold_as_many_satellites_as_they_may_and_no_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 300
    direction = rng.normal(size=(n, 3))
    position = 6928.0 * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    gateways = sites(rng, 12)
    at = ecef_km([g.lat_deg for g in gateways], [g.lon_deg for g in gateways])
    mask = np.where(np.arange(12) % 2, 25.0, 5.0)
    ground = ground_segment(gateways, (), at, mask, ((), ("KE",)), Delay())
    usable = rng.random(n) < 0.9
    before = rng.integers(-1, 12, n).astype(np.int32)
    network = network_of(random_links(rng, n, 600), n)
    backhaul = connect(
        position, network, IslSpec(), ground, Delay(), rng.choice([20e9, 80e9], n), usable=usable,
        before=before,
    )  # fmt: skip

    up = np.column_stack([
        np.cos(np.radians([g.lat_deg for g in gateways])) * np.cos(np.radians([g.lon_deg for g in gateways])),
        np.cos(np.radians([g.lat_deg for g in gateways])) * np.sin(np.radians([g.lon_deg for g in gateways])),
        np.sin(np.radians([g.lat_deg for g in gateways])),
    ])  # fmt: skip
    line = position[None] - at[:, None]
    range_km = np.linalg.norm(line, axis=2)
    elevation = np.degrees(np.arcsin(np.einsum("gsk,gk->gs", line, up) / range_km))
    held = np.flatnonzero(backhaul.feeder >= 0)
    assert usable[held].all()
    assert (elevation[backhaul.feeder[held], held] >= mask[backhaul.feeder[held]] - 1e-3).all()
    assert np.allclose(backhaul.feeder_km[held], range_km[backhaul.feeder[held], held], rtol=1e-12)
    used = np.bincount(backhaul.feeder[held], minlength=12)
    assert (used <= [g.antennas for g in gateways]).all()
    for g in np.flatnonzero(used < [g.antennas for g in gateways]):  # an idle antenna has nobody left to hold
        seen = (elevation[g] >= mask[g] + 1e-3) & usable
        assert (backhaul.feeder[seen] >= 0).all()
    # a group that may land in Kenya alone has a way where a satellite is joined to one held from there
    joined = backhaul.open_to
    assert not (joined[1] & ~joined[0]).any()
    assert joined[0, held].all()
    assert joined[1, held[ground.allowed[1][backhaul.feeder[held]]]].all()


@given(seed=seeds)
def test_antennas_are_given_in_the_order_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = int(rng.integers(0, 60))
    gateway, satellite = rng.integers(0, 4, pairs), rng.integers(0, 12, pairs).astype(np.int32)
    antennas, order = rng.integers(0, 5, 4), rng.permutation(pairs)
    feeder = np.empty(12, np.int32)
    kernels.choose_feeders(order, gateway, satellite, antennas.copy(), feeder)
    left, expected = list(antennas), [-1] * 12
    for p in order:
        if left[gateway[p]] and expected[satellite[p]] < 0:
            expected[satellite[p]] = gateway[p]
            left[gateway[p]] -= 1
    assert feeder.tolist() == expected


def water_filling(wanted: list[float], total: float) -> list[float]:
    """Max-min fair by raising one level until nothing is left (plain Python)."""
    given, open_ = [0.0] * len(wanted), set(range(len(wanted)))
    while open_ and total > 1e-12:
        rise = min(total / len(open_), min(wanted[i] - given[i] for i in open_))
        for i in open_:
            given[i] += rise
        total -= rise * len(open_)
        open_ = {i for i in open_ if wanted[i] - given[i] > 1e-12}
    return given


@given(
    groups=st.lists(
        st.tuples(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=6), st.floats(0.0, 40.0)), max_size=5
    )
)
def test_what_a_way_lets_through_is_shared_max_min_fair(groups: list[tuple[list[float], float]]) -> None:
    wanted = np.array([each for cells, _ in groups for each in cells])
    group = np.array([g for g, (cells, _) in enumerate(groups) for _ in cells], np.int64)
    out = np.empty(len(wanted))
    order = np.lexsort((wanted, group))
    kernels.share_out(order, group, wanted, np.array([total for _, total in groups]), out)
    expected = [each for cells, total in groups for each in water_filling(cells, total)]
    assert np.allclose(out, expected, atol=1e-9)


def allotted(
    flow: NDArray[np.float64], ways: list[list[list[int]]], capacity: list[float], rounds: int
) -> NDArray[np.float64]:
    """Shares of flows in plain Python: links, by number, hand out their room to what still asks for it."""
    part = np.zeros(flow.shape)
    for _ in range(rounds):
        carried, asked = [0.0] * len(capacity), [0.0] * len(capacity)
        for k, s in np.argwhere(flow > 0.0):
            for link in ways[k][s]:
                carried[link] += flow[k, s] * part[k, s]
                asked[link] += flow[k, s] * (1.0 - part[k, s])
        for k, s in np.argwhere((flow > 0.0) & (part < 1.0)):
            offers = [max(capacity[i] - carried[i], 0.0) / max(asked[i], 1.0) for i in ways[k][s]]
            part[k, s] += (1.0 - part[k, s]) * min(1.0, *offers)
    return part


@settings(deadline=None)
@given(seed=seeds, rounds=st.integers(1, 5))
def test_links_hand_out_their_room_as_plain_python_does(seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    n, trees = int(rng.integers(2, 25)), int(rng.integers(1, 4))
    ring = np.column_stack([np.arange(n), (np.arange(n) + 1) % n])
    network = network_of(np.unique(np.sort(ring, axis=1), axis=0).astype(np.int32), n)
    edges = len(network.head)
    flow = np.where(rng.random((trees, n)) < 0.3, 0.0, rng.uniform(0.0, 2e9, (trees, n)))
    feeder_bps = rng.uniform(1e9, 1e10, n)
    step = np.empty((trees, n), np.int64)
    for k in range(trees):
        start_ms = np.where(rng.random(n) < 0.2, 1.0, np.inf)
        start_ms[int(rng.integers(n))] = 1.0
        kernels.shortest(
            network.first, network.head, network.back, rng.uniform(0.1, 9.0, edges), start_ms, np.empty(n),
            step[k], np.empty(edges + n), np.empty(edges + n, np.int64),
        )  # fmt: skip
    part, where, busy = np.zeros(flow.shape), np.full(flow.shape, -2, np.int64), np.zeros(flow.shape)
    kernels.allot(flow, network.head, step, 2e9, feeder_bps, edges, rounds, part, where, busy)

    ways: list[list[list[int]]] = [[[] for _ in range(n)] for _ in range(trees)]
    load = np.zeros((2, edges + n))
    for k, s in np.ndindex(trees, n):
        u = s
        while step[k, u] >= 0:
            ways[k][s].append(int(step[k, u]))
            u = int(network.head[step[k, u]])
        ways[k][s].append(edges + u)
        load[:, ways[k][s]] += np.array([[flow[k, s]], [flow[k, s] * part[k, s]]])
    capacity = np.concatenate([np.full(edges, 2e9), feeder_bps])
    asked = flow > 0.0
    assert np.allclose(part[asked], allotted(flow, ways, capacity.tolist(), rounds)[asked], rtol=1e-9)
    assert (load[1] <= capacity * (1.0 + 1e-9)).all()
    for k, s in np.argwhere(asked):
        fullest = (load[0] / capacity)[ways[k][s]].max()
        assert busy[k, s] == pytest.approx(fullest)
        if fullest <= 1.0 - 1e-9:
            assert part[k, s] == pytest.approx(1.0)
        elif fullest > 1.0 + 1e-9 and part[k, s] < 1.0 - 1e-9:
            binds = ways[k][s][-1] if where[k, s] == -1 else where[k, s]
            assert binds in ways[k][s]
            assert load[0, binds] > capacity[binds]


def test_fibre_goes_to_the_nearest_pop() -> None:
    gateways = (Gateway("Nairobi", "KE", -1.29, 36.82, 2), Gateway("Bonn", "DE", 50.73, 7.1, 2))
    pops = (Pop("Frankfurt", "DE", 50.11, 8.68), Pop("Mombasa", "KE", -4.04, 39.67))
    at = ecef_km([-1.29, 50.73], [36.82, 7.1])
    ground = ground_segment(gateways, pops, at, np.full(2, 25.0), ((), ("DE", "UG")), Delay(fibre_detour=1.5))
    assert ground.pop.tolist() == [1, 0]
    assert ground.allowed.tolist() == [[True, True], [False, True]]
    # Nairobi to Mombasa 440 km, Bonn to Frankfurt 131 km by great circle
    assert ground.fibre_ms == pytest.approx(
        np.array([440.0, 131.5]) * 1.5 * 1.4675 / LIGHT_KM_PER_MS, rel=5e-3
    )
    lonely = ground_segment(gateways, (), at, np.full(2, 25.0), ((),), Delay())
    assert lonely.pop.tolist() == [-1, -1]
    assert lonely.fibre_ms.tolist() == [0.0, 0.0]
    paris_tokyo = great_circle_km(*(np.float64(x) for x in (48.8566, 2.3522, 35.6762, 139.6503)))
    assert paris_tokyo == pytest.approx(9712.0, abs=3.0)


def test_a_queue_grows_with_the_load_up_to_its_most() -> None:
    delay = Delay(queue_ms=3.0, queue_max_ms=40.0)
    load = np.array([0.0, 0.5, 0.75, 0.9, 0.99, 1.0, 7.0])
    assert queueing_ms(load, delay) == pytest.approx([0.0, 3.0, 9.0, 27.0, 40.0, 40.0, 40.0])


LAND = """base = "triangle"
rules = "land.rules.toml"
[isl]
capacity_gbps = {isl}
[ground]
[[ground.gateways]]
name = "Nairobi"
country = "KE"
lat_deg = -1.29
lon_deg = 36.82
antennas = 3
[[ground.gateways]]
name = "Frankfurt"
country = "DE"
lat_deg = 50.1
lon_deg = 8.7
antennas = 2
[[ground.gateways]]
name = "Denver"
country = "US"
lat_deg = 39.7
lon_deg = -105.0
antennas = 4
[cells]
area = "land"
resolution = 2
[demand]
file = ""
base_mbps = 300
"""
HELD = """name = "land"
[elsewhere]
licence = "licensed"
[[regions]]
name = "Kenya"
decision = "Held in the country."
countries = ["KE", "TZ"]
landing = ["KE"]
[[regions]]
name = "Americas"
decision = "Held in two countries."
countries = ["US", "BR", "CA", "AR"]
landing = ["US", "DE"]
"""


@pytest.fixture(scope="module", params=[0.6, 8.0], ids=["narrow links", "wide links"])
def land(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Twin, Slot]:
    """All land over 720 satellites and three gateways, so that links and feeder links are full."""
    file = tmp_path_factory.mktemp("land") / "land.toml"
    file.write_text(LAND.format(isl=request.param))
    (file.parent / "land.rules.toml").write_text(HELD)
    twin = open_twin(file, threads=1)
    return twin, list(twin.slots(twin.world.epoch, 2))[1]


def walked(twin: Twin, slot: Slot) -> tuple[NDArray[np.float64], ...]:
    """Offered and carried load of each ISL and feeder link, cell by cell along `Routes.way`."""
    network, routes, plan = twin.network, slot.routes, slot.plan
    index = {end: e for e, end in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True))}
    isl, down = np.zeros((2, len(network.head))), np.zeros((2, len(twin.fleet)))
    for c in np.flatnonzero(plan.satellite >= 0):
        way = routes.way(network, int(plan.satellite[c]), int(routes.tree[c]))
        bps = np.array([plan.granted_bps[c], routes.granted_bps[c]], np.float64)
        for end in pairwise(way):
            isl[:, index[end]] += bps
        down[:, way[-1]] += bps
        assert len(way) == routes.hops[c] + 1
        assert slot.backhaul.feeder[way[-1]] == routes.gateway[c]
    return isl[0], isl[1], down[0], down[1]


def test_loads_add_up_and_no_link_carries_more_than_it_can(land: tuple[Twin, Slot]) -> None:
    twin, slot = land
    routes, network, capacity = slot.routes, twin.network, twin.world.isl.capacity_gbps * 1e9
    isl, isl_carried, down, down_carried = walked(twin, slot)
    assert (slot.plan.satellite >= 0).sum() > 500
    assert np.allclose(routes.edge_load_bps, isl, rtol=1e-9, atol=1.0)
    assert np.allclose(routes.down_load_bps, down, rtol=1e-9, atol=1.0)
    offered = np.where(slot.plan.satellite >= 0, slot.plan.granted_bps, 0.0).astype(np.float64)
    own = np.bincount(np.maximum(slot.plan.satellite, 0), offered, len(twin.fleet))
    out, into = np.zeros(len(own)), np.zeros(len(own))
    np.add.at(out, network.tail, routes.edge_load_bps)
    np.add.at(into, network.head, routes.edge_load_bps)
    assert np.allclose(own + into, out + routes.down_load_bps, rtol=1e-9, atol=1.0)
    assert routes.down_load_bps.sum() == pytest.approx(offered.sum())
    assert (slot.backhaul.feeder[routes.down_load_bps > 0.0] >= 0).all()
    lands = [offered[routes.gateway == g].sum() for g in range(len(twin.ground.gateways))]
    assert np.allclose(routes.gateway_load_bps(slot.backhaul, len(lands)), lands, rtol=1e-9, atol=1.0)

    assert (isl_carried <= capacity * (1.0 + 1e-6)).all()
    assert (down_carried <= twin.feeder_bps * (1.0 + 1e-6)).all()
    assert (routes.granted_bps <= slot.plan.granted_bps * (1.0 + 1e-6)).all()
    assert (routes.granted_bps >= 0.0).all()
    assert np.isfinite(slot.backhaul.edge_km[routes.edge_load_bps > 0.0]).all()
    # something is cut, and whoever is cut has a full link on the way
    full_isl, full_down = isl > capacity, down > twin.feeder_bps
    cut = np.flatnonzero(routes.granted_bps < slot.plan.granted_bps * (1.0 - 1e-6))
    assert len(cut) > 10
    index = {end: e for e, end in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True))}
    for c in cut:
        way = routes.way(network, int(slot.plan.satellite[c]), int(routes.tree[c]))
        assert full_down[way[-1]] or any(full_isl[index[end]] for end in pairwise(way))
        assert BOTTLENECKS[routes.bottleneck[c]] in ("isl", "feeder")
    assert routes.bottleneck[slot.plan.satellite < 0].max() == 0


def test_held_traffic_comes_down_where_it_must(land: tuple[Twin, Slot]) -> None:
    twin, slot = land
    routes, served = slot.routes, slot.plan.satellite >= 0
    country = np.array([each.country for each in twin.ground.gateways])
    for codes, allowed in ((("KE", "TZ"), {"KE"}), (("US", "BR", "CA", "AR"), {"US", "DE"})):
        held = np.isin(twin.cells.country, [country_index(code) for code in codes]) & served
        assert held.sum() > 5
        assert set(country[routes.gateway[held]]) <= allowed
    assert (routes.gateway[~served] == -1).all()
    assert (routes.pop[served] == twin.ground.pop[routes.gateway[served]]).all()
    assert np.isnan(routes.rtt_ms[~served]).all()


def test_a_round_trip_is_light_processing_and_a_queue(land: tuple[Twin, Slot]) -> None:
    twin, slot = land
    delay, routes, plan = twin.world.delay, slot.routes, slot.plan
    position, place = slot.geometry.position_km, twin.cells.ecef_km()
    for c in np.flatnonzero(plan.satellite >= 0)[::7]:
        way = routes.way(twin.network, int(plan.satellite[c]), int(routes.tree[c]))
        points = [place[c], *(position[s] for s in way), twin.ground.gateway_km[routes.gateway[c]]]
        light_ms = sum(float(np.linalg.norm(b - a)) for a, b in pairwise(points)) / LIGHT_KM_PER_MS
        fixed_ms = 2.0 * delay.hop_ms * len(way) + delay.access_ms + delay.gateway_ms
        fibre_ms = 2.0 * twin.ground.fibre_ms[routes.gateway[c]]
        queue_ms = routes.rtt_ms[c] - 2.0 * light_ms - fixed_ms - fibre_ms
        assert -1e-3 < queue_ms < delay.queue_max_ms + 1e-3
        if BOTTLENECKS[routes.bottleneck[c]] in ("isl", "feeder"):
            assert queue_ms == pytest.approx(delay.queue_max_ms, abs=1e-3)


def test_duo_by_hand() -> None:
    """The ring as a plain circle over the equator: all that is taken from the slot is one longitude.

    Satellites 9 degrees apart at 6 928 km are 1 087 km apart. Light passes the slant to Libreville's
    satellite, one to three links, and the slant to the gateway in Kampala; 300 and 500 Mbit/s are 3 and 5 %
    of what a satellite carries.
    """
    twin = Twin.open(World.load("duo"), threads=1)
    delay, radius = twin.world.delay, 6378.135 + 550.0
    link_km = 2.0 * radius * np.sin(np.radians(4.5))
    assert link_km == pytest.approx(1087.0, abs=0.2)
    hops_seen = set()
    for slot in twin.slots(twin.world.epoch, 24):
        position = slot.geometry.position_km
        longitude = np.degrees(np.arctan2(position[0, 1], position[0, 0])) + 9.0 * np.arange(40)
        ring = radius * np.column_stack(
            [np.cos(np.radians(longitude)), np.sin(np.radians(longitude)), 0 * longitude]
        )

        def slants(lat: float, lon: float, ring: NDArray[np.float64] = ring) -> NDArray[np.float64]:
            return np.asarray(np.linalg.norm(ring - ecef_km(lat, lon), axis=1))

        libreville, kampala = np.argsort(twin.cells.lon_deg)
        down = slants(0.32, 32.58)
        for c, load in ((libreville, 0.03), (kampala, 0.05)):
            up = slants(twin.cells.lat_deg[c], twin.cells.lon_deg[c])
            serving = int(slot.plan.satellite[c])
            assert up[serving] < 1123.0  # 25 degrees of elevation at 550 km
            landed = min(
                (up[serving] + link_km * hops + down[end] + 120.0 * hops, hops, end)
                for end in np.flatnonzero(slot.backhaul.feeder >= 0)
                for hops in [min((end - serving) % 40, (serving - end) % 40)]
            )
            _, hops, end = landed
            way_km = up[serving] + link_km * hops + down[end]
            expected_ms = 2.0 * way_km / LIGHT_KM_PER_MS + 2.0 * delay.hop_ms * (hops + 1)
            expected_ms += delay.access_ms + delay.gateway_ms
            queue_ms = float(slot.routes.rtt_ms[c]) - expected_ms
            assert slot.routes.hops[c] == hops
            # SGP4's ring is not quite round: 5 km on 3 600
            assert queue_ms == pytest.approx(delay.queue_ms * load / (1.0 - load), abs=0.06)
            if c == libreville:
                hops_seen.add(hops)
        assert slot.routes.granted_bps[[libreville, kampala]] == pytest.approx([300e6, 500e6])
        assert (slot.routes.bottleneck == 0).all()
    assert hops_seen <= {1, 2, 3}
    assert 2 in hops_seen


def test_triangle_by_scipy() -> None:
    """Nairobi comes straight down, Mumbai over the links that scipy finds, Singapore is off by rule."""
    twin = open_twin("triangle", threads=1)
    delay = twin.world.delay
    slot = next(twin.slots(twin.world.epoch, 1))
    position = slot.geometry.position_km
    nairobi, mumbai, singapore = (
        int(np.argmin(np.abs(twin.cells.lon_deg - lon))) for lon in (36.82, 72.88, 103.8)
    )
    assert slot.plan.satellite[singapore] == -1
    assert slot.reason[singapore] == 6
    assert slot.routes.hops[nairobi] == 0

    links = plus_grid(twin.fleet)
    km = np.linalg.norm(position[links[:, 0]] - position[links[:, 1]], axis=1)
    lowest_km = np.linalg.norm((position[links[:, 0]] + position[links[:, 1]]) / 2.0, axis=1)
    links, km = links[(km <= 5400.0) & (lowest_km > 6458.0)], km[(km <= 5400.0) & (lowest_km > 6458.0)]
    held = np.flatnonzero(slot.backhaul.feeder >= 0)
    assert len(held) <= 4
    feeder_km = np.linalg.norm(position[held] - ecef_km(-1.29, 36.82), axis=1)
    n = len(position)
    ends = np.concatenate([links, np.column_stack([held, np.full(len(held), n)])])
    cost = np.concatenate([km, feeder_km]) / LIGHT_KM_PER_MS + delay.hop_ms
    tree = dijkstra(coo_array((cost, ends.T), shape=(n + 1, n + 1)).tocsr(), directed=False, indices=n)
    serving = int(slot.plan.satellite[mumbai])
    slant_km = float(np.linalg.norm(position[serving] - twin.cells.ecef_km()[mumbai]))
    fixed_ms = delay.access_ms + delay.gateway_ms + delay.queue_ms * 0.08 / 0.92  # 800 of 10 000 Mbit/s
    assert slot.routes.rtt_ms[mumbai] == pytest.approx(
        2.0 * (slant_km / LIGHT_KM_PER_MS + tree[serving]) + fixed_ms, abs=2e-3
    )


def test_a_graph_without_links() -> None:
    network = network_of(np.empty((0, 2), np.int32), 3)
    assert network.first.tolist() == [0, 0, 0, 0]
    assert network.tail.tolist() == network.back.tolist() == []
