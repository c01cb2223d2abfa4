"""Signed log folders for tests, made without the writer: from tiles, tree and notes alone."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

from openleo.ledger.checkpoint import Checkpoint
from openleo.ledger.encoding import HASH_SIZE
from openleo.ledger.entries import Keys, canonical
from openleo.ledger.merkle import CompactRange, leaf_hashes
from openleo.ledger.note import COSIGNATURE, Note, Signer
from openleo.ledger.source import Web
from openleo.ledger.tiles import HEIGHT, WIDTH, Tile, bundle_of

ORIGIN = "log.example/tenerife"
NOW = 1_793_000_000
"""POSIX seconds: October 2026, when the witnesses of the tests cosign unless told otherwise."""
TIME = "2026-10-26T07:33:20Z"
"""The same, as entries have it."""


def a_log(number: int = 1, origin: str = ORIGIN) -> Signer:
    """The key of a log, always the same one for a number."""
    return Signer(origin, bytes([number]) * 32)


def a_witness(name: str = "witness.example/w1") -> Signer:
    """The key of a witness, always the same one for a name."""
    return Signer(name, name.encode().ljust(32, b"w")[-32:], COSIGNATURE)


def policy_text(logs: Sequence[Signer], witnesses: Sequence[Signer] = ()) -> str:
    """A policy that asks for each of these witnesses."""
    lines = [f"log {each.verifier.vkey}" for each in logs]
    lines += [f"witness w{at} {each.verifier.vkey}" for at, each in enumerate(witnesses)]
    lines += [f"group every all {' '.join(f'w{at}' for at in range(len(witnesses)))}"] if witnesses else []
    return "\n".join((*lines, f"quorum {'every' if witnesses else 'none'}", ""))


def keys_entry(
    logs: Sequence[Signer], witnesses: Sequence[Signer] = (), before: Sequence[Signer] = ()
) -> bytes:
    """The entry that states these keys and witnesses, signed by them and by the keys in force before."""
    vkeys = tuple(each.verifier.vkey for each in logs)
    entry = Keys(TIME, vkeys, policy_text(logs, witnesses), "stated by a test")
    return entry.signed([*logs, *(each for each in before if each not in logs)]).raw


def plain_entries(start: int, end: int) -> list[bytes]:
    """Entries of a type that nobody knows, all different."""
    return [
        canonical(
            {"type": "decision", "version": 1, "time": TIME, "number": number, "words": "é" * (number % 7)}
        )
        for number in range(start, end)
    ]


def write_log(
    folder: Path,
    signer: Signer | Sequence[Signer],
    entries: Iterable[bytes],
    witnesses: Sequence[Signer] = (),
    objects: Mapping[str, bytes] | None = None,
    *,
    cosigned_at: int = NOW,
) -> Checkpoint:
    """A folder as `openleo ledger export` leaves it; files that stand there already are written over.

    signer: the log's key, or all of them in an overlap, each with the log's origin as name.
    objects: file bytes by name. cosigned_at: POSIX seconds, of every witness.
    """
    tree = CompactRange()
    rows: dict[int, bytes] = {}
    every = iter(entries)
    while block := list(islice(every, WIDTH)):
        full = len(block) == WIDTH
        put(folder, Tile(None, tree.size // WIDTH, len(block)).path, bundle_of(block))
        for level, done in enumerate(tree.extend(leaf_hashes(block))[::HEIGHT]):
            row = rows.get(level, b"") + done
            if len(row) == WIDTH * HASH_SIZE:
                put(folder, Tile(level, (tree.size >> HEIGHT * (level + 1)) - 1).path, row)
                row = b""
            rows[level] = row
        if not full:
            break
    for level, row in rows.items():
        if row:
            width = len(row) // HASH_SIZE
            put(folder, Tile(level, tree.size >> HEIGHT * (level + 1), width).path, row)
    for name, raw in (objects or {}).items():
        put(folder, f"object/{name}", raw)
    signers = [signer] if isinstance(signer, Signer) else list(signer)
    checkpoint = Checkpoint(signers[0].verifier.name, tree.size, tree.root())
    note = Note(checkpoint.text, ()).signed_by(*signers)
    note = note.with_signatures(each.sign(note.text, cosigned_at) for each in witnesses)
    put(folder, "checkpoint", note.raw)
    return checkpoint


def put(folder: Path, path: str, raw: bytes) -> None:
    """A file of such a folder, with the folders above it."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(raw)


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file over: bit 0 is the lowest of its first byte."""
    raw = bytearray(path.read_bytes())
    raw[bit >> 3] ^= 1 << (bit & 7)
    path.write_bytes(raw)


@contextmanager
def served(folder: Path, refuses: Callable[[str], int] = lambda path: 0) -> Iterator[Web]:
    """The folder behind Python's own web server, which knows nothing of logs.

    refuses: the status with which a path is answered; 0 where the file is.
    """

    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status = refuses(self.path)
            if status:
                self.send_error(status)
            else:
                super().do_GET()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        source = Web(f"http://127.0.0.1:{server.server_port}/")
        try:
            yield source
        finally:
            source.close()
            server.shutdown()
            thread.join()


def stopping(act: Callable[..., object], left: list[int]) -> Callable[..., object]:
    """The same act, cut off by an interrupt after so many calls of it."""

    def stopped(*given: object, **named: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return act(*given, **named)

    return stopped
