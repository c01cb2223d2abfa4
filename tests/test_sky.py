"""Who sees whom: against astropy's horizon frame, a dense search along the GSO arc, and the real fleet."""

import csv
from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import ITRS, AltAz, CartesianRepresentation, EarthLocation
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from openleo import orbit
from openleo.constants import GSO_RADIUS_KM, WGS84_A_KM
from openleo.errors import InputError
from openleo.fleet import mean_altitude_km
from openleo.formats.elements import read_elements
from openleo.places import ecef_km
from openleo.sky import Sky, azimuth_deg, observe, prepare, vertical

Points = NDArray[np.float64]

NEAR_MASK_DEG = 2e-4  # what float32 may be off where a satellite stands at the mask
PLACES = [(0.0, 0.0), (0.0, 180.0), (0.1, -179.99), (90.0, 0.0), (-90.0, 77.0), (47.4, 8.5), (-33.9, 151.2),
          (81.0, 20.0), (-82.0, -60.0), (60.0, 179.9)]  # fmt: skip


def shell(count: int, altitude_km: float, seed: int) -> Points:
    """Satellites everywhere above a sphere."""
    points = np.random.default_rng(seed).normal(size=(count, 3))
    return np.asarray((WGS84_A_KM + altitude_km) * points / np.linalg.norm(points, axis=1, keepdims=True))


def scattered(count: int, seed: int) -> Points:
    """Places everywhere on the ellipsoid, sorted into runs that stand near each other."""
    rng = np.random.default_rng(seed)
    lat = np.sort(np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, count))))
    return ecef_km(lat, rng.uniform(-180.0, 180.0, count))


def looked_up(lat_deg: float, lon_deg: float, satellites_km: Points) -> tuple[Points, Points, Points]:
    """Elevation, azimuth in degrees and range in km after astropy."""
    site = EarthLocation.from_geodetic(lon_deg * units.deg, lat_deg * units.deg, 0.0 * units.m)
    when = Time("2020-06-01T00:00:00")
    line = satellites_km - np.array([site.x.to_value("km"), site.y.to_value("km"), site.z.to_value("km")])
    away = ITRS(CartesianRepresentation(*line.T * units.km), obstime=when, location=site)
    seen = away.transform_to(AltAz(obstime=when, location=site))
    return (
        np.asarray(seen.alt.to_value("deg")),
        np.asarray(seen.az.to_value("deg")),
        np.asarray(seen.distance.to_value("km")),
    )


def sets(sky: Sky) -> list[set[int]]:
    return [set(sky.satellite[a:b].tolist()) for a, b in zip(sky.start[:-1], sky.start[1:], strict=True)]


def same_pairs(one: Sky, other: Sky) -> None:
    """Both hold the same pairs with the same values, in whatever order within a place."""
    np.testing.assert_array_equal(one.start, other.start)
    np.testing.assert_array_equal(one.usable, other.usable)
    place = np.repeat(np.arange(len(one.usable)), np.diff(one.start))
    a, b = np.lexsort((one.satellite, place)), np.lexsort((other.satellite, place))
    np.testing.assert_array_equal(one.satellite[a], other.satellite[b])
    np.testing.assert_allclose(one.elevation_deg[a], other.elevation_deg[b], atol=0.05)
    np.testing.assert_allclose(one.range_km[a], other.range_km[b], atol=0.01)


@pytest.mark.parametrize(("lat_deg", "lon_deg"), PLACES)
def test_elevation_azimuth_and_range_against_astropy(lat_deg: float, lon_deg: float) -> None:
    satellites = np.concatenate([shell(4000, 550.0, 1), shell(500, 1200.0, 2)])
    place = ecef_km([lat_deg], [lon_deg])
    elevation, azimuth, distance = looked_up(lat_deg, lon_deg, satellites)
    sky = observe(satellites, place, mask_deg=5.0)
    assert set(sky.satellite.tolist()) >= set(np.flatnonzero(elevation > 5.0 + NEAR_MASK_DEG).tolist())
    assert set(sky.satellite.tolist()) <= set(np.flatnonzero(elevation > 5.0 - NEAR_MASK_DEG).tolist())
    steep = sky.elevation_deg > 85.0  # the sine says little about the angle there
    error = np.abs(sky.elevation_deg - elevation[sky.satellite])
    assert error[~steep].max() < 1e-3
    assert error[steep].max(initial=0.0) < 0.03
    np.testing.assert_allclose(sky.range_km, distance[sky.satellite], atol=1e-3)
    found = azimuth_deg(satellites[sky.satellite], place[0])
    off = (found - azimuth[sky.satellite] + 180.0) % 360.0 - 180.0
    # at a pole every direction is south: the place's own longitude decides
    if abs(lat_deg) < 90.0:
        np.testing.assert_allclose(off * np.cos(np.radians(elevation[sky.satellite])), 0.0, atol=1e-6)
    assert ((found >= 0.0) & (found < 360.0)).all()


@pytest.mark.parametrize("earth", ["wgs84", "sphere"])
def test_against_every_pair_in_float64(earth: str) -> None:
    satellites, places = shell(1500, 550.0, 3), scattered(300, 4)
    sky = observe(satellites, prepare(places, earth=earth), mask_deg=20.0)  # type: ignore[arg-type]
    if earth == "wgs84":
        lon = np.arctan2(places[:, 1], places[:, 0])
        lat = np.arctan2(places[:, 2], np.hypot(places[:, 0], places[:, 1]) * (1.0 - 0.0066943799901414))
        up = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    else:
        up = places / np.linalg.norm(places, axis=1, keepdims=True)
    np.testing.assert_allclose(vertical(places, earth), up, atol=1e-9)  # type: ignore[arg-type]
    line = satellites[None] - places[:, None]
    distance = np.linalg.norm(line, axis=2)
    elevation = np.degrees(np.arcsin(np.einsum("csi,ci->cs", line, up) / distance))
    for c, seen in enumerate(sets(sky)):
        assert seen >= set(np.flatnonzero(elevation[c] > 20.0 + NEAR_MASK_DEG).tolist())
        assert seen <= set(np.flatnonzero(elevation[c] > 20.0 - NEAR_MASK_DEG).tolist())
    place = np.repeat(np.arange(len(places)), np.diff(sky.start))
    np.testing.assert_allclose(sky.range_km, distance[place, sky.satellite], atol=1e-3)
    np.testing.assert_array_equal(sky.above_mask, np.diff(sky.start))


def angle_from_arc(place: Points, up: Points, direction: Points) -> Points:
    """Degrees from directions (N, 3) to the visible GSO arc, by search to 0.0001 degrees of longitude."""
    longitude = np.arctan2(place[1], place[0])

    def towards(theta: Points) -> tuple[Points, NDArray[np.bool_]]:
        at = longitude + theta
        line = GSO_RADIUS_KM * np.stack([np.cos(at), np.sin(at), np.zeros_like(at)], axis=-1) - place
        return line / np.linalg.norm(line, axis=-1, keepdims=True), line @ up >= 0.0

    coarse = np.linspace(-np.pi / 2.0, np.pi / 2.0, 3601)
    step = coarse[1] - coarse[0]
    line, visible = towards(coarse)
    if not visible.any():
        return np.full(len(direction), 180.0)
    cosine = np.where(visible, direction @ line.T, -2.0)
    fine = coarse[np.argmax(cosine, axis=1)][:, None] + np.linspace(-step, step, 1001)
    line, visible = towards(fine)
    chord = np.linalg.norm(line - direction[:, None], axis=-1)
    return np.asarray(np.degrees(2.0 * np.arcsin(np.where(visible, chord, 2.0).min(axis=1) / 2.0)))


LATITUDES = [0.0, 0.5, -5.0, 15.0, 30.0, -45.0, 52.0, 60.0, 70.0, -76.0, 79.0, 80.5, 81.0, 81.25]


@pytest.mark.parametrize("lat_deg", LATITUDES)
def test_angle_from_the_gso_arc_against_a_dense_search(lat_deg: float) -> None:
    place = ecef_km([lat_deg], [-130.0])
    satellites = shell(6000, 550.0, 5)
    sky = observe(satellites, place, mask_deg=10.0)
    line = satellites[sky.satellite] - place[0]
    line /= np.linalg.norm(line, axis=1, keepdims=True)
    expected = angle_from_arc(place[0], vertical(place, "wgs84")[0], line)
    assert len(expected) > 40
    error = np.abs(sky.gso_deg - expected)
    assert error[expected < 25.0].max(initial=0.0) < 2e-3  # where an avoidance angle may lie
    assert error.max() < 0.05


@pytest.mark.parametrize("lat_deg", [82.0, -85.0, 90.0])
def test_no_arc_near_the_poles(lat_deg: float) -> None:
    sky = observe(shell(2000, 550.0, 6), ecef_km([lat_deg], [10.0]), gso_avoidance_deg=30.0)
    assert sky.usable[0] == sky.above_mask[0] > 0
    np.testing.assert_allclose(sky.gso_deg, 180.0)


def test_the_pairs_clear_of_the_arc_stand_first() -> None:
    satellites, places = shell(3000, 550.0, 7), scattered(200, 8)
    free, sky = observe(satellites, places), observe(satellites, places, gso_avoidance_deg=18.0)
    assert sets(free) == sets(sky)
    assert 0 < sky.usable.sum() < len(sky.satellite)
    np.testing.assert_array_equal(free.usable, free.above_mask)
    for c in range(len(places)):
        clear = sky.seen_from(c)
        assert (sky.gso_deg[clear] >= 18.0 - 1e-4).all()
        assert (sky.gso_deg[clear.stop : sky.start[c + 1]] <= 18.0 + 1e-4).all()
        assert clear.start == sky.start[c]


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_change_nothing(threads: int) -> None:
    satellites, places = shell(2000, 550.0, 9), scattered(500, 10)
    edges = np.unique(np.concatenate([[0, 500], np.random.default_rng(11).integers(0, 500, 90)]))
    masks = np.linspace(10.0, 40.0, 500)
    alone = observe(satellites, places, mask_deg=masks, gso_avoidance_deg=15.0, threads=1)
    blocks = prepare(places, block_start=edges)
    same_pairs(alone, observe(satellites, blocks, mask_deg=masks, gso_avoidance_deg=15.0, threads=threads))


def test_a_mask_for_each_place() -> None:
    satellites, places = shell(2000, 550.0, 12), scattered(60, 13)
    masks = np.linspace(5.0, 60.0, 60)
    sky = observe(satellites, places, mask_deg=masks)
    for c in range(60):
        alone = observe(satellites, places[c : c + 1], mask_deg=float(masks[c]))
        assert set(alone.satellite.tolist()) == sets(sky)[c]


def test_a_fixed_range_and_a_cone_over_a_flat_earth() -> None:
    satellites, places = shell(2000, 550.0, 14), scattered(80, 15)
    height = np.linspace(500.0, 600.0, 2000)
    distance = np.linalg.norm(satellites[None] - places[:, None], axis=2)
    ranged = observe(satellites, places, visibility="range_km", max_range_km=1089.686)
    coned = observe(satellites, places, visibility="flat_cone", mask_deg=25.0, height_km=height)
    edge = height / np.sin(np.radians(25.0))
    for c in range(80):
        assert sets(ranged)[c] == set(np.flatnonzero(distance[c] <= 1089.686).tolist())
        assert sets(coned)[c] == set(np.flatnonzero(distance[c] <= edge).tolist())


def test_a_flat_earth_takes_25_degrees_for_19_8() -> None:
    """Satellites at 550 km over a sphere: the flat cone of 25 degrees ends where they truly stand at 19.8."""
    radius = 6371.0
    away = np.radians(np.linspace(0.0, 15.0, 20_001))
    satellites = (radius + 550.0) * np.column_stack([np.cos(away), np.sin(away), np.zeros_like(away)])
    place = prepare(np.array([[radius, 0.0, 0.0]]), earth="sphere")
    cone = observe(satellites, place, visibility="flat_cone", mask_deg=25.0, height_km=np.full(20_001, 550.0))
    true = observe(satellites, place, mask_deg=25.0)
    assert cone.elevation_deg.min() == pytest.approx(19.8, abs=0.05)
    assert true.elevation_deg.min() == pytest.approx(25.0, abs=0.01)
    assert len(cone.satellite) > 1.15 * len(true.satellite)


def test_a_range_limit_holds_beside_the_mask() -> None:
    satellites, places = shell(2000, 550.0, 16), scattered(50, 17)
    sky = observe(satellites, places, mask_deg=10.0, max_range_km=900.0)
    free = observe(satellites, places, mask_deg=10.0)
    assert sky.range_km.max() <= 900.0
    assert len(sky.satellite) == np.count_nonzero(free.range_km <= 900.0) > 0


def test_a_lost_satellite_is_seen_by_nobody() -> None:
    satellites, places = shell(800, 550.0, 18), scattered(100, 19)
    lost = satellites.copy()
    lost[::3] = np.nan
    seen = observe(lost, places)
    assert len(seen.satellite) > 0
    assert (seen.satellite % 3 != 0).all()
    whole = observe(satellites, places)
    assert [s - set(range(0, 800, 3)) for s in sets(whole)] == sets(seen)


@pytest.mark.parametrize(("satellites", "places"), [(0, 5), (5, 0), (0, 0), (1, 1)])
def test_nothing_to_see(satellites: int, places: int) -> None:
    sky = observe(shell(5, 550.0, 20)[:satellites], -shell(5, 0.0, 20)[:places])
    assert sky.start.tolist() == [0] * (places + 1)
    assert sky.usable.tolist() == [0] * places
    assert len(sky.satellite) == len(sky.gso_deg) == 0


@pytest.mark.parametrize("visibility", ["elevation", "range_km", "flat_cone"])
def test_wrong_shapes(visibility: str) -> None:
    good = shell(4, 550.0, 21)
    with pytest.raises(InputError, match=r"satellites_km: shape \(3,\)"):
        observe(np.ones(3), good, visibility=visibility)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"places_km: shape \(4, 2\)"):
        observe(good, good[:, :2], visibility=visibility)  # type: ignore[arg-type]


def test_a_flat_cone_takes_heights_and_a_mask() -> None:
    good = shell(4, 550.0, 22)
    with pytest.raises(InputError, match="height_km"):
        observe(good, good, visibility="flat_cone")
    with pytest.raises(InputError, match="not 0"):
        observe(good, good, visibility="flat_cone", mask_deg=0.0, height_km=np.full(4, 550.0))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(0.0, 89.0),
    st.floats(200.0, 2000.0), st.floats(0.0, 40.0),
)  # fmt: skip
def test_a_sky_is_consistent(
    seed: int, lat_deg: float, lon_deg: float, mask_deg: float, altitude_km: float, gso_deg: float
) -> None:
    satellites = shell(300, altitude_km, seed)
    place = ecef_km([lat_deg], [lon_deg])
    sky = observe(satellites, place, mask_deg=mask_deg, gso_avoidance_deg=gso_deg)
    assert sky.start[0] == 0
    assert sky.start[-1] == len(sky.satellite) == len(set(sky.satellite.tolist()))
    assert 0 <= sky.usable[0] <= sky.above_mask[0]
    assert (sky.elevation_deg >= mask_deg - 0.05).all()
    assert ((sky.gso_deg >= 0.0) & (sky.gso_deg <= 180.0)).all()
    turned = satellites * np.array([1.0, 1.0, -1.0]), place * np.array([1.0, 1.0, -1.0])
    mirrored = observe(*turned, mask_deg=mask_deg, gso_avoidance_deg=gso_deg)
    assert sets(mirrored) == sets(sky)  # north and south are alike


@pytest.mark.reference
def test_satellites_in_view_by_latitude(reference: Path) -> None:
    """Every two minutes, as there: its means to their last digit, its least and its most."""
    elements, _ = read_elements(reference / "gp" / "starlink-2026-05-30.tle")
    elements = elements.select(np.flatnonzero(mean_altitude_km(elements) >= 430.0))
    with (reference / "gp" / "visible_by_latitude_2026-05-31.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lat = np.array([float(row["lat"]) for row in rows])
    place = prepare(ecef_km(np.repeat(lat, 24), np.tile(np.arange(0.0, 360.0, 15.0), len(lat))))
    propagator = orbit.prepare(elements)
    seen = []
    for minute in range(0, 180, 2):
        time = np.array([np.datetime64("2026-05-31T00:00", "us") + np.timedelta64(minute, "m")])
        satellites = propagator.at(time).position_ecef_km[0]
        seen.append(observe(satellites, place, mask_deg=25.0).above_mask.reshape(len(lat), 24))
    in_view = np.stack(seen)
    mean = np.array([float(row["mean_ge25"]) for row in rows])
    np.testing.assert_allclose(in_view.mean(axis=(0, 2)), mean, rtol=0.0025, atol=0.0)
    np.testing.assert_array_equal(in_view.min(axis=(0, 2)), [int(row["min_ge25"]) for row in rows])
    np.testing.assert_array_equal(in_view.max(axis=(0, 2)), [int(row["max_ge25"]) for row in rows])
