"""The drill `tamper`: six attacks, each of which would change something if anybody believed it."""

import json
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from openleo.formats.toml import read_toml
from openleo.ledger.entries import seconds_of
from openleo.ledger.objects import HEAD_SIZE, object_path
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder, Source
from openleo.operate.drill import Drill, play, review
from openleo.operate.drills.drawing import draw
from openleo.operate.drills.governed import Room
from openleo.operate.drills.scene import Scene, read_scene
from openleo.operate.drills.stage import Act
from openleo.operate.drills.tamper import perform
from openleo.operate.open import rules_of
from openleo.service.governance.account import account_of
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.entries import Change
from openleo.service.governance.pack import unpack
from openleo.service.governance.signing import approval_text
from openleo.service.records import Outcome
from openleo.service.regions import RuleSet

pytestmark = pytest.mark.slow

WORLD = read_scene("tamper").world
WEST, EAST, ROUNDS = 240, 120, 13
ATTACKS = ("rows", "file", "older", "one key", "back-dated", "witness")


@cache
def rules(name: str = "") -> RuleSet:
    """A rule set of the world: the one that holds, the one `before` it, or the `dark` one."""
    return RuleSet.load(WORLD.path(f"tamper{name and '-'}{name}.rules.toml"))


def believed(
    room: Room, folder: Path, source: Source, policy: Policy | None = None, at_us: int | None = None
) -> str:
    """The digest of the rules that a machine would enforce that has seen nothing else of the log."""
    now_us = at_us or room.air.now_us
    found = Enforcement(folder, source, policy or room.policy, lambda: now_us).rules_at(now_us)
    return found.digest if found is not None else ""


def last_change(room: Room) -> Change:
    """The change that was put into the log last."""
    return room.account().record.changes[-1].change


def signed(change: Change) -> list[str]:
    """The names under which a change was signed; raises InvalidSignature for one that is not right."""
    keys = {each["name"]: each["key"] for each in read_toml(WORLD.path("tamper.rules.toml"))["approvers"]}
    for each in change.approvals:
        text = approval_text(change.hash, each.statement, each.time, each.interests)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[each.name]))
        key.verify(bytes.fromhex(each.signature), text.encode())
    return [each.name for each in change.approvals]


class Witnessed:
    """What stood where after each attack, read by other means than the controller's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[str, Any] = {}

    def __call__(self, name: str, room: Room) -> None:
        fresh, found = self.folder / f"fresh {len(self.found)}", self.found
        if name == "rows":
            with closing(sqlite3.connect(room.folder / "drill.sqlite")) as base:
                asked = "SELECT rules.digest FROM in_force JOIN rules ON in_force.rules = rules.number"
                found[name] = {row[0] for row in base.execute(asked)}
                zones = "SELECT count(*) FROM zones WHERE regions = ?"
                found["zones"] = [
                    base.execute(zones, (each,)).fetchone()[0] for each in ("country", "east coast")
                ]
        elif name == "file":
            held = room.enforcement.held(room.air.now_us)
            assert held is not None
            raw = (room.folder / "mirror" / "log" / object_path(held.held.change.rules.object)).read_bytes()
            found[name] = (len(raw) == held.held.change.rules.size, unpack(raw[HEAD_SIZE:]).digest)
        elif name == "older":
            found[name] = believed(room, fresh, room.enforcement.source)
        elif name == "older, stopped":
            found[name] = believed(room, fresh, Folder(room.folder / "mirror" / "log"))
        elif name in ("one key", "back-dated"):
            found[name] = (last_change(room), room.now)
        elif name == "witness":
            found[name] = room.log.published.size
        elif name == "witness, later":
            logs = "".join(f"log {key.vkey}\n" for key in room.policy.logs)
            alone = Policy.parse(f"{logs}quorum none\n".encode())
            later_us = room.air.now_us + 3_600_000_000
            found[name] = believed(room, fresh, Folder(room.log.store.public), alone, later_us)
            found["published"] = room.log.published.size


Played = tuple[Scene, Act, Drill, Witnessed, Path]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The drill, played once, what was found beside it, and the log that it left."""
    scene, folder = read_scene("tamper"), tmp_path_factory.mktemp("tamper")
    known, held = Witnessed(folder), rules_of(WORLD)
    assert held is not None
    act = perform(scene, held, export=folder / "said", watching=known)
    return scene, act, review(scene, act), known, folder / "said"


def test_everybody_gets_what_the_untouched_rules_say_throughout(played: Played) -> None:
    scene, act, drill, _, _ = played
    value = json.loads(WORLD.path("tamper-east.geojson").read_text())
    east = shapely.from_geojson(json.dumps(value["features"][0]["geometry"]))
    off = shapely.contains_xy(east, scene.true_lon_deg, scene.true_lat_deg)
    served = act.played.outcome == Outcome.SERVE
    assert (served == ~off).all()
    assert (served.sum(), len(served)) == (WEST * ROUNDS, (WEST + EAST) * ROUNDS)
    assert (drill.wrongly_served, drill.wrongly_refused, drill.borderline) == (0, 0, 0)
    assert act.played.digests == (rules().digest,)
    assert drill.right
    assert json.loads(json.dumps(drill.to_dict(), allow_nan=False)) == drill.to_dict()


def test_the_dark_rules_and_those_before_would_have_changed_that() -> None:
    dark, before = play("tamper", rules=rules("dark")), play("tamper", rules=rules("before"))
    assert (dark.wrongly_served, dark.wrongly_refused) == (0, WEST * ROUNDS)
    assert before.wrongly_refused == 0
    assert before.wrongly_served == EAST * ROUNDS


def test_the_database_says_that_the_country_is_off(played: Played) -> None:
    *_, known, _ = played
    assert known.found["rows"] == {rules("dark").digest}
    country, renamed = known.found["zones"]
    assert country == 0
    assert renamed > 0


def test_the_rule_file_of_the_copy_is_another(played: Played) -> None:
    *_, known, _ = played
    assert known.found["file"] == (True, rules("dark").digest)


def test_who_saw_nothing_else_would_believe_the_older_log(played: Played) -> None:
    *_, known, _ = played
    assert known.found["older"] == known.found["older, stopped"] == rules("before").digest


def test_the_changes_that_were_forced_in_are_signed_by_right_keys(played: Played) -> None:
    *_, known, _ = played
    change, now = known.found["one key"]
    assert change.digest == rules("dark").digest
    assert signed(change) == ["network desk", "network desk"]
    assert change.effective_at > now
    change, now = known.found["back-dated"]
    assert change.digest == rules("dark").digest
    assert signed(change) == ["network desk", "licensing desk"]
    assert seconds_of(change.effective_at) == seconds_of(now) - 3600


def test_who_takes_the_logs_own_word_would_enforce_what_no_witness_saw(played: Played) -> None:
    *_, known, _ = played
    assert known.found["published"] > known.found["witness"]
    assert known.found["witness, later"] == rules("dark").digest


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("rows", ("The store was changed: its row in_force", "zones of the rule set")),
        ("file", ("The copy of the log was changed: log/object/",)),
        ("older", ("an older checkpoint is not taken", "an older copy")),
        ("one key", ("network desk signed twice with one key",)),
        ("back-dated", ("none is back-dated",)),
        ("witness", ("Too few witnesses answer", "south", "was cosigned by no witness")),
    ],
)
def test_each_attack_is_named_and_none_is_enforced(played: Played, name: str, words: tuple[str, ...]) -> None:
    drill = played[2]
    assert tuple(each["act"] for each in drill.asked["acts"]) == ATTACKS
    row = drill.asked["acts"][ATTACKS.index(name)]
    assert row["enforced"] == [rules().digest]
    assert row["as_before"] == row["checkins"] == 2 * (WEST + EAST)
    assert all(any(each in said for said in row["said"]) for each in words), row["said"]
    sentence = drill.story[1 + ATTACKS.index(name)]
    assert words[0][:20] in sentence
    assert len(drill.tables[0].rows) == len(ATTACKS)


def test_when_the_witness_is_back_the_change_was_seen_too_late(played: Played) -> None:
    drill = played[2]
    assert drill.asked["again"]["enforced"] == rules().digest[:12]
    assert any("none is back-dated" in each for each in drill.asked["again"]["said"])


def test_an_audit_of_the_log_finds_all_three_refused(played: Played) -> None:
    *_, folder = played
    account = account_of(Folder(folder), None, now=2_000_000_000)
    assert account.report.ok
    assert [bool(each.refused) for each in account.record.changes] == [False, False, True, True, True]
    assert account.record.last is not None
    assert account.record.last.change.digest == rules().digest


def test_what_was_done_and_said_is_drawn(played: Played) -> None:
    scene, act, *_ = played
    assert draw(scene, act).startswith(b"\x89PNG")


def test_the_drill_ends_in_failure_where_an_attack_is_not_named(played: Played) -> None:
    scene, act, *_ = played
    acts = [dict(each) for each in act.asked["acts"]]
    acts[3]["named"] = []
    asked = act.asked | {"acts": acts}
    assert not review(scene, Act(act.rules, act.played, asked, act.story)).right
    assert review(scene, act).right
    assert np.isin(act.played.outcome, (Outcome.SERVE, Outcome.REFUSE)).all()
