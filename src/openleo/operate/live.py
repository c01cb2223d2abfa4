"""The twin on the clock: a plan for each slot, ready before it begins, and where the satellites stand.

A thread plans; whoever decides check-ins reads what is ready and never waits for it. A plan holds for its
slot and, where the next one is late, a stated time longer; then there is none, and no grant outlives the plan
that it was made by. Where rules change within a slot, it is planned in parts: by those before and by those
from that instant on. Where it is said later that they do, what is planned already is planned again.
"""

import logging
import threading
import time as clocks
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.plan import CAPACITY, COLOUR, RULE
from openleo.rules import Rules
from openleo.service.policy import PlanNow, SkyNow
from openleo.service.records import CellState
from openleo.twin import Slot, Twin
from openleo.world import slot_times

_log = logging.getLogger(__name__)

SKY_STEP_S: Final = 1.0
"""How far apart the instants are at which satellites are placed: half a step is 3.8 km of an orbit."""

_NOTICE_S: Final = 0.25  # a clock that is set is noticed so soon

HOLD_S: Final = 60.0
"""How long a plan holds past its slot where the next one is late."""


@dataclass(frozen=True)
class Planned:
    """A slot, or a part of it, as a controller reads it; times in microseconds since 1970-01-01 UTC.

    slot_us: when the slot begins. begins_us, ends_us: the part of it. until_us: until when the plan holds
    where none follows. ready_us: when it was ready. skies: where the satellites stand, one for each step_us
    of the slot, in the middle of the step. rules: those that it was planned by. twin, slot: what planned it,
    and what its plan knows, thinned.
    """

    slot_us: int
    begins_us: int
    ends_us: int
    until_us: int
    ready_us: int
    step_us: int
    skies: tuple[SkyNow, ...]
    plan: PlanNow
    rules: Rules
    twin: Twin
    slot: Slot

    def sky(self, now_us: int) -> SkyNow | None:
        """Where the satellites stand at an instant; None outside the slot or its part."""
        if not self.begins_us <= now_us < self.ends_us:
            return None
        return self.skies[min((now_us - self.slot_us) // self.step_us, len(self.skies) - 1)]


@dataclass(frozen=True)
class Status:
    """How the twin keeps up.

    slot: beginning of the slot whose plan holds, None where none does. age_s: since then. lag_s: by how much
    the last plan was late for its slot, negative where it was early; NaN before the first. planned, missed:
    slots so far. slot_ms: what the last one took. error: why the last attempt failed, empty where it did not.
    """

    slot: datetime | None
    age_s: float
    lag_s: float
    planned: int
    missed: int
    slot_ms: float
    error: str

    @property
    def well(self) -> bool:
        """Whether a plan holds and the last attempt did not fail."""
        return self.slot is not None and not self.error


class Live:
    """A twin that runs beside a service.

    twin: the world. clock: seconds since 1970-01-01 UTC, as `time.time`. hold_s: how long a plan holds past
    its slot where the next is late. version: another number whenever the twin's rules may be others than was
    known before; None where they are known for good. Use it as a context manager, or `start` and `stop` it;
    `step` alone plans the next slot that is due, in the caller's thread. Raises InputError for a negative
    hold.
    """

    def __init__(
        self, twin: Twin, *, clock: Callable[[], float] = clocks.time, hold_s: float = HOLD_S,
        version: Callable[[], int] | None = None,
    ) -> None:  # fmt: skip
        if not hold_s >= 0.0:
            raise InputError(f"hold_s: {hold_s!r} given; a number of at least 0 is allowed")
        self.twin = twin
        self.satellites = twin.fleet.elements.number
        self.gateways = tuple(each.name for each in twin.ground.gateways)
        self._clock, self._hold_us = clock, round(hold_s * 1e6)
        self._slot_us = round(twin.world.slot_s * 1e6)
        self.first_us: int | None = None
        """When the first slot begins that was planned, None before that."""
        self._ready: tuple[Planned, ...] = ()  # replaced as a whole, so that readers need no lock
        self._before: Slot | None = None
        self._version, self._looked = version, -1
        self._last_us, self._planned, self._missed, self._error = -1, 0, 0, ""
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to plan, in a thread of its own."""
        if self._thread is not None:
            raise InputError("the live twin runs already")
        self._halt.clear()
        self._thread = threading.Thread(target=self._run, name="live twin", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the slot that is being planned."""
        self._halt.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def now(self, now_us: int | None = None) -> tuple[SkyNow | None, PlanNow | None]:
        """Where the satellites stand and what the plan holds, at once and without waiting.

        now_us: microseconds since 1970-01-01 UTC, the clock's where None. Each is None where there is none:
        before the first plan, and where the next one is so late that the last no longer holds.
        """
        held = self._held(self._now_us() if now_us is None else now_us)
        if held is None:
            return None, None
        return held.sky(self._now_us() if now_us is None else now_us), held.plan

    def planned(self) -> tuple[Planned, ...]:
        """The slots that are planned, in parts where rules change within one, at once and without waiting.

        The one that runs is the first, unless the next is late; the last may not have begun yet.
        """
        return self._ready

    def status(self, now_us: int | None = None) -> Status:
        """How the twin keeps up, at an instant or now."""
        now = self._now_us() if now_us is None else now_us
        held, ready, before = self._held(now), self._ready, self._before
        return Status(
            slot=datetime.fromtimestamp(held.slot_us / 1e6, UTC) if held else None,
            age_s=(now - held.slot_us) / 1e6 if held else float("nan"),
            lag_s=(ready[-1].ready_us - ready[-1].begins_us) / 1e6 if ready else float("nan"),
            planned=self._planned,
            missed=self._missed,
            slot_ms=before.duration_ms if before else float("nan"),
            error=self._error,
        )

    def step(self) -> float:
        """Plan the next slot if it is due, which it is from the beginning of the slot before it.

        Where it turns out that other rules hold, what they change is planned again, of the running slot the
        rest. Returns the seconds until the next one is due, 0 where it is. A slot that ended before its plan
        was begun is missed, not made up for.
        """
        now_us = self._now_us()
        self._look_at_rules(now_us)
        last_us = self._ready[-1].slot_us if self._ready else None
        current_us = self._slot_at(now_us)
        due_us = current_us if last_us is None else max(last_us + self._slot_us, current_us)
        if due_us > current_us + self._slot_us:
            return (due_us - self._slot_us - now_us) / 1e6
        if last_us is not None:
            self._missed += (due_us - last_us) // self._slot_us - 1
        self._plan(due_us, due_us)
        self._planned += due_us > self._last_us
        self._last_us = max(due_us, self._last_us)
        return max((due_us - self._now_us()) / 1e6, 0.0)

    def _look_at_rules(self, now_us: int) -> None:
        """Plan again what was planned by other rules than those that hold, as is known by now."""
        version = self._version() if self._version is not None else self._looked
        if version == self._looked:
            return
        self.twin = self.twin.at(np.datetime64(now_us, "us"), anew=True)
        for k, each in enumerate(self._ready):
            from_us = max(each.begins_us, now_us)
            if from_us >= each.ends_us:
                continue
            self.twin = self.twin.at(np.datetime64(from_us, "us"))
            if not _same(self.twin.rules, each.rules, each.ends_us):
                if each.slot_us > now_us:  # then it is due again
                    self._ready = tuple(one for one in self._ready if one.slot_us < each.slot_us)
                else:
                    self._ready = self._ready[: k + (each.begins_us <= now_us)]
                    self._plan(each.slot_us, from_us)
                break
        self._looked = version

    def _run(self) -> None:
        while not self._halt.is_set():
            try:
                wait_s = self.step()
            except Exception as error:  # noqa: BLE001 - whatever it is, service goes on and people are told
                _log.exception("the plan of a slot failed")
                self._error = f"{type(error).__name__}: {error}"
                self._halt.wait(self._slot_us / 1e6)
            else:
                self._halt.wait(min(wait_s, _NOTICE_S))

    def _plan(self, slot_us: int, from_us: int) -> None:
        """Plan a slot from an instant in it on, in as many parts as there are rules in it."""
        time, ends_us = np.datetime64(slot_us, "us"), slot_us + self._slot_us
        step_us = min(round(SKY_STEP_S * 1e6), self._slot_us)
        middles = time + np.arange(step_us // 2, self._slot_us, step_us).astype("timedelta64[us]")
        twin = self.twin
        ephemeris = twin.propagator.at(middles, dut1=twin.world.earth.dut1)
        order = np.argsort(self.satellites, kind="stable")
        number = self.satellites[order].astype(np.int32)
        skies = []
        for position, error in zip(ephemeris.position_ecef_km, ephemeris.error, strict=True):
            there = error[order] == 0
            skies.append(SkyNow(number[there], np.ascontiguousarray(position[order][there])))
        before, parts = self._before, []
        self.first_us = slot_us if self.first_us is None else self.first_us
        while from_us < ends_us:
            self.twin = self.twin.at(np.datetime64(from_us, "us"))
            rules = self.twin.rules
            slot = replace(self.twin, rules_at=None).slot(time, before=before)
            until_us = min(_ends_us(rules), ends_us)
            held_us = until_us + self._hold_us
            plan, slot = plan_now(self.twin, slot, held_us), slot.thinned()
            parts.append(
                Planned(
                    slot_us, from_us, until_us, held_us, self._now_us(), step_us, tuple(skies), plan, rules,
                    self.twin, slot,
                )
            )  # fmt: skip
            from_us = until_us
        self._before, self._error = slot, ""
        ready, now_us = (*self._ready, *parts), self._now_us()
        begun = [k for k, each in enumerate(ready) if each.begins_us <= now_us]
        self._ready = ready[begun[-1] if begun else 0 :]

    def _held(self, now_us: int) -> Planned | None:
        """The latest plan that has begun, while it holds."""
        for each in reversed(self._ready):
            if each.begins_us <= now_us:
                return each if now_us < each.until_us else None
        return None

    def _slot_at(self, now_us: int) -> int:
        at = datetime.fromtimestamp(now_us / 1e6, UTC)
        return int(slot_times(at, 1, self.twin.world.slot_s)[0].astype(np.int64))

    def _now_us(self) -> int:
        return int(self._clock() * 1e6)


def _ends_us(rules: Rules) -> int:
    return 2**62 if rules.until is None else int(rules.until.astype("datetime64[us]").astype(np.int64))


def _same(rules: Rules, others: Rules, until_us: int) -> bool:
    """Whether a plan until then is the same by both."""
    alike = rules.landings == others.landings and np.array_equal(rules.landing, others.landing)
    return alike and np.array_equal(rules.lit, others.lit) and _ends_us(rules) >= until_us


def plan_now(twin: Twin, slot: Slot, until_us: int) -> PlanNow:
    """What a slot holds for each cell of its world, as a policy reads it.

    Satellites are catalogue numbers, gateways indices into the twin's; until_us: until when it holds. A cell
    in which nobody asks for anything is not covered. One that a rule keeps dark counts as served, at no rate,
    where a satellite with a way to the ground could light it: a distress call goes through, and whatever else
    is asked for is for the rules to refuse, not for the radio.
    """
    served = slot.served & (twin.cells.demand_bps > 0.0)
    state = np.full(len(served), CellState.NO_COVERAGE, np.int8)
    state[np.isin(slot.reason, (CAPACITY, COLOUR))] = CellState.FULL
    state[served] = CellState.SERVED
    satellite = np.where(served, slot.plan.satellite, -1)
    dark, hearing = _hearing(slot)
    state[dark], satellite[dark] = CellState.SERVED, hearing
    number = twin.fleet.elements.number
    return PlanNow(
        cell=twin.cells.id,
        satellite=np.where(satellite >= 0, number[satellite], -1).astype(np.int32),
        gateway=np.where(served, slot.routes.gateway, -1).astype(np.int32),
        rate_mbps=np.where(served, slot.routes.granted_bps / 1e6, 0.0).astype(np.float32),
        reason=state,
        until_us=until_us,
    )


def _hearing(slot: Slot) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Cells that a rule keeps dark and a satellite could light, and the first satellite that could."""
    sky, dark = slot.geometry.sky, np.flatnonzero(slot.reason == RULE)
    counts = sky.usable[dark]
    owner = np.repeat(np.arange(len(dark)), counts)
    pair = np.repeat(sky.start[dark] - (np.cumsum(counts) - counts), counts) + np.arange(len(owner))
    satellite = sky.satellite[pair]
    open_to = slot.backhaul.open_to[slot.rules.landing[dark][owner], satellite]
    first, at = np.unique(owner[open_to], return_index=True)
    return dark[first], satellite[open_to][at]
