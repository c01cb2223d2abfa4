"""From TEME, the frame of SGP4, to the rotating Earth; plain NumPy, since its arrays are small."""

import numpy as np
from numpy.typing import NDArray

_J2000_JD = 2451545.0


def gmst82_rad(jd: NDArray[np.float64], fr: NDArray[np.float64]) -> NDArray[np.float64]:
    """Greenwich mean sidereal time of 1982.

    jd, fr: (T,) Julian date, UT1, in two parts: their days are counted apart, so that nothing is lost.
    Returns (T,) rad in [0, 2 pi).
    Source: Aoki et al. 1982, Astronomy and Astrophysics 105, 359; Vallado 2013, equation 3-45.
    """
    whole = jd - _J2000_JD
    centuries = (whole + fr) / 36525.0
    turns = (
        67310.54841 + centuries * (8640184.812866 + centuries * (0.093104 - 6.2e-6 * centuries))
    ) / 86400.0
    return 2.0 * np.pi * ((turns + whole % 1.0 + fr) % 1.0)


def teme_to_ecef(position_teme_km: NDArray[np.float64], gmst_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions on the rotating Earth (pseudo Earth-fixed: polar motion is left out).

    position_teme_km: (T, ..., 3) km; gmst_rad: (T,) sidereal time, rad. Returns (T, ..., 3) km, ECEF.
    Source: Vallado et al. 2006, appendix C.
    """
    angle = gmst_rad.reshape((-1,) + (1,) * (position_teme_km.ndim - 2))
    sine, cosine = np.sin(angle), np.cos(angle)
    x, y, z = np.moveaxis(position_teme_km, -1, 0)
    return np.stack((cosine * x + sine * y, cosine * y - sine * x, z), axis=-1)


def velocity_teme_to_ecef(
    velocity_teme_km_per_s: NDArray[np.float64],
    position_ecef_km: NDArray[np.float64],
    gmst_rad: NDArray[np.float64],
    turn_rad_per_s: float,
) -> NDArray[np.float64]:
    """Velocities relative to the rotating Earth.

    velocity_teme_km_per_s: (T, ..., 3) km/s; position_ecef_km: (T, ..., 3) km; gmst_rad: (T,) sidereal time,
    rad; turn_rad_per_s: the Earth's rotation rate. Returns (T, ..., 3) km/s, ECEF.
    Source: Vallado et al. 2006, appendix C.
    """
    velocity = teme_to_ecef(velocity_teme_km_per_s, gmst_rad)
    velocity[..., 0] += turn_rad_per_s * position_ecef_km[..., 1]
    velocity[..., 1] -= turn_rad_per_s * position_ecef_km[..., 0]
    return velocity
