"""Element sets: OMM (JSON, CSV, XML), TLE and 3LE files become one `Elements`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Elements:
    """Mean elements of S satellites for SGP4 (WGS72, TEME), one row a satellite.

    Shapes: every field is (S,). The epoch is a UTC Julian date in two parts, `epoch_jd + epoch_fr`, the first
    ending in .5 (a midnight), so that nothing is lost to rounding. `ndot` and `nddot` are the TLE's first and
    second derivatives of mean motion (rad/min^2, rad/min^3); SGP4 does not use them.
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
