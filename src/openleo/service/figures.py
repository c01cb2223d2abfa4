"""What is published of decisions: by region and day, in numbers that name nobody.

Terminals are counted once a day, region and outcome, however often they check in; a terminal that is served
and later refused counts in both. A region counts whatever lies in it, so regions that overlap count twice.
Counts under 10 are not shown, nor is a share or a time that goes back to fewer terminals than that. Who
subtracts a region from one around it may still learn of few: publish regions with that in mind.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from openleo.errors import InputError
from openleo.service.reasons import Reason
from openleo.service.records import Outcome
from openleo.service.store.stored import DAY_US, day, figures, first_day, keep_figures, zone_regions

if TYPE_CHECKING:
    from openleo.service.store import Store

FEWEST: Final = 10
"""Counts below this are not shown."""

MOST_DAYS: Final = 366
USUAL_DAYS: Final = 30
FRESH_US: Final = 60_000_000
"""How old the figures of the running day may be."""
SETTLED_US: Final = 300_000_000
"""So long after its end a day is counted once more, and kept."""

ELSEWHERE: Final = "elsewhere"
BETWEEN: Final = " | "
"""Between the names of regions of a zone, as the store keeps them."""

_DONE: Final = ("", "counted")
Measures = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Figure:
    """A region's day. A number that would show fewer than `FEWEST` terminals is None, and so is one that is
    not known.

    terminals: that checked in. served, limited, walled, emergency: terminals that got it at least once.
    refused: {reason: terminals}, by primary reason. uncertain: share of check-ins whose circle lay over a
    line. first_refusals: terminals refused for the first time, seconds_to_refusal from their first check-in
    on, and seconds_served_before it, both means.
    """

    day: date
    region: str
    terminals: int | None
    served: int | None
    limited: int | None
    walled: int | None
    emergency: int | None
    refused: dict[str, int]
    uncertain: float | None
    first_refusals: int | None
    seconds_to_refusal: float | None
    seconds_served_before: float | None


class Published:
    """The figures of a store, counted when they are asked for; days that are over are counted once."""

    def __init__(self, store: "Store", clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._running: tuple[int, int, Measures] = (-1, 0, {})
        self._regions: dict[int, dict[int, tuple[str, ...]]] = {}

    def between(
        self, since: date | None = None, until: date | None = None, region: str | None = None
    ) -> list[Figure]:
        """Figures of days (UTC), both included, by day and region; the last thirty without days.

        Raises InputError for more than 366 days.
        """
        today = self._clock() // DAY_US
        last = min(_number(until) if until else today, today)
        first = _number(since) if since else last - USUAL_DAYS + 1
        if last - first >= MOST_DAYS:
            raise InputError(f"since: {last - first + 1} days asked for; at most {MOST_DAYS} are allowed")
        with self._lock:
            began = first_day(self._store)
            first = max(first, last + 1 if began is None else began)
            if first > last:
                return []
            kept = figures(self._store, first, last)
            found = []
            for number in range(first, last + 1):
                measures = {
                    (name, measure): value
                    for (of, name, measure), value in kept.items()
                    if of == number and name
                }
                if (number, *_DONE) not in kept:
                    measures |= self._counted(number)
                found.extend(_figures(number, measures, region))
            return found

    def names(self, rules: int, zone: int) -> str:
        """The regions of a zone of a rule set that is or was in force."""
        return BETWEEN.join(self._names(rules, zone))

    def _counted(self, number: int) -> Measures:
        now_us = self._clock()
        of, at_us, measures = self._running
        if of != number or not 0 <= now_us - at_us < FRESH_US:
            measures = self._count(number)
            if now_us >= (number + 1) * DAY_US + SETTLED_US:
                keep_figures(self._store, number, measures | {_DONE: 1.0})
            else:
                self._running = (number, now_us, measures)
        return measures

    def _count(self, number: int) -> Measures:
        rows = day(self._store, number)
        measures: Measures = {}
        for region, mine in self._by_region(rows).items():
            measures[region, "terminals"] = len(np.unique(mine["terminal"]))
            measures[region, "checkins"] = int(mine["checkins"].sum())
            measures[region, "uncertain"] = int(mine["checkins"][mine["uncertain"] != 0].sum())
            for outcome in Outcome:
                if outcome == Outcome.REFUSE:
                    continue
                got = mine["outcome"] == outcome
                measures[region, outcome.name.lower()] = len(np.unique(mine["terminal"][got]))
            refused = mine[mine["outcome"] == Outcome.REFUSE]
            for reason in np.unique(refused["reason"]).tolist():
                terminals = refused["terminal"][refused["reason"] == reason]
                measures[region, f"refused {Reason(reason).name.lower()}"] = len(np.unique(terminals))
        return measures

    def _by_region(self, rows: NDArray[np.void]) -> dict[str, NDArray[np.void]]:
        found: dict[str, list[NDArray[np.void]]] = {}
        keys = np.unique(rows[["rules", "zone"]])
        for rules, zone in keys.tolist():
            mine = rows[(rows["rules"] == rules) & (rows["zone"] == zone)]
            for region in self._names(rules, zone):
                found.setdefault(region, []).append(mine)
        return {region: np.concatenate(parts) for region, parts in sorted(found.items())}

    def _names(self, rules: int, zone: int) -> tuple[str, ...]:
        if rules not in self._regions:
            self._regions[rules] = {
                number: tuple(filter(None, names.split(BETWEEN)))
                for number, names in zone_regions(self._store, rules).items()
            }
        return self._regions[rules].get(zone) or (ELSEWHERE,)


def _figures(number: int, measures: Measures, region: str | None) -> list[Figure]:
    names = sorted({name for name, _ in measures if region is None or name == region})
    return [_figure(number, name, measures) for name in names]


def _figure(number: int, region: str, measures: Measures) -> Figure:
    def count(measure: str) -> int | None:
        value = int(measures.get((region, measure), 0))
        return value if value >= FEWEST else None

    terminals, new = count("terminals"), count("first_refusals")
    checkins = measures.get((region, "checkins"), 0.0)
    uncertain = measures.get((region, "uncertain"), 0.0)
    refused = {}
    for name, measure in sorted(measures):
        shown = count(measure) if name == region and measure.startswith("refused ") else None
        if shown is not None:
            refused[measure.removeprefix("refused ")] = shown
    return Figure(
        day=date(1970, 1, 1) + timedelta(days=number),
        region=region,
        terminals=terminals,
        served=count("serve"),
        limited=count("limited"),
        walled=count("walled"),
        emergency=count("emergency"),
        refused=refused,
        uncertain=round(uncertain / checkins, 4) if terminals and checkins else None,
        first_refusals=new,
        seconds_to_refusal=round(measures[region, "seconds_to_refusal"] / new, 1) if new else None,
        seconds_served_before=round(measures[region, "seconds_served_before"] / new, 1) if new else None,
    )


def _number(of: date) -> int:
    return (datetime(of.year, of.month, of.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
