"""What can be shown, whatever it is: the network of a stored run, or of the twin on the clock."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from openleo.operate.view.answers import NamedRules
from openleo.operate.view.unshown import Unshown
from openleo.places import Cells

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.twin import Slot, Twin


@dataclass(frozen=True)
class Made:
    """What a network is made of, and what is the same in all of its slots.

    stamp: another one for another network. first: beginning of slot 0. cells: without neighbours, people and
    blocks where they were read from a run. countries: names by `cells.country`. satellites: how many.
    gateways, pops: names, as `gateway` and `pop` of a cell count them.
    """

    stamp: str
    world: str
    title: str
    version: str
    world_hash: str
    planned_by: NamedRules | None
    elements_epoch: np.datetime64
    first: np.datetime64
    slot_s: float
    cells: Cells
    countries: tuple[str, ...]
    satellites: int
    gateways: tuple[str, ...]
    pops: tuple[str, ...]

    def time(self, slot: int) -> np.datetime64:
        """When a slot begins."""
        return np.datetime64(self.first + np.timedelta64(round(slot * self.slot_s * 1e6), "us"))


class Shown(Protocol):
    """A network that is shown slot by slot. Every method is safe for many threads, and raises Unshown."""

    source: Literal["run", "live"]

    @property
    def made(self) -> Made:
        """What it is made of."""

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays that `row` knows, of `maps.FIELDS`."""

    def slots(self) -> int:
        """How many slots there are by now."""

    def now_slot(self) -> int | None:
        """The slot that runs, where it is on a clock."""

    def details(self) -> str:
        """Whether the twin can be had: "ready", "preparing", or why it cannot."""

    def row(self, slot: int, name: str) -> NDArray[Any]:
        """An array over the cells of a slot, as `Slot.fields` has it."""

    def twin(self) -> "Twin":
        """The world made ready to run; waits a while for it."""

    def feeder(self, slot: int) -> NDArray[np.int32]:
        """The gateway that each satellite (S,) is linked to in a slot, -1 for none."""

    def planned(self, slot: int) -> "tuple[Twin, Slot, RuleSet | None]":
        """A slot with all that its plan knows, the twin that planned it, and the rules that it went by."""


def checked(slot: int, slots: int) -> int:
    """A slot that there is; raises Unshown where there is none of this number."""
    if not 0 <= slot < slots:
        there = f"0 to {slots - 1} are there" if slots else "no slot is there yet"
        raise Unshown("not-found", f"slot: {slot} given; {there}", "slot")
    return slot
