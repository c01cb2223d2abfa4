"""Areas as grids, ready for the kernels that look points up in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError

if TYPE_CHECKING:
    from openleo.kernels.polygons import Grid

F8 = NDArray[np.float64]
Labels = NDArray[np.int16]


def grid_of(rings: Sequence[F8], labels: ArrayLike) -> "Grid":
    """Make areas that do not overlap ready for the kernels `polygons.areas_at` and `zones.zones_at`.

    Takes closed rings, each (K, 2) longitudes and latitudes in degrees with the interior on the left, cut at
    the antimeridian, and the label of each, 0 or more; an area of several rings has the same label in each.
    Returns a `Grid`. Raises InputError where a ring is not closed or out of range, or two areas claim the
    same side of an edge. Other overlaps are not looked for.
    """
    from openleo.kernels.polygons import (
        CELL,
        LINE,
        Grid,
        clear_cells,
        edges_of_rings,
        label_cells,
        list_edges,
    )

    area = np.asarray(labels, np.int16)
    for index, ring in enumerate(rings):
        if len(ring) < 4 or (ring[0] != ring[-1]).any() or not (np.abs(ring) <= (180.0, 90.0)).all():
            raise InputError(
                f"ring {index}: {len(ring)} points from {ring[0]} to {ring[-1]}: a ring has four or more,"
                " ends where it begins, and stays within -180 to 180 by -90 to 90 degrees"
            )
    rings = _with_seam_points(rings)
    points = np.concatenate(rings) if len(rings) else np.empty((0, 2))
    size = np.array([len(ring) for ring in rings], np.int32)
    edges, east, west, clash = edges_of_rings(points[:, 0].copy(), points[:, 1].copy(), size, area)
    if clash >= 0:
        lon0, lat0, lon1, lat1 = edges[clash]
        raise InputError(
            f"areas overlap: two lie on one side of the line from latitude {lat0:g}, longitude {lon0:g} to"
            f" latitude {lat1:g}, longitude {lon1:g}"
        )
    _join_at_seams(edges, east, west)
    start, listed = list_edges(edges)
    lines = np.empty(len(listed), LINE)
    lines["lon0"], lines["lat0"], lines["lon1"], lines["lat1"] = edges[listed].T
    lines["east"], lines["west"] = east[listed], west[listed]
    cells = np.empty(len(start), CELL)
    cells["start"] = start
    label_cells(cells, lines)
    clear_cells(cells)
    for array in (cells, lines):
        array.flags.writeable = False
    return Grid(cells, lines)


def _with_seam_points(rings: Sequence[F8]) -> list[F8]:
    """The rings, with the same points along the antimeridian on both of its sides."""
    steps = [np.nonzero((np.abs(ring[:-1, 0]) == 180.0) & (ring[:-1, 0] == ring[1:, 0]))[0] for ring in rings]
    ends = [ring[np.union1d(step, step + 1), 1] for ring, step in zip(rings, steps, strict=True)]
    lats = np.unique(np.concatenate(ends)) if ends else np.empty(0)
    filled = []
    for ring, step in zip(rings, steps, strict=True):
        for k in step[::-1].tolist():
            low, high = sorted(ring[k : k + 2, 1].tolist())
            between = lats[(lats > low) & (lats < high)]
            if ring[k, 1] > ring[k + 1, 1]:
                between = between[::-1]
            new = np.column_stack([np.full(len(between), ring[k, 0]), between])
            ring = np.insert(ring, k + 1, new, axis=0)
        filled.append(ring)
    return filled


def _join_at_seams(edges: F8, east: Labels, west: Labels) -> None:
    """Tell edges along the antimeridian and at the poles what lies beyond: the map's seam is no line."""
    seam = np.nonzero((np.abs(edges[:, 0]) == 180.0) & (edges[:, 0] == edges[:, 2]))[0]
    at = {tuple(edges[k, [0, 1, 3]].tolist()): k for k in seam.tolist()}
    for (lon, south, north), k in at.items():
        if lon > 0.0 and (other := at.get((-180.0, south, north))) is not None:
            east[k], west[other] = east[other], west[k]
    pole = (np.abs(edges[:, 1]) == 90.0) & (edges[:, 1] == edges[:, 3])
    north_pole = pole & (edges[:, 1] > 0.0)
    south_pole = pole & (edges[:, 1] < 0.0)
    east[south_pole] = west[south_pole]
    west[north_pole] = east[north_pole]
