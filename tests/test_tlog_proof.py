"""Receipts: read and written back, believed for their own entry alone, and never after a bit was changed."""

import base64

import pytest
from hypothesis import given, settings
from ledger_folders import NOW, a_log, a_witness
from ledger_fuzz import mutated, noise

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.errors import Malformed, Unverified
from openleo.ledger.merkle import CompactRange, inclusion_proof, leaf_hash, leaf_hashes
from openleo.ledger.note import Note, Signer
from openleo.ledger.policy import Policy
from openleo.ledger.proof import LARGEST_PROOF, Proof

LOG = a_log()
KNOWN = a_witness("witness.example/w1")
STRANGER = a_witness("witness.example/stranger")
POLICY = Policy.parse(f"log {LOG.verifier.vkey}\nwitness w {KNOWN.verifier.vkey}\nquorum w\n".encode())

ENTRIES = [b"entry %d" % at for at in range(23)]
LEVELS = CompactRange().extend(leaf_hashes(ENTRIES))


def node(level: int, index: int) -> bytes:
    """A perfect subtree of the entries."""
    return LEVELS[level][32 * index : 32 * index + 32]


def checkpoint(*witnesses: Signer) -> bytes:
    """The checkpoint over all entries."""
    tree = CompactRange()
    tree.extend(LEVELS[0])
    note = Note(Checkpoint(LOG.verifier.name, len(ENTRIES), tree.root()).text, ()).signed_by(LOG)
    return note.with_signatures(each.sign(note.text, NOW) for each in witnesses).raw


def receipt(index: int, extra: bytes | None = None, *witnesses: Signer) -> Proof:
    """The receipt of an entry."""
    path = tuple(inclusion_proof(node, index, len(ENTRIES)))
    return Proof(index, path, checkpoint(*(witnesses or (KNOWN,))), extra)


RAW = receipt(5, ENTRIES[5]).raw

# C2SP tlog-proof, its example without the signatures, which are shortened there, and the extra data,
# whose base64 is not padded there.
SPEC_PROOF = b"""\
c2sp.org/tlog-proof@v1
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
"""


def test_the_example_of_the_specification_is_read_and_written_back() -> None:
    proof = Proof.parse(SPEC_PROOF)
    assert (proof.index, len(proof.path), proof.extra) == (73_894, 5, None)
    assert Checkpoint.parse(proof.checkpoint.decode()).size == 109_482
    assert proof.raw == SPEC_PROOF


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_a_receipt_shows_that_its_entry_is_in_the_log(index: int) -> None:
    for extra in (None, b"", ENTRIES[index]):
        proof = receipt(index, extra)
        assert Proof.parse(proof.raw) == proof
        found, held = Proof.parse(proof.raw).check(ENTRIES[index], POLICY, NOW)
        assert (found.origin, found.size) == (LOG.verifier.name, len(ENTRIES))
        assert [each.by for each in held] == [LOG.verifier, KNOWN.verifier]
        for other, entry in enumerate(ENTRIES):
            if other != index:
                with pytest.raises(Unverified, match=f"entry {index} is not in the tree"):
                    proof.check(entry, POLICY)


def test_the_receipt_of_a_log_with_one_entry_has_no_hashes() -> None:
    root = leaf_hash(b"only")
    note = Note(Checkpoint(LOG.verifier.name, 1, root).text, ()).signed_by(LOG)
    proof = Proof(0, (), note.raw)
    assert proof.raw.startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example/")
    assert Proof.parse(proof.raw) == proof
    alone = Policy.parse(f"log {LOG.verifier.vkey}\nquorum none\n".encode())
    assert proof.check(b"only", alone)[0].size == 1


def test_a_receipt_without_the_quorum_or_of_another_log_is_not_believed() -> None:
    with pytest.raises(Unverified, match="not the quorum"):
        receipt(5, None, STRANGER).check(ENTRIES[5], POLICY)
    other = Policy.parse(f"log {a_log(2, 'log.example/other').verifier.vkey}\nquorum none\n".encode())
    with pytest.raises(Unverified, match="no signature of a known key"):
        receipt(5).check(ENTRIES[5], other)
    with pytest.raises(Unverified, match="a time in the future"):
        receipt(5).check(ENTRIES[5], POLICY, NOW - 301)


def _believed(raw: bytes, entry: bytes) -> bool:
    try:
        Proof.parse(raw).check(entry, POLICY, NOW)
    except Unverified:
        return False
    return True


def test_a_receipt_with_any_one_bit_changed_is_not_believed() -> None:
    # The line with the entry itself is not vouched for: see below.
    start = RAW.index(b"\n") + 1
    extra = range(start + len("extra "), RAW.index(b"\n", start))
    for at in range(len(RAW)):
        for bit in range(8):
            changed = RAW[:at] + bytes([RAW[at] ^ 1 << bit]) + RAW[at + 1 :]
            assert not _believed(changed, ENTRIES[5]) or at in extra, (at, bit)
            # And whatever the changed line says now, it is believed for no other entry.
            if at in extra and _believed(changed, ENTRIES[5]):
                said = Proof.parse(changed).extra
                assert said is not None
                assert said != ENTRIES[5]
                assert not _believed(changed, said)


def test_a_line_of_an_unknown_key_may_change_and_no_other() -> None:
    # By the rules of notes, a signature by a stranger is ignored: nobody notices what happens to it while the
    # quorum holds without it; but no bit of another line may change.
    raw = receipt(5, None, KNOWN, STRANGER).raw
    strange = raw.index(STRANGER.verifier.name.encode())
    ignored = 0
    for at in range(len(raw)):
        for bit in range(8):
            changed = raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
            if _believed(changed, ENTRIES[5]):
                assert at >= strange
                ignored += 1
    assert ignored > 100
    assert _believed(raw[: raw.rindex("— ".encode())], ENTRIES[5])


@given(mutated(RAW))
@settings(max_examples=500, deadline=None)
def test_a_receipt_that_was_tampered_with_is_believed_for_its_own_entry_alone(raw: bytes) -> None:
    for index, entry in enumerate(ENTRIES):
        if _believed(raw, entry):
            assert index == 5
            proof, own = Proof.parse(raw), Proof.parse(RAW)
            assert (proof.index, proof.path) == (own.index, own.path)
            assert Note.parse(proof.checkpoint).text == Note.parse(own.checkpoint).text


@given(noise() | mutated(RAW, SPEC_PROOF, receipt(0, b"").raw))
@settings(max_examples=600, deadline=None)
def test_any_bytes_are_refused_or_written_back_as_they_were(raw: bytes) -> None:
    try:
        proof = Proof.parse(raw)
    except Malformed:
        return
    assert proof.raw == raw


HASH = base64.b64encode(bytes(32))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        RAW[1:],
        b"\n" + RAW,
        b" " + RAW,
        RAW.replace(b"@v1", b"@v2", 1),
        RAW.replace(b"\n", b"\r\n"),
        RAW.partition(b"\n\n")[0],
        RAW.replace(b"\n\n", b"\n", 1),
        RAW.replace(b"index 5", b"index 05"),
        RAW.replace(b"index 5", b"index -5"),
        RAW.replace(b"index 5", b"index +5"),
        RAW.replace(b"index 5", b"index 5 "),
        RAW.replace(b"index 5", b"index  5"),
        RAW.replace(b"index 5", b"Index 5"),
        RAW.replace(b"index 5", b"index"),
        RAW.replace(b"index 5\n", b""),
        RAW.replace(b"index 5", b"index 5\nindex 5"),
        RAW.replace(b"index 5", b"index 9223372036854775808"),
        RAW.replace(b"index 5", b"extra AAAA\nindex 5"),
        RAW.replace(b"index 5\n", b"index 5\nextra AAAA\n"),
        RAW.replace(b"extra ", b"extra"),
        RAW.replace(b"extra ", b"extra  "),
        RAW.replace(b"extra ", b"extra !"),
        RAW.replace(b"index 5\n", b"index 5\n" + HASH[:-1] + b"\n"),
        RAW.replace(b"index 5\n", b"index 5\n" + HASH + b" \n"),
        RAW.replace(b"index 5\n", b"index 5\n" + HASH.replace(b"A=", b"B=") + b"\n"),
        RAW.replace(b"index 5\n", b"index 5\nAAAA\n"),
        RAW.replace(b"index 5\n", b"index 5\n" + "é".encode() + b"\n"),
        b"c2sp.org/tlog-proof@v1\nindex 0\n" + (HASH + b"\n") * 64 + b"\n",
    ],
)
def test_what_is_no_proof_to_the_letter_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="proof"):
        Proof.parse(raw)


def test_a_proof_of_63_hashes_is_read_and_a_huge_one_is_not() -> None:
    raw = b"c2sp.org/tlog-proof@v1\nindex 0\n" + (HASH + b"\n") * 63 + b"\n"
    assert len(Proof.parse(raw).path) == 63
    with pytest.raises(Malformed, match=f"at most {LARGEST_PROOF}"):
        Proof.parse(raw + bytes(LARGEST_PROOF))
