"""How fast the zone of a point is found, exactly: this project's grids beside shapely, one thread each.

    python -m benchmarks.region [--json]

Countries, the disputed areas and 200 invented regions that overlap (circles of 20 to 400 km around towns), a
million random points on land and a million beside borders and coasts (some 1 km off a vertex), the two sides
in turn and the median of each. The shapely side is its fastest vectorised form: a tree of the bounding boxes
of all polygons, then `intersects_xy` on prepared polygons, candidates in the order of their polygons. It has
no tolerance at coasts; ours is timed without and with one. The answers are compared before anything is timed.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from openleo.kernels.zones import ZoneMap, zones_at, zones_near
from openleo.places import COAST_TOLERANCE_KM, base_map, country_of, disputed_areas, grid_of
from openleo.places.towns import towns
from openleo.service.zones import faces

POINTS = 1_000_000
REGIONS = 200
ROUNDS = 5
NEAR_DEG = 0.01
RADIUS_KM = 5.0
F8 = NDArray[np.float64]


def invented_regions(rng: np.random.Generator) -> list[shapely.Polygon]:
    """Circles of 64 corners around towns of the 5 000 largest, none over the antimeridian."""
    geod, table, turn = pyproj.Geod(ellps="WGS84"), towns(), np.linspace(0.0, 360.0, 65)
    circles: list[shapely.Polygon] = []
    while len(circles) < REGIONS:
        town, radius_m = rng.integers(5000), 1e3 * np.exp(rng.uniform(np.log(20.0), np.log(400.0)))
        lon0, lat0 = np.full(65, table.lon_deg[town]), np.full(65, table.lat_deg[town])
        lon, lat, _ = geod.fwd(lon0, lat0, turn, np.full(65, radius_m))
        if np.ptp(lon) < 180.0:
            circles.append(shapely.Polygon(np.column_stack([lon, lat])))
    return circles


class Shapely:
    """The same question to shapely: which polygons a point is in."""

    def __init__(self, shapes: list[Any]) -> None:
        self.parts, self.owner = shapely.get_parts(np.array(shapes, object), return_index=True)
        shapely.prepare(self.parts)
        self.tree = shapely.STRtree(self.parts)

    def __call__(self, lon: F8, lat: F8) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs of a point and a shape that it is in."""
        point, part = self.tree.query(shapely.points(lon, lat))
        order = np.argsort(part, kind="stable")
        point, part = point[order], part[order]
        inside = shapely.intersects_xy(self.parts[part], lon[point], lat[point])
        return point[inside], self.owner[part[inside]]


def points_beside(rng: np.random.Generator, zones: ZoneMap) -> tuple[F8, F8]:
    """Points beside random edges of the base map."""
    edges = zones.base.lines[rng.integers(len(zones.base.lines), size=POINTS)]
    lat = np.clip(edges["lat0"] + rng.normal(0.0, NEAR_DEG, POINTS), -89.0, 89.0)
    lon = edges["lon0"] + rng.normal(0.0, NEAR_DEG, POINTS) / np.cos(np.radians(lat))
    return (lon + 180.0) % 360.0 - 180.0, lat


def points_on_land(rng: np.random.Generator) -> tuple[F8, F8]:
    """Points spread evenly over all land."""
    lat = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, 5 * POINTS)))
    lon = rng.uniform(-180.0, 180.0, 5 * POINTS)
    land = np.nonzero(country_of(lat, lon) >= 0)[0][:POINTS]
    return lon[land].copy(), lat[land].copy()


def seconds(act: Callable[[], object]) -> float:
    """Processor time of this thread, which others on the machine disturb less than the clock."""
    start = time.thread_time()
    act()
    return time.thread_time() - start


def measure() -> dict[str, float | int]:
    rng = np.random.default_rng(20260701)
    base, areas = base_map(), [area.polygon for area in disputed_areas()]
    outlines = [*areas, *invented_regions(rng)]
    rings, labels, cover, _ = faces(outlines)
    lands = [base.shape(index) for index in range(len(base.countries))]
    zone_of = np.arange((len(lands) + 1) * len(cover), dtype=np.int32).reshape(-1, len(cover))
    zones = ZoneMap(base.grid, grid_of(rings, labels), zone_of, 0.0)
    tolerant = zones._replace(coast_tolerance_km=COAST_TOLERANCE_KM)
    theirs = Shapely([*lands, *outlines])
    found: dict[str, float | int] = {
        "points": POINTS,
        "outlines": len(outlines),
        "sets": len(cover),
        "edges": len(zones.base.lines) + len(zones.overlay.lines),
    }
    zone = np.empty(POINTS, np.int32)
    for name, (lon, lat) in (("land", points_on_land(rng)), ("beside", points_beside(rng, zones))):
        zones_at(tolerant, lon, lat, zone)
        zones_at(zones, lon, lat, zone)
        point, shape = theirs(lon, lat)
        country, held = np.full(POINTS, -1), np.zeros(POINTS, np.int64)
        country[point[shape < len(lands)]] = shape[shape < len(lands)]
        np.add.at(held, point[shape >= len(lands)], 1)
        ours_country, ours_set = np.divmod(zone, len(cover))
        same = (ours_country == np.where(country < 0, len(lands), country)) & (
            cover[ours_set].sum(axis=1) == held
        )
        found[f"{name}_different"] = int(np.sum(~same))
        sides: dict[str, Callable[[], object]] = {
            "ours": lambda lon=lon, lat=lat: zones_at(zones, lon, lat, zone),  # type: ignore[misc]
            "tolerant": lambda lon=lon, lat=lat: zones_at(tolerant, lon, lat, zone),  # type: ignore[misc]
            "shapely": lambda lon=lon, lat=lat: theirs(lon, lat),  # type: ignore[misc]
        }
        taken: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(ROUNDS):
            for side, act in sides.items():
                taken[side].append(seconds(act))
        for side, times in taken.items():
            found[f"{name}_{side}_per_s"] = POINTS / statistics.median(times)
        found[f"{name}_ratio"] = found[f"{name}_ours_per_s"] / found[f"{name}_shapely_per_s"]
        found[f"{name}_near_us"] = 1e6 * statistics.median(nearby(tolerant, lon, lat) for _ in range(ROUNDS))
    return found


def nearby(zones: ZoneMap, lon: F8, lat: F8) -> float:
    """Seconds a point to find the zones within a few km, from a kernel."""
    from openleo.kernels.compiled import kernel

    global counted
    if counted is None:

        def count_near(zones: ZoneMap, lon: F8, lat: F8, radius_km: float) -> int:
            zone, km, count = np.empty(8, np.int32), np.empty(8), 0
            for i in range(lon.size):
                count += zones_near(zones, lon[i], lat[i], radius_km, zone, km)
            return count

        counted = kernel(count_near)
        counted(zones, lon[:1], lat[:1], RADIUS_KM)
    some = slice(0, len(lon) // 10)
    return seconds(lambda: counted(zones, lon[some], lat[some], RADIUS_KM)) / (len(lon) // 10)


counted: Any = None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args().json
    found = measure()
    if as_json:
        print(json.dumps(found))
        return
    print(f"Zone of a point, one thread: countries and {found['outlines']} outlines in {found['sets']} sets,")
    print(f"{found['edges']} edges in grid cells, {found['points']} points; million points a second")
    for name, words in (("land", "on land"), ("beside", "beside borders and coasts")):
        print(f"  {words}")
        for side, text in (
            ("ours", "openleo"),
            ("tolerant", f"openleo, {COAST_TOLERANCE_KM:g} km at coasts"),
            ("shapely", "shapely (STRtree, intersects_xy)"),
        ):
            print(f"    {text:<36}{found[f'{name}_{side}_per_s'] / 1e6:8.1f}")
        print(f"    {'ratio to shapely':<36}{found[f'{name}_ratio']:8.1f}")
        print(f"    {f'zones within {RADIUS_KM:g} km, microseconds':<36}{found[f'{name}_near_us']:8.2f}")
        print(f"    {'points with another answer':<36}{found[f'{name}_different']:8d}")


if __name__ == "__main__":
    main()
