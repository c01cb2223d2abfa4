"""What anyone may ask: regions, what holds at a point, reasons, rules, published figures, health."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from openleo.http.callers import Anyone, Known, controller_of, keys_of
from openleo.http.metrics import MEDIA_TYPE
from openleo.http.problems import Problem, invalid
from openleo.service.reasons import WORDING, Reason

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
    return controller_of(request).regions()


@router.get("/v1/regions/at", **_open)
def region_at(request: Request, lat: Latitude, lon: Longitude, at: At = None) -> dict[str, Any]:
    """What holds at a point: country or area with its claimants, licence, service, sales, and who says so."""
    return controller_of(request).standing(lat, lon, known(at))


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
    return controller_of(request).rules_in_force() | {"server_key": keys_of(request).public_key}


@router.get("/v1/figures", **_open)
def figures(
    request: Request, since: Day = None, until: Day = None, region: RegionName = None
) -> dict[str, Any]:
    """Figures by region and day; counts under 10 are not shown. Thirty days up to today without dates."""
    if since is not None and until is not None and since > until:
        raise invalid([{"field": "since", "detail": "is after until"}])
    return controller_of(request).figures(since, until, region)


@router.get("/healthz", tags=["server"])
def health(request: Request, response: Response) -> dict[str, Any]:
    """Whether the server can decide and store; 503 where it cannot."""
    controller = controller_of(request)
    fault = controller.fault()
    if fault:
        raise Problem("unavailable", fault)
    response.headers["cache-control"] = "no-store"
    return {"status": "ok"} | controller.health()


@router.get("/metrics", tags=["server"], response_class=Response)
def metrics(request: Request) -> Response:
    """What the server counts of itself, as Prometheus reads it."""
    return Response(request.app.state.metrics.page(), media_type=MEDIA_TYPE)


def known(at: datetime | None) -> datetime | None:
    """A time with its offset: UTC where it has none."""
    if at is None or at.tzinfo is not None:
        return at
    return at.replace(tzinfo=UTC)
