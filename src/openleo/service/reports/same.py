"""Sentences of two documents that tell the same event, in one language or two: proposals, for a person.

Retellings share few words, and none across languages. What is compared instead: what words mean, by the
concepts of both languages' dictionaries and by beginnings of words, each weighted by how rare it is in the
two documents; figures (the same; the same digits with another power of ten; close; another of the same unit);
days that overlap; what was done; where sentences stand, and what stands around them. Moods need not agree: a
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

Weights = Mapping[str, float]
"""Concepts of a sentence with what each weighs."""

THRESHOLD: Final = 0.38
"""Of the score, from which on a pair is proposed."""

FEATURES: Final = (
    "shared", "much", "figure", "garbled", "close", "lead's figure", "day", "apart", "titles", "lead",
    "order", "one asks", "one asserts", "both assert", "denies lead", "acts", "acts denied", "like leads",
    "around",
)  # fmt: skip
"""What two sentences have in common; `features` has a matrix of each."""
WEIGHTS: Final = (
    0.20, 1.09, 3.57, 2.68, 2.08, 3.15, 1.52, -1.29, 1.29, 0.28,
    -1.20, -1.05, -1.21, -1.36, 0.21, 0.53, 0.61, 2.18, 0.68,
)  # fmt: skip
BIAS: Final = -4.22
"""Of the features: fitted to `benchmarks/reports`, the sets seen and reported; design/event_weights.py."""

ACTS: Final = frozenset({
    "off", "on", "asked", "selling", "limiting", "money", "putting", "leftout",
})  # fmt: skip
"""Concepts of what somebody did; they weigh of themselves, for in one case all documents have them."""
_SHORTEST: Final = 3.0
"""Of the weights of a sentence that is compared with a lead, the sum that it has at least."""

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
    found = []
    for i, j in np.argwhere(score >= THRESHOLD).tolist():
        a, b = one[i].sentence, other[j].sentence
        why = _why(one[i], other[j])
        found.append(Pair(a.start, a.end, b.start, b.end, round(float(score[i, j]), 3), why))
    return tuple(found)


def features(one: Sequence[Told], other: Sequence[Told]) -> NDArray[np.float32]:
    """What each sentence has in common with each of another document: (FEATURES, len(one), len(other))."""
    found = np.zeros((len(FEATURES), len(one), len(other)), np.float32)
    rows = dict(zip(FEATURES, found, strict=True))
    weighed = _weighed(one, other)
    alike, rows["shared"][:] = _alike(*weighed)
    rows["much"][:] = np.log1p(rows["shared"])
    _compare_figures(one, other, rows)
    _compare_days(one, other, rows)
    _compare_places(one, other, rows)
    _compare_moods(one, other, rows)
    _compare_acts(one, other, rows)
    by_one, by_other = (
        np.array(_like_lead(*each)) for each in ((one, other, *weighed), (other, one, *weighed[::-1]))
    )
    rows["like leads"][:] = np.outer(by_one, by_other)
    rows["around"][:] = _around(alike)
    return found


def _compare_places(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Where sentences stand: titles, leads, and how far they are from one another in their order."""
    a, b = (np.array([each.place for each in told]) for told in (one, other))
    rows["titles"][:] = np.logical_and.outer(a == 0, b == 0)
    rows["lead"][:] = np.logical_and.outer(a <= 1, b <= 1) & (rows["titles"] == 0)
    far_a, far_b = (places / places.max(initial=1) for places in (a, b))
    rows["order"][:] = np.abs(np.subtract.outer(far_a, far_b))


def _compare_moods(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Moods, which need not agree; but background is asserted, and a denial answers what was told first."""
    asks_a, asks_b = (_moods(told, "asked") for told in (one, other))
    says_a, says_b = (_moods(told, "asserted") for told in (one, other))
    no_a, no_b = (_moods(told, "denied") for told in (one, other))
    first_a, first_b = (_leads(told) for told in (one, other))
    rows["one asks"][:] = np.not_equal.outer(asks_a, asks_b)
    rows["one asserts"][:] = np.not_equal.outer(says_a, says_b)
    rows["both assert"][:] = np.logical_and.outer(says_a, says_b)
    rows["denies lead"][:] = np.logical_and.outer(no_a, first_b) | np.logical_and.outer(first_a, no_b)


def _compare_acts(one: Sequence[Told], other: Sequence[Told], rows: Mapping[str, Matrix]) -> None:
    """Acts that both tell, up to two, and those where one denies."""
    listed = sorted(ACTS)
    a, b = (np.array([[act in each.concepts for act in listed] for each in told]) for told in (one, other))
    rows["acts"][:] = np.minimum(a.astype(np.float32) @ b.astype(np.float32).T, 2.0)
    denied = np.logical_or.outer(_moods(one, "denied"), _moods(other, "denied"))
    rows["acts denied"][:] = rows["acts"] * denied


def _moods(told: Sequence[Told], mood: str) -> NDArray[np.bool_]:
    return np.array([each.sentence.mood == mood for each in told])


def _leads(told: Sequence[Told]) -> NDArray[np.bool_]:
    """Which sentences are the title or the first one after it; the first there is where neither is there."""
    leads = np.array([each.place <= 1 for each in told])
    leads[0] |= not leads.any()
    return leads


def _like_lead(
    one: Sequence[Told], other: Sequence[Told], weights: Sequence[Weights], its: Sequence[Weights]
) -> list[float]:
    """How much of each sentence of a document is in the lead of another, or of that in it."""
    lead: dict[str, float] = {}
    for held, leads in zip(its, _leads(other).tolist(), strict=True):
        for concept, weight in held.items() if leads else ():
            lead[concept] = max(lead.get(concept, 0.0), weight)
    whole = sum(lead.values())
    found = []
    for held in weights:
        both = sum(min(weight, lead[concept]) for concept, weight in held.items() if concept in lead)
        found.append(both / max(min(sum(held.values()), whole), _SHORTEST))
    return found


def _weighed(one: Sequence[Told], other: Sequence[Told]) -> tuple[Sequence[Weights], Sequence[Weights]]:
    """The concepts of each sentence of both documents, weighted by how rare they are in them."""
    renamed = _renamed(one, other)
    held_a = [_named(each.concepts, renamed) for each in one]
    held_b = [each.concepts for each in other]
    frequency = Counter(concept for each in (*held_a, *held_b) for concept in each)
    many = len(one) + len(other)
    rarity = {concept: math.log((many + 1) / count) for concept, count in frequency.items()}
    a, b = (
        [{concept: weight * rarity[concept] for concept, weight in each.items()} for each in held]
        for held in (held_a, held_b)
    )
    return a, b


def _alike(one: Sequence[Weights], other: Sequence[Weights]) -> tuple[Matrix, Matrix]:
    """The cosine of two sentences' concepts, and the weight of all that they share."""
    both = {concept for each in one for concept in each} & {concept for each in other for concept in each}
    common = {concept: number for number, concept in enumerate(sorted(both))}
    a, b = (_rows(held, common) for held in (one, other))
    norms = np.outer(*(np.array([_length(each) for each in held]) for held in (one, other)))
    alike: Matrix = (a @ b.T / np.maximum(norms, 1e-6)).astype(np.float32)
    shared: Matrix = np.sqrt(a) @ np.sqrt(b).T
    return alike, shared


def _rows(held: Sequence[Weights], common: Mapping[str, int]) -> Matrix:
    rows = np.zeros((len(held), len(common)), np.float32)
    for number, weights in enumerate(held):
        for concept, weight in weights.items():
            if concept in common:
                rows[number, common[concept]] = weight
    return rows


def _length(weights: Weights) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


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
    """Figures that are the same, garbled or close; lead's figure: one that the other document's lead has."""
    a, b = _by_unit(one), _by_unit(other)
    for unit, held in a.items():
        for i, low, high in held[:_MOST]:
            for j, its_low, its_high in b.get(unit, ())[:_MOST]:
                if kind := _compared(low, high, its_low, its_high):
                    rows[kind][i, j] += 1.0
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
    same = rows["figure"] + rows["garbled"]
    first_a, first_b = _leads(one), _leads(other)
    of_lead_a, of_lead_b = same[first_a].max(axis=0, initial=0.0), same[:, first_b].max(axis=1, initial=0.0)
    by_lead = np.maximum(np.outer(first_a, of_lead_a), np.outer(of_lead_b, first_b))
    rows["lead's figure"][:] = np.where(same > 0, 0.0, by_lead)


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
    """Of which kind two figures of one unit are to one another: "figure", "garbled", "close" or ""."""
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
    return "close" if low < its_high and its_low < high else ""


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
