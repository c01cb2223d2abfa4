"""Which area a point is in: a grid whose cells either lie in one area or list the edges that cross them.

Areas are closed rings of longitudes and latitudes with the interior on the left, which do not overlap. From a
point we walk west along its parallel to the nearest edge: the area on that edge's eastern side holds the
point. A grid cell without an edge needs no walk at all, and in the others only the few edges of that cell are
looked at.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import inlined, kernel

SIDE_DEG = 0.25
"""Side of a grid cell; 0.25 degrees balances the size of the grid against the edges in a cell."""

COLUMNS = int(360.0 / SIDE_DEG)
ROWS = int(180.0 / SIDE_DEG)

NONE = -1
"""Label of what lies in no area (the sea)."""

MIXED = -2
"""Label of a grid cell that an edge crosses."""

FARTHEST = 255
"""Cells further than this from the nearest edge are said to be this far."""

F8 = NDArray[np.float64]
Labels = NDArray[np.int16]


CELL = np.dtype([("label", "i2"), ("clear", "u1"), ("start", "i4")], align=True)
"""A grid cell: the area that it lies in, NONE, or MIXED where an edge touches it; the steps (also slanting)
to the nearest MIXED cell, FARTHEST at most; where its edges begin."""

LINE = np.dtype(
    [("lon0", "f8"), ("lat0", "f8"), ("lon1", "f8"), ("lat1", "f8"), ("east", "i2"), ("west", "i2")],
    align=True,
)
"""An edge: its southern end, then its northern one (of a level one the western, the eastern); the areas right
of it (south of a level one) and left of it, NONE for none."""

Records = NDArray[Any]


class Grid(NamedTuple):
    """Areas, ready for look-up: G grid cells, row-major from the south-west, and the edges in each.

    An edge stands once for each cell that it touches; those of cell k from `start[k]` to `start[k + 1]`. Rows
    instead of an array for each field: what is used together lies together, and kernels that hand a tuple on
    count the references of each of its arrays, at some 10 ns an array.
    """

    cells: Records  # (G + 1,) CELL; the last only ends the edges of the one before
    lines: Records  # (E,) LINE

    @property
    def label(self) -> Labels:
        """(G,): the area that a cell lies in, NONE, or MIXED."""
        return self.cells["label"][:-1]

    @property
    def clear(self) -> NDArray[np.uint8]:
        """(G,): steps to the nearest MIXED cell."""
        return self.cells["clear"][:-1]

    @property
    def start(self) -> NDArray[np.int32]:
        """(G + 1,): where the edges of a cell begin."""
        return self.cells["start"]

    @property
    def edges(self) -> F8:
        """(E, 4): longitude and latitude of the southern end, then of the northern one."""
        return self.lines.view(np.float64).reshape(-1, LINE.itemsize // 8)[:, :4]

    @property
    def east(self) -> Labels:
        """(E,): the area right of each edge."""
        return self.lines["east"]

    @property
    def west(self) -> Labels:
        """(E,): the area left of each edge."""
        return self.lines["west"]


@kernel
def edges_of_rings(
    lon_deg: F8, lat_deg: F8, size: NDArray[np.int32], area: Labels
) -> tuple[F8, Labels, Labels, int]:
    """Turn rings into edges that point north (east where they are level), with the area on either side.

    Takes the points of all rings, one ring after another, (N,) in degrees; `size` and `area` (R,): the points
    in each ring, the first repeated at the end, and its area. Returns the edges (E, 4) as longitude and
    latitude of the southern end, then of the northern; (E,) the area east of each and (E,) west of each, NONE
    where there is none; and the number of an edge that two areas claim from one side, or -1. An edge that two
    rings share stands once. A walk along a parallel does not meet level edges; they are kept for the grid.
    """
    count = lon_deg.size - size.size
    edges = np.empty((count, 4))
    sides = np.full((2, count), NONE, np.int16)
    bits = 1
    while 1 << bits < 2 * count:
        bits += 1
    # Open addressing: an edge is found again by a hash of its four numbers.
    place = np.full(1 << bits, -1, np.int32)
    edge = np.empty(4)
    words = edge.view(np.uint64)
    point = found = 0
    clash = -1
    for ring in range(size.size):
        for i in range(point, point + size[ring] - 1):
            lat_a, lat_b, lon_a, lon_b = lat_deg[i], lat_deg[i + 1], lon_deg[i], lon_deg[i + 1]
            along = lat_b > lat_a or (lat_b == lat_a and lon_b >= lon_a)
            south, north = (i, i + 1) if along else (i + 1, i)
            edge[0], edge[1] = lon_deg[south] + 0.0, lat_deg[south] + 0.0
            edge[2], edge[3] = lon_deg[north] + 0.0, lat_deg[north] + 0.0
            mixed = np.uint64(0)
            for k in range(4):
                mixed = (mixed ^ words[k] ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
            at = np.int64(mixed >> np.uint64(64 - bits))
            while place[at] >= 0 and not (
                edges[place[at], 0] == edge[0]
                and edges[place[at], 1] == edge[1]
                and edges[place[at], 2] == edge[2]
                and edges[place[at], 3] == edge[3]
            ):
                at = (at + 1) & ((1 << bits) - 1)
            if place[at] < 0:
                place[at] = found
                edges[found] = edge
                found += 1
            side = 1 if along else 0
            if sides[side, place[at]] != NONE and sides[side, place[at]] != area[ring]:
                clash = place[at]
            sides[side, place[at]] = area[ring]
        point += size[ring]
    return edges[:found].copy(), sides[0, :found].copy(), sides[1, :found].copy(), clash


@inlined
def column_of(lon_deg: float) -> int:
    return min(max(int(np.floor((lon_deg + 180.0) / SIDE_DEG)), 0), COLUMNS - 1)


@inlined
def row_of(lat_deg: float) -> int:
    return min(max(int(np.floor((lat_deg + 90.0) / SIDE_DEG)), 0), ROWS - 1)


@inlined
def columns_in_row(edge: F8, row: int) -> tuple[int, int]:
    """First and last grid column that an edge touches in a grid row, a hair wider than exact."""
    lon0, lat0, lon1, lat1 = edge[0], edge[1], edge[2], edge[3]
    a, b = lon0, lon1
    if lat1 > lat0:
        south, north = row * SIDE_DEG - 90.0, (row + 1) * SIDE_DEG - 90.0
        slope = (lon1 - lon0) / (lat1 - lat0)
        if lat0 < south:
            a = lon0 + (south - lat0) * slope
        if lat1 > north:
            b = lon0 + (north - lat0) * slope
    hair = 1e-9
    return column_of(min(a, b) - hair), column_of(max(a, b) + hair)


@kernel
def list_edges(edges: F8) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """List the edges that touch each grid cell.

    Takes edges (E, 4) as `edges_of_rings` gives them. Returns `start` (cells + 1,) and the edges' indices:
    those of cell `k` (row-major from the south-west) stand at `start[k]:start[k + 1]`.
    """
    start = np.zeros(ROWS * COLUMNS + 1, np.int32)
    for e in range(edges.shape[0]):
        for row in range(row_of(edges[e, 1]), row_of(edges[e, 3]) + 1):
            first, last = columns_in_row(edges[e], row)
            for column in range(first, last + 1):
                start[row * COLUMNS + column + 1] += 1
    start[:] = np.cumsum(start)
    filled = start[:-1].copy()
    listed = np.empty(start[-1], np.int32)
    for e in range(edges.shape[0]):
        for row in range(row_of(edges[e, 1]), row_of(edges[e, 3]) + 1):
            first, last = columns_in_row(edges[e], row)
            for column in range(first, last + 1):
                k = row * COLUMNS + column
                listed[filled[k]] = e
                filled[k] += 1
    return start, listed


@inlined
def area_at(lon_deg: float, lat_deg: float, row: int, column: int, cells: Records, lines: Records) -> int:
    """Walk west from a point, starting in the grid cell given, to the label that holds it."""
    while column >= 0:
        cell = row * COLUMNS + column
        if cells[cell].label != MIXED:
            return int(cells[cell].label)
        # An edge of this cell may cross the parallel further west, where other edges come first.
        best_lon, best_slope, best = column * SIDE_DEG - 180.0, -np.inf, MIXED
        for e in range(cells[cell].start, cells[cell + 1].start):
            lat0, lat1 = lines[e].lat0, lines[e].lat1
            if lat0 <= lat_deg < lat1:
                slope = (lines[e].lon1 - lines[e].lon0) / (lat1 - lat0)
                lon = lines[e].lon0 + (lat_deg - lat0) * slope
                # Edges that meet in a vertex on this parallel are told apart by where they go.
                nearer = lon > best_lon or (lon == best_lon and slope > best_slope)
                if lon <= lon_deg and nearer:
                    best_lon, best_slope, best = lon, slope, int(lines[e].east)
        if best != MIXED:
            return best
        column -= 1
    return NONE


@kernel
def label_cells(cells: Records, lines: Records) -> None:
    """Label each grid cell, whose `start` is known, with the area that it lies in, NONE, or MIXED."""
    cells["label"][:] = MIXED
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = row * COLUMNS + column
            if cells[cell + 1].start == cells[cell].start:
                lat_deg, lon_deg = (row + 0.5) * SIDE_DEG - 90.0, (column + 0.5) * SIDE_DEG - 180.0
                cells[cell].label = area_at(lon_deg, lat_deg, row, column - 1, cells, lines)


@kernel
def clear_cells(cells: Records) -> None:
    """Count the steps from each grid cell, whose label is known, to the nearest MIXED one.

    Steps are straight or slanting; columns go round the Earth; steps over a pole are not counted.
    """
    for cell in range(ROWS * COLUMNS):
        cells[cell].clear = 0 if cells[cell].label == MIXED else FARTHEST
    # Two sweeps in either direction settle it; a second round carries what came over the antimeridian.
    for _ in range(2):
        for row in range(ROWS):
            for column in range(COLUMNS):
                closer(cells, row, column, -1)
        for row in range(ROWS - 1, -1, -1):
            for column in range(COLUMNS - 1, -1, -1):
                closer(cells, row, column, 1)


@inlined
def closer(cells: Records, row: int, column: int, towards: int) -> None:
    """Lower a cell's steps to one more than those of the neighbours that a sweep has passed."""
    cell = row * COLUMNS + column
    least = min(int(cells[cell].clear), int(cells[row * COLUMNS + (column + towards) % COLUMNS].clear) + 1)
    if 0 <= row + towards < ROWS:
        for step in range(-1, 2):
            beside = (row + towards) * COLUMNS + (column + step) % COLUMNS
            least = min(least, int(cells[beside].clear) + 1)
    cells[cell].clear = least


@kernel
def areas_at(lon_deg: F8, lat_deg: F8, grid: Grid, out: Labels) -> None:
    """Write into `out` (N,) the area of each point, NONE outside all.

    Takes points (N,) in degrees, longitudes in [-180, 180).
    """
    for i in range(lon_deg.size):
        row, column = row_of(lat_deg[i]), column_of(lon_deg[i])
        out[i] = area_at(lon_deg[i], lat_deg[i], row, column, grid.cells, grid.lines)
