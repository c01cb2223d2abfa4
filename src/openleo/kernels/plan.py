"""Who serves whom, the first pass: prices, a first unit for each place, then what more is asked for."""

import numpy as np

from openleo.kernels.compiled import kernel
from openleo.kernels.grid import (
    ZERO,
    Codes,
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
    lowest,
    popcount,
    put,
    take,
)


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
def enlarge(grid: Grid, c: int, rate: Floats, demand: Doubles, least: float) -> None:
    """Give place c more units on the satellite that serves it, while each adds at least `least` bit/s."""
    s = grid.satellite[c]
    part = rate[grid.pair[c]] / grid.frame_word.shape[0]
    word = grid.colours[c]
    held = popcount(word)
    left = grid.capacity[s] - grid.load[s] + grid.granted[c]
    granted = min(min(demand[c], held * part), left)
    if min(demand[c], left) - granted < least:
        return
    free = free_word(grid, c, s) & ~word
    while free != ZERO and min(demand[c], left) - granted >= least:
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
def grow(grid: Grid, order: Longs, rate: Floats, demand: Doubles, whole: bool) -> None:
    """Give places more units on the satellites that serve them; with `whole` only units that they use up."""
    for c in order:
        if grid.satellite[c] >= 0:
            part = rate[grid.pair[c]] / grid.frame_word.shape[0]
            enlarge(grid, c, rate, demand, 0.999 * part if whole else 1.0)


@kernel
def rehome(
    grid: Grid, order: Longs, start: Longs, usable: Ints, satellite: Ints, open_to: Flags, landing: Rows,
    rate: Floats, demand: Doubles,
) -> None:  # fmt: skip
    """Move places that lack at least a unit to the satellite that has most to give them, if it is more."""
    frames = grid.frame_word.shape[0]
    for c in order:
        s = grid.satellite[c]
        if s < 0 or demand[c] - grid.granted[c] < rate[grid.pair[c]] / frames:
            continue
        best = -1
        most = grid.granted[c] * 1.05
        for p in range(start[c], start[c] + usable[c]):
            t = satellite[p]
            if t == s or not open_to[landing[c], t]:
                continue
            spare = 0
            for f in range(frames):
                spare += max(grid.beams[t] - grid.used[t, f], 0)
            part = rate[p] / frames
            could = min(min(demand[c], spare * part), grid.capacity[t] - grid.load[t])
            if could > most:
                could = min(could, popcount(free_word(grid, c, t)) * part)
                if could > most:
                    most = could
                    best = p
        if best >= 0:
            t = satellite[best]
            take(grid, c)
            part = rate[best] / frames
            grant = min(min(demand[c], part), grid.capacity[t] - grid.load[t])
            put(grid, c, t, best, lowest(free_word(grid, c, t)), grant)
            enlarge(grid, c, rate, demand, 1.0)


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
