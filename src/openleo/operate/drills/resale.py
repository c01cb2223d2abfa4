"""Terminals sold in three countries turn up in a fourth without licence; some dealers' records were altered."""

from typing import TYPE_CHECKING, Any

import numpy as np

from openleo.operate.drills.scene import Scene
from openleo.operate.drills.stage import Act, play_out, set_stage
from openleo.service.records import Outcome

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def perform(scene: Scene, rules: "RuleSet", *, threads: int | None = None) -> Act:
    """Play it: who was refused where, and in what order the evidence puts the dealers."""
    raise NotImplementedError
