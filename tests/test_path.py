"""The shortest way between two places, against the answers of Hypatia and of scipy."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from openleo.formats.elements import Elements
from openleo.orbit import propagate
from openleo.path import Trace, fibre_rtt_ms, trace
from openleo.places import ecef_km
from openleo.route import Network, network_of

LIGHT_KM_PER_MS = 299.792458
EPOCH = np.datetime64("2000-01-01T00:00:00", "us")


def hypatia_shell(planes: int, slots: int, inclination_deg: float, revolutions_per_day: float) -> Elements:
    """A shell as Hypatia generates it: odd planes half a slot ahead, angles with the digits of a TLE."""
    plane, slot = np.divmod(np.arange(planes * slots), slots)
    raan_deg = np.round(360.0 * plane / planes, 4)
    anomaly_deg = np.round(360.0 * (slot + 0.5 * (plane % 2)) / slots % 360.0, 4)

    def all_of(value: float) -> NDArray[np.float64]:
        return np.full(planes * slots, value)

    return Elements(
        name=tuple(map(str, range(planes * slots))),
        number=np.arange(planes * slots),
        epoch_jd=all_of(2451544.5),
        epoch_fr=all_of(0.0),
        bstar=all_of(0.0),
        ndot=all_of(0.0),
        nddot=all_of(0.0),
        eccentricity=all_of(1e-7),
        inclination_rad=all_of(np.radians(inclination_deg)),
        raan_rad=np.radians(raan_deg),
        argument_of_perigee_rad=all_of(0.0),
        mean_anomaly_rad=np.radians(anomaly_deg),
        mean_motion_rad_per_min=all_of(revolutions_per_day * 2.0 * np.pi / 1440.0),
    )


def hypatia_grid(planes: int, slots: int) -> Network:
    """Its +grid: the next satellite of the plane, and the one with the same number in the next plane."""
    links = set()
    for plane in range(planes):
        for slot in range(slots):
            here = plane * slots + slot
            for other in (plane * slots + (slot + 1) % slots, (plane + 1) % planes * slots + slot):
                links.add((min(here, other), max(here, other)))
    return network_of(np.array(sorted(links), np.int32), planes * slots)


def hypatia_trace(
    satellites_km: NDArray[np.float64],
    network: Network,
    a_km: NDArray[np.float64],
    b_km: NDArray[np.float64],
    max_range_km: float,
) -> Trace:
    """A way by its rules: who is within a range is seen, and no ISL is too long or too low."""
    found = trace(
        satellites_km, network, a_km, b_km, visibility="range_km", max_range_km=max_range_km,
        min_height_km=-7000.0,
    )  # fmt: skip
    assert found is not None
    return found


@pytest.fixture(scope="module")
def cities_km(reference: Path) -> NDArray[np.float64]:
    rows = (reference / "golden" / "cities-top-100.txt").read_text().split()
    return ecef_km(*np.array([line.split(",")[2:4] for line in rows], float).T)


@pytest.mark.reference
def test_manila_to_dalian_over_kuiper_as_hypatia_has_it(
    reference: Path, cities_km: NDArray[np.float64]
) -> None:
    """Every 100 ms for 200 s; 0.0005 ms are 75 m of a way of 4 400 km."""
    golden = reference / "golden"
    rows = np.loadtxt(golden / "kuiper630-manila-dalian-rtt.txt", delimiter=",")
    times = EPOCH + (rows[:, 0] / 1e3).astype("timedelta64[us]")
    positions = propagate(hypatia_shell(34, 34, 51.9, 14.80), times, dut1="zero").position_ecef_km
    network = hypatia_grid(34, 34)
    found = [hypatia_trace(now, network, cities_km[17], cities_km[85], 1260.0) for now in positions]
    assert np.abs(np.array([each.rtt_ms for each in found]) - rows[:, 1] / 1e6).max() < 0.0005

    changes = [line.split(",") for line in (golden / "kuiper630-manila-dalian-path.txt").read_text().split()]
    since_ns = np.array([int(since) for since, _ in changes])
    for instant_ns, each in zip(rows[:, 0], found, strict=True):
        path = changes[int(np.searchsorted(since_ns, instant_ns, side="right")) - 1][1]
        assert path.split("-") == ["1173", *map(str, each.satellites), "1241"], instant_ns


@pytest.mark.reference
@pytest.mark.slow
def test_a_hundred_cities_over_starlink_as_hypatia_has_it(
    reference: Path, cities_km: NDArray[np.float64]
) -> None:
    """All pairs at two instants: as many hops, and the same round trip but for the radius of PyEphem.

    It propagates in radii of WGS72 and turns these into km by another radius, 6 378.160 km, on which its
    ground stands as well: 4e-6 of every length, 0.0013 ms at most. The rest is 0.0005 ms, 80 m of ways of up
    to 30 000 km.
    """
    golden = json.loads((reference / "golden" / "starlink-shell1-100-cities.json").read_text())
    network = hypatia_grid(72, 22)
    shell = hypatia_shell(72, 22, 53.0, 15.19)
    for seconds, pairs in golden.items():
        now = propagate(shell, np.array([EPOCH + np.timedelta64(int(seconds), "s")]), dut1="zero")
        satellites_km = now.position_ecef_km[0]
        assert len(pairs) == 4950
        rtt_ms = []
        for pair, (_, hops) in pairs.items():
            a, b = (int(city) for city in pair.split("-"))
            found = hypatia_trace(satellites_km, network, cities_km[a], cities_km[b], 1089.686418)
            assert len(found.satellites) + 1 == hops, pair
            rtt_ms.append(found.rtt_ms)
        theirs_ms = np.array([rtt for rtt, _ in pairs.values()])
        assert np.abs(np.array(rtt_ms) - theirs_ms).max() < 0.0013
        assert np.abs(np.array(rtt_ms) * (6378.160 / 6378.135) - theirs_ms).max() < 0.0006


def shell_at(seed: int, planes: int = 12, slots: int = 14) -> tuple[NDArray[np.float64], Network]:
    now = propagate(
        hypatia_shell(planes, slots, 60.0, 13.0), np.array([EPOCH + np.timedelta64(seed, "s")]), dut1="zero"
    )
    return now.position_ecef_km[0], hypatia_grid(planes, slots)


place = st.tuples(st.floats(-60.0, 60.0), st.floats(-180.0, 180.0))


@settings(deadline=None, max_examples=50)
@given(a=place, b=place, seed=st.integers(0, 6000), hop_ms=st.sampled_from([0.0, 0.5]))
def test_there_is_as_far_as_back(
    a: tuple[float, float], b: tuple[float, float], seed: int, hop_ms: float
) -> None:
    satellites_km, network = shell_at(seed)
    there = trace(satellites_km, network, ecef_km(*a), ecef_km(*b), mask_deg=10.0, hop_ms=hop_ms)
    back = trace(satellites_km, network, ecef_km(*b), ecef_km(*a), mask_deg=10.0, hop_ms=hop_ms)
    assert (there is None) == (back is None)
    if there and back:
        assert there.rtt_ms == pytest.approx(back.rtt_ms, rel=1e-12)
        parts_ms = there.km / LIGHT_KM_PER_MS + hop_ms * len(there.satellites)
        assert there.rtt_ms == pytest.approx(2.0 * parts_ms, rel=1e-12)
        assert there.km > np.linalg.norm(ecef_km(*a) - ecef_km(*b)) - 1e-9


@pytest.mark.parametrize("hop_ms", [0.0, 2.0])
def test_no_way_is_shorter_than_what_scipy_finds(hop_ms: float) -> None:
    satellites_km, network = shell_at(77)
    a, b = ecef_km(30.0, 10.0), ecef_km(-20.0, 140.0)
    n = len(satellites_km)
    points = np.vstack([satellites_km, a, b])
    up = [(n + k, s) for k in range(2) for s in range(n) if elevation_deg(points[n + k], points[s]) >= 25.0]
    ends = np.concatenate([np.column_stack([network.tail, network.head]), up, np.array(up)[:, ::-1]])
    cost = np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1) / LIGHT_KM_PER_MS
    cost += hop_ms * (ends[:, 1] < n)
    expected = dijkstra(coo_array((cost, ends.T), shape=(n + 2, n + 2)).tocsr(), indices=n)[n + 1]
    found = trace(satellites_km, network, a, b, hop_ms=hop_ms)
    assert found is not None
    assert found.rtt_ms == pytest.approx(2.0 * expected, rel=1e-12)


def elevation_deg(place_km: NDArray[np.float64], satellite_km: NDArray[np.float64]) -> float:
    """Over WGS84: the normal of the ellipsoid at the place is its gradient there."""
    up = place_km / np.array([6378.137**2, 6378.137**2, 6356.752314245**2])
    line = satellite_km - place_km
    return float(np.degrees(np.arcsin(line @ up / np.linalg.norm(line) / np.linalg.norm(up))))


def test_where_there_is_no_way_there_is_none() -> None:
    satellites_km, network = shell_at(5)
    a, b = ecef_km(0.0, 0.0), ecef_km(0.0, 90.0)
    assert trace(satellites_km, network, a, ecef_km(90.0, 0.0), mask_deg=40.0) is None
    assert trace(np.full_like(satellites_km, np.nan), network, a, b) is None
    assert trace(satellites_km, network_of(np.empty((0, 2), np.int32), len(satellites_km)), a, b) is None
    assert trace(satellites_km, network, a, b, max_isl_km=100.0) is None
    assert trace(np.empty((0, 3)), network_of(np.empty((0, 2), np.int32), 0), a, b) is None
    one = trace(satellites_km, network, a, ecef_km(0.5, 0.5), mask_deg=5.0)
    assert one is not None
    assert len(one.satellites) == 1
    assert one.isl_km == 0.0


def test_a_satellite_that_is_lost_is_gone_round() -> None:
    satellites_km, network = shell_at(9)
    a, b = ecef_km(10.0, 0.0), ecef_km(20.0, 120.0)
    first = trace(satellites_km, network, a, b, mask_deg=5.0)
    assert first is not None
    assert len(first.satellites) > 2
    holed = satellites_km.copy()
    holed[first.satellites[1]] = np.nan
    second = trace(holed, network, a, b, mask_deg=5.0)
    assert second is not None
    assert first.satellites[1] not in second.satellites
    assert second.rtt_ms > first.rtt_ms


def test_fibre_along_the_great_circle() -> None:
    """London to New York is 5 570 km by great circle: 54.5 ms there and back in fibre of index 1.4675."""
    assert fibre_rtt_ms(51.5074, -0.1278, 40.7128, -74.0060) == pytest.approx(54.53, abs=0.05)
    assert fibre_rtt_ms(0.0, 0.0, 0.0, 180.0, detour=1.4) == pytest.approx(
        1.4 * 2.0 * np.pi * 6371.0088 * 1.4675 / LIGHT_KM_PER_MS, rel=1e-12
    )
    assert fibre_rtt_ms(12.0, 34.0, 12.0, 34.0) == 0.0
