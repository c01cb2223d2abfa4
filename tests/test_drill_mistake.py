"""The drill `mistake`: what its dry run foretold, whom its first stage cut, and that it went no further."""

import hashlib
import json
from datetime import timedelta
from functools import cache
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pytest
import rfc8785
import shapely
from numpy.typing import NDArray

from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tree
from openleo.operate.drill import Drill, judged, perform, play, review
from openleo.operate.drills.drawing import draw
from openleo.operate.drills.mistake import splitmix64, truth_of
from openleo.operate.drills.scene import Scene, drills, read_scene
from openleo.operate.drills.stage import Act
from openleo.service.records import Outcome
from openleo.service.regions import RuleSet

pytestmark = pytest.mark.slow

WORLD = read_scene("mistake").world
MEANT, NOT_MEANT, COUNT = 240, 3000, 12_000
SHARE, MINUTES = 0.05, 39


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Act, Drill, Path]:
    """The drill, played once, and the log that it left."""
    folder = tmp_path_factory.mktemp("log") / "said"
    scene, act = perform("mistake", export=folder)
    return scene, act, review(scene, act), folder


@cache
def inside(outline: str) -> NDArray[np.bool_]:
    """Which terminals stand in an outline, as shapely has it."""
    value = json.loads(WORLD.path(f"mistake-{outline}.geojson").read_text())
    polygon = shapely.from_geojson(json.dumps(value["features"][0]["geometry"]))
    lat, lon = read_scene("mistake").homes()
    return np.asarray(shapely.contains_xy(polygon, lon, lat))


def at(scene: Scene, clock: str) -> int:
    """A time of the first day, in microseconds."""
    hours, minutes = (int(part) for part in clock.split(":"))
    return scene.epoch_us + round(timedelta(hours=hours, minutes=minutes).total_seconds() * 1e6)


def entries(folder: Path) -> list[dict[str, object]]:
    """The entries of an exported log."""
    size = int((folder / "checkpoint").read_text().splitlines()[1])
    return [json.loads(raw) for raw in Tree(Folder(folder), size).entries()]


def in_share(change: dict[str, object], share: float) -> NDArray[np.bool_]:
    """Which terminals a share of a change reaches, from its entry alone; canonical JSON is rfc8785's."""
    bare = {name: value for name, value in change.items() if name != "approvals"}
    named = hashlib.sha256(rfc8785.dumps(bare)).hexdigest()  # type: ignore[arg-type]
    seed = int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big")
    return np.array([z / 2**64 < share for z in splitmix64(seed, COUNT)])


def refused(scene: Scene, act: Act, since: str, until: str) -> list[int]:
    """The terminals that were refused at some check-in between two times."""
    then = (scene.time_us >= at(scene, since)) & (scene.time_us < at(scene, until))
    return np.unique(scene.terminal[then & (act.played.outcome < Outcome.LIMITED)]).tolist()


def test_the_generator_is_splitmix64() -> None:
    # The first five outputs for the seed 1234567, as implementations in many languages publish them.
    assert splitmix64(1234567, 6)[1:] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
        16408922859458223821,
    ]  # fmt: skip


def test_nothing_is_wrong_by_the_rules_that_the_log_set_in_force(
    played: tuple[Scene, Act, Drill, Path],
) -> None:
    _, _, drill, _ = played
    assert "mistake" in drills()
    assert drill.terminals == COUNT
    assert drill.served + sum(drill.refused.values()) == drill.checkins == len(read_scene("mistake"))
    assert (drill.wrongly_served, drill.wrongly_refused, drill.borderline) == (0, 0, 0)
    assert drill.right
    assert json.loads(json.dumps(drill.to_dict(), allow_nan=False)) == drill.to_dict()


def test_the_dry_run_says_whom_the_draft_would_cut_and_that_the_list_does_not_agree(
    played: tuple[Scene, Act, Drill, Path],
) -> None:
    scene, act, _, _ = played
    said, again = act.asked["dry_run"], act.asked["dry_run_again"]
    meant, cut = inside("zone"), inside("drawn")
    assert (meant.sum(), (cut & ~meant).sum(), (meant & ~cut).sum()) == (MEANT, NOT_MEANT, 0)
    assert (said["loses"], said["gains"]) == (MEANT + NOT_MEANT, 0)
    assert (said["listed"], said["beyond"], said["agrees"]) == (MEANT, NOT_MEANT, False)
    assert (again["loses"], again["listed"], again["beyond"], again["agrees"]) == (MEANT, MEANT, 0, True)
    account = scene.terminals["buyer"]
    first = np.flatnonzero(scene.sequence() == 0)
    cell = np.zeros(COUNT, np.uint64)
    for k in first.tolist():
        cell[scene.terminal[k]] = h3.latlng_to_cell(scene.lat_deg[k], scene.lon_deg[k], 5)
    for name, which in (("", cut), ("beyond_", cut & ~meant)):
        assert said[f"{name}accounts"] == len(np.unique(account[which]))
        assert said[f"{name}cells"] == len(np.unique(cell[which]))
    assert said["before_gbps"] > said["after_gbps"] > 0.0
    assert any("THE LIST DOES NOT AGREE" in each for each in said["sentences"])


def test_the_public_change_carries_what_the_dry_run_found(played: tuple[Scene, Act, Drill, Path]) -> None:
    _, _, _, folder = played
    _, drawn, right = (each for each in entries(folder) if each["type"] == "rules-change")
    touched = drawn["touches"]
    assert isinstance(touched, dict)
    assert (touched["loses"], touched["terminals"]) == (MEANT + NOT_MEANT, MEANT + NOT_MEANT)
    assert right["touches"]["loses"] == MEANT  # type: ignore[index]


def test_only_the_share_is_cut_and_the_roll_out_stops_at_its_first_stage(
    played: tuple[Scene, Act, Drill, Path],
) -> None:
    scene, act, drill, folder = played
    said = entries(folder)
    _, drawn, _ = (each for each in said if each["type"] == "rules-change")
    assert [stage["at"][11:16] for stage in drawn["stages"]] == ["10:00", "10:15"]  # type: ignore[attr-defined]
    assert not any(each["type"] == "rules-proceed" for each in said)
    reached = np.flatnonzero(in_share(drawn, SHARE) & inside("drawn")).tolist()
    assert 80 < len(reached) < 260
    assert refused(scene, act, "00:00", "10:00") == []
    assert refused(scene, act, "10:00", "10:15") == reached
    assert refused(scene, act, "10:15", "10:39") == reached  # the second stage was planned for 10:15
    assert refused(scene, act, "10:39", "24:00") == np.flatnonzero(inside("zone")).tolist()
    by_mistake = [each for each in reached if not inside("zone")[each]]
    assert drill.asked["cut_by_mistake"] == len(by_mistake)
    assert drill.asked["cut_meant"] == len(reached) - len(by_mistake)
    assert drill.asked["figures"] == {"at": "10:21", "refused_in_zone": len(reached)}
    assert drill.asked["stage"]["minutes"] == MINUTES
    assert drill.asked["stage"]["stages_begun"] == 1
    assert f"Cut by the mistake: {len(by_mistake)} of 3\u202f000, for {MINUTES} minutes." in " ".join(
        drill.story
    )


def test_no_grant_outlives_a_change_by_more_than_a_minute(played: tuple[Scene, Act, Drill, Path]) -> None:
    scene, act, drill, _ = played
    assert drill.governance is not None
    served = act.played.outcome >= Outcome.LIMITED
    for clock, met in zip(("10:00", "10:39"), drill.governance["changes_met"], strict=True):
        begins = at(scene, clock)
        last = act.played.valid_us[served & (scene.time_us < begins)].max()
        assert begins < last <= begins + 60_000_000  # some were given before the controller knew of it
        assert met["longest_s"] == (last - begins) / 1e6
        assert met["begins"] == f"2026-06-01T{clock}:00Z"


def test_those_cut_by_mistake_wait_at_least_as_long_as_the_stage(
    played: tuple[Scene, Act, Drill, Path],
) -> None:
    scene, act, drill, _ = played
    dark = drill.asked["dark_minutes"]
    served = act.played.outcome >= Outcome.LIMITED
    longest = 0.0
    for terminal in refused(scene, act, "10:00", "10:39"):
        mine = scene.terminal == terminal
        if inside("zone")[terminal]:
            continue
        before = act.played.valid_us[mine & served & (scene.time_us < at(scene, "10:00"))].max()
        after = scene.time_us[mine & served & (scene.time_us >= at(scene, "10:39"))].min()
        longest = max(longest, (after - before) / 60e6)
    assert dark["longest"] == pytest.approx(longest)
    assert MINUTES - 1 < dark["median"] <= dark["longest"] < MINUTES + 6


def test_another_share_would_be_noticed(played: tuple[Scene, Act, Drill, Path]) -> None:
    scene, act, _, _ = played
    more, less, _ = judged(scene, act.played, truth_of(scene, "0" * 64))
    assert more.any()
    assert less.any()


def test_the_drafted_rules_for_all_would_be_noticed() -> None:
    scene = read_scene("mistake")
    drill = play("mistake", rules=RuleSet.load(WORLD.path("mistake-drawn.rules.toml")))
    before = scene.time_us < at(scene, "10:39")
    cut = inside("drawn")[scene.terminal] & (before | ~inside("zone")[scene.terminal])
    assert drill.governance is None
    assert (drill.wrongly_served, drill.wrongly_refused) == (0, int(cut.sum()))


def test_who_was_cut_is_drawn_on_a_map(played: tuple[Scene, Act, Drill, Path]) -> None:
    scene, act, _, _ = played
    assert draw(scene, act).startswith(b"\x89PNG")
