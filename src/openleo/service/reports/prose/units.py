"""What a number counts or measures: the sign, the abbreviation or the noun behind it, as an English singular.

In English the noun is the first plural of the words that follow, in French the first noun; a currency that no
table knows is told by another amount in brackets behind it. The unit of a thing is the same in all languages:
that which English has, the last noun of a compound unless the table has it whole, as those for which French
has one word (customs officer, douanier). Weak: a noun that the table does not know comes out nearly as the
language writes it, of two English words for a thing (truck, lorry) the table has one, whether a compound is
whole is a matter of taste, and a plural that looks like none is missed.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from openleo.service.reports.prose.wording import Words


@dataclass(frozen=True)
class Unit:
    """What a number counts. end: where its words end; named: whether a table knows it."""

    name: str
    begin: int
    end: int
    named: bool = True
    times: float = 1


TIMES: Final = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "decade"})
MEASURES: Final = TIMES | frozenset({
    "percent", "percentage point", "permille", "degree", "metre", "kilometre", "centimetre",
    "millimetre", "mile", "nautical mile", "foot", "inch", "yard", "knot", "hectare", "acre",
    "square kilometre", "square metre", "square mile", "square foot", "cubic metre",
    "kilogram", "gram", "tonne", "ton",
    "pound", "litre", "barrel", "watt", "kilowatt", "megawatt", "gigawatt", "kilowatt-hour",
    "megawatt-hour", "gigawatt-hour", "volt", "kilovolt", "decibel", "decibel-milliwatt", "hertz",
    "kilohertz", "megahertz", "gigahertz", "kilobit", "megabit", "gigabit", "byte", "kilobyte",
    "megabyte", "gigabyte", "terabyte", "petabyte", "kilobit per second", "megabit per second",
    "gigabit per second", "terabit per second", "kilometre per hour", "mile per hour",
    "metre per second", "millisecond", "euro", "dollar", "franc", "yen", "cent",
})  # fmt: skip
"""Units that nothing can be a part of without its own; they never stand before the noun that is counted."""


def unit_after(text: str, at: int, end: int, words: Words, single: bool = False) -> Unit | None:
    """The sign, abbreviation or noun behind a number; single: whether the noun may be a singular."""
    own = words.own
    if money := words.money.match(text, at, end):
        times = own["scales"][money[1]] if money[1] else 1
        begin = money.start(1) if money[1] else money.start(2)
        return Unit(own["symbols"][money[2]], begin, money.end(), True, times)
    if scale := words.tied.match(text, at, end):
        head = unit_after(text, scale.end(), end, words)
        worded = head is not None and (head.name not in MEASURES or head.end - head.begin > _SIGN)
        if head is not None and (worded or not scale[1].islower()):
            return replace(head, times=own["scales"][scale[1]])
    if symbol := words.symbol.match(text, at, end):
        return Unit(own["symbols"][symbol[1]], symbol.start(1), symbol.end())
    if text[at : at + 1] in ("-", "‑"):
        found = re.compile(r"[^\W\d_]+").match(text, at + 1, end)
        if measure := _HYPHENED.match(text, at + 1, end):
            name = measure[0].lower().replace("-", " ")
            return Unit(name, *measure.span()) if name in MEASURES else None
        if found and found[0].lower() in own["odd"]:
            return unit_after(text, found.end(), end, words, single)
        known = _known(found[0], own) if found else None
        return Unit(known, found.start(), found.end()) if found and known else None
    if of := words.of.match(text, at, end):
        at = of.end() - 1 if text[of.end() - 1].isspace() else of.end()
        if symbol := words.symbol.match(text, at, end):
            return Unit(own["symbols"][symbol[1]], symbol.start(1), symbol.end())
    if words.of_those.match(text, at, end):
        return None
    noun = _head(text, at, end, words) or (_one(text, at, end, words) if single else None)
    return noun or _exchanged(text, at, end, words)


def _exchanged(text: str, at: int, end: int, words: Words) -> Unit | None:
    """A currency that no table knows, by the amount of another one in brackets behind it."""
    found = words.exchanged.match(text, at, end)
    return Unit(found[1].lower(), *found.span(1), named=False) if found else None


def _one(text: str, at: int, end: int, words: Words) -> Unit | None:
    """A noun in the singular whose plural the table knows."""
    found = _NEXT.match(text, at, end)
    known = words.own["nouns"].get(found[1].lower() + "s") if found else None
    return Unit(known, *found.span(1)) if found and known else None


_HYPHENED: Final = re.compile(r"(?:square|cubic|nautical)[-‑ ][a-z]+", re.I)
_SIGN: Final = 4
"""Characters of a sign such as km/h, at most; what is longer is a noun."""
_NEXT: Final = re.compile(
    r"(?:(?<=[’'])|\s{1,3}|\s{0,2}[(«“‘\"]\s{0,2})([^\W\d_][\w-]*(?:[’'](?=s\b|\s))?(?:s\b)?)"
)
_LETTERS: Final = re.compile(r"[\w'’.-]+(?:\s[\w'’.-]+){0,3}")


def _head(text: str, at: int, end: int, words: Words) -> Unit | None:
    """The noun that is counted: the first one, or in languages that put it last, the first plural.

    Behind a plural that says of what kind a thing is (sports clubs) the next one.
    """
    last = words.own["head"] == "last"
    candidate = alone = None
    states = words.own["states"]
    for _ in range(6):
        found = _NEXT.match(text, at, end)
        if not found:
            break
        word, at = found[1].lower(), found.end()
        phrase = _phrase(text, found, end, words)
        if phrase is None and word in words.fillers and candidate is None:
            if word in states:
                alone = Unit(str(states[word]), *found.span(1))
            continue
        if phrase is None and (word in words.stops or (candidate is not None and found[1][0].isupper())):
            break
        unit = phrase or _noun(found, words)
        if unit is None and candidate is None and word in states:
            candidate = Unit(str(states[word]), *found.span(1), named=False)
            continue
        if unit is None:
            if candidate is not None or not last:
                break
            continue
        candidate, at = unit, max(at, unit.end)
        if (
            not last
            or unit.name in MEASURES
            or not (word in words.own["attributive"] or found[1][0].isupper())
        ):
            break
    return candidate or alone


def _phrase(text: str, found: re.Match[str], end: int, words: Words) -> Unit | None:
    """The unit that a word and those behind it are together."""
    if found[1].lower() not in words.openings:
        return None
    phrase = _LETTERS.match(text, found.start(1), end)
    spans = [each.span() for each in re.finditer(r"\S+", phrase[0])] if phrase else []
    for _, last in reversed(spans):
        said = phrase[0][:last].rstrip(".") if phrase else ""
        name = words.own["phrases"].get(re.sub(r"\s+", " ", said.lower().replace("’", "'")))
        if name is not None:
            return Unit(name, found.start(1), found.start(1) + len(said))
    return None


def _noun(found: re.Match[str], words: Words) -> Unit | None:
    """The unit that a word is; None for one that is no plural."""
    owner = found[1].endswith(("'", "’"))
    word = found[1].lower().rstrip("'’")
    known = words.own["nouns"].get(word) or (singular(word, words.own) if owner else None)
    if owner:
        tells = known is not None and (known in MEASURES or word.endswith("s"))
        return Unit(known, found.start(1), found.end(1) - 1) if known and tells else None
    if known is not None:
        return Unit(known, *found.span(1))
    akin = _akin(word, words.own)
    if akin is not None:
        return Unit(akin, *found.span(1))
    name = singular(word, words.own)
    return Unit(_shared(name, words.own), *found.span(1), named=False) if name else None


def _akin(word: str, own: Mapping[str, Any]) -> str | None:
    """The unit of a noun whose other gender, or whose head in a compound with hyphens, the table knows."""
    nouns = own["nouns"]
    for ending, other in own["genders"].items():
        if word.endswith(ending) and (known := nouns.get(word[: -len(ending)] + other)):
            return str(known)
    if "-" not in word:
        return None
    first, _, last = word.partition("-")
    if first in own["prefixes"]:
        return str(nouns[last]) if last in nouns else None
    known = nouns.get(first if own["head"] == "first" else last.rpartition("-")[2])
    return str(known) if known else None


def _shared(name: str, own: Mapping[str, Any]) -> str:
    """A noun that no table knows as English has it, where an ending tells that the languages share it."""
    for ending, english in own["shared"].items():
        if name.endswith(ending):
            plain = unicodedata.normalize("NFD", name[: -len(ending)])
            return "".join(each for each in plain if not unicodedata.combining(each)) + str(english)
    return name


def _known(word: str, own: Mapping[str, Any]) -> str | None:
    """A unit in the singular, as behind a hyphen: its name, where a table or the language knows it."""
    lower = word.lower()
    for each in (lower, lower + "s"):
        if each in own["nouns"]:
            return str(own["nouns"][each])
    return lower if lower in MEASURES or lower in own["moneys"] or lower in own["compounds"] else None


def singular(word: str, own: Mapping[str, Any]) -> str | None:
    """The singular of a plural by its ending; None for what does not look like a plural."""
    rules = own["not_plural"]
    if len(word) < 4 or word in rules["words"] or word.endswith(tuple(rules["endings"])):
        return None
    for ending, single in own["endings"].items():
        if word.endswith(ending):
            return str(word[: -len(ending)] + single)
    return None
