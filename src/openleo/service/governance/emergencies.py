"""What one person may do alone, compared in the rule files themselves: only take away, or only give back.

Of all that regions say at a place the most restrictive holds, so a region that is added takes away, unless it
says what only the default for all other places said before: it is compared with that. Nothing here looks at a
map, so that the answer is the same for whoever reads the log with another one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Final, Literal

from openleo.service.governance.record import Rules
from openleo.service.records import Licence, Service
from openleo.service.rulefile import Elsewhere, Region, RuleFile

FREE: Final = ("version", "title", "regions")
"""What of a rule file may differ in an emergency; of regions, whole ones."""

MOST_POINTS: Final = 2000
"""Of all outlines that an emergency adds, six for a cell; a file counts as often as it is named."""
MOST_ADDED: Final = 50
"""Regions that one emergency adds or takes out."""

FURTHEST_S: Final = 86_400
"""An emergency begins within a day of being seen: what can wait for longer can wait for a second approval."""


def beyond(power: Literal["restrict", "restore"], old: Rules, new: Rules) -> list[str]:
    """What a new rule file does beyond a power, compared with an old one, in sentences; [] for nothing.

    restrict: only regions are added, each of which takes away. restore: only such regions are taken out.
    """
    fewer, more = (old, new) if power == "restrict" else (new, old)
    did = "added" if power == "restrict" else "taken out"
    found = [
        f"{field.name} differs, which an emergency does not reach"
        for field in fields(RuleFile)
        if field.name not in FREE and getattr(old.file, field.name) != getattr(new.file, field.name)
    ]
    had = {each.name: each for each in more.file.regions}
    kept = {each.name for each in fewer.file.regions}
    for region in fewer.file.regions:
        if region.name not in had:
            undone = "taken out" if power == "restrict" else "added"
            found.append(f'region "{region.name}" is {undone}, which the power to {power} does not reach')
        elif had[region.name] != region:
            found.append(f'region "{region.name}" differs, which an emergency does not reach')
    if len(had.keys() - kept) > MOST_ADDED:
        found.append(f"{len(had.keys() - kept)} regions are {did}; at most {MOST_ADDED} are allowed")
    if power == "restrict":
        found += _too_large([each for each in more.file.regions if each.name not in kept], more)
    # `minus` finds a region whatever the case of its letters: another of that name would take its place.
    spelt = Counter(each.name.casefold() for each in more.file.regions)
    for region in more.file.regions:
        if region.name not in kept and spelt[region.name.casefold()] > 1:
            found.append(f'region "{region.name}": another differs from it by capital letters alone')
        if power == "restrict" and region.name not in kept and region.deny_emergency:
            found.append(
                f'region "{region.name}" is added: it refuses distress calls, which the power to restrict '
                "does not reach"
            )
        why = "" if region.name in kept else gives(region, more.file.elsewhere)
        if why:
            found.append(f'region "{region.name}" is {did}: it {why}, which takes nothing away')
    for region in fewer.file.regions if power == "restore" else ():
        for name in region.minus:
            if name.casefold() not in {each.name.casefold() for each in fewer.file.regions}:
                found.append(f'region "{name}" is taken out, and "{region.name}" is laid out without it')
    for name in fewer.file.outlines.values():
        if fewer.files.get(name) != more.files.get(name):
            found.append(f"file {name!r} differs, which an emergency does not reach")
    return list(dict.fromkeys(found))


def _too_large(added: Sequence[Region], rules: Rules) -> list[str]:
    """What takes so long to lay out that one person could keep everybody waiting with it."""
    found = [
        f'region "{each.name}" is a strip along a line; in an emergency an outline is allowed'
        for each in added
        if each.band.line
    ]
    points = sum(rules.files.get(each.polygon, "").count("[") + 6 * len(each.cells) for each in added)
    if points > MOST_POINTS:
        found.append(f"the outlines of what is added have {points} points; {MOST_POINTS} are allowed")
    return found


def gives(region: Region, elsewhere: Elsewhere) -> str:
    """What a region would allow that was not allowed without it, wherever it lies; "" for nothing.

    Where no region says anything of the licence, or of either, that of `elsewhere` holds (models/rules.md).
    """
    least = Licence[elsewhere.licence.upper()]
    if region.licence and Licence[region.licence.upper()] > least:
        return f'says licence "{region.licence}" where "{elsewhere.licence}" may hold'
    if region.licence or region.service:
        # A region that speaks of the licence alone leaves service on, whatever holds elsewhere.
        service = region.service or "on"
        if Service[service.upper()] > Service[elsewhere.service.upper()]:
            return f'leaves service "{service}" where "{elsewhere.service}" may hold'
    if region.sales:
        return f'says sales "{region.sales}"'
    return ""
