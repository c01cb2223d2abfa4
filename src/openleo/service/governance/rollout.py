"""A change in stages before it is made: whom each stage reaches of those that the change affects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from openleo.service.force import in_share, within
from openleo.service.governance.dryrun import Effect
from openleo.service.governance.dryrun_wording import Table, spaced

if TYPE_CHECKING:
    from openleo.service.governance.dryrun import Bools, DryRun, LastSeen
    from openleo.service.governance.entries import Change, Stage
    from openleo.service.regions import RuleSet


@dataclass(frozen=True)
class Step:
    """One stage, and whom it reaches of K terminals that the change affects.

    number: 1 for the first. under: how many terminals of the register go by the newer rules in it, of those
    whose position is known. reached: (K,) which of those affected do. new: (K,) of these, which did not in
    the stage before.
    """

    number: int
    stage: "Stage"
    under: int
    reached: "Bools"
    new: "Bools"


def steps(
    dry: "DryRun", change: "Change", before: "RuleSet", after: "RuleSet", seen: "LastSeen"
) -> tuple[Step, ...]:
    """Of each stage of a change, in order, whom it reaches, as in service; () where there are none.

    dry: of the rules before and after. change: its hash says who is in a share: whatever is changed in it
    afterwards, but for approvals, puts others there. seen: as the dry run had it.
    """
    found: list[Step] = []
    regions: tuple[str, ...] = ()
    placed = np.flatnonzero(np.isfinite(seen.histories["lat_deg"]))
    lat, lon = (seen.histories[name][placed].astype(np.float64) for name in ("lat_deg", "lon_deg"))
    where = np.searchsorted(placed, dry.terminal)
    last = np.zeros(len(dry), np.bool_)
    for number, stage in enumerate(change.stages, 1):
        regions += stage.regions
        if number == len(change.stages):  # what no stage names comes with the last
            under = np.ones(len(placed), np.bool_)
        elif stage.regions:
            under = within((after, before), regions, lat, lon)
        else:
            under = in_share(change.hash, placed, stage.share)
        reached = under[where]
        found.append(Step(number, stage, int(under.sum()), reached, reached & ~last))
        last = reached
    return tuple(found)


def table(dry: "DryRun", found: Sequence[Step]) -> Table:
    """Stage by stage, for people: how many go by it, how many it affects, and how many of these are new."""
    head = ("stage", "from", "by it", "affects", "new", "accounts", "cells", "lose", "gain")
    rows = []
    for each in found:
        counted = dry.count(each.reached)
        numbers = (
            each.under, counted["terminals"], int(each.new.sum()), counted["accounts"], counted["cells"],
            *(int((each.reached & dry.which(effect)).sum()) for effect in (Effect.LOSES, Effect.GAINS)),
        )  # fmt: skip
        whom = ", ".join(each.stage.regions) or f"{100 * each.stage.share:g} %"
        rest = ", all else" if each.stage.regions and each.number == len(found) else ""
        when = f"{each.stage.at[:10]} {each.stage.at[11:16]}Z"
        rows.append((f"{each.number}: {whom}{rest}", when, *map(spaced, numbers)))
    return Table("Stage by stage (each holds those before it)", head, tuple(rows))


def to_list(dry: "DryRun", found: Sequence[Step]) -> list[dict[str, Any]]:
    """The same as JSON takes it: numbers, and hardware numbers of those that each stage adds."""
    return [
        {
            "number": each.number, "at": each.stage.at, "share": each.stage.share or None,
            "regions": list(each.stage.regions), "under": each.under,
            "affected": dry.count(each.reached)
            | {effect.name.lower(): dry.count(each.reached & dry.which(effect)) for effect in Effect},
            "new": [dry.hardware[k] for k in np.flatnonzero(each.new)],
        }
        for each in found
    ]  # fmt: skip
