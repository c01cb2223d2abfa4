"""What is enforced: only what stands in the log, from its time on, and nothing put anywhere else."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import serving
from controlled import BERLIN, MINUTE_US, PARIS, Served
from enforced_log import KEYS, Governed, governed, rules
from ledger_folders import flip, write_log
from ledger_witnesses import served

from openleo.http.messages import bodies
from openleo.ledger.entries import time_of
from openleo.ledger.errors import Unavailable
from openleo.ledger.export import export
from openleo.ledger.note import COSIGNATURE, Signer
from openleo.ledger.serve import Site
from openleo.ledger.source import Folder, Web
from openleo.service.force import in_share
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.entries import Proceed, Stage, signed
from openleo.service.in_force import LOOK_S
from openleo.service.reasons import Reason
from openleo.service.records import Outcome
from openleo.service.store.stored import stored


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Governed]:
    with governed(tmp_path) as made:
        yield made


@pytest.fixture
def running(log: Governed) -> Governed:
    """A log whose first rules, service everywhere, are in force."""
    log.publish(in_s=10)
    log.clock.pass_s(10)
    return log


def test_without_a_change_in_the_log_nobody_is_newly_served(log: Governed) -> None:
    with Served(log, log.enforcement()) as served:
        made = served.ask(0).decisions
        assert (made.outcome[0], made.primary[0]) == (Outcome.REFUSE, Reason.NO_RULES)
        log.publish(in_s=10)
        served.enforcement.follow()
        assert served.outcome() == Outcome.REFUSE
        log.clock.pass_s(10)
        assert served.outcome() == Outcome.SERVE


def test_a_change_holds_from_the_first_check_in_at_its_time_and_grants_end_there(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        change = running.publish("FR", in_s=300)
        served.enforcement.follow()
        begins_us = running.clock() + 300_000_000
        running.clock.pass_s(150)
        served.enforcement.follow()
        made = served.ask(0, 1).decisions
        assert made.outcome.tolist() == [Outcome.SERVE] * 2
        assert made.valid_us.tolist() == [begins_us] * 2
        running.clock.us = begins_us - 1
        assert served.outcome(1) == Outcome.SERVE
        running.clock.us = begins_us
        refused = served.ask(0)
        assert (refused.decisions.outcome[0], refused.digest) == (Outcome.REFUSE, change.digest)
        assert refused.decisions.primary[0] == Reason.SERVICE_OFF
        assert served.outcome(2, BERLIN) == Outcome.SERVE


@pytest.mark.parametrize("grant_s", [60.0, 300.0, 3600.0])
def test_a_grant_given_before_anybody_knew_is_over_a_minute_after_the_change(
    log: Governed, grant_s: float
) -> None:
    log.publish(in_s=10, grant_s=grant_s)
    log.clock.pass_s(10)
    with Served(log, log.enforcement()) as served:
        begins_s = max(0.0, grant_s - 60.0)  # the earliest that counts
        log.publish("FR", in_s=begins_s, grant_s=grant_s)
        begins_us = log.clock() + round(begins_s * 1e6)
        log.clock.pass_s(LOOK_S)  # the controller looks at the log only now
        granted = served.ask(0).decisions
        assert granted.outcome[0] == Outcome.SERVE
        assert granted.valid_us[0] <= begins_us + MINUTE_US
        served.enforcement.follow()
        log.clock.us = max(begins_us, log.clock())
        assert served.outcome(1) == Outcome.REFUSE


def test_an_emergency_by_one_person_ends_by_itself(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        ends_s = running.clock.s + 300 + 3600
        running.publish(
            "FR", in_s=300, by=("North",), power="restrict", ends_at=time_of(ends_s)
        )  # fmt: skip
        served.enforcement.follow()
        assert served.outcome() == Outcome.SERVE
        running.clock.pass_s(300)
        assert served.outcome() == Outcome.REFUSE
        assert served.controller.health()["rules"]["kind"] == "emergency"
        running.clock.us = ends_s * 1_000_000 - 1
        assert served.outcome() == Outcome.REFUSE
        running.clock.us += 1
        assert served.outcome() == Outcome.SERVE


def test_an_emergency_needs_the_quorum_that_the_rules_state_for_it(log: Governed) -> None:
    nobody = Signer("witness.example/w9", b"9" * 32, COSIGNATURE).verifier.vkey
    more = f'emergency_policy = "witness w9 {nobody}\\nquorum w9"'
    log.publish(in_s=10, more=more)
    log.clock.pass_s(10)
    with Served(log, log.enforcement()) as served:
        log.publish(
            "FR", in_s=300, by=("North",), power="restrict", more=more,
            ends_at=time_of(log.clock.s + 900),
        )  # fmt: skip
        served.enforcement.follow()
        log.clock.pass_s(300)
        assert served.outcome() == Outcome.SERVE
        assert "has the quorum that the rules ask for in an emergency" in served.refused


def test_a_stage_by_share_reaches_that_share_and_stops_until_somebody_lets_it_go_on(
    running: Governed,
) -> None:
    everybody = np.arange(200)
    with Served(running, running.enforcement()) as served:
        begins = running.clock.s + 300
        stages = (Stage(0.25, (), time_of(begins)), Stage(1.0, (), time_of(begins + 600)))
        change = running.publish("FR", in_s=300, stages=stages)
        served.enforcement.follow()
        running.clock.pass_s(300)
        answers = served.ask(*everybody)
        reached = in_share(change.hash, everybody, 0.25)
        assert 20 < reached.sum() < 80
        assert ((answers.decisions.outcome == Outcome.REFUSE) == reached).all()
        assert [answers.digest_of(k) == change.digest for k in everybody] == reached.tolist()
        kept = stored(served.controller.store, answers.number)
        assert len(set(kept["rules"][reached].tolist())) == len(set(kept["rules"][~reached].tolist())) == 1
        assert kept["rules"][reached][0] != kept["rules"][~reached][0]
        running.clock.pass_s(3600)
        assert (served.ask(*everybody).decisions.outcome == Outcome.REFUSE).sum() == reached.sum()
        go = Proceed(time_of(running.clock.s), change.hash, 1, "East", "")
        running.append(signed(go, KEYS["East"]).raw)
        served.enforcement.follow()
        running.clock.pass_s(300)
        assert (served.ask(*everybody).decisions.outcome == Outcome.REFUSE).all()


def test_a_stage_by_region_reaches_that_region(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        begins = running.clock.s + 300
        stages = (Stage(0.0, ("off FR",), time_of(begins)), Stage(0.0, ("off DE",), time_of(begins + 600)))
        running.publish("FR", "DE", in_s=300, stages=stages)
        served.enforcement.follow()
        running.clock.pass_s(300)
        assert served.outcome(0, PARIS) == Outcome.REFUSE
        assert served.outcome(1, BERLIN) == Outcome.SERVE


def test_shares_hold_each_other_and_are_as_large_as_they_say() -> None:
    terminals = np.arange(100_000)
    small, large = in_share("a1" * 16, terminals, 0.1), in_share("a1" * 16, terminals, 0.5)
    assert (large | ~small).all()
    assert abs(small.mean() - 0.1) < 0.01
    assert abs((small & in_share("b2" * 16, terminals, 0.1)).mean() - 0.01) < 0.003
    assert in_share("a1" * 16, terminals, 1.0).all()


# ---------------------------------------------------------------------- the log


def test_a_witness_that_is_down_stops_what_is_new_and_health_says_so(running: Governed) -> None:
    site = Site(running.log)
    with served(site.answer) as server:
        source = Web(f"http://127.0.0.1:{server.port}")
        with Served(running, running.enforcement(source=source)) as controller:
            change = running.approved(running.drafted(rules("FR"), 300, running.said), "North", "South")
            running.witness.close()
            with pytest.raises(Unavailable):
                running.log.append([change.raw], timeout_s=0.5)
            controller.enforcement.follow()
            running.clock.pass_s(400)
            assert controller.outcome() == Outcome.SERVE
            assert "The log publishes nothing now" in controller.wrong
            assert "witness.example/w1" in controller.wrong or "w1" in controller.wrong
        source.close()


def test_witnesses_that_the_policy_says_where_to_find_are_asked_once_a_minute(running: Governed) -> None:
    asked: list[str] = []
    answer = ""

    def reach(url: str) -> str:
        asked.append(url)
        return answer

    place = running.folder / "asking"
    held = Enforcement(place, Folder(running.public), running.policy, running.clock, reach=reach)
    held.follow()
    assert asked == [running.policy.urls["w1"]]
    assert not held.status(running.clock())["wrong"]
    answer = "connection refused"
    running.clock.pass_s(60)
    held.follow()
    (wrong,) = held.status(running.clock())["wrong"]
    assert "w1: connection refused" in wrong
    assert held.rules_at(running.clock()) is not None


def test_what_too_few_witnesses_saw_is_not_enforced(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        record = running.said
        running.log.change_policy("quorum none", "the witness is let go")
        change = running.approved(running.drafted(rules("FR"), 300, record), "North", "South")
        running.put(change, kept=False)
        served.enforcement.follow()
        running.clock.pass_s(301)
        assert served.outcome() == Outcome.SERVE
        assert "Nothing new is enforced" in served.wrong
        assert not served.enforcement.tampering


def test_an_older_log_is_not_taken_back_also_after_a_restart(running: Governed, tmp_path: Path) -> None:
    export(Folder(running.public), tmp_path / "older")
    change = running.publish("FR", in_s=300)
    running.clock.pass_s(300)
    with Served(running, running.enforcement()) as served:
        assert served.outcome() == Outcome.REFUSE
        served.enforcement.source = Folder(tmp_path / "older")
        served.enforcement.follow()
        assert served.ask(1).digest == change.digest
        assert "an older checkpoint is not taken" in served.wrong
    mirror = running.folder / "mirror"
    again = Enforcement(mirror, Folder(tmp_path / "older"), running.policy, running.clock)
    assert again.rules_at(running.clock()).digest == change.digest  # type: ignore[union-attr]
    shutil.rmtree(mirror / "log")
    shutil.copytree(tmp_path / "older", mirror / "log")
    replayed = Enforcement(mirror, Folder(tmp_path / "older"), running.policy, running.clock)
    assert replayed.rules_at(running.clock()) is None  # an old rule set, though every signature holds
    assert any("an older copy" in each for each in replayed.tampering)
    whole = Enforcement(mirror, Folder(running.public), running.policy, running.clock)
    assert whole.rules_at(running.clock()).digest == change.digest  # type: ignore[union-attr]


def test_a_whole_folder_that_is_put_back_with_its_notes_is_named_by_what_the_store_holds(
    running: Governed, tmp_path: Path
) -> None:
    with Served(running, running.enforcement()) as served:
        running.clock.pass_s(200)
        assert served.outcome() == Outcome.SERVE
    export(Folder(running.public), tmp_path / "older")
    shutil.copytree(running.folder / "mirror", tmp_path / "put aside")
    running.publish("FR", in_s=300)
    running.clock.pass_s(300)
    with Served(running, running.enforcement()) as served:
        assert served.outcome() == Outcome.REFUSE
    running.clock.pass_s(300)
    shutil.rmtree(running.folder / "mirror")
    shutil.copytree(tmp_path / "put aside", running.folder / "mirror")
    with Served(running, running.enforcement(source=Folder(tmp_path / "older"))) as served:
        assert "stand under 6 entries of the log, and 4 are known here" in served.wrong
    with Served(running, running.enforcement()) as served:
        assert served.wrong == ""


def test_another_history_of_the_log_is_not_taken(tmp_path: Path) -> None:
    with governed(tmp_path, quorum=False) as log:
        log.publish(in_s=10)
        log.clock.pass_s(10)
        held = log.enforcement()
        entries = list(log.log.tree().entries())
        entries[-1] = entries[-1].replace(b"checkpoint-seen", b"checkpoint-sawn")
        signer = log.log.store.signers[0]
        forged = tmp_path / "forged"
        shutil.copytree(log.public / "object", forged / "object")
        write_log(forged, signer, [*entries, entries[-1]])
        held.source = Folder(forged)
        held.follow()
        assert held.rules_at(log.clock()) is not None
        assert any("another history" in each for each in held.tampering)


def test_rules_that_were_swapped_beside_the_log_are_not_enforced(running: Governed) -> None:
    change = running.said.changes[0].change
    other = running.drafted(rules("FR", "DE"), 300, running.said)
    place = running.public / "object"
    (place / change.rules.object).write_bytes((place / other.rules.object).read_bytes())
    found = running.enforcement()
    assert found.rules_at(running.clock()) is None
    assert any(change.rules.object in each for each in found.status(running.clock())["wrong"])


@pytest.mark.parametrize(
    ("signers", "in_s", "why"),
    [
        (("North", "North"), 300, "one key"),
        (("North",), 300, "1 of 2 approvals"),
        (("North", "South"), -60, "back-dated"),
        (("North", "South"), 0, "grants given before"),
    ],
)
def test_a_change_that_does_not_count_is_named_and_not_enforced(
    running: Governed, signers: tuple[str, ...], in_s: float, why: str
) -> None:
    with Served(running, running.enforcement()) as served:
        change = running.drafted(rules("FR"), in_s, running.said)
        running.put(running.approved(change, *signers))
        served.enforcement.follow()
        running.clock.pass_s(301)
        assert served.outcome() == Outcome.SERVE
        (refused,) = served.controller.health()["rules"]["refused"]
        assert why in refused


def test_a_change_counts_once_the_log_says_who_saw_it_when_and_for_every_reader_alike(
    running: Governed,
) -> None:
    first = running.said.changes[0].change
    with Served(running, running.enforcement()) as served:
        change = running.approved(running.drafted(rules("FR"), 300, running.said), "North", "South")
        running.put(change, kept=False)
        served.enforcement.follow()
        begins_us = running.clock() + 300_000_000
        assert "Entry 4" in served.controller.health()["rules"]["unseen"][0]
        running.clock.pass_s(150)
        served.enforcement.follow()
        assert served.ask(0).decisions.valid_us[0] == begins_us  # it may turn out to have been seen
        running.clock.pass_s(160)
        assert served.outcome(1) == Outcome.SERVE
        running.append(b'{"time":"2026-10-26T12:10:00Z","type":"other","version":1}')
        for reader in (served.enforcement, running.enforcement("elsewhere")):
            reader.follow()
            assert reader.rules_at(running.clock()).digest == first.digest  # type: ignore[union-attr]
            assert any("back-dated" in each for each in reader.status(running.clock())["refused"])


def test_a_new_machine_finds_what_was_seen_in_time(running: Governed) -> None:
    change = running.publish("FR", in_s=300)
    running.clock.pass_s(86_400)
    running.append(b'{"time":"2026-10-27T12:00:00Z","type":"other","version":1}')
    there = running.enforcement("elsewhere")
    assert there.rules_at(running.clock()).digest == change.digest  # type: ignore[union-attr]


def test_a_pack_that_is_not_the_rule_set_it_is_called_is_not_enforced(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        change = replace(running.drafted(rules("FR"), 300, running.said), digest="ab" * 32)
        running.put(running.approved(change, "North", "South"))
        served.enforcement.follow()
        running.clock.pass_s(300)
        assert served.outcome() == Outcome.REFUSE
        assert served.ask(1).decisions.primary[0] == Reason.NO_RULES
        assert "its rules give the digest" in served.wrong


def test_one_person_cannot_bring_other_rules_back_under_the_name_of_what_held(running: Governed) -> None:
    first = running.said.changes[0].change
    with Served(running, running.enforcement()) as served:
        running.publish("FR", in_s=300)
        served.enforcement.follow()
        running.clock.pass_s(300)
        assert served.outcome() == Outcome.REFUSE
        ends = time_of(running.clock.s + 3600)
        alone = running.drafted(rules("FR", "DE"), 300, running.said, power="restrict", ends_at=ends)
        running.put(running.approved(replace(alone, digest=first.digest), "East"))
        served.enforcement.follow()
        running.clock.pass_s(301)
        assert served.outcome() == Outcome.REFUSE
        assert served.ask(1).decisions.primary[0] == Reason.SERVICE_OFF


def test_one_person_cannot_leave_everybody_without_rules(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        ends = time_of(running.clock.s + 3600)
        alone = running.drafted(rules("FR"), 300, running.said, power="restrict", ends_at=ends)
        running.put(running.approved(replace(alone, digest="ab" * 32), "East"))
        served.enforcement.follow()
        running.clock.pass_s(301)
        assert served.outcome() == Outcome.SERVE
        assert "its rules give the digest" in served.refused


# ---------------------------------------------------------------------- the machine


SQL = {
    "another rule set": "UPDATE in_force SET rules = 99",
    "a row removed": "DELETE FROM in_force",
    "a digest": "UPDATE rules SET digest = 'ff' WHERE number = 1",
    "a row added": "INSERT INTO in_force (from_us, rules) VALUES ({now}, 99)",
    "a name": "UPDATE rules SET name = 'other'",
    "a zone": "UPDATE zones SET regions = 'France' WHERE zone = 3",
}


@pytest.mark.parametrize("how", SQL)
def test_rows_changed_in_the_store_change_nothing_and_are_said(running: Governed, how: str) -> None:
    with Served(running, running.enforcement()) as served:
        digest = served.ask(0).digest
        running.clock.pass_s(60)
        with sqlite3.connect(served.store) as base:
            for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                base.execute(f"DROP TRIGGER {name}")
            base.execute(SQL[how].format(now=running.clock()))
        base.close()
        assert not served.enforcement.tampering
        served.controller.in_force.compare()
        assert any("The store was changed" in each for each in served.enforcement.tampering)
        assert served.ask(0).digest == digest
    with Served(running, running.enforcement()) as again:
        assert any("The store was changed" in each for each in again.enforcement.tampering)
        assert again.ask(0).digest == digest


def test_nothing_is_said_of_a_store_in_which_servers_wrote_what_held(
    running: Governed, store_url: str
) -> None:
    with Served(running, running.enforcement(), store_url) as first:
        begins = running.clock.s + 300
        stages = (Stage(0.5, (), time_of(begins)), Stage(1.0, (), time_of(begins + 600)))
        running.publish("FR", in_s=300, stages=stages)
        first.enforcement.follow()
        running.clock.pass_s(300)
        numbers = first.ask(*range(200)).number
        kept = stored(first.controller.store, numbers)["rules"]
        assert len(set(kept.tolist())) == 2
        first.controller.in_force.compare()
        assert not first.enforcement.tampering
    running.clock.pass_s(60)
    for name in ("mirror", "another"):  # the same server again, and one with a folder of its own
        with Served(running, running.enforcement(name), store_url) as again:
            running.clock.pass_s(60)
            again.ask(*range(200))
            again.controller.in_force.compare()
            assert not again.enforcement.tampering
    ours = running.enforcement()
    with Served(running, ours, store_url) as last:
        last.controller.in_force.compare()
        assert not ours.tampering  # of the rows of the other


@pytest.mark.parametrize("what", ["tile/entries", "tile/0", "object", "checkpoint"])
def test_files_of_the_copy_that_were_changed_change_nothing_and_are_said(
    running: Governed, what: str
) -> None:
    with Served(running, running.enforcement()) as served:
        digest = served.ask(0).digest
        top = running.folder / "mirror" / "log" / what
        path = top if top.is_file() else next(each for each in sorted(top.rglob("*")) if each.is_file())
        flip(path, 8 * (path.stat().st_size // 2))
        served.enforcement.source = Folder(running.folder / "nowhere")
        served.enforcement.follow()
        assert any("was changed" in each for each in served.enforcement.tampering)
        assert served.ask(0).digest == digest
    alone = Enforcement(
        running.folder / "mirror", Folder(running.folder / "nowhere"), running.policy, running.clock
    )
    assert alone.rules_at(running.clock()) is None  # what it has is not what was signed
    assert any("was changed" in each for each in alone.tampering)
    again = running.enforcement()  # and with the log it is made anew
    assert again.rules_at(running.clock()).digest == digest  # type: ignore[union-attr]


def test_a_silent_log_stops_nothing_that_was_enforced(running: Governed) -> None:
    change = running.publish("FR", in_s=300)
    running.enforcement()
    running.clock.pass_s(300)
    found = running.enforcement(source=Folder(running.folder / "nowhere"))
    assert found.rules_at(running.clock()).digest == change.digest  # type: ignore[union-attr]
    said = "\n".join(found.status(running.clock())["wrong"])
    assert "Nothing new is enforced" in said
    assert str(running.folder) not in said  # anyone may read it


def test_a_decision_names_the_checkpoint_it_stands_under(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        first = served.ask(0)
        assert first.checkpoint == running.log.published.size
        running.clock.pass_s(60)
        running.publish("FR", in_s=300)
        served.enforcement.follow()
        second = served.ask(0)
        assert second.checkpoint == running.log.published.size > first.checkpoint
        kept = stored(served.controller.store, np.concatenate([first.number, second.number]))
        stood = [served.controller.stood(row) for row in kept]
        assert stood == [{"rules": each.digest, "checkpoint": each.checkpoint} for each in (first, second)]


def test_what_stands_in_the_store_is_what_was_answered_however_the_log_grows_meanwhile(
    running: Governed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands: more of the log is known at the same microsecond, and while a decision begins."""
    with Served(running, running.enforcement()) as served:
        answers = [served.ask(0)]
        running.publish("FR", in_s=300)
        served.enforcement.follow()
        answers.append(served.ask(0))
        running.clock.pass_s(300)
        running.publish(in_s=300)
        looks, sized = [served.enforcement.follow], Enforcement.size.fget

        def size(self: Enforcement) -> int:
            before: int = sized(self)  # type: ignore[misc]
            if looks:
                looks.pop()()  # the other thread is as fast as that
            return before

        monkeypatch.setattr(Enforcement, "size", property(size))
        answers.append(served.ask(0))
        kept = stored(served.controller.store, np.concatenate([each.number for each in answers]))
        assert [served.controller.stood(row) for row in kept] == [
            {"rules": each.digest, "checkpoint": each.checkpoint} for each in answers
        ]
        sizes = [each.checkpoint for each in answers]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == running.log.published.size


def test_a_check_in_sent_again_is_answered_with_what_its_decision_stood_under(running: Governed) -> None:
    with Served(running, running.enforcement()) as served:
        first = served.ask(0)
        running.publish("FR", in_s=300)
        served.enforcement.follow()
        running.clock.pass_s(300)
        served.sequence -= 1  # the same message, after other rules began
        at_us = running.clock.us
        again = served.ask(0, where=PARIS | {"time_us": at_us - 300_000_000})
        assert again.repeated.all()
        assert again.digest_of(0) == first.digest != again.digest
        assert again.checkpoint_of(0) == first.checkpoint < again.checkpoint
        (body,) = bodies(again)
        assert (body.rules, body.checkpoint) == (first.digest, first.checkpoint)


# ---------------------------------------------------------------------- the faces


def test_over_http_health_says_from_which_change_and_decisions_name_log_and_rules(
    running: Governed, tmp_path: Path
) -> None:
    enforcement = running.enforcement()
    with serving.served(str(tmp_path / "h.db"), clock=running.clock, enforced=enforcement) as service:
        change = running.publish("FR", in_s=300)
        enforcement.follow()
        said = service.ask("GET", "/healthz").json()["rules"]
        first = running.said.changes[0].change
        assert (said["change"], said["digest"], said["entry"]) == (first.hash, first.digest, 2)
        assert said["until"] == change.effective_at
        assert said["checkpoint"]["size"] == running.log.published.size
        assert said["wrong"] == []
        terminal = service.terminal("T-1")
        made = terminal.check_in(**serving.said(1, PARIS | {"accuracy_m": 10.0}, time=running.log.now()))
        assert (made["rules"], made["checkpoint"]) == (first.digest, running.log.published.size)
        kept = service.ask("GET", "/v1/terminals/T-1/decisions", service.auditor).json()["decisions"]
        assert [(each["rules"], each["checkpoint"]) for each in kept] == [(made["rules"], made["checkpoint"])]
        running.clock.pass_s(300)
        assert service.ask("GET", "/v1/regions").json()["regions"][0]["name"] == "off FR"
        assert service.ask("GET", "/healthz").json()["rules"]["change"] == change.hash


def test_the_server_takes_its_rules_from_a_log_and_refuses_a_rule_file_beside_it(
    running: Governed, tmp_path: Path
) -> None:
    policy = tmp_path / "log.policy"
    policy.write_bytes(running.policy.raw)
    words = ("--store", str(tmp_path / "s.db"), "--port", "0", "--ledger", str(running.public))

    def refused(*more: str) -> str:
        done = subprocess.run(
            serving.command(*words, *more), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 2
        return done.stderr

    assert "--policy" in refused()
    assert "one is allowed" in refused("--policy", str(policy), "--rules", "illustration")
    with subprocess.Popen(
        serving.command(*words, "--policy", str(policy), "--json"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())["rules"]
        process.kill()
    assert said["digest"] == running.said.changes[0].change.digest
    # Its witness was asked, and answers; it signed when the clock of the log stood, some time ago.
    assert [each for each in said["wrong"] if "kept from here since" not in each] == []
    assert (tmp_path / "s.db.ledger" / "log" / "checkpoint").exists()
