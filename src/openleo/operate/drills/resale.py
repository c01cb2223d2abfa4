"""Terminals sold in three countries turn up in a fourth, without licence; dealers by evidence."""

from typing import TYPE_CHECKING, Any

import numpy as np

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, Played, play_out, set_stage
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: who was refused where, and in what order the evidence puts the dealers."""
    with set_stage(scene, rules, threads=threads) as stage:
        played = play_out(stage, batch_s=240.0)
    asked: dict[str, Any] = {"refused_abroad": _abroad(scene, played)}
    return Act(rules, played, asked, ())


def _abroad(scene: Scene, played: Played) -> int:
    return int(((scene.truth == Outcome.REFUSE) & (played.outcome == Outcome.REFUSE)).sum())


_ = np
