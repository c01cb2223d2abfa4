"""Where regions say different things of one place: found when the rules are made, and told."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openleo.service.records import Licence, Service
from openleo.service.rulefile import END, Region, RuleFile
from openleo.service.zones import Division

_LEAST = {
    "max_speed_kmh": "km/h", "max_altitude_m": "m", "max_coast_km": "km from the coast", "rate_mbps": "Mbit/s"
}  # fmt: skip
_COMMON = ("motion", "usage")
_COUNTRIES = ("sold_in", "landing")


@dataclass(frozen=True)
class Overlap:
    """Two regions that say different things of one place: on what, what of it holds, and where.

    `second` may be a disputed area, which the licence of `first` does not cover.
    """

    first: str
    second: str
    differs: str
    holds: str
    where: str


def overlaps(file: RuleFile, division: Division) -> tuple[Overlap, ...]:
    """All overlaps of a rule file, in the order of its regions, as far as they are in force at one time.

    Each place is looked at by its zone; one point of one zone is named for each pair of regions and topic.
    """
    found = list(_in_disputed_areas(file, division))
    seen = np.flatnonzero(division.seen)
    member = division.member[seen]
    # Zones with the same regions are one and the same here
    _, first = np.unique(np.packbits(member, axis=1), axis=0, return_index=True)
    together = member[first].astype(np.int32)
    for i, j in zip(*np.nonzero(np.triu(together.T @ together, 1)), strict=True):
        one, other = file.regions[i], file.regions[j]
        if not _at_one_time(one, other):
            continue
        for differs, holds in _differences(one, other, division):
            zone = int(seen[np.flatnonzero(member[:, i] & member[:, j])[0]])
            found.append(Overlap(one.name, other.name, differs, holds, place_of(division, zone)))
    return tuple(found)


def place_of(division: Division, zone: int) -> str:
    """A point of a zone as people read it: the country or area, and where."""
    held = division.zone(zone)
    lat, lon = division.seen_lat[zone], division.seen_lon[zone]
    point = f"{abs(lat):.2f} {'N' if lat >= 0 else 'S'} {abs(lon):.2f} {'E' if lon >= 0 else 'W'}"
    return f"{held.area or held.base or 'sea'}, {point}"


def _in_disputed_areas(file: RuleFile, division: Division) -> Iterator[Overlap]:
    """Licences of regions that reach into a disputed area without naming it."""
    for r, region in enumerate(file.regions):
        if region.licence != "licensed":
            continue
        void: NDArray[np.intp] = np.flatnonzero(
            division.seen & division.member[:, r] & ~division.licensable[:, r]
        )
        for area in dict.fromkeys(division.area[void].tolist()):
            zone = int(void[division.area[void] == area][0])
            yield Overlap(
                region.name, f"{division.areas[area].name} ({division.areas[area].kind})", "licence",
                "this licence does not cover the area, for the region does not name it",
                place_of(division, zone),
            )  # fmt: skip


def _at_one_time(one: Region, other: Region) -> bool:
    if max(one.begins, other.begins) >= min(one.ends, other.ends, END):
        return False
    return any(max(a, c) < min(b, d) for a, b in one.spans_min() for c, d in other.spans_min())


def _differences(one: Region, other: Region, division: Division) -> Iterator[tuple[str, str]]:
    """On what two regions differ, and what of it holds."""
    if one.licence and other.licence and one.licence != other.licence:
        yield "licence", min(one.licence, other.licence, key=lambda each: Licence[each.upper()])
    if one.service and other.service and one.service != other.service:
        yield "service", min(one.service, other.service, key=lambda each: Service[each.upper()])
    if one.lists and other.lists and set(one.lists) != set(other.lists):
        yield "lists", f"one of {', '.join(one.lists)} and one of {', '.join(other.lists)}"
    for name, unit in _LEAST.items():
        a, b = getattr(one, name), getattr(other, name)
        if a != b and np.isfinite(a) and np.isfinite(b):
            yield name, f"{min(a, b):g} {unit}"
    for name in _COMMON + _COUNTRIES:
        first, second = set(getattr(one, name)), set(getattr(other, name))
        if name in _COUNTRIES:
            first, second = set(division.codes(tuple(first))), set(division.codes(tuple(second)))
        if first and second and first != second:
            common = sorted(first & second)
            yield name, ", ".join(common) if common else "nothing: they have none in common"
