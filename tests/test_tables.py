"""Files of places and polygons: what is read, and that each fault is named with what is allowed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.errors import InputError
from openleo.formats.geojson import read_polygons
from openleo.formats.tables import read_places
from openleo.places import cells_in

SQUARE = [[10.0, 50.0], [11.0, 50.0], [11.0, 51.0], [10.0, 51.0], [10.0, 50.0]]
HOLE = [[10.2, 50.2], [10.2, 50.4], [10.4, 50.4], [10.4, 50.2], [10.2, 50.2]]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, Any], Path]:
    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def collection(*geometries: Any, **properties: Any) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": properties, "geometry": geometry} for geometry in geometries
    ]
    return {"type": "FeatureCollection", "features": features}


# Places


def test_places_from_csv(written: Callable[[str, Any], Path]) -> None:
    path = written(
        "places.csv", 'name,lat, lon,demand_mbps\nNairobi,-1.29,36.82,500\n"Suva, FJ",-18.1,178.4,20.5\n'
    )
    lat_deg, lon_deg, demand_bps, name = read_places(path)
    assert lat_deg.tolist() == [-1.29, -18.1]
    assert lon_deg.tolist() == [36.82, 178.4]
    assert demand_bps.tolist() == [500e6, 20.5e6]
    assert name == ("Nairobi", "Suva, FJ")


def test_places_from_parquet_are_those_from_csv(written: Callable[[str, Any], Path], tmp_path: Path) -> None:
    csv = written("places.csv", "lat,lon,demand_mbps\n-1.29,36.82,500\n51,0,20\n")
    table = pa.table(
        {"lat": [-1.29, 51.0], "lon": [36.82, 0.0], "demand_mbps": pa.array([500, 20], pa.int32())}
    )
    pq.write_table(table, tmp_path / "places.parquet")
    for ours, theirs in zip(read_places(csv), read_places(tmp_path / "places.parquet"), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_places_from_geojson(written: Callable[[str, Any], Path]) -> None:
    points = collection(
        {"type": "Point", "coordinates": [36.82, -1.29, 1795]}, name="Nairobi", demand_mbps=5, x=1
    )
    places = read_places(written("places.geojson", points))
    assert (places.lat_deg[0], places.lon_deg[0], places.demand_bps[0]) == (-1.29, 36.82, 5e6)
    assert places.name == ("Nairobi",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: column 'lat', 'lon', 'demand_mbps' missing"),
        ("lat,lon,demand\n1,2,3\n", "line 1: column 'demand_mbps' missing"),
        (
            "lat,lon,demand_mbps,colour\n1,2,3,4\n",
            "column 'colour' unknown: the columns are lat, lon, demand_mbps",
        ),
        ("lat,lon,lat,demand_mbps\n1,2,3,4\n", "column 'lat' given twice"),
        ("lat,lon,demand_mbps\n", "no places"),
        ("lat,lon,demand_mbps\n1,2,3\n95,2,3\n", "line 3, column lat: '95': allowed is a number, -90 to 90"),
        ("lat,lon,demand_mbps\n1,181,3\n", "line 2, column lon: '181': allowed is a number, -180 to 180"),
        ("lat,lon,demand_mbps\n1,2,-3\n", "line 2, column demand_mbps: '-3': allowed is a number, 0 or more"),
        ("lat,lon,demand_mbps\n1,2,inf\n", "line 2, column demand_mbps: 'inf'"),
        ("lat,lon,demand_mbps\nnan,2,3\n", "line 2, column lat: 'nan'"),
        ("lat,lon,demand_mbps\n1,,3\n", "line 2, column lon: ''"),
        ("lat,lon,demand_mbps\n1,2\n", "line 2: the line does not have the 3 fields"),
        ("lat,lon,demand_mbps\n1,2,3,4\n", "line 2: the line does not have the 3 fields"),
        ('lat,lon,demand_mbps\n1,2,"3\n', "no CSV in UTF-8"),
    ],
)
def test_faults_in_csv_are_named(written: Callable[[str, Any], Path], content: str, message: str) -> None:
    path = written("places.csv", content)
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        read_places(path)
    assert str(path) in str(raised.value)


def test_faults_in_parquet_are_named(written: Callable[[str, Any], Path], tmp_path: Path) -> None:
    path = tmp_path / "places.parquet"
    pq.write_table(pa.table({"lat": [1.0, None], "lon": [2.0, 3.0], "demand_mbps": [1.0, 1.0]}), path)
    with pytest.raises(InputError, match="row 2, column lat: None"):
        read_places(path)
    pq.write_table(pa.table({"lat": [1.0], "long": [2.0], "demand_mbps": [1.0]}), path)
    with pytest.raises(InputError, match="column 'lon' missing"):
        read_places(path)
    with pytest.raises(InputError, match="no Parquet"):
        read_places(written("other.parquet", "lat,lon\n1,2\n"))


def test_faults_in_points_are_named(written: Callable[[str, Any], Path]) -> None:
    with pytest.raises(InputError, match="feature 0: type 'Polygon': a place is a Point"):
        read_places(written("a.geojson", collection(polygon(SQUARE), demand_mbps=1)))
    with pytest.raises(InputError, match="feature 0: property demand_mbps is missing"):
        read_places(written("b.geojson", collection({"type": "Point", "coordinates": [1, 2]})))
    with pytest.raises(InputError, match=r"feature 0: latitude 95\.0"):
        read_places(
            written("c.geojson", collection({"type": "Point", "coordinates": [1, 95]}, demand_mbps=1))
        )
    with pytest.raises(InputError, match="column demand_mbps: 'much'"):
        read_places(
            written("d.geojson", collection({"type": "Point", "coordinates": [1, 5]}, demand_mbps="much"))
        )


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "none.geojson"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=re.escape(name)):
        read_places(tmp_path / name)


def test_an_unknown_ending_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("'.xlsx': allowed are .csv, .parquet")):
        read_places(tmp_path / "places.xlsx")


# Polygons


def test_polygons_are_what_shapely_reads(written: Callable[[str, Any], Path]) -> None:
    several = {
        "type": "MultiPolygon",
        "coordinates": [[SQUARE], [(np.array(SQUARE) + 5).tolist(), (np.array(HOLE) + 5).tolist()]],
    }
    path = written("areas.geojson", collection(polygon(SQUARE), several, name="ours", licence=7))
    first, second = read_polygons(path)
    assert first.geometry == shapely.geometry.shape(polygon(SQUARE))
    assert second.geometry == shapely.geometry.shape(several)
    assert (first.name, first.properties["licence"]) == ("ours", 7)
    assert cells_in(5, polygon=[first, second]).id.tolist() == cells_in(5, polygon=several).id.tolist()


def test_a_bare_geometry_and_a_feature_are_read(written: Callable[[str, Any], Path]) -> None:
    bare = read_polygons(written("bare.json", polygon(SQUARE)))
    feature = read_polygons(written("feature.json", collection(polygon(SQUARE))["features"][0]))
    assert bare[0].geometry == feature[0].geometry
    assert bare[0].name == feature[0].name == ""


@given(st.integers(3, 40), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_any_star_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    turn = (np.arange(count) + rng.uniform(0, 0.4, count)) * 2 * np.pi / count
    ring = (rng.uniform(1, 20, count)[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])).tolist()
    path = tmp_path_factory.mktemp("star") / "star.geojson"
    path.write_text(json.dumps(polygon([*ring, ring[0]])))
    (read,) = read_polygons(path)
    assert shapely.get_coordinates(read.geometry).tolist() == [*ring, ring[0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1, column 2: no JSON"),
        ([], "a list or a bare value"),
        ({"type": "Topology"}, "type 'Topology': allowed are FeatureCollection"),
        (collection(), "no features"),
        ({"type": "FeatureCollection", "features": [3]}, "feature 0: 3"),
        (collection(None), "feature 0: geometry None"),
        (collection({"type": "LineString", "coordinates": SQUARE}), "type 'LineString': allowed are Polygon"),
        (collection(polygon(SQUARE), polygon(), name="x"), "feature 1 (x): an empty polygon"),
        (collection({"type": "MultiPolygon", "coordinates": [[]]}), "feature 0: an empty polygon"),
        (collection(polygon(SQUARE[:3])), "ring 0: 3 positions: a ring has four or more"),
        (
            collection(polygon(SQUARE[:4])),
            "ring 0: not closed: it begins at (10.0, 50.0) and ends at (10.0, 51.0)",
        ),
        (
            collection(polygon(SQUARE, [[1, 2], [1, "b"], [2, 2], [1, 2]])),
            "ring 1, position 1: position [1, 'b']",
        ),
        (collection(polygon([[181, 0], *SQUARE])), "position 0: longitude 181.0: allowed are -180 to 180"),
        (collection(polygon([[0, 95], *SQUARE])), "position 0: latitude 95.0: allowed are -90 to 90"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 0], [1, 0], [1, 1], [NaN, 0]]]}', "longitude nan"),
        (
            collection(polygon([[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]])),
            "from longitude 179.0 to -179.0",
        ),
        (collection(polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]])), "Self-intersection[0.5 0.5]"),
        (collection(polygon(SQUARE, SQUARE)), "rings may not cross themselves or one another"),
    ],
)
def test_faults_in_polygons_are_named(
    written: Callable[[str, Any], Path], content: Any, message: str
) -> None:
    path = written("areas.geojson", content)
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        read_polygons(path)
    assert str(path) in str(raised.value)
