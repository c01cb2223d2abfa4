"""Near-Earth SGP4 for many satellites and instants: the propagation kernel.

Three small loops over the LANES satellites of a block, each of which the compiler turns into vector code.
What that takes, measured: all rows in one flat scratch array (many arrays need more overlap checks than the
compiler is ready to make), no branch, sines and cosines of our own, forced inline. Without any one of them it
is as right and 8 times slower; benchmarks/propagate.py guards it. Names are those of Spacetrack Report #3
(Hoots and Roehrich 1980) and its revision (Vallado, Crawford, Hujsak and Kelso 2006, AIAA 2006-6753);
equations: docs/models/orbits.md.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.constants import WGS72_J2, WGS72_MU_KM3_PER_S2, WGS72_RADIUS_KM
from openleo.kernels.compiled import inlined, kernel

# What the kernel is compiled with stands in this module: Numba's cache does not see a change in another one.
XKE: Final = 60.0 / math.sqrt(WGS72_RADIUS_KM**3 / WGS72_MU_KM3_PER_S2)
"""Root of the gravitational parameter, Earth radii^1.5 a minute (WGS72; Vallado 2006)."""

LANES: Final = 64
"""Satellites in a block: its rows (26 kB) stay in the first cache; 32 and 128 are 2 to 4 % slower."""

CONSTANTS: Final = (
    "epoch_jd", "epoch_fr", "mo", "mdot", "argpo", "argpdot", "nodeo", "nodedot", "nodecf",
    "no", "ao", "ecco", "cc1", "d2", "d3", "d4", "bcc4", "bcc5", "sinmao", "omgcof", "xmcof", "eta", "delmo",
    "t2cof", "t3cof", "t4cof", "t5cof", "aycof", "xlcof", "sinio", "cosio", "con41", "x1mth2", "x7thm1",
)  # fmt: skip
"""Rows of a block that `sgp4_init.initialise` writes, in order; bcc4 and bcc5 are C4 and C5 times B*."""

# Where each row of the scratch array starts: the constants, then what the loops hand to each other.
(
    _JD, _FR, _MO, _MDOT, _ARGPO, _ARGPDOT, _NODEO, _NODEDOT, _NODECF, _NO, _AO, _ECCO,
    _CC1, _D2, _D3, _D4, _BCC4, _BCC5, _SINMAO, _OMGCOF, _XMCOF, _ETA, _DELMO,
    _T2COF, _T3COF, _T4COF, _T5COF, _AYCOF, _XLCOF, _SINIO, _COSIO, _CON41, _X1MTH2, _X7THM1,
    _AM, _AXNL, _AYNL, _U, _E, _SINE, _COSE, _SINNODE, _COSNODE, _ERROR, _X, _Y, _Z, _VX, _VY, _VZ,
) = range(0, 50 * LANES, LANES)  # fmt: skip
_CONSTANTS_LENGTH = len(CONSTANTS) * LANES
_SCRATCH_LENGTH = 50 * LANES

_KM_PER_S = WGS72_RADIUS_KM * XKE / 60.0
_ROUND = 1.5 * 2.0**52  # added and taken away it rounds to the nearest integer, in vector code on any machine
_TWO_PI = 2.0 * math.pi
_TWO_PI_HEAD = 6.28125  # times a whole number of turns it is exact
_TWO_PI_TAIL = _TWO_PI - _TWO_PI_HEAD
_PI_HEAD = 3.141592502593994140625  # 23 bits: times a whole number under 2^30 it is exact
_PI_TAIL = 1.5099579909783764e-07  # the rest of pi


@inlined
def _rounded(x: float) -> float:
    return (x + _ROUND) - _ROUND


@inlined
def _within_a_turn(angle: float) -> float:
    """The angle less whole turns; SGP4's own 2 pi (a float64), so that long spans agree with it."""
    turns = _rounded(angle * (1.0 / _TWO_PI))
    return (angle - turns * _TWO_PI_HEAD) - turns * _TWO_PI_TAIL


@inlined
def _sin_cos(x: float) -> tuple[float, float]:
    """Sine and cosine to 1e-15 for |x| < 1e6."""
    k = _rounded(x * (1.0 / math.pi))
    r = (x - k * _PI_HEAD) - k * _PI_TAIL
    sign = 1.0 - 2.0 * abs(k - 2.0 * _rounded(0.5 * k))
    z = r * r
    # Chebyshev interpolation in r^2 over [0, (pi / 2)^2]; its error is 7e-16.
    s = -7.408007795516067e-13
    s = s * z + 1.60509690477946e-10
    s = s * z - 2.505197284086259e-08
    s = s * z + 2.755731805475644e-06
    s = s * z - 0.00019841269836464245
    s = s * z + 0.008333333333325924
    s = s * z - 0.1666666666666665
    c = 4.64640971522779e-14
    c = c * z - 1.1466250478536745e-11
    c = c * z + 2.0876681513907184e-09
    c = c * z - 2.7557318572848315e-07
    c = c * z + 2.4801587298910888e-05
    c = c * z - 0.0013888888888884763
    c = c * z + 0.04166666666666666
    return sign * (r + r * z * s), sign * (1.0 - 0.5 * z + z * z * c)


@inlined
def _turned(sine: float, cosine: float, d: float) -> tuple[float, float]:
    """Sine and cosine of an angle after a small turn d; Taylor series, error d^7 / 5040."""
    z = d * d
    s = d * (1.0 - z * (1.0 / 6.0 - z * (1.0 / 120.0)))
    c = 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0)))
    return sine * c + cosine * s, cosine * c - sine * s


@kernel
def _secular(w: NDArray[np.float64], jd: float, fr: float) -> None:
    """Mean elements at an instant: gravity, drag and the long-period terms."""
    for i in range(LANES):
        t = (jd - w[_JD + i]) * 1440.0 + (fr - w[_FR + i]) * 1440.0
        t2 = t * t
        xmdf = w[_MO + i] + w[_MDOT + i] * t
        node = w[_NODEO + i] + w[_NODEDOT + i] * t + w[_NODECF + i] * t2
        # Drag: terms of the mean anomaly, then polynomials of time.
        cosm = _sin_cos(xmdf)[1]
        bulge = 1.0 + w[_ETA + i] * cosm
        shift = w[_OMGCOF + i] * t + w[_XMCOF + i] * (bulge * bulge * bulge - w[_DELMO + i])
        mm = xmdf + shift
        argp = w[_ARGPO + i] + w[_ARGPDOT + i] * t - shift
        shrink = 1.0 - t * (w[_CC1 + i] + t * (w[_D2 + i] + t * (w[_D3 + i] + t * w[_D4 + i])))
        em = w[_ECCO + i] - (w[_BCC4 + i] * t + w[_BCC5 + i] * (_sin_cos(mm)[0] - w[_SINMAO + i]))
        ahead = t2 * (w[_T2COF + i] + t * (w[_T3COF + i] + t * (w[_T4COF + i] + t * w[_T5COF + i])))
        am = w[_AO + i] * shrink * shrink
        w[_ERROR + i] = 0.0 if -0.001 <= em < 1.0 else 1.0  # NaN is an error too
        em = em if em > 1.0e-6 else 1.0e-6
        xlm = mm + w[_NO + i] * ahead + argp + node

        node = _within_a_turn(node)
        sinw, cosw = _sin_cos(argp)
        by_p = 1.0 / (am * (1.0 - em * em))
        axnl = em * cosw
        w[_AM + i] = am
        w[_AXNL + i] = axnl
        w[_AYNL + i] = em * sinw + by_p * w[_AYCOF + i]
        w[_U + i] = _within_a_turn(xlm) - node + by_p * w[_XLCOF + i] * axnl
        w[_SINNODE + i], w[_COSNODE + i] = _sin_cos(node)


@kernel
def _kepler(w: NDArray[np.float64]) -> None:
    """Kepler's equation by Newton's steps, as many as the block's most eccentric orbit needs."""
    for i in range(LANES):
        w[_E + i] = w[_U + i]
    for _ in range(10):
        far = 0
        for i in range(LANES):
            e = w[_E + i]
            axnl = w[_AXNL + i]
            aynl = w[_AYNL + i]
            sine, cose = _sin_cos(e)
            step = (w[_U + i] - aynl * cose + axnl * sine - e) / (1.0 - cose * axnl - sine * aynl)
            step = min(max(step, -0.95), 0.95)
            far += abs(step) > 1.0e-6
            w[_E + i] = e + step
            # A step under 1e-6 leaves an error under 1e-12, SGP4's own limit.
            w[_SINE + i], w[_COSE + i] = _turned(sine, cose, step)
        if far == 0:
            break


@kernel
def _position(w: NDArray[np.float64], with_velocity: bool) -> None:
    """Short-period terms, then position in km and, where wanted, velocity in km/s, TEME."""
    for i in range(LANES):
        am = w[_AM + i]
        axnl = w[_AXNL + i]
        aynl = w[_AYNL + i]
        sine = w[_SINE + i]
        cose = w[_COSE + i]
        sini = w[_SINIO + i]
        cosi = w[_COSIO + i]
        ecose = axnl * cose + aynl * sine
        esine = axnl * sine - aynl * cose
        el2 = axnl * axnl + aynl * aynl
        pl = am * (1.0 - el2)
        r = am * (1.0 - ecose)
        betal = math.sqrt(1.0 - el2)
        a_by_r = am / r
        along = esine / (1.0 + betal)
        sinu = a_by_r * (sine - aynl - axnl * along)
        cosu = a_by_r * (cose - axnl + aynl * along)
        sin2u = 2.0 * cosu * sinu
        cos2u = 1.0 - 2.0 * sinu * sinu
        by_p = 1.0 / pl
        k1 = 0.5 * WGS72_J2 * by_p
        k2 = k1 * by_p
        mrt = r * (1.0 - 1.5 * k2 * betal * w[_CON41 + i]) + 0.5 * k1 * w[_X1MTH2 + i] * cos2u
        sinsu, cossu = _turned(sinu, cosu, -0.25 * k2 * w[_X7THM1 + i] * sin2u)
        sinnode, cosnode = _turned(w[_SINNODE + i], w[_COSNODE + i], 1.5 * k2 * cosi * sin2u)
        sininc, cosinc = _turned(sini, cosi, 1.5 * k2 * cosi * sini * cos2u)

        error = w[_ERROR + i]
        error = 4.0 if error == 0.0 and pl < 0.0 else error
        error = 6.0 if error == 0.0 and mrt < 1.0 else error
        w[_ERROR + i] = error
        km = mrt * WGS72_RADIUS_KM if error == 0.0 else np.nan
        xmx = -sinnode * cosinc
        xmy = cosnode * cosinc
        ux = xmx * sinsu + cosnode * cossu
        uy = xmy * sinsu + sinnode * cossu
        uz = sininc * sinsu
        w[_X + i] = km * ux
        w[_Y + i] = km * uy
        w[_Z + i] = km * uz
        if with_velocity:
            root_a = math.sqrt(am)
            n_by_xke = 1.0 / (am * root_a)
            rdot = root_a * esine / r - n_by_xke * k1 * w[_X1MTH2 + i] * sin2u
            rvdot = math.sqrt(pl) / r + n_by_xke * k1 * (w[_X1MTH2 + i] * cos2u + 1.5 * w[_CON41 + i])
            rdot = rdot if error == 0.0 else np.nan
            w[_VX + i] = (rdot * ux + rvdot * (xmx * cossu - cosnode * sinsu)) * _KM_PER_S
            w[_VY + i] = (rdot * uy + rvdot * (xmy * cossu - sinnode * sinsu)) * _KM_PER_S
            w[_VZ + i] = (rdot * uz + rvdot * (sininc * cossu)) * _KM_PER_S


@kernel
def _store(
    w: NDArray[np.float64],
    sine: float,
    cosine: float,
    turn_rad_per_s: float,
    position_km: NDArray[np.float64],
    velocity_km_per_s: NDArray[np.float64],
    error: NDArray[np.uint8],
) -> None:
    """Turn the frame about its z axis, and write the lanes that hold a satellite where they belong."""
    for i in range(error.size):
        x = cosine * w[_X + i] + sine * w[_Y + i]
        y = cosine * w[_Y + i] - sine * w[_X + i]
        w[_X + i] = x
        w[_Y + i] = y
        position_km[i, 0] = x
        position_km[i, 1] = y
        position_km[i, 2] = w[_Z + i]
        error[i] = np.uint8(w[_ERROR + i])
    for i in range(velocity_km_per_s.shape[0]):
        velocity_km_per_s[i, 0] = cosine * w[_VX + i] + sine * w[_VY + i] + turn_rad_per_s * w[_Y + i]
        velocity_km_per_s[i, 1] = cosine * w[_VY + i] - sine * w[_VX + i] - turn_rad_per_s * w[_X + i]
        velocity_km_per_s[i, 2] = w[_VZ + i]


@kernel
def propagate(
    packed: NDArray[np.float64],
    jd: NDArray[np.float64],
    fr: NDArray[np.float64],
    theta_rad: NDArray[np.float64],
    turn_rad_per_s: float,
    position_km: NDArray[np.float64],
    velocity_km_per_s: NDArray[np.float64],
    error: NDArray[np.uint8],
) -> None:
    """Positions, and velocities where there is room for them, of S satellites at T instants.

    packed: (blocks, len(CONSTANTS), LANES) from `sgp4_init.initialise`; jd, fr: (T,) Julian date, UTC, in two
    parts; theta_rad: (T,) angle by which the frame is turned about TEME's z axis, and turn_rad_per_s its
    rate: zeros give TEME, sidereal time gives ECEF. Fills position_km (T, S, 3), velocity_km_per_s (T, S, 3),
    or (T, 0, 3) where it is not wanted, and error (T, S): SGP4's code, 0 where all is well, with NaN in
    position and velocity where it is not.
    Source: Hoots and Roehrich 1980, section 6; Vallado et al. 2006.
    """
    satellites = error.shape[1]
    moving = velocity_km_per_s.shape[1]
    rows = packed.reshape(-1)
    w = np.empty(_SCRATCH_LENGTH)
    for block in range(packed.shape[0]):
        first = block * LANES
        last = min(first + LANES, satellites)
        w[:_CONSTANTS_LENGTH] = rows[block * _CONSTANTS_LENGTH : (block + 1) * _CONSTANTS_LENGTH]
        for k in range(jd.size):
            _secular(w, jd[k], fr[k])
            _kepler(w)
            _position(w, moving > 0)
            _store(
                w,
                math.sin(theta_rad[k]),
                math.cos(theta_rad[k]),
                turn_rad_per_s,
                position_km[k, first:last],
                velocity_km_per_s[k, first : min(last, moving)],
                error[k, first:last],
            )
