"""Findings: resale and dealers from arrays, findings that are old; the commands `finding` and `decide`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy.stats import binomtest

from openleo.cli import openleo
from openleo.cli.decide import decide
from openleo.cli.finding import finding
from openleo.errors import InputError
from openleo.service.findings import MANY, Finding, Records, Seen, dealers, resale
from openleo.service.records import TERMINAL, FindingKind, Names, no_history
from openleo.service.store import Store

DAY_US = 86_400_000_000
NOW_US = 1_780_000_000_000_000


def say(command: Any, *words: str) -> Result:
    return CliRunner().invoke(openleo, [command.name, *words])


def some_sales(seed: int) -> tuple[Records, Seen, set[int]]:
    """Terminals of six dealers, of which two have had a third of their records altered."""
    rng = np.random.default_rng(seed)
    count = 1500
    dealer, country = rng.integers(0, 6, count), rng.integers(0, 3, count)
    sold_us = NOW_US + rng.integers(0, 60, count) * DAY_US
    first_us = sold_us + rng.integers(1, 20, count) * DAY_US
    buyer = rng.integers(0, 900, count)
    altered = set(rng.permutation(6)[:2].tolist())
    which = np.isin(dealer, sorted(altered)) & (rng.random(count) < 0.33)
    how = rng.integers(0, 3, count)
    seen = Seen.of(first_us, np.arange(count), country)
    sold_us = np.where(which & (how == 0), first_us + 30 * DAY_US, sold_us)
    recorded = np.where(which & (how == 1), (country + 1) % 3, country)
    buyer = np.where(which & (how == 2), 1000 + dealer, buyer)
    return Records(dealer, recorded, buyer, sold_us, np.zeros(count)), seen, altered


@pytest.mark.parametrize("seed", range(5))
def test_dealers_whose_records_contradict_the_log_come_first(seed: int) -> None:
    records, seen, altered = some_sales(seed)
    found = dealers(records, seen)
    assert {each.dealer for each in found[:2]} == altered
    assert all(each.share < 0.05 for each in found[2:])
    assert sum(each.sold for each in found) == len(records.dealer)
    for each in found:
        interval = binomtest(each.contradicted, each.judged).proportion_ci(0.95, "wilson")
        assert each.least_share == pytest.approx(interval.low, abs=1e-4)


def test_each_kind_of_contradiction_is_counted() -> None:
    count = 40
    dealer = np.repeat([0, 1], 20)
    records = Records(
        dealer, np.zeros(count), np.where(dealer == 1, 5, np.arange(count)), np.full(count, NOW_US),
        np.where(np.arange(count) == 3, 1, 0),
    )  # fmt: skip
    first_us = np.where(np.arange(count) < 2, NOW_US - 1, NOW_US + 1)
    seen = Seen.of(first_us, np.arange(count), np.where(np.arange(count) == 4, 1, 0))
    one, two = dealers(records, seen)
    assert (one.dealer, one.one_buyer, one.contradicted) == (1, 20, 20)
    assert (two.before_sale, two.not_where_sold, two.gaps, two.contradicted) == (2, 1, 1, 4)


def test_a_terminal_that_was_never_seen_contradicts_nothing() -> None:
    records = Records(np.zeros(3), np.zeros(3), np.full(3, -1), np.full(3, NOW_US), np.zeros(3))
    (only,) = dealers(records, Seen.of(np.zeros(3), [], []))
    assert (only.sold, only.judged, only.contradicted, only.least_share) == (3, 0, 0, 0.0)


def test_one_bad_record_weighs_less_than_many() -> None:
    dealer = np.array([0] + [1] * 50)
    records = Records(dealer, np.zeros(51), np.full(51, -1), np.full(51, NOW_US), np.zeros(51))
    first_us = np.where(np.arange(51) < 31, NOW_US - 1, NOW_US + 1)  # the only one of 0, 30 of 50 of 1
    assert [each.dealer for each in dealers(records, Seen.of(first_us, np.arange(51), np.zeros(51)))] == [
        1,
        0,
    ]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="different lengths"):
        dealers(Records(*(np.zeros(k) for k in (1, 2, 2, 2, 2))), Seen.of([0], [], []))
    with pytest.raises(InputError, match="seen"):
        dealers(Records(*(np.zeros(2) for _ in range(5))), Seen.of([0], [], []))


def test_resale_is_many_terminals_of_a_seller_where_they_were_not_sold() -> None:
    names = Names({"country": ["QM", "QN", "QO"], "dealer": ["first", "second"]})
    register, histories = np.zeros(60, TERMINAL), no_history(60)
    register["dealer"] = np.repeat([0, 1], 30)
    register["sold"] = np.arange(60) % 2
    histories["country"][:] = register["sold"]
    histories["country"][: MANY + 4] = 2
    histories["country"][30 : 30 + MANY - 1] = 2
    (found,) = resale(register, histories, NOW_US, names)
    assert (found.kind, found.subject, found.state) == (FindingKind.RESALE, "dealer 0 in QO", "open")
    assert found.data == {
        "dealer": "first", "country": "QO", "terminals": MANY + 4, "of": 30, "sold_in": {"QM": 7, "QN": 7}
    }  # fmt: skip
    assert resale(register, no_history(60), NOW_US, names) == []
    register["account"] = 3
    (by_account,) = resale(register, histories, NOW_US, names, by="account")
    assert by_account.data["terminals"] == 2 * MANY + 3


def test_a_finding_open_too_long_is_raised() -> None:
    held = Finding(FindingKind.DRONE, "terminal 1", NOW_US, {})
    assert not held.raised(NOW_US + 14 * DAY_US)
    assert held.raised(NOW_US + 14 * DAY_US + 1)
    assert not Finding(FindingKind.DRONE, "terminal 1", NOW_US, {}, "dismissed").raised(NOW_US + 99 * DAY_US)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with two findings, one of them old."""
    path = str(tmp_path / "findings.db")
    with Store.open(path) as opened, opened.locked(np.zeros(0, np.int64)) as held:
        held.find([("clone", "terminal 7", json.dumps({"km": 812}))], NOW_US)
        held.find([("drone", "terminal 9", json.dumps({"speed_kmh": 150}))], NOW_US + 10**15)
    return path


def test_findings_are_listed_shown_and_closed(store: str) -> None:
    said = json.loads(say(finding, "list", "--store", store, "--json").output)
    assert [(each["kind"], each["subject"], each["raised"]) for each in said] == [
        ("clone", "terminal 7", True), ("drone", "terminal 9", False),
    ]  # fmt: skip
    assert "open too long" in say(finding, "list", "--store", store).output
    number = str(said[0]["number"])
    assert "812" in say(finding, "show", number, "--store", store).output
    close = ("close", number, "--state", "dismissed", "--by", "desk-1", "--why", "a ferry", "--store", store)
    assert say(finding, *close).output == f"Finding {number} is dismissed.\n"
    assert say(finding, *close).output == f"Finding {number} was dismissed so before.\n"
    shown = json.loads(say(finding, "show", number, "--store", store, "--json").output)
    assert (shown["state"], shown["closed_by"], shown["why"]) == ("dismissed", "desk-1", "a ferry")
    assert [each["kind"] for each in json.loads(say(finding, "list", "--store", store, "--json").output)] == [
        "drone"
    ]
    other = say(finding, *close[:3], "confirmed", *close[4:])
    assert other.exit_code == 2
    assert "dismissed by desk-1 before" in other.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "99"), "no number 99"),
        (("close", "99", "--state", "confirmed", "--by", "x", "--why", "y"), "no number 99"),
        (("close", "1", "--state", "confirmed", "--by", " ", "--why", "y"), "--by"),
        (("close", "1", "--state", "confirmed", "--by", "x", "--why", "y" * 1001), "--why"),
    ],
)  # fmt: skip
def test_bad_input_to_finding_is_named(store: str, words: tuple[str, ...], message: str) -> None:
    result = say(finding, *words, "--store", store)
    assert result.exit_code == 2
    assert message in result.output


AT = ("--at", "2026-07-01T12:00:00Z")


def test_decide_says_the_outcome_first_then_why() -> None:
    result = say(decide, "Moscow", *AT)
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert text.startswith("It is refused: no licence allows service here.")
    assert "no rule of this file grants a licence here" in text
    assert "Ask the authority that decides on licences there." in text
    assert "Ask again from 2026-07-01T13:00:00Z on, or after at least 5 km." in text
    assert say(decide, "Paris", *AT).stdout.startswith("It is served until 2026-07-01T12:05:00Z.\n")


def test_decide_speaks_french() -> None:
    text = " ".join(say(decide, "Moscow", *AT, "--lang", "fr").stdout.split())
    assert text.startswith("Il est refusé : aucune licence n'autorise le service ici.")
    assert "Redemander à partir du 2026-07-01T13:00:00Z" in text


def test_decide_answers_a_program() -> None:
    said = json.loads(say(decide, "Moscow", *AT, "--distress", "--json").stdout)
    assert said["outcome"] == "emergency only"
    assert said["reason"] == {"number": 10, "name": "unlicensed"}
    assert said["retry_after"] == "2026-07-01T13:00:00Z"
    assert said["reasons"][0]["rule"]
    without = json.loads(say(decide, "Paris", *AT, "--rules", "none", "--json").stdout)
    assert (without["outcome"], without["reason"]["name"]) == ("refuse", "no_rules")


def test_decide_takes_check_in_terminal_and_history_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "checkin.json"
    said: dict[str, Any] = {
        "now": "2026-07-01T12:00:00Z",
        "checkin": {"lat_deg": 48.9, "lon_deg": 2.4, "accuracy_m": 10, "sequence": 5},
        "terminal": {"plan": "home", "home_lat_deg": 43.6, "home_lon_deg": 1.4, "state": "active"},
        "history": {"sequence": 4},
    }
    path.write_text(json.dumps(said))
    answer = json.loads(say(decide, "--file", str(path), "--json").stdout)
    assert (answer["outcome"], answer["reason"]["name"]) == ("walled garden", "too_far_from_address")
    said["history"]["sequence"] = 5
    path.write_text(json.dumps(said))
    assert json.loads(say(decide, "--file", str(path), "--json").stdout)["reason"]["name"] == "replay"
    path.write_text(json.dumps({**said, "terminal": None}))
    assert (
        json.loads(say(decide, "--file", str(path), "--json").stdout)["reason"]["name"] == "unknown_terminal"
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[]", "an object with checkin"),
        ("{", "is no JSON"),
        ('{"checkin": {"lat": 3}}', "checkin.lat: no such field"),
        ('{"checkin": {"lat_deg": "3"}}', "checkin.lat_deg: '3' given; a number is allowed"),
        ('{"checkin": {"sequence": 99999999999999999999}}', "checkin.sequence"),
        ('{"checkin": {"lat_deg": 1}, "terminal": {"motion": "boat"}}', "terminal.motion: 'boat' given"),
        ('{"checkin": {"lat_deg": 1}, "terminal": {"lists": "a"}}', "terminal.lists"),
        ('{"checkin": {"time": 5}}', "checkin.time"),
    ],
)  # fmt: skip
def test_bad_files_are_named_by_field(tmp_path: Path, said: str, message: str) -> None:
    path = tmp_path / "checkin.json"
    path.write_text(said)
    result = say(decide, "--file", str(path))
    assert result.exit_code == 2
    assert message in result.output
