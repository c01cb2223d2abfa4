"""The one door: a world and a rule file become a twin whose rules are arrays."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from openleo.places import Cells, spots
from openleo.rules import Rules, RulesAt
from openleo.twin import Twin
from openleo.world import Gateway, World

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet


def rules_of(world: World, file: str | Path | None = None) -> "RuleSet | None":
    """Read the rules of a world.

    file: a rule file, or the name of a built-in one, instead of the world's own. Returns None where neither
    is given: nothing is forbidden then. Raises InputError, naming file and key, for what is wrong in it.
    """
    from openleo.service.regions import RuleSet

    if file is not None:
        return RuleSet.load(file)
    return RuleSet.load(world.path(world.rules)) if world.rules else None


def open_twin(
    world: World | str | Path,
    *,
    rules: "RuleSet | str | Path | None" = None,
    touched: bool = False,
    elements: Path | None = None,
    lenient: bool = False,
    threads: int | None = None,
) -> Twin:
    """Make a world ready to run, with its rules.

    world: a `World`, the name of a built-in one, or a TOML file. rules: a rule set, a rule file or the name
    of a built-in one, instead of the world's own. touched: as `rules_at` takes it. The rest as `Twin.open`
    takes it. A rule that begins or ends on the way does so in the first slot that begins after it.
    Raises InputError for whatever is wrong in the world, the rules or the files that they name.
    """
    opened = world if isinstance(world, World) else World.load(world)
    held = rules_of(opened, rules) if rules is None or isinstance(rules, str | Path) else rules
    return Twin.open(
        opened, rules=rules_at(held, touched=touched) if held else None, elements=elements, lenient=lenient,
        threads=threads,
    )  # fmt: skip


def rules_at(rules: "RuleSet", *, touched: bool = False) -> RulesAt:
    """What makes the arrays of a rule set over a world's cells and gateways at an instant.

    A cell goes by its centre or, where that is at sea, by its largest town. touched: it is lit as well where
    its corners or the middles of its sides may be, for service that decides each check-in for itself: a cell
    of resolution 5 is 17 km wide, and a terminal that may be served stands up to 8 km from a centre that may
    not.
    """
    from openleo.service.regions import in_force
    from openleo.service.terms import NEVER_US

    def over(cells: Cells, gateways: tuple[Gateway, ...], time: np.datetime64) -> Rules:
        at_us = int(time.astype("datetime64[us]").astype(np.int64))
        at = datetime.fromtimestamp(at_us / 1e6, UTC)
        found = rules.over(*spots(cells), at)
        lit = found.lit
        if touched:
            lit = lit | touching(cells, lambda lat, lon: rules.over(lat, lon, at).lit)
        _, until_us = in_force(rules.regions, at_us)
        return Rules(
            rules.name, rules.digest, tuple(each.name for each in rules.regions),
            tuple(each.decision for each in rules.regions), rules.elsewhere.decision, lit, found.region,
            found.landings, found.landing, _nowhere(rules, gateways),
            since=time, until=np.datetime64(until_us, "us") if until_us < NEVER_US else None,
        )  # fmt: skip

    return over


def _nowhere(rules: "RuleSet", gateways: tuple[Gateway, ...]) -> NDArray[np.bool_]:
    """Gateways (W,) in a disputed area: for landing they are in no country."""
    if not gateways:
        return np.empty(0, np.bool_)
    zones = rules.zones_at([each.lat_deg for each in gateways], [each.lon_deg for each in gateways])
    return np.asarray(rules.division.disputed[zones], np.bool_)


def touching(
    cells: Cells, lit: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Cells (C,) of which a corner or the middle of a side may be lit; lit says it of points, in degrees."""
    import h3.api.basic_int as h3

    corners = [np.array(h3.cell_to_boundary(cell)) for cell in cells.id.tolist()]
    sides = [np.vstack([each, _middles(each)]) for each in corners]
    found = np.zeros(len(cells), np.bool_)
    if sides:
        points = np.concatenate(sides)
        owner = np.repeat(np.arange(len(cells)), [len(each) for each in sides])
        np.logical_or.at(found, owner, lit(points[:, 0], points[:, 1]))
    return found


def _middles(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middles of a cell's sides, (N, 2) degrees as its corners are; a side may cross the antimeridian."""
    step = np.roll(corners, -1, axis=0) - corners
    step[:, 1] = (step[:, 1] + 180.0) % 360.0 - 180.0
    return corners + 0.5 * step
