"""From the tables of a rule file to the ground: its names looked up, its files read, its regions laid out."""

import difflib
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from openleo.errors import InputError
from openleo.service.rulefile import Band, Region, RuleFile
from openleo.service.terms import LIST_WORDS
from openleo.service.zones import Division, Selectors, divide

if TYPE_CHECKING:
    import shapely

    from openleo.formats.geojson import Polygon
    from openleo.places import BaseMap, DisputedArea

Files = Mapping[str, "Sequence[Polygon]"]


def read(file: RuleFile, folder: Path) -> tuple[Division, dict[str, Any]]:
    """Lay out the regions of a rule file.

    Takes the file and the folder beside which its GeoJSON files are. Returns the `Division`, and the
    coordinates of each file by the key that names it, for the hash. Raises InputError with key, value and
    what is allowed for a name that is not known, a file that cannot be read or is not valid, territories that
    overlap land, a region taken out of itself, and a region that covers nothing.
    """
    from openleo.places import base_map, disputed_areas
    from openleo.places.borders import Country

    held = _files(file, folder)
    lands = [_joined(held[f"territories[{i}].polygon"]) for i in range(len(file.territories))]
    invented = [Country(each.code, each.name) for each in file.territories]
    base = base_map(tuple(zip(invented, lands, strict=True)))
    areas = disputed_areas()
    names = Lookup(base, areas, file)
    count, countries = len(file.regions), len(base.countries)
    in_base = np.zeros((countries + 1, count), np.bool_)
    in_areas, named = np.zeros((count, len(areas)), np.bool_), np.zeros((count, len(areas)), np.bool_)
    outlines: list[shapely.Geometry | None] = []
    after: dict[int, tuple[int, ...]] = {}
    for r, region in enumerate(file.regions):
        key = f"regions[{r}]"
        in_base[names.countries(region.countries, f"{key}.countries"), r] = True
        in_base[countries, r] = region.sea
        in_areas[r, names.areas(region.areas, f"{key}.areas")] = True
        named[r] = in_areas[r]
        named[r, names.areas(region.licence_in, f"{key}.licence_in")] = True
        for kind in ("sold_in", "landing"):
            names.countries(getattr(region, kind), f"{key}.{kind}")
        names.known(region.lists, [each.name for each in file.lists], f"{key}.lists", "list")
        after[r] = tuple(
            names.known(region.minus, [each.name for each in file.regions], f"{key}.minus", "region")
        )
        try:
            outlines.append(_outline(region, key, held, base, names, lands))
        except InputError as error:
            raise InputError(f"{key} ({region.name}): {error}") from error
    try:
        order = tuple(TopologicalSorter(after).static_order())
    except CycleError as error:
        circle = " minus ".join(file.regions[r].name for r in error.args[1])
        raise InputError(f"regions: {circle}; a region cannot be taken out of itself") from error
    selectors = Selectors(
        in_base, in_areas, tuple(outlines), tuple(after[r] for r in range(count)), order, named
    )
    division = divide(base, areas, selectors, names.code_of, file.coast_tolerance_km)
    for r, region in enumerate(file.regions):
        if not division.member[division.seen, r].any():
            raise InputError(f"regions[{r}] ({region.name}): it covers nothing after what is taken out of it")
    _check_lists(file, division)
    return division, {
        key: [each.geometry.__geo_interface__["coordinates"] for each in found] for key, found in held.items()
    }


def _check_lists(file: RuleFile, division: Division) -> None:
    """Refuse rules that ask in one place for more different lists than `Terms` can hold."""
    listed = [r for r, region in enumerate(file.regions) if region.lists]
    for zone in np.flatnonzero(division.member[:, listed].sum(axis=1) > LIST_WORDS).tolist():
        held = [file.regions[r] for r in listed if division.member[zone, r]]
        if len({frozenset(region.lists) for region in held}) > LIST_WORDS:
            raise InputError(
                f"regions: {', '.join(region.name for region in held)} ask for different lists in one place;"
                f" at most {LIST_WORDS} can be asked for together"
            )


class Lookup:
    """Names of countries, territories, areas, lists and regions, with near matches for those not known."""

    def __init__(self, base: "BaseMap", areas: "tuple[DisputedArea, ...]", file: RuleFile) -> None:
        self._countries: dict[str, int] = {}
        self.code_of: dict[str, str] = {}
        for index, each in enumerate(base.countries):
            code = each.code if each.code != "-" else each.name
            for text in (each.name, code):  # a code goes before a name of the same letters
                self._countries[text.casefold()] = index
                self.code_of[text.casefold()] = code
        self._areas = [area.name for area in areas]

    def countries(self, given: Sequence[str], key: str) -> list[int]:
        """Indices into the base map's countries; InputError for one that is not known."""
        found = [self._countries.get(each.strip().casefold()) for each in given]
        for i, index in enumerate(found):
            if index is None:
                near = difflib.get_close_matches(
                    given[i].strip().casefold(), self._countries, n=4, cutoff=0.5
                )
                listed = ", ".join(dict.fromkeys(self.code_of[each] for each in near))
                raise InputError(
                    f"{key}[{i}]: {given[i]!r} given; a country by ISO alpha-2 code or English name, or a"
                    " territory of this file, is allowed" + (f"; close to it: {listed}" if listed else "")
                )
        return [index for index in found if index is not None]

    def areas(self, given: Sequence[str], key: str) -> list[int]:
        """Indices into the disputed areas."""
        return self.known(given, self._areas, key, "disputed area")

    def known(self, given: Sequence[str], names: Sequence[str], key: str, kind: str) -> list[int]:
        """Where each given name stands among names; InputError with near matches where it does not."""
        places = {name.casefold(): i for i, name in enumerate(names)}
        found = []
        for i, each in enumerate(given):
            if each.casefold() not in places:
                near = difflib.get_close_matches(each.casefold(), places, n=4, cutoff=0.5)
                close = ", ".join(names[places[name]] for name in near)
                listed = f"close to it: {close}" if close else f"there are {', '.join(names) or 'none'}"
                raise InputError(f"{key}[{i}]: {each!r} given; the name of a {kind} is allowed; {listed}")
            found.append(places[each.casefold()])
        return found


def _files(file: RuleFile, folder: Path) -> "dict[str, list[Polygon]]":
    """The polygons of each GeoJSON file, by the key that names it."""
    from openleo.formats.geojson import read_polygons

    found = {}
    for key, name in file.outlines.items():
        try:
            found[key] = read_polygons(folder / name)
        except InputError as error:
            raise InputError(f"{key}: {error}") from error
    return found


def _joined(polygons: "Sequence[Polygon]") -> "shapely.Geometry":
    import shapely

    return shapely.union_all([each.geometry for each in polygons])


def _outline(
    region: Region,
    key: str,
    held: Files,
    base: "BaseMap",
    names: Lookup,
    lands: "Sequence[shapely.Geometry]",
) -> "shapely.Geometry | None":
    """All outlines of a region as one; None where it has none."""
    import shapely

    from openleo.service.shapes import outline_of_cells

    parts = []
    if region.polygon:
        parts.append(_joined(held[f"{key}.polygon"]))
    if region.cells:
        parts.append(outline_of_cells(region.cells))
    if region.band.line:
        parts.append(_band(region.band, held.get(f"{key}.band.polygon"), base, names, lands))
    return shapely.union_all(parts) if parts else None


def _band(
    band: Band,
    polygons: "Sequence[Polygon] | None",
    base: "BaseMap",
    names: Lookup,
    lands: "Sequence[shapely.Geometry]",
) -> "shapely.Geometry":
    """The strip along a coast, a border, or the outline of a polygon."""
    import shapely

    from openleo.places.borders import rings_of
    from openleo.service.shapes import lines_of, strip

    within = _joined(polygons) if polygons else None
    if not band.countries:
        rings = [np.asarray(ring.coords)[:, :2] for ring in shapely.get_parts(shapely.boundary(within))]
        return strip(lines_of(rings), band.width_km)
    wanted = names.countries(band.countries, "band.countries")
    known = len(base.countries) - len(lands)
    rings = rings_of([index for index in wanted if index < known])
    for index in wanted:
        if index >= known:
            turned = shapely.geometry.polygon.orient
            for part in shapely.get_parts(lands[index - known]):
                ring = turned(part)
                rings += [np.asarray(each.coords)[:, :2] for each in (ring.exterior, *ring.interiors)]
    edges = lines_of(rings)
    middle = (edges[:, :2] + edges[:, 2:]) / 2.0
    along = edges[:, 2:] - edges[:, :2]
    # Interiors are on the left: what lies 0.1 m to the right is the sea, or a neighbour
    across = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-12)[:, None]
    beside = middle + 1e-6 * across
    other = base.country_of(np.clip(beside[:, 1], -90.0, 90.0), beside[:, 0])
    kept = (other < 0) if band.line == "coast" else (other >= 0)
    if within is not None:
        kept &= shapely.contains_xy(within, middle)
    if not kept.any():
        raise InputError(f"band: there is no {band.line} of {', '.join(band.countries)}" + (
            " within the polygon" if within is not None else ""
        ))  # fmt: skip
    return strip(edges[kept], band.width_km)
