"""How kernels are compiled: the one place that says so.

Kernels are serial, release the interpreter lock and are cached on disk; Python threads run them over chunks.
`cache=True` together with `parallel=True` is unsafe (numba issue 4807), and without `error_model="numpy"` a
division keeps a loop from being vectorised.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import config, njit

from openleo.kernels import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])


def _compiled(**options: Any) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        # Numba reads the folder when it decorates; other people's functions keep theirs
        settings: Any = config
        before, settings.CACHE_DIR = settings.CACHE_DIR, str(cache_folder())
        try:
            compiled: Function = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
            return compiled
        finally:
            settings.CACHE_DIR = before

    return decorate


kernel = _compiled()
"""Decorator of a function that Python calls: arrays in, arrays filled or returned."""

fast_kernel = _compiled(fastmath={"contract", "arcp", "nsz", "reassoc"})
"""The same where sums may be reordered (never beside sentinels or in a convergence test); NaN stays NaN."""

inlined = _compiled(forceinline=True)
"""Decorator of a scalar function that kernels call; forced inline so that the loop around it vectorises."""
