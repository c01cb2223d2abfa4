"""Why a place is served or is not: each reason once, in a world made for it, and the parts of an answer by "
"hand."""

import dataclasses
import json
from pathlib import Path

import governed_town
import numpy as np
import pytest

from openleo.constants import SPEED_OF_LIGHT_KM_PER_S, WGS84_A_KM
from openleo.operate.open import open_twin, rules_of
from openleo.operate.why import NO_DEMAND, Answer, explain, overhead
from openleo.operate.words import change, standing, verdict
from openleo.places import find_place
from openleo.service.regions import RuleSet
from openleo.twin import Slot, Twin
from openleo.world import World

REASONS = {
    "no_satellite": "[radio]\nelevation_mask_deg = 89.9\n",
    "gso_arc": "[radio]\ngso_avoidance_deg = 90.0\n",
    "no_gateway": "[ground]\ngateways = []\n",
    "capacity": '[[fleet.classes]]\nname = "small"\nbeams = 0\ncapacity_gbps = 10.0\n',
    "rule": "",
}
"""What makes duo refuse Libreville, for each reason that needs no more; for a rule, see GABON."""

LICENSED = 'name = "made"\n[elsewhere]\nlicence = "licensed"\ndecision = "Assumed."\n'
GABON = (
    '[[regions]]\nname = "Gabon"\ndecision = "For a test, since 2026-01-01."\ncountries = ["GA"]\n'
    'service = "off"\n'
)

LIBREVILLE = (0.39, 9.45)


def opened(folder: Path, text: str, base: str = "duo") -> tuple[Twin, Slot]:
    path = folder / "made.toml"
    path.write_text(f'base = "{base}"\nname = "made"\n{text}', encoding="utf-8")
    twin = open_twin(path, threads=1)
    return twin, next(twin.slots(twin.default_start(False), 1))


def asked(folder: Path, text: str, place: tuple[float, float] = LIBREVILLE, base: str = "duo") -> Answer:
    return explain(*opened(folder, text, base), *place)


def ruled(folder: Path, rules: str, place: tuple[float, float] = LIBREVILLE, world: str = "duo") -> Answer:
    """The answer under a rule file of its own."""
    file = folder / "made.rules.toml"
    file.write_text(rules, encoding="utf-8")
    held = RuleSet.load(file)
    twin = open_twin(world, rules=held, threads=1)
    return explain(twin, next(twin.slots(twin.default_start(False), 1)), *place, held)


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_named_and_says_what_would_change_it(reason: str, tmp_path: Path) -> None:
    answer = ruled(tmp_path, LICENSED + GABON) if reason == "rule" else asked(tmp_path, REASONS[reason])
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
    region = '[[regions]]\nname = "Home"\ndecision = "Test."\ncountries = ["GA"]\nlanding = ["GA"]\n'
    answer = ruled(tmp_path, LICENSED + region)
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
    world = World.load("triangle")
    rules = rules_of(world)
    twin = open_twin(world, rules=rules, threads=1)
    slot = next(twin.slots(twin.default_start(False), 1))
    inside = find_place("Singapore")
    answer = explain(twin, slot, inside.lat_deg, inside.lon_deg, rules)
    assert answer.reason == "rule"
    assert answer.rule is not None
    assert answer.rule.region == "Singapore (illustration)"
    assert "no licence was asked for" in answer.rule.decision
    assert standing(answer)["licence"] == f"not licensed. Singapore (illustration): {answer.rule.decision}"
    assert standing(answer)["service"].startswith("on")  # licence and service are two things
    beside = standing(explain(twin, slot, 1.6, 103.7, rules))
    assert beside["licence"].startswith("licensed. Assumption of this world")
    elsewhere = standing(explain(twin, slot, 10.0, 10.0))  # asked without rules
    assert elsewhere["licence"] == "no rule in this world says"


def test_an_area_that_is_off_speaks_of_service_and_not_of_a_licence(tmp_path: Path) -> None:
    said = standing(ruled(tmp_path, LICENSED + GABON))
    assert said["service"] == "off. Gabon: For a test, since 2026-01-01."
    assert said["licence"] == "licensed. Assumed."


def test_without_a_region_nothing_is_licensed(tmp_path: Path) -> None:
    answer = ruled(tmp_path, 'name = "made"\n')
    assert answer.reason == "rule"
    assert "no region speaks of this place" in verdict(answer)
    assert "A region" in change(answer)


@pytest.mark.parametrize(
    ("place", "area", "base"),
    [
        ((44.95, 34.10), "Crimea", "RU"),
        ((27.15, -13.20), "Western Sahara", "MA"),
        ((34.08, 74.80), "Kashmir", "IN"),
    ],
)
def test_a_disputed_area_is_named_with_its_claimants_and_a_licence_of_one_does_not_cover_it(
    tmp_path: Path, place: tuple[float, float], area: str, base: str
) -> None:
    region = '[[regions]]\nname = "One"\ndecision = "Granted."\nlicence = "licensed"\n'
    answer = ruled(tmp_path, f'name = "made"\n{region}countries = ["{base}"]\n', place)
    assert area in answer.area
    assert answer.country == ""
    assert len(answer.claimants) >= 2
    assert all(each in standing(answer)["area"] for each in answer.claimants)
    assert answer.licence.state == "not licensed"
    named = ruled(tmp_path, f'name = "made"\n{region}areas = ["{answer.area}"]\n', place)
    assert standing(named)["licence"] == "licensed. One: Granted."


def test_sales_are_told_beside_the_licence_and_not_as_one(tmp_path: Path) -> None:
    answer = ruled(tmp_path, LICENSED + GABON)
    assert answer.sales.state
    told = standing(answer)
    assert told["sales"].startswith(answer.sales.state)
    assert told["sales"] != told["licence"]
    assert standing(asked(tmp_path, ""))["sales"] == told["sales"]  # facts, with rules or without


@pytest.mark.parametrize("text", ["[fleet]\nclasses = []\nshells = []\n", REASONS["no_gateway"], ""])
def test_an_answer_is_json(text: str, tmp_path: Path) -> None:
    answer = dataclasses.asdict(asked(tmp_path, text))
    assert json.loads(json.dumps(answer, allow_nan=False))["world"] == "made"
    answer = dataclasses.asdict(ruled(tmp_path, LICENSED + GABON))
    assert json.loads(json.dumps(answer, allow_nan=False))["rule"]["state"] == "off"


def test_the_answer_ends_with_the_entry_of_the_log_by_which_the_rules_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    governed_town.begun()
    at = governed_town.in_s(3000)
    words = ("why", "0.39", "9.45", "--world", "duo", "--ledger", "ledger", "--at", at)
    shown = governed_town.well(*words)
    found = json.loads(governed_town.well(*words, "--json"))
    log = found["log"]
    held = json.loads(governed_town.well("rules", "status", "--at", at, "--json"))["holds"]
    assert (log["entry"], log["change"]) == (held["index"], held["change"])
    assert log["rules"] == held["digest"] == found["rules_digest"]
    assert log["checkpoint"] == governed_town.size()
    assert [each["name"] for each in log["approved_by"]] == ["duty desk", "authority desk"]
    assert (log["read_at"], log["check"]) == ("ledger", "openleo audit ledger --policy policy.txt")
    end = " ".join(shown.splitlines()[-6:])
    for said in (
        f"log entry {log['entry']}, change {log['change'][:12]}", f"({log['rules'][:12]})",
        f"under the checkpoint of {log['checkpoint']} entries", "approved by", "duty desk (Operator Q)",
        "openleo audit ledger --policy policy.txt",
    ):  # fmt: skip
        assert said in " ".join(end.split()), end


def test_without_a_log_one_line_says_so() -> None:
    shown = governed_town.well("why", "Singapore", "--world", "triangle")
    assert shown.splitlines()[-1].endswith("No log: these rules were read from a file.")
    found = json.loads(governed_town.well("why", "Singapore", "--world", "triangle", "--json"))
    assert found["log"] is None
    assert found["said"]["log"] == "No log: these rules were read from a file."
    assert governed_town.well("why", "0.39", "9.45", "--world", "duo").splitlines()[-1].endswith("has none.")


def test_rules_of_a_file_or_of_a_log_but_not_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = ("why", "0.39", "9.45", "--world", "duo")
    assert "one is allowed" in governed_town.refused(2, *place, "--rules", "illustration", "--ledger", "x")
    assert "nowhere" in governed_town.refused(4, *place, "--ledger", "nowhere")
    Path("p.txt").write_text("quorum none\n")
    assert "--ledger: is missing" in governed_town.refused(2, *place, "--policy", "p.txt")
    governed_town.begun()
    said = governed_town.refused(2, *place, "--ledger", "ledger", "--at", "2020-01-01T00:00:00Z")
    assert "no rules hold by it at that time" in said
