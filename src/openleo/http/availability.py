"""The public map over HTTP: what holds in each country, area and region, where it is, and its history."""

import gzip
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter
from starlette.convertors import StringConvertor, register_url_convertor

from openleo.http.availability_answers import (
    Availability,
    Coming,
    EventSaid,
    History,
    InLog,
    MultiPolygon,
    Outline,
    Outlines,
    OutlineSaid,
    RulesSaid,
    SpanSaid,
    StageSaid,
)
from openleo.http.callers import Anyone, Known, controller_of
from openleo.http.entries import Language, stands
from openleo.http.problems import Problem, invalid
from openleo.http.public import At, known, rules_then
from openleo.http.site import takes_gzip
from openleo.kept import Kept
from openleo.service.availability import Map, is_disputed, map_of, map_without_rules
from openleo.service.governance.regional import Ground as Place
from openleo.service.governance.regional import regions_of
from openleo.service.governance.spans import line_of_file, line_of_log
from openleo.service.outlines import Ground, Kind, drawn, geojson
from openleo.service.rulefile import Region
from openleo.service.terms import NEVER_US

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

V = TypeVar("V")


class _AnyText(StringConvertor):
    """A name as rule files may have it: with slashes and line ends."""

    regex = r"[\s\S]+"


register_url_convertor("text", _AnyText())

router = APIRouter(dependencies=[Known])
_open: Any = {"tags": ["public"], "dependencies": [Anyone]}

MOST_ALONE: Final = 12_000
"""Points of one outline, unless the whole is asked for."""
MOST_TOGETHER: Final = 1_500
"""Points of each outline where all are given."""
SMALL: Final = 1000
"""Answers of fewer bytes are not compressed."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Name = Annotated[
    str, Path(max_length=2000, description="of a region, an area or a country, as rules have it")
]
Sort = Annotated[Kind, Query(description="what the name is of; a country by its code, or its name")]
Whole = Annotated[bool, Query(description="all points, however many")]


class GeoJSON(Response):
    """An answer as RFC 7946 has it."""

    media_type = "application/geo+json"


@router.get("/v1/availability", response_model=Availability, **_open)
def availability(request: Request, at: At = None) -> Response:
    """What holds in each country, disputed area and region: licence, service, sales, and a state for a map.

    Of a country, what holds in the largest part of its land; `mixed` where parts differ, with their shares.
    The state is by precedence: no licence, service off (or not for the public), then the sales state.
    """
    found = availability_of(request, _instant(request, at))
    return _answer(request, _adapter(Availability).dump_json(found), "application/json")


@router.get("/v1/outlines", response_model=Outlines, response_class=GeoJSON, **_open)
def outlines(request: Request) -> Response:
    """Where the regions of the rules in force are, and disputed areas, simplified for a map of the world.

    Regions of whole countries, and of the open sea alone, have no lines of their own and are left out.
    """
    rules = _in_force(request)

    def made() -> bytes:
        found = [
            _outline(rules, "region", r, MOST_TOGETHER)
            for r, region in enumerate(rules.regions)
            if _has_lines(region)
        ]
        found += [_outline(rules, "area", a, MOST_TOGETHER) for a in range(len(rules.division.areas))]
        return _adapter(Outlines).dump_json(Outlines("FeatureCollection", tuple(found)))

    return _answer(request, _bodies.get((rules.digest, "all"), made), GeoJSON.media_type)


@router.get("/v1/regions/{name:text}/outline", response_model=Outline, response_class=GeoJSON, **_open)
def outline(request: Request, name: Name, kind: Sort = "region", whole: Whole = False) -> Response:
    """Where a region is, or a disputed area, or a country: simplified, and it says how far, or `whole`."""
    rules = _in_force(request)
    division = rules.division
    names: dict[str, tuple[str, ...]] = {
        "region": tuple(each.name for each in rules.regions),
        "area": tuple(each.name for each in division.areas),
        "country": division.country_names,
    }
    index = _index(name, names[kind])
    if index is None and kind == "country":  # by its name instead of its code
        index = _index(name, tuple(each.name for each in _map(rules, _instant(request, None)).countries))
    if index is None:
        raise Problem("not-found", f"the rules in force have no {kind} of this name", "name")
    most = 0 if whole else MOST_ALONE

    def made() -> bytes:
        return _adapter(Outline).dump_json(_outline(rules, kind, index, most))

    key = (rules.digest, kind, index, most)
    return _answer(request, _bodies.get(key, made), GeoJSON.media_type)


@router.get("/v1/regions/{name:text}/history", response_model=History, **_open)
def history(request: Request, name: Name, lang: Language = "en") -> Response:
    """What rules said of a region from when until when, and requests, answers, approvals and emergencies."""
    found = history_of(request, name, "fr" if lang == "fr" else "en")
    return _answer(request, _adapter(History).dump_json(found), "application/json")


# ------------------------------------------------------------------ what is answered


def availability_of(request: Request, at_us: int | None = None) -> Availability:
    """What holds at an instant (us since 1970, UTC), now without one; the map of it is worked out once.

    Raises Problem where the rules that held then cannot be read.
    """
    at_us = controller_of(request).now_us() if at_us is None else at_us
    rules, until_us = _holding(request, at_us)
    held = map_without_rules() if rules is None else _map(rules, at_us)
    dates = [each.holds.sales_date or "" for each in held.countries]
    said = None if rules is None else stands(request, rules.digest, at_us, None)
    return Availability(
        at=_moment(at_us),
        rules=None if rules is None else RulesSaid(rules.name, rules.file.title, rules.version, rules.digest),
        log=None if said is None else InLog(said["entry"], said["change"], said["kind"], said["page"]),
        stage=_stage(request, at_us), sales_date=max(dates, default="") or None,
        coming=_coming(request, held, until_us), sea=held.sea, countries=held.countries, areas=held.areas,
        regions=held.regions,
    )  # fmt: skip


def history_of(request: Request, name: str, language: Literal["en", "fr"]) -> History:
    """The time line of a region by the log or the rules in force; raises Problem for one that neither has."""
    controller = controller_of(request)
    rules, now_us = controller.rules, controller.now_us()
    region = next((each for each in rules.regions if each.name == name), None) if rules is not None else None
    enforcement = controller.in_force.enforcement
    record = enforcement.record if enforcement is not None else None
    if enforcement is not None and record is not None:
        if name not in regions_of(record):
            raise Problem("not-found", "no rules of this log ever had a region of this name", "name")
        key = (record.origin, record.size, id(record), name)
        line = line_of_log(_places.get(key, lambda: Place(record, name)), now_us / 1e6, language)
        log = record.origin
    elif region is not None:
        line, log = line_of_file(region, now_us / 1e6, language), None
    else:
        raise Problem("not-found", "the rules in force have no region of this name", "name")
    return History(
        name, log, _moment(now_us), region is not None,
        tuple(
            SpanSaid(**vars(each), page=None if each.entry is None else f"/log/{each.entry}")
            for each in line.spans
        ),
        tuple(EventSaid(**vars(each), page=f"/log/{each.entry}") for each in line.events),
        line.left_out,
    )  # fmt: skip


# ------------------------------------------------------------------ which rules, when


def _instant(request: Request, at: datetime | None) -> int:
    """The instant that is asked about, now without one; raises Problem for one that rules do not reach."""
    if at is None:
        return controller_of(request).now_us()
    try:
        time = (known(at) or at).astimezone(UTC)
    except OverflowError:
        time = _LATEST
    if not _EPOCH < time < _LATEST:
        raise invalid([{"field": "at", "detail": f"{_EPOCH.year} to {_LATEST.year - 1} is allowed"}])
    return (time - _EPOCH) // _MICROSECOND


def _holding(request: Request, at_us: int) -> "tuple[RuleSet | None, int]":
    """The rules that hold at an instant, in a stage the newer ones, and when something begins or ends next.

    Without a log, those of the file, at any time.
    """
    from openleo.service.regions import in_force

    controller = controller_of(request)
    enforcement = controller.in_force.enforcement
    rules, until_us = rules_then(request, at_us), NEVER_US
    if enforcement is not None:
        until_us = enforcement.next_us(at_us)
    if rules is not None:
        until_us = min(until_us, in_force(rules.regions, at_us)[1])
    return rules, until_us


def _in_force(request: Request) -> "RuleSet":
    rules = controller_of(request).rules
    if rules is None:
        raise Problem("unavailable", "no rules are in force", retry_after_s=10.0)
    return rules


def _stage(request: Request, at_us: int) -> StageSaid | None:
    """In which stage the rules hold, None where they hold for everybody."""
    enforcement = controller_of(request).in_force.enforcement
    standing = enforcement.held(at_us) if enforcement is not None else None
    if standing is None or standing.stage is None:
        return None
    held = standing.held
    share = None if standing.regions else standing.stage.share
    return StageSaid(held.stage + 1, len(held.change.stages), share, standing.regions)


def _coming(request: Request, now: Map, until_us: int) -> Coming | None:
    """When something begins or ends next, and whose state is another then."""
    if until_us >= (_LATEST - _EPOCH) // _MICROSECOND:
        return None
    rules, _ = _holding(request, until_us)
    then = map_without_rules() if rules is None else _map(rules, until_us)

    def states(each: Any) -> Any:
        parts = [(part.share, part.holds) for part in each.parts] or [(1.0, each.holds)]
        return [(share, holds.licence, holds.service, holds.sales) for share, holds in parts]

    def differ(one: Any, other: Any, name: str) -> tuple[str, ...]:
        was = {getattr(each, name): states(each) for each in one}
        will = {getattr(each, name): states(each) for each in other}
        return tuple(each for each in {**was, **will} if was.get(each) != will.get(each))

    return Coming(
        _moment(until_us), differ(now.countries, then.countries, "code"),
        differ(now.areas, then.areas, "name"), differ(now.regions, then.regions, "name"),
    )  # fmt: skip


# ------------------------------------------------------------------ what is worked out once


_grounds: Kept[str, Ground] = Kept(4)
_maps: Kept[Hashable, Map] = Kept(16, at_once=8)
_bodies: Kept[Hashable, bytes] = Kept(64, at_once=4)
_places: Kept[Hashable, Place] = Kept(32, at_once=4)


def _ground(rules: "RuleSet") -> Ground:
    return _grounds.get(rules.digest, lambda: Ground(rules.division))


def _map(rules: "RuleSet", at_us: int) -> Map:
    """The map, which stays as long as the same regions are in force."""
    from openleo.service.regions import in_force

    active, _ = in_force(rules.regions, at_us)
    return _maps.get((rules.digest, active), lambda: map_of(rules, _ground(rules), at_us))


def _has_lines(region: Region) -> bool:
    """Whether a region is other than whole countries."""
    return bool(region.polygon or region.cells or region.band.line or region.areas or region.minus)


def _outline(rules: "RuleSet", kind: Kind, index: int, most: int) -> Outline:
    shape, sea = _ground(rules).shape(kind, index)
    found = drawn(shape, most)
    digits = 6 if found.tolerance_deg == 0.0 else 4
    geometry = None if found.shape is None else MultiPolygon(**geojson(found.shape, digits))
    own, disputed = True, False
    claimants: tuple[str, ...] = ()
    if kind == "region":
        region = rules.regions[index]
        name, own = region.name, _has_lines(region)
    elif kind == "area":
        area = rules.division.areas[index]
        name, disputed, claimants = area.name, is_disputed(area), area.claimants
    else:
        name = rules.division.country_names[index]
    properties = OutlineSaid(
        name, kind, disputed, claimants, sea, found.vertices, found.vertices_shown, found.parts,
        found.parts_shown, found.tolerance_deg, own,
    )  # fmt: skip
    return Outline("Feature", geometry, properties)


def _index(name: str, names: Sequence[str]) -> int | None:
    return names.index(name) if name in names else None


def _moment(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _answer(request: Request, body: bytes, media_type: str) -> Response:
    """An answer that is as good as now, compressed for who takes it."""
    headers = {"cache-control": "no-cache", "vary": "accept-encoding"}
    if len(body) >= SMALL and takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["content-encoding"] = gzip.compress(body, 3, mtime=0), "gzip"
    return Response(body, headers=headers, media_type=media_type)
