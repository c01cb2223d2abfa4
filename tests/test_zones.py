"""Zones of points and near them: against shapely and pyproj, at poles, over the antimeridian, in the sea."""

import re
from collections.abc import Iterator
from itertools import product

import numpy as np
import pyproj
import pytest
import shapely
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_cdt

from openleo.errors import InputError
from openleo.kernels.polygons import COLUMNS, MIXED, ROWS
from openleo.kernels.zones import ZoneMap, coast_km, zone_at, zones_at, zones_near
from openleo.places import Country, base_map, countries, country_of, grid_of, grid_of_borders

F8 = NDArray[np.float64]
GEOD = pyproj.Geod(ellps="WGS84")
WORLD = shapely.box(-180, -90, 180, 90)
METRE = 1e-3


def rings_of(shapes: list[shapely.Geometry]) -> tuple[list[F8], list[int]]:
    """Rings, interior left, of shapes that are labelled by their place in the list."""
    rings, labels = list[F8](), list[int]()
    for label, shape in enumerate(shapes):
        for part in shapely.get_parts(shapely.orient_polygons(shape)):
            for ring in (part.exterior, *part.interiors):
                rings.append(shapely.get_coordinates(ring))
                labels.append(label)
    return rings, labels


def map_of(lands: list[shapely.Geometry], areas: list[shapely.Geometry], tolerance_km: float) -> ZoneMap:
    """A zone for each pair of land (the sea last) and area (none first)."""
    rings, labels = rings_of(areas)
    zone_of = np.arange((len(lands) + 1) * (len(areas) + 1), dtype=np.int32).reshape(-1, len(areas) + 1)
    overlay = grid_of(rings, [label + 1 for label in labels])
    return ZoneMap(grid_of(*rings_of(lands)), overlay, zone_of, tolerance_km)


def near(zones: ZoneMap, lat: float, lon: float, radius_km: float, room: int = 32) -> dict[int, float]:
    zone, km = np.empty(room, np.int32), np.empty(room)
    count = zones_near(zones, lon, lat, radius_km, zone, km)
    assert len(set(zone[:count].tolist())) == count
    assert km[0] == 0.0
    assert (np.diff(km[:count]) >= 0.0).all()
    return dict(zip(zone[:count].tolist(), km[:count].tolist(), strict=True))


def geodesic_km(shape: shapely.Geometry, lat: float, lon: float) -> float:
    """The distance to a shape whose edges are straight in degrees: it is drawn around the point, where
    distances from the middle are geodesics (Snyder 1987, chapter 25), its edges cut into short pieces.
    """
    if shape.is_empty:
        return np.inf
    if shape.geom_type in ("Polygon", "MultiPolygon") and shapely.intersects_xy(shape, lon, lat):
        return 0.0
    around = pyproj.Proj(proj="aeqd", ellps="WGS84", lat_0=lat, lon_0=lon)
    lines = shape.boundary if shape.geom_type in ("Polygon", "MultiPolygon") else shape
    lines = shapely.segmentize(lines, 0.01 if abs(lat) < 80 else 0.1)
    drawn = shapely.transform(lines, lambda points: np.column_stack(around(points[:, 0], points[:, 1])))
    return float(shapely.distance(drawn, shapely.Point(0.0, 0.0))) / 1e3


def blob(rng: np.random.Generator, lat: float, lon: float, size_deg: float, corners: int) -> shapely.Polygon:
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = size_deg * rng.uniform(0.4, 1.0, corners)
    wide = 1.0 / max(np.cos(np.radians(lat)), 0.03)
    return shapely.Polygon(
        np.column_stack([lon + wide * reach * np.cos(turn), lat + reach * np.sin(turn)])
    ).buffer(0)


def wrapped(shape: shapely.Geometry) -> shapely.Geometry:
    """Cut what lies beyond the antimeridian and put it on the other side."""
    parts = [
        shapely.affinity.translate(shape.intersection(shapely.box(*box, 90.0)), move)
        for box, move in (((-540, -90, -180), 360), ((-180, -90, 180), 0), ((180, -90, 540), -360))
    ]
    return shapely.union_all([part for part in parts if part.area > 0])


def apart(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Shapes without what those before them cover; they share all vertices of their common lines."""
    lines = shapely.union_all([shape.boundary for shape in shapes], grid_size=1e-9)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(faces)
    owner = [next((k for k, s in enumerate(shapes) if shapely.contains(s, p)), -1) for p in inner]
    kept = [
        shapely.MultiPolygon([f for f, o in zip(faces, owner, strict=True) if o == k])
        for k in range(len(shapes))
    ]
    return [shapely.union_all(shape.geoms) for shape in kept]


WORLDS = [(0.0, 10.0, 1), (47.3, 8.6, 2), (-66.0, -179.95, 3), (12.0, 180.0, 4), (78.0, 20.0, 5)]


def worlds() -> Iterator[tuple[float, float, list[shapely.Geometry], list[shapely.Geometry]]]:
    """Two neighbours, the second with a lake, under two areas that overlap them and the sea."""
    for lat, lon, seed in WORLDS:
        rng = np.random.default_rng(seed)
        lands = [blob(rng, lat, lon - 0.4, 1.0, 14), blob(rng, lat + 0.2, lon + 0.5, 1.2, 15)]
        lands[1] = lands[1].difference(blob(rng, lat + 0.2, lon + 0.5, 0.2, 7))
        areas = [blob(rng, lat + 0.3, lon, 0.9, 8), blob(rng, lat - 0.4, lon + 0.2, 0.8, 9)]
        yield lat, lon, apart([wrapped(s) for s in lands]), apart([wrapped(s) for s in areas])


@pytest.mark.slow
@pytest.mark.parametrize("world", list(worlds()), ids=[f"{lat},{lon}" for lat, lon, _ in WORLDS])
def test_zones_near_are_those_that_shapely_finds(
    world: tuple[float, float, list[shapely.Geometry], list[shapely.Geometry]],
) -> None:
    lat, lon, lands, areas = world
    zones = map_of(lands, areas, 0.0)
    outside = WORLD.difference(shapely.union_all(areas))
    sea = WORLD.difference(shapely.union_all(lands))
    shape = {
        int(zones.zone_of[c, s]): land.intersection(area)
        for (c, land), (s, area) in product(enumerate([*lands, sea]), enumerate([outside, *areas]))
    }
    rng = np.random.default_rng(7)
    radius_km, seen = 40.0, set[int]()
    for _ in range(25):
        y, x = lat + rng.uniform(-1, 1), lon + rng.uniform(-1, 1) / np.cos(np.radians(lat))
        x = (x + 180.0) % 360.0 - 180.0
        found = near(zones, y, x, radius_km)
        expected = {zone: geodesic_km(each, y, x) for zone, each in shape.items()}
        for zone, km in expected.items():
            if km < 0.995 * radius_km:
                assert found[zone] == pytest.approx(km, rel=5e-3, abs=2 * METRE)
                seen.add(zone)
        assert all(expected[zone] < 1.005 * radius_km for zone in found)
        assert next(iter(found)) == zone_at(zones, x, y)
    assert len(seen) >= 6


def test_with_a_tolerance_nothing_is_missed_and_no_distance_is_too_long() -> None:
    lat, lon, lands, areas = next(iter(worlds()))
    zones = map_of(lands, areas, 6.0)
    rng = np.random.default_rng(8)
    radius_km, most = 20.0, 0
    for _ in range(40):
        y, x = lat + rng.uniform(-1, 1), lon + rng.uniform(-1, 1)
        found = near(zones, y, x, radius_km)
        azimuth, away_m = rng.uniform(0, 360, 4000), 1e3 * radius_km * rng.uniform(0, 1, 4000)
        to_lon, to_lat, _ = GEOD.fwd(np.full(4000, x), np.full(4000, y), azimuth, away_m)
        zone = np.empty(4000, np.int32)
        zones_at(zones, to_lon, to_lat, zone)
        for number in np.unique(zone).tolist():
            # Lower bounds, good to half a percent
            assert found[number] <= 1.005 * away_m[zone == number].min() / 1e3 + 2 * METRE
        most = max(most, len(found))
    assert most >= 4


def test_the_sea_begins_the_tolerance_beyond_the_coast() -> None:
    zones = map_of([shapely.box(0, 0, 1, 1)], [], 3.0)
    for lon, ashore in ((0.9, True), (1.01, False)):
        coast, sea = GEOD.inv(lon, 0.5, 1.0, 0.5)[2] / 1e3, int(zones.zone_of[1, 0])
        expected = coast + 3.0 if ashore else 3.0 - coast
        assert near(zones, 0.5, lon, 30.0) == pytest.approx({0: 0.0, sea: expected}, rel=5e-3)
    assert near(zones, 0.5, 1.1, 30.0) == pytest.approx(
        {1: 0.0, 0: GEOD.inv(1, 0.5, 1.1, 0.5)[2] / 1e3 - 3}, 5e-3
    )


def test_only_the_nearest_are_kept_where_there_is_no_room() -> None:
    columns = [shapely.box(k, 0, k + 1, 1) for k in range(6)]
    zones = map_of(columns, [], 0.0)
    assert list(near(zones, 0.5, 2.1, 150.0, room=3)) == [2, 1, 6]
    assert len(near(zones, 0.5, 2.1, 300.0)) >= 5


# Points


def test_a_batch_says_what_single_points_say() -> None:
    areas = [shapely.box(-20, 30, 40, 60), shapely.box(40, 30, 60, 60)]
    rings, labels = rings_of(areas)
    zone_of = np.arange(3 * (len(countries()) + 1), dtype=np.int32).reshape(-1, 3)
    zones = ZoneMap(grid_of_borders(), grid_of(rings, [k + 1 for k in labels]), zone_of, 3.0)
    rng = np.random.default_rng(9)
    lat, lon = rng.uniform(-90, 90, 5000), rng.uniform(-540, 540, 5000)
    zone = np.empty(lat.size, np.int32)
    zones_at(zones, lon, lat, zone)
    assert zone.tolist() == [zone_at(zones, x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    country = country_of(lat, lon, tolerance_km=3.0)
    turned = (lon + 180) % 360 - 180
    inside = [shapely.intersects_xy(area, turned, lat) for area in areas]
    assert (zone == zone_of[country, np.select(inside, [1, 2], 0)]).all()


@pytest.mark.slow
def test_points_of_the_sea_belong_to_the_nearest_land_within_the_tolerance() -> None:
    grid = grid_of_borders()
    coast = grid.lines[(grid.east == -1) != (grid.west == -1)]
    rng = np.random.default_rng(10)
    start = coast[rng.integers(len(coast), size=400)]
    lon, lat, _ = GEOD.fwd(
        start["lon0"], start["lat0"], rng.uniform(0, 360, 400), 1e3 * rng.uniform(0.1, 6, 400)
    )
    tolerance_km, checked = 3.0, 0
    ours = country_of(lat, lon, tolerance_km=tolerance_km)
    plain = country_of(lat, lon)
    assert (ours[plain >= 0] == plain[plain >= 0]).all()
    for k in np.nonzero(plain < 0)[0].tolist():
        wide = 0.1 / np.cos(np.radians(min(abs(lat[k]) + 0.1, 89.5)))
        close = coast[
            (np.abs(coast["lat0"] - lat[k]) < 0.3)
            & (np.abs((coast["lon0"] - lon[k] + 180) % 360 - 180) < 3 * wide)
        ]
        if (
            abs(lon[k]) > 179.0
            or np.hypot(close["lon1"] - close["lon0"], close["lat1"] - close["lat0"]).max() > 0.5
        ):
            continue  # the twin draws no lines over the seam, and looks for edges by one of their ends
        land = np.maximum(close["east"], close["west"])
        by_land = {}
        for country in np.unique(land).tolist():
            ends = np.column_stack([close[n][land == country] for n in ("lon0", "lat0", "lon1", "lat1")])
            by_land[country] = geodesic_km(
                shapely.MultiLineString(list(ends.reshape(-1, 2, 2))), lat[k], lon[k]
            )
        nearest = min(by_land, key=lambda country: by_land[country])
        order = sorted(by_land.values())
        if abs(order[0] / tolerance_km - 1) < 5e-3 or (len(order) > 1 and order[1] < 1.01 * order[0]):
            continue
        assert ours[k] == (nearest if order[0] < tolerance_km else -1)
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("lat", [-84.0, -60.0, 10.0, 55.0, 79.0, 81.5])
def test_distance_to_the_coast_is_a_geodesic(lat: float) -> None:
    grid = grid_of_borders()
    coast = grid.lines[(grid.east == -1) != (grid.west == -1)]
    rng = np.random.default_rng(11)
    for lon in rng.uniform(-150, 150, 8).tolist():
        limit_km = 120.0
        wide = 1.5 / np.cos(np.radians(min(abs(lat) + 1.2, 89)))
        close = coast[(np.abs(coast["lat0"] - lat) < 1.5) & (np.abs(coast["lon0"] - lon) < wide)]
        ends = np.column_stack([close[n] for n in ("lon0", "lat0", "lon1", "lat1")]).reshape(-1, 2, 2)
        expected = geodesic_km(shapely.MultiLineString(list(ends)), lat, lon) if len(ends) else np.inf
        assert coast_km(grid, lon, lat, limit_km) == pytest.approx(min(expected, limit_km), rel=5e-3)


def test_a_coast_further_than_the_limit_is_at_the_limit() -> None:
    grid = grid_of_borders()
    assert coast_km(grid, -40.0, 30.0, 100.0) == 100.0
    assert coast_km(grid, 85.0, 46.0, 300.0) == 300.0
    assert coast_km(grid, 85.0 - 360.0, 46.0, 300.0) == 300.0


# The seam of the map, and the poles


def test_the_antimeridian_is_no_line() -> None:
    grid = grid_of_borders()
    # Inland of Chukotka, and Taveuni, whose coasts lie on both sides
    for lat in (67.5, 68.0, -16.85):
        kms = [coast_km(grid, lon, lat, 300.0) for lon in (179.99999, -180.0, 180.0, -179.99999)]
        assert kms == pytest.approx([kms[0]] * 4, abs=0.01)
        assert kms[0] > 0.05
    both = [shapely.MultiPolygon([shapely.box(170, -5, 180, 5), shapely.box(-180, -3, -170, 5)])]
    zones = map_of(both, both, 0.0)
    for lon in (179.9, 180.0, -179.9):
        assert len(near(zones, 0.0, lon, 100.0)) == 1
    # Where only one side is covered, the antimeridian is its boundary
    found = near(zones, -4.0, 179.9, 100.0)
    assert list(found.values())[1] == pytest.approx(GEOD.inv(179.9, -4, 180, -4)[2] / 1e3, rel=5e-3)
    found = near(zones, -4.0, -179.9, 100.0)
    assert list(found.values())[1] == pytest.approx(GEOD.inv(-179.9, -4, 180, -4)[2] / 1e3, rel=5e-3)


def test_the_poles_are_points() -> None:
    cap = shapely.box(-180, 85, 180, 90)
    half = shapely.box(-180, -90, 0, -80)
    zones = map_of([cap, half], [], 0.0)
    assert {zone_at(zones, lon, 90.0) for lon in (-180.0, -1.0, 0.0, 77.0, 180.0)} == {0}
    assert {zone_at(zones, lon, -90.0 + 1e-6) for lon in (-179.0, -90.0, -1.0)} == {1}
    assert near(zones, 90.0, 0.0, 300.0) == {0: 0.0}
    edge_km = GEOD.inv(0, 90, 0, 85)[2] / 1e3
    for lon in (-180.0, 0.0, 120.0):
        assert near(zones, 89.5, lon, 600.0)[2] == pytest.approx(
            edge_km - GEOD.inv(0, 90, 0, 89.5)[2] / 1e3, rel=1e-3
        )
        assert near(zones, 86.0, lon, 200.0)[2] == pytest.approx(GEOD.inv(0, 86, 0, 85)[2] / 1e3, rel=1e-3)
    # Over the South Pole: the half on the other side begins at the meridians 0 and 180, which meet there
    assert near(zones, -89.0, 90.0, 200.0)[1] == pytest.approx(GEOD.inv(90, -89, 0, -90)[2] / 1e3, rel=1e-3)
    assert near(zones, -89.0, 30.0, 200.0)[1] == pytest.approx(
        geodesic_km(shapely.LineString([(0, -90), (0, -80)]), -89.0, 30.0), rel=1e-3
    )


def test_longitudes_wrap_round() -> None:
    zones = map_of([shapely.box(170, -5, 180, 5)], [shapely.box(160, 0, 175, 9)], 3.0)
    for lat, lon in ((4.0, 171.0), (0.2, 179.9), (-6.0, 169.0)):
        found = near(zones, lat, lon, 60.0)
        assert near(zones, lat, lon - 360.0, 60.0) == pytest.approx(found, abs=1e-6)
        assert near(zones, lat, lon + 720.0, 60.0) == pytest.approx(found, abs=1e-6)


# Grids


def test_clear_cells_are_counted_as_scipy_counts_them() -> None:
    shapes = [shapely.box(-179.9, 10, -170, 20), shapely.box(30.1, -60.1, 30.2, -60.05)]
    grid = grid_of(*rings_of(shapes))
    mixed = grid.label.reshape(ROWS, COLUMNS) == MIXED
    thrice = distance_transform_cdt(~np.tile(mixed, (1, 3)), "chessboard")[:, COLUMNS : 2 * COLUMNS]
    assert (grid.clear.reshape(ROWS, COLUMNS) == np.minimum(thrice, 255)).all()


def test_every_edge_knows_both_of_its_sides() -> None:
    """Looked at a metre beside the middle of each edge of the base map."""
    grid = grid_of_borders()
    rng = np.random.default_rng(12)
    lines = grid.lines[rng.integers(len(grid.lines), size=40_000)]
    middle = np.column_stack([lines["lon0"] + lines["lon1"], lines["lat0"] + lines["lat1"]]) / 2
    along = np.column_stack([lines["lon1"] - lines["lon0"], lines["lat1"] - lines["lat0"]])
    length = np.hypot(*along.T)
    usable = (length > 1e-3) & (np.abs(middle[:, 1]) < 89.9)
    right = np.column_stack([along[:, 1], -along[:, 0]]) / np.maximum(length, 1e-9)[:, None] * 1e-6
    for side, name in ((1, "east"), (-1, "west")):
        beside = middle + side * right
        assert (country_of(beside[usable, 1], beside[usable, 0]) == lines[name][usable]).all()


def test_areas_that_claim_one_side_are_refused() -> None:
    rings, labels = rings_of(
        [shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 1).difference(shapely.box(0, 0, 1, 1))]
    )
    grid_of(rings, labels)
    with pytest.raises(InputError, match="areas overlap: two lie on one side of the line from latitude 0"):
        grid_of([*rings, rings[0]], [*labels, 2])
    with pytest.raises(InputError, match="ring 0: 3 points"):
        grid_of([rings[0][:3]], [0])
    with pytest.raises(InputError, match="ring 0: 5 points"):
        grid_of([rings[0] + (179.5, 0.0)], [0])


# Invented territories


ISLAND = shapely.Polygon([(-40, 30), (-38, 30), (-38.5, 32), (-40, 31.5)])


def test_a_territory_stands_beside_the_countries() -> None:
    plain = base_map()
    assert plain is base_map()
    assert plain.countries == countries()
    made = base_map(
        [(Country("QM", "Invented"), ISLAND), (Country("QN", "Other"), shapely.box(-38, 30, -37, 31))]
    )
    assert made.countries[: len(countries())] == countries()
    assert made.index("qm") == len(countries())
    assert made.index("France") == plain.index("FR")
    rng = np.random.default_rng(13)
    lat, lon = rng.uniform(29, 33, 3000), rng.uniform(-41, -36, 3000)
    inside = shapely.intersects_xy(ISLAND, lon, lat)
    assert ((made.country_of(lat, lon) == made.index("QM")) == inside).all()
    assert (made.country_of(lat, lon + 45.0) == country_of(lat, lon + 45.0)).all()
    assert made.countries[int(made.country_of(29.99, -39.0, tolerance_km=3.0))].code == "QM"
    assert made.shape(made.index("QM")).equals(ISLAND)
    with pytest.raises(InputError, match="'QX'"):
        made.index("QX")


@pytest.mark.parametrize(
    ("territories", "message"),
    [
        (
            [("QM", "A", shapely.box(-10, 40, -8, 41))],
            "territory QM (A): overlaps PT (Portugal) at latitude 40.",
        ),
        (
            [("QM", "A", ISLAND), ("QN", "B", shapely.box(-40, 30, -39, 31))],
            "QN (B): overlaps QM (A) at latitude",
        ),
        ([("FR", "A", ISLAND)], "territory FR (A): FR (France) is on the map already"),
        ([("QM", "France", ISLAND)], "FR (France) is on the map already"),
        ([("QM", "A", ISLAND), ("QM", "B", shapely.box(-30, 30, -29, 31))], "QM (A) is on the map already"),
        ([("QM", "A", shapely.Polygon([(-40, 30), (-38, 32), (-38, 30), (-40, 32)]))], "Self-intersection"),
        ([("QM", "A", shapely.Point(0, 0))], "Point: "),
    ],
)
def test_a_territory_that_cannot_be_is_refused(
    territories: list[tuple[str, str, shapely.Geometry]], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        base_map([(Country(code, name), land) for code, name, land in territories])


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(InputError, match="tolerance_km -1"):
        country_of(0.0, 0.0, tolerance_km=-1.0)
