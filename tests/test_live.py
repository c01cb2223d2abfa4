"""The twin on the clock: what a controller reads of it, on time, late, failing, and as grants name it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from openleo import Twin, open_twin, propagate
from openleo.errors import InputError
from openleo.operate.live import Live
from openleo.service.policy import PlanNow, decide
from openleo.service.reasons import Reason
from openleo.service.records import CellState, CheckIn, FindingKind, History, Outcome, Terminal
from openleo.service.regions import RuleSet
from openleo.twin import Slot

EPOCH = datetime(2026, 1, 1, 0, 0, 12, tzinfo=UTC)
"""A slot of 15 s begins here."""

LICENSED = 'name = "r"\n[elsewhere]\nlicence = "licensed"\n[[plans]]\nname = "p"\n'
LIBREVILLE = (0.39, 9.45)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.at = seconds

    def __call__(self) -> float:
        return EPOCH.timestamp() + self.at

    @property
    def us(self) -> int:
        return round(self() * 1e6)


@pytest.fixture(scope="module")
def duo() -> Twin:
    return open_twin("duo", threads=1)


TERMINAL = Terminal(plan="p", account="a", home="GA", home_lat_deg=0.39, home_lon_deg=9.45)

Ask = Callable[..., CheckIn]


@pytest.fixture
def ask(duo: Twin) -> Ask:
    """A check-in from Libreville at the fake clock's instant."""

    def checkin(clock: Clock, satellite: int = -1, delay_ms: float = float("nan")) -> CheckIn:
        cell = int(duo.cells.id[np.argmin(duo.cells.lon_deg)])
        time = EPOCH + timedelta(seconds=clock.at)
        return CheckIn(
            time, *LIBREVILLE, 10.0, speed_kmh=0.0, altitude_m=5.0, satellite=satellite, cell=cell,
            delay_ms=delay_ms,
        )  # fmt: skip

    return checkin


def plan(live: Live) -> PlanNow:
    _, found = live.now()
    assert found is not None
    return found


def test_the_slot_that_is_running_is_planned_and_then_the_one_to_come(duo: Twin) -> None:
    clock = Clock(4.0)
    live = Live(duo, clock=clock)
    assert live.now() == (None, None)
    assert not live.status().well
    assert live.step() == 0.0  # the next is due as well
    assert live.status().lag_s == 4.0
    first = plan(live)
    assert live.step() == pytest.approx(11.0)  # until the slot to come begins, there is nothing to do
    assert live.step() == pytest.approx(11.0)
    status = live.status()
    assert (status.planned, status.missed, status.lag_s, status.age_s) == (2, 0, -11.0, 4.0)
    assert status.slot == EPOCH
    assert status.well
    assert plan(live) is first  # that of the running slot, though the next is ready
    clock.at = 15.0
    assert plan(live) is not first
    assert live.status().slot == EPOCH + timedelta(seconds=15)
    # the slots are those of a run of the same instants
    run = list(duo.slots(EPOCH, 2))
    for found, slot in zip((first, plan(live)), run, strict=True):
        assert np.array_equal(found.cell, duo.cells.id)
        assert found.reason.tolist() == [CellState.SERVED, CellState.SERVED]
        numbers = duo.fleet.elements.number[slot.plan.satellite]
        assert np.array_equal(found.satellite, numbers)
        assert [live.gateways[g] for g in found.gateway] == ["Kampala", "Kampala"]
        assert found.rate_mbps == pytest.approx(slot.routes.granted_bps / 1e6)


def test_the_sky_is_where_the_satellites_stand_within_half_a_second(duo: Twin) -> None:
    clock = Clock()
    live = Live(duo, clock=clock)
    live.step()
    for at in (0.0, 0.49, 7.3, 14.999):
        clock.at = at
        sky, _ = live.now()
        assert sky is not None
        assert (np.diff(sky.satellite) > 0).all()
        time = np.datetime64((EPOCH + timedelta(seconds=at)).replace(tzinfo=None), "us")
        there = propagate(duo.fleet.elements, np.array([time])).position_ecef_km[0]
        row = np.searchsorted(sky.satellite, duo.fleet.elements.number)
        off = np.linalg.norm(sky.position_ecef_km[row] - there, axis=1)
        assert off.max() < 7.7 * 0.5 + 0.1
    clock.at = 15.0
    assert live.now()[0] is None  # no evidence rather than old evidence


def test_a_late_plan_holds_a_stated_time_and_then_there_is_none(duo: Twin) -> None:
    clock = Clock()
    live = Live(duo, clock=clock, hold_s=20.0)
    live.step()
    first = plan(live)
    assert first.until_us == clock.us + 35_000_000
    clock.at = 34.9
    assert plan(live) is first
    assert live.status().age_s == pytest.approx(34.9)
    clock.at = 35.0
    assert live.now() == (None, None)
    assert not live.status().well
    # what was missed is counted and not made up for
    clock.at = 100.0
    live.step()
    status = live.status()
    assert (status.slot, status.missed, status.planned) == (EPOCH + timedelta(seconds=90), 5, 2)
    assert status.lag_s == pytest.approx(10.0)
    with pytest.raises(InputError, match="hold_s: -1"):
        Live(duo, hold_s=-1)


def test_a_slot_that_ends_while_it_is_planned_leaves_its_plan_until_the_next(
    duo: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, planned = Clock(), Twin.slot

    def slow(self: Twin, time: np.datetime64, *, before: Slot | None = None) -> Slot:
        clock.at += 20.0
        return planned(self, time, before=before)

    monkeypatch.setattr(Twin, "slot", slow)
    live = Live(duo, clock=clock)
    assert live.step() == 0.0
    assert live.status().lag_s == 20.0
    assert live.now()[0] is None
    assert plan(live).until_us == round(EPOCH.timestamp() * 1e6) + 75_000_000
    assert live.step() == 0.0  # the slot from 15 to 30 s, from 20 s on
    assert (live.status().missed, live.status().slot) == (0, EPOCH + timedelta(seconds=15))


def blocked(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Let every slot after the first wait: the event that one has begun, and the one that lets it go on."""
    begun, go_on, planned = threading.Event(), threading.Event(), Twin.slot

    def slot(self: Twin, time: np.datetime64, *, before: Slot | None = None) -> Slot:
        if before is not None:
            begun.set()
            go_on.wait()
        return planned(self, time, before=before)

    monkeypatch.setattr(Twin, "slot", slot)
    return begun, go_on


def test_readers_never_wait_for_a_plan_in_the_making(duo: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = blocked(monkeypatch)
    clock = Clock()
    with Live(duo, clock=clock) as live:
        assert begun.wait(60.0)
        first = plan(live)  # while the second is being made, in another thread
        clock.at = 20.0
        assert plan(live) is first
        assert live.status().age_s == 20.0
        clock.at = 80.0
        assert live.now() == (None, None)
        with pytest.raises(InputError, match="runs already"):
            live.start()
        go_on.set()
    live.stop()  # once more does no harm


def test_a_plan_that_fails_is_told_and_the_next_is_tried(duo: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, planned = threading.Event(), Twin.slot

    def slot(self: Twin, time: np.datetime64, *, before: Slot | None = None) -> Slot:
        if before is not None and not failed.is_set():
            failed.set()
            raise ArithmeticError("no such orbit")
        return planned(self, time, before=before)

    monkeypatch.setattr(Twin, "slot", slot)
    clock = Clock()
    live = Live(duo, clock=clock)
    live.start()
    assert failed.wait(60.0)
    live.stop()
    status = live.status()
    assert status.error == "ArithmeticError: no such orbit"
    assert not status.well
    assert plan(live) is not None  # what was there before goes on
    clock.at = 15.0
    live.step()
    assert live.status().well


def test_a_rule_that_begins_darkens_its_cells_and_leaves_distress_calls(tmp_path: Path, ask: Ask) -> None:
    file = tmp_path / "r.rules.toml"
    file.write_text(
        LICENSED + '[[regions]]\nname = "Gabon"\ndecision = "d"\ncountries = ["GA"]\nservice = "off"\n'
        "begins = 2026-01-01T00:00:27Z\n"
    )
    twin = open_twin("duo", rules=file, threads=1)
    clock = Clock()
    live = Live(twin, clock=clock)
    libreville = int(np.argmin(twin.cells.lon_deg))
    live.step()
    live.step()
    assert plan(live).reason[libreville] == CellState.SERVED
    clock.at = 15.0
    # a satellite could light it, so that a distress call goes through: all else is refused by the rules
    dark = plan(live)
    assert dark.rate_mbps[libreville] == 0.0
    assert dark.reason[libreville] == CellState.SERVED
    assert dark.satellite[libreville] > 0
    assert dark.gateway[libreville] == -1
    rules, now = RuleSet.load(file), EPOCH + timedelta(seconds=15)
    for distress, outcome in ((False, Outcome.REFUSE), (True, Outcome.EMERGENCY)):
        said = replace(ask(clock), distress=distress)
        found = decide(said, TERMINAL, History(), rules, now, *live.now())
        assert found.outcome == outcome
        assert found.reason == Reason.SERVICE_OFF


def test_a_full_cell_and_one_without_a_satellite_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(
        'base = "duo"\n[[fleet.classes]]\nname = "small"\nbeams = 0\ncapacity_gbps = 1\n'
    )
    (tmp_path / "p.toml").write_text('base = "duo"\n[radio]\nelevation_mask_deg = 89.9\n')
    for name, state in (("w", CellState.FULL), ("p", CellState.NO_COVERAGE)):
        live = Live(open_twin(tmp_path / f"{name}.toml", threads=1), clock=Clock())
        live.step()
        assert set(plan(live).reason.tolist()) == {state}
        assert not plan(live).rate_mbps.any()


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    file = tmp_path_factory.mktemp("rules") / "r.rules.toml"
    file.write_text(LICENSED)
    return RuleSet.load(file)


def test_a_grant_names_satellite_and_gateway_and_ends_with_the_plan(
    duo: Twin, licensed: RuleSet, ask: Ask
) -> None:
    clock = Clock(3.0)
    live = Live(duo, clock=clock, hold_s=30.0)
    live.step()
    sky, held = live.now()
    assert held is not None
    now = EPOCH + timedelta(seconds=3)
    found = decide(ask(clock), TERMINAL, History(), licensed, now, sky, held)
    assert found.outcome == Outcome.SERVE
    slot = next(duo.slots(EPOCH, 1))
    cell = int(np.argmin(duo.cells.lon_deg))
    assert found.satellite == duo.fleet.elements.number[slot.plan.satellite[cell]]
    assert live.gateways[found.gateway] == "Kampala"
    assert found.rate_mbps == pytest.approx(300.0)
    assert found.valid_until == EPOCH + timedelta(seconds=45)
    without = decide(ask(clock), TERMINAL, History(), licensed, now)
    assert without.valid_until is not None
    assert without.valid_until > EPOCH + timedelta(seconds=45)


def test_the_sky_refutes_a_satellite_that_is_not_above_and_a_delay_that_is_not_its_range(
    duo: Twin, licensed: RuleSet, ask: Ask
) -> None:
    clock = Clock(5.0)
    live = Live(duo, clock=clock)
    live.step()
    sky, held = live.now()
    assert sky is not None
    place = duo.cells.ecef_km()[np.argmin(duo.cells.lon_deg)]
    range_km = np.linalg.norm(sky.position_ecef_km - place, axis=1)
    near, far = int(np.argmin(range_km)), int(np.argmax(range_km))
    true_ms = 2.0 * range_km[near] / 299.792458
    now = EPOCH + timedelta(seconds=5)
    for satellite, delay_ms, refuted in (
        (sky.satellite[near], true_ms, False),
        (sky.satellite[near], true_ms + 2.0, True),  # 300 km farther
        (sky.satellite[far], true_ms, True),
    ):
        said = ask(clock, int(satellite), float(delay_ms))
        found = decide(said, TERMINAL, History(), licensed, now, sky, held)
        assert (FindingKind.LOCATION_REFUTED in found.findings) == refuted
