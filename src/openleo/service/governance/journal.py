"""What one controller enforced and when, noted outside the store so that the store can be held against it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from openleo.ledger.entries import time_of
from openleo.ledger.errors import Unavailable
from openleo.service.force import NEVER_US, zones_of
from openleo.service.governance.record import Record
from openleo.service.store.enforced import recorded, zones_hash

if TYPE_CHECKING:
    from openleo.service.regions import RuleSet
    from openleo.service.store import Store


class Journal:
    """Two files beside a controller's copy of the log: `enforced`, which rule set since when, and `sizes`,
    how many entries the checkpoint had under which decisions stand."""

    def __init__(self, folder: Path, clock: Callable[[], int]) -> None:
        """folder: that is there. clock: microseconds since 1970-01-01 UTC; without lines, the store is held
        against the log from now on."""
        self._folder = folder
        self._enforced = Counter(self._noted("enforced"))
        self._since_us = min((us for us, _ in self._enforced), default=clock())
        self._sizes = [(us, int(size)) for us, size in self._noted("sizes") if size.isdecimal()]

    def enforced(self, digest: str, from_us: int) -> None:
        """Note that a rule set is enforced from a time on, before the store is told."""
        self._note("enforced", f"{from_us} {digest}")
        self._enforced[from_us, digest] += 1

    def grown(self, size: int, us: int) -> None:
        """Note that decisions stand under a checkpoint of so many entries from a time on."""
        self._sizes.append((us, size))
        self._note("sizes", f"{us} {size}")

    def size_at(self, us: int) -> int | None:
        """Entries of the checkpoint under which decisions stood at a time, None where that was not noted."""
        at = bisect_right(self._sizes, (us, NEVER_US)) - 1
        return self._sizes[at][1] if at >= 0 else None

    def compare(self, store: "Store", record: Record | None, known: Mapping[str, "RuleSet"]) -> list[str]:
        """What the store says was in force, and neither these notes nor the log do, in sentences.

        record: what the log says of rules. known: rule sets by their digests, as they were proven.
        """
        sets, terms = recorded(store)
        digests = {number: row.digest for number, row in sets.items()}
        there = Counter((from_us, digests.get(number, "")) for from_us, number in terms)
        said = [
            f"The store was changed: its row in_force of {_time(from_us)} with the rule set {digest[:16]} is "
            "missing, or says something else"
            for (from_us, digest), count in self._enforced.items()
            if there[from_us, digest] < count
        ]
        for from_us, digest in there:
            if from_us >= self._since_us and not self._enforced[from_us, digest]:
                allowed = _digests_at(record, from_us)
                if digest not in allowed:
                    said.append(
                        f"The store was changed: a row in_force of {_time(from_us)} names the rule set "
                        f"{digest[:16] or 'of no row'}; by the log it is "
                        f"{' or '.join(each[:16] for each in allowed) or 'none'}"
                    )
        for row in sets.values():
            rules = known.get(row.digest)
            if rules is not None:
                if (row.name, row.version) != (rules.name, rules.version):
                    said.append(
                        f"The store was changed: its row {row.number} of rules says {row.name!r}, version "
                        f"{row.version}; by the log it is {rules.name!r}, version {rules.version}"
                    )
                if row.zones != zones_hash(zones_of(rules)):
                    said.append(
                        f"The store was changed: zones of the rule set {row.digest[:16]} are not those of "
                        "the log"
                    )
        return said

    def _note(self, name: str, line: str) -> None:
        path = self._folder / name
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise Unavailable(f"{path}: {error.strerror}") from error

    def _noted(self, name: str) -> list[tuple[int, str]]:
        """The lines of such a file: a time (microseconds) and a word; what was cut off is left out."""
        path = self._folder / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        parts = [line.split() for line in lines]
        return [(int(each[0]), each[1]) for each in parts if len(each) == 2 and each[0].isdecimal()]


def _digests_at(record: Record | None, us: int) -> list[str]:
    held = record.holds_at(us / 1e6) if record is not None else None
    if held is None:
        return []
    return [held.digest, *([held.before.digest] if held.before is not None else [])]


def _time(us: int) -> str:
    return time_of(us // 1_000_000)
