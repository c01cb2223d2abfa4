"""What is said to have happened, in the order of its intervals, competing accounts beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from openleo.service.reports.comparison import Comparison, Row
from openleo.service.reports.document import Interval


@dataclass(frozen=True)
class Moment:
    """A claim, or several accounts of one event that cannot all be so.

    when: from the first day that one of them names to the last, None where one that names a day leaves that
    open. event: what they are accounts of, "" of a single claim.
    """

    when: Interval
    event: str
    rows: tuple[Row, ...]


def timeline(comparison: Comparison) -> tuple[Moment, ...]:
    """The claims of a case in order: by the first day, then the last; what has no day at all comes last.

    A claim of which only the last day is known stands where that is.
    """
    rows = {each.number: each for each in comparison.rows}
    found = []
    for group in comparison.alternatives:
        competing = tuple(sorted((rows.pop(number) for number in group.claims), key=_order))
        found.append(Moment(_whole(competing), group.event, competing))
    found += [Moment(each.when, "", (each,)) for each in rows.values()]
    return tuple(sorted(found, key=lambda each: _order(each.rows[0])))


def _order(row: Row) -> tuple[date, date, int]:
    first = row.when.first or row.when.last or date.max
    return first, row.when.last or date.max, row.number


def _whole(rows: Sequence[Row]) -> Interval:
    named = [each.when for each in rows if each.when.first or each.when.last]
    firsts, lasts = [each.first for each in named], [each.last for each in named]
    first = min((each for each in firsts if each is not None), default=None)
    last = max((each for each in lasts if each is not None), default=None)
    return Interval(None if None in firsts else first, None if None in lasts else last)
