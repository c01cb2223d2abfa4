"""The desk: as whom one works, the rules that the next change is made for, and what is wrong in others."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import h3
from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints

from openleo.http.callers import Anyone, Body, Holder, Known, controller_of
from openleo.http.messages import moment_of
from openleo.http.problems import Problem
from openleo.http.shown import url_of
from openleo.ledger.errors import LedgerError
from openleo.service.governance.checking import packed, wrong_in
from openleo.service.governance.pack import texts_of, unpack

if TYPE_CHECKING:
    from openleo.service.governance.publishing import Target
    from openleo.service.regions import RuleSet

router = APIRouter(prefix="/v1", dependencies=[Known])

MOST_CELLS: Final = 200
Ids = Annotated[str, Query(pattern="^[0-9a-f]{15,16}(,[0-9a-f]{15,16})*$", max_length=4000)]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class RulesBody(Body):
    """Rules as their file has them, with the GeoJSON files that they name, by name."""

    rules: Annotated[str, StringConstraints(max_length=1 << 24)]
    files: Annotated[dict[FileName, str], Field(max_length=200, default_factory=dict)]


@dataclass(frozen=True)
class Session:
    """As whom one works. ends: of the token. log: where rules come from, None: a file. publishes: whether the
    server may write to that log."""

    role: str
    name: str
    ends: datetime | None
    log: str | None
    publishes: bool


@dataclass(frozen=True)
class RulesText:
    """The rules that a change is made for, as text. in_force: whether they hold now.

    source: the log, or the file that the server was started with.
    """

    rules: str
    files: dict[str, str]
    name: str
    digest: str
    source: str
    in_force: bool


@dataclass(frozen=True)
class CellOutline:
    """An H3 cell: its centre, and its corners as longitude and latitude, counter-clockwise, closed."""

    cell: str
    lat_deg: float
    lon_deg: float
    outline: list[tuple[float, float]]


@dataclass(frozen=True)
class CellOutlines:
    """Cells in the order in which they were asked for."""

    cells: list[CellOutline]


@router.get("/cells", tags=["public"], dependencies=[Anyone])
def cells(request: Request, ids: Ids) -> CellOutlines:
    """Where H3 cells are, for a map: their indices in hexadecimal digits, parted by commas, 200 at most."""
    given = ids.split(",")
    wrong = next((each for each in given if not h3.is_valid_cell(each)), None)
    if wrong is not None or len(given) > MOST_CELLS:
        said = f"{wrong!r} is no H3 cell" if wrong is not None else f"{len(given)}; {MOST_CELLS} are allowed"
        raise Problem("invalid", f"ids: {said}", "ids")
    return CellOutlines([_outline(each) for each in given])


@router.get("/token", tags=["desk"])
def token(request: Request, held: Holder) -> Session:
    """Whose token this is, until when, and what the server behind it can do."""
    enforcement = controller_of(request).in_force.enforcement
    log = None if enforcement is None else url_of(enforcement) or enforcement.mirror.origin
    return Session(
        held.role,
        held.name,
        moment_of(held.ends_us),
        log,
        enforcement is not None and log_of(request) is not None,
    )


@router.get("/rules/text", tags=["desk"])
def rules_text(request: Request, _: Holder) -> RulesText:
    """The rules that the next change is made for, as a rule file with its polygons.

    Under a log those that hold or will hold last, emergencies aside; else those in force.
    """
    raw, in_force = base_of(request)
    if not raw:
        raise Problem("not-found", "the text of the rules is not known to this server")
    text, files = texts_of(raw)
    made = unpack(raw)
    source = "file" if controller_of(request).in_force.enforcement is None else "log"
    return RulesText(text, files, made.name, made.digest, source, in_force)


def log_of(request: Request) -> "Target | None":
    """The log that this server may write to, None where it may to none."""
    closing = getattr(request.app.state, "closing", None)
    return closing.log if closing is not None else None


def base_of(request: Request) -> tuple[bytes, bool]:
    """The pack of the rules that the next change is made for, b"" where unknown; whether they hold now."""
    controller = controller_of(request)
    enforcement = controller.in_force.enforcement
    if enforcement is None:
        return request.app.state.rules_pack, True
    last = enforcement.record.last if enforcement.record is not None else None
    if last is None:
        return b"", False
    held = enforcement.held(controller.now_us())
    return enforcement.mirror.pack(
        last.change.rules
    ), held is not None and held.held.digest == last.change.digest


def checked(said: RulesBody) -> "RuleSet":
    """The rule set of a text; a problem with every fault, its line and its key where it makes none."""
    raw = packed(said.rules, said.files)
    try:
        return unpack(raw, "")
    except (ValueError, LedgerError):
        wrong = wrong_in(said.rules, said.files)
    errors = [{"field": each.key or "rules", "detail": each.text, "line": each.line} for each in wrong]
    many = "" if len(wrong) == 1 else f" (and {len(wrong) - 1} more)"
    where = f"line {wrong[0].line}: " if wrong[0].line else ""
    raise Problem("invalid", f"{where}{wrong[0].text}{many}", "rules", more={"errors": errors})


def _outline(cell: str) -> CellOutline:
    lat, lon = h3.cell_to_latlng(cell)
    corners = [(each[1], each[0]) for each in h3.cell_to_boundary(cell)]
    near = [((x - lon + 180.0) % 360.0 - 180.0 + lon, y) for x, y in corners]  # whole across the antimeridian
    return CellOutline(cell, lat, lon, [*near, near[0]])
