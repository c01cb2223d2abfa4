"""An area in which only listed terminals are served, and none that moves like an aircraft."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, Played, play_out, set_stage, spaced
from openleo.service.reasons import Reason
from openleo.service.records import FindingKind, Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

_SPEED_RULE: Final = (Reason.TOO_FAST, Reason.TOO_HIGH)
WITHIN: Final = 3
"""A fast one has to be found within so many check-ins."""


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: who was lost, who was refused at once, and how soon the fast ones were found."""
    with set_stage(scene, rules, threads=threads) as stage:
        played = play_out(stage, batch_s=1.0)
    asked = _asked(scene, played)
    return Act(rules, played, asked, _story(scene, asked))


def _asked(scene: Scene, played: Played) -> dict[str, Any]:
    listed = scene.terminals["listed"]
    fast = np.zeros(len(listed), np.bool_)
    fast[scene.terminal[scene.speed_kmh > 0.5 * scene.facts["fast_kmh"]]] = True
    sequence = scene.sequence()
    refused = played.outcome < Outcome.LIMITED
    lost = refused & listed[scene.terminal] & ~np.isin(played.primary, _SPEED_RULE)
    first = sequence == 0
    unlisted_first = first & ~listed[scene.terminal]
    seen = (played.finding >> np.uint32(FindingKind.DRONE)) & np.uint32(1) != 0
    found_at = np.full(len(listed), np.iinfo(np.int64).max)
    np.minimum.at(found_at, scene.terminal[seen], sequence[seen] + 1)
    return {
        "listed": int(listed.sum()),
        "unlisted": int((~listed).sum()),
        "fast": {"listed": int((fast & listed).sum()), "unlisted": int((fast & ~listed).sum())},
        "width_km": scene.facts["width_km"],
        "listed_lost": int(lost.sum()),
        "listed_refused_by_speed_rule": len(
            np.unique(scene.terminal[refused & listed[scene.terminal] & ~lost])
        ),
        "unlisted_refused_at_first_checkin": int((unlisted_first & refused).sum()),
        "fast_found_by_checkin": {str(k): int((fast & (found_at <= k)).sum()) for k in range(1, WITHIN + 1)},
        "fast_not_found": int((fast & (found_at > WITHIN)).sum()),
        "slow_found": int((~fast & (found_at <= sequence.max() + 1)).sum()),
    }


def _story(scene: Scene, asked: dict[str, Any]) -> tuple[str, ...]:
    fast = asked["fast"]["listed"] + asked["fast"]["unlisted"]
    within = asked["fast_found_by_checkin"][str(WITHIN)]
    return (
        f"In an area {asked['width_km']:g} km wide {spaced(asked['listed'])} terminals are on a list and"
        f" {asked['unlisted']} are not; {asked['fast']['listed']} and {asked['fast']['unlisted']} of them fly"
        f" at {scene.facts['fast_kmh']:g} km/h, {scene.facts['fast_m']:g} m above ground.",
        f"Listed terminals lost other than by the speed rule: {asked['listed_lost']}. The speed rule refused"
        f" {asked['listed_refused_by_speed_rule']} listed ones.",
        f"{asked['unlisted_refused_at_first_checkin']} of {asked['unlisted']} unlisted ones were refused at"
        " their first check-in.",
        f"Of {fast} that fly, {within} were found within {WITHIN} check-ins; of those on the ground,"
        f" {asked['slow_found']} were.",
    )  # fmt: skip
