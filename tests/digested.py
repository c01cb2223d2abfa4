"""Stores with check-ins of known days for tests, and a log for their roots."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ledger_folders import a_witness
from numpy.typing import NDArray

from openleo.ledger.log import Log
from openleo.service.entries import Entry
from openleo.service.figures import Published
from openleo.service.policy import Decisions
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN, Outcome
from openleo.service.store import Store
from openleo.service.terminals import Register

DAY_US = 86_400_000_000
DAY = 20_635
"""2026-07-01, in days since 1970."""
ORIGIN = "log.example/days"
RULES = "5e" * 32
"""The digest of the rule set that decided."""


def filled(store: Store, terminals: int = 30) -> None:
    """Terminals KIT-0, KIT-1, ..., and a rule set with two zones: none, and regions North and Coast."""
    entries = [Entry(hardware=f"KIT-{k}", plan="home", account="tests") for k in range(terminals)]
    Register.load(store).add(entries, by="tests", now_us=DAY * DAY_US - DAY_US)
    store.put_in_force(RULES, "tests", 1, [("", "", ""), ("FR", "", "North | Coast")], DAY * DAY_US)


def checked_in(
    store: Store,
    day: int,
    terminals: Any,
    *,
    sequence: int = 1,
    refused: bool = False,
    second: int = 60,
    checkpoint: int = -1,
) -> NDArray[np.int64]:
    """Check-ins of these terminals so many seconds after a day began, each somewhere else; their numbers."""
    of = np.asarray(list(terminals))
    received_us = day * DAY_US + second * 1_000_000
    rows = np.zeros(len(of), CHECKIN)
    rows["terminal"], rows["sequence"], rows["time_us"] = of, sequence, received_us - 250_000
    rows["lat_deg"], rows["lon_deg"], rows["accuracy_m"] = 10.0 + of / 7, -of / 3, 12.3
    rows["speed_kmh"] = rows["altitude_m"] = rows["delay_ms"] = np.nan
    count = len(of)
    reasons = 1 << Reason.UNLICENSED | 1 << Reason.UNPAID if refused else 0
    made = Decisions(
        outcome=np.full(count, Outcome.REFUSE if refused else Outcome.SERVE, np.int8),
        reasons=np.full(count, reasons, np.uint64),
        primary=np.full(count, Reason.UNLICENSED if refused else Reason.NONE, np.int8),
        zone=np.full(count, int(refused), np.int32),
        valid_us=np.full(count, 0 if refused else received_us + 300_000_000, np.int64),
        retry_us=np.full(count, received_us + 3_600_000_000, np.int64),
        retry_km=np.full(count, np.inf, np.float32),
        rate_mbps=np.full(count, 0.0 if refused else 50.0, np.float32),
        satellite=np.full(count, -1 if refused else 44, np.int32),
        gateway=np.full(count, -1, np.int32),
        finding=np.zeros(count, np.uint32),
    )
    with store.locked(rows["terminal"]) as held:
        places = held.places(rows["terminal"])
        for name in ("sequence", "time_us", "lat_deg", "lon_deg"):
            held.histories[name][places] = rows[name]
        return held.record(rows, made, received_us=received_us, rules=1, checkpoint=checkpoint)


def after(day: int) -> int:
    """An hour after a day is over, in microseconds."""
    return (day + 1) * DAY_US + 3_600_000_000


def figures(store: Store, day: int) -> Published:
    """The figures of a store, asked for an hour after a day."""
    return Published(store, lambda: after(day))


@contextmanager
def a_log(folder: Path) -> Iterator[Log]:
    """A log without witnesses in a folder, made where it is not there."""
    if not folder.exists():
        Log.create(folder, ORIGIN)
    with Log.open(folder) as log:
        yield log


def policy_of(log: Log, witness: str = "") -> bytes:
    """A policy that trusts a log, and one that asks for a witness where its name is given."""
    if not witness:
        return log.store.policy.raw
    key = a_witness(witness).verifier.vkey
    lines = [f"log {signer.verifier.vkey}" for signer in log.store.signers]
    return "\n".join((*lines, f"witness w {key}", "quorum w", "")).encode()
