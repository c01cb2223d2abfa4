"""Your own list of ISLs: a CSV file of pairs of catalogue numbers."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError


def read_links(path: Path, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
    """Read ISLs from a CSV file with the columns a and b, each a catalogue number of the fleet.

    numbers: (S,) catalogue numbers. Returns (L, 2) int32 indices of satellites, a < b, each link once.
    Raises InputError with file, line, column and value for a number that the fleet has not, or a satellite
    linked to itself.
    """
    try:
        rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    for column in ("a", "b"):
        if column not in (rows.fieldnames or ()):
            raise InputError(f"{path}:1: column {column} is missing; needed are a, b")
    index = {int(number): i for i, number in enumerate(numbers)}
    links = set()
    for row in rows:
        ends, where = [], f"{path}:{rows.line_num}"
        for column in ("a", "b"):
            text = row[column] or ""
            if not text.strip().isdecimal() or int(text) not in index:
                raise InputError(f"{where}: {column}: {text!r} given; a number of the fleet is allowed")
            ends.append(index[int(text)])
        if ends[0] == ends[1]:
            raise InputError(f"{where}: b: {row['b']!r} given; it is the same satellite as a")
        links.add((min(ends), max(ends)))
    return np.array(sorted(links), np.int32).reshape(-1, 2)
