"""Figures in prose: numbers that count or measure something, with their unit as an English singular.

Looks for a number and its unit (units.py), and for words that open a range (bounds.py); two numbers joined
by to or between make one as well. A number without a noun is left out, unless the words around it (alone.py)
or the numbers before it (parts.py) say what it counts, or the text has the number of its first sentence
again with a noun. Weak: an age is told by its wording alone ("a man of 53 years"), shares ("two in three")
and counts of times are left out, and a number below a hundred behind a name ("gave the Alliance 44 seats") is
taken for a part of that name.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Figure, Sentence
from openleo.service.reports.prose.alone import of_people, worded
from openleo.service.reports.prose.bounds import Amount, bounds
from openleo.service.reports.prose.days import worded_days
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.numerals import Numeral, numerals
from openleo.service.reports.prose.parts import Bare, Told, as_large, implied, is_rival
from openleo.service.reports.prose.units import MEASURES, Unit, unit_after
from openleo.service.reports.prose.wording import Words, words_of

_SHARED_SCALE: Final = 1000
"""Below this the first number of a range takes the scale of the second, as in 2 to 3 million."""
_BEFORE: Final = 120
"""Characters before a pair of numbers in which a verb of change is looked for."""
_BESIDE: Final = 50
"""Characters beside a number in which words stand that make it none, such as o'clock or aged."""
_JOINED: Final = re.compile(r"(?<=\s)[\d.,/–-]*\d[-–/]$")
"""What stands before the last part of a number such as 31-118."""
_LAST_WORD: Final = re.compile(r"([^\s(«“\"]+)[\s-]$")
_WORD: Final = re.compile(r"[^\W\d_]+")
_APART: Final = 100
"""So many times another, a number is no end of its range: up 1.2 points to 4,318 points."""
_MANY: Final = 5
"""So many times what it rose by, a number is what it rose to: by 212,000 to 2.5 million."""
_MILLION: Final = 1_000_000
"""From this on, a number that is paid has its currency behind it, whatever the word is."""
_TOLD_AGAIN: Final = 10
"""From this on, a number of a title is the same as one of the text."""
_FEW: Final = 100
"""Below this a number behind a name is part of it."""


def figures(document: Document, sentences: Sequence[Sentence]) -> tuple[Figure, ...]:
    """The figures of a document, in order; dates, clock times, ordinals and numbers in names are none."""
    dated = [(each.start, each.end) for each in worded_days(document, sentences)]
    starts = [start for start, _ in dated]
    found: list[Figure] = []
    told: list[Told] = []
    bare: list[Amount] = []
    for sentence in sentences:
        words = words_of(sentence.language)
        if words is None:
            continue
        inside = dated[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        short = _shortened(document.text, sentence.language)
        found += _of_sentence(document.text, sentence, words, inside, told, short, bare)
    first = [each for each in bare if each.start < sentences[0].end]
    found += list(_headed(document.text, sentences[0].end, first, found)) if first else []
    return tuple(sorted(found, key=lambda each: each.start) if first else found)


def _headed(text: str, end: int, bare: Sequence[Amount], told: Sequence[Figure]) -> Iterator[Figure]:
    """The numbers of the first sentence, up to end, without a noun that the text has with one: 210 aboard."""
    for each in bare:
        alike = {
            one.unit
            for one in told
            if one.start > end and one.low == one.high == each.low and one.unit not in MEASURES
        }
        aged = text.startswith(", ", each.start - 2)
        if len(alike) == 1 and each.numeral.value >= _TOLD_AGAIN and not aged:
            yield Figure(each.start, each.number_end, each.low, each.high, alike.pop(), "")


@cache
def _longer(language: str) -> Mapping[str, list[tuple[str, str]]]:
    """By its first word each term of a noun and what it is of, with its unit: canots de sauvetage."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each, name in table(language, "figures")["phrases"].items():
        if (" de " in each or " d'" in each) and name not in MEASURES:
            found.setdefault(_WORD.findall(each)[0], []).append((each, str(name)))
    return found


@lru_cache(maxsize=4)
def _shortened(text: str, language: str) -> Mapping[str, tuple[str, bool]]:
    """The nouns that stand in a document for another unit than the table's, for what else it has.

    Boats, after rescue boats; minors where mines are told of (in French one word for those and for miners).
    With whether it is so before words such as of, too.
    """
    own = table(language, "figures")
    lower = text.lower().replace("’", "'")
    said = frozenset(_WORD.findall(lower))
    longer = (
        (each, name) for first in said & _longer(language).keys() for each, name in _longer(language)[first]
    )
    found = {each.split()[0]: (name, False) for each, name in longer if each in lower}
    for noun, (unit, sign) in own["senses"].items():
        if noun in lower and re.search(rf"(?<!\w)(?:{sign})(?!\w)", lower):
            found[noun] = (unit, True)
    return found


def _of_sentence(
    text: str, sentence: Sentence, words: Words, dated: Sequence[tuple[int, int]], told: list[Told],
    short: Mapping[str, tuple[str, bool]], bare: list[Amount],
) -> Iterator[Figure]:  # fmt: skip
    """The figures of a sentence, which join those that were told before; the other numbers join the bare."""
    amounts = list(_joined(text, sentence, _amounts(text, sentence, words, dated), words))
    shared = ""
    for number, each in enumerate(amounts):
        unit = each.unit
        state = unit is not None and not unit.named and unit.name in words.own["states"].values()
        if unit is None or state or (not unit.named and words.own["head"] == "first"):
            found = _implied(text, sentence, each, words, told, dated)
            if found is not None and (not state or found.name in words.people):
                unit, each = found, _multiplied(_read_as(each, found), found.times)
        if unit is None:
            bare.append(each)
            continue
        following = amounts[number + 1].start if number + 1 < len(amounts) else sentence.end
        end = max(each.end, unit.end)
        end = end if end <= following else each.number_end
        low, high, shared = bounds(text, sentence, each, unit, words, shared)
        if half := words.half.match(text, end, following):
            end = half.end()
            low, high = (None if value is None else value + 0.5 for value in (low, high))
        counted = text[unit.begin : unit.end]
        name = unit.name
        other, always = short.get(counted.lower(), (name, True))
        if always or not words.of.match(text, unit.end):
            name = other
        told.append(Told(each.start, end, each.low or each.high or 0, name))
        yield Figure(each.start, end, low, high, name, counted)
        link = text[end:following]
        if (words.patterns["kind"].sub("", link) if unit.name in MEASURES else link) not in words.own["both"]:
            shared = ""


def _read_as(amount: Amount, unit: Unit) -> Amount:
    """An amount whose unit stands elsewhere, in the reading that this unit asks of its digits."""
    other = amount.numeral.other is not None and amount.low == amount.high == amount.numeral.value
    value = _reading(amount.numeral, unit)
    return replace(amount, low=value, high=value) if other else amount


def _multiplied(amount: Amount, times: float) -> Amount:
    low, high = (None if each is None else round(each * times, 6) for each in (amount.low, amount.high))
    return replace(amount, low=low, high=high)


def _amounts(text: str, sentence: Sentence, words: Words, dated: Sequence[tuple[int, int]]) -> list[Amount]:
    """The numbers of a sentence that may be figures, with the units that stand by them."""
    said = list(numerals(text, sentence.start, sentence.end, sentence.language))
    if not said:
        return []
    apart = bytearray(sentence.end - sentence.start)
    around = _around(said, sentence)
    never = [each.span() for start, end in around for each in words.never.finditer(text, start, end)]
    for each in said:
        if there := words.never_there.match(text, each.start, min(sentence.end, each.end + _BESIDE)):
            never.append(there.span())
    for start, end in (*dated, *never):
        apart[start - sentence.start : end - sentence.start] = b"\1" * (end - start)
    found: list[Amount] = []
    for numeral in said:
        inside = found and numeral.start < found[-1].end
        if inside or any(apart[numeral.start - sentence.start : numeral.end - sentence.start]):
            continue
        amount = _amount(text, sentence, numeral, words)
        if amount is None:
            continue
        alone = amount.unit is None and found
        rival = alone and is_rival(text, sentence, found[-1].end, amount.start, amount.end, words)
        if rival or not _is_name(text, sentence, amount, words):
            found.append(amount)
    return found


def _around(said: Sequence[Numeral], sentence: Sentence) -> list[tuple[int, int]]:
    """The characters of a sentence in which words beside its numbers can stand."""
    found: list[tuple[int, int]] = []
    for each in said:
        start, end = max(sentence.start, each.start - _BESIDE), min(sentence.end, each.end + _BESIDE)
        if found and start <= found[-1][1]:
            start = found.pop()[0]
        found.append((start, end))
    return found


def _amount(text: str, sentence: Sentence, numeral: Numeral, words: Words) -> Amount | None:
    """A number with its unit; None where it is a part of a word or of a code."""
    value, start, end = numeral.value, numeral.start, numeral.end
    currency = words.currency.search(text, max(sentence.start, start - 8), start)
    if currency and not numeral.spelled:
        scale = words.scale.match(text, end, sentence.end)
        times = words.own["scales"][scale[1]] if scale else 1
        end = scale.end() if scale else end
        begin, last = currency.span(currency.lastindex or 0)
        sign = Unit(words.own["currencies"][text[begin:last]], begin, last)
        value = round((value if numeral.other is None else numeral.other) * times, 6)
        return Amount(begin, end, end, value, value, numeral, sign)
    found = unit_after(text, end, sentence.end, words, single=0 < value < 2 and value % 1 > 0)
    if found is None and numeral.scale >= _MILLION:
        found = _coin(text, sentence, numeral, words)
    if found is None and re.match(r"\w|-[^\W\d]", text[end : end + 2]) and not numeral.spelled:
        return None
    if found is not None:
        value = round(_reading(numeral, found) * found.times, 6)
    unit = found if found is None or found.named or not _like_a_year(numeral) else None
    if unit is not None and unit.name == "degree" and words.minus.search(text, max(0, start - 8), start):
        value = -value
    return Amount(start, end, unit.end if unit else end, value, value, numeral, unit)


def _coin(text: str, sentence: Sentence, numeral: Numeral, words: Words) -> Unit | None:
    """A currency that no table knows, behind millions that are paid or asked."""
    before = text[max(sentence.start, numeral.start - _BEFORE) : numeral.start]
    coin = words.coin.match(text, numeral.end, sentence.end)
    paid = words.leading["worth"].search(before) or words.leading["offers"].search(before)
    if coin is None or not paid or coin[1] in words.stops or coin[1].endswith(("ed", "ly")):
        return None
    return Unit(coin[1], *coin.span(1), named=False)


def _like_a_year(numeral: Numeral) -> bool:
    """Whether digits may as well be a year; whole hundreds are sooner a number."""
    whole = numeral.value == int(numeral.value) and not (numeral.grouped or numeral.spelled)
    return whole and 1900 <= numeral.value < 2100 and numeral.value % 100 != 0


def _reading(numeral: Numeral, unit: Unit) -> float:
    """The value of digits that may have been carried over from another language, by what they count."""
    if numeral.other is None or (unit.name in MEASURES and numeral.other % 10):
        return numeral.value
    return numeral.other


def _is_name(text: str, sentence: Sentence, amount: Amount, words: Words) -> bool:
    """Whether a number is a part of a name: Channel 4, article 12."""
    lead = _JOINED.sub("", text[max(sentence.start, amount.start - 24) : amount.start])
    before = _LAST_WORD.search(lead)
    if amount.numeral.spelled and _has_capitals(text, sentence, amount, words):
        return True
    if before is None:
        return False
    if amount.unit is not None and amount.unit.name in MEASURES:
        return False
    word = re.split(r"[’']", before[1])[-1] if not before[1].endswith(("'s", "’s")) else "s"
    lower = word.lower()
    numeral = amount.numeral
    counted = amount.unit is not None and amount.unit.named and words.own["head"] == "first"
    if lower in words.labels and not (counted or numeral.grouped or numeral.scale > 1 or numeral.spelled):
        return True
    first = not re.search(r"\w", text[sentence.start : amount.start - len(before[0])])
    value = amount.numeral.value
    if not word[:1].isupper() or first or lower in words.stops or amount.numeral.spelled:
        return False
    if not (value < _FEW or _like_a_year(amount.numeral)):
        return False
    return re.fullmatch(r"[\w-]+", word) is not None and not _in_capitals(text[sentence.start : sentence.end])


def _has_capitals(text: str, sentence: Sentence, amount: Amount, words: Words) -> bool:
    """Whether a number in words and the word behind it begin with capitals amid a sentence: Two Bridges."""
    if text[amount.start : amount.number_end + 2].isupper():
        return False
    if not text[amount.start].isupper() or not re.match(r"[\s-][^\W\d_]", text[amount.number_end :][:2]):
        return False
    amid = re.search(r"[\w,]\s$", text[sentence.start : amount.start]) is not None
    return (
        (amid or text[amount.number_end] == "-")
        and text[amount.number_end + 1].isupper()
        and (words.own["head"] == "first" or not _in_capitals(text[sentence.start : sentence.end]))
    )


def _in_capitals(title: str) -> bool:
    """Whether most long words of a line begin with a capital, as in some headlines."""
    long = [each[0] for each in re.finditer(r"[^\W\d_]{4,}", title)]
    return sum(each[0].isupper() for each in long) > 0.6 * len(long)


def _joined(text: str, sentence: Sentence, amounts: list[Amount], words: Words) -> Iterator[Amount]:
    """Amounts, with two that make one range as one, and a bare one of a pair with the unit of the other."""
    at = 0
    ranges = frozenset(words.own["ranges"]) - frozenset(words.own["choice"])
    while at < len(amounts):
        one = amounts[at]
        other = amounts[at + 1] if at + 1 < len(amounts) else None
        at += 1
        link = text[one.end : other.start] if other is not None else ""
        if other is not None and words.patterns["out_of"].fullmatch(link) and _is_part(one, other):
            yield _sharing(one, other)
            amounts[at] = _sharing(other, one)
            continue
        if other is None or not _may_join(one, other):
            yield one
            continue
        before = text[max(sentence.start, one.start - _BEFORE) : one.start]
        both = link in words.own["both"]
        bare_link = words.before.sub("", link)
        if bare_link.strip().isalpha() and bare_link in ranges and _is_change(one, other, before, words):
            low = _scaled_as(one, other)
            yield replace(one, low=low, high=low, unit=_bare(one, other))
        elif both and not words.between.search(before):
            apart = one.unit is not None or words.leading["compared"].search(before)
            yield one if apart else _sharing(one, other)
        elif both or link in words.own["ranges"]:
            low = _scaled_as(one, other)
            if low is None or other.high is None or low >= other.high:
                yield replace(one, low=low, high=low, unit=_bare(one, other))
                continue
            yield replace(other, start=one.start, low=low, unit=other.unit or one.unit)
            at += 1
        else:
            yield one


def _is_change(one: Amount, other: Amount, before: str, words: Words) -> bool:
    """Whether two numbers are the ends of a change, or by how much something changed and to what."""
    if words.changes.search(before):
        return True
    apart = one.low is not None and other.high is not None and other.high >= _MANY * one.low
    return apart and words.by.search(before) is not None


def _is_part(one: Amount, other: Amount) -> bool:
    """Whether two amounts, of which at most one has a unit, may be a part and its whole."""
    if one.low is None or other.low is None or one.low >= other.low:
        return False
    return (one.unit is None) != (other.unit is None)


def _may_join(one: Amount, other: Amount) -> bool:
    if one.unit is None or other.unit is None:
        return one.unit is None or one.start < one.numeral.start
    apart = one.low is not None and other.high is not None and one.low * _APART < other.high
    return one.unit.name == other.unit.name and not apart


def _bare(one: Amount, other: Amount) -> Unit | None:
    """The unit of an amount that has none of its own: that of the other, which stands elsewhere."""
    if one.unit is not None or other.unit is None:
        return one.unit
    return Unit(other.unit.name, one.end, one.end)


def _sharing(one: Amount, other: Amount) -> Amount:
    """An amount with the unit of another, where it has none of its own."""
    unit = _bare(one, other)
    shared = one if one.unit is not None or unit is None else _read_as(one, unit)
    return replace(shared, unit=unit)


def _scaled_as(one: Amount, other: Amount) -> float | None:
    """The first value of a range, multiplied like the second where only that one says so."""
    if one.low is None or other.high is None:
        return one.low
    times = other.numeral.scale
    if times == 1 and other.numeral.value:
        times = other.high / other.numeral.value
    scaled = one.low != one.numeral.value or one.numeral.scale > 1
    return one.low * times if not scaled and times >= 1000 and one.low < _SHARED_SCALE else one.low


def _implied(
    text: str, sentence: Sentence, amount: Amount, words: Words, told: Sequence[Told],
    dated: Sequence[tuple[int, int]],
) -> Unit | None:  # fmt: skip
    """The unit of what was counted before, where the words make a number one of that."""
    if amount.low is None or amount.low < 2:
        return None
    at = amount.number_end
    bare = Bare(amount.start, at, amount.low, amount.numeral.scale >= 1000)
    name = (
        worded(text, sentence, amount.start, at, words, bare.scaled)
        or implied(text, sentence, bare, told, dated, words)
        or ("person" if of_people(text, sentence, amount.start, at, words) else "")
    )
    if not name:
        return None
    compared = words.leading["compared"].search(
        text, max(sentence.start, amount.start - _BEFORE), amount.start
    )
    of_large = compared or name in words.moneys
    return Unit(name, at, at, times=as_large(amount.low, name, told) if of_large else 1)
