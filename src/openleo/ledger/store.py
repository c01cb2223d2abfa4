"""What a log keeps on disk: tiles, the tree's state, keys, marker, and the steps that make entries last."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from openleo.ledger import growth
from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import PRIVATE, remove, write_file
from openleo.ledger.entries import Keys, Withdrawal, read_entry
from openleo.ledger.errors import Halted, LedgerError, Malformed, Refused, Unavailable, Unverified
from openleo.ledger.growth import Edge
from openleo.ledger.marker import Marker
from openleo.ledger.merkle import EMPTY_ROOT
from openleo.ledger.note import LARGEST_NOTE, Signer
from openleo.ledger.objects import object_path
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.ledger.tiles import Tile, Tree

_FORMAT: Final = 1


class Store:
    """The folder of a log, locked: one process at a time holds it.

    edge: the tree as it was committed. signers: the keys that sign, and policy: whom readers are told to
    trust, both as the log itself states them. checkpoint, published: what the public reads.
    """

    def __init__(self, folder: Path, *, behind: bool = False) -> None:
        """Open a folder that `create` made; what a crash left unfinished is removed first.

        behind: for a folder that was put back from an old backup and is to be brought forward; nothing is
        checked against what was signed, and a marker is made where there is none.
        Raises Unavailable where there is no log; Halted where another process holds it, its marker is missing
        or says that more was signed, or its files do not give the root that was committed.
        """
        self.folder = folder
        self.public = folder / "public"
        self.tmp = folder / "tmp"
        if not (folder / "state.sqlite").is_file():
            raise Unavailable(f"{folder}: there is no log here; make one: openleo ledger init")
        with contextlib.ExitStack() as undo:
            self._lock = _locked(folder / "lock")
            undo.callback(os.close, self._lock)
            self._state = _opened(folder / "state.sqlite")
            undo.callback(self._state.close)
            self.keys = read_keys(folder / "key")
            self.origin = self.keys[0].verifier.name
            self.edge = self._read_tree()
            self.signers, self.policy = self._stated()
            self.checkpoint, self.published = b"", Checkpoint(self.origin, 0, EMPTY_ROOT)
            marker = _marker_path(folder)
            self._marker = Marker.create(marker) if behind and not marker.exists() else Marker.open(marker)
            undo.callback(self._marker.close)
            if not behind:
                self._check_signed()
            self._undo = undo.pop_all()

    @staticmethod
    def create(folder: Path, signer: Signer, policy: Policy, marker: Path) -> None:
        """Make the folder of a log without entries.

        Raises Refused where there is something in it, or where the marker would lie in it.
        """
        if folder.exists() and any(folder.iterdir()):
            raise Refused(f"{folder}: there is something in this folder; a new or empty one is allowed")
        if folder in marker.parents:
            raise Refused(f"{marker}: the marker would lie in the log's folder; a file outside it is allowed")
        for name, mode in (("public", 0o755), ("private", 0o700), ("tmp", 0o700)):
            (folder / name).mkdir(mode, parents=True, exist_ok=True)
        Marker.create(marker).close()
        write_keys(folder / "key", [signer])
        write_file(folder / "policy", policy.raw)
        write_file(folder / "marker", f"{os.path.relpath(marker, folder)}\n".encode())
        _opened(folder / "state.sqlite", create=True).close()

    def close(self) -> None:
        """Give the folder back."""
        self._undo.close()

    # ------------------------------------------------------------------ what is there

    @property
    def marked(self) -> tuple[int, bytes] | None:
        """Size and root that were, or were about to be, signed last."""
        return self._marker.last

    def tree(self, size: int) -> Tree:
        """The tree on disk at a size that was committed."""
        return Tree(Folder(self.public), size)

    def _read_tree(self) -> Edge:
        size, root = self._state.execute("SELECT size, root FROM state").fetchone()
        for stray in self.tmp.iterdir():
            remove(stray)
        growth.sweep(self.public, size)
        try:
            edge, found = Edge.read(self.tree(size)), self.tree(size).root()
        except LedgerError as error:
            raise Halted(f"{self.public}: not what this log wrote: {error}") from error
        if found != root or edge.root != root:
            raise Halted(f"{self.public}: its tiles do not give the root that was committed at size {size}")
        return edge

    def _stated(self) -> tuple[list[Signer], Policy]:
        """Keys and policy as the log's last entry about them states them; before its first, those on disk."""
        if self.edge.size == 0:
            return self.keys, Policy.parse((self.folder / "policy").read_bytes())
        (index,) = self._state.execute("SELECT keys FROM state").fetchone()
        entry = read_entry(self.tree(self.edge.size).entry(index))
        if not isinstance(entry, Keys):
            raise Halted(f"entry {index} does not state the keys of this log")
        held = {key.verifier: key for key in self.keys}
        if not held.keys() >= set(entry.verifiers):
            raise Halted(f"{self.folder / 'key'}: a key is missing with which this log says that it signs")
        return [held[key] for key in entry.verifiers], entry.policy_parsed

    def _check_signed(self) -> None:
        """Raise Halted where marker or published checkpoint know of more, or of another history."""
        size, root = self._marker.last or (0, EMPTY_ROOT)
        self._check_past(size, root, f"the marker {self._marker.path}")
        raw = Folder(self.public).read("checkpoint", LARGEST_NOTE)
        if raw is not None:
            try:
                found, _ = open_checkpoint(raw, [key.verifier for key in self.keys])
            except Unverified as error:
                raise Halted(f"{self.public / 'checkpoint'}: {error}") from error
            self._check_past(found.size, found.root, f"the checkpoint {self.public / 'checkpoint'}")
            if found.size > size:
                raise Halted(
                    f"{self._marker.path}: the marker says {size}, and a checkpoint of size {found.size} is "
                    "published: a marker must not be put back from a backup"
                )
            self.checkpoint, self.published = raw, found

    def _check_past(self, size: int, root: bytes, who: str) -> None:
        if size > self.edge.size:
            raise Halted(
                f"{who} says that size {size} was signed, and {self.folder} holds {self.edge.size} entries: "
                "it was put back from an old backup. Bring it up to a mirror that holds all: "
                "openleo ledger restore"
            )
        if self.tree(size).root() != root:
            raise Halted(f"{who} says that another root was signed at size {size}: this is another history")

    # ------------------------------------------------------------------ the steps of writing

    def integrate(self, entries: Sequence[bytes]) -> dict[Tile, bytes]:
        """Make entries durable: their files, then the tree's state, then all of it read back and checked.

        Returns what was written. Raises Unavailable where the disk refuses, and nothing changed; Halted where
        it gives back something else than it was given.
        """
        edge, files = self.edge.grow(entries)
        stated, withdrawn = None, []
        for index, raw in enumerate(entries, self.edge.size):
            if b'"type":"keys"' in raw or b'"type":"withdrawal"' in raw:  # the others need not be read again
                entry = read_entry(raw)
                stated = index if isinstance(entry, Keys) else stated
                withdrawn += [(entry.withdraws,)] if isinstance(entry, Withdrawal) else []
        try:
            growth.write(self.public, files, self.tmp)
            with self._state:
                self._state.execute("BEGIN IMMEDIATE")
                self._state.execute(
                    "UPDATE state SET size = ?, root = ?, keys = coalesce(?, keys)",
                    (edge.size, edge.root, stated),
                )
                self._state.executemany("INSERT OR IGNORE INTO withdrawn VALUES (?)", withdrawn)
        except (Unavailable, sqlite3.Error) as error:
            with contextlib.suppress(OSError):
                growth.sweep(self.public, self.edge.size)
            raise Unavailable(f"{self.folder}: {error}") from error
        growth.read_back(self.public, edge, files)
        self.edge = edge
        if stated is not None:
            self.signers, self.policy = self._stated()
        return files

    def mark(self) -> Checkpoint:
        """Say, durably, that the tree as it is now is going to be signed; returns what to sign.

        Raises Halted where more was signed before, or another root; Unavailable where the disk refuses.
        """
        self._marker.record(self.edge.size, self.edge.root)
        return Checkpoint(self.origin, self.edge.size, self.edge.root)

    def publish(self, checkpoint: Checkpoint, raw: bytes) -> None:
        """Put a signed checkpoint where the public reads it; raises Unavailable where the disk refuses."""
        write_file(self.public / "checkpoint", raw, self.tmp)
        self.checkpoint, self.published = raw, checkpoint

    def tidy(self, files: Sequence[Tile]) -> None:
        """After publishing: remove partial tiles that are full now, and objects that were withdrawn."""
        growth.prune(self.public, files)
        with contextlib.suppress(OSError, sqlite3.Error):  # what stays is removed the next time
            for (name,) in self._state.execute("SELECT name FROM withdrawn").fetchall():
                remove(self.public / object_path(name))
                remove(self.folder / "private" / name)
                self._state.execute("DELETE FROM withdrawn WHERE name = ?", (name,))

    def keep_keys(self, keys: list[Signer]) -> None:
        """Replace the private keys on disk; raises Unavailable where the disk refuses."""
        write_keys(self.folder / "key", keys)
        self.keys = keys


def read_keys(path: Path) -> list[Signer]:
    """The private keys in a file, one a line.

    Raises Halted where it is missing, open to others, or holds something else; no key is in the text.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise Halted(f"{path}: others may read this private key: chmod 600 {path}")
        keys = [Signer.parse(line) for line in path.read_text().splitlines() if line]
    except OSError as error:
        raise Halted(f"{path}: the private key cannot be read: {error.strerror}") from error
    except (Malformed, UnicodeDecodeError) as error:
        raise Halted(f"{path}: {error if isinstance(error, Malformed) else 'not a text'}") from None
    if not keys:
        raise Halted(f"{path}: it holds no private key")
    return keys


def write_keys(path: Path, keys: Sequence[Signer]) -> None:
    """Write private keys durably, for their owner alone; raises Unavailable where the disk refuses."""
    write_file(path, "".join(f"{key.skey}\n" for key in keys).encode(), mode=PRIVATE)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise Halted(f"{path.parent}: another process writes this log; one may at a time") from None
    return descriptor


def _opened(path: Path, create: bool = False) -> sqlite3.Connection:
    try:
        state = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        state.execute("PRAGMA journal_mode = WAL")
        state.execute("PRAGMA synchronous = FULL")
        if create:
            with state:
                state.execute("BEGIN IMMEDIATE")
                state.execute("CREATE TABLE state (format INTEGER, size INTEGER, root BLOB, keys INTEGER)")
                state.execute("CREATE TABLE withdrawn (name TEXT PRIMARY KEY)")
                state.execute("INSERT INTO state VALUES (?, 0, ?, 0)", (_FORMAT, EMPTY_ROOT))
        found = state.execute("SELECT format FROM state").fetchone()
    except sqlite3.Error as error:
        raise Halted(f"{path}: {error}") from error
    if found != (_FORMAT,):
        raise Halted(f"{path}: format {found}; this program reads {_FORMAT}")
    return state


def _marker_path(folder: Path) -> Path:
    try:
        return (folder / (folder / "marker").read_text().strip()).resolve()
    except (OSError, UnicodeDecodeError) as error:
        raise Halted(f"{folder / 'marker'}: it must say where the marker is: {error}") from error
