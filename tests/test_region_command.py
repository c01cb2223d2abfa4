"""`openleo region`: what people and programs read, and exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openleo.cli import openleo
from openleo.service.regions import RuleSet, builtin_rules
from openleo.service.rulefile import sections

RULES = """
name = "made"
version = 3

[[regions]]
name = "land"
decision = "Licensed since 2026-01-01."
countries = ["KE", "RU", "UA"]
licence = "licensed"

[[regions]]
name = "town"
decision = "Off from June to August 2026."
cells = ["857a6e43fffffff"]
service = "off"
begins = 2026-06-01T00:00:00Z
ends = 2026-09-01T00:00:00Z
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "made.rules.toml"
    path.write_text(RULES)
    return str(path)


def asked(*words: str) -> Result:
    return CliRunner().invoke(openleo, ["region", *words], catch_exceptions=False)


def test_a_place_is_answered_in_one_sentence_first(rules: str) -> None:
    first = asked("at", "Nairobi", "--rules", rules, "--at", "2026-05-31T23:59:59Z").stdout.splitlines()[0]
    assert first == "Nairobi, KE: in Kenya; a terminal may be served here."
    later = asked("at", "Nairobi", "--rules", rules, "--at", "2026-06-01").stdout
    assert later.splitlines()[0] == "Nairobi, KE: in Kenya; it is licensed, but service is off."
    assert "town: Off from June to August 2026." in later
    assert "land: Licensed since 2026-01-01." in later
    assert "available" in later


def test_a_disputed_area_answers_with_its_claimants(rules: str) -> None:
    said = " ".join(asked("at", "Simferopol", "--rules", rules).stdout.split())
    assert said.startswith("Simferopol, UA: in Crimea, which is disputed; not served: nothing here grants")
    assert "UA, RU" in said
    assert "who controls it, not whose it is" in said


def test_the_sea_says_how_far_the_coast_is(rules: str) -> None:
    # pyproj.Geod: 113.25 km to the nearest point of the base map, of Saint Peter and Saint Paul
    assert "at sea, 113 km from the coast; not served" in asked("at", "0", "-30", "--rules", rules).stdout
    assert (
        "at sea, more than 400 km from the coast" in asked("at", "-48.9", "-123.4", "--rules", rules).stdout
    )


def test_the_same_for_a_program(rules: str) -> None:
    held = json.loads(asked("at", "-1.29", "36.82", "--rules", rules, "--at", "2026-07-01", "--json").stdout)
    assert (held["licence"], held["service"], held["sales"]) == ("licensed", "off", "available")
    assert held["rules"]["digest"] == RuleSet.load(rules).digest
    assert {
        "topic": "service",
        "value": "off",
        "region": "town",
        "decision": "Off from June to August 2026.",
    } in (held["said"])


def test_regions_are_listed_and_shown_by_part_of_a_name(rules: str) -> None:
    listed = asked("show", "--rules", rules).stdout
    assert "land" in listed
    assert "Elsewhere: licence none" in listed
    one = json.loads(asked("show", "tow", "--rules", rules, "--json").stdout)
    assert (one["name"], one["service"], one["begins"]) == ("town", "off", "2026-06-01T00:00:00Z")
    wrong = asked("show", "village", "--rules", rules)
    assert wrong.exit_code == 2
    assert "one of these is allowed: land, town" in wrong.stderr
    keys = json.loads(asked("show", "--attributes", "--json").stdout)
    assert {"", "elsewhere", "regions", "regions.band", "plans"} <= keys.keys()


def test_checking_tells_overlaps_and_ends_with_its_codes(rules: str, tmp_path: Path) -> None:
    fine = asked("check", rules)
    assert fine.exit_code == 0
    assert "is as it should be: 2 regions" in fine.stdout
    assert "land / Crimea (disputed)" in fine.stdout
    assert asked("check", rules, "--strict").exit_code == 1
    told = json.loads(asked("check", rules, "--json").stdout)["overlaps"]
    assert told[0]["first"] == "land"
    broken = tmp_path / "broken.toml"
    broken.write_text(RULES.replace('"KE"', '"KEE"'))
    refused = asked("check", str(broken))
    assert refused.exit_code == 2
    assert "broken.toml: regions[0].countries[0]: 'KEE' given" in refused.stderr
    assert asked("check", str(tmp_path / "none.toml")).exit_code == 2


def test_every_rule_file_of_the_package_is_as_it_should_be() -> None:
    assert "illustration" in builtin_rules()
    for name in builtin_rules():
        held = RuleSet.load(name)
        assert held.name
        assert all(each.decision for each in held.regions)


def test_the_illustration_says_of_itself_that_it_is_one() -> None:
    held = RuleSet.load("illustration")
    assert all("llustration" in each.name for each in held.regions)
    assert all(each.decision.startswith("Illustration, not a fact:") for each in held.regions)


def test_the_page_of_keys_is_the_one_that_is_checked_with() -> None:
    page = (Path(__file__).parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")
    for name, rows in sections().items():
        assert not name or f"[{name}]" in page
        for row in rows:
            assert f"| `{row.name}` | {row.type} |" in page
            assert row.meaning in page
