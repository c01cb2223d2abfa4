"""What the tests of witnesses share: a log in memory, requests by hand, witnesses that serve, and liars.

Trees and proofs are those of RFC 6962, section 2.1, in its own recursive words, without code of the ledger.
"""

import base64
import contextlib
import hashlib
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openleo.ledger.note import Note, Signer, Verifier
from openleo.ledger.tiles import Tile, Tree
from openleo.ledger.web import Answer, Request, Server
from openleo.ledger.witness import LARGEST_REQUEST, Witness

ORIGIN = "log.example/tenerife"


def tree_hash(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    half = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree_hash(entries[:half]) + tree_hash(entries[half:])).digest()


def tree_proof(old: int, entries: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of RFC 6962, 2.1.2; empty for old size 0."""
    if old == 0:
        return []
    if old == len(entries):
        return [] if whole else [tree_hash(entries)]
    half = 1 << (len(entries) - 1).bit_length() - 1
    if old <= half:
        return [*tree_proof(old, entries[:half], whole), tree_hash(entries[half:])]
    return [*tree_proof(old - half, entries[half:], False), tree_hash(entries[:half])]


def base64_of(raw: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(raw).decode()


class MemoryLog:
    """A log of numbered entries. Another `branch` with the same key is another history: a split view."""

    def __init__(self, number: int = 1, origin: str = ORIGIN, branch: str = "", since: int = 0) -> None:
        """since: the first entry that the branch has for itself."""
        self.origin = origin
        self.signer = Signer(origin, bytes([number]) * 32)
        self._branch = branch
        self._since = since

    def entries(self, size: int) -> list[bytes]:
        """The first entries."""
        return [f"{n}{self._branch if n >= self._since else ''}".encode() for n in range(size)]

    def text(self, size: int, extensions: Sequence[str] = ()) -> str:
        """The text of a checkpoint."""
        lines = (self.origin, str(size), base64_of(tree_hash(self.entries(size))), *extensions)
        return "".join(f"{line}\n" for line in lines)

    def note(self, size: int, *signers: Signer, extensions: Sequence[str] = ()) -> Note:
        """A signed checkpoint; by its own key, unless told otherwise."""
        return Note(self.text(size, extensions), ()).signed_by(*(signers or (self.signer,)))

    def proof(self, old: int, size: int) -> list[bytes]:
        """A consistency proof."""
        return tree_proof(old, self.entries(size))

    def request(self, old: int, size: int, *signers: Signer) -> bytes:
        """The body of a right request."""
        return request(old, self.proof(old, size), self.note(size, *signers).raw)

    def tree(self, size: int) -> Tree:
        """Its tree by tiles."""
        return Tree(self, size)

    def read(self, path: str, most: int) -> bytes | None:
        """A tile of hashes, as a source gives it."""
        tile = Tile.parse(path)
        span = 256 ** (tile.level or 0)
        entries = self.entries((tile.index * 256 + tile.width) * span)
        starts = range(tile.index * 256 * span, len(entries), span)
        return b"".join(tree_hash(entries[start : start + span]) for start in starts)


def request(old: int | str, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The body of any request."""
    lines = [f"old {old}", *map(base64_of, proof), "", ""]
    return "\n".join(lines).encode() + checkpoint


@dataclass
class Clock:
    """A clock that stands where it is put (POSIX seconds)."""

    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Running:
    """A witness that serves: how others know it, and where."""

    verifier: Verifier
    folder: Path
    port: int
    clock: Clock = field(default_factory=Clock)

    @property
    def url(self) -> str:
        """Its submission prefix."""
        return f"http://127.0.0.1:{self.port}"

    def post(self, body: bytes) -> tuple[int, bytes, str]:
        """Status, body and media type of one request by hand, over a connection of its own."""
        return post(self.port, body)


def post(port: int, body: bytes, path: str = "/add-checkpoint") -> tuple[int, bytes, str]:
    """Status, body and media type of one request by hand."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers["Content-Type"]


def make_witness(folder: Path, *logs: MemoryLog, name: str = "witness.example/one") -> Verifier:
    """A new witness in a folder that follows these logs."""
    verifier = Witness.create(folder, name)
    follow(folder, *(log.signer for log in logs))
    return verifier


def follow(folder: Path, *logs: Signer) -> None:
    """Have a witness follow logs from its next start."""
    (folder / "logs").write_text("".join(f"log {log.verifier.vkey}\n" for log in logs))


@contextlib.contextmanager
def serving(folder: Path, clock: Clock | None = None) -> Iterator[Running]:
    """The witness of a folder, served by threads."""
    clock = clock or Clock()
    with Witness.open(folder, clock) as witness, served(witness.answer, LARGEST_REQUEST) as server:
        yield Running(witness.verifier, folder, server.port, clock)


@contextlib.contextmanager
def served(answer: Callable[[Request], Answer], largest_body: int = LARGEST_REQUEST) -> Iterator[Server]:
    """A server with any answers."""
    server = Server(answer, largest_body=largest_body)
    server.start()
    try:
        yield server
    finally:
        server.close()


_PROCESS = """
import resource, signal, sys
from openleo.ledger.web import Server
from openleo.ledger.witness import LARGEST_REQUEST, Witness
witness = Witness.open(sys.argv[1])
if int(sys.argv[2]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
server = Server(witness.answer, largest_body=LARGEST_REQUEST)
print(server.port, flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def process(folder: Path, largest_file: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The witness of a folder as a process of its own, killed in the end if it lives; with its port.

    largest_file: bytes, beyond which the system refuses it to write, as a full disk does.
    """
    command = [sys.executable, "-c", _PROCESS, str(folder), str(largest_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running, int(running.stdout.readline())
        finally:
            running.kill()


class RawServer:
    """Whatever a liar sends over a socket: `talk` gets each connection after its request was read."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(1 << 18)
            self.asked += 1
            self._talk(connection)

    def close(self) -> None:
        """Stop listening, and wait for what was begun."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._threads:
            each.join(10)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds that another thread is about to do; an error after ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        threading.Event().wait(0.005)
