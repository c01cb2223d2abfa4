"""A witness: it cosigns checkpoints of logs whose history only grew (C2SP tlog-witness 1.0.0)."""

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.disk import PRIVATE, write_file, write_files
from openleo.ledger.encoding import decimal, hash_from_base64
from openleo.ledger.errors import Halted, Malformed, Refused, Unavailable, Unverified
from openleo.ledger.merkle import check_consistency
from openleo.ledger.note import COSIGNATURE, Note, Signer, Verifier
from openleo.ledger.policy import Policy
from openleo.ledger.web import Answer, Request

LARGEST_REQUEST: Final = 1 << 18
"""Bytes: a proof, and a checkpoint with some twenty signatures of the longest kind."""
MOST_HASHES: Final = 63
MOST_EVIDENCE: Final = 500
"""Refused checkpoints that are kept, of each of the two kinds."""

_LOGS: Final = b"""# The logs that this witness follows, read when it starts.
# A log that changes its key has a line for each of the two.
# log <vkey> [<url>]
"""
_STATE: Final = """
CREATE TABLE cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, time INTEGER NOT NULL,
    note BLOB NOT NULL
)
"""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submission:
    """A request to cosign, to the letter of the specification; nothing of it is believed yet."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """Raises Malformed, naming the line."""
        head, parted, raw = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Malformed(f"request: byte {error.start} is not ASCII") from None
        if not first.startswith("old ") or not parted:
            raise Malformed("request: 'old' and a size, hashes, an empty line and a checkpoint are allowed")
        old = decimal(first.removeprefix("old "), "request: old size")
        if len(lines) > MOST_HASHES:
            raise Malformed(f"request: {len(lines)} hashes; at most {MOST_HASHES} are allowed")
        proof = tuple(hash_from_base64(line, f"request: line {at}") for at, line in enumerate(lines, 2))
        note = Note.parse(raw)
        return cls(old, proof, note, Checkpoint.parse(note.text))


class _Contradiction(Exception):
    """A signed checkpoint that is refused, for it does not go together with the one that was cosigned."""

    def __init__(self, kind: str, answer: Answer, cosigned: bytes) -> None:
        super().__init__(kind)
        self.kind, self.answer, self.cosigned = kind, answer, cosigned


class Witness:
    """A witness at work on its folder, which holds: key (0600), logs, state.sqlite, evidence.

    `answer` is asked by a server, from many threads at once. No backup of state.sqlite may ever be put back:
    a witness that forgot what it cosigned is no witness.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        logs: Sequence[Verifier],
        state: sqlite3.Connection,
        clock: Callable[[], float],
    ) -> None:
        """Of the parts that `open` reads."""
        self.folder = folder
        self.verifier = signer.verifier
        self.logs = tuple(logs)
        self._signer = signer
        self._state = state
        self._clock = clock
        self._turn = threading.Lock()

    @classmethod
    def create(cls, folder: Path | str, name: str) -> Verifier:
        """Make a new witness with a new key; returns what others must know of it.

        name: such as witness.example/one. Raises Refused for a wrong name or a folder that holds something,
        Unavailable where the system refuses.
        """
        folder = Path(folder)
        try:
            signer = Signer.generate(name, COSIGNATURE)
        except Malformed as error:
            raise Refused(str(error)) from error
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(f"{folder}: an empty or a new folder is allowed")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(folder / "state.sqlite", isolation_level=None)) as state:
                state.execute("PRAGMA synchronous=FULL")
                state.execute(_STATE)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(f"{folder}: no witness can be made there: {error}") from error
        write_file(folder / "logs", _LOGS)
        write_file(folder / "key", f"{signer.skey}\n".encode(), mode=PRIVATE)
        return signer.verifier

    @classmethod
    def open(cls, folder: Path | str, clock: Callable[[], float] = time.time) -> "Witness":
        """The witness of a folder, which no other may work on meanwhile.

        clock: POSIX seconds. Raises Unavailable where there is none, Malformed for a wrong key or a wrong
        line of `logs`, Halted where another is at work there, or the state is missing.
        """
        folder = Path(folder)
        try:
            key, logs = (folder / "key").read_text("utf-8"), (folder / "logs").read_bytes()
        except OSError as error:
            raise Unavailable(f"{error.filename}: {error.strerror}; a witness is made by create") from error
        signer = Signer.parse(key)
        if signer.verifier.kind != COSIGNATURE:
            raise Malformed(f"{folder / 'key'}: a key of type 0x04 is allowed, which a witness has")
        return cls(folder, signer, _followed(logs, folder / "logs"), _opened(folder / "state.sqlite"), clock)

    def __enter__(self) -> "Witness":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        with self._turn:
            self._state.close()

    def answer(self, request: Request) -> Answer:
        """POST /add-checkpoint as the specification has it, and GET / with a few words for people."""
        allowed = {"/add-checkpoint": "POST", "/": "GET"}.get(request.path)
        if allowed is None:
            return Answer.sentence(404, f"path: {request.path[:80]}; /add-checkpoint and / are there")
        if request.method != allowed:
            refusal = Answer.sentence(405, f"method: {request.method}; {allowed} is allowed here")
            return Answer(405, refusal.body, headers=(("Allow", allowed),))
        return self._about() if request.method == "GET" else self._add_checkpoint(request.body)

    def _about(self) -> Answer:
        with self._turn:
            sizes = dict(self._state.execute("SELECT origin, size FROM cosigned").fetchall())
        lines = [f"This is a witness of transparency logs (c2sp.org/tlog-witness): {self.verifier.name}", ""]
        lines += [f"key {self.verifier.vkey}"]
        lines += [f"log {key.vkey} size {sizes.get(key.name, 0)}" for key in self.logs]
        return Answer.sentence(200, "\n".join(lines))

    def _add_checkpoint(self, body: bytes) -> Answer:
        try:
            asked = Submission.parse(body)
        except Malformed as error:
            return Answer.sentence(400, str(error))
        origin, size = asked.checkpoint.origin, asked.checkpoint.size
        keys = [key for key in self.logs if key.name == origin]
        if not keys:
            return Answer.sentence(404, f"origin: {origin!r}; this witness does not follow it")
        try:
            asked.note.check(keys)
        except Unverified as error:
            return Answer.sentence(403, str(error))
        if asked.old > size:
            return Answer.sentence(
                400, f"old size: {asked.old}; at most the checkpoint's, {size}, is allowed"
            )
        known = {(key.name, key.key_id) for key in keys}
        note = Note(
            asked.note.text,
            tuple(each for each in asked.note.signatures if (each.name, each.key_id) in known),
        )
        try:
            with self._turn, self._state:
                self._state.execute("BEGIN IMMEDIATE")
                return self._cosigned(asked, note)
        except _Contradiction as found:
            self._keep(found, note, body)
            return found.answer
        except sqlite3.Error as error:
            _LOG.error("%s: %s", self.folder / "state.sqlite", error)
            return Answer.sentence(503, "this witness cannot store what it would cosign")

    def _cosigned(self, asked: Submission, note: Note) -> Answer:
        """Within the transaction: check against what was cosigned last, store, sign."""
        checkpoint = asked.checkpoint
        stored = self._state.execute(
            "SELECT size, root, note FROM cosigned WHERE origin = ?", (checkpoint.origin,)
        ).fetchone()
        size, root, before = stored or (0, b"", b"")
        conflict = Answer(409, f"{size}\n".encode(), "text/x.tlog.size")
        if stored and checkpoint.size == size and checkpoint.root != root:
            raise _Contradiction("fork", conflict, before)
        if asked.old != size:
            return conflict
        if size == 0:
            if asked.proof:
                return Answer.sentence(422, "proof: from old size 0 it is empty")
        else:
            try:
                check_consistency(root, size, checkpoint.root, checkpoint.size, asked.proof)
            except Unverified as error:
                raise _Contradiction("unproven", Answer.sentence(422, str(error)), before) from error
        now = int(self._clock())
        (latest,) = self._state.execute("SELECT max(time) FROM cosigned").fetchone()
        if latest is not None and now < latest:
            # A statement about a time may not follow one about a later time.
            refusal = Answer.sentence(
                503, f"this witness's clock says {now} and went back: it cosigned at {latest} before"
            )
            return Answer(503, refusal.body, headers=(("Retry-After", str(latest - now)),))
        cosignature = self._signer.sign(note.text, now)
        self._state.execute(
            "INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)",
            (
                checkpoint.origin,
                checkpoint.size,
                checkpoint.root,
                now,
                note.with_signatures([cosignature]).raw,
            ),
        )
        return Answer(200, cosignature.line.encode())

    def _keep(self, found: _Contradiction, note: Note, body: bytes) -> None:
        """Keep a refused checkpoint beside the one that was cosigned, once, in evidence/<kind>-<hash>/.

        Of kind fork are two roots of one size, which prove it to anyone; unproven is what came without a
        proof that holds: from a fork, or from anyone who sends a true checkpoint with a wrong proof.
        """
        evidence = self.folder / "evidence"
        name = hashlib.sha256(found.cosigned.partition(b"\n\n")[0] + b"\n\n" + note.text.encode()).hexdigest()
        place = evidence / f"{found.kind}-{name[:32]}"
        kept = {place / "cosigned": found.cosigned, place / "refused": note.raw, place / "request": body}
        try:
            if all(path.exists() for path in kept):
                return
            if not place.exists() and len(list(evidence.glob(f"{found.kind}-*"))) >= MOST_EVIDENCE:
                return
            place.mkdir(parents=True, exist_ok=True)
            write_files(kept, place)
        except (OSError, Unavailable) as error:
            _LOG.error("%s: evidence could not be kept: %s", place, error)
            return
        _LOG.warning("%s: refused, kept in %s", note.text.partition("\n")[0], place)


def _followed(raw: bytes, path: Path) -> tuple[Verifier, ...]:
    """The keys of the logs in a file of `log` lines, as in a policy."""
    try:
        policy = Policy.parse(raw + b"\nquorum none\n")
        if policy.witnesses or policy.groups:
            raise Malformed("log <vkey> [<url>] is allowed")
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from error
    return policy.logs


def _opened(path: Path) -> sqlite3.Connection:
    """The state, locked until it is closed; each commit is on the disk when it returns."""
    if not path.is_file():
        raise Halted(f"{path}: missing; without it nobody knows what this witness cosigned")
    state = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
    try:
        # With a rollback journal FULL would leave its removal to chance; a write-ahead log is synced itself.
        for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
            state.execute(f"PRAGMA {setting}")
        with state:
            state.execute("BEGIN IMMEDIATE")
            state.execute("SELECT origin, size, root, time, note FROM cosigned LIMIT 1")
    except sqlite3.Error as error:
        state.close()
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise Halted(f"{path}: another witness works on this folder; one is allowed") from error
        raise Halted(f"{path}: the state cannot be read: {error}") from error
    return state
