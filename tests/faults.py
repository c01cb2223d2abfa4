"""`kill -9` at any moment under load: what was acknowledged is there afterwards, and none of it twice.

    python -m tests.faults [--rounds 100] [--seed 1] [--store URL]

Each round a server takes check-ins, transfers and closures of findings from several callers at once and is
killed at a moment that the seed chooses; another is started on the same store. Then every acknowledged
check-in must be stored once with the decision that was answered, every transfer recorded once, every closed
finding closed by whom and why; what was under way when the server died must be there once or not at all, and
sent again it must be there once.

Servers are forked from one process that has everything loaded, for a start takes seconds otherwise; what is
killed is a process of its own all the same, with its own connections and threads.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import h3
from serving import HERE, UNLICENSED, Service, now_text

from openleo.http.client import Refused, TerminalClient, new_identity
from openleo.http.keys import Secrets

SECRET = bytes(range(32))
FAR = {"lat_deg": 40.0, "lon_deg": -100.0, "accuracy_m": 10.0}
BROKEN = (OSError, http.client.HTTPException)
LONGEST_S = 0.8


def say(line: str) -> None:
    """A line on stdout, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# ------------------------------------------------------------------ servers to be killed


def nursery() -> None:
    """Fork a server for each line of stdin: store and limit on the size of its files, "" for none."""
    import numpy as np
    from serving import rules

    from openleo.service.policy import decide_batch
    from openleo.service.records import CHECKIN, TERMINAL, Names, no_history

    held = rules()
    none = np.zeros(0, CHECKIN), np.zeros(0, TERMINAL), no_history(0)
    decide_batch(*none, held.terms(0, Names()), held.zone_map, 0)
    say("ready")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        store, port, size = json.loads(line)
        if os.fork() == 0:
            _serve(store, port, size)
            os._exit(0)


def _serve(store: str, port: int, size: int) -> None:
    import resource

    from serving import GENEROUS, rules

    from openleo.errors import OpenLEOError
    from openleo.http.app import Api
    from openleo.http.server import run
    from openleo.service.controller import Controller

    try:
        with socket.create_server(("127.0.0.1", port)) as listening:
            controller = Controller.open(store, rules())
            if size:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            say(json.dumps([listening.getsockname()[1], os.getpid()]))
            run(Api(controller, Secrets.of(SECRET), GENEROUS), listening)
    except OpenLEOError as error:
        say(json.dumps([0, str(error)]))


class Nursery:
    """A process that starts servers quickly."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", __file__, "--nursery"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that starts servers has ended"
        return line

    def server(self, store: str, size: int = 0) -> tuple[Service, int]:
        """A running server on a store, and its process; size: the largest file that it may write (bytes)."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([store, 0, size]) + "\n")
        self._process.stdin.flush()
        port, pid = json.loads(self._line())
        assert port, pid
        return Service.of(f"http://127.0.0.1:{port}", Secrets.of(SECRET), time.time_ns() // 1000), int(pid)

    def close(self) -> None:
        """End it; servers that still run go on until they are killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def kill(pid: int) -> None:
    """Kill a server at once, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    gone(pid)


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)


# ------------------------------------------------------------------ callers


class Caller:
    """One terminal that checks in as fast as it is answered, and remembers what it was told."""

    def __init__(self, service: Service, name: str, places: tuple[dict[str, float], ...]) -> None:
        self.client: TerminalClient = service.terminal(name, owner="owner-0")
        self.places = places
        self.sequence = 0
        self.told: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.open: dict[str, Any] | None = None  # sent, not answered

    def moved(self, service: Service) -> None:
        """The server is elsewhere now; the session goes on."""
        self.client.close()
        self.client.url = service.url

    def step(self, service: Service) -> None:
        """One check-in."""
        self.sequence += 1
        where = self.places[self.sequence % len(self.places)]
        self.open = {"sequence": self.sequence, "time": now_text(), "version": 1} | where
        self.told[self.sequence] = (self.open, self.client.check_in(**self.open))
        self.open = None

    def settle(self, service: Service) -> None:
        """After a crash: send what was not answered again, and what was answered last."""
        if self.open is not None:
            again = self.client.check_in(**self.open)
            self.told[self.sequence] = (self.open, again)
            self.open = None
        if self.told:
            words, answer = self.told[max(self.told)]
            again = self.client.check_in(**words)
            assert again["repeated"], again
            assert _same(again, answer), (answer, again)

    def check(self, service: Service) -> None:
        """All that was acknowledged is stored once, as it was answered."""
        stored: dict[int, Any] = {}
        before = ""
        while True:
            path = f"/v1/terminals/{self.client.hardware}/decisions?limit=1000{before}"
            page = service.do("GET", path)["decisions"]
            for each in page:
                assert each["sequence"] not in stored, f"stored twice: {each}"
                stored[each["sequence"]] = each
            if len(page) < 1000:
                break
            before = f"&before={page[-1]['number']}"
        under_way = {self.open["sequence"]} if self.open is not None else set()
        assert set(stored) - under_way == set(self.told), f"lost: {set(self.told) - set(stored)}"
        for sequence, (words, answer) in self.told.items():
            kept = stored[sequence]
            assert _same(kept | {"reason": {"name": kept["reason"]}}, answer), (kept, answer)
            assert kept["cell"] == h3.latlng_to_cell(words["lat_deg"], words["lon_deg"], 5)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("number", "outcome", "valid_until", "retry_after", "region", "rule")
    return one["reason"]["name"] == other["reason"]["name"] and all(
        one[name] == other[name] for name in names
    )


class Owners:
    """A terminal that changes hands all the time."""

    def __init__(self, service: Service, name: str) -> None:
        self.path = f"/v1/terminals/{name}/transfers"
        service.do("POST", "/v1/terminals", {"hardware": name, "plan": "home", "owner": "owner-0"})
        self.at, self.open = 0, False

    def step(self, service: Service) -> None:
        """One transfer."""
        self.open = True
        self._transfer(service)
        self.at, self.open = self.at + 1, False

    def _transfer(self, service: Service) -> None:
        words = {"from": f"owner-{self.at}", "to": f"owner-{self.at + 1}", "at": "2026-07-01T00:00:00Z"}
        service.do("POST", self.path, words)

    def settle(self, service: Service) -> None:
        """Send again what was not answered."""
        if self.open:
            self._transfer(service)
            self.at, self.open = self.at + 1, False

    def check(self, service: Service) -> None:
        """Every acknowledged transfer is recorded once."""
        chain = [each["to"] for each in service.do("GET", self.path)["transfers"]]
        known = [f"owner-{k}" for k in range(self.at + 1)]
        assert chain in ([known, [*known, f"owner-{self.at + 1}"]] if self.open else [known]), (known, chain)


class Desk:
    """A desk that closes the findings of a terminal that leaps."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.closed: dict[int, str] = {}
        self.open: tuple[int, str] | None = None

    def step(self, service: Service) -> None:
        """Close the findings that are open."""
        for each in self._findings(service, "open")[:1]:
            self.open = (each["number"], f"Looked at {len(self.closed)}.")
            self._close(service)

    def _close(self, service: Service) -> None:
        assert self.open is not None
        number, why = self.open
        service.do("POST", f"/v1/findings/{number}/closure", {"state": "dismissed", "why": why})
        self.closed[number] = why
        self.open = None

    def _findings(self, service: Service, state: str) -> list[Any]:
        path = f"/v1/findings?limit=1000&hardware={self.caller.client.hardware}"
        found: list[Any] = service.do("GET", path + (f"&state={state}" if state else ""))["findings"]
        return found

    def settle(self, service: Service) -> None:
        """Send again what was not answered."""
        if self.open is not None:
            self._close(service)

    def check(self, service: Service) -> None:
        """Closed findings are closed; each check-in that showed one left one; none is open twice."""
        found = {each["number"]: each for each in self._findings(service, "")}
        for number, why in self.closed.items():
            kept = found[number]
            assert (kept["state"], kept["why"], kept["closed_by"]) == ("dismissed", why, "operator tests")
        running = [each["kind"] for each in found.values() if each["state"] == "open"]
        assert len(running) == len(set(running)), running
        if len(self.caller.told) > 1:
            assert found, "no finding of a terminal that leapt"


class Fleet:
    """All callers of one store."""

    def __init__(self, service: Service, name: str) -> None:
        leaping = Caller(service, f"{name}-leaps", (HERE, FAR))
        self.callers = [Caller(service, f"{name}-{k}", (HERE, UNLICENSED)) for k in range(4)] + [leaping]
        self.parts: list[Any] = [*self.callers, Owners(service, f"{name}-owned"), Desk(leaping)]

    def load(self, service: Service, pid: int, after_s: float) -> None:
        """Let all of them work, and kill the server after so long."""
        threads = [threading.Thread(target=self._run, args=(each, service)) for each in self.parts]
        for each in threads:
            each.start()
        time.sleep(after_s)
        kill(pid)
        for each in threads:
            each.join()

    @staticmethod
    def _run(part: Any, service: Service) -> None:
        own = Service(service.url, service.operator, service.auditor)  # with connections of its own
        import httpx

        try:
            while True:
                part.step(own)
        except (*BROKEN, httpx.HTTPError):
            own.close()

    def moved(self, service: Service) -> None:
        """Go on at another server."""
        for each in self.callers:
            each.moved(service)

    def check(self, service: Service) -> int:
        """Check all, before and after what was under way is sent again; returns how many check-ins."""
        for each in self.parts:
            each.check(service)
        for each in self.parts:
            each.settle(service)
        for each in self.parts:
            each.check(service)
        return sum(len(each.told) for each in self.callers)

    def close(self) -> None:
        """Close all connections."""
        for each in self.callers:
            each.client.close()


def rounds(store: str, count: int, seed: int, tell: Any = None) -> int:
    """So many rounds on one store; returns how many check-ins were acknowledged."""
    drawn = random.Random(seed)
    born = Nursery()
    service, pid = born.server(store)
    total = 0
    try:
        for number in range(count):
            fleet = Fleet(service, f"r{number}")
            after_s = drawn.uniform(0.02, LONGEST_S)
            fleet.load(service, pid, after_s)
            service.close()
            service, pid = born.server(store)
            fleet.moved(service)
            acknowledged = fleet.check(service)
            fleet.close()
            total += acknowledged
            took = f"killed after {after_s:.3f} s, {acknowledged} check-ins"
            (tell or say)(f"round {number + 1}: {took}, all there, none twice")
        return total
    finally:
        service.close()
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
        born.close()


@contextlib.contextmanager
def temporary() -> Iterator[str]:
    """A new SQLite store."""
    with tempfile.TemporaryDirectory(prefix="openleo-faults-") as folder:
        yield str(Path(folder) / "store.db")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, help="of the moments; another each run without one")
    parser.add_argument(
        "--store", metavar="URL", help="a new PostgreSQL database; without it a new SQLite file"
    )
    parser.add_argument("--nursery", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.nursery:
        nursery()
        return
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    say(f"seed {seed}")
    with contextlib.ExitStack() as stack:
        store = given.store or stack.enter_context(temporary())
        total = rounds(store, given.rounds, seed)
    say(f"{given.rounds} rounds, {total} acknowledged check-ins, all there, none twice")


__all__ = ["BROKEN", "Caller", "Fleet", "Nursery", "Refused", "kill", "new_identity", "rounds"]

if __name__ == "__main__":
    main()
