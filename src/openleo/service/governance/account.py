"""A whole log read for what it says of rules: audited, and every change played again."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace

from openleo.ledger.audit import audit
from openleo.ledger.entries import Commitment, Entry, Reveal, Unknown, seconds_of
from openleo.ledger.errors import LedgerError, Missing, Unverified
from openleo.ledger.note import COSIGNATURE
from openleo.ledger.objects import LARGEST_OBJECT, ObjectRef, object_path, open_object
from openleo.ledger.policy import Policy
from openleo.ledger.report import Report
from openleo.ledger.source import Source
from openleo.ledger.tiles import Tree
from openleo.service.governance.changes import Record, replay
from openleo.service.governance.seen import all_seen, note_in, times

Sighting = tuple[str, int]
"""A witness, by the name of its key, and when it signed (POSIX seconds)."""


@dataclass(frozen=True)
class Account:
    """What a log says of rules.

    report: of its audit. record: of every change, played again; empty where that could not be done, and
    `wrong` says why then. seen_by: by the index of an entry, which witnesses signed the checkpoint that
    covered it first, and when. commitments: of the log, by index; revealed: indices of those that were kept.
    packs: rule packs by the names of their objects.
    """

    report: Report
    record: Record
    wrong: str
    seen_by: Mapping[int, tuple[Sighting, ...]]
    commitments: Mapping[int, Commitment]
    revealed: frozenset[int]
    packs: Mapping[str, bytes]

    def sightings(self, index: int) -> tuple[Sighting, ...]:
        """Which witnesses saw an entry first, and when, as far as the log keeps that."""
        return self.seen_by.get(index, ())

    def pack_of(self, digest: str) -> bytes:
        """The pack of a rule set of this log by its digest, b"" where there is none."""
        for each in self.record.changes:
            if each.change.digest == digest and not each.refused:
                return self.packs.get(each.change.rules.object, b"")
        return b""

    def kept_back(self, now: int) -> list[tuple[int, Commitment, bool]]:
        """Commitments that were not kept yet, with their indices, and whether their date has passed."""
        late = {each.index for each in self.report.overdue}
        gone = {each.object for each in self.report.withdrawn}
        return [
            (index, each, index in late or seconds_of(each.reveal_by) < now)
            for index, each in self.commitments.items()
            if index not in self.revealed and each.digest not in gone
        ]


def account_of(
    source: Source,
    policy: Policy | None,
    *,
    now: int,
    progress: Callable[[int, int], object] | None = None,
) -> Account:
    """Read, audit and play again all of a log.

    policy: whom to trust; without one, what the log says of itself. now: POSIX seconds. progress: called with
    the entries done, and all. What does not hold stands in the report.
    Raises Missing where there is no log, Unavailable where it cannot be reached.
    """
    reading, packs = _Reading(), _Packs(source)
    report = audit(source, policy, now=now, visit=reading.visit, progress=progress, keep=reading.keep)
    if report.checkpoint is None:
        return Account(report, replay((), packs), "", {}, {}, frozenset(), {})
    trusted = _trusted(policy, report)
    tree = Tree(source, report.checkpoint.size)
    at: dict[int, int] = {}
    right: set[tuple[int, bytes]] = set()
    for each in trusted if report.ok else ():
        known = all_seen(reading.unknown, tree, each, (reading.note,), now)
        right |= {(one.size, one.root) for one in known}
        for index, time in times(reading.unknown, known, each).items():
            at[index] = min(time, at.get(index, time))
    # A commitment says nothing of when it was seen that the entries around it do not.
    entries = {index: entry.raw for index, entry in reading.unknown if index in at}
    entries |= {index: entry.raw for index, entry in reading.commitments.items()}
    wrong = ""
    try:
        record = replay([(index, entries[index], at.get(index, 0)) for index in sorted(entries)], packs)
    except LedgerError as error:
        record, wrong = replay((), packs), f"the rules cannot be played again: {error}"
    return Account(
        report, record, wrong, _seen_by(reading, trusted, right), reading.commitments,
        frozenset(reading.revealed), packs.found,
    )  # fmt: skip


class _Reading:
    """What is kept of a log while it is audited."""

    def __init__(self) -> None:
        self.note = b""
        self.unknown: list[tuple[int, Unknown]] = []
        self.commitments: dict[int, Commitment] = {}
        self.revealed: set[int] = set()

    def visit(self, index: int, _: bytes, entry: Entry | None) -> None:
        if isinstance(entry, Unknown):
            self.unknown.append((index, entry))
        elif isinstance(entry, Commitment):
            self.commitments[index] = entry
        elif isinstance(entry, Reveal):
            self.revealed.add(entry.commitment)

    def keep(self, path: str, raw: bytes) -> None:
        if path == "checkpoint":
            self.note = raw


class _Packs:
    """The rules beside a log, each read once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.found: dict[str, bytes] = {}

    def __call__(self, ref: ObjectRef) -> bytes:
        if ref.object not in self.found:
            raw = self._source.read(object_path(ref.object), LARGEST_OBJECT)
            if raw is None:
                raise Missing(f"object {ref.object}: it is not there")
            self.found[ref.object] = open_object(ref.object, raw)
        return self.found[ref.object]


def _trusted(policy: Policy | None, report: Report) -> list[Policy]:
    """Whom checkpoints of earlier times are believed: the given witnesses, or those that the log stated then.

    A key that the log had before a rotation is one that the present one signed for, in an entry of this tree.
    """
    stated = [each.entry for each in report.keys if not each.refused]
    if policy is None:
        return [each.policy_parsed for each in stated]
    keys = dict.fromkeys((*policy.logs, *(key for each in stated for key in each.verifiers)))
    return [replace(policy, logs=tuple(keys))]


def _seen_by(
    reading: _Reading, trusted: Iterable[Policy], right: Set[tuple[int, bytes]]
) -> dict[int, tuple[Sighting, ...]]:
    """Which witnesses signed the smallest checkpoint that covers each entry and is kept in the log.

    right: size and root of the checkpoints that the tree has.
    """
    notes = [reading.note, *filter(None, (note_in(entry) for _, entry in reading.unknown))]
    sights: dict[int, dict[str, int]] = {}
    for policy in trusted:
        for note in notes:
            try:
                checkpoint, held = policy.open(note)
            except Unverified:
                continue
            if (checkpoint.size, checkpoint.root) not in right:
                continue
            here = sights.setdefault(checkpoint.size, {})
            for each in held:
                if each.by.kind == COSIGNATURE and each.time is not None:
                    here[each.by.name] = min(each.time, here.get(each.by.name, each.time))
    sizes = sorted(sights)
    found = {}
    for index, _ in reading.unknown:
        size = next((size for size in sizes if size > index), None)
        if size is not None:
            found[index] = tuple(sorted(sights[size].items(), key=lambda each: each[1]))
    return found
