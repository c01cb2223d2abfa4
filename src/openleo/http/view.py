"""The page's data: a stored run or the live twin, slot by slot; arrays as binary, the rest as JSON.

Binary answers are little-endian. With `?key=` of the view they may be kept for good; another key than the
server's is refused, since the run is another now.
"""

from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import TypeAdapter

from openleo.http.callers import Anyone, Known
from openleo.http.problems import Problem
from openleo.http.public import Latitude, Longitude
from openleo.http.site import takes_gzip
from openleo.operate.view.answers import At, FoundAll, Ground, Satellite, Satellites, View
from openleo.operate.view.page import Packed, Page

router = APIRouter(dependencies=[Known])

SMALLEST: Final = 1000
"""Answers of fewer bytes are not compressed."""
FOR_GOOD: Final = "public, max-age=31536000, immutable"

_ADAPTERS: Final = {
    kind: TypeAdapter[Any](kind) for kind in (View, Satellites, Ground, Satellite, At, FoundAll)
}

_binary: Any = {
    "tags": ["page"],
    "dependencies": [Anyone],
    "response_class": Response,
    "responses": {
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    },
}
_json: Any = {"tags": ["page"], "dependencies": [Anyone]}

Slot = Annotated[int, Path(ge=0, le=2**31 - 1, description="number of a slot of the view, from 0")]
Catalogue = Annotated[int, Path(ge=0, le=2**53, description="catalogue number")]
FieldName = Annotated[str, Path(pattern="^[a-z_]{1,40}$", description="of a field of the view")]
Key = Annotated[
    str | None, Query(pattern="^[0-9a-f]{1,64}$", description="of the view that the caller knows")
]
Words = Annotated[str, Query(max_length=100, description="a town, a point, a satellite, a region ...")]
Most = Annotated[int, Query(ge=1, le=50)]


@router.get("/v1/view", response_model=View, **_json)
def view(request: Request) -> Response:
    """What the page looks at: a stored run, the live twin or nothing; its fields, and its elements' age.

    `details` says whether satellites and places can be answered for; `key` is another whenever run, world or
    rules are.
    """
    return _said(request, View, _page(request).view())


@router.get("/v1/view/satellites", response_model=Satellites, **_json)
def satellites(request: Request, key: Key = None) -> Response:
    """The satellites of the view by number, name, class and shell, in the order of their positions."""
    page = _known(request, key)
    return _said(request, Satellites, page.satellites(), key)


@router.get("/v1/view/cells", **_binary)
def cells(request: Request, key: Key = None) -> Response:
    """The cells of the view: centres, corners and ids.

    C times longitude and latitude (float32, degrees), then C times six corners as differences of longitude
    and latitude from the centre (int16, in `cell_scale_deg`), counter-clockwise, of which a pentagon repeats
    the last, then C ids (uint64).
    """
    page = _known(request, key)
    return _bytes(request, page.cells(), key)


@router.get("/v1/view/slots/{slot}/positions", **_binary)
def positions(request: Request, slot: Slot, key: Key = None) -> Response:
    """Where the satellites stand at the beginning of a slot: S times x, y, z (float32, ECEF km); NaN: lost.

    The number of slots itself is allowed: the end of the last.
    """
    page = _known(request, key)
    return _bytes(request, page.positions(slot), key)


@router.get("/v1/view/slots/{slot}/fields/{name}", **_binary)
def field(request: Request, slot: Slot, name: FieldName, key: Key = None) -> Response:
    """A field over the cells in a slot: C float32, NaN for none; of words, C uint16, 65535 for none."""
    page = _known(request, key)
    return _bytes(request, page.field(slot, name), key)


@router.get("/v1/view/slots/{slot}/ground", response_model=Ground, **_json)
def ground(request: Request, slot: Slot) -> Response:
    """Gateways and PoPs in a slot, and what they carry."""
    return _said(request, Ground, _page(request).ground(slot))


@router.get("/v1/view/slots/{slot}/satellites/{number}", response_model=Satellite, **_json)
def satellite(request: Request, slot: Slot, number: Catalogue) -> Response:
    """One satellite in a slot: its place, load, footprint, cells, ISLs, gateway and track."""
    return _said(request, Satellite, _page(request).satellite(slot, number))


@router.get("/v1/view/slots/{slot}/at", response_model=At, **_json)
def at(request: Request, slot: Slot, lat: Latitude, lon: Longitude) -> Response:
    """Why a place is served in a slot or is not, by the plan and by the rules: what `openleo why` answers."""
    return _said(request, At, _page(request).at(slot, lat, lon))


@router.get("/v1/search", response_model=FoundAll, **_json)
def search(request: Request, q: Words, limit: Most = 8) -> Response:
    """Towns, points, satellites by name or number, gateways, PoPs, regions and countries of some words."""
    return _said(request, FoundAll, _page(request).search(q, limit))


def _page(request: Request) -> Page:
    return cast(Page, request.app.state.page)


def _known(request: Request, key: str | None) -> Page:
    """What the page looks at; raises Problem where the caller knows another."""
    page = _page(request)
    if key is not None and key != page.key:
        raise Problem("conflict", "the run is another now: ask for /v1/view again", "key")
    return page


def _said(request: Request, kind: type[Any], value: Any, key: str | None = None) -> Response:
    """A record as JSON: without this, FastAPI would walk through it three times."""
    return _bytes(request, Packed(_ADAPTERS[kind].dump_json(value, by_alias=True)), key, "application/json")


def _bytes(
    request: Request, body: Packed, key: str | None, media_type: str = "application/octet-stream"
) -> Response:
    """An answer, compressed where the caller takes it; kept for good where it names the key.

    The key is looked at once more: what was made while run or rules became others may be of either.
    """
    _known(request, key)
    headers = {"cache-control": FOR_GOOD if key is not None else "no-cache", "vary": "accept-encoding"}
    if len(body) < SMALLEST or not takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(bytes(body), headers=headers, media_type=media_type)
    return Response(body.gzipped, headers=headers | {"content-encoding": "gzip"}, media_type=media_type)
