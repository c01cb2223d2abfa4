"""`openleo rules` as those meet it who draft, approve and publish: words, exit codes, what is refused."""

import base64
import hashlib
import json
import threading
import tomllib
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from governed_town import (
    NAMES,
    PARTY,
    REGION,
    a_log,
    approved,
    begun,
    call,
    drafted,
    in_s,
    keys,
    published,
    refused,
    rules_text,
    size,
    well,
)
from h3 import cell_to_latlng

from openleo.cli import openleo
from openleo.service.controller import Controller
from openleo.service.governance.approvals import approve
from openleo.service.governance.draft import ApproverKey, Draft
from openleo.service.records import CHECKIN, Motion
from openleo.service.terminals import Entry

COMMANDS = sorted(openleo.commands["rules"].commands)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLEO_LEDGER", "OPENLEO_LEDGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_begins_with_examples(command: str) -> None:
    assert well("rules", *command.split(), "--help").startswith("Examples:\n  openleo rules ")


def test_the_private_half_of_a_key_is_in_its_file_alone_and_the_file_is_never_written_over() -> None:
    said = call("rules", "key", "duty desk", "-o", "duty.key")
    key = ApproverKey.read(Path("duty.key"))
    assert said.stdout.strip() == key.public
    assert key.seed.hex() not in said.output
    assert Path("duty.key").stat().st_mode & 0o077 == 0
    assert "is there already" in refused(2, "rules", "key", "duty desk", "-o", "duty.key")
    assert ApproverKey.read(Path("duty.key")) == key
    other = ApproverKey.make("x")
    Path("bad.key").write_text(Path("duty.key").read_text().replace(key.public, other.public))
    Path("draft").write_text("{}")
    said = call("rules", "approve", "draft", "--key", "bad.key")
    assert said.exit_code == 2
    assert key.seed.hex() not in said.output


def test_the_whole_way_of_the_first_rules_and_of_a_change() -> None:
    a_log()
    first = drafted(rules_text(), "first.json", requester="Council Q")
    assert "the first rules, made" in first
    assert "Nobody has approved it." in first
    approved("first.json", "duty", "authority")
    assert well("rules", "publish", "first.json").startswith("Entry 1, published at size 3")
    assert "No rules hold by this log." in well("rules", "status")
    assert "Approved by duty desk (Operator Q), authority desk (Authority Q)." in well(
        "rules", "status", "--at", in_s(3700)
    )

    said = drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    assert '  - Region "town": service is "off" instead of "on".' in said
    assert "  - version is 2 instead of 1." in said
    shown = call("rules", "approve", "change.json", "--key", "duty.key", "--interests", "None.", stdin="y\n")
    assert shown.exit_code == 0
    assert 'Region "town": service is "off" instead of "on"' in shown.stderr
    assert "approve, as duty desk, for the hash" in shown.stderr
    approved("change.json", "authority")
    assert "Interests declared: None." in well("rules", "show", "change.json")
    assert "Intérêts déclarés : None." in well("rules", "show", "change.json", "--lang", "fr")
    index = json.loads(well("rules", "publish", "change.json", "--json"))["index"]
    status = json.loads(well("rules", "status", "--at", in_s(7300), "--json"))
    assert status["holds"]["index"] == index
    assert json.loads(well("rules", "status", "--json"))["holds"] is None
    assert f"by entry {index}" in well("audit")


def test_an_approval_is_checked_by_hand_as_the_docs_say() -> None:
    begun()
    entry = json.loads(well("ledger", "show", "1", "--json"))["entries"][0]["entry"]
    approvals = entry.pop("approvals")
    # RFC 8785 for names of ASCII and no numbers but small integers
    bare = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    _, pack = Path("ledger/public/object", entry["rules"]["object"]).read_bytes().split(b"\n", 1)
    listed = {each["name"]: each["key"] for each in tomllib.loads(json.loads(pack)["rules"])["approvers"]}
    assert [each["name"] for each in approvals] == ["duty desk", "authority desk"]
    for each in approvals:
        interests = hashlib.sha256(each["interests"].encode()).hexdigest()
        said = (hashlib.sha256(bare).hexdigest(), each["statement"], each["time"], interests)
        text = "".join(f"{line}\n" for line in ("openleo approval 1", *said))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(listed[each["name"]]))
        key.verify(bytes.fromhex(each["signature"]), text.encode())


def test_whoever_does_not_say_yes_signs_nothing() -> None:
    a_log()
    drafted(rules_text(), "first.json")
    before = Path("first.json").read_bytes()
    assert call("rules", "approve", "first.json", "--key", "duty.key", stdin="n\n").exit_code == 1
    assert call("rules", "approve", "first.json", "--key", "duty.key", stdin="").exit_code == 1
    assert Path("first.json").read_bytes() == before


def signed_anyway(path: str, short: str, name: str = "") -> None:
    """Sign a draft with a key as another program would, which asks nobody whether that counts."""
    made, key = Draft.read(Path(path)), ApproverKey.read(Path(f"{short}.key"))
    made.approved(approve(made.change, key.seed, name or key.name, time=in_s(0))).write(Path(path))


def test_what_would_not_count_is_not_published_and_every_reason_is_said() -> None:
    begun()
    before = size()
    objects = set(Path("ledger/public/object").iterdir())
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200), requester="duty desk")
    assert "0 of 2 approvals count" in refused(2, "rules", "publish", "change.json")
    signed_anyway("change.json", "duty")
    approved("change.json", "third")
    said = refused(2, "rules", "publish", "change.json")
    assert (
        "1 of 2 approvals count, of 1 organisation where 2 are needed: duty desk asked for the change" in said
    )
    well("rules", "approve", "change.json", "--key", "authority.key", "--duress", "--yes")
    said = refused(2, "rules", "publish", "change.json")
    assert "authority desk says that it was signed under duress" in said
    assert "says that it was signed under duress" in well("rules", "show", "change.json")
    assert size() == before
    assert set(Path("ledger/public/object").iterdir()) == objects


def test_one_person_cannot_approve_twice_by_another_name_nor_with_another_key() -> None:
    a_log()
    drafted(rules_text(), "first.json")
    approved("first.json", "duty")
    signed_anyway("first.json", "duty", NAMES["authority"])
    assert "not one by the key of authority desk" in refused(2, "rules", "publish", "first.json")


def test_a_change_that_was_altered_after_it_was_approved_does_not_count() -> None:
    a_log()
    drafted(rules_text(), "first.json")
    approved("first.json", "duty", "authority")
    Path("first.json").write_text(Path("first.json").read_text().replace("ferry line", "other line"))
    said = refused(2, "rules", "publish", "first.json")
    assert "not one by the key of duty desk over this change" in said
    assert size() == 1
    shown = well("rules", "show", "first.json")
    assert "Approved by" not in shown
    assert shown.count("Not an approval: a signature in the name of") == 2


def test_an_approver_is_not_shown_a_draft_that_says_other_than_its_rules_do() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    right = Path("change.json").read_text()
    draft = json.loads(right)
    new = base64.b64encode(Draft.read(Path("change.json")).pack).decode()

    def altered(**members: object) -> str:
        Path("lie.json").write_text(json.dumps({**draft, **members}))
        return refused(2, "rules", "approve", "lie.json", "--key", "authority.key", "--yes")

    lie = {**draft["change"], "differs": ["version is 2 instead of 1."]}
    assert 'does not say what differs: Region "town"' in altered(change=lie)
    shown = well("rules", "show", "lie.json")
    assert '  - Region "town": service is "off" instead of "on".' in shown
    assert "THE ENTRY ITSELF SAYS OTHERWISE" in shown
    assert "rules: " in altered(rules=draft["base"])
    assert "it is not the rules" in altered(base=new)
    assert "version" in altered(version=2)
    assert "is not of it" in altered(more=1)
    assert "basis is missing" in altered(change={k: v for k, v in draft["change"].items() if k != "basis"})
    Path("lie.json").write_text(right.replace('"version": 1', '"version": 1, "version": 1', 1))
    assert "twice" in refused(2, "rules", "show", "lie.json")
    Path("lie.json").write_text("no JSON")
    assert "is no JSON" in refused(2, "rules", "show", "lie.json")


def test_of_two_drafts_side_by_side_the_second_is_made_anew() -> None:
    begun()
    for name in ("one", "two"):
        drafted(rules_text(2 if name == "one" else 3, "off"), f"{name}.json", at=in_s(7200))
        approved(f"{name}.json", "duty", "authority")
    well("rules", "publish", "one.json")
    assert "draft it anew" in refused(2, "rules", "publish", "two.json")


def test_what_could_never_count_is_refused_when_it_is_drafted() -> None:
    begun()
    Path("new.rules.toml").write_text(rules_text(2, "off"))
    given = ("--requester", "Ministry QP", "--reason", "Why.", "-o", "x.json")
    for options, said in (
        (("--effective-at", "2026-01-01"), "back-dated"),
        (("--effective-at", "soon"), "--effective-at: 'soon' given; ISO 8601"),
        (("--stage", "150%", "2027-01-01"), "above 0 % of at most 100 %"),
        (("--stage", "nowhere", "2099-01-01", "--effective-at", "2099-01-01"), "'nowhere'"),
        (("--emergency", "restrict"), "ends_at"),
        (("--request", "9"), "entry 9 is no request"),
    ):
        at = () if "--effective-at" in options else ("--effective-at", in_s(3600))
        assert said in refused(2, "rules", "draft", "new.rules.toml", *given, *at, *options)
        assert not Path("x.json").exists()


def test_what_goes_into_the_log_is_not_said_twice() -> None:
    a_log()
    before = size()
    said = refused(2, "rules", "withdraw", "0" * 64, "--reason", "One.", "--reason", "Two.", "--key", "x.key")
    assert "--reason is given 2 times; once is allowed" in said
    asked = ("request", "add", "--who", "Ministry QP", "--asks", "off")
    assert "--who is given 2 times" in refused(2, *asked, "--who", "Ministry QR")
    assert size() == before
    well(*asked, "--region", "a", "--region", "b")


def test_rules_that_nobody_could_change_or_that_hold_already_are_not_drafted() -> None:
    begun()
    Path("new.rules.toml").write_text('name = "x"\n[elsewhere]\nlicence = "licensed"\n')
    given = ("--requester", "Ministry QP", "--reason", "Why.", "--effective-at", in_s(3600))
    assert "approvers" in refused(2, "rules", "draft", "new.rules.toml", *given)
    Path("new.rules.toml").write_text(rules_text())
    assert "nothing differs" in refused(2, "rules", "draft", "new.rules.toml", *given)
    assert "Error: missing.toml: no such file;" in refused(2, "rules", "draft", "missing.toml", *given)


def test_a_change_is_withdrawn_and_stays_in_the_log_with_its_grounds() -> None:
    begun()
    change = published(rules_text(2, "off"), at=in_s(7200))
    well("rules", "grounds", change, "--reason", "The court confirmed it.", "--basis", "Decision 12/2026")
    assert "too short" in refused(2, "rules", "withdraw", "12", "--key", "duty.key", "--reason", "x")
    well("rules", "withdraw", change[:8], "--key", "third.key", "--reason", "The wrong terminals.")
    told = well("audit")
    assert "Withdrawn by third desk" in told
    assert "The wrong terminals." in told
    assert "Grounds given later" in told
    assert "Legal basis: Decision 12/2026." in told
    assert json.loads(well("rules", "status", "--at", in_s(7300), "--json"))["holds"]["index"] == 1
    assert "withdrawn; one that has not begun" in refused(
        2, "rules", "withdraw", change, "--key", "duty.key", "--reason", "x"
    )


def test_a_party_says_that_it_was_told_and_a_change_can_wait_for_that() -> None:
    a_log()
    published(rules_text(waits=True), at=in_s(2000))
    change = published(rules_text(2, "off", waits=True), at=in_s(4000))
    assert "The change waits for it." in well("rules", "status")
    late = json.loads(well("rules", "status", "--at", in_s(7300), "--json"))
    assert [each["party"] for each in late["overdue"]][-1] == PARTY
    assert "'duty desk'" in refused(2, "rules", "receipt", change, "--key", "duty.key")
    well("rules", "receipt", change, "--key", "party.key")
    assert f"{PARTY} has been told" in well("audit")


def test_stages_are_told_and_the_next_one_is_let_begin_by_an_approver() -> None:
    begun()
    stages = ("--stage", "10%", in_s(4000), "--stage", "100%", in_s(9000))
    assert "for 10 % of the terminals; for all others the rules before" in drafted(
        rules_text(2, "off"), "staged.json", *stages, at=stages[2]
    )
    approved("staged.json", "duty", "authority")
    change = json.loads(well("rules", "publish", "staged.json", "--json"))["hash"]
    assert "2 stages" in refused(2, "rules", "proceed", change, "3", "--key", "duty.key")
    status = json.loads(well("rules", "status", "--at", in_s(4100), "--json"))
    assert status["holds"]["stage"] == 1
    assert status["holds"]["from"] == stages[2]
    held = json.loads(well("rules", "status", "--at", in_s(3900), "--json"))["holds"]
    assert held["stage"] is None
    assert held["until"] == stages[2]


@pytest.fixture
def terminals() -> None:
    """Two terminals in the town and one beside it, in the store openleo.db."""
    from openleo.service.regions import RuleSet

    Path("rules.toml").write_text(rules_text())
    places = np.array([cell_to_latlng("857a6e43fffffff")] * 2 + [(-4.0, 39.5)])
    with Controller.open("openleo.db", RuleSet.load("rules.toml")) as controller:
        entries = [
            Entry(hardware=f"KIT-{k}", plan="home", account="aid", motion=Motion.PORTABLE) for k in range(3)
        ]
        at = np.zeros(3, CHECKIN)
        at["terminal"] = controller.register.add(entries, by="tests", now_us=controller.now_us() - 1)
        at["sequence"], at["time_us"], at["version"] = 1, controller.now_us(), 3
        at["lat_deg"], at["lon_deg"], at["accuracy_m"] = *places.T, 10.0
        at["delay_ms"], at["satellite"] = np.nan, -1
        controller.check_in(at)


@pytest.mark.usefixtures("terminals")
def test_a_dry_run_says_whom_a_draft_touches_and_its_figures_go_into_the_change() -> None:
    begun()
    drafted(rules_text(2, "off"), "change.json", at=in_s(7200))
    before = Path("change.json").read_bytes()
    told = " ".join(well("rules", "dry-run", "change.json").split())
    assert "2 terminals would lose service, in 1 cell, of 1 account" in told
    assert Path("change.json").read_bytes() == before
    dry_run = ("rules", "dry-run", "change.json")
    for raw, why in ((b"\xff\xfe\x00", "is not UTF-8"), (b" \n", "is empty")):
        Path("list").write_bytes(raw)
        assert f"--terminals: list: {why}" in refused(2, *dry_run, "--terminals", "list").replace(
            "byte 0 ", ""
        )
    assert "there is no folder nowhere" in refused(2, *dry_run, "--map", "nowhere/map.png")
    assert "--at: 2099-01-01, with --keep" in refused(2, *dry_run, "--at", "2099-01-01", "--keep")
    assert Path("change.json").read_bytes() == before
    Path("list").write_text("KIT-0\nKIT-1\n")
    well(*dry_run, "--terminals", "list", "--keep", "--at", "now")
    assert "2 would lose service, 0 would gain it, at " in well("rules", "show", "change.json")
    Path("list").write_text("KIT-0\nKIT-2\nKIT-9\n")
    wrong = call("rules", "dry-run", "change.json", "--terminals", "list", "--json")
    assert wrong.exit_code == 3
    assert "KIT-9" in wrong.stdout
    approved("change.json", "duty", "authority")
    assert "has signed it as it is" in refused(2, "rules", "dry-run", "change.json", "--keep")
    well("rules", "publish", "change.json")
    assert "Dry run, in the publisher's own figures: 2 terminals, 1 account, 1 cell; 2 would lose" in well(
        "audit"
    )


def test_one_person_acts_alone_in_an_emergency_alone_and_it_ends_by_itself() -> None:
    begun()
    off = rules_text(2, more=REGION.format(name="east", cell="857a6e47fffffff", service="off"))
    emergency = ("--emergency", "restrict", "--ends-at", in_s(5000))
    said = drafted(off, "now.json", *emergency, at=in_s(200))
    assert "an emergency, to restrict service" in said
    approved("now.json", "duty")
    index = json.loads(well("rules", "publish", "now.json", "--json"))["index"]
    assert json.loads(well("rules", "status", "--at", in_s(300), "--json"))["holds"]["index"] == index
    assert json.loads(well("rules", "status", "--at", in_s(5100), "--json"))["holds"]["index"] == 1
    given = ("--requester", "Ministry QP", "--reason", "Why.", "--effective-at", in_s(300), *emergency)
    Path("new.rules.toml").write_text(
        rules_text(3, "off").replace('licence = "licensed"', 'licence = "none"')
    )
    assert "Error: " in refused(2, "rules", "draft", "new.rules.toml", *given)


def test_a_change_is_published_into_a_log_that_is_served_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from openleo.ledger.log import Log
    from openleo.ledger.serve import Site
    from openleo.ledger.submitters import make_token
    from openleo.ledger.web import Server

    a_log()
    monkeypatch.setenv("OPENLEO_LEDGER_TOKEN", make_token(Path("ledger"), "desk"))
    with Log.open(Path("ledger")) as log:
        server = Server(Site(log).answer, largest_body=1 << 22)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.port}"
            drafted(rules_text(), "first.json", "--ledger", url)
            approved("first.json", "duty", "authority")
            assert f"Entry 1, published at {url}." in well("rules", "publish", "first.json", "--to", url)
            assert "by entry 1" in well("audit", url)
            well("request", "add", "--who", "Ministry QP", "--asks", "off", "--to", url)
            assert "Ministry QP asked" in well("request", "list", "--ledger", url)
        finally:
            server.close()
            thread.join()
    assert keys()
