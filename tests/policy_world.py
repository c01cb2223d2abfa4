"""A small world for tests of decisions: squares of land in the open ocean, and rules over them as arrays.

Twelve squares of one degree, three by four, lie around 30 S 120 W; each is a zone, the sea is zone 0.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from openleo.kernels.zones import ZoneMap
from openleo.places.grids import grid_of
from openleo.service.records import Licence, Outcome, Service

ZONES = 13
COUNTRIES = 4
PLANS = 3
SOUTH, WEST = -32.0, -122.0


def square(zone: int) -> tuple[float, float]:
    """South-western corner of a zone's square (1 to 12), in degrees."""
    return SOUTH + (zone - 1) // 4, WEST + (zone - 1) % 4


def zone_map() -> ZoneMap:
    """Zone 0 is the sea, zone k the k-th square; countries are columns of squares, without tolerance."""
    rings = []
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], float)
    for zone in range(1, ZONES):
        south, west = square(zone)
        rings.append(corners + np.array([west, south]))
    base = grid_of(rings, np.arange(ZONES - 1))
    zone_of = np.array([[zone] for zone in (*range(1, ZONES), 0)], np.int32)
    return ZoneMap(base, grid_of([], []), zone_of, 0.0)


def each(value: Any, dtype: Any, count: int = ZONES) -> Any:
    return np.full(count, value, dtype)


@dataclass(frozen=True)
class Rules:
    """Terms as `decide_batch` takes them; everything is licensed and on until a test says otherwise."""

    country: Any = field(
        default_factory=lambda: np.array([-1, *((z - 1) % 4 for z in range(1, ZONES))], "i2")
    )
    sea: Any = field(default_factory=lambda: np.arange(ZONES) == 0)
    licence: Any = field(default_factory=lambda: each(Licence.LICENSED, "i1"))
    service: Any = field(default_factory=lambda: each(Service.ON, "i1"))
    list_masks: Any = field(default_factory=lambda: np.zeros((ZONES, 4), "u8"))
    max_speed_kmh: Any = field(default_factory=lambda: each(np.inf, "f4"))
    max_altitude_m: Any = field(default_factory=lambda: each(np.inf, "f4"))
    max_coast_km: Any = field(default_factory=lambda: each(np.inf, "f4"))
    motion: Any = field(default_factory=lambda: each(2**32 - 1, "u4"))
    usage: Any = field(default_factory=lambda: each(2**32 - 1, "u4"))
    prohibited_uses: Any = field(default_factory=lambda: each(0, "u8"))
    sold_in: Any = field(default_factory=lambda: each(-1, "i2"))
    sold_table: Any = field(default_factory=lambda: np.eye(2, COUNTRIES, dtype=bool))
    rate_mbps: Any = field(default_factory=lambda: each(np.inf, "f4"))
    deny_emergency: Any = field(default_factory=lambda: each(False, bool))
    plan_known: Any = field(default_factory=lambda: each(True, bool, PLANS))
    plan_rate_mbps: Any = field(default_factory=lambda: np.array([100.0, 50.0, np.inf], "f4"))
    plan_quota_mb: Any = field(default_factory=lambda: each(np.inf, "f4", PLANS))
    plan_over_quota: Any = field(default_factory=lambda: np.array([Outcome.LIMITED, Outcome.WALLED, 0], "i1"))
    plan_limited_mbps: Any = field(default_factory=lambda: each(1.0, "f4", PLANS))
    plan_address_km: Any = field(default_factory=lambda: each(np.inf, "f4", PLANS))
    plan_roaming_us: Any = field(default_factory=lambda: each(2**62, "i8", PLANS))
    plan_at_sea: Any = field(default_factory=lambda: each(True, bool, PLANS))
    plan_motion: Any = field(default_factory=lambda: each(2**32 - 1, "u4", PLANS))
    plan_speed_kmh: Any = field(default_factory=lambda: each(np.inf, "f4", PLANS))
    grant_us: int = 300_000_000
    hold_us: int = 60_000_000
    clock_us: int = 300_000_000
    late_us: int = 0
    max_accuracy_m: float = 10_000.0
    border_tolerance_m: float = 0.0
    oldest_version: int = 0
    retry_us: int = 3_600_000_000
    effects: Any = field(default_factory=lambda: np.array([4, 0, 4, 4, 4, 4, 4], "i1"))
    until_us: int = 2**62

    def but(self, **columns: Any) -> "Rules":
        """The same with other scalars, or other values in some zones or plans: {number: value}."""
        made = {}
        for name, value in columns.items():
            held = getattr(self, name)
            if isinstance(value, dict):
                held = held.copy()
                for number, each_value in value.items():
                    held[number] = each_value
                value = held
            made[name] = value
        return replace(self, **made)
