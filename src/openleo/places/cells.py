"""H3 cells of one resolution, and the ground points that they stand for."""

from dataclasses import dataclass
from itertools import chain

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, WGS84_A_KM, WGS84_E2
from openleo.errors import InputError

Ids = NDArray[np.uint64]
F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """C cells of one H3 resolution, sorted by id, with what their people ask for.

    `id` (C,) uint64; `lat_deg`, `lon_deg` (C,) centres; `neighbours` (C, 6) int32 indices of the adjacent
    cells, -1 where one is not among these (and for the sixth of a pentagon); `country` (C,) int16 into
    `countries()`; `people` (C,); `demand_bps` (C,); `block_start` (B + 1,) int64: the cells of one
    resolution-2 parent stand at `block_start[b]:block_start[b + 1]`.
    """

    id: Ids
    lat_deg: F8
    lon_deg: F8
    neighbours: NDArray[np.int32]
    country: NDArray[np.int16]
    people: F8
    demand_bps: F8
    block_start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)

    def ecef_km(self) -> F8:
        """The centres on the WGS84 ellipsoid, (C, 3) in km, Earth-fixed."""
        return ecef_km(self.lat_deg, self.lon_deg)

    def where(self, lat_deg: float, lon_deg: float) -> int:
        """Index of the cell that a point (degrees) lies in, -1 where it is not among these."""
        if not len(self):
            return -1
        wanted = h3.latlng_to_cell(lat_deg, lon_deg, h3.get_resolution(int(self.id[0])))
        return int(positions(self.id, np.array([wanted], np.uint64))[0])


def ecef_km(lat_deg: ArrayLike, lon_deg: ArrayLike, altitude_km: ArrayLike = 0.0) -> F8:
    """Turn geodetic coordinates into Earth-fixed ones on WGS84.

    Takes degrees and km above the ellipsoid, of shapes that broadcast to (...). Returns (..., 3) in km.
    Source: NIMA TR8350.2, equation 4-14.
    """
    lat, lon, altitude = np.broadcast_arrays(np.radians(lat_deg), np.radians(lon_deg), altitude_km)
    normal_km = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * np.sin(lat) ** 2)
    across_km = (normal_km + altitude) * np.cos(lat)
    up_km = (normal_km * (1.0 - WGS84_E2) + altitude) * np.sin(lat)
    return np.stack([across_km * np.cos(lon), across_km * np.sin(lon), up_km], axis=-1)


def check_resolution(resolution: int) -> None:
    """Raise InputError where H3 has no such resolution."""
    if not 0 <= resolution <= 15:
        raise InputError(f"resolution {resolution}: H3 has 0 to 15 (5 is a cell of 250 km2)")


def ids_at(lat_deg: F8, lon_deg: F8, resolution: int) -> Ids:
    """The cell of each point (N,)."""
    found = (
        h3.latlng_to_cell(lat, lon, resolution)
        for lat, lon in zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)
    )
    return np.fromiter(found, np.uint64, len(lat_deg))


def centres(ids: Ids) -> tuple[F8, F8]:
    """Latitude and longitude of each cell's centre, degrees."""
    centres = np.array([h3.cell_to_latlng(cell) for cell in ids.tolist()], np.float64).reshape(-1, 2)
    return centres[:, 0].copy(), centres[:, 1].copy()


def adjacent(ids: Ids) -> Ids:
    """The six cells around each cell, (C, 6); 0 for the sixth of a pentagon."""
    rings = ((*h3.grid_ring(cell, 1), 0)[:6] for cell in ids.tolist())
    return np.fromiter(chain.from_iterable(rings), np.uint64, 6 * len(ids)).reshape(-1, 6)


def positions(ids: Ids, wanted: Ids) -> NDArray[np.int32]:
    """Where each wanted cell stands in sorted ids, -1 where it does not."""
    at = np.searchsorted(ids, wanted)
    at[at == len(ids)] = 0
    return np.where(ids[at] == wanted, at, -1).astype(np.int32)


def great_circle_km(lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike) -> F8:
    """Great-circle distance over the mean sphere (haversine; Sinnott 1984); degrees, any shapes."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half = np.sin((phi_b - phi_a) / 2.0) ** 2
    across = np.sin(np.radians(np.subtract(lon_b, lon_a)) / 2.0) ** 2
    root = np.sqrt(np.clip(half + np.cos(phi_a) * np.cos(phi_b) * across, 0.0, 1.0))
    return np.asarray(2.0 * EARTH_MEAN_RADIUS_KM * np.arcsin(root))
