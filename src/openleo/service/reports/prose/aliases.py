"""Spellings in one case that may be one name: for a person to confirm, never taken for granted.

Looks for names that are the same but for articles and accents, for the words of one translated in the other,
for letters that were lost, doubled or changed places, for initials, for a part of a longer name, and for a
name that became common nouns. Its weakness: a word that the dictionary of names does not have cannot be seen
to be translated, but for names under one head ("the Sandpit Islands", "les îles Sablières"), where it
proposes with less reason; and two names that do look alike are proposed as well.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Final

from openleo.service.reports.proposals import NameKind, Read
from openleo.service.reports.prose.concepts import folded, glue, name_meanings, words

SAME: Final = "They are the same but for an article, capitals or accents."
TRANSLATED: Final = "One is the other, translated word for word."
GARBLED: Final = "They differ by a letter or two."
BOTH: Final = "One is the other with words translated and letters changed."
INITIALS: Final = "One is the initials of the other."
PART: Final = "One is a part of the other."
NOUN: Final = "The words of the name stand there in small letters, translated."
HEAD: Final = "Both have the same head in two languages, and neither stands in the other's document."

_DOUBLED: Final = re.compile(r"(.)\1+")
_LONGEST: Final = 40
"""Letters of words that are compared; longer ones are no names."""
MOST: Final = 2000
"""Names of a case that are compared with one another: the first of them."""


@dataclass(frozen=True)
class Alias:
    """Two spellings that may be one name. why: in a sentence."""

    one: str
    other: str
    kind: NameKind
    why: str


@dataclass(frozen=True)
class _Spelling:
    name: str
    kind: NameKind
    language: str
    documents: frozenset[int]


def spellings(reads: Sequence[Read]) -> tuple[Alias, ...]:
    """Pairs of spellings in the documents of a case that may stand for one name, by their names."""
    known = _spellings(reads)[:MOST]
    texts = [folded(each.document.text) for each in reads]
    found: dict[tuple[str, str], Alias] = {}
    for one, other in combinations(known, 2):
        if folded(one.name) == folded(other.name):
            continue
        why = alike(one.name, other.name) or _one_head(one, other, texts)
        if why and _fits(one.kind, other.kind) and (why != PART or _is_short_for(one, other)):
            first, second = sorted((one, other), key=lambda each: (-len(each.documents), each.name))
            found.setdefault((first.name, second.name), Alias(first.name, second.name, first.kind, why))
    for alias in _nouns(known, reads):
        found.setdefault((alias.one, alias.other), alias)
    return tuple(sorted(found.values(), key=lambda each: (folded(each.one), folded(each.other))))


@lru_cache(maxsize=65536)
def alike(one: str, other: str) -> str:
    """Why two spellings may be one name, in a sentence; "" where nothing says so. It is symmetric."""
    a, b = _parts(one), _parts(other)
    if not a or not b:
        return ""
    if a == b:
        return SAME
    if len(a) == len(b) and (matched := _matched(a, b)):
        return matched
    if _initials(one, b) or _initials(other, a):
        return INITIALS
    short, long = sorted((a, b), key=len)
    return PART if len(short) < len(long) and _is_part(short, long) else ""


def same_name(one: str, other: str, known: Mapping[str, str]) -> str:
    """Why two spellings are taken for one name, by what a person confirmed first.

    known: casefolded -> name.
    """
    a, b = (known.get(each.casefold(), each) for each in (one, other))
    if (a, b) != (one, other) and folded(a) == folded(b):
        return "A person has confirmed that they are one name."
    return alike(a, b)


def near(one: str, other: str) -> bool:
    """Whether two words differ by what machine translation or transliteration does to letters.

    One change (a letter lost, added, another, or two that changed places) from four letters on, two from
    eight on, and any doubled letters and an e at the end; the first letter stays, unless it is the first two
    that changed places.
    """
    shorter, longer = sorted((len(one), len(other)))
    allowed = 0 if shorter < 4 else 1 if shorter < 8 else 2
    if one == other:
        return True
    if not allowed or longer > _LONGEST or one.isdigit() or other.isdigit():
        return False
    if _single(one) == _single(other):
        return True
    if longer - shorter > allowed:
        return False
    if one[0] != other[0] and sorted(one[:2]) != sorted(other[:2]):
        return False
    return _edits(one, other) <= allowed


def _single(word: str) -> str:
    """A word with each doubled letter once, and without an e at its end."""
    return _DOUBLED.sub(r"\1", word).rstrip("e")


def _edits(one: str, other: str) -> int:
    """Changes of a letter, with neighbours that change places as one (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


@lru_cache(maxsize=65536)
def _parts(name: str) -> tuple[str, ...]:
    """The words of a name without articles and prepositions, unless it has no others."""
    all_of_it = tuple(folded(word) for _, word in words(name))
    return tuple(each for each in all_of_it if each not in glue()) or all_of_it


def _matched(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    """Why the words of two names can be laid on each other one to one, "" where they cannot."""
    left, translated, garbled, kept = list(b), 0, 0, 0
    for word in sorted(a, key=lambda each: each not in b):
        if word in left:
            left.remove(word)
            kept += 1
        elif other := next((each for each in left if name_meanings(word) & name_meanings(each)), ""):
            left.remove(other)
            translated += 1
        elif other := next((each for each in left if near(word, each)), ""):
            left.remove(other)
            garbled += 1
        else:
            return ""
    if garbled:
        return BOTH if translated else GARBLED
    return TRANSLATED if translated or kept else SAME


def _initials(short: str, parts: tuple[str, ...]) -> bool:
    plain = short.replace(".", "").strip()
    return (
        2 <= len(plain) <= 8 and plain.isupper() and plain.isalpha()
        and len(parts) > 1 and "".join(each[0] for each in parts) == folded(plain)
    )  # fmt: skip


def _is_part(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether a shorter name is the beginning or the end of a longer one, translated or not.

    A single word has to be its first that is more than a number and is told apart by it: "Channel" is not
    Channel 6.
    """
    if all(each.isdigit() for each in short) or not any(len(each) > 2 for each in short):
        return False
    numbers = [each for each in long if each.isdigit()]
    if any(each not in short for each in numbers):
        return False
    ends = (long[: len(short)], long[-len(short) :], _unordered(short, long))
    return any(bool(each) and bool(_matched(short, each)) for each in ends)


def _unordered(short: tuple[str, ...], long: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a longer name that a shorter one translates, where it has two or more of them."""
    if len(short) < 2:
        return ()
    found = [
        each for each in long
        if any(each == word or name_meanings(each) & name_meanings(word) for word in short)
    ]  # fmt: skip
    return tuple(found) if len(found) == len(short) else ()


def _fits(one: NameKind, other: NameKind) -> bool:
    """Whether names of two kinds may be one: a person is never taken for anything else."""
    return one == other or "person" not in (one, other)


def _is_short_for(one: _Spelling, other: _Spelling) -> bool:
    """Whether a part of a name may stand for all of it: of one kind, and not a place in another's name.

    An outlet is called by its head alone ("the Gazette"), a ministry is not; "Tolmara" is not the ministry of
    Tolmara.
    """
    kinds = {one.kind, other.kind}
    if kinds == {"person"}:
        return True
    if len(kinds | {"organisation", "outlet"}) > 2 and kinds != {"place"}:
        return False
    short, long = sorted((_parts(one.name), _parts(other.name)), key=len)
    named = [each for each in short if not name_meanings(each)]
    if "outlet" in kinds:
        return len(named) < len(short) and short[0] in (long[0], long[-1])
    rest = [each for each in long if each not in short]
    return bool(named) and (one.kind == "place" or not any(map(name_meanings, rest)))


def _spellings(reads: Sequence[Read]) -> list[_Spelling]:
    """Each spelling of a name once, with where it stands; sources of documents are outlets."""
    found: dict[str, tuple[str, NameKind, str, set[int]]] = {}

    def note(name: str, kind: NameKind, language: str, number: int) -> None:
        if name.strip() and len(name) <= 200:
            found.setdefault(name.casefold(), (name, kind, language, set()))[3].add(number)

    for number, read in enumerate(reads):
        language = read.document.language
        if read.document.source and read.document.kind == "report":
            note(read.document.source, "outlet", language, number)
        for outlet in read.proposals.outlets:
            note(outlet.name, "outlet", language, number)
        for name in read.proposals.names:
            note(name.name, name.kind, language, number)
    return [_Spelling(name, kind, lang, frozenset(held)) for name, kind, lang, held in found.values()]


def _one_head(one: _Spelling, other: _Spelling, texts: Sequence[str]) -> str:
    """Names of two languages with one head and another word, each in its own documents alone."""
    if one.language == other.language or one.kind != other.kind or one.kind in ("person", "office"):
        return ""
    a, b = _parts(one.name), _parts(other.name)
    if len(a) != 2 or len(b) != 2 or one.documents & other.documents:
        return ""
    heads = [(x, y) for x in a for y in b if name_meanings(x) & name_meanings(y)]
    if len(heads) != 1:
        return ""
    rest_a, rest_b = (
        next((w for w in parts if w != head), "") for parts, head in zip((a, b), heads[0], strict=True)
    )
    if not rest_a or not rest_b or any(rest_a in texts[each] for each in other.documents):
        return ""
    return "" if any(rest_b in texts[each] for each in one.documents) else HEAD


def _nouns(known: Sequence[_Spelling], reads: Sequence[Read]) -> Iterator[Alias]:
    """Names of two words or more whose words stand translated, in small letters, in another language."""
    wanted = [
        (each, parts) for each in known
        if each.kind != "person" and len(parts := _parts(each.name)) > 1 and all(map(name_meanings, parts))
    ]  # fmt: skip
    if not wanted:
        return
    for number, read in enumerate(reads):
        runs = list(_small_runs(read))
        for spelling, parts in wanted:
            if spelling.language == read.document.language or number in spelling.documents:
                continue
            for run, written in runs:
                if len(run) == len(parts) and _matched(parts, run) in (TRANSLATED, SAME) and run != parts:
                    yield Alias(spelling.name, written, spelling.kind, NOUN)
                    break


def _small_runs(read: Read) -> Iterator[tuple[tuple[str, ...], str]]:
    """Two words of names in small letters, with at most an article and a preposition between them."""
    for sentence in read.proposals.sentences:
        text = read.words(sentence.start, sentence.end)
        held = [(at, word) for at, word in words(text) if folded(word) not in glue()]
        for (at, word), (then, after) in pairwise(held):
            if word.islower() and after.islower() and then - at - len(word) <= 8 and name_meanings(word):
                yield (folded(word), folded(after)), text[at : then + len(after)]
