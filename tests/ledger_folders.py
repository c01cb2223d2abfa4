"""Signed log folders for tests, made without the writer: from tiles, tree and notes alone."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.merkle import CompactRange, leaf_hashes
from openleo.ledger.note import COSIGNATURE, Note, Signer
from openleo.ledger.tiles import HEIGHT, WIDTH, Tile, bundle_of

ORIGIN = "log.example/tenerife"
NOW = 1_793_000_000
"""POSIX seconds: October 2026, when the witnesses of the tests cosign unless told otherwise."""


def a_log(number: int = 1, origin: str = ORIGIN) -> Signer:
    """The key of a log, always the same one for a number."""
    return Signer(origin, bytes([number]) * 32)


def a_witness(name: str = "witness.example/w1") -> Signer:
    """The key of a witness, always the same one for a name."""
    return Signer(name, name.encode().ljust(32, b"w")[-32:], COSIGNATURE)


def write_log(
    folder: Path,
    signer: Signer | Sequence[Signer],
    entries: Iterable[bytes],
    witnesses: Sequence[Signer] = (),
    objects: Mapping[str, bytes] | None = None,
    *,
    cosigned_at: int = NOW,
) -> Checkpoint:
    """A folder as `openleo ledger export` leaves it; files that stand there already are written over.

    signer: the log's key, or all of them in an overlap, each with the log's origin as name.
    objects: file bytes by name. cosigned_at: POSIX seconds, of every witness.
    """
    tree = CompactRange()
    rows: dict[int, bytes] = {}
    every = iter(entries)
    while block := list(islice(every, WIDTH)):
        full = len(block) == WIDTH
        put(folder, Tile(None, tree.size // WIDTH, len(block)).path, bundle_of(block))
        for level, done in enumerate(tree.extend(leaf_hashes(block))[::HEIGHT]):
            row = rows.get(level, b"") + done
            if len(row) == WIDTH * HASH_SIZE:
                put(folder, Tile(level, (tree.size >> HEIGHT * (level + 1)) - 1).path, row)
                row = b""
            rows[level] = row
        if not full:
            break
    for level, row in rows.items():
        if row:
            width = len(row) // HASH_SIZE
            put(folder, Tile(level, tree.size >> HEIGHT * (level + 1), width).path, row)
    for name, raw in (objects or {}).items():
        put(folder, f"object/{name}", raw)
    signers = [signer] if isinstance(signer, Signer) else list(signer)
    checkpoint = Checkpoint(signers[0].verifier.name, tree.size, tree.root())
    note = Note(checkpoint.text, ()).signed_by(*signers)
    note = note.with_signatures(each.sign(note.text, cosigned_at) for each in witnesses)
    put(folder, "checkpoint", note.raw)
    return checkpoint


def put(folder: Path, path: str, raw: bytes) -> None:
    """A file of such a folder, with the folders above it."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(raw)


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file over: bit 0 is the lowest of its first byte."""
    raw = bytearray(path.read_bytes())
    raw[bit >> 3] ^= 1 << (bit & 7)
    path.write_bytes(raw)
