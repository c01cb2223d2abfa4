"""What the page is told of a run: its arrays as they were stored, its slots planned again, its bad days."""

import gzip
import json
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
import xarray
from click.testing import CliRunner
from serving import Service, served
from view_runs import CHAD_POINT, contended_world, made_run, ready, told

from openleo.cli import openleo
from openleo.errors import InputError
from openleo.formats.recipe import read_recipe
from openleo.formats.run import Run, read_state
from openleo.maps import open_dataset
from openleo.operate.open import open_twin
from openleo.operate.view import outlines
from openleo.operate.view.page import Page
from openleo.operate.view.stored import WAITING, RunFolder, StoredRun, rules_of_run
from openleo.operate.view.unshown import Unshown
from openleo.places import cells_from_points, cells_in
from openleo.service.regions import RuleSet
from openleo.twin import Past, Slot, Twin

SLOTS = 6
NO_WORD = 65535


@pytest.fixture(scope="module")
def contended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six slots in which satellites are kept from slot to slot because others want them too."""
    folder = tmp_path_factory.mktemp("contended")
    return made_run(folder, contended_world(folder), SLOTS)


@pytest.fixture(scope="module")
def dataset(contended: Path) -> xarray.Dataset:
    return open_dataset(contended).load()


@pytest.fixture(scope="module")
def page(contended: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server that shows it, with its rules."""
    store = str(tmp_path_factory.mktemp("page") / "store.db")
    with served(store, enforced=rules_of_run(Run.open(contended)), shown=RunFolder(contended)) as service:
        ready(service)
        yield service


def shown_from(folder: Path, run: Path, **more: Any) -> Any:
    return served(str(folder / "store.db"), shown=RunFolder(run), **more)


def array(page: Service, slot: int, name: str) -> np.ndarray:
    answer = page.ask("GET", f"/v1/view/slots/{slot}/fields/{name}")
    assert answer.status_code == 200, answer.text
    words = name in ("served", "reason", "bottleneck", "gateway", "pop", "country")
    words = words or name in ("licence", "service", "sales")
    return np.frombuffer(answer.content, "<u2" if words else "<f4")


# ------------------------------------------------------------------ slots planned again


def test_a_slot_planned_again_equals_the_arrays_stored_for_it(
    contended: Path, dataset: xarray.Dataset
) -> None:
    run = StoredRun(contended)
    run.open_twin()
    assert run.details() == "ready"
    for slot in (5, 0, 3, 1, 4, 2):
        again = run.planned(slot)[1].fields()
        for name, values in again.items():
            np.testing.assert_array_equal(values, dataset[name][slot].to_numpy(), err_msg=f"{name} {slot}")


def test_without_what_the_slot_before_left_it_would_be_another_slot(
    contended: Path, dataset: xarray.Dataset
) -> None:
    """That the test above could fail."""
    recipe = read_recipe(contended)
    twin = open_twin(recipe.world, rules=rules_of_run(Run.open(contended)))
    alone = next(twin.slots(recipe.start, 4, first=3)).fields()
    assert not np.array_equal(alone["satellite"], dataset["satellite"][3].to_numpy())
    before = Past(**read_state(contended, 2))
    again = next(twin.slots(recipe.start, 4, first=3, before=before)).fields()
    np.testing.assert_array_equal(again["satellite"], dataset["satellite"][3].to_numpy())


def test_a_run_may_be_moved_with_the_files_it_was_made_from(tmp_path: Path, dataset: xarray.Dataset) -> None:
    (tmp_path / "here").mkdir()
    made_run(tmp_path / "here", contended_world(tmp_path / "here"), 2)
    (tmp_path / "here").rename(tmp_path / "there")
    run = StoredRun(tmp_path / "there" / "run")
    run.open_twin()
    assert run.details() == "ready"
    again = run.planned(1)[1].fields()
    np.testing.assert_array_equal(again["satellite"], dataset["satellite"][1].to_numpy())


def test_a_run_of_an_element_file_and_rules_beside_it_is_planned_again(tmp_path: Path) -> None:
    elements = [
        {
            "OBJECT_NAME": f"MADE {k}", "OBJECT_ID": f"2026-001{chr(65 + k)}",
            "EPOCH": "2026-01-01T00:00:00", "MEAN_MOTION": 15.05, "ECCENTRICITY": 1e-4, "INCLINATION": 1.0,
            "RA_OF_ASC_NODE": 0.0, "ARG_OF_PERICENTER": 0.0, "MEAN_ANOMALY": 18.0 * k, "EPHEMERIS_TYPE": 0,
            "CLASSIFICATION_TYPE": "U", "NORAD_CAT_ID": 300000000 + k, "ELEMENT_SET_NO": 1,
            "REV_AT_EPOCH": 1, "BSTAR": 0.0, "MEAN_MOTION_DOT": 0.0, "MEAN_MOTION_DDOT": 0.0,
        }
        for k in range(20)
    ]  # fmt: skip
    fleet, rules = tmp_path / "fleet.json", tmp_path / "own.rules.toml"
    fleet.write_text(json.dumps(elements))
    rules.write_text('name = "own"\n[elsewhere]\nlicence = "licensed"\ndecision = "For tests."\n')
    folder = made_run(tmp_path, "duo", 3, "--fleet", str(fleet), "--rules", str(rules))
    run = StoredRun(folder)
    run.open_twin()
    assert run.details() == "ready"
    stored = open_dataset(folder)
    for name, values in run.planned(2)[1].fields().items():
        np.testing.assert_array_equal(values, stored[name][2].to_numpy())
    elements[3]["MEAN_ANOMALY"] = 50.0
    fleet.write_text(json.dumps(elements))
    other = StoredRun(folder)
    other.open_twin()
    assert "fleet.json" in other.details()
    assert str(tmp_path) not in other.details()


def test_a_slot_that_comes_out_otherwise_is_not_shown_whatever_fields_were_kept(tmp_path: Path) -> None:
    folder = made_run(tmp_path, contended_world(tmp_path), 3, "--fields", "latency_ms")
    run = StoredRun(folder)
    run.open_twin()
    assert run.planned(1)[1].index == 1
    left = read_state(folder, 1)
    np.savez_compressed(folder / ".state-1.npz", **left | {"satellite": np.full_like(left["satellite"], -1)})
    for slot in (1, 2):  # that slot is another one now, and the next builds on it
        other = StoredRun(folder)
        other.open_twin()
        with pytest.raises(Unshown, match=f"slot {slot}, planned again here, is not the one"):
            other.planned(slot)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file without an end")
def test_a_run_that_names_a_device_for_its_element_sets_is_shown_without_its_twin(tmp_path: Path) -> None:
    folder = made_run(tmp_path, "duo", 1)
    os.mkfifo(tmp_path / "endless")
    recipe = json.loads((folder / "recipe.json").read_text())
    named = recipe | {"fleet": str(tmp_path / "endless"), "fleet_hash": "0" * 64}
    (folder / "recipe.json").write_text(json.dumps(named))
    run = StoredRun(folder)
    opening = threading.Thread(target=run.open_twin, daemon=True)
    opening.start()
    opening.join(20.0)
    assert run.details() == "endless: holds other element sets now than those of the run, or is not there"
    assert run.row(0, "served").tolist()


def test_places_asked_for_at_once_in_one_slot_plan_it_once(
    contended: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, plans = StoredRun(contended), []
    run.open_twin()
    plan = Twin.slots

    def counted(self: Twin, *args: Any, **more: Any) -> Iterator[Slot]:
        plans.append(more["first"])
        return plan(self, *args, **more)

    monkeypatch.setattr(Twin, "slots", counted)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: run.planned(3)[1], range(8)))
    assert plans == [3]
    assert all(each is found[0] for each in found)


def test_more_than_a_few_who_wait_are_told_to_ask_again(contended: Path) -> None:
    run = StoredRun(contended)  # its world is not opened yet
    with ThreadPoolExecutor(WAITING + 1) as pool:
        waiting = [pool.submit(run.twin) for _ in range(WAITING + 1)]
        first = next(as_completed(waiting))
        with pytest.raises(Unshown, match="ask again"):
            first.result()
        run.open_twin()
        opened = [each.result() for each in waiting if each is not first]
    assert len(opened) == WAITING


# ------------------------------------------------------------------ the view, cells, satellites


def test_the_view_counts_what_the_run_holds(page: Service, dataset: xarray.Dataset) -> None:
    view = told(page.ask("GET", "/v1/view"))
    assert (view["source"], view["details"], view["now_slot"]) == ("run", "ready", None)
    assert (view["slots"], view["cells"]) == (SLOTS, dataset.sizes["cell"])
    assert view["world_hash"] == dataset.attrs["world_hash"]
    assert view["rules"] == view["planned_by"] == {"name": "chad", "digest": dataset.attrs["rules_hash"]}
    assert sum(each["satellites"] for each in view["classes"]) == view["satellites"]
    assert view["first"] == f"{np.datetime_as_string(dataset['time'][0].to_numpy(), 's')}Z"
    satellites = told(page.ask("GET", "/v1/view/satellites"))
    assert satellites["number"] == dataset["satellite_number"].to_numpy().tolist()
    assert {len(each) for each in satellites.values()} == {view["satellites"]}
    assert max(satellites["class"]) < len(view["classes"])
    assert max(satellites["shell"]) < len(view["shells"])


def corners_of(packed: bytes, count: int, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centres, corners and ids as a page unpacks them."""
    centres = np.frombuffer(packed, "<f4", 2 * count).reshape(-1, 2).astype(float)
    steps = np.frombuffer(packed, "<i2", 12 * count, 8 * count).reshape(-1, 6, 2)
    ids = np.frombuffer(packed, "<u8", count, 32 * count)
    assert len(packed) == 40 * count
    return centres, centres[:, None, :] + steps * scale, ids


def off_by(corners: np.ndarray, outline: Any) -> float:
    """How far, in degrees, the corners of one cell are from those that h3 gives (longitudes may wrap)."""
    there = np.array(outline)[:, ::-1]
    apart = corners[:, None, :] - there[None, :, :]
    apart[..., 0] = (apart[..., 0] + 180.0) % 360.0 - 180.0
    return float(np.abs(apart).max(axis=2).min(axis=1).max())


def test_cells_are_those_of_h3(page: Service, dataset: xarray.Dataset) -> None:
    view = told(page.ask("GET", "/v1/view"))
    packed = page.ask("GET", f"/v1/view/cells?key={view['key']}").content
    centres, corners, ids = corners_of(packed, view["cells"], view["cell_scale_deg"])
    np.testing.assert_array_equal(ids, dataset["cell"].to_numpy())
    for k, cell in enumerate(ids.tolist()):
        lat, lon = h3.cell_to_latlng(h3.int_to_str(cell))
        np.testing.assert_allclose(centres[k], (lon, lat), atol=1e-5)
        assert off_by(corners[k], h3.cell_to_boundary(h3.int_to_str(cell))) < 2 * view["cell_scale_deg"]


@pytest.mark.parametrize("resolution", [2, 3, 5])
def test_pentagons_bent_cells_and_cells_at_the_antimeridian_have_six_corners(resolution: int) -> None:
    pentagons = [h3.cell_to_latlng(each) for each in h3.get_pentagons(resolution)]
    around = [near for cell in h3.get_pentagons(resolution) for near in h3.grid_disk(cell, 4)]
    points = np.array([*pentagons, *map(h3.cell_to_latlng, around), (10.0, 179.999), (-60.0, -179.999)])
    cells = cells_from_points(points[:, 0], points[:, 1], 1.0, resolution)
    scale = outlines.scale_deg(cells)
    _, corners, ids = corners_of(outlines.packed(cells), len(cells), scale)
    bent = 0
    for k, cell in enumerate(ids.tolist()):
        name = h3.int_to_str(cell)
        assert off_by(corners[k], h3.cell_to_boundary(name)) < 2 * scale
        bent += len(h3.cell_to_boundary(name)) > 6
        ring = corners[k] - corners[k].mean(axis=0)
        area = np.sum(ring[:, 0] * np.roll(ring[:, 1], -1) - ring[:, 1] * np.roll(ring[:, 0], -1))
        assert area > 0.0, "counter-clockwise"
        if h3.is_pentagon(name):
            np.testing.assert_array_equal(corners[k, 4], corners[k, 5])
    assert bool(bent) == (resolution % 2 == 1)
    assert scale * 32_767 < 90.0


def test_cells_at_the_pole_fit_into_their_numbers() -> None:
    cells = cells_in(3, box=(85.0, -180.0, 90.0, 180.0))
    scale = outlines.scale_deg(cells)
    _, corners, ids = corners_of(outlines.packed(cells), len(cells), scale)
    worst = max(
        off_by(corners[k], h3.cell_to_boundary(h3.int_to_str(cell))) for k, cell in enumerate(ids.tolist())
    )
    assert worst < 2 * scale


def test_satellites_of_a_ring_stand_where_a_circle_has_them(duo: Service) -> None:
    """Forty satellites over the equator, 550 km up, 9 degrees apart: a world to check by hand."""
    answer = duo.ask("GET", "/v1/view/slots/0/positions")
    position = np.frombuffer(answer.content, "<f4").reshape(-1, 3).astype(float)
    assert len(position) == 40
    np.testing.assert_allclose(np.linalg.norm(position, axis=1), 6378.1 + 550.0, atol=15.0)
    np.testing.assert_allclose(position[:, 2], 0.0, atol=1.0)
    turn = np.sort(np.degrees(np.arctan2(position[:, 1], position[:, 0])))
    np.testing.assert_allclose(np.diff(turn), 9.0, atol=0.05)
    later = np.frombuffer(duo.ask("GET", "/v1/view/slots/24/positions").content, "<f4").reshape(-1, 3)
    assert duo.ask("GET", "/v1/view/slots/25/positions").status_code == 404
    # 360 s: 360 degrees in the 95.6 minutes of such an orbit, less the turn of the Earth
    moved = np.degrees(np.arctan2(later[0, 1], later[0, 0]) - np.arctan2(position[0, 1], position[0, 0]))
    assert moved % 360.0 == pytest.approx(360.0 * (6.0 / 95.6 - 6.0 / 1436.07), abs=0.1)


# ------------------------------------------------------------------ fields


@pytest.mark.parametrize("slot", [0, SLOTS - 1])
def test_fields_are_the_arrays_that_were_stored(page: Service, dataset: xarray.Dataset, slot: int) -> None:
    row = {name: dataset[name][slot].to_numpy() for name in dataset if dataset[name].dims == ("slot", "cell")}
    for name in ("throughput_bps", "latency_ms", "elevation_deg"):
        np.testing.assert_array_equal(array(page, slot, name), row[name])
    for name in ("satellites_in_view", "satellites_usable", "hops"):
        np.testing.assert_array_equal(array(page, slot, name), np.where(row[name] < 0, np.nan, row[name]))
    for name in ("served", "bottleneck", "gateway", "pop", "reason"):
        values = row[name].astype(int)
        np.testing.assert_array_equal(array(page, slot, name), np.where(values < 0, NO_WORD, values))
    demand = dataset["demand_bps"].to_numpy()
    np.testing.assert_allclose(array(page, slot, "satisfied"), row["throughput_bps"] / demand, rtol=1e-6)
    load, satellite = array(page, slot, "load"), row["satellite"]
    fullest = np.nanargmax(load)
    granted = row["throughput_bps"][satellite == satellite[fullest]].sum(dtype=float)
    number = dataset["satellite_number"].to_numpy()[satellite[fullest]]
    seen = told(page.ask("GET", f"/v1/view/slots/{slot}/satellites/{number}"))
    assert load[fullest] == pytest.approx(granted / seen["capacity_bps"], rel=1e-5)
    np.testing.assert_array_equal(np.isnan(load), satellite < 0)


def test_every_field_of_the_view_can_be_had_and_its_codes_have_words(page: Service) -> None:
    view = told(page.ask("GET", "/v1/view"))
    names = {each["name"] for each in view["fields"]}
    assert {"served", "reason", "load", "demand_bps", "country", "licence", "service", "sales"} <= names
    for field in view["fields"]:
        values = array(page, 2, field["name"])
        assert len(values) == view["cells"]
        assert field["low"] < field["high"] or field["words"]
        if field["kind"] == "words":
            assert values[values != NO_WORD].max(initial=0) < len(field["words"])


def test_rules_over_the_cells_are_those_of_their_spots(page: Service, contended: Path) -> None:
    view = told(page.ask("GET", "/v1/view"))
    words = {each["name"]: each["words"] for each in view["fields"]}
    lat, lon = (open_dataset(contended)[name].to_numpy() for name in ("lat", "lon"))
    start = read_recipe(contended).start
    rules = rules_of_run(Run.open(contended))
    assert rules is not None
    found = {name: array(page, 0, name) for name in ("licence", "service", "sales")}
    checked = 0
    for k in range(0, len(lat), 7):
        here = rules.at(lat[k], lon[k], start)
        if here.base:  # at sea another spot of the cell may be meant
            assert words["service"][found["service"][k]] == here.service.name.lower()
            assert words["licence"][found["licence"][k]] == here.licence.name.lower()
            assert words["sales"][found["sales"][k]] == here.sales.replace(" ", "_")
            checked += 1
    assert checked > 20
    assert set(np.unique(found["service"]).tolist()) == {0, 3}  # Chad is off, the rest is on


# ------------------------------------------------------------------ ground and satellites


def test_ground_carries_what_its_cells_get(page: Service, dataset: xarray.Dataset) -> None:
    ground = told(page.ask("GET", "/v1/view/slots/3/ground"))
    granted = float(dataset["throughput_bps"][3].sum(dtype=float))
    assert sum(each["granted_bps"] for each in ground["gateways"]) == pytest.approx(granted, rel=1e-6)
    assert sum(each["granted_bps"] for each in ground["pops"]) == pytest.approx(granted, rel=1e-6)
    feeder = read_state(dataset.encoding["source"].removesuffix("/run.zarr"), 3)["feeder"]
    assert sum(each["satellites"] for each in ground["gateways"]) == (feeder >= 0).sum()
    busiest = max(ground["gateways"], key=lambda each: each["granted_bps"])
    assert busiest["load"] == pytest.approx(busiest["granted_bps"] / busiest["capacity_bps"])


def test_a_satellite_says_what_it_serves_and_where_it_is_seen(page: Service, dataset: xarray.Dataset) -> None:
    view = told(page.ask("GET", "/v1/view"))
    satellite = dataset["satellite"][4].to_numpy()
    busiest = int(np.bincount(satellite[satellite >= 0]).argmax())
    number = int(dataset["satellite_number"][busiest])
    it = told(page.ask("GET", f"/v1/view/slots/4/satellites/{number}"))
    cells = np.flatnonzero(satellite == busiest)
    assert sorted(each["cell"] for each in it["cells"]) == cells.tolist()
    throughput = dataset["throughput_bps"][4].to_numpy()
    assert all(each["granted_bps"] == throughput[each["cell"]] for each in it["cells"])
    assert it["granted_bps"] == pytest.approx(throughput[cells].sum(dtype=float), rel=1e-6)
    assert it["beams_used"] == pytest.approx(float(dataset["share"][4].to_numpy()[cells].sum()), rel=1e-6)
    packed = page.ask("GET", "/v1/view/slots/4/positions").content
    position = np.frombuffer(packed, "<f4").reshape(-1, 3)[busiest].astype(float)
    ring = np.radians(it["footprint"])
    assert len(ring) == 73
    assert it["footprint"][0] == it["footprint"][-1]
    up = np.column_stack(
        [np.cos(ring[:, 1]) * np.cos(ring[:, 0]), np.cos(ring[:, 1]) * np.sin(ring[:, 0]), np.sin(ring[:, 1])]
    )
    line = position - 6371.0088 * up
    elevation = np.degrees(np.arcsin(np.einsum("ij,ij->i", line, up) / np.linalg.norm(line, axis=1)))
    np.testing.assert_allclose(elevation, view["mask_deg"], atol=0.01)
    inner = np.cross(up[:-1], up[1:]) @ (position / np.linalg.norm(position))
    assert (inner > 0.0).all(), "counter-clockwise, seen from above"
    for other in it["isls"]:
        back = told(page.ask("GET", f"/v1/view/slots/4/satellites/{other['number']}"))
        same = next(each for each in back["isls"] if each["number"] == number)
        assert same["load"] == other["load"]
        assert (back["lat_deg"], back["lon_deg"]) == (other["lat_deg"], other["lon_deg"])
    now = next(each for each in it["track"] if each["minute"] == 0.0)
    assert (now["lat_deg"], now["lon_deg"]) == pytest.approx((it["lat_deg"], it["lon_deg"]))
    minutes = [each["minute"] for each in it["track"]]
    assert minutes == list(range(round(minutes[0]), round(minutes[-1]) + 1))
    assert -minutes[0] == minutes[-1]


def test_where_a_satellite_stands_agrees_with_another_program(page: Service, dataset: xarray.Dataset) -> None:
    import pyproj

    turn = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    position = np.frombuffer(page.ask("GET", "/v1/view/slots/2/positions").content, "<f4").reshape(-1, 3)
    for s in (0, 5, len(position) - 1):
        number = int(dataset["satellite_number"][s])
        it = told(page.ask("GET", f"/v1/view/slots/2/satellites/{number}"))
        lon, lat, height = turn.transform(*(1e3 * position[s].astype(float)))
        assert it["lat_deg"] == pytest.approx(lat, abs=1e-5)
        assert it["lon_deg"] == pytest.approx(lon, abs=1e-5)
        assert it["altitude_km"] == pytest.approx(height / 1e3, abs=2e-3)


# ------------------------------------------------------------------ places


def test_a_place_is_answered_as_openleo_why_answers(duo: Service, page: Service, contended: Path) -> None:
    world = str(contended.parent / "contended.toml")
    start = read_recipe(contended).start.isoformat()
    for service, which, point in (
        (duo, ["--world", "duo"], (0.39, 9.45)),
        (duo, ["--world", "duo"], (-40.0, 179.9)),
        (page, ["--world", world, "--at", start], (20.0, 10.0)),
        (page, ["--world", world, "--at", start], tuple(CHAD_POINT.values())),
    ):
        asked = CliRunner().invoke(openleo, ["why", *map(str, point), *which, "--json"])
        assert asked.exit_code == 0, asked.output
        why = json.loads(asked.stdout)
        at = told(service.ask("GET", f"/v1/view/slots/0/at?lat={point[0]}&lon={point[1]}"))
        for name in why.keys() - {"place", "log", "said"}:
            assert at[name] == why[name], name
        assert at["said"] == {name: why["said"][name] for name in at["said"]}


def test_the_way_leads_from_the_place_over_satellites_to_the_pop(duo: Service) -> None:
    at = told(duo.ask("GET", "/v1/view/slots/1/at?lat=0.39&lon=9.45"))
    kinds = [each["kind"] for each in at["way"]]
    names = [each["name"] for each in at["way"]]
    assert kinds == ["terminal", *["satellite"] * len(at["service"]["way"]), "gateway", "pop"]
    assert names[1:-2] == at["service"]["way"]
    assert names[-2:] == ["Kampala", "Kampala"]
    assert len(at["service"]["way"]) >= 3  # the world's own words: over two or three links
    assert (at["near"]["name"], at["near"]["country"]) == ("Libreville", "GA")
    altitudes = [each["altitude_km"] for each in at["way"] if each["kind"] == "satellite"]
    assert altitudes == pytest.approx([550.0] * len(altitudes), abs=15.0)


def test_handovers_and_setting_are_what_the_later_slots_show(duo: Service, duo_run: Path) -> None:
    stored = open_dataset(duo_run)
    at = told(duo.ask("GET", "/v1/view/slots/0/at?lat=0.39&lon=9.45"))
    serving = stored["satellite"][:, at["cell_index"]].to_numpy()
    changes = (np.flatnonzero(np.diff(serving)) + 1).tolist()
    assert changes
    assert [each["slot"] for each in at["handovers"]] == changes
    number = stored["satellite_number"].to_numpy()
    assert [each["number"] for each in at["handovers"]] == number[serving[changes]].tolist()
    assert at["sets_in_s"] is not None
    first = at["service"]["satellite"]["number"]
    for slot in range(24):
        there = told(duo.ask("GET", f"/v1/view/slots/{slot}/at?lat=0.39&lon=9.45"))
        height = next((o["elevation_deg"] for o in there["overhead"] if o["number"] == first), -1.0)
        assert (height < at["mask_deg"]) == (15 * slot >= at["sets_in_s"]), slot


def test_a_place_where_a_rule_says_no_names_rule_region_and_reason(page: Service) -> None:
    at = told(page.ask("GET", "/v1/view/slots/0/at", params=CHAD_POINT))
    assert (at["served"], at["reason"]) == (False, "rule")
    assert at["rule"]["region"] == "Chad (illustration)"
    assert at["decision"]["outcome"] == "refuse"
    assert at["decision"]["reason"]["name"] == "service_off"
    assert at["decision"]["region"] == "Chad (illustration)"
    assert at["decision"]["rule"] == "Illustration, not a fact."
    reasons = told(page.ask("GET", "/v1/reasons"))["reasons"]
    assert at["decision"]["reason"] in reasons
    allowed = told(page.ask("GET", "/v1/view/slots/0/at?lat=20&lon=10"))["decision"]
    assert (allowed["outcome"], allowed["region"], allowed["rule"]) == ("serve", None, None)


@pytest.mark.parametrize(
    "point", [(90, 0), (-90, 180), (89.99, -180), (0, 180), (0, -180), (-16.5, 179.99), (-16.5, -179.99)]
)
def test_poles_and_antimeridian_are_places_like_others(page: Service, point: tuple[float, float]) -> None:
    at = told(page.ask("GET", f"/v1/view/slots/0/at?lat={point[0]}&lon={point[1]}"))
    assert (at["served"], at["reason"], at["cell"]) == (False, "no_demand", "")
    assert at["cell_index"] is None
    assert at["handovers"] == at["way"] == []


def test_other_rules_in_force_decide_while_the_plan_stays_as_it_was(contended: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.rules.toml"
    other.write_text('name = "other"\n[elsewhere]\nlicence = "none"\ndecision = "For tests: nobody."\n')
    with shown_from(tmp_path, contended, enforced=RuleSet.load(other)) as service:
        view = ready(service)
        assert (view["rules"]["name"], view["planned_by"]["name"]) == ("other", "chad")
        at = told(service.ask("GET", "/v1/view/slots/0/at?lat=20&lon=10"))
        assert (at["served"], at["rules"]) == (True, "chad")
        assert at["decision"]["reason"]["name"] == "unlicensed"
        assert set(array(service, 0, "licence").tolist()) == {1}


# ------------------------------------------------------------------ how it travels


def test_answers_are_compressed_where_the_caller_takes_it_and_kept_where_it_names_the_key(
    page: Service,
) -> None:
    key = told(page.ask("GET", "/v1/view"))["key"]
    path = "/v1/view/slots/1/fields/latency_ms"

    def asked(coding: str, query: str = "") -> Any:
        return page.http.stream("GET", page.url + path + query, headers={"accept-encoding": coding})

    with asked("gzip") as packed, asked("gzip;q=0, identity") as plain:
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        whole = b"".join(plain.iter_raw())
        assert gzip.decompress(b"".join(packed.iter_raw())) == whole
        assert plain.headers["cache-control"] == "no-cache"
    with asked("gzip", f"?key={key}") as kept:
        assert "immutable" in kept.headers["cache-control"]
        assert kept.headers["vary"] == "accept-encoding"
    with asked("gzip", "?key=0123abc") as stale:
        assert stale.status_code == 409
        assert "immutable" not in stale.headers.get("cache-control", "")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/view/slots/6/fields/latency_ms", 404),
        ("/v1/view/slots/0/fields/beauty", 404),
        ("/v1/view/slots/0/fields/..%2F..%2Fprogress.json", 404),
        ("/v1/view/slots/0/fields/SERVED", 422),
        ("/v1/view/slots/7/positions", 404),
        ("/v1/view/slots/-1/positions", 422),
        ("/v1/view/slots/one/positions", 422),
        ("/v1/view/slots/1e3/ground", 422),
        (f"/v1/view/slots/{10**30}/ground", 422),
        ("/v1/view/slots/0/at?lat=nan&lon=0", 422),
        ("/v1/view/slots/0/at?lat=0&lon=inf", 422),
        ("/v1/view/slots/0/at?lat=90.5&lon=0", 422),
        ("/v1/view/slots/0/at?lat=0", 422),
        ("/v1/view/slots/6/at?lat=0&lon=0", 404),
        ("/v1/view/slots/0/satellites/5", 404),
        (f"/v1/view/slots/0/satellites/{2**70}", 422),
        ("/v1/view/cells?key=zz", 422),
        ("/v1/view?slot=1", 422),
        ("/v1/search", 422),
        ("/v1/search?q=a&limit=0", 422),
        (f"/v1/search?q={'a' * 101}", 422),
    ],
)
def test_what_cannot_be_is_a_problem_of_the_caller(page: Service, path: str, status: int) -> None:
    answer = page.ask("GET", path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# ------------------------------------------------------------------ runs that are not as they should be


@pytest.fixture(scope="module")
def duo_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six minutes of the small world: a satellite crosses the sky of a city."""
    return made_run(tmp_path_factory.mktemp("duo"), "duo", 24)


@pytest.fixture(scope="module")
def duo(duo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shown_from(tmp_path_factory.mktemp("page"), duo_run) as service:
        ready(service)
        yield service


ALL = (
    "/v1/view", "/v1/view/satellites", "/v1/view/cells", "/v1/view/slots/0/positions",
    "/v1/view/slots/0/fields/latency_ms", "/v1/view/slots/0/ground", "/v1/view/slots/0/at?lat=0.39&lon=9.45",
    "/v1/view/slots/0/satellites/900000001", "/v1/search?q=ring",
)  # fmt: skip


@pytest.fixture
def copied(duo_run: Path, tmp_path: Path) -> Path:
    """A run that a test may spoil."""
    return Path(shutil.copytree(duo_run, tmp_path / "run"))


def statuses(service: Service) -> dict[str, int]:
    return {path: service.ask("GET", path).status_code for path in ALL}


@pytest.mark.parametrize("left", ["nothing", "an empty folder", "a folder without its progress"])
def test_a_run_that_is_deleted_is_gone_and_comes_back(copied: Path, tmp_path: Path, left: str) -> None:
    with shown_from(tmp_path, copied) as service:
        before = ready(service)
        assert set(statuses(service).values()) == {200}
        kept = copied.rename(tmp_path / "kept")
        if left == "an empty folder":
            copied.mkdir()
        elif left == "a folder without its progress":
            shutil.copytree(kept, copied)
            (copied / "progress.json").unlink()
        assert set(statuses(service).values()) == {410}
        said = service.ask("GET", "/v1/view").json()
        assert "the run run is no longer there" in said["detail"]
        assert str(tmp_path) not in said["detail"]
        shutil.rmtree(copied, ignore_errors=True)
        kept.rename(copied)
        assert ready(service)["key"] == before["key"]
        assert set(statuses(service).values()) == {200}


def test_another_run_in_its_place_is_told_by_its_key(copied: Path, tmp_path: Path) -> None:
    with shown_from(tmp_path, copied) as service:
        key = ready(service)["key"]
        made_run(tmp_path, "duo", 2, "--overwrite", "--at", "2026-01-02T00:00Z")
        stale = service.ask("GET", f"/v1/view/cells?key={key}")
        assert (stale.status_code, stale.json()["type"]) == (409, "urn:openleo:problem:conflict")
        view = ready(service)
        assert view["key"] != key
        assert (view["slots"], view["first"]) == (2, "2026-01-01T23:59:57Z")


def test_what_was_made_while_the_run_was_replaced_is_not_told_as_that_of_the_key(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, lock, replaced = Page.cells, threading.Lock(), []

    def meanwhile(page: Page) -> bytes:
        found = made(page)
        with lock:  # the server's own thread makes them as well: once, and whoever comes second waits for it
            if not replaced:
                replaced.append(made_run(tmp_path, "duo", 2, "--overwrite", "--at", "2026-01-02T00:00Z"))
        return found

    with shown_from(tmp_path, copied) as service:
        key = ready(service)["key"]
        monkeypatch.setattr(Page, "cells", meanwhile)
        stale = service.ask("GET", f"/v1/view/cells?key={key}")
        assert (stale.status_code, stale.json()["type"]) == (409, "urn:openleo:problem:conflict")


def test_a_run_that_goes_on_shows_its_new_slots(tmp_path: Path) -> None:
    folder = made_run(tmp_path, "duo", 3)
    progress = (folder / "progress.json").read_text()
    (folder / "progress.json").write_text(progress.replace('"slots_done": 3', '"slots_done": 0'))
    with shown_from(tmp_path, folder) as service:
        view = ready(service)
        assert (view["slots"], view["first"]) == (0, None)
        assert service.ask("GET", "/v1/view/slots/0/fields/served").status_code == 404
        assert service.ask("GET", "/v1/view/slots/0/at?lat=0&lon=0").status_code == 404
        (folder / "progress.json").write_text(progress)
        assert told(service.ask("GET", "/v1/view"))["slots"] == 3
        assert len(array(service, 2, "served")) == 2


def test_a_run_of_another_world_than_is_here_shows_what_was_stored_and_says_why_no_more(
    contended: Path, tmp_path: Path
) -> None:
    shutil.copytree(contended.parent, tmp_path / "all")
    file = tmp_path / "all" / "contended.toml"
    file.write_text(file.read_text() + "\n[radio]\nelevation_mask_deg = 30.0\n")
    with shown_from(tmp_path, tmp_path / "all" / "run") as service:
        view = ready(service)
        assert "is another now than that of the run" in view["details"]
        assert len(array(service, 3, "latency_ms")) == view["cells"]
        assert service.ask("GET", "/v1/view/cells").status_code == 200
        for path in ("/v1/view/satellites", "/v1/view/slots/0/at?lat=0&lon=0", "/v1/view/slots/0/ground"):
            refused = service.ask("GET", path)
            assert (refused.status_code, refused.json()["detail"]) == (503, view["details"])
        assert told(service.ask("GET", "/v1/search?q=nairobi"))["results"]


@pytest.mark.parametrize("missing", ["recipe.json", "the world file", ".state-0.npz"])
def test_a_run_without_what_it_is_made_from_is_still_shown(
    contended: Path, tmp_path: Path, missing: str
) -> None:
    shutil.copytree(contended.parent, tmp_path / "all")
    run = tmp_path / "all" / "run"
    (tmp_path / "all" / "contended.toml" if missing == "the world file" else run / missing).unlink()
    with shown_from(tmp_path, run) as service:
        view = ready(service)
        assert len(array(service, 0, "latency_ms")) == view["cells"]
        refused = service.ask("GET", "/v1/view/slots/1/at?lat=20&lon=10")
        assert refused.status_code == 503
        assert str(tmp_path) not in refused.text
        assert (view["details"] == "ready") == (missing == ".state-0.npz")


def test_a_store_of_another_program_is_no_run(copied: Path) -> None:
    head = copied / "run.zarr" / "zarr.json"
    head.write_text(head.read_text().replace('"world_hash"', '"another"'))
    with pytest.raises(InputError, match="world_hash"):
        RunFolder(copied)
    head.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        RunFolder(copied)


def test_a_torn_array_is_a_problem_and_not_a_failure(copied: Path, tmp_path: Path) -> None:
    with shown_from(tmp_path, copied) as service:
        ready(service)
        (chunk,) = (copied / "run.zarr" / "latency_ms" / "c" / "7").rglob("0")
        chunk.write_bytes(b"torn")
        assert service.ask("GET", "/v1/view/slots/7/fields/latency_ms").status_code == 503
        assert service.ask("GET", "/v1/view/slots/6/fields/latency_ms").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        '[cells]\narea = "countries"\ncountries = []\n[demand]\nfile = ""\n',
        "[fleet]\nshells = []\n",
        "[ground]\ngateways = []\npops = []\n",
    ],
    ids=["no cells", "no satellites", "no ground"],
)
def test_worlds_with_next_to_nothing_in_them_are_shown(text: str, tmp_path: Path) -> None:
    (tmp_path / "made.toml").write_text(f'base = "duo"\nname = "made"\n{text}')
    with shown_from(tmp_path, made_run(tmp_path, tmp_path / "made.toml", 2)) as service:
        view = ready(service)
        assert view["details"] == "ready"
        found = statuses(service)
        assert found.pop("/v1/view/slots/0/satellites/900000001") == (200 if view["satellites"] else 404)
        assert set(found.values()) == {200}
        for field in view["fields"]:
            assert len(array(service, 1, field["name"])) == view["cells"]


def test_a_run_that_kept_a_few_fields_shows_those(tmp_path: Path) -> None:
    folder = made_run(tmp_path, "duo", 2, "--fields", "served,latency_ms")
    with shown_from(tmp_path, folder) as service:
        view = ready(service)
        names = {each["name"] for each in view["fields"] if each["group"] == "network"}
        assert names == {"served", "latency_ms", "demand_bps", "country"}
        assert service.ask("GET", "/v1/view/slots/0/fields/reason").status_code == 404
        at = told(service.ask("GET", "/v1/view/slots/1/at?lat=0.39&lon=9.45"))
        assert at["served"]
        assert at["handovers"] == []
        ground = service.ask("GET", "/v1/view/slots/0/ground")
        assert (ground.status_code, "throughput_bps was not kept" in ground.text) == (404, True)


def test_without_a_run_the_page_says_so(tmp_path: Path) -> None:
    with served(str(tmp_path / "store.db")) as service:
        view = told(service.ask("GET", "/v1/view"))
        assert (view["source"], view["slots"], view["fields"]) == ("none", 0, [])
        assert view["rules"]["name"] == "tests"
        found = statuses(service)
        assert found.pop("/v1/view") == found.pop("/v1/search?q=ring") == 200
        assert set(found.values()) == {404}
