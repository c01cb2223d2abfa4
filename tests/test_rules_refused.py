"""`openleo rules` and entries that would never count: said before anything is written, with exit code 2."""

import json
from pathlib import Path

import pytest
from governed_town import (
    NAMES,
    PARTY,
    a_log,
    begun,
    in_s,
    published,
    refused,
    rules_text,
    size,
    well,
)

from openleo.service.governance.draft import ApproverKey


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLEO_LEDGER", "OPENLEO_LEDGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def outsider() -> str:
    """A key file of somebody whom no rules name."""
    ApproverKey.make("Outsider Q").write(Path("outsider.key"))
    return "outsider.key"


def test_what_somebody_signs_who_may_not_is_not_written(outsider: str) -> None:
    begun()
    stages = ("--stage", "10%", in_s(4000), "--stage", "100%", in_s(9000))
    change = published(rules_text(2, "off"), *stages, at=stages[2])
    before = size()
    withdraw = ("rules", "withdraw", change, "--reason", "Why.", "--key")
    assert "no approver 'Outsider Q'" in refused(2, *withdraw, outsider)
    assert "not one by the key of duty desk" in refused(2, *withdraw, outsider, "--name", NAMES["duty"])
    assert "not one by the key of" in refused(
        2, "rules", "receipt", change, "--key", outsider, "--name", PARTY
    )
    assert "stage 1 has not begun" in refused(2, "rules", "proceed", change, "2", "--key", "duty.key")
    assert size() == before
    well(*withdraw, "duty.key")
    assert "it is withdrawn" in refused(2, *withdraw, "authority.key")
    assert size() == before + 2


def test_an_approver_whose_key_is_over_withdraws_nothing() -> None:
    a_log()
    name = f'name = "{NAMES["third"]}"\n'
    begins = "begins = 2020-01-01T00:00:00Z\nends = 2021-01-01T00:00:00Z\n"
    over = rules_text().replace(name, name + begins)
    change = published(over, at=in_s(100))
    before = size()
    said = refused(2, "rules", "withdraw", change, "--reason", "Why.", "--key", "third.key")
    assert "the key of third desk is good from 2020" in said
    assert size() == before


def test_a_party_is_told_once() -> None:
    begun()
    change = published(rules_text(2, "off"), at=in_s(7200))
    well("rules", "receipt", change, "--key", "party.key")
    before = size()
    assert "has given a receipt before" in refused(2, "rules", "receipt", change, "--key", "party.key")
    assert size() == before


def test_an_answer_names_no_change_that_is_older_than_the_request() -> None:
    begun()
    first = json.loads(well("rules", "status", "--at", in_s(200), "--json"))["holds"]["change"]
    index = json.loads(well("request", "add", "--who", "Ministry QP", "--asks", "off", "--json"))["index"]
    before = size()
    answer = ("request", "answer", str(index), "--answer", "granted", "--by", "duty desk", "--change", first)
    assert "stands before the request" in refused(2, *answer)
    assert size() == before
