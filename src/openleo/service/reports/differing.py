"""What documents say differently where they tell the same: figures, dates and names, side by side.

Only sentences that a person found to tell one claim are compared, and dates only where each of them has
exactly one that is not the day on which its document appeared: others may be of other facts. Two documents
differ in a unit where each has a value that no value of the other overlaps, be it there or in a sentence by
which the other tells another claim: so one that tells more figures than another does not differ from it, and
two groups of people are not one group of two sizes. Names differ where documents have it in several of the
spellings that a person has confirmed to be one name, that name among them; they are looked for in the
sentences themselves, since a name that was translated may stand in small letters. Spellings that differ in
articles, prepositions, capitals, accents or apostrophes are one. Its weakness: figures of another unit, such
as miles for kilometres, are not compared, two figures of one unit in a sentence are not told apart by what
they count, and a name of one word is not known from a word that begins a sentence.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Final, Literal, TypeVar

from openleo.service.reports.comparison import Differing, Value
from openleo.service.reports.document import Interval
from openleo.service.reports.proposals import Day, Figure, Proposals
from openleo.service.reports.prose.concepts import folded, glue, words

DATE: Final = "date"
"""What differing dates are about."""
_APART: Final = re.compile(r"[^\w\s'‘’ʼ.\-‐-–]")
"""What does not stand between two words of one name."""
_BEFORE: Final = re.compile(r"(\w+)[\s-]+$")
_AFTER: Final = re.compile(r"^[\s-]+(\w+)")

Known = Mapping[str, str]
"""Spellings that a person has confirmed, as written, with the name that each stands for."""


@dataclass(frozen=True)
class Told:
    """Sentences of one document, or of one version of it, that tell a claim. others: that tell another."""

    document: str
    text: str
    proposals: Proposals
    spans: tuple[tuple[int, int], ...]
    published: Interval | None = None
    others: tuple[tuple[int, int], ...] = ()

    def holds(self, start: int, end: int) -> bool:
        """Whether what stands there stands in one of the sentences."""
        return _within(self.spans, start, end)


@dataclass(frozen=True)
class _Range:
    """A value with the interval by which it is compared."""

    value: Value
    low: float
    high: float

    def overlaps(self, other: "_Range") -> bool:
        return self.low <= other.high and other.low <= self.high


def differing(told: Sequence[Told], known: Known) -> tuple[Differing, ...]:
    """What differs between documents that tell the same: figures by unit, then dates, then names."""
    return (*_figures(told), *_dates(told), *_names(told, known))


def _within(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _figures(told: Sequence[Told]) -> list[Differing]:
    by_unit: dict[str, list[_Range]] = {}
    others: dict[str, list[_Range]] = {}
    for each in told:
        for figure in each.proposals.figures:
            if (figure.low, figure.high) == (None, None):
                continue
            unit, found = figure.unit.casefold(), _range(each, figure)
            if each.holds(figure.start, figure.end):
                by_unit.setdefault(unit, []).append(found)
            elif _within(each.others, figure.start, figure.end):
                others.setdefault(unit, []).append(found)
    return _apart("figure", by_unit, others)


def _range(told: Told, figure: Figure) -> _Range:
    words = told.text[figure.start : figure.end]
    low = -math.inf if figure.low is None else figure.low
    high = math.inf if figure.high is None else figure.high
    return _Range(Value(told.document, figure.start, figure.end, words, figure.low, figure.high), low, high)


def _dates(told: Sequence[Told]) -> list[Differing]:
    found: list[_Range] = []
    for each in told:
        for day in _only_days(each):
            first, last = day.interval.first, day.interval.last
            value = Value(each.document, day.start, day.end, each.text[day.start : day.end])
            low = -math.inf if first is None else first.toordinal()
            high = math.inf if last is None else last.toordinal()
            found.append(_Range(value, low, high))
    return _apart("date", {DATE: found}, {})


def _only_days(told: Told) -> list[Day]:
    """The one date of each sentence of a document; none at all where one has several, or that of the day."""
    found: list[Day] = []
    for start, end in told.spans:
        days = [
            each for each in told.proposals.days
            if start <= each.start and each.end <= end and (each.interval.first or each.interval.last)
        ]  # fmt: skip
        if len(days) != 1 or _is_of(days[0].interval, told.published):
            return []
        found += days
    return found


def _is_of(day: Interval, published: Interval | None) -> bool:
    """Whether a date is the day on which a document appeared."""
    return published is not None and (day.first, day.last) == (published.first, published.last)


def _apart(
    kind: Literal["figure", "date"],
    by_unit: Mapping[str, Sequence[_Range]],
    others: Mapping[str, Sequence[_Range]],
) -> list[Differing]:
    """Those of a unit that differ, each with the values that no value of some other document overlaps.

    others: values of sentences that tell another claim, by their units; they are not shown.
    """
    found = []
    for unit, ranges in sorted(by_unit.items()):
        of, beside = _by_document(ranges), _by_document(others.get(unit, ()))
        apart: list[Value] = []
        for one, other in combinations(of, 2):
            mine = _apart_from(of[one], (*of[other], *beside.get(other, ())))
            theirs = _apart_from(of[other], (*of[one], *beside.get(one, ())))
            if mine and theirs:
                apart += [*mine, *theirs]
        if apart:
            found.append(Differing(kind, unit, _distinct(apart, _by_interval, list(of))))
    return found


def _by_document(ranges: Sequence[_Range]) -> dict[str, list[_Range]]:
    found: dict[str, list[_Range]] = {}
    for each in ranges:
        found.setdefault(each.value.document, []).append(each)
    return found


def _apart_from(ranges: Sequence[_Range], others: Sequence[_Range]) -> list[Value]:
    return [each.value for each in ranges if not any(each.overlaps(other) for other in others)]


def _names(told: Sequence[Told], known: Known) -> list[Differing]:
    by_name: dict[str, list[Value]] = {}
    confirmed = _confirmed(known)
    for each in told:
        for name, value in _named(each, confirmed):
            by_name.setdefault(name, []).append(value)
    order = [each.document for each in told]
    return [
        Differing("name", name, _as_one(_distinct(values, _by_spelling, order)))
        for name, values in sorted(by_name.items())
        if len({each.document for each in values}) > 1 and len({_parts(each.words) for each in values}) > 1
    ]


@dataclass(frozen=True)
class _Spelling:
    """A spelling to look for. parts: see `_parts`. name: what it stands for. capital: whether it has one."""

    parts: tuple[str, ...]
    name: str
    capital: bool


def _parts(name: str) -> tuple[str, ...]:
    """The words of a name by which spellings are one or two: folded, without articles and prepositions."""
    return tuple(plain for _, word in words(name) if (plain := folded(word)) not in glue())


def _confirmed(known: Known) -> dict[str, list[_Spelling]]:
    """Confirmed spellings, and the names they stand for, by their first words; the longest first."""
    labels: dict[tuple[str, ...], str] = {}
    found: dict[tuple[str, ...], _Spelling] = {}
    for written, name in (*known.items(), *((each, each) for each in known.values())):
        label = labels.setdefault(_parts(name), name)
        if parts := _parts(written):
            found.setdefault(parts, _Spelling(parts, label, written != written.lower()))
    by_first: dict[str, list[_Spelling]] = {}
    for each in sorted(found.values(), key=lambda one: -len(one.parts)):
        by_first.setdefault(each.parts[0], []).append(each)
    return by_first


def _named(told: Told, confirmed: Mapping[str, Sequence[_Spelling]]) -> Iterator[tuple[str, Value]]:
    """Confirmed names in the sentences that tell a claim, as written there but for an article before them."""
    for sentence in told.proposals.sentences:
        if not told.holds(sentence.start, sentence.end):
            continue
        taken = sentence.start
        spans = _spans(told.text, sentence.start, sentence.end)
        for at, (start, end) in enumerate(spans):
            for each in confirmed.get(folded(told.text[start:end]), ()) if start >= taken else ():
                held = spans[at : at + len(each.parts)]
                if _is_named(told, each, held, first=at == 0):
                    taken = held[-1][1]
                    written = " ".join(told.text[start:taken].split())
                    yield each.name, Value(told.document, start, taken, written)
                    break


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where words stand that are no articles or prepositions."""
    found = words(text[start:end])
    return [(start + at, start + at + len(word)) for at, word in found if folded(word) not in glue()]


def _is_named(told: Told, spelling: _Spelling, held: Sequence[tuple[int, int]], *, first: bool) -> bool:
    """Whether words of a sentence are a spelling of a name, and no part of another, longer name.

    A single word is none without its capital, nor at the beginning where the text has it in small letters.
    """
    text, (start, end) = told.text, (held[0][0], held[-1][1])
    if tuple(folded(text[slice(*each)]) for each in held) != spelling.parts:
        return False
    if any(_APART.search(text[one:other]) for (_, one), (other, _) in pairwise(held)):
        return False
    proposals = told.proposals
    for begins, ends, name in (
        *((each.start, each.end, each.name) for each in proposals.names),
        *((each.start, each.end, each.name) for each in proposals.outlets),
    ):
        if begins <= start and end <= ends:
            if _parts(name) == spelling.parts:
                return True
            beside = _BEFORE.search(text[begins:start]), _AFTER.search(text[end:ends])
            if any(each is not None and folded(each[1]) not in glue() for each in beside):
                return False
    if len(held) > 1 or not spelling.capital:
        return True
    word = text[start:end]
    small = re.compile(rf"(?<!\w){re.escape(word.lower())}(?!\w)")
    return word != word.lower() and not (first and small.search(text))


_Key = TypeVar("_Key")


def _distinct(
    values: Sequence[Value], key: Callable[[Value], _Key], order: Sequence[str]
) -> tuple[Value, ...]:
    """Each value of a document once, in the order of documents and of their texts."""
    found: dict[tuple[str, _Key], Value] = {}
    for each in sorted(values, key=lambda value: (order.index(value.document), value.start)):
        found.setdefault((each.document, key(each)), each)
    return tuple(found.values())


def _by_interval(value: Value) -> tuple[str, float | None, float | None]:
    return value.words.casefold() if value.low is value.high is None else "", value.low, value.high


def _by_spelling(value: Value) -> tuple[str, ...]:
    return _parts(value.words)


def _as_one(values: Sequence[Value]) -> tuple[Value, ...]:
    """Names that are spelled alike in the words of the first of them, so that they are shown as one."""
    first: dict[tuple[str, ...], str] = {}
    return tuple(replace(each, words=first.setdefault(_parts(each.words), each.words)) for each in values)
