"""Writers of logs as processes of their own: to be told what to do, watched by strace, and killed.

They are forked from one process that has everything loaded, for a start takes a sixth of a second otherwise;
each has its own locks, connections and threads all the same.
"""

import contextlib
import ctypes
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from ledger_folders import ORIGIN

from openleo.errors import OpenLEOError
from openleo.ledger import acts
from openleo.ledger.canonical import canonical
from openleo.ledger.errors import LedgerError
from openleo.ledger.log import Log
from openleo.ledger.restore import restore
from openleo.ledger.source import Folder

TIME = "2026-11-21T17:00:00Z"
LATER = "2100-01-01T00:00:00Z"
"""After any test."""
CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "openat", "ftruncate", "fchmod",
    "?rename,?renameat,?renameat2", "?mkdir,?mkdirat", "?unlink,?unlinkat,?rmdir",
)  # fmt: skip
"""System calls at which a writer is killed; those with a question mark have other names on other machines."""


def an_entry(name: str) -> bytes:
    """An entry that nobody else appends."""
    return canonical({"type": "test", "version": 1, "time": TIME, "name": name})


Tell = Callable[[str, Any], None]
"""How a writer tells what came of something: a kind, and what JSON has."""


# ------------------------------------------------------------------ writers to be killed


class Died(Exception):
    """The writer died before it answered."""


class Said(Exception):
    """What the writer refused: the kind of the error, and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


class Writer:
    """A process that has a log, or makes, restores or opens one, as it is told."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self.pid = int(self.answer())

    def ask(self, act: str, **given: Any) -> None:
        """Tell it to do something."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(json.dumps([act, given]).encode() + b"\n")

    def line(self) -> tuple[str, Any]:
        """What it tells next; raises Died."""
        try:
            line = self._lines.readline()
        except ConnectionResetError:
            line = b""
        if not line.endswith(b"\n"):
            raise Died
        kind, found = json.loads(line)
        return kind, found

    def answer(self) -> Any:
        """What came of what it was told to do; raises Died and Said."""
        kind, found = self.line()
        if kind != "done":
            raise Said(kind, found)
        return found

    def do(self, act: str, **given: Any) -> Any:
        """Tell it to do something, and wait for it."""
        self.ask(act, **given)
        return self.answer()

    def kill(self) -> None:
        """Kill it at once, and wait until it is gone."""
        while True:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            time.sleep(0.0005)

    def wait_gone(self) -> None:
        """Wait until it has died, of whatever it was told to do."""
        with contextlib.suppress(Died):
            while True:
                self.line()
        self.kill()

    def close(self) -> None:
        """Kill it, and let go of it."""
        self.kill()
        self._lines.close()
        self._connection.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Nursery:
    """A process that starts writers quickly."""

    def __init__(self, script: str = __file__) -> None:
        """script: what the process runs, with a socket's path: it calls `nursery`."""
        self._folder = tempfile.TemporaryDirectory(prefix="openleo-")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{self._folder.name}/door")
        self._door.listen()
        self._door.settimeout(60)
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", script, f"{self._folder.name}/door"],
            stdin=subprocess.PIPE,
        )
        self._one = threading.Lock()

    def writer(self) -> Writer:
        """A new writer, without a log."""
        assert self._process.stdin is not None
        with self._one:
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()
            return Writer(self._door.accept()[0])

    def close(self) -> None:
        """End it; writers that still run go on until they are killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._door.close()
        self._folder.cleanup()


def nursery(door: str, hands: Callable[[Tell], Any] | None = None) -> None:
    """Fork a writer for each line of stdin. hands: what it can be told to do; it is given how to tell."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while sys.stdin.buffer.readline():
        if os.fork() == 0:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                _write(door, hands or _Hands)
            os._exit(0)


def _write(door: str, hands_of: Callable[[Tell], Any]) -> None:
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(
            0x59616D61, -1, 0, 0, 0
        )  # PR_SET_PTRACER: strace may watch, where that is asked
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(door)
    turn = threading.Lock()

    def tell(kind: str, found: Any) -> None:
        # Not by write(2): that is what is made to fail.
        with turn:
            connection.sendall(json.dumps([kind, found]).encode() + b"\n")

    hands = hands_of(tell)
    tell("done", os.getpid())
    for line in connection.makefile("rb"):
        act, given = json.loads(line)
        try:
            tell("done", getattr(hands, act)(**given))
        except (LedgerError, OpenLEOError) as error:
            tell(type(error).__name__, str(error))


def die(after: int, calls: Sequence[str]) -> None:
    """Let this process be killed before so many more of these calls, by their names in `os`."""
    left = iter(range(after, -1, -1))

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*given: Any, **named: Any) -> Any:
            if next(left, 0) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return instead

    for name in calls:
        setattr(os, name, before(getattr(os, name)))


class _Hands:
    """What a writer can be told to do."""

    log: Log

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def create(self, folder: str, **given: Any) -> None:
        Log.create(folder, ORIGIN, **given)

    def open(self, folder: str, **given: Any) -> None:
        self.log = Log.open(folder, **given)

    def wait(self, timeout_s: float | None = None) -> int:
        return self.log.wait(timeout_s).size

    def close(self) -> None:
        self.log.close()

    def restore(self, folder: str, source: str) -> int:
        return restore(folder, Folder(source)).size

    def append(self, names: list[str], timeout_s: float | None = None) -> int:
        return self.log.append([an_entry(name) for name in names], timeout_s)[0]

    def text(self, words: str) -> tuple[int, str]:
        index = acts.write_text(self.log, "", words.encode())
        return index, json.loads(self.log.tree().entry(index))["text"]["object"]

    def commit(self, words: str) -> int:
        return acts.commit(self.log, words.encode(), LATER, "a text")

    def reveal(self, index: int) -> int:
        return acts.reveal(self.log, index)

    def withdraw(self, name: str) -> int:
        return acts.withdraw(self.log, name, "it had to go")

    def rotate(self) -> str:
        return self.log.rotate()

    def finish(self) -> None:
        self.log.finish_rotation()

    def policy(self, lines: str, reason: str = "other witnesses") -> None:
        self.log.change_policy(lines, reason)

    def health(self) -> dict[str, Any]:
        return self.log.health()

    def limit(self, size: int) -> None:
        """The largest file that it may write (bytes), -1 for any."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def die(self, after: int, call: str = "") -> None:
        die(after, [call] if call else ("fsync", "fdatasync", "rename", "mkdir", "unlink", "write"))

    def load(self, tag: str, threads: int, seed: int) -> None:
        """Append from many threads until it is killed; each tells what it was told."""
        works = [(self._append, f"{tag}-{number}", seed + number) for number in range(threads)]
        for work in (*works, (self._act, tag, seed)):
            threading.Thread(target=self._on_and_on, args=work, daemon=True).start()

    def _on_and_on(self, work: Callable[[str, random.Random], None], tag: str, seed: int) -> None:
        try:
            drawn = random.Random(seed)
            for number in range(1 << 30):
                work(f"{tag}-{number}", drawn)
        except LedgerError as error:
            self.tell(type(error).__name__, str(error))

    def _append(self, tag: str, drawn: random.Random) -> None:
        names = [f"{tag}-{k}" for k in range(drawn.choice((1, 1, 1, 2, 7, 90)))]
        self.tell("told", [names, self.append(names)])

    def _act(self, tag: str, drawn: random.Random) -> None:
        act = drawn.randrange(4)
        if act == 0:
            self.tell("put", self.text(tag)[1])
        elif act == 1:
            _, name = self.text(tag)
            self.withdraw(name)
            self.tell("withdrawn", name)
        elif act == 2:
            self.reveal(self.commit(tag))
        elif len(self.log.store.signers) == 1:
            self.tell("key", self.rotate())


# ------------------------------------------------------------------ faults by strace


def no_strace() -> str:
    """Why faults cannot be injected here; "" where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed (Debian: strace)"
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with injected(child.pid, "fsync", "signal=SIGKILL"):
            return ""
    except OSError as error:
        return f"strace may not watch a process here: {error}"
    finally:
        child.kill()
        child.wait()
        if child.stdin:
            child.stdin.close()


@dataclass
class Injection:
    """A fault that strace injects; came: whether the process came to it, known once strace has let go."""

    came: bool = False


@contextlib.contextmanager
def injected(pid: int, calls: str, what: str) -> Iterator[Injection]:
    """Have strace inject something into calls of a running process, in each of its threads by itself.

    what: such as error=ENOSPC:when=3+, or signal=SIGKILL:when=3; then it is killed in the end in any case.
    """
    found = Injection()
    with watched(pid, calls, "-e", f"inject={calls}:{what}", kill="SIGKILL" in what) as lines:
        yield found
    found.came = any("(INJECTED)" in line for line in lines)


@contextlib.contextmanager
def watched(pid: int, calls: str, *more: str, kill: bool = False) -> Iterator[list[str]]:
    """Have strace write down calls of a running process; the lines are there once it has let go.

    more: arguments for strace. kill: the process is killed in the end; for strace waits for ever where it is
    told to let go of one that is just dying.
    """
    lines: list[str] = []
    with tempfile.NamedTemporaryFile("r", prefix="openleo-", suffix=".strace") as seen:
        command = ["strace", "-f", "-qq", "-y", "-o", seen.name, "-p", str(pid), "-e", f"trace={calls}"]
        strace = subprocess.Popen([*command, *more], stderr=subprocess.PIPE)
        try:
            while not _traced(pid):
                if strace.poll() is not None:
                    assert strace.stderr is not None
                    raise OSError(strace.stderr.read().decode().strip())
                time.sleep(0.0005)
            yield lines
        finally:
            if kill:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            else:
                strace.terminate()
            strace.communicate()
            lines += seen.read().splitlines()


def _traced(pid: int) -> bool:
    """Whether every thread of a process is watched."""
    try:
        return all(
            "TracerPid:\t0\n" not in (task / "status").read_text()
            for task in Path(f"/proc/{pid}/task").iterdir()
        )
    except (FileNotFoundError, ProcessLookupError):
        return False


if __name__ == "__main__":
    nursery(sys.argv[1])
