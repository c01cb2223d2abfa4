"""Desks that publish changes, and controllers that enforce them, as processes of their own, to be killed.

They are forked from one process that has rules and kernels loaded, and share one clock, which stands where
the tests put it.
"""

import mmap
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from enforced_log import KEYS, rules
from ledger_writers import Tell, die, nursery

from openleo.ledger.entries import time_of
from openleo.ledger.log import Log
from openleo.ledger.objects import ObjectRef, seal
from openleo.ledger.policy import Policy
from openleo.ledger.source import Folder
from openleo.service.controller import Controller
from openleo.service.entries import Entry
from openleo.service.governance import publishing
from openleo.service.governance.account import Account, account_of
from openleo.service.governance.approvals import approve
from openleo.service.governance.changes import draft
from openleo.service.governance.draft import Draft
from openleo.service.governance.enforcement import Enforcement
from openleo.service.governance.pack import MEDIA, unpack
from openleo.service.records import CHECKIN, Motion

TERMINALS = 4
GRANT_S = 60.0  # so that a change may begin as soon as it was seen
CALLS = (
    "write", "fsync", "fdatasync", "rename", "replace", "mkdir", "unlink", "rmdir", "truncate", "ftruncate",
)  # fmt: skip
"""What a process is killed before: calls by which something gets onto the disk, or vanishes from it."""


class Clock:
    """Microseconds since 1970-01-01 UTC, in a file that all processes see; whoever made it may move it."""

    def __init__(self, path: Path, us: int | None = None) -> None:
        """us: where it stands at first, for a new one."""
        if us is not None:
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._there = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")
        if us is not None:
            self._there[0] = us

    def __call__(self) -> int:
        return int(self._there[0])

    def seconds(self) -> float:
        """POSIX seconds."""
        return self() / 1e6

    def pass_s(self, seconds: int) -> None:
        """Let so many seconds go by."""
        self._there[0] += seconds * 1_000_000


def account(where: Path, clock: Clock) -> Account:
    """All that the log says, audited."""
    policy = Policy.parse((where / "policy").read_bytes())
    return account_of(Folder(where / "log" / "public"), policy, now=int(clock.seconds()))


class Hands:
    """What a process can be told to do. It begins with `at`, its folder."""

    where: Path
    clock: Clock
    controller: Controller
    enforcement: Enforcement

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def at(self, where: str) -> None:
        self.where = Path(where)
        self.clock = Clock(self.where / "clock")

    def die(self, after: int) -> None:
        die(after, CALLS)

    # ------------------------------------------------------------------ a desk

    def draft(self, file: str, off: list[str], in_s: int) -> str:
        """Draft a change to rules without service in these countries."""
        known = account(self.where, self.clock)
        raw, _ = rules(*off, grant_s=GRANT_S)
        name, sealed = seal(raw)
        now = int(self.clock.seconds())
        change = draft(
            known.record, unpack(raw), raw, ObjectRef(name, len(sealed), MEDIA), time=time_of(now),
            requester="The desk", reason="By the test.", effective_at=time_of(now + in_s),
        )  # fmt: skip
        Draft(change, sealed, known.pack_of(change.base) if change.base else b"").write(Path(file))
        return change.hash

    def approve(self, file: str, name: str) -> None:
        """Sign it, as one of those who may."""
        made = Draft.read(Path(file))
        change = approve(made.change, KEYS[name], name, time=time_of(int(self.clock.seconds())))
        made.approved(change).write(Path(file))

    def publish(self, file: str) -> int:
        """Put it into the log; returns its index."""
        made, known = Draft.read(Path(file)), account(self.where, self.clock)
        with Log.open(self.where / "log", clock=self.clock.seconds, timeout_s=20.0) as log:
            return publishing.publish(log, made, known.record, int(self.clock.seconds()))

    def see(self) -> int:
        """Put into the log when witnesses saw it."""
        with Log.open(self.where / "log", clock=self.clock.seconds, timeout_s=20.0) as log:
            return publishing.see(log)

    # ------------------------------------------------------------------ a controller

    def serve(self) -> list[str]:
        """Start a controller over the log; returns what it says was tampered with, and what else is wrong."""
        policy = Policy.parse((self.where / "policy").read_bytes())
        source = Folder(self.where / "log" / "public")
        self.enforcement = Enforcement(self.where / "mirror", source, policy, self.clock)
        self.controller = Controller.open(self.where / "store.db", self.enforcement, clock=self.clock)
        if not len(self.controller.register):
            entries = [
                Entry(hardware=f"T-{k}", plan="home", account="tests", motion=Motion.FIXED)
                for k in range(TERMINALS)
            ]
            self.controller.register.add(entries, by="tests", now_us=self.clock())
        return self.wrong()

    def wrong(self) -> list[str]:
        """What it says now, the store compared."""
        self.controller.in_force.compare()
        return [*self.enforcement.tampering, *self.controller.health()["rules"]["wrong"]]

    def look(self) -> None:
        """Look at the log."""
        self.enforcement.follow()

    def check_in(self, sequence: int) -> list[Any]:
        """One check-in of each terminal: by which rules it was decided, when, and as what it is stored."""
        made = np.zeros(TERMINALS, CHECKIN)
        made["terminal"], made["sequence"] = np.arange(TERMINALS), sequence
        made["time_us"], made["satellite"], made["accuracy_m"] = self.clock(), -1, 10.0
        made["lat_deg"], made["lon_deg"] = 48.0, 2.0
        for name in ("speed_kmh", "altitude_m", "delay_ms"):
            made[name] = np.nan
        answers = self.controller.check_in(made)
        assert answers.taken.all()
        return [int(made["time_us"][0]), answers.digest, answers.number.tolist()]


def ready() -> None:
    """Load what every process needs, once for all: rules, map, kernels."""
    with tempfile.TemporaryDirectory(prefix="openleo-") as folder:
        hands = Hands(lambda kind, found: None)
        for off in ((), ("FR",)):
            raw, _ = rules(*off, grant_s=GRANT_S)
            held = unpack(raw)
            hands.clock = Clock(Path(folder) / "clock", 10**15)
            hands.controller = Controller.open(Path(folder) / f"{len(off)}.db", held, clock=hands.clock)
            hands.controller.register.add(
                [Entry(hardware=f"T-{k}", plan="home", account="tests", motion=Motion.FIXED)
                 for k in range(TERMINALS)],
                by="tests", now_us=hands.clock(),
            )  # fmt: skip
            hands.check_in(1)
            hands.controller.close()


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    ready()
    nursery(sys.argv[1], Hands)
