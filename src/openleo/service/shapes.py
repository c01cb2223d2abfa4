"""Where a region is: its GeoJSON file, its H3 cells, its strip along a coast or border, as one outline.

Edges are straight in longitude and latitude, as everywhere here. A strip holds what lies within a geodesic
distance (WGS84) of a line; it is built piece by piece, each piece of line in a plane of its own, in which
distances from there are right to some decimetres, and is good to 2 m (tests).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM
from openleo.errors import InputError

if TYPE_CHECKING:
    import shapely

F8 = NDArray[np.float64]

HAIR_DEG = 1e-9
"""The grid, 0.1 mm, on which outlines are joined and cut, so that pieces fit whatever the rounding."""

SAGITTA_KM = 1.5e-4
"""How far an arc may be from the chord drawn for it; a strip adds up a few of these."""

LONGEST_KM = 5.0
"""Longest piece of an edge."""

FARTHEST_DEG = 88.0
"""A strip or cell that comes nearer to a pole than this is refused."""

_KM_A_DEGREE = np.radians(EARTH_MEAN_RADIUS_KM)


def outline_of_cells(cells: Sequence[str]) -> "shapely.Geometry":
    """The outline of H3 cells of any resolutions.

    Takes their ids as hex text. Returns a shapely polygon or multipolygon in degrees, cut at the
    antimeridian. The sides of a cell are great circles on H3's sphere, followed to `SAGITTA_KM`. Raises
    InputError for what is no cell, and for one beside a pole.
    """
    import h3
    import shapely

    parts = []
    for i, cell in enumerate(cells):
        try:
            known = h3.is_valid_cell(cell)
        except OverflowError:  # of a number below 0 or of more than 64 bits
            known = False
        if not known:
            raise InputError(
                f"cells[{i}]: {cell!r} given; an H3 cell in hex, such as 85283473fffffff, is allowed"
            )
        corners = np.array(h3.cell_to_boundary(cell))[:, ::-1]
        if np.abs(corners[:, 1]).max() > FARTHEST_DEG:
            raise InputError(
                f"cells[{i}]: {cell!r} given; a cell farther than 2 degrees from a pole is allowed"
            )
        ring = [_great_circle(a, b) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        parts += _within_the_map(shapely.Polygon(_unwrapped(np.concatenate(ring), corners[0, 0])))
    return shapely.union_all(parts, grid_size=HAIR_DEG)


def lines_of(rings: Sequence[F8]) -> F8:
    """The edges (N, 4) of closed rings (K, 2), in degrees, without the cuts at the antimeridian and poles.

    An edge is longitude and latitude of its beginning and of its end; no longer than `LONGEST_KM`, and so
    short that a geodesic between its ends is the same line.
    """
    edges = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
    return short(edges[~cuts(edges)])


def cuts(edges: F8) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which edges (N, 4) run along the antimeridian or a pole."""
    cut: np.ndarray[Any, np.dtype[np.bool_]] = (np.abs(edges[:, [0, 2]]) == 180.0).all(axis=1) | (
        np.abs(edges[:, [1, 3]]) == 90.0
    ).all(axis=1)
    return cut


def strip(edges: F8, width_km: float) -> "shapely.Geometry":
    """All that lies within a distance of a line.

    Takes the line as edges (N, 4) of `lines_of`, in degrees, and the distance along WGS84 geodesics.
    Returns a shapely polygon or multipolygon in degrees, cut at the antimeridian. Raises InputError where it
    would come near a pole.
    """
    import shapely

    highest = float(np.abs(edges[:, [1, 3]]).max()) + width_km / 110.5
    if highest > FARTHEST_DEG:
        raise InputError(
            f"width_km: {width_km:g} given; the strip would reach {highest:.1f} degrees of latitude, and"
            f" {FARTHEST_DEG:g} are allowed"
        )
    parts = [
        part
        for piece in _pieces(edges, width_km)
        for part in _within_the_map(_strip_of_piece(piece, width_km, highest))
    ]
    return shapely.union_all(parts)


def _strip_of_piece(edges: F8, width_km: float, highest_deg: float) -> "shapely.Geometry":
    """The strip of a small piece of line, in longitudes around it that may leave the map."""
    import pyproj
    import shapely

    middle = edges.reshape(-1, 2)
    lon0 = float(middle[0, 0])
    around = _unwrapped(middle, lon0)
    lon0, lat0 = ((around.min(axis=0) + around.max(axis=0)) / 2.0).tolist()
    # Azimuthal equidistant: distances from its middle are exact, others off by the square of theirs from it
    plane = pyproj.Proj(proj="aeqd", lat_0=lat0, lon_0=lon0, ellps="WGS84", units="km")
    x, y = plane(middle[:, 0], middle[:, 1])
    lines = shapely.linestrings(np.stack([x, y], axis=1).reshape(-1, 2, 2))
    step = np.pi / 4.0 / np.sqrt(2.0 * SAGITTA_KM / width_km)
    grown = shapely.buffer(
        shapely.line_merge(shapely.union_all(lines)), width_km, quad_segs=max(8, int(step) + 1)
    )
    grown = shapely.segmentize(grown, _step_km(highest_deg))

    def back(points: F8) -> F8:
        lon, lat = plane(points[:, 0], points[:, 1], inverse=True)
        return _unwrapped(np.stack([lon, lat], axis=1), lon0)

    return shapely.transform(grown, back)


def _pieces(edges: F8, width_km: float) -> Iterator[F8]:
    """The edges in groups so small that one plane serves each (see `SAGITTA_KM`)."""
    # In the plane, d**2 is off by (a D)**2 / 3 R**2 at most; a and D: how far both ends are from its middle
    reach = EARTH_MEAN_RADIUS_KM * np.sqrt(6.0 * SAGITTA_KM / (width_km + 30.0))
    side = min(reach, 30.0) * np.sqrt(2.0) - LONGEST_KM / 2.0
    lat = (edges[:, 1] + edges[:, 3]) / 2.0
    row = np.floor(lat * _KM_A_DEGREE / side)
    shrunk = np.cos(np.radians(np.clip(row * side / _KM_A_DEGREE, -FARTHEST_DEG, FARTHEST_DEG)))
    column = np.floor(edges[:, 0] * _KM_A_DEGREE * shrunk / side)
    order = np.lexsort((column, row))
    change = np.flatnonzero(np.diff(row[order]) + 1j * np.diff(column[order])) + 1
    for group in np.split(order, change):
        yield edges[group]


def _step_km(lat_deg: float) -> float:
    """Longest edge at a latitude that is straight both in degrees and on the ground, to SAGITTA_KM."""
    tangent = np.tan(np.radians(max(lat_deg, 1.0)))
    return float(min(np.sqrt(8.0 * EARTH_MEAN_RADIUS_KM * SAGITTA_KM / tangent), LONGEST_KM))


def short(edges: F8) -> F8:
    """Edges (N, 4) cut into equal parts no longer than `_step_km`."""
    lat = np.abs(edges[:, [1, 3]]).max(axis=1, initial=0.0)
    tangent = np.tan(np.radians(np.clip(lat, 1.0, 89.0)))
    step = np.minimum(np.sqrt(8.0 * EARTH_MEAN_RADIUS_KM * SAGITTA_KM / tangent), LONGEST_KM)
    east = (edges[:, 2] - edges[:, 0]) * np.cos(np.radians(np.minimum(edges[:, 1], edges[:, 3])))
    length = np.hypot(east, edges[:, 3] - edges[:, 1]) * _KM_A_DEGREE
    parts = np.maximum(np.ceil(length / step), 1).astype(np.int64)
    which = np.repeat(np.arange(len(edges)), parts)
    k = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    whole = edges[which]
    along = whole[:, 2:] - whole[:, :2]
    first, last = (k / parts[which])[:, None], ((k + 1) / parts[which])[:, None]
    return np.hstack([whole[:, :2] + along * first, whole[:, :2] + along * last])


def _great_circle(a: F8, b: F8) -> F8:
    """Points from `a` to `b` (longitude, latitude) without the last; the same ones whichever way round."""
    first, second = (a, b) if tuple(a) < tuple(b) else (b, a)
    lon, lat = np.radians([first[0], second[0]]), np.radians([first[1], second[1]])
    ends = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    angle = float(np.arccos(np.clip(ends[0] @ ends[1], -1.0, 1.0)))
    parts = max(
        int(np.ceil(angle * EARTH_MEAN_RADIUS_KM / _step_km(float(np.degrees(np.abs(lat).max()))))), 1
    )
    share = np.arange(1, parts)[:, None] / parts
    between = (np.sin((1 - share) * angle) * ends[0] + np.sin(share * angle) * ends[1]) / np.sin(angle)
    inner = np.degrees(np.stack([np.arctan2(between[:, 1], between[:, 0]), np.arcsin(between[:, 2])], axis=1))
    return np.vstack([a[None, :], inner if first is a else inner[::-1]])


def _unwrapped(points: F8, lon0_deg: float) -> F8:
    """Points (N, 2) with longitudes within 180 degrees of one, left as they are where they already are."""
    far = np.abs(points[:, 0] - lon0_deg) > 180.0
    lon = np.where(far, points[:, 0] - 360.0 * np.round((points[:, 0] - lon0_deg) / 360.0), points[:, 0])
    return np.stack([lon, points[:, 1]], axis=1)


def _within_the_map(shape: "shapely.Geometry") -> "list[Any]":
    """A shape whose longitudes may leave [-180, 180], cut there, its parts put back in."""
    import shapely

    west, _, east, _ = shape.bounds
    if west >= -180.0 and east <= 180.0:
        return [shape]
    parts = []
    for turn in (-360.0, 0.0, 360.0):
        moved = shapely.transform(shape, lambda points, turn=turn: points + np.array([turn, 0.0]))
        part = shapely.intersection(moved, shapely.box(-180.0, -90.0, 180.0, 90.0))
        parts += [each for each in shapely.get_parts(part) if each.geom_type == "Polygon"]
    return parts
