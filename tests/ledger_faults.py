"""`kill -9` of a log's writer at any moment: nothing acknowledged is lost, no checkpoint contradicts another.

    python -m tests.ledger_faults [--rounds 200] [--seed 1] [--steps]

Each round a process appends to one log from several threads, while texts are put and withdrawn and keys are
replaced, and is killed at a moment that the seed chooses, its start included. Then the log is opened again:
every entry that was acknowledged must stand at the index answered, once; every entry of which it was said
that nothing was written must not be there; and every checkpoint that was ever seen published must be of a
tree that the next one begins with. A second verifier (rfc6962.py) reads all of that from the folder. A
witness cosigns all of it: it would refuse a history that forked, also where nobody else saw the other branch.

--steps kills the writer at every system call of every act instead, by `strace -e inject`.

What is killed is a process of its own each time (ledger_writers.py).
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import rfc6962
from ledger_folders import ORIGIN
from ledger_witnesses import Clock, make_witness
from ledger_writers import CALLS, Died, Nursery, Said, Writer, an_entry, injected

from openleo.ledger.errors import Unavailable
from openleo.ledger.log import Log
from openleo.ledger.merkle import CompactRange
from openleo.ledger.store import read_keys
from openleo.ledger.tiles import WIDTH, Tile
from openleo.ledger.web import Answer, Request, Server
from openleo.ledger.witness import LARGEST_REQUEST, Witness

LONGEST_S = 0.5


def say(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# ------------------------------------------------------------------ what must hold


@dataclass
class Kept:
    """All that was said of one log, and every checkpoint of it that was seen."""

    folder: Path
    told: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    seen: dict[bytes, None] = field(default_factory=dict)
    before: list[bytes] = field(default_factory=list)

    @property
    def public(self) -> Path:
        """What the public reads."""
        return self.folder / "public"

    def acknowledged(self, names: Sequence[str], first: int) -> None:
        """The log answered that these entries stand from `first` on."""
        self.told |= {name: first + at for at, name in enumerate(names)}

    def look(self) -> None:
        """See what is published now."""
        with contextlib.suppress(FileNotFoundError):
            self.seen[(self.public / "checkpoint").read_bytes()] = None

    def strays(self) -> list[str]:
        """Tiles beyond what is published."""
        size = int((self.public / "checkpoint").read_bytes().split(b"\n")[1])
        found = []
        for path in (self.public / "tile").rglob("*"):
            if path.is_file():
                tile = Tile.parse(str(path.relative_to(self.public)))
                if tile.index * WIDTH + tile.width > size >> 8 * (tile.level or 0):
                    found.append(tile.path)
        return found

    def check(self, vkeys: Sequence[str]) -> list[bytes]:
        """Everything, from what is published now, which these keys of the log signed; returns its entries."""
        self.look()
        for vkey in vkeys[1:]:
            rfc6962.checkpoint((self.public / "checkpoint").read_bytes(), [vkey])
        entries = rfc6962.log(self.public, [vkeys[0]])
        assert entries[: len(self.before)] == self.before, "what was published before is not there now"
        at: dict[str, int] = {}
        named: set[str] = set()
        withdrawn: set[str] = set()
        keys: list[list[str]] = []
        for index, entry in enumerate(map(json.loads, entries)):
            if entry["type"] == "test":
                name = entry["name"]
                assert name not in at, f"{name} stands there twice, at {at[name]} and {index}"
                at[name] = index
            elif entry["type"] in ("note", "reveal"):
                named.add(entry["text"]["object"])
            elif entry["type"] == "withdrawal":
                withdrawn.add(entry["withdraws"])
            elif entry["type"] == "keys":
                keys.append(entry["log"])
        lost = {name: index for name, index in self.told.items() if at.get(name) != index}
        assert not lost, f"acknowledged, and not there: {lost}"
        assert not self.refused & at.keys(), f"said not to be written: {self.refused & at.keys()}"
        assert keys[-1] == list(vkeys)
        retired = {vkey.split("+")[1] for stated in keys for vkey in stated if vkey not in vkeys}
        held = {line.split("+")[3] for line in (self.folder / "key").read_text().splitlines()}
        assert not held & retired, "a key that was replaced is kept"
        strays = self.strays()
        assert not strays, strays
        self._check_seen(entries)
        assert self.objects <= named
        assert self.gone <= withdrawn
        for name in named | withdrawn:
            there = (self.public / "object" / name).exists()
            assert there == (name not in withdrawn), f"object {name}: {there=}, {name in withdrawn=}"
            assert not (self.folder / "private" / name).exists() or there
        self.before = entries
        return entries

    def _check_seen(self, entries: list[bytes]) -> None:
        """Each checkpoint that was seen is of a tree that the present one begins with."""
        roots: dict[int, bytes] = {}
        for raw in self.seen:
            _, size, root, _ = raw.split(b"\n", 3)
            assert roots.setdefault(int(size), b64decode(root)) == b64decode(root), f"two roots at {size!r}"
        tree = CompactRange()
        for size in sorted(roots):
            assert size <= len(entries), f"size {size} was published, and now {len(entries)}"
            tree.extend(b"".join(rfc6962.sha256(b"\x00" + raw) for raw in entries[tree.size : size]))
            assert tree.root() == roots[size], f"the checkpoint of size {size} is contradicted"
        assert tree.size == len(entries)

    def reopened(self, more: str = "") -> list[bytes]:
        """Open the log again, have it publish all and one entry `more`, and check everything."""
        self.look()
        with Log.open(self.folder) as log:
            log.wait()
            self.look()
            if more:
                self.acknowledged([more], log.append([an_entry(more)])[0])
            vkeys = log.health()["keys"]
            left = os.listdir(log.store.tmp)
            assert not left, f"left over: {left}"
        return self.check(vkeys)


# ------------------------------------------------------------------ a random loop


class Seer:
    """A witness of one log, in this process; it learns of each new key of the log.

    gate: while it is cleared, requests wait. away: whether it refuses them. lies: status and body of its
    answer instead. sizes: of the trees that it was asked about.
    """

    def __init__(self, folder: Path, name: str = "witness.example/one", clock: Clock | None = None) -> None:
        """clock: of the witness; without it this machine's."""
        self.verifier = make_witness(folder, name=name)
        self.gate = threading.Event()
        self.gate.set()
        self.away = False
        self.lies = ""
        self.sizes: list[int] = []
        self._folder = folder
        self._clock = clock or time.time
        self._turn = threading.Lock()
        self._witness = Witness.open(folder, self._clock)
        self._server = Server(self._answer, largest_body=LARGEST_REQUEST)
        self._server.start()

    @property
    def line(self) -> str:
        """Its line in a policy, where it has the last part of its name."""
        name = self.verifier.name.rpartition("/")[2]
        return f"witness {name} {self.verifier.vkey} {self._server.url}\n"

    def _answer(self, request: Request) -> Answer:
        self.sizes.append(int(request.body.partition(b"\n\n")[2].split(b"\n")[1]))
        self.gate.wait()
        if self.away:
            return Answer.sentence(503, "gone to lunch")
        if self.lies:
            status, _, body = self.lies.partition(" ")
            return Answer(int(status), f"{body}\n".encode(), "text/x.tlog.size")
        with self._turn:
            return self._witness.answer(request)

    def follow(self, vkeys: Sequence[str]) -> None:
        """Take checkpoints that one of these keys signed."""
        with self._turn:
            self._witness.close()
            (self._folder / "logs").write_text("".join(f"log {vkey}\n" for vkey in vkeys))
            self._witness = Witness.open(self._folder, self._clock)

    def close(self) -> None:
        """Stop."""
        self.gate.set()
        self._server.close()
        self._witness.close()


def a_seen_log(folder: Path, *seers: Seer, quorum: str = "quorum one\n") -> list[str]:
    """Make a log that these witnesses cosign, not published yet; returns its keys."""
    with contextlib.suppress(Unavailable):  # they do not know its key yet
        lines = "".join(seer.line for seer in seers)
        Log.create(folder, ORIGIN, policy_lines=lines + quorum, timeout_s=0.0)
    keys = [key.verifier.vkey for key in read_keys(folder / "key")]
    for seer in seers:
        seer.follow(keys)
    return keys


def _watch(kept: Kept, over: threading.Event) -> None:
    """See checkpoints as they are published."""
    while not over.is_set():
        kept.look()
        time.sleep(0.001)


def _listen(kept: Kept, writer: Writer, seer: Seer, keys: list[str], wrong: list[str]) -> None:
    """Note what the writer tells, until it dies; it finishes a rotation once the witness knows the key."""
    while True:
        try:
            kind, found = writer.line()
        except Died:
            return
        if kind == "told":
            kept.acknowledged(*found)
        elif kind == "put":
            kept.objects.add(found)
        elif kind == "withdrawn":
            kept.gone.add(found)
        elif kind == "key":
            keys.append(found)
            seer.follow(keys)
            writer.ask("finish")
        elif kind != "done":
            wrong.append(f"{kind}: {found}")


def rounds(where: Path, count: int, seed: int, tell: Callable[[str], None] = say) -> int:
    """So many rounds on one log in a new folder; returns how many entries were acknowledged."""
    drawn = random.Random(seed)
    seer = Seer(where / "witness")
    born = Nursery()
    kept = Kept(where / "log")
    try:
        keys = a_seen_log(kept.folder, seer)
        for number in range(count):
            wrong: list[str] = []
            over = threading.Event()
            after_s = drawn.uniform(0.0, LONGEST_S)
            writer = born.writer()
            helpers = [
                threading.Thread(target=_watch, args=(kept, over)),
                threading.Thread(target=_listen, args=(kept, writer, seer, keys, wrong)),
            ]
            for each in helpers:
                each.start()
            writer.ask("open", folder=str(kept.folder))
            writer.ask("load", tag=f"r{number}", threads=4, seed=drawn.randrange(2**32))
            if len(keys) > 1:
                writer.ask("finish")
            time.sleep(after_s)
            writer.kill()
            over.set()
            for each in helpers:
                each.join()
            writer.close()
            assert not wrong, wrong
            kept.reopened()
            keys = stated(kept.before)
            seer.follow(keys)
            tell(
                f"round {number + 1}: killed after {after_s:.3f} s, {len(kept.told)} entries acknowledged "
                f"and there, {len(kept.seen)} checkpoints seen, none contradicted"
            )
        return len(kept.told)
    finally:
        born.close()
        seer.close()


def stated(entries: Sequence[bytes]) -> list[str]:
    """The keys that sign a log, by its last entry about them."""
    return [json.loads(raw) for raw in entries if b'"type":"keys"' in raw][-1]["log"]


# ------------------------------------------------------------------ every step

Act = tuple[str, dict[str, Any]]
"""What a writer is told to do, and with what."""

ACTS: dict[str, tuple[Act, ...]] = {
    "append": (("append", {"names": ["a", "b", "c"]}),),
    "texts": (("text", {"words": "Service is on."}), ("commit", {"words": "Later."})),
    "keys": (("rotate", {}), ("finish", {})),
    "policy": (("policy", {"lines": "quorum none", "reason": "none are needed"}),),
}
SIZE = 254
"""Of the log before an act: the third entry after it begins a new tile, on two levels."""


def a_log_before(where: Path, size: int = SIZE) -> None:
    """A log, and its marker, to be copied before each act."""
    Log.create(where / "log", ORIGIN)
    with Log.open(where / "log") as log:
        log.append([an_entry(f"before-{k}") for k in range(1, size)])


def killed_at_every_step(
    born: Nursery, before: Path, acts: Sequence[Act], where: Path, *, first: Sequence[Act] | None = None,
    calls: Sequence[str] = CALLS, then: Callable[[Kept], object] | None = None,
) -> int:  # fmt: skip
    """Kill a writer before each system call of these acts, each time from the same log; returns how often.

    first: what it does before, unharmed; it opens the log unless told otherwise. then: what is done before
    the log must open, and go on.
    """
    kills = 0
    for call in calls:
        for step in range(1, 1 << 20):
            kept = copied(before, where)
            with born.writer() as writer:
                done(writer, kept, [("open", {"folder": str(kept.folder)})] if first is None else first)
                with injected(writer.pid, call, f"signal=SIGKILL:when={step}"):
                    lived = done(writer, kept, acts)
            kept.look()
            if then:
                then(kept)
            kept.reopened(more="after")
            if lived:
                break
            kills += 1
    return kills


def failed_at_every_step(
    born: Nursery, before: Path, act: Act, where: Path, call: str, what: str
) -> list[str]:
    """Have each system call of an act fail, each time from the same log; returns what was said each time.

    what: such as error=EIO:when={step}. The log must go on when the fault is over, without being opened anew.
    """
    said = []
    for step in range(1, 1 << 20):
        kept = copied(before, where)
        with born.writer() as writer:
            writer.do("open", folder=str(kept.folder))
            with injected(writer.pid, call, what.format(step=step)) as fault:
                try:
                    done(writer, kept, [act])
                    said.append("done")
                except Said as error:
                    if error.kind not in ("NotWritten", "Unavailable"):
                        raise
                    said.append(str(error))
                    if error.kind == "NotWritten":
                        kept.refused |= set(act[1].get("names", ()))
            done(writer, kept, [("append", {"names": ["then"]}), ("wait", {})])
            left = os.listdir(kept.folder / "tmp")
            assert call.startswith("?unlink") or left + kept.strays() == []
        kept.reopened(more="after")
        if not fault.came and said[-1] == "done":
            return said[:-1]
    raise AssertionError


def copied(before: Path, where: Path) -> Kept:
    """A copy of a log with its marker, in place of the last one."""
    shutil.rmtree(where, ignore_errors=True)
    shutil.copytree(before, where)
    kept = Kept(where / "log")
    kept.look()
    return kept


def done(writer: Writer, kept: Kept, acts: Sequence[Act]) -> bool:
    """Have a writer do all this; returns whether it lived to the end."""
    try:
        for act, given in acts:
            found = writer.do(act, **given)
            kept.look()
            if act == "append":
                kept.acknowledged(given["names"], found)
            elif act == "text":
                kept.objects.add(found[1])
    except Died:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, help="of the moments; another each run without one")
    parser.add_argument("--steps", action="store_true", help="at every system call, by strace")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="openleo-faults-") as folder:
        where = Path(folder)
        if given.steps:
            born = Nursery()
            a_log_before(where / "before")
            for name, acts in ACTS.items():
                kills = killed_at_every_step(born, where / "before", acts, where / "run")
                say(f"{name}: killed before each of {kills} calls; all acknowledged there, none contradicted")
            born.close()
            return
        seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
        say(f"seed {seed}")
        total = rounds(where, given.rounds, seed)
    say(f"{given.rounds} rounds, {total} entries acknowledged, each at its place, no checkpoint contradicted")


if __name__ == "__main__":
    main()
