"""The only Numba: floats and arrays in and out; every kernel has a slow twin in plain NumPy in the tests."""

import hashlib
import os
from functools import cache
from pathlib import Path


@cache
def cache_folder() -> Path:
    """Where compiled kernels are kept: NUMBA_CACHE_DIR, or a folder of the user's cache.

    That folder is named by a digest of all kernels and constants. Numba itself looks only at the file in
    which a kernel stands, and would go on using it after a change to what it calls in another.
    """
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(named)
    from platformdirs import user_cache_path

    here = Path(__file__).parent
    sources = [here.with_name("constants.py"), *sorted(here.glob("*.py"))]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return user_cache_path("openleo") / "kernels" / digest[:16]


def how_many_compiled() -> int:
    """How many kernels stand compiled; 0 before the first run, which compiles them."""
    return sum(1 for _ in cache_folder().glob("**/*.nbi"))
