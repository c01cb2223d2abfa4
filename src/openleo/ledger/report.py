"""What an audit found: for people in sentences, and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import time_of
from openleo.ledger.errors import Refused
from openleo.ledger.note import COSIGNATURE, Held
from openleo.ledger.statements import Overdue, Stated

MOST_PROBLEMS: Final = 100
"""Problems that are kept; an audit reads no further after them."""


@dataclass(frozen=True)
class Problem:
    """What does not hold, and where: a path such as `tile/0/000`, or `entry 17`."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Problems:
    """What was found not to hold so far, each thing once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether there are as many as are kept."""
        return len(self.found) >= MOST_PROBLEMS

    def add(self, place: str, reason: str) -> None:
        """Keep one more."""
        problem = Problem(place, reason)
        if not self.full and problem not in self.found:
            self.found.append(problem)

    def end(self, place: str, reason: str) -> None:
        """Say as the last of them where reading ended."""
        self.found[-1] = Problem(place, reason)


@dataclass(frozen=True)
class Withdrawn:
    """An object that the log took back: its name, the entry that says so, why, and whether it is gone."""

    object: str
    index: int
    reason: str
    gone: bool


@dataclass(frozen=True)
class Report:
    """What an audit found.

    source: what was read. checkpoint: None where it could not be read. held: signatures of trusted keys that
    hold. word: on whose word the log's keys were taken, in a sentence. counts: entries by `type@version`.
    unreadable: indices of entries that are none of ours, the first 20, and unreadable_count of all.
    objects: those that were there and right. overdue: commitments not revealed by their date. keys: each
    statement of keys. problems: what does not hold; without any, the audit is ok.
    """

    source: str
    checkpoint: Checkpoint | None
    held: tuple[Held, ...] = ()
    word: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    unreadable: tuple[int, ...] = ()
    unreadable_count: int = 0
    objects: int = 0
    withdrawn: tuple[Withdrawn, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    keys: tuple[Stated, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds. A commitment that is overdue, and an object that was withdrawn, do."""
        return not self.problems

    def sentences(self) -> list[str]:
        """What was found, for people, one line each, whatever line breaks stand in a log's own words."""
        lines = [*self._of_the_log(), *self._of_entries(), *self._of_keys(), *self._of_problems()]
        return [" ".join(line.split()) for line in lines]

    def _of_the_log(self) -> list[str]:
        if self.checkpoint is None:
            return [f"{self.source}: there is no checkpoint that can be read."]
        lines = [
            f"The log {self.checkpoint.origin} has {_count(self.checkpoint.size, 'entry', 'entries')}; "
            f"its root is {to_base64(self.checkpoint.root)}."
        ]
        if self.word:
            lines.append(self.word)
        lines += [
            f"Cosigned by {each.by.name}, {_time(each.time)}."
            for each in self.held
            if each.by.kind == COSIGNATURE and each.time is not None
        ]
        return lines

    def _of_entries(self) -> list[str]:
        lines = []
        if self.counts:
            lines.append(f"Entries: {', '.join(f'{count} {kind}' for kind, count in self.counts.items())}.")
        if self.unreadable_count:
            places = ", ".join(map(str, self.unreadable))
            more = ", ..." if self.unreadable_count > len(self.unreadable) else ""
            lines.append(
                f"{_count(self.unreadable_count, 'entry is', 'entries are')} no canonical JSON with type, "
                f"version and time: counted, and not understood ({places}{more})."
            )
        if self.objects or self.withdrawn:
            lines.append(f"Objects: {self.objects} named and there, {len(self.withdrawn)} withdrawn.")
        for taken in self.withdrawn:
            state = "It is gone." if taken.gone else "It is still there."
            lines.append(f"Entry {taken.index} withdraws object {taken.object}: {taken.reason} {state}")
        for late in self.overdue:
            lines.append(
                f"Overdue: entry {late.index} promised to reveal by {late.reveal_by}, and no entry does: "
                f"{late.about}"
            )
        return lines

    def _of_keys(self) -> list[str]:
        return [
            f"Keys, entry {each.index}, {each.entry.time}: {', '.join(each.entry.log)}: {each.entry.reason}"
            for each in self.keys
            if not each.refused
        ]

    def _of_problems(self) -> list[str]:
        if self.ok:
            return ["Every tile, entry and object was read and computed anew, and all of it holds."]
        some = f"{_count(len(self.problems), 'problem', 'problems')}:"
        return ["It does not hold. " + some, *map(str, self.problems)]

    def as_json(self) -> dict[str, Any]:
        """The same for programs: JSON values."""
        return {
            "source": self.source,
            "ok": self.ok,
            "origin": self.checkpoint and self.checkpoint.origin,
            "size": self.checkpoint and self.checkpoint.size,
            "root": self.checkpoint and to_base64(self.checkpoint.root),
            "word": self.word,
            "signatures": [{"key": each.by.vkey, "time": each.time} for each in self.held],
            "entries": dict(self.counts),
            "unreadable": {"count": self.unreadable_count, "first": list(self.unreadable)},
            "objects": self.objects,
            "withdrawn": [vars(each) for each in self.withdrawn],
            "overdue": [vars(each) for each in self.overdue],
            "keys": [
                {"index": each.index, **each.entry.value, "refused": each.refused} for each in self.keys
            ],
            "problems": [vars(each) for each in self.problems],
        }


def _time(seconds: int) -> str:
    try:
        return time_of(seconds)
    except Refused:  # a cosignature may state any time, and one in the future does not count
        return f"{seconds} s after 1970"


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
