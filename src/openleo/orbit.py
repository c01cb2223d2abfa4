"""Where the satellites are: elements and times become an `Ephemeris`.

Near-Earth orbits run through the kernel; orbits with periods of 225 minutes and more go to the `sgp4`
package. docs/models/orbits.md has the equations, their sources and what each simplification costs.
"""

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from openleo.constants import EARTH_ROTATION_RAD_PER_S, UNIX_EPOCH_JD
from openleo.data import load
from openleo.errors import InputError
from openleo.kernels.frames import gmst82_rad, teme_to_ecef, velocity_teme_to_ecef

if TYPE_CHECKING:
    from sgp4.api import SatrecArray

    from openleo.formats.elements import Elements

Dut1 = Literal["table", "zero"]

DEEP_SPACE_MINUTES: Final = 225.0
"""Period from which SGP4 adds the Moon, the Sun and resonances (Hoots and Roehrich 1980)."""

STALE_DAYS: Final = 14.0
"""Age of elements from which a run warns."""

_ERRORS: Final = {
    0: "well",
    1: "the mean eccentricity has left 0 to 1",
    2: "the mean motion is not positive",
    3: "the eccentricity with lunar and solar terms has left 0 to 1",
    4: "the semi-latus rectum is negative",
    6: "the satellite has decayed: its orbit meets the Earth",
}
_MJD_JD = 2400000.5
_MICROSECONDS_PER_DAY = 86_400_000_000


class Dut1Warning(UserWarning):
    """UT1 - UTC is asked for outside the baked table, whose nearest value is used."""


@dataclass(frozen=True)
class Ephemeris:
    """Positions of S satellites at T instants, fixed to the Earth; NaN where `error` is not 0.

    time: (T,) UTC; position_ecef_km: (T, S, 3) km; velocity_ecef_km_per_s: (T, S, 3) km/s relative to the
    rotating Earth, or None; error: (T, S) SGP4's codes (`error_text`).
    """

    time: NDArray[np.datetime64]
    position_ecef_km: NDArray[np.float64]
    velocity_ecef_km_per_s: NDArray[np.float64] | None
    error: NDArray[np.uint8]


@dataclass(frozen=True)
class TemeEphemeris:
    """The same in TEME, SGP4's own inertial frame (true equator, mean equinox)."""

    time: NDArray[np.datetime64]
    position_teme_km: NDArray[np.float64]
    velocity_teme_km_per_s: NDArray[np.float64] | None
    error: NDArray[np.uint8]


@dataclass(frozen=True)
class Propagator:
    """Elements made ready by `prepare`, to be asked for any instants.

    satellites: how many; packed: the kernel's constants; deep: (D,) which satellites are in deep space;
    deep_space: those in the `sgp4` package, or None.
    """

    satellites: int
    packed: NDArray[np.float64]
    deep: NDArray[np.intp]
    deep_space: "SatrecArray | None"

    def at(
        self, times: NDArray[np.datetime64], *, dut1: Dut1 = "table", velocity: bool = False, threads: int = 1
    ) -> Ephemeris:
        """Positions in ECEF (without polar motion); arguments, result and errors as in `propagate`."""
        time = _instants(times)
        jd, fr = julian_date(time)
        gmst_rad = gmst82_rad(jd, fr + ut1_minus_utc_s(time, dut1) / 86400.0)
        return Ephemeris(time, *self._run(jd, fr, gmst_rad, EARTH_ROTATION_RAD_PER_S, velocity, threads))

    def at_teme(
        self, times: NDArray[np.datetime64], *, velocity: bool = False, threads: int = 1
    ) -> TemeEphemeris:
        """Positions in TEME; arguments and errors as in `propagate`."""
        time = _instants(times)
        jd, fr = julian_date(time)
        return TemeEphemeris(time, *self._run(jd, fr, np.zeros(len(jd)), 0.0, velocity, threads))

    def _run(
        self,
        jd: NDArray[np.float64],
        fr: NDArray[np.float64],
        theta_rad: NDArray[np.float64],
        turn_rad_per_s: float,
        velocity: bool,
        threads: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.uint8]]:
        from openleo.kernels.sgp4 import propagate as kernel  # here, since Numba is slow to import

        if threads < 1:
            raise InputError(f"threads: {threads} is not allowed; it must be 1 or more")
        position = np.empty((len(jd), self.satellites, 3))
        moving = np.empty((len(jd), self.satellites if velocity else 0, 3))
        error = np.empty((len(jd), self.satellites), dtype=np.uint8)

        def part(k: slice) -> None:
            kernel(self.packed, jd[k], fr[k], theta_rad[k], turn_rad_per_s, position[k], moving[k], error[k])

        if threads == 1:
            part(slice(None))
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(part, _parts(len(jd), threads)))
        if self.deep_space is not None:
            code, position_teme, velocity_teme = (a.swapaxes(0, 1) for a in self.deep_space.sgp4(jd, fr))
            position_teme[code != 0] = velocity_teme[code != 0] = np.nan
            error[:, self.deep] = code
            position[:, self.deep] = turned = teme_to_ecef(position_teme, theta_rad)
            if velocity:
                moving[:, self.deep] = velocity_teme_to_ecef(velocity_teme, turned, theta_rad, turn_rad_per_s)
        return position, moving if velocity else None, error


def prepare(elements: "Elements") -> Propagator:
    """Compute what SGP4 (WGS72, improved mode) needs once a satellite.

    elements: S mean element sets. Returns the `Propagator` that can be asked for any instants.
    Source: Vallado, Crawford, Hujsak and Kelso 2006, Revisiting Spacetrack Report #3, AIAA 2006-6753.
    """
    from openleo.kernels.sgp4_init import initialise, unkozai

    # Elements that make no orbit become NaN here, and an error code in the kernel.
    with np.errstate(all="ignore"):
        mean_motion = unkozai(
            elements.mean_motion_rad_per_min, elements.eccentricity, elements.inclination_rad
        )
        packed = initialise(
            elements.epoch_jd,
            elements.epoch_fr,
            elements.bstar,
            elements.eccentricity,
            elements.inclination_rad,
            elements.raan_rad,
            elements.argument_of_perigee_rad,
            elements.mean_anomaly_rad,
            mean_motion,
        )
        deep = np.flatnonzero(2.0 * np.pi / mean_motion >= DEEP_SPACE_MINUTES)
    return Propagator(len(mean_motion), packed, deep, _deep_space(elements, deep) if len(deep) else None)


def propagate(
    elements: "Elements",
    times: NDArray[np.datetime64],
    *,
    dut1: Dut1 = "table",
    velocity: bool = False,
    threads: int = 1,
) -> Ephemeris:
    """Positions of satellites at instants, fixed to the Earth, from their mean elements.

    elements: S mean element sets; times: (T,) UTC; dut1: UT1 - UTC from the IERS table, or zero (up to 44 m
    in 2026); velocity: whether velocities are wanted too; threads: how many share the instants.
    Returns the `Ephemeris`. Raises InputError where a time is no time or `dut1` or `threads` is not allowed,
    and warns with `Dut1Warning` where a time is outside the table.
    Source: SGP4 as in `prepare`; TEME to ECEF by the sidereal time of 1982, Vallado et al. 2006, appendix C.
    """
    return prepare(elements).at(times, dut1=dut1, velocity=velocity, threads=threads)


def error_text(code: int) -> str:
    """What an error code of SGP4 means, in a few words.

    code: 0 to 6. Returns the words; an unknown code is named as such.
    Source: Vallado et al. 2006, AIAA 2006-6753.
    """
    return _ERRORS.get(int(code), f"unknown SGP4 error {code}")


def julian_date(time: NDArray[np.datetime64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Julian dates of instants, in two parts: in one float64 they would lose 20 microseconds, 0.15 m of an
    orbit.

    time: (T,) UTC. Returns the midnight before and the fraction of the day since, (T,) each.
    """
    day, microsecond = np.divmod(time.astype("datetime64[us]").astype(np.int64), _MICROSECONDS_PER_DAY)
    return UNIX_EPOCH_JD + day, microsecond / _MICROSECONDS_PER_DAY


def ut1_minus_utc_s(time: NDArray[np.datetime64], source: Dut1 = "table") -> NDArray[np.float64]:
    """The Earth's rotation against its clock, UT1 - UTC.

    time: (T,) UTC; source: the baked IERS table (measured, then predicted), or zero. Returns (T,) s.
    Raises InputError for another source; warns with `Dut1Warning` outside the table, and uses its nearest
    value.
    Source: IERS, finals2000A; interpolated in UT1 - TAI, which does not jump at a leap second.
    """
    if source == "zero":
        return np.zeros(len(time))
    if source != "table":
        raise InputError(f"dut1: {source!r} is not allowed; it must be 'table' or 'zero'")
    table = load("dut1")
    jd, fr = julian_date(time)
    mjd = (jd - _MJD_JD) + fr
    first, last = int(table["mjd"][0]), int(table["mjd"][-1])
    if len(mjd) and (mjd.min() < first or mjd.max() > last):
        warnings.warn(
            f"UT1 - UTC is known from {_date(first)} to {_date(last)} and asked for at "
            f"{time[np.argmax(np.abs(mjd - (first + last) / 2))]}: its nearest value is used "
            "(an error of 1 ms turns the Earth by 0.5 m at the equator)",
            Dut1Warning,
            stacklevel=3,
        )
    mjd = np.clip(mjd, first, last)
    leap = np.searchsorted(table["leap_mjd"], mjd, side="right") - 1
    ut1_minus_tai_s = np.interp(mjd, table["mjd"], table["ut1_minus_tai_s"])
    return np.asarray(ut1_minus_tai_s + table["tai_minus_utc_s"][leap])


def age_days(elements: "Elements", time: np.datetime64) -> NDArray[np.float64]:
    """How old element sets are at an instant.

    elements: S element sets; time: UTC. Returns (S,) days since their epochs, negative before them.
    """
    jd, fr = julian_date(np.array([time]))
    return np.asarray((jd[0] - elements.epoch_jd) + (fr[0] - elements.epoch_fr))


def age_warning(elements: "Elements", time: np.datetime64) -> str | None:
    """Say what a run's elements have lost by age, where the oldest is more than `STALE_DAYS` from the
    instant.

    elements: S element sets; time: UTC, the run's epoch. Returns a sentence, or None where all are young
    enough.
    Source: Kelso 2007, Validation of SGP4 and IS-GPS-200D against GPS precision ephemerides, AAS 07-127;
    Vallado and Cefola 2012, Two-line element sets: practice and use, 63rd International Astronautical
    Congress.
    """
    age = np.abs(age_days(elements, time))
    stale = age > STALE_DAYS
    if not stale.any():
        return None
    oldest = float(age.max())
    return (
        f"{int(stale.sum())} of {len(age)} element sets are more than {STALE_DAYS:.0f} days from {time}, "
        f"the furthest {oldest:.0f} days: expect {oldest:.0f} to {3.0 * oldest:.0f} km of error along its "
        "track (1 to 3 km a day), and far more where a satellite has manoeuvred since"
    )


def _instants(times: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    time = np.atleast_1d(np.asarray(times))
    if time.dtype.kind != "M" or time.ndim != 1:
        raise InputError(
            f"times: {time.dtype} of shape {time.shape} is not allowed; it must be datetime64 (T,)"
        )
    if np.isnat(time).any():
        raise InputError(
            f"times: NaT at index {int(np.argmax(np.isnat(time)))} is not allowed; it must be an instant"
        )
    return time.astype("datetime64[us]")


def _parts(length: int, parts: int) -> Iterator[slice]:
    edges = np.linspace(0, length, parts + 1).astype(int)
    return (slice(first, last) for first, last in pairwise(edges))


def _date(mjd: int) -> np.datetime64:
    return np.datetime64("1858-11-17") + mjd


def _deep_space(elements: "Elements", rows: NDArray[np.intp]) -> "SatrecArray":
    from sgp4.api import WGS72, Satrec, SatrecArray

    satellites = []
    for k in rows:
        satellite = Satrec()
        satellite.sgp4init(
            WGS72,
            "i",
            0,  # a catalogue number of nine digits would not fit, and nothing depends on it
            elements.epoch_jd[k] + elements.epoch_fr[k] - 2433281.5,
            elements.bstar[k],
            elements.ndot[k],
            elements.nddot[k],
            elements.eccentricity[k],
            elements.argument_of_perigee_rad[k],
            elements.inclination_rad[k],
            elements.mean_anomaly_rad[k],
            elements.mean_motion_rad_per_min[k],
            elements.raan_rad[k],
        )
        # In one float64 the epoch has been rounded.
        satellite.jdsatepoch, satellite.jdsatepochF = elements.epoch_jd[k], elements.epoch_fr[k]
        satellites.append(satellite)
    return SatrecArray(satellites)
