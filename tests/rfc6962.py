"""A second verifier of logs and receipts, from the specifications alone; nothing of OpenLEO is in it.

It follows the recursive definitions of RFC 6962, section 2.1, and C2SP's signed-note, tlog-checkpoint,
tlog-cosignature, tlog-tiles and tlog-proof. To read every tile and every entry of a folder:
python tests/rfc6962.py FOLDER VKEY...
"""

import hashlib
import sys
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sure(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def half(n: int) -> int:
    """The largest power of two below n."""
    return 1 << ((n - 1).bit_length() - 1)


def tree(leaves: list[bytes]) -> bytes:
    """MTH of leaf hashes (2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    k = half(len(leaves))
    return node(tree(leaves[:k]), tree(leaves[k:]))


def root_by_path(m: int, n: int, hash_: bytes, path: list[bytes]) -> bytes:
    """The root that PATH(m, D[n]) leads to (2.1.1)."""
    if n == 1:
        sure(path == [], "the path is too long")
        return hash_
    sure(path != [], "the path is too short")
    k, rest, last = half(n), path[:-1], path[-1]
    if m < k:
        return node(root_by_path(m, k, hash_, rest), last)
    return node(last, root_by_path(m - k, n - k, hash_, rest))


def roots_by_proof(m: int, n: int, old: bytes, proof: list[bytes], whole: bool = True) -> tuple[bytes, bytes]:
    """The roots, old and new, that SUBPROOF(m, D[n], whole) leads to (2.1.2)."""
    if m == n:
        sure(len(proof) == (not whole), "the proof is too long or too short")
        return (old, old) if whole else (proof[0], proof[0])
    sure(proof != [], "the proof is too short")
    k, rest, last = half(n), proof[:-1], proof[-1]
    if m <= k:
        before, after = roots_by_proof(m, k, old, rest, whole)
        return before, node(after, last)
    before, after = roots_by_proof(m - k, n - k, old, rest, False)
    return node(last, before), node(last, after)


def checkpoint(note: bytes, vkeys: list[str]) -> tuple[int, bytes]:
    """Size and root of a checkpoint that all these keys signed."""
    text, _, lines = note.rpartition(b"\n\n")
    text, found = text + b"\n", []
    sure(lines.endswith(b"\n"), "the last line is cut off")
    for line in lines.decode()[:-1].split("\n"):
        dash, name, signature = line.split(" ")
        sure(dash == "—", "no signature line")
        raw = b64decode(signature, None, True)
        for vkey in vkeys:
            known, key_id, key = vkey.split("+", 2)
            material = b64decode(key, None, True)
            own_id = sha256(known.encode() + b"\n" + material)[:4]
            sure(own_id.hex() == key_id, "a key with another's id")
            if (known, own_id) != (name, raw[:4]):
                continue
            message, signed = text, raw[4:]
            if material[0] == 4:
                time, signed = int.from_bytes(raw[4:12], "big"), raw[12:]
                message = b"cosignature/v1\ntime %d\n" % time + text
            Ed25519PublicKey.from_public_bytes(material[1:]).verify(signed, message)
            found.append((name, material[0]))
    origin, size, root = text.decode().split("\n")[:3]
    sure((origin, 1) in found, "not signed by its log")
    sure(len(set(found)) == len(vkeys), "not signed by all keys")
    return int(size), b64decode(root, None, True)


def receipt(raw: bytes, entry: bytes, vkeys: list[str]) -> int:
    """The index at which a receipt shows an entry to be in the log."""
    head, _, note = raw.partition(b"\n\n")
    lines = head.decode().split("\n")
    sure(lines.pop(0) == "c2sp.org/tlog-proof@v1", "no proof")
    if lines[0].startswith("extra "):
        lines.pop(0)
    index = int(lines[0].removeprefix("index "))
    size, root = checkpoint(note, vkeys)
    sure(index < size, "no such entry")
    path = [b64decode(line, None, True) for line in lines[1:]]
    sure(root_by_path(index, size, sha256(b"\x00" + entry), path) == root, "not in the log")
    return index


def tile(folder: Path, level: str, n: int, width: int) -> bytes:
    digits = f"{n:0{-(-len(str(n)) // 3) * 3}d}"
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return (folder / "tile" / level / (path if width == 256 else f"{path}.p/{width}")).read_bytes()


def log(folder: Path, vkeys: list[str]) -> list[bytes]:
    """The entries of a log in a folder, after every tile and every bundle was compared with them."""
    size, root = checkpoint((folder / "checkpoint").read_bytes(), vkeys)
    entries: list[bytes] = []
    for at in range(0, size, 256):
        bundle = tile(folder, "entries", at // 256, min(256, size - at))
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            sure(len(bundle) >= 2 + length, f"the bundle at entry {at} is cut off")
            entries.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        sure(len(entries) == min(at + 256, size), f"the bundle at entry {at} has too few or too many")
    row, level = [sha256(b"\x00" + entry) for entry in entries], 0
    sure(tree(row) == root, "the entries are not those of the checkpoint")
    while row:
        for at in range(0, len(row), 256):
            part = row[at : at + 256]
            sure(
                tile(folder, str(level), at // 256, len(part)) == b"".join(part), f"tile {level}, {at // 256}"
            )
        row, level = [tree(row[at : at + 256]) for at in range(0, len(row) // 256 * 256, 256)], level + 1
    return entries


if __name__ == "__main__":
    sys.stdout.write(f"{len(log(Path(sys.argv[1]), sys.argv[2:]))} entries hold\n")
