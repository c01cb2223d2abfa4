"""A place as the page shows it: the answer of `why`, the way of its traffic, and what comes next."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from openleo.operate.view.answers import (
    At,
    DecidedReason,
    Handover,
    Near,
    Said,
    Stop,
    Told,
)
from openleo.operate.view.satellites import geodetic
from openleo.operate.view.shown import Shown
from openleo.operate.why import Answer, explain
from openleo.operate.words import change, standing, verdict
from openleo.orbit import prepare
from openleo.places import nearest_town
from openleo.service.policy import decide
from openleo.service.reasons import WORDING
from openleo.service.records import CheckIn, History, Terminal
from openleo.sky import observe

if TYPE_CHECKING:
    from collections.abc import Callable

    from openleo.service.regions import RuleSet
    from openleo.twin import Slot, Twin

SETS_STEP_S: Final = 5
SETS_WITHIN_S: Final = 1200
HANDOVERS_WITHIN: Final = 80
"""Slots after this one that are looked through: 20 minutes of 15 s."""
ACCURACY_M: Final = 10.0
"""How well the terminal knows its place that `decision` is about."""


def at(shown: Shown, slot: int, lat_deg: float, lon_deg: float, held: "Callable[[], RuleSet | None]") -> At:
    """All about a place in a slot. held: gives the rules by which a terminal there would be decided then."""
    twin, planned, rules = shown.planned(slot)
    answer = explain(twin, planned, lat_deg, lon_deg, rules)
    cell = _cell_index(twin, answer)
    town = nearest_town(lat_deg, lon_deg)
    said = vars(answer) | {
        "slot": slot, "cell_index": cell if cell >= 0 else None,
        "near": Near(town[0].name, town[0].country, town[1]),
        "way": _way(twin, planned, cell, answer),
        "handovers": _handovers(shown, twin, slot, cell),
        "sets_in_s": _sets_in_s(twin, planned, cell, answer),
        "verdict": verdict(answer), "change": change(answer), "said": Said(**standing(answer)),
        "decision": _told(lat_deg, lon_deg, planned.time, held()),
    }  # fmt: skip
    return At(**said)


def _cell_index(twin: "Twin", answer: Answer) -> int:
    """The row of the cell that answers, -1 where none does."""
    if not answer.cell:
        return -1
    return int(np.searchsorted(twin.cells.id, np.uint64(int(answer.cell, 16))))


def _way(twin: "Twin", planned: "Slot", cell: int, answer: Answer) -> tuple[Stop, ...]:
    """The points of the way that the traffic takes, from the place to the PoP; none where none travels."""
    if answer.service is None:
        return ()
    routes, elements = planned.routes, twin.fleet.elements
    satellites = routes.way(twin.network, int(planned.plan.satellite[cell]), int(routes.tree[cell]))
    stops = [Stop("terminal", "", None, answer.lat_deg, answer.lon_deg, 0.0)]
    for s, *where in zip(satellites, *geodetic(planned.geometry.position_km[satellites]), strict=True):
        stops.append(Stop("satellite", elements.name[s], int(elements.number[s]), *where))
    gateway, pop = int(routes.gateway[cell]), int(routes.pop[cell])
    sites: list[tuple[Any, Any]] = [("gateway", twin.ground.gateways[gateway])]
    if pop >= 0:
        sites.append(("pop", twin.ground.pops[pop]))
    stops += [Stop(kind, site.name, None, site.lat_deg, site.lon_deg, 0.0) for kind, site in sites]
    return tuple(stops)


def _handovers(shown: Shown, twin: "Twin", slot: int, cell: int) -> tuple[Handover, ...]:
    """The next slots of a run in which another satellite serves the cell, or none does any more."""
    if cell < 0 or shown.source != "run" or "satellite" not in shown.names:
        return ()
    elements, found = twin.fleet.elements, []
    before = int(shown.row(slot, "satellite")[cell])
    for later in range(slot + 1, min(shown.slots(), slot + 1 + HANDOVERS_WITHIN)):
        s = int(shown.row(later, "satellite")[cell])
        if s != before:
            time = f"{np.datetime_as_string(shown.made.time(later), 's')}Z"
            named = (int(elements.number[s]), elements.name[s]) if s >= 0 else (None, None)
            found.append(Handover(later, time, *named))
        before = s
    return tuple(found)


def _sets_in_s(twin: "Twin", planned: "Slot", cell: int, answer: Answer) -> float | None:
    """Seconds until the serving satellite stands below the mask, seen from the cell; in steps of 5 s."""
    if answer.service is None:
        return None
    elements = twin.fleet.elements.select(np.array([answer.service.satellite.index]))
    seconds = np.arange(0, SETS_WITHIN_S + 1, SETS_STEP_S)
    times = planned.time + seconds * np.timedelta64(1_000_000, "us")
    position = prepare(elements).at(times, dut1=twin.world.earth.dut1).position_ecef_km[:, 0]
    # every instant of the one satellite counts as a satellite of its own
    seen = observe(position, twin.horizons.places_km[[cell]], mask_deg=answer.mask_deg, threads=1)
    below = np.setdiff1d(np.arange(len(seconds)), seen.satellite)
    return float(seconds[below[0]]) if len(below) else None


def _told(lat_deg: float, lon_deg: float, time: np.datetime64, rules: "RuleSet | None") -> Told | None:
    """What a plain fixed terminal would be told: paid for, on no list, standing still, and it says where."""
    if rules is None:
        return None
    now = datetime.fromtimestamp(int(time.astype("datetime64[us]").astype(np.int64)) / 1e6, UTC)
    check_in = CheckIn(
        time=now, lat_deg=lat_deg, lon_deg=lon_deg, accuracy_m=ACCURACY_M, speed_kmh=0.0, altitude_m=0.0
    )
    made = decide(check_in, Terminal(), History(), rules, now)
    said = WORDING[made.reason]
    reason = DecidedReason(int(made.reason), made.reason.word, said.en, said.fr, said.appeal)
    outcome: Any = made.outcome.name.lower()
    return Told(outcome, reason, made.region or None, made.rule or None)
