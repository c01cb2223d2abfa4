"""Where regions say different things of one place: found when the rules are made, and told."""

from dataclasses import dataclass

from openleo.service.rulefile import RuleFile
from openleo.service.zones import Division


@dataclass(frozen=True)
class Overlap:
    """Two regions that say different things of one place: on what, which of them holds, and where."""

    first: str
    second: str
    differs: str
    holds: str
    where: str


def overlaps(file: RuleFile, division: Division) -> tuple[Overlap, ...]:
    """All overlaps of a rule file, in the order of its regions."""
    return ()
