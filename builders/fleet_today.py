"""How well the shells of the world `today` stand for the satellites that really fly.

    python builders/fleet_today.py ../shared/data/gp

The folder holds `starlink-2026-05-30.tle` and `visible_by_latitude_2026-05-31.csv`. Printed are, for each
shell, how many real satellites fly within 3 km and 0.3 deg of it, how many the shell has, and how many a
least-squares fit to the satellites in view would give it; then the satellites in view by latitude: measured,
and from the shells.
"""

import csv
import sys
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from openleo.constants import WGS84_A_KM, WGS84_E2
from openleo.fleet import Fleet, SatelliteClass, Shell, from_elements, mean_altitude_km, walker
from openleo.formats.elements import read_elements
from openleo.formats.toml import parse
from openleo.orbit import propagate

START = datetime(2026, 5, 31, tzinfo=UTC)


def satellites_in_view(fleet: Fleet, lat_deg: NDArray[np.float64], minutes: range) -> NDArray[np.float64]:
    """Mean number at 25 deg and above, by latitude, over the given minutes after START and 24 longitudes."""
    times = np.datetime64(START.replace(tzinfo=None), "us") + np.array(minutes).astype("timedelta64[m]")
    position = propagate(fleet.elements, times).position_ecef_km
    lon = np.radians(np.arange(0.0, 360.0, 15.0))
    seen = np.zeros(len(lat_deg))
    for row, lat in enumerate(np.radians(lat_deg)):
        up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.full_like(lon, np.sin(lat))])
        place = up * WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * np.sin(lat) ** 2)
        place[2] *= 1.0 - WGS84_E2
        for now in position:
            height = now @ up - np.sum(place * up, axis=0)
            range_km = np.sqrt(np.sum(now**2, axis=1)[:, None] - 2.0 * now @ place + np.sum(place**2, axis=0))
            seen[row] += np.sum(height >= np.sin(np.radians(25.0)) * range_km)
    return seen / (len(times) * len(lon))


def main(folder: Path) -> None:
    """Print the comparison."""
    world = tomllib.loads((files("openleo") / "worlds" / "today.toml").read_text())["fleet"]
    classes = [parse(SatelliteClass, table, "today.toml: fleet.classes") for table in world["classes"]]
    shells = [parse(Shell, table, "today.toml: fleet.shells") for table in world["shells"]]
    with (folder / "visible_by_latitude_2026-05-31.csv").open() as stream:
        table = [(float(row["lat"]), float(row["mean_ge25"])) for row in csv.DictReader(stream)]
    lat_deg, measured = np.array([row for row in table if row[0] <= 70.0]).T
    minutes = range(0, 180, 10)

    real = from_elements(read_elements(folder / "starlink-2026-05-30.tle")[0], classes)
    altitude_km, inclination_deg = mean_altitude_km(real.elements), np.degrees(real.elements.inclination_rad)
    print(f"{real.read} element sets; left out: {real.left_out}; {len(real)} kept")
    fleets = [walker([shell], classes, START) for shell in shells]
    each = np.array([satellites_in_view(fleet, lat_deg, minutes) for fleet in fleets])
    fit = lsq_linear((each / measured).T, np.ones(len(lat_deg)), bounds=(0.0, np.inf)).x
    print("shell            flown    here     fit")
    for shell, fleet, share in zip(shells, fleets, fit, strict=True):
        near = np.abs(inclination_deg - shell.inclination_deg) < 0.3
        near &= np.abs(altitude_km - shell.altitude_km) < 3.0
        print(f"{shell.name:14} {near.sum():7} {len(fleet):7} {share * len(fleet):7.0f}")
    print(
        f"together               {sum(map(len, fleets)):7} {sum(fit * [len(fleet) for fleet in fleets]):7.0f}"
    )
    print("latitude measured    here   ratio")
    for lat, there, here in zip(lat_deg, measured, each.sum(axis=0), strict=True):
        print(f"{lat:8.0f} {there:8.1f} {here:7.1f} {here / there:7.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
