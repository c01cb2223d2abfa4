"""How fast satellites are propagated: this project's SGP4 beside the `sgp4` package, one thread each.

    python -m benchmarks.propagate [--json]

10 000 satellites of a Walker constellation, 1 440 instants a minute apart, TEME, the two sides in turn and
the median of each. The instants come in chunks, so that the results fit into memory and both sides do the
same. The `sgp4` side is its vectorised `SatrecArray`, the fastest it offers; it always computes velocities.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np
from llvmlite.binding import get_host_cpu_features
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec, SatrecArray

from openleo.formats.elements import Elements
from openleo.orbit import julian_date, prepare

PLANES, SLOTS, PHASING = 100, 100, 37
MINUTES = 1440
CHUNK = 48
ROUNDS = 3


def walker() -> Elements:
    """A Walker delta constellation of 10 000 satellites at 53 degrees and 550 km, with some drag."""
    satellites = PLANES * SLOTS
    plane, slot = np.divmod(np.arange(satellites), SLOTS)
    zero = np.zeros(satellites)
    return Elements(
        name=tuple(str(k) for k in range(satellites)),
        number=np.arange(satellites),
        epoch_jd=np.full(satellites, 2461190.5),
        epoch_fr=zero,
        bstar=np.full(satellites, 1e-4),
        ndot=zero,
        nddot=zero,
        eccentricity=np.full(satellites, 1.5e-4),
        inclination_rad=np.full(satellites, np.radians(53.0)),
        raan_rad=2.0 * np.pi * plane / PLANES,
        argument_of_perigee_rad=np.full(satellites, np.pi / 2.0),
        mean_anomaly_rad=2.0 * np.pi * (slot / SLOTS + PHASING * plane / satellites),
        mean_motion_rad_per_min=np.full(satellites, 2.0 * np.pi * 15.06 / 1440.0),
    )


def package_array(elements: Elements) -> SatrecArray:
    """The same satellites in the `sgp4` package."""
    satellites = []
    for k in range(len(elements)):
        satellite = Satrec()
        satellite.sgp4init(
            WGS72,
            "i",
            0,
            elements.epoch_jd[k] + elements.epoch_fr[k] - 2433281.5,
            elements.bstar[k],
            0.0,
            0.0,
            elements.eccentricity[k],
            elements.argument_of_perigee_rad[k],
            elements.inclination_rad[k],
            elements.mean_anomaly_rad[k],
            elements.mean_motion_rad_per_min[k],
            elements.raan_rad[k],
        )
        satellites.append(satellite)
    return SatrecArray(satellites)


def seconds(act: Callable[[NDArray[np.datetime64]], object], chunks: list[NDArray[np.datetime64]]) -> float:
    start = time.perf_counter()
    for chunk in chunks:
        act(chunk)
    return time.perf_counter() - start


def isa() -> str:
    """The widest vectors that the kernels are compiled for."""
    features = get_host_cpu_features()
    return next(
        (name for flag, name in (("avx512f", "avx512"), ("avx2", "avx2")) if features.get(flag)), "other"
    )


def measure() -> dict[str, float | str]:
    elements = walker()
    ours, theirs = prepare(elements), package_array(elements)
    instants = np.datetime64("2026-05-30", "us") + np.arange(MINUTES).astype("timedelta64[m]")
    chunks = [instants[k : k + CHUNK] for k in range(0, MINUTES, CHUNK)]
    sides: dict[str, Callable[[NDArray[np.datetime64]], object]] = {
        "ours_per_s": ours.at_teme,
        "ours_with_velocity_per_s": lambda chunk: ours.at_teme(chunk, velocity=True),
        "sgp4_per_s": lambda chunk: theirs.sgp4(*julian_date(chunk)),
    }
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for act in sides.values():
        act(chunks[0])  # compiles, and touches the memory
    for _ in range(ROUNDS):
        for side, act in sides.items():
            taken[side].append(seconds(act, chunks))
    done = len(elements) * MINUTES
    speeds = {side: done / statistics.median(times) for side, times in taken.items()}
    return {**speeds, "ratio": speeds["ours_per_s"] / speeds["sgp4_per_s"], "isa": isa()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json = parser.parse_args().json
    found = measure()
    if as_json:
        print(json.dumps(found))
        return
    print(f"SGP4, {PLANES * SLOTS} satellites x {MINUTES} minutes, one thread, vectors: {found['isa']}")
    for side, words in (
        ("ours_per_s", "openleo, positions"),
        ("ours_with_velocity_per_s", "openleo, positions and velocities"),
        ("sgp4_per_s", "sgp4 package (SatrecArray)"),
    ):
        print(f"  {words:<36}{float(found[side]) / 1e6:8.1f} million propagations a second")
    print(f"  {'ratio, positions to package':<36}{float(found['ratio']):8.1f}")


if __name__ == "__main__":
    main()
