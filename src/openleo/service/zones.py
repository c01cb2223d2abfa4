"""The ground cut into zones: whatever is the same in law.

Countries, and beside them all outlines that rules draw: polygons, cells, bands, disputed areas. The outlines
alone are cut where they cross (a few hundred rings, not the half million points of the borders); each face
between them is covered by a set of outlines. A zone is a country with such a set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.meetings import meetings
from openleo.service.shapes import HAIR_DEG, short

if TYPE_CHECKING:
    import shapely

    from openleo.kernels.zones import ZoneMap
    from openleo.places import BaseMap, DisputedArea

Bools = NDArray[np.bool_]
F8 = NDArray[np.float64]

HAIR_ASIDE_DEG = 1e-5
"""How far beside a line we look to learn what lies there: one metre."""

MOST_SETS = 32_000
"""Different sets of outlines that a label of 16 bits can tell apart."""


@dataclass(frozen=True)
class Zone:
    """One zone: its country ("" at sea and where it is disputed), what the base map says, and its regions.

    `base` is the code (or the name, where there is none) that the base map gives, "" at sea; `area` the
    disputed area that it lies in, "" for none; `regions` the indices of the regions that cover it.
    """

    number: int
    country: str
    base: str
    area: str
    regions: tuple[int, ...]


@dataclass(frozen=True)
class Division:
    """The zones Z, as arrays.

    `zone_map` for kernels; `country` (Z,) int16 into `country_names`, -1 at sea; `area` (Z,) int16 into
    `areas`, -1 for none; `disputed` (Z,) bool; `member` (Z, R) bool: which regions cover it; `licensable`
    (Z, R) bool: where a licence of the region counts; `seen` (Z,) bool: whether the zone occurs on the
    ground (as far as looking along all lines shows); `seen_lat`, `seen_lon` (Z,) a point of it, NaN for none.
    The last zone stands for what cannot be: nothing is allowed there.
    """

    zone_map: "ZoneMap"
    country_names: tuple[str, ...]
    areas: "tuple[DisputedArea, ...]"
    country: NDArray[np.int16]
    area: NDArray[np.int16]
    disputed: Bools
    member: Bools
    licensable: Bools
    seen: Bools
    seen_lat: F8
    seen_lon: F8
    code_of: dict[str, str]

    def zone(self, number: int) -> Zone:
        """A zone by its number."""
        country, area = int(self.country[number]), int(self.area[number])
        base = self.country_names[country] if country >= 0 else ""
        return Zone(
            number,
            "" if self.disputed[number] else base,
            base,
            self.areas[area].name if area >= 0 else "",
            tuple(np.flatnonzero(self.member[number]).tolist()),
        )

    def codes(self, given: Sequence[str]) -> tuple[str, ...]:
        """Countries given by code or name as codes (names, where there is no code)."""
        return tuple(self.code_of[each.strip().casefold()] for each in given)


@dataclass(frozen=True)
class Selectors:
    """Where R regions are, beside K countries (row K is the sea) and A disputed areas.

    `base` (K + 1, R) bool; `areas` (R, A) bool; `outlines` (R,) a shapely geometry in degrees, or None;
    `minus` (R,) the indices of regions that are taken out, each worked out before it is used in `order`;
    `named` (R, A) bool: disputed areas in which a licence of the region holds.
    """

    base: Bools
    areas: Bools
    outlines: "tuple[shapely.Geometry | None, ...]"
    minus: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    named: Bools


def divide(
    base: "BaseMap",
    areas: "tuple[DisputedArea, ...]",
    selectors: Selectors,
    code_of: dict[str, str],
    coast_tolerance_km: float,
) -> Division:
    """Cut the ground into zones.

    Takes the base map, the disputed areas and where the regions are. Returns the `Division`. Raises
    InputError where more than `MOST_SETS` sets of outlines meet.
    """
    from openleo.kernels.zones import ZoneMap
    from openleo.places import grid_of

    held = [(r, shape) for r, shape in enumerate(selectors.outlines) if shape is not None]
    shapes = [shape for _, shape in held] + [area.polygon for area in areas]
    rings, labels, cover, points = faces(shapes)
    overlay = grid_of(rings, labels)
    names = tuple(each.code if each.code != "-" else each.name for each in base.countries)

    sets, countries = len(cover), len(names)
    in_outline = np.zeros((sets, len(selectors.outlines)), np.bool_)
    in_outline[:, [r for r, _ in held]] = cover[:, : len(held)]
    in_area = cover[:, len(held) :]
    of_area = np.array([[name in area.base_map for area in areas] for name in (*names, "sea")])
    of_area = of_area.reshape(countries + 1, len(areas))
    dispute = np.array([area.kind != "without a code" for area in areas], np.bool_)

    country, with_set = meetings(base.grid, overlay, coast_tolerance_km, countries)
    area_here = of_area[country] & in_area[with_set]  # the sea, -1, is the last row
    reached = area_here.astype(np.uint8) @ selectors.areas.T.astype(np.uint8) > 0
    member = selectors.base[country] | in_outline[with_set] | reached
    for r in selectors.order:
        for other in selectors.minus[r]:
            member[:, r] &= ~member[:, other]
    packed = np.hstack([np.packbits(area_here, axis=1), np.packbits(member, axis=1)])
    keyed = np.hstack([country.astype(">i2").view(np.uint8).reshape(-1, 2), packed])
    whole = np.ascontiguousarray(keyed).view(np.dtype((np.void, keyed.shape[1]))).ravel()
    _, first, number = np.unique(whole, return_index=True, return_inverse=True)
    # What cannot meet has a zone as well, in which nothing is allowed: should it be reached, nobody is served
    void = len(first)
    zone_of = np.full((countries + 1, sets), void, np.int32)
    zone_of[country, with_set] = number
    country_of_zone = np.append(country[first], -1).astype(np.int16)
    area_here = np.concatenate([area_here[first], np.zeros((1, len(areas)), np.bool_)])
    member = np.concatenate([member[first], np.zeros((1, len(selectors.outlines)), np.bool_)])
    strict = area_here & dispute
    # Every disputed area at the place is named, or there is none
    licensable = ~((strict.astype(np.uint8) @ (~selectors.named).T.astype(np.uint8)) > 0)

    zone_map = ZoneMap(
        base=base.grid, overlay=overlay, zone_of=zone_of, coast_tolerance_km=coast_tolerance_km
    )
    seen_lat, seen_lon = _seen(zone_map, void + 1, points)
    return Division(
        zone_map=zone_map,
        country_names=names,
        areas=areas,
        country=country_of_zone,
        area=np.where(area_here.any(axis=1), area_here.argmax(axis=1), -1).astype(np.int16)
        if len(areas)
        else np.full(void + 1, -1, np.int16),
        disputed=np.asarray(strict.any(axis=1)),
        member=member,
        licensable=licensable,
        seen=np.isfinite(seen_lat),
        seen_lat=seen_lat,
        seen_lon=seen_lon,
        code_of=code_of,
    )


def faces(shapes: "Sequence[shapely.Geometry]") -> tuple[list[F8], list[int], Bools, F8]:
    """Cut outlines where they cross.

    Takes M shapely polygons in degrees. Returns the closed rings of all faces that some outline covers, each
    (N, 2) with its interior left; the set that each ring belongs to, from 1; which outlines a set has,
    (sets, M) bool, of which set 0 has none; and a point within each face, (faces, 2). Raises InputError
    where there are more than `MOST_SETS` sets.
    """
    import shapely

    if not shapes:
        return [], [], np.zeros((1, 0), np.bool_), np.empty((0, 2))
    lines = shapely.union_all([shape.boundary for shape in shapes], grid_size=HAIR_DEG)
    cut = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(cut)
    covers = np.zeros((len(cut), len(shapes)), np.bool_)
    tree = shapely.STRtree(shapes)
    face, outline = tree.query(inner, predicate="within")
    covers[face, outline] = True
    kept = covers.any(axis=1)
    cut, inner, covers = cut[kept], inner[kept], covers[kept]
    sets, label = np.unique(covers, axis=0, return_inverse=True)
    if len(sets) > MOST_SETS:
        raise InputError(f"{len(sets)} different overlaps of outlines; at most {MOST_SETS} are allowed")
    rings: list[F8] = []
    labels: list[int] = []
    for each, number in zip(cut, label.ravel().tolist(), strict=True):
        turned = shapely.geometry.polygon.orient(each)
        for ring in (turned.exterior, *turned.interiors):
            rings.append(np.asarray(ring.coords, np.float64)[:, :2])
            labels.append(number + 1)
    none = np.zeros((1, len(shapes)), np.bool_)
    return rings, labels, np.concatenate([none, sets]), shapely.get_coordinates(inner)


def _seen(zone_map: "ZoneMap", count: int, points: F8) -> tuple[F8, F8]:
    """A point (latitude, longitude) of each zone that occurs: within faces, and beside all lines.

    Where no outline lies, the sides of borders say themselves what is there.
    """
    from openleo.kernels.polygons import NONE
    from openleo.kernels.zones import zones_at

    base, overlay, zone_of = zone_map.base, zone_map.overlay, zone_map.zone_of
    seen = np.full((count, 2), np.nan)
    bare = np.repeat(overlay.label == NONE, np.diff(base.start))
    for side, sign in ((base.west, 1.0), (base.east, -1.0)):
        # Sixteen-bit labels are few: the first edge of each, without sorting all of them
        first = np.full(zone_of.shape[0], -1)
        edge = np.flatnonzero(bare)[::-1]
        first[side[edge]] = edge
        country = np.flatnonzero(first[:-1] >= 0)
        middle, across = _beside(base.edges[first[country]])
        seen[zone_of[country, 0]] = middle + sign * across
    middle, across = _beside(base.edges[~bare])
    # Water beyond the tolerance is looked for on both sides; on one of them it is land
    far = across * (1.5 * zone_map.coast_tolerance_km / 111.0 / HAIR_ASIDE_DEG)
    found = [points, middle + across, middle - across, middle + far, middle - far]
    if len(overlay.edges):
        middle, across = _beside(short(np.unique(overlay.edges, axis=0)))
        found += [middle + across, middle - across]
    spread = np.meshgrid(np.arange(-177.5, 180.0, 5.0), np.arange(-87.5, 90.0, 5.0))
    found.append(np.stack(spread, axis=-1).reshape(-1, 2))
    where = np.concatenate(found)
    where[:, 1] = np.clip(where[:, 1], -90.0, 90.0)
    where[:, 0] = (where[:, 0] + 180.0) % 360.0 - 180.0
    zone = np.empty(len(where), np.int32)
    zones_at(zone_map, where[:, 0].copy(), where[:, 1].copy(), zone)
    seen[zone[::-1]] = where[::-1]  # the first found stays: the one within a face
    return seen[:, 1].copy(), seen[:, 0].copy()


def _beside(edges: F8) -> tuple[F8, F8]:
    """The middles (N, 2) of edges, and a step across each, to its left, of `HAIR_ASIDE_DEG`."""
    along = edges[:, 2:] - edges[:, :2]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across *= HAIR_ASIDE_DEG / np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-12)[:, None]
    return (edges[:, :2] + edges[:, 2:]) / 2.0, across
