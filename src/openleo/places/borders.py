"""Which country a point is in, and the lines to draw a map with.

The borders are those of Natural Earth at 1:10m (NOTICE): who controls a place, as its authors see it, to some
400 m. They are no authority on whose it is, and a few areas have no country code at all.
"""

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo import data
from openleo.errors import InputError
from openleo.places.grids import grid_of

if TYPE_CHECKING:
    from openleo.kernels.polygons import Grid

COAST_TOLERANCE_KM = 3.0
"""How far from land a point of the sea still belongs to it, unless a rule says otherwise: ports and quays."""

BORDER_TOLERANCE_KM = 1.0
"""How far off a border of the base map may be, unless a rule says otherwise."""

LARGEST_TOLERANCE_KM = 100.0
"""The largest tolerance at a coast; distances are good to half a percent up to here."""


@dataclass(frozen=True)
class Country:
    """A country or other area of the base map; `code` is ISO 3166-1 alpha-2, or "-" where it has none."""

    code: str
    name: str


@cache
def countries() -> tuple[Country, ...]:
    """All countries, by code, then the areas without a code, by name; everything else refers by index."""
    table = data.load("countries")
    return tuple(map(Country, table["code"].tolist(), table["name"].tolist()))


@cache
def _index(among: tuple[Country, ...]) -> dict[str, int]:
    """Index of each country by its code and by its name, both in small letters."""
    by_name = {country.name.casefold(): index for index, country in enumerate(among)}
    by_code = {country.code.casefold(): index for index, country in enumerate(among)}
    return by_name | {code: index for code, index in by_code.items() if code != "-"}


def country_index(code: str) -> int:
    """Find a country by its alpha-2 code or its English name, in capitals or not.

    Returns the index into `countries()`. Raises InputError with the closest codes and names where there is
    none.
    """
    return closest_country(code, countries())


def closest_country(code: str, among: tuple[Country, ...]) -> int:
    """Find a country among others, as `country_index` does."""
    index = _index(among).get(code.strip().casefold())
    if index is not None:
        return index
    close = difflib.get_close_matches(code.strip().casefold(), _index(among), n=4, cutoff=0.5)
    near = [among[_index(among)[key]] for key in close]
    listed = ", ".join(f"{country.code} ({country.name})" for country in near)
    raise InputError(
        f"no country {code!r}: use an ISO 3166-1 alpha-2 code or an English name"
        + (f"; close to it: {listed}" if listed else "")
    )


def country_of(lat_deg: ArrayLike, lon_deg: ArrayLike, *, tolerance_km: float = 0.0) -> NDArray[np.int16]:
    """Which country each point is in.

    Takes latitudes and longitudes in degrees, of one shape (...) or broadcast to one; longitudes may wrap
    round. A point in the sea no further than `tolerance_km` from land belongs to the nearest land. Returns
    (...) int16 indices into `countries()`, -1 in the sea. Raises InputError where a latitude is not within
    [-90, 90], a longitude is not finite, or the tolerance is negative. Exact for these borders, whose own
    error is some 400 m.
    """
    return country_in(grid_of_borders(), lat_deg, lon_deg, tolerance_km)


def country_in(
    grid: "Grid", lat_deg: ArrayLike, lon_deg: ArrayLike, tolerance_km: float
) -> NDArray[np.int16]:
    """The label of each point in a grid, as `country_of` describes it for that of the borders."""
    from openleo.kernels.zones import countries_at

    lat, lon = np.broadcast_arrays(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
    wrong = ~((np.abs(lat) <= 90.0) & np.isfinite(lon))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise InputError(
            f"point {at}: latitude {lat.flat[at]}, longitude {lon.flat[at]}: a latitude is from -90 to 90"
            " degrees and a longitude is finite"
        )
    if not 0.0 <= tolerance_km <= LARGEST_TOLERANCE_KM:
        raise InputError(f"tolerance_km {tolerance_km}: it is from 0 to {LARGEST_TOLERANCE_KM:g}")
    country = np.empty(lat.size, np.int16)
    points = np.ascontiguousarray(lon).ravel(), np.ascontiguousarray(lat).ravel()
    countries_at(grid, *points, float(tolerance_km), country)
    return country.reshape(lat.shape)


@cache
def grid_of_borders() -> "Grid":
    """The borders, ready for the kernels; 0.2 s to build once these are compiled."""
    table = data.load("countries")
    return grid_of(_lines("countries"), table["country"])


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
