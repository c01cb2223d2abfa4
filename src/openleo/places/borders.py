"""Which country a point is in, and the lines to draw a map with.

The borders are those of Natural Earth at 1:10m (NOTICE): who controls a place, as its authors see it, to some
400 m. They are no authority on whose it is, and a few areas have no country code at all.
"""

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo import data
from openleo.errors import InputError


@dataclass(frozen=True)
class Country:
    """A country or other area of the base map; `code` is ISO 3166-1 alpha-2, or "-" where it has none."""

    code: str
    name: str


@dataclass(frozen=True)
class Grid:
    """The borders as `kernels.polygons` wants them: labels of grid cells, and the edges that cross each."""

    label: NDArray[np.int16]
    start: NDArray[np.int32]
    edges: NDArray[np.float64]
    east: NDArray[np.int16]


@cache
def countries() -> tuple[Country, ...]:
    """All countries, by code, then the areas without a code, by name; everything else refers by index."""
    table = data.load("countries")
    return tuple(map(Country, table["code"].tolist(), table["name"].tolist()))


@cache
def _index() -> dict[str, int]:
    """Index of each country by its code and by its name, both in small letters."""
    by_name = {country.name.casefold(): index for index, country in enumerate(countries())}
    by_code = {country.code.casefold(): index for index, country in enumerate(countries())}
    return by_name | {code: index for code, index in by_code.items() if code != "-"}


def country_index(code: str) -> int:
    """Find a country by its alpha-2 code or its English name, in capitals or not.

    Returns the index into `countries()`. Raises InputError with the closest codes and names where there is
    none.
    """
    index = _index().get(code.strip().casefold())
    if index is not None:
        return index
    close = difflib.get_close_matches(code.strip().casefold(), _index(), n=4, cutoff=0.5)
    listed = ", ".join(
        f"{countries()[_index()[key]].code} ({countries()[_index()[key]].name})" for key in close
    )
    raise InputError(
        f"no country {code!r}: use an ISO 3166-1 alpha-2 code or an English name"
        + (f"; close to it: {listed}" if listed else "")
    )


def country_of(lat_deg: ArrayLike, lon_deg: ArrayLike) -> NDArray[np.int16]:
    """Which country each point is in.

    Takes latitudes and longitudes in degrees, of one shape (...) or broadcast to one; longitudes may wrap
    round. Returns (...) int16 indices into `countries()`, -1 in the sea. Raises InputError where a latitude
    is not within [-90, 90] or a longitude is not finite. Exact for these borders, whose own error is some 400
    m.
    """
    from openleo.kernels.polygons import areas_at

    lat, lon = np.broadcast_arrays(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
    wrong = ~((np.abs(lat) <= 90.0) & np.isfinite(lon))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"point {at}: latitude {lat.flat[at]}, longitude {lon.flat[at]}: a latitude is from -90 to 90"
            " degrees and a longitude is finite"
        )
    # Only what is out of range is wrapped: the sum would cost the others their last digits.
    inside = (lon >= -180.0) & (lon < 180.0)
    lon = np.where(inside, lon, (lon + 180.0) % 360.0 - 180.0)
    grid = grid_of_borders()
    country = np.empty(lat.size, np.int16)
    points = np.ascontiguousarray(lon).ravel(), np.ascontiguousarray(lat).ravel()
    areas_at(*points, grid.label, grid.start, grid.edges, grid.east, country)
    return country.reshape(lat.shape)


@cache
def grid_of_borders() -> Grid:
    """The borders, ready for `kernels.polygons.areas_at`; 0.1 s to build once its kernels are compiled."""
    from openleo.kernels.polygons import edges_of_rings, label_cells, list_edges

    table = data.load("countries")
    points = _points(table)
    edges, east = edges_of_rings(points[:, 0].copy(), points[:, 1].copy(), table["size"], table["country"])
    start, listed = list_edges(edges)
    edges, east = edges[listed], east[listed]
    return Grid(label_cells(start, edges, east), start, edges, east)


def rings_of(indices: ArrayLike) -> list[NDArray[np.float64]]:
    """The closed rings of countries given by index, each (K, 2) longitudes and latitudes, interior left."""
    table = data.load("countries")
    wanted = np.isin(table["country"], np.asarray(indices))
    return [ring for ring, keep in zip(_lines("countries"), wanted.tolist(), strict=True) if keep]


def coastlines() -> list[NDArray[np.float64]]:
    """The coasts for drawing, at 1:50m: closed rings, each (K, 2) longitudes and latitudes in degrees."""
    border = data.load("coastlines")["border"].tolist()
    return [line for line, other in zip(_lines("coastlines"), border, strict=True) if not other]


def borders() -> list[NDArray[np.float64]]:
    """The borders between countries for drawing, at 1:50m: lines, each (K, 2) longitudes and latitudes."""
    border = data.load("coastlines")["border"].tolist()
    return [line for line, kept in zip(_lines("coastlines"), border, strict=True) if kept]


def _points(table: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """All points (N, 2) of a baked table of lines, in degrees: longitude, latitude."""
    size = table["size"]
    start = np.cumsum(size) - size
    units = np.zeros((size.sum(), 2), np.int64)
    follows = np.ones(len(units), np.bool_)
    follows[start] = False
    units[follows] = np.column_stack([table["step_lon"], table["step_lat"]])
    units = np.cumsum(units, axis=0)
    units += np.repeat(table["first"] - units[start], size, axis=0)
    # The pole is not on the file's own grid, hence the clipping.
    points: NDArray[np.float64] = np.clip(
        units * table["scale"] + table["translate"], (-180.0, -90.0), (180.0, 90.0)
    )
    return points


@cache
def _lines(name: str) -> list[NDArray[np.float64]]:
    """The lines of a baked table, each (K, 2)."""
    table = data.load(name)
    return np.split(_points(table), np.cumsum(table["size"])[:-1])
