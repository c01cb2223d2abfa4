"""Bake dUT1 = UT1 - UTC from the IERS, as packed in the PyPI package astropy-iers-data.

    python builders/dut1.py

Values are daily (0 h UTC), measured up to the day that the table names and predicted for about a year after
it: build it anew with a newer package before it runs out. UT1 - TAI is what is stored, since it does not jump
at a leap second and may so be interpolated over one.
"""

import re
from pathlib import Path

import numpy as np
from astropy_iers_data import IERS_A_FILE, IERS_LEAP_SECOND_FILE
from numpy.typing import NDArray

TABLE = Path(__file__).parents[1] / "src" / "openleo" / "data" / "dut1.npz"
FIRST_MJD = 57023
"""2015-01-01: no element set of a LEO constellation is older."""


def leap_seconds(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days (MJD) from which TAI - UTC is so many seconds, out of the IERS file Leap_Second.dat."""
    rows = re.findall(r"^\s*(\d+)\.0\s+\d+\s+\d+\s+\d+\s+(\d+)\s*$", text, re.MULTILINE)
    mjd, seconds = np.array(rows, dtype=np.int64).T
    return mjd, seconds


def finals(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Days (MJD), dUT1 in s, and the last day measured, out of finals2000A.all (columns: see its ReadMe)."""
    mjd, dut1_s, measured = [], [], 0
    for line in text.splitlines():
        rapid, final = line[58:68].strip(), line[154:165].strip()
        day = int(float(line[7:15]))
        if not rapid or day < FIRST_MJD:
            continue
        mjd.append(day)
        dut1_s.append(float(final or rapid))
        if line[57] == "I":
            measured = day
    days = np.array(mjd, dtype=np.int64)
    if not (np.diff(days) == 1).all():
        raise ValueError("finals2000A has a gap")
    return days, np.array(dut1_s), measured


def main() -> None:
    mjd, dut1_s, measured = finals(Path(IERS_A_FILE).read_text())
    leap_mjd, tai_minus_utc_s = leap_seconds(Path(IERS_LEAP_SECOND_FILE).read_text())
    in_force = np.searchsorted(leap_mjd, mjd, side="right") - 1
    kept = slice(in_force[0], None)
    np.savez_compressed(
        TABLE,
        mjd=mjd.astype(np.int32),
        ut1_minus_tai_s=np.round(dut1_s - tai_minus_utc_s[in_force], 7),
        leap_mjd=leap_mjd[kept].astype(np.int32),
        tai_minus_utc_s=tai_minus_utc_s[kept].astype(np.int32),
        measured_to_mjd=np.int32(measured),
    )
    print(f"{TABLE.name}: MJD {mjd[0]} to {mjd[-1]}, measured to {measured}, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
