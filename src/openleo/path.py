"""The shortest way between two places over satellites and ISLs: what `openleo path` shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openleo.constants import FIBRE_REFRACTIVE_INDEX, SPEED_OF_LIGHT_KM_PER_S, WGS84_A_KM, WGS84_F
from openleo.kernels import route as kernels
from openleo.route import Network, great_circle_km
from openleo.sky import Visibility, observe

_LIGHT_KM_PER_MS = SPEED_OF_LIGHT_KM_PER_S / 1e3


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
    n, edges = len(satellites_km), len(network.head)
    edge_km = np.empty(edges)
    kernels.edge_lengths(
        network.first, network.head, satellites_km, max_isl_km, WGS84_A_KM + min_height_km, WGS84_F, edge_km
    )
    # ranges anew in float64: those of the Sky are float32
    near, far = sky.satellite[sky.seen_from(0)], sky.satellite[sky.seen_from(1)]
    up_km = np.linalg.norm(satellites_km[near] - places[0], axis=1)
    down_km = np.full(n, np.inf)
    down_km[far] = np.linalg.norm(satellites_km[far] - places[1], axis=1)
    cost, step = np.empty(n), np.empty(n, np.int64)
    kernels.shortest(
        network.first, network.head, network.back, edge_km / _LIGHT_KM_PER_MS + hop_ms,
        down_km / _LIGHT_KM_PER_MS + hop_ms, cost, step, np.empty(edges + n), np.empty(edges + n, np.int64),
    )  # fmt: skip
    total = up_km / _LIGHT_KM_PER_MS + cost[near]
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
    at: tuple[Any, ...] = (np.float64(lat_a), np.float64(lon_a), np.float64(lat_b), np.float64(lon_b))
    return float(2.0 * great_circle_km(*at) * detour * FIBRE_REFRACTIVE_INDEX / _LIGHT_KM_PER_MS)
