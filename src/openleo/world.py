"""What exists: a world file (TOML) becomes a frozen `World`, checked key by key.

Each section is a dataclass whose fields say unit, range and meaning once; that feeds the check, the errors
and the table of attributes in `docs/worlds.md`.
"""
# ruff: noqa: RUF009 - `key` declares a field, as dataclasses.field does

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from openleo import fleet as fleets
from openleo import places
from openleo.errors import InputError
from openleo.fleet import Fleet, SatelliteClass, Shell
from openleo.formats.elements import read_elements
from openleo.formats.geojson import read_polygons
from openleo.formats.sites import read_sites
from openleo.formats.tables import read_places
from openleo.formats.toml import Attribute, attributes, key, parse
from openleo.formats.worlds import builtin_worlds as builtin_worlds  # a public name of this module as well
from openleo.formats.worlds import named_files, read_world
from openleo.places import Cells
from openleo.radio import Radio, Terminal

_INVENTED = re.compile("Q[M-Z]")


@dataclass(frozen=True)
class EarthModel:
    """[earth]"""

    dut1: Literal["table", "zero"] = key(
        "UT1 - UTC from the baked IERS table, or zero as other tools have it", default="table"
    )


@dataclass(frozen=True)
class FleetSpec:
    """[fleet]"""

    elements: str = key("file of element sets (OMM, TLE); without one the shells are flown", default="")
    min_altitude_km: float = key(
        "satellites of an element file whose mean altitude is lower are left out (raising, lowering)",
        default=400.0, unit="km", low=0.0,
    )  # fmt: skip
    classes: tuple[SatelliteClass, ...] = key("[[fleet.classes]]: the kinds of satellite", default=())
    shells: tuple[Shell, ...] = key("[[fleet.shells]]: Walker shells", default=())


@dataclass(frozen=True)
class Preference:
    """[plan]: what makes one satellite better than another for a cell."""

    elevation: float = key("weight of the elevation (90 degrees count as 1)", default=1.0, low=0.0)
    gso: float = key(
        "weight of the angle from the GSO arc (60 degrees and more count as 1)", default=0.2, low=0.0
    )
    satellite_class: float = key("weight of the class's own preference", default=0.3, low=0.0)
    dwell: float = key("weight of keeping the satellite of the slot before", default=2.0, low=0.0)
    balance: float = key("weight of how full a satellite is", default=2.0, low=0.0)


@dataclass(frozen=True)
class IslSpec:
    """[isl]"""

    topology: Literal["grid", "none", "list"] = key(
        "+grid (two in the plane, two across), none (bent pipe), or a list of your own", default="grid"
    )
    file: str = key("CSV of pairs of satellite numbers, for topology list", default="")
    capacity_gbps: float = key("of one link, each way", default=100.0, unit="Gbit/s", above=0.0)
    min_height_km: float = key(
        "least height of the line of sight over the ground", default=80.0, unit="km", low=0.0
    )
    max_range_km: float = key("longest link", default=5400.0, unit="km", above=0.0)
    cross_plane_shift: int = key("slots by which the counterpart in the next plane is ahead", default=0)


@dataclass(frozen=True)
class Gateway:
    """[[ground.gateways]]"""

    name: str = key("of the site")
    country: str = key("ISO alpha-2 code of the country in which traffic lands")
    lat_deg: float = key("latitude", unit="deg", low=-90.0, high=90.0)
    lon_deg: float = key("longitude", unit="deg", low=-180.0, high=180.0)
    antennas: int = key("how many satellites at once; 0 takes ground.antennas", default=0, low=0)


@dataclass(frozen=True)
class Pop:
    """[[ground.pops]]"""

    name: str = key("of the site")
    country: str = key("ISO alpha-2 code")
    lat_deg: float = key("latitude", unit="deg", low=-90.0, high=90.0)
    lon_deg: float = key("longitude", unit="deg", low=-180.0, high=180.0)


@dataclass(frozen=True)
class Ground:
    """[ground]"""

    sites: str = key("CSV of gateways and PoPs (kind, name, country, lat, lon)", default="")
    antennas: int = key("satellites that a gateway can hold at once", default=8, low=0)
    elevation_mask_deg: float = key(
        "least elevation at a gateway", default=25.0, unit="deg", low=0.0, high=90.0
    )
    polar_elevation_mask_deg: float = key(
        "the same at polar gateways", default=5.0, unit="deg", low=0.0, high=90.0
    )
    polar_latitude_deg: float = key(
        "from this latitude on a gateway is polar", default=62.0, unit="deg", low=0.0
    )
    gateways: tuple[Gateway, ...] = key("[[ground.gateways]]: beside those of the file", default=())
    pops: tuple[Pop, ...] = key("[[ground.pops]]: beside those of the file", default=())


@dataclass(frozen=True)
class Delay:
    """[delay]: what a round trip costs beside the speed of light."""

    access_ms: float = key(
        "round trip: framing and scheduling on the service link", default=9.0, unit="ms", low=0.0
    )
    hop_ms: float = key("one way: processing in each satellite of the path", default=0.4, unit="ms", low=0.0)
    gateway_ms: float = key("round trip: processing at the gateway", default=1.0, unit="ms", low=0.0)
    queue_ms: float = key(
        "round trip: mean queue at half load; grows as load / (1 - load)", default=2.0, unit="ms", low=0.0
    )
    queue_max_ms: float = key("the queue never costs more than this", default=30.0, unit="ms", low=0.0)
    fibre_detour: float = key("length of the fibre over the great circle", default=1.4, low=1.0)


@dataclass(frozen=True)
class CellSpec:
    """[cells]: which cells there are."""

    resolution: int = key("H3 resolution", default=5, low=0, high=7)
    area: Literal["towns", "land", "countries", "box", "polygon", "places"] = key(
        "cells around towns, all land, countries, a box, a polygon file, or just those of demand.file",
        default="towns",
    )
    count: int = key("for area towns: exactly this many", default=200_000, low=1)
    countries: tuple[str, ...] = key("for area countries: ISO alpha-2 codes", default=())
    box: tuple[float, ...] = key(
        "for area box: south, west, north, east", default=(), unit="deg", low=-180.0, high=180.0
    )
    polygon: str = key("for area polygon: a GeoJSON file", default="")


@dataclass(frozen=True)
class Demand:
    """[demand]: what they ask for."""

    file: str = key("your own places and demand (CSV, Parquet, GeoJSON) instead of towns", default="")
    base_mbps: float = key("of every cell", default=20.0, unit="Mbit/s", low=0.0)
    per_person_mbps: float = key("added for each inhabitant", default=0.0045, unit="Mbit/s", low=0.0)
    max_mbps: float = key(
        "of any cell; what is above spills into the cells around", default=16_000.0, unit="Mbit/s", low=0.0
    )


@dataclass(frozen=True)
class World:
    """Everything that a run needs."""

    name: str = key("of the world")
    title: str = key("one line for people", default="")
    epoch: datetime = key(
        "the instant at which a run begins unless told otherwise (UTC)",
        default=datetime(2026, 5, 30, 12, tzinfo=UTC),
    )
    slot_s: float = key("length of a slot", default=15.0, unit="s", low=0.001, high=86_400.0)
    seed: int = key("for whatever is drawn by chance; in this version nothing is", default=1, low=0)
    earth: EarthModel = key("[earth]", default=EarthModel())
    fleet: FleetSpec = key("[fleet]", default=FleetSpec())
    radio: Radio = key("[radio]", default=Radio())
    plan: Preference = key("[plan]", default=Preference())
    isl: IslSpec = key("[isl]", default=IslSpec())
    ground: Ground = key("[ground]", default=Ground())
    delay: Delay = key("[delay]", default=Delay())
    cells: CellSpec = key("[cells]", default=CellSpec())
    demand: Demand = key("[demand]", default=Demand())
    rules: str = key("a rule file: where service is licensed, on or off; without one it is on", default="")
    folder: Path = dataclasses.field(default=Path(), compare=False)

    def __post_init__(self) -> None:
        names = [each.name for each in self.fleet.classes]
        for i, shell in enumerate(self.fleet.shells):
            if shell.satellite_class not in names:
                raise InputError(
                    f"fleet.shells[{i}].satellite_class: {shell.satellite_class!r} given; "
                    f"one of the fleet.classes is allowed: {', '.join(names) or 'there are none'}"
                )
        if self.cells.area == "box" and len(self.cells.box) != 4:
            raise InputError(f"cells.box: {list(self.cells.box)} given; south, west, north, east are needed")
        for name, given, why in (
            ("demand.file", self.demand.file, self.cells.area == "places" and "cells.area = places"),
            ("cells.polygon", self.cells.polygon, self.cells.area == "polygon" and "cells.area = polygon"),
            ("isl.file", self.isl.file, self.isl.topology == "list" and "isl.topology = list"),
        ):
            if why and not given:
                raise InputError(f"{name}: is missing; {why} needs it")
        for code in self.cells.countries:
            _country(code, "cells.countries")
        for i, gateway in enumerate(self.ground.gateways):
            _country(gateway.country, f"ground.gateways[{i}].country")
        for i, pop in enumerate(self.ground.pops):
            _country(pop.country, f"ground.pops[{i}].country")

    @classmethod
    def load(cls, name: str | Path) -> "World":
        """Read a world: the name of a built-in one, or the path of a TOML file.

        A file may begin with `base = "today"` (a built-in world, or a path): it then says only what differs;
        tables are laid over those of the base key by key, lists replace them.
        Raises InputError, naming file, key, value and what is allowed, for whatever is not as it should be.
        """
        path, table = read_world(name)
        return dataclasses.replace(parse(cls, table, f"{path.name}: "), folder=path.parent)

    def path(self, name: str) -> Path:
        """A file named in the world: relative to the folder of the world file."""
        return self.folder / name

    def digest(self, rules: str = "") -> str:
        """SHA-256 over everything that the world says, as 64 hex digits.

        A file counts by what it holds, not by its name or folder, so that a world has one digest everywhere.
        rules: digest of the rule set that holds, which stands for the rule file and what that names in turn;
        without it the rule file counts as it is written.
        Raises InputError for a file that cannot be read.
        """
        said = dataclasses.asdict(self)
        said.pop("folder")
        if rules:
            said["rules"] = ""
        for table, name in named_files(said):
            try:
                held = self.path(table[name]).read_bytes()
            except OSError as error:
                raise InputError(f"{self.path(table[name])}: cannot be read: {error.strerror}") from error
            table[name] = hashlib.sha256(held).hexdigest()
        if rules:
            said["rules"] = rules
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def sections() -> dict[str, list[Attribute]]:
    """The table of attributes, section by section: what feeds the checks, and the docs."""
    tables: dict[str, type[Any]] = {
        "": World, "earth": EarthModel, "fleet": FleetSpec, "fleet.classes": SatelliteClass,
        "fleet.shells": Shell, "radio": Radio, "radio.terminal": Terminal, "plan": Preference, "isl": IslSpec,
        "ground": Ground, "ground.gateways": Gateway, "ground.pops": Pop, "delay": Delay, "cells": CellSpec,
        "demand": Demand,
    }  # fmt: skip
    return {name: attributes(cls) for name, cls in tables.items()}


def slot_times(start: datetime, count: int, slot_s: float) -> NDArray[np.datetime64]:
    """Beginnings of `count` slots from the one that contains `start`: (count,) datetime64[us], UTC.

    Slots of 15 s begin at :12 :27 :42 :57, as those of the network measured do (Tanveer et al. 2023,
    section 4); slots of another length are counted from 12 s past midnight. A start without a zone is in UTC.
    """
    at = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
    anchor = at.replace(hour=0, minute=0, second=12, microsecond=0)
    slot = timedelta(seconds=slot_s)
    first = anchor + (at - anchor) // slot * slot
    begin = np.datetime64(first.replace(tzinfo=None), "us")
    return begin + np.arange(count) * np.timedelta64(slot)


def build_fleet(
    world: World, elements: Path | None = None, *, lenient: bool = False
) -> tuple[Fleet, list[str]]:
    """The world's satellites: from `elements`, else from the file that the world names, else from its shells.

    Returns the fleet, and what was skipped in a broken file where `lenient` allows that.
    """
    spec = world.fleet
    file = elements or (world.path(spec.elements) if spec.elements else None)
    if file is None:
        return fleets.walker(spec.shells, spec.classes, world.epoch), []
    sets, skipped = read_elements(file, lenient=lenient)
    return fleets.from_elements(sets, spec.classes, min_altitude_km=spec.min_altitude_km), skipped


def build_cells(world: World) -> Cells:
    """The world's cells with what they ask for."""
    spec, demand = world.cells, world.demand
    if spec.area == "places":
        lat, lon, demand_bps, _ = read_places(world.path(demand.file))
        return places.cells_from_points(lat, lon, demand_bps, spec.resolution)
    rates: dict[str, Any] = {
        "base_mbps": demand.base_mbps, "per_person_mbps": demand.per_person_mbps, "max_mbps": demand.max_mbps
    }  # fmt: skip
    if spec.area == "towns":
        cells = places.town_demand(spec.count, resolution=spec.resolution, **rates)
    elif spec.area == "countries":
        cells = places.cells_in(spec.resolution, countries=spec.countries, **rates)
    elif spec.area == "box":
        south, west, north, east = spec.box
        cells = places.cells_in(spec.resolution, box=(south, west, north, east), **rates)
    elif spec.area == "polygon":
        cells = places.cells_in(spec.resolution, polygon=read_polygons(world.path(spec.polygon)), **rates)
    else:
        cells = places.cells_in(spec.resolution, **rates)
    if demand.file:
        lat, lon, demand_bps, _ = read_places(world.path(demand.file))
        cells = places.with_demand(cells, lat, lon, demand_bps)
    return cells


def build_ground(world: World) -> tuple[tuple[Gateway, ...], tuple[Pop, ...]]:
    """The world's gateways, each with its number of antennas, and its PoPs."""
    spec = world.ground
    sites = read_sites(world.path(spec.sites)) if spec.sites else ()
    gateways = [Gateway(s.name, s.country, s.lat_deg, s.lon_deg) for s in sites if s.kind == "gateway"]
    pops = [Pop(s.name, s.country, s.lat_deg, s.lon_deg) for s in sites if s.kind == "pop"]
    held = [
        dataclasses.replace(
            each, antennas=each.antennas or spec.antennas, country=_country(each.country, each.name)
        )
        for each in (*gateways, *spec.gateways)
    ]
    return tuple(held), (*pops, *spec.pops)


def _country(given: str, where: str) -> str:
    """The code of a country that may be given by code or name, or the name of one that has no code.

    QM to QZ are the user-assigned codes of ISO 3166-1: countries that a rule file may invent.
    """
    if _INVENTED.fullmatch(given):
        return given
    try:
        found = places.countries()[places.country_index(given)]
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return found.code if found.code != "-" else found.name
