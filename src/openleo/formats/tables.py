"""Tables of a user's own places with their demand: CSV, Parquet or GeoJSON points."""

import csv
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.formats.geojson import position, read_features

NEEDED = ("lat", "lon", "demand_mbps")
ALLOWED = (*NEEDED, "name")

Row = tuple[str, dict[str, Any]]


class Places(NamedTuple):
    """N places of a file: `lat_deg`, `lon_deg`, `demand_bps` (N,) float64 and `name`, "" without one."""

    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    demand_bps: NDArray[np.float64]
    name: tuple[str, ...]


def read_places(path: Path | str) -> Places:
    """Read places and their demand from a file.

    Takes a .csv or .parquet file with the columns lat, lon (degrees), demand_mbps (Mbit/s) and, if wanted,
    name; or a .geojson or .json file of points with the property demand_mbps and, if wanted, name. Returns
    `Places`. Raises InputError, naming file, line (row, feature), column and value, where the file cannot be
    read or is empty, a column is missing or unknown, or a value is no number or out of range.
    """
    path = Path(path)
    match path.suffix.lower():
        case ".csv":
            rows = _csv_rows(path)
        case ".parquet":
            rows = _parquet_rows(path)
        case ".geojson" | ".json":
            rows = _geojson_rows(path)
        case other:
            raise InputError(f"{path}: ending {other!r}: allowed are .csv, .parquet, .geojson and .json")
    return _checked(path, rows)


def _csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a CSV file, each with its line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, skipinitialspace=True, strict=True)
            columns = [column.strip() for column in reader.fieldnames or ()]
            _check_columns(f"{path}, line 1", columns)
            reader.fieldnames = columns
            for row in reader:
                place = f"{path}, line {reader.line_num}"
                if None in row or None in row.values():
                    raise InputError(
                        f"{place}: the line does not have the {len(columns)} fields of the header"
                    )
                yield place, row
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no CSV in UTF-8: {error}") from error


def _parquet_rows(path: Path) -> Iterator[Row]:
    """The rows of a Parquet file, each with its number, from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: no Parquet: {error}") from error
    _check_columns(str(path), table.column_names)
    for number, row in enumerate(table.to_pylist(), start=1):
        yield f"{path}, row {number}", row


def _geojson_rows(path: Path) -> Iterator[Row]:
    """The points of a GeoJSON file, each with its feature; other properties than ours are left alone."""
    for place, feature in read_features(path):
        geometry, properties = feature["geometry"], feature["properties"]
        if geometry.get("type") != "Point":
            raise InputError(f"{place}: type {geometry.get('type')!r}: a place is a Point")
        lon, lat = position(place, geometry.get("coordinates"))
        if "demand_mbps" not in properties:
            raise InputError(f"{place}: property demand_mbps is missing")
        yield (
            place,
            {"lat": lat, "lon": lon, "demand_mbps": properties["demand_mbps"], "name": feature["name"]},
        )


def _check_columns(place: str, columns: list[str]) -> None:
    """Refuse a header with a column missing, unknown or given twice."""
    missing = [column for column in NEEDED if column not in columns]
    unknown = [column for column in columns if column not in ALLOWED]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    for fault, found in (("missing", missing), ("unknown", unknown), ("given twice", twice)):
        if found:
            raise InputError(
                f"{place}: column {', '.join(map(repr, found))} {fault}: the columns are {', '.join(NEEDED)}"
                " and, if wanted, name"
            )


def _checked(path: Path, rows: Iterable[Row]) -> Places:
    """Turn rows into arrays, each value checked."""
    values, names = [], []
    for place, row in rows:
        values.append(
            (
                _number(place, "lat", row["lat"], -90.0, 90.0),
                _number(place, "lon", row["lon"], -180.0, 180.0),
                _number(place, "demand_mbps", row["demand_mbps"], 0.0, math.inf),
            )
        )
        names.append(str(row.get("name") or ""))
    if not values:
        raise InputError(f"{path}: no places")
    lat_deg, lon_deg, demand_mbps = np.array(values).T.copy()
    return Places(lat_deg, lon_deg, demand_mbps * 1e6, tuple(names))


def _number(place: str, column: str, value: Any, least: float, most: float) -> float:
    """A value as a finite number within bounds."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isfinite(number) and least <= number <= most:
        return number
    allowed = f"{least:g} to {most:g}" if math.isfinite(most) else f"{least:g} or more"
    raise InputError(f"{place}, column {column}: {value!r}: allowed is a number, {allowed}")
