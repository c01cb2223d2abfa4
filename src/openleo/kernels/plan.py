"""Who serves whom: places onto satellites, beams, frames and colours.

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

from openleo.kernels.compiled import kernel

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


@kernel
def near_word(grid: Grid, s: int, x: np.float32, y: np.float32, z: np.float32, but: int) -> np.uint64:
    """All bits that satellite s spends within the separation of a direction, entry `but` not regarded."""
    word = ZERO
    first = grid.offset[s]
    for k in range(first, first + grid.length[s]):
        dx = grid.direction[0, k] - x
        dy = grid.direction[1, k] - y
        dz = grid.direction[2, k] - z
        near = (dx * dx + dy * dy + dz * dz < grid.chord2) & (k != but)
        word |= grid.word[k] if near else ZERO
    return word


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


@kernel
def balance(
    start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows, need: Floats, room: Floats,
    passes: int, price: Floats,
) -> None:  # fmt: skip
    """Expected fullness of each satellite when every place spreads its need over those that it sees.

    Two passes of proportional prices: a place spreads in proportion to room / price. need (C,) and room (S,)
    in units; price (S,) float32 holds the answer (1: just full).
    """
    load = np.empty(price.shape[0], np.float32)
    price[:] = np.float32(1.0)
    for _ in range(passes):
        load[:] = np.float32(0.0)
        for c in range(start.shape[0] - 1):
            g = landing[c]
            first, last = start[c], start[c] + usable[c]
            total = np.float32(0.0)
            for p in range(first, last):
                s = satellite[p]
                total += room[s] / price[s] if open_to[g, s] else np.float32(0.0)
            if total > np.float32(0.0):
                part = need[c] / total
                for p in range(first, last):
                    s = satellite[p]
                    if open_to[g, s]:
                        load[s] += part * room[s] / price[s]
        for s in range(price.shape[0]):
            price[s] = max(load[s] / max(room[s], np.float32(1e-6)), np.float32(0.02))


@kernel
def attach(
    grid: Grid, order: Longs, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    merit: Floats, rate: Floats, demand: Doubles, floor: float, need: Floats, room: Floats, price: Floats,
    before: Ints, weight_balance: np.float32, weight_dwell: np.float32,
) -> None:  # fmt: skip
    """Give each place in turn its first unit, on the satellite of the best score that has one.

    Score: merit of the pair, less how full the satellite is expected to be and how full this place would make
    it, more for the satellite `before`.
    """
    widest = 1
    for c in order:
        widest = max(widest, usable[c])
    score = np.empty(widest, np.float32)
    low = np.float32(-1e30)
    # per landing group and satellite, so that the inner loop looks up two numbers of a pair: what its load
    # costs already (without end where it may not serve), and what each further unit would add
    cost = np.empty((open_to.shape[0], room.shape[0]), np.float32)
    unit = np.empty(room.shape[0], np.float32)
    for s in range(room.shape[0]):
        unit[s] = weight_balance / max(room[s], np.float32(1e-3))
        for g in range(open_to.shape[0]):
            well = open_to[g, s] and room[s] > np.float32(0.0)
            cost[g, s] = weight_balance * price[s] if well else np.float32(2e30)
    for c in order:
        first = start[c]
        n = usable[c]
        g = landing[c]
        here = need[c]
        kept = before[c]
        for k in range(n):
            s = satellite[first + k]
            value = merit[first + k] - cost[g, s] - here * unit[s]
            score[k] = value + (weight_dwell if s == kept else np.float32(0.0))
        while True:
            best = -1
            top = low
            for k in range(n):
                if score[k] > top:
                    top = score[k]
                    best = k
            if best < 0:
                break
            p = first + best
            s = satellite[p]
            score[best] = low
            grant = first_grant(grid, c, s, rate[p], demand, floor)
            if grant <= 0.0 or full_word(grid, s) == every_word(grid):
                continue
            word = free_word(grid, c, s)
            if word == ZERO:
                continue
            put(grid, c, s, p, lowest(word), grant)
            for i in range(cost.shape[0]):
                cost[i, s] += here * unit[s]
            break


@kernel
def grow(grid: Grid, order: Longs, rate: Floats, demand: Doubles, whole: bool) -> None:
    """Give places more units on the satellites that serve them; with `whole` only units that they use up."""
    frames = grid.frame_word.shape[0]
    for c in order:
        s = grid.satellite[c]
        if s < 0:
            continue
        part = rate[grid.pair[c]] / frames
        word = grid.colours[c]
        held = popcount(word)
        granted = min(demand[c], held * part)
        granted = min(granted, grid.granted[c] + grid.capacity[s] - grid.load[s])
        least = part if whole else np.float64(0.0)
        if demand[c] - granted <= max(least * 0.999, 1.0) or grid.capacity[s] - grid.load[s] < max(
            least, 1.0
        ):
            continue
        free = free_word(grid, c, s) & ~word
        left = grid.capacity[s] - grid.load[s] + grid.granted[c]
        while free != ZERO:
            if demand[c] - granted <= max(least * 0.999, 1.0) or left - granted < max(least, 1.0):
                break
            bit = lowest(free)
            free &= ~bit
            f = 0
            while grid.frame_word[f] & bit == ZERO:
                f += 1
            if grid.used[s, f] >= grid.beams[s]:
                free &= ~grid.frame_word[f]
                continue
            grid.used[s, f] += 1
            word |= bit
            held += 1
            granted = min(min(demand[c], held * part), left)
        grid.word[grid.entry[c]] = word
        grid.colours[c] = word
        grid.load[s] += granted - grid.granted[c]
        grid.granted[c] = granted


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
    once = ZERO
    twice = ZERO
    first = grid.offset[s]
    for k in range(first, first + grid.length[s]):
        dx = grid.direction[0, k] - x
        dy = grid.direction[1, k] - y
        dz = grid.direction[2, k] - z
        word = grid.word[k] if dx * dx + dy * dy + dz * dz < grid.chord2 else ZERO
        twice |= once & word
        once |= word
    single = once & ~twice & ~neighbours_word(grid, c) & every_word(grid)
    while single != ZERO:
        bit = lowest(single)
        single &= ~bit
        other = -1
        for k in range(first, first + grid.length[s]):
            dx = grid.direction[0, k] - x
            dy = grid.direction[1, k] - y
            dz = grid.direction[2, k] - z
            if dx * dx + dy * dy + dz * dz < grid.chord2 and grid.word[k] & bit != ZERO:
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
def appraise(
    first: int, last: int, start: Longs, usable: Ints, satellite: Ints, elevation: Floats, gso: Floats,
    rate: Floats, open_to: Flags, landing: Rows, class_merit: Floats, weight_elevation: float,
    weight_gso: float, weight_class: float, merit: Floats, reachable: Ints, best_rate: Floats,
) -> None:  # fmt: skip
    """Merit of each pair of places first..last, how many satellites a place can use, and its best rate.

    Merit: weighted sum of elevation / 90, angle from the GSO arc / 60 (at most 1) and the class's own. Fills
    merit (P,), reachable (C,) int32, best_rate (C,).
    """
    we = np.float32(weight_elevation / 90.0)
    wg = np.float32(weight_gso / 60.0)
    wc = np.float32(weight_class)
    for c in range(first, last):
        g = landing[c]
        n = 0
        best = np.float32(0.0)
        for p in range(start[c], start[c] + usable[c]):
            s = satellite[p]
            merit[p] = we * elevation[p] + wg * min(gso[p], np.float32(60.0)) + wc * class_merit[s]
            if open_to[g, s]:
                n += 1
                best = max(best, rate[p])
        reachable[c] = n
        best_rate[c] = best


@kernel
def judge(
    start: Longs, satellite: Ints, satellites_km: Doubles, places_km: Doubles, up: Doubles, sin_mask: float,
    bodies_km: Doubles, cos_keep_out: float, verdict: Codes, count: Longs, usable: Ints,
) -> None:  # fmt: skip
    """Test each pair in float64: verdict 0 below the mask, 1 too near a keep-out body, 2 of use.

    Fills verdict (P,), count (C,) of those above the mask and usable (C,) of those of use.
    """
    for c in range(start.shape[0] - 1):
        for p in range(start[c], start[c + 1]):
            s = satellite[p]
            x = satellites_km[s, 0] - places_km[c, 0]
            y = satellites_km[s, 1] - places_km[c, 1]
            z = satellites_km[s, 2] - places_km[c, 2]
            r = np.sqrt(x * x + y * y + z * z)
            if x * up[c, 0] + y * up[c, 1] + z * up[c, 2] < sin_mask * r:
                verdict[p] = 0
                continue
            verdict[p] = 2
            for k in range(bodies_km.shape[0]):
                bx = bodies_km[k, 0] - places_km[c, 0]
                by = bodies_km[k, 1] - places_km[c, 1]
                bz = bodies_km[k, 2] - places_km[c, 2]
                b = np.sqrt(bx * bx + by * by + bz * bz)
                if x * bx + y * by + z * bz > cos_keep_out * r * b:
                    verdict[p] = 1
                    break
            count[c] += 1
            usable[c] += verdict[p] == 2


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
        if fit(grid, j, start, usable, satellite, open_to, landing, rate, demand, floor):
            n -= 1
            waiting[i] = waiting[n]
    return int(waiting.shape[0] - n)


@kernel
def rival(grid: Grid, c: int, s: int, let_in: Longs, since: int, state: np.uint64) -> int:
    """A place that alone keeps place c from a unit of satellite s, -1 for none; `state` draws among several.

    It must hold one unit and no more, and have been let in before `since`.
    """
    x, y, z = pointing(grid, c, s)
    once = ZERO
    twice = ZERO
    first = grid.offset[s]
    last = first + grid.length[s]
    for k in range(first, last):
        dx = grid.direction[0, k] - x
        dy = grid.direction[1, k] - y
        dz = grid.direction[2, k] - z
        word = grid.word[k] if dx * dx + dy * dy + dz * dz < grid.chord2 else ZERO
        twice |= once & word
        once |= word
    may = ~twice & ~neighbours_word(grid, c) & every_word(grid)
    full = full_word(grid, s)
    begin = np.int64((state >> np.uint64(20)) % np.uint64(max(last - first, 1)))
    for i in range(last - first):
        k = first + (begin + i) % (last - first)
        bit = grid.word[k]
        if bit & may == ZERO or popcount(bit) != 1 or let_in[grid.member[k]] > since:
            continue
        dx = grid.direction[0, k] - x
        dy = grid.direction[1, k] - y
        dz = grid.direction[2, k] - z
        near = dx * dx + dy * dy + dz * dz < grid.chord2
        # its unit is free but for it: it is the one that is near, or none is and its frame has no other beam
        if near or (once & bit == ZERO and full & bit != ZERO):
            return int(grid.member[k])
    return -1


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
