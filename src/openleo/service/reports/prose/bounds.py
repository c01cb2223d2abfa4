"""Words around a number that make it an end of a range: more than, at most, within, or more.

Words that tell where, when or what instead are none: beyond 12 miles, under some two tons of onions, above
the 20 percent that was expected. Weak: a verb far before such words ("took no account of more than 40") is
not seen, and a limit that is told as such ("capped at") stays a plain value.
"""

import re
from dataclasses import dataclass
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.numerals import Numeral
from openleo.service.reports.prose.units import MEASURES, TIMES, Unit
from openleo.service.reports.prose.wording import Words

_DISTANCES: Final = frozenset(
    {"metre", "kilometre", "mile", "nautical mile", "megabyte", "gigabyte", "terabyte"}
)
"""Beyond 12 miles is the plain value: it tells where, and beyond 500 gigabytes of an allowance too."""
_LENGTHS: Final = frozenset({"metre", "centimetre", "foot", "inch"})
"""Under two metres of water is the plain value as well."""
_WEIGHTS: Final = frozenset({"kilogram", "tonne", "ton"})
"""Under two tons of onions, too."""
_VERB: Final = 30
"""Characters before a bound in which the verb stands that it belongs to."""


@dataclass(frozen=True)
class Amount:
    """A number on its way to be a figure. number_end: where the number itself ends."""

    start: int
    number_end: int
    end: int
    low: float | None
    high: float | None
    numeral: Numeral
    unit: Unit | None


def bounds(
    text: str, sentence: Sentence, amount: Amount, unit: Unit, words: Words, shared: str
) -> tuple[float | None, float | None, str]:
    """Low and high of an amount by the words around it, and which of them is open by the words before it.

    shared: what was open of the amount to which this one is joined by and.
    """
    if amount.low != amount.high:
        return amount.low, amount.high, ""
    before = words.before.search(text, max(sentence.start, amount.start - 45), amount.start)
    if before and (before["least"] or "").lower() in words.own["weak"]:
        start = max(sentence.start, before.start() - 12)
        across = unit.name in TIMES and not words.weak_unless.search(text, start, before.start())
        across = across or words.beside.search(text, start, before.start()) is not None
        before = None if across or before["about"] else before
    if before and _is_no_bound(text, sentence, amount, unit, before, words):
        before = None
    if before or shared:
        is_least = before["least"] is not None if before else shared == "least"
        is_least = is_least != _is_denied(text, sentence, before, words)
        return (amount.low, None, "least") if is_least else (None, amount.high, "most")
    for at in (amount.end, amount.number_end):
        if found := words.after.match(text, at, sentence.end):
            return (amount.low, None, "") if found["least"] else (None, amount.high, "")
    return amount.low, amount.high, ""


def _is_no_bound(
    text: str, sentence: Sentence, amount: Amount, unit: Unit, before: re.Match[str], words: Words
) -> bool:
    """Whether words that open a range tell where or when: beyond 12 miles, under some two tons of onions."""
    said, own = re.sub(r"\s", " ", (before["least"] or before["most"]).lower()), words.own
    if unit.name in _LENGTHS and words.patterns["depth"].match(text, unit.end, sentence.end):
        return True
    is_vague = before[0].lower().startswith(tuple(own["vague"]))
    if unit.name in _WEIGHTS and is_vague and words.patterns["contents"].match(text, unit.end):
        return True
    if words.patterns["only"].search(text, max(sentence.start, before.start() - _VERB), before.end("least")):
        return True
    if before["about"] and (
        said in own["vague"] or text[amount.number_end : amount.number_end + 1] in ("-", "‑")
    ):
        return True
    if said in own["beyond"] and unit.name in _DISTANCES:
        return True
    if said in own["measured"] and unit.name not in MEASURES | words.moneys:
        return True
    if said in own["past"] and before["about"] in own["definite"]:
        return True
    if said in own["within"] and (
        unit.name not in TIMES or words.patterns["not_within"].match(text, unit.end, sentence.end)
    ):
        return True
    start = max(sentence.start, before.start() - _VERB)
    return bool(before["most"]) and words.patterns["moved"].search(text, start, before.start()) is not None


def _is_denied(text: str, sentence: Sentence, before: re.Match[str] | None, words: Words) -> bool:
    """Whether a bound is denied, and so the other one: it never fell below ten."""
    if (
        before is None
        or (before["least"] or before["most"]).lower().replace("’", "'") not in words.own["flips"]
    ):
        return False
    return (
        words.patterns["negated"].search(text, max(sentence.start, before.start() - 30), before.start())
        is not None
    )
