"""`openleo request`: who asked for what, what was answered, and what is kept back until its date."""

import json
import time
from pathlib import Path

import pytest
from governed_town import a_log, begun, call, in_s, published, refused, rules_text, well

from openleo.cli import openleo
from openleo.ledger import acts
from openleo.ledger.entries import time_of
from openleo.ledger.log import Log
from openleo.ledger.objects import ObjectRef
from openleo.service.governance import publishing
from openleo.service.governance.asked import Contract, Request

COMMANDS = sorted(openleo.commands["request"].commands)  # type: ignore[attr-defined]
ASKED = ("request", "add", "--who", "Ministry QP", "--asks", "off", "--region", "town")


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENLEO_LEDGER", "OPENLEO_LEDGER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def everything() -> bytes:
    """All that the public can read of the log."""
    return b"".join(path.read_bytes() for path in Path("ledger/public").rglob("*") if path.is_file())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_begins_with_examples(command: str) -> None:
    assert well("request", *command.split(), "--help").startswith("Examples:\n  openleo request ")


def test_a_request_is_public_at_once_with_who_asked_for_whom_and_how() -> None:
    a_log()
    Path("letter.txt").write_text("Keep it off.")
    index = json.loads(
        well(
            *ASKED, "--on-behalf-of", "Government QP", "--for-whose-benefit", "State QR", "--relayed-by",
            "Embassy QP", "--how", "pressure", "--asked-at", "2026-11-20", "--text-file", "letter.txt",
            "--json",
        )
    )["index"]  # fmt: skip
    told = well("request", "list")
    for words in (
        f"Entry {index}: Ministry QP asked at 2026-11-20T00:00:00Z, by putting pressure on the operator",
        "On behalf of: Government QP.", "For the benefit of: State QR.", "Relayed by: Embassy QP.",
        "No answer stands in the log.", "where: town",
    ):  # fmt: skip
        assert words in told
    assert "en exerçant une pression, en privé" in well("request", "list", "--lang", "fr")
    assert "Keep it off." in well("ledger", "show", str(index))
    assert b"Keep it off." not in Path("ledger/public/tile/entries/000.p/3").read_bytes()
    assert "No request stands in this log." not in told
    assert "--region: none about 'craterz'; regions: town" in refused(
        2, "request", "list", "--region", "craterz"
    )


def test_a_region_without_requests_is_told_as_such() -> None:
    begun()
    assert "No request about land stands in this log." in well("request", "list", "--region", "land")
    assert "regions: land, town" in refused(2, "request", "list", "--region", "craterz")


def test_a_mere_contact_is_kept_in_the_same_register() -> None:
    a_log()
    well("request", "add", "--who", "Company Q", "--asks", "none", "--how", "contact")
    told = well("request", "list")
    assert "Company Q made contact" in told
    assert "asked for nothing" in told
    assert "No answer" not in told


def test_an_answer_names_who_gave_it_and_the_change_that_followed() -> None:
    begun()
    index = json.loads(well(*ASKED, "--json"))["index"]
    answer = ("request", "answer", str(index), "--answer")
    well(*answer, "none yet", "--by", "duty desk")
    change = published(rules_text(2, "off"), "--request", str(index), at=in_s(7200))
    well(
        *answer,
        "granted",
        "--by",
        "duty desk",
        "--by",
        "lawyers",
        "--reason",
        "An order.",
        "--change",
        change[:8],
    )
    told = well("request", "list")
    assert "not answered yet by duty desk." in told
    assert (
        f"granted by duty desk, lawyers. Reason: An order. The change that followed: {change[:12]}." in told
    )
    found = json.loads(well("request", "list", "--json"))["requests"]
    assert [each["answer"] for each in found[0]["answers"]] == ["none yet", "granted"]
    assert f"It says that it follows the request of entry {index}." in well("history", "town")
    assert "INDEX: 1; the entry of a request is allowed" in refused(
        2, *("request", "answer", "1"), *answer[3:], "refused"
    )


def test_a_sealed_request_says_nothing_but_that_it_is_there_until_it_is_shown_whole() -> None:
    a_log()
    Path("letter.txt").write_text("In confidence.")
    index = json.loads(
        well(*ASKED, "--text-file", "letter.txt", "--sealed-until", in_s(7200), "--json")
    )["index"]  # fmt: skip
    for secret in (b"Ministry QP", b"town", b"In confidence", b"off"):
        assert secret not in everything()
    assert f"Entry {index} keeps something back until" in well("request", "list")
    hidden = everything()
    assert "is to be shown at" in call("request", "reveal", str(index), stdin="n\n").stderr
    assert everything() == hidden
    shown = well("request", "reveal", str(index), "--yes")
    told = well("request", "list")
    assert "Ministry QP asked" in told
    assert "what that entry committed to. It was to be shown by" in told
    assert "too late" not in told
    assert "SOMETHING ELSE" not in told
    assert "> In confidence." in told
    assert "keeps something back" not in told
    assert "In confidence." in everything().decode("utf-8", "replace")
    assert shown.startswith("Entry ")
    assert "all of it holds" in well("audit")
    assert json.loads(well("audit", "--json"))["refused"] == []


def test_a_sealed_request_that_was_shown_too_late_stays_marked_as_late() -> None:
    a_log()
    past = time.time() - 1000.0
    with Log.open(Path("ledger"), clock=lambda: past) as log:
        made = Request(
            time_of(past), "ab" * 16, "request", "Ministry QP", "", "", "", "request", "private",
            time_of(past), "off", (), None, -1,
        )  # fmt: skip
        index = publishing.seal_request(log, made, "Keep it dark.", time_of(past + 500.0), "A request.")
    well("request", "reveal", str(index))
    told = well("request", "list")
    assert "> Keep it dark." in told
    assert ", too late." in told
    assert ", trop tard." in well("request", "list", "--lang", "fr")


def test_a_sealed_request_that_is_shown_as_another_is_told_to_be_another() -> None:
    a_log()
    index = json.loads(well(*ASKED, "--sealed-until", in_s(7200), "--json"))["index"]
    with Log.open(Path("ledger")) as log:
        acts.reveal(log, index, publishing.SEALED)
        name = next(each.name for each in (log.store.public / "object").iterdir())
        size = (log.store.public / "object" / name).stat().st_size
        shown = Request(
            log.now(), "ab" * 16, "request", "Nobody", "", "", "", "request", "private",
            "2026-01-01T00:00:00Z", "off", ("town",), ObjectRef(name, size, publishing.SEALED), index,
        )  # fmt: skip
        publishing.append(log, shown)
    told = well("request", "list")
    assert "SOMETHING ELSE THAN THIS ENTRY, or nothing, of: id, who, asked_at." in told
    assert "CE QUI ÉTAIT SCELLÉ" in well("audit", "--lang", "fr")


def test_a_sealed_request_that_was_not_shown_by_its_date_is_overdue_for_all_to_see() -> None:
    a_log()
    past = time.time() - 1000.0
    with Log.open(Path("ledger"), clock=lambda: past) as log:
        acts.commit(log, b"{}", time_of(past + 500.0), "A request of a state.")
    assert "Overdue: entry 1 promised to show by" in well("request", "list")
    assert "En retard : l'entrée 1" in well("request", "list", "--lang", "fr")
    assert json.loads(well("request", "list", "--json"))["kept_back"][0]["overdue"] is True
    assert "Overdue" in well("audit")
    assert "is no request" in refused(2, "request", "reveal", "1")
    assert "a keys; the commitment" in refused(2, "request", "reveal", "0")


def test_a_contract_says_between_whom_and_about_what_at_once_and_its_text_at_its_date() -> None:
    a_log()
    Path("contract.txt").write_text("Clause 9 is secret.")
    made = json.loads(
        well(
            "request", "contract", "--party", "Operator Q", "--party", "Ministry QP", "--about", "Ferries.",
            "--region", "town", "--ends", "2099-01-01", "--text-file", "contract.txt", "--sealed-until",
            in_s(7200), "--json",
        )
    )  # fmt: skip
    assert b"Clause 9" not in everything()
    told = well("request", "list")
    assert "Contracts and sponsors:" in told
    assert "a contract between Operator Q, Ministry QP: Ferries." in told
    assert f"Entry {made['commitment']} keeps something back until" in told
    assert "Kept back until a date" not in told
    assert "Contrats et parrains :" in well("request", "list", "--lang", "fr")
    assert "Overdue" not in well("audit")
    well("ledger", "reveal", str(made["commitment"]))
    assert "Clause 9" in everything().decode("utf-8", "replace")
    told = well("request", "list", "--region", "town")
    assert "Its text is what entry 1 committed to." in told
    assert "> Clause 9 is secret." in told
    assert "keeps something back" not in told
    assert "--region: none about 'elsewhere'" in refused(2, "request", "list", "--region", "elsewhere")
    found = json.loads(well("request", "list", "--json"))["contracts"]
    assert [(each["index"], each["parties"][0]) for each in found] == [(made["index"], "Operator Q")]
    assert "un contrat entre Operator Q, Ministry QP" in well("audit", "--lang", "fr")


def test_a_sponsor_whose_agreement_was_not_shown_by_its_date_is_overdue_for_all_to_see() -> None:
    a_log()
    past = time.time() - 1000.0
    with Log.open(Path("ledger"), clock=lambda: past) as log:
        made = Contract(time_of(past), "sponsor", (), "Who pays.", "", "", (), None, -1)
        publishing.contract(log, made, b"Agency Q pays.", time_of(past + 500.0))
    told = " ".join(well("request", "list").split())
    assert "an agreement of a sponsor: Who pays. Overdue: entry 1 promised to show by" in told
    assert "En retard" in well("request", "list", "--lang", "fr")


def test_what_is_wrong_with_a_contract_is_said_and_it_does_not_count() -> None:
    a_log()
    before = everything()
    given = ("request", "contract", "--about", "Ferries.")
    assert "--text-file" in refused(2, *given, "--sealed-until", "2099-01-01")
    assert "after begins" in refused(2, *given, "--begins", "2027-01-02", "--ends", "2027-01-01")
    assert everything() == before
    with Log.open(Path("ledger")) as log:
        made = Contract(log.now(), "contract", (), "Ferries.", "", "", (), None, 0)
        publishing.append(log, made)  # entry 0 is no commitment
    assert "Entry 1, contract, does not count: commitment: entry 0 is no commitment" in well("audit")


def test_what_is_wrong_with_a_request_is_said_and_nothing_is_written() -> None:
    a_log()
    before = everything()
    assert "a time after now" in refused(2, *ASKED, "--sealed-until", "2020-01-01")
    assert "--log alone" in refused(2, *ASKED, "--sealed-until", "2099-01-01", "--to", "http://127.0.0.1:9")
    assert "Error" in refused(2, *ASKED, "--how", "rumour")
    assert "one line" in refused(2, "request", "add", "--who", "two\nlines", "--asks", "off")
    assert "in the future" in refused(2, *ASKED, "--asked-at", in_s(3600))
    assert "--asked-at: 'yesterday' given" in refused(2, *ASKED, "--asked-at", "yesterday")
    assert "--sealed-until: 'later' given" in refused(2, *ASKED, "--sealed-until", "later")
    contract = ("request", "contract", "--about", "Ferries.")
    for raw, why in ((b"", "is empty"), (b" \n", "is empty"), (b"\xff", "not UTF-8"), (b"a\0", "no text")):
        Path("letter").write_bytes(raw)
        for words in (ASKED, contract):
            assert f"--text-file: letter: {why}" in refused(2, *words, "--text-file", "letter").replace(
                "byte 0 is not", "not"
            ).replace("holds byte 0, and is no", "no")
    assert everything() == before


def test_a_region_that_no_rules_name_is_taken_only_on_purpose() -> None:
    begun()
    before = everything()
    asked = ("request", "add", "--who", "Ministry QP", "--asks", "off", "--region", "tovn")
    contract = ("request", "contract", "--about", "Ferries.", "--region", "tovn")
    for words in (asked, contract):
        assert "--region: 'tovn': no rules of the log name it; regions: land, town" in refused(2, *words)
    assert everything() == before
    for words in (asked, contract):
        well(*words, "--region-unknown")
    well(*ASKED)


def test_an_answer_says_who_gave_it() -> None:
    a_log()
    index = json.loads(well(*ASKED, "--json"))["index"]
    before = everything()
    for answer in ("granted", "refused", "in part"):
        assert "--by: is missing" in refused(2, "request", "answer", str(index), "--answer", answer)
    assert everything() == before
