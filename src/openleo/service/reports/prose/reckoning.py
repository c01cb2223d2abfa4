"""What the wording of a date comes to: its first and last day, from the day of the document where need be.

A date without a year is the last one, unless it lies close ahead or the words around it speak of what is to
come.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from openleo.service.reports.prose.intervals import (
    Days,
    beginning,
    ending,
    fraction_of,
    half_of,
    in_order,
    month_of,
    season_of,
    shifted,
    week_of,
    weekday_from,
    weekend_around,
    whole,
    year_of,
)
from openleo.service.reports.prose.numerals import value_of
from openleo.service.reports.prose.said import Said

_NEAR_DAYS: Final = 45
"""A day without a year that lies so close ahead is meant, and not the one a year before."""
_RECENT_DAYS: Final = 92
"""One that lies no further back than this is meant, whatever else the sentence speaks of."""

_LONG_YEARS: Final = 25
"""A year and two digits that come to more than this are the number of a paper."""


def _month_year(said: Said, month: int, day: int | None = None) -> int | None:
    """The year of a month, or of a day of it, that is told without one."""
    on = said.on
    if on is None:
        return None
    if on.exact == 0:
        return on.day.year
    now, this = on.day, on.day.year
    if said.which == -1:
        earlier = (month, day or 1) < (now.month, now.day if day else 1)
        return this if earlier else this - 1
    if said.which == 1:
        later = (month, day or 1) > (now.month, now.day if day else 1)
        return this if later else this + 1
    if said.which == 0 or (month == now.month and (day is None or on.exact < 2)):
        return this
    days_in = (date(this, month, min(day or 28, 28)) - now).days % 365
    nearest = 1 if days_in < 183 else -1
    if said.due():
        comes = said.tense() >= 0 or days_in < 183
    elif days_in >= 365 - _RECENT_DAYS:
        comes = False
    else:
        comes = days_in <= _NEAR_DAYS or (said.tense() or nearest) > 0
    passed = (month, day or 31) <= (now.month, now.day)
    if days_in == 0:
        return this
    if comes:
        return this + 1 if passed else this
    return this if passed else this - 1


def _day(said: Said) -> Days | None:
    month = said.month()
    number = said.number("d") or (said.code("o", "ordinals") if "o" in said else 1)
    if month is None or number < 1:
        return None
    year = said.year() or _month_year(said, month, number)
    return None if year is None else (date(year, month, number), date(year, month, number))


def _days(said: Said) -> Days | None:
    last_month = said.month("m2") or said.month()
    first_month = said.month() or last_month
    first, last = said.number("d"), said.number("d2")
    if not (last_month and first_month and first and last):
        return None
    year = said.year("y2") or said.year() or _month_year(said, last_month, last)
    if year is None:
        return None
    begins = said.number("y") or (year - 1 if (first_month, first) > (last_month, last) else year)
    return in_order(date(begins, first_month, first), date(year, last_month, last))


def _month(said: Said) -> Days | None:
    month = said.month()
    if month is None:
        return None
    year = said.year() or _month_year(said, month)
    return None if year is None else month_of(year, month, said.part)


def _months(said: Said) -> Days | None:
    first, last = said.month(), said.month("m2")
    if first is None or last is None:
        return None
    year = said.year("y2") or said.year() or _month_year(said, last)
    if year is None:
        return None
    begins = said.number("y") or (year - 1 if first > last else year)
    part: str | None = said.code("p2", "parts")
    return in_order(month_of(begins, first, said.part)[0], month_of(year, last, part)[1])


def _week_of_month(said: Said) -> Days | None:
    whole_month, number = _month(said), said.code("o", "ordinals")
    if whole_month is None:
        return None
    first, last = whole_month
    if number < 0:
        return last - timedelta(days=6), last
    begins = first + timedelta(days=7 * (number - 1))
    return begins, min(begins + timedelta(days=6), last)


def _half_of_month(said: Said) -> Days | None:
    whole_month, number = _month(said), said.code("o", "ordinals")
    if whole_month is None:
        return None
    return half_of(whole_month, number)


def _half_of_this_month(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 1:
        return None
    return half_of(whole("month", said.on.day, said.which or 0), said.code("o", "ordinals"))


def _days_of_month(said: Said) -> Days | None:
    return _ends_of(said, _month(said))


def _days_of_this(said: Said) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.on.exact < _EXACT[unit]:
        return None
    return _ends_of(said, whole(unit, said.on.day, said.which or 0))


def _ends_of(said: Said, span: Days | None) -> Days | None:
    count, unit = _count(said)
    number = said.code("o", "ordinals")
    if span is None or count is None or number not in (1, -1):
        return None
    return beginning(span, unit, round(count)) if number == 1 else ending(span, unit, round(count))


def _week_of_day(said: Said) -> Days | None:
    day = _day(said)
    return None if day is None else week_of(day[0])


def _week_after(said: Said) -> Days | None:
    unit = said.groups["unit"].lower()
    return _from_document(said, unit, lambda day: whole(unit, day, 2))


def _within(said: Said) -> Days | None:
    """What lies a while ahead where the sentence says that something will come; else a duration."""
    before = said.match.string[said.sentence.start : said.match.start()]
    return _from_now(said, 1) if said.words.surely.search(before) else None


def _weekday(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    if "later" in said:
        day = weekday_from(said.on.day, said.code("w", "weekdays"), None, 1) + timedelta(days=7)
        return day, day
    day = weekday_from(said.on.day, said.code("w", "weekdays"), said.which, said.tense())
    day -= timedelta(days=7 if "week" in said else 0)
    return day, day


def _weekdays(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    first, last = said.code("w", "weekdays"), said.code("w2", "weekdays")
    if said.words.opening.search(said.match.string, said.sentence.start, said.sentence.end):
        return None
    ends = weekday_from(said.on.day, last, None, said.tense())
    return ends - timedelta(days=(last - first) % 7), ends


def _weekday_of_week(said: Said) -> Days | None:
    if said.on is None or said.which is None or said.on.exact < 2:
        return None
    day = week_of(said.on.day, said.which)[0] + timedelta(days=said.code("w", "weekdays"))
    return day, day


def _weekend(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    return weekend_around(said.on.day, "this" in said, said.tense())


def _year(said: Said) -> Days | None:
    year = said.number("y")
    return None if year is None else year_of(year, said.part)


def _years(said: Said) -> Days | None:
    first, last, short = said.number("y"), said.number("y2"), said.number("yy")
    if first is not None and short is not None:
        last = first // 100 * 100 + short
    if first is None or last is None or (short is not None and last - first > _LONG_YEARS):
        return None
    return in_order(year_of(first)[0], year_of(last)[1])


def _decade(said: Said) -> Days | None:
    year = said.number("y")
    if year is None or year % 10:
        return None
    first = year + {"early": 0, "mid": 4, "late": 7, None: 0}[said.part]
    last = year + {"early": 3, "mid": 6, "late": 9, None: 9}[said.part]
    return year_of(first)[0], year_of(last)[1]


def _fraction(said: Said) -> Days | None:
    year = said.number("y")
    told = year is not None or said.which is not None
    if year is None and said.on is not None:
        year = said.on.day.year + (said.which or 0)
    if year is None:
        return None
    if "number" in said:
        kind, number = "quarter" if "q" in said else "half", int(said.groups["number"])
    else:
        kind, number = said.code("f", "fractions"), said.code("o", "ordinals")
        if said.match.end("f") == said.match.end() and (kind == "half" or number < 0):
            return None
    most = 4 if kind == "quarter" else 2
    if number > most:
        return None
    span = fraction_of(year, kind, most if number < 0 else number)
    if not told and said.on is not None and span[0] > said.on.day and said.tense() < 0:
        return fraction_of(year - 1, kind, number)
    return span


def _whole(said: Said) -> Days | None:
    unit = said.code("period", "periods")
    which = said.which
    if which is None:
        return None
    if unit == "weekend" and which == 0:
        return _from_document(said, unit, lambda day: weekend_around(day, True, said.tense()))
    return _from_document(said, unit, lambda day: whole(unit, day, which))


def _part(said: Said) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, said.which or 0, said.part)


def _from_now(said: Said, sign: int) -> Days | None:
    count, unit = _count(said)
    if count is None:
        return None
    if unit == "day" and (weeks := said.words.tables["weeks"].get(f"{count:g}")):
        return _from_document(said, "week", lambda day: shifted(day, "week", sign * weeks, said.about))
    return _from_document(said, unit, lambda day: shifted(day, unit, sign * count, said.about))


def _from_document(said: Said, unit: str, reckon: Callable[[date], Days]) -> Days | None:
    """What is told from the document's day; a week, where only its month is known, from any day of it."""
    on = said.on
    if on is None or (on.exact < _EXACT[unit] and (on.exact < 1 or unit not in _WEEKS)):
        return None
    first, last = reckon(on.day)
    if on.exact < _EXACT[unit]:
        last = reckon(month_of(on.day.year, on.day.month)[1])[1]
    return first, last


def _count(said: Said) -> tuple[float | None, str]:
    """How many of which unit."""
    if "fixed" in said:
        return 15, "day"
    unit: str = said.code("u", "units")
    if "halved" in said:
        return 0.5, unit
    count = value_of(said.groups["n"], said.sentence.language)
    return (None if count is None else count + (0.5 if "half" in said else 0)), unit


def _season(said: Said) -> Days | None:
    season, year, short = said.code("s", "seasons"), said.year(), said.number("yy")
    if year is not None:
        return season_of(year if season != 4 or short is not None else year - 1, season)
    if said.on is None or said.on.exact < 1 or (said.which is None and _is_seasonal(said)):
        return None
    now = said.on.day
    around = [season_of(now.year + shift, season) for shift in (-2, -1, 0, 1)]
    which = said.which
    if which is None:
        which = said.tense() or 0
    if which < 0:
        return [each for each in around if each[1] < now or (said.which is None and each[0] <= now)][-1]
    if which > 0:
        return next(each for each in around if each[0] > now or (said.which is None and each[1] >= now))
    return min(
        around, key=lambda each: 0 if each[0] <= now <= each[1] else min(abs((d - now).days) for d in each)
    )


def _is_seasonal(said: Said) -> bool:
    """Whether a sentence speaks of two seasons, as of every year's."""
    told = said.words.seasonal.findall(said.match.string, said.sentence.start, said.sentence.end)
    return len({each.lower() for each in told}) > 1


def _word(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    return whole("day", said.on.day, said.code("word", "words"))


def _numeric(said: Said) -> Days | None:
    """A date in digits; one with strokes, that could be read either way round, is none."""
    year, first, second = said.number("y"), said.number("d"), said.number("mn")
    if year is None or first is None or second is None:
        return None
    day, month = first, second
    if said.groups.get("sep") == "/" and not said.words.day_first and first != second:
        if first <= 12 and second <= 12:
            return None
        day, month = (second, first) if second > 12 else (first, second)
    return date(year, month, day), date(year, month, day)


_WEEKS: Final = ("week", "fortnight")
_EXACT: Final = {
    "day": 2, "week": 2, "weekend": 2, "fortnight": 2, "month": 1, "quarter": 1, "year": 0, "decade": 0,
}  # fmt: skip
SAYS: Final[Mapping[str, Callable[[Said], Days | None]]] = {
    "day": _day, "days": _days, "month": _month, "months": _months, "week of month": _week_of_month,
    "half of month": _half_of_month, "weekday": _weekday, "weekdays": _weekdays,
    "weekday of week": _weekday_of_week, "weekend": _weekend, "year": _year,
    "years": _years, "decade": _decade, "fraction": _fraction, "whole": _whole,
    "part": _part, "ago": lambda said: _from_now(said, -1),
    "hence": lambda said: _from_now(said, 1),
    "within": _within, "week of day": _week_of_day, "week after": _week_after,
    "days of month": _days_of_month, "days of this": _days_of_this,
    "half of this month": _half_of_this_month, "beside": lambda said: None,
    "season": _season, "word": _word, "numeric": _numeric,
}  # fmt: skip
