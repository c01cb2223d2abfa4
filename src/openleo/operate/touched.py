"""What a change of rules does to the ground: states of places before and after, and where they differ."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.outlines import Ground, drawn, geojson
from openleo.service.records import Licence

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

States = NDArray[np.uint8]
Floats = NDArray[np.float64]

STATES: Final = ("off", "emergency", "listed", "on")
"""What a terminal may get there at most, by code: nothing, distress calls, service if listed, service."""
STEP_DEG: Final = 0.25
"""How densely the globe is looked at for zones that differ, beside a point of each zone."""
MOST_POINTS: Final = 6000
"""Points of an outline."""
_METRE: Final = 5
"""Digits of a coordinate."""


@dataclass(frozen=True)
class Area:
    """Where one state becomes another, as words of `STATES`; outline: a GeoJSON MultiPolygon, simplified."""

    was: str
    gets: str
    outline: dict[str, Any]


def states(rules: "RuleSet | None", lat_deg: Floats, lon_deg: Floats, at: datetime) -> States:
    """The state (C,), a code of `STATES`, of each point (degrees) at an instant; all off without rules."""
    if rules is None:
        return np.zeros(len(lat_deg), np.uint8)
    found = rules.over(lat_deg, lon_deg, at)
    return np.where(found.licence == Licence.LICENSED, found.service, 0).astype(np.uint8)


def areas(before: "RuleSet | None", after: "RuleSet", at: datetime) -> tuple[Area, ...]:
    """The areas on which two rule sets differ at an instant, by state before and after; open sea is left out.

    Zones are found by a point of each and a grid of `STEP_DEG`; their outlines are those of the rules.
    """
    lat, lon = _points(before, after)
    was, gets = states(before, lat, lon, at), states(after, lat, lon, at)
    differ = was != gets
    lat, lon, pairs = lat[differ], lon[differ], np.stack([was[differ], gets[differ]])
    grounds = [Ground(each.division) for each in (before, after) if each is not None]
    found = []
    for one, other in np.unique(pairs, axis=1).T.tolist():
        here = (pairs[0] == one) & (pairs[1] == other)
        shape = None
        for rules, ground in zip(
            [each for each in (before, after) if each is not None], grounds, strict=True
        ):
            which = np.zeros(len(rules.division.country), np.bool_)
            which[rules.zones_at(lat[here], lon[here])] = True
            side, _ = ground.zones(which)
            if side is None:
                shape = None
                break
            shape = side if shape is None else shape.intersection(side)
        shown = drawn(_areal(shape), MOST_POINTS).shape
        if shown is not None:
            found.append(Area(STATES[one], STATES[other], geojson(shown, _METRE)))
    return tuple(found)


def _points(*rules: "RuleSet | None") -> tuple[Floats, Floats]:
    """Points (N,) of a grid over the globe, and one of each zone."""
    lat, lon = (
        side.ravel()
        for side in np.meshgrid(
            np.arange(-90.0 + STEP_DEG / 2.0, 90.0, STEP_DEG),
            np.arange(-180.0 + STEP_DEG / 2.0, 180.0, STEP_DEG),
        )
    )
    for each in rules:
        if each is not None:
            seen = np.isfinite(each.division.seen_lat)
            lat = np.concatenate([lat, each.division.seen_lat[seen]])
            lon = np.concatenate([lon, each.division.seen_lon[seen]])
    return lat, lon


def _areal(shape: Any) -> Any:
    """What of a shape has an area."""
    import shapely

    if shape is None:
        return None
    parts = [each for each in shapely.get_parts(shape) if each.area > 0.0]
    return shapely.multipolygons(parts) if parts else None
