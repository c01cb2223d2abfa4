"""The public map: what holds in each country, disputed area and region, and one state that a map can colour.

Licence, service and sales are three things and stay three. Of all that holds in a country, what holds in the
largest part of its land is said; where parts differ it is called mixed, and each part is listed with its
share. Every zone of the rules counts with its exact area, none is judged by a point of another. A disputed
area is no part of any country here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.service.outlines import Ground, Middle
from openleo.service.records import instant
from openleo.service.rulefile import BEGINNING, END, Region
from openleo.service.sales import sales_of, sales_of_area

if TYPE_CHECKING:
    from openleo.places import DisputedArea
    from openleo.service.regions import RuleSet, Standing

State = Literal[
    "available", "waitlist", "coming soon", "no licence", "service off", "not offered", "decided by area",
    "unknown",
]  # fmt: skip

_SALES: Final[dict[str, State]] = {
    "available": "available", "waitlist": "waitlist", "coming soon": "coming soon",
    "not offered": "not offered", "decided by area": "decided by area", "unknown": "unknown",
}  # fmt: skip
_SPOKEN: Final = ("licence", "service", "sales")
LEAST_SHARE: Final = 1e-6
LEAST_KM2: Final = 0.01
"""A part of less than both is where two lines touch; it is not listed. In a large country a whole town may be
less than the share."""


@dataclass(frozen=True)
class Spoken:
    """Who says one of the three: a region and its decision; no region: the default, or a table of facts."""

    topic: Literal["licence", "service", "sales"]
    region: str | None
    decision: str


@dataclass(frozen=True)
class Holds:
    """What holds in a place: the three, each with who says so, and the state that a map shows for them.

    licence, service: as /v1/regions/at names them; None where no rules are in force. sales_date: the month of
    the fact, None where a region states it, or nobody.
    """

    state: State
    licence: str | None
    licence_ground: str | None
    service: str | None
    sales: str
    sales_date: str | None
    said: tuple[Spoken, ...]


@dataclass(frozen=True)
class Part:
    """A part in which the same holds; share: of the whole, by area (0 to 1)."""

    share: float
    holds: Holds
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Where:
    """Where a map looks for it: a point within its largest part, and how far that reaches from there."""

    lat_deg: float
    lon_deg: float
    reach_deg: float


@dataclass(frozen=True)
class CountryHolds:
    """A country of the base map, or an invented one.

    code: ISO alpha-2, or the name where there is none. holds: in the largest part of its land; of a country
    all of whose land is disputed, what holds there. parts: all of them, the largest first. mixed: whether
    they differ, or some of its land is disputed. areas: disputed areas on land that the base map draws here,
    which are no part of it. regions: those that lie on some of it, in force or not.
    """

    code: str
    name: str
    invented: bool
    wholly_disputed: bool
    holds: Holds
    mixed: bool
    parts: tuple[Part, ...]
    areas: tuple[str, ...]
    regions: tuple[str, ...]
    where: Where | None


@dataclass(frozen=True)
class AreaHolds:
    """An area for which a country code is not enough. base_map: to whom the base map gives its land.

    disputed: false for those that are undisputed and only lack a code of their own.
    """

    name: str
    kind: str
    disputed: bool
    claimants: tuple[str, ...]
    base_map: tuple[str, ...]
    source: str
    note: str
    holds: Holds
    mixed: bool
    parts: tuple[Part, ...]
    regions: tuple[str, ...]
    where: Where | None


@dataclass(frozen=True)
class RegionHolds:
    """A region of the rules in force: what it says (None: nothing), and what holds there by all of them.

    in_force: whether it is now; begins, ends: None where it states none; hours: daily, UTC. countries, areas:
    on whose land it lies, in part or whole. sea: whether the open sea is in it.
    """

    name: str
    decision: str
    licence: str | None
    licence_ground: str | None
    service: str | None
    lists: tuple[str, ...]
    sales: str | None
    in_force: bool
    begins: datetime | None
    ends: datetime | None
    hours: tuple[str, ...]
    holds: Holds
    mixed: bool
    parts: tuple[Part, ...]
    countries: tuple[str, ...]
    areas: tuple[str, ...]
    sea: bool
    where: Where | None


@dataclass(frozen=True)
class Map:
    """All of it at one instant."""

    countries: tuple[CountryHolds, ...]
    areas: tuple[AreaHolds, ...]
    regions: tuple[RegionHolds, ...]
    sea: Holds | None


def state_of(licence: str | None, service: str | None, sales: str) -> State:
    """The one state that a map shows, from the three, by precedence.

    1. Without a licence (none, prohibited, or pending): no licence, whatever is sold or switched on.
    2. Licensed, but the public is not served (off, emergency only, listed terminals only): service off.
    3. Licensed and on: the sales state. 4. Without rules nothing is known.

    So a sales state never hides a licence or a service state.
    """
    if licence is None or service is None:
        return "unknown"
    if licence != "licensed":
        return "no licence"
    if service != "on":
        return "service off"
    return _SALES.get(sales, "unknown")


def map_of(rules: "RuleSet", ground: Ground, at_us: int) -> Map:
    """The map of a rule set at an instant (us since 1970, UTC). ground: of its division."""
    zones = _Zones(rules, ground, at_us)
    return Map(
        tuple(
            found
            for index in range(len(rules.division.country_names))
            if (found := _country(zones, index)) is not None
        ),
        tuple(
            _area(zones, index, area)
            for index, area in enumerate(rules.division.areas)
            if zones.of(rules.division.area == index)
        ),
        tuple(_region(zones, r, region) for r, region in enumerate(rules.regions)),
        zones.holds.get(int(rules.division.zone_map.zone_of[-1, 0])),
    )


def map_without_rules() -> Map:
    """The map where no rules are in force: nobody is newly served; what was sold is still a fact."""
    from openleo.places import countries, disputed_areas

    listed = tuple(
        _without_land(each.code if each.code != "-" else each.name, each.name) for each in countries()
    )
    areas = tuple(
        AreaHolds(
            each.name, each.kind, is_disputed(each), each.claimants, each.base_map, each.source, each.note,
            _sold(sales_of_area(each.name)), False, (), (), None,
        )
        for each in disputed_areas()
    )  # fmt: skip
    return Map(listed, areas, (), None)


class _Zones:
    """What holds in each zone at an instant, and how large it is."""

    def __init__(self, rules: "RuleSet", ground: Ground, at_us: int) -> None:
        from openleo.service.regions import in_force

        division, time = rules.division, instant(at_us)
        assert time is not None
        self.active, _ = in_force(rules.regions, at_us)
        self.rules, self.ground, self.division = rules, ground, division
        self.size: NDArray[np.float64] = ground.area_km2
        # All points of a zone are one in law: what is said at one of its own is said in all of it
        self.holds = {
            zone: _holds(rules.at(float(division.seen_lat[zone]), float(division.seen_lon[zone]), time))
            for zone in np.flatnonzero(division.seen).tolist()
        }

    def of(self, chosen: NDArray[np.bool_]) -> list[int]:
        """The zones that occur, of those marked (Z,)."""
        return [zone for zone in np.flatnonzero(chosen).tolist() if zone in self.holds]

    def parts(self, zones: Sequence[int]) -> tuple[Part, ...]:
        """The parts of some zones by what holds in them, the largest first; who says so: in most of it.

        Where none of them has an area, as a strip of water at a coast, each counts the same.
        """
        size = {zone: float(self.size[zone]) for zone in zones}
        whole = sum(size.values())
        if whole <= 0.0:
            size, whole = dict.fromkeys(zones, 1.0), float(len(zones))
        together: dict[tuple[str | None, ...], list[int]] = {}
        for zone in sorted(zones, key=lambda zone: (-size[zone], zone)):
            held = self.holds[zone]
            together.setdefault((held.licence, held.service, held.sales), []).append(zone)
        shares = {key: sum(size[zone] for zone in each) / whole for key, each in together.items()}
        return tuple(
            Part(round(shares[key], 6), self.holds[each[0]], self.names(each))
            for key, each in sorted(together.items(), key=lambda pair: -shares[pair[0]])
            if shares[key] >= LEAST_SHARE or sum(size[zone] for zone in each) >= LEAST_KM2
        )

    def names(self, zones: Iterable[int]) -> tuple[str, ...]:
        """The regions that lie over some zones, in the order of the file."""
        here = self.division.member[list(zones)].any(axis=0)
        return tuple(self.rules.regions[r].name for r in np.flatnonzero(here).tolist())

    def areas(self, zones: Iterable[int], disputed: bool = False) -> tuple[str, ...]:
        """The areas of some zones; disputed: those alone that are."""
        found = [
            int(self.division.area[zone])
            for zone in zones
            if self.division.area[zone] >= 0 and (self.division.disputed[zone] or not disputed)
        ]
        return tuple(self.division.areas[each].name for each in sorted(set(found)))

    def landed(self, zones: Iterable[int]) -> list[int]:
        """Those with an area of their own, not only a strip of water at a coast."""
        return [zone for zone in zones if self.size[zone] > 0.0]


def _country(zones: _Zones, index: int) -> CountryHolds | None:
    """None for what has neither land on the base map nor a code: it is a disputed area alone."""
    from openleo.places import countries

    division, known = zones.division, countries()
    code = division.country_names[index]
    invented = {each.code: each.name for each in zones.rules.file.territories}
    name = known[index].name if index < len(known) else invented[code]
    here = zones.of(division.country == index)
    if not here:
        return None if known[index].code == "-" else _without_land(code, name)
    own = [zone for zone in here if not division.disputed[zone]]
    landed = zones.landed(here)
    wholly = bool(landed) and all(division.disputed[zone] for zone in landed)
    counted = here if wholly or not own else own
    parts = zones.parts(zones.landed(counted) or counted)
    areas = zones.areas(landed, disputed=True)
    return CountryHolds(
        code, name, index >= len(known), wholly, parts[0].holds,
        len(parts) > 1 or bool(areas and not wholly), parts, areas, zones.names(landed or here),
        _where(zones.ground.look("country", index)[0]),
    )  # fmt: skip


def _without_land(code: str, name: str) -> CountryHolds:
    """A country of which the base map draws no land: of the three, the sales state alone is known."""
    return CountryHolds(code, name, False, False, _sold(sales_of(code)), False, (), (), (), None)


def _sold(facts: tuple[str, str]) -> Holds:
    """Where no rules speak: what was sold is a fact all the same."""
    return Holds(state_of(None, None, facts[0]), None, None, None, facts[0], facts[1] or None, ())


def _area(zones: _Zones, index: int, area: "DisputedArea") -> AreaHolds:
    here = zones.of(zones.division.area == index)
    counted = zones.landed(here) or here
    parts = zones.parts(counted)
    return AreaHolds(
        area.name, area.kind, is_disputed(area), area.claimants, area.base_map, area.source, area.note,
        parts[0].holds, len(parts) > 1, parts, zones.names(counted),
        _where(zones.ground.look("area", index)[0]),
    )  # fmt: skip


def _region(zones: _Zones, r: int, region: Region) -> RegionHolds:
    division = zones.division
    here = zones.of(division.member[:, r])
    counted = zones.landed(here) or here
    parts = zones.parts(counted)
    own = [zone for zone in counted if division.country[zone] >= 0 and not division.disputed[zone]]
    codes = [division.country_names[each] for each in sorted({int(division.country[zone]) for zone in own})]
    middle, sea = zones.ground.look("region", r)
    return RegionHolds(
        region.name, region.decision, region.licence or None, region.licence_ground or None,
        region.service or None, region.lists, region.sales or None, zones.active[r],
        region.begins if region.begins != BEGINNING else None, region.ends if region.ends != END else None,
        region.hours, parts[0].holds, len(parts) > 1, parts, tuple(codes), zones.areas(counted), sea,
        _where(middle),
    )  # fmt: skip


def is_disputed(area: "DisputedArea") -> bool:
    """Whether an area is disputed, or lacks no more than a code of its own."""
    return area.kind != "without a code"


def _holds(standing: "Standing") -> Holds:
    licence, service = standing.licence.name.lower(), standing.service.name.lower()
    said = [standing.by(topic) for topic in _SPOKEN]
    return Holds(
        state_of(licence, service, standing.sales), licence, standing.licence_ground or None, service,
        standing.sales, standing.sales_date or None,
        tuple(Spoken(each.topic, each.region or None, each.decision) for each in said if each),  # type: ignore[arg-type]
    )  # fmt: skip


def _where(middle: Middle | None) -> Where | None:
    return None if middle is None else Where(*(round(each, 4) for each in middle))
