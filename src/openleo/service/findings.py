"""Findings: evidence for people, who confirm or dismiss it; and what many terminals together show.

What a single check-in shows (a drone, a clone, a leap, a position that the sky refutes, a circle over a line,
a stay abroad) comes with its decision. Here stand the findings that take a whole register: resale, and the
dealers ordered by how far their records contradict what was seen. Nobody is accused: numbers are shown.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openleo.errors import InputError
from openleo.service.records import FindingKind, Names

State = Literal["open", "confirmed", "dismissed"]
Seller = Literal["dealer", "account"]

RAISED_US: Final = 14 * 86_400_000_000
"""A finding open for longer than this is raised: it stands first, and is said to be overdue."""

MANY: Final = 10
"""So many terminals of a seller where they were not sold make a finding of resale."""

BUYER_OF_MANY: Final = 20
"""A buyer who stands in so many records of one dealer is shown: an aid agency, or a name of convenience."""

_SURE: Final = 1.96
"""Standard deviations of a 95 % interval."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Finding:
    """One finding. subject: whom it is about, such as "terminal 17" or "dealer 3". data: what shows it."""

    kind: FindingKind
    subject: str
    opened_us: int
    data: Mapping[str, Any]
    state: State = "open"
    closed_us: int = 0
    closed_by: str = ""
    why: str = ""
    number: int = -1

    def raised(self, now_us: int) -> bool:
        """Whether it has been open too long."""
        return self.state == "open" and now_us - self.opened_us > RAISED_US


@dataclass(frozen=True)
class Records:
    """What the register says of the sale of T terminals; arrays (T,), numbers by `Names`, -1 for none.

    dealer, country, buyer: numbers. sold_us: when, microseconds since 1970-01-01 UTC, 0: not said. gaps: how
    often an owner in the chain is not the one to whom it had passed before.
    """

    dealer: NDArray[Any]
    country: NDArray[Any]
    buyer: NDArray[Any]
    sold_us: NDArray[Any]
    gaps: NDArray[Any]


@dataclass(frozen=True)
class Seen:
    """Where T terminals were seen. first_us: (T,) first check-in, 0: never. terminal, country: (K,) each
    country in which each terminal ever was, as pairs."""

    first_us: NDArray[Any]
    terminal: NDArray[Any]
    country: NDArray[Any]

    @classmethod
    def of(cls, first_us: ArrayLike, terminal: ArrayLike, country: ArrayLike) -> "Seen":
        """Of check-ins (N,) with terminal and country (-1: none), and when each of T terminals came first."""
        who, where = np.asarray(terminal, np.int64), np.asarray(country, np.int64)
        known = (who >= 0) & (where >= 0)
        pairs = np.unique(np.stack([who[known], where[known]]), axis=1)
        return cls(np.asarray(first_us, np.int64), pairs[0], pairs[1])


@dataclass(frozen=True)
class Evidence:
    """What a dealer's records and the log say of each other; counts of terminals.

    sold: in all. judged: of those seen at all. before_sale: first seen before the recorded day of sale.
    not_where_sold: never seen in the recorded country of sale, though seen elsewhere. one_buyer: those of a
    buyer who has BUYER_OF_MANY or more from this dealer. gaps: with a gap in the chain of owners.
    contradicted: with any of these. share: of those judged. least_share: the lower end of its 95 % interval,
    by which dealers are ordered (Wilson 1927, J. Am. Stat. Assoc. 22, 209).
    """

    dealer: int
    sold: int
    judged: int
    before_sale: int
    not_where_sold: int
    one_buyer: int
    gaps: int
    contradicted: int
    share: float
    least_share: float


def dealers(records: Records, seen: Seen) -> tuple[Evidence, ...]:
    """The dealers, those whose records contradict the log most surely first; a person decides what it means.

    Raises InputError where columns differ in length.
    """
    count = _length(records)
    first_us = np.asarray(seen.first_us, np.int64)
    if len(first_us) != count:
        raise InputError(f"seen: {len(first_us)} terminals given; {count}, as in the records, are allowed")
    dealer = np.asarray(records.dealer, np.int64)
    sold_us = np.asarray(records.sold_us, np.int64)
    country = np.asarray(records.country, np.int64)
    was_seen = np.zeros(count, np.bool_)
    was_seen[seen.terminal] = True
    at_home = np.zeros(count, np.bool_)
    at_home[seen.terminal[country[seen.terminal] == seen.country]] = True
    before = (first_us > 0) & (sold_us > 0) & (first_us < sold_us)
    elsewhere = was_seen & (country >= 0) & ~at_home
    many = _of_many(dealer, np.asarray(records.buyer, np.int64))
    gaps = np.asarray(records.gaps, np.int64) > 0
    judged = was_seen | (first_us > 0)
    any_of = (before | elsewhere | many | gaps) & judged
    found = []
    for number in np.unique(dealer[dealer >= 0]).tolist():
        own = dealer == number
        n, k = int((own & judged).sum()), int((own & any_of).sum())
        found.append(
            Evidence(
                number, int(own.sum()), n, int((own & before).sum()), int((own & elsewhere).sum()),
                int((own & many).sum()), int((own & gaps).sum()), k, k / n if n else 0.0, _least_share(k, n),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.least_share, -each.contradicted, each.dealer)))


def resale(
    register: NDArray[np.void], histories: NDArray[np.void], now_us: int, names: Names, by: Seller = "dealer"
) -> list[Finding]:
    """Findings of sellers with MANY or more terminals in one country where those were not sold.

    register, histories: (T,) TERMINAL and HISTORY rows. by: whose terminals are counted together. The last
    country of each terminal counts, be it served there or refused.
    """
    seller, sold = register[by].astype(np.int64), register["sold"].astype(np.int64)
    here = histories["country"].astype(np.int64)
    away = (seller >= 0) & (sold >= 0) & (here >= 0) & (here != sold)
    found = []
    pairs, counts = np.unique(np.stack([seller[away], here[away]]), axis=1, return_counts=True)
    for (who, country), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        if count < MANY:
            continue
        inside = away & (seller == who) & (here == country)
        origin, number = np.unique(sold[inside], return_counts=True)
        data = {
            by: _name(names, by, who),
            "country": _name(names, "country", country),
            "terminals": count,
            "of": int((seller == who).sum()),
            "sold_in": {
                _name(names, "country", k): n for k, n in zip(origin.tolist(), number.tolist(), strict=True)
            },
        }
        found.append(Finding(FindingKind.RESALE, f"{by} {who} in {data['country']}", now_us, data))
    return sorted(found, key=lambda each: (-each.data["terminals"], each.subject))


def _name(names: Names, kind: str, number: int) -> str:
    """The name of a number, or the number where it has none."""
    known = names.all(kind)
    return known[number] if 0 <= number < len(known) else str(number)


def _length(records: Records) -> int:
    lengths = {name: len(column) for name, column in vars(records).items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            f"records: columns of different lengths {lengths}; one row for each terminal is allowed"
        )
    return lengths["dealer"]


def _of_many(dealer: Ints, buyer: Ints) -> NDArray[np.bool_]:
    """Which terminals went to a buyer who has BUYER_OF_MANY or more from the same dealer."""
    known = (dealer >= 0) & (buyer >= 0)
    _, group, counts = np.unique(np.stack([dealer, buyer]), axis=1, return_inverse=True, return_counts=True)
    return np.asarray(known & (counts[group.reshape(-1)] >= BUYER_OF_MANY))


def _least_share(k: int, n: int) -> float:
    """Lower end of Wilson's interval of k in n."""
    if n == 0:
        return 0.0
    share, z2 = k / n, _SURE * _SURE
    spread = _SURE * math.sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n))
    return max((share + z2 / (2.0 * n) - spread) / (1.0 + z2 / n), 0.0)
