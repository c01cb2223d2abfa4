"""One reading of a log: a controller enforces what an auditor finds, by what the log keeps of who saw it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from enforced_log import KEYS, Governed, governed, rules

from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.entries import time_of
from openleo.ledger.note import COSIGNATURE, Note, Signer, Verifier
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.service.governance.account import Account, account_of
from openleo.service.governance.asked import Request
from openleo.service.governance.entries import Withdrawn, signed
from openleo.service.governance.seen import seen

NOBODY = Signer("witness.example/w9", b"9" * 32, COSIGNATURE).verifier.vkey


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        made.publish(in_s=10, more=f'emergency_policy = "witness w9 {NOBODY}\\nquorum w9"')
        made.clock.pass_s(10)
        yield made


def audited(log: Governed, policy: Policy | None, *, laid_out: bool = False) -> Account:
    """What an auditor finds."""
    return account_of(Folder(log.public), policy, now=log.clock.s, laid_out=laid_out)


def an_emergency_without_its_own_witnesses(log: Governed) -> None:
    log.publish("FR", in_s=300, by=("North",), power="restrict", ends_at=time_of(log.clock.s + 900),
                more=f'emergency_policy = "witness w9 {NOBODY}\\nquorum w9"')  # fmt: skip


def a_request_for_what_was_committed_to(log: Governed) -> None:
    promised = acts.commit(log.log, b"A secret wish.", time_of(log.clock.s + 86_400), "A request.")
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    ref = acts.put(log.log, b"Another wish.")
    asked = Request(
        time_of(log.clock.s), "ab" * 16, "request", "A ministry", "", "", "", "request", "private",
        time_of(log.clock.s), "off", ("north",), ref, promised,
    )  # fmt: skip
    log.append(asked.raw)


def a_change_that_the_log_kept_nothing_of(log: Governed) -> None:
    log.put(log.approved(log.drafted(rules("FR"), 300, log.said), "North", "South"), kept=False)


def a_withdrawal_and_a_change_seen_too_late(log: Governed) -> None:
    change = log.publish("FR", in_s=600)
    log.append(
        signed(Withdrawn(time_of(log.clock.s), change.hash, "A mistake.", "East", ""), KEYS["East"]).raw
    )
    late = log.approved(log.drafted(rules("DE"), 300, log.said), "North", "South")
    log.put(late, kept=False)
    log.clock.pass_s(400)
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))


@pytest.mark.parametrize(
    "history",
    [
        an_emergency_without_its_own_witnesses,
        a_request_for_what_was_committed_to,
        a_change_that_the_log_kept_nothing_of,
        a_withdrawal_and_a_change_seen_too_late,
    ],
)
def test_a_controller_that_followed_a_new_one_and_an_auditor_find_the_same(
    log: Governed, history: Callable[[Governed], None]
) -> None:
    followed = log.enforcement()
    before = followed.record
    history(log)
    followed.follow()
    found = audited(log, log.policy).record
    assert followed.record == found == log.enforcement("elsewhere").record
    assert (found.refused, found.unseen) != ((), ())
    assert before is not None
    assert found.terms == before.terms


def cosigned_by(witness: Signer, note: bytes, at: int) -> bytes:
    """A checkpoint with one more cosignature."""
    given = Note.parse(note)
    return given.with_signatures([witness.sign(given.text, at)]).raw


def noted(log: Governed, note: bytes) -> None:
    """Append a checkpoint of earlier, as if it was kept now."""
    log.log.append([seen(note, log.log.now())])


def test_what_is_kept_too_late_does_not_make_the_past_another(log: Governed) -> None:
    change = log.approved(log.drafted(rules("FR"), 300, log.said), "North", "South")
    log.put(change, kept=False)
    in_time = log.log.checkpoint
    log.clock.pass_s(400)
    noted(log, in_time)
    assert [index for index, _ in log.said.unseen] == [log.said.size + 1]
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    assert "back-dated" in log.said.refused[-1].why
    before = log.said
    noted(log, in_time)
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    assert (log.said.refused, log.said.terms) == (before.refused, before.terms)


def test_an_emergency_is_not_helped_by_witnesses_who_are_brought_later(log: Governed) -> None:
    own = Signer("witness.example/own", b"7" * 32, COSIGNATURE)
    more = f'emergency_policy = "witness own {own.verifier.vkey}\\nquorum own"'
    log.publish(in_s=300, more=more)
    log.clock.pass_s(300)
    ends = time_of(log.clock.s + 900)
    log.publish("FR", in_s=300, by=("North",), power="restrict", ends_at=ends, more=more)
    assert "quorum that the rules ask for" in log.said.refused[-1].why
    note = log.log.checkpoint
    log.log.append([seen(cosigned_by(own, note, log.clock.s), log.log.now())])
    assert "quorum that the rules ask for" in log.said.refused[-1].why


def test_an_emergency_counts_where_its_own_witnesses_signed_what_covers_it_first(log: Governed) -> None:
    own = Signer("witness.example/own", b"7" * 32, COSIGNATURE)
    # Which log it is stands fast, whatever a line of the rules says of that.
    other = Signer("log.example/other", b"8" * 32).verifier.vkey
    more = f'emergency_policy = "# ours\\nlog {other}\\nwitness own {own.verifier.vkey}\\nquorum own"'
    log.publish(in_s=300, more=more)
    log.clock.pass_s(300)
    ends = time_of(log.clock.s + 900)
    change = log.drafted(rules("FR", more=more), 300, log.said, power="restrict", ends_at=ends)
    log.put(log.approved(change, "North"), kept=False)
    note = log.log.checkpoint
    log.log.append([seen(cosigned_by(own, note, log.clock.s), log.log.now())])
    assert log.said.changes[-1].refused == ""


def test_an_auditor_is_told_where_rules_are_not_those_that_a_change_states(log: Governed) -> None:
    change = replace(log.drafted(rules("FR"), 300, log.said), digest="ab" * 32)
    log.put(log.approved(change, "North", "South"))
    found = audited(log, log.policy, laid_out=True)
    assert list(found.doubts) == [found.record.changes[-1].index]
    assert "abababab" in found.doubts[found.record.changes[-1].index]


def test_rules_that_were_laid_out_on_other_maps_are_not_doubted_by_a_program_that_lacks_them(
    log: Governed,
) -> None:
    change = replace(log.drafted(rules("FR"), 300, log.said), maps="cd" * 32, digest="ab" * 32)
    log.put(log.approved(change, "North", "South"))
    found = audited(log, log.policy, laid_out=True)
    assert (found.record.refused, found.doubts) == ((), {})
    assert any("maps" in each for each in log.enforcement().status(log.clock())["wrong"])


def test_without_a_policy_a_log_is_held_to_the_witnesses_that_it_stated_itself(log: Governed) -> None:
    a_change_that_the_log_kept_nothing_of(log)
    whole = log.log.checkpoint
    bare = b"\n".join(line for line in whole.split(b"\n") if b"witness.example" not in line)
    assert len(Note.parse(bare).signatures) == len(Note.parse(whole).signatures) - 1
    log.log.append([seen(bare, log.log.now())])
    assert len(audited(log, None).record.unseen) == 1
    log.log.append([seen(whole, log.log.now())])
    assert audited(log, None).record.unseen == ()


def test_what_was_seen_before_the_log_changed_its_key_still_counts(log: Governed) -> None:
    change = log.publish("FR", in_s=300)
    key = Verifier.parse(log.log.rotate())
    log.cosigner.logs += (key,)
    log.log.finish_rotation()
    log.clock.pass_s(300)
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    log.policy = replace(log.policy, logs=(key,))
    enforced = log.enforcement()
    assert enforced.rules_at(log.clock()).digest == change.digest  # type: ignore[union-attr]
    assert enforced.record == audited(log, log.policy).record


def test_a_key_that_the_log_states_later_signs_nothing_of_before(log: Governed) -> None:
    change = log.approved(log.drafted(rules("FR"), 300, log.said), "North", "South")
    log.put(change, kept=False)
    later = Signer.generate(log.log.origin)  # the operator has it, and states it when it suits
    text = Note.parse(log.log.checkpoint).text
    by = [each for each in Note.parse(log.log.checkpoint).signatures if each.name.startswith("witness")]
    log.log.append([seen(Note(text, (later.sign(text), *by)).raw, log.log.now())])
    log.clock.pass_s(400)
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    before = log.said
    assert "back-dated" in before.refused[-1].why
    log.log.store.keep_keys([*log.log.store.signers, later])
    log.log.rotate()
    assert Note.parse(log.log.checkpoint).check([later.verifier])  # it signs from here on
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    log.policy = replace(log.policy, logs=(*log.policy.logs, later.verifier))
    assert (log.said.refused, log.said.terms) == (before.refused, before.terms)
    for policy in (log.policy, None):
        assert audited(log, policy).record.terms == before.terms


def test_what_other_witnesses_sign_first_is_not_undone_by_those_of_before(log: Governed) -> None:
    change = log.approved(log.drafted(rules("FR"), 300, log.said), "North", "South")
    log.put(change, kept=False)
    old = log.log.checkpoint
    log.log.change_policy("quorum none", "no witness any more")
    log.append(canonical({"time": time_of(log.clock.s), "type": "other", "version": 1}))
    before = audited(log, None).record
    assert "witnesses whom the log asked for" in before.changes[-1].refused
    assert len(before.refused) == 1
    log.clock.pass_s(100)
    noted(log, old)
    assert audited(log, None).record.terms == before.terms
