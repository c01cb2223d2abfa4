"""What a log's entries say when they are read in their order: its keys, its promises, what it took back."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from openleo.ledger.entries import (
    Commitment,
    Entry,
    Keys,
    Reveal,
    Unknown,
    Withdrawal,
    read_entry,
    seconds_of,
)
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.note import Verifier
from openleo.ledger.objects import ObjectRef

MOST_UNREADABLE: Final = 20
"""Indices of unreadable entries that are kept; all are counted."""

Trouble = Callable[[str, str], None]
"""Called with a place, such as `entry 17`, and what is wrong there."""


@dataclass(frozen=True)
class Stated:
    """A Keys entry of a log: where it stands, and why it was not followed ("" where it was)."""

    index: int
    entry: Keys
    refused: str = ""


@dataclass(frozen=True)
class Overdue:
    """A commitment that was not revealed by its date: its index, the date, and what it is about."""

    index: int
    reveal_by: str
    about: str


class Statements:
    """The entries of a log, read one after the other from its first."""

    def __init__(self, origin: str, trouble: Trouble, objects: Callable[[int, ObjectRef], None]) -> None:
        """origin: of the log. objects: called with the index of an entry and each object that it names."""
        self.keys: list[Stated] = []
        self.withdrawn: dict[str, tuple[int, str]] = {}
        """Name of an object: the first entry that withdraws it, and its reason."""
        self.begun = False
        """Whether entry 0 was read."""
        self.unreadable: list[int] = []
        self.unreadable_count = 0
        self._origin = origin
        self._trouble = trouble
        self._objects = objects
        self._counts: Counter[tuple[str, int]] = Counter()
        self._kept_back: dict[int, Commitment] = {}
        self._revealed: dict[int, Commitment] = {}

    def read(self, index: int, raw: bytes) -> Entry | None:
        """Take the next entry; returns it, or None for bytes that are no entry of ours, which are counted."""
        self.begun = self.begun or index == 0
        try:
            entry = read_entry(raw)
        except Malformed:
            self.unreadable_count += 1
            if len(self.unreadable) < MOST_UNREADABLE:
                self.unreadable.append(index)
            return None
        self._counts[entry.type, entry.version] += 1
        for each in entry.objects:
            self._objects(index, each)
        if not isinstance(entry, Unknown):
            self._take(index, entry)
        return entry

    def _take(self, index: int, entry: Entry) -> None:
        if isinstance(entry, Keys):
            self._take_keys(index, entry)
        elif isinstance(entry, Commitment):
            self._kept_back[index] = entry
        elif isinstance(entry, Reveal):
            self._take_reveal(index, entry)
        elif isinstance(entry, Withdrawal):
            self.withdrawn.setdefault(entry.withdraws, (index, entry.reason))

    def _take_keys(self, index: int, entry: Keys) -> None:
        """A log states its keys in entry 0, or never: what others write into it about keys is nothing."""
        before = self.stated
        if index and before is None:
            return
        refused = ""
        try:
            entry.check(before.entry.verifiers if before else ())
            if entry.verifiers[0].name != self._origin:
                raise Unverified(f"keys: they are of {entry.verifiers[0].name}; the log is {self._origin}")
        except Unverified as error:
            refused = str(error)
            self._trouble(f"entry {index}", f"{refused}; these keys are not followed")
        self.keys.append(Stated(index, entry, refused))

    def _take_reveal(self, index: int, entry: Reveal) -> None:
        promised = self._kept_back.get(entry.commitment) or self._revealed.get(entry.commitment)
        if promised is None:
            self._trouble(f"entry {index}", f"it reveals entry {entry.commitment}: no commitment before it")
            return
        try:
            entry.check(promised)
        except Unverified as error:
            self._trouble(f"entry {index}", str(error))
            return
        self._revealed[entry.commitment] = promised
        self._kept_back.pop(entry.commitment, None)

    @property
    def stated(self) -> Stated | None:
        """The last Keys entry that was followed; None where the log does not state its keys."""
        return next((each for each in reversed(self.keys) if not each.refused), None)

    def leads_from(self, known: Verifier) -> bool:
        """Whether the log itself names this key among those that sign, or once signed, it.

        Each Keys entry is signed by all keys in force before it and by all that it names: whoever knows one
        of them may follow it to the keys of today.
        """
        return any(known in each.entry.verifiers for each in self.keys if not each.refused)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many entries there are of each `type@version`."""
        return {f"{kind}@{version}": count for (kind, version), count in sorted(self._counts.items())}

    def overdue(self, now: int) -> list[Overdue]:
        """Commitments that should have been revealed by now (POSIX seconds), and were not.

        One whose object was withdrawn is none of them.
        """
        return [
            Overdue(index, each.reveal_by, each.about)
            for index, each in self._kept_back.items()
            if seconds_of(each.reveal_by) < now and each.digest not in self.withdrawn
        ]
