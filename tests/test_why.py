"""Why a place is served or is not: each reason once, in a world made for it, and the parts of an answer by "
"hand."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from openleo.constants import SPEED_OF_LIGHT_KM_PER_S, WGS84_A_KM
from openleo.places import find_place
from openleo.twin import Slot, Twin
from openleo.operate.why import NO_DEMAND, Answer, change, explain, overhead, standing, verdict
from openleo.world import World

REASONS = {
    "no_satellite": "[radio]\nelevation_mask_deg = 89.9\n",
    "gso_arc": "[radio]\ngso_avoidance_deg = 90.0\n",
    "no_gateway": "[ground]\ngateways = []\n",
    "capacity": '[[fleet.classes]]\nname = "small"\nbeams = 0\ncapacity_gbps = 10.0\n',
    "rule": '[[areas]]\nname = "Gabon"\nstate = "off"\ndecision = "For a test, since 2026-01-01."\n'
    'countries = ["GA"]\n',
}
"""What makes duo refuse Libreville, for each reason that needs no more."""

LIBREVILLE = (0.39, 9.45)


def opened(folder: Path, text: str, base: str = "duo") -> tuple[Twin, Slot]:
    path = folder / "made.toml"
    path.write_text(f'base = "{base}"\nname = "made"\n{text}', encoding="utf-8")
    twin = Twin.open(World.load(path), threads=1)
    return twin, next(twin.slots(twin.default_start(False), 1))


def asked(folder: Path, text: str, place: tuple[float, float] = LIBREVILLE, base: str = "duo") -> Answer:
    return explain(*opened(folder, text, base), *place)


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_named_and_says_what_would_change_it(reason: str, tmp_path: Path) -> None:
    answer = asked(tmp_path, REASONS[reason])
    assert not answer.served
    assert answer.reason == reason
    assert answer.service is None
    assert verdict(answer).startswith("Not served: ")
    assert change(answer)


def test_no_satellite_names_the_highest_one(tmp_path: Path) -> None:
    answer = asked(tmp_path, REASONS["no_satellite"])
    highest = max(answer.overhead, key=lambda each: each.elevation_deg)
    assert highest.name in change(answer)
    assert "89.9°" in verdict(answer)


def test_colour_is_the_reason_where_one_channel_is_left_for_two_neighbours(tmp_path: Path) -> None:
    places = "name,lat,lon,demand_mbps\nA,0.39,9.45,10\nB,0.39,9.75,10\n"
    (tmp_path / "near.csv").write_text(places, encoding="utf-8")
    text = (
        '[demand]\nfile = "near.csv"\n[radio]\nframes = 1\ndownlink_channels = 1\npolarisations = 1\n'
        "same_colour_deg = 180.0\nelevation_mask_deg = 40.0\n"
    )
    twin, slot = opened(tmp_path, text)
    answers = [explain(twin, slot, 0.39, lon) for lon in (9.45, 9.75)]
    refused = [each for each in answers if not each.served]
    assert [each.reason for each in refused] == ["colour"]
    assert "disturb" in verdict(refused[0])


def test_a_way_to_the_ground_that_is_full_is_named(tmp_path: Path) -> None:
    text = '[[fleet.classes]]\nname = "small"\nbeams = 8\ncapacity_gbps = 10.0\nfeeder_gbps = 0.0001\n'
    answer = asked(tmp_path, text)
    assert answer.reason == "capacity"
    assert answer.bottleneck == "feeder"
    assert 0.0 < answer.granted_bps < 1e6
    assert "feeder links" in verdict(answer)


def test_a_landing_rule_is_named_where_no_gateway_may_be_used(tmp_path: Path) -> None:
    area = (
        '[[areas]]\nname = "Home"\nstate = "on"\ndecision = "Test."\ncountries = ["GA"]\nlanding = ["GA"]\n'
    )
    answer = asked(tmp_path, area)
    assert answer.reason == "no_gateway"
    assert answer.landing == ("GA",)
    assert "GA" in verdict(answer)
    assert answer.nearest_gateway_km is None


def test_a_served_place_tells_the_whole_way(tmp_path: Path) -> None:
    twin, slot = opened(tmp_path, "")
    answer = explain(twin, slot, *LIBREVILLE)
    cell = twin.cells.where(*LIBREVILLE)
    it = answer.service
    assert it is not None
    assert answer.reason == "served"
    assert it.satellite.index == slot.plan.satellite[cell]
    assert it.gateway == "Kampala"
    assert it.way[0] == it.satellite.name
    assert len(it.way) == slot.routes.hops[cell] + 1
    assert len(it.colours) == int(slot.plan.colours[cell]).bit_count()
    assert it.granted_bps == pytest.approx(3e8)
    assert answer.cell == f"{int(twin.cells.id[cell]):x}"
    assert it.satellite.name in verdict(answer)


def test_the_parts_of_a_round_trip_add_up_to_it(tmp_path: Path) -> None:
    twin, slot = opened(tmp_path, "")
    answer = explain(twin, slot, *LIBREVILLE)
    it = answer.service
    assert it is not None
    parts = dataclasses.asdict(it.round_trip)
    total = parts.pop("total_ms")
    assert sum(parts.values()) == pytest.approx(total, abs=1e-3)
    # the ring stands 9 degrees apart: each link is a chord of it
    radius_km = float(np.linalg.norm(slot.geometry.position_km[0]))
    chord_km = 2.0 * radius_km * np.sin(np.radians(4.5))
    assert it.isl_km == pytest.approx((len(it.way) - 1) * chord_km, rel=0.01)
    light_ms = 2e3 * it.satellite.range_km / SPEED_OF_LIGHT_KM_PER_S
    assert parts["service_link_ms"] == pytest.approx(light_ms)


def test_overhead_by_plane_trigonometry_on_the_equator(tmp_path: Path) -> None:
    twin, slot = opened(tmp_path, "")
    position = slot.geometry.position_km
    found = overhead(position, twin.fleet, twin.world.radio, 0.0, 20.0)
    assert found
    for each in found:
        x, y, _ = position[each.index]
        away = np.arctan2(y, x) - np.radians(20.0)
        radius_km = np.hypot(x, y)
        elevation = np.degrees(np.arctan2(np.cos(away) - WGS84_A_KM / radius_km, np.abs(np.sin(away))))
        assert each.elevation_deg == pytest.approx(elevation, abs=0.05)
        assert each.azimuth_deg == pytest.approx(90.0 if np.sin(away) > 0.0 else 270.0, abs=1.0)
        assert (each.use == "usable") == (each.elevation_deg >= 25.0)
    assert [each.elevation_deg for each in found] == sorted(
        (each.elevation_deg for each in found), reverse=True
    )


def test_a_place_beside_a_cell_is_answered_for_by_it_and_one_far_off_is_not(tmp_path: Path) -> None:
    twin, slot = opened(tmp_path, "")
    cell = twin.cells.where(*LIBREVILLE)
    lat, lon = float(twin.cells.lat_deg[cell]), float(twin.cells.lon_deg[cell])
    near = explain(twin, slot, lat, lon + 0.2)
    assert not near.inside
    assert near.cell
    assert near.served
    assert near.distance_km == pytest.approx(22.3, abs=0.3)
    far = explain(twin, slot, lat, lon + 5.0)
    assert far.reason == NO_DEMAND
    assert not far.cell
    assert far.overhead


def test_a_rule_holds_outside_the_cells_as_well() -> None:
    twin = Twin.open(World.load("triangle"), threads=1)
    slot = next(twin.slots(twin.default_start(False), 1))
    inside = find_place("Singapore")
    answer = explain(twin, slot, inside.lat_deg, inside.lon_deg)
    assert answer.reason == "rule"
    assert answer.rule_decision in standing(answer)["licence"]
    assert standing(answer)["service"].startswith("off")
    elsewhere = standing(explain(twin, slot, 10.0, 10.0))
    assert elsewhere["licence"] == "no rule in this world says"
    assert "planned" in elsewhere["sales"]


def test_an_area_that_is_off_speaks_of_service_and_not_of_a_licence(tmp_path: Path) -> None:
    said = standing(asked(tmp_path, REASONS["rule"]))
    assert said["service"] == "off. Gabon: For a test, since 2026-01-01."
    assert said["licence"] == "no rule in this world says"


@pytest.mark.parametrize("text", ["[fleet]\nclasses = []\nshells = []\n", REASONS["no_gateway"], ""])
def test_an_answer_is_json(text: str, tmp_path: Path) -> None:
    answer = dataclasses.asdict(asked(tmp_path, text))
    assert json.loads(json.dumps(answer, allow_nan=False))["world"] == "made"
