"""The writer of a log: one process appends entries, and says so when a published checkpoint covers them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.cosign import Witnesses
from openleo.ledger.entries import Keys, read_entry, time_of
from openleo.ledger.errors import Halted, LedgerError, Malformed, NotWritten, Refused, Unavailable, Unverified
from openleo.ledger.making import make
from openleo.ledger.merkle import check_inclusion, leaf_hash
from openleo.ledger.note import Note, Signer
from openleo.ledger.proof import Proof
from openleo.ledger.stating import lines_of, policy_of, statement
from openleo.ledger.store import Store
from openleo.ledger.tiles import Tile, Tree
from openleo.ledger.waiting import Request, Waiting

Clock = Callable[[], float]
"""POSIX seconds now."""

_BEGINS: Final = "the log begins"
_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Between attempts to publish."""


class Log:
    """An open log; a context manager. Its methods may be called from any thread."""

    def __init__(self, store: Store, clock: Clock, group: int, timeout_s: float) -> None:
        """Use `Log.open`."""
        self.store = store
        self.origin = store.origin
        self._clock = clock
        self._group = group
        self._timeout_s = timeout_s
        self._asked, self._witnesses = store.policy, Witnesses(store.policy, clock=clock)
        self._waiting = Waiting(self.origin, self._trouble)
        self._tiles: list[Tile] = []
        self._done = store.published.size
        """Published, and what had to go after that is gone."""
        self._reason = ""
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)

    @classmethod
    def create(
        cls, folder: Path | str, origin: str, *, policy_lines: str = "quorum none",
        marker: Path | str | None = None, clock: Clock = time.time, timeout_s: float = 30.0,
    ) -> None:  # fmt: skip
        """Make a new log with a new key, and publish its first entry, which states key and policy.

        origin: its name, such as log.example/tenerife. policy_lines: lines of a tlog-policy for witnesses
        (each with its URL), groups and quorum. marker: a file outside the folder and outside its backups;
        without it, the folder's name with `.signed` beside it.
        Raises Refused where the folder holds something, or origin or policy are wrong; Halted where there is
        such a marker; Unavailable where the disk refuses, or where it was made, but its quorum of witnesses
        was not reached: it goes on when it is opened.
        """
        folder = Path(folder).absolute()
        try:
            signer = Signer.generate(origin)
        except Malformed as error:
            raise Refused(str(error)) from error
        policy = policy_of([signer], policy_lines)
        statement(time_of(clock()), [signer], [signer], policy, _BEGINS)  # refused now, not when it is made
        beside = Path(marker).absolute() if marker else folder.parent / f"{folder.name}.signed"
        make(folder, signer, policy, beside)
        with cls.open(folder, clock=clock, timeout_s=timeout_s) as log:
            log.wait()

    @classmethod
    def open(
        cls, folder: Path | str, *, clock: Clock = time.time, group: int = 1000, timeout_s: float = 30.0
    ) -> "Log":
        """Open a log to append to it; what a crash left unfinished is finished or removed first.

        group: about so many entries are written together. timeout_s: how long `append` waits. Raises Halted,
        with the reason, where the log must not go on, and Unavailable where there is none (see `Store`).
        """
        store = Store(Path(folder))
        try:
            log = cls(store, clock, group, timeout_s)
            if store.edge.size == 0:
                first = statement(log.now(), store.signers, store.signers, store.policy, _BEGINS)
                log._waiting.add(Request([first], statement=True))
        except BaseException:
            store.close()
            raise
        log._thread.start()
        return log

    def __enter__(self) -> "Log":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop. Entries that were written and not published yet are published when it is opened again."""
        self._waiting.close()
        self._thread.join()
        self._witnesses.close()
        self._waiting.dismiss()
        self.store.close()

    # ------------------------------------------------------------------ appending

    def append(self, entries: Sequence[bytes], timeout_s: float | None = None) -> range:
        """Append entries, one after the other, and wait until a published checkpoint covers them.

        Returns their indices. Raises Refused for what `read_entry` does not take, and for keys, which the log
        states itself; NotWritten where they are not in the log, for it has no room or no time, or the disk
        refuses; Unavailable where they were not published in time, and are in the log, or may be (the text
        says which); Halted where the log cannot go on.
        """
        if not entries:
            raise Refused("entries: none given")
        for at, raw in enumerate(entries):
            try:
                entry = read_entry(raw)
            except Malformed as error:
                raise Refused(f"entry {at} of {len(entries)}: {error}") from error
            if isinstance(entry, Keys):
                raise Refused(
                    f"entry {at} of {len(entries)}: keys are stated by the log itself, when they change"
                )
        return self._waiting.hand_over(entries, self._timeout_s if timeout_s is None else timeout_s)

    def wait(self, timeout_s: float | None = None) -> Checkpoint:
        """Wait until all that was handed over is published; returns that checkpoint.

        Raises Unavailable after the time, Halted where the log cannot go on.
        """
        if not self._waiting.wait_for(self._idle, self._timeout_s if timeout_s is None else timeout_s):
            raise Unavailable(f"size {self.store.edge.size} is not published yet: {self._trouble()}")
        return self.published

    def _idle(self) -> bool:
        return not self._waiting.entries and self._done == self.store.edge.size > 0

    def _trouble(self) -> str:
        known = "; ".join(f"{name}: {why}" for name, why in self._witnesses.trouble.items() if why)
        return self._reason or known or "it is at work"

    # ------------------------------------------------------------------ the one thread that writes

    def _work(self) -> None:
        try:
            self._publish_at_last()
            while not self._waiting.closing:
                batch = self._waiting.batch(self._group)
                if batch:
                    self._write(batch)
                    self._publish_at_last()
        except LedgerError as error:
            self._waiting.stop(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            self._waiting.stop(Halted(f"the log {self.origin} stopped: {type(error).__name__}: {error}"))

    def _write(self, batch: list[Request]) -> None:
        """Files and state. A full disk fails those who wait for this batch, and no more."""
        start = self.store.edge.size
        try:
            self._tiles += self.store.integrate([raw for request in batch for raw in request.entries])
        except Unavailable as error:
            self._waiting.refuse(batch, error)
            return
        self._waiting.written(batch, start)
        if self.store.policy != self._asked:
            before = self._witnesses
            self._asked, self._witnesses = self.store.policy, Witnesses(self.store.policy, clock=self._clock)
            before.close()

    def _publish_at_last(self) -> None:
        """Publish what was committed, again and again until witnesses and disk let it.

        A statement that comes meanwhile goes first: it may be about the witnesses that do not answer.
        """
        attempt = 0
        while self.published.size < self.store.edge.size and not self._waiting.closing:
            try:
                self._publish()
                self._reason = ""
            except Unavailable as error:
                self._reason = str(error)
                batch = self._waiting.statement(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
                attempt = 0 if batch else attempt + 1
                if batch:
                    self._write(batch)

    def _publish(self) -> None:
        """Read back, mark, sign, have it cosigned, and put the checkpoint where the public reads it."""
        checkpoint = self.store.mark()
        note = Note(checkpoint.text, ()).signed_by(*self.store.signers)
        try:
            note = self._witnesses.ask(note, self.store.tree(checkpoint.size))
        except Halted as error:
            self._contradicted(error)
            return
        self.store.publish(checkpoint, note.raw)
        try:
            self.store.tidy(self._tiles)
            self._tiles.clear()
        finally:
            self._done = checkpoint.size
            self._waiting.published()

    def _contradicted(self, error: Halted) -> None:
        """A witness says that it saw more, or another history, which nobody can check: a person decides.

        Nothing is published before the log states something of its witnesses.
        """
        self._waiting.stop(error, mendable=True)
        batch = self._waiting.statement(None)
        if batch:
            self._waiting.go_on()
            self._write(batch)

    # ------------------------------------------------------------------ reading

    @property
    def checkpoint(self) -> bytes:
        """The published checkpoint, as the public reads it; b"" before the first."""
        return self.store.checkpoint

    @property
    def published(self) -> Checkpoint:
        """What the published checkpoint says."""
        return self.store.published

    def tree(self) -> Tree:
        """The tree at the published size."""
        return self.store.tree(self.published.size)

    def proof(self, index: int) -> Proof:
        """The receipt of an entry, with the entry in it.

        Raises Refused where it is not published, Unverified where the files on disk do not give it.
        """
        raw, published = self.store.shown
        tree = self.store.tree(published.size)
        entry, path = tree.entry(index), tuple(tree.inclusion(index))
        try:
            check_inclusion(published.root, published.size, index, leaf_hash(entry), path)
        except Unverified as error:
            raise Unverified(
                f"{self.store.public}: a file of it was changed: {error}; which: openleo ledger audit"
            ) from error
        return Proof(index, path, raw, extra=entry)

    def health(self) -> dict[str, Any]:
        """How the log is, for JSON: sizes, what waits, why it stopped or cannot publish, each witness."""
        return {
            "origin": self.origin,
            "size": self.store.edge.size,
            "published": self.published.size,
            "waiting": self._waiting.entries,
            "halted": str(self._waiting.error) if self._waiting.error else None,
            "trouble": self._reason or None,
            "keys": [signer.verifier.vkey for signer in self.store.signers],
            "quorum": self.store.policy.quorum,
            "witnesses": dict(self._witnesses.trouble),
        }

    def now(self) -> str:
        """The time of this log's clock, as entries write it."""
        return time_of(self._clock())

    # ------------------------------------------------------------------ keys

    def rotate(self, reason: str = "the key is replaced") -> str:
        """Begin an overlap: a new key is made and stated, and both sign from here on; returns its vkey.

        Raises Refused during an overlap, and what `append` raises.
        """
        with self._one_statement():
            signers = self.store.signers
            if len(signers) > 1:
                raise Refused("two keys sign already; finish that rotation first")
            # One that was made and never stated, for the program died in between, is taken up.
            both = [signers[0], *(self.store.next_keys[:1] or [Signer.generate(self.origin)])]
            self.store.keep_keys(both)
            self._restate(both, lines_of(self.store.policy), reason)
            return both[1].verifier.vkey

    def finish_rotation(self, reason: str = "the old key signs no more") -> None:
        """End an overlap: the newest key signs alone from here on. Raises Refused where there is none."""
        with self._one_statement():
            if len(self.store.signers) < 2:
                raise Refused("one key signs; there is no rotation to finish")
            self._restate(self.store.signers[-1:], lines_of(self.store.policy), reason)
            self.store.drop_keys()

    def change_policy(self, policy_lines: str, reason: str) -> None:
        """State other witnesses or another quorum; lines as for `create`. Raises Refused for wrong ones."""
        with self._one_statement():
            self._restate(self.store.signers, policy_lines, reason)

    @contextmanager
    def _one_statement(self) -> Iterator[None]:
        """A statement is made of what the one before it left: that must be known."""
        with self._turn:
            if not self._waiting.wait_for_statement(self._timeout_s):
                raise NotWritten(f"an earlier change of keys or witnesses waits still: {self._trouble()}")
            yield

    def _restate(self, signers: Sequence[Signer], policy_lines: str, reason: str) -> None:
        policy = policy_of(signers, policy_lines)
        known = {signer.verifier: signer for signer in (*self.store.signers, *signers)}
        raw = statement(self.now(), signers, known.values(), policy, reason)
        self._waiting.hand_over([raw], self._timeout_s, statement=True)
