"""Cells, towns, and which country a point is in."""

from openleo.places.areas import cells_from_points, cells_in, with_demand
from openleo.places.basemap import BaseMap, base_map
from openleo.places.borders import (
    BORDER_TOLERANCE_KM,
    COAST_TOLERANCE_KM,
    Country,
    borders,
    coastlines,
    countries,
    country_index,
    country_of,
    grid_of_borders,
)
from openleo.places.cells import Cells, ecef_km, great_circle_km
from openleo.places.demand import spots, town_demand
from openleo.places.disputed import DisputedArea, disputed_areas, disputed_at, disputed_index
from openleo.places.grids import grid_of
from openleo.places.towns import (
    Place,
    find_place,
    folded,
    largest_town,
    nearest_town,
    towns_called,
    towns_near,
)

__all__ = [
    "BORDER_TOLERANCE_KM",
    "COAST_TOLERANCE_KM",
    "BaseMap",
    "Cells",
    "Country",
    "DisputedArea",
    "Place",
    "base_map",
    "borders",
    "cells_from_points",
    "cells_in",
    "coastlines",
    "countries",
    "country_index",
    "country_of",
    "disputed_areas",
    "disputed_at",
    "disputed_index",
    "ecef_km",
    "find_place",
    "folded",
    "great_circle_km",
    "grid_of",
    "grid_of_borders",
    "largest_town",
    "nearest_town",
    "spots",
    "town_demand",
    "towns_called",
    "towns_near",
    "with_demand",
]
