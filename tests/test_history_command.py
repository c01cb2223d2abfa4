"""`openleo history` and `openleo audit`: what a log tells of rules, and that no bit of it can be changed."""

import json
import random
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from governed_town import (
    REGION,
    a_log,
    approved,
    begun,
    call,
    drafted,
    in_s,
    published,
    refused,
    rules_text,
    well,
    witnessed,
)
from ledger_folders import flip
from ledger_witnesses import Clock, serving

from openleo.ledger.acts import withdraw
from openleo.ledger.canonical import canonical
from openleo.ledger.log import Log
from openleo.ledger.objects import ObjectRef, seal
from openleo.service.governance.changes import approve
from openleo.service.governance.draft import ApproverKey, Draft
from openleo.service.governance.publishing import append


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLEO_LEDGER", "OPENLEO_LEDGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.slow
def test_the_history_of_a_region_says_who_asked_who_approved_who_saw_it_and_what_held_when() -> None:
    with witnessed():
        published(rules_text(), at=in_s(1000))
        well("request", "add", "--who", "Ministry QP", "--asks", "off", "--region", "town")
        published(rules_text(2, "off"), at=in_s(7200))
    told = well("history", "TOWN", "--policy", "ledger/policy")
    for words in (
        "Region town, what the rules said of it:", 'service "on"', 'service "off"',
        "the first rules, made", "Ministry QP asked for new rules, made",
        "It changes what is said of town itself.", 'Over the same place or a part of it, land: decision',
        "Approved by duty desk (Operator Q)", "Approved by authority desk (Authority Q)",
        "Reason given: The ferry line opens.", "No legal basis is given.",
        "Seen first by witnesses: witness.example/w1 20", "It is to be in force from",
        "No receipt of Oversight body QP yet, due",
    ):  # fmt: skip
        assert words in told
    french = well("history", "town", "--lang", "fr")
    for words in (
        "Région town",
        "premières règles",
        "Approuvé par duty desk (Operator Q)",
        "Vu en premier par",
    ):
        assert words in french
    seen = json.loads(well("history", "town", "--json"))["changes"][0]["seen"]
    assert [each["witness"] for each in seen] == ["witness.example/w1"]
    assert abs(seen[0]["at_s"] - time.time()) < 3600
    assert "It changes other regions over the same place or a part of it (town)." in well("history", "land")
    assert "one of these is allowed: land, town" in refused(2, "history", "nowhere")


def smuggled(draft: Draft, **members: object) -> int:
    """Have both desks sign a draft of which something was altered, and enter it without any check."""
    change = replace(draft.change, approvals=(), **members)  # type: ignore[arg-type]
    for short in ("duty", "authority"):
        key = ApproverKey.read(Path(f"{short}.key"))
        change = approve(change, key.seed, key.name, time=change.time)
    with Log.open(Path("ledger")) as log:
        (log.store.public / "object" / change.rules.object).write_bytes(draft.sealed)
        return append(log, change)


FAR = REGION.format(name="far", cell="85283473fffffff", service="on")


@pytest.mark.slow
def test_what_another_region_over_the_same_place_does_stands_in_the_history_of_the_region() -> None:
    begun()
    published(rules_text(2, more=FAR), at=in_s(300))
    more = REGION.format(name="closed", cell="867a6e42fffffff", service="off")  # a part of the town
    drafted(
        rules_text(3, more=FAR + more), "now.json", "--emergency", "restrict", "--ends-at", in_s(5000),
        at=in_s(600),
    )  # fmt: skip
    approved("now.json", "duty")
    index = json.loads(well("rules", "publish", "now.json", "--json"))["index"]
    told = well("history", "town")
    assert f"Entry {index}, " in told
    assert "It changes other regions over the same place or a part of it (closed)." in told
    assert 'Over the same place or a part of it, closed: decision "By decision 12."' in told
    assert "D'autres régions" not in told
    found = json.loads(well("history", "town", "--json"))
    assert [each["index"] for each in found["changes"]] == [1, index]
    assert found["changes"][1]["concerns"]["over_it"] == ["closed"]
    assert sorted(found["holds"][2]["over_it"]) == ["closed", "land"]
    assert sorted(found["holds"][1]["over_it"]) == ["land"]
    other = well("history", "far")
    assert "closed" not in other.split("Entry", 1)[0]
    assert [each["index"] for each in json.loads(well("history", "far", "--json"))["changes"]] == [3]
    well("request", "add", "--who", "Ministry QP", "--asks", "off", "--region", "closed")
    assert "Ministry QP asked at" in well("history", "town")
    assert "Ministry QP asked at" not in well("history", "far")


def test_a_change_of_what_holds_for_all_regions_is_told_as_one_that_may_concern_each() -> None:
    begun()
    drafted(rules_text(2).replace("grant_s = 120.0", "grant_s = 60.0"), "slow.json", at=in_s(300))
    approved("slow.json", "duty", "authority")
    well("rules", "publish", "slow.json")
    assert "It may concern town, for it changes grant_s." in well("history", "town")
    assert "Il peut concerner town, car il change grant_s." in well("history", "town", "--lang", "fr")


def test_an_entry_that_was_published_without_witnesses_is_told_by_when_they_saw_it_later() -> None:
    with witnessed() as running:
        published(rules_text(), at=in_s(1000))
        Path("none").write_text(f"log {well('ledger', 'policy').split()[1]}\nquorum none\n")
        well("ledger", "policy", "--policy", "none", "--reason", "nobody asks")
        published(rules_text(2, "off"), at=in_s(7200))
        well("ledger", "policy", "--witness", running.url, running.verifier.vkey, "--reason", "again")
        well("rules", "seen")
        told = well("audit", "--policy", "ledger/policy")
    assert told.count("Seen first by witnesses: witness.example/w1 ") == 2
    assert "No witness says" not in told


def test_rules_that_can_be_laid_out_nowhere_do_not_hide_what_other_rules_do_over_a_place() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    draft = Draft.read(Path("change.json"))
    circle = json.loads(draft.pack)
    circle["rules"] += REGION.format(name="one", cell="85283473fffffff", service="off") + 'minus = ["two"]\n'
    circle["rules"] += REGION.format(name="two", cell="85283473fffffff", service="off") + 'minus = ["one"]\n'
    name, sealed = seal(canonical(circle))
    index = smuggled(replace(draft, sealed=sealed), rules=ObjectRef(name, len(sealed), "application/json"))
    found = json.loads(well("history", "land", "--json"))["changes"]
    assert [each["index"] for each in found] == [1, index]
    assert found[1]["concerns"]["over_it"] == ["town"]
    assert found[1]["concerns"]["perhaps"] == ["one", "two"]
    assert "It may concern land, for it changes one, two." in well("history", "land")


def test_no_name_of_a_region_can_look_like_a_line_of_its_own() -> None:
    begun()
    name = "x\\n  Approved by third desk (Operator Q)."
    published(rules_text(2, more=REGION.format(name=name, cell="857a6e43fffffff", service="off")))
    for command in (("audit",), ("history", "town"), ("rules", "status", "--at", in_s(4000))):
        assert "\n  Approved by third desk" not in well(*command)


def test_what_witnesses_saw_before_the_log_changed_its_key_still_counts() -> None:
    with witnessed() as running:
        published(rules_text(), at=in_s(1000))
        new = well("ledger", "rotate").strip()
        moved = (running.folder / "logs").read_text() + f"log {new}\n"
    (running.folder / "logs").write_text(moved)
    with serving(running.folder, Clock(running.clock.now + 100.0)) as again:
        well("ledger", "policy", "--witness", again.url, again.verifier.vkey, "--reason", "it moved")
        well("ledger", "rotate", "--finish")
        assert Path("ledger/policy").read_text().startswith(f"log {new}\nwitness ")
    for options in ((), ("--policy", "ledger/policy")):
        told = well("audit", *options)
        assert "by entry 2. Approved by duty desk (Operator Q), authority desk (Authority Q)." in told
        first = json.loads(well("history", "town", "--json", *options))["changes"][0]["seen"]
        assert first == [{"witness": "witness.example/w1", "at_s": int(running.clock.now)}]


@pytest.mark.slow
def test_an_export_tells_the_same_and_one_bit_changed_in_any_of_its_files_ends_with_3() -> None:
    begun()
    well("request", "add", "--who", "Ministry QP", "--asks", "off", "--region", "town")
    well("ledger", "export", "site")
    told = well("audit", "site")
    assert "Every tile, entry and object was read and computed anew, and all of it holds." in told
    assert "Approved by duty desk (Operator Q), authority desk (Authority Q)." in told
    assert "Ministry QP asked" in told
    assert "Rules: 1 change, 1 request; 2 entries count, none was refused." in told
    french = well("audit", "site", "--lang", "fr")
    assert "Chaque tuile, entrée et objet a été lu et recalculé, et tout est juste." in french
    assert "Le journal log.example/tenerife a 5 entrées ; sa racine est " in french
    assert "Ses clés sont prises sur la parole du journal, entrée 0 : seule une politique" in french
    assert "Règles : 1 changement, 1 demande ; 2 entrées comptent, aucune n'est refusée." in french
    assert json.loads(well("audit", "site", "--json"))["ok"] is True
    assert "Motif donné : The ferry line opens." in well("audit", "site", "--lang", "fr")
    dice = random.Random(5)
    for path in sorted(each for each in Path("site").rglob("*") if each.is_file()):
        for _ in range(3):
            bit = dice.randrange(8 * path.stat().st_size)
            flip(path, bit)
            said = refused(3, "audit", "site")
            assert "Error: site: " in said
            assert "Approved by" not in said
            flip(path, bit)
    assert well("audit", "site")


def test_rules_that_are_taken_from_beside_the_log_are_not_played_over() -> None:
    begun()
    with Log.open(Path("ledger")) as log:
        name = next((log.store.public / "object").iterdir()).name
        withdraw(log, name, "Somebody wished so.")
    said = refused(3, "audit")
    assert "the rules cannot be played again" in said
    assert "cannot be played again" in refused(3, "rules", "status")


def test_a_change_that_does_not_count_is_named_with_its_reason_and_never_in_force() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    approved("change.json", "duty")
    draft = Draft.read(Path("change.json"))
    with Log.open(Path("ledger")) as log:  # without asking anybody: whoever can write to the log can do that
        (log.store.public / "object" / draft.change.rules.object).write_bytes(draft.sealed)
        index = log.append([draft.change.raw])[0]
    for command in (("audit",), ("rules", "status"), ("history", "town")):
        told = well(*command)
        assert f"Entry {index}, rules-change, does not count yet: no entry behind it keeps when" in told
        assert "Refused" not in told
    name = draft.change.hash[:8]
    assert "openleo rules seen" in refused(2, "rules", "grounds", name, "--reason", "x")
    well("rules", "seen")
    told = well("audit")
    assert "Refused, and never in force: approvals: 1 of 2 approvals count, of 1 organisation where 2" in told
    assert "Approved by duty desk (Operator Q)" in told
    assert '  - Region "town": service is "off" instead of "on".' in told
    assert "It would have changed what is said of town itself." in well("history", "town")
    assert json.loads(well("rules", "status", "--at", in_s(8000), "--json"))["holds"]["index"] == 1
    found = json.loads(well("audit", "--json"))
    assert [each["index"] for each in found["refused"]] == [index]
    assert [each["state"] for each in found["changes"]][1:] == ["refused"]


def test_a_change_that_says_other_than_its_rules_do_is_told_by_what_they_do() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    index = smuggled(Draft.read(Path("change.json")), differs=("version is 2 instead of 1.",))
    for command in (("audit",), ("history", "town")):
        told = well(*command).split(f"Entry {index}, ")[-1]
        assert '  - Region "town": service is "off" instead of "on".' in told
        assert "THE ENTRY ITSELF SAYS OTHERWISE" in told
        assert 'It leaves out: Region "town": service is "off" instead of "on".' in told
    assert "L'ENTRÉE ELLE-MÊME DIT AUTRE CHOSE" in well("audit", "--lang", "fr")


def test_rules_that_are_not_those_that_a_change_states_end_an_audit_with_3() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    index = smuggled(Draft.read(Path("change.json")), digest="ab" * 32)
    found = call("audit")
    assert found.exit_code == 3
    assert "NO CONTROLLER ENFORCES IT: its rules are not those that it states" in found.stdout
    assert f"entry {index}: its rules are not those it states" in found.stderr
    found = json.loads(call("audit", "--json").stdout)
    assert (found["ok"], [each["index"] for each in found["doubts"]]) == (False, [index])


def test_a_log_without_rules_says_so() -> None:
    a_log()
    assert "No rules hold by this log." in well("audit")
    shutil.rmtree("ledger")
    assert "no such folder" in refused(4, "audit")
