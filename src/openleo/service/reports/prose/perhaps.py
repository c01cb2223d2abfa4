"""Whether words may be the name of a person, where nothing around them says what they are.

For what is shown to others, where a name that nobody knows is rather withheld than shown. Two to four words
with capitals may be one, unless one of them is the head of a body, an outlet, an office or a place. Its
weakness: a name of one word is known by the list of first names alone.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from openleo.service.reports.prose.concepts import folded
from openleo.service.reports.prose.language import languages, table
from openleo.service.reports.prose.naming import countries

_MOST: Final = 4
_APART: Final = re.compile(r"[\s-]+")
_WORD: Final = re.compile(r"(?<![\w-])(?:[^\W\d_]\w{0,2}\.(?= [^\W\d_a-z])|[^\W\d_](?:[\w'’]|-(?=\w)){0,40})")
_BETWEEN: Final = (" ", "\u00a0", "\u202f", "\n")
_HEADS: Final = (
    "organisations", "outlets", "places", "domains", "directions", "capital", "introducing", "offices",
    "roles", "suffixes", "numbered",
)  # fmt: skip


def may_be_person(name: str) -> bool:
    """Whether a name, without title, may be that of a person; an article before it counts for nothing."""
    words = name.split()
    while words and folded(words[0]) in _articles():
        words = words[1:]
    capital = [each for each in words if each[0].isupper()]
    plain = {folded(part) for each in words for part in _APART.split(each)}
    if not words or any(each.isdigit() for each in name) or plain & heads():
        return False
    if len(words) == 1:
        return folded(words[0]) in _first()
    if not 2 <= len(capital) <= _MOST or all(each.isupper() and len(each) > 1 for each in capital):
        return False
    small = {folded(each).rstrip("'’") for each in words if not each[0].isupper()}
    return small <= particles() and folded(" ".join(words)) not in countries()


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Where words with capitals stand beside each other that may be a person's name, titles left out."""
    held: list[re.Match[str]] = []
    for match in [*_WORD.finditer(text), None]:
        word = match[0] if match is not None else ""
        plain = folded(word.rstrip("."))
        capital = word[:1].isupper() and plain not in titles() | never()
        near = bool(held) and match is not None and text[held[-1].end() : match.start()] in _BETWEEN
        if match is not None and near and (capital or plain in particles()):
            held.append(match)
            continue
        while held and not held[-1][0][0].isupper():
            held.pop()
        if held and may_be_person(text[held[0].start() : held[-1].end()].rstrip(".")):
            yield held[0].start(), held[-1].end()
        held = [match] if match is not None and capital else []


@cache
def heads() -> frozenset[str]:
    """Words of all languages that stand in names of bodies, outlets, offices and places."""
    return frozenset(part for key in _HEADS for each in _of_all(key) for part in each.split())


@cache
def titles() -> frozenset[str]:
    """Words that stand before a person's name."""
    keys = ("titles", "courtesy", "learned")
    return frozenset(part.rstrip(".") for key in keys for each in _of_all(key) for part in each.split())


@cache
def never() -> frozenset[str]:
    """Words that are no names, whether they have a capital or not."""
    return _articles() | {part for each in _of_all("never") for part in each.split()}


@cache
def _articles() -> frozenset[str]:
    return frozenset(part for each in _of_all("articles") for part in each.split())


@cache
def particles() -> frozenset[str]:
    """Small words within a person's name."""
    return frozenset(each.rstrip("'’") for each in _of_all("particles"))


@cache
def _first() -> frozenset[str]:
    return _of_all("first")


@cache
def _of_all(key: str) -> frozenset[str]:
    return frozenset(
        folded(each) for language in languages() for each in table(language, "names").get(key, ())
    )
