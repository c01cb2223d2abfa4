"""The cells of an area, or of the places that a user gives."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM
from openleo.errors import InputError
from openleo.places.borders import country_index, grid_of_borders, rings_of
from openleo.places.cells import F8, Cells, Ids, centres, check_resolution, ids_at, positions
from openleo.places.demand import BASE_MBPS, MAX_MBPS, PER_PERSON_MBPS, Rates, cells_of, country_of_cells


def cells_in(
    resolution: int,
    *,
    land: bool = False,
    countries: Iterable[str] | None = None,
    box: tuple[float, float, float, float] | None = None,
    polygon: Any = None,
    base_mbps: float = BASE_MBPS,
    per_person_mbps: float = PER_PERSON_MBPS,
    max_mbps: float = MAX_MBPS,
) -> Cells:
    """The cells of an area, with the people of their towns and the demand of `town_demand`.

    Takes the H3 resolution and one of: `land`, all land (so too where no area is given); `countries`, codes
    or names; `box`, south, west, north and east in degrees (west of more than east runs over the
    antimeridian); `polygon`, a shapely geometry, a GeoJSON geometry, longitude first, whatever has a
    `__geo_interface__`, or a list of these; and the rates of `town_demand`. A cell is in where its centre is.
    Returns `Cells`. Raises InputError where two areas are given, a country is unknown, or the box or polygon
    is out of range.
    """
    check_resolution(resolution)
    rates = Rates(base_mbps, per_person_mbps, max_mbps)
    if [land, countries is not None, box is not None, polygon is not None].count(True) > 1:
        raise InputError("cells_in: give one of land, countries, box and polygon")
    if box is not None:
        south, west, north, east = box
        if not (-90 <= south < north <= 90 and -180 <= west <= 180 and -180 <= east <= 180 and west != east):
            raise InputError(
                f"box {box}: south, west, north, east in degrees, within -90 to 90 and -180 to 180"
            )
        ids = _touching(resolution, _mask([(west, south, east, north)]))
        lat, lon = centres(ids)
        within = (lon >= west) & (lon <= east) if west < east else (lon >= west) | (lon <= east)
        return cells_of(ids[(lat >= south) & (lat <= north) & within], rates)
    if polygon is not None:
        return cells_of(_ids_in_polygon(resolution, polygon), rates)
    from openleo.kernels.polygons import COLUMNS, MIXED, NONE, ROWS

    label = grid_of_borders().label.reshape(ROWS, COLUMNS)
    if countries is None:
        ids = _touching(resolution, label != NONE)
        return cells_of(ids[country_of_cells(ids, *centres(ids)) >= 0], rates)
    wanted = [country_index(code) for code in countries]
    boxes = [(*ring.min(axis=0), *ring.max(axis=0)) for ring in rings_of(wanted)]
    ids = _touching(resolution, _mask(boxes) & (np.isin(label, wanted) | (label == MIXED)))
    return cells_of(ids[np.isin(country_of_cells(ids, *centres(ids)), wanted)], rates)


def cells_from_points(
    lat_deg: ArrayLike, lon_deg: ArrayLike, demand_bps: ArrayLike, resolution: int
) -> Cells:
    """The cells that a user's own places lie in; the demand of places in one cell adds up.

    Takes (N,) degrees, (N,) bit/s (or one for all) and the H3 resolution. Returns `Cells`. Raises InputError
    where a coordinate is out of range or a demand is negative or not finite.
    """
    check_resolution(resolution)
    lat, lon, demand = _checked_points(lat_deg, lon_deg, demand_bps)
    ids, place = np.unique(ids_at(lat, lon, resolution), return_inverse=True)
    return cells_of(ids, Rates(), np.bincount(place, demand, len(ids)).astype(np.float64))


def with_demand(cells: Cells, lat_deg: ArrayLike, lon_deg: ArrayLike, demand_bps: ArrayLike) -> Cells:
    """The same cells, asking for what a user's own places in them ask for, and nothing where there are none.

    Takes `Cells`, (N,) degrees and (N,) bit/s (or one for all). Returns `Cells`. Raises InputError where a
    place is in none of the cells, a coordinate is out of range or a demand is negative or not finite.
    """
    lat, lon, demand = _checked_points(lat_deg, lon_deg, demand_bps)
    resolution = h3.get_resolution(int(cells.id[0])) if len(cells) else 0
    at = positions(cells.id, ids_at(lat, lon, resolution)) if len(cells) else np.full(len(lat), -1)
    if (at < 0).any():
        first = int(np.argmax(at < 0))
        raise InputError(
            f"{np.sum(at < 0)} of {len(at)} places are in none of the {len(cells)} cells, the first is place"
            f" {first}: latitude {lat[first]}, longitude {lon[first]}; choose cells that hold them all"
        )
    return replace(cells, demand_bps=np.bincount(at, demand, len(cells)).astype(np.float64))


def _checked_points(lat_deg: ArrayLike, lon_deg: ArrayLike, demand_bps: ArrayLike) -> tuple[F8, F8, F8]:
    """A user's places as arrays (N,); InputError names the first that is out of range."""
    lat, lon, demand = np.broadcast_arrays(np.atleast_1d(lat_deg), np.atleast_1d(lon_deg), demand_bps)
    wrong = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180) & (demand >= 0) & np.isfinite(demand))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"place {at}: latitude {lat[at]}, longitude {lon[at]}, demand {demand[at]} bit/s: allowed are"
            " -90 to 90, -180 to 180, and 0 or more"
        )
    return lat, lon, demand


def _ids_in_polygon(resolution: int, polygon: Any) -> Ids:
    """The cells whose centre a polygon contains, as `cells_in` describes it."""
    import shapely

    parts = []
    for given in polygon if isinstance(polygon, list | tuple) else [polygon]:
        part = given if isinstance(given, shapely.Geometry) else getattr(given, "__geo_interface__", given)
        kind = (
            part.get("type") if isinstance(part, Mapping) else getattr(part, "geom_type", type(part).__name__)
        )
        if kind not in ("Polygon", "MultiPolygon"):
            raise InputError(f"polygon: type {kind!r}: allowed are Polygon and MultiPolygon")
        parts.append(shapely.geometry.shape(part))
    polygon = shapely.union_all(parts)
    if polygon.is_empty or not shapely.box(-180, -90, 180, 90).covers(shapely.box(*polygon.bounds)):
        raise InputError(
            f"polygon: bounds {polygon.bounds}: longitudes are from -180 to 180 degrees, latitudes from -90"
            " to 90, and it is not empty"
        )
    ids = _touching(resolution, _mask([part.bounds for part in shapely.get_parts(polygon)]))
    lat, lon = centres(ids)
    shapely.prepare(polygon)
    inside: NDArray[np.bool_] = shapely.contains_xy(polygon, lon, lat)
    return ids[inside]


def _mask(boxes: Iterable[tuple[float, ...]]) -> NDArray[np.bool_]:
    """The cells of the borders' grid (rows, columns) that boxes of west, south, east, north touch."""
    from openleo.kernels.polygons import COLUMNS, ROWS, SIDE_DEG

    mask = np.zeros((ROWS, COLUMNS), np.bool_)
    for west, south, east, north in boxes:
        rows = slice(int((south + 90) // SIDE_DEG), int((north + 90) // SIDE_DEG) + 1)
        first, last = int((west + 180) // SIDE_DEG), int((east + 180) // SIDE_DEG) + 1
        if west > east:
            mask[rows, first:] = mask[rows, :last] = True
        else:
            mask[rows, first:last] = True
    return mask


def _touching(resolution: int, mask: NDArray[np.bool_]) -> Ids:
    """All cells of a resolution, sorted, that may touch a mask of grid cells, and some beside.

    Goes down from the largest cells and drops those with nothing of the mask within their reach.
    """
    from openleo.kernels.polygons import COLUMNS, ROWS, SIDE_DEG

    counted = np.zeros((ROWS + 1, COLUMNS + 1), np.int64)
    counted[1:, 1:] = np.cumsum(np.cumsum(mask, axis=0), axis=1)
    ids = np.sort(np.array(h3.get_res0_cells(), np.uint64))
    for level in range(resolution + 1):
        if level:
            ids = np.array(
                [child for cell in ids.tolist() for child in h3.cell_to_children(cell, level)], np.uint64
            )
        lat, lon = centres(ids)
        # Cells are up to 1.3 times the average, and children stick out of their parents by a third.
        reach = np.degrees(1.8 * h3.average_hexagon_edge_length(level, "km") / EARTH_MEAN_RADIUS_KM)
        widened = np.minimum(reach / np.maximum(np.cos(np.radians(np.abs(lat) + reach)), 1e-3), 360.0)
        south, north = ((np.clip(lat + side, -90, 90) + 90) / SIDE_DEG for side in (-reach, reach))
        west, east = ((lon + side * widened + 180) / SIDE_DEG for side in (-1, 1))
        round_the_back = (west < 0) | (east > COLUMNS)
        s, n = np.floor(south).astype(int), np.ceil(north).astype(int)
        w = np.where(round_the_back, 0, np.floor(west)).astype(int)
        e = np.where(round_the_back, COLUMNS, np.ceil(east)).astype(int)
        ids = ids[counted[n, e] - counted[s, e] - counted[n, w] + counted[s, w] > 0]
    return ids
