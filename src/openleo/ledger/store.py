"""What a log keeps on disk: tiles, the tree's state, keys, marker, and the steps that make entries last."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from openleo.ledger import growth
from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import PRIVATE, remove, write_file
from openleo.ledger.entries import Keys, Withdrawal, read_entry
from openleo.ledger.errors import Halted, LedgerError, Malformed, NotWritten, Unavailable, Unverified
from openleo.ledger.growth import Edge
from openleo.ledger.making import check_made
from openleo.ledger.marker import Marker
from openleo.ledger.merkle import EMPTY_ROOT
from openleo.ledger.note import LARGEST_NOTE, Signer
from openleo.ledger.objects import object_path
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.ledger.state import State
from openleo.ledger.tiles import Tile, Tree

Claim = tuple[str, int, bytes]
"""Who says so, size, root: something that was committed or signed, and that a log must begin with."""


class Store:
    """The folder of a log, locked: one process at a time holds it.

    edge: the tree as it was committed. signers: the keys that sign, and policy: whom readers are told to
    trust, both as the log itself states them.
    """

    def __init__(self, folder: Path, *, behind: bool = False) -> None:
        """Open a folder that `make` made; what a crash left unfinished is removed first.

        behind: for a folder that was put back from an old backup and is to be brought forward: nothing is
        checked against what was signed, what is missing is made, and the edge is empty where the tiles do not
        give the root that was committed. Raises Unavailable where there is no log, or the disk refuses;
        Halted where another process holds it, its marker is missing or says that more was signed, or its
        files do not give the root that was committed. Nothing is removed before all of that was found right.
        """
        self.folder = folder
        self.public = folder / "public"
        self.tmp = folder / "tmp"
        self._behind = behind
        self._unread: list[tuple[Edge, dict[Tile, bytes]]] = []
        self._unsure = False
        self._turn = threading.Lock()
        state = folder / "state.sqlite"
        check_made(folder, behind)
        with contextlib.ExitStack() as undo:
            try:
                undo.callback(os.close, _locked(folder / "lock"))
                self._state = State(state, create=not state.is_file())
                undo.callback(self._state.close)
                self.keys = read_keys(folder / "key")
                self.origin = self.keys[0].verifier.name
                self._shown = b"", Checkpoint(self.origin, 0, EMPTY_ROOT)
                path = _marker_path(folder)
                self.marker = Marker.create(path) if behind and not path.exists() else Marker.open(path)
                undo.callback(self.marker.close)
                if behind:
                    self._open_behind()
                else:
                    self._open()
            except OSError as error:
                raise Unavailable(f"{error.filename or folder}: {error.strerror or error}") from error
            self._undo = undo.pop_all()

    def close(self) -> None:
        """Give the folder back."""
        self._undo.close()

    # ------------------------------------------------------------------ what is there

    @property
    def shown(self) -> tuple[bytes, Checkpoint]:
        """The published checkpoint, as the public reads it, and what it says; b"" and 0 before the first."""
        return self._shown

    @property
    def checkpoint(self) -> bytes:
        """The published checkpoint, as the public reads it."""
        return self._shown[0]

    @property
    def published(self) -> Checkpoint:
        """What the published checkpoint says."""
        return self._shown[1]

    def tree(self, size: int) -> Tree:
        """The tree on disk at a size that was committed."""
        return Tree(Folder(self.public), size)

    def claims(self) -> Iterator[Claim]:
        """What state, marker and published checkpoint say; raises Halted for a checkpoint that is wrong."""
        yield "this folder", *self._state.read()[:2]
        if self.marker.last is not None:
            yield f"the marker {self.marker.path}", *self.marker.last
        path = self.public / "checkpoint"
        raw = Folder(self.public).read("checkpoint", LARGEST_NOTE)
        if raw is not None:
            try:
                found, _ = open_checkpoint(raw, [key.verifier for key in self.keys])
            except Unverified as error:
                if self._behind:
                    return
                raise Halted(f"{path}: {error}") from error
            self._shown = raw, found
            yield f"the checkpoint {path}", found.size, found.root

    def _open(self) -> None:
        """Check that all is as it was left, then remove and finish what a crash left."""
        (_, size, root), *signed = self.claims()
        for who, least, _ in signed:
            if least > size:
                raise Halted(
                    f"{who} says that size {least} was signed, and {self.folder} holds {size} entries: "
                    "it was put back from an old backup. Bring it up to a mirror that holds all: "
                    "openleo ledger restore"
                )
        marked, published = (self.marker.last or (0, b""))[0], self.published.size
        if published > marked:
            raise Halted(
                f"{self.marker.path}: the marker says {marked}, and a checkpoint of size {published} is "
                "published: a marker must not be put back from a backup"
            )
        try:
            self.edge = self._read_edge(size, root)
            for who, least, signed_root in signed:
                if self.tree(least).root() != signed_root:
                    raise Halted(
                        f"{who} says that another root was signed at size {least}: this is another history"
                    )
            # Between commit and publishing the files were read back, and not signed where they were wrong.
            if published < size and growth.check_entries(self.tree(size), published) != root:
                raise Halted(f"its entries from {published} on do not give the root of size {size}")
        except LedgerError as error:
            raise Halted(f"{self.public}: not what this log wrote: {error}") from error
        self._restate()
        _empty(self.tmp)
        growth.sweep(self.public, size)
        if published == size:
            self.tidy()

    def _open_behind(self) -> None:
        _, size, root = next(self.claims())
        for name in ("public", "private"):
            (self.folder / name).mkdir(exist_ok=True)
        _empty(self.tmp)
        self.signers, self.policy = self.keys, Policy.parse(b"quorum none\n")
        try:
            self.edge = self._read_edge(size, root)
        except LedgerError:
            self.edge = Edge()

    def _read_edge(self, size: int, root: bytes) -> Edge:
        edge = Edge.read(self.tree(size))
        if edge.root != root:
            raise Halted(
                f"its tiles do not give the root that was committed at size {size}; which of them is wrong: "
                f"openleo ledger audit {self.public}"
            )
        return edge

    def _restate(self) -> None:
        """Take keys and policy as the log's last entry about them states them; without any, those on disk."""
        path = self.folder / "policy"
        if self.edge.size == 0:
            try:
                self.signers, self.policy = self.keys, Policy.parse(path.read_bytes())
            except Malformed as error:
                raise Halted(f"{path}: {error}") from error
            return
        _, _, index = self._state.read()
        try:
            entry = read_entry(self.tree(self.edge.size).entry(index))
        except LedgerError as error:
            raise Halted(f"entry {index} must state the keys of this log: {error}") from error
        if not isinstance(entry, Keys):
            raise Halted(f"entry {index} does not state the keys of this log")
        held = {key.verifier: key for key in self.keys}
        if not held.keys() >= set(entry.verifiers):
            raise Halted(f"{self.folder / 'key'}: a key is missing with which this log says that it signs")
        self.signers, self.policy = [held[key] for key in entry.verifiers], entry.policy_parsed
        with contextlib.suppress(OSError, Unavailable):  # people read it; what holds is the entry
            if not path.exists() or path.read_bytes() != self.policy.raw:
                write_file(path, self.policy.raw, self.tmp)

    # ------------------------------------------------------------------ the steps of writing

    def integrate(self, entries: Sequence[bytes]) -> dict[Tile, bytes]:
        """Make entries durable: their files, then the tree's state.

        Returns what was written, which `check` reads back. Raises NotWritten where the disk refuses, and
        nothing changed; Unavailable where it refused, and it is not known what it kept: the next call undoes
        that.
        """
        try:
            self._settle()
        except Unavailable as error:
            raise NotWritten(f"nothing was written: {error}") from error
        edge, files = self.edge.grow(entries)
        stated, withdrawn = None, []
        for index, raw in enumerate(entries, self.edge.size):
            if b'"type":"keys"' in raw or b'"type":"withdrawal"' in raw:  # the others need not be read again
                entry = read_entry(raw)
                stated = index if isinstance(entry, Keys) else stated
                withdrawn += [entry.withdraws] if isinstance(entry, Withdrawal) else []
        try:
            growth.write(self.public, files, self.tmp)
        except Unavailable as error:
            self._sweep()
            raise NotWritten(f"nothing was written: {error}") from error
        try:
            self._state.commit(edge.size, edge.root, stated, withdrawn)
        except Unavailable as error:
            self._undo_files(sure=isinstance(error, NotWritten))
            raise NotWritten(f"nothing was written: {error}") from error
        self.edge = edge
        self._unread.append((edge, files))
        if stated is not None and not self._behind:
            self._restate()
        return files

    def _undo_files(self, sure: bool) -> None:
        """After a commit that failed. Not sure: it may be on the disk nevertheless: `_settle` undoes it."""
        if sure:
            self._sweep()
            return
        self._unsure = True
        try:
            self._settle()
        except Unavailable as error:
            raise Unavailable(
                f"whether these entries are in the log shows when the disk works again: {error}"
            ) from error

    def _settle(self) -> None:
        """Commit the state before a commit that failed in its sync; its tiles are removed after that.

        They stay until then, for whoever opens this folder after a crash may find that the commit held.
        """
        if self._unsure:
            self._state.commit(self.edge.size, self.edge.root)
            self._unsure = False
            self._sweep()

    def _sweep(self) -> None:
        """Remove the tiles of a commit that failed; a log that is behind may have nothing else."""
        with contextlib.suppress(OSError):  # what stays is written over, or removed at the next start
            if not self._behind:
                growth.sweep(self.public, self.edge.size)

    def check(self) -> None:
        """Read back what was written and check it: nothing is signed before.

        Raises Halted where the disk gives back something else than it was given, Unavailable where it cannot
        be read now.
        """
        while self._unread:
            growth.read_back(self.public, *self._unread[0])
            del self._unread[0]

    def mark(self) -> Checkpoint:
        """Say, durably, that the tree as it is now is going to be signed; returns what to sign.

        Raises Halted where more was signed before, or another root, and what `check` raises; Unavailable
        where the disk refuses.
        """
        self.check()
        self.marker.record(self.edge.size, self.edge.root)
        return Checkpoint(self.origin, self.edge.size, self.edge.root)

    def publish(self, checkpoint: Checkpoint, raw: bytes) -> None:
        """Put a signed checkpoint where the public reads it.

        Raises Halted where it cannot be read again as what it is, Unavailable where the disk refuses.
        """
        try:
            found, _ = open_checkpoint(raw, [key.verifier for key in self.signers])
        except Unverified as error:
            raise Halted(f"the checkpoint of size {checkpoint.size} does not hold: {error}") from error
        if found != checkpoint:
            raise Halted(f"the checkpoint of size {checkpoint.size} says something else: {found.text!r}")
        write_file(self.public / "checkpoint", raw, self.tmp)
        self._shown = raw, checkpoint

    def tidy(self, files: Sequence[Tile] = ()) -> None:
        """After publishing: remove partial tiles that are full, objects that were withdrawn, old keys."""
        growth.prune(self.public, files)
        with contextlib.suppress(OSError, LedgerError):  # what stays is removed the next time
            self.drop_keys()
            for name in self._state.withdrawn():
                remove(self.public / object_path(name))
                remove(self.folder / "private" / name)
                self._state.removed(name)

    def caught_up(self) -> None:
        """What was behind was brought forward: take keys and policy that the log states; raises Halted."""
        self._behind = False
        self._restate()

    def keep_keys(self, keys: list[Signer]) -> None:
        """Replace the private keys on disk; raises Unavailable where the disk refuses."""
        with self._turn:
            self._keep_keys(keys)

    def _keep_keys(self, keys: list[Signer]) -> None:
        raw = "".join(f"{key.skey}\n" for key in keys).encode()
        write_file(self.folder / "key", raw, self.tmp, PRIVATE)
        self.keys = keys

    @property
    def next_keys(self) -> list[Signer]:
        """Keys that were made for a rotation which the log does not state yet."""
        verifiers = [key.verifier for key in self.keys]
        return self.keys[verifiers.index(self.signers[-1].verifier) + 1 :]

    def drop_keys(self) -> None:
        """Remove keys that sign no more from the disk; raises Unavailable where it refuses."""
        with self._turn:
            verifiers = [key.verifier for key in self.keys]
            first = verifiers.index(self.signers[0].verifier)
            if first > 0:
                self._keep_keys(self.keys[first:])


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


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Halted(f"{path.parent}: another process writes this log; one may at a time") from None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _empty(folder: Path) -> None:
    folder.mkdir(0o700, exist_ok=True)
    for stray in folder.iterdir():
        stray.unlink()


def _marker_path(folder: Path) -> Path:
    try:
        return (folder / (folder / "marker").read_text().strip()).resolve()
    except (OSError, UnicodeDecodeError) as error:
        raise Halted(f"{folder / 'marker'}: it must say where the marker is: {error}") from error
