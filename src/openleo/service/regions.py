"""Regions: what is licensed, switched on or limited where, since when, and by whose decision.

A rule set is an immutable snapshot of a rule file with a hash. Of all that the regions at a place say, the
most restrictive holds, statement by statement; so their order never matters. A place in a disputed area is
not covered by a licence of one of its claimants unless a region says so by naming the area.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache, cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError
from openleo.formats.toml import parse, read_toml
from openleo.service.overlaps import Overlap, overlaps
from openleo.service.records import Licence, Motion, Names, Service, Usage
from openleo.service.rulefile import BEGINNING, END, AccessList, Elsewhere, Region, RuleFile, ServicePlan
from openleo.service.sales import sales_of, sales_of_area
from openleo.service.terms import DAY_US, NEVER_US, Law, Terms, law, terms_of
from openleo.service.zones import Division, Zone

if TYPE_CHECKING:
    from openleo.kernels.zones import ZoneMap

BUILT_IN = "illustration"
"""The rule set that commands take where none is given."""


@dataclass(frozen=True)
class Said:
    """One statement that holds at a place, and the region and decision that say so ("" region: elsewhere)."""

    topic: str
    value: str
    region: str
    decision: str


@dataclass(frozen=True)
class Standing:
    """What the rules say of one point at one instant.

    `country` is its code (the name, where it has no code), "" at sea and in a disputed area; `base` what the
    base map says, who controls it, "" at sea; `area` the disputed area, "" for none, and its `claimants`.
    `lists`: of each of these a terminal is on one list. `limits` by key (`max_speed_kmh`, ...), those alone
    that are given. `landing`: the countries in which traffic may reach the ground, None: any. `coast_km`: how
    far from the nearest coast, None where it is more than 400 km. `said`: each statement with the region and
    decision behind it.
    """

    lat_deg: float
    lon_deg: float
    time: datetime
    zone: int
    country: str
    base: str
    area: str
    kind: str
    claimants: tuple[str, ...]
    source: str
    licence: Licence
    licence_ground: str
    service: Service
    sales: str
    sales_date: str
    lists: tuple[tuple[str, ...], ...]
    limits: Mapping[str, float]
    motion: tuple[str, ...]
    usage: tuple[str, ...]
    prohibited_uses: tuple[str, ...]
    sold_in: tuple[str, ...] | None
    landing: tuple[str, ...] | None
    deny_emergency: bool
    coast_km: float | None
    regions: tuple[str, ...]
    said: tuple[Said, ...]

    def by(self, topic: str) -> Said | None:
        """The statement on a topic ("licence", "service", "sales", "lists", "max_speed_kmh" ...), if any."""
        return next((each for each in self.said if each.topic == topic), None)


@dataclass(frozen=True)
class CellRules:
    """The rules over C cells, for the planner.

    `lit` (C,) bool: licensed, and service not off: a beam may light it. `region` (C,) int16 into the rule
    set's regions: the one that forbids, else the narrowest there, -1 for none (elsewhere). `landing` (C,)
    int16 into `landings`, of which the first is empty: anywhere. `licence`, `service` (C,) int8.
    """

    lit: NDArray[np.bool_]
    region: NDArray[np.int16]
    landings: tuple[tuple[str, ...], ...]
    landing: NDArray[np.int16]
    licence: NDArray[np.int8]
    service: NDArray[np.int8]


@dataclass(frozen=True)
class RuleSet:
    """An immutable rule set: what a rule file says, checked, with its outlines and its hash.

    Made by `load` or `parse`. `digest` is the SHA-256 (64 hex digits) over all that it says: the rules, the
    coordinates of all outlines, the base map and the disputed areas that they refer to.
    """

    file: RuleFile
    digest: str
    division: Division

    @classmethod
    def load(cls, path: str | Path = BUILT_IN) -> "RuleSet":
        """Read a rule file: the path of one, or the name of a built-in one.

        Raises InputError, naming file, key, value and what is allowed, for whatever is not as it should be;
        nothing is repaired.
        """
        given = Path(path)
        if not given.is_file() and str(path) in builtin_rules():
            with as_file(files("openleo") / "worlds") as folder:
                return cls.load(folder / f"{path}.rules.toml")
        if not given.is_file():
            raise InputError(
                f"{path}: no such rule file; built in are {', '.join(builtin_rules())}, or give a TOML file"
            )
        return cls.parse(read_toml(given), given.parent, f"{given.name}: ")

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path, where: str = "rules: ") -> "RuleSet":
        """Make a rule set of a TOML table; the files that it names are looked for in `folder`.

        Raises InputError as `load` does; its texts begin with `where`.
        """
        from openleo.service.reading import read

        file = parse(RuleFile, table, where)
        try:
            division, outlines = read(file, folder)
        except InputError as error:
            raise InputError(f"{where}{error}") from error
        return cls(file, _digest(file, outlines), division)

    @property
    def name(self) -> str:
        """Of the rule set."""
        return self.file.name

    @property
    def version(self) -> int:
        """Counts up with each change."""
        return self.file.version

    @property
    def regions(self) -> tuple[Region, ...]:
        """In the order of the file; everything else refers by index."""
        return self.file.regions

    @property
    def plans(self) -> tuple[ServicePlan, ...]:
        """What accounts have bought."""
        return self.file.plans

    @property
    def lists(self) -> tuple[AccessList, ...]:
        """Lists of terminals, and who keeps them."""
        return self.file.lists

    @property
    def elsewhere(self) -> Elsewhere:
        """What holds where no region says anything."""
        return self.file.elsewhere

    @property
    def zone_map(self) -> "ZoneMap":
        """Which zone a point is in, for kernels."""
        return self.division.zone_map

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """All zones by number, those that occur nowhere among them."""
        return tuple(self.division.zone(number) for number in range(len(self.division.country)))

    def zones_at(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> NDArray[np.int32]:
        """The zone of each point (N,), in degrees; longitudes may wrap round.

        Raises InputError where a latitude is not within [-90, 90] or a longitude is not finite.
        """
        from openleo.kernels.zones import zones_at

        lat, lon = np.broadcast_arrays(np.atleast_1d(lat_deg), np.atleast_1d(lon_deg))
        lat, lon = np.array(lat, np.float64), np.array(lon, np.float64)
        wrong = ~((np.abs(lat) <= 90.0) & np.isfinite(lon))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InputError(
                f"point {at}: latitude {lat[at]}, longitude {lon[at]}: a latitude is from -90 to 90 degrees"
                " and a longitude is finite"
            )
        outside = (lon < -180.0) | (lon >= 180.0)
        lon[outside] = (lon[outside] + 180.0) % 360.0 - 180.0
        zone = np.empty(len(lat), np.int32)
        zones_at(self.zone_map, lon, lat, zone)
        return zone

    def terms(self, at_us: int, names: Names) -> Terms:
        """The rules as the policy kernel reads them, at an instant (us since 1970, UTC).

        `names` gets the countries, plans, lists and uses that the rules name. The answer holds until its
        `until_us`, when a window opens or closes. Raises InputError where a list or a prohibited use gets a
        number beyond the 64 that a row can hold.
        """
        held, until_us = self._held(at_us)
        return terms_of(self.file, self.division, held, names, until_us, self.digest)

    def over(self, lat_deg: ArrayLike, lon_deg: ArrayLike, time: datetime) -> CellRules:
        """The rules over places for the planner: takes (C,) degrees and an instant, returns `CellRules`."""
        held, _ = self._held(_us(time))
        zone = self.zones_at(lat_deg, lon_deg)
        licensed = held.licence == Licence.LICENSED
        lit = licensed & (held.service != Service.OFF)
        forbids = np.where(licensed, held.by["service"], held.by["licence"])
        landings = tuple(() if group is None else group or NOWHERE for group in held.landings)
        return CellRules(
            lit[zone],
            np.where(lit, held.specific, forbids)[zone],
            landings,
            held.landing[zone],
            held.licence[zone],
            held.service[zone],
        )

    def at(self, lat_deg: float, lon_deg: float, time: datetime) -> Standing:
        """What the rules say of a point (degrees) at an instant, with the region and decision behind each."""
        from openleo.kernels.zones import coast_km

        held, _ = self._held(_us(time))
        z = int(self.zones_at(lat_deg, lon_deg)[0])
        zone, area = self.zones[z], int(self.division.area[z])
        disputed = self.division.areas[area] if area >= 0 else None
        far_km = coast_km(self.zone_map.base, _wrapped(lon_deg), lat_deg, COAST_LIMIT_KM)
        spoken = self._sales(zone, time)
        picked = [
            Said("licence", LICENCE_TEXT[held.licence[z]], *self._source(held, "licence", z)),
            Said("service", SERVICE_TEXT[held.service[z]], *self._source(held, "service", z)),
            Said("sales", *spoken[:1], *spoken[2:]),
        ]
        demands = tuple(demand for g, demand in enumerate(held.demands) if held.listed[z, g])
        limits = {name: float(values[z]) for name, values in held.limits.items() if np.isfinite(values[z])}
        landing, sold = held.landings[held.landing[z]], held.sales[held.sold[z]]
        motion = _kinds(Motion, int(held.motion[z]))
        usage = _kinds(Usage, int(held.usage[z]))
        uses = tuple(sorted(use for use, here in held.uses.items() if here[z]))
        for topic, given, text in (
            ("lists", demands, " and ".join(" or ".join(demand) for demand in demands)),
            *((name, True, f"{value:g} {UNIT[name]}") for name, value in limits.items()),
            ("motion", len(motion) < len(Motion), ", ".join(motion) or "none"),
            ("usage", len(usage) < len(Usage), ", ".join(usage) or "none"),
            ("prohibited_uses", uses, ", ".join(uses)),
            ("sold_in", sold is not None, ", ".join(sold or ("nowhere",))),
            ("landing", landing is not None, ", ".join(landing or ("nowhere",))),
            ("deny_emergency", held.deny_emergency[z], "distress calls are refused too"),
        ):
            if given:
                picked.append(Said(topic, text, *self._source(held, topic, z)))
        by = int(held.by["licence"][z])
        return Standing(
            lat_deg=float(lat_deg), lon_deg=float(lon_deg), time=_utc(time), zone=z, country=zone.country,
            base=zone.base, area=zone.area, kind=disputed.kind if disputed else "",
            claimants=disputed.claimants if disputed else (), source=disputed.source if disputed else "",
            licence=Licence(int(held.licence[z])),
            licence_ground=self.regions[by].licence_ground if by >= 0 else "",
            service=Service(int(held.service[z])), sales=spoken[0], sales_date=spoken[1], lists=demands,
            limits=limits, motion=motion, usage=usage, prohibited_uses=uses, sold_in=sold, landing=landing,
            deny_emergency=bool(held.deny_emergency[z]),
            coast_km=float(far_km) if far_km < COAST_LIMIT_KM else None,
            regions=tuple(self.regions[r].name for r in zone.regions), said=tuple(picked),
        )  # fmt: skip

    @cached_property
    def overlaps(self) -> tuple[Overlap, ...]:
        """Where regions say different things of one place, on what, which holds, and where that is."""
        return overlaps(self.file, self.division)

    def _held(self, at_us: int) -> tuple[Law, int]:
        """What holds at an instant, and until when."""
        active, until_us = in_force(self.regions, at_us)
        if active not in self._laws:
            self._laws[active] = law(self.file, self.division, active)
        return self._laws[active], until_us

    @cached_property
    def _laws(self) -> dict[tuple[bool, ...], Law]:
        return {}

    def _source(self, held: Law, topic: str, zone: int) -> tuple[str, str]:
        """The region and decision that say a statement, "" and the default where it is that of elsewhere."""
        by = int(held.by["deny" if topic == "deny_emergency" else topic][zone])
        if by >= 0:
            return self.regions[by].name, self.regions[by].decision
        if topic == "service" and (held.by["licence"][zone] >= 0 or self.elsewhere.service == "on"):
            return "", "No rule says otherwise."
        return "", self.elsewhere.decision

    def _sales(self, zone: Zone, time: datetime) -> tuple[str, str, str, str]:
        """Sales state, its date, and the region and words behind it."""
        active, _ = in_force(self.regions, _us(time))
        told = [self.regions[r] for r in zone.regions if active[r] and self.regions[r].sales]
        if told:
            least = min(told, key=lambda region: SALES.index(region.sales))
            return least.sales, "", least.name, least.decision
        state, date = sales_of(zone.country) if zone.country else sales_of_area(zone.area)
        return state, date, "", f"What the operator's map showed in {date}." if date else "No fact is known."


LICENCE_TEXT = ("prohibited", "none", "pending", "licensed")
SERVICE_TEXT = ("off", "emergency only", "listed terminals only", "on")
UNIT = {"max_speed_kmh": "km/h", "max_altitude_m": "m", "max_coast_km": "km", "rate_mbps": "Mbit/s"}
SALES = ("not offered", "unknown", "coming soon", "decided by area", "waitlist", "available")
"""Sales states, the most restrictive first."""

NOWHERE = ("nowhere",)
"""A landing that no gateway has: rules that meet here leave no country in common."""

COAST_LIMIT_KM = 400.0


def builtin_rules() -> tuple[str, ...]:
    """Names of the rule files that come with the package."""
    with as_file(files("openleo") / "worlds") as folder:
        return tuple(sorted(path.name.removesuffix(".rules.toml") for path in folder.glob("*.rules.toml")))


def in_force(regions: tuple[Region, ...], at_us: int) -> tuple[tuple[bool, ...], int]:
    """Which regions are in force at an instant (us since 1970, UTC), and until when that stays so."""
    active, until_us = [], NEVER_US
    day_us = at_us // DAY_US * DAY_US
    for region in regions:
        begins_us, ends_us = _us(region.begins), _us(region.ends)
        holds = False
        if at_us < begins_us:
            until_us = min(until_us, begins_us)
        elif at_us < ends_us:
            if region.ends != END:
                until_us = min(until_us, ends_us)
            for first, last in region.spans_min() if region.hours else ():
                opens, closes = day_us + first * 60_000_000, day_us + last * 60_000_000
                holds |= opens <= at_us < closes
                changes = (opens, closes, opens + DAY_US)
                until_us = min(until_us, *(each for each in changes if each > at_us))
            holds |= not region.hours
        active.append(holds)
    return tuple(active), until_us


def _us(time: datetime) -> int:
    return (_utc(time) - BEGINNING) // timedelta(microseconds=1)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _wrapped(lon_deg: float) -> float:
    return float(lon_deg) if -180.0 <= lon_deg < 180.0 else (float(lon_deg) + 180.0) % 360.0 - 180.0


def _kinds(kinds: type[IntEnum], bits: int) -> tuple[str, ...]:
    return tuple(kind.name.lower() for kind in kinds if bits >> kind & 1)


def map_hash() -> str:
    """SHA-256, in hex, of the maps of this program: rules that are laid out on others have other digests."""
    return hashlib.sha256(json.dumps(_maps(), sort_keys=True).encode()).hexdigest()


@cache
def _maps() -> Mapping[str, str]:
    return {
        name: hashlib.sha256((files("openleo") / "data" / name).read_bytes()).hexdigest()
        for name in ("countries.npz", "disputed.geojson")
    }


def _spoken(part: Any) -> dict[str, Any]:
    """The keys of a part of a rule file that are not as they would be without a word."""
    return {each.name: value for each in fields(part) if (value := getattr(part, each.name)) != each.default}


def _digest(file: RuleFile, outlines: Mapping[str, Any]) -> str:
    """SHA-256 over all that a rule set says, and over the maps that it refers to.

    Rules stand under their digest for years, and programs learn new keys: of the charter, and of whatever
    keys will come, only what is not as it would be without a word counts, so no digest changes for them.
    """
    said = asdict(file)
    for table in (*said["territories"], *said["regions"], *(each["band"] for each in said["regions"])):
        table["polygon"] = ""  # a file counts by what it holds, not by its name
    for name in ("governance", "approvers", "parties"):
        value = getattr(file, name)
        said[name] = [_spoken(each) for each in value] if isinstance(value, tuple) else _spoken(value)
        if not said[name]:
            del said[name]
    whole = json.dumps({"rules": said, "outlines": outlines, "maps": _maps()}, sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()
