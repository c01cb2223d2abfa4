"""One region through all the rule sets of a log: which say something of it, what, and when."""

from openleo.service.governance.differences import words_of
from openleo.service.governance.record import Held, Placed, Record, Rules
from openleo.service.rulefile import Region


def regions_of(record: Record) -> tuple[str, ...]:
    """The names of all regions that any rule set of a log, or a request, ever had."""
    named = {each.name for placed in record.changes if placed.rules for each in placed.rules.file.regions}
    return tuple(sorted(named | {name for each in record.requests for name in each.request.regions}))


def region_in(rules: Rules | None, name: str) -> Region | None:
    """A region of a rule set by its name."""
    found = rules.file.regions if rules else ()
    return next((each for each in found if each.name == name), None)


def about(placed: Placed, record: Record, name: str) -> bool:
    """Whether a change brings, alters or takes out a region; outlines count by the texts of their files."""
    before = rules_before(placed, record)
    was, now = region_in(before, name), region_in(placed.rules, name)
    if was != now:
        return True
    files = {file for region in (was, now) if region for file in (region.polygon, region.band.polygon)}
    return any(
        (before.files if before else {}).get(file) != (placed.rules.files if placed.rules else {}).get(file)
        for file in files
    )


def rules_before(placed: Placed, record: Record) -> Rules | None:
    """The rules that a change was drafted against; None for the first, and where they are not known."""
    for each in record.changes:
        if each.index < placed.index and each.rules and each.change.digest == placed.change.base:
            return each.rules
    return None


def said_of(record: Record, name: str) -> list[tuple[Held, str]]:
    """What each term says of a region, in the words of its rule file; "" where it says nothing.

    Terms that say the same one after the other, under the same change, are one.
    """
    found: list[tuple[Held, str]] = []
    for held in record.terms:
        placed = record.change(held.change.id)
        region = region_in(placed.rules if placed else None, name)
        found.append((held, words_of(region) if region else ""))
    return found
