"""What check-ins were answered, and which of them say again what was answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from openleo.service.policy import Decisions
from openleo.service.reasons import Reason
from openleo.service.records import CHECKIN
from openleo.service.store.enforced import digest_of
from openleo.service.store.stored import stored

if TYPE_CHECKING:
    from openleo.service.store import Store
    from openleo.service.terms import Terms

Rows = NDArray[np.void]

_AGAIN: Final = tuple(
    name for name in CHECKIN.names or () if name not in ("terminal", "sequence", "cell")
)  # what makes a check-in the same one, beside terminal and sequence


@dataclass(frozen=True)
class Answers:
    """What N check-ins were answered; arrays (N,).

    taken: it was decided and stored. repeated: it was taken before, and the decision is that one. Neither:
    it was refused as a message (replay, clock, late), and nothing was stored. number: under which it is
    stored, -1 where it is not. former: which ones were decided by the rules before, for a change comes in
    stages; None for none. checkpoint: entries of the log under which all of it stands, -1 without a log.
    stood: of those that were repeated from the store, under which digest and which checkpoint.
    """

    decisions: Decisions
    taken: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    number: NDArray[np.int64]
    terms: "Terms | None"
    gateways: Sequence[str]
    former: NDArray[np.bool_] | None = None
    former_terms: "Terms | None" = None
    checkpoint: int = -1
    stood: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The rule set by which was decided, empty where none was in force; in a stage, the newer one."""
        return self.digest_of(None)

    def terms_of(self, row: int | None) -> "Terms | None":
        """What the rules said for one check-in; None: for those that the newer ones decided."""
        return self.former_terms if row is not None and self._by_former(row) else self.terms

    def digest_of(self, row: int | None) -> str:
        """The rule set by which one check-in was decided, empty where none was in force."""
        if row is not None and row in self.stood:
            return self.stood[row][0]
        terms = self.terms_of(row)
        return terms.digest if terms is not None else ""

    def checkpoint_of(self, row: int) -> int | None:
        """Entries of the log under which one check-in was decided, None without a log."""
        size = self.stood[row][1] if row in self.stood else self.checkpoint
        return size if size >= 0 else None

    def says(self, zone: int, reason: int, row: int | None = None) -> tuple[str, str]:
        """The region and the decision of its rule that a reason goes back to, empty where none says it."""
        terms = self.terms_of(row)
        if terms is None or zone < 0 or not reason:
            return "", ""
        return terms.says(zone, Reason(reason))

    def _by_former(self, row: int) -> bool:
        return self.former is not None and bool(self.former[row])

    def gateway(self, number: int) -> str | None:
        """The name of a gateway of the plan, None for none."""
        return self.gateways[number] if 0 <= number < len(self.gateways) else None


def repeated(
    store: "Store", before: Rows, rows: Rows, place: NDArray[np.int64], made: Decisions,
    taken: NDArray[np.bool_], number: NDArray[np.int64], rules: int | NDArray[np.int64],
) -> tuple[NDArray[np.bool_], dict[int, tuple[str, int]]]:  # fmt: skip
    """Which check-ins (N,) say again what was taken last of their terminal: they get its decision and number.

    Of those whose decision is in the store, also the digest of its rule set and its checkpoint.

    before: histories (K,) as they were. rows: CHECKIN. place: (N,) into the histories, -1 for no terminal.
    made: changed in place, and so is number, under which a row is stored, -1 where it is not. taken: which
    ones are new. rules: numbers of the rule sets in the store, of all or of each.
    """
    repeated, stood = np.zeros(len(rows), bool), dict[int, tuple[str, int]]()
    replayed = (made.reasons >> np.uint64(Reason.REPLAY)) & np.uint64(1) != 0
    last: dict[int, int] = {}  # of each terminal, the row of this batch that was taken last
    for i in range(len(rows)) if replayed.any() else ():
        k = int(place[i])
        if taken[i]:
            last[k] = i
        elif replayed[i] and k in last:
            if _said_again(rows[i], rows[last[k]]):
                for column in made.__dataclass_fields__:
                    getattr(made, column)[i] = getattr(made, column)[last[k]]
                number[i], repeated[i] = number[last[k]], True
        elif replayed[i] and k >= 0 and rows[i]["sequence"] == before[k]["sequence"]:
            kept = stored(store, before[k]["checkin"][None])
            if len(kept) and _said_again(rows[i], kept[0]):
                mine = rules if isinstance(rules, int) else rules[i]
                _put_stored(made, i, kept[0], same_rules=kept[0]["rules"] == mine)
                number[i], repeated[i] = kept[0]["number"], True
                digest = digest_of(store, int(kept[0]["rules"])) or ""
                stood[i] = digest, int(kept[0]["checkpoint"])
    return repeated, stood


def _said_again(row: Any, stored: Any) -> bool:
    """Whether two rows say the same; a measure that is missing in both is the same."""
    if row["sequence"] != stored["sequence"] or int(row["cell"]) != int(stored["cell"]) % 2**64:
        return False
    return all(row[name] == stored[name] or (row[name] != row[name] and stored[name] != stored[name])
               for name in _AGAIN)  # fmt: skip


def _put_stored(made: Decisions, i: int, stored: Any, *, same_rules: bool) -> None:
    """Write a stored decision over row i; its zone is that of other rules unless they are the same."""
    for column, name in (
        ("outcome", "outcome"), ("primary", "reason"), ("valid_us", "valid_us"),
        ("retry_us", "retry_us"), ("retry_km", "retry_km"), ("rate_mbps", "rate_mbps"),
        ("satellite", "granted"), ("gateway", "gateway"), ("finding", "findings"),
    ):  # fmt: skip
        getattr(made, column)[i] = stored[name]
    made.reasons[i] = int(stored["reasons"]) % 2**64
    made.zone[i] = stored["zone"] if same_rules else -1
