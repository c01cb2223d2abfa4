"""The map of a dry run, and what the planner says of a change of rules."""

import io
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from openleo import World, open_twin
from openleo.operate.dryrun import carried, draw
from openleo.plan import SERVED
from openleo.service.entries import Entry
from openleo.service.governance.dryrun import DryRun, LastSeen, dry_run
from openleo.service.records import CHECKIN, no_history
from openleo.service.regions import RuleSet
from openleo.service.store import Store
from openleo.service.terminals import Register

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
WORLDS = Path(__file__).parents[1] / "src" / "openleo" / "worlds"
LOSES, GAINS = (213, 94, 0), (0, 114, 178)
"""Vermilion and blue of Okabe and Ito, whose order of lightness differs, too."""


def rules(*off: str, **where: Any) -> RuleSet:
    regions = [
        {"name": f"off {k}", "decision": "Tests.", "countries": [code], "service": "off"}
        for k, code in enumerate(off)
    ]
    if where:
        regions.append({"name": "place", "decision": "Tests.", "service": "off", **where})
    table = {"name": "tests", "elsewhere": {"licence": "licensed"}, "regions": regions}
    return RuleSet.parse(table, Path())


def told(folder: Path, before: RuleSet | None, after: RuleSet, lat: Any, lon: Any) -> DryRun:
    """A dry run of terminals seen at those points."""
    histories = no_history(len(lat))
    histories["lat_deg"], histories["lon_deg"], histories["accuracy_m"] = lat, lon, 10.0
    seen = np.zeros(len(lat), CHECKIN)
    for name in ("lat_deg", "lon_deg", "accuracy_m"):
        seen[name] = histories[name]
    with Store.open(folder / "store.db") as store:
        register = Register.load(store)
        entries = [Entry(hardware=f"T-{k}", account="tests") for k in range(len(register), len(lat))]
        register.add(entries, by="tests", now_us=1)
        return dry_run(before, after, register, LastSeen(histories, seen), NOON)


def shown(png: bytes) -> np.ndarray:
    return np.rint(255.0 * np.asarray(imread(io.BytesIO(png), format="png"))[:, :, :3]).astype(int)


def pixels(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of a colour, but for what the edge of a mark and its transparency change."""
    return int((np.abs(picture - np.array(colour)).max(axis=2) < 30).sum())


@pytest.mark.slow
def test_losing_and_gaining_places_have_colours_of_their_own(tmp_path: Path) -> None:
    lat, lon = np.full(50, -0.5), np.linspace(31.0, 38.0, 50)  # from Uganda into Kenya
    kenya, uganda, none = rules("KE"), rules("UG"), rules()
    for before, after, loses, gains in (
        (none, kenya, True, False), (uganda, kenya, True, True), (none, none, False, False),
    ):  # fmt: skip
        picture = shown(draw(told(tmp_path, before, after, lat, lon), before, after))
        assert picture.shape[:2] == (1240, 2000)
        assert (pixels(picture, LOSES) > 500, pixels(picture, GAINS) > 500) == (loses, gains)
        assert loses or pixels(picture, LOSES) == 0
        assert gains or pixels(picture, GAINS) == 0


@pytest.mark.slow
def test_an_area_that_goes_dark_is_seen_where_no_terminal_is(tmp_path: Path) -> None:
    before, after = rules(), rules("MG")
    dry = told(tmp_path, before, after, [51.5], [0.0])
    assert len(dry) == 0
    picture = shown(draw(dry, before, after))
    tinted = (picture[:, :, 0] > 235) & (picture[:, :, 2] < 205) & (picture[:, :, 1] < 225)
    assert tinted.mean() > 0.02


@pytest.mark.slow
def test_a_change_on_both_sides_of_the_antimeridian_is_one_place(tmp_path: Path) -> None:
    before, after = rules(), rules("FJ")
    dry = told(tmp_path, before, after, [-16.8, -16.8, -17.8], [179.97, -179.98, 178.0])
    assert len(dry) == 3
    picture = shown(draw(dry, before, after))
    across = np.flatnonzero((np.abs(picture[160:] - np.array(LOSES)).max(axis=2) < 30).any(axis=0))
    assert across.max() - across.min() < 1200  # drawn over the whole globe it would be 1 800
    assert across.min() > 300


@pytest.mark.slow
def test_an_invented_land_is_drawn_as_the_rules_have_it(tmp_path: Path) -> None:
    before = peninsula()
    after = peninsula(mainland="off")
    place = World.load("peninsula").ground.gateways[0]
    picture = shown(draw(told(tmp_path, before, after, [place.lat_deg], [place.lon_deg]), before, after))
    assert pixels(picture, LOSES) > 50  # its outline; there is no land there on the base map


def peninsula(**service: str) -> RuleSet:
    """The rules of a world that is fiction, with another service in regions by name."""
    table = tomllib.loads((WORLDS / "peninsula.rules.toml").read_text(encoding="utf-8"))
    for region in table["regions"]:
        region["service"] = service.get(region["name"].replace(" ", "_"), region.get("service", ""))
    return RuleSet.parse(table, WORLDS)


def test_what_the_planner_carries_is_what_a_twin_by_those_rules_carries() -> None:
    world = World.load("peninsula")
    before, after = peninsula(), peninsula(peninsula="on", sea_around_the_peninsula="on")
    found = carried(world, before, after, world.epoch)
    wholes = []
    for held in (before, after):
        twin = open_twin(world, rules=held, touched=True)
        slot = twin.slot(found.time)
        wholes.append(float(slot.routes.granted_bps[slot.reason == SERVED].sum()))
    assert (found.whole_before_bps, found.whole_after_bps) == pytest.approx(wholes)
    assert found.lit_after.all()
    assert not found.lit_before.any()
    assert len(found.cell) > 0
    assert found.gbps > 0.0
    assert found.gbps == pytest.approx((wholes[1] - wholes[0]) / 1e9, abs=0.2)
    back = carried(world, after, before, world.epoch)
    assert back.gbps == pytest.approx(-found.gbps)
    assert back.touched_gbps == pytest.approx(found.touched_gbps)
    assert found.touched_gbps >= found.gbps
    assert found.to_dict()["change_gbps"] == found.gbps
    assert all(len(row) == 3 for row in found.rows())


def test_the_slot_is_the_first_that_the_change_is_in_force_for() -> None:
    world = World.load("peninsula")
    held = peninsula()
    for seconds in (0.0, 11.9, 12.0, 12.1):
        at = world.epoch + timedelta(seconds=seconds)
        found = carried(world, held, held, at)
        late_s = (found.time - np.datetime64(at.replace(tzinfo=None), "us")) / np.timedelta64(1, "s")
        assert 0.0 <= late_s < world.slot_s
        assert len(found.cell) == 0
        assert found.gbps == 0.0


def test_cells_of_affected_terminals_are_asked_about_although_they_stay_lit(tmp_path: Path) -> None:
    world = World.load("peninsula")
    before = peninsula()
    table = tomllib.loads((WORLDS / "peninsula.rules.toml").read_text(encoding="utf-8"))
    table["regions"][1]["motion"] = ["vehicle"]  # on the open sea
    after = RuleSet.parse(table, WORLDS)
    cells = open_twin(world, rules=before).cells
    k = next(
        k
        for k, (lat, lon) in enumerate(zip(cells.lat_deg, cells.lon_deg, strict=True))
        if before.at(lat, lon, NOON).regions == ("open sea",)
    )
    dry = told(tmp_path, before, after, cells.lat_deg[[k]], cells.lon_deg[[k]])
    assert len(dry) == 1
    assert carried(world, before, after, world.epoch).cell.tolist() == []
    found = carried(world, before, after, world.epoch, dry=dry)
    assert found.cell.tolist() == [cells.id[k]]
    assert found.gbps == 0.0


def test_where_no_rules_were_nobody_was_served() -> None:
    world = World.load("peninsula")
    found = carried(world, None, peninsula(), world.epoch)
    assert found.whole_before_bps == 0.0
    assert found.gbps == pytest.approx(found.whole_after_bps / 1e9)
    assert found.whole_after_bps > 0.0
