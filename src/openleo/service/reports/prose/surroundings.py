"""What a name's look and the words around it say for its being an outlet's, and against it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.capitals import AROUND, CAPITAL
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.mastheads import (
    DOUBTFUL,
    ENOUGH,
    bare,
    has_article,
    is_abbreviation,
    shape,
    weight_of,
)

_OPENS: Final = ' \u00a0\u202f«“"‘('
_LEADS: Final = ":'’"
"""What words before a name end with, if not with a letter; behind any other sign nothing is said of it."""
_BEFORE: Final = 56
"""Characters before a name in which words that say something of it are looked for."""
WITH_ARTICLE: Final = "article with a capital"
_WHOLE: Final = 4
"""Weight of "The" with a capital inside a sentence; and of "Le" before "Disque de l'Assemblée"."""
_OF_THINGS: Final = re.compile(r"\w (?:de|du|des|de la|de l['’]|d['’])")
_COMPLEMENT: Final = re.compile(rf"{CAPITAL}[\w-]+ (?:of|for|de|du|des|d['’])\b[^.,;:()]{{0,40}}\($")
"""What stands before initials of a body that its first word names: "Conseil de la radio (".."""
_COUNTRY: Final = re.compile(r"[^\W\d_]+(?:ie|ia|stan|lande?)")
"""How one word in the brackets of a dateline looks that is the country of its place."""
_DATELINE: Final = re.compile(r"\)\s*[-–—]")
_PLACE: Final = re.compile(rf"(?:\A|[\s,]){CAPITAL}{{3,}} \($")
"""What stands before an agency in a dateline: "PELL CITY (MPW) -"."""
_APPOSED: Final = re.compile(r", (?:the|an?) $")
_KIND_ENDS: Final = re.compile(
    r" (?:daily|weekly|monthly|newspaper|paper|magazine|station|channel|broadcaster)[,.;)]"
)
"""What follows the place in "The Lookout, the Corran weekly, ..."."""
_STOPS: Final = tuple(".,;)")
_CLOSING: Final = tuple("»”\"’'")
_OPENING: Final = tuple('«“"‘')
_CLOSES: Final = re.compile(r"\s?[»”\"’]")
_OF_PLACE: Final = re.compile(rf"\s(?:(?:in|of|from|en|de|du|à)\s|d['’])(?:{CAPITAL}[\w'’-]+\s?){{1,3}}$")
"""What may follow the words for its kind: "a local paper in Port Sabel, X,"."""


@dataclass(frozen=True)
class Words:
    """What stands around an outlet, in one language.

    beside: between two outlets of a list. relayed: between an outlet and one that takes up what it has.
    originals: before the names of what a translation is made of. passes: between an outlet and one that
    it cites. presents: before an outlet's own name, where it cites nothing. credit: a line that names who
    else has worked on it. apposition: what may stand between a name and its verb, brackets among it.
    bodies: articles that bodies and their initials have, and agencies have not. to_own: before an
    outlet's own name, where it was told something. issued: behind it, where it says when it comes out.
    placed: before a plain name that is a place's. titles: whether an article is followed by a capital in
    titles alone. initials: what these add to words around them. heard, spoken, takes_up: "according to" a
    name, or "said to" it, that "the paper" of a next sentence takes up.
    signed: behind the name of a person who reports, where it begins a sentence.
    """

    before: tuple[tuple[int, re.Pattern[str]], ...]
    behind: tuple[tuple[int, re.Pattern[str]], ...]
    beside: re.Pattern[str]
    relayed: re.Pattern[str]
    originals: re.Pattern[str]
    passes: re.Pattern[str]
    presents: re.Pattern[str]
    credit: re.Pattern[str]
    apposition: re.Pattern[str]
    articles: frozenset[str]
    bodies: tuple[str, ...]
    to_own: re.Pattern[str]
    issued: re.Pattern[str]
    placed: re.Pattern[str]
    titles: bool
    initials: int
    heard: re.Pattern[str]
    spoken: re.Pattern[str]
    takes_up: re.Pattern[str]
    signed: re.Pattern[str]


def of_itself(text: str, start: int, end: int, sentence: Sentence, words: Words) -> Iterator[tuple[int, str]]:
    """What a name itself says, and its article."""
    yield from shape(text[start:end])
    before = text[max(sentence.start, start - AROUND) : start]
    is_inside = bool(before.strip('«»“”"‘( '))
    if has_article(text, start, end) and (is_inside or (words.titles and _begins_as_title(text[start:end]))):
        is_whole = text.startswith("The", start) or (is_inside and bool(_OF_THINGS.search(text[start:end])))
        yield (_WHOLE if is_whole else DOUBTFUL), WITH_ARTICLE
    if is_abbreviation(text[start:end]) and before.endswith(words.bodies):
        yield 2 - ENOUGH, "initials with an article"


def _begins_as_title(name: str) -> bool:
    """Whether a name of several words looks like an outlet's by its first behind the article."""
    first, *others = bare(name).split()
    return bool(others) and weight_of(name) > DOUBTFUL and weight_of(first) > 0


def around(text: str, start: int, end: int, sentence: Sentence, words: Words) -> Iterator[tuple[int, str]]:
    """What the words before and behind a name say for it and against it.

    Words before a quotation say nothing of the name that it begins with.
    """
    before = text[max(sentence.start, start - _BEFORE) : start]
    closes = _CLOSES.match(text, end, sentence.end) if before.rstrip().endswith(_OPENING) else None
    after = closes.end() if closes is not None else end
    behind = text[after : min(sentence.end, after + AROUND)]
    is_in_brackets = before.endswith("(") and _COMPLEMENT.search(before) is not None
    is_quoted = before.rstrip().endswith(_OPENING) and closes is None
    is_line = before.strip() == "(" and behind.startswith(")") and not behind.startswith(").")
    if is_line and text[end + 1 : end + 3].strip()[:1].isupper():
        yield ENOUGH, "before a dispatch"
    if before.endswith("(") and behind.startswith(")") and _is_country(text[start:end]):
        yield -ENOUGH, "a country"
    if not before.strip(_OPENS + ")") and words.signed.fullmatch(behind.rstrip()):
        yield -ENOUGH, "a person who reports"
    is_plain = weight_of(text[start:end]) <= 0 and not has_article(text, start, end)
    if is_plain and _APPOSED.search(before) and _KIND_ENDS.match(behind):
        yield -2 * ENOUGH, "where a paper is from"
    if is_plain and words.placed.search(before):
        yield -ENOUGH, "a place"
    initials = is_abbreviation(text[start:end]) and not before.endswith(words.bodies)
    is_body = before.endswith(words.bodies) and not any(weight > 0 for weight, _ in shape(text[start:end]))
    leads = before.rstrip(_OPENS)[-1:]
    is_dateline = _DATELINE.match(behind) is not None and _PLACE.search(before) is not None
    if before.endswith(", ") and behind.startswith(_STOPS) and _is_of_kind(before, words):
        yield ENOUGH, "behind its kind"
    if (leads.isalnum() or leads in _LEADS) and leads and not is_in_brackets and not is_quoted:
        for weight, pattern in words.before:
            found = pattern.search(before)
            if found is not None and (weight > 0 or not is_dateline):
                less = DOUBTFUL if is_body and weight == ENOUGH else 0
                more = words.initials if initials and weight == ENOUGH - DOUBTFUL else 0
                yield weight - less + more, found[0].strip()
                if words.titles and words.heard.fullmatch(found[0].strip()) and _is_titled(text, start, end):
                    yield DOUBTFUL, "heard from a title"
                is_heard = words.heard.fullmatch(found[0].strip()) or words.spoken.fullmatch(found[0].strip())
                if is_heard and words.takes_up.search(text, sentence.end, sentence.end + 2 * AROUND):
                    yield ENOUGH, "taken up"
    apposition = words.apposition.match(behind)
    for weight, pattern in words.behind:
        found = pattern.match(behind)
        if found is None and apposition is not None and weight > 0:
            found = pattern.match(behind, apposition.end())
        if found is not None:
            yield weight, found[0].strip()


def _is_of_kind(before: str, words: Words) -> bool:
    """Whether a comma stands between a name and the words for its kind: "the state news agency, X."."""
    kind = _OF_PLACE.sub("", before.rstrip(", "))
    return any(weight > ENOUGH and pattern.search(kind) for weight, pattern in words.before)


def _is_titled(text: str, start: int, end: int) -> bool:
    """Whether a name has an article with a capital that is not a plural."""
    return has_article(text, start, end) and not text.startswith("Les", start)


def _is_country(name: str) -> bool:
    return _COUNTRY.fullmatch(name) is not None and weight_of(name) <= 0


@cache
def words_of(language: str) -> Words | None:
    found = table(language, "outlets")
    if not found:
        return None
    return Words(
        tuple((int(weight), _ended("|".join(each))) for weight, each in found["before"].items()),
        tuple((int(weight), _begun("|".join(each))) for weight, each in found["behind"].items()),
        _begun(found["beside"]),
        _begun(found["relayed"]),
        _begun(found["originals"]),
        _begun(found["passes"]),
        _ended(found["presents"]),
        _begun(found["credit"]),
        _begun(rf", (?-i:{found['apposed']})[^,.;:()«“]{{3,50}},(?= )|\s\([^().;]{{2,60}}\)"),
        frozenset(found["articles"]),
        tuple(found["bodies_articles"]),
        _ended(found["to_own"]),
        _begun(found["issued"]),
        _ended(found["placed"]),
        found["titles"],
        found["initials"],
        _begun(found["heard"]),
        _begun(found["spoken"]),
        _begun(rf"\b(?:{found['takes_up']})\b"),
        _begun(found["signed"]),
    )


def _ended(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_apostrophes(pattern)})(?:\s+the)?[\s«“\"‘(]*$", re.IGNORECASE)


def _begun(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_apostrophes(pattern)})", re.IGNORECASE)


def _apostrophes(pattern: str) -> str:
    return pattern.replace("'", "['’]")
