"""The shortest way between two places over satellites and ISLs: what `openleo path` shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openleo.constants import FIBRE_REFRACTIVE_INDEX, LIGHT_KM_PER_MS
from openleo.places import great_circle_km
from openleo.route import Network, cheapest_ways, isl_lengths_km
from openleo.sky import Visibility, observe


@dataclass(frozen=True)
class Trace:
    """One way: up to satellites[0], along them, and down from the last.

    up_km, isl_km, down_km: length of its parts. rtt_ms: light there and back, and what each satellite adds.
    """

    satellites: tuple[int, ...]
    up_km: float
    isl_km: float
    down_km: float
    rtt_ms: float

    @property
    def km(self) -> float:
        """Length of the whole way, one way."""
        return self.up_km + self.isl_km + self.down_km


def trace(
    satellites_km: NDArray[np.float64],
    network: Network,
    from_km: NDArray[np.float64],
    to_km: NDArray[np.float64],
    *,
    mask_deg: float = 25.0,
    visibility: Visibility = "elevation",
    max_range_km: float = np.inf,
    height_km: NDArray[np.float64] | None = None,
    max_isl_km: float = np.inf,
    min_height_km: float = 80.0,
    hop_ms: float = 0.0,
) -> Trace | None:
    """Find the way with the least delay between two places; None where there is none.

    satellites_km: (S, 3) ECEF, NaN for one that is lost. network: the ISLs (see `route.network_of`). from_km,
    to_km: (3,) ECEF. mask_deg, visibility, max_range_km, height_km: who sees whom, as in `sky.observe`.
    max_isl_km, min_height_km: ISLs that are longer, or pass lower over the ground, do not exist. hop_ms:
    processing in each satellite, one way. Dijkstra (1959) over the lengths of the links.
    """
    places = np.array([from_km, to_km], np.float64)
    sky = observe(
        satellites_km, places, mask_deg=mask_deg, visibility=visibility, max_range_km=max_range_km,
        height_km=height_km, threads=1,
    )  # fmt: skip
    edge_km = isl_lengths_km(satellites_km, network, max_isl_km, min_height_km)
    # ranges anew in float64: those of the Sky are float32
    near, far = sky.satellite[sky.seen_from(0)], sky.satellite[sky.seen_from(1)]
    up_km = np.linalg.norm(satellites_km[near] - places[0], axis=1)
    down_km = np.full(len(satellites_km), np.inf)
    down_km[far] = np.linalg.norm(satellites_km[far] - places[1], axis=1)
    cost, step = cheapest_ways(
        network, edge_km / LIGHT_KM_PER_MS + hop_ms, down_km / LIGHT_KM_PER_MS + hop_ms
    )
    total = up_km / LIGHT_KM_PER_MS + cost[near]
    if not len(total) or not np.isfinite(total.min()):
        return None
    best = int(np.argmin(total))
    way, isl_km = [int(near[best])], 0.0
    while step[way[-1]] >= 0:
        edge = step[way[-1]]
        isl_km += float(edge_km[edge])
        way.append(int(network.head[edge]))
    return Trace(tuple(way), float(up_km[best]), isl_km, float(down_km[way[-1]]), 2.0 * float(total[best]))


def fibre_rtt_ms(lat_a: float, lon_a: float, lat_b: float, lon_b: float, *, detour: float = 1.0) -> float:
    """Round trip by fibre along the great circle, its length times `detour`; degrees."""
    along_km = float(great_circle_km(lat_a, lon_a, lat_b, lon_b))
    return float(2.0 * along_km * detour * FIBRE_REFRACTIVE_INDEX / LIGHT_KM_PER_MS)
