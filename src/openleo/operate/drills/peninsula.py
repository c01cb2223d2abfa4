"""Service is switched off on a peninsula and in the sea around it, in public; boats sail toward it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import DAY_S, Act, Played, play_out, set_stage
from openleo.service.records import Flag, Outcome

if TYPE_CHECKING:
    from openleo.operate.drills.governed import Room
    from openleo.operate.drills.service import Event
    from openleo.service.governance.draft import Draft
    from openleo.service.regions import RuleSet

BEGINS_S: Final = 600.0
"""When the change takes effect, after the first check-in: no boat is past the line before."""
SEEN_S: Final = BEGINS_S - 249.0
"""When it is published: 240 s before it begins at the latest, as grants of 300 s ask for."""

BOARD: Final = "Board of Operator Q"
DESKS: Final = ("network desk", "legal desk")
LICENSING: Final = "licensing desk"
PARTY: Final = "Oversight body QP"
WHERE: Final = ("peninsula", "sea around the peninsula")


def perform(
    scene: Scene, rules: "RuleSet", *, threads: int | None = None, by_log: bool = True,
    export: Path | None = None,
) -> Act:  # fmt: skip
    """Play it: where each boat was last served, whether its calls were heard, and who asked for what.

    by_log: decide by what stands in the log of the drill; else by `rules` alone, and nothing is asked or
    changed. export: a folder for the log.
    """
    from openleo.operate.drills import public

    if not by_log:
        with set_stage(scene, rules, threads=threads) as stage:
            played = play_out(stage, batch_s=1.0)
        asked = _asked(scene, played)
        return Act(rules, played, asked, (*_story(scene, asked), public.NO_LOG))
    from openleo.operate.drills.governed import governed

    with governed(scene) as room:
        _begin(room)
        with set_stage(scene, rules, threads=threads, room=room) as stage:
            played = play_out(stage, batch_s=1.0, events=_Course(room).events())
            room.turn(DAY_S + 900.0)
            room.close_day(stage.controller)
        _give_grounds(room)
        if export is not None:
            room.export(export)
        governance, lines = public.told(room, played), public.lines(room)
    asked = _asked(scene, played)
    story = (*_story(scene, asked), *_in_public(governance), public.past_line(governance))
    return replace(Act(rules, played, asked, story), governance=governance, public=lines)


# ------------------------------------------------------------------ what happens in public


def _begin(room: "Room") -> None:
    """The first rules: service is on, the peninsula and its sea included."""
    room.turn(-20.0 * DAY_S)
    first = room.draft(
        room.scene.world.path("peninsula-before.rules.toml"), -17.0 * DAY_S, requester=BOARD,
        reason="Fiction: vessels asked for service along the coast of QP.",
        basis="Fiction: licence of the authority of QP of 2026-01-15",
    )  # fmt: skip
    first = room.approved(first, DESKS[0])
    room.turn(-19.0 * DAY_S)
    room.publish(room.approved(first, LICENSING))
    room.turn(-18.8 * DAY_S)
    room.receipt(first.change.hash, PARTY)


class _Course:
    """What happens in public while the boats are under way."""

    def __init__(self, room: "Room") -> None:
        self.room = room
        self.off: Draft | None = None
        self.asked = -1

    def events(self) -> "list[Event]":
        """All of it, in order of time."""
        steps = (
            (30.0, self.draft), (180.0, self.approve), (SEEN_S, self.publish), (420.0, self.tell),
            (1000.0, self.ask_on), (1180.0, self.refuse), (1240.0, self.ask_off), (1400.0, self.leave),
        )  # fmt: skip
        return [(self.room.scene.epoch_us + round(at * 1e6), happens) for at, happens in steps]

    def draft(self, *_: object) -> None:
        """The board asks for the change."""
        self.off = self.room.draft(
            self.room.scene.world.path("peninsula.rules.toml"), BEGINS_S, requester=BOARD,
            reason="Fiction: boats without crews are said to make for the peninsula; the network is not to "
            "steer them.",
        )  # fmt: skip

    def approve(self, *_: object) -> None:
        """The first of two offices approves it."""
        assert self.off is not None
        self.off = self.room.approved(self.off, LICENSING)

    def publish(self, *_: object) -> None:
        """The second approves it, and it goes into the log."""
        assert self.off is not None
        self.off = self.room.approved(self.off, DESKS[1], interests="None.")
        self.room.publish(self.off)

    def tell(self, *_: object) -> None:
        """The party that is to be told gives its receipt."""
        assert self.off is not None
        self.room.receipt(self.off.change.hash, PARTY)

    def ask_on(self, *_: object) -> None:
        """The neighbour asks for service."""
        asked = self.room.asked(
            "Government of QX", "on", WHERE, on_behalf_of="Navy of QX", relayed_by="Embassy of QX"
        )
        self.asked = self.room.ask(asked, "We ask that service be switched on along the whole coast tonight.")

    def refuse(self, *_: object) -> None:
        """Two offices refuse it."""
        self.room.answer(
            self.asked, "refused", DESKS,
            "What holds is what stands in public; neither of us signs a change that one side asks for.",
        )  # fmt: skip

    def ask_off(self, *_: object) -> None:
        """A third party asks that it stay off."""
        asked = self.room.asked("Government of QY", "off", WHERE)
        self.asked = self.room.ask(asked, "We heard what QX asks for. We ask that service stay off.")

    def leave(self, *_: object) -> None:
        """It is off already."""
        self.room.answer(self.asked, "in part", DESKS, "It is off already; nothing is promised beyond that.")


def _give_grounds(room: "Room") -> None:
    """On the next day: a legal basis, beside the reason that was given first."""
    room.turn(1.5 * DAY_S)
    placed = room.account().record.last
    assert placed is not None
    room.grounds(
        placed.change.hash, "Fiction: the licence of the operator does not cover steering across a front.",
        "Fiction: condition 4 of licence QZ-17",
    )  # fmt: skip


# ------------------------------------------------------------------ what came of it


def _asked(scene: Scene, played: Played) -> dict[str, Any]:
    boats = _boats(scene, played)
    calls = (scene.flags & Flag.DISTRESS) != 0
    answered = calls & (played.outcome >= Outcome.EMERGENCY)
    last = np.array([each["last_served_before_line_m"] for each in boats], float)
    return {
        "boats": len(boats),
        "line_km": scene.facts["line_km"],
        "speed_knots": scene.facts["speed_knots"],
        "step_s": scene.facts["step_s"],
        "last_served_before_line_m": {
            "least": float(last.min()),
            "median": float(np.median(last)),
            "greatest": float(last.max()),
        },
        "served_past_accuracy": int(sum(each["served_past_accuracy"] for each in boats)),
        "grants_past_line": int(sum(each["grants_past_line"] for each in boats)),
        "distress_calls": int(calls.sum()),
        "distress_answered": int(answered.sum()),
        "each_boat": boats,
    }


def _boats(scene: Scene, played: Played) -> list[dict[str, Any]]:
    """Each boat in figures; distances are before the line where positive and past it where negative."""
    allowed = scene.truth == Outcome.SERVE
    before_m: NDArray[np.float64] = np.where(allowed, scene.margin_m, -scene.margin_m)
    served = played.outcome >= Outcome.LIMITED
    boats = []
    for boat in range(int(scene.terminal.max()) + 1):
        own = np.flatnonzero(scene.terminal == boat)
        mine = own[served[own]]
        ends_m = np.interp(played.valid_us[mine], scene.time_us[own], before_m[own])
        late = scene.time_us[own[-1]] < played.valid_us[mine]
        boats.append(
            {
                "boat": boat,
                "checkins": len(own),
                "served": len(mine),
                "last_served_before_line_m": float(before_m[mine[-1]]) if len(mine) else float("inf"),
                "served_past_accuracy": int((before_m[mine] < -scene.accuracy_m[mine]).sum()),
                "grants_past_line": int((~late & (ends_m < -scene.accuracy_m[mine])).sum()),
            }
        )
    return boats


def _story(scene: Scene, asked: dict[str, Any]) -> tuple[str, ...]:
    last = asked["last_served_before_line_m"]
    calls, heard = asked["distress_calls"], asked["distress_answered"]
    return (
        f"{asked['boats']} boats sail toward a peninsula at {asked['speed_knots']:g} knots and check in every"
        f" {asked['step_s']:g} s; service is off on it and in the sea {asked['line_km']:g} km around it.",
        f"Out at sea they are served. The last served position of a boat lies {last['least']:.0f} to"
        f" {last['greatest']:.0f} m before the line (median {last['median']:.0f} m); a boat makes 309 m"
        " between two check-ins.",
        f"Past the line by more than its stated accuracy a boat was served at {asked['served_past_accuracy']}"
        f" check-ins; {asked['grants_past_line']} grants outlived the crossing.",
        f"Of {calls} distress calls from where service is off, {heard} went through.",
    )  # fmt: skip


def _in_public(governance: dict[str, Any]) -> tuple[str, ...]:
    off = governance["changes"][-1]
    by = " and ".join(f"{each['name']} ({each['organisation']})" for each in off["approved_by"])
    said = [
        f"All of it was decided by what stands in a public log. Until {off['effective_at']} service was on"
        f" here; a change that {off['requester']} asked for, approved by {by}, switched it off."
    ]
    for each in governance["requests"]:
        answer = each["answers"][-1]
        wish = "be switched on" if each["asks"] == "on" else "stay off"
        done = "granted in part" if answer["answer"] == "in part" else answer["answer"]
        said.append(f"{each['who']} asked that it {wish}: {done}, by {' and '.join(answer['by'])}.")
    return tuple(said)
