"""Areas that the base map gives to someone, or to no code, and about which there is more to say.

The base map states de facto control and is no authority. Each of these areas has an outline, drawn by hand
with a source, and the areas of the base map that count within it: coasts and outer borders follow the base
map, only a line within a country is the outline's own, good to some 3 to 5 km.
"""

import difflib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError
from openleo.places.borders import COAST_TOLERANCE_KM, country_index, country_of

if TYPE_CHECKING:
    import shapely

KINDS = ("disputed", "buffer zone", "leased", "without a code")
"""What an area may be: a claim against a claim; between two sides; another state's by a lease or a treaty;
or undisputed, but without a country code of its own on the base map."""

SEA = "sea"
"""Stands in `base_map` where the sea within the outline counts."""


@dataclass(frozen=True)
class DisputedArea:
    """An area that a country code is not enough for.

    `claimants` are ISO codes, or names where there is no code; `base_map` the countries (codes, or names) to
    which the base map gives its land, and SEA where the open sea within the outline counts as well;
    `polygon` the outline, longitude and latitude, within which that land counts.
    """

    name: str
    kind: str
    claimants: tuple[str, ...]
    base_map: tuple[str, ...]
    source: str
    note: str
    polygon: "shapely.Polygon | shapely.MultiPolygon"

    @property
    def countries(self) -> tuple[int, ...]:
        """The indices of `base_map` in `places.countries()`, -1 for the sea."""
        return tuple(-1 if code == SEA else country_index(code) for code in self.base_map)


@cache
def disputed_areas() -> tuple[DisputedArea, ...]:
    """All such areas, in the order of their file; a point in two of them is in the first.

    Raises InputError where the file is not as it should be.
    """
    import json

    import shapely

    areas = []
    with as_file(files("openleo.data") / "disputed.geojson") as path:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    for feature in features:
        facts: dict[str, Any] = feature["properties"]
        area = DisputedArea(
            name=facts["name"],
            kind=facts["kind"],
            claimants=tuple(facts["claimants"]),
            base_map=tuple(facts["base_map"]),
            source=facts["source"],
            note=facts["note"],
            polygon=shapely.geometry.shape(feature["geometry"]),
        )
        if area.kind not in KINDS or not area.polygon.is_valid or not area.countries:
            raise InputError(
                f"disputed.geojson, {area.name}: kind {area.kind!r},"
                f" {shapely.is_valid_reason(area.polygon)}: allowed are {', '.join(KINDS)} and valid polygons"
            )
        areas.append(area)
    return tuple(areas)


def disputed_index(name: str) -> int:
    """Find a disputed area by its name, in capitals or not; InputError with the closest if there is none."""
    names = {area.name.casefold(): index for index, area in enumerate(disputed_areas())}
    index = names.get(name.strip().casefold())
    if index is not None:
        return index
    close = difflib.get_close_matches(name.strip().casefold(), names, n=3, cutoff=0.4)
    listed = ", ".join(disputed_areas()[names[key]].name for key in close)
    raise InputError(f"no disputed area {name!r}" + (f"; close to it: {listed}" if listed else ""))


def disputed_at(
    lat_deg: ArrayLike, lon_deg: ArrayLike, *, tolerance_km: float = COAST_TOLERANCE_KM
) -> NDArray[np.int16]:
    """Which disputed area each point is in.

    Takes latitudes and longitudes in degrees, of one shape (...) or broadcast to one, and the tolerance at
    coasts. Returns (...) int16 indices into `disputed_areas()`, -1 in none. Raises InputError as `country_of`
    does.
    """
    import shapely

    lat, lon = np.broadcast_arrays(np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64))
    country = country_of(lat, lon, tolerance_km=tolerance_km)
    turned = (lon + 180.0) % 360.0 - 180.0
    found = np.full(lat.shape, -1, np.int16)
    for index, area in enumerate(disputed_areas()):
        open_ones = (found < 0) & np.isin(country, area.countries)
        if open_ones.any():
            found[open_ones & shapely.intersects_xy(area.polygon, turned, lat)] = index
    return found
