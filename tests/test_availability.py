"""The public map against the table of sales, the rules at single points, and areas worked out by others."""

import csv
import json
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pyproj
import pytest
import shapely
from enforced_log import governed
from region_log import NORTH, Story, told
from serving import Service, served

from openleo.http import availability
from openleo.places import countries
from openleo.service.availability import Holds, Map, map_of, state_of
from openleo.service.outlines import Ground, area_km2, drawn, geojson
from openleo.service.regions import RuleSet
from openleo.service.sales import sales_of

JULY = datetime(2026, 7, 1, 12, tzinfo=UTC)
JULY_US = round(JULY.timestamp() * 1e6)
LICENSED = '[elsewhere]\nlicence = "licensed"\ndecision = "Tests."\n'


def ruled(text: str, folder: Path = Path(), **shapes: shapely.Geometry) -> RuleSet:
    """A rule set of a text, and of shapes in files by their names."""
    for name, shape in shapes.items():
        (folder / f"{name}.geojson").write_text(json.dumps(shapely.geometry.mapping(shape)))
    return RuleSet.parse(tomllib.loads(f'name = "tests"\n{text}'), folder)


def region(name: str, where: str, said: str) -> str:
    return f'[[regions]]\nname = "{name}"\ndecision = "By {name}."\n{where}\n{said}\n'


def mapped(rules: RuleSet, at_us: int = JULY_US) -> Map:
    return map_of(rules, Ground(rules.division), at_us)


def three(holds: Holds) -> tuple[str | None, str | None, str]:
    return holds.licence, holds.service, holds.sales


# ------------------------------------------------------------------ the state for a map


def test_no_state_hides_a_licence_or_a_service_state_behind_a_sales_state() -> None:
    licences = (None, "licensed", "pending", "none", "prohibited")
    services = (None, "on", "off", "listed", "emergency")
    sold = ("available", "waitlist", "coming soon", "not offered", "decided by area", "unknown")
    for licence, service, sales in product(licences, services, sold):
        state = state_of(licence, service, sales)
        if licence is None or service is None:
            assert state == "unknown"
        elif licence != "licensed":
            assert state == "no licence", (licence, service, sales)
        elif service != "on":
            assert state == "service off", (licence, service, sales)
        else:
            assert state == sales


# ------------------------------------------------------------------ countries and areas


def test_each_country_has_the_sales_state_of_the_table_and_is_licensed_by_default() -> None:
    text = (files("openleo") / "data" / "sales.csv").read_text()
    table = {row["code"]: (row["state"], row["date"]) for row in csv.DictReader(text.splitlines())}
    found = mapped(ruled(LICENSED))
    here = [each for each in found.countries if len(each.code) == 2 and not each.wholly_disputed]
    assert len(here) > 230
    for each in here:
        if each.holds.licence is not None:  # the base map draws no land of one
            assert three(each.holds)[:2] == ("licensed", "on")
        assert (each.holds.sales, each.holds.sales_date) == table[each.code], each.code
    assert {each.holds.state for each in here} >= {"available", "coming soon", "not offered"}


def test_coming_soon_where_use_is_forbidden_keeps_both_facts() -> None:
    forbidden = ("TR", "ZA")
    assert {sales_of(code)[0] for code in forbidden} == {"coming soon"}
    codes = json.dumps(forbidden)
    rules = ruled(LICENSED + region("law", f"countries = {codes}", 'licence = "prohibited"'))
    for each in mapped(rules).countries:
        if each.code in forbidden:
            assert three(each.holds) == ("prohibited", "on", "coming soon")
            assert each.holds.state == "no licence"
            said = {one.topic: (one.region, one.decision) for one in each.holds.said}
            assert said["licence"] == ("law", "By law.")
            assert said["sales"][0] is None


@pytest.mark.parametrize("claimant", ["UA", "RU"])
def test_a_disputed_area_is_given_to_none_of_its_claimants(claimant: str) -> None:
    found = mapped(ruled(region("licence", f'countries = ["{claimant}"]', 'licence = "licensed"')))
    crimea = next(each for each in found.areas if each.name == "Crimea")
    assert crimea.disputed
    assert set(crimea.claimants) == {"UA", "RU"}
    assert crimea.holds.licence == "none"
    assert crimea.holds.sales == "unknown"
    by_code = {each.code: each for each in found.countries}
    assert by_code[claimant].holds.licence == "licensed"
    assert by_code["RU"].areas == ("Crimea",)  # whoever the base map draws in control
    assert by_code["RU"].mixed
    assert len(by_code[claimant].parts) == 1  # the area is no part of it, however it is mixed


def test_an_area_that_a_region_names_is_said_to_be_licensed_there() -> None:
    rules = ruled(region("named", 'countries = ["UA"]\nareas = ["Crimea"]', 'licence = "licensed"'))
    crimea = next(each for each in mapped(rules).areas if each.name == "Crimea")
    assert crimea.holds.licence == "licensed"
    assert crimea.regions == ("named",)


@pytest.mark.slow
def test_what_holds_at_any_point_is_among_the_parts_of_its_country_area_or_the_sea() -> None:
    rules = RuleSet.load("illustration")
    found = mapped(rules)
    of_country = {each.code: each for each in found.countries}
    of_area = {each.name: each for each in found.areas}
    dice = np.random.default_rng(5)
    lon, lat = dice.uniform(-180, 180, 1500), np.degrees(np.arcsin(dice.uniform(-1, 1, 1500)))
    seen = 0
    for at_lat, at_lon in zip(lat.tolist(), lon.tolist(), strict=True):
        here = rules.at(at_lat, at_lon, JULY)
        said = (here.licence.name.lower(), here.service.name.lower(), here.sales)
        listed = of_area[here.area] if here.area else of_country[here.country] if here.country else None
        if listed is not None:
            seen += 1
            assert said in {three(part.holds) for part in listed.parts}, (at_lat, at_lon)
            assert here.regions == () or set(here.regions) <= set(listed.regions)
    assert seen > 300


@pytest.mark.slow
def test_shares_are_those_of_points_thrown_at_a_country() -> None:
    rules = RuleSet.load("illustration")
    rwanda = next(each for each in mapped(rules).countries if each.code == "RW")
    strip = next(part for part in rwanda.parts if part.holds.service == "emergency")
    dice = np.random.default_rng(11)
    lon, lat = dice.uniform(28.8, 31.0, 40_000), dice.uniform(-2.9, -1.0, 40_000)
    zones = rules.zones_at(lat, lon)
    index = rules.division.country_names.index("RW")
    own = zones[rules.division.country[zones] == index]
    names = [each.name for each in rules.regions]
    inside = rules.division.member[own, names.index("Border strip (illustration)")]
    assert strip.share == pytest.approx(inside.mean(), abs=0.008)
    assert sum(part.share for part in rwanda.parts) == pytest.approx(1.0, abs=1e-5)
    assert rwanda.mixed


def test_the_largest_part_of_a_country_is_what_is_said_of_it(tmp_path: Path) -> None:
    land = shapely.box(-40.0, 20.0, -30.0, 30.0)
    text = '[[territories]]\ncode = "QM"\nname = "Isle"\npolygon = "land.geojson"\n'
    text += region("west", 'polygon = "west.geojson"', 'service = "off"')
    west = shapely.box(-40.0, 20.0, -37.5, 30.0)  # a quarter by its meridians, whatever the projection
    rules = ruled(LICENSED + text, tmp_path, land=land, west=west)
    isle = next(each for each in mapped(rules).countries if each.code == "QM")
    assert (isle.name, isle.invented, isle.mixed) == ("Isle", True, True)
    assert [(part.share, part.holds.service) for part in isle.parts] == [(0.75, "on"), (0.25, "off")]
    assert isle.holds == isle.parts[0].holds
    assert isle.where is not None
    assert 20.0 < isle.where.lat_deg < 30.0
    there = next(each for each in mapped(rules).regions)
    assert (there.countries, there.holds.state, there.mixed) == (("QM",), "service off", False)


def test_areas_are_those_of_the_ellipsoid_to_a_percent() -> None:
    rules = ruled(LICENSED)
    ground = Ground(rules.division)
    geod = pyproj.Geod(ellps="WGS84")
    for code in ("FR", "RU", "KE", "FJ", "CL"):
        shape, _ = ground.shape("country", rules.division.country_names.index(code))
        assert shape is not None
        exact = abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 1e6
        assert area_km2(shape) == pytest.approx(exact, rel=0.01), code
    assert ground.area_km2.sum() == pytest.approx(510.07e6, rel=1e-4)  # all of the sphere, once


# ------------------------------------------------------------------ outlines


@pytest.mark.slow
def test_an_outline_holds_the_points_that_the_rules_say_are_in_the_region() -> None:
    rules = RuleSet.load("illustration")
    ground = Ground(rules.division)
    dice = np.random.default_rng(3)
    for name in ("Quiet zone (illustration)", "Border strip (illustration)", "Lake survey (illustration)"):
        r = [each.name for each in rules.regions].index(name)
        shape, sea = ground.shape("region", r)
        assert shape is not None
        assert not sea
        west, south, east, north = shape.bounds
        lon, lat = dice.uniform(west, east, 4000), dice.uniform(south, north, 4000)
        ruled_in = rules.division.member[rules.zones_at(lat, lon), r]
        assert ruled_in.sum() > 0
        assert (shapely.contains_xy(shape, lon, lat) == ruled_in).all(), name


def test_what_is_taken_out_of_a_region_is_not_in_its_outline(tmp_path: Path) -> None:
    text = '[[territories]]\ncode = "QM"\nname = "Isle"\npolygon = "land.geojson"\n'
    text += region("drawn", 'polygon = "drawn.geojson"\nminus = ["hole"]', 'service = "off"')
    text += region("country", 'countries = ["QM"]\nminus = ["hole"]', 'service = "off"')
    text += region("hole", 'polygon = "hole.geojson"', "rate_mbps = 5")
    shapes = {
        "land": shapely.box(-40, 20, -30, 30),
        "drawn": shapely.box(-41, 21, -29, 29),
        "hole": shapely.box(-36, 24, -34, 26),
    }
    ground = Ground(ruled(LICENSED + text, tmp_path, **shapes).division)
    for r, name in enumerate(("drawn", "land")):
        found, sea = ground.shape("region", r)
        assert found is not None
        assert not sea
        assert found.symmetric_difference(shapes[name].difference(shapes["hole"])).area < 1e-9, name


@pytest.mark.slow
def test_an_outline_of_fifty_thousand_points_is_shown_with_few_that_are_as_near_as_it_says(
    tmp_path: Path,
) -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, 50_001)[:-1]
    away = 4.0 + 0.2 * np.sin(60 * turn) + 0.01 * np.sin(9000 * turn)
    ring = np.column_stack([-40.0 + away * np.cos(turn), 25.0 + away * np.sin(turn)])
    coast = shapely.Polygon(ring)
    assert coast.is_valid
    rules = ruled(
        LICENSED + region("isle", 'polygon = "isle.geojson"', 'service = "off"'), tmp_path, isle=coast
    )
    shape, _ = Ground(rules.division).shape("region", 0)
    found = drawn(shape, 12_000)
    assert found.shape is not None
    assert found.vertices > 50_000
    assert 100 < found.vertices_shown <= 12_000
    assert found.shape.is_valid
    assert found.tolerance_deg > 0.0
    far = shapely.hausdorff_distance(found.shape.boundary, shapely.boundary(shape))
    assert far <= found.tolerance_deg * 1.001
    whole = drawn(shape, 0)
    assert (whole.vertices_shown, whole.tolerance_deg) == (found.vertices, 0.0)


def test_an_outline_over_the_antimeridian_is_cut_there(tmp_path: Path) -> None:
    both = shapely.MultiPolygon([shapely.box(175, 20, 180, 30), shapely.box(-180, 20, -176, 30)])
    rules = ruled(LICENSED + region("far", 'polygon = "far.geojson"', 'service = "off"'), tmp_path, far=both)
    ground = Ground(rules.division)
    shape, _ = ground.shape("region", 0)
    assert shape is not None
    assert area_km2(shape) == pytest.approx(area_km2(both), rel=1e-9)
    for polygon in geojson(shape)["coordinates"]:
        for ring in polygon:
            lon = np.array(ring)[:, 0]
            assert np.abs(lon).max() <= 180.0
            assert np.abs(np.diff(lon)).max() < 180.0, "an edge goes round the world"
    lat, lon_deg = 25.0, 179.9
    assert shapely.contains_xy(shape, lon_deg, lat)
    assert shapely.contains_xy(shape, -179.9, lat)


def test_cells_become_one_outline() -> None:
    import h3

    cells = h3.grid_disk(h3.latlng_to_cell(10.0, -40.0, 4), 1)
    rules = ruled(LICENSED + region("disk", f"cells = {json.dumps(cells)}", 'service = "off"'))
    shape, _ = Ground(rules.division).shape("region", 0)
    found = drawn(shape, 0)
    assert found.parts == 1
    exact = sum(h3.cell_area(cell, "km^2") for cell in cells)
    assert found.shape is not None
    assert area_km2(found.shape) == pytest.approx(exact, rel=0.01)


# ------------------------------------------------------------------ over HTTP


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("availability")
    text = region("Slash/and <i>tag</i>\\nline", 'polygon = "box.geojson"', 'service = "off"')
    text += region(
        "Season", 'polygon = "box.geojson"',
        'service = "emergency"\nbegins = 2026-05-01T00:00:00Z\nends = 2026-11-01T00:00:00Z',
    )  # fmt: skip
    rules = ruled(LICENSED + text, folder, box=shapely.box(-40, 20, -30, 30))
    with served(str(folder / "store.db"), enforced=rules) as running:
        yield running


def asked(service: Service, path: str, **more: Any) -> Any:
    answer = service.ask("GET", path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_region(name: str, what: str) -> str:
    return f"/v1/regions/{quote(name, safe='')}/{what}"


def test_the_answer_says_for_when_it_is_and_by_which_rules(service: Service) -> None:
    now = asked(service, "/v1/availability")
    assert now["rules"]["digest"] == asked(service, "/v1/rules")["rules"]["digest"]
    assert now["log"] is None
    assert now["sales_date"] == "2026-07"
    assert len(now["countries"]) > 240
    assert len({each["code"] for each in now["countries"]}) == len(now["countries"])
    assert {each["code"] for each in now["countries"]} >= {
        each.code for each in countries() if each.code != "-"
    }
    june = asked(service, "/v1/availability?at=2026-06-01")
    assert june["at"] == "2026-06-01T00:00:00Z"
    season = next(each for each in june["regions"] if each["name"] == "Season")
    assert (season["in_force"], season["ends"]) == (True, "2026-11-01T00:00:00Z")
    assert june["coming"]["at"] == "2026-11-01T00:00:00Z"
    april = asked(service, "/v1/availability?at=2026-04-01T00:00:00%2B02:00")
    assert april["coming"]["at"] == "2026-05-01T00:00:00Z"
    assert april["at"] == "2026-03-31T22:00:00Z"


def test_a_region_of_any_name_has_an_outline_and_a_history(service: Service) -> None:
    name = "Slash/and <i>tag</i>\nline"
    said = asked(service, of_region(name, "outline"))
    assert said["properties"]["name"] == name
    assert shapely.geometry.shape(said["geometry"]).equals(shapely.box(-40, 20, -30, 30))
    history = asked(service, of_region(name, "history"))
    assert (history["region"], history["log"], history["events"]) == (name, None, [])
    assert [(each["begins"], each["until"], each["service"]) for each in history["spans"]] == [
        (None, None, "off")
    ]


def test_without_a_log_a_region_tells_the_times_that_it_states(service: Service) -> None:
    spans = asked(service, of_region("Season", "history"))["spans"]
    assert [(each["begins"], each["until"], each["said_of"], each["service"]) for each in spans] == [
        (None, "2026-05-01T00:00:00Z", False, None),
        ("2026-05-01T00:00:00Z", "2026-11-01T00:00:00Z", True, "emergency"),
        ("2026-11-01T00:00:00Z", None, False, None),
    ]
    assert all(each["entry"] is None and each["page"] is None for each in spans)


def test_areas_and_countries_have_outlines_too_and_names_do_not_mix(service: Service) -> None:
    crimea = asked(service, "/v1/regions/Crimea/outline?kind=area")
    assert crimea["properties"]["claimants"] == ["UA", "RU"]
    simferopol = shapely.Point(34.1, 44.95)
    assert shapely.geometry.shape(crimea["geometry"]).contains(simferopol)
    kenya = asked(service, "/v1/regions/KE/outline?kind=country")
    assert kenya == asked(service, "/v1/regions/Kenya/outline?kind=country")
    assert shapely.geometry.shape(kenya["geometry"]).contains(shapely.Point(36.82, -1.29))
    assert service.ask("GET", "/v1/regions/Crimea/outline").status_code == 404
    every = asked(service, "/v1/outlines")
    names = [each["properties"]["name"] for each in every["features"]]
    assert {"Season", "Crimea", "Kashmir"} <= set(names)
    for each in every["features"]:
        assert each["properties"]["vertices_shown"] <= 1500
        assert shapely.geometry.shape(each["geometry"]).is_valid, each["properties"]["name"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/availability?at=1969-12-31", 422, "at"),
        ("/v1/availability?at=0001-01-01T00:00:00%2B10:00", 422, "at"),
        ("/v1/availability?at=9999-12-31T23:59:59Z", 422, "at"),
        ("/v1/availability?at=soon", 422, "at"),
        ("/v1/availability?when=now", 422, "when"),
        ("/v1/regions/nowhere/outline", 404, "name"),
        ("/v1/regions/nowhere/history", 404, "name"),
        ("/v1/regions/Season/outline?kind=planet", 422, "kind"),
        ("/v1/regions/Season/history?lang=de", 422, "lang"),
        (f"/v1/regions/{'x' * 3000}/outline", 422, "name"),
        ("/v1/regions/%00%ff/outline", 404, "name"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_names_the_field(
    service: Service, path: str, status: int, field: str
) -> None:
    answer = service.ask("GET", path)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_answers_are_compressed_for_who_takes_it(service: Service) -> None:
    for path in ("/v1/availability", "/v1/outlines"):
        small = service.ask("GET", path, headers={"accept-encoding": "gzip"})
        large = service.ask("GET", path, headers={"accept-encoding": "identity"})
        assert small.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in large.headers
        assert int(small.headers["content-length"]) * 2 < int(large.headers["content-length"])
    assert asked(service, "/v1/outlines") == large.json()


# ------------------------------------------------------------------ by a log


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with told(tmp_path_factory.mktemp("story")) as found:
        yield found


def test_the_history_of_a_region_has_each_term_of_the_log_with_its_entry(story: Story) -> None:
    history = asked(story.service, of_region(NORTH, "history"))
    assert history["log"] == "log.example/rules"
    terms = story.log.said.terms
    spans = history["spans"]
    assert [each["entry"] for each in spans] == [each.index for each in terms]
    assert [each["entry"] for each in spans] == [
        story.entries[name] for name in ("first", "off", "storm", "off", "again")
    ]
    assert [each["begins"] for each in spans] == [
        datetime.fromtimestamp(each.from_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in terms
    ]
    assert [each["service"] for each in spans] == [None, "off", "off", "off", None]
    assert [each["pending"] for each in spans] == [False, False, False, True, True]
    assert [each["emergency"] for each in spans] == [False, False, True, False, False]
    assert spans[2]["beside"] == [{"name": "storm", "licence": None, "service": "emergency"}]
    for each in (*spans, *history["events"]):
        assert each["page"] == f"/log/{each['entry']}"
        assert story.service.ask("GET", each["page"]).status_code == 200


def test_what_happened_is_told_with_who_did_it_in_the_language_asked_for(story: Story) -> None:
    events = asked(story.service, of_region(NORTH, "history"))["events"]
    entries = story.entries
    assert [(each["what"], each["entry"], each["who"]) for each in events if each["what"] != "approval"] == [
        ("change", entries["first"], "The desk"), ("request", entries["request"], "Ministry QP"),
        ("change", entries["off"], "The desk"), ("answer", entries["answer"], "the desk"),
        ("emergency", entries["storm"], "The desk"), ("change", entries["again"], "The desk"),
    ]  # fmt: skip
    states = {each["entry"]: each["state"] for each in events if each["what"] in ("change", "emergency")}
    assert states[entries["again"]] == "waiting"
    assert states[entries["first"]] == "ended"
    approvals = [(each["entry"], each["who"]) for each in events if each["what"] == "approval"]
    assert approvals.count((entries["off"], "North")) == approvals.count((entries["off"], "South")) == 1
    assert (entries["storm"], "North") in approvals
    assert (entries["storm"], "South") not in approvals
    french = asked(story.service, of_region(NORTH, "history") + "?lang=fr")
    assert any("demande de nouvelles règles" in each["said"][0] for each in french["events"])
    assert french["spans"][0]["said"][0].startswith("Du 2026-10-26")


def test_a_region_that_is_no_more_or_was_only_asked_about_keeps_its_history(story: Story) -> None:
    storm = asked(story.service, of_region("storm", "history"))
    assert [each["said_of"] for each in storm["spans"]] == [False, False, True, False, False]
    assert story.service.ask("GET", of_region("never", "history")).status_code == 404


def test_by_a_log_each_instant_has_the_rules_that_held_then(story: Story) -> None:
    def at(time: str) -> tuple[int | None, list[str | None]]:
        found = asked(story.service, f"/v1/availability?at={time}")
        north = [each["holds"]["service"] for each in found["regions"] if each["name"] == NORTH]
        return (found["log"] or {}).get("entry"), north

    assert at("2026-10-27") == (story.entries["first"], ["on"])
    assert at("2026-11-20") == (story.entries["off"], ["off"])
    assert at("2026-11-27T20:00:00Z") == (story.entries["storm"], ["off"])
    assert at("2026-12-02") == (story.entries["again"], ["on"])
    now = asked(story.service, "/v1/availability")
    assert (now["log"]["entry"], now["log"]["kind"]) == (story.entries["storm"], "emergency")
    assert now["coming"] == {"at": "2026-11-28T08:05:00Z", "countries": [], "areas": [], "regions": ["storm"]}


def test_a_point_has_the_rules_of_its_time_and_the_entry_that_brought_them(story: Story) -> None:
    def at(time: str) -> tuple[int, str]:
        found = asked(story.service, f"/v1/regions/at?lat=41&lon=-29&at={time}")
        return found["log"]["entry"], found["service"]

    assert at("2026-10-27") == (story.entries["first"], "on")
    assert at("2026-11-20") == (story.entries["off"], "off")
    assert at("2026-12-02") == (story.entries["again"], "on")
    assert at("2020-01-01") == at("2026-11-27T20:00:00Z")  # before the log, by what holds now


def test_before_any_rules_nobody_is_served_and_what_was_sold_stays_a_fact(tmp_path: Path) -> None:
    with (
        governed(tmp_path) as log,
        served(str(tmp_path / "s.db"), clock=log.clock, enforced=log.enforcement()) as service,
    ):
        found = asked(service, "/v1/availability")
        assert (found["rules"], found["log"], found["regions"]) == (None, None, [])
        assert {each["holds"]["state"] for each in (*found["countries"], *found["areas"])} == {"unknown"}
        assert (
            next(each for each in found["countries"] if each["code"] == "KE")["holds"]["sales"] == "available"
        )
        assert service.ask("GET", "/v1/outlines").status_code == 503
        assert service.ask("GET", "/v1/regions/any/outline").status_code == 503
        assert service.ask("GET", "/v1/regions/any/history").status_code == 404


def test_a_small_place_where_nobody_is_served_makes_a_large_country_mixed(tmp_path: Path) -> None:
    small = shapely.box(-100.0, 65.0, -99.94, 65.02)  # 2.8 by 2.2 km
    off = region("Small", 'polygon = "small.geojson"', 'service = "off"')
    found = mapped(ruled(LICENSED + off, tmp_path, small=small))
    canada = next(each for each in found.countries if each.code == "CA")
    assert canada.mixed
    assert [each.holds.service for each in canada.parts] == ["on", "off"]
    assert canada.parts[1].share == pytest.approx(6.2 / 9.97e6, abs=5e-7)


def test_whoever_waits_for_the_map_takes_no_thread_from_other_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Map:
        begun.set()
        assert go_on.wait(30.0)
        return map_of(*given)

    monkeypatch.setattr(availability, "map_of", slow)
    with served(
        str(tmp_path / "h.db"), enforced=ruled(LICENSED + region("new", "countries = ['FR']", ""))
    ) as service:

        def asked(_: int) -> httpx.Response:
            return httpx.get(f"{service.url}/v1/availability", timeout=60.0)

        with ThreadPoolExecutor(60) as crowd:
            waiting = [crowd.submit(asked, k) for k in range(60)]
            assert begun.wait(30.0)
            try:
                assert httpx.get(f"{service.url}/v1/reasons", timeout=15.0).status_code == 200
            finally:
                go_on.set()
            answers = [each.result() for each in waiting]
    status = [each.status_code for each in answers]
    assert set(status) == {200, 503}
    assert all("retry-after" in each.headers for each in answers if each.status_code == 503)
