"""A zone is drawn with one corner in the wrong place: the dry run says so, and the roll-out stops in time."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.operate.drills import public
from openleo.operate.drills.governed import BEGINS_S, Room, governed
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import Event
from openleo.operate.drills.stage import Act, Played, Stage, Table, play_out, set_stage, spaced
from openleo.operate.dryrun import Carried, carried
from openleo.service.governance.draft import Draft
from openleo.service.governance.dryrun import DryRun, dry_run, last_seen
from openleo.service.governance.dryrun_wording import sentences, tables
from openleo.service.governance.entries import Stage as Step
from openleo.service.governance.pack import pack, unpack
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

DRAWN, RIGHT = "drawn", "zone"
"""The two outlines, by the names of the rule files of the world: as it was drafted, and as it was meant."""

ZONE: Final = "radio-quiet zone"
ASKS, TOLD = "observatory of QX", "Consumer council QX"
MEANT, NOT_MEANT = 0, 1
_WORD: Final = 2**64
MOST: Final = 5
"""Rows of tables of cells and accounts."""


@dataclass
class Course:
    """What happens in public while a drill is played, and what was known of it then.

    drafts: by outline, the changes as they were signed. tried: their dry runs, by register and by planner.
    refused: terminals refused in the zone, as the published figures had it when the draft was put right.
    """

    stage: Stage
    room: Room
    threads: int | None
    drafts: dict[str, Draft] = field(default_factory=dict)
    tried: dict[str, tuple[DryRun, Carried]] = field(default_factory=dict)
    refused: int = 0

    def draft(
        self, outline: str, begins_s: float, reason: str, by: tuple[str, ...], steps: tuple[Step, ...] = ()
    ) -> None:
        """Draft a change to the rules with an outline, make a dry run of it, and have it signed."""
        scene, room = self.stage.scene, self.room
        raw = pack(scene.world.path(f"{scene.world.name}-{outline}.rules.toml"))
        dry, planned = self.tried[outline] = self._try(unpack(raw), scene.after(begins_s))
        given = room.draft(
            raw, begins_s, requester=ASKS, reason=reason, stages=steps,
            basis="Fiction: order 12 of the authority of QX", touches=dry.touches(planned.touched_gbps),
        )  # fmt: skip
        self.drafts[outline] = room.approved(given, *by)

    def publish(self, outline: str) -> None:
        """Put it into the log, and have the party that is to be told say that it was."""
        given = self.drafts[outline]
        self.room.publish(given)
        self.room.receipt(given.change.hash, TOLD)

    def _try(self, after: "RuleSet", at: datetime) -> tuple[DryRun, Carried]:
        """A dry run against the rules that hold; in a stage, against those that most terminals are under.

        The list that is held against it is that of the observatory: the terminals that are meant.
        """
        scene, register = self.stage.scene, self.stage.controller.register
        standing = self.room.enforcement.held(self.room.air.now_us)
        assert standing is not None
        before = standing.former or standing.rules
        meant = np.flatnonzero(scene.terminals["role"] == MEANT)
        listed = [register.hardware(k) for k in meant.tolist()]
        dry = dry_run(before, after, register, last_seen(register), at, listed)
        return dry, carried(scene.world, before, after, at, dry=dry, threads=self.threads)


def perform(
    scene: Scene, rules: "RuleSet", *, threads: int | None = None, by_log: bool = True,
    export: Path | None = None,
) -> Act:  # fmt: skip
    """Play it: what the dry run said of the draft, whom its first stage cut, and what undid it.

    by_log: decide by what stands in the log of the drill; else by `rules` alone: nothing is changed then, and
    the truth is that of the last rules. export: a folder for the log.
    """
    if not by_log:
        with set_stage(scene, rules, threads=threads) as stage:
            played = play_out(stage, batch_s=240.0)
        rounds = _rounds(scene, played)
        plain = ("Played by the rules of a file, without a log: nothing is drafted, and nothing changes.",)
        return Act(rules, played, {"rounds": rounds}, plain, (_rounds_table(rounds),))
    with governed(scene) as room:
        first = room.draft(
            scene.world.path(scene.world.rules), BEGINS_S + 3600.0, requester="Operator Q",
            reason="Fiction: service begins.", basis="Fiction: licence of the authority of QX of 2025-10-01",
        )  # fmt: skip
        room.publish(room.approved(first, "network desk", "licensing desk"))
        room.receipt(first.change.hash, TOLD)
        with set_stage(scene, rules, threads=threads, room=room) as stage:
            course = Course(stage, room, threads)
            played = play_out(stage, batch_s=1.0, events=_events(course))
        if export is not None:
            room.export(export)
        governance, lines = public.told(room, played), public.lines(room)
    truth = truth_of(scene, course.drafts[DRAWN].change.hash)
    asked = _asked(scene, played, course, governance)
    story = (*_story(scene, asked), public.past_line(governance))
    shown = _tables(asked, course.tried[DRAWN][0])
    return Act(rules, played, asked, story, shown, governance=governance, public=lines, truth=truth)


def _events(course: Course) -> list[Event]:
    """What happens in public, in order of time."""
    room, facts = course.room, course.stage.scene.facts
    steps = (
        Step(facts["share"], (), room.time(facts["begins_s"])),
        Step(1.0, (), room.time(facts["second_s"])),
    )

    def draft(*_: object) -> None:
        reason = "Fiction: a telescope listens there from today on."
        course.draft(DRAWN, facts["begins_s"], reason, ("network desk", "licensing desk"), steps)

    def put_right(*_: object) -> None:
        (today,) = course.stage.controller.published.between(region=ZONE)
        course.refused = sum(today.refused.values())
        reason = "Fiction: one corner of the zone was 1 degree too far east, and took in a town."
        course.draft(RIGHT, facts["right_s"], reason, ("legal desk", "licensing desk"))

    return [
        (course.stage.scene.epoch_us + facts[when] * 1_000_000, happens)
        for when, happens in (
            ("draft_s", draft), ("publish_s", lambda *_: course.publish(DRAWN)),
            ("look_again_s", put_right), ("right_publish_s", lambda *_: course.publish(RIGHT)),
        )
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------- the truth


def splitmix64(seed: int, count: int) -> list[int]:
    """The first outputs of the generator SplitMix64 after a seed, and the one at the seed itself before them.

    Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014. In whole numbers, and
    apart from `service.force`, which is held against it.
    """
    found = []
    for number in range(count):
        z = (seed + number * 0x9E3779B97F4A7C15) % _WORD
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % _WORD
        z = (z ^ z >> 27) * 0x94D049BB133111EB % _WORD
        found.append(z ^ z >> 31)
    return found


def truth_of(scene: Scene, change: str) -> NDArray[np.int8]:
    """The most (an Outcome, (N,)) that each check-in may be granted, now that the hash of the draft is known.

    Which terminals a share holds depends on that hash, and so it cannot stand in the script: it is worked out
    here as docs/models/enforcement.md has it. What the script knows is who would be cut, and from when until
    when; there was one stage.
    """
    seed = int.from_bytes(hashlib.sha256(change.encode()).digest()[:8], "big")
    below = scene.facts["share"] * _WORD
    share = np.array([z < below for z in splitmix64(seed, len(scene.terminals["role"]))])
    after_s = (scene.time_us - scene.epoch_us) / 1e6
    stage = (after_s >= scene.facts["begins_s"]) & (after_s < scene.facts["right_s"])
    inside = np.isin(scene.terminals["role"], (MEANT, NOT_MEANT))
    truth = scene.truth.copy()
    truth[stage & (share & inside)[scene.terminal]] = Outcome.REFUSE
    return truth


# ------------------------------------------------------------------------------------- what it is about


def _asked(scene: Scene, played: Played, course: Course, governance: dict[str, Any]) -> dict[str, Any]:
    facts, role = scene.facts, scene.terminals["role"]
    begins_us, right_us = (scene.epoch_us + facts[name] * 1_000_000 for name in ("begins_s", "right_s"))
    stage = (scene.time_us >= begins_us) & (scene.time_us < right_us)
    cut = np.unique(scene.terminal[stage & (played.outcome < Outcome.LIMITED)])
    dark = _dark_minutes(scene, played, cut[role[cut] == NOT_MEANT])
    change = course.drafts[DRAWN].change
    entry = next(each["entry"] for each in governance["changes"] if each["change"] == change.hash)
    reached = [each["stage"] for each in governance["terms"] if each["index"] == entry]
    return {
        "dry_run": _said(*course.tried[DRAWN]),
        "dry_run_again": _said(*course.tried[RIGHT]),
        "stage": {
            "share": facts["share"], "began": change.stages[0].at, "second_planned_for": change.stages[1].at,
            "stages_begun": len(set(reached)), "minutes": (right_us - begins_us) / 60e6,
        },
        "figures": {"at": f"{scene.after(facts['look_again_s']):%H:%M}", "refused_in_zone": course.refused},
        "cut": cut.tolist(),
        "cut_by_mistake": int((role[cut] == NOT_MEANT).sum()),
        "cut_meant": int((role[cut] == MEANT).sum()),
        "not_meant": int((role == NOT_MEANT).sum()),
        "dark_minutes": {"median": float(np.median(dark)), "longest": float(dark.max())},
        "rounds": _rounds(scene, played),
    }  # fmt: skip


def _said(dry: DryRun, planned: Carried) -> dict[str, Any]:
    """What a dry run says: terminals, accounts and cells, the list, and the planner's Gbit/s."""
    checked, counted = dry.checked, dry.count()
    assert checked is not None
    assert dry.listed is not None
    beyond = dry.count(~dry.listed)
    touched = dry.touches(planned.touched_gbps)
    return {
        "loses": touched.loses, "gains": touched.gains, "accounts": counted["accounts"],
        "cells": counted["cells"], "listed": checked.hit, "beyond": beyond["terminals"],
        "beyond_accounts": beyond["accounts"], "beyond_cells": beyond["cells"], "agrees": checked.agrees,
        "before_gbps": float(planned.before_bps.sum() / 1e9),
        "after_gbps": float(planned.after_bps.sum() / 1e9), "sentences": list(sentences(dry)),
    }  # fmt: skip


def _rounds(scene: Scene, played: Played) -> list[dict[str, Any]]:
    """Round by round: how many checked in, and how many were refused of those that were meant and not."""
    role = scene.terminals["role"][scene.terminal]
    refused = played.outcome < Outcome.LIMITED
    begins = scene.epoch_us + np.array(scene.facts["rounds_s"]) * 1_000_000
    of = np.searchsorted(begins, scene.time_us, side="right") - 1
    rows = []
    for number, seconds in enumerate(scene.facts["rounds_s"]):
        mine = of == number
        rows.append(
            {
                "from": f"{scene.after(seconds):%H:%M:%S}", "checkins": int(mine.sum()),
                "refused_meant": int((mine & refused & (role == MEANT)).sum()),
                "refused_not_meant": int((mine & refused & (role == NOT_MEANT)).sum()),
                "refused_elsewhere": int((mine & refused & (role > NOT_MEANT)).sum()),
            }
        )  # fmt: skip
    return rows


def _dark_minutes(scene: Scene, played: Played, terminals: NDArray[np.int64]) -> NDArray[np.float64]:
    """How long each of these terminals was without service: from the end of its grant to its next one."""
    served = played.outcome >= Outcome.LIMITED
    found = []
    for terminal in terminals.tolist():
        mine = np.flatnonzero(scene.terminal == terminal)
        first = int(np.flatnonzero(~served[mine])[0])
        again = scene.time_us[mine][first:][served[mine][first:]]
        found.append((int(again[0]) - int(played.valid_us[mine[first - 1]])) / 60e6)
    return np.array(found)


# ----------------------------------------------------------------------------------------- for people


def _story(scene: Scene, asked: dict[str, Any]) -> tuple[str, ...]:
    dry, again, facts = asked["dry_run"], asked["dry_run_again"], scene.facts
    begins, second, right = (f"{scene.after(facts[k]):%H:%M}" for k in ("begins_s", "second_s", "right_s"))
    stage, dark, figures = asked["stage"], asked["dark_minutes"], asked["figures"]
    agrees = "those of the list and no other" if again["agrees"] else "and not those of the list"
    return (
        f"A zone without terminals is drafted around a telescope, for {dry['listed']} that are on a list. One"
        f" digit of one corner is wrong: {facts['degrees_off']:g} degree of longitude.",
        f"The dry run says so: {spaced(dry['loses'])} terminals would lose service, of"
        f" {spaced(dry['accounts'])} accounts, in {dry['cells']} cells that carry {dry['before_gbps']:.1f}"
        f" Gbit/s and would carry {dry['after_gbps']:.1f}; {spaced(dry['beyond'])} of them are not on the"
        f" list, of {spaced(dry['beyond_accounts'])} accounts, in {dry['beyond_cells']} cells.",
        f"Two offices approve it nevertheless, in stages: {100.0 * facts['share']:g} % of all terminals from"
        f" {begins} UTC on, the others from {second} on if somebody lets it proceed. Nobody does.",
        f"At {figures['at']} the published figures have {figures['refused_in_zone']} terminals refused in the"
        f" zone; {asked['cut_by_mistake']} of them are not on the list.",
        f"Cut by the mistake: {asked['cut_by_mistake']} of {spaced(asked['not_meant'])}, for"
        f" {stage['minutes']:.0f} minutes. Until their next check-in they were without service for"
        f" {dark['median']:.0f} minutes at the median, {dark['longest']:.0f} at the most.",
        f"A change with the right corner takes its place at {right}: its dry run touches"
        f" {again['loses']} terminals, {agrees}.",
    )


def _beyond(dry: DryRun) -> tuple[Table, ...]:
    """The cells and the accounts of those who would be cut and are not on the list, the most hit first."""
    found = (each for each in tables(dry, most=MOST) if each.title.endswith("not on the list"))
    return tuple(
        Table(
            f"{each.title} ({len(each.rows)} of {spaced(len(each.rows) + each.left_out)})",
            each.head[:-3], tuple(row[:-3] for row in each.rows),
        )
        for each in found
    )  # fmt: skip


def _tables(asked: dict[str, Any], dry_run: DryRun) -> tuple[Table, ...]:
    dry, again = asked["dry_run"], asked["dry_run_again"]

    def row(what: str, said: dict[str, Any]) -> tuple[str, ...]:
        keys = ("loses", "listed", "beyond", "accounts", "cells")
        rates = (f"{said[name]:.1f}" for name in ("before_gbps", "after_gbps"))
        return (what, *(spaced(said[name]) for name in keys), *rates)

    return (
        Table(
            "Dry runs: who would lose service",
            ("", "terminals", "on the list", "not on it", "accounts", "cells", "Gbit/s now", "then"),
            (row("as drafted", dry), row("put right", again)),
        ),
        *_beyond(dry_run),
        _rounds_table(asked["rounds"]),
    )  # fmt: skip


def _rounds_table(rounds: list[dict[str, Any]]) -> Table:
    keys = ("checkins", "refused_meant", "refused_not_meant", "refused_elsewhere")
    return Table(
        "Check-ins round by round (UTC), and how many were refused",
        ("from", "check-ins", "meant", "not meant", "elsewhere"),
        tuple((each["from"], *(spaced(each[name]) for name in keys)) for each in rounds),
    )
