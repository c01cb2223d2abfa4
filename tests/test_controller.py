"""The controller: what it stores, what it answers again, what it does without rules or store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import HERE, LISTED, NOON_US, UNLICENSED, Clock, rules

from openleo.errors import InputError
from openleo.service import lists
from openleo.service.controller import Controller
from openleo.service.duties import beside, look_for_resale
from openleo.service.entries import Entry
from openleo.service.figures import Published
from openleo.service.policy import Decisions, PlanNow
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, CellState, Motion, Outcome
from openleo.service.store import Store, StoreError
from openleo.service.store.found import found
from openleo.service.store.stored import chain, stored
from openleo.service.terminals import Register

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def controller(store_url: str, clock: Clock) -> Iterator[Controller]:
    with Controller.open(store_url, rules(), clock=clock) as opened:
        fill(opened, 30)
        yield opened


def fill(controller: Controller, count: int) -> None:
    """Terminals T-0, T-1, ..."""
    entries = [
        Entry(hardware=f"T-{k}", plan="home", account="tests", motion=Motion.PORTABLE) for k in range(count)
    ]
    controller.register.add(entries, by="tests", now_us=NOON_US - DAY_US)


def rows(clock: Clock, terminals: Any, sequence: Any, where: dict[str, float] = HERE, **more: Any) -> Any:
    """CHECKIN rows of terminals (N,)."""
    made = np.zeros(len(terminals), CHECKIN)
    made["terminal"], made["sequence"], made["time_us"] = terminals, sequence, clock.us
    for name in ("speed_kmh", "altitude_m", "delay_ms"):
        made[name] = np.nan
    made["satellite"] = -1
    for name, value in (where | more).items():
        made[name] = value
    return made


def same(one: Decisions, other: Decisions) -> bool:
    """Whether decisions are the same, column by column."""
    names = one.__dataclass_fields__
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in names)


def test_a_batch_is_one_check_in_after_the_other(store_url: str, tmp_path: Path, clock: Clock) -> None:
    rng = np.random.default_rng(7)
    made = rows(clock, rng.integers(0, 10, 60), np.arange(60))
    made["lat_deg"], made["lon_deg"] = rng.uniform(45, 52, 60), rng.uniform(0, 12, 60)
    with (
        Controller.open(store_url, rules(), clock=clock) as one,
        Controller.open(str(tmp_path / "other.db"), rules(), clock=clock) as other,
    ):
        fill(one, 10)
        fill(other, 10)
        batch = one.check_in(made)
        single = [other.check_in(made[i : i + 1]) for i in range(60)]
        for i, each in enumerate(single):
            for name in batch.decisions.__dataclass_fields__:
                ours, theirs = getattr(batch.decisions, name)[i], getattr(each.decisions, name)[0]
                assert ours == theirs or (ours != ours and theirs != theirs), name
        assert batch.taken.all()
        assert len(set(batch.decisions.outcome.tolist())) > 1
        everyone = np.arange(10)
        left = one.store.histories(everyone), other.store.histories(everyone)
        for name in left[0].dtype.names or ():
            np.testing.assert_array_equal(left[0][name], left[1][name])


def test_what_was_taken_is_stored_with_its_decision(controller: Controller, clock: Clock) -> None:
    answers = controller.check_in(rows(clock, [3, 4], [1, 1], UNLICENSED))
    kept = stored(controller.store, answers.number)
    assert kept["terminal"].tolist() == [3, 4]
    assert kept["outcome"].tolist() == [Outcome.REFUSE] * 2
    assert kept["reason"].tolist() == [Reason.UNLICENSED] * 2
    assert kept["received_us"].tolist() == [clock.us] * 2


def test_sent_again_it_is_answered_as_before_also_after_a_restart(store_url: str, clock: Clock) -> None:
    with Controller.open(store_url, rules(), clock=clock) as controller:
        fill(controller, 5)
        words = rows(clock, np.arange(5), 7, LISTED)
        first = controller.check_in(words)
        clock.us += MINUTE_US
        again = controller.check_in(words)
    with Controller.open(store_url, rules(), clock=clock) as controller:
        later = controller.check_in(words)
        for each in (again, later):
            assert each.repeated.all()
            assert not each.taken.any()
            assert same(first.decisions, each.decisions)
            assert each.number.tolist() == first.number.tolist()
        assert controller.store.checkins() == 5


def test_twice_in_one_batch_is_stored_once(controller: Controller, clock: Clock) -> None:
    words = rows(clock, [0, 1], [5, 5])
    answers = controller.check_in(np.concatenate([words, words]))
    assert answers.taken.tolist() == [True, True, False, False]
    assert answers.repeated.tolist() == [False, False, True, True]
    assert answers.number[:2].tolist() == answers.number[2:].tolist()
    assert controller.store.checkins() == 2


def test_another_content_or_an_older_number_is_a_replay(controller: Controller, clock: Clock) -> None:
    controller.check_in(rows(clock, [0, 0], [4, 5]))
    for sequence, more in ((5, {"lat_deg": -2.0}), (4, {}), (5, {"flags": 1}), (0, {})):
        answers = controller.check_in(rows(clock, [0], sequence, **more))
        assert not answers.taken[0]
        assert not answers.repeated[0]
        assert answers.decisions.primary[0] == Reason.REPLAY
    assert controller.store.checkins() == 2


def test_a_number_that_was_not_taken_is_not_used_up(controller: Controller, clock: Clock) -> None:
    late = rows(clock, [0], 9)
    late["time_us"] += DAY_US
    assert not controller.check_in(late).taken[0]
    assert controller.store.histories(np.array([0]))["sequence"][0] == -1
    assert controller.check_in(rows(clock, [0], 1)).taken[0]


def test_a_terminal_that_is_not_in_the_register_is_not_taken(controller: Controller, clock: Clock) -> None:
    answers = controller.check_in(rows(clock, [999, -1, 0], 1))
    assert answers.taken.tolist() == [False, False, True]
    assert answers.decisions.primary[:2].tolist() == [Reason.UNKNOWN_TERMINAL] * 2


def test_without_rules_nobody_is_newly_served_and_grants_run_out(store_url: str, clock: Clock) -> None:
    with Controller.open(store_url, rules(), clock=clock) as controller:
        fill(controller, 2)
        granted = controller.check_in(rows(clock, [0], 1)).decisions
    store = Store.open(store_url)
    with Controller(store, Register.load(store), None, clock=clock) as controller:
        clock.us += MINUTE_US
        found = controller.check_in(rows(clock, [0, 1], 2)).decisions
        assert found.outcome.tolist() == [Outcome.SERVE, Outcome.REFUSE]
        assert found.valid_us[0] == granted.valid_us[0]
        assert found.primary[1] == Reason.NO_RULES
        clock.us = int(granted.valid_us[0]) + 1
        assert controller.check_in(rows(clock, [0], 3)).decisions.outcome[0] == Outcome.REFUSE


def test_what_cannot_be_stored_changes_nothing(
    controller: Controller, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.check_in(rows(clock, [0], 1))
    before = controller.store.histories(np.arange(30)).copy()

    def full(*_: Any, **__: Any) -> None:
        raise StoreError("the disk is full")

    from openleo.service.store import Held

    with monkeypatch.context() as broken:
        broken.setattr(Held, "record", full)
        with pytest.raises(StoreError, match="full"):
            controller.check_in(rows(clock, np.arange(30), 2))
        assert "full" in controller.fault()
    after = controller.store.histories(np.arange(30))
    for name in before.dtype.names or ():
        np.testing.assert_array_equal(before[name], after[name])
    assert controller.check_in(rows(clock, np.arange(30), 2)).taken.all()
    assert controller.fault() == ""


def test_a_running_plan_names_satellite_and_gateway(store_url: str, clock: Clock) -> None:
    import h3

    cell = int(h3.latlng_to_cell(HERE["lat_deg"], HERE["lon_deg"], 5), 16)

    class Live:
        gateways = ("Nakuru", "Mombasa")

        def now(self, now_us: int | None = None) -> tuple[None, PlanNow]:
            one = np.ones(1, np.int32)
            state = np.array([CellState.SERVED], np.int8)
            return None, PlanNow(np.array([cell], np.uint64), 40_001 * one, one, 25.0 * one, state, 2**62)

    with Controller.open(store_url, rules(), clock=clock, live=Live()) as controller:
        fill(controller, 2)
        answers = controller.check_in(rows(clock, [0, 1], 1, cell=np.array([cell, cell + 1], np.uint64)))
        assert answers.decisions.satellite[0] == 40_001
        assert answers.gateway(int(answers.decisions.gateway[0])) == "Mombasa"
        assert answers.decisions.rate_mbps[0] == 25.0
        assert answers.decisions.primary[1] == Reason.NO_COVERAGE


def test_figures_count_terminals_by_region_and_day(store_url: str, clock: Clock) -> None:
    with Controller.open(store_url, rules(), clock=clock) as controller:
        fill(controller, 30)
        everyone = np.arange(30)
        controller.check_in(rows(clock, everyone, 1))
        clock.us += MINUTE_US
        controller.check_in(rows(clock, everyone, 2))
        clock.us += MINUTE_US
        controller.check_in(rows(clock, everyone[:12], 3, UNLICENSED, lat_deg=47.5))
        controller.check_in(rows(clock, everyone[12:18], 3, LISTED))
        found = {each.region: each for each in controller.published.between()}
        elsewhere, unlicensed, listed = found["elsewhere"], found["Unlicensed"], found["Listed"]
        assert (elsewhere.terminals, elsewhere.served, elsewhere.limited) == (30, 30, None)
        assert unlicensed.refused == {"unlicensed": 12}
        assert unlicensed.first_refusals == 12
        assert unlicensed.seconds_to_refusal == 120.0
        assert unlicensed.seconds_served_before == 120.0
        assert (listed.terminals, listed.refused, listed.uncertain) == (None, {}, None)
        assert elsewhere.uncertain == 0.0
        # the day is over: counted once more, kept, and the same
        clock.us += DAY_US
        kept = Published(controller.store, clock)
        assert {each.region: each for each in kept.between(elsewhere.day, elsewhere.day)} == found
        assert {each.region: each for each in kept.between(elsewhere.day, elsewhere.day)} == found
        assert [each.region for each in kept.between(region="Listed")] == ["Listed"]
        with pytest.raises(InputError, match="at most 366"):
            kept.between(datetime(2020, 1, 1, tzinfo=UTC).date())


def test_the_chain_of_a_terminal_is_its_own(controller: Controller, clock: Clock) -> None:
    for sequence in range(1, 6):
        controller.check_in(rows(clock, [0, 1, 2], sequence))
        clock.us += MINUTE_US
    last = int(controller.store.histories(np.array([1]))["checkin"][0])
    found = chain(controller.store, last, 3)
    assert found["sequence"].tolist() == [5, 4, 3]
    assert set(found["terminal"].tolist()) == {1}


def test_terminals_of_a_dealer_far_from_their_sale_become_a_finding(
    controller: Controller, clock: Clock
) -> None:
    sold = [Entry(hardware=f"S-{k}", plan="home", account=f"buyer {k}", dealer="corner shop", sold="DE")
            for k in range(12)]  # fmt: skip
    controller.register.add(sold, by="tests", now_us=NOON_US - DAY_US)
    assert look_for_resale(controller) == 0
    controller.check_in(rows(clock, [controller.find(f"S-{k}") for k in range(12)], 1))  # in KE
    with beside(controller, keep_days=30.0):
        pass  # its duties are done once at least
    (only,) = found(controller.store, kind="resale")
    assert json.loads(only.data) == {
        "dealer": "corner shop", "country": "KE", "terminals": 12, "of": 12, "sold_in": {"DE": 12}
    }  # fmt: skip
    assert look_for_resale(controller) == 1
    assert len(found(controller.store, kind="resale")) == 1


def test_while_a_server_runs_old_positions_are_reduced(controller: Controller, clock: Clock) -> None:
    number = controller.check_in(rows(clock, [3], 1)).number
    clock.us += 3 * DAY_US
    with beside(controller, keep_days=2.0):
        looks = (stored(controller.store, number)["lat_deg"] for _ in range(10_000))
        assert any(np.isnan(lat_deg).all() for lat_deg in looks)


def test_a_list_changes_as_a_whole_or_not_at_all(controller: Controller, clock: Clock) -> None:
    def change(number: int, add: tuple[str, ...], remove: tuple[str, ...]) -> bool:
        asked = lists.Change("ours", number, add, remove)
        return lists.change(controller.register, asked, by="tests", signature="", now_us=clock.us)

    assert change(1, ("T-1", "T-2"), ())
    assert change(5, ("T-3",), ("T-1",))
    assert lists.members(controller.register, "ours").tolist() == [2, 3]
    assert not change(5, ("T-3",), ("T-1",))
    with pytest.raises(lists.Contradiction, match="the last change of 'ours' was 5"):
        change(5, ("T-1",), ())
    with pytest.raises(lists.Contradiction):
        change(4, ("T-9",), ())
    with pytest.raises(InputError, match="'nobody' is not in the register"):
        change(6, ("T-4", "nobody"), ())
    with pytest.raises(InputError, match="in remove, too"):
        change(6, ("T-4",), ("T-4",))
    assert lists.members(controller.register, "ours").tolist() == [2, 3]
    assert lists.last_number(controller.register, "ours") == 5
