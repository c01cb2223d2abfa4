"""What a beam carries on each visible pair, from tables."""

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import kernel

Array = NDArray[np.float32]

_BLOCK = 512


@kernel
def rates(
    first: int,
    last: int,
    satellite: NDArray[np.int32],
    elevation_deg: Array,
    range_km: Array,
    spread: Array,
    floor: Array,
    loss: Array,
    step_per_deg: np.float32,
    interference: np.float32,
    bucket_per_unit: np.float32,
    level: NDArray[np.uint8],
    threshold: Array,
    rate: Array,
    out: Array,
) -> None:
    """Fill out[first:last] with the rate of each pair.

    Ratios are linear and mostly noise over carrier, so that a pair costs one division and no logarithm.
    satellite, elevation_deg, range_km, out: (P,). spread: (S,) noise over carrier at one km, clear of losses.
    floor, loss: (E,) by elevation in steps of 1 / step_per_deg: the least that the flux limit leaves of
    spread x range^2, and the factor by which the path worsens it. interference: over the carrier.
    level: (B,) how many modulations work at the lower edge of each bucket of carrier over noise.
    threshold: (M + 1,) carrier over noise that each modulation needs, then infinity. rate: (M + 1,) that of
    none first.
    """
    end = np.float32(loss.size - 1)
    top = np.float32(level.size - 1)
    zero, half, one = np.float32(0.0), np.float32(0.5), np.float32(1.0)
    carrier = np.empty(_BLOCK, np.float32)
    # Two short loops over a block take 2.1 ns a pair, one long loop 3.0. Unsigned indices spare Numba's test
    # for negative ones; np.int32 between because the machine converts floats to signed integers only.
    for base in range(first, last, _BLOCK):
        n = min(_BLOCK, last - base)
        who, height = satellite[base : base + n], elevation_deg[base : base + n]
        distance, filled = range_km[base : base + n], out[base : base + n]
        for j in range(n):
            at = height[j] * step_per_deg + half
            at = at if at > zero else zero
            i = np.uint64(np.int32(at if at < end else end))
            noise = max(spread[who[j]] * distance[j] * distance[j], floor[i])
            carrier[j] = one / (noise * loss[i] + interference)
        for j in range(n):
            bucket = carrier[j] * bucket_per_unit
            bucket = bucket if bucket > zero else zero
            m = np.uint64(level[np.uint64(np.int32(bucket if bucket < top else top))])
            # no bucket holds two thresholds, so one comparison makes the look-up exact
            m += np.uint64(carrier[j] >= threshold[m])
            filled[j] = rate[m]
