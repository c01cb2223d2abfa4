"""A dry run: what each terminal would get after a change of rules, before the change is made."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import pytest
from serving import NOON, NOON_US, RULES, Clock

from openleo.ledger.entries import time_of
from openleo.service.controller import Controller
from openleo.service.entries import Entry
from openleo.service.governance.dryrun import DryRun, Effect, LastSeen, dry_run, last_seen
from openleo.service.governance.dryrun_wording import sentences, tables, to_dict
from openleo.service.governance.entries import Touches
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, Motion, Outcome
from openleo.service.regions import RuleSet
from openleo.service.store import Store
from openleo.service.store.keeping import reduce
from openleo.service.terminals import Register

HOUR_US = 3_600_000_000
LATER = NOON + timedelta(hours=1)
KENYA = (-0.4, 36.9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def controller(tmp_path: Path, clock: Clock) -> Iterator[Controller]:
    with Controller.open(tmp_path / "store.db", made(), clock=clock) as opened:
        yield opened


def made(*regions: dict[str, Any], folder: Path = Path(), **changed: Any) -> RuleSet:
    """The rules of the tests with more regions, and other values."""
    table = tomllib.loads(RULES)
    table["regions"] = [*table["regions"], *({"decision": "Tests.", **each} for each in regions)]
    return RuleSet.parse(table | changed, folder)


def off(name: str, **where: Any) -> dict[str, Any]:
    return {"name": name, "service": "off", **where}


def polygon(path: Path, ring: list[tuple[float, float]]) -> str:
    """A GeoJSON file of one ring of longitudes and latitudes; its name."""
    geometry = {"type": "Polygon", "coordinates": [[list(each) for each in ring]]}
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}), encoding="utf-8")
    return path.name


def fill(controller: Controller, count: int, name: str = "T", account: str = "tests", **more: Any) -> Any:
    """Terminals NAME-0, NAME-1, ...; returns their numbers."""
    entries = [
        Entry(
            **(
                {"hardware": f"{name}-{k}", "plan": "home", "account": account, "motion": Motion.PORTABLE}
                | more
            )
        )
        for k in range(count)
    ]
    return controller.register.add(entries, by="tests", now_us=controller.now_us() - HOUR_US)


def rows(controller: Controller, terminals: Any, lat: Any, lon: Any, sequence: int = 1, **more: Any) -> Any:
    """CHECKIN rows of terminals (N,)."""
    out = np.zeros(len(terminals), CHECKIN)
    out["terminal"], out["sequence"], out["time_us"] = terminals, sequence, controller.now_us()
    out["lat_deg"], out["lon_deg"], out["accuracy_m"] = lat, lon, 10.0
    out["delay_ms"], out["satellite"], out["version"] = np.nan, -1, 3
    for column, value in more.items():
        out[column] = value
    return out


def same(one: Any, other: Any) -> None:
    """Assert that rows are the same, field by field."""
    for name in one.dtype.names:
        np.testing.assert_array_equal(one[name], other[name])


def told(
    controller: Controller, after: RuleSet, terminals: list[str] | None = None, at: datetime = LATER
) -> DryRun:
    """A dry run of other rules in place of the controller's."""
    register = controller.register
    return dry_run(controller.rules, after, register, last_seen(register), at, terminals)


def test_what_it_foretells_is_what_each_terminal_then_gets(store_url: str, clock: Clock) -> None:
    rng = np.random.default_rng(11)
    after = made(
        off("Alps", cells=[f"{h3.latlng_to_cell(46.5, 9.0, 2):x}"]),
        {"name": "Slow", "countries": ["IT"], "max_speed_kmh": 50.0, "rate_mbps": 5.0},
        {"name": "Low", "countries": ["CH"], "max_altitude_m": 500.0},
        {"name": "At anchor", "countries": ["AT"], "motion": ["fixed", "portable"]},
        oldest_version=2,
        version=8,
    )
    with Controller.open(store_url, made(), clock=clock) as one:
        count = 400
        fill(one, count)
        fill(one, count, "V", motion=Motion.VEHICLE)
        fill(one, 50, "X", plan="none that is known")
        everyone = np.arange(2 * count + 50)
        lat, lon = rng.uniform(43.0, 50.0, len(everyone)), rng.uniform(2.0, 16.0, len(everyone))
        said = {
            "speed_kmh": rng.choice([0.0, 80.0, np.nan], len(everyone)),
            "altitude_m": rng.choice([0.0, 900.0, np.nan], len(everyone)),
            "version": rng.choice([1, 3], len(everyone)),
            "accuracy_m": rng.choice([10.0, 9_000.0], len(everyone), p=[0.6, 0.4]),
        }
        one.check_in(rows(one, everyone, lat, lon, **said))
        dry = told(one, after)
    got = {}
    for rules in (made(), after):
        clock.us += HOUR_US  # whatever was granted is over
        with Controller.open(store_url, rules, clock=clock) as one:
            sequence = 2 + len(got)
            got[rules.digest] = one.check_in(rows(one, everyone, lat, lon, sequence, **said)).decisions
    was, gets = got[dry.before], got[dry.after]
    affected = np.isin(everyone, dry.terminal)
    both = (was.outcome >= Outcome.LIMITED) & (gets.outcome >= Outcome.LIMITED)
    assert np.array_equal(
        affected, (was.outcome != gets.outcome) | (both & (was.rate_mbps != gets.rate_mbps))
    )
    for column, made_by, name in (
        ("was", was, "outcome"), ("gets", gets, "outcome"), ("was_for", was, "primary"),
        ("gets_for", gets, "primary"), ("was_mbps", was, "rate_mbps"), ("gets_mbps", gets, "rate_mbps"),
    ):  # fmt: skip
        np.testing.assert_array_equal(getattr(dry, column), getattr(made_by, name)[dry.terminal])
    assert {
        Reason.SERVICE_OFF,
        Reason.UNCERTAIN_LOCATION,
        Reason.TOO_FAST,
        Reason.TOO_HIGH,
        Reason.VERSION,
        Reason.MOTION_CLASS,
    } <= {Reason(each) for each in dry.gets_for}


def test_who_loses_there_gains_when_the_change_is_undone(controller: Controller) -> None:
    rng = np.random.default_rng(3)
    numbers = fill(controller, 500)
    controller.check_in(rows(controller, numbers, rng.uniform(-5, 5, 500), rng.uniform(30, 42, 500)))
    before, after = made(), made(
        off("Kenya", countries=["KE"]), {"name": "Slow", "countries": ["UG"], "rate_mbps": 2.0}
    )  # fmt: skip
    seen = last_seen(controller.register)
    there = dry_run(before, after, controller.register, seen, LATER)
    back = dry_run(after, before, controller.register, seen, LATER)
    opposite = {Effect.LOSES: Effect.GAINS, Effect.LESS: Effect.MORE}
    for down, up in opposite.items():
        assert there.which(down).any()
        assert np.array_equal(there.terminal[there.which(down)], back.terminal[back.which(up)])
    assert (set(there.regions), set(back.regions)) == ({"Kenya", "Slow"}, {"Kenya", "Slow"})
    assert len(dry_run(after, after, controller.register, seen, LATER)) == 0


def test_nothing_is_stored_not_even_a_name(controller: Controller) -> None:
    numbers = fill(controller, 5)
    controller.check_in(rows(controller, numbers, *KENYA))
    kinds = ("country", "list", "plan", "use")
    names = {kind: controller.register.names.all(kind) for kind in kinds}
    before = controller.store.histories(numbers), controller.store.checkins()
    table = tomllib.loads(RULES)
    lists = [*table["lists"], {"name": "a new list", "custodian": "somebody"}]
    region = {
        "name": "New",
        "countries": ["KE"],
        "service": "listed",
        "lists": ["a new list"],
        "prohibited_uses": ["a new use"],
    }
    dry = told(controller, made(region, lists=lists, plans=[*table["plans"], {"name": "a new plan"}]))
    assert (dry.gets_for == Reason.NOT_ON_LIST).all()
    with Store.open(controller.store.url) as store:
        fresh = Register.load(store)
        assert {kind: fresh.names.all(kind) for kind in kinds} == names
    assert controller.store.checkins() == before[1]
    same(controller.store.histories(numbers), before[0])


def test_a_mistake_of_swapped_coordinates_is_told_with_its_cells_and_accounts(
    controller: Controller, tmp_path: Path
) -> None:
    meant = fill(controller, 40, "MEANT", account="the fleet that is meant")
    wrong = [fill(controller, 1500, f"WRONG-{k}", account=f"reseller {k}") for k in range(2)]
    rest = fill(controller, 300, "REST", account="others")
    rng = np.random.default_rng(1)

    def spread(numbers: Any, lat: float, lon: float) -> None:
        near = rng.uniform(-0.4, 0.4, (2, len(numbers)))
        controller.check_in(rows(controller, numbers, lat + near[0], lon + near[1]))

    spread(meant, 1.0, 35.0)  # Uganda and Kenya
    for numbers in wrong:
        spread(numbers, 35.0, 1.0)  # Algeria: latitude and longitude changed places
    spread(rest, 10.0, 20.0)
    ring = [(34.5, 0.5), (35.5, 0.5), (35.5, 1.5), (34.5, 1.5), (34.5, 0.5)]
    swapped = [(lat, lon) for lon, lat in reversed(ring)]
    drafts = {
        name: made(off("Area", polygon=polygon(tmp_path / f"{name}.geojson", outline)), folder=tmp_path)
        for name, outline in (("good", ring), ("swapped", swapped))
    }
    listed = [f"MEANT-{k}" for k in range(40)]
    good = told(controller, drafts["good"], listed)
    assert good.checked is not None
    assert good.checked.agrees
    at = time_of(good.at_us // 1_000_000)
    unknown = good.terminals - good.placed
    assert good.touches(0.5) == Touches(40, 1, good.count()["cells"], 0.5, 40, 0, unknown, at)
    bad = told(controller, drafts["swapped"], listed)
    assert bad.checked is not None
    assert not bad.checked.agrees
    assert (bad.checked.hit, bad.checked.unaffected) == (0, tuple(listed))
    assert len(bad.checked.unlisted) == 3000
    assert bad.count()["accounts"] == 2
    words = " ".join(sentences(bad)).replace("\u202f", " ")
    assert "3 000 terminals would lose service" in words
    assert "THE LIST DOES NOT AGREE: of 40 terminals on it, 0 are affected; 3 000 are affected that" in words
    by_title = {each.title: each for each in tables(bad, most=1000)}
    accounts = by_title["Accounts of those affected that are not on the list"].rows
    assert sorted(row[0] for row in accounts) == ["reseller 0", "reseller 1"]
    cells = by_title["Cells of those affected that are not on the list"].rows
    assert {row[3] for row in cells} == {"DZ"}
    assert sum(int(row[4]) for row in cells) == 3000
    lat, lon = (controller.store.histories(np.concatenate(wrong))[name] for name in ("lat_deg", "lon_deg"))
    true = {f"{h3.latlng_to_cell(a, b, 5):x}" for a, b in zip(lat, lon, strict=True)}
    assert {row[0] for row in cells} == true


def test_a_list_of_the_wrong_batch_is_told_apart(controller: Controller) -> None:
    fill(controller, 12, "B7")
    fill(controller, 12, "B8")
    controller.check_in(rows(controller, np.arange(20), *KENYA))
    controller.register.set_list("ours", np.arange(12), True, by="tests", now_us=NOON_US)  # B7 stays on
    dry = told(
        controller,
        made({"name": "Listed only", "countries": ["KE"], "service": "listed", "lists": ["ours"]}),
        [*(f"B7-{k}" for k in range(3)), "B8-0", "B8-11", "B9-0", "B9-0"],
    )
    checked = dry.checked
    assert checked is not None
    assert (checked.given, checked.hit) == (6, 1)
    assert checked.unaffected == ("B7-0", "B7-1", "B7-2")
    assert checked.unplaced == ("B8-11",)
    assert checked.unknown == ("B9-0",)
    assert checked.unlisted == tuple(f"B8-{k}" for k in range(1, 8))
    assert dry.listed is not None
    assert [dry.hardware[k] for k in np.flatnonzero(dry.listed)] == ["B8-0"]


def test_terminals_without_a_known_position_are_counted_apart(controller: Controller, clock: Clock) -> None:
    numbers = fill(controller, 10)
    controller.check_in(rows(controller, numbers[:4], *KENYA))
    clock.us += 2 * HOUR_US
    controller.check_in(rows(controller, numbers[4:6], *KENYA))
    reduce(controller.store, clock.us - HOUR_US)
    dry = told(controller, made(off("Kenya", countries=["KE"])), at=NOON + timedelta(hours=3))
    assert (dry.terminals, dry.placed, dry.never) == (10, 2, 4)
    assert dry.terminal.tolist() == [4, 5]
    assert sentences(dry)[0].startswith("Of 8 terminals no position is known (4 never checked in)")


def test_over_a_new_line_it_names_what_lies_beyond_and_what_was_granted_does_not_go_on(
    controller: Controller, clock: Clock
) -> None:
    at_the_border = rows(controller, fill(controller, 1), 0.46, 34.13)  # of Kenya with Uganda
    at_the_border["accuracy_m"] = 5_000.0
    assert controller.check_in(at_the_border).decisions.outcome[0] == Outcome.SERVE
    dry = told(controller, made(off("Beyond", countries=["UG"])), at=NOON + timedelta(seconds=10))
    assert dry.which(Effect.LOSES).tolist() == [True]
    assert dry.gets_for.tolist() == [Reason.UNCERTAIN_LOCATION]
    assert dry.regions == ("Beyond",)


def test_a_region_that_begins_later_matters_from_then_on(controller: Controller) -> None:
    controller.check_in(rows(controller, fill(controller, 3), *KENYA))
    begins = NOON + timedelta(days=2)
    after = made(off("Kenya", countries=["KE"]) | {"begins": begins})
    assert len(told(controller, after, at=begins - timedelta(seconds=1))) == 0
    assert told(controller, after, at=begins).which(Effect.LOSES).sum() == 3


def test_nobody_is_late_for_an_instant_that_is_asked_about(controller: Controller) -> None:
    controller.check_in(rows(controller, fill(controller, 3), *KENYA))
    dry = told(controller, made(off("Kenya", countries=["KE"])), at=NOON - timedelta(days=1))
    assert dry.gets_for.tolist() == [Reason.SERVICE_OFF] * 3


def test_the_first_rules_of_all_are_compared_with_none(controller: Controller) -> None:
    controller.check_in(rows(controller, fill(controller, 4), [*KENYA[:1] * 3, 48.0], [*KENYA[1:] * 3, 2.0]))
    register = controller.register
    dry = dry_run(None, made(), register, last_seen(register), LATER)
    assert dry.terminal.tolist() == [0, 1, 2]  # the fourth stands in a place that is not licensed
    assert (dry.was_for == Reason.NO_RULES).all()
    assert dry.which(Effect.GAINS).all()
    assert dry.before == ""


def test_an_empty_register_and_rules_that_change_nothing_have_their_words(controller: Controller) -> None:
    for count in (0, 2):
        if count:
            controller.check_in(rows(controller, fill(controller, count), *KENYA))
        dry = told(controller, made(version=8), [])
        assert len(dry) == 0
        assert sentences(dry)[:2] == ("0 terminals would lose service.", "0 terminals would gain service.")
        assert [each.title for each in tables(dry)] == ["What would change", "The list"]
        assert to_dict(dry)["terminals"] == []


def test_its_json_holds_the_same_figures_and_the_public_part_names_nobody(controller: Controller) -> None:
    numbers = fill(controller, 30, account="a secret account")
    controller.check_in(rows(controller, numbers, np.linspace(-3, 3, 30), 37.0))
    dry = told(controller, made(off("Kenya", countries=["KE"])), ["T-0"])
    found = json.loads(json.dumps(to_dict(dry), allow_nan=False))
    assert (
        found["affected"]["loses"]["terminals"] == sum(each["loses"] for each in found["cells"]) == len(dry)
    )
    assert [each["terminals"] for each in found["reasons"]] == [len(dry)]
    assert found["reasons"][0]["reason"] == "service_off"
    assert {each["terminal"] for each in found["terminals"]} == set(dry.hardware)
    assert found["list"]["agrees"] is False
    assert len(json.loads(json.dumps(to_dict(dry, most=2)))["terminals"]) == 2
    assert Touches(**found["touches"]) == dry.touches()
    public = json.dumps(asdict(dry.touches(1.5)))
    assert "T-" not in public
    assert "secret" not in public
    for name in ("terminal", "effect", "was", "cell", "account", "region"):
        assert len(getattr(dry, name)) == len(dry)


def test_it_changes_nothing_of_what_it_is_given(controller: Controller) -> None:
    controller.check_in(rows(controller, fill(controller, 6), *KENYA))
    seen = last_seen(controller.register)
    kept = LastSeen(*(getattr(seen, each.name).copy() for each in fields(LastSeen)))
    register = controller.register.rows.copy()
    dry_run(controller.rules, made(off("K", countries=["KE"])), controller.register, seen, LATER)
    for now, then in (
        (seen.histories, kept.histories), (seen.checkins, kept.checkins), (controller.register.rows, register)
    ):  # fmt: skip
        same(now, then)
