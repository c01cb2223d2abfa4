"""How kernels are compiled: the one place that says so.

Kernels are serial, release the interpreter lock and are cached on disk; Python threads run them over chunks.
`cache=True` together with `parallel=True` is unsafe (numba issue 4807), and without `error_model="numpy"` a
division keeps a loop from being vectorised.
"""

from numba import njit

kernel = njit(cache=True, nogil=True, error_model="numpy")
"""Decorator of a function that Python calls: arrays in, arrays filled or returned."""

fast_kernel = njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz", "reassoc"}
)
"""The same where sums may be reordered (never beside sentinels or in a convergence test); NaN stays NaN."""

inlined = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
"""Decorator of a scalar function that kernels call; forced inline so that the loop around it vectorises."""
