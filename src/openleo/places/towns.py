"""Towns by name and by place: the 170 000 of GeoNames with 1 000 people or more (NOTICE)."""

import contextlib
import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from openleo import data
from openleo.errors import InputError
from openleo.places.borders import countries, country_index, country_of
from openleo.places.cells import great_circle_km

SUGGESTED = 35_000
"""How many of the most populous towns are compared with a misspelt name (those above 15 000 people)."""

LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "-": " "}
    | dict.fromkeys("'’‘ʻʼ`")
)
"""What Unicode does not take apart into a letter and an accent; apostrophes go, a hyphen is a space."""


@dataclass(frozen=True)
class Place:
    """A named point on the ground; `country` is an alpha-2 code, "-" without one, empty in the sea."""

    name: str
    country: str
    lat_deg: float
    lon_deg: float
    people: int


@dataclass(frozen=True)
class Towns:
    """The table of T towns, most populous first; `code` holds the country codes that `country` refers to."""

    name: list[str]
    code: list[str]
    country: NDArray[np.uint8]
    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    people: NDArray[np.int32]

    def place(self, index: int) -> Place:
        """The town at an index."""
        return Place(
            name=self.name[index],
            country=self.code[self.country[index]],
            lat_deg=float(self.lat_deg[index]),
            lon_deg=float(self.lon_deg[index]),
            people=int(self.people[index]),
        )


@cache
def towns() -> Towns:
    """The table of towns, read once a process."""
    table = data.load("towns")
    return Towns(
        name=table["name"].tobytes().decode().split("\n"),
        code=table["code"].tolist(),
        country=table["country"],
        lat_deg=table["lat_millideg"] / 1e3,
        lon_deg=table["lon_millideg"] / 1e3,
        people=table["people"],
    )


def find_place(text: str) -> Place:
    """Find a town by its name, or take a point as "lat,lon" in degrees.

    Takes "Nairobi", "san jose", "Paris, US" or "Paris, France" (case, accents, hyphens and apostrophes do not
    matter; of towns of one name the most populous is meant; where none is so called, the first words of a
    name will do: "Frankfurt" is Frankfurt am Main), or "-1.29,36.82". Returns the `Place`; a point is named
    by its coordinates and has no people. Raises InputError where a coordinate is out of range, and with the
    closest names where no town is so called.
    """
    name, comma, where = (part.strip() for part in text.rpartition(","))
    if comma and (point := _point(name, where)):
        return point
    for whole in (True, False) if folded(name or text).strip() else ():
        for index in _called(text, whole):
            return towns().place(index)
        if comma:
            code = _town_code(where)
            for index in _called(name, whole):
                if towns().code[towns().country[index]] == code:
                    return towns().place(index)
    close = difflib.get_close_matches(folded(name or text), _suggestions(), n=4, cutoff=0.7)
    listed = ", ".join(
        f"{near.name}, {near.country}" for near in (towns().place(_suggestions()[key]) for key in close)
    )
    raise InputError(
        f"no town {text!r} among those of 1 000 people or more: give a town, a town and its country"
        " (Paris, FR) or a point in degrees (48.86,2.35)" + (f"; close to it: {listed}" if listed else "")
    )


def towns_called(text: str, most: int) -> list[Place]:
    """The towns of a name, then those whose names begin so, each the most populous first; at most so many.

    Takes "paris", "Paris, FR" or the beginning of a name; case, accents, hyphens and apostrophes do not
    matter, nor does what follows a comma and is no country. Returns none where no name begins so.
    """
    name, comma, where = (part.strip() for part in text.rpartition(","))
    wanted, code = folded(name if comma else text).strip(), ""
    if comma and name:
        with contextlib.suppress(InputError):
            code = _town_code(where)
    if not wanted or "\n" in wanted:
        return []
    found: list[int] = []
    for ending in ("\n", ""):
        for index in _beginning(f"\n{wanted}{ending}"):
            if len(found) >= most:
                break
            if index not in found and (not code or towns().code[towns().country[index]] == code):
                found.append(index)
    return [towns().place(index) for index in found]


def largest_town(code: str) -> Place | None:
    """The most populous town of a country, by its alpha-2 code; None where none is known."""
    if code not in towns().code:
        return None
    here = np.flatnonzero(towns().country == towns().code.index(code))
    return towns().place(int(here[0])) if len(here) else None


def towns_near(lat_deg: float, lon_deg: float, within_km: float = 50.0) -> list[tuple[Place, float]]:
    """The towns within a distance of a point (degrees), nearest first, each with its distance in km."""
    distance_km = great_circle_km(towns().lat_deg, towns().lon_deg, lat_deg, lon_deg)
    near = np.nonzero(distance_km <= within_km)[0]
    near = near[np.argsort(distance_km[near], kind="stable")]
    return [(towns().place(index), float(distance_km[index])) for index in near.tolist()]


def nearest_town(lat_deg: float, lon_deg: float) -> tuple[Place, float]:
    """The town nearest to a point (degrees), and its distance in km along a great circle."""
    distance_km = great_circle_km(towns().lat_deg, towns().lon_deg, lat_deg, lon_deg)
    index = int(np.argmin(distance_km))
    return towns().place(index), float(distance_km[index])


def _point(lat: str, lon: str) -> Place | None:
    """The point that two texts give in degrees, or None where they are no numbers."""
    try:
        lat_deg, lon_deg = float(lat), float(lon)
    except ValueError:
        return None
    if not (-90.0 <= lat_deg <= 90.0 and -180.0 <= lon_deg <= 180.0):
        raise InputError(
            f"point {lat},{lon}: the latitude comes first, from -90 to 90 degrees, then the longitude, from"
            " -180 to 180"
        )
    index = int(country_of(lat_deg, lon_deg))
    country = countries()[index].code if index >= 0 else ""
    return Place(f"{lat_deg:g},{lon_deg:g}", country, lat_deg, lon_deg, 0)


def folded(text: str) -> str:
    """A text as names are compared: small letters, no accents, a hyphen is a space."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return re.sub("[\u0300-\u036f]", "", apart).translate(LETTERS)


@cache
def _folded_names() -> str:
    """The names of all towns, folded, each between two line ends: one text is found in faster than a list."""
    return f"\n{folded(chr(10).join(towns().name))}\n"


def _called(name: str, whole: bool) -> Iterator[int]:
    """The towns of a name, or of one that begins with these words and goes on; most populous first."""
    yield from _beginning(f"\n{folded(name.strip())}" + ("\n" if whole else " "))


def _beginning(wanted: str) -> Iterator[int]:
    """The towns whose folded names, each after a line end, begin so; most populous first."""
    names, index, counted = _folded_names(), 0, 0
    at = names.find(wanted)
    while at >= 0:
        index, counted = index + names.count("\n", counted, at), at
        yield index
        at = names.find(wanted, at + 1)


@cache
def _suggestions() -> dict[str, int]:
    """The folded names of the larger towns, and the most populous town of each."""
    names = _folded_names()[1:-1].split("\n")[:SUGGESTED]
    return {name: index for index, name in reversed(list(enumerate(names)))}


def _town_code(country: str) -> str:
    """The code by which GeoNames knows a country: one of its own codes, or a name of ours."""
    if country.upper() in towns().code:
        return country.upper()
    return countries()[country_index(country)].code
