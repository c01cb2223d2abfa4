"""What anyone may ask: regions, what holds at a point, reasons, rules, published figures, health."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from openleo.errors import InputError
from openleo.http.callers import Anyone, Known, controller_of, keys_of
from openleo.http.entries import stands
from openleo.http.metrics import MEDIA_TYPE
from openleo.http.problems import Problem, invalid, outwards
from openleo.ledger.errors import LedgerError
from openleo.service.figures import FEWEST
from openleo.service.reasons import WORDING, Reason
from openleo.service.records import instant, microseconds
from openleo.service.rulefile import Region
from openleo.service.terms import LIMITS

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

router = APIRouter(dependencies=[Known])
_open: Any = {"tags": ["public"], "dependencies": [Anyone]}

Latitude = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
At = Annotated[datetime | None, Query(description="ISO 8601, UTC unless it says otherwise; now without one")]
Day = Annotated[date | None, Query(description="ISO 8601, UTC")]
RegionName = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.get("/v1/regions", **_open)
def regions(request: Request) -> dict[str, Any]:
    """The regions of the rules in force, in words, with their decisions."""
    rules = controller_of(request).rules
    if rules is None:
        return {"regions": [], "elsewhere": None}
    return {
        "regions": [_region(each) for each in rules.regions],
        "elsewhere": {
            "licence": rules.elsewhere.licence,
            "service": rules.elsewhere.service,
            "decision": rules.elsewhere.decision,
        },
    }


@router.get("/v1/regions/at", **_open)
def region_at(request: Request, lat: Latitude, lon: Longitude, at: At = None) -> dict[str, Any]:
    """What holds at a point: country or area with its claimants, licence, service, sales, and who says so.

    By the rules of that time where a log says which held, else by those in force now; `log` has the entry
    that brought them and since when they hold, null where they were read from a file.
    """
    controller = controller_of(request)
    now_us = controller.now_us()
    time = known(at) or instant(now_us)
    assert time is not None
    at_us = now_us if at is None else microseconds(time)
    then = rules_then(request, at_us)
    rules, stood_us = (then, at_us) if then is not None else (controller.rules, now_us)
    if rules is None:
        raise Problem("unavailable", "no rules are in force")
    found = rules.at(lat, lon, time)
    return {
        "lat_deg": found.lat_deg,
        "lon_deg": found.lon_deg,
        "at": found.time,
        "country": found.country or None,
        "base_map": found.base or None,
        "area": found.area or None,
        "area_kind": found.kind or None,
        "claimants": found.claimants,
        "area_source": found.source or None,
        "licence": found.licence.name.lower(),
        "licence_ground": found.licence_ground or None,
        "service": found.service.name.lower(),
        "sales": found.sales,
        "sales_date": found.sales_date or None,
        "lists": found.lists,
        "limits": dict(found.limits),
        "motion": found.motion,
        "usage": found.usage,
        "prohibited_uses": found.prohibited_uses,
        "sold_in": found.sold_in,
        "landing": found.landing,
        "deny_emergency": found.deny_emergency,
        "coast_km": None if found.coast_km is None else round(found.coast_km, 3),
        "regions": found.regions,
        "said": [
            {
                "topic": each.topic,
                "value": each.value,
                "region": each.region or None,
                "decision": each.decision,
            }
            for each in found.said
        ],
        "rules": rules.digest,
        "log": stands(
            request, rules.digest, stood_us, controller.in_force.at(now_us).size if at is None else None
        ),
    }


@router.get("/v1/reasons", **_open)
def reasons() -> dict[str, Any]:
    """Every reason with its number, its text, and where to appeal."""
    return {
        "reasons": [
            {
                "number": int(reason),
                "name": reason.name.lower(),
                "text": WORDING[reason].en,
                "text_fr": WORDING[reason].fr,
                "appeal": WORDING[reason].appeal,
            }
            for reason in Reason
        ]
    }


@router.get("/v1/rules", **_open)
def rules(request: Request) -> dict[str, Any]:
    """Which rules are in force, and since when; the key by which terminals know this server."""
    return {
        "rules": controller_of(request).health()["rules"],
        "server_key": keys_of(request).public_key,
    }


@router.get("/v1/figures", **_open)
def figures(
    request: Request, since: Day = None, until: Day = None, region: RegionName = None
) -> dict[str, Any]:
    """Figures by region and day; counts under 10 are not shown. Thirty days up to today without dates."""
    if since is not None and until is not None and since > until:
        raise invalid([{"field": "since", "detail": "is after until"}])
    found = controller_of(request).published.between(since, until, region)
    return {"fewest": FEWEST, "figures": [asdict(each) for each in found]}


@router.get("/healthz", tags=["server"])
def health(request: Request, response: Response) -> dict[str, Any]:
    """Whether the server can decide and store; 503 where it cannot."""
    controller = controller_of(request)
    fault = controller.fault()
    if fault:
        raise Problem("unavailable", outwards(fault))
    response.headers["cache-control"] = "no-store"
    held = controller.health()
    return {"status": "ok"} | {name: held[name] for name in ("terminals", "rules", "live")}


@router.get("/metrics", tags=["server"], response_class=Response)
def metrics(request: Request) -> Response:
    """What the server counts of itself, as Prometheus reads it."""
    return Response(request.app.state.metrics.page(), media_type=MEDIA_TYPE)


def rules_then(request: Request, at_us: int) -> "RuleSet | None":
    """The rules that hold at an instant; a problem where those of the past cannot be read any more."""
    try:
        return controller_of(request).in_force.rules_at(at_us)
    except (LedgerError, InputError):
        detail = "the rules that held then cannot be read from this server's copy of the log"
        raise Problem("unavailable", detail, "at") from None


def _region(each: Region) -> dict[str, Any]:
    """A region as its rule file has it: what it says, without outlines."""
    return {
        "name": each.name,
        "decision": each.decision,
        "countries": each.countries,
        "areas": each.areas,
        "sea": each.sea,
        "licence": each.licence or None,
        "licence_ground": each.licence_ground or None,
        "service": each.service or None,
        "sales": each.sales or None,
        "lists": each.lists,
        "motion": each.motion,
        "usage": each.usage,
        "prohibited_uses": each.prohibited_uses,
        "sold_in": each.sold_in,
        "landing": each.landing,
        "limits": {name: getattr(each, name) for name in LIMITS if isfinite(getattr(each, name))},
        "deny_emergency": each.deny_emergency,
        "begins": each.begins,
        "ends": each.ends,
        "hours": each.hours,
    }


def known(at: datetime | None) -> datetime | None:
    """A time with its offset: UTC where it has none."""
    if at is None or at.tzinfo is not None:
        return at
    return at.replace(tzinfo=UTC)
