"""The tree and its proofs, against the recursive definitions of RFC 6962 on every size from 0 to 300."""

import hashlib
from functools import cache

import ct_vectors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openleo.ledger.errors import Refused, Unverified
from openleo.ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    node_hash,
    parents,
    root_of,
)

LARGEST = 300
ENTRIES = [b"entry %d" % at for at in range(LARGEST)]
LEAVES = [hashlib.sha256(b"\x00" + entry).digest() for entry in ENTRIES]


def half(n: int) -> int:
    """The largest power of two below n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@cache
def mth(start: int, end: int) -> bytes:
    """Merkle Tree Hash of D[start:end] (RFC 6962, section 2.1)."""
    n = end - start
    if n == 0:
        return hashlib.sha256().digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + ENTRIES[start]).digest()
    k = half(n)
    return hashlib.sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """The audit path PATH(m, D[start:end]) (section 2.1.1)."""
    n = end - start
    if n == 1:
        return []
    k = half(n)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], b) (section 2.1.2)."""
    n = end - start
    if m == n:
        return [] if whole else [mth(start, end)]
    k = half(n)
    if m <= k:
        return [*subproof(m, start, start + k, whole), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def node(level: int, index: int) -> bytes:
    """A perfect subtree, as a tree on disk gives it."""
    return mth(index << level, (index + 1) << level)


def test_the_roots_are_those_of_certificate_transparency() -> None:
    tree = CompactRange()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for entry, root in zip(ct_vectors.ENTRIES, ct_vectors.ROOTS, strict=True):
        tree.extend(leaf_hash(bytes.fromhex(entry)))
        assert tree.root().hex() == root


def test_every_root_up_to_300_is_that_of_the_definition() -> None:
    tree = CompactRange()
    assert tree.root() == mth(0, 0) == EMPTY_ROOT
    for size, leaf in enumerate(LEAVES, 1):
        tree.extend(leaf)
        assert (tree.size, tree.root()) == (size, mth(0, size))
        assert root_of(node, 0, size) == mth(0, size)
        at_once = CompactRange()
        at_once.extend(leaf_hashes(ENTRIES[:size]))
        assert at_once.peaks == tree.peaks


@given(st.lists(st.integers(0, 90), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_tree_is_the_same_in_whatever_portions_it_grew(portions: list[int]) -> None:
    tree = CompactRange()
    levels: dict[int, bytes] = {}
    for portion in portions:
        start, end = tree.size, min(tree.size + portion, LARGEST)
        before = tree.copy()
        for level, completed in enumerate(tree.extend(b"".join(LEAVES[start:end]))):
            levels[level] = levels.get(level, b"") + completed
        assert before.size == start  # the copy stays as it was
        again = CompactRange(tree.size, tree.peaks)
        assert (again.root(), tree.size) == (mth(0, end), end)
    for level, completed in levels.items():
        wanted = [node(level, index) for index in range(tree.size >> level)]
        assert completed == b"".join(wanted)


def test_every_inclusion_proof_up_to_300_is_that_of_the_definition() -> None:
    for size in range(1, LARGEST + 1):
        root = mth(0, size)
        for index in range(size):
            proof = inclusion_proof(node, index, size)
            assert proof == path(index, 0, size)
            check_inclusion(root, size, index, LEAVES[index], proof)


def test_every_consistency_proof_up_to_300_is_that_of_the_definition() -> None:
    for new in range(1, LARGEST + 1):
        assert consistency_proof(node, 0, new) == []
        for old in range(1, new + 1):
            proof = consistency_proof(node, old, new)
            assert proof == subproof(old, 0, new, True)
            check_consistency(mth(0, old), old, mth(0, new), new, proof)
    assert consistency_proof(node, 0, 0) == []


def test_the_example_of_rfc_6962_has_its_proofs() -> None:
    # Section 2.1.3: seven leaves; a, b, ... are leaf hashes, g to l the nodes of the drawing.
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, ll = node_hash(g, h), node_hash(i, j)
    assert mth(0, 7) == node_hash(k, ll)
    assert inclusion_proof(node, 0, 7) == [b, h, ll]
    assert inclusion_proof(node, 3, 7) == [c, g, ll]
    assert inclusion_proof(node, 4, 7) == [f, j, k]
    assert inclusion_proof(node, 6, 7) == [i, k]
    assert consistency_proof(node, 3, 7) == [c, d, g, ll]
    assert consistency_proof(node, 4, 7) == [ll]
    assert consistency_proof(node, 6, 7) == [i, j, k]


def _flipped(hashes: bytes, bit: int) -> bytes:
    bit %= 8 * len(hashes)
    changed = bytearray(hashes)
    changed[bit >> 3] ^= 1 << (bit & 7)
    return bytes(changed)


def _wrong(proof: list[bytes], change: str, at: int, bit: int) -> list[bytes]:
    """The proof with one hash more, one less, one bit off, or two hashes swapped."""
    if change == "longer":
        at %= len(proof) + 1
        return [*proof[:at], LEAVES[bit % LARGEST], *proof[at:]]
    if change == "shorter":
        at %= max(len(proof), 1)
        return [*proof[:at], *proof[at + 1 :]]
    if change == "flipped" and proof:
        at %= len(proof)
        return [*proof[:at], _flipped(proof[at], bit), *proof[at + 1 :]]
    if change == "swapped" and len(proof) > 1:
        at %= len(proof) - 1
        return [*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]]
    return proof


changes = st.sampled_from(["longer", "shorter", "flipped", "swapped"])
sizes = st.integers(1, LARGEST)
numbers = st.integers(0, 10_000)


@given(size=sizes, index=numbers, change=changes, at=numbers, bit=numbers)
@settings(max_examples=500, deadline=None)
def test_no_wrong_inclusion_proof_is_believed(size: int, index: int, change: str, at: int, bit: int) -> None:
    index %= size
    proof = path(index, 0, size)
    wrong = _wrong(proof, change, at, bit)
    if wrong != proof:
        with pytest.raises(Unverified, match=f"entry {index}"):
            check_inclusion(mth(0, size), size, index, LEAVES[index], wrong)


@given(old=sizes, new=sizes, change=changes, at=numbers, bit=numbers)
@settings(max_examples=500, deadline=None)
def test_no_wrong_consistency_proof_is_believed(old: int, new: int, change: str, at: int, bit: int) -> None:
    old, new = min(old, new), max(old, new)
    proof = subproof(old, 0, new, True)
    wrong = _wrong(proof, change, at, bit)
    if wrong != proof:
        with pytest.raises(Unverified):
            check_consistency(mth(0, old), old, mth(0, new), new, wrong)


@given(size=sizes, index=numbers, other=numbers, wrong_size=sizes, bit=numbers)
@settings(max_examples=300, deadline=None)
def test_an_inclusion_proof_holds_for_its_own_place_and_tree_alone(
    size: int, index: int, other: int, wrong_size: int, bit: int
) -> None:
    index, other = index % size, other % size
    proof, root = path(index, 0, size), mth(0, size)
    for bad_root, leaf in ((_flipped(root, bit), LEAVES[index]), (root, _flipped(LEAVES[index], bit))):
        with pytest.raises(Unverified):
            check_inclusion(bad_root, size, index, leaf, proof)
    if other != index:
        with pytest.raises(Unverified):
            check_inclusion(root, size, other, LEAVES[index], proof)
    if wrong_size != size:
        with pytest.raises(Unverified):
            check_inclusion(mth(0, wrong_size), wrong_size, index, LEAVES[index], proof)


@given(old=sizes, new=sizes, bit=numbers)
@settings(max_examples=300, deadline=None)
def test_a_consistency_proof_holds_for_its_own_roots_alone(old: int, new: int, bit: int) -> None:
    old, new = min(old, new), max(old, new)
    proof = subproof(old, 0, new, True)
    old_root, new_root = mth(0, old), mth(0, new)
    for before, after in ((_flipped(old_root, bit), new_root), (old_root, _flipped(new_root, bit))):
        with pytest.raises(Unverified):
            check_consistency(before, old, after, new, proof)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 7), (-1, 7), (7, 6)])
def test_no_consistency_is_shown_from_size_0_or_backwards(old: int, new: int) -> None:
    with pytest.raises(Unverified, match="no consistency"):
        check_consistency(mth(0, max(old, 0)), old, mth(0, new), new, [])


def test_two_trees_of_one_size_have_one_root_and_no_proof() -> None:
    check_consistency(mth(0, 7), 7, mth(0, 7), 7, [])
    with pytest.raises(Unverified, match="two trees of 7 entries have two roots"):
        check_consistency(mth(0, 7), 7, mth(0, 6), 7, [])
    with pytest.raises(Unverified, match="from 7 to 7 is empty"):
        check_consistency(mth(0, 7), 7, mth(0, 7), 7, [mth(0, 1)])


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (7, 7), (2**63, 7)])
def test_no_entry_stands_outside_of_the_tree(index: int, size: int) -> None:
    with pytest.raises(Unverified, match="is not in a tree"):
        check_inclusion(mth(0, size), size, index, LEAVES[0], [])
    with pytest.raises(Refused, match="index"):
        inclusion_proof(node, index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 7), (8, 7), (1, 0)])
def test_no_consistency_proof_is_made_backwards(old: int, new: int) -> None:
    with pytest.raises(Refused, match="old size"):
        consistency_proof(node, old, new)


def test_a_proof_in_the_largest_tree_ends() -> None:
    size = 2**63 - 1
    with pytest.raises(Unverified, match="too short"):
        check_inclusion(LEAVES[0], size, size - 1, LEAVES[0], LEAVES[:61])
    with pytest.raises(Unverified, match="too long"):
        check_inclusion(LEAVES[0], size, 0, LEAVES[0], LEAVES[:64])
    with pytest.raises(Unverified, match="too short"):
        check_consistency(LEAVES[0], 1, LEAVES[0], size, LEAVES[:62])
    with pytest.raises(Unverified, match="too long"):
        check_consistency(LEAVES[0], 1, LEAVES[0], size, LEAVES[:64])
    with pytest.raises(Unverified, match="history was rewritten"):
        check_consistency(LEAVES[0], 1, LEAVES[0], size, LEAVES[:63])


def test_an_entry_is_no_node() -> None:
    # Without the byte before it, an entry of two hashes would pass for the node over them.
    pair = LEAVES[0] + LEAVES[1]
    assert leaf_hash(pair) != node_hash(*LEAVES[:2])
    assert leaf_hashes([pair, b""]) == leaf_hash(pair) + leaf_hash(b"")
    assert parents(pair + LEAVES[2]) == node_hash(*LEAVES[:2])


def test_a_compact_range_takes_whole_hashes_and_the_peaks_of_its_size() -> None:
    with pytest.raises(Refused, match="a tree of 7 has 3"):
        CompactRange(7, LEAVES[:2])
    with pytest.raises(Refused, match="of 32 bytes"):
        CompactRange(1, [b"short"])
    tree = CompactRange(7, LEAVES[:3])
    with pytest.raises(Refused, match="33 bytes; a multiple of 32"):
        tree.extend(bytes(33))
    assert (tree.size, tree.peaks) == (7, LEAVES[:3])
