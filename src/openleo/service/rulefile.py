"""What a rule file says: its tables as frozen dataclasses, each key with meaning, unit, range and default.

A rule file is TOML. What its keys mean for a place stands in `regions`; this module only reads them and
checks what one table can say of itself. Nothing said is the empty text, the empty list or infinity.
"""
# ruff: noqa: RUF009 - `key` declares a field, as dataclasses.field does

import math
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

from openleo import places
from openleo.errors import InputError
from openleo.formats.toml import Attribute, attributes, key
from openleo.service.charter import BEGINNING as BEGINNING
from openleo.service.charter import END as END
from openleo.service.charter import Approver, Governance, Party, check_charter

_INVENTED = re.compile("Q[M-Z]")  # user-assigned alpha-2 codes of ISO 3166-1
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

Sales = Literal["", "available", "waitlist", "coming soon", "not offered", "decided by area", "unknown"]


@dataclass(frozen=True)
class Elsewhere:
    """[elsewhere]: what holds where no region says anything."""

    licence: Literal["licensed", "pending", "none", "prohibited"] = key(
        "what the authority says; none unless a rule says otherwise", default="none"
    )
    service: Literal["on", "off", "emergency"] = key("whether the network serves", default="on")
    decision: str = key("one sentence: by what decision", default="No rule grants a licence here.")


@dataclass(frozen=True)
class Effects:
    """[effects]: what a kind of finding brings about by itself; empty: it is evidence for people, no more.

    It acts at the check-in that shows it. Resale has none: it speaks of a seller, not of a terminal.
    """

    drone: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "speed and height out of the terminal's class", default=""
    )
    clone: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "one identity at two places", default="refuse"
    )
    impossible_travel: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "faster between two check-ins than anything travels", default=""
    )
    location_refuted: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "the sky contradicts the reported position", default=""
    )
    uncertain: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "the error circle lies over a line at which rules change", default=""
    )
    stay_abroad: Literal["", "refuse", "emergency", "walled", "limited"] = key(
        "long outside the country of the service address", default=""
    )


@dataclass(frozen=True)
class Territory:
    """[[territories]]: an invented country, for worlds that are fiction."""

    code: str = key("QM to QZ, which ISO 3166-1 leaves to users")
    name: str = key("what people call it")
    polygon: str = key("GeoJSON file of its land; it may touch no land of the base map")

    def __post_init__(self) -> None:
        if not _INVENTED.fullmatch(self.code):
            raise InputError(f"code: {self.code!r} given; a code of an invented country is QM to QZ")


@dataclass(frozen=True)
class ServicePlan:
    """[[plans]]: what an account has bought."""

    name: str = key("of the plan")
    rate_mbps: float = key("greatest rate", default=math.inf, unit="Mbit/s", above=0.0)
    quota_mb: float = key("traffic a month", default=math.inf, unit="MB", low=0.0)
    over_quota: Literal["limited", "walled", "refuse"] = key("what is left beyond it", default="limited")
    limited_mbps: float = key("rate beyond the quota", default=1.0, unit="Mbit/s", above=0.0)
    address_km: float = key(
        "greatest distance from the service address", default=math.inf, unit="km", low=0.0
    )
    roaming_days: float = key(
        "longest stay outside the country of the service address", default=math.inf, unit="d", low=0.0
    )
    at_sea: bool = key("whether it holds at sea", default=False)
    motion: tuple[Literal["fixed", "portable", "vehicle", "vessel", "aircraft"], ...] = key(
        "motion classes that may have it; none given: any", default=()
    )
    max_speed_kmh: float = key("greatest speed", default=math.inf, unit="km/h", low=0.0)


@dataclass(frozen=True)
class AccessList:
    """[[lists]]: a list of terminals; who is on it stands in the register."""

    name: str = key("of the list")
    custodian: str = key("who keeps it: the operator, or an outside authority")
    custodian_key: str = key("Ed25519 public key of an outside custodian, 64 hex digits", default="")

    def __post_init__(self) -> None:
        if self.custodian_key and not re.fullmatch("[0-9a-fA-F]{64}", self.custodian_key):
            raise InputError(f"custodian_key: {self.custodian_key!r} given; 64 hex digits are allowed")


@dataclass(frozen=True)
class Band:
    """band = {...}: all that lies within a distance of a line, on both sides of it."""

    line: Literal["", "coast", "border"] = key(
        "coast: where land meets sea; border: where it meets other land", default=""
    )
    countries: tuple[str, ...] = key("whose line: codes or names", default=())
    polygon: str = key(
        "GeoJSON file: without countries its own outline is the line; with them, the line inside it",
        default="",
    )
    width_km: float = key("greatest distance from the line", default=0.0, unit="km", low=0.0, high=2000.0)

    def __post_init__(self) -> None:
        if not self.line:
            if self.countries or self.polygon or self.width_km:
                raise InputError('line: is missing; "coast" or "border" is needed')
            return
        if self.width_km <= 0.0:
            raise InputError(f"width_km: {self.width_km:g} given; a number above 0 is needed")
        if not (self.countries or self.polygon):
            raise InputError("countries: is missing; a band needs countries or a polygon")
        if self.line == "border" and not self.countries:
            raise InputError("countries: is missing; a border is that of countries")


@dataclass(frozen=True)
class Region:
    """[[regions]]: a place, and what holds there."""

    name: str = key("what people call it")
    decision: str = key("one sentence: by what decision, whose, and since when")
    countries: tuple[str, ...] = key("where: countries and territories by code or name", default=())
    areas: tuple[str, ...] = key("where: disputed areas by name; a licence there must name them", default=())
    polygon: str = key("where: a GeoJSON file", default="")
    cells: tuple[str, ...] = key("where: H3 cells, of any resolution, as hex text", default=())
    sea: bool = key("where: all sea farther than the coast tolerance from land", default=False)
    band: Band = key("where: a strip along a coast or border", default=Band())
    minus: tuple[str, ...] = key("regions that are taken out of it, by name", default=())
    licence: Literal["", "licensed", "pending", "none", "prohibited"] = key(
        "what the authority there says; empty: this region says nothing of it", default=""
    )
    licence_ground: str = key("why, such as a bar on foreign operators", default="")
    licence_in: tuple[str, ...] = key(
        "disputed areas in which the licence holds too, as far as the region reaches", default=()
    )
    service: Literal["", "on", "off", "listed", "emergency"] = key(
        "whether the network serves; listed: only terminals on one of `lists`", default=""
    )
    lists: tuple[str, ...] = key("for service listed: a terminal is on one of these", default=())
    sales: Sales = key("what a map of sales shows, where the table of facts is not meant", default="")
    motion: tuple[Literal["fixed", "portable", "vehicle", "vessel", "aircraft"], ...] = key(
        "motion classes allowed; none given: any", default=()
    )
    usage: tuple[Literal["civil", "humanitarian", "emergency", "government", "defence"], ...] = key(
        "usage classes allowed; none given: any", default=()
    )
    prohibited_uses: tuple[str, ...] = key("declared uses that are prohibited", default=())
    sold_in: tuple[str, ...] = key("countries of sale allowed, by code or name; none given: any", default=())
    max_speed_kmh: float = key("greatest speed", default=math.inf, unit="km/h", low=0.0)
    max_altitude_m: float = key("greatest height above ground", default=math.inf, unit="m", low=0.0)
    max_coast_km: float = key("greatest distance from the coast", default=math.inf, unit="km", low=0.0)
    rate_mbps: float = key("greatest rate", default=math.inf, unit="Mbit/s", above=0.0)
    landing: tuple[str, ...] = key(
        "countries in which traffic may reach the ground; none given: any", default=()
    )
    deny_emergency: bool = key("whether even a distress call is refused", default=False)
    begins: datetime = key("from when on it holds", default=BEGINNING)
    ends: datetime = key("until when, that instant not included", default=END)
    hours: tuple[str, ...] = key(
        'daily hours (UTC) within these, such as "06:00-18:00"; may run over midnight; none given: all day',
        default=(),
    )

    def __post_init__(self) -> None:
        if not (self.countries or self.areas or self.polygon or self.cells or self.sea or self.band.line):
            raise InputError(
                f"region {self.name!r} covers nothing: give countries, areas, polygon, cells, sea or band"
            )
        if self.begins >= self.ends:
            raise InputError(
                f"ends: {self.ends:%Y-%m-%dT%H:%MZ} given; it is after begins ({self.begins:%Y-%m-%dT%H:%MZ})"
            )
        if (self.service == "listed") != bool(self.lists):
            missing = "lists: is missing; service listed needs one or more" if not self.lists else (
                f'lists: given with service "{self.service}"; they need service = "listed"'
            )  # fmt: skip
            raise InputError(missing)
        if self.licence_ground and not self.licence:
            raise InputError("licence_ground: given without licence")
        if self.licence_in and self.licence != "licensed":
            raise InputError('licence_in: given without licence = "licensed"')
        self.spans_min()

    def spans_min(self) -> tuple[tuple[int, int], ...]:
        """Its daily hours as minutes after midnight, (from, to) with from < to; the whole day without any.

        Raises InputError where hours are no "HH:MM-HH:MM", empty, or overlap.
        """
        if not self.hours:
            return ((0, 1440),)
        spans = []
        for i, text in enumerate(self.hours):
            found = _HOURS.fullmatch(text)
            first, last = (
                (60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])) if found else (0, 0)
            )
            if first == last or last > 1440:
                raise InputError(
                    f'hours[{i}]: {text!r} given; two times of day are allowed, such as "06:00-18:00"'
                )
            spans += [(first, last)] if first < last else [(first, 1440), *([(0, last)] if last else [])]
        spans.sort()
        for (_, end), (begin, _) in pairwise(spans):
            if begin < end:
                raise InputError(f"hours: {', '.join(self.hours)} given; they may not overlap")
        return tuple(spans)


@dataclass(frozen=True)
class RuleFile:
    """The first lines of a rule file, and its tables."""

    name: str = key("of the rule set")
    version: int = key("counts up with each change", default=1, low=0)
    title: str = key("one line for people", default="")
    coast_tolerance_km: float = key(
        "water so near to land belongs to that land", default=places.COAST_TOLERANCE_KM, unit="km",
        low=0.0, high=25.0,
    )  # fmt: skip
    border_tolerance_km: float = key(
        "by how much a border of the base map may be off; widens a reported accuracy there",
        default=places.BORDER_TOLERANCE_KM, unit="km", low=0.0, high=25.0,
    )  # fmt: skip
    grant_s: float = key("longest grant", default=300.0, unit="s", above=0.0, high=86_400.0)
    hold_s: float = key(
        "how long what held goes on while the location is uncertain", default=60.0, unit="s", low=0.0,
        high=86_400.0,
    )  # fmt: skip
    max_accuracy_km: float = key(
        "a position known no better is no position", default=10.0, unit="km", above=0.0, high=1000.0
    )
    clock_s: float = key(
        "tolerated error of a terminal's clock", default=300.0, unit="s", low=0.0, high=86_400.0
    )
    late_s: float = key(
        "by how much a check-in may be older than the one before it", default=0.0, unit="s", low=0.0,
        high=86_400.0,
    )  # fmt: skip
    oldest_version: int = key(
        "oldest version of a terminal's software that is served", default=0, low=0, high=2**31 - 1
    )
    retry_s: float = key(
        "after a refusal: ask again no earlier", default=3600.0, unit="s", low=0.0, high=31 * 86_400.0
    )
    elsewhere: Elsewhere = key("[elsewhere]", default=Elsewhere())
    effects: Effects = key("[effects]", default=Effects())
    territories: tuple[Territory, ...] = key("[[territories]]: invented countries", default=())
    plans: tuple[ServicePlan, ...] = key("[[plans]]: what accounts have bought", default=())
    lists: tuple[AccessList, ...] = key("[[lists]]: lists of terminals", default=())
    regions: tuple[Region, ...] = key("[[regions]]: places, and what holds there", default=())
    governance: Governance = key("[governance]: how it may be changed", default=Governance())
    approvers: tuple[Approver, ...] = key("[[approvers]]: who may approve changes", default=())
    parties: tuple[Party, ...] = key("[[parties]]: who is told of changes", default=())

    def __post_init__(self) -> None:
        for kind, names in (
            ("territories", [each.code for each in self.territories]),
            ("plans", [each.name for each in self.plans]),
            ("lists", [each.name for each in self.lists]),
            ("regions", [each.name for each in self.regions]),
        ):
            before: set[str] = set()
            for i, name in enumerate(names):
                if not name or name in before:
                    why = "stands twice" if name else "is empty"
                    raise InputError(f"{kind}[{i}]: the name {name!r} {why}; each needs its own")
                before.add(name)
        if len(self.lists) > 64:
            raise InputError(f"lists: {len(self.lists)} given; at most 64 are allowed")
        check_charter(self.governance, self.approvers, self.parties, [region.name for region in self.regions])

    @property
    def outlines(self) -> dict[str, str]:
        """The GeoJSON files that it names, by the key that names one."""
        given = {f"territories[{i}].polygon": each.polygon for i, each in enumerate(self.territories)}
        for r, region in enumerate(self.regions):
            given[f"regions[{r}].polygon"] = region.polygon
            given[f"regions[{r}].band.polygon"] = region.band.polygon
        return {name: file for name, file in given.items() if file}


def sections() -> dict[str, list[Attribute]]:
    """The table of attributes of a rule file, section by section: what feeds the checks, and the docs."""
    tables: dict[str, type[Any]] = {
        "": RuleFile, "elsewhere": Elsewhere, "effects": Effects, "territories": Territory,
        "plans": ServicePlan, "lists": AccessList, "regions": Region, "regions.band": Band,
        "governance": Governance, "approvers": Approver, "parties": Party,
    }  # fmt: skip
    return {name: attributes(cls) for name, cls in tables.items()}
