"""What does a beam of a satellite at 550 km carry, at each elevation, dry and in rain?

    python design/link_budget.py

prints a link budget at 40 degrees as people know it (downlink, uplink, and the downlink in the rain of 99.9 %
availability), then the rates against elevation for two EIRPs.
"""

import dataclasses

import numpy as np

from openleo.constants import EARTH_MEAN_RADIUS_KM
from openleo.link import budget, rate_bps, uplink_budget, uplink_rate_bps
from openleo.radio import Radio

ALTITUDE_KM = 550.0
EIRP_DBW = 33.6


def range_km(elevation_deg: float) -> float:
    """Slant range to the satellite over a spherical Earth."""
    sine = np.sin(np.radians(elevation_deg))
    radius = EARTH_MEAN_RADIUS_KM
    return float(np.sqrt((radius * sine) ** 2 + ALTITUDE_KM * (2.0 * radius + ALTITUDE_KM)) - radius * sine)


def main() -> None:
    dry = Radio()
    wet = dataclasses.replace(dry, availability_percent=99.9)
    distance = range_km(40.0)
    columns = [
        budget(40.0, distance, dry, EIRP_DBW).lines(),
        uplink_budget(40.0, distance, dry).lines(),
        budget(40.0, distance, wet, EIRP_DBW).lines(),
    ]
    print(f"{'':34} {'clear sky':>16} {'clear sky':>16} {'99.9 %':>16}")
    for rows in zip(*columns, strict=True):
        label, _, unit = rows[0]
        print(f"{label:34} " + " ".join(f"{value:>16}" for _, value, _ in rows) + f"  {unit}")

    print("\nMbit/s      downlink, clear   downlink, 99.9 %     uplink")
    print(f"elevation   {EIRP_DBW:6.1f}   35.0   {EIRP_DBW:8.1f}   35.0      clear  99.9 %")
    for elevation in (25.0, 30.0, 35.0, 40.0, 50.0, 60.0, 70.0, 90.0):
        at = elevation, range_km(elevation)
        down = [rate_bps(*at, radio, eirp) / 1e6 for radio in (dry, wet) for eirp in (EIRP_DBW, 35.0)]
        up = [uplink_rate_bps(*at, radio) / 1e6 for radio in (dry, wet)]
        print(
            f"{elevation:6.0f} deg  {down[0]:6.0f} {down[1]:6.0f}   {down[2]:8.0f} {down[3]:6.0f}"
            f"   {up[0]:8.0f} {up[1]:7.0f}"
        )


if __name__ == "__main__":
    main()
