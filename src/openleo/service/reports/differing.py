"""What documents say differently where they tell the same: figures, dates and names, side by side.

Only sentences that a person found to tell one claim are compared, and dates only where each of them has
exactly one that is not the day on which its document appeared: others may be of other facts. Two documents
differ in a unit where each has a value that no value of the other overlaps, be it there or in a sentence by
which the other tells another claim: so one that tells more figures than another does not differ from it, and
two groups of people are not one group of two sizes. Names differ where spellings that a person has confirmed
to be one name are written otherwise, but for articles, accents and capitals. Its weakness: figures of another
unit, such as miles for kilometres, are not compared, and two figures of one unit in a sentence are not told
apart by what they count.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeVar

from openleo.service.reports.comparison import Differing, Value
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Day, Figure, Proposals
from openleo.service.reports.prose.aliases import SAME, alike

DATE: Final = "date"
"""What differing dates are about."""

Known = Mapping[str, str]
"""Spellings that a person has confirmed, casefolded, with the name that each stands for."""


@dataclass(frozen=True)
class Told:
    """Sentences of one document, or of one version of it, that tell a claim. others: that tell another."""

    document: str
    text: str
    proposals: Proposals
    spans: tuple[tuple[int, int], ...]
    published: Interval | None = None
    others: tuple[tuple[int, int], ...] = ()

    def holds(self, start: int, end: int) -> bool:
        """Whether what stands there stands in one of the sentences."""
        return _within(self.spans, start, end)


@dataclass(frozen=True)
class _Range:
    """A value with the interval by which it is compared."""

    value: Value
    low: float
    high: float

    def overlaps(self, other: "_Range") -> bool:
        return self.low <= other.high and other.low <= self.high


def differing(told: Sequence[Told], known: Known) -> tuple[Differing, ...]:
    """What differs between documents that tell the same: figures by unit, then dates, then names."""
    return (*_figures(told), *_dates(told), *_names(told, known))


def _within(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _figures(told: Sequence[Told]) -> list[Differing]:
    by_unit: dict[str, list[_Range]] = {}
    others: dict[str, list[_Range]] = {}
    for each in told:
        for figure in each.proposals.figures:
            if (figure.low, figure.high) == (None, None):
                continue
            unit, found = figure.unit.casefold(), _range(each, figure)
            if each.holds(figure.start, figure.end):
                by_unit.setdefault(unit, []).append(found)
            elif _within(each.others, figure.start, figure.end):
                others.setdefault(unit, []).append(found)
    return _apart("figure", by_unit, others)


def _range(told: Told, figure: Figure) -> _Range:
    words = told.text[figure.start : figure.end]
    low = -math.inf if figure.low is None else figure.low
    high = math.inf if figure.high is None else figure.high
    return _Range(Value(told.document, figure.start, figure.end, words, figure.low, figure.high), low, high)


def _dates(told: Sequence[Told]) -> list[Differing]:
    found: list[_Range] = []
    for each in told:
        for day in _only_days(each):
            first, last = day.interval.first, day.interval.last
            value = Value(each.document, day.start, day.end, each.text[day.start : day.end])
            low = -math.inf if first is None else first.toordinal()
            high = math.inf if last is None else last.toordinal()
            found.append(_Range(value, low, high))
    return _apart("date", {DATE: found}, {})


def _only_days(told: Told) -> list[Day]:
    """The one date of each sentence of a document; none at all where one has several, or that of the day."""
    found: list[Day] = []
    for start, end in told.spans:
        days = [
            each for each in told.proposals.days
            if start <= each.start and each.end <= end and (each.interval.first or each.interval.last)
        ]  # fmt: skip
        if len(days) != 1 or _is_of(days[0].interval, told.published):
            return []
        found += days
    return found


def _is_of(day: Interval, published: Interval | None) -> bool:
    """Whether a date is the day on which a document appeared."""
    return published is not None and (day.first, day.last) == (published.first, published.last)


def _apart(
    kind: Literal["figure", "date"],
    by_unit: Mapping[str, Sequence[_Range]],
    others: Mapping[str, Sequence[_Range]],
) -> list[Differing]:
    """Those of a unit that differ, each with the values that no value of some other document overlaps.

    others: values of sentences that tell another claim, by their units; they are not shown.
    """
    found = []
    for unit, ranges in sorted(by_unit.items()):
        of, beside = _by_document(ranges), _by_document(others.get(unit, ()))
        apart: list[Value] = []
        for one, other in combinations(of, 2):
            mine = _apart_from(of[one], (*of[other], *beside.get(other, ())))
            theirs = _apart_from(of[other], (*of[one], *beside.get(one, ())))
            if mine and theirs:
                apart += [*mine, *theirs]
        if apart:
            found.append(Differing(kind, unit, _distinct(apart, _by_interval, list(of))))
    return found


def _by_document(ranges: Sequence[_Range]) -> dict[str, list[_Range]]:
    found: dict[str, list[_Range]] = {}
    for each in ranges:
        found.setdefault(each.value.document, []).append(each)
    return found


def _apart_from(ranges: Sequence[_Range], others: Sequence[_Range]) -> list[Value]:
    return [each.value for each in ranges if not any(each.overlaps(other) for other in others)]


def _names(told: Sequence[Told], known: Known) -> list[Differing]:
    by_name: dict[str, list[Value]] = {}
    for each in told:
        proposals = each.proposals
        for start, end, written in (
            *((name.start, name.end, name.name) for name in proposals.names),
            *((outlet.start, outlet.end, outlet.name) for outlet in proposals.outlets),
        ):
            name = known.get(written.casefold())
            if name is not None and each.holds(start, end):
                by_name.setdefault(name, []).append(Value(each.document, start, end, written))
    order = [each.document for each in told]
    return [
        Differing("name", name, _distinct(values, _by_writing, order))
        for name, values in sorted(by_name.items())
        if len({each.document for each in values}) > 1
        and any(alike(one.words, other.words) != SAME for one, other in combinations(values, 2))
    ]


_Key = TypeVar("_Key")


def _distinct(
    values: Sequence[Value], key: Callable[[Value], _Key], order: Sequence[str]
) -> tuple[Value, ...]:
    """Each value of a document once, in the order of documents and of their texts."""
    found: dict[tuple[str, _Key], Value] = {}
    for each in sorted(values, key=lambda value: (order.index(value.document), value.start)):
        found.setdefault((each.document, key(each)), each)
    return tuple(found.values())


def _by_interval(value: Value) -> tuple[str, float | None, float | None]:
    return value.words.casefold() if value.low is value.high is None else "", value.low, value.high


def _by_writing(value: Value) -> str:
    return value.words.casefold()
