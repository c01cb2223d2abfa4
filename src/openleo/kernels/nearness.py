"""How far an edge is from a point, and which part of a grid lies within a distance of it.

Distances are in km on the WGS84 ellipsoid, by local metrics of longitude and latitude: errors stay below
0.5 % up to 100 km. Edges are straight in longitude and latitude. Near the poles, where such metrics fail, the
part of an edge within its grid cell is taken as a chord in space.
"""

import numpy as np

from openleo.constants import WGS84_A_KM, WGS84_E2
from openleo.kernels.compiled import inlined
from openleo.kernels.polygons import COLUMNS, SIDE_DEG, Records, row_of

POLAR_DEG = 80.0
"""Beyond this latitude edges are chords in space."""

DEGREE_KM = 110.5
"""A degree is nowhere shorter than this along a meridian (110.57 km at the equator)."""


@inlined
def wrapped(lon_deg: float) -> float:
    """A longitude in [-180, 180); only what is out of range is touched, to keep the last digits."""
    if -180.0 <= lon_deg < 180.0:
        return lon_deg
    lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
    return lon_deg if lon_deg < 180.0 else -180.0


@inlined
def upright(lat_deg: float) -> float:
    """A latitude off the North Pole by a hair, where no walk along a parallel would meet an edge."""
    return min(max(lat_deg, -90.0), 90.0 - 1e-9)


@inlined
def metric(lat_deg: float) -> tuple[float, float, float]:
    """Km of a degree of longitude and of latitude at a latitude, and how the former shrinks per radian."""
    sine, cosine = np.sin(np.radians(lat_deg)), np.cos(np.radians(lat_deg))
    flat = 1.0 - WGS84_E2 * sine * sine
    normal_km = np.radians(WGS84_A_KM / np.sqrt(flat))
    return normal_km * cosine, normal_km * (1.0 - WGS84_E2) / flat, normal_km * sine


@inlined
def reach_of(lat_deg: float, radius_km: float) -> tuple[float, float]:
    """Degrees of latitude and of longitude within which all points lie that are within a radius.

    360 degrees of longitude are all of them.
    """
    lat_reach = radius_km / DEGREE_KM
    poleward = abs(lat_deg) + lat_reach
    if poleward >= 89.0 or lat_reach >= 170.0 * np.cos(np.radians(poleward)):
        return lat_reach, 360.0
    return lat_reach, lat_reach / np.cos(np.radians(poleward))


@inlined
def box_of(lon_deg: float, lat_deg: float, lon_reach: float, lat_reach: float) -> tuple[int, int, int, int]:
    """Rows and columns, first and last, of the grid cells within reach; columns go on beyond the seam."""
    first = int(np.floor((lon_deg - lon_reach + 180.0) / SIDE_DEG))
    last = int(np.floor((lon_deg + lon_reach + 180.0) / SIDE_DEG))
    if last - first >= COLUMNS - 1:
        first, last = 0, COLUMNS - 1
    return row_of(lat_deg - lat_reach), row_of(lat_deg + lat_reach), first, last


@inlined
def free_km(clear: int, lat_deg: float) -> float:
    """A distance within which there is no edge, from the steps that a grid cell is clear of edges."""
    if clear <= 1:
        return 0.0
    # Sines are not below 0.8 of their angle up to 63 degrees, the most that counted steps can make.
    return 0.8 * DEGREE_KM * SIDE_DEG * (clear - 1) * max(float(np.cos(np.radians(lat_deg))), 0.0)


@inlined
def beyond(
    lines: Records, e: int, shift: float, lon: float, lat: float, lon_reach: float, lat_reach: float
) -> bool:
    """Whether an edge's box lies out of reach of a point; `shift` turns the edge round the Earth."""
    return bool(
        lines[e].lat0 > lat + lat_reach
        or lines[e].lat1 < lat - lat_reach
        or min(lines[e].lon0, lines[e].lon1) + shift > lon + lon_reach
        or max(lines[e].lon0, lines[e].lon1) + shift < lon - lon_reach
    )


@inlined
def foot_in_plane(
    lon0: float,
    lat0: float,
    lon1: float,
    lat1: float,
    lon: float,
    lat: float,
    kx: float,
    ky: float,
    sx: float,
) -> tuple[float, float]:
    """Where the foot of a point stands on an edge (0 to 1), and its distance by the metric between them."""
    along = 0.0
    wide = kx
    squared = 0.0
    for _ in range(3):
        ax, ay = (lon0 - lon) * wide, (lat0 - lat) * ky
        bx, by = (lon1 - lon0) * wide, (lat1 - lat0) * ky
        length2 = bx * bx + by * by
        along = min(max(-(ax * bx + ay * by) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
        x, y = ax + along * bx, ay + along * by
        squared = x * x + y * y
        half = np.radians(0.5 * (lat0 + along * (lat1 - lat0) - lat))
        wide = kx * (1.0 - 0.5 * half * half) - sx * half
    return along, np.sqrt(squared)


@inlined
def in_space(lon_deg: float, lat_deg: float) -> tuple[float, float, float]:
    """Earth-fixed position of a point on the ellipsoid, km (NIMA TR8350.2, equation 4-14)."""
    sine, cosine = np.sin(np.radians(lat_deg)), np.cos(np.radians(lat_deg))
    normal_km = WGS84_A_KM / np.sqrt(1.0 - WGS84_E2 * sine * sine)
    x, y = np.cos(np.radians(lon_deg)), np.sin(np.radians(lon_deg))
    return normal_km * cosine * x, normal_km * cosine * y, normal_km * (1.0 - WGS84_E2) * sine


@inlined
def foot_in_space(
    lon0: float, lat0: float, lon1: float, lat1: float, row: int, column: int, lon: float, lat: float
) -> tuple[float, float]:
    """The same for the part of an edge within a grid cell, as a chord in space."""
    west, south = column * SIDE_DEG - 180.0, row * SIDE_DEG - 90.0
    first, last = 0.0, 1.0
    for k in range(2):
        low, start, end = (west, lon0, lon1) if k == 0 else (south, lat0, lat1)
        if start == end:
            continue
        a, b = (low - start) / (end - start), (low + SIDE_DEG - start) / (end - start)
        first, last = max(first, min(a, b)), min(last, max(a, b))
    last = max(first, last)
    px, py, pz = in_space(lon, lat)
    ax, ay, az = in_space(lon0 + first * (lon1 - lon0), lat0 + first * (lat1 - lat0))
    bx, by, bz = in_space(lon0 + last * (lon1 - lon0), lat0 + last * (lat1 - lat0))
    bx, by, bz = bx - ax, by - ay, bz - az
    ax, ay, az = ax - px, ay - py, az - pz
    length2 = bx * bx + by * by + bz * bz
    part = min(max(-(ax * bx + ay * by + az * bz) / length2, 0.0), 1.0) if length2 > 0.0 else 0.0
    ax, ay, az = ax + part * bx, ay + part * by, az + part * bz
    return first + part * (last - first), np.sqrt(ax * ax + ay * ay + az * az)


@inlined
def foot(
    lines: Records,
    e: int,
    shift: float,
    row: int,
    column: int,
    lon: float,
    lat: float,
    kx: float,
    ky: float,
    sx: float,
) -> tuple[float, float]:
    """Where the foot of a point stands on an edge listed in a grid cell (0 to 1), and its distance in km."""
    lon0, lat0, lon1, lat1 = lines[e].lon0, lines[e].lat0, lines[e].lon1, lines[e].lat1
    if abs(lat) > POLAR_DEG:
        return foot_in_space(lon0, lat0, lon1, lat1, row, column, lon, lat)
    return foot_in_plane(lon0 + shift, lat0, lon1 + shift, lat1, lon, lat, kx, ky, sx)
