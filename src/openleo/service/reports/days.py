"""Dates and spans of days in prose, those told from the day of the document too, as first and last day.

Looks for the forms of the table [days] of a language: the order of words stands there, what a form comes to is
worked out here. A date without a year is the last one, or the next one where the words just before it speak of
what is to come. Weak: that choice where a sentence mixes the two, days told from an event ("two days before the
vote"), holidays, and a day by its number alone ("on the 3rd").
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any, Final

from openleo.service.reports.document import Document, Interval
from openleo.service.reports.intervals import (
    Days,
    fraction_of,
    month_of,
    season_of,
    shifted,
    week_of,
    whole,
    year_of,
)
from openleo.service.reports.language import table
from openleo.service.reports.numerals import number_pattern, value_of
from openleo.service.reports.proposals import Day, Sentence

_NEAR_DAYS: Final = 45
"""A day without a year that lies so close ahead is meant, and not the one a year before."""
_RECENT_DAYS: Final = 92
"""One that lies no further back than this is meant, whatever else the sentence speaks of."""

_AROUND: Final = 240
"""Characters before and behind a date in which the tense is looked for."""


@dataclass(frozen=True)
class Worded:
    """Characters `start` to `end` that tell a time, and its days; None where they cannot be worked out."""

    start: int
    end: int
    days: Days | None


@dataclass(frozen=True)
class _On:
    """The day of a document, and how exactly it is known: 0 by the year, 1 by the month, 2 by the day."""

    day: date
    exact: int


@dataclass(frozen=True)
class _Form:
    says: str
    needs: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class _Words:
    """The tables of a language, compiled."""

    tables: Mapping[str, Mapping[str, Any]]
    forms: tuple[_Form, ...]
    triggers: Mapping[str, re.Pattern[str]]
    ahead: re.Pattern[str]
    behind: re.Pattern[str]
    due: re.Pattern[str]
    before_month: frozenset[str]
    before_year: frozenset[str]
    habit: frozenset[str]
    doubtful: frozenset[str]
    about: re.Pattern[str]
    day_first: bool


def days(document: Document, sentences: Sequence[Sentence]) -> tuple[Day, ...]:
    """The dates and spans of a document, in order; without its own date only those that need none."""
    text = document.text
    return tuple(
        Day(each.start, each.end, Interval(*each.days, text[each.start : each.end]))
        for each in worded_days(document, sentences)
        if each.days is not None
    )


def worded_days(document: Document, sentences: Sequence[Sentence]) -> tuple[Worded, ...]:
    """All words that tell a time, also where its days cannot be worked out.

    The last answer is kept, for the rule of figures asks again what that of dates has asked.
    """
    return _worded(document, tuple(sentences))


@lru_cache(maxsize=2)
def _worded(document: Document, sentences: tuple[Sentence, ...]) -> tuple[Worded, ...]:
    on = _on(document.published)
    found: list[Worded] = []
    before: Days | None = None
    for sentence in sentences:
        words = _words(sentence.language)
        if words is None:
            continue
        for form, match in _matches(document.text, sentence, words):
            said = _Said(match, words, sentence, on)
            try:
                told = _SAYS[form.says](said, before)
            except (ValueError, OverflowError):
                told = None
            start = match.end("_") if "_" in form.pattern.groupindex and match["_"] else match.start()
            found.append(Worded(start, match.end(), told))
            if told is not None:
                before = told
    return tuple(found)


def _matches(text: str, sentence: Sentence, words: _Words) -> list[tuple[_Form, re.Match[str]]]:
    """The forms in a sentence, the longer before the shorter where two overlap, in the order of the text."""
    lower = text[sentence.start : sentence.end].lower()
    there = {name for name, trigger in words.triggers.items() if trigger.search(lower)}
    found = [
        (form, match)
        for form in words.forms
        if form.needs in there
        for match in form.pattern.finditer(text, sentence.start, sentence.end)
        if not _refused(form, match, words, sentence)
    ]
    found.sort(key=lambda each: (each[1].start() - each[1].end(), each[1].start()))
    kept: list[tuple[_Form, re.Match[str]]] = []
    taken = bytearray(sentence.end - sentence.start)
    for form, match in found:
        start, end = match.start() - sentence.start, match.end() - sentence.start
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((form, match))
    kept.sort(key=lambda each: each[1].start())
    return kept


def _refused(form: _Form, match: re.Match[str], words: _Words, sentence: Sentence) -> bool:
    """Whether the words are a name, a habit or a count, and no date."""
    text, groups = match.string, match.groupdict()
    before = re.search(r"([\w’'-]*)[\s(«“\"]*$", text[max(sentence.start, match.start() - 24) : match.start()])
    word = before[1] if before else ""
    last = re.split(r"[’']", word.lower())[-1] if word else ""
    after = text[match.end() : match.end() + 24]
    named = re.match(r" (?:[A-ZÀ-Þ]\w)", after) is not None
    if form.says in ("weekday", "month") and not any(groups.get(each) for each in ("which", "y", "p", "yw", "week")):
        if last in words.habit:
            return True
        if form.says == "weekday":
            french_name = not words.tables["own"]["capitals"] and match[0][0].isupper() and bool(word)
            return french_name or (named and (last == "the" or not word or word[0].isupper()))
        if words.tables["own"]["capitals"] or match[0][0].isupper():
            known = last in words.before_month or word.lower() in words.before_month
            doubt = groups["m"] in words.doubtful
            return not known and (named or (doubt and not (last == "the" and re.match(r" [a-z]", after))))
    if form.says == "year" and not groups.get("p"):
        if re.match(r"(?:[-–][A-Za-z])|[ \u00a0\u202f]?[€$£%°]|[ \u00a0\u202f][kMG]?(?:Hz|m|W)\b", after):
            return True
        if int(groups["y"]) % 100 == 0 and re.match(r"[ \u00a0\u202f][a-zà-ÿ]+[sx]\b", after):
            return True
        if text[max(0, match.start() - 1) : match.start()] in tuple("$€£#-–/.@_+"):
            return True
        if last in words.before_year or word.lower() in words.before_year or not word:
            return False
        return True
    return form.says == "word" and match[0][0].isupper() and bool(word)


class _Said:
    """What a form has found, its words looked up in the tables of the language."""

    def __init__(self, match: re.Match[str], words: _Words, sentence: Sentence, on: _On | None) -> None:
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
        """1 where the words before, or else those after, speak of what is to come, -1 of what has been, or 0."""
        text, start, end = self.match.string, self.match.start(), self.match.end()
        begin, stop = max(self.sentence.start, start - _AROUND), min(self.sentence.end, end + _AROUND)
        ends = {1: -1, -1: -1}
        for sign, pattern in ((1, self.words.ahead), (-1, self.words.behind)):
            for each in pattern.finditer(text, begin, start):
                ends[sign] = each.end()
        if ends[1] != ends[-1]:
            return 1 if ends[1] > ends[-1] else -1
        firsts = {
            sign: found.start() if (found := pattern.search(text, end, stop)) else 1 << 60
            for sign, pattern in ((1, self.words.ahead), (-1, self.words.behind))
        }
        if firsts[1] == firsts[-1]:
            return 0
        return 1 if firsts[1] < firsts[-1] else -1


def _on(published: Interval | None) -> _On | None:
    if published is None or published.first is None:
        return None
    first, last = published.first, published.last
    if last is None or first == last:
        return _On(first, 2)
    return _On(first, 1 if (first.year, first.month) == (last.year, last.month) else 0)


def _month_year(said: _Said, month: int, day: int | None = None) -> int | None:
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


def _day(said: _Said, before: Days | None) -> Days | None:
    month = said.month()
    number = said.number("d") or (said.code("o", "ordinals") if "o" in said else 1)
    if month is None or number < 1:
        return None
    year = said.year() or _month_year(said, month, number)
    return None if year is None else (date(year, month, number), date(year, month, number))


def _days(said: _Said, before: Days | None) -> Days | None:
    last_month = said.month("m2") or said.month()
    first_month = said.month() or last_month
    first, last = said.number("d"), said.number("d2")
    if not (last_month and first_month and first and last):
        return None
    year = said.year("y2") or said.year() or _month_year(said, last_month, last)
    if year is None:
        return None
    begins = said.number("y") or (year - 1 if (first_month, first) > (last_month, last) else year)
    return _in_order(date(begins, first_month, first), date(year, last_month, last))


def _month(said: _Said, before: Days | None) -> Days | None:
    month = said.month()
    if month is None:
        return None
    year = said.year() or _month_year(said, month)
    return None if year is None else month_of(year, month, said.part)


def _months(said: _Said, before: Days | None) -> Days | None:
    first, last = said.month(), said.month("m2")
    if first is None or last is None:
        return None
    year = said.year("y2") or said.year() or _month_year(said, last)
    if year is None:
        return None
    begins = said.number("y") or (year - 1 if first > last else year)
    part: str | None = said.code("p2", "parts")
    return _in_order(month_of(begins, first, said.part)[0], month_of(year, last, part)[1])


def _week_of_month(said: _Said, before: Days | None) -> Days | None:
    whole_month, number = _month(said, before), said.code("o", "ordinals")
    if whole_month is None:
        return None
    first, last = whole_month
    if number < 0:
        return last - timedelta(days=6), last
    begins = first + timedelta(days=7 * (number - 1))
    return begins, min(begins + timedelta(days=6), last)


def _half_of_month(said: _Said, before: Days | None) -> Days | None:
    whole_month, number = _month(said, before), said.code("o", "ordinals")
    if whole_month is None:
        return None
    first, last = whole_month
    return (first, first.replace(day=15)) if number == 1 else (first.replace(day=16), last)


def _weekday(said: _Said, before: Days | None) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    day = _weekday_from(said.on.day, said.code("w", "weekdays"), said.which, said.tense())
    day -= timedelta(days=7 if "week" in said else 0)
    return day, day


def _weekday_from(now: date, weekday: int, which: int | None, tense: int) -> date:
    """A weekday: of this week, before or after a day; the same day where nothing says last or next."""
    if which == 0:
        return week_of(now)[0] + timedelta(days=weekday)
    back = (now.weekday() - weekday) % 7
    if which == 1 or (which is None and tense > 0):
        ahead = -back % 7
        return now + timedelta(days=ahead or (7 if which == 1 else 0))
    return now - timedelta(days=back or (7 if which == -1 else 0))


def _weekdays(said: _Said, before: Days | None) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    first, last = said.code("w", "weekdays"), said.code("w2", "weekdays")
    ends = _weekday_from(said.on.day, last, None, said.tense())
    return ends - timedelta(days=(last - first) % 7), ends


def _year(said: _Said, before: Days | None) -> Days | None:
    year = said.number("y")
    return None if year is None else year_of(year, said.part)


def _years(said: _Said, before: Days | None) -> Days | None:
    first, last, short = said.number("y"), said.number("y2"), said.number("yy")
    if first is not None and short is not None:
        last = first // 100 * 100 + short
    if first is None or last is None:
        return None
    return _in_order(year_of(first)[0], year_of(last)[1])


def _decade(said: _Said, before: Days | None) -> Days | None:
    year = said.number("y")
    if year is None or year % 10:
        return None
    first = year + {"early": 0, "mid": 4, "late": 7, None: 0}[said.part]
    last = year + {"early": 3, "mid": 6, "late": 9, None: 9}[said.part]
    return year_of(first)[0], year_of(last)[1]


def _fraction(said: _Said, before: Days | None) -> Days | None:
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


def _whole(said: _Said, before: Days | None) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.which is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, said.which)


def _part(said: _Said, before: Days | None) -> Days | None:
    unit = said.code("period", "periods")
    if said.on is None or said.on.exact < _EXACT[unit]:
        return None
    return whole(unit, said.on.day, said.which or 0, said.part)


def _ago(said: _Said, before: Days | None) -> Days | None:
    return _from_now(said, -1)


def _hence(said: _Said, before: Days | None) -> Days | None:
    return _from_now(said, 1)


def _from_now(said: _Said, sign: int) -> Days | None:
    count, unit = _count(said)
    if said.on is None or count is None or said.on.exact < _EXACT[unit]:
        return None
    return shifted(said.on.day, unit, sign * count, said.about)


def _count(said: _Said) -> tuple[float | None, str]:
    """How many of which unit."""
    if "fixed" in said:
        return 15, "day"
    unit: str = said.code("u", "units")
    if "halved" in said:
        return 0.5, unit
    count = value_of(said.groups["n"], said.sentence.language)
    return (None if count is None else count + (0.5 if "half" in said else 0)), unit


def _shifted(said: _Said, before: Days | None) -> Days | None:
    """So long before or after the last day that was told."""
    sign = said.code("dir", "directions")
    count, unit = _count(said)
    if before is None or count is None or _length(before) > (2 if unit in ("day", "week") else 31):
        return None
    return shifted(before[1] if sign > 0 else before[0], unit, sign * count, said.about)


def _beside(said: _Said, before: Days | None) -> Days | None:
    """The day, week, month or year next to the one that was told last."""
    turn = said.code("turn", "turns")
    sign = turn if turn is not None else -1 if "back" in said else 1
    unit = said.code("period", "periods") or "day"
    if before is None or _length(before) > {"day": 2, "week": 7, "month": 31, "year": 366}.get(unit, 0):
        return None
    return whole(unit, before[1] if sign > 0 else before[0], sign)


def _length(told: Days) -> int:
    return (told[1] - told[0]).days + 1


def _season(said: _Said, before: Days | None) -> Days | None:
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
        return next(each for each in around if each[0] > now)
    return min(around, key=lambda each: 0 if each[0] <= now <= each[1] else min(abs((d - now).days) for d in each))


def _word(said: _Said, before: Days | None) -> Days | None:
    if said.on is None or said.on.exact < 2:
        return None
    return whole("day", said.on.day, said.code("word", "words"))


def _numeric(said: _Said, before: Days | None) -> Days | None:
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


def _in_order(first: date, last: date) -> Days | None:
    return (first, last) if first <= last else None


_EXACT: Final = {
    "day": 2, "week": 2, "weekend": 2, "fortnight": 2, "month": 1, "quarter": 1, "year": 0, "decade": 0,
}  # fmt: skip
_SAYS: Final[Mapping[str, Callable[[_Said, Days | None], Days | None]]] = {
    "day": _day, "days": _days, "month": _month, "months": _months, "week of month": _week_of_month,
    "half of month": _half_of_month, "weekday": _weekday, "weekdays": _weekdays, "year": _year, "years": _years,
    "decade": _decade, "fraction": _fraction, "whole": _whole, "part": _part, "ago": _ago, "hence": _hence,
    "shifted": _shifted, "beside": _beside, "season": _season, "word": _word, "numeric": _numeric,
}  # fmt: skip


@cache
def _words(language: str) -> _Words | None:
    own = table(language, "days")
    if not own:
        return None
    slots = dict(_slots(own, language))
    forms = tuple(
        _Form(says, needs, _compiled(pattern, slots))
        for needs, each in own["forms"].items()
        for says, pattern in each
    )
    triggers = {
        "month": own["months"], "weekday": own["weekdays"], "unit": {**own["units"], **own["periods"]},
        "season": own["seasons"], "word": own["words"],
    }  # fmt: skip
    compiled = {name: re.compile(rf"(?<!\w)(?:{_any(list(words))})", re.I) for name, words in triggers.items()}
    compiled["unit"] = re.compile(compiled["unit"].pattern + "|" + _any(["day", "veille", "lendemain"]), re.I)
    compiled["year"] = re.compile(r"(?:19|20)\d\d")
    compiled["number"] = re.compile(r"\d[-/.]\d")
    return _Words(
        {**{name: each for name, each in own.items() if isinstance(each, Mapping)}, "own": own}, forms, compiled,
        re.compile(rf"(?<!\w){own['ahead']}(?!\w)", re.I), re.compile(rf"(?<!\w){own['behind']}(?!\w)", re.I),
        re.compile(rf"(?<!\w)(?:{_any(own['due'])})\s*(?:\w+\s)?$", re.I),
        frozenset(own["before_month"]), frozenset(own["before_year"]), frozenset(own["habit"]),
        frozenset(own["doubtful"]), re.compile(rf"^(?:{_any(own['about'])})", re.I), own["day_first"],
    )  # fmt: skip


def _slots(own: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    """What may stand in each slot of a form, as a regular expression with one group."""
    short = set(own["abbreviated"])
    for slot, full, group, names in (("m", "month", "m", own["months"]), ("w", "weekday", "w", own["weekdays"])):
        for suffix in ("", "2"):
            yield slot + suffix, rf"(?P<{group}{suffix}>{_names(list(names), own)})(?!\w)(?:\.(?=\s?[\d,]))?"
            whole_words = [each for each in names if each not in short]
            yield full + suffix, rf"(?P<{group}{suffix}>{_names(whole_words, own)})(?!\w)"
    for suffix in ("", "2"):
        yield "d" + suffix, rf"(?P<d{suffix}>\d{{1,2}})"
        yield "y" + suffix, rf"(?P<y{suffix}>(?:19|20)\d\d)(?!\d|[.,]\d)"
        yield "p" + suffix, rf"(?P<p{suffix}>{_any(list(own['parts']))})"
        yield "which" + suffix, rf"(?P<which{suffix}>{_any(list(own['which']))})(?!\w)"
    yield "n", rf"(?P<n>{number_pattern(language)})"
    yield "near", rf"(?P<near>{own['near']})".replace("'", "[’']")
    for slot, name in (
        ("u", "units"), ("period", "periods"), ("s", "seasons"), ("o", "ordinals"), ("f", "fractions"),
        ("yw", "year_words"), ("word", "words"), ("turn", "turns"), ("dir", "directions"),
    ):  # fmt: skip
        yield slot, rf"(?P<{slot}>{_any(list(own[name]))})(?!\w)"


def _any(words: Sequence[str]) -> str:
    """A regular expression for one of some words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\ ", " ").replace("'", "[’']") for each in ordered)


def _names(words: Sequence[str], own: Mapping[str, Any]) -> str:
    """The same for names, with a capital letter where the language writes them so."""
    capitals = [each[0].upper() + each[1:] for each in words]
    return f"(?-i:{_any(capitals if own['capitals'] else [*words, *capitals])})"


def _compiled(pattern: str, slots: Mapping[str, str]) -> re.Pattern[str]:
    spaced = re.sub(r"(?<!\(\?P)<(\w+)>", lambda found: slots[found[1]], pattern)
    spaced = spaced.replace(" ", r"\s")
    return re.compile(rf"(?<!\w)(?<!\d[.,:/])(?:{spaced})(?!\w)", re.I)
