"""How traffic travels: link lengths, shortest ways to the ground, and loads along them.

The graph of ISLs is in compressed rows: the edges out of satellite u are first[u]:first[u + 1], edge e leads
to head[e], and back[e] is the edge the other way. Costs are milliseconds, one way.
"""

import numpy as np
from numpy.typing import NDArray

from openleo.kernels.compiled import kernel

Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@kernel
def edge_lengths(
    first: Longs, head: Longs, position_km: Doubles, max_range_km: float, min_radius_km: float,
    flattening: float, length_km: Doubles,
) -> None:  # fmt: skip
    """Length of each edge; infinite where it is too long or passes too near the ground. Fills length_km (E,).

    The height is tested on the ellipsoid stretched to a sphere: the z axis is divided by 1 - flattening, and
    the line must stay min_radius_km from the centre.
    """
    for u in range(first.shape[0] - 1):
        for e in range(first[u], first[u + 1]):
            v = head[e]
            ax, ay = position_km[u, 0], position_km[u, 1]
            az = position_km[u, 2] / (1.0 - flattening)
            dx, dy = position_km[v, 0] - ax, position_km[v, 1] - ay
            real_dz = position_km[v, 2] - position_km[u, 2]
            dz = position_km[v, 2] / (1.0 - flattening) - az
            length = np.sqrt(dx * dx + dy * dy + real_dz * real_dz)
            t = -(ax * dx + ay * dy + az * dz) / max(dx * dx + dy * dy + dz * dz, 1e-9)
            t = min(max(t, 0.0), 1.0)
            nx, ny, nz = ax + t * dx, ay + t * dy, az + t * dz
            clear = nx * nx + ny * ny + nz * nz >= min_radius_km * min_radius_km
            length_km[e] = length if clear and length <= max_range_km else np.inf  # NaN ends up infinite


@kernel
def shortest(
    first: Longs, head: Longs, back: Longs, edge_ms: Doubles, start_ms: Doubles, cost_ms: Doubles,
    step: Longs, heap_key: Doubles, heap_node: Longs,
) -> None:  # fmt: skip
    """Dijkstra 1959 from all sources at once: the cheapest way of every satellite to the ground.

    edge_ms (E,) from tail to head; start_ms (S,) cost of going down from a satellite itself, infinite where
    it cannot. Fills cost_ms (S,) and step (S,) int64: the edge to take first, -1 to go down here, -2 for no
    way. heap_key, heap_node: (E + S,) work space.
    """
    n = 0
    for s in range(start_ms.shape[0]):
        cost_ms[s] = start_ms[s]
        step[s] = -1 if start_ms[s] < np.inf else -2
        if start_ms[s] < np.inf:
            n = push(heap_key, heap_node, n, start_ms[s], s)
    while n > 0:
        key = heap_key[0]
        v = heap_node[0]
        n = pop(heap_key, heap_node, n)
        if key > cost_ms[v]:
            continue
        for e in range(first[v], first[v + 1]):
            u = head[e]
            towards = back[e]
            cost = key + edge_ms[towards]
            if cost < cost_ms[u]:
                cost_ms[u] = cost
                step[u] = towards
                n = push(heap_key, heap_node, n, cost, u)


@kernel
def push(key: Doubles, node: Longs, n: int, cost: float, v: int) -> int:
    """Put v with its cost on a binary heap of n; returns the new size."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent] <= cost:
            break
        key[i] = key[parent]
        node[i] = node[parent]
        i = parent
    key[i] = cost
    node[i] = v
    return n + 1


@kernel
def pop(key: Doubles, node: Longs, n: int) -> int:
    """Take the cheapest off a binary heap of n; returns the new size."""
    n -= 1
    cost = key[n]
    v = node[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and key[child + 1] < key[child]:
            child += 1
        if cost <= key[child]:
            break
        key[i] = key[child]
        node[i] = node[child]
        i = child
    key[i] = cost
    node[i] = v
    return n


@kernel
def send(
    flow_bps: Doubles, head: Longs, step: Longs, edge_load: Doubles, down_load: Doubles, edge_km: Doubles,
    hops: Longs, path_km: Doubles, down_at: Longs,
) -> None:  # fmt: skip
    """Send one tree's flow of each satellite along its way and add up the loads.

    flow_bps (S,), step (S,) as `shortest` left it. Fills hops (S,), path_km (S,) over ISLs and down_at (S,)
    the satellite whose feeder link is used, -1 where there is no way.
    """
    for s in range(flow_bps.shape[0]):
        u = s
        n = 0
        km = 0.0
        while step[u] >= 0:
            e = step[u]
            edge_load[e] += flow_bps[s]
            km += edge_km[e]
            u = head[e]
            n += 1
        if step[u] == -1:
            down_load[u] += flow_bps[s]
            down_at[s] = u
        else:
            down_at[s] = -1
        hops[s] = n
        path_km[s] = km


@kernel
def allot(
    flow_bps: Doubles, head: Longs, step: Longs, edge_capacity: float, down_capacity: Doubles, edges: int,
    rounds: int, part: Doubles, where: Longs, busy: Doubles,
) -> None:  # fmt: skip
    """Find the share of each flow that its way lets through, so that no link carries more than it can.

    flow_bps, step (K, S): K trees. In each round a link offers its room in proportion to what still asks for
    it, and a flow takes what the tightest link of its way offers; the first round is the plain cut in
    proportion, the others hand out what it left idle elsewhere. Fills part (K, S) in 0..1, where (K, S): the
    edge that binds, -1 the feeder link, -2 nothing; busy (K, S): the highest offered load over capacity on
    the way.
    """
    n_trees, n_sats = flow_bps.shape
    part[:] = 0.0
    for r in range(rounds):
        edge_carried = np.zeros(edges)
        edge_asked = np.zeros(edges)
        down_carried = np.zeros(n_sats)
        down_asked = np.zeros(n_sats)
        for k in range(n_trees):
            for s in range(n_sats):
                flow = flow_bps[k, s]
                if flow <= 0.0:
                    continue
                u = s
                while step[k, u] >= 0:
                    edge_carried[step[k, u]] += flow * part[k, s]
                    edge_asked[step[k, u]] += flow * (1.0 - part[k, s])
                    u = head[step[k, u]]
                down_carried[u] += flow * part[k, s]
                down_asked[u] += flow * (1.0 - part[k, s])
        for k in range(n_trees):
            for s in range(n_sats):
                if flow_bps[k, s] <= 0.0 or part[k, s] >= 1.0:
                    continue
                u = s
                least = 1.0
                most = 0.0
                at = -2
                while step[k, u] >= 0:
                    e = step[k, u]
                    offer = max(edge_capacity - edge_carried[e], 0.0) / max(edge_asked[e], 1.0)
                    most = max(most, (edge_carried[e] + edge_asked[e]) / edge_capacity)
                    if offer < least:
                        least = offer
                        at = e
                    u = head[e]
                if step[k, u] == -2:
                    least = 0.0
                else:
                    offer = max(down_capacity[u] - down_carried[u], 0.0) / max(down_asked[u], 1.0)
                    most = max(most, (down_carried[u] + down_asked[u]) / max(down_capacity[u], 1.0))
                    if offer < least:
                        least = offer
                        at = -1
                part[k, s] += (1.0 - part[k, s]) * least
                where[k, s] = at
                if r == 0:
                    busy[k, s] = most


@kernel
def share_out(order: Longs, group: Longs, granted: Doubles, allowed: Doubles, out: Doubles) -> None:
    """Share what a way lets through among its cells, max-min fair (Bertsekas and Gallager 1992, 6.5.2).

    order (N,): cells sorted by group and, in a group, by granted; group (C,), granted (C,); allowed (G,)
    bit/s. Fills out (C,): each gets what it was granted, or an equal part of what is left.
    """
    i = 0
    n = order.shape[0]
    while i < n:
        g = group[order[i]]
        j = i
        while j < n and group[order[j]] == g:
            j += 1
        left = allowed[g]
        for k in range(i, j):
            c = order[k]
            part = min(granted[c], left / (j - k))
            out[c] = part
            left = max(left - part, 0.0)
        i = j


@kernel
def choose_feeders(order: Longs, gateway: Longs, satellite: Ints, antennas: Longs, feeder: Ints) -> None:
    """Give antennas to satellites, pair by pair in `order`: one a satellite, as many a gateway as it has.

    gateway, satellite (P,): visible pairs; antennas (W,) int64 is used up; feeder (S,) int32 is filled, -1
    for none.
    """
    feeder[:] = -1
    for p in order:
        g = gateway[p]
        s = satellite[p]
        if antennas[g] > 0 and feeder[s] < 0:
            feeder[s] = g
            antennas[g] -= 1
