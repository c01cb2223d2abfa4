"""Walker shells, real element sets and the +grid against the sgp4 package, Hypatia's rule and real fleets."""

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec

from openleo.errors import InputError
from openleo.fleet import Fleet, SatelliteClass, Shell, from_elements, mean_altitude_km, plus_grid, walker
from openleo.formats.elements import Elements, read_elements
from openleo.formats.toml import parse
from openleo.orbit import propagate

EPOCH = datetime(2026, 5, 31, 6, 30, tzinfo=UTC)
V1 = SatelliteClass("v1", beams=16, capacity_gbps=20.0)


def shell(**changes: Any) -> Shell:
    given = {"name": "a", "satellite_class": "v1", "altitude_km": 550.0, "inclination_deg": 53.0}
    return Shell(**(given | {"planes": 72, "satellites_per_plane": 22} | changes))  # type: ignore[arg-type]


def fly(*shells: Shell) -> Fleet:
    return walker(shells, [V1], EPOCH)


def satrecs(elements: Elements) -> list[Satrec]:
    satellites = []
    for i in range(len(elements)):
        satellite = Satrec()
        satellite.sgp4init(
            WGS72,
            "i",
            0,
            elements.epoch_jd[i] + elements.epoch_fr[i] - 2_433_281.5,
            elements.bstar[i],
            elements.ndot[i],
            elements.nddot[i],
            elements.eccentricity[i],
            elements.argument_of_perigee_rad[i],
            elements.inclination_rad[i],
            elements.mean_anomaly_rad[i],
            elements.mean_motion_rad_per_min[i],
            elements.raan_rad[i],
        )
        satellites.append(satellite)
    return satellites


def world(name: str) -> tuple[list[Shell], list[SatelliteClass]]:
    fleet = tomllib.loads((files("openleo") / "worlds" / f"{name}.toml").read_text(encoding="utf-8"))["fleet"]
    return (
        [parse(Shell, table, f"{name}.toml: fleet.shells") for table in fleet["shells"]],
        [parse(SatelliteClass, table, f"{name}.toml: fleet.classes") for table in fleet["classes"]],
    )


# Walker shells


@pytest.mark.parametrize("altitude_km", [340.0, 550.0, 1200.0])
@pytest.mark.parametrize("inclination_deg", [0.0, 33.0, 53.0, 70.0, 97.6])
def test_a_shell_flies_at_its_altitude(altitude_km: float, inclination_deg: float) -> None:
    fleet = fly(
        shell(altitude_km=altitude_km, inclination_deg=inclination_deg, planes=1, satellites_per_plane=9)
    )
    np.testing.assert_allclose(mean_altitude_km(fleet.elements), altitude_km, atol=0.02)
    flown_km = []
    for satellite in satrecs(fleet.elements):
        for minutes in range(0, 100, 5):
            error, position, _ = satellite.sgp4(
                fleet.elements.epoch_jd[0], fleet.elements.epoch_fr[0] + minutes / 1440
            )
            assert error == 0
            flown_km.append(np.linalg.norm(position) - 6378.135)
    assert np.mean(flown_km) == pytest.approx(altitude_km, abs=0.1)


def test_hypatias_mean_motion_flies_where_it_is_known_to_fly() -> None:
    # the reference data say of Hypatia's Starlink shell: 15.19 rev/day flies at 508.7 km
    elements = fly(shell(planes=1, satellites_per_plane=1)).elements
    slower = replace(elements, mean_motion_rad_per_min=np.array([15.19 * 2.0 * np.pi / 1440.0]))
    assert mean_altitude_km(slower)[0] == pytest.approx(508.7, abs=0.5)


@pytest.mark.parametrize(("pattern", "spread_deg"), [("delta", 360.0), ("star", 180.0)])
def test_walkers_notation(pattern: Any, spread_deg: float) -> None:
    grid = shell(
        planes=6, satellites_per_plane=4, phasing=5, pattern=pattern, raan_offset_deg=10, anomaly_offset_deg=7
    )
    fleet = fly(grid)
    raan_deg = np.degrees(fleet.elements.raan_rad).reshape(6, 4)
    anomaly_deg = np.degrees(fleet.elements.mean_anomaly_rad).reshape(6, 4)
    for plane in range(6):
        for slot in range(4):
            assert raan_deg[plane, slot] == pytest.approx((10 + plane * spread_deg / 6) % 360)
            assert anomaly_deg[plane, slot] == pytest.approx((7 + slot * 90 + plane * 5 * 360 / 24) % 360)
    assert fleet.elements.name[:5] == ("a-0-0", "a-0-1", "a-0-2", "a-0-3", "a-1-0")
    assert fleet.elements.number.tolist() == list(range(900_000_001, 900_000_025))


def test_shells_stand_one_after_the_other_each_with_its_class() -> None:
    v2 = SatelliteClass("v2", beams=80, capacity_gbps=96.0)
    small, half = (
        {"planes": 2, "satellites_per_plane": 3},
        {"planes": 3, "satellites_per_plane": 4, "filled": 2},
    )
    fleet = walker([shell(**small), shell(name="b", satellite_class="v2", **half)], [V1, v2], EPOCH)
    assert fleet.satellite_class.tolist() == [0] * 6 + [1] * 6
    assert fleet.shell.tolist() == [0] * 6 + [1] * 6
    assert fleet.plane.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 2, 2]
    assert fleet.slot.tolist() == [0, 1, 2, 0, 1, 2, 0, 2, 0, 2, 0, 2]
    assert (fleet.read, len(fleet), fleet.left_out) == (12, 12, {})


@settings(deadline=None)
@given(slots=st.integers(1, 60), filled=st.integers(1, 60))
def test_filled_slots_are_spread_evenly(slots: int, filled: int) -> None:
    filled = min(filled, slots)
    fleet = fly(shell(planes=1, satellites_per_plane=slots, filled=filled))
    gaps = np.diff([*fleet.slot.tolist(), slots])
    assert len(fleet) == filled
    assert gaps.max() - gaps.min() <= 1


def test_the_epoch_keeps_microseconds_and_knows_time_zones() -> None:
    instant = datetime(2026, 5, 31, 23, 59, 59, 999_999)
    for epoch in (
        instant,
        instant.replace(tzinfo=UTC),
        instant.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=9))),
    ):
        elements = walker([shell(planes=1, satellites_per_plane=1)], [V1], epoch).elements
        assert elements.epoch_jd[0] == 2_461_191.5
        assert elements.epoch_fr[0] == pytest.approx(1.0 - 1e-6 / 86_400.0, rel=1e-15)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"planes": 0}, "planes: 0 given; 1 or more is allowed"),
        ({"satellites_per_plane": 0}, "satellites_per_plane: 0 given"),
        ({"phasing": 72}, "phasing: 72 given; 0 to planes - 1 = 71 is allowed"),
        ({"filled": 23}, "filled: 23 given"),
        ({"altitude_km": 100.0}, "altitude_km: 100.0 given; 160 to 2000 is allowed"),
        ({"pattern": "rosette"}, "pattern: 'rosette' given"),
        ({"satellite_class": "v9"}, r"satellite_class: 'v9' given; the name of a class is allowed \(v1\)"),
    ],
)
def test_a_shell_that_is_none_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=f"shell 'a': {words}"):
        fly(shell(**changes))


# Real element sets


def named(*names: str, altitude_km: float = 550.0) -> Elements:
    """Satellites with these names, one behind the other."""
    elements = fly(shell(planes=1, satellites_per_plane=len(names), altitude_km=altitude_km)).elements
    return replace(elements, name=names)


def test_classes_by_rules_in_order_and_the_rest_by_default() -> None:
    rest = SatelliteClass("rest", beams=1, capacity_gbps=1.0)
    new = SatelliteClass("new", beams=1, capacity_gbps=1.0, name_prefix="STARLINK-", name_from=30000)
    phones = SatelliteClass(
        "phones",
        beams=0,
        capacity_gbps=0.0,
        planned=False,
        name_prefix="STARLINK-",
        name_from=11000,
        name_to=11999,
    )
    elements = named("STARLINK-30000", "STARLINK-29999", "STARLINK-11085 [DTC]", "IRIDIUM 30001", "TINTIN A")
    fleet = from_elements(elements, [rest, new, phones])
    assert fleet.elements.name == ("STARLINK-30000", "STARLINK-29999", "IRIDIUM 30001", "TINTIN A")
    assert [fleet.classes[index].name for index in fleet.satellite_class] == ["new", "rest", "rest", "rest"]
    assert fleet.left_out == {"phones: not planned": 1}
    assert from_elements(elements, [new]).left_out == {"no class": 4}


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ({"number_from": 900_000_002}, 2),
        ({"number_to": 900_000_001}, 1),
        ({"altitude_from_km": 551.0}, 0),
        ({"altitude_to_km": 551.0}, 3),
        ({"name_to": 1}, 1),
        ({"name_from": 0}, 3),
        ({"name_prefix": "B"}, 1),
    ],
)
def test_each_rule(rules: dict[str, Any], taken: int) -> None:
    kind = SatelliteClass("kind", beams=1, capacity_gbps=1.0, **rules)
    assert len(from_elements(named("A-1", "A-2", "B"), [kind])) == taken


def test_low_satellites_are_left_out() -> None:
    fleet = from_elements(named("A", "B", altitude_km=360.0), [V1])
    assert (len(fleet), fleet.read, fleet.left_out) == (0, 2, {"below 400 km": 2})
    assert len(from_elements(named("A", "B", altitude_km=360.0), [V1], min_altitude_km=350.0)) == 2


@settings(max_examples=25, deadline=None)
@given(
    planes=st.integers(1, 20),
    slots=st.integers(2, 12),
    offset_deg=st.floats(0.0, 360.0),
    seed=st.integers(0, 99),
)
def test_shells_planes_and_slots_are_found_again(
    planes: int, slots: int, offset_deg: float, seed: int
) -> None:
    """Also when the satellites come in any order, each with an epoch of its own."""
    shells = [
        shell(planes=planes, satellites_per_plane=slots, phasing=planes - 1, raan_offset_deg=offset_deg),
        shell(planes=3, satellites_per_plane=5, altitude_km=560.0),
        shell(planes=2, satellites_per_plane=4, inclination_deg=70.0),
    ]
    made = fly(*shells)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(made))
    found = from_elements(carried(made.elements, rng.uniform(0.0, 1.0, len(made))).select(order), [V1])
    assert planes_of(found, np.arange(len(made))) == planes_of(made, np.argsort(order))


def carried(elements: Elements, days: NDArray[np.float64]) -> Elements:
    """The same orbits with the epoch of each moved on by some days: rates from the sgp4 package."""
    rates = [(each.nodedot, each.mdot + each.argpdot) for each in satrecs(elements)]
    node, phase = np.array(rates).T * 1440.0 * days
    return replace(
        elements,
        epoch_jd=elements.epoch_jd + np.floor(elements.epoch_fr + days),
        epoch_fr=(elements.epoch_fr + days) % 1.0,
        raan_rad=(elements.raan_rad + node) % (2.0 * np.pi),
        mean_anomaly_rad=(elements.mean_anomaly_rad + phase) % (2.0 * np.pi),
    )


def planes_of(fleet: Fleet, label: NDArray[np.int64]) -> set[tuple[int, ...]]:
    """Each plane as its satellites in order of slot, beginning with the least label."""
    planes: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in range(len(fleet)):
        key = (int(fleet.shell[row]), int(fleet.plane[row]))
        planes.setdefault(key, []).append((int(fleet.slot[row]), int(label[row])))
    cycles = set()
    for members in planes.values():
        labels = [each for _, each in sorted(members)]
        at = labels.index(min(labels))
        cycles.add(tuple(labels[at:] + labels[:at]))
    return cycles


def test_no_satellites_are_a_fleet_too() -> None:
    nobody = walker([], [V1], EPOCH)
    assert len(nobody) == len(nobody.elements) == 0
    assert nobody.satellite_class.dtype == np.int16
    assert plus_grid(nobody).shape == (0, 2)
    again = from_elements(nobody.elements, [])
    assert (len(again), again.read, again.left_out) == (0, 0, {})
    assert plus_grid(again).shape == (0, 2)


@pytest.mark.reference
def test_every_satellite_of_a_real_fleet_is_accounted_for(reference: Path) -> None:
    elements, _ = read_elements(reference / "gp" / "starlink-2026-05-30.tle")
    fleet = from_elements(elements, world("today")[1])
    assert fleet.read == 10_395
    assert len(fleet) + sum(fleet.left_out.values()) == fleet.read
    assert fleet.left_out == {"direct-to-cell: not planned": 642, "below 400 km": 345}
    kinds = Counter(fleet.classes[index].name for index in fleet.satellite_class)
    assert kinds == {"v2-mini": 6305, "v1": 3103}
    # derived_walker_grids.csv: 3 260 satellites in 95 of 99 planes at 43 deg, 1 310 in 72 planes at 53.22 deg
    altitude_km, inclination_deg = (
        mean_altitude_km(fleet.elements),
        np.degrees(fleet.elements.inclination_rad),
    )
    for lowest_km, highest_km, inclined_deg, planes in ((475.0, 495.0, 43.0, 99), (530.0, 545.0, 53.2, 72)):
        there = (
            (np.abs(inclination_deg - inclined_deg) < 0.3)
            & (lowest_km < altitude_km)
            & (altitude_km < highest_km)
        )
        (biggest, count), *_ = Counter(fleet.shell[there].tolist()).most_common()
        assert count > 0.95 * there.sum()
        sizes = np.bincount(fleet.plane[fleet.shell == biggest])
        assert planes - 5 <= np.sum(sizes > 5) <= planes
    degree = np.bincount(plus_grid(fleet).ravel(), minlength=len(fleet))
    assert degree.max() == 4
    assert np.mean(degree >= 2) > 0.9


@pytest.mark.reference
def test_oneweb_flies_in_twelve_planes_one_above_the_other(reference: Path) -> None:
    elements, _ = read_elements(reference / "gp" / "oneweb-2026-05-30.tle")
    fleet = from_elements(elements, world("oneweb")[1])
    assert (len(fleet), fleet.read, fleet.left_out) == (651, 651, {})
    sizes = Counter(zip(fleet.shell.tolist(), fleet.plane.tolist(), strict=True))
    planes = [(shell, plane) for (shell, plane), size in sizes.items() if size >= 49]
    assert len(planes) == 12
    assert len({shell for shell, _ in planes}) == 1


# +grid


def hypatia(planes: int, slots: int, *, shift: int = 0) -> set[tuple[int, int]]:
    """Hypatia's rule in words: to the next in the orbit, and to the same place in the next orbit."""
    links = set()
    for plane in range(planes):
        for slot in range(slots):
            here = plane * slots + slot
            for there in (
                plane * slots + (slot + 1) % slots,
                (plane + 1) % planes * slots + (slot + shift) % slots,
            ):
                links.add((min(here, there), max(here, there)))
    return links


def hypatia_fleet(planes: int, slots: int, altitude_km: float, inclination_deg: float) -> Fleet:
    """Hypatia's grids: each odd plane is half a slot ahead."""
    fleet = fly(
        shell(
            planes=planes,
            satellites_per_plane=slots,
            altitude_km=altitude_km,
            inclination_deg=inclination_deg,
        )
    )
    ahead = np.where(fleet.plane % 2 == 1, np.pi / slots, 0.0)
    return replace(
        fleet, elements=replace(fleet.elements, mean_anomaly_rad=fleet.elements.mean_anomaly_rad + ahead)
    )


def pairs(links: NDArray[np.int32]) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in links}


@pytest.mark.parametrize(
    ("planes", "slots", "altitude_km", "inclination_deg"), [(72, 22, 508.7, 53.0), (34, 34, 630.0, 51.9)]
)
@pytest.mark.parametrize("shift", [0, 1])
def test_plus_grid_is_hypatias(
    planes: int, slots: int, altitude_km: float, inclination_deg: float, shift: int
) -> None:
    fleet = hypatia_fleet(planes, slots, altitude_km, inclination_deg)
    links = plus_grid(fleet, cross_plane_shift=shift)
    assert links.dtype == np.int32
    assert pairs(links) == hypatia(planes, slots, shift=shift)


def test_over_the_seam_the_phasing_moves_the_slot() -> None:
    """Walker 144/12/5 comes round five slots late: the last plane joins the first there, and nowhere else."""
    fleet = fly(shell(planes=12, satellites_per_plane=12, phasing=5))
    seam = [(a, b) for a, b in pairs(plus_grid(fleet)) if {fleet.plane[a], fleet.plane[b]} == {0, 11}]
    assert len(seam) == 12
    assert {(fleet.slot[a] - fleet.slot[b]) % 12 for a, b in seam} == {5}


@settings(max_examples=40, deadline=None)
@given(
    planes=st.integers(1, 24),
    slots=st.integers(1, 24),
    phasing=st.integers(0, 23),
    filled=st.integers(0, 24),
    pattern=st.sampled_from(["delta", "star"]),
    shift=st.integers(-2, 2),
)
def test_plus_grid_is_a_graph_of_degree_four(
    planes: int, slots: int, phasing: int, filled: int, pattern: Any, shift: int
) -> None:
    fleet = fly(
        shell(
            planes=planes,
            satellites_per_plane=slots,
            phasing=phasing % planes,
            filled=min(filled, slots),
            pattern=pattern,
        )
    )
    links = plus_grid(fleet, cross_plane_shift=shift)
    assert np.all(links[:, 0] < links[:, 1])
    assert len(pairs(links)) == len(links)
    assert sorted(pairs(links)) == [tuple(pair) for pair in links.tolist()]
    assert np.bincount(links.ravel(), minlength=len(fleet)).max(initial=0) <= 4


@pytest.mark.parametrize("pattern", ["delta", "star"])
def test_every_link_keeps_above_the_atmosphere(pattern: Any) -> None:
    """Followed along an orbit by the sgp4 package; a star has no link over its seam."""
    grid = shell(
        planes=12, satellites_per_plane=20, filled=17, inclination_deg=80.0, phasing=3, pattern=pattern
    )
    fleet = fly(grid)
    links = plus_grid(fleet)
    joined = {(int(a), int(b)) for a, b in np.sort(fleet.plane[links], axis=1)}
    neighbours = {(plane, plane) for plane in range(12)} | set(pairwise(range(12)))
    assert joined == neighbours | ({(0, 11)} if pattern == "delta" else set())
    satellites = satrecs(fleet.elements)
    lowest_km = np.inf
    for minutes in range(0, 96, 6):
        position = np.array([each.sgp4_tsince(minutes)[1] for each in satellites])
        ends, others = position[links[:, 0]], position[links[:, 1]]
        lowest_km = min(lowest_km, np.linalg.norm(0.5 * (ends + others), axis=1).min() - 6378.135)
    assert lowest_km > 60.0


def test_planes_too_far_apart_are_not_joined() -> None:
    """Six planes at 97.6 deg, 60 deg apart: rings only, as a link over 60 deg would go through the Earth."""
    fleet = fly(shell(planes=6, satellites_per_plane=58, inclination_deg=97.6))
    links = plus_grid(fleet)
    assert len(links) == 6 * 58
    assert np.all(fleet.plane[links[:, 0]] == fleet.plane[links[:, 1]])


# The built-in worlds


@pytest.mark.parametrize(
    ("name", "satellites"),
    [("today", 9761), ("oneweb", 588), ("kuiper", 3236)],
)
def test_built_in_fleets(name: str, satellites: int) -> None:
    shells, classes = world(name)
    fleet = walker(shells, classes, EPOCH)
    assert len(fleet) == satellites
    assert all(fleet.classes[index].planned for index in np.unique(fleet.satellite_class))


# Satellites in view at 25 deg and above by latitude: the element sets of 2026-05-30, propagated with the sgp4
# package over 2026-05-31 00:00-03:00 UTC, mean over longitudes 0, 15 ... 345, altitude of 430 km and more.
LATITUDE_DEG = (0, 10, 20, 30, 40, 45, 50, 53, 55, 60, 65, 70)
MEASURED = (34.7, 35.5, 38.9, 47.1, 69.0, 70.2, 60.4, 51.0, 44.8, 21.6, 18.7, 19.4)


def test_the_fleet_of_today_is_seen_as_the_real_one_is() -> None:
    fleet = walker(*world("today"), EPOCH)
    times = np.datetime64("2026-05-31T00:00", "us") + np.arange(0, 180, 36).astype("timedelta64[m]")
    position = propagate(fleet.elements, times).position_ecef_km
    lon = np.radians(np.arange(0.0, 360.0, 15.0))
    for lat_deg, measured in zip(LATITUDE_DEG, MEASURED, strict=True):
        lat = np.radians(lat_deg)
        up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.full(24, np.sin(lat))])
        normal_km = 6378.137 / np.sqrt(1.0 - 0.00669437999 * np.sin(lat) ** 2)
        place = up * normal_km * np.array([[1.0], [1.0], [1.0 - 0.00669437999]])
        seen = 0
        for now in position:
            height = now @ up - np.sum(place * up, axis=0)
            range2 = np.sum(now**2, axis=1)[:, None] - 2.0 * now @ place + np.sum(place**2, axis=0)
            seen += int(np.sum(height >= np.sin(np.radians(25.0)) * np.sqrt(range2)))
        assert seen / (24 * len(times)) == pytest.approx(measured, rel=0.15), lat_deg
