"""Sentences of documents of a case that tell the same event, in one language or two: proposals, for a person.

Retellings share few words, and none across languages. What is compared instead: what words mean, by the
concepts of both languages' dictionaries and by beginnings of words, each weighted by how rare it is in the
case; figures (the same; the same digits with another power of ten; close); days that overlap; quotations;
what was done; where sentences stand; moods, which need not agree: a denial tells the event that it denies.

A case is judged at once, and several times. Each pair of sentences is judged by itself first, and then again
with what the judgement before says of the sentences around it: a pair gains where a sentence of a third
document tells the same as both, or where the other of a title and its lead does, and loses where other
sentences fit better, or where sentences of third documents fit one of both alone. How much each of this
weighs is in judgements.toml, which design/event_weights.py fits to the keys of `benchmarks/reports`.

Its weakness: two events told in the same words (two outages of one coast) are taken for one unless a figure
or a day tells them apart, sentences in words that no dictionary has are missed, and so are short denials that
do not say what they deny. Two documents without others are judged by less than a case.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.reports.proposals import Figure, Read
from openleo.service.reports.prose.likeness import FEATURES, Matrix, likeness, spoken
from openleo.service.reports.prose.measured import overlap
from openleo.service.reports.prose.telling import Told, told

THRESHOLD: Final = 0.34
"""Of the last judgement, from which on a pair is proposed."""

AROUND: Final = (
    "odds", "first", "rival", "third", "apart", "lead", "alone", "beside", "before", "mutual", "mutual alike",
)  # fmt: skip
"""What `around` has a matrix of each."""
MOST: Final = 2400
"""Sentences of a case that are compared; of each document the same number of its first, where it has more."""
_SHORT: Final = 5
"""Words of a denial that says little of what it denies, at most."""
_LEAST: Final = 1e-9
_FAINT: Final = 0.05
"""First judgements below it say nothing of third documents."""
_THIRD: Final = 80
"""Sentences of other documents that one may lay together, at most: those that fit it best."""


@dataclass(frozen=True)
class Pair:
    """A sentence of one document and one of another that tell the same. why: what they share, in words."""

    start: int
    end: int
    other_start: int
    other_end: int
    score: float
    why: str

    @property
    def turned(self) -> "Pair":
        """The same from the side of the other document."""
        return Pair(self.other_start, self.other_end, self.start, self.end, self.score, self.why)


def same_event(one: Read, other: Read, known: Mapping[str, str] | None = None) -> tuple[Pair, ...]:
    """Pairs of sentences of two documents that tell the same event, in the order of the first.

    known: spellings that a person has confirmed, casefolded, with the name that each stands for.
    """
    return pairs(told(one, known or {}), told(other, known or {}))


def pairs(one: Sequence[Told], other: Sequence[Told]) -> tuple[Pair, ...]:
    """`same_event` of what `told` gave."""
    return case_pairs((one, other))[0, 1]


def events(
    reads: Sequence[Read], known: Mapping[str, str] | None = None
) -> dict[tuple[int, int], tuple[Pair, ...]]:
    """Pairs of sentences of each two documents of a case, by their numbers in it, the lesser first."""
    return case_pairs([told(each, known or {}) for each in reads])


def case_pairs(case: Sequence[Sequence[Told]]) -> dict[tuple[int, int], tuple[Pair, ...]]:
    """`events` of what `told` gave."""
    most = max(1, MOST // max(1, len(case)))
    case = [each[:most] for each in case]
    score = judged(case)
    starts = _starts(case)
    found = {}
    for a, b in combinations(range(len(case)), 2):
        block = score[starts[a] : starts[a + 1], starts[b] : starts[b + 1]]
        found[a, b] = tuple(
            _pair(case[a][i], case[b][j], float(block[i, j]))
            for i, j in np.argwhere(block >= THRESHOLD).tolist()
        )
    return found


def _pair(one: Told, other: Told, score: float) -> Pair:
    a, b = one.sentence, other.sentence
    return Pair(a.start, a.end, b.start, b.end, round(score, 3), _why(one, other))


def _starts(case: Sequence[Sequence[Told]]) -> NDArray[np.intp]:
    """Where the sentences of each document begin among all of the case, and at last how many there are."""
    return np.cumsum([0, *(len(each) for each in case)])


@dataclass(frozen=True)
class Judgement:
    """How much one judgement weighs of likeness, and of what the one before it says around two sentences."""

    bias: float
    likeness: NDArray[np.float32]
    around: NDArray[np.float32]


@cache
def judgements() -> tuple[Judgement, ...]:
    """The judgements in their order, from judgements.toml; the first has nothing around it."""
    text = (files("openleo.service.reports.prose") / "judgements.toml").read_text(encoding="utf-8")
    return tuple(
        Judgement(each["bias"], _weights(each["likeness"], FEATURES), _weights(each["around"], AROUND))
        for each in tomllib.loads(text)["judgement"]
    )


def _weights(named: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float32]:
    return np.array([named.get(name, 0.0) for name in names], np.float32)


def judged(case: Sequence[Sequence[Told]]) -> Matrix:
    """How likely each two sentences of different documents tell the same, by the last judgement."""
    apart = _apart(case)
    found = np.zeros(apart.shape, np.float32)
    for judgement, total in zip(judgements(), _by_likeness(case), strict=True):
        if judgement.around.any():
            total += np.tensordot(judgement.around, around(found, case), axes=1)
        found = np.where(apart, likely(total), 0.0).astype(np.float32)
    return found


def _by_likeness(case: Sequence[Sequence[Told]]) -> NDArray[np.float32]:
    """What each judgement makes of the likeness of each two sentences: (judgements, sentences, sentences)."""
    starts = _starts(case)
    bias = np.array([each.bias for each in judgements()], np.float32)
    weights = np.array([each.likeness for each in judgements()])
    found = np.zeros((len(bias), starts[-1], starts[-1]), np.float32)
    documents = spoken(case)
    for a, b in combinations(range(len(case)), 2):
        if case[a] and case[b]:
            total = bias[:, None, None] + np.tensordot(weights, likeness(documents[a], documents[b]), axes=1)
            found[:, starts[a] : starts[a + 1], starts[b] : starts[b + 1]] = total
            found[:, starts[b] : starts[b + 1], starts[a] : starts[a + 1]] = total.transpose(0, 2, 1)
    return found


def likely(total: Matrix) -> Matrix:
    """The logistic function of weighed sums."""
    found: Matrix = 1.0 / (1.0 + np.exp(-total.clip(-30.0, 30.0)))
    return found


def _apart(case: Sequence[Sequence[Told]]) -> NDArray[np.bool_]:
    """Which sentences of a case are of different documents."""
    document = np.repeat(np.arange(len(case)), [len(each) for each in case])
    return np.not_equal.outer(document, document)


def around(first: Matrix, case: Sequence[Sequence[Told]]) -> NDArray[np.float32]:
    """What a first judgement says of each pair of sentences: (AROUND, sentences, sentences).

    odds: the logarithm of those of the first judgement. first: that itself. rival: the best that either
    sentence finds beside the other in its document, the lesser of both. third: what the best
    sentence of each third document has with both, the lesser of the two, on average. apart: how much more
    third documents have of one than of the other. lead: the judgement of the title where one is a lead, and
    of the lead where it is a title. alone: whether there is no third document. beside: the better of what the
    sentences before both, and those after both, have. before: what the sentences before a short denial have
    with the other sentence. mutual: how near the two are to being each other's best of their documents;
    mutual alike: that, by how alike those are.
    """
    found = np.zeros((len(AROUND), *first.shape), np.float32)
    rows = dict(zip(AROUND, found, strict=True))
    safe = first.clip(1e-4, 1.0 - 1e-4)
    rows["odds"][:] = np.log(safe / (1.0 - safe))
    rows["first"][:] = first
    rival = _rivals(first, case)
    rows["rival"][:] = np.minimum(rival, rival.T)
    lead = _by_lead(first, case)
    rows["lead"][:] = np.maximum(lead, lead.T)
    rows["beside"][:] = _beside(first, case)
    before = _by_sentence_before(first, case)
    rows["before"][:] = np.maximum(before, before.T)
    _compare_documents(first, case, rows)
    if len(case) > 2:
        _compare_thirds(first, case, rows)
    else:
        rows["third"][:] = first
        rows["alone"][:] = 1.0
    return found


def _rivals(first: Matrix, case: Sequence[Sequence[Told]]) -> Matrix:
    """For each sentence, the best that it has in a document without each of its sentences."""
    found = np.zeros_like(first)
    starts = _starts(case)
    for begin, end in pairwise(starts.tolist()):
        if end - begin < 2:
            continue
        block = first[:, begin:end]
        best = block.argmax(axis=1)
        lines = np.arange(len(block))
        second = np.partition(block, -2, axis=1)[:, -2]
        found[:, begin:end] = block[lines, best][:, None]
        found[lines, begin + best] = second
    return found


def _by_lead(first: Matrix, case: Sequence[Sequence[Told]]) -> Matrix:
    """For titles what their leads have with each sentence, and for leads what their titles have."""
    found = np.zeros_like(first)
    for begin, each in zip(_starts(case)[:-1].tolist(), case, strict=True):
        if len(each) > 1 and each[0].place == 0:
            found[begin], found[begin + 1] = first[begin + 1], first[begin]
    return found


def _beside(first: Matrix, case: Sequence[Sequence[Told]]) -> Matrix:
    """The better of what the sentences before two, and those after them, have with one another."""
    found = np.zeros_like(first)
    spans = tuple(pairwise(_starts(case).tolist()))
    for a, b in spans:
        for c, d in spans:
            block, held = first[a:b, c:d], found[a:b, c:d]
            held[1:, 1:] = block[:-1, :-1]
            held[:-1, :-1] = np.maximum(held[:-1, :-1], block[1:, 1:])
    return found


def _by_sentence_before(first: Matrix, case: Sequence[Sequence[Told]]) -> Matrix:
    """For denials of few words, what the two sentences before them have with each sentence."""
    found = np.zeros_like(first)
    for begin, each in zip(_starts(case)[:-1].tolist(), case, strict=True):
        for number, said in enumerate(each):
            if number and said.sentence.mood == "denied" and len(said.words) <= _SHORT:
                found[begin + number] = first[begin + max(0, number - 2) : begin + number].max(axis=0)
    return found


def _compare_documents(first: Matrix, case: Sequence[Sequence[Told]], rows: Mapping[str, Matrix]) -> None:
    """How near two sentences are to being each other's best, and that by how alike their documents are."""
    spans = tuple(pairwise(_starts(case).tolist()))
    for (a, b), (c, d) in combinations(spans, 2):
        block = first[a:b, c:d]
        if not block.size:
            continue
        best, its_best = block.max(axis=1), block.max(axis=0)
        mutual = block / np.maximum(np.maximum.outer(best, its_best), _LEAST)
        alike = (best.mean() + its_best.mean()) / 2.0
        for name, value in (("mutual", mutual), ("mutual alike", mutual * alike)):
            rows[name][a:b, c:d] = value
            rows[name][c:d, a:b] = value.T


def _compare_thirds(first: Matrix, case: Sequence[Sequence[Told]], rows: Mapping[str, Matrix]) -> None:
    """Support by sentences of third documents, and what of them is apart, by document."""
    clear = np.where(first >= _FAINT, first, 0.0).astype(np.float32)
    both = np.zeros_like(first)
    of_document = np.zeros_like(first)
    for begin, end in pairwise(_starts(case).tolist()):
        of_document[:] = 0.0
        for line in clear[begin:end]:
            near = np.flatnonzero(line)
            if len(near) > _THIRD:
                near = near[np.argpartition(line[near], -_THIRD)[-_THIRD:]]
            square = np.ix_(near, near)
            least = np.minimum.outer(line[near], line[near])
            of_document[square] = np.maximum(of_document[square], least)
            both[square] += least
        rows["third"] += of_document / (len(case) - 2)
    starts = _starts(case)
    by_document = np.stack([clear[:, a:b].sum(axis=1) for a, b in pairwise(starts)])
    document = np.repeat(np.arange(len(case)), np.diff(starts))
    beside = by_document.sum(axis=0)[:, None] - by_document[document].T
    alone = (beside + beside.T - 2.0 * both).clip(0.0) / (len(case) - 2)
    rows["apart"][:] = np.log1p(alone)


def _why(one: Told, other: Told) -> str:
    """What two sentences share, in a few words."""
    said = []
    figures = [each for each in one.figures if any(_is_shared(each, its) for its in other.figures)]
    if figures:
        said.append("figures")
    if any(overlap(day, its) for day in one.days for its in other.days):
        said.append("days")
    if one.heard & other.heard:
        said.append("a quotation")
    common = sorted(each.lstrip("~^=") for each in one.concepts.keys() & other.concepts.keys())
    if common:
        said.append(f"words for {', '.join(common[:6])}")
    return "; ".join(said) or "where they stand"


def _is_shared(one: Figure, other: Figure) -> bool:
    return one.unit == other.unit and (one.low, one.high) == (other.low, other.high)
