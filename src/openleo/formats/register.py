"""Registers of terminals as files: rows of CSV or Parquet with named columns, read and written."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openleo.errors import InputError

NEEDED: Final = ("hardware",)
COLUMNS: Final = (
    "hardware", "key", "account", "plan", "motion", "usage", "use", "declared_by", "sold", "sold_at",
    "dealer", "owner", "lists", "home", "home_lat", "home_lon", "state", "quota_used_mb", "sponsor",
    "price_month", "paid_from", "paid_to", "notice_days", "grace_days",
)  # fmt: skip
"""Of a file of terminals, in the order in which they are written."""

LONGEST_FIELD: Final = 10_000
AT_ONCE: Final = 10_000

Row = tuple[str, Mapping[str, str]]
"""Where it stands, and its fields as text, empty where there is nothing."""


def read_terminals(path: Path) -> Iterator[Row]:
    """The rows of a file of terminals, .csv or .parquet, one after another.

    Raises InputError where it cannot be read, is neither, has a column that is not known, given twice or
    missing, or a field that is too long.
    """
    readers = {".csv": _csv_rows, ".parquet": _parquet_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: {path.suffix or 'no ending'} given; .csv and .parquet are allowed")
    for place, row in reader(path):
        for column, value in row.items():
            if len(value) > LONGEST_FIELD:
                raise InputError(
                    f"{place}, column {column}: {len(value)} letters; {LONGEST_FIELD} are allowed"
                )
        yield place, row


def _csv_rows(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = next(reader, [])
            _check_columns(str(path), columns)
            for fields in reader:
                place = f"{path}, line {reader.line_num}"
                if len(fields) != len(columns):
                    raise InputError(f"{place}: {len(fields)} fields; the header has {len(columns)}")
                yield place, dict(zip(columns, (field.strip() for field in fields), strict=True))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no CSV in UTF-8: {error}") from error


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check_columns(str(path), file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path}, row {number}", {name: _text(value) for name, value in row.items()}
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: no Parquet: {error}") from error


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return ";".join(map(str, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _check_columns(place: str, columns: Sequence[str]) -> None:
    for fault, found in (
        ("missing", [name for name in NEEDED if name not in columns]),
        ("not known", [name for name in columns if name not in COLUMNS]),
        ("given twice", sorted({name for name in columns if list(columns).count(name) > 1})),
    ):
        if found:
            shown = ", ".join(repr(name[:40]) for name in found[:3])
            raise InputError(f"{place}: column {shown} {fault}: the columns are {', '.join(COLUMNS)}")


def write_terminals(path: Path, rows: Iterable[Mapping[str, str | float | None]]) -> int:
    """Write terminals to a new .csv or .parquet file; returns how many.

    Raises InputError where the file is there already, cannot be written, or is neither.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise InputError(f"{path}: {path.suffix or 'no ending'} given; .csv and .parquet are allowed")
    if path.exists():
        raise InputError(f"{path}: is there already; a new file is allowed")
    try:
        return _write_csv(path, rows) if suffix == ".csv" else _write_parquet(path, rows)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    many = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow(["" if row.get(name) is None else row[name] for name in COLUMNS])
            many += 1
    return many


_NUMBERS: Final = ("home_lat", "home_lon", "quota_used_mb", "price_month", "notice_days", "grace_days")


def _write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    shape = pa.schema([(name, pa.float64() if name in _NUMBERS else pa.string()) for name in COLUMNS])
    many = 0
    with pq.ParquetWriter(path, shape) as writer:
        part: list[dict[str, Any]] = []

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(part, shape))
            part.clear()

        for row in rows:
            part.append({name: row.get(name) for name in COLUMNS})
            many += 1
            if len(part) == AT_ONCE:
                flush()
        flush()
    return many
