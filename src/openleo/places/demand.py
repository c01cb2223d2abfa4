"""What people ask for: the towns of the world become cells with people and demand.

A cell belongs to the country that its centre lies in; where that is the sea, to the country of the most
populous town in the cell (harbours), if there is one.
"""

import contextlib
import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import platformdirs
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.places.borders import country_index, country_of
from openleo.places.cells import F8, Cells, Ids, adjacent, centres, check_resolution, ids_at, positions
from openleo.places.towns import towns

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
class Rates:
    """What a cell asks for: a base and so much for each person, up to a most; checked when made."""

    base_mbps: float = BASE_MBPS
    per_person_mbps: float = PER_PERSON_MBPS
    max_mbps: float = MAX_MBPS

    def __post_init__(self) -> None:
        if not (0 <= self.base_mbps <= self.max_mbps < np.inf and 0 <= self.per_person_mbps < np.inf):
            raise InputError(
                f"base_mbps {self.base_mbps}, per_person_mbps {self.per_person_mbps}, max_mbps"
                f" {self.max_mbps}: all are 0 or more and finite, and max_mbps is not below base_mbps"
            )

    def most_people(self) -> float:
        """How many people a cell can hold before it asks for more than it may; inf where none are counted."""
        counted = self.per_person_mbps > 0 and self.max_mbps > self.base_mbps
        return (self.max_mbps - self.base_mbps) / self.per_person_mbps if counted else np.inf


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
    InputError where there are not so many land cells, or a rate is negative or above the most. The answer is
    kept in the user's cache folder.
    """
    check_resolution(resolution)
    if count < 1:
        raise InputError(f"town_demand: count {count}: it is 1 or more")
    rates = Rates(base_mbps, per_person_mbps, max_mbps)
    path = _cache_path(count, resolution, rates)
    if (kept := _read(path)) is not None:
        return kept
    cells = cells_of(_around_towns(count, resolution, rates.most_people()), rates)
    _write(path, cells)
    return cells


def cells_of(ids: Ids, rates: Rates, demand_bps: F8 | None = None) -> Cells:
    """Fill in all that follows from sorted ids; the demand is that of the people where none is given."""
    lat_deg, lon_deg = centres(ids)
    neighbours = positions(ids, adjacent(ids)) if len(ids) else np.empty((0, 6), np.int32)
    people = np.zeros(len(ids))
    if len(ids):
        peopled, number = _people(h3.get_resolution(int(ids[0])), rates.most_people())
        at = positions(peopled, ids)
        people[at >= 0] = number[at[at >= 0]]
    if demand_bps is None:
        demand_bps = np.minimum(rates.base_mbps + rates.per_person_mbps * people, rates.max_mbps) * 1e6
    # An id ends in three bits for each of the digits 3 to 15; before them stands the resolution-2 parent.
    parent = ids >> np.uint64(39)
    change = np.nonzero(parent[1:] != parent[:-1])[0] + 1
    block_start = np.concatenate([[0], change, [len(ids)]]) if len(ids) else np.zeros(1)
    return Cells(
        id=ids,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        neighbours=neighbours,
        country=country_of_cells(ids, lat_deg, lon_deg),
        people=people,
        demand_bps=demand_bps,
        block_start=block_start.astype(np.int64),
    )


def country_of_cells(ids: Ids, lat_deg: F8, lon_deg: F8) -> NDArray[np.int16]:
    """The country of each cell: of its centre, or else of the most populous town in it; -1 for none."""
    country = country_of(lat_deg, lon_deg)
    if not len(ids):
        return country
    sea = np.nonzero(country < 0)[0]
    town_ids, _, first = _town_cells(h3.get_resolution(int(ids[0])))
    at = positions(town_ids, ids[sea])
    table = towns()
    for cell, town in zip(sea[at >= 0].tolist(), first[at[at >= 0]].tolist(), strict=True):
        code = table.code[table.country[town]]
        country[cell] = country_index(PART_OF.get(code, code))
    return country


def spots(cells: Cells) -> tuple[F8, F8]:
    """The point of each cell that rules of place go by: latitude and longitude (C,), degrees.

    It is the centre or, where that lies in the sea, the most populous town in the cell, so that a port does
    not fall into the sea with the centre of its cell.
    """
    lat, lon = cells.lat_deg.copy(), cells.lon_deg.copy()
    sea = np.flatnonzero(country_of(lat, lon) < 0) if len(cells) else np.empty(0, np.intp)
    if len(sea):
        town_ids, _, first = _town_cells(h3.get_resolution(int(cells.id[0])))
        at = positions(town_ids, cells.id[sea])
        table, town = towns(), first[at[at >= 0]]
        lat[sea[at >= 0]], lon[sea[at >= 0]] = table.lat_deg[town], table.lon_deg[town]
    return lat, lon


@lru_cache(maxsize=2)
def _town_cells(resolution: int) -> tuple[Ids, F8, NDArray[np.int64]]:
    """The cells with a town, sorted; the people of their towns; the most populous town of each."""
    table = towns()
    ids, first, cell = np.unique(
        ids_at(table.lat_deg, table.lon_deg, resolution), return_index=True, return_inverse=True
    )
    return ids, np.bincount(cell, table.people).astype(np.float64), first


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
            land = ring[country_of_cells(ring, *centres(ring)) >= 0].tolist()
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
        ring, ring_of = np.unique(adjacent(frontier), return_inverse=True)
        ring_beside = np.zeros(len(ring))
        np.maximum.at(ring_beside, ring_of.ravel(), np.repeat(beside, 6))
        new = (positions(seen, ring) < 0) & (ring != 0)
        frontier, beside = ring[new], ring_beside[new]
        seen = np.union1d(seen, frontier)
        land = country_of_cells(frontier, *centres(frontier)) >= 0
        order = np.lexsort((frontier[land], -beside[land]))
        taken = np.concatenate([taken, frontier[land][order][: count - len(taken)]])
    return np.sort(taken)


def _cache_path(*key: object) -> Path:
    """Where the answer for a set of parameters is kept: named by them and by all that it is made from."""
    digest = hashlib.sha256(repr(key).encode())
    package = files("openleo")
    for name in ("places/cells.py", "places/demand.py", "data/countries.npz", "data/towns.npz"):
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
