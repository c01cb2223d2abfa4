"""A world made ready to run, with what there is to say about it on the way."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from openleo.cli.command import elements_file
from openleo.cli.progress import Teller
from openleo.kernels import how_many_compiled

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.twin import Twin
    from openleo.world import World

_COMPILING: Final = "First run: the kernels are being compiled, once; it takes about twenty seconds."
TOLD: Final = 5  # so many broken records, or lost satellites, are named; the rest are counted


rules_option = click.option(
    "--rules", metavar="FILE", help="A rule file, or a built-in one, instead of the world's own rules."
)


def read_rules(world: "str | Path | World", file: str | None, teller: Teller) -> "RuleSet | None":
    """Read the rules that `--rules` gives, or else those of the world; None where there are none."""
    teller.doing("reading the rules")
    from openleo.operate.open import rules_of
    from openleo.world import World

    return rules_of(world if isinstance(world, World) else World.load(world), file)


def open_twin(
    world: "str | Path | World",
    fleet: str | None,
    start: datetime | None,
    teller: Teller,
    *,
    rules: "RuleSet | None" = None,
    lenient: bool = False,
    threads: int | None = None,
) -> "tuple[Twin, datetime]":
    """Make a world ready to run: the twin, and the instant that is meant.

    fleet: as `--fleet` gives it. rules: instead of the world's own. start: what `--at` gives, None for the
    world's epoch or that of the elements. Warns of elements that are old, and names the records that
    `lenient` skips.
    """
    if not how_many_compiled():
        teller.say(_COMPILING)
    teller.doing("opening the world: satellites, cells, ground")
    import numpy as np

    from openleo.operate.open import open_twin as opened
    from openleo.orbit import age_warning

    elements = elements_file(fleet)
    twin = opened(world, rules=rules, elements=elements, lenient=lenient, threads=threads)
    for message in twin.skipped[:TOLD]:
        teller.say(f"Skipped: {message}")
    if len(twin.skipped) > TOLD:
        teller.say(f"Skipped: {len(twin.skipped) - TOLD} more records")
    start = start or twin.default_start(elements is not None)
    old = age_warning(twin.fleet.elements, np.datetime64(start.replace(tzinfo=None), "s"))
    if old:
        teller.say(f"Warning: {old}.")
    return twin, start
