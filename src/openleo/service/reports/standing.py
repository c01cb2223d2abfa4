"""How a region stood by the rules of a log, from when until when: off, limited, on, or several of them.

A statement of rules is the most restrictive of all regions at a place, and a region that meets another need
not cover all of it. So a stretch of time has every level that is stated for the region or a part of it, and
says whether others are ruled out. Its weakness: whether a region lies wholly within another is not looked at;
a licence that another region gives is taken to hold for all of one that has none of its own.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Literal

from openleo.service.governance.record import FOREVER_S, Held, Rules
from openleo.service.governance.regional import Ground, Saying
from openleo.service.reasons import Language
from openleo.service.reports.stated import stated
from openleo.service.rulefile import END, Region

OFF: Final = 0
LIMITED: Final = 1
ON: Final = 2

Levels = frozenset[int]
About = Literal["service", "sales"]

_LIMITS: Final = ("max_speed_kmh", "max_altitude_m", "max_coast_km", "rate_mbps")
_BARS: Final = ("motion", "usage", "prohibited_uses", "sold_in", "landing", "lists")
_SERVICE: Final = {"off": OFF, "emergency": LIMITED, "listed": LIMITED, "on": ON}
_SALES: Final = {
    "not offered": OFF, "waitlist": LIMITED, "coming soon": LIMITED, "decided by area": LIMITED,
    "available": ON,
}  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """From a time until another (POSIX seconds, the second not included) in which rules said the same.

    levels: all that are stated for the region, or for a part of it. sure: whether it stood at no other. held:
    by which entry. said: all of it in sentences.
    """

    from_s: float
    until_s: float
    levels: Levels
    sure: bool
    held: Held
    said: tuple[str, ...]


def standing(
    ground: Ground, now_s: float, about: About = "service", language: Language = "en"
) -> list[Stretch]:
    """How a region stood until now, in order. ground: where it is. now_s: POSIX seconds."""
    found: list[Stretch] = []
    for saying in ground.sayings():
        for each in _cut(saying, ground, about, language):
            if each.from_s >= now_s:
                return found
            last = found[-1] if found else None
            if last is not None and _same(last, each):
                found[-1] = Stretch(
                    last.from_s, each.until_s, last.levels, last.sure, last.held, last.said
                )  # fmt: skip
            else:
                found.append(each)
    return found


def _same(one: Stretch, other: Stretch) -> bool:
    """Whether rules say the same in two stretches, whatever entry they hold by."""
    return (one.levels, one.sure, one.said) == (other.levels, other.sure, other.said)


def _cut(saying: Saying, ground: Ground, about: About, language: Language) -> Iterator[Stretch]:
    """A term, cut where the region itself begins or ends."""
    held = saying.held
    first, last = float(held.from_s), math.inf if held.until_s >= FOREVER_S else float(held.until_s)
    said = stated(saying, ground.name, language)
    begins, ends = -math.inf, math.inf
    if saying.region is not None:
        begins, ends = _seconds(saying.region.begins), _seconds(saying.region.ends)
    points = sorted({first, last, *(each for each in (begins, ends) if first < each < last)})
    for a, b in pairwise(points):
        levels, sure = _levels(saying, ground, begins <= a < ends, about)
        yield Stretch(a, b, levels, sure, held, said)


def _seconds(limit: datetime) -> float:
    """When a region begins or ends, as its file has it: UTC unless it says otherwise."""
    given = limit.replace(tzinfo=limit.tzinfo or UTC)
    return math.inf if given == END else given.timestamp()


def _levels(saying: Saying, ground: Ground, inside: bool, about: About) -> tuple[Levels, bool]:
    """How a region stands in a term; inside: whether what is said of it there has begun and not ended."""
    levels, sure = _stated(saying, _rules(ground, saying.held.change.hash), inside, about)
    if saying.former is not None and saying.held.before is not None:
        before, known = _stated(saying.former, _rules(ground, saying.held.before.hash), inside, about)
        levels, sure = levels | before, sure and known
    return levels, sure


def _rules(ground: Ground, change: str) -> Rules | None:
    placed = ground.record.change(change)
    return placed.rules if placed is not None else None


def _stated(saying: Saying, rules: Rules | None, inside: bool, about: About) -> tuple[Levels, bool]:
    if rules is None:
        return frozenset(), False
    own, beside = saying.region if inside else None, saying.beside or ()
    if about == "sales":
        level = _SALES.get(own.sales) if own is not None else None
        alone = saying.beside is not None and not any(each.sales for each in beside)
        return frozenset() if level is None else frozenset((level,)), level is not None and alone
    levels = _served(own, beside, rules)
    if own is not None and own.hours:  # at other times of the day it says nothing
        levels = levels | _served(None, beside, rules) | {LIMITED}
    return levels, saying.beside is not None and (own is not None or not beside)


def _served(own: Region | None, beside: tuple[Region, ...], rules: Rules) -> Levels:
    """The levels of service of a region, alone and with each of those over the same place."""
    licences = [own.licence] if own is not None and own.licence else [r.licence for r in beside if r.licence]
    licensed = all(each == "licensed" for each in licences or [rules.file.elsewhere.licence])
    said = own.service if own is not None else ""
    spoken = bool(said or licences or any(each.service for each in beside))
    service = _SERVICE[said or ("on" if spoken else rules.file.elsewhere.service)]
    limited = own is not None and is_limited(own)
    found = {_level(licensed, service, limited)}
    for each in beside:
        found.add(
            _level(
                licensed and each.licence in ("", "licensed"),
                min(service, _SERVICE[each.service]) if each.service else service,
                limited or is_limited(each),
            )
        )
    return frozenset(found)


def _level(licensed: bool, service: int, limited: bool) -> int:
    return OFF if not licensed else min(service, LIMITED) if limited else service


def is_limited(region: Region) -> bool:
    """Whether what a region says limits whom, what or when the network serves there."""
    return (
        any(math.isfinite(getattr(region, name)) for name in _LIMITS)
        or any(getattr(region, name) for name in _BARS)
        or bool(region.hours)
    )
