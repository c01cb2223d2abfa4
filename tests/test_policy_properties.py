"""What must hold of every decision: the same in batches, singly and in plain Python; restrictive rules only
restrict; order never matters; the same history gives the same answers."""

import dataclasses
from typing import Any

import numpy as np
import policy_reference
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_reference import TO_ECEF
from policy_world import PLANS, SOUTH, WEST, ZONES, Rules, square, zone_map

from openleo.service.policy import Decisions, PlanNow, SkyNow, decide_batch
from openleo.service.reasons import Reason, reasons_of
from openleo.service.records import (
    CHECKIN,
    TERMINAL,
    AccountState,
    CellState,
    FindingKind,
    Flag,
    Licence,
    Outcome,
    Service,
    TerminalState,
    no_history,
)

NOW_US = 1_780_000_000_000_000
MAP = zone_map()
TERMINALS = 24


def some_rules(rng: np.random.Generator) -> Rules:
    """Rules in which much is allowed, and each kind of limit stands somewhere."""
    rules = Rules()

    def sometimes(column: Any, share: float, draw: Any) -> Any:
        made = column.copy()
        which = rng.random(len(made)) < share
        made[which] = draw(int(which.sum())).astype(made.dtype)
        return made

    masks = np.zeros((ZONES, 4), np.uint64)
    listed = rng.random(ZONES) < 0.2
    masks[listed, 0] = rng.integers(1, 8, listed.sum())
    masks[listed, 1] = rng.integers(0, 8, listed.sum())
    return rules.but(
        licence=sometimes(rules.licence, 0.3, lambda n: rng.integers(0, 4, n)),
        service=np.where(
            listed, Service.LISTED, sometimes(rules.service, 0.25, lambda n: rng.integers(0, 4, n))
        ),
        list_masks=masks,
        max_speed_kmh=sometimes(rules.max_speed_kmh, 0.3, lambda n: rng.uniform(0, 300, n)),
        max_altitude_m=sometimes(rules.max_altitude_m, 0.2, lambda n: rng.uniform(0, 12_000, n)),
        max_coast_km=sometimes(rules.max_coast_km, 0.5, lambda n: rng.uniform(0, 60, n)),
        motion=sometimes(rules.motion, 0.2, lambda n: rng.integers(1, 32, n)),
        usage=sometimes(rules.usage, 0.2, lambda n: rng.integers(1, 32, n)),
        prohibited_uses=sometimes(rules.prohibited_uses, 0.2, lambda n: rng.integers(0, 8, n)),
        sold_in=sometimes(rules.sold_in, 0.2, lambda n: rng.integers(0, 2, n)),
        rate_mbps=sometimes(rules.rate_mbps, 0.3, lambda n: rng.uniform(1, 200, n)),
        deny_emergency=rng.random(ZONES) < 0.3,
        plan_known=rng.random(PLANS) < 0.9,
        plan_quota_mb=sometimes(rules.plan_quota_mb, 0.5, lambda n: rng.uniform(0, 1000, n)),
        plan_address_km=sometimes(rules.plan_address_km, 0.4, lambda n: rng.uniform(10, 200, n)),
        plan_roaming_us=sometimes(rules.plan_roaming_us, 0.4, lambda n: rng.integers(0, 4e8, n)),
        plan_at_sea=rng.random(PLANS) < 0.7,
        plan_motion=sometimes(rules.plan_motion, 0.2, lambda n: rng.integers(1, 32, n)),
        plan_speed_kmh=sometimes(rules.plan_speed_kmh, 0.2, lambda n: rng.uniform(0, 500, n)),
        effects=np.where(rng.random(7) < 0.4, rng.integers(0, 5, 7), 4).astype(np.int8),
        border_tolerance_m=float(rng.choice([0.0, 1500.0])),
        late_us=int(rng.choice([0, 20_000_000])),
        oldest_version=int(rng.choice([0, 2])),
        until_us=int(rng.choice([2**62, NOW_US + 400_000_000])),
    )


def some_terminals(rng: np.random.Generator) -> Any:
    rows = np.zeros(TERMINALS, TERMINAL)
    rows["home_lat_deg"] = np.where(rng.random(TERMINALS) < 0.1, np.nan, SOUTH + rng.uniform(0, 3, TERMINALS))
    rows["home_lon_deg"] = WEST + rng.uniform(0, 4, TERMINALS)
    rows["lists"] = rng.integers(0, 8, TERMINALS)
    rows["quota_used_mb"] = rng.uniform(0, 1200, TERMINALS)
    for name, high in (("sold", 6), ("home", 4), ("plan", PLANS + 1), ("use", 70)):
        rows[name] = rng.integers(-1, high, TERMINALS)
    good = rng.random(TERMINALS) < 0.8
    rows["state"] = np.where(good, TerminalState.ACTIVE, rng.integers(0, 6, TERMINALS))
    rows["account_state"] = np.where(good, AccountState.ACTIVE, rng.integers(0, 4, TERMINALS))
    rows["paid_until_us"] = rng.choice([0, 0, NOW_US - 1, NOW_US + 60_000_000], TERMINALS)
    rows["motion"], rows["usage"] = rng.integers(0, 5, TERMINALS), rng.integers(0, 5, TERMINALS)
    return rows


def some_positions(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Anywhere in and around the squares, half of them near a line."""
    lat, lon = SOUTH + rng.uniform(-0.3, 3.3, count), WEST + rng.uniform(-0.3, 4.3, count)
    near = rng.random(count) < 0.5
    off = rng.normal(0, 0.01, count)
    level = rng.random(count) < 0.5
    lat = np.where(near & level, np.round(lat) + off, lat)
    lon = np.where(near & ~level, np.round(lon) + off, lon)
    return lat, lon


def some_check_ins(rng: np.random.Generator, count: int, now_us: int) -> Any:
    rows = np.zeros(count, CHECKIN)
    rows["terminal"] = rng.integers(-1, TERMINALS, count)
    rows["sequence"] = np.where(
        rng.random(count) < 0.9, now_us // 1000 + np.arange(count), rng.integers(0, 10, count)
    )
    rows["time_us"] = now_us + rng.choice([0, 0, -5_000_000, 5_000_000, -200_000_000, -(10**9), 2**61], count)
    rows["lat_deg"], rows["lon_deg"] = some_positions(rng, count)
    rows["accuracy_m"] = rng.choice([5.0, 50.0, 900.0, 3000.0, 9000.0], count)
    rows["speed_kmh"] = rng.choice([0.0, 3.0, 60.0, 200.0, 900.0, np.nan], count)
    rows["altitude_m"] = rng.choice([0.0, 40.0, 400.0, 11_000.0, np.nan], count)
    rows["delay_ms"] = rng.choice([4.0, 8.0, np.nan], count)
    rows["satellite"] = rng.choice([-1, 100, 101, 102, 999], count)
    rows["version"] = rng.integers(-1, 4, count)
    rows["cell"] = rng.integers(0, 5, count)
    rows["flags"] = rng.choice([0, 0, 0, Flag.DISTRESS, Flag.UNSIGNED], count)
    spoilt = rng.random(count)
    rows["lat_deg"][spoilt < 0.02] = np.nan
    rows["lat_deg"][(spoilt > 0.02) & (spoilt < 0.03)] = 90.0001
    rows["lon_deg"][(spoilt > 0.03) & (spoilt < 0.04)] = np.inf
    rows["accuracy_m"][(spoilt > 0.04) & (spoilt < 0.06)] = rng.choice([-1.0, np.nan, 20_000.0])
    return rows


def some_sky() -> SkyNow:
    """Three satellites: overhead, low, and on the other side of the Earth."""
    lat, lon, km = (
        np.array([-30.0, -30.0, 30.0]),
        np.array([-120.0, -100.0, 60.0]),
        np.array([550.0, 550.0, 550.0]),
    )
    position = np.column_stack(TO_ECEF.transform(lon, lat, km * 1e3)) / 1e3
    return SkyNow(np.array([100, 101, 102], np.int32), position)


def some_plan() -> PlanNow:
    return PlanNow(
        np.array([1, 2, 3], np.uint64), np.array([7, 8, -1], np.int32), np.array([4, 5, -1], np.int32),
        np.array([20.0, 0.0, 0.0], np.float32),
        np.array([CellState.SERVED, CellState.FULL, CellState.NO_COVERAGE], np.int8),
    )  # fmt: skip


def run(
    rules: Rules | None,
    register: Any,
    checkins: Any,
    histories: Any,
    now_us: int = NOW_US,
    live: bool = False,
) -> Decisions:
    sky, plan = (some_sky(), some_plan()) if live else (None, None)
    return decide_batch(
        checkins, register, histories, rules, None if rules is None else MAP, now_us, sky, plan
    )  # type: ignore[arg-type]


def rows(made: Decisions, i: int) -> tuple[Any, ...]:
    return tuple(str(getattr(made, field.name)[i]) for field in dataclasses.fields(made))


def same(a: Decisions, b: Decisions) -> None:
    for field in dataclasses.fields(a):
        np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name), field.name)


def compare(made: Decisions, i: int, said: policy_reference.Verdict) -> None:
    """A decision as the reference has it; times and distances within what its plane metric is good for."""
    assert Outcome(int(made.outcome[i])) == said.outcome
    assert set(reasons_of(int(made.reasons[i]))) == said.reasons
    assert Reason(int(made.primary[i])) == said.primary
    assert {kind for kind in FindingKind if int(made.finding[i]) >> kind & 1} == said.findings
    assert int(made.zone[i]) == said.zone
    assert (int(made.satellite[i]), int(made.gateway[i])) == (said.satellite, said.gateway)
    assert float(made.rate_mbps[i]) == pytest.approx(said.rate_mbps, rel=1e-6, nan_ok=True)
    assert float(made.retry_km[i]) == pytest.approx(said.retry_km, rel=0.02, abs=0.02)
    for ours, theirs in ((made.valid_us[i], said.valid_us), (made.retry_us[i], said.retry_us)):
        assert (int(ours) == 0) == (theirs == 0)
        assert int(ours) - NOW_US == pytest.approx(theirs - NOW_US, rel=0.02, abs=20_000)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("live", [False, True], ids=["rules", "sky and plan"])
def test_the_same_as_plain_python(seed: int, live: bool) -> None:
    rng = np.random.default_rng(seed)
    rules, register = some_rules(rng), some_terminals(rng)
    histories = no_history(TERMINALS)
    sky, plan = (some_sky(), some_plan()) if live else (None, None)
    for turn in range(6):
        now_us = NOW_US + turn * int(rng.choice([15_000_000, 90_000_000]))
        held = rules if turn != 4 or seed % 3 else None
        checkins = some_check_ins(rng, 40, now_us)
        for i in range(len(checkins)):
            k = int(checkins["terminal"][i])
            known = k >= 0
            before = policy_reference.row_of(histories, k) if known else None
            made = run(held, register, checkins[i : i + 1], histories, now_us, live)
            said = policy_reference.decide(
                policy_reference.row_of(checkins, i), policy_reference.row_of(register, k) if known else None,
                before, held, now_us, sky, plan,
            )  # fmt: skip
            if said.close:
                continue
            compare(made, 0, said)
            if before is not None:
                after = policy_reference.row_of(histories, k)
                for name in ("valid_us", "served_us"):
                    assert after.pop(name) - NOW_US == pytest.approx(
                        before.pop(name) - NOW_US, rel=0.02, abs=4e5
                    )
                assert after == pytest.approx(before, nan_ok=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_gives_what_single_check_ins_give_and_again_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rules, register = some_rules(rng), some_terminals(rng)
    checkins = some_check_ins(rng, 500, NOW_US)
    once, twice, singly = (no_history(TERMINALS) for _ in range(3))
    made = run(rules, register, checkins, once, live=True)
    same(made, run(rules, register, checkins, twice, live=True))
    np.testing.assert_array_equal(once.view(np.uint8), twice.view(np.uint8))
    for i in range(len(checkins)):
        single = run(rules, register, checkins[i : i + 1], singly, live=True)
        assert rows(single, 0) == rows(made, i)
    np.testing.assert_array_equal(once.view(np.uint8), singly.view(np.uint8))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_different_terminals_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rules, register = some_rules(rng), some_terminals(rng)
    checkins = some_check_ins(rng, TERMINALS, NOW_US)
    checkins["terminal"] = np.arange(TERMINALS)
    order = rng.permutation(TERMINALS)
    first, second = no_history(TERMINALS), no_history(TERMINALS)
    made = run(rules, register, checkins, first)
    mixed = run(rules, register, checkins[order], second)
    for i, k in enumerate(order.tolist()):
        assert rows(made, k) == rows(mixed, i)
    np.testing.assert_array_equal(first.view(np.uint8), second.view(np.uint8))


TIGHTER: dict[str, Any] = {
    "licence": lambda value: Licence.PROHIBITED,
    "service": lambda value: Service.OFF,
    "list_masks": lambda value: np.array([1 << 63, 0, 0, 0], np.uint64),
    "max_speed_kmh": lambda value: min(value, 1.0),
    "max_altitude_m": lambda value: min(value, 1.0),
    "max_coast_km": lambda value: min(value, 1.0),
    "motion": lambda value: int(value) & 0b00101,
    "usage": lambda value: int(value) & 0b01010,
    "prohibited_uses": lambda value: int(value) | 0b101,
    "sold_in": lambda value: 0,
    "rate_mbps": lambda value: min(value, 1.0),
    "deny_emergency": lambda value: True,
}  # fmt: skip
"""What a region more could say of a zone, and what then holds there."""


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32), zone=st.integers(0, ZONES - 1), column=st.sampled_from(sorted(TIGHTER)),
    seconds=st.sampled_from([0.0, 15.0, 70.0, 400.0]),
)  # fmt: skip
def test_a_denying_rule_more_never_turns_a_refusal_into_service(
    seed: int, zone: int, column: str, seconds: float
) -> None:
    rng = np.random.default_rng(seed)
    rules, register = some_rules(rng), some_terminals(rng)
    if column == "sold_in":  # a set of countries narrower than any
        rules = rules.but(sold_in=np.full(ZONES, -1, np.int16))
    tighter = rules.but(**{column: {zone: TIGHTER[column](getattr(rules, column)[zone])}})
    histories = no_history(TERMINALS)
    run(rules, register, some_check_ins(rng, 60, NOW_US), histories)
    now_us = NOW_US + int(seconds * 1e6)
    later = some_check_ins(rng, TERMINALS, now_us)
    later["terminal"] = np.arange(TERMINALS)
    # Some stand where they stood, so that what held before can go on
    stay = (rng.random(TERMINALS) < 0.5) & ~np.isnan(histories["lat_deg"])
    for name in ("lat_deg", "lon_deg"):
        later[name][stay] = histories[name][stay]
    before = run(rules, register, later, histories.copy(), now_us)
    after = run(tighter, register, later, histories.copy(), now_us)
    assert (after.outcome <= before.outcome).all()
    served = after.outcome > 0  # NaN: as granted before
    assert not (after.rate_mbps[served] > before.rate_mbps[served]).any()
    kept = (after.outcome == before.outcome) & (after.outcome > 0)
    assert (after.valid_us[kept] <= before.valid_us[kept]).all()


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), speed=st.floats(0.1, 1500.0), heading=st.floats(0.0, 360.0))
def test_a_grant_ends_before_the_terminal_could_cross(seed: int, speed: float, heading: float) -> None:
    rng = np.random.default_rng(seed)
    rules, register = some_rules(rng), some_terminals(rng)
    checkins = some_check_ins(rng, TERMINALS, NOW_US)
    checkins["terminal"], checkins["sequence"] = np.arange(TERMINALS), 1
    checkins["flags"], checkins["speed_kmh"] = 0, speed
    checkins["time_us"] = NOW_US
    made = run(rules, register, checkins, no_history(TERMINALS))
    granted = np.flatnonzero(made.outcome > Outcome.REFUSE)
    held_s = (made.valid_us[granted] - NOW_US) / 1e6
    assert (held_s >= 0.0).all()
    # At the end of its grant, wherever it went, it would get no less than it was granted
    way_km = np.maximum(speed * held_s / 3600.0 * 0.995 - 1e-3, 0.0)
    then = checkins[granted]
    lon, lat, _ = policy_reference.GEOD.fwd(
        then["lon_deg"], then["lat_deg"], np.full(len(granted), heading), way_km * 1e3
    )
    then["lon_deg"], then["lat_deg"], then["accuracy_m"] = lon, lat, 0.0
    then["time_us"] = NOW_US
    again = run(rules, register, then, no_history(TERMINALS))
    near_sea = again.reasons & np.uint64(1 << Reason.AT_SEA | 1 << Reason.TOO_FAR_FROM_ADDRESS) != 0
    assert ((again.outcome >= made.outcome[granted]) | near_sea).all()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), spread=st.sampled_from([0.0, 0.4, 0.9]))
def test_a_circle_over_a_line_goes_on_for_a_grace_and_never_beyond_the_line(seed: int, spread: float) -> None:
    """Whoever was served stays so while the reported position itself would be, at most for the grace."""
    rng = np.random.default_rng(seed)
    west = int(rng.integers(1, 4))
    rules = Rules().but(licence={west + 1: Licence.NONE})
    south, line = square(west + 1)
    register = np.zeros(1, TERMINAL)
    register["account_state"], register["plan"], register["use"] = AccountState.ACTIVE, -1, -1
    histories = no_history(1)
    accuracy_m = float(rng.uniform(20, 500))
    served_s: list[float] = []
    for step in range(30):
        now_us = NOW_US + step * 5_000_000
        offset_m = accuracy_m * (3.0 if step < 2 else rng.uniform(-spread, 1.0))  # west of the line
        checkin = np.zeros(1, CHECKIN)
        checkin["lat_deg"], checkin["sequence"], checkin["time_us"] = south + 0.5, step + 1, now_us
        checkin["lon_deg"] = line - offset_m / 1e3 / (
            policy_reference.distance_km(south + 0.5, 0, south + 0.5, 1)
        )
        checkin["accuracy_m"], checkin["satellite"] = accuracy_m, -1
        made = run(rules, register, checkin, histories, now_us)
        uncertain = offset_m < accuracy_m * 0.999
        if offset_m < 0:
            assert made.outcome[0] == Outcome.REFUSE
        if made.outcome[0] == Outcome.SERVE and uncertain:
            served_s.append((now_us - NOW_US) / 1e6)
            assert int(made.valid_us[0]) <= NOW_US + 10_000_000 + 60_000_000
            assert int(made.finding[0]) >> FindingKind.UNCERTAIN & 1
    assert not served_s or max(served_s) <= 10.0 + 60.0
    assert spread or len(served_s) == 13  # every 5 s from 10 s to 70 s
