"""Orbit Mean-elements Messages (CCSDS 502.0-B-3) in JSON, CSV and XML, record by record."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

ORDINAL_TO_JD: Final = 1_721_424.5
"""What a day's ordinal in Python's calendar lacks to the Julian date of its midnight."""


class Record(NamedTuple):
    """One satellite as element files give it: angles in degrees, mean motion in revolutions a day.

    The epoch is a UTC Julian date in two parts; `mean_motion_dot` is halved (rev/day^2) and
    `mean_motion_ddot` divided by six (rev/day^3), as in a TLE; `bstar` is in 1/Earth radii.
    """

    name: str
    number: int
    epoch_jd: float
    epoch_fr: float
    bstar: float
    mean_motion_dot: float
    mean_motion_ddot: float
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    argument_of_perigee_deg: float
    mean_anomaly_deg: float
    mean_motion: float


Found: TypeAlias = tuple[str, Record | str]
"""Where in the file, and the record that stands there or what is wrong with it."""


OMM_NUMBERS: Final = (
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "MEAN_MOTION",
)
"""Keywords of a record's numbers, in the order of `Record`'s fields from `bstar` on."""

_UNUSED_BY_SGP4: Final = ("MEAN_MOTION_DOT", "MEAN_MOTION_DDOT")
"""A record without these is whole."""

_OMM_FIXED: Final = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP", "SGP/SGP4"),
}
"""What a record must say, where it says anything, for its numbers to be SGP4's."""

_EPOCH: Final = re.compile(r"(\d{4})-(?:(\d\d)-(\d\d)|(\d{3}))[T ](\d\d):(\d\d):(\d\d(?:\.\d*)?)Z?", re.ASCII)


def _record(record: Mapping[str, Any]) -> Record:
    for key, allowed in _OMM_FIXED.items():
        value = record.get(key)
        if value is not None and str(value).strip().upper() not in allowed:
            raise ValueError(f"{key} is {value!r}; only {' or '.join(allowed)} is read")
    number = _value(record, "NORAD_CAT_ID")
    if not re.fullmatch(r"\d{1,19}", number, re.ASCII):
        raise ValueError(f"NORAD_CAT_ID is {number!r}; expected an integer")
    name = str(record.get("OBJECT_NAME") or "").strip() or number
    values = []
    for key in OMM_NUMBERS:
        text = _value(record, key, "0" if key in _UNUSED_BY_SGP4 else None)
        try:
            values.append(float(text))
        except ValueError:
            raise ValueError(f"{key} is {text!r}; expected a number") from None
    jd, fr = _julian_date(_value(record, "EPOCH"))
    return Record(name, int(number), jd, fr, *values)


def _value(record: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = record.get(key)
    text = "" if value is None else str(value).strip()
    if text:
        return text
    if default is None:
        raise ValueError(f"{key} is missing")
    return default


def _julian_date(epoch: str) -> tuple[float, float]:
    """Midnight and fraction of day of an epoch in CCSDS time code ASCII A or B (CCSDS 301.0-B-4, 3.5)."""
    match = _EPOCH.fullmatch(epoch)
    if match is None:
        raise ValueError(f"EPOCH is {epoch!r}; expected the form 2026-05-30T10:06:00.123456")
    year, month, day, day_of_year, hour, minute, second = match.groups()
    try:
        midnight = date(int(year), int(month or 1), int(day or 1)).toordinal()
    except ValueError:
        raise ValueError(f"EPOCH is {epoch!r}; there is no such day") from None
    if day_of_year is not None:
        midnight += int(day_of_year) - 1
        if not 1 <= int(day_of_year) <= 366:
            raise ValueError(f"EPOCH is {epoch!r}; there is no such day")
    if int(hour) > 23 or int(minute) > 59 or float(second) >= 61.0:
        raise ValueError(f"EPOCH is {epoch!r}; there is no such time of day")
    seconds = 3600 * int(hour) + 60 * int(minute) + float(second)
    return midnight + ORDINAL_TO_JD, seconds / 86400.0


def _found(where: str, record: Any) -> Found:
    try:
        if not isinstance(record, Mapping):
            raise ValueError(f"expected an object of OMM keywords, not {str(record)[:40]!r}")
        name = str(record.get("OBJECT_NAME") or "").strip()
        where = f"{where} ({name})" if name else where
        return where, _record(record)
    except ValueError as wrong:
        return where, str(wrong)


def json_records(text: str) -> Iterator[Found]:
    """The records of OMM in JSON; ValueError, with the line, where the text is none."""
    try:
        records = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"line {wrong.lineno}, column {wrong.colno}: not JSON: {wrong.msg}") from None
    except RecursionError:
        raise ValueError("line 1: not OMM: JSON nested too deeply") from None
    if not isinstance(records, list):
        records = [records]
    for index, record in enumerate(records, start=1):
        yield _found(f"record {index}", record)


def csv_records(text: str) -> Iterator[Found]:
    """The records of OMM in CSV; ValueError, with the line, where the text is none."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for line in reader:
            if not any(field.strip() for field in line):
                continue
            where = f"line {reader.line_num}"
            if not header:
                header = [key.strip() for key in line]
                missing = {"NORAD_CAT_ID", "EPOCH", *OMM_NUMBERS} - {*header, *_UNUSED_BY_SGP4}
                if missing:
                    raise ValueError(f"{where}: the header lacks {', '.join(sorted(missing))}")
            elif len(line) != len(header):
                yield where, f"{len(line)} fields, where the header has {len(header)}"
            else:
                yield _found(where, dict(zip(header, line, strict=True)))
    except csv.Error as wrong:
        raise ValueError(f"line {reader.line_num}: not CSV: {wrong}") from None


def xml_records(text: str) -> Iterator[Found]:
    """The records of OMM in XML; ValueError, with the line, where the text is none."""
    from xml.etree import ElementTree  # not needed by most runs

    # Without a document type no entity can be declared: nothing expands, nothing is fetched.
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ValueError("line 1: holds a document type declaration, as web pages do and an OMM does not")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as wrong:
        raise ValueError(f"line {wrong.position[0]}: not XML: {wrong}") from None
    # tags may come with a namespace: {urn:ccsds:...}omm
    records = [node for node in root.iter() if node.tag.rpartition("}")[2].lower() == "omm"]
    if not records and root.tag.rpartition("}")[2].lower() != "ndm":
        raise ValueError(f"line 1: XML of <{root.tag}>, which holds no <omm>")
    for index, record in enumerate(records, start=1):
        leaves = {leaf.tag.rpartition("}")[2]: leaf.text for leaf in record.iter() if len(leaf) == 0}
        yield _found(f"record {index}", leaves)
