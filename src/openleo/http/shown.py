"""Entries of the log as they are shown: proven, in plain words, with state, links and cosignatures."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import to_base64
from openleo.ledger.entries import Entry, read_entry, time_of
from openleo.ledger.errors import LedgerError, Malformed
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.note import COSIGNATURE, Held
from openleo.ledger.objects import object_path, open_object
from openleo.ledger.proof import Proof
from openleo.ledger.tiles import Tree
from openleo.ledger.words import kind_words, printable
from openleo.service.governance.reading import Reader
from openleo.service.governance.record import FOREVER_S, Placed, Record
from openleo.service.governance.regional import base_of, region_in
from openleo.service.governance.telling.entry import act_in, entry_lines, head_line, links_of, name_of
from openleo.service.reasons import Language

if TYPE_CHECKING:
    from openleo.ledger.policy import Policy
    from openleo.service.governance.enforcement import Enforcement

LONGEST_TEXT: Final = 2000
"""Characters of a text beside the log that are shown."""
_LARGEST_SHOWN: Final = 1 << 16


@dataclass(frozen=True)
class Book:
    """The log under one checkpoint: what is taken from it is checked against that.

    held: the signatures that the policy knows. record: what the log says of rules, None before it was read.
    entries: those that are needed to read it, with their indices. url: where the public reads the log, ""
    where that is not known. now_s: POSIX seconds.
    """

    note: bytes
    checkpoint: Checkpoint
    held: tuple[Held, ...]
    tree: Tree
    policy: "Policy"
    record: Record | None
    entries: list[tuple[int, Any]]
    reader: Reader
    url: str
    now_s: float
    language: Language

    @classmethod
    def of(cls, enforcement: "Enforcement", now_s: float, language: Language) -> "Book":
        """The copy of the log that a controller trusts; raises LedgerError where it cannot be read."""
        mirror, policy = enforcement.mirror, enforcement.policy
        note, entries = mirror.raw, mirror.entries
        checkpoint, held = policy.open(note, int(now_s))
        tree = Tree(mirror.tree.source, checkpoint.size)
        return cls(
            note,
            checkpoint,
            held,
            tree,
            policy,
            enforcement.record,
            entries,
            mirror.reader(),
            url_of(enforcement),
            now_s,
            language,
        )

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.checkpoint.size

    def entry(self, index: int) -> "Shown":
        """An entry with its proof; raises LedgerError where the copy does not hold it."""
        raw = self.tree.entry(index)
        path = tuple(self.tree.inclusion(index))
        check_inclusion(self.checkpoint.root, self.size, index, leaf_hash(raw), path)
        try:
            entry: Entry | None = read_entry(raw)
        except Malformed:
            entry = None
        return Shown(self, index, raw, entry, Proof(index, path, self.note, extra=raw))

    def kinds(self, start: int, end: int) -> list[str | None]:
        """The types of entries, None for those that are none; raises LedgerError as `entry` does."""
        found: list[str | None] = []
        for raw in self.tree.entries(start, end):
            try:
                found.append(read_entry(raw).type)
            except Malformed:
                found.append(None)
        return found

    def about(self, region: str) -> frozenset[int]:
        """The entries that name a region, or say of it something else than the rules before, and those that
        belong to them: answers, receipts, further grounds. What lies over the same place by another name is
        not among them: `openleo history` compares places."""
        if self.record is None:
            return frozenset()
        found = {each.index for each in self.record.requests if region in each.request.regions}
        found |= {index for index, each in self.record.contracts if region in each.regions}
        for each in self.record.changes:
            base = base_of(each, self.record)
            if region_in(base.rules if base else None, region) != region_in(each.rules, region):
                found.add(each.index)
        named = {each.change.hash for each in self.record.changes if each.index in found}
        for index, kept in self.entries:
            act = act_in(kept.raw)
            if getattr(act, "change", "") in named or getattr(act, "request", -1) in found:
                found.add(index)
        return frozenset(found)

    @cached_property
    def cosigned(self) -> list[tuple[str, str | None]]:
        """The witnesses of the policy, and when each cosigned the checkpoint; None: it did not."""
        times = {each.by.public: each.time for each in self.held if each.by.kind == COSIGNATURE}
        return [
            (key.name, None if (at := times.get(key.public)) is None else time_of(at))
            for key in self.policy.witnesses.values()
        ]

    def seen_first(self, index: int) -> tuple[tuple[str, int], ...]:
        """The witnesses that signed the checkpoint that decides when an entry was seen, and when."""
        seen = self.reader.covered_by(index)
        return seen.by if seen is not None else ()

    def value(self) -> dict[str, Any]:
        """The checkpoint and who cosigned it, for programs."""
        return {
            "log": self.checkpoint.origin,
            "checkpoint": {
                "size": self.size,
                "root": to_base64(self.checkpoint.root),
                "signed_by": [each.by.vkey for each in self.held if each.by.kind != COSIGNATURE],
                "cosignatures": [{"witness": name, "time": time} for name, time in self.cosigned],
            },
            "read_at": self.url or None,
        }


@dataclass(frozen=True)
class Shown:
    """One entry. entry: None where its bytes are none that the ledger reads."""

    book: Book
    index: int
    raw: bytes
    entry: Entry | None
    proof: Proof

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        return name_of(self.entry, self.book.language)

    @cached_property
    def lines(self) -> list[str]:
        """What it says and what became of it, in sentences."""
        book = self.book
        found = entry_lines(
            self.entry,
            self.raw,
            self.index,
            book.record,
            book.seen_first(self.index),
            book.now_s,
            book.language,
        )
        return [printable(each) for each in found]

    @property
    def head(self) -> str:
        """What it is, in one sentence."""
        return printable(head_line(self.entry, self.raw, self.index, self.book.record, self.book.language))

    @property
    def links(self) -> list[tuple[int, str]]:
        """The entries that it goes with, and what each is to it."""
        return [
            pair
            for pair in links_of(self.entry, self.raw, self.index, self.book.record)
            if pair[0] < self.book.size
        ]

    @property
    def leaf(self) -> str:
        """Its leaf hash, in hex."""
        return leaf_hash(self.raw).hex()

    @property
    def placed(self) -> Placed | None:
        """What became of it, where it is a change that was read."""
        changes = self.book.record.changes if self.book.record is not None else ()
        return next((each for each in changes if each.index == self.index), None)

    @property
    def texts(self) -> Iterator[tuple[str, str, str | None]]:
        """The objects beside the log that it names: name, media type, and the beginning of what is a text."""
        for ref in self.entry.objects if self.entry is not None else ():
            text = None
            if ref.media.startswith("text/plain"):
                try:
                    raw = self.book.tree.source.read(object_path(ref.object), _LARGEST_SHOWN)
                    text = raw and open_object(ref.object, raw).decode("utf-8", "replace")
                except LedgerError:
                    pass
            yield ref.object, ref.media, printable(text[:LONGEST_TEXT]) if text else None

    def brief(self) -> dict[str, Any]:
        """It in a list, for programs."""
        return {
            "index": self.index,
            "type": self.entry.type if self.entry is not None else None,
            "time": self.entry.time if self.entry is not None else None,
            "said": self.head,
            "state": self.placed.state_at(self.book.now_s) if self.placed else None,
            "page": f"/log/{self.index}",
        }

    def value(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "index": self.index,
            "type": kind_words(self.entry),
            "what": self.name,
            "said": self.lines,
            "state": state_of(self.placed, self.book.now_s) if self.placed else None,
            "links": [{"index": index, "is": what, "page": f"/log/{index}"} for index, what in self.links],
            "entry": self.entry.value if self.entry is not None else None,
            "leaf_hash": self.leaf,
            **self.book.value(),
            "seen_first": [
                {"witness": name, "time": time_of(at)} for name, at in self.book.seen_first(self.index)
            ],
            "proof": f"/log/{self.index}.tlog-proof",
            "check": check_words(self.index),
        }


def check_words(index: int) -> str:
    """The command that checks the proof of an entry, offline."""
    return f"openleo ledger verify {index}.tlog-proof --policy policy.txt"


def state_of(placed: Placed, now_s: float) -> dict[str, Any]:
    """What became of a change, for programs."""
    return {
        "change": placed.change.hash,
        "state": placed.state_at(now_s),
        "refused": placed.refused or None,
        "effective_at": placed.change.effective_at,
        "began": _time(placed.began_s),
        "ended": _time(placed.ended_s),
        "approvals": [approval_value(each) for each in placed.signed],
        "told": [
            {
                "party": each.party.name,
                "due": time_of(each.due_s),
                "received": _time(each.received_s),
                "overdue": each.overdue_at(now_s),
                "waits": each.party.waits,
            }
            for each in placed.told
        ],
        "stages_opened": [
            {"stage": each.stage, "index": each.index, "from": time_of(each.from_s)} for each in placed.opened
        ],
    }


def approval_value(signed: Any) -> dict[str, Any]:
    """An approval and whether it counts, for programs."""
    given = signed.approval
    return {
        "name": given.name,
        "organisation": signed.organisation or None,
        "statement": given.statement,
        "interests": given.interests,
        "time": given.time,
        "counts": not signed.why_not,
        "why_not": signed.why_not or None,
    }


def url_of(enforcement: "Enforcement") -> str:
    """Where the public reads the log, as the policy says or as the controller does; "" for a folder."""
    policy, place = enforcement.policy, str(enforcement.source)
    stated = next((policy.urls[key.vkey] for key in policy.logs if key.vkey in policy.urls), "")
    return stated or (place if "://" in place else "")


def _time(seconds: int | None) -> str | None:
    return None if seconds is None or seconds >= FOREVER_S else time_of(seconds)
