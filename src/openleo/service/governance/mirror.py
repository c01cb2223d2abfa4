"""A log as one machine has seen it: copied, audited, and never taken back to less than was seen before."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from openleo.ledger.audit import audit
from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import remove, write_file
from openleo.ledger.entries import read_entry
from openleo.ledger.errors import LedgerError, Malformed, Missing, Unavailable, Unverified
from openleo.ledger.export import PART, export
from openleo.ledger.history import root_at
from openleo.ledger.merkle import CompactRange, leaf_hash
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.objects import ObjectRef, object_path, open_object
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.source import Folder, Source
from openleo.ledger.tiles import Tree
from openleo.service.governance.reading import Kept, Reader, is_kept
from openleo.service.governance.seen import Opened

NEWEST: Final = "newest"
"""The file with the largest checkpoint that was ever accepted here."""

_MOST_SENTENCES: Final = 3  # of one look at what was changed on the disk


class NotAccepted(Unverified):
    """A checkpoint that the policy does not accept: not signed, or by too few witnesses."""


Marks = dict[str, tuple[int, int, int, int]]
"""Of each file: number, bytes, and when it and what is said of it were changed last (ns)."""


class Mirror:
    """A log in a folder of this machine's own; what was audited once is in memory, and is not read again.

    In the folder: `log`, an export; `newest`, the largest checkpoint that was ever accepted; and `changed`,
    an export that somebody had changed, put aside.
    """

    def __init__(
        self, folder: Path | str, policy: Policy, clock: Callable[[], float], least: int = 0
    ) -> None:
        """folder: made where it is missing. policy: whom to trust. clock: POSIX seconds now. least: how many
        entries were seen before, by what others have noted: fewer are not believed."""
        self.folder = Path(folder)
        self.policy = policy
        self.raw = b""
        """The checkpoint that is trusted, as it was signed; b"" before the first."""
        self.entries: list[tuple[int, Kept]] = []
        """What of it is needed to read it, with indices."""
        self.changed: list[str] = []
        """What was changed on the disk, in sentences."""
        self.taken = 0
        """How often the copy was taken into memory: another number, and all may be read that could not be."""
        self._clock = clock
        self._least = least
        self._log = self.folder / "log"
        self._newest = b""  # what the file of that name holds
        self._tree = CompactRange()
        self._opened: Opened = {}
        self._reader: tuple[bytes, Reader] | None = None  # of which checkpoint
        self.copies = 0
        """How often the copy was made anew: whatever was found in one before may be wrong."""
        self._packs: dict[ObjectRef, bytes] = {}
        self._marks: Marks = {}
        self._tried = b""  # the checkpoint that was copied last, whether or not it could be taken
        self._wrong = False  # what is on the disk is to be made anew
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{self.folder}: {error.strerror}") from error
        self._load()

    # ------------------------------------------------------------------ what is known

    @property
    def size(self) -> int:
        """How many entries it holds."""
        return self._tree.size

    @property
    def tree(self) -> Tree:
        """Its tree, as its files on the disk give it; whoever takes something from it checks it."""
        return Tree(Folder(self._log), self.size)

    @property
    def origin(self) -> str:
        """Of the log; "" before anything is known of it."""
        return Checkpoint.parse(Note.parse(self.raw).text).origin if self.raw else ""

    def reader(self) -> Reader:
        """What the log says, to be played again; raises LedgerError where its tiles cannot be read."""
        known = self._reader
        if known is None or known[0] != self.raw:
            made = Reader(self.entries, self.tree, self.origin, self.policy, self._opened)
            known = self._reader = (self.raw, made)
        return known[1]

    def pack(self, ref: ObjectRef) -> bytes:
        """The content of an object. Raises Missing, Unavailable, and Unverified where it is another."""
        if ref not in self._packs:
            path = object_path(ref.object)
            raw = Folder(self._log).read(path, ref.size)
            if raw is None:
                raise Missing(f"{self._log}: {path} is missing")
            self._packs[ref] = open_object(ref.object, raw)
        return self._packs[ref]

    def proof(self, index: int, entry: bytes) -> Proof:
        """The receipt of an entry under the checkpoint that is trusted; raises what `Tree.inclusion` does."""
        return Proof(index, tuple(self.tree.inclusion(index)), self.raw, extra=entry)

    # ------------------------------------------------------------------ following

    def follow(self, source: Source) -> bool:
        """Look at the log once; returns whether more of it is known than before.

        What is new is taken where the policy accepts the checkpoint, all of the log holds together, and what
        is known already is its beginning. Raises LedgerError, with the reason, where it is not taken: then
        nothing has changed.
        """
        raw = source.read("checkpoint", LARGEST_NOTE)
        if raw is None:
            raise Missing(f"{source}: there is no checkpoint")
        if raw == self.raw and not self._wrong:
            return False
        try:
            checkpoint, _ = self.policy.open(raw, self._now())
        except Unverified as error:
            raise NotAccepted(f"{source}: {error}") from error
        self._check_not_older(source, checkpoint)
        pinned = _Pinned(source, raw)
        self._tried = raw
        try:
            if self._wrong:
                self._make_anew(pinned)
            else:
                export(pinned, self._log, policy=self.policy, now=self._now())
            return self._take(checkpoint, raw)
        except LedgerError:
            self._marks = self._files()  # what it left there is ours
            raise

    def _check_not_older(self, source: Source, checkpoint: Checkpoint) -> None:
        """Check that it begins with whatever was accepted before; raises Unverified."""
        if checkpoint.size < self._least:
            raise Unverified(_older(source, checkpoint.size, self._least))
        for known in self._accepted():
            if checkpoint.origin != known.origin:
                raise Unverified(
                    f"{source}: a checkpoint of {checkpoint.origin}; what was seen before is {known.origin}"
                )
            if checkpoint.size < known.size:
                raise Unverified(_older(source, checkpoint.size, known.size))
            if known.size:
                root = checkpoint.root
                if checkpoint.size > known.size:
                    root, _ = root_at(source, checkpoint, known.size)
                if root != known.root:
                    raise Unverified(
                        f"{source}: another history than the one seen before: at {known.size} entries its "
                        "root is not the one that was signed and seen: openleo ledger monitor keeps evidence"
                    )

    def _accepted(self) -> list[Checkpoint]:
        """The largest checkpoint that was accepted before, by memory and by the disk."""
        found = []
        for raw in (self.raw, self._newest):
            if raw:
                found.append(Checkpoint.parse(Note.parse(raw).text))
        return found

    def _make_anew(self, source: Source) -> None:
        """Copy the log once more, and put the copy that was changed aside."""
        anew, aside = self.folder / "anew", self.folder / "changed"
        remove(anew)
        export(source, anew, policy=self.policy, now=self._now())
        remove(aside)
        try:
            if self._log.exists():
                self._log.rename(aside)
            anew.rename(self._log)
        except OSError as error:
            raise Unavailable(f"{self._log}: {error.strerror}") from error
        self._forget()

    def _forget(self) -> None:
        """What was found in a copy that may have been wrong is found anew."""
        self._opened.clear()
        self._reader = None
        self.copies += 1

    def _take(self, checkpoint: Checkpoint, raw: bytes) -> bool:
        """Take what was exported into memory, if it is that: what was audited may have been changed since."""
        tree, entries, before = self._tree.copy(), list(self.entries), self.size
        for index, entry in enumerate(Tree(Folder(self._log), checkpoint.size).entries(before), before):
            tree.extend(leaf_hash(entry))
            _visit(entries, index, entry)
        if tree.size != checkpoint.size or tree.root() != checkpoint.root:
            self._wrong = True
            raise Unverified(f"{self._log}: what stands there is not what was just audited")
        write_file(self.folder / NEWEST, raw)
        self._newest = raw
        grown = raw != self.raw
        self._tree, self.entries, self.raw, self._wrong = tree, entries, raw, False
        self.taken += 1
        self._marks = self._files()
        return grown

    # ------------------------------------------------------------------ the disk

    def look_after(self) -> None:
        """Look whether somebody changed a file; what is in memory is not touched by it.

        The system says of each file when it was changed; where that differs, all of the copy is audited.
        """
        found = self._files()
        if found == self._marks or self._wrong:
            return
        said = self._audit()[0]
        names = sorted(each for each in found.keys() ^ self._marks.keys())
        there = Folder(self.folder).read(NEWEST, LARGEST_NOTE)
        if self._newest and there != self._newest:
            said.append(f"{NEWEST}: {'was changed' if there else 'is missing'}")
            write_file(self.folder / NEWEST, self._newest)
        more = [each for each in names if not any(each in sentence for sentence in said)]
        said += [f"{each}: {'was put there' if each in found else 'is missing'}" for each in more][
            :_MOST_SENTENCES
        ]
        self._say(said)
        self._wrong |= bool(said)
        if not said:  # it was another for a while, perhaps when it was read: it is read anew
            self._forget()
            self.taken += 1
        self._marks = self._files()

    def check_unchanged(self) -> None:
        """Check that the files are those of the last look; raises Unavailable, for what was read since may
        be another. The next look says what it is."""
        if self._files() != self._marks:
            raise Unavailable(f"{self._log}: files were changed while they were read")

    def _load(self) -> None:
        """Believe what the disk holds, as far as an audit and the newest checkpoint beside it allow."""
        self._complete()
        note = Folder(self.folder).read(NEWEST, LARGEST_NOTE)
        if note is not None:
            try:
                # By the log's own key alone: neither another policy nor a clock that was set back undoes it.
                open_checkpoint(note, self.policy.logs)
                self._newest = note
            except Unverified as error:
                self._say([f"{NEWEST}: {error}"])
        if not self._log.exists():
            self._wrong = note is not None
            if note is not None:
                self._say(["log: it is missing, and was there before"])
            return
        if note is None and not self._least and not (self._log / "checkpoint").exists():
            self._marks = self._files()  # the first copying was cut off, and goes on where it was
            return
        said, tree, entries, raw = self._audit_whole()
        largest = max((self._least, *(each.size for each in self._accepted())))
        if not said and tree.size < largest:
            said = [f"log: it holds {tree.size} entries, and {largest} were seen before: an older copy"]
        self._say(said)
        if said:
            self._wrong = True
        else:
            self._tree, self.entries, self.raw = tree, entries, raw
            self.taken += 1
        self._marks = self._files()

    def _complete(self) -> None:
        """Bring to its end what a process that was killed had begun."""
        anew = self.folder / "anew"
        try:
            if anew.exists() and not self._log.exists():  # between the two names of `_make_anew`
                anew.rename(self._log)
            for each in self.folder.iterdir():
                if _is_left_over(each.name):
                    each.unlink()
        except OSError as error:
            raise Unavailable(f"{error.filename}: {error.strerror}") from error

    def _audit(self) -> tuple[list[str], bytes]:
        said, tree, _, raw = self._audit_whole()
        if not said and raw not in (self.raw, self._tried):
            said = [f"log/checkpoint: it is another one, of {tree.size} entries instead of {self.size}"]
        return said, raw

    def _audit_whole(self) -> tuple[list[str], CompactRange, list[tuple[int, Kept]], bytes]:
        """What does not hold in the copy on the disk, in sentences, and what it holds."""
        tree, entries = CompactRange(), list[tuple[int, Kept]]()

        def visit(index: int, raw: bytes, _: object) -> None:
            tree.extend(leaf_hash(raw))
            _visit(entries, index, raw)

        folder = Folder(self._log)
        try:
            raw = folder.read("checkpoint", LARGEST_NOTE) or b""
            report = audit(folder, self.policy, now=self._now(), visit=visit)
        except LedgerError as error:
            return [str(error)], tree, entries, b""
        said = [f"log/{each}" for each in report.problems]
        more = [f"and {len(said) - _MOST_SENTENCES} more"] if len(said) > _MOST_SENTENCES else []
        return said[:_MOST_SENTENCES] + more, tree, entries, raw

    def _files(self) -> Marks:
        found: Marks = {}
        paths = [self.folder / NEWEST]
        for place, inner, names in os.walk(self._log):
            inner[:] = [each for each in inner if each != PART]  # audited before it is taken
            paths += [Path(place) / name for name in names if not _is_left_over(name)]
        for path in paths:
            try:
                known = path.lstat()
            except OSError:
                continue
            found[path.relative_to(self.folder).as_posix()] = (
                known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns
            )  # fmt: skip
        return found

    def _say(self, said: list[str]) -> None:
        for each in said:
            sentence = f"The copy of the log was changed: {each}"
            if sentence not in self.changed:
                self.changed.append(sentence)

    def _now(self) -> int:
        return int(self._clock())


class _Pinned:
    """A log under one checkpoint of it, whatever it publishes meanwhile."""

    def __init__(self, source: Source, raw: bytes) -> None:
        self._source = source
        self._raw = raw

    def __str__(self) -> str:
        return str(self._source)

    def read(self, path: str, most: int) -> bytes | None:
        """As a `Source` reads."""
        return self._raw if path == "checkpoint" else self._source.read(path, most)


def _is_left_over(name: str) -> bool:
    """Whether `write_file` names a file so until it is whole."""
    return name.startswith(".") and name.endswith(".tmp")


def _older(source: Source, size: int, known: int) -> str:
    return (
        f"{source}: it shows {size} entries, and {known} were seen before: an older checkpoint is not taken"
    )


def _visit(entries: list[tuple[int, Kept]], index: int, raw: bytes) -> None:
    """Keep an entry that is needed to read the log."""
    with suppress(Malformed):
        entry = read_entry(raw)
        if is_kept(entry):
            entries.append((index, entry))
