"""Drills: five invented worlds come out as the script that made them says, and wrong rules are noticed."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from pyproj import Geod

from builders import fiction
from openleo import places
from openleo.cli import openleo
from openleo.errors import InputError
from openleo.formats.geojson import read_polygons
from openleo.formats.toml import read_toml
from openleo.operate.drill import Drill, drills, play
from openleo.operate.drills.scene import read_scene
from openleo.service.regions import RuleSet
from openleo.world import World

WORLDS = ("front", "mistake", "pending", "peninsula", "resale", "restore", "tamper")
FOLDER = fiction.WORLDS
GEOD = Geod(ellps="WGS84")

pytestmark = pytest.mark.slow


@cache
def played(world: str) -> Drill:
    """A built-in drill, played once for all tests."""
    return play(world)


def with_rules(world: str, change: Callable[[dict[str, Any]], None]) -> Drill:
    """A drill played by rules that were changed; the truth stays that of the script."""
    path = FOLDER / f"{world}.rules.toml"
    table = read_toml(path)
    change(table)
    return play(world, rules=RuleSet.parse(table, FOLDER, "changed: "))


def region(table: dict[str, Any], name: str) -> dict[str, Any]:
    """One region of a rule file."""
    found: dict[str, Any]
    (found,) = (each for each in table["regions"] if each["name"] == name)
    return found


def test_the_worlds_are_there() -> None:
    assert drills() == WORLDS


@pytest.mark.parametrize("world", sorted({*WORLDS} - {"mistake", "tamper"}))  # which have tests of their own
def test_every_check_in_has_one_outcome_and_none_is_wrong(world: str) -> None:
    it = played(world)
    outcomes = it.served + it.limited + it.walled + it.emergency + sum(it.refused.values())
    assert outcomes == it.checkins == len(read_scene(world))
    assert it.wrongly_served == 0
    assert it.wrongly_refused == 0
    assert it.borderline < it.checkins / 100
    said = it.to_dict()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    wanted = {"terminals", "checkins", "served", "limited", "walled", "emergency", "refused", "borderline",
              "wrongly_served", "wrongly_refused", "findings"}  # fmt: skip
    assert wanted <= set(said)
    assert len(it.story) >= 3
    assert all(sentence.endswith(".") for sentence in it.story)


def test_boats_are_served_to_the_line_and_not_past_it() -> None:
    it = played("peninsula").asked
    assert it["boats"] == 40
    assert len(it["each_boat"]) == 40
    for boat in it["each_boat"]:
        assert boat["served"] > 0
        assert boat["served_past_accuracy"] == 0
        assert boat["last_served_before_line_m"] <= 320.0
    assert it["grants_past_line"] == 0
    assert it["distress_calls"] == it["distress_answered"] == 3
    assert played("peninsula").emergency == 3


def test_nothing_is_served_where_the_licence_is_pending() -> None:
    it = played("pending")
    assert it.served == it.limited == it.walled == 0
    assert set(it.refused) == {"licence_pending"}
    assert it.asked["sales"] == "coming soon"
    assert it.asked["cells_lit"] == 0
    assert it.asked["planned_gbps"] == 0.0
    none, one, three = it.asked["would_carry"]
    assert [none["gateways"], one["gateways"], three["gateways"]] == [0, 1, 3]
    assert 0.0 < none["carried_gbps"] < one["carried_gbps"] <= three["carried_gbps"] <= three["asked_gbps"]
    assert none["rtt_ms"] > one["rtt_ms"] > three["rtt_ms"]


def test_listed_terminals_stay_unlisted_ones_are_refused_and_fast_ones_found() -> None:
    it = played("front")
    assert (it.asked["listed"], it.asked["unlisted"]) == (5000, 500)
    assert it.asked["fast"] == {"listed": 60, "unlisted": 60}
    assert it.asked["listed_lost"] == 0
    assert it.asked["listed_refused_by_speed_rule"] == 60
    assert it.asked["unlisted_refused_at_first_checkin"] == 500
    assert it.asked["fast_found_by_checkin"]["3"] == 120
    assert it.asked["slow_found"] == 0
    assert it.findings["drone"] == 120
    # a listed terminal is lost to nothing but the speed rule: 60 of them at each of their 6 check-ins
    assert it.served == 6 * (5000 - 60)


def test_relief_goes_by_hour_and_cell_and_the_payer_that_stops_is_seen() -> None:
    it = played("restore")
    assert it.terminals == 15_500
    asked = it.asked
    assert (asked["donated"], asked["sponsored"]) == (500, 15_000)
    assert asked["area_km2"] == pytest.approx(600_000, rel=1e-3)
    days = {each["day"] for each in asked["hours"]}
    assert all(
        sorted(e["hour_utc"] for e in asked["hours"] if e["day"] == day) == list(range(24)) for day in days
    )
    first = [each for each in asked["hours"] if each["day"] == min(days)]
    assert all(each["terminals"] == 500 for each in first)
    assert all(each["carried_gbps"] == pytest.approx(each["asked_gbps"], rel=1e-3) for each in first)
    full = [each for each in asked["hours"] if each["day"] == asked["cells"]["day"]]
    assert all(each["terminals"] == 15_500 for each in full)
    saturated = [each["cells_beams_saturated"] for each in full]
    assert max(saturated) > 5 * min(saturated)  # it depends on the hour
    # of each cell, hour by hour: what its terminals get never exceeds what they ask for
    ask = {each["hour_utc"]: each["ask_mbps"] for each in full}
    for hours in asked["cells"]["mbps_by_hour"].values():
        assert all(0.0 < mbps <= ask[hour] + 0.02 for hour, mbps in enumerate(hours))
    assert asked["saturated"]
    assert all(any(each["hours_utc"].values()) for each in asked["saturated"])


def test_cost_by_sponsor_by_the_calendar() -> None:
    asked, scene = played("restore").asked, read_scene("restore")
    assert len(asked["sponsors"]) == 6
    lengths = {"2026-06": 30, "2026-07": 31, "2026-08": 31, "2026-09": 30}
    begins = dict(zip(lengths, (0, 30, 61, 92), strict=True))
    for k, sponsor in enumerate(scene.facts["sponsors"]):
        row = asked["sponsors"][k]
        arrived = scene.terminals["from_s"][scene.terminals["sponsor"] == k] / 86_400
        until = min(sponsor.get("paid_to_day", 120), 120)
        for month, days in lengths.items():
            paid = np.clip(
                np.minimum(until, begins[month] + days) - np.maximum(arrived, begins[month]), 0, None
            )
            assert row["cost_by_month"].get(month, 0.0) == pytest.approx(
                paid.sum() / days * sponsor["price_month"], abs=0.01
            ), (sponsor["name"], month)


def test_who_goes_dark_and_from_when() -> None:
    it, scene = played("restore"), read_scene("restore")
    dark, sponsor = it.asked["dark"], scene.facts["sponsors"][scene.facts["stops"]]
    assert dark["terminals"] == sponsor["terminals"] == 3000
    # told on day 60, notice of 30 days, grace of 14
    assert (dark["announced"], dark["paid_to"], dark["from"]) == ("2026-07-31", "2026-08-30", "2026-09-13")
    assert it.walled == dark["seen_walled"] == 3000
    assert not it.refused


def test_terminals_sold_elsewhere_are_refused_and_altered_records_come_first() -> None:
    it, scene = played("resale"), read_scene("resale")
    assert it.terminals == 2000
    assert it.refused == {"unlicensed": 6000}
    assert it.asked["refused_abroad"] == 6000
    assert it.asked["sold_in"] == ["QT", "QU", "QV"]
    first = [each["dealer"] for each in it.asked["dealers"][:2]]
    assert sorted(first) == sorted(scene.facts["altered_dealers"])
    assert it.asked["altered_first"]


@pytest.mark.parametrize("seed", [1, 2])
def test_altered_dealers_come_first_with_other_seeds_as_well(seed: int, tmp_path: Path) -> None:
    fiction.write(tmp_path, seed, ("resale",))
    it = play(tmp_path / "resale.toml")
    facts = json.loads((tmp_path / "resale.drill.json").read_text())
    assert sorted(each["dealer"] for each in it.asked["dealers"][:2]) == sorted(facts["altered_dealers"])
    assert it.wrongly_served == it.wrongly_refused == 0


def narrower(table: dict[str, Any]) -> None:
    region(table, "sea around the peninsula")["band"]["width_km"] = 99.0


def wider(table: dict[str, Any]) -> None:
    region(table, "sea around the peninsula")["band"]["width_km"] = 101.0


def licensed(table: dict[str, Any]) -> None:
    region(table, "island")["licence"] = "licensed"


def without_speed_rule(table: dict[str, Any]) -> None:
    for key in ("max_speed_kmh", "max_altitude_m"):
        del region(table, "front")[key]


def open_to_all(table: dict[str, Any]) -> None:
    front = region(table, "front")
    front["service"] = "on"
    del front["lists"]


def fourth_licensed(table: dict[str, Any]) -> None:
    region(table, "QW")["licence"] = "licensed"


def third_unlicensed(table: dict[str, Any]) -> None:
    region(table, "QV")["licence"] = "none"


def relief_off(table: dict[str, Any]) -> None:
    region(table, "relief")["service"] = "off"


@pytest.mark.parametrize(
    ("world", "change", "wrong"),
    [
        ("peninsula", narrower, "wrongly_served"),
        ("peninsula", wider, "wrongly_refused"),
        ("front", without_speed_rule, "wrongly_served"),
        ("front", open_to_all, "wrongly_served"),
        ("pending", licensed, "wrongly_served"),
        ("resale", fourth_licensed, "wrongly_served"),
        ("resale", third_unlicensed, "wrongly_refused"),
        ("restore", relief_off, "wrongly_refused"),
    ],
)
def test_wrong_rules_are_noticed(world: str, change: Callable[[dict[str, Any]], None], wrong: str) -> None:
    it = with_rules(world, change)
    assert getattr(it, wrong) > 0
    other = {"wrongly_served": "wrongly_refused", "wrongly_refused": "wrongly_served"}[wrong]
    assert getattr(it, other) == 0


def test_a_distress_call_is_lost_where_a_rule_denies_it() -> None:
    def deny(table: dict[str, Any]) -> None:
        region(table, "sea around the peninsula")["deny_emergency"] = True

    it = with_rules("peninsula", deny)
    assert it.emergency == 0
    assert it.asked["distress_answered"] == 0
    assert it.wrongly_refused == 3


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All worlds, made anew by the script."""
    folder = tmp_path_factory.mktemp("worlds")
    fiction.write(folder)
    return folder


def test_the_script_makes_what_is_committed(made_again: Path) -> None:
    files = sorted(made_again.iterdir())
    assert {path.name.partition(".")[0].partition("-")[0] for path in files} == set(WORLDS)
    for path in files:
        committed = FOLDER / path.name
        if path.suffix != ".npz":
            assert path.read_bytes() == committed.read_bytes(), path.name
            continue
        with np.load(path) as new, np.load(committed) as old:  # how they are packed is zlib's matter
            assert new.files == old.files
            for key in new.files:
                assert new[key].dtype == old[key].dtype
                assert new[key].tobytes() == old[key].tobytes(), (path.name, key)


@pytest.mark.parametrize("world", WORLDS)
def test_invented_land_lies_in_empty_ocean(world: str) -> None:
    for path in FOLDER.glob(f"{world}-*.geojson"):
        (polygon,) = read_polygons(path)
        ring = np.asarray(polygon.geometry.exterior.coords)
        assert (places.country_of(ring[:, 1], ring[:, 0]) == -1).all()
        coast = np.concatenate(places.coastlines())
        lon, lat = polygon.geometry.centroid.coords[0]
        nearest_m = GEOD.inv(np.full(len(coast), lon), np.full(len(coast), lat), *coast.T)[2].min()
        assert nearest_m > 1_000_000, path.name


def test_the_line_of_the_truth_is_a_geodesic_distance() -> None:
    """Against a coast cut into pieces of 20 m at most, each measured on the ellipsoid."""
    scene = read_scene("peninsula")
    (polygon,) = read_polygons(FOLDER / "peninsula-off.geojson")
    ring = np.asarray(polygon.geometry.exterior.coords)
    sample = np.random.default_rng(1).permutation(len(scene))[:25]
    for k in sample.tolist():
        lon, lat = scene.true_lon_deg[k], scene.true_lat_deg[k]
        ends = GEOD.inv(np.full(len(ring), lon), np.full(len(ring), lat), *ring.T)[2]
        near = int(np.argmin(ends))
        pieces = []
        for a, b in ((near - 1, near), (near, near + 1), (near - 2, near - 1), (near + 1, near + 2)):
            start, end = ring[a % (len(ring) - 1)], ring[b % (len(ring) - 1)]
            share = np.linspace(0.0, 1.0, 1 + int(GEOD.inv(*start, *end)[2] / 20.0) + 1)[:, None]
            pieces.append(start + share * (end - start))
        points = np.concatenate(pieces)
        far_m = GEOD.inv(np.full(len(points), lon), np.full(len(points), lat), *points.T)[2].min()
        past_m = 100_000.0 - far_m
        assert abs(past_m) == pytest.approx(scene.margin_m[k], abs=0.5)
        assert (past_m > 0.0) == (scene.truth[k] < 4)


def test_reported_positions_are_within_the_stated_accuracy() -> None:
    for world in WORLDS:
        scene = read_scene(world)
        some = np.random.default_rng(2).permutation(len(scene))[:2000]
        off = GEOD.inv(
            scene.true_lon_deg[some], scene.true_lat_deg[some], scene.lon_deg[some], scene.lat_deg[some]
        )[2]
        assert (off <= scene.accuracy_m[some] + 0.2).all()
        assert off.max() > 0.5 * np.median(scene.accuracy_m[some])


def test_the_command_says_the_story_then_the_counts(tmp_path: Path) -> None:
    picture = tmp_path / "peninsula.png"
    done = CliRunner().invoke(openleo, ["drill", "peninsula", "--picture", str(picture)])
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    assert told.startswith("40 boats sail toward a peninsula at 40 knots")
    assert "wrongly served 0" in told
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_could_not_be_written_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "x.png"
    done = CliRunner().invoke(openleo, ["drill", "peninsula", "--picture", str(nowhere)])
    assert done.exit_code == 2
    assert f"--picture: {nowhere}: there is no folder" in done.stderr
    assert "playing" not in done.stderr


def test_the_command_answers_a_program_and_fails_where_rules_are_wrong(tmp_path: Path) -> None:
    done = CliRunner().invoke(openleo, ["drill", "pending", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["served"] == 0
    for path in FOLDER.glob("pending*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    rules = tmp_path / "pending.rules.toml"
    rules.write_text(rules.read_text().replace('licence = "pending"', 'licence = "licensed"'))
    done = CliRunner().invoke(openleo, ["drill", "pending", "--json", "--rules", str(rules)])
    assert done.exit_code == 3
    assert json.loads(done.stdout)["wrongly_served"] > 0


def test_the_command_lists_the_drills() -> None:
    done = CliRunner().invoke(openleo, ["drill", "--json"])
    assert tuple(json.loads(done.stdout)) == tuple(sorted((*WORLDS, "reported")))


def test_a_world_that_is_no_drill_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is no drill: duo\.drill\.json"):
        play("duo")
    with pytest.raises(InputError, match="no such world"):
        play("atlantis")
    for path in FOLDER.glob("pending*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pending.drill.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"pending\.drill\.npz: cannot be read"):
        play(tmp_path / "pending.toml")


def test_the_worlds_can_be_run_as_any_other() -> None:
    for world in WORLDS:
        loaded = World.load(world)
        assert loaded.rules == f"{world}.rules.toml"
        assert "Drill" in loaded.title
