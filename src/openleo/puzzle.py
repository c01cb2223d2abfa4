"""Planning puzzles of plain arrays: `assign` places to satellites within `BeamLimits`, and `check_plan`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.kernels import plan as kernels
from openleo.plan import Payloads, Plan, schedule
from openleo.sky import Earth, Sky, neighbourhood, observe, prepare, vertical
from openleo.world import Preference

_MOST_COLOURS = 64
_TRIES = 100_000  # of the walk that lets places change places; more for more places
_TRIES_A_PLACE = 2
_TOLERANCE_DEG = 1e-9  # what float64 may be off at a limit


@dataclass(frozen=True)
class BeamLimits:
    """What a satellite and its beams may do in a planning puzzle of plain arrays.

    beams: places that a satellite can serve at once. colours: how many there are, at most 64.
    same_colour_deg: least angle, seen from the satellite, between two of its places with one colour.
    elevation_deg: least elevation of the satellite at the place. keep_out_deg: least angle, seen from the
    place, between its satellite and any keep-out body.
    """

    beams: int
    colours: int
    same_colour_deg: float
    elevation_deg: float
    keep_out_deg: float = 0.0

    def __post_init__(self) -> None:
        if self.beams < 0:
            raise InputError(f"beams: {self.beams} given; a whole number of at least 0 is allowed")
        if not 1 <= self.colours <= _MOST_COLOURS:
            raise InputError(
                f"colours: {self.colours} given; a whole number from 1 to {_MOST_COLOURS} is allowed"
            )
        for name, high in (("same_colour_deg", 180.0), ("elevation_deg", 90.0), ("keep_out_deg", 180.0)):
            value = getattr(self, name)
            low = -90.0 if name == "elevation_deg" else 0.0
            if not low <= value <= high:
                raise InputError(f"{name}: {value} given; a number from {low:g} to {high:g} is allowed")


@dataclass(frozen=True)
class Breach:
    """The first limit that a plan breaks: its name, where, the value found and the one allowed."""

    limit: str
    satellite: int
    places: tuple[int, ...]
    value: float
    allowed: float


def assign(
    satellites_km: NDArray[np.float64],
    places_km: NDArray[np.float64],
    limits: BeamLimits,
    keep_out_km: NDArray[np.float64] | None = None,
    *,
    earth: Earth = "wgs84",
    demand_bps: NDArray[np.float64] | None = None,
) -> Plan:
    """Serve as many places as can be, one beam each, within the limits: any planning puzzle of plain arrays.

    satellites_km: (S, 3), places_km: (C, 3), keep_out_km: (K, 3), ECEF. earth: whether elevation is counted
    from the horizon of WGS84 or of a sphere. demand_bps: (C,) what places ask for: 0 is not served, and among
    places with as few satellites those that ask for more go first; without it all ask for the same.

    Returns a Plan whose `satellite`, `colour` and `reason` are (C,), -1 for a place that is not served; a
    place whose satellites are all too near a keep-out body has the reason `gso_arc`. Raises InputError for
    arrays of other shapes, places or satellites that are not finite, and demand below 0.
    """
    sats, places, bodies = _points(satellites_km=satellites_km, places_km=places_km, keep_out_km=keep_out_km)
    demand = np.ones(len(places)) if demand_bps is None else np.asarray(demand_bps, np.float64)
    if demand.shape != (len(places),) or not (np.isfinite(demand) & (demand >= 0.0)).all():
        raise InputError(
            f"demand_bps: shape {demand.shape}; ({len(places)},) finite, of at least 0, is allowed"
        )
    # those that ask for most go first; neighbours follow each other, in the plan's memory as well
    order = np.lexsort((neighbourhood(places), -demand))
    sky = _legal(sats, places[order], limits, bodies if limits.keep_out_deg > 0.0 else bodies[:0], earth)
    payloads = Payloads(
        sats, np.full(len(sats), limits.beams, np.int32), np.full(len(sats), np.inf),
        np.zeros(len(sats), np.float32),
    )  # fmt: skip
    # rounded up, so that one beam of any satellite is enough for any place
    enough = np.nextafter(np.float32(demand.max(initial=1.0)), np.float32(np.inf))
    plan = schedule(
        sky, np.full(len(sky.satellite), enough, np.float32), payloads, places[order], demand[order],
        n_colours=limits.colours, same_colour_deg=limits.same_colour_deg,
        weights=Preference(elevation=0.2, gso=0.0, satellite_class=0.0, dwell=0.0, balance=1.0),
        patience=len(places), tries=_TRIES + _TRIES_A_PLACE * len(places),
    )  # fmt: skip
    back = np.argsort(order)
    return Plan(
        plan.satellite[back], plan.colours[back], plan.granted_bps[back], plan.reason[back],
        np.full(len(back), -1, np.int64), 1, limits.colours,
    )  # fmt: skip


def check_plan(
    plan: Plan,
    satellites_km: NDArray[np.float64],
    places_km: NDArray[np.float64],
    limits: BeamLimits,
    keep_out_km: NDArray[np.float64] | None = None,
    *,
    earth: Earth = "wgs84",
) -> Breach | None:
    """Look for the first limit that a plan breaks; None where it keeps them all.

    A second way to the same answer, in float64 and plain NumPy: it shares no code with the planner but the
    vertical. The limits are tested in the order of `BeamLimits`; a satellite or colour that does not exist is
    a breach of "satellite" or "colours".
    """
    sats, places, bodies = _points(satellites_km=satellites_km, places_km=places_km, keep_out_km=keep_out_km)
    satellite, colour = np.asarray(plan.satellite), np.asarray(plan.colour)
    if satellite.shape != (len(places),) or colour.shape != (len(places),):
        raise InputError(f"plan: {satellite.shape} satellites given for {len(places)} places")
    served = np.flatnonzero(satellite >= 0)
    for c in served.tolist():
        if satellite[c] >= len(sats):
            return Breach("satellite", int(satellite[c]), (c,), float(satellite[c]), len(sats) - 1.0)
        if not 0 <= colour[c] < limits.colours:
            return Breach("colours", int(satellite[c]), (c,), float(colour[c]), limits.colours - 1.0)
    groups = [served[satellite[served] == s] for s in np.unique(satellite[served])]
    for members in groups:
        if len(members) > limits.beams:
            s = int(satellite[members[0]])
            return Breach("beams", s, tuple(members.tolist()), float(len(members)), float(limits.beams))
    for members in groups:
        found = _too_close(members, int(satellite[members[0]]), colour, sats, places, limits)
        if found:
            return found
    line = sats[satellite[served]] - places[served]
    line /= np.linalg.norm(line, axis=1, keepdims=True)
    elevation = 90.0 - _angle_deg(line, vertical(places[served], earth))
    for i in np.flatnonzero(elevation < limits.elevation_deg - _TOLERANCE_DEG)[:1]:
        c = int(served[i])
        return Breach("elevation_deg", int(satellite[c]), (c,), float(elevation[i]), limits.elevation_deg)
    for body in bodies:
        away = body - places[served]
        angle = _angle_deg(line, away / np.linalg.norm(away, axis=1, keepdims=True))
        for i in np.flatnonzero(angle < limits.keep_out_deg - _TOLERANCE_DEG)[:1]:
            c = int(served[i])
            return Breach("keep_out_deg", int(satellite[c]), (c,), float(angle[i]), limits.keep_out_deg)
    return None


def _too_close(
    members: NDArray[np.int64],
    s: int,
    colour: NDArray[np.int32],
    sats: NDArray[np.float64],
    places: NDArray[np.float64],
    limits: BeamLimits,
) -> Breach | None:
    """The first two places of satellite s that share a colour within the separation."""
    for v in np.unique(colour[members]):
        same = members[colour[members] == v]
        line = places[same] - sats[s]
        line /= np.linalg.norm(line, axis=1, keepdims=True)
        for i in range(len(same) - 1):
            angle = _angle_deg(line[i + 1 :], line[i])
            near = int(np.argmin(angle))
            if angle[near] < limits.same_colour_deg - _TOLERANCE_DEG:
                pair = (int(same[i]), int(same[i + 1 + near]))
                return Breach("same_colour_deg", s, pair, float(angle[near]), limits.same_colour_deg)
    return None


def _angle_deg(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between unit vectors, well conditioned for small and for large ones (Kahan 2006, section 12)."""
    return np.asarray(
        np.degrees(2.0 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1)))
    )


def _points(**arrays: Any) -> list[NDArray[np.float64]]:
    """The arrays as (N, 3) float64, None as (0, 3)."""
    points = []
    for name, given in arrays.items():
        array = np.empty((0, 3)) if given is None else np.ascontiguousarray(given, np.float64)
        if array.size == 0:
            array = array.reshape(0, 3)
        if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
            raise InputError(f"{name}: shape {np.shape(given)} given; (n, 3) of finite kilometres is allowed")
        points.append(array)
    return points


def _legal(
    sats: NDArray[np.float64],
    places: NDArray[np.float64],
    limits: BeamLimits,
    bodies: NDArray[np.float64],
    earth: Earth,
) -> Sky:
    """The pairs above the mask, tested anew in float64; those clear of every keep-out body stand first."""
    # a little lower than asked, and short of the zenith, where float32 sines all look alike
    mask = min(max(limits.elevation_deg - 0.01, -90.0), 89.0)
    sky = observe(sats, prepare(places, earth=earth), mask_deg=mask)
    count = np.zeros(len(places), np.int64)
    usable = np.zeros(len(places), np.int32)
    verdict = np.empty(len(sky.satellite), np.int8)
    kernels.judge(
        sky.start, sky.satellite, sats, places, vertical(places, earth),
        np.sin(np.radians(limits.elevation_deg - _TOLERANCE_DEG)),
        bodies, np.cos(np.radians(max(limits.keep_out_deg - _TOLERANCE_DEG, 0.0))), verdict, count, usable,
    )  # fmt: skip
    start = np.append(0, np.cumsum(count))
    pairs = np.lexsort((-verdict, np.repeat(np.arange(len(places)), np.diff(sky.start))))
    pairs = pairs[verdict[pairs] > 0]
    return Sky(
        start, usable, sky.satellite[pairs], sky.elevation_deg[pairs], sky.range_km[pairs], sky.gso_deg[pairs]
    )
