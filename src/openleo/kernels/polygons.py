"""Which area a point is in: a grid whose cells either lie in one area or list the edges that cross them.

Areas are closed rings of longitudes and latitudes with the interior on the left, which do not overlap. From a
point we walk west along its parallel to the nearest edge: the area on that edge's eastern side holds the
point. A grid cell without an edge needs no walk at all, and in the others only the few edges of that cell are
looked at.
"""

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

F8 = NDArray[np.float64]


@kernel
def edges_of_rings(
    lon_deg: F8, lat_deg: F8, size: NDArray[np.int32], area: NDArray[np.int16]
) -> tuple[F8, NDArray[np.int16]]:
    """Turn rings into edges that point north, each with the area on its eastern side.

    Takes the points of all rings, one ring after another, (N,) in degrees; `size` and `area` (R,): the points
    in each ring, the first repeated at the end, and its area. Returns the edges (E, 4) as longitude and
    latitude of the southern end, then of the northern, and (E,) the label east of each, NONE where the
    interior is west. Level edges are kept for the grid; a walk along a parallel does not meet them.
    """
    edges = np.empty((lon_deg.size - size.size, 4))
    east = np.empty(lon_deg.size - size.size, np.int16)
    point = edge = 0
    for ring in range(size.size):
        for i in range(point, point + size[ring] - 1):
            south, north = (i, i + 1) if lat_deg[i + 1] >= lat_deg[i] else (i + 1, i)
            edges[edge, 0], edges[edge, 1] = lon_deg[south], lat_deg[south]
            edges[edge, 2], edges[edge, 3] = lon_deg[north], lat_deg[north]
            east[edge] = area[ring] if south > north else NONE
            edge += 1
        point += size[ring]
    return edges, east


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
def area_at(
    lon_deg: float,
    lat_deg: float,
    row: int,
    column: int,
    label: NDArray[np.int16],
    start: NDArray[np.int32],
    edges: F8,
    east: NDArray[np.int16],
) -> int:
    """Walk west from a point, starting in the grid cell given, to the label that holds it."""
    while column >= 0:
        cell = row * COLUMNS + column
        if label[cell] != MIXED:
            return int(label[cell])
        # An edge of this cell may cross the parallel further west, where other edges come first.
        best_lon, best_slope, best = column * SIDE_DEG - 180.0, -np.inf, MIXED
        for e in range(start[cell], start[cell + 1]):
            lat0, lat1 = edges[e, 1], edges[e, 3]
            if lat0 <= lat_deg < lat1:
                slope = (edges[e, 2] - edges[e, 0]) / (lat1 - lat0)
                lon = edges[e, 0] + (lat_deg - lat0) * slope
                # Edges that meet in a vertex on this parallel are told apart by where they go; a border
                # stands twice, once for each neighbour, and the neighbour with its interior in the east has
                # the word.
                nearer = lon > best_lon or (lon == best_lon and slope > best_slope)
                border = lon == best_lon and slope == best_slope and east[e] != NONE
                if lon <= lon_deg and (nearer or border):
                    best_lon, best_slope, best = lon, slope, east[e]
        if best != MIXED:
            return int(best)
        column -= 1
    return NONE


@kernel
def label_cells(start: NDArray[np.int32], edges: F8, east: NDArray[np.int16]) -> NDArray[np.int16]:
    """Label each grid cell with the area that it lies in, NONE, or MIXED where an edge touches it.

    Takes `start` (cells + 1,) with the edges (N, 4) and labels (N,) repeated cell by cell. Returns (cells,)
    int16.
    """
    label = np.full(ROWS * COLUMNS, MIXED, np.int16)
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = row * COLUMNS + column
            if start[cell + 1] == start[cell]:
                lat_deg, lon_deg = (row + 0.5) * SIDE_DEG - 90.0, (column + 0.5) * SIDE_DEG - 180.0
                label[cell] = area_at(lon_deg, lat_deg, row, column - 1, label, start, edges, east)
    return label


@kernel
def areas_at(
    lon_deg: F8,
    lat_deg: F8,
    label: NDArray[np.int16],
    start: NDArray[np.int32],
    edges: F8,
    east: NDArray[np.int16],
    out: NDArray[np.int16],
) -> None:
    """Write into `out` (N,) the area of each point, NONE outside all.

    Takes points (N,) in degrees, longitudes in [-180, 180); the other arrays as for `label_cells`.
    """
    for i in range(lon_deg.size):
        row, column = row_of(lat_deg[i]), column_of(lon_deg[i])
        out[i] = area_at(lon_deg[i], lat_deg[i], row, column, label, start, edges, east)
