"""`openleo report compare`, `timeline`, `publish`, `prove` and `check`, beside logs that are real."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import reports_case
from governed_town import a_log, begun, size
from reports_case import ASKED, CASE, EVENT, READER, SECRET, WRITER
from typed import call, refused, well

from openleo.ledger.entries import read_entry
from openleo.ledger.log import Log
from openleo.ledger.serve import Site
from openleo.ledger.submitters import make_token
from openleo.ledger.web import Server
from openleo.service.reports import publish
from openleo.service.reports.claims import Answer, Claim, Telling
from openleo.service.reports.document import Document, Interval
from openleo.service.reports.proposals import Proposals
from openleo.service.reports.prose.sentences import sentences
from openleo.service.store.reports import Reports

LOG = ("--log", "ledger")
PUBLISH = ("report", "publish", *LOG, "--by", READER)
TODAY = ("--today", "2024-06-12")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register with a case, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    reports_case.make(Path("reports.db"))
    return tmp_path


@contextmanager
def register() -> Iterator[Reports]:
    with Reports.open("reports.db") as found:
        yield found


def entries(type_: str) -> list[tuple[int, dict[str, Any]]]:
    """The entries of a type in the log, with their indices."""
    with Log.open(Path("ledger")) as log:
        tree = log.tree()
        raw = list(enumerate(tree.entries(0)))
    return [(at, json.loads(each)) for at, each in raw if read_entry(each).type == type_]


# ------------------------------------------------------------------ compare


def test_a_case_is_printed_claim_by_claim_in_88_columns() -> None:
    said = well("report", "compare", *TODAY)
    assert max(map(len, said.splitlines())) <= 88
    flat = " ".join(said.split())
    finding = "As of 2024-06-12. A report is not a finding, and nothing here says that one is true."
    counts = "7 documents, 6 claims. 3 independent sources, over all claims. No log was asked."
    assert flat.startswith(f"{CASE} {finding} {counts} claim A B C D E F G ")
    assert "“Service over the strait was cut on request, officials say”, by Idris Valmont" in flat
    assert "https://ledger.example/2024/strait" in flat
    assert "No minister asked for anything to be switched off. (in Ministry of Waters)" in flat
    assert "Goes back to The Harbour Ledger. Desk one found so: It names The Harbour Ledger." in flat
    assert (
        "Claim 2. Decided: service switched off; the strait of Orlen; 2023-11-04..2023-11-09 (“between 4"
        in flat
    )
    assert "Told by 4 documents. 1 independent source. It cannot be so together with claims 3, 4." in flat
    assert "Le Quai du soir, conditional, on the word of officials of the ministry (anonymous, 3)" in flat
    assert "has not answered for 37 days." in flat
    assert (
        "2 400 000 (2,4 millions de couronnes; 2.4 million of crowns): Le Quai du soir, Tidewater Wire"
        in (flat)
    )
    assert "Differing figure, crown: 2 400 000 000 (2.4 billion crowns): The Harbour Ledger" in flat
    assert "Private: no second person has reviewed it." in flat
    assert "The log:" not in flat


def test_words_that_a_correction_took_back_stand_with_the_version_that_had_them() -> None:
    with register() as found:
        ledger = next(each for each in found.documents(CASE) if each.document.source == "The Harbour Ledger")
        was = "The operator switched service off between 4 and 9 November"
        text = ledger.document.text.replace(was, "The operator had an outage between 4 and 9 November")
        day = date(2024, 3, 19)
        now = replace(ledger.document, text=text, published=Interval(day, day))
        found.keep(now, Proposals(sentences(now)), raw=text.encode(), case=CASE, by=WRITER)
    flat = " ".join(well("report", "compare").split())
    told = (
        "In its version of 2024-03-14; the last version, of 2024-03-19, does not have these words any more."
    )
    assert told in flat
    assert flat.index(was) < flat.index(told)
    rows = list(csv.DictReader(io.StringIO(well("report", "compare", "--csv", "-"))))
    taken = [(each["published"], each["version"]) for each in rows if each["withdrawn"] == "yes"]
    assert taken == [("2024-03-14", "1")]


def test_an_operator_by_whose_name_nobody_answered_is_told() -> None:
    said = _errors("report", "compare", "--operator", "Minstry of Waters")
    assert "--operator 'Minstry of Waters': no answer is by that name; answers are by: 'Ministry of" in said
    assert "no answer" not in _errors("report", "compare", "--operator", "ministry of waters")


def test_a_document_that_denies_a_claim_is_not_counted_with_those_that_tell_it() -> None:
    with register() as found:
        bulletin = next(each for each in found.documents(CASE) if "Coastal" in each.document.source)
        found.add_telling(2, Telling(bulletin.id, 0, 10, "denied", by=WRITER))
    flat = " ".join(well("report", "compare").split())
    assert "Told by 4 documents. 1 independent source. Denied in 1 document." in flat
    assert "1 independent source. Denied in The Coastal Bulletin." in " ".join(
        well("report", "timeline").split()
    )


def test_a_case_without_claims_says_so() -> None:
    document = Document("It was dark.", "The Dispatch", "", "", None, "en")
    with Reports.open("other.db", create=True) as found:
        found.keep(document, Proposals(sentences(document)), raw=b"x", case="c", by=WRITER)
    said = well("report", "compare", "--register", "other.db")
    assert "1 document, 0 claims. No claims yet." in said
    assert "independent" not in said


def test_control_characters_of_a_document_never_reach_a_terminal() -> None:
    text = "It was dark.\u202e It was \x1b[31mnight\x1b[0m."
    document = Document(text, "The \x1b[31mDispatch", "", "", None, "en")
    with Reports.open("other.db", create=True) as found:
        id_ = found.keep(document, Proposals(sentences(document)), raw=b"x", case="c", by=WRITER).id
        told = Telling(id_, 14, len(text), "reported", by=WRITER)
        found.add_claim(Claim(0, "c", "used", "off", "here", Interval(None, None), "", "", "", (told,)))
    for words in (("compare",), ("timeline",), ("compare", "--csv", "-"), ("compare", "--json")):
        said = well("report", *words, "--register", "other.db")
        assert "\x1b" not in said
        assert "night" in said or words == ("timeline",)


def test_only_what_was_reviewed_is_told_where_that_is_asked_for() -> None:
    assert SECRET in well("report", "compare")
    for words in (("compare",), ("compare", "--json"), ("compare", "--csv", "-"), ("timeline",)):
        assert SECRET not in well("report", *words, "--reviewed")
    assert "Idris Valmont" in well("report", "compare", "--json")
    assert "by Idris Valmont" not in " ".join(well("report", "compare", "--reviewed").split())


def test_a_log_says_what_it_has() -> None:
    begun()
    well("request", "add", "--who", "Ministry of Waters", "--asks", "off", "--region", "town", *LOG)
    day = datetime.now(UTC).date()
    within = Interval(day - timedelta(days=1), day, "this week")
    with register() as found:
        first = found.documents(CASE)[0]
        told = Telling(first.id, 0, 20, "reported", by=WRITER)
        made = Claim(0, CASE, "asked", "off", "town", within, "a ministry", "", "", (told,), noted_by=WRITER)
        number = found.add_claim(made).number
    flat = " ".join(well("report", "compare", CASE, *LOG).split())
    assert "The log: An entry fits: Entry 3: Ministry of Waters asked at " in flat
    value = json.loads(well("report", "compare", CASE, *LOG, "--json"))
    verdicts = {row["number"]: row["held"]["verdict"] for row in value["rows"]}
    assert verdicts == {**dict.fromkeys(range(1, 7), "none"), number: "fits"}
    assert value["log"] == "log.example/tenerife"


def test_json_has_all_of_it() -> None:
    value = json.loads(well("report", "compare", *TODAY, "--json"))
    assert (value["case"], value["independent"], len(value["columns"])) == (CASE, 3, 7)
    row = value["rows"][1]
    assert (row["asked"], row["open"], row["silent_days"]) == (ASKED.isoformat(), True, 37)
    assert [each["kind"] for each in value["rows"][4]["differing"]] == ["figure"]
    assert value["alternatives"] == [{"event": EVENT, "claims": [2, 3, 4]}]


def test_csv_has_a_row_for_each_claim_and_document_that_tells_it() -> None:
    well("report", "compare", "--csv", "case.csv")
    rows = list(csv.DictReader(io.StringIO(Path("case.csv").read_text())))
    assert [each["claim"] for each in rows].count("2") == 4
    assert rows[0]["source"] == "The Harbour Ledger"
    assert {each["reviewed"] for each in rows} == {"yes", "no"}
    assert well("report", "compare", "--csv", "-") == Path("case.csv").read_text()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_no_cell_of_the_csv_is_a_formula(begin: str) -> None:
    text = f"{begin}HYPERLINK(1) was said. It was dark."
    document = Document(text, f"{begin}1+1", "", "", None, "en")
    with Reports.open("other.db", create=True) as found:
        id_ = found.keep(document, Proposals(sentences(document)), raw=text.encode(), case="c", by=WRITER).id
        told = Telling(id_, 0, len(text), "reported", by=WRITER)
        found.add_claim(Claim(0, "c", "used", "off", "here", Interval(None, None), "", "", "", (told,)))
    said = well("report", "compare", "--csv", "-", "--register", "other.db")
    (row,) = csv.DictReader(io.StringIO(said))
    assert row["source"] == f"'{begin}1+1"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert row["words"] == f"'{text}"


def test_what_is_not_there_is_named() -> None:
    assert f"CASE: 'no' given; cases: '{CASE}'" in refused(2, "report", "compare", "no")
    assert "a file is needed" in refused(2, "report", "compare", "--csv", "-", "--json")
    assert "--csv: nowhere/x.csv: there is no folder nowhere" in refused(
        2, "report", "compare", "--csv", "nowhere/x.csv"
    )
    assert "none.db: there is no such register" in refused(2, "report", "timeline", "--register", "none.db")


def test_a_time_line_tells_competing_accounts_together() -> None:
    said = well("report", "timeline", *TODAY)
    assert max(map(len, said.splitlines())) <= 88
    flat = " ".join(said.split())
    assert f"2023-11-04..2023-11-09: 3 competing accounts of {EVENT} Claim 2. " in flat
    value = json.loads(well("report", "timeline", "--json"))
    numbers = [[row["number"] for row in each["rows"]] for each in value["moments"]]
    assert numbers == [[6], [1], [2, 4, 3], [5]]


# ------------------------------------------------------------------ publish


def test_reviewed_claims_and_answers_are_entered_once_and_no_word_of_them() -> None:
    begun()
    before = size()
    said = well(*PUBLISH)
    claims, answers = entries("report-claim"), entries("report-answer")
    assert "7 entered, 0 were there; published at size" in said
    assert (len(claims), len(answers)) == (5, 2)
    assert f"Entry {before}: claim 1.\n" in said
    assert [each["asked"] for _, each in claims].count(ASKED.isoformat()) == 2
    assert (answers[0][1]["claim"], answers[0][1]["kind"]) == (before, "denies")
    with register() as found:
        for claim in found.claims(CASE):
            entry = found.entry_of(claim.number)
            assert (entry is None) is (claim.number == 6)
            if entry is not None:
                assert (entry[0], entry[1]) in [(at, each["claim"]) for at, each in claims]
    public = b"".join(each.read_bytes() for each in Path("ledger/public").rglob("*") if each.is_file())
    for word in (b"strait", b"Harbour Ledger", b"No minister asked", SECRET.encode()):
        assert word not in public
    after = size()
    assert "0 entered, 7 were there" in well(*PUBLISH)
    assert size() == after
    told = well("audit", "ledger")
    assert "a claim of a report was reviewed by a second person" in told
    assert "Ministry of Waters, on the claim of entry" in told


def test_what_nobody_reviewed_is_named_and_stays_private() -> None:
    begun()
    value = json.loads(well(*PUBLISH, "--json"))
    assert value["private"] == [6]
    assert {each["claim"] for each in value["steps"]} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("when", ["before the entry", "before it is noted"])
def test_a_killed_command_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    begun()
    real, noted = publish.append, Reports.entered

    def no_entry(*_: Any) -> int:
        raise KeyboardInterrupt

    def not_noted(self: Reports, number: int, entry: int, *rest: Any) -> Claim:
        if entry >= 0:
            raise KeyboardInterrupt
        return noted(self, number, entry, *rest)

    if when == "before the entry":
        monkeypatch.setattr(publish, "append", no_entry)
    else:
        monkeypatch.setattr(Reports, "entered", not_noted)
    assert call(*PUBLISH).exit_code == 130
    with register() as found:
        kept = found.entry_of(1)
    assert kept is not None
    assert kept[0] == -1
    monkeypatch.setattr(publish, "append", real)
    monkeypatch.setattr(Reports, "entered", noted)
    said = well(*PUBLISH)
    claims = entries("report-claim")
    assert [each["claim"] for _, each in claims].count(kept[1]) == 1
    assert len(claims) == 5
    cut_off = "which a command that was cut off had entered; noted now."
    assert (cut_off in said) is (when == "before it is noted")
    with register() as found:
        assert found.claim(1).entry == claims[0][0]


def test_that_the_operator_was_asked_since_is_entered_beside_the_first() -> None:
    begun()
    well(*PUBLISH)
    (first,) = [each for each in entries("report-claim") if each[1]["asked"] == ""][:1]
    with register() as found:
        number = next(
            claim.number
            for claim in found.claims(CASE)
            if (entry := found.entry_of(claim.number)) and entry[0] == first[0]
        )
        found.asked(number, date(2024, 6, 1), WRITER)
        if not found.claim(number).reviewed_by:
            found.review_claim(number, READER)
    assert f": claim {number}.\n1 entered" in well(*PUBLISH)
    same = [each for _, each in entries("report-claim") if each["claim"] == first[1]["claim"]]
    assert [each["asked"] for each in same] == ["", "2024-06-01"]


def test_a_claim_that_was_changed_is_entered_again_once_it_is_reviewed() -> None:
    begun()
    well(*PUBLISH)
    with register() as found:
        found.change_claim(replace(found.claim(3), where="the bay of Orlen"), WRITER)
    assert "Private, and not entered: claims 3, 6" in _errors(*PUBLISH)
    assert "claim 3: says something else than when entry" in refused(2, "report", "prove", "3")
    with register() as found:
        found.review_claim(3, READER)
    assert ": claim 3.\n1 entered" in well(*PUBLISH)
    assert len(entries("report-claim")) == 6


def test_an_answer_that_comes_later_is_entered_beside_its_claim() -> None:
    begun()
    well(*PUBLISH)
    with register() as found:
        found.add_answer(
            Answer(4, "confirms in part", "the operator", "that there was a limit", date(2024, 6, 2),
                   noted_by=WRITER)
        )  # fmt: skip
        found.review_claim(4, READER)
        entry = found.claim(4).entry
    assert ": answer of the operator to claim 4.\n1 entered" in well(*PUBLISH)
    _, last = entries("report-answer")[-1]
    assert (last["claim"], last["kind"], last["when"]) == (entry, "confirms in part", "2024-06-02")


def test_claims_are_entered_into_a_log_that_is_served_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    a_log()
    monkeypatch.setenv("OPENLEO_LEDGER_TOKEN", make_token(Path("ledger"), "desk"))
    with Log.open(Path("ledger")) as log:
        server = Server(Site(log).answer, largest_body=1 << 22)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.port}"
            words = ("report", "publish", "--to", url, "--by", READER)
            assert f"7 entered, 0 were there; published at {url}." in well(*words)
            assert "0 entered, 7 were there" in well(*words)
            well("report", "prove", "1", "-o", "proof.json")
            assert "It is the claim of entry 1 of" in well("report", "check", "proof.json", "--ledger", url)
        finally:
            server.close()
            thread.join()


def test_a_case_is_laid_out_and_told_in_french() -> None:
    begun()
    well(*PUBLISH)
    for command in ("compare", "timeline"):
        said = " ".join(well("report", command, CASE, "--log", "ledger", "--lang", "fr").split())
        assert "Un récit n’est pas un constat, et rien ici ne dit qu’il en est ainsi." in said
        assert "Affirmation 1. Demandé : service maintenu coupé ;" in said
        assert "Le journal : " in said
        assert "The log" not in said
    assert "Goes back" not in well("report", "compare", CASE, "--lang", "fr", "--reviewed")


# ------------------------------------------------------------------ proof


def test_a_claim_is_proven_by_its_words_and_the_salt_and_by_no_others() -> None:
    begun()
    well(*PUBLISH)
    proof = json.loads(well("report", "prove", "1"))
    Path("proof.json").write_text(json.dumps(proof))
    said = well("report", "check", "proof.json", "--ledger", "ledger")
    assert f"It is the claim of entry {proof['entry']} of log.example/tenerife" in said
    assert f"the operator was asked on {ASKED}" in said
    assert "It says: asked: kept off, the strait of Orlen, 2023-10-01..2023-12-31, “late last" in said
    assert said == well("report", "check", "proof.json", "--log", "ledger")
    assert "Ministry of Waters: denies. No minister asked" in said
    value = json.loads(well("report", "check", "proof.json", "--json"))
    assert (value["ok"], value["claim"], value["unshown"]) == (True, proof["claim"], [])
    for changed, why in (
        ({"claim": {**proof["claim"], "act": "on"}}, "and this claim's"),
        ({"salt": "00" * 32}, "and this claim's"),
        ({"hash": "00" * 32}, "hash: 000000000000 given; that of its words"),
        ({"entry": proof["entry"] + 2}, "has no claim of a report there"),
        ({"answers": [{**proof["answers"][0], "what": "All of it."}]}, "no entry has it with these words"),
        ({"answers": [{**proof["answers"][0], "kind": "confirms"}]}, "no entry has it with these words"),
    ):
        Path("other.json").write_text(json.dumps({**proof, **changed}))
        assert why in refused(3, "report", "check", "other.json")


def test_a_proof_that_a_later_entry_replaced_says_so() -> None:
    begun()
    well(*PUBLISH)
    number = 3
    well("report", "prove", str(number), "-o", "proof.json")
    assert "later entry" not in well("report", "check", "proof.json")
    with register() as found:
        found.asked(number, date(2024, 6, 1), WRITER)
        found.review_claim(number, READER)
    well(*PUBLISH)
    (*_, (entry, _)) = entries("report-claim")
    said = well("report", "check", "proof.json")
    assert f"A later entry holds the same claim, with what came since: {entry}." in said


def test_answers_in_the_log_that_a_proof_leaves_out_are_named() -> None:
    begun()
    well(*PUBLISH)
    proof = json.loads(well("report", "prove", "1"))
    Path("less.json").write_text(json.dumps({**proof, "answers": []}))
    (first,) = [at for at, each in entries("report-answer") if each["kind"] == "denies"]
    said = well("report", "check", "less.json")
    assert f"Answers in the log of which FILE has not the words: entries {first}." in said


def test_words_that_nobody_else_has_seen_are_in_no_proof() -> None:
    begun()
    well(*PUBLISH)
    with register() as found:
        found.add_answer(Answer(1, "confirms", "the harbour office", "all of it", noted_by=WRITER))
    assert "something was noted of it since entry" in refused(2, "report", "prove", "1")
    with register() as found:
        found.review_claim(1, READER)
    Path("proof.json").write_text(well("report", "prove", "1"))
    assert "after the last openleo report publish has none yet" in refused(3, "report", "check", "proof.json")
    well(*PUBLISH)
    assert "the harbour office: confirms. all of it" in well("report", "check", "proof.json")


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"answers"', '"note": "it is so", "answers"'),
        ('"kind": "denies"', '"kind": "denies", "note": "untrue"'),
        ('"act": "kept off"', '"act": "off", "act": "kept off"'),
        ('"entry"', '"entry": 3, "entry"'),
        ('"when": "', '"when": 0, "was": "'),
    ],
)
def test_a_proof_with_more_in_it_than_can_be_proven_is_refused(was: str, now: str) -> None:
    begun()
    well(*PUBLISH)
    proof = well("report", "prove", "1")
    assert was in proof
    Path("proof.json").write_text(proof.replace(was, now))
    assert "what openleo report prove writes is allowed" in refused(2, "report", "check", "proof.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"claim": {}, "salt": "zz", "entry": 1, "answers": []}',
        '{"claim": {}, "salt": "00", "entry": 1, "answers": {}}',
        '{"claim": ' + "[" * 100_000,
        '{"claim": ' + "9" * 5000 + "}",
        " " * (9 << 20),
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    begun()
    Path("proof.json").write_text(text)
    said = refused(2, "report", "check", "proof.json", "--log", "no-log-is-read")
    assert "proof.json: " in said
    assert "what openleo report prove writes is allowed" in said
    assert "Error(" not in said


def test_a_claim_that_is_in_no_log_cannot_be_proven() -> None:
    assert "claim 1: stands in no log yet" in refused(2, "report", "prove", "1")
    assert "claim: there is no number 99" in refused(2, "report", "prove", "99")


def _errors(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stderr
