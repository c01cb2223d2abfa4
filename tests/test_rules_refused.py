"""`openleo rules` and entries that would never count: said before anything is written, with exit code 2."""

import json
from pathlib import Path

import pytest
from governed_town import (
    NAMES,
    PARTY,
    a_log,
    approved,
    begun,
    call,
    drafted,
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


def test_nobody_signs_a_draft_whose_signature_would_not_count(outsider: str) -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200), requester=NAMES["third"])
    sign = ("rules", "approve", "change.json", "--yes", "--key")
    left = "approvers that may sign: duty desk (Operator Q), authority desk (Authority Q)"
    before = Path("change.json").read_bytes()
    for words, why in (
        ((outsider,), "no approver 'Outsider Q'"),
        ((outsider, "--recuse"), "no approver 'Outsider Q'"),
        (("duty.key", "--name", "nobody"), "no approver 'nobody'"),
        (("duty.key", "--name", NAMES["authority"]), "the key is not that of authority desk"),
        (("third.key",), "third desk asked for the change"),
    ):
        said = refused(2, *sign, *words)
        assert why in said
        assert left in said
        assert Path("change.json").read_bytes() == before
    assert "1 of 2 approvals count, of 1 organisation where 2 are needed." in call(*sign, "duty.key").stderr
    once = Path("change.json").read_bytes()
    assert "duty desk has signed it already; approvers that may sign: authority desk" in refused(
        2, *sign, "duty.key"
    )
    assert Path("change.json").read_bytes() == once
    said = call(*sign, "authority.key").stderr
    assert "all approvals that it needs: openleo rules publish change.json." in said
    well(*sign, "duty.key", "--duress")
    assert "already; approvers that may sign: nobody else" in refused(2, *sign, "duty.key")
    assert "1 of 2 approvals count" in refused(2, "rules", "publish", "change.json")


def test_an_approver_whose_key_is_over_signs_nothing() -> None:
    a_log()
    name = f'name = "{NAMES["third"]}"\n'
    drafted(rules_text().replace(name, f"{name}ends = 2021-01-01T00:00:00Z\n"), "first.json")
    assert "until 2021-01-01T00:00:00Z; approvers that may sign: duty desk" in refused(
        2, "rules", "approve", "first.json", "--key", "third.key", "--yes"
    )


def test_a_draft_is_not_written_over() -> None:
    a_log()
    drafted(rules_text(), "first.json")
    approved("first.json", "duty")
    before = Path("first.json").read_bytes()
    given = ("--requester", "Council Q", "--reason", "Why.", "--effective-at", in_s(3600), "-o", "first.json")
    assert "first.json: is there already" in refused(2, "rules", "draft", "new.rules.toml", *given)
    assert Path("first.json").read_bytes() == before
    assert "-o: nowhere/x.json: there is no folder nowhere" in refused(
        2, "rules", "draft", "new.rules.toml", *given[:-1], "nowhere/x.json"
    )


def test_whoever_publishes_is_told_for_whom_a_change_waits_and_what_comes_next() -> None:
    a_log()
    drafted(rules_text(waits=True), "first.json")
    approved("first.json", "duty", "authority")
    said = call("rules", "publish", "first.json").stderr
    assert f"but not before {PARTY} signed a receipt: openleo rules receipt" in said


def test_a_change_in_stages_says_which_one_begins_and_how_the_next_does() -> None:
    begun()
    stages = ("--stage", "town", "+36h", "--stage", "land", "+3d")
    drafted(rules_text(2, "off"), "staged.json", *stages, at="+36h")
    approved("staged.json", "duty", "authority")
    said = call("rules", "publish", "staged.json").stderr
    assert "stage 1 of 2 (town) begins at" in said
    assert "an approver's word once stage 1 is in force: openleo rules proceed" in said
    assert f"To be told within 1 h: {PARTY}." in said


def test_a_key_has_a_name_that_rules_may_have() -> None:
    for name in ("", "two\nlines", " "):
        assert "NAME" in refused(2, "rules", "key", name, "-o", "x.key")
        assert not Path("x.key").exists()


def test_when_all_was_seen_nothing_is_appended() -> None:
    begun()
    before = size()
    assert well("rules", "seen").startswith("Nothing is appended")
    assert size() == before


def test_what_fails_leaves_nothing_behind() -> None:
    begun()
    tile = Path("ledger/public/tile/entries/000.p")
    for each in tile.iterdir():
        each.write_bytes(each.read_bytes().replace(b"Ministry", b"Ministrx"))
    before = set(Path().iterdir())
    refused(3, "ledger", "export", "copy")
    refused(4, "ledger", "export", "copy", "--from", "nowhere")
    refused(4, "serve", "--ledger", "nowhere", "--policy", "ledger/policy", "--port", "0")
    refused(2, "serve", "--rules", "nowhere.toml", "--port", "0")
    assert set(Path().iterdir()) == before
    for words in (("--text", ""), ("--text", " "), ("--text-file", "-")):
        assert "is empty" in refused(2, "ledger", "append", *words, stdin="")


def test_a_number_that_is_none_is_called_a_whole_number() -> None:
    for words in (("receipt", "make", "x", "-o", "r"), ("request", "reveal", "x")):
        assert "'x' is not a valid whole number" in refused(2, *words)


def test_a_time_that_is_none_is_told_by_the_option_that_it_was_given_to() -> None:
    begun()
    for words in (
        ("decide", "Nairobi", "--at"), ("region", "at", "Nairobi", "--at"), ("sky", "Nairobi", "--at"),
        ("path", "Nairobi", "Mombasa", "--at"), ("rules", "status", "--at"),
    ):  # fmt: skip
        assert f"Error: {words[-1]}: 'yesterday' given" in refused(2, *words, "yesterday")
