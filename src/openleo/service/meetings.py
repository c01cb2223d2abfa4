"""Which countries and which sets of outlines can meet at all: the zones that are worth a number.

A thousand outlines by 260 countries are a quarter of a million pairs, of which a few thousand are anywhere on
the ground. They are found cell by cell of the grids that the kernels look points up in, so that none that a
point can be in is missed.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from openleo.kernels.polygons import Grid

I8 = NDArray[np.int64]
Pairs = tuple[I8, I8]

KM_A_DEGREE = 110.0
"""A degree of latitude is no shorter than this."""


def meetings(base: "Grid", overlay: "Grid", tolerance_km: float, countries: int) -> Pairs:
    """The pairs of a country and a set of outlines that may share a point.

    Takes the grids, the tolerance at coasts, and the number K of countries. Returns (M,) countries, -1 the
    sea, and (M,) sets, sorted by set, then country; every country and the sea with set 0 are among them.
    """
    from openleo.kernels.polygons import MIXED, NONE

    cell_o, sets = _present(overlay, np.flatnonzero(overlay.label != NONE))
    sets = np.maximum(sets, 0)  # outside all outlines is set 0
    wanted = np.zeros(len(overlay.label), np.bool_)
    wanted[cell_o] = True
    cell_b, country = _present(base, np.flatnonzero(wanted))
    mixed = np.flatnonzero(base.label == MIXED)
    near, land = _within_tolerance(*_present(base, mixed), tolerance_km, wanted)
    cell_b, country = np.concatenate([cell_b, near]), np.concatenate([country, land])
    both = np.unique(cell_b * (countries + 1) + country + 1)
    cell_b, country = both // (countries + 1), both % (countries + 1) - 1
    # Join: of each cell every set with every country
    first, last = np.searchsorted(cell_b, cell_o), np.searchsorted(cell_b, cell_o, side="right")
    count = last - first
    at = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(count.sum())
    alone = np.arange(-1, countries)
    met = np.concatenate([np.repeat(sets, count) * (countries + 1) + country[at] + 1, alone + 1])
    met = np.unique(met)
    return met % (countries + 1) - 1, met // (countries + 1)


def _present(grid: "Grid", cells: I8) -> Pairs:
    """Each of some cells with each label in it: its own, or those on both sides of its edges."""
    from openleo.kernels.polygons import MIXED

    label = grid.label[cells].astype(np.int64)
    plain = label != MIXED
    crossed = cells[~plain]
    start = grid.start.astype(np.int64)
    count = start[crossed + 1] - start[crossed]
    edge = np.repeat(start[crossed] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    cell = np.concatenate([cells[plain], np.repeat(crossed, count), np.repeat(crossed, count)])
    held = np.concatenate([label[plain], grid.east[edge].astype(np.int64), grid.west[edge].astype(np.int64)])
    return cell, held


def _within_tolerance(cell: I8, country: I8, tolerance_km: float, wanted: NDArray[np.bool_]) -> Pairs:
    """The same countries in the cells around, as far as the sea there may belong to them."""
    from openleo.kernels.polygons import COLUMNS, ROWS, SIDE_DEG

    both = np.unique(cell[country >= 0] * 2**16 + country[country >= 0])
    cell, country = both // 2**16, both % 2**16
    rows = int(np.ceil(tolerance_km / (KM_A_DEGREE * SIDE_DEG)))
    asked = np.convolve(wanted.reshape(ROWS, COLUMNS).any(axis=1), np.ones(2 * rows + 1), "same") > 0
    kept = asked[cell // COLUMNS]
    row, column, country = cell[kept] // COLUMNS, cell[kept] % COLUMNS, country[kept]
    lat = np.minimum(np.abs((row + 0.5) * SIDE_DEG - 90.0) + 1.5 * SIDE_DEG, 89.99)
    step_km = KM_A_DEGREE * SIDE_DEG * np.cos(np.radians(lat))
    reach = np.minimum(np.ceil(tolerance_km / step_km), COLUMNS // 2).astype(np.int64)
    widest = np.argsort(-reach, kind="stable")  # near the poles a few reach round the world
    row, column, country, reach = row[widest], column[widest], country[widest], reach[widest]
    cells, lands = [], []
    for aside in range(-int(reach.max(initial=0)), int(reach.max(initial=0)) + 1):
        n = int(np.searchsorted(-reach, -abs(aside), side="right"))
        for up in range(-rows, rows + 1):
            to_row = row[:n] + up
            to = np.clip(to_row, 0, ROWS - 1) * COLUMNS + (column[:n] + aside) % COLUMNS
            kept = wanted[to] & (to_row >= 0) & (to_row < ROWS)
            cells.append(to[kept])
            lands.append(country[:n][kept])
    return np.concatenate(cells), np.concatenate(lands)
