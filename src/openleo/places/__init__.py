"""Cells, towns, and which country a point is in."""

from openleo.places.areas import cells_from_points, cells_in, with_demand
from openleo.places.borders import Country, borders, coastlines, countries, country_index, country_of
from openleo.places.cells import Cells, ecef_km, great_circle_km
from openleo.places.demand import town_demand
from openleo.places.towns import Place, find_place, nearest_town, towns_near

__all__ = [
    "Cells",
    "Country",
    "Place",
    "borders",
    "cells_from_points",
    "cells_in",
    "coastlines",
    "countries",
    "country_index",
    "country_of",
    "ecef_km",
    "find_place",
    "great_circle_km",
    "nearest_town",
    "town_demand",
    "towns_near",
    "with_demand",
]
