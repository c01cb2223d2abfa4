"""Findings: what check-ins showed, for people to look at and to decide."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import StringConstraints

from openleo.http.callers import Body, Hardware, Known, Limit, Reader, Text, Writer, controller_of
from openleo.http.messages import moment_of
from openleo.http.problems import Problem
from openleo.service.records import FindingKind
from openleo.service.store.found import STATES, AlreadyClosed, close, found

router = APIRouter(prefix="/v1", dependencies=[Known])

KINDS = tuple(kind.name.lower() for kind in FindingKind)
Number = Annotated[int, Path(ge=0, le=2**53)]
Verdict = Annotated[str, StringConstraints(pattern="^(confirmed|dismissed)$")]


class Closure(Body):
    """What people found it to be, and why."""

    state: Verdict
    why: Text


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
    if not (rows := found(controller.store, after=number - 1, most=1)) or rows[0].number != number:
        raise Problem("not-found", "number: there is no such finding", "number")
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


def _finding(request: Request, row: Any) -> dict[str, Any]:
    register = controller_of(request).register
    what, _, number = row.subject.partition(" ")
    hardware = None
    if what == "terminal" and number.isdigit() and int(number) < len(register):
        hardware = register.hardware(int(number))
    return {
        "number": row.number,
        "kind": row.kind,
        "subject": row.subject,
        "hardware": hardware,
        "opened": moment_of(row.opened_us),
        "data": json.loads(row.data),
        "state": row.state,
        "closed": moment_of(row.closed_us),
        "closed_by": row.closed_by or None,
        "why": row.why or None,
    }
