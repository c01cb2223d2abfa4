"""A turn: one transaction in which histories of terminals are read, changed and written with check-ins."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from openleo.service.store.checkins import Decided, chain, checkin_rows


class Driver(Protocol):
    """What a database does for a turn, in its own driver."""

    def numbers(self, count: int) -> NDArray[np.int64]:
        """Numbers for so many check-ins, growing."""

    def insert(self, rows: NDArray[np.void]) -> None:
        """Write rows of CHECKIN_FIELDS."""

    def write(self, terminals: NDArray[np.int64], histories: NDArray[np.void]) -> None:
        """Write histories (K,) of terminals (K,)."""

    def query(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Rows that a statement gives; its values are marked by ?."""


class Held:
    """The histories of some terminals for the length of a transaction, and what is recorded with them.

    `terminals` (K,) int64, each once, sorted; `histories` (K,) HISTORY rows, to be changed in place. All that
    is recorded is durable when the block of `Store.locked` was left without an exception, and none of it
    otherwise.
    """

    def __init__(self, driver: Driver, terminals: NDArray[np.int64], histories: NDArray[np.void]) -> None:
        self.terminals = terminals
        self.histories = histories
        self.changed = False
        self._driver = driver

    def places(self, terminals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where terminals (N,) stand in `histories`, -1 for -1: what `decide_batch` takes as their number."""
        return np.where(terminals < 0, -1, np.searchsorted(self.terminals, terminals))

    def record(
        self,
        checkins: NDArray[np.void],
        decisions: Decided,
        *,
        received_us: int,
        rules: int | NDArray[np.int64] = -1,
        checkpoint: int = -1,
        keep: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int64]:
        """Keep check-ins (N,) CHECKIN rows with their decisions (N,), and the histories as they are then.

        checkins: `terminal` is the number in the register. received_us: the server's time. rules: number of
        the rule set, from `Store.put_in_force`; (N,) where not all stand under one. checkpoint: entries of
        the log under which they were decided, -1 without one. keep (N,): which ones are stored.
        Returns the numbers (N,) under which they are stored, -1 where they are not.
        """
        stored = np.arange(len(checkins)) if keep is None else np.flatnonzero(keep)
        numbers = np.full(len(checkins), -1, np.int64)
        self.changed = True
        if len(stored):
            numbers[stored] = self._driver.numbers(len(stored))
            rows = checkin_rows(checkins, decisions, numbers, received_us, rules, checkpoint)
            rows = rows if keep is None else rows[stored]
            last = self.histories["checkin"].copy()
            chain(rows, self.terminals, last)
            self.histories["checkin"] = last
            self._driver.insert(rows)
        return numbers

    def find(self, found: Sequence[tuple[str, str, str]], opened_us: int) -> list[int]:
        """Open findings: kind, subject (such as "terminal 17"), data as JSON.

        Returns the number of each. Of a kind, a subject has at most one that is open: then it is that one's.
        """
        numbers = []
        for kind, subject, data in found:
            rows: Sequence[Any] = ()
            while not rows:  # one that another server closes between the two is in the way no longer
                rows = self._driver.query(
                    "INSERT INTO findings (kind, subject, opened_us, data) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING RETURNING number",
                    (kind, subject, opened_us, data),
                ) or self._driver.query(
                    "SELECT number FROM findings WHERE kind = ? AND subject = ? AND state = 'open'",
                    (kind, subject),
                )
            numbers.append(int(rows[0][0]))
        return numbers

    def count(self, day: int, counts: Mapping[tuple[str, str], float]) -> None:
        """Add to the figures of a day (days since 1970-01-01 UTC): {(region, measure): value}."""
        for (region, measure), value in sorted(counts.items()):  # in order: two servers never wait in a ring
            self._driver.query(
                "INSERT INTO figures (day, region, measure, value) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (day, region, measure) DO UPDATE SET value = figures.value + excluded.value "
                "RETURNING day",
                (day, region, measure, value),
            )

    def finish(self) -> None:
        """Write the histories if anything was recorded; the store calls it before it commits."""
        if self.changed and len(self.terminals):
            self._driver.write(self.terminals, self.histories)
