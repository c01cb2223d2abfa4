"""What is in force from one instant to another: one rule set for all terminals or, in a stage, two.

In a stage by share, a terminal belongs to the newer rules or to the former by a hash of its number and the
change: whoever is in a share is in each larger one. In a stage by regions, whoever is in one of them does.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.figures import BETWEEN
from openleo.service.records import Names

if TYPE_CHECKING:
    from openleo.kernels.zones import ZoneMap
    from openleo.service.regions import RuleSet
    from openleo.service.terms import Terms

Bools = NDArray[np.bool_]

NEVER_US: Final = 2**62
"""An instant that never comes."""

CUT_US: Final = 20_000_000
"""By so much grants are shorter under a log: a change must be seen so long before it begins that the grants
before it are over 60 s after that (`governance.verdict.lead_s`), and here it is known some seconds later."""

LEAST_US: Final = 60_000_000
"""A grant that is no longer than that ends in time whatever the log says."""

_NUMBERED: Final = ("plan", "country", "list", "use")  # kinds of names that terms have arrays over
_MIX: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(eq=False)
class Side:
    """A rule set at work.

    number: in the store. until_us: it holds no longer than that. cut_us: by so much grants are shorter than
    it says, down to `LEAST_US`; what is shorter anyway by `CUT_US` at most, or half as long.
    """

    rules: "RuleSet"
    number: int
    until_us: int = NEVER_US
    cut_us: int = 0
    _terms: "Terms | None" = field(default=None, repr=False)
    _named: tuple[int, ...] = field(default=(), repr=False)

    def terms(self, now_us: int, names: Names) -> "Terms":
        """What it says now, worked out again when a window opens or closes or names were added."""
        named = tuple(len(names.all(kind)) for kind in _NUMBERED)
        if self._terms is None or now_us >= self._terms.until_us or named != self._named:
            found = self.rules.terms(now_us, names)
            least_us = min(LEAST_US, found.grant_us - min(CUT_US, found.grant_us // 2))
            grant_us = max(found.grant_us - self.cut_us, least_us)
            until_us = min(found.until_us, self.until_us)
            if (grant_us, until_us) != (found.grant_us, found.until_us):
                found = replace(found, grant_us=grant_us, until_us=until_us)
            self._terms = found
            self._named = tuple(len(names.all(kind)) for kind in _NUMBERED)
        return self._terms

    @property
    def zone_map(self) -> "ZoneMap":
        """Which zone a point is in."""
        return self.rules.zone_map

    def regions_of(self, zone: int) -> tuple[str, ...]:
        """The regions of a zone; "elsewhere" where there is none, or the zone is that of other rules."""
        if not 0 <= zone < len(self.rules.zones):
            return ("elsewhere",)
        names = tuple(self.rules.regions[r].name for r in self.rules.zones[zone].regions)
        return names or ("elsewhere",)


@dataclass(frozen=True)
class Force:
    """What is in force until an instant.

    newer: what holds, None where nothing does: nobody is newly served then. former: in a stage, what holds
    for the others; None where newer is for all. share: of the terminals that are under newer; regions:
    otherwise, those in which it holds. change: its hash. size: entries of the checkpoint under which all of
    it stands, -1 without a log. since_us: not before that instant, as far as was looked.
    """

    newer: Side | None
    former: Side | None = None
    share: float = 1.0
    regions: tuple[str, ...] = ()
    change: str = ""
    since_us: int = 0
    until_us: int = NEVER_US
    size: int = -1

    @property
    def sides(self) -> tuple[Side, ...]:
        """The rule sets at work, the newer one first."""
        return tuple(each for each in (self.newer, self.former) if each is not None)

    def under_former(
        self, terminals: NDArray[np.int64], lat_deg: NDArray[np.float64], lon_deg: NDArray[np.float64]
    ) -> Bools | None:
        """Which check-ins (N,) are still decided by the former rules; None where none is.

        terminals: their numbers; all check-ins of one go by its first. Positions in degrees, NaN where there
        is none: such a terminal is under the former rules while a change goes by regions.
        """
        if self.newer is None or self.former is None:
            return None
        if not self.regions:
            return ~in_share(self.change, terminals, self.share)
        inside = within((self.newer.rules, self.former.rules), self.regions, lat_deg, lon_deg)
        _, first, back = np.unique(terminals, return_index=True, return_inverse=True)
        found: Bools = ~inside[first][back]
        return found


def terms_of(side: Side | None, now_us: int, names: Names) -> "tuple[Terms | None, ZoneMap | None]":
    """What a rule set says at a time, and its map; None and None without one."""
    return (None, None) if side is None else (side.terms(now_us, names), side.zone_map)


def in_share(change: str, terminals: NDArray[np.int64], share: float) -> Bools:
    """Which terminals (N,) belong to a share (0 to 1) of a change: SplitMix64 of their numbers and its hash.

    The seed is the first 8 bytes, big-endian, of SHA-256 of the hash in hex; what comes out, as a fraction of
    2^64, is below the share. Anybody can work it out.
    """
    seed = int.from_bytes(hashlib.sha256(change.encode()).digest()[:8], "big")
    with np.errstate(over="ignore"):
        mixed = terminals.astype(np.uint64) * np.uint64(_MIX[0]) + np.uint64(seed)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_MIX[1])
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX[2])
        mixed ^= mixed >> np.uint64(31)
    found: Bools = (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53 < share
    return found


def within(
    rules: "Sequence[RuleSet]", regions: Sequence[str], lat_deg: NDArray[np.float64],
    lon_deg: NDArray[np.float64],
) -> Bools:  # fmt: skip
    """Whether points (N,), in degrees, are in one of these regions as one of the rule sets draws it.

    Points that are NaN are not. In a stage by regions, whoever is there is under the newer rules.
    """
    found = np.zeros(len(lat_deg), np.bool_)
    known = (np.abs(lat_deg) <= 90.0) & np.isfinite(lon_deg)
    for each in rules:
        mine = [r for r, region in enumerate(each.regions) if region.name in regions]
        if mine and known.any():
            zones = each.zones_at(lat_deg[known], lon_deg[known])
            found[known] |= each.division.member[zones][:, mine].any(axis=1)
    return found


def zones_of(rules: "RuleSet") -> list[tuple[str, str, str]]:
    """Country, disputed area and names of regions of each zone, as the store keeps them."""
    return [
        (zone.country, zone.area, BETWEEN.join(rules.regions[r].name for r in zone.regions))
        for zone in rules.zones
    ]
