"""The writer of a log: one process appends entries, and says so when a published checkpoint covers them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.cosign import Witnesses
from openleo.ledger.disk import write_file
from openleo.ledger.entries import Keys, read_entry, time_of
from openleo.ledger.errors import Halted, LedgerError, Malformed, Refused, Unavailable
from openleo.ledger.note import Note, Signer
from openleo.ledger.policy import Policy
from openleo.ledger.proof import Proof
from openleo.ledger.store import Store
from openleo.ledger.tiles import Tile, Tree

Clock = Callable[[], float]
"""POSIX seconds now."""

MOST_WAITING: Final = 100_000
"""Entries that wait to be appended; whoever brings more waits until there is room."""

_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Between attempts to publish."""


@dataclass(eq=False)
class _Request:
    """Entries that somebody wants appended, where they stand once they are, and who waits to hear of it.

    statement: they are of the log itself, of its keys and witnesses.
    """

    entries: list[bytes]
    statement: bool = False
    indices: range | None = None
    future: "Future[range]" = field(default_factory=Future)


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
        self._changed = threading.Condition()
        self._queue: deque[_Request] = deque()
        self._written: list[_Request] = []
        self._waiting = 0
        self._tiles: list[Tile] = []
        self._error: LedgerError | None = None
        self._closing = threading.Event()
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
        Raises Refused where the folder holds something, or origin or policy are wrong; Unavailable where it
        was made, but its quorum of witnesses was not reached: it goes on when it is opened.
        """
        folder = Path(folder).absolute()
        try:
            signer = Signer.generate(origin)
            policy = _policy_of([signer], policy_lines)
        except Malformed as error:
            raise Refused(str(error)) from error
        beside = Path(marker).absolute() if marker else folder.parent / f"{folder.name}.signed"
        Store.create(folder, signer, policy, beside)
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
        log = cls(Store(Path(folder)), clock, group, timeout_s)
        if log.store.edge.size == 0:
            first = log._statement(log.store.signers, log.store.policy, "the log begins")
            log._queue.append(_Request([first.raw]))
            log._waiting = 1
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
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
        self._thread.join()
        self._tell_all(Unavailable(f"the log {self.origin} was closed before these entries were published"))
        self.store.close()

    # ------------------------------------------------------------------ appending

    def append(self, entries: Sequence[bytes], timeout_s: float | None = None) -> range:
        """Append entries, one after the other, and wait until a published checkpoint covers them.

        Returns their indices. Raises Refused for what `read_entry` does not take, and for keys, which the log
        states itself; Unavailable where they were not published in time (the text says whether they are in
        the log); Halted where the log cannot go on.
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
        return self._hand_over(list(entries), timeout_s)

    def _hand_over(
        self, entries: list[bytes], timeout_s: float | None = None, statement: bool = False
    ) -> range:
        request = _Request(entries, statement)
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        until = time.monotonic() + limit_s
        with self._changed:
            self._changed.wait_for(self._takes_more, limit_s)
            if self._error:
                raise self._error
            if not self._takes_more() or self._closing.is_set():
                raise Unavailable(f"the log {self.origin} takes no entries now: nothing was written")
            self._queue.append(request)
            self._waiting += len(entries)
            self._changed.notify_all()
        try:
            return request.future.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            raise self._late(request, limit_s) from None

    def _takes_more(self) -> bool:
        return bool(self._error) or self._closing.is_set() or self._waiting < MOST_WAITING

    def _late(self, request: _Request, limit_s: float) -> Unavailable:
        with self._changed:
            if request in self._queue:
                self._queue.remove(request)
                self._waiting -= len(request.entries)
                return Unavailable(
                    f"the log {self.origin} did not come to these entries: nothing was written"
                )
        at = request.indices
        return Unavailable(
            f"after {limit_s:g} s no published checkpoint of {self.origin} covers these entries, which are "
            f"in it{f' as {at[0]} to {at[-1]}' if at else ''} and will be published: {self._trouble()}"
        )

    def wait(self, timeout_s: float | None = None) -> Checkpoint:
        """Wait until all that was handed over is published; returns that checkpoint.

        Raises Unavailable after the time, Halted where the log cannot go on.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._error or self._idle(), self._timeout_s if timeout_s is None else timeout_s
            )
            if self._error:
                raise self._error
            if not self._idle():
                raise Unavailable(f"size {self.store.edge.size} is not published yet: {self._trouble()}")
            return self.published

    def _idle(self) -> bool:
        return not self._waiting and not self._queue and self.published.size == self.store.edge.size > 0

    def _trouble(self) -> str:
        known = "; ".join(f"{name}: {why}" for name, why in self._witnesses.trouble.items() if why)
        return known or "it is at work"

    # ------------------------------------------------------------------ the one thread that writes

    def _work(self) -> None:
        try:
            self._publish_at_last()
            while not self._closing.is_set():
                with self._changed:
                    self._changed.wait_for(lambda: self._queue or self._closing.is_set())
                    batch = self._next_batch()
                if batch:
                    self._write(batch)
                    self._publish_at_last()
        except LedgerError as error:
            self._halt(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            self._halt(Halted(f"the log {self.origin} stopped: {type(error).__name__}: {error}"))

    def _next_batch(self) -> list[_Request]:
        batch: list[_Request] = []
        count = 0
        while self._queue and not self._closing.is_set() and count < self._group:
            batch.append(self._queue.popleft())
            count += len(batch[-1].entries)
        return batch

    def _write(self, batch: list[_Request]) -> None:
        """Files, state, read back. A full disk fails those who wait for this batch, and no more."""
        start = self.store.edge.size
        try:
            written = self.store.integrate([raw for request in batch for raw in request.entries])
        except Unavailable as error:
            self._tell(batch, Unavailable(f"nothing was written: {error}"))
            return
        self._tiles += written
        with self._changed:
            for request in batch:
                request.indices = range(start, start + len(request.entries))
                start = request.indices.stop
            self._written += batch
        if self.store.policy != self._asked:
            self._asked, self._witnesses = self.store.policy, Witnesses(self.store.policy, clock=self._clock)

    def _publish_at_last(self) -> None:
        """Publish what was committed, again and again until witnesses and disk let it.

        A statement that comes meanwhile goes first: it may be about the witnesses that do not answer.
        """
        attempt = 0
        while self.published.size < self.store.edge.size and not self._closing.is_set():
            try:
                self._publish()
            except Unavailable:
                with self._changed:
                    pause_s = _PAUSES_S[min(attempt, len(_PAUSES_S) - 1)]
                    self._changed.wait_for(lambda: self._stating() or self._closing.is_set(), pause_s)
                    if self._stating():
                        return
                attempt += 1

    def _stating(self) -> bool:
        return any(request.statement for request in self._queue)

    def _publish(self) -> None:
        """Mark, sign, have it cosigned, and put the checkpoint where the public reads it."""
        checkpoint = self.store.mark()
        note = Note(checkpoint.text, ()).signed_by(*self.store.signers)
        note = self._witnesses.ask(note, self.store.tree(checkpoint.size))
        with self._changed:
            self.store.publish(checkpoint, note.raw)
            written, self._written = self._written, []
        self.store.tidy(self._tiles)
        self._tiles.clear()
        self._tell(written)

    def _tell(self, requests: Sequence[_Request], error: LedgerError | None = None) -> None:
        with self._changed:
            self._waiting -= sum(len(request.entries) for request in requests)
            self._changed.notify_all()
        for request in requests:
            if error is not None:
                request.future.set_exception(error)
            elif request.indices is not None:
                request.future.set_result(request.indices)

    def _tell_all(self, error: LedgerError) -> None:
        with self._changed:
            requests = [*self._written, *self._queue]
            self._written.clear()
            self._queue.clear()
        self._tell(requests, error)

    def _halt(self, error: LedgerError) -> None:
        self._error = error
        self._tell_all(error)

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
        """The receipt of an entry, with the entry in it; raises Refused where it is not published."""
        with self._changed:
            raw, tree = self.checkpoint, self.tree()
        entry = tree.entry(index)
        return Proof(index, tuple(tree.inclusion(index)), raw, extra=entry)

    def health(self) -> dict[str, Any]:
        """How the log is, for JSON: sizes, what waits, why it stopped, and each witness's trouble."""
        return {
            "origin": self.origin,
            "size": self.store.edge.size,
            "published": self.published.size,
            "waiting": self._waiting,
            "halted": str(self._error) if self._error else None,
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
        signers = self.store.signers
        if len(signers) > 1:
            raise Refused("two keys sign already; finish that rotation first")
        # One that was made and never stated, for the program died in between, is taken up.
        made = [key for key in self.store.keys if key.verifier != signers[0].verifier]
        both = [signers[0], made[0] if made else Signer.generate(self.origin)]
        self.store.keep_keys(both)
        self._restate(both, _beside_logs(self.store.policy), reason)
        return both[1].verifier.vkey

    def finish_rotation(self, reason: str = "the old key signs no more") -> None:
        """End an overlap: the newest key signs alone from here on. Raises Refused where there is none."""
        if len(self.store.signers) < 2:
            raise Refused("one key signs; there is no rotation to finish")
        self._restate(self.store.signers[-1:], _beside_logs(self.store.policy), reason)
        self.store.keep_keys(self.store.signers)

    def change_policy(self, policy_lines: str, reason: str) -> None:
        """State other witnesses or another quorum; lines as for `create`. Raises Refused for wrong ones."""
        self._restate(self.store.signers, policy_lines, reason)

    def _restate(self, signers: Sequence[Signer], policy_lines: str, reason: str) -> None:
        try:
            policy = _policy_of(signers, policy_lines)
        except Malformed as error:
            raise Refused(str(error)) from error
        self._hand_over([self._statement(signers, policy, reason).raw], statement=True)
        write_file(self.store.folder / "policy", policy.raw)

    def _statement(self, signers: Sequence[Signer], policy: Policy, reason: str) -> Keys:
        stated = tuple(signer.verifier.vkey for signer in signers)
        known = {signer.verifier: signer for signer in (*self.store.signers, *signers)}
        return Keys(self.now(), stated, policy.raw.decode(), reason).signed(known.values())


def _policy_of(signers: Sequence[Signer], lines: str) -> Policy:
    logs = "".join(f"log {signer.verifier.vkey}\n" for signer in signers)
    return Policy.parse((logs + lines).encode())


def _beside_logs(policy: Policy) -> str:
    return "".join(line for line in policy.raw.decode().splitlines(True) if not line.startswith("log "))
