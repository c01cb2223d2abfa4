"""What sentences of two documents have in common, as numbers: words, acts, quotations, moods, places.

Words are compared by their concepts, each weighted by how rare it is in the case: a word counts once, by the
rarest concept that it shares with a word of the other sentence. A name that documents spell differently is
known by its letters.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.reports.prose.aliases import near
from openleo.service.reports.prose.concepts import meanings
from openleo.service.reports.prose.measured import compare_days, compare_figures
from openleo.service.reports.prose.telling import Told

Matrix = NDArray[np.float32]
"""A value for each pair of sentences, those of one document by those of the other."""

FEATURES: Final = (
    "words", "many words", "part of words", "acts", "acts denied", "acts apart", "one never", "like leads",
    "figure", "small figure", "rich figure", "number", "garbled", "digits", "close",
    "lead's figure", "figures apart", "one has figures",
    "day", "days apart", "one has days", "quotes alike", "both quote", "one quotes",
    "order", "one title", "one lead", "both leads",
    "one asks", "one asserts", "both assert", "both deny", "one denies", "denial of lead",
    "both silent", "silent words", "one silent",
)  # fmt: skip
"""What `likeness` has a matrix of each."""

ACTS: Final = frozenset({
    "off", "on", "asked", "selling", "limiting", "money", "putting", "leftout",
})  # fmt: skip
"""Concepts of what somebody did; they weigh of themselves, for in one case all documents have them."""

_SHORTEST: Final = 3.0
"""Of the weights of a sentence that is compared with a lead, or of two sentences, the least sum."""
_FEWEST: Final = 40
"""Sentences that a case is taken to have at least, that words of short documents be rare as well."""
_AT_ONCE: Final = 64
"""Sentences whose words are compared in one step, which bounds the memory that it takes."""
_MOST_NAMES: Final = 300
"""Words with a capital of a document that are compared by their letters: its most frequent."""


@dataclass(frozen=True)
class Spoken:
    """The sentences of a document with their words: concepts, as the case spells them, by their weights.

    kinds: the distinct words of the document. said: which of them each sentence has. size: their weight.
    weights: of each concept of a sentence. heard: of each concept that it quotes.
    """

    told: Sequence[Told]
    kinds: Sequence[Mapping[str, float]]
    said: Sequence[NDArray[np.intp]]
    size: NDArray[np.float64]
    weights: Sequence[Mapping[str, float]]
    heard: Sequence[Mapping[str, float]]
    main: frozenset[str] = frozenset()


def spoken(case: Sequence[Sequence[Told]]) -> tuple[Spoken, ...]:
    """The documents of a case with the weights of their words."""
    renamed = _renamed(case)
    held = [[_named(each.concepts, renamed) for each in told] for told in case]
    frequency = Counter(concept for document in held for each in document for concept in each)
    total = max(_FEWEST, sum(len(document) for document in held))
    rarity = {concept: math.log((total + 1) / count) for concept, count in frequency.items()}
    found = []
    counted = Counter(
        act
        for told in case
        for act in {a for each in told if each.place <= 1 for a in each.concepts if a in ACTS}
    )
    main = frozenset(act for act, n in counted.items() if n > len(case) / 2)
    for told, concepts in zip(case, held, strict=True):
        words = sorted({word for each in told for word in each.words})
        number = {word: place for place, word in enumerate(words)}
        kinds = [_weights([renamed.get(each, each) for each in word], rarity) for word in words]
        said = [np.array(sorted(number[word] for word in each.words), np.intp) for each in told]
        size = np.array([sum(max(kinds[kind].values()) for kind in each) for each in said])
        weights = [{name: weight * rarity[name] for name, weight in each.items()} for each in concepts]
        heard = [
            {name: rarity[name] for each in one.heard if (name := renamed.get(each, each)) in rarity}
            for one in told
        ]
        found.append(Spoken(told, kinds, said, size, weights, heard, main))
    return tuple(found)


def _weights(word: Sequence[str], rarity: Mapping[str, float]) -> dict[str, float]:
    """The weight of each concept of a word: how rare it is, and less where the word means several things."""
    return {each: rarity[each] * len(word) ** -0.25 for each in word}


def _named(concepts: Mapping[str, float], renamed: Mapping[str, str]) -> Mapping[str, float]:
    if not renamed or renamed.keys().isdisjoint(concepts):
        return concepts
    return {renamed.get(concept, concept): weight for concept, weight in concepts.items()}


def _renamed(case: Sequence[Sequence[Told]]) -> dict[str, str]:
    """Words with a capital as the case spells them most often, where no document has both spellings."""
    counts = [
        Counter(word for each in told for word in each.capitals if len(word) >= 5).most_common(_MOST_NAMES)
        for told in case
    ]
    of: dict[str, set[int]] = defaultdict(set)
    many: Counter[str] = Counter()
    for document, counted in enumerate(counts):
        for word, count in counted:
            of[word].add(document)
            many[word] += count
    kept: dict[str, list[str]] = defaultdict(list)
    renamed = {}
    for word in sorted(of, key=lambda each: (-many[each], each)):
        candidates = (*kept[word[0]], *kept[f"-{word[1]}"])
        close = next((each for each in candidates if of[word].isdisjoint(of[each]) and near(word, each)), "")
        if close and (was := meanings(word, "")) and (now := meanings(close, "")):
            renamed[was[0]] = now[0]
            of[close] |= of[word]
        else:
            kept[word[0]].append(word)
            kept[f"-{word[1]}"].append(word)
    return {was: now for was, now in renamed.items() if was != now and now not in renamed}


def likeness(one: Spoken, other: Spoken) -> NDArray[np.float32]:
    """What each sentence has in common with each of another document: (FEATURES, sentences, its own)."""
    found = np.zeros((len(FEATURES), len(one.told), len(other.told)), np.float32)
    rows = dict(zip(FEATURES, found, strict=True))
    _compare_words(one, other, rows)
    _compare_quotes(one, other, rows)
    leads = _leads(one.told), _leads(other.told)
    compare_figures(one.told, other.told, leads, rows)
    compare_days(one.told, other.told, rows)
    _compare_places(one.told, other.told, rows)
    _compare_moods(one.told, other.told, rows)
    _compare_silence(one.told, other.told, rows)
    _compare_acts(one.told, other.told, rows)
    rows["like leads"][:] = np.outer(_like_lead(one, other, leads[1]), _like_lead(other, one, leads[0]))
    return found


def _compare_words(one: Spoken, other: Spoken, rows: Mapping[str, Matrix]) -> None:
    """The weight of the words that two sentences share, and its part of the weight of all their words."""
    if not one.kinds or not other.kinds:
        return
    alike = _kinds_alike(one.kinds, other.kinds)
    shared = (_shared(one, other, alike) + _shared(other, one, alike.T).T) / 2.0
    rows["words"][:] = shared
    rows["many words"][:] = np.log1p(shared)
    rows["part of words"][:] = 2.0 * shared / np.maximum(np.add.outer(one.size, other.size), 2.0 * _SHORTEST)


def _kinds_alike(one: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]]) -> Matrix:
    """The weight of the rarest concept that two words share."""
    found = np.zeros((len(one), len(other)), np.float32)
    having: dict[str, list[int]] = defaultdict(list)
    for number, kind in enumerate(other):
        for concept in kind:
            having[concept].append(number)
    columns = {
        concept: (np.array(numbers), np.array([other[number][concept] for number in numbers], np.float32))
        for concept, numbers in having.items()
    }
    for row, kind in zip(found, one, strict=True):
        for concept, weight in kind.items():
            if concept in columns:
                numbers, weights = columns[concept]
                row[numbers] = np.maximum(row[numbers], np.sqrt(weight * weights))
    return found


def _shared(one: Spoken, other: Spoken, alike: Matrix) -> Matrix:
    """For each sentence of one, what its words find of themselves in each of the other, summed."""
    found = np.zeros((len(one.said), len(other.said)), np.float32)
    its = [number for number, kinds in enumerate(other.said) if len(kinds)]
    mine = [number for number, kinds in enumerate(one.said) if len(kinds)]
    if not its:
        return found
    wide = alike[:, np.concatenate([other.said[number] for number in its])]
    columns = np.cumsum([0, *(len(other.said[number]) for number in its[:-1])])
    for begin in range(0, len(mine), _AT_ONCE):
        part = mine[begin : begin + _AT_ONCE]
        lines = np.cumsum([0, *(len(one.said[number]) for number in part[:-1])])
        best = np.maximum.reduceat(
            wide[np.concatenate([one.said[number] for number in part])], columns, axis=1
        )
        found[np.ix_(part, its)] = np.add.reduceat(best, lines, axis=0)
    return found


def _compare_quotes(one: Spoken, other: Spoken, rows: Mapping[str, Matrix]) -> None:
    """Quotations, by the weight of the concepts that they share."""
    a, b = (np.array([bool(each) for each in spoken.heard]) for spoken in (one, other))
    rows["both quote"][:] = np.logical_and.outer(a, b)
    rows["one quotes"][:] = np.not_equal.outer(a, b)
    if a.any() and b.any():
        common = {name for each in one.heard for name in each} & {
            name for each in other.heard for name in each
        }
        places = {name: place for place, name in enumerate(sorted(common))}
        shared = np.sqrt(_by_concept(one.heard, places)) @ np.sqrt(_by_concept(other.heard, places)).T
        size_a, size_b = (np.array([sum(each.values()) for each in spoken.heard]) for spoken in (one, other))
        rows["quotes alike"][:] = 2.0 * shared / np.maximum(np.add.outer(size_a, size_b), 4.0)


def _by_concept(held: Sequence[Mapping[str, float]], places: Mapping[str, int]) -> Matrix:
    rows = np.zeros((len(held), len(places)), np.float32)
    for row, weights in zip(rows, held, strict=True):
        for concept in weights.keys() & places.keys():
            row[places[concept]] = weights[concept]
    return rows


def _compare_places(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Where sentences stand: titles, leads, and how far they are from one another in their order."""
    a, b = (np.array([each.place for each in told]) for told in (one, other))
    rows["one title"][:] = np.not_equal.outer(a == 0, b == 0)
    rows["one lead"][:] = np.not_equal.outer(a <= 1, b <= 1)
    far_a, far_b = (places / places.max(initial=1) for places in (a, b))
    rows["order"][:] = np.abs(np.subtract.outer(far_a, far_b))


def _compare_moods(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Moods, which need not agree: a denial answers what was told."""
    asks_a, asks_b = (_moods(told, "asked") for told in (one, other))
    says_a, says_b = (_moods(told, "asserted") for told in (one, other))
    no_a, no_b = (_moods(told, "denied") for told in (one, other))
    rows["one asks"][:] = np.not_equal.outer(asks_a, asks_b)
    rows["one asserts"][:] = np.not_equal.outer(says_a, says_b)
    rows["both assert"][:] = np.logical_and.outer(says_a, says_b)
    rows["both deny"][:] = np.logical_and.outer(no_a, no_b)
    rows["one denies"][:] = np.not_equal.outer(no_a, no_b)
    leads_a, leads_b = (np.array([each.place <= 1 for each in told]) for told in (one, other))
    rows["both leads"][:] = np.logical_and.outer(leads_a, leads_b)
    rows["denial of lead"][:] = np.logical_and.outer(no_a & ~leads_a, leads_b) | np.logical_and.outer(
        leads_a, no_b & ~leads_b
    )


def _compare_silence(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """That somebody did not answer, which documents tell in stock words; of whom, the words tell."""
    a, b = (np.array([each.silent for each in told]) for told in (one, other))
    rows["both silent"][:] = np.logical_and.outer(a, b)
    rows["silent words"][:] = rows["both silent"] * rows["part of words"]
    rows["one silent"][:] = np.not_equal.outer(a, b)


def _compare_acts(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Acts that both tell, up to two; those where one denies; where each tells some, but no common one.

    one never: one tells that something never was, which is another account than that it ended.
    """
    listed = sorted(ACTS)
    a, b = (
        np.array([[act in each.concepts for act in listed] for each in told], np.float32)
        for told in (one, other)
    )
    rows["acts"][:] = np.minimum(a @ b.T, 2.0)
    never_a, never_b = (np.array(["never" in each.concepts for each in told]) for told in (one, other))
    rows["one never"][:] = np.not_equal.outer(never_a, never_b)
    denied = np.logical_or.outer(_moods(one, "denied"), _moods(other, "denied"))
    rows["acts denied"][:] = rows["acts"] * denied
    rows["acts apart"][:] = np.logical_and.outer(a.any(axis=1), b.any(axis=1)) & (rows["acts"] == 0)


def _moods(told: Sequence[Told], mood: str) -> NDArray[np.bool_]:
    return np.array([each.sentence.mood == mood for each in told])


def _leads(told: Sequence[Told]) -> NDArray[np.bool_]:
    """Which sentences are the title or the first one after it; the first there is where neither is there."""
    leads = np.array([each.place <= 1 for each in told])
    leads[0] |= not leads.any()
    return leads


def _like_lead(one: Spoken, other: Spoken, leads: NDArray[np.bool_]) -> list[float]:
    """How much of each sentence of a document is in the lead of another, or of that in it."""
    lead: dict[str, float] = {}
    for held, leading in zip(other.weights, leads.tolist(), strict=True):
        for concept, weight in held.items() if leading else ():
            lead[concept] = max(lead.get(concept, 0.0), weight)
    whole = sum(lead.values())
    found = []
    for held in one.weights:
        both = sum(min(weight, lead[concept]) for concept, weight in held.items() if concept in lead)
        found.append(both / max(min(sum(held.values()), whole), _SHORTEST))
    return found
