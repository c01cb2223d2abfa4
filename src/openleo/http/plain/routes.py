"""Where the plain pages are. Their addresses hold questions alone: a GET changes nothing.

`text` in a path is any text, as names of regions may be: http/availability.py says so.
"""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from openleo.http.callers import Anyone
from openleo.http.plain import network, place, reports, rules, start
from openleo.http.plain.look import PATH, Look
from openleo.http.problems import Problem

router = APIRouter(include_in_schema=False, dependencies=[Anyone])
_page: Final[dict[str, Any]] = {"response_class": Response}


@router.get(PATH, **_page)
def first(request: Request) -> Response:
    """What this server shows, and the form for a question."""
    return start.start(Look.of(request))


@router.get(PATH + "/place", **_page)
def of_place(request: Request) -> Response:
    """Whether a place is served, by what, and if not, why and by whose decision."""
    return place.place(Look.of(request))


@router.get(PATH + "/availability", **_page)
def availability(request: Request) -> Response:
    """What holds in each country and region."""
    return rules.availability(Look.of(request))


@router.get(PATH + "/country/{code:text}", **_page)
def country(request: Request, code: str) -> Response:
    """What holds in each part of a country, and who decided that."""
    return rules.country(Look.of(request), code)


@router.get(PATH + "/area/{name:text}", **_page)
def area(request: Request, name: str) -> Response:
    """What holds in an area for which a country code is not enough."""
    return rules.area(Look.of(request), name)


@router.get(PATH + "/region/{name:text}", **_page)
def region(request: Request, name: str) -> Response:
    """What a region says, by whose decision, and since when."""
    return rules.region(Look.of(request), name)


@router.get(PATH + "/satellites", **_page)
def satellites(request: Request) -> Response:
    """The satellites by number."""
    return network.satellites(Look.of(request))


@router.get(PATH + "/satellite/{number}", **_page)
def satellite(request: Request, number: str) -> Response:
    """One satellite."""
    return network.satellite(Look.of(request), number)


@router.get(PATH + "/ground", **_page)
def ground(request: Request) -> Response:
    """Gateways and PoPs."""
    return network.ground(Look.of(request))


@router.get(PATH + "/slots", **_page)
def slots(request: Request) -> Response:
    """The slots in figures."""
    return network.slots(Look.of(request))


@router.get(PATH + "/reasons", **_page)
def reasons(request: Request) -> Response:
    """Every reason for a refusal."""
    return rules.reasons(Look.of(request))


@router.get(PATH + "/reports", **_page)
def of_reports(request: Request) -> Response:
    """What others say happened: the cases."""
    return reports.cases(Look.of(request))


@router.get(PATH + "/reports/{case:text}", **_page)
def of_case(request: Request, case: str) -> Response:
    """A case of reports, claim by claim."""
    return reports.case(Look.of(request), case)


@router.get(PATH + "/{rest:text}", **_page)
def unknown(request: Request, rest: str) -> Response:
    """There is no other plain page."""
    raise Problem("not-found", Look.of(request).say("plain.trouble.page", path=rest[:200]), "path")
