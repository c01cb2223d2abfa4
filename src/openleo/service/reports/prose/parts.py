"""What a number without a noun counts: what the numbers before it do, where the words make it one of them.

Looks for words such as of which, against and another, for a number that stands by a date ("36 complaints in
2028, 51 in 2029"), for an amount in millions behind an amount of money, for a measure that changes ("from 90
Mbps to less than 15"), for a number that opens a sentence or a clause where one thing alone was counted
before ("Nine boats were hit. Four turned back."), and for one that ends a clause behind a verb ("cut 450
lines and will restore 300"). Weak: where several things were counted, the nearest that fits is taken, or none
for "of them" and "en"; a noun that was told without a number ("kits are seized; they took 412") is not looked
for, nor in most constructions what stands farther back than the sentence before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.units import MEASURES, TIMES
from openleo.service.reports.prose.wording import Words

_CLOSE: Final = 30
"""Characters to the number before, within which a number is a part of that one whatever it measures."""
_BESIDE: Final = 20
"""Characters to a while before, within which a number that is compared is one as well."""
_LARGE: Final = 100_000
"""From this on, what is said in millions may be a part of an amount."""
_THOUSAND: Final = 1000
_TIMES_OVER: Final = 5
"""So many times another, a share or a while is no answer to it."""
_LIKE: Final = 20
"""So many times another, an amount of money is told of something else."""
_MILLION: Final = 1_000_000
_LAST: Final = 12
"""Figures before a number that are looked at, at most."""
_AHEAD: Final = 120
"""Characters before a number in which words that make it a part are looked for."""
_BEFORE: Final = 250
"""Characters before a sentence in which something was counted of which its first number may be some."""
_STOPS: Final = (". ", "! ", "? ", "\n", ".” ", '." ', " » ")
"""What a sentence ends with."""
_CLAUSE: Final = re.compile(r";\s(?=(?:\w+\s)?\Z)")
"""Where a clause begins that has one word before its number, at most."""
_TO_DATE: Final = 12
"""Characters from a number to a date that it stands by, at most: " so far in "."""


@dataclass(frozen=True)
class Told:
    """A figure that stands before: its characters, its value and its unit."""

    start: int
    end: int
    value: float
    unit: str


@dataclass(frozen=True)
class Bare:
    """Characters `start` to `end` that say a number without a unit. scaled: whether in millions or such."""

    start: int
    end: int
    value: float
    scaled: bool


def implied(
    text: str,
    sentence: Sentence,
    bare: Bare,
    told: Sequence[Told],
    dated: Sequence[tuple[int, int]],
    words: Words,
) -> str:
    """The unit of a number that has none of its own, or "" where nothing says that it has one.

    told: the figures of this sentence and of those before. dated: the dates of this sentence.
    """
    before = text[max(sentence.start, bare.start - _AHEAD) : bare.start]
    told = [each for each in told[-_LAST:] if not _is_aside(text, sentence, each, bare)]
    here = [each for each in told if each.start >= sentence.start]
    if words.leading["those"].search(before):
        return next((each.unit for each in reversed(told) if each.unit not in MEASURES), "")
    if of := words.leading["among"].search(before):
        start = max(sentence.start, bare.start - _AHEAD) + of.start()
        things = [each.unit for each in told if each.start >= start and each.unit not in MEASURES]
        if things:
            return things[0]
    if words.of_those.match(text, bare.end, sentence.end) and all(each.unit in MEASURES for each in here):
        subject = words.listed.search(before) and words.patterns["subject"].match(
            text, sentence.start, bare.start
        )
        if subject and (name := words.own["nouns"].get(subject[1].lower())):
            return str(name)
    compared = words.leading["compared"].search(before) if told else None
    if here and compared:
        return _compared(bare, here)
    if not here and (unit := _money_again(text, sentence, bare, told, words)):
        return unit
    behind = words.of_those.match(text, bare.end, sentence.end) or words.others.match(
        text, bare.end, sentence.end
    )
    if compared or behind or (told and words.leading["part"].search(before)):
        return _nearest(text, bare, here, told, words, sentence)
    clause = _CLAUSE.search(text, max(sentence.start, bare.start - _CLOSE), bare.start)
    if (
        told
        and not here
        and told[-1].unit in MEASURES - TIMES | words.moneys
        and words.leading["shifted"].search(before)
    ):
        near = sentence.start - told[-1].end < 2 * _CLOSE and words.patterns["ends"].match(text, bare.end)
        return told[-1].unit if near else ""
    if not here and _is_asked(text, sentence, bare, told, words):
        return told[-1].unit
    if not here or clause:
        start = clause.end() if clause else sentence.start
        acting = _acting(text, start, bare, told, words, sentence.end)
        if acting or not here:
            return acting or _wanted(text, sentence, bare, told, words)
    return _linked(text, sentence, bare, here, dated, words)


def _linked(
    text: str, sentence: Sentence, bare: Bare, here: Sequence[Told], dated: Sequence[tuple[int, int]],
    words: Words,
) -> str:  # fmt: skip
    """The unit of a number by the words between it and the last figure of its sentence."""
    last, link = here[-1], text[here[-1].end : bare.start]
    shares = last.unit == "percent" and bare.value < 100
    if (shares or last.unit not in MEASURES) and is_rival(
        text, sentence, last.end, bare.start, bare.end, words
    ):
        return last.unit
    if (
        words.leading["onward"].match(link)
        and words.leading["onward"].search(link)
        and _goes_on(text, sentence, last, bare, words)
    ):
        return last.unit
    if unit := _measured_again(text, bare, here, words):
        return unit
    counted = last.unit if last.unit not in MEASURES else ""
    if (
        counted
        and words.patterns["sides"].match(text, bare.end)
        and words.patterns["voting"].search(text, sentence.start, bare.start)
    ):
        return counted
    bound = words.before.search(text, last.end, bare.start)
    stop = bound.start() if bound else bare.start
    whole = words.patterns["out_of"].search(text, max(last.end, stop - _CLOSE), stop)
    if counted and last.value < bare.value and whole and whole.end() == stop and stop - last.end < _CLOSE:
        return counted
    if (
        counted
        and words.patterns["likewise"].fullmatch(link)
        and words.patterns["ends"].match(text, bare.end)
    ):
        return counted
    if counted and _behind_date(text, bare, dated) and words.patterns["ends"].match(text, bare.end):
        return counted
    by_date = any(
        0 < start - bare.end <= _TO_DATE and words.to_date.fullmatch(text[bare.end : start])
        for start, _ in dated
    )
    listed = words.listed.search(link) is not None
    if counted and link.endswith(": ") and _preposition(text, bare.end, words):
        return counted
    if by_date and listed:
        return _nearest(text, bare, here, here, words, sentence)
    if counted and listed and words.patterns["taken"].match(text, bare.end, sentence.end):
        return counted
    acts = bare.value < last.value and words.patterns["acted"].match(text, bare.end, sentence.end)
    if counted and listed and acts and _is_told_of(counted, text, bare.end, sentence.end, words):
        return counted
    if listed and words.had.match(text, bare.end, sentence.end):
        return next((each.unit for each in reversed(here) if each.unit not in MEASURES), "")
    if words.leading["taking"].search(text, here[-1].end, bare.start) and words.patterns["ends"].match(
        text, bare.end
    ):
        things = (each.unit for each in reversed(here) if each.unit not in MEASURES)
        return here[-1].unit if here[-1].unit in words.moneys else next(things, "")
    if listed and _follows_alike(text, bare.end, here[-1].end, words):
        return here[-1].unit
    return _money(bare, here, words) if bare.scaled else ""


def _goes_on(text: str, sentence: Sentence, last: Told, bare: Bare, words: Words) -> bool:
    """Whether a figure is that from or by which something changes, and so of one kind with where it goes."""
    if last.unit == "percent":
        return bare.value < 100 and re.search(r"\d[.,]\d", text[bare.start : bare.end]) is not None
    start = max(sentence.start, last.start - _CLOSE)
    return last.unit == "point" or words.leading["since"].search(text, start, last.start) is not None


def _is_asked(text: str, sentence: Sentence, bare: Bare, told: Sequence[Told], words: Words) -> bool:
    """Whether a number is what one side asks or offers of a share or while that the sentence before told."""
    again = bool(told) and told[-1].unit in TIMES | {"percent"}
    like = again and told[-1].value / _TIMES_OVER <= bare.value <= told[-1].value * _TIMES_OVER
    near = like and sentence.start - told[-1].end < 2 * _CLOSE
    asked = near and words.leading["offers"].search(text, sentence.start, bare.start)
    return bool(asked) and words.patterns["ends"].match(text, bare.end) is not None


def _measured_again(text: str, bare: Bare, here: Sequence[Told], words: Words) -> str:
    """A measure of its sentence that a number has as well: a while behind "for", a share that is asked."""
    last, measures = here[-1], [each.unit for each in reversed(here) if each.unit not in TIMES]
    if words.patterns["ends"].match(text, bare.end):
        if last.unit in TIMES and words.leading["lasting"].search(text, last.end, bare.start):
            return last.unit
        if measures[:1] == ["percent"] and words.leading["offers"].search(text, last.end, bare.start):
            return "percent"
    return measures[0] if measures and words.leading["taken_of"].search(text, last.end, bare.start) else ""


def _nearest(
    text: str, bare: Bare, here: Sequence[Told], told: Sequence[Told], words: Words, sentence: Sentence
) -> str:
    """What was counted or measured last that the number can be a part of."""
    if here and _is_near(bare, here[-1]):
        return here[-1].unit
    if bare.scaled:
        return next((each.unit for each in reversed(here) if each.value >= _LARGE), "")
    measures = MEASURES | words.moneys
    things = [each for each in told if each.unit not in measures]
    start = max(sentence.start, bare.start - _AHEAD)
    if words.patterns["own_deed"].search(text, max(start, bare.start - 40), bare.start):
        things = [each for each in things if each.unit not in words.people] or things
    of_it = words.leading["of_it"].search(text, start, bare.start)
    if of_it and here and not any(each in things for each in here):
        return here[-1].unit if here[-1].unit not in TIMES | {"percent"} else ""
    just = [each for each in things if each.start >= sentence.start]
    if not just:
        just = _just_before(text, sentence.start, things)
        of_it = of_it or words.of_those.match(text, bare.end, sentence.end)
        if of_it and len({each.unit for each in just}) > 1:
            return ""
    return just[-1].unit if just else ""


def _just_before(text: str, start: int, things: Sequence[Told]) -> list[Told]:
    """Of what was counted, that which stands in the sentence right before another."""
    begin = max(text.rfind(mark, 0, max(0, start - 2)) for mark in _STOPS)
    return [each for each in things if begin < each.start < start]


def _wanted(text: str, sentence: Sentence, bare: Bare, told: Sequence[Told], words: Words) -> str:
    """What the sentence before counted alone, of which a number behind a verb is so many: it needs 49."""
    if not words.leading["taking"].search(text, sentence.start, bare.start) or not words.patterns[
        "ends"
    ].match(text, bare.end):
        return ""
    just = _just_before(text, sentence.start, told)
    units = {each.unit for each in just} - MEASURES
    return units.pop() if len(units) == 1 and just[-1].unit in units else ""


def _money_again(text: str, sentence: Sentence, bare: Bare, told: Sequence[Told], words: Words) -> str:
    """The money alone that the sentence before told, of which this one says as large an amount."""
    just = _just_before(text, sentence.start, told)
    units = {each.unit for each in just}
    if len(units) != 1 or not units <= words.moneys:
        return ""
    said, last = (text, sentence.start, bare.start), just[-1].value
    asked = bare.value >= _THOUSAND and words.leading["offers"].search(*said)
    paid = bare.scaled or asked or words.leading["worth"].search(*said)
    again = paid and last / _LIKE <= bare.value <= last * _LIKE and words.leading["taken_of"].search(*said)
    return units.pop() if again else ""


def is_rival(text: str, sentence: Sentence, last: int, start: int, end: int, words: Words) -> bool:
    """Whether a number says what a party has of the seats or votes that stand before: the Greens seven."""
    before, after = text[sentence.start : last + 4], text[end : end + 5]
    listed = words.patterns["rival"].fullmatch(text, last, start) and words.patterns["rivalry"].search(before)
    return bool(listed) and re.match(r"[.,;:]|$| (?:and|et)\b", after) is not None


def _acting(text: str, start: int, bare: Bare, told: Sequence[Told], words: Words, end: int) -> str:
    """What was counted before a clause, where one thing alone, of which so many did something."""
    bound = words.before.search(text, start, bare.start)
    stop = bound.start() if bound else bare.start
    intro = words.patterns["intro"].fullmatch(text, start, stop)
    alone = intro is not None or len(re.findall(r"\w+", text[start:stop])) < 2
    if not alone or not words.patterns["acted"].match(text, bare.end, end):
        return ""
    measures = MEASURES | words.moneys
    close = [each for each in told if start - each.end < _BEFORE and each.unit not in measures]
    close = _just_before(text, start, close) or close
    if len({each.unit for each in close}) != 1 or close[-1].value <= bare.value:
        return ""
    return close[-1].unit if _is_told_of(close[-1].unit, text, bare.end, end, words) else ""


def _is_told_of(unit: str, text: str, start: int, end: int, words: Words) -> bool:
    """Whether what is told behind a number can be told of what a unit counts: of boats not that they died."""
    harmed = words.patterns["of_people"].search(text, start, min(end, start + _CLOSE))
    return harmed is None or unit in words.people


def _behind_date(text: str, bare: Bare, dated: Sequence[tuple[int, int]]) -> bool:
    """Whether a date and a comma stand before a number: in April, 140."""
    return any(text[end : bare.start] == ", " for _, end in dated)


def as_large(value: float, unit: str, told: Sequence[Told]) -> float:
    """By what a number is multiplied that is compared with an amount in millions: 6.2 million against 4.8."""
    last = next((each for each in reversed(told) if each.unit == unit), None)
    if last is None or last.value < _MILLION or not 1 <= value < _THOUSAND:
        return 1
    times = _MILLION
    while times * _THOUSAND <= last.value:
        times *= _THOUSAND
    return times if 0.1 <= value * times / last.value <= 10 else 1


def _follows_alike(text: str, end: int, last: int, words: Words) -> bool:
    """Whether two numbers are followed by prepositions of one kind: nine to one party, seven to another."""
    kind = _preposition(text, end, words)
    return kind != "" and kind == _preposition(text, last, words)


def _preposition(text: str, end: int, words: Words) -> str:
    """The kind of the preposition behind a number (nine at clinics), "" for none."""
    every = words.patterns["every"].match(text, end)
    end = every.end() if every else end
    follows = re.match(r"\s(\w+)", text[end : end + 12])
    return str(words.own["parallel"].get(follows[1].lower(), "")) if follows else ""


def _is_aside(text: str, sentence: Sentence, each: Told, bare: Bare) -> bool:
    """Whether a figure stands in brackets that close before the number."""
    if each.start < sentence.start or ")" not in text[each.end : bare.start]:
        return False
    opened, closed = (text.rfind(mark, sentence.start, each.start) for mark in "()")
    return opened > closed


def _compared(bare: Bare, here: Sequence[Told]) -> str:
    """What was counted or measured last in the sentence; a percentage, or a while farther off, only alone."""
    like = [each for each in here if not bare.scaled or each.value >= _LARGE]
    last = here[-1]
    apart = TIMES if bare.start - last.end > _BESIDE else frozenset[str]()
    other = [each for each in like if each.unit != "percent" and each.unit not in apart] or like
    return other[-1].unit if other else ""


def _is_near(bare: Bare, last: Told) -> bool:
    """Whether a number stands so close behind a larger one that it is of the same, whatever that measures."""
    close = bare.start - last.end < _CLOSE and last.unit != "percent"
    return close and bare.value <= last.value and not (bare.scaled and last.value < _LARGE)


def _money(bare: Bare, here: Sequence[Told], words: Words) -> str:
    """The currency of an amount before, of which this is another."""
    amounts = [each for each in here if each.value >= _LARGE and each.unit in words.moneys]
    return amounts[-1].unit if amounts else ""
