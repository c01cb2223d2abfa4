"""Who serves whom in a slot: visible pairs, demand and rules become a `Plan`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.kernels import augment
from openleo.kernels import plan as kernels
from openleo.kernels.grid import Grid
from openleo.sky import Sky, run_chunks
from openleo.world import Preference

REASONS = ("served", "no_satellite", "gso_arc", "no_gateway", "capacity", "colour", "rule")
"""Why a place is not served, by code; 0 stands as well for a place that asks for nothing."""

SERVED, NO_SATELLITE, GSO_ARC, NO_GATEWAY, CAPACITY, COLOUR, RULE = range(7)

COVERED_BPS = 1e6
"""A place is covered where it is granted this much, or all that it asks for."""

_BITS = 64
_SEARCH = 400  # satellites that one augmenting search may touch
_PLAIN = Preference()


@dataclass(frozen=True)
class Payloads:
    """What a plan must know of S satellites.

    position_km: (S, 3) ECEF. beams: (S,) int32, at once. capacity_bps: (S,). merit: (S,) float32, of the
    class.
    """

    position_km: NDArray[np.float64]
    beams: NDArray[np.int32]
    capacity_bps: NDArray[np.float64]
    merit: NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """Who serves each of C places in a slot.

    satellite: (C,) int32, -1 where nobody. colours: (C,) uint64, the units held: bit f * n_colours + v is
    colour v in frame f. granted_bps: (C,) float32. reason: (C,) int8 into REASONS. pair: (C,) int64, which
    visible pair of the Sky it is, -1 where none. frames, n_colours: into how many frames the slot is cut, and
    how many colours.
    """

    satellite: NDArray[np.int32]
    colours: NDArray[np.uint64]
    granted_bps: NDArray[np.float32]
    reason: NDArray[np.int8]
    pair: NDArray[np.int64]
    frames: int
    n_colours: int

    @property
    def colour(self) -> NDArray[np.int32]:
        """The first colour of each place (C,), -1 where it is not served."""
        low = self.colours & (~self.colours + np.uint64(1))
        bit = np.log2(np.where(low == 0, 1, low).astype(np.float64)).astype(np.int32)
        return np.where(self.colours == 0, -1, bit % self.n_colours).astype(np.int32)

    @property
    def share(self) -> NDArray[np.float32]:
        """Beams' time that each place holds (C,): 1 is one beam during all of the slot."""
        return (np.bitwise_count(self.colours) / self.frames).astype(np.float32)

    def beams(self) -> dict[str, NDArray[np.int32]]:
        """One row for each beam and frame that lights a place: place, satellite, frame, beam, colour.

        A satellite's beams are numbered anew in each frame.
        """
        bits = np.arange(self.frames * self.n_colours, dtype=np.uint64)
        place, bit = np.nonzero((self.colours[:, None] >> bits) & np.uint64(1))
        satellite = self.satellite[place]
        frame, colour = np.divmod(bit, self.n_colours)
        order = np.lexsort((place, colour, frame, satellite))
        place, satellite, frame, colour = place[order], satellite[order], frame[order], colour[order]
        group = satellite.astype(np.int64) * self.frames + frame
        first = np.flatnonzero(np.diff(group, prepend=-1))
        sizes = np.diff(np.append(first, len(group)))
        beam = np.arange(len(group)) - np.repeat(first, sizes)
        names = ("place", "satellite", "frame", "beam", "colour")
        columns = np.stack([place, satellite, frame, beam, colour]).astype(np.int32)
        return dict(zip(names, columns, strict=True))


def schedule(
    sky: Sky,
    rate_bps: NDArray[np.float32],
    payloads: Payloads,
    places_km: NDArray[np.float64],
    demand_bps: NDArray[np.float64],
    *,
    frames: int = 1,
    n_colours: int = 16,
    same_colour_deg: float = 3.0,
    neighbours: NDArray[np.int32] | None = None,
    lit: NDArray[np.bool_] | None = None,
    landing: NDArray[np.int16] | None = None,
    open_to: NDArray[np.bool_] | None = None,
    before: NDArray[np.int32] | None = None,
    weights: Preference = _PLAIN,
    patience: int = 64,
    tries: int = 0,
    threads: int | None = None,
) -> Plan:
    """Decide which satellite, with which beams, frames and colours, serves each place in one slot.

    First the coverage: prices say how full each satellite would be if every place spread its demand evenly;
    then the places, those with the fewest satellites first, take one unit each where the score is best, and
    augmenting paths serve those left out (Hopcroft and Karp 1973 for the b-matching, with a colour test on
    each move). Then the demand: the units left over go to the places that want more, and places that lack
    much move to the satellite that has most to give.

    sky: (P) pairs; rate_bps: (P,) of one beam all of its time. places_km: (C, 3) ECEF. demand_bps: (C,).
    frames, n_colours: at most 64 together. same_colour_deg: least angle, seen from the satellite, between two
    places lit by it with one colour in one frame. neighbours: (C, K), -1 for none: they never share a colour
    in a frame. lit: (C,) False where a rule forbids service. landing: (C,) row of `open_to` (G, S) that holds
    for the place: which satellites have a way to a gateway that it may use. before: (C,) satellites of the
    slot before. patience: after so many augmenting searches without success the places still left out stay
    so. tries: how far a random walk then goes on, where colours are in the way.

    Raises InputError where frames * n_colours exceeds 64 or is less than 1.
    """
    if frames < 1 or not 1 <= frames * n_colours <= _BITS:
        raise InputError(f"frames * colours: {frames} * {n_colours} given; from 1 to {_BITS} is allowed")
    n_places, n_sats = len(places_km), len(payloads.beams)
    start, usable = sky.start, sky.usable
    landing = np.zeros(n_places, np.int16) if landing is None else landing
    open_to = np.ones((1, n_sats), np.bool_) if open_to is None else open_to
    before = np.full(n_places, -1, np.int32) if before is None else before
    wanted = demand_bps > 0.0
    may = wanted if lit is None else wanted & lit

    grid = _grid(payloads, places_km, neighbours, frames, n_colours, same_colour_deg)
    merit = np.empty(len(sky.satellite), np.float32)
    reachable = np.zeros(n_places, np.int32)
    best_rate = np.zeros(n_places, np.float32)

    def value(first: int, last: int) -> None:
        kernels.appraise(
            first, last, start, usable, sky.satellite, sky.elevation_deg, sky.gso_deg, rate_bps, open_to,
            landing, payloads.merit, weights.elevation, weights.gso, weights.satellite_class, merit,
            reachable, best_rate,
        )  # fmt: skip

    run_chunks(value, n_places, threads)
    trying = np.flatnonzero(may & (reachable > 0))
    need = np.zeros(n_places, np.float32)
    need[trying] = np.maximum(np.ceil(demand_bps[trying] * frames / np.maximum(best_rate[trying], 1.0)), 1.0)
    typical = float(np.median(best_rate[trying])) / frames if len(trying) else 1.0
    room = np.minimum(payloads.beams * frames, payloads.capacity_bps / max(typical, 1.0)).astype(np.float32)
    price = np.ones(n_sats, np.float32)
    pairs = (start, usable, sky.satellite, open_to, landing)
    asked = np.where(may, demand_bps, 0.0)
    kernels.balance(*pairs, need, room, 2, price)
    # scarcest first; among places with many satellites only roughly, so that places near each other follow
    # each other in memory: a third faster for 200 000 cells than the exact order
    scarcity = np.where(reachable < 9, reachable, 8 + (reachable >> 3))
    order = trying[np.argsort(scarcity[trying], kind="stable")]
    kernels.attach(
        grid, order, *pairs, merit, rate_bps, asked, COVERED_BPS, need, room, price, before,
        np.float32(weights.balance), np.float32(weights.dwell),
    )  # fmt: skip
    rest = (*pairs, rate_bps, asked, COVERED_BPS)
    left = order[grid.satellite[order] < 0]
    coloured = np.zeros(n_places, np.bool_)
    if len(left):
        augment.augment(grid, left, *rest, _SEARCH, patience)
        left = left[grid.satellite[left] < 0]
        augment.blame(grid, left, *rest, coloured)
        if tries and coloured.any():  # where only beams are short, augmenting paths have found the optimum
            augment.shake(grid, left, *rest, tries)
            coloured[:] = False
            augment.blame(grid, order[grid.satellite[order] < 0], *rest, coloured)
    hungry = np.argsort(asked, kind="stable")
    hungry = hungry[grid.granted[hungry] < asked[hungry]]
    kernels.grow(grid, hungry, rate_bps, asked, True)
    kernels.rehome(grid, hungry[::-1].copy(), *pairs, rate_bps, asked)
    kernels.grow(grid, hungry, rate_bps, asked, False)

    reason = np.where(coloured, COLOUR, CAPACITY).astype(np.int8)
    reason[reachable == 0] = NO_GATEWAY
    reason[usable == 0] = GSO_ARC
    reason[sky.above_mask == 0] = NO_SATELLITE
    if lit is not None:
        reason[~lit] = RULE
    reason[(grid.satellite >= 0) | ~wanted] = SERVED
    return Plan(
        grid.satellite, grid.colours, grid.granted.astype(np.float32), reason, grid.pair, frames, n_colours
    )


def _grid(
    payloads: Payloads,
    places_km: NDArray[np.float64],
    neighbours: NDArray[np.int32] | None,
    frames: int,
    n_colours: int,
    same_colour_deg: float,
) -> Grid:
    """An empty plan: every satellite has a row for as many places as it has units."""
    n_places, n_sats = len(places_km), len(payloads.beams)
    # no row is longer than there are places
    rows = np.minimum(payloads.beams.astype(np.int64) * frames, n_places)
    offset = np.zeros(n_sats + 1, np.int64)
    np.cumsum(rows, out=offset[1:])
    entries = int(offset[-1])
    # 4e-7: what float32 unit vectors may be off, so that a pair at the limit counts as too near
    chord = 2.0 * np.sin(np.radians(same_colour_deg) / 2.0) + 4e-7 if same_colour_deg > 0.0 else 0.0
    one = (1 << n_colours) - 1
    return Grid(
        offset=offset,
        length=np.zeros(n_sats, np.int32),
        direction=np.empty((3, entries), np.float32),
        word=np.empty(entries, np.uint64),
        member=np.empty(entries, np.int32),
        used=np.zeros((n_sats, frames), np.int32),
        beams=np.ascontiguousarray(payloads.beams, np.int32),
        capacity=np.ascontiguousarray(payloads.capacity_bps, np.float64),
        load=np.zeros(n_sats),
        satellite=np.full(n_places, -1, np.int32),
        entry=np.full(n_places, -1, np.int64),
        pair=np.full(n_places, -1, np.int64),
        colours=np.zeros(n_places, np.uint64),
        granted=np.zeros(n_places),
        neighbours=np.empty((n_places, 0), np.int32) if neighbours is None else neighbours,
        frame_word=np.array([one << (n_colours * f) for f in range(frames)], np.uint64),
        chord2=np.float32(chord**2),
        satellites_km=np.ascontiguousarray(payloads.position_km, np.float64),
        places_km=np.ascontiguousarray(places_km, np.float64),
    )
