"""Runs of words with capitals in which names of outlets stand, cut where one ends and another begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.proposals import Sentence
from openleo.service.reports.prose.language import table
from openleo.service.reports.prose.mastheads import (
    OF,
    UNSURE,
    WORD,
    bare,
    has_article,
    is_abbreviation,
    is_of_else,
    weight_of,
)

CAPITAL: Final = r"[A-ZÀ-ÖØ-ÞŒ]"
LONGEST: Final = 80
"""Characters of a name, at most."""
AROUND: Final = 80
"""Characters before and behind a name that are looked at."""

_TITLED: Final = re.compile(r"(?:(?:The|Le|La|Les)\s+|L['’])")
_JOINED: Final = re.compile(r"\s+(?:and|or|et|ou|à|pour|sur|en)\s+$|\s*,\s*$")
_AND: Final = re.compile(r"\s(?:and|et|sur|pour)\s")
_OF_TWO: Final = re.compile(r"\s(?:ont|have|both|jointly)\b")
"""What follows two names, and no name that has an "and" in it."""
_SECOND_NAME: Final = re.compile(
    r"(?:\s?[»”\"])?\s*[(\[]\s*(?:[^():«“\"\[\]]{2,24}:\s*|[a-zà-ÿ]{2,6}\.\s*)?[«“\"]?\s*"
    r"(?P<name>[^()«»“”\"\[\]\n]{2,60}?)\s*[»”\"]?(?:,? (?:en|in) \w+)?\s*[)\]]"
)


@dataclass(frozen=True)
class _Words:
    """Words of a language: those that lead to a name and are no part of it, and its articles.

    before_names: articles behind which every capital is the name's. tail: words in lower case that may end a
    name, `certain` where they are likely to. titled_by: what a title stands behind.
    """

    name: re.Pattern[str]
    before_names: tuple[str, ...]
    tail: re.Pattern[str]
    titled_by: re.Pattern[str]
    leading: frozenset[str]
    articles: frozenset[str]


def names(text: str, sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Where runs of words with capitals stand, without what leads to them."""
    words = _words(sentence.language)
    if words is None:
        return
    for match in words.name.finditer(text, sentence.start, sentence.end):
        if match.end() - match.start() > 2 * LONGEST:
            continue
        for start, end in _split(text, *match.span(), words):
            begin = _after_leading(text, start, end, words, starts=start == sentence.start)
            pieces = {_plain(each) for each in WORD.findall(text[begin:end])}
            if not pieces <= words.leading | words.articles:
                yield begin, _with_tail(text, begin, end, words)


def _with_tail(text: str, start: int, end: int, words: _Words) -> int:
    """The end of a name with its words in lower case ("Relais de terrain").

    They are part of it where all of it comes again, where its head is a word of the press, or such a word
    stands before it.
    """
    found = words.tail.match(text, end)
    if found is None or is_abbreviation(text[start:end]):
        return end
    name = text[start:end]
    is_headed = (
        " " not in bare(name) and weight_of("Le " + bare(name)) >= UNSURE - 1 and found["certain"] is not None
    )
    is_title = is_headed or words.titled_by.search(text, max(0, start - AROUND), start) is not None
    return found.end() if is_title or text.count(text[start : found.end()]) > 1 else end


def _after_leading(text: str, start: int, end: int, words: _Words, *, starts: bool) -> int:
    """Where a name begins behind words that lead to it; `starts`: it stands at the beginning of a sentence.

    There a first word that an article follows is none of the name: "Now the Gazette".
    """
    if text[:start].endswith(words.before_names):
        return start
    while (first := WORD.match(text, start, end)) is not None:
        follows = WORD.search(text, first.end(), end)
        if follows is None:
            break
        is_before_article = starts and follows[0] in words.articles - OF and text[first.end()] == " "
        is_initials = len(first[0]) > 1 and first[0].isupper() and not follows[0].isupper()
        if (_plain(first[0]) not in words.leading or is_initials) and not is_before_article:
            break
        start = follows.start()
        if is_before_article and follows[0] in words.articles:
            after = WORD.search(text, follows.end(), end)
            start = after.start() if after is not None else start
        starts = False
    return start + 2 if text.startswith(("d'", "d’"), start) else start


def _plain(word: str) -> str:
    return word.casefold().replace("’", "'")


def _split(text: str, start: int, end: int, words: _Words) -> Iterator[tuple[int, int]]:
    """A run of names cut before an article with a capital, and at an "and" between two outlets."""
    for inner in _TITLED.finditer(text, start + 1, end):
        if text[inner.start() - 1].isalnum():
            continue
        before = _JOINED.sub("", text[start : inner.start()])
        if before != text[start : inner.start()] or _leads(before, words):
            if before.strip():
                yield start, start + len(before.rstrip())
            start = inner.start()
    for joined in _AND.finditer(text, start, end):
        one, other = (start, joined.start()), (joined.end(), end)
        looks = [_look(text[slice(*each)]) for each in (one, other)]
        if joined[0].strip() not in ("and", "et"):
            is_two = looks[0] <= 0 and looks[1] >= UNSURE
        else:
            is_listed = " des " in text[slice(*one)] and looks[1] == 0
            is_plural = has_article(text, *one) and _OF_TWO.match(text, end) is not None
            begins = WORD.search(text, *other)
            is_of_places = begins is not None and has_article(text, *one) and is_of_else(begins[0])
            is_two = not is_of_places and (
                (looks[0] >= UNSURE and not is_listed)
                or is_plural
                or (looks[1] > 0 and (looks[0] > 0 or text[slice(*one)].isupper()))
            )
        if is_two:
            yield one
            start = other[0]
            break
    yield start, end


def _look(name: str) -> int:
    """What the look of a name says for it, an article with a capital among it."""
    weight = weight_of(name)
    return weight + 1 if weight >= 0 and has_article(name) else weight


def _leads(before: str, words: _Words) -> bool:
    """Whether words before an article in the midst of a name are no part of it."""
    return all(each.casefold() in words.leading for each in WORD.findall(before))


def second(text: str, end: int) -> str | None:
    """A second name in brackets at once behind a name."""
    found = _SECOND_NAME.match(text, end, end + AROUND)
    if found is None or not re.match(CAPITAL, bare(found["name"])):
        return None
    pieces = WORD.findall(found["name"])
    capitals = sum(each[0].isupper() for each in pieces)
    is_title = len(pieces) == 3 and pieces[1] in OF
    return found["name"] if pieces and (2 * capitals >= len(pieces) or is_title) else None


def is_headline(text: str) -> bool:
    """Whether nearly every longer word has a capital, so that capitals tell nothing."""
    if text.endswith("."):
        return False
    longer = re.findall(r"[^\W\d_]{4,}", text)
    return len(longer) > 4 and sum(each[0].isupper() for each in longer) > 0.7 * len(longer)


@cache
def _words(language: str) -> _Words | None:
    found = table(language, "outlets")
    if not found:
        return None
    links = "|".join(
        sorted((re.escape(each).replace("'", "['’]") for each in found["links"]), key=len, reverse=True)
    )
    capital = (
        rf"(?![CJNSQMT]u?['’])(?:[LlDd]['’]|[ae][dlnrs]-)?{CAPITAL}[\w&]*+(?:['’.-](?!s\b)[^\W_]+)*+"
        rf"(?:(?<=s)['’](?=\s{CAPITAL}))?"
    )
    tails = "|".join(found["tails"])
    name = re.compile(
        rf"(?<![\w’'-])(?:(?:{found['numbered']})?(?:[ldLD]['’])?+{capital}"
        rf"(?:(?:(?:\s(?:{links})){{1,3}}(?:\s|(?<=['’]))|\s){capital}|\s\d{{2,3}}[.,]\d(?=\sFM\b)|\s\d{{1,3}}(?:/\d)?\b(?![.,%]?\d)){{0,9}}+"
        rf"(?:\s(?:{tails})(?!\w))?|[\w-]{{3,30}}+\.(?:com|net|org|info|news|press|tv|fm)\b(?![\w@/-]))"
    )
    return _Words(
        name,
        tuple(found["before_names"]),
        re.compile(found["tail"].replace("'", "['’]")),
        re.compile(rf"(?<!\w)(?:{found['titled_by']})[\s«“]+$"),
        frozenset(found["leading"]),
        frozenset(found["articles"]),
    )
