"""A whole log read for what it says of rules: audited, and every change played again."""

import json
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Final

from openleo.ledger.audit import audit
from openleo.ledger.entries import Commitment, Entry, Reveal, seconds_of
from openleo.ledger.errors import LedgerError, Missing
from openleo.ledger.objects import LARGEST_OBJECT, ObjectRef, object_path, open_object
from openleo.ledger.policy import Policy
from openleo.ledger.report import Report
from openleo.ledger.source import Source
from openleo.ledger.tiles import Tree
from openleo.service.governance.asked import Request
from openleo.service.governance.changes import Beside, Record, replay
from openleo.service.governance.reading import Kept, Reader, is_kept, not_laid_out
from openleo.service.governance.verdict import rules_in

MOST_REFUSED: Final = 100
"""Changes that were refused before a look at their rules, of which these are read all the same."""
LARGEST_REFUSED: Final = 1 << 18
"""Bytes of such rules."""
LONGEST: Final = 65_536
"""Bytes of a text beside the log that is told; a longer one is named only."""
SEALED_MEMBERS: Final = tuple(
    each.name for each in fields(Request) if each.name not in ("time", "text", "commitment")
)
"""What of a sealed request may not be another when it is shown."""
Sighting = tuple[str, int]
"""A witness, by the name of its key, and when it signed (POSIX seconds)."""


@dataclass(frozen=True)
class Account:
    """What a log says of rules.

    report: of its audit. record: of every change, played again; empty where that could not be done, and
    `wrong` says why then. seen_by: by the index of an entry, which witnesses signed the checkpoint that
    covered it first, and when. commitments: of the log, by index; revealed: indices of those that were kept.
    packs: rule packs by the names of their objects. doubts: by index, why the rules of a change that counts
    are not those that it states, where that was looked at. words: by the index of a request or a contract,
    what was said or agreed, where that is text and there. otherwise: by the index of a request that was
    sealed, of what the sealed text says something else than the entry. uncovered: indices of commitments
    of which the log does not keep yet when they were seen.
    """

    report: Report
    record: Record
    wrong: str
    seen_by: Mapping[int, tuple[Sighting, ...]]
    commitments: Mapping[int, Commitment]
    revealed: frozenset[int]
    packs: Mapping[str, bytes]
    doubts: Mapping[int, str]
    words: Mapping[int, str] = field(default_factory=dict)
    otherwise: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    uncovered: frozenset[int] = frozenset()

    def sightings(self, index: int) -> tuple[Sighting, ...]:
        """Which witnesses saw an entry first, and when, as far as the log keeps that."""
        return self.seen_by.get(index, ())

    @cached_property
    def full(self) -> Record:
        """The record with the rules of all changes that are there, refused ones among them.

        For telling what those would have done; the record itself is what every reader finds.
        """
        changes = []
        for each in self.record.changes:
            pack = self.packs.get(each.change.rules.object)
            rules = rules_in(pack) if each.rules is None and pack is not None else each.rules
            changes.append(each if isinstance(rules, str) else replace(each, rules=rules))
        return replace(self.record, changes=tuple(changes))

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
    laid_out: bool = False,
) -> Account:
    """Read, audit and play again all of a log.

    policy: whom to trust; without one, what the log says of itself. now: POSIX seconds. progress: called with
    the entries done, and all. laid_out: whether the rules of all changes are laid out on the map, too, which
    takes half a second for each. What does not hold stands in the report.
    Raises Missing where there is no log, Unavailable where it cannot be reached.
    """
    reading, packs = _Reading(), _Packs(source)
    report = audit(source, policy, now=now, visit=reading.visit, progress=progress)
    if report.checkpoint is None:
        return Account(report, _nothing(report), "", {}, {}, frozenset(), {}, {})
    reader = Reader(
        reading.entries, Tree(source, report.checkpoint.size) if report.ok else Tree(source, 0),
        report.checkpoint.origin, policy,
    )  # fmt: skip
    wrong, doubts = "", dict[int, str]()
    try:
        record = reader.record(packs)
        for each in record.changes if laid_out else ():
            if not each.refused and (why := not_laid_out(each.change, packs)):
                doubts[each.index] = why
    except LedgerError as error:
        record, wrong = _nothing(report), f"the rules cannot be played again: {error}"
    commitments = {index: entry for index, entry in reading.entries if isinstance(entry, Commitment)}
    unread = [each.change.rules for each in record.changes if each.rules is None]
    for ref in unread[:MOST_REFUSED]:  # what those would have done is told, too, but keeps nobody waiting
        with suppress(LedgerError):
            if ref.size <= LARGEST_REFUSED:
                packs(ref)
    words = _texts(record, commitments, reading.revealed, source) if report.ok else {}
    otherwise = {}
    for asked in record.requests:
        if asked.request.commitment >= 0 and asked.index in words:
            words[asked.index], otherwise[asked.index] = _unsealed(asked.request, words[asked.index])
    return Account(
        report, record, wrong, _seen_by(reading, reader), commitments, frozenset(reading.revealed),
        packs.found, doubts, words, otherwise,
        frozenset(index for index in commitments if reader.covered_by(index) is None),
    )  # fmt: skip


def _texts(
    record: Record, commitments: Mapping[int, Commitment], revealed: Set[int], source: Source
) -> dict[int, str]:
    """The texts of requests and contracts, as far as they are shown and not too long."""
    named = {each.index: each.request.text.object for each in record.requests if each.request.text}
    for index, each in record.contracts:
        if each.text is not None:
            named[index] = each.text.object
        elif each.commitment in revealed and each.commitment in commitments:
            named[index] = commitments[each.commitment].digest
    found = {}
    for index, name in named.items():
        with suppress(LedgerError, UnicodeDecodeError):
            raw = source.read(object_path(name), LONGEST)
            if raw is not None:
                found[index] = open_object(name, raw).decode()
    return found


def _unsealed(request: Request, text: str) -> tuple[str, tuple[str, ...]]:
    """The words of a request that was sealed whole, and of what it says something else than its entry."""
    try:
        sealed = json.loads(text)
    except ValueError:
        sealed = None
    if not isinstance(sealed, dict):
        return text, SEALED_MEMBERS
    entry = json.loads(request.raw)
    otherwise = tuple(name for name in SEALED_MEMBERS if sealed.get(name) != entry[name])
    return str(sealed.get("words", "")), otherwise


def _nothing(report: Report) -> Record:
    origin = report.checkpoint.origin if report.checkpoint is not None else ""
    return replay((), Beside(origin, lambda ref: b""))


class _Reading:
    """What is kept of a log while it is audited."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, Kept]] = []
        self.revealed: set[int] = set()

    def visit(self, index: int, _: bytes, entry: Entry | None) -> None:
        if is_kept(entry):
            self.entries.append((index, entry))
        elif isinstance(entry, Reveal):
            self.revealed.add(entry.commitment)


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


def _seen_by(reading: _Reading, reader: Reader) -> dict[int, tuple[Sighting, ...]]:
    """Which witnesses signed the checkpoint that decides of each entry, as far as the log keeps that."""
    sights: dict[tuple[int, bytes], dict[str, int]] = {}
    for each in reader.known:
        here = sights.setdefault((each.size, each.root), {})
        for name, time in each.by:
            here[name] = min(time, here.get(name, time))
    found = {}
    for index, _ in reading.entries:
        seen = reader.covered_by(index)
        if seen is not None and sights[seen.size, seen.root]:
            by = sights[seen.size, seen.root]
            found[index] = tuple(sorted(by.items(), key=lambda each: each[1]))
    return found
