"""What the wording of a date comes to: its first and last day, from the day of the document where need be.

A date without a year is the last one, unless it lies close ahead or the words around it speak of what is to
come.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from openleo.service.reports.proposals import Sentence
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
    whole,
    year_of,
)
from openleo.service.reports.prose.numerals import value_of

_NEAR_DAYS: Final = 45
"""A day without a year that lies so close ahead is meant, and not the one a year before."""
_RECENT_DAYS: Final = 92
"""One that lies no further back than this is meant, whatever else the sentence speaks of."""
_AROUND: Final = 240
"""Characters before and behind a date in which the tense is looked for."""


@dataclass(frozen=True)
class On:
    """The day of a document, and how exactly it is known: 0 by the year, 1 by the month, 2 by the day."""

    day: date
    exact: int


@dataclass(frozen=True)
class Words:
    """The tables of a language, compiled."""

    tables: Mapping[str, Mapping[str, Any]]
    triggers: Mapping[str, re.Pattern[str]]
    tenses: re.Pattern[str]
    surely: re.Pattern[str]
    moved: re.Pattern[str]
    due: re.Pattern[str]
    before_month: frozenset[str]
    before_year: frozenset[str]
    before_amount: frozenset[str]
    habit: frozenset[str]
    doubtful: frozenset[str]
    about: re.Pattern[str]
    day_first: bool


class Said:
    """What a form has found, its words looked up in the tables of the language."""

    def __init__(self, match: re.Match[str], words: Words, sentence: Sentence, on: On | None) -> None:
        self.match, self.words, self.sentence, self.on = match, words, sentence, on
        self.groups = {name: each for name, each in match.groupdict().items() if each}

    def __contains__(self, name: str) -> bool:
        return name in self.groups

    def number(self, name: str) -> int | None:
        """A number in digits; None where it is not there."""
        return int(self.groups[name]) if name in self.groups else None

    def code(self, name: str, of: str) -> Any:
        """What a word means by a table; None where it is not there."""
        if name not in self.groups:
            return None
        return self.words.tables[of][self.groups[name].lower().replace("’", "'").rstrip(".")]

    def month(self, name: str = "m") -> int | None:
        found: int | None = self.code(name, "months")
        return found

    @property
    def part(self) -> str | None:
        found: str | None = self.code("p", "parts")
        return found

    @property
    def which(self) -> int | None:
        found: int | None = self.code("which", "which")
        return found if found is not None else self.code("which2", "which")

    @property
    def about(self) -> bool:
        return "near" in self and self.words.about.search(self.groups["near"].strip()) is not None

    def year(self, name: str = "y") -> int | None:
        """The year that is said, in figures or as last year; None where none is."""
        if name in self.groups:
            return int(self.groups[name])
        shift = self.code("yw", "year_words")
        return self.on.day.year + shift if shift is not None and self.on is not None else None

    def due(self) -> bool:
        """Whether the words just before it make it a time limit."""
        start = max(self.sentence.start, self.match.start() - 40)
        return self.words.due.search(self.match.string, start, self.match.start()) is not None

    def tense(self) -> int:
        """1 where the words before, or those after, speak of what is to come, -1 of what has been, or 0."""
        text, start, end = self.match.string, self.match.start(), self.match.end()
        begin, stop = max(self.sentence.start, start - _AROUND), min(self.sentence.end, end + _AROUND)
        before = [*self.words.tenses.finditer(text, begin, start)]
        verb = before[-1] if before else self.words.tenses.search(text, end, stop)
        return 0 if verb is None else 1 if verb["ahead"] else -1


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
    if said.on is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, 2)


def _within(said: Said) -> Days | None:
    """What lies a while ahead where the sentence says that something will come; else a duration."""
    before = said.match.string[said.sentence.start : said.match.start()]
    return _from_now(said, 1) if said.words.surely.search(before) else None


def _weekday(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    day = weekday_from(said.on.day, said.code("w", "weekdays"), said.which, said.tense())
    day -= timedelta(days=7 if "week" in said else 0)
    return day, day


def _weekdays(said: Said) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    first, last = said.code("w", "weekdays"), said.code("w2", "weekdays")
    ends = weekday_from(said.on.day, last, None, said.tense())
    return ends - timedelta(days=(last - first) % 7), ends


def _year(said: Said) -> Days | None:
    year = said.number("y")
    return None if year is None else year_of(year, said.part)


def _years(said: Said) -> Days | None:
    first, last, short = said.number("y"), said.number("y2"), said.number("yy")
    if first is not None and short is not None:
        last = first // 100 * 100 + short
    if first is None or last is None:
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
    most = 2 if kind == "half" else 4
    return fraction_of(year, kind, most if number < 0 else number) if number <= most else None


def _whole(said: Said) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.which is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, said.which)


def _part(said: Said) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, said.which or 0, said.part)


def _from_now(said: Said, sign: int) -> Days | None:
    count, unit = _count(said)
    if said.on is None or count is None or said.on.exact < _EXACT[unit]:
        return None
    return shifted(said.on.day, unit, sign * count, said.about)


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
    if said.on is None or said.on.exact < 1:
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


_EXACT: Final = {
    "day": 2, "week": 2, "weekend": 2, "fortnight": 2, "month": 1, "quarter": 1, "year": 0, "decade": 0,
}  # fmt: skip
SAYS: Final[Mapping[str, Callable[[Said], Days | None]]] = {
    "day": _day, "days": _days, "month": _month, "months": _months, "week of month": _week_of_month,
    "half of month": _half_of_month, "weekday": _weekday, "weekdays": _weekdays, "year": _year,
    "years": _years, "decade": _decade, "fraction": _fraction, "whole": _whole,
    "part": _part, "ago": lambda said: _from_now(said, -1),
    "hence": lambda said: _from_now(said, 1),
    "within": _within, "week of day": _week_of_day, "week after": _week_after,
    "days of month": _days_of_month, "days of this": _days_of_this,
    "half of this month": _half_of_this_month, "beside": lambda said: None,
    "season": _season, "word": _word, "numeric": _numeric,
}  # fmt: skip
