"""The base map of a world: the countries that exist, and territories that were invented for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError
from openleo.places.borders import (
    Country,
    closest_country,
    countries,
    country_in,
    grid_of_borders,
    rings_of,
)
from openleo.places.grids import grid_of

if TYPE_CHECKING:
    import shapely

    from openleo.kernels.polygons import Grid

TOUCHING_DEG2 = 1e-9
"""An overlap below this, some 10 m2, is no more than rounding where two areas touch."""


@dataclass(frozen=True)
class BaseMap:
    """Countries, by index, and the grid that says which of them a point is in.

    `territories` are the shapes of the invented ones, which come last.
    """

    countries: tuple[Country, ...]
    grid: "Grid"
    territories: "tuple[shapely.MultiPolygon, ...]" = ()

    def country_of(
        self, lat_deg: ArrayLike, lon_deg: ArrayLike, *, tolerance_km: float = 0.0
    ) -> NDArray[np.int16]:
        """Which country each point is in, an index into `countries`; as `places.country_of`."""
        return country_in(self.grid, lat_deg, lon_deg, tolerance_km)

    def index(self, code: str) -> int:
        """Find a country by its code or its name; InputError with the closest where there is none."""
        return closest_country(code, self.countries)

    def shape(self, country: int) -> "shapely.MultiPolygon":
        """The land of a country given by index, in longitude and latitude; empty where it has no area."""
        known = len(countries())
        if country < known:
            return shape_of_country(country)
        return self.territories[country - known]


def base_map(territories: "Sequence[tuple[Country, shapely.Geometry]]" = ()) -> BaseMap:
    """The base map, with invented territories after its own countries.

    Takes pairs of a country (a code that is not taken, a name) and its land, a valid Polygon or MultiPolygon
    of longitudes and latitudes, cut at the antimeridian. Returns the `BaseMap`; without territories it is
    made once a process, and that of the territories given last is kept. Raises InputError where a code or a
    name is taken, a geometry is not valid, or a territory lies on land of the base map or on another
    territory, and says where.
    """
    return _with(tuple(territories)) if territories else _plain()


@lru_cache(maxsize=1)  # most of what laying out a rule set takes, and one after the other has the same
def _with(territories: "tuple[tuple[Country, shapely.Geometry], ...]") -> BaseMap:
    import shapely

    known = list(countries())
    shapes: list[Any] = []
    for country, land in territories:
        name = f"territory {country.code} ({country.name})"
        taken = next((other for other in known if country.code == other.code != "-"), None)
        taken = taken or next((other for other in known if country.name == other.name), None)
        if taken is not None:
            raise InputError(f"{name}: {taken.code} ({taken.name}) is on the map already: choose another")
        if land.geom_type not in ("Polygon", "MultiPolygon") or land.is_empty or not land.is_valid:
            reason = shapely.is_valid_reason(land) if not land.is_empty else "empty"
            raise InputError(f"{name}: {land.geom_type}: {reason}: it is a valid polygon with an area")
        for index in _countries_at(land):
            _check_apart(name, land, known[index], shape_of_country(index))
        for other, shape in zip(known[len(countries()) :], shapes, strict=True):
            _check_apart(name, land, other, shape)
        known.append(country)
        shapes.append(shapely.MultiPolygon(shapely.get_parts(shapely.orient_polygons(land)).tolist()))
    rings = list(rings_of(range(len(countries()))))
    labels = _ring_labels()
    for index, shape in enumerate(shapes):
        for part in shape.geoms:
            inside = [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
            rings.extend(inside)
            labels.extend([len(countries()) + index] * len(inside))
    return BaseMap(tuple(known), grid_of(rings, labels), tuple(shapes))


@cache
def _plain() -> BaseMap:
    return BaseMap(countries(), grid_of_borders())


def _ring_labels() -> list[int]:
    from openleo import data

    labels: list[int] = data.load("countries")["country"].tolist()
    return labels


@cache
def shape_of_country(country: int) -> "shapely.MultiPolygon":
    """The land of a country given by index, in longitude and latitude; empty where it has no area."""
    import shapely

    parts: list[list[NDArray[np.float64]]] = []
    for ring in rings_of([country]):
        # Outer rings run counter-clockwise, and holes follow theirs.
        if shapely.is_ccw(shapely.LinearRing(ring)):
            parts.append([ring])
        else:
            parts[-1].append(ring)
    return shapely.MultiPolygon([(part[0], part[1:]) for part in parts])


def _countries_at(land: "shapely.Geometry") -> list[int]:
    """The countries whose boxes meet that of a geometry."""
    west, south, east, north = land.bounds
    found = []
    for index, ring in zip(_ring_labels(), rings_of(range(len(countries()))), strict=True):
        low, high = ring.min(axis=0), ring.max(axis=0)
        if low[0] <= east and high[0] >= west and low[1] <= north and high[1] >= south:
            found.append(index)
    return sorted(set(found))


def _check_apart(name: str, land: Any, country: Country, other: Any) -> None:
    """Raise InputError where two areas overlap."""
    common = land.intersection(other)
    if common.area <= TOUCHING_DEG2:
        return
    point = common.representative_point()
    raise InputError(
        f"{name}: overlaps {country.code} ({country.name}) at latitude {point.y:.4f}, longitude"
        f" {point.x:.4f}: territories are in the sea and apart from each other"
    )
