"""What a number without a noun counts by the words around it alone: votes, people, money, a list.

Weak: people are told by what was done to them ("Cyclone kills 19"), and money without its currency is told
where a text has one currency only.
"""

import re
from functools import lru_cache
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.units import singular
from openleo.service.reports.prose.wording import Words

_AHEAD: Final = 120
"""Characters before a number in which words that say what it counts are looked for."""
_CLOSE: Final = 30
"""Characters before a number in which a deed done to people stands."""


_CLOSING: Final = ' \n\t\u00a0\u202f»”"'
_OPENING: Final = ' \n\u00a0\u202f«“"–—-'
_DASHES: Final = ("-", "–")
_HEADED: Final = re.compile(r"[\W_]*([^\W\d_]+)[^:;.!?\d]{0,50}:\s")
"""The line of a list: "Houses destroyed: 2,140"."""


def worded(text: str, sentence: Sentence, start: int, end: int, words: Words, scaled: bool) -> str:
    """The unit of a number, "" where its own words do not say. scaled: whether it is in millions or such."""
    before, nouns = text[max(sentence.start, start - _AHEAD) : start], words.own["nouns"]
    joined = (
        before[-1:] in _DASHES
        or text[end : end + 1] in _DASHES
        or " to " in (before[-4:], text[end : end + 4])
    )
    if joined and words.patterns["votes"].search(before):
        return "vote"
    if words.numbering.search(before):
        return _named_before(before, words)
    if (of := _HEADED.fullmatch(text, sentence.start, start)) and (unit := _unit(of[1], words)):
        return unit
    if of := words.leading["grown"].search(before):
        counted = of["counted"].lower()
        counted += "" if counted.endswith("s") else "s"
        if counted in nouns or not of["between"]:
            return _unit(counted, words)
    if unit := _answered(text, sentence, start, end, words):
        return unit
    whole = words.of_those.match(text, end, sentence.end) or words.in_all.match(text, end, sentence.end)
    if whole and (of := words.leading["pointed"].search(before)):
        return _unit(of["counted"], words)
    if of := words.leading["of_the"].search(before):
        return _unit(of["counted"], words)
    if words.level.search(before) and (numbers := [*words.number_of.finditer(before)]):
        counted = numbers[-1]["counted"].split()
        said = (*counted, f"{counted[0]}s")
        return next((unit for each in said if (unit := _unit(each, words))), "")
    return _currency(text, words) if scaled and words.leading["worth"].search(before) else ""


def _answered(text: str, sentence: Sentence, start: int, end: int, words: Words) -> str:
    """What a question right before asks the number of, where a number answers it: How many men? Four."""
    bound = words.before.search(text, sentence.start, start)
    ahead = text[sentence.start : bound.start() if bound else start].strip(_OPENING)
    if ahead and ahead.lower() not in words.own["determiners"]:
        return ""
    question = text[max(0, sentence.start - _AHEAD) : sentence.start].rstrip(_CLOSING)
    asked = [*words.number_of.finditer(question)] if question.endswith("?") else []
    if (
        not asked
        or not words.patterns["ends"].match(text, end)
        or re.search(r"[.!?]", question[asked[-1].end() : -1])
    ):
        return ""
    return next((unit for each in asked[-1]["counted"].split() if (unit := _unit(each, words))), "")


def of_people(text: str, sentence: Sentence, start: int, end: int, words: Words) -> bool:
    """Whether a number that stands alone tells of people: "Cyclone kills 19", "Two held over jammers"."""
    if words.patterns["held"].match(text, end, sentence.end):
        return text[sentence.start : start].rstrip('«“"‘ ')[-1:] in ("", ":")
    harmed = words.leading["harmed"].search(text, max(sentence.start, start - _CLOSE), start)
    return harmed is not None and words.patterns["ends"].match(text, end) is not None


def _unit(noun: str, words: Words) -> str:
    return str(words.own["nouns"].get(noun.lower()) or singular(noun.lower(), words.own) or "")


def _named_before(before: str, words: Words) -> str:
    """The noun that stands last before a number, of those that a table knows."""
    nouns = words.own["nouns"]
    said = (each.lower() for each in reversed(re.findall(r"[^\W\d_]+", before)))
    by_ending = words.own["head"] == "last"
    units = [nouns.get(each) or (singular(each, words.own) if by_ending else None) for each in said]
    for unit, ahead in zip(units, [*units[1:], None], strict=True):
        if unit:
            return str(unit if by_ending or not ahead else ahead)
    return ""


@lru_cache(maxsize=4)
def _currency(text: str, words: Words) -> str:
    """The only currency of a text; "" where it has none or several."""
    own, said = words.own, frozenset(re.findall(r"[^\W\d_]+", text.lower()))
    found = {str(own["nouns"][each]) for each in said & own["nouns"].keys()}
    found |= {
        str(unit) for sign, unit in own["currencies"].items() if f" {sign}" in text or f"{sign} " in text
    }
    money = found & words.moneys - {"cent"}
    return money.pop() if len(money) == 1 else ""
