"""A batch of check-ins: decided by what is in force, and recorded with its findings and figures."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.answers import Answers, repeated
from openleo.service.force import Force, terms_of
from openleo.service.policy import Decisions, PlanNow, SkyNow, decide_batch
from openleo.service.reasons import Reason
from openleo.service.records import FindingKind, Flag, Outcome

if TYPE_CHECKING:
    from openleo.service.store import Held
    from openleo.service.terminals import Register

Rows = NDArray[np.void]

NEVER_TAKEN: Final = np.uint64(1 << Reason.REPLAY | 1 << Reason.BAD_SIGNATURE | 1 << Reason.UNKNOWN_TERMINAL)
OUT_OF_TIME: Final = np.uint64(1 << Reason.CLOCK | 1 << Reason.LATE)

KEY_MARK: Final = 8
"""First bytes of a terminal's key, by which a session names it."""


def decide_and_record(
    held: "Held", register: "Register", rows: Rows, marks: NDArray[np.uint8] | None, force: Force,
    now_us: int, sky: SkyNow | None = None, plan: PlanNow | None = None, gateways: Sequence[str] = (),
) -> Answers:  # fmt: skip
    """Decide check-ins (N,) in their order by what is in force, and record what is taken of them.

    held: the histories of their terminals. rows: CHECKIN; marks: (N, 8), first bytes of the key that vouched
    for each, None where nobody asks. sky, plan: of the slot, None without a twin. gateways: their names.
    """
    local = rows.copy()
    place = held.places(rows["terminal"])
    local["terminal"] = place
    with register.lock:
        registered = register.rows[held.terminals]
        if marks is not None:
            other = (register.keys[rows["terminal"], :KEY_MARK] != marks).any(axis=1)
            local["flags"][other] |= Flag.UNSIGNED
    before = held.histories.copy()
    terms, zone_map = terms_of(force.newer, now_us, register.names)
    other, other_map = terms_of(force.former, now_us, register.names)
    former = force.under_former(rows["terminal"], rows["lat_deg"], rows["lon_deg"])
    number_of: int | NDArray[np.int64] = force.newer.number if force.newer is not None else -1
    if former is None or not former.any():
        made = decide_batch(local, registered, held.histories, terms, zone_map, now_us, sky, plan)
    else:
        made = _no_decisions(len(rows))
        for which, mine, its_map in ((~former, terms, zone_map), (former, other, other_map)):
            part = decide_batch(local[which], registered, held.histories, mine, its_map, now_us, sky, plan)
            for column in made.__dataclass_fields__:
                getattr(made, column)[which] = getattr(part, column)
        number_of = np.where(former, force.former.number if force.former is not None else -1, number_of)
    refused = made.outcome == Outcome.REFUSE
    taken = (made.reasons & NEVER_TAKEN == 0) & ~((made.reasons & OUT_OF_TIME != 0) & refused)
    taken &= place >= 0
    if not taken.all():
        _give_back(held.histories, before, local, taken)
    number = np.full(len(rows), -1, np.int64)
    if taken.any():
        number = held.record(
            rows, made, received_us=now_us, rules=number_of, checkpoint=force.size,
            keep=None if taken.all() else taken,
        )  # fmt: skip
        _find(held, rows, made, taken, now_us)
        theirs = frozenset[int]() if former is None else frozenset(place[former].tolist())
        _first_refusals(held, before, force, theirs, now_us)
    again, stood = repeated(register.store, before, rows, place, made, taken, number, number_of)
    return Answers(made, taken, again, number, terms, gateways, former, other, force.size, stood)


def _find(held: "Held", rows: Rows, made: Decisions, taken: NDArray[np.bool_], now_us: int) -> None:
    """Open the findings that the check-ins show; of a terminal, one of a kind is open at a time."""
    found: list[tuple[str, str, str]] = []
    for i in np.flatnonzero(taken & (made.finding != 0)):
        data = json.dumps(
            {name: _plain(rows[i][name]) for name in (
                "sequence", "time_us", "lat_deg", "lon_deg", "accuracy_m", "speed_kmh", "altitude_m",
                "delay_ms", "satellite")} | {"outcome": Outcome(int(made.outcome[i])).name.lower()},
            allow_nan=False,
        )  # fmt: skip
        subject = f"terminal {int(rows[i]['terminal'])}"
        bits = int(made.finding[i])
        found.extend((kind.word, subject, data) for kind in FindingKind if bits >> kind & 1)
    if found:
        held.find(sorted(dict.fromkeys(found)), now_us)


def _first_refusals(held: "Held", before: Rows, force: Force, theirs: frozenset[int], now_us: int) -> None:
    """Add to the day's figures the time to the first refusal of terminals, and the service before it.

    theirs: places of those that the former rules decided.
    """
    after = held.histories
    new = np.flatnonzero((before["refused_us"] == 0) & (after["refused_us"] != 0))
    counts: dict[tuple[str, str], float] = {}
    for k in new:
        side = force.former if int(k) in theirs else force.newer
        zone = int(after[k]["zone"])
        for region in side.regions_of(zone) if side is not None else ("elsewhere",):
            for measure, value in (
                ("first_refusals", 1.0),
                ("seconds_to_refusal", max(after[k]["refused_us"] - after[k]["first_us"], 0) / 1e6),
                ("seconds_served_before", max(int(after[k]["served_us"]), 0) / 1e6),
            ):
                counts[region, measure] = counts.get((region, measure), 0.0) + float(value)
    if counts:
        held.count(now_us // 86_400_000_000, counts)


def _no_decisions(count: int) -> Decisions:
    """Room for decisions (N,)."""
    from openleo.kernels.policy import ANSWER

    return Decisions(**{name: np.zeros(count, ANSWER[name]) for name in ANSWER.names or ()})


def _give_back(histories: Rows, before: Rows, rows: Rows, taken: NDArray[np.bool_]) -> None:
    """Let sequence numbers of messages that are not taken be unused."""
    for k in np.unique(rows["terminal"][~taken]):
        if k >= 0:
            used = rows["sequence"][taken & (rows["terminal"] == k)]
            histories[k]["sequence"] = max(int(before[k]["sequence"]), *used.tolist(), -1)


def _plain(value: Any) -> int | float | None:
    """A number as JSON has it: none for NaN and for -1 of a satellite."""
    found: int | float = value.item()
    return None if found != found else found
