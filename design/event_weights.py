"""Which weights tell best whether two sentences tell the same event?

Fits the judgements of `openleo.service.reports.prose.same` to the keys of sets of `benchmarks/reports` by
logistic regressions (Newton's method, ridge), cases counting more evenly than their pairs. All but the first
are fitted to each case and to each two documents of it alone. Prints for some thresholds precision and recall
where each case is judged by weights that were fitted without it (and without others: in parts); or writes the
weights of all cases to judgements.toml.

    python -m design.event_weights [seen opened reported] [--write]
"""

import sys
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.reports.key import Key, by_case
from benchmarks.reports.measure import TODAY, keys_of
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.proposals import Read
from openleo.service.reports.propose import propose
from openleo.service.reports.prose.likeness import FEATURES, likeness, spoken
from openleo.service.reports.prose.same import AROUND, around
from openleo.service.reports.prose.telling import Told, told

RIDGES = (1.0, 3.0, 3.0, 3.0)
"""Of the judgements."""
PARTS = 7
"""Into which cases are parted where each is judged by weights that were fitted without it."""
WRITTEN = Path("src/openleo/service/reports/prose/judgements.toml")
EVEN = 0.7
"""The power to which a case's number of pairs is taken from its weight; 1 makes all cases the same."""
THRESHOLDS = (0.28, 0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.44, 0.48, 0.52, 0.56, 0.6)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Documents of a case, or two of them alone.

    values: likeness of all their sentences (K, N, N). same: which the key has as one event. judged: which are
    of different documents, the lesser number first, and no versions of one another.
    """

    name: str
    of: str
    heard: list[tuple[Told, ...]]
    values: Array
    same: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    alone: bool


def read_of(key: Key) -> Read:
    """A document of a key as the intake reads it."""
    facts = Facts(source=key.source, date=key.date, kind=key.kind, translated_from=key.translation_of or "")
    document = read(key.text.encode(), f"{key.id}.txt", facts, TODAY)
    return Read(key.id, document, propose(document))


def cases(sets: list[str]) -> list[Case]:
    """The cases of sets of the corpus, and after each all two documents of it."""
    found = []
    for of in sets:
        for name, documents in by_case(keys_of(of)).items():
            found.append(case_of(name, of, documents, alone=False))
            for two in combinations(documents, 2):
                if (two[0].version_of or two[0].id) != (two[1].version_of or two[1].id):
                    found.append(case_of(name, of, two, alone=True))
    return found


def case_of(name: str, of: str, documents: tuple[Key, ...], *, alone: bool) -> Case:
    heard = [told(read_of(key), {}) for key in documents]
    many = [len(each) for each in heard]
    starts = np.cumsum([0, *many])
    values = np.zeros((len(FEATURES), starts[-1], starts[-1]))
    same = np.zeros((starts[-1], starts[-1]), bool)
    judged = np.zeros_like(same)
    said = spoken(heard)
    for a, b in combinations(range(len(heard)), 2):
        block = np.s_[starts[a] : starts[a + 1], starts[b] : starts[b + 1]]
        one, other = documents[a], documents[b]
        values[:, *block] = likeness(said[a], said[b])
        same[block] = [[bool(events(one, s) & events(other, t)) for t in heard[b]] for s in heard[a]]
        judged[block] = (one.version_of or one.id) != (other.version_of or other.id)
    return Case(name, of, heard, values, same, judged, alone)


def events(key: Key, each: Told) -> frozenset[str]:
    """The events of the sentence of a key that a proposed one overlaps most, if any."""
    start, end = each.sentence.start, each.sentence.end
    most = max(key.sentences, key=lambda mark: min(end, mark.end) - max(start, mark.begin))
    return most.events if min(end, most.end) > max(start, most.begin) else frozenset()


def fit(given: list[tuple[Case, Array]], ridge: float) -> Array:
    """Weights of the values of cases, the bias last."""
    x = np.concatenate([values[:, case.judged].T for case, values in given])
    x = np.c_[x, np.ones(len(x))]
    y = np.concatenate([case.same[case.judged] for case, _ in given]).astype(float)
    many: Counter[str] = Counter()
    for case, _ in given:
        many[case.name] += int(case.same[case.judged].sum())
    shares = {name: (80.0 / max(1, count)) ** EVEN for name, count in many.items()}
    counts = np.concatenate([np.full(int(case.judged.sum()), shares[case.name]) for case, _ in given])
    held = np.diag([ridge] * (x.shape[1] - 1) + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = likely(x @ weights)
        step = np.linalg.solve(
            (x.T * (counts * p * (1.0 - p))) @ x + held, x.T @ (counts * (p - y)) + held @ weights
        )
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def likely(total: Array) -> Array:
    found: Array = 1.0 / (1.0 + np.exp(-total.clip(-30.0, 30.0)))
    return found


def held_by(case: Case, before: Array | None) -> Array:
    """What a judgement weighs of each pair: likeness, and what the judgement before says around it."""
    if before is None:
        return case.values
    first = np.zeros_like(before)
    starts = np.cumsum([0, *(len(each) for each in case.heard)])
    for a, b in combinations(range(len(case.heard)), 2):
        one, other = slice(starts[a], starts[a + 1]), slice(starts[b], starts[b + 1])
        first[one, other], first[other, one] = before[one, other], before[one, other].T
    return np.concatenate([case.values, around(first.astype(np.float32), case.heard)])


def judge(weights: Array, held: Array) -> Array:
    return likely(np.tensordot(weights[:-1], held, axes=1) + weights[-1])


def fitted(given: list[Case]) -> list[Array]:
    """Weights of each judgement; the first is fitted to whole cases, the others to two documents as well."""
    found: list[Array] = []
    before: list[Array | None] = [None] * len(given)
    for ridge in RIDGES:
        held = [held_by(each, score) for each, score in zip(given, before, strict=True)]
        learnt = [(case, x) for case, x in zip(given, held, strict=True) if found or not case.alone]
        found.append(fit(learnt, ridge))
        before = [judge(found[-1], each) for each in held]
    return found


def scored(case: Case, judgements: list[Array]) -> Array:
    """The last judgement of a case."""
    score: Array | None = None
    for weights in judgements:
        score = judge(weights, held_by(case, score))
    assert score is not None
    return score


def as_toml(judgements: list[Array]) -> str:
    """The weights as same.py reads them."""
    lines = ["# What same.py weighs. Written by design/event_weights.py: fit anew, do not edit."]
    for weights in judgements:
        lines += ["", "[[judgement]]", f"bias = {weights[-1]:.2f}"]
        for table, names, start in (("likeness", FEATURES, 0), ("around", AROUND, len(FEATURES))):
            lines += ["", f"[judgement.{table}]"]
            of = weights[start:-1][: len(names)]
            lines += [f'"{name}" = {weight:.2f}' for name, weight in zip(names, of, strict=False)]
    return "\n".join(lines) + "\n"


def main(sets: list[str], *, write: bool) -> None:
    given = cases(sets)
    if write:
        WRITTEN.write_text(as_toml(fitted(given)), encoding="utf-8")
        return
    names = sorted({each.name for each in given})
    without = [
        fitted([each for each in given if names.index(each.name) % PARTS != part]) for part in range(PARTS)
    ]
    chosen = [scored(each, without[names.index(each.name) % PARTS]) for each in given]
    for alone in (False, True):
        print("two documents alone" if alone else "whole cases")
        for threshold in THRESHOLDS:
            line = f"{threshold:4.2f}"
            for of in (*sets, "all"):
                right = found = expected = 0
                for case, score in zip(given, chosen, strict=True):
                    if case.alone == alone and of in (case.of, "all"):
                        mine = (score >= threshold) & case.judged
                        right += int((mine & case.same).sum())
                        found += int(mine.sum())
                        expected += int((case.same & case.judged).sum())
                line += f"  {of} {right / max(1, found):.3f} {right / max(1, expected):.3f}"
            print(line)


if __name__ == "__main__":
    named = [each for each in sys.argv[1:] if each != "--write"]
    main(named or ["seen", "opened", "reported"], write="--write" in sys.argv)
