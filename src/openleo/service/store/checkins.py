"""Check-ins and their decisions as rows of the store: how they are numbered, chained and written."""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from openleo.service.store.schema import CHECKIN_FIELDS

_COLUMNS: Final = CHECKIN_FIELDS.names or ()
INSERT_SQLITE: Final = (
    f"INSERT INTO checkins ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
)
COPY_POSTGRESQL: Final = f"COPY checkins ({', '.join(_COLUMNS)}) FROM STDIN WITH (FORMAT binary)"

_AS_GIVEN: Final = (
    "terminal", "sequence", "time_us", "lat_deg", "lon_deg", "accuracy_m", "speed_kmh", "altitude_m",
    "delay_ms", "satellite", "version", "flags",
)  # fmt: skip
_DECIDED: Final = {
    "outcome": "outcome", "reason": "primary", "zone": "zone", "valid_us": "valid_us", "retry_us": "retry_us",
    "retry_km": "retry_km", "rate_mbps": "rate_mbps", "granted": "satellite", "gateway": "gateway",
}  # fmt: skip


class Decided(Protocol):
    """Decisions as arrays (N,), as `policy.decide_batch` gives them."""

    @property
    def outcome(self) -> NDArray[Any]: ...
    @property
    def reasons(self) -> NDArray[Any]: ...
    @property
    def primary(self) -> NDArray[Any]: ...
    @property
    def zone(self) -> NDArray[Any]: ...
    @property
    def valid_us(self) -> NDArray[Any]: ...
    @property
    def retry_us(self) -> NDArray[Any]: ...
    @property
    def retry_km(self) -> NDArray[Any]: ...
    @property
    def rate_mbps(self) -> NDArray[Any]: ...
    @property
    def satellite(self) -> NDArray[Any]: ...
    @property
    def gateway(self) -> NDArray[Any]: ...
    @property
    def finding(self) -> NDArray[Any]: ...


def checkin_rows(
    checkins: NDArray[np.void], decisions: Decided, numbers: NDArray[np.int64], received_us: int,
    rules: int | NDArray[np.int64], checkpoint: int = -1,
) -> NDArray[np.void]:  # fmt: skip
    """CHECKIN rows (N,) and their decisions as rows (N,) of CHECKIN_FIELDS; `previous` is -1."""
    rows = np.zeros(len(checkins), CHECKIN_FIELDS)
    rows["number"], rows["previous"] = numbers, -1
    rows["received_us"], rows["rules"], rows["checkpoint"] = received_us, rules, checkpoint
    for name in _AS_GIVEN:
        rows[name] = checkins[name]
    rows["cell"] = checkins["cell"].view(np.int64)
    for column, name in _DECIDED.items():
        rows[column] = getattr(decisions, name)
    rows["reasons"] = np.asarray(decisions.reasons).astype(np.uint64).view(np.int64)
    rows["findings"] = decisions.finding
    return rows


def chain(rows: NDArray[np.void], terminals: NDArray[np.int64], last: NDArray[np.int64]) -> None:
    """Set `previous` of rows (N,), and `last` (K,): the last check-in of `terminals` (K,), sorted.

    Rows of a terminal are taken in their order; rows of no terminal (-1) have none before.
    """
    order = np.argsort(rows["terminal"], kind="stable")
    known = order[np.searchsorted(rows["terminal"], 0, sorter=order) :]
    if not len(known):
        return
    terminal, number = rows["terminal"][known], rows["number"][known]
    begins = np.flatnonzero(np.r_[True, terminal[1:] != terminal[:-1]])
    place = np.searchsorted(terminals, terminal[begins])
    previous = np.r_[np.int64(-1), number[:-1]]
    previous[begins] = last[place]
    rows["previous"][known] = previous
    last[place] = number[np.r_[begins[1:] - 1, len(number) - 1]]


def binary_rows(rows: NDArray[np.void]) -> bytes:
    """Rows as PostgreSQL's binary COPY takes them: a head, each field with its length, a tail."""
    shape: list[tuple[str, str]] = [("fields", ">i2")]
    for name in rows.dtype.names or ():
        shape += [(f"{name}_bytes", ">i4"), (name, rows.dtype[name].newbyteorder(">").str)]
    wired = np.empty(len(rows), np.dtype(shape))
    wired["fields"] = len(rows.dtype.names or ())
    for name in rows.dtype.names or ():
        wired[f"{name}_bytes"] = rows.dtype[name].itemsize
        wired[name] = rows[name]
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + wired.tobytes() + b"\xff\xff"


def rows_of(found: Iterator[Any] | list[Any]) -> NDArray[np.void]:
    """Rows of the table as an array of CHECKIN_FIELDS; what was left out or taken out is NaN."""
    rows = [tuple(np.nan if value is None else value for value in row) for row in found]
    return np.array(rows, CHECKIN_FIELDS)
