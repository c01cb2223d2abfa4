"""Who sees whom: satellites at one instant and places on the ground become a `Sky`."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM, GSO_RADIUS_KM, WGS84_A_KM, WGS84_B_KM, WGS84_E2
from openleo.errors import InputError
from openleo.kernels import sky as kernels
from openleo.radio import Radio

Visibility = Literal["elevation", "range_km", "flat_cone"]
"""How a satellite counts as visible: true elevation over the ellipsoid's horizon, or one of two range rules
that other tools use: a fixed range, or the slant edge of a cone over a flat Earth, height / sin(mask)."""

Earth = Literal["wgs84", "sphere"]

_BELOW_DEG = -90.0


@dataclass(frozen=True)
class Sky:
    """Which satellites each of C places sees; the pairs of place c stand at start[c]:start[c + 1].

    Of a place's pairs the first `usable[c]` are clear of the GSO arc; those behind them are above the mask
    but too near it.

    start: (C + 1,) int64. usable: (C,) int32. satellite: (P,) int32. elevation_deg, range_km: (P,) float32.
    gso_deg: (P,) float32, angle from the visible part of the geostationary arc (180 where it cannot be seen).
    """

    start: NDArray[np.int64]
    usable: NDArray[np.int32]
    satellite: NDArray[np.int32]
    elevation_deg: NDArray[np.float32]
    range_km: NDArray[np.float32]
    gso_deg: NDArray[np.float32]

    @property
    def above_mask(self) -> NDArray[np.int64]:
        """How many satellites each place sees above its mask, the GSO arc not regarded: (C,)."""
        return np.diff(self.start)

    def seen_from(self, place: int) -> slice:
        """The pairs of one place that may be used."""
        first = int(self.start[place])
        return slice(first, first + int(self.usable[place]))


@dataclass(frozen=True)
class Horizons:
    """What is the same at every instant of C places, so that a clock need not find it anew (see `prepare`).

    places_km, up: (C, 3) ECEF and unit vertical. block_start: (B + 1,); centres_km: (B, 3) and radius_rad:
    (B,) of the blocks. arc: (C, 9) float32, where the geostationary arc stands (see
    `kernels.sky.fill_blocks`). order: (C,) which of the places given each row is, so that those near each
    other stand together; None where they did already.
    """

    places_km: NDArray[np.float64]
    up: NDArray[np.float64]
    block_start: NDArray[np.int64]
    centres_km: NDArray[np.float64]
    radius_rad: NDArray[np.float64]
    arc: NDArray[np.float32]
    order: NDArray[np.int64] | None = None


def prepare(
    places_km: NDArray[np.float64], *, earth: Earth = "wgs84", block_start: NDArray[np.int64] | None = None
) -> Horizons:
    """Find what `observe` needs to know of places at any instant.

    places_km: (C, 3) ECEF, anywhere near the ground. earth: the vertical is that of WGS84, or of a sphere
    (towards the Earth's centre). block_start: (B + 1,) where places that stand near each other begin; without
    it they are brought together here. Raises InputError for an array of another shape.
    """
    places, order = _rows("places_km", places_km), None
    if block_start is None:
        box = neighbourhood(places)
        order = np.argsort(box, kind="stable")
        places = places[order]
        block_start = np.append(np.flatnonzero(np.diff(box[order], prepend=-1)), len(places))
    up = vertical(places, earth)
    centres_km, radius_rad = _blocks(places, block_start)
    return Horizons(places, up, block_start, centres_km, radius_rad, _arc(places, up), order)


def neighbourhood(places_km: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of the box, 4 degrees wide and high, that each of the places (C, 3) stands in."""
    lat = np.degrees(np.arctan2(places_km[:, 2], np.hypot(places_km[:, 0], places_km[:, 1])))
    lon = np.degrees(np.arctan2(places_km[:, 1], places_km[:, 0]))
    row = np.floor((lat + 90.0) / 4.0).astype(np.int64)
    width = 4.0 / np.maximum(np.cos(np.radians(row * 4.0 - 88.0)), 0.05)
    return np.asarray(row * 1000 + np.floor((lon + 180.0) / width).astype(np.int64))


def observe(
    satellites_km: NDArray[np.float64],
    places_km: NDArray[np.float64] | Horizons,
    *,
    mask_deg: float | NDArray[np.float64] = 25.0,
    gso_avoidance_deg: float = 0.0,
    visibility: Visibility = "elevation",
    max_range_km: float = np.inf,
    height_km: NDArray[np.float64] | None = None,
    threads: int | None = None,
) -> Sky:
    """Find the satellites that each place sees.

    satellites_km: (S, 3) ECEF; a row of NaN is a satellite that is lost and seen by nobody.
    places_km: (C, 3) ECEF, anywhere near the ground; or what `prepare` made of them.
    mask_deg: least elevation, one number or (C,).
    gso_avoidance_deg: least angle, seen from the place, between a satellite and the visible part of the
        geostationary arc (the arc after ITU-R S.1503-3, D.6.4; the angle is within 0.002 degrees of a dense
        search up to 25 degrees, within 0.04 beyond).
    visibility: "elevation" (true elevation), or a rule of other tools: "range_km" (within `max_range_km`) or
        "flat_cone" (within height / sin(mask): what h / tan(mask) gives on a flat Earth). Neither of the two
        looks at the horizon; `max_range_km` holds in each of the three.
    height_km: (S,) height of each satellite for "flat_cone".
    threads: at most this many threads (as many as the machine has where None).

    Raises InputError for an array of another shape and for "flat_cone" without heights or with a mask of 0 or
    less.
    """
    sats = _rows("satellites_km", satellites_km)
    ground = places_km if isinstance(places_km, Horizons) else prepare(places_km)
    places, up, block_start = ground.places_km, ground.up, ground.block_start
    centres_km, radius_rad = ground.centres_km, ground.radius_rad
    n_sats, n_places = len(sats), len(places)
    mask = np.broadcast_to(np.asarray(mask_deg, np.float64), (n_places,))
    if ground.order is not None:
        mask = mask[ground.order]
    max_range = np.full(n_sats, max_range_km, np.float64)
    if visibility == "flat_cone":
        lowest = float(mask.min(initial=90.0))
        if height_km is None or lowest <= 0.0:
            raise InputError(
                f"visibility flat_cone: it takes height_km and a mask over 0 degrees, not {lowest:g}"
            )
        max_range = np.minimum(max_range, np.asarray(height_km) / np.sin(np.radians(lowest)))
    if visibility != "elevation":
        mask = np.full(n_places, _BELOW_DEG)

    direction, reach = _reach(sats, float(mask.min(initial=90.0)), max_range)
    n_blocks = len(block_start) - 1
    listed = np.empty((n_blocks, n_sats + 1), np.int32)
    n_listed = np.zeros(n_blocks, np.int64)
    centre_unit = centres_km / np.linalg.norm(centres_km, axis=1, keepdims=True)
    sin_mask = np.sin(np.radians(mask)).astype(np.float32)
    max_range2 = (max_range**2).astype(np.float32)
    count = np.zeros(n_places, np.int64)
    up32 = up.astype(np.float32)

    def look(first: int, last: int) -> None:
        kernels.gather_blocks(
            first, last, direction, np.cos(reach), np.sin(reach), centre_unit, radius_rad, listed, n_listed
        )
        kernels.count_blocks(
            first,
            last,
            block_start,
            centres_km,
            listed,
            n_listed,
            sats,
            max_range2,
            places,
            up32,
            sin_mask,
            count,
        )

    run_chunks(look, n_blocks, threads)
    start = np.zeros(n_places + 1, np.int64)
    np.cumsum(count, out=start[1:])
    pairs = int(start[-1])
    usable = np.zeros(n_places, np.int32)
    satellite = np.empty(pairs, np.int32)
    elevation, range_km, gso = (np.empty(pairs, np.float32) for _ in range(3))
    gso_min = np.float32(np.radians(gso_avoidance_deg) if gso_avoidance_deg > 0.0 else -np.pi)

    def fill(first: int, last: int) -> None:
        kernels.fill_blocks(
            first, last, block_start, centres_km, listed, n_listed, sats, max_range2, places, up32, sin_mask,
            ground.arc, np.float32(GSO_RADIUS_KM), gso_min, start, usable, satellite, elevation, range_km,
            gso,
        )  # fmt: skip

    run_chunks(fill, n_blocks, threads)
    if ground.order is not None:
        back = np.argsort(ground.order)
        here = np.append(0, np.cumsum(count[back]))
        pair = np.repeat(start[:-1][back] - here[:-1], count[back]) + np.arange(pairs)
        satellite, elevation, range_km, gso = satellite[pair], elevation[pair], range_km[pair], gso[pair]
        start, usable = here, usable[back]
    return Sky(start, usable, satellite, elevation, range_km, gso)


def observe_by(
    radio: Radio,
    position_km: NDArray[np.float64],
    places_km: NDArray[np.float64] | Horizons,
    *,
    threads: int | None = None,
) -> Sky:
    """`observe` by the rules of a world's radio; heights for "flat_cone" are over the mean radius."""
    height = np.linalg.norm(position_km, axis=1) - EARTH_MEAN_RADIUS_KM
    return observe(
        position_km, places_km, mask_deg=radio.elevation_mask_deg, gso_avoidance_deg=radio.gso_avoidance_deg,
        visibility=radio.visibility, max_range_km=radio.max_range_km, height_km=height, threads=threads,
    )  # fmt: skip


def azimuth_deg(satellites_km: NDArray[np.float64], place_km: NDArray[np.float64]) -> NDArray[np.float64]:
    """Azimuth clockwise from north (N,), in [0, 360), of satellites (N, 3) ECEF km seen from a place (3,)."""
    up = vertical(place_km[None, :], "wgs84")[0]
    longitude = np.arctan2(place_km[1], place_km[0])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    north = np.cross(up, east)
    line = np.asarray(satellites_km) - place_km
    return np.asarray(np.degrees(np.arctan2(line @ east, line @ north)) % 360.0)


def run_chunks(work: Callable[[int, int], None], n: int, threads: int | None) -> None:
    """Call work(first, last) over 0..n in chunks on threads: kernels release the lock."""
    workers = min(threads or os.cpu_count() or 1, max(n, 1))
    if workers == 1 or n < 64:
        work(0, n)
        return
    edges = np.linspace(0, n, 8 * workers + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(work, edges[:-1], edges[1:]):
            pass


def _rows(name: str, array: NDArray[np.float64]) -> NDArray[np.float64]:
    """The array as (n, 3) float64 in C order."""
    rows = np.ascontiguousarray(array, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise InputError(f"{name}: shape {rows.shape} given; (n, 3) is what it takes")
    return rows


def vertical(places: NDArray[np.float64], earth: Earth) -> NDArray[np.float64]:
    """Unit normals (C, 3) at places (C, 3): of the ellipsoid, or radial on a sphere.

    Source: Bowring 1976, Survey Review 23, 323-327, one step: exact to 1e-9 near the ground.
    """
    if earth == "sphere":
        normal = places
    else:
        rho = np.hypot(places[:, 0], places[:, 1])
        beta = np.arctan2(places[:, 2] * WGS84_A_KM, rho * WGS84_B_KM)
        over = places[:, 2] + WGS84_E2 / (1.0 - WGS84_E2) * WGS84_B_KM * np.sin(beta) ** 3
        along = rho - WGS84_E2 * WGS84_A_KM * np.cos(beta) ** 3
        scale = along / np.maximum(rho, 1e-9)
        normal = np.column_stack([places[:, 0] * scale, places[:, 1] * scale, over])
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _blocks(
    places: NDArray[np.float64], block_start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre in km (B, 3) of each block's places, and the largest Earth-central angle of one from it (B,)."""
    n_blocks = len(block_start) - 1
    if n_blocks == 0:
        return np.empty((0, 3)), np.empty(0)
    sizes = np.diff(block_start)
    centres = np.add.reduceat(places, block_start[:-1]) / sizes[:, None]
    of = np.repeat(np.arange(n_blocks), sizes)
    unit = places / np.linalg.norm(places, axis=1, keepdims=True)
    middle = (centres / np.linalg.norm(centres, axis=1, keepdims=True))[of]
    chord = np.linalg.norm(unit - middle, axis=1)
    angle = 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return centres, np.maximum.reduceat(angle, block_start[:-1])


def _reach(
    sats: NDArray[np.float64], mask_deg: float, max_range: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors (S, 3) and the Earth-central angle (S,) beyond which no place can use the satellite.

    A little wider than the truth: the smallest Earth radius, and 0.2 degrees for the tilt of the vertical.
    """
    radius = np.linalg.norm(sats, axis=1)
    with np.errstate(invalid="ignore"):
        mask = np.radians(mask_deg)
        cos_at_mask = np.clip(WGS84_B_KM / radius * np.cos(mask), -1.0, 1.0)
        by_mask = np.arccos(cos_at_mask) - mask
        lower = WGS84_B_KM
        far = np.where(np.isfinite(max_range), max_range, 1e9)
        by_range = np.arccos(np.clip((lower**2 + radius**2 - far**2) / (2.0 * lower * radius), -1.0, 1.0))
        return sats / radius[:, None], np.minimum(np.minimum(by_mask, by_range) + np.radians(0.2), np.pi)


def _arc(places: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float32]:
    """What the GSO kernel wants to know of each place: (C, 9) float32; see `kernels.sky.fill_blocks`."""
    longitude = np.arctan2(places[:, 1], places[:, 0])
    cos_l, sin_l = np.cos(longitude), np.sin(longitude)
    rho = np.hypot(places[:, 0], places[:, 1])
    z0 = places[:, 2]
    cos_up = up[:, 0] * cos_l + up[:, 1] * sin_l
    sin_up = up[:, 2]
    with np.errstate(divide="ignore", over="ignore"):
        # the arc meets the horizon where R cos(theta) = rho + z0 tan(latitude)
        cos_theta = (rho + z0 * sin_up / cos_up) / GSO_RADIUS_KM
    hidden = ~(cos_theta < 1.0)
    cos_theta = np.where(hidden, 0.0, cos_theta)
    end = np.column_stack([GSO_RADIUS_KM * cos_theta - rho, GSO_RADIUS_KM * np.sqrt(1.0 - cos_theta**2), -z0])
    end /= np.linalg.norm(end, axis=1, keepdims=True)
    end[hidden, 0] = 2.0
    return np.column_stack([cos_l, sin_l, rho, z0, cos_up, sin_up, end]).astype(np.float32)
