"""Gateways and PoPs in a slot, and what they carry."""

import numpy as np

from openleo.operate.view.answers import GatewayLoad, Ground, PopLoad
from openleo.operate.view.shown import Shown


def ground_of(shown: Shown, slot: int) -> Ground:
    """What the gateways and PoPs carry in a slot: the sums over the cells that land there.

    A gateway's capacity is that of the feeder links that it holds.
    """
    granted = shown.row(slot, "throughput_bps")
    twin, feeder = shown.twin(), shown.feeder(slot)
    gateways, pops = twin.ground.gateways, twin.ground.pops
    held = feeder >= 0
    satellites = np.bincount(feeder[held], minlength=len(gateways))
    capacity = np.bincount(feeder[held], twin.feeder_bps[held], len(gateways))
    landed, joined = (
        np.bincount(at[at >= 0], granted[at >= 0], count)
        for at, count in ((shown.row(slot, "gateway"), len(gateways)), (shown.row(slot, "pop"), len(pops)))
    )
    return Ground(
        tuple(
            GatewayLoad(
                each.name, each.country, each.lat_deg, each.lon_deg, int(satellites[k]), float(landed[k]),
                float(capacity[k]), float(landed[k] / capacity[k]) if capacity[k] else None,
            )
            for k, each in enumerate(gateways)
        ),
        tuple(
            PopLoad(each.name, each.lat_deg, each.lon_deg, float(joined[k])) for k, each in enumerate(pops)
        ),
    )  # fmt: skip
