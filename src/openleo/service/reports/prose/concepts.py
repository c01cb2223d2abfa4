"""What words mean, in whichever language they stand: a small dictionary of concepts for each language.

A word that no dictionary has is known by its first letters, so that cognates and endings fall together. Some
mean something only together ("pulled the plug", "mot de passe"): phrases of the dictionary, words in a row.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from openleo.service.reports.prose.language import languages, table

_WORD: Final = re.compile(r"[^\W_]+")
_PLAIN: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
_SHORTEST: Final = 4
"""Letters of a word that is known by its beginning, at least."""
_BEGINNING: Final = 5
_KNOWN_BY: Final = 3
"""Letters of its first word that a phrase is looked up by; all of a shorter one."""
_LONGEST: Final = 40
"""Letters of a word that is looked up; longer ones are no words."""


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Text in small letters without accents; its length may change."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(each for each in apart if not unicodedata.combining(each))


def words(text: str) -> list[tuple[int, str]]:
    """The words of a text with their offsets in it: runs of letters and digits, as written."""
    return [(found.start(), found[0]) for found in _WORD.finditer(text)]


@lru_cache(maxsize=65536)
def meanings(word: str, language: str) -> tuple[str, ...]:
    """The concepts of a word; its beginning, marked by "~", where the language has none for it.

    Nothing for numbers and for words that say nothing of what a sentence is about.
    """
    plain = folded(word[:_LONGEST])
    if plain in _empty(language) or any(each.isdigit() for each in plain):
        return ()
    whole, begun = _dictionary(language)
    known = list(whole.get(plain, ()))
    for length in range(len(plain), 2, -1):
        if plain[:length] in begun:
            known += [each for each in begun[plain[:length]] if each not in known]
            break
    if known:
        return tuple(known)
    return beginning(plain)


def beginning(word: str) -> tuple[str, ...]:
    """What a word is known by that no dictionary has: how it begins; nothing for a short one."""
    plain = folded(word[:_LONGEST])
    return (f"~{plain[:_BEGINNING]}",) if len(plain) >= _SHORTEST else ()


def phrase(said: Sequence[str], language: str) -> tuple[int, tuple[str, ...]]:
    """How many of these words, from the first on, mean something together, and its concepts.

    The longest phrase that fits; 0 and nothing where none does.
    """
    first = folded(said[0][:_LONGEST])
    for parts, concepts in _phrases(language).get(first[:_KNOWN_BY], ()):
        if len(parts) <= len(said) and all(map(_fits, parts, map(folded, said))):
            return len(parts), concepts
    return 0, ()


def _fits(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part[-1] == "*" else word == part


@cache
def name_meanings(word: str) -> frozenset[str]:
    """The concepts that a word of a name, or its singular, has in any language, by the dictionaries."""
    plain = folded(word)
    found = _names().get(plain, ())
    return frozenset(found or _names().get(plain[:-1] if plain.endswith(("s", "x")) else plain, ()))


@cache
def glue() -> frozenset[str]:
    """Articles and prepositions inside names, of all languages."""
    found: set[str] = set()
    for language in languages():
        held = table(language, "names")
        for each in (*held.get("articles", ()), *held.get("joiners", ())):
            found.update(word for _, word in words(folded(each)))
    return frozenset(found)


@cache
def _empty(language: str) -> frozenset[str]:
    return frozenset(folded(each) for each in table(language, "same").get("empty", ()))


@cache
def _dictionary(language: str) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Whole words, and beginnings of words, with their concepts."""
    whole: dict[str, tuple[str, ...]] = {}
    begun: dict[str, tuple[str, ...]] = {}
    for concept, listed in table(language, "same").get("concepts", {}).items():
        for each in listed:
            if " " in each:
                continue
            part = begun if each.endswith("*") else whole
            plain = folded(each.removesuffix("*"))
            part[plain] = (*part.get(plain, ()), concept)
    return whole, begun


@cache
def _phrases(language: str) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Phrases, the longest first, and the concepts of each, by the first letters of their first words."""
    concepts: dict[tuple[str, ...], tuple[str, ...]] = {}
    for concept, listed in table(language, "same").get("concepts", {}).items():
        for each in listed:
            if " " in each:
                parts = tuple(folded(part) for part in each.split())
                concepts[parts] = (*concepts.get(parts, ()), concept)
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for parts in sorted(concepts, key=lambda each: (-len(each), each)):
        found.setdefault(parts[0].rstrip("*")[:_KNOWN_BY], []).append((parts, concepts[parts]))
    return found


@cache
def _names() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language in languages():
        for concept, listed in table(language, "aliases").items():
            for each in listed:
                plain = folded(each)
                found[plain] = (*found.get(plain, ()), concept)
    return found
