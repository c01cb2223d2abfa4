"""What operators do and auditors read: terminals, their owners and decisions, lists.

Where a terminal is, or its service address, is told as a cell; `findings` says when coordinates are.
"""

import math
from datetime import datetime
from typing import Annotated, Any

import h3
from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, StringConstraints

from openleo.errors import InputError
from openleo.http.callers import (
    Anyone,
    Body,
    Hardware,
    Known,
    Limit,
    Name,
    Reader,
    Signature,
    Text,
    Writer,
    controller_of,
)
from openleo.http.entries import stands
from openleo.http.handshake import verify
from openleo.http.keys import Token
from openleo.http.messages import OUTCOMES, REASONS, bits, moment_of
from openleo.http.problems import Problem, invalid
from openleo.service import lists
from openleo.service.entries import Entry
from openleo.service.governance.dryrun import RESOLUTION
from openleo.service.records import AccountState, Motion, TerminalState, Usage, microseconds
from openleo.service.store import ownership
from openleo.service.store.stored import chain

router = APIRouter(prefix="/v1", dependencies=[Known])
_reads: Any = {"tags": ["operators and auditors"]}
_writes: Any = {"tags": ["operators"]}

MOTIONS = tuple(each.name.lower() for each in Motion)
USAGES = tuple(each.name.lower() for each in Usage)
STATES = tuple(each.name.lower() for each in TerminalState)
Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
MotionName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(MOTIONS)})$")]
UsageName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(USAGES)})$")]
StateName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(STATES)})$")]
Moment = Annotated[datetime, Field(strict=False, ge=datetime.fromisoformat("1970-01-02T00:00:00+00:00"))]
Of = Annotated[Hardware, Path(description="the terminal's hardware number")]
ListOf = Annotated[Name, Path(description="a list of the rules in force")]


class NewTerminal(Body):
    """A terminal to be taken into the register."""

    hardware: Hardware
    account: Name | None = None
    plan: Name | None = None
    motion: MotionName = "fixed"
    usage: UsageName = "civil"
    use: Name | None = None
    declared_by: Name | None = None
    sold: Country | None = None
    sold_at: Moment | None = None
    dealer: Name | None = None
    owner: Name | None = None
    home: Country | None = None
    home_lat_deg: Annotated[float, Field(ge=-90, le=90)] | None = None
    home_lon_deg: Annotated[float, Field(ge=-180, le=180)] | None = None


class StateChange(Body):
    """A terminal is active, suspended, lost, stolen, found or retired."""

    state: StateName
    why: Text


class Why(Body):
    """Why it is done."""

    why: Text


class Transfer(Body):
    """A terminal has another owner. `from` is who owns it until then: a transfer sent twice is made once."""

    owner_before: Annotated[Name | None, Field(alias="from")]
    owner: Annotated[Name, Field(alias="to")]
    at: Moment
    dealer: Name | None = None
    country: Country | None = None
    account: Name | None = None
    note: Text | None = None


class ListChange(Body):
    """Terminals come on a list or go off it; signed by the custodian where the list has a key."""

    number: Annotated[int, Field(ge=1, le=2**53)]
    add: Annotated[tuple[Hardware, ...], Field(max_length=lists.MOST, strict=False)] = ()
    remove: Annotated[tuple[Hardware, ...], Field(max_length=lists.MOST, strict=False)] = ()
    signature: Signature | None = None


@router.get("/terminals", **_reads)
def terminals(
    request: Request, _: Reader, after: Annotated[int, Query(ge=-1, le=2**53)] = -1, limit: Limit = 100
) -> dict[str, Any]:
    """Terminals by their number in the register, a page at a time."""
    register = controller_of(request).register
    numbers = range(after + 1, min(after + 1 + limit, len(register)))
    more = numbers.stop < len(register) and len(numbers) > 0
    return {
        "terminals": [_terminal(request, number) for number in numbers],
        "next": numbers.stop - 1 if more else None,
    }


@router.post("/terminals", **_writes)
def add(request: Request, said: NewTerminal, token: Writer) -> dict[str, Any]:
    """Take a terminal into the register, and make the one-time code with which it enrols its key."""
    controller = controller_of(request)
    if (said.home_lat_deg is None) != (said.home_lon_deg is None):
        missing = "home_lat_deg" if said.home_lat_deg is None else "home_lon_deg"
        raise invalid([{"field": missing, "detail": "is missing; a service address has both"}])
    if controller.find(said.hardware) >= 0:
        raise Problem("conflict", "hardware: it is in the register already", "hardware")
    entry = Entry(
        hardware=said.hardware, account=said.account or "", plan=said.plan or "",
        motion=Motion(MOTIONS.index(said.motion)), usage=Usage(USAGES.index(said.usage)), use=said.use or "",
        declared_by=said.declared_by or "", sold=said.sold or "", sold_us=microseconds(said.sold_at),
        dealer=said.dealer or "", owner=said.owner or "", home=said.home or "",
        home_lat_deg=math.nan if said.home_lat_deg is None else said.home_lat_deg,
        home_lon_deg=math.nan if said.home_lon_deg is None else said.home_lon_deg,
    )  # fmt: skip
    now_us = controller.now_us()
    (number,) = controller.register.add([entry], by=_by(token), now_us=now_us).tolist()
    (code,) = controller.register.codes([number], by=_by(token), now_us=now_us)
    return _terminal(request, number) | {"code": code}


@router.get("/terminals/{hardware}", **_reads)
def terminal(request: Request, hardware: Of, _: Reader) -> dict[str, Any]:
    """What the register says of a terminal, and what it was last decided."""
    number = _number(request, hardware)
    return _terminal(request, number) | _last(request, number)


@router.get("/terminals/{hardware}/decisions", **_reads)
def decisions(
    request: Request, hardware: Of, _: Reader, before: Annotated[int, Query(ge=-1, le=2**53)] = -1,
    limit: Limit = 20,
) -> dict[str, Any]:  # fmt: skip
    """Its check-ins with their decisions, the newest first; `before` a check-in's number, older ones."""
    controller = controller_of(request)
    number = _number(request, hardware)
    last = int(controller.store.histories(_array(number))[0]["checkin"])
    if before >= 0:
        found = chain(controller.store, before, 1)
        if not len(found) or found[0]["terminal"] != number:
            raise Problem("not-found", "before: no check-in of this terminal has that number", "before")
        last = int(found[0]["previous"])
    rows = chain(controller.store, last, limit)
    return {"decisions": [_decision(request, row) for row in rows]}


@router.get("/terminals/{hardware}/transfers", **_reads)
def transfers(request: Request, hardware: Of, _: Reader) -> dict[str, Any]:
    """Who owned it, the oldest first."""
    controller = controller_of(request)
    with controller.store.read() as connection:
        found = ownership.transfers(connection, _number(request, hardware))
    return {"transfers": [_transfer(request, row) for row in found]}


@router.post("/terminals/{hardware}/transfers", **_writes)
def transfer(request: Request, hardware: Of, said: Transfer, token: Writer) -> dict[str, Any]:
    """Record that it has another owner; answered once it is on the disk."""
    controller = controller_of(request)
    made = controller.transfer(
        _number(request, hardware), said.owner_before or "", said.owner, by=_by(token),
        time_us=microseconds(said.at), dealer=said.dealer or "", country=said.country or "",
        account=said.account, note=said.note or "",
    )  # fmt: skip
    return transfers(request, hardware, token) | {"repeated": not made}


@router.post("/terminals/{hardware}/state", **_writes)
def set_state(request: Request, hardware: Of, said: StateChange, token: Writer) -> dict[str, Any]:
    """Say that it is active, suspended, lost, stolen, found or retired."""
    controller, number = controller_of(request), _number(request, hardware)
    controller.register.set_state(
        [number], TerminalState(STATES.index(said.state)), by=_by(token), now_us=controller.now_us(),
        why=said.why,
    )  # fmt: skip
    return _terminal(request, number)


@router.post("/terminals/{hardware}/revocation", **_writes)
def revoke(request: Request, hardware: Of, said: Why, token: Writer) -> dict[str, Any]:
    """Make its key, its sessions and its unused codes void, at once."""
    controller, number = controller_of(request), _number(request, hardware)
    controller.register.revoke([number], by=_by(token), now_us=controller.now_us(), why=said.why)
    return _terminal(request, number)


@router.post("/terminals/{hardware}/code", **_writes)
def code(request: Request, hardware: Of, token: Writer) -> dict[str, Any]:
    """A one-time code with which it enrols a key; it is shown once, and makes earlier ones void."""
    controller, number = controller_of(request), _number(request, hardware)
    (made,) = controller.register.codes([number], by=_by(token), now_us=controller.now_us())
    return {"hardware": hardware, "code": made}


@router.get("/lists", **_reads)
def lists_(request: Request, _: Reader) -> dict[str, Any]:
    """The lists of the rules in force, who keeps them, and how many terminals are on them."""
    controller = controller_of(request)
    found = controller.rules.lists if controller.rules is not None else ()
    return {"lists": [_list(request, each.name) for each in found]}


@router.get("/lists/{name}", **_reads)
def list_(request: Request, name: ListOf, _: Reader) -> dict[str, Any]:
    """A list, with the hardware numbers of the terminals on it."""
    controller = controller_of(request)
    numbers = lists.members(controller.register, _known_list(request, name))
    return _list(request, name) | {
        "members": [controller.register.hardware(each) for each in numbers.tolist()]
    }


@router.post("/lists/{name}/changes", tags=["custodians"], dependencies=[Anyone])
def change(request: Request, name: ListOf, said: ListChange) -> dict[str, Any]:
    """Change a list that a custodian keeps; the custodian's signature says who asks, and no token is needed.

    Signed is the JSON of `context` ("openleo list 1"), `list`, `number`, `add` and `remove`, both sorted,
    with sorted keys and no blanks. `number` is above that of the change before.
    """
    controller = controller_of(request)
    kept = lists.list_of(controller.rules, _known_list(request, name))
    asked = lists.Change(name, said.number, said.add, said.remove)
    if not kept.custodian_key:
        raise Problem("forbidden", f"list {name!r} has no custodian's key: an operator keeps it", "name")
    signature = said.signature or ""
    if not verify(bytes.fromhex(kept.custodian_key), bytes.fromhex(signature), asked.signed()):
        raise Problem("bad-signature", "the signature is not that of the custodian", "signature")
    return _change(request, asked, f"custodian {kept.custodian}"[:200], signature)


@router.post("/lists/{name}/members", **_writes)
def keep(request: Request, name: ListOf, said: ListChange, token: Writer) -> dict[str, Any]:
    """Change a list that has no custodian's key; one that has is changed by its custodian alone."""
    kept = lists.list_of(controller_of(request).rules, _known_list(request, name))
    if kept.custodian_key:
        raise Problem("forbidden", f"list {name!r} is kept by its custodian: {kept.custodian}", "name")
    return _change(request, lists.Change(name, said.number, said.add, said.remove), _by(token), "")


def _change(request: Request, asked: lists.Change, by: str, signature: str) -> dict[str, Any]:
    controller = controller_of(request)
    try:
        made = lists.change(
            controller.register, asked, by=by, signature=signature, now_us=controller.now_us()
        )
    except lists.Contradiction as error:
        raise Problem("conflict", str(error), "number") from None
    return _list(request, asked.name) | {"repeated": not made}


def _known_list(request: Request, name: str) -> str:
    try:
        return lists.list_of(controller_of(request).rules, name).name
    except InputError as error:
        raise Problem("not-found", str(error), "name") from None


def _list(request: Request, name: str) -> dict[str, Any]:
    controller = controller_of(request)
    kept = lists.list_of(controller.rules, name)
    return {
        "name": name,
        "custodian": kept.custodian,
        "custodian_key": kept.custodian_key or None,
        "number": lists.last_number(controller.register, name),
        "terminals": len(lists.members(controller.register, name)),
    }


def _by(token: Token) -> str:
    return f"{token.role} {token.name}"


def _array(number: int) -> Any:
    import numpy as np

    return np.array([number], np.int64)


def _number(request: Request, hardware: str) -> int:
    number = controller_of(request).find(hardware)
    if number < 0:
        raise Problem("not-found", "hardware: it is not in the register", "hardware")
    return number


def _terminal(request: Request, number: int) -> dict[str, Any]:
    register = controller_of(request).register
    row, names = register.rows[number], register.names
    return {
        "number": number,
        "hardware": register.hardware(number),
        "enrolled": register.key(number) is not None,
        "state": STATES[row["state"]],
        "account": names.name("account", int(row["account"])) or None,
        "account_state": AccountState(int(row["account_state"])).name.lower(),
        "plan": names.name("plan", int(row["plan"])) or None,
        "motion": MOTIONS[row["motion"]],
        "usage": USAGES[row["usage"]],
        "use": names.name("use", int(row["use"])) or None,
        "sold": names.name("country", int(row["sold"])) or None,
        "home": names.name("country", int(row["home"])) or None,
        "home_cell": cell_of(row["home_lat_deg"], row["home_lon_deg"]),
        "dealer": names.name("dealer", int(row["dealer"])) or None,
        "sponsor": names.name("sponsor", int(row["sponsor"])) or None,
        "paid_until": moment_of(int(row["paid_until_us"])),
        "lists": [names.name("list", bit) for bit in bits(int(row["lists"]))],
    }


def _last(request: Request, number: int) -> dict[str, Any]:
    controller = controller_of(request)
    last = int(controller.store.histories(_array(number))[0]["checkin"])
    rows = chain(controller.store, last, 1)
    return {"last": _decision(request, rows[0]) if len(rows) else None}


def _decision(request: Request, row: Any) -> dict[str, Any]:
    controller = controller_of(request)
    region, rule = controller.said(int(row["rules"]), int(row["zone"]), int(row["reason"]))
    stood = controller.stood(row)
    return {
        "number": int(row["number"]),
        "received": moment_of(int(row["received_us"])),
        "sequence": int(row["sequence"]),
        "time": moment_of(int(row["time_us"])),
        "cell": cell_of(row["lat_deg"], row["lon_deg"]),
        "accuracy_m": plain(row["accuracy_m"]),
        "outcome": OUTCOMES[row["outcome"]],
        "reason": REASONS[int(row["reason"])],
        "reasons": [REASONS[bit] for bit in bits(int(row["reasons"]))],
        "region": region,
        "rule": rule,
        **stood,
        "log": stands(request, stood["rules"], int(row["received_us"]), stood.get("checkpoint")),
        "valid_until": moment_of(int(row["valid_us"])),
        "retry_after": moment_of(int(row["retry_us"])),
        "rate_mbps": plain(row["rate_mbps"]),
    }


def _transfer(request: Request, row: Any) -> dict[str, Any]:
    names = controller_of(request).register.names
    return {
        "number": row.number,
        "kind": row.kind,
        "from": names.name("owner", row.from_owner) or None,
        "to": names.name("owner", row.to_owner) or None,
        "at": moment_of(row.time_us),
        "recorded": moment_of(row.recorded_us),
        "dealer": names.name("dealer", row.dealer) or None,
        "country": names.name("country", row.country) or None,
        "by": row.by,
        "note": row.note or None,
    }


def cell_of(lat_deg: Any, lon_deg: Any) -> str | None:
    """The H3 cell (resolution 5, 17 km wide) of a position in degrees; None where it is not known."""
    if lat_deg is None or lon_deg is None or not math.isfinite(lat_deg) or not math.isfinite(lon_deg):
        return None
    return str(h3.latlng_to_cell(float(lat_deg), float(lon_deg), RESOLUTION))


def plain(value: Any) -> float | None:
    """A number as JSON has it; None for one that is not finite."""
    found = float(value)
    return found if math.isfinite(found) else None
