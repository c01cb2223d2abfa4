"""What SGP4 computes once a satellite: the constants of its drag and gravity series, packed for the kernel.

Plain NumPy: it runs once a fleet. Names are those of Spacetrack Report #3 (Hoots and Roehrich 1980) and of
its revision (Vallado, Crawford, Hujsak and Kelso 2006, AIAA 2006-6753); the equations stand in
docs/models/orbits.md.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.constants import WGS72_J2, WGS72_RADIUS_KM
from openleo.kernels.sgp4 import CONSTANTS, LANES, XKE

J3: Final = -2.53881e-6
"""Third zonal harmonic that SGP4 element sets are made with (WGS72; Vallado 2006)."""

J4: Final = -1.65597e-6
"""Fourth zonal harmonic that SGP4 element sets are made with (WGS72; Vallado 2006)."""


def unkozai(
    mean_motion: NDArray[np.float64], eccentricity: NDArray[np.float64], inclination_rad: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Brouwer's mean motion from the Kozai mean motion of an element set.

    mean_motion: (S,) rad/min; eccentricity: (S,); inclination_rad: (S,). Returns (S,) rad/min.
    Source: Hoots and Roehrich 1980, section 6, first equations.
    """
    beta2 = 1.0 - eccentricity**2
    d1 = 0.75 * WGS72_J2 * (3.0 * np.cos(inclination_rad) ** 2 - 1.0) / (np.sqrt(beta2) * beta2)
    a1 = (XKE / mean_motion) ** (2.0 / 3.0)
    delta = d1 / a1**2
    a = a1 * (1.0 - delta * (1.0 / 3.0 + delta * (1.0 + 134.0 / 81.0 * delta)))
    return np.asarray(mean_motion / (1.0 + d1 / a**2))


def initialise(
    epoch_jd: NDArray[np.float64],
    epoch_fr: NDArray[np.float64],
    bstar: NDArray[np.float64],
    ecco: NDArray[np.float64],
    inclo: NDArray[np.float64],
    nodeo: NDArray[np.float64],
    argpo: NDArray[np.float64],
    mo: NDArray[np.float64],
    no: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The constants of near-Earth SGP4, in blocks of `LANES` satellites.

    epoch_jd, epoch_fr: (S,) Julian date, UTC, in two parts; bstar: (S,) per Earth radius; ecco: (S,)
    eccentricity; inclo, nodeo, argpo, mo: (S,) inclination, right ascension of the ascending node, argument
    of perigee and mean anomaly, rad; no: (S,) Brouwer's mean motion (`unkozai`), rad/min.
    Returns (blocks, len(CONSTANTS), LANES); lanes past the last satellite are zero.
    Source: Hoots and Roehrich 1980, section 6; Vallado et al. 2006.
    """
    j3_by_j2 = J3 / WGS72_J2
    cosio, sinio = np.cos(inclo), np.sin(inclo)
    cos2, cos4 = cosio**2, cosio**4
    beta2 = 1.0 - ecco**2
    con41 = 3.0 * cos2 - 1.0
    x1mth2 = 1.0 - cos2
    ao = (XKE / no) ** (2.0 / 3.0)
    perigee_km = (ao * (1.0 - ecco) - 1.0) * WGS72_RADIUS_KM

    # The density function's s, lowered for perigees under 156 km.
    s_km = np.where(perigee_km < 156.0, np.where(perigee_km < 98.0, 20.0, perigee_km - 78.0), 78.0)
    s = s_km / WGS72_RADIUS_KM + 1.0
    q0ms4 = ((120.0 - s_km) / WGS72_RADIUS_KM) ** 4
    tsi = 1.0 / (ao - s)
    eta = ao * ecco * tsi
    eta2 = eta**2
    eeta = ecco * eta
    psi2 = np.abs(1.0 - eta2)
    coef = q0ms4 * tsi**4
    coef1 = coef / psi2**3.5

    cc2 = coef1 * no * (
        ao * (1.0 + 1.5 * eta2 + eeta * (4.0 + eta2))
        + 0.375 * WGS72_J2 * tsi / psi2 * con41 * (8.0 + 3.0 * eta2 * (8.0 + eta2))
    )  # fmt: skip
    cc1 = bstar * cc2
    eccentric = ecco > 1.0e-4
    with np.errstate(divide="ignore", invalid="ignore"):
        cc3 = np.where(eccentric, -2.0 * coef * tsi * j3_by_j2 * no * sinio / ecco, 0.0)
        xmcof = np.where(eccentric, -2.0 / 3.0 * coef * bstar / eeta, 0.0)
    cc4 = 2.0 * no * coef1 * ao * beta2 * (
        eta * (2.0 + 0.5 * eta2)
        + ecco * (0.5 + 2.0 * eta2)
        - WGS72_J2 * tsi / (ao * psi2) * (
            -3.0 * con41 * (1.0 - 2.0 * eeta + eta2 * (1.5 - 0.5 * eeta))
            + 0.75 * x1mth2 * (2.0 * eta2 - eeta * (1.0 + eta2)) * np.cos(2.0 * argpo)
        )
    )  # fmt: skip
    cc5 = 2.0 * coef1 * ao * beta2 * (1.0 + 2.75 * (eta2 + eeta) + eeta * eta2)

    # Secular rates under J2 and J4.
    pinv2 = 1.0 / (ao * beta2) ** 2
    k1 = 1.5 * WGS72_J2 * pinv2 * no
    k2 = 0.5 * k1 * WGS72_J2 * pinv2
    k3 = -0.46875 * J4 * pinv2**2 * no
    mdot = no + np.sqrt(beta2) * (0.5 * k1 * con41 + 0.0625 * k2 * (13.0 - 78.0 * cos2 + 137.0 * cos4))
    argpdot = (
        -0.5 * k1 * (1.0 - 5.0 * cos2)
        + 0.0625 * k2 * (7.0 - 114.0 * cos2 + 395.0 * cos4)
        + k3 * (3.0 - 36.0 * cos2 + 49.0 * cos4)
    )
    nodedot = cosio * (-k1 + 0.5 * k2 * (4.0 - 19.0 * cos2) + 2.0 * k3 * (3.0 - 7.0 * cos2))

    # Under 220 km of perigee the higher drag terms are left out: as zeros, so that the kernel needs no
    # branch.
    full = np.where(perigee_km >= 220.0, 1.0, 0.0)
    d2 = full * 4.0 * ao * tsi * cc1**2
    d3 = d2 * tsi * cc1 / 3.0 * (17.0 * ao + s)
    d4 = d2 * tsi * cc1 / 6.0 * ao * tsi * (221.0 * ao + 31.0 * s) * cc1
    rows = {
        "epoch_jd": epoch_jd, "epoch_fr": epoch_fr, "mo": mo, "mdot": mdot, "argpo": argpo,
        "argpdot": argpdot, "nodeo": nodeo, "nodedot": nodedot, "nodecf": -3.5 * beta2 * k1 * cosio * cc1,
        "no": no, "ao": ao, "ecco": ecco, "cc1": cc1, "d2": d2, "d3": d3, "d4": d4,
        "bcc4": bstar * cc4, "bcc5": full * bstar * cc5, "sinmao": np.sin(mo),
        "omgcof": full * bstar * cc3 * np.cos(argpo), "xmcof": full * xmcof, "eta": eta,
        "delmo": (1.0 + eta * np.cos(mo)) ** 3,
        "t2cof": 1.5 * cc1,
        "t3cof": full * (d2 + 2.0 * cc1**2),
        "t4cof": full * 0.25 * (3.0 * d3 + cc1 * (12.0 * d2 + 10.0 * cc1**2)),
        "t5cof": full * 0.2
        * (3.0 * d4 + 12.0 * cc1 * d3 + 6.0 * d2**2 + 15.0 * cc1**2 * (2.0 * d2 + cc1**2)),
        "aycof": -0.5 * j3_by_j2 * sinio,
        # The limit keeps an inclination of 180 degrees from dividing by zero.
        "xlcof": -0.25 * j3_by_j2 * sinio * (3.0 + 5.0 * cosio)
        / np.where(np.abs(1.0 + cosio) > 1.5e-12, 1.0 + cosio, 1.5e-12),
        "sinio": sinio, "cosio": cosio, "con41": con41, "x1mth2": x1mth2, "x7thm1": 7.0 * cos2 - 1.0,
    }  # fmt: skip
    satellites = len(no)
    blocks = -(-satellites // LANES)
    packed = np.zeros((len(CONSTANTS), blocks * LANES))
    for row, name in enumerate(CONSTANTS):
        packed[row, :satellites] = rows[name]
    return np.ascontiguousarray(packed.reshape(len(CONSTANTS), blocks, LANES).swapaxes(0, 1))
