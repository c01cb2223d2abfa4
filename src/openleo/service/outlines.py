"""Where regions, disputed areas and countries are, as outlines for a map, and how large each zone is.

Nothing is drawn anew: the lines are those by which the rules themselves look up a point, put together
again, and cut with the land of the base map. The strip of water that counts as land (the tolerance at coasts)
is left out of both outlines and areas.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_MEAN_RADIUS_KM

if TYPE_CHECKING:
    import shapely

    from openleo.service.zones import Division

F8 = NDArray[np.float64]
Kind = Literal["region", "area", "country"]
Middle = tuple[float, float, float]
"""A point in the largest part of a shape (latitude, longitude), and how far that part reaches, in degrees."""

Pieces = tuple["list[shapely.Geometry]", bool]
"""The pieces of a shape, not joined yet, and whether the open sea is in it."""

FINEST_DEG: Final = 0.0005
"""The least tolerance that is tried where an outline has more points than a map needs: some 50 m."""

_WAY: Final = 16.0
"""The search begins at the tolerance at which a point stands for so many of it along the line."""

_GLOBE_KM2: Final = 4.0 * np.pi * EARTH_MEAN_RADIUS_KM**2


@dataclass(frozen=True)
class Drawn:
    """An outline for a map.

    shape: in degrees, cut at the antimeridian; None where there is none to draw. vertices: how many points it
    has whole; vertices_shown: here. No point of the whole lies farther than `tolerance_deg` from it, but for
    `parts` - `parts_shown` islands smaller than that.
    """

    shape: "shapely.Geometry | None"
    vertices: int
    vertices_shown: int
    parts: int
    parts_shown: int
    tolerance_deg: float


class Ground:
    """The ground of a rule set: outlines and areas, each worked out when it is first asked for.

    division: the zones of the rules.
    """

    def __init__(self, division: "Division") -> None:
        self._division = division
        self._found: dict[tuple[Kind, int], Pieces] = {}
        self._shapes: dict[tuple[Kind, int], shapely.Geometry | None] = {}

    @cached_property
    def _faces(self) -> "tuple[list[shapely.Geometry], NDArray[np.int64]]":
        """The faces between all outlines, and the set of outlines that covers each."""
        import shapely

        from openleo.kernels.polygons import areas_at

        overlay = self._division.zone_map.overlay
        edges = np.unique(overlay.edges, axis=0)
        lines = shapely.linestrings(edges.reshape(-1, 2, 2))
        found = shapely.get_parts(shapely.polygonize(lines))
        inner = shapely.get_coordinates(shapely.point_on_surface(found))
        label = np.full(len(found), -1, np.int16)
        if len(found):
            areas_at(inner[:, 0].copy(), inner[:, 1].copy(), overlay, label)
        kept = np.flatnonzero(label > 0)
        return [found[k] for k in kept.tolist()], label[kept].astype(np.int64)

    def _meeting(self, face: "shapely.Geometry") -> "list[tuple[int, shapely.Geometry]]":
        """The land within a face: countries, and what of each."""
        import shapely

        tree, owners = _land()
        found: list[tuple[int, shapely.Geometry]] = []
        lands: list[tuple[int, Any]] = [
            (int(owners[k]), tree.geometries[k]) for k in np.sort(tree.query(face, "intersects")).tolist()
        ]
        known = len(self._division.country_names) - len(self._territories)
        lands += [(known + i, land) for i, land in enumerate(self._territories) if land.intersects(face)]
        shapely.prepare(face)
        for owner, land in lands:
            common = land if face.covers(land) else _areal(face.intersection(land))
            if not common.is_empty:
                found.append((owner, common))
        return found

    @cached_property
    def _territories(self) -> "tuple[shapely.Geometry, ...]":
        """The land of invented countries, put together from its lines."""
        import shapely

        from openleo.kernels.polygons import areas_at
        from openleo.places import countries

        grid, found = self._division.zone_map.base, []
        for index in range(len(countries()), len(self._division.country_names)):
            edges = np.unique(grid.edges[(grid.east == index) | (grid.west == index)], axis=0)
            faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(edges.reshape(-1, 2, 2))))
            inner = shapely.get_coordinates(shapely.point_on_surface(faces))
            label = np.empty(len(faces), np.int16)
            areas_at(inner[:, 0].copy(), inner[:, 1].copy(), grid, label)
            found.append(shapely.multipolygons(faces[label == index]))
        return tuple(found)

    @cached_property
    def _cut(self) -> "list[list[tuple[int, shapely.Geometry]]]":
        """Of each face, the land within it."""
        return [self._meeting(face) for face in self._faces[0]]

    @cached_property
    def area_km2(self) -> F8:
        """How large each zone is (Z,), on a sphere, by the edges as they are; those that cannot be: 0."""
        zone_of = self._division.zone_map.zone_of
        countries, sets = zone_of.shape[0] - 1, zone_of.shape[1]
        size = np.zeros((countries + 1, sets))
        size[:-1, 0] = [area_km2(self._shape(index)) for index in range(countries)]
        size[-1, 0] = _GLOBE_KM2 - size[:-1, 0].sum()
        faces, labels = self._faces
        for face, label, lands in zip(faces, labels.tolist(), self._cut, strict=True):
            rest = area_km2(face)
            for country, common in lands:
                here = area_km2(common)
                size[country, label] += here
                size[country, 0] -= here
                rest -= here
            size[-1, label] += rest
            size[-1, 0] -= rest
        many = len(self._division.country)
        found: F8 = np.bincount(zone_of.ravel(), np.maximum(size, 0.0).ravel(), many).astype(np.float64)
        found[-1] = 0.0
        return found

    def _shape(self, country: int) -> "shapely.Geometry":
        from openleo.places.basemap import shape_of_country

        known = len(self._division.country_names) - len(self._territories)
        return shape_of_country(country) if country < known else self._territories[country - known]

    def shape(self, kind: Kind, index: int) -> "tuple[shapely.Geometry | None, bool]":
        """Where something is, None where there is nothing to draw, and whether the open sea is in it.

        index: of a region or a disputed area of the rules, or of a country in `country_names`. The open sea,
        which no outline bounds, is not drawn. A country is its land as the base map draws it.
        """
        pieces, sea = self._pieces(kind, index)
        if (kind, index) not in self._shapes:
            self._shapes[kind, index] = _joined(pieces)
        return self._shapes[kind, index], sea

    def zones(self, which: NDArray[np.bool_]) -> "tuple[shapely.Geometry | None, bool]":
        """The same for zones that are marked (Z,)."""
        pieces, sea = self._of_pairs(np.asarray(which[self._division.zone_map.zone_of]))
        return _joined(pieces), sea

    def look(self, kind: Kind, index: int) -> tuple[Middle | None, bool]:
        """Where a map looks for it, and whether the open sea is in it: known before pieces are joined."""
        pieces, sea = self._pieces(kind, index)
        return (middle_of(pieces) if pieces else None), sea

    def _pieces(self, kind: Kind, index: int) -> "Pieces":
        if (kind, index) not in self._found:
            if kind == "country":
                land = self._shape(index)
                self._found[kind, index] = [] if land.is_empty else [land], False
            else:
                division = self._division
                here = division.member[:, index] if kind == "region" else division.area == index
                self._found[kind, index] = self._of_pairs(np.asarray(here[division.zone_map.zone_of]))
        return self._found[kind, index]

    def _of_pairs(self, here: NDArray[np.bool_]) -> "Pieces":
        """The ground of pairs (countries + 1, sets) of a country, last the sea, and a set of outlines."""
        import shapely

        void = len(self._division.country) - 1
        real = self._division.zone_map.zone_of != void
        here = here & real
        parts: list[Any] = []
        without: dict[int, list[Any]] = {}
        faces, labels = self._faces
        for face, label, lands in zip(faces, labels.tolist(), self._cut, strict=True):
            column = here[:, label].copy()
            column[-1] &= not here[-1, 0]  # of the open sea nothing is drawn
            for country, common in lands:
                if here[country, 0] and not column[country]:
                    without.setdefault(country, []).append(common)
            if column[-1] and column[real[:, label]].all():
                parts.append(face)
            elif column[-1]:  # the water within, and some of the land
                outside = [common for country, common in lands if not column[country]]
                parts.append(_areal(face.difference(shapely.union_all(outside))))
            else:  # what lies in countries that are in it as a whole comes with them
                parts += [common for country, common in lands if column[country] and not here[country, 0]]
        for country in np.flatnonzero(here[:-1, 0]).tolist():
            land = self._shape(country)
            if country in without:
                land = _areal(land.difference(shapely.union_all(without[country])))
            parts.append(land)
        return [each for each in parts if not each.is_empty], bool(here[-1, 0])


def drawn(shape: "shapely.Geometry | None", most: int) -> Drawn:
    """An outline with no more than so many points, as far as it can be; 0: with all.

    Simplified by Douglas and Peucker's rule (GEOS keeps it valid), the tolerance doubled until it is so.
    """
    import shapely

    if shape is None or shape.is_empty:
        return Drawn(None, 0, 0, 0, 0, 0.0)
    whole = shapely.multipolygons([each for each in shapely.get_parts(shape) if each.area > 0.0])
    vertices, parts = int(shapely.get_num_coordinates(whole)), int(shapely.get_num_geometries(whole))
    shown, tolerance = whole, 0.0
    while most and shapely.get_num_coordinates(shown) > most and tolerance < 2.0:
        first = max(FINEST_DEG, float(shapely.length(whole)) / most / _WAY)
        tolerance = float(np.ceil(1e4 * (2.0 * tolerance or first)) / 1e4)
        each = shapely.get_parts(whole)
        size = shapely.area(each)
        each = each[(size >= tolerance**2) | (size == size.max())]
        shown = shapely.simplify(shapely.multipolygons(each), tolerance, preserve_topology=True)
    return Drawn(
        shown, vertices, int(shapely.get_num_coordinates(shown)), parts,
        int(shapely.get_num_geometries(shown)), tolerance,
    )  # fmt: skip


def geojson(shape: "shapely.Geometry", digits: int = 6) -> dict[str, Any]:
    """A shape as a GeoJSON MultiPolygon (RFC 7946): outer rings counter-clockwise; 6 digits are 0.1 m."""
    import shapely

    turned = shapely.orient_polygons(shape)
    return {
        "type": "MultiPolygon",
        "coordinates": [
            [np.round(shapely.get_coordinates(ring), digits).tolist() for ring in _rings(part)]
            for part in shapely.get_parts(turned)
        ],
    }


def area_km2(shape: "shapely.Geometry") -> float:
    """The area of polygons whose edges are straight in degrees, on a sphere of the Earth's mean radius.

    Exact for such edges: the integral of the sine of the latitude along each.
    """
    import shapely

    total = 0.0
    for part in shapely.get_parts(shape):
        sides = [abs(_enclosed(shapely.get_coordinates(ring))) for ring in _rings(part)]
        total += sides[0] - sum(sides[1:])
    return float(total) * EARTH_MEAN_RADIUS_KM**2


def middle_of(pieces: "Sequence[shapely.Geometry]") -> Middle:
    """Where a map looks for a shape that has these pieces."""
    import shapely

    parts = shapely.get_parts(np.asarray(pieces, object))
    largest = parts[int(np.argmax(shapely.area(parts)))]
    west, south, east, north = largest.bounds
    point = largest.centroid if largest.contains(largest.centroid) else largest.point_on_surface()
    wide = (east - west) * np.cos(np.radians((south + north) / 2.0))
    return float(point.y), float(point.x), float(max(wide, north - south) / 2.0)


def _joined(pieces: "Sequence[shapely.Geometry]") -> "shapely.Geometry | None":
    import shapely

    if not pieces:
        return None
    return pieces[0] if len(pieces) == 1 else shapely.union_all(list(pieces))


def _enclosed(ring: F8) -> float:
    """The integral of sin(latitude) d(longitude) along a closed ring (K, 2) in degrees, in steradians."""
    lon, lat = np.radians(ring[:, 0]), np.radians(ring[:, 1])
    rise = np.diff(lat)
    level = np.abs(rise) < 1e-9
    mean = np.sin((lat[1:] + lat[:-1]) / 2.0)
    mean[~level] = (np.cos(lat[:-1]) - np.cos(lat[1:]))[~level] / rise[~level]
    return float((np.diff(lon) * mean).sum())


def _rings(part: Any) -> Sequence[Any]:
    return (part.exterior, *part.interiors)


def _areal(shape: "shapely.Geometry") -> "shapely.Geometry":
    """What of a shape has an area: lines and points, where two shapes touch, are left out."""
    import shapely

    found = [each for each in _polygons(shape) if not each.is_empty]
    return shapely.multipolygons(found) if found else shapely.MultiPolygon()


def _polygons(shape: Any) -> "Iterable[Any]":
    import shapely

    for each in shapely.get_parts(shape):
        if each.geom_type == "Polygon":
            yield each
        elif each.geom_type in ("MultiPolygon", "GeometryCollection"):
            yield from _polygons(each)


@cache
def _land() -> "tuple[shapely.STRtree, NDArray[np.int64]]":
    """All islands and mainlands of the base map, to be found by place, and the country of each."""
    import shapely

    from openleo.places import countries
    from openleo.places.basemap import shape_of_country

    parts = [shapely.get_parts(shape_of_country(index)) for index in range(len(countries()))]
    owners = np.repeat(np.arange(len(parts)), [len(each) for each in parts])
    return shapely.STRtree(np.concatenate(parts)), owners
