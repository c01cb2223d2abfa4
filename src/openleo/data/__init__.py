"""Small baked tables: facts with a source each (NOTICE), made anew by the scripts in `builders/`."""

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@cache
def load(name: str) -> dict[str, NDArray[Any]]:
    """Read the baked table `name` (a file `name.npz` beside this module) as named arrays, once a process.

    Raises FileNotFoundError where there is no such table.
    """
    with (
        files(__name__).joinpath(f"{name}.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as table,
    ):
        arrays = {key: table[key] for key in table.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
