"""Whether a log only grew: what it had at an earlier size, and the evidence where it said two things."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.disk import write_files
from openleo.ledger.encoding import to_base64
from openleo.ledger.errors import Unverified
from openleo.ledger.merkle import check_consistency, root_of
from openleo.ledger.note import Note
from openleo.ledger.source import Source
from openleo.ledger.tiles import Tree

_HOW: Final = """
Anybody who knows the log's key can check this, and needs to ask nobody.

before, after   Two checkpoints as the log signed them (C2SP signed-note, tlog-checkpoint).
proof           Line 1: the root that the tree of `after` has at the size of `before`, in base64.
                Further lines: the consistency proof (RFC 9162, 2.1.4) from that root to the one of `after`.
                The proof holds, and the root is not the one in `before`: the log signed two histories.
                For equal sizes there is nothing to prove: the roots in `before` and `after` differ.
"""


def root_at(source: Source, checkpoint: Checkpoint, size: int) -> tuple[bytes, tuple[bytes, ...]]:
    """The root that a log had at an earlier size (1 to its size), and the consistency proof that it had.

    Both come from its tiles and are checked against the checkpoint. Raises Missing, Unavailable and Malformed
    where a tile cannot be read, Unverified where the tiles do not give the root of the checkpoint.
    """
    tree = Tree(source, checkpoint.size)
    root, proof = root_of(tree.node, 0, size), tree.consistency(size)
    try:
        check_consistency(root, size, checkpoint.root, checkpoint.size, proof)
    except Unverified:
        raise Unverified(
            f"{source}: its tiles do not give the root of its checkpoint of size {checkpoint.size}; "
            "an audit names the one that is wrong"
        ) from None
    return root, tuple(proof)


@dataclass(frozen=True)
class Contradiction:
    """Two checkpoints that one log signed, and that no log which only grows can have both.

    before, after: the notes, that of the smaller size first. root: of the tree of `after` at the size of
    `before`. proof: from that root to the one of `after`; empty for equal sizes.
    """

    before: bytes
    after: bytes
    root: bytes
    proof: tuple[bytes, ...] = ()

    @property
    def sentence(self) -> str:
        """What it shows."""
        before, after = (Checkpoint.parse(Note.parse(raw).text) for raw in (self.before, self.after))
        return (
            f"{before.origin} signed two histories: a tree of {before.size} with the root "
            f"{to_base64(before.root)}, and a tree of {after.size} with the root {to_base64(after.root)}, "
            f"which at size {before.size} has the root {to_base64(self.root)}"
        )

    def write(self, folder: Path) -> Path:
        """Keep it, durably, in a folder of its own below this one; returns that. Raises Unavailable."""
        place = folder / hashlib.sha256(self.before + self.after).hexdigest()[:16]
        files = {
            "before": self.before,
            "after": self.after,
            "proof": "".join(f"{to_base64(each)}\n" for each in (self.root, *self.proof)).encode(),
            "README": f"{self.sentence}.\n{_HOW}".encode(),
        }
        if not all((place / name).exists() for name in files):
            place.mkdir(parents=True, exist_ok=True)
            write_files({place / name: raw for name, raw in files.items()}, folder)
        return place
