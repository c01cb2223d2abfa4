"""Which zone a point is in, and which others are near: all that is one in law is one zone.

A zone is a country of the base map by a set of overlaid areas. The sea within a tolerance of land belongs to
the nearest land, so that the country's own waters begin to be the sea that far from its coast.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import inlined, kernel
from openleo.kernels.nearness import (
    POLAR_DEG,
    beyond,
    box_of,
    foot,
    foot_in_plane,
    free_km,
    in_space,
    metric,
    reach_of,
    upright,
    wrapped,
)
from openleo.kernels.polygons import COLUMNS, F8, NONE, Grid, Records, area_at, column_of, row_of

HAIR_KM = 1e-3
"""How far beside a line we look to learn what lies there: one metre."""

MOST = 16
"""How many countries, and how many sets, are told apart around a point."""

CHUNK = 1024
"""Points that are looked up in one grid, then in the other, while they stay in the nearest cache."""

Ints = NDArray[np.int32]

__all__ = ["Grid", "ZoneMap", "coast_km", "countries_at", "zone_at", "zones_at", "zones_near"]


class ZoneMap(NamedTuple):
    """The zones of a set of rules.

    `base` has the index of a country as label, NONE in the sea; `overlay` the number of a set of overlaid
    areas, where NONE is set 0. `zone_of[country, set]` is the zone; the sea is its last row.
    """

    base: Grid
    overlay: Grid
    zone_of: Ints  # (countries + 1, sets)
    coast_tolerance_km: float


@inlined
def label_at(grid: Grid, lon_deg: float, lat_deg: float) -> int:
    """The area of a point, without any tolerance."""
    return area_at(lon_deg, lat_deg, row_of(lat_deg), column_of(lon_deg), grid.cells, grid.lines)


@kernel
def nearest_land(grid: Grid, lon: float, lat: float, tolerance_km: float) -> int:
    """The land nearest to a point of the sea within a tolerance; the lower index where two are as near."""
    lat_reach, lon_reach = reach_of(lat, tolerance_km)
    row0, row1, column0, column1 = box_of(lon, lat, lon_reach, lat_reach)
    kx, ky, sx = metric(lat)
    least_km, nearest = tolerance_km, NONE
    for row in range(row0, row1 + 1):
        for turning in range(column0, column1 + 1):
            column = turning % COLUMNS
            shift = 360.0 * ((turning - column) // COLUMNS)
            cell = row * COLUMNS + column
            for e in range(grid.cells[cell].start, grid.cells[cell + 1].start):
                if beyond(grid.lines, e, shift, lon, lat, lon_reach, lat_reach):
                    continue
                if (grid.lines[e].east == NONE) == (grid.lines[e].west == NONE):
                    continue
                _, km = foot(grid.lines, e, shift, row, column, lon, lat, kx, ky, sx)
                land = max(grid.lines[e].east, grid.lines[e].west)
                if km < least_km or (km == least_km and (nearest == NONE or land < nearest)):
                    least_km, nearest = km, land
    return nearest


@kernel
def country_of_sea(zones: ZoneMap, lon: float, lat: float) -> int:
    """The country of a point of the sea: that of the nearest land within the tolerance, else NONE."""
    clear = zones.base.cells[row_of(lat) * COLUMNS + column_of(lon)].clear
    if free_km(clear, lat) > zones.coast_tolerance_km:
        return NONE
    return int(nearest_land(zones.base, lon, lat, zones.coast_tolerance_km))


@inlined
def zone_at(zones: ZoneMap, lon_deg: float, lat_deg: float) -> int:
    """The zone of a point in degrees; longitudes may wrap round."""
    lon, lat = wrapped(lon_deg), upright(lat_deg)
    country = label_at(zones.base, lon, lat)
    if country == NONE and zones.coast_tolerance_km > 0.0:
        country = country_of_sea(zones, lon, lat)
    # The sea is row -1, which is the last.
    return int(zones.zone_of[country, max(label_at(zones.overlay, lon, lat), 0)])


@kernel
def zones_at(zones: ZoneMap, lon_deg: F8, lat_deg: F8, out: Ints) -> None:
    """Write into `out` (N,) the zone of each point (N,) in degrees."""
    country = np.empty(CHUNK, np.int16)
    for first in range(0, lon_deg.size, CHUNK):
        lon_part, lat_part = lon_deg[first : first + CHUNK], lat_deg[first : first + CHUNK]
        countries_at(zones.base, lon_part, lat_part, zones.coast_tolerance_km, country)
        sets_at(zones.overlay, zones.zone_of, lon_part, lat_part, country, out[first : first + CHUNK])


@kernel
def sets_at(
    overlay: Grid, zone_of: Ints, lon_deg: F8, lat_deg: F8, country: NDArray[np.int16], out: Ints
) -> None:
    """Write into `out` (N,) the zone of each point (N,) in degrees whose country is known."""
    for i in range(lon_deg.size):
        inside = label_at(overlay, wrapped(lon_deg[i]), upright(lat_deg[i]))
        out[i] = zone_of[country[i], max(inside, 0)]


@kernel
def countries_at(grid: Grid, lon_deg: F8, lat_deg: F8, tolerance_km: float, out: NDArray[np.int16]) -> None:
    """Write into `out` (N,) the country of each point (N,) in degrees, with a tolerance at coasts."""
    lands_at(grid, lon_deg, lat_deg, out)
    if tolerance_km <= 0.0:
        return
    for i in range(lon_deg.size):
        if out[i] == NONE:
            lon, lat = wrapped(lon_deg[i]), upright(lat_deg[i])
            if free_km(grid.cells[row_of(lat) * COLUMNS + column_of(lon)].clear, lat) <= tolerance_km:
                out[i] = nearest_land(grid, lon, lat, tolerance_km)


@kernel
def lands_at(grid: Grid, lon_deg: F8, lat_deg: F8, out: NDArray[np.int16]) -> None:
    """Write into `out` (N,) the land that each point (N,) in degrees is on, NONE in the sea.

    A loop of its own: with a call of another kernel in it, it would count references at each point.
    """
    for i in range(lon_deg.size):
        out[i] = label_at(grid, wrapped(lon_deg[i]), upright(lat_deg[i]))


@kernel
def coast_km(grid: Grid, lon_deg: float, lat_deg: float, limit_km: float) -> float:
    """How far a point is from the nearest coast of the base map, on either side; the limit where further."""
    lon, lat = wrapped(lon_deg), upright(lat_deg)
    if free_km(grid.cells[row_of(lat) * COLUMNS + column_of(lon)].clear, lat) >= limit_km:
        return limit_km
    kx, ky, sx = metric(lat)
    radius_km = min(5.0, limit_km)
    while True:
        least_km = radius_km
        lat_reach, lon_reach = reach_of(lat, radius_km)
        row0, row1, column0, column1 = box_of(lon, lat, lon_reach, lat_reach)
        for row in range(row0, row1 + 1):
            for turning in range(column0, column1 + 1):
                column = turning % COLUMNS
                shift = 360.0 * ((turning - column) // COLUMNS)
                cell = row * COLUMNS + column
                for e in range(grid.cells[cell].start, grid.cells[cell + 1].start):
                    if beyond(grid.lines, e, shift, lon, lat, lon_reach, lat_reach):
                        continue
                    if (grid.lines[e].east == NONE) != (grid.lines[e].west == NONE):
                        _, km = foot(grid.lines, e, shift, row, column, lon, lat, kx, ky, sx)
                        least_km = min(least_km, km)
        if least_km < radius_km or radius_km >= limit_km:
            return least_km
        radius_km = min(4.0 * radius_km, limit_km)


@inlined
def note(numbers: Ints, kms: F8, count: int, number: int, km: float) -> int:
    """Note something at a distance in a list of distinct ones: nearer, new, or in place of the furthest."""
    furthest = 0
    for k in range(count):
        if numbers[k] == number:
            kms[k] = min(kms[k], km)
            return count
        if kms[k] > kms[furthest]:
            furthest = k
    if count < numbers.size:
        numbers[count], kms[count] = number, km
        return count + 1
    if km < kms[furthest]:
        numbers[furthest], kms[furthest] = number, km
    return count


@inlined
def beside(grid: Grid, lines: Records, e: int, along: float) -> tuple[int, int]:
    """What another grid says a hair east and a hair west of a point on an edge (0 to 1)."""
    lon0, lat0, lon1, lat1 = lines[e].lon0, lines[e].lat0, lines[e].lon1, lines[e].lat1
    kx, ky, _ = metric(lat0)
    kx = max(kx, 1e-3)
    bx, by = (lon1 - lon0) * kx, (lat1 - lat0) * ky
    length = max(np.sqrt(bx * bx + by * by), 1e-9)
    # Off the vertices, where other edges begin.
    inwards = min(2.0 * HAIR_KM / length, 0.5)
    along = min(max(along, inwards), 1.0 - inwards)
    lon, lat = lon0 + along * (lon1 - lon0), lat0 + along * (lat1 - lat0)
    dx, dy = by / length * HAIR_KM / kx, -bx / length * HAIR_KM / ky
    right = label_at(grid, wrapped(lon + dx), upright(lat + dy))
    return right, label_at(grid, wrapped(lon - dx), upright(lat - dy))


@inlined
def crossing(lines: Records, e: int, others: Records, o: int) -> float:
    """Where an edge is properly crossed by another one (0 to 1), -1 where it is not."""
    x0, y0 = lines[e].lon0, lines[e].lat0
    ax, ay = lines[e].lon1 - x0, lines[e].lat1 - y0
    bx, by = others[o].lon1 - others[o].lon0, others[o].lat1 - others[o].lat0
    cx, cy = others[o].lon0 - x0, others[o].lat0 - y0
    turned = ax * by - ay * bx
    if turned == 0.0:
        return -1.0
    t, u = (cx * by - cy * bx) / turned, (cx * ay - cy * ax) / turned
    return t if 0.0 < t < 1.0 and 0.0 < u < 1.0 else -1.0


@kernel
def sets_near(grid: Grid, lon: float, lat: float, radius_km: float, sets: Ints, set_km: F8) -> int:
    """Add to `sets`, whose first is that of the point, those that lines within the radius separate."""
    lat_reach, lon_reach = reach_of(lat, radius_km)
    row0, row1, column0, column1 = box_of(lon, lat, lon_reach, lat_reach)
    kx, ky, sx = metric(lat)
    known = 1
    for row in range(row0, row1 + 1):
        for turning in range(column0, column1 + 1):
            column = turning % COLUMNS
            shift = 360.0 * ((turning - column) // COLUMNS)
            cell = row * COLUMNS + column
            for e in range(grid.cells[cell].start, grid.cells[cell + 1].start):
                if grid.lines[e].east == grid.lines[e].west or beyond(
                    grid.lines, e, shift, lon, lat, lon_reach, lat_reach
                ):
                    continue
                _, km = foot(grid.lines, e, shift, row, column, lon, lat, kx, ky, sx)
                if km <= radius_km:
                    known = note(sets, set_km, known, max(grid.lines[e].east, 0), km)
                    known = note(sets, set_km, known, max(grid.lines[e].west, 0), km)
    return known


@kernel
def countries_near(
    grid: Grid,
    lon: float,
    lat: float,
    radius_km: float,
    shore_reach_km: float,
    countries: Ints,
    country_km: F8,
    coasts: Ints,
    shore_km: F8,
) -> tuple[int, int]:
    """Add to `countries`, whose first is the point's own, those behind borders within the radius.

    Coasts within `shore_reach_km` are listed apart, by their country; where that is negative, a coast is a
    border. Returns how many countries and how many coasts there are.
    """
    lat_reach, lon_reach = reach_of(lat, max(radius_km, shore_reach_km))
    row0, row1, column0, column1 = box_of(lon, lat, lon_reach, lat_reach)
    kx, ky, sx = metric(lat)
    known, shores = 1, 0
    for row in range(row0, row1 + 1):
        for turning in range(column0, column1 + 1):
            column = turning % COLUMNS
            shift = 360.0 * ((turning - column) // COLUMNS)
            cell = row * COLUMNS + column
            for e in range(grid.cells[cell].start, grid.cells[cell + 1].start):
                east, west = grid.lines[e].east, grid.lines[e].west
                if east == west or beyond(grid.lines, e, shift, lon, lat, lon_reach, lat_reach):
                    continue
                _, km = foot(grid.lines, e, shift, row, column, lon, lat, kx, ky, sx)
                if shore_reach_km >= 0.0 and min(east, west) == NONE:
                    if km <= shore_reach_km:
                        shores = note(coasts, shore_km, shores, max(east, west), km)
                elif km <= radius_km:
                    known = note(countries, country_km, known, east, km)
                    known = note(countries, country_km, known, west, km)
    return known, shores


@kernel
def over_water(
    ashore: bool,
    radius_km: float,
    tolerance_km: float,
    countries: Ints,
    country_km: F8,
    known: int,
    coasts: Ints,
    shore_km: F8,
) -> int:
    """Add to `countries` (so many are known) what may be reached over water, by lower bounds.

    Takes whether the point is on land and the coasts near it with their distances. With e the distance to
    the nearest coast, negative for a point on water (e = -d at a distance d from land): the sea begins at e +
    tolerance. The waters of a country whose coast is d away begin no nearer than (d + e) / 2, since each km
    brings it closer by one and takes the other coast away by one, and no nearer than d - tolerance.
    """
    nearest_km = np.inf
    for k in range(coasts.size):
        nearest_km = min(nearest_km, shore_km[k])
    depth_km = nearest_km if ashore else -nearest_km
    sea_km = max(depth_km + tolerance_km, 0.0)
    if sea_km <= radius_km:
        known = note(countries, country_km, known, NONE, sea_km)
    for k in range(coasts.size):
        km = max(0.5 * (shore_km[k] + depth_km), shore_km[k] - tolerance_km, 0.0)
        if km <= radius_km:
            known = note(countries, country_km, known, coasts[k], km)
    return known


@inlined
def point_km(x: float, y: float, lon: float, lat: float, kx: float, ky: float, sx: float) -> float:
    """The distance between two points, by the metrics of the latter."""
    if abs(lat) > POLAR_DEG:
        ax, ay, az = in_space(x, y)
        bx, by, bz = in_space(lon, lat)
        return float(np.sqrt((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2))
    return foot_in_plane(x, y, x, y, lon, lat, kx, ky, sx)[1]


@kernel
def corners_near(zones: ZoneMap, lon: float, lat: float, radius_km: float, zone_out: Ints, km_out: F8) -> int:
    """Find the zones around a point where both borders and overlaid areas are near, the first being its own.

    Borders and outlines are looked at from both sides at the foot of the point; where a border crosses an
    outline, four zones meet. Nothing is nearer: the boundary of a zone is made of pieces of such lines.
    """
    base, overlay, zone_of = zones.base, zones.overlay, zones.zone_of
    lat_reach, lon_reach = reach_of(lat, radius_km)
    row0, row1, column0, column1 = box_of(lon, lat, lon_reach, lat_reach)
    kx, ky, sx = metric(lat)
    found = 1
    for row in range(row0, row1 + 1):
        for turning in range(column0, column1 + 1):
            column = turning % COLUMNS
            shift = 360.0 * ((turning - column) // COLUMNS)
            cell = row * COLUMNS + column
            for e in range(base.cells[cell].start, base.cells[cell + 1].start):
                east, west = base.lines[e].east, base.lines[e].west
                if east == west or beyond(base.lines, e, shift, lon, lat, lon_reach, lat_reach):
                    continue
                along, km = foot(base.lines, e, shift, row, column, lon, lat, kx, ky, sx)
                if km > radius_km:
                    continue
                right, left = beside(overlay, base.lines, e, along)
                found = note(zone_out, km_out, found, zone_of[east, max(right, 0)], km)
                found = note(zone_out, km_out, found, zone_of[west, max(left, 0)], km)
                for o in range(overlay.cells[cell].start, overlay.cells[cell + 1].start):
                    first, second = max(overlay.lines[o].east, 0), max(overlay.lines[o].west, 0)
                    at = crossing(base.lines, e, overlay.lines, o) if first != second else -1.0
                    if at < 0.0:
                        continue
                    x = base.lines[e].lon0 + at * (base.lines[e].lon1 - base.lines[e].lon0) + shift
                    y = base.lines[e].lat0 + at * (base.lines[e].lat1 - base.lines[e].lat0)
                    km = point_km(x, y, lon, lat, kx, ky, sx)
                    if km <= radius_km:
                        found = note(zone_out, km_out, found, zone_of[east, first], km)
                        found = note(zone_out, km_out, found, zone_of[east, second], km)
                        found = note(zone_out, km_out, found, zone_of[west, first], km)
                        found = note(zone_out, km_out, found, zone_of[west, second], km)
            for o in range(overlay.cells[cell].start, overlay.cells[cell + 1].start):
                first, second = max(overlay.lines[o].east, 0), max(overlay.lines[o].west, 0)
                if first == second or beyond(overlay.lines, o, shift, lon, lat, lon_reach, lat_reach):
                    continue
                along, km = foot(overlay.lines, o, shift, row, column, lon, lat, kx, ky, sx)
                if km <= radius_km:
                    right, left = beside(base, overlay.lines, o, along)
                    found = note(zone_out, km_out, found, zone_of[right, first], km)
                    found = note(zone_out, km_out, found, zone_of[left, second], km)
    return found


@inlined
def ordered(numbers: Ints, kms: F8, count: int) -> int:
    """Sort a short list of numbers by their distances; returns how many there are."""
    for k in range(1, count):
        number, km, at = numbers[k], kms[k], k
        while at > 0 and kms[at - 1] > km:
            numbers[at], kms[at] = numbers[at - 1], kms[at - 1]
            at -= 1
        numbers[at], kms[at] = number, km
    return count


@kernel
def look_around(
    zones: ZoneMap,
    lon: float,
    lat: float,
    radius_km: float,
    on: int,
    own_set: int,
    inland: bool,
    flat: bool,
    zone_out: Ints,
    km_out: F8,
) -> int:
    """The zones near a point, as `zones_near` says, where its grid cell does not settle it.

    Takes the land that it is on, its own set of overlaid areas, and whether there are no borders or coasts
    (`inland`) and no outlines (`flat`) within the radius.
    """
    tolerance_km = zones.coast_tolerance_km
    shore_reach_km = radius_km if on != NONE else radius_km + tolerance_km
    own = country_of_sea(zones, lon, lat) if on == NONE and tolerance_km > 0.0 else on
    zone_out[0], km_out[0] = zones.zone_of[own, own_set], 0.0
    numbers, kms = np.empty((3, MOST), np.int32), np.empty((3, MOST))
    countries, coasts, sets = numbers[0], numbers[1], numbers[2]
    country_km, shore_km, set_km = kms[0], kms[1], kms[2]
    countries[0], country_km[0], sets[0], set_km[0] = own, 0.0, own_set, 0.0
    known_sets = 1 if flat else sets_near(zones.overlay, lon, lat, radius_km, sets, set_km)
    known, shores = 1, 0
    if not inland:
        shore = shore_reach_km if tolerance_km > 0.0 else -1.0
        known, shores = countries_near(
            zones.base, lon, lat, radius_km, shore, countries, country_km, coasts, shore_km
        )
    if shores:
        near = coasts[:shores], shore_km[:shores]
        known = over_water(on != NONE, radius_km, tolerance_km, countries, country_km, known, *near)
    found = 1
    if known > 1 and known_sets > 1 and not shores:
        found = corners_near(zones, lon, lat, radius_km, zone_out, km_out)
    else:
        for c in range(known):
            for s in range(known_sets):
                km = max(country_km[c], set_km[s])
                found = note(zone_out, km_out, found, zones.zone_of[countries[c], sets[s]], km)
    return ordered(zone_out, km_out, found)


@kernel
def zones_near(
    zones: ZoneMap, lon_deg: float, lat_deg: float, radius_km: float, zone_out: Ints, km_out: F8
) -> int:
    """Find the distinct zones within a radius of a point, nearest first, its own at 0 km.

    Takes the point in degrees, longitudes may wrap round, and a radius up to 500 km. Writes their numbers and
    their distances and returns how many; where there are more than fit, the nearest ones.

    Between borders and overlaid areas distances are those to the lines. Where the coast is near and has a
    tolerance they are lower bounds: the sea begins the tolerance beyond the coast, the waters of another
    country half-way at the earliest, and beside a coast every country within the radius may meet every
    overlaid area within it.
    """
    lon, lat = wrapped(lon_deg), upright(lat_deg)
    tolerance_km, cell = zones.coast_tolerance_km, row_of(lat) * COLUMNS + column_of(lon)
    on, own_set = label_at(zones.base, lon, lat), max(label_at(zones.overlay, lon, lat), 0)
    # From land, no water can be reached unless the coast is within the radius itself.
    shore_reach_km = radius_km if on != NONE else radius_km + tolerance_km
    inland = free_km(zones.base.cells[cell].clear, lat) > max(radius_km, shore_reach_km)
    flat = free_km(zones.overlay.cells[cell].clear, lat) > radius_km
    if inland and flat:
        zone_out[0], km_out[0] = zones.zone_of[on, own_set], 0.0
        return 1
    return look_around(zones, lon, lat, radius_km, on, own_set, inland, flat, zone_out, km_out)
