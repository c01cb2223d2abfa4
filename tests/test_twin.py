"""The clock: figures that add up, runs that go on where they stopped, worlds with next to nothing in them."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec
from view_runs import contended_world

from openleo import Twin, World, maps, open_twin
from openleo.plan import REASONS
from openleo.twin import UNSERVED, Slot, figures, summarise


def written(folder: Path, text: str) -> World:
    (folder / "small.toml").write_text(text)
    return World.load(folder / "small.toml")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Twin, list[Slot]]:
    """Some three hundred cells around a gateway, too few satellites for all of them, and six slots."""
    folder = tmp_path_factory.mktemp("small")
    twin = open_twin(contended_world(folder), threads=1)
    return twin, list(twin.slots(twin.world.epoch, 6))


def test_figures_add_up(small: tuple[Twin, list[Slot]]) -> None:
    twin, slots = small
    wanted = int((twin.cells.demand_bps > 0).sum())
    for slot in slots:
        found = figures(twin, slot)
        assert found["cells_with_demand"] == wanted == found["served"] + sum(found["unserved"].values())
        assert tuple(found["unserved"]) == UNSERVED == REASONS[1:]
        assert found["coverage"] == found["served"] / wanted
        assert 0 < found["served"] < wanted
        assert found["unserved"]["rule"] == int((~twin.rules.lit).sum()) > 0
        granted = np.minimum(slot.routes.granted_bps.astype(float), twin.cells.demand_bps)
        assert found["satisfied"] == pytest.approx(granted.sum() / twin.cells.demand_bps.sum(), rel=1e-6)
        assert found["satellites_serving"] == len(set(slot.plan.satellite[slot.served].tolist()))
        rtt = slot.routes.rtt_ms[slot.served]  # every cell asks for the same: plain quantiles
        assert found["rtt_ms"]["p50"] == pytest.approx(np.quantile(rtt, 0.5, method="inverted_cdf"))
        assert found["rtt_ms"]["p95"] == pytest.approx(np.quantile(rtt, 0.95, method="inverted_cdf"))
        assert found["satellites_lost"] == 0
        assert json.loads(json.dumps(found))["time"] == f"{np.datetime_as_string(slot.time, 's')}Z"
    for before, slot in itertools.pairwise(slots):
        now, then = slot.plan.satellite, before.plan.satellite
        both = [c for c in range(len(now)) if now[c] >= 0 and then[c] >= 0]
        assert slot.handover == pytest.approx(sum(now[c] != then[c] for c in both) / len(both))
    assert np.isnan(slots[0].handover)


def test_a_summary_is_the_mean_over_slots(small: tuple[Twin, list[Slot]]) -> None:
    twin, slots = small
    each = [figures(twin, slot) for slot in slots]
    whole = summarise(twin, each)
    assert whole["slots"] == 6
    assert whole["start"] == each[0]["time"]
    assert whole["world_hash"] == twin.digest() != twin.world.digest()
    assert (whole["rules"], whole["rules_hash"]) == ("chad", twin.rules.digest)
    assert (whole["satellites"], whole["gateways"], whole["cells"]) == (720, 1, len(twin.cells))
    assert whole["demand_tbps"] == pytest.approx(twin.cells.demand_bps.sum() / 1e12)
    for name in ("coverage", "satisfied"):
        assert whole[name] == pytest.approx(np.mean([found[name] for found in each]))
    assert whole["handover"] == pytest.approx(np.mean([found["handover"] for found in each[1:]]))
    for name in ("p50", "p95"):
        assert whole["rtt_ms"][name] == pytest.approx(np.mean([found["rtt_ms"][name] for found in each]))
    for name in UNSERVED:
        assert whole["unserved"][name] == pytest.approx(np.mean([found["unserved"][name] for found in each]))
    assert whole["coverage"] * whole["cells_with_demand"] + sum(whole["unserved"].values()) == pytest.approx(
        whole["cells_with_demand"]
    )
    nothing = summarise(twin, [])
    assert nothing["slots"] == 0
    assert nothing["coverage"] is None
    assert json.loads(json.dumps([whole, nothing], allow_nan=False))


def test_a_run_that_goes_on_is_the_run_that_was_not_stopped(small: tuple[Twin, list[Slot]]) -> None:
    twin, slots = small
    rest = list(twin.slots(twin.world.epoch, 6, first=3, before=slots[2]))
    assert [slot.index for slot in rest] == [3, 4, 5]
    for slot, other in zip(rest, slots[3:], strict=True):
        assert slot.time == other.time
        assert np.array_equal(slot.geometry.position_km, other.geometry.position_km)
        for name, values in slot.fields().items():
            assert np.array_equal(values, other.fields()[name], equal_nan=values.dtype.kind == "f"), name
    alone = next(twin.slots(twin.world.epoch, 6, first=3))
    assert np.array_equal(alone.geometry.position_km, slots[3].geometry.position_km)
    assert np.array_equal(alone.geometry.links.rate_bps, slots[3].geometry.links.rate_bps)
    check_plan(twin, alone)
    assert list(twin.slots(twin.world.epoch, 6, first=6)) == []


def test_the_fields_of_a_slot_are_those_of_the_dataset(small: tuple[Twin, list[Slot]]) -> None:
    twin, slots = small
    fields = slots[0].fields()
    assert set(fields) == set(maps.FIELDS)
    assert all(values.shape == (len(twin.cells),) for values in fields.values())
    off = fields["served"] == 0
    assert (fields["throughput_bps"][off] == 0).all()
    assert np.isnan(fields["latency_ms"][off]).all()
    assert (fields["satellite"][off] == -1).all()
    assert (fields["reason"][~off] == 0).all()
    assert (fields["elevation_deg"][~off] >= 25.0).all()
    assert (fields["satellites_usable"] <= fields["satellites_in_view"]).all()


def check_plan(twin: Twin, slot: Slot, sampled: int = 200) -> None:
    """Every rule of a plan anew, in float64 and plain NumPy."""
    plan, radio, demand = slot.plan, twin.world.radio, twin.cells.demand_bps
    lit = np.flatnonzero(plan.satellite >= 0)
    satellite, colours = plan.satellite[lit], plan.colours[lit]
    kind = [twin.fleet.classes[k] for k in twin.fleet.satellite_class]
    units = radio.downlink_channels * radio.polarisations
    assert twin.rules.lit[lit].all()
    assert (demand[lit] > 0).all()
    assert (colours > 0).all()
    assert (plan.colours[plan.satellite < 0] == 0).all()

    # beams: one cell holds at most one beam's time for each bit; in a frame no more than the satellite has
    held = np.zeros(len(lit))
    for frame in range(radio.frames):
        mask = np.uint64(((1 << units) - 1) << (units * frame))
        bits = np.bitwise_count(colours & mask)
        held += bits
        used = np.bincount(satellite, bits, len(kind))
        assert (used <= [each.beams for each in kind]).all(), frame
    assert (held == np.bitwise_count(colours)).all()

    # grants: no more than asked for, than the beams carry, than the satellite can take
    rate = slot.geometry.links.rate_bps[plan.pair[lit]].astype(np.float64)
    granted = plan.granted_bps[lit].astype(np.float64)
    assert (granted <= demand[lit] * (1 + 1e-6)).all()
    assert (granted <= rate * held / radio.frames * (1 + 1e-6)).all()
    carried = np.bincount(satellite, granted, len(kind))
    assert (carried <= np.array([each.capacity_gbps for each in kind]) * 1e9 * (1 + 1e-6)).all()

    # sight: elevation over the normal of the ellipsoid, and a way to a gateway that the cell may use
    place = twin.cells.ecef_km()[lit]
    up = place / np.array([6378.137**2, 6378.137**2, 6356.752314245**2])
    line = slot.geometry.position_km[satellite] - place
    sine = np.einsum("ij,ij->i", line, up) / np.linalg.norm(line, axis=1) / np.linalg.norm(up, axis=1)
    assert np.degrees(np.arcsin(sine)).min() >= radio.elevation_mask_deg - 1e-3
    assert slot.backhaul.open_to[twin.rules.landing[lit], satellite].all()

    # colours: never shared with a neighbour, and on one satellite only by cells far enough apart
    every = np.append(plan.colours, np.uint64(0))
    assert not (every[twin.cells.neighbours] & plan.colours[:, None]).any()
    for s in np.unique(satellite)[:: max(len(np.unique(satellite)) // sampled, 1)]:
        mine = np.flatnonzero(satellite == s)
        towards = -line[mine] / np.linalg.norm(line[mine], axis=1, keepdims=True)
        apart = np.degrees(np.arccos(np.clip(towards @ towards.T, -1.0, 1.0)))
        shared = (colours[mine, None] & colours[None, mine]) > 0
        np.fill_diagonal(shared, False)
        assert not (shared & (apart < radio.same_colour_deg - 1e-3)).any()


def test_every_plan_keeps_the_rules(small: tuple[Twin, list[Slot]]) -> None:
    twin, slots = small
    for slot in slots:
        check_plan(twin, slot)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("[[fleet.shells]]", "no_satellite"),
        ("[[ground.gateways]]", "no_gateway"),
        ("[cells]", None),
    ],
)
def test_a_world_without_satellites_gateways_or_cells_has_a_result(
    tmp_path: Path, more: str, reason: str | None
) -> None:
    text = {
        "[[fleet.shells]]": 'base = "duo"\n[fleet]\nshells = []\n',
        "[[ground.gateways]]": 'base = "duo"\n[ground]\ngateways = []\npops = []\n',
        "[cells]": 'base = "duo"\n[cells]\narea = "countries"\n[demand]\nfile = ""\n',
    }[more]
    twin = Twin.open(written(tmp_path, text), threads=1)
    each = [figures(twin, slot) for slot in twin.slots(twin.world.epoch, 2)]
    for found in each:
        assert found["served"] == 0
        assert found["coverage"] == 0.0
        assert sum(found["unserved"].values()) == found["cells_with_demand"] == (2 if reason else 0)
        if reason:
            assert found["unserved"][reason] == 2
    whole = summarise(twin, each)
    assert whole["rtt_ms"] == {"p50": None, "p95": None}
    assert whole["handover"] is None
    assert json.dumps(whole, allow_nan=False)


def omm(number: int, **changed: float | str) -> dict[str, float | str]:
    """One satellite of a ring over the equator at 550 km, as an OMM."""
    return {
        "OBJECT_NAME": f"RING-{number}", "OBJECT_ID": "2026-001A", "EPOCH": "2026-01-01T00:00:00",
        "MEAN_MOTION": 15.0552, "ECCENTRICITY": 1e-4, "INCLINATION": 0.1, "RA_OF_ASC_NODE": 0.0,
        "ARG_OF_PERICENTER": 0.0, "MEAN_ANOMALY": number * 9.0 % 360.0, "EPHEMERIS_TYPE": 0,
        "CLASSIFICATION_TYPE": "U", "NORAD_CAT_ID": number, "ELEMENT_SET_NO": 1, "REV_AT_EPOCH": 1,
        "BSTAR": 0.0, "MEAN_MOTION_DOT": 0.0, "MEAN_MOTION_DDOT": 0.0, **changed,
    }  # fmt: skip


def test_a_satellite_that_decays_drops_out_and_the_run_goes_on(tmp_path: Path) -> None:
    """Low and with much drag it is down after two and a half hours; the sgp4 package says when."""
    falling = omm(77, MEAN_MOTION=16.3, BSTAR=0.05, ECCENTRICITY=1e-3)
    file = tmp_path / "ring.json"
    file.write_text(json.dumps([*(omm(number) for number in range(1, 41)), falling]))
    world = written(tmp_path, 'base = "duo"\nslot_s = 1200\n[fleet]\nmin_altitude_km = 0\n')
    twin = Twin.open(world, elements=file, threads=1)
    assert len(twin.fleet) == 41
    slots = list(twin.slots(twin.default_start(elements=True), 12))
    each = [figures(twin, slot) for slot in slots]
    package = Satrec()
    package.sgp4init(
        WGS72, "i", 77, 27759.0, 0.05, 0.0, 0.0, 1e-3, 0.0, np.radians(0.1), np.radians(77 * 9.0 % 360.0),
        16.3 * 2.0 * np.pi / 1440.0, 0.0,
    )  # fmt: skip
    minutes = [(slot.time - np.datetime64("2026-01-01")) / np.timedelta64(1, "m") for slot in slots]
    expected = [int(package.sgp4_tsince(since)[0] != 0) for since in minutes]
    lost = [found["satellites_lost"] for found in each]
    assert lost == expected
    assert (lost[0], lost[-1]) == (0, 1)
    assert all(found["served"] == 2 for found in each)
    assert summarise(twin, each)["satellites_lost"] == 1
    row = int(np.flatnonzero(twin.fleet.elements.number == 77)[0])
    for slot in slots:
        if np.isnan(slot.geometry.position_km[row, 0]):
            assert not (slot.plan.satellite == row).any()
            assert slot.backhaul.feeder[row] == -1
            assert not np.isfinite(slot.backhaul.delay_ms[:, row]).any()


def test_a_run_begins_at_the_epoch_of_the_world_or_of_the_elements(tmp_path: Path) -> None:
    twin = Twin.open(World.load("duo"), threads=1)
    assert twin.elements_epoch == np.datetime64("2026-01-01T00:00:00")
    assert twin.default_start(elements=False) == datetime(2026, 1, 1, tzinfo=UTC)
    file = tmp_path / "three.json"
    hours = ("00", "06", "07")
    file.write_text(json.dumps([omm(k + 1, EPOCH=f"2026-03-01T{h}:00:00") for k, h in enumerate(hours)]))
    twin = Twin.open(World.load("duo"), elements=file, threads=1)
    assert twin.default_start(elements=True) == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert twin.default_start(elements=False) == datetime(2026, 1, 1, tzinfo=UTC)
    empty = Twin.open(written(tmp_path, 'base = "duo"\n[fleet]\nshells = []\n'), threads=1)
    assert empty.elements_epoch == np.datetime64("2026-01-01T00:00:00")


@pytest.fixture(scope="module")
def today() -> tuple[Twin, list[Slot]]:
    twin = open_twin("today")
    return twin, list(twin.slots(twin.world.epoch, 2))


@pytest.mark.slow
def test_today_is_covered_and_keeps_the_rules(today: tuple[Twin, list[Slot]]) -> None:
    twin, slots = today
    for slot in slots:
        found = figures(twin, slot)
        assert found["cells_with_demand"] == 200_000 == found["served"] + sum(found["unserved"].values())
        assert found["coverage"] > 0.99
        check_plan(twin, slot)
    assert figures(twin, slots[1])["handover"] < 0.36


@pytest.mark.slow
@pytest.mark.reference
def test_the_real_fleet_is_accounted_for_and_serves(reference: Path) -> None:
    twin = open_twin("today", elements=reference / "gp" / "starlink-2026-05-30.tle")
    fleet = twin.fleet
    assert fleet.read == 10_395
    assert len(fleet) + sum(fleet.left_out.values()) == fleet.read
    assert len(fleet) > 8_000
    start = twin.default_start(elements=True)
    assert start.date() == datetime(2026, 5, 30, tzinfo=UTC).date()
    slot = next(twin.slots(start, 1))
    found = figures(twin, slot)
    assert found["coverage"] > 0.95
    assert found["satellites_lost"] == 0
    check_plan(twin, slot)


def heights(slot: Slot) -> NDArray[np.float64]:
    return np.linalg.norm(slot.geometry.position_km, axis=1) - 6371.0


def test_a_rule_of_other_tools_sees_as_far_as_they_do(tmp_path: Path) -> None:
    """Flat cone: within height / sin(mask), 1 301 km at 25 degrees and 550 km; a range: within just that."""
    text = 'base = "duo"\n[radio]\nvisibility = "{}"\ngso_avoidance_deg = 0\n{}'
    twin = Twin.open(written(tmp_path, text.format("flat_cone", "")), threads=1)
    slot = next(twin.slots(twin.world.epoch, 1))
    sky = slot.geometry.sky
    limit = heights(slot)[sky.satellite] / np.sin(np.radians(25.0))
    assert (sky.range_km <= limit * (1 + 1e-6)).all()
    place = twin.cells.ecef_km()
    distance = np.linalg.norm(slot.geometry.position_km[None] - place[:, None], axis=2)
    assert len(sky.satellite) == (distance <= heights(slot) / np.sin(np.radians(25.0))).sum()
    twin = Twin.open(written(tmp_path, text.format("range_km", "max_range_km = 1300")), threads=1)
    slot = next(twin.slots(twin.world.epoch, 1))
    assert len(slot.geometry.sky.satellite) == (distance <= 1300.0).sum()
