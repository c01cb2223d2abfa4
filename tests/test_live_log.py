"""The twin on the clock by rules of a log: who is planned for before a change, in its stages, and after."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import serving
from enforced_log import Governed, governed

from openleo.ledger.entries import time_of
from openleo.operate.enforced import enforced_at
from openleo.operate.live import Live
from openleo.service.controller import Controller
from openleo.service.entries import Entry
from openleo.service.force import NEVER_US
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.entries import Stage
from openleo.service.governance.seen import seen
from openleo.service.policy import Decisions
from openleo.service.records import CHECKIN, Outcome
from openleo.service.regions import NOWHERE, RuleSet
from openleo.twin import Twin
from openleo.world import World

SLOT_S = 15


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    """A log whose first rules, service everywhere, are in force; a slot of 15 s begins now."""
    with governed(tmp_path) as made:
        made.publish(in_s=12)
        made.clock.pass_s(12)
        yield made


def twin_of(enforcement: Enforcement) -> Twin:
    return Twin.open(World.load("duo"), rules=enforced_at(enforcement), threads=1)


class Planning:
    """A twin that plans by a log, step by step, and what each city is planned to get."""

    def __init__(self, log: Governed) -> None:
        self.log, self.enforcement = log, log.enforcement()
        self.live = Live(
            twin_of(self.enforcement), clock=log.clock.seconds, version=lambda: self.enforcement.version
        )
        self.order = np.argsort(self.live.twin.cells.lon_deg)

    def follow(self) -> None:
        """Look at the log, then plan what is due."""
        self.enforcement.follow()
        self.plan()

    def plan(self) -> None:
        while self.live.step() == 0.0:
            pass

    def at(self, seconds: float) -> None:
        """So many seconds later: plan what is due."""
        self.log.clock.pass_s(seconds)
        self.plan()

    @property
    def served(self) -> list[bool]:
        """Whether Libreville and Kampala have capacity now."""
        _, plan = self.live.now()
        assert plan is not None
        return (plan.rate_mbps[self.order] > 0.0).tolist()


def test_from_the_slot_of_a_change_on_who_may_no_longer_be_served_is_not_planned_for(log: Governed) -> None:
    planning = Planning(log)
    planning.plan()
    assert planning.served == [True, True]
    log.publish("GA", in_s=20 * SLOT_S)
    planning.follow()
    planning.at(20 * SLOT_S - 1)
    assert planning.served == [True, True]
    planning.at(1)
    assert planning.served == [False, True]
    planning.at(SLOT_S)
    assert planning.served == [False, True]
    log.publish(in_s=20 * SLOT_S)
    planning.follow()
    planning.at(20 * SLOT_S - 1)
    assert planning.served == [False, True]
    planning.at(1)
    assert planning.served == [True, True]


def test_a_slot_in_which_rules_change_is_planned_in_two_parts(log: Governed) -> None:
    planning = Planning(log)
    log.publish("GA", in_s=20 * SLOT_S + 4)
    planning.follow()
    planning.at(20 * SLOT_S)
    slot = planning.live.status().slot
    for seconds, gabon in ((3.999999, True), (0.000001, False), (10.9, False)):
        log.clock.pass_s(seconds)  # nothing is planned meanwhile: all of it was ready
        assert planning.served == [gabon, True]
        assert planning.live.status().slot == slot
        assert planning.live.now()[0] is not None
    status = planning.live.status()
    assert (status.planned, status.missed) == (4, 18)  # a slot in two parts is one


def test_what_was_planned_is_planned_again_when_the_log_says_that_other_rules_hold(log: Governed) -> None:
    log.publish("GA", in_s=300, grant_s=60.0)  # from then on a change may begin as soon as it is seen
    log.clock.pass_s(300)
    planning = Planning(log)
    planning.plan()
    assert planning.served == [False, True]
    log.clock.pass_s(3)
    log.publish(in_s=4, grant_s=60.0)  # in the slot that is running; the next one is planned, too
    planning.follow()
    assert planning.served == [False, True]
    log.clock.pass_s(4)
    assert planning.served == [True, True]
    log.clock.pass_s(8)  # the next slot
    planning.plan()
    assert planning.served == [True, True]
    log.publish("UG", in_s=0, grant_s=60.0)
    log.clock.pass_s(2)  # it holds before anybody looked
    assert planning.served == [True, True]
    planning.follow()
    assert planning.served == [True, False]


def test_what_says_nothing_of_rules_changes_no_plan(log: Governed) -> None:
    planning = Planning(log)
    planning.plan()
    _, before = planning.live.now()
    version = planning.enforcement.version
    log.log.append([seen(log.log.checkpoint, log.log.now())])
    planning.follow()
    assert planning.enforcement.version > version
    assert planning.live.now()[1] is before


def test_without_rules_in_force_nobody_is_planned_for(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        log.clock.pass_s(12)
        planning = Planning(log)
        planning.plan()
        assert planning.served == [False, False]
        log.publish(in_s=30)
        planning.follow()
        planning.at(30)
        assert planning.served == [True, True]


def test_in_a_stage_by_share_cells_are_lit_for_whoever_is_under_either_rule_set(log: Governed) -> None:
    log.publish("GA", in_s=300)
    log.clock.pass_s(300)
    begins = log.clock.s + 300
    stages = (Stage(0.25, (), time_of(begins)), Stage(1.0, (), time_of(begins + 600)))
    log.publish("UG", in_s=300, stages=stages)
    planning = Planning(log)
    planning.plan()
    assert planning.served == [False, True]
    planning.at(300)
    assert planning.served == [True, True]  # some are served in either, by one rule set or the other


def test_in_a_stage_by_regions_each_cell_goes_by_the_rules_that_hold_there(log: Governed) -> None:
    begins = log.clock.s + 300
    stages = (Stage(0.0, ("off GA",), time_of(begins)), Stage(0.0, ("off UG",), time_of(begins + 600)))
    log.publish("GA", "UG", in_s=300, stages=stages)
    planning = Planning(log)
    planning.at(300)
    assert planning.served == [False, True]


def test_grants_under_a_log_name_their_satellite_and_end_where_the_rules_change(log: Governed) -> None:
    planning = Planning(log)
    cells = planning.live.twin.cells
    with Controller.open(
        log.folder / "store.db", planning.enforcement, clock=log.clock, live=planning.live
    ) as controller:
        entries = [Entry(hardware=f"T-{k}", plan="home", account="tests") for k in range(2)]
        numbers = controller.register.add(entries, by="tests", now_us=log.clock())

        def ask(sequence: int) -> Decisions:
            """Both cities check in."""
            rows = np.zeros(2, CHECKIN)
            rows["terminal"], rows["sequence"], rows["time_us"] = numbers, sequence, log.clock()
            rows["lat_deg"], rows["lon_deg"] = cells.lat_deg[planning.order], cells.lon_deg[planning.order]
            rows["cell"], rows["accuracy_m"], rows["satellite"] = cells.id[planning.order], 10.0, -1
            rows["speed_kmh"], rows["altitude_m"], rows["delay_ms"] = 0.0, 5.0, np.nan
            return controller.check_in(rows).decisions

        log.publish("GA", in_s=20 * SLOT_S + 4)
        planning.follow()
        planning.at(20 * SLOT_S)
        planning.follow()
        before = ask(1)
        assert before.outcome.tolist() == [Outcome.SERVE] * 2
        assert (before.satellite >= 0).all()
        assert before.valid_us.tolist() == [log.clock() + 4_000_000] * 2
        log.clock.pass_s(4)
        after = ask(2)
        assert after.outcome.tolist() == [Outcome.REFUSE, Outcome.SERVE]
        assert after.satellite[1] >= 0
        assert controller.health()["live"]["well"]


@pytest.mark.parametrize(
    ("newer", "former", "lands"),
    [
        ('["KE", "UG"]', '["UG", "GA"]', ("UG",)),
        ('["KE"]', '["UG"]', NOWHERE),  # no ground that both allow
        ("", '["UG"]', ("UG",)),
        ('["KE"]', None, ("KE",)),  # of what the former rules keep dark, the newer ones decide alone
    ],
)
def test_traffic_of_both_in_a_stage_lands_where_both_rule_sets_allow_it(
    newer: str, former: str | None, lands: tuple[str, ...], tmp_path: Path
) -> None:
    def rules(name: str, landing: str, service: str) -> RuleSet:
        file = tmp_path / f"{name}.rules.toml"
        file.write_text(
            f'name = "{name}"\n[elsewhere]\nlicence = "licensed"\n[[plans]]\nname = "p"\n[[regions]]\n'
            f'name = "Gabon"\ndecision = "d"\ncountries = ["GA"]\nservice = "{service}"\n'
            + (f"landing = {landing}\n" if landing else "")
        )
        return RuleSet.load(file)

    stage = SimpleNamespace(
        rules=rules("newer", newer, "on"), regions=(),
        former=rules("former", former or '["UG"]', "off" if former is None else "on"),
    )  # fmt: skip
    says: Any = SimpleNamespace(held=lambda _: stage, next_us=lambda _: NEVER_US)
    twin = Twin.open(World.load("duo"), rules=enforced_at(says), threads=1)
    gabon, kampala = np.argsort(twin.cells.lon_deg)
    assert twin.rules.lit.all()
    assert twin.rules.landings[twin.rules.landing[gabon]] == lands
    assert twin.rules.landings[twin.rules.landing[kampala]] == ()


@pytest.mark.slow
def test_the_server_plans_by_a_log(log: Governed, tmp_path: Path) -> None:
    policy = tmp_path / "log.policy"
    policy.write_bytes(log.policy.raw)
    words = ("--store", str(tmp_path / "s.db"), "--port", "0", "--ledger", str(log.public))
    with subprocess.Popen(
        serving.command(*words, "--policy", str(policy), "--live", "--world", "duo", "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.kill()
    assert said["world"] == "duo"
    assert said["live"] is not None
    assert said["rules"]["digest"] == log.said.changes[0].change.digest
