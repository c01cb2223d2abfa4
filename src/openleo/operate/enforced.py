"""What a log says is in force, as the arrays that a twin plans by: in a stage, those of two rule sets.

A cell is lit where somebody in it may be served: in a stage by share under the newer rules or the former, in
a stage by regions under those that hold at the point. Each check-in is decided for itself all the same.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from openleo.operate.open import rules_at, touching
from openleo.places import Cells, spots
from openleo.rules import Rules, RulesAt, no_rules
from openleo.service.force import NEVER_US, within
from openleo.service.regions import NOWHERE
from openleo.world import Gateway

if TYPE_CHECKING:
    from openleo.service.governance.enforcement import Enforcement, Standing

Bools = NDArray[np.bool_]

NO_RULES: Final = "No rules are in force."

KEPT: Final = 4
"""Rule sets: two of a stage, and two of what comes after it."""


def enforced_at(enforcement: "Enforcement") -> RulesAt:
    """What makes the arrays of whatever is in force at an instant, over a world's cells and gateways.

    They hold until something else does, as far as the log says by now. Where nothing is in force, no cell is
    lit. The rule sets that were asked for last are kept as they were laid out.
    """
    laid: dict[str, Rules] = {}

    def over(cells: Cells, gateways: tuple[Gateway, ...], time: np.datetime64) -> Rules:
        now_us = int(time.astype("datetime64[us]").astype(np.int64))
        standing, until_us = enforcement.held(now_us), enforcement.next_us(now_us)
        sets = [] if standing is None else [standing.rules, *([standing.former] if standing.former else [])]
        found = []
        for each in sets:
            here = laid.pop(each.digest, None)
            if here is None or not here.hold_at(time):
                here = rules_at(each, touched=True)(cells, gateways, time)
            laid[each.digest] = here
            found.append(here)
        for digest in list(laid)[:-KEPT]:
            del laid[digest]
        ends = [each.until for each in found if each.until is not None]
        if until_us < NEVER_US:
            ends.append(np.datetime64(until_us, "us"))
        until = min(ends, default=None)
        if standing is None:
            nothing = np.zeros(len(cells), np.bool_)
            none = no_rules(len(cells), len(gateways))
            return replace(none, elsewhere=NO_RULES, lit=nothing, since=time, until=until)
        if len(found) == 1:
            return replace(found[0], since=time, until=until)
        newer, former = found
        if standing.regions:
            joined = _by_regions(standing, newer, former, cells, time)
        else:  # terminals of both are in each cell
            both, theirs = newer.lit & former.lit, former.lit & ~newer.lit
            joined = _joined(newer, former, newer.lit | former.lit, theirs, both)
        return replace(joined, since=time, until=until)

    return over


def _by_regions(
    standing: "Standing", newer: Rules, former: Rules, cells: Cells, time: np.datetime64
) -> Rules:
    """The newer rules in some regions, the former elsewhere: point by point."""
    assert standing.former is not None
    sets = (standing.rules, standing.former)
    at = datetime.fromtimestamp(int(time.astype("datetime64[us]").astype(np.int64)) / 1e6, UTC)

    def lit(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Bools:
        by_newer, by_former = (each.over(lat, lon, at).lit for each in sets)
        return np.where(within(sets, standing.regions, lat, lon), by_newer, by_former)

    middles = spots(cells)
    outside = ~within(sets, standing.regions, *middles)
    return _joined(newer, former, lit(*middles) | touching(cells, lit), outside, np.zeros_like(outside))


def _joined(newer: Rules, former: Rules, lit: Bools, theirs: Bools, both: Bools) -> Rules:
    """One answer of two. theirs: cells (C,) that go by the former rules; both: by the two of them."""
    groups: dict[tuple[str, ...], int] = {(): 0}
    cases, case = np.unique(
        np.stack([newer.landing, former.landing, theirs, both]), axis=1, return_inverse=True
    )
    landing = np.empty(cases.shape[1], np.int16)
    for k, (mine, others, its_own, shared) in enumerate(cases.T.tolist()):
        group = newer.landings[mine]
        if its_own:
            group = former.landings[others]
        elif shared:
            group = _where_both(group, former.landings[others])
        landing[k] = groups.setdefault(group, len(groups))
    named = np.where(former.region < 0, -1, former.region + len(newer.regions))
    return Rules(
        newer.name, newer.digest, newer.regions + former.regions, newer.decisions + former.decisions,
        newer.elsewhere, lit, np.where(theirs, named, newer.region).astype(np.int16), tuple(groups),
        landing[case.reshape(-1)], newer.nowhere | former.nowhere,
    )  # fmt: skip


def _where_both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Countries in which traffic may reach the ground by two rule sets; () is anywhere."""
    if not one or not other:
        return one or other
    return tuple(each for each in one if each in other) or NOWHERE
