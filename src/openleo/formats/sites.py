"""Gateways and PoPs from a CSV file: kind, name, country, lat, lon."""

import csv
from dataclasses import dataclass
from pathlib import Path

from openleo.errors import InputError

_COLUMNS = ("kind", "name", "country", "lat", "lon")


@dataclass(frozen=True)
class Site:
    """One place of the ground network, as its file says: kind "gateway" or "pop", country as ISO alpha-2."""

    kind: str
    name: str
    country: str
    lat_deg: float
    lon_deg: float


def read_sites(path: Path) -> tuple[Site, ...]:
    """Read the sites of a CSV file with the columns kind, name, country, lat, lon (others are ignored).

    Raises InputError with file, line, column, value and what is allowed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(f"{path}:1: column {missing[0]} is missing; needed are {', '.join(_COLUMNS)}")
    return tuple(_site(row, f"{path}:{rows.line_num}") for row in rows)


def _site(row: dict[str, str | None], where: str) -> Site:
    if row["kind"] not in ("gateway", "pop"):
        raise InputError(f"{where}: kind: {row['kind']!r} given; gateway or pop is allowed")
    if not row["name"] or not row["country"]:
        raise InputError(f"{where}: a name and the code of a country are needed; one of them is empty")
    return Site(
        row["kind"], row["name"], row["country"],
        _degrees(row["lat"], 90.0, f"{where}: lat"), _degrees(row["lon"], 180.0, f"{where}: lon"),
    )  # fmt: skip


def _degrees(text: str | None, limit: float, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not -limit <= value <= limit:
        raise InputError(f"{where}: {text!r} given; a number from {-limit:g} to {limit:g} is allowed")
    return value
