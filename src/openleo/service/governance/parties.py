"""Which parties a change concerns: those whose regions it may touch, rather one too many than one too few."""

import re
from dataclasses import fields
from typing import Final

from openleo.service.charter import Party
from openleo.service.governance.record import Rules
from openleo.service.rulefile import Band, Region, RuleFile

_APART: Final = ("version", "title", "regions")
_CODE = re.compile("[A-Za-z]{2}")


def concerns(party: Party, old: Rules | None, new: Rules) -> bool:
    """Whether a change from one rule file (None: there was none) to another concerns a party.

    It does where the party is told of any region, where something beside regions differs, where one of its
    regions does, and where another region does that may reach into one of its own: all but those that both
    select nothing else than countries by code, and not the same.
    """
    if old is None or not party.regions:
        return True
    names = [field.name for field in fields(RuleFile) if field.name not in _APART]
    if any(getattr(old.file, name) != getattr(new.file, name) for name in names):
        return True
    outlines = {*old.file.outlines.values(), *new.file.outlines.values()}
    redrawn = {name for name in outlines if old.files.get(name) != new.files.get(name)}
    before = {each.name: each for each in old.file.regions}
    after = {each.name: each for each in new.file.regions}
    own = [side[name] for side in (before, after) for name in party.regions if name in side]
    for name in before.keys() | after.keys():
        sides = [side[name] for side in (before, after) if name in side]
        if (
            len(sides) == 2
            and sides[0] == sides[1]
            and not redrawn & {sides[0].polygon, sides[0].band.polygon}
        ):
            continue
        if name in party.regions or any(_may_meet(one, other) for one in sides for other in own):
            return True
    return False


def _may_meet(one: Region, other: Region) -> bool:
    mine, others = _countries(one), _countries(other)
    return mine is None or others is None or bool(mine & others)


def _countries(region: Region) -> set[str] | None:
    """The codes of the countries that a region selects; None where it selects anything else."""
    if region.areas or region.polygon or region.cells or region.sea or region.band != Band():
        return None
    if not all(_CODE.fullmatch(each) for each in region.countries):
        return None
    return {each.upper() for each in region.countries}
