"""World files: what is read, what is refused and in what words, and what is made of it."""

import dataclasses
import runpy
import shutil
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openleo import places
from openleo.errors import InputError
from openleo.formats.links import read_links
from openleo.formats.sites import read_sites
from openleo.world import (
    World,
    build_cells,
    build_fleet,
    build_ground,
    builtin_worlds,
    sections,
    slot_times,
)

CLASS = '[[fleet.classes]]\nname = "a"\nbeams = 4\ncapacity_gbps = 1.0\n'
SHELL = (
    '[[fleet.shells]]\nname = "s"\nsatellite_class = "a"\naltitude_km = 550\ninclination_deg = 53\n'
    "planes = 2\nsatellites_per_plane = 3\n"
)
SIX = f'name = "six"\n{CLASS}{SHELL}'


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as refusal:
        World.load(written(folder, text))
    return str(refusal.value)


@pytest.mark.parametrize("name", builtin_worlds())
def test_every_builtin_world_is_read_and_made(name: str) -> None:
    world = World.load(name)
    assert world.name == name
    assert world.title
    fleet, skipped = build_fleet(world)
    assert len(fleet) > 0
    assert not skipped
    gateways, pops = build_ground(world)
    assert pops
    assert all(each.antennas > 0 for each in gateways)
    assert world.digest() == World.load(name).digest()
    assert len(world.digest()) == 64


def test_the_builtin_worlds_are_those_of_the_docs() -> None:
    plain = ("bent-pipe", "duo", "kuiper", "oneweb", "today", "triangle")
    drills = ("front", "mistake", "peninsula", "pending", "resale", "restore", "tamper")
    assert builtin_worlds() == tuple(sorted((*plain, *drills)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 5\n", ["mine.toml: name: 5 given; a text is allowed"]),
        ('nam = "x"\n', ["mine.toml: nam: there is no such key (did you mean name?)"]),
        ('name = "x"\n[radios]\n', ["mine.toml: radios: there is no such key (did you mean radio?)"]),
        ('name = "x"\n[radio]\nframe = 4\n', ["mine.toml: radio.frame", "did you mean frames?"]),
        ('name = "x"\nslot_s = true\n', ["mine.toml: slot_s: True given", "0.001 to 86400"]),
        ('name = "x"\nslot_s = inf\n', ["mine.toml: slot_s: inf given"]),
        ('name = "x"\nepoch = 2026-01-01\n', ["mine.toml: epoch", "a date and time"]),
        ('name = "x"\nradio = 3\n', ["mine.toml: radio: 3 given; a table is allowed"]),
        (
            SIX.replace("altitude_km = 550", "altitude_km = -550"),
            ["mine.toml: fleet.shells[0].altitude_km: -550 given", "from 160 to 2000"],
        ),
        (
            SIX.replace('satellite_class = "a"', 'satellite_class = "b"'),
            ["mine.toml: fleet.shells[0].satellite_class: 'b' given", "allowed: a"],
        ),
        (
            SIX + "phasing = 2\n",
            ["mine.toml: fleet.shells[0]: shell 's': phasing: 2 given", "= 1 is allowed"],
        ),
        (
            SIX + '[[ground.gateways]]\nname = "g"\ncountry = "KE"\nlat_deg = 95\nlon_deg = 0\n',
            ["mine.toml: ground.gateways[0].lat_deg: 95 given", "from -90 to 90"],
        ),
        (
            SIX + '[[ground.gateways]]\nname = "g"\ncountry = "XX"\nlat_deg = 5\nlon_deg = 0\n',
            ["mine.toml: ground.gateways[0].country", "'XX'"],
        ),
        (SIX + '[cells]\narea = "box"\nbox = [1, 2, 3]\n', ["mine.toml: cells.box: [1.0, 2.0, 3.0] given"]),
        (SIX + '[cells]\narea = "places"\n', ["mine.toml: demand.file: is missing; cells.area = places"]),
        (SIX + '[cells]\narea = "polygon"\n', ["mine.toml: cells.polygon: is missing; cells.area = polygon"]),
        (SIX + '[isl]\ntopology = "list"\n', ["mine.toml: isl.file: is missing; isl.topology = list"]),
        (SIX + "[isl]\ncapacity_gbps = inf\n", ["mine.toml: isl.capacity_gbps: inf given"]),
        (SIX + "[cells]\ncount = 0\n", ["mine.toml: cells.count: 0 given; a whole number of at least 1"]),
        (SIX + '[cells]\narea = "sea"\n', ["mine.toml: cells.area: 'sea' given; one of", '"towns"']),
        (SIX + "[cells]\nresolution = 9\n", ["mine.toml: cells.resolution: 9 given", "from 0 to 7"]),
        (SIX + '[cells]\ncountries = ["Atlantis"]\n', ["mine.toml: cells.countries", "'Atlantis'"]),
        (
            SIX + '[[areas]]\nname = "n"\nstate = "off"\ndecision = "d"\n',
            ["mine.toml: areas: there is no such key"],
        ),
        ('name = "x"\nrules = 3\n', ["mine.toml: rules: 3 given; a text is allowed"]),
        (SIX + "[radio]\nframes = 5\n", ["mine.toml: radio: frames: 5", "is 80; at most 64"]),
        ("base = 7\n", ["mine.toml: base: 7 given; the name or path of a world is allowed"]),
        ('base = "none.toml"\n', ["mine.toml: base: ", "none.toml: no such world; built in are bent-pipe"]),
        ('base = "mine.toml"\n', ["mine.toml: base: ", "it is in turn based on this world"]),
        ("name =\n", ["mine.toml: is no TOML", "line 1"]),
    ],
)
def test_a_refusal_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    message = refused(tmp_path, text)
    assert all(word in message for word in words), message


def test_a_world_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tomorrow: no such world; built in are bent-pipe, .* triangle"):
        World.load("tomorrow")
    with pytest.raises(InputError, match="no such world"):
        World.load(tmp_path)


def test_a_base_that_comes_back_to_its_beginning_is_refused(tmp_path: Path) -> None:
    written(tmp_path, 'base = "b.toml"\n', "a.toml")
    written(tmp_path, 'base = "a.toml"\n', "b.toml")
    with pytest.raises(InputError, match=r"a\.toml: base: b\.toml: base: .* in turn based on this world"):
        World.load(tmp_path / "a.toml")


def test_a_world_with_a_base_says_only_what_differs(tmp_path: Path) -> None:
    duo = World.load("duo")
    mine = World.load(written(tmp_path, 'base = "duo"\nslot_s = 30\n[ground]\nantennas = 3\n'))
    assert mine.slot_s == 30.0
    assert mine.ground.antennas == 3
    assert mine.ground.elevation_mask_deg == duo.ground.elevation_mask_deg == 10.0
    assert mine.ground.gateways == duo.ground.gateways
    assert mine.fleet == duo.fleet
    # the file of demand is found beside the base, not beside this one
    assert np.array_equal(build_cells(mine).id, build_cells(duo).id)
    # a list replaces the list below it
    over = World.load(
        written(tmp_path, f'base = "mine.toml"\n[ground]\ngateways = []\n{CLASS}{SHELL}', "c.toml")
    )
    assert over.ground.gateways == ()
    assert over.ground.antennas == 3
    assert [each.name for each in over.fleet.classes] == ["a"]
    assert over.slot_s == 30.0


def test_bent_pipe_is_today_without_links_between_satellites() -> None:
    today, bent = World.load("today"), World.load("bent-pipe")
    assert bent.isl.topology == "none"
    assert today.isl.topology == "grid"
    assert dataclasses.replace(bent.isl, topology="grid") == today.isl
    for name in ("fleet", "radio", "plan", "delay", "cells", "demand", "epoch", "slot_s"):
        assert getattr(bent, name) == getattr(today, name)
    assert build_ground(bent) == build_ground(today)


def test_the_digest_follows_every_key_and_file_but_no_folder(tmp_path: Path) -> None:
    with as_file(files("openleo") / "worlds") as folder:
        for name in ("duo.toml", "duo.csv"):
            shutil.copy(folder / name, tmp_path / name)
    mine = World.load(tmp_path / "duo.toml")
    assert mine.digest() == World.load("duo").digest()
    based = World.load(written(tmp_path, 'base = "duo"\n'))
    assert based.digest() == mine.digest()

    for name in ("a", "b"):
        (tmp_path / f"{name}.rules.toml").write_text(f'name = "{name}"\n')
    seen = {mine.digest()}
    for text in (
        "slot_s = 16", "seed = 2", 'title = "t"', "epoch = 2026-01-01T00:00:01Z", "[radio]\nframes = 2",
        '[earth]\ndut1 = "zero"', "[isl]\ncapacity_gbps = 99", "[delay]\nhop_ms = 0.5",
        "[cells]\nresolution = 4", "[plan]\ndwell = 0", "[radio.terminal]\neirp_dbw = 30",
        "[demand]\nmax_mbps = 1", "[ground]\nantennas = 9",
        'rules = "a.rules.toml"', 'rules = "b.rules.toml"',
    ):  # fmt: skip
        seen.add(World.load(written(tmp_path, f'base = "duo.toml"\n{text}\n')).digest())
    assert len(seen) == 16
    ruled = World.load(written(tmp_path, 'base = "duo.toml"\nrules = "a.rules.toml"\n'))
    seen |= {ruled.digest(rules="1" * 64), ruled.digest(rules="2" * 64), mine.digest(rules="1" * 64)}
    assert len(seen) == 18  # the digest of the rule set that holds stands for the file, whoever names it
    with (tmp_path / "duo.csv").open("a") as demand:
        demand.write("Nairobi,-1.29,36.82,100\n")
    assert World.load(tmp_path / "duo.toml").digest() not in seen
    (tmp_path / "duo.csv").unlink()
    with pytest.raises(InputError, match=r"duo\.csv: cannot be read"):
        mine.digest()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("kind,name,lat,lon\n", [":1: column country is missing", "kind, name, country, lat, lon"]),
        ("kind,name,country,lat,lon\nmast,A,KE,1,2\n", [":2: kind: 'mast' given; gateway or pop"]),
        ("kind,name,country,lat,lon\npop,A,KE,1,2\npop,B,KE,95,2\n", [":3: lat: '95' given", "-90 to 90"]),
        ("kind,name,country,lat,lon\npop,A,KE,1,x\n", [":2: lon: 'x' given; a number from -180 to 180"]),
        ("kind,name,country,lat,lon\npop,A,KE,nan,2\n", [":2: lat: 'nan' given"]),
        ("kind,name,country,lat,lon\npop,A,KE\n", [":2: lat: None given"]),
        ("kind,lat,lon,name,country\npop,1,2,A\n", [":2: a name and the code of a country are needed"]),
    ],
)
def test_a_table_of_sites_is_refused_with_its_line(tmp_path: Path, rows: str, words: list[str]) -> None:
    (tmp_path / "sites.csv").write_text(rows)
    world = World.load(written(tmp_path, SIX + '[ground]\nsites = "sites.csv"\n'))
    with pytest.raises(InputError) as refusal:
        build_ground(world)
    assert all(word in str(refusal.value) for word in ("sites.csv", *words)), refusal.value


def test_sites_of_the_file_and_of_the_world_stand_together(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(
        "\ufeffname,kind,country,lat,lon,note\nA,gateway,Kenya,-1,37,x\nB,pop,KE,0,37,y\n", encoding="utf-8"
    )
    text = (
        f'{SIX}[ground]\nsites = "sites.csv"\nantennas = 5\n[[ground.gateways]]\nname = "C"\ncountry = "UG"\n'
        "lat_deg = 0\nlon_deg = 32\nantennas = 2\n"
    )
    gateways, pops = build_ground(World.load(written(tmp_path, text)))
    assert [(each.name, each.country, each.antennas) for each in gateways] == [("A", "KE", 5), ("C", "UG", 2)]
    assert [each.name for each in pops] == ["B"]
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_sites(tmp_path / "none.csv")


def test_a_list_of_links_is_read_and_refused_with_its_line(tmp_path: Path) -> None:
    numbers = np.array([100, 7, 55])
    file = tmp_path / "isl.csv"
    file.write_text("a,b\n100,55\n55,100\n7,100\n")
    assert read_links(file, numbers).tolist() == [[0, 1], [0, 2]]
    for text, words in (
        ("a,c\n", ":1: column b is missing"),
        ("a,b\n7,100\n7,101\n", ":3: b: '101' given"),
        ("a,b\n-7,100\n", ":2: a: '-7' given"),
        ("a,b\n7\n", ":2: b: '' given"),
        ("a,b\n7,7\n", ":2: b: '7' given; it is the same satellite"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=f"isl.csv{words}"):
            read_links(file, numbers)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_links(tmp_path / "none.csv", numbers)


def area(folder: Path, name: str, west: float, east: float) -> str:
    """Write a polygon from 30 to 40 degrees north; returns the name of its file."""
    ring = f"[[{west},30],[{east},30],[{east},40],[{west},40],[{west},30]]"
    (folder / f"{name}.geojson").write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}')
    return f"{name}.geojson"


def test_cells_of_each_kind_of_area(tmp_path: Path) -> None:
    def cells(text: str) -> places.Cells:
        return build_cells(World.load(written(tmp_path, f"{SIX}[cells]\nresolution = 3\n{text}\n")))

    kenya = cells('area = "countries"\ncountries = ["KE"]')
    assert set(kenya.country) == {places.country_index("KE")}
    box = cells('area = "box"\nbox = [-5, 33, 5, 42]')
    assert np.all(np.abs(box.lat_deg) <= 5)
    assert np.isin(kenya.id[(np.abs(kenya.lat_deg) < 4.9) & (kenya.lon_deg > 33.1)], box.id).all()
    polygon = cells(f'area = "polygon"\npolygon = "{area(tmp_path, "p", 0, 10)}"')
    assert polygon.lat_deg.min() >= 30
    assert polygon.lon_deg.max() <= 10
    assert len(cells('area = "towns"\ncount = 50')) == 50
    assert len(cells('area = "land"')) > 10 * len(kenya)
    (tmp_path / "mine.csv").write_text("lat,lon,demand_mbps\n0,37,5\n0.01,37,7\n")
    own = cells('area = "places"\n[demand]\nfile = "mine.csv"')
    assert own.demand_bps.tolist() == [12e6]
    both = cells('area = "countries"\ncountries = ["KE"]\n[demand]\nfile = "mine.csv"')
    assert both.demand_bps.sum() == 12e6
    assert np.array_equal(both.id, kenya.id)


def test_the_fleet_of_an_element_file_takes_the_place_of_shells(tmp_path: Path) -> None:
    world = World.load(written(tmp_path, SIX))
    assert len(build_fleet(world)[0]) == 6
    tle = (  # the satellite of STR#3 and of the SGP4 verification set
        "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
        "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n"
    )
    (tmp_path / "one.tle").write_text(tle)
    fleet, skipped = build_fleet(world, tmp_path / "one.tle")
    assert fleet.elements.number.tolist() == [5]
    assert not skipped
    named = World.load(written(tmp_path, SIX.replace(CLASS, f'[fleet]\nelements = "one.tle"\n{CLASS}')))
    assert build_fleet(named)[0].elements.number.tolist() == [5]
    (tmp_path / "two.tle").write_text(tle + tle.replace("00005", "00006"))
    with pytest.raises(InputError, match=r"two\.tle"):
        build_fleet(world, tmp_path / "two.tle")
    fleet, skipped = build_fleet(world, tmp_path / "two.tle", lenient=True)
    assert len(fleet) == 1
    assert len(skipped) == 1


instants = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1))


@given(start=instants, hours=st.integers(-12, 12), count=st.integers(1, 5))
def test_slots_begin_at_12_27_42_57_and_the_first_contains_the_start(
    start: datetime, hours: int, count: int
) -> None:
    times = slot_times(start.replace(tzinfo=UTC), count, 15.0)
    assert times.dtype == "datetime64[us]"
    assert np.all(np.diff(times) == np.timedelta64(15, "s"))
    assert set((times - times.astype("datetime64[m]")) / np.timedelta64(1, "s")) <= {12.0, 27.0, 42.0, 57.0}
    assert times[0] <= np.datetime64(start, "us") < times[0] + np.timedelta64(15, "s")
    zone = timedelta(hours=hours)
    there = (start + zone).replace(tzinfo=timezone(zone))
    assert np.array_equal(slot_times(there, count, 15.0), times)
    assert np.array_equal(slot_times(start, count, 15.0), times)


@given(start=instants, slot_s=st.floats(0.001, 86_400.0))
def test_a_slot_of_any_length_contains_the_start(start: datetime, slot_s: float) -> None:
    first, second = slot_times(start.replace(tzinfo=UTC), 2, slot_s)
    assert first <= np.datetime64(start, "us") < second
    assert abs((second - first) / np.timedelta64(1, "us") - slot_s * 1e6) <= 0.5


def test_every_key_of_every_section_has_a_meaning_and_a_place_in_the_world() -> None:
    tables = sections()
    for name, rows in tables.items():
        assert len({row.name for row in rows}) == len(rows)
        for row in rows:
            assert row.meaning, f"{name}.{row.name}"
            assert row.allowed, f"{name}.{row.name}"
            if row.name.endswith(("_km", "_deg", "_ms", "_hz", "_dbw", "_gbps", "_mbps", "_s", "_k")):
                assert row.unit, f"{name}.{row.name} has no unit"

    def flat(prefix: str, table: dict[str, Any]) -> set[str]:
        found = {prefix} if prefix else {""}
        for key, value in table.items():
            if isinstance(value, dict):
                found |= flat(f"{prefix}.{key}".lstrip("."), value)
        return found

    said = dataclasses.asdict(World.load("duo"))
    assert flat("", said) <= set(tables)


def test_the_page_of_attributes_is_current() -> None:
    builder = runpy.run_path(str(Path(__file__).parents[1] / "builders" / "attributes.py"))
    page = (builder["DOCS"] / "worlds.md").read_text(encoding="utf-8")
    names = builder["listed"](builtin_worlds())
    assert page == builder["page"](builder["HEAD"].format(worlds=names), sections()), (
        "run: python builders/attributes.py"
    )
