"""What the page is told, as data: the view as a whole, satellites, ground, one satellite, one place, hits.

Times are ISO 8601, UTC. A number that is not known is None; angles are degrees, longitudes from -180 to 180.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

from openleo.operate.why import Answer

Source = Literal["run", "live", "none"]
Hit = Literal["town", "point", "satellite", "gateway", "pop", "region", "country"]

_CLASS: Final = {"alias_generator": lambda name: "class" if name == "satellite_class" else name}
"""How the faces read a record: its `satellite_class` travels as `class`, which is no name in Python."""


@dataclass(frozen=True)
class NamedRules:
    """A rule set, by its name and digest."""

    name: str
    digest: str


@dataclass(frozen=True)
class ClassCount:
    """A class of satellites, and how many there are of it."""

    name: str
    satellites: int


@dataclass(frozen=True)
class Field:
    """An array over the cells that the page can show.

    unit: "1" for a share or a count. words: of an enumeration, by code. low, high: the range that colours
    span: the 5th to the 95th percentile of the first slot, rounded. per_slot: whether it may be another in
    each slot. group: whether the network's plan says it, or the rules in force.
    """

    name: str
    unit: str
    kind: Literal["number", "words"]
    words: tuple[str, ...]
    low: float
    high: float
    lower_is_better: bool
    per_slot: bool
    group: Literal["network", "rules"]


@dataclass(frozen=True)
class View:
    """What the page looks at.

    key: another one whenever run, world or rules are. rules: those in force, by which `licence`, `service`,
    `sales` and decisions go. planned_by: those by which the slots were planned. elements_age_days: at slot 0
    of a run, at the slot that runs. first: beginning of slot 0. slots: so many can be shown; of a live twin,
    the number of the last that is ready, and one. now_slot: the slot that runs, of a live twin alone.
    details: "ready", "preparing", or a sentence that says why satellites and places cannot be answered for.
    invented: whether the rules have territories that were invented, as those of a drill have.
    """

    key: str
    source: Source
    invented: bool
    details: str
    world: str | None
    title: str | None
    openleo_version: str
    world_hash: str | None
    rules: NamedRules | None
    planned_by: NamedRules | None
    elements_epoch: str | None
    elements_age_days: float | None
    slot_s: float
    first: str | None
    slots: int
    now_slot: int | None
    satellites: int
    classes: tuple[ClassCount, ...]
    shells: tuple[str, ...]
    cells: int
    cell_scale_deg: float
    gateways: int
    pops: int
    mask_deg: float | None
    fields: tuple[Field, ...]
    disclaimer: str


@dataclass(frozen=True)
class Satellites:
    """The satellites of the view, in the order of their positions.

    number: of the catalogue. satellite_class: index into the classes of the view; shell: into its shells.
    """

    __pydantic_config__: ClassVar[Any] = _CLASS

    number: tuple[int, ...]
    name: tuple[str, ...]
    satellite_class: tuple[int, ...]
    shell: tuple[int, ...]


@dataclass(frozen=True)
class GatewayLoad:
    """A gateway in a slot: how many satellites it holds, what they bring, and what they could bring.

    load: the share of that capacity, None where there is none.
    """

    name: str
    country: str
    lat_deg: float
    lon_deg: float
    satellites: int
    granted_bps: float
    capacity_bps: float
    load: float | None


@dataclass(frozen=True)
class PopLoad:
    """A PoP in a slot: what traffic joins the internet there."""

    name: str
    lat_deg: float
    lon_deg: float
    granted_bps: float


@dataclass(frozen=True)
class Ground:
    """The ground network in a slot."""

    gateways: tuple[GatewayLoad, ...]
    pops: tuple[PopLoad, ...]


@dataclass(frozen=True)
class ServedCell:
    """A cell that a satellite serves: its index, and what it grants."""

    cell: int
    granted_bps: float


@dataclass(frozen=True)
class Neighbour:
    """A satellite at the other end of an ISL; load: share of the link's capacity, the fuller way."""

    number: int
    name: str
    lat_deg: float
    lon_deg: float
    altitude_km: float
    load: float


@dataclass(frozen=True)
class TrackPoint:
    """Where a satellite stands so many minutes after the beginning of the slot."""

    minute: float
    lat_deg: float
    lon_deg: float
    altitude_km: float


@dataclass(frozen=True)
class Satellite:
    """One satellite in a slot.

    beams_used: beams' time that it gives to cells. granted_bps: to all of them, after sharing. load: share of
    its capacity. gateway: where its feeder link goes. footprint: longitude and latitude of points around the
    ground from which it stands at the elevation mask, over a spherical Earth, counter-clockwise, closed.
    track: one orbit, from half a turn before to half a turn after, over the turning Earth.
    """

    __pydantic_config__: ClassVar[Any] = _CLASS

    number: int
    name: str
    satellite_class: str
    shell: str
    lat_deg: float
    lon_deg: float
    altitude_km: float
    elements_epoch: str
    beams: int
    beams_used: float
    capacity_bps: float
    granted_bps: float
    load: float
    gateway: str | None
    footprint: tuple[tuple[float, float], ...]
    cells: tuple[ServedCell, ...]
    isls: tuple[Neighbour, ...]
    track: tuple[TrackPoint, ...]


@dataclass(frozen=True)
class Near:
    """The nearest town, and how far it is."""

    name: str
    country: str
    km: float


@dataclass(frozen=True)
class Stop:
    """A point of the way that traffic takes."""

    kind: Literal["terminal", "satellite", "gateway", "pop"]
    name: str
    number: int | None
    lat_deg: float
    lon_deg: float
    altitude_km: float


@dataclass(frozen=True)
class Handover:
    """A later slot in which another satellite serves the cell; None where none does then."""

    slot: int
    time: str
    number: int | None
    name: str | None


@dataclass(frozen=True)
class DecidedReason:
    """A reason of a decision, as `/v1/reasons` has it."""

    number: int
    name: str
    text: str
    text_fr: str
    appeal: str


@dataclass(frozen=True)
class Told:
    """What a plain fixed terminal standing here would be told by the rules in force.

    outcome: of refuse, emergency, walled, limited, serve. region, rule: what says the reason, None where no
    region does.
    """

    outcome: Literal["refuse", "emergency", "walled", "limited", "serve"]
    reason: DecidedReason
    region: str | None
    rule: str | None


@dataclass(frozen=True)
class Said:
    """Where a place is, and its licence, service and sales, each in a sentence with who says so."""

    area: str
    licence: str
    service: str
    sales: str


@dataclass(frozen=True)
class At(Answer):
    """The answer of `openleo why` for a place and a slot, and what a map shows beside it.

    slot: number of the slot. cell_index: of
    the cell that answers, None without one. sets_in_s: seconds from the beginning of the slot until the
    serving satellite sinks below the mask; None where it does not within 20 minutes, or none serves.
    """

    slot: int
    cell_index: int | None
    near: Near | None
    way: tuple[Stop, ...]
    handovers: tuple[Handover, ...]
    sets_in_s: float | None
    verdict: str
    change: str
    said: Said
    decision: Told | None


@dataclass(frozen=True)
class Found:
    """Something that a search found; number: of a satellite. A country stands where its largest town is."""

    kind: Hit
    name: str
    detail: str
    lat_deg: float | None
    lon_deg: float | None
    number: int | None


@dataclass(frozen=True)
class FoundAll:
    """What a search found, the likeliest first."""

    results: tuple[Found, ...]
