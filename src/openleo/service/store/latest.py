"""What the last check-ins of many terminals said beside a position: speed, height and software."""

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from openleo.service.store.schema import CHECKIN_FIELDS

if TYPE_CHECKING:
    from openleo.service.store.database import Store

_SAID: Final = ("number", "speed_kmh", "altitude_m", "version")
SAID: Final = np.dtype([(name, CHECKIN_FIELDS[name]) for name in _SAID])
"""Number of a check-in in the store (-1: it is not there), speed and height (NaN: not given), version."""

AT_ONCE: Final = 50_000
"""Check-ins asked for at once."""

_ASKED: Final = {
    "sqlite": "SELECT value FROM json_each(:numbers)",
    "postgresql": "SELECT unnest(CAST(:numbers AS bigint[]))",
}


def said(store: "Store", numbers: NDArray[np.int64]) -> NDArray[np.void]:
    """What check-ins of those numbers (N,) said, rows (N,) of SAID; -1 is no number of any."""
    rows = np.zeros(len(numbers), SAID)
    rows["number"] = rows["version"] = -1
    rows["speed_kmh"] = rows["altitude_m"] = np.nan
    order = np.argsort(numbers, kind="stable")
    order = order[np.searchsorted(numbers, 0, sorter=order) :]
    asked = text(f"SELECT {', '.join(_SAID)} FROM checkins WHERE number IN ({_ASKED[store.dialect]})")
    with store.read() as connection:
        for first in range(0, len(order), AT_ONCE):
            places = order[first : first + AT_ONCE]
            wanted = json.dumps(numbers[places].tolist(), separators=(",", ":"))
            if store.dialect == "postgresql":
                wanted = "{" + wanted[1:-1] + "}"
            found = _rows(connection.execute(asked, {"numbers": wanted}))
            found.sort(order="number")
            at = np.searchsorted(found["number"], numbers[places])
            at[at == len(found)] = 0
            there = found["number"][at] == numbers[places] if len(found) else np.zeros(len(places), np.bool_)
            rows[places[there]] = found[at[there]]
    return rows


def _rows(found: Any) -> NDArray[np.void]:
    return np.array([tuple(np.nan if value is None else value for value in row) for row in found], SAID)
