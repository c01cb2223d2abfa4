"""Whom a document cites for what it tells, and how much hangs on each.

A title and first sentences weigh most, a mention in passing little. Where an outlet cites another, it is the
other; so it is where an agency's dispatch, by its dateline, cites a paper.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from openleo.service.reasons import Language
from openleo.service.reports.proposals import Outlet, Read
from openleo.service.reports.prose.aliases import INITIALS, PART, same_name
from openleo.service.reports.prose.because import Why, because
from openleo.service.reports.prose.concepts import meanings, words
from openleo.service.reports.prose.phrases import has

FIRST: Final = (3.0, 3.0, 2.0, 1.5, 1.2)
"""What a mention weighs in the title (or a first sentence), and in the sentences after it; later: LATER."""
LATER: Final = 0.5
PASSING: Final = 0.3
"""The part of its weight that a mention in passing has."""
THROUGH: Final = 2.0
"""Added to an outlet that is cited by another which the document cites."""
TRANSLATION: Final = 2.0
"""Added where a document says that it is a translation."""

REVEALED: Final = 1.0
"""Added where it is said that it was the first to tell."""
_ARTICLE: Final = re.compile(r"^(?:the |le |la |les |l['’])")
_BEHIND: Final = 25
"""Letters behind a name in which it is said that it told somebody, as a party does and no outlet."""
_FIRST_SENTENCES: Final = 3
_LINE: Final = 9
"""Words of a byline, at most."""
_ENDS: Final = tuple('.!?…:»”"’)')
_BRACKET: Final = ("(", "(with ", "(avec ", "(Avec ", "(With ")


@dataclass(frozen=True)
class Cited:
    """A mention of an outlet that is not the document's own.

    read: the index of the document of that outlet, -1 for none. through: whether it is cited by another that
    this document cites ("X, citing Y": Y). carries: whether it stands in brackets before the text or behind
    it, as an agency does whose dispatch this is.
    """

    name: str
    read: int
    place: int
    weight: float
    passing: bool
    through: bool
    carries: bool


def whom(
    number: int, reads: Sequence[Read], earlier: Sequence[int], known: Mapping[str, str]
) -> Iterator[Cited]:
    """Mentions of outlets other than the document's own, with what each weighs."""
    read = reads[number]
    before: tuple[int, Outlet] | None = None
    for place, outlet in mentions(read, sources_in(read, [reads[other] for other in earlier])):
        if is_own(outlet.name, read, known):
            continue
        sentence = read.proposals.sentences[place]
        passing = has(read.words(sentence.start, sentence.end), sentence.language, "passing")
        weight = FIRST[place] if place < len(FIRST) else LATER
        if not passing and has(read.words(sentence.start, sentence.end), sentence.language, "revealed"):
            weight += REVEALED
        between = read.words(before[1].end, outlet.start) if before and before[0] == place else ""
        through = bool(between) and has(between, sentence.language, "citing") and "." not in between
        yield Cited(
            _shown(outlet.name, known), _document_of(outlet.name, read, reads, earlier, known), place,
            weight * (PASSING if passing else 1.0), passing, through, is_dateline(read, outlet),
        )  # fmt: skip
        before = (place, outlet)


def places(read: Read) -> tuple[int, ...]:
    """The number of each sentence; a byline has that of the sentence behind it."""
    found, lines = [], 0
    for number, sentence in enumerate(read.proposals.sentences):
        words = read.words(sentence.start, sentence.end).split()
        found.append(number - lines)
        is_line = 0 < number < _FIRST_SENTENCES and len(words) <= _LINE
        if is_line and words[-1][-1] not in _ENDS and not any(each.isdigit() for each in words):
            lines += 1
    return tuple(found)


def sources_in(read: Read, others: Sequence[Read]) -> tuple[Outlet, ...]:
    """Sources of other reports of the case that stand in a document by their whole name, not yet told there.

    Names of two words or more, as a single one may be a word like others.
    """
    text, held = read.document.text, read.proposals.outlets
    lower = text.casefold()
    found: list[Outlet] = []
    for source in {each.document.source for each in others if each.document.kind != "statement"}:
        name = _ARTICLE.sub("", source.casefold())
        if " " not in name or name not in lower or len(lower) != len(text):
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lower):
            start, end = match.span()
            is_held = any(each.start < end and start < each.end for each in held)
            tells = has(text[end : end + _BEHIND], read.document.language, "told")
            if text[start].isupper() and not is_held and not tells:
                found.append(Outlet(start, end, text[start:end], "source"))
    return tuple(found)


def mentions(read: Read, more: Sequence[Outlet] = ()) -> Iterator[tuple[int, Outlet]]:
    """Each outlet, and more of them, with the place of the sentence in which it stands."""
    numbers = places(read)
    for outlet in sorted((*read.proposals.outlets, *more), key=lambda each: each.start):
        for place, sentence in zip(numbers, read.proposals.sentences, strict=True):
            if sentence.start <= outlet.start < sentence.end:
                yield place, outlet
                break


def is_dateline(read: Read, outlet: Outlet) -> bool:
    """Whether an outlet stands alone in brackets, as an agency does before and behind its dispatches."""
    text = read.document.text
    return text[: outlet.start].endswith(_BRACKET) and text[outlet.end : outlet.end + 1] in (")", ",", "/")


def is_no_outlet(name: str, reads: Sequence[Read]) -> bool:
    """Whether documents of the case have a name more often as something else, as a place, than as an outlet.

    What is part of a longer name of an outlet says nothing of it.
    """
    cited = others = 0
    for read in reads:
        if name not in read.document.text:
            continue
        for found in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", read.document.text):
            held = [each for each in read.proposals.outlets if each.start <= found.start() < each.end]
            cited += any(each.name == name for each in held)
            others += not held
    return others > cited or (0 < others == cited and " " not in name)


def _shown(name: str, known: Mapping[str, str]) -> str:
    return known.get(name.casefold(), name)


def is_own(name: str, read: Read, known: Mapping[str, str]) -> bool:
    """Whether a name is that of the outlet that publishes a document."""
    source = read.document.source
    return bool(source) and bool(same_name(name, source, known))


def _document_of(
    name: str, read: Read, reads: Sequence[Read], earlier: Sequence[int], known: Mapping[str, str]
) -> int:
    """The first document that is not later of the outlet of a name, -1 for none; whole names go first."""
    found: list[tuple[bool, date, int]] = []
    for other in earlier:
        source = reads[other].document.source
        if not source or source.casefold() == read.document.source.casefold():
            continue
        languages = read.document.language, reads[other].document.language
        why = same_name(name, source, known) or _is_translated(name, source, *languages)
        published = reads[other].document.published
        if why:
            first = (published.first if published else None) or date.min
            found.append((why in (PART, INITIALS), first, other))
    return min(found)[2] if found else -1


@lru_cache(maxsize=65536)
def _is_translated(name: str, source: str, language: str, other: str) -> bool:
    """Whether each word of a name, of two at least, means one of another's in the other language."""
    if language == other:
        return False
    one, its = (
        [frozenset(found) for _, word in words(each) if (found := meanings(word, spoken))]
        for each, spoken in ((name, language), (source, other))
    )
    matched = ((any(each & word for word in b) for each in a) for a, b in ((one, its), (its, one)))
    return len(one) == len(its) > 1 and all(map(all, matched))


def heaviest(cited: Sequence[Cited], translated: bool) -> tuple[Cited | None, float]:
    """The outlet on which most hangs, with its weight; of one that cites another, the other."""
    weights: dict[tuple[int, str], float] = {}
    firsts: dict[tuple[int, str], Cited] = {}
    places: dict[tuple[int, str], set[int]] = {}
    for each in cited:
        key = (each.read, "" if each.read >= 0 else _key_of(each.name, firsts))
        if key not in firsts or each.weight > firsts[key].weight:
            firsts[key] = each
        if each.place not in places.setdefault(key, set()):
            weights[key] = weights.get(key, 0.0) + each.weight
            places[key].add(each.place)
        if each.through:
            weights[key] += THROUGH
    if not weights:
        return None, 0.0
    for key in _retold_by_agency(cited, firsts, weights):
        weights[key] += THROUGH
    inside = {key: weight + (0.5 if key[0] >= 0 else 0.0) for key, weight in weights.items()}
    best = max(inside, key=lambda key: (inside[key], -firsts[key].place))
    return firsts[best], weights[best] + (TRANSLATION if translated else 0.0)


def _retold_by_agency(
    cited: Sequence[Cited], firsts: Mapping[tuple[int, str], Cited], weights: Mapping[tuple[int, str], float]
) -> Iterator[tuple[int, str]]:
    """The outlets that a dispatch cites which this document carries, where the agency is none of the case."""
    if not any(each.carries and each.read < 0 for each in cited):
        return
    for key, first in firsts.items():
        is_cited = not first.carries and not first.passing and first.place < _FIRST_SENTENCES
        if is_cited and weights[key] >= FIRST[_FIRST_SENTENCES - 1]:
            yield key


def where(cited: Cited, language: Language) -> str:
    """In which sentence an outlet is cited, in words."""
    key: Why = "title" if not cited.place else "first" if cited.place < _FIRST_SENTENCES else "text"
    return because(language, key).format(cited.name)


def _key_of(name: str, firsts: Mapping[tuple[int, str], Cited]) -> str:
    """The name under which an outlet outside was met first."""
    return next((key[1] for key in firsts if key[1] and same_name(name, key[1], {})), name)
