"""When an entry was first seen by witnesses, also for who reads the log years later.

A log publishes its newest checkpoint alone, whose cosignatures are of now: by it, every old change looks as
if it had been written back-dated. So whoever publishes a change appends, right after it, the checkpoint that
covered it first. Nothing vouches for that entry but what is in it: signatures, and a root that the tree has.
Entries that no such checkpoint covers do not count yet: whoever reads the log, and whenever, finds the same.
And the first one that covers an entry decides: what is kept later changes nothing of what was.
"""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, replace
from typing import Final

from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.entries import Unknown, seconds_of
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import root_of
from openleo.ledger.note import COSIGNATURE, Note
from openleo.ledger.policy import NONE, Policy
from openleo.ledger.tiles import Tree

TYPE: Final = "checkpoint-seen"

KEPT_S: Final = 300
"""A checkpoint is kept within so many seconds of having its quorum, or says nothing of when entries were
seen: one that was held back for longer would tell of a past that nobody could know."""


@dataclass(frozen=True)
class Seen:
    """A checkpoint as it was signed, and when a quorum of witnesses had cosigned it (POSIX seconds).

    by: witnesses, by the names of their keys, and when each signed.
    """

    size: int
    root: bytes
    time: int
    note: bytes
    by: tuple[tuple[str, int], ...]


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
    by_time = sorted(
        ((each.time, each.by) for each in held if each.time is not None and each.by.kind == COSIGNATURE),
        key=lambda pair: pair[0],
    )
    by = tuple((key.name, time) for time, key in by_time)
    if policy.quorum == NONE:
        return Seen(checkpoint.size, checkpoint.root, 0, note, by)
    for count, (time, _) in enumerate(by_time, 1):
        if policy.satisfied(key for _, key in by_time[:count]):
            return Seen(checkpoint.size, checkpoint.root, time, note, by)
    raise Unverified("no quorum of cosignatures that state a time")


Opened = MutableMapping[tuple[bytes, bytes], Seen | None]
"""What was found of a checkpoint under a policy: None where it says nothing. It never changes."""


def kept(index: int, entry: Unknown, tree: Tree, policy: Policy, opened: Opened) -> Seen | None:
    """The checkpoint that an entry keeps, where a policy accepts it and the tree has its root.

    tree: of the log, which was audited. opened: what was found before; added to. Its time is that of its
    quorum or, where that is later or nobody is asked for, of the entry that keeps it. None for an entry that
    keeps none, or one that is not right: it proves nothing. Raises LedgerError where the tree cannot be read.
    """
    note = note_in(entry)
    if note is None:
        return None
    key = (policy.raw, note)
    if key not in opened:
        opened[key] = _right(note, tree, policy)
    each = opened[key]
    at = seconds_of(entry.time)
    if each is None or each.size > index or (policy.quorum != NONE and abs(at - each.time) > KEPT_S):
        return None
    return replace(each, time=max(at, each.time))


def _right(note: bytes, tree: Tree, policy: Policy) -> Seen | None:
    try:
        each = cosigned(note, policy)
    except (Malformed, Unverified, UnicodeError):
        return None
    if not 0 < each.size <= tree.size or root_of(tree.node, 0, each.size) != each.root:
        return None
    return each


def covering(known: Iterable[Seen]) -> list[Seen]:
    """Of checkpoints in the order of the log, those that covered anything first; their sizes grow."""
    found: list[Seen] = []
    for each in known:
        if not found or each.size > found[-1].size:
            found.append(each)
    return found
