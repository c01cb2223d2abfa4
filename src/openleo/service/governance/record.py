"""What a log says of rules, once it is read: what became of each change, what held when, who was told."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from openleo.ledger.entries import seconds_of, time_of
from openleo.service.charter import Party
from openleo.service.governance.entries import (
    Act,
    Answer,
    Approval,
    Change,
    Contract,
    Day,
    Grounds,
    ReportAnswer,
    ReportClaim,
    Request,
    Withdrawn,
)
from openleo.service.rulefile import RuleFile

FOREVER_S: Final = 253_402_300_800
"""The end of the year 9999 (POSIX seconds): until when holds what nothing is known to end."""

State = Literal["waiting", "in force", "ended", "withdrawn", "refused"]


@dataclass(frozen=True)
class Rules:
    """A rule file with the GeoJSON texts that it names, as a pack has them; not yet laid out on the map."""

    file: RuleFile
    files: Mapping[str, str]


@dataclass(frozen=True)
class Signed:
    """An approval, the organisation that the charter gives for its name ("" for none), and why it does not
    count ("" where it does)."""

    approval: Approval
    organisation: str
    why_not: str


@dataclass(frozen=True)
class Told:
    """A party that a change concerns: until when its receipt is due, and when it was seen (POSIX seconds).

    received_s: None as long as there is none. A change waits for a party whose `waits` is true, but for an
    emergency.
    """

    party: Party
    due_s: int
    received_s: int | None = None

    def overdue_at(self, seconds: float) -> bool:
        """Whether the receipt was not there at that time, and had been due."""
        return seconds > self.due_s and (self.received_s is None or self.received_s > self.due_s)


@dataclass(frozen=True)
class Opened:
    """A stage that was let begin: its number, the index of that entry, from when on (seconds), by whom."""

    stage: int
    index: int
    from_s: int
    by: str = ""


@dataclass(frozen=True)
class Placed:
    """A change in the log, and what became of it.

    index: of its entry. cosigned_s: when it was seen. refused: why it does not count, "" where it does.
    rules: what it brings; charter: the rule file whose approvers decide on it; None where it was refused
    before they were looked at. lead_s: how long before it begins it must have been seen. withdrawn: the
    index of the entry that took it back, -1 for none; it may be that of a change that it was made for.
    began_s, ended_s: from when until when it is in force as far as is known; None: not known to begin. An
    emergency over it does not end it.
    """

    index: int
    change: Change
    cosigned_s: int
    refused: str = ""
    rules: Rules | None = None
    charter: RuleFile | None = None
    signed: tuple[Signed, ...] = ()
    lead_s: int = 0
    over: frozenset[str] = frozenset()
    """Digests of the rule sets that an emergency was compared with."""
    told: tuple[Told, ...] = ()
    grounds: tuple[tuple[int, Grounds], ...] = ()
    opened: tuple[Opened, ...] = ()
    withdrawn: int = -1
    withdrawn_s: int = FOREVER_S
    withdrawal: Withdrawn | None = None
    began_s: int | None = None
    ended_s: int = FOREVER_S

    @property
    def effective_s(self) -> int:
        """The time that it states for its beginning."""
        return seconds_of(self.change.effective_at)

    @property
    def ready_s(self) -> int | None:
        """From when on it may begin, by what it says and the receipts it waits for; None: one is missing."""
        ready = self.effective_s
        if self.change.kind != "emergency":
            for each in self.told:
                if each.party.waits:
                    if each.received_s is None:
                        return None
                    ready = max(ready, each.received_s + self.lead_s)
        return ready

    def state_at(self, seconds: float) -> State:
        """What it was, or will be as far as is known, at a time (POSIX seconds)."""
        if self.refused:
            return "refused"
        if seconds >= self.withdrawn_s:
            return "withdrawn"
        if self.began_s is None or seconds < self.began_s:
            return "waiting"
        return "in force" if seconds < self.ended_s else "ended"


@dataclass(frozen=True)
class Held:
    """What held from one time until another (POSIX seconds, the second not included).

    index, change: the change by which it held. digest: of its rule set. stage: the number of the stage it was
    in, counted from 0, -1 where it held as a whole; then terminals that the stage does not reach kept to the
    rule set of `before`.
    """

    index: int
    change: Change
    digest: str
    from_s: int
    until_s: int
    stage: int = -1
    before: Change | None = None

    def as_json(self) -> dict[str, Any]:
        """The same for programs; stages count from 1, None where it held as a whole."""
        until_s = None if self.until_s >= FOREVER_S else self.until_s
        return {
            "index": self.index, "change": self.change.hash, "rules": self.change.name,
            "digest": self.digest, "kind": self.change.kind, "from": time_of(self.from_s),
            "until": None if until_s is None else time_of(until_s), "from_s": self.from_s,
            "until_s": until_s, "stage": self.stage + 1 if self.stage >= 0 else None,
        }  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request or a contact, with its answers and the changes that name it or that an answer names."""

    index: int
    request: Request
    cosigned_s: int
    answers: tuple[tuple[int, Answer], ...] = ()
    changes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reported:
    """A claim of a report, as its salted hash, and the answers to it, with the indices of their entries."""

    index: int
    claim: ReportClaim
    answers: tuple[tuple[int, ReportAnswer], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An entry of ours that does not count: its index, its type, and why, in a sentence."""

    index: int
    type: str
    why: str


@dataclass(frozen=True)
class Record:
    """What the first `size` entries of a log say of rules.

    origin: of the log. cosigned_s: when the last of them was seen. counted: how many entries of ours count;
    refused: those that do not, changes among them; others: how many are not ours. unseen: entries of ours
    behind them, with their indices, which do not count yet: the log does not say when witnesses saw them.
    changes, requests, days, contracts, reports: in the order of the log. terms: what holds when, one after
    the other, what is known of the future included.
    """

    origin: str
    size: int
    cosigned_s: int
    counted: int
    others: int
    refused: tuple[Refusal, ...]
    unseen: tuple[tuple[int, Act], ...]
    changes: tuple[Placed, ...]
    terms: tuple[Held, ...]
    requests: tuple[Asked, ...]
    days: tuple[tuple[int, Day], ...]
    contracts: tuple[tuple[int, Contract], ...] = ()
    reports: tuple[Reported, ...] = ()
    continued: object = field(default=None, compare=False, repr=False)
    """What `replay` and `check` go on from."""

    def holds_at(self, seconds: float) -> Held | None:
        """What held, or will hold as far as is known, at a time (POSIX seconds); None before the first."""
        at = bisect_right(self._begins, seconds) - 1
        return self.terms[at] if at >= 0 else None

    def next_after(self, seconds: float) -> int | None:
        """The next time after this one at which something else holds, as far as is known."""
        at = bisect_right(self._begins, seconds)
        return self.terms[at].from_s if at < len(self.terms) else None

    def change(self, name: str) -> Placed | None:
        """The change of a hash: the entry that counts, else the last that was refused."""
        return self._by_hash.get(name)

    def overdue_at(self, seconds: float) -> tuple[tuple[Placed, Told], ...]:
        """The parties without whose receipt in time a change went on, or waits, at a time."""
        return tuple(
            (placed, told)
            for placed in self.changes
            if not placed.refused and placed.withdrawn_s > seconds
            for told in placed.told
            if told.overdue_at(seconds) and told.received_s is None
        )

    @property
    def last(self) -> Placed | None:
        """The change that holds or will hold last but for emergencies: what the next one is made for."""
        chain = [
            each
            for each in self.changes
            if not each.refused and each.withdrawn < 0 and each.change.kind != "emergency"
        ]
        return chain[-1] if chain else None

    @cached_property
    def _begins(self) -> list[int]:
        return [each.from_s for each in self.terms]

    @cached_property
    def _by_hash(self) -> dict[str, Placed]:
        found: dict[str, Placed] = {}
        for each in self.changes:
            if not each.refused or found.get(each.change.hash, each).refused:
                found[each.change.hash] = each
        return found
