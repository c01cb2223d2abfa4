"""What this machine has and holds: `openleo fetch` and `openleo doctor`."""

import os
from pathlib import Path


def kernels_compiled() -> int:
    """How many kernels stand compiled in Numba's cache; 0 before the first run, which compiles them.

    Numba keeps them in NUMBA_CACHE_DIR, or beside the modules, or where it may not write there, in the user's
    cache.
    """
    import platformdirs

    import openleo

    beside = Path(openleo.__file__).parent / "kernels" / "__pycache__"
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return len(list(Path(named).glob("kernels_*/*.nbi")))
    user = Path(platformdirs.user_cache_dir("numba"))
    return len(list(beside.glob("*.nbi"))) + len(list(user.glob("kernels_*/*.nbi")))
