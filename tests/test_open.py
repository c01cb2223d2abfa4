"""Rule files over a world: which cells may be lit, where traffic lands, from when on, and the digest."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
import shapely

from openleo import Twin, World, open_dataset, open_twin, places
from openleo.errors import InputError
from openleo.operate.open import rules_at, rules_of
from openleo.rules import Rules, no_rules
from openleo.service.regions import RuleSet
from openleo.world import Gateway, build_cells

LICENSED = 'name = "r"\n[elsewhere]\nlicence = "licensed"\ndecision = "Assumed."\n'
NOON = np.datetime64("2026-01-01T12:00:00", "us")


def written(folder: Path, text: str, name: str = "r.rules.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def square(folder: Path, name: str, west: float, east: float) -> str:
    """Write a polygon from 30 to 40 degrees north; returns the name of its file."""
    ring = f"[[{west},30],[{east},30],[{east},40],[{west},40],[{west},30]]"
    (folder / f"{name}.geojson").write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}')
    return f"{name}.geojson"


def region(name: str, *lines: str) -> str:
    return "\n".join(["[[regions]]", f'name = "{name}"', f'decision = "{name}: decided."', *lines, ""])


def over(world: World, rules: Path, time: np.datetime64 = NOON, gateways: tuple[Gateway, ...] = ()) -> Rules:
    return rules_at(RuleSet.load(rules))(build_cells(world), gateways, time)


@pytest.fixture(scope="module")
def mediterranean(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Cells of resolution 2 from 20 west to 25 east, 25 to 45 north."""
    text = (
        'base = "duo"\n[cells]\narea = "box"\nresolution = 2\nbox = [25, -20, 45, 25]\n[demand]\nfile = ""\n'
    )
    return World.load(written(tmp_path_factory.mktemp("world"), text, "box.toml"))


def test_rules_of_regions_over_cells(tmp_path: Path, mediterranean: World) -> None:
    a, b, c = (square(tmp_path, name, *at) for name, at in (("a", (0, 10)), ("b", (5, 15)), ("c", (8, 20))))
    text = LICENSED
    for name, lines in (
        ("on", (f'polygon = "{a}"', 'landing = ["it"]')),
        ("on too", (f'polygon = "{b}"', 'landing = ["France", "IT"]')),
        ("off", (f'polygon = "{b}"', 'service = "off"')),
        ("off too", (f'polygon = "{b}"', 'service = "off"')),
        ("no licence", (f'polygon = "{c}"', 'licence = "none"')),
        ("Morocco", ('countries = ["MA"]', 'service = "off"')),
    ):
        text += region(name, *lines)
    cells = build_cells(mediterranean)
    rules = over(mediterranean, written(tmp_path, text))
    box = [shapely.box(w, 30, e, 40) for w, e in ((0, 10), (5, 15), (8, 20))]
    lat_deg, lon_deg = places.spots(cells)
    in_a, in_b, in_c = (shapely.contains_xy(each, lon_deg, lat_deg) for each in box)
    morocco = cells.country == places.country_index("MA")
    assert in_a.any()
    assert in_c.any()
    assert morocco.any()
    near_coast = places.country_of(cells.lat_deg, cells.lon_deg, tolerance_km=3.0) != cells.country
    dark = in_b | in_c | morocco
    assert np.array_equal(rules.lit[~near_coast], ~dark[~near_coast])
    expected = np.full(len(cells), -1)
    expected[in_a] = 0
    expected[morocco] = 5
    expected[in_b] = 2  # off before what says nothing of it, and the first of two that are off
    expected[in_c] = 4  # no licence before off
    assert np.array_equal(rules.region[~near_coast], expected[~near_coast])
    assert rules.regions[4] == "no licence"
    assert rules.decision(int(np.flatnonzero(in_c)[0])) == "no licence: decided."
    assert rules.decision(int(np.flatnonzero(~dark & ~in_a)[0])) == "Assumed."
    assert rules.landings[0] == ()
    land = [rules.landings[g] for g in rules.landing]
    assert {land[i] for i in np.flatnonzero(in_a)} == {("IT",)}  # where two meet: what both allow
    assert {land[i] for i in np.flatnonzero(in_b & ~in_a)} == {("FR", "IT")}
    assert {land[i] for i in np.flatnonzero(~in_a & ~in_b)} == {()}


def test_landings_that_leave_no_country_in_common_leave_no_gateway(tmp_path: Path) -> None:
    text = LICENSED + region("one", 'countries = ["GA"]', 'landing = ["UG"]')
    assert served(tmp_path, text) == ["served", "served"]
    text += region("two", 'countries = ["GA"]', 'landing = ["KE"]')
    assert served(tmp_path, text) == ["no_gateway", "served"]


def served(folder: Path, rules: str) -> list[str]:
    """The reasons of Libreville and Kampala in one slot of duo under some rules."""
    from openleo.plan import REASONS

    twin = open_twin("duo", rules=written(folder, rules), threads=1)
    slot = next(twin.slots(twin.world.epoch, 1))
    return [REASONS[slot.reason[cell]] for cell in np.argsort(twin.cells.lon_deg)]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (('licence = "licensed"',), "served"),
        (('licence = "pending"',), "rule"),
        (('licence = "none"',), "rule"),
        (('licence = "prohibited"',), "rule"),
        (('licence = "licensed"', 'service = "on"'), "served"),
        (('licence = "licensed"', 'service = "off"'), "rule"),
        (('licence = "licensed"', 'service = "emergency"'), "served"),  # a distress call needs a beam as well
    ],
)
def test_a_cell_is_lit_where_there_is_a_licence_and_service_is_not_off(
    tmp_path: Path, lines: tuple[str, ...], reason: str
) -> None:
    text = 'name = "r"\n' + region("Gabon", 'countries = ["GA"]', *lines)
    assert served(tmp_path, text) == [reason, "rule"]  # of Uganda nobody speaks: no licence


def test_a_list_lights_its_cells(tmp_path: Path) -> None:
    text = 'name = "r"\n[[lists]]\nname = "l"\ncustodian = "operator"\n'
    text += region(
        "Gabon", 'countries = ["GA"]', 'licence = "licensed"', 'service = "listed"', 'lists = ["l"]'
    )
    assert served(tmp_path, text)[0] == "served"


def test_a_gateway_in_a_disputed_area_is_in_no_country_for_landing(tmp_path: Path) -> None:
    """Simferopol is drawn in one country and claimed by two: traffic held to either does not land there."""
    (tmp_path / "demand.csv").write_text("lat,lon,demand_mbps\n45.2,33.9,10\n47.0,38.0,10\n")
    gateway = (
        '[[ground.gateways]]\nname = "G"\ncountry = "{}"\nlat_deg = 44.95\nlon_deg = 34.1\nantennas = 4\n'
    )
    text = 'base = "triangle"\nrules = "r.rules.toml"\n[demand]\nfile = "demand.csv"\n'
    for country in ("RU", "UA"):
        file = written(tmp_path, text + gateway.format(country), "w.toml")
        for landing, expected in (("", 2), (f'landing = ["{country}"]', 0)):
            sea = region("all", 'countries = ["RU", "UA"]', "sea = true", landing) if landing else ""
            written(tmp_path, LICENSED + sea)
            twin = open_twin(file, threads=1)
            assert twin.rules.nowhere.tolist() == [True]
            slot = next(twin.slots(twin.world.epoch, 1))
            assert slot.served.sum() in ((2,) if expected == 2 else (0, 1))
            if landing:
                held = twin.rules.landing > 0
                assert held.any()
                assert not slot.served[held].any()
    outside = World.load("triangle")
    assert open_twin(outside, threads=1).rules.nowhere.tolist() == [False]


def test_a_window_opens_and_closes_in_the_middle_of_a_run(tmp_path: Path) -> None:
    begins, ends = "2026-01-01T00:00:20Z", "2026-01-01T00:00:50Z"
    text = LICENSED + region(
        "Gabon", 'countries = ["GA"]', 'service = "off"', f"begins = {begins}", f"ends = {ends}"
    )
    twin = open_twin("duo", rules=written(tmp_path, text), threads=1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    slots = list(twin.slots(start, 6))
    libreville = int(np.argmin(twin.cells.lon_deg))
    dark = [not slot.rules.lit[libreville] for slot in slots]
    first, last = (np.datetime64(each[:-1]) for each in (begins, ends))
    assert dark == [bool(first <= slot.time < last) for slot in slots]
    assert sum(dark) == 2
    assert [bool(slot.served[libreville]) for slot in slots] == [not each for each in dark]
    for seconds, lit in ((30, False), (0, True), (100, True)):  # whatever was asked before
        again = next(twin.slots(start + timedelta(seconds=seconds), 1))
        assert again.rules.lit[libreville] == lit


def test_a_world_that_names_rules_is_not_run_without_them() -> None:
    world = World.load("triangle")
    with pytest.raises(InputError, match=r"triangle: rules: .*open_twin"):
        Twin.open(world)
    free = Twin.open(replace(world, rules=""), threads=1)
    assert free.rules.lit.all()
    assert free.digest() == replace(world, rules="").digest()
    with pytest.raises(InputError, match="3 cells and 1 gateways are needed"):
        Twin.open(world, rules=no_rules(7), threads=1)
    given = Twin.open(world, rules=no_rules(3, 1), threads=1)
    assert given.rules.lit.all()


def test_rules_are_found_by_name_by_path_and_beside_the_world(tmp_path: Path) -> None:
    file = written(tmp_path, LICENSED)
    world = World.load(written(tmp_path, 'base = "duo"\nrules = "r.rules.toml"\n', "w.toml"))
    own = rules_of(world)
    assert own is not None
    assert own.digest == RuleSet.load(file).digest
    based = World.load(written(tmp_path, 'base = "w.toml"\n', "x.toml"))
    assert rules_of(based).digest == own.digest  # type: ignore[union-attr]
    assert rules_of(World.load("duo")) is None
    other = rules_of(world, "illustration")
    assert other is not None
    assert other.digest != own.digest
    with pytest.raises(InputError, match=r"nosuch: no such rule file; built in are .*illustration"):
        rules_of(world, "nosuch")
    missing = replace(world, rules="none.rules.toml")
    with pytest.raises(InputError, match=r"none\.rules\.toml"):
        open_twin(missing)


def test_the_digest_of_a_twin_follows_its_rules_and_what_they_name(tmp_path: Path) -> None:
    name = square(tmp_path, "a", 9, 12)
    file = written(tmp_path, LICENSED + region("a", f'polygon = "{name}"', 'service = "on"'))
    seen = {open_twin("duo", threads=1).digest()}
    first = open_twin("duo", rules=file, threads=1).digest()
    seen.add(first)
    square(tmp_path, "a", 9, 13)
    seen.add(open_twin("duo", rules=file, threads=1).digest())
    written(tmp_path, LICENSED + region("a", f'polygon = "{name}"', 'service = "off"'))
    seen.add(open_twin("duo", rules=file, threads=1).digest())
    assert len(seen) == 4
    # a comment changes nothing, nor does the folder, nor who names the file
    square(tmp_path, "a", 9, 12)
    written(tmp_path, "# hello\n" + LICENSED + region("a", f'polygon = "{name}"', 'service = "on"'))
    moved = tmp_path / "moved"
    moved.mkdir()
    for each in ("a.geojson", "r.rules.toml"):
        shutil.copy(tmp_path / each, moved / each)
    with as_file(files("openleo") / "worlds") as folder:
        shutil.copy(folder / "duo.csv", moved / "duo.csv")
        text = (folder / "duo.toml").read_text()
    named = written(moved, text.replace("\n[fleet]", '\nrules = "r.rules.toml"\n[fleet]', 1), "duo.toml")
    assert open_twin(named, threads=1).digest() == first


@pytest.mark.slow
def test_a_run_says_by_which_rules_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from openleo.cli import openleo

    monkeypatch.chdir(tmp_path)
    file = written(tmp_path, LICENSED + region("Gabon", 'countries = ["GA"]', 'service = "off"'))
    words = ["run", "duo", "--slots", "1", "--no-pictures", "--rules", str(file), "--out"]
    result = CliRunner().invoke(openleo, [*words, "one"])
    assert result.exit_code == 0, result.output
    said = open_dataset("one").attrs
    assert (said["rules"], said["rules_hash"]) == ("r", RuleSet.load(file).digest)
    assert int(open_dataset("one").served.sum()) == 1
    written(tmp_path, LICENSED)
    result = CliRunner().invoke(openleo, [*words, "one", "--resume"])
    assert result.exit_code == 2
    assert "rules_hash" in result.output
    CliRunner().invoke(openleo, [*words, "two"])
    assert open_dataset("two").attrs["world_hash"] != said["world_hash"]


def test_the_figures_of_today_are_those_of_its_polygon_alone() -> None:
    """The one rule of `today` darkens the cells whose centres shapely finds in the polygon, and no other."""
    world = World.load("today")
    cells = build_cells(world)
    with as_file(files("openleo") / "worlds" / "quiet-zone.geojson") as file:
        polygon = shapely.from_geojson(file.read_text())
    rules = rules_of(world)
    assert rules is not None
    found = rules_at(rules)(cells, (), np.datetime64(world.epoch.replace(tzinfo=None)))
    inside = shapely.contains_xy(polygon.geoms[0], cells.lon_deg, cells.lat_deg)
    assert np.array_equal(found.lit, ~inside)
    assert inside.sum() == 126
    assert (found.landing == 0).all()


def test_a_port_whose_cell_has_its_centre_at_sea_goes_by_the_town(tmp_path: Path) -> None:
    """The rules of the country hold, not those of the sea: some 1 700 cells of `today`."""
    cells = build_cells(World.load("today"))
    lat_deg, lon_deg = places.spots(cells)
    at_sea = places.country_of(cells.lat_deg, cells.lon_deg) < 0
    moved = (lat_deg != cells.lat_deg) | (lon_deg != cells.lon_deg)
    assert moved.sum() > 1000
    assert not moved[~at_sea].any()
    assert places.great_circle_km(lat_deg, lon_deg, cells.lat_deg, cells.lon_deg).max() < 12.0  # in the cell
    text = 'name = "r"\n' + region("Norway", 'countries = ["NO"]', 'licence = "licensed"')
    rules = rules_at(RuleSet.load(written(tmp_path, text)))(cells, (), NOON)
    norway = (cells.country == places.country_index("NO")) & moved
    assert norway.sum() > 20
    near = places.country_of(lat_deg, lon_deg, tolerance_km=places.COAST_TOLERANCE_KM)
    assert np.array_equal(rules.lit[norway], near[norway] == places.country_index("NO"))
    assert rules.lit[norway].mean() > 0.8  # islets that the base map does not draw stay at sea


def test_touched_cells_are_lit_where_any_part_may_be(tmp_path: Path) -> None:
    """Against shapely: a line of longitude, west of which service is off."""
    ring = "[[-10,-20],[20,-20],[20,20],[-10,20],[-10,-20]]"
    (tmp_path / "off.geojson").write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}')
    file = written(tmp_path, LICENSED + region("off", 'polygon = "off.geojson"', 'service = "off"'))
    box = 'base = "duo"\n[cells]\narea = "box"\nresolution = 4\nbox = [0, 18, 4, 22]\n[demand]\nfile = ""\n'
    world = World.load(written(tmp_path, box, "w.toml"))
    cells, rules = build_cells(world), RuleSet.load(file)
    shapes = [shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(cell)]) for cell in cells.id.tolist()]
    open_ = shapely.box(20, -20, 60, 20)
    part = np.array([shapely.area(shapely.intersection(each, open_)) / each.area for each in shapes])
    by_centre, touched = (rules_at(rules, touched=each)(cells, (), NOON).lit for each in (False, True))
    assert np.array_equal(by_centre, cells.lon_deg > 20.0)
    assert (touched >= by_centre).all()
    assert touched[part > 0.02].all()
    assert not touched[part == 0.0].any()
    assert touched.sum() > by_centre.sum()
    assert open_twin(world, rules=rules, touched=True, threads=1).rules.lit.sum() == touched.sum()
