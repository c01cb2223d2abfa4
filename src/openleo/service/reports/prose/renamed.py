"""The original names of outlets that a translation has given others.

A translation that says from where it is ("Original article: Le Courrier de la Montserre") may call that
outlet by another name in its text. The two are one where the original stands in that notice alone, and one
outlet of the text has a word that means a word of its name. Where both names stand in the text itself, one in
its language and one in another, they are one if every word of the one means a word of the other. Its
weakness: a name of which no word is in the dictionary of names stays as it was written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from openleo.service.reports.document import Document
from openleo.service.reports.proposals import Outlet, Sentence
from openleo.service.reports.prose.concepts import folded, glue, name_meanings, words
from openleo.service.reports.prose.language import languages, table
from openleo.service.reports.prose.mastheads import key
from openleo.service.reports.prose.phrases import has
from openleo.service.reports.prose.surroundings import words_of

_SHORTEST: Final = 3
"""Letters of a part of a word that is written as one with another; and by which words begin alike."""


def with_originals(
    document: Document, sentences: Sequence[Sentence], outlets: tuple[Outlet, ...]
) -> tuple[Outlet, ...]:
    """The same outlets, under the original name where a notice tells it."""
    spans = [span for each in sentences if (span := _notice(document.text, each))]
    if not spans:
        return outlets
    own = key(document.source)
    noted = {each.name for each in outlets if key(each.name) != own and _within(each, spans)}
    named = {each.name for each in outlets if key(each.name) != own and not _within(each, spans)}
    original: dict[str, set[str]] = {}
    for one in noted - named:
        found = [each for each in named - noted if _may_be(each, one)]
        if len(found) == 1:
            original.setdefault(found[0], set()).add(one)
    sure = {name: min(ones) for name, ones in original.items() if len(ones) == 1}
    return tuple(replace(each, name=sure.get(each.name, each.name)) for each in outlets)


def translations(names: Iterable[str], language: str) -> Iterator[tuple[str, str]]:
    """Names in the language of a document, each with the one in another language that it translates."""
    here, abroad = _words_apart(language)
    split = {name: _content(name) for name in names}
    leaning = {
        name: sum((each in abroad) - (each in here) for each in parts) for name, parts in split.items()
    }
    originals = [name for name, more in leaning.items() if more > 0]
    for name, more in leaning.items():
        if originals and more < 0:
            meant = [each for each in originals if _is_translated(split[name], split[each])]
            if len(meant) == 1:
                yield name, meant[0]


def _is_translated(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether each word of the shorter name means one of the longer, which has at most one word more."""
    short, long = sorted((list(one), list(other)), key=len)
    if not short or len(long) - len(short) > min(1, len(short) - 1):
        return False
    for word in short:
        found = next((each for each in long if each == word or name_meanings(each) & name_meanings(word)), "")
        if not found:
            return False
        long.remove(found)
    return True


def _content(name: str) -> list[str]:
    return [plain for _, word in words(name) if (plain := folded(word)) not in glue()]


@cache
def _words_apart(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that the dictionary of names has in a language alone, and in the others alone."""
    held = {
        each: {folded(word) for listed in table(each, "aliases").values() for word in listed}
        for each in languages()
    }
    here = held.pop(language, set())
    abroad = set[str]().union(*held.values())
    return frozenset(here - abroad), frozenset(abroad - here)


def _notice(text: str, sentence: Sentence) -> tuple[int, int] | None:
    """The paragraph of a sentence that says that this is a translation, or what it is made of."""
    around = words_of(sentence.language)
    names_original = around is not None and around.originals.match(text, sentence.start, sentence.end)
    if not names_original and not has(text[sentence.start : sentence.end], sentence.language, "translated"):
        return None
    if text[sentence.start] in "([" and text[sentence.end - 1] in ")]":
        return sentence.start, sentence.end
    end = text.find("\n\n", sentence.end)
    return max(0, text.rfind("\n\n", 0, sentence.start)), end if end >= 0 else len(text)


def _within(outlet: Outlet, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= outlet.start < end for start, end in spans)


def _may_be(one: str, other: str) -> bool:
    """Whether a word of one name means a word of the other, or begins as it does.

    A word that is two written as one may mean two.
    """
    return any(
        name_meanings(a) & name_meanings(b) or (len(a) > _SHORTEST and a[:_SHORTEST] == b[:_SHORTEST])
        for a in _parts(one)
        for b in _parts(other)
    )


def _parts(name: str) -> set[str]:
    whole = {folded(word) for _, word in words(name)} - glue()
    return whole | {
        piece
        for word in whole
        for at in range(_SHORTEST, len(word) - _SHORTEST + 1)
        if name_meanings(word[:at]) and name_meanings(word[at:])
        for piece in (word[:at], word[at:])
    }
