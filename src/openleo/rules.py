"""What a plan must know of a rule set: arrays over the cells and gateways of a world, for a span of time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.places import Cells
from openleo.world import Gateway


@dataclass(frozen=True)
class Rules:
    """What a plan must know of a rule set, over C cells and W gateways, for a span of time.

    name, digest: of the rule set, empty where there is none. regions, decisions: names of its regions, and
    the sentence of each that says by what decision; elsewhere: the sentence for where none speaks. lit: (C,)
    bool, whether a beam may light the cell. region: (C,) int16 into `regions`, -1 where none speaks of the
    cell. landing: (C,) int16 into `landings`; landings[0] is empty: the traffic may land anywhere. nowhere:
    (W,) bool, gateways that stand in no country for landing. since, until: UTC, from when to when all this
    holds; None: without an end.
    """

    name: str
    digest: str
    regions: tuple[str, ...]
    decisions: tuple[str, ...]
    elsewhere: str
    lit: NDArray[np.bool_]
    region: NDArray[np.int16]
    landings: tuple[tuple[str, ...], ...]
    landing: NDArray[np.int16]
    nowhere: NDArray[np.bool_]
    since: np.datetime64 | None = None
    until: np.datetime64 | None = None

    def check(self, cells: int, gateways: int) -> None:
        """Raise InputError where they are not as long as a world's cells and gateways."""
        given = (len(self.lit), len(self.region), len(self.landing), len(self.nowhere))
        if given != (cells, cells, cells, gateways):
            raise InputError(
                f"rules: lit, region, landing, nowhere of lengths {given} given; "
                f"{cells} cells and {gateways} gateways are needed"
            )

    def hold_at(self, time: np.datetime64) -> bool:
        """Whether they are the rules of that instant (UTC)."""
        begun = self.since is None or bool(self.since <= time)
        return begun and (self.until is None or bool(time < self.until))

    def decision(self, cell: int) -> str:
        """By what decision a cell is lit or not; empty where there are no rules."""
        return self.decisions[self.region[cell]] if self.region[cell] >= 0 else self.elsewhere


RulesAt = Callable[[Cells, tuple[Gateway, ...], np.datetime64], Rules]
"""What makes the rules over a world's cells and gateways that hold at an instant (UTC)."""


def no_rules(cells: int, gateways: int = 0) -> Rules:
    """Rules over so many cells that forbid nothing."""
    return Rules(
        "", "", (), (), "", np.ones(cells, np.bool_), np.full(cells, -1, np.int16), ((),),
        np.zeros(cells, np.int16), np.zeros(gateways, np.bool_),
    )  # fmt: skip
