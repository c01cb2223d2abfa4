"""Search: towns, points, satellites, gateways, PoPs, regions and countries of some words."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from openleo.operate.view.answers import Found, Hit
from openleo.places import countries, country_of, folded, largest_town, nearest_town, towns_called

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.twin import Twin

_KINDS: Final[tuple[Hit, ...]] = ("point", "region", "country", "town", "gateway", "pop", "satellite")
"""Of hits that are as good, these come first."""

NOT_AT_ALL: Final = 9
"""How well a name fits that does not."""

_NUMBER: Final = r"(\d{1,3}(?:\.\d{1,12})?)"
_ANGLE: Final = (
    r"([NSEWO+\-]?)\s*" + _NUMBER + r"\s*(?:[°º]\s*(?:" + _NUMBER + r"\s*['′’]\s*)?"
    r"(?:" + _NUMBER + r"\s*(?:[\"″”]|''|’’)\s*)?)?([NSEWO]?)"
)
_POINT: Final = re.compile(rf"{_ANGLE}(?:\s*[,;/]\s*|\s+){_ANGLE}|{_ANGLE}(?<=[NSEWO])(?=[\dNSEWO]){_ANGLE}")
_COMMAS: Final = re.compile(r"(\D*\d{1,3}),(\d{1,12}\D*?)(?:\s*[,;/]\s*|\s+)(\D*\d{1,3}),(\d{1,12}\D*)")
"""Two numbers with commas for points, as in French."""


def found(words: str, most: int, twin: "Twin | None", rules: "RuleSet | None") -> tuple[Found, ...]:
    """What some words may mean, the likeliest first, at most so many; none where they mean nothing.

    No kind takes more than half of the places while another has hits: there are many towns.
    A country stands where its largest town is. twin: whose satellites and sites are looked through, None for
    none. rules: whose regions are.
    """
    text = " ".join(words.split())
    if (point := point_of(text)) is not None:
        return (_point(*point),)
    wanted = folded(text).strip()
    if not wanted:
        return ()
    hits: list[tuple[bool, int, int, int, Found]] = []

    def add(each: Found, how_well: int) -> None:
        many = sum(hit[-1].kind == each.kind for hit in hits) >= (most + 1) // 2
        hits.append((many, how_well, _KINDS.index(each.kind), len(hits), each))

    for region in rules.regions if rules is not None else ():
        if (well := _how_well(wanted, region.name)) < NOT_AT_ALL:
            add(Found("region", region.name, region.decision, None, None, None), well)
    for country in countries():
        code = country.code.strip("-")
        well = 0 if wanted == code.casefold() else _how_well(wanted, country.name)
        if well < NOT_AT_ALL:
            town = largest_town(code)
            lat, lon = (town.lat_deg, town.lon_deg) if town is not None else (None, None)
            add(Found("country", country.name, code, lat, lon, None), well)
    called = folded(text.rpartition(",")[0] or text).strip()
    for each in towns_called(text, most):
        hit = Found("town", each.name, each.country, each.lat_deg, each.lon_deg, None)
        add(hit, _how_well(called, each.name))
    if twin is not None:
        for hit in _sites(wanted, twin):
            add(hit, _how_well(wanted, hit.name))
        for hit in _satellites(text, wanted, twin, most):
            add(hit, min(_how_well(wanted, hit.name), _how_well(wanted, str(hit.number))))
    return tuple(each for *_, each in sorted(hits, key=lambda hit: hit[:4])[:most])


def point_of(text: str) -> tuple[float, float] | None:
    """The latitude and longitude that a text gives, in degrees, or None where it gives none.

    Takes "48.85, 2.35", "48,85 2,35", "48.85N 2.35E", "48°51'N 2°21'E", "48°51'24\\"N, 2°21'3\\"E", also with
    the letters in front, with O for west as in French, and the longitude first where letters say so.
    """
    said = text.upper().replace("−", "-").strip()
    if commas := _COMMAS.fullmatch(said):
        said = "{}.{}, {}.{}".format(*commas.groups())
    match = _POINT.fullmatch(said)
    if match is None:
        return None
    parts = [each or "" for each in match.groups()]
    parts = parts[:10] if parts[1] else parts[10:]
    one, other = _angle(*parts[:5]), _angle(*parts[5:])
    if one is None or other is None:
        return None
    (first, axis), (second, across) = one, other
    if axis == across != "":
        return None
    lat, lon = (second, first) if axis == "lon" or across == "lat" else (first, second)
    return (lat, lon) if abs(lat) <= 90.0 and abs(lon) <= 180.0 else None


def _angle(before: str, degrees: str, minutes: str, seconds: str, after: str) -> tuple[float, str] | None:
    """An angle and which axis it is on, "" where nothing says so; None for 61 minutes, or two letters."""
    letter = after or before.strip("+-")
    if (after and before.strip("+-")) or float(minutes or 0.0) >= 60.0 or float(seconds or 0.0) >= 60.0:
        return None
    value = float(degrees) + float(minutes or 0.0) / 60.0 + float(seconds or 0.0) / 3600.0
    sign = -1.0 if before == "-" or letter in ("S", "W", "O") else 1.0
    axis = "lat" if letter in ("N", "S") and letter else "lon" if letter else ""
    return sign * value, axis


def _point(lat_deg: float, lon_deg: float) -> Found:
    index = int(country_of(lat_deg, lon_deg))
    town, km = nearest_town(lat_deg, lon_deg)
    country = countries()[index].name if index >= 0 else ""
    near = f"{km:.0f} km: {town.name}" if km < 100.0 else ""
    detail = ", ".join(each for each in (near, country) if each)
    return Found("point", f"{lat_deg:.4f}, {lon_deg:.4f}", detail, lat_deg, lon_deg, None)


def _how_well(wanted: str, name: str) -> int:
    """How well a name fits: 0 is the same, 1 begins so, 2 has a word that does."""
    here = folded(name).strip()
    if here == wanted:
        return 0
    if here.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in here.replace("(", " ").replace(",", " ") else NOT_AT_ALL


def _sites(wanted: str, twin: "Twin") -> Iterator[Found]:
    for kind, sites in (("gateway", twin.ground.gateways), ("pop", twin.ground.pops)):
        for each in sites:
            if _how_well(wanted, each.name) < NOT_AT_ALL:
                yield Found(
                    "gateway" if kind == "gateway" else "pop", each.name, each.country, each.lat_deg,
                    each.lon_deg, None,
                )  # fmt: skip


def _satellites(text: str, wanted: str, twin: "Twin", most: int) -> Iterator[Found]:
    """Satellites whose name or number begins so, those of this very number or name first."""
    elements = twin.fleet.elements
    rows: list[int] = []
    if text.isascii() and text.isdigit():
        exact = np.flatnonzero(elements.number == int(text)) if int(text) < 2**63 else np.empty(0, np.intp)
        begins = np.flatnonzero(np.char.startswith(elements.number.astype(str), text))
        rows = [*exact.tolist(), *begins[:most].tolist()]
    named = (s for s, name in enumerate(elements.name) if folded(name).startswith(wanted))
    rows += islice(named, most)
    for s in dict.fromkeys(rows):
        kind = twin.fleet.classes[twin.fleet.satellite_class[s]].name
        number = int(elements.number[s])
        yield Found("satellite", elements.name[s], f"{number}, {kind}", None, None, number)
