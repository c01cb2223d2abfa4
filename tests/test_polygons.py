"""Which area a point is in: the kernel against shapely, and against a plain ray cast."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from openleo.kernels import polygons as kernel
from openleo.places import countries, country_of
from openleo.places.borders import rings_of
from openleo.places.grids import grid_of

F8 = NDArray[np.float64]


@pytest.fixture(scope="module")
def shapes() -> list[shapely.MultiPolygon]:
    """The countries as shapely sees them: outer rings are counter-clockwise, and holes follow theirs."""
    found = []
    for index in range(len(countries())):
        parts: list[list[F8]] = []
        for ring in rings_of([index]):
            if shapely.is_ccw(shapely.LinearRing(ring)):
                parts.append([ring])
            else:
                parts[-1].append(ring)
        found.append(shapely.MultiPolygon([(part[0], part[1:]) for part in parts]))
    return found


@pytest.fixture(scope="module")
def inside(shapes: list[shapely.MultiPolygon]) -> Callable[[F8, F8], NDArray[np.int64]]:
    parts, owner = shapely.get_parts(np.array(shapes), return_index=True)
    tree = shapely.STRtree(parts)

    def answer(lat_deg: F8, lon_deg: F8) -> NDArray[np.int64]:
        point, part = tree.query(shapely.points(lon_deg, lat_deg), predicate="within")
        assert len(np.unique(point)) == len(point), "a point in two countries"
        country = np.full(len(lat_deg), -1)
        country[point] = owner[part]
        return country

    return answer


def test_borders_are_clean(shapes: list[shapely.MultiPolygon]) -> None:
    assert all(shapely.is_valid(shape) for shape in shapes)
    parts = shapely.get_parts(np.array(shapes))
    first, second = shapely.STRtree(parts).query(parts, predicate="overlaps")
    assert len(first) == len(second) == 0


def test_same_as_shapely_all_over_the_world(inside: Callable[[F8, F8], NDArray[np.int64]]) -> None:
    rng = np.random.default_rng(1)
    lat = np.degrees(np.arcsin(rng.uniform(-1, 1, 100_000)))
    lon = rng.uniform(-180, 180, lat.size)
    np.testing.assert_array_equal(country_of(lat, lon), inside(lat, lon))


@pytest.mark.parametrize("spread_deg", [0.2, 0.01, 0.0005])
def test_same_as_shapely_beside_borders(
    spread_deg: float, inside: Callable[[F8, F8], NDArray[np.int64]]
) -> None:
    rng = np.random.default_rng(2)
    vertex = np.concatenate(rings_of(range(len(countries()))))
    vertex = vertex[np.abs(vertex[:, 1]) < 89.0]
    near = vertex[rng.integers(len(vertex), size=50_000)] + rng.normal(0, spread_deg, (50_000, 2))
    lon, lat = (near[:, 0] + 180) % 360 - 180, near[:, 1]
    np.testing.assert_array_equal(country_of(lat, lon), inside(lat, lon))


def slow_twin(lat_deg: float, lon_deg: float, rings: list[F8], area: list[int]) -> int:
    """Even-odd ray casting, ring by ring (Haines 1994, Graphics Gems IV, chapter 1.4)."""
    for index in sorted(set(area)):
        within = False
        for ring, owner in zip(rings, area, strict=True):
            if owner != index:
                continue
            for (x0, y0), (x1, y1) in pairwise(ring):
                if (y0 <= lat_deg) != (y1 <= lat_deg) and x0 + (lat_deg - y0) * (x1 - x0) / (
                    y1 - y0
                ) <= lon_deg:
                    within = not within
        if within:
            return index
    return -1


def test_same_as_the_slow_twin_on_neighbours_with_a_lake() -> None:
    rng = np.random.default_rng(3)
    # Two areas share a ragged border; the western one has a lake with an island of the eastern one in it.
    border = np.column_stack([rng.uniform(-0.4, 0.4, 30), np.linspace(-3, 3, 30)])
    west = np.concatenate([border, [[-5, 3.3], [-4.1, -3.2]], border[:1]])
    east = np.concatenate([border[::-1], [[4, -3.7], [5.2, 3]], border[-1:]])
    turn = np.linspace(0, 2 * np.pi, 12)[:-1]
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    circle = np.concatenate([circle, circle[:1]])
    rings = [west, circle[::-1] - (2.5, 0.1), east, 0.4 * circle - (2.5, 0.1)]
    area = [0, 0, 1, 1]
    points = np.concatenate(rings)
    grid = grid_of(rings, area)
    # Points at vertices' own latitudes too: there two edges meet the parallel at once.
    lat = np.concatenate([rng.uniform(-4, 4, 2000), rng.choice(points[:, 1], 1000)])
    lon = rng.uniform(-6, 6, lat.size)
    out = np.empty(lat.size, np.int16)
    kernel.areas_at(lon, lat, grid, out)
    expected = [slow_twin(*point, rings, area) for point in zip(lat.tolist(), lon.tolist(), strict=True)]
    np.testing.assert_array_equal(out, expected)
    assert {-1, 0, 1} == set(out.tolist())
