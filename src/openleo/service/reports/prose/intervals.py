"""Spans of days as prose names them: a month, the end of a year, a week, a season, a while before a day."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final, Literal

Part = Literal["early", "mid", "late"]
Days = tuple[date, date]
"""The first and the last day, both included."""

_QUARTERS: Final[dict[str, tuple[int, int]]] = {"early": (1, 3), "mid": (5, 8), "late": (10, 12)}
_TENS: Final[dict[str, tuple[int, int]]] = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}


def year_of(year: int, part: str | None = None) -> Days:
    """A year; its early part is the first quarter, its late part the last, its middle May to August."""
    first, last = _QUARTERS[part] if part else (1, 12)
    return month_of(year, first)[0], month_of(year, last)[1]


def month_of(year: int, month: int, part: str | None = None) -> Days:
    """A month, which may be counted beyond 1 to 12; its parts are days 1 to 10, 11 to 20 and the rest."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    length = monthrange(year, month)[1]
    first, last = _TENS[part] if part else (1, 31)
    return date(year, month, first), date(year, month, min(last, length))


def week_of(day: date, weeks: int = 0) -> Days:
    """Monday to Sunday of the week of a day, or of so many weeks later."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def weekend_of(day: date, weeks: int = 0) -> Days:
    """Saturday and Sunday of the week of a day, or of so many weeks later."""
    sunday = week_of(day, weeks)[1]
    return sunday - timedelta(days=1), sunday


def weekend_around(now: date, this: bool, tense: int) -> Days:
    """The weekend that a day stands in, or the last or next one; this: whether it is said to be this one."""
    back = tense < 0 and now.weekday() < 2 if this else tense <= 0
    return weekend_of(now, -1 if back and now.weekday() < 5 else 0)


def season_of(year: int, season: int) -> Days:
    """A season of the north by months (1: March to May); the fourth, winter, ends in the next year."""
    first = month_of(year, 3 * season)[0]
    return first, month_of(year, 3 * season + 2)[1]


def fraction_of(year: int, kind: str, number: int) -> Days:
    """A half or a quarter of a year by its number."""
    months = 3 if kind == "quarter" else 6
    last = months * number
    return month_of(year, last - months + 1)[0], month_of(year, last)[1]


def whole(unit: str, day: date, units: int = 0, part: str | None = None) -> Days:
    """The day, week, month, year or decade that a day stands in, or the one so many later."""
    match unit:
        case "day":
            return day + timedelta(days=units), day + timedelta(days=units)
        case "week":
            return week_of(day, units)
        case "fortnight":
            return week_of(day, 2 * units)
        case "weekend":
            return weekend_of(day, units)
        case "month":
            return month_of(day.year, day.month + units, part)
        case "decade":
            first = day.year // 10 * 10 + 10 * units
            return year_of(first)[0], year_of(first + 9)[1]
        case "quarter":
            number = (day.month - 1) // 3 + units
            return fraction_of(day.year + number // 4, "quarter", number % 4 + 1)
    return year_of(day.year + units, part)


def shifted(day: date, unit: str, units: float, about: bool) -> Days:
    """What lies some units from a day: a day, a week around it, a calendar month or year; wider if about."""
    match unit:
        case "day":
            slack = 1 if about else 0
            return day + timedelta(days=units - slack), day + timedelta(days=units + slack)
        case "week" | "fortnight":
            middle = day + timedelta(weeks=units * (2 if unit == "fortnight" else 1))
            slack = 7 if about else 3
            return middle - timedelta(days=slack), middle + timedelta(days=slack)
        case "month":
            return _months_from(day, round(units), 2 if about else 0)
    if unit == "year" and units != int(units):
        return _months_from(day, round(12 * units), 2 if about else 0)
    years = round(units * (10 if unit == "decade" else 1))
    slack = 1 if about else 0
    return year_of(day.year + years - slack)[0], year_of(day.year + years + slack)[1]


def _months_from(day: date, months: int, slack: int) -> Days:
    return (
        month_of(day.year, day.month + months - slack)[0],
        month_of(day.year, day.month + months + slack)[1],
    )


def weekday_from(now: date, weekday: int, which: int | None, tense: int) -> date:
    """A weekday: of this week, before or after a day; the same day where nothing says last or next."""
    if which == 0:
        return week_of(now)[0] + timedelta(days=weekday)
    back = (now.weekday() - weekday) % 7
    if which == 1 or (which is None and tense > 0):
        ahead = -back % 7
        return now + timedelta(days=ahead or (7 if which == 1 else 0))
    return now - timedelta(days=back or (7 if which == -1 else 0))


def half_of(month: Days, number: int) -> Days:
    """Days 1 to 15 of a month, or those from the 16th."""
    first, last = month
    return (first, first.replace(day=15)) if number == 1 else (first.replace(day=16), last)


def beginning(span: Days, unit: str, units: int) -> Days | None:
    """The first so many days, weeks or months of a span; None for another unit."""
    match unit:
        case "day" | "week":
            last = span[0] + timedelta(days=units * (7 if unit == "week" else 1) - 1)
        case "month":
            last = month_of(span[0].year, span[0].month + units - 1)[1]
        case _:
            return None
    return in_order(span[0], min(last, span[1]))


def ending(span: Days, unit: str, units: int) -> Days | None:
    """The last so many days, weeks or months of a span; None for another unit."""
    match unit:
        case "day" | "week":
            first = span[1] - timedelta(days=units * (7 if unit == "week" else 1) - 1)
        case "month":
            first = month_of(span[1].year, span[1].month - units + 1)[0]
        case _:
            return None
    return in_order(max(first, span[0]), span[1])


def in_order(first: date, last: date) -> Days | None:
    """Two days as a span; None where the second lies before the first."""
    return (first, last) if first <= last else None
