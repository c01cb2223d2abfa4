"""When an entry was first seen by witnesses, also for who reads the log years later.

A log publishes its newest checkpoint alone, whose cosignatures are of now: by it, every old change looks as
if it had been written back-dated. So whoever publishes a change appends, right after it, the checkpoint that
covered it first. Nothing vouches for that entry but what is in it: signatures, and a root that the tree has.
Entries that no such checkpoint covers do not count yet: whoever reads the log, and whenever, finds the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.entries import Unknown, seconds_of
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import root_of
from openleo.ledger.note import Note
from openleo.ledger.policy import NONE, Policy
from openleo.ledger.tiles import Tree

TYPE: Final = "checkpoint-seen"


@dataclass(frozen=True)
class Seen:
    """A checkpoint, and when a quorum of witnesses had cosigned it (POSIX seconds)."""

    size: int
    root: bytes
    time: int


def seen(note: bytes, time: str) -> bytes:
    """The entry that keeps a published checkpoint.

    note: the checkpoint as the log publishes it, with its cosignatures. time: of the log's clock, as entries
    have it. Raises Malformed for what is no checkpoint.
    """
    Checkpoint.parse(Note.parse(note).text)
    return canonical({"type": TYPE, "version": 1, "time": time, "note": note.decode()})


def note_in(entry: Unknown) -> bytes | None:
    """The checkpoint that such an entry keeps; None for other entries, and for one that is not right."""
    note = entry.value.get("note")
    if (entry.type, entry.version) != (TYPE, 1) or not isinstance(note, str) or len(entry.value) != 4:
        return None
    return note.encode("utf-8", "surrogatepass")


def cosigned(note: bytes, policy: Policy, now: int | None = None) -> Seen:
    """When a checkpoint had the quorum of a policy: the time of the cosignature that made it one.

    now: as in `Policy.open`. Time is 0 where the policy asks for no witness: nobody says it then.
    Raises Malformed, and Unverified where the policy does not accept it.
    """
    checkpoint, held = policy.open(note, now)
    if policy.quorum == NONE:
        return Seen(checkpoint.size, checkpoint.root, 0)
    by_time = sorted(
        ((each.time, each.by) for each in held if each.time is not None), key=lambda pair: pair[0]
    )
    for count, (time, _) in enumerate(by_time, 1):
        if policy.satisfied(by for _, by in by_time[:count]):
            return Seen(checkpoint.size, checkpoint.root, time)
    raise Unverified("no quorum of cosignatures that state a time")


def all_seen(
    entries: Iterable[tuple[int, Unknown]], tree: Tree, policy: Policy, now: int | None = None
) -> list[Seen]:
    """The checkpoints that a log keeps, of those that a policy accepts and whose root the tree has, by size.

    entries: with their indices, of a log that was audited. tree: of that log. A checkpoint that is not right
    proves nothing, and is left out.
    """
    found: dict[tuple[int, bytes], Seen] = {}
    for note in (note_in(entry) for _, entry in entries):
        try:
            each = cosigned(note, policy, now) if note is not None else None
            if each is None or not 0 < each.size <= tree.size:
                continue
            if root_of(tree.node, 0, each.size) != each.root:
                continue
        except (Malformed, Unverified, UnicodeError):
            continue
        known = found.get((each.size, each.root))
        if known is None or each.time < known.time:
            found[each.size, each.root] = each
    return sorted(found.values(), key=lambda each: each.size)


def times(
    indices: Iterable[int], entries: Sequence[tuple[int, Unknown]], known: Sequence[Seen], policy: Policy
) -> Mapping[int, int]:
    """When each entry had been seen by a quorum: the earliest time of a checkpoint that covers it.

    indices: of which entries. entries: those that keep checkpoints among them. known: by size, as `all_seen`
    gives them. Where the policy asks for no witness, the log's own word is all there is: the time at which it
    kept the first checkpoint that covers an entry. Entries that no checkpoint covers are left out.
    """
    if policy.quorum == NONE:
        known = _by_the_log(entries, known)
    found: dict[int, int] = {}
    left = sorted(known, key=lambda each: each.size)
    earliest: int | None = None
    for index in sorted(indices, reverse=True):
        while left and left[-1].size > index:
            time = left.pop().time
            earliest = time if earliest is None else min(earliest, time)
        if earliest is not None:
            found[index] = earliest
    return found


def _by_the_log(entries: Iterable[tuple[int, Unknown]], known: Sequence[Seen]) -> list[Seen]:
    """The same checkpoints, with the times at which the log says that it kept them."""
    kept: dict[int, int] = {}
    for _, entry in entries:
        note = note_in(entry)
        if note is not None:
            with suppress(Malformed):
                size = Checkpoint.parse(Note.parse(note).text).size
                kept[size] = min(seconds_of(entry.time), kept.get(size, seconds_of(entry.time)))
    return [replace(each, time=kept.get(each.size, 0)) for each in known]
