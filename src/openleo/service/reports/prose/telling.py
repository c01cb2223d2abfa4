"""What sentences tell, as far as two of them can be compared: concepts, figures, days, what they quote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from openleo.service.reports.proposals import Day, Figure, Read, Sentence
from openleo.service.reports.prose.concepts import beginning, folded, meanings, name_meanings, phrase, words
from openleo.service.reports.prose.language import table

MOST: Final = 600
"""Sentences of a document that are compared: its first."""
_PHRASE: Final = 5
"""Words of a phrase of the dictionary, at most."""
MOST_WORDS: Final = 120
"""Words of a sentence that are compared: its first."""


@dataclass(frozen=True)
class Told:
    """What a sentence tells.

    words: the concepts of each of its words that says something. concepts: all of them, with a weight up to
    1 each, less where a word may mean several things. heard: concepts of what it quotes. capitals: its words
    with a capital inside the sentence, folded. silent: whether it tells that somebody gave no answer. place:
    0 for a title, 1 for the first sentence after it, and on.
    """

    sentence: Sentence
    words: frozenset[tuple[str, ...]]
    concepts: Mapping[str, float]
    heard: frozenset[str]
    capitals: frozenset[str]
    silent: bool
    figures: tuple[Figure, ...]
    days: tuple[Day, ...]
    place: int


def told(read: Read, known: Mapping[str, str]) -> tuple[Told, ...]:
    """What each sentence of a document tells. known: confirmed spellings, casefolded, with their names."""
    held = read.proposals
    first = 0 if _has_title(read) else 1
    names = _names(read)
    found = []
    for number, sentence in enumerate(held.sentences[:MOST]):
        start, end = sentence.start, sentence.end
        said, capitals = _words(read, start, end, sentence.language, names)
        for written, name in known.items():
            if written in read.words(start, end).casefold():
                said.add((f"={folded(name)}",))
        heard: set[str] = set()
        for each in held.quotations:
            if each.start < end and start < each.end:
                part, _ = _words(read, max(start, each.start), min(end, each.end), sentence.language, names)
                heard.update(concept for word in part for concept in word)
        figures = tuple(each for each in held.figures if start <= each.start < end)
        days = tuple(each for each in held.days if start <= each.start < end)
        found.append(
            Told(
                sentence, frozenset(said), _concepts(said), frozenset(heard), frozenset(capitals),
                bool(_silent(sentence.language).search(read.words(start, end))), figures, days,
                first + number,
            )
        )  # fmt: skip
    return tuple(found)


def _has_title(read: Read) -> bool:
    """Whether the first paragraph of a document is its title."""
    document = read.document
    if document.title:
        return document.text.startswith(document.title)
    first = document.text.split("\n\n", 1)[0].strip()
    return len(first) < 200 and first[-1:] not in ".!…" and "\n\n" in document.text


def _names(read: Read) -> frozenset[str]:
    """Words that a document has with a capital inside a sentence of its text."""
    return frozenset(
        folded(word)
        for each in read.proposals.sentences[1:MOST]
        for _, word in words(read.words(each.start, each.end))[1:MOST_WORDS]
        if word[0].isupper()
    )


@cache
def _silent(language: str) -> re.Pattern[str]:
    """That somebody did not answer, or would not."""
    listed = table(language, "same").get("silent", ())
    return re.compile("|".join(f"(?:{each})" for each in listed) or "(?!)", re.IGNORECASE)


def _words(
    read: Read, start: int, end: int, language: str, names: frozenset[str]
) -> tuple[set[tuple[str, ...]], set[str]]:
    """The concepts of each word of a stretch of text, and its words with a capital but for the first.

    Names of outlets that it cites are left out: whom a sentence is from is not what it tells. A name means
    itself as well, whatever word it begins with.
    """
    said: set[tuple[str, ...]] = set()
    capitals: set[str] = set()
    cited = [each for each in read.proposals.outlets if each.start < end and start < each.end]
    listed = words(read.words(start, end))[:MOST_WORDS]
    after = 0
    for number, (at, word) in enumerate(listed):
        if number < after or any(each.start <= start + at < each.end for each in cited):
            continue
        many, held = phrase([each for _, each in listed[number : number + _PHRASE]], language)
        after = number + many
        if not many:
            held = meanings(word, language)
        if word[0].isupper() and number:
            capitals.add(folded(word))
            held = held or tuple(f"^{each}" for each in sorted(name_meanings(word)))
        if word[0].isupper() and (number or folded(word) in names):
            held = tuple(dict.fromkeys((*held, *beginning(word))))
        if held:
            said.add(held)
    return said, capitals


def _concepts(said: set[tuple[str, ...]]) -> dict[str, float]:
    concepts: dict[str, float] = {}
    for held in said:
        for each in held:
            concepts[each] = max(concepts.get(each, 0.0), len(held) ** -0.5)
    return concepts
