"""Which weights tell best whether two sentences tell the same event?

Fits the weights of `openleo.service.reports.same` to the keys of sets of `benchmarks/reports` by a
logistic regression (Newton's method, ridge), with cases counting more evenly than their pairs do. Prints the
weights and, for some thresholds, precision and recall where each case is judged by weights that were fitted
without it.

    python -m design.event_weights seen reported
"""

import sys
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.reports.key import Key, by_case
from benchmarks.reports.measure import TODAY, keys_of
from openleo.service.reports.intake import Facts, read
from openleo.service.reports.proposals import Read
from openleo.service.reports.propose import propose
from openleo.service.reports.same import FEATURES, features
from openleo.service.reports.telling import Told, told

RIDGE = 0.3
EVEN = 0.7
"""The power to which a case's number of pairs is taken from its weight; 1 makes all cases the same."""
THRESHOLDS = (0.3, 0.35, 0.38, 0.4, 0.45, 0.5)


@dataclass(frozen=True)
class Pairing:
    """Two documents of a case: features (K, N, M), and which sentences the key has as one event (N, M)."""

    case: str
    values: NDArray[np.float64]
    same: NDArray[np.bool_]


def read_of(key: Key) -> Read:
    """A document of a key as the intake reads it."""
    facts = Facts(source=key.source, date=key.date, kind=key.kind, translated_from=key.translation_of or "")
    document = read(key.text.encode(), f"{key.id}.txt", facts, TODAY)
    return Read(key.id, document, propose(document))


def pairings(keys: tuple[Key, ...]) -> list[Pairing]:
    found = []
    for case, documents in by_case(keys).items():
        heard = {key.id: told(read_of(key), {}) for key in documents}
        for a, b in combinations(documents, 2):
            if (a.version_of or a.id) != (b.version_of or b.id):
                same = [[bool(events(a, s) & events(b, t)) for t in heard[b.id]] for s in heard[a.id]]
                values = features(heard[a.id], heard[b.id]).astype(np.float64)
                found.append(Pairing(case, values, np.array(same)))
    return found


def events(key: Key, each: Told) -> frozenset[str]:
    """The events of the sentence of a key that a proposed one overlaps most."""
    start, end = each.sentence.start, each.sentence.end
    return max(key.sentences, key=lambda mark: min(end, mark.end) - max(start, mark.begin)).events


def fit(given: list[Pairing]) -> NDArray[np.float64]:
    """Weights, the bias last."""
    x = np.concatenate([each.values.reshape(len(FEATURES), -1).T for each in given])
    x = np.c_[x, np.ones(len(x))]
    y = np.concatenate([each.same.ravel() for each in given]).astype(float)
    many: Counter[str] = Counter()
    for each in given:
        many[each.case] += int(each.same.sum())
    shares = {case: (80.0 / max(1, count)) ** EVEN for case, count in many.items()}
    counts = np.concatenate([np.full(each.same.size, shares[each.case]) for each in given])
    ridge = np.diag([RIDGE] * len(FEATURES) + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ weights))
        step = np.linalg.solve(
            (x.T * (counts * p * (1.0 - p))) @ x + ridge, x.T @ (counts * (p - y)) + ridge @ weights
        )
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def scored(each: Pairing, weights: NDArray[np.float64]) -> NDArray[Any]:
    total = np.tensordot(weights[:-1], each.values, axes=1) + weights[-1]
    return 1.0 / (1.0 + np.exp(-total))


def main(sets: list[str]) -> None:
    given = [each for name in sets for each in pairings(keys_of(name))]
    weights = fit(given)
    for name, weight in zip((*FEATURES, "bias"), weights, strict=True):
        print(f"{name:16} {weight:6.2f}")
    cases = {each.case for each in given}
    without = {case: fit([each for each in given if each.case != case]) for case in cases}
    expected = sum(int(each.same.sum()) for each in given)
    for threshold in THRESHOLDS:
        chosen = [scored(each, without[each.case]) >= threshold for each in given]
        right = sum(int((mine & each.same).sum()) for mine, each in zip(chosen, given, strict=True))
        precision = right / max(1, sum(int(mine.sum()) for mine in chosen))
        print(f"{threshold:4.2f}  precision {precision:.3f}  recall {right / max(1, expected):.3f}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["seen", "reported"])
