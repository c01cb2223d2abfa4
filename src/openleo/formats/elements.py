"""Element sets: OMM (JSON, CSV, XML), TLE and 3LE files become one `Elements`."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.formats.omm import OMM_NUMBERS, Found, Record, csv_records, json_records, xml_records
from openleo.formats.tle import has_element_lines, tle_records


@dataclass(frozen=True)
class Elements:
    """Mean elements of S satellites for SGP4 (WGS72, TEME), one row a satellite.

    Shapes: every field is (S,). The epoch is a UTC Julian date in two parts, `epoch_jd + epoch_fr`, the
    first ending in .5 (a midnight), so that nothing is lost to rounding. `ndot` and `nddot` are the
    derivatives of mean motion as the files give them, the first halved and the second by six (rad/min^2,
    rad/min^3); SGP4 does not use them.
    """

    name: tuple[str, ...]
    number: NDArray[np.int64]
    epoch_jd: NDArray[np.float64]
    epoch_fr: NDArray[np.float64]
    bstar: NDArray[np.float64]
    ndot: NDArray[np.float64]
    nddot: NDArray[np.float64]
    eccentricity: NDArray[np.float64]
    inclination_rad: NDArray[np.float64]
    raan_rad: NDArray[np.float64]
    argument_of_perigee_rad: NDArray[np.float64]
    mean_anomaly_rad: NDArray[np.float64]
    mean_motion_rad_per_min: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.name)

    def select(self, rows: NDArray[np.int64]) -> "Elements":
        """The satellites at `rows` (K,), in that order."""
        columns = (getattr(self, field.name) for field in fields(self)[1:])
        return Elements(tuple(self.name[row] for row in rows.tolist()), *(column[rows] for column in columns))


_MINUTES_PER_DAY: Final = 1440.0


def read_elements(path: str | Path, *, lenient: bool = False) -> tuple[Elements, list[str]]:
    """Read a file of element sets, its format recognised by its content.

    path: OMM in JSON, CSV or XML, TLE, or 3LE. lenient: skip a broken record instead of refusing the file.
    Returns the elements in the file's order, and messages: one for each record that was skipped (lenient),
    and one for each older element set of a satellite that the file holds more than once (the newest epoch
    stays).
    Raises InputError, naming file and line or record, where the file cannot be read, is empty or in none of
    the formats, or holds a broken record (unless lenient).
    Source: CCSDS 502.0-B-3 section 4 and annex on XML; CelesTrak, "GP data formats" and "TLE format"
    (alpha-5).
    """
    path = Path(path)
    newest: dict[int, Record] = {}
    messages: list[str] = []
    try:
        for where, found in _records(_text(path)):
            wrong = found if isinstance(found, str) else _out_of_range(found)
            if wrong and not lenient:
                raise ValueError(f"{where}: {wrong}")
            if isinstance(found, str) or wrong:
                messages.append(f"{path}, {where}: {wrong}; skipped")
                continue
            other = newest.setdefault(found.number, found)
            if other is not found:
                newer, older = (found, other) if _epoch(found) > _epoch(other) else (other, found)
                newest[found.number] = newer
                hours = 24.0 * (newer.epoch_jd - older.epoch_jd + newer.epoch_fr - older.epoch_fr)
                messages.append(
                    f"{path}, {where}: satellite {found.number} stands there twice; "
                    f"kept the newest epoch, left out the one {hours:.1f} h older"
                )
    except ValueError as fatal:
        raise InputError(f"{path}, {fatal}") from None
    return _elements(list(newest.values())), messages


def _epoch(record: Record) -> tuple[float, float]:
    return record.epoch_jd, record.epoch_fr


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as wrong:
        raise InputError(f"{path}: cannot be read: {wrong.strerror}") from None
    except UnicodeDecodeError as wrong:
        raise InputError(f"{path}: not UTF-8 text (byte {wrong.start}); element sets are text") from None
    if not text.strip():
        raise InputError(
            f"{path}: the file is empty; expected element sets (OMM in JSON, CSV or XML, or TLE)"
        )
    return text


def _records(text: str) -> Iterator[Found]:
    start = text.lstrip()
    first_line = start.partition("\n")[0].strip()
    if start[0] in "[{":
        return json_records(text)
    if start[0] == "<":
        return xml_records(text)
    if "," in first_line and "EPOCH" in first_line:
        return csv_records(text)
    lines = text.splitlines()
    if has_element_lines(lines):
        return tle_records(lines)
    raise ValueError(
        f"line 1: {first_line[:60]!r} begins none of the formats read here: "
        "OMM in JSON, CSV or XML (CCSDS 502.0-B-3), TLE, 3LE"
    )


def _elements(records: list[Record]) -> Elements:
    names = tuple(record.name for record in records)
    number = np.array([record.number for record in records], np.int64)
    values = np.array([record[2:] for record in records], np.float64).reshape(-1, 11).T
    columns = (np.ascontiguousarray(column) for column in values)
    jd, fr, bstar, dot, ddot, eccentricity, inclination, raan, perigee, anomaly, motion = columns
    per_minute = 2.0 * math.pi / _MINUTES_PER_DAY
    return Elements(
        name=names,
        number=number,
        epoch_jd=jd,
        epoch_fr=fr,
        bstar=bstar,
        ndot=dot * per_minute / _MINUTES_PER_DAY,
        nddot=ddot * per_minute / _MINUTES_PER_DAY**2,
        eccentricity=eccentricity,
        inclination_rad=np.radians(inclination),
        raan_rad=np.radians(raan),
        argument_of_perigee_rad=np.radians(perigee),
        mean_anomaly_rad=np.radians(anomaly),
        mean_motion_rad_per_min=motion * per_minute,
    )


def _out_of_range(record: Record) -> str:
    """What no orbit can have; empty where there is nothing of the kind."""
    for key, value in zip(OMM_NUMBERS, record[4:], strict=True):
        if not math.isfinite(value):
            return f"{key} is {value}; it must be finite"
    if not 0 <= record.number < 2**63:
        return f"NORAD_CAT_ID is {record.number}; allowed is 0 to 2^63 - 1"
    if not 0.0 <= record.eccentricity < 1.0:
        return f"ECCENTRICITY is {record.eccentricity:g}; allowed is 0 <= e < 1"
    if not 0.0 <= record.inclination_deg <= 180.0:
        return f"INCLINATION is {record.inclination_deg:g} deg; allowed is 0 to 180"
    for key, angle in zip(OMM_NUMBERS[5:8], record[9:12], strict=True):
        if not -360.0 <= angle <= 360.0:
            return f"{key} is {angle:g} deg; allowed is -360 to 360"
    if not record.mean_motion > 0.0:
        return f"MEAN_MOTION is {record.mean_motion:g} rev/day; it must be greater than 0"
    return ""
