"""Drills in public: what their logs say, that no bit of them can change, and that the log alone decides."""

import atexit
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from builders import fiction
from openleo.cli import openleo
from openleo.errors import InputError
from openleo.ledger.entries import seconds_of
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.operate.drill import Drill, perform, play, review
from openleo.operate.drills import pending, public
from openleo.operate.drills.governed import governed
from openleo.operate.drills.scene import Scene, read_scene
from openleo.operate.drills.stage import Act
from openleo.service.governance.account import account_of
from openleo.service.records import Outcome
from openleo.service.regions import RuleSet

FOLDER = fiction.WORLDS
GOVERNED = ("pending", "peninsula")
BITS, FEWER = 48, 8
"""So many bits are changed, one after the other, in each small file of an export, and in each large one."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Played:
    """A drill that was played, with the export of its log."""

    scene: Scene
    act: Act
    folder: Path

    @property
    def drill(self) -> Drill:
        """How it came out."""
        return review(self.scene, self.act)


@cache
def played(world: str) -> Played:
    """A built-in drill, played once for all tests."""
    made = Path(tempfile.mkdtemp(prefix="openleo-test-"))
    atexit.register(shutil.rmtree, made)
    return Played(*perform(world, export=made / "export"), made / "export")


def call(*words: str) -> Result:
    """Any command, as people type it."""
    return CliRunner().invoke(openleo, words)


def audited(world: str) -> dict[str, Any]:
    """What `openleo audit` says of a drill's export, for programs."""
    done = call("audit", str(played(world).folder), "--json")
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


# ------------------------------------------------------------------ peninsula


def test_nothing_is_decided_wrongly_by_what_stands_in_a_log() -> None:
    for world in GOVERNED:
        it = played(world).drill
        assert it.wrongly_served == it.wrongly_refused == 0
        assert it.right
        assert it.governance is not None
        assert it.governance["not_counted"] == []
        assert json.loads(json.dumps(it.to_dict(), allow_nan=False)) == it.to_dict()


def test_the_audit_says_who_changed_the_rules_by_whose_approval_on_what_grounds() -> None:
    said = audited("peninsula")
    first, off = said["changes"]
    assert said["refused"] == said["overdue_parties"] == []
    assert (first["kind"], off["kind"]) == ("first", "ordinary")
    assert off["requester"] == "Board of Operator Q"
    assert {(each["name"], each["organisation"]) for each in off["approved_by"]} == {
        ("licensing desk", "Regulator of QZ"),
        ("legal desk", "Operator Q"),
    }
    assert off["basis"] == ""
    text = " ".join(call("audit", str(played("peninsula").folder)).stdout.split())
    assert "the network is not to steer them" in text  # the reason given first
    assert text.index("No legal basis is given") < text.index("condition 4 of licence QZ-17")
    assert "Oversight body QP has been told" in text
    assert "witness.example/north" in text
    assert "witness.example/south" in text
    held = [(each["from_s"], each["until_s"]) for each in said["terms"]]
    begins, changes = map(seconds_of, ("2026-05-15T00:00:00Z", "2026-06-01T00:10:00Z"))
    assert held == [(begins, changes), (changes, None)]


def test_the_audit_says_who_asked_for_service_and_which_two_offices_refused() -> None:
    text = " ".join(call("audit", str(played("peninsula").folder)).stdout.split())
    asks, also = text.index("Government of QX asked"), text.index("Government of QY asked")
    neighbour, third = text[asks:also], text[also:]
    assert "that service be switched on" in neighbour
    assert "Navy of QX" in neighbour
    assert "Embassy of QX" in neighbour
    assert "refused by network desk, legal desk" in neighbour
    assert "neither of us signs" in neighbour
    assert "switched off, or stay off" in third
    listed = json.loads(call("request", "list", "--ledger", str(played("peninsula").folder), "--json").stdout)
    assert [each["who"] for each in listed["requests"]] == ["Government of QX", "Government of QY"]
    words = played("peninsula").folder / "object" / listed["requests"][0]["text"]["object"]
    assert b"switched on along the whole coast" in words.read_bytes()


def test_a_change_is_refused_by_from_its_second_and_grants_before_it_end_within_a_minute() -> None:
    it = played("peninsula")
    begins_us = audited("peninsula")["terms"][1]["from_s"] * 1_000_000
    got, digests = it.act.played, it.act.played.digests
    after = it.scene.time_us >= begins_us
    assert 100 < after.sum() < len(after) - 100
    by = np.array(digests)[got.rules]
    assert set(by[~after]) == {RuleSet.load(FOLDER / "peninsula-before.rules.toml").digest}
    assert set(by[after]) == {RuleSet.load(FOLDER / "peninsula.rules.toml").digest}
    granted = ~after & (got.outcome > Outcome.REFUSE)
    longest_s = (got.valid_us[granted].max() - begins_us) / 1e6
    assert 0.0 < longest_s <= 60.0
    assert it.drill.governance is not None
    assert it.drill.governance["longest_grant_past_change_s"] == longest_s
    assert f"ended {longest_s:.0f} s after it; at most 60 s are allowed" in " ".join(it.act.story)


def test_each_decision_stands_under_a_checkpoint_that_has_its_rules() -> None:
    it = played("peninsula")
    entry = {each["digest"]: each["index"] for each in it.drill.to_dict()["governance"]["terms"]}
    got = it.act.played
    for k, digest in enumerate(got.digests):
        assert got.checkpoint[got.rules == k].min() > entry[digest]
    assert (np.diff(got.checkpoint) >= 0).all()


def test_a_grant_that_ran_too_long_would_be_seen() -> None:
    it = played("peninsula")
    governance = it.drill.to_dict()["governance"]
    begins_us = seconds_of(governance["terms"][1]["from"]) * 1_000_000
    last = int(np.flatnonzero((it.scene.time_us < begins_us) & (it.act.played.outcome == Outcome.SERVE))[-1])
    valid_us = it.act.played.valid_us.copy()
    valid_us[last] = begins_us + 61_000_000
    with governed(it.scene) as room:
        record = room.account().record
        held = account_of(Folder(it.folder), None, now=seconds_of("2026-07-01T00:00:00Z")).record
    assert record.terms == ()
    (found,) = public.outlived(it.scene, replace(it.act.played, valid_us=valid_us), held)
    assert found["longest_s"] == 61.0
    worse = governance | {"longest_grant_past_change_s": found["longest_s"]}
    assert not replace(it.drill, governance=worse).right


def test_what_the_log_says_decides_and_not_the_rule_file(tmp_path: Path) -> None:
    """The rules that begin in the log serve nobody at sea; those of the world's own file would."""
    for path in FOLDER.glob("peninsula*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = tmp_path / "peninsula-before.rules.toml"
    text = before.read_text()
    sea = text.index("\nsea = true")
    before.write_text(text[:sea] + text[sea:].replace('service = "on"', 'service = "off"', 1))
    it = play(tmp_path / "peninsula.toml")
    assert it.wrongly_refused > 100
    assert it.wrongly_served == 0
    assert play(tmp_path / "peninsula.toml", rules=RuleSet.load(tmp_path / "peninsula.rules.toml")).right


# ------------------------------------------------------------------ pending


def test_a_request_in_confidence_stands_as_a_commitment_at_once_and_with_its_text_at_its_date() -> None:
    said = played("pending").drill.to_dict()["governance"]
    (kept,), (asked,) = said["commitments"], said["requests"]
    assert kept["revealed"]
    assert kept["entry"] == asked["commitment"] < asked["entry"]
    assert "QT" not in kept["about"]
    assert "island" not in kept["about"]
    assert (asked["who"], asked["on_behalf_of"]) == ("Government of QT", "Government of QR")
    text = " ".join(call("audit", str(played("pending").folder)).stdout.split())
    assert "Government of QT asked at 2026-06-01T10:00:00Z" in text
    assert f"kept back since entry {kept['entry']}" in text


def test_the_map_has_not_changed_without_an_entry() -> None:
    said, it = audited("pending"), played("pending").act
    (change,), (held,) = said["changes"], said["terms"]
    assert held["until_s"] is None
    assert it.played.digests == (change["digest"],)
    assert (it.played.checkpoint > change["index"]).all()
    assert any("map did not change" in sentence for sentence in it.story)


def test_a_commitment_that_is_not_kept_is_overdue(tmp_path: Path) -> None:
    scene = read_scene("pending")
    with governed(scene) as room:
        pending.begin(room)
        room.turn(pending.ASKED_S)
        index = pending.ask_in_confidence(room)
        room.export(tmp_path / "export")
        date, policy = room.time(pending.REVEALED_S), Policy.parse(room.policy.raw)
    for file in (path for path in (tmp_path / "export").rglob("*") if path.is_file()):
        assert b"Government of QT" not in file.read_bytes()
    for now, overdue in ((seconds_of(date) - 1, False), (seconds_of(date) + 1, True)):
        account = account_of(Folder(tmp_path / "export"), policy, now=now)
        ((at, kept, late),) = account.kept_back(now)
        assert (at, kept.about, late) == (index, pending.ABOUT, overdue)
        assert not account.record.requests


# ------------------------------------------------------------------ one changed bit


@contextmanager
def one_bit(path: Path, bit: int) -> Iterator[None]:
    """A file with one bit changed, for a while."""
    raw = path.read_bytes()
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(raw)


@pytest.mark.parametrize("world", GOVERNED)
def test_one_changed_bit_of_any_file_ends_both_audits_with_exit_code_3(world: str) -> None:
    folder, rng = played(world).folder, random.Random(world)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kinds = {path.relative_to(folder).parts[0] for path in files}
    assert kinds == {"checkpoint", "tile", "object"}
    for path in files:
        bits = 8 * path.stat().st_size
        for bit in rng.sample(range(bits), BITS if bits < 8 * 2000 else FEWER):
            with one_bit(path, bit):
                for words in (("audit", str(folder)), ("ledger", "audit", str(folder))):
                    done = call(*words)
                    assert done.exit_code == 3, (words, path.name, bit, done.output[-300:])
    for words in (("audit", str(folder)), ("ledger", "audit", str(folder))):
        assert call(*words).exit_code == 0


@pytest.mark.parametrize("world", GOVERNED)
def test_a_file_that_is_taken_away_ends_the_audit_with_exit_code_3(world: str, tmp_path: Path) -> None:
    folder = played(world).folder
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "checkpoint"):
        aside = path.rename(tmp_path / "aside")
        try:
            assert call("audit", str(folder)).exit_code == 3, path.name
        finally:
            aside.rename(path)


# ------------------------------------------------------------------ the command


def test_the_command_writes_an_export_that_the_audit_accepts(tmp_path: Path) -> None:
    folder = tmp_path / "said"
    done = call("drill", "pending", "--ledger-export", str(folder))
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    assert "wrongly served 0" in told
    assert "asked in confidence" in told
    assert f"openleo audit {folder}" in done.stdout
    assert call("audit", str(folder)).exit_code == 0
    assert call("ledger", "audit", str(folder)).exit_code == 0


def test_a_folder_in_use_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = call("drill", "peninsula", "--ledger-export", str(tmp_path))
    assert done.exit_code == 2
    assert str(tmp_path) in " ".join(done.stderr.split()).replace(" ", "")
    assert "a new or an empty folder is allowed" in " ".join(done.stderr.split())
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("world", ["front", "resale", "restore"])
def test_a_drill_without_a_log_says_which_have_one(world: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"{world} has no log; .*peninsula.* have one"):
        play(world, export=tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_an_export_needs_a_world(tmp_path: Path) -> None:
    done = call("drill", "--ledger-export", str(tmp_path / "export"))
    assert done.exit_code == 2
    assert "--ledger-export needs one: front" in " ".join(done.stderr.split())


def test_other_rules_are_played_without_a_log(tmp_path: Path) -> None:
    rules = RuleSet.load(FOLDER / "peninsula-before.rules.toml")
    with pytest.raises(InputError, match="without its log"):
        play("peninsula", rules=rules, export=tmp_path / "export")
    it = play("peninsula", rules=rules)
    assert it.governance is None
    assert "governance" not in it.to_dict()
    assert it.digest == rules.digest
    assert it.wrongly_served > 0
    assert any("without a log" in sentence for sentence in it.story)
