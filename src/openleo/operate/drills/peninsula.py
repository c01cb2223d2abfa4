"""Service is off on a peninsula and in the sea around it; boats sail toward it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, Played, play_out, set_stage
from openleo.service.records import Flag, Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: where each boat was last served, and whether its calls were heard."""
    with set_stage(scene, rules, threads=threads) as stage:
        played = play_out(stage, batch_s=1.0)
    boats = _boats(scene, played)
    calls = (scene.flags & Flag.DISTRESS) != 0
    answered = calls & (played.outcome >= Outcome.EMERGENCY)
    last = np.array([each["last_served_before_line_m"] for each in boats], float)
    asked = {
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
    return Act(rules, played, asked, _story(scene, asked))


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
