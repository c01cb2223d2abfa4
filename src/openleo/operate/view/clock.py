"""The twin on the clock as the page looks at it: the slot that runs and the next, as far as it is planned.

Slots are counted from the first that the twin planned. Nobody waits for a plan here: what is not ready cannot
be shown yet, and what has ended no longer.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo import __version__
from openleo.errors import InputError
from openleo.kept import Kept
from openleo.ledger.errors import LedgerError
from openleo.maps import FIELDS
from openleo.operate.view.answers import NamedRules
from openleo.operate.view.shown import Made
from openleo.operate.view.unshown import Unshown
from openleo.places import countries

if TYPE_CHECKING:
    from openleo.operate.live import Live, Planned
    from openleo.service.regions import RuleSet
    from openleo.twin import Slot, Twin

NOT_YET: Final = "the first slot is being planned; ask again"


class OnClock:
    """A live twin, shown. clock: microseconds since 1970-01-01 UTC. rules: as
    `InForce.rules_at` gives those that hold at an instant."""

    source: Literal["run", "live"] = "live"
    names: tuple[str, ...] = tuple(FIELDS)

    def __init__(
        self, live: "Live", clock: Callable[[], int], rules: "Callable[[int], RuleSet | None]"
    ) -> None:
        self._live, self._clock, self._rules = live, clock, rules
        self._rows: Kept[int, tuple[Slot, dict[str, NDArray[Any]]]] = Kept(2)
        self._made: tuple[tuple[int | None, str], Made] | None = None

    def __call__(self) -> "OnClock":
        """The twin, which is always the same."""
        return self

    @property
    def made(self) -> Made:
        """What it is made of."""
        twin, first_us = self._live.twin, self._live.first_us
        of = (first_us, twin.rules.digest)
        if self._made is None or self._made[0] != of:
            self._made = of, _made(twin, first_us)
        return self._made[1]

    def slots(self) -> int:
        """So many slots are planned: the number of the last, and one."""
        ready = self._live.planned()
        return self._number(ready[-1]) + 1 if ready else 0

    def now_slot(self) -> int | None:
        """The slot that runs, None before the first is planned; the last planned where the next is late."""
        slots, first_us = self.slots(), self._live.first_us
        if not slots or first_us is None:
            return None
        now = (self._clock() - first_us) // self._slot_us
        return int(min(max(now, 0), slots - 1))

    def details(self) -> str:
        """Whether the first slot is planned: "ready", or "preparing"."""
        return "ready" if self._live.planned() else "preparing"

    def row(self, slot: int, name: str) -> NDArray[Any]:
        """An array over the cells of a slot that is planned."""
        planned = self._planned(slot).slot
        # by the plan itself, which is kept with its arrays: one to come is made anew where rules change
        return self._rows.get(id(planned), lambda: (planned, planned.fields()))[1][name]

    def twin(self) -> "Twin":
        """The world made ready to run."""
        return self._live.twin

    def feeder(self, slot: int) -> NDArray[np.int32]:
        """The gateway that each satellite is linked to."""
        return self._planned(slot).slot.backhaul.feeder

    def planned(self, slot: int) -> "tuple[Twin, Slot, RuleSet | None]":
        """The slot as it was planned, and the rules of its beginning: by those it was."""
        found = self._planned(slot)
        try:
            return found.twin, found.slot, self._rules(found.begins_us)
        except (LedgerError, InputError):
            detail = "the rules of this slot cannot be read from this server's copy of the log"
            raise Unshown("unavailable", detail) from None

    @property
    def _slot_us(self) -> int:
        return round(self._live.twin.world.slot_s * 1e6)

    def _number(self, planned: "Planned") -> int:
        return (planned.slot_us - (self._live.first_us or 0)) // self._slot_us

    def _planned(self, slot: int) -> "Planned":
        """The part of a slot that runs or, of one to come, its first; raises Unshown where none is ready."""
        ready = self._live.planned()
        parts = [each for each in ready if self._number(each) == slot]
        if parts:
            begun = [each for each in parts if each.begins_us <= self._clock()]
            return begun[-1] if begun else parts[0]
        if not ready:
            raise Unshown("unavailable", NOT_YET, retry_s=2.0)
        if slot < self._number(ready[-1]):
            raise Unshown("gone", f"slot: {slot} has ended, or was missed; the twin keeps what runs", "slot")
        raise Unshown("not-found", f"slot: {slot} is not planned yet", "slot")


def _made(twin: "Twin", first_us: int | None) -> Made:
    rules, digest = twin.rules, twin.digest()
    return Made(
        stamp=hashlib.sha256(f"{digest} {first_us}".encode()).hexdigest(), world=twin.world.name,
        title=twin.world.title or twin.world.name, version=__version__, world_hash=digest,
        planned_by=NamedRules(rules.name, rules.digest) if rules.digest else None,
        elements_epoch=twin.elements_epoch, first=np.datetime64(first_us or 0, "us"),
        slot_s=twin.world.slot_s, cells=twin.cells,
        countries=tuple(each.code if each.code != "-" else each.name for each in countries()),
        satellites=len(twin.fleet), gateways=tuple(each.name for each in twin.ground.gateways),
        pops=tuple(each.name for each in twin.ground.pops),
    )  # fmt: skip
