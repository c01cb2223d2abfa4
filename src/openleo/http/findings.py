"""Findings: what check-ins showed, for people to look at and to decide.

Where a terminal was is told as a cell. Its coordinates are shown only while a finding is open, to somebody
who says why; each such look is recorded first.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request
from pydantic import StringConstraints

from openleo.http.callers import Body, Hardware, Known, Limit, Reader, Text, Writer, controller_of
from openleo.http.messages import OUTCOMES, moment_of
from openleo.http.operators import Why, cell_of, plain
from openleo.http.problems import Problem
from openleo.service.records import FindingKind
from openleo.service.store.found import STATES, AlreadyClosed, close, found
from openleo.service.store.looks import MOST, NotOpen, checkins_about, look, looks_at

router = APIRouter(prefix="/v1", dependencies=[Known])

KINDS = tuple(kind.name.lower() for kind in FindingKind)
Number = Annotated[int, Path(ge=0, le=2**53)]
Verdict = Annotated[str, StringConstraints(pattern="^(confirmed|dismissed)$")]


class Closure(Body):
    """What people found it to be, and why."""

    state: Verdict
    why: Text


@dataclass(frozen=True)
class Look:
    """A look at the coordinates of a finding: who, when, why."""

    number: int
    time: datetime | None
    by: str
    why: str


@dataclass(frozen=True)
class Looks:
    """The looks at the coordinates of a finding; next: after which the next page begins, None at the end."""

    finding: int
    looks: list[Look]
    next: int | None


@dataclass(frozen=True)
class Spot:
    """Where a terminal said that it was; None: not said, or taken out since.

    shows: whether this check-in showed the finding; else it is the one before.
    """

    number: int
    received: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    accuracy_m: float | None
    cell: str | None
    outcome: str
    shows: bool


@dataclass(frozen=True)
class Looked:
    """A look that was recorded, and what it shows.

    spots: the check-ins that showed the finding, each with the one before, the oldest first; of an hour
    before it was opened to a day after, at most `most`.
    """

    look: Look
    finding: int
    hardware: str
    spots: list[Spot]
    most: int


@router.get("/findings", tags=["operators and auditors"])
def findings(
    request: Request, _: Reader,
    state: Annotated[str | None, Query(pattern=f"^({'|'.join(STATES)})$")] = None,
    kind: Annotated[str | None, Query(pattern=f"^({'|'.join(KINDS)})$")] = None,
    hardware: Annotated[Hardware | None, Query()] = None,
    after: Annotated[int, Query(ge=-1, le=2**53)] = -1,
    limit: Limit = 100,
) -> dict[str, Any]:  # fmt: skip
    """Findings by number, a page at a time; of a state, a kind, a terminal, or all."""
    controller = controller_of(request)
    subject = ""
    if hardware is not None:
        number = controller.find(hardware)
        if number < 0:
            raise Problem("not-found", "hardware: it is not in the register", "hardware")
        subject = f"terminal {number}"
    rows = found(
        controller.store, state=state or "", kind=kind or "", subject=subject, after=after, most=limit
    )
    return {
        "findings": [_finding(request, row) for row in rows],
        "next": rows[-1].number if len(rows) == limit else None,
    }


@router.post("/findings/{number}/closure", tags=["operators"])
def close_(request: Request, number: Number, said: Closure, token: Writer) -> dict[str, Any]:
    """Confirm or dismiss a finding; it stays with who did so and why."""
    controller = controller_of(request)
    _row(request, number)
    verdict: Any = said.state
    try:
        made = close(
            controller.store, number, verdict, by=f"{token.role} {token.name}", why=said.why,
            now_us=controller.now_us(),
        )  # fmt: skip
    except AlreadyClosed as error:
        raise Problem("conflict", str(error), "number") from None
    (row,) = found(controller.store, after=number - 1, most=1)
    return _finding(request, row) | {"repeated": not made}


@router.post("/findings/{number}/looks", tags=["operators and auditors"])
def look_(request: Request, number: Number, said: Why, token: Reader) -> Looked:
    """Look at the coordinates of an open finding about a terminal; who, when and why is recorded first."""
    controller = controller_of(request)
    row = _row(request, number)
    terminal = _terminal(request, row.subject)
    if terminal < 0:
        raise Problem("conflict", "number: the finding is about no single terminal", "number")
    by, now_us = f"{token.role} {token.name}", controller.now_us()
    try:
        made = look(controller.store, number, by=by, why=said.why, now_us=now_us)
    except NotOpen as error:
        raise Problem("conflict", str(error), "number") from None
    kind = KINDS.index(row.kind)
    last = int(controller.store.histories(np.array([terminal], np.int64))[0]["checkin"])
    rows = checkins_about(controller.store, last, kind, row.opened_us)
    return Looked(
        Look(made, moment_of(now_us), by, said.why), number, controller.register.hardware(terminal),
        [_spot(each, kind) for each in rows], MOST,
    )  # fmt: skip


@router.get("/findings/{number}/looks", tags=["operators and auditors"])
def looks(
    request: Request, number: Number, _: Reader,
    after: Annotated[int, Query(ge=-1, le=2**53)] = -1, limit: Limit = 100,
) -> Looks:  # fmt: skip
    """Who looked at the coordinates of a finding, when and why, a page at a time."""
    _row(request, number)
    rows = looks_at(controller_of(request).store, number, after=after, most=limit)
    made = [Look(each.number, moment_of(each.looked_us), each.by, each.why) for each in rows]
    return Looks(number, made, rows[-1].number if len(rows) == limit else None)


def _row(request: Request, number: int) -> Any:
    rows = found(controller_of(request).store, after=number - 1, most=1)
    if not rows or rows[0].number != number:
        raise Problem("not-found", "number: there is no such finding", "number")
    return rows[0]


def _terminal(request: Request, subject: str) -> int:
    """The number of the terminal that a finding is about, -1 where it is about something else."""
    what, _, number = subject.partition(" ")
    known = what == "terminal" and number.isdigit() and int(number) < len(controller_of(request).register)
    return int(number) if known else -1


def _spot(row: Any, kind: int) -> Spot:
    return Spot(
        int(row["number"]), moment_of(int(row["received_us"])), plain(row["lat_deg"]), plain(row["lon_deg"]),
        plain(row["accuracy_m"]), cell_of(row["lat_deg"], row["lon_deg"]), OUTCOMES[row["outcome"]],
        bool(int(row["findings"]) >> kind & 1),
    )  # fmt: skip


def _finding(request: Request, row: Any) -> dict[str, Any]:
    register = controller_of(request).register
    terminal = _terminal(request, row.subject)
    hardware = register.hardware(terminal) if terminal >= 0 else None
    data = json.loads(row.data)
    at = [data.pop(name, None) for name in ("lat_deg", "lon_deg")]
    if terminal >= 0:
        data["cell"] = cell_of(*at)
    return {
        "number": row.number,
        "kind": row.kind,
        "subject": row.subject,
        "hardware": hardware,
        "opened": moment_of(row.opened_us),
        "data": data,
        "state": row.state,
        "closed": moment_of(row.closed_us),
        "closed_by": row.closed_by or None,
        "why": row.why or None,
    }
