"""A terminal was found somewhere: who sold it, who owned it, who paid, where and when it was served."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service import sponsors
from openleo.service.listing import day_of
from openleo.service.reasons import WORDING, Reason
from openleo.service.records import Outcome, TerminalState, instant
from openleo.service.store import ownership, tracing
from openleo.service.terminals import Register

MOST: Final = 100_000
"""Check-ins that are looked at: 17 days of one each 15 s."""


@dataclass(frozen=True)
class Owned:
    """A link of the chain of owners."""

    kind: str
    """sale, transfer or replacement."""
    at: str | None
    owner: str
    before: str
    dealer: str
    country: str
    by: str
    note: str


@dataclass(frozen=True)
class Paid:
    """Who paid for it."""

    sponsor: str
    began: str | None
    ended: str | None
    price_month: float


@dataclass(frozen=True)
class Stay:
    """Check-ins one after another in one zone, with one outcome."""

    began: str | None
    ended: str | None
    checkins: int
    country: str
    area: str
    regions: str
    outcome: str
    reason: str
    lat_deg: float | None
    """The last position; None where it was reduced to decision and region."""
    lon_deg: float | None


@dataclass(frozen=True)
class Trace:
    """All that is known of a terminal."""

    hardware: str
    number: int
    state: str
    enrolled: bool
    account: str
    plan: str
    use: str
    declared_by: str
    owners: tuple[Owned, ...]
    paid: tuple[Paid, ...]
    stays: tuple[Stay, ...]
    """The oldest first."""
    changes: tuple[dict[str, Any], ...]
    findings: tuple[dict[str, Any], ...]

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        return f"{self.hardware} {_sold(self.owners)}, {_has(self)}, and {_last(self.stays)}."

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"sentence": self.sentence} | asdict(self)


def trace(register: Register, hardware: str, *, most: int = MOST) -> Trace:
    """Follow a terminal through register and store.

    most: check-ins to look at, the newest first. Raises InputError where it is not in the register.
    """
    number = register.find(hardware)
    row, names = register.rows[number], register.names
    last = int(register.store.histories(np.array([number]))["checkin"][0])
    with register.store.read() as connection:
        moved = ownership.transfers(connection, number)
        done = ownership.changes(connection, number)
        paying = ownership.sponsorships(connection, terminal=number)
        found = tracing.findings_of(connection, f"terminal {number}")
        checkins = tracing.walk(connection, last, most)
        zones = {rules: tracing.zones(connection, rules) for rules in np.unique(checkins["rules"]).tolist()}
        declared_by = ownership.declared_by(connection, number)
    return Trace(
        hardware=hardware, number=number, state=TerminalState(row["state"]).name.lower(),
        enrolled=register.key(number) is not None, account=names.name("account", row["account"]),
        plan=names.name("plan", row["plan"]), use=names.name("use", row["use"]), declared_by=declared_by,
        owners=tuple(
            Owned(
                each.kind, day_of(each.time_us), names.name("owner", each.to_owner),
                names.name("owner", each.from_owner), names.name("dealer", each.dealer),
                names.name("country", each.country), each.by, each.note,
            )
            for each in moved
        ),
        paid=tuple(
            Paid(names.name("sponsor", int(each["payer"])), day_of(int(each["from_us"])),
                 None if end >= sponsors.FOREVER else day_of(end), float(each["price_month"]))
            for each, end in zip(paying, sponsors.ends(paying).tolist(), strict=True)
        ),
        stays=_stays(checkins, zones),
        changes=tuple(
            {"at": _second(each.time_us), "what": each.kind, "by": each.by} | json.loads(each.data)
            for each in done
        ),
        findings=tuple(
            {"number": each.number, "kind": each.kind, "opened": _second(each.opened_us), "state": each.state,
             "closed_by": each.closed_by, "why": each.why}
            for each in found
        ),
    )  # fmt: skip


def _stays(checkins: NDArray[np.void], zones: dict[int, dict[int, tuple[str, str, str]]]) -> tuple[Stay, ...]:
    if not len(checkins):
        return ()
    same = np.ones(len(checkins), bool)
    for name in ("rules", "zone", "outcome", "reason"):
        same[1:] &= checkins[name][1:] == checkins[name][:-1]
    begins = np.flatnonzero(np.r_[True, ~same[1:]])
    stays = []
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(checkins)], strict=True):
        first, last = checkins[begin], checkins[end - 1]
        where = zones[int(first["rules"])].get(int(first["zone"]), ("", "", ""))
        known = not np.isnan(last["lat_deg"])
        stays.append(
            Stay(
                _second(int(first["time_us"])), _second(int(last["time_us"])), end - begin, *where,
                Outcome(first["outcome"]).name.lower(), Reason(first["reason"]).name.lower(),
                float(last["lat_deg"]) if known else None, float(last["lon_deg"]) if known else None,
            )
        )  # fmt: skip
    return tuple(stays)


def _second(time_us: int) -> str | None:
    time = instant(time_us)
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _sold(owners: tuple[Owned, ...]) -> str:
    sale = next((each for each in owners if each.kind == "sale"), None)
    if sale is None:
        return "has no sale on record"
    words = ["was sold"]
    words += [f"by {sale.dealer}"] if sale.dealer else []
    words += [f"in {sale.country}"] if sale.country else []
    words += [f"on {sale.at}"] if sale.at else []
    words += [f"to {sale.owner}"] if sale.owner else []
    return " ".join(words)


def _has(terminal: Trace) -> str:
    later = [each for each in terminal.owners if each.kind != "sale"]
    state = "" if terminal.state == "active" else f" ({terminal.state})"
    if not later:
        return f"changed hands no more{state}"
    last = later[-1]
    hands = "once" if len(later) == 1 else f"{len(later)} times"
    return f"changed hands {hands}, last on {last.at or 'an unknown day'} to {last.owner or 'nobody'}{state}"


def _last(stays: tuple[Stay, ...]) -> str:
    if not stays:
        return "has never checked in"
    last = stays[-1]
    words = {"serve": "was served", "limited": "was served, limited", "walled": "got account pages only",
             "emergency": "got emergency calls only", "refuse": "was refused"}[last.outcome]  # fmt: skip
    because = ""
    if last.reason != "none":
        because = ": " + WORDING[Reason[last.reason.upper()]].text().rstrip(".")
    return f"{words} last on {last.ended}{_place(last)}{because}"


def _place(stay: Stay) -> str:
    where = stay.area or stay.country or ("at sea" if stay.regions else "")
    if not where:
        return ""
    return f" {where}" if where == "at sea" else f" in {where}"
