"""A drill being played: slot by slot the planner, check-in by check-in the controller, as in service.

The stage knows the true positions only where physics does: they decide which satellite a terminal hears, and
with what delay. Whoever decides gets what the terminal says.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.constants import LIGHT_KM_PER_MS
from openleo.operate.drills.scene import Scene
from openleo.operate.drills.service import Air, Event, serving
from openleo.operate.live import plan_now
from openleo.operate.open import open_twin
from openleo.places import ecef_km
from openleo.places.cells import ids_at, positions
from openleo.service.records import CHECKIN
from openleo.service.sponsors import settle
from openleo.twin import Slot, Twin
from openleo.world import World, slot_times

if TYPE_CHECKING:
    from openleo.operate.drills.governed import Room
    from openleo.service.answers import Answers
    from openleo.service.controller import Controller
    from openleo.service.policy import PlanNow, SkyNow
    from openleo.service.regions import RuleSet

DAY_S: Final = 86_400.0
DAY_US: Final = 86_400_000_000
PLAN_US: Final = 600_000_000
"""How long a plan holds at most, where check-ins come in rounds of some minutes."""

Asking = Callable[[int], NDArray[np.float64]]
"""What each cell asks for, (C,) bit/s, at an instant (microseconds since 1970-01-01 UTC)."""

Watching = Callable[[Twin, Slot], None]
"""Told of each slot that is planned."""


@dataclass(frozen=True)
class Stage:
    """A scene with its rules, its twin, and a controller whose clock and plan are those of `air`.

    room: the log whose rules the controller enforces; None where it decides by `rules`.
    """

    scene: Scene
    rules: "RuleSet"
    twin: Twin
    controller: "Controller"
    air: Air
    room: "Room | None" = None


@dataclass(frozen=True)
class Played:
    """What N check-ins were answered, in the order of the scene.

    outcome, primary: (N,) int8. valid_us: (N,) int64, end of the grant. rate_mbps: (N,) float32. satellite,
    gateway: (N,) int32. finding: (N,) uint32, a bit for each kind. slots: how many were planned. digests: of
    the rule sets that decided, in the order of their first decision, "" for none; rules: (N,) which of them.
    checkpoint: (N,) entries of the log under which each decision stands, -1 without a log.
    """

    outcome: NDArray[np.int8]
    primary: NDArray[np.int8]
    valid_us: NDArray[np.int64]
    rate_mbps: NDArray[np.float32]
    satellite: NDArray[np.int32]
    gateway: NDArray[np.int32]
    finding: NDArray[np.uint32]
    slots: int
    digests: tuple[str, ...]
    rules: NDArray[np.int64]
    checkpoint: NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """A table for people: what it shows, the heads of its columns, and its rows."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Act:
    """A drill as it was played: what it is about (`asked`), its story in sentences, and tables of it.

    findings: by kind, beside those that single check-ins show. governance: what stands in its log, and what
    came of it, None for a drill without one; public: the same in sentences, where a line that begins with
    spaces belongs to the one before it (`drills.public`). truth: (N,) in place of the scene's, where that
    depends on what only the playing shows, such as a hash.
    """

    rules: "RuleSet"
    played: Played
    asked: dict[str, Any]
    story: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    findings: dict[str, int] = field(default_factory=dict)
    governance: dict[str, Any] | None = None
    public: tuple[str, ...] = ()
    truth: NDArray[np.int8] | None = None


def spaced(number: float) -> str:
    """A whole number with narrow spaces between its thousands."""
    return f"{number:,.0f}".replace(",", "\u202f")


@contextmanager
def set_stage(
    scene: Scene, rules: "RuleSet", *, threads: int | None = None, room: "Room | None" = None
) -> Iterator[Stage]:
    """Make a scene ready to be played; rules are those of its world, or others to try.

    room: the log by which the controller decides, whose clock is turned to the epoch; rules are then what the
    plan goes by alone. Raises InputError for whatever is wrong in world or rules.
    """
    twin = lit_twin(scene, rules, threads=threads)
    air = room.air if room is not None else Air(scene.epoch_us, ())
    air.gateways = tuple(each.name for each in twin.ground.gateways)
    if room is not None:
        room.turn(0.0)
        room.enforcement.follow()
    with serving(scene, rules, air, room.enforcement if room is not None else None) as controller:
        yield Stage(scene, rules, twin, controller, air, room)


def lit_twin(
    scene: Scene, rules: "RuleSet", *, world: World | None = None, threads: int | None = None
) -> Twin:
    """The twin of a scene, or of another world in its place, as a live service opens it."""
    return open_twin(world or scene.world, rules=rules, touched=True, threads=threads)


def play_out(
    stage: Stage, *, batch_s: float, asking: Asking | None = None, watching: Watching | None = None,
    events: Sequence[Event] = (),
) -> Played:  # fmt: skip
    """Send all check-ins through the planner and the controller.

    batch_s: check-ins that follow each other within so many seconds are decided together. asking: what cells
    ask for, where it is not what the world says. watching: is told of each slot. events: in order of time,
    what happens to the register, or in public; the controller sees what is new in its log within 10 s.
    """
    scene, air, controller = stage.scene, stage.air, stage.controller
    rows, coming = _rows(scene), list(events)
    heard_from = _cells_of(stage.twin, scene.true_lat_deg, scene.true_lon_deg)
    answers: list[Answers] = []
    slots = 0
    slot: Slot | None = None
    for part in _batches(scene.time_us, batch_s, stage.twin.world.slot_s):
        now_us = int(scene.time_us[part.stop - 1])
        _let_happen(stage, coming, now_us)
        if now_us // DAY_US != air.now_us // DAY_US:
            settle(controller.register, now_us)
        air.now_us = now_us
        begins = _slot_of(now_us, stage.twin.world.slot_s)
        if slot is None or slot.time != begins:
            twin = stage.twin
            if asking is not None:
                twin = replace(twin, cells=replace(twin.cells, demand_bps=asking(now_us)))
            length = np.timedelta64(round(twin.world.slot_s), "s")
            slot = twin.slot(
                begins, before=slot if slot is not None and begins - slot.time == length else None
            )
            slots += 1
            air.sky, air.plan = sky_now(twin, slot), plan_now(twin, slot, now_us + PLAN_US)
            if watching is not None:
                watching(twin, slot)
        assert air.plan is not None
        _hear(rows[part], scene, part, heard_from[part], stage.twin, slot, air.plan)
        answers.append(controller.check_in(rows[part]))

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(each.decisions, name) for each in answers])

    digests, by = _by_which_rules(answers)
    return Played(
        joined("outcome"), joined("primary"), joined("valid_us"), joined("rate_mbps"), joined("satellite"),
        joined("gateway"), joined("finding"), slots, digests, by,
        np.concatenate([np.full(len(each.taken), each.checkpoint, np.int64) for each in answers]),
    )  # fmt: skip


def _let_happen(stage: Stage, coming: list[Event], now_us: int) -> None:
    """Let happen what is due up to an instant, and the controller see in between what is new in its log."""
    room, air = stage.room, stage.air
    while True:
        event_us = coming[0][0] if coming else now_us + 1
        look_us = room.due(min(event_us, now_us)) if room is not None else None
        if room is not None and look_us is not None:
            air.now_us = max(air.now_us, look_us)
            room.look(stage.controller)
        elif event_us <= now_us:
            air.now_us, happens = coming.pop(0)
            happens(stage.controller.register, air.now_us)
        else:
            return


def _by_which_rules(answers: "Sequence[Answers]") -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The digests of the rule sets that decided, and which of them each check-in (N,) was decided by."""
    known: dict[str, int] = {}
    by = []
    for each in answers:
        of = np.full(len(each.taken), known.setdefault(each.digest, len(known)), np.int64)
        if each.former is not None and each.former.any():
            other = each.former_terms.digest if each.former_terms is not None else ""
            of[each.former] = known.setdefault(other, len(known))
        by.append(of)
    return tuple(known), np.concatenate(by)


def sky_now(twin: Twin, slot: Slot) -> "SkyNow":
    """Where the satellites stand at the beginning of a slot, as a policy reads it."""
    from openleo.service.policy import SkyNow

    number = twin.fleet.elements.number
    there = np.flatnonzero(slot.geometry.error == 0)
    order = there[np.argsort(number[there], kind="stable")]
    return SkyNow(number[order].astype(np.int32), np.ascontiguousarray(slot.geometry.position_km[order]))


def _batches(time_us: NDArray[np.int64], batch_s: float, slot_s: float) -> Iterator[slice]:
    """Runs of check-ins that follow each other within so many seconds, within a slot where that is less."""
    first = 0
    while first < len(time_us):
        last = int(np.searchsorted(time_us, time_us[first] + round(batch_s * 1e6)))
        if batch_s <= slot_s:
            ends = _slot_of(int(time_us[first]), slot_s) + np.timedelta64(round(slot_s), "s")
            last = min(last, int(np.searchsorted(time_us, ends.astype(np.int64))))
        last = max(last, first + 1)
        yield slice(first, last)
        first = last


def _slot_of(now_us: int, slot_s: float) -> np.datetime64:
    found: np.datetime64 = slot_times(datetime.fromtimestamp(now_us / 1e6, UTC), 1, slot_s)[0]
    return found


def _rows(scene: Scene) -> NDArray[np.void]:
    """The check-ins as a controller gets them, but for the satellite and the delay."""
    rows = np.zeros(len(scene), CHECKIN)
    for name in (
        "terminal",
        "time_us",
        "lat_deg",
        "lon_deg",
        "accuracy_m",
        "speed_kmh",
        "altitude_m",
        "flags",
    ):
        rows[name] = getattr(scene, name)
    rows["sequence"] = scene.sequence()
    rows["delay_ms"], rows["satellite"], rows["version"] = np.nan, -1, 1
    return rows


def _cells_of(twin: Twin, lat_deg: NDArray[np.float64], lon_deg: NDArray[np.float64]) -> NDArray[np.int32]:
    """Which of the twin's cells each point (N,) lies in, -1 for none."""
    ids = ids_at(lat_deg, lon_deg, twin.world.cells.resolution)
    return positions(twin.cells.id, ids)


def _hear(
    rows: NDArray[np.void], scene: Scene, part: slice, cell: NDArray[np.int32], twin: Twin, slot: Slot,
    plan: "PlanNow",
) -> None:  # fmt: skip
    """Set what the radio knows: the cell, the satellite that lights it, and the delay to it.

    cell: (n,) of the true position, into the twin's, -1 for none.
    """
    known = np.flatnonzero(cell >= 0)
    rows["cell"][known] = twin.cells.id[cell[known]]
    lit = known[plan.satellite[cell[known]] >= 0]
    number = plan.satellite[cell[lit]].astype(np.int64)
    all_numbers = twin.fleet.elements.number
    order = np.argsort(all_numbers, kind="stable")
    index = order[np.searchsorted(all_numbers, number, sorter=order)]
    place = ecef_km(scene.true_lat_deg[part][lit], scene.true_lon_deg[part][lit])
    range_km = np.linalg.norm(slot.geometry.position_km[index] - place, axis=1)
    rows["satellite"][lit] = number
    rows["delay_ms"][lit] = 2.0 * range_km / LIGHT_KM_PER_MS
