"""Somebody at the controller's machine edits what it reads, in six ways: nothing of it is enforced."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from openleo.operate.drills import public
from openleo.operate.drills.governed import BEGINS_S, Room, governed
from openleo.operate.drills.intruder import ATTACKS, DESKS, OLDER, Intruder, Machine
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import Event
from openleo.operate.drills.stage import Act, Played, Stage, Table, lit_twin, play_out, set_stage, spaced
from openleo.service.controller import Controller
from openleo.service.governance.pack import pack
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

Watching = Callable[[str, Room], None]
"""Told of each part of an attack, before the controller looks: "<name>", with ", later" or ", stopped"."""

TOLD: Final = "Oversight body QY"
SHORT: Final = 50
"""Characters of a sentence in the table; the story has all of it."""
HEAR_S: Final = 60.0
"""So long after each part of an attack it is read what the controller says: it compares once a minute."""
LATER_S: Final = 120.0

_HASH: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def perform(
    scene: Scene, rules: "RuleSet", *, threads: int | None = None, by_log: bool = True,
    export: Path | None = None, watching: Watching | None = None,
) -> Act:  # fmt: skip
    """Play it: after each attack everybody checks in twice, the second time with a controller begun anew.

    by_log: decide by what stands in the log of the drill; else by `rules` alone, and nothing is attacked.
    export: a folder for the log. watching: is told of each attack.
    """
    if not by_log:
        with set_stage(scene, rules, threads=threads) as stage:
            story = ("Played by the rules of a file, without a log: nobody attacks anything.",)
            return Act(rules, play_out(stage, batch_s=240.0), {}, story)
    with governed(scene) as room, _quiet():
        _begin(room)
        with _machine(scene, rules, room, threads) as (stage, machine):
            intruder = Intruder(room, machine, pack(scene.world.path("tamper-dark.rules.toml")))
            intruder.hear("before")
            played = play_out(stage, batch_s=1.0, events=_events(scene, intruder, watching))
            last_s = max(scene.facts["acts_s"].values()) + 2.0 * scene.facts["again_s"]
            room.turn(last_s)
            intruder.witness_again()
            intruder.hear("again")
            back = room.enforcement.rules_at(room.air.now_us)
        if export is not None:
            room.export(export)
        governance, lines = public.told(room, played), public.lines(room)
    asked = _asked(scene, rules, played, intruder)
    asked["again"] = {
        "enforced": back.digest[:12] if back is not None else "", "said": intruder.told.get("again", [])
    }  # fmt: skip
    return Act(rules, played, asked, _story(asked), (_table(asked),), governance=governance, public=lines)


@contextmanager
def _quiet() -> Iterator[None]:
    """What the controller would write to the standard error is told by the drill."""
    log, none = logging.getLogger("openleo.enforcement"), logging.NullHandler()
    log.addHandler(none)
    try:
        yield
    finally:
        log.removeHandler(none)


def _begin(room: Room) -> None:
    """Two changes long ago: service everywhere, and then not on the east coast; what was before is kept."""
    for name, seconds, reason, basis in (
        ("before", BEGINS_S, "Fiction: service begins.", "Fiction: licence of 2025-11-01"),
        ("", -7200.0, "Fiction: frequencies there are needed for something else.", "Fiction: order 4 of QY"),
    ):
        room.turn(seconds)
        rules = room.scene.world.path(f"{'-'.join(filter(None, ('tamper', name)))}.rules.toml")
        given = room.draft(
            rules, seconds + 3600.0, requester="Authority of QY", reason=reason, basis=basis
        )  # fmt: skip
        room.publish(room.approved(given, *DESKS))
        room.receipt(given.change.hash, TOLD)
        if seconds == BEGINS_S:
            room.export(room.folder / OLDER)


@contextmanager
def _machine(
    scene: Scene, rules: "RuleSet", room: Room, threads: int | None
) -> "Iterator[tuple[Stage, Machine]]":
    """The stage with a machine that can begin anew; every cell is lit, so that rules alone decide."""
    from openleo.service.regions import RuleSet

    lit = RuleSet.load(scene.world.path("tamper-before.rules.toml"))
    twin = lit_twin(scene, lit, threads=threads)
    room.air.gateways = tuple(each.name for each in twin.ground.gateways)
    room.turn(0.0)
    room.enforcement.follow()
    machine = Machine(scene, room, rules)
    try:
        # what is played asks of a controller no more than a machine has
        yield Stage(scene, rules, twin, cast("Controller", machine), room.air, room), machine
    finally:
        machine.close()


def _events(scene: Scene, intruder: Intruder, watching: Watching | None) -> list[Event]:
    """Each attack, what the controller says of it, its new beginning, and what it says then."""
    room, again_s = intruder.room, scene.facts["again_s"]

    def part(name: str, of: str, does: Callable[[Intruder], None] | None) -> None:
        if does is not None:
            does(intruder)
            if watching is not None:
                watching(f"{name}{of}", room)
            room.changed()

    def anew(name: str) -> None:
        part(name, ", stopped", ATTACKS[name].stopped)
        intruder.machine.begin_anew()

    found: list[Event] = []
    for name, seconds in scene.facts["acts_s"].items():
        for after_s, happens in (
            (0.0, lambda name: part(name, "", ATTACKS[name].act)),
            (HEAR_S, intruder.hear),
            (LATER_S, lambda name: part(name, ", later", ATTACKS[name].later)),
            (LATER_S + HEAR_S, intruder.hear),
            (again_s, anew),
            (again_s + HEAR_S, intruder.hear),
        ):
            at_us = scene.epoch_us + round((seconds + after_s) * 1e6)
            found.append((at_us, lambda *_, happens=happens, name=name: happens(name)))
    return found


# ------------------------------------------------------------------------------------- what came of it


def _asked(scene: Scene, rules: "RuleSet", played: Played, intruder: Intruder) -> dict[str, Any]:
    more = played.outcome > scene.truth
    less = played.outcome < np.minimum(scene.truth, Outcome.LIMITED)
    rows = []
    for name, seconds in scene.facts["acts_s"].items():
        begins_us = scene.epoch_us + seconds * 1_000_000
        mine = (scene.time_us >= begins_us) & (scene.time_us < begins_us + 3_600_000_000)
        said = intruder.told.get(name, [])
        digests = {played.digests[k] for k in np.unique(played.rules[mine]).tolist()}
        rows.append(
            {
                "act": name, "done": ATTACKS[name].done, "checkins": int(mine.sum()),
                "as_before": int((mine & ~more & ~less).sum()), "enforced": sorted(digests),
                "untouched": digests == {rules.digest}, "named": _named(said), "said": said,
            }
        )  # fmt: skip
    return {
        "west": scene.facts["west"], "east": scene.facts["east"], "digest": rules.digest, "acts": rows,
        "not_published": intruder.not_published,
    }  # fmt: skip


def _named(sentences: list[str]) -> list[str]:
    """What names an attack, of all that was new: nothing twice, and hashes by their beginnings."""
    taken, nothing = "The log was not taken: ", "Nothing new is enforced: "
    twice = {each.replace(taken, nothing, 1) for each in sentences if each.startswith(taken)}
    found = (each for each in sentences if each not in twice and not each.startswith("The log was last"))
    return [_HASH.sub(r"\1…", each).rstrip(".") for each in found]


def _story(asked: dict[str, Any]) -> tuple[str, ...]:
    said = [
        f"{asked['west']} terminals are served in the west of a country, {asked['east']} are refused on its"
        " east coast, by rules that stand in a log. Somebody at the controller's machine would have it"
        " otherwise.",
    ]
    for number, each in enumerate(asked["acts"], 1):
        held = "the rules of the log" if each["untouched"] else "OTHER RULES"
        named = ". ".join(each["named"][:2]) or "nothing"
        said.append(
            f"{number}. {each['done']} Enforced: {held}, at {spaced(each['as_before'])} of"
            f" {spaced(each['checkins'])} check-ins. Said: {named}."
        )
    late = next((one for one in asked["again"]["said"] if one.startswith("Entry")), "nothing")
    said.append(f"When the witness is back, the change that nobody saw does not count: {late.rstrip('.')}.")
    return tuple(said)


def _table(asked: dict[str, Any]) -> Table:
    def cut(text: str) -> str:
        return (text if len(text) <= SHORT else f"{text[: SHORT - 1]}…").ljust(SHORT)

    return Table(
        f"Six attacks; the rules of the log are {asked['digest'][:12]}",
        ("what was done", "rules enforced", "check-ins as before", cut("what was said first")),
        tuple(
            (
                ATTACKS[each["act"]].short, ", ".join(digest[:12] or "none" for digest in each["enforced"]),
                f"{spaced(each['as_before'])} of {spaced(each['checkins'])}",
                cut(next(iter(each["named"]), "nothing")),
            )
            for each in asked["acts"]
        ),
    )  # fmt: skip
