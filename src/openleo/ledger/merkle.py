"""The tree of RFC 6962 (SHA-256): growing it, and proofs that an entry is in it and that it only grew."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from openleo.ledger.encoding import HASH_SIZE, to_base64
from openleo.ledger.errors import Refused, Unverified

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without entries."""

Node = Callable[[int, int], bytes]
"""The hash of the perfect subtree at (level, index): level 0 are leaves, index counts from the left."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry: SHA-256(0x00, entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256(0x01, left, right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Sequence[bytes]) -> bytes:
    """The hashes of entries, one after the other (32 bytes each)."""
    sha256 = hashlib.sha256
    return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])


def parents(hashes: bytes) -> bytes:
    """The hashes over pairs of hashes, both as bytes one after the other; an odd one at the end is left."""
    begun = hashlib.sha256(b"\x01").copy
    found = []
    # A copy of a hash that is begun, not a new one: 0.5 against 0.7 us a node.
    for at in range(0, len(hashes) - len(hashes) % 64, 64):
        node = begun()
        node.update(hashes[at : at + 64])
        found.append(node.digest())
    return b"".join(found)


class CompactRange:
    """The perfect subtrees that a tree of some size is made of: all that is needed to go on appending.

    size: leaves so far. peaks: (32 bytes each) from the largest subtree, on the left, to the smallest.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Raises Refused where the peaks are not as many as a tree of that size has."""
        if len(peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in peaks):
            raise Refused(
                f"peaks: {len(peaks)}; a tree of {size} has {size.bit_count()}, of {HASH_SIZE} bytes"
            )
        self.size = size
        self.peaks = list(peaks)

    def copy(self) -> "CompactRange":
        """Another, that grows by itself."""
        return CompactRange(self.size, self.peaks)

    def extend(self, leaves: bytes) -> list[bytes]:
        """Append leaf hashes (32 bytes each, one after the other).

        Returns the hashes of the subtrees that this completed, level by level: first the leaves themselves.
        Raises Refused where the last hash is cut off.
        """
        if len(leaves) % HASH_SIZE:
            raise Refused(f"leaf hashes: {len(leaves)} bytes; a multiple of {HASH_SIZE} is allowed")
        before = [
            self.peaks.pop() if self.size >> level & 1 else b"" for level in range(self.size.bit_length())
        ]
        grown: list[bytes] = []
        kept, new = [], leaves
        while new or len(grown) < len(before):
            grown.append(new)
            there = before[len(grown) - 1] if len(grown) <= len(before) else b""
            level = there + new
            if len(level) % (2 * HASH_SIZE):
                kept.append(level[-HASH_SIZE:])
            new = parents(level)
        self.size += len(leaves) // HASH_SIZE
        self.peaks = kept[::-1]
        return grown

    def root(self) -> bytes:
        """The root of the tree."""
        return _fold(self.peaks)


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_of(node: Node, start: int, end: int) -> bytes:
    """The root over leaves start to end, where start is a multiple of the largest subtree that fits."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(node(level, start >> level))
        start += 1 << level
    return _fold(peaks)


def _split(start: int, end: int) -> int:
    """Where RFC 6962 parts a range: after the largest power of two that is below its length."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The audit path of the entry at index in the tree of size, from the leaf's sibling up (RFC 6962, 2.1.1).

    Raises Refused where there is no such entry.
    """
    if not 0 <= index < size:
        raise Refused(f"index: {index}; 0 to {size - 1} are allowed in a tree of {size}")
    proof, start, end = [], 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            proof.append(root_of(node, middle, end))
            end = middle
        else:
            proof.append(root_of(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """The proof that the tree of size `new` begins with the one of size `old` (RFC 6962, 2.1.2).

    It is empty for equal sizes and for old size 0. Raises Refused where old is above new.
    """
    if not 0 <= old <= new:
        raise Refused(f"old size: {old}; 0 to {new} are allowed")
    if old == 0:
        return []
    proof, start, end = [], 0, new
    while old != end:
        middle = _split(start, end)
        if old <= middle:
            proof.append(root_of(node, middle, end))
            end = middle
        else:
            proof.append(root_of(node, start, middle))
            start = middle
    if start:
        proof.append(root_of(node, start, end))
    return proof[::-1]


def check_inclusion(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaf hash stands at index in the tree (RFC 9162, 2.1.3.2); raises Unverified."""
    if not 0 <= index < size:
        raise Unverified(f"index {index} is not in a tree of {size}")
    found, at, last = leaf, index, size - 1
    for each in proof:
        if last == 0:
            raise Unverified(f"the inclusion proof of entry {index} is too long for a tree of {size}")
        if at & 1 or at == last:
            found = node_hash(each, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    if last:
        raise Unverified(f"the inclusion proof of entry {index} is too short for a tree of {size}")
    if found != root:
        raise Unverified(f"entry {index} is not in the tree of {size} with root {to_base64(root)}")


def check_consistency(old_root: bytes, old: int, new_root: bytes, new: int, proof: Sequence[bytes]) -> None:
    """Check that the tree of size `new` begins with the one of size `old` (RFC 9162, 2.1.4.2).

    Raises Unverified, also for old size 0, of which there is nothing to prove.
    """
    if not 0 < old <= new:
        raise Unverified(f"no consistency can be shown from size {old} to {new}")
    if old == new:
        if proof:
            raise Unverified(f"a consistency proof from {old} to {new} is empty")
        if old_root != new_root:
            raise Unverified(
                f"two trees of {old} entries have two roots: {to_base64(old_root)}, {to_base64(new_root)}"
            )
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not path:
        raise Unverified(f"the consistency proof from {old} to {new} is empty")
    of_old = of_new = path[0]
    for each in path[1:]:
        if last == 0:
            raise Unverified(f"the consistency proof from {old} to {new} is too long")
        if at & 1 or at == last:
            of_old, of_new = node_hash(each, of_old), node_hash(each, of_new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            of_new = node_hash(of_new, each)
        at, last = at >> 1, last >> 1
    if last:
        raise Unverified(f"the consistency proof from {old} to {new} is too short")
    if of_old != old_root or of_new != new_root:
        raise Unverified(f"the tree of {new} does not begin with the tree of {old}: history was rewritten")
