"""Dry runs over HTTP: what other rules would do, before anybody drafts them; nothing of it is stored."""

import logging
import threading
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import urandom
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from numpy.typing import NDArray
from pydantic import Field

from openleo.http.callers import Hardware, Known, Reader, Writer, controller_of
from openleo.http.desk import RulesBody, base_of, checked
from openleo.http.keys import Token
from openleo.http.problems import Problem
from openleo.places.cells import centres
from openleo.service.governance.dryrun import DryRun, Effect
from openleo.service.governance.dryrun_wording import sentences, to_dict
from openleo.service.governance.pack import texts_of, unpack
from openleo.service.records import instant

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet

router = APIRouter(prefix="/v1", dependencies=[Known])

PATH: Final = "/v1/dry-runs"
KEPT: Final = 8
"""Dry runs whose cells are kept in memory, the latest."""
MOST_ROWS: Final = 500
"""Rows of a table of a dry run."""
WAIT_S: Final = 30.0
"""How long a dry run waits for another one to end."""

Moment = Annotated[
    datetime,
    Field(strict=False, ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9998, 12, 31, tzinfo=UTC)),
]
Made = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{16}$", description="of a dry run")]

_lock = threading.Lock()
_log = logging.getLogger("openleo.http")


class DryRunBody(RulesBody):
    """Rules to be tried; at: when they would be in force, now without it; terminals: those that are meant.

    capacity: whether one slot is planned by either rule set, too, where the server shows a network.
    """

    at: Moment | None = None
    terminals: Annotated[tuple[Hardware, ...], Field(max_length=100_000, strict=False)] | None = None
    capacity: bool = False


@dataclass(frozen=True)
class Named:
    """A rule set; digest: SHA-256."""

    name: str
    digest: str


@dataclass(frozen=True)
class Count:
    """Terminals, and in how many accounts, cells and regions they are."""

    terminals: int
    accounts: int
    cells: int
    regions: int


@dataclass(frozen=True)
class Row:
    """Terminals by what a change does to them; name: None for no account, and at sea."""

    name: str | None
    loses: int
    gains: int
    less: int
    more: int


@dataclass(frozen=True)
class CellRow:
    """The same of an H3 cell, with its centre."""

    name: str
    lat_deg: float
    lon_deg: float
    loses: int
    gains: int
    less: int
    more: int


@dataclass(frozen=True)
class WhyRow:
    """Why: the reason's name, None for a rate alone, and the region that says it; of terminals that lose or
    get less, why they would; of others, why they did not until then."""

    effect: str
    reason: str | None
    region: str
    terminals: int


@dataclass(frozen=True)
class TerminalRow:
    """One terminal that is affected, its last cell, what it gets now and would get, and why not more."""

    terminal: str
    effect: str
    account: str | None
    cell: str
    country: str | None
    region: str
    was: str
    gets: str
    was_for: str | None
    gets_for: str | None
    was_mbps: float | None
    gets_mbps: float | None


@dataclass(frozen=True)
class ListCheck:
    """The list that was given, held against those affected; hardware numbers."""

    given: int
    hit: int
    agrees: bool
    unaffected: list[str]
    unplaced: list[str]
    unknown: list[str]
    unlisted: list[str]


@dataclass(frozen=True)
class Capacity:
    """What one slot carries by either rule set, in the cells concerned and in all."""

    slot: str
    cells: int
    lit_before: int
    lit_after: int
    asked_gbps: float
    before_gbps: float
    after_gbps: float
    change_gbps: float
    touched_gbps: float
    whole_before_gbps: float
    whole_after_gbps: float


@dataclass(frozen=True)
class StateArea:
    """Where one state becomes another; outline: a GeoJSON MultiPolygon, simplified."""

    was: str
    gets: str
    outline: dict[str, Any]


@dataclass(frozen=True)
class CellStates:
    """The cells of the view whose states are kept: how many, of which view, how many change and in which way.

    states: the words of the codes. address: of C codes before, then C after (uint8), in the view's order.
    """

    key: str
    cells: int
    states: list[str]
    goes_dark: int
    comes_on: int
    differ: int
    address: str


@dataclass(frozen=True)
class DryRunSaid:
    """What other rules would do to the terminals of the register, and to the ground.

    before: the rules that it is compared with, None where there are none. differs: sentences. terminals: in
    the register; placed: of how many a position is known; never: how many never checked in. Of rows there are
    `MOST_ROWS` at most, of those with the most terminals. capacity: None where it was not asked for, or no
    network is shown.
    """

    id: str
    at: datetime | None
    before: Named | None
    after: Named
    differs: dict[str, list[str]]
    sentences: list[str]
    terminals: int
    placed: int
    never: int
    affected: Count
    effects: dict[str, Count]
    why: list[WhyRow]
    countries: list[Row]
    regions: list[Row]
    accounts: list[Row]
    cells: list[CellRow]
    listed: list[TerminalRow]
    check: ListCheck | None
    capacity: Capacity | None
    areas: list[StateArea]
    view: CellStates | None


@router.post("/dry-runs", tags=["desk"])
def dry_run(request: Request, said: DryRunBody, token: Writer) -> DryRunSaid:
    """Say what other rules would do to terminals, accounts, cells and the ground, before anybody drafts them.

    They are compared with those that the next change is made for. Nothing is changed and nothing is stored;
    one is made at a time. Who made it, of which rules, is logged: rules with small regions tell where a
    terminal is.
    """
    from openleo.operate.touched import areas
    from openleo.service.governance.differences import differences

    after = checked(said)
    raw = base_of(request)[0]
    before = unpack(raw) if raw else controller_of(request).rules
    at = said.at or instant(controller_of(request).now_us())
    assert at is not None
    with one_at_a_time():
        dry = tried(request, before, after, at, said.terminals)
        ground = areas(before, after, dry.at)
        name = urlsafe_b64encode(urandom(12)).decode()
        view = _cells(request, name, before, after, dry.at)
        planned = _planned(request, before, after, dry) if said.capacity else None
    noted(token, after, dry)
    differs: dict[str, list[str]] = {"en": [], "fr": []}
    if before is not None and raw:
        sides = (before.file, texts_of(raw)[1]), (after.file, said.files)
        differs = {"en": list(differences(*sides)), "fr": list(differences(*sides, "fr"))}
    told = to_dict(dry, most=MOST_ROWS)
    return DryRunSaid(
        name, dry.at, Named(before.name, before.digest) if before is not None else None,
        Named(after.name, after.digest), differs, list(sentences(dry)), dry.terminals, dry.placed, dry.never,
        Count(**dry.count()), {each.name.lower(): Count(**dry.count(dry.which(each))) for each in Effect},
        [WhyRow(**each) for each in told["reasons"]], _rows(dry, dry.country, dry.countries),
        _rows(dry, dry.region, dry.regions), [Row(**each) for each in told["accounts"][:MOST_ROWS]],
        _cell_rows(told["cells"][:MOST_ROWS]), [TerminalRow(**each) for each in told["terminals"]],
        ListCheck(**told["list"]) if told["list"] else None, planned,
        [StateArea(each.was, each.gets, each.outline) for each in ground], view,
    )  # fmt: skip


@router.get("/dry-runs/{made}/cells", response_class=Response, tags=["desk"])
def dry_run_cells(request: Request, made: Made, _: Reader) -> Response:
    """The states of the view's cells before and after, as long as they are kept: 2 x C uint8."""
    raw = _kept(request).get(made)
    if raw is None:
        raise Problem("not-found", "this dry run is not kept any more; make it again", "made")
    return Response(raw, media_type="application/octet-stream", headers={"cache-control": "no-store"})


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A dry run takes a core for seconds: another one waits, and is refused after a while."""
    if not _lock.acquire(timeout=WAIT_S):
        raise Problem("unavailable", "other dry runs are being made; ask again", retry_after_s=10.0)
    try:
        yield
    finally:
        _lock.release()


def tried(
    request: Request, before: "RuleSet | None", after: "RuleSet", at: datetime,
    terminals: tuple[str, ...] | None = None,
) -> DryRun:  # fmt: skip
    """The dry run of `openleo rules dry-run`, on the register of this server."""
    from openleo.service.governance.dryrun import dry_run, last_seen

    register = controller_of(request).register
    return dry_run(before, after, register, last_seen(register), at, terminals)


def noted(token: Token, after: "RuleSet", dry: DryRun) -> None:
    """Note in the server's log who tried which rules, and of how many terminals that told something."""
    of = (after.digest, len(after.regions), dry.count()["terminals"], dry.terminals)
    _log.info("dry run of %s: %s regions, %s of %s terminals affected, by %s %s", *of, token.role, token.name)


def _planned(request: Request, before: "RuleSet | None", after: "RuleSet", dry: DryRun) -> Capacity | None:
    """What the network that is shown carries in one slot by either rule set; None where none is shown."""
    from openleo.operate.dryrun import carried

    world = request.app.state.page.world()
    if world is None:
        return None
    return Capacity(**carried(world, before, after, dry.at, dry=dry).to_dict())


def _cells(
    request: Request, name: str, before: "RuleSet | None", after: "RuleSet", at: datetime
) -> CellStates | None:
    """The states of the view's cells, kept under the name of the dry run; None where no cells are shown."""
    from openleo.operate.touched import STATES, states

    page = request.app.state.page
    shown = page.view()
    if not shown.cells:
        return None
    centre = np.frombuffer(page.cells(), "<f4", 2 * shown.cells).reshape(-1, 2).astype(np.float64)
    lat, lon = centre[:, 1].copy(), centre[:, 0].copy()
    was, gets = states(before, lat, lon, at), states(after, lat, lon, at)
    kept = _kept(request)
    kept[name] = was.tobytes() + gets.tobytes()
    while len(kept) > KEPT:
        kept.popitem(last=False)
    return CellStates(
        shown.key, shown.cells, list(STATES), int(((was > 0) & (gets == 0)).sum()),
        int(((was == 0) & (gets > 0)).sum()), int((was != gets).sum()), f"{PATH}/{name}/cells",
    )  # fmt: skip


def _kept(request: Request) -> "OrderedDict[str, bytes]":
    state = request.app.state
    if not hasattr(state, "dry_runs"):
        state.dry_runs = OrderedDict()
    found: OrderedDict[str, bytes] = state.dry_runs
    return found


def _rows(dry: DryRun, of: NDArray[np.int32], names: tuple[str, ...]) -> list[Row]:
    """Terminals by effect of each country or region, those with the most first."""
    counts = np.zeros((len(names), len(Effect)), np.int64)
    np.add.at(counts, (of, dry.effect), 1)
    order = np.argsort(-counts.sum(axis=1), kind="stable")[:MOST_ROWS]
    return [Row(names[k] or None, *counts[k].tolist()) for k in order.tolist() if counts[k].any()]


def _cell_rows(found: list[dict[str, Any]]) -> list[CellRow]:
    lat, lon = centres(np.array([int(each["name"], 16) for each in found], np.uint64))
    return [
        CellRow(lat_deg=a, lon_deg=b, **each)
        for a, b, each in zip(lat.tolist(), lon.tolist(), found, strict=True)
    ]
