"""H3 cells with people and demand: of the towns of the world, of an area, or of places that a user gives.

A cell belongs to the country that its centre lies in; where that is the sea, to the country of the most
populous town in the cell (harbours), if there is one.
"""

import contextlib
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import h3.api.basic_int as h3
import numpy as np
import platformdirs
from numpy.typing import ArrayLike, NDArray

from openleo.constants import WGS84_A_KM, WGS84_E2
from openleo.errors import InputError
from openleo.places.borders import country_index, country_of, grid_of_borders, rings_of
from openleo.places.towns import towns

Ids = NDArray[np.uint64]
F8 = NDArray[np.float64]

BASE_MBPS = 20.0
"""Demand of a cell without a town: one terminal's evening (an assumption of this model)."""

PER_PERSON_MBPS = 0.0045
"""Demand of each person in a town; with the base it makes 24 Tbit/s of the world (docs/models/places.md)."""

MAX_MBPS = 16_000.0
"""The most that a cell demands; people beyond it are taken to live in the cells around."""

WIDEST_CITY = 10
"""How many rings of cells the people of a full cell spread over; more than those can hold ask for nothing."""

PART_OF = {
    **dict.fromkeys(("GF", "GP", "MQ", "RE", "YT"), "FR"),
    **dict.fromkeys(("CC", "CX"), "Indian Ocean Ter."),
    "BQ": "NL",
    "SJ": "NO",
    "TK": "NZ",
    "XK": "Kosovo",
}
"""Codes of GeoNames that the base map has no area for, and the area that it draws them in."""


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
        return int(_positions(self.id, np.array([wanted], np.uint64))[0])


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


def town_demand(
    count: int = 200_000,
    *,
    resolution: int = 5,
    base_mbps: float = BASE_MBPS,
    per_person_mbps: float = PER_PERSON_MBPS,
    max_mbps: float = MAX_MBPS,
) -> Cells:
    """The demand of the world's towns: their cells, then the land around them, ring by ring.

    Takes how many cells, their H3 resolution, and the demand of a cell: `base_mbps` and `per_person_mbps` for
    each person, at most `max_mbps`; more people than that live in the rings around, as those of such cities
    do. Returns exactly `count` `Cells`; the last ring is filled around the most people first. Raises
    InputError where there are not so many land cells. The answer is kept in the user's cache folder.
    """
    _check_resolution(resolution)
    if not (0 < base_mbps <= max_mbps and per_person_mbps >= 0 and count > 0):
        raise InputError(
            f"town_demand: count {count}, base_mbps {base_mbps}, per_person_mbps {per_person_mbps}, max_mbps"
            f" {max_mbps}: count and base_mbps are above 0, per_person_mbps is 0 or more, max_mbps is"
            " base_mbps or more"
        )
    path = _cache_path(count, resolution, base_mbps, per_person_mbps, max_mbps)
    if (kept := _read(path)) is not None:
        return kept
    most = (max_mbps - base_mbps) / per_person_mbps if per_person_mbps else np.inf
    ids = _around_towns(count, resolution, most)
    cells = _cells(ids, most, base_mbps, per_person_mbps)
    _write(path, cells)
    return cells


def cells_in(
    resolution: int,
    *,
    land: bool = False,
    countries: Iterable[str] | None = None,
    box: tuple[float, float, float, float] | None = None,
    polygon: Any = None,
) -> Cells:
    """The cells of an area, with the people of their towns and the demand of `town_demand`.

    Takes the H3 resolution and one of: `land`, all land; `countries`, codes or names; `box`, south, west,
    north and east in degrees (west of more than east runs over the antimeridian); `polygon`, a shapely
    geometry or a GeoJSON geometry, longitude first. A cell is in where its centre is. Returns `Cells`. Raises
    InputError where not exactly one area is given, a country is unknown or the box is out of range.
    """
    _check_resolution(resolution)
    if [land, countries is not None, box is not None, polygon is not None].count(True) != 1:
        raise InputError("cells_in: give exactly one of land, countries, box and polygon")
    if box is not None:
        south, west, north, east = box
        if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 180 and west != east):
            raise InputError(
                f"box {box}: south, west, north, east in degrees, within -90 to 90 and -180 to 180"
            )
        ids = _touching(resolution, _mask([(west, south, east, north)]))
        lat, lon = _centres(ids)
        within = (lon >= west) & (lon <= east) if west < east else (lon >= west) | (lon <= east)
        return _cells(ids[(lat >= south) & (lat <= north) & within])
    if polygon is not None:
        import shapely

        shape = shapely.geometry.shape(polygon) if isinstance(polygon, Mapping) else polygon
        ids = _touching(resolution, _mask([part.bounds for part in shapely.get_parts(shape)]))
        lat, lon = _centres(ids)
        shapely.prepare(shape)
        return _cells(ids[shapely.contains_xy(shape, lon, lat)])
    label = grid_of_borders().label.reshape(720, 1440)
    if land:
        ids = _touching(resolution, label != -1)
        return _cells(ids[_country(ids, *_centres(ids)) >= 0])
    wanted = [country_index(code) for code in countries or ()]
    boxes = [(*ring.min(axis=0), *ring.max(axis=0)) for ring in rings_of(wanted)]
    ids = _touching(resolution, _mask(boxes) & (np.isin(label, wanted) | (label == -2)))
    return _cells(ids[np.isin(_country(ids, *_centres(ids)), wanted)])


def cells_from_points(
    lat_deg: ArrayLike, lon_deg: ArrayLike, demand_bps: ArrayLike, resolution: int
) -> Cells:
    """The cells that a user's own places lie in; the demand of places in one cell adds up.

    Takes (N,) degrees, (N,) bit/s (or one for all) and the H3 resolution. Returns `Cells`. Raises InputError
    where a coordinate is out of range or a demand is negative or not finite.
    """
    _check_resolution(resolution)
    lat, lon, demand = np.broadcast_arrays(np.atleast_1d(lat_deg), np.atleast_1d(lon_deg), demand_bps)
    wrong = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180) & (demand >= 0) & np.isfinite(demand))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"place {at}: latitude {lat[at]}, longitude {lon[at]}, demand {demand[at]} bit/s: allowed are"
            " -90 to 90, -180 to 180, and 0 or more"
        )
    ids, place = np.unique(_ids(lat, lon, resolution), return_inverse=True)
    return _cells(ids, demand_bps=np.bincount(place, demand, len(ids)).astype(np.float64))


def _check_resolution(resolution: int) -> None:
    if not 0 <= resolution <= 15:
        raise InputError(f"resolution {resolution}: H3 has 0 to 15 (5 is a cell of 250 km2)")


def _ids(lat_deg: F8, lon_deg: F8, resolution: int) -> Ids:
    """The cell of each point (N,)."""
    found = (
        h3.latlng_to_cell(lat, lon, resolution)
        for lat, lon in zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)
    )
    return np.fromiter(found, np.uint64, len(lat_deg))


def _centres(ids: Ids) -> tuple[F8, F8]:
    """Latitude and longitude of each cell's centre, degrees."""
    centres = np.array([h3.cell_to_latlng(cell) for cell in ids.tolist()], np.float64).reshape(-1, 2)
    return centres[:, 0].copy(), centres[:, 1].copy()


def _adjacent(ids: Ids) -> Ids:
    """The six cells around each cell, (C, 6); 0 for the sixth of a pentagon."""
    rings = ((*h3.grid_ring(cell, 1), 0)[:6] for cell in ids.tolist())
    return np.fromiter(chain.from_iterable(rings), np.uint64, 6 * len(ids)).reshape(-1, 6)


def _positions(ids: Ids, wanted: Ids) -> NDArray[np.int32]:
    """Where each wanted cell stands in sorted ids, -1 where it does not."""
    at = np.searchsorted(ids, wanted)
    at[at == len(ids)] = 0
    return np.where(ids[at] == wanted, at, -1).astype(np.int32)


@lru_cache(maxsize=2)
def _town_cells(resolution: int) -> tuple[Ids, F8, NDArray[np.int64]]:
    """The cells with a town, sorted; the people of their towns; the most populous town of each."""
    table = towns()
    ids, first, cell = np.unique(
        _ids(table.lat_deg, table.lon_deg, resolution), return_index=True, return_inverse=True
    )
    return ids, np.bincount(cell, table.people).astype(np.float64), first


def _country(ids: Ids, lat_deg: F8, lon_deg: F8) -> NDArray[np.int16]:
    """The country of each cell: of its centre, or else of the most populous town in it; -1 for none."""
    country = country_of(lat_deg, lon_deg)
    sea = np.nonzero(country < 0)[0]
    town_ids, _, first = _town_cells(h3.get_resolution(int(ids[0]))) if len(ids) else (ids, ids, ids)
    at = _positions(town_ids, ids[sea])
    table = towns()
    for cell, town in zip(sea[at >= 0].tolist(), first[at[at >= 0]].tolist(), strict=True):
        code = table.code[table.country[town]]
        country[cell] = country_index(PART_OF.get(code, code))
    return country


@lru_cache(maxsize=2)
def _people(resolution: int, most: float) -> tuple[Ids, F8]:
    """The cells with people, sorted, and how many: those above `most` spread over the rings around.

    A ring takes equal shares in all its land cells, as far as there is room; the rest goes to the next ring.
    """
    ids, people, _ = _town_cells(resolution)
    people_of = dict(zip(ids.tolist(), people.tolist(), strict=True))
    for full in ids[people > most][np.argsort(-people[people > most], kind="stable")].tolist():
        excess = people_of[full] - most
        people_of[full] = most
        for distance in range(1, WIDEST_CITY + 1):
            if excess < 0.5:
                break
            ring = np.array(sorted(h3.grid_ring(full, distance)), np.uint64)
            land = ring[_country(ring, *_centres(ring)) >= 0].tolist()
            share = excess / max(len(land), 1)
            for cell in land:
                taken = min(share, max(most - people_of.get(cell, 0.0), 0.0))
                people_of[cell] = people_of.get(cell, 0.0) + taken
                excess -= taken
    cells = np.array(sorted(people_of), np.uint64)
    return cells, np.array([people_of[cell] for cell in cells.tolist()])


def _around_towns(count: int, resolution: int, most: float) -> Ids:
    """The `count` land cells nearest to towns by rings, sorted; of the last ring those beside most people."""
    taken, people = _people(resolution, most)
    if len(taken) >= count:
        return np.sort(taken[np.lexsort((taken, -people))[:count]])
    frontier, beside, seen = taken, people, taken
    while len(taken) < count:
        if not len(frontier):
            raise InputError(
                f"town_demand: count {count}: there are {len(taken)} land cells of resolution {resolution}"
            )
        ring, ring_of = np.unique(_adjacent(frontier), return_inverse=True)
        ring_beside = np.zeros(len(ring))
        np.maximum.at(ring_beside, ring_of.ravel(), np.repeat(beside, 6))
        new = (_positions(seen, ring) < 0) & (ring != 0)
        frontier, beside = ring[new], ring_beside[new]
        seen = np.union1d(seen, frontier)
        land = _country(frontier, *_centres(frontier)) >= 0
        order = np.lexsort((frontier[land], -beside[land]))
        taken = np.concatenate([taken, frontier[land][order][: count - len(taken)]])
    return np.sort(taken)


def _cells(
    ids: Ids,
    most: float = (MAX_MBPS - BASE_MBPS) / PER_PERSON_MBPS,
    base_mbps: float = BASE_MBPS,
    per_person_mbps: float = PER_PERSON_MBPS,
    demand_bps: F8 | None = None,
) -> Cells:
    """Fill in all that follows from sorted ids; the demand is that of the people where none is given."""
    lat_deg, lon_deg = _centres(ids)
    neighbours = _positions(ids, _adjacent(ids)) if len(ids) else np.empty((0, 6), np.int32)
    people = np.zeros(len(ids))
    if len(ids):
        peopled, number = _people(h3.get_resolution(int(ids[0])), most)
        at = _positions(peopled, ids)
        people[at >= 0] = number[at[at >= 0]]
    if demand_bps is None:
        demand_bps = (base_mbps + per_person_mbps * people) * 1e6
    # An id ends in three bits for each of the digits 3 to 15; what stands before them is the resolution-2
    # parent.
    parent = ids >> np.uint64(39)
    change = np.nonzero(parent[1:] != parent[:-1])[0] + 1
    block_start = np.concatenate([[0], change, [len(ids)]]) if len(ids) else np.zeros(1)
    return Cells(
        id=ids,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        neighbours=neighbours,
        country=_country(ids, lat_deg, lon_deg),
        people=people,
        demand_bps=demand_bps,
        block_start=block_start.astype(np.int64),
    )


def _mask(boxes: Iterable[tuple[float, ...]]) -> NDArray[np.bool_]:
    """The quarter-degree grid cells (720, 1440) that boxes of west, south, east, north touch."""
    mask = np.zeros((720, 1440), np.bool_)
    for west, south, east, north in boxes:
        rows = slice(int((south + 90) // 0.25), int((north + 90) // 0.25) + 1)
        first, last = int((west + 180) // 0.25), int((east + 180) // 0.25) + 1
        if west > east:
            mask[rows, first:] = mask[rows, :last] = True
        else:
            mask[rows, first:last] = True
    return mask


def _touching(resolution: int, mask: NDArray[np.bool_]) -> Ids:
    """All cells of a resolution, sorted, that may touch a mask of quarter-degree grid cells, and some beside.

    Goes down from the largest cells and drops those with nothing of the mask within their reach.
    """
    counted = np.zeros((721, 1441), np.int64)
    counted[1:, 1:] = np.cumsum(np.cumsum(mask, axis=0), axis=1)
    ids = np.sort(np.array(h3.get_res0_cells(), np.uint64))
    for level in range(resolution + 1):
        if level:
            ids = np.array(
                [child for cell in ids.tolist() for child in h3.cell_to_children(cell, level)], np.uint64
            )
        lat, lon = _centres(ids)
        # Cells are up to 1.3 times the average, and children stick out of their parents by a third.
        reach = np.degrees(1.8 * h3.average_hexagon_edge_length(level, "km") / 6371.0)
        widened = np.minimum(reach / np.maximum(np.cos(np.radians(np.abs(lat) + reach)), 1e-3), 360.0)
        south, north = ((np.clip(lat + side, -90, 90) + 90) / 0.25 for side in (-reach, reach))
        west, east = ((lon + side * widened + 180) / 0.25 for side in (-1, 1))
        round_the_back = (west < 0) | (east > 1440)
        s, n = np.floor(south).astype(int), np.ceil(north).astype(int)
        w = np.where(round_the_back, 0, np.floor(west)).astype(int)
        e = np.where(round_the_back, 1440, np.ceil(east)).astype(int)
        ids = ids[counted[n, e] - counted[s, e] - counted[n, w] + counted[s, w] > 0]
    return ids


def _cache_path(*key: object) -> Path:
    """Where the answer for a set of parameters is kept: named by them and by all that it is made from."""
    digest = hashlib.sha256(repr(key).encode())
    package = files("openleo")
    for name in ("places/cells.py", "data/countries.npz", "data/towns.npz"):
        digest.update(package.joinpath(name).read_bytes())
    return Path(platformdirs.user_cache_dir("openleo")) / f"town-demand-{digest.hexdigest()[:20]}.npz"


def _read(path: Path) -> Cells | None:
    """The cells kept in a file; None where there is none, or none that can be read."""
    try:
        with np.load(path, allow_pickle=False) as table:
            return Cells(**{field.name: table[field.name] for field in fields(Cells)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(path: Path, cells: Cells) -> None:
    """Keep cells in a file, whole or not at all; a folder that cannot be written to is no error."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as stream:
            np.savez(stream, **{field.name: getattr(cells, field.name) for field in fields(Cells)})
        os.replace(stream.name, path)
