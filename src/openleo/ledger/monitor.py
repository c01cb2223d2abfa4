"""A monitor: follows a log from checkpoint to checkpoint, and raises an alarm where it did not only grow."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint, open_checkpoint
from openleo.ledger.disk import alone, write_file
from openleo.ledger.entries import time_of
from openleo.ledger.errors import LedgerError, Malformed, Unavailable, Unverified
from openleo.ledger.history import Contradiction, root_at
from openleo.ledger.note import LARGEST_NOTE, Note
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder, Source


@dataclass(frozen=True)
class Alarm:
    """Something that whoever follows a log should know.

    kind: unreachable (it, or a tile, could not be read), malformed (what was read is no log), unsigned (by no
    key that the policy knows), quorum (too few witnesses), smaller (older than one that was seen before),
    rewritten (a history that contradicts the one seen before), split (another view contradicts this one),
    stale (nothing new for too long). sentence: what happened. evidence: a folder that proves it to anyone.
    """

    kind: str
    sentence: str
    evidence: Path | None = None


@dataclass(frozen=True)
class _View:
    """A checkpoint that the log signed, where it was seen, and whether the policy accepts it."""

    source: Source
    raw: bytes
    checkpoint: Checkpoint
    accepted: bool = True

    @property
    def size(self) -> int:
        return self.checkpoint.size


class Monitor:
    """Follows one log; all that it remembers is the checkpoint that it trusted last, in its folder."""

    def __init__(
        self,
        folder: Path | str,
        source: Source,
        policy: Policy,
        *,
        also: Sequence[Source] = (),
        stale_s: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """folder: its own, made where it is missing. source: the log. policy: whom to trust.

        also: the same log from elsewhere, such as mirrors. stale_s: seconds without a new checkpoint after
        which the log is stale; never, unless given. clock: POSIX seconds now.
        """
        self.folder = Path(folder)
        self.source = source
        self.policy = policy
        self.also = tuple(also)
        self._state = self.folder / "checkpoint"
        self._stale_s = stale_s
        self._clock = clock
        self._alarms: list[Alarm] = []

    def step(self) -> tuple[Checkpoint | None, list[Alarm]]:
        """Look once; returns the checkpoint that is trusted now, None where there is none yet, and alarms.

        A checkpoint is trusted where the policy accepts it, its tiles give its root, and the one trusted
        before is its beginning. After a contradiction that one stays, and the alarm is raised each time.
        Raises Malformed where its own folder holds something else, Refused where another monitor works in it,
        Unavailable where the disk refuses.
        """
        self._alarms = []
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder):
            trusted = self._trusted()
            seen = self._look(self.source)
            if seen is not None:
                trusted = self._follow(trusted, seen)
            views = [self._look(each) for each in self.also]
            self._compare_views(trusted, [each for each in views if each is not None])
            if trusted is not None:
                self._check_age(trusted)
        return trusted.checkpoint if trusted else None, self._alarms

    def _alarm(self, kind: str, sentence: str, evidence: Path | None = None) -> None:
        alarm = Alarm(kind, sentence, evidence)
        if alarm not in self._alarms:
            self._alarms.append(alarm)

    def _trusted(self) -> _View | None:
        raw = Folder(self.folder).read("checkpoint", LARGEST_NOTE)
        if raw is None:
            return None
        try:
            return _View(self.source, raw, Checkpoint.parse(Note.parse(raw).text))
        except Malformed as error:
            raise Malformed(f"{self._state}, what this monitor trusted last: {error}") from None

    def _look(self, source: Source) -> _View | None:
        """The checkpoint that a source shows now, if the log signed it."""
        try:
            raw = source.read("checkpoint", LARGEST_NOTE)
            if raw is None:
                self._alarm("unreachable", f"{source}: there is no checkpoint")
                return None
            checkpoint, _ = open_checkpoint(raw, self.policy.keys)
        except Malformed as error:
            self._alarm("malformed", f"{source}: checkpoint: {error}")
        except Unverified as error:
            self._alarm(
                "unsigned",
                f"{source}: {error}; the policy knows {', '.join(key.vkey for key in self.policy.logs)}. "
                "Where the log changed its key, an audit with this policy says so",
            )
        except Unavailable as error:
            self._alarm("unreachable", f"{source}: {error}")
        else:
            return _View(source, raw, checkpoint, self._accepted(source, raw))
        return None

    def _accepted(self, source: Source, raw: bytes) -> bool:
        try:
            self.policy.open(raw, int(self._clock()))
        except Unverified as error:
            self._alarm("quorum", f"{source}: {error}")
            return False
        return True

    def _follow(self, trusted: _View | None, seen: _View) -> _View | None:
        """The checkpoint to trust after one was seen at the source."""
        smaller = ""
        if trusted is not None and seen.size < trusted.size:
            smaller = (
                f"{seen.source}: it shows size {seen.size}, and showed {trusted.size} before: an old copy, "
                "or a log that was put back from a backup"
            )
        try:
            contradiction = _contradiction(trusted or seen, seen)
        except (Unverified, Unavailable) as error:
            if smaller:
                self._alarm("smaller", f"{smaller}; whether its history is the same cannot be seen: {error}")
            else:
                self._alarm(_kind(error), str(error))
            return trusted
        if contradiction is not None:
            self._alarm("rewritten", f"{seen.source}: {contradiction.sentence}", self._keep(contradiction))
        elif smaller:
            self._alarm("smaller", smaller)
        elif seen.accepted:
            if trusted is None or seen.raw != trusted.raw:
                write_file(self._state, seen.raw)
                # The file's time is when its checkpoint was new, by the clock that is asked how old it is.
                os.utime(self._state, (self._clock(), self._clock()))
            return seen
        return trusted

    def _compare_views(self, trusted: _View | None, views: list[_View]) -> None:
        """Compare each view with what is trusted, or with the largest view that begins with it."""
        ahead = trusted
        for view in sorted(views, key=lambda view: view.size):
            try:
                found = _contradiction(ahead or view, view)
            except (Unverified, Unavailable) as error:
                self._alarm(_kind(error), str(error))
                continue
            if found is not None:
                self._alarm("split", f"{view.source}: {found.sentence}", self._keep(found))
            elif ahead is None or view.size > ahead.size:
                ahead = view

    def _keep(self, contradiction: Contradiction) -> Path:
        return contradiction.write(self.folder / "evidence")

    def _check_age(self, trusted: _View) -> None:
        since = self._state.stat().st_mtime
        if self._stale_s is not None and self._clock() - since > self._stale_s:
            self._alarm(
                "stale",
                f"{self.source}: no new checkpoint since {time_of(int(since))}, of size {trusted.size}; one "
                f"in {self._stale_s:g} s is expected",
            )


def _kind(error: LedgerError) -> str:
    return "malformed" if isinstance(error, Unverified) else "unreachable"


def _contradiction(known: _View, seen: _View) -> Contradiction | None:
    """What two checkpoints contradict each other in; None where one is proven to be the other's beginning.

    The proof is computed from the tiles of the larger one; of one given twice, its tiles must give its root.
    Raises Unverified where the tiles do not, or these are two logs; Unavailable where they cannot be read.
    """
    older, newer = sorted((known, seen), key=lambda view: view.size)
    if known.checkpoint.origin != seen.checkpoint.origin:
        raise Unverified(
            f"{seen.source}: it shows the log {seen.checkpoint.origin}, not {known.checkpoint.origin}"
        )
    root, proof = newer.checkpoint.root, tuple[bytes, ...]()
    if newer.size > older.size or (known is seen and seen.size):
        root, proof = root_at(newer.source, newer.checkpoint, older.size or newer.size)
    if older.size and root != older.checkpoint.root:
        return Contradiction(older.raw, newer.raw, root, proof)
    return None
