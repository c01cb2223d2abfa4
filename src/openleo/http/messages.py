"""Check-ins and decisions as they travel: JSON read and written by msgspec, rows and arrays on our side."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import h3
import msgspec
import numpy as np

from openleo.http.problems import Problem, invalid
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, Flag, Outcome

if TYPE_CHECKING:
    from openleo.service.answers import Answers

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NAN: Final = float("nan")
OUTCOMES: Final = tuple(each.name.lower() for each in Outcome)
REASONS: Final = {int(each): each.name.lower() for each in Reason}


class CheckInBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check-in of a terminal, as the terminal says it.

    A terminal that does not know its position leaves out lat_deg, lon_deg and accuracy_m, or gives null; one
    of the three alone is refused.
    """

    sequence: Annotated[int, msgspec.Meta(ge=0, le=2**53, description="grows with each check-in")]
    time: Annotated[datetime, msgspec.Meta(tz=True, description="of the terminal's clock")]
    version: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1, description="of its software")]
    lat_deg: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon_deg: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    accuracy_m: (
        Annotated[float, msgspec.Meta(ge=0, le=2e7, description="the true position is not farther")] | None
    ) = None
    speed_kmh: Annotated[float, msgspec.Meta(ge=0, le=1e5, description="over ground")] | None = None
    altitude_m: Annotated[float, msgspec.Meta(ge=-1e4, le=1e6, description="above ground")] | None = None
    delay_ms: (
        Annotated[float, msgspec.Meta(ge=0, le=1e5, description="round trip on the service link")] | None
    ) = None
    satellite: (
        Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1, description="catalogue number of the serving one")]
        | None
    ) = None
    cell: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{15}$", description="H3 cell")] | None = None
    distress: Annotated[bool, msgspec.Meta(description="it is a distress call")] = False


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check-in of a batch: the body as its terminal sent it, with what vouches for it."""

    session: Annotated[str, msgspec.Meta(max_length=256)]
    code: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    body: Annotated[str, msgspec.Meta(max_length=4096, description="the exact JSON text that was signed")]


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Check-ins of one or more terminals, in the order in which they are decided."""

    check_ins: Annotated[list[Envelope], msgspec.Meta(min_length=1)]


class ReasonBody(msgspec.Struct, frozen=True):
    """A reason: its number never changes."""

    number: int
    name: str


class DecisionBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a terminal gets, why, for how long, and when or after which distance to ask again.

    rules: the digest of the rule set. checkpoint: how many entries the public log had under which it stands;
    left out where the server follows none.
    """

    outcome: str
    reason: ReasonBody
    reasons: list[ReasonBody]
    region: str
    rule: str
    rules: str
    valid_until: datetime | None
    retry_after: datetime | None
    retry_km: float | None
    rate_mbps: float | None
    satellite: int | None
    gateway: str | None
    number: int | None
    repeated: bool
    checkpoint: int | None = None


_REASON_BODIES: Final = {number: ReasonBody(number, name) for number, name in REASONS.items()}
_decoder = msgspec.json.Decoder(CheckInBody)
_batches = msgspec.json.Decoder(Batch)
_NAMED = re.compile(r"`\$\.?(?P<path>[^`]*)`")
_FIELD = re.compile(r"field `(?P<field>[^`]*)`")


def read_check_in(body: bytes | str) -> tuple[Any, ...]:
    """The CHECKIN row of a JSON text, without its terminal (-1). Raises Problem, which names the field."""
    found = _read(_decoder, body)
    return row_of(found)


def read_batch(body: bytes) -> list[Envelope]:
    """The check-ins of a batch, still sealed. Raises Problem, which names the field."""
    found: Batch = _read(_batches, body)
    return found.check_ins


def _read(decoder: "msgspec.json.Decoder[Any]", body: bytes | str) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("malformed", f"the body is no JSON: {error}", "body") from None


def _named(text: str) -> Problem:
    """The problem of a text by msgspec: "Expected `float` <= 90.0 - at `$.lat_deg`"."""
    said, _, _ = text.partition(" - at ")
    path = _NAMED.search(text)
    field = path["path"] if path else ""
    missing = _FIELD.search(said)
    if missing:
        field = f"{field}.{missing['field']}".lstrip(".")
    return invalid([{"field": _clipped(field) or "body", "detail": _clipped(said)}])


def _clipped(text: str) -> str:
    text = text.encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 200 else text[:199] + "…"


def row_of(said: CheckInBody) -> tuple[Any, ...]:
    """The CHECKIN row of a check-in, without its terminal (-1). Raises Problem, which names the field."""
    given = (said.lat_deg, said.lon_deg, said.accuracy_m)
    if None in given and given != (None, None, None):
        names = ("lat_deg", "lon_deg", "accuracy_m")
        missing = next(name for name, value in zip(names, given, strict=True) if value is None)
        raise invalid(
            [{"field": missing, "detail": "is missing; a position is lat_deg, lon_deg and accuracy_m"}]
        )
    if said.cell is not None and not h3.is_valid_cell(said.cell):
        raise invalid([{"field": "cell", "detail": "is no H3 cell"}])
    return (
        -1,
        said.sequence,
        (said.time - EPOCH) // _MICROSECOND,
        *(_NAN if value is None else value for value in given),
        _NAN if said.speed_kmh is None else said.speed_kmh,
        _NAN if said.altitude_m is None else said.altitude_m,
        _NAN if said.delay_ms is None else said.delay_ms,
        -1 if said.satellite is None else said.satellite,
        said.version,
        0 if said.cell is None else int(said.cell, 16),
        int(Flag.DISTRESS) if said.distress else 0,
    )


def rows_of(rows: Sequence[tuple[Any, ...]]) -> np.ndarray:
    """Rows as one array of CHECKIN, its gaps between the fields zero."""
    found = np.zeros(len(rows), CHECKIN)
    if rows:
        for name, values in zip(CHECKIN.names or (), zip(*rows, strict=True), strict=True):
            found[name] = values
    return found


def moment_of(us: int) -> datetime | None:
    """An instant of microseconds since 1970, None for 0 and for what no calendar holds."""
    if us == 0:
        return None
    try:
        return EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return None


def refused(answers: "Answers", row: int) -> Problem | None:
    """The problem of a check-in that was not taken: used before, too old, or too far from our clock."""
    if answers.taken[row] or answers.repeated[row]:
        return None
    reasons = int(answers.decisions.reasons[row])
    body = msgspec.to_builtins(bodies(answers, [row])[0])
    if reasons >> Reason.BAD_SIGNATURE & 1:
        # codes are checked before: the key that opened the session is no longer the terminal's
        detail = "the session has ended: the terminal has another key now, or none"
        return Problem("session-ended", detail, "openleo-session")
    if reasons >> Reason.REPLAY & 1:
        detail = "sequence: not above that of the last check-in taken, and not that check-in again"
        return Problem("replay", detail, "sequence", more={"decision": body})
    if reasons >> Reason.CLOCK & 1:
        detail = "time: farther from the server's clock than the rules allow"
        return Problem("clock", detail, "time", more={"decision": body})
    detail = "time: before that of the last check-in taken, or longer ago than the rules allow"
    return Problem("late", detail, "time", more={"decision": body})


def bodies(answers: "Answers", rows: Sequence[int] | None = None) -> list[DecisionBody]:
    """Decisions as they travel, of some rows or all."""
    found = answers.decisions
    which = range(len(found.outcome)) if rows is None else rows
    columns = [
        getattr(found, name).tolist()
        for name in ("outcome", "reasons", "primary", "zone", "valid_us", "retry_us", "retry_km",
                     "rate_mbps", "satellite", "gateway")
    ]  # fmt: skip
    numbers, repeated = answers.number.tolist(), answers.repeated.tolist()
    said: dict[tuple[str, int, int], tuple[str, str]] = {}
    digest, mixed = answers.digest, answers.former is not None or bool(answers.stood)
    made = []
    for i in which:
        outcome, reasons, primary, zone, valid, retry, km, rate, satellite, gateway = (c[i] for c in columns)
        rules = answers.digest_of(i) if mixed else digest
        if (rules, zone, primary) not in said:
            said[rules, zone, primary] = answers.says(zone, primary, i)
        region, rule = said[rules, zone, primary]
        made.append(
            DecisionBody(
                OUTCOMES[outcome],
                _REASON_BODIES[primary],
                [_REASON_BODIES[bit] for bit in bits(reasons)],
                region,
                rule,
                rules,
                moment_of(valid),
                moment_of(retry),
                _number(km),
                _number(rate),
                satellite if satellite >= 0 else None,
                answers.gateway(gateway),
                numbers[i] if numbers[i] >= 0 else None,
                repeated[i],
                answers.checkpoint_of(i),
            )
        )
    return made


def bits(reasons: int) -> list[int]:
    """The numbers of the bits that are set, in order."""
    found = []
    while reasons:
        low = reasons & -reasons
        found.append(low.bit_length() - 1)
        reasons ^= low
    return found


def _number(value: float) -> float | None:
    return value if value - value == 0.0 else None  # neither NaN nor infinite: JSON has none
