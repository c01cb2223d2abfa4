"""Checkpoints: a log's name, size and root hash as the text of a note (C2SP tlog-checkpoint 1.0.0)."""

from collections.abc import Sequence
from dataclasses import dataclass

from openleo.ledger.encoding import decimal, hash_from_base64, shown, to_base64
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import EMPTY_ROOT
from openleo.ledger.note import ED25519, Held, Note, Verifier


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: its origin, how many entries it has, and the root over them (32 bytes).

    extensions: further lines, which we never write, and keep where others do.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """A checkpoint from the text of a note. Raises Malformed, naming the line."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise Malformed(
                "checkpoint: origin, size, root and extension lines are allowed, none of them empty"
            )
        size = decimal(lines[1], "checkpoint: line 2, size")
        root = hash_from_base64(lines[2], "checkpoint: line 3, root")
        if size == 0 and root != EMPTY_ROOT:
            raise Malformed("checkpoint: line 3, root: of size 0 it is SHA-256 of nothing")
        return cls(lines[0], size, root, tuple(lines[3:]))

    @property
    def text(self) -> str:
        """The text of the note."""
        return "\n".join((self.origin, str(self.size), to_base64(self.root), *self.extensions, ""))


def open_checkpoint(raw: bytes, known: Sequence[Verifier]) -> tuple[Checkpoint, tuple[Held, ...]]:
    """A checkpoint signed by its log, with all signatures of known keys.

    known: keys of logs and witnesses; a log's key bears its origin as name.
    Raises Malformed, and Unverified where no key of that origin signed or a known signature does not hold.
    """
    note = Note.parse(raw)
    checkpoint = Checkpoint.parse(note.text)
    held = note.check(known)
    if not any(each.by.kind == ED25519 and each.by.name == checkpoint.origin for each in held):
        raise Unverified(f"no known key of the log {shown(checkpoint.origin)} signed its checkpoint")
    return checkpoint, held
