"""Figures and days that sentences of two documents have in common, or that tell them apart."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.reports.proposals import Day
from openleo.service.reports.prose.telling import Told

Matrix = NDArray[np.float32]
"""A value for each pair of sentences, those of one document by those of the other."""

Leads = NDArray[np.bool_]
"""Which sentences of a document are its title or lead."""

_Valued = list[tuple[int, float, float]]
"""Numbers of sentences with the least and the greatest value of a figure in them."""

_CLOSE: Final = 0.15
"""Two values are close that differ by less than this part of the greater."""
_LARGE: Final = 20.0
"""From which value on a number alone says something, whatever it counts."""
_SAME: Final = ("figure", "small figure", "rich figure")
"""Kinds of figures that two sentences share."""
_OTHER_UNIT: Final = 0.8
"""What the same large number counts for where it is of other things: antennas, terminals."""
_MOST: Final = 300
"""Figures of one unit, and days, that are compared in each document."""
_BASE: Final = {
    "mile": ("kilometre", 1.609344), "nautical mile": ("kilometre", 1.852), "metre": ("kilometre", 0.001),
    "minute": ("hour", 1 / 60), "day": ("hour", 24.0), "week": ("hour", 168.0),
    "foot": ("kilometre", 0.0003048),
    "mile per hour": ("kilometre per hour", 1.609344), "knot": ("kilometre per hour", 1.852),
}  # fmt: skip


def compare_figures(
    one: Sequence[Told], other: Sequence[Told], leads: tuple[Leads, Leads], rows: Mapping[str, Matrix]
) -> None:
    """Figures that are the same, garbled or close; lead's figure: one that the other document's lead has.

    The same ones by their digits: rich (two digits or more that are no closing zeros), small (less than 20),
    others; number: a small one of another unit.
    """
    a, b = _by_unit(one), _by_unit(other)
    for unit, held in a.items():
        for i, low, high in held[:_MOST]:
            for j, its_low, its_high in b.get(unit, ())[:_MOST]:
                if kind := _compared(low, high, its_low, its_high):
                    shared = _same(low if math.isfinite(low) else high) if kind == "figure" else kind
                    rows[shared][i, j] += 1.0
    _compare_across_units(a, b, rows)
    for kind in _SAME:
        np.minimum(rows[kind], 2.0, out=rows[kind])
    same = np.sum([rows[kind] for kind in (*_SAME, "garbled")], axis=0)
    first_a, first_b = leads
    of_lead_a, of_lead_b = same[first_a].max(axis=0, initial=0.0), same[:, first_b].max(axis=1, initial=0.0)
    by_lead = np.maximum(np.outer(first_a, of_lead_a), np.outer(of_lead_b, first_b))
    rows["lead's figure"][:] = np.where(same > 0, 0.0, by_lead)
    has_a, has_b = (np.array([bool(each.figures) for each in told]) for told in (one, other))
    rows["one has figures"][:] = np.not_equal.outer(has_a, has_b)
    rows["figures apart"][:] = np.logical_and.outer(has_a, has_b) & (
        same + rows["close"] + rows["number"] == 0
    )


def _compare_across_units(
    one: Mapping[str, _Valued], other: Mapping[str, _Valued], rows: Mapping[str, Matrix]
) -> None:
    """Numbers that are the same, or garbled by a power of ten, whatever they count: antennas, terminals."""
    small: dict[float, list[tuple[int, str]]] = defaultdict(list)
    by_digits: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for unit, held in other.items():
        for j, low, high in held[:_MOST]:
            if low == high and low < _LARGE:
                small[low].append((j, unit))
            elif low == high:
                by_digits[_digits(low)].append((j, low, unit))
    for unit, held in one.items():
        for i, low, high in held[:_MOST]:
            if low != high:
                continue
            if low < _LARGE:
                for j, of in small.get(low, ())[:_MOST]:
                    if of != unit:
                        rows["number"][i, j] = 1.0
                continue
            digits = _digits(low)
            for j, its, its_unit in by_digits.get(digits, ())[:_MOST]:
                if its_unit == unit:
                    continue
                if its == low:
                    rows[_same(low)][i, j] += _OTHER_UNIT
                elif float(digits) % 1.0:
                    rows["digits"][i, j] = 1.0


def _by_unit(sentences: Sequence[Told]) -> dict[str, _Valued]:
    found: dict[str, _Valued] = defaultdict(list)
    for number, each in enumerate(sentences):
        for figure in each.figures:
            unit, factor = _BASE.get(figure.unit, (figure.unit, 1.0))
            low = -math.inf if figure.low is None else figure.low * factor
            high = math.inf if figure.high is None else figure.high * factor
            found[unit].append((number, low, high))
    return found


def _compared(low: float, high: float, its_low: float, its_high: float) -> str:
    """Of which kind two figures of one unit are to one another: "figure", "garbled", "close" or ""."""
    ends = [(a, b) for a, b in ((low, its_low), (high, its_high)) if math.isfinite(a) or math.isfinite(b)]
    if all(_is_equal(a, b) for a, b in ends):
        return "figure"
    mine, its = (
        [each for each in pair if math.isfinite(each)] for pair in ((low, high), (its_low, its_high))
    )
    if any(_is_equal(a, b) for a in mine for b in its):
        return "close"
    if any(_digits(a) == _digits(b) and max(a, b) >= _LARGE for a in mine for b in its):
        return "garbled"
    if any(abs(a - b) <= _CLOSE * max(abs(a), abs(b)) for a in mine for b in its):
        return "close"
    return "close" if low < its_high and its_low < high else ""


def _is_equal(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-6)


def _digits(value: float) -> str:
    """The digits of a number without its power of ten."""
    return f"{value:.6e}".split("e")[0]


def _same(value: float) -> str:
    """Which kind of shared figure a number is: the more digits it has, the less it is shared by chance."""
    digits = len(_digits(value).replace(".", "").rstrip("0"))
    if digits > 1:
        return "rich figure"
    return "small figure" if abs(value) < _LARGE else "figure"


def compare_days(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Days that overlap, by how narrow they are; apart: sentences with days of which none do."""
    a, b = ([(i, each) for i, its in enumerate(told) for each in its.days][:_MOST] for told in (one, other))
    for i, day in a:
        for j, its in b:
            value = overlap(day, its)
            rows["day"][i, j] = max(float(rows["day"][i, j]), value)
            rows["days apart"][i, j] = 1.0
    rows["days apart"][rows["day"] > 0] = 0.0
    has_a, has_b = (np.array([bool(each.days) for each in told]) for told in (one, other))
    rows["one has days"][:] = np.not_equal.outer(has_a, has_b)


def overlap(one: Day, other: Day) -> float:
    a, b = one.interval, other.interval
    if a.first is None or a.last is None or b.first is None or b.last is None:
        return 0.0
    if a.first > b.last or b.first > a.last:
        return 0.0
    longest = max((a.last - a.first).days, (b.last - b.first).days) + 1
    return 1.0 if longest <= 14 else 0.6 if longest <= 100 else 0.3
