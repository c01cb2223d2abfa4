"""Sentences of two documents that tell the same event, in one language or two: proposals, for a person.

Retellings share few words, and none across languages. What is compared instead: what words mean, by the
concepts of both languages' dictionaries and by beginnings of words, each weighted by how rare it is in the
two documents; figures (the same; the same digits with another power of ten; close; another of the same unit);
days that overlap; quotations; where sentences stand, and what stands around them. Moods need not agree: a
denial tells the event that it denies. Its weakness: two events told in the same words (two outages of one
coast) are taken for one unless a figure or a day tells them apart, and sentences in words that no dictionary
has are missed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.reports.aliases import near
from openleo.service.reports.concepts import meanings
from openleo.service.reports.proposals import Day, Figure, Read
from openleo.service.reports.telling import Told, told

Matrix = NDArray[np.float32]
"""A value for each pair of sentences, those of one document by those of the other."""

THRESHOLD: Final = 0.4
"""Of the score, from which on a pair is proposed."""
BESIDE_BEST: Final = 0.5
"""Of the score of the better pair of either sentence, at least."""

FEATURES: Final = (
    "alike", "shared", "much", "best", "figure", "garbled", "close", "unlike", "day", "apart", "heard",
    "titles", "lead", "order", "one quotes", "one asks", "both ask", "one asserts", "both assert",
    "denies lead", "around", "through",
)  # fmt: skip
"""What two sentences have in common; `features` has a matrix of each."""
WEIGHTS: Final = (
    2.90, 0.15, 1.43, -0.03, 3.91, 3.60, 1.70, -0.16, 0.83, -1.42, 0.49, 1.03,
    0.69, -2.38, -0.79, -3.40, -2.31, -1.65, -1.38, 0.92, 1.16, 3.68,
)  # fmt: skip
BIAS: Final = -4.25

_CLOSE: Final = 0.15
"""Two values are close that differ by less than this part of the greater."""
_LARGE: Final = 20.0
"""From which value on a number alone says something, whatever it counts."""
_MOST: Final = 300
"""Figures of one unit, days, and words with a capital that are compared in each document."""
_BASE: Final = {
    "mile": ("kilometre", 1.609344), "nautical mile": ("kilometre", 1.852), "metre": ("kilometre", 0.001),
    "minute": ("hour", 1 / 60), "day": ("hour", 24.0), "week": ("hour", 168.0),
    "foot": ("kilometre", 0.0003048),
    "mile per hour": ("kilometre per hour", 1.609344), "knot": ("kilometre per hour", 1.852),
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A sentence of one document and one of another that tell the same. why: what they share, in words."""

    start: int
    end: int
    other_start: int
    other_end: int
    score: float
    why: str


def same_event(one: Read, other: Read, known: Mapping[str, str] | None = None) -> tuple[Pair, ...]:
    """Pairs of sentences of two documents that tell the same event, in the order of the first.

    known: spellings that a person has confirmed, casefolded, with the name that each stands for.
    """
    return pairs(told(one, known or {}), told(other, known or {}))


def pairs(one: Sequence[Told], other: Sequence[Told]) -> tuple[Pair, ...]:
    """`same_event` of what `told` gave."""
    if not one or not other:
        return ()
    held = features(one, other)
    total = BIAS + np.tensordot(np.asarray(WEIGHTS, np.float32), held, axes=1)
    score = 1.0 / (1.0 + np.exp(-total.clip(-30.0, 30.0)))
    best = np.maximum(score.max(axis=1)[:, None], score.max(axis=0)[None, :])
    found = []
    for i, j in np.argwhere((score >= THRESHOLD) & (score >= BESIDE_BEST * best)).tolist():
        a, b = one[i].sentence, other[j].sentence
        why = _why(one[i], other[j])
        found.append(Pair(a.start, a.end, b.start, b.end, round(float(score[i, j]), 3), why))
    return tuple(found)


def features(one: Sequence[Told], other: Sequence[Told]) -> NDArray[np.float32]:
    """What each sentence has in common with each of another document: (FEATURES, len(one), len(other))."""
    found = np.zeros((len(FEATURES), len(one), len(other)), np.float32)
    rows = dict(zip(FEATURES, found, strict=True))
    rows["alike"][:], rows["shared"][:] = _alike(one, other)
    rows["much"][:] = np.log1p(rows["shared"])
    _compare_figures(one, other, rows)
    _compare_days(one, other, rows)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            if a.heard and b.heard:
                rows["heard"][i, j] = len(a.heard & b.heard) / math.sqrt(len(a.heard) * len(b.heard))
    quotes = (np.array([bool(each.heard) for each in told]) for told in (one, other))
    rows["one quotes"][:] = np.not_equal.outer(*quotes)
    place_a, place_b = (np.array([each.place for each in told]) for told in (one, other))
    rows["titles"][:] = np.logical_and.outer(place_a == 0, place_b == 0)
    rows["lead"][:] = np.logical_and.outer(place_a <= 1, place_b <= 1) & (rows["titles"] == 0)
    rows["order"][:] = np.abs(
        np.subtract.outer(place_a / place_a.max(initial=1), place_b / place_b.max(initial=1))
    )
    _compare_moods(one, other, rows)
    strength = rows["shared"] + 3.0 * (rows["figure"] + rows["garbled"])
    most = np.maximum(strength.max(axis=1)[:, None], strength.max(axis=0)[None, :])
    rows["best"][:] = strength / np.maximum(most, 1.0)
    rows["around"][:] = _around(rows["alike"])
    rows["through"][:] = _through(one, other, rows["alike"])
    return found


def _compare_moods(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Moods, which need not agree; but background is asserted, and a denial answers what was told first."""
    for mood, once, twice in (("asked", "one asks", "both ask"), ("asserted", "one asserts", "both assert")):
        a, b = (np.array([each.sentence.mood == mood for each in told]) for told in (one, other))
        rows[once][:] = np.not_equal.outer(a, b)
        rows[twice][:] = np.logical_and.outer(a, b)
    first_a, first_b = (np.array([each.place <= 1 for each in told]) for told in (one, other))
    denied_a, denied_b = (
        np.array([each.sentence.mood == "denied" for each in told]) for told in (one, other)
    )
    rows["denies lead"][:] = np.logical_and.outer(denied_a, first_b) | np.logical_and.outer(first_a, denied_b)


def _through(one: Sequence[Told], other: Sequence[Told], alike: Matrix) -> Matrix:
    """How alike two sentences are by way of a third: one that is much like either, in its own document."""
    own_a, own_b = (_alike(told, told)[0] for told in (one, other))
    np.fill_diagonal(own_a, 0.0)
    np.fill_diagonal(own_b, 0.0)
    by_one = own_a @ alike / np.maximum(own_a.sum(axis=1), 1.0)[:, None]
    by_other = alike @ own_b / np.maximum(own_b.sum(axis=0), 1.0)[None, :]
    through: Matrix = np.maximum(by_one, by_other)
    return through


def _alike(one: Sequence[Told], other: Sequence[Told]) -> tuple[Matrix, Matrix]:
    """The cosine of concepts weighted by rarity, and the rarity of all that two sentences share."""
    renamed = _renamed(one, other)
    many = len(one) + len(other)
    held_a = [_named(each.concepts, renamed) for each in one]
    held_b = [each.concepts for each in other]
    frequency = Counter(concept for each in (*held_a, *held_b) for concept in each)
    rarity = {concept: math.log((many + 1) / count) for concept, count in frequency.items()}
    common = {
        c: k for k, c in enumerate(sorted({c for e in held_a for c in e} & {c for e in held_b for c in e}))
    }
    a, norm_a = _rows(held_a, common, rarity)
    b, norm_b = _rows(held_b, common, rarity)
    alike = (a @ b.T) / np.maximum(np.outer(norm_a, norm_b), 1e-6)
    shared = np.sqrt(a) @ np.sqrt(b).T
    return alike.astype(np.float32), shared.astype(np.float32)


def _rows(
    held: Sequence[Mapping[str, float]], common: Mapping[str, int], rarity: Mapping[str, float]
) -> tuple[Matrix, Matrix]:
    """For each sentence the weights of concepts that both documents have, and the length of all."""
    rows = np.zeros((len(held), len(common)), np.float32)
    norms = np.zeros(len(held), np.float32)
    for number, concepts in enumerate(held):
        total = 0.0
        for concept, weight in concepts.items():
            value = weight * rarity[concept]
            total += value * value
            if concept in common:
                rows[number, common[concept]] = value
        norms[number] = math.sqrt(total)
    return rows, norms


def _renamed(one: Sequence[Told], other: Sequence[Told]) -> dict[str, str]:
    """Words with a capital that only one document has, as the other one spells them, by their beginnings."""
    a = Counter(word for each in one for word in each.capitals if len(word) >= 5)
    b = Counter(word for each in other for word in each.capitals if len(word) >= 5)
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word, _ in b.most_common(_MOST):
        if word not in a:
            by_letter[word[0]].append(word)
            by_letter[word[1]].append(word)
    renamed = {}
    for word, _ in a.most_common(_MOST):
        close = next((each for each in by_letter[word[0]] if near(word, each)), "") if word not in b else ""
        if close and (was := meanings(word, "")) and (now := meanings(close, "")):
            renamed[was[0]] = now[0]
    return renamed


def _named(concepts: Mapping[str, float], renamed: Mapping[str, str]) -> Mapping[str, float]:
    if not renamed or renamed.keys().isdisjoint(concepts):
        return concepts
    return {renamed.get(concept, concept): weight for concept, weight in concepts.items()}


def _compare_figures(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Figures that are the same, garbled or close; unlike: with figures of one unit, all different."""
    a, b = _by_unit(one), _by_unit(other)
    for unit, held in a.items():
        for i, low, high in held[:_MOST]:
            for j, its_low, its_high in b.get(unit, ())[:_MOST]:
                rows[_compared(low, high, its_low, its_high)][i, j] += 1.0
    by_value: dict[float, list[tuple[int, str]]] = defaultdict(list)
    for unit, held in b.items():
        for j, low, high in held[:_MOST]:
            if low == high and low >= _LARGE:
                by_value[low].append((j, unit))
    for unit, held in a.items():
        for i, low, high in held[:_MOST]:
            for j, its in by_value.get(low, ())[:_MOST] if low == high else ():
                rows["figure"][i, j] += 0.8 if its != unit else 0.0
    np.minimum(rows["figure"], 2.0, out=rows["figure"])
    matched = (rows["figure"] > 0) | (rows["garbled"] > 0) | (rows["close"] > 0)
    rows["unlike"][:] = np.where(matched, 0.0, np.minimum(rows["unlike"], 1.0))


def _by_unit(sentences: Sequence[Told]) -> dict[str, list[tuple[int, float, float]]]:
    found: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for number, each in enumerate(sentences):
        for figure in each.figures:
            unit, factor = _BASE.get(figure.unit, (figure.unit, 1.0))
            low = -math.inf if figure.low is None else figure.low * factor
            high = math.inf if figure.high is None else figure.high * factor
            found[unit].append((number, low, high))
    return found


def _compared(low: float, high: float, its_low: float, its_high: float) -> str:
    """Of which kind two figures of one unit are to one another: "figure", "garbled", "close" or "unlike"."""
    ends = [(a, b) for a, b in ((low, its_low), (high, its_high)) if math.isfinite(a) or math.isfinite(b)]
    if all(_is_equal(a, b) for a, b in ends):
        return "figure"
    mine, its = (
        [each for each in pair if math.isfinite(each)] for pair in ((low, high), (its_low, its_high))
    )
    if any(_is_equal(a, b) for a in mine for b in its):
        return "close"
    if any(_digits(a) == _digits(b) and max(a, b) >= _LARGE for a in mine for b in its):
        return "garbled"
    if any(abs(a - b) <= _CLOSE * max(abs(a), abs(b)) for a in mine for b in its):
        return "close"
    return "close" if low < its_high and its_low < high else "unlike"


def _is_equal(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-6)


def _digits(value: float) -> str:
    """The digits of a number without its power of ten."""
    return f"{value:.6e}".split("e")[0]


def _compare_days(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Days that overlap, by how narrow they are; apart: sentences with days of which none do."""
    a, b = ([(i, each) for i, its in enumerate(told) for each in its.days][:_MOST] for told in (one, other))
    for i, day in a:
        for j, its in b:
            value = _overlap(day, its)
            rows["day"][i, j] = max(rows["day"][i, j], value)
            rows["apart"][i, j] = 1.0
    rows["apart"][rows["day"] > 0] = 0.0


def _overlap(one: Day, other: Day) -> float:
    a, b = one.interval, other.interval
    if a.first is None or a.last is None or b.first is None or b.last is None:
        return 0.0
    if a.first > b.last or b.first > a.last:
        return 0.0
    longest = max((a.last - a.first).days, (b.last - b.first).days) + 1
    return 1.0 if longest <= 14 else 0.6 if longest <= 100 else 0.3


def _around(alike: Matrix) -> Matrix:
    """How alike the sentences before, or those behind, two sentences are, whichever are more so."""
    padded = np.pad(alike, 1)
    before, behind = padded[:-2, :-2], padded[2:, 2:]
    around: Matrix = np.maximum(before, behind)
    return around


def _why(one: Told, other: Told) -> str:
    """What two sentences share, in a few words."""
    said = []
    figures = [each for each in one.figures if any(_is_shared(each, its) for its in other.figures)]
    if figures:
        said.append("figures")
    if any(_overlap(day, its) for day in one.days for its in other.days):
        said.append("days")
    if one.heard & other.heard:
        said.append("a quotation")
    common = sorted(each.lstrip("~^=") for each in one.concepts.keys() & other.concepts.keys())
    if common:
        said.append(f"words for {', '.join(common[:6])}")
    return "; ".join(said) or "where they stand"


def _is_shared(one: Figure, other: Figure) -> bool:
    return one.unit == other.unit and (one.low, one.high) == (other.low, other.high)
