"""Entries about reports: what they say and keep to themselves, what a log makes of them, what is refused."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from enforced_log import governed

from openleo.ledger.entries import read_entry
from openleo.ledger.errors import Malformed, Refused
from openleo.ledger.source import Folder
from openleo.service.governance.account import account_of
from openleo.service.governance.changes import Beside, replay
from openleo.service.governance.entries import read
from openleo.service.governance.telling.entry import entry_lines, links_of, name_of
from openleo.service.governance.telling.story import story
from openleo.service.reports.claims import Answer, Claim, Telling, Word
from openleo.service.reports.document import Interval
from openleo.service.reports.entries import (
    ReportAnswer,
    ReportClaim,
    answer_entry,
    answer_hash,
    claim_entry,
    salt_of,
    says,
    sealed_claim,
)

TIME = "2031-04-05T09:00:00Z"
SALT = bytes(range(32))
CLAIM = Claim(
    1, "dark strait", "asked", "off", "the strait",
    Interval(date(2030, 12, 1), date(2030, 12, 31), "in December"), "the harbour ministry", "", "outage",
    (Telling("d1", 10, 60, "reported", Word("two officials", count=2)),),
    noted_by="A. Reader", reviewed_by="B. Reader", asked=date(2031, 4, 3),
)  # fmt: skip
ANSWER = Answer(1, "denies", "the operator", "No such request reached us.", date(2031, 4, 4))


def test_an_entry_keeps_the_words_of_a_claim_to_itself() -> None:
    name, raw = sealed_claim(CLAIM)
    entry = claim_entry(CLAIM, name, TIME).raw
    assert json.loads(entry) == {
        "type": "report-claim", "version": 1, "time": TIME, "claim": name, "asked": "2031-04-03",
    }  # fmt: skip
    assert name == hashlib.sha256(raw).hexdigest()
    assert json.loads(raw[65:])["where"] == "the strait"
    assert "Reader" not in raw.decode()  # whoever noted it is no part of what is said
    assert sealed_claim(CLAIM)[0] != name  # the salt is another each time


def test_a_sealed_claim_is_that_of_these_words_alone() -> None:
    _, raw = sealed_claim(CLAIM, SALT)
    assert salt_of(raw) == SALT
    assert says(raw, CLAIM)
    assert says(raw, replace(CLAIM, asked=None, reviewed_by="", answers=(ANSWER,)))
    for other in (
        replace(CLAIM, where="the bay"),
        replace(CLAIM, when=replace(CLAIM.when, wording="in early December")),
        replace(CLAIM, tellings=(replace(CLAIM.tellings[0], mood="denied"),)),
        replace(CLAIM, tellings=(replace(CLAIM.tellings[0], word=Word("three officials", count=3)),)),
    ):
        assert not says(raw, other)


def test_the_hash_of_an_answer_hangs_on_its_words_its_office_and_the_salt() -> None:
    found = {
        answer_hash(each, salt)
        for each in (ANSWER, replace(ANSWER, by="the ministry"), replace(ANSWER, what="No."))
        for salt in (SALT, SALT[::-1])
    }
    assert len(found) == 6
    assert answer_hash(ANSWER, SALT) == answer_hash(ANSWER, SALT)
    assert answer_hash(replace(ANSWER, what="", kind="no comment"), SALT) == ""


@pytest.mark.parametrize("entry", [
    claim_entry(CLAIM, "ab" * 32, TIME),
    claim_entry(replace(CLAIM, asked=None), "ab" * 32, TIME),
    answer_entry(ANSWER, 4, SALT, TIME),
    answer_entry(Answer(1, "silent since", "the operator"), 4, SALT, TIME),
])  # fmt: skip
def test_what_is_written_reads_back_and_is_told_in_both_languages(entry: ReportClaim | ReportAnswer) -> None:
    assert read(entry.raw) == entry
    kept = read_entry(entry.raw)
    told = {language: entry_lines(kept, entry.raw, 7, None, (), 0.0, language) for language in ("en", "fr")}
    assert told["en"][0].startswith(f"Entry 7, {TIME}: ")
    assert told["fr"][0].startswith(f"Entrée 7, {TIME} : ")
    assert name_of(kept) != name_of(None)
    assert "does not know" not in name_of(kept)


@pytest.mark.parametrize(("entry", "changed", "said"), [
    (claim_entry(CLAIM, "ab" * 32, TIME), {"claim": "ab"}, "report-claim: claim: 'ab'; 64 digits"),
    (claim_entry(CLAIM, "ab" * 32, TIME), {"asked": "3 May"}, "report-claim: asked: '3 May'; a day such as"),
    (answer_entry(ANSWER, 4, SALT, TIME), {"kind": "shrugs"}, "report-answer: kind: 'shrugs'; one of"),
    (answer_entry(ANSWER, 4, SALT, TIME), {"claim": -1}, "report-answer: claim: -1; a whole number from 0"),
    (answer_entry(ANSWER, 4, SALT, TIME), {"by": ""}, "report-answer: by: is empty; a name is needed"),
])  # fmt: skip
def test_a_member_that_is_wrong_is_named(
    entry: ReportClaim | ReportAnswer, changed: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        replace(entry, **changed)  # type: ignore[arg-type]
    value = {**json.loads(entry.raw), **changed}
    with pytest.raises(Malformed, match=said):
        read(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def test_an_answer_counts_only_behind_the_claim_that_it_answers() -> None:
    claim, answer = claim_entry(CLAIM, "ab" * 32, TIME), answer_entry(ANSWER, 0, SALT, TIME)
    stray = replace(answer, claim=1)
    entries = [(0, claim.raw, 100), (1, answer.raw, 100), (2, stray.raw, 100), (3, answer.raw, None)]
    record = replay(entries, Beside("log.example/x", lambda ref: b""))
    (told,) = record.reports
    assert (told.index, told.claim, told.answers) == (0, claim, ((1, answer),))
    assert [(each.index, each.why) for each in record.refused] == [
        (2, "claim: entry 1 is no claim of a report before it")
    ]
    assert [index for index, _ in record.unseen] == [3]
    assert links_of(None, answer.raw, 1, record) == [(0, "claim")]
    assert links_of(None, claim.raw, 0, record) == [(1, "answer")]


def test_a_log_with_a_witness_tells_claims_and_answers_and_none_of_their_words(tmp_path: Path) -> None:
    with governed(tmp_path) as log:
        name, raw = sealed_claim(CLAIM)
        index = log.log.published.size
        log.append(claim_entry(CLAIM, name, log.log.now()).raw)
        log.append(answer_entry(ANSWER, index, salt_of(raw), log.log.now()).raw)
        log.clock.pass_s(60)
        account = account_of(Folder(log.public), log.policy, now=log.clock.s)
    assert account.report.ok
    told = "\n".join(story(account, log.clock.seconds()))
    assert f"Entry {index}, " in told
    assert f"{name[:12]} is their salted hash. The operator was asked on 2031-04-03 to answer." in told
    assert "the operator, on the claim of entry" in told
    assert "denies it on 2031-04-04. The salted hash of the words is" in told
    assert "No such request" not in told
    assert "strait" not in told
