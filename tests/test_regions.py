"""What holds where: against a plain reading of the rules, shapely, geodesics and H3; and what is refused."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openleo.errors import InputError
from openleo.places import countries, country_of, disputed_areas, find_place
from openleo.places.borders import rings_of
from openleo.service.reasons import Reason
from openleo.service.records import Licence, Motion, Names, Outcome, Service
from openleo.service.regions import RuleSet
from openleo.service.terms import FINDINGS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Rules = Callable[..., RuleSet]


def region(name: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "decision": f"By {name}.", **said}


def geojson(*shapes: shapely.Geometry) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {}, "geometry": each.__geo_interface__} for each in shapes
            ],
        }
    )


@pytest.fixture
def ruled(tmp_path: Path) -> Rules:
    """A rule set of some regions; polygons are given as shapely geometries by file name."""

    def made(*regions: dict[str, Any], files: dict[str, Any] | None = None, **top: Any) -> RuleSet:
        for name, shape in (files or {}).items():
            (tmp_path / name).write_text(shape if isinstance(shape, str) else geojson(shape))
        return RuleSet.parse({"name": "made", "regions": list(regions), **top}, tmp_path, "made.toml: ")

    return made


# ---------------------------------------------------------------- what holds, against a plain reading

LICENCES = ("prohibited", "none", "pending", "licensed")
SERVICES = ("off", "emergency", "listed", "on")
MOTIONS = ("fixed", "portable", "vehicle", "vessel", "aircraft")
BOX = (5.0, 43.0, 17.0, 55.0)  # some countries, some sea, nothing disputed


def statements() -> st.SearchStrategy[dict[str, Any]]:
    corner = st.tuples(st.integers(5, 14), st.integers(43, 52))
    box = st.tuples(corner, st.integers(4, 6), st.integers(4, 6))  # larger than what is taken out
    where = st.one_of(
        st.fixed_dictionaries({"box": box}),
        st.fixed_dictionaries(
            {"countries": st.lists(st.sampled_from(["DE", "FR", "IT", "Austria"]), min_size=1)}
        ),
        st.just({"sea": True}),
    )
    what = st.fixed_dictionaries(
        {},
        optional={
            "licence": st.sampled_from(LICENCES),
            "service": st.sampled_from(("off", "emergency", "on")),
            "max_speed_kmh": st.sampled_from([10.0, 100.0, 900.0]),
            "rate_mbps": st.sampled_from([1.0, 50.0]),
            "motion": st.lists(st.sampled_from(MOTIONS), min_size=1, unique=True),
            "landing": st.lists(st.sampled_from(["DE", "FR", "IT"]), min_size=1, unique=True),
            "prohibited_uses": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
            "deny_emergency": st.booleans(),
            "minus": st.just(["last"]),
        },
    )
    return st.tuples(where, what).map(lambda both: both[0] | both[1])


def built(folder: Path, drawn: list[dict[str, Any]], order: list[int]) -> RuleSet:
    regions = []
    for i in order:
        said = dict(drawn[i])
        if box := said.pop("box", None):
            (west, south), width, height = box
            file = folder / f"{i}.geojson"
            file.write_text(geojson(shapely.box(west, south, west + width, south + height)))
            said["polygon"] = file.name
        regions.append(region(f"r{i}", **said))
    (folder / "last.geojson").write_text(geojson(shapely.box(9.5, 47.5, 12.5, 50.5)))
    regions.append(region("last", polygon="last.geojson"))
    table = {"name": "made", "regions": regions, "elsewhere": {"licence": "pending", "service": "off"}}
    return RuleSet.parse(table, folder)


def covers(said: dict[str, Any], lat: float, lon: float, country: str) -> bool:
    """Whether a drawn region holds a point, read off its own words."""
    inside = said.get("sea", False) and not country
    named = {"Austria": "AT"}
    inside |= country in [named.get(each, each) for each in said.get("countries", [])]
    if box := said.get("box"):
        (west, south), width, height = box
        inside |= west < lon < west + width and south < lat < south + height
    taken = "minus" in said and 9.5 < lon < 12.5 and 47.5 < lat < 50.5
    return inside and not taken


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(statements(), min_size=1, max_size=5), st.randoms(use_true_random=False), st.data())
def test_the_most_restrictive_holds_whatever_the_order(
    tmp_path: Path, drawn: list[dict[str, Any]], random: Any, data: Any
) -> None:
    order = list(range(len(drawn)))
    rules = built(tmp_path, drawn, order)
    random.shuffle(order)
    shuffled = built(tmp_path, drawn, order)
    rng = np.random.default_rng(random.randrange(2**32))
    lat, lon = rng.uniform(43.01, 54.99, 40), rng.uniform(5.01, 16.99, 40)
    country = [countries()[k].code if k >= 0 else "" for k in country_of(lat, lon, tolerance_km=3.0).tolist()]
    for place in zip(lat.tolist(), lon.tolist(), country, strict=True):
        here = [said for said in drawn if covers(said, *place)]
        licences = [LICENCES.index(said["licence"]) for said in here if "licence" in said]
        services = [SERVICES.index(said["service"]) for said in here if "service" in said]
        for found in (rules.at(*place[:2], NOW), shuffled.at(*place[:2], NOW)):
            assert found.base == place[2]
            assert found.licence == min(licences, default=LICENCES.index("pending"))
            assert found.service == min(services, default=SERVICES.index("on" if licences else "off"))
            for limit in ("max_speed_kmh", "rate_mbps"):
                assert found.limits.get(limit) == min((s[limit] for s in here if limit in s), default=None)
            allowed = set(MOTIONS).intersection(*(said["motion"] for said in here if "motion" in said))
            assert set(found.motion) == allowed
            lands = [set(said["landing"]) for said in here if "landing" in said]
            assert (None if found.landing is None else set(found.landing)) == (
                set.intersection(*lands) if lands else None
            )
            assert set(found.prohibited_uses) == {use for s in here for use in s.get("prohibited_uses", ())}
            assert found.deny_emergency == any(said.get("deny_emergency", False) for said in here)
    over, other = rules.over(lat, lon, NOW), shuffled.over(lat, lon, NOW)
    np.testing.assert_array_equal(over.lit, other.lit)
    np.testing.assert_array_equal(over.lit, (over.licence == Licence.LICENSED) & (over.service > Service.OFF))


def test_each_statement_names_the_region_and_decision_behind_it(ruled: Rules) -> None:
    rules = ruled(
        region("wide", countries=["DE"], licence="licensed", service="on", rate_mbps=50),
        region("narrow", polygon="b.geojson", service="off", max_speed_kmh=20),
        files={"b.geojson": shapely.box(13, 52, 14, 53)},
    )
    berlin, munich = rules.at(52.52, 13.40, NOW), rules.at(48.14, 11.58, NOW)
    for topic, name in (("licence", "wide"), ("service", "narrow"), ("rate_mbps", "wide")):
        said = berlin.by(topic)
        assert said is not None
        assert (said.region, said.decision) == (name, f"By {name}.")
    assert berlin.regions == ("wide", "narrow")
    assert (munich.service, munich.limits) == (Service.ON, {"rate_mbps": 50.0})
    assert rules.over([52.52, 48.14], [13.40, 11.58], NOW).region.tolist() == [1, 0]
    paris = rules.at(48.86, 2.35, NOW)
    assert paris.licence == Licence.NONE
    assert paris.by("licence") is not None
    assert paris.regions == ()


def test_rules_that_leave_no_country_to_land_in_leave_none(ruled: Rules) -> None:
    rules = ruled(
        region("one", countries=["DE"], licence="licensed", landing=["DE", "Poland"]),
        region("two", polygon="b.geojson", landing=["FR"]),
        files={"b.geojson": shapely.box(13, 52, 14, 53)},
    )
    found = rules.over([52.52, 48.14, 48.86], [13.40, 11.58, 2.35], NOW)
    landings = [found.landings[k] for k in found.landing.tolist()]
    assert landings == [("nowhere",), ("DE", "PL"), ()]
    assert rules.at(52.52, 13.40, NOW).landing == ()


# ---------------------------------------------------------------- disputed areas and coasts


def test_a_licence_of_a_claimant_does_not_cover_a_disputed_area(ruled: Rules) -> None:
    both = region("claimants", countries=["UA", "RU"], licence="licensed")
    rules = ruled(both)
    simferopol, henichesk = rules.at(44.95, 34.10, NOW), rules.at(46.18, 34.80, NOW)
    assert (simferopol.area, simferopol.country, simferopol.licence) == ("Crimea", "", Licence.NONE)
    assert set(simferopol.claimants) >= {"UA", "RU"}
    assert (henichesk.area, henichesk.country, henichesk.licence) == ("", "UA", Licence.LICENSED)
    assert "Crimea" in rules.overlaps[0].second
    named = ruled(both, region("named", areas=["crimea"], licence="licensed"))
    assert named.at(44.95, 34.10, NOW).licence == Licence.LICENSED
    assert named.at(46.18, 34.80, NOW).regions == ("claimants",)
    # A region may say that its licence holds in as much of an area as it reaches
    part = region("part", polygon="p.geojson", licence="licensed", licence_in=["Crimea"])
    within = ruled(part, files={"p.geojson": shapely.box(33.9, 44.8, 34.3, 45.1)})
    assert within.at(44.95, 34.10, NOW).licence == Licence.LICENSED
    assert within.at(45.20, 33.36, NOW).licence == Licence.NONE


def test_a_restriction_holds_in_a_disputed_area_whoever_it_is_drawn_for(ruled: Rules) -> None:
    named = region("named", areas=["Western Sahara"], licence="licensed")
    for said in ({"licence": "prohibited"}, {"service": "off"}):
        rules = ruled(named, region("stop", countries=["MA", "EH"], **said))
        found = rules.over([23.70, 33.57], [-15.93, -7.59], NOW)
        assert not found.lit.any()


def test_every_area_answers_with_its_claimants(ruled: Rules) -> None:
    rules = ruled(
        region("all", countries=[each.code for each in countries() if each.code != "-"], licence="licensed")
    )
    division = rules.division
    for area in disputed_areas():
        at = np.flatnonzero(division.seen & (division.area == disputed_areas().index(area)))
        assert len(at), area.name
        lat, lon = division.seen_lat[at[0]], division.seen_lon[at[0]]
        found = rules.at(float(lat), float(lon), NOW)
        assert (found.area, found.claimants, found.source) == (area.name, area.claimants, area.source)
        assert found.licence == Licence.NONE, area.name


@pytest.mark.parametrize("town", ["Nuuk, GL", "Anadyr, RU", "Stanley, FK"])
def test_a_port_does_not_fall_into_the_sea(town: str, ruled: Rules) -> None:
    place = find_place(town)
    rules = ruled(
        region("sea", sea=True, service="off"),
        region("ports", countries=["GL", "RU", "FK"], licence="licensed"),
    )
    found = rules.at(place.lat_deg, place.lon_deg, NOW)
    assert (found.country, found.service, found.licence) == (place.country, Service.ON, Licence.LICENSED)


def test_the_coast_tolerance_is_that_of_the_file(ruled: Rules) -> None:
    # 5 km off the west coast of Portugal
    point = (39.6, -9.145)
    near = [
        ruled(region("pt", countries=["PT"]), coast_tolerance_km=km).at(*point, NOW) for km in (1.0, 12.0)
    ]
    assert [found.country for found in near] == ["", "PT"]
    assert near[0].coast_km is not None
    assert 1.0 < near[0].coast_km < 12.0


# ---------------------------------------------------------------- outlines


@pytest.mark.slow
@pytest.mark.parametrize("width_km", [2.0, 60.0, 900.0])
@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon([(-40, 20), (-38, 22), (-39.5, 21.5), (-39, 24), (-41, 21)]),
        shapely.Polygon([(-140, -62), (-120, -60), (-121, -61), (-138, -64)]),
        shapely.box(178.0, -20.0, 179.9, -18.0),
    ],
)
def test_a_band_ends_at_its_width(shape: shapely.Polygon, width_km: float, ruled: Rules) -> None:
    rules = ruled(
        region("band", band={"line": "coast", "polygon": "s.geojson", "width_km": width_km}, service="off"),
        files={"s.geojson": shape},
    )
    geod, rng = pyproj.Geod(ellps="WGS84"), np.random.default_rng(1)
    # Edges are straight in degrees: points along them every few metres where it matters
    line = shapely.get_coordinates(shapely.segmentize(shape.exterior, 0.02))
    inside: list[tuple[float, float]] = []
    outside: list[tuple[float, float]] = []
    for _ in range(40):
        start = line[rng.integers(len(line))]
        lon, lat, _ = geod.fwd(start[0], start[1], rng.uniform(0, 360), 1e3 * width_km)
        for _ in range(6):  # along the geodesic from the nearest point of the line, to its width
            near, distance_m = nearest(geod, line, lon, lat)
            azimuth, _, _ = geod.inv(*near, lon, lat)
            lon, lat, _ = geod.fwd(*near, azimuth, 1e3 * width_km)
        near, distance_m = nearest(geod, line, lon, lat)
        if abs(distance_m - 1e3 * width_km) > 0.01:
            continue
        azimuth, _, _ = geod.inv(*near, lon, lat)
        inside.append(geod.fwd(*near, azimuth, 1e3 * width_km - 2.0)[:2])
        beyond = geod.fwd(*near, azimuth, 1e3 * width_km + 2.0)[:2]
        far = geod.fwd(*near, azimuth, 1e3 * width_km + 50.0)[:2]
        if nearest(geod, line, *far)[1] > 1e3 * width_km + 49.0:  # and not in a corner, where two sides meet
            outside.append(beyond)
    assert min(len(inside), len(outside)) > 15
    for points, service in ((inside, Service.OFF), (outside, Service.ON)):
        lon_deg, lat_deg = np.array(points).T
        assert set(rules.over(lat_deg, lon_deg, NOW).service.tolist()) == {int(service)}


def nearest(geod: pyproj.Geod, line: Any, lon: float, lat: float) -> tuple[tuple[float, float], float]:
    """The nearest point of a line of many points, and its distance (m): by halving between neighbours."""
    distance = geod.inv(line[:, 0], line[:, 1], np.full(len(line), lon), np.full(len(line), lat))[2]
    best = int(np.argmin(distance))
    around = line[[(best - 1) % (len(line) - 1), best, (best + 1) % (len(line) - 1)]]
    found = (tuple(around[1]), float(distance[best]))
    for a, b in ((around[0], around[1]), (around[1], around[2])):
        for _ in range(3):
            share = np.linspace(0.0, 1.0, 41)[:, None]
            points = a + share * (b - a)
            away = geod.inv(points[:, 0], points[:, 1], np.full(41, lon), np.full(41, lat))[2]
            k = int(np.argmin(away))
            if away[k] < found[1]:
                found = (tuple(points[k]), float(away[k]))
            a, b = points[max(k - 1, 0)], points[min(k + 1, 40)]
    return found


def test_bands_run_along_the_coasts_and_borders_of_a_country(ruled: Rules) -> None:
    rules = ruled(
        region("coast", band={"line": "coast", "countries": ["PT"], "width_km": 30.0}, rate_mbps=1),
        region("border", band={"line": "border", "countries": ["Portugal"], "width_km": 10.0}, service="off"),
    )

    def held(lat: float, lon: float) -> set[str]:
        return set(rules.at(lat, lon, NOW).regions)

    assert held(38.72, -9.14) == {"coast"}  # Lisbon
    assert held(38.88, -7.16) == {"border"}  # Elvas
    assert held(38.88, -6.97) == {"border"}  # Badajoz, on the other side
    assert held(37.20, -7.42) == {"coast", "border"}  # Vila Real de Santo Antonio
    assert held(38.57, -7.91) == set()  # Evora
    part = ruled(
        region(
            "south", band={"line": "coast", "countries": ["PT"], "polygon": "s.geojson", "width_km": 30.0}
        ),
        files={"s.geojson": shapely.box(-10, 36, -7, 37.6)},
    )
    assert part.at(37.02, -7.93, NOW).regions == ("south",)  # Faro
    assert part.at(38.72, -9.14, NOW).regions == ()


def test_cells_are_those_of_h3(ruled: Rules) -> None:
    rng = np.random.default_rng(4)
    chosen = [
        *h3.grid_disk(h3.latlng_to_cell(50.1, 8.7, 5), 1),
        h3.latlng_to_cell(-17.0, 179.99, 3),  # over the antimeridian
        h3.latlng_to_cell(65.0, 20.0, 2),
        "8508000bfffffff",  # a pentagon's neighbourhood, whatever it holds
    ]
    rules = ruled(region("cells", cells=chosen, service="off"))
    for cell in chosen:
        lat0, lon0 = h3.cell_to_latlng(cell)
        reach = 1.5 * math.sqrt(h3.cell_area(cell, "km^2")) / 111.0
        lat = rng.uniform(lat0 - reach, lat0 + reach, 3000)
        lon = (lon0 + rng.uniform(-reach, reach, 3000) / math.cos(math.radians(lat0)) + 180) % 360 - 180
        expected = [
            any(h3.latlng_to_cell(y, x, h3.get_resolution(each)) == each for each in chosen)
            for y, x in zip(lat.tolist(), lon.tolist(), strict=True)
        ]
        off = rules.over(lat, lon, NOW).service == Service.OFF
        assert (off != expected).sum() <= 1  # a point within 1 m of a side


def test_polygons_are_where_shapely_has_them(ruled: Rules) -> None:
    rng = np.random.default_rng(5)
    shapes = {}
    for k in range(12):
        turn = np.sort(rng.uniform(0, 2 * np.pi, 14))
        far = rng.uniform(0.5, 4.0, 14)
        ring = np.column_stack([far * np.cos(turn), far * np.sin(turn)]) + rng.uniform(-3, 3, 2) + (20, 5)
        hole = (ring - ring.mean(axis=0)) * 0.1 + shapely.get_coordinates(
            shapely.Polygon(ring).representative_point()
        )
        shape = shapely.Polygon(ring).difference(shapely.Polygon(hole)) if k % 2 else shapely.Polygon(ring)
        shapes[f"{k}.geojson"] = shape if shape.is_valid else shapely.Polygon(ring).convex_hull
    rules = ruled(*(region(name, polygon=name) for name in shapes), files=shapes)
    lines = shapely.get_coordinates(shapely.union_all([each.boundary for each in shapes.values()]))
    near = lines[rng.integers(len(lines), size=3000)] + rng.normal(0, 1e-5, (3000, 2))
    points = np.concatenate([rng.uniform((10, -5), (30, 15), (3000, 2)), near])
    zones = rules.zones_at(points[:, 1], points[:, 0])
    member = rules.division.member[zones]
    for k, shape in enumerate(shapes.values()):
        np.testing.assert_array_equal(member[:, k], shapely.contains_xy(shape, points))


@pytest.mark.slow
def test_no_point_is_in_a_zone_that_cannot_be(ruled: Rules) -> None:
    rng = np.random.default_rng(6)
    shapes = [
        shapely.box(x - 4, y - 3, x + 4, min(y + 3, 90))
        for x in range(-174, 180, 12)
        for y in range(-84, 90, 9)
    ]
    halves = shapely.box(-180, -90, 0, -84), shapely.box(0, -90, 180, -84)
    rules = ruled(
        region("all", polygon="all.geojson"), region("none", polygon="pole.geojson"),
        files={"all.geojson": shapely.MultiPolygon(shapes), "pole.geojson": geojson(*halves)},
        coast_tolerance_km=25.0,
    )  # fmt: skip
    lines = np.concatenate([shapely.get_coordinates(shapely.box(*each.bounds)) for each in shapes])
    lines = np.concatenate([lines, np.concatenate(rings_of(range(len(countries()))))[::7]])
    near = lines[rng.integers(len(lines), size=200_000)] + rng.normal(0, 0.2, (200_000, 2))
    everywhere = rng.uniform((-180, -90), (180, 90), (200_000, 2))
    lon, lat = np.concatenate([near, everywhere]).T
    lat = np.clip(lat, -89.999, 89.999)
    zones, inside = rules.zones_at(lat, lon), np.zeros(len(lat), np.bool_)
    for west in (-360.0, 0.0, 360.0):
        inside |= shapely.contains_xy(shapely.union_all(shapes), lon + west, lat)
    np.testing.assert_array_equal(rules.division.member[zones, 0], inside)
    held = rules.over(lat, lon, NOW)
    assert set(held.licence.tolist()) == {int(Licence.NONE)}  # and not prohibited, as what cannot be is
    country = country_of(lat, lon, tolerance_km=25.0)
    names = [each.code if each.code != "-" else each.name for each in countries()]
    base = np.array([*(rules.zones[z].base for z in range(len(rules.zones)))])[zones]
    np.testing.assert_array_equal(base, np.array([*names, ""])[country])


def test_an_invented_country_has_a_coast_and_a_licence(ruled: Rules) -> None:
    rules = ruled(
        region("land", countries=["Island"], licence="licensed", landing=["QZ"]),
        region(
            "waters",
            band={"line": "coast", "countries": ["QZ"], "width_km": 50.0},
            minus=["land"],
            service="off",
        ),
        territories=[{"code": "QZ", "name": "Island", "polygon": "i.geojson"}],
        files={"i.geojson": shapely.box(-130, -50, -128, -48)},
    )
    found = rules.over([-49.0, -49.0, -49.0, -49.0], [-129.0, -127.98, -127.6, -127.0], NOW)
    assert found.licence.tolist() == [3, 3, 1, 1]  # a port's tolerance, then the sea
    assert found.service.tolist() == [3, 3, 0, 3]
    assert rules.at(-49.0, -129.0, NOW).country == "QZ"
    assert found.landings[found.landing[0]] == ("QZ",)


# ---------------------------------------------------------------- time


def test_windows_open_and_close_on_time(ruled: Rules) -> None:
    rules = ruled(
        region("always", countries=["KE"], licence="licensed"),
        region(
            "nights", countries=["KE"], service="off", hours=["22:00-04:30", "12:00-13:00"],
            begins=datetime(2026, 3, 1, 2, tzinfo=UTC), ends=datetime(2026, 9, 1, tzinfo=UTC),
        ),
    )  # fmt: skip

    def off(text: str) -> bool:
        return rules.at(-1.29, 36.82, datetime.fromisoformat(text)).service == Service.OFF

    assert not off("2026-03-01T01:59:59+00:00")
    assert off("2026-03-01T02:00:00+00:00")
    assert off("2026-06-01T22:00:00+00:00")
    assert off("2026-06-02T04:29:59+00:00")
    assert not off("2026-06-02T04:30:00+00:00")
    assert off("2026-06-02T15:30:00+03:00")  # 12:30 UTC
    assert not off("2026-09-01T00:00:00+00:00")
    # What is answered for an instant holds until the next change, and not longer
    at, end, changes = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC), 0
    while at < end:
        until_us = rules.terms((at - EPOCH) // US, Names()).until_us
        if until_us > (end - EPOCH) // US:
            break
        until = EPOCH + until_us * US
        middle = at + (until - at) / 2
        for instant in (middle, until - US):
            assert rules.at(-1.29, 36.82, instant).service == rules.at(-1.29, 36.82, at).service
        changes += rules.at(-1.29, 36.82, until).service != rules.at(-1.29, 36.82, at).service
        at = until
    assert changes == 1 + 4 * 184 + 1  # begins, four times a day on 184 days, ends


# ---------------------------------------------------------------- the hash


def test_the_hash_covers_words_and_coordinates_and_no_file_names(tmp_path: Path) -> None:
    def digest(folder: str, file: str, east: float, decision: str = "By the test.") -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / file).write_text(geojson(shapely.box(10, 50, east, 51)))
        said = region("box", polygon=file, licence="licensed") | {"decision": decision}
        path = tmp_path / folder / "rules.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
        path.write_text('name = "made"\n[[regions]]\n' + "\n".join(lines))
        return RuleSet.load(path).digest

    same = {digest("a", "x.geojson", 11.0), digest("b", "y.geojson", 11.0)}
    assert len(same) == 1
    others = {digest("a", "x.geojson", 11.0 + 1e-9), digest("a", "x.geojson", 11.0, "By another.")}
    assert len(same | others) == 3
    assert all(len(each) == 64 for each in same | others)


# ---------------------------------------------------------------- for the policy kernel


def test_terms_say_the_same_in_numbers(ruled: Rules) -> None:
    rules = ruled(
        region("de", countries=["DE"], licence="licensed", sold_in=["DE", "France"], motion=["fixed"]),
        region(
            "listed",
            polygon="b.geojson",
            service="listed",
            lists=["aid", "press"],
            prohibited_uses=["guiding"],
        ),
        region("more", polygon="b.geojson", service="listed", lists=["aid"], max_altitude_m=100),
        files={"b.geojson": shapely.box(13, 52, 14, 53)},
        lists=[{"name": "aid", "custodian": "an agency"}, {"name": "press", "custodian": "the operator"}],
        plans=[{"name": "home", "rate_mbps": 100, "motion": ["fixed", "portable"], "roaming_days": 2}],
        effects={"clone": "refuse", "drone": "emergency"},
        grant_s=120,
    )
    names = Names({"list": ["others", "aid"], "plan": ["old", "home"], "country": ["FR"]})
    terms = rules.terms((NOW - EPOCH) // US, names)
    berlin, sea = rules.zones_at([52.52, 0.0], [13.40, -20.0]).tolist()
    bit = {name: 1 << names.number("list", name) for name in ("aid", "press")}
    assert sorted(terms.list_masks[berlin].tolist()) == sorted([0, 0, bit["aid"], bit["aid"] | bit["press"]])
    assert not terms.list_masks[sea].any()
    assert (terms.service[berlin], terms.licence[berlin]) == (Service.LISTED, Licence.LICENSED)
    assert terms.motion[berlin] == 1 << Motion.FIXED
    assert terms.prohibited_uses[berlin] == 1 << names.number("use", "guiding")
    sold = terms.sold_table[terms.sold_in[berlin]]
    assert {names.name("country", k) for k in np.flatnonzero(sold).tolist()} == {"DE", "FR"}
    assert terms.sold_in[sea] == -1
    assert (terms.country[sea], terms.sea[sea]) == (-1, True)
    assert names.name("country", int(terms.country[berlin])) == "DE"
    assert terms.max_altitude_m[berlin] == 100
    assert np.isinf(terms.max_speed_kmh[berlin])
    assert terms.plan_known.tolist() == [False, True]
    assert terms.plan_rate_mbps[1] == 100
    assert terms.plan_roaming_us[1] == 2 * 86_400_000_000
    effects = dict(zip(FINDINGS, terms.effects.tolist(), strict=True))
    assert (effects["clone"], effects["drone"]) == (Outcome.REFUSE, Outcome.EMERGENCY)
    assert effects["resale"] == Outcome.SERVE
    assert terms.grant_us == 120_000_000
    assert terms.says(berlin, Reason.NOT_ON_LIST) == ("listed", "By listed.")
    assert terms.says(berlin, Reason.COUNTRY_OF_SALE) == ("de", "By de.")
    assert terms.says(sea, Reason.AT_SEA) == ("", rules.elsewhere.decision)
    assert terms.says(berlin, Reason.BAD_SIGNATURE) == ("", "")


# ---------------------------------------------------------------- what is told, and what is refused


def test_overlaps_are_told_with_what_holds_and_where(ruled: Rules) -> None:
    half = shapely.box(13, 52, 14, 53)
    rules = ruled(
        region("wide", countries=["DE"], licence="licensed", max_speed_kmh=100),
        region("narrow", polygon="b.geojson", licence="pending", max_speed_kmh=50),
        region("same", polygon="b.geojson", licence="pending"),
        region(
            "later",
            polygon="b.geojson",
            licence="none",
            begins=datetime(2027, 1, 1),
            ends=datetime(2028, 1, 1),
        ),
        region("over", polygon="b.geojson", service="off", ends=datetime(2026, 12, 1)),
        region("apart", countries=["FR"], licence="prohibited"),
        region("then", polygon="b.geojson", service="on", begins=datetime(2026, 12, 1)),
        files={"b.geojson": half},
    )
    told = {(each.first, each.second, each.differs): each for each in rules.overlaps}
    assert told.keys() == {
        ("wide", "narrow", "licence"), ("wide", "narrow", "max_speed_kmh"), ("wide", "same", "licence"),
        ("wide", "later", "licence"), ("narrow", "later", "licence"), ("same", "later", "licence"),
    }  # fmt: skip
    assert told["wide", "narrow", "licence"].holds == "pending"
    assert told["wide", "narrow", "max_speed_kmh"].holds == "50 km/h"
    assert told["wide", "narrow", "licence"].where.startswith(("DE, 52.", "DE, 53."))


SQUARE = shapely.box(-130, -50, -128, -48)
BOW = '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}'
OVER = '{"type": "Polygon", "coordinates": [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]}'
BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"countries": ["Germny"]}, {}, "regions[0].countries[0]: 'Germny' given; a country by ISO alpha-2 code"),
    ({"countries": ["Germny"]}, {}, "close to it: DE"),
    ({"areas": ["Krimea"]}, {}, "regions[0].areas[0]: 'Krimea' given; the name of a disputed area"),
    ({"sea": True, "minus": ["othr"]}, {}, "regions[0].minus[0]: 'othr' given; the name of a region"),
    ({"sea": True, "minus": ["bad"]}, {}, "a region cannot be taken out of itself"),
    (
        {"sea": True, "service": "listed", "lists": ["x"]},
        {},
        "regions[0].lists[0]: 'x' given; the name of a list",
    ),
    ({"sea": True, "service": "listed"}, {}, "regions[0]: lists: is missing"),
    ({"sea": True, "lists": ["x"]}, {}, "regions[0]: lists: given with service"),
    ({}, {}, "covers nothing: give countries, areas, polygon, cells, sea or band"),
    ({"polygon": "none.geojson"}, {}, "regions[0].polygon: "),
    ({"polygon": "bow.geojson"}, {}, "Self-intersection[0.5 0.5]"),
    ({"polygon": "over.geojson"}, {}, "over the antimeridian"),
    ({"cells": ["-1"]}, {}, "regions[0] (bad): cells[0]: '-1' given; an H3 cell in hex"),
    ({"cells": ["f" * 17]}, {}, "given; an H3 cell in hex"),
    ({"cells": ["85283473fffffff", "xyz"]}, {}, "regions[0] (bad): cells[1]: 'xyz' given; an H3 cell in hex"),
    (
        {"band": {"line": "coast", "countries": ["PT"]}},
        {},
        "regions[0].band: width_km: 0 given; a number above 0",
    ),
    (
        {"band": {"line": "coast", "countries": ["PT"], "width_km": -3.0}},
        {},
        "regions[0].band.width_km: -3.0 given",
    ),
    ({"band": {"line": "coast", "width_km": 3.0}}, {}, "a band needs countries or a polygon"),
    ({"band": {"width_km": 3.0}}, {}, 'line: is missing; "coast" or "border"'),
    ({"band": {"line": "border", "countries": ["IS"], "width_km": 3.0}}, {}, "there is no border of IS"),
    ({"band": {"line": "coast", "countries": ["AQ"], "width_km": 900.0}}, {}, "degrees of latitude"),
    (
        {"sea": True, "begins": datetime(2026, 5, 1), "ends": datetime(2026, 5, 1)},
        {},
        "ends: 2026-05-01T00:00Z given; it is after begins",
    ),
    ({"sea": True, "hours": ["8-12"]}, {}, "regions[0]: hours[0]: '8-12' given"),
    ({"sea": True, "hours": ["08:00-12:00", "11:00-13:00"]}, {}, "they may not overlap"),
    ({"sea": True, "licence": "yes"}, {}, "regions[0].licence: 'yes' given; one of"),
    ({"sea": True, "licence_ground": "x"}, {}, "licence_ground: given without licence"),
    ({"sea": True, "colour": "red"}, {}, "regions[0].colour: there is no such key"),
    (
        {"countries": ["FR"], "minus": ["all"]},
        {},
        "regions[0] (bad): it covers nothing after what is taken out",
    ),
    (
        {"sea": True},
        {"lists": [{"name": "a", "custodian": "b", "custodian_key": "12"}]},
        "lists[0]: custodian_key: '12' given",
    ),
    (
        {"sea": True},
        {"territories": [{"code": "XX", "name": "a", "polygon": "s.geojson"}]},
        "territories[0]: code: 'XX' given",
    ),
    ({"sea": True}, {"territories": [{"code": "QZ", "name": "a", "polygon": "de.geojson"}]}, "overlaps DE"),
    (
        {"sea": True},
        {"territories": [{"code": code, "name": code, "polygon": "s.geojson"} for code in ("QY", "QZ")]},
        "overlaps QY",
    ),
    ({"sea": True}, {"plans": [{"name": "a"}, {"name": "a"}]}, "plans[1]: the name 'a' stands twice"),
    ({"sea": True}, {"version": -1}, "version: -1 given"),
    ({"sea": True}, {"effects": {"clone": "kill"}}, "effects.clone: 'kill' given; one of"),
]


@pytest.mark.parametrize(("said", "top", "message"), BAD)
def test_a_refusal_says_where_what_and_what_is_allowed(
    said: dict[str, Any], top: dict[str, Any], message: str, ruled: Rules
) -> None:
    files = {
        "s.geojson": SQUARE,
        "bow.geojson": BOW,
        "over.geojson": OVER,
        "de.geojson": shapely.box(9, 50, 10, 51),
    }
    everything = region("all", countries=["FR"])
    with pytest.raises(InputError) as refusal:
        ruled(region("bad", **said), everything, files=files, **top)
    assert str(refusal.value).startswith("made.toml: ")
    assert message in str(refusal.value)


def test_a_file_that_is_not_there_is_said_so() -> None:
    with pytest.raises(InputError, match=r"nowhere: no such rule file; built in are .*illustration"):
        RuleSet.load("nowhere")


def test_points_out_of_range_are_refused(ruled: Rules) -> None:
    rules = ruled(region("sea", sea=True))
    for lat, lon in ((91.0, 0.0), (math.nan, 0.0), (0.0, math.inf)):
        with pytest.raises(InputError, match="point 0: latitude"):
            rules.at(lat, lon, NOW)
    assert rules.zones_at([10.0, 90.0, -90.0], [340.0, 0.0, 0.0])[0] == rules.zones_at(10.0, -20.0)[0]
