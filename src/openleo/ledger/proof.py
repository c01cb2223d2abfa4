"""The receipt handed to a person: an entry's place in the log, which can be checked without asking anyone.

C2SP tlog-proof has no version; this follows its text at commit 0065ea5b of the specifications' repository,
with the steps of verification added to it since (November 2026).
"""

from dataclasses import dataclass
from typing import Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import decimal, from_base64, hash_from_base64, to_base64
from openleo.ledger.errors import Malformed
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.note import LARGEST_NOTE, Held
from openleo.ledger.policy import Policy

HEADER: Final = "c2sp.org/tlog-proof@v1"
MOST_HASHES: Final = 63
LARGEST_PROOF: Final = LARGEST_NOTE + (1 << 20)
"""Bytes."""


@dataclass(frozen=True)
class Proof:
    """An entry's index, its audit path up to the root, and the checkpoint (bytes) with that root.

    extra: bytes for whom it was made, which nothing vouches for; ours is the entry itself.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @classmethod
    def parse(cls, raw: bytes) -> "Proof":
        """A proof from a file's bytes, believed by nobody yet. Raises Malformed, naming the line."""
        if len(raw) > LARGEST_PROOF:
            raise Malformed(f"proof: {len(raw)} bytes; at most {LARGEST_PROOF} are allowed")
        head, parted, checkpoint = raw.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed(f"proof: byte {error.start} is not ASCII") from None
        if lines[0] != HEADER or not parted:
            raise Malformed(
                f"proof: it does not begin with {HEADER!r} and part from its checkpoint by a blank line"
            )
        extra = None
        if len(lines) > 1 and lines[1].startswith("extra "):
            extra = from_base64(lines.pop(1).removeprefix("extra "), "proof: extra")
        if len(lines) < 2 or not lines[1].startswith("index "):
            raise Malformed("proof: the index is missing; a line such as: index 0")
        index = decimal(lines[1].removeprefix("index "), "proof: index")
        if len(lines) - 2 > MOST_HASHES:
            raise Malformed(f"proof: {len(lines) - 2} hashes; at most {MOST_HASHES} are allowed")
        path = tuple(hash_from_base64(line, f"proof: hash {at}") for at, line in enumerate(lines[2:]))
        return cls(index, path, checkpoint, extra)

    @property
    def raw(self) -> bytes:
        """The proof as a file (`.tlog-proof`)."""
        lines = [HEADER, f"index {self.index}", *map(to_base64, self.path), "", ""]
        if self.extra is not None:
            lines.insert(1, f"extra {to_base64(self.extra)}")
        return "\n".join(lines).encode() + self.checkpoint

    def check(
        self, entry: bytes, policy: Policy, now: int | None = None
    ) -> tuple[Checkpoint, tuple[Held, ...]]:
        """Check that the entry is in a log that the policy trusts; returns checkpoint and signatures.

        now: as in `Policy.open`. Raises Malformed, and Unverified with the reason.
        """
        checkpoint, held = policy.open(self.checkpoint, now)
        check_inclusion(checkpoint.root, checkpoint.size, self.index, leaf_hash(entry), self.path)
        return checkpoint, held
