"""A plan in the making: which place holds which beams, frames and colours of which satellite.

A slot is cut into equal frames. In each frame a satellite has so many beams, and a beam lights one place with
one colour. A *unit* is one beam in one frame; frame f and colour v are bit f * colours + v of a place's
64-bit word, so that neighbours that must not share are an AND. A unit is free for a place on a satellite
unless

- a neighbour of the place holds its bit,
- every beam of the satellite is taken in its frame, or
- the satellite lights another place with the same bit closer than the separation (chords of unit vectors,
float32).

The state of a plan in the making travels as one tuple of arrays, `Grid`; each satellite's places stand in a
row of their own (`offset[s]` onwards), so that the third test is a straight loop.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import inlined, kernel

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Rows = NDArray[np.int16]
Codes = NDArray[np.int8]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]


class Grid(NamedTuple):
    """The state of a plan in the making."""

    offset: Longs  # (S + 1,): first entry of each satellite's row; a row holds beams * frames entries
    length: Ints  # (S,): places on it
    direction: Floats  # (3, N): unit vectors from satellite to place
    word: Words  # (N,): bits that the place holds
    member: Ints  # (N,): the place
    used: Ints  # (S, F): beams taken in each frame
    beams: Ints  # (S,)
    capacity: Doubles  # (S,): bit/s
    load: Doubles  # (S,): bit/s granted
    satellite: Ints  # (C,): who serves the place, -1 nobody
    entry: Longs  # (C,): where it stands in the row
    pair: Longs  # (C,): which visible pair it is
    colours: Words  # (C,): its word
    granted: Doubles  # (C,): bit/s
    neighbours: Ints  # (C, K)
    frame_word: Words  # (F,): all bits of a frame
    chord2: np.float32  # square of the chord of the separation angle
    satellites_km: Doubles  # (S, 3)
    places_km: Doubles  # (C, 3)


ZERO = np.uint64(0)
ONE = np.uint64(1)


@kernel
def pointing(grid: Grid, c: int, s: int) -> tuple[np.float32, np.float32, np.float32]:
    """Unit vector from satellite s to place c as three float32."""
    x = grid.places_km[c, 0] - grid.satellites_km[s, 0]
    y = grid.places_km[c, 1] - grid.satellites_km[s, 1]
    z = grid.places_km[c, 2] - grid.satellites_km[s, 2]
    r = np.sqrt(x * x + y * y + z * z)
    return np.float32(x / r), np.float32(y / r), np.float32(z / r)


@kernel
def neighbours_word(grid: Grid, c: int) -> np.uint64:
    """All bits that the neighbours of place c hold."""
    word = ZERO
    for k in range(grid.neighbours.shape[1]):
        n = grid.neighbours[c, k]
        if n >= 0:
            word |= grid.colours[n]
    return word


@kernel
def full_word(grid: Grid, s: int) -> np.uint64:
    """All bits of the frames in which every beam of satellite s is taken."""
    word = ZERO
    for f in range(grid.frame_word.shape[0]):
        if grid.used[s, f] >= grid.beams[s]:
            word |= grid.frame_word[f]
    return word


@inlined
def is_near(grid: Grid, k: int, x: np.float32, y: np.float32, z: np.float32) -> bool:
    """Whether entry k of a satellite's row stands within the separation of a direction."""
    dx = grid.direction[0, k] - x
    dy = grid.direction[1, k] - y
    dz = grid.direction[2, k] - z
    return bool(dx * dx + dy * dy + dz * dz < grid.chord2)


@kernel
def near_word(grid: Grid, s: int, x: np.float32, y: np.float32, z: np.float32, but: int) -> np.uint64:
    """All bits that satellite s spends within the separation of a direction, entry `but` not regarded."""
    word = ZERO
    first = grid.offset[s]
    for k in range(first, first + grid.length[s]):
        word |= grid.word[k] if is_near(grid, k, x, y, z) & (k != but) else ZERO
    return word


@kernel
def near_once_twice(
    grid: Grid, s: int, x: np.float32, y: np.float32, z: np.float32
) -> tuple[np.uint64, np.uint64]:
    """The bits that satellite s spends within the separation of a direction: at least once, and more."""
    once = ZERO
    twice = ZERO
    first = grid.offset[s]
    for k in range(first, first + grid.length[s]):
        word = grid.word[k] if is_near(grid, k, x, y, z) else ZERO
        twice |= once & word
        once |= word
    return once, twice


@kernel
def free_word(grid: Grid, c: int, s: int) -> np.uint64:
    """The units that satellite s could give to place c now, as bits."""
    word = ~(neighbours_word(grid, c) | full_word(grid, s)) & every_word(grid)
    if word != ZERO and grid.length[s] > 0:
        x, y, z = pointing(grid, c, s)
        but = grid.entry[c] if grid.satellite[c] == s else -1
        word &= ~near_word(grid, s, x, y, z, but)
    return word


@kernel
def every_word(grid: Grid) -> np.uint64:
    """All bits that there are."""
    word = ZERO
    for f in range(grid.frame_word.shape[0]):
        word |= grid.frame_word[f]
    return word


@kernel
def lowest(word: np.uint64) -> np.uint64:
    """The lowest bit of a word that is not zero."""
    return word & (~word + ONE)


@kernel
def popcount(word: np.uint64) -> int:
    """How many bits a word has."""
    n = 0
    while word != ZERO:
        word &= word - ONE
        n += 1
    return n


@kernel
def spend(grid: Grid, s: int, word: np.uint64, sign: int) -> None:
    """Count the units of a word as taken (sign 1) or given back (-1)."""
    for f in range(grid.frame_word.shape[0]):
        grid.used[s, f] += sign * popcount(word & grid.frame_word[f])


@kernel
def put(grid: Grid, c: int, s: int, pair: int, word: np.uint64, granted: float) -> None:
    """Let satellite s serve place c with the units of `word`; nothing is checked here."""
    k = grid.offset[s] + grid.length[s]
    x, y, z = pointing(grid, c, s)
    grid.direction[0, k] = x
    grid.direction[1, k] = y
    grid.direction[2, k] = z
    grid.word[k] = word
    grid.member[k] = c
    grid.length[s] += 1
    spend(grid, s, word, 1)
    grid.load[s] += granted
    grid.satellite[c] = s
    grid.entry[c] = k
    grid.pair[c] = pair
    grid.colours[c] = word
    grid.granted[c] = granted


@kernel
def take(grid: Grid, c: int) -> None:
    """Take place c off its satellite."""
    s = grid.satellite[c]
    k = grid.entry[c]
    last = grid.offset[s] + grid.length[s] - 1
    spend(grid, s, grid.word[k], -1)
    grid.load[s] -= grid.granted[c]
    if k != last:
        for i in range(3):
            grid.direction[i, k] = grid.direction[i, last]
        grid.word[k] = grid.word[last]
        grid.member[k] = grid.member[last]
        grid.entry[grid.member[k]] = k
    grid.length[s] -= 1
    grid.satellite[c] = -1
    grid.entry[c] = -1
    grid.pair[c] = -1
    grid.colours[c] = ZERO
    grid.granted[c] = 0.0


@kernel
def recolour(grid: Grid, c: int, word: np.uint64) -> None:
    """Give place c other units on the satellite that it has."""
    k = grid.entry[c]
    s = grid.satellite[c]
    spend(grid, s, grid.word[k], -1)
    spend(grid, s, word, 1)
    grid.word[k] = word
    grid.colours[c] = word


@kernel
def first_grant(grid: Grid, c: int, s: int, rate: float, demand: Doubles, floor: float) -> float:
    """Bit/s that one unit would give to place c on satellite s; 0 where that is below min(demand, floor)."""
    want = min(demand[c], rate / grid.frame_word.shape[0])
    left = grid.capacity[s] - grid.load[s]
    grant = min(want, left)
    return grant if grant >= min(demand[c], floor) else 0.0
