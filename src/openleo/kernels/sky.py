"""Who sees whom: satellites above the mask of many places, and their angle from the GSO arc.

Places come in blocks of places near each other. For a block the satellites that any of its places could see
are gathered once (`candidates`); the places then test only those, in straight loops over float32 coordinates
relative to the block's centre, which the compiler turns into vector instructions. Kilometres and radians; no
allocation in an inner loop.
"""

import math

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import fast_kernel, inlined, kernel

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.uint8]

_HALF_PI = np.float32(math.pi / 2)


@inlined
def arcsin(x: np.float32) -> np.float32:
    """Arc sine of float32 `x` in [-1, 1], in radians, within 1e-6 (Abramowitz and Stegun 1964, 4.4.46)."""
    a = abs(x)
    p = np.float32(-0.0012624911)
    p = p * a + np.float32(0.0066700901)
    p = p * a - np.float32(0.0170881256)
    p = p * a + np.float32(0.0308918810)
    p = p * a - np.float32(0.0501743046)
    p = p * a + np.float32(0.0889789874)
    p = p * a - np.float32(0.2145988016)
    p = p * a + np.float32(1.5707963050)
    r = _HALF_PI - p * np.sqrt(max(np.float32(1.0) - a, np.float32(0.0)))
    return np.float32(r if x >= 0 else -r)


@kernel
def gather_blocks(
    first: int, last: int, satellites: Doubles, reach_cos: Doubles, reach_sin: Doubles, centres: Doubles,
    radius_rad: Doubles, listed: Ints, n_listed: Longs,
) -> None:  # fmt: skip
    """List for blocks first..last the satellites within reach of any place of the block.

    satellites (S, 3) float64 unit vectors from the Earth's centre, NaN for one that is lost; reach_cos,
    reach_sin (S,) of the largest Earth-central angle at which the satellite is of use; centres (B, 3) unit
    vectors; radius_rad (B,) the blocks' radii. Fills listed (B, S) int32 from the left and n_listed (B,)
    int64.
    """
    for b in range(first, last):
        cos_b = math.cos(radius_rad[b])
        sin_b = math.sin(radius_rad[b])
        x, y, z = centres[b, 0], centres[b, 1], centres[b, 2]
        n = 0
        for s in range(satellites.shape[0]):
            c = satellites[s, 0] * x + satellites[s, 1] * y + satellites[s, 2] * z
            if c >= reach_cos[s] * cos_b - reach_sin[s] * sin_b:
                listed[b, n] = s
                n += 1
        n_listed[b] = n


@fast_kernel
def look(
    dx: Floats, dy: Floats, dz: Floats, max_range2: Floats, up: Floats, place: Floats, sin_mask: np.float32,
    sin_el: Floats, range_km: Floats, seen: Flags,
) -> int:  # fmt: skip
    """Test one place against the gathered satellites of its block: sine of elevation, range, seen or not.

    dx, dy, dz (N,) float32 satellite positions relative to the block's centre; place (3,) float32 likewise;
    up (3,) float32 unit normal of the ellipsoid; max_range2 (N,) float32. Fills sin_el, range_km (N,)
    float32, seen (N,) uint8. Returns how many are seen.
    """
    px, py, pz = place[0], place[1], place[2]
    ux, uy, uz = up[0], up[1], up[2]
    n = 0
    for k in range(dx.shape[0]):
        x = dx[k] - px
        y = dy[k] - py
        z = dz[k] - pz
        r2 = x * x + y * y + z * z
        r = np.sqrt(r2)
        s = (x * ux + y * uy + z * uz) / r
        sin_el[k] = s
        range_km[k] = r
        ok = (s >= sin_mask) & (r2 <= max_range2[k])
        seen[k] = ok
        n += ok
    return n


@inlined
def gso_angle(
    m: np.float32, e: np.float32, z: np.float32, rho: np.float32, z0: np.float32, sin_up: np.float32,
    cos_up: np.float32, end_m: np.float32, end_e: np.float32, end_z: np.float32, gso_radius: np.float32,
) -> np.float32:  # fmt: skip
    """Angle in radians between a direction and the visible GSO arc, seen from one place.

    (m, e, z) is the unit direction in the frame meridian, east, north pole; the place stands at (rho, 0, z0)
    km in it with its vertical at (cos_up, 0, sin_up); (end_m, +-end_e, end_z) are the directions in which the
    arc meets the horizon. The arc is a curve of nearly constant declination, so the nearest point shares the
    direction's hour angle (its slope is at most 0.01: an error below 0.002 degrees at 18); where that point
    is under the horizon the nearest one is an end.
    """
    hyp2 = m * m + e * e
    hyp = np.sqrt(max(hyp2, np.float32(1e-12)))
    cos_h = m / hyp
    sin2_h = e * e / max(hyp2, np.float32(1e-12))
    h = np.sqrt(gso_radius * gso_radius - rho * rho * sin2_h) - rho * cos_h
    g = np.sqrt(h * h + z0 * z0)
    over = h * cos_h * cos_up - z0 * sin_up  # the arc's point over the horizon
    near = abs(arcsin(z) + arcsin(z0 / g))
    dot = m * end_m + abs(e) * end_e + z * end_z
    end = _HALF_PI - arcsin(min(max(dot, np.float32(-1.0)), np.float32(1.0)))
    return near if over >= np.float32(0.0) else end


@inlined
def gather(work: Floats, ids: Ints, n: int, satellites: Doubles, max_range2: Floats, centre: Doubles) -> None:
    """Copy n listed satellites, relative to `centre`, and their range limits into rows 0-3 of work."""
    for k in range(n):
        s = ids[k]
        work[0, k] = satellites[s, 0] - centre[0]
        work[1, k] = satellites[s, 1] - centre[1]
        work[2, k] = satellites[s, 2] - centre[2]
        work[3, k] = max_range2[s]


@kernel
def count_blocks(
    first: int, last: int, block_start: Longs, centres_km: Doubles, listed: Ints, n_listed: Longs,
    satellites: Doubles, max_range2: Floats, places: Doubles, up: Floats, sin_mask: Floats, count: Longs,
) -> None:  # fmt: skip
    """Count how many satellites each place of blocks first..last sees above its mask; fills count (C,) int64.

    block_start (B + 1,); centres_km (B, 3); satellites (S, 3), places (C, 3) float64 ECEF km; max_range2 (S,)
    km^2; up (C, 3) float32; sin_mask (C,) float32.
    """
    widest = max(n_listed[first:last].max(), 1) if last > first else 1
    work = np.empty((6, widest), np.float32)
    seen = np.empty(widest, np.uint8)
    place = np.empty(3, np.float32)
    for b in range(first, last):
        n = n_listed[b]
        gather(work, listed[b], n, satellites, max_range2, centres_km[b])
        for c in range(block_start[b], block_start[b + 1]):
            for i in range(3):
                place[i] = places[c, i] - centres_km[b, i]
            count[c] = look(
                work[0, :n], work[1, :n], work[2, :n], work[3, :n], up[c], place, sin_mask[c],
                work[4, :n], work[5, :n], seen[:n],
            )  # fmt: skip


@fast_kernel
def clear_of_arc(
    n: int, kept: Ints, work: Floats, place: Floats, arc: Floats, gso_radius: np.float32
) -> None:
    """Angles in radians from the GSO arc of n kept satellites, seen from one place, into row 6 of work."""
    cl, sl, rho, z0, cos_up, sin_up, end_m, end_e, end_z = arc
    if end_m > np.float32(1.5):
        for i in range(n):
            work[6, i] = np.float32(math.pi)
        return
    for i in range(n):
        k = kept[i]
        x = (work[0, k] - place[0]) / work[5, k]
        y = (work[1, k] - place[1]) / work[5, k]
        work[7, i] = x * cl + y * sl
        work[8, i] = y * cl - x * sl
        work[9, i] = (work[2, k] - place[2]) / work[5, k]
    for i in range(n):
        work[6, i] = gso_angle(
            work[7, i], work[8, i], work[9, i], rho, z0, sin_up, cos_up, end_m, end_e, end_z, gso_radius
        )


@kernel
def fill_blocks(
    first: int, last: int, block_start: Longs, centres_km: Doubles, listed: Ints, n_listed: Longs,
    satellites: Doubles, max_range2: Floats, places: Doubles, up: Floats, sin_mask: Floats, arc: Floats,
    gso_radius: np.float32, gso_min: np.float32, start: Longs, usable: Ints, satellite: Ints,
    elevation: Floats, range_km: Floats, gso: Floats,
) -> None:  # fmt: skip
    """Write the visible pairs of blocks first..last: of each place those clear of the GSO arc first.

    arc (C, 9) float32: cosine and sine of longitude, rho, z0, cos_up, sin_up as in `gso_angle`, and the
    direction of the arc's end (m, e, z); m = 2 where no part of the arc is above the horizon. gso_min: least
    angle, radians. start (C + 1,) as counted before; fills usable (C,) with how many are clear, and the four
    pair arrays (P,).
    """
    widest = max(n_listed[first:last].max(), 1) if last > first else 1
    work = np.empty((10, widest), np.float32)
    seen = np.empty(widest, np.uint8)
    kept = np.empty(widest + 1, np.int32)
    place = np.empty(3, np.float32)
    degrees = np.float32(180.0 / math.pi)
    for b in range(first, last):
        n_block = n_listed[b]
        gather(work, listed[b], n_block, satellites, max_range2, centres_km[b])
        for c in range(block_start[b], block_start[b + 1]):
            for i in range(3):
                place[i] = places[c, i] - centres_km[b, i]
            look(
                work[0, :n_block], work[1, :n_block], work[2, :n_block], work[3, :n_block], up[c], place,
                sin_mask[c], work[4, :n_block], work[5, :n_block], seen[:n_block],
            )  # fmt: skip
            n = 0
            for k in range(n_block):  # close the ranks, so that the next loop has no branch
                kept[n] = k
                n += seen[k]
            clear_of_arc(n, kept, work, place, arc[c], gso_radius)
            front = start[c]
            back = start[c + 1] - 1
            for i in range(n):
                k = kept[i]
                clear = work[6, i] >= gso_min
                at = front if clear else back
                front += clear
                back -= not clear
                satellite[at] = listed[b, k]
                elevation[at] = arcsin(work[4, k]) * degrees
                range_km[at] = work[5, k]
                gso[at] = work[6, i] * degrees
            usable[c] = front - start[c]
