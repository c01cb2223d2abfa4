"""Coasts by chance, and distances to them: the geometry of invented worlds, in pyproj's geodesics alone."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

GEOD = pyproj.Geod(ellps="WGS84")

F8 = NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """A flat sheet laid on the sea: x to the east and y to the north of its middle, in km."""

    lat_deg: float
    lon_deg: float

    @property
    def _projected(self) -> pyproj.Proj:
        return pyproj.Proj(proj="aeqd", lat_0=self.lat_deg, lon_0=self.lon_deg, ellps="WGS84", units="km")

    def lon_lat(self, xy: F8) -> F8:
        """Points (N, 2) of the sheet as longitude and latitude, to 1e-6 degrees (0.1 m)."""
        lon, lat = self._projected(xy[:, 0], xy[:, 1], inverse=True)
        return np.round(np.column_stack([lon, lat]), 6)

    def xy(self, lon: F8, lat: F8) -> F8:
        """The other way round, (N, 2) km."""
        return np.column_stack(self._projected(lon, lat))


def chance(seed: int, world: str) -> np.random.Generator:
    """The random numbers of one world."""
    return np.random.Generator(np.random.PCG64([seed, *world.encode()]))


def blob(rng: np.random.Generator, radius_km: float, rough: float, points: int) -> F8:
    """A closed coast around the middle of a sheet, (points, 2) km: a circle and waves on it."""
    turn = np.arange(points) * 2.0 * np.pi / points
    radius = np.ones(points)
    for k in range(2, 60):
        phase, height = rng.random() * 2.0 * np.pi, rough * (0.4 + 0.6 * rng.random()) / k
        radius += height * np.cos(k * turn + phase)
    return radius_km * radius[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])


def land(sheet: Sheet, xy: F8) -> shapely.Polygon:
    """A coast on the sheet as a polygon in degrees, anticlockwise."""
    shape = shapely.orient_polygons(shapely.Polygon(sheet.lon_lat(xy)))
    if not shape.is_valid:
        raise ValueError(f"coast: {shapely.is_valid_reason(shape)}")
    return shape


def area_km2(shape: shapely.Polygon) -> float:
    """Area on the ellipsoid."""
    return abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6


def island(
    sheet: Sheet, rng: np.random.Generator, km2: float, *, rough: float = 0.25, points: int = 240
) -> shapely.Polygon:
    """An island of a stated area, to 0.1 %."""
    drawn = blob(rng, 100.0, rough, points)
    for _ in range(3):
        drawn = drawn * np.sqrt(km2 / area_km2(land(sheet, drawn)))
    return land(sheet, drawn)


def distance_m(shape: shapely.Polygon, lon: F8, lat: F8) -> F8:
    """Geodesic distance (N,) in m to the outline of a polygon whose edges are straight in degrees.

    The three edges nearest on a sheet around the middle are searched along by golden section, around the foot
    point on that sheet, to 0.1 m.
    """
    ring = np.asarray(shape.exterior.coords)
    a, b = ring[:-1], ring[1:]
    middle = shape.centroid
    sheet = Sheet(middle.y, middle.x)
    at, xa, xb = sheet.xy(lon, lat), sheet.xy(*a.T), sheet.xy(*b.T)
    along = xb - xa
    best = np.full(len(lon), np.inf)
    for first in range(0, len(lon), 2000):
        part = slice(first, first + 2000)
        off = at[part, None, :] - xa[None]
        t = np.clip((off * along).sum(2) / np.maximum((along**2).sum(1), 1e-12), 0.0, 1.0)
        flat = np.hypot(*np.moveaxis(off - t[..., None] * along, 2, 0))
        for edge in np.argpartition(flat, 3, axis=1)[:, :3].T:
            foot = t[np.arange(len(edge)), edge]
            best[part] = np.minimum(best[part], _to_edge_m(a[edge], b[edge], foot, lon[part], lat[part]))
    return best


def _to_edge_m(a: F8, b: F8, foot: F8, lon: F8, lat: F8) -> F8:
    """Least geodesic distance (N,) from points to edges (N, 2) that are straight in degrees.

    foot: (N,) about where along each edge, 0 to 1, it is.
    """
    low, high = np.clip(foot - 0.1, 0.0, 1.0), np.clip(foot + 0.1, 0.0, 1.0)
    golden = (np.sqrt(5.0) - 1.0) / 2.0

    def far(t: F8) -> F8:
        spot = a + t[:, None] * (b - a)
        return np.asarray(GEOD.inv(lon, lat, spot[:, 0], spot[:, 1])[2])

    for _ in range(16):
        left, right = high - golden * (high - low), low + golden * (high - low)
        nearer = far(left) < far(right)
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    return far(0.5 * (low + high))


def inside(shape: shapely.Polygon, lon: F8, lat: F8) -> NDArray[np.bool_]:
    """Which points a polygon contains."""
    return np.asarray(shapely.contains_xy(shape, lon, lat))


def scattered(rng: np.random.Generator, shape: shapely.Polygon, count: int, *, inland_km: float = 10.0) -> F8:
    """Points (count, 2) lon, lat spread over a polygon, at least so far from its outline."""
    west, south, east, north = shape.bounds
    kept = np.empty((0, 2))
    while len(kept) < count:
        draw = rng.random((2 * count, 2))
        lon = west + draw[:, 0] * (east - west)
        sines = np.sin(np.radians([south, north]))
        lat = np.degrees(np.arcsin(sines[0] + draw[:, 1] * (sines[1] - sines[0])))
        good = inside(shape, lon, lat)
        lon, lat = lon[good], lat[good]
        good = distance_m(shape, lon, lat) > inland_km * 1e3
        kept = np.concatenate([kept, np.column_stack([lon[good], lat[good]])])
    return kept[:count]


def towns(
    rng: np.random.Generator, shape: shapely.Polygon, count: int, people: int, *, inland_km: float = 12.0
) -> F8:
    """Where people live: (people, 2) lon, lat, seven of ten in one of so many towns."""
    middles = scattered(rng, shape, count, inland_km=inland_km + 30.0)
    weight = 1.0 / np.arange(1, count + 1) ** 0.9
    edges = np.cumsum(weight / weight.sum())
    town = np.searchsorted(edges, rng.random(people)).clip(0, count - 1)
    rural = rng.random(people) < 0.3
    reach = 9_000.0 * np.sqrt(-2.0 * np.log(1.0 - rng.random(people)))
    lon, lat, _ = GEOD.fwd(
        middles[town, 0], middles[town, 1], 360.0 * rng.random(people), np.minimum(reach, 28_000.0)
    )
    at = np.column_stack([lon, lat])
    at[rural] = scattered(rng, shape, int(rural.sum()), inland_km=inland_km)
    return at
