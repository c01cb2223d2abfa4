"""What the public map answers: availability, outlines as GeoJSON, and the time line of a region."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from openleo.service.availability import AreaHolds, CountryHolds, Holds, RegionHolds
from openleo.service.governance.spans import Event, Span
from openleo.service.outlines import Kind


@dataclass(frozen=True)
class RulesSaid:
    """The rule set behind an answer."""

    name: str
    title: str
    version: int
    digest: str


@dataclass(frozen=True)
class InLog:
    """The entry of the log by which rules hold."""

    entry: int
    change: str
    kind: str
    page: str


@dataclass(frozen=True)
class StageSaid:
    """Rules that hold for some alone so far: number from 1, of how many; a share of terminals, or regions."""

    number: int
    of: int
    share: float | None
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Coming:
    """The next instant at which something begins or ends, and whose state is another from then on."""

    at: datetime
    countries: tuple[str, ...]
    areas: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Availability:
    """What holds at an instant, everywhere. rules: None where none are in force: nobody is newly served.

    log: None where rules were read from a file. stage: None where they hold for everybody. sales_date: month
    of the newest fact of sales. coming: None where nothing is known to come.
    """

    at: datetime
    rules: RulesSaid | None
    log: InLog | None
    stage: StageSaid | None
    sales_date: str | None
    coming: Coming | None
    sea: Holds | None
    countries: tuple[CountryHolds, ...]
    areas: tuple[AreaHolds, ...]
    regions: tuple[RegionHolds, ...]


@dataclass(frozen=True)
class OutlineSaid:
    """What an outline is of, and how exact it is.

    No point of the whole line lies farther than tolerance_deg from the one that is shown, but for islands
    smaller than that, which are left out. sea: whether the open sea is in it, which is not drawn. own_lines:
    whether it is other than whole countries.
    """

    name: str
    kind: Kind
    disputed: bool
    claimants: tuple[str, ...]
    sea: bool
    vertices: int
    vertices_shown: int
    parts: int
    parts_shown: int
    tolerance_deg: float
    own_lines: bool


@dataclass(frozen=True)
class MultiPolygon:
    """Polygons as GeoJSON has them: longitude, latitude in degrees, cut at the antimeridian."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[list[list[float]]]]


@dataclass(frozen=True)
class Outline:
    """A feature of GeoJSON; geometry: None where there is nothing to draw."""

    type: Literal["Feature"]
    geometry: MultiPolygon | None
    properties: OutlineSaid


@dataclass(frozen=True)
class Outlines:
    """The regions and disputed areas of the rules in force."""

    type: Literal["FeatureCollection"]
    features: tuple[Outline, ...]


@dataclass(frozen=True)
class EventSaid(Event):
    """An event, and where its entry is read."""

    page: str


@dataclass(frozen=True)
class SpanSaid(Span):
    """A span, and where its entry is read; None without a log."""

    page: str | None


@dataclass(frozen=True)
class History:
    """The time line of a region. log: its name, None where rules were read from a file.

    current: whether the rules in force have it. left_out: how many older spans and events are not told.
    """

    region: str
    log: str | None
    at: datetime
    current: bool
    spans: tuple[SpanSaid, ...]
    events: tuple[EventSaid, ...]
    left_out: int
