"""A verifier written from the specifications alone reads what we write and notices what was tampered with."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rfc6962
from cryptography.exceptions import InvalidSignature
from ledger_folders import NOW, a_log, a_witness, flip, write_log

from openleo.ledger.canonical import canonical
from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.log import Log
from openleo.ledger.note import Note
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tree

LOG, WITNESS = a_log(), a_witness()
VKEYS = [LOG.verifier.vkey, WITNESS.verifier.vkey]
ENTRIES = [b"entry %d" % at for at in range(70_000)]
TROUBLE = (ValueError, OSError, InvalidSignature)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 600, 65_536, 70_000])
def test_a_whole_log_is_verified(tmp_path: Path, size: int) -> None:
    write_log(tmp_path, LOG, ENTRIES[:size], [WITNESS])
    assert rfc6962.log(tmp_path, VKEYS) == ENTRIES[:size]
    with pytest.raises(ValueError, match="not signed by all keys"):
        rfc6962.log(tmp_path, [*VKEYS, a_witness("witness.example/w2").verifier.vkey])


def test_receipts_and_consistency_are_verified() -> None:
    # Trees of up to 70 entries: every receipt and every pair of sizes.
    held: dict[int, tuple[Tree, bytes]] = {}
    rows = [rfc6962.sha256(b"\x00" + entry) for entry in ENTRIES[:70]]

    class Memory:
        def read(self, path: str, most: int) -> bytes | None:
            return b"".join(rows[: int(path.rpartition("/")[2])]) if path.startswith("tile/0/") else None

    for size in range(1, 71):
        note = Note(Checkpoint(LOG.verifier.name, size, rfc6962.tree(rows[:size])).text, ()).signed_by(LOG)
        held[size] = (Tree(Memory(), size), note.with_signatures([WITNESS.sign(note.text, NOW)]).raw)
    for size, (tree, note_raw) in held.items():
        assert rfc6962.checkpoint(note_raw, VKEYS) == (size, rfc6962.tree(rows[:size]))
        for index in range(size):
            receipt = Proof(index, tuple(tree.inclusion(index)), note_raw, ENTRIES[index]).raw
            if index in (0, size // 3, size - 1):
                assert rfc6962.receipt(receipt, ENTRIES[index], VKEYS) == index
                with pytest.raises(ValueError, match="not in the log"):
                    rfc6962.receipt(receipt, b"another", VKEYS)
            found = rfc6962.root_by_path(index, size, rows[index], tree.inclusion(index))
            assert found == rfc6962.tree(rows[:size])
        for old in range(1, size + 1):
            old_root = rfc6962.tree(rows[:old])
            assert rfc6962.roots_by_proof(old, size, old_root, tree.consistency(old)) == (
                old_root,
                rfc6962.tree(rows[:size]),
            )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 600 entries that the writer wrote, in three portions."""
    folder = tmp_path_factory.mktemp("logs") / "log"
    Log.create(folder, "log.example/tenerife", clock=lambda: NOW)
    with Log.open(folder, clock=lambda: NOW) as log:
        for start, end in ((1, 100), (100, 101), (101, 600)):
            log.append([_entry(at) for at in range(start, end)])
        (folder.parent / "receipt").write_bytes(log.proof(17).raw)
    return folder


def _entry(at: int) -> bytes:
    return canonical({"n": at, "time": "2026-11-21T17:00:00Z", "type": "example", "version": 1})


def _vkeys(folder: Path) -> list[str]:
    return [each.vkey for each in Policy.parse((folder / "policy").read_bytes()).logs]


def test_what_the_writer_wrote_is_verified(written: Path) -> None:
    found = rfc6962.log(written / "public", _vkeys(written))
    assert len(found) == 600
    assert found[1:] == [_entry(at) for at in range(1, 600)]
    assert rfc6962.receipt((written.parent / "receipt").read_bytes(), _entry(17), _vkeys(written)) == 17
    tree = Tree(Folder(written / "public"), 600)
    leaves = [rfc6962.sha256(b"\x00" + entry) for entry in found]
    for old in (1, 100, 101, 256, 599, 600):
        roots = rfc6962.roots_by_proof(old, 600, rfc6962.tree(leaves[:old]), tree.consistency(old))
        assert roots == (rfc6962.tree(leaves[:old]), rfc6962.tree(leaves))


def test_no_flipped_bit_in_any_file_is_overlooked(written: Path, tmp_path: Path) -> None:
    vkeys = _vkeys(written)
    copy = tmp_path / "copy"
    shutil.copytree(written / "public", copy)
    old = {f"tile/{level}/000.p/{width}" for level in ("0", "entries") for width in (1, 100, 101)}
    old |= {"tile/1/000.p/1"}
    files = [path for path in copy.rglob("*") if path.is_file() and str(path.relative_to(copy)) not in old]
    assert len(files) >= 8
    for path in files:
        bits = 8 * path.stat().st_size
        for bit in {0, bits // 3, bits // 2, bits - 1}:
            flip(path, bit)
            with pytest.raises(TROUBLE):
                rfc6962.log(copy, vkeys)
            flip(path, bit)
    assert len(rfc6962.log(copy, vkeys)) == 600


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"\x00", lambda raw: b""])
def test_no_file_cut_off_or_lengthened_is_overlooked(written: Path, tmp_path: Path, change: object) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(written / "public", copy)
    for name in ("checkpoint", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"):
        raw = (copy / name).read_bytes()
        (copy / name).write_bytes(change(raw))  # type: ignore[operator]
        with pytest.raises(TROUBLE):
            rfc6962.log(copy, _vkeys(written))
        (copy / name).unlink()
        with pytest.raises(OSError, match="No such file"):
            rfc6962.log(copy, _vkeys(written))
        (copy / name).write_bytes(raw)


def test_two_entries_that_were_swapped_are_noticed(tmp_path: Path) -> None:
    write_log(tmp_path, LOG, ENTRIES[:300])
    signed = (tmp_path / "checkpoint").read_bytes()
    write_log(tmp_path, LOG, [ENTRIES[1], ENTRIES[0], *ENTRIES[2:300]])
    (tmp_path / "checkpoint").write_bytes(signed)
    with pytest.raises(ValueError, match="not those of the checkpoint"):
        rfc6962.log(tmp_path, VKEYS[:1])


def test_it_is_a_command_that_anyone_can_run(written: Path) -> None:
    command = [sys.executable, "-W", "error", rfc6962.__file__, str(written / "public"), *_vkeys(written)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "600 entries hold\n"


def test_it_shares_nothing_with_what_it_verifies() -> None:
    text = Path(rfc6962.__file__).read_text()
    assert len(text.splitlines()) < 150
    found = {
        name
        for each in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in each.names]
            if isinstance(each, ast.Import)
            else [each.module]
            if isinstance(each, ast.ImportFrom)
            else []
        )
    }
    assert found == {
        "base64",
        "hashlib",
        "pathlib",
        "sys",
        "cryptography.hazmat.primitives.asymmetric.ed25519",
    }
