"""What a terminal gets, check by check, as people would meet it; and what happens where something lacks."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_world import Rules, square, zone_map
from pyproj import Geod

from openleo.errors import InputError
from openleo.kernels.motion import distance_km
from openleo.service.policy import Decision, PlanNow, SkyNow, decide, decide_batch, worded
from openleo.service.reasons import Reason
from openleo.service.records import (
    AccountState,
    CellState,
    CheckIn,
    FindingKind,
    History,
    Licence,
    Motion,
    Names,
    Outcome,
    Service,
    Terminal,
    TerminalState,
    checkin_row,
    history_of,
    history_row,
    no_history,
    terminal_row,
)
from openleo.service.regions import RuleSet

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1e6)
MAP = zone_map()
HOME = square(6)[0] + 0.5, square(6)[1] + 0.5


def at(lat: float = HOME[0], lon: float = HOME[1], **said: Any) -> CheckIn:
    """A check-in in the middle of square 6, well-formed, standing still."""
    known = {"time": NOW, "accuracy_m": 10.0, "sequence": 1, "speed_kmh": 0.0, "altitude_m": 0.0}
    return CheckIn(lat_deg=lat, lon_deg=lon, **(known | said))


PLAIN = Terminal()


class Small:
    """A rule set with given terms over the small world."""

    name, version, digest, zone_map = "small", 1, "0", MAP

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def terms(self, at_us: int, names: Names) -> Any:
        return Spoken(**{field.name: getattr(self._rules, field.name) for field in dataclasses.fields(Rules)})


class Spoken(Rules):
    def says(self, zone: int, reason: Reason) -> tuple[str, str]:
        return f"square {zone}", f"decision on {reason.word}"


def decided(
    rules: Rules | None = None,
    checkin: CheckIn | None = None,
    terminal: Terminal | None = PLAIN,
    **more: Any,
) -> Decision:
    """One decision; by rules in which all is allowed, unless others are given."""
    now = more.pop("now", NOW)
    history = more.pop("history", History())
    held: Any = Small(rules if rules is not None else Rules())
    return decide(
        checkin or at(), terminal, history, held, now, more.pop("sky", None), more.pop("plan", None)
    )


def test_served_where_nothing_stands_against_it() -> None:
    made = decided()
    assert made.outcome == Outcome.SERVE
    assert made.reason == Reason.NONE
    assert made.reasons == ()
    assert made.valid_until == NOW + timedelta(seconds=300)


@pytest.mark.parametrize(
    ("rules", "checkin", "terminal", "outcome", "reason"),
    [
        ({"licence": {6: Licence.NONE}}, {}, {}, "REFUSE", "UNLICENSED"),
        ({"licence": {6: Licence.PENDING}}, {}, {}, "REFUSE", "LICENCE_PENDING"),
        ({"licence": {6: Licence.PROHIBITED}}, {}, {}, "REFUSE", "PROHIBITED"),
        ({"service": {6: Service.OFF}}, {}, {}, "REFUSE", "SERVICE_OFF"),
        ({"service": {6: Service.EMERGENCY}}, {}, {}, "EMERGENCY", "EMERGENCY_ONLY_HERE"),
        ({"service": {6: Service.LISTED}}, {}, {}, "REFUSE", "NOT_ON_LIST"),
        ({"max_speed_kmh": {6: 100}}, {"speed_kmh": 150.0}, {}, "REFUSE", "TOO_FAST"),
        ({"max_altitude_m": {6: 100}}, {"altitude_m": 300.0}, {}, "REFUSE", "TOO_HIGH"),
        ({"motion": {6: 0b10}}, {}, {}, "REFUSE", "MOTION_CLASS"),
        ({"usage": {6: 0b10}}, {}, {}, "REFUSE", "USAGE_CLASS"),
        ({"sold_in": {6: 1}}, {}, {"sold": "XX"}, "REFUSE", "COUNTRY_OF_SALE"),
        ({"prohibited_uses": {6: 0b1}}, {}, {"use": "first"}, "REFUSE", "USE_PROHIBITED"),
        ({"licence": {0: Licence.NONE}}, {"lat_deg": -40.0}, {}, "REFUSE", "AT_SEA"),
        ({}, {}, {"account_state": AccountState.NONE}, "WALLED", "NO_ACCOUNT"),
        ({}, {}, {"account_state": AccountState.SUSPENDED}, "WALLED", "ACCOUNT_SUSPENDED"),
        ({}, {}, {"account_state": AccountState.UNPAID}, "WALLED", "UNPAID"),
        ({}, {}, {"paid_until": NOW - timedelta(seconds=1)}, "WALLED", "UNPAID"),
        ({"oldest_version": 5}, {"version": 4}, {}, "WALLED", "VERSION"),
        ({"plan_quota_mb": {0: 10}}, {}, {"plan": "a", "quota_used_mb": 11.0}, "LIMITED", "OVER_QUOTA"),
        ({}, {}, {"state": TerminalState.SUSPENDED}, "REFUSE", "TERMINAL_SUSPENDED"),
        ({}, {}, {"state": TerminalState.STOLEN}, "REFUSE", "TERMINAL_LOST_OR_STOLEN"),
        ({}, {}, {"state": TerminalState.FOUND}, "REFUSE", "TERMINAL_LOST_OR_STOLEN"),
        ({}, {}, {"state": TerminalState.RETIRED}, "REFUSE", "TERMINAL_RETIRED"),
        ({}, {"signed": False}, {}, "REFUSE", "BAD_SIGNATURE"),
        ({}, {"sequence": -1}, {}, "REFUSE", "REPLAY"),
        ({}, {"time": NOW + timedelta(seconds=301)}, {}, "REFUSE", "CLOCK"),
        ({}, {"time": NOW - timedelta(seconds=301)}, {}, "REFUSE", "CLOCK"),
        ({}, {"accuracy_m": 10_001.0}, {}, "REFUSE", "UNKNOWN_LOCATION"),
        ({}, {"accuracy_m": float("nan")}, {}, "REFUSE", "UNKNOWN_LOCATION"),
        ({}, {"lat_deg": float("nan")}, {}, "REFUSE", "UNKNOWN_LOCATION"),
        ({}, {"lat_deg": 90.5}, {}, "REFUSE", "UNKNOWN_LOCATION"),
        ({}, {"lon_deg": float("inf")}, {}, "REFUSE", "UNKNOWN_LOCATION"),
    ],
)  # fmt: skip
def test_each_check(
    rules: dict[str, Any], checkin: dict[str, Any], terminal: dict[str, Any], outcome: str, reason: str
) -> None:
    where = {name: checkin.pop(name) for name in ("lat_deg", "lon_deg") if name in checkin}
    said = dataclasses.replace(at(**checkin), **where)
    made = decided(Rules().but(**rules), said, Terminal(**terminal))
    assert (made.outcome.name, made.reason.name) == (outcome, reason)
    assert made.outcome > Outcome.REFUSE or made.valid_until is None
    assert made.retry_after is not None
    assert made.retry_after >= NOW


def test_poles_and_the_antimeridian_are_places() -> None:
    for lat, lon in ((90.0, 0.0), (-90.0, 180.0), (0.0, -180.0), (0.0, 180.0)):
        assert decided(checkin=at(lat, lon)).outcome == Outcome.SERVE


def test_a_refusal_names_region_rule_retry_and_distance() -> None:
    made = decided(Rules().but(licence={6: Licence.NONE}), at(lon=square(6)[1] + 0.99))
    assert (made.region, made.rule) == ("square 6", "decision on unlicensed")
    assert made.retry_after == NOW + timedelta(hours=1)
    beyond_km = Geod(ellps="WGS84").inv(square(6)[1] + 0.99, HOME[0], square(6)[1] + 1.0, HOME[0])[2] / 1e3
    assert made.retry_km == pytest.approx(beyond_km + 0.01, rel=0.01)


def test_all_reasons_are_told_the_lowest_first() -> None:
    rules = Rules().but(licence={6: Licence.NONE}, max_speed_kmh={6: 10}, plan_quota_mb={0: 1})
    terminal = Terminal(plan="a", quota_used_mb=5.0, account_state=AccountState.UNPAID)
    made = decided(rules, at(speed_kmh=20.0), terminal)
    assert made.outcome == Outcome.REFUSE
    assert made.reasons == (Reason.UNLICENSED, Reason.TOO_FAST, Reason.UNPAID, Reason.OVER_QUOTA)


def test_the_smallest_rate_holds() -> None:
    rules = Rules().but(rate_mbps={6: 80.0}, plan_quota_mb={0: 1})
    assert decided().rate_mbps is None
    assert decided(rules).rate_mbps == 80.0
    assert decided(rules, terminal=Terminal(plan="a")).rate_mbps == 80.0
    assert decided(rules, terminal=Terminal(plan="a", quota_used_mb=2.0)).rate_mbps == 1.0


def test_lists_all_have_to_be_met() -> None:
    masks = np.array([0b011, 0b100, 0, 0], np.uint64)
    rules = Rules().but(service={6: Service.LISTED}, list_masks={6: masks})
    names = Names({"list": ["a", "b", "c"]})
    for lists, outcome in ((("a",), 0), (("c",), 0), (("a", "c"), 4), (("b", "c"), 4), ((), 0)):
        register = terminal_row(Terminal(lists=lists), names)
        made = decide_batch(checkin_row(at(), 0), register, no_history(1), rules, MAP, NOW_US)  # type: ignore[arg-type]
        assert made.outcome[0] == outcome, lists


def test_an_unknown_terminal_gets_nothing_but_an_emergency() -> None:
    assert decided(terminal=None).reasons == (Reason.UNKNOWN_TERMINAL,)
    made = decided(terminal=None, checkin=at(distress=True))
    assert made.outcome == Outcome.EMERGENCY
    assert made.reason == Reason.UNKNOWN_TERMINAL


@pytest.mark.parametrize("state", [TerminalState.STOLEN, TerminalState.SUSPENDED])
@pytest.mark.parametrize("licence", [Licence.PROHIBITED, Licence.LICENSED])
def test_a_distress_call_is_answered(state: TerminalState, licence: Licence) -> None:
    rules = Rules().but(licence={6: licence}, max_speed_kmh={6: 1}, service={6: Service.OFF})
    assert (
        decided(rules, at(distress=True, speed_kmh=900.0), Terminal(state=state)).outcome == Outcome.EMERGENCY
    )


@pytest.mark.parametrize(
    ("rules", "checkin", "plan"),
    [
        ({"licence": {6: Licence.NONE}, "deny_emergency": {6: True}}, {}, None),
        ({}, {"signed": False}, None),
        ({}, {"sequence": -1}, None),
        ({}, {"cell": 9}, PlanNow(*(np.array([5]),) * 2, np.array([1]), np.array([1.0]), np.array([0]))),  # type: ignore[arg-type]
    ],
    ids=["denied by rule", "not signed", "replay", "no satellite"],
)  # fmt: skip
def test_a_distress_call_is_not_answered(rules: dict[str, Any], checkin: dict[str, Any], plan: Any) -> None:
    made = decided(Rules().but(**rules), at(distress=True, **checkin), plan=plan)
    assert made.outcome == Outcome.REFUSE


def test_a_distress_call_over_a_line_needs_one_side_that_allows_it() -> None:
    rules = Rules().but(licence={6: Licence.NONE, 7: Licence.NONE}, deny_emergency={6: True})
    made = decided(rules, at(lon=square(6)[1] + 0.9999, accuracy_m=100.0, distress=True))
    assert made.outcome == Outcome.EMERGENCY


def test_a_limit_served_by_a_gateway_ends_with_its_plan() -> None:
    plan = PlanNow(
        np.array([5, 8], np.uint64), np.array([44, -1], np.int32), np.array([3, -1], np.int32),
        np.array([25.0, 0.0], np.float32), np.array([CellState.SERVED, CellState.FULL], np.int8),
        NOW_US + 15_000_000,
    )  # fmt: skip
    made = decided(checkin=at(cell=5), plan=plan)
    assert (made.satellite, made.gateway, made.rate_mbps) == (44, 3, 25.0)
    assert made.valid_until == NOW + timedelta(seconds=15)
    assert decided(checkin=at(cell=8), plan=plan).reason == Reason.CELL_FULL
    assert decided(checkin=at(cell=7), plan=plan).reason == Reason.NO_COVERAGE
    assert decided(checkin=at(cell=7), plan=plan, now=NOW + timedelta(seconds=16)).outcome == Outcome.SERVE


def test_without_rules_running_grants_run_to_their_end_and_nothing_new_is_served() -> None:
    """The fail mode, as docs/models/decisions.md has it."""
    first = decided()
    assert first.valid_until is not None

    def later(seconds: float, rules: Any, **said: Any) -> Decision:
        now = NOW + timedelta(seconds=seconds)
        return decide(at(time=now, sequence=2, **said), Terminal(), first.history, rules, now)

    during, after = later(100, None), later(301, None)
    assert during.outcome == Outcome.SERVE
    assert during.valid_until == first.valid_until
    assert Reason.NO_RULES in during.reasons
    assert (after.outcome, after.reason) == (Outcome.REFUSE, Reason.NO_RULES)
    new = decide(at(), Terminal(), History(), None, NOW)
    assert (new.outcome, new.reason) == (Outcome.REFUSE, Reason.NO_RULES)
    assert later(100, None, distress=True).outcome == Outcome.SERVE
    assert decide(at(distress=True), None, History(), None, NOW).outcome == Outcome.EMERGENCY
    # Rules that have run out are none, and a suspension takes hold all the same
    run_out: Any = Small(Rules().but(until_us=NOW_US + 50_000_000))
    assert later(100, run_out).reasons == (Reason.NO_RULES,)
    assert later(40, run_out).reasons == ()
    now = NOW + timedelta(seconds=100)
    stolen = decide(at(time=now, sequence=2), Terminal(state=TerminalState.STOLEN), first.history, None, now)
    assert stolen.outcome == Outcome.REFUSE


def test_a_grant_ends_when_the_rules_change() -> None:
    made = decided(Rules().but(until_us=NOW_US + 90_000_000))
    assert made.valid_until == NOW + timedelta(seconds=90)


def test_a_grant_of_a_moving_terminal_ends_before_the_line() -> None:
    """Ten kilometres before a square without licence, at 100 km/h."""
    rules = Rules().but(licence={7: Licence.NONE})
    lon, _, _ = Geod(ellps="WGS84").fwd(square(7)[1], HOME[0], -90.0, 10_000.0)
    for speed, seconds in ((0.0, 300.0), (100.0, 300.0), (200.0, 179.8), (float("nan"), 300.0)):
        made = decided(rules, at(lon=lon, speed_kmh=speed))
        assert made.outcome == Outcome.SERVE
        assert made.valid_until is not None
        assert (made.valid_until - NOW).total_seconds() == pytest.approx(seconds, rel=0.006), speed
    unknown = decided(rules, at(lon=lon, speed_kmh=float("nan")), Terminal(motion=Motion.AIRCRAFT))
    assert unknown.valid_until is not None
    assert (unknown.valid_until - NOW).total_seconds() == pytest.approx(30.0, rel=0.006)
    # A check-in that is a minute old has come a minute nearer
    old = decided(rules, at(lon=lon, speed_kmh=200.0, time=NOW - timedelta(seconds=60)))
    assert old.valid_until is not None
    assert (old.valid_until - NOW).total_seconds() == pytest.approx(119.8, rel=0.01)


def test_the_history_keeps_when_it_was_first_seen_served_and_refused() -> None:
    rules: Any = Small(Rules())
    off: Any = Small(Rules().but(service={6: Service.OFF}))
    history, now = History(), NOW
    for k, (held, seconds) in enumerate(((rules, 0), (rules, 100), (off, 100), (off, 60))):
        now += timedelta(seconds=seconds)
        history = decide(at(time=now, sequence=k + 1), Terminal(), history, held, now).history
    assert history.first_us == NOW_US
    assert history.served_us == 200_000_000
    assert history.refused_us == NOW_US + 200_000_000
    assert history.valid_us == NOW_US + 200_000_000


def moved(*stops: tuple[float, float, float], rules: Rules | None = None) -> list[Decision]:
    """Check-ins at (seconds, lat, lon), one after the other."""
    made, history = [], History()
    for k, (seconds, lat, lon) in enumerate(stops):
        now = NOW + timedelta(seconds=seconds)
        made.append(decided(rules, at(lat, lon, time=now, sequence=k + 1), history=history, now=now))
        history = made[-1].history
    return made


def test_leaps_and_clones() -> None:
    here, there = (-31.5, -121.5), (-20.0, -100.0)
    made = moved((0, *here), (60, *there), (120, *here), (180, *there), (240, *there))
    kinds = [each.findings for each in made]
    assert kinds == [(), (FindingKind.IMPOSSIBLE_TRAVEL,), (FindingKind.CLONE,), (FindingKind.CLONE,), ()]
    assert [each.outcome for each in made] == [
        4,
        4,
        0,
        0,
        4,
    ]  # by default a clone is refused, a leap is evidence
    assert made[2].reason == Reason.CLONE
    strict = Rules().but(effects=np.array([4, 0, 0, 4, 4, 4, 4], np.int8))
    assert moved((0, *here), (60, *there), rules=strict)[1].reason == Reason.IMPOSSIBLE_TRAVEL


def test_an_airliner_is_no_leap() -> None:
    made = moved((0, -31.5, -121.5), (3600, -31.5, -111.7))  # 930 km in an hour
    assert made[1].findings == ()


def test_a_drone_is_found_at_its_second_check_in_out_of_class() -> None:
    history = History()
    found = []
    for k, height in enumerate((0.0, 300.0, 0.0, 300.0, 300.0, 300.0)):
        now = NOW + timedelta(seconds=30 * k)
        made = decided(
            None, at(time=now, sequence=k + 1, speed_kmh=150.0, altitude_m=height), history=history, now=now
        )
        history = made.history
        found.append(FindingKind.DRONE in made.findings)
    assert found == [False, False, False, False, True, True]
    towers = at(speed_kmh=0.0, altitude_m=400.0)
    assert decided(checkin=towers).findings == ()


def test_the_sky_refutes_a_position() -> None:
    up = Geod(ellps="WGS84")
    lon, lat, _ = up.fwd(HOME[1], HOME[0], 45.0, 500_000.0)
    from policy_reference import TO_ECEF

    overhead = np.array(TO_ECEF.transform(lon, lat, 550_000.0)) / 1e3
    beyond = np.array(TO_ECEF.transform(60.0, 30.0, 550_000.0)) / 1e3
    sky = SkyNow(np.array([7, 9], np.int32), np.stack([overhead, beyond]))
    place = np.array(TO_ECEF.transform(HOME[1], HOME[0], 0.0)) / 1e3
    round_trip_ms = 2.0 * float(np.linalg.norm(overhead - place)) / 299.792458
    refuted = (FindingKind.LOCATION_REFUTED,)
    assert decided(checkin=at(satellite=7, delay_ms=round_trip_ms), sky=sky).findings == ()
    assert decided(checkin=at(satellite=7), sky=sky).findings == ()
    assert decided(checkin=at(satellite=7, delay_ms=round_trip_ms + 1.0), sky=sky).findings == refuted
    assert decided(checkin=at(satellite=9), sky=sky).findings == refuted
    assert decided(checkin=at(satellite=8), sky=sky).findings == ()
    strict = Rules().but(effects=np.array([4, 0, 4, 0, 4, 4, 4], np.int8))
    assert decided(strict, at(satellite=9), sky=sky).reason == Reason.LOCATION_REFUTED


def test_a_stay_abroad_ends_in_the_walled_garden() -> None:
    day_us = 86_400_000_000
    rules = Rules().but(plan_roaming_us={0: 10 * day_us})
    names = Names({"country": ["a", "b", "c", "d"], "plan": ["x", "y", "z"]})
    register = terminal_row(Terminal(home="a", plan="x"), names)
    histories = no_history(1)
    outcomes = []
    for day, (lat, lon) in enumerate([(-31.5, -120.5)] * 12 + [(-31.5, -121.5), (-31.5, -120.5)]):
        now = NOW + timedelta(days=day)
        row = checkin_row(at(lat, lon, time=now, sequence=day), 0)
        made = decide_batch(row, register, histories, rules, MAP, NOW_US + day * day_us)  # type: ignore[arg-type]
        outcomes.append(int(made.outcome[0]))
    assert outcomes == [4] * 11 + [2] + [4, 4]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180),
    st.sampled_from([1, 1e-3]),
)  # fmt: skip
def test_distances_are_those_of_proj(
    lat_a: float, lon_a: float, lat_b: float, lon_b: float, near: float
) -> None:
    lat_b, lon_b = lat_a + near * (lat_b - lat_a), lon_a + near * (lon_b - lon_a)
    km = Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)[2] / 1e3
    tolerance = 2e-5 if km < 18_000 else 1e-2
    assert distance_km(lat_a, lon_a, lat_b, lon_b) == pytest.approx(km, rel=tolerance, abs=1e-6)


def test_rows_of_another_type_are_refused() -> None:
    with pytest.raises(InputError, match="checkins"):
        decide_batch(np.zeros(1), no_history(0), no_history(0), None, None, NOW_US)
    with pytest.raises(InputError, match="histories"):
        decide_batch(
            checkin_row(at(), 0), terminal_row(Terminal(), Names()), no_history(2), None, None, NOW_US
        )
    with pytest.raises(InputError, match="sky"):
        decided(sky=SkyNow(np.array([2, 1], np.int32), np.zeros((2, 3))))
    cells = np.array([2, 1], np.uint64)
    with pytest.raises(InputError, match="sorted"):
        decided(plan=PlanNow(cells, *(np.zeros(2, np.int32),) * 2, np.zeros(2), np.zeros(2)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "said", [{"satellite": 2**31}, {"cell": -1}, {"version": -(2**40)}, {"sequence": 2**63}]
)
def test_a_number_that_no_row_can_hold_is_named(said: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(said))):
        decided(checkin=at(**said))


def test_a_history_survives_its_row() -> None:
    history = decided().history
    assert str(history_of(history_row(history)[0])) == str(history)


def test_deciding_changes_nothing_that_is_given() -> None:
    history = History()
    first = decided(history=history)
    second = decided(history=history)
    assert (str(second), str(second.history)) == (str(first), str(first.history))
    assert str(history) == str(History())


FICTION = {
    "name": "order", "version": 1,
    "regions": [
        {"name": "sea", "decision": "open", "sea": True, "licence": "licensed"},
        {"name": "slow", "decision": "no haste", "sea": True, "max_speed_kmh": 50.0},
        {"name": "listed", "decision": "the list", "cells": ["81d4bffffffffff"], "service": "listed",
         "lists": ["a"]},
        {"name": "off", "decision": "closed", "cells": ["81d4bffffffffff"], "service": "off",
         "begins": "2027-01-01T00:00:00Z"},
    ],
    "lists": [{"name": "a", "custodian": "the operator"}],
}  # fmt: skip


def test_the_order_of_regions_never_matters_and_words_come_from_the_rule(tmp_path: Any) -> None:
    table: dict[str, Any] = {**FICTION, "regions": [dict(each) for each in FICTION["regions"]]}  # type: ignore[attr-defined]
    table["regions"][3]["begins"] = datetime(2027, 1, 1, tzinfo=UTC)
    rules = RuleSet.parse(table, tmp_path)
    turned = RuleSet.parse({**table, "regions": table["regions"][::-1]}, tmp_path)
    import h3

    inside = h3.cell_to_latlng("81d4bffffffffff")
    for lat, lon in (inside, (-40.0, -130.0), (0.0, -150.0)):
        for speed in (0.0, 90.0):
            for lists in ((), ("a",)):
                checkin = at(lat, lon, speed_kmh=speed)
                one = decide(checkin, Terminal(lists=lists), History(), rules, NOW)
                two = decide(checkin, Terminal(lists=lists), History(), turned, NOW)
                assert (one.outcome, one.reasons, one.clauses) == (two.outcome, two.reasons, two.clauses)
    refused = decide(at(*inside, speed_kmh=90.0), Terminal(), History(), rules, NOW)
    said = {clause.reason: (clause.region, clause.rule) for clause in refused.clauses}
    assert said == {Reason.NOT_ON_LIST: ("listed", "the list"), Reason.TOO_FAST: ("slow", "no haste")}
    assert decide(at(*inside), Terminal(lists=("a",)), History(), rules, NOW).outcome == Outcome.SERVE
    assert rules.digest in refused.rules


def test_decisions_of_a_batch_are_worded_row_by_row() -> None:
    rules: Any = Spoken(licence=Rules().but(licence={6: Licence.NONE}).licence)
    rows = np.concatenate([checkin_row(at(sequence=1), 0), checkin_row(at(lat=-31.5, sequence=2), 0)])
    made = decide_batch(rows, terminal_row(Terminal(), Names()), no_history(1), rules, MAP, NOW_US)
    first, second = (worded(made, i, rules, "rules", History()) for i in range(2))
    assert (first.outcome, first.region) == (Outcome.REFUSE, "square 6")
    assert (second.outcome, second.region) == (Outcome.SERVE, "")
