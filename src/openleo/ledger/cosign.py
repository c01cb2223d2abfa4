"""Asking witnesses to cosign a checkpoint, as the log that made it (C2SP tlog-witness 1.0.0, the client)."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import decimal, to_base64
from openleo.ledger.errors import Halted, LedgerError, Malformed, Refused, Unavailable, Unverified
from openleo.ledger.note import Note, Signature, Verifier, signature_of
from openleo.ledger.policy import Policy
from openleo.ledger.source import Web
from openleo.ledger.tiles import Tree

TIMEOUT_S: Final = 5.0
GRACE_S: Final = 0.2
"""How long the others are waited for once the quorum holds."""
SKEW_S: Final = 300
FIRST_PAUSE_S: Final = 1.0
"""After one failure; it doubles with each further one."""
LONGEST_PAUSE_S: Final = 300.0
LARGEST_ANSWER: Final = 1 << 16
"""Bytes: some ten signatures of the longest kind."""

_IDLE_S: Final = 60.0
_FORKED: Final = (
    "this log's history forked, or was restored from an old backup; nothing more may be published before "
    "that is resolved"
)


@dataclass
class _Job:
    """One checkpoint to be cosigned by one witness, and what came of it."""

    note: Note
    tree: Tree
    reading: threading.Lock
    since_s: float
    done: bool = False
    signature: Signature | None = None
    contradiction: str = ""


class _Witness:
    """What is remembered of one witness."""

    def __init__(self, name: str, key: Verifier, web: Web) -> None:
        self.name = name
        self.key = key
        self.web = web
        self.size = 0
        self.trouble = ""
        self.failures = 0
        self.failed_at = 0.0
        self.job: _Job | None = None
        self.thread: threading.Thread | None = None

    def rested(self, now: float, longest_s: float) -> bool:
        """Whether it may be asked again; a clock that went back does not make it wait for longer."""
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self.failures - 1, 30), longest_s) if self.failures else 0.0
        return not 0 <= now - self.failed_at < pause_s


class Witnesses:
    """The witnesses of a policy that have a URL: asked all at once, each over a connection of its own.

    One that fails is asked again after a pause, which doubles from 1 s to 300 s; where the quorum cannot be
    reached without it, after 1 s.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Callable[[], float] = time.time,
        timeout_s: float = TIMEOUT_S,
        skew_s: float = SKEW_S,
    ) -> None:
        """clock: POSIX seconds. timeout_s: for all answers to one checkpoint. Raises Refused (wrong URL)."""
        self._policy = policy
        self._clock = clock
        self._timeout_s = timeout_s
        self._skew_s = skew_s
        self._change = threading.Condition()
        self._closed = False
        self._witnesses = [
            _Witness(name, key, Web(policy.urls[name], timeout_s))
            for name, key in policy.witnesses.items()
            if name in policy.urls
        ]

    def ask(self, note: Note, tree: Tree) -> Note:
        """Have a checkpoint cosigned.

        note: the checkpoint, signed by its log. tree: the tree under it, whose tiles can be read by now.
        Returns the note with one valid cosignature of each witness that gave it, as soon as the quorum holds
        and the others had a short while. Raises Unavailable where the quorum was not reached, with the reason
        of each witness; Halted where a witness holds a larger tree, another root at this size, or a tree that
        this one does not begin with.
        """
        size = Checkpoint.parse(note.text).size
        if size != tree.size:
            raise Refused(f"tree: {tree.size} entries; the checkpoint to be cosigned has {size}")
        theirs = {(key.name, key.key_id) for key in self._policy.witnesses.values()}
        bare = Note(
            note.text, tuple(each for each in note.signatures if (each.name, each.key_id) not in theirs)
        )
        # A tree of its own, for a thread that is late still reads it when the caller has long gone on.
        mine, reading = Tree(tree.source, tree.size), threading.Lock()
        jobs: dict[str, _Job] = {}
        deadline_s = time.monotonic() + self._timeout_s
        held_s: float | None = None
        with self._change:
            if self._closed:
                raise Refused("witnesses: they were closed")
            self._raise_contradictions(each.job for each in self._witnesses if each.job)
            waiting = self._due()
            while True:
                now_s = time.monotonic()
                for each in [each for each in waiting if each.job is None or each.job.done]:
                    waiting.remove(each)
                    jobs[each.name] = each.job = _Job(bare, mine, reading, now_s)
                    self._wake(each)
                self._raise_contradictions(jobs.values())
                if held_s is None and self._holds(jobs):
                    held_s = now_s
                end_s = deadline_s if held_s is None else min(deadline_s, held_s + GRACE_S)
                open_still = any(not job.done for job in jobs.values()) or (waiting and held_s is None)
                if not open_still or now_s >= end_s or self._closed:
                    break
                self._change.wait(end_s - now_s)
            if not self._holds(jobs):
                raise Unavailable(self._reasons(jobs, size))
            return bare.with_signatures(job.signature for job in jobs.values() if job.signature)

    @property
    def trouble(self) -> dict[str, str]:
        """What is wrong with each witness that has a URL, by its name in the policy; "" where all is well."""
        with self._change:
            return {each.name: self._trouble_of(each) for each in self._witnesses}

    def close(self) -> None:
        """End threads and connections, and a call that waits; a thread that does ends with its answer."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            idle = [each.thread for each in self._witnesses if each.thread and not _busy(each)]
        for thread in idle:
            thread.join()

    def _due(self) -> list[_Witness]:
        now = self._clock()
        due = [each for each in self._witnesses if each.rested(now, LONGEST_PAUSE_S)]
        if not self._policy.satisfied(each.key for each in due):
            due = [each for each in self._witnesses if each.rested(now, FIRST_PAUSE_S)]
        return due

    def _holds(self, jobs: Mapping[str, _Job]) -> bool:
        return self._policy.satisfied(self._policy.witnesses[name] for name in jobs if jobs[name].signature)

    def _raise_contradictions(self, jobs: Iterable[_Job]) -> None:
        """Raises Halted once for what witnesses said, be it after the call that asked them."""
        found = [job for job in jobs if job.contradiction]
        reasons = "; ".join(job.contradiction for job in found)
        for job in found:
            job.contradiction = ""
        if reasons:
            raise Halted(f"{reasons}: {_FORKED}")

    def _trouble_of(self, witness: _Witness) -> str:
        if _busy(witness) and witness.job and time.monotonic() - witness.job.since_s >= self._timeout_s:
            return f"no answer within {self._timeout_s:g} s"
        return witness.trouble

    def _reasons(self, jobs: Mapping[str, _Job], size: int) -> str:
        by_name = {each.name: each for each in self._witnesses}
        reasons = []
        for name in self._policy.witnesses:
            witness, job = by_name.get(name), jobs.get(name)
            if witness is None:
                reasons.append(f"{name}: the policy has no URL of it")
            elif job is None or not job.done:
                reasons.append(f"{name}: {self._trouble_of(witness) or 'no answer in time'}")
            elif job.signature is None:
                reasons.append(f"{name}: {witness.trouble}")
        return f"size {size} does not have the quorum {self._policy.quorum!r} of witnesses: " + "; ".join(
            reasons
        )

    def _wake(self, witness: _Witness) -> None:
        if witness.thread is None:
            witness.thread = threading.Thread(
                target=self._work, args=(witness,), name=f"witness {witness.name}", daemon=True
            )
            witness.thread.start()
        self._change.notify_all()

    def _work(self, witness: _Witness) -> None:
        """The thread of one witness: it lives while there is something to ask, and a minute longer."""
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or _busy(witness), _IDLE_S)
                job = witness.job
                if self._closed or job is None or job.done:
                    witness.thread = None
                    break
            signature, trouble, contradiction = None, "", ""
            try:
                signature = self._exchange(witness, job)
            except Halted as error:
                trouble = contradiction = str(error)
            except LedgerError as error:
                trouble = str(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the one who waits must hear of it
                trouble = f"asking it failed: {error!r}"
            with self._change:
                job.signature, job.contradiction, job.done = signature, contradiction, True
                witness.trouble = trouble
                # Who contradicts is asked again each time: a pause would turn the contradiction into silence.
                witness.failures = witness.failures + 1 if trouble and not contradiction else 0
                witness.failed_at = self._clock()
                self._change.notify_all()
        witness.web.close()

    def _exchange(self, witness: _Witness, job: _Job) -> Signature:
        """One or two requests; returns a cosignature that holds, and raises what speaks against it."""
        size = job.tree.size
        old = min(witness.size, size)
        for _ in (1, 2):
            with job.reading:
                proof = job.tree.consistency(old)
            status, body, _headers = witness.web.ask(
                "POST", "add-checkpoint", _request(old, proof, job.note), LARGEST_ANSWER
            )
            if status == 200:
                witness.size = size
                return self._cosignature(witness, body, job.note)
            if status == 422 and old > 0:
                raise Halted(
                    f"witness {witness.name} says that this log's tree of {size} does not begin with the "
                    f"tree of {old} that it has cosigned"
                )
            if status != 409:
                raise Unavailable(f"HTTP status {status}: {_words(body)}")
            before, old = old, _size_of(body, old if old == size else None)
            witness.size = old
            if old > size:
                raise Halted(f"witness {witness.name} has cosigned size {old}, and this log has {size}")
            if before == old == size:
                raise Halted(f"witness {witness.name} has cosigned another root at size {size}")
        raise Unavailable(f"it refused twice with HTTP status 409, at last with size {old}")

    def _cosignature(self, witness: _Witness, body: bytes, note: Note) -> Signature:
        """The first cosignature by the witness's key; every one by that key must hold, others are ignored."""
        known = witness.key
        mine = [each for each in _lines(body) if (each.name, each.key_id) == (known.name, known.key_id)]
        times = [known.check(note.text, each) for each in mine]
        if not mine:
            raise Unverified(f"its answer has no cosignature of the key {known.vkey}")
        now = self._clock()
        off_s = (times[0] or 0) - now
        if abs(off_s) > self._skew_s:
            raise Unverified(
                f"its cosignature says the time {times[0]}, {abs(off_s):.0f} s "
                f"{'after' if off_s > 0 else 'before'} our clock; at most {self._skew_s:g} s are allowed"
            )
        return mine[0]


def _busy(witness: _Witness) -> bool:
    return witness.job is not None and not witness.job.done


def _request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    head = "\n".join((f"old {old}", *map(to_base64, proof), "", ""))
    return head.encode() + note.raw


def _lines(body: bytes) -> list[Signature]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"its answer: byte {error.start} is not UTF-8") from None
    if not text.endswith("\n"):
        raise Malformed("its answer does not end in a newline; signature lines are allowed")
    return [signature_of(line, f"its answer, line {at}") for at, line in enumerate(text[:-1].split("\n"), 1)]


def _size_of(body: bytes, otherwise: int | None) -> int:
    """The size in the body of status 409; raises Malformed.

    otherwise: the size meant where the body says none. The specification asks for one only where the old size
    is wrong; some witnesses have none to say where it is right and the roots differ.
    """
    text = body.decode("ascii", "replace")
    try:
        return decimal(text.removesuffix("\n"), "HTTP status 409: size")
    except Malformed:
        if otherwise is None:
            raise
        return otherwise


def _words(body: bytes) -> str:
    """The start of a text from elsewhere, fit for one line."""
    return repr(body[:120].decode("utf-8", "replace").strip()) if body.strip() else "no reason given"
