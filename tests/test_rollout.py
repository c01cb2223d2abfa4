"""Stages before they are made: whom the dry run says that each reaches is whom it reaches in service."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from controlled import BERLIN, PARIS, Served
from enforced_log import KEYS, Governed, governed, rules

from openleo.cli import openleo
from openleo.ledger.entries import seconds_of, time_of
from openleo.ledger.objects import ObjectRef, seal
from openleo.service.force import in_share
from openleo.service.governance.draft import Draft
from openleo.service.governance.dryrun import dry_run, last_seen
from openleo.service.governance.entries import Change, Proceed, Stage, signed
from openleo.service.governance.pack import MEDIA, unpack
from openleo.service.governance.rollout import Step, steps, table, to_list
from openleo.service.records import Outcome, instant

EVERYBODY = np.arange(200)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    """A log whose first rules, service everywhere, are in force."""
    with governed(tmp_path) as made:
        made.publish(in_s=10)
        made.clock.pass_s(10)
        yield made


@pytest.fixture
def served(log: Governed) -> Iterator[Served]:
    """Terminals that checked in, by turns in two countries."""
    with Served(log, log.enforcement()) as made:
        check_in(made)
        yield made


def check_in(served: Served) -> np.ndarray:
    """All of them check in: who is refused (200,)."""
    refused = np.zeros(200, bool)
    for which, where in ((EVERYBODY[::2], PARIS), (EVERYBODY[1::2], BERLIN)):
        refused[which] = served.ask(*which, where=where).decisions.outcome == Outcome.REFUSE
    return refused


def foretold(served: Served, change: Change, *off: str) -> tuple[Step, ...]:
    before, after = unpack(rules()[0]), unpack(rules(*off)[0])
    register = served.controller.register
    seen = last_seen(register)
    at = instant(seconds_of(change.effective_at) * 1_000_000)
    assert at is not None
    dry = dry_run(before, after, register, seen, at)
    found = steps(dry, change, before, after, seen)
    assert found[-1].reached.all()
    for each, listed in zip(found, to_list(dry, found), strict=True):
        assert [served.controller.register.number(name) for name in listed["new"]] == (
            dry.terminal[each.new].tolist()
        )
        assert (
            listed["affected"]["terminals"] == listed["affected"]["loses"]["terminals"] == each.reached.sum()
        )
    assert json.loads(json.dumps(to_list(dry, found))) == to_list(dry, found)
    assert [row[3] for row in table(dry, found).rows] == [str(each.reached.sum()) for each in found]
    return found


def in_service(log: Governed, served: Served, change: Change, number: int) -> np.ndarray:
    """Who is refused once this stage has begun."""
    if number > 1:
        go = Proceed(time_of(log.clock.s), change.hash, number - 1, "East", "")
        log.append(signed(go, KEYS["East"]).raw)
    served.enforcement.follow()
    log.clock.pass_s(700)
    return check_in(served)


@pytest.mark.parametrize("by_region", [False, True], ids=["by share", "by regions"])
def test_each_stage_reaches_whom_the_dry_run_says(served: Served, log: Governed, by_region: bool) -> None:
    begins = log.clock.s + 300
    at = [time_of(begins + 600 * k) for k in range(3)]
    stages = (
        (Stage(0.0, ("off FR",), at[0]), Stage(0.0, ("off DE",), at[1]))
        if by_region
        else (Stage(0.2, (), at[0]), Stage(0.6, (), at[1]), Stage(1.0, (), at[2]))
    )
    change = log.publish("FR", "DE", in_s=300, stages=stages)
    found = foretold(served, change, "FR", "DE")
    assert [each.number for each in found] == list(range(1, len(stages) + 1))
    assert [each.under for each in found] == (
        [100, 200] if by_region else [each.reached.sum() for each in found]
    )
    before = np.zeros(200, bool)
    for each in found:
        refused = in_service(log, served, change, each.number)
        assert refused.tolist() == each.reached.tolist()
        assert each.new.tolist() == (each.reached & ~before).tolist()
        assert 0 < each.new.sum() < 200
        before = refused


def test_a_change_without_stages_has_none(served: Served, log: Governed) -> None:
    change = log.publish("FR", in_s=300)
    before, after = unpack(rules()[0]), unpack(rules("FR")[0])
    seen = last_seen(served.controller.register)
    at = instant(seconds_of(change.effective_at) * 1_000_000)
    assert at is not None
    dry = dry_run(before, after, served.controller.register, seen, at)
    assert steps(dry, change, before, after, seen) == ()


def test_the_command_shows_each_stage_of_the_draft_that_it_leaves(served: Served, log: Governed) -> None:
    begins = log.clock.s + 300
    stages = (Stage(0.3, (), time_of(begins)), Stage(1.0, (), time_of(begins + 600)))
    raw, _ = rules("FR")
    name, sealed = seal(raw)
    change = replace(
        log.drafted((raw, ""), 300, log.said, stages=stages), rules=ObjectRef(name, len(sealed), MEDIA)
    )
    path = log.folder / "change.json"
    Draft(change, sealed, rules()[0]).write(path)

    def ran(*more: str) -> Result:
        result = CliRunner().invoke(openleo, ["rules", "dry-run", str(path), "--store", served.store, *more])
        assert result.exit_code == 0, result.output
        return result

    said = ran()
    assert "1: 30 %   2026-10-26 12:05Z  " in said.stdout
    assert "goes by the draft's hash as it is now" in said.stderr
    for more in ((), ("--keep",)):  # --keep puts figures into it, and so gives it another hash
        told = json.loads(ran("--json", *more).stdout)["stages"]
        kept = Draft.read(path).change
        assert (kept.hash == change.hash) == (not more)
        first = {f"T-{k}" for k in EVERYBODY[::2] if in_share(kept.hash, np.array([k]), 0.3)[0]}
        assert set(told[0]["new"]) == first
        assert [each["affected"]["loses"]["terminals"] for each in told] == [len(first), 100]
