"""Figures in prose: numbers that count or measure something, with their unit as an English singular.

Looks for a number and, behind it, a sign, an abbreviation or the noun that it counts: in English the first plural
of the words that follow, in French the first noun. More than, at most and their kin open a range, and two numbers
joined by to or between make one. A number without a noun is left out, unless the words say that it is a part of
what was counted last. Weak: nouns that the table does not know come out as the language writes them, a plural
that looks like none is missed, and numbers that stand for a whole ("two in three") are left out.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from openleo.service.reports.days import worded_days
from openleo.service.reports.document import Document
from openleo.service.reports.language import table
from openleo.service.reports.numerals import Numeral, number_pattern, numerals
from openleo.service.reports.proposals import Figure, Sentence

_TIMES: Final = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "decade"})
_SHARED_SCALE: Final = 1000
"""Below this the first number of a range takes the scale of the second, as in 2 to 3 million."""
_FEW: Final = 100
"""Below this a number behind a name is part of it."""


@dataclass(frozen=True)
class _Unit:
    """What a number counts. end: where its words end; named: whether a table knows it."""

    name: str
    begin: int
    end: int
    named: bool = True
    times: float = 1


@dataclass(frozen=True)
class _Amount:
    """A number on its way to be a figure. number_end: where the number itself ends."""

    start: int
    number_end: int
    end: int
    low: float | None
    high: float | None
    numeral: Numeral
    unit: _Unit | None


@dataclass(frozen=True)
class _Words:
    own: Mapping[str, Any]
    openings: frozenset[str]
    stops: frozenset[str]
    fillers: frozenset[str]
    labels: frozenset[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    between: re.Pattern[str]
    changes: re.Pattern[str]
    of: re.Pattern[str]
    of_those: re.Pattern[str]
    part: re.Pattern[str]
    never: re.Pattern[str]
    symbol: re.Pattern[str]
    money: re.Pattern[str]
    currency: re.Pattern[str]
    scale: re.Pattern[str]
    tied: re.Pattern[str]
    weak_unless: re.Pattern[str]
    half: re.Pattern[str]


def figures(document: Document, sentences: Sequence[Sentence]) -> tuple[Figure, ...]:
    """The figures of a document, in order; dates, clock times, ordinals and numbers in names are none."""
    dated = [(each.start, each.end) for each in worded_days(document, sentences)]
    starts = [start for start, _ in dated]
    found: list[Figure] = []
    for sentence in sentences:
        words = _words(sentence.language)
        if words is None:
            continue
        last = next((each.unit for each in reversed(found) if each.unit not in _MEASURES), "")
        inside = dated[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        found += _of_sentence(document.text, sentence, words, inside, last)
    return tuple(found)


def _of_sentence(
    text: str, sentence: Sentence, words: _Words, dated: Sequence[tuple[int, int]], last: str
) -> Iterator[Figure]:
    amounts = list(_joined(text, sentence, _amounts(text, sentence, words, dated), words))
    shared = ""
    for number, each in enumerate(amounts):
        unit = each.unit or _implied(text, sentence, each, words, last)
        if unit is None:
            continue
        last = last if unit.name in _MEASURES else unit.name
        following = amounts[number + 1].start if number + 1 < len(amounts) else sentence.end
        end = max(each.end, unit.end)
        end = end if end <= following else each.number_end
        low, high, shared = _bounds(text, sentence, each, unit, words, shared)
        if half := words.half.match(text, end, following):
            end = half.end()
            low, high = (None if value is None else value + 0.5 for value in (low, high))
        yield Figure(each.start, end, low, high, unit.name, text[unit.begin : unit.end])
        if text[end:following] not in words.own["both"]:
            shared = ""


def _amounts(
    text: str, sentence: Sentence, words: _Words, dated: Sequence[tuple[int, int]]
) -> list[_Amount]:
    """The numbers of a sentence that may be figures, with the units that stand by them."""
    said = list(numerals(text, sentence.start, sentence.end, sentence.language))
    if not said:
        return []
    apart = bytearray(sentence.end - sentence.start)
    for start, end in (*dated, *(each.span() for each in words.never.finditer(text, sentence.start, sentence.end))):
        apart[start - sentence.start : end - sentence.start] = b"\1" * (end - start)
    found = []
    for numeral in said:
        if any(apart[numeral.start - sentence.start : numeral.end - sentence.start]):
            continue
        amount = _amount(text, sentence, numeral, words)
        if amount is not None and not _is_name(text, sentence, amount, words):
            found.append(amount)
    return found


def _amount(text: str, sentence: Sentence, numeral: Numeral, words: _Words) -> _Amount | None:
    """A number with its unit; None where it is a part of a word or of a code."""
    value, start, end = numeral.value, numeral.start, numeral.end
    currency = words.currency.search(text, max(sentence.start, start - 5), start)
    if currency:
        scale = words.scale.match(text, end, sentence.end)
        times = words.own["scales"][scale[1]] if scale else 1
        end = scale.end() if scale else end
        name = words.own["currencies"][currency[1]]
        unit = _Unit(name, currency.start(1), currency.end(1))
        value = round(value * times, 6)
        return _Amount(currency.start(1), end, end, value, value, numeral, unit)
    found = _unit_after(text, end, sentence.end, words)
    if found is None and re.match(r"\w|-[^\W\d]", text[end : end + 2]) and not numeral.spelled:
        return None
    if found is not None:
        value = round(_reading(numeral, found) * found.times, 6)
    unit = found if found is None or found.named or not _like_a_year(numeral) else None
    return _Amount(start, end, unit.end if unit else end, value, value, numeral, unit)


def _like_a_year(numeral: Numeral) -> bool:
    """Whether digits may as well be a year; whole hundreds are sooner a number."""
    whole = numeral.value == int(numeral.value) and not (numeral.grouped or numeral.spelled)
    return whole and 1900 <= numeral.value < 2100 and numeral.value % 100 != 0


def _reading(numeral: Numeral, unit: _Unit) -> float:
    """The value of digits that may have been carried over from another language, by what they count."""
    if numeral.other is None or (unit.name in _MEASURES and numeral.other % 10):
        return numeral.value
    return numeral.other


def _is_name(text: str, sentence: Sentence, amount: _Amount, words: _Words) -> bool:
    """Whether a number is a part of a name: Channel 4, article 12."""
    before = re.search(r"([^\s(«“\"]+)[\s-]$", text[max(sentence.start, amount.start - 24) : amount.start])
    if before is None or (amount.unit is not None and amount.unit.name in _MEASURES):
        return False
    word = re.split(r"[’']", before[1])[-1] if not before[1].endswith(("'s", "’s")) else "s"
    singular = word.lower()
    if singular in words.labels and not (amount.numeral.grouped or amount.numeral.scale > 1):
        return True
    first = not re.search(r"\w", text[sentence.start : amount.start - len(before[0])])
    value = amount.numeral.value
    if not word[:1].isupper() or first or singular in words.stops or amount.numeral.spelled:
        return False
    if not (value < _FEW or _like_a_year(amount.numeral)):
        return False
    return not _in_capitals(text[sentence.start : sentence.end]) and re.fullmatch(r"[\w-]+", word) is not None


def _in_capitals(title: str) -> bool:
    """Whether most long words of a line begin with a capital, as in some headlines."""
    long = re.findall(r"[^\W\d_]{4,}", title)
    return sum(each[0].isupper() for each in long) > 0.6 * len(long)


def _unit_after(text: str, at: int, end: int, words: _Words) -> _Unit | None:
    """The sign, abbreviation or noun behind a number."""
    own = words.own
    if money := words.money.match(text, at, end):
        times = own["scales"][money[1]] if money[1] else 1
        return _Unit(own["symbols"][money[2]], money.start(1) if money[1] else money.start(2), money.end(), True, times)
    if scale := words.tied.match(text, at, end):
        head = _unit_after(text, scale.end(), end, words)
        if (head is not None and head.name not in _MEASURES) or (head is not None and not scale[1].islower()):
            return replace(head, times=own["scales"][scale[1]])
    if symbol := words.symbol.match(text, at, end):
        return _Unit(own["symbols"][symbol[1]], symbol.start(1), symbol.end())
    if text[at : at + 1] in ("-", "‑"):
        found = re.compile(r"[^\W\d_]+").match(text, at + 1, end)
        known = _known(found[0], own) if found else None
        return _Unit(known, found.start(), found.end()) if found and known else None
    if of := words.of.match(text, at, end):
        at = of.end() - 1 if text[of.end() - 1].isspace() else of.end()
    if words.of_those.match(text, at, end):
        return None
    return _head(text, at, end, words)


_NEXT: Final = re.compile(r"(?:(?<=[’'])|[\s\u00a0]+|[\s]*[(«“‘\"]\s*)([^\W\d_][\w-]*(?:[’'](?=s\b|\s))?(?:s\b)?)")
_LETTERS: Final = re.compile(r"[\w'’.-]+(?:\s[\w'’.-]+){0,3}")


def _head(text: str, at: int, end: int, words: _Words) -> _Unit | None:
    """The noun that is counted: the first one, or in languages that put it last, the first plural."""
    last = words.own["head"] == "last"
    candidate: _Unit | None = None
    for _ in range(6):
        found = _NEXT.match(text, at, end)
        if not found:
            break
        word, at = found[1].lower(), found.end()
        phrase = _phrase(text, found, end, words)
        if phrase is None and word in words.fillers and candidate is None:
            continue
        if phrase is None and (word in words.stops or (candidate is not None and found[1][0].isupper())):
            break
        unit = phrase or _noun(found, words)
        if unit is None:
            if candidate is not None or not last:
                break
            continue
        candidate = unit
        if not last or unit.name in _MEASURES:
            break
    return candidate


def _phrase(text: str, found: re.Match[str], end: int, words: _Words) -> _Unit | None:
    """The unit that a word and those behind it are together."""
    if found[1].lower() not in words.openings:
        return None
    phrase = _LETTERS.match(text, found.start(1), end)
    spans = [each.span() for each in re.finditer(r"\S+", phrase[0])] if phrase else []
    for _, last in reversed(spans):
        said = phrase[0][:last].rstrip(".") if phrase else ""
        name = words.own["phrases"].get(re.sub(r"\s+", " ", said.lower().replace("’", "'")))
        if name is not None:
            return _Unit(name, found.start(1), found.start(1) + len(said))
    return None


def _noun(found: re.Match[str], words: _Words) -> _Unit | None:
    """The unit that a word is; None for one that is no plural."""
    if found[1].endswith(("'", "’")):
        return None
    known = words.own["nouns"].get(found[1].lower())
    if known is not None:
        return _Unit(known, *found.span(1))
    name = _singular(found[1].lower(), words.own)
    return _Unit(name, *found.span(1), named=False) if name else None


def _known(word: str, own: Mapping[str, Any]) -> str | None:
    """A unit in the singular, as behind a hyphen: its name, where a table or the language knows it."""
    lower = word.lower()
    for each in (lower, lower + "s"):
        if each in own["nouns"]:
            return str(own["nouns"][each])
    return lower if lower in _MEASURES or lower in _COMPOUNDS else None


def _singular(word: str, own: Mapping[str, Any]) -> str | None:
    """The singular of a plural by its ending; None for what does not look like a plural."""
    rules = own["not_plural"]
    if len(word) < 4 or word in rules["words"] or word.endswith(tuple(rules["endings"])):
        return None
    for ending, single in own["endings"].items():
        if word.endswith(ending):
            return str(word[: -len(ending)] + single)
    return None


def _joined(text: str, sentence: Sentence, amounts: list[_Amount], words: _Words) -> Iterator[_Amount]:
    """Amounts, with two that make one range as one, and a bare one of a pair with the unit of the other."""
    at = 0
    while at < len(amounts):
        one = amounts[at]
        other = amounts[at + 1] if at + 1 < len(amounts) else None
        at += 1
        if other is None or not _may_join(one, other):
            yield one
            continue
        link = text[one.end : other.start]
        before = text[max(sentence.start, one.start - 60) : one.start]
        both = link in words.own["both"]
        if one.unit is None and words.of.fullmatch(link):
            yield replace(one, unit=_bare(one, other))
            continue
        if both and not words.between.search(before):
            yield replace(one, unit=_bare(one, other)) if one.unit is None else one
        elif both or link in words.own["ranges"]:
            low = _scaled_as(one, other)
            if not both and link.strip().isalpha() and words.changes.search(before):
                yield replace(one, low=low, high=low, unit=_bare(one, other))
                continue
            if low is None or other.high is None or low >= other.high:
                yield replace(one, unit=_bare(one, other)) if one.unit is None else one
                continue
            yield replace(other, start=one.start, low=low, unit=other.unit or one.unit)
            at += 1
        else:
            yield one


def _may_join(one: _Amount, other: _Amount) -> bool:
    if one.unit is None or other.unit is None:
        return other.unit is not None or (one.unit is not None and one.start < one.numeral.start)
    return one.unit.name == other.unit.name


def _bare(one: _Amount, other: _Amount) -> _Unit | None:
    """The unit of an amount that has none of its own: that of the other, which stands elsewhere."""
    if one.unit is not None or other.unit is None:
        return one.unit
    return _Unit(other.unit.name, one.end, one.end)


def _scaled_as(one: _Amount, other: _Amount) -> float | None:
    """The first value of a range, multiplied like the second where only that one says so."""
    if one.low is None or other.high is None:
        return one.low
    times = other.high / other.numeral.value if other.numeral.scale == 1 and other.numeral.value else other.numeral.scale
    scaled = one.low != one.numeral.value or one.numeral.scale > 1
    return one.low * times if not scaled and times >= 1000 and one.low < _SHARED_SCALE else one.low


def _implied(text: str, sentence: Sentence, amount: _Amount, words: _Words, last: str) -> _Unit | None:
    """The unit of what was counted last, where the words make a number a part of it."""
    if not last or amount.low is None or amount.low < 2:
        return None
    of_those = words.of_those.match(text, amount.number_end, sentence.end)
    start = max(sentence.start, amount.start - 120)
    if not (of_those or words.part.search(text, start, amount.start)):
        return None
    return _Unit(last, amount.number_end, amount.number_end)


def _bounds(
    text: str, sentence: Sentence, amount: _Amount, unit: _Unit, words: _Words, shared: str
) -> tuple[float | None, float | None, str]:
    """Low and high of an amount by the words around it, and which of them is open by the words before it.

    shared: what was open of the amount to which this one is joined by and.
    """
    if amount.low != amount.high:
        return amount.low, amount.high, ""
    before = words.before.search(text, max(sentence.start, amount.start - 45), amount.start)
    if before and (before["least"] or "").lower() in words.own["weak"]:
        start = max(sentence.start, before.start() - 12)
        across = unit.name in _TIMES and not words.weak_unless.search(text, start, before.start())
        before = None if across or before["about"] else before
    if before or shared:
        is_least = before["least"] is not None if before else shared == "least"
        return (amount.low, None, "least") if is_least else (None, amount.high, "most")
    for at in (amount.end, amount.number_end):
        if found := words.after.match(text, at, sentence.end):
            return (amount.low, None, "") if found["least"] else (None, amount.high, "")
    return amount.low, amount.high, ""


@cache
def _words(language: str) -> _Words | None:
    own = table(language, "figures")
    if not own:
        return None
    number, counting = number_pattern(language), table(language, "numerals")
    never = "|".join(each.replace(" ", r"\s").replace("<n>", number) for each in own["never"])
    symbols, currencies = _any(own["symbols"]), _any(own["currencies"])
    signs = "|".join(re.escape(each) for each in own["currencies"] if each in own["symbols"])
    scales = _any(own["scales"])
    return _Words(
        own, frozenset(re.split(r"[ .-]", each)[0] for each in own["phrases"]) | frozenset(
            each.split()[0] for each in own["phrases"]
        ),
        frozenset(own["stops"]) | frozenset(counting["words"]) | frozenset(counting["scales"]),
        frozenset(own["fillers"]), frozenset(own["labels"]),
        before=re.compile(
            rf"(?<!\w)(?:(?P<least>{_any(own['least'])})|(?P<most>{_any(own['most'])}))"
            rf"(?:\s*(?:{_any(own['of'])}|(?P<about>{_any(own['determiners'])})))?\s*$", re.I,
        ),
        after=re.compile(
            rf"[,(]?\s+(?:(?P<least>{_any(own['least_after'])})|(?P<most>{_any(own['most_after'])}))(?!\w)", re.I
        ),
        between=re.compile(rf"(?<!\w)(?:{_any(own['between'])})\s(?:(?:{_any(own['determiners'])})\s)?$", re.I),
        changes=re.compile(rf"(?<!\w){own['changes']}(?!\w)[^.;:]*(?<!\w)(?:{_any(own['from'])})\s?$", re.I),
        of=re.compile(rf"\s+(?:{_any(own['of'])})(?:\s|(?<=[’']))", re.I),
        of_those=re.compile(rf"\s+(?:{_any(own['of_those'])})(?!\w)", re.I),
        part=re.compile(
            rf"(?<!\w)(?:{'|'.join(own['part']).replace('<n>', number)})[\s(,]+"
            rf"(?:(?:{_any([*own['determiners'], *own['least'], *own['most']])})\s*)?$", re.I,
        ),
        never=re.compile(rf"(?<!\w)(?<!\d[.,])(?:{never})", re.I),
        symbol=re.compile(rf"[ \u00a0\u202f\u2009]?({symbols})(?![\w/²³]|[’']\w)"),
        money=re.compile(rf"[ \u00a0\u202f\u2009]?({scales})?[ \u00a0\u202f]?({signs})(?!\w)"),
        currency=re.compile(rf"(?<!\w)({currencies})[ \u00a0\u202f]?$"),
        tied=re.compile(rf"(?:({scales})(?=\s[^\W\d_])|(?!))"),
        scale=re.compile(rf"[ \u00a0\u202f]?({scales})(?!\w)"),
        half=re.compile(rf"\s(?:{'|'.join(counting['half'])})(?!\w)", re.I),
        weak_unless=re.compile(rf"(?<!\w)(?:{_any(own['weak_unless'])})\s*$", re.I),
    )  # fmt: skip


def _any(words: Sequence[str] | Mapping[str, object]) -> str:
    """A regular expression for one of some words, the longest first."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(each).replace(r"\ ", r"\s").replace("'", "[’']") for each in ordered) or "(?!)"


_MEASURES: Final = frozenset(
    each.replace("_", " ")
    for each in ["percent", "percentage_point", "permille", "degree", "metre", "kilometre", "centimetre", "millimetre", "mile", "nautical_mile", "foot", "inch", "yard", "knot", "hectare", "acre", "square_kilometre", "square_metre", "square_mile", "cubic_metre", "kilogram", "gram", "tonne", "ton", "pound", "litre", "barrel", "watt", "kilowatt", "megawatt", "gigawatt", "kilowatt-hour", "megawatt-hour", "gigawatt-hour", "volt", "kilovolt", "decibel", "decibel-milliwatt", "hertz", "kilohertz", "megahertz", "gigahertz", "kilobit", "megabit", "gigabit", "byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte", "kilobit_per_second", "megabit_per_second", "gigabit_per_second", "terabit_per_second", "kilometre_per_hour", "mile_per_hour", "metre_per_second", "millisecond", "second", "minute", "hour", "day", "week", "month", "year", "decade", "euro", "dollar", "franc", "yen", "cent"]
)  # fmt: skip
_COMPOUNDS: Final = frozenset({"page", "man", "person", "nation", "country", "member", "seat", "ship", "night"})
"""What English joins to a number by a hyphen, besides measures."""
