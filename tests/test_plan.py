"""The plan of a slot: its rules checked one by one, its coverage against maximum flow, reasons by hand."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from openleo.errors import InputError
from openleo.places import ecef_km
from openleo.plan import COVERED_BPS, REASONS, Payloads, Plan, schedule
from openleo.sky import Sky, observe, prepare
from openleo.world import Preference

Points = NDArray[np.float64]

RADIUS_KM = 6371.0
ORBIT_KM = RADIUS_KM + 550.0
PLENTY = 1e12
MBPS = 1e6


def around(rng: np.random.Generator, count: int, spread: float, radius_km: float) -> Points:
    away = rng.normal(size=(count, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    points = np.array([0.0, 0.8, 0.6]) + spread * away * np.sqrt(rng.uniform(size=(count, 1)))
    return np.asarray(radius_km * points / np.linalg.norm(points, axis=1, keepdims=True))


def payloads(position_km: Points, beams: Any, capacity_bps: Any = PLENTY, merit: Any = 0.0) -> Payloads:
    count = len(position_km)
    return Payloads(
        position_km,
        np.full(count, beams, np.int32),
        np.full(count, capacity_bps, np.float64),
        np.full(count, merit, np.float32),
    )


@dataclass(frozen=True)
class Case:
    """One slot's puzzle: what `schedule` is given."""

    sky: Sky
    rate_bps: NDArray[np.float32]
    payloads: Payloads
    places_km: Points
    demand_bps: Points
    frames: int = 1
    n_colours: int = 16
    same_colour_deg: float = 0.0
    neighbours: NDArray[np.int32] | None = None
    lit: NDArray[np.bool_] | None = None
    landing: NDArray[np.int16] | None = None
    open_to: NDArray[np.bool_] | None = None
    before: NDArray[np.int32] | None = None

    def plan(self, **more: Any) -> Plan:
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return schedule(**given, **more)

    def may_use(self, c: int, s: int) -> bool:
        """Whether the rules let place c be lit by satellite s at all, beams and colours not regarded."""
        group = 0 if self.landing is None else self.landing[c]
        lit = self.lit is None or self.lit[c]
        return bool(lit and (self.open_to is None or self.open_to[group, s]))

    def pairs(self, c: int) -> dict[int, float]:
        """The satellites that place c may use, each with its rate."""
        rows = self.sky.seen_from(c)
        seen = zip(self.sky.satellite[rows].tolist(), self.rate_bps[rows].tolist(), strict=True)
        return {s: rate for s, rate in seen if self.may_use(c, s)}

    def beside(self, c: int) -> list[int]:
        return [] if self.neighbours is None else [n for n in self.neighbours[c].tolist() if n >= 0]

    def angle_deg(self, s: int, a: int, b: int) -> float:
        """Angle between two places as a satellite sees them."""
        p, q = self.places_km[[a, b]] - self.payloads.position_km[s]
        return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(p, q)), p @ q)))


def units(plan: Plan, c: int) -> set[tuple[int, int]]:
    """(frame, colour) of each unit that a place holds."""
    word = int(plan.colours[c])
    return {divmod(bit, plan.n_colours) for bit in range(64) if word >> bit & 1}


def check(case: Case, plan: Plan) -> None:
    """Every rule of a plan, in plain loops."""
    beams, capacity = case.payloads.beams, case.payloads.capacity_bps
    lit: dict[int, list[int]] = {}
    for c in range(len(case.places_km)):
        s, held, granted = int(plan.satellite[c]), units(plan, c), float(plan.granted_bps[c])
        assert REASONS[plan.reason[c]] == "served" or s < 0
        assert all(frame < case.frames for frame, _ in held)
        if s < 0:
            assert not held
            assert granted == 0.0
            assert plan.pair[c] == -1
            assert (REASONS[plan.reason[c]] == "served") == (case.demand_bps[c] <= 0.0)
            continue
        assert s in case.pairs(c)
        rows = case.sky.seen_from(c)
        assert rows.start <= plan.pair[c] < rows.stop
        assert case.sky.satellite[plan.pair[c]] == s
        assert held
        assert granted <= case.demand_bps[c] * (1.0 + 1e-6)
        assert granted <= len(held) / case.frames * case.pairs(c)[s] * (1.0 + 1e-6)
        assert granted >= min(case.demand_bps[c], COVERED_BPS) * (1.0 - 1e-6)
        assert all(not held & units(plan, n) for n in case.beside(c))
        for other in lit.setdefault(s, []):
            if held & units(plan, other):
                assert case.angle_deg(s, c, other) >= case.same_colour_deg - 1e-8
        lit[s].append(c)
    for s, places in lit.items():
        assert sum(float(plan.granted_bps[c]) for c in places) <= capacity[s] * (1.0 + 1e-6)
        for frame in range(case.frames):
            assert sum(f == frame for c in places for f, _ in units(plan, c)) <= beams[s]


def check_reasons(case: Case, plan: Plan) -> None:
    """Each place not served is given the reason that a look at the finished plan bears out."""
    n_sats = len(case.payloads.beams)
    taken = np.zeros((n_sats, case.frames), int)
    load = np.zeros(n_sats)
    for c in np.flatnonzero(plan.satellite >= 0).tolist():
        load[plan.satellite[c]] += float(plan.granted_bps[c])
        for frame, _ in units(plan, c):
            taken[plan.satellite[c], frame] += 1
    for c in range(len(case.places_km)):
        reason = REASONS[plan.reason[c]]
        rows = case.sky.seen_from(c)
        if reason == "served":
            continue
        assert (reason == "rule") == (case.lit is not None and not case.lit[c])
        if reason == "rule":
            continue
        assert (reason == "no_satellite") == (case.sky.above_mask[c] == 0)
        assert (reason == "gso_arc") == (rows.start == rows.stop and case.sky.above_mask[c] > 0)
        assert (reason == "no_gateway") == (rows.stop > rows.start and not case.pairs(c))
        if reason == "capacity":
            for s, rate in case.pairs(c).items():
                no_beam = (taken[s] >= case.payloads.beams[s]).all()
                left = min(rate / case.frames, case.payloads.capacity_bps[s] - load[s])
                assert no_beam or left <= min(case.demand_bps[c], COVERED_BPS) * (1.0 + 1e-6)


def near(places_km: Points, limit_km: float) -> NDArray[np.int32]:
    """The places within some distance of each, -1 to fill up."""
    apart = np.linalg.norm(places_km[:, None] - places_km[None], axis=2)
    lists = [np.flatnonzero((row < limit_km) & (row > 0.0)) for row in apart]
    table = np.full((len(places_km), max(len(found) for found in lists)), -1, np.int32)
    for row, found in zip(table, lists, strict=True):
        row[: len(found)] = found
    return table


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_sats, n_places = draw(st.integers(1, 8)), draw(st.integers(1, 40))
    frames = draw(st.integers(1, 5))
    spread = draw(st.sampled_from([0.02, 0.1, 0.4]))
    satellites, places = around(rng, n_sats, spread, ORBIT_KM), around(rng, n_places, spread, RADIUS_KM)
    sky = observe(satellites, prepare(places, earth="sphere"), mask_deg=25.0, gso_avoidance_deg=18.0)
    groups = draw(st.integers(0, 3))
    demand = rng.choice([0.0, 0.3 * MBPS, 5 * MBPS, 80 * MBPS, 400 * MBPS], n_places)
    return Case(
        sky,
        rng.uniform(20 * MBPS, 300 * MBPS, len(sky.satellite)).astype(np.float32),
        payloads(satellites, rng.integers(0, 7, n_sats), rng.uniform(0.0, 900 * MBPS, n_sats)),
        places,
        demand,
        frames,
        draw(st.integers(1, 64 // frames)),
        draw(st.sampled_from([0.0, 3.0, 25.0])),
        near(places, 200.0) if draw(st.booleans()) else None,
        rng.uniform(size=n_places) < 0.8 if draw(st.booleans()) else None,
        rng.integers(0, groups, n_places).astype(np.int16) if groups else None,
        rng.uniform(size=(groups, n_sats)) < 0.6 if groups else None,
        rng.integers(-1, n_sats, n_places).astype(np.int32) if draw(st.booleans()) else None,
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from([0, 40]))
def test_a_plan_keeps_every_rule(case: Case, effort: int) -> None:
    plan = case.plan(tries=effort)
    check(case, plan)
    check_reasons(case, plan)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_nobody_is_left_out_who_could_simply_be_added(case: Case) -> None:
    plan = case.plan()
    taken = np.zeros((len(case.payloads.beams), case.frames), int)
    load = np.zeros(len(case.payloads.beams))
    lit: dict[int, list[int]] = {}
    for c in np.flatnonzero(plan.satellite >= 0).tolist():
        load[plan.satellite[c]] += float(plan.granted_bps[c])
        lit.setdefault(int(plan.satellite[c]), []).append(c)
        for frame, _ in units(plan, c):
            taken[plan.satellite[c], frame] += 1
    for c in np.flatnonzero((plan.satellite < 0) & (case.demand_bps > 0.0)).tolist():
        for s, rate in case.pairs(c).items():
            left = min(rate / case.frames, case.payloads.capacity_bps[s] - load[s])
            if left <= min(case.demand_bps[c], COVERED_BPS) * (1.0 + 1e-6):
                continue
            barred = set().union(*(units(plan, n) for n in case.beside(c)))
            for other in lit.get(s, []):
                if case.angle_deg(s, c, other) < case.same_colour_deg + 1e-3:
                    barred |= units(plan, other)
            frames = [f for f in range(case.frames) if taken[s, f] < case.payloads.beams[s]]
            assert all((f, colour) in barred for f in frames for colour in range(case.n_colours))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_the_tables_of_a_plan(case: Case) -> None:
    plan = case.plan()
    table = plan.beams()
    held = [units(plan, c) for c in range(len(case.places_km))]
    np.testing.assert_allclose(plan.share, [len(h) / case.frames for h in held])
    # the first unit is that of the lowest frame, then of the lowest colour
    assert plan.colour.tolist() == [min(h)[1] if h else -1 for h in held]
    columns = ("place", "satellite", "frame", "beam", "colour")
    assert tuple(table) == columns
    rows = list(zip(*(table[name].tolist() for name in columns), strict=True))
    assert sorted((place, frame, colour) for place, _, frame, _, colour in rows) == sorted(
        (c, *unit) for c, h in enumerate(held) for unit in h
    )
    assert all(plan.satellite[place] == satellite for place, satellite, *_ in rows)
    beams = [(satellite, frame, beam) for _, satellite, frame, beam, _ in rows]
    assert len(set(beams)) == len(beams)
    assert all(0 <= beam < case.payloads.beams[satellite] for satellite, _, beam in beams)


def most(case: Case, room: NDArray[np.int64]) -> int:
    """The most places that can be served where a satellite takes `room` of them, by maximum flow (scipy)."""
    pairs = [(c, s) for c in range(len(case.places_km)) for s in case.pairs(c)]
    n_places, n_sats = len(case.places_km), len(room)
    end = n_places + n_sats + 1
    tail = [0] * n_places + [1 + c for c, _ in pairs] + [1 + n_places + s for s in range(n_sats)]
    head = [1 + c for c in range(n_places)] + [1 + n_places + s for _, s in pairs] + [end] * n_sats
    width = np.concatenate([np.ones(n_places + len(pairs)), room]).astype(np.int32)
    graph = csr_matrix((width, (tail, head)), shape=(end + 1, end + 1))
    return int(maximum_flow(graph, 0, end).flow_value)


def region(seed: int, n_sats: int, n_places: int, spread: float, beams: Any, capacity_bps: Any) -> Case:
    """Places that ask for 50 Mbit/s each, under satellites whose beams carry 100; colours in plenty."""
    rng = np.random.default_rng(seed)
    satellites = around(rng, n_sats, spread * 1.1, ORBIT_KM)
    places = around(rng, n_places, spread, RADIUS_KM)
    sky = observe(satellites, prepare(places, earth="sphere"), mask_deg=25.0)
    rate = np.full(len(sky.satellite), 100 * MBPS, np.float32)
    demand = np.full(n_places, 50 * MBPS)
    return Case(sky, rate, payloads(satellites, beams, capacity_bps), places, demand, n_colours=64)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tightness", [0.6, 0.95, 1.05])
def test_coverage_within_a_point_of_the_optimum(seed: int, tightness: float) -> None:
    """2 000 places, capacity for a part of them, or hardly for all."""
    room = int(np.ceil(tightness * 2000 / 150))
    case = region(seed, 150, 2000, 0.3, 64, room * 50 * MBPS)
    plan = case.plan()
    best = most(case, np.full(150, room))
    served = int((plan.satellite >= 0).sum())
    assert best - 0.01 * 2000 <= served <= best
    assert np.bincount(plan.satellite[plan.satellite >= 0], minlength=150).max() <= room


def test_coverage_where_traffic_must_land_within_reach() -> None:
    """The same with three groups of places, each with satellites of its own."""
    rng = np.random.default_rng(11)
    case = region(4, 150, 2000, 0.3, 14, PLENTY)
    landing = rng.integers(0, 3, 2000).astype(np.int16)
    case = replace(case, landing=landing, open_to=rng.uniform(size=(3, 150)) < 0.5)
    plan = case.plan()
    best = most(case, np.full(150, 14))
    served = int((plan.satellite >= 0).sum())
    assert best - 20 <= served <= best


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 40), st.integers(0, 6))
def test_small_coverage_against_the_optimum(seed: int, n_sats: int, n_places: int, beams: int) -> None:
    case = region(seed, n_sats, n_places, 0.15, beams, PLENTY)
    served = int((case.plan().satellite >= 0).sum())
    assert served == most(case, np.full(n_sats, beams))


def by_hand(lists: list[list[int]], usable: list[int], n_sats: int, demand: list[float], **more: Any) -> Case:
    """A slot from lists of the satellites that places see, the first `usable` of them clear of the arc."""
    start = np.concatenate([[0], np.cumsum([len(seen) for seen in lists])]).astype(np.int64)
    satellite = np.array([s for seen in lists for s in seen], np.int32)
    pairs = len(satellite)
    sky = Sky(
        start,
        np.array(usable, np.int32),
        satellite,
        np.full(pairs, 50.0, np.float32),
        np.full(pairs, 700.0, np.float32),
        np.full(pairs, 90.0, np.float32),
    )
    angle = np.linspace(0.0, 0.05, len(lists))
    places = RADIUS_KM * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(len(lists))])
    angle = np.linspace(0.0, 0.05, n_sats)
    satellites = ORBIT_KM * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n_sats)])
    given: dict[str, Any] = {"payloads": payloads(satellites, 4), **more}
    rate = np.full(pairs, 100 * MBPS, np.float32)
    return Case(sky, rate, places_km=places, demand_bps=np.array(demand) * MBPS, **given)


def test_each_reason() -> None:
    """Nine places: two served, one that asks for nothing, and one for each reason."""
    satellites = ORBIT_KM * np.array([[1.0, 0.01 * k, 0.0] for k in range(5)])
    neighbours = np.full((9, 1), -1, np.int32)
    neighbours[7, 0], neighbours[8, 0] = 8, 7
    case = by_hand(
        [[0], [], [1], [2], [3], [3], [0], [4], [4]],
        [1, 0, 0, 1, 1, 1, 1, 1, 1],
        5,
        [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 0.0, 10.0, 10.0],
        payloads=payloads(satellites, [4, 4, 4, 4, 4], [PLENTY, PLENTY, PLENTY, 10 * MBPS, PLENTY]),
        n_colours=1,
        neighbours=neighbours,
        open_to=np.array([[True, True, False, True, True]]),
        lit=np.array([True, True, True, True, True, True, True, True, True]),
    )
    reasons = [REASONS[r] for r in case.plan().reason]
    assert reasons[:4] == ["served", "no_satellite", "gso_arc", "no_gateway"]
    assert sorted(reasons[4:6]) == ["capacity", "served"]
    assert reasons[6] == "served"  # it asks for nothing
    assert sorted(reasons[7:]) == ["colour", "served"]
    assert case.lit is not None
    dark = replace(case, lit=np.zeros(9, np.bool_)).plan()
    assert [REASONS[r] for r in dark.reason] == ["rule"] * 6 + ["served"] + ["rule"] * 2
    assert (dark.satellite == -1).all()


def test_no_beam_left_is_a_matter_of_capacity() -> None:
    plan = by_hand([[0]] * 5, [1] * 5, 1, [10.0] * 5).plan()
    assert sorted(REASONS[r] for r in plan.reason) == ["capacity"] + ["served"] * 4


def test_colours_too_near_from_the_satellite() -> None:
    case = by_hand([[0]] * 4, [1] * 4, 1, [10.0] * 4, n_colours=2, same_colour_deg=60.0)
    plan = case.plan()
    assert sorted(REASONS[r] for r in plan.reason) == ["colour", "colour", "served", "served"]
    check(case, plan)


def test_a_slot_before_is_kept_where_dwell_weighs_most() -> None:
    rng = np.random.default_rng(3)
    case = region(5, 40, 300, 0.15, 300, PLENTY)
    before = np.array(
        [rng.choice(list(case.pairs(c))) if case.pairs(c) else -1 for c in range(300)], np.int32
    )
    case = replace(case, before=before)
    seen = before >= 0
    heavy = case.plan(weights=Preference(dwell=100.0))
    np.testing.assert_array_equal(heavy.satellite[seen], before[seen])
    free = case.plan(weights=Preference(dwell=0.0))
    assert (free.satellite[seen] == before[seen]).mean() < 0.5
    gone = replace(case, before=np.full(300, 39, np.int32)).plan(weights=Preference(dwell=100.0))
    assert all(gone.satellite[c] == 39 for c in range(300) if 39 in case.pairs(c))
    assert ((gone.satellite >= 0) == seen).all()


def test_a_place_that_lacks_much_moves_to_who_has_most_to_give() -> None:
    """It was held by a satellite with one beam; another sees it as well and has eight to spare."""
    place = ecef_km(0.0, 0.0).reshape(1, 3)
    satellites = ecef_km(np.array([0.0, 0.0]), np.array([0.0, 2.0]), np.array([550.0, 550.0]))
    sky = observe(satellites, place)
    payloads = Payloads(satellites, np.array([1, 8], np.int32), np.full(2, np.inf), np.zeros(2, np.float32))
    rate = np.full(len(sky.satellite), 1e9, np.float32)
    case = Case(sky, rate, payloads, place, np.array([6e9]), before=np.array([0], np.int32))
    plan = case.plan(weights=Preference(dwell=100.0, balance=0.0))
    assert plan.satellite.tolist() == [1]
    assert plan.granted_bps[0] == pytest.approx(6e9)
    assert plan.share[0] == 6.0


NOTHING = Preference(elevation=0.0, gso=0.0, satellite_class=0.0, dwell=0.0, balance=0.0)


def test_what_each_weight_prefers() -> None:
    rng = np.random.default_rng(4)
    case = region(6, 40, 200, 0.15, 200, PLENTY)
    pairs = len(case.sky.satellite)
    gso = rng.uniform(0.0, 59.0, pairs).astype(np.float32)
    merit = rng.uniform(size=40).astype(np.float32)
    case = replace(
        case,
        sky=replace(case.sky, gso_deg=gso),
        payloads=payloads(case.payloads.position_km, 200, merit=merit),
    )
    wishes = {
        "elevation": case.sky.elevation_deg,
        "gso": gso,
        "satellite_class": merit[case.sky.satellite],
    }
    for name, value in wishes.items():
        plan = case.plan(weights=replace(NOTHING, **{name: 1.0}))
        for c in range(200):
            rows = case.sky.seen_from(c)
            if rows.stop > rows.start:
                assert value[plan.pair[c]] == value[rows].max()


def test_balance_spreads_the_load() -> None:
    lists = [[0, 1, 2, 3]] * 40
    case = by_hand(lists, [4] * 40, 4, [10.0] * 40, n_colours=64)
    case = replace(case, payloads=payloads(case.payloads.position_km, 40))
    assert np.bincount(case.plan(weights=replace(NOTHING, balance=1.0)).satellite).tolist() == [10] * 4


def test_what_is_left_over_goes_to_those_that_want_more() -> None:
    """A beam carries 25 Mbit/s in each of four frames; units that are used up whole go first."""
    case = by_hand([[0]] * 3, [1] * 3, 1, [20.0, 60.0, 500.0], frames=4, n_colours=8)
    plan = case.plan()
    check(case, plan)
    assert plan.granted_bps.tolist() == pytest.approx([20e6, 50e6, 325e6])
    assert plan.share.tolist() == [0.25, 0.5, 3.25]
    roomy = replace(case, payloads=payloads(case.payloads.position_km, 8)).plan()
    assert roomy.granted_bps.tolist() == pytest.approx([20e6, 60e6, 500e6])
    assert roomy.share.tolist() == [0.25, 0.75, 5.0]
    tight = replace(case, payloads=payloads(case.payloads.position_km, 4, 100 * MBPS))
    plan = tight.plan()
    check(tight, plan)
    assert plan.granted_bps.sum() == pytest.approx(100e6)
    assert (plan.satellite == 0).all()


def test_threads_and_a_second_run_change_nothing() -> None:
    case = region(8, 60, 800, 0.2, 12, PLENTY)
    one, two, again = case.plan(threads=1), case.plan(threads=3), case.plan(threads=1)
    for other in (two, again):
        np.testing.assert_array_equal(one.satellite, other.satellite)
        np.testing.assert_array_equal(one.colours, other.colours)
        np.testing.assert_array_equal(one.granted_bps, other.granted_bps)


@pytest.mark.parametrize(("frames", "n_colours"), [(0, 8), (1, 0), (5, 13), (1, 65), (-2, -4)])
def test_wrong_numbers_of_frames_and_colours(frames: int, n_colours: int) -> None:
    with pytest.raises(InputError, match="frames"):
        by_hand([[0]], [1], 1, [1.0], frames=frames, n_colours=n_colours).plan()


@pytest.mark.parametrize(("frames", "n_colours"), [(1, 64), (64, 1), (8, 8)])
def test_all_64_units(frames: int, n_colours: int) -> None:
    case = by_hand([[0]] * 3, [1] * 3, 1, [1.0, 2.0, 6400.0], frames=frames, n_colours=n_colours)
    case = replace(case, payloads=payloads(case.payloads.position_km, 128))
    plan = case.plan()
    check(case, plan)
    assert plan.granted_bps.tolist() == pytest.approx([1e6, 2e6, 6400e6 / frames])


def test_nothing_to_plan() -> None:
    plan = by_hand([], [], 3, []).plan()
    assert plan.satellite.shape == plan.reason.shape == (0,)
    assert all(len(column) == 0 for column in plan.beams().values())
    lonely = by_hand([[], []], [0, 0], 0, [1.0, 0.0]).plan()
    assert [REASONS[r] for r in lonely.reason] == ["no_satellite", "served"]
