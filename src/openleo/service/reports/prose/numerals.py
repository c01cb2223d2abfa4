"""Numbers as they are written in prose: in digits, in words, and in digits with a word such as million.

Looks for digits grouped and with decimals as the language writes them, and for the words of its table
[numerals]. A comma or full stop that the language uses for the other purpose is kept as a second reading, for
bad translations carry 1,200 from one language into the other. Weak: numbers in words of which a part is left
unsaid ("two fifty"), and Roman ones, are not read.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.prose.language import table

_SPACES: Final = "\u0020\u00a0\u202f\u2009"
_GROUPS: Final = rf"[{_SPACES}'’,.]"
_DIGITS: Final = (
    rf"(?<!\d[.,:/’'])(?:[1-9]\d{{0,2}}(?P<group>{_GROUPS})\d{{3}}(?:(?P=group)\d{{3}})*(?!\d)"
    r"(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?: ?[¼½¾])?(?!\d|[.,:/]\d)"
)
_WORD: Final = re.compile(r"\w+")
_GAP: Final = rf"[{_SPACES}\n-]{{1,3}}"
_PARTS: Final = {"¼": 0.25, "½": 0.5, "¾": 0.75}
_HUNDRED: Final = 100
"""Does not multiply digits: 92 cents are coins."""
_LONGEST: Final = 14
"""Words of a number behind its first, at most: a run of thousands of them would be read again for each."""


@dataclass(frozen=True)
class Numeral:
    """Characters `start` to `end` that say a number.

    other: what it would be if comma and full stop stood for each other, None where that changes nothing.
    scale: what its last word multiplies by, such as million, 1 without one. spelled: whether it has no
    digits. grouped: whether thousands are marked off.
    """

    start: int
    end: int
    value: float
    other: float | None = None
    scale: float = 1
    spelled: bool = False
    grouped: bool = False


@dataclass(frozen=True)
class _Words:
    values: dict[str, float]
    scales: dict[str, float]
    alone: frozenset[str]
    ones: frozenset[str]
    joins: frozenset[str]
    after_tens: bool
    decimal: str
    run: re.Pattern[str]
    half: re.Pattern[str]
    half_of: re.Pattern[str]
    led_by: re.Pattern[str]


def numerals(text: str, start: int, end: int, language: str) -> Iterator[Numeral]:
    """The numbers between two offsets, in order; one, and words such as several, are none."""
    words = _words(language)
    if words is None:
        return
    at = start
    while found := words.run.search(text, at, end):
        numeral = _numeral(found, words)
        if numeral is None:
            first = _WORD.match(text, found.start())
            at = first.end() if first else found.start() + 1
            continue
        yield numeral
        at = numeral.end


def value_of(wording: str, language: str) -> float | None:
    """The number that a few words say, one included; None where they say none."""
    words = _words(language)
    bare = wording.strip().lower()
    if words is None:
        return None
    if bare in words.ones:
        return 1
    found = next(numerals(wording, 0, len(wording), language), None)
    return found.value if found is not None and found.end - found.start >= len(bare) else None


def number_pattern(language: str) -> str:
    """A regular expression, without groups, for a number of up to two words or three digits, or one."""
    words = _words(language)
    if words is None:
        return r"\d{1,3}"
    any_of = _any(word for word, value in words.values.items() if 1 < value < 100)
    one = _any(words.ones)
    return rf"(?:\d{{1,3}}(?!\d)|(?:(?:{any_of})(?:[ -](?:{any_of})){{0,2}}(?:-(?:{one}))?|{one})(?!\w))"


def _any(words: Iterable[str]) -> str:
    """A regular expression for one of some words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"


@cache
def _words(language: str) -> _Words | None:
    own = table(language, "numerals")
    if not own:
        return None
    values = {word: float(value) for word, value in own["words"].items()}
    scales = {word: float(value) for word, value in own["scales"].items()}
    ones, joins = frozenset(own["ones"]), frozenset(own["joins"])
    any_of, any_join = _any({*values, *scales, *ones}), _any(joins)
    word = rf"(?:{any_of})(?!\w)"
    more = rf"(?:{_GAP}(?:(?:{any_join}){_GAP})?{word}){{0,{_LONGEST}}}"
    halves = "".join(rf"|(?<={each}-)" for each in own["half_of"])
    signs = [each for each in table(language, "figures").get("currencies", ()) if each[-1].isalpha()]
    behind = "".join(rf"|(?<=(?<!\w){each})" for each in signs)
    run = re.compile(
        rf"(?P<digits>(?=\d)(?:(?<![\w#]){behind}){_DIGITS})(?:{word})?{more}|(?:(?<![\w-]){halves}){word}{more}",
        re.I,
    )
    hyphened = "|".join(each.replace(" ", "-") for each in own["half"])
    half = re.compile(rf"\s+(?:{'|'.join(own['half'])})(?![\w-])|-(?:{hyphened})(?!\w)", re.I)
    half_of = re.compile(rf"(?<!\w)(?:{'|'.join(own['half_of'])})[ -]$", re.I)
    led_by = re.compile(rf"(?<!\w)(?:{'|'.join(own['led_by'])}) $", re.I)
    return _Words(
        values, scales, frozenset(own["alone"]), ones, joins, own["join_after_tens"], own["decimal"],
        run, half, half_of, led_by,
    )  # fmt: skip


def _numeral(found: re.Match[str], words: _Words) -> Numeral | None:
    """The number at the beginning of a run of its words, or None where they are no number."""
    start, at = found.start(), found.start()
    value = other = None
    grouped = False
    if found["digits"] is not None:
        at = found.end("digits")
        value, other = _of_digits(found["digits"], found["group"], words.decimal)
        grouped = found["group"] is not None
    tokens = [
        (each.start() + at, each.end() + at, each[0].lower())
        for each in re.finditer(r"[^\W\d]+", found.string[at : found.end()])
    ]
    if value is not None:
        return _scaled(start, at, value, other, grouped, tokens, words)
    return _spelled(start, tokens, words, found.string)


def _of_digits(digits: str, group: str | None, decimal: str) -> tuple[float, float | None]:
    """The value of digits as the language writes them, and the one with comma and full stop exchanged."""
    if digits[-1] in _PARTS:
        return _of_digits(digits[:-1].rstrip(), group, decimal)[0] + _PARTS[digits[-1]], None
    point = "," if decimal == "." else "."
    plain = re.sub(rf"[{_SPACES}'’]", "", digits)
    as_said = plain.replace(point, "") if group == point else plain.replace(point, decimal)
    value = float(as_said.replace(decimal, "." if as_said.count(decimal) == 1 else ""))
    if group != decimal or plain.count(decimal) > 1 or plain.startswith("0"):
        return value, None
    return value, float(plain.replace(decimal, ""))


def _scaled(
    start: int, end: int, value: float, other: float | None, grouped: bool,
    tokens: list[tuple[int, int, str]], words: _Words,
) -> Numeral:  # fmt: skip
    """A number in digits, with the words that multiply it."""
    scale = 1.0
    for _, last, word in tokens:
        if words.scales.get(word, _HUNDRED) == _HUNDRED:
            break
        scale *= words.scales[word]
        end = last
    if scale > 1:
        return Numeral(start, end, round(value * scale, 6), None, scale, False, grouped)
    return Numeral(start, end, value, other, 1, False, grouped)


def _spelled(start: int, tokens: list[tuple[int, int, str]], words: _Words, text: str) -> Numeral | None:
    """A number in words: what is below the last scale is kept apart until the scale multiplies it."""
    total, current, room, end, scale = 0.0, 0.0, 1000.0, start, 1.0
    joined, begun, highest, only_ones = False, False, 1e30, True
    for number, (_, last, word) in enumerate(tokens):
        if word in words.joins:
            enough = 20 <= current % 100 <= 80 if words.after_tens else current >= 100
            fits = current and room > 1 and enough
            if not (fits or (total and not words.after_tens and not current)):
                break
            joined = True
            continue
        if word in words.scales:
            by = words.scales[word]
            led = (words.half_of, words.led_by)
            follows = any(each.search(text, max(0, start - 12), start) for each in led)
            joined_on = [each[2] in words.joins for each in tokens[number + 1 : number + 2]] == [
                not words.after_tens
            ]
            if (
                (not begun and word not in words.alone and not joined_on and not follows)
                or by >= highest
                or joined
            ):
                break
            if by == 100 and current < 100:
                current, room = max(current, 1) * 100, 100
            else:
                total, current, room, highest = total + max(current, 1) * by, 0, 1000, by
            scale, only_ones = by, False
        else:
            value = 1.0 if word in words.ones else words.values[word]
            if value == 20 and current % 100 == 4 and words.after_tens:
                current, room, only_ones = current + 76, 20, False
                begun, end, joined, scale = True, last, False, 1
                continue
            fits = value < room or (room == 7 and value in (7, 8, 9))
            if not fits or (begun and word in words.ones and len(word) == 1):
                break
            if joined and words.after_tens and value not in (1, 11):
                break
            current += value
            room = _room(value, words.after_tens)
            only_ones = only_ones and value == 1
            scale = 1
        begun, end, joined = True, last, False
    value = total + current
    kept = scale if scale >= 1000 else 1
    if half := words.half.match(text, end):
        return Numeral(start, half.end(), value + kept / 2, None, kept, True)
    if not begun or only_ones:
        return None
    if value == scale and (half_of := words.half_of.search(text, max(0, start - 12), start)):
        return Numeral(half_of.start(), end, value / 2, None, kept, True)
    return Numeral(start, end, value, None, kept, True)


def _room(value: float, after_tens: bool) -> float:
    """Below what the next word of a number must be; 7: dix, which only sept, huit and neuf may follow."""
    if value < 20:
        return 7 if after_tens and value == 10 else 1
    return 20 if after_tens and value in (60, 80) else 10
