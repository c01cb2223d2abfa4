"""How a terminal moves between check-ins, and how a satellite stands over the position that it reports."""

from typing import Any, Final

import numpy as np

from openleo.constants import WGS84_A_KM, WGS84_E2, WGS84_F
from openleo.kernels.compiled import inlined, kernel

GREATEST_SPEED_KMH: Final = 1200.0
"""Faster than this nothing travels that a terminal could be on: airliners in a jet stream stay below."""

LEAST_TIME_US: Final = 1_000_000
"""Two check-ins count as at least a second apart: positions jitter, and clocks are read in steps."""

DEGREE_KM: Final = 111.7
"""A degree is nowhere longer than this, along no parallel and no meridian."""


@kernel
def distance_km(lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float) -> float:
    """Length of the geodesic between two points on the WGS84 ellipsoid; NaN where one is NaN.

    Good to 1e-5 of it, but for nearly opposite points. Source: Lambert 1942 (Andoyer's formula on reduced
    latitudes), as in Thomas 1970, Spheroidal geodesics, Naval Oceanographic Office SP-138.
    """
    beta_a = np.arctan((1.0 - WGS84_F) * np.tan(np.radians(lat_a_deg)))
    beta_b = np.arctan((1.0 - WGS84_F) * np.tan(np.radians(lat_b_deg)))
    half_lon = 0.5 * np.radians(lon_b_deg - lon_a_deg)
    p, q = 0.5 * (beta_a + beta_b), 0.5 * (beta_b - beta_a)
    square = np.sin(q) ** 2 + np.cos(beta_a) * np.cos(beta_b) * np.sin(half_lon) ** 2
    square = min(square, 1.0)
    if square == 0.0:
        return 0.0
    sigma = 2.0 * np.arcsin(np.sqrt(square))
    if square > 0.9999:  # the formula fails near the antipode, where nothing hangs on it
        return float(WGS84_A_KM * sigma)
    x = (sigma - np.sin(sigma)) * (np.sin(p) * np.cos(q)) ** 2 / (1.0 - square)
    y = (sigma + np.sin(sigma)) * (np.cos(p) * np.sin(q)) ** 2 / square
    return float(WGS84_A_KM * (sigma - 0.5 * WGS84_F * (x + y)))


@inlined
def surely_within(
    lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float, limit_km: float
) -> bool:
    """Whether two points are within a distance by a bound that takes no sine; false is no answer."""
    turn = abs(lon_b_deg - lon_a_deg)
    east, north = min(turn, 360.0 - turn), lat_b_deg - lat_a_deg
    return bool(DEGREE_KM * DEGREE_KM * (east * east + north * north) <= limit_km * limit_km)


@inlined
def reachable(
    lat_a_deg: float, lon_a_deg: float, lat_b_deg: float, lon_b_deg: float, slack_km: float, time_us: float
) -> bool:
    """Whether anything travels from one position to the other in that time, less the slack of both."""
    limit_km = slack_km + GREATEST_SPEED_KMH * max(time_us, LEAST_TIME_US) / 3.6e9
    if surely_within(lat_a_deg, lon_a_deg, lat_b_deg, lon_b_deg, limit_km):
        return True  # all but the rare leap
    return bool(distance_km(lat_a_deg, lon_a_deg, lat_b_deg, lon_b_deg) <= limit_km)


@inlined
def leap(c: Any, h: Any) -> int:
    """How a check-in follows the one before it: 0 as anything may, 1 by a leap, 2 by a leap back.

    c, h: rows of CHECKIN and HISTORY, the latter with a position. A leap back leads to where the terminal
    could be had it never been at the last position: to within reach of where it leapt from before.
    """
    slack_km = 1e-3 * (float(c.accuracy_m) + float(h.accuracy_m))
    passed_us = float(c.time_us) - float(h.time_us)
    if reachable(h.lat_deg, h.lon_deg, c.lat_deg, c.lon_deg, slack_km, passed_us):
        return 0
    if np.isnan(h.other_lat_deg):
        return 1
    passed_us = float(c.time_us) - float(h.other_us)
    back = reachable(h.other_lat_deg, h.other_lon_deg, c.lat_deg, c.lon_deg, slack_km, passed_us)
    return 2 if back else 1


@kernel
def elevation_and_range(
    lat_deg: float, lon_deg: float, x_km: float, y_km: float, z_km: float
) -> tuple[float, float]:
    """Elevation (deg, over the plane of the ellipsoid) and range (km) of an ECEF position from a place at sea
    level."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    up_x, up_y, up_z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    normal_km = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * up_z * up_z)
    dx, dy = x_km - normal_km * up_x, y_km - normal_km * up_y
    dz = z_km - normal_km * (1.0 - WGS84_E2) * up_z
    range_km = np.sqrt(dx * dx + dy * dy + dz * dz)
    sine = (dx * up_x + dy * up_y + dz * up_z) / range_km
    return float(np.degrees(np.arcsin(min(max(sine, -1.0), 1.0)))), float(range_km)
