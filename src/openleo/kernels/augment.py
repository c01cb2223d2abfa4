"""Who serves whom, the second pass: places that were left out are served by moving others."""

import numpy as np

from openleo.kernels.compiled import kernel
from openleo.kernels.grid import (
    ZERO,
    Doubles,
    Flags,
    Floats,
    Grid,
    Ints,
    Longs,
    Rows,
    every_word,
    first_grant,
    free_word,
    full_word,
    is_near,
    lowest,
    near_once_twice,
    neighbours_word,
    pointing,
    popcount,
    put,
    recolour,
    take,
)


@kernel
def relocate(
    grid: Grid, c: int, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float, but: int,
) -> bool:  # fmt: skip
    """Move place c, which holds one unit, to any satellite but `but` that can take it. True where done."""
    for p in range(start[c], start[c] + usable[c]):
        t = satellite[p]
        if t == but or not open_to[landing[c], t]:
            continue
        grant = first_grant(grid, c, t, rate[p], demand, floor)
        if grant > 0.0:
            word = free_word(grid, c, t)
            if word != ZERO:
                take(grid, c)
                put(grid, c, t, p, lowest(word), grant)
                return True
    return False


@kernel
def make_colour(
    grid: Grid, c: int, s: int, p: int, start: Longs, usable: Ints, satellite: Ints, open_to: Flags,
    landing: Rows, rate: Floats, demand: Doubles, floor: float,
) -> bool:  # fmt: skip
    """Serve place c on satellite s by recolouring, or moving away, the one place that stands in its way."""
    grant = first_grant(grid, c, s, rate[p], demand, floor)
    if grant <= 0.0:
        return False
    x, y, z = pointing(grid, c, s)
    once, twice = near_once_twice(grid, s, x, y, z)
    first = grid.offset[s]
    single = once & ~twice & ~neighbours_word(grid, c) & every_word(grid)
    while single != ZERO:
        bit = lowest(single)
        single &= ~bit
        other = -1
        for k in range(first, first + grid.length[s]):
            if is_near(grid, k, x, y, z) and grid.word[k] & bit != ZERO:
                other = grid.member[k]
                break
        if other < 0 or grid.colours[other] != bit:
            continue
        full = full_word(grid, s)
        free = free_word(grid, other, s) & ~bit
        if free != ZERO and full & bit == ZERO:
            recolour(grid, other, lowest(free))
            put(grid, c, s, p, bit, grant)
            return True
        if relocate(grid, other, start, usable, satellite, open_to, landing, rate, demand, floor, s):
            if free_word(grid, c, s) & bit != ZERO:
                put(grid, c, s, p, bit, grant)
                return True
            return False
    return False


@kernel
def unwind(
    grid: Grid, c: int, j: int, p: int, start: Longs, usable: Ints, satellite: Ints, rate: Floats,
    demand: Doubles, floor: float, by: Ints,
) -> bool:  # fmt: skip
    """Make the moves of an augmenting path, from its far end (place j onto pair p) back to c."""
    while True:
        t = satellite[p]
        s = grid.satellite[j]
        grant = first_grant(grid, j, t, rate[p], demand, floor)
        word = free_word(grid, j, t)
        if grant <= 0.0 or word == ZERO:
            return False
        if s >= 0:
            take(grid, j)
        put(grid, j, t, p, lowest(word), grant)
        if j == c:
            return True
        j = by[s]
        p = -1
        for q in range(start[j], start[j] + usable[j]):
            if satellite[q] == s:
                p = q
        if p < 0:
            return False


@kernel
def chain(
    grid: Grid, c: int, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float, stamp: Longs, mark: int, by: Ints, queue: Ints, most: int,
) -> bool:  # fmt: skip
    """Serve place c along an augmenting path: satellites hand places on until one has a unit to spare.

    Breadth first over satellites, `most` of them at most; stamp (S,), by (S,) and queue (S,) are work space.
    by[t] is the place that would move to t. The moves are made from the far end; one that turns out to be
    impossible stops the path, and what was moved so far stays moved (each state on the way is legal). True
    where c is served.
    """
    n = 0
    for p in range(start[c], start[c] + usable[c]):
        s = satellite[p]
        if open_to[landing[c], s] and stamp[s] != mark:
            stamp[s] = mark
            by[s] = c
            queue[n] = s
            n += 1
    at = 0
    while at < n and at < most:
        s = queue[at]
        at += 1
        for k in range(grid.offset[s], grid.offset[s] + grid.length[s]):
            j = grid.member[k]
            if popcount(grid.colours[j]) != 1:
                continue
            for p in range(start[j], start[j] + usable[j]):
                t = satellite[p]
                if stamp[t] == mark or not open_to[landing[j], t]:
                    continue
                room = first_grant(grid, j, t, rate[p], demand, floor) > 0.0
                if room and free_word(grid, j, t) != ZERO:
                    return unwind(grid, c, j, p, start, usable, satellite, rate, demand, floor, by)
                stamp[t] = mark
                by[t] = j
                queue[n] = t
                n += 1
    return False


@kernel
def augment(
    grid: Grid, unserved: Longs, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float, most: int, budget: int,
) -> int:  # fmt: skip
    """Serve places that the first pass left out, by moving others; fills nothing but the grid.

    most: satellites that one search may touch; budget: searches without success before it gives up. Returns
    how many places were served.
    """
    n_sats = grid.length.shape[0]
    stamp = np.zeros(n_sats, np.int64)
    by = np.empty(n_sats, np.int32)
    queue = np.empty(n_sats, np.int32)
    served = 0
    failed = 0
    for i in range(unserved.shape[0]):
        c = unserved[i]
        done = False
        for p in range(start[c], start[c] + usable[c]):
            s = satellite[p]
            if open_to[landing[c], s] and make_colour(
                grid, c, s, p, start, usable, satellite, open_to, landing, rate, demand, floor
            ):
                done = True
                break
        if not done:
            done = chain(
                grid, c, start, usable, satellite, open_to, landing, rate, demand, floor, stamp, i + 1, by,
                queue, most,
            )  # fmt: skip
        if done:
            served += 1
        else:
            failed += 1
            if failed > budget:
                break
    return served


@kernel
def fit(
    grid: Grid, c: int, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float,
) -> bool:  # fmt: skip
    """Serve place c, which nobody serves, on any satellite that has a unit for it. True where done."""
    for p in range(start[c], start[c] + usable[c]):
        s = satellite[p]
        if open_to[landing[c], s]:
            grant = first_grant(grid, c, s, rate[p], demand, floor)
            if grant > 0.0:
                word = free_word(grid, c, s)
                if word != ZERO:
                    put(grid, c, s, p, lowest(word), grant)
                    return True
    return False


@kernel
def rival(grid: Grid, c: int, s: int, let_in: Longs, since: int, state: np.uint64) -> int:
    """A place that alone keeps place c from a unit of satellite s, -1 for none; `state` draws among several.

    It must hold one unit and no more, and have been let in before `since`.
    """
    x, y, z = pointing(grid, c, s)
    once, twice = near_once_twice(grid, s, x, y, z)
    first = grid.offset[s]
    last = first + grid.length[s]
    may = ~twice & ~neighbours_word(grid, c) & every_word(grid)
    full = full_word(grid, s)
    begin = np.int64((state >> np.uint64(20)) % np.uint64(max(last - first, 1)))
    for i in range(last - first):
        k = first + (begin + i) % (last - first)
        bit = grid.word[k]
        if bit & may == ZERO or popcount(bit) != 1 or let_in[grid.member[k]] > since:
            continue
        # its unit is free but for it: it is the one that is near, or none is and its frame has no other beam
        if is_near(grid, k, x, y, z) or (once & bit == ZERO and full & bit != ZERO):
            return int(grid.member[k])
    return -1


@kernel
def shake(
    grid: Grid, waiting: Longs, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float, steps: int,
) -> int:  # fmt: skip
    """Let places that wait change with places that stand in their way, which may then fit elsewhere.

    A walk along a plateau: a place takes a unit that exactly one other holds against it, and the other waits
    in its stead, unless it fits somewhere at once; who was just let in is not put out for a while (tabu
    search; Glover 1989). Never fewer are served than before, and the walk is the same each time.
    waiting (N,): places not served, changed in place. Returns how many more are served after `steps` tries.
    """
    n = waiting.shape[0]
    let_in = np.full(grid.satellite.shape[0], -steps, np.int64)
    state = np.uint64(0x9E3779B97F4A7C15)
    for step in range(steps):
        if n == 0:
            break
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        i = np.int64((state >> np.uint64(33)) % np.uint64(n))
        c = waiting[i]
        p = start[c] + np.int64((state >> np.uint64(8)) % np.uint64(max(usable[c], 1)))
        s = satellite[p]
        if usable[c] == 0 or not open_to[landing[c], s]:
            continue
        j = rival(grid, c, s, let_in, step - 10, state)
        if j < 0 or demand[j] > demand[c]:
            continue
        bit, pair = grid.colours[j], grid.pair[j]
        take(grid, j)
        grant = first_grant(grid, c, s, rate[p], demand, floor)
        if grant <= 0.0 or free_word(grid, c, s) & bit == ZERO:
            put(grid, j, s, pair, bit, first_grant(grid, j, s, rate[pair], demand, floor))
            continue
        put(grid, c, s, p, bit, grant)
        let_in[c] = step
        waiting[i] = j
        served = fit(grid, j, start, usable, satellite, open_to, landing, rate, demand, floor)
        for q in range(start[j], start[j] + usable[j]):
            if served:
                break
            served = open_to[landing[j], satellite[q]] and make_colour(
                grid, j, satellite[q], q, start, usable, satellite, open_to, landing, rate, demand, floor
            )
        if served:
            n -= 1
            waiting[i] = waiting[n]
    return int(waiting.shape[0] - n)


@kernel
def blame(
    grid: Grid, unserved: Longs, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles, floor: float, colour: Flags,
) -> None:  # fmt: skip
    """Tell why places are left out: colour (C,) becomes True where a satellite has beam and capacity left.

    Then only the colours of neighbours, or of places too near as seen from that satellite, are in the way.
    """
    for c in unserved:
        for p in range(start[c], start[c] + usable[c]):
            s = satellite[p]
            if open_to[landing[c], s] and full_word(grid, s) != every_word(grid):
                colour[c] |= first_grant(grid, c, s, rate[p], demand, floor) > 0.0
