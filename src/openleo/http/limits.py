"""How much one caller may ask: sizes of bodies, and requests a second."""

from dataclasses import dataclass
from typing import Final

from openleo.formats.toml import key

KEPT: Final = 200_000
"""So many callers are remembered; beyond it, those that have asked little are forgotten first."""


@dataclass(frozen=True)
class Limits:
    """What a server takes from one caller."""

    body_bytes: int = key("largest body of most requests", default=65_536, low=1024, high=2**26)
    check_in_bytes: int = key("largest body of one check-in", default=4096, low=512, high=2**16)
    batch_bytes: int = key("largest body of a batch", default=2_097_152, low=4096, high=2**26)
    draft_bytes: int = key("largest body of a draft of rules", default=16_777_216, low=4096, high=2**26)
    batch: int = key("most check-ins of a batch", default=1000, low=1, high=100_000)
    body_s: float = key("longest time for a body to arrive", default=10.0, unit="s", above=0.0)
    address_per_s: float = key("requests of an address without a role", default=50.0, unit="1/s", above=0.0)
    address_burst: float = key("of these at once", default=200.0, low=1.0)
    terminal_per_s: float = key("check-ins of a terminal", default=1.0, unit="1/s", above=0.0)
    terminal_burst: float = key("of these at once", default=30.0, low=1.0)
    role_per_s: float = key("requests of an operator or auditor", default=100.0, unit="1/s", above=0.0)
    role_burst: float = key("of these at once", default=400.0, low=1.0)
    waiting: int = key("check-ins that may wait for the store", default=10_000, low=1)


class Buckets:
    """Token buckets, one for each caller: `rate` tokens a second flow in, at most `burst` are held."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._held: dict[object, tuple[float, float]] = {}

    def take(self, caller: object, now_s: float) -> float:
        """Take one token; returns 0, or the seconds after which there will be one (none is taken then)."""
        tokens, then_s = self._held.get(caller, (self._burst, now_s))
        tokens = min(self._burst, tokens + (now_s - then_s) * self._rate)
        if tokens < 1.0:
            return (1.0 - tokens) / self._rate
        self._held[caller] = (tokens - 1.0, now_s)
        if len(self._held) > KEPT:
            self._forget(now_s)
        return 0.0

    def _forget(self, now_s: float) -> None:
        level = {who: tokens + (now_s - then_s) * self._rate for who, (tokens, then_s) in self._held.items()}
        fullest = sorted(level, key=level.__getitem__, reverse=True)
        for who in fullest[: KEPT // 2]:
            del self._held[who]
