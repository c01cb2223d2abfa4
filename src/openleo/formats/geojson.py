"""GeoJSON (RFC 7946): polygons as shapely geometries; checked, and nothing repaired in silence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openleo.errors import InputError

if TYPE_CHECKING:
    import shapely


@dataclass(frozen=True)
class Polygon:
    """One area of a file: its name ("" without one), the feature's properties, and its shapely geometry."""

    name: str
    properties: Mapping[str, Any]
    geometry: "shapely.Polygon | shapely.MultiPolygon"

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The geometry as GeoJSON, for whatever reads that (the Python protocol of this name)."""
        interface: dict[str, Any] = self.geometry.__geo_interface__
        return interface


def read_polygons(path: Path | str) -> list[Polygon]:
    """Read the polygons of a GeoJSON file: a FeatureCollection, a Feature or a bare geometry.

    Takes the file. Returns a `Polygon` for each feature (Polygon or MultiPolygon), longitude before latitude,
    in degrees. Raises InputError, naming the file, the feature and the value, where the file cannot be read,
    a geometry is missing, empty or of another type, a ring is not closed, has fewer than four positions,
    leaves [-180, 180] by [-90, 90] or runs over the antimeridian, or a polygon is not valid (it crosses
    itself). Source: RFC 7946, sections 3.1.6 and 3.1.9.
    """
    import shapely

    polygons = []
    for place, feature in read_features(path):
        geometry = feature["geometry"]
        parts = geometry.get("coordinates")
        match geometry.get("type"):
            case "Polygon":
                parts = [parts]
            case "MultiPolygon":
                pass
            case other:
                raise InputError(f"{place}: type {other!r}: allowed are Polygon and MultiPolygon")
        if not isinstance(parts, list) or not parts:
            raise InputError(f"{place}: no coordinates: a polygon has a list of rings")
        shapes = []
        for part in parts:
            if not isinstance(part, list) or not part:
                raise InputError(f"{place}: an empty polygon: it has a list of rings")
            rings = [_ring(f"{place}, ring {index}", ring) for index, ring in enumerate(part)]
            shapes.append(shapely.Polygon(rings[0], rings[1:]))
        shape = shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes)
        if not shapely.is_valid(shape):
            raise InputError(
                f"{place}: {shapely.is_valid_reason(shape)} (longitude, latitude): rings may not cross"
                " themselves or one another"
            )
        polygons.append(Polygon(feature["name"], feature["properties"], shape))
    return polygons


def read_features(path: Path | str) -> list[tuple[str, dict[str, Any]]]:
    """Read the features of a GeoJSON file.

    Takes the file. Returns, for each feature, where it stands (file, index and name, for messages) and a
    mapping with `name`, `properties` and `geometry`. Raises InputError where the file cannot be read, is no
    GeoJSON, or has no features, or a feature has no geometry.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8: GeoJSON is written in UTF-8") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.colno}: no JSON: {error.msg}"
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: a list or a bare value: GeoJSON is an object with a type")
    match content.get("type"):
        case "FeatureCollection":
            features = content.get("features")
        case "Feature":
            features = [content]
        case "Polygon" | "MultiPolygon" | "Point":
            features = [{"properties": {}, "geometry": content}]
        case other:
            raise InputError(
                f"{path}: type {other!r}: allowed are FeatureCollection, Feature, Polygon, MultiPolygon and"
                " Point"
            )
    if not isinstance(features, list) or not features:
        raise InputError(f"{path}: no features")
    return [_feature(path, index, feature) for index, feature in enumerate(features)]


def _feature(path: Path | str, index: int, feature: Any) -> tuple[str, dict[str, Any]]:
    """Where a feature stands, and its parts."""
    if not isinstance(feature, dict):
        raise InputError(f"{path}, feature {index}: {feature!r}: a feature is an object")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise InputError(f"{path}, feature {index}: properties {properties!r}: they are an object")
    name = str(properties.get("name", ""))
    place = f"{path}, feature {index}" + (f" ({name})" if name else "")
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict):
        raise InputError(f"{place}: geometry {geometry!r}: it is an object with type and coordinates")
    return place, {"name": name, "properties": properties, "geometry": geometry}


def position(place: str, value: Any) -> tuple[float, float]:
    """Check one GeoJSON position.

    Takes where it stands (for messages) and the value. Returns longitude and latitude in degrees. Raises
    InputError where it is not two numbers (a third, the height, is left out) or out of range.
    """
    numbers = isinstance(value, list) and len(value) >= 2
    if not numbers or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in value[:2]):
        raise InputError(f"{place}: position {value!r}: it is [longitude, latitude] in degrees")
    lon_deg, lat_deg = float(value[0]), float(value[1])
    if not -180.0 <= lon_deg <= 180.0:
        raise InputError(f"{place}: longitude {lon_deg}: allowed are -180 to 180 degrees")
    if not -90.0 <= lat_deg <= 90.0:
        raise InputError(
            f"{place}: latitude {lat_deg}: allowed are -90 to 90 degrees; the longitude comes first"
        )
    return lon_deg, lat_deg


def _ring(place: str, ring: Any) -> list[tuple[float, float]]:
    """Check one ring of a polygon."""
    if not isinstance(ring, list) or len(ring) < 4:
        count = len(ring) if isinstance(ring, list) else 0
        raise InputError(
            f"{place}: {count} positions: a ring has four or more, the last the same as the first"
        )
    points = [position(f"{place}, position {index}", value) for index, value in enumerate(ring)]
    if points[0] != points[-1]:
        raise InputError(f"{place}: not closed: it begins at {points[0]} and ends at {points[-1]}")
    for index, ((lon_deg, _), (next_deg, _)) in enumerate(pairwise(points)):
        if abs(next_deg - lon_deg) > 180.0:
            raise InputError(
                f"{place}, position {index}: from longitude {lon_deg} to {next_deg}: over the antimeridian;"
                " cut the polygon there in two (RFC 7946, 3.1.9)"
            )
    return points
